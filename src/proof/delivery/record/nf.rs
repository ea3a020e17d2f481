//! Duplicate values: the same for the same visit wherever it is invoiced, and a random number to whoever lacks the provider's key of the year.

use std::fmt;

use super::bsn::Bsn;
use crate::delivery::bytes::{Lp, Secret, first_16};
use crate::delivery::subject::Subject;
use crate::delivery::tag;
use crate::delivery::value::{Gemeente, Law, Name};
use crate::hash::Hash;

/// The duplicate value of a visit, a result, or of a leaf without either.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nf(pub [u8; 16]);

impl fmt::Debug for Nf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nf(16 bytes)")
    }
}

/// The provider's key of duplicate values in a year (K_nf).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NfSecret(Secret);

impl NfSecret {
    /// Of 32 random bytes.
    pub fn new(secret: Secret) -> NfSecret {
        NfSecret(secret)
    }

    /// What the provider commits to (`knooppunt-nfkey`).
    pub fn commitment(&self) -> Hash {
        crate::delivery::NfKey::commit(&self.0)
    }

    /// Of a visit: the client, who gave the care if that is recorded, and the minute it began (since 1970 UTC). The year of the key is that of the day of delivery.
    pub fn visit(&self, bsn: &Bsn, staff: Option<&Name>, begin: u64) -> Nf {
        let visit = Lp::new()
            .text(bsn.as_str())
            .text(staff.map_or("", Name::as_str))
            .number(begin);
        Nf(first_16(&self.0.mac(&[tag::NF, visit.as_bytes()])))
    }

    /// Of a result: the client, the allocation, and the number of the milestone.
    pub fn result(&self, bsn: &Bsn, law: Law, gem: &Gemeente, toew: u32, number: &Name) -> Nf {
        let result = Lp::new()
            .text(bsn.as_str())
            .text(law.as_str())
            .text(gem.as_str())
            .number(u64::from(toew))
            .text(number.as_str());
        Nf(first_16(&self.0.mac(&[tag::NF, result.as_bytes()])))
    }

    /// Of the leaf with this index where no record stands, or a rounding: the same in every statement about this subject, so that a correction does not show how many
    /// are real. The year of the key is that in which the ProductPeriode begins.
    pub fn padding(&self, law: Law, gem: &Gemeente, subject: &Subject, index: u32) -> Nf {
        let about = Lp::new().text(law.as_str()).text(gem.as_str());
        let about = subject.onto(about);
        let pieces: &[&[u8]] = &[tag::NF_PADDING, about.as_bytes(), &index.to_be_bytes()];
        Nf(first_16(&self.0.mac(pieces)))
    }
}
