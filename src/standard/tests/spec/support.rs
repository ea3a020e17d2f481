//! The schemas of this repository, and messages made from small pieces.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use knooppunt_standard::{Checked, Finding, Limits, Releases};

/// Root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Facts that lie beside the repository, when they are there: `KNOOPPUNT_SHARED` or `../shared`.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("KNOOPPUNT_SHARED")
        .map_or_else(|| root().join("../shared"), PathBuf::from);
    Some(folder.join(path)).filter(|path| path.exists())
}

/// Every file below a folder: its path from there, and its bytes.
pub(crate) fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(folder)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                found.push((name, fs::read(&path).unwrap()));
            }
        }
    }
    found
}

/// The releases of this repository.
pub(crate) static RELEASES: LazyLock<Releases> =
    LazyLock::new(|| Releases::load(files(&root().join("schemas"))).unwrap());

/// Checks with the limits as they come.
pub(crate) fn check(body: &[u8]) -> Checked<'_> {
    RELEASES.check(body, &Limits::default())
}

/// Code and path of each finding.
pub(crate) fn codes<'c>(checked: &'c Checked<'_>) -> Vec<(&'static str, &'c str)> {
    checked
        .findings
        .list
        .iter()
        .map(|Finding { code, path, .. }| (*code, path.as_str()))
        .collect()
}
