//! Views in sled, each collection a tree, in a folder that is thrown away when it is not to be trusted: when sled does not open it or panics,
//! when its files are not those of the last
//! clean stop, when its position is past the journal, and after a power loss (no clean mark, and another boot), because sled does not sync.
//!
//! A batch is written row by row and its position last. Sled writes one log in the order of the changes and recovers
//! up to the first gap, so after a kill the position is never newer than the rows; rows newer than the position are applied again.

use std::collections::{BTreeMap, HashMap};
use std::io::Read as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::{fs, io};

use crate::store::{Batch, Collection, Position, Rows, StoreError, Views};

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
        }
    }
}

/// Sled notes where its pages are when it is opened, and only then; the next open reads its log from there on. So the engine is opened anew
/// before the log since then grows long: on a clean stop after so many changes,
const CHANGES_MAX_AT_CLOSE: u64 = 100_000;
/// and while views are filled (batches of [`BULK_CHANGES`] or more) after so many. Everyday batches never wait for it.
const CHANGES_MAX_IN_BULK: u64 = 500_000;
/// Changes in a batch from which it is taken for filling.
const BULK_CHANGES: usize = 1_000;

/// Version of how rows and position stand in sled.
const LAYOUT: &str = "sled-1";
const POSITION_TREE: &str = "\0position";
const POSITION_KEY: &[u8] = b"next";
/// Begins the mark of views that were closed: after it come the checksums of the files, since an engine may open damaged ones with rows missing.
const CLEAN: &str = "clean\n";

/// Views in a folder of sled.
pub struct SledViews {
    folder: PathBuf,
    cache_bytes: u64,
    engine: RwLock<Option<Engine>>,
}

struct Engine {
    db: sled::Db,
    position: sled::Tree,
    trees: RwLock<HashMap<Collection, sled::Tree>>,
    /// Changes since it was opened.
    changes: AtomicU64,
}

impl std::fmt::Debug for SledViews {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SledViews")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

impl Engine {
    fn open(folder: &Path, cache_bytes: u64) -> Result<Engine, StoreError> {
        guarded(|| {
            let config = sled::Config::new()
                .path(folder)
                .cache_capacity(cache_bytes)
                .flush_every_ms(Some(500));
            let db = config.open()?;
            let position = db.open_tree(POSITION_TREE)?;
            Ok(Engine {
                db,
                position,
                trees: RwLock::default(),
                changes: AtomicU64::new(0),
            })
        })
    }

    fn tree(&self, collection: Collection) -> sled::Result<sled::Tree> {
        let known = self
            .trees
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&collection)
            .cloned();
        if let Some(tree) = known {
            return Ok(tree);
        }
        let tree = self.db.open_tree(collection.0)?;
        self.trees
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(collection, tree.clone());
        Ok(tree)
    }

    fn position(&self) -> sled::Result<Position> {
        let stored = self.position.get(POSITION_KEY)?;
        Ok(stored
            .and_then(|bytes| bytes.as_ref().try_into().ok())
            .map_or(Position(0), |bytes| Position(u64::from_be_bytes(bytes))))
    }
}

/// Runs the engine; an error or a panic of it is an error of the views.
fn guarded<T>(work: impl FnOnce() -> sled::Result<T>) -> Result<T, StoreError> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(done)) => Ok(done),
        // Sled's own texts may hold keys; its kind of error does not.
        Ok(Err(error)) => Err(StoreError::Views {
            what: match error {
                sled::Error::CollectionNotFound(_) => "the engine lost a collection".into(),
                sled::Error::Unsupported(_) => "the engine does not support this".into(),
                sled::Error::ReportableBug(_) => "the engine found a fault of its own".into(),
                sled::Error::Io(error) => {
                    format!("the engine could not read or write: {}", error.kind())
                }
                sled::Error::Corruption { .. } => "the engine found damage".into(),
            },
        }),
        Err(_) => Err(StoreError::Views {
            what: "the engine panicked".into(),
        }),
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

impl SledViews {
    /// Opens views for a journal that ends at `next`, or throws them away and begins at position 0.
    pub(crate) fn open(
        folder: &Path,
        cache_bytes: u64,
        next: Position,
    ) -> Result<(SledViews, Option<ViewsReset>), StoreError> {
        let views = SledViews {
            folder: folder.to_owned(),
            cache_bytes,
            engine: RwLock::new(None),
        };
        let reset = match views.state() {
            State::None => Some(ViewsReset::New),
            State::Distrusted(reset) => Some(reset),
            State::Trusted => match Engine::open(&views.database(), cache_bytes) {
                Err(_) => Some(ViewsReset::Unreadable),
                Ok(engine) => match guarded(|| engine.position()) {
                    Ok(position) if position <= next => {
                        *views.engine.write().unwrap_or_else(PoisonError::into_inner) =
                            Some(engine);
                        None
                    }
                    Ok(_) => {
                        drop_quietly(engine);
                        Some(ViewsReset::PastJournal)
                    }
                    Err(_) => {
                        drop_quietly(engine);
                        Some(ViewsReset::Unreadable)
                    }
                },
            },
        };
        if reset.is_some() {
            views.clear()?;
        } else {
            views.mark(&boot())?;
        }
        Ok((views, reset))
    }

