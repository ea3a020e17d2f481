//! The published rules of levels 2 to 4: what each is called, where it holds, and what it sees.
//! A rule formats no text and returns no values; the order in which rules are asked is in `assess`.

mod breach;
mod rule;

pub use breach::{Breach, Weight};
pub use rule::{Level, Rule};
