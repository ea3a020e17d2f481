//! The server side of mutual TLS: configuration from files, swapped in one step by a reload.
//! Whether the certificate of an open connection still holds is for `standing`.
//!
//! A client without a certificate, or with one whose chain does not hold, gets an alert and
//! nothing else. Sessions are not resumed: a resumed one would skip the check.

use super::crl::{self, CrlError, CrlState};
use super::peer::Peer;
use super::trust::{Name, Root, Trust, TrustWarning};
use crate::clock::Clock;
use crate::fault::Fault;
use crate::register::Anchor;
use arc_swap::ArcSwap;
use jiff::{SignedDuration, Timestamp};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::server::NoServerSessionStorage;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::time_provider::TimeProvider;
use rustls::{DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

crate::settings! {
    /// Certificates: our own, those of whom we believe, and what was revoked.
    pub struct TlsSettings {
        /// Our certificate (PEM), the leaf first, its issuers behind it.
        pub certificate: PathBuf = PathBuf::from("server.pem"),
        /// The private key of our certificate (PEM).
        pub key: PathBuf = PathBuf::from("server.key"),
        /// Whose client certificates are believed, by the name of the anchor: `pkio-g1`, `pkio-g4-tls`,
        /// `pkio-g4-other`, `operator-ca`, `vecozo`. An OIN counts only under the first three.
        ///
        /// Example: `[tls.anchors.pkio-g1]` with `roots = "pkio-g1.pem"`
        pub anchors: BTreeMap<String, AnchorSettings> = BTreeMap::new(),
        /// Files with certificate revocation lists (DER or PEM), or folders of them. There must be one of every
        /// issuer: a client below an issuer without one is refused.
        pub crls: Vec<PathBuf> = vec![PathBuf::from("crl")],
        /// Hours after its nextUpdate during which a revocation list is still used, with an alarm. 0: none.
        pub crl_grace_h: u32 = 0,
        /// Seconds after which all these files are read again, so that new revocation lists and certificates count
        /// without a restart. 0: only when told.
        pub reload_every_s: u64 = 300,
    }
}

crate::settings! {
    /// One anchor.
    pub struct AnchorSettings {
        /// Its root certificates (PEM).
        pub roots: PathBuf = PathBuf::new(),
        /// Intermediate certificates (PEM) for clients that send their leaf only; each must have a CRL.
        pub intermediates: Option<PathBuf> = None,
        /// Policies (OIDs) of which a leaf must have one before its OIN counts; empty: those that PKIoverheid
        /// publishes for production certificates of this anchor.
        pub policies: Vec<String> = Vec::new(),
    }
}

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
            Self::Rejected { .. } => "tls-rejected",
        }
    }

    /// Whose fault it is: always ours, the operator's.
    pub fn fault(&self) -> Fault {
        Fault::Ours
    }
}

/// TLS as it is in force, with the files it comes from.
#[derive(Debug)]
pub struct TlsState {
    settings: TlsSettings,
    clock: Arc<dyn Clock>,
    live: ArcSwap<Live>,
    /// Number of the last generation; held while reading, so that reloads follow one another.
    generation: Mutex<u64>,
}

/// One generation of the configuration.
#[derive(Debug)]
struct Live {
    config: Arc<ServerConfig>,
    trust: Arc<Trust>,
    own_ends: Timestamp,
}

impl TlsState {
    /// Reads everything. Err: a file is missing or wrong; what to correct is in the text.
    pub fn open(settings: TlsSettings, clock: Arc<dyn Clock>) -> Result<Self, TlsError> {
        let live = Live::read(&settings, &clock, 1)?;
        let state = Self {
            settings,
            clock,
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
            let mut generation = self
                .generation
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let live = Live::read(&self.settings, &self.clock, *generation + 1)?;
            *generation += 1;
            self.live.store(Arc::new(live));
        }
        self.log_warnings();
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

    /// What an operator has to look at now.
    pub fn warnings(&self) -> Vec<TrustWarning> {
        let now = self.clock.now();
        let live = self.live.load();
        let mut warnings = live.trust.warnings(now);
        if live.own_ends.duration_since(now) < SignedDuration::from_hours(60 * 24) {
            warnings.push(TrustWarning::OwnCertificateEnds {
                not_after: live.own_ends,
            });
        }
        warnings
    }

    /// The CRLs in force, for metrics of age and time left.
    pub fn crls(&self) -> Vec<CrlState> {
        let live = self.live.load();
        live.trust
            .crls
            .iter()
            .map(|crl| crl.state.clone())
            .collect()
    }

    /// Until when our own certificate is valid.
    pub fn own_certificate_ends(&self) -> Timestamp {
        self.live.load().own_ends
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
    fn read(
        settings: &TlsSettings,
        clock: &Arc<dyn Clock>,
        generation: u64,
    ) -> Result<Self, TlsError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let trust = Arc::new(read_trust(settings, &provider, generation)?);
        let (chain, own_ends) = own_chain(&settings.certificate)?;
        let key = private_key(&settings.key)?;
        let rejected = |source| TlsError::Rejected {
            path: settings.certificate.clone(),
            source,
        };
        let verifier = ClientVerifier {
            hints: trust.hints(),
            trust: Arc::clone(&trust),
        };
        let mut config =
            ServerConfig::builder_with_details(provider, Arc::new(Time(Arc::clone(clock))))
                .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
                .map_err(rejected)?
                .with_client_cert_verifier(Arc::new(verifier))
                .with_single_cert(chain, key)
                .map_err(rejected)?;
        // A resumed session is not checked again and keeps the old identity: there is none.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self {
            config: Arc::new(config),
            trust,
            own_ends,
        })
    }
}

