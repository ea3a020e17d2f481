//! A bundle: the entries whose hashes stand in one tile of level 0.

use super::{ENTRY_BYTES_MAX, TILE_WIDTH, TileError};
use crate::hash::{Hash, leaf_hash};

/// 1 to 256 consecutive entries. Its bytes are the entries, each after its length in two bytes, the higher first.
///
/// ```
/// use knooppunt_proof::{EntryBundle, leaf_hash};
///
/// let bundle = EntryBundle::new(vec![b"first".to_vec(), vec![]]).unwrap();
/// assert_eq!(bundle.to_bytes(), b"\x00\x05first\x00\x00");
/// assert_eq!(EntryBundle::parse(b"\x00\x05first\x00\x00", 2).unwrap(), bundle);
/// assert_eq!(bundle.leaves(), [leaf_hash(b"first"), leaf_hash(b"")]);
/// assert!(EntryBundle::parse(b"\x00\x05firs", 1).is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryBundle {
    entries: Vec<Vec<u8>>,
}

impl EntryBundle {
    /// Of its entries. Err: none, more than [`TILE_WIDTH`], or one longer than [`ENTRY_BYTES_MAX`].
    pub fn new(entries: Vec<Vec<u8>>) -> Result<EntryBundle, TileError> {
        let width = entries.len();
        if width == 0 || width > usize::from(TILE_WIDTH) {
            return Err(TileError::Width { width });
        }
        let longest = entries.iter().map(Vec::len).max().unwrap_or(0);
        if longest > ENTRY_BYTES_MAX {
            return Err(TileError::EntryLength { bytes: longest });
        }
        Ok(EntryBundle { entries })
    }

    /// Of the bytes of a bundle of `width` entries. Err: a width that no bundle has, fewer entries or more, or an entry shorter than it says.
    pub fn parse(bytes: &[u8], width: u16) -> Result<EntryBundle, TileError> {
        if width == 0 || width > TILE_WIDTH {
            let width = usize::from(width);
            return Err(TileError::Width { width });
        }
        let wrong = TileError::EntryBytes { width };
        let (mut rest, mut entries) = (bytes, Vec::new());
        for _ in 0..width {
            let (length, after) = rest.split_first_chunk().ok_or(wrong)?;
            let length = usize::from(u16::from_be_bytes(*length));
            let (entry, after) = after.split_at_checked(length).ok_or(wrong)?;
            entries.push(entry.to_vec());
            rest = after;
        }
        if rest.is_empty() {
            Ok(EntryBundle { entries })
        } else {
            Err(wrong)
        }
    }

    /// Its bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for entry in &self.entries {
            // Never longer: `new` and `parse` see to it.
            let length = u16::try_from(entry.len()).unwrap_or(u16::MAX);
            bytes.extend_from_slice(&length.to_be_bytes());
            bytes.extend_from_slice(entry);
        }
        bytes
    }

    /// Its entries: 1 to 256.
    pub fn entries(&self) -> &[Vec<u8>] {
        &self.entries
    }

    /// The hashes of its entries: what the tile of level 0 with its index has to hold.
    pub fn leaves(&self) -> Vec<Hash> {
        self.entries.iter().map(|entry| leaf_hash(entry)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_comes_back_and_no_byte_of_it_can_be_missing_or_too_many() {
        let entries = vec![vec![7; 65_535], vec![], vec![1, 2, 3]];
        let bundle = EntryBundle::new(entries.clone()).unwrap();
        let bytes = bundle.to_bytes();
        assert_eq!(EntryBundle::parse(&bytes, 3).unwrap().entries(), entries);
        let wrong = |width| Err(TileError::EntryBytes { width });
        assert_eq!(EntryBundle::parse(&bytes, 2), wrong(2));
        assert_eq!(EntryBundle::parse(&bytes, 4), wrong(4));
        for length in (0..bytes.len()).rev().take(8).chain([0, 1, 2]) {
            assert_eq!(EntryBundle::parse(&bytes[..length], 3), wrong(3));
        }
        assert_eq!(
            EntryBundle::parse(&[&bytes[..], &[0]].concat(), 3),
            wrong(3)
        );
    }

    #[test]
    fn what_no_bundle_can_hold_is_refused() {
        let refused = Err(TileError::EntryLength { bytes: 65_536 });
        assert_eq!(EntryBundle::new(vec![vec![0; 65_536]]), refused);
        for width in [0, 257] {
            let refused = Err(TileError::Width { width });
            assert_eq!(EntryBundle::new(vec![vec![]; width]), refused);
            let refused = EntryBundle::parse(&[0; 514], u16::try_from(width).unwrap());
            assert_eq!(refused, Err(TileError::Width { width }));
        }
    }
}
