//! Which witnesses are asked, by the settings.

use std::sync::Arc;

use knooppunt_proof::VerifierKey;

use super::call::{Call, Plain};
use super::error::LogError;
use super::settings::{LogSettings, WitnessSettings};
use super::witnesses::Witness;
use crate::clock::Clock;
use crate::transport::{Remote, RemoteFiles, Revocation, TlsSettings};

/// Connections to a witness that are kept open.
const KEPT_MAX: usize = 1;

/// What calls of witnesses need.
#[derive(Debug)]
pub struct Asking<'a> {
    /// Whose certificate we present.
    pub tls: &'a TlsSettings,
    /// The lists that their certificates are held against.
    pub revocation: &'a Arc<Revocation>,
    /// The time.
    pub clock: &'a Arc<dyn Clock>,
}

impl Asking<'_> {
    /// All that are set. Err: one cannot be asked.
    pub(super) fn witnesses(&self, settings: &LogSettings) -> Result<Vec<Arc<Witness>>, LogError> {
        let witnesses = settings.witnesses.iter();
        let witnesses = witnesses.map(|(name, witness)| {
            Ok(Arc::new(Witness {
                name: name.clone(),
                key: key(name, witness)?,
                call: self.call(name, witness, settings)?,
                last: tokio::sync::Mutex::new(0),
                trouble: std::sync::Mutex::default(),
            }))
        });
        witnesses.collect()
    }

    fn call(
        &self,
        name: &str,
        witness: &WitnessSettings,
        settings: &LogSettings,
    ) -> Result<Call, LogError> {
        let within = settings.witness_within();
        if let Some(plain) = Plain::new(&witness.url, within) {
            return Ok(Call::Plain(plain));
        }
        let Some(roots) = &witness.roots else {
            return Err(LogError::Witness {
                name: name.to_owned(),
                why: "expected url = \"https://...\" with roots, or \"http://...\"".to_owned(),
            });
        };
        let files = RemoteFiles {
            url: witness.url.clone(),
            certificate: self.tls.certificate.clone(),
            key: self.tls.key.clone(),
            roots: roots.clone(),
            crls: Vec::new(),
            crl_required: false,
            timeout: within,
            kept_max: KEPT_MAX,
        };
        let remote = Remote::open(&files, self.revocation, self.clock);
        let remote = remote.map_err(|source| LogError::Tls {
            name: name.to_owned(),
            source,
        })?;
        Ok(Call::Tls(Box::new(remote)))
    }
}

fn key(name: &str, witness: &WitnessSettings) -> Result<VerifierKey, LogError> {
    let key: Result<VerifierKey, _> = witness.key.parse();
    key.map_err(|error| LogError::Witness {
        name: name.to_owned(),
        why: format!("key: {error}"),
    })
}
