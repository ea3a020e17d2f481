//! The published codes by which messages name a party: gemeentecode and AGB-code.
//! It does not know who owns a code; that is the register's.

use std::fmt;
use std::str::FromStr;

/// The kind of a code, by its published name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CodeKind {
    /// A municipality, four digits (CBS).
    Gemeentecode,
    /// A care provider, eight digits (Vektis).
    Agb,
}

impl CodeKind {
    /// The name used in register files: `gemeentecode` or `agb`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gemeentecode => "gemeentecode",
            Self::Agb => "agb",
        }
    }
}

impl FromStr for CodeKind {
    type Err = CodeError;

    /// Err: the name is not that of a kind of code.
    fn from_str(text: &str) -> Result<Self, CodeError> {
        [Self::Gemeentecode, Self::Agb]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(CodeError::Kind)
    }
}

/// A code as it stands in Afzender and Ontvanger: four digits for a gemeentecode, eight for an
/// AGB-code. The length says which, as in the published types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PartyCode {
    /// Gemeentecode in ASCII digits, for example `0344`.
    Gemeente([u8; 4]),
    /// AGB-code in ASCII digits, for example `98765432`.
    Agb([u8; 8]),
}

/// Why a text is not a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodeError {
    /// Not four or eight ASCII digits.
    #[error("a code has four digits (gemeentecode) or eight (agb)")]
    Shape,
    /// Not a kind of code that the register knows.
    #[error("the kinds of code are \"gemeentecode\" and \"agb\"")]
    Kind,
}

impl PartyCode {
    /// Which kind of code this is.
    pub fn kind(&self) -> CodeKind {
        match self {
            Self::Gemeente(_) => CodeKind::Gemeentecode,
            Self::Agb(_) => CodeKind::Agb,
        }
    }

    /// The digits, four or eight.
    pub fn as_str(&self) -> &str {
        let digits: &[u8] = match self {
            Self::Gemeente(digits) => digits,
            Self::Agb(digits) => digits,
        };
        // The variants are public, so bytes that are no digits can be put in; they name nobody.
        std::str::from_utf8(digits).unwrap_or_default()
    }
}

/// The municipality and the provider that a message goes between: with the law the scope in which it is judged (OP095).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// The gemeentecode.
    pub gemeente: PartyCode,
    /// The AGB-code.
    pub aanbieder: PartyCode,
}

impl Pair {
    /// The pair of a maker and a receiver, in either order; `None` for two of one kind, between whom nothing of these standards is sent.
    pub fn of(one: PartyCode, other: PartyCode) -> Option<Self> {
        let (gemeente, aanbieder) = match (one.kind(), other.kind()) {
            (CodeKind::Gemeentecode, CodeKind::Agb) => (one, other),
            (CodeKind::Agb, CodeKind::Gemeentecode) => (other, one),
            (CodeKind::Gemeentecode, CodeKind::Gemeentecode) | (CodeKind::Agb, CodeKind::Agb) => {
                return None;
            }
        };
        Some(Self {
            gemeente,
            aanbieder,
        })
    }
}

impl FromStr for PartyCode {
    type Err = CodeError;

    /// Err: the text is not four or eight ASCII digits.
    fn from_str(text: &str) -> Result<Self, CodeError> {
        let bytes = text.as_bytes();
        if !bytes.iter().all(u8::is_ascii_digit) {
            return Err(CodeError::Shape);
        }
        if let Ok(digits) = <[u8; 4]>::try_from(bytes) {
            Ok(Self::Gemeente(digits))
        } else if let Ok(digits) = <[u8; 8]>::try_from(bytes) {
            Ok(Self::Agb(digits))
        } else {
            Err(CodeError::Shape)
        }
    }
}

impl fmt::Display for PartyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_says_which_kind_of_code_it_is() {
        assert_eq!("0344".parse(), Ok(PartyCode::Gemeente(*b"0344")));
        assert_eq!("98765432".parse(), Ok(PartyCode::Agb(*b"98765432")));
        assert_eq!(
            "98765432".parse::<PartyCode>().unwrap().to_string(),
            "98765432"
        );
    }

    #[test]
    fn a_pair_is_a_municipality_and_a_provider_whoever_sends() {
        let (gemeente, aanbieder) = (PartyCode::Gemeente(*b"0344"), PartyCode::Agb(*b"98765432"));
        let pair = Some(Pair {
            gemeente,
            aanbieder,
        });
        assert_eq!(Pair::of(gemeente, aanbieder), pair);
        assert_eq!(Pair::of(aanbieder, gemeente), pair);
        assert_eq!(Pair::of(gemeente, gemeente), None);
        assert_eq!(Pair::of(aanbieder, aanbieder), None);
    }

    #[test]
    fn other_lengths_signs_and_foreign_digits_are_no_code() {
        for text in [
            "",
            "034",
            "03440",
            "+344",
            " 344",
            "0344 ",
            "٠٣٤٤",
            "9876543a",
            "987654321",
        ] {
            assert_eq!(text.parse::<PartyCode>(), Err(CodeError::Shape), "{text:?}");
        }
    }
}
