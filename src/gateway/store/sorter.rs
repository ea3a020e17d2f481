//! Rows in the order of their keys, however many there are: what does not fit in memory is sorted in pieces, which stand in files until they are merged.
//!
//! The files have no name from the moment they are made, so a process that ends leaves nothing of them; and they are encrypted under a key that is nowhere but
//! in this memory, so that rows may hold what no view shows. It knows nothing of what keys and values mean.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read as _, Seek as _};
use std::path::PathBuf;

use super::StoreError;
use super::embedded::{Cipher, Secret};

/// Bytes of rows from which a chunk of a file is encrypted and written.
const CHUNK_BYTES: usize = 64 * 1024;
/// Length of a value that says: deleted.
const DELETED: u32 = u32::MAX;
/// Bytes before each key: its length and that of its value.
const LENGTHS: usize = 8;

/// A key with its last value; `None`: deleted.
pub(crate) type Change = (Vec<u8>, Option<Vec<u8>>);

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
    /// Lengths, keys and values, one row after the other.
    rows: Vec<u8>,
    places: Vec<Place>,
    aside: Option<Aside>,
    cipher: Option<Cipher>,
    pieces: Vec<File>,
}

/// Where a row stands among those in memory.
#[derive(Clone, Copy)]
struct Place {
    /// The first bytes of its key: most comparisons need no more.
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
        }
    }

    /// Takes the value of a key; `None` deletes it. `Err`: a piece could not be written, or there is no room for it and too much is in memory.
    pub fn push(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), StoreError> {
        let at = self.rows.len();
        let length = |bytes: usize| u32::try_from(bytes).map_err(|_| unable("a row is too long"));
        let key_bytes = length(key.len())?.to_be_bytes();
        let value_bytes = value.map_or(Ok(DELETED), |value| length(value.len()))?;
        self.rows.extend_from_slice(&key_bytes);
        self.rows.extend_from_slice(&value_bytes.to_be_bytes());
        self.rows.extend_from_slice(key);
        self.rows.extend_from_slice(value.unwrap_or_default());
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

    /// All rows in the order of their keys, each key once.
    pub fn sorted(mut self) -> Result<Sorted, StoreError> {
        self.sort();
        let mut sources = Vec::with_capacity(self.pieces.len() + 1);
        let cipher = self.cipher.take();
        for (number, mut file) in std::mem::take(&mut self.pieces).into_iter().enumerate() {
            file.rewind().map_err(failed)?;
            sources.push(Source::Piece(Piece {
                file: BufReader::with_capacity(4096, file),
                number,
                chunks: 0,
                chunk: Vec::new(),
                at: 0,
            }));
        }
        sources.push(Source::Memory {
            rows: self.rows,
            places: self.places.into_iter(),
        });
        let mut sorted = Sorted {
            sources,
            cipher,
            heads: BinaryHeap::new(),
        };
        for number in 0..sorted.sources.len() {
            sorted.refill(number)?;
        }
        Ok(sorted)
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
        let Some(aside) = &self.aside else {
            return Ok(());
        };
        let cipher = match self.cipher.take() {
            Some(cipher) => cipher,
            None => new_cipher()?,
        };
        let number = self.pieces.len();
        let path = aside.folder.join(format!("sorting-{number}"));
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&path)
            .map_err(failed)?;
        fs::remove_file(&path).map_err(failed)?;
        let mut out = BufWriter::new(file);
        let (mut chunk, mut chunks) = (Vec::with_capacity(2 * CHUNK_BYTES), 0);
        for place in &self.places {
            let (key, value) = row_at(&self.rows, place.at).ok_or_else(cut)?;
            let end = place.at + LENGTHS + key.len() + value.map_or(0, <[u8]>::len);
            chunk.extend_from_slice(self.rows.get(place.at..end).unwrap_or_default());
            if chunk.len() >= CHUNK_BYTES {
                write_chunk(&cipher, number, chunks, &mut chunk, &mut out)?;
                chunks += 1;
            }
        }
        if !chunk.is_empty() {
            write_chunk(&cipher, number, chunks, &mut chunk, &mut out)?;
        }
        let file = out
            .into_inner()
            .map_err(|error| failed(error.into_error()))?;
        self.cipher = Some(cipher);
        self.pieces.push(file);
        self.rows.clear();
        self.places.clear();
        Ok(())
    }
}

fn new_cipher() -> Result<Cipher, StoreError> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|_| StoreError::Randomness)?;
    Cipher::new(&Secret(secret)).ok_or_else(|| unable("a key could not be made"))
}

/// Encrypts a chunk and writes it with its length; it is empty after that.
fn write_chunk(
    cipher: &Cipher,
    piece: usize,
    number: u64,
    chunk: &mut Vec<u8>,
    out: &mut impl io::Write,
) -> Result<(), StoreError> {
    let sealed = cipher.seal(nonce(piece, number), b"", chunk);
    sealed.ok_or_else(|| unable("a piece could not be encrypted"))?;
    let bytes = u32::try_from(chunk.len()).map_err(|_| unable("a row is too long"))?;
    out.write_all(&bytes.to_be_bytes()).map_err(failed)?;
    out.write_all(chunk).map_err(failed)?;
    chunk.clear();
    Ok(())
}

/// A chunk has its place in its piece, a piece its number: no nonce comes twice under the key of a sorter.
fn nonce(piece: usize, number: u64) -> [u8; 12] {
    let mut nonce = [0; 12];
    let (head, tail) = nonce.split_at_mut(4);
    head.copy_from_slice(&u32::try_from(piece).unwrap_or(u32::MAX).to_be_bytes());
    tail.copy_from_slice(&number.to_be_bytes());
    nonce
}

