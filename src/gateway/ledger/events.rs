//! What a record says in clear: the fact, the parties, the kind, what was used and counts. Nothing in it tells anything about a client.
//!
//! Deterministic CBOR: an array of the version and the event; fields by number, absent ones left out, so that any language reads it in decades. Every version
//! ever written stays readable: a field may be added under a new number, a number is never used again.

use std::collections::BTreeMap;

use knooppunt_standard::Berichtsoort;
use knooppunt_standard::terms::Term;
use minicbor::{Decode, Decoder, Encode, Encoder};

use super::id::{MessageId, ThreadId};
use super::look::Viewed;
use super::wire::WireRecord;
use crate::fault::Fault;
use crate::register::Mode;
use crate::store::Position;

/// The version that is written.
const VERSION: u8 = 1;

/// Why a record cannot be understood. Always ours: damage, or a record of a later program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// Written by a later version of the program.
    #[error("record version {0} is newer than this program knows")]
    Version(u8),
    /// Not what we write.
    #[error("the record is not one of ours: {0}")]
    Malformed(String),
}

impl EventError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Version(_) => "record-version",
            Self::Malformed(_) => "record-malformed",
        }
    }

    /// Whose fault it is: always ours.
    pub fn fault(&self) -> Fault {
        Fault::Ours
    }
}

