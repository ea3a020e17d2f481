//! What an operator says about the log.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use knooppunt_proof::{KeyName, VerifierKey};

crate::settings! {
    /// The log of all records, which anybody can verify: off without `origin`. It begins at the first record there ever was, whenever it is turned on.
    pub struct LogSettings {
        /// Name of the log, for ever: an address of yours without its scheme, for example `knooppunt.example/log`. No spaces and no plus sign. Two gateways never
        /// have the same one. With it the key `log` is made in the key folder, once; keep a copy of that in the safe too.
        pub origin: Option<String> = None,
        /// Milliseconds between two looks for new records, each of which ends in a checkpoint when there are any.
        pub every_ms: u64 = 250,
        /// Milliseconds after its record was kept that a receipt waits, at most, for a checkpoint that it can be proved by.
        pub receipt_within_ms: u64 = 1_000,
        /// Seconds that a record may wait for a checkpoint before health is red.
        pub fresh_within_s: u32 = 10,
        /// How many of the witnesses below must have cosigned a checkpoint before it is made known. More than half of them: then no two histories can both get so many.
        pub quorum: usize = 0,
        /// Milliseconds that a witness may take to answer.
        pub witness_within_ms: u64 = 5_000,
        /// Witnesses that are asked to cosign every checkpoint, by a name of your choice, for example `[message_log.witnesses.accountant]`.
        pub witnesses: BTreeMap<String, WitnessSettings> = BTreeMap::new(),
        /// Where the log can be read by anybody.
        pub public: PublicSettings = PublicSettings::default(),
    }
}

crate::settings! {
    /// A witness: it keeps the newest checkpoint that it cosigned and cosigns only what continues it.
    pub struct WitnessSettings {
        /// Its address, to which `/add-checkpoint` is put: `https://` as calls to endpoints are made, with `tls.certificate`, or `http://` within a network of yours.
        pub url: String = String::new(),
        /// Its public key, as it gave it: `name+id+key`.
        pub key: String = String::new(),
        /// PEM file with the roots that its certificate must lead to, for `https://`.
        pub roots: Option<PathBuf> = None,
    }
}

crate::settings! {
    /// Where the log can be read by anybody, without TLS: put what you have for public pages before it.
    pub struct PublicSettings {
        /// Address and port for `/checkpoint`, `/tile/`, `/key` and `/policy`; absent: nowhere. They hold salted hashes and signatures only.
        pub listen: Option<SocketAddr> = None,
    }
}

impl LogSettings {
    /// The first value that cannot be: its key, and what is expected.
    pub fn outside(&self) -> Option<(&'static str, String)> {
        let Some(origin) = &self.origin else {
            let set = self.public.listen.is_some() || !self.witnesses.is_empty() || self.quorum > 0;
            return set.then(|| ("origin", "it needs message_log.origin".to_owned()));
        };
        if let Err(error) = KeyName::new(origin) {
            return Some(("origin", error.to_string()));
        }
        for (name, witness) in &self.witnesses {
            if let Err(error) = witness.key.parse::<VerifierKey>() {
                let reason = format!("the key of {name}: {error}");
                return Some(("witnesses", reason));
            }
        }
        if self.quorum > self.witnesses.len() {
            let reason = format!("there are {} witnesses", self.witnesses.len());
            return Some(("quorum", reason));
        }
        None
    }

    /// How often is looked.
    pub(super) fn every(&self) -> Duration {
        Duration::from_millis(self.every_ms.max(1))
    }

    /// How long a witness may take.
    pub(super) fn witness_within(&self) -> Duration {
        Duration::from_millis(self.witness_within_ms)
    }
}
