//! The folder of the last good lists, one file (DER) for each issuer and scope. A file is replaced in one step: after a kill or a loss of power there
//! is the old list or the new one, whole.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::transport::crl::{CRL_BYTES_MAX, CrlError, bytes_of, files_in};
use crate::transport::issuer::Signer;

/// Characters of a name: a hash of issuer and scope, cut.
const NAME_CHARS: usize = 32;

/// Where the list of this issuer and scope stands.
pub(super) fn path_of(folder: &Path, issuer: &Signer, scope: &[u8]) -> PathBuf {
    let hash = Sha256::new()
        .chain_update(issuer)
        .chain_update(scope)
        .finalize();
    let mut name = data_encoding::HEXLOWER.encode(&hash);
    name.truncate(NAME_CHARS);
    folder.join(format!("{name}.crl"))
}

/// Every file in the folder with its bytes, and of one that cannot be read why. No folder: nothing.
pub(super) fn read(folder: &Path) -> Vec<Result<(PathBuf, Vec<u8>), CrlError>> {
    if !folder.is_dir() {
        return Vec::new();
    }
    match files_in(folder) {
        Ok(files) => files
            .into_iter()
            .map(|file| bytes_of(&file, CRL_BYTES_MAX).map(|bytes| (file, bytes)))
            .collect(),
        Err(error) => vec![Err(error)],
    }
}

/// Puts a list in the place of the one before. When it returns `Ok` the new one survives a loss of power; Err: the old one is there.
pub(super) fn write(path: &Path, der: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // Hidden, so that it is no list for who reads the folder just now; and each its own, for a gateway and a command may both write, and neither waits for the
    // other.
    let chance = getrandom::u64().map_err(io::Error::from)?;
    let new = folder.join(format!(".{name}.{chance:016x}.new"));
    let written = write_new(&new, der).and_then(|()| fs::rename(&new, path));
    if let Err(error) = written {
        // It may not even have been made.
        let _ = fs::remove_file(&new);
        return Err(error);
    }
    File::open(folder)?.sync_all()
}

fn write_new(path: &Path, der: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(der)?;
    file.sync_all()
}