/// One thing that happened. The time and the position stand in the record around it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Event {
    /// A message was taken: it stands in the receiver's mailbox from this record on.
    #[n(0)]
    Received(#[n(0)] Received),
    /// A message was refused. Only the fact: no payload, no effect, no thread, and its id is not used up.
    #[n(1)]
    Refused(#[n(0)] Refused),
    /// The receiver said that it has the message.
    #[n(2)]
    Acknowledged(#[n(0)] Acknowledged),
    /// Nobody acknowledged the message within the longest term: it left the mailbox.
    #[n(3)]
    DeadLettered(#[n(0)] DeadLettered),
    /// The contents of these messages were erased; the record names their keys.
    #[n(4)]
    Erased(#[n(0)] Erased),
    /// Somebody tried what a message would lead to.
    #[n(5)]
    DryRun(#[n(0)] DryRun),
    /// A party decided on lines of a declaration that waited for it; which lines and what stands in the effect.
    #[n(6)]
    Decided(#[n(0)] Decided),
    /// A declaration whose answer the gateway keeps back was judged again, or its answer is left to its receiver.
    #[n(7)]
    Reconsidered(#[n(0)] Reconsidered),
    /// A message of before, with the answer to it, became part of the past. It stands in no mailbox and in no thread, and its content is not kept.
    #[n(8)]
    Imported(#[n(0)] Imported),
    /// A message was refused for what it contains after its receipt was confirmed, as the wires of others want it: its number there is used, and whoever
    /// sent it is to be told. It has no thread and no mailbox, and its content is not kept.
    #[n(9)]
    Returned(#[n(0)] Returned),
    /// The receiver of a message refused it with a message of the wire itself (Fo01): it is settled as refused.
    #[n(10)]
    Rejected(#[n(0)] Rejected),
    /// Whoever sent what was [`Returned`] was told, or cannot be told any more.
    #[n(11)]
    Told(#[n(0)] Told),
    /// Handing a message to the endpoint of its receiver was stopped, or is begun again. It stays in the mailbox.
    #[n(16)]
    Delivery(#[n(0)] Delivery),
    /// From this record on messages are brought to an endpoint, or to other codes there, or with other words; or not any more.
    #[n(17)]
    Brings(#[n(0)] Brings),
    /// Somebody looked as an auditor, or tried to; for what and for whom stands in the effect part.
    #[n(18)]
    Viewed(#[n(0)] Viewed),
    /// Effects and findings were erased; the record names their keys. What of them is still needed is carried on in its own effect part.
    #[n(24)]
    Forgotten(#[n(0)] Forgotten),
}

/// A message kind as recorded: names of the standard, so that a later program knows them without our numbering.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(map)]
pub struct KindRecord {
    /// `jw` or `wmo`.
    #[n(0)]
    pub law: String,
    /// Release, as `3.2`.
    #[n(1)]
    pub release: String,
    /// Number of the Berichtsoort, as 301.
    #[n(2)]
    pub soort: u16,
    /// functie of a file that is no message of the standards, which has no law and number 0; absent for those.
    #[n(3)]
    pub functie: Option<String>,
}

/// What is unusual about a taken message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Mark {
    /// It answers a message that we do not know between these two parties: it may be older than the gateway. It has a thread of its own and keeps the mark
    /// when the question comes later.
    #[n(0)]
    UnknownQuestion,
    /// Its question had been answered before, by an answer that was not wrong itself; it is carried in the thread.
    #[n(1)]
    SecondAnswer,
    /// The gateway refused it in its receiver's name and answered so: it is not forwarded and counts as not sent.
    #[n(2)]
    Refused,
    /// The gateway made it in the name of its maker.
    #[n(3)]
    MadeHere,
    /// A copy, for its maker, of an answer that the gateway made in his name.
    #[n(4)]
    Copy,
    /// An answer that is wrong itself: it is carried, and nothing is booked by it.
    #[n(5)]
    Reported,
    /// It would have been answered here, but its outcome hangs on messages that wait for an answer, or no answer can be made: its receiver answers.
    #[n(6)]
    Waits,
    /// A declaration whose 325 the gateway kept back when it came: lines of it waited for a decision of its receiver, or its outcome hung on messages that
    /// waited for an answer.
    #[n(7)]
    Held,
    /// Through a bug of ours the rules of levels 2 to 4 were not asked of it: it is carried as it is.
    #[n(8)]
    NotAssessed,
    /// An answer to a message of which nobody can tell any more what it does when it is accepted: it is damaged, or was not assessed. Nothing is booked by it.
    #[n(9)]
    NotBooked,
    /// Its two parties agreed that products are translated, and those of it could not be: its receiver gets it as it was sent.
    #[n(10)]
    NotTranslated,
    /// Its receiver has a product of it twice: as it crosses, and as what another product of the client became when that was translated.
    #[n(11)]
    StandsTwice,
}

impl Mark {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::UnknownQuestion => "unknown-question",
            Self::SecondAnswer => "second-answer",
            Self::Refused => "refused",
            Self::MadeHere => "made-here",
            Self::Copy => "copy",
            Self::Reported => "reported",
            Self::Waits => "waits",
            Self::NotAssessed => "not-assessed",
            Self::NotBooked => "not-booked",
            Self::Held => "held",
            Self::NotTranslated => "not-translated",
            Self::StandsTwice => "stands-twice",
        }
    }
}

/// What a verdict was made with. What stands behind the hashes is kept beside the journal. The past that was judged on is that of the scope before the
/// record's own position.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Inputs {
    /// Version of this program.
    #[n(0)]
    pub program: String,
    /// SHA-256 over the schema files of the release; absent when the kind is unknown.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub schemas: Option<[u8; 32]>,
    /// SHA-256 of the party register.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub register: [u8; 32],
    /// SHA-256 over the files of reference data in force; absent when there were none, and for what was refused at the door.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub reference: Option<[u8; 32]>,
    /// SHA-256 over the sources of the rules and of what asks them: tells two programs of one version apart. Absent in records of programs that kept no
    /// grounds, like all that follows: such a verdict cannot be made again.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub rules: Option<[u8; 32]>,
    /// SHA-256 of the working days, by which the terms count.
    #[cbor(n(5), with = "minicbor::bytes")]
    pub working_days: Option<[u8; 32]>,
    /// When the message came in, in microseconds since 1970, UTC: rules ask for the day of it in Europe/Amsterdam.
    #[n(6)]
    pub came_at: Option<i64>,
    /// SHA-256 over the files of product-code tables in force; absent for a message whose products nobody asked a table about.
    #[cbor(n(7), with = "minicbor::bytes")]
    pub catalogue: Option<[u8; 32]>,
}

/// See [`Event::Received`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Received {
    /// The message's id.
    #[n(0)]
    pub message: MessageId,
    /// Its thread.
    #[n(1)]
    pub thread: ThreadId,
    /// Its kind.
    #[n(2)]
    pub kind: KindRecord,
    /// Code of the one who made it.
    #[n(3)]
    pub maker: String,
    /// Code of the one it is for.
    #[n(4)]
    pub receiver: String,
    /// Party (register name) whose certificate handed it in.
    #[n(5)]
    pub party: String,
    /// How far it is judged for its receiver; of an answer that of its question, so that a thread has one.
    #[n(6)]
    pub mode: Mode,
    /// What is unusual about it.
    #[n(7)]
    pub marks: Vec<Mark>,
    /// The message it answers, when that is known.
    #[n(8)]
    pub question: Option<MessageId>,
    /// What it was checked with.
    #[n(9)]
    pub inputs: Inputs,
    /// Findings of levels 2 to 4 per return code, or per rule where it has none; the findings themselves are a part.
    #[n(10)]
    pub counts: BTreeMap<String, u64>,
    /// Length of the body.
    #[n(11)]
    pub body_bytes: u64,
    /// The wire of others that it came over; absent for the own API, and for what is made here.
    #[n(12)]
    pub wire: Option<WireRecord>,
    /// Position of the message it answers. Absent where that is the record right before it, as for what is answered here at once, and in records of programs that
    /// did not say it.
    #[n(13)]
    pub question_at: Option<u64>,
    /// Length of the form with other products that its receiver gets; absent for a message that he gets as it was handed in.
    #[n(14)]
    pub mapped_bytes: Option<u64>,
}

impl Received {
    /// The term within which it is owed an answer; `None`: it is owed none, or is of a kind that this program does not know.
    pub(crate) fn owed(&self) -> Option<Term> {
        Berichtsoort::from_number(self.kind.soort).and_then(Term::for_answer_to)
    }

    /// Where the message that it answers stands, as far as its record, which stands at `own`, tells.
    pub(crate) fn asked_at(&self, own: Position) -> Option<u64> {
        let made_here = self.question.is_some() && self.marks.contains(&Mark::MadeHere);
        let right_before = own.0.checked_sub(1).filter(|_| made_here);
        self.question_at.or(right_before)
    }
}

/// See [`Event::Returned`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Returned {
    /// The id by which it is known here.
    #[n(0)]
    pub message: MessageId,
    /// The wire that it came over.
    #[n(1)]
    pub wire: WireRecord,
    /// Its kind, when it could be known.
    #[n(2)]
    pub kind: Option<KindRecord>,
    /// Code of the one who sent it, by its envelope.
    #[n(3)]
    pub sender: String,
    /// Code of the one it was for, by its envelope, when that is one.
    #[n(4)]
    pub receiver: Option<String>,
    /// Party (register name) whose certificate handed it in.
    #[n(5)]
    pub party: String,
    /// Code of the reason.
    #[n(6)]
    pub reason: String,
    /// Findings per code, those beyond the cap under `more`; the findings themselves are a part.
    #[n(7)]
    pub counts: BTreeMap<String, u64>,
    /// As in [`Refused::body`].
    #[cbor(n(8), with = "minicbor::bytes")]
    pub body: [u8; 32],
    /// As in [`Refused::salt`].
    #[cbor(n(9), with = "minicbor::bytes")]
    pub salt: [u8; 16],
    /// Length of the body.
    #[n(10)]
    pub body_bytes: u64,
    /// What it was checked with.
    #[n(11)]
    pub inputs: Inputs,
    /// Who is to be told: the code of the sender, or the name of the party when the code is not his. Absent on a wire whose senders ask.
    #[n(12)]
    pub tell: Option<String>,
}

/// See [`Event::Rejected`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Rejected {
    /// Which message was refused.
    #[n(0)]
    pub message: Named,
    /// Code of the one who made it.
    #[n(1)]
    pub maker: String,
    /// Code of the one it was for, who refused it.
    #[n(2)]
    pub receiver: String,
    /// Party (register name) that handed the refusal in.
    #[n(3)]
    pub party: String,
    /// The published code with which it was refused; `other` for a code that is not on the lists.
    #[n(4)]
    pub code: String,
    /// The wire that the refusal came over; what its maker wrote stands in the envelope part.
    #[n(5)]
    pub wire: Option<WireRecord>,
}

/// See [`Event::Told`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Told {
    /// Of which message.
    #[n(0)]
    pub message: Named,
    /// Who was told: as [`Returned::tell`].
    #[n(1)]
    pub to: String,
    /// Party (register name) that read it; absent when it was delivered, or its term was over.
    #[n(2)]
    pub party: Option<String>,
}

/// See [`Event::Refused`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Refused {
    /// Its kind, when it could be known.
    #[n(0)]
    pub kind: Option<KindRecord>,
    /// Party (register name) whose certificate handed it in.
    #[n(1)]
    pub party: String,
    /// Code of the reason.
    #[n(2)]
    pub reason: String,
    /// Findings per code, those beyond the cap under `more`.
    #[n(3)]
    pub counts: BTreeMap<String, u64>,
    /// HMAC-SHA-256 under the inner pseudonym key over `salt` and the SHA-256 of the body.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub body: [u8; 32],
    /// Length of the body.
    #[n(5)]
    pub body_bytes: u64,
    /// What it was checked with.
    #[n(6)]
    pub inputs: Inputs,
    /// Random, so that two refusals of equal bodies cannot be told to be that.
    #[cbor(n(7), with = "minicbor::bytes")]
    pub salt: [u8; 16],
}

/// See [`Event::Acknowledged`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Acknowledged {
    /// Which message.
    #[n(0)]
    pub message: MessageId,
    /// Position of its record.
    #[n(1)]
    pub position: u64,
    /// Code whose mailbox it stood in.
    #[n(2)]
    pub receiver: String,
    /// Party (register name) that acknowledged.
    #[n(3)]
    pub party: String,
    /// Messages whose exchange is complete by this, so that their term of keeping begins: message and answer are both acknowledged. Worked out once, under the
    /// lock of the thread, so that a replay needs no history.
    #[n(4)]
    pub closes: Vec<Named>,
    /// How it reached him, when we brought it to his endpoint; absent when he fetched it.
    #[n(5)]
    pub over: Option<Over>,
}

/// How a message was brought to the endpoint of its receiver.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Over {
    /// Kind of the endpoint, as `ggk0210`.
    #[n(0)]
    pub endpoint: String,
    /// How often it was tried since the program was started or the delivery begun again, this time included.
    #[n(1)]
    pub attempts: u32,
    /// Whether the receiver said that he has it; `false` where an answer without content counts by the setting of the endpoint.
    #[n(2)]
    pub confirmed: bool,
}

/// A message by id and position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Named {
    /// Which message.
    #[n(0)]
    pub message: MessageId,
    /// Position of its record.
    #[n(1)]
    pub position: u64,
}

/// See [`Event::DeadLettered`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DeadLettered {
    /// Which message.
    #[n(0)]
    pub message: Named,
    /// Code whose mailbox it stood in.
    #[n(1)]
    pub receiver: String,
}

/// See [`Event::Erased`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Erased {
    /// Which messages, at most 500 a record.
    #[n(0)]
    pub messages: Vec<Named>,
}

/// See [`Event::Forgotten`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Forgotten {
    /// The messages of which effect and findings were erased; with `others` at most 500 a record.
    #[n(0)]
    pub messages: Vec<Named>,
    /// Positions of other records of which that was erased: decisions, looks, refusals, imports, and what an earlier record of this kind carried on.
    #[n(1)]
    pub others: Vec<u64>,
    /// The two parties whose past it was; absent for what changes none.
    #[n(2)]
    pub between: Option<Parties>,
}

