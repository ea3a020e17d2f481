//! The revocation lists that the gateway has by itself, for clients and for the endpoints that it calls: fetched from the places that the configuration
//! names, never from one that a presented certificate names; checked before they are taken; the last good one of each issuer kept, over restarts too.
//! How lists are used, and what one is worth that has ended, is for `chain`.

mod fetch;
mod kept;
mod refused;
mod schedule;
mod sources;
mod taken;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::SignedDuration;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls_pki_types::CertificateDer;
use sha2::{Digest as _, Sha256};
use tokio::sync::Notify;
use tokio::task::spawn_blocking;

use super::crl::{self, Crl, CrlError, CrlState};
use super::issuer::{Issuer, Signer};
use super::settings::{FetchSettings, TlsSettings};
use super::tls::TlsError;
use super::trust::{TrustWarning, aging};
use crate::clock::Clock;
use sources::{Source, Sources};

pub use fetch::{Address, NotAnAddress};
pub use refused::Refused;
pub use sources::SourceState;
pub use taken::{Looked, Taken};

/// How far the clock of an issuer may be ahead of ours.
const AHEAD_MAX: SignedDuration = SignedDuration::from_mins(5);
/// The wait where nothing is ever due.
const NEVER: Duration = Duration::from_hours(24);

/// See the module.
#[derive(Debug)]
pub struct Revocation {
    settings: FetchSettings,
    grace: SignedDuration,
    clock: Arc<dyn Clock>,
    algorithms: WebPkiSupportedAlgorithms,
    lists: ArcSwap<Lists>,
    /// Held while lists change.
    changing: Mutex<()>,
    known: Mutex<Known>,
    told: Notify,
}

/// The lists at one moment. Never changes.
#[derive(Debug, Default)]
pub(super) struct Lists {
    /// Counts upwards with every change.
    pub(super) generation: u64,
    /// At most one of each issuer (by name and key) and scope.
    all: Vec<Arc<Crl>>,
    /// The issuers that the configuration names.
    configured: BTreeSet<Signer>,
}

impl Lists {
    /// The lists that are signed by issuers of the configuration or by these others. A list of an issuer that one endpoint brought into the register counts for
    /// that endpoint only: it may bear the name of another.
    pub(super) fn signed_by<'a>(
        &'a self,
        others: &'a [Signer],
    ) -> impl Iterator<Item = &'a Arc<Crl>> {
        self.all.iter().filter(move |crl| {
            crl.signer
                .is_some_and(|signer| self.configured.contains(&signer) || others.contains(&signer))
        })
    }

    /// The lists of which the configuration does not name the issuer.
    pub(super) fn of_endpoints_only(&self) -> impl Iterator<Item = &Arc<Crl>> {
        self.all.iter().filter(move |crl| {
            !crl.signer
                .is_some_and(|signer| self.configured.contains(&signer))
        })
    }
}

/// What the configuration and the register name.
#[derive(Debug, Default)]
struct Known {
    configured: Vec<CertificateDer<'static>>,
    of_endpoints: Vec<CertificateDer<'static>>,
    issuers: Arc<Vec<Issuer>>,
    sources: Sources,
}

impl Revocation {
    /// By these settings, with nothing known yet. Err: an address is none.
    pub fn open(settings: &TlsSettings, clock: &Arc<dyn Clock>) -> Result<Arc<Self>, TlsError> {
        if let Some((key, reason)) = settings.outside() {
            return Err(TlsError::Fetch(format!("{key}: {reason}")));
        }
        Ok(Arc::new(Self::of(settings, clock)))
    }

    /// One that fetches nothing and has no lists.
    pub fn none(clock: &Arc<dyn Clock>) -> Arc<Self> {
        let settings = TlsSettings {
            fetch: FetchSettings {
                distribution_points: false,
                kept: "".into(),
                ..FetchSettings::default()
            },
            ..TlsSettings::default()
        };
        Arc::new(Self::of(&settings, clock))
    }

    fn of(settings: &TlsSettings, clock: &Arc<dyn Clock>) -> Self {
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        Self {
            settings: settings.fetch.clone(),
            grace: settings.crl_stale.grace(),
            clock: Arc::clone(clock),
            algorithms: provider.signature_verification_algorithms,
            lists: ArcSwap::default(),
            changing: Mutex::default(),
            known: Mutex::default(),
            told: Notify::new(),
        }
    }

