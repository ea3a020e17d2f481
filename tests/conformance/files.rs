//! The files that the tests read: ours in this repository, and the published ones where they are at hand.
//! Finds and reads; interprets nothing.

use std::fs;
use std::path::{Path, PathBuf};

/// The two standards, their folder of schemas, and the prefix of their kinds.
pub(crate) const STANDARDS: [(&str, &str); 2] = [("ijw", "JW"), ("iwmo", "WMO")];

/// Numbers of the fourteen kinds.
pub(crate) const KINDS: [u16; 14] = [
    301, 302, 305, 306, 307, 308, 315, 316, 317, 318, 319, 320, 323, 325,
];

/// Kinds of iWmo 3.2 whose schema nobody publishes: compared with one derived from the iJw twin, which is not official either.
pub(crate) const UNPUBLISHED: [&str; 7] = [
    "WMO302", "WMO306", "WMO308", "WMO316", "WMO318", "WMO320", "WMO325",
];

/// A path below the root of this repository.
pub(crate) fn own(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A path below the published files, which stand beside this repository on the machines of its makers; `None` elsewhere.
pub(crate) fn published(path: &str) -> Option<PathBuf> {
    Some(own("../shared/standards").join(path)).filter(|path| path.exists())
}

/// The published schema of a kind, or the derived one where none is published.
pub(crate) fn published_schema(standard: &str, name: &str) -> Option<PathBuf> {
    published(&format!("xsd/{standard}/3.2/{name}.xsd"))
        .or_else(|| published(&format!("xsd/{standard}/3.2-derived/{name}.xsd")))
}

/// All files below a folder with their path from `root`, by name.
pub(crate) fn below(root: &Path, folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut entries: Vec<PathBuf> = list(folder);
    entries.sort();
    for path in entries {
        if path.is_dir() {
            found.extend(below(root, &path));
        } else {
            let name = path
                .strip_prefix(root)
                .expect("below the root")
                .to_string_lossy()
                .replace('\\', "/");
            found.push((name, read(&path)));
        }
    }
    found
}

/// The entries of a folder; none when it is not there.
pub(crate) fn list(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("readable folder").path())
        .collect();
    paths.sort();
    paths
}

/// The bytes of a file that must be there.
pub(crate) fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The text of a file that must be there.
pub(crate) fn text(path: &Path) -> String {
    String::from_utf8(read(path)).unwrap_or_else(|_| panic!("{} is not UTF-8", path.display()))
}

/// The schemas of this repository, as `Releases::load` takes them.
pub(crate) fn own_schemas() -> Vec<(String, Vec<u8>)> {
    let root = own("schemas");
    below(&root, &root)
}
