//! What a provider commits to with a record: seven salted digests, one for each field, and one over them. A field can be shown without the others.

use super::fields::{FIELDS, Session};
use super::secrets::AllocationKey;
use crate::delivery::tag;
use crate::hash::Hash;

/// Number of a record: 16 random bytes. A record that is changed is a new one, with a new number, so that no salt is used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uid(pub [u8; 16]);

/// The digest of field `field` with this salt and text.
pub fn field_digest(salt: &[u8; 32], field: u8, text: &str) -> Hash {
    Hash::over(&[tag::FIELD, salt, &[field], text.as_bytes()])
}

/// The commitment over the digests of all fields.
pub fn commitment_of(digests: &[Hash; FIELDS]) -> Hash {
    let digests = digests.each_ref().map(|digest| &digest.as_bytes()[..]);
    let mut pieces: Vec<&[u8]> = vec![tag::RECORD];
    pieces.extend(digests);
    Hash::over(&pieces)
}

/// A record with its salts and digests, as the provider has them at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commitment {
    /// The salt of each field.
    pub salts: [[u8; 32]; FIELDS],
    /// The digest of each field.
    pub digests: [Hash; FIELDS],
    /// The commitment to the record.
    pub c: Hash,
}

impl Commitment {
    /// To this record, under the key of its allocation and year.
    pub fn new(session: &Session, key: &AllocationKey, uid: Uid) -> Commitment {
        let fields: [u8; FIELDS] = [0, 1, 2, 3, 4, 5, 6];
        let salts = fields.map(|field| key.salt(uid, field));
        let mut digests = [Hash::EMPTY_ROOT; FIELDS];
        let texts = session.texts().iter();
        let salted = fields.into_iter().zip(&salts).zip(texts);
        for (to, ((field, salt), text)) in digests.iter_mut().zip(salted) {
            *to = field_digest(salt, field, text);
        }
        Commitment {
            c: commitment_of(&digests),
            salts,
            digests,
        }
    }
}
