//! Asking witnesses for their cosignatures, all at once, each from where it is (C2SP tlog-witness). A witness that knows more than the journal has, or another history,
//! raises the alarm: the log was put back, or somebody goes on with it elsewhere, and nothing more is made known.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use knooppunt_proof::{
    AddCheckpoint, Answer, KeyName, NoteSignature, SignedNote, VerifierKey, WitnessError,
    consistency, take_cosignatures,
};
use tokio::sync::mpsc;

use super::call::Call;
use super::hashes::HashFiles;
use super::heard;
use super::kept::Signed;

/// How often one witness is asked about one checkpoint: it says where it is, is asked from there, and once more when somebody else was between.
const TRIES: usize = 3;
/// How much longer than the quorum needed the others are waited for.
const LONGER: Duration = Duration::from_millis(100);

/// Why nothing more is made known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Alarm {
    #[error(
        "witness {witness} cosigned a checkpoint over {size} records, and there are {records}: an older data folder was put back, or another gateway goes on with this log. Stop, and put back the newest data folder; if records are lost for good, begin a log with another origin"
    )]
    Ahead {
        witness: String,
        size: u64,
        records: u64,
    },
    #[error(
        "witness {witness} cosigned other first {size} records than ours: another gateway goes on with this log, or the journal was changed. Stop one of the two; what they signed cannot both be true"
    )]
    Forked { witness: String, size: u64 },
    #[error(
        "the first {size} records of the journal are not those that this log signed: the journal was changed while the gateway ran. Stop, and put back the newest data folder"
    )]
    Changed { size: u64 },
}

/// The first alarm, which stays until the process is started anew.
#[derive(Debug, Default)]
pub(crate) struct Alarms(Mutex<Option<Alarm>>);

impl Alarms {
    pub(crate) fn raised(&self) -> Option<Alarm> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn raise(&self, alarm: Alarm) {
        let mut raised = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if raised.is_none() {
            tracing::error!(%alarm, "the log makes nothing more known");
            *raised = Some(alarm);
        }
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
    pub(crate) trouble: Mutex<Option<String>>,
}

/// All of them.
#[derive(Debug)]
pub(crate) struct Witnesses {
    pub(crate) each: Vec<Arc<Witness>>,
    pub(crate) quorum: usize,
    pub(crate) alarms: Arc<Alarms>,
}

impl Witnesses {
    /// Asks all of them, and gives the checkpoint with their cosignatures as soon as enough of them cosigned and the others had a little longer. None: too few did, or
    /// the alarm was raised. Who is still busy with an earlier checkpoint is left at it.
    pub(crate) async fn cosign(&self, signed: &Signed, files: &Arc<HashFiles>) -> Option<Signed> {
        let (said, mut hear) = mpsc::unbounded_channel();
        for witness in &self.each {
            let (witness, said) = (Arc::clone(witness), said.clone());
            let (signed, files) = (signed.clone(), Arc::clone(files));
            let alarms = Arc::clone(&self.alarms);
            tokio::spawn(async move {
                let cosigned = witness.cosign(&signed, &files, &alarms).await;
                // Nobody may be waiting any more.
                let _ = said.send(cosigned.map(|cosignatures| (witness.key.clone(), cosignatures)));
            });
        }
        drop(said);
        let mut cosigned = signed.clone();
        let mut names: Vec<KeyName> = Vec::new();
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
            let Some(heard) = heard else { break };
            let Some((key, cosignatures)) = heard else {
                continue;
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
        (has_quorum && self.alarms.raised().is_none()).then_some(cosigned)
    }
}

impl Witness {
    /// Its cosignatures, which hold. None: it has none to give, and [`Witness::trouble`] says why, or it is busy.
    async fn cosign(
        &self,
        signed: &Signed,
        files: &Arc<HashFiles>,
        alarms: &Alarms,
    ) -> Option<Vec<NoteSignature>> {
        let mut last = self.last.try_lock().ok()?;
        let said = self.ask(&mut last, signed, files).await;
        let (trouble, cosignatures) = match said {
            Ok(cosignatures) => (None, Some(cosignatures)),
            Err(Said::Alarm(alarm)) => {
                let trouble = alarm.to_string();
                alarms.raise(alarm);
                (Some(trouble), None)
            }
            Err(Said::Trouble(trouble)) => (Some(trouble), None),
        };
        let well = if trouble.is_none() { 1.0 } else { 0.0 };
        metrics::gauge!("knooppunt_log_witness_ok", "witness" => self.name.clone()).set(well);
        let mut before = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(trouble) = trouble.as_ref().filter(|_| before.is_none()) {
            tracing::warn!(witness = self.name, trouble, "a witness does not cosign");
        }
        *before = trouble;
        cosignatures
    }

    /// How many records it cosigned of the log that signed this, as it says. Err: it does not say.
    pub(crate) async fn last(&self, signed: &Signed) -> Result<heard::Said, String> {
        let size = signed.checkpoint.size();
        let request = AddCheckpoint::new(size, Vec::new(), signed.note.clone());
        let request = request.map_err(|error| error.to_string())?;
        let body = Bytes::from(request.to_string());
        let (status, body) = self.call.post(body).await?;
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

    async fn ask(
        &self,
        last: &mut u64,
        signed: &Signed,
        files: &Arc<HashFiles>,
    ) -> Result<Vec<NoteSignature>, Said> {
        let size = signed.checkpoint.size();
        for _ in 0..TRIES {
            let old = *last;
            let (at, files) = (old, Arc::clone(files));
            let path = tokio::task::spawn_blocking(move || {
                if at == 0 {
                    return Ok(Vec::new());
                }
                consistency(&*files, at, size)
            });
            let path = path.await.map_err(|error| trouble(&error))?;
            let path = path.map_err(|error| trouble(&error))?;
            let request = AddCheckpoint::new(old, path, signed.note.clone());
            let request = request.map_err(|error| trouble(&error))?;
            let (status, body) = self
                .call
                .post(Bytes::from(request.to_string()))
                .await
                .map_err(Said::Trouble)?;
            match Answer::read(status, &body) {
                Ok(Answer::Cosigned(cosignatures)) => {
                    let mut note: SignedNote = signed.note.clone();
                    let keys = std::slice::from_ref(&self.key);
                    let taken = take_cosignatures(&mut note, &cosignatures, keys);
                    if taken.map_err(|error| trouble(&error))?.is_empty() {
                        return Err(Said::Trouble("it cosigned with another key".to_owned()));
                    }
                    *last = size;
                    return Ok(cosignatures);
                }
                Ok(Answer::Last(at)) if at > size => {
                    return Err(Said::Alarm(Alarm::Ahead {
                        witness: self.name.clone(),
                        size: at,
                        records: size,
                    }));
                }
                // It is where we thought it is, and still does not take it: it has another root of that size.
                Ok(Answer::Last(at)) if at == old && at > 0 => return Err(self.forked(at)),
                Ok(Answer::Last(at)) => *last = at,
                // The path leads from what it said it has to ours, but not for it.
                Err(WitnessError::Status(422)) if old > 0 => return Err(self.forked(old)),
                Err(error) => return Err(trouble(&error)),
            }
        }
        Err(Said::Trouble(
            "others are asking it about this log at the same time".to_owned(),
        ))
    }

    fn forked(&self, size: u64) -> Said {
        Said::Alarm(Alarm::Forked {
            witness: self.name.clone(),
            size,
        })
    }
}

/// Why there is no cosignature.
enum Said {
    Alarm(Alarm),
    Trouble(String),
}

fn trouble(error: &dyn std::fmt::Display) -> Said {
    Said::Trouble(error.to_string())
}
