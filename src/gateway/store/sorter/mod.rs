//! Rows in the order of their keys, however many there are: what does not fit in memory is sorted in pieces, which stand in files until they are merged.
//!
//! The files have no name from the moment they are made, so a process that ends leaves nothing of them; and they are encrypted under a key that is nowhere but
//! in this memory, so that rows may hold what no view shows. Pieces are merged as they come, so that few files are open. It knows nothing of what keys and
//! values mean.

mod piece;
mod row;
mod sorted;

use std::path::PathBuf;
use std::sync::Arc;

use super::StoreError;
use super::embedded::Cipher;
use piece::{Piece, Reading, Writing, new_cipher};
use row::{bytes_at, cut, key_at, prefix, unable};
pub use sorted::Sorted;
use sorted::Source;

/// So many pieces of one size are merged into one. With 64 MiB a piece, rows of a terabyte have less than 60 files.
const MERGED_AT_ONCE: usize = 16;

/// Where pieces are kept that do not fit in memory.
pub(crate) struct Aside {
    /// A folder that is there.
    pub(crate) folder: PathBuf,
    /// Bytes in memory from which a piece is written.
    pub(crate) bytes_max: usize,
    /// Whether the disk has room for another piece. While it has none rows stay in memory.
    pub(crate) has_room: Box<dyn Fn() -> bool + Send>,
    /// Most bytes in memory while there is no room.
    pub(crate) bytes_without_room_max: usize,
}

/// Takes rows in any order. Of several values of a key the last one counts.
pub struct Sorter {
    /// Rows one after the other.
    rows: Vec<u8>,
    places: Vec<Place>,
    aside: Option<Aside>,
    cipher: Option<Arc<Cipher>>,
    /// In the order in which their rows came, larger ones first.
    pieces: Vec<Piece>,
    /// Pieces that were written, merged ones too.
    written: u32,
}

/// Where a row stands among those in memory.
#[derive(Clone, Copy)]
struct Place {
    /// The first bytes of its key.
    prefix: u64,
    at: usize,
}

impl std::fmt::Debug for Sorter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Sorter({} rows in memory, {} pieces)",
            self.places.len(),
            self.pieces.len()
        )
    }
}

impl Sorter {
    /// A sorter that keeps everything in memory.
    pub(crate) fn in_memory() -> Sorter {
        Sorter::new(None)
    }

    /// A sorter that keeps in files what does not fit in memory.
    pub(crate) fn beside(aside: Aside) -> Sorter {
        Sorter::new(Some(aside))
    }

    fn new(aside: Option<Aside>) -> Sorter {
        Sorter {
            rows: Vec::new(),
            places: Vec::new(),
            aside,
            cipher: None,
            pieces: Vec::new(),
            written: 0,
        }
    }

    /// Takes the value of a key; `None` deletes it. `Err`: a piece could not be written, or there is no room for it and too much is in memory.
    pub fn push(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), StoreError> {
        let at = self.rows.len();
        row::write(&mut self.rows, key, value)?;
        self.places.push(Place {
            prefix: prefix(key),
            at,
        });
        let Some(aside) = &self.aside else {
            return Ok(());
        };
        let bytes = self.rows.len() + self.places.len() * size_of::<Place>();
        if bytes < aside.bytes_max {
            Ok(())
        } else if (aside.has_room)() {
            self.write_piece()
        } else if bytes < aside.bytes_without_room_max {
            Ok(())
        } else {
            Err(unable(
                "there is no room on the disk to sort the rows of the views: free space, then start again",
            ))
        }
    }

    /// All rows in the order of their keys, each key once. `Err`: a piece cannot be read.
    pub fn sorted(mut self) -> Result<Sorted, StoreError> {
        self.sort();
        let mut sources = match &self.cipher {
            Some(cipher) => read(std::mem::take(&mut self.pieces), cipher)?,
            None => Vec::new(),
        };
        sources.push(Source::Memory {
            rows: self.rows,
            places: self.places.into_iter(),
        });
        Sorted::of(sources)
    }

