//! A public-key infrastructure **for development and test only**: a folder with two authorities
//! (one as PKIoverheid, one as an operator's own), a server certificate, client certificates and
//! CRLs. Its keys lie open in the folder, so nobody may believe it outside a test.
//!
//! ```text
//! pki/
//! ├── FOR-DEVELOPMENT-AND-TEST-ONLY.txt
//! ├── books.toml                what was issued and revoked
//! ├── pkio/                     root.pem root.key intermediate.pem intermediate.key
//! ├── operator/                 root.pem root.key
//! ├── crl/                      one CRL of each issuer
//! ├── crl-kept/                 where a gateway keeps CRLs that it fetches
//! ├── server.pem server.key     leaf and intermediate; believed through pkio/root.pem
//! └── clients/                  NAME.pem (with issuers) and NAME.key
//! ```

pub mod authority;

pub use authority::{Authority, Issued, Keys, Leaf, Purpose, Revoked, Validity};

use crate::fault::Fault;
use crate::register::{Anchor, Oin, PartyId};
use crate::transport::{AnchorSettings, FetchSettings, Peer, TlsSettings};
use jiff::Timestamp;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde::{Deserialize, Serialize};
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// What stands in the folder, and what commands say before anything else.
pub const WARNING: &str = "FOR DEVELOPMENT AND TEST ONLY. The private keys of these certificates lie open in this folder: \
whoever reads it can be anybody. Never let a gateway that carries real messages believe them.";

const ISSUER_DAYS: u32 = 3650;
const BOOKS: &str = "books.toml";

/// Why the infrastructure could not be made or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PkiError {
    /// There is something in the folder already; nothing was changed.
    #[error("{0} is not empty: nothing is overwritten; choose another folder or empty it")]
    NotEmpty(PathBuf),
    /// A name, OID or host that can't stand in a certificate.
    #[error("{0}")]
    Name(String),
    /// The name is taken by another certificate.
    #[error("there is a certificate named {0:?} already")]
    Taken(String),
    /// No certificate of that name.
    #[error("there is no certificate named {0:?}")]
    Unknown(String),
    /// The books do not say what they should.
    #[error("the books are not in order: {0}")]
    Books(String),
    /// Reading or writing a file.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// Making a key or certificate.
    #[error("certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The operating system gave no random bytes.
    #[error("no random bytes")]
    Random,
}

impl PkiError {
    /// Stable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotEmpty(_) => "pki-not-empty",
            Self::Name(_) => "pki-name",
            Self::Taken(_) => "pki-taken",
            Self::Unknown(_) => "pki-unknown",
            Self::Books(_) => "pki-books",
            Self::File { .. } => "pki-file",
            Self::Certificate(_) => "pki-certificate",
            Self::Random => "pki-random",
        }
    }

    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::NotEmpty(_) | Self::Name(_) | Self::Taken(_) | Self::Unknown(_) => Fault::Sender,
            Self::Books(_) | Self::File { .. } | Self::Certificate(_) | Self::Random => Fault::Ours,
        }
    }
}

/// The URI by which a certificate of the operator's authority names a party.
pub fn party_uri(party: &PartyId) -> String {
    format!("urn:knooppunt:party:{party}")
}

/// Who a client certificate is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// An organisation with an OIN, below the PKIoverheid-like authority.
    Oin(Oin),
    /// A party of the register, below the operator's authority.
    Party(PartyId),
}

/// A client certificate to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Name of its files: lower-case letters, digits, hyphens.
    pub name: String,
    /// Who it is for.
    pub holder: Holder,
}

/// What to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Kind of keys.
    pub keys: Keys,
    /// Names and addresses of the server.
    pub hosts: Vec<String>,
    /// Client certificates.
    pub clients: Vec<Client>,
    /// Names of those of them that are revoked at once.
    pub revoked: Vec<String>,
    /// Days that leaves are valid.
    pub days: u32,
    /// Days after which a CRL is stale.
    pub crl_days: u32,
}

