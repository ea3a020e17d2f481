//! Asking witnesses for their cosignatures, all at once, each from where it is (C2SP tlog-witness). A witness that knows more than the journal has, or another history,
//! and shows what we signed for it, raises the alarm: the log was put back, or somebody goes on with it elsewhere, and nothing more is made known. One that only says so is
//! called faulty, and the others are enough when they are a quorum: no witness alone can stop a log by a word.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use knooppunt_proof::{
    AddCheckpoint, Answer, Checkpoint, Hash, KeyName, NoteSignature, SignedNote, VerifierKey,
    WitnessError, consistency, root, take_cosignatures, verify_consistency,
};
use tokio::sync::mpsc;

use super::call::Call;
use super::hashes::HashFiles;
use super::heard;
use super::kept::Signed;
use crate::store::embedded::Folder;

/// How often one witness is asked about one checkpoint: it says where it is, is asked from there, and once more when somebody else was between.
const TRIES: usize = 3;
/// How much longer than the quorum needed the others are waited for.
const LONGER: Duration = Duration::from_millis(100);
/// Where a witness takes checkpoints (C2SP tlog-witness).
const ADD: &str = "/add-checkpoint";
/// Where a witness of ours shows the newest checkpoint that it cosigned of the log that is named in the body.
pub(crate) const LAST: &str = "/last-checkpoint";
/// File in the folder of the log with the checkpoint that an alarm rests on.
const EVIDENCE: &str = "evidence";

/// Why nothing more is made known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Alarm {
    #[error(
        "witness {witness} cosigned a checkpoint over {size} records, and there are {records}: an older data folder was put back, or another gateway goes on with this log. Stop, and put back the newest data folder; if records are lost for good, begin a log with another origin. What we signed for it stands in data/log/evidence"
    )]
    Ahead {
        witness: String,
        size: u64,
        records: u64,
    },
    #[error(
        "witness {witness} cosigned other first {size} records than ours: another gateway goes on with this log, or the journal was changed. Stop one of the two; what they signed cannot both be true. The other checkpoint stands in data/log/evidence"
    )]
    Forked { witness: String, size: u64 },
    #[error(
        "the first {size} records of the journal are not those that this log signed: the journal was changed while the gateway ran. Stop, and put back the newest data folder"
    )]
    Changed { size: u64 },
}

/// The first alarm, which stays until the process is started anew.
#[derive(Debug)]
pub(crate) struct Alarms {
    raised: Mutex<Option<Alarm>>,
    /// The folder of the log.
    folder: Folder,
}

impl Alarms {
    pub(crate) fn kept_in(folder: Folder) -> Alarms {
        Alarms {
            raised: Mutex::default(),
            folder,
        }
    }

    pub(crate) fn raised(&self) -> Option<Alarm> {
        self.raised
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn raise(&self, alarm: Alarm) {
        let mut raised = self.raised.lock().unwrap_or_else(PoisonError::into_inner);
        if raised.is_none() {
            tracing::error!(%alarm, "the log makes nothing more known");
            *raised = Some(alarm);
        }
    }

    /// The same, by a checkpoint of ours that convicts; it is kept.
    fn raise_by(&self, alarm: Alarm, evidence: &SignedNote) {
        if self.raised().is_none()
            && let Err(error) = self
                .folder
                .replace(EVIDENCE, evidence.to_string().as_bytes())
        {
            tracing::error!(%error, %evidence, "what an alarm rests on cannot be kept");
        }
        self.raise(alarm);
    }
}

/// A witness.
#[derive(Debug)]
pub(crate) struct Witness {
    /// Its name in the configuration.
    pub(crate) name: String,
    pub(crate) key: VerifierKey,
    pub(crate) call: Call,
    /// What it cosigned last, as far as we know. Held while it is asked.
    pub(crate) last: tokio::sync::Mutex<u64>,
    /// Why it did not cosign when it was asked last.
    pub(crate) trouble: Mutex<Option<Trouble>>,
}

/// Why a witness does not cosign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) text: String,
    /// It accuses us and shows nothing for it.
    pub(crate) faulty: bool,
}

/// All of them.
#[derive(Debug)]
pub(crate) struct Witnesses {
    pub(crate) each: Vec<Arc<Witness>>,
    pub(crate) quorum: usize,
    /// The key of the log.
    pub(crate) log: VerifierKey,
    pub(crate) alarms: Arc<Alarms>,
}

/// What came of asking all of them.
pub(crate) struct Asked {
    /// With their cosignatures; none when too few cosigned, or the alarm was raised.
    pub(crate) cosigned: Option<Signed>,
    /// Our own hashes do not lead to the root that was signed: whoever was asked by them was not asked.
    pub(crate) hashes_are_wrong: bool,
}

