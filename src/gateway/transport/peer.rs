//! Who is at the other end: what a certificate is known by, read from a chain that was verified.
//! It verifies nothing itself and knows no parties.

use crate::register::identity::{hex, party_of_uri, trim_zeros};
use crate::register::{Anchor, Identity, Key, Oin};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::oid_registry::OID_X509_SERIALNUMBER;
use x509_parser::prelude::FromDer;

/// The verified client of a connection; stands in the request extensions as `Arc<Peer>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// The set of roots that verified the chain.
    pub anchor: Anchor,
    /// What the certificate may be known by, broadest first: OIN or URI, fingerprint, issuer and
    /// serial number. The last two are always there; whether one counts is for the register.
    pub identities: Vec<Identity>,
    /// SHA-256 of the leaf (DER).
    pub fingerprint: [u8; 32],
    /// Subject as text, for records; no authority follows from it.
    pub subject: String,
    /// Issuer as text, for records.
    pub issuer: String,
    /// Serial number in hexadecimal digits, for records.
    pub serial: String,
    /// From when the leaf is valid.
    pub not_before: Timestamp,
    /// Until when the leaf is valid.
    pub not_after: Timestamp,
}

/// The certificate can't be read, although its chain was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the certificate cannot be read as X.509 v3")]
pub struct PeerError;

impl Peer {
    /// Reads a leaf (DER) whose chain ends in a root of `anchor`. An OIN is taken only under a
    /// PKIoverheid anchor and when the leaf has one of `policies` (dotted OIDs): webpki does not
    /// look at policies. Err: not a certificate.
    pub fn read(leaf: &[u8], anchor: Anchor, policies: &[String]) -> Result<Self, PeerError> {
        let (rest, certificate) = X509Certificate::from_der(leaf).map_err(|_| PeerError)?;
        if !rest.is_empty() {
            return Err(PeerError);
        }
        let fingerprint: [u8; 32] = Sha256::digest(leaf).into();
        let mut keys = Vec::new();
        if anchor.carries_oin() && has_policy(&certificate, policies) {
            keys.extend(oin_of(&certificate).map(Key::Oin));
        }
        if anchor.carries_party() {
            keys.extend(uri_of(&certificate));
        }
        keys.push(Key::Fingerprint(fingerprint));
        keys.push(Key::IssuerSerial {
            issuer: Sha256::digest(certificate.issuer().as_raw()).into(),
            serial: trim_zeros(certificate.raw_serial()),
        });
        let validity = certificate.validity();
        Ok(Self {
            anchor,
            identities: keys
                .into_iter()
                .map(|key| Identity { anchor, key })
                .collect(),
            fingerprint,
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            serial: hex(&trim_zeros(certificate.raw_serial())),
            not_before: moment(validity.not_before.timestamp()),
            not_after: moment(validity.not_after.timestamp()),
        })
    }

    /// The broadest identity: OIN or URI where there is one, else the fingerprint.
    pub fn identity(&self) -> Option<&Identity> {
        self.identities.first()
    }
}

fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(if seconds < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

fn has_policy(certificate: &X509Certificate<'_>, allowed: &[String]) -> bool {
    certificate.extensions().iter().any(|extension| {
        let ParsedExtension::CertificatePolicies(policies) = extension.parsed_extension() else {
            return false;
        };
        policies
            .iter()
            .any(|policy| allowed.contains(&policy.policy_id.to_id_string()))
    })
}

/// The OIN in the subject, when there is one serialNumber and it is an OIN.
fn oin_of(certificate: &X509Certificate<'_>) -> Option<Oin> {
    let mut numbers = certificate.subject().iter_by_oid(&OID_X509_SERIALNUMBER);
    let (Some(number), None) = (numbers.next(), numbers.next()) else {
        return None;
    };
    number.as_str().ok()?.parse().ok()
}

/// The party URI in the subjectAltName, when there is exactly one.
fn uri_of(certificate: &X509Certificate<'_>) -> Option<Key> {
    let names = certificate.subject_alternative_name().ok().flatten()?;
    let mut uris = names.value.general_names.iter().filter_map(|name| {
        let GeneralName::URI(uri) = name else {
            return None;
        };
        party_of_uri(uri).is_some().then_some(*uri)
    });
    match (uris.next(), uris.next()) {
        (Some(uri), None) => Some(Key::Uri(uri.into())),
        _ => None,
    }
}
