//! The bytes of a journal segment: its head, and the frame around each record. Pure: bytes in, records out, whatever the bytes are.
//!
//! A segment is a head of 128 bytes, frames one after the other, and zero bytes to its end. A frame is: magic, version, whether it
//! ends its group, two zero bytes, length of the record (u32), first position of its commit (u64), leaf, chain, record, CRC-32C.
//! A commit is what was synced together; a group lies whole in one segment.
//!
//! **What is a torn tail, and what is damage.** A commit begins to write only after the commit before it was synced. So where frames stop
//! in the last segment, what follows is the unfinished last commit and is cut at its last whole group, **unless** a frame of a later commit
//! follows, or the end mark says that the commit was synced: then bytes have changed that were on the disk, which is damage.
//! In a segment that is not the last every stop before the next segment's first position is damage.

use std::ops::ControlFlow;

use super::bytes::{Put, Take};
use super::parts::is_of_one;
use crate::store::record::{chain_hash, decode};
use crate::store::{Position, RECORD_BYTES_MAX, Record};

/// First bytes of a journal segment.
const SEGMENT_MAGIC: &[u8; 8] = b"KNOOPJRN";
/// Version of head and frame that is written now.
pub(crate) const SEGMENT_VERSION: u32 = 1;
/// Bytes of the head of a segment.
pub(crate) const HEAD_BYTES: usize = 128;

const FRAME_MAGIC: &[u8; 4] = b"KNPR";
const FRAME_VERSION: u8 = 1;
const FRAME_HEAD_BYTES: usize = 84;
const FRAME_EXTRA_BYTES: usize = FRAME_HEAD_BYTES + 4;

/// Where the journal stands before a segment's first record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    /// Position of the first record.
    pub(crate) first: Position,
    /// Chain of the record before.
    pub(crate) chain: [u8; 32],
    /// Time of the record before, in microseconds; `i64::MIN` before the first.
    pub(crate) time: i64,
    /// Part segment that is being written.
    pub(crate) parts_segment: u32,
    /// Where its next part comes.
    pub(crate) parts_offset: u64,
}

impl Head {
    pub(crate) fn write(&self) -> Vec<u8> {
        Put::default()
            .raw(SEGMENT_MAGIC)
            .u32(SEGMENT_VERSION)
            .u64(self.first.0)
            .raw(&self.chain)
            .i64(self.time)
            .u32(self.parts_segment)
            .u64(self.parts_offset)
            .crc_padded(HEAD_BYTES)
    }

    /// `None` when a bit differs from what was written.
    pub(crate) fn read(segment: &[u8]) -> Option<Head> {
        let mut take = Take::new(segment.get(..HEAD_BYTES)?);
        if take.raw(8)? != SEGMENT_MAGIC || take.u32()? != SEGMENT_VERSION {
            return None;
        }
        let head = Head {
            first: Position(take.u64()?),
            chain: take.array()?,
            time: take.i64()?,
            parts_segment: take.u32()?,
            parts_offset: take.u64()?,
        };
        take.crc_padded()?;
        Some(head)
    }

    /// The version of a head whose CRC holds, whatever the version.
    pub(crate) fn version(segment: &[u8]) -> Option<u32> {
        let mut take = Take::new(segment);
        (take.raw(8)? == SEGMENT_MAGIC).then_some(take.u32()?)
    }
}

/// Adds a frame.
pub(crate) fn write(
    out: &mut Vec<u8>,
    record: &[u8],
    last_of_group: bool,
    commit: Position,
    leaf: &[u8; 32],
    chain: &[u8; 32],
) {
    let start = out.len();
    out.extend_from_slice(FRAME_MAGIC);
    out.extend_from_slice(&[FRAME_VERSION, u8::from(last_of_group), 0, 0]);
    out.extend_from_slice(
        &u32::try_from(record.len())
            .unwrap_or(u32::MAX)
            .to_be_bytes(),
    );
    out.extend_from_slice(&commit.0.to_be_bytes());
    out.extend_from_slice(leaf);
    out.extend_from_slice(chain);
    out.extend_from_slice(record);
    let crc = crc32c::crc32c(out.get(start..).unwrap_or_default());
    out.extend_from_slice(&crc.to_be_bytes());
}

/// Bytes of the frame around a record of this size.
pub(crate) fn frame_bytes(record: usize) -> usize {
    record + FRAME_EXTRA_BYTES
}

/// A frame whose CRC holds.
#[derive(Debug)]
pub(crate) struct Frame<'a> {
    /// The record's own bytes.
    pub(crate) bytes: &'a [u8],
    /// What they say.
    pub(crate) record: Record,
    /// Whether its group ends here.
    pub(crate) last_of_group: bool,
    /// First position of what was synced with it.
    pub(crate) commit: Position,
    /// Bytes of the whole frame.
    pub(crate) size: usize,
}

/// The frame at the start of the bytes; `None` when there is none with a good CRC and a record in its only form.
pub(crate) fn read(bytes: &[u8]) -> Option<Frame<'_>> {
    let mut take = Take::new(bytes);
    if take.raw(4)? != FRAME_MAGIC || take.u8()? != FRAME_VERSION {
        return None;
    }
    let flags = take.u8()?;
    if flags > 1 || take.raw(2)? != [0, 0] {
        return None;
    }
    let length = usize::try_from(take.u32()?)
        .ok()
        .filter(|length| *length <= RECORD_BYTES_MAX)?;
    let commit = Position(take.u64()?);
    let (leaf, chain) = (take.array()?, take.array()?);
    let record = take.raw(length)?;
    take.crc()?;
    Some(Frame {
        bytes: record,
        record: decode(record, leaf, chain)?,
        last_of_group: flags == 1,
        commit,
        size: frame_bytes(length),
    })
}

