//! A certificate authority for development and test: makes issuers, leaves and CRLs. It keeps no
//! books (the folder does) and must never be believed outside a test.

use super::PkiError;
use crate::register::{Oin, PartyId};
use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertificateRevocationListParams,
    CustomExtension, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod,
    KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, RevokedCertParams, SanType,
    SerialNumber, date_time_ymd,
};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use std::net::IpAddr;
use std::time::Duration;
use x509_parser::certificate::X509Certificate;
use x509_parser::der_parser::oid::Oid;
use x509_parser::prelude::FromDer;

/// The kind of keys, of issuers and leaves alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Keys {
    /// ECDSA P-256: made in no time.
    #[default]
    EcdsaP256,
    /// RSA 2048 with SHA-256, as PKIoverheid G1 has them.
    Rsa2048,
}

impl Keys {
    fn generate(self) -> Result<KeyPair, PkiError> {
        let algorithm = match self {
            Self::EcdsaP256 => &PKCS_ECDSA_P256_SHA256,
            Self::Rsa2048 => &PKCS_RSA_SHA256,
        };
        Ok(KeyPair::generate_for(algorithm)?)
    }
}

/// From when until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// Valid from.
    pub from: Timestamp,
    /// Valid until.
    pub until: Timestamp,
}

impl Validity {
    /// A number of days; it begins an hour earlier, because clocks differ.
    pub fn days(now: Timestamp, days: u32) -> Self {
        let hours = |hours: i64| now.saturating_add(SignedDuration::from_hours(hours));
        Self {
            from: hours(-1).unwrap_or(now),
            until: hours(i64::from(days) * 24).unwrap_or(Timestamp::MAX),
        }
    }
}

/// What a leaf is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Server only.
    Server,
    /// Client only.
    Client,
    /// Both, as PKIoverheid server certificates are.
    Both,
}

/// What stands in a leaf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// CN; nothing follows from it.
    pub name: String,
    /// serialNumber of the subject, as it is; an [`Oin`] displays as one.
    pub subject_number: Option<String>,
    /// Policy OIDs, dotted.
    pub policies: Vec<String>,
    /// DNS names and IP addresses.
    pub hosts: Vec<String>,
    /// URIs in the subjectAltName.
    pub uris: Vec<String>,
    /// What it is for.
    pub purpose: Purpose,
    /// When it is valid.
    pub validity: Validity,
}

impl Leaf {
    /// A client certificate with an OIN under the policy of PKIoverheid G1.
    pub fn with_oin(name: &str, oin: Oin, validity: Validity) -> Self {
        let policies = crate::register::Anchor::PkioG1.policies();
        Self {
            subject_number: Some(oin.to_string()),
            policies: policies.iter().map(ToString::to_string).collect(),
            ..Self::bare(name, validity)
        }
    }

    /// A client certificate that carries a party id in a URI.
    pub fn with_party(name: &str, party: &PartyId, validity: Validity) -> Self {
        Self {
            uris: vec![super::party_uri(party)],
            ..Self::bare(name, validity)
        }
    }

    /// A client certificate that says nothing but a name.
    pub fn bare(name: &str, validity: Validity) -> Self {
        Self {
            name: name.to_owned(),
            subject_number: None,
            policies: Vec::new(),
            hosts: Vec::new(),
            uris: Vec::new(),
            purpose: Purpose::Client,
            validity,
        }
    }

    /// A server certificate for these DNS names and IP addresses.
    pub fn server(hosts: &[String], validity: Validity) -> Self {
        Self {
            hosts: hosts.to_vec(),
            purpose: Purpose::Server,
            ..Self::bare(hosts.first().map_or("server", String::as_str), validity)
        }
    }
}

/// A certificate and its key.
#[derive(Debug, Clone)]
pub struct Issued {
    /// The certificate in PEM, without issuers.
    pub certificate: String,
    /// The same in DER.
    pub der: Vec<u8>,
    /// The private key in PEM (PKCS #8).
    pub key: String,
    /// Serial number in hexadecimal digits.
    pub serial: String,
    /// When it ends.
    pub not_after: Timestamp,
}

