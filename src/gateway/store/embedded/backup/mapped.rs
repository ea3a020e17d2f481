//! A copy as if it were a data folder, to be read as one: names of a store in, files of the places out, whole or up to where a store made from them
//! would end. Nothing can be written through it.

use std::any::Any;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::manifest::Manifest;
use super::place::Place;
use super::put_back::Piece;
use crate::store::embedded::Layout;
use crate::store::embedded::check::Damage;
use crate::store::embedded::files::{File, Files, Folder, OpenAs};
use crate::store::embedded::top::STORE_FILE;

/// The folder in which names of a store stand.
const ROOT: &str = "/";

/// Files of a copy by their names in a store.
#[derive(Debug)]
pub(super) struct Mapped {
    files: Arc<dyn Files>,
    names: BTreeMap<PathBuf, Real>,
}

/// What stands under a name.
#[derive(Debug, Clone)]
enum Real {
    /// A file of a place, or so many bytes of it.
    File(PathBuf, Option<u64>),
    /// These bytes.
    Bytes(Arc<[u8]>),
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
                .map(|(name, path)| (Path::new(ROOT).join(name), Real::File(path, None)))
                .collect(),
        })
    }

    /// Of these files only these pieces, with marks in place of those that were copied, and what says which store it is.
    pub(super) fn cut(&self, pieces: &[Piece], marks: [(String, Vec<u8>); 2]) -> Arc<Mapped> {
        let root = Path::new(ROOT);
        let mut names = BTreeMap::new();
        let store = (root.join(STORE_FILE), None);
        let pieces = pieces.iter();
        let pieces = pieces.map(|piece| (root.join(piece.folder).join(&piece.name), piece.end));
        for (name, end) in pieces.chain([store]) {
            if let Some(Real::File(path, _)) = self.names.get(&name) {
                names.insert(name, Real::File(path.clone(), end));
            }
        }
        for (name, bytes) in marks {
            names.insert(root.join(name), Real::Bytes(bytes.into()));
        }
        Arc::new(Mapped {
            files: Arc::clone(&self.files),
            names,
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
            Some(Real::File(path, _)) => Damage {
                file: path.display().to_string(),
                ..damage
            },
            Some(Real::Bytes(_)) | None => damage,
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
        // Key segments are opened for both, also by who only reads.
        match (how, self.names.get(path)) {
            (OpenAs::New, _) => not_here(),
            (OpenAs::Read | OpenAs::Write, None) => Err(io::ErrorKind::NotFound.into()),
            (_, Some(Real::File(path, None))) => self.files.open(path, OpenAs::Read),
            (_, Some(Real::File(path, Some(end)))) => Ok(Arc::new(Begin {
                file: self.files.open(path, OpenAs::Read)?,
                end: *end,
            })),
            (_, Some(Real::Bytes(bytes))) => Ok(Arc::new(Made(Arc::clone(bytes)))),
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

/// The first bytes of a file.
#[derive(Debug)]
struct Begin {
    file: Arc<dyn File>,
    end: u64,
}

impl File for Begin {
    fn len(&self) -> io::Result<u64> {
        Ok(self.file.len()?.min(self.end))
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        if offset.saturating_add(buffer.len() as u64) > self.end {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.file.read_at(buffer, offset)
    }

    fn write_at(&self, _bytes: &[u8], _offset: u64) -> io::Result<()> {
        not_here()
    }

    fn sync(&self) -> io::Result<()> {
        not_here()
    }

    fn preallocate(&self, _bytes: u64) -> io::Result<()> {
        not_here()
    }

    fn zero(&self, _offset: u64, _bytes: u64) -> io::Result<()> {
        not_here()
    }

    fn punch(&self, _offset: u64, _bytes: u64) -> io::Result<()> {
        not_here()
    }

    fn forget(&self) {
        self.file.forget();
    }
}

/// Bytes that are in no file.
#[derive(Debug)]
struct Made(Arc<[u8]>);

impl File for Made {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.len() as u64)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let there = usize::try_from(offset).ok().and_then(|from| {
            let until = from.checked_add(buffer.len())?;
            self.0.get(from..until)
        });
        buffer.copy_from_slice(there.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write_at(&self, _bytes: &[u8], _offset: u64) -> io::Result<()> {
        not_here()
    }

    fn sync(&self) -> io::Result<()> {
        not_here()
    }

    fn preallocate(&self, _bytes: u64) -> io::Result<()> {
        not_here()
    }

    fn zero(&self, _offset: u64, _bytes: u64) -> io::Result<()> {
        not_here()
    }

    fn punch(&self, _offset: u64, _bytes: u64) -> io::Result<()> {
        not_here()
    }
}
