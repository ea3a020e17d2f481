//! Tests of the library as a whole.

pub(crate) mod folder;
mod generated;
mod lint;
mod loading;
pub(crate) mod national;
mod suggesting;
mod law;
mod real;
