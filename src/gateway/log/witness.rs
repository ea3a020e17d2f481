//! Being a witness for the logs of others (C2SP tlog-witness): of each log the newest checkpoint that was cosigned is kept, and only what continues it is cosigned. What is
//! kept is on the disk before the answer goes out, and one request at a time is considered of a log: a witness that could be put back would be none.

use std::any::Any;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use knooppunt_proof::{
    AddCheckpoint, Cosigner, Hash, KeyName, Policy, Refused, Seen, VerifierKey, consider,
};
use tokio::sync::Mutex;

use super::witness_fault::WitnessFault;
use super::witnesses::LAST;
use crate::clock::Clock;
use crate::store::embedded::{Disk, Files, Folder};

/// A witness of some logs.
#[derive(Debug)]
pub struct Witness {
    cosigner: Cosigner,
    clock: Arc<dyn Clock>,
    folder: Folder,
    logs: BTreeMap<String, Known>,
    /// Two that go on from one folder would each not know what the other cosigned.
    _lock: Box<dyn Any + Send + Sync>,
}

/// A log that it is a witness of.
#[derive(Debug)]
struct Known {
    policy: Policy,
    /// Where its newest checkpoint is kept.
    file: String,
    /// That checkpoint. Held from the first look until the answer is on the disk.
    seen: Mutex<Kept>,
}

#[derive(Debug)]
enum Kept {
    Nothing,
    Newest(Box<Seen>),
    /// It could not be written: what stands in the file is to be read again.
    Unknown,
}

impl Witness {
    /// With the name and the 32 secret bytes of its key, a folder of its own, and the logs that it is a witness of. Err: what was kept of one cannot be read: it must not
    /// go on as if it had seen nothing.
    pub fn open(
        (name, secret): (KeyName, &[u8; 32]),
        folder: &Path,
        policies: Vec<Policy>,
        clock: Arc<dyn Clock>,
    ) -> Result<Witness, WitnessFault> {
        let files: Arc<dyn Files> = Arc::new(Disk);
        let folder = Folder::elsewhere(files, folder);
        folder.create()?;
        let lock = folder.lock("lock")?;
        folder.remove_unfinished()?;
        let mut logs = BTreeMap::new();
        for policy in policies {
            let origin = policy.origin().to_string();
            // A name of a log may have any characters.
            let file = format!("{}.checkpoint", Hash::over(&[origin.as_bytes()]).to_hex());
            let seen = Mutex::new(read(&folder, &file, &policy)?);
            let known = Known { policy, file, seen };
            if logs.insert(origin.clone(), known).is_some() {
                return Err(WitnessFault::Twice { origin });
            }
        }
        Ok(Witness {
            cosigner: Cosigner::new(name, secret),
            clock,
            folder,
            logs,
            _lock: lock,
        })
    }

    /// The public key, as the logs set it.
    pub fn key(&self) -> &VerifierKey {
        self.cosigner.verifier()
    }

    /// The logs, and how many records of each were cosigned.
    pub async fn logs(&self) -> Vec<(String, u64)> {
        let mut logs = Vec::new();
        for (origin, known) in &self.logs {
            let size = match &*known.seen.lock().await {
                Kept::Newest(seen) => seen.checkpoint().size(),
                Kept::Nothing | Kept::Unknown => 0,
            };
            logs.push((origin.clone(), size));
        }
        logs
    }

