//! The gateway as one running thing: from a configuration to open doors, and back. It wires the modules together and decides
//! nothing about messages.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use knooppunt_standard::{Release, Releases};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::api::figures::{self, LastBackup};
use crate::api::{self, Api, ops};
use crate::audit::Audit;
use crate::budget::Budget;
use crate::clock::{Clock, day_of};
use crate::config::{Config, StoreSettings};
use crate::decisions::Decisions;
use crate::deliver::{self, DeliverError, Deliveries, Desk, Ready};
use crate::fault::Fault;
use crate::figures::{self as counted, Figures};
use crate::ggk::{self, Ggk};
use crate::grounds::{self, GroundsError, LastTables, RULES};
use crate::health::Health;
use crate::intake::{Intake, Now};
use crate::lanes::Lanes;
use crate::ledger::{Foundation, Ledger, LedgerError, OnFatal, Progress, Pseudonyms};
use crate::log::{self, Asking, Ground, Log, LogError};
use crate::mailbox::Mailbox;
use crate::receipt::Receipts;
use crate::reference::{InForce, References, ReferencesError};
use crate::register::{Register, RegisterError, Registers};
use crate::retention::Retention;
use crate::schemas::{self, SchemasError};
use crate::scrub::Scrub;
use crate::store::embedded::backup;
use crate::store::{Embedded, Journal, StoreError, Views};
use crate::terms::{Terms, Warning};
use crate::translation::{PackedTables, Tables, TablesError, Translations};
use crate::transport::{self, ConnectionLimits, Revocation, TlsError, TlsState};
use crate::vsp::{self, Vsp};

/// How often content whose term is over is looked for.
const SWEEP_EVERY: Duration = Duration::from_mins(10);

/// How long after a failure what waits is judged again.
const AGAIN_AFTER: Duration = Duration::from_secs(30);
/// And if something else was settled.
const NOT_AT_ONCE: Duration = Duration::from_secs(1);
/// How often is looked whether a new day has come for what waits.
const JUDGED_EVERY: Duration = Duration::from_mins(10);
/// How often the scrub reads a little.
const SCRUB_EVERY: Duration = Duration::from_secs(10);
/// How often it is looked when the last copy of the store was made.
const BACKUP_EVERY: Duration = Duration::from_mins(5);
/// How often it is looked whether the view engine returns.
const VIEWS_EVERY: Duration = Duration::from_millis(500);

/// How long a stop waits for the last checkpoint of the log.
const LAST_CHECKPOINT: Duration = Duration::from_secs(2);

/// The keys in the key folder that the store guards for others.
pub(crate) const PSEUDONYM_KEY: &str = "pseudonym";
const RECEIPT_KEY: &str = "receipt";
/// The key that checkpoints of the log are signed with, in stores that keep one.
pub(crate) const LOG_KEY: &str = "log";

