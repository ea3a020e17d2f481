//! What the bytes of a record say of themselves: where it stands and when it was written. What happened stays bytes.
//!
//! A record is deterministic CBOR (RFC 8949 section 4.2.1): one way to write each. Version 1 is a map with the keys 0 to 5 in this order:
//!
//! | key | value |
//! |---|---|
//! | 0 | version: 1 |
//! | 1 | position: its place in the journal, which is its index in the log |
//! | 2 | time: microseconds since 1970-01-01 00:00 UTC |
//! | 3 | event: a byte string, what happened |
//! | 4 | parts: an array of arrays of kind, segment, offset, length, SHA-256 of the stored bytes (32) |
//! | 5 | erased keys: an array of arrays of the position of an earlier record and kind |
//!
//! `a6 00 01 01 07 02 00 03 41 78 04 80 05 80` is record 7, written at the very beginning of 1970, with the event `x`.

/// Largest record in bytes.
pub const RECORD_BYTES_MAX: usize = 65_536;

/// Why bytes are no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// Longer than a record may be.
    #[error("a record of {bytes} bytes is longer than {RECORD_BYTES_MAX}")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// Of a version that came later.
    #[error("record version {version} is not known here")]
    Version {
        /// The version it says.
        version: u64,
    },
    /// Not what a record of its version looks like, or not in the one way to write it.
    #[error("the bytes are no record")]
    Malformed,
}

impl RecordError {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooLong { .. } => "record-too-long",
            Self::Version { .. } => "record-version",
            Self::Malformed => "record-malformed",
        }
    }
}

/// One key of an earlier record that a record ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErasedKey {
    /// Index of the record that the key belongs to.
    pub position: u64,
    /// Which of its keys: 0 for content, 1 for effect. The salt goes with the last of the two.
    pub kind: u64,
}

/// A record, as far as it is understood without knowing what happens in a gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordHead<'a> {
    /// Its place in the journal.
    pub position: u64,
    /// When it was written: microseconds since 1970 in UTC, by the clock of the gateway.
    pub time_us: i64,
    /// What happened, as the gateway wrote it.
    pub event: &'a [u8],
    /// Keys of earlier records that it ended.
    pub erases: Vec<ErasedKey>,
}

impl RecordHead<'_> {
    /// Reads a record. Err: it is longer than [`RECORD_BYTES_MAX`], of another version, or not written as its version is.
    pub fn read(bytes: &[u8]) -> Result<RecordHead<'_>, RecordError> {
        if bytes.len() > RECORD_BYTES_MAX {
            return Err(RecordError::TooLong { bytes: bytes.len() });
        }
        let mut cbor = Cbor(bytes);
        let version = cbor.version().ok_or(RecordError::Malformed)?;
        match version {
            (1, 6) => cbor.version_1().ok_or(RecordError::Malformed),
            (1, _) => Err(RecordError::Malformed),
            (version, _) => Err(RecordError::Version { version }),
        }
    }
}

/// What is left to be read. A head that is not in its shortest form, or of indefinite length, is none.
struct Cbor<'a>(&'a [u8]);

/// Major types of CBOR.
const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const ARRAY: u8 = 4;
const MAP: u8 = 5;

impl<'a> Cbor<'a> {
    /// Version, and how many keys the map around it has.
    fn version(&mut self) -> Option<(u64, u64)> {
        let keys = self.expect(MAP)?;
        self.key(0)?;
        Some((self.expect(UNSIGNED)?, keys))
    }

