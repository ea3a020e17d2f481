//! How long content is kept: 24 hours after a message and its answer are acknowledged, 60 days in any case, settable per kind. Effects are kept: they are what
//! tells a repeat from a new message, and views are rebuilt from them.
//!
//! Works out what is due and has it erased; the store makes erased bytes unreadable. Runs when it is told to, never by itself.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::ledger::{
    self, DeadLettered, Erased, Event, Held, KindRecord, Ledger, LedgerError, MessageId, Named,
    Submission,
};
use crate::store::{KeyId, KeyKind, Position};

/// Most messages that one record erases: keeps the record small.
const ERASED_MAX: usize = 500;
/// Rows that are read at once.
const STEP: usize = 1000;

crate::settings! {
    /// How long content (body, answer) is kept.
    pub struct RetentionSettings {
        /// Hours that content is kept after the message and its answer are both acknowledged.
        pub after_acknowledged_h: u32 = 24,
        /// Days after which content is erased in any case. What is then unread leaves the mailbox first, as a dead letter.
        pub at_most_d: u32 = 60,
        /// Other terms for single kinds, by published name, for example `[retention.kinds.JW323]`.
        pub kinds: BTreeMap<String, Terms> = BTreeMap::new(),
    }
}

crate::settings! {
    /// The terms of one kind.
    pub struct Terms {
        /// Hours that content is kept after the message and its answer are both acknowledged.
        pub after_acknowledged_h: u32 = 24,
        /// Days after which content is erased in any case.
        pub at_most_d: u32 = 60,
    }
}

impl RetentionSettings {
    fn terms(&self, kind: &KindRecord) -> Terms {
        let name = kind.kind().map(|kind| kind.name());
        name.and_then(|name| self.kinds.get(name).cloned())
            .unwrap_or(self.common())
    }

    fn common(&self) -> Terms {
        Terms {
            after_acknowledged_h: self.after_acknowledged_h,
            at_most_d: self.at_most_d,
        }
    }

    /// The shortest of the longest terms: before it nothing is due for its age.
    fn at_most_shortest(&self) -> SignedDuration {
        let all = self.kinds.values().cloned().chain([self.common()]);
        all.map(|terms| terms.at_most())
            .min()
            .unwrap_or(SignedDuration::ZERO)
    }
}

impl Terms {
    fn after_acknowledged(&self) -> SignedDuration {
        SignedDuration::from_hours(i64::from(self.after_acknowledged_h))
    }

    fn at_most(&self) -> SignedDuration {
        SignedDuration::from_hours(i64::from(self.at_most_d) * 24)
    }
}

/// Content whose term is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Which message.
    pub message: MessageId,
    /// Position of its record.
    pub position: u64,
    /// Why.
    pub why: Why,
}

/// Why content goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Message and answer were acknowledged long enough ago.
    Complete,
    /// It was kept for the longest term.
    Age,
}

/// What one run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    /// Messages whose content was erased.
    pub erased: u64,
    /// How many of them nobody had acknowledged.
    pub dead: u64,
}

/// Keeps content no longer than its term.
pub struct Retention {
    ledger: Arc<Ledger>,
    settings: RetentionSettings,
}