    /// The certificates that the configuration names: issuers of lists that are taken, and where they say that lists are. Reads the kept lists anew.
    pub(super) fn configured(&self, certificates: Vec<CertificateDer<'static>>) {
        self.known().configured = certificates;
        self.refresh();
    }

    /// The same of the endpoints in the register: their roots, and what we present to them.
    pub fn endpoints_have(&self, certificates: Vec<CertificateDer<'static>>) {
        self.known().of_endpoints = certificates;
        self.refresh();
    }

    /// The lists as they are now.
    pub(super) fn lists(&self) -> Arc<Lists> {
        self.lists.load_full()
    }

    /// How long after its nextUpdate a list is used.
    pub(super) fn grace(&self) -> SignedDuration {
        self.grace
    }

    /// What there is to know of the lists that are kept.
    pub fn kept(&self) -> Vec<CrlState> {
        let lists = self.lists.load();
        lists.all.iter().map(|crl| crl.state.clone()).collect()
    }

    /// The places that lists come from.
    pub fn sources(&self) -> Vec<SourceState> {
        self.known().sources.states()
    }

    /// What needs attention beside the lists of clients: lists of endpoints that end, and places of which nothing could be taken the last time.
    pub(super) fn warnings(&self) -> Vec<TrustWarning> {
        let (lists, now) = (self.lists(), self.clock.now());
        let of_endpoints = lists.of_endpoints_only();
        let mut warnings: Vec<TrustWarning> = of_endpoints
            .filter_map(|crl| aging(crl, self.grace, now))
            .collect();
        warnings.extend(self.known().sources.warnings());
        warnings
    }

    /// Everything is due from now on.
    pub fn fetch_now(&self) {
        self.known().sources.hurry();
        self.told.notify_one();
    }

    /// Ends when there is something to fetch that may not have been waited for.
    pub(super) async fn told(&self) {
        self.told.notified().await;
    }

    /// Looks at the place that is due for the longest time; when none is, gives the time until the next one is. Every place has its time and its limits, and
    /// they follow one another: one list is in memory at a time.
    pub(super) async fn fetch_one(self: &Arc<Self>) -> Option<Duration> {
        let Some(every) = self.settings.every() else {
            return Some(NEVER);
        };
        let due = self.known().sources.first_due(self.clock.elapsed());
        if let Some(source) = due {
            // What came of it is noted and told.
            let _ = self.look(&source, every).await;
            return None;
        }
        let next = self.known().sources.next_due();
        let now = self.clock.elapsed();
        Some(next.map_or(NEVER, |due| due.saturating_sub(now)))
    }

    /// Looks at every place once, due or not.
    pub async fn fetch_all(self: &Arc<Self>) -> Vec<Looked> {
        let mut looked = Vec::new();
        for source in self.known_sources() {
            looked.push(Looked {
                source: source.to_string(),
                outcome: self.look(&source, NEVER).await,
            });
        }
        looked
    }

    fn known_sources(&self) -> Vec<Source> {
        self.known().sources.all()
    }

    async fn look(self: &Arc<Self>, source: &Source, every: Duration) -> Result<Taken, Refused> {
        let came = match source {
            Source::Folder(_) => Ok(None),
            Source::Url(url) => match url.parse() {
                Err(NotAnAddress) => Err(Refused::Address),
                Ok(address) => fetch::get(&address, &self.settings).await.map(Some),
            },
        };
        let outcome = match came {
            Err(refused) => Err(refused),
            Ok(bytes) => {
                let (this, source) = (Arc::clone(self), source.clone());
                // Signatures and large lists are not for the threads that serve.
                let taking = spawn_blocking(move || match (bytes, source) {
                    (Some(bytes), _) => this.take(&bytes),
                    (None, Source::Folder(path)) => this.take_files(&path),
                    (None, Source::Url(_)) => Err(Refused::Bug),
                });
                taking.await.unwrap_or(Err(Refused::Bug))
            }
        };
        let moment = (self.clock.elapsed(), self.clock.now());
        self.tell(source, &outcome);
        let mut known = self.known();
        known
            .sources
            .note(source, &outcome, every, moment, chance());
        outcome
    }

    fn tell(&self, source: &Source, outcome: &Result<Taken, Refused>) {
        let counted = match outcome {
            Ok(taken) if taken.new > 0 => {
                for list in &taken.lists {
                    tracing::info!(issuer = %list.issuer, this_update = %list.this_update, next_update = %list.next_update, revoked = list.revoked, %source, "revocation list taken");
                }
                "new"
            }
            Ok(_) => "same",
            Err(refused) => {
                let issuer = self.known().sources.issuer_at(source);
                let issuer = issuer.as_deref().unwrap_or("not known yet");
                tracing::warn!(code = refused.code(), error = %refused, issuer, %source, "revocation list not taken; the last good one stays");
                refused.code()
            }
        };
        metrics::counter!("knooppunt_crl_fetches_total", "outcome" => counted).increment(1);
    }

