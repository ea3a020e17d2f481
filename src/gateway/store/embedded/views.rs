//! Views in a folder that is thrown away when it is not to be trusted: when the engine does not open it or panics, when its files are not those
//! of the last clean stop, when its position is past the journal, and after a power loss (no clean mark, and another boot), because engines
//! do not sync what they write. Which engine keeps them is a setting; views of the other one are made anew only when that is asked for.
//!
//! **A full disk**: engines do not survive a write without room. So as long as there is little room they are not written; changes wait in memory
//! ([`Ahead`]), are read as if they were written, and are written when there is room again. Room for opening the engine is held by a file.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;
use std::{fs, io};

use super::ahead::Ahead;
use super::bytes::size;
use super::calls::Calls;
use super::engine::{Changes, Engine, ViewsEngine, changes_of, drop_quietly};
use super::files::{Files, OpenAs};
use crate::store::sorter::Aside;
use crate::store::{Batch, Collection, Position, Row, Rows, Sorter, StoreError, Views};

/// Why views were thrown away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ViewsReset {
    /// There were none.
    New,
    /// The machine went down without a clean stop.
    PowerLoss,
    /// The engine did not open its folder.
    Unreadable,
    /// The files are not those of the last clean stop.
    Damaged,
    /// They say they applied records that the journal does not have.
    PastJournal,
    /// They were kept by the other engine.
    OtherEngine,
}

impl ViewsReset {
    /// What to tell an operator.
    pub fn text(self) -> &'static str {
        match self {
            ViewsReset::New => "there were no views of this format",
            ViewsReset::PowerLoss => {
                "the machine went down without a clean stop, so the views are not trusted"
            }
            ViewsReset::Unreadable => "the views could not be opened",
            ViewsReset::Damaged => "the files of the views are not as they were left",
            ViewsReset::PastJournal => "the views are newer than the journal",
            ViewsReset::OtherEngine => "the views were kept by another engine",
        }
    }
}

/// Rows that are applied at once when they are not filled in, because there is no room for them.
const BULK_CHANGES: usize = 1_000;

/// Rows that an engine is filled with between two looks at the room on the disk.
const FILLED_AT_ONCE: u64 = 4_000;

/// Begins the mark of views that were closed: after it come the checksums of the files, since an engine may open damaged ones with rows missing.
const CLEAN: &str = "clean\n";

/// How views are opened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ViewsOptions {
    pub(crate) engine: ViewsEngine,
    /// Whether views of the other engine are thrown away; otherwise they are an error.
    pub(crate) change_over: bool,
    pub(crate) cache_bytes: u64,
    /// Held on the disk for opening the engine; it is not written while no more than twice as much is free. 0: there is always room.
    pub(crate) reserve_bytes: u64,
    /// Most bytes of changes that wait in memory for room.
    pub(crate) ahead_bytes_max: u64,
    /// Bytes of rows that are sorted in memory at once.
    pub(crate) sorted_bytes: usize,
}

/// Views in a folder.
pub struct EmbeddedViews {
    folder: PathBuf,
    options: ViewsOptions,
    disk: Arc<dyn Files>,
    engine: RwLock<Option<Box<dyn Engine>>>,
    ahead: RwLock<Ahead>,
    /// Held while changes are made.
    applying: Mutex<()>,
    calls: Calls,
}

impl std::fmt::Debug for EmbeddedViews {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmbeddedViews")
            .field("folder", &self.folder)
            .field("engine", &self.options.engine)
            .finish_non_exhaustive()
    }
}

fn failed(what: &str, error: &io::Error) -> StoreError {
    StoreError::Views {
        what: format!("{what}: {}", error.kind()),
    }
}

/// The boot this process runs in: another one after every start of the machine.
fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map(|id| id.trim().to_owned())
        .unwrap_or_default()
}

