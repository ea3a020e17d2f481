//! Whether a chain of certificates holds: to a root, for its purpose, now, and with no certificate on a live list of its issuer. The
//! same check for clients (`trust`) and for servers that we call (`remote_trust`).

use super::crl::Crl;
use jiff::{SignedDuration, Timestamp};
use rustls::CertificateError;
use rustls_pki_types::SignatureVerificationAlgorithm;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use std::sync::Arc;
use std::time::Duration;
use webpki::{
    CertRevocationList, EndEntityCert, ExpirationPolicy, KeyUsage, RevocationCheckDepth,
    RevocationOptionsBuilder, UnknownStatusPolicy, VerifiedPath,
};

/// Why a chain does not hold. The other side sees a TLS alert, never this text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// The leaf is not an X.509 certificate of version 3.
    #[error("not a certificate")]
    Unreadable,
    /// The chain ends in no root of ours.
    #[error("no path to a root")]
    UnknownIssuer,
    /// The leaf or an issuer is past its end.
    #[error("expired")]
    Expired,
    /// The leaf or an issuer is not valid yet.
    #[error("not valid yet")]
    NotYetValid,
    /// The leaf or an issuer is on a CRL.
    #[error("revoked")]
    Revoked,
    /// There is no CRL of an issuer in the chain.
    #[error("no CRL of an issuer in the chain")]
    NoCrl,
    /// The CRL of an issuer in the chain is past its nextUpdate and the grace.
    #[error("the CRL of an issuer in the chain is stale")]
    StaleCrl,
    /// The certificate is not for authentication of a client, or of a server.
    #[error("not for this purpose")]
    Purpose,
    /// Anything else: a wrong signature, constraints, an algorithm that is not taken.
    #[error("refused: {0}")]
    Other(String),
}

impl ChainError {
    /// Stable name, for metrics and logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable => "certificate-unreadable",
            Self::UnknownIssuer => "certificate-unknown-issuer",
            Self::Expired => "certificate-expired",
            Self::NotYetValid => "certificate-not-yet-valid",
            Self::Revoked => "certificate-revoked",
            Self::NoCrl => "certificate-no-crl",
            Self::StaleCrl => "certificate-crl-stale",
            Self::Purpose => "certificate-purpose",
            Self::Other(_) => "certificate-refused",
        }
    }

    /// The alert that the other side sees. What it means here is said by `code`.
    pub(super) fn alert(&self) -> CertificateError {
        match self {
            Self::Unreadable => CertificateError::BadEncoding,
            Self::UnknownIssuer => CertificateError::UnknownIssuer,
            Self::Expired => CertificateError::Expired,
            Self::NotYetValid => CertificateError::NotValidYet,
            Self::Revoked => CertificateError::Revoked,
            Self::NoCrl => CertificateError::UnknownRevocationStatus,
            Self::StaleCrl => CertificateError::ExpiredRevocationList,
            Self::Purpose => CertificateError::InvalidPurpose,
            Self::Other(_) => CertificateError::ApplicationVerificationFailure,
        }
    }
}

/// The revocation lists by which a chain is checked.
#[derive(Debug, Clone, Copy)]
pub(super) struct ByLists<'a> {
    /// At most one for each issuer and scope.
    pub(super) lists: &'a [Arc<Crl>],
    /// How long after its nextUpdate a list is still used.
    pub(super) grace: SignedDuration,
    /// Whether there must be a list of every issuer of the chain; else an issuer without any is let pass, one whose list is stale is not.
    pub(super) every_issuer: bool,
}

impl ByLists<'_> {
    fn is_live(&self, crl: &Crl, now: Timestamp) -> bool {
        now < used_until(crl, self.grace)
    }

    fn has_stale(&self, now: Timestamp) -> bool {
        self.lists.iter().any(|crl| !self.is_live(crl, now))
    }

    /// Whether of this issuer (as webpki names it) there are lists and none is live.
    fn is_stale_of(&self, issuer: &[u8], now: Timestamp) -> bool {
        let mut of = self
            .lists
            .iter()
            .filter(|crl| crl.list.issuer() == issuer)
            .peekable();
        of.peek().is_some() && !of.any(|crl| self.is_live(crl, now))
    }
}

