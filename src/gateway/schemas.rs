//! The files below `schemas/`: inside the program, and beside it in a folder of the operator. Reads files and nothing more;
//! what they mean is for `knooppunt-standard`.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};
use knooppunt_standard::{LoadError, Releases};

use crate::fault::Fault;

static BUILT_IN: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/schemas");

crate::settings! {
    /// Which releases of the standards are known.
    pub struct SchemaSettings {
        /// A folder with further releases, laid out as `ijw/3.3/*.xsd` with a `source.toml` in each release; a release
        /// that is built in as well is replaced by the one in the folder. Not set: only what is built in.
        ///
        /// Example: `folder = "/etc/knooppunt/schemas"`
        pub folder: Option<PathBuf> = None,
    }
}

/// Why the releases cannot be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SchemasError {
    /// A file or folder of the operator cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Unreadable {
        /// What was to be read.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A name in the folder is not text.
    #[error("{}: the name is not UTF-8", .0.display())]
    Name(PathBuf),
    /// A file is not what the standard library takes.
    #[error(transparent)]
    Load(#[from] LoadError),
}

impl SchemasError {
    /// Stable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "schemas-unreadable",
            Self::Name(_) => "schemas-name",
            Self::Load(_) => "schemas-load",
        }
    }

    /// Always ours: the operator has to change the folder.
    pub fn fault(&self) -> Fault {
        Fault::Ours
    }
}

/// All releases: what is built in, and what stands in `folder` (laid out as `ijw/3.3/...`). A release that is in both is taken
/// from the folder, whole: files of two editions never mix. Err: see [`SchemasError`]; nothing is loaded then.
pub fn releases(folder: Option<&Path>) -> Result<Releases, SchemasError> {
    Ok(Releases::load(files(folder)?)?)
}

/// The releases of these files alone (laid out as `ijw/3.2/...`), with the code lists that are built in. Err: they are not what the standard library takes.
pub fn of(mut files: Vec<(String, Vec<u8>)>) -> Result<Releases, SchemasError> {
    files.extend(
        built_in()
            .into_iter()
            .filter(|(path, _)| release_of(path).is_none()),
    );
    Ok(Releases::load(files)?)
}

/// The files that [`releases`] loads, by path. Err: a file or folder of the operator cannot be read.
pub fn files(folder: Option<&Path>) -> Result<Vec<(String, Vec<u8>)>, SchemasError> {
    let mut files = built_in();
    if let Some(folder) = folder {
        let mut beside = Vec::new();
        read_folder(folder, "", &mut beside)?;
        let replaced: BTreeSet<_> = beside
            .iter()
            .filter_map(|(path, _)| release_of(path))
            .collect();
        files
            .retain(|(path, _)| release_of(path).is_none_or(|release| !replaced.contains(release)));
        files.retain(|(path, _)| beside.iter().all(|(other, _)| other != path));
        files.append(&mut beside);
    }
    Ok(files)
}

/// `ijw/3.2` of `ijw/3.2/JW301.xsd`; a file outside a release has none.
fn release_of(path: &str) -> Option<&str> {
    let standard = path.find('/')?;
    let release = path.get(standard + 1..)?.find('/')?;
    path.get(..standard + 1 + release)
}

fn built_in() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut folders = vec![&BUILT_IN];
    while let Some(folder) = folders.pop() {
        folders.extend(folder.dirs());
        files.extend(folder.files().filter_map(|file| {
            let path = file.path().to_str()?.replace('\\', "/");
            Some((path, file.contents().to_vec()))
        }));
    }
    files
}

fn read_folder(
    folder: &Path,
    below: &str,
    files: &mut Vec<(String, Vec<u8>)>,
) -> Result<(), SchemasError> {
    let unreadable = |source| SchemasError::Unreadable {
        path: folder.to_owned(),
        source,
    };
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .ok_or_else(|| SchemasError::Name(path.clone()))?;
        let inside = if below.is_empty() {
            name.to_owned()
        } else {
            format!("{below}/{name}")
        };
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            read_folder(&path, &inside, files)?;
        } else {
            let bytes = std::fs::read(&path).map_err(|source| SchemasError::Unreadable {
                path: path.clone(),
                source,
            })?;
            files.push((inside, bytes));
        }
    }
    Ok(())
}