/// A municipality and a provider under a law.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(map)]
pub struct Parties {
    /// `jw` or `wmo`.
    #[n(0)]
    pub law: String,
    /// Code of the municipality.
    #[n(1)]
    pub gemeente: String,
    /// Code of the provider.
    #[n(2)]
    pub aanbieder: String,
}

/// See [`Event::DryRun`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DryRun {
    /// Party (register name) that tried.
    #[n(0)]
    pub party: String,
    /// The kind it tried, when it could be known.
    #[n(1)]
    pub kind: Option<KindRecord>,
    /// Code of what would have happened: `accepted`, `refused` (taken, and answered with a refusal in its receiver's name), `repeat`, or the reason of a refusal
    /// at the door.
    #[n(2)]
    pub verdict: String,
    /// Findings per code.
    #[n(3)]
    pub counts: BTreeMap<String, u64>,
}

/// See [`Event::Decided`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Decided {
    /// Which declaration.
    #[n(0)]
    pub message: Named,
    /// Code of the one it is for, in whose name was decided.
    #[n(1)]
    pub receiver: String,
    /// Party (register name) that decided.
    #[n(2)]
    pub party: String,
    /// How many lines it granted.
    #[n(3)]
    pub granted: u64,
    /// How many lines it refused.
    #[n(4)]
    pub refused: u64,
}

