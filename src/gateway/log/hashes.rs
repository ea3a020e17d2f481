//! The hashes of the tree in flat files, one for each level of tiles: `hashes-0` holds the leaves, `hashes-1` the root of every full tile of them, and so on,
//! 32 bytes each, so that tile N of level L is the bytes from 8,192 N on of `hashes-L`. A view of the journal: what is missing, short or wrong is made again from it.
//! Readers never look past what was made known, so they wait for nobody.

use std::sync::{PoisonError, RwLock};

use knooppunt_proof::{Frontier, Hash, Nodes, node_hash};

use crate::store::StoreError;
use crate::store::embedded::{Folder, Open, OpenAs};

/// What the name of a file begins with; its level comes behind it.
const NAME: &str = "hashes-";
/// Bits of an index that one level of files takes.
pub(crate) const BITS: u8 = 8;
/// Most levels: 256 to the 8th is 2 to the 64th.
const LEVELS_MAX: usize = 8;
/// Hashes of a full tile.
pub(crate) const WIDTH: u64 = 1 << BITS;

/// The files. Any thread may read.
#[derive(Debug)]
pub(crate) struct HashFiles {
    folder: Folder,
    levels: RwLock<Vec<Open>>,
}

/// So many hashes of this level belong to a tree of this size.
pub(crate) fn hashes_of(level: usize, size: u64) -> u64 {
    let bits = u32::try_from(level).map_or(u32::MAX, |level| level.saturating_mul(u32::from(BITS)));
    size.checked_shr(bits).unwrap_or(0)
}

fn name_of(level: usize) -> String {
    format!("{NAME}{level}")
}

fn place_of(index: u64) -> u64 {
    index.saturating_mul(Hash::BYTES as u64)
}

impl HashFiles {
    /// The files in a folder as they are; those that are missing are empty.
    pub(crate) fn open(folder: Folder) -> Result<HashFiles, StoreError> {
        let there = folder.list()?;
        let mut levels = Vec::new();
        while levels.len() < LEVELS_MAX && there.contains(&name_of(levels.len())) {
            levels.push(folder.open(&name_of(levels.len()), OpenAs::Write)?);
        }
        Ok(HashFiles {
            folder,
            levels: RwLock::new(levels),
        })
    }

