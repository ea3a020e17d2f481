//! A folder that holds copies: each file under its name in a store and the SHA-256 of its bytes, so that a file is never changed, copies of several
//! moments share what they have in common, and what is there with the same content is not copied again. A manifest says which files make up a copy.

use std::any::Any;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::FOLDERS;
use super::copy::{self, Went};
use super::manifest::{Filed, Manifest};
use crate::store::embedded::files::{Files, Folder, Open, OpenAs};
use crate::store::record::sha256;
use crate::store::{Position, StoreError};

/// The manifest of the place of journal and parts.
const MANIFEST: &str = "manifest";
/// The manifests of the place of keys end so.
const MANIFESTS: &str = ".manifest";

/// One place.
#[derive(Debug)]
pub(super) struct Place {
    root: Folder,
}

/// What a file of a copy is now, and whether it was copied for that.
#[derive(Debug)]
pub(super) struct Put {
    pub(super) filed: Filed,
    pub(super) copied: bool,
}

/// A manifest of keys, or in what way it is damaged.
pub(super) type KeyManifest = (Position, Result<Manifest, StoreError>);

impl Place {
    pub(super) fn new(files: &Arc<dyn Files>, path: &Path) -> Place {
        Place {
            root: Folder::elsewhere(Arc::clone(files), path),
        }
    }

    pub(super) fn path(&self) -> &Path {
        self.root.path()
    }

    pub(super) fn shown(&self) -> String {
        self.root.path().display().to_string()
    }

    /// Makes it where it is not there, takes it for this process and removes what was being written when another ended.
    pub(super) fn prepare(&self) -> Result<Box<dyn Any + Send + Sync>, StoreError> {
        self.root.create()?;
        let lock = self.root.lock("lock")?;
        self.root.remove_unfinished()?;
        for folder in FOLDERS {
            let folder = self.root.below(folder);
            folder.create()?;
            folder.remove_unfinished()?;
        }
        Ok(lock)
    }

