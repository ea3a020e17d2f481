//! The files that the section `[tls]` names, read whole: roots by anchor, our own certificate and its key, and revocation lists that
//! somebody else puts in place. It judges none of them.

use super::crl::{self, Crl};
use super::issuer::Issuer;
use super::peer::Peer;
use super::settings::TlsSettings;
use super::tls::TlsError;
use super::trust::{Root, name_of};
use crate::register::Anchor;
use jiff::Timestamp;
use rustls::crypto::CryptoProvider;
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, TrustAnchor};
use std::path::Path;
use std::sync::Arc;

/// What stands in the files. Never changes.
#[derive(Debug)]
pub(super) struct Files {
    /// The trust anchors in the order of `roots`, as webpki takes them.
    pub(super) anchors: Vec<TrustAnchor<'static>>,
    pub(super) roots: Vec<Root>,
    /// Leaf policies under which an OIN counts, per anchor.
    pub(super) policies: Vec<(Anchor, Vec<String>)>,
    /// Intermediates that we have ourselves.
    pub(super) intermediates: Vec<CertificateDer<'static>>,
    pub(super) crls: Vec<Arc<Crl>>,
    /// Our own certificate and its key.
    pub(super) own: Arc<CertifiedKey>,
    pub(super) own_ends: Timestamp,
    /// All certificates in them: those of the anchors, and our own chain.
    pub(super) certificates: Vec<CertificateDer<'static>>,
}

impl Files {
    /// Err: a file is missing or wrong.
    pub(super) fn read(
        settings: &TlsSettings,
        provider: &CryptoProvider,
    ) -> Result<Self, TlsError> {
        if settings.anchors.is_empty() {
            return Err(TlsError::Anchors(
                "none is named: nobody could connect".to_owned(),
            ));
        }
        let (chain, own_ends) = own_chain(&settings.certificate)?;
        let key = private_key(&settings.key)?;
        let certificates = chain.clone();
        let own =
            CertifiedKey::from_der(chain, key, provider).map_err(|source| TlsError::Rejected {
                path: settings.certificate.clone(),
                source,
            })?;
        let mut files = Self {
            anchors: Vec::new(),
            roots: Vec::new(),
            policies: Vec::new(),
            intermediates: Vec::new(),
            crls: Vec::new(),
            own: Arc::new(own),
            own_ends,
            certificates,
        };
        files.read_anchors(settings)?;
        let issuers: Vec<Issuer> = files.certificates.iter().filter_map(Issuer::of).collect();
        let algorithms = provider.signature_verification_algorithms.all;
        files.crls = crl::read(&settings.crls, &issuers, algorithms)?;
        Ok(files)
    }

    fn read_anchors(&mut self, settings: &TlsSettings) -> Result<(), TlsError> {
        for (name, of) in &settings.anchors {
            let anchor: Anchor = name
                .parse()
                .map_err(|error| TlsError::Anchors(format!("{name:?}: {error}")))?;
            for certificate in certificates(&of.roots)? {
                let unusable = || TlsError::Unusable {
                    path: of.roots.clone(),
                    reason: "a root in it cannot be read".to_owned(),
                };
                let root = webpki::anchor_from_trusted_cert(&certificate)
                    .map_err(|_| unusable())?
                    .to_owned();
                if self.anchors.contains(&root) {
                    return Err(TlsError::Anchors(format!(
                        "a root of {name} stands in the list twice: a root belongs to one anchor"
                    )));
                }
                self.anchors.push(root.clone());
                self.roots.push(Root {
                    anchor,
                    trust: root,
                    name: name_of(&certificate).ok_or_else(unusable)?,
                });
                self.certificates.push(certificate);
            }
            if let Some(file) = &of.intermediates {
                let intermediates = certificates(file)?;
                self.certificates.extend(intermediates.iter().cloned());
                self.intermediates.extend(intermediates);
            }
            let policies = if of.policies.is_empty() {
                anchor.policies().iter().map(ToString::to_string).collect()
            } else {
                of.policies.clone()
            };
            self.policies.push((anchor, policies));
        }
        Ok(())
    }
}

/// The certificates (PEM) of a file. Err: there is none, or the file can't be read.
pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let bytes = read_file(path)?;
    let unusable = |reason: String| TlsError::Unusable {
        path: path.to_owned(),
        reason,
    };
    let list: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&bytes)
        .collect::<Result<_, _>>()
        .map_err(|error| unusable(format!("not PEM: {error}")))?;
    if list.is_empty() {
        return Err(unusable("there is no certificate (PEM) in it".to_owned()));
    }
    Ok(list)
}

/// A certificate that we present, leaf first, and until when it is valid.
pub(super) fn own_chain(
    path: &Path,
) -> Result<(Vec<CertificateDer<'static>>, Timestamp), TlsError> {
    let chain = certificates(path)?;
    let ends = chain
        .first()
        .and_then(|leaf| Peer::read(leaf, Anchor::OperatorCa, &[]).ok())
        .map(|own| own.not_after)
        .ok_or_else(|| TlsError::Unusable {
            path: path.to_owned(),
            reason: "the first certificate cannot be read".to_owned(),
        })?;
    Ok((chain, ends))
}

/// The private key of a certificate of ours.
pub(super) fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_slice(&read_file(path)?).map_err(|error| TlsError::Unusable {
        path: path.to_owned(),
        reason: format!("no private key in it: {error}"),
    })
}

fn read_file(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|source| TlsError::Unreadable {
        path: path.to_owned(),
        source,
    })
}
