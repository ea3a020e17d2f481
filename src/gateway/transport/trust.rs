//! Whom we believe: roots by anchor, CRLs, and the check of a client's chain against both. It
//! says who a client is; what the client may do is for the register.

use super::chain::{self, Against, ByLists, ChainError, Held, used_until};
use super::crl::{Crl, CrlState};
use super::issuer::Issuer;
use super::peer::Peer;
use crate::register::Anchor;
use jiff::{SignedDuration, Timestamp};
use rustls::DistinguishedName;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls_pki_types::{CertificateDer, TrustAnchor};
use std::fmt;
use std::sync::Arc;
use webpki::{EndEntityCert, KeyUsage};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

/// A root with what it stands for.
#[derive(Debug, Clone)]
pub(super) struct Root {
    pub(super) anchor: Anchor,
    pub(super) trust: TrustAnchor<'static>,
    /// Its subject as text.
    pub(super) name: String,
}

/// The subject of a certificate as text, if that can be read.
pub(super) fn name_of(certificate: &CertificateDer<'_>) -> Option<String> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    Some(parsed.subject().to_string())
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
    /// At most one of each issuer (by name and key) and scope: from files, and those that are fetched.
    pub(super) crls: Vec<Arc<Crl>>,
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
    /// Lists from this place could not be taken the last time; the last good one stays.
    FetchFails {
        /// An address, or a file or folder.
        source: String,
        /// Whose lists are there, where that is known.
        issuer: Option<String>,
        /// Stable code.
        reason: &'static str,
        /// What is wrong.
        text: String,
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
            Self::FetchFails {
                source,
                issuer,
                text,
                ..
            } => {
                let of = issuer
                    .as_deref()
                    .unwrap_or("an issuer that is not known yet");
                write!(
                    f,
                    "no new CRL of {of} could be taken from {source}: {text}; the last good one stays"
                )
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
        let not_presented = |ours: &&CertificateDer<'_>| !presented.contains(ours);
        issuers.extend(self.intermediates.iter().filter(not_presented).cloned());
        let by = ByLists {
            lists: &self.crls,
            grace: self.crl_grace,
            every_issuer: true,
        };
        let against = Against {
            algorithms: self.algorithms.all,
            usage: KeyUsage::client_auth(),
            now,
        };
        let held = chain::verify(&end_entity, &issuers, &self.anchors, by, against)?;
        let root = self
            .roots
            .iter()
            .find(|root| root.trust == *held.path.anchor())
            .ok_or(ChainError::UnknownIssuer)?;
        let peer = Peer::read(leaf, root.anchor, self.policies_of(root.anchor))
            .map_err(|_| ChainError::Unreadable)?;
        let good_until = self.good_until(&held, peer.not_after, now);
        Ok(Verified { peer, good_until })
    }

    /// What the operator has to look at now.
    pub(super) fn warnings(&self, now: Timestamp) -> Vec<TrustWarning> {
        let roots = self.roots.iter().map(|root| {
            let issuer = Issuer::of_root(&root.trust);
            (root.name.clone(), issuer)
        });
        let intermediates = self.intermediates.iter().filter_map(|certificate| {
            let name = name_of(certificate)?;
            Some((name, Issuer::subject_of(certificate)))
        });
        let missing = roots
            .chain(intermediates)
            .filter(|(_, issuer)| {
                !issuer
                    .as_ref()
                    .is_some_and(|issuer| self.has_list_of(issuer))
            })
            .map(|(name, _)| TrustWarning::NoCrl { issuer: name });
        let aging = self
            .crls
            .iter()
            .filter_map(|crl| aging(crl, self.crl_grace, now));
        missing.chain(aging).collect()
    }

    fn has_list_of(&self, issuer: &Issuer) -> bool {
        let algorithms = self.algorithms.all;
        self.crls.iter().any(|crl| crl.is_by(issuer, algorithms))
    }

    /// Names of the roots, told to clients so that they pick the right certificate.
    pub(super) fn hints(&self) -> Vec<DistinguishedName> {
        self.anchors
            .iter()
            .map(|anchor| DistinguishedName::in_sequence(&anchor.subject))
            .collect()
    }

    fn policies_of(&self, anchor: Anchor) -> &[String] {
        self.policies
            .iter()
            .find(|(of, _)| *of == anchor)
            .map_or(&[], |(_, policies)| policies)
    }

    fn good_until(&self, held: &Held<'_>, leaf_ends: Timestamp, now: Timestamp) -> Timestamp {
        let mut until = leaf_ends;
        for certificate in held.path.intermediate_certificates() {
            let der = certificate.der();
            let ends = X509Certificate::from_der(&der)
                .ok()
                .and_then(|(_, parsed)| {
                    Timestamp::from_second(parsed.validity().not_after.timestamp()).ok()
                });
            // What can't be read is checked again at the next request.
            until = until.min(ends.unwrap_or(now));
        }
        for crl in &held.lists {
            let ends = used_until(crl, self.crl_grace);
            if ends > now {
                until = until.min(ends);
            }
        }
        until
    }
}

/// What is to be said of a list at this moment: that it ended, or that half of its life is over; `None`: nothing.
pub(super) fn aging(crl: &Crl, grace: SignedDuration, now: Timestamp) -> Option<TrustWarning> {
    let CrlState {
        issuer,
        next_update,
        ..
    } = crl.state.clone();
    if now >= next_update {
        let used_until = used_until(crl, grace);
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
}
