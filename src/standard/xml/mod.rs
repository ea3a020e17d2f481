//! XML as the gateway takes it: UTF-8, no DTD, within limits, namespaces bound here.
//! Knows nothing of schemas.

pub(crate) mod name;
pub(crate) mod text;
pub(crate) mod tree;
