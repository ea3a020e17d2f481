//! Whether the certificate of an open connection holds now: a connection must not outlive a
//! revocation, its certificate, or the CRL it rests on. Whose it is, the register says.

use super::chain::ChainError;
use super::peer::Peer;
use super::tls::TlsState;
use jiff::Timestamp;
use rustls_pki_types::CertificateDer;
use std::sync::{Arc, Mutex, PoisonError};

/// The certificate of one open connection. It is checked in full when the connection begins, after
/// every reload, and when a certificate of its chain or a CRL has come to its end.
#[derive(Debug)]
pub(super) struct Standing {
    chain: Vec<CertificateDer<'static>>,
    checked: Mutex<Checked>,
}

#[derive(Debug, Clone)]
struct Checked {
    generation: u64,
    good_until: Timestamp,
    peer: Arc<Peer>,
}

impl Standing {
    /// Checks the chain that a handshake has left. Err: it does not hold now.
    pub(super) fn of(
        chain: Vec<CertificateDer<'static>>,
        tls: &TlsState,
    ) -> Result<Self, ChainError> {
        let checked = Checked::of(&chain, tls)?;
        Ok(Self {
            chain,
            checked: Mutex::new(checked),
        })
    }

    /// The peer, if its chain holds at this moment against what is in force now.
    pub(super) fn peer(&self, tls: &TlsState) -> Result<Arc<Peer>, ChainError> {
        let mut checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        let generation = tls.trust().generation;
        if checked.generation != generation || tls.clock().now() >= checked.good_until {
            *checked = Checked::of(&self.chain, tls)?;
        }
        Ok(Arc::clone(&checked.peer))
    }
}

impl Checked {
    fn of(chain: &[CertificateDer<'static>], tls: &TlsState) -> Result<Self, ChainError> {
        let trust = tls.trust();
        let (leaf, issuers) = chain.split_first().ok_or(ChainError::Unreadable)?;
        let verified = trust.verify(leaf, issuers, tls.clock().now())?;
        Ok(Self {
            generation: trust.generation,
            good_until: verified.good_until,
            peer: Arc::new(verified.peer),
        })
    }
}
