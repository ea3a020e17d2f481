//! What an endpoint and its caller know each other by: a root, its revocation list, a certificate for each, and one of the endpoint that is revoked.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use knooppunt::pki::{Authority, Issued, Keys, Leaf, Revoked, Validity};
use rustls::server::WebPkiClientVerifier;
use rustls::time_provider::TimeProvider;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use tempfile::TempDir;
use tokio_rustls::TlsAcceptor;

/// Days for which certificates are valid.
const DAYS: u32 = 397;

/// A folder with the files of the caller, and what the endpoint itself has.
pub(crate) struct Papers {
    folder: TempDir,
    root: Authority,
    own: Issued,
    revoked: Issued,
    made: Timestamp,
}

impl Papers {
    /// Valid from this moment on: `us.pem` and `us.key` of the caller, `roots.pem`, and `endpoint.crl` for thirty days with the revoked certificate on it.
    pub(crate) fn made(now: Timestamp) -> Self {
        let validity = Validity::days(now, DAYS);
        let root = Authority::root("Endpoint root", Keys::EcdsaP256, validity).expect("a root");
        let server = || {
            let leaf = Leaf::server(&["localhost".to_owned()], validity);
            root.issue(&leaf).expect("a server")
        };
        let (own, revoked) = (server(), server());
        let client = root
            .issue(&Leaf::bare("knooppunt", validity))
            .expect("a client");
        let papers = Self {
            folder: tempfile::tempdir().expect("a folder"),
            root,
            own,
            revoked,
            made: now,
        };
        papers.write("us.pem", &client.certificate);
        papers.write("us.key", &client.key);
        papers.write_own_root();
        papers.write_crl(false, now, 30);
        papers
    }

    /// A file of the caller.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The folder of these files.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A revocation list: the revoked certificate is on it, and the endpoint's own one too, or not.
    pub(crate) fn write_crl(&self, own_too: bool, from: Timestamp, days: u32) {
        let on_it = |issued: &Issued| Revoked {
            serial: issued.serial.clone(),
            at: from,
        };
        let mut list = vec![on_it(&self.revoked)];
        list.extend(own_too.then(|| on_it(&self.own)));
        let crl = self.root.crl(1, &list, Validity::days(from, days));
        self.write("endpoint.crl", &crl.expect("a list"));
    }

    /// Another root in place of the one that its certificate leads to.
    pub(crate) fn write_other_root(&self) {
        let validity = Validity::days(self.made, DAYS);
        let other = Authority::root("Another root", Keys::EcdsaP256, validity).expect("a root");
        self.write("roots.pem", other.certificate());
    }

    pub(crate) fn write_own_root(&self) {
        self.write("roots.pem", self.root.certificate());
    }

    /// The caller has one more root, with the name and not the key of the one that the endpoint's certificate leads to; gives a list of it, in PEM.
    pub(crate) fn renew_root(&self, from: Timestamp, days: u32) -> String {
        let validity = Validity::days(self.made, DAYS);
        let renewed = Authority::root("Endpoint root", Keys::EcdsaP256, validity).expect("a root");
        let both = [self.root.certificate(), renewed.certificate()].concat();
        self.write("roots.pem", &both);
        let list = renewed.crl(1, &[], Validity::days(from, days));
        list.expect("a list")
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.file(name), text).expect("written");
    }

    /// The lines of a register by which a party has the endpoint at this port and path; `more` are lines of it.
    pub(crate) fn lines(
        &self,
        party: &str,
        kind: &str,
        port: u16,
        path: &str,
        more: &str,
    ) -> String {
        let folder = self.folder().display();
        format!(
            "\n[[endpoint]]\nparty = \"{party}\"\nkind = \"{kind}\"\nurl = \"https://localhost:{port}{path}\"\n\
             certificate = \"{folder}/us.pem\"\nkey = \"{folder}/us.key\"\nroots = \"{folder}/roots.pem\"\n{more}\n"
        )
    }

    /// Of the endpoint, with its own certificate.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.acceptor_of(&self.own)
    }

    /// Of the endpoint, with the certificate that is revoked.
    pub(crate) fn revoked_acceptor(&self) -> TlsAcceptor {
        self.acceptor_of(&self.revoked)
    }

    fn acceptor_of(&self, issued: &Issued) -> TlsAcceptor {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let pem = |text: &str| CertificateDer::from_pem_slice(text.as_bytes()).expect("PEM");
        let mut roots = RootCertStore::empty();
        roots.add(pem(self.root.certificate())).expect("a root");
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                .build()
                .expect("a verifier");
        let key = PrivateKeyDer::from_pem_slice(issued.key.as_bytes()).expect("a key");
        let config = ServerConfig::builder_with_details(provider, Arc::new(At(self.made)))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_client_cert_verifier(verifier)
            .with_single_cert(vec![pem(&issued.certificate)], key)
            .expect("a configuration");
        TlsAcceptor::from(Arc::new(config))
    }
}

/// The time by which the endpoint checks its caller: it stands still.
#[derive(Debug)]
struct At(Timestamp);

impl TimeProvider for At {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.0.as_second()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}