impl EmbeddedViews {
    /// Opens views for a journal that ends at `next`, or throws them away and begins at position 0.
    /// `Err`: among others [`StoreError::OtherEngine`], when they were kept by the other engine and are not to be changed over.
    pub(crate) fn open(
        folder: &Path,
        options: ViewsOptions,
        disk: Arc<dyn Files>,
        next: Position,
    ) -> Result<(EmbeddedViews, Option<ViewsReset>), StoreError> {
        let views = EmbeddedViews {
            folder: folder.to_owned(),
            options,
            disk,
            engine: RwLock::new(None),
            ahead: RwLock::default(),
            applying: Mutex::default(),
            calls: Calls::default(),
        };
        let full = !views.has_room();
        if full {
            // What it held is for this. When it is not there, there is as little room as there is.
            let _given_back = views.disk.remove(&views.reserve_file());
        }
        let reset = match views.state() {
            State::None => Some(ViewsReset::New),
            State::Other(_) if options.change_over => Some(ViewsReset::OtherEngine),
            State::Other(there) => {
                return Err(StoreError::OtherEngine {
                    folder: folder.display().to_string(),
                    there: there.name(),
                    wanted: options.engine.name(),
                });
            }
            State::Distrusted(reset) => Some(reset),
            State::Trusted => match views.open_trusted(next) {
                // They may be as good as ever: the engine needs room for opening them.
                Some(ViewsReset::Unreadable) if full => {
                    return Err(StoreError::Views {
                        what: "there is no room on the disk to open them".into(),
                    });
                }
                reset => reset,
            },
        };
        if reset.is_some() {
            views.clear()?;
        } else {
            views.mark(&boot())?;
            views.make_reserve();
        }
        Ok((views, reset))
    }

    /// Whether there is room on the disk to let the engine write.
    fn has_room(&self) -> bool {
        self.has_free(self.options.reserve_bytes.saturating_mul(2))
    }

    /// A disk that does not tell has room until a write fails.
    fn has_free(&self, bytes: u64) -> bool {
        has_free(&*self.disk, &self.folder, bytes)
    }

    /// Holds room for the next open, when there is more than enough now and it is not held already.
    fn make_reserve(&self) {
        let bytes = self.options.reserve_bytes;
        let file = self.reserve_file();
        if bytes == 0 || file.exists() || !self.has_free(bytes.saturating_mul(4)) {
            return;
        }
        let made = self
            .disk
            .open(&file, OpenAs::New)
            .and_then(|file| file.preallocate(bytes));
        if made.is_err() {
            let _removed = self.disk.remove(&file);
        }
    }

    fn reserve_file(&self) -> PathBuf {
        self.folder.join("reserve")
    }

    /// Opens the engine in a folder that is as it was left; why not, when its views cannot be used.
    fn open_trusted(&self, next: Position) -> Option<ViewsReset> {
        let Ok(engine) = self.open_engine() else {
            return Some(ViewsReset::Unreadable);
        };
        let reset = match engine.position() {
            Ok(position) if position <= next => {
                *self.engine_mut() = Some(engine);
                return None;
            }
            Ok(_) => ViewsReset::PastJournal,
            Err(_) => ViewsReset::Unreadable,
        };
        drop_quietly(engine);
        Some(reset)
    }

    fn open_engine(&self) -> Result<Box<dyn Engine>, StoreError> {
        let ViewsOptions {
            engine,
            cache_bytes,
            ..
        } = self.options;
        engine.open(&self.database(), cache_bytes)
    }

    fn database(&self) -> PathBuf {
        self.folder.join(self.options.engine.folder())
    }

    fn mark_file(&self) -> PathBuf {
        self.folder.join("mark")
    }

