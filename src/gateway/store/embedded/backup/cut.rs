//! Which files, and how much of each, make up a store up to a position: found by walking its journal, whether a gateway writes on in it or it is a copy.
//! It copies nothing.
//!
//! **Beside a running gateway.** The journal is append only, and what stands in a whole group at its end is kept by every later open, so the position is
//! where the whole groups end that can be read and were synced (here once more, which costs the gateway nothing). Parts and keys of a record are durable
//! before the record is written. Key segments that begin before the position are all there by then, and are only ever put in place whole.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use jiff::Timestamp;

use super::manifest::Manifest;
use crate::store::embedded::Layout;
use crate::store::embedded::check::Names;
use crate::store::embedded::files::{Folder, Open, OpenAs};
use crate::store::embedded::frame::{self, Head, Tail};
use crate::store::embedded::journal::{END_MARK, judge_tail};
use crate::store::embedded::mark::Mark;
use crate::store::embedded::parts::{self, Cursor};
use crate::store::embedded::slot::{SLOT_BYTES, SLOTS_AT};
use crate::store::embedded::{keys, segment};
use crate::store::{Position, StoreError};

/// How often a mark is read that somebody may be writing.
const MARK_READS: usize = 100;

/// What makes up a store up to a position, without its keys.
#[derive(Debug)]
pub(super) struct Cut {
    /// Every record before it belongs to it.
    pub(super) position: Position,
    /// Chain of the last one.
    pub(super) chain: [u8; 32],
    /// Time of the last one.
    pub(super) time: Option<Timestamp>,
    /// Whether the records are those of the earlier copy and later ones.
    pub(super) follows: bool,
    /// The first position that is known of, and of which these are not the records.
    pub(super) other: Option<Position>,
    /// Segments of the journal, by their first record.
    pub(super) journal: Vec<(Position, End)>,
    /// After the last part in a segment that parts share.
    pub(super) parts: Cursor,
    /// Segments with one part that a record names.
    pub(super) of_one: BTreeSet<u32>,
    /// Grounds that a record names.
    pub(super) grounds: BTreeSet<[u8; 32]>,
}

/// How much of a file belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// So many bytes.
    At(u64),
    /// What the earlier copy has of it: it never changes.
    AsBefore,
}

/// A segment of the journal that was walked.
struct Walked {
    head: Head,
    tail: Tail,
    seen: Vec<Seen>,
}

/// What a record names elsewhere.
struct Seen {
    position: Position,
    chain: [u8; 32],
    of_one: Vec<u32>,
    grounds: Vec<[u8; 32]>,
}

impl Cut {
    /// Up to a position, or up to the end of the journal. What an earlier copy of the same store has is not walked again; of the rest it is told where the
    /// `known` chains, each of the records before a position, are others.
    /// Err: the journal is damaged, ends before the position, or no group ends there.
    pub(super) fn of(
        layout: &Layout,
        until: Option<Position>,
        before: Option<&Manifest>,
        known: &BTreeMap<Position, [u8; 32]>,
        names: Names<'_>,
    ) -> Result<Cut, StoreError> {
        let synced = end_mark(layout)?;
        let firsts: Vec<Position> = layout
            .journal
            .list()?
            .iter()
            .filter_map(|name| segment::first_of(name))
            .collect();
        let mut cut = Cut {
            position: Position(0),
            chain: [0; 32],
            time: None,
            follows: before.is_none_or(|before| before.position == Position(0)),
            other: None,
            journal: Vec::new(),
            parts: Cursor::START,
            of_one: BTreeSet::new(),
            grounds: BTreeSet::new(),
        };
        let begin = cut.take_from(before, &firsts);
        for (index, first) in firsts.iter().enumerate().skip(begin) {
            if *first > Position(0) && until.is_some_and(|until| until <= *first) {
                break;
            }
            let after = firsts.get(index + 1).copied();
            let walked = walk(layout, *first, after, until, synced, names)?;
            let goes_on = (walked.head.first, walked.head.chain) == (cut.position, cut.chain);
            if !goes_on && (index > begin || begin == 0) {
                return Err(StoreError::Damage {
                    file: layout.journal.shown(&segment::name_of(*first)),
                    position: Some(*first),
                    what: "the segment does not follow the one before",
                });
            }
            cut.take(*first, walked, before, known);
        }
        if cut.journal.is_empty() || until.is_some_and(|until| until != cut.position) {
            return Err(StoreError::Damage {
                file: "journal".into(),
                position: Some(cut.position),
                what: "the record is missing",
            });
        }
        Ok(cut)
    }

    /// Takes what an earlier copy knows; the answer is the segment from which on there is more to know.
    fn take_from(&mut self, before: Option<&Manifest>, firsts: &[Position]) -> usize {
        let Some(before) = before.filter(|before| before.position > Position(0)) else {
            return 0;
        };
        let known = firsts
            .iter()
            .take_while(|first| **first < before.position)
            .count();
        let begin = known.saturating_sub(1);
        let earlier = firsts.get(..begin).unwrap_or_default();
        let name = |first: &Position| format!("journal/{}", segment::name_of(*first));
        if earlier
            .iter()
            .any(|first| before.file(&name(first)).is_none())
        {
            return 0;
        }
        self.journal = earlier
            .iter()
            .map(|first| (*first, End::AsBefore))
            .collect();
        for file in &before.files {
            if let Some(name) = file.name.strip_prefix("parts/") {
                let number = parts::number_of(name);
                self.of_one
                    .extend(number.filter(|number| parts::is_of_one(*number)));
            }
            if let Some(name) = file.name.strip_prefix("grounds/")
                && let Ok(hash) = data_encoding::HEXLOWER.decode(name.as_bytes())
            {
                self.grounds.extend(<[u8; 32]>::try_from(hash));
            }
        }
        begin
    }

