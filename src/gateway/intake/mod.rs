//! What happens to a message that is handed in: the product on one screen.
//!
//! [`Intake::accept`] takes it through steps that each need the type of the step before, so none can be skipped: `Received`, `Opened` (what the body says of
//! itself), `Checked` (sound at level 1, level 2 asked, handed in by one who may), `Judged` (products translated where both parties agreed, levels 3 and 4 asked, its answer made where the receiver leaves
//! that to us, all under locks), `Recorded` (durable, applied: the moment of truth). A refusal at the door is a record too, of the fact only; a refusal in the
//! receiver's name is an answer. A file that is no message of the standards is carried as it is: it is recorded or refused in the same way, and nobody looks
//! into it. Knows no HTTP, and reads no mailbox.

mod across;
mod again;
mod decide;
mod file;
mod held;
mod map;
mod outcome;
mod places;
mod read;
mod record;
mod refuse;
mod unopened;
mod wires;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use jiff::civil::Date;
use knooppunt_standard::{Code, Findings, Kind, Limits, Releases};

use crate::envelope::tables::Condition;
use crate::envelope::wire::Wire;
use crate::envelope::{Mismatch, mapping};
use crate::grounds::{self, RULES};
use crate::lanes::{Job, Lanes, Panicked, Room};
use crate::ledger::{
    self, DryRun, Effect, Event, Found, Held, Inputs, KindRecord, Ledger, LedgerError, Mark,
    Message, MessageId, Pseudonym, Submission, WireRow, Wired, counts_of,
};
use crate::reference::{InForce, References};
use crate::register::{Mode, Pair, PartyCode, Register};
use crate::route::Caller;
use crate::translation::{Tables, Translations};

pub(crate) use again::{Judgement, Then};
use decide::{Asking, Decided, Decision, Naming};
use held::Queue;
pub use held::{DecisionError, Now, Wanted};
pub use outcome::{Advice, IntakeError, Outcome, Refusal, RefusalReason, Returned};
use read::{Identified, Parsed, Read};
use record::answers;
pub use wires::{OnWire, Rejection};

/// What is handed in: a message, and what a wire of others said around it.
#[derive(Debug, Clone)]
pub struct Handed {
    /// The message.
    pub body: Bytes,
    /// The envelope; none by the own API.
    pub wire: Option<Wire>,
}

impl From<Bytes> for Handed {
    fn from(body: Bytes) -> Self {
        Self { body, wire: None }
    }
}

/// An envelope with what is recorded of it.
struct Over {
    wire: Wire,
    wired: Wired,
}

/// As handed in.
struct Received<'c> {
    caller: &'c Caller,
    body: Bytes,
}

/// Read once: what the body says of itself.
struct Opened<'c> {
    caller: &'c Caller,
    body: Bytes,
    read: Read,
}

/// Sound at level 1, level 2 asked, and handed in by one who may.
struct Checked<'c> {
    caller: &'c Caller,
    body: Bytes,
    kind: Kind,
    record: KindRecord,
    maker: PartyCode,
    receiver: PartyCode,
    pair: Option<Pair>,
    effect: Effect,
    parsed: Option<Parsed>,
}

/// Decided in the light of its past, which the locks keep as it is.
struct Judged<'c> {
    checked: Checked<'c>,
    decided: Decided,
    reference: Arc<InForce>,
    tables: Arc<Tables>,
    held: Held,
    /// For what it takes in memory until it is recorded.
    room: Room,
}

/// What was found under the identity of a message.
enum Looked<'c> {
    Before(Box<Message>),
    /// By the number of its wire.
    BeforeOnWire(Box<WireRow>),
    New(Box<Judged<'c>>),
}

/// Durable and applied, now or earlier.
enum Recorded {
    Now(Message, Found),
    Before(Message),
    BeforeOnWire(WireRow),
}

/// Why a message goes no further.
enum Stop {
    Refused(Box<Refused>),
    Failed(IntakeError),
}

/// A refusal with what its record says.
struct Refused {
    refusal: Refusal,
    body_hash: [u8; 32],
    body_bytes: u64,
}

/// Takes messages in. Shared by all doors.
pub struct Intake {
    ledger: Arc<Ledger>,
    releases: Arc<Releases>,
    limits: Limits,
    lanes: Lanes,
    references: Arc<References>,
    translations: Arc<Translations>,
    mismatch: Mismatch,
    queue: Queue,
}

impl fmt::Debug for Intake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Intake")
            .field("ledger", &self.ledger)
            .finish_non_exhaustive()
    }
}

