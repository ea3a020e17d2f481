//! Whether a chain of certificates holds: to a root, for its purpose, now, and with no certificate on a live list of its issuer. The
//! same check for clients (`trust`) and for servers that we call (`remote_trust`).

use super::crl::{self, Crl};
use super::issuer::Issuer;
use jiff::{SignedDuration, Timestamp};
use rustls::CertificateError;
use rustls_pki_types::SignatureVerificationAlgorithm;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;
use webpki::{
    CertRevocationList, EndEntityCert, ExpirationPolicy, KeyUsage, RevocationCheckDepth,
    RevocationOptionsBuilder, UnknownStatusPolicy, VerifiedPath,
};

/// Paths of one chain that are checked by lists: each costs the signatures of its lists.
const PATHS_MAX: usize = 8;

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
    /// At most one for each issuer (by name and key) and scope. Only those of the keys of a path count for it.
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

    /// The lists of these issuers. A list of another key counts for nobody below these, whatever its name. Where a path has one name with two keys, the older
    /// list is missed and the chain is refused.
    fn of(&self, issuers: &[Issuer], against: Against<'_>) -> Vec<Arc<Crl>> {
        let is_of_one = |crl: &&Arc<Crl>| {
            issuers
                .iter()
                .any(|issuer| crl.is_by(issuer, against.algorithms))
        };
        crl::newest_by_name(self.lists.iter().filter(is_of_one).cloned())
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

/// A chain that holds.
pub(super) struct Held<'p> {
    pub(super) path: VerifiedPath<'p>,
    /// The lists by which it was checked: those of the keys on it.
    pub(super) lists: Vec<Arc<Crl>>,
}

/// Checks a chain, whole depth: signatures, dates, purpose, lists. Err: it does not hold at that moment.
///
/// The paths to a root are found without lists; each is then checked by the lists of the keys that are on it. Two issuers may have one name: one that has
/// got a new key, and what it was before.
pub(super) fn verify<'p>(
    end_entity: &'p EndEntityCert<'p>,
    issuers: &'p [CertificateDer<'p>],
    roots: &'p [TrustAnchor<'static>],
    by: ByLists<'_>,
    against: Against<'_>,
) -> Result<Held<'p>, ChainError> {
    let looked = RefCell::new(Looked::default());
    let look = |path: &VerifiedPath<'_>| {
        let mut looked = looked.borrow_mut();
        if looked.paths == PATHS_MAX {
            return Err(webpki::Error::MaximumPathBuildCallsExceeded);
        }
        looked.paths += 1;
        match check_by_lists(end_entity, path, by, against) {
            Ok(lists) => {
                looked.lists = lists;
                Ok(())
            }
            Err(error) => {
                looked.refused.get_or_insert(error);
                Err(webpki::Error::UnknownRevocationStatus)
            }
        }
    };
    let found = end_entity.verify_for_usage(
        against.algorithms,
        roots,
        issuers,
        unix_time(against.now),
        against.usage,
        None,
        Some(&look),
    );
    let looked = looked.into_inner();
    match (found, looked.refused) {
        (Ok(path), _) => Ok(Held {
            path,
            lists: looked.lists,
        }),
        (Err(_), Some(refused)) => Err(refused),
        (Err(error), None) => Err(reason(&error)),
    }
}

/// What came of the paths that were found.
#[derive(Debug, Default)]
struct Looked {
    paths: usize,
    /// Of the path that holds.
    lists: Vec<Arc<Crl>>,
    /// Why the first one does not hold.
    refused: Option<ChainError>,
}

/// Checks one path by the lists of its issuers; gives these lists.
fn check_by_lists(
    end_entity: &EndEntityCert<'_>,
    path: &VerifiedPath<'_>,
    by: ByLists<'_>,
    against: Against<'_>,
) -> Result<Vec<Arc<Crl>>, ChainError> {
    let now = against.now;
    let issuers = issuers_of(path).ok_or(ChainError::Unreadable)?;
    let lists = by.of(&issuers, against);
    // A CRL past its grace is as good as none: what it does not list may be revoked by now.
    let (live, stale): (Vec<&Arc<Crl>>, Vec<&Arc<Crl>>) =
        lists.iter().partition(|crl| by.is_live(crl, now));
    let none_live = if stale.is_empty() {
        ChainError::NoCrl
    } else {
        ChainError::StaleCrl
    };
    let live_lists: Vec<&CertRevocationList<'_>> = live.iter().map(|crl| &crl.list).collect();
    let unknown = if by.every_issuer {
        UnknownStatusPolicy::Deny
    } else {
        UnknownStatusPolicy::Allow
    };
    match RevocationOptionsBuilder::new(&live_lists) {
        Ok(options) => {
            let options = options
                .with_depth(RevocationCheckDepth::Chain)
                .with_status_policy(unknown)
                .with_expiration_policy(ExpirationPolicy::Ignore)
                .build();
            let of_path = path.intermediate_certificates();
            let of_path: Vec<CertificateDer<'_>> = of_path.map(webpki::Cert::der).collect();
            let checked = end_entity.verify_for_usage(
                against.algorithms,
                std::slice::from_ref(path.anchor()),
                &of_path,
                unix_time(now),
                against.usage,
                Some(options),
                None,
            );
            match checked {
                Ok(_) => {}
                Err(webpki::Error::UnknownRevocationStatus) => return Err(none_live),
                Err(error) => return Err(reason(&error)),
            }
        }
        Err(_) if by.every_issuer => return Err(none_live),
        Err(_) => {}
    }
    let is_of = |crl: &&&Arc<Crl>, issuer: &Issuer| crl.issuer == issuer.name;
    let is_stale = |issuer: &Issuer| {
        stale.iter().any(|crl| is_of(&crl, issuer)) && !live.iter().any(|crl| is_of(&crl, issuer))
    };
    if issuers.iter().any(is_stale) {
        return Err(ChainError::StaleCrl);
    }
    Ok(lists)
}

/// The issuers of all certificates of a path. `None`: one can't be read.
fn issuers_of(path: &VerifiedPath<'_>) -> Option<Vec<Issuer>> {
    let intermediates = path.intermediate_certificates();
    let intermediates = intermediates.map(|issuer| Issuer::subject_of(&issuer.der()));
    intermediates
        .chain([Issuer::of_root(path.anchor())])
        .collect()
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
fn reason(error: &webpki::Error) -> ChainError {
    use webpki::Error as E;
    match error {
        E::BadDer | E::BadDerTime | E::TrailingData(_) | E::UnsupportedCertVersion => {
            ChainError::Unreadable
        }
        E::UnknownIssuer => ChainError::UnknownIssuer,
        E::CertExpired { .. } => ChainError::Expired,
        E::CertNotValidYet { .. } => ChainError::NotYetValid,
        E::CertRevoked => ChainError::Revoked,
        E::UnknownRevocationStatus => ChainError::NoCrl,
        E::RequiredEkuNotFoundContext(_) => ChainError::Purpose,
        other => ChainError::Other(format!("{other}")),
    }
}
