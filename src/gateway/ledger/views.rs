//! The views: what each record means for the maps that questions are answered from. Pure functions of one record and its effect.
//!
//! Every row is an absolute value with the position of the record that made it, and no row needs another row to be worked out: applying a record twice is
//! applying it once, and a view that is thrown away comes back from records and effects alone, also when payloads are gone.

use jiff::Timestamp;
use jiff::civil::Date;
use knooppunt_standard::history::Owner;
use knooppunt_standard::terms::{OwedKey, Running, Step, Term};
use minicbor::{Decode, Encode};

use super::as_of::Between;
use super::carried;
use super::delivery::{self, AGAIN, HALTED};
use super::effect::Effect;
use super::endpoint::{self, BROUGHT};
use super::events::{Acknowledged, DeadLettered, Erased, Event, KindRecord, Mark, Received};
use super::held;
use super::id::{MessageId, ThreadId};
use super::index;
use super::look;
use super::message::Worth;
use super::pseudonym::{Outer, Pseudonym};
use super::translation;
use super::wire;
use crate::register::{Mode, Pair, PartyCode};
use crate::store::{Batch, Collection, Position};

/// Identity of a message (hidden, 16 bytes) -> [`IdentityRow`].
pub(crate) const IDENTITIES: Collection = Collection::of("identities");
/// Message id -> [`MessageRow`].
pub(crate) const MESSAGES: Collection = Collection::pointed_at("messages");
/// Thread id and position -> [`Pointer`].
pub(crate) const THREADS: Collection = Collection::of("threads");
/// Receiving code, a zero byte and position -> [`MailboxRow`], while the message waits there.
pub(crate) const MAILBOXES: Collection = Collection::walked("mailboxes");
/// Message id of a question and position of the answer -> [`AnswerRow`].
pub(crate) const ANSWERS: Collection = Collection::of("answers");
/// Message id -> [`StampRow`]: when it was acknowledged.
pub(crate) const ACKNOWLEDGED: Collection = Collection::of("acknowledged");
/// Message id -> [`StampRow`]: when it left the mailbox unread.
pub(crate) const DEAD: Collection = Collection::of("dead");
/// Message id -> [`StampRow`]: when its content was erased.
pub(crate) const ERASED: Collection = Collection::of("erased");
/// Position of a message whose content is kept -> [`KeptRow`].
pub(crate) const KEPT: Collection = Collection::of("kept");
/// Position of a message whose content is kept but whose exchange is complete -> [`KeptRow`], `since` being that moment.
pub(crate) const CLOSED: Collection = Collection::of("closed");
/// Scope and key of a row of the past (both hidden) -> the row, encrypted: see [`past`](super::past).
pub(crate) const PAST: Collection = Collection::of("past");
/// Scope (hidden) and position of a message whose changes wait for its receiver's answer -> [`Pointer`].
pub(crate) const PENDING: Collection = Collection::of("pending");
/// Receiving code, a zero byte, number of the term and position of a message -> [`OpenRow`], until the first answer to it is taken.
pub(crate) const OPEN: Collection = Collection::walked("open");
/// Code of the maker, a zero byte, number of the term and position -> [`OpenRow`] of a message that he waits for an answer to, as long as it stands in `open`.
pub(crate) const WAITED: Collection = Collection::walked("waited");
/// Something owed beside those answers (hidden) -> [`Owed`](knooppunt_standard::terms::Owed).
pub(crate) const OWED: Collection = Collection::of("owed");
/// Code, a zero byte, [`Side`], number of the term, day that begins it and the key in `owed` -> [`DueRow`].
pub(crate) const DUE: Collection = Collection::walked("due");
/// A provider's own number (hidden) -> code of the municipality towards which it was used last, and in 8 bytes the position of that record.
pub(crate) const NUMBERS: Collection = Collection::of("numbers");
/// Number of a chunk -> what rows of the past were (encrypted, as they stood) before the batch that is being applied; deleted after it. No function of the journal.
pub(crate) const UNDO: Collection = Collection::of("undo");
/// Position of a record of which a replay could not read the effect -> code of the error.
pub(crate) const DAMAGED: Collection = Collection::of("damaged");
/// Law and the codes of two parties, the smaller first -> position of a record of theirs of which a replay could not read the effect: what it did is missing
/// from their past.
pub(crate) const HOLES: Collection = Collection::of("holes");
/// Identity of a message that was imported, towards its receiver (hidden, 16 bytes) -> SHA-256 of its body.
pub(crate) const IMPORTED: Collection = Collection::of("imported");
/// `outer-14` (14: the form of the rows; views of another form are made anew) -> the outer key.
pub(crate) const META: Collection = Collection::of("meta");