impl Intake {
    /// An intake into this ledger, checking by these releases within these limits.
    pub fn new(ledger: Arc<Ledger>, releases: Arc<Releases>, limits: Limits, lanes: Lanes) -> Self {
        Self {
            ledger,
            releases,
            limits,
            lanes,
            references: Arc::default(),
            translations: Arc::default(),
            mismatch: Mismatch::default(),
            queue: Queue::default(),
        }
    }

    /// The same, doing so with messages whose envelope says something else than they do.
    #[must_use]
    pub fn with_mismatch(self, mismatch: Mismatch) -> Self {
        Self { mismatch, ..self }
    }

    /// The same, judging by this reference data.
    #[must_use]
    pub fn with_references(self, references: Arc<References>) -> Self {
        Self { references, ..self }
    }

    /// The same, translating products by these tables.
    #[must_use]
    pub fn with_translations(self, translations: Arc<Translations>) -> Self {
        Self {
            translations,
            ..self
        }
    }

    /// Takes a message, or says why not. When this returns, what it says is durable. A caller that goes away before cannot undo what is under way.
    /// Err: we could not do our work; nothing was promised, and handing the same in again is harmless.
    pub async fn accept(
        &self,
        caller: &Caller,
        handed: impl Into<Handed>,
    ) -> Result<Outcome, IntakeError> {
        let Handed { body, wire } = handed.into();
        let over = wire.map(|wire| self.over(caller, wire));
        let over = over.as_ref();
        let way = async {
            if let Some(over) = over.filter(|over| over.wire.file_name.is_some()) {
                return self.carry(caller, body, over).await;
            }
            let opened = self.open(Received { caller, body }).await?;
            let checked = self.check(opened, over.is_some())?;
            self.compare(&checked, over)?;
            match Box::pin(self.judge(checked, over)).await? {
                Looked::Before(message) => Ok(Recorded::Before(*message)),
                Looked::BeforeOnWire(row) => Ok(Recorded::BeforeOnWire(*row)),
                Looked::New(judged) => Box::pin(self.record(*judged, over)).await,
            }
        };
        match way.await {
            Ok(Recorded::Now(message, found)) => Ok(Outcome::Accepted(message, found)),
            Ok(Recorded::Before(message)) => Ok(Outcome::Repeat(message)),
            Ok(Recorded::BeforeOnWire(row)) => self.again_on_wire(&row).await,
            Err(Stop::Refused(refused)) => self.refuse(caller, *refused, over).await,
            Err(Stop::Failed(error)) => Err(error),
        }
    }

    /// That the envelope says what the message says, where that is asked for.
    fn compare(&self, checked: &Checked<'_>, over: Option<&Over>) -> Result<(), Stop> {
        let Some(over) = over.filter(|_| self.mismatch == Mismatch::Refuse) else {
            return Ok(());
        };
        let (maker, receiver) = (&checked.maker, &checked.receiver);
        mapping::agrees(&over.wire, &checked.kind, maker, receiver).map_err(|condition| {
            let parties = condition == Condition::ReceiverOther;
            checked.refused(if parties {
                RefusalReason::OtherParty
            } else {
                RefusalReason::OtherKind
            })
        })
    }

    /// The tables of product codes that it translates by.
    pub fn translations(&self) -> &Arc<Translations> {
        &self.translations
    }

    /// Messages that wait for their turn: for the lane of small bodies, for that of large ones, and for room to judge.
    pub fn waiting(&self) -> [usize; 3] {
        self.lanes.waiting()
    }

    /// What became of the same when it came over its wire before.
    async fn again_on_wire(&self, row: &WireRow) -> Result<Outcome, IntakeError> {
        let (ledger, id, is_returned) = (Arc::clone(&self.ledger), row.message, row.returned);
        let unfit = |what| LedgerError::Views { what };
        let outcome = ledger::blocking(move || {
            if is_returned {
                let row = ledger.returned(id)?;
                let row = row.ok_or(unfit("a number of a wire without its refusal"))?;
                return Ok(Outcome::Returned(Returned {
                    id,
                    reason: row.event.reason,
                    refusal: None,
                    at: row.at,
                }));
            }
            let row = ledger.message_row(id)?;
            let row = row.ok_or(unfit("a number of a wire without message"))?;
            Ok(Outcome::Repeat(ledger.message(id, &row)?))
        });
        Ok(outcome.await?)
    }