    /// Takes it for this process, to read it. Where nothing can be written nobody else writes either.
    pub(super) fn hold(&self) -> Result<Option<Box<dyn Any + Send + Sync>>, StoreError> {
        match self.root.lock("lock") {
            Ok(lock) => Ok(Some(lock)),
            Err(StoreError::Io { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The folder of a file, and its name there.
    fn of<'n>(&self, name: &'n str) -> (Folder, &'n str) {
        match name.split_once('/') {
            Some((folder, name)) => (self.root.below(folder), name),
            None => (self.root.clone(), name),
        }
    }

    /// The file as it is kept. Err: it is missing, or cannot be opened.
    fn open(&self, filed: &Filed) -> Result<Open, StoreError> {
        let object = filed.object();
        let (folder, name) = self.of(&object);
        folder.open(name, OpenAs::Read)
    }

    /// Whether every byte of a file is as it was copied. Err: damage, with the file.
    pub(super) fn verify(&self, filed: &Filed, went: Went<'_>) -> Result<(), StoreError> {
        let file = self.open(filed)?;
        let object = filed.object();
        let (folder, name) = self.of(&object);
        // What a disk has, not what is in memory since it was written.
        folder.forget(name);
        let right =
            file.len()? == filed.bytes && copy::digest(&file, filed.bytes, went)? == filed.sha256;
        if right {
            return Ok(());
        }
        Err(StoreError::Damage {
            file: file.shown().to_owned(),
            position: None,
            what: "the file is not as it was copied",
        })
    }

    /// The bytes of a small file. Err: as of [`Place::verify`].
    pub(super) fn bytes(&self, filed: &Filed) -> Result<Vec<u8>, StoreError> {
        self.verify(filed, &mut |_| {})?;
        self.open(filed)?.read_all()
    }

    /// Whether the file is there and whole; one that is damaged is as good as none.
    fn has(&self, filed: &Filed, went: Went<'_>) -> Result<bool, StoreError> {
        match self.verify(filed, went) {
            Ok(()) => Ok(true),
            Err(StoreError::Damage { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Keeps the first `end` bytes of a file under this name, unless they are there already, and reads what is kept. Its name is durable after [`Place::settle`].
    pub(super) fn put(
        &self,
        name: &str,
        from: &Open,
        end: u64,
        went: Went<'_>,
    ) -> Result<Put, StoreError> {
        let filed = Filed {
            name: name.to_owned(),
            bytes: end,
            sha256: copy::digest(from, end, went)?,
        };
        if self.has(&filed, went)? {
            return Ok(Put {
                filed,
                copied: false,
            });
        }
        let (folder, plain) = self.of(name);
        let new = format!("{plain}.new");
        let written = folder.open(&new, OpenAs::New).and_then(|to| {
            let sha256 = copy::copy(from, end, &to, &mut |_| {})?;
            to.sync()?;
            folder.forget(&new);
            if copy::digest(&to, end, went)? == sha256 {
                return Ok(sha256);
            }
            Err(StoreError::Damage {
                file: to.shown().to_owned(),
                position: None,
                what: "the copy is not what was written",
            })
        });
        // What was punched out meanwhile is missing from what was copied: that is what it is called by.
        let named = written.and_then(|sha256| {
            let filed = Filed { sha256, ..filed };
            let object = filed.object();
            folder.rename(&new, self.of(&object).1)?;
            Ok(filed)
        });
        match named {
            Ok(filed) => Ok(Put {
                filed,
                copied: true,
            }),
            Err(error) => {
                let _removed = folder.remove(&new);
                Err(error.or_full(end))
            }
        }
    }

    /// Keeps a file that was kept before under the same name, and reads it.
    pub(super) fn still_has(&self, filed: &Filed, went: Went<'_>) -> Result<bool, StoreError> {
        self.has(filed, went)
    }

    /// Keeps these bytes under this name.
    pub(super) fn put_bytes(&self, name: &str, bytes: &[u8]) -> Result<Filed, StoreError> {
        let filed = Filed {
            name: name.to_owned(),
            bytes: bytes.len() as u64,
            sha256: sha256(&[bytes]),
        };
        if !self.has(&filed, &mut |_| {})? {
            let object = filed.object();
            let (folder, name) = self.of(&object);
            folder
                .replace(name, bytes)
                .map_err(|error| error.or_full(filed.bytes))?;
        }
        Ok(filed)
    }

    /// Makes the names of all that was put durable.
    pub(super) fn settle(&self) -> Result<(), StoreError> {
        for folder in FOLDERS {
            self.root.below(folder).sync()?;
        }
        self.root.sync()
    }

    /// Puts the manifest of journal and parts in place of the one before: from here on the copy is that of this one.
    pub(super) fn write(&self, manifest: &Manifest) -> Result<(), StoreError> {
        self.replace(MANIFEST, manifest)
    }

    /// Adds the manifest of keys of a position, in place of one of the same position.
    pub(super) fn add(&self, manifest: &Manifest) -> Result<(), StoreError> {
        self.replace(&name_of(manifest.position), manifest)
    }

    fn replace(&self, name: &str, manifest: &Manifest) -> Result<(), StoreError> {
        let bytes = manifest.write();
        self.root
            .replace(name, &bytes)
            .map_err(|error| error.or_full(bytes.len() as u64))
    }

    /// The manifest of journal and parts; `None` without one. Err: damaged, or of a newer program.
    pub(super) fn manifest(&self) -> Result<Option<Manifest>, StoreError> {
        self.read(MANIFEST)
    }

    /// The manifests of keys by position, oldest first; those that are damaged as errors.
    pub(super) fn manifests(&self) -> Result<Vec<KeyManifest>, StoreError> {
        let mut all = Vec::new();
        for name in self.root.list()? {
            let Some(position) = position_of(&name) else {
                continue;
            };
            match self.read(&name) {
                Ok(None) => {}
                Ok(Some(manifest)) => all.push((position, Ok(manifest))),
                Err(error @ StoreError::Damage { .. }) => all.push((position, Err(error))),
                Err(error) => return Err(error),
            }
        }
        Ok(all)
    }

    fn read(&self, name: &str) -> Result<Option<Manifest>, StoreError> {
        let Some(bytes) = self.root.read(name)? else {
            return Ok(None);
        };
        let shown = self.root.shown(name);
        let manifest = Manifest::read(&shown, &bytes)?;
        let is_right = match position_of(name) {
            Some(position) => manifest.position == position && manifest.expires().is_some(),
            None => manifest.expires().is_none(),
        };
        if is_right {
            return Ok(Some(manifest));
        }
        Err(StoreError::Damage {
            file: shown,
            position: None,
            what: "the manifest stands under another name",
        })
    }

    /// The name of a manifest of keys, for people.
    pub(super) fn shown_of(&self, position: Position) -> String {
        self.root.shown(&name_of(position))
    }

    /// Removes a manifest of keys; what it alone names goes with [`Place::sweep`].
    pub(super) fn remove(&self, position: Position) -> Result<(), StoreError> {
        self.root.remove(&name_of(position))
    }

    /// Removes every file that none of these manifests names, durably.
    pub(super) fn sweep<'m>(
        &self,
        named: impl IntoIterator<Item = &'m Manifest>,
    ) -> Result<(), StoreError> {
        let named: BTreeSet<String> = named
            .into_iter()
            .flat_map(|manifest| manifest.files.iter().map(Filed::object))
            .collect();
        for below in FOLDERS {
            let folder = self.root.below(below);
            for name in folder.list()?.iter().filter(|name| is_object(name)) {
                if !named.contains(&format!("{below}/{name}")) {
                    folder.remove(name)?;
                }
            }
            folder.sync()?;
        }
        for name in self.root.list()?.iter().filter(|name| is_object(name)) {
            if !named.contains(name) {
                self.root.remove(name)?;
            }
        }
        self.root.sync()
    }

    /// Where each file of a manifest is.
    pub(super) fn paths(&self, manifest: &Manifest) -> Vec<(String, PathBuf)> {
        let path = |filed: &Filed| (filed.name.clone(), self.path().join(filed.object()));
        manifest.files.iter().map(path).collect()
    }
}

fn name_of(position: Position) -> String {
    format!("{:020}{MANIFESTS}", position.0)
}

fn position_of(name: &str) -> Option<Position> {
    let digits = name.strip_suffix(MANIFESTS)?;
    (digits.len() == 20).then_some(Position(digits.parse().ok()?))
}

/// Whether it is the name of a file that was put: it ends in a hash.
fn is_object(name: &str) -> bool {
    name.rsplit_once('-').is_some_and(|(_, hash)| {
        hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}
