//! Bytes from one file into another, with their SHA-256. Places of zero bytes only, such as parts that were punched out, take no place in the copy.

use aws_lc_rs::digest::{Context, SHA256};

use crate::store::StoreError;
use crate::store::embedded::bytes::size;
use crate::store::embedded::files::Open;

/// Bytes that are read at once.
const PIECE_BYTES: usize = 1 << 20;
/// Bytes that take place on a disk together.
const BLOCK_BYTES: usize = 4096;

/// Told of every piece that was read.
pub(super) type Went<'w> = &'w mut dyn FnMut(u64);

/// SHA-256 of the first `end` bytes. Err: the file is shorter, or cannot be read.
pub(super) fn digest(from: &Open, end: u64, went: Went<'_>) -> Result<[u8; 32], StoreError> {
    pieces(from, end, went, &mut |_, _| Ok(()))
}

/// Writes the first `end` bytes into an empty file, not yet synced; the SHA-256 of what was written.
pub(super) fn copy(
    from: &Open,
    end: u64,
    to: &Open,
    went: Went<'_>,
) -> Result<[u8; 32], StoreError> {
    pieces(from, end, went, &mut |at, piece| {
        let mut begin = 0;
        while begin < piece.len() {
            let rest = piece.get(begin..).unwrap_or_default();
            let blocks = rest.chunks(BLOCK_BYTES);
            let zeros = blocks.take_while(|block| block.iter().all(|byte| *byte == 0));
            let skipped: usize = zeros.map(<[u8]>::len).sum();
            let rest = rest.get(skipped..).unwrap_or_default();
            let blocks = rest.chunks(BLOCK_BYTES);
            let written = blocks.take_while(|block| block.iter().any(|byte| *byte != 0));
            let written: usize = written.map(<[u8]>::len).sum();
            if let Some(bytes) = rest.get(..written).filter(|bytes| !bytes.is_empty()) {
                to.write(bytes, at + (begin + skipped) as u64)
                    .map_err(|error| error.or_full(end))?;
            }
            begin += skipped + written;
        }
        // The last byte gives the file its size.
        if at + piece.len() as u64 == end
            && let Some(last) = piece.last()
        {
            to.write(&[*last], end - 1)
                .map_err(|error| error.or_full(end))?;
        }
        Ok(())
    })
}

/// Takes a piece of bytes that begins so far from the start.
type Take<'t> = &'t mut dyn FnMut(u64, &[u8]) -> Result<(), StoreError>;

fn pieces(from: &Open, end: u64, went: Went<'_>, take: Take<'_>) -> Result<[u8; 32], StoreError> {
    let mut hash = Context::new(&SHA256);
    let mut buffer = vec![0; PIECE_BYTES.min(size(end))];
    let mut at = 0;
    while at < end {
        let bytes = buffer.len().min(size(end - at));
        let Some(piece) = buffer.get_mut(..bytes) else {
            break;
        };
        from.read(piece, at)?;
        hash.update(piece);
        take(at, piece)?;
        at += bytes as u64;
        went(bytes as u64);
    }
    let mut digest = [0; 32];
    digest.copy_from_slice(hash.finish().as_ref());
    Ok(digest)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::store::embedded::files::{Disk, Files, Folder, OpenAs};
    use crate::store::record::sha256;

    #[test]
    fn a_copy_is_the_first_bytes_and_zeros_take_no_place_in_it() {
        use std::os::unix::fs::MetadataExt as _;
        let folder = tempfile::tempdir().unwrap();
        let files: Arc<dyn Files> = Arc::new(Disk);
        let place = Folder::new(files, folder.path());
        let mut bytes = vec![0; 3 * PIECE_BYTES + 5];
        for at in [0, BLOCK_BYTES + 7, PIECE_BYTES - 1, 2 * PIECE_BYTES] {
            bytes[at] = 7;
        }
        std::fs::write(folder.path().join("from"), &bytes).unwrap();
        let from = place.open("from", OpenAs::Read).unwrap();
        for end in [0, 1, BLOCK_BYTES, PIECE_BYTES, PIECE_BYTES + 1, bytes.len()] {
            let to = place.open("to", OpenAs::New).unwrap();
            let mut read = 0;
            let hash = copy(&from, end as u64, &to, &mut |more| read += more).unwrap();
            assert_eq!(to.read_all().unwrap(), bytes[..end], "{end}");
            assert_eq!((hash, read), (sha256(&[&bytes[..end]]), end as u64));
            assert_eq!(digest(&from, end as u64, &mut |_| {}).unwrap(), hash);
        }
        let known = std::fs::metadata(Path::new(folder.path()).join("to")).unwrap();
        assert!(known.blocks() * 512 < 100_000, "{} blocks", known.blocks());
        let past = copy(
            &from,
            bytes.len() as u64 + 1,
            &place.open("to", OpenAs::New).unwrap(),
            &mut |_| {},
        );
        assert!(matches!(past, Err(StoreError::Damage { .. })), "{past:?}");
    }
}
