//! A record as deterministic CBOR, with its chain and leaf hash. The frame around it in a segment is the journal's.

use aws_lc_rs::digest::{Context, SHA256};
use jiff::Timestamp;
use knooppunt_proof::{EntryError, Salt, event_entry, leaf_hash};
use minicbor::{Decoder, Encoder, encode::write::Write};

use super::{Appended, KeyId, KeyKind, PartKind, PartRef, Position};

/// The chain before record 0.
pub const CHAIN_START: [u8; 32] = [0; 32];

/// The version of the record format that is written now. Every version ever written stays readable.
pub(crate) const RECORD_VERSION: u8 = 1;

/// One thing that happened, as the journal keeps it.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// Version of the record format it was written in.
    pub version: u8,
    /// Its place.
    pub position: Position,
    /// When, in UTC with microseconds; never before that of the record before.
    pub time: Timestamp,
    /// What happened.
    pub event: Vec<u8>,
    /// Where its parts are.
    pub parts: Vec<PartRef>,
    /// Keys of earlier records that it ended.
    pub erases: Vec<KeyId>,
    /// `SHA-256(0x00 || SHA-256("knooppunt/event/1" || salt || record))`: its leaf in the log.
    pub leaf: [u8; 32],
    /// `SHA-256("knooppunt/journal/1" || chain of the record before || leaf || record)`.
    pub chain: [u8; 32],
}

impl Record {
    /// Where its part of a kind is.
    pub fn part(&self, kind: PartKind) -> Option<&PartRef> {
        self.parts.iter().find(|part| part.kind == kind)
    }

    /// Its own bytes, over which leaf and chain are made: the CBOR that stands in the journal.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let body = Body {
            position: self.position,
            time: self.time,
            event: &self.event,
            parts: &self.parts,
            erases: &self.erases,
        };
        encode(&body, &mut bytes);
        bytes
    }

    /// From its own bytes alone, with neither leaf nor chain. None: they are not exactly those of a record.
    pub fn from_bytes(bytes: &[u8]) -> Option<Record> {
        decode(bytes, [0; 32], CHAIN_START)
    }

    /// Place and time, as `append` answered them.
    pub fn appended(&self) -> Appended {
        Appended {
            position: self.position,
            time: self.time,
        }
    }
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Record")
            .field("position", &self.position)
            .field("time", &self.time)
            .field("event_bytes", &self.event.len())
            .field("parts", &self.parts)
            .field("erases", &self.erases)
            .finish_non_exhaustive()
    }
}

/// The leaf of a record in the log: the hash of its entry, which hides it behind its salt (PROOF 3.10). Err: the salt is none.
pub fn record_leaf(salt: &[u8; 32], record: &[u8]) -> Result<[u8; 32], EntryError> {
    let entry = event_entry(&Salt::new(*salt)?, record);
    Ok(*leaf_hash(entry.as_bytes()).as_bytes())
}

pub(crate) fn chain_hash(before: &[u8; 32], leaf: &[u8; 32], record: &[u8]) -> [u8; 32] {
    sha256(&[b"knooppunt/journal/1", before, leaf, record])
}

pub(crate) fn sha256(pieces: &[&[u8]]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    for piece in pieces {
        context.update(piece);
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

/// What a record's own bytes say: everything but leaf and chain, which are made over them.
pub(crate) struct Body<'a> {
    pub(crate) position: Position,
    pub(crate) time: Timestamp,
    pub(crate) event: &'a [u8],
    pub(crate) parts: &'a [PartRef],
    pub(crate) erases: &'a [KeyId],
}

/// Appends the record's bytes: a map with keys 0 (version), 1 (position), 2 (time, microseconds since 1970), 3 (event),
/// 4 (parts: kind, segment, offset, length, SHA-256), 5 (erased keys: position, kind), in this order and in shortest form.
pub(crate) fn encode(body: &Body<'_>, out: &mut Vec<u8>) {
    let mut e = Encoder::new(Buffer(out));
    let done: Result<(), minicbor::encode::Error<std::convert::Infallible>> = (|| {
        e.map(6)?
            .u8(0)?
            .u8(RECORD_VERSION)?
            .u8(1)?
            .u64(body.position.0)?
            .u8(2)?
            .i64(body.time.as_microsecond())?;
        e.u8(3)?.bytes(body.event)?;
        e.u8(4)?.array(body.parts.len() as u64)?;
        for part in body.parts {
            e.array(5)?
                .u8(part.kind.number())?
                .u32(part.segment)?
                .u64(part.offset)?
                .u64(part.length)?
                .bytes(&part.sha256)?;
        }
        e.u8(5)?.array(body.erases.len() as u64)?;
        for key in body.erases {
            e.array(2)?.u64(key.position.0)?.u8(key.kind.number())?;
        }
        Ok(())
    })();
    debug_assert!(done.is_ok(), "writing to memory cannot fail");
}

struct Buffer<'a>(&'a mut Vec<u8>);

