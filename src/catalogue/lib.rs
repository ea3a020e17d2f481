//! Product-code tables: each municipality keeps its own codes on its own side, one canonical list stands between, and a product is translated exactly or not
//! at all.
//!
//! Loads tables and national releases ([`Catalogue::load`]) and says what is wrong with their files, with file and line; what rows do to each other
//! and to the national lists is told by [`lint`]; what changed between releases or tables by [`diff`], what a
//! table should say then by [`migrate`], and what share of products is covered by [`coverage`]. Packs tables for looking things up
//! ([`compiled::Compiled`]), and translates there and back ([`translate`]). Does no I/O, knows no clock and no messages: a product here is a category, a code, a
//! unit, a volume and a tariff. Gives tables to others and takes theirs ([`exchange`]). Makes tables up for tests of scale and conflicts ([`generate`]).

pub mod canonical;
mod code;
pub mod compiled;
pub mod coverage;
pub mod diff;
pub mod exchange;
mod factor;
mod finding;
mod findings;
pub mod generate;
mod law;
pub mod lint;
mod load;
mod manifest;
pub mod migrate;
pub mod national;
mod period;
mod relation;
mod row;
mod source;
pub mod suggest;
pub mod translate;
mod tsv;
mod unit;

#[cfg(test)]
mod tests;

pub use code::{Category, Code, CodeError, NotACategory};
pub use factor::{Factor, NotAFactor};
pub use finding::{Class, Finding, Level, worst};
pub use findings::{ALL_MAX, OF_FILE_MAX};
pub use law::{Law, Municipality, NotALaw, NotAMunicipality};
pub use load::{BYTES_MAX, Catalogue, Named, Region, Table, Version};
pub use manifest::Manifest;
pub use period::Period;
pub use relation::{NotARelation, NotAState, Relation, State};
pub use row::{COLUMNS, Key, Row, RowSet, Target};
pub use source::{File, Place, Source, Text};
pub use unit::{NotAUnit, NotAVariant, Unit, Variant};
