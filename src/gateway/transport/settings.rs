//! What an operator sets about certificates and revocation lists. Reading the files that it names is for `files`.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::crl::CRL_BYTES_MAX;
use super::revocation::Address;
use crate::setting::Setting;

/// Most hours that a revocation list may be used after its nextUpdate: a month.
const GRACE_H_MAX: u32 = 744;

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
        /// Files with certificate revocation lists (DER or PEM), or folders of them, that somebody else puts in place: used as
        /// they are, and a file that is no list is refused with all others. Beside these count the lists that are fetched
        /// (`[tls.fetch]`), of several of one issuer the newest; leave it empty, `[]`, where all are fetched. There must be one
        /// of every issuer, signed by its key: a client below an issuer without one is refused. An issuer that gets a new key and
        /// keeps its name is another one, and the lists of the two stand side by side.
        pub crls: Vec<PathBuf> = vec![PathBuf::from("crl")],
        /// What a revocation list is worth after its nextUpdate, for clients and for endpoints: `"refuse"`, or `"grace 24"` for
        /// so many hours during which it is still used, with an alarm; at most a month. Long before, at half of its life, it is warned of.
        pub crl_stale: Stale = Stale::Refuse,
        /// Seconds after which all these files are read again, so that new revocation lists and certificates count
        /// without a restart. 0: only when told.
        pub reload_every_s: u64 = 300,
        /// Fetching revocation lists by ourselves.
        pub fetch: FetchSettings = FetchSettings::default(),
    }
}

crate::settings! {
    /// One anchor.
    pub struct AnchorSettings {
        /// Its root certificates (PEM).
        pub roots: PathBuf = PathBuf::new(),
        /// Intermediate certificates (PEM) for clients that send their leaf only, and by which fetched lists of these issuers
        /// are checked; each must have a CRL.
        pub intermediates: Option<PathBuf> = None,
        /// Policies (OIDs) of which a leaf must have one before its OIN counts; empty: those that PKIoverheid
        /// publishes for production certificates of this anchor.
        pub policies: Vec<String> = Vec::new(),
    }
}

crate::settings! {
    /// Fetching revocation lists. A list is taken when a certificate of the configuration or of an endpoint in the register is its
    /// issuer and signed it, and when it is not older than the one that is there; else the last good one stays. Redirects are not followed.
    pub struct FetchSettings {
        /// Addresses (`http://`) of lists. TLS is of no use here, for a list is signed.
        pub urls: Vec<String> = Vec::new(),
        /// Files, or folders of files, in which somebody else puts lists, for networks without a way out. Unlike `tls.crls` they are
        /// looked at one by one, and what cannot be taken is left and told. Read every 5 minutes.
        pub folders: Vec<PathBuf> = Vec::new(),
        /// Whether lists are also fetched from the distribution points (`http://`) that stand in certificates of the configuration and
        /// of endpoints in the register: roots, intermediates, our own. Those of a certificate that somebody presents are never used,
        /// so the list of the issuer of clients often has to stand in `urls`.
        pub distribution_points: bool = true,
        /// A proxy, `http://name:port`, through which all addresses are fetched.
        pub proxy: Option<String> = None,
        /// The folder in which the last good list of each issuer is kept, over restarts too. Made when there is one. The lists are public.
        pub kept: PathBuf = PathBuf::from("crl-kept"),
        /// Seconds between two fetches of one list, shortened at random by up to a fifth; sooner when its nextUpdate is near or when
        /// fetching failed. 0: only by `knooppunt crl fetch`.
        pub every_s: u32 = 3600,
        /// Bytes of the largest list that is fetched; at most 64 MiB.
        pub bytes_max: u64 = 32 << 20,
        /// Seconds that one fetch may take.
        pub fetch_timeout_s: u32 = 60,
    }
}

impl TlsSettings {
    /// What is wrong with the values, and with which key of `[tls.fetch]`.
    pub fn outside(&self) -> Option<(&'static str, String)> {
        let fetch = &self.fetch;
        let wrong = |key: &'static str, texts: &[&String]| {
            let error = texts.iter().find_map(|text| Address::from_str(text).err());
            error.map(|error| (key, error.to_string()))
        };
        if let Some(found) = wrong("urls", &fetch.urls.iter().collect::<Vec<_>>()) {
            return Some(found);
        }
        if let Some(found) = wrong("proxy", &fetch.proxy.iter().collect::<Vec<_>>()) {
            return Some(found);
        }
        if fetch.bytes_max == 0 || fetch.bytes_max > CRL_BYTES_MAX {
            return Some(("bytes_max", format!("expected 1 to {CRL_BYTES_MAX}")));
        }
        if fetch.fetch_timeout_s == 0 {
            return Some(("fetch_timeout_s", "expected 1 or more".to_owned()));
        }
        None
    }
}

impl FetchSettings {
    /// How often a list is fetched; `None`: never by itself.
    pub(super) fn every(&self) -> Option<Duration> {
        (self.every_s > 0).then(|| Duration::from_secs(u64::from(self.every_s)))
    }

    /// How long one fetch may take.
    pub(super) fn timeout(&self) -> Duration {
        Duration::from_secs(u64::from(self.fetch_timeout_s.max(1)))
    }
}

/// What a revocation list is worth after its nextUpdate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Stale {
    /// Nothing.
    #[default]
    Refuse,
    /// As much as before, for so many hours.
    Grace {
        /// 1 to 744.
        hours: u32,
    },
}

/// The text is no policy for lists that have ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected \"refuse\", or \"grace HOURS\" with 1 to {GRACE_H_MAX} hours")]
pub struct NotAPolicy;

impl Stale {
    /// How long after its nextUpdate a list is used.
    pub fn grace(self) -> SignedDuration {
        match self {
            Self::Refuse => SignedDuration::ZERO,
            Self::Grace { hours } => SignedDuration::from_hours(i64::from(hours)),
        }
    }
}

impl FromStr for Stale {
    type Err = NotAPolicy;

    /// Err: the text is none of these.
    fn from_str(text: &str) -> Result<Self, NotAPolicy> {
        if text == "refuse" {
            return Ok(Self::Refuse);
        }
        let hours = text.strip_prefix("grace ").ok_or(NotAPolicy)?;
        match hours.parse() {
            Ok(hours) if (1..=GRACE_H_MAX).contains(&hours) => Ok(Self::Grace { hours }),
            _ => Err(NotAPolicy),
        }
    }
}

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refuse => f.write_str("refuse"),
            Self::Grace { hours } => write!(f, "grace {hours}"),
        }
    }
}

impl TryFrom<String> for Stale {
    type Error = NotAPolicy;

    fn try_from(text: String) -> Result<Self, NotAPolicy> {
        text.parse()
    }
}

impl From<Stale> for String {
    fn from(stale: Stale) -> Self {
        stale.to_string()
    }
}

impl Setting for Stale {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_refuse_or_a_grace_of_an_hour_to_a_month_and_nothing_else() {
        for (text, hours) in [("refuse", 0), ("grace 1", 1), ("grace 744", 744)] {
            let stale: Stale = text.parse().unwrap();
            assert_eq!(stale.grace(), SignedDuration::from_hours(hours), "{text}");
            assert_eq!(stale.to_string(), text);
        }
        for text in [
            "",
            "grace",
            "grace 0",
            "grace 745",
            "grace -1",
            "grace  2",
            "Refuse",
            "24",
        ] {
            assert_eq!(text.parse::<Stale>(), Err(NotAPolicy), "{text}");
        }
    }
}
