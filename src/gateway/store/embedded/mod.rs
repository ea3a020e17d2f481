//! The store on one machine: a journal, parts and keys in files of our own, views in an engine (sled or fjall).
//!
//! A data folder holds `store` (which store it is, check values of its keys), `journal/`, `parts/`, `keys/`, `grounds/`, `views-N/`, `lock`, `probe` and
//! `reserve`; `tables` is its user's, and names what of `grounds/` is in force. The key folder lies outside of it and holds `top.key`. Every file format has a version, and every version ever written stays readable.
//! Copies of it on other disks are made by [`backup`], when it is told to.

mod ahead;
pub mod backup;
mod bytes;
mod calls;
mod check;
mod cipher;
mod engine;
mod erasure;
mod files;
mod frame;
mod grounds;
mod journal;
mod keys;
mod logs;
mod mark;
mod parts;
mod queue;
mod scratch;
mod segment;
mod slot;
mod top;
mod verify;
mod views;
mod writer;

use std::any::Any;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

pub use check::{Damage, Names, Progress, Report, check, check_named};
pub use cipher::Secret;
pub use engine::ViewsEngine;
pub use frame::read_segment;
pub use grounds::Grounds;
pub(crate) use grounds::IN_FORCE;
pub use journal::EmbeddedJournal;
pub use scratch::ScratchViews;
pub use top::{Randomness, SystemRandomness};
pub use views::{EmbeddedViews, ViewsReset};

pub(crate) use cipher::Cipher;
pub(crate) use files::{Disk, Files, Folder, Open, OpenAs};
pub(crate) use logs::{KeptLog, KeptLogs, LOGS};
pub(crate) use writer::Prepared;

use self::backup::RESTORING;
use self::erasure::Eraser;
use self::scratch::Scratch;
use self::top::{KeyFolder, STORE_FILE};
use self::views::ViewsOptions;
use super::{Position, StoreError};

/// How a store keeps its files. The sizes may differ from one run to the next.
#[derive(Debug, Clone)]
pub struct Options {
    /// Size of a journal segment in bytes; a larger group gets a larger segment.
    pub journal_segment_bytes: u64,
    /// Size of a part segment in bytes; larger parts get a larger segment.
    pub part_segment_bytes: u64,
    /// Stored bytes from which a part gets a segment of its own, written before its record is on its way.
    pub large_part_bytes: u64,
    /// Records whose keys stand in one key segment.
    pub key_slots: u64,
    /// Age at which a key segment takes no more records.
    pub key_segment_age: Duration,
    /// Place on the disk that is kept for acknowledging, delivering and erasing when the disk is full; 0 for none.
    pub reserve_bytes: u64,
    /// Version of what the ledger keeps in views: another version is another folder, filled from the journal.
    pub views_format: u32,
    /// Which engine keeps the views.
    pub views_engine: ViewsEngine,
    /// Whether views of another engine are thrown away, to be made anew by this one; otherwise the open refuses them.
    pub views_change_over: bool,
    /// Place on the disk that is kept for opening the views when the disk is full; with no more than twice as much free they are not written:
    /// changes wait in memory. 0 for none.
    pub views_reserve_bytes: u64,
    /// Most bytes of changes of views that wait in memory for room on the disk.
    pub views_ahead_bytes_max: u64,
    /// Memory for cached views in bytes.
    pub views_cache_bytes: u64,
    /// Bytes of rows that are sorted in memory at once when views are made from nothing; the rest is set aside in files.
    pub views_sorted_bytes: usize,
    /// Where random bytes come from.
    pub randomness: Arc<dyn Randomness>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            journal_segment_bytes: 64 << 20,
            part_segment_bytes: 64 << 20,
            large_part_bytes: 1 << 20,
            key_slots: 65_536,
            key_segment_age: Duration::from_hours(24),
            reserve_bytes: 64 << 20,
            views_format: 1,
            views_engine: ViewsEngine::default(),
            views_change_over: false,
            views_reserve_bytes: 32 << 20,
            views_ahead_bytes_max: 256 << 20,
            views_cache_bytes: 128 << 20,
            views_sorted_bytes: 64 << 20,
            randomness: Arc::new(SystemRandomness),
        }
    }
}

/// The folders of a store.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) root: Folder,
    pub(crate) journal: Folder,
    pub(crate) parts: Folder,
    pub(crate) keys: Folder,
    pub(crate) top: Folder,
}

impl Layout {
    pub(crate) fn new(files: &Arc<dyn Files>, data: &Path, keys: &Path) -> Layout {
        let root = Folder::new(Arc::clone(files), data);
        Layout {
            journal: root.below("journal"),
            parts: root.below("parts"),
            keys: root.below("keys"),
            top: Folder::new(Arc::clone(files), keys),
            root,
        }
    }

    /// Makes a store in empty folders; the store file comes last.
    pub(crate) fn create(&self, guarded: &[&str], options: &Options) -> Result<(), StoreError> {
        for folder in [&self.root, &self.top] {
            folder.create()?;
            if !folder.list()?.is_empty() {
                return Err(StoreError::NotEmpty {
                    folder: folder.path().display().to_string(),
                });
            }
        }
        EmbeddedJournal::create(self, options)?;
        KeyFolder::create(&self.root, &self.top, guarded, &*options.randomness)
    }

