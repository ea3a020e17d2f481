//! Tables in force: the folder of product codes of the operator. Read as a whole and swapped in one step, like the register; what the files mean is for
//! `knooppunt-catalogue`.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use knooppunt_catalogue::compiled::Compiled;
use knooppunt_catalogue::lint::lint;
use knooppunt_catalogue::{Catalogue, Finding, Level, Source};
use sha2::{Digest as _, Sha256};

use crate::fault::Fault;
use crate::tables;

crate::settings! {
    /// Own product codes of municipalities, and what they are called on the canonical list.
    pub struct CatalogueSettings {
        /// A folder of tables as `knooppunt catalogue lint` reads it: `canonical/`, `regions/` and a folder for each municipality, with its manifest. Read again on
        /// SIGHUP; refused as a whole when a table has an error, and then those in force stay, also at a start. Not set: no product is translated for the
        /// first time; what earlier messages gave comes back by what was kept of them.
        ///
        /// Between two parties nothing is translated unless both agree in the register (`[[translation]]`) and the manifest says `enabled = true`.
        ///
        /// Example: `folder = "/etc/knooppunt/mappings"`
        pub folder: Option<PathBuf> = None,
    }
}

/// Findings that the text of an error names.
const SHOWN_MAX: usize = 10;
/// Endings of what a table is made of.
const EXTENSIONS: [&str; 2] = ["tsv", "toml"];

/// Why tables are not taken. Those in force, if any, stay in force.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TablesError {
    /// The folder cannot be read.
    #[error(transparent)]
    Unreadable(#[from] tables::TablesError),
    /// More rows than there is room for.
    #[error("the tables have more rows than can be taken")]
    TooLarge,
    /// Something is wrong in them: `knooppunt catalogue lint` shows what to do.
    #[error("the tables are refused as a whole, {} to correct: {}", findings.len(), places(findings))]
    Refused {
        /// Every error, in the order of files and lines.
        findings: Vec<Finding>,
    },
}

impl TablesError {
    /// Stable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(error) => error.code(),
            Self::TooLarge => "catalogue-too-large",
            Self::Refused { .. } => "catalogue-refused",
        }
    }

    /// Always ours: the operator has to change the folder.
    pub fn fault(&self) -> Fault {
        Fault::Ours
    }
}

/// File, line and class of the first findings: nothing of what stands in a table.
fn places(findings: &[Finding]) -> String {
    let shown = findings.iter().take(SHOWN_MAX);
    let shown: Vec<String> = shown
        .map(|finding| format!("{}:{} {}", finding.file, finding.line, finding.class))
        .collect();
    let more = findings.len().saturating_sub(SHOWN_MAX);
    if more == 0 {
        shown.join(", ")
    } else {
        format!("{}, and {more} more", shown.join(", "))
    }
}

/// Tables that never change.
#[derive(Default)]
pub struct Tables {
    /// What they say; `None` without a folder.
    pub(crate) compiled: Option<Compiled>,
    /// SHA-256 over the files in order of path, each as the lengths (8 bytes, big-endian) and bytes of path and content; `None` without files.
    pub hash: Option<[u8; 32]>,
    /// The files, in order of path: a verdict that was made with them can be made again as long as they are kept.
    pub files: Vec<(String, Vec<u8>)>,
}

impl fmt::Debug for Tables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tables")
            .field("files", &self.files.len())
            .finish_non_exhaustive()
    }
}

impl Tables {
    /// Reads a folder. Err: unreadable, or refused as a whole.
    pub fn read(folder: Option<&Path>) -> Result<Self, TablesError> {
        let Some(folder) = folder else {
            return Ok(Self::default());
        };
        Self::of(Self::files(folder)?)
    }

    /// The files of a folder, in order of path. Err: unreadable.
    pub(super) fn files(folder: &Path) -> Result<Vec<(String, Vec<u8>)>, TablesError> {
        let files = tables::read(folder, &EXTENSIONS)?.into_iter();
        let mut files: Vec<_> = files.map(|Source { path, bytes }| (path, bytes)).collect();
        files.sort();
        Ok(files)
    }

    /// Takes files as they were read, by path below the folder. Err: refused as a whole.
    pub fn of(files: Vec<(String, Vec<u8>)>) -> Result<Self, TablesError> {
        let (catalogue, mut findings) = catalogue(&files);
        findings.extend(lint(&catalogue));
        findings.retain(|finding| finding.level() == Level::Error);
        if !findings.is_empty() {
            findings.sort();
            return Err(TablesError::Refused { findings });
        }
        Self::made(&catalogue, files)
    }

    /// Takes files that were in force before, whatever is thought of them now. Err: there is no room for them.
    pub fn again(files: Vec<(String, Vec<u8>)>) -> Result<Self, TablesError> {
        Self::made(&catalogue(&files).0, files)
    }

    fn made(catalogue: &Catalogue, mut files: Vec<(String, Vec<u8>)>) -> Result<Self, TablesError> {
        if files.is_empty() {
            return Ok(Self::default());
        }
        files.sort();
        let compiled = Compiled::of(catalogue).map_err(|_| TablesError::TooLarge)?;
        Ok(Self {
            compiled: Some(compiled),
            hash: hash_of(&files),
            files,
        })
    }
}

/// As [`Tables::hash`] says, of files in order of path.
pub(super) fn hash_of(files: &[(String, Vec<u8>)]) -> Option<[u8; 32]> {
    if files.is_empty() {
        return None;
    }
    let mut hash = Sha256::new();
    for (path, bytes) in files {
        for part in [path.as_bytes(), bytes] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    }
    Some(hash.finalize().into())
}

fn catalogue(files: &[(String, Vec<u8>)]) -> (Catalogue, Vec<Finding>) {
    let sources = files.iter().map(|(path, bytes)| Source {
        path: path.clone(),
        bytes: bytes.clone(),
    });
    Catalogue::load(sources.collect())
}

/// The tables in force. Whoever took a snapshot keeps it until done.
#[derive(Debug, Default)]
pub struct Translations {
    current: ArcSwap<Tables>,
}

impl Translations {
    /// Begins with these.
    pub fn new(first: Tables) -> Self {
        Self {
            current: ArcSwap::from_pointee(first),
        }
    }

    /// Those in force now.
    pub fn current(&self) -> Arc<Tables> {
        self.current.load_full()
    }

    /// Puts others in force in one step.
    pub fn swap(&self, next: Tables) {
        self.current.store(Arc::new(next));
    }
}
