//! The issuers that the configuration and the register name: whose revocation lists are taken, checked by their keys, and where
//! they say that lists can be had. It fetches nothing.

use rustls::DistinguishedName;
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, TrustAnchor};
use sha2::{Digest as _, Sha256};
use x509_parser::asn1_rs::{Any, BitString};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{DistributionPointName, GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer;

/// Which issuer signed a list: a hash of its name and key, for two may have one name.
pub(super) type Signer = [u8; 32];

/// The key of an issuer of lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Issuer {
    /// Its name in DER, with tag.
    pub(super) name: Vec<u8>,
    /// What kind of key it is: AlgorithmIdentifier, without tag.
    algorithm: Vec<u8>,
    key: Vec<u8>,
}

/// A place that a certificate names for lists.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Point {
    /// An `http://` address.
    pub(super) url: String,
    /// Whose lists are there, as text: the issuer of the certificate.
    pub(super) issuer: String,
}

impl Issuer {
    /// `None`: the certificate can't be read, or its key usage does not allow it to sign lists (RFC 5280 4.2.1.3).
    pub(super) fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
        let usage = parsed.key_usage().ok().flatten();
        if usage.is_some_and(|usage| !usage.value.crl_sign()) {
            return None;
        }
        Self::subject_of(certificate)
    }

    /// The name and key in a certificate, whatever its key usage. `None`: it can't be read.
    pub(super) fn subject_of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
        let (_, key) = Any::from_der(parsed.public_key().raw).ok()?;
        Self::named(parsed.subject().as_raw().to_vec(), key.data)
    }

    /// The name and key of a root. `None`: they can't be read.
    pub(super) fn of_root(root: &TrustAnchor<'_>) -> Option<Self> {
        let name = DistinguishedName::in_sequence(&root.subject);
        Self::named(name.as_ref().to_vec(), &root.subject_public_key_info)
    }

    /// `key`: SubjectPublicKeyInfo, without tag.
    fn named(name: Vec<u8>, key: &[u8]) -> Option<Self> {
        let (rest, algorithm) = Any::from_der(key).ok()?;
        let (_, key) = BitString::from_der(rest).ok()?;
        Some(Self {
            name,
            algorithm: algorithm.data.to_vec(),
            key: key.data.into_owned(),
        })
    }

    /// Which issuer it is.
    pub(super) fn id(&self) -> Signer {
        let pieces = [&self.name, &self.algorithm, &self.key];
        let mut hash = Sha256::new();
        for piece in pieces {
            hash.update((piece.len() as u64).to_be_bytes());
            hash.update(piece);
        }
        hash.finalize().into()
    }

    /// Whether it signed this list (DER), by an algorithm that is taken for certificates too.
    pub(super) fn signed(
        &self,
        list: &[u8],
        algorithms: &[&dyn SignatureVerificationAlgorithm],
    ) -> bool {
        let Some(signed) = Signed::of(list) else {
            return false;
        };
        algorithms
            .iter()
            .filter(|algorithm| {
                *algorithm.signature_alg_id() == *signed.algorithm
                    && *algorithm.public_key_alg_id() == *self.algorithm
            })
            .any(|algorithm| {
                let verified =
                    algorithm.verify_signature(&self.key, signed.message, &signed.signature);
                verified.is_ok()
            })
    }
}

/// The three pieces of anything signed in X.509: what was signed (with tag), by which algorithm (without tag), and the signature.
struct Signed<'a> {
    message: &'a [u8],
    algorithm: &'a [u8],
    signature: Vec<u8>,
}

impl<'a> Signed<'a> {
    fn of(der: &'a [u8]) -> Option<Self> {
        let (rest, outer) = Any::from_der(der).ok()?;
        if !rest.is_empty() {
            return None;
        }
        let (rest, _) = Any::from_der(outer.data).ok()?;
        let message = outer.data.get(..outer.data.len() - rest.len())?;
        let (rest, algorithm) = Any::from_der(rest).ok()?;
        let (_, signature) = BitString::from_der(rest).ok()?;
        Some(Self {
            message,
            algorithm: algorithm.data,
            signature: signature.data.into_owned(),
        })
    }
}

/// The places over HTTP that a certificate names for complete lists of its issuer. Those of an indirect list, or of some reasons only, are no
/// use: such lists are not taken.
pub(super) fn points(certificate: &CertificateDer<'_>) -> Vec<Point> {
    let Ok((_, parsed)) = X509Certificate::from_der(certificate) else {
        return Vec::new();
    };
    let issuer = parsed.issuer().to_string();
    let mut found = Vec::new();
    for extension in parsed.extensions() {
        let ParsedExtension::CRLDistributionPoints(points) = extension.parsed_extension() else {
            continue;
        };
        for point in &points.points {
            let (Some(DistributionPointName::FullName(names)), None, None) =
                (&point.distribution_point, &point.reasons, &point.crl_issuer)
            else {
                continue;
            };
            found.extend(names.iter().filter_map(|name| {
                let GeneralName::URI(uri) = name else {
                    return None;
                };
                is_http(uri).then(|| Point {
                    url: (*uri).to_owned(),
                    issuer: issuer.clone(),
                })
            }));
        }
    }
    found
}

fn is_http(uri: &str) -> bool {
    uri.get(..7)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("http://"))
}
