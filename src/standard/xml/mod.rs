//! XML as the gateway takes it: UTF-8, no DTD, within limits, namespaces bound here.
//! Knows nothing of schemas.
//!
//! What is well-formed here is well-formed to libxml2 and the other way round, but for what is refused
//! here on purpose: every DTD, every encoding but UTF-8 (also `UTF8`, without hyphen), the version `1.`, what breaks
//! Namespaces in XML (libxml2 only warns), and what passes a limit.

pub(crate) mod chars;
pub(crate) mod lines;
pub(crate) mod name;
pub(crate) mod prolog;
pub(crate) mod reader;
pub(crate) mod scope;
pub(crate) mod text;
pub(crate) mod tree;
pub(crate) mod writer;

use crate::finding::Code;

/// Why a body is not taken as XML, and the byte where that shows. Nothing can be read after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    pub(crate) code: Code,
    pub(crate) at: usize,
}
