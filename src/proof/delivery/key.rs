//! Keys of parties: which key signs for whom, in what role and when. A key statement is signed by the very key that it names; that the party is who it says, whoever
//! enrols it sees to.

use super::bytes::Secret;
use super::date::Instant;
use super::fields::Fields;
use super::statement::StatementError;
use super::tag;
use super::value::{AgbCode, Name};
use super::writer::Writer;
use crate::ed25519::PublicKey;
use crate::hash::Hash;

/// As what a party signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A provider of care: `aanbieder`.
    Provider,
    /// A municipality: `gemeente`.
    Municipality,
    /// Whoever judges opened records: `opener`.
    Opener,
}

impl Role {
    /// As statements write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Provider => "aanbieder",
            Self::Municipality => "gemeente",
            Self::Opener => "opener",
        }
    }

    fn of(text: &str) -> Option<Role> {
        let all = [Self::Provider, Self::Municipality, Self::Opener];
        all.into_iter().find(|role| role.as_str() == text)
    }
}

/// A key of a party: `knooppunt-key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Whose: the AGB code of a provider, the number of a municipality, the name of an opener.
    pub party: Name,
    /// As what it signs.
    pub role: Role,
    /// The key itself: canonical, not of small order.
    pub public: PublicKey,
    /// X25519 key to which openings are sealed: of an opener only, and of each.
    pub hpke: Option<[u8; 32]>,
    /// From when on it signs.
    pub from: Instant,
    /// Until when: it does not sign at this moment or later. After `from`.
    pub until: Instant,
}

impl Key {
    /// Whether it signs at this moment (seconds since 1970).
    pub fn is_valid_at(&self, seconds: u64) -> bool {
        (self.from.seconds()..self.until.seconds()).contains(&seconds)
    }

    pub(super) fn read(fields: &mut Fields) -> Result<Key, StatementError> {
        let key = "role";
        let role = Role::of(&fields.text(key)?).ok_or(StatementError::Value { key })?;
        let party: Name = fields.read("party")?;
        let is_party = match role {
            Role::Provider => party.as_str().parse::<AgbCode>().is_ok(),
            Role::Municipality => party.as_str().parse::<super::value::Gemeente>().is_ok(),
            Role::Opener => true,
        };
        if !is_party {
            return Err(StatementError::Value { key: "party" });
        }
        let public = PublicKey::new(&fields.bytes("pub")?);
        let public = public.map_err(|_| StatementError::Value { key: "pub" })?;
        let key = "hpke";
        let hpke = match (role, fields.text(key)?.as_str()) {
            (Role::Opener, text) => super::bytes::decode_array(text).map(Some),
            (Role::Provider | Role::Municipality, "") => Some(None),
            (Role::Provider | Role::Municipality, _) => None,
        };
        let hpke = hpke.ok_or(StatementError::Value { key })?;
        let (from, until) = (fields.read("from")?, fields.read("until")?);
        if from >= until {
            return Err(StatementError::Value { key: "until" });
        }
        Ok(Key {
            party,
            role,
            public,
            hpke,
            from,
            until,
        })
    }

    pub(super) fn write(&self, to: &mut Writer) {
        to.text("party", self.party.as_str())
            .text("role", self.role.as_str())
            .bytes("pub", self.public.as_bytes())
            .bytes("hpke", self.hpke.as_ref().map_or(&[], |key| &key[..]))
            .text("from", &self.from.to_string())
            .text("until", &self.until.to_string());
    }
}

/// The commitment of a provider to the key of its duplicate values in a year: `knooppunt-nfkey`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NfKey {
    /// The provider.
    pub agb: AgbCode,
    /// The year of the visits.
    pub year: u16,
    /// SHA-256 over its tag and the key.
    pub commitment: Hash,
}

impl NfKey {
    /// The commitment to this key.
    pub fn commit(key: &Secret) -> Hash {
        Hash::over(&[tag::NF_COMMITMENT, key.as_bytes()])
    }

    /// Whether this is the key that was committed to.
    pub fn opens_with(&self, key: &Secret) -> bool {
        self.commitment == Self::commit(key)
    }

    pub(super) fn read(fields: &mut Fields) -> Result<NfKey, StatementError> {
        let agb = fields.read("agb")?;
        let year = fields.within("year", 1970..=9999)?;
        let commitment = fields.hash("commit")?;
        Ok(NfKey {
            agb,
            year,
            commitment,
        })
    }

    pub(super) fn write(&self, to: &mut Writer) {
        to.text("agb", self.agb.as_str())
            .number("year", u64::from(self.year))
            .bytes("commit", self.commitment.as_bytes());
    }
}