/// What became of a declaration that was held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Turn {
    /// The gateway answered it, in records of the same commit.
    #[n(0)]
    Answered,
    /// It waits on, for something else than before; what stands in the effect.
    #[n(1)]
    Waits,
    /// No answer can be made that may be sent: its receiver answers.
    #[n(2)]
    NotMade,
    /// Its receiver has no mandate to answer in force any more: he answers himself.
    #[n(3)]
    NoMandate,
    /// It waited for the longest term that content is kept: its receiver answers.
    #[n(4)]
    TooOld,
}

impl Turn {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Waits => "waits",
            Self::NotMade => "not-made",
            Self::NoMandate => "no-mandate",
            Self::TooOld => "too-old",
        }
    }

    /// Whether its answer is left to its receiver from here on.
    pub fn releases(self) -> bool {
        match self {
            Self::Answered | Self::Waits => false,
            Self::NotMade | Self::NoMandate | Self::TooOld => true,
        }
    }
}

/// See [`Event::Reconsidered`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Reconsidered {
    /// Which declaration.
    #[n(0)]
    pub message: Named,
    /// Code of the one it is for.
    #[n(1)]
    pub receiver: String,
    /// What became of it.
    #[n(2)]
    pub turn: Turn,
    /// What it was judged with; absent when it was not judged.
    #[n(3)]
    pub inputs: Option<Inputs>,
    /// Its findings as they are now, counted as in [`Received::counts`].
    #[n(4)]
    pub counts: BTreeMap<String, u64>,
}

/// See [`Event::Imported`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Imported {
    /// Its kind.
    #[n(0)]
    pub kind: KindRecord,
    /// Code of the one who made it.
    #[n(1)]
    pub maker: String,
    /// Code of the one it was for, who answered it.
    #[n(2)]
    pub receiver: String,
    /// Party (register name) that gave it.
    #[n(3)]
    pub party: String,
    /// Whether its receiver accepted it, as a whole or in part; one that was refused counts as not sent.
    #[n(4)]
    pub accepted: bool,
    /// Its Dagtekening as a number: 20260302.
    #[n(5)]
    pub day: u32,
    /// What it was checked with. It was not judged.
    #[n(6)]
    pub inputs: Inputs,
}

