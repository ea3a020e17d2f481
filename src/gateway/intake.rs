//! What happens to a message that is handed in: the product on one screen.
//!
//! [`Intake::accept`] takes it through steps that each need the type of the step before, so none can be skipped: `Received`, `Opened` (what the body says of
//! itself), `Checked` (sound at level 1, handed in by one who may), `Recorded` (durable, applied: the moment of truth). A refusal at any step is a record
//! too, of the fact only. Knows no HTTP, and reads no mailbox.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use knooppunt_standard::{Code, Findings, Header, Kind, Limits, Releases};
use sha2::{Digest as _, Sha256};

use crate::fault::Fault;
use crate::lanes::{Lanes, Panicked};
use crate::ledger::{
    self, DryRun, Effect, Event, Held, Inputs, KindRecord, Ledger, LedgerError, Mark, Message,
    MessageId, Mode, Pseudonym, Pseudonyms, State, Submission, ThreadId,
};
use crate::register::PartyCode;
use crate::route::Caller;

/// What became of a message.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Outcome {
    /// Taken: it is durable and stands in the receiver's mailbox.
    Accepted(Message),
    /// The same bytes under the same identity were taken before: the message of then, with its state of now.
    Repeat(Message),
    /// Not taken. It leaves no effect, no thread and no mailbox entry, and its id is not used up.
    Refused(Refusal),
}

