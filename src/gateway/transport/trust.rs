//! Whom we believe: roots by anchor, CRLs, and the check of a client's chain against both. It
//! says who a client is; what the client may do is for the register.

use super::crl::{Crl, CrlState};
use super::peer::Peer;
use crate::register::Anchor;
use jiff::{SignedDuration, Timestamp};
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::{CertificateError, DistinguishedName};
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use std::fmt;
use std::time::Duration;
use webpki::{
    CertRevocationList, EndEntityCert, ExpirationPolicy, KeyUsage, RevocationCheckDepth,
    RevocationOptionsBuilder, UnknownStatusPolicy, VerifiedPath,
};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

/// A root with what it stands for.
#[derive(Debug)]
pub(super) struct Root {
    pub(super) anchor: Anchor,
    pub(super) trust: TrustAnchor<'static>,
    pub(super) name: Name,
}

/// A name of an issuer: DER with tag, and as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) der: Vec<u8>,
    pub(super) text: String,
}

impl Name {
    /// The subject of a certificate, if that can be read.
    pub(super) fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
        Some(Self {
            der: parsed.subject().as_raw().to_vec(),
            text: parsed.subject().to_string(),
        })
    }
}

/// Roots, intermediates, CRLs and rules at one moment. Never changes.
#[derive(Debug)]
pub(super) struct Trust {
    /// Counts upwards over reloads.
    pub(super) generation: u64,
    /// The trust anchors in the order of `roots`, as webpki takes them.
    pub(super) anchors: Vec<TrustAnchor<'static>>,
    pub(super) roots: Vec<Root>,
    /// Leaf policies under which an OIN counts, per anchor.
    pub(super) policies: Vec<(Anchor, Vec<String>)>,
    /// Intermediates that we have ourselves, for clients that send their leaf only.
    pub(super) intermediates: Vec<CertificateDer<'static>>,
    pub(super) crls: Vec<Crl>,
    /// How long after its nextUpdate a CRL is still used.
    pub(super) crl_grace: SignedDuration,
    pub(super) algorithms: WebPkiSupportedAlgorithms,
}

/// A chain that holds.
#[derive(Debug)]
pub(super) struct Verified {
    pub(super) peer: Peer,
    /// The chain is to be checked again from this moment on: a certificate of it or a CRL ends.
    pub(super) good_until: Timestamp,
}

/// Why a chain does not hold. Clients see a TLS alert, never this text.
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
    /// The certificate is not for authentication of a client.
    #[error("not a client certificate")]
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

    /// The alert that the client sees.
    pub(super) fn alert(&self) -> CertificateError {
        match self {
            Self::Unreadable => CertificateError::BadEncoding,
            Self::UnknownIssuer => CertificateError::UnknownIssuer,
            Self::Expired => CertificateError::Expired,
            Self::NotYetValid => CertificateError::NotValidYet,
            Self::Revoked => CertificateError::Revoked,
            Self::NoCrl | Self::StaleCrl => CertificateError::UnknownRevocationStatus,
            Self::Purpose => CertificateError::InvalidPurpose,
            Self::Other(_) => CertificateError::ApplicationVerificationFailure,
        }
    }
}

/// Something about certificates that an operator has to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrustWarning {
    /// A configured issuer has no CRL: every client below it is refused.
    NoCrl {
        /// The issuer.
        issuer: String,
    },
    /// More than half of a CRL's life is over and there is no newer one.
    CrlAges {
        /// The issuer.
        issuer: String,
        /// When it ends.
        next_update: Timestamp,
    },
    /// A CRL is past its nextUpdate; it is used until the grace ends.
    CrlStale {
        /// The issuer.
        issuer: String,
        /// When it ended.
        next_update: Timestamp,
        /// Until when it is used; not after the nextUpdate when there is no grace.
        used_until: Timestamp,
    },
    /// Our own certificate ends within 60 days.
    OwnCertificateEnds {
        /// When.
        not_after: Timestamp,
    },
}

impl fmt::Display for TrustWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCrl { issuer } => write!(f, "no CRL of {issuer}: clients below it are refused"),
            Self::CrlAges {
                issuer,
                next_update,
            } => {
                write!(
                    f,
                    "the CRL of {issuer} ends at {next_update} and no newer one is here"
                )
            }
            Self::CrlStale {
                issuer,
                next_update,
                used_until,
            } => {
                write!(
                    f,
                    "the CRL of {issuer} ended at {next_update} and is used until {used_until}"
                )
            }
            Self::OwnCertificateEnds { not_after } => {
                write!(f, "our own certificate ends at {not_after}")
            }
        }
    }
}