/// Every collection that records make, for comparing whole views.
pub(crate) const ALL: [Collection; 38] = [
    IDENTITIES,
    MESSAGES,
    THREADS,
    MAILBOXES,
    ANSWERS,
    ACKNOWLEDGED,
    DEAD,
    ERASED,
    KEPT,
    CLOSED,
    PAST,
    PENDING,
    OPEN,
    held::HELD,
    held::HELD_SCOPES,
    held::CHOICES,
    held::JUDGED,
    held::RELEASED,
    WAITED,
    OWED,
    DUE,
    NUMBERS,
    IMPORTED,
    wire::WIRES,
    wire::NUMBERED,
    wire::RETURNED,
    wire::RETURNS,
    wire::REJECTED,
    HALTED,
    AGAIN,
    BROUGHT,
    translation::MEMORIES,
    index::INDEX,
    look::LOOKS,
    look::LOOKED_AT,
    look::LOOKED_FOR,
    carried::FORGOTTEN,
    carried::CARRIED,
];

/// Who has this identity.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct IdentityRow {
    #[n(0)]
    pub(crate) position: u64,
    #[n(1)]
    pub(crate) message: MessageId,
}

/// What never changes of a message.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct MessageRow {
    #[n(0)]
    pub(crate) position: u64,
    #[cbor(n(1), with = "time")]
    pub(crate) received: Timestamp,
    #[n(2)]
    pub(crate) thread: ThreadId,
    #[n(3)]
    pub(crate) kind: KindRecord,
    #[n(4)]
    pub(crate) maker: String,
    #[n(5)]
    pub(crate) receiver: String,
    #[n(6)]
    pub(crate) marks: Vec<Mark>,
    #[n(7)]
    pub(crate) question: Option<MessageId>,
    #[n(8)]
    pub(crate) body_bytes: u64,
    /// Name of the lock of its thread.
    #[cbor(n(9), with = "minicbor::bytes")]
    pub(crate) lock: [u8; 16],
    /// Party (register name) that handed it in.
    #[n(10)]
    pub(crate) party: String,
    #[n(11)]
    pub(crate) mode: Mode,
    /// How many findings it has, kept in its findings part.
    #[n(12)]
    pub(crate) findings: u64,
    /// SHA-256 of the body as it was handed in; absent when its effect was damaged when the row was made.
    #[cbor(n(13), with = "minicbor::bytes")]
    pub(crate) body_hash: Option<[u8; 32]>,
    /// Length of the form that its receiver gets; absent when that is the body.
    #[n(14)]
    pub(crate) mapped_bytes: Option<u64>,
    /// SHA-256 of that form; absent without one, and when its effect was damaged when the row was made.
    #[cbor(n(15), with = "minicbor::bytes")]
    pub(crate) mapped_hash: Option<[u8; 32]>,
}

impl MessageRow {
    /// Code of who made it; `None`: it is none.
    pub(crate) fn maker_code(&self) -> Option<PartyCode> {
        self.maker.parse().ok()
    }

    /// Code of whom it goes to; `None`: it is none.
    pub(crate) fn receiver_code(&self) -> Option<PartyCode> {
        self.receiver.parse().ok()
    }

    /// The message that it answers, of which its own id is `id`. A copy of an answer, for whoever it was made for, answers what opened its thread.
    pub(crate) fn answers(&self, id: MessageId) -> Option<MessageId> {
        let opener = MessageId::from_bytes(*self.thread.as_bytes());
        let copied = self.marks.contains(&Mark::Copy) && opener != id;
        self.question.or(copied.then_some(opener))
    }

    /// Whether it is a copy, for its maker, of an answer that was made here in his name.
    pub(crate) fn is_own_copy(&self) -> bool {
        self.marks.contains(&Mark::Copy) && self.maker == self.receiver
    }

    /// Length of what its receiver gets.
    pub(crate) fn given_bytes(&self) -> u64 {
        self.mapped_bytes.unwrap_or(self.body_bytes)
    }

    /// The municipality and the provider that it goes between; `None`: they are not one of each.
    pub(crate) fn pair(&self) -> Option<Pair> {
        Pair::of(self.maker_code()?, self.receiver_code()?)
    }
}

