//! Whose fault an error is. HTTP status, retry advice, log level and the text for people follow from this one word.
//! It says nothing about findings: a message that breaks a rule is data, not an error.

use std::fmt;

/// The party that has to do something before the same request can succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The one who sent us this asked for something that cannot be done as asked; repeating it unchanged does not help.
    Sender,
    /// A system that we depend on or deliver to did not do its part; repeating it later may help.
    Peer,
    /// We could not do our own work; repeating it may help, and somebody here has to look.
    Ours,
}

impl Fault {
    /// The word used in logs and metrics: `sender`, `peer` or `ours`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sender => "sender",
            Self::Peer => "peer",
            Self::Ours => "ours",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
