//! The wire of the GGk: SOAP 1.1 around StUF envelopes, in the forms ggk0210 and ggk0310. Bytes to types and back; no HTTP, no register, no store.

pub mod base64;
pub mod read;
mod stuurgegevens;
pub mod write;

use crate::ledger::Door;

pub use read::{Fo01, Letter, Read, Unread};
pub use stuurgegevens::Stuurgegevens;

/// SOAP 1.1.
pub const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// StUF 03.01.
pub const STUF: &str = "http://www.egem.nl/StUF/StUF0301";
/// The envelope in force.
pub const GGK0210: &str = "http://www.stufstandaarden.nl/koppelvlak/ggk0210";
/// Its predecessor; the name misleads.
pub const GGK0310: &str = "http://www.stufstandaarden.nl/sectormodel/ggk/0210";
/// Media types of binary content, in ggk0310.
pub const XMIME: &str = "http://www.w3.org/2005/05/xmlmime";

/// The namespace of the envelope of a door.
pub fn namespace(door: Door) -> &'static str {
    match door {
        Door::Ggk0310 => GGK0310,
        Door::Ggk0210 | Door::Vsp => GGK0210,
    }
}

/// Which of the three messages of OntvangAsynchroon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// A first message.
    Di01,
    /// An answer.
    Du01,
    /// A refusal.
    Fo01,
}

impl Operation {
    /// Its berichtcode.
    pub fn code(self) -> &'static str {
        match self {
            Self::Di01 => "Di01",
            Self::Du01 => "Du01",
            Self::Fo01 => "Fo01",
        }
    }

    /// The action that goes with it, in an envelope of this namespace.
    pub fn action(self, namespace: &str) -> String {
        match self {
            Self::Di01 | Self::Du01 => format!("{namespace}/ggk_{}", self.code()),
            Self::Fo01 => format!("{STUF}/Fo01"),
        }
    }
}
