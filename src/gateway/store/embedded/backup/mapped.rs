//! A copy as if it were a data folder, to be read as one: names of a store in, files of the places out. Nothing can be written through it.

use std::any::Any;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::manifest::Manifest;
use super::place::Place;
use crate::store::embedded::Layout;
use crate::store::embedded::check::Damage;
use crate::store::embedded::files::{File, Files, Folder, OpenAs};

/// The folder in which names of a store stand.
const ROOT: &str = "/";

/// Files of a copy by their names in a store.
#[derive(Debug)]
pub(super) struct Mapped {
    files: Arc<dyn Files>,
    names: BTreeMap<PathBuf, PathBuf>,
}

impl Mapped {
    /// The files of these manifests, each with the place that holds it.
    pub(super) fn new(files: &Arc<dyn Files>, copies: &[(&Place, &Manifest)]) -> Arc<Mapped> {
        let paths = copies
            .iter()
            .flat_map(|(place, manifest)| place.paths(manifest));
        Arc::new(Mapped {
            files: Arc::clone(files),
            names: paths
                .map(|(name, path)| (Path::new(ROOT).join(name), path))
                .collect(),
        })
    }

    /// The copy as the store of a data folder, with the keys of a real key folder.
    pub(super) fn layout(self: &Arc<Mapped>, top: &Folder) -> Layout {
        let files: Arc<dyn Files> = Arc::clone(self) as _;
        Layout {
            top: top.clone(),
            ..Layout::new(&files, Path::new(ROOT), Path::new(ROOT))
        }
    }

    /// The same damage, with the file as the place has it.
    pub(super) fn of_place(&self, damage: Damage) -> Damage {
        match self.names.get(&Path::new(ROOT).join(&damage.file)) {
            Some(path) => Damage {
                file: path.display().to_string(),
                ..damage
            },
            None => damage,
        }
    }
}

fn not_here<T>() -> io::Result<T> {
    Err(io::ErrorKind::ReadOnlyFilesystem.into())
}

impl Files for Mapped {
    fn create_dir(&self, _path: &Path) -> io::Result<()> {
        not_here()
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let inside = self
            .names
            .keys()
            .filter(|path| path.parent() == Some(folder))
            .filter_map(|path| path.file_name());
        Ok(inside
            .map(|name| name.to_string_lossy().into_owned())
            .collect())
    }

    fn open(&self, path: &Path, how: OpenAs) -> io::Result<Arc<dyn File>> {
        match (how, self.names.get(path)) {
            (OpenAs::New, _) => not_here(),
            // Key segments are opened for both, also by who only reads.
            (OpenAs::Read | OpenAs::Write, Some(real)) => self.files.open(real, OpenAs::Read),
            (OpenAs::Read | OpenAs::Write, None) => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn rename(&self, _from: &Path, _to: &Path) -> io::Result<()> {
        not_here()
    }

    fn remove(&self, _path: &Path) -> io::Result<()> {
        not_here()
    }

    fn sync_dir(&self, _folder: &Path) -> io::Result<()> {
        not_here()
    }

    fn free_bytes(&self, _folder: &Path) -> io::Result<u64> {
        Ok(0)
    }

    fn lock(&self, _path: &Path) -> io::Result<Option<Box<dyn Any + Send + Sync>>> {
        not_here()
    }
}
