//! All endpoints of the register, each with its courier: begun at the start, begun anew at a reload, ended at the stop.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::carrier::Carrier;
use super::courier::{Courier, Route, Standing};
use super::room::Room;
use super::settings::DeliverSettings;
use crate::clock::Clock;
use crate::envelope::tables::Generation;
use crate::fault::Fault;
use crate::ledger::{self, Brings, Ledger, LedgerError, NoRandomness};
use crate::register::{Endpoint, PartyCode, PartyId, Register};
use crate::transport::{CrlState, Revocation, TlsError};

/// How often the files of endpoints are read again, so that new revocation lists and certificates count.
const RENEW_EVERY: Duration = Duration::from_mins(5);
/// Most messages of one mailbox that are counted for figures: a figure at it means "this many or more".
const COUNTED_MAX: usize = 1000;
/// Ages by which waiting deliveries are counted: name, and seconds.
const AGES: [(&str, i64); 4] = [("0s", 0), ("1m", 60), ("1h", 3600), ("1d", 86_400)];

/// Why endpoints of a register cannot be used. What was in force stays in force.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeliverError {
    /// A file that an endpoint names is missing or wrong.
    #[error("the endpoint of {party}: {cause}")]
    Endpoint {
        /// Whose endpoint.
        party: PartyId,
        /// What is wrong.
        cause: TlsError,
    },
    /// No random bytes were to be had.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

impl DeliverError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Endpoint { cause, .. } => cause.code(),
            Self::NoRandomness(_) => "no-means",
        }
    }

    /// Whose fault it is: always ours, the operator's.
    pub fn fault(&self) -> Fault {
        Fault::Ours
    }
}

/// The endpoints of a register with their files read, not yet in use.
#[derive(Debug)]
pub struct Ready(Vec<(Arc<Carrier>, Route)>);

/// All endpoints.
pub struct Deliveries {
    ledger: Arc<Ledger>,
    clock: Arc<dyn Clock>,
    settings: DeliverSettings,
    codes: Generation,
    revocation: Arc<Revocation>,
    seed: u64,
    room: Room,
    running: Mutex<BTreeMap<PartyId, Running>>,
    /// Cancelled when the endpoints that went with one register have ended, and that is recorded.
    leaving: Mutex<Vec<CancellationToken>>,
}

/// A courier at work.
struct Running {
    carrier: Arc<Carrier>,
    codes: Vec<PartyCode>,
    standing: Arc<Mutex<Standing>>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl fmt::Debug for Deliveries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Deliveries({} endpoints)", self.running().len())
    }
}

/// An endpoint as its party and operators see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Kind of the endpoint.
    pub kind: &'static str,
    /// How it stands.
    pub standing: Standing,
}

impl Deliveries {
    /// Of this ledger; nothing is brought before [`Deliveries::begin`]. `codes`: the list that the codes of an Fo01 are from. Err: no random bytes were to be had.
    pub fn new(
        ledger: Arc<Ledger>,
        clock: Arc<dyn Clock>,
        settings: DeliverSettings,
        codes: Generation,
    ) -> Result<Self, DeliverError> {
        let mut seed = [0; 8];
        getrandom::fill(&mut seed).map_err(|_| NoRandomness)?;
        Ok(Self {
            revocation: Revocation::none(&clock),
            room: Room::of(&settings),
            ledger,
            clock,
            settings,
            codes,
            seed: u64::from_be_bytes(seed),
            running: Mutex::default(),
            leaving: Mutex::default(),
        })
    }

    /// With these revocation lists, by which the certificates of endpoints are checked too.
    #[must_use]
    pub fn with_revocation(mut self, revocation: &Arc<Revocation>) -> Self {
        self.revocation = Arc::clone(revocation);
        self
    }

    /// Reads the files that the endpoints of a register name. Err: one of them is missing or wrong.
    pub fn ready(&self, register: &Register) -> Result<Ready, DeliverError> {
        ready(
            register,
            &self.revocation,
            &self.settings,
            self.codes,
            &self.clock,
        )
    }

