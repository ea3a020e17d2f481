//! All loaded releases, compiled, and the check of a body against them.
//! The way in for everyone who uses this library.

use crate::bericht::berichtsoort::Kind;
use crate::error::LoadError;
use crate::finding::Findings;
use crate::limits::Limits;
use crate::release::Release;
use crate::xml::tree::Tree;

/// All loaded releases, compiled; never changes.
#[derive(Debug)]
pub struct Releases {
    list: Vec<Release>,
}

/// What a check leaves: the kind, everything that is wrong, and the tree.
#[derive(Debug)]
pub struct Checked<'b> {
    /// Law, release and kind; `None` when the root is of none that is known.
    pub kind: Option<Kind>,
    /// All findings in document order. None: the message is valid at level 1.
    pub findings: Findings,
    /// The elements that the schema knows in their place.
    pub tree: Tree<'b>,
}

impl Releases {
    /// Loads and compiles release folders. Each file is its path below `schemas/`
    /// (`ijw/3.2/JW301.xsd`, `ijw/3.2/source.toml`, `ijw/3.2/codelists/JZ020.toml`) and its bytes.
    ///
    /// `Err`: a file is not right; nothing is taken. It names the file and, in a schema, the line.
    pub fn load<I: IntoIterator<Item = (String, Vec<u8>)>>(_files: I) -> Result<Self, LoadError> {
        todo!()
    }

    /// The loaded releases, by standard and release.
    pub fn list(&self) -> &[Release] {
        &self.list
    }

    /// Checks the form of a body (level 1): one pass, all findings, and the tree.
    pub fn check<'b>(&self, _body: &'b [u8], _limits: &Limits) -> Checked<'b> {
        todo!()
    }
}
