//! Behaviour of the standard's library, as sentences. One binary for all its integration tests.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    reason = "a test, and what helps it, stops at the first surprise"
)]

#[path = "spec/support.rs"]
mod support;

#[path = "spec/chain/mod.rs"]
mod chain;
#[path = "spec/header.rs"]
mod header;
#[path = "spec/properties.rs"]
mod properties;
#[path = "spec/recovery.rs"]
mod recovery;
#[path = "spec/releases.rs"]
mod releases;
#[path = "spec/retour.rs"]
mod retour;
#[path = "spec/rules.rs"]
mod rules;
#[path = "spec/xml.rs"]
mod xml;