/// What became of handing a message to the endpoint of its receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum DeliveryTurn {
    /// It is not tried any more: the endpoint refused it, or it took too long.
    #[n(0)]
    Dead,
    /// Somebody gave it up by hand.
    #[n(1)]
    Dropped,
    /// Somebody had it begun again by hand.
    #[n(2)]
    Again,
}

impl DeliveryTurn {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Dead => "dead",
            Self::Dropped => "dropped",
            Self::Again => "again",
        }
    }
}

/// See [`Event::Delivery`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Delivery {
    /// Which message.
    #[n(0)]
    pub message: Named,
    /// Code whose mailbox it stands in.
    #[n(1)]
    pub receiver: String,
    /// Party (register name) whose endpoint it was for, or that decided by hand; absent when an operator did.
    #[n(2)]
    pub party: Option<String>,
    /// What became of it.
    #[n(3)]
    pub turn: DeliveryTurn,
    /// Code of the reason, by which nothing of a message is told: `StUF034`, `BRS04`, `too-old`. Absent when begun again.
    #[n(4)]
    pub reason: Option<String>,
    /// How often it was tried since the program was started or the delivery begun again.
    #[n(5)]
    pub attempts: u32,
}

/// See [`Event::Brings`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Brings {
    /// Party (register name) whose endpoint it is.
    #[n(0)]
    pub party: String,
    /// Kind of the endpoint, as `ggk0210`; absent when the party has none any more.
    #[n(1)]
    pub endpoint: Option<String>,
    /// Codes whose messages are brought there on that day, and the name of the party for what only it is told; empty without endpoint.
    #[n(2)]
    pub to: Vec<String>,
    /// With which words; absent without endpoint.
    #[n(3)]
    pub words: Option<Words>,
}

/// What is said at an endpoint around every message by how the gateway is set and which program it is. It is recorded so that a message that was received
/// under it is said the same way at every try, whatever is set or installed meanwhile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Words {
    /// What the gateway calls itself.
    #[n(0)]
    pub application: String,
    /// The version that it says to be, for messages that no other application made.
    #[n(1)]
    pub version: u16,
    /// And the subversion.
    #[n(2)]
    pub subversion: u16,
    /// What it calls the application of the receiver.
    #[n(3)]
    pub receiver_application: String,
    /// Whether payloads go in ZIP files.
    #[n(4)]
    pub zip: bool,
    /// The list that codes of refusals are from: `current` or `2018`.
    #[n(5)]
    pub codes: String,
}

impl Event {
    /// The SHA-256 of everything that the verdict in a record was made with and that is kept beside the journal; nothing for a record of a program that kept
    /// no grounds, or one that cannot be read.
    pub fn grounds_of(record: &[u8]) -> Vec<[u8; 32]> {
        let inputs = match Self::decode(record) {
            Ok(Self::Received(received)) => received.inputs,
            Ok(Self::Refused(refused)) => refused.inputs,
            Ok(Self::Reconsidered(Reconsidered {
                inputs: Some(inputs),
                ..
            })) => inputs,
            Ok(Self::Imported(imported)) => imported.inputs,
            Ok(Self::Returned(returned)) => returned.inputs,
            Ok(Self::Viewed(Viewed {
                scope_in: Some(scope),
                ..
            })) => return vec![scope.register],
            _ => return Vec::new(),
        };
        if inputs.came_at.is_none() {
            return Vec::new();
        }
        let may_be = [
            inputs.schemas,
            inputs.reference,
            inputs.working_days,
            inputs.catalogue,
        ];
        may_be
            .into_iter()
            .flatten()
            .chain([inputs.register])
            .collect()
    }

    /// The bytes for the record.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes);
        let written = encoder
            .array(2)
            .and_then(|e| e.u8(VERSION))
            .and_then(|e| e.encode(self))
            .is_ok();
        debug_assert!(written, "writing into memory cannot fail");
        bytes
    }

    /// Reads a record of any version ever written. Err: it is of a later program, or not one of ours.
    pub fn decode(bytes: &[u8]) -> Result<Self, EventError> {
        let malformed = |cause: minicbor::decode::Error| EventError::Malformed(cause.to_string());
        let mut decoder = Decoder::new(bytes);
        if decoder.array().map_err(malformed)? != Some(2) {
            return Err(EventError::Malformed(
                "an array of version and event is expected".to_owned(),
            ));
        }
        match decoder.u8().map_err(malformed)? {
            1 => {
                let event = decoder.decode().map_err(malformed)?;
                if decoder.position() == bytes.len() {
                    Ok(event)
                } else {
                    Err(EventError::Malformed("bytes after the event".to_owned()))
                }
            }
            later => Err(EventError::Version(later)),
        }
    }
}

macro_rules! cbor_id {
    ($name:ident) => {
        impl<C> Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                encoder: &mut Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                encoder.bytes(self.as_bytes())?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(
                decoder: &mut Decoder<'b>,
                _: &mut C,
            ) -> Result<Self, minicbor::decode::Error> {
                let bits = <[u8; 16]>::try_from(decoder.bytes()?)
                    .map_err(|_| minicbor::decode::Error::message("an id has 16 bytes"))?;
                Ok(Self::from_bytes(bits))
            }
        }
    };
}