/// Points at a message.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Pointer {
    #[n(0)]
    pub(crate) position: u64,
    #[n(1)]
    pub(crate) message: MessageId,
}

/// A waiting message, with what lists are filtered by.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct MailboxRow {
    #[n(0)]
    pub(crate) position: u64,
    #[n(1)]
    pub(crate) message: MessageId,
    #[n(2)]
    pub(crate) kind: KindRecord,
    #[n(3)]
    pub(crate) maker: String,
}

/// An answer that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct AnswerRow {
    #[n(0)]
    pub(crate) position: u64,
    #[n(1)]
    pub(crate) message: MessageId,
    #[cbor(n(2), with = "time")]
    pub(crate) at: Timestamp,
    #[n(3)]
    pub(crate) worth: Worth,
}

/// A message that is owed an answer.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct OpenRow {
    #[n(0)]
    pub(crate) position: u64,
    #[cbor(n(1), with = "time")]
    pub(crate) received: Timestamp,
    #[n(2)]
    pub(crate) kind: KindRecord,
    #[n(3)]
    pub(crate) maker: String,
    #[n(4)]
    pub(crate) receiver: String,
    #[n(5)]
    pub(crate) message: MessageId,
}

/// Which side of something owed a code is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// He owes it.
    Owes,
    /// He waits for it.
    Waits,
}

/// The message that makes something owed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct DueRow {
    #[n(0)]
    pub(crate) position: u64,
    #[n(1)]
    pub(crate) message: MessageId,
}

/// When something happened to a message.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct StampRow {
    #[n(0)]
    pub(crate) position: u64,
    #[cbor(n(1), with = "time")]
    pub(crate) at: Timestamp,
}

/// A message whose content is kept.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct KeptRow {
    #[n(0)]
    pub(crate) position: u64,
    #[n(1)]
    pub(crate) message: MessageId,
    #[cbor(n(2), with = "time")]
    pub(crate) since: Timestamp,
}

/// What a record changes in the views, beside its [`numbers`]. `effect` belongs to the record of a taken message, or to one about it that changes what it
/// does; other records have none. Where it is damaged the message is without an identity: it is listed, fetched and acknowledged as ever, but no longer tells a repeat, and no later
/// answer finds it; so it is not among those that are owed an answer either, where it would stay for good. But for a declaration that its mark says was held:
/// its receiver counts on the gateway, so it is left to him and stays owed, and his 325 finds it by its content.
pub(crate) fn rows(
    position: Position,
    at: Timestamp,
    event: &Event,
    effect: Option<&Effect>,
    outer: &Outer,
) -> Batch {
    let mut batch = Batch::default();
    match event {
        Event::Received(received) => {
            taken(&mut batch, position, at, received, effect, outer);
        }
        Event::Acknowledged(acknowledged) => acknowledge(&mut batch, position, at, acknowledged),
        Event::DeadLettered(dead) => dead_letter(&mut batch, position, at, dead),
        Event::Erased(erased) => erase(&mut batch, position, at, erased),
        Event::Delivery(turned) => delivery::turned(&mut batch, position, at, turned),
        Event::Brings(brings) => endpoint::brings(&mut batch, position, at, brings),
        Event::Decided(decided) => held::decided(&mut batch, position, decided, effect),
        Event::Reconsidered(reconsidered) => {
            held::reconsidered(&mut batch, position, at, reconsidered, effect, outer);
        }
        Event::Imported(imported) => {
            if let Some(effect) = effect {
                let identity = outer.hide(effect.identity);
                batch.put(IMPORTED, identity, effect.body_hash);
                let parties = [imported.maker.as_str(), imported.receiver.as_str()];
                owed(&mut batch, position.0, parties, effect, outer);
            }
        }
        Event::Returned(returned) => {
            wire::returned(&mut batch, position, at, returned, effect, outer);
        }
        Event::Rejected(rejected) => {
            wire::rejected(&mut batch, position, at, rejected, effect, outer);
        }
        Event::Told(told) => wire::told(&mut batch, told),
        // Facts only: no effect, no thread, no mailbox. The rows of a look and of what is carried on hang on another part: see `look` and `carried`.
        Event::Refused(_) | Event::DryRun(_) | Event::Viewed(_) | Event::Forgotten(_) => {}
    }
    batch
}