    pub(crate) fn open(
        self,
        options: Options,
        now: Timestamp,
    ) -> Result<EmbeddedJournal, StoreError> {
        self.is_whole()?;
        self.open_as_it_is(options, now)
    }

    /// Err: a restore into the folder did not come to its end.
    pub(crate) fn is_whole(&self) -> Result<(), StoreError> {
        if self.root.read(RESTORING)?.is_none() {
            return Ok(());
        }
        Err(StoreError::Restoring {
            folder: self.root.path().display().to_string(),
        })
    }

    /// Opens it also while a restore is under way, which does so itself.
    pub(crate) fn open_as_it_is(
        self,
        options: Options,
        now: Timestamp,
    ) -> Result<EmbeddedJournal, StoreError> {
        let key_folder = KeyFolder::open(self.root.clone(), self.top.clone())?;
        EmbeddedJournal::open(self, key_folder, options, now)
    }
}

/// An open store.
#[derive(Debug)]
pub struct Embedded {
    /// The truth.
    pub journal: Arc<EmbeddedJournal>,
    /// What can be made from it again.
    pub views: Arc<EmbeddedViews>,
    /// What verdicts were made with.
    pub grounds: Grounds,
    /// Why the views begin at position 0, when they were thrown away at this open.
    pub views_reset: Option<ViewsReset>,
    scratch: Scratch,
    /// Ends before the lock is given back.
    eraser: Eraser,
    _lock: Box<dyn Any + Send + Sync>,
}

impl Embedded {
    /// Makes a store in an empty (or missing) data folder, and its keys in an empty key folder outside of it: the top key and the `guarded` ones,
    /// 32 bytes each, which the store checks at every open and otherwise leaves to others (names of at most 16 characters). Then opens it.
    pub fn create(
        data: &Path,
        keys: &Path,
        guarded: &[&str],
        options: Options,
        now: Timestamp,
    ) -> Result<Embedded, StoreError> {
        let files: Arc<dyn Files> = Arc::new(Disk);
        Layout::new(&files, data, keys).create(guarded, &options)?;
        Embedded::open(data, keys, options, now)
    }

    /// Opens a store. Nothing is made anew silently: a missing or wrong key file, damage at the tail, another process in the folder,
    /// a clock that is a minute behind the last record and views of another engine are errors.
    pub fn open(
        data: &Path,
        keys: &Path,
        options: Options,
        now: Timestamp,
    ) -> Result<Embedded, StoreError> {
        let files: Arc<dyn Files> = Arc::new(Disk);
        let layout = Layout::new(&files, data, keys);
        if layout.root.read(STORE_FILE)?.is_none() {
            layout.is_whole()?;
            return Err(StoreError::NoStore {
                folder: data.display().to_string(),
            });
        }
        let lock = layout.root.lock("lock")?;
        let views_folder = data.join(format!("views-{}", options.views_format));
        let views_options = ViewsOptions {
            engine: options.views_engine,
            change_over: options.views_change_over,
            cache_bytes: options.views_cache_bytes,
            reserve_bytes: options.views_reserve_bytes,
            ahead_bytes_max: options.views_ahead_bytes_max,
            sorted_bytes: options.views_sorted_bytes,
        };
        let grounds = Grounds::of(&layout.root);
        let scratch = Scratch::of(data, views_options);
        let journal = Arc::new(layout.open(options, now)?);
        let next = super::Journal::next(&*journal);
        let (views, views_reset) = EmbeddedViews::open(&views_folder, views_options, files, next)?;
        let eraser = Eraser::start(Arc::clone(&journal))?;
        Ok(Embedded {
            journal,
            views: Arc::new(views),
            grounds,
            views_reset,
            scratch,
            eraser,
            _lock: lock,
        })
    }

    /// Whether the keys that belong to a store are there and are the right ones, without opening it: also while another process has it open.
    /// `Err`: [`StoreError::NoStore`], or a key is missing, unreadable or wrong; the text names the file.
    pub fn check_keys(data: &Path, keys: &Path) -> Result<(), StoreError> {
        let files: Arc<dyn Files> = Arc::new(Disk);
        let layout = Layout::new(&files, data, keys);
        KeyFolder::open(layout.root, layout.top)?.top().map(|_| ())
    }

    /// Views for working something out, beside those of the store: empty, of the same engine, gone when they are dropped. One at a time.
    /// Err: the folder cannot be made or the engine does not open.
    pub fn scratch(&self) -> Result<ScratchViews, StoreError> {
        self.scratch.open()
    }

    /// Stops cleanly: what is owed to be erased is carried out, views and marks are made durable, so that the next open trusts them.
    pub fn close(self) -> Result<(), StoreError> {
        drop(self.eraser);
        self.views.close()?;
        self.journal.close()
    }

    /// The first position that views have not applied.
    pub fn views_position(&self) -> Result<Position, StoreError> {
        super::Views::position(&*self.views)
    }
}

#[cfg(test)]
pub(crate) mod tests;
