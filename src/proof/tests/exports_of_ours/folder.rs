//! An export in memory, and what can be done to it.

use std::collections::BTreeMap;
use std::convert::Infallible;

use crate::export::{
    ExportError, ExportSummary, ExportVerifier, Files, MANIFEST, RECORDS, VerifyError,
};
use crate::tests::made;
use crate::{Hash, Policy, SignedNote, SignerKey};

/// An export in memory.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Folder(pub(super) BTreeMap<String, Vec<u8>>);

impl Folder {
    pub(super) fn put(&mut self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.0.insert(path.to_owned(), bytes.into());
    }

    pub(super) fn text(&self, path: &str) -> String {
        String::from_utf8(self.0[path].clone()).unwrap()
    }

    /// What a manifest says of a file.
    pub(super) fn named(&self, path: &str) -> String {
        let bytes = &self.0[path];
        format!("file {path} {} {}\n", bytes.len(), Hash::over(&[bytes]))
    }

    pub(super) fn with(mut self, path: &str, bytes: impl Into<Vec<u8>>) -> Folder {
        self.put(path, bytes);
        self
    }

    pub(super) fn without(mut self, path: &str) -> Folder {
        self.0.remove(path).unwrap();
        self
    }

    /// With one bit of a file changed.
    pub(super) fn bent(mut self, path: &str, at: usize) -> Folder {
        self.0.get_mut(path).unwrap()[at] ^= 1;
        self
    }

    pub(super) fn replaced(self, path: &str, from: &str, to: &str) -> Folder {
        let text = self.text(path);
        assert!(text.contains(from), "{from}");
        self.with(path, text.replacen(from, to, 1))
    }

    pub(super) fn lines(self, change: impl FnOnce(&mut Vec<String>)) -> Folder {
        let text = self.text(RECORDS);
        let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
        change(&mut lines);
        self.with(RECORDS, lines.concat())
    }

    /// Sealed anew by whoever has this key, the files as they are now and the text changed.
    pub(super) fn sealed_by(
        self,
        key: &SignerKey,
        change: impl FnOnce(String) -> String,
    ) -> Folder {
        let manifest = self.text(MANIFEST);
        let text: String = manifest
            .split_inclusive('\n')
            .take_while(|line| *line != "\n")
            .map(|line| {
                match line
                    .strip_prefix("file ")
                    .and_then(|rest| rest.split_once(' '))
                {
                    Some((path, _)) => self.named(path),
                    None => line.to_owned(),
                }
            })
            .collect();
        let note = SignedNote::sign(&change(text), key).unwrap();
        self.with(MANIFEST, note.to_string())
    }

    pub(super) fn sealed(self) -> Folder {
        self.sealed_by(&made::log(), |text| text)
    }

    pub(super) fn sealed_saying(self, from: &str, to: &str) -> Folder {
        self.sealed_by(&made::log(), |text| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        })
    }

    pub(super) fn verify(&self, trusted: &Policy) -> Result<ExportSummary, ExportError> {
        let told = |error| match error {
            VerifyError::Export(error) => error,
            VerifyError::Caller(never) => match never {},
        };
        let mut files = self.clone();
        let mut verifier = ExportVerifier::open(&mut files, trusted).map_err(told)?;
        let records = self.0.get(RECORDS).ok_or(ExportError::FileMissing {
            file: RECORDS.to_owned(),
        })?;
        for piece in records.chunks(1_000) {
            verifier
                .records(&mut files, piece, |_| Ok(()))
                .map_err(told)?;
        }
        verifier.finish(self.0.keys())
    }
}

impl Files for Folder {
    type Error = Infallible;

    fn read(&mut self, path: &str, bytes_max: usize) -> Result<Option<Vec<u8>>, Infallible> {
        let bytes = self.0.get(path);
        Ok(bytes.map(|bytes| bytes.iter().take(bytes_max + 1).copied().collect()))
    }
}
