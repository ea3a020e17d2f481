//! Certificate revocation lists from files. It reads and keeps them; their signatures are checked
//! each time one is used (trust), and fetching them is not done here.

use jiff::Timestamp;
use rustls_pki_types::CertificateRevocationListDer;
use rustls_pki_types::pem::PemObject;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use webpki::{CertRevocationList, OwnedCertRevocationList};
use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;

/// The largest file that is read as a CRL, in bytes.
pub const CRL_BYTES_MAX: u64 = 64 * 1024 * 1024;

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
}

/// What there is to know of a CRL, for metrics and warnings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrlState {
    /// The file it was read from.
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

/// Reads CRLs (DER or PEM) from files, and from all files of folders. Of several of one issuer and
/// scope the newest is kept. Err: a file of the set is not a usable CRL; none of the set is used.
pub(super) fn read(paths: &[PathBuf]) -> Result<Vec<Crl>, CrlError> {
    let newest = newest(paths)?;
    Ok(newest.into_iter().map(|(crl, _)| crl).collect())
}

/// The same as what there is to know of each, and as bytes (DER). Err: as [`read`].
pub(super) fn read_with_ders(paths: &[PathBuf]) -> Result<(Vec<CrlState>, Vec<Vec<u8>>), CrlError> {
    let newest = newest(paths)?.into_iter();
    Ok(newest.map(|(crl, der)| (crl.state, der)).unzip())
}

/// Issuer and scope of a list.
type ListName = (Vec<u8>, Vec<u8>);

fn newest(paths: &[PathBuf]) -> Result<Vec<(Crl, Vec<u8>)>, CrlError> {
    let mut newest: BTreeMap<ListName, (Crl, Vec<u8>)> = BTreeMap::new();
    for path in paths {
        for file in files_in(path)? {
            for der in ders_of(&file)? {
                let (scope, crl) = parse(&file, &der)?;
                let key = (crl.issuer.clone(), scope);
                match newest.get(&key) {
                    Some((kept, _)) if kept.state.this_update >= crl.state.this_update => {}
                    _ => {
                        newest.insert(key, (crl, der));
                    }
                }
            }
        }
    }
    Ok(newest.into_values().collect())
}

fn parse(file: &Path, der: &[u8]) -> Result<(Vec<u8>, Crl), CrlError> {
    let unusable = |reason: String| CrlError::Unusable {
        path: file.to_owned(),
        reason,
    };
    let list =
        OwnedCertRevocationList::from_der(der).map_err(|error| unusable(format!("{error:?}")))?;
    let (_, parsed) =
        CertificateRevocationList::from_der(der).map_err(|error| unusable(error.to_string()))?;
    let next_update = parsed
        .next_update()
        .ok_or_else(|| unusable("it has no nextUpdate".to_owned()))?;
    let moment =
        |seconds: i64| Timestamp::from_second(seconds).map_err(|error| unusable(error.to_string()));
    let list = CertRevocationList::from(list);
    let state = CrlState {
        file: file.to_owned(),
        issuer: parsed.issuer().to_string(),
        this_update: moment(parsed.last_update().timestamp())?,
        next_update: moment(next_update.timestamp())?,
        revoked: parsed.iter_revoked_certificates().count(),
    };
    let scope = list
        .issuing_distribution_point()
        .unwrap_or_default()
        .to_vec();
    let issuer = parsed.issuer().as_raw().to_vec();
    Ok((
        scope,
        Crl {
            list,
            state,
            issuer,
        },
    ))
}

fn ders_of(file: &Path) -> Result<Vec<Vec<u8>>, CrlError> {
    let unreadable = |source| CrlError::Unreadable {
        path: file.to_owned(),
        source,
    };
    if std::fs::metadata(file).map_err(unreadable)?.len() > CRL_BYTES_MAX {
        return Err(CrlError::TooLarge {
            path: file.to_owned(),
        });
    }
    let bytes = std::fs::read(file).map_err(unreadable)?;
    if bytes.first() == Some(&0x30) {
        return Ok(vec![bytes]);
    }
    let ders: Result<Vec<_>, _> = CertificateRevocationListDer::pem_slice_iter(&bytes)
        .map(|crl| crl.map(|crl| crl.as_ref().to_vec()))
        .collect();
    match ders {
        Ok(ders) if !ders.is_empty() => Ok(ders),
        Ok(_) => Err(CrlError::Unusable {
            path: file.to_owned(),
            reason: "there is no CRL in it, neither DER nor PEM".to_owned(),
        }),
        Err(error) => Err(CrlError::Unusable {
            path: file.to_owned(),
            reason: error.to_string(),
        }),
    }
}

/// The file itself, or the files of a folder that are not hidden, in order.
fn files_in(path: &Path) -> Result<Vec<PathBuf>, CrlError> {
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
