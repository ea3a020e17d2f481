//! Connections: mutual TLS, who is at the other end, limits.

pub mod peer;
