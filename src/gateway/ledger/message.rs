//! A taken message as the parties to it may see it: facts and times, never content.

use jiff::Timestamp;
use minicbor::{Decode, Encode};

use super::events::Mark;
use super::id::{MessageId, ThreadId};
use super::kind::MessageKind;
use crate::register::{Mode, PartyCode};

/// A taken message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id here.
    pub id: MessageId,
    /// Its thread: the question and its answers.
    pub thread: ThreadId,
    /// Law, release and kind; of a file its functie.
    pub kind: MessageKind,
    /// Code of the one who made it: Afzender, but Ontvanger of a retour.
    pub maker: PartyCode,
    /// Code of the one it is for: Ontvanger, but Afzender of a retour.
    pub receiver: PartyCode,
    /// When it was taken, UTC.
    pub received: Timestamp,
    /// Position of its record in the journal.
    pub position: u64,
    /// SHA-256 of the body as it was handed in; `None` when what is kept of it is damaged.
    pub body_hash: Option<[u8; 32]>,
    /// Length of the body.
    pub body_bytes: u64,
    /// The form that its receiver gets, with other products; `None` when he gets the body.
    pub mapped: Option<OtherForm>,
    /// How far it is judged for its receiver; one for its whole thread.
    pub mode: Mode,
    /// What is unusual about it.
    pub marks: Vec<Mark>,
    /// How many findings of levels 2 to 4 it has.
    pub findings: u64,
    /// What has happened to it since.
    pub state: State,
}

/// The form of a message that its receiver gets when its products are translated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OtherForm {
    /// Its SHA-256; `None` when what is kept of it is damaged.
    pub sha256: Option<[u8; 32]>,
    /// Its length.
    pub bytes: u64,
}

/// What has happened to a message since it was taken; `None` is "not (yet)".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct State {
    /// The receiver acknowledged it.
    pub acknowledged: Option<Timestamp>,
    /// The first answer to it that stands was taken.
    pub answered: Option<Timestamp>,
    /// It left the mailbox unread.
    pub dead: Option<Timestamp>,
    /// Its content was erased.
    pub erased: Option<Timestamp>,
    /// What it changed and what was found in it was erased too: nobody is found by it any more.
    pub forgotten: Option<Timestamp>,
    /// The gateway, which had kept its answer back, left it to the receiver.
    pub released: Option<Timestamp>,
    /// Its receiver refused it with a message of his wire (Fo01): it counts as not sent.
    pub rejected: Option<Timestamp>,
}

impl State {
    /// One word: `waiting`, `acknowledged`, `answered`, `rejected` or `dead` (it left the mailbox unread; that stays, whatever comes later). Erasure of content is told by `erased` beside it.
    pub fn code(&self) -> &'static str {
        match self {
            Self { dead: Some(_), .. } => "dead",
            Self {
                rejected: Some(_), ..
            } => "rejected",
            Self {
                answered: Some(_), ..
            } => "answered",
            Self {
                acknowledged: Some(_),
                ..
            } => "acknowledged",
            _ => "waiting",
        }
    }
}

impl Message {
    /// Length of what its receiver gets.
    pub fn given_bytes(&self) -> u64 {
        self.mapped.map_or(self.body_bytes, |mapped| mapped.bytes)
    }

    /// SHA-256 of what its receiver gets; `None` when what is kept of it is damaged.
    pub fn given_hash(&self) -> Option<[u8; 32]> {
        self.mapped.map_or(self.body_hash, |mapped| mapped.sha256)
    }
}

/// One line of a message's timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// When, UTC.
    pub at: Timestamp,
    /// Position of the record that says so.
    pub position: u64,
    /// What happened.
    pub happening: Happening,
}

/// What happened to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening {
    /// It was taken and stood in the mailbox.
    Received,
    /// The receiver acknowledged it.
    Acknowledged,
    /// An answer to it was taken.
    Answered {
        /// The answer; `None` when the one who asks may not see it.
        by: Option<MessageId>,
        /// What it is worth.
        worth: Worth,
    },
    /// Nobody acknowledged it within the longest term: it left the mailbox.
    DeadLettered,
    /// Its content was erased.
    Erased,
    /// What it changed and what was found in it was erased too.
    Forgotten,
    /// The gateway, which had kept its answer back, left it to the receiver.
    Released,
    /// Its receiver refused it with a message of his wire.
    Rejected,
}

/// What an answer is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Worth {
    /// It answers its question.
    #[n(0)]
    Stands,
    /// One that stands came before it ([`Mark::SecondAnswer`]).
    #[n(1)]
    Again,
    /// It is wrong itself ([`Mark::Reported`]): an answer is still owed.
    #[n(2)]
    Wrong,
}

impl Worth {
    pub(super) fn of(marks: &[Mark]) -> Self {
        if marks.contains(&Mark::Reported) {
            Self::Wrong
        } else if marks.contains(&Mark::SecondAnswer) {
            Self::Again
        } else {
            Self::Stands
        }
    }
}

impl Happening {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Acknowledged => "acknowledged",
            Self::Answered { worth, .. } => match worth {
                Worth::Stands => "answered",
                Worth::Again => "answered-again",
                Worth::Wrong => "answered-wrongly",
            },
            Self::DeadLettered => "dead-lettered",
            Self::Rejected => "rejected",
            Self::Erased => "erased",
            Self::Forgotten => "effects-erased",
            Self::Released => "released",
        }
    }
}
