//! Limits on what is read. Each has a default and a finding code of its own.

/// Limits of one check. Going one past a limit is a finding, never an error of ours.
///
/// ```
/// use knooppunt_standard::Limits;
/// let limits = Limits { body_bytes: 256 << 20, ..Limits::default() };
/// assert_eq!(limits.depth, 32);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a body; default 26,214,400 (25 MB, rule OP179). At most 4,294,967,295 counts.
    pub body_bytes: usize,
    /// Elements inside each other; default 32.
    pub depth: usize,
    /// Attributes of one element, namespace declarations included; default 100.
    pub attributes: usize,
    /// Namespace declarations that hold at one element, those around it included; default 100.
    pub namespaces: usize,
    /// Bytes of an element's or attribute's name with its prefix; default 256.
    pub name_bytes: usize,
    /// Bytes of a text between two tags; default 10,000,000.
    pub text_bytes: usize,
    /// Bytes of an attribute's value; default 65,536.
    pub attribute_bytes: usize,
    /// Findings that are kept; the rest is counted; default 1,000.
    pub findings: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 26_214_400,
            depth: 32,
            attributes: 100,
            namespaces: 100,
            name_bytes: 256,
            text_bytes: 10_000_000,
            attribute_bytes: 65_536,
            findings: 1_000,
        }
    }
}
