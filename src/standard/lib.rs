//! The iJw and iWmo standards, executable.
//!
//! Takes the bytes of a message and says everything that is wrong with its form (level 1 of the
//! standard): with path, line, column, a stable code and a Dutch text that tells what is expected.
//! Leaves a compact tree of the message. The schemas are data, given by the caller.
//!
//! Does not judge content over elements (levels 2 to 4), keeps nothing, reads no file or clock, and
//! never repeats a value from a message in a finding, an error or `Debug`.

mod bericht;
mod codelijst;
mod description;
mod error;
mod explain;
mod finding;
mod limits;
mod release;
mod releases;
mod schema;
mod xml;

pub use bericht::berichtsoort::{Berichtsoort, Kind, Law, UnknownLaw};
pub use bericht::header::{Answered, Header};
pub use codelijst::{Codelijst, CodelijstRow};
pub use description::{
    Base, ContentDescription, ElementDescription, SchemaDescription, ValueDescription,
};
pub use error::LoadError;
pub use finding::{Code, Finding, Findings};
pub use limits::Limits;
pub use release::Release;
pub use releases::{Checked, Releases};
pub use xml::tree::{Children, Node, Tree};
