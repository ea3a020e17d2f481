//! Records of which something is not as it was written. They are found by a replay or when they are read; they cost what stood in them, never the others.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::LedgerError;
use super::as_of::Between;
use super::events::Event;
use super::views::{DAMAGED, HOLES};
use crate::store::{Batch, Views};

/// Most damaged records that are remembered.
const KNOWN_MAX: usize = 10_000;

/// Positions of the damaged records that are known.
#[derive(Debug, Default)]
pub(super) struct Damaged(Mutex<BTreeSet<u64>>);

impl Damaged {
    /// What the last replay found. Err: the views cannot be read.
    pub(super) fn known(views: &dyn Views) -> Result<Self, LedgerError> {
        let rows = views.range(DAMAGED, &[], &[0xff; 9], KNOWN_MAX)?;
        let positions = rows
            .into_iter()
            .filter_map(|(key, _)| <[u8; 8]>::try_from(key).ok())
            .map(u64::from_be_bytes);
        Ok(Self(Mutex::new(positions.collect())))
    }

    /// Something of this record cannot be read. Logged once.
    pub(super) fn note(&self, position: u64, error: &LedgerError) {
        let mut known = self.lock();
        if known.len() < KNOWN_MAX && known.insert(position) {
            log(position, error);
        }
    }

    pub(super) fn contains(&self, position: u64) -> bool {
        self.lock().contains(&position)
    }

    pub(super) fn count(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a replay leaves of it, so that the next start knows: the record, and that the past of its two parties may lack what stood in its effect. `brought` is the
/// event of the message that it is about, when that is another.
pub(super) fn row(
    position: u64,
    error: &LedgerError,
    event: &Event,
    brought: Option<&Event>,
) -> Batch {
    let mut batch = Batch::default();
    batch.put(DAMAGED, position.to_be_bytes(), error.code());
    if let Some(between) = Between::of_event(brought.unwrap_or(event)) {
        batch.put(HOLES, between.key(), position.to_be_bytes());
    }
    batch
}

/// Says it to the operator: code, file and record.
pub(super) fn log(position: u64, error: &LedgerError) {
    tracing::error!(
        code = error.code(),
        record = position,
        %error,
        "a damaged record: the others are served; see `knooppunt store check`"
    );
}
