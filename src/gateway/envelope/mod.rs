//! The envelopes that messages travel in: one folder a wire. Bytes to types and back.

pub mod vsp;
