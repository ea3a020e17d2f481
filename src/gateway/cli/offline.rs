//! A data folder with its ledger, while no gateway has it open: for commands that read the past or add to it.

use std::path::Path;
use std::sync::Arc;

use knooppunt_standard::{Limits, Releases};

use super::Stop;
use super::screen::Progress;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::ledger::{Foundation, Ledger, LedgerError, Pseudonyms};
use crate::schemas;
use crate::serve::PSEUDONYM_KEY;
use crate::store::Embedded;

/// What a command works with.
pub(super) struct Offline {
    pub(super) config: Config,
    pub(super) releases: Arc<Releases>,
    pub(super) limits: Limits,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) store: Embedded,
    pub(super) ledger: Arc<Ledger>,
}

impl Offline {
    /// Opens all that a configuration names; views that lag are caught up. Err: in use by a gateway, among others; the text says it.
    pub(super) fn open(config: &Path) -> Result<Self, Stop> {
        let unable = |error: &dyn std::fmt::Display| Stop::unable(error.to_string());
        let config = Config::load(config).map_err(|error| unable(&error))?;
        let releases = schemas::releases(config.schemas.folder.as_deref());
        let releases = Arc::new(releases.map_err(|error| unable(&error))?);
        let limits = config.xml.limits(config.api.body_bytes_max);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let settings = &config.store;
        let (data, keys) = (&settings.folder, &settings.keys);
        let store = Embedded::open(data, keys, settings.options(), clock.now())?;
        let key = store.journal.guarded_key(PSEUDONYM_KEY)?;
        let foundation = Foundation {
            journal: Arc::clone(&store.journal) as _,
            views: Arc::clone(&store.views) as _,
            pseudonyms: Arc::new(Pseudonyms::new(key.bytes())),
            clock: Arc::clone(&clock),
        };
        let on_fatal = Arc::new(|error: &LedgerError| {
            tracing::error!(code = error.code(), %error, "nothing more is recorded");
        });
        let mut bar = Progress::new();
        let ledger = Ledger::open(foundation, on_fatal, &mut |at| bar.at(at.done, at.of))?;
        drop(bar);
        Ok(Self {
            config,
            releases,
            limits,
            clock,
            store,
            ledger,
        })
    }

    /// Closes the store cleanly. Err: it does not close; what was recorded stands.
    pub(super) fn close(self) -> Result<(), Stop> {
        self.ledger.stop();
        drop(self.ledger);
        Ok(self.store.close()?)
    }
}
