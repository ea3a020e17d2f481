//! The log of all records, which anybody can verify: a tree over the salted hashes of the journal's records, from record 0 on, of which the root is signed, cosigned by
//! witnesses and made known within a second of every record (C2SP tlog-tiles, tlog-checkpoint, tlog-witness). Receipts show that their record is in it.
//!
//! It reads the journal and holds up nobody who writes to it. It knows nothing of messages, and what it shows tells nothing of one: hashes and signatures.

mod anew;
mod asked;
mod call;
mod error;
mod export;
mod hashes;
mod heard;
mod kept;
mod public;
mod resume;
mod sequencer;
mod settings;
mod tiles;
mod witness;
mod witness_fault;
mod witnesses;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use jiff::Timestamp;
use knooppunt_proof::{
    Hash, KeyName, LogProof, Policy, SignerKey, VerifierKey, inclusion, root_from_inclusion,
};
use tokio::sync::watch;

pub use asked::Asking;
pub use error::LogError;
pub use export::{Bundle, ExportFault, InFolder, Unverified, View, verify_export};
pub use heard::{Heard, Said, all_vouch, newest};
pub use public::router;
pub use resume::{Resumed, resume, signed_last};
pub use settings::{LogSettings, PublicSettings, WitnessSettings};
pub use witness::{Witness, witness_router};
pub use witness_fault::WitnessFault;

use self::anew::Anew;
use self::hashes::{Growing, HashFiles};
use self::kept::{Signed, SignedLast};
use self::tiles::{Checked, Tree};
use self::witnesses::{Alarms, Trouble, Witnesses};
use crate::clock::Clock;
use crate::store::embedded::{Disk, Files, Folder, KeptLogs};
use crate::store::{Journal, Position, StoreError};

/// What a log stands on.
#[derive(Debug, Clone)]
pub struct Ground {
    /// The records.
    pub journal: Arc<dyn Journal>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// The log. Any thread may ask; one task keeps it going.
pub struct Log {
    key: SignerKey,
    policy: Policy,
    ground: Ground,
    settings: LogSettings,
    /// The data folder.
    root: Folder,
    /// That of the log.
    folder: Folder,
    files: Arc<HashFiles>,
    witnesses: Witnesses,
    /// The newest checkpoint that was made known.
    known: watch::Sender<Option<Arc<Signed>>>,
    /// Held by the one who appends.
    growing: Mutex<Standing>,
    /// Whether the store knows that this log is kept of it.
    named: Mutex<bool>,
    round: Mutex<Round>,
    /// Held by the one who makes a checkpoint known.
    making_known: Mutex<()>,
    seen: Mutex<Seen>,
}

/// What is known of the files.
#[derive(Debug, Default)]
enum Standing {
    /// They hold this, and it is appended behind it.
    Sound(Growing),
    /// After an error: they are to be looked at.
    #[default]
    Unknown,
    /// They hold something wrong: they are to be made anew.
    Wrong,
    /// They are being made anew, and stay as they are until that is done.
    Anew(Box<Anew>),
}

/// How asking witnesses goes.
#[derive(Debug, Default)]
struct Round {
    /// The newest that was signed, while too few cosigned it.
    pending: Option<Signed>,
    /// How long nobody was asked after the last round with too few.
    pause: Duration,
    /// Nobody is asked before this much time has passed, by [`Clock::elapsed`].
    again: Duration,
    /// The hashes are not made anew before that, after it came to nothing.
    anew_again: Duration,
}

/// What was noticed.
#[derive(Debug, Default)]
struct Seen {
    /// The first record that is not under the newest checkpoint, and since when that is so, by [`Clock::elapsed`].
    waiting: Option<(u64, Duration)>,
    /// Leaves that are made, and how many there will be, while many are missing.
    building: Option<(u64, u64)>,
    /// When that was told last, by [`Clock::elapsed`].
    told: Duration,
    /// That hashes are not as they were written, until they are made anew.
    damage: Option<&'static str>,
    /// When a checkpoint was made known last by this process, by [`Clock::elapsed`].
    made_known: Option<Duration>,
    /// What went wrong last, until something goes well.
    trouble: Option<String>,
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Log")
            .field("origin", self.policy.origin())
            .field("size", &self.size())
            .finish_non_exhaustive()
    }
}

/// That a record is in the log.
#[derive(Debug, Clone)]
pub struct Proved {
    /// The receipt, as it is given and kept: a C2SP tlog-proof.
    pub proof: LogProof,
    /// Leaves of the tree that it is shown in.
    pub size: u64,
}

impl Log {
    /// Opens the log in a data folder, with its secret key (32 random bytes), and makes sure that it continues what was made known of it. Err: it does not, or the
    /// settings are wrong; the text says who must do what. Reads the journal where the hashes are not there yet.
    pub fn open(
        data: &Path,
        secret: &[u8; 32],
        settings: LogSettings,
        asking: &Asking<'_>,
        ground: Ground,
    ) -> Result<Log, LogError> {
        let files: Arc<dyn Files> = Arc::new(Disk);
        Log::open_in(Folder::new(files, data), secret, settings, asking, ground)
    }