fn read_trust(
    settings: &TlsSettings,
    provider: &CryptoProvider,
    generation: u64,
) -> Result<Trust, TlsError> {
    if settings.anchors.is_empty() {
        return Err(TlsError::Anchors(
            "none is named: nobody could connect".to_owned(),
        ));
    }
    let mut trust = Trust {
        generation,
        anchors: Vec::new(),
        roots: Vec::new(),
        policies: Vec::new(),
        intermediates: Vec::new(),
        crls: crl::read(&settings.crls)?,
        crl_grace: SignedDuration::from_hours(i64::from(settings.crl_grace_h)),
        algorithms: provider.signature_verification_algorithms,
    };
    for (name, of) in &settings.anchors {
        let anchor: Anchor = name
            .parse()
            .map_err(|error| TlsError::Anchors(format!("{name:?}: {error}")))?;
        for certificate in certificates(&of.roots)? {
            let unusable = || TlsError::Unusable {
                path: of.roots.clone(),
                reason: "a root in it cannot be read".to_owned(),
            };
            let root = webpki::anchor_from_trusted_cert(&certificate)
                .map_err(|_| unusable())?
                .to_owned();
            if trust.anchors.contains(&root) {
                return Err(TlsError::Anchors(format!(
                    "a root of {name} stands in the list twice: a root belongs to one anchor"
                )));
            }
            trust.anchors.push(root.clone());
            trust.roots.push(Root {
                anchor,
                trust: root,
                name: Name::of(&certificate).ok_or_else(unusable)?,
            });
        }
        if let Some(intermediates) = &of.intermediates {
            trust.intermediates.extend(certificates(intermediates)?);
        }
        let policies = if of.policies.is_empty() {
            anchor.policies().iter().map(ToString::to_string).collect()
        } else {
            of.policies.clone()
        };
        trust.policies.push((anchor, policies));
    }
    Ok(trust)
}

pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let bytes = read_file(path)?;
    let unusable = |reason: String| TlsError::Unusable {
        path: path.to_owned(),
        reason,
    };
    let list: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&bytes)
        .collect::<Result<_, _>>()
        .map_err(|error| unusable(format!("not PEM: {error}")))?;
    if list.is_empty() {
        return Err(unusable("there is no certificate (PEM) in it".to_owned()));
    }
    Ok(list)
}

/// A certificate that we present, leaf first, and until when it is valid.
pub(super) fn own_chain(
    path: &Path,
) -> Result<(Vec<CertificateDer<'static>>, Timestamp), TlsError> {
    let chain = certificates(path)?;
    let ends = chain
        .first()
        .and_then(|leaf| Peer::read(leaf, Anchor::OperatorCa, &[]).ok())
        .map(|own| own.not_after)
        .ok_or_else(|| TlsError::Unusable {
            path: path.to_owned(),
            reason: "the first certificate cannot be read".to_owned(),
        })?;
    Ok((chain, ends))
}

/// The private key of a certificate of ours.
pub(super) fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_slice(&read_file(path)?).map_err(|error| TlsError::Unusable {
        path: path.to_owned(),
        reason: format!("no private key in it: {error}"),
    })
}

fn read_file(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|source| TlsError::Unreadable {
        path: path.to_owned(),
        source,
    })
}

/// Our clock for rustls.
#[derive(Debug)]
pub(super) struct Time(pub(super) Arc<dyn Clock>);

impl TimeProvider for Time {
    fn current_time(&self) -> Option<UnixTime> {
        Some(super::trust::unix_time(self.0.now()))
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
        let now = i64::try_from(now.as_secs())
            .ok()
            .and_then(|seconds| Timestamp::from_second(seconds).ok())
            .ok_or(rustls::Error::FailedToGetCurrentTime)?;
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
