//! The wire of VSP as VECOZO publishes it: metadata, searches and statuses in JSON, payloads in multipart bodies and ZIP files. Bytes to types and back; no HTTP,
//! no register, no store.

pub mod metadata;
pub mod outgoing;
pub mod parts;
pub mod status;
pub mod uuid;
pub mod zip;
pub mod zoekpad;
