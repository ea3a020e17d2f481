//! The values by which statements name a line: law, municipality, provider, unit, numbers of a declaration. Each as the messages of the standard have it.

use std::fmt;
use std::str::FromStr;

/// A text that is no such value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a value of this kind")]
pub struct ValueError;

/// Under which law care is given. Numbers of allocations, declarations and lines are unique within one law only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Law {
    /// Jeugdwet: `jw`, messages of iJw.
    Jw,
    /// Wmo 2015: `wmo`, messages of iWmo.
    Wmo,
}

impl Law {
    /// As statements write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jw => "jw",
            Self::Wmo => "wmo",
        }
    }
}

impl fmt::Display for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Law {
    type Err = ValueError;

    /// Reads `jw` or `wmo`. Err: anything else.
    fn from_str(text: &str) -> Result<Law, ValueError> {
        match text {
            "jw" => Ok(Self::Jw),
            "wmo" => Ok(Self::Wmo),
            _ => Err(ValueError),
        }
    }
}

/// In what the volume of a line counts (Eenheid, code list WJ756), and how many weight units one of it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// `01`, minutes: weight 1.
    Minute,
    /// `04`, hours: weight 60, in minutes.
    Hour,
    /// `14`, 24 hours: weight 1,440, also on days of 23 and 25 hours.
    Day,
    /// `16`, day parts: weight 240.
    DayPart,
    /// `82`, pieces of an output: weight 1.
    Output,
    /// `83`, euros, of which the volume counts cents: weight 1.
    Euro,
    /// `84`, pieces: weight 1.
    Piece,
}

impl Unit {
    /// All of them.
    pub const ALL: [Unit; 7] = [
        Self::Minute,
        Self::Hour,
        Self::Day,
        Self::DayPart,
        Self::Output,
        Self::Euro,
        Self::Piece,
    ];

    /// Its code: two digits.
    pub fn code(self) -> &'static str {
        match self {
            Self::Minute => "01",
            Self::Hour => "04",
            Self::Day => "14",
            Self::DayPart => "16",
            Self::Output => "82",
            Self::Euro => "83",
            Self::Piece => "84",
        }
    }

    /// Weight units in one of it.
    pub fn weight(self) -> u64 {
        match self {
            Self::Hour => 60,
            Self::Day => 1_440,
            Self::DayPart => 240,
            Self::Minute | Self::Output | Self::Euro | Self::Piece => 1,
        }
    }

    /// Whether a card for the one serves a line in the other: the same unit, or minutes and hours.
    pub fn shares_card(self, other: Unit) -> bool {
        let timed = |unit| matches!(unit, Self::Minute | Self::Hour);
        self == other || (timed(self) && timed(other))
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Unit {
    type Err = ValueError;

    /// Reads its code. Err: anything else.
    fn from_str(text: &str) -> Result<Unit, ValueError> {
        let unit = Self::ALL.into_iter().find(|unit| unit.code() == text);
        unit.ok_or(ValueError)
    }
}

macro_rules! text_value {
    ($(#[$doc:meta])* $name:ident, $holds:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Its text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            /// Its length only: what stands in a message stays out of logs.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({} bytes)"), self.0.len())
            }
        }

        impl FromStr for $name {
            type Err = ValueError;

            /// Of its text, as it is. Err: not one of this kind.
            fn from_str(text: &str) -> Result<$name, ValueError> {
                let holds: fn(&str) -> bool = $holds;
                holds(text).then(|| $name(text.to_owned())).ok_or(ValueError)
            }
        }
    };
}

text_value!(
    /// Number of a municipality (Gemeente): four digits.
    Gemeente,
    |text| text.len() == 4 && digits(text)
);
text_value!(
    /// Code of a provider (AgbCode): eight digits.
    AgbCode,
    |text| text.len() == 8 && digits(text)
);
text_value!(
    /// Number of a declaration (DeclaratieNummer): 1 to 12 characters that XML can have.
    DeclaratieNummer,
    |text| characters(text, 12)
);
text_value!(
    /// Reference of a line (ReferentieNummer): 1 to 20 characters that XML can have.
    ReferentieNummer,
    |text| characters(text, 20)
);
text_value!(
    /// Category of a product (Categorie): two characters that XML can have.
    ProductCategorie,
    |text| text.chars().count() == 2 && characters(text, 2)
);
text_value!(
    /// Code of a product (Code): at most 5 characters that XML can have; empty where a line names its category only.
    ProductCode,
    |text| text.is_empty() || characters(text, 5)
);
text_value!(
    /// Name of a party or member of staff, where it is hashed or shown: 1 to 64 characters.
    Name,
    |text| characters(text, 64)
);

fn digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// One to so many characters (not bytes), each of which XML 1.0 can have.
fn characters(text: &str, most: usize) -> bool {
    let count = text.chars().take(most + 1).count();
    let known = |c: char| match c {
        '\t' | '\n' | '\r' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        other => other >= ' ',
    };
    (1..=most).contains(&count) && text.chars().all(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_those_of_the_code_list_with_their_weights() {
        let weights = Unit::ALL.map(|unit| (unit.code(), unit.weight()));
        let expected = [
            ("01", 1),
            ("04", 60),
            ("14", 1_440),
            ("16", 240),
            ("82", 1),
            ("83", 1),
            ("84", 1),
        ];
        assert_eq!(weights, expected);
        for unit in Unit::ALL {
            assert_eq!(unit.code().parse(), Ok(unit));
        }
        for wrong in ["", "1", "02", "001", " 01"] {
            assert_eq!(wrong.parse::<Unit>(), Err(ValueError), "{wrong}");
        }
    }

    #[test]
    fn minutes_and_hours_share_a_card_and_nothing_else_does() {
        let mut shared = 0;
        for (one, other) in Unit::ALL
            .into_iter()
            .flat_map(|one| Unit::ALL.map(|other| (one, other)))
        {
            assert_eq!(one.shares_card(other), other.shares_card(one));
            shared += usize::from(one.shares_card(other));
        }
        assert_eq!(shared, Unit::ALL.len() + 2);
        assert!(Unit::Minute.shares_card(Unit::Hour));
    }

    #[test]
    fn values_are_as_messages_have_them() {
        assert!("0363".parse::<Gemeente>().is_ok());
        for wrong in ["", "363", "03630", "036a", "036٣"] {
            assert_eq!(wrong.parse::<Gemeente>(), Err(ValueError), "{wrong}");
        }
        assert!("41234567".parse::<AgbCode>().is_ok());
        assert!("4123456".parse::<AgbCode>().is_err());
        // A single space is a reference as good as any, and characters are counted, not bytes.
        for fine in [" ", "PR-2026-10-000123", &"é".repeat(20), "a\tb"] {
            assert!(fine.parse::<ReferentieNummer>().is_ok(), "{fine}");
        }
        for wrong in ["", "a\0", "\u{ffff}", &"a".repeat(21)] {
            assert!(wrong.parse::<ReferentieNummer>().is_err(), "{wrong:?}");
        }
        assert!("1234567890123".parse::<DeclaratieNummer>().is_err());
        assert!("".parse::<ProductCode>().is_ok());
    }

    #[test]
    fn a_value_is_not_shown() {
        let value: ReferentieNummer = "secret".parse().unwrap();
        assert_eq!(format!("{value:?}"), "ReferentieNummer(6 bytes)");
    }
}
