//! What is written is there whole or not at all: it is made beside its place, synced, and put there in one step. Names that begin with a dot are no part of a
//! folder of tables, so nobody reads what is being made.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::super::{Stop, words};

/// Writes a file unless it is so already. Gives whether it was written. What is no file, such as a pipe, is written to as it is.
pub(super) fn file(path: &Path, bytes: &[u8]) -> Result<bool, Stop> {
    let there = fs::metadata(path);
    if there.as_ref().is_ok_and(|there| !there.is_file()) {
        fs::write(path, bytes).map_err(|error| cannot(path, &error))?;
        return Ok(true);
    }
    if fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(false);
    }
    // A link stays one: the file that it names is replaced.
    let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let write = || {
        fs::create_dir_all(parent(&place))?;
        let new = beside(&place);
        let written = make(&new, bytes).and_then(|()| {
            if let Ok(there) = &there {
                fs::set_permissions(&new, there.permissions())?;
            }
            fs::rename(&new, &place)
        });
        // The error that is told is that of the writing.
        written.inspect_err(|_| drop(fs::remove_file(&new)))?;
        sync(parent(&place))
    };
    write().map_err(|error| cannot(path, &error))?;
    Ok(true)
}

/// Makes a folder of these files, by their paths in it. There is none yet, or it is empty.
pub(super) fn folder<'f>(
    path: &Path,
    files: impl IntoIterator<Item = (PathBuf, &'f [u8])>,
) -> Result<(), Stop> {
    let new = beside(path);
    let write = || {
        fs::create_dir_all(parent(path))?;
        fs::create_dir(&new)?;
        for (name, bytes) in files {
            let file = new.join(name);
            fs::create_dir_all(parent(&file))?;
            make(&file, bytes)?;
        }
        fs::rename(&new, path)
    };
    let written = write().inspect_err(|_| drop(fs::remove_dir_all(&new)));
    let synced = written.and_then(|()| sync(parent(path)));
    synced.map_err(|error| cannot(path, &error))
}

fn make(new: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(new)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// A name in the same folder that nobody reads.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    parent(path).join(format!(".{name}.{}", std::process::id()))
}

fn parent(path: &Path) -> &Path {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

fn cannot(path: &Path, error: &io::Error) -> Stop {
    let why = words::os(error);
    Stop::unable(format!("{}: niet te schrijven: {why}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_replaced_behind_its_link_with_its_permissions_and_nothing_stays_beside_it() {
        let site = tempfile::tempdir().unwrap();
        let (path, link) = (site.path().join("map.tsv"), site.path().join("link.tsv"));
        assert!(file(&path, b"een").unwrap());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&path, &link).unwrap();
        assert!(file(&link, b"twee").unwrap());
        assert!(!file(&link, b"twee").unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"twee");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o640
        );
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(names(site.path()), ["link.tsv", "map.tsv"]);
    }

    #[test]
    fn what_cannot_be_put_in_its_place_leaves_what_was_there_and_nothing_beside_it() {
        let site = tempfile::tempdir().unwrap();
        let taken = site.path().join("gm0777");
        file(&taken.join("map.tsv"), b"een").unwrap();
        let files = [(PathBuf::from("map.tsv"), &b"twee"[..])];
        assert!(folder(&taken, files.clone()).is_err());
        assert_eq!(fs::read(taken.join("map.tsv")).unwrap(), b"een");
        assert_eq!(names(site.path()), ["gm0777"]);
        folder(&site.path().join("gm0778"), files).unwrap();
        assert_eq!(
            fs::read(site.path().join("gm0778/map.tsv")).unwrap(),
            b"twee"
        );
    }
}
