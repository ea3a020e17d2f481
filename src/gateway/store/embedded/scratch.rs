//! Views for working something out beside the views of the store, so that it needs no more memory than they: in a folder of their own, thrown away after it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::files::Disk;
use super::views::{EmbeddedViews, ViewsOptions};
use crate::store::{Position, StoreError, Views};

/// Where they are made and how.
#[derive(Debug)]
pub(super) struct Scratch {
    folder: PathBuf,
    options: ViewsOptions,
}

/// Views that are gone when this is dropped.
#[derive(Debug)]
pub struct ScratchViews {
    /// The views.
    pub views: Arc<dyn Views>,
    folder: PathBuf,
}

impl Scratch {
    pub(super) fn of(data: &Path, options: ViewsOptions) -> Self {
        Self {
            folder: data.join("scratch"),
            options,
        }
    }

    /// What a process that was killed left there goes first.
    pub(super) fn open(&self) -> Result<ScratchViews, StoreError> {
        remove(&self.folder).map_err(|error| StoreError::Views {
            what: format!("remove the scratch folder: {}", error.kind()),
        })?;
        let (views, _new) = EmbeddedViews::open(
            &self.folder,
            ViewsOptions {
                reserve_bytes: 0,
                ..self.options
            },
            Arc::new(Disk),
            Position(0),
        )?;
        Ok(ScratchViews {
            views: Arc::new(views),
            folder: self.folder.clone(),
        })
    }
}

impl Drop for ScratchViews {
    fn drop(&mut self) {
        // What stays is removed before the next.
        let _removed = remove(&self.folder);
    }
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
