//! How long content is kept: 24 hours after a message and its answer are acknowledged, 60 days in any case, settable per kind and per functie of files. Effects, which
//! tell a repeat from a new message and from which views are rebuilt, and findings are kept 7 years; what has not ended by then is carried on without them.
//!
//! A message that is erased cannot come back, so a clock that jumped erases nothing: see [`Hold`].
//!
//! Works out what is due and has it erased; the store makes erased bytes unreadable. Runs when it is told to, never by itself.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use tokio::task::JoinSet;

use crate::clock::day_of;
use crate::ledger::{
    self, DeadLettered, Erased, Event, Held, KindRecord, Ledger, LedgerError, Mark, MessageId,
    Named, Submission, Walk,
};
use crate::store::{KeyId, KeyKind, Position};

/// Most messages that one record erases: keeps the record small.
const ERASED_MAX: usize = 500;
/// Rows that are read at once.
const STEP: usize = 1000;
/// By how much more than time passed the clock may go forward: a time server at work, a machine that slept for a moment.
const JUMP_MAX: SignedDuration = SignedDuration::from_hours(1);
/// Rules ask for periods of so many years ago (TR335).
const EFFECTS_Y_MIN: u32 = 5;
/// A person's life.
const EFFECTS_Y_MAX: u32 = 100;
/// How long nothing is erased after a start at which the clock may have jumped: time for an operator to look.
const LOOK_FOR: SignedDuration = SignedDuration::from_hours(24);

crate::settings! {
    /// How long content (body, answer) is kept.
    pub struct RetentionSettings {
        /// Hours that content is kept after the message and its answer are both acknowledged.
        pub after_acknowledged_h: u32 = 24,
        /// Days after which content is erased in any case. What is then unread leaves the mailbox first, as a dead letter.
        pub at_most_d: u32 = 60,
        /// Years after which the effects and the findings of a message are erased: the pseudonyms of its client, of its allocations and lines, what it changes, its number and the
        /// hash of its body. What is then still running (an allocation that has not ended, and what is used of it) is carried on until it ended as long ago. At least 5: rules
        /// look back so far.
        pub effects_y: u32 = 7,
        /// Other terms for single kinds, by published name, for example `[retention.kinds.JW323]`.
        pub kinds: BTreeMap<String, Terms> = BTreeMap::new(),
        /// Other terms for the files under single functies (`tekstBestand`), by functie in any case, for example `[retention.files.BUDGET-CSV]`.
        pub files: BTreeMap<String, Terms> = BTreeMap::new(),
    }
}

crate::settings! {
    /// The terms of one kind, or of the files under one functie; what is left out is as for all.
    pub struct Terms {
        /// Hours that content of this kind is kept after the message and its answer are both acknowledged.
        pub after_acknowledged_h: Option<u32> = None,
        /// Days after which content of this kind is erased in any case.
        pub at_most_d: Option<u32> = None,
    }
}

/// Why nothing is erased for now. Operators see it in health.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// Since the start the clock went forward by this much more than time passed. Lasts until the clock is right again or the process is started anew.
    Jumped {
        /// How much.
        ahead: SignedDuration,
    },
    /// At the start the clock stood further after the last record than a tenth of the shortest longest term: a long rest, or a wrong clock. Lasts a day, so that
    /// somebody can look.
    Gap {
        /// How far after it.
        gap: SignedDuration,
    },
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Jumped { ahead } => write!(
                f,
                "nothing is erased: the clock went {} h further than time passed; set it right, or start anew if it is right now",
                ahead.as_hours()
            ),
            Self::Gap { gap } => write!(
                f,
                "nothing is erased for 24 h after the start: the clock stood {} days after the last record; stop the gateway if the clock is wrong",
                gap.as_hours() / 24
            ),
        }
    }
}

/// The terms of a kind, worked out.
#[derive(Debug, Clone, Copy)]
struct Term {
    after_acknowledged: SignedDuration,
    at_most: SignedDuration,
}

