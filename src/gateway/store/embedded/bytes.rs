//! Fixed layouts: whole numbers big-endian, one after the other. Reading past the end is `None`, never a panic.

/// Writes fields one after the other.
#[derive(Debug, Default)]
pub(crate) struct Put(pub(crate) Vec<u8>);

impl Put {
    pub(crate) fn u8(mut self, value: u8) -> Put {
        self.0.push(value);
        self
    }
    pub(crate) fn u32(mut self, value: u32) -> Put {
        self.0.extend(value.to_be_bytes());
        self
    }
    pub(crate) fn u64(mut self, value: u64) -> Put {
        self.0.extend(value.to_be_bytes());
        self
    }
    pub(crate) fn i64(mut self, value: i64) -> Put {
        self.0.extend(value.to_be_bytes());
        self
    }
    pub(crate) fn raw(mut self, value: &[u8]) -> Put {
        self.0.extend_from_slice(value);
        self
    }
    /// Closes with the CRC-32C of everything before it.
    pub(crate) fn crc(self) -> Vec<u8> {
        let crc = crc32c::crc32c(&self.0);
        self.u32(crc).0
    }
    /// Closes with the CRC-32C and zero bytes up to a size.
    pub(crate) fn crc_padded(self, bytes: usize) -> Vec<u8> {
        let mut all = self.crc();
        all.resize(bytes, 0);
        all
    }
}

/// Reads fields one after the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Take<'a> {
    all: &'a [u8],
    at: usize,
}

impl<'a> Take<'a> {
    pub(crate) fn new(all: &'a [u8]) -> Take<'a> {
        Take { all, at: 0 }
    }
    pub(crate) fn raw(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(bytes)?;
        let raw = self.all.get(self.at..end)?;
        self.at = end;
        Some(raw)
    }
    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.raw(N)?.try_into().ok()
    }
    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_be_bytes)
    }
    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }
    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }
    pub(crate) fn i64(&mut self) -> Option<i64> {
        self.array().map(i64::from_be_bytes)
    }
    /// Whether the next four bytes are the CRC-32C of everything before them.
    pub(crate) fn crc(&mut self) -> Option<()> {
        let crc = crc32c::crc32c(self.all.get(..self.at)?);
        (self.u32()? == crc).then_some(())
    }
    /// The CRC, and nothing but zero bytes after it.
    pub(crate) fn crc_padded(&mut self) -> Option<()> {
        self.crc()?;
        self.all
            .get(self.at..)?
            .iter()
            .all(|byte| *byte == 0)
            .then_some(())
    }
}

/// The bytes of a head with another version in its place behind the magic. What is whole with the version that is written now, but not as it
/// stands, was not written by a newer program: bits of its version have flipped.
pub(crate) fn with_version(head: &[u8], version: u32) -> Vec<u8> {
    let mut bytes = head.to_vec();
    if let Some(place) = bytes.get_mut(8..12) {
        place.copy_from_slice(&version.to_be_bytes());
    }
    bytes
}

/// A size or offset in memory.
pub(crate) fn size(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}
