//! Tables as this program packed them last, in a file of the data folder: who starts again with the same ones need not read them row by row and look for what is
//! wrong in them. Never the truth: the files of the folder are read as ever, and what was packed counts only for exactly those, by this very program. Anything
//! else, damage and a file that cannot be read or written included, is as if there were none.

use std::fs;
use std::path::{Path, PathBuf};

use knooppunt_catalogue::compiled::Compiled;

use super::tables::{Tables, TablesError, hash_of};

/// Bytes of a hash.
const HASH: usize = 32;

/// The file: SHA-256 of the files of the tables, and of the program; then what [`Compiled::to_bytes`] gives, which ends with a hash of itself.
#[derive(Debug)]
pub struct PackedTables {
    file: PathBuf,
    program: [u8; HASH],
}

impl PackedTables {
    /// That of a data folder, for a program with these rules.
    pub fn of(data: &Path, program: [u8; HASH]) -> Self {
        Self {
            file: data.join("tables.packed"),
            program,
        }
    }

    /// As [`Tables::read`], and keeps what it packs.
    pub fn read(&self, folder: Option<&Path>) -> Result<Tables, TablesError> {
        let Some(folder) = folder else {
            return Ok(Tables::default());
        };
        let files = Tables::files(folder)?;
        let hash = hash_of(&files);
        if let Some(compiled) = hash.and_then(|hash| self.kept(&hash)) {
            tracing::info!(
                rows = compiled.size().rows,
                "product codes are taken as they were packed before"
            );
            return Ok(Tables {
                compiled: Some(compiled),
                hash,
                files,
            });
        }
        let tables = Tables::of(files)?;
        self.keep(&tables);
        Ok(tables)
    }

    /// What was packed of the files with this hash.
    fn kept(&self, hash: &[u8; HASH]) -> Option<Compiled> {
        let bytes = fs::read(&self.file).ok()?;
        let packed = bytes.strip_prefix(hash)?.strip_prefix(&self.program)?;
        Compiled::read(packed).ok()
    }

    /// Not synced: what a power loss leaves of it is told by its hash.
    fn keep(&self, tables: &Tables) {
        let (Some(hash), Some(compiled)) = (&tables.hash, &tables.compiled) else {
            return;
        };
        let bytes = [&hash[..], &self.program, &compiled.to_bytes()].concat();
        let new = self.file.with_extension("packed.new");
        let written = fs::write(&new, bytes).and_then(|()| fs::rename(&new, &self.file));
        if let Err(error) = written {
            tracing::warn!(file = %self.file.display(), %error, "packed product codes are not kept: the next start reads them anew");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::tables::{files, lay};

    const ROWS: [&str; 2] = [
        "jw 45 45X48 04 exact 45A48 01 60/1 2020-01-01",
        "jw 45 45X53 - exact 45A53 - - 2020-01-01",
    ];
    const PROGRAM: [u8; HASH] = [7; HASH];

    /// A folder with tables, and a data folder.
    fn folders(rows: &[&str]) -> [tempfile::TempDir; 2] {
        let [mappings, data] = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
        lay(mappings.path(), files("0289", rows));
        [mappings, data]
    }

    /// What the tables say, and their hash.
    fn said(packed: &PackedTables, mappings: &Path) -> (Vec<u8>, Option<[u8; HASH]>) {
        let tables = packed.read(Some(mappings)).expect("tables");
        let anew = Tables::read(Some(mappings)).expect("tables");
        assert_eq!(tables.files, anew.files);
        assert_eq!(tables.hash, anew.hash);
        let compiled = tables.compiled.expect("there are some");
        (compiled.to_bytes(), tables.hash)
    }

    #[test]
    fn what_was_packed_of_these_files_by_this_program_is_taken_and_nothing_else() {
        let [mappings, data] = folders(&ROWS);
        let [others, elsewhere] = folders(&ROWS[1..]);
        let packed = PackedTables::of(data.path(), PROGRAM);
        let file = data.path().join("tables.packed");
        let (first, hash) = said(&packed, mappings.path());
        assert_eq!(said(&packed, mappings.path()), (first.clone(), hash));
        let (other, _) = said(&PackedTables::of(elsewhere.path(), PROGRAM), others.path());
        assert_ne!(first, other);
        // That it is taken shows when something else is put into it.
        let key = [&hash.expect("a hash")[..], &PROGRAM].concat();
        fs::write(&file, [&key[..], &other].concat()).expect("written");
        assert_eq!(said(&packed, mappings.path()).0, other);
        // Other files, and another program.
        assert_eq!(said(&packed, others.path()).0, other);
        assert_eq!(said(&packed, mappings.path()).0, first);
        fs::write(&file, [&key[..], &other].concat()).expect("written");
        let later = PackedTables::of(data.path(), [8; HASH]);
        assert_eq!(said(&later, mappings.path()).0, first);
        assert!(fs::read(&file).expect("readable").ends_with(&first));
    }

    #[test]
    fn whatever_is_wrong_with_it_the_tables_are_read_anew_and_it_is_made_again() {
        let [mappings, data] = folders(&ROWS);
        let packed = PackedTables::of(data.path(), PROGRAM);
        let file = data.path().join("tables.packed");
        let (first, _) = said(&packed, mappings.path());
        let whole = fs::read(&file).expect("readable");
        for at in (0..whole.len()).step_by(17) {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            for wrong in [&bytes[..], &whole[..at]] {
                fs::write(&file, wrong).expect("written");
                assert_eq!(said(&packed, mappings.path()).0, first, "at {at}");
                assert_eq!(fs::read(&file).expect("readable"), whole);
            }
        }
        // Where it cannot be written the tables are there all the same.
        let nowhere = PackedTables::of(&data.path().join("nowhere"), PROGRAM);
        assert_eq!(said(&nowhere, mappings.path()).0, first);
    }

    #[test]
    fn tables_with_an_error_are_refused_and_not_packed() {
        let [mappings, data] = folders(&["jw 45 - 04 exact 45A48 01 60/1 2020-01-01"]);
        let packed = PackedTables::of(data.path(), PROGRAM);
        let error = packed.read(Some(mappings.path())).expect_err("refused");
        assert_eq!(error.code(), "catalogue-refused");
        assert!(!data.path().join("tables.packed").exists());
    }
}
