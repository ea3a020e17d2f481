//! One journal segment for reading: where its records begin, and the bytes from there. Sealed segments keep that in a small index file beside
//! them, which is made again whenever it is missing or does not lead to the record asked for.

use std::sync::{PoisonError, RwLock};

use super::bytes::{Put, Take, size, with_version};
use super::files::{Folder, Open, OpenAs};
use super::frame::{self, Head, Tail};
use crate::store::{Position, Record, StoreError};

const INDEX_MAGIC: &[u8; 8] = b"KNOOPIDX";
const INDEX_VERSION: u32 = 1;
const INDEX_HEAD_BYTES: u64 = 16;

/// Most bytes that are read at once.
const READ_BYTES_MAX: u32 = 1 << 20;

/// One journal segment.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) first: Position,
    folder: Folder,
    places: RwLock<Places>,
}

/// Where records begin, and after the last one where it ends.
#[derive(Debug)]
enum Places {
    /// Of the segment that is being written: the file stays open.
    Here {
        file: Open,
        offsets: Vec<u32>,
        end: u32,
    },
    /// In the index file.
    Index,
}

pub(crate) fn name_of(first: Position) -> String {
    format!("{:020}.journal", first.0)
}

pub(crate) fn index_name_of(first: Position) -> String {
    format!("{:020}.index", first.0)
}

pub(crate) fn first_of(name: &str) -> Option<Position> {
    name.strip_suffix(".journal")
        .filter(|digits| digits.len() == 20)?
        .parse()
        .ok()
        .map(Position)
}

/// The bytes of an index file.
pub(crate) fn index_bytes(offsets: &[u32], end: u32) -> Vec<u8> {
    let count = u32::try_from(offsets.len()).unwrap_or(u32::MAX);
    let mut put = Put::default()
        .raw(INDEX_MAGIC)
        .u32(INDEX_VERSION)
        .u32(count);
    for offset in offsets {
        put = put.u32(*offset);
    }
    put.u32(end).crc()
}

impl Segment {
    /// A segment that was sealed before.
    pub(crate) fn sealed(first: Position, folder: Folder) -> Segment {
        Segment {
            first,
            folder,
            places: RwLock::new(Places::Index),
        }
    }

    /// The segment that is being written.
    pub(crate) fn open(first: Position, folder: Folder, file: Open, tail: &Tail) -> Segment {
        let end = u32::try_from(tail.end).unwrap_or(u32::MAX);
        let places = Places::Here {
            file,
            offsets: tail.offsets.clone(),
            end,
        };
        Segment {
            first,
            folder,
            places: RwLock::new(places),
        }
    }

    fn places(&self) -> std::sync::RwLockReadGuard<'_, Places> {
        self.places.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// More records are durable.
    pub(crate) fn publish(&self, more: &[u32], new_end: usize) {
        let mut places = self.places.write().unwrap_or_else(PoisonError::into_inner);
        if let Places::Here { offsets, end, .. } = &mut *places {
            offsets.extend_from_slice(more);
            *end = u32::try_from(new_end).unwrap_or(u32::MAX);
        }
    }

    /// No more records come: the index goes to its file. When it cannot be written it stays here.
    pub(crate) fn seal(&self) {
        let (offsets, end) = match &*self.places() {
            Places::Here { offsets, end, .. } => (offsets.clone(), *end),
            Places::Index => return,
        };
        if self.write_index(&offsets, end).is_ok() {
            *self.places.write().unwrap_or_else(PoisonError::into_inner) = Places::Index;
        }
    }

    /// The index is derived, so it is not synced: a torn one is noticed and made again.
    fn write_index(&self, offsets: &[u32], end: u32) -> Result<(), StoreError> {
        let (name, new) = (
            index_name_of(self.first),
            format!("{}.new", index_name_of(self.first)),
        );
        self.folder
            .open(&new, OpenAs::New)?
            .write(&index_bytes(offsets, end), 0)?;
        self.folder.rename(&new, &name)
    }

    /// At most `limit` records from a position in this segment on; no more than are durable.
    /// `Err` when the first of them cannot be read.
    pub(crate) fn read(&self, from: Position, limit: usize) -> Result<Vec<Record>, StoreError> {
        match self.try_read(from, limit) {
            Err(StoreError::Damage { .. }) if matches!(*self.places(), Places::Index) => {
                self.make_index()?;
                self.try_read(from, limit)
            }
            other => other,
        }
    }