    /// Sorts what is in memory and leaves the last value of each key.
    fn sort(&mut self) {
        let rows = &self.rows;
        self.places.sort_unstable_by(|one, other| {
            one.prefix
                .cmp(&other.prefix)
                .then_with(|| key_at(rows, one.at).cmp(key_at(rows, other.at)))
                // The later one first.
                .then_with(|| other.at.cmp(&one.at))
        });
        self.places.dedup_by(|later, kept| {
            later.prefix == kept.prefix && key_at(rows, later.at) == key_at(rows, kept.at)
        });
    }

    fn write_piece(&mut self) -> Result<(), StoreError> {
        self.sort();
        let Some(mut piece) = self.begin(0)? else {
            return Ok(());
        };
        for place in &self.places {
            piece.push_bytes(bytes_at(&self.rows, place.at).ok_or_else(cut)?)?;
        }
        self.pieces.push(piece.end()?);
        self.rows.clear();
        self.places.clear();
        self.merge()
    }

    /// Begins a piece, where there is a place for them.
    fn begin(&mut self, level: u32) -> Result<Option<Writing>, StoreError> {
        let Some(aside) = &self.aside else {
            return Ok(None);
        };
        let cipher = match self.cipher.take() {
            Some(cipher) => cipher,
            None => Arc::new(new_cipher()?),
        };
        let cipher = self.cipher.insert(cipher);
        self.written += 1;
        Writing::new(&aside.folder, cipher, self.written, level).map(Some)
    }

    /// Merges the last pieces as long as there are enough of one size; not while there is no room for the rows of those a second time.
    fn merge(&mut self) -> Result<(), StoreError> {
        while let Some(first) = self.pieces.len().checked_sub(MERGED_AT_ONCE) {
            let level = self.pieces.last().map_or(0, |piece| piece.level);
            let of_one_size = |pieces: &[Piece]| pieces.iter().all(|piece| piece.level == level);
            if !self.pieces.get(first..).is_some_and(of_one_size) {
                break;
            }
            if !self.aside.as_ref().is_some_and(|aside| (aside.has_room)()) {
                break;
            }
            let Some(mut merged) = self.begin(level + 1)? else {
                break;
            };
            let Some(cipher) = &self.cipher else { break };
            let some = self.pieces.split_off(first);
            for row in Sorted::of(read(some, cipher)?)? {
                merged.push(&row?)?;
            }
            self.pieces.push(merged.end()?);
        }
        Ok(())
    }
}