    /// Says what [`Intake::accept`] would do, and leaves one record that it was asked (who, kind, counts). Tells nothing that handing in would not tell.
    /// Err: we could not do our work.
    pub async fn dry_run(&self, caller: &Caller, body: Bytes) -> Result<Advice, IntakeError> {
        let way = async {
            let opened = self.open(Received { caller, body }).await?;
            let mut checked = self.check(opened, false)?;
            let name = |pseudonym| self.ledger.name(pseudonym);
            let scope = self.scope(&checked).map(name);
            let job = Job::of(caller.party.as_str(), checked.body.len());
            let _room = self.lanes.room(job).await;
            // It takes no identity; but nobody may see half of what a large message does to the past.
            let thread = name(checked.effect.thread());
            let _held = self.ledger.locks.message(&[], thread, scope).await;
            let naming = self.naming(&checked)?;
            let grounds = (&self.references.current(), &self.translations.current());
            let mut asking = self.asking(&mut checked, naming, grounds)?;
            // What he sent to others is told when he sends, not when he tries.
            asking.across = false;
            match self.decide(job, asking).await? {
                Decision::Same(message) => Ok(Advice::WouldRepeat(*message)),
                Decision::Other { first } => {
                    Err(checked.refused(RefusalReason::IdentityTaken { first }))
                }
                // Of 2^60 names one that is in use: trying again is harmless.
                Decision::NameTaken => Err(Stop::Failed(Panicked.into())),
                Decision::New(decided) => {
                    self.admit(&checked)?;
                    Ok(Advice::WouldAccept {
                        kind: checked.kind,
                        mode: decided.mode,
                        marks: decided.marks,
                        found: decided.found,
                    })
                }
            }
        };
        let advice = match way.await {
            Ok(advice) => advice,
            Err(Stop::Refused(refused)) => Advice::WouldRefuse(refused.refusal),
            Err(Stop::Failed(error)) => return Err(error),
        };
        let (kind, verdict, counts) = match &advice {
            Advice::WouldAccept {
                kind, marks, found, ..
            } => {
                let refused = marks.contains(&Mark::Refused);
                let verdict = if refused { "refused" } else { "accepted" };
                (Some(kind), verdict, found.counts())
            }
            Advice::WouldRepeat(message) => (message.kind.standard(), "repeat", BTreeMap::new()),
            Advice::WouldRefuse(refusal) => (
                refusal.kind.as_ref(),
                refusal.reason.code(),
                counts_of(&refusal.findings),
            ),
        };
        let event = Event::DryRun(DryRun {
            party: caller.party.to_string(),
            kind: kind.map(KindRecord::of),
            verdict: verdict.to_owned(),
            counts,
        });
        self.ledger
            .commit(Submission::fact(event, Held::default()))
            .await?;
        Ok(advice)
    }

