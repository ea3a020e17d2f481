//! Tests of the library as a whole.

mod coverage;
mod deciding;
mod diff;
pub(crate) mod folder;
pub(crate) mod generated;
mod law;
mod lint;
mod loading;
mod migrate;
pub(crate) mod national;
mod planted;
mod real;
mod suggesting;
mod way_back;
