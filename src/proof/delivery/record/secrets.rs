//! Secrets of a provider: one from which a key for each allocation and year is derived, and pseudonyms of its staff.

use std::fmt;

use super::commitment::Uid;
use crate::delivery::bytes::{Lp, Secret, first_16, hkdf};
use crate::delivery::tag;
use crate::delivery::value::{Gemeente, Law, Name};

/// The provider's own secret (K_P): 32 random bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderSecret(Secret);

impl ProviderSecret {
    /// Of 32 random bytes.
    pub fn new(secret: Secret) -> ProviderSecret {
        ProviderSecret(secret)
    }

    /// The pseudonym of a member of staff, as field f3 has it.
    pub fn caregiver(&self, staff: &Name) -> [u8; 16] {
        let name = Lp::new().text(staff.as_str());
        first_16(&self.0.mac(&[tag::CAREGIVER, name.as_bytes()]))
    }

    /// The key of an allocation in a year (K_toew). `salt` is 16 random bytes, which are erased with the records: without them this secret makes nothing.
    pub fn allocation(
        &self,
        salt: &[u8; 16],
        law: Law,
        gem: &Gemeente,
        toew: u32,
        year: u16,
    ) -> AllocationKey {
        let about = Lp::new()
            .text(law.as_str())
            .text(gem.as_str())
            .number(u64::from(toew))
            .number(u64::from(year));
        let info: &[&[u8]] = &[tag::TOEWIJZING, about.as_bytes()];
        AllocationKey(Secret::new(hkdf(salt, self.0.as_bytes(), info)))
    }
}

/// The key from which the salts of the records of one allocation and year are made.
#[derive(Clone, PartialEq, Eq)]
pub struct AllocationKey(Secret);

impl AllocationKey {
    /// The salt of a field of a record.
    pub(super) fn salt(&self, uid: Uid, field: u8) -> [u8; 32] {
        self.0.mac(&[tag::SALT, &uid.0, &[field]])
    }

    /// Its bytes, to hold them against other implementations.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for AllocationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AllocationKey(32 bytes)")
    }
}