    /// Brings messages to these endpoints from now on, and to no others. A courier begins when the one before it of the same party has ended, also one of a
    /// register before the last. On a runtime.
    pub fn begin(&self, ready: Ready) {
        let mut running = self.running();
        let mut leaving = self.leaving.lock().unwrap_or_else(PoisonError::into_inner);
        leaving.retain(|gone| !gone.is_cancelled());
        let mut before = std::mem::take(&mut *running);
        for (carrier, route) in ready.0 {
            let party = route.party.clone();
            let codes = route.codes.iter().map(|held| held.what).collect();
            let courier = Courier::new(
                Arc::clone(&self.ledger),
                Arc::clone(&self.clock),
                Arc::clone(&carrier) as _,
                route,
                self.settings.clone(),
                self.seed,
            )
            .sharing(&self.room);
            let (standing, stop) = (courier.standing(), CancellationToken::new());
            let earlier = before.remove(&party).map(Running::ending);
            // It may be among those.
            let gone = if earlier.is_some() {
                Vec::new()
            } else {
                leaving.clone()
            };
            let until = stop.clone();
            let task = tokio::spawn(async move {
                if let Some(earlier) = earlier {
                    let _ = earlier.await;
                }
                for gone in gone {
                    until.run_until_cancelled(gone.cancelled()).await;
                }
                courier.run(until).await;
            });
            let now = Running {
                carrier,
                codes,
                standing,
                stop,
                task,
            };
            running.insert(party, now);
        }
        // The endpoints that are gone.
        let ending = before.into_values().map(Running::ending).collect();
        let kept = running.keys().map(ToString::to_string).collect();
        let gone = CancellationToken::new();
        leaving.push(gone.clone());
        drop(leaving);
        let recorded = ended(Arc::clone(&self.ledger), ending, kept);
        tokio::spawn(async move {
            let _gone = gone.drop_guard();
            recorded.await;
        });
        let carriers: Vec<_> = running.values().map(Running::carrier).collect();
        drop(running);
        tell(&self.revocation, &carriers);
        for said in carriers.iter().flat_map(|carrier| carrier.without_list()) {
            tracing::warn!("{said}");
        }
    }

    /// Reads the files of the endpoints again every few minutes, until `stop`. What cannot be read leaves what was in force in force, and is logged.
    pub async fn keep_fresh(&self, stop: CancellationToken) {
        while stop
            .run_until_cancelled(tokio::time::sleep(RENEW_EVERY))
            .await
            .is_some()
        {
            let carriers: Vec<_> = self.running().values().map(Running::carrier).collect();
            let revocation = Arc::clone(&self.revocation);
            let renewed = tokio::task::spawn_blocking(move || {
                for carrier in &carriers {
                    if let Err(error) = carrier.renew() {
                        metrics::counter!("knooppunt_tls_reloads_failed_total").increment(1);
                        tracing::error!(party = %carrier.endpoint().party, code = error.code(), %error, "the files of the endpoint could not be read again; those before stay in force");
                    }
                }
                tell(&revocation, &carriers);
            });
            let _ = renewed.await;
        }
    }

    /// Ends bringing. What is under way gets a moment to end; what does not is brought once more after the next start.
    pub async fn stop(&self) {
        let running = std::mem::take(&mut *self.running());
        let ending: Vec<JoinHandle<()>> = running.into_values().map(Running::ending).collect();
        for task in ending {
            let _ = task.await;
        }
    }

    /// The endpoint of a party; `None`: it has none.
    pub fn seen(&self, party: &PartyId) -> Option<Seen> {
        self.running().get(party).map(Running::seen)
    }

    /// What health says: not well when a courier has ended by itself, or when the certificate that is presented to an endpoint has ended. That an endpoint
    /// fails is its own matter: it is said, and well.
    pub fn health(&self, now: Timestamp) -> Result<String, String> {
        let (mut ill, mut said) = (Vec::new(), Vec::new());
        let mut unlisted = 0;
        let running = self.running();
        for (party, of) in &*running {
            if of.task.is_finished() {
                ill.push(format!("the courier of {party} has ended: start anew"));
            }
            if of.carrier.own_certificate_ends() <= now {
                ill.push(format!(
                    "the certificate that is presented to {party} has ended"
                ));
            }
            unlisted += usize::from(!of.carrier.without_list().is_empty());
            let Seen { standing, .. } = of.seen();
            if let Some(failure) = standing.failure.filter(|_| standing.rests) {
                said.push(format!("{party} fails ({failure}) and is left alone"));
            }
        }
        if unlisted > 0 {
            said.push(format!(
                "of {unlisted} endpoints a root has no CRL: see `knooppunt config check`"
            ));
        }
        match (ill.is_empty(), said.is_empty()) {
            (false, _) => Err(ill.join("; ")),
            (true, false) => Ok(said.join("; ")),
            (true, true) => Ok(format!("{} endpoints", running.len())),
        }
    }

