//! What happens to a message that is handed in: the product on one screen.
//!
//! [`Intake::accept`] takes it through steps that each need the type of the step before, so none can be skipped: `Received`, `Opened` (what the body says of
//! itself), `Checked` (sound at level 1, handed in by one who may), `Recorded` (durable, applied: the moment of truth). A refusal at any step is a record
//! too, of the fact only. Knows no HTTP, and reads no mailbox.

mod outcome;
mod read;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use knooppunt_standard::{Code, Findings, Kind, Limits, Release, Releases};

use crate::lanes::{Lanes, Panicked};
use crate::ledger::{
    self, DryRun, Effect, Event, Held, Inputs, KindRecord, Ledger, LedgerError, Mark, Message,
    MessageId, Pseudonym, State, Submission, ThreadId,
};
use crate::register::{Mode, PartyCode};
use crate::route::Caller;

pub use outcome::{Advice, IntakeError, Outcome, Refusal, RefusalReason};
use read::{Identified, Read};

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

/// Sound at level 1, and handed in by one who may.
struct Checked<'c> {
    caller: &'c Caller,
    body: Bytes,
    kind: Kind,
    record: KindRecord,
    maker: PartyCode,
    receiver: PartyCode,
    effect: Effect,
}

/// Durable and applied, now or earlier.
enum Recorded {
    Now(Message),
    Before(Message),
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

/// What the ledger has under the identity of a message.
enum Found {
    Same(Box<Message>),
    Other {
        first: Timestamp,
    },
    Free {
        question: Option<Asked>,
        marks: Vec<Mark>,
    },
}

/// The message that an answer is about.
#[derive(Clone, Copy)]
struct Asked {
    id: MessageId,
    thread: ThreadId,
    mode: Mode,
}

/// Takes messages in. Shared by all doors.
pub struct Intake {
    ledger: Arc<Ledger>,
    releases: Arc<Releases>,
    limits: Limits,
    lanes: Lanes,
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
        }
    }

    /// Takes a message, or says why not. When this returns, what it says is durable. A caller that goes away before cannot undo what is under way.
    /// Err: we could not do our work; nothing was promised, and handing the same in again is harmless.
    pub async fn accept(&self, caller: &Caller, body: Bytes) -> Result<Outcome, IntakeError> {
        let way = async {
            let opened = self.open(Received { caller, body }).await?;
            let checked = check(opened)?;
            self.record(checked).await
        };
        match way.await {
            Ok(Recorded::Now(message)) => Ok(Outcome::Accepted(message)),
            Ok(Recorded::Before(message)) => Ok(Outcome::Repeat(message)),
            Err(Stop::Refused(refused)) => self.refuse(caller, *refused).await,
            Err(Stop::Failed(error)) => Err(error),
        }
    }

    /// Says what [`Intake::accept`] would do, and leaves one record that it was asked (who, kind, counts). Tells nothing that handing in would not tell.
    /// Err: we could not do our work.
    pub async fn dry_run(&self, caller: &Caller, body: Bytes) -> Result<Advice, IntakeError> {
        let way = async {
            let opened = self.open(Received { caller, body }).await?;
            let checked = check(opened)?;
            match self.look(&checked).await? {
                Found::Same(message) => Ok(Advice::WouldRepeat(*message)),
                Found::Other { first } => {
                    Err(checked.refused(RefusalReason::IdentityTaken { first }))
                }
                Found::Free { marks, .. } => {
                    self.admit(&checked)?;
                    Ok(Advice::WouldAccept {
                        kind: checked.kind,
                        marks,
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
            Advice::WouldAccept { kind, .. } => (Some(kind), "accepted", BTreeMap::new()),
            Advice::WouldRepeat(message) => (Some(&message.kind), "repeat", BTreeMap::new()),
            Advice::WouldRefuse(refusal) => (
                refusal.kind.as_ref(),
                refusal.reason.code(),
                counts(&refusal.findings),
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

    /// One pass over the body, in a lane: hash, kind, findings, header, pseudonyms.
    async fn open<'c>(&self, Received { caller, body }: Received<'c>) -> Result<Opened<'c>, Stop> {
        let (releases, ledger, limits, bytes) = (
            Arc::clone(&self.releases),
            Arc::clone(&self.ledger),
            self.limits.clone(),
            body.clone(),
        );
        let read = self
            .lanes
            .run(body.len(), move || {
                Read::of(&bytes, &releases, &limits, &ledger.pseudonyms)
            })
            .await?;
        Ok(Opened { caller, body, read })
    }

    /// The moment of truth. The locks are held from the look at history until the record is durable and applied, so that of two equal messages under way at
    /// the same time one is taken and the other is its repeat.
    async fn record(&self, checked: Checked<'_>) -> Result<Recorded, Stop> {
        let name = |pseudonym| self.ledger.name(pseudonym);
        let held = self
            .ledger
            .locks
            .message(name(checked.effect.identity), name(checked.effect.thread()))
            .await;
        let (question, marks) = match self.look(&checked).await? {
            Found::Same(message) => return Ok(Recorded::Before(*message)),
            Found::Other { first } => {
                return Err(checked.refused(RefusalReason::IdentityTaken { first }));
            }
            Found::Free { question, marks } => (question, marks),
        };
        self.admit(&checked)?;
        let id = MessageId::random().map_err(LedgerError::from)?;
        let thread = question.map_or(id.opens(), |asked| asked.thread);
        let mode = question.map_or_else(|| self.mode(&checked), |asked| asked.mode);
        let event = Event::Received(ledger::Received {
            message: id,
            thread,
            kind: checked.record.clone(),
            maker: checked.maker.to_string(),
            receiver: checked.receiver.to_string(),
            party: checked.caller.party.to_string(),
            mode,
            marks: marks.clone(),
            question: question.map(|asked| asked.id),
            inputs: self.inputs(checked.caller, Some(&checked.kind)),
            counts: BTreeMap::new(),
            body_bytes: checked.body.len() as u64,
        });
        let Checked {
            body,
            kind,
            maker,
            receiver,
            effect,
            ..
        } = checked;
        let (body_bytes, body_hash) = (body.len() as u64, effect.body_hash);
        let submission = Submission {
            event,
            effect: Some(effect),
            body: Some(body),
            erases: Vec::new(),
            held,
        };
        let (position, received) = self.ledger.commit(submission).await?;
        let position = position.0;
        let state = State::default();
        Ok(Recorded::Now(Message {
            id,
            thread,
            kind,
            maker,
            receiver,
            received,
            position,
            body_hash: Some(body_hash),
            body_bytes,
            mode,
            marks,
            state,
        }))
    }

    /// What only a new message must satisfy: a repeat gets its first outcome although the release has ended or the receiver has left since.
    fn admit(&self, checked: &Checked<'_>) -> Result<(), Stop> {
        let day = checked.caller.day();
        let taken = self
            .release(&checked.kind)
            .is_some_and(|release| release.is_taken_on(day));
        if !taken {
            return Err(checked.refused(RefusalReason::ReleaseNotTaken));
        }
        if !checked.caller.knows(&checked.receiver) {
            return Err(checked.refused(RefusalReason::UnknownReceiver));
        }
        Ok(())
    }

    /// What the ledger knows under this identity, and of the message that is answered.
    async fn look(&self, checked: &Checked<'_>) -> Result<Found, Stop> {
        let ledger = Arc::clone(&self.ledger);
        let Effect {
            identity,
            body_hash,
            question,
            ..
        } = checked.effect;
        let (maker, receiver) = (checked.maker, checked.receiver);
        let found = ledger::blocking(move || {
            if let Some(message) = ledger.holder(identity)? {
                let first = message.received;
                return Ok(if ledger.hash_of(&message)? == body_hash {
                    Found::Same(Box::new(message))
                } else {
                    Found::Other { first }
                });
            }
            find_question(&ledger, question, maker, receiver)
        });
        Ok(found.await?)
    }

    /// Records the fact of a refusal, then answers it.
    async fn refuse(&self, caller: &Caller, refused: Refused) -> Result<Outcome, IntakeError> {
        let Refused {
            refusal,
            body_hash,
            body_bytes,
        } = refused;
        let (salt, body) = self
            .ledger
            .pseudonyms
            .refused(&body_hash)
            .map_err(LedgerError::from)?;
        let event = Event::Refused(ledger::Refused {
            kind: refusal.kind.as_ref().map(KindRecord::of),
            party: caller.party.to_string(),
            reason: refusal.reason.code().to_owned(),
            counts: counts(&refusal.findings),
            body,
            salt,
            body_bytes,
            inputs: self.inputs(caller, refusal.kind.as_ref()),
        });
        self.ledger
            .commit(Submission::fact(event, Held::default()))
            .await?;
        Ok(Outcome::Refused(refusal))
    }

    /// How far a message that is no answer to one we know is judged: as its receiver chose. An answer is never answered.
    fn mode(&self, checked: &Checked<'_>) -> Mode {
        if checked.kind.soort.answers().is_some() {
            return Mode::Carry;
        }
        self.release(&checked.kind).map_or(Mode::Carry, |release| {
            checked
                .caller
                .mode(&checked.receiver, release, checked.record.soort)
        })
    }

    fn release(&self, kind: &Kind) -> Option<&Release> {
        self.releases
            .list()
            .iter()
            .find(|release| release.law == kind.law && release.release == kind.release)
    }

    fn inputs(&self, caller: &Caller, kind: Option<&Kind>) -> Inputs {
        let release = kind.and_then(|kind| self.release(kind));
        Inputs {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            schemas: release.map(|release| release.hash),
            register: caller.register.hash(),
        }
    }
}

/// Level 1, and that the caller may hand in what this maker makes.
fn check(Opened { caller, body, read }: Opened<'_>) -> Result<Checked<'_>, Stop> {
    let Read {
        body_hash,
        kind,
        findings,
        header,
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
        effect,
    })
}

/// The message that is answered. It counts only between the same two parties: an answer under another pair must not join a thread that is not theirs.
fn find_question(
    ledger: &Ledger,
    question: Option<Pseudonym>,
    maker: PartyCode,
    receiver: PartyCode,
) -> Result<Found, LedgerError> {
    let Some(question) = question else {
        return Ok(Found::Free {
            question: None,
            marks: Vec::new(),
        });
    };
    let asked = ledger
        .holder(question)?
        .filter(|asked| asked.maker == receiver && asked.receiver == maker);
    let Some(Message {
        id, thread, mode, ..
    }) = asked
    else {
        return Ok(Found::Free {
            question: None,
            marks: vec![Mark::UnknownQuestion],
        });
    };
    let marks = if ledger.answers(id, 1)?.is_empty() {
        Vec::new()
    } else {
        vec![Mark::SecondAnswer]
    };
    Ok(Found::Free {
        question: Some(Asked { id, thread, mode }),
        marks,
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

/// Findings per code; those beyond the cap under `more`.
fn counts(findings: &Findings) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for finding in &findings.list {
        *counts.entry(finding.code.to_owned()).or_insert(0) += 1;
    }
    if findings.more > 0 {
        counts.insert("more".to_owned(), findings.more);
    }
    counts
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