    /// One pass over the body, in a lane: hash, kind, findings, header, pseudonyms, level 2.
    async fn open<'c>(&self, Received { caller, body }: Received<'c>) -> Result<Opened<'c>, Stop> {
        // Whose it is and for whom stands in it.
        let large = caller.large_bytes_max().unwrap_or_default();
        let large = usize::try_from(large).unwrap_or(usize::MAX);
        let limits = Limits {
            body_bytes: self.limits.body_bytes.max(large),
            ..self.limits.clone()
        };
        let (releases, ledger, bytes) = (
            Arc::clone(&self.releases),
            Arc::clone(&self.ledger),
            body.clone(),
        );
        let read = self
            .lanes
            .run(Job::of(caller.party.as_str(), body.len()), move || {
                Read::of(&bytes, &releases, &limits, &ledger.pseudonyms)
            })
            .await?;
        Ok(Opened { caller, body, read })
    }

    /// Level 1, that the caller may hand in what this maker makes, and that it is not too large for these two; over a wire of others, for anybody.
    fn check<'c>(&self, opened: Opened<'c>, over_wire: bool) -> Result<Checked<'c>, Stop> {
        let checked = check(opened)?;
        let most = if over_wire {
            self.limits.body_bytes
        } else {
            self.limits_of(&checked).body_bytes
        };
        if checked.body.len() > most {
            let bytes_max = most as u64;
            return Err(checked.refused(RefusalReason::TooLarge { bytes_max }));
        }
        Ok(checked)
    }

    fn limits_of(&self, checked: &Checked<'_>) -> Limits {
        let caller = checked.caller;
        between(&self.limits, &caller.register, checked.pair, caller.day())
    }

    /// Levels 3 and 4, and the answer where the receiver leaves it to us. The locks are held from this first look at history until the record is durable and
    /// applied, so that of two equal messages under way at the same time one is taken and the other is its repeat, and no two pass one budget.
    async fn judge<'c>(
        &self,
        mut checked: Checked<'c>,
        over: Option<&Over>,
    ) -> Result<Looked<'c>, Stop> {
        let name = |pseudonym| self.ledger.name(pseudonym);
        let scope = self.scope(&checked).map(name);
        let party = checked.caller.party.as_str();
        let job = Job::of(party, checked.body.len());
        let room = self.lanes.room(job).await;
        let mut again = checked.parsed.take();
        loop {
            let naming = self.naming(&checked)?;
            let mut identities = vec![name(checked.effect.identity)];
            identities.extend(naming.as_ref().map(|naming| name(naming.identity)));
            identities.extend(over.map(|over| name(over.wired.marks.identity)));
            let thread = name(checked.effect.thread());
            let held = self.ledger.locks.message(&identities, thread, scope).await;
            if let Some(over) = over
                && let Some(row) = self.on_wire(over.wired.marks.identity).await?
            {
                return if row.content == over.wired.marks.content {
                    Ok(Looked::BeforeOnWire(Box::new(row)))
                } else {
                    Err(checked.refused(RefusalReason::NumberTaken))
                };
            }
            let (reference, tables) = (self.references.current(), self.translations.current());
            checked.parsed = again.take();
            let grounds = (&reference, &tables);
            let asking = self.asking(&mut checked, naming, grounds)?;
            match self.decide(job, asking).await? {
                // Under another number of a wire it is another message there.
                Decision::Same(message) if over.is_some() => {
                    let first = message.received;
                    return Err(checked.refused(RefusalReason::SentBefore { first }));
                }
                Decision::Same(message) => return Ok(Looked::Before(message)),
                Decision::Other { first } => {
                    return Err(checked.refused(RefusalReason::IdentityTaken { first }));
                }
                Decision::NameTaken => {
                    // The message is read anew, since what was read of it went into the lane: this happens once in 2^60 names.
                    again = self.read_again(&checked).await?;
                }
                Decision::New(decided) => {
                    self.admit(&checked)?;
                    return Ok(Looked::New(Box::new(Judged {
                        checked,
                        decided: *decided,
                        reference,
                        tables,
                        held,
                        room,
                    })));
                }
            }
        }
    }

    /// An envelope, with what is recorded of it when this caller hands it in.
    fn over(&self, caller: &Caller, wire: Wire) -> Over {
        Over {
            wired: wire.wired(&self.ledger.pseudonyms, caller.party.as_str()),
            wire,
        }
    }

    /// Who has this identity on a wire; for good only under its lock.
    async fn on_wire(&self, identity: Pseudonym) -> Result<Option<WireRow>, LedgerError> {
        let ledger = Arc::clone(&self.ledger);
        ledger::blocking(move || ledger.wire_holder(identity)).await
    }

    async fn read_again(&self, checked: &Checked<'_>) -> Result<Option<Parsed>, Stop> {
        let (caller, body) = (checked.caller, checked.body.clone());
        let opened = self.open(Received { caller, body }).await?;
        Ok(opened.read.parsed)
    }

    /// Under locks.
    async fn decide(&self, job: Job<'_>, asking: Asking) -> Result<Decision, Stop> {
        let decided = self.lanes.run(job.awaited(), move || asking.decide());
        Ok(decided.await??)
    }

    fn asking(
        &self,
        checked: &mut Checked<'_>,
        naming: Option<Naming>,
        (reference, tables): (&Arc<InForce>, &Arc<Tables>),
    ) -> Result<Asking, Stop> {
        Ok(Asking {
            id: MessageId::random().map_err(LedgerError::from)?,
            across: true,
            ledger: Arc::clone(&self.ledger),
            releases: Arc::clone(&self.releases),
            limits: self.limits_of(checked),
            reference: Arc::clone(reference),
            tables: Arc::clone(tables),
            register: Arc::clone(&checked.caller.register),
            kind: checked.kind.clone(),
            maker: checked.maker,
            receiver: checked.receiver,
            pair: checked.pair,
            effect: checked.effect.clone(),
            own_mode: self.mode(checked),
            day: checked.caller.day(),
            today: checked.caller.day(),
            body: checked.body.clone(),
            parsed: checked.parsed.take(),
            naming,
            since: None,
            used_up: None,
            mapped: None,
            again: None,
            as_sent: false,
        })
    }

    /// The name that an answer would get; none for a message that is owed no answer.
    fn naming(&self, checked: &Checked<'_>) -> Result<Option<Naming>, Stop> {
        Ok(Naming::random(
            &self.ledger,
            &checked.kind,
            checked.receiver,
        )?)
    }

    /// The scope whose past the message reads and changes: one municipality and one provider.
    fn scope(&self, checked: &Checked<'_>) -> Option<Pseudonym> {
        checked.parsed.as_ref()?;
        let law = checked.kind.law.as_str();
        Some(self.ledger.pseudonyms.scope_name(law, checked.pair?))
    }

    /// What only a new message must satisfy: a repeat gets its first outcome although the release has ended or the receiver has left since.
    fn admit(&self, checked: &Checked<'_>) -> Result<(), Stop> {
        let day = checked.caller.day();
        let taken = self
            .releases
            .release_of(&checked.kind)
            .is_some_and(|release| release.is_taken_on(day));
        if !taken {
            return Err(checked.refused(RefusalReason::ReleaseNotTaken));
        }
        if !checked.caller.knows(&checked.receiver) {
            return Err(checked.refused(RefusalReason::UnknownReceiver));
        }
        Ok(())
    }

    /// How far a message that is no answer to one we know is judged: as its receiver chose. An answer is never answered.
    fn mode(&self, checked: &Checked<'_>) -> Mode {
        if checked.kind.soort.answers().is_some() {
            return Mode::Carry;
        }
        let release = self.releases.release_of(&checked.kind);
        release.map_or(Mode::Carry, |release| {
            let (maker, receiver) = (&checked.maker, &checked.receiver);
            checked
                .caller
                .mode(maker, receiver, release, checked.record.soort)
        })
    }

    fn inputs(&self, register: &Register, at: Timestamp, kind: Option<&Kind>) -> Inputs {
        let release = kind.and_then(|kind| self.releases.release_of(kind));
        Inputs {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            schemas: release.map(|release| release.hash),
            register: register.hash(),
            reference: None,
            rules: Some(RULES),
            working_days: Some(grounds::working_days()),
            came_at: Some(at.as_microsecond()),
            catalogue: None,
        }
    }
}

