//! What an engine for views must do: ordered maps in a folder, with the position they have come to. An engine writes its files itself and does not
//! promise that they survive a power loss; whether its folder may be trusted is decided by [`super::views`].

mod fjall;
mod sled;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::fs::{self, TryLockError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::store::{Batch, Collection, Position, Row, Rows, StoreError};

/// How often it is tried whether a folder was given back, and how long between.
const GIVEN_BACK_PAUSES: u32 = 1_000;
const GIVEN_BACK_PAUSE: Duration = Duration::from_millis(10);

/// Which engine keeps the views.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ViewsEngine {
    /// sled: right up to a few hundred thousand messages.
    #[default]
    Sled,
    /// fjall: for large histories.
    Fjall,
}

impl ViewsEngine {
    /// All of them.
    pub const ALL: [ViewsEngine; 2] = [ViewsEngine::Sled, ViewsEngine::Fjall];

    /// Its name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            ViewsEngine::Sled => "sled",
            ViewsEngine::Fjall => "fjall",
        }
    }

    /// Its folder within that of the views: name and version of how rows and position stand in it.
    pub(super) fn folder(self) -> &'static str {
        match self {
            ViewsEngine::Sled => "sled-1",
            ViewsEngine::Fjall => "fjall-1",
        }
    }

    /// The file in its folder that it locks as long as it is open.
    fn lock_file(self) -> &'static str {
        match self {
            ViewsEngine::Sled => "db",
            ViewsEngine::Fjall => "lock",
        }
    }

    /// Opens the engine, in an empty folder too. A panic of it is an error. Waits until the folder is given back: an engine that was dropped
    /// does that with the last of its writes behind the scenes, and a folder in use must not pass for a damaged one.
    pub(super) fn open(
        self,
        folder: &Path,
        cache_bytes: u64,
    ) -> Result<Box<dyn Engine>, StoreError> {
        given_back(&folder.join(self.lock_file()), || {
            thread::sleep(GIVEN_BACK_PAUSE);
        })?;
        Ok(match self {
            ViewsEngine::Sled => Box::new(sled::Sled::open(folder, cache_bytes)?),
            ViewsEngine::Fjall => Box::new(fjall::Fjall::open(folder, cache_bytes)?),
        })
    }
}

/// Waits until nobody holds the lock on a file; there may be no file. `Err`: somebody still held it after all pauses.
fn given_back(file: &Path, mut pause: impl FnMut()) -> Result<(), StoreError> {
    let Ok(file) = fs::File::open(file) else {
        return Ok(());
    };
    for _ in 0..GIVEN_BACK_PAUSES {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => pause(),
            Ok(()) | Err(TryLockError::Error(_)) => return Ok(()),
        }
    }
    Err(StoreError::Views {
        what: "the engine's folder is in use".into(),
    })
}

/// The last change of each row by collection, in order of keys: neighbours share pages. `None` deletes.
pub(super) type Changes = BTreeMap<Collection, BTreeMap<Vec<u8>, Option<Vec<u8>>>>;

/// The changes of a batch, the last one of each row.
pub(super) fn changes_of(batch: Batch) -> Changes {
    let mut rows = Changes::new();
    for change in batch.into_changes() {
        rows.entry(change.collection)
            .or_default()
            .insert(change.key, change.value);
    }
    rows
}

/// The changes by collection, as an engine writes them while readers may look between two: what goes is gone from the lists before what it leads to, what comes
/// is in them after it.
fn in_turn(
    rows: &Changes,
) -> impl Iterator<Item = (Collection, impl Iterator<Item = (&[u8], Option<&[u8]>)>)> {
    let going = rows
        .iter()
        .rev()
        .map(|(of, rows)| (*of, those(rows, false)));
    let coming = rows.iter().map(|(of, rows)| (*of, those(rows, true)));
    going.chain(coming)
}

/// The rows of a collection that come, or those that go.
fn those(
    rows: &BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    come: bool,
) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
    let those = rows.iter().filter(move |row| row.1.is_some() == come);
    those.map(|(key, value)| (key.as_slice(), value.as_deref()))
}

/// An open engine. Errors and panics of the engine are [`StoreError::Views`], without keys or values in their text.
pub(super) trait Engine: Send + Sync + Debug {
    /// The position that was last applied; 0 when none was.
    fn position(&self) -> Result<Position, StoreError>;

    /// Writes the rows, and the position not before them: after a kill the position is never newer than the rows.
    fn apply(&self, next: Position, rows: &Changes) -> Result<(), StoreError>;

    /// How many batches and fills it was given since its folder was made. That stands in the engine behind what it counts, so an engine that is
    /// opened anew and counts fewer than before lost the last ones, wherever the position is.
    fn batches(&self) -> u64;

    /// The value of a key.
    fn get(&self, collection: Collection, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// At most `limit` rows with `from <= key < to`, in order; `from < to`.
    fn range(
        &self,
        collection: Collection,
        from: &[u8],
        to: &[u8],
        limit: usize,
    ) -> Result<Rows, StoreError>;

    /// Puts rows into an engine that holds none of them, in the order of [`Views::fill`](crate::store::Views::fill). The position stays.
    fn fill(&self, rows: &mut dyn Iterator<Item = Row>) -> Result<(), StoreError>;

    /// Hands everything to the system, and leaves little for the next open to do. The engine is dropped after it.
    fn settle(&self) -> Result<(), StoreError>;

    /// Whether it should be closed and opened again so that the next open is quick: asked after a large batch and before a clean stop.
    fn wants_reopening(&self, stopping: bool) -> bool {
        let _ = stopping;
        false
    }
}

/// A number as it stands in an engine; 0 when none does.
fn number(stored: Option<impl AsRef<[u8]>>) -> u64 {
    stored
        .and_then(|bytes| bytes.as_ref().try_into().ok())
        .map_or(0, u64::from_be_bytes)
}

/// Runs the engine; an error, told by `tell` without content, or a panic of it is an error of the views.
fn guarded<T, E>(
    work: impl FnOnce() -> Result<T, E>,
    tell: impl FnOnce(E) -> String,
) -> Result<T, StoreError> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(StoreError::Views { what: tell(error) }),
        Err(_) => Err(StoreError::Views {
            what: "the engine panicked".into(),
        }),
    }
}

/// An engine may write when it is dropped; a panic of that ends here.
pub(super) fn drop_quietly(engine: Box<dyn Engine>) {
    let _dropped = catch_unwind(AssertUnwindSafe(|| drop(engine)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_given_back_late_is_waited_for_and_one_that_stays_in_use_is_told_as_that() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        given_back(&path, || panic!("there is no file")).unwrap();
        let holder = fs::File::create(&path).unwrap();
        holder.lock().unwrap();
        let mut paused = 0;
        given_back(&path, || {
            paused += 1;
            if paused == 3 {
                holder.unlock().unwrap();
            }
        })
        .unwrap();
        assert_eq!(paused, 3);

        holder.lock().unwrap();
        let told = given_back(&path, || ()).unwrap_err().to_string();
        assert!(told.contains("in use"), "{told}");
    }
}