impl Trust {
    /// Checks a chain as presented, whole depth: signatures, dates, purpose, a live CRL of every
    /// issuer. Err: the chain does not hold at that moment.
    pub(super) fn verify(
        &self,
        leaf: &CertificateDer<'_>,
        presented: &[CertificateDer<'_>],
        now: Timestamp,
    ) -> Result<Verified, ChainError> {
        let end_entity = EndEntityCert::try_from(leaf).map_err(|_| ChainError::Unreadable)?;
        let mut issuers: Vec<CertificateDer<'_>> = presented.to_vec();
        issuers.extend(self.intermediates.iter().cloned());
        // A CRL past its grace is as good as none: what it does not list may be revoked by now.
        let live: Vec<&CertRevocationList<'_>> = self
            .crls
            .iter()
            .filter(|crl| now < self.used_until(&crl.state))
            .map(|crl| &crl.list)
            .collect();
        let revocation = RevocationOptionsBuilder::new(&live)
            .map_err(|_| {
                if self.crls.is_empty() {
                    ChainError::NoCrl
                } else {
                    ChainError::StaleCrl
                }
            })?
            .with_depth(RevocationCheckDepth::Chain)
            .with_status_policy(UnknownStatusPolicy::Deny)
            .with_expiration_policy(ExpirationPolicy::Ignore)
            .build();
        let path = end_entity
            .verify_for_usage(
                self.algorithms.all,
                &self.anchors,
                &issuers,
                unix_time(now),
                KeyUsage::client_auth(),
                Some(revocation),
                None,
            )
            .map_err(|error| self.reason(&error, now))?;
        let root = self
            .roots
            .iter()
            .find(|root| root.trust == *path.anchor())
            .ok_or(ChainError::UnknownIssuer)?;
        let peer = Peer::read(leaf, root.anchor, self.policies_of(root.anchor))
            .map_err(|_| ChainError::Unreadable)?;
        let good_until = self.good_until(&path, peer.not_after, now);
        Ok(Verified { peer, good_until })
    }

    /// What the operator has to look at now.
    pub(super) fn warnings(&self, now: Timestamp) -> Vec<TrustWarning> {
        let mut issuers: Vec<Name> = self.roots.iter().map(|root| root.name.clone()).collect();
        issuers.extend(self.intermediates.iter().filter_map(Name::of));
        let missing = issuers
            .into_iter()
            .filter(|name| !self.crls.iter().any(|crl| crl.issuer == name.der))
            .map(|name| TrustWarning::NoCrl { issuer: name.text });
        let aging = self.crls.iter().filter_map(|crl| {
            let CrlState {
                issuer,
                next_update,
                ..
            } = crl.state.clone();
            if now >= next_update {
                let used_until = self.used_until(&crl.state);
                Some(TrustWarning::CrlStale {
                    issuer,
                    next_update,
                    used_until,
                })
            } else if crl.state.share_of_life(now) > 0.5 {
                Some(TrustWarning::CrlAges {
                    issuer,
                    next_update,
                })
            } else {
                None
            }
        });
        missing.chain(aging).collect()
    }

    /// Names of the roots, told to clients so that they pick the right certificate.
    pub(super) fn hints(&self) -> Vec<DistinguishedName> {
        self.anchors
            .iter()
            .map(|anchor| DistinguishedName::in_sequence(&anchor.subject))
            .collect()
    }

    fn used_until(&self, crl: &CrlState) -> Timestamp {
        crl.next_update
            .checked_add(self.crl_grace)
            .unwrap_or(Timestamp::MAX)
    }

    fn policies_of(&self, anchor: Anchor) -> &[String] {
        self.policies
            .iter()
            .find(|(of, _)| *of == anchor)
            .map_or(&[], |(_, policies)| policies)
    }

    fn good_until(
        &self,
        path: &VerifiedPath<'_>,
        leaf_ends: Timestamp,
        now: Timestamp,
    ) -> Timestamp {
        let mut issuers: Vec<&[u8]> = vec![path.end_entity().issuer()];
        let mut until = leaf_ends;
        for certificate in path.intermediate_certificates() {
            issuers.push(certificate.issuer());
            let der = certificate.der();
            let ends = X509Certificate::from_der(&der)
                .ok()
                .and_then(|(_, parsed)| {
                    Timestamp::from_second(parsed.validity().not_after.timestamp()).ok()
                });
            // What can't be read is checked again at the next request.
            until = until.min(ends.unwrap_or(now));
        }
        for crl in &self.crls {
            let ends = self.used_until(&crl.state);
            if issuers.contains(&crl.list.issuer()) && ends > now {
                until = until.min(ends);
            }
        }
        until
    }

    #[allow(
        clippy::wildcard_enum_match_arm,
        reason = "webpki's errors are many and may grow; what is not named here is Other"
    )]
    fn reason(&self, error: &webpki::Error, now: Timestamp) -> ChainError {
        use webpki::Error as E;
        match error {
            E::BadDer | E::BadDerTime | E::TrailingData(_) | E::UnsupportedCertVersion => {
                ChainError::Unreadable
            }
            E::UnknownIssuer => ChainError::UnknownIssuer,
            E::CertExpired { .. } => ChainError::Expired,
            E::CertNotValidYet { .. } => ChainError::NotYetValid,
            E::CertRevoked => ChainError::Revoked,
            E::UnknownRevocationStatus => {
                if self
                    .crls
                    .iter()
                    .any(|crl| now >= self.used_until(&crl.state))
                {
                    ChainError::StaleCrl
                } else {
                    ChainError::NoCrl
                }
            }
            E::RequiredEkuNotFoundContext(_) => ChainError::Purpose,
            other => ChainError::Other(format!("{other}")),
        }
    }
}

/// Whole seconds; before 1970 is 1970.
pub(super) fn unix_time(at: Timestamp) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(
        u64::try_from(at.as_second()).unwrap_or(0),
    ))
}
