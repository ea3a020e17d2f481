//! Behaviour of the standard's library, as sentences. One binary for all its integration tests.

#[path = "spec/support.rs"]
mod support;

#[path = "spec/facets.rs"]
mod facets;
#[path = "spec/published.rs"]
mod published;
