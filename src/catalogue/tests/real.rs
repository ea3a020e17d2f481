//! The tables of this repository.

use std::fs;
use std::path::Path;

use crate::{Catalogue, Level, Source, worst};

/// All that stands in `mappings/`.
pub(crate) fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../mappings");
    let mut sources = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = format!("{folder}{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                folders.push(format!("{path}/"));
            } else {
                let bytes = fs::read(entry.path()).unwrap();
                sources.push(Source { path, bytes });
            }
        }
    }
    sources
}

/// The same, read.
pub(crate) fn tables() -> Catalogue {
    let (catalogue, findings) = Catalogue::load(sources());
    assert!(worst(&findings) < Some(Level::Error), "{findings:?}");
    assert!(catalogue.tables.len() >= 6);
    catalogue
}