impl Default for Options {
    /// A server on this machine, no clients.
    fn default() -> Self {
        Self {
            keys: Keys::default(),
            hosts: vec![
                "localhost".to_owned(),
                "127.0.0.1".to_owned(),
                "::1".to_owned(),
            ],
            clients: Vec::new(),
            revoked: Vec::new(),
            days: 397,
            crl_days: 30,
        }
    }
}

/// A folder with such an infrastructure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pki {
    folder: PathBuf,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Books {
    /// Number of the last CRLs.
    crl_number: u64,
    crl_days: u32,
    days: u32,
    certificate: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    issuer: IssuerName,
    serial: String,
    not_after: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revoked: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum IssuerName {
    PkioRoot,
    PkioIntermediate,
    OperatorRoot,
}

impl IssuerName {
    const ALL: [Self; 3] = [Self::PkioRoot, Self::PkioIntermediate, Self::OperatorRoot];

    /// Path of certificate and key in the folder, without extension.
    fn path(self) -> &'static str {
        match self {
            Self::PkioRoot => "pkio/root",
            Self::PkioIntermediate => "pkio/intermediate",
            Self::OperatorRoot => "operator/root",
        }
    }

    fn crl(self) -> &'static str {
        match self {
            Self::PkioRoot => "crl/pkio-root.crl",
            Self::PkioIntermediate => "crl/pkio-intermediate.crl",
            Self::OperatorRoot => "crl/operator-root.crl",
        }
    }
}