impl RetentionSettings {
    fn term(&self, kind: &KindRecord) -> Term {
        let own = if let Some(functie) = &kind.functie {
            let mut files = self.files.iter();
            files
                .find(|(name, _)| name.eq_ignore_ascii_case(functie))
                .map(|(_, own)| own)
        } else {
            let kind = kind.kind();
            kind.and_then(|kind| self.kinds.get(kind.name()))
        };
        self.with(own.unwrap_or(&Terms::default()))
    }

    fn with(&self, own: &Terms) -> Term {
        let hours = own
            .after_acknowledged_h
            .unwrap_or(self.after_acknowledged_h);
        let days = own.at_most_d.unwrap_or(self.at_most_d);
        Term {
            after_acknowledged: SignedDuration::from_hours(i64::from(hours)),
            at_most: SignedDuration::from_hours(i64::from(days) * 24),
        }
    }

    /// The first day of which the effects are kept. A whole month goes at once, so that what is carried on is written anew once a month.
    fn effects_from(&self, now: Timestamp) -> Date {
        let years = i16::try_from(self.effects_y).unwrap_or(i16::MAX);
        let month = day_of(now).first_of_month();
        month.checked_sub(years.years()).unwrap_or(Date::MIN)
    }

    /// The first setting that cannot be, and what is wrong about it.
    pub(crate) fn outside(&self) -> Option<(&'static str, String)> {
        let at_most = |days: u32| u64::from(days) <= u64::from(self.effects_y) * 365;
        let own = self.kinds.values().chain(self.files.values());
        let mut days = own.filter_map(|own| own.at_most_d).chain([self.at_most_d]);
        if !(EFFECTS_Y_MIN..=EFFECTS_Y_MAX).contains(&self.effects_y) {
            let reason = format!(
                "expected {EFFECTS_Y_MIN} to {EFFECTS_Y_MAX}: rules look back {EFFECTS_Y_MIN} years"
            );
            Some(("effects_y", reason))
        } else if !days.all(at_most) {
            let reason = "no content may be kept for longer than effects: shorten at_most_d, or raise retention.effects_y";
            Some(("at_most_d", reason.to_owned()))
        } else {
            None
        }
    }

