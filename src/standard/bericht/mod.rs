//! A message through its published names: its kind and its header.
//! Does not check anything: that is done by `schema` before.

pub(crate) mod berichtsoort;
pub(crate) mod header;
