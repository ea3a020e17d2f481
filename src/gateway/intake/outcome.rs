//! What became of a message that was handed in, in the words that every door says in its own way: taken, repeated, refused, or not judged at all.
//!
//! Decides nothing and knows no HTTP.

use jiff::Timestamp;
use knooppunt_standard::{Findings, Kind};

use crate::fault::Fault;
use crate::lanes::Panicked;
use crate::ledger::{Found, LedgerError, Mark, Message};
use crate::register::Mode;

/// What became of a message.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Outcome {
    /// Taken: it is durable, and stands in the receiver's mailbox unless it was refused in his name. With what levels 2 to 4 found in it,
    /// and what only its maker is told of his own numbers.
    Accepted(Message, Found),
    /// The same bytes under the same identity were taken before: the message of then, with its state of now.
    Repeat(Message),
    /// Not taken. It leaves no effect, no thread and no mailbox entry, and its id is not used up.
    Refused(Refusal),
}

/// What would become of a message, had it been handed in.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Advice {
    /// It would be taken, and answered at once where its receiver leaves that to the gateway.
    WouldAccept {
        /// Its kind.
        kind: Kind,
        /// How far it would be judged.
        mode: Mode,
        /// What would be unusual about it; [`Mark::Refused`] when it would be answered with a refusal.
        marks: Vec<Mark>,
        /// What levels 2 to 4 say of it.
        found: Found,
    },
    /// The same bytes were taken before.
    WouldRepeat(Message),
    /// It would be refused.
    WouldRefuse(Refusal),
}

/// Why a message was not taken.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// The reason.
    pub reason: RefusalReason,
    /// What is wrong with its form; empty for other reasons.
    pub findings: Findings,
    /// Its kind, when it could be known.
    pub kind: Option<Kind>,
}

/// The reason of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefusalReason {
    /// Its form is wrong: see the findings.
    Level1,
    /// Its root is of no standard, release and kind that is known here.
    UnknownKind,
    /// Its release is not taken on the day of receipt.
    ReleaseNotTaken,
    /// The maker's code is not the caller's, and he has no mandate for it.
    NotTheMaker,
    /// The receiver's code has no owner here.
    UnknownReceiver,
    /// Another message was taken under the same identity (law, kind, maker, id).
    IdentityTaken {
        /// When that one was taken.
        first: Timestamp,
    },
}

impl RefusalReason {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Level1 => "level-1",
            Self::UnknownKind => "unknown-kind",
            Self::ReleaseNotTaken => "release-not-taken",
            Self::NotTheMaker => "not-the-maker",
            Self::UnknownReceiver => "unknown-receiver",
            Self::IdentityTaken { .. } => "identity-taken",
        }
    }

    /// What is wrong and what to do, Dutch.
    pub fn text(self) -> String {
        match self {
            Self::Level1 => "Het bericht voldoet niet aan het schema. Herstel de genoemde punten en lever het opnieuw aan.".to_owned(),
            Self::UnknownKind => {
                "Dit is geen berichtsoort die hier bekend is. Controleer de namespace van het element Bericht.".to_owned()
            }
            Self::ReleaseNotTaken => {
                "Berichten van deze release worden vandaag niet aangenomen. Gebruik een release die nu geldig is.".to_owned()
            }
            Self::NotTheMaker => "De afzender van dit bericht hoort niet bij uw certificaat. Lever aan onder een eigen code, of laat de \
                                  houder van de code een machtiging vastleggen."
                .to_owned(),
            Self::UnknownReceiver => "De ontvanger van dit bericht is hier niet aangesloten. Controleer de code van de ontvanger.".to_owned(),
            Self::IdentityTaken { first } => format!(
                "Er is al een ander bericht met deze identificatie aangenomen, op {first}. Geef een gewijzigd bericht een nieuwe identificatie."
            ),
        }
    }
}

/// Why intake could not do its work; the message was not judged, and handing it in again is harmless.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum IntakeError {
    /// The ledger could not do its work.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Reading the message failed through a bug of ours.
    #[error(transparent)]
    Bug(#[from] Panicked),
}

impl IntakeError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Ledger(error) => error.code(),
            Self::Bug(bug) => bug.code(),
        }
    }

    /// Whose fault it is: always ours.
    pub fn fault(&self) -> Fault {
        Fault::Ours
    }

    /// Whether the disk has no room for new messages: answer that it may be tried again later.
    pub fn disk_full(&self) -> bool {
        matches!(self, Self::Ledger(error) if error.disk_full())
    }
}
