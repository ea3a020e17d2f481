//! Part segments: encrypted parts one after the other. What is erased is punched out, places stay. It knows neither keys nor records.
//!
//! A large part has a segment of its own, which is written and synced before its record is on its way, so that it holds up no commit of others.
//! As long as its record is not known to be durable the file is called `.aside` and says before which record it was made; an open keeps the
//! ones that a record names and removes the others.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::bytes::{Put, Take, size};
use super::files::{Folder, Open, OpenAs};
use crate::store::record::sha256;
use crate::store::{PartRef, Position, StoreError};

const MAGIC: &[u8; 8] = b"KNOOPPRT";
const VERSION: u32 = 1;
/// Version of the head of a segment with one large part.
const VERSION_OF_ONE: u32 = 2;
/// Numbers from here on are of segments with one large part.
const FIRST_OF_ONE: u32 = 1 << 31;
/// Bytes of the head of a part segment.
pub(crate) const HEAD_BYTES: usize = 64;
/// Part segments that stay open for reading.
const OPEN_MAX: usize = 64;

/// Where the next part comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) segment: u32,
    pub(crate) offset: u64,
}

impl Cursor {
    /// The beginning of a new store.
    pub(crate) const START: Cursor = Cursor {
        segment: 1,
        offset: HEAD_BYTES as u64,
    };
}

/// Whether a segment has one large part and no more.
pub(crate) fn is_of_one(segment: u32) -> bool {
    segment >= FIRST_OF_ONE
}

/// A part that stands in a segment of its own, durable, before a record names it. When it is dropped before one may, its file is removed.
#[derive(Debug)]
pub(crate) struct Aside {
    segment: u32,
    unnamed: Arc<Unnamed>,
    is_named: bool,
}

impl Aside {
    /// Its segment.
    pub(crate) fn segment(&self) -> u32 {
        self.segment
    }

    /// Its segment, which a record names from here on, unless the power fails before that is durable: only [`Parts::keep`] or the next open decides on it.
    pub(crate) fn named(mut self) -> u32 {
        self.is_named = true;
        self.segment
    }
}

impl Drop for Aside {
    /// One that cannot be removed now is removed by the next open.
    fn drop(&mut self) {
        if self.is_named {
            return;
        }
        if let Some(name) = self.unnamed.names().remove(&self.segment) {
            let _removed = self.unnamed.folder.remove(&name);
        }
    }
}

/// Segments whose record is not known to be durable.
#[derive(Debug)]
struct Unnamed {
    folder: Folder,
    /// Their files.
    names: Mutex<BTreeMap<u32, String>>,
}

