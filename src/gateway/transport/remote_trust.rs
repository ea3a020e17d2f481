//! Whether a server that we call is the one that it should be: its chain leads to the roots that stand for it, it has the name that we called, and no certificate
//! of the chain is on a revocation list, its own ones or those that the gateway fetches.

use std::sync::Arc;

use jiff::Timestamp;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::{CertificateError, DigitallySignedStruct, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, KeyUsage};

use super::chain::{self, Against, ByLists, ChainError, moment_of};
use super::crl::{Crl, newest};
use super::issuer::Signer;
use super::revocation::Revocation;

/// Whom we believe at one server.
#[derive(Debug)]
pub(super) struct RemoteTrust {
    pub(super) roots: Vec<TrustAnchor<'static>>,
    /// Lists from its own files.
    pub(super) files: Vec<Arc<Crl>>,
    /// The issuers that its own files name.
    pub(super) signers: Vec<Signer>,
    /// Whether there must be a list of every issuer of its chain.
    pub(super) every_issuer: bool,
    pub(super) revocation: Arc<Revocation>,
    pub(super) algorithms: WebPkiSupportedAlgorithms,
}

impl RemoteTrust {
    /// Its own lists and the fetched ones, as they are now: of each issuer (by name and key) and scope the newest.
    pub(super) fn lists(&self) -> Vec<Arc<Crl>> {
        let fetched = self.revocation.lists();
        newest(
            self.files
                .iter()
                .chain(fetched.signed_by(&self.signers))
                .cloned(),
        )
    }

    fn verify(
        &self,
        leaf: &EndEntityCert<'_>,
        issuers: &[CertificateDer<'_>],
        now: Timestamp,
    ) -> Result<(), ChainError> {
        let lists = self.lists();
        let by = ByLists {
            lists: &lists,
            grace: self.revocation.grace(),
            every_issuer: self.every_issuer,
        };
        let against = Against {
            algorithms: self.algorithms.all,
            usage: KeyUsage::server_auth(),
            now,
        };
        chain::verify(leaf, issuers, &self.roots, by, against).map(drop)
    }
}

impl ServerCertVerifier for RemoteTrust {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        issuers: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let now = moment_of(now).ok_or(rustls::Error::FailedToGetCurrentTime)?;
        let leaf = EndEntityCert::try_from(leaf).map_err(|_| CertificateError::BadEncoding)?;
        self.verify(&leaf, issuers, now)
            .map_err(|error| error.alert())?;
        leaf.verify_is_valid_for_subject_name(name)
            .map_err(|_| CertificateError::NotValidForName)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
