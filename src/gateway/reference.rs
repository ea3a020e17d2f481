//! Reference data in force: files of the operator that rules of level 4 rest on. Read as a whole and swapped in one step, like the register; what the files
//! mean is for `knooppunt-standard`.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use knooppunt_standard::reference::{Reference, ReferenceError};
use sha2::{Digest as _, Sha256};

use crate::fault::Fault;

crate::settings! {
    /// What rules of level 4 rest on and no message says.
    pub struct ReferenceSettings {
        /// A folder with `gemeenten/`, `products/` and `contracts/`, TOML files each: municipalities by date, agreed product codes, contracts. Read again on
        /// SIGHUP; refused as a whole when anything in it is wrong. Not set, or without a file about something: what rests on it is not assessed, and no
        /// message is refused for it.
        ///
        /// Example: `folder = "/etc/knooppunt/reference"`
        pub folder: Option<PathBuf> = None,
    }
}

/// Why reference data is not taken. What is in force, if anything, stays in force.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReferencesError {
    /// A file or folder cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Unreadable {
        /// What was to be read.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// Something is wrong in it.
    #[error(transparent)]
    Refused(#[from] ReferenceError),
}

impl ReferencesError {
    /// Stable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "reference-unreadable",
            Self::Refused(_) => "reference-refused",
        }
    }

    /// Always ours: the operator has to change the folder.
    pub fn fault(&self) -> Fault {
        Fault::Ours
    }
}

/// Reference data that never changes.
#[derive(Debug, Default)]
pub struct InForce {
    /// What it says.
    pub reference: Reference,
    /// SHA-256 over the files in order of path, each as the lengths (8 bytes, big-endian) and bytes of path and content; `None` without files.
    pub hash: Option<[u8; 32]>,
    /// The files, in order of path: a verdict that was made with them can be made again as long as they are kept.
    pub files: Vec<(String, Vec<u8>)>,
}

impl InForce {
    /// Reads a folder. Err: unreadable, or refused as a whole.
    pub fn read(folder: Option<&Path>) -> Result<Self, ReferencesError> {
        let mut files = Vec::new();
        if let Some(folder) = folder {
            for kind in ["gemeenten", "products", "contracts"] {
                read_files(&folder.join(kind), kind, &mut files)?;
            }
        }
        Self::of(files)
    }

    /// Takes files as they were read, by path below the folder. Err: refused as a whole.
    pub fn of(mut files: Vec<(String, Vec<u8>)>) -> Result<Self, ReferencesError> {
        files.sort();
        let mut hash = Sha256::new();
        for (path, bytes) in &files {
            for part in [path.as_bytes(), bytes] {
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part);
            }
        }
        let hash = (!files.is_empty()).then(|| hash.finalize().into());
        Ok(Self {
            reference: Reference::load(files.clone())?,
            hash,
            files,
        })
    }
}

/// The reference data in force. Whoever took a snapshot keeps it until done.
#[derive(Debug, Default)]
pub struct References {
    current: ArcSwap<InForce>,
}

impl References {
    /// Begins with this.
    pub fn new(first: InForce) -> Self {
        Self {
            current: ArcSwap::from_pointee(first),
        }
    }

    /// What is in force now.
    pub fn current(&self) -> Arc<InForce> {
        self.current.load_full()
    }

    /// Puts something else in force in one step.
    pub fn swap(&self, next: InForce) {
        self.current.store(Arc::new(next));
    }
}

/// The TOML files of a folder, by the name they have below the folder of reference data; none when there is no such folder.
fn read_files(
    folder: &Path,
    kind: &str,
    files: &mut Vec<(String, Vec<u8>)>,
) -> Result<(), ReferencesError> {
    let unreadable = |path: &Path, source| ReferencesError::Unreadable {
        path: path.to_owned(),
        source,
    };
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder).map_err(|source| unreadable(folder, source))? {
        let path = entry.map_err(|source| unreadable(folder, source))?.path();
        let is_toml = path
            .extension()
            .is_some_and(|extension| extension == "toml");
        let name = path.file_name().and_then(|name| name.to_str());
        if let Some(name) = name.filter(|name| is_toml && !name.starts_with('.')) {
            let bytes = std::fs::read(&path).map_err(|source| unreadable(&path, source))?;
            files.push((format!("{kind}/{name}"), bytes));
        }
    }
    Ok(())
}
