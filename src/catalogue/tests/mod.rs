//! Tests of the library as a whole.

pub(crate) mod folder;
mod generated;
mod loading;
mod suggesting;
