//! A mandate: one party may hand in, fetch or decide under a code that another party owns
//! (the toestemmingsverklaring of the chain). It never makes its holder the owner of the code.

use super::code::PartyCode;
use super::party::{PartyId, Period};
use jiff::civil::Date;
use std::str::FromStr;

/// What a mandate allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// Handing in messages that the owner of the code makes.
    Submit,
    /// Reading and acknowledging messages for the owner of the code.
    Receive,
    /// Deciding on lines of declarations that wait for the owner of the code, and seeing what waits. Who may receive may not decide.
    Decide,
}

/// The direction is none that a party can act in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the directions are \"submit\", \"receive\", \"decide\" and \"answer\"")]
pub struct DirectionError;

impl FromStr for Direction {
    type Err = DirectionError;

    /// Err: no direction of that name.
    fn from_str(text: &str) -> Result<Self, DirectionError> {
        match text {
            "submit" => Ok(Self::Submit),
            "receive" => Ok(Self::Receive),
            "decide" => Ok(Self::Decide),
            _ => Err(DirectionError),
        }
    }
}

/// A mandate as it stands in the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mandate {
    /// The party that may act.
    pub party: PartyId,
    /// The code it may act for.
    pub code: PartyCode,
    /// Handing in, fetching or deciding.
    pub direction: Direction,
    /// Laws it holds for: `jw`, `wmo`; none where it is for files alone.
    pub laws: Vec<String>,
    /// Message kinds by their number, for example 305; empty for all kinds.
    pub kinds: Vec<u16>,
    /// Files it holds for, by their functie; empty for none.
    pub functies: Vec<String>,
    /// Days on which it holds.
    pub period: Period,
}

impl Mandate {
    /// Whether it allows this kind of this law on this day.
    pub fn covers(&self, law: &str, soort: u16, on: Date) -> bool {
        self.period.contains(on)
            && self.laws.iter().any(|named| named == law)
            && (self.kinds.is_empty() || self.kinds.contains(&soort))
    }

    /// Whether it allows files under this functie on this day.
    pub fn covers_files(&self, functie: &str, on: Date) -> bool {
        self.period.contains(on) && self.functies.iter().any(|named| named == functie)
    }
}
