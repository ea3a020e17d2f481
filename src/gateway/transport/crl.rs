//! Certificate revocation lists as they come, from files or as bytes. It reads them; their signatures are checked each time one is
//! used (`chain`), and before one that was fetched is taken (`revocation`).

use super::issuer::{Issuer, Signer};
use jiff::Timestamp;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateRevocationListDer, SignatureVerificationAlgorithm};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use webpki::{CertRevocationList, OwnedCertRevocationList};
use x509_parser::extensions::ParsedExtension;
use x509_parser::num_bigint::BigUint;
use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;

/// The largest file that is read as a CRL, in bytes.
pub const CRL_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Characters of the name of an issuer that are told; a list may come from anybody on the way, and its name is told before its signature is checked.
const NAME_CHARS_MAX: usize = 200;

/// Why a set of CRLs was not taken. The set in force, if any, stays in force.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CrlError {
    /// A file or folder could not be read.
    #[error("cannot read CRL {path}: {source}")]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// Larger than [`CRL_BYTES_MAX`].
    #[error("CRL {path} is larger than {CRL_BYTES_MAX} bytes")]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// Not a complete CRL of version 2 with a nextUpdate; delta and indirect CRLs are not taken.
    #[error("{path} is not a CRL that can be used: {reason}")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// One CRL: who issued it, until when it counts, and the list itself.
#[derive(Debug)]
pub(super) struct Crl {
    pub(super) list: CertRevocationList<'static>,
    pub(super) state: CrlState,
    /// Issuer name in DER, with tag.
    pub(super) issuer: Vec<u8>,
    /// The distribution point that it is for, in DER; empty: for all certificates of its issuer.
    pub(super) scope: Vec<u8>,
    /// Whose signature is on it.
    pub(super) signer: Signed,
    /// Which key it says that it was signed by; empty: it does not say.
    key_id: Vec<u8>,
    /// Rises with each list of an issuer.
    number: Option<BigUint>,
    /// SHA-256 of the whole of it.
    pub(super) hash: [u8; 32],
}

/// Who signed a list, as far as it is known.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Signed {
    /// This issuer: the signature was checked.
    By(Signer),
    /// None of those that the files name: its issuer comes with the chain of whoever connects. The list in DER, to be checked by the key of that issuer.
    Unknown(Vec<u8>),
}

/// What there is to know of a CRL, for metrics and warnings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrlState {
    /// The file it was read from, or is kept in.
    pub file: PathBuf,
    /// Issuer as text.
    pub issuer: String,
    /// When it was made.
    pub this_update: Timestamp,
    /// When the next one is promised.
    pub next_update: Timestamp,
    /// Certificates on it.
    pub revoked: usize,
}

impl fmt::Display for CrlState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            issuer,
            this_update,
            next_update,
            revoked,
        } = self;
        write!(
            f,
            "the CRL of {issuer} is of {this_update}, the next one is due at {next_update}, {revoked} certificates are on it ({})",
            file.display()
        )
    }
}

impl CrlState {
    /// The share of its life that is over: 0 at thisUpdate, 1 at nextUpdate, more when stale.
    pub fn share_of_life(&self, now: Timestamp) -> f64 {
        let life = self
            .next_update
            .duration_since(self.this_update)
            .as_secs_f64();
        let age = now.duration_since(self.this_update).as_secs_f64();
        if life > 0.0 {
            age / life
        } else {
            f64::INFINITY
        }
    }
}

impl Crl {
    /// A list in DER that was read from `file`, whoever signed it. Err: it can't be used; the reason as text.
    pub(super) fn parse(file: &Path, der: Vec<u8>) -> Result<Self, String> {
        let list = OwnedCertRevocationList::from_der(&der).map_err(|error| format!("{error:?}"))?;
        let (_, parsed) =
            CertificateRevocationList::from_der(&der).map_err(|error| error.to_string())?;
        let next_update = parsed.next_update().ok_or("it has no nextUpdate")?;
        let moment =
            |seconds: i64| Timestamp::from_second(seconds).map_err(|error| error.to_string());
        let list = CertRevocationList::from(list);
        let state = CrlState {
            file: file.to_owned(),
            issuer: name_told(&parsed.issuer().to_string()),
            this_update: moment(parsed.last_update().timestamp())?,
            next_update: moment(next_update.timestamp())?,
            revoked: parsed.iter_revoked_certificates().count(),
        };
        let scope = list
            .issuing_distribution_point()
            .unwrap_or_default()
            .to_vec();
        let issuer = parsed.issuer().as_raw().to_vec();
        let number = parsed.crl_number().cloned();
        let key_id = parsed.extensions().iter().find_map(|extension| {
            let ParsedExtension::AuthorityKeyIdentifier(key) = extension.parsed_extension() else {
                return None;
            };
            key.key_identifier.as_ref().map(|id| id.0.to_vec())
        });
        Ok(Self {
            list,
            state,
            issuer,
            scope,
            key_id: key_id.unwrap_or_default(),
            number,
            hash: Sha256::digest(&der).into(),
            signer: Signed::Unknown(der),
        })
    }

