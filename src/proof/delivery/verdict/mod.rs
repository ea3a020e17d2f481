//! What a municipality may conclude of a line: its level, its checks, and one result. Advice: a human decides.

mod bound;
mod level;
mod result;
mod statement;

pub use bound::upper95_bp;
pub use level::Level;
pub use result::{Bounds, Check, Checks, Outcome, conclude};
pub use statement::{Drawings, REASONS_MAX, Reason, Verdict};