fn taken(
    batch: &mut Batch,
    position: Position,
    at: Timestamp,
    received: &Received,
    effect: Option<&Effect>,
    outer: &Outer,
) {
    let Received {
        message, thread, ..
    } = *received;
    let Position(number) = position;
    if let Some(effect) = effect {
        batch.put(
            IDENTITIES,
            outer.hide(effect.identity).to_vec(),
            row(&IdentityRow {
                position: number,
                message,
            }),
        );
    }
    batch.put(
        MESSAGES,
        message.as_bytes().to_vec(),
        row(&MessageRow {
            position: number,
            received: at,
            thread,
            kind: received.kind.clone(),
            maker: received.maker.clone(),
            receiver: received.receiver.clone(),
            marks: received.marks.clone(),
            question: received.question,
            body_bytes: received.body_bytes,
            lock: outer.hide(effect.map_or_else(|| Pseudonym(*thread.as_bytes()), Effect::thread)),
            party: received.party.clone(),
            mode: received.mode,
            findings: received.counts.values().sum(),
            body_hash: effect.map(|effect| effect.body_hash),
            mapped_bytes: received.mapped_bytes,
            mapped_hash: effect
                .and_then(|effect| effect.translation.as_ref())
                .and_then(|translation| translation.form),
        }),
    );
    batch.put(
        THREADS,
        joined(thread.as_bytes(), number),
        row(&Pointer {
            position: number,
            message,
        }),
    );
    if !received.marks.contains(&Mark::Refused) {
        batch.put(
            MAILBOXES,
            mailbox_key(&received.receiver, number),
            row(&MailboxRow {
                position: number,
                message,
                kind: received.kind.clone(),
                maker: received.maker.clone(),
            }),
        );
    }
    if let Some((effect, scope)) = effect.and_then(|effect| Some((effect, effect.scope?))) {
        let scope = outer.hide(scope);
        if effect.waits() {
            batch.put(
                PENDING,
                joined(&scope, number),
                row(&Pointer {
                    position: number,
                    message,
                }),
            );
        }
        if let Some(waiting) = &effect.waiting {
            let of = (number, message);
            held::hold(batch, &scope, &received.receiver, of, number, waiting);
        }
        if let Some(settled) = effect.settles {
            batch.delete(PENDING, joined(&scope, settled));
            // His own answer: nothing is kept back for him any more.
            held::end(batch, Some(&scope), &received.maker, settled);
        }
    }
    if let Some(effect) = effect {
        let parties = [received.maker.as_str(), received.receiver.as_str()];
        owed(batch, number, parties, effect, outer);
        translation::remembered(batch, number, effect, outer);
    }
    wire::wired(batch, position, message, effect, false, outer);
    batch.put(
        KEPT,
        number.to_be_bytes().to_vec(),
        row(&KeptRow {
            position: number,
            message,
            since: at,
        }),
    );
    // What it waited for is lost, and with it whether anything will ever end the waiting.
    let left = effect.is_none() && received.marks.contains(&Mark::Held);
    if left {
        batch.put(
            held::RELEASED,
            message.as_bytes().to_vec(),
            row(&StampRow {
                position: number,
                at,
            }),
        );
    }
    if let Some(term) = received.owed().filter(|_| effect.is_some() || left) {
        let open = row(&OpenRow {
            position: number,
            received: at,
            kind: received.kind.clone(),
            maker: received.maker.clone(),
            receiver: received.receiver.clone(),
            message,
        });
        batch.put(
            OPEN,
            open_key(&received.receiver, term, number),
            open.clone(),
        );
        batch.put(WAITED, open_key(&received.maker, term, number), open);
    }
    if let Some(question) = received.question {
        let worth = Worth::of(&received.marks);
        // It was sent to the one who answers. With an answer that is wrong itself he still owes one.
        if let Some(asked_at) = received
            .asked_at(position)
            .filter(|_| worth != Worth::Wrong)
        {
            answered(batch, &received.receiver, &received.maker, asked_at);
        }
        batch.put(
            ANSWERS,
            joined(question.as_bytes(), number),
            row(&AnswerRow {
                position: number,
                message,
                at,
                worth,
            }),
        );
    }
}

