//! Under which law, and for which municipality, a code means something.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The law a product is given under; each has its own standard and its own national lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Law {
    /// Jeugdwet: iJw, list JZ21.
    Jw,
    /// Wet maatschappelijke ondersteuning: iWmo, list WMO021.
    Wmo,
}

impl Law {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Jw, Self::Wmo];

    /// As written in tables: `jw`, `wmo`.
    pub const fn as_str(self) -> &'static str {
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
    type Err = NotALaw;

    fn from_str(text: &str) -> Result<Self, NotALaw> {
        match text {
            "jw" => Ok(Self::Jw),
            "wmo" => Ok(Self::Wmo),
            _ => Err(NotALaw),
        }
    }
}

/// Not `jw` or `wmo`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a law is `jw` or `wmo`")]
pub struct NotALaw;

/// A municipality by its CBS code: four digits, `0363`. It decides what its own codes mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Municipality(u16);

impl Municipality {
    /// The municipality of this number, 0 to 9999. None above.
    pub const fn new(number: u16) -> Option<Self> {
        if number <= 9999 {
            Some(Self(number))
        } else {
            None
        }
    }

    /// Its code as a number.
    pub const fn number(self) -> u16 {
        self.0
    }
}

impl fmt::Display for Municipality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.0)
    }
}

impl FromStr for Municipality {
    type Err = NotAMunicipality;

    fn from_str(text: &str) -> Result<Self, NotAMunicipality> {
        if text.len() != 4 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotAMunicipality);
        }
        text.parse().map(Self).map_err(|_| NotAMunicipality)
    }
}

/// Not four digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a municipality is a CBS code of four digits, such as 0363")]
pub struct NotAMunicipality;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_municipality_is_four_digits() {
        assert_eq!("0363".parse::<Municipality>().unwrap().number(), 363);
        assert_eq!(Municipality::new(14).unwrap().to_string(), "0014");
        for wrong in ["363", "gm0363", "03630", "+363", ""] {
            assert_eq!(wrong.parse::<Municipality>(), Err(NotAMunicipality));
        }
        assert_eq!(Municipality::new(10_000), None);
    }
}