cbor_id!(MessageId);
cbor_id!(ThreadId);

#[cfg(test)]
mod tests {
    use super::super::look::{Look, Seen, SeenIn, Shown};
    use super::*;

    /// Every event as version 1 wrote it: a name and hexadecimal CBOR a line. Lines are added, never changed.
    const GOLDEN: &str = include_str!("../../../tests/golden/events-1.txt");

    fn samples() -> Vec<(&'static str, Event)> {
        let message = MessageId::from_bytes([0xa1; 16]);
        let kind = KindRecord {
            law: "jw".to_owned(),
            release: "3.2".to_owned(),
            soort: 306,
            functie: None,
        };
        let inputs = Inputs {
            program: "0.1.0".to_owned(),
            schemas: Some([2; 32]),
            register: [3; 32],
            reference: None,
            rules: None,
            working_days: None,
            came_at: None,
            catalogue: None,
        };
        let (imported_kind, imported_with) = (kind.clone(), inputs.clone());
        let counts = BTreeMap::from([
            ("element-missing".to_owned(), 2),
            ("more".to_owned(), 70_000),
        ]);
        let named = Named {
            message,
            position: 300,
        };
        let judged_with = inputs.clone();
        let (wired_inputs, wired_kind) = (inputs.clone(), kind.clone());
        let wire = WireRecord {
            door: crate::ledger::Door::Ggk0310,
            number: Some([0xd4; 16]),
            conversation: None,
            answers: Some([0xe5; 16]),
            version: Some(3),
            subversion: Some(2),
        };
        vec![
            (
                "received-over-a-wire",
                Event::Received(Received {
                    message,
                    thread: ThreadId::from_bytes([0xb2; 16]),
                    kind: kind.clone(),
                    maker: "0289".to_owned(),
                    receiver: "98980001".to_owned(),
                    party: "gemeente-a".to_owned(),
                    mode: Mode::Carry,
                    marks: Vec::new(),
                    question: None,
                    inputs: inputs.clone(),
                    counts: BTreeMap::new(),
                    body_bytes: 7_000,
                    wire: Some(wire),
                    question_at: None,
                    mapped_bytes: None,
                }),
            ),
            (
                "received-file",
                Event::Received(Received {
                    message,
                    thread: ThreadId::from_bytes([0xb2; 16]),
                    kind: KindRecord::file("Dummy", (2, 1)),
                    maker: "0289".to_owned(),
                    receiver: "98980001".to_owned(),
                    party: "gemeente-a".to_owned(),
                    mode: Mode::Carry,
                    marks: Vec::new(),
                    question: None,
                    inputs: inputs.clone(),
                    counts: BTreeMap::new(),
                    body_bytes: 7_000,
                    wire: Some(wire),
                    question_at: None,
                    mapped_bytes: None,
                }),
            ),
            (
                "returned",
                Event::Returned(Returned {
                    message,
                    wire,
                    kind: Some(wired_kind),
                    sender: "0289".to_owned(),
                    receiver: Some("98980001".to_owned()),
                    party: "gemeente-a".to_owned(),
                    reason: "level-1".to_owned(),
                    counts: counts.clone(),
                    body: [4; 32],
                    salt: [5; 16],
                    body_bytes: 7_000,
                    inputs: wired_inputs,
                    tell: Some("0289".to_owned()),
                }),
            ),
            (
                "rejected",
                Event::Rejected(Rejected {
                    message: named,
                    maker: "98980001".to_owned(),
                    receiver: "0289".to_owned(),
                    party: "gemeente-a".to_owned(),
                    code: "StUF055".to_owned(),
                    wire: Some(wire),
                }),
            ),
            (
                "told",
                Event::Told(Told {
                    message: named,
                    to: "0289".to_owned(),
                    party: Some("gemeente-a".to_owned()),
                }),
            ),
            (
                "received",
                Event::Received(Received {
                    message,
                    thread: ThreadId::from_bytes([0xb2; 16]),
                    kind: kind.clone(),
                    maker: "0289".to_owned(),
                    receiver: "98980001".to_owned(),
                    party: "gemeente-a".to_owned(),
                    mode: Mode::Carry,
                    marks: vec![Mark::UnknownQuestion, Mark::SecondAnswer],
                    question: Some(MessageId::from_bytes([0xc3; 16])),
                    inputs: inputs.clone(),
                    counts: BTreeMap::new(),
                    body_bytes: 26_214_400,
                    wire: None,
                    question_at: None,
                    mapped_bytes: None,
                }),
            ),
            (
                "received-answer",
                Event::Received(Received {
                    message,
                    thread: ThreadId::from_bytes([0xb2; 16]),
                    kind: kind.clone(),
                    maker: "0289".to_owned(),
                    receiver: "98980001".to_owned(),
                    party: "gemeente-a".to_owned(),
                    mode: Mode::Carry,
                    marks: vec![Mark::UnknownQuestion, Mark::SecondAnswer],
                    question: Some(MessageId::from_bytes([0xc3; 16])),
                    inputs: inputs.clone(),
                    counts: BTreeMap::new(),
                    body_bytes: 26_214_400,
                    wire: None,
                    question_at: Some(300),
                    mapped_bytes: None,
                }),
            ),
            (
                "received-with-grounds",
                Event::Received(Received {
                    message,
                    thread: ThreadId::from_bytes([0xb2; 16]),
                    kind: kind.clone(),
                    maker: "0289".to_owned(),
                    receiver: "98980001".to_owned(),
                    party: "gemeente-a".to_owned(),
                    mode: Mode::Judge,
                    marks: Vec::new(),
                    question: None,
                    inputs: Inputs {
                        reference: Some([6; 32]),
                        rules: Some([7; 32]),
                        working_days: Some([8; 32]),
                        came_at: Some(1_772_355_600_000_000),
                        ..inputs.clone()
                    },
                    counts: BTreeMap::new(),
                    body_bytes: 7_000,
                    wire: None,
                    question_at: None,
                    mapped_bytes: None,
                }),
            ),
            (
                "received-mapped",
                Event::Received(Received {
                    message,
                    thread: ThreadId::from_bytes([0xb2; 16]),
                    kind: kind.clone(),
                    maker: "0289".to_owned(),
                    receiver: "98980001".to_owned(),
                    party: "gemeente-a".to_owned(),
                    mode: Mode::Carry,
                    marks: vec![Mark::NotTranslated],
                    question: None,
                    inputs: Inputs {
                        catalogue: Some([9; 32]),
                        ..inputs.clone()
                    },
                    counts: BTreeMap::new(),
                    body_bytes: 7_000,
                    wire: None,
                    question_at: None,
                    mapped_bytes: Some(7_004),
                }),
            ),
            (
                "received-twice",
                Event::Received(Received {
                    message,
                    thread: ThreadId::from_bytes([0xb2; 16]),
                    kind: kind.clone(),
                    maker: "0289".to_owned(),
                    receiver: "98980001".to_owned(),
                    party: "gemeente-a".to_owned(),
                    mode: Mode::Guard,
                    marks: vec![Mark::StandsTwice],
                    question: None,
                    inputs: inputs.clone(),
                    counts: BTreeMap::new(),
                    body_bytes: 7_000,
                    wire: None,
                    question_at: None,
                    mapped_bytes: None,
                }),
            ),
            (
                "refused",
                Event::Refused(Refused {
                    kind: Some(kind.clone()),
                    party: "zorg-a".to_owned(),
                    reason: "level-1".to_owned(),
                    counts: counts.clone(),
                    body: [4; 32],
                    body_bytes: 7_000,
                    inputs: Inputs {
                        schemas: None,
                        ..inputs
                    },
                    salt: [5; 16],
                }),
            ),
            (
                "acknowledged",
                Event::Acknowledged(Acknowledged {
                    message,
                    position: 299,
                    receiver: "0289".to_owned(),
                    party: "gemeente-a".to_owned(),
                    closes: vec![named],
                    over: None,
                }),
            ),
            (
                "acknowledged-over-an-endpoint",
                Event::Acknowledged(Acknowledged {
                    message,
                    position: 299,
                    receiver: "0289".to_owned(),
                    party: "gemeente-a".to_owned(),
                    closes: Vec::new(),
                    over: Some(Over {
                        endpoint: "ggk0210".to_owned(),
                        attempts: 3,
                        confirmed: true,
                    }),
                }),
            ),
            (
                "delivery",
                Event::Delivery(Delivery {
                    message: named,
                    receiver: "0289".to_owned(),
                    party: Some("gemeente-a".to_owned()),
                    turn: DeliveryTurn::Dead,
                    reason: Some("StUF034".to_owned()),
                    attempts: 2,
                }),
            ),
            (
                "delivery-again",
                Event::Delivery(Delivery {
                    message: named,
                    receiver: "0289".to_owned(),
                    party: None,
                    turn: DeliveryTurn::Again,
                    reason: None,
                    attempts: 0,
                }),
            ),
            (
                "brings",
                Event::Brings(Brings {
                    party: "gemeente-a".to_owned(),
                    endpoint: Some("ggk0310".to_owned()),
                    to: vec!["0289".to_owned(), "gemeente-a".to_owned()],
                    words: Some(Words {
                        application: "Knooppunt".to_owned(),
                        version: 0,
                        subversion: 1,
                        receiver_application: "GGk".to_owned(),
                        zip: true,
                        codes: "current".to_owned(),
                    }),
                }),
            ),
            ("viewed", Event::Viewed(viewed())),
            (
                "viewed-not",
                Event::Viewed(Viewed {
                    party: "zorg-a".to_owned(),
                    look: Look::Thread,
                    refused: Some("no-auditor".to_owned()),
                    count: 0,
                    scope: Vec::new(),
                    shown: Vec::new(),
                    scope_in: None,
                }),
            ),
            (
                "viewed-in-register",
                Event::Viewed(Viewed {
                    scope: Vec::new(),
                    scope_in: Some(SeenIn {
                        register: [7; 32],
                        parts: 20_520,
                    }),
                    ..viewed()
                }),
            ),
            (
                "brings-no-more",
                Event::Brings(Brings {
                    party: "gemeente-a".to_owned(),
                    endpoint: None,
                    to: Vec::new(),
                    words: None,
                }),
            ),
            (
                "dead-lettered",
                Event::DeadLettered(DeadLettered {
                    message: named,
                    receiver: "0289".to_owned(),
                }),
            ),
            (
                "erased",
                Event::Erased(Erased {
                    messages: vec![named, named],
                }),
            ),
            (
                "forgotten",
                Event::Forgotten(Forgotten {
                    messages: vec![named],
                    others: vec![300, 12],
                    between: Some(Parties {
                        law: "jw".to_owned(),
                        gemeente: "0289".to_owned(),
                        aanbieder: "98980001".to_owned(),
                    }),
                }),
            ),
            (
                "forgotten-of-nobody",
                Event::Forgotten(Forgotten {
                    messages: Vec::new(),
                    others: vec![12],
                    between: None,
                }),
            ),
            (
                "dry-run",
                Event::DryRun(DryRun {
                    party: "zorg-a".to_owned(),
                    kind: Some(kind),
                    verdict: "accepted".to_owned(),
                    counts: counts.clone(),
                }),
            ),
            (
                "decided",
                Event::Decided(Decided {
                    message: named,
                    receiver: "0289".to_owned(),
                    party: "gemeente-a".to_owned(),
                    granted: 3,
                    refused: 1,
                }),
            ),
            (
                "reconsidered",
                Event::Reconsidered(Reconsidered {
                    message: named,
                    receiver: "0289".to_owned(),
                    turn: Turn::TooOld,
                    inputs: Some(judged_with),
                    counts,
                }),
            ),
            (
                "imported",
                Event::Imported(Imported {
                    kind: imported_kind,
                    maker: "98980001".to_owned(),
                    receiver: "0289".to_owned(),
                    party: "gemeente-a".to_owned(),
                    accepted: true,
                    day: 20_240_131,
                    inputs: imported_with,
                }),
            ),
        ]
    }

