//! The server side of mutual TLS: configuration from files and fetched lists, swapped in one step by a reload.
//! Whether the certificate of an open connection still holds is for `standing`.
//!
//! A client without a certificate, or with one whose chain does not hold, gets an alert and
//! nothing else. Sessions are not resumed: a resumed one would skip the check.

use super::chain::{moment_of, unix_time};
use super::crl::{self, CrlError, CrlState};
use super::files::Files;
use super::revocation::{Lists, Revocation};
use super::settings::TlsSettings;
use super::trust::{Trust, TrustWarning};
use crate::clock::Clock;
use crate::fault::Fault;
use arc_swap::ArcSwap;
use jiff::{SignedDuration, Timestamp};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::server::NoServerSessionStorage;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::sign::SingleCertAndKey;
use rustls::time_provider::TimeProvider;
use rustls::{DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme};
use rustls_pki_types::{CertificateDer, UnixTime};
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// Why there is no TLS configuration. The one in force, if any, stays in force.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file could not be read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The file has no certificates or not what it should have.
    #[error("{path}: {reason}")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong and what is expected.
        reason: String,
    },
    /// The anchors are not as they should be.
    #[error("anchors: {0}")]
    Anchors(String),
    /// CRLs could not be read.
    #[error(transparent)]
    Crl(#[from] CrlError),
    /// The settings of fetching CRLs are not as they should be.
    #[error("fetch.{0}")]
    Fetch(String),
    /// Certificate and key are not taken by the TLS library, for example because they do not belong together.
    #[error("certificate {path} and its key: {source}")]
    Rejected {
        /// The certificate.
        path: PathBuf,
        /// What the library says.
        source: rustls::Error,
    },
}

impl TlsError {
    /// Stable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "tls-unreadable",
            Self::Unusable { .. } => "tls-unusable",
            Self::Anchors(_) => "tls-anchors",
            Self::Crl(_) => "tls-crl",
            Self::Fetch(_) => "tls-fetch",
            Self::Rejected { .. } => "tls-rejected",
        }
    }

    /// Whose fault it is: always ours, the operator's.
    pub fn fault(&self) -> Fault {
        Fault::Ours
    }
}

/// TLS as it is in force, with the files it comes from and the lists that are fetched.
#[derive(Debug)]
pub struct TlsState {
    settings: TlsSettings,
    clock: Arc<dyn Clock>,
    revocation: Arc<Revocation>,
    live: ArcSwap<Live>,
    /// Number of the last generation; held while reading, so that reloads follow one another.
    generation: Mutex<u64>,
}

/// One generation of the configuration.
#[derive(Debug)]
struct Live {
    files: Arc<Files>,
    /// Of the fetched lists that are in it.
    lists: u64,
    config: Arc<ServerConfig>,
    trust: Arc<Trust>,
}

impl TlsState {
    /// Reads everything; fetches nothing. Err: a file is missing or wrong; what to correct is in the text.
    pub fn open(settings: TlsSettings, clock: Arc<dyn Clock>) -> Result<Self, TlsError> {
        let revocation = Revocation::open(&settings, &clock)?;
        let files = Arc::new(Files::read(&settings, &provider())?);
        revocation.configured(files.certificates.clone());
        let live = Live::of(files, &revocation.lists(), &settings, &clock, 1)?;
        let state = Self {
            settings,
            clock,
            revocation,
            live: ArcSwap::from_pointee(live),
            generation: Mutex::new(1),
        };
        state.log_warnings();
        Ok(state)
    }

    /// Reads everything anew and puts it in force in one step, also for connections that are open.
    /// Err: what was in force stays in force.
    pub fn reload(&self) -> Result<(), TlsError> {
        {
            let mut generation = self.generation();
            let files = Arc::new(Files::read(&self.settings, &provider())?);
            self.revocation.configured(files.certificates.clone());
            self.put_in_force(files, &mut generation)?;
        }
        self.log_warnings();
        Ok(())
    }

    /// Puts fetched lists that came since in force, also for connections that are open, with the files as they were last read. Err: what was in force stays in force.
    pub fn renew_lists(&self) -> Result<(), TlsError> {
        if self.renew()? {
            self.log_warnings();
        }
        Ok(())
    }

    /// The same without telling what needs attention. Gives whether there were new lists.
    fn renew(&self) -> Result<bool, TlsError> {
        let mut generation = self.generation();
        let live = self.live.load();
        if live.lists == self.revocation.lists().generation {
            return Ok(false);
        }
        self.put_in_force(Arc::clone(&live.files), &mut generation)?;
        Ok(true)
    }

    fn generation(&self) -> MutexGuard<'_, u64> {
        self.generation
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn put_in_force(&self, files: Arc<Files>, generation: &mut u64) -> Result<(), TlsError> {
        let lists = self.revocation.lists();
        let live = Live::of(files, &lists, &self.settings, &self.clock, *generation + 1)?;
        *generation += 1;
        self.live.store(Arc::new(live));
        Ok(())
    }

    /// Reloads as often as the settings say until `stop` is cancelled. A reload that fails is logged and
    /// counted; what was in force stays in force.
    pub async fn keep_fresh(self: Arc<Self>, stop: CancellationToken) {
        let Some(every) = NonZeroU64::new(self.settings.reload_every_s) else {
            return;
        };
        let every = Duration::from_secs(every.get());
        while stop.run_until_cancelled(sleep(every)).await.is_some() {
            let state = Arc::clone(&self);
            // Reading files and parsing large lists is not for the threads that serve.
            let reloaded = spawn_blocking(move || state.reload()).await;
            if let Ok(Err(error)) = reloaded {
                metrics::counter!("knooppunt_tls_reloads_failed_total").increment(1);
                tracing::error!(code = error.code(), %error, "TLS files could not be read again; those before stay in force");
            }
        }
    }