fn read(pieces: Vec<Piece>, cipher: &Arc<Cipher>) -> Result<Vec<Source>, StoreError> {
    let reading = pieces.into_iter().map(|piece| Reading::of(piece, cipher));
    reading.map(|piece| piece.map(Source::Piece)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;
    use std::sync::atomic::{self, AtomicBool};

    use proptest::prelude::*;

    use std::fs;
    use std::io::{Read as _, Seek as _, SeekFrom, Write as _};

    use super::row::Change;
    use super::*;

    fn beside(folder: &std::path::Path, bytes_max: usize, room: &Arc<AtomicBool>) -> Sorter {
        let room = Arc::clone(room);
        Sorter::beside(Aside {
            folder: folder.to_owned(),
            bytes_max,
            has_room: Box::new(move || room.load(atomic::Ordering::SeqCst)),
            bytes_without_room_max: 4 * bytes_max,
        })
    }

    proptest! {
        /// However often memory is full, what comes out is what an ordered map has in the end.
        #[test]
        fn what_comes_out_is_what_an_ordered_map_would_hold(
            rows in prop::collection::vec(
                (prop::collection::vec(0_u8..4, 0..12), prop::option::of(prop::collection::vec(any::<u8>(), 0..40))),
                0..300,
            ),
            bytes_max in 100_usize..6_000,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let room = Arc::new(AtomicBool::new(true));
            let mut expected = BTreeMap::new();
            let mut sorter = beside(folder.path(), bytes_max, &room);
            for (key, value) in &rows {
                sorter.push(key, value.as_deref()).unwrap();
                expected.insert(key.clone(), value.clone());
            }
            let sorted: Vec<Change> = sorter.sorted().unwrap().collect::<Result<_, _>>().unwrap();
            prop_assert_eq!(sorted, expected.into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn its_files_have_no_name_and_hold_nothing_that_can_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let mut sorter = beside(folder.path(), 1_000, &Arc::new(AtomicBool::new(true)));
        for number in 0..100_u8 {
            sorter
                .push(&[number], Some(b"a secret of somebody"))
                .unwrap();
        }
        assert!(sorter.pieces.len() > 1);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        for piece in &mut sorter.pieces {
            let mut bytes = Vec::new();
            piece.file.rewind().unwrap();
            piece.file.read_to_end(&mut bytes).unwrap();
            assert!(bytes.len() > 500);
            assert!(!bytes.windows(8).any(|seen| seen == b"a secret"));
        }
    }

    #[test]
    fn one_flipped_bit_of_a_piece_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let mut sorter = beside(folder.path(), 1_000, &Arc::new(AtomicBool::new(true)));
        for number in 0..100_u8 {
            sorter.push(&[number], Some(b"a value")).unwrap();
        }
        let mut piece = &sorter.pieces.first().unwrap().file;
        let mut byte = [0];
        piece.seek(SeekFrom::Start(40)).unwrap();
        piece.read_exact(&mut byte).unwrap();
        piece.seek(SeekFrom::Start(40)).unwrap();
        piece.write_all(&[byte[0] ^ 4]).unwrap();
        assert!(sorter.sorted().is_err());
    }

    #[test]
    fn however_many_pieces_there_are_few_files_are_open() {
        let folder = tempfile::tempdir().unwrap();
        let room = Arc::new(AtomicBool::new(true));
        let mut sorter = beside(folder.path(), 700, &room);
        // Over a thousand pieces. Every key comes three times; the last time every other one is deleted.
        let (keys, mut most) = (9_000_u32, 0);
        for round in 0..3_u32 {
            for key in 0..keys {
                let key = key * 4_567 % 9_001;
                let value = (round + key).to_be_bytes();
                let deleted = round == 2 && key % 2 == 1;
                sorter
                    .push(&key.to_be_bytes(), (!deleted).then_some(&value[..]))
                    .unwrap();
                most = most.max(sorter.pieces.len());
            }
        }
        assert!(sorter.written > 1_000, "{} pieces", sorter.written);
        assert!(most < 4 * MERGED_AT_ONCE, "{most} files were open");
        let mut seen = 0;
        let mut last = None;
        for row in sorter.sorted().unwrap() {
            let (key, value) = row.unwrap();
            let key = u32::from_be_bytes(key.try_into().unwrap());
            assert!(Some(key) > last);
            last = Some(key);
            let expected = (key % 2 == 0).then(|| (2 + key).to_be_bytes().to_vec());
            assert_eq!(value, expected, "of key {key}");
            seen += 1;
        }
        assert_eq!(seen, keys);
    }

    #[test]
    fn without_room_rows_stay_in_memory_up_to_a_limit_and_then_it_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let room = Arc::new(AtomicBool::new(false));
        let mut sorter = beside(folder.path(), 1_000, &room);
        let mut taken = 0_u32;
        let said = loop {
            match sorter.push(&taken.to_be_bytes(), Some(&[0; 80])) {
                Ok(()) => taken += 1,
                Err(error) => break error.to_string(),
            }
        };
        assert!(said.contains("no room"), "{said}");
        assert!((35..45).contains(&taken), "{taken}");
        assert!(sorter.pieces.is_empty());

        let mut sorter = beside(folder.path(), 1_000, &room);
        for number in 0..20_u32 {
            sorter.push(&number.to_be_bytes(), Some(&[0; 80])).unwrap();
        }
        room.store(true, atomic::Ordering::SeqCst);
        for number in 20..100_u32 {
            sorter.push(&number.to_be_bytes(), Some(&[0; 80])).unwrap();
        }
        assert!(!sorter.pieces.is_empty());
        assert_eq!(sorter.sorted().unwrap().count(), 100);
    }
}
