//! What a verified certificate is known by: the anchor that verified it and a key below that
//! anchor. It reads no certificates (transport does) and never looks at O or CN.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// A named set of roots. The same key under another anchor is another identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Anchor {
    /// Staat der Nederlanden Private Root CA G1.
    PkioG1,
    /// PKIoverheid G4, private TLS certificates.
    PkioG4Tls,
    /// PKIoverheid G4, certificates of legal persons without a domain.
    PkioG4Other,
    /// The certificate authority of the operator of this gateway.
    OperatorCa,
    /// VECOZO system certificates.
    Vecozo,
}

impl Anchor {
    /// All anchors, in the order of the names below.
    pub const ALL: [Self; 5] = [
        Self::PkioG1,
        Self::PkioG4Tls,
        Self::PkioG4Other,
        Self::OperatorCa,
        Self::Vecozo,
    ];

    /// The name used in files: `pkio-g1`, `pkio-g4-tls`, `pkio-g4-other`, `operator-ca`, `vecozo`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PkioG1 => "pkio-g1",
            Self::PkioG4Tls => "pkio-g4-tls",
            Self::PkioG4Other => "pkio-g4-other",
            Self::OperatorCa => "operator-ca",
            Self::Vecozo => "vecozo",
        }
    }

    /// Whether a serialNumber in the subject may be taken as an OIN here (PKIoverheid only).
    pub fn carries_oin(self) -> bool {
        matches!(self, Self::PkioG1 | Self::PkioG4Tls | Self::PkioG4Other)
    }

    /// Whether a URI in the certificate may carry our own party id here (the operator's CA only).
    pub fn carries_party(self) -> bool {
        self == Self::OperatorCa
    }

    /// Policies of which a leaf must have one before its OIN counts: the production policies that
    /// PKIoverheid publishes for this anchor; for TRIAL hierarchies name the policies in the settings.
    pub fn policies(self) -> &'static [&'static str] {
        match self {
            Self::PkioG1 => &["2.16.528.1.1003.1.2.8.6"],
            Self::PkioG4Tls => &["2.16.528.1.1003.1.2.44.15.35.11"],
            Self::PkioG4Other => &["2.16.528.1.1003.1.2.44.16.25.8"],
            Self::OperatorCa | Self::Vecozo => &[],
        }
    }
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a text is not what it should be for an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// Not the name of an anchor.
    #[error(
        "the anchors are \"pkio-g1\", \"pkio-g4-tls\", \"pkio-g4-other\", \"operator-ca\" and \"vecozo\""
    )]
    Anchor,
    /// Twenty digits at most look like an OIN; this is none.
    #[error(
        "an OIN has 20 digits: 000000, a prefix of 2, a main number of 9 (or 8 and a zero) and 000"
    )]
    Oin,
    /// Not 64 hexadecimal digits.
    #[error("a SHA-256 value has 64 hexadecimal digits (colons between them are allowed)")]
    Sha256,
    /// Not a certificate serial number.
    #[error(
        "a serial number has 1 to 20 bytes in hexadecimal digits (colons between them are allowed)"
    )]
    Serial,
    /// Not the URI of a party.
    #[error("a party URI is urn:<your name>:party:<party id>")]
    Uri,
}

impl FromStr for Anchor {
    type Err = IdentityError;

    /// Err: no anchor of that name.
    fn from_str(text: &str) -> Result<Self, IdentityError> {
        Self::ALL
            .into_iter()
            .find(|anchor| anchor.as_str() == text)
            .ok_or(IdentityError::Anchor)
    }
}

/// Organisatie-identificatienummer (Logius): 20 digits, prefix (8) + main number (9, or 8 and a
/// zero) + zeros, for example `00000001002220647000`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oin([u8; 20]);

impl FromStr for Oin {
    type Err = IdentityError;

    /// Err: not of the shape `000000` + 2 digits + 9 digits + `000`.
    fn from_str(text: &str) -> Result<Self, IdentityError> {
        let digits = <[u8; 20]>::try_from(text.as_bytes()).map_err(|_| IdentityError::Oin)?;
        let good = digits.iter().all(u8::is_ascii_digit)
            && digits.starts_with(b"000000")
            && digits.ends_with(b"000");
        if good {
            Ok(Self(digits))
        } else {
            Err(IdentityError::Oin)
        }
    }
}

impl fmt::Display for Oin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.0).unwrap_or_default())
    }
}