    /// Fetches revocation lists whenever one is due, the first time at once, and puts them in force, until `stop` is cancelled.
    pub async fn keep_fetching(self: Arc<Self>, stop: CancellationToken) {
        loop {
            let round = stop.run_until_cancelled(self.fetch_due()).await;
            let Some(wait) = round else { return };
            let waited = timeout(wait, self.revocation.told());
            if stop.run_until_cancelled(waited).await.is_none() {
                return;
            }
        }
    }

    /// Fetches the lists that are due now and puts each that is new in force, before the next is waited for; gives the time until the next one is due.
    pub async fn fetch_due(self: &Arc<Self>) -> Duration {
        let mut has_new = false;
        loop {
            let wait = self.revocation.fetch_one().await;
            let state = Arc::clone(self);
            match spawn_blocking(move || state.renew()).await {
                Ok(Ok(is_new)) => has_new |= is_new,
                Ok(Err(error)) => {
                    tracing::error!(code = error.code(), %error, "fetched lists could not be put in force; those before stay in force");
                }
                Err(_) => {}
            }
            if let Some(wait) = wait {
                if has_new {
                    self.log_warnings();
                }
                return wait;
            }
        }
    }

    /// What the gateway knows of revocation by itself; for those who call servers of others.
    pub fn revocation(&self) -> &Arc<Revocation> {
        &self.revocation
    }

    /// What an operator has to look at now.
    pub fn warnings(&self) -> Vec<TrustWarning> {
        let now = self.clock.now();
        let live = self.live.load();
        let mut warnings = live.trust.warnings(now);
        let own_ends = live.files.own_ends;
        if own_ends.duration_since(now) < SignedDuration::from_hours(60 * 24) {
            warnings.push(TrustWarning::OwnCertificateEnds {
                not_after: own_ends,
            });
        }
        warnings.extend(self.revocation.warnings());
        warnings
    }

    /// The CRLs in force, for clients and after them for endpoints only; for metrics of age and time left.
    pub fn crls(&self) -> Vec<CrlState> {
        let (live, fetched) = (self.live.load(), self.revocation.lists());
        let all = live.trust.crls.iter().chain(fetched.of_endpoints_only());
        all.map(|crl| crl.state.clone()).collect()
    }

    /// Until when our own certificate is valid.
    pub fn own_certificate_ends(&self) -> Timestamp {
        self.live.load().files.own_ends
    }

    /// The clock by which certificates are judged.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    pub(super) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.live.load().config)
    }

    pub(super) fn trust(&self) -> Arc<Trust> {
        Arc::clone(&self.live.load().trust)
    }

    fn log_warnings(&self) {
        for warning in self.warnings() {
            tracing::warn!(%warning, "certificates need attention");
        }
    }
}

impl Live {
    fn of(
        files: Arc<Files>,
        lists: &Lists,
        settings: &TlsSettings,
        clock: &Arc<dyn Clock>,
        generation: u64,
    ) -> Result<Self, TlsError> {
        let provider = Arc::new(provider());
        let trust = Arc::new(Trust {
            generation,
            anchors: files.anchors.clone(),
            roots: files.roots.clone(),
            policies: files.policies.clone(),
            intermediates: files.intermediates.clone(),
            crls: crl::newest(files.crls.iter().chain(lists.signed_by(&[])).cloned()),
            crl_grace: settings.crl_stale.grace(),
            algorithms: provider.signature_verification_algorithms,
        });
        let rejected = |source| TlsError::Rejected {
            path: settings.certificate.clone(),
            source,
        };
        let verifier = ClientVerifier {
            hints: trust.hints(),
            trust: Arc::clone(&trust),
        };
        let own = SingleCertAndKey::from(Arc::clone(&files.own));
        let mut config =
            ServerConfig::builder_with_details(provider, Arc::new(Time(Arc::clone(clock))))
                .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
                .map_err(rejected)?
                .with_client_cert_verifier(Arc::new(verifier))
                .with_cert_resolver(Arc::new(own));
        // A resumed session is not checked again and keeps the old identity: there is none.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self {
            files,
            lists: lists.generation,
            config: Arc::new(config),
            trust,
        })
    }
}

fn provider() -> CryptoProvider {
    rustls::crypto::aws_lc_rs::default_provider()
}

/// Our clock for rustls.
#[derive(Debug)]
pub(super) struct Time(pub(super) Arc<dyn Clock>);

impl TimeProvider for Time {
    fn current_time(&self) -> Option<UnixTime> {
        Some(unix_time(self.0.now()))
    }
}

/// Asks `Trust` during a handshake.
#[derive(Debug)]
struct ClientVerifier {
    hints: Vec<DistinguishedName>,
    trust: Arc<Trust>,
}

impl ClientCertVerifier for ClientVerifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.hints
    }

    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        issuers: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let now = moment_of(now).ok_or(rustls::Error::FailedToGetCurrentTime)?;
        match self.trust.verify(leaf, issuers, now) {
            Ok(_) => Ok(ClientCertVerified::assertion()),
            Err(error) => {
                metrics::counter!("knooppunt_certificates_refused_total", "reason" => error.code())
                    .increment(1);
                tracing::info!(reason = error.code(), %error, "client certificate refused");
                Err(error.alert().into())
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.trust.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.trust.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.trust.algorithms.supported_schemes()
    }
}