    /// The shortest terms of any kind: before them nothing is due, whatever its kind.
    fn shortest(&self) -> Term {
        let common = self.with(&Terms::default());
        let all = self.kinds.values().chain(self.files.values());
        let of_kinds = all.map(|own| self.with(own));
        of_kinds.fold(common, |one, other| Term {
            after_acknowledged: one.after_acknowledged.min(other.after_acknowledged),
            at_most: one.at_most.min(other.at_most),
        })
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

/// Keeps content and effects no longer than their terms.
pub struct Retention {
    ledger: Arc<Ledger>,
    settings: RetentionSettings,
    /// How far the effects were walked through.
    walk: Arc<Mutex<Walk>>,
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
        Self {
            ledger,
            settings,
            walk: Arc::default(),
        }
    }

    /// Content whose term is over at `now`, at most `limit`, oldest first. Err: we could not do our work.
    pub async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<Due>, LedgerError> {
        let (ledger, settings) = (Arc::clone(&self.ledger), self.settings.clone());
        let due = ledger::blocking(move || Place::default().due(&ledger, &settings, now, limit));
        due.await
    }

    /// Why nothing may be erased now, if so.
    pub fn hold(&self) -> Option<Hold> {
        let course = &self.ledger.course;
        let (ahead, gap) = (course.jumped(), course.gap());
        if ahead > JUMP_MAX {
            Some(Hold::Jumped { ahead })
        } else if gap > self.settings.shortest().at_most / 10 && course.passed() < LOOK_FOR {
            Some(Hold::Gap { gap })
        } else {
            None
        }
    }

    /// Erases content: a record says so, and the store makes the bytes unreadable. What nobody acknowledged becomes a dead letter first. Erasing twice is
    /// erasing once. One whose own record cannot be written is kept and still due, and keeps no other. Err: we could not do our work; what was not erased is
    /// still due.
    pub async fn erase(&self, batch: &[Due]) -> Result<Swept, LedgerError> {
        let mut swept = Swept::default();
        for some in batch.chunks(ERASED_MAX) {
            let (dead, kept) = self.dead_letters(some).await?;
            swept.dead += dead;
            let goes = || some.iter().filter(|due| !kept.contains(&due.message));
            let messages: Vec<Named> = goes()
                .map(|due| Named {
                    message: due.message,
                    position: due.position,
                })
                .collect();
            if messages.is_empty() {
                continue;
            }
            let erased = messages.len() as u64;
            let erases = goes()
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
            swept.erased += erased;
        }
        Ok(swept)
    }

    /// Erases everything whose term is over at `now`, in one walk over what is kept; nothing while there is a [`Hold`].
    /// Err: we could not do our work; what was not erased is still due.
    pub async fn sweep(&self, now: Timestamp) -> Result<Swept, LedgerError> {
        let mut swept = Swept::default();
        let mut place = Place::default();
        loop {
            if let Some(hold) = self.hold() {
                tracing::error!(%hold, "content whose term is over is kept");
                return Ok(swept);
            }
            let (ledger, settings) = (Arc::clone(&self.ledger), self.settings.clone());
            let batch;
            (place, batch) = ledger::blocking(move || {
                let batch = place.due(&ledger, &settings, now, ERASED_MAX)?;
                Ok((place, batch))
            })
            .await?;
            if batch.is_empty() {
                return Ok(swept);
            }
            let Swept { erased, dead } = self.erase(&batch).await?;
            swept.erased += erased;
            swept.dead += dead;
        }
    }

    /// Erases the effects and the findings of every message that came so many years before the month of `now`, one pair of parties after the other, and withdraws all that
    /// they made; nothing while there is a [`Hold`], and nothing of a message whose content is kept, or of what came after it between the same two. Gives of how many
    /// records. Err: we could not do our work; what was not erased is still due.
    pub async fn forget(&self, now: Timestamp) -> Result<u64, LedgerError> {
        let before = self.settings.effects_from(now);
        let mut forgotten = 0;
        loop {
            if let Some(hold) = self.hold() {
                tracing::error!(%hold, "effects whose term is over are kept");
                return Ok(forgotten);
            }
            let (ledger, walk) = (Arc::clone(&self.ledger), Arc::clone(&self.walk));
            let lanes = ledger::blocking(move || {
                let mut walk = walk.lock().unwrap_or_else(PoisonError::into_inner);
                walk.next(&ledger, before)
            });
            let Some(lanes) = lanes.await? else {
                return Ok(forgotten);
            };
            for lane in lanes {
                match self.ledger.forget(lane, before).await {
                    Ok(count) => forgotten += count,
                    Err(error) => {
                        // From the beginning: what is erased already is passed over.
                        *self.walk.lock().unwrap_or_else(PoisonError::into_inner) = Walk::default();
                        return Err(error);
                    }
                }
            }
        }
    }

    /// Marks those that are due for their age as dead letters, all under way at once so that they share groups; the answer to a declaration that is still kept
    /// back is left to its receiver, for without its content nothing can be judged. Gives how many are dead letters, and those of which that could not be
    /// recorded: their content may not go yet. Err: nothing can be recorded any more.
    async fn dead_letters(&self, some: &[Due]) -> Result<(u64, HashSet<MessageId>), LedgerError> {
        let mut under_way = JoinSet::new();
        for due in some.iter().filter(|due| due.why == Why::Age) {
            let (ledger, due) = (Arc::clone(&self.ledger), *due);
            under_way.spawn(async move {
                let parting = async {
                    let dead = dead_letter(Arc::clone(&ledger), due).await?;
                    ledger::release(ledger, due.message).await?;
                    Ok::<_, LedgerError>(dead)
                };
                (due.message, parting.await)
            });
        }
        let (mut dead, mut kept) = (0, HashSet::new());
        while let Some(done) = under_way.join_next().await {
            match done.map_err(|_| LedgerError::Stopped)? {
                (_, Ok(made)) => dead += u64::from(made),
                (_, Err(error @ (LedgerError::Stopped | LedgerError::Unsettled))) => {
                    return Err(error);
                }
                (message, Err(error)) => {
                    metrics::counter!("knooppunt_not_erased_total", "code" => error.code())
                        .increment(1);
                    tracing::error!(%message, code = error.code(), %error, "content whose term is over is kept, for what has to be recorded first cannot be; the next round tries again");
                    kept.insert(message);
                }
            }
        }
        Ok((dead, kept))
    }
}

/// Marks a message as a dead letter unless it was acknowledged; under the lock of its thread, so that an acknowledgement comes before or after, not between.
async fn dead_letter(ledger: Arc<Ledger>, due: Due) -> Result<bool, LedgerError> {
    let (reading, id) = (Arc::clone(&ledger), due.message);
    let (row, returned) = ledger::blocking(move || {
        let row = reading.message_row(id)?;
        let returned = match row {
            Some(_) => None,
            None => reading.returned(id)?,
        };
        Ok((row, returned))
    })
    .await?;
    if let Some(returned) = returned {
        // It never stood in a mailbox; who should have been told of its refusal is not told any more.
        if let Some(to) = returned.event.tell {
            let message = Named {
                message: id,
                position: due.position,
            };
            ledger::told(&ledger, message, to, None).await?;
        }
        return Ok(false);
    }
    let row = row.ok_or(LedgerError::Views {
        what: "content without message",
    })?;
    if row.marks.contains(&Mark::Refused) {
        // It never stood in a mailbox.
        return Ok(false);
    }
    let held = ledger.locks.thread(row.lock).await;
    let reading = Arc::clone(&ledger);
    if ledger::blocking(move || {
        Ok(reading.acknowledged(id)?.is_some() || reading.dead(id)?.is_some())
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
    ledger.commit(Submission::fact(event, held)).await?;
    Ok(true)
}

/// How far a walk over what is kept has come: positions from which on it was not looked at.
#[derive(Debug, Default)]
struct Place {
    closed: u64,
    kept: u64,
}

impl Place {
    /// What is due from here on, at most `limit`, oldest first; what was looked at is not looked at again.
    fn due(
        &mut self,
        ledger: &Ledger,
        settings: &RetentionSettings,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Due>, LedgerError> {
        let term = |id| {
            let kind = ledger.kept_kind(id)?.ok_or(LedgerError::Views {
                what: "content without message",
            })?;
            Ok::<_, LedgerError>(settings.term(&kind))
        };
        let shortest = settings.shortest();
        let mut due: BTreeMap<u64, Due> = BTreeMap::new();
        'closed: loop {
            let rows = ledger.closed(self.closed, STEP)?;
            for (position, row) in &rows {
                if due.len() >= limit {
                    break 'closed;
                }
                self.closed = position.saturating_add(1);
                let age = now.duration_since(row.since);
                // Of what is younger, which most is, the kind need not be known.
                if age >= shortest.after_acknowledged
                    && age >= term(row.message)?.after_acknowledged
                {
                    due.insert(*position, Due::of(row.message, *position, Why::Complete));
                }
            }
            if rows.len() < STEP {
                break;
            }
        }
        // Kept messages stand in the order of receipt: the first that is younger than the shortest term ends the search.
        'kept: loop {
            let rows = ledger.kept(self.kept, STEP)?;
            for row in &rows {
                let age = now.duration_since(row.since);
                if due.len() >= limit || age < shortest.at_most {
                    break 'kept;
                }
                self.kept = row.position.saturating_add(1);
                if age >= term(row.message)?.at_most {
                    due.entry(row.position)
                        .or_insert(Due::of(row.message, row.position, Why::Age));
                }
            }
            if rows.len() < STEP {
                break;
            }
        }
        Ok(due.into_values().collect())
    }
}

impl Due {
    fn of(message: MessageId, position: u64, why: Why) -> Self {
        Self {
            message,
            position,
            why,
        }
    }
}