    /// Sets the figures of every endpoint. Err: the store cannot be read. May wait for the disk.
    pub fn figures(&self) -> Result<(), LedgerError> {
        let now = self.clock.now();
        let endpoints: Vec<_> = self
            .running()
            .iter()
            .map(|(party, of)| (party.to_string(), of.codes.clone(), of.seen(), of.crls()))
            .collect();
        metrics::gauge!("knooppunt_deliveries_bytes").set(bytes(self.room.in_use()));
        for (party, codes, Seen { standing, .. }, crls) in endpoints {
            let (mut waiting, mut dead) = ([0_u32; AGES.len()], 0_u32);
            for code in codes {
                for row in self.ledger.waiting(&code, 0, COUNTED_MAX)? {
                    if self
                        .ledger
                        .halted_at(code.as_str(), row.position)?
                        .is_some()
                    {
                        dead += 1;
                        continue;
                    }
                    let Some(message) = self.ledger.message_row(row.message)? else {
                        continue;
                    };
                    if message.is_own_copy() {
                        continue;
                    }
                    let age = now.duration_since(message.received).as_secs();
                    for (count, (_, seconds)) in waiting.iter_mut().zip(AGES) {
                        *count += u32::from(age >= seconds);
                    }
                }
            }
            for (count, (age, _)) in waiting.into_iter().zip(AGES) {
                metrics::gauge!("knooppunt_deliveries_waiting", "party" => party.clone(), "older_than" => age)
                    .set(f64::from(count));
            }
            metrics::gauge!("knooppunt_deliveries_dead", "party" => party.clone())
                .set(f64::from(dead));
            metrics::gauge!("knooppunt_endpoint_resting", "party" => party.clone())
                .set(f64::from(u8::from(standing.rests)));
            for crl in crls {
                let left = crl.next_update.duration_since(now).as_secs_f64();
                metrics::gauge!("knooppunt_endpoint_crl_seconds_left", "party" => party.clone(), "issuer" => crl.issuer)
                    .set(left);
            }
        }
        Ok(())
    }

    fn running(&self) -> MutexGuard<'_, BTreeMap<PartyId, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    fn ending(self) -> JoinHandle<()> {
        self.stop.cancel();
        self.task
    }

    fn carrier(&self) -> Arc<Carrier> {
        Arc::clone(&self.carrier)
    }

    fn crls(&self) -> Vec<CrlState> {
        self.carrier.crls()
    }

    fn seen(&self) -> Seen {
        let standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        Seen {
            kind: self.carrier.endpoint().kind.as_str(),
            standing: standing.clone(),
        }
    }
}

/// Bytes as a figure.
#[allow(
    clippy::cast_precision_loss,
    reason = "a figure; memory has fewer bytes than a number of floating point has exactly"
)]
fn bytes(bytes: u64) -> f64 {
    bytes as f64
}

/// Waits for the couriers of endpoints that are gone, and records of every party that has none any more that nothing is brought to it from here on: the time
/// after which a message is given up begins anew with its next endpoint.
async fn ended(ledger: Arc<Ledger>, ending: Vec<JoinHandle<()>>, kept: BTreeSet<String>) {
    for task in ending {
        let _ = task.await;
    }
    let reading = Arc::clone(&ledger);
    let recorded = async {
        let brought = ledger::blocking(move || reading.brought_to()).await?;
        for party in brought.difference(&kept) {
            let brings = Brings {
                party: party.clone(),
                endpoint: None,
                to: Vec::new(),
                words: None,
            };
            ledger::bring(&ledger, brings).await?;
        }
        Ok::<_, LedgerError>(())
    };
    if let Err(error) = recorded.await {
        tracing::error!(code = error.code(), %error, "that an endpoint is gone was not recorded: if it comes back, what waited for it may be given up early");
    }
}

/// Revocation lists are fetched from where the certificates of endpoints say, and checked by these.
fn tell(revocation: &Revocation, carriers: &[Arc<Carrier>]) {
    let certificates = carriers.iter().flat_map(|carrier| carrier.certificates());
    revocation.endpoints_have(certificates.collect());
}

/// Reads the files that the endpoints of a register name, and lets these revocation lists know their certificates; what somebody should know. Err: one of them is
/// missing or wrong.
pub fn check(
    register: &Register,
    revocation: &Arc<Revocation>,
    clock: &Arc<dyn Clock>,
) -> Result<Vec<String>, DeliverError> {
    let (settings, codes) = (DeliverSettings::default(), Generation::default());
    let Ready(endpoints) = ready(register, revocation, &settings, codes, clock)?;
    let carriers: Vec<_> = endpoints.into_iter().map(|(carrier, _)| carrier).collect();
    tell(revocation, &carriers);
    let notes = carriers.iter().flat_map(|carrier| carrier.without_list());
    Ok(notes.collect())
}

fn ready(
    register: &Register,
    revocation: &Arc<Revocation>,
    settings: &DeliverSettings,
    codes: Generation,
    clock: &Arc<dyn Clock>,
) -> Result<Ready, DeliverError> {
    let endpoints = register.endpoints().iter();
    let ready = endpoints.map(|endpoint: &Endpoint| {
        let carrier = Carrier::checked_by(revocation, endpoint, settings, codes, clock);
        let carrier = carrier.map_err(|cause| DeliverError::Endpoint {
            party: endpoint.party.clone(),
            cause,
        })?;
        let codes = register
            .party(&endpoint.party)
            .map(|party| party.codes.clone())
            .unwrap_or_default();
        let route = Route {
            party: endpoint.party.clone(),
            codes,
            kind: endpoint.kind.as_str(),
            later_may_pass: endpoint.later_may_pass,
            concurrent_max: usize::try_from(endpoint.concurrent_max).unwrap_or(1),
        };
        Ok((Arc::new(carrier), route))
    });
    ready.collect::<Result<_, DeliverError>>().map(Ready)
}