/// What names the holder below one anchor.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// OIN in the subject's serialNumber; any number of certificates may carry it.
    Oin(Oin),
    /// URI in the subjectAltName, `urn:<name>:party:<party id>`; any number of certificates may carry it.
    Uri(Arc<str>),
    /// SHA-256 of one certificate (DER).
    Fingerprint([u8; 32]),
    /// One certificate by its issuer and number.
    IssuerSerial {
        /// SHA-256 of the issuer's distinguished name (DER).
        issuer: [u8; 32],
        /// Serial number, big-endian, without leading zero bytes.
        serial: Vec<u8>,
    },
}

impl Key {
    /// Whether this names one certificate and not all certificates of a holder.
    pub fn is_pin(&self) -> bool {
        matches!(self, Self::Fingerprint(_) | Self::IssuerSerial { .. })
    }

    /// The kind, as records and register files name it: `oin`, `uri`, `fingerprint`, `issuer+serial`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Oin(_) => "oin",
            Self::Uri(_) => "uri",
            Self::Fingerprint(_) => "fingerprint",
            Self::IssuerSerial { .. } => "issuer+serial",
        }
    }
}

/// What a certificate is known by: anchor and key. Displayed as `pkio-g1 oin 0000...`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// The set of roots that verified the chain.
    pub anchor: Anchor,
    /// The key below it.
    pub key: Key,
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.anchor, self.key.kind())?;
        match &self.key {
            Key::Oin(oin) => write!(f, "{oin}"),
            Key::Uri(uri) => f.write_str(uri),
            Key::Fingerprint(sha256) => f.write_str(&hex(sha256)),
            Key::IssuerSerial { issuer, serial } => {
                write!(f, "{} {}", hex(issuer), hex(serial))
            }
        }
    }
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

/// Reads 32 bytes from 64 hexadecimal digits, colons allowed as openssl prints them.
pub(super) fn sha256_from_hex(text: &str) -> Result<[u8; 32], IdentityError> {
    bytes_from_hex(text)
        .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
        .ok_or(IdentityError::Sha256)
}

/// Reads a serial number; leading zero bytes are dropped so that it has one form.
pub(super) fn serial_from_hex(text: &str) -> Result<Vec<u8>, IdentityError> {
    let bytes = bytes_from_hex(text).ok_or(IdentityError::Serial)?;
    let serial = trim_zeros(&bytes);
    if bytes.is_empty() || serial.len() > 20 {
        Err(IdentityError::Serial)
    } else {
        Ok(serial)
    }
}

/// The one form of a serial number: big-endian without leading zero bytes.
pub(crate) fn trim_zeros(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().skip_while(|b| *b == 0).collect()
}

fn bytes_from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: String = text.chars().filter(|c| *c != ':').collect();
    data_encoding::HEXLOWER_PERMISSIVE
        .decode(digits.as_bytes())
        .ok()
}

/// The party id in `urn:<name>:party:<party id>`, if the text has that form.
pub fn party_of_uri(uri: &str) -> Option<super::PartyId> {
    let rest = uri.strip_prefix("urn:")?;
    let (name, id) = rest.rsplit_once(":party:")?;
    if name.is_empty() {
        return None;
    }
    id.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_oin_has_its_zeros_in_place() {
        assert!("00000001002220647000".parse::<Oin>().is_ok());
        assert!("00000099000000002000".parse::<Oin>().is_ok());
        assert!("00000003123456780000".parse::<Oin>().is_ok());
        for text in [
            "",
            "12345678901234567890",
            "00000001002220647001",
            "00000101002220647000",
            "0000000100222064700",
            "000000010022206470000",
            "0000000100222064A000",
        ] {
            assert_eq!(text.parse::<Oin>(), Err(IdentityError::Oin), "{text:?}");
        }
    }

    #[test]
    fn a_serial_number_has_one_form() {
        assert_eq!(serial_from_hex("00:a1:B2"), Ok(vec![0xa1, 0xb2]));
        assert_eq!(serial_from_hex("a1b2"), Ok(vec![0xa1, 0xb2]));
        assert!(serial_from_hex("").is_err());
        assert!(serial_from_hex("xyz").is_err());
        assert!(serial_from_hex(&"ff".repeat(21)).is_err());
    }

    #[test]
    fn a_party_uri_ends_in_a_party_id() {
        assert_eq!(
            party_of_uri("urn:example:party:zorg-bv").unwrap().as_str(),
            "zorg-bv"
        );
        for uri in [
            "urn::party:x",
            "urn:party:x",
            "https://x:party:y",
            "urn:a:party:B",
            "urn:a:party:",
        ] {
            assert!(party_of_uri(uri).is_none(), "{uri}");
        }
    }
}
