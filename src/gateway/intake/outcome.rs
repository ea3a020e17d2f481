//! What became of a message that was handed in, in the words that every door says in its own way: taken, repeated, refused, or not judged at all.
//!
//! Decides nothing and knows no HTTP.

use jiff::Timestamp;
use knooppunt_standard::{Finding, Findings, Kind};

use crate::envelope::tables::Condition;
use crate::fault::Fault;
use crate::lanes::Panicked;
use crate::ledger::{Door, Found, LedgerError, Mark, Message, MessageId};
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
    /// Of a wire of others: its receipt is confirmed and durable, its number there is used up, and it is refused for what it contains. Its sender is told
    /// of that later, as his wire has it.
    Returned(Returned),
}

/// A message that is refused after its receipt is confirmed.
#[derive(Debug, Clone)]
pub struct Returned {
    /// Its id here.
    pub id: MessageId,
    /// Stable code of the reason.
    pub reason: String,
    /// Why, when it is new; `None` when the same was sent before.
    pub refusal: Option<Refusal>,
    /// When it was refused, the first time.
    pub at: Timestamp,
}

/// What would become of a message, had it been handed in.
#[derive(Debug, Clone)]
#[non_exhaustive]
#[allow(
    clippy::large_enum_variant,
    reason = "one is made a request, and taken apart at once"
)]
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

impl Refusal {
    /// The condition that this is to the wires of others.
    pub fn condition(&self) -> Condition {
        RefusalReason::condition_told(self.wire_code())
    }

    /// The code of its reason as records of wires have it: what is not well-formed is told apart from what breaks the schema.
    pub fn wire_code(&self) -> &'static str {
        let of_xml = |finding: &Finding| matches!(finding.rule, "XML" | "XMLNS");
        // What breaks the schema may stand before the place where the XML ends to be XML.
        let malformed = self.findings.list.iter().any(of_xml);
        if self.reason == RefusalReason::Level1 && malformed {
            "not-xml"
        } else {
            self.reason.code()
        }
    }
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
    /// It is larger than a message between these two may be, although its caller may hand in larger ones to others.
    TooLarge {
        /// Bytes that it may have.
        bytes_max: u64,
    },
    /// Another message was taken under the same identity (law, kind, maker, id).
    IdentityTaken {
        /// When that one was taken.
        first: Timestamp,
    },
    /// The same bytes were taken before, under another number of the wire or by another door.
    SentBefore {
        /// When.
        first: Timestamp,
    },
    /// Another message was sent under the same number of the wire.
    NumberTaken,
    /// The envelope names another sender or receiver than the message.
    OtherParty,
    /// The envelope names another kind or version than the message.
    OtherKind,
    /// It is a file that is no message of the standards, and its sender may not send such files to its receiver.
    FileNotAllowed,
    /// The content is packed in a way that cannot be opened.
    Unopened(Condition),
    /// A door did not receive it, by what its envelope says.
    NotReceived(Condition),
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
            Self::TooLarge { .. } => "body-too-large",
            Self::IdentityTaken { .. } => "identity-taken",
            Self::SentBefore { .. } => "sent-before",
            Self::NumberTaken => "number-taken",
            Self::OtherParty => "envelope-other-party",
            Self::OtherKind => "envelope-other-kind",
            Self::FileNotAllowed => "file-not-allowed",
            Self::Unopened(fault) | Self::NotReceived(fault) => fault.name(),
        }
    }

    /// The condition that this is to the wires of others, by its code; `None`: no reason has it. What is not well-formed is told apart by [`Refusal::condition`].
    pub fn condition_of(code: &str) -> Option<Condition> {
        Some(match code {
            "level-1" => Condition::PayloadInvalid,
            "not-xml" => Condition::PayloadNotXml,
            "unknown-kind" => Condition::KindUnknown,
            "release-not-taken" => Condition::KindInactive,
            "not-the-maker" => Condition::SenderNotOwn,
            "unknown-receiver" => Condition::ReceiverUnknown,
            "body-too-large" => Condition::PayloadTooLarge,
            "identity-taken" | "sent-before" => Condition::IdentityTaken,
            "number-taken" => Condition::NumberTaken,
            "envelope-other-party" => Condition::ReceiverOther,
            "envelope-other-kind" => Condition::PayloadOther,
            "file-not-allowed" => Condition::KindNotAllowed,
            other => return Condition::named(other),
        })
    }

    /// The condition that is told of a recorded code: of one that no reason has, that the message could not be processed.
    pub fn condition_told(code: &str) -> Condition {
        Self::condition_of(code).unwrap_or(Condition::NotProcessed)
    }

    /// Whether a door says so at once, so that the number is not used up; else its receipt is confirmed first, and the refusal follows.
    pub fn is_told_at_once(self, door: Door) -> bool {
        match (self, door) {
            (Self::NumberTaken | Self::NotReceived(_), _)
            | (Self::NotTheMaker | Self::UnknownReceiver | Self::OtherParty, Door::Vsp) => true,
            (
                Self::Level1
                | Self::UnknownKind
                | Self::ReleaseNotTaken
                | Self::IdentityTaken { .. }
                | Self::SentBefore { .. }
                | Self::OtherKind
                | Self::FileNotAllowed
                | Self::Unopened(_)
                | Self::TooLarge { .. },
                Door::Vsp,
            )
            | (
                Self::Level1
                | Self::UnknownKind
                | Self::ReleaseNotTaken
                | Self::NotTheMaker
                | Self::UnknownReceiver
                | Self::IdentityTaken { .. }
                | Self::SentBefore { .. }
                | Self::OtherParty
                | Self::OtherKind
                | Self::FileNotAllowed
                | Self::Unopened(_)
                | Self::TooLarge { .. },
                Door::Ggk0210 | Door::Ggk0310,
            ) => false,
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
            Self::TooLarge { bytes_max } => format!(
                "Een bericht tussen deze twee partijen is ten hoogste {bytes_max} bytes (OP179, of wat zij hebben afgesproken). Verdeel het over meer berichten."
            ),
            Self::IdentityTaken { first } => format!(
                "Er is al een ander bericht met deze identificatie aangenomen, op {first}. Geef een gewijzigd bericht een nieuwe identificatie."
            ),
            Self::SentBefore { first } => format!("Dit bericht is al aangenomen, op {first}, onder een ander nummer. Lever het niet opnieuw aan."),
            Self::NumberTaken => Condition::NumberTaken.text().to_owned(),
            Self::OtherParty => Condition::ReceiverOther.text().to_owned(),
            Self::OtherKind => Condition::PayloadOther.text().to_owned(),
            Self::FileNotAllowed => Condition::KindNotAllowed.text().to_owned(),
            Self::Unopened(fault) | Self::NotReceived(fault) => fault.text().to_owned(),
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
