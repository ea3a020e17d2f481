//! The gateway without doors on a disk of which every write is known. Its behaviour on a disk that works stands in `tests/spec`.

mod decision;
mod delivery;
mod forgetting;
mod forgotten;
mod power_loss;
mod translation;

#[path = "../../../tests/support/products.rs"]
pub(crate) mod products;
#[path = "../../../tests/support/tables.rs"]
pub(crate) mod tables;
#[allow(
    dead_code,
    clippy::string_slice,
    reason = "it is made for the tests of behaviour, which use all of it"
)]
#[path = "../../../tests/spec/world.rs"]
pub(crate) mod world;
