//! What a rule is called and where it holds: one row of the published tables.

use crate::bericht::berichtsoort::{Berichtsoort, Law};

/// A published rule. There is one row of each, and everything that names a rule points at it.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its published id: `TR074`, `CD041`.
    pub id: &'static str,
    /// Return code of the class that breaks it: `9074`; `0001` at level 2; empty where none is owed.
    pub code: &'static str,
    /// Checking level of the standard.
    pub level: Level,
    /// Laws under which it holds.
    pub laws: &'static [Law],
    /// Kinds of message that it judges.
    pub berichten: &'static [Berichtsoort],
    /// First release whose published rules it was read from: `3.2`. Earlier ones may have it too.
    pub since: &'static str,
    /// Class that it attaches to, as a path below Bericht: `Client/StartProducten/StartProduct`. Places
    /// of the same class are parted by `|`.
    pub at: &'static str,
}

/// Checking level of the standards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// 2: the content of one message.
    Message,
    /// 3: against earlier messages.
    History,
    /// 4: against sources outside the messages.
    Reference,
}

impl Level {
    /// Its number, 2 to 4.
    pub const fn number(self) -> u8 {
        match self {
            Self::Message => 2,
            Self::History => 3,
            Self::Reference => 4,
        }
    }
}

impl Rule {
    /// Both laws.
    pub const BOTH: &'static [Law] = &[Law::Jw, Law::Wmo];

    /// Every kind but the retours, which have no rules of their own.
    pub const NO_RETOUR: &'static [Berichtsoort] = &[
        Berichtsoort::Toewijzing,
        Berichtsoort::Start,
        Berichtsoort::Stop,
        Berichtsoort::VerzoekToewijzing,
        Berichtsoort::VerzoekWijziging,
        Berichtsoort::Antwoord,
        Berichtsoort::Declaratie,
        Berichtsoort::DeclaratieAntwoord,
    ];
}