impl Witnesses {
    /// Asks all of them, and gives the checkpoint with their cosignatures as soon as enough of them cosigned and the others had a little longer. Who is still busy with an
    /// earlier checkpoint is left at it.
    pub(crate) async fn cosign(&self, signed: &Signed, files: &Arc<HashFiles>) -> Asked {
        let (said, mut hear) = mpsc::unbounded_channel();
        for witness in &self.each {
            let (witness, said) = (Arc::clone(witness), said.clone());
            let ours = Ours {
                signed: signed.clone(),
                files: Arc::clone(files),
                key: self.log.clone(),
            };
            let alarms = Arc::clone(&self.alarms);
            tokio::spawn(async move {
                let answered = witness.cosign(&ours, &alarms).await;
                // Nobody may be waiting any more.
                let _ = said.send((witness.key.clone(), answered));
            });
        }
        drop(said);
        let mut cosigned = signed.clone();
        let mut names: Vec<KeyName> = Vec::new();
        let mut hashes_are_wrong = false;
        let mut has_quorum = names.len() >= self.quorum;
        loop {
            let heard = if has_quorum {
                tokio::time::timeout(LONGER, hear.recv())
                    .await
                    .ok()
                    .flatten()
            } else {
                hear.recv().await
            };
            let Some((key, answered)) = heard else { break };
            let cosignatures = match answered {
                Answered::Cosigned(cosignatures) => cosignatures,
                Answered::Nothing => continue,
                Answered::WrongHashes => {
                    hashes_are_wrong = true;
                    continue;
                }
            };
            let taken = take_cosignatures(
                &mut cosigned.note,
                &cosignatures,
                std::slice::from_ref(&key),
            );
            for name in taken.unwrap_or_default() {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            has_quorum = names.len() >= self.quorum;
        }
        let may = has_quorum && self.alarms.raised().is_none();
        Asked {
            cosigned: may.then_some(cosigned),
            hashes_are_wrong,
        }
    }
}

/// What we ask about, and what it stands on.
struct Ours {
    signed: Signed,
    files: Arc<HashFiles>,
    /// The key of the log.
    key: VerifierKey,
}

impl Ours {
    fn size(&self) -> u64 {
        self.signed.checkpoint.size()
    }

    /// The path from the tree of its first `old` records, and the root of that, held against the root that is signed. Err: our hashes do not lead there.
    async fn path(&self, old: u64) -> Result<(Vec<Hash>, Hash), Said> {
        if old == 0 {
            return Ok((Vec::new(), Hash::EMPTY_ROOT));
        }
        let (files, checkpoint) = (Arc::clone(&self.files), self.signed.checkpoint.clone());
        let made = tokio::task::spawn_blocking(move || {
            let size = checkpoint.size();
            let path = consistency(&*files, old, size).ok()?;
            let at = root(&*files, old).ok()?;
            let holds = verify_consistency(old, &at, size, checkpoint.root(), &path);
            holds.is_ok().then_some((path, at))
        });
        let made = made.await.map_err(|error| trouble(&error))?;
        made.ok_or(Said::WrongHashes)
    }
}

/// What came of asking one.
enum Answered {
    Cosigned(Vec<NoteSignature>),
    Nothing,
    WrongHashes,
}

impl Witness {
    /// Why it did not cosign when it was asked last.
    pub(crate) fn trouble(&self) -> Option<Trouble> {
        let trouble = self.trouble.lock();
        trouble.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Its cosignatures, which hold; otherwise [`Witness::trouble`] says why not, or it is busy.
    async fn cosign(&self, ours: &Ours, alarms: &Arc<Alarms>) -> Answered {
        let Ok(mut last) = self.last.try_lock() else {
            return Answered::Nothing;
        };
        let (text, faulty, answered) = match self.ask(&mut last, ours).await {
            Ok(cosignatures) => (None, false, Answered::Cosigned(cosignatures)),
            Err(Said::WrongHashes) => return Answered::WrongHashes,
            Err(Said::Alarm(alarm, evidence)) => {
                let text = alarm.to_string();
                let alarms = Arc::clone(alarms);
                let raised = tokio::task::spawn_blocking(move || alarms.raise_by(alarm, &evidence));
                // Only a bug ends that halfway.
                let _ = raised.await;
                (Some(text), false, Answered::Nothing)
            }
            Err(Said::Fault(text)) => (Some(text), true, Answered::Nothing),
            Err(Said::Trouble(text)) => (Some(text), false, Answered::Nothing),
        };
        let trouble = text.map(|text| Trouble { text, faulty });
        let gauge = |name: &'static str, yes: bool| {
            metrics::gauge!(name, "witness" => self.name.clone()).set(if yes { 1.0 } else { 0.0 });
        };
        gauge("knooppunt_log_witness_ok", trouble.is_none());
        gauge("knooppunt_log_witness_faulty", faulty);
        let mut before = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        if *before != trouble && (faulty || before.is_none()) {
            let trouble = trouble.as_ref().map_or("", |trouble| trouble.text.as_str());
            tracing::warn!(witness = self.name, trouble, "a witness does not cosign");
        }
        *before = trouble;
        answered
    }