    /// Whether the folder may be opened: it was closed cleanly, or the machine has been up ever since.
    fn state(&self) -> State {
        if !self.database().exists() {
            let there = |engine: &ViewsEngine| self.folder.join(engine.folder()).exists();
            return ViewsEngine::ALL
                .into_iter()
                .find(there)
                .map_or(State::None, State::Other);
        }
        let Ok(mark) = fs::read_to_string(self.mark_file()) else {
            return State::Distrusted(ViewsReset::PowerLoss);
        };
        if let Some(left) = mark.strip_prefix(CLEAN) {
            return match checksums(&self.database()) {
                Ok(found) if found == left => State::Trusted,
                Ok(_) | Err(_) => State::Distrusted(ViewsReset::Damaged),
            };
        }
        if mark == boot() && !mark.is_empty() {
            State::Trusted
        } else {
            State::Distrusted(ViewsReset::PowerLoss)
        }
    }

    fn mark(&self, mark: &str) -> Result<(), StoreError> {
        if fs::read_to_string(self.mark_file()).is_ok_and(|there| there == mark) {
            return Ok(());
        }
        let written = (|| {
            fs::create_dir_all(&self.folder)?;
            let new = self.folder.join("mark.new");
            fs::write(&new, mark)?;
            fs::File::open(&new)?.sync_all()?;
            fs::rename(&new, self.mark_file())?;
            fs::File::open(&self.folder)?.sync_all()
        })();
        written.map_err(|error| failed("the mark of the views could not be written", &error))
    }

    /// Closes the engine and opens it anew when it wants that.
    fn open_anew_if_wanted(&self, stopping: bool) -> Result<(), StoreError> {
        let mut engine = self.engine_mut();
        if !engine
            .as_ref()
            .is_some_and(|engine| engine.wants_reopening(stopping))
        {
            return Ok(());
        }
        if let Some(engine) = engine.take() {
            engine.settle()?;
            drop_quietly(engine);
        }
        *engine = Some(self.open_engine()?);
        Ok(())
    }

    /// Makes everything durable, the engine's own files too, and marks the folder as clean. The views answer no more.
    /// On a full disk they are left as they are: the next open sees that, and the journal has what they lack.
    pub(crate) fn close(&self) -> Result<(), StoreError> {
        let closed = (|| {
            let applying = self.applying();
            if !self.ahead().is_empty() && self.has_room() {
                self.catch_up()?;
            }
            drop(applying);
            self.open_anew_if_wanted(true)?;
            let Some(engine) = self.engine_mut().take() else {
                return Ok(());
            };
            let settled = engine.settle();
            drop_quietly(engine);
            settled?;
            sync_all(&self.database())
                .map_err(|error| failed("the views could not be synced", &error))?;
            let left = checksums(&self.database())
                .map_err(|error| failed("the views could not be read", &error))?;
            self.mark(&format!("{CLEAN}{left}"))
        })();
        match closed {
            Err(_) if !self.has_room() => Ok(()),
            closed => closed,
        }
    }

    /// Lets the engine write what waits in memory, batch by batch: wherever it ends, the engine has the first ones and no other.
    fn catch_up(&self) -> Result<(), StoreError> {
        loop {
            let ahead = self.ahead();
            let Some(batch) = ahead.next() else {
                break;
            };
            let applied = |engine: &dyn Engine| engine.apply(batch.next, batch.rows);
            if self.with(applied).is_err() {
                self.open_stopped(batch.counted)?;
                self.with(applied)?;
            }
            drop(ahead);
            let counted = self.with(|engine| Ok(engine.batches()))?;
            self.ahead_mut().written(counted);
        }
        let ahead = self.ahead();
        let (rows, waited) = (ahead.rows(), !ahead.is_empty());
        drop(ahead);
        if !waited {
            return Ok(());
        }
        self.ahead_mut().clear();
        self.make_reserve();
        metrics::gauge!("knooppunt_views_waiting_rows").set(0.0);
        tracing::info!(
            rows,
            "there is room on the disk again: the views are written"
        );
        Ok(())
    }