/// Until when a list is used.
pub(super) fn used_until(crl: &Crl, grace: SignedDuration) -> Timestamp {
    let next_update = crl.state.next_update;
    next_update.checked_add(grace).unwrap_or(Timestamp::MAX)
}

/// What a chain is checked against, besides lists.
#[derive(Debug, Clone, Copy)]
pub(super) struct Against<'a> {
    pub(super) algorithms: &'a [&'a dyn SignatureVerificationAlgorithm],
    pub(super) usage: KeyUsage,
    pub(super) now: Timestamp,
}

/// Checks a chain, whole depth: signatures, dates, purpose, lists. Err: it does not hold at that moment.
pub(super) fn verify<'p>(
    end_entity: &'p EndEntityCert<'p>,
    issuers: &'p [CertificateDer<'p>],
    roots: &'p [TrustAnchor<'static>],
    by: ByLists<'_>,
    against: Against<'_>,
) -> Result<VerifiedPath<'p>, ChainError> {
    let now = against.now;
    // A CRL past its grace is as good as none: what it does not list may be revoked by now.
    let live: Vec<&CertRevocationList<'_>> = by
        .lists
        .iter()
        .filter(|crl| by.is_live(crl, now))
        .map(|crl| &crl.list)
        .collect();
    let unknown = if by.every_issuer {
        UnknownStatusPolicy::Deny
    } else {
        UnknownStatusPolicy::Allow
    };
    let revocation = match RevocationOptionsBuilder::new(&live) {
        Ok(options) => Some(
            options
                .with_depth(RevocationCheckDepth::Chain)
                .with_status_policy(unknown)
                .with_expiration_policy(ExpirationPolicy::Ignore)
                .build(),
        ),
        Err(_) if !by.every_issuer => None,
        Err(_) if by.lists.is_empty() => return Err(ChainError::NoCrl),
        Err(_) => return Err(ChainError::StaleCrl),
    };
    let path = end_entity
        .verify_for_usage(
            against.algorithms,
            roots,
            issuers,
            unix_time(now),
            against.usage,
            revocation,
            None,
        )
        .map_err(|error| reason(&error, by.has_stale(now)))?;
    if issuers_of(&path)
        .iter()
        .any(|issuer| by.is_stale_of(issuer, now))
    {
        return Err(ChainError::StaleCrl);
    }
    Ok(path)
}

/// The names of all issuers of a path, as webpki has them: without tag.
pub(super) fn issuers_of(path: &VerifiedPath<'_>) -> Vec<Vec<u8>> {
    let mut issuers = vec![path.end_entity().issuer().to_vec()];
    for certificate in path.intermediate_certificates() {
        issuers.push(certificate.issuer().to_vec());
    }
    issuers
}

/// Whole seconds; before 1970 is 1970.
pub(super) fn unix_time(at: Timestamp) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(
        u64::try_from(at.as_second()).unwrap_or(0),
    ))
}

/// The moment that rustls gives; `None`: none that there is.
pub(super) fn moment_of(now: UnixTime) -> Option<Timestamp> {
    Timestamp::from_second(i64::try_from(now.as_secs()).ok()?).ok()
}

#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "webpki's errors are many and may grow; what is not named here is Other"
)]
fn reason(error: &webpki::Error, has_stale: bool) -> ChainError {
    use webpki::Error as E;
    match error {
        E::BadDer | E::BadDerTime | E::TrailingData(_) | E::UnsupportedCertVersion => {
            ChainError::Unreadable
        }
        E::UnknownIssuer => ChainError::UnknownIssuer,
        E::CertExpired { .. } => ChainError::Expired,
        E::CertNotValidYet { .. } => ChainError::NotYetValid,
        E::CertRevoked => ChainError::Revoked,
        E::UnknownRevocationStatus if has_stale => ChainError::StaleCrl,
        E::UnknownRevocationStatus => ChainError::NoCrl,
        E::RequiredEkuNotFoundContext(_) => ChainError::Purpose,
        other => ChainError::Other(format!("{other}")),
    }
}
