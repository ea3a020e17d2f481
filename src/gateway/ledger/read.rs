//! Reading the ledger: rows of views, put together with the effect of the record into what parties may see. Every function may wait for the disk.
//! Who may see what is decided by the callers of this.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use knooppunt_standard::history::Change;
use knooppunt_standard::terms::{Owed, OwedKey, Term};
use knooppunt_standard::{Berichtsoort, Kind, Law};
use minicbor::Decode;
use sha2::{Digest as _, Sha256};

use super::as_of::key_of;
use super::effect::Effect;
use super::events::{Event, KindRecord, Mark, Named};
use super::findings::{self, FindingsPage, Found};
use super::held;
use super::id::{MessageId, ThreadId};
use super::message::{Happening, Message, Moment, State, Worth};
use super::pseudonym::Pseudonym;
use super::replay::effect_of;
use super::views::{
    self, AnswerRow, DueRow, IdentityRow, KeptRow, MailboxRow, MessageRow, OpenRow, Pointer, Side,
    StampRow,
};
use super::{Ledger, LedgerError};
use crate::clock::day_of;
use crate::register::{Pair, PartyCode};
use crate::store::{Collection, Part, PartKind, Position};

/// Most rows that one question about one message reads: a thread or timeline beyond this is cut.
const ROWS_MAX: usize = 1000;
/// Most unanswered messages of one code among which those are looked for whose identity is lost.
const OPEN_MAX: usize = 100_000;

impl KindRecord {
    /// As recorded.
    pub fn of(kind: &Kind) -> Self {
        Self {
            law: kind.law.as_str().to_owned(),
            release: kind.release.to_string(),
            soort: kind.soort.number(),
        }
    }

    /// As the standard has it; `None` for a kind that this program does not know.
    pub fn kind(&self) -> Option<Kind> {
        Some(Kind {
            law: self.law.parse::<Law>().ok()?,
            release: Arc::from(self.release.as_str()),
            soort: Berichtsoort::from_number(self.soort)?,
        })
    }
}

impl Ledger {
    /// The message that has this identity.
    pub(crate) fn holder(&self, identity: Pseudonym) -> Result<Option<Message>, LedgerError> {
        let Some(IdentityRow { message, .. }) =
            self.row(views::IDENTITIES, &self.name(identity))?
        else {
            return Ok(None);
        };
        let row = self.message_row(message)?.ok_or(LedgerError::Views {
            what: "an identity without message",
        })?;
        self.message(message, &row).map(Some)
    }

    /// When the last message came whose damaged effect is missing in the past of these two; `None`: nothing is. Err: it cannot be read.
    pub(crate) fn last_hole(
        &self,
        law: &str,
        pair: &Pair,
    ) -> Result<Option<Timestamp>, LedgerError> {
        let key = key_of(law, pair.gemeente.as_str(), pair.aanbieder.as_str());
        let Some(position) = self.views.get(views::HOLES, &key)? else {
            return Ok(None);
        };
        let position = position.try_into().map_err(|_| LedgerError::Views {
            what: "a hole without position",
        })?;
        let record = self.journal.read(Position(u64::from_be_bytes(position)))?;
        Ok(Some(record.time))
    }

    /// SHA-256 of the message that was imported with this identity towards its receiver; `None` when none was.
    pub(crate) fn imported(&self, identity: Pseudonym) -> Result<Option<[u8; 32]>, LedgerError> {
        let hash = self.views.get(views::IMPORTED, &self.name(identity))?;
        let hash = hash.map(<[u8; 32]>::try_from).transpose();
        hash.map_err(|_| LedgerError::Views {
            what: "an imported message without its hash",
        })
    }

    /// What never changes of a message; `None` when there is none of that id.
    pub(crate) fn message_row(&self, id: MessageId) -> Result<Option<MessageRow>, LedgerError> {
        self.row(views::MESSAGES, id.as_bytes())
    }