impl fmt::Debug for Retention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retention")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Retention {
    /// Retention of this ledger by these terms.
    pub fn new(ledger: Arc<Ledger>, settings: RetentionSettings) -> Self {
        Self { ledger, settings }
    }

    /// Content whose term is over at `now`, at most `limit`, oldest first. Err: we could not do our work.
    pub async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<Due>, LedgerError> {
        let (ledger, settings) = (Arc::clone(&self.ledger), self.settings.clone());
        ledger::blocking(move || due(&ledger, &settings, now, limit)).await
    }

    /// Erases content: a record says so, and the store makes the bytes unreadable. What nobody acknowledged becomes a dead letter first. Erasing twice is
    /// erasing once. Err: we could not do our work; what was not erased is still due.
    pub async fn erase(&self, batch: &[Due]) -> Result<Swept, LedgerError> {
        let mut swept = Swept::default();
        for due in batch.iter().filter(|due| due.why == Why::Age) {
            swept.dead += u64::from(self.dead_letter(due).await?);
        }
        for some in batch.chunks(ERASED_MAX) {
            let messages = some
                .iter()
                .map(|due| Named {
                    message: due.message,
                    position: due.position,
                })
                .collect();
            let erases = some
                .iter()
                .map(|due| KeyId {
                    position: Position(due.position),
                    kind: KeyKind::Content,
                })
                .collect();
            let event = Event::Erased(Erased { messages });
            self.ledger
                .commit(Submission {
                    erases,
                    ..Submission::fact(event, Held::default())
                })
                .await?;
            swept.erased += some.len() as u64;
        }
        Ok(swept)
    }

    /// Erases everything whose term is over at `now`. Err: we could not do our work; what was not erased is still due.
    pub async fn sweep(&self, now: Timestamp) -> Result<Swept, LedgerError> {
        let mut swept = Swept::default();
        loop {
            let batch = self.due(now, ERASED_MAX).await?;
            if batch.is_empty() {
                return Ok(swept);
            }
            let Swept { erased, dead } = self.erase(&batch).await?;
            swept.erased += erased;
            swept.dead += dead;
        }
    }

    /// Marks a message as a dead letter unless it was acknowledged; under the lock of its thread, so that an acknowledgement comes before or after, not between.
    async fn dead_letter(&self, due: &Due) -> Result<bool, LedgerError> {
        let (ledger, id) = (Arc::clone(&self.ledger), due.message);
        let row = ledger::blocking(move || ledger.message_row(id)).await?;
        let row = row.ok_or(LedgerError::Views {
            what: "content without message",
        })?;
        let held = self.ledger.locks.thread(row.lock).await;
        let ledger = Arc::clone(&self.ledger);
        if ledger::blocking(move || {
            Ok(ledger.acknowledged(id)?.is_some() || ledger.dead(id)?.is_some())
        })
        .await?
        {
            return Ok(false);
        }
        let message = Named {
            message: id,
            position: due.position,
        };
        let event = Event::DeadLettered(DeadLettered {
            message,
            receiver: row.receiver,
        });
        self.ledger.commit(Submission::fact(event, held)).await?;
        Ok(true)
    }
}

fn due(
    ledger: &Ledger,
    settings: &RetentionSettings,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<Due>, LedgerError> {
    let terms = |id| {
        let row = ledger.message_row(id)?.ok_or(LedgerError::Views {
            what: "content without message",
        })?;
        Ok::<_, LedgerError>(settings.terms(&row.kind))
    };
    let mut due: BTreeMap<u64, Due> = BTreeMap::new();
    let mut from = 0;
    loop {
        let rows = ledger.closed(from, STEP)?;
        for (position, row) in &rows {
            from = position.saturating_add(1);
            if now.duration_since(row.since) >= terms(row.message)?.after_acknowledged()
                && due.len() < limit
            {
                due.insert(
                    *position,
                    Due {
                        message: row.message,
                        position: *position,
                        why: Why::Complete,
                    },
                );
            }
        }
        if rows.len() < STEP || due.len() >= limit {
            break;
        }
    }
    let mut from = 0;
    // Kept messages stand in the order of receipt: the first that is younger than the shortest term ends the search.
    'kept: loop {
        let rows = ledger.kept(from, STEP)?;
        for row in &rows {
            from = row.position.saturating_add(1);
            let age = now.duration_since(row.since);
            if due.len() >= limit || age < settings.at_most_shortest() {
                break 'kept;
            }
            if age >= terms(row.message)?.at_most() {
                due.entry(row.position).or_insert(Due {
                    message: row.message,
                    position: row.position,
                    why: Why::Age,
                });
            }
        }
        if rows.len() < STEP {
            break;
        }
    }
    Ok(due.into_values().collect())
}