    /// Opens an engine anew that stopped writing, as they do when there was no room once. `Err`: it does not open, or not all that it `counted` is in it.
    /// Then it stays closed, and the next start applies from where it stands.
    fn open_stopped(&self, counted: u64) -> Result<(), StoreError> {
        let mut engine = self.engine_mut();
        if let Some(stopped) = engine.take() {
            drop_quietly(stopped);
        }
        let opened = self.open_engine()?;
        if opened.batches() < counted {
            let stands = opened.position();
            drop_quietly(opened);
            return Err(StoreError::Views {
                what: format!(
                    "the engine lost what it had from record {} on when there was no room on the disk",
                    stands?
                ),
            });
        }
        *engine = Some(opened);
        Ok(())
    }

    /// Keeps changes in memory until the engine can write them.
    fn keep_ahead(&self, next: Position, rows: Changes) -> Result<(), StoreError> {
        let counted = self.with(|engine| Ok(engine.batches()))?;
        let mut ahead = self.ahead_mut();
        if ahead.is_empty() && !self.has_room() {
            tracing::warn!(
                "no room on the disk for the views: changes wait in memory; free space on the disk of the data folder"
            );
        }
        ahead.add(counted, next, rows, self.options.ahead_bytes_max)?;
        let rows = u32::try_from(ahead.rows()).unwrap_or(u32::MAX);
        metrics::gauge!("knooppunt_views_waiting_rows").set(f64::from(rows));
        Ok(())
    }

    fn ahead(&self) -> RwLockReadGuard<'_, Ahead> {
        self.ahead.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn ahead_mut(&self) -> RwLockWriteGuard<'_, Ahead> {
        self.ahead.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn engine_mut(&self) -> RwLockWriteGuard<'_, Option<Box<dyn Engine>>> {
        self.engine.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn applying(&self) -> MutexGuard<'_, ()> {
        self.applying.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(
        &self,
        work: impl FnOnce(&dyn Engine) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match &*self.engine.read().unwrap_or_else(PoisonError::into_inner) {
            Some(engine) => work(&**engine),
            None => Err(StoreError::Views {
                what: "the views are closed".into(),
            }),
        }
    }
}

/// Whether the disk of the views has so many bytes free.
fn has_free(disk: &dyn Files, views: &Path, bytes: u64) -> bool {
    let folder = views.parent().unwrap_or(views);
    bytes == 0 || disk.free_bytes(folder).map_or(true, |free| free >= bytes)
}

enum State {
    None,
    Trusted,
    Distrusted(ViewsReset),
    /// There are views, of another engine.
    Other(ViewsEngine),
}

/// Name, size and CRC-32C of every file below a folder, a line each.
fn checksums(folder: &Path) -> io::Result<String> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_unstable_by_key(fs::DirEntry::file_name);
    let mut lines = String::new();
    let mut piece = vec![0; 1 << 20];
    for entry in entries {
        if entry.file_type()?.is_dir() {
            lines += &checksums(&entry.path())?;
            continue;
        }
        let mut file = fs::File::open(entry.path())?;
        let (mut crc, mut bytes) = (0, 0);
        loop {
            let read = file.read(&mut piece)?;
            if read == 0 {
                break;
            }
            crc = crc32c::crc32c_append(crc, piece.get(..read).unwrap_or_default());
            bytes += read;
        }
        let name = entry.file_name();
        lines.extend([
            name.to_string_lossy().as_ref(),
            &format!(
                " {bytes} {crc:08x}
"
            ),
        ]);
    }
    Ok(lines)
}

fn sync_all(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_all(&entry.path())?;
        } else {
            fs::File::open(entry.path())?.sync_all()?;
        }
    }
    fs::File::open(folder)?.sync_all()
}

impl Views for EmbeddedViews {
    fn position(&self) -> Result<Position, StoreError> {
        let _call = self.calls.begin();
        match self.ahead().position() {
            Some(position) => Ok(position),
            None => self.with(|engine| engine.position()),
        }
    }

