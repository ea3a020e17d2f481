//! The files that the tests read: ours in this repository, and the published ones where they are at hand.
//! Finds and reads; interprets nothing.

use std::env;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// The release that the messages in `conformance/` are of.
pub(crate) const MEASURED: &str = "3.2";

/// The two standards, their folder of schemas, and the prefix of their kinds in release 3.2.
pub(crate) const STANDARDS: [(&str, &str); 2] = [("ijw", "JW"), ("iwmo", "WMO")];

/// Numbers of the fourteen kinds of release 3.2.
pub(crate) const KINDS: [u16; 14] = [
    301, 302, 305, 306, 307, 308, 315, 316, 317, 318, 319, 320, 323, 325,
];

/// Kinds of iWmo 3.2 whose schema nobody publishes: compared with one derived from the iJw twin, which is not official either.
pub(crate) const UNPUBLISHED: [&str; 7] = [
    "WMO302", "WMO306", "WMO308", "WMO316", "WMO318", "WMO320", "WMO325",
];

/// A release in `schemas/`: whatever stands there is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReleaseFolder {
    /// `ijw` or `iwmo`.
    pub(crate) standard: String,
    /// `3.2`.
    pub(crate) release: String,
    /// Kinds of which it has a schema: `JW301`.
    pub(crate) kinds: Vec<String>,
}

impl ReleaseFolder {
    pub(crate) fn folder(&self) -> PathBuf {
        own(&format!("schemas/{}/{}", self.standard, self.release))
    }
}

impl fmt::Display for ReleaseFolder {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}/{}", self.standard, self.release)
    }
}

/// Every release in `schemas/`, by standard and release.
pub(crate) fn releases() -> Vec<ReleaseFolder> {
    let name = |path: &Path| {
        let name = path.file_name().expect("a name");
        name.to_string_lossy().into_owned()
    };
    let mut found = Vec::new();
    for standard in list(&own("schemas")) {
        for folder in list(&standard) {
            if folder.join("source.toml").exists() {
                let kinds = list(&folder)
                    .iter()
                    .filter_map(|path| name(path).strip_suffix(".xsd").map(str::to_owned))
                    .filter(|name| name != "basisschema")
                    .collect();
                found.push(ReleaseFolder {
                    standard: name(&standard),
                    release: name(&folder),
                    kinds,
                });
            }
        }
    }
    assert!(found.len() >= 2, "schemas/ has lost a release");
    found
}

/// A path below the root of this repository.
pub(crate) fn own(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A path below the published files, which are no part of this repository: they are looked for in the folder that
/// `KNOOPPUNT_SHARED` names (a relative one counts from the root of this repository), else in `../shared`. `None` where they are not.
///
/// A variable that names a folder without them is a mistake and ends the run: comparisons that silently fall away would look like success.
pub(crate) fn published(path: &str) -> Option<PathBuf> {
    let named = env::var_os("KNOOPPUNT_SHARED");
    let is_named = named.is_some();
    let standards = own("")
        .join(named.unwrap_or_else(|| "../shared".into()))
        .join("standards");
    assert!(
        !is_named || standards.is_dir(),
        "KNOOPPUNT_SHARED is set, but {} is no folder",
        standards.display()
    );
    Some(standards.join(path)).filter(|path| path.exists())
}

/// The published schema of a kind, or the derived one where none is published.
pub(crate) fn published_schema(standard: &str, release: &str, name: &str) -> Option<PathBuf> {
    published(&format!("xsd/{standard}/{release}/{name}.xsd"))
        .or_else(|| published(&format!("xsd/{standard}/{release}-derived/{name}.xsd")))
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
