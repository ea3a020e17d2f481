//! The revocation lists that the gateway has by itself, for clients and for the endpoints that it calls: fetched from the places that the configuration
//! names, never from one that a presented certificate names; when each is due, and what came of it. What is taken and kept is for `in_force`; how lists are
//! used, and what one is worth that has ended, for `chain`.

mod fetch;
mod in_force;
mod kept;
mod refused;
mod schedule;
mod sources;
mod taken;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use rustls_pki_types::CertificateDer;
use tokio::sync::Notify;
use tokio::task::spawn_blocking;

use super::crl::CrlState;
use super::issuer::Issuer;
use super::settings::{FetchSettings, TlsSettings};
use super::tls::TlsError;
use super::trust::{TrustWarning, aging};
use crate::clock::Clock;
use in_force::{InForce, Signers};
use sources::{Source, Sources};

pub use fetch::{Address, NotAnAddress};
pub(super) use in_force::Lists;
pub use refused::Refused;
pub use sources::SourceState;
pub use taken::{Looked, Taken};

/// The wait where nothing is ever due.
const NEVER: Duration = Duration::from_hours(24);

/// See the module.
#[derive(Debug)]
pub struct Revocation {
    settings: FetchSettings,
    grace: SignedDuration,
    clock: Arc<dyn Clock>,
    in_force: InForce,
    known: Mutex<Known>,
    told: Notify,
}

/// What the configuration and the register name.
#[derive(Debug, Default)]
struct Known {
    configured: Vec<CertificateDer<'static>>,
    of_endpoints: Vec<CertificateDer<'static>>,
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
        Self {
            in_force: InForce::none(&settings.fetch),
            settings: settings.fetch.clone(),
            grace: settings.crl_stale.grace(),
            clock: Arc::clone(clock),
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
        self.in_force.lists()
    }

    /// How long after its nextUpdate a list is used.
    pub(super) fn grace(&self) -> SignedDuration {
        self.grace
    }

    /// What there is to know of the lists that are kept.
    pub fn kept(&self) -> Vec<CrlState> {
        let lists = self.lists();
        lists.all().map(|crl| crl.state.clone()).collect()
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
                let now = self.clock.now();
                // Signatures and large lists are not for the threads that serve.
                let taking = spawn_blocking(move || match (bytes, source) {
                    (Some(bytes), _) => this.in_force.take(&bytes, now),
                    (None, Source::Folder(path)) => this.in_force.take_files(&path, now),
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

    /// Goes by the certificates that are known now, and by the kept lists as they are on the disk now.
    fn refresh(&self) {
        let has_new = {
            let mut known = self.known();
            let Known {
                configured,
                of_endpoints,
                sources,
            } = &mut *known;
            let all = || configured.iter().chain(&*of_endpoints);
            let mut issuers: Vec<Issuer> = Vec::new();
            for issuer in all().filter_map(Issuer::of) {
                if !issuers.contains(&issuer) {
                    issuers.push(issuer);
                }
            }
            let configured = configured.iter().filter_map(Issuer::of);
            let configured = configured.map(|issuer| issuer.id()).collect();
            self.in_force.take_of(Signers {
                issuers,
                configured,
            });
            sources.set(&self.settings, all())
        };
        self.in_force.refresh();
        if has_new {
            self.told.notify_one();
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A number from 0 to 1, other every time; 0 where there is no randomness, which harms nothing.
fn chance() -> f64 {
    getrandom::u32().map_or(0.0, |number| f64::from(number) / f64::from(u32::MAX))
}
