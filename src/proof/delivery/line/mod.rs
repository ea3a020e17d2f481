//! Lines of declarations: what a provider states of one, and how it is held against the line itself.

mod check;
mod declared;
mod name;
mod statement;

pub use check::{DoorError, LineCheck, LineFinding, LineReport, admit, check_line};
pub use declared::DeclaredLine;
pub use name::LineName;
pub use statement::{DEPTH_NONE, LineStatement, STRIPS_MAX, VOLUME_MAX};