    /// Looks who of these signed it, and notes it. `None`: none of them did.
    pub(super) fn find_signer(
        &mut self,
        issuers: &[Issuer],
        algorithms: &[&dyn SignatureVerificationAlgorithm],
    ) -> Option<Signer> {
        let signer = issuers
            .iter()
            .find(|issuer| self.is_by(issuer, algorithms))
            .map(Issuer::id);
        if let Some(signer) = signer {
            self.signer = Signed::By(signer);
        }
        signer
    }

    /// Whether it is of this issuer, by name and key: another may have the same name.
    pub(super) fn is_by(
        &self,
        issuer: &Issuer,
        algorithms: &[&dyn SignatureVerificationAlgorithm],
    ) -> bool {
        self.issuer == issuer.name
            && match &self.signer {
                Signed::By(signer) => *signer == issuer.id(),
                Signed::Unknown(der) => issuer.signed(der, algorithms),
            }
    }

    /// The issuer whose signature on it was checked.
    pub(super) fn known_signer(&self) -> Option<Signer> {
        match self.signer {
            Signed::By(signer) => Some(signer),
            Signed::Unknown(_) => None,
        }
    }

    /// Whether both are of one issuer, by name and key, and for the same certificates, so that the newer one takes the place of the other.
    pub(super) fn stands_for(&self, other: &Self) -> bool {
        self.place() == other.place()
    }

    /// What it says of its key counts only where nobody knows the key.
    fn place(&self) -> (&[u8], &[u8], Option<Signer>, &[u8]) {
        let signer = self.known_signer();
        let key_id: &[u8] = if signer.is_some() { &[] } else { &self.key_id };
        (&self.issuer, &self.scope, signer, key_id)
    }

    /// Whether it was made before the other; of two made in one second the one with the lower number was.
    pub(super) fn is_older_than(&self, other: &Self) -> bool {
        self.made() < other.made()
    }

    fn made(&self) -> impl Ord {
        (self.state.this_update, self.number.clone())
    }
}

