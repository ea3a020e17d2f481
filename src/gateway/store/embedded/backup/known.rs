//! How many records somebody knows of: what comes back may not be shorter without being told so.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::cut::{self, Cut};
use super::error::BackupError;
use super::place::Place;
use crate::store::Position;
use crate::store::embedded::Layout;
use crate::store::embedded::files::{Disk, Files};
use crate::store::embedded::journal::END_MARK;
use crate::store::embedded::top::STORE_FILE;

/// Somebody who knows that there were so many records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// There was a record before this position.
    pub position: Position,
    /// Who: a file, a folder, a receipt.
    pub by: String,
}

/// What a folder knows: a data folder, such as what is left of a lost one, or a place of copies.
/// `Err`: it is neither, or cannot be read.
pub fn known_in(folder: &Path) -> Result<Known, BackupError> {
    let files: Arc<dyn Files> = Arc::new(Disk);
    let known = |position| Known {
        position,
        by: folder.display().to_string(),
    };
    let layout = Layout::new(&files, folder, folder);
    let is_data =
        layout.root.read(STORE_FILE)?.is_some() || layout.journal.read(END_MARK)?.is_some();
    if is_data {
        // Of a damaged journal its mark still says how far it went.
        let end = match Cut::of(&layout, None, None, &BTreeMap::new(), &|_| Vec::new()) {
            Ok(cut) => cut.position,
            Err(_) => cut::mark(&layout.journal, END_MARK)?,
        };
        return Ok(known(end));
    }
    let place = Place::new(&files, folder);
    let journal = place.manifest()?.map(|manifest| manifest.position);
    let keys = place.manifests()?.into_iter().map(|(position, _)| position);
    match keys.chain(journal).max() {
        Some(position) => Ok(known(position)),
        None => Err(BackupError::NoCopy {
            folder: folder.display().to_string(),
            what: "a store",
        }),
    }
}

/// When the copy in a place of journal and parts was made; `None`: there is none. `Err`: it cannot be read.
pub fn made_in(folder: &Path) -> Result<Option<Timestamp>, BackupError> {
    let files: Arc<dyn Files> = Arc::new(Disk);
    let manifest = Place::new(&files, folder).manifest()?;
    Ok(manifest.map(|manifest| manifest.made))
}