/// The rows of the provider's own numbers that a record uses: apart from [`rows`], since a large declaration has thousands of them. Of a damaged effect there are
/// none.
pub(crate) fn numbers(
    position: Position,
    event: &Event,
    effect: Option<&Effect>,
    outer: &Outer,
) -> Vec<NumberRow> {
    let Some(between) = Between::of_event(event) else {
        return Vec::new();
    };
    let [gemeente, _] = sides(between.parties());
    let of_scope = effect.filter(|effect| effect.scope.is_some());
    let numbers = of_scope.and_then(|effect| effect.numbers.as_ref());
    let numbers = numbers.into_iter().flatten();
    numbers
        .map(|number| NumberRow {
            number: outer.hide(*number),
            gemeente: gemeente.as_bytes().into(),
            position,
        })
        .collect()
}

/// A provider's own number that is used.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NumberRow {
    /// The number (hidden).
    pub(crate) number: [u8; 16],
    /// Code of the municipality towards which it is used.
    gemeente: Box<[u8]>,
    /// Where the record stands that uses it.
    pub(crate) position: Position,
}

/// Adds numbers to a batch.
pub(crate) fn put_numbers(batch: &mut Batch, numbers: Vec<NumberRow>) {
    for row in numbers {
        let mut value = row.gemeente.into_vec();
        value.extend_from_slice(&row.position.0.to_be_bytes());
        batch.put(NUMBERS, row.number, value);
    }
}

/// The code of the municipality in a row of a number.
pub(crate) fn gemeente_of(value: &[u8]) -> &[u8] {
    let code = value.len().saturating_sub(8);
    value.get(..code).unwrap_or_default()
}

/// The municipality and the provider: the code of a municipality is the shorter one.
fn sides(mut parties: [&str; 2]) -> [&str; 2] {
    parties.sort_by_key(|code| code.len());
    parties
}

/// What the two parties owe each other.
pub(super) fn owed(
    batch: &mut Batch,
    position: u64,
    parties: [&str; 2],
    effect: &Effect,
    outer: &Outer,
) {
    let Some(scope) = effect.scope else { return };
    let [gemeente, aanbieder] = sides(parties);
    for Step { key, was, now } in effect.terms.iter().flatten() {
        let name = owed_key(outer, scope, key);
        let (owes, waits) = match key.owner() {
            Owner::Gemeente => (gemeente, aanbieder),
            Owner::Aanbieder => (aanbieder, gemeente),
        };
        let due = |running: &Running| {
            [(owes, Side::Owes), (waits, Side::Waits)]
                .map(|(code, side)| due_key(code, side, *running, &name))
        };
        for key in was.iter().flat_map(due) {
            batch.delete(DUE, key);
        }
        let Some(now) = now else {
            batch.delete(OWED, name);
            continue;
        };
        batch.put(OWED, name, row(now));
        for key in now.term(key).iter().flat_map(due) {
            let message = MessageId::from_bytes(now.message.0);
            batch.put(DUE, key, row(&DueRow { position, message }));
        }
    }
}

fn acknowledge(batch: &mut Batch, position: Position, at: Timestamp, event: &Acknowledged) {
    batch.put(
        ACKNOWLEDGED,
        event.message.as_bytes().to_vec(),
        row(&StampRow {
            position: position.0,
            at,
        }),
    );
    batch.delete(MAILBOXES, mailbox_key(&event.receiver, event.position));
    delivery::ended(batch, &event.receiver, event.position);
    for closed in &event.closes {
        batch.put(
            CLOSED,
            closed.position.to_be_bytes().to_vec(),
            row(&KeptRow {
                position: position.0,
                message: closed.message,
                since: at,
            }),
        );
    }
}

fn dead_letter(batch: &mut Batch, position: Position, at: Timestamp, event: &DeadLettered) {
    batch.put(
        DEAD,
        event.message.message.as_bytes().to_vec(),
        row(&StampRow {
            position: position.0,
            at,
        }),
    );
    batch.delete(
        MAILBOXES,
        mailbox_key(&event.receiver, event.message.position),
    );
    delivery::ended(batch, &event.receiver, event.message.position);
}

fn erase(batch: &mut Batch, position: Position, at: Timestamp, event: &Erased) {
    for erased in &event.messages {
        batch.put(
            ERASED,
            erased.message.as_bytes().to_vec(),
            row(&StampRow {
                position: position.0,
                at,
            }),
        );
        batch.delete(KEPT, erased.position.to_be_bytes().to_vec());
        batch.delete(CLOSED, erased.position.to_be_bytes().to_vec());
    }
}

/// Key of a message in a mailbox: in the order of positions within a code.
pub(crate) fn mailbox_key(code: &str, position: u64) -> Vec<u8> {
    let mut key = code.as_bytes().to_vec();
    key.push(0);
    key.extend_from_slice(&position.to_be_bytes());
    key
}

