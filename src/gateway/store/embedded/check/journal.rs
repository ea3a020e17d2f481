//! The journal segments: every record in its place, whole and chained to the one before, and nothing else between them.

use super::super::files::{Folder, OpenAs};
use super::super::frame::{self, Frame, Head, Tail};
use super::super::parts::Cursor;
use super::super::segment;
use super::Check;
use crate::store::record::CHAIN_START;
use crate::store::{Position, Record, StoreError};

impl Check<'_> {
    /// Walks all segments; the answer is the position after the last good record.
    pub(super) fn journal(&mut self) -> Result<Position, StoreError> {
        let folder = self.layout.journal.clone();
        let firsts: Vec<Position> = folder
            .list()?
            .iter()
            .filter_map(|name| segment::first_of(name))
            .collect();
        let mut before = Tail::before(&Head {
            first: Position(0),
            chain: CHAIN_START,
            time: i64::MIN,
            parts_segment: Cursor::START.segment,
            parts_offset: Cursor::START.offset,
        });
        if firsts.is_empty() {
            self.report.damage(
                "journal".into(),
                Some(Position(0)),
                "there is no journal segment",
            );
        }
        for (index, first) in firsts.iter().enumerate() {
            before = self.segment(&folder, *first, firsts.get(index + 1).copied(), &before)?;
        }
        Ok(before.next)
    }

    fn segment(
        &mut self,
        folder: &Folder,
        first: Position,
        after: Option<Position>,
        before: &Tail,
    ) -> Result<Tail, StoreError> {
        let file = folder.shown(&segment::name_of(first));
        let bytes = folder
            .open(&segment::name_of(first), OpenAs::Read)?
            .read_all()?;
        let mut tail = before.clone();
        tail.offsets.clear();
        tail.end = frame::HEAD_BYTES;
        match segment::read_head(&bytes, first, folder) {
            Ok(head) => {
                let expected = Head {
                    first: before.next,
                    chain: before.chain,
                    time: before.time,
                    parts_segment: before.parts_segment,
                    parts_offset: before.parts_offset,
                };
                // The next part may come in a new part segment already.
                if (Head {
                    parts_segment: 0,
                    parts_offset: 0,
                    ..head
                }) != (Head {
                    parts_segment: 0,
                    parts_offset: 0,
                    ..expected
                }) {
                    self.report.damage(
                        file.clone(),
                        Some(first),
                        "the segment does not follow the one before",
                    );
                    tail = Tail::before(&head);
                }
            }
            Err(error) => self.report.take(error)?,
        }
        let mut group: Vec<(Record, Vec<u8>)> = Vec::new();
        loop {
            let rest = bytes.get(tail.end..).unwrap_or_default();
            let at = tail.end;
            if let Some(found) = frame::read(rest) {
                self.take_frame(&file, &mut tail, &found, at, &mut group)?;
            } else if let Some((offset, found)) = frame::frames_from(&bytes, at + 1).next() {
                if after.is_none()
                    && found.commit <= tail.next
                    && tail.next >= self.synced
                    && !self.clean
                {
                    break;
                }
                self.report.damage(
                    file.clone(),
                    Some(tail.next),
                    "the record is not as it was written",
                );
                group.clear();
                self.take_frame(&file, &mut tail, &found, offset, &mut group)?;
            } else {
                break;
            }
        }
        let expected = after.unwrap_or(self.synced);
        match group.first() {
            // The group was whole once: its missing record is named below, the others are good.
            Some((record, _)) if record.position < expected => {
                for (record, bytes) in &group {
                    self.record(record, bytes)?;
                }
            }
            Some((record, _)) => tail.next = record.position,
            None => {}
        }
        let rest_is_zero = bytes
            .get(tail.end..)
            .unwrap_or_default()
            .iter()
            .all(|byte| *byte == 0);
        if tail.next < expected {
            self.report.damage(
                file.clone(),
                Some(tail.next),
                "the record is not as it was written",
            );
            tail.next = expected;
        } else if !rest_is_zero && (after.is_some() || self.clean) {
            self.report
                .damage(file, None, "there are bytes after the last record");
        }
        self.index(folder, first, &tail)?;
        self.went(bytes.len() as u64);
        Ok(tail)
    }

    fn take_frame(
        &mut self,
        file: &str,
        tail: &mut Tail,
        found: &Frame<'_>,
        offset: usize,
        group: &mut Vec<(Record, Vec<u8>)>,
    ) -> Result<(), StoreError> {
        if tail.follow(found, offset).is_none() {
            self.report.damage(
                file.to_owned(),
                Some(found.record.position),
                "the record does not follow the one before",
            );
            tail.go_on_after(found, offset);
        }
        group.push((found.record.clone(), found.bytes.to_vec()));
        if found.last_of_group {
            for (record, bytes) in std::mem::take(group) {
                self.record(&record, &bytes)?;
            }
        }
        Ok(())
    }

    fn index(&mut self, folder: &Folder, first: Position, tail: &Tail) -> Result<(), StoreError> {
        let name = segment::index_name_of(first);
        let Some(bytes) = folder.read(&name)? else {
            return Ok(());
        };
        self.went(bytes.len() as u64);
        let expected =
            segment::index_bytes(&tail.offsets, u32::try_from(tail.end).unwrap_or(u32::MAX));
        if bytes != expected && self.clean {
            self.report.damage(
                folder.shown(&name),
                None,
                "the index does not fit its segment (it is made again when it is used)",
            );
        }
        Ok(())
    }
}