    fn try_read(&self, from: Position, limit: usize) -> Result<Vec<Record>, StoreError> {
        let damage = |what| StoreError::Damage {
            file: self.folder.shown(&name_of(self.first)),
            position: Some(from),
            what,
        };
        let index = size(from.0.saturating_sub(self.first.0));
        let (file, places) = self.file_and_places(index, limit)?;
        let (Some(start), Some(end)) = (places.first(), places.last()) else {
            return Ok(Vec::new());
        };
        let mut bytes = vec![
            0;
            end.checked_sub(*start)
                .ok_or_else(|| damage("the index does not fit"))?
                as usize
        ];
        file.read(&mut bytes, u64::from(*start))
            .map_err(|error| error.at(from))?;
        let mut records = Vec::with_capacity(places.len());
        let mut rest = bytes.as_slice();
        let mut position = from;
        while let Some(found) = frame::read(rest).filter(|found| found.record.position == position)
        {
            rest = rest.get(found.size..).unwrap_or_default();
            records.push(found.record);
            position = position.next();
        }
        if records.is_empty() && places.len() > 1 {
            return Err(damage("the record is not as it was written"));
        }
        Ok(records)
    }

    /// The file and the places of at most `limit` records, and of the end of the last, within [`READ_BYTES_MAX`] (one record may be larger).
    fn file_and_places(&self, index: usize, limit: usize) -> Result<(Open, Vec<u32>), StoreError> {
        let here = match &*self.places() {
            Places::Here { file, offsets, end } => {
                let mut found: Vec<u32> = offsets
                    .iter()
                    .skip(index)
                    .take(limit.saturating_add(1))
                    .copied()
                    .collect();
                if found.len() <= limit {
                    found.push(*end);
                }
                Some((file.clone(), found))
            }
            Places::Index => None,
        };
        let (file, mut found) = match here {
            Some(here) => here,
            None => (
                self.folder.open(&name_of(self.first), OpenAs::Read)?,
                self.read_index(index, limit)?,
            ),
        };
        let start = found.first().copied().unwrap_or_default();
        let within = found
            .iter()
            .take_while(|place| place.saturating_sub(start) <= READ_BYTES_MAX)
            .count();
        found.truncate(within.max(2));
        Ok((file, found))
    }

    fn read_index(&self, index: usize, limit: usize) -> Result<Vec<u32>, StoreError> {
        let file = self.folder.open(&index_name_of(self.first), OpenAs::Read)?;
        let mut head = [0; 16];
        file.read(&mut head, 0)?;
        let mut take = Take::new(&head);
        let damage = |what| StoreError::Damage {
            file: self.folder.shown(&index_name_of(self.first)),
            position: None,
            what,
        };
        if take.raw(8) != Some(INDEX_MAGIC) || take.u32() != Some(INDEX_VERSION) {
            return Err(damage("the index is not as it was written"));
        }
        let count = size(u64::from(take.u32().unwrap_or_default()));
        let places = limit.min(count.saturating_sub(index)) + 1;
        if index >= count {
            return Err(damage("the index is too short"));
        }
        let mut bytes = vec![0; places * 4];
        file.read(&mut bytes, INDEX_HEAD_BYTES + index as u64 * 4)?;
        let mut take = Take::new(&bytes);
        Ok(std::iter::from_fn(|| take.u32()).collect())
    }

    /// Reads the segment and makes its index anew. Behind damage the records that can still be read are found again.
    fn make_index(&self) -> Result<(), StoreError> {
        let bytes = self
            .folder
            .open(&name_of(self.first), OpenAs::Read)?
            .read_all()?;
        let (mut offsets, mut end) = (Vec::new(), frame::HEAD_BYTES);
        for (offset, frame) in frame::frames_from(&bytes, frame::HEAD_BYTES) {
            let index = size(frame.record.position.0.saturating_sub(self.first.0));
            if frame.record.position < self.first || index < offsets.len() || index > bytes.len() {
                continue;
            }
            offsets.resize(index, u32::try_from(end).unwrap_or(u32::MAX));
            offsets.push(u32::try_from(offset).unwrap_or(u32::MAX));
            end = offset + frame.size;
        }
        self.write_index(&offsets, u32::try_from(end).unwrap_or(u32::MAX))
    }
}

/// The head of a segment, which must be the one its name says.
pub(crate) fn read_head(
    bytes: &[u8],
    first: Position,
    folder: &Folder,
) -> Result<Head, StoreError> {
    let file = folder.shown(&name_of(first));
    let head = bytes.get(..frame::HEAD_BYTES).unwrap_or_default();
    match (Head::read(bytes), Head::version(bytes)) {
        (Some(head), _) if head.first == first => Ok(head),
        (None, Some(found))
            if found > frame::SEGMENT_VERSION
                && found < 1000
                && Head::read(&with_version(head, frame::SEGMENT_VERSION)).is_none() =>
        {
            Err(StoreError::Version {
                file,
                found,
                newest: frame::SEGMENT_VERSION,
            })
        }
        _ => Err(StoreError::Damage {
            file,
            position: Some(first),
            what: "the head is not as it was written",
        }),
    }
}
