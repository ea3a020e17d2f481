//! Schemas: XSD files loaded, compiled to tables, and messages checked against them.
//! Takes the part of XSD 1.0 that the standards use and refuses the rest by name.
//!
//! Verdicts are those of libxml2 with three exceptions. `xsi:type`, `xsi:nil` and dates outside 1900
//! to 2199 are refused here. A CDATA section of nothing but white space between elements is taken here
//! and refused by libxml2: XSD 1.0 (cvc-complex-type 2.3) looks at characters, not at how they are written.

pub(crate) mod check;
pub(crate) mod compile;
pub(crate) mod describe;
pub(crate) mod document;
pub(crate) mod pattern;
pub(crate) mod record;
pub(crate) mod sequence;
pub(crate) mod value;
