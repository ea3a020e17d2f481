//! What an engine for views must do: ordered maps in a folder, with the position they have come to. An engine writes its files itself and does not
//! promise that they survive a power loss; whether its folder may be trusted is decided by [`super::views`].

mod fjall;
mod sled;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::store::{Batch, Collection, Position, Row, Rows, StoreError};

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

    /// Opens the engine, in an empty folder too. A panic of it is an error.
    pub(super) fn open(
        self,
        folder: &Path,
        cache_bytes: u64,
    ) -> Result<Box<dyn Engine>, StoreError> {
        Ok(match self {
            ViewsEngine::Sled => Box::new(sled::Sled::open(folder, cache_bytes)?),
            ViewsEngine::Fjall => Box::new(fjall::Fjall::open(folder, cache_bytes)?),
        })
    }
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
