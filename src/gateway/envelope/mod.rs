//! What wires of others put around a message: one type for all of them ([`wire`]), how each says the same ([`mapping`]), and the published codes as data
//! ([`tables`]). One folder a wire reads and writes its form: bytes to types and back.
//!
//! Judges no message and knows no HTTP.

pub mod ggk;
pub mod mapping;
mod settings;
pub mod tables;
pub mod vsp;
pub mod wire;

pub use settings::{Mismatch, WireSettings};