    /// The message whole, with its state.
    pub(crate) fn message(&self, id: MessageId, row: &MessageRow) -> Result<Message, LedgerError> {
        let unfit = |what| LedgerError::Views { what };
        Ok(Message {
            id,
            thread: row.thread,
            kind: row.kind.kind().ok_or(unfit("a kind that is not known"))?,
            maker: code(&row.maker)?,
            receiver: code(&row.receiver)?,
            received: row.received,
            position: row.position,
            body_hash: self.body_hash(row)?,
            body_bytes: row.body_bytes,
            mode: row.mode,
            marks: row.marks.clone(),
            findings: match self.judged_again(id)? {
                Some(judged) => judged.findings,
                None => row.findings,
            },
            state: self.state(id)?,
        })
    }

    /// As the row has it; where its effect was damaged from the body; `None` when that cannot be read either.
    fn body_hash(&self, row: &MessageRow) -> Result<Option<[u8; 32]>, LedgerError> {
        if row.body_hash.is_some() {
            return Ok(row.body_hash);
        }
        match self.body(row) {
            Ok(body) => Ok(body.map(|body| Sha256::digest(body).into())),
            Err(error) if error.damaged() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// SHA-256 of the body of a message, for whoever decides by it. Err: it is lost to damage, with the file and the record.
    pub(crate) fn hash_of(&self, message: &Message) -> Result<[u8; 32], LedgerError> {
        match message.body_hash {
            Some(hash) => Ok(hash),
            None => self.effect(message.position).map(|effect| effect.body_hash),
        }
    }

    /// The effect of the record at a position. Err: it is damaged or erased.
    pub(crate) fn effect(&self, position: u64) -> Result<Effect, LedgerError> {
        let record = self.journal.read(Position(position))?;
        effect_of(&*self.journal, &record)?.ok_or(LedgerError::Views {
            what: "a message whose effect is erased",
        })
    }

    fn state(&self, id: MessageId) -> Result<State, LedgerError> {
        let at =
            |collection| Ok::<_, LedgerError>(self.stamp(collection, id)?.map(|stamp| stamp.at));
        Ok(State {
            acknowledged: at(views::ACKNOWLEDGED)?,
            answered: self.standing(id)?.map(|answer| answer.at),
            dead: at(views::DEAD)?,
            erased: at(views::ERASED)?,
            released: at(held::RELEASED)?,
        })
    }

    /// The answers to a message, oldest first.
    pub(crate) fn answers(
        &self,
        question: MessageId,
        limit: usize,
    ) -> Result<Vec<AnswerRow>, LedgerError> {
        self.rows(
            views::ANSWERS,
            &views::joined(question.as_bytes(), 0),
            &views::joined(question.as_bytes(), u64::MAX),
            limit,
        )
    }

    /// The answer to a message that stands: one that is wrong itself answers nothing.
    fn standing(&self, question: MessageId) -> Result<Option<AnswerRow>, LedgerError> {
        let answers = self.answers(question, ROWS_MAX)?;
        Ok(answers
            .into_iter()
            .find(|answer| answer.worth == Worth::Stands))
    }

    /// Whether a message was answered by something that stands.
    pub(crate) fn is_answered(&self, question: MessageId) -> Result<bool, LedgerError> {
        Ok(self.standing(question)?.is_some())
    }

    /// When a message was acknowledged, if it was.
    pub(crate) fn acknowledged(&self, id: MessageId) -> Result<Option<StampRow>, LedgerError> {
        self.stamp(views::ACKNOWLEDGED, id)
    }

    /// When the content of a message was erased, if it was.
    pub(crate) fn erased(&self, id: MessageId) -> Result<Option<StampRow>, LedgerError> {
        self.stamp(views::ERASED, id)
    }

    /// When a message left the mailbox unread, if it did.
    pub(crate) fn dead(&self, id: MessageId) -> Result<Option<StampRow>, LedgerError> {
        self.stamp(views::DEAD, id)
    }

    fn stamp(
        &self,
        collection: Collection,
        id: MessageId,
    ) -> Result<Option<StampRow>, LedgerError> {
        self.row(collection, id.as_bytes())
    }

    /// The exact bytes of a message; `None` when they were erased.
    pub(crate) fn body(&self, row: &MessageRow) -> Result<Option<Vec<u8>>, LedgerError> {
        let read = || {
            let record = self.journal.read(Position(row.position))?;
            self.journal.part(&record, PartKind::Body)
        };
        match read().map_err(LedgerError::from) {
            Ok(Some(Part::Whole(bytes))) => Ok(Some(bytes)),
            Ok(Some(Part::Erased)) => Ok(None),
            Ok(None) => Err(LedgerError::Views {
                what: "a message without body",
            }),
            Err(error) => {
                if error.damaged() {
                    self.damaged.note(row.position, &error);
                }
                Err(error)
            }
        }
    }

    /// Where the last verdict on a message stands, and how many findings it has.
    fn last_verdict(&self, id: MessageId, row: &MessageRow) -> Result<(u64, u64), LedgerError> {
        let again = self.judged_again(id)?;
        Ok(again.map_or((row.position, row.findings), |judged| {
            (judged.position, judged.findings)
        }))
    }

    /// What levels 2 to 4 found in a message when it was last judged: `limit` findings from the `from`th on. Erased findings are counted.
    pub(crate) fn findings(
        &self,
        id: MessageId,
        row: &MessageRow,
        from: usize,
        limit: usize,
    ) -> Result<FindingsPage, LedgerError> {
        let (position, count) = self.last_verdict(id, row)?;
        let nothing = FindingsPage {
            count,
            ..FindingsPage::default()
        };
        if count == 0 {
            return Ok(nothing);
        }
        let record = self.journal.read(Position(position))?;
        match self.journal.part(&record, PartKind::Findings)? {
            Some(Part::Whole(bytes)) => {
                let (list, kept) = findings::decode(&bytes, from, limit)
                    .map_err(|cause| LedgerError::Unreadable { position, cause })?;
                Ok(FindingsPage {
                    list,
                    kept,
                    ..nothing
                })
            }
            Some(Part::Erased) | None => Ok(nothing),
        }
    }

    /// The first `limit` of them with the counts of the record; the counts alone when they are damaged, which is noted.
    pub(crate) fn found(
        &self,
        id: MessageId,
        row: &MessageRow,
        limit: usize,
    ) -> Result<Found, LedgerError> {
        let (position, count) = self.last_verdict(id, row)?;
        if count == 0 {
            return Ok(Found::default());
        }
        let first = match self.findings(id, row, 0, limit.min(Found::FIRST_MAX)) {
            Ok(page) => page.list,
            Err(error) if error.damaged() => {
                self.damaged.note(position, &error);
                Vec::new()
            }
            Err(error) => return Err(error),
        };
        let record = self.journal.read(Position(position))?;
        let counts = match Event::decode(&record.event) {
            Ok(Event::Received(received)) => received.counts,
            Ok(Event::Reconsidered(again)) => again.counts,
            Ok(_) => BTreeMap::new(),
            Err(cause) => return Err(LedgerError::Unreadable { position, cause }),
        };
        Ok(Found::with(first, counts, count))
    }

    /// Positions of the messages in a scope that wait for an answer, oldest first, at most `limit`. Of those that came before the day `whole_since` none that
    /// was answered: what the answer did is lost to damage, which that day leaves behind.
    pub(crate) fn pending(
        &self,
        scope: Pseudonym,
        whole_since: Option<Date>,
        limit: usize,
    ) -> Result<Vec<u64>, LedgerError> {
        let scope = self.name(scope);
        let (mut from, mut found) = (0, Vec::new());
        loop {
            let rows: Vec<Pointer> = self.rows(
                views::PENDING,
                &views::joined(&scope, from),
                &views::joined(&scope, u64::MAX),
                limit,
            )?;
            let more = rows.len() == limit;
            for Pointer { position, message } in rows {
                from = position.saturating_add(1);
                if !self.is_left_behind(message, whole_since)? {
                    found.push(position);
                }
                if found.len() == limit {
                    return Ok(found);
                }
            }
            if !more {
                return Ok(found);
            }
        }
    }

    /// Whether a message that waits came before this day and was answered.
    fn is_left_behind(
        &self,
        message: MessageId,
        whole_since: Option<Date>,
    ) -> Result<bool, LedgerError> {
        let Some(since) = whole_since else {
            return Ok(false);
        };
        let row = self.message_row(message)?;
        let came_before = row.is_some_and(|row| day_of(row.received) < since);
        Ok(came_before && self.is_answered(message)?)
    }

    /// Declarations of these two that are owed an answer under an identity that is lost with their effect, oldest first: the answer names one of them.
    pub(crate) fn owed_without_identity(
        &self,
        maker: &PartyCode,
        receiver: &PartyCode,
    ) -> Result<Vec<(MessageId, MessageRow)>, LedgerError> {
        let mut lost = Vec::new();
        for (id, open) in self.unanswered(receiver, Side::Owes, OPEN_MAX)? {
            if open.maker != maker.as_str() || !self.damaged.contains(open.position) {
                continue;
            }
            let row = self.message_row(id)?;
            lost.extend(
                row.filter(|row| row.body_hash.is_none())
                    .map(|row| (id, row)),
            );
        }
        lost.sort_by_key(|(_, row)| row.position);
        Ok(lost)
    }

    /// What the message at a position does when its receiver accepts it; `None`: nobody can tell, since it was not assessed or is damaged, which is noted.
    pub(crate) fn pending_of(&self, position: u64) -> Result<Option<Vec<Change>>, LedgerError> {
        let read = || self.effect(position)?.pending(position);
        match read() {
            Err(error) if error.damaged() => {
                self.damaged.note(position, &error);
                Ok(None)
            }
            told => told,
        }
    }

    /// Whether the message at a position still waits for its receiver's answer, in this scope.
    pub(crate) fn is_pending(&self, scope: Pseudonym, position: u64) -> Result<bool, LedgerError> {
        let key = views::joined(&self.name(scope), position);
        Ok(self.views.get(views::PENDING, &key)?.is_some())
    }

    /// The day on which a record was made.
    pub(crate) fn day_of(&self, position: u64) -> Result<Date, LedgerError> {
        Ok(day_of(self.journal.read(Position(position))?.time))
    }

    /// Length of the effect of a message, as it is stored.
    pub(crate) fn effect_bytes(&self, position: u64) -> Result<u64, LedgerError> {
        let record = self.journal.read(Position(position))?;
        let effect = record
            .parts
            .iter()
            .find(|part| part.kind == PartKind::Effect);
        Ok(effect.map_or(0, |part| part.length))
    }

    /// The messages of a thread, oldest first.
    pub(crate) fn thread(
        &self,
        thread: ThreadId,
    ) -> Result<Vec<(MessageId, MessageRow)>, LedgerError> {
        let pointers: Vec<Pointer> = self.rows(
            views::THREADS,
            &views::joined(thread.as_bytes(), 0),
            &views::joined(thread.as_bytes(), u64::MAX),
            ROWS_MAX,
        )?;
        pointers
            .into_iter()
            .map(|Pointer { message, .. }| {
                let row = self.message_row(message)?.ok_or(LedgerError::Views {
                    what: "a thread without message",
                })?;
                Ok((message, row))
            })
            .collect()
    }

    /// What happened to a message, oldest first.
    pub(crate) fn timeline(
        &self,
        id: MessageId,
        row: &MessageRow,
    ) -> Result<Vec<Moment>, LedgerError> {
        let mut moments = vec![Moment {
            at: row.received,
            position: row.position,
            happening: Happening::Received,
        }];
        for (collection, happening) in [
            (views::ACKNOWLEDGED, Happening::Acknowledged),
            (views::DEAD, Happening::DeadLettered),
            (views::ERASED, Happening::Erased),
            (held::RELEASED, Happening::Released),
        ] {
            moments.extend(
                self.stamp(collection, id)?
                    .map(|StampRow { position, at }| Moment {
                        at,
                        position,
                        happening,
                    }),
            );
        }
        moments.extend(self.answers(id, ROWS_MAX)?.into_iter().map(
            |AnswerRow {
                 position,
                 message,
                 at,
                 worth,
             }| Moment {
                at,
                position,
                happening: Happening::Answered {
                    by: Some(message),
                    worth,
                },
            },
        ));
        moments.sort_by_key(|moment| moment.position);
        Ok(moments)
    }

    /// Waiting messages of one mailbox from a position on, oldest first.
    pub(crate) fn waiting(
        &self,
        code: &PartyCode,
        from: u64,
        limit: usize,
    ) -> Result<Vec<MailboxRow>, LedgerError> {
        self.rows(
            views::MAILBOXES,
            &views::mailbox_key(code.as_str(), from),
            &views::mailbox_key(code.as_str(), u64::MAX),
            limit,
        )
    }

    /// Messages that were not answered, to one code or made by it, in the order of their ids.
    pub(crate) fn unanswered(
        &self,
        code: &PartyCode,
        side: Side,
        limit: usize,
    ) -> Result<Vec<(MessageId, OpenRow)>, LedgerError> {
        let collection = match side {
            Side::Owes => views::OPEN,
            Side::Waits => views::WAITED,
        };
        let (from, to) = (
            views::open_key(code.as_str(), MessageId::from_bytes([0; 16])),
            views::open_key(code.as_str(), MessageId::from_bytes([0xff; 16])),
        );
        let rows = self.views.range(collection, &from, &to, limit)?;
        rows.into_iter()
            .map(|(key, value)| {
                let id = key.last_chunk::<16>().ok_or(LedgerError::Views {
                    what: "a key of other length",
                })?;
                Ok((MessageId::from_bytes(*id), decoded(&value)?))
            })
            .collect()
    }

    /// Terms of one kind and side that began on a day or before, the first to begin first: the day, and the message that makes it owed.
    pub(crate) fn due(
        &self,
        code: &PartyCode,
        side: Side,
        term: Term,
        until: Date,
        limit: usize,
    ) -> Result<Vec<(Date, MessageId)>, LedgerError> {
        let Ok(after) = until.tomorrow() else {
            return Ok(Vec::new());
        };
        let from = |day| views::due_from(code.as_str(), side, term, day);
        let rows = self
            .views
            .range(views::DUE, &from(Date::ZERO), &from(after), limit)?;
        rows.into_iter()
            .map(|(key, value)| {
                let day = views::due_day(&key).ok_or(LedgerError::Views {
                    what: "a term without a day",
                })?;
                Ok((day, decoded::<DueRow>(&value)?.message))
            })
            .collect()
    }

    /// How something that may be owed in a scope stands.
    pub(crate) fn owed(
        &self,
        scope: Pseudonym,
        key: &OwedKey,
    ) -> Result<Option<Owed>, LedgerError> {
        self.row(views::OWED, &views::owed_key(&self.outer, scope, key))
    }

    /// Of these numbers of a provider those that it used before, each with the code of the municipality towards which it did last. They are looked up in the order
    /// in which they stand in the view, each once, however often it is given: a declaration has thousands, and neighbours lie in one page of the engine.
    pub(crate) fn used_towards<T>(
        &self,
        numbers: Vec<(Pseudonym, T)>,
    ) -> Result<Vec<(T, String)>, LedgerError> {
        let named = numbers.into_iter();
        let mut named: Vec<_> = named.map(|(number, of)| (self.name(number), of)).collect();
        named.sort_by_key(|(name, _)| *name);
        let mut used = Vec::new();
        let mut last: Option<([u8; 16], Option<String>)> = None;
        for (name, of) in named {
            let towards = match &last {
                Some((same, towards)) if *same == name => towards.clone(),
                _ => {
                    let row = self.views.get(views::NUMBERS, &name)?;
                    row.map(|code| String::from_utf8_lossy(&code).into_owned())
                }
            };
            if let Some(code) = &towards {
                used.push((of, code.clone()));
            }
            last = Some((name, towards));
        }
        Ok(used)
    }

    /// How many messages wait in one mailbox, counted to `limit`; rows are not decoded.
    pub(crate) fn waiting_count(
        &self,
        code: &PartyCode,
        limit: usize,
    ) -> Result<usize, LedgerError> {
        let (from, to) = (
            views::mailbox_key(code.as_str(), 0),
            views::mailbox_key(code.as_str(), u64::MAX),
        );
        Ok(self.views.range(views::MAILBOXES, &from, &to, limit)?.len())
    }

    /// Messages whose exchange is complete when this one is acknowledged now. Under the lock of its thread.
    pub(crate) fn closed_by(
        &self,
        id: MessageId,
        row: &MessageRow,
    ) -> Result<Vec<Named>, LedgerError> {
        let own = Named {
            message: id,
            position: row.position,
        };
        let mut closes = Vec::new();
        if self.held_at(&row.receiver, row.position)?.is_some() {
            // Its answer is still to come, whatever wrong one there is: it is judged again from its content.
            return Ok(closes);
        }
        if let Some(question) = row.question {
            let asked = self.message_row(question)?.ok_or(LedgerError::Views {
                what: "an answer without question",
            })?;
            // What was refused here is in nobody's mailbox, so nobody acknowledges it.
            if self.held_at(&asked.receiver, asked.position)?.is_some() {
                closes.push(own);
            } else if self.acknowledged(question)?.is_some() || asked.marks.contains(&Mark::Refused)
            {
                closes.extend([
                    Named {
                        message: question,
                        position: asked.position,
                    },
                    own,
                ]);
            }
        } else if row
            .kind
            .kind()
            .is_some_and(|kind| kind.soort.answers().is_some())
        {
            // It answers what we do not know: nothing that belongs to it is still to come.
            closes.push(own);
        } else {
            for answer in self.answers(id, ROWS_MAX)? {
                if self.acknowledged(answer.message)?.is_some() {
                    closes.push(Named {
                        message: answer.message,
                        position: answer.position,
                    });
                }
            }
            if !closes.is_empty() {
                closes.push(own);
            }
        }
        // What was complete before keeps its moment, and what is erased has nothing left to keep.
        let mut open = Vec::new();
        for closed in closes {
            let key = closed.position.to_be_bytes();
            if self.views.get(views::KEPT, &key)?.is_some()
                && self.views.get(views::CLOSED, &key)?.is_none()
            {
                open.push(closed);
            }
        }
        Ok(open)
    }

    /// Messages whose content is kept, oldest first, from a position on.
    pub(crate) fn kept(&self, from: u64, limit: usize) -> Result<Vec<KeptRow>, LedgerError> {
        self.rows(
            views::KEPT,
            &from.to_be_bytes(),
            &u64::MAX.to_be_bytes(),
            limit,
        )
    }

    /// Messages whose content is kept though their exchange is complete, from a position on.
    pub(crate) fn closed(
        &self,
        from: u64,
        limit: usize,
    ) -> Result<Vec<(u64, KeptRow)>, LedgerError> {
        let rows = self.views.range(
            views::CLOSED,
            &from.to_be_bytes(),
            &u64::MAX.to_be_bytes(),
            limit,
        )?;
        rows.into_iter()
            .map(|(key, value)| {
                let position = <[u8; 8]>::try_from(key).map_err(|_| LedgerError::Views {
                    what: "a key of other length",
                })?;
                Ok((u64::from_be_bytes(position), decoded(&value)?))
            })
            .collect()
    }

    pub(super) fn row<T: for<'b> Decode<'b, ()>>(
        &self,
        collection: Collection,
        key: &[u8],
    ) -> Result<Option<T>, LedgerError> {
        self.views
            .get(collection, key)?
            .map(|value| decoded(&value))
            .transpose()
    }

    pub(super) fn rows<T: for<'b> Decode<'b, ()>>(
        &self,
        collection: Collection,
        from: &[u8],
        to: &[u8],
        limit: usize,
    ) -> Result<Vec<T>, LedgerError> {
        self.views
            .range(collection, from, to, limit)?
            .iter()
            .map(|(_, value)| decoded(value))
            .collect()
    }
}

fn decoded<T: for<'b> Decode<'b, ()>>(value: &[u8]) -> Result<T, LedgerError> {
    minicbor::decode(value).map_err(|_| LedgerError::Views {
        what: "a row that is not one of ours",
    })
}

fn code(text: &str) -> Result<PartyCode, LedgerError> {
    text.parse().map_err(|_| LedgerError::Views {
        what: "a code that is none",
    })
}