impl Write for Buffer<'_> {
    type Error = std::convert::Infallible;
    fn write_all(&mut self, bytes: &[u8]) -> Result<(), Self::Error> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

/// Reads a record's bytes back. `None` when they are not exactly what [`encode`] writes.
pub(crate) fn decode(bytes: &[u8], leaf: [u8; 32], chain: [u8; 32]) -> Option<Record> {
    let record = decode_fields(bytes, leaf, chain).ok().flatten()?;
    (record.bytes() == bytes).then_some(record)
}

fn decode_fields(
    bytes: &[u8],
    leaf: [u8; 32],
    chain: [u8; 32],
) -> Result<Option<Record>, minicbor::decode::Error> {
    let mut d = Decoder::new(bytes);
    if d.map()? != Some(6) || d.u8()? != 0 {
        return Ok(None);
    }
    let version = d.u8()?;
    if version != RECORD_VERSION || d.u8()? != 1 {
        return Ok(None);
    }
    let position = Position(d.u64()?);
    if d.u8()? != 2 {
        return Ok(None);
    }
    let Ok(time) = Timestamp::from_microsecond(d.i64()?) else {
        return Ok(None);
    };
    if d.u8()? != 3 {
        return Ok(None);
    }
    let event = d.bytes()?.to_vec();
    if d.u8()? != 4 {
        return Ok(None);
    }
    let Some(count) = d
        .array()?
        .filter(|count| *count <= PartKind::ALL.len() as u64)
    else {
        return Ok(None);
    };
    let mut parts = Vec::new();
    for _ in 0..count {
        if d.array()? != Some(5) {
            return Ok(None);
        }
        let Some(kind) = PartKind::from_number(d.u8()?) else {
            return Ok(None);
        };
        let (segment, offset, length) = (d.u32()?, d.u64()?, d.u64()?);
        let Ok(sha256) = <[u8; 32]>::try_from(d.bytes()?) else {
            return Ok(None);
        };
        parts.push(PartRef {
            kind,
            segment,
            offset,
            length,
            sha256,
        });
    }
    if d.u8()? != 5 {
        return Ok(None);
    }
    let Some(count) = d.array()?.filter(|count| *count <= bytes.len() as u64) else {
        return Ok(None);
    };
    let mut erases = Vec::new();
    for _ in 0..count {
        if d.array()? != Some(2) {
            return Ok(None);
        }
        let position = Position(d.u64()?);
        let Some(kind) = KeyKind::from_number(d.u8()?) else {
            return Ok(None);
        };
        erases.push(KeyId { position, kind });
    }
    if d.position() != bytes.len() {
        return Ok(None);
    }
    Ok(Some(Record {
        version,
        position,
        time,
        event,
        parts,
        erases,
        leaf,
        chain,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some_record() -> (Vec<u8>, Record) {
        let record = Record {
            version: RECORD_VERSION,
            position: Position(70_000),
            time: Timestamp::from_microsecond(1_790_000_000_123_456).unwrap(),
            event: b"event".to_vec(),
            parts: vec![PartRef {
                kind: PartKind::Effect,
                segment: 3,
                offset: 1 << 33,
                length: 16,
                sha256: [7; 32],
            }],
            erases: vec![KeyId {
                position: Position(9),
                kind: KeyKind::Content,
            }],
            leaf: [1; 32],
            chain: [2; 32],
        };
        (record.bytes(), record)
    }

    #[test]
    fn a_record_reads_back_as_it_was_written() {
        let (bytes, record) = some_record();
        assert_eq!(decode(&bytes, [1; 32], [2; 32]), Some(record));
    }

    #[test]
    fn a_record_with_bytes_missing_or_added_is_refused() {
        let (mut bytes, _) = some_record();
        for end in 0..bytes.len() {
            assert_eq!(
                decode(&bytes[..end], [1; 32], [2; 32]),
                None,
                "cut at {end}"
            );
        }
        bytes.push(0);
        assert_eq!(decode(&bytes, [1; 32], [2; 32]), None);
    }

    #[test]
    fn a_number_that_is_not_in_its_shortest_form_is_refused() {
        let (bytes, _) = some_record();
        assert_eq!(bytes[..3], [0xa6, 0x00, 0x01]);
        let longer = [&[0xa6, 0x00, 0x18, 0x01], &bytes[3..]].concat();
        assert_eq!(decode(&longer, [1; 32], [2; 32]), None);
    }
}