    fn take(
        &mut self,
        first: Position,
        walked: Walked,
        before: Option<&Manifest>,
        known: &BTreeMap<Position, [u8; 32]>,
    ) {
        let Walked { tail, seen, .. } = walked;
        for seen in seen.into_iter().filter(|seen| seen.position < tail.next) {
            if let Some(before) = before
                && seen.position.next() == before.position
            {
                self.follows = seen.chain == before.chain;
            }
            let end = seen.position.next();
            if self.other.is_none() && known.get(&end).is_some_and(|chain| *chain != seen.chain) {
                self.other = Some(end);
            }
            self.of_one.extend(seen.of_one);
            self.grounds.extend(seen.grounds);
        }
        // A segment that was just made holds nothing yet; the first one is there all the same.
        if tail.next > first || first == Position(0) {
            self.journal.push((first, End::At(tail.end as u64)));
            self.parts = Cursor {
                segment: tail.parts_segment,
                offset: tail.parts_offset,
            };
        }
        (self.position, self.chain) = (tail.next, tail.chain);
        self.time = (tail.time > i64::MIN)
            .then(|| Timestamp::from_microsecond(tail.time).ok())
            .flatten();
    }
}

/// Where the journal was synced up to at least.
fn end_mark(layout: &Layout) -> Result<Position, StoreError> {
    mark(&layout.journal, END_MARK)
}

/// How far a mark is that its owner may be writing at this moment. Err: neither copy is whole, however often it is read.
pub(super) fn mark(folder: &Folder, name: &str) -> Result<Position, StoreError> {
    for _ in 0..MARK_READS {
        let bytes = folder.read(name)?.unwrap_or_default();
        if let Some((position, ..)) = Mark::parse(&bytes) {
            return Ok(position);
        }
    }
    Err(StoreError::Damage {
        file: folder.shown(name),
        position: None,
        what: "neither copy of the mark is whole",
    })
}

fn walk(
    layout: &Layout,
    first: Position,
    after: Option<Position>,
    until: Option<Position>,
    synced: Position,
    names: Names<'_>,
) -> Result<Walked, StoreError> {
    let file = layout
        .journal
        .open(&segment::name_of(first), OpenAs::Read)?;
    let mut earlier: Option<Position> = None;
    loop {
        let walked = walk_bytes(layout, &file, first, until, names)?;
        let next = walked.tail.next;
        let reached = until.is_some_and(|until| next == until);
        if reached || after.is_some_and(|after| next == after) {
            return Ok(walked);
        }
        let judged = match after {
            None => judge_tail(&walked.tail, synced, file.shown()),
            Some(_) => Err(StoreError::Damage {
                file: file.shown().to_owned(),
                position: Some(next),
                what: "the record is not as it was written",
            }),
        };
        match (judged, earlier) {
            (Ok(()), _) => {
                // What a gateway wrote and did not sync yet is durable from here on.
                file.sync()?;
                return Ok(walked);
            }
            // Records came in while the file was read: what lies before those that were seen is there when it is read again.
            (Err(_), Some(earlier)) if after.is_none() && next > earlier && next >= synced => {
                file.sync()?;
                return Ok(walked);
            }
            (Err(error), Some(_)) => return Err(error),
            (Err(_), None) => earlier = Some(next),
        }
    }
}

fn walk_bytes(
    layout: &Layout,
    file: &Open,
    first: Position,
    until: Option<Position>,
    names: Names<'_>,
) -> Result<Walked, StoreError> {
    let bytes = file.read_all()?;
    let head = segment::read_head(&bytes, first, &layout.journal)?;
    let mut seen = Vec::new();
    let tail = frame::walk(&bytes, &head, &mut |frame, _| {
        let record = &frame.record;
        let numbers = record.parts.iter().map(|part| part.segment);
        let named = Seen {
            position: record.position,
            chain: record.chain,
            of_one: numbers.filter(|number| parts::is_of_one(*number)).collect(),
            grounds: names(&record.event),
        };
        seen.push(named);
        if until == Some(record.position.next()) {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    });
    Ok(Walked { head, tail, seen })
}

/// Key segments of the records before a position: first record and bytes of each.
pub(super) fn key_segments(
    layout: &Layout,
    position: Position,
) -> Result<Vec<(Position, u64)>, StoreError> {
    let mut firsts: Vec<Position> = layout
        .keys
        .list()?
        .iter()
        .filter_map(|name| keys::first_of(name))
        .filter(|first| *first < position || *first == Position(0))
        .collect();
    firsts.sort_unstable();
    let ends = firsts.iter().skip(1).copied().chain([position]);
    Ok(firsts
        .iter()
        .zip(ends)
        .map(|(first, end)| {
            let slots = end.0.saturating_sub(first.0);
            (*first, SLOTS_AT as u64 + slots * SLOT_BYTES as u64)
        })
        .collect())
}

/// A segment of parts as it is called now: one with a large part gets its name after its record is durable.
pub(super) fn open_parts(layout: &Layout, number: u32) -> Result<Open, StoreError> {
    let name = parts::name_of(number);
    let missing = match layout.parts.open(&name, OpenAs::Read) {
        Err(error @ StoreError::Damage { .. }) if parts::is_of_one(number) => error,
        other => return other,
    };
    let names = layout.parts.list()?;
    let aside = names
        .iter()
        .find(|name| parts::aside_of(name).is_some_and(|(aside, _)| aside == number));
    if let Some(aside) = aside
        && let Ok(file) = layout.parts.open(aside, OpenAs::Read)
    {
        return Ok(file);
    }
    layout.parts.open(&name, OpenAs::Read).map_err(|_| missing)
}