/// An issuer.
#[derive(Debug)]
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: String,
    serial: String,
    keys: Keys,
}

/// A certificate that was revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoked {
    /// Serial number in hexadecimal digits.
    pub serial: String,
    /// When.
    pub at: Timestamp,
}

impl Authority {
    /// A new root. Err: no key could be made.
    pub fn root(name: &str, keys: Keys, validity: Validity) -> Result<Self, PkiError> {
        let (params, key) = issuer_params(name, keys, validity)?;
        let certificate = params.self_signed(&key)?;
        Self::new(&certificate, params, key, keys)
    }

    /// A new issuer below this one.
    pub fn intermediate(&self, name: &str, validity: Validity) -> Result<Self, PkiError> {
        let (params, key) = issuer_params(name, self.keys, validity)?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Self::new(&certificate, params, key, self.keys)
    }

    /// An issuer from its certificate and key in PEM. Err: they cannot be read.
    pub fn from_pem(certificate: &str, key: &str) -> Result<Self, PkiError> {
        let key = KeyPair::from_pem(key)?;
        let keys = if key.is_compatible(&PKCS_RSA_SHA256) {
            Keys::Rsa2048
        } else {
            Keys::EcdsaP256
        };
        let der = CertificateDer::from_pem_slice(certificate.as_bytes())
            .map_err(|_| PkiError::Books("an issuer's certificate cannot be read".to_owned()))?;
        Ok(Self {
            issuer: Issuer::from_ca_cert_der(&der, key)?,
            certificate: certificate.to_owned(),
            serial: serial_of(&der)?,
            keys,
        })
    }

    fn new(
        certificate: &Certificate,
        params: CertificateParams,
        key: KeyPair,
        keys: Keys,
    ) -> Result<Self, PkiError> {
        Ok(Self {
            certificate: certificate.pem(),
            serial: serial_of(certificate.der())?,
            issuer: Issuer::new(params, key),
            keys,
        })
    }

    /// Its certificate in PEM.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// Serial number of its certificate in hexadecimal digits.
    pub fn serial(&self) -> &str {
        &self.serial
    }

    /// Its private key in PEM.
    pub fn key(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// Makes a leaf and its key. Err: a name or OID in it is not one.
    pub fn issue(&self, leaf: &Leaf) -> Result<Issued, PkiError> {
        let key = self.keys.generate()?;
        let serial = serial_number()?;
        let mut params = params(&leaf.name, leaf.validity);
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        if let Some(number) = &leaf.subject_number {
            params.distinguished_name.push(
                DnType::CustomDnType(vec![2, 5, 4, 5]),
                rcgen::DnValue::PrintableString(number.as_str().try_into()?),
            );
        }
        for host in &leaf.hosts {
            params.subject_alt_names.push(match host.parse::<IpAddr>() {
                Ok(address) => SanType::IpAddress(address),
                Err(_) => SanType::DnsName(host.as_str().try_into()?),
            });
        }
        for uri in &leaf.uris {
            params
                .subject_alt_names
                .push(SanType::URI(uri.as_str().try_into()?));
        }
        params.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
        ];
        params.extended_key_usages = match leaf.purpose {
            Purpose::Server => vec![ExtendedKeyUsagePurpose::ServerAuth],
            Purpose::Client => vec![ExtendedKeyUsagePurpose::ClientAuth],
            Purpose::Both => vec![
                ExtendedKeyUsagePurpose::ServerAuth,
                ExtendedKeyUsagePurpose::ClientAuth,
            ],
        };
        if !leaf.policies.is_empty() {
            params
                .custom_extensions
                .push(policies_extension(&leaf.policies)?);
        }
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok(Issued {
            certificate: certificate.pem(),
            der: certificate.der().to_vec(),
            key: key.serialize_pem(),
            serial: data_encoding::HEXLOWER.encode(&serial),
            not_after: leaf.validity.until,
        })
    }