    fn apply(&self, next: Position, batch: Batch) -> Result<(), StoreError> {
        let _call = self.calls.begin();
        let rows = changes_of(batch);
        let applying = self.applying();
        // It needs no transaction: what is written of a batch is written again when its position was not reached.
        if !self.ahead().is_empty()
            || !self.has_room()
            || self.with(|engine| engine.apply(next, &rows)).is_err()
        {
            self.keep_ahead(next, rows)?;
            if self.has_room() {
                self.catch_up()?;
            }
        }
        drop(applying);
        Ok(())
    }

    /// Takes seconds, which is no hanging: no call of the engine is under way.
    fn tidy(&self) -> Result<(), StoreError> {
        self.open_anew_if_wanted(false)
    }

    fn get(&self, collection: Collection, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let _call = self.calls.begin();
        let ahead = self.ahead();
        match ahead.get(collection, key) {
            Some(changed) => Ok(changed.clone()),
            None => self.with(|engine| engine.get(collection, key)),
        }
    }

    fn range(
        &self,
        collection: Collection,
        from: &[u8],
        to: &[u8],
        limit: usize,
    ) -> Result<Rows, StoreError> {
        if from >= to {
            return Ok(Rows::new());
        }
        let _call = self.calls.begin();
        let ahead = self.ahead();
        ahead.range(collection, (from, to), limit, |limit| {
            self.with(|engine| engine.range(collection, from, to, limit))
        })
    }

    fn clear(&self) -> Result<(), StoreError> {
        let _applying = self.applying();
        self.ahead_mut().clear();
        let mut engine = self.engine_mut();
        if let Some(engine) = engine.take() {
            drop_quietly(engine);
        }
        match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(failed("the views could not be removed", &error));
            }
            _ => {}
        }
        fs::create_dir_all(&self.folder)
            .map_err(|error| failed("the folder of the views could not be made", &error))?;
        *engine = Some(self.open_engine()?);
        drop(engine);
        self.make_reserve();
        self.mark(&boot())
    }

    fn under_way(&self) -> Duration {
        self.calls.longest()
    }

    fn sorter(&self) -> Result<Sorter, StoreError> {
        fs::create_dir_all(&self.folder)
            .map_err(|error| failed("the folder of the views could not be made", &error))?;
        let (disk, folder) = (Arc::clone(&self.disk), self.folder.clone());
        let least = self.options.reserve_bytes.saturating_mul(4);
        Ok(Sorter::beside(Aside {
            folder: self.folder.clone(),
            bytes_max: self.options.sorted_bytes,
            has_room: Box::new(move || has_free(&*disk, &folder, least)),
            bytes_without_room_max: size(self.options.ahead_bytes_max)
                .max(self.options.sorted_bytes),
        }))
    }

    fn fill(
        &self,
        rows: &mut dyn Iterator<Item = Result<Row, StoreError>>,
    ) -> Result<(), StoreError> {
        let mut failure = None;
        let mut taken = 0_u64;
        let applying = self.applying();
        if self.ahead().is_empty() {
            // It ends where the room ends: what is left waits in memory.
            let mut good = std::iter::from_fn(|| {
                if taken.is_multiple_of(FILLED_AT_ONCE) && !self.has_room() {
                    return None;
                }
                taken += 1;
                match rows.next()? {
                    Ok(row) => Some(row),
                    Err(error) => {
                        failure = Some(error);
                        None
                    }
                }
            })
            .fuse();
            self.with(|engine| engine.fill(&mut good))?;
        }
        drop(applying);
        if let Some(error) = failure {
            return Err(error);
        }
        loop {
            let mut batch = Batch::new();
            for row in rows.take(BULK_CHANGES) {
                let (collection, key, value) = row?;
                batch.put(collection, key, value);
            }
            if batch.is_empty() {
                break;
            }
            self.apply(Position(0), batch)?;
        }
        self.open_anew_if_wanted(false)
    }
}

#[cfg(test)]
mod tests;