fn prefix(key: &[u8]) -> u64 {
    let mut first = [0; 8];
    for (to, from) in first.iter_mut().zip(key) {
        *to = *from;
    }
    u64::from_be_bytes(first)
}

/// The row that begins at an offset: key and value.
fn row_at(rows: &[u8], at: usize) -> Option<(&[u8], Option<&[u8]>)> {
    let (lengths, rest) = rows.get(at..)?.split_first_chunk::<LENGTHS>()?;
    let (key, value) = lengths.split_at(4);
    let length = |bytes: &[u8]| Some(u32::from_be_bytes(bytes.try_into().ok()?));
    let (key, rest) = rest.split_at_checked(usize::try_from(length(key)?).ok()?)?;
    match length(value)? {
        DELETED => Some((key, None)),
        bytes => Some((key, Some(rest.get(..usize::try_from(bytes).ok()?)?))),
    }
}

fn key_at(rows: &[u8], at: usize) -> &[u8] {
    row_at(rows, at).map_or(&[], |(key, _)| key)
}

#[allow(clippy::needless_pass_by_value, reason = "what `map_err` gives it")]
fn failed(error: io::Error) -> StoreError {
    let what = format!(
        "rows could not be sorted beside the views: {}",
        error.kind()
    );
    StoreError::Views { what }
}

fn unable(what: &str) -> StoreError {
    StoreError::Views { what: what.into() }
}

fn cut() -> StoreError {
    unable("rows that were sorted are not as they were written")
}

/// Rows in the order of their keys, each key once, with its last value.
pub struct Sorted {
    /// Pieces in the order in which they were written; what is in memory comes last.
    sources: Vec<Source>,
    cipher: Option<Cipher>,
    heads: BinaryHeap<Head>,
}

impl std::fmt::Debug for Sorted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sorted({} pieces)", self.sources.len())
    }
}

enum Source {
    Piece(Piece),
    Memory {
        rows: Vec<u8>,
        places: std::vec::IntoIter<Place>,
    },
}

/// A file of sorted rows that is being read.
struct Piece {
    file: BufReader<File>,
    number: usize,
    /// Chunks that were read.
    chunks: u64,
    chunk: Vec<u8>,
    /// Where the next row stands in the chunk.
    at: usize,
}

/// The next row of a source.
struct Head {
    row: Change,
    source: usize,
}

impl Ord for Head {
    /// The greatest comes out of the heap first: the smallest key, and of one key that of the latest source.
    fn cmp(&self, other: &Head) -> Ordering {
        other
            .row
            .0
            .cmp(&self.row.0)
            .then(self.source.cmp(&other.source))
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Head) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Head) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Head {}

impl Sorted {
    /// The next row of a source goes among the heads.
    fn refill(&mut self, source: usize) -> Result<(), StoreError> {
        let row = match self.sources.get_mut(source) {
            Some(Source::Memory { rows, places }) => match places.next() {
                Some(place) => Some(owned(rows, place.at).ok_or_else(cut)?.0),
                None => None,
            },
            Some(Source::Piece(piece)) => match &self.cipher {
                Some(cipher) => piece.next(cipher)?,
                None => None,
            },
            None => None,
        };
        self.heads.extend(row.map(|row| Head { row, source }));
        Ok(())
    }

    fn take(&mut self) -> Result<Option<Change>, StoreError> {
        let Some(Head { row, source }) = self.heads.pop() else {
            return Ok(None);
        };
        self.refill(source)?;
        while let Some(older) = self.heads.peek().filter(|older| older.row.0 == row.0) {
            let source = older.source;
            self.heads.pop();
            self.refill(source)?;
        }
        Ok(Some(row))
    }
}

impl Iterator for Sorted {
    type Item = Result<Change, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.take().transpose()
    }
}

impl Piece {
    fn next(&mut self, cipher: &Cipher) -> Result<Option<Change>, StoreError> {
        if self.at >= self.chunk.len() && !self.next_chunk(cipher)? {
            return Ok(None);
        }
        let (row, end) = owned(&self.chunk, self.at).ok_or_else(cut)?;
        self.at = end;
        Ok(Some(row))
    }

    fn next_chunk(&mut self, cipher: &Cipher) -> Result<bool, StoreError> {
        let mut length = [0; 4];
        match self.file.read_exact(&mut length) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            other => other.map_err(failed)?,
        }
        let bytes = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        self.chunk.clear();
        self.chunk.resize(bytes, 0);
        self.file.read_exact(&mut self.chunk).map_err(failed)?;
        let opened = cipher.open(nonce(self.number, self.chunks), b"", &mut self.chunk);
        let plain = opened.ok_or_else(cut)?.len();
        self.chunk.truncate(plain);
        self.chunks += 1;
        self.at = 0;
        Ok(true)
    }
}

/// The row that begins at an offset, and where it ends.
fn owned(rows: &[u8], at: usize) -> Option<(Change, usize)> {
    let (key, value) = row_at(rows, at)?;
    let end = at + LENGTHS + key.len() + value.map_or(0, <[u8]>::len);
    Some(((key.to_vec(), value.map(<[u8]>::to_vec)), end))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;
    use std::sync::atomic::{self, AtomicBool};

    use proptest::prelude::*;

    use std::io::Write as _;

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
            piece.rewind().unwrap();
            piece.read_to_end(&mut bytes).unwrap();
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
        let mut piece = sorter.pieces.first().unwrap();
        let mut byte = [0];
        piece.seek(io::SeekFrom::Start(40)).unwrap();
        piece.read_exact(&mut byte).unwrap();
        piece.seek(io::SeekFrom::Start(40)).unwrap();
        piece.write_all(&[byte[0] ^ 4]).unwrap();
        assert!(sorter.sorted().is_err());
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