/// Makes an infrastructure in a folder that is empty or not there yet. Err: it is not empty, or
/// something could not be made.
pub fn create(folder: &Path, options: &Options, now: Timestamp) -> Result<Pki, PkiError> {
    let pki = Pki {
        folder: folder.to_owned(),
    };
    match fs::read_dir(folder).map(|mut entries| entries.next().is_some()) {
        Ok(false) => {}
        Ok(true) => return Err(PkiError::NotEmpty(folder.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(source) => return Err(file_error(folder, source)),
    }
    for part in ["", "pkio", "operator", "crl", "clients"] {
        let path = folder.join(part);
        fs::create_dir_all(&path).map_err(|source| file_error(&path, source))?;
    }
    pki.write("FOR-DEVELOPMENT-AND-TEST-ONLY.txt", &format!("{WARNING}\n"))?;
    let validity = Validity::days(now, ISSUER_DAYS);
    let root = Authority::root(
        "Knooppunt TEST root (as PKIoverheid)",
        options.keys,
        validity,
    )?;
    let intermediate = root.intermediate("Knooppunt TEST issuer (as PKIoverheid)", validity)?;
    let operator = Authority::root("Knooppunt TEST operator", options.keys, validity)?;
    let mut books = Books {
        crl_number: 0,
        crl_days: options.crl_days,
        days: options.days,
        certificate: vec![Entry {
            name: "intermediate".to_owned(),
            issuer: IssuerName::PkioRoot,
            serial: intermediate.serial().to_owned(),
            not_after: validity.until,
            revoked: None,
        }],
    };
    for (name, authority) in IssuerName::ALL
        .into_iter()
        .zip([&root, &intermediate, &operator])
    {
        pki.write(&format!("{}.pem", name.path()), authority.certificate())?;
        pki.write_key(&format!("{}.key", name.path()), &authority.key())?;
    }
    let leaf = Leaf::server(&options.hosts, Validity::days(now, options.days));
    pki.keep(
        &mut books,
        "server",
        "server",
        IssuerName::PkioIntermediate,
        &intermediate.issue(&leaf)?,
    )?;
    pki.write_books(&books)?;
    for client in &options.clients {
        pki.issue(client, now)?;
    }
    for name in &options.revoked {
        pki.revoke(name, now)?;
    }
    pki.crl(now)?;
    Ok(pki)
}

/// Revokes a certificate of a folder by its name. Err: there is none of that name.
pub fn revoke(folder: &Path, name: &str, now: Timestamp) -> Result<(), PkiError> {
    Pki::open(folder)?.revoke(name, now)
}

/// Makes the CRLs of a folder anew, so that they are fresh.
pub fn crl(folder: &Path, now: Timestamp) -> Result<(), PkiError> {
    Pki::open(folder)?.crl(now)
}

/// What a register file needs to know of a certificate file (PEM): its identities below an anchor.
/// Err: the file cannot be read or has no certificate.
pub fn show(file: &Path, anchor: Anchor) -> Result<Peer, PkiError> {
    let bytes = fs::read(file).map_err(|source| file_error(file, source))?;
    let policies: Vec<String> = anchor.policies().iter().map(ToString::to_string).collect();
    CertificateDer::from_pem_slice(&bytes)
        .ok()
        .and_then(|der| Peer::read(&der, anchor, &policies).ok())
        .ok_or_else(|| {
            PkiError::Name(format!(
                "{} has no certificate that can be read",
                file.display()
            ))
        })
}

impl Pki {
    /// A folder that `create` made. Err: it has no books.
    pub fn open(folder: &Path) -> Result<Self, PkiError> {
        let pki = Self {
            folder: folder.to_owned(),
        };
        pki.books()?;
        Ok(pki)
    }

    /// Makes a client certificate. Err: the name is taken or is no name.
    pub fn issue(&self, client: &Client, now: Timestamp) -> Result<(), PkiError> {
        let mut books = self.books()?;
        let name = &client.name;
        if name.parse::<PartyId>().is_err() {
            return Err(PkiError::Name(format!(
                "{name:?}: a name has lower-case letters, digits and hyphens"
            )));
        }
        if books.certificate.iter().any(|entry| entry.name == *name) {
            return Err(PkiError::Taken(name.clone()));
        }
        let validity = Validity::days(now, books.days);
        let (issuer, leaf) = match &client.holder {
            Holder::Oin(oin) => (
                IssuerName::PkioIntermediate,
                Leaf::with_oin(name, *oin, validity),
            ),
            Holder::Party(party) => (
                IssuerName::OperatorRoot,
                Leaf::with_party(name, party, validity),
            ),
        };
        let issued = self.authority(issuer)?.issue(&leaf)?;
        self.keep(
            &mut books,
            name,
            &format!("clients/{name}"),
            issuer,
            &issued,
        )?;
        self.write_books(&books)
    }

    /// Revokes a certificate by its name (also `server` and `intermediate`) and makes the CRLs anew.
    /// Err: there is none of that name. Once revoked it stays so.
    pub fn revoke(&self, name: &str, now: Timestamp) -> Result<(), PkiError> {
        let mut books = self.books()?;
        let entry = books
            .certificate
            .iter_mut()
            .find(|entry| entry.name == name)
            .ok_or_else(|| PkiError::Unknown(name.to_owned()))?;
        entry.revoked.get_or_insert(now);
        self.write_books(&books)?;
        self.crl(now)
    }

    /// Makes the CRL of every issuer anew.
    pub fn crl(&self, now: Timestamp) -> Result<(), PkiError> {
        let mut books = self.books()?;
        books.crl_number += 1;
        self.write_books(&books)?;
        for issuer in IssuerName::ALL {
            let revoked: Vec<Revoked> = books
                .certificate
                .iter()
                .filter(|entry| entry.issuer == issuer)
                .filter_map(|entry| {
                    Some(Revoked {
                        serial: entry.serial.clone(),
                        at: entry.revoked?,
                    })
                })
                .collect();
            let validity = Validity {
                from: now,
                ..Validity::days(now, books.crl_days)
            };
            let crl = self
                .authority(issuer)?
                .crl(books.crl_number, &revoked, validity)?;
            self.write(issuer.crl(), &crl)?;
        }
        Ok(())
    }

    /// The settings of a gateway that believes this infrastructure and has its server certificate.
    pub fn tls_settings(&self) -> TlsSettings {
        let anchor = |issuer: IssuerName| AnchorSettings {
            roots: self.folder.join(format!("{}.pem", issuer.path())),
            ..AnchorSettings::default()
        };
        let mut pkio = anchor(IssuerName::PkioRoot);
        pkio.intermediates = Some(
            self.folder
                .join(format!("{}.pem", IssuerName::PkioIntermediate.path())),
        );
        TlsSettings {
            certificate: self.folder.join("server.pem"),
            key: self.folder.join("server.key"),
            anchors: [
                (Anchor::PkioG1, pkio),
                (Anchor::OperatorCa, anchor(IssuerName::OperatorRoot)),
            ]
            .into_iter()
            .map(|(anchor, settings)| (anchor.as_str().to_owned(), settings))
            .collect(),
            crls: vec![self.folder.join("crl")],
            fetch: FetchSettings {
                kept: self.folder.join("crl-kept"),
                ..FetchSettings::default()
            },
            ..TlsSettings::default()
        }
    }

    /// The root (PEM) by which clients know the server.
    pub fn server_root(&self) -> PathBuf {
        self.folder.join("pkio/root.pem")
    }

    /// Certificate with issuers (PEM) and key (PEM) of a client.
    pub fn client(&self, name: &str) -> (PathBuf, PathBuf) {
        let clients = self.folder.join("clients");
        (
            clients.join(format!("{name}.pem")),
            clients.join(format!("{name}.key")),
        )
    }

    fn authority(&self, issuer: IssuerName) -> Result<Authority, PkiError> {
        let certificate = self.read(&format!("{}.pem", issuer.path()))?;
        let key = self.read(&format!("{}.key", issuer.path()))?;
        Authority::from_pem(&certificate, &key)
    }

    /// Writes a leaf with its issuers and its key, and enters it into the books.
    fn keep(
        &self,
        books: &mut Books,
        name: &str,
        path: &str,
        issuer: IssuerName,
        issued: &Issued,
    ) -> Result<(), PkiError> {
        let mut chain = issued.certificate.clone();
        if issuer == IssuerName::PkioIntermediate {
            chain.push_str(&self.read(&format!("{}.pem", issuer.path()))?);
        }
        self.write(&format!("{path}.pem"), &chain)?;
        self.write_key(&format!("{path}.key"), &issued.key)?;
        books.certificate.push(Entry {
            name: name.to_owned(),
            issuer,
            serial: issued.serial.clone(),
            not_after: issued.not_after,
            revoked: None,
        });
        Ok(())
    }

    fn books(&self) -> Result<Books, PkiError> {
        toml::from_str(&self.read(BOOKS)?)
            .map_err(|error| PkiError::Books(error.message().to_owned()))
    }

    fn write_books(&self, books: &Books) -> Result<(), PkiError> {
        let text = toml::to_string(books).map_err(|error| PkiError::Books(error.to_string()))?;
        self.write(BOOKS, &text)
    }

    fn read(&self, path: &str) -> Result<String, PkiError> {
        let path = self.folder.join(path);
        fs::read_to_string(&path).map_err(|source| file_error(&path, source))
    }

    /// Replaces the file in one step, so that a gateway that reloads never sees half of it.
    fn write(&self, path: &str, text: &str) -> Result<(), PkiError> {
        self.write_with(path, text, 0o644)
    }

    fn write_key(&self, path: &str, text: &str) -> Result<(), PkiError> {
        self.write_with(path, text, 0o600)
    }

    fn write_with(&self, path: &str, text: &str, mode: u32) -> Result<(), PkiError> {
        let path = self.folder.join(path);
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // Hidden, so that a folder of CRLs that is read just now does not include it.
        let new = path.with_file_name(format!(".{name}.new"));
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(mode)
            .open(&new)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .and_then(|()| fs::rename(&new, &path))
            .map_err(|source| file_error(&path, source))
    }
}

fn file_error(path: &Path, source: io::Error) -> PkiError {
    PkiError::File {
        path: path.to_owned(),
        source,
    }
}