impl Unnamed {
    fn names(&self) -> MutexGuard<'_, BTreeMap<u32, String>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All part segments.
#[derive(Debug)]
pub(crate) struct Parts {
    folder: Folder,
    open: Mutex<BTreeMap<u32, Open>>,
    /// The number of the next segment with one part.
    next_of_one: AtomicU32,
    unnamed: Arc<Unnamed>,
}

pub(crate) fn name_of(segment: u32) -> String {
    format!("{segment:010}.parts")
}

pub(crate) fn number_of(name: &str) -> Option<u32> {
    name.strip_suffix(".parts")
        .filter(|digits| digits.len() == 10)?
        .parse()
        .ok()
}

/// Name of a segment with one part before its record is known to be durable; the record comes at `next` or later.
fn aside_name_of(segment: u32, next: Position) -> String {
    format!("{segment:010}-{:020}.aside", next.0)
}

/// Number of a segment that was set aside, and the position before which no record names it.
pub(crate) fn aside_of(name: &str) -> Option<(u32, Position)> {
    let (segment, next) = name.strip_suffix(".aside")?.split_once('-')?;
    (segment.len() == 10 && next.len() == 20)
        .then_some((segment.parse().ok()?, Position(next.parse().ok()?)))
}

fn version_of(segment: u32) -> u32 {
    if is_of_one(segment) {
        VERSION_OF_ONE
    } else {
        VERSION
    }
}

pub(crate) fn head(segment: u32) -> Vec<u8> {
    Put::default()
        .raw(MAGIC)
        .u32(version_of(segment))
        .u32(segment)
        .crc_padded(HEAD_BYTES)
}

/// The segment a head names; `None` when a bit differs.
pub(crate) fn read_head(bytes: &[u8]) -> Option<u32> {
    let mut take = Take::new(bytes.get(..HEAD_BYTES)?);
    if take.raw(8)? != MAGIC {
        return None;
    }
    let (version, segment) = (take.u32()?, take.u32()?);
    take.crc_padded()?;
    (version == version_of(segment)).then_some(segment)
}

impl Parts {
    /// Opens the segments and clears what stands after the last part that a record names: parts of records that were never promised.
    pub(crate) fn open(folder: Folder, cursor: Cursor) -> Result<Parts, StoreError> {
        folder.remove_unfinished()?;
        let mut next_of_one = FIRST_OF_ONE;
        for name in folder.list()? {
            if let Some(number) = number_of(&name).filter(|number| !is_of_one(*number)) {
                if number > cursor.segment {
                    folder.remove(&name)?;
                }
            } else if let Some(number) =
                number_of(&name).or(aside_of(&name).map(|(number, _)| number))
            {
                next_of_one = next_of_one.max(number.saturating_add(1));
            }
        }
        let unnamed = Unnamed {
            folder: folder.clone(),
            names: Mutex::default(),
        };
        let parts = Parts {
            folder,
            open: Mutex::default(),
            next_of_one: AtomicU32::new(next_of_one),
            unnamed: Arc::new(unnamed),
        };
        let file = parts.file(cursor.segment)?;
        let mut bytes = vec![0; HEAD_BYTES];
        file.read(&mut bytes, 0)?;
        if read_head(&bytes) != Some(cursor.segment) {
            return Err(StoreError::Damage {
                file: file.shown().to_owned(),
                position: None,
                what: "the head is not as it was written",
            });
        }
        let len = file.len()?;
        if len < cursor.offset {
            return Err(StoreError::Damage {
                file: file.shown().to_owned(),
                position: None,
                what: "the file is cut short",
            });
        }
        if !zero_from(&file, cursor.offset)? {
            file.zero(cursor.offset, len - cursor.offset)?;
            file.sync()?;
        }
        Ok(parts)
    }

    /// Makes a segment with room for so many bytes of parts.
    pub(crate) fn add_segment(folder: &Folder, segment: u32, bytes: u64) -> Result<(), StoreError> {
        let bytes = HEAD_BYTES as u64 + bytes;
        folder.make(&name_of(segment), &head(segment), bytes)
    }

    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// How many bytes of the segment can still be written.
    pub(crate) fn room(&self, cursor: Cursor) -> Result<u64, StoreError> {
        Ok(self
            .file(cursor.segment)?
            .len()?
            .saturating_sub(cursor.offset))
    }

    fn file(&self, segment: u32) -> Result<Open, StoreError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = open.get(&segment) {
            return Ok(file.clone());
        }
        let aside = self.unnamed.names().get(&segment).cloned();
        let file = match aside.map(|name| self.folder.open(&name, OpenAs::Write)) {
            Some(Ok(file)) => file,
            // It was set aside no longer.
            Some(Err(_)) | None => self.folder.open(&name_of(segment), OpenAs::Write)?,
        };
        if open.len() >= OPEN_MAX {
            open.pop_first();
        }
        open.insert(segment, file.clone());
        Ok(file)
    }

