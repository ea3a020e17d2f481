//! Part segments: encrypted parts one after the other. What is erased is punched out, places stay. It knows neither keys nor records.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::bytes::{Put, Take, size};
use super::files::{Folder, Open, OpenAs};
use crate::store::record::sha256;
use crate::store::{PartRef, Position, StoreError};

const MAGIC: &[u8; 8] = b"KNOOPPRT";
const VERSION: u32 = 1;
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

/// All part segments.
#[derive(Debug)]
pub(crate) struct Parts {
    folder: Folder,
    open: Mutex<BTreeMap<u32, Open>>,
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

pub(crate) fn head(segment: u32) -> Vec<u8> {
    Put::default()
        .raw(MAGIC)
        .u32(VERSION)
        .u32(segment)
        .crc_padded(HEAD_BYTES)
}

/// The segment a head names; `None` when a bit differs.
pub(crate) fn read_head(bytes: &[u8]) -> Option<u32> {
    let mut take = Take::new(bytes.get(..HEAD_BYTES)?);
    if take.raw(8)? != MAGIC || take.u32()? != VERSION {
        return None;
    }
    let segment = take.u32()?;
    take.crc_padded()?;
    Some(segment)
}

impl Parts {
    /// Opens the segments and clears what stands after the last part that a record names: parts of records that were never promised.
    pub(crate) fn open(folder: Folder, cursor: Cursor) -> Result<Parts, StoreError> {
        folder.remove_unfinished()?;
        for number in folder.list()?.iter().filter_map(|name| number_of(name)) {
            if number > cursor.segment {
                folder.remove(&name_of(number))?;
            }
        }
        let parts = Parts {
            folder,
            open: Mutex::default(),
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
        let file = self.folder.open(&name_of(segment), OpenAs::Write)?;
        if open.len() >= OPEN_MAX {
            open.pop_first();
        }
        open.insert(segment, file.clone());
        Ok(file)
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