/// Why the gateway does not start. The text says who must do what.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The schemas cannot be loaded.
    #[error("schemas: {0}")]
    Schemas(#[from] SchemasError),
    /// The register is refused.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// The tables of product codes are refused.
    #[error("product codes: {0}")]
    Tables(#[from] TablesError),
    /// The reference data is refused.
    #[error("reference data: {0}")]
    Reference(#[from] ReferencesError),
    /// Certificates, keys or revocation lists of TLS are not right.
    #[error("TLS: {0}")]
    Tls(#[from] TlsError),
    /// There is no store in the data folder.
    #[error(
        "{folder} holds no store. For a new deployment start once with --create; otherwise put the data folder back, or correct store.folder"
    )]
    NoStore {
        /// The data folder.
        folder: String,
    },
    /// The data folder cannot be opened.
    #[error("store: {0}")]
    Store(#[source] StoreError),
    /// An endpoint of the register cannot be used.
    #[error("register: {0}")]
    Deliver(#[from] DeliverError),
    /// What verdicts are made with cannot be kept.
    #[error("grounds: {0}")]
    Grounds(#[from] GroundsError),
    /// The ledger cannot be opened.
    #[error("ledger: {0}")]
    Ledger(#[from] LedgerError),
    /// The log does not continue what was made known of it, or cannot be kept.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The address is taken or is not ours.
    #[error(
        "cannot listen on {address}: {source}. Free the address or change it in the section [listen]"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system says.
        source: io::Error,
    },
}

impl From<StoreError> for ServeError {
    fn from(error: StoreError) -> Self {
        if let StoreError::NoStore { folder } = error {
            Self::NoStore { folder }
        } else {
            Self::Store(error)
        }
    }
}

impl ServeError {
    /// Stable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Schemas(error) => error.code(),
            Self::Register(error) => error.code(),
            Self::Reference(error) => error.code(),
            Self::Tables(error) => error.code(),
            Self::Tls(error) => error.code(),
            Self::NoStore { .. } => "no-store",
            Self::Store(error) => error.code(),
            Self::Grounds(error) => error.code(),
            Self::Deliver(error) => error.code(),
            Self::Ledger(error) => error.code(),
            Self::Log(error) => error.code(),
            Self::Listen { .. } => "listen",
        }
    }

    /// Always ours: an operator has to act.
    pub fn fault(&self) -> Fault {
        Fault::Ours
    }
}

/// What a start is told besides the configuration.
pub struct Start {
    /// Make a new data folder and its keys; refused where there is one.
    pub create: bool,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where figures are recorded.
    pub metrics: PrometheusHandle,
    /// Called when a record may be lost; must end the process.
    pub on_fatal: OnFatal,
}

impl std::fmt::Debug for Start {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Start")
            .field("create", &self.create)
            .finish_non_exhaustive()
    }
}

/// What a look at the files that a configuration names shows, without starting.
#[derive(Debug, Default)]
pub struct Looked {
    /// What would stop a start, one for each part of the configuration that is wrong.
    pub wrong: Vec<ServeError>,
    /// What somebody should know: lists that end, keys that are not made yet.
    pub notes: Vec<String>,
}

/// Opens every file that a configuration names: schemas, register, certificates and their keys, revocation lists, and the keys of the store. Changes
/// nothing, and takes nothing from a gateway that runs.
pub fn look_at_files(config: &Config, clock: &Arc<dyn Clock>) -> Looked {
    let mut looked = Looked::default();
    let releases = match schemas::releases(config.schemas.folder.as_deref()) {
        Ok(releases) => Some(releases),
        Err(error) => {
            looked.wrong.push(error.into());
            None
        }
    };
    let releases = releases.as_ref().map(Releases::list).unwrap_or_default();
    let register = read_register(&config.register.files, releases, config.large_bytes_max());
    let tls = TlsState::open(config.tls.clone(), Arc::clone(clock));
    let revocation = match &tls {
        Ok(tls) => Arc::clone(tls.revocation()),
        Err(_) => Revocation::none(clock),
    };
    match register.map(|register| deliver::check(&register, &revocation, clock)) {
        Ok(Ok(notes)) => looked.notes.extend(notes),
        Ok(Err(error)) => looked.wrong.push(error.into()),
        Err(error) => looked.wrong.push(error.into()),
    }
    let reference = InForce::read(config.reference.folder.as_deref());
    looked.wrong.extend(reference.err().map(ServeError::from));
    let tables = Tables::read(config.catalogue.folder.as_deref());
    looked.wrong.extend(tables.err().map(ServeError::from));
    match tls.and_then(|tls| tls.renew_lists().map(|()| tls)) {
        Ok(tls) => {
            let (warnings, lists) = (tls.warnings(), tls.crls());
            let places = revocation.sources();
            looked
                .notes
                .extend(warnings.iter().map(ToString::to_string));
            looked.notes.extend(lists.iter().map(ToString::to_string));
            looked.notes.extend(places.iter().map(ToString::to_string));
        }
        Err(error) => looked.wrong.push(error.into()),
    }
    match Embedded::check_keys(&config.store.folder, &config.store.keys) {
        Ok(()) => {}
        Err(StoreError::NoStore { folder }) => looked.notes.push(format!(
            "{folder} holds no store yet: the first start makes it and its keys, with --create"
        )),
        Err(error) => looked.wrong.push(error.into()),
    }
    looked
}

/// Certificates, the revocation lists that are here, and the places that such lists come from, as a gateway with this configuration has them. Fetches nothing, and
/// takes nothing from a gateway that runs. Err: a file is missing or wrong.
pub fn lists(config: &Config, clock: &Arc<dyn Clock>) -> Result<Arc<TlsState>, ServeError> {
    let releases = schemas::releases(config.schemas.folder.as_deref())?;
    let files = &config.register.files;
    let register = read_register(files, releases.list(), config.large_bytes_max())?;
    let tls = TlsState::open(config.tls.clone(), Arc::clone(clock))?;
    deliver::check(&register, tls.revocation(), clock)?;
    tls.renew_lists()?;
    Ok(Arc::new(tls))
}

/// A gateway with open doors.
#[derive(Debug)]
pub struct Gateway {
    parties: SocketAddr,
    ops: SocketAddr,
    public: Option<SocketAddr>,
    public_figures: Option<SocketAddr>,
    register_files: Vec<PathBuf>,
    large_bytes_max: u64,
    releases: Arc<Releases>,
    reference_folder: Option<PathBuf>,
    catalogue_folder: Option<PathBuf>,
    inside: Inside,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

/// Everything that does not listen.
#[derive(Debug)]
struct Inside {
    store: Embedded,
    ledger: Arc<Ledger>,
    tls: Arc<TlsState>,
    registers: Arc<Registers>,
    references: Arc<References>,
    translations: Arc<Translations>,
    /// Which tables were in force last.
    last_tables: LastTables,
    packed_tables: PackedTables,
    health: Arc<Health>,
    retention: Arc<Retention>,
    scrub: Arc<Scrub>,
    /// Where copies of the store are kept.
    copies: Option<PathBuf>,
    last_backup: Arc<LastBackup>,
    deliveries: Arc<Deliveries>,
    log: Option<Arc<Log>>,
    figures: Arc<Figures>,
    budget: Budget,
    api: Arc<Api>,
}

impl Gateway {
    /// Opens everything the configuration names and begins to serve; `progress` is told while views catch up with the
    /// journal. Only on a runtime with several threads. Err: something is missing or wrong; nothing is left running.
    pub async fn start(
        config: &Config,
        start: &Start,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Self, ServeError> {
        let (inside, releases, endpoints) =
            tokio::task::block_in_place(|| Inside::open(config, start, progress))?;
        let (parties_listener, parties) = listen(config.listen.parties).await?;
        let (ops_listener, ops) = listen(config.listen.ops).await?;
        let of_log = match (&inside.log, config.message_log.public.listen) {
            (Some(log), Some(address)) => Some((Arc::clone(log), listen(address).await?)),
            (Some(_) | None, _) => None,
        };
        let of_figures = match config.public_figures.listen {
            // They share a listener: an address has one.
            address
                if address.is_some()
                    && inside.log.is_some()
                    && address == config.message_log.public.listen =>
            {
                None
            }
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        let stop = CancellationToken::new();
        let limits = ConnectionLimits::from(&config.connections);
        let mut tasks = JoinSet::new();
        let api = || Arc::clone(&inside.api);
        let doors = api::router(api())
            .merge(ggk::router(Arc::new(Ggk::new(api(), config.ggk.clone()))))
            .merge(vsp::router(Arc::new(Vsp::new(api(), config.vsp.clone()))));
        tasks.spawn(transport::serve(
            parties_listener,
            Arc::clone(&inside.tls),
            Arc::clone(&inside.registers),
            doors,
            limits.clone(),
            stop.clone(),
        ));
        tasks.spawn(transport::serve_plain(
            ops_listener,
            ops::router(Arc::new(inside.ops(start))),
            limits.clone(),
            stop.clone(),
        ));
        let figures = || {
            let figures = Arc::clone(&inside.figures);
            counted::router(figures, &config.public_figures)
        };
        let mut public_figures = None;
        if let Some((listener, address)) = of_figures {
            public_figures = Some(address);
            tasks.spawn(transport::serve_plain(
                listener,
                figures(),
                limits.clone(),
                stop.clone(),
            ));
        }
        let mut public = None;
        if let Some((log, (listener, address))) = of_log {
            public = Some(address);
            let mut pages = log::router(log);
            if config.public_figures.listen.is_some() && public_figures.is_none() {
                public_figures = public;
                pages = pages.merge(figures());
            }
            tasks.spawn(transport::serve_plain(
                listener,
                pages,
                limits,
                stop.clone(),
            ));
        }
        // Before what goes on beside: what that has to say is said after it.
        tracing::info!(%parties, %ops, position = inside.ledger.next().0, "serving");
        inside.spawn_upkeep(start, &stop, &mut tasks);
        inside.deliveries.begin(endpoints);
        Ok(Self {
            parties,
            ops,
            public,
            public_figures,
            register_files: config.register.files.clone(),
            large_bytes_max: config.large_bytes_max(),
            releases,
            reference_folder: config.reference.folder.clone(),
            catalogue_folder: config.catalogue.folder.clone(),
            inside,
            stop,
            tasks,
        })
    }

    /// The address for parties, with the real port.
    pub fn parties(&self) -> SocketAddr {
        self.parties
    }

    /// The address of health and metrics, with the real port.
    pub fn ops(&self) -> SocketAddr {
        self.ops
    }

    /// The address where anybody can read the log, with the real port; `None` where that is off.
    pub fn public(&self) -> Option<SocketAddr> {
        self.public
    }

    /// The address where anybody can read figures, with the real port; `None` where that is off.
    pub fn public_figures(&self) -> Option<SocketAddr> {
        self.public_figures
    }

    /// Reads register, certificates and revocation lists anew. What cannot be read leaves what was in force in force, and is
    /// logged; the two do not wait for each other.
    pub fn reload(&self) {
        tokio::task::block_in_place(|| {
            match self.new_register() {
                Ok((register, endpoints)) => {
                    let parties = register.parties().len();
                    self.inside.registers.swap(register);
                    self.inside.deliveries.begin(endpoints);
                    tracing::info!(parties, "register reloaded");
                }
                Err(error) => {
                    tracing::error!(code = error.code(), %error, "register not reloaded: the one in force stays");
                }
            }
            match self.new_reference() {
                Ok(reference) => {
                    let files = reference.reference.files().len();
                    self.inside.references.swap(reference);
                    tracing::info!(files, "reference data reloaded");
                }
                Err(error) => {
                    tracing::error!(code = error.code(), %error, "reference data not reloaded: what is in force stays");
                }
            }
            match self.new_tables() {
                Ok(tables) => {
                    let files = tables.files.len();
                    self.inside.translations.swap(tables);
                    tracing::info!(files, "product codes reloaded");
                }
                Err(error) => {
                    tracing::error!(code = error.code(), %error, "product codes not reloaded: those in force stay");
                }
            }
            if let Err(error) = self.inside.api.intake.queue_all() {
                tracing::error!(code = error.code(), %error, "what waits is not judged again by what was reloaded");
            }
            match self.inside.tls.reload() {
                Ok(()) => {
                    tracing::info!("certificates and revocation lists reloaded");
                    self.inside.tls.revocation().fetch_now();
                }
                Err(error) => {
                    tracing::error!(code = error.code(), %error, "certificates not reloaded: those in force stay");
                }
            }
        });
    }

    /// What is to be in force is kept first: no record may name what is not.
    fn new_register(&self) -> Result<(Register, Ready), ServeError> {
        let releases = self.releases.list();
        let register = read_register(&self.register_files, releases, self.large_bytes_max)?;
        let endpoints = self.inside.deliveries.ready(&register)?;
        grounds::keep_register(&self.inside.store.grounds, &register)?;
        Ok((register, endpoints))
    }

    fn new_reference(&self) -> Result<InForce, ServeError> {
        let reference = InForce::read(self.reference_folder.as_deref())?;
        grounds::keep_reference(&self.inside.store.grounds, &reference)?;
        Ok(reference)
    }

    fn new_tables(&self) -> Result<Tables, ServeError> {
        let folder = self.catalogue_folder.as_deref();
        let tables = self.inside.packed_tables.read(folder)?;
        self.inside
            .last_tables
            .keep(&self.inside.store.grounds, &tables)?;
        Ok(tables)
    }

    /// Takes nothing new, finishes what is under way and closes the store. Err: the store does not close cleanly; nothing that
    /// was acknowledged is lost by that.
    pub async fn stop(mut self) -> Result<(), ServeError> {
        self.inside.health.stop();
        self.stop.cancel();
        self.inside.deliveries.stop().await;
        while self.tasks.join_next().await.is_some() {}
        if let Some(log) = &self.inside.log {
            // What was taken last is under a checkpoint too, if the witnesses answer now.
            let _ = tokio::time::timeout(LAST_CHECKPOINT, log.step()).await;
        }
        let Inside { store, ledger, .. } = self.inside;
        tokio::task::block_in_place(|| {
            ledger.stop();
            store.close()
        })?;
        tracing::info!("stopped");
        Ok(())
    }
}

impl Inside {
    fn open(
        config: &Config,
        start: &Start,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(Self, Arc<Releases>, Ready), ServeError> {
        let releases = Arc::new(schemas::releases(config.schemas.folder.as_deref())?);
        let large_bytes_max = config.large_bytes_max();
        let register = read_register(&config.register.files, releases.list(), large_bytes_max)?;
        let registers = Arc::new(Registers::new(register));
        let tls = Arc::new(TlsState::open(
            config.tls.clone(),
            Arc::clone(&start.clock),
        )?);
        let reference = InForce::read(config.reference.folder.as_deref())?;
        let store = open_store(&config.store, start)?;
        let kept = &store.grounds;
        grounds::keep_program(kept, &releases, config.schemas.folder.as_deref())?;
        grounds::keep_register(kept, &registers.current()).map_err(GroundsError::from)?;
        grounds::keep_reference(kept, &reference).map_err(GroundsError::from)?;
        let references = Arc::new(References::new(reference));
        let last_tables = LastTables::of(&config.store.folder);
        let packed_tables = PackedTables::of(&config.store.folder, RULES);
        let tables = match packed_tables.read(config.catalogue.folder.as_deref()) {
            Ok(tables) => {
                last_tables.keep(kept, &tables)?;
                tables
            }
            Err(error) => match last_tables.read(kept)? {
                Some(last) => {
                    tracing::error!(code = error.code(), %error, "product codes are not taken: those that were in force last stay");
                    last
                }
                None => return Err(error.into()),
            },
        };
        let translations = Arc::new(Translations::new(tables));
        let key = |name| store.journal.guarded_key(name);
        let pseudonyms = Arc::new(Pseudonyms::new(key(PSEUDONYM_KEY)?.bytes()));
        let receipts = Arc::new(Receipts::new(key(RECEIPT_KEY)?.bytes(), &config.name));
        let foundation = Foundation {
            journal: Arc::clone(&store.journal) as Arc<dyn Journal>,
            views: Arc::clone(&store.views) as _,
            pseudonyms,
            clock: Arc::clone(&start.clock),
        };
        let log = open_log(config, start, &store, &tls)?;
        let ledger = Ledger::open(foundation, Arc::clone(&start.on_fatal), progress)?;
        let mut health = Health::new(config.health.clone(), Arc::clone(&start.clock));
        health.watch("trust", ops::trust(Arc::clone(&tls)));
        let retention = Arc::new(Retention::new(
            Arc::clone(&ledger),
            config.retention.clone(),
        ));
        health.watch("erasure", ops::erasure(Arc::clone(&retention)));
        health.watch("damage", ops::damage(Arc::clone(&ledger)));
        let deliveries = Deliveries::new(
            Arc::clone(&ledger),
            Arc::clone(&start.clock),
            config.deliver.clone(),
            config.wire.codes,
        )?
        .with_revocation(tls.revocation());
        let deliveries = Arc::new(deliveries);
        let endpoints = deliveries.ready(&registers.current())?;
        health.watch("deliveries", ops::deliveries(Arc::clone(&deliveries)));
        let scrub = Arc::new(Scrub::open(
            Arc::clone(&store.journal) as _,
            Arc::clone(&start.clock),
            config.scrub.clone(),
            &config.store.folder,
        ));
        health.watch("scrub", ops::scrub(Arc::clone(&scrub)));
        if let Some(log) = &log {
            health.watch("log", ops::log(Arc::clone(log)));
        }
        let health = Arc::new(health);
        let budget = Budget::new(config.budget.clone());
        let intake = Arc::new(
            Intake::new(
                Arc::clone(&ledger),
                Arc::clone(&releases),
                config.xml.limits(config.api.body_bytes_max),
                Lanes::new(&config.lanes),
            )
            .with_references(Arc::clone(&references))
            .with_translations(Arc::clone(&translations))
            .with_mismatch(config.wire.mismatch),
        );
        // What was settled before the last stop may not have been looked at since.
        intake.queue_all()?;
        let figures = Arc::new(Figures::new(Arc::clone(&ledger), &config.store.folder));
        let api = Arc::new(Api {
            figures: Arc::clone(&figures),
            intake: Arc::clone(&intake),
            mailbox: Arc::new(Mailbox::new(Arc::clone(&ledger), Arc::clone(&receipts))),
            terms: Arc::new(Terms::new(Arc::clone(&ledger), config.terms.clone())),
            audit: Arc::new(
                Audit::new(
                    Arc::clone(&ledger),
                    Arc::clone(&receipts),
                    Warning::of(&config.terms),
                )
                .with_log(log.clone()),
            ),
            desk: Desk::new(Arc::clone(&ledger)),
            translations: Arc::clone(&translations),
            decisions: Arc::new(Decisions::new(
                Arc::clone(&ledger),
                Arc::clone(&intake),
                in_force(&registers, &start.clock),
            )),
            receipts,
            log: log.clone(),
            budget: budget.clone(),
            health: Arc::clone(&health),
            settings: config.api.clone(),
            codes: config.wire.codes,
        });
        let inside = Self {
            store,
            ledger,
            tls,
            registers,
            references,
            translations,
            last_tables,
            packed_tables,
            health,
            retention,
            scrub,
            copies: config.store.backup.folder.clone(),
            last_backup: Arc::default(),
            deliveries,
            log,
            figures,
            budget,
            api,
        };
        Ok((inside, releases, endpoints))
    }

    /// What operators look at.
    fn ops(&self, start: &Start) -> ops::Ops {
        let (tls, registers) = (Arc::clone(&self.tls), Arc::clone(&self.registers));
        let certificates = move || transport::figures::set(&tls, &registers);
        let ledger = figures::of_ledger(
            Arc::clone(&self.ledger),
            Arc::clone(&self.registers),
            Arc::clone(&start.clock),
        );
        let mut gauges = vec![
            Box::new(certificates) as Box<ops::Gauges>,
            ledger,
            figures::of_scrub(Arc::clone(&self.scrub)),
            figures::of_deliveries(Arc::clone(&self.deliveries)),
            figures::of_backup(Arc::clone(&self.last_backup), Arc::clone(&start.clock)),
        ];
        let counted = Arc::clone(&self.figures);
        gauges.push(Box::new(move || counted.gauge()));
        if let Some(log) = self.log.clone() {
            gauges.push(Box::new(move || log.figures()));
        }
        ops::Ops {
            health: Arc::clone(&self.health),
            budget: self.budget.clone(),
            metrics: start.metrics.clone(),
            gauges,
        }
    }

    /// What runs beside the doors: probes of the disk, erasure, upkeep of figures.
    fn spawn_upkeep(&self, start: &Start, stop: &CancellationToken, tasks: &mut JoinSet<()>) {
        let (health, on_fatal) = (Arc::clone(&self.health), Arc::clone(&start.on_fatal));
        let (probed, free) = (
            Arc::clone(&self.store.journal),
            Arc::clone(&self.store.journal),
        );
        // A probe without room or with an error that may pass is no proof of health, and no reason to end.
        let probe = move || match probed.probe() {
            Ok(()) => Ok(true),
            Err(error) if error.fatal() => Err(error),
            Err(_) => Ok(false),
        };
        let probing = async move {
            let failed = health
                .keep_probing(probe, move || free.free_bytes().ok())
                .await;
            if let Some(error) = failed {
                on_fatal(&LedgerError::from(error));
            }
        };
        let (retention, clock) = (Arc::clone(&self.retention), Arc::clone(&start.clock));
        let sweeping = async move {
            let mut ticks = tokio::time::interval(SWEEP_EVERY);
            loop {
                ticks.tick().await;
                match retention.sweep(clock.now()).await {
                    Ok(swept) if swept.erased > 0 => {
                        tracing::info!(erased = swept.erased, dead = swept.dead, "content erased");
                    }
                    Ok(_) => {}
                    Err(error) => {
                        tracing::error!(code = error.code(), %error, "content whose term is over was not erased; the next round tries again");
                    }
                }
                match retention.forget(clock.now()).await {
                    Ok(0) => {}
                    Ok(forgotten) => tracing::info!(forgotten, "effects and findings erased"),
                    Err(error) => {
                        tracing::error!(code = error.code(), %error, "effects whose term is over were not erased; the next round tries again");
                    }
                }
                figures::erasures_due(&retention, &*clock).await;
            }
        };
        let judging = judge_again(
            Arc::clone(&self.api.intake),
            in_force(&self.registers, &start.clock),
            Arc::clone(&self.health),
        );
        tasks.spawn(Arc::clone(&self.tls).keep_fresh(stop.clone()));
        tasks.spawn(Arc::clone(&self.tls).keep_fetching(stop.clone()));
        let scrub = Arc::clone(&self.scrub);
        let scrubbing = async move {
            let mut ticks = tokio::time::interval(SCRUB_EVERY);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                let scrub = Arc::clone(&scrub);
                if tokio::task::spawn_blocking(move || scrub.step())
                    .await
                    .is_err()
                {
                    tracing::error!("a step of the scrub ended in a bug; the next one goes on");
                }
            }
        };
        let (copies, last_backup) = (self.copies.clone(), Arc::clone(&self.last_backup));
        let looking_at_copies = async move {
            let Some(copies) = copies else { return };
            let mut ticks = tokio::time::interval(BACKUP_EVERY);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                let (copies, last) = (copies.clone(), Arc::clone(&last_backup));
                // One that cannot be read, or is not mounted, leaves what was seen before; a disk that hangs holds up this task alone.
                let look = move || match backup::made_in(&copies) {
                    Ok(made) => made.into_iter().for_each(|made| last.seen(made)),
                    Err(error) => {
                        tracing::warn!(%error, "the copy of the store cannot be looked at");
                    }
                };
                let _ = tokio::task::spawn_blocking(look).await;
            }
        };
        let (health, views) = (Arc::clone(&self.health), Arc::clone(&self.store.views));
        let watching_views = async move {
            let mut ticks = tokio::time::interval(VIEWS_EVERY);
            loop {
                ticks.tick().await;
                health.views_under_way(views.under_way());
            }
        };
        let (deliveries, until) = (Arc::clone(&self.deliveries), stop.clone());
        tasks.spawn(async move { deliveries.keep_fresh(until).await });
        let log = self.log.clone();
        let keeping_log = async move {
            if let Some(log) = log {
                log.keep_going().await;
            }
        };
        let metrics = ops::keep_metrics_small(start.metrics.clone());
        for upkeep in [
            Box::pin(probing) as Upkeep,
            Box::pin(sweeping),
            Box::pin(judging),
            Box::pin(scrubbing),
            Box::pin(watching_views),
            Box::pin(looking_at_copies),
            Box::pin(keeping_log),
            Box::pin(Arc::clone(&self.figures).keep_counting()),
            Box::pin(metrics),
        ] {
            let stop = stop.clone();
            tasks.spawn(async move {
                let _ = stop.run_until_cancelled(upkeep).await;
            });
        }
    }
}

/// The register in force and the present moment, whenever they are asked for.
fn in_force(registers: &Arc<Registers>, clock: &Arc<dyn Clock>) -> Arc<Now<'static>> {
    let (registers, clock) = (Arc::clone(registers), Arc::clone(clock));
    Arc::new(move || (registers.current(), clock.now()))
}

/// Judges what waits again when something was settled that it waited for, as long as new messages may be taken: a nearly full disk is left to what goes on
/// then, and a clock that was set back dates no answer. What failed, or had to wait, is tried again after a while.
async fn judge_again(intake: Arc<Intake>, now: Arc<Now<'static>>, health: Arc<Health>) {
    let may = || health.may_take().is_ok();
    loop {
        let (_, at) = now();
        let queued = intake.queue_on(day_of(at)).await;
        let judged = match queued {
            Ok(()) => intake.judge_again(&*now, &may).await,
            Err(error) => Err(error.into()),
        };
        match judged {
            Ok(_) if !intake.is_queued() => {
                // At the latest on the next day there is something to look at.
                let _ = tokio::time::timeout(JUDGED_EVERY, intake.queued()).await;
            }
            Ok(_) => {
                let _ = tokio::time::timeout(AGAIN_AFTER, intake.queued()).await;
            }
            Err(error) => {
                tracing::error!(code = error.code(), %error, "what waits was not judged again; it is tried again");
                // What fails holds up no longer than this what is settled meanwhile.
                tokio::time::sleep(NOT_AT_ONCE).await;
                let _ = tokio::time::timeout(AGAIN_AFTER, intake.queued()).await;
            }
        }
    }
}

/// Work beside the doors, until the gateway stops.
type Upkeep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A register that fits the releases and the memory. Err: unreadable, refused, or it does not fit.
fn read_register(
    files: &[PathBuf],
    releases: &[Release],
    large_bytes_max: u64,
) -> Result<Register, RegisterError> {
    Register::read(files)?
        .judging_by(releases)?
        .with_room_for(large_bytes_max)
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ServeError> {
    let failed = |source| ServeError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let real = listener.local_addr().map_err(failed)?;
    Ok((listener, real))
}

/// The log, where the settings name one; its key is made when it is kept for the first time. Err: it does not continue what was made known of it, or the settings are
/// wrong.
fn open_log(
    config: &Config,
    start: &Start,
    store: &Embedded,
    tls: &Arc<TlsState>,
) -> Result<Option<Arc<Log>>, ServeError> {
    if config.message_log.origin.is_none() {
        return Ok(None);
    }
    let key = store.journal.guarded_key_or_new(LOG_KEY)?;
    let asking = Asking {
        tls: &config.tls,
        revocation: tls.revocation(),
        clock: &start.clock,
    };
    let ground = Ground {
        journal: Arc::clone(&store.journal) as Arc<dyn Journal>,
        clock: Arc::clone(&start.clock),
    };
    let (data, settings) = (&config.store.folder, config.message_log.clone());
    let log = Log::open(data, key.bytes(), settings, &asking, ground)?;
    tracing::info!(key = %log.key(), size = log.size(), "the log goes on");
    Ok(Some(Arc::new(log)))
}

fn open_store(settings: &StoreSettings, start: &Start) -> Result<Embedded, StoreError> {
    let options = settings.options();
    let now = start.clock.now();
    let store = if start.create {
        let guarded = [PSEUDONYM_KEY, RECEIPT_KEY];
        Embedded::create(&settings.folder, &settings.keys, &guarded, options, now)?
    } else {
        Embedded::open(&settings.folder, &settings.keys, options, now)?
    };
    if let Some(reset) = store.views_reset.filter(|_| !start.create) {
        tracing::warn!(
            reason = reset.text(),
            "views are made anew from the journal"
        );
    }
    if !settings.keys_are_in_a_safe {
        tracing::warn!(
            keys = %settings.keys.display(),
            "put copies of the top key and the pseudonym key in a safe outside the backup, then set store.keys_are_in_a_safe: \
             without the one no stored body can be read, without the other no new message matches an old one"
        );
    }
    Ok(store)
}