    async fn add(self: &Arc<Self>, body: &[u8]) -> Response {
        let request = match AddCheckpoint::parse(body) {
            Ok(request) => request,
            Err(error) => return text(StatusCode::BAD_REQUEST, format!("{error}\n")),
        };
        let Some(known) = self.logs.get(request.checkpoint().origin()) else {
            return refused(&Refused::UnknownLog);
        };
        let mut held = known.seen.lock().await;
        if matches!(&*held, Kept::Unknown) {
            match read(&self.folder, &known.file, &known.policy) {
                Ok(kept) => *held = kept,
                Err(error) => return ours(&error),
            }
        }
        let latest = match &*held {
            Kept::Newest(seen) => Some(&**seen),
            Kept::Nothing | Kept::Unknown => None,
        };
        let seen = match consider(latest, &request, &known.policy) {
            Ok(seen) => seen,
            Err(error) => {
                self.note(known, &error);
                return refused(&error);
            }
        };
        if latest != Some(&seen) {
            *held = Kept::Unknown;
            let (folder, file) = (self.folder.clone(), known.file.clone());
            let bytes = seen.to_string().into_bytes();
            let written = tokio::task::spawn_blocking(move || folder.replace(&file, &bytes)).await;
            match written {
                Ok(Ok(())) => *held = Kept::Newest(Box::new(seen.clone())),
                Ok(Err(error)) => return ours(&error.into()),
                Err(_) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            }
        }
        drop(held);
        let now = u64::try_from(self.clock.now().as_second()).unwrap_or_default();
        match seen.cosign(&self.cosigner, now) {
            Ok(line) => text(StatusCode::OK, line),
            Err(error) => text(StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")),
        }
    }

    /// The newest checkpoint of a log that was cosigned, as the log signed it: whoever doubts what we say of it sees.
    async fn last(&self, body: &[u8]) -> Response {
        let origin = str::from_utf8(body).map(str::trim_end).unwrap_or_default();
        let Some(known) = self.logs.get(origin) else {
            return refused(&Refused::UnknownLog);
        };
        match &*known.seen.lock().await {
            Kept::Newest(seen) => text(StatusCode::OK, seen.to_string()),
            Kept::Nothing | Kept::Unknown => StatusCode::NO_CONTENT.into_response(),
        }
    }

    /// Two trees of one size are evidence against the log: both are kept beside what was cosigned, and told.
    fn note(&self, known: &Known, refused: &Refused) {
        tracing::warn!(
            code = refused.code(),
            log = %known.policy.origin(),
            "a checkpoint is not cosigned"
        );
        if let Refused::Fork { seen, offered } = refused {
            let evidence = format!("{seen}\n{offered}");
            let name = format!("{}.fork", known.file);
            let kept = self.folder.replace(&name, evidence.as_bytes());
            let kept = kept.map(|()| self.folder.shown(&name));
            tracing::error!(?kept, "the log signed two trees of one size: tell people");
        }
    }
}

fn read(folder: &Folder, file: &str, policy: &Policy) -> Result<Kept, WitnessFault> {
    let Some(bytes) = folder.read(file)? else {
        return Ok(Kept::Nothing);
    };
    let seen = Seen::parse(&bytes, policy).map_err(|error| WitnessFault::Damaged {
        file: folder.shown(file),
        why: error.to_string(),
    })?;
    Ok(Kept::Newest(Box::new(seen)))
}

/// The pages of a witness: `/add-checkpoint`, as C2SP tlog-witness has it, and `/last-checkpoint`, ours: the newest checkpoint that was cosigned of the log whose origin is the
/// body of the request.
pub fn witness_router(witness: Arc<Witness>) -> Router {
    Router::new()
        .route("/add-checkpoint", post(add))
        .route(LAST, post(last))
        .layer(DefaultBodyLimit::max(AddCheckpoint::BYTES_MAX))
        .with_state(witness)
}

async fn last(State(witness): State<Arc<Witness>>, body: Bytes) -> Response {
    witness.last(&body).await
}

async fn add(State(witness): State<Arc<Witness>>, body: Bytes) -> Response {
    witness.add(&body).await
}

fn text(status: StatusCode, body: String) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (status, headers, body).into_response()
}

fn refused(refused: &Refused) -> Response {
    let status = StatusCode::from_u16(refused.status());
    let (kind, body) = refused.body();
    let headers = [(header::CONTENT_TYPE, kind)];
    (status.unwrap_or(StatusCode::BAD_REQUEST), headers, body).into_response()
}

fn ours(error: &WitnessFault) -> Response {
    tracing::error!(code = error.code(), %error, "nothing is cosigned until it can be kept");
    text(
        StatusCode::INTERNAL_SERVER_ERROR,
        "nothing can be kept now\n".to_owned(),
    )
}