    /// The same, by whatever files.
    pub(crate) fn open_in(
        root: Folder,
        secret: &[u8; 32],
        settings: LogSettings,
        asking: &Asking<'_>,
        ground: Ground,
    ) -> Result<Log, LogError> {
        let origin = settings.origin.as_deref().unwrap_or_default();
        let name = KeyName::new(origin).map_err(LogError::Origin)?;
        let key = SignerKey::new(name, secret);
        let each = asking.witnesses(&settings)?;
        let keys = each.iter().map(|witness| witness.key.clone()).collect();
        let policy = Policy::new(vec![key.verifier().clone()], keys, settings.quorum)?;
        let folder = root.below(kept::FOLDER);
        let named = kept::may_go_on(&root, &folder, &policy)?;
        folder.create()?;
        folder.remove_unfinished()?;
        let files = Arc::new(HashFiles::open(folder.clone())?);
        let signed = SignedLast::read(&folder, key.verifier())?;
        let growing = sequencer::growing_at_start(&folder, &files, &signed, &ground)?;
        let log_key = key.verifier().clone();
        let witnesses = Witnesses {
            each,
            quorum: settings.quorum,
            log: log_key,
            alarms: Arc::new(Alarms::kept_in(folder.clone())),
        };
        Ok(Log {
            key,
            policy,
            ground,
            settings,
            root,
            folder,
            files,
            witnesses,
            known: watch::Sender::new(signed.known.map(Arc::new)),
            growing: Mutex::new(Standing::Sound(growing)),
            named: Mutex::new(named),
            round: Mutex::default(),
            making_known: Mutex::default(),
            seen: Mutex::default(),
        })
    }

    /// Makes the store know, durably, that this log is kept of it, once it has signed something: whose folder is missing then is not begun anew.
    fn name(&self) -> Result<(), LogError> {
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        if !*named {
            let mut logs = KeptLogs::read(&self.root)?;
            logs.keep(self.policy.origin().as_str());
            logs.write(&self.root)?;
            *named = true;
        }
        Ok(())
    }

    /// The public key: its name is the origin of the log.
    pub fn key(&self) -> &VerifierKey {
        self.key.verifier()
    }

    /// By what a checkpoint of this log is taken: its key, the witnesses and how many of them.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Records under the newest checkpoint that was made known.
    pub fn size(&self) -> u64 {
        self.known
            .borrow()
            .as_ref()
            .map_or(0, |signed| signed.checkpoint.size())
    }

    /// The newest checkpoint that was made known, with its cosignatures, as it is published.
    pub fn checkpoint(&self) -> Option<String> {
        let known = self.known.borrow();
        known.as_ref().map(|signed| signed.note.to_string())
    }