/// Key of a message that the owner of a code has to answer: in the order of positions within a code and a term.
pub(crate) fn open_key(code: &str, term: Term, position: u64) -> Vec<u8> {
    let mut key = code.as_bytes().to_vec();
    key.extend([0, term.number()]);
    key.extend_from_slice(&position.to_be_bytes());
    key
}

/// The message at a position, of one code to another, is owed no answer any more.
pub(super) fn answered(batch: &mut Batch, maker: &str, receiver: &str, position: u64) {
    for term in Term::OF_ANSWERS {
        batch.delete(OPEN, open_key(receiver, term, position));
        batch.delete(WAITED, open_key(maker, term, position));
    }
}

/// Key of something owed in a scope: nothing of either can be told from it.
pub(crate) fn owed_key(outer: &Outer, scope: Pseudonym, key: &OwedKey) -> [u8; 16] {
    let (name, _) = outer.pair(&[&scope.0[..], b"owed", &key.to_bytes()].concat());
    name
}

/// Key of a term on one side: in the order of the days that begin them.
fn due_key(code: &str, side: Side, running: Running, name: &[u8; 16]) -> Vec<u8> {
    let mut key = due_from(code, side, running.term, running.from);
    key.extend_from_slice(name);
    key
}

/// Where the keys of the terms begin that begin on a day or later.
pub(crate) fn due_from(code: &str, side: Side, term: Term, day: Date) -> Vec<u8> {
    let mut key = code.as_bytes().to_vec();
    key.extend([0, u8::from(side == Side::Waits), term.number()]);
    let day = [
        day.year().to_be_bytes(),
        [day.month().unsigned_abs(), day.day().unsigned_abs()],
    ];
    key.extend(day.as_flattened());
    key
}

/// The day in a key that [`due_key`] made.
pub(crate) fn due_day(key: &[u8]) -> Option<Date> {
    let day = key.get(key.len().checked_sub(20)?..)?.first_chunk::<4>()?;
    let [year, of, month, day] = *day;
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    Date::new(i16::from_be_bytes([year, of]), month, day).ok()
}

/// A key of an id and a position: in the order of positions within the id.
pub(crate) fn joined(id: &[u8; 16], position: u64) -> Vec<u8> {
    let mut key = id.to_vec();
    key.extend_from_slice(&position.to_be_bytes());
    key
}

pub(super) fn row<T: Encode<()>>(row: &T) -> Vec<u8> {
    let encoded = minicbor::to_vec(row);
    debug_assert!(encoded.is_ok(), "writing into memory cannot fail");
    encoded.unwrap_or_default()
}

/// A moment in CBOR: nanoseconds since 1970, UTC, as two numbers (seconds and nanoseconds within the second).
pub(super) mod time {
    use jiff::Timestamp;
    use minicbor::decode::Error as DecodeError;
    use minicbor::encode::{Error as EncodeError, Write};
    use minicbor::{Decoder, Encoder};

    pub(in super::super) fn encode<C, W: Write>(
        at: &Timestamp,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        encoder
            .array(2)?
            .i64(at.as_second())?
            .i32(at.subsec_nanosecond())?
            .ok()
    }

