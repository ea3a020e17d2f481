//! A release of a standard as a folder: its schemas, its code lists and `source.toml`.
//! Reads the description; the schemas themselves are read by `schema`.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::bericht::berichtsoort::{Berichtsoort, Law};
use crate::codelijst::Codelijst;

/// The releases for which the rules of levels 2 to 4 are written.
const WITH_RULES: [(Law, &str); 2] = [(Law::Jw, "3.2"), (Law::Wmo, "3.2")];

/// One release of a standard that is loaded.
#[derive(Clone, Debug)]
pub struct Release {
    /// `ijw` or `iwmo`.
    pub standard: Arc<str>,
    /// As in the folder's name: `3.2`.
    pub release: Arc<str>,
    /// Law whose messages these are.
    pub law: Law,
    /// Kinds of which it has a schema, by number.
    pub soorten: Vec<Berichtsoort>,
    /// First day on which its messages are taken.
    pub accepted_from: Date,
    /// Last day on which its messages are taken; `None` while no end is set.
    pub accepted_until: Option<Date>,
    /// SHA-256 over the names and bytes of its files; changes when any of them does.
    pub hash: [u8; 32],
    pub(crate) codelijsten: BTreeMap<String, Codelijst>,
}

impl Release {
    /// Whether messages of this release are taken on a day.
    pub fn is_taken_on(&self, day: Date) -> bool {
        self.accepted_from <= day && self.accepted_until.is_none_or(|until| day <= until)
    }

    /// Whether the rules of levels 2 to 4 are written for it. Another release has level 1 and no more.
    pub fn has_rules(&self) -> bool {
        WITH_RULES.contains(&(self.law, &*self.release))
    }

    /// A code list of this release by its published name: `JZ020`.
    pub fn codelijst(&self, name: &str) -> Option<&Codelijst> {
        self.codelijsten.get(name)
    }

    /// All code lists of this release, by name.
    pub fn codelijsten(&self) -> impl Iterator<Item = (&str, &Codelijst)> {
        self.codelijsten
            .iter()
            .map(|(name, list)| (name.as_str(), list))
    }
}

/// `source.toml`: what a release folder is and where each of its files comes from.
///
/// ```toml
/// standard = "ijw"
/// release = "3.2"
/// law = "jw"
/// accepted_from = "2023-04-03"
/// # accepted_until = "2026-12-31"
///
/// [[file]]
/// name = "JW301.xsd"                # path below the folder
/// source = "XSD JW301 3.2, Zorginstituut Nederland, 29 September 2022"
/// published = true                  # false: follows from other sources, see note
/// note = "..."                      # optional
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Source {
    pub(crate) standard: String,
    pub(crate) release: String,
    pub(crate) law: String,
    pub(crate) accepted_from: Date,
    pub(crate) accepted_until: Option<Date>,
    #[serde(default)]
    pub(crate) file: Vec<SourceFile>,
}

/// Provenance of one file of a release.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceFile {
    pub(crate) name: String,
    #[serde(rename = "source")]
    pub(crate) _source: String,
    #[serde(rename = "published")]
    pub(crate) _published: bool,
    #[serde(default, rename = "note")]
    pub(crate) _note: Option<String>,
}

/// SHA-256 over the files of a release in order of name: for each the length of its name (8 bytes,
/// big endian), the name, the length of its bytes (8 bytes, big endian) and the bytes.
pub(crate) fn hash(files: &BTreeMap<String, Vec<u8>>) -> [u8; 32] {
    let mut digest = Sha256::new();
    for (name, bytes) in files {
        digest.update((name.len() as u64).to_be_bytes());
        digest.update(name);
        digest.update((bytes.len() as u64).to_be_bytes());
        digest.update(bytes);
    }
    digest.finalize().into()
}