    /// The first `width` hashes of a tile (at most 256), as the tree that was made known has them. None: it has not so many there. Err: they cannot be read, or are not
    /// as they were written; they are made anew then.
    pub fn tile(&self, level: u8, index: u64, width: u16) -> Result<Option<Vec<u8>>, LogError> {
        let known = self.known.borrow().clone();
        let Some(known) = known else { return Ok(None) };
        let tree = Tree {
            size: known.checkpoint.size(),
            root: *known.checkpoint.root(),
        };
        match tiles::checked(&self.files, tree, (level, index, width)) {
            Ok(Checked::None) => Ok(None),
            Ok(Checked::Right(bytes)) => Ok(Some(bytes)),
            Ok(Checked::Wrong) | Err(StoreError::Damage { .. }) => {
                self.distrust();
                Err(LogError::Tile { level, index })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// How long the receipt of a record of this time waits for its proof; by a clock that was set back no longer than one of this moment.
    pub fn receipt_waits(&self, recorded: Timestamp) -> Duration {
        let most = Duration::from_millis(self.settings.receipt_within_ms.min(60_000));
        let since = self.ground.clock.now().duration_since(recorded);
        // A record of a later time than now: the clock was set back.
        let since = Duration::try_from(since).unwrap_or_default();
        most.saturating_sub(since)
    }

    /// That the record is in the log, as soon as a checkpoint says so; none when none did within that time. Err: the hashes cannot be read.
    pub async fn prove(
        self: &Arc<Self>,
        position: u64,
        within: Duration,
    ) -> Result<Option<Proved>, LogError> {
        let signed = self.covering(position, within).await;
        let Some(signed) = signed else {
            return Ok(None);
        };
        let log = Arc::clone(self);
        let proved = tokio::task::spawn_blocking(move || log.prove_in(position, &signed)).await;
        // Only a bug ends the work halfway.
        proved.unwrap_or(Ok(None))
    }

    /// That the record is in the log, by the newest checkpoint; none when that is not over it. Err: the hashes cannot be read.
    pub fn prove_now(&self, position: u64) -> Result<Option<Proved>, LogError> {
        let known = self.known.borrow().clone();
        match known.filter(|known| known.checkpoint.size() > position) {
            Some(known) => self.prove_in(position, &known),
            None => Ok(None),
        }
    }

    /// The first checkpoint over a record that is made known within that time.
    async fn covering(&self, position: u64, within: Duration) -> Option<Arc<Signed>> {
        let covers = |known: &Option<Arc<Signed>>| {
            let size = known.as_ref().map(|signed| signed.checkpoint.size());
            size.is_some_and(|size| size > position)
        };
        let mut known = self.known.subscribe();
        let waited = tokio::time::timeout(within, known.wait_for(covers)).await;
        waited.ok()?.ok()?.clone()
    }

    /// The path is held against the root before it is given: a damaged file must not make receipts that do not hold. It is made again then.
    fn prove_in(&self, position: u64, signed: &Signed) -> Result<Option<Proved>, LogError> {
        let (size, root) = (signed.checkpoint.size(), signed.checkpoint.root());
        let record = self.ground.journal.read(Position(position))?;
        let leaf = Hash::new(record.leaf);
        let holds = |path: &Vec<Hash>| {
            root_from_inclusion(&leaf, position, size, path).is_ok_and(|made| made == *root)
        };
        let path = inclusion(&*self.files, position, size);
        let Some(path) = path.ok().filter(holds) else {
            self.distrust();
            return Ok(None);
        };
        let proof = LogProof::new(position, path, signed.note.clone());
        Ok(proof.ok().map(|proof| Proved { proof, size }))
    }

    /// The files are made anew before anything is appended. While somebody appends or makes them anew they may be read halfway: then the next who is not proved what he
    /// asks tells, and nobody waits.
    fn distrust(&self) {
        const WHAT: &str = "the hashes of the log are not as they were written: they are made anew";
        let mut standing = match self.growing.try_lock() {
            Ok(standing) => standing,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        if !matches!(&*standing, Standing::Anew(_)) {
            tracing::error!("{WHAT}");
            metrics::counter!("knooppunt_log_damages_total").increment(1);
            *standing = Standing::Wrong;
        }
        drop(standing);
        self.seen().damage = Some(WHAT);
    }

    /// How the log is, and for how long a record has waited for it. Err: not well, and what to do.
    pub fn health(&self) -> Result<String, String> {
        if let Some(alarm) = self.witnesses.alarms.raised() {
            return Err(alarm.to_string());
        }
        self.look();
        let (size, records) = (self.size(), self.ground.journal.next().0);
        let seen = self.seen();
        if let Some(damage) = seen.damage {
            return Err(damage.to_owned());
        }
        if let (Some((made, of)), None) = (seen.building, &seen.trouble) {
            return Ok(format!(
                "building: {made} of {of} leaves are made from the journal, and nothing is signed before all are"
            ));
        }
        let elapsed = self.ground.clock.elapsed();
        let waits = seen
            .waiting
            .map_or(Duration::ZERO, |(_, since)| elapsed.saturating_sub(since));
        let most = Duration::from_secs(u64::from(self.settings.fresh_within_s));
        if waits <= most {
            let mut said = format!("{size} of {records} records are under a checkpoint");
            for witness in &self.witnesses.each {
                if let Some(Trouble { text, faulty: true }) = witness.trouble() {
                    said = format!("{said}; witness {}: {text}", witness.name);
                }
            }
            return Ok(said);
        }
        let mut said = format!(
            "{size} of {records} records are under a checkpoint, and the first of the others has waited for {} s",
            waits.as_secs()
        );
        for witness in &self.witnesses.each {
            if let Some(Trouble { text, .. }) = witness.trouble() {
                said = format!("{said}; witness {}: {text}", witness.name);
            }
        }
        if let Some(trouble) = &seen.trouble {
            said = format!("{said}; {trouble}");
        }
        Err(said)
    }

    /// Notices since when a record waits.
    fn look(&self) {
        let now = self.ground.clock.elapsed();
        let (size, records) = (self.size(), self.ground.journal.next().0);
        let mut seen = self.seen();
        seen.waiting = match seen.waiting {
            _ if records <= size => None,
            Some((first, since)) if first >= size => Some((first, since)),
            Some(_) | None => Some((size, now)),
        };
    }

    /// Sets the figures of the log.
    pub fn figures(&self) {
        let (size, records) = (self.size(), self.ground.journal.next().0);
        figure("knooppunt_log_size", size);
        figure("knooppunt_log_behind", records.saturating_sub(size));
        let alarm = self.witnesses.alarms.raised().is_some();
        figure("knooppunt_log_alarm", u64::from(alarm));
        if let Some(at) = self.seen().made_known {
            let age = self.ground.clock.elapsed().saturating_sub(at);
            figure("knooppunt_log_checkpoint_age_seconds", age.as_secs());
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn round(&self) -> MutexGuard<'_, Round> {
        self.round.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn growing(&self) -> MutexGuard<'_, Standing> {
        self.growing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[allow(
    clippy::cast_precision_loss,
    reason = "a figure past 2^53 may be off by one"
)]
fn figure(name: &'static str, value: u64) {
    metrics::gauge!(name).set(value as f64);
}
