//! What a copy has of the logs of a store: what they signed last, and which there are. The hashes of a log are in no copy: they are made again from the journal.

use std::path::Path;
use std::sync::Arc;

use super::error::BackupError;
use super::place::Place;
use super::restore::AcceptedLog;
use crate::store::embedded::files::{Disk, Files, Folder};
use crate::store::embedded::top::{STORE_FILE, StoreFile};
use crate::store::embedded::{KeptLogs, LOGS};
use crate::store::{Position, StoreError};

/// The folder of a log in a data folder.
pub(super) const FOLDER: &str = "log";
/// What a log signed last, as its folder has it.
pub(super) const FILES: [&str; 2] = ["checkpoint", "signed"];

/// The files of the logs of a store, with their names in the data folder.
pub(super) fn kept(root: &Folder) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
    let mut kept = Vec::new();
    let folder = root.below(FOLDER);
    for name in FILES {
        let bytes = folder.read(name)?;
        kept.extend(bytes.map(|bytes| (format!("{FOLDER}/{name}"), bytes)));
    }
    // What says that they were kept comes last: no log is ever named before it signed.
    let named = root.read(LOGS)?;
    kept.extend(named.map(|bytes| (LOGS.to_owned(), bytes)));
    Ok(kept)
}

/// What the store that is put back says of its logs. A copy of a program that did not copy logs names none, but has the key of the one that was kept.
pub(super) fn put_back(
    copy: &Folder,
    records: Position,
    known: Position,
    log: Option<&AcceptedLog>,
) -> Result<KeptLogs, StoreError> {
    let mut logs = KeptLogs::read(copy)?;
    let folder = copy.below(FOLDER);
    for name in FILES {
        // The first line of what a log signs is its name. It may be named nowhere else when it signed for the first time while it was copied.
        let signed = folder.read(name)?.unwrap_or_default();
        let text = String::from_utf8_lossy(&signed);
        if let Some(name) = text.lines().next().filter(|name| logs.of(name).is_none()) {
            logs.keep(name);
        }
    }
    if let Some(log) = log {
        let store = copy.read(STORE_FILE)?;
        let store = store.and_then(|bytes| StoreFile::parse(&bytes));
        if logs.is_empty() && store.is_some_and(|store| store.guards(log.key)) {
            logs.keep(&log.name);
        }
    }
    let vouched = log.filter(|log| log.vouched).map(|log| log.name.as_str());
    logs.put_back(records, known, vouched);
    Ok(logs)
}

/// What a log signed last, of those that the copy in this place of journal and parts has: signed notes, in no order. Err: they cannot be read, or are not as they were
/// copied.
pub fn signed_in(folder: &Path) -> Result<Vec<Vec<u8>>, BackupError> {
    let files: Arc<dyn Files> = Arc::new(Disk);
    let place = Place::new(&files, folder);
    let mut signed = Vec::new();
    let Some(manifest) = place.manifest()? else {
        return Ok(signed);
    };
    for name in FILES {
        if let Some(filed) = manifest.file(&format!("{FOLDER}/{name}")) {
            signed.push(place.bytes(filed)?);
        }
    }
    Ok(signed)
}
