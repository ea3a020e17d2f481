//! Reading the ledger: rows of views, put together with the effect of the record into what parties may see. Every function may wait for the disk.
//! Who may see what is decided by the callers of this.

mod kept;
mod logged;
mod owed;
mod pending;
mod verdict;

pub use logged::Logged;
pub(crate) use pending::{Standing, WaitingAllocation};

use jiff::Timestamp;
use minicbor::Decode;
use sha2::{Digest as _, Sha256};

use super::as_of::key_of;
use super::carried::FORGOTTEN;
use super::effect::Effect;
use super::events::Event;
use super::held;
use super::id::{MessageId, ThreadId};
use super::message::{Happening, Message, Moment, OtherForm, State, Worth};
use super::pseudonym::Pseudonym;
use super::replay::{effect_of, event_of};
use super::views::{self, AnswerRow, IdentityRow, MailboxRow, MessageRow, Pointer, StampRow};
use super::{Ledger, LedgerError};
use crate::register::{Pair, PartyCode};
use crate::store::{Collection, Part, PartKind, Position};

/// Most rows that one question about one message reads: a thread or timeline beyond this is cut.
const ROWS_MAX: usize = 1000;

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
            kind: row.kind.what().ok_or(unfit("a kind that is not known"))?,
            maker: code(&row.maker)?,
            receiver: code(&row.receiver)?,
            received: row.received,
            position: row.position,
            body_hash: self.body_hash(row)?,
            body_bytes: row.body_bytes,
            mapped: row.mapped_bytes.map(|bytes| OtherForm {
                sha256: row.mapped_hash,
                bytes,
            }),
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

    /// What the record at a position says. Err: it is damaged, or there is none.
    pub(crate) fn event_at(&self, position: u64) -> Result<Event, LedgerError> {
        event_of(&self.journal.read(Position(position))?)
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
            forgotten: at(FORGOTTEN)?,
            released: at(held::RELEASED)?,
            rejected: self.rejected(id)?.map(|row| row.at),
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

    /// The exact bytes of a message as they were handed in; `None` when they were erased.
    pub(crate) fn body(&self, row: &MessageRow) -> Result<Option<Vec<u8>>, LedgerError> {
        self.content(row, PartKind::Body)
    }

    /// One of the parts of a message that its content key opens; `None` when they were erased.
    pub(in crate::ledger) fn content(
        &self,
        row: &MessageRow,
        kind: PartKind,
    ) -> Result<Option<Vec<u8>>, LedgerError> {
        let read = || {
            let record = self.journal.read(Position(row.position))?;
            self.journal.part(&record, kind)
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

    /// The messages of a thread, oldest first.
    pub(crate) fn thread(
        &self,
        thread: ThreadId,
    ) -> Result<Vec<(MessageId, MessageRow)>, LedgerError> {
        self.thread_from(thread, 0, ROWS_MAX)
    }

    /// The same from a position on, at most `limit`.
    pub(crate) fn thread_from(
        &self,
        thread: ThreadId,
        from: u64,
        limit: usize,
    ) -> Result<Vec<(MessageId, MessageRow)>, LedgerError> {
        let pointers: Vec<Pointer> = self.rows(
            views::THREADS,
            &views::joined(thread.as_bytes(), from),
            &views::joined(thread.as_bytes(), u64::MAX),
            limit,
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
            (FORGOTTEN, Happening::Forgotten),
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
        moments.extend(self.rejected(id)?.map(|row| Moment {
            at: row.at,
            position: row.position,
            happening: Happening::Rejected,
        }));
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
