//! What verdicts are made with, kept by hash so that a verdict can be made again: the register, reference data, tables of product codes, the schemas of each
//! release and the working days. Knows what bytes stand behind each hash that a record names; the store keeps them, in clear: no personal data, but contracts with tariffs are among it.
//!
//! Everything is kept as a list of pieces, each as its length (8 bytes, big-endian) and its bytes: what the hashes of register, reference data and releases
//! are made over, so that a file is proof of itself.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use knooppunt_standard::Releases;
use knooppunt_standard::terms::WorkingDays;
use sha2::{Digest as _, Sha256};

use crate::fault::Fault;
use crate::ledger::Inputs;
use crate::reference::{InForce, ReferencesError};
use crate::register::{Register, RegisterError, Source};
use crate::schemas::{self, SchemasError};
use crate::store::{Grounds, StoreError, embedded};
use crate::translation::{Tables, TablesError};

/// Why the grounds of a verdict cannot be had again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GroundsError {
    /// They cannot be read, or are damaged.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The record names none: it is of a program that kept none.
    #[error("the record does not say what the verdict was made with")]
    Unknown,
    /// What the record names was not kept here, or is gone.
    #[error("{what} of the verdict is not in the folder `grounds` of the data folder ({hash})")]
    Missing {
        /// What it is.
        what: &'static str,
        /// Its SHA-256.
        hash: String,
    },
    /// What was kept is no longer understood.
    #[error("{what} of the verdict is not understood by this program")]
    NotUnderstood {
        /// What it is.
        what: &'static str,
    },
    /// The register is no longer taken.
    #[error("the register of the verdict is not taken by this program: {0}")]
    Register(#[from] RegisterError),
    /// The reference data is no longer taken.
    #[error("the reference data of the verdict is not taken by this program: {0}")]
    Reference(#[from] ReferencesError),
    /// Which tables are in force cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    LastTables {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The tables of product codes are no longer taken.
    #[error("the tables of the verdict are not taken by this program: {0}")]
    Tables(#[from] TablesError),
    /// The schemas are no longer taken.
    #[error("the schemas of the verdict are not taken by this program: {0}")]
    Schemas(#[from] SchemasError),
}

impl GroundsError {
    /// Stable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code(),
            Self::Unknown => "grounds-unknown",
            Self::Missing { .. } => "grounds-missing",
            Self::NotUnderstood { .. } => "grounds-not-understood",
            Self::Register(error) => error.code(),
            Self::Reference(error) => error.code(),
            Self::LastTables { .. } => "grounds-last-tables",
            Self::Tables(error) => error.code(),
            Self::Schemas(error) => error.code(),
        }
    }

    /// Always ours.
    pub fn fault(&self) -> Fault {
        Fault::Ours
    }
}

/// Keeps a register. Err: it cannot be kept, so it must not be put in force.
pub fn keep_register(grounds: &Grounds, register: &Register) -> Result<(), StoreError> {
    let pieces = register
        .sources()
        .iter()
        .map(|source| source.bytes.as_slice());
    let kept = grounds.keep(&joined(pieces))?;
    debug_assert_eq!(kept, register.hash(), "a register is kept under its hash");
    Ok(())
}

/// Keeps reference data. Err: as of [`keep_register`].
pub fn keep_reference(grounds: &Grounds, reference: &InForce) -> Result<(), StoreError> {
    if let Some(hash) = reference.hash {
        let pieces = reference
            .files
            .iter()
            .flat_map(|(path, bytes)| [path.as_bytes(), bytes]);
        let kept = grounds.keep(&joined(pieces))?;
        debug_assert_eq!(kept, hash, "reference data is kept under its hash");
    }
    Ok(())
}

/// Keeps tables of product codes. Err: as of [`keep_register`].
pub fn keep_tables(grounds: &Grounds, tables: &Tables) -> Result<(), StoreError> {
    if let Some(hash) = tables.hash {
        let pieces = tables
            .files
            .iter()
            .flat_map(|(path, bytes)| [path.as_bytes(), bytes]);
        let kept = grounds.keep(&joined(pieces))?;
        debug_assert_eq!(kept, hash, "tables are kept under their hash");
    }
    Ok(())
}

/// The tables that are kept under a hash. Err: they are not to be had, or not taken any more.
pub fn tables(grounds: &Grounds, hash: &[u8; 32]) -> Result<Tables, GroundsError> {
    let what = "the tables of product codes";
    let bytes = wanted(grounds, hash, what)?;
    Ok(Tables::again(named(&bytes, what)?)?)
}

/// Which tables of product codes were in force last: a file beside the store with their hash, so that a folder that has gone bad does not end translation at
/// the next start.
#[derive(Debug)]
pub struct LastTables {
    file: PathBuf,
}

impl LastTables {
    /// That of a data folder.
    pub fn of(data: &Path) -> Self {
        Self {
            file: data.join(embedded::IN_FORCE),
        }
    }

    /// Keeps tables that are about to be in force. Err: they cannot be kept, so they must not be put in force.
    pub fn keep(&self, grounds: &Grounds, tables: &Tables) -> Result<(), GroundsError> {
        keep_tables(grounds, tables)?;
        let Some(hash) = tables.hash else {
            return Ok(());
        };
        let hash = data_encoding::HEXLOWER.encode(&hash);
        if std::fs::read_to_string(&self.file).is_ok_and(|last| last == hash) {
            return Ok(());
        }
        let new = self.file.with_extension("new");
        let write = || {
            let mut file = std::fs::File::create(&new)?;
            file.write_all(hash.as_bytes())?;
            file.sync_all()?;
            std::fs::rename(&new, &self.file)
        };
        write().map_err(|source| GroundsError::LastTables {
            path: self.file.clone(),
            source,
        })
    }

    /// Those that were in force last; `None`: there were none. Err: they are not to be had, or not taken any more.
    pub fn read(&self, grounds: &Grounds) -> Result<Option<Tables>, GroundsError> {
        let Ok(hash) = std::fs::read_to_string(&self.file) else {
            return Ok(None);
        };
        let hash = data_encoding::HEXLOWER.decode(hash.as_bytes()).ok();
        let Some(hash) = hash.and_then(|hash| <[u8; 32]>::try_from(hash).ok()) else {
            return Ok(None);
        };
        tables(grounds, &hash).map(Some)
    }
}

/// Keeps the files of every release, and the working days. Err: as of [`keep_register`].
pub fn keep_program(
    grounds: &Grounds,
    releases: &Releases,
    folder: Option<&Path>,
) -> Result<(), GroundsError> {
    let files = schemas::files(folder)?;
    for release in releases.list() {
        let below = format!("{}/{}/", release.standard, release.release);
        let mut of: Vec<(&str, &[u8])> = files
            .iter()
            .filter_map(|(path, bytes)| Some((path.strip_prefix(&below)?, bytes.as_slice())))
            .collect();
        of.sort_unstable();
        let pieces = of
            .into_iter()
            .flat_map(|(name, bytes)| [name.as_bytes(), bytes]);
        let kept = grounds.keep(&joined(pieces))?;
        debug_assert_eq!(kept, release.hash, "a release is kept under its hash");
    }
    grounds.keep(&joined([WorkingDays::BUILT_IN.as_bytes()]))?;
    Ok(())
}

/// SHA-256 of the working days in force, as they are kept.
pub fn working_days() -> [u8; 32] {
    static HASH: LazyLock<[u8; 32]> =
        LazyLock::new(|| Sha256::digest(joined([WorkingDays::BUILT_IN.as_bytes()])).into());
    *HASH
}

/// SHA-256 over what a verdict follows from, made when this program was built: the sources of the standard and of the gateway but for its commands, API,
/// transport, store and files of tests, and the versions of all dependencies. Two programs that judge differently have different ones, also when they have one
/// version; two with different ones may judge the same. The compiler is not in it.
pub const RULES: [u8; 32] = *include_bytes!(concat!(env!("OUT_DIR"), "/rules.sha256"));

/// What a verdict was made with, put together again.
#[derive(Debug)]
pub struct Again {
    /// The register.
    pub register: Arc<Register>,
    /// Reference data.
    pub reference: Arc<InForce>,
    /// The tables of product codes; none where no table was asked.
    pub tables: Arc<Tables>,
    /// The releases: this program's, when the verdict's has the same files there; else that one alone.
    pub releases: Arc<Releases>,
}

impl Again {
    /// Puts together what a record names. `now` is what this program has: the releases of its configuration.
    /// Err: some of it is not to be had, or not understood any more.
    pub fn of(
        grounds: &Grounds,
        inputs: &Inputs,
        release: &str,
        now: &Arc<Releases>,
    ) -> Result<Self, GroundsError> {
        let register = {
            let what = "the register";
            let bytes = wanted(grounds, &inputs.register, what)?;
            // The hash is over the files in the order of their names.
            let sources = pieces(&bytes, what)?
                .into_iter()
                .enumerate()
                .map(|(number, bytes)| Source {
                    name: format!("{number:06}"),
                    bytes: bytes.to_vec(),
                });
            Register::load(sources.collect())?
        };
        let reference = match &inputs.reference {
            None => InForce::default(),
            Some(hash) => {
                let what = "the reference data";
                let bytes = wanted(grounds, hash, what)?;
                InForce::of(named(&bytes, what)?)?
            }
        };
        let tables = match &inputs.catalogue {
            None => Tables::default(),
            Some(hash) => tables(grounds, hash)?,
        };
        let schemas = inputs.schemas.ok_or(GroundsError::Unknown)?;
        let same = now.list().iter().any(|release| release.hash == schemas);
        let releases = if same {
            Arc::clone(now)
        } else {
            let what = "the schemas";
            let bytes = wanted(grounds, &schemas, what)?;
            let files = named(&bytes, what)?
                .into_iter()
                .map(|(name, bytes)| (format!("{release}/{name}"), bytes));
            Arc::new(schemas::of(files.collect())?)
        };
        Ok(Self {
            register: Arc::new(register),
            reference: Arc::new(reference),
            tables: Arc::new(tables),
            releases,
        })
    }
}

fn wanted(grounds: &Grounds, hash: &[u8; 32], what: &'static str) -> Result<Vec<u8>, GroundsError> {
    grounds.read(hash)?.ok_or_else(|| GroundsError::Missing {
        what,
        hash: data_encoding::HEXLOWER.encode(hash),
    })
}

/// Pieces, each behind its length.
fn joined<'p>(pieces: impl IntoIterator<Item = &'p [u8]>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for piece in pieces {
        bytes.extend_from_slice(&(piece.len() as u64).to_be_bytes());
        bytes.extend_from_slice(piece);
    }
    bytes
}

