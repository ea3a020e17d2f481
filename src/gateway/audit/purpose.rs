//! For what somebody looks, in his own words. It is kept with the look and shown to those who were looked at, so it names no client.

use std::fmt;

/// Most characters of a purpose.
pub const PURPOSE_CHARS_MAX: usize = 500;

/// Why a text is no purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PurposeError {
    /// None was given.
    #[error("no purpose was given")]
    Missing,
    /// Longer than is kept.
    #[error("the purpose has more than {PURPOSE_CHARS_MAX} characters")]
    TooLong,
    /// Nine digits in a row that may be a BSN.
    #[error("the purpose has nine digits in a row that may be a BSN")]
    Bsn,
}

/// For what somebody looks: 1 to [`PURPOSE_CHARS_MAX`] characters in which no BSN stands.
#[derive(Clone, PartialEq, Eq)]
pub struct Purpose(String);

impl fmt::Debug for Purpose {
    /// The length: it may tell of a case.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Purpose({} characters)", self.0.chars().count())
    }
}

impl Purpose {
    /// A text as it was given, without the blanks around it. Err: it is none, or may not be kept.
    pub fn of(text: Option<&str>) -> Result<Self, PurposeError> {
        let text = text.unwrap_or_default().trim();
        if text.is_empty() {
            return Err(PurposeError::Missing);
        }
        if text.chars().count() > PURPOSE_CHARS_MAX {
            return Err(PurposeError::TooLong);
        }
        if has_bsn(text) {
            return Err(PurposeError::Bsn);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether nine digits in a row of a text may be a BSN.
pub(super) fn has_bsn(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.windows(9).any(is_bsn)
}

/// Whether these are nine digits that pass the elfproef, as every BSN does.
pub(super) fn is_bsn(digits: &[u8]) -> bool {
    let weights = [9, 8, 7, 6, 5, 4, 3, 2, -1];
    let sum = |sum: i32, (digit, weight): (&u8, i32)| sum + i32::from(digit - b'0') * weight;
    digits.len() == 9
        && digits.iter().all(u8::is_ascii_digit)
        && digits.iter().zip(weights).fold(0, sum) % 11 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purpose_is_some_words_without_a_bsn() {
        let of = |text: &str| Purpose::of(Some(text)).map(|purpose| purpose.0);
        assert_eq!(
            of("  Onderzoek 2026-14 "),
            Ok("Onderzoek 2026-14".to_owned())
        );
        assert_eq!(Purpose::of(None), Err(PurposeError::Missing));
        assert_eq!(of(" \t"), Err(PurposeError::Missing));
        assert_eq!(of("dossier 999900006"), Err(PurposeError::Bsn));
        assert_eq!(
            of("x1999900006y"),
            Err(PurposeError::Bsn),
            "within more digits"
        );
        assert_eq!(of("dossier 999900007"), Ok("dossier 999900007".to_owned()));
        assert_eq!(of("zaak 12345"), Ok("zaak 12345".to_owned()));
    }

    #[test]
    fn a_purpose_has_so_many_characters_and_not_one_more() {
        let text = "é".repeat(PURPOSE_CHARS_MAX);
        assert!(Purpose::of(Some(&text)).is_ok());
        let more = format!("{text}é");
        assert_eq!(Purpose::of(Some(&more)), Err(PurposeError::TooLong));
        assert!(!format!("{:?}", Purpose::of(Some("Onderzoek"))).contains("Onderzoek"));
    }
}
