//! A file that is added below `schemas/` or `conformance/messages/` gets into the program: the compiler notices changed
//! files by itself, new ones not. And the program knows which rules it was built with: a hash over their sources.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use sha2::{Digest as _, Sha256};

/// What a verdict follows from: the standard, product codes, the gateway around them, and their dependencies.
const RULES: [&str; 4] = ["Cargo.lock", "src/catalogue", "src/gateway", "src/standard"];
/// Of these no verdict follows: what is asked of a gateway from outside, how bytes are carried and kept, and tests.
const NO_RULES: [&str; 8] = [
    "src/gateway/api",
    "src/gateway/cli",
    "src/gateway/pki",
    "src/gateway/scenario",
    "src/gateway/store",
    "src/gateway/tests",
    "src/gateway/transport",
    "src/standard/tests",
];

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=schemas");
    println!("cargo:rerun-if-changed=conformance/messages");
    let mut hash = Sha256::new();
    for folder in RULES {
        println!("cargo:rerun-if-changed={folder}");
        for file in sources(Path::new(folder))? {
            let bytes = fs::read(&file)?;
            for piece in [file.to_string_lossy().as_bytes(), &bytes] {
                hash.update((piece.len() as u64).to_be_bytes());
                hash.update(piece);
            }
        }
    }
    let out = env::var_os("OUT_DIR").map(PathBuf::from);
    let out = out.ok_or_else(|| io::Error::other("OUT_DIR is not set"))?;
    fs::write(out.join("rules.sha256"), hash.finalize())
}

/// Sources and data of a folder, or this file, but for what no verdict follows from, in order.
fn sources(folder: &Path) -> io::Result<Vec<PathBuf>> {
    if folder.is_file() {
        return Ok(vec![folder.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_source = path
            .extension()
            .is_some_and(|extension| extension == "rs" || extension == "toml");
        let is_test = path.ends_with("tests") || path.ends_with("tests.rs");
        if is_test || NO_RULES.iter().any(|none| path.starts_with(none)) {
            continue;
        }
        if path.is_dir() {
            files.extend(sources(&path)?);
        } else if is_source {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