    /// Writes a part into a segment of its own, durably, for a record that comes at `next` or later.
    /// `Err`: nothing is left of it that the next open does not remove.
    pub(crate) fn set_aside(&self, next: Position, sealed: &[u8]) -> Result<Aside, StoreError> {
        let segment = self.next_of_one.fetch_add(1, Ordering::Relaxed);
        let name = aside_name_of(segment, next);
        let bytes = (HEAD_BYTES + sealed.len()) as u64;
        let written = self.folder.open(&name, OpenAs::New).and_then(|file| {
            file.preallocate(bytes)?;
            file.write(&head(segment), 0)?;
            file.write(sealed, HEAD_BYTES as u64)?;
            file.sync()?;
            self.folder.sync()
        });
        self.unnamed.names().insert(segment, name);
        let aside = Aside {
            segment,
            unnamed: Arc::clone(&self.unnamed),
            is_named: false,
        };
        written.map(|()| aside)
    }

    /// The record that names the segment is durable. When the file cannot get its name now the next open gives it.
    pub(crate) fn keep(&self, segment: u32) {
        let mut names = self.unnamed.names();
        if let Some(name) = names.get(&segment)
            && self.folder.rename(name, &name_of(segment)).is_ok()
        {
            names.remove(&segment);
        }
    }

    /// Keeps the segments set aside that a record names and removes the others; `named` tells the segments that records from a position on name,
    /// or that this cannot be told: then all are kept.
    pub(crate) fn settle(
        &self,
        named: impl FnOnce(Position) -> Result<Option<BTreeSet<u32>>, StoreError>,
    ) -> Result<(), StoreError> {
        let names = self.folder.list()?;
        let there: Vec<_> = names
            .iter()
            .filter_map(|name| Some((name, aside_of(name)?)))
            .collect();
        let Some(from) = there.iter().map(|(_, (_, next))| *next).min() else {
            return Ok(());
        };
        let named = named(from)?;
        for (name, (segment, _)) in there {
            if named.as_ref().is_none_or(|named| named.contains(&segment)) {
                self.folder.rename(name, &name_of(segment))?;
            } else {
                self.folder.remove(name)?;
            }
        }
        self.folder.sync()
    }

    /// Writes a part, not yet synced.
    pub(crate) fn write(&self, at: Cursor, sealed: &[u8]) -> Result<(), StoreError> {
        self.file(at.segment)?.write(sealed, at.offset)
    }

    pub(crate) fn sync(&self, segment: u32) -> Result<(), StoreError> {
        self.file(segment)?.sync()
    }

    /// The stored bytes, when their hash is that of the record.
    pub(crate) fn read(&self, part: &PartRef, position: Position) -> Result<Vec<u8>, StoreError> {
        let damage = |what| StoreError::Damage {
            file: self.folder.shown(&name_of(part.segment)),
            position: Some(position),
            what,
        };
        let file = self
            .file(part.segment)
            .map_err(|error| error.at(position))?;
        if part
            .offset
            .checked_add(part.length)
            .is_none_or(|end| file.len().is_ok_and(|len| end > len))
        {
            return Err(damage("the file is cut short"));
        }
        let mut sealed = vec![0; size(part.length)];
        file.read(&mut sealed, part.offset)
            .map_err(|error| error.at(position))?;
        if sha256(&[&sealed]) == part.sha256 {
            Ok(sealed)
        } else {
            Err(damage("the part is not as it was written"))
        }
    }

    /// Gives the place of an erased part back to the disk. Its key is gone, so what is left of it tells nothing.
    pub(crate) fn punch(&self, part: &PartRef) -> Result<(), StoreError> {
        self.file(part.segment)?.punch(part.offset, part.length)
    }
}

/// Whether a file holds zero bytes only from an offset on.
pub(crate) fn zero_from(file: &Open, from: u64) -> Result<bool, StoreError> {
    let len = file.len()?;
    let mut piece = vec![0; 1 << 20];
    let mut at = from;
    while at < len {
        let bytes = piece.len().min(size(len - at));
        let Some(piece) = piece.get_mut(..bytes) else {
            break;
        };
        file.read(piece, at)?;
        if piece.iter().any(|byte| *byte != 0) {
            return Ok(false);
        }
        at += bytes as u64;
    }
    Ok(true)
}
