//! The iJw and iWmo standards, executable.
//!
//! Takes the bytes of a message and says everything that is wrong with its form (level 1 of the
//! standard): with path, line, column, a stable code and a Dutch text that tells what is expected.
//! Leaves a compact tree of the message. The schemas are data, given by the caller.
//!
//! ```
//! use knooppunt_standard::{Limits, Releases};
//!
//! // The smallest release there can be: one message, one element.
//! let source = "standard = 'ijw'\nrelease = '9.9'\nlaw = 'jw'\naccepted_from = '2030-01-01'\n\
//!     [[file]]\nname = 'JW319.xsd'\nsource = 'made up'\npublished = false\n";
//! let schema = r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:m="urn:ijw/9_9/jw319"
//!       targetNamespace="urn:ijw/9_9/jw319" elementFormDefault="qualified">
//!   <xs:element name="Bericht" type="m:Root"/>
//!   <xs:complexType name="Root"><xs:sequence><xs:element name="Dag" type="xs:date"/></xs:sequence></xs:complexType>
//! </xs:schema>"#;
//! let releases = Releases::load([
//!     ("ijw/9.9/source.toml".to_owned(), source.as_bytes().to_vec()),
//!     ("ijw/9.9/JW319.xsd".to_owned(), schema.as_bytes().to_vec()),
//! ])?;
//!
//! let checked = releases.check(b"<Bericht xmlns='urn:ijw/9_9/jw319'>\n<Dag>2026-02-30</Dag></Bericht>", &Limits::default());
//! let finding = &checked.findings.list[0];
//! assert_eq!(checked.kind.unwrap().name(), "JW319");
//! assert_eq!((finding.code, finding.path.as_str(), finding.line), ("value-date", "/Bericht/Dag", 2));
//! assert!(finding.text().contains("een datum als JJJJ-MM-DD"));
//! # Ok::<(), knooppunt_standard::LoadError>(())
//! ```
//!
//! Judges content over elements and messages (levels 2 to 4) in [`assess`], against a past that it is given:
//! it keeps nothing, reads no file or clock, and never repeats a value from a message in a finding, an error or `Debug`.

pub mod assess;
pub mod bericht;
mod codelijst;
mod description;
mod detached;
mod error;
mod explain;
mod finding;
pub mod history;
mod limits;
pub mod markup;
pub mod measure;
mod opaque;
mod place;
pub mod reference;
mod release;
mod releases;
pub mod retour;
pub mod rules;
#[cfg(test)]
mod sample;
mod schema;
pub mod terms;
mod xml;

pub use assess::Assessment;
pub use bericht::berichtsoort::{Berichtsoort, Kind, Law, UnknownLaw};
pub use bericht::header::{Answered, Header};
pub use bericht::{Bericht, Content};
pub use codelijst::{Codelijst, ListedCode};
pub use description::{
    Base, ContentDescription, ElementDescription, SchemaDescription, ValueDescription,
};
pub use detached::Detached;
pub use error::LoadError;
pub use finding::{Code, Finding, Findings};
pub use limits::Limits;
pub use release::Release;
pub use releases::{Checked, Releases};
pub use xml::tree::{Children, Node, Tree};