/// The limits of a message between two codes on a day, and of the answer to it.
fn between(limits: &Limits, register: &Register, pair: Option<Pair>, on: Date) -> Limits {
    Limits {
        body_bytes: register.body_bytes_max(pair.as_ref(), on, limits.body_bytes),
        ..limits.clone()
    }
}

/// Level 1, and that the caller may hand in what this maker makes.
fn check(Opened { caller, body, read }: Opened<'_>) -> Result<Checked<'_>, Stop> {
    let Read {
        body_hash,
        kind,
        findings,
        header,
        parsed,
    } = read;
    let body_bytes = body.len() as u64;
    let refused = |reason, findings, kind| {
        Stop::Refused(Box::new(Refused {
            refusal: Refusal {
                reason,
                findings,
                kind,
            },
            body_hash,
            body_bytes,
        }))
    };
    let (
        Some(kind),
        Some(Identified {
            maker,
            receiver,
            effect,
        }),
        true,
    ) = (kind.clone(), header, findings.is_empty())
    else {
        let unknown = findings
            .list
            .iter()
            .any(|finding| finding.code == Code::UnknownKind.as_str());
        let reason = if unknown {
            RefusalReason::UnknownKind
        } else {
            RefusalReason::Level1
        };
        return Err(refused(reason, findings, kind));
    };
    let record = KindRecord::of(&kind);
    // A code that is none (the schemas leave no room for one) belongs to nobody.
    let Some(maker) = maker.filter(|maker| caller.may_submit(maker, &record)) else {
        return Err(refused(
            RefusalReason::NotTheMaker,
            Findings::default(),
            Some(kind),
        ));
    };
    let Some(receiver) = receiver else {
        return Err(refused(
            RefusalReason::UnknownReceiver,
            Findings::default(),
            Some(kind),
        ));
    };
    Ok(Checked {
        caller,
        body,
        kind,
        record,
        maker,
        receiver,
        pair: Pair::of(maker, receiver),
        effect,
        parsed,
    })
}

impl Checked<'_> {
    fn refused(&self, reason: RefusalReason) -> Stop {
        let refusal = Refusal {
            reason,
            findings: Findings::default(),
            kind: Some(self.kind.clone()),
        };
        Stop::Refused(Box::new(Refused {
            refusal,
            body_hash: self.effect.body_hash,
            body_bytes: self.body.len() as u64,
        }))
    }
}

impl From<IntakeError> for Stop {
    fn from(error: IntakeError) -> Self {
        Self::Failed(error)
    }
}

impl From<LedgerError> for Stop {
    fn from(error: LedgerError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Panicked> for Stop {
    fn from(bug: Panicked) -> Self {
        Self::Failed(bug.into())
    }
}

#[cfg(test)]
mod tests;