/// A name as it may stand in logs: one line, not long, and nothing that a screen takes for more than text.
fn name_told(name: &str) -> String {
    let is_plain = |char: &char| {
        !char.is_control() && !matches!(char, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut told: String = name
        .chars()
        .take(NAME_CHARS_MAX)
        .map(|char| if is_plain(&char) { char } else { '?' })
        .collect();
    if name.chars().nth(NAME_CHARS_MAX).is_some() {
        told.push('…');
    }
    told
}

/// Reads CRLs (DER or PEM) from files, and from all files of folders, and looks who of these issuers signed them. Of several of one issuer and
/// scope the newest is kept. Err: a file of the set is not a usable CRL; none of the set is used.
pub(super) fn read(
    paths: &[PathBuf],
    issuers: &[Issuer],
    algorithms: &[&dyn SignatureVerificationAlgorithm],
) -> Result<Vec<Arc<Crl>>, CrlError> {
    let mut all = Vec::new();
    for path in paths {
        for file in files_in(path)? {
            for mut crl in read_file(&file)? {
                crl.find_signer(issuers, algorithms);
                all.push(Arc::new(crl));
            }
        }
    }
    Ok(newest(all))
}

/// Reads the lists of one file. Err: it is not a file with usable CRLs.
fn read_file(file: &Path) -> Result<Vec<Crl>, CrlError> {
    let unusable = |reason: String| CrlError::Unusable {
        path: file.to_owned(),
        reason,
    };
    let mut lists = Vec::new();
    for der in ders(&bytes_of(file, CRL_BYTES_MAX)?).map_err(unusable)? {
        lists.push(Crl::parse(file, der).map_err(unusable)?);
    }
    Ok(lists)
}

/// The newest list of each issuer (by name and key) and scope; of equals the first. Always in the same order.
pub(super) fn newest(lists: impl IntoIterator<Item = Arc<Crl>>) -> Vec<Arc<Crl>> {
    let mut newest = BTreeMap::new();
    for crl in lists {
        let (issuer, scope, signer, key_id) = crl.place();
        let place = (issuer.to_vec(), scope.to_vec(), signer, key_id.to_vec());
        put_newer(&mut newest, place, crl);
    }
    newest.into_values().collect()
}

/// The newest list of each name and scope, of lists of which all of one name are of one key; the newest of all first. Of several that are about a certificate the
/// first decides: an issuer that began to name a scope must not be heard by what it said before that.
pub(super) fn newest_by_name(lists: impl IntoIterator<Item = Arc<Crl>>) -> Vec<Arc<Crl>> {
    let mut newest = BTreeMap::new();
    for crl in lists {
        put_newer(&mut newest, (crl.issuer.clone(), crl.scope.clone()), crl);
    }
    let mut newest: Vec<Arc<Crl>> = newest.into_values().collect();
    newest.sort_by(|one, other| other.made().cmp(&one.made()));
    newest
}

fn put_newer<P: Ord>(newest: &mut BTreeMap<P, Arc<Crl>>, place: P, crl: Arc<Crl>) {
    match newest.get(&place) {
        Some(there) if !there.is_older_than(&crl) => {}
        _ => {
            newest.insert(place, crl);
        }
    }
}

/// The lists in these bytes, DER or PEM, each in DER. Err: there is none; the reason as text.
pub(super) fn ders(bytes: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    if bytes.first() == Some(&0x30) {
        return Ok(vec![bytes.to_vec()]);
    }
    let ders: Vec<Vec<u8>> = CertificateRevocationListDer::pem_slice_iter(bytes)
        .map(|crl| crl.map(|crl| crl.as_ref().to_vec()))
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())?;
    if ders.is_empty() {
        return Err("there is no CRL in it, neither DER nor PEM".to_owned());
    }
    Ok(ders)
}

/// The bytes of a file of at most `bytes_max`. Err: larger, or it can't be read.
pub(super) fn bytes_of(file: &Path, bytes_max: u64) -> Result<Vec<u8>, CrlError> {
    let unreadable = |source| CrlError::Unreadable {
        path: file.to_owned(),
        source,
    };
    if std::fs::metadata(file).map_err(unreadable)?.len() > bytes_max {
        return Err(CrlError::TooLarge {
            path: file.to_owned(),
        });
    }
    std::fs::read(file).map_err(unreadable)
}

/// The file itself, or the files of a folder that are not hidden, in order.
pub(super) fn files_in(path: &Path) -> Result<Vec<PathBuf>, CrlError> {
    let unreadable = |source| CrlError::Unreadable {
        path: path.to_owned(),
        source,
    };
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        if !hidden && entry.path().is_file() {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::pki::{Authority, Keys, Validity};

    fn named(name: &str) -> String {
        let validity = Validity::days(Timestamp::UNIX_EPOCH, 9000);
        let authority = Authority::root(name, Keys::EcdsaP256, validity).unwrap();
        let pem = authority.crl(1, &[], validity).unwrap();
        let der = ders(pem.as_bytes()).unwrap().remove(0);
        Crl::parse(Path::new(""), der).unwrap().state.issuer
    }

    /// A list of one issuer that was made at this second for this scope.
    fn made_at(second: i64, scope: &[u8]) -> Arc<Crl> {
        let validity = Validity::days(Timestamp::UNIX_EPOCH, 9000);
        let authority = Authority::root("Test issuer", Keys::EcdsaP256, validity).unwrap();
        let pem = authority.crl(1, &[], validity).unwrap();
        let der = ders(pem.as_bytes()).unwrap().remove(0);
        let mut crl = Crl::parse(Path::new(""), der).unwrap();
        crl.state.this_update = Timestamp::from_second(second).unwrap();
        crl.scope = scope.to_vec();
        Arc::new(crl)
    }

    #[test]
    fn of_lists_of_several_scopes_the_newest_is_asked_first() {
        for (seconds, first) in [([10, 20, 15], b"one".as_slice()), ([30, 20, 15], b"")] {
            let [whole, one, other] = seconds;
            let lists = [
                made_at(whole, b""),
                made_at(one, b"one"),
                made_at(other, b"two"),
            ];
            let sorted = newest_by_name(lists);
            assert_eq!(sorted.len(), 3);
            assert_eq!(sorted[0].scope, first);
        }
    }

    /// Anybody on the way may say it: it comes before its signature is checked.
    #[test]
    fn the_name_of_an_issuer_is_one_line_and_no_book() {
        assert!(named("Test issuer").contains("CN=Test issuer"));
        let lines = named("one\nERROR forged\u{1b}[2J\u{202e}");
        assert!(
            !lines
                .chars()
                .any(|char| char.is_control() || char == '\u{202e}'),
            "{lines:?}"
        );
        let long = named(&"N".repeat(10_000));
        assert!(long.chars().count() <= 201, "{}", long.len());
    }
}
