//! Files of the repository, for targets that need schemas.

use std::path::{Path, PathBuf};

/// Every file below a folder of the repository: its path from there, and its bytes.
pub fn below(folder: &str) -> Vec<(String, Vec<u8>)> {
    let start = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(folder);
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = vec![start.clone()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(&start)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                found.push((name, std::fs::read(&path).unwrap()));
            }
        }
    }
    found
}
