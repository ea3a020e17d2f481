//! The part segments: parts stand one after the other, each named by a record, and nothing stands between them.

use super::super::bytes::size;
use super::super::files::{Open, OpenAs};
use super::super::parts::{self, Cursor};
use super::Check;
use crate::store::{PartRef, Position, StoreError};

impl Check<'_> {
    /// The stored bytes of a part. Parts follow each other without gaps, so what stands between them is looked at as well.
    pub(super) fn part_bytes(
        &mut self,
        part: &PartRef,
        position: Position,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        if parts::is_of_one(part.segment) {
            return self.part_of_one(part, position);
        }
        if part.segment > self.cursor.segment {
            self.end_of_segment(true)?;
            for skipped in self.cursor.segment + 1..part.segment {
                self.cursor = Cursor {
                    segment: skipped,
                    ..Cursor::START
                };
                self.end_of_segment(true)?;
            }
            self.cursor = Cursor {
                segment: part.segment,
                ..Cursor::START
            };
        }
        let after = part.offset.saturating_add(part.length);
        let file = match self.part_file(part.segment) {
            Ok(file) => file,
            Err(error) => {
                self.report.take(error.at(position))?;
                return Ok(None);
            }
        };
        let shown = file.shown().to_owned();
        if (part.segment, part.offset) != (self.cursor.segment, self.cursor.offset) {
            self.report.damage(
                shown.clone(),
                Some(position),
                "there are bytes that no record names",
            );
        }
        if after >= self.cursor.offset {
            self.cursor.offset = after;
        }
        if after > file.len()? {
            self.report
                .damage(shown, Some(position), "the file is cut short");
            return Ok(None);
        }
        let mut sealed = vec![0; size(part.length)];
        file.read(&mut sealed, part.offset)?;
        self.went(part.length);
        Ok(Some(sealed))
    }

    /// The stored bytes of a part that has a segment of its own.
    fn part_of_one(
        &mut self,
        part: &PartRef,
        position: Position,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let name = match self.of_one.get_mut(&part.segment) {
            Some((name, named)) => {
                *named = true;
                name.clone()
            }
            None => parts::name_of(part.segment),
        };
        let bytes = match self.layout.parts.open(&name, OpenAs::Read) {
            Ok(file) => file.read_all()?,
            Err(error) => return self.report.take(error.at(position)).map(|()| None),
        };
        self.went(bytes.len() as u64);
        let shown = self.layout.parts.shown(&name);
        if parts::read_head(&bytes) != Some(part.segment) {
            let what = "the head is not as it was written";
            self.report.damage(shown.clone(), Some(position), what);
        }
        let sealed = bytes.get(parts::HEAD_BYTES..).unwrap_or_default();
        let length = sealed.len() as u64;
        if part.offset != parts::HEAD_BYTES as u64 || length != part.length {
            let what = if length < part.length {
                "the file is cut short"
            } else {
                "there are bytes that no record names"
            };
            self.report.damage(shown, Some(position), what);
            return Ok(None);
        }
        Ok(Some(sealed.to_vec()))
    }

    /// Segments with one part that no record names: what was set aside and never promised is removed by the next open.
    pub(super) fn unnamed_of_one(&mut self) {
        let names = self.of_one.values().filter(|(_, named)| !named);
        for (name, _) in names {
            if self.clean || parts::number_of(name).is_some() {
                let shown = self.layout.parts.shown(name);
                self.report
                    .damage(shown, None, "there are bytes that no record names");
            }
        }
    }

    fn part_file(&mut self, segment: u32) -> Result<Open, StoreError> {
        if let Some((open, file)) = &self.part_file
            && *open == segment
        {
            return Ok(file.clone());
        }
        let file = self
            .layout
            .parts
            .open(&parts::name_of(segment), OpenAs::Read)?;
        self.part_file = Some((segment, file.clone()));
        Ok(file)
    }

    /// Looks at the head of a part segment and at what stands after its last part.
    fn end_of_segment(&mut self, sealed: bool) -> Result<(), StoreError> {
        let Cursor { segment, offset } = self.cursor;
        let file = match self.part_file(segment) {
            Ok(file) => file,
            Err(error) => return self.report.take(error),
        };
        let mut head = vec![0; parts::HEAD_BYTES];
        let read = file.read(&mut head, 0);
        if let Err(error) = read {
            return self.report.take(error);
        }
        if parts::read_head(&head) != Some(segment) {
            self.report.damage(
                file.shown().to_owned(),
                None,
                "the head is not as it was written",
            );
        }
        if (sealed || self.clean) && !parts::zero_from(&file, offset)? {
            self.report.damage(
                file.shown().to_owned(),
                None,
                "there are bytes after the last part",
            );
        }
        self.went(file.len()?.saturating_sub(offset) + parts::HEAD_BYTES as u64);
        Ok(())
    }

    pub(super) fn end_of_parts(&mut self) -> Result<(), StoreError> {
        let last = self
            .layout
            .parts
            .list()?
            .iter()
            .filter_map(|name| parts::number_of(name))
            .filter(|number| !parts::is_of_one(*number))
            .max()
            .unwrap_or(0);
        // A segment may have been made for a part that never came.
        self.end_of_segment(last > self.cursor.segment && self.clean)?;
        while self.cursor.segment < last && self.clean {
            self.cursor = Cursor {
                segment: self.cursor.segment + 1,
                ..Cursor::START
            };
            self.end_of_segment(false)?;
        }
        Ok(())
    }
}
