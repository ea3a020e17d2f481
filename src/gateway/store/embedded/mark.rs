//! A durable mark: how far something has come, in two copies of one sector each that are written in turn, so that a torn write costs one step.
//! A mark is written after what it tells of is durable; that it is lost only makes the next open read more.

use super::bytes::{Put, Take};
use super::files::{Folder, Open, OpenAs};
use crate::store::{Position, StoreError};

const MAGIC: &[u8; 8] = b"KNOOPMRK";
const VERSION: u32 = 1;
const COPY_BYTES: usize = 512;

/// How far something has come.
#[derive(Debug)]
pub(crate) struct Mark {
    file: Open,
    turn: u64,
    position: Position,
    clean: bool,
}

impl Mark {
    pub(crate) fn create(folder: &Folder, name: &str) -> Result<(), StoreError> {
        folder.replace(name, &Mark::bytes(Position(0), true))
    }

    /// A whole mark that says how far, and whether nothing was under way.
    pub(crate) fn bytes(position: Position, clean: bool) -> Vec<u8> {
        [copy(0, position, clean), copy(1, position, clean)].concat()
    }

    /// Opens it, and makes both copies good again when one was torn.
    pub(crate) fn open(folder: &Folder, name: &str) -> Result<Mark, StoreError> {
        let file = folder.open(name, OpenAs::Write)?;
        let bytes = file.read_all()?;
        let Some((turn, position, clean)) = copies(&bytes).into_iter().flatten().max() else {
            return Err(StoreError::Damage {
                file: folder.shown(name),
                position: None,
                what: "neither copy of the mark is whole",
            });
        };
        let mut mark = Mark {
            file,
            turn,
            position,
            clean,
        };
        if copies(&bytes).contains(&None) {
            mark.set(position)?;
            mark.file.sync()?;
        }
        Ok(mark)
    }

    pub(crate) fn position(&self) -> Position {
        self.position
    }

    /// Moves the mark, not yet synced; the store is in use.
    pub(crate) fn set(&mut self, position: Position) -> Result<(), StoreError> {
        self.write(position, false)
    }

    /// Moves the mark durably: nothing is under way.
    pub(crate) fn close(&mut self) -> Result<(), StoreError> {
        self.write(self.position, true)?;
        self.sync()
    }

    fn write(&mut self, position: Position, clean: bool) -> Result<(), StoreError> {
        let turn = self.turn.saturating_add(1);
        self.file
            .write(&copy(turn, position, clean), (turn % 2) * COPY_BYTES as u64)?;
        (self.turn, self.position, self.clean) = (turn, position, clean);
        Ok(())
    }

    pub(crate) fn sync(&self) -> Result<(), StoreError> {
        self.file.sync()
    }

    /// What the bytes of a mark say: how far, whether nothing was under way, whether every byte is as it was written.
    /// `None` when neither copy is whole.
    pub(crate) fn parse(bytes: &[u8]) -> Option<(Position, bool, bool)> {
        let both = copies(bytes);
        let whole = bytes.len() == 2 * COPY_BYTES && !both.contains(&None);
        let (_, position, clean) = both.into_iter().flatten().max()?;
        Some((position, clean, whole))
    }
}

fn copy(turn: u64, position: Position, clean: bool) -> Vec<u8> {
    Put::default()
        .raw(MAGIC)
        .u32(VERSION)
        .u64(turn)
        .u64(position.0)
        .u8(u8::from(clean))
        .crc_padded(COPY_BYTES)
}

fn copies(bytes: &[u8]) -> [Option<(u64, Position, bool)>; 2] {
    let read = |at: usize| {
        let mut take = Take::new(bytes.get(at..at + COPY_BYTES)?);
        let good = take.raw(8)? == MAGIC && take.u32()? == VERSION;
        let (turn, position, clean) = (take.u64()?, Position(take.u64()?), take.u8()?);
        take.crc_padded()?;
        (good && clean < 2 && turn % 2 == u64::from(at != 0)).then_some((
            turn,
            position,
            clean == 1,
        ))
    };
    [read(0), read(COPY_BYTES)]
}