    fn viewed() -> Viewed {
        Viewed {
            party: "toezicht".to_owned(),
            look: Look::Search,
            refused: None,
            count: 2,
            scope: vec![Seen {
                law: "jw".to_owned(),
                first: 20_260_101,
                last: 20_261_231,
                gemeenten: vec!["0289".to_owned()],
            }],
            shown: vec![Shown {
                maker: "98980001".to_owned(),
                receiver: "0289".to_owned(),
                messages: vec![300, 12],
            }],
            scope_in: None,
        }
    }

    #[test]
    fn every_event_of_version_1_is_read_and_written_as_ever() {
        let golden: BTreeMap<&str, &str> = GOLDEN
            .lines()
            .filter_map(|line| line.split_once(' '))
            .collect();
        let samples = samples();
        assert_eq!(golden.len(), samples.len());
        for (name, event) in samples {
            let bytes = data_encoding::HEXLOWER
                .decode(golden[name].as_bytes())
                .expect("hexadecimal");
            assert_eq!(Event::decode(&bytes), Ok(event.clone()), "{name}");
            assert_eq!(
                data_encoding::HEXLOWER.encode(&event.encode()),
                golden[name],
                "{name}"
            );
        }
    }

    #[test]
    fn a_record_of_a_later_program_or_of_nobody_is_told_apart() {
        let [(_, event), ..] = &samples()[..] else {
            panic!("samples")
        };
        let mut bytes = event.encode();
        assert_eq!(bytes[..2], [0x82, 0x01]);
        bytes[1] = 2;
        assert_eq!(Event::decode(&bytes), Err(EventError::Version(2)));
        bytes[1] = 1;
        for end in 0..bytes.len() {
            assert!(
                matches!(Event::decode(&bytes[..end]), Err(EventError::Malformed(_))),
                "cut at {end}"
            );
        }
        bytes.push(0);
        assert!(
            matches!(Event::decode(&bytes), Err(EventError::Malformed(_))),
            "a byte too many"
        );
    }

    #[test]
    fn the_largest_events_fit_into_a_record() {
        let named = Named {
            message: MessageId::from_bytes([0xff; 16]),
            position: u64::MAX,
        };
        let erased = Event::Erased(Erased {
            messages: vec![named; 500],
        });
        assert!(erased.encode().len() < 60_000, "{}", erased.encode().len());
    }
}