    /// Makes a CRL in PEM. `number` rises with every CRL of this issuer.
    pub fn crl(
        &self,
        number: u64,
        revoked: &[Revoked],
        validity: Validity,
    ) -> Result<String, PkiError> {
        let revoked_certs = revoked
            .iter()
            .map(|one| {
                let serial = data_encoding::HEXLOWER
                    .decode(one.serial.as_bytes())
                    .map_err(|_| {
                        PkiError::Books(format!("{:?} is no serial number", one.serial))
                    })?;
                Ok(RevokedCertParams {
                    serial_number: SerialNumber::from_slice(&serial),
                    revocation_time: date_time_ymd(1970, 1, 1) + since_epoch(one.at),
                    reason_code: None,
                    invalidity_date: None,
                })
            })
            .collect::<Result<Vec<_>, PkiError>>()?;
        let params = CertificateRevocationListParams {
            this_update: date_time_ymd(1970, 1, 1) + since_epoch(validity.from),
            next_update: date_time_ymd(1970, 1, 1) + since_epoch(validity.until),
            crl_number: SerialNumber::from_slice(&number.to_be_bytes()),
            issuing_distribution_point: None,
            revoked_certs,
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(params.signed_by(&self.issuer)?.pem()?)
    }
}

fn params(name: &str, validity: Validity) -> CertificateParams {
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CountryName, "NL");
    subject.push(DnType::OrganizationName, "Knooppunt development and test");
    subject.push(DnType::CommonName, name);
    let mut params = CertificateParams::default();
    params.distinguished_name = subject;
    params.not_before = date_time_ymd(1970, 1, 1) + since_epoch(validity.from);
    params.not_after = date_time_ymd(1970, 1, 1) + since_epoch(validity.until);
    params.use_authority_key_identifier_extension = true;
    params
}

fn issuer_params(
    name: &str,
    keys: Keys,
    validity: Validity,
) -> Result<(CertificateParams, KeyPair), PkiError> {
    let key = keys.generate()?;
    let mut params = params(name, validity);
    params.serial_number = Some(SerialNumber::from_slice(&serial_number()?));
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok((params, key))
}

fn serial_of(der: &CertificateDer<'_>) -> Result<String, PkiError> {
    X509Certificate::from_der(der)
        .map(|(_, certificate)| data_encoding::HEXLOWER.encode(certificate.raw_serial()))
        .map_err(|_| PkiError::Books("an issuer's certificate cannot be read".to_owned()))
}

/// 127 random bits, so that no two are the same and none is negative or has a leading zero byte.
fn serial_number() -> Result<[u8; 16], PkiError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| PkiError::Random)?;
    if let Some(first) = bytes.first_mut() {
        *first = (*first & 0x7f) | 0x40;
    }
    Ok(bytes)
}

/// certificatePolicies (RFC 5280 4.2.1.4) without qualifiers: SEQUENCE OF SEQUENCE { OID }.
fn policies_extension(policies: &[String]) -> Result<CustomExtension, PkiError> {
    let mut list = Vec::new();
    for policy in policies {
        let numbers: Result<Vec<u64>, _> = policy.split('.').map(str::parse).collect();
        let oid = numbers
            .ok()
            .and_then(|numbers| Oid::from(&numbers).ok())
            .ok_or_else(|| PkiError::Name(format!("{policy:?} is no OID")))?;
        let oid = der(0x06, oid.as_bytes())?;
        list.extend(der(0x30, &oid)?);
    }
    Ok(CustomExtension::from_oid_content(
        &[2, 5, 29, 32],
        der(0x30, &list)?,
    ))
}

fn der(tag: u8, content: &[u8]) -> Result<Vec<u8>, PkiError> {
    // The short form of a length reaches to 127, which is four policies; nobody has more.
    let length = u8::try_from(content.len())
        .ok()
        .filter(|length| *length < 128)
        .ok_or_else(|| PkiError::Name("too many policies".to_owned()))?;
    let mut der = vec![tag, length];
    der.extend_from_slice(content);
    Ok(der)
}

/// The time as rcgen takes it: its own epoch and a duration after it.
fn since_epoch(at: Timestamp) -> Duration {
    Duration::from_secs(u64::try_from(at.as_second()).unwrap_or(0))
}
