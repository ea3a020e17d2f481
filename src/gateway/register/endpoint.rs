//! Endpoints of parties: where messages are brought to, over which wire, and with whose certificates. What the files say; the certificates
//! themselves are read by who delivers.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::code::CodeKind;
use super::party::PartyId;

/// Most seconds that one call of an endpoint may take.
pub const TIMEOUT_S_MAX: u32 = 600;
/// Most messages that are under way to one endpoint at the same time.
pub const CONCURRENT_MAX: u32 = 32;

/// What is spoken at an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EndpointKind {
    /// SOAP `OntvangAsynchroon` of StUF-GGk, namespace `.../koppelvlak/ggk0210`.
    Ggk0210,
    /// Its predecessor, namespace `.../sectormodel/ggk/0210`.
    Ggk0310,
    /// REST push V1 of the VSP.
    VspPush,
}

/// The name is not that of a kind of endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the kinds of endpoints are \"ggk0210\", \"ggk0310\" and \"vsp-push\"")]
pub struct NotAKind;

impl EndpointKind {
    /// The name used in register files, records and figures.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ggk0210 => "ggk0210",
            Self::Ggk0310 => "ggk0310",
            Self::VspPush => "vsp-push",
        }
    }

    /// Whose codes it is for: municipalities speak GGk, providers VSP.
    pub fn of_codes(self) -> CodeKind {
        match self {
            Self::Ggk0210 | Self::Ggk0310 => CodeKind::Gemeentecode,
            Self::VspPush => CodeKind::Agb,
        }
    }
}

impl fmt::Display for EndpointKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for EndpointKind {
    type Err = NotAKind;

    /// Err: the name is not that of a kind of endpoint.
    fn from_str(text: &str) -> Result<Self, NotAKind> {
        [Self::Ggk0210, Self::Ggk0310, Self::VspPush]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(NotAKind)
    }
}

/// Where the messages of a party are brought to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a line of the register by its own name"
)]
pub struct Endpoint {
    /// Whose messages: those to all codes that the party owns.
    pub party: PartyId,
    /// What is spoken there.
    pub kind: EndpointKind,
    /// `https://name[:port]/path`: of GGk where is posted, of VSP what `/berichten` is put behind.
    pub url: String,
    /// PEM file with the certificate that we present, leaf first.
    pub certificate: PathBuf,
    /// PEM file with its private key.
    pub key: PathBuf,
    /// PEM file with the roots that the endpoint's certificate must lead to.
    pub roots: PathBuf,
    /// Files with revocation lists, or folders of them, beside those that the gateway fetches; where any are named, each issuer of the endpoint's chain must
    /// have one.
    pub crls: Vec<PathBuf>,
    /// Whether each issuer of its chain must have a list also where no files are named: then it gets nothing while one is absent.
    pub crl_required: bool,
    /// Seconds that one call may take, connecting included.
    pub timeout_s: u32,
    /// Whether an answer 200 without content, or 202, counts as "I have it": adapters do so.
    pub empty_200: bool,
    /// Whether later messages of a pair of parties may pass one that is not taken yet.
    pub later_may_pass: bool,
    /// Whether VSP payloads are sent as a ZIP with one file.
    pub zip: bool,
    /// What stands in `ontvanger.applicatie` of a GGk envelope.
    pub application: String,
    /// Messages under way to it at the same time.
    pub concurrent_max: u32,
}
