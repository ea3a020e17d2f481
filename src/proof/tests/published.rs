//! Vectors from files: those that others published, which are no part of this repository, and those of this repository.

use std::env;
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use serde_json::Value;

use crate::Hash;

/// A folder below the published vectors: they are looked for in the folder that `KNOOPPUNT_SHARED` names (a relative one counts from the root of this repository),
/// else in `../shared`. None where they are not, and the output of the test says so.
pub(super) fn folder(path: &str) -> Option<PathBuf> {
    let named = env::var_os("KNOOPPUNT_SHARED");
    let is_named = named.is_some();
    let shared = named.unwrap_or_else(|| "../shared".into());
    let vectors = root().join(shared).join("vectors");
    assert!(
        vectors.is_dir() || !is_named,
        "{} is no folder",
        vectors.display()
    );
    if !vectors.is_dir() {
        println!("the published vectors are not here: nothing is compared");
    }
    vectors.is_dir().then(|| vectors.join(path))
}

/// The cases of a file of this repository, below `conformance/proof`.
pub(crate) fn own(file: &str) -> Vec<Value> {
    let path = root().join("conformance/proof").join(file);
    let cases = read(&path);
    cases.as_array().unwrap().clone()
}

/// Every JSON file below a folder, with its path.
pub(super) fn below(folder: &Path) -> Vec<(PathBuf, Value)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(below(&path));
        } else {
            let value = read(&path);
            found.push((path, value));
        }
    }
    found
}

fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The text under this name. A case without it is no case.
pub(crate) fn text<'v>(case: &'v Value, name: &str) -> &'v str {
    case[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} of {case}"))
}

pub(crate) fn number(case: &Value, name: &str) -> u64 {
    case[name]
        .as_u64()
        .unwrap_or_else(|| panic!("{name} of {case}"))
}

pub(super) fn width(case: &Value) -> u16 {
    u16::try_from(number(case, "width")).unwrap()
}

pub(crate) fn bytes(case: &Value, name: &str) -> Vec<u8> {
    BASE64.decode(text(case, name).as_bytes()).unwrap()
}

pub(crate) fn hash(case: &Value, name: &str) -> Hash {
    Hash::from_base64(text(case, name)).unwrap()
}

pub(crate) fn hashes(case: &Value, name: &str) -> Vec<Hash> {
    let list = case[name].as_array().unwrap().iter();
    list.map(|text| Hash::from_base64(text.as_str().unwrap()).unwrap())
        .collect()
}
