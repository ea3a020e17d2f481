//! The folder of product-code tables, read into memory. Reads files within bounds and nothing more; what they mean is for `knooppunt-catalogue`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use knooppunt_catalogue::Source;

use crate::fault::Fault;

/// Most files and folders that are read: thirty for each of 342 municipalities.
pub const ENTRIES_MAX: usize = 10_000;
/// Most bytes of all files together: 145,000 rows are 14 MB.
pub const BYTES_MAX: u64 = 256 << 20;
/// Folders below each other. Tables need two; a link that leads back to a folder above it ends here.
const DEPTH_MAX: usize = 4;

/// Why a folder of tables cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TablesError {
    /// A file or folder cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Unreadable {
        /// What was to be read.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// There are more files and folders than [`ENTRIES_MAX`].
    #[error("{}: more than {ENTRIES_MAX} files and folders", .0.display())]
    TooMany(PathBuf),
    /// The files have more than [`BYTES_MAX`] bytes in all.
    #[error("{}: more than {BYTES_MAX} bytes in all", .0.display())]
    TooLarge(PathBuf),
    /// Folders lie deeper than tables need.
    #[error("{}: more than {DEPTH_MAX} folders deep", .0.display())]
    TooDeep(PathBuf),
}

impl TablesError {
    /// Stable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "tables-unreadable",
            Self::TooMany(_) => "tables-too-many",
            Self::TooLarge(_) => "tables-too-large",
            Self::TooDeep(_) => "tables-too-deep",
        }
    }

    /// Always ours: the operator has to change the folder.
    pub fn fault(&self) -> Fault {
        Fault::Ours
    }
}

/// The files of this folder by their paths below it, sorted. Of a file with another ending than `extensions` only the name is taken, with no bytes: a
/// spreadsheet left behind is no table, and is told as a file that nothing refers to. Names that begin with a dot are passed over, and links are followed: that
/// is how a volume of Kubernetes holds files. Err: see [`TablesError`]; a folder is read whole or not at all.
pub fn read(folder: &Path, extensions: &[&str]) -> Result<Vec<Source>, TablesError> {
    read_up_to(folder, extensions, ENTRIES_MAX, BYTES_MAX)
}

/// The endings of what belongs to tables.
pub const EXTENSIONS: &[&str] = &["tsv", "toml", "md"];

fn read_up_to(
    folder: &Path,
    extensions: &[&str],
    entries_max: usize,
    bytes_max: u64,
) -> Result<Vec<Source>, TablesError> {
    let mut reading = Reading {
        folder,
        extensions,
        entries_left: entries_max,
        bytes_left: bytes_max,
        files: BTreeMap::new(),
    };
    reading.folder(folder, "", DEPTH_MAX)?;
    let files = reading.files.into_iter();
    Ok(files.map(|(path, bytes)| Source { path, bytes }).collect())
}

struct Reading<'f> {
    folder: &'f Path,
    extensions: &'f [&'f str],
    entries_left: usize,
    bytes_left: u64,
    files: BTreeMap<String, Vec<u8>>,
}

impl Reading<'_> {
    fn folder(&mut self, path: &Path, below: &str, depth: usize) -> Result<(), TablesError> {
        let unreadable = |source| TablesError::Unreadable {
            path: path.to_owned(),
            source,
        };
        for entry in fs::read_dir(path).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') {
                continue;
            }
            self.entries_left = self
                .entries_left
                .checked_sub(1)
                .ok_or_else(|| TablesError::TooMany(self.folder.to_owned()))?;
            let at = entry.path();
            let below = format!("{below}{name}");
            let unreadable = |source| TablesError::Unreadable {
                path: at.clone(),
                source,
            };
            let kind = fs::metadata(&at).map_err(unreadable)?;
            if kind.is_dir() {
                let depth = depth
                    .checked_sub(1)
                    .ok_or_else(|| TablesError::TooDeep(at.clone()))?;
                self.folder(&at, &format!("{below}/"), depth)?;
                continue;
            }
            let extension = Path::new(&name).extension();
            let is_ours =
                extension.is_some_and(|found| self.extensions.iter().any(|e| found == *e));
            // A pipe or a device has no end.
            let bytes = if is_ours && kind.is_file() {
                self.file(&at).map_err(unreadable)?
            } else {
                Vec::new()
            };
            self.bytes_left = self
                .bytes_left
                .checked_sub(bytes.len() as u64)
                .ok_or_else(|| TablesError::TooLarge(self.folder.to_owned()))?;
            self.files.insert(below, bytes);
        }
        Ok(())
    }

    /// The bytes of a file, and one more than is left of what is longer.
    fn file(&self, path: &Path) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let most = self.bytes_left.saturating_add(1);
        File::open(path)?.take(most).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("gm0777")).unwrap();
        fs::write(folder.path().join("gm0777/map.tsv"), "rijen").unwrap();
        fs::write(folder.path().join("gm0777/oud.xlsx"), [0xff; 9]).unwrap();
        fs::write(folder.path().join("gm0777/.map.tsv.swp"), "half").unwrap();
        fs::write(folder.path().join("README.md"), "tekst").unwrap();
        folder
    }

    fn names(files: &[Source]) -> Vec<(&str, usize)> {
        let name = |file: &'_ Source| file.bytes.len();
        files.iter().map(|f| (f.path.as_str(), name(f))).collect()
    }

    #[test]
    fn files_come_by_their_path_and_of_what_is_no_table_only_the_name() {
        let folder = folder();
        let files = read(folder.path(), EXTENSIONS).unwrap();
        assert_eq!(
            names(&files),
            [
                ("README.md", 5),
                ("gm0777/map.tsv", 5),
                ("gm0777/oud.xlsx", 0)
            ]
        );
    }

    #[test]
    fn links_are_followed_as_in_a_volume_of_kubernetes_and_one_that_leads_back_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("..2026_11_22");
        fs::create_dir(&data).unwrap();
        fs::write(data.join("manifest.toml"), "x").unwrap();
        symlink("..2026_11_22", folder.path().join("..data")).unwrap();
        symlink("..data/manifest.toml", folder.path().join("manifest.toml")).unwrap();
        let files = read(folder.path(), EXTENSIONS).unwrap();
        assert_eq!(names(&files), [("manifest.toml", 1)]);
        symlink(".", folder.path().join("terug")).unwrap();
        let error = read(folder.path(), EXTENSIONS).unwrap_err();
        assert_eq!(error.code(), "tables-too-deep");
    }

    #[test]
    fn one_past_each_limit_is_refused_whole() {
        let folder = folder();
        // A folder, and three names in the two.
        let code = |entries, bytes| {
            let read = read_up_to(folder.path(), EXTENSIONS, entries, bytes);
            read.map_or_else(|error| error.code(), |_| "")
        };
        assert_eq!(code(4, 10), "");
        assert_eq!(code(3, 10), "tables-too-many");
        assert_eq!(code(4, 9), "tables-too-large");
        let absent = read(&folder.path().join("weg"), EXTENSIONS).unwrap_err();
        assert_eq!(absent.code(), "tables-unreadable");
    }
}
