//! Lines of declarations: what a provider states of one, and how it is held against the line itself.

mod name;
mod statement;

pub use name::LineName;
pub use statement::{DEPTH_NONE, LineStatement, STRIPS_MAX, VOLUME_MAX};