/// What would become of a message, had it been handed in.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Advice {
    /// It would be taken.
    WouldAccept {
        /// Its kind.
        kind: Kind,
        /// What would be unusual about it.
        marks: Vec<Mark>,
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
    /// Another message was taken under the same identity (law, kind, maker, id).
    IdentityTaken {
        /// When that one was taken.
        first: Timestamp,
    },
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
            Self::IdentityTaken { .. } => "identity-taken",
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
            Self::IdentityTaken { first } => format!(
                "Er is al een ander bericht met deze identificatie aangenomen, op {first}. Geef een gewijzigd bericht een nieuwe identificatie."
            ),
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

/// What one pass over a body leaves.
struct Read {
    body_hash: [u8; 32],
    kind: Option<Kind>,
    findings: Findings,
    header: Option<Identified>,
}

/// What the header says, by kind, with the pseudonyms that the ledger keeps instead of it.
struct Identified {
    maker: Option<PartyCode>,
    receiver: Option<PartyCode>,
    effect: Effect,
}

/// What the ledger has under the identity of a message.
enum Found {
    Same(Box<Message>),
    Other {
        first: Timestamp,
    },
    Free {
        question: Option<(MessageId, ThreadId)>,
        marks: Vec<Mark>,
    },
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
        let thread = question.map_or(id.opens(), |(_, thread)| thread);
        let event = Event::Received(ledger::Received {
            message: id,
            thread,
            kind: checked.record.clone(),
            maker: checked.maker.to_string(),
            receiver: checked.receiver.to_string(),
            party: checked.caller.party.to_string(),
            mode: Mode::Carry,
            marks: marks.clone(),
            question: question.map(|(message, _)| message),
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
            marks,
            state,
        }))
    }

    /// What only a new message must satisfy: a repeat gets its first outcome although the release has ended or the receiver has left since.
    fn admit(&self, checked: &Checked<'_>) -> Result<(), Stop> {
        let day = checked.caller.day();
        let taken = self.releases.list().iter().any(|release| {
            release.law == checked.kind.law
                && release.release == checked.kind.release
                && release.is_taken_on(day)
        });
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
                return Ok(if message.body_hash == Some(body_hash) {
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

    fn inputs(&self, caller: &Caller, kind: Option<&Kind>) -> Inputs {
        let release = kind.and_then(|kind| {
            self.releases
                .list()
                .iter()
                .find(|release| release.law == kind.law && release.release == kind.release)
        });
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
    let Some(Message { id, thread, .. }) = asked else {
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
        question: Some((id, thread)),
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

impl Read {
    fn of(body: &[u8], releases: &Releases, limits: &Limits, pseudonyms: &Pseudonyms) -> Self {
        let body_hash = Sha256::digest(body).into();
        let checked = releases.check(body, limits);
        let header = if checked.findings.is_empty() {
            Identified::of(&checked, body_hash, pseudonyms)
        } else {
            None
        };
        let knooppunt_standard::Checked { kind, findings, .. } = checked;
        Self {
            body_hash,
            kind,
            findings,
            header,
        }
    }
}

impl Identified {
    fn of(
        checked: &knooppunt_standard::Checked<'_>,
        body_hash: [u8; 32],
        pseudonyms: &Pseudonyms,
    ) -> Option<Self> {
        let header = Header::read(checked)?;
        let law = header.law.as_str();
        let maker = header.maker().parse::<PartyCode>().ok();
        let receiver = header.receiver().parse::<PartyCode>().ok();
        let identity = pseudonyms.identity(
            law,
            header.soort.number(),
            header.maker(),
            header.maker_id(),
        );
        let question = header
            .answers()
            .map(|asked| pseudonyms.identity(law, asked.soort.number(), &asked.maker, &asked.id));
        let municipality = [maker, receiver]
            .into_iter()
            .flatten()
            .find(|code| matches!(code, PartyCode::Gemeente(_)));
        let clients = municipality.map_or_else(Vec::new, |municipality| {
            let people = checked.tree.nodes().filter(|node| node.name() == "Bsn");
            people
                .map(|bsn| pseudonyms.client(law, municipality.as_str(), &bsn.text()))
                .collect()
        });
        Some(Self {
            maker,
            receiver,
            effect: Effect::new(identity, body_hash, question, clients),
        })
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
mod tests {
    use super::*;
    use crate::clock::{Clock as _, ManualClock};
    use crate::lanes::LaneSettings;
    use crate::ledger::{Foundation, Locks};
    use crate::register::{Register, Source};
    use crate::store::{Journal as _, Memory};

    const PARTIES: &str = r#"
        [[party]]
        id = "gemeente-a"
        name = "Gemeente A"
        code = [{ kind = "gemeentecode", code = "0289" }]

        [[party]]
        id = "zorg-a"
        name = "Zorg A"
        code = [{ kind = "agb", code = "98980001" }]
    "#;

    /// Records that a hundred of the same message at once make.
    async fn a_hundred_at_once(locks: Locks) -> u64 {
        let Memory { journal, views } = Memory::new();
        let clock = ManualClock::at("2026-03-01T09:00:00Z".parse().expect("a moment"));
        let source = Source {
            name: "parties.toml".to_owned(),
            bytes: PARTIES.into(),
        };
        let register = Arc::new(Register::load(vec![source]).expect("a register"));
        let caller = Caller {
            party: "zorg-a".parse().expect("a party"),
            register,
            at: clock.now(),
        };
        let pseudonyms = Arc::new(Pseudonyms::new(&[1; 32]));
        let foundation = Foundation {
            journal: journal.clone(),
            views,
            pseudonyms,
            clock: Arc::new(clock),
        };
        let ledger =
            Ledger::open_with(foundation, locks, Arc::new(|_| ()), &mut |_| ()).expect("a ledger");
        let releases = Arc::new(crate::schemas::releases(None).expect("the releases"));
        let intake = Arc::new(Intake::new(
            ledger,
            releases,
            Limits::default(),
            Lanes::new(&LaneSettings::default()),
        ));
        let body = Bytes::from_static(include_bytes!(
            "../../conformance/messages/ijw/JW305/plain/message.xml"
        ));
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..100 {
            let (intake, caller, body) = (Arc::clone(&intake), caller.clone(), body.clone());
            tasks.spawn(async move { intake.accept(&caller, body).await });
        }
        while let Some(done) = tasks.join_next().await {
            let outcome = done.expect("no panic").expect("intake does its work");
            assert!(
                matches!(outcome, Outcome::Accepted(_) | Outcome::Repeat(_)),
                "{outcome:?}"
            );
        }
        journal.next().0
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn with_the_locks_taken_out_the_same_message_is_recorded_more_than_once() {
        assert_eq!(a_hundred_at_once(Locks::new()).await, 1);
        let mut most = 0;
        for _ in 0..20 {
            most = most.max(a_hundred_at_once(Locks::absent()).await);
        }
        assert!(
            most > 1,
            "the test of duplicates would not notice that the locks are gone"
        );
    }
}