    /// Takes the lists in the files of a folder, each by itself. Err: of the first file that is not right; the others are taken all the same.
    fn take_files(&self, path: &Path) -> Result<Taken, Refused> {
        let files = crl::files_in(path).map_err(|error| of_file(error, self.settings.bytes_max))?;
        if files.is_empty() {
            return Err(Refused::Empty);
        }
        let (mut all, mut first) = (Taken::default(), None);
        for file in files {
            let bytes = crl::bytes_of(&file, self.settings.bytes_max);
            let bytes = bytes.map_err(|error| of_file(error, self.settings.bytes_max));
            match bytes.and_then(|bytes| self.take(&bytes)) {
                Ok(taken) => {
                    all.new += taken.new;
                    all.lists.extend(taken.lists);
                }
                // Whoever fills the folder may leave former lists there.
                Err(Refused::Older { .. }) => {}
                Err(refused) => {
                    tracing::warn!(code = refused.code(), error = %refused, file = %file.display(), "revocation list not taken");
                    first.get_or_insert(refused);
                }
            }
        }
        first.map_or(Ok(all), Err)
    }

    /// Takes the lists in these bytes. Err: of the first that is not right; the others are taken all the same.
    fn take(&self, bytes: &[u8]) -> Result<Taken, Refused> {
        let ders = crl::ders(bytes).map_err(|_| Refused::NotAList)?;
        let (mut all, mut first) = (Taken::default(), None);
        for der in ders {
            match self.take_one(&der) {
                Ok((list, is_new)) => {
                    all.new += usize::from(is_new);
                    all.lists.push(list.state.clone());
                }
                Err(refused) => {
                    first.get_or_insert(refused);
                }
            }
        }
        first.map_or(Ok(all), Err)
    }

    /// Takes a list (DER) that holds and is not older than the one that is there: in force from here on, and kept. The list, and whether it was not there before.
    fn take_one(&self, der: &[u8]) -> Result<(Arc<Crl>, bool), Refused> {
        let mut crl = Crl::parse(Path::new(""), der).map_err(|_| Refused::NotAList)?;
        let issuer = crl.state.issuer.clone();
        let signer = match self.signer_of(&crl, der) {
            Signed::By(signer) => signer,
            Signed::ByAnother => return Err(Refused::Signature { issuer }),
            Signed::Unknown => return Err(Refused::IssuerUnknown { issuer }),
        };
        crl.signer = Some(signer);
        let now = self.clock.now();
        if crl.state.this_update.duration_since(now) > AHEAD_MAX {
            return Err(Refused::NotYet { issuer });
        }
        let path = kept::path_of(&self.settings.kept, &signer, &crl.scope);
        crl.state.file.clone_from(&path);
        let _changing = self.changing();
        let lists = self.lists();
        let there = lists.all.iter().find(|there| there.stands_for(&crl));
        let (crl, is_new) = match there {
            Some(there) if there.hash == crl.hash => (Arc::clone(there), false),
            Some(there) if crl.is_older_than(there) => return Err(Refused::Older { issuer }),
            Some(there)
                if crl.state.next_update <= now
                    && crl.state.next_update < there.state.next_update =>
            {
                return Err(Refused::Ended { issuer });
            }
            _ => (Arc::new(crl), true),
        };
        if is_new {
            let others = lists.all.iter().filter(|there| !there.stands_for(&crl));
            let all = others.chain([&crl]).cloned().collect();
            self.put(all, lists.configured.clone());
        }
        // What could not be kept the last time is kept now.
        if std::fs::read(&path).is_ok_and(|bytes| bytes == der) {
            return Ok((crl, is_new));
        }
        match kept::write(&path, der) {
            Ok(()) => Ok((crl, is_new)),
            Err(source) => Err(Refused::NotKept {
                issuer,
                path,
                source,
            }),
        }
    }

