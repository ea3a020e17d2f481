//! How far the gateway judges for a receiver, in whose name it may answer, and since when all traffic of two parties passes here.
//! Read from the register; it looks at no message and makes no answer.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use knooppunt_standard::assess::Settings;
use minicbor::{Decode, Encode};

use super::code::{Pair, PartyCode};
use super::party::Period;

/// How far the gateway judges a message for its receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
#[cbor(index_only)]
pub enum Mode {
    /// Level 1 refuses; what the other levels find is advice to both sides, and the receiver answers.
    #[default]
    #[n(0)]
    Carry,
    /// Levels 1 and 2 refuse, and what they refuse is answered in the receiver's name; the receiver answers the rest.
    #[n(1)]
    Guard,
    /// All levels, and the answer is made in the receiver's name, unless its outcome hangs on what is not settled.
    #[n(2)]
    Judge,
}

impl Mode {
    /// The word in register files and answers: `carry`, `guard` or `judge`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Carry => "carry",
            Self::Guard => "guard",
            Self::Judge => "judge",
        }
    }

    /// Whether the gateway answers in the receiver's name, for which it needs his mandate.
    pub fn answers(self) -> bool {
        self != Self::Carry
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The word is no mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the modes are \"carry\", \"guard\" and \"judge\"")]
pub struct ModeError;

impl FromStr for Mode {
    type Err = ModeError;

    /// Err: no mode of that name.
    fn from_str(text: &str) -> Result<Self, ModeError> {
        [Self::Carry, Self::Guard, Self::Judge]
            .into_iter()
            .find(|mode| mode.as_str() == text)
            .ok_or(ModeError)
    }
}

/// Which messages to a code are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// The code they are sent to.
    pub code: PartyCode,
    /// Laws: `jw`, `wmo`.
    pub laws: Vec<String>,
    /// Kinds by their number, for example 305; empty for every kind that is answered.
    pub kinds: Vec<u16>,
    /// Days of receipt.
    pub period: Period,
}

impl Reach {
    /// Whether a message of this kind to this code, received on this day, is meant.
    pub fn covers(&self, code: &PartyCode, law: &str, soort: u16, on: Date) -> bool {
        self.code == *code
            && self.period.contains(on)
            && self.laws.iter().any(|named| named == law)
            && (self.kinds.is_empty() || self.kinds.contains(&soort))
    }

    /// Whether one message could be meant by both.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.code == other.code
            && self.period.overlaps(&other.period)
            && self.laws.iter().any(|law| other.laws.contains(law))
            && (self.kinds.is_empty()
                || other.kinds.is_empty()
                || self.kinds.iter().any(|kind| other.kinds.contains(kind)))
    }
}

/// Which mode a receiver chose for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// For these messages.
    pub reach: Reach,
    /// This mode.
    pub mode: Mode,
}

/// Since when every message between a municipality and a provider passes through this gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryFrom {
    /// The municipality.
    pub gemeente: PartyCode,
    /// The provider; absent: every provider that has no line of his own.
    pub aanbieder: Option<PartyCode>,
    /// Laws: `jw`, `wmo`.
    pub laws: Vec<String>,
    /// The first day.
    pub since: Date,
}

impl HistoryFrom {
    /// Whether it says something of what the owner of this code sends or is sent.
    pub(super) fn is_about(&self, code: &PartyCode) -> bool {
        match code {
            PartyCode::Gemeente(_) => self.gemeente == *code,
            PartyCode::Agb(_) => self.aanbieder.is_none_or(|aanbieder| aanbieder == *code),
        }
    }
}

/// What the register says about judging.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judging {
    /// For which messages the gateway may answer in the name of their receiver.
    pub answering: Vec<Reach>,
    /// Which modes were chosen.
    pub chosen: Vec<Chosen>,
    /// Since when the past is whole.
    pub history: Vec<HistoryFrom>,
    /// How municipalities read rules whose text leaves room.
    pub readings: Vec<Reading>,
    /// How everybody else reads them.
    pub default: Settings,
}

/// How a municipality reads rules whose text leaves room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The municipality.
    pub gemeente: PartyCode,
    /// Its readings.
    pub settings: Settings,
}

impl Judging {
    /// The mode for a message of this kind from one code to another, received on this day: what was chosen, else `guard`; without a mandate to answer always
    /// `carry`. Between two whose traffic does not all pass here on that day `judge` is `guard`: what is known of them may have changed elsewhere.
    pub fn mode(&self, from: &PartyCode, to: &PartyCode, law: &str, soort: u16, on: Date) -> Mode {
        let covers = |reach: &Reach| reach.covers(to, law, soort, on);
        if !self.may_answer(to, law, soort, on) {
            return Mode::Carry;
        }
        let chosen = self.chosen.iter().find(|chosen| covers(&chosen.reach));
        match chosen.map_or(Mode::Guard, |chosen| chosen.mode) {
            Mode::Judge if !self.is_whole(law, from, to, on) => Mode::Guard,
            mode @ (Mode::Carry | Mode::Guard | Mode::Judge) => mode,
        }
    }

    /// Whether all traffic between these two passes here on this day.
    fn is_whole(&self, law: &str, one: &PartyCode, other: &PartyCode, on: Date) -> bool {
        let since = Pair::of(*one, *other)
            .and_then(|pair| self.history_from(law, &pair.gemeente, &pair.aanbieder));
        since.is_some_and(|since| since <= on)
    }

    /// Whether the gateway has a mandate to answer a message of this kind to this code on this day.
    pub fn may_answer(&self, code: &PartyCode, law: &str, soort: u16, on: Date) -> bool {
        let covers = |reach: &Reach| reach.covers(code, law, soort, on);
        self.answering.iter().any(covers)
    }

    /// How rules whose text leaves room are read for a municipality.
    pub fn settings(&self, gemeente: &PartyCode) -> &Settings {
        let own = self.readings.iter().find(|own| own.gemeente == *gemeente);
        own.map_or(&self.default, |own| &own.settings)
    }

    /// A mandate of this law by which something received in the period may be answered, unless `carry` is chosen for all of it.
    pub(super) fn judged(&self, law: &str, during: &Period) -> Option<&Reach> {
        let carried = |reach: &Reach| {
            self.chosen.iter().any(|chosen| {
                chosen.mode == Mode::Carry
                    && chosen.reach.code == reach.code
                    && chosen.reach.laws.iter().any(|named| named == law)
                    && chosen.reach.kinds.is_empty()
                    && chosen.reach.period.begins() <= reach.period.begins().max(during.begins())
                    && chosen.reach.period.ends() >= reach.period.ends().min(during.ends())
            })
        };
        self.answering.iter().find(|reach| {
            reach.laws.iter().any(|named| named == law)
                && reach.period.overlaps(during)
                && !carried(reach)
        })
    }

    /// The first day since which all traffic between these two passes here; `None`: there is no such day.
    pub fn history_from(
        &self,
        law: &str,
        gemeente: &PartyCode,
        aanbieder: &PartyCode,
    ) -> Option<Date> {
        let of = |wanted: Option<&PartyCode>| {
            self.history.iter().find(|line| {
                line.gemeente == *gemeente
                    && line.aanbieder.as_ref() == wanted
                    && line.laws.iter().any(|named| named == law)
            })
        };
        of(Some(aanbieder))
            .or_else(|| of(None))
            .map(|line| line.since)
    }
}
