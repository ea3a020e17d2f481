//! Schemas: XSD files loaded, compiled to tables, and messages checked against them.
//! Takes the part of XSD 1.0 that the standards use and refuses the rest by name.

pub(crate) mod check;
pub(crate) mod compile;
pub(crate) mod describe;
pub(crate) mod document;
pub(crate) mod pattern;
pub(crate) mod record;
pub(crate) mod sequence;
pub(crate) mod value;