    fn database(&self) -> PathBuf {
        self.folder.join(LAYOUT)
    }

    fn mark_file(&self) -> PathBuf {
        self.folder.join("mark")
    }

    /// Whether the folder may be opened: it was closed cleanly, or the machine has been up ever since.
    fn state(&self) -> State {
        if !self.database().exists() {
            return State::None;
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

    /// Closes the engine and opens it anew when it took more changes than `changes_max`.
    fn open_anew_after(&self, changes_max: u64) -> Result<(), StoreError> {
        let mut engine = self.engine.write().unwrap_or_else(PoisonError::into_inner);
        if engine
            .as_ref()
            .is_none_or(|engine| engine.changes.load(Ordering::Relaxed) <= changes_max)
        {
            return Ok(());
        }
        if let Some(engine) = engine.take() {
            guarded(|| engine.db.flush())?;
            drop_quietly(engine);
        }
        *engine = Some(Engine::open(&self.database(), self.cache_bytes)?);
        Ok(())
    }

    /// Makes everything durable, sled's own files too, and marks the folder as clean. The views answer no more.
    pub(crate) fn close(&self) -> Result<(), StoreError> {
        self.open_anew_after(CHANGES_MAX_AT_CLOSE)?;
        let engine = self
            .engine
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(engine) = engine else { return Ok(()) };
        guarded(|| engine.db.flush())?;
        drop_quietly(engine);
        sync_all(&self.database())
            .map_err(|error| failed("the views could not be synced", &error))?;
        let left = checksums(&self.database())
            .map_err(|error| failed("the views could not be read", &error))?;
        self.mark(&format!("{CLEAN}{left}"))
    }

    fn with<T>(&self, work: impl FnOnce(&Engine) -> sled::Result<T>) -> Result<T, StoreError> {
        match &*self.engine.read().unwrap_or_else(PoisonError::into_inner) {
            Some(engine) => guarded(|| work(engine)),
            None => Err(StoreError::Views {
                what: "the views are closed".into(),
            }),
        }
    }
}

enum State {
    None,
    Trusted,
    Distrusted(ViewsReset),
}

/// Sled writes when it is dropped; a panic of that ends here.
fn drop_quietly(engine: Engine) {
    let _dropped = catch_unwind(AssertUnwindSafe(|| drop(engine)));
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

impl Views for SledViews {
    fn position(&self) -> Result<Position, StoreError> {
        self.with(Engine::position)
    }

    fn apply(&self, next: Position, batch: Batch) -> Result<(), StoreError> {
        // In order of keys, because neighbours share pages; a batch needs no transaction, since it is applied again when its position was not reached.
        let (mut rows, changes) = (BTreeMap::new(), batch.len());
        for change in batch.into_changes() {
            rows.insert((change.collection, change.key), change.value);
        }
        self.with(|engine| {
            for ((collection, key), value) in rows {
                let tree = engine.tree(collection)?;
                match value {
                    Some(value) => tree.insert(key, value)?,
                    None => tree.remove(key)?,
                };
            }
            engine
                .position
                .insert(POSITION_KEY, &next.0.to_be_bytes())?;
            engine.changes.fetch_add(changes as u64, Ordering::Relaxed);
            Ok(())
        })?;
        if changes >= BULK_CHANGES {
            self.open_anew_after(CHANGES_MAX_IN_BULK)
        } else {
            Ok(())
        }
    }

    fn get(&self, collection: Collection, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.with(|engine| {
            Ok(engine
                .tree(collection)?
                .get(key)?
                .map(|value| value.to_vec()))
        })
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
        self.with(|engine| {
            let rows = engine.tree(collection)?.range(from..to);
            rows.take(limit)
                .map(|row| row.map(|(key, value)| (key.to_vec(), value.to_vec())))
                .collect()
        })
    }

    fn clear(&self) -> Result<(), StoreError> {
        let mut engine = self.engine.write().unwrap_or_else(PoisonError::into_inner);
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
        *engine = Some(Engine::open(&self.database(), self.cache_bytes)?);
        self.mark(&boot())
    }
}
