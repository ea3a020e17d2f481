//! What verdicts were made with, kept by hash beside the journal: a file a content, named by the SHA-256 of its bytes. The store does not know what stands
//! in one. A file is durable before a record can name it and is never changed. It is kept in clear: who may read
//! the data folder may read it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::check::Report;
use super::files::{Disk, Files, Folder};
use crate::store::record::sha256;
use crate::store::{Position, StoreError};

/// The folder in the data folder.
pub(super) const FOLDER: &str = "grounds";
/// The file in the data folder that names, by its hash, a content that is in force although no record may name it yet. Who keeps it there is not the store's.
pub(crate) const IN_FORCE: &str = "tables";

/// Contents by their hash.
#[derive(Debug, Clone)]
pub struct Grounds {
    folder: Folder,
}

impl Grounds {
    /// Those of a data folder; the folder is made when the first is kept.
    pub(super) fn of(root: &Folder) -> Self {
        Self {
            folder: root.below(FOLDER),
        }
    }

    /// Those of a data folder that need not hold a store.
    pub fn in_folder(data: &std::path::Path) -> Self {
        let files: Arc<dyn Files> = Arc::new(Disk);
        Self::of(&Folder::new(files, data))
    }

    /// Keeps these bytes and gives their SHA-256. They are durable when this returns; what is kept already costs a look.
    /// Err: they cannot be written, [`StoreError::DiskFull`] among others.
    pub fn keep(&self, bytes: &[u8]) -> Result<[u8; 32], StoreError> {
        let hash = sha256(&[bytes]);
        let name = name(&hash);
        if self.folder.read(&name)?.as_deref() != Some(bytes) {
            self.folder.create()?;
            self.folder.replace(&name, bytes)?;
        }
        Ok(hash)
    }

    /// The bytes with this SHA-256; `None`: they were never kept here, or are gone. Err: unreadable, or damaged.
    pub fn read(&self, hash: &[u8; 32]) -> Result<Option<Vec<u8>>, StoreError> {
        let name = name(hash);
        match self.folder.read(&name)? {
            Some(bytes) if sha256(&[&bytes]) != *hash => Err(StoreError::Damage {
                file: self.folder.shown(&name),
                position: None,
                what: CHANGED,
            }),
            found => Ok(found),
        }
    }

    /// How many files there are, and bytes in them, that none of these hashes names: of a register that was in force while no message came. Err: unreadable.
    pub fn unnamed(&self, named: &BTreeSet<[u8; 32]>) -> Result<(u64, u64), StoreError> {
        let names: BTreeSet<String> = named.iter().map(name).collect();
        let (mut files, mut bytes) = (0, 0);
        for name in self.folder.list()? {
            if !names.contains(&name) {
                files += 1;
                bytes += self.folder.read(&name)?.map_or(0, |read| read.len() as u64);
            }
        }
        Ok((files, bytes))
    }

    /// Reads every file and tells which is not what its name says, and which of those that records name is not there. Err: unreadable.
    pub(super) fn check(
        &self,
        named: &BTreeMap<[u8; 32], Position>,
        report: &mut Report,
    ) -> Result<(), StoreError> {
        let there = self.folder.list()?;
        for (hash, position) in named {
            let name = name(hash);
            if !there.contains(&name) {
                let file = self.folder.shown(&name);
                report.damage(file, Some(*position), "the file is missing");
            }
        }
        for name in there {
            // What was being made when the process ended.
            if name.strip_suffix(".new").is_some() {
                continue;
            }
            let bytes = self.folder.read(&name)?.unwrap_or_default();
            report.bytes += bytes.len() as u64;
            if self::name(&sha256(&[&bytes])) != name {
                report.damage(self.folder.shown(&name), None, CHANGED);
            }
        }
        Ok(())
    }
}

/// The content that is in force, as the file in this folder names it; `None`: none is. Err: unreadable.
pub(super) fn in_force(root: &Folder) -> Result<Option<[u8; 32]>, StoreError> {
    let hash = root.read(IN_FORCE)?;
    let hash = hash.and_then(|text| data_encoding::HEXLOWER.decode(&text).ok());
    Ok(hash.and_then(|hash| hash.try_into().ok()))
}

const CHANGED: &str = "the file is not what its name says";

fn name(hash: &[u8; 32]) -> String {
    data_encoding::HEXLOWER.encode(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_back_and_a_changed_file_is_told_and_never_served() {
        let data = tempfile::tempdir().expect("a folder");
        let grounds = Grounds::in_folder(data.path());
        let kept = grounds.keep(b"a register").expect("kept");
        assert_eq!(
            kept,
            grounds.keep(b"a register").expect("twice is no error")
        );
        assert_eq!(
            grounds.read(&kept).expect("readable").as_deref(),
            Some(&b"a register"[..])
        );
        assert_eq!(grounds.read(&[0; 32]).expect("readable"), None);
        let unnamed = |named: &[[u8; 32]]| {
            let named = named.iter().copied().collect();
            grounds.unnamed(&named).expect("readable")
        };
        assert_eq!(unnamed(&[kept]), (0, 0));
        assert_eq!(unnamed(&[[9; 32]]), (1, 10));
        let mut report = Report::default();
        let named = BTreeMap::from([(kept, Position(3))]);
        grounds.check(&named, &mut report).expect("checked");
        assert!(report.is_sound() && report.bytes == 10);

        let file = data.path().join(FOLDER).join(name(&kept));
        std::fs::write(&file, b"another one").expect("written");
        assert!(matches!(
            grounds.read(&kept),
            Err(StoreError::Damage { .. })
        ));
        let named = BTreeMap::from([(kept, Position(3)), ([9; 32], Position(4))]);
        grounds.check(&named, &mut report).expect("checked");
        let [missing, damage] = &report.damages[..] else {
            panic!("two damages")
        };
        assert_eq!(missing.position, Some(Position(4)));
        assert!(damage.file.starts_with("grounds/"), "{}", damage.file);
        assert_eq!(grounds.keep(b"a register").expect("made good again"), kept);
        assert!(grounds.read(&kept).expect("readable").is_some());
    }
}