    /// Whether they are long enough for a tree of this size.
    pub(crate) fn hold(&self, size: u64) -> Result<bool, StoreError> {
        let levels = self.levels.read().unwrap_or_else(PoisonError::into_inner);
        for level in 0..LEVELS_MAX {
            let needed = place_of(hashes_of(level, size));
            let there = levels.get(level).map_or(Ok(0), Open::len)?;
            if there < needed {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Throws all of them away.
    pub(crate) fn clear(&self) -> Result<(), StoreError> {
        let mut levels = self.levels.write().unwrap_or_else(PoisonError::into_inner);
        levels.clear();
        for name in self.folder.list()? {
            if name.starts_with(NAME) {
                self.folder.remove(&name)?;
            }
        }
        self.folder.sync()
    }

    /// Takes files of the same kind from a folder in this one, in place of its own. Who reads has the old or the new.
    pub(crate) fn take_over(&self, from: &str) -> Result<(), StoreError> {
        let new = self.folder.below(from);
        let mut levels = self.levels.write().unwrap_or_else(PoisonError::into_inner);
        let there = new.list()?;
        let count = (0..LEVELS_MAX)
            .take_while(|level| there.contains(&name_of(*level)))
            .count();
        for level in 0..count {
            let name = name_of(level);
            self.folder.rename(&format!("{from}/{name}"), &name)?;
        }
        for name in self.folder.list()? {
            let level = name.strip_prefix(NAME).and_then(|level| level.parse().ok());
            if level.is_some_and(|level: usize| level >= count) {
                self.folder.remove(&name)?;
            }
        }
        self.folder.sync()?;
        new.sync()?;
        let opened: Result<Vec<_>, _> = (0..count)
            .map(|level| self.folder.open(&name_of(level), OpenAs::Write))
            .collect();
        *levels = opened?;
        Ok(())
    }

    /// Hashes of a level from an index on, 32 bytes each. Err: there are not so many.
    pub(crate) fn read(
        &self,
        level: usize,
        index: u64,
        count: usize,
    ) -> Result<Vec<u8>, StoreError> {
        let file = {
            let levels = self.levels.read().unwrap_or_else(PoisonError::into_inner);
            levels.get(level).cloned()
        };
        let Some(file) = file else {
            return Err(StoreError::Damage {
                file: self.folder.shown(&name_of(level)),
                position: None,
                what: "the file is missing",
            });
        };
        let mut bytes = vec![0; count.saturating_mul(Hash::BYTES)];
        file.read(&mut bytes, place_of(index))?;
        Ok(bytes)
    }

    fn write(&self, level: usize, index: u64, bytes: &[u8]) -> Result<(), StoreError> {
        let mut levels = self.levels.write().unwrap_or_else(PoisonError::into_inner);
        while levels.len() <= level {
            let name = name_of(levels.len());
            levels.push(self.folder.open(&name, OpenAs::New)?);
            // The name is durable before anything that is made known rests on the file.
            self.folder.sync()?;
        }
        let file = levels.get(level).cloned();
        drop(levels);
        file.map_or(Ok(()), |file| {
            let end = place_of(index).saturating_add(bytes.len() as u64);
            file.write(bytes, place_of(index))
                .map_err(|error| error.or_full(end))
        })
    }

    fn sync(&self, levels: usize) -> Result<(), StoreError> {
        let files = self.levels.read().unwrap_or_else(PoisonError::into_inner);
        files.iter().take(levels).try_for_each(Open::sync)
    }
}

/// The hashes in these bytes.
pub(crate) fn hashes(bytes: &[u8]) -> Vec<Hash> {
    let (hashes, _) = bytes.as_chunks();
    hashes.iter().copied().map(Hash::new).collect()
}

impl Nodes for HashFiles {
    type Error = StoreError;

    fn node(&self, level: u8, index: u64) -> Result<Hash, StoreError> {
        let above = level % BITS;
        let first = index << above;
        let mut nodes = hashes(&self.read(usize::from(level / BITS), first, 1 << above)?);
        while nodes.len() > 1 {
            let (pairs, _) = nodes.as_chunks();
            nodes = pairs
                .iter()
                .map(|[left, right]| node_hash(left, right))
                .collect();
        }
        nodes.pop().ok_or(StoreError::Damage {
            file: self.folder.shown(&name_of(usize::from(level / BITS))),
            position: None,
            what: "the file is cut short",
        })
    }
}

/// Appends leaves. There is one, and after an error it is opened anew.
#[derive(Debug, Default)]
pub(crate) struct Growing {
    frontier: Frontier,
    /// Levels that were written since the last sync.
    written: usize,
}

impl Growing {
    /// Goes on behind the first `size` leaves of the files, which hold so many.
    pub(crate) fn behind(files: &HashFiles, size: u64) -> Result<Growing, StoreError> {
        let mut nodes = Vec::new();
        for level in (0..64_u8).rev() {
            let subtrees = size >> level;
            if subtrees & 1 == 1 {
                nodes.push(files.node(level, subtrees - 1)?);
            }
        }
        let frontier = Frontier::from_parts(size, nodes).map_err(|_| StoreError::Damage {
            file: files.folder.shown(&name_of(0)),
            position: None,
            what: "there are more leaves than a tree can have",
        })?;
        Ok(Growing {
            frontier,
            written: 0,
        })
    }

    /// Leaves until now.
    pub(crate) fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// Root over all of them.
    pub(crate) fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// Appends leaves, not yet synced.
    pub(crate) fn append(&mut self, files: &HashFiles, leaves: &[Hash]) -> Result<(), StoreError> {
        // Of each level where its new hashes begin, and their bytes.
        let mut new: Vec<(u64, Vec<u8>)> = Vec::new();
        for leaf in leaves {
            self.frontier.push_noting(*leaf, |level, index, hash| {
                if level % BITS != 0 {
                    return;
                }
                let level = usize::from(level / BITS);
                if level == new.len() {
                    new.push((index, Vec::new()));
                }
                if let Some((_, bytes)) = new.get_mut(level) {
                    bytes.extend_from_slice(hash.as_bytes());
                }
            });
        }
        for (level, (index, bytes)) in new.iter().enumerate() {
            files.write(level, *index, bytes)?;
        }
        self.written = self.written.max(new.len());
        Ok(())
    }

    /// Makes all that was appended durable.
    pub(crate) fn sync(&mut self, files: &HashFiles) -> Result<(), StoreError> {
        files.sync(self.written)?;
        self.written = 0;
        Ok(())
    }
}