/// How reading the frames of a segment ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Nothing but zero bytes, or no bytes, after the last frame; the last group is whole.
    Zeros,
    /// Bytes that are no next frame, or a group that is not whole; no frame of a later commit follows.
    Unfinished,
    /// Bytes that are no next frame, and a frame of a later commit follows at this offset.
    Before(usize),
    /// The reader had enough.
    Enough,
}

/// Where the whole groups of a segment end, and what they leave.
#[derive(Debug, Clone)]
pub(crate) struct Tail {
    /// Where each record's frame begins.
    pub(crate) offsets: Vec<u32>,
    /// Where the last one ends.
    pub(crate) end: usize,
    /// The position after the last.
    pub(crate) next: Position,
    /// Chain of the last record.
    pub(crate) chain: [u8; 32],
    /// Time of the last record in microseconds.
    pub(crate) time: i64,
    /// Where the next part comes.
    pub(crate) parts_segment: u32,
    /// Offset of the next part.
    pub(crate) parts_offset: u64,
    /// Whether frames went on after the last whole group.
    pub(crate) stop: Stop,
}

impl Tail {
    pub(crate) fn before(head: &Head) -> Tail {
        Tail {
            offsets: Vec::new(),
            end: HEAD_BYTES,
            next: head.first,
            chain: head.chain,
            time: head.time,
            parts_segment: head.parts_segment,
            parts_offset: head.parts_offset,
            stop: Stop::Zeros,
        }
    }

    /// Takes a frame in when it is the next one: position, chain and time fit what stands.
    pub(crate) fn follow(&mut self, frame: &Frame<'_>, offset: usize) -> Option<()> {
        let record = &frame.record;
        let time = record.time.as_microsecond();
        let fits = record.position == self.next
            && chain_hash(&self.chain, &record.leaf, frame.bytes) == record.chain
            && time >= self.time
            && frame.commit <= record.position;
        if !fits {
            return None;
        }
        self.go_on_after(frame, offset)
    }

    /// Goes on after a frame, whatever stood before it.
    pub(crate) fn go_on_after(&mut self, frame: &Frame<'_>, offset: usize) -> Option<()> {
        let record = &frame.record;
        let time = record.time.as_microsecond();
        self.offsets.push(u32::try_from(offset).ok()?);
        self.end = offset + frame.size;
        (self.next, self.chain, self.time) = (record.position.next(), record.chain, time);
        for part in (record.parts.iter()).filter(|part| !is_of_one(part.segment)) {
            let after = (part.segment, part.offset.saturating_add(part.length));
            if after > (self.parts_segment, self.parts_offset) {
                (self.parts_segment, self.parts_offset) = after;
            }
        }
        Some(())
    }
}

/// Reads the frames of a segment in order, hands each to `on_frame`, and stops at the first that does not follow. The last ones handed over may
/// belong to a group that is not whole: what counts is in the answer.
pub(crate) fn walk(
    segment: &[u8],
    head: &Head,
    on_frame: &mut dyn FnMut(&Frame<'_>, usize) -> ControlFlow<()>,
) -> Tail {
    let mut whole = Tail::before(head);
    let mut ahead = whole.clone();
    let mut kept = 0;
    loop {
        let offset = ahead.end;
        let rest = segment.get(offset..).unwrap_or_default();
        let next = read(rest).and_then(|frame| {
            ahead.follow(&frame, offset)?;
            Some(frame)
        });
        let Some(frame) = next else {
            whole.stop = if rest.iter().all(|byte| *byte == 0) && whole.next == ahead.next {
                Stop::Zeros
            } else {
                later_commit(segment, offset, ahead.next).map_or(Stop::Unfinished, Stop::Before)
            };
            return whole;
        };
        let enough = on_frame(&frame, offset).is_break();
        if frame.last_of_group {
            whole
                .offsets
                .extend_from_slice(ahead.offsets.get(kept..).unwrap_or_default());
            kept = ahead.offsets.len();
            let offsets = std::mem::take(&mut whole.offsets);
            whole = Tail { offsets, ..ahead };
        }
        if enough {
            whole.stop = Stop::Enough;
            return whole;
        }
    }
}

/// The first offset after `from` with a good frame of a commit that began after position `missing` was synced.
fn later_commit(segment: &[u8], from: usize, missing: Position) -> Option<usize> {
    frames_from(segment, from + 1)
        .find(|(_, frame)| frame.commit > missing)
        .map(|(offset, _)| offset)
}

/// The records of the whole groups of a journal segment, from its bytes alone, each hanging on the one before. `None` when the head is damaged
/// or of another version. For tools that look at a segment outside of its folder; keys and parts are not needed.
pub fn read_segment(segment: &[u8]) -> Option<Vec<Record>> {
    let head = Head::read(segment)?;
    let mut records = Vec::new();
    let tail = walk(segment, &head, &mut |frame, _| {
        records.push(frame.record.clone());
        ControlFlow::Continue(())
    });
    records.truncate(tail.offsets.len());
    Some(records)
}

/// Good frames from an offset on, wherever they begin.
pub(crate) fn frames_from(segment: &[u8], from: usize) -> impl Iterator<Item = (usize, Frame<'_>)> {
    let mut at = from;
    std::iter::from_fn(move || {
        loop {
            let rest = segment.get(at..)?;
            let found = at
                + rest
                    .windows(FRAME_MAGIC.len())
                    .position(|window| window == FRAME_MAGIC)?;
            at = found + 1;
            if let Some(frame) = read(segment.get(found..)?) {
                at = found + frame.size;
                return Some((found, frame));
            }
        }
    })
}