fn pieces<'b>(bytes: &'b [u8], what: &'static str) -> Result<Vec<&'b [u8]>, GroundsError> {
    let mut pieces = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let piece = rest.split_first_chunk::<8>().and_then(|(length, after)| {
            let length = usize::try_from(u64::from_be_bytes(*length)).ok()?;
            after.split_at_checked(length)
        });
        let (piece, after) = piece.ok_or(GroundsError::NotUnderstood { what })?;
        pieces.push(piece);
        rest = after;
    }
    Ok(pieces)
}

/// Files: each is two pieces, its name and its bytes.
fn named(bytes: &[u8], what: &'static str) -> Result<Vec<(String, Vec<u8>)>, GroundsError> {
    let pieces = pieces(bytes, what)?;
    let (files, []) = pieces.as_chunks::<2>() else {
        return Err(GroundsError::NotUnderstood { what });
    };
    let file = |[name, bytes]: &[&[u8]; 2]| {
        let name = std::str::from_utf8(name).ok()?;
        Some((name.to_owned(), bytes.to_vec()))
    };
    let files: Option<Vec<_>> = files.iter().map(file).collect();
    files.ok_or(GroundsError::NotUnderstood { what })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_read_as_they_were_joined_and_a_cut_is_told() {
        let bytes = joined([&b"a.toml"[..], b"", b"b.toml", b"x = 1"]);
        let files = named(&bytes, "files").expect("two files");
        assert_eq!(
            files,
            [
                ("a.toml".to_owned(), Vec::new()),
                ("b.toml".to_owned(), b"x = 1".to_vec())
            ]
        );
        for end in 1..bytes.len() {
            // A cut between two files leaves a whole list; the hash tells that.
            let Some(cut) = bytes.get(..end).filter(|_| end != 22) else {
                continue;
            };
            assert!(named(cut, "files").is_err(), "cut at {end}");
        }
        assert!(named(&joined([&b"a.toml"[..]]), "files").is_err());
    }
}