    /// How many records it cosigned of the log that signed this, as it says. Err: it does not say.
    pub(crate) async fn last(&self, signed: &Signed) -> Result<heard::Said, String> {
        let size = signed.checkpoint.size();
        let request = AddCheckpoint::new(size, Vec::new(), signed.note.clone());
        let request = request.map_err(|error| error.to_string())?;
        let body = Bytes::from(request.to_string());
        let (status, body) = self.call.post(ADD, body).await?;
        let said = Answer::read(status, &body).map_err(|error| error.to_string())?;
        match said {
            Answer::Last(at) if at == size && at > 0 => Ok(heard::Said::Other(at)),
            Answer::Last(at) => Ok(heard::Said::Size(at)),
            Answer::Cosigned(cosignatures) => {
                let mut note = signed.note.clone();
                let keys = std::slice::from_ref(&self.key);
                match take_cosignatures(&mut note, &cosignatures, keys) {
                    Ok(names) if names.is_empty() => Err("it cosigned with another key".to_owned()),
                    Ok(_) => Ok(heard::Said::Size(size)),
                    Err(error) => Err(error.to_string()),
                }
            }
        }
    }

    async fn ask(&self, last: &mut u64, ours: &Ours) -> Result<Vec<NoteSignature>, Said> {
        let size = ours.size();
        for _ in 0..TRIES {
            let old = *last;
            let (path, _) = ours.path(old).await?;
            let request = AddCheckpoint::new(old, path, ours.signed.note.clone());
            let request = request.map_err(|error| trouble(&error))?;
            let body = Bytes::from(request.to_string());
            let (status, body) = self.call.post(ADD, body).await.map_err(Said::Trouble)?;
            match Answer::read(status, &body) {
                Ok(Answer::Cosigned(cosignatures)) => {
                    let mut note: SignedNote = ours.signed.note.clone();
                    let keys = std::slice::from_ref(&self.key);
                    let taken = take_cosignatures(&mut note, &cosignatures, keys);
                    if taken.map_err(|error| trouble(&error))?.is_empty() {
                        return Err(Said::Trouble("it cosigned with another key".to_owned()));
                    }
                    *last = size;
                    return Ok(cosignatures);
                }
                Ok(Answer::Last(at)) if at > size => {
                    let claim = format!("it cosigned {at} records, and there are {size}");
                    return Err(self.accused(&claim, ours).await);
                }
                // It is where we thought it is, and still does not take it: it has another root of that size.
                Ok(Answer::Last(at)) if at == old && at > 0 => {
                    return Err(self.accused(&other(at), ours).await);
                }
                Ok(Answer::Last(at)) => *last = at,
                // The path leads from what it said it has to ours, but not for it.
                Err(WitnessError::Status(422)) if old > 0 => {
                    return Err(self.accused(&other(old), ours).await);
                }
                Err(error) => return Err(trouble(&error)),
            }
        }
        Err(Said::Trouble(
            "others are asking it about this log at the same time".to_owned(),
        ))
    }

    /// What to make of a witness that accuses us: it raises the alarm when it shows a checkpoint that we signed and that cannot be with this one.
    async fn accused(&self, claim: &str, ours: &Ours) -> Said {
        let theirs = match self.shown(ours).await {
            Ok(theirs) => theirs,
            Err(why) => {
                return Said::Fault(format!(
                    "it says that {claim}, and shows no checkpoint for it that this log signed ({why}): ask who runs it"
                ));
            }
        };
        let (size, witness) = (theirs.checkpoint.size(), self.name.clone());
        if size > ours.size() {
            let records = ours.size();
            let ahead = Alarm::Ahead {
                witness,
                size,
                records,
            };
            return Said::Alarm(ahead, theirs.note);
        }
        match ours.path(size).await {
            Err(said) => said,
            Ok((_, root)) if root == *theirs.checkpoint.root() => Said::Fault(format!(
                "it says that {claim}, and what it shows says otherwise: ask who runs it"
            )),
            Ok(_) => Said::Alarm(Alarm::Forked { witness, size }, theirs.note),
        }
    }

    /// The newest checkpoint of ours that it cosigned, by its own word and our signature. Err: it shows none.
    async fn shown(&self, ours: &Ours) -> Result<Signed, String> {
        let origin = ours.key.name().as_str();
        let body = Bytes::from(format!("{origin}\n"));
        let (status, body) = self.call.post(LAST, body).await?;
        if status != 200 {
            return Err(format!("status {status}"));
        }
        let note = SignedNote::parse(&body).map_err(|error| error.to_string())?;
        let opened = note.open(std::slice::from_ref(&ours.key));
        let checkpoint = Checkpoint::parse(note.text()).map_err(|error| error.to_string())?;
        if opened.is_err() || checkpoint.origin() != origin {
            return Err("another signed it".to_owned());
        }
        Ok(Signed { checkpoint, note })
    }
}

/// Why there is no cosignature.
enum Said {
    /// We are convicted by what we signed.
    Alarm(Alarm, SignedNote),
    /// It accuses us by its word alone.
    Fault(String),
    Trouble(String),
    /// It was not asked: our hashes do not lead to what is signed.
    WrongHashes,
}

fn other(size: u64) -> String {
    format!("it cosigned other first {size} records than ours")
}

fn trouble(error: &dyn std::fmt::Display) -> Said {
    Said::Trouble(error.to_string())
}
