//! The list of the duplicate values of a line, which travels beside its statement: all of its leaves, sorted, so that it shows neither order nor number of visits.

use super::node::Leaf;
use crate::delivery::record::Nf;
use crate::delivery::tag;
use crate::hash::Hash;

/// Why bytes are no list of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NfListError {
    /// Not as many values as the tree has leaves.
    #[error("not as many values as leaves")]
    Size,
    /// Not in strictly ascending order: one of them stands there twice, or behind a higher one.
    #[error("the values do not ascend")]
    Order,
}

impl NfListError {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Size => "nfs-size",
            Self::Order => "nfs-order",
        }
    }
}

/// A list of duplicate values, strictly ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NfList(Vec<Nf>);

impl NfList {
    /// Of the leaves of a tree. Err: two leaves have the same value.
    pub fn of(leaves: &[Leaf]) -> Result<NfList, NfListError> {
        let mut values: Vec<Nf> = leaves.iter().map(|leaf| leaf.nf).collect();
        values.sort_unstable();
        NfList::ascending(values)
    }

    /// Reads the list of a tree of this depth. Err: another number of values, or not strictly ascending.
    pub fn parse(bytes: &[u8], depth: u8) -> Result<NfList, NfListError> {
        let (values, rest) = bytes.as_chunks::<16>();
        if !rest.is_empty() || Some(values.len()) != 1usize.checked_shl(u32::from(depth)) {
            return Err(NfListError::Size);
        }
        NfList::ascending(values.iter().map(|value| Nf(*value)).collect())
    }

    fn ascending(values: Vec<Nf>) -> Result<NfList, NfListError> {
        if values.is_sorted_by(|one, next| one < next) {
            Ok(NfList(values))
        } else {
            Err(NfListError::Order)
        }
    }

    /// Its values.
    pub fn values(&self) -> &[Nf] {
        &self.0
    }

    /// As it travels: one value after the other.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|value| value.0).collect()
    }

    /// What the line statement says of it (nfh).
    pub fn hash(&self) -> Hash {
        Hash::over(&[tag::NF_LIST, &self.to_bytes()])
    }
}