    pub(in super::super) fn decode<C>(
        decoder: &mut Decoder<'_>,
        _: &mut C,
    ) -> Result<Timestamp, DecodeError> {
        if decoder.array()? != Some(2) {
            return Err(DecodeError::message("a moment is two numbers"));
        }
        let (seconds, nanoseconds) = (decoder.i64()?, decoder.i32()?);
        Timestamp::new(seconds, nanoseconds)
            .map_err(|_| DecodeError::message("a moment out of range"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::events::{
        Decided, Delivery, DeliveryTurn, Inputs, Named, Reconsidered, Turn,
    };
    use super::super::held::{Asked, Choice, Waiting};
    use super::super::replay::digest;
    use super::*;
    use crate::store::{Memory, Views as _};

    /// One step of a life: which message, and what happens to it. Only what makes sense then is made an event.
    #[derive(Debug, Clone, Copy)]
    enum Step {
        Take { answers: Option<usize> },
        Acknowledge(usize),
        DeadLetter(usize),
        Erase(usize),
        Hold,
        Decide(usize),
        Reconsider(usize, Turn),
        Deliver(usize, DeliveryTurn),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => proptest::option::of(0..20_usize).prop_map(|answers| Step::Take { answers }),
            3 => (0..20_usize).prop_map(Step::Acknowledge),
            1 => (0..20_usize).prop_map(Step::DeadLetter),
            2 => (0..20_usize).prop_map(Step::Erase),
            2 => Just(Step::Hold),
            2 => (0..20_usize).prop_map(Step::Decide),
            2 => (0..20_usize, turn()).prop_map(|(of, turn)| Step::Reconsider(of, turn)),
            3 => (0..20_usize, delivery_turn()).prop_map(|(of, turn)| Step::Deliver(of, turn)),
        ]
    }

    fn delivery_turn() -> impl Strategy<Value = DeliveryTurn> {
        prop_oneof![
            Just(DeliveryTurn::Dead),
            Just(DeliveryTurn::Dropped),
            Just(DeliveryTurn::Again)
        ]
    }

    fn turn() -> impl Strategy<Value = Turn> {
        prop_oneof![Just(Turn::Answered), Just(Turn::Waits), Just(Turn::TooOld)]
    }

    /// An effect on a scope that tells of a line of a declaration.
    fn held_effect(waits: bool, decides: bool) -> Effect {
        let path = "/Bericht/Prestatie[1]".to_owned();
        let waiting = Waiting {
            lines: vec![Asked {
                at: 7,
                path: path.clone(),
                rule: "TR418".to_owned(),
            }],
            ..Waiting::default()
        };
        let choice = Choice {
            at: 7,
            path,
            grant: true,
            verdict: None,
        };
        let mut effect = Effect::new(Pseudonym([3; 16]), [1; 32], None, Vec::new());
        effect.scope = Some(Pseudonym([4; 16]));
        effect.waiting = waits.then_some(waiting);
        effect.choices = decides.then(|| vec![choice]);
        effect
    }

    /// The records that a life leaves, by position.
    fn records(steps: &[Step]) -> Vec<(Event, Option<Effect>)> {
        let mut taken: Vec<Named> = Vec::new();
        let mut records = Vec::new();
        for step in steps {
            let position = records.len() as u64;
            let of = |taken: &[Named], number: usize| {
                (!taken.is_empty()).then(|| taken[number % taken.len()])
            };
            match *step {
                Step::Take { answers } => {
                    let message =
                        MessageId::from_bytes([u8::try_from(taken.len()).expect("few"); 16]);
                    let question = answers.and_then(|number| of(&taken, number));
                    let thread = ThreadId::from_bytes(
                        *question
                            .map_or(message, |question| question.message)
                            .as_bytes(),
                    );
                    let effect =
                        Effect::new(Pseudonym(*message.as_bytes()), [1; 32], None, Vec::new());
                    taken.push(Named { message, position });
                    records.push((received(message, thread, question), Some(effect)));
                }
                Step::Acknowledge(number) => {
                    let Some(named) = of(&taken, number) else {
                        continue;
                    };
                    let event = Acknowledged {
                        message: named.message,
                        position: named.position,
                        receiver: "98980001".to_owned(),
                        party: "zorg-a".to_owned(),
                        closes: if number % 2 == 0 {
                            vec![named]
                        } else {
                            Vec::new()
                        },
                        over: None,
                    };
                    records.push((Event::Acknowledged(event), None));
                }
                Step::DeadLetter(number) => {
                    let Some(message) = of(&taken, number) else {
                        continue;
                    };
                    records.push((
                        Event::DeadLettered(DeadLettered {
                            message,
                            receiver: "98980001".to_owned(),
                        }),
                        None,
                    ));
                }
                Step::Hold => {
                    let message =
                        MessageId::from_bytes([u8::try_from(taken.len()).expect("few"); 16]);
                    let thread = ThreadId::from_bytes(*message.as_bytes());
                    taken.push(Named { message, position });
                    records.push((
                        received(message, thread, None),
                        Some(held_effect(true, false)),
                    ));
                }
                Step::Decide(number) => {
                    let Some(message) = of(&taken, number) else {
                        continue;
                    };
                    let event = Decided {
                        message,
                        receiver: "98980001".to_owned(),
                        party: "zorg-a".to_owned(),
                        granted: 1,
                        refused: 0,
                    };
                    records.push((Event::Decided(event), Some(held_effect(false, true))));
                }
                Step::Reconsider(number, turn) => {
                    let Some(message) = of(&taken, number) else {
                        continue;
                    };
                    let event = Reconsidered {
                        message,
                        receiver: "98980001".to_owned(),
                        turn,
                        inputs: None,
                        counts: std::collections::BTreeMap::new(),
                    };
                    let mut effect = held_effect(turn == Turn::Waits, false);
                    effect.settles = (turn == Turn::Answered).then_some(message.position);
                    records.push((Event::Reconsidered(event), Some(effect)));
                }
                Step::Deliver(number, turn) => {
                    let Some(message) = of(&taken, number) else {
                        continue;
                    };
                    let event = Delivery {
                        message,
                        receiver: "98980001".to_owned(),
                        party: None,
                        turn,
                        reason: Some("StUF034".to_owned()),
                        attempts: 1,
                    };
                    records.push((Event::Delivery(event), None));
                }
                Step::Erase(number) => {
                    let Some(named) = of(&taken, number) else {
                        continue;
                    };
                    records.push((
                        Event::Erased(Erased {
                            messages: vec![named],
                        }),
                        None,
                    ));
                }
            }
        }
        records
    }

    fn received(message: MessageId, thread: ThreadId, question: Option<Named>) -> Event {
        Event::Received(Received {
            message,
            thread,
            kind: KindRecord {
                law: "jw".to_owned(),
                release: "3.2".to_owned(),
                soort: 301,
                functie: None,
            },
            maker: "0289".to_owned(),
            receiver: "98980001".to_owned(),
            party: "gemeente-a".to_owned(),
            mode: Mode::Carry,
            marks: Vec::new(),
            question: question.map(|question| question.message),
            inputs: Inputs {
                program: "0.1.0".to_owned(),
                schemas: None,
                register: [0; 32],
                reference: None,
                rules: None,
                working_days: None,
                came_at: None,
                catalogue: None,
            },
            counts: std::collections::BTreeMap::new(),
            body_bytes: 10,
            wire: None,
            question_at: question.map(|question| question.position),
            mapped_bytes: None,
        })
    }

    fn apply(store: &Memory, records: &[(Event, Option<Effect>)], from: usize, to: usize) {
        let outer = Outer::from_bytes(&[5; 32]).expect("a key");
        for (number, (event, effect)) in records.iter().enumerate().take(to).skip(from) {
            let position = Position(number as u64);
            let at = Timestamp::from_second(1_780_000_000 + i64::try_from(number).expect("few"))
                .expect("a moment");
            store
                .views
                .apply(
                    position.next(),
                    rows(position, at, event, effect.as_ref(), &outer),
                )
                .expect("applied");
        }
    }

    #[test]
    fn a_message_is_written_before_all_that_points_at_it() {
        for collection in ALL {
            assert!(MESSAGES <= collection, "{} comes before", collection.name());
        }
    }

    #[test]
    fn the_row_of_a_message_has_the_hash_of_its_body_as_long_as_its_effect_was_whole() {
        let store = Memory::new();
        let (whole, damaged) = (
            MessageId::from_bytes([1; 16]),
            MessageId::from_bytes([2; 16]),
        );
        let of =
            |message: MessageId| received(message, ThreadId::from_bytes(*message.as_bytes()), None);
        let effect = Effect::new(Pseudonym([1; 16]), [9; 32], None, Vec::new());
        let records = [(of(whole), Some(effect)), (of(damaged), None)];
        apply(&store, &records, 0, 2);
        for (message, hash) in [(whole, Some([9; 32])), (damaged, None)] {
            let row = store.views.get(MESSAGES, message.as_bytes());
            let row = row.expect("readable").expect("a row");
            let row: MessageRow = minicbor::decode(&row).expect("one of ours");
            assert_eq!(row.body_hash, hash);
        }
    }

    proptest! {
        /// A crash leaves views anywhere between two positions, and the replay starts at or before the first of them.
        #[test]
        fn applying_any_stretch_of_records_again_changes_nothing(
            steps in prop::collection::vec(step(), 1..60),
            crash in 0..60_usize,
            back in 0..60_usize,
        ) {
            let records = records(&steps);
            let once = Memory::new();
            apply(&once, &records, 0, records.len());
            let again = Memory::new();
            let crash = crash.min(records.len());
            apply(&again, &records, 0, crash);
            apply(&again, &records, crash.saturating_sub(back), records.len());
            prop_assert_eq!(digest(&*once.views).expect("rows"), digest(&*again.views).expect("rows"));
        }
    }
}
