//! A piece: sorted rows in a file without a name, in encrypted chunks.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::sync::Arc;

use super::row::{self, Change, cut, failed, unable};
use crate::store::StoreError;
use crate::store::embedded::{Cipher, Secret};

/// Bytes of rows from which a chunk is encrypted and written.
const CHUNK_BYTES: usize = 64 * 1024;

/// The key of all pieces of one sorter.
pub(super) fn new_cipher() -> Result<Cipher, StoreError> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|_| StoreError::Randomness)?;
    Cipher::new(&Secret(secret)).ok_or_else(|| unable("a key could not be made"))
}

/// A piece that is written.
pub(super) struct Piece {
    pub(super) file: File,
    number: u32,
    /// How often its rows were merged.
    pub(super) level: u32,
}

/// A piece that is being written: rows in order, each key once.
pub(super) struct Writing {
    cipher: Arc<Cipher>,
    out: BufWriter<File>,
    number: u32,
    level: u32,
    chunk: Vec<u8>,
    chunks: u64,
}

impl Writing {
    /// Begins one, in a folder that is there. No other under this key has its number.
    pub(super) fn new(
        folder: &Path,
        cipher: &Arc<Cipher>,
        number: u32,
        level: u32,
    ) -> Result<Self, StoreError> {
        let path = folder.join(format!("sorting-{number}"));
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&path)
            .map_err(failed)?;
        fs::remove_file(&path).map_err(failed)?;
        Ok(Self {
            cipher: Arc::clone(cipher),
            out: BufWriter::new(file),
            number,
            level,
            chunk: Vec::with_capacity(2 * CHUNK_BYTES),
            chunks: 0,
        })
    }

    /// Takes the bytes of a row as [`row::write`] makes them.
    pub(super) fn push_bytes(&mut self, row: &[u8]) -> Result<(), StoreError> {
        self.chunk.extend_from_slice(row);
        self.write_when_full()
    }

    /// Takes a row.
    pub(super) fn push(&mut self, (key, value): &Change) -> Result<(), StoreError> {
        row::write(&mut self.chunk, key, value.as_deref())?;
        self.write_when_full()
    }

    fn write_when_full(&mut self) -> Result<(), StoreError> {
        if self.chunk.len() >= CHUNK_BYTES {
            self.write_chunk()?;
        }
        Ok(())
    }

    /// Encrypts what is there and writes it with its length.
    fn write_chunk(&mut self) -> Result<(), StoreError> {
        let nonce = nonce(self.number, self.chunks);
        let sealed = self.cipher.seal(nonce, b"", &mut self.chunk);
        sealed.ok_or_else(|| unable("a piece could not be encrypted"))?;
        let bytes = u32::try_from(self.chunk.len()).map_err(|_| unable("a row is too long"))?;
        self.out.write_all(&bytes.to_be_bytes()).map_err(failed)?;
        self.out.write_all(&self.chunk).map_err(failed)?;
        self.chunk.clear();
        self.chunks += 1;
        Ok(())
    }

    /// The piece, whole.
    pub(super) fn end(mut self) -> Result<Piece, StoreError> {
        if !self.chunk.is_empty() {
            self.write_chunk()?;
        }
        let file = self.out.into_inner();
        Ok(Piece {
            file: file.map_err(|error| failed(error.into_error()))?,
            number: self.number,
            level: self.level,
        })
    }
}

/// A piece that is being read.
pub(super) struct Reading {
    cipher: Arc<Cipher>,
    file: BufReader<File>,
    number: u32,
    /// Chunks that were read.
    chunks: u64,
    chunk: Vec<u8>,
    /// Where the next row stands in the chunk.
    at: usize,
}

impl Reading {
    pub(super) fn of(mut piece: Piece, cipher: &Arc<Cipher>) -> Result<Self, StoreError> {
        piece.file.rewind().map_err(failed)?;
        Ok(Self {
            cipher: Arc::clone(cipher),
            file: BufReader::with_capacity(4096, piece.file),
            number: piece.number,
            chunks: 0,
            chunk: Vec::new(),
            at: 0,
        })
    }

    /// The next row; `None` after the last.
    pub(super) fn next(&mut self) -> Result<Option<Change>, StoreError> {
        if self.at >= self.chunk.len() && !self.next_chunk()? {
            return Ok(None);
        }
        let (row, end) = row::owned(&self.chunk, self.at).ok_or_else(cut)?;
        self.at = end;
        Ok(Some(row))
    }

    fn next_chunk(&mut self) -> Result<bool, StoreError> {
        let mut length = [0; 4];
        match self.file.read_exact(&mut length) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            other => other.map_err(failed)?,
        }
        let bytes = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        self.chunk.clear();
        self.chunk.resize(bytes, 0);
        self.file.read_exact(&mut self.chunk).map_err(failed)?;
        let nonce = nonce(self.number, self.chunks);
        let opened = self.cipher.open(nonce, b"", &mut self.chunk);
        let plain = opened.ok_or_else(cut)?.len();
        self.chunk.truncate(plain);
        self.chunks += 1;
        self.at = 0;
        Ok(true)
    }
}

/// A chunk has its place in its piece, a piece its number: no nonce comes twice under the key of a sorter.
fn nonce(piece: u32, number: u64) -> [u8; 12] {
    let mut nonce = [0; 12];
    let (head, tail) = nonce.split_at_mut(4);
    head.copy_from_slice(&piece.to_be_bytes());
    tail.copy_from_slice(&number.to_be_bytes());
    nonce
}