    /// What stands behind the version.
    fn version_1(&mut self) -> Option<RecordHead<'a>> {
        self.key(1)?;
        let position = self.expect(UNSIGNED)?;
        self.key(2)?;
        let time_us = match self.head()? {
            (UNSIGNED, value) => i64::try_from(value).ok()?,
            (NEGATIVE, value) => -1 - i64::try_from(value).ok()?,
            _ => return None,
        };
        self.key(3)?;
        let event = self.bytes()?;
        self.key(4)?;
        for _ in 0..self.expect(ARRAY)? {
            self.part()?;
        }
        self.key(5)?;
        let mut erases = Vec::new();
        for _ in 0..self.expect(ARRAY)? {
            self.array_of(2)?;
            erases.push(ErasedKey {
                position: self.expect(UNSIGNED).filter(|erased| *erased < position)?,
                kind: self.at_most(u64::from(u8::MAX))?,
            });
        }
        self.0.is_empty().then_some(RecordHead {
            position,
            time_us,
            event,
            erases,
        })
    }

    /// Kind, segment, offset, length, SHA-256.
    fn part(&mut self) -> Option<()> {
        self.array_of(5)?;
        self.at_most(u64::from(u8::MAX))?;
        self.at_most(u64::from(u32::MAX))?;
        self.expect(UNSIGNED)?;
        self.expect(UNSIGNED)?;
        (self.bytes()?.len() == 32).then_some(())
    }

    fn key(&mut self, number: u64) -> Option<()> {
        (self.expect(UNSIGNED)? == number).then_some(())
    }

    fn array_of(&mut self, items: u64) -> Option<()> {
        (self.expect(ARRAY)? == items).then_some(())
    }

    fn at_most(&mut self, most: u64) -> Option<u64> {
        self.expect(UNSIGNED).filter(|value| *value <= most)
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.expect(BYTES)?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    fn expect(&mut self, major: u8) -> Option<u64> {
        let (found, value) = self.head()?;
        (found == major).then_some(value)
    }

    /// The next head: major type and value.
    fn head(&mut self) -> Option<(u8, u64)> {
        let (first, rest) = self.0.split_first()?;
        let (major, short) = (first >> 5, first & 0x1f);
        // A value that would have fitted into fewer bytes is not in its shortest form.
        let (length, least) = match short {
            0..=23 => {
                self.0 = rest;
                return Some((major, u64::from(short)));
            }
            24 => (1, 24),
            25 => (2, 1 << 8),
            26 => (4, 1 << 16),
            27 => (8, 1 << 32),
            _ => return None,
        };
        let (value, rest) = rest.split_at_checked(length)?;
        let value = value
            .iter()
            .fold(0, |value, byte| value << 8 | u64::from(*byte));
        self.0 = rest;
        (value >= least).then_some((major, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Record 70,000 with a part and an erased key, written out by hand.
    fn a_record() -> Vec<u8> {
        let mut bytes = vec![0xa6, 0x00, 0x01, 0x01, 0x1a, 0x00, 0x01, 0x11, 0x70];
        bytes.extend([0x02, 0x1b, 0x00, 0x06, 0x5c, 0x02, 0x6c, 0x5f, 0x4c, 0x00]);
        bytes.extend([0x03, 0x42, 0x82, 0x01]);
        bytes.extend([0x04, 0x81, 0x85, 0x03, 0x00, 0x18, 0x64, 0x19, 0x01, 0x00]);
        bytes.extend([0x58, 0x20]);
        bytes.extend([7; 32]);
        bytes.extend([0x05, 0x81, 0x82, 0x09, 0x01]);
        bytes
    }

    #[test]
    fn a_record_says_where_it_stands_and_when_it_was_written() {
        let bytes = a_record();
        let head = RecordHead::read(&bytes).unwrap();
        assert_eq!(head.position, 70_000);
        assert_eq!(head.time_us, 0x0006_5c02_6c5f_4c00);
        assert_eq!(head.event, [0x82, 0x01]);
        assert_eq!(
            head.erases,
            [ErasedKey {
                position: 9,
                kind: 1
            }]
        );
    }

    #[test]
    fn a_record_erases_keys_of_earlier_records_alone() {
        let erasing = |position| {
            let mut bytes = vec![0xa6, 0, 1, 1, 7, 2, 0, 3, 0x41, b'x', 4, 0x80];
            bytes.extend([5, 0x82, 0x82, 0, 0, 0x82, position, 1]);
            RecordHead::read(&bytes).map(|head| head.erases.len())
        };
        assert_eq!(erasing(6), Ok(2));
        for position in [7, 8] {
            assert_eq!(erasing(position), Err(RecordError::Malformed));
        }
    }

    #[test]
    fn a_time_before_1970_is_read() {
        let bytes = [0xa6, 0, 1, 1, 7, 2, 0x20, 3, 0x41, b'x', 4, 0x80, 5, 0x80];
        assert_eq!(RecordHead::read(&bytes).unwrap().time_us, -1);
    }

    #[test]
    fn a_record_with_bytes_missing_or_added_is_none() {
        let mut bytes = a_record();
        for end in 0..bytes.len() {
            let cut = bytes.get(..end).unwrap();
            assert_eq!(
                RecordHead::read(cut),
                Err(RecordError::Malformed),
                "cut at {end}"
            );
        }
        bytes.push(0);
        assert_eq!(RecordHead::read(&bytes), Err(RecordError::Malformed));
    }

    #[test]
    fn a_number_that_is_not_in_its_shortest_form_is_none() {
        for longer in [
            &[0xa6, 0x00, 0x01, 0x01, 0x18, 0x07][..],
            &[0xa6, 0x00, 0x01, 0x01, 0x19, 0x00, 0x07],
            &[0xa6, 0x00, 0x01, 0x01, 0x1a, 0x00, 0x00, 0x00, 0x07],
            &[0xa6, 0x00, 0x01, 0x01, 0x1b, 0, 0, 0, 0, 0, 0, 0, 7],
            // Of indefinite length.
            &[0xbf, 0x00, 0x01, 0x01, 0x07],
        ] {
            let bytes = [longer, &[2, 0, 3, 0x41, b'x', 4, 0x80, 5, 0x80]].concat();
            assert_eq!(RecordHead::read(&bytes), Err(RecordError::Malformed));
        }
    }

    #[test]
    fn a_later_version_is_told_apart_from_damage() {
        let mut bytes = a_record();
        bytes[2] = 2;
        let later = Err(RecordError::Version { version: 2 });
        assert_eq!(RecordHead::read(&bytes), later);
        // With a key more, too.
        bytes[0] = 0xa7;
        assert_eq!(RecordHead::read(&bytes), later);
        bytes[2] = 1;
        assert_eq!(RecordHead::read(&bytes), Err(RecordError::Malformed));
    }

    #[test]
    fn a_record_may_have_this_many_bytes_and_no_more() {
        let event = RECORD_BYTES_MAX - 15;
        let mut bytes = vec![0xa6, 0, 1, 1, 7, 2, 0, 3, 0x59];
        bytes.extend(u16::try_from(event).unwrap().to_be_bytes());
        bytes.extend(vec![b'x'; event]);
        bytes.extend([4, 0x80, 5, 0x80]);
        assert_eq!(bytes.len(), RECORD_BYTES_MAX);
        assert!(RecordHead::read(&bytes).is_ok());
        bytes.push(0);
        assert_eq!(
            RecordHead::read(&bytes),
            Err(RecordError::TooLong {
                bytes: RECORD_BYTES_MAX + 1
            })
        );
    }
}