    fn signer_of(&self, crl: &Crl, der: &[u8]) -> Signed {
        let issuers = Arc::clone(&self.known().issuers);
        let mut of_name = issuers
            .iter()
            .filter(|issuer| issuer.name == crl.issuer)
            .peekable();
        if of_name.peek().is_none() {
            return Signed::Unknown;
        }
        let signer = of_name.find(|issuer| issuer.signed(der, &self.algorithms));
        signer.map_or(Signed::ByAnother, |issuer| Signed::By(issuer.id()))
    }

    /// Goes by the certificates that are known now, and by the kept lists as they are on the disk now: a command may have fetched some. A file that is damaged
    /// is told and left; the next fetch puts a whole one in its place.
    fn refresh(&self) {
        let (has_new, configured) = {
            let mut known = self.known();
            let Known {
                configured,
                of_endpoints,
                issuers,
                sources,
            } = &mut *known;
            let all = || configured.iter().chain(&*of_endpoints);
            let mut found: Vec<Issuer> = Vec::new();
            for issuer in all().filter_map(Issuer::of) {
                if !found.contains(&issuer) {
                    found.push(issuer);
                }
            }
            *issuers = Arc::new(found);
            let ids = configured.iter().filter_map(Issuer::of);
            let ids: BTreeSet<Signer> = ids.map(|issuer| issuer.id()).collect();
            (sources.set(&self.settings, all()), ids)
        };
        let _changing = self.changing();
        let before = self.lists();
        let known: Vec<Signer> = self.known().issuers.iter().map(Issuer::id).collect();
        let is_known = |crl: &&Arc<Crl>| crl.signer.is_some_and(|signer| known.contains(&signer));
        let mut lists: Vec<Arc<Crl>> = before.all.iter().filter(is_known).cloned().collect();
        for file in kept::read(&self.settings.kept) {
            match file {
                Ok((path, bytes)) => {
                    if let Some(crl) = self.read_kept(&path, &bytes, &before) {
                        let newer =
                            |there: &Arc<Crl>| there.stands_for(&crl) && !there.is_older_than(&crl);
                        if !lists.iter().any(newer) {
                            lists.retain(|there| !there.stands_for(&crl));
                            lists.push(crl);
                        }
                    }
                }
                Err(error) => tracing::warn!(%error, "a kept revocation list cannot be read"),
            }
        }
        let hashes = |lists: &[Arc<Crl>]| -> BTreeSet<[u8; 32]> {
            lists.iter().map(|crl| crl.hash).collect()
        };
        if hashes(&lists) != hashes(&before.all) || configured != before.configured {
            self.put(lists, configured);
        }
        if has_new {
            self.told.notify_one();
        }
    }

    /// A kept list that holds and is not in memory yet.
    fn read_kept(&self, path: &Path, bytes: &[u8], before: &Lists) -> Option<Arc<Crl>> {
        let hash: [u8; 32] = Sha256::digest(bytes).into();
        if before.all.iter().any(|crl| crl.hash == hash) {
            return None;
        }
        let mut crl = match Crl::parse(path, bytes) {
            Ok(crl) => crl,
            Err(reason) => {
                tracing::warn!(file = %path.display(), reason, "a kept revocation list is damaged");
                return None;
            }
        };
        match self.signer_of(&crl, bytes) {
            Signed::By(signer) => {
                crl.signer = Some(signer);
                Some(Arc::new(crl))
            }
            Signed::ByAnother => {
                tracing::warn!(file = %path.display(), issuer = %crl.state.issuer, "a kept revocation list is not signed by its issuer");
                None
            }
            // Of an issuer that was configured once.
            Signed::Unknown => None,
        }
    }

    /// Puts these lists in force. Only while `changing` is held.
    fn put(&self, all: Vec<Arc<Crl>>, configured: BTreeSet<Signer>) {
        let generation = self.lists.load().generation + 1;
        self.lists.store(Arc::new(Lists {
            generation,
            all,
            configured,
        }));
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changing(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who signed a list that names an issuer.
enum Signed {
    /// An issuer of that name that is known.
    By(Signer),
    /// None of those of that name.
    ByAnother,
    /// No issuer of that name is known.
    Unknown,
}

fn of_file(error: CrlError, bytes_max: u64) -> Refused {
    match error {
        CrlError::Unreadable { path, source } => Refused::Unreadable { path, source },
        CrlError::TooLarge { .. } => Refused::TooLarge(bytes_max),
        CrlError::Unusable { .. } => Refused::NotAList,
    }
}

/// A number from 0 to 1, other every time; 0 where there is no randomness, which harms nothing.
fn chance() -> f64 {
    getrandom::u32().map_or(0.0, |number| f64::from(number) / f64::from(u32::MAX))
}
