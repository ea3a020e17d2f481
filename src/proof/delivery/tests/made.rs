//! Parties and statements that tests make: nobody's.

use crate::Salt;
use crate::delivery::{
    CardFacts, Issued, Key, Law, NfKey, Revocation, Role, Secret, Signed, Statement,
    StatementSigner, Subject, Unit,
};

/// The key of a party, by a number.
pub(super) fn signer(number: u8) -> StatementSigner {
    StatementSigner::new(&[number; 32])
}

pub(super) fn salt(number: u8) -> Salt {
    let mut salt = [number; 32];
    salt[31] ^= 0xff;
    Salt::new(salt).unwrap()
}

/// The key of provider 41234567, for the year 2026.
pub(super) fn key() -> Key {
    Key {
        party: "41234567".parse().unwrap(),
        role: Role::Provider,
        public: signer(1).public(),
        hpke: None,
        from: "2026-01-01T00:00:00Z".parse().unwrap(),
        until: "2027-01-01T00:00:00Z".parse().unwrap(),
    }
}

pub(super) fn nf_key() -> NfKey {
    NfKey {
        agb: "41234567".parse().unwrap(),
        year: 2026,
        commitment: NfKey::commit(&Secret::new([9; 32])),
    }
}

/// What the card of the specification's example is for.
pub(super) fn card_facts() -> CardFacts {
    CardFacts {
        law: Law::Jw,
        gem: "0363".parse().unwrap(),
        agb: "41234567".parse().unwrap(),
        toew: 123_456_789,
        ver: 1,
        unit: Unit::Hour,
        quantum: 15,
        rows: 48,
        salt: std::array::from_fn(|n| u8::try_from(n).unwrap()),
    }
}

/// That card.
pub(super) fn card() -> Issued {
    let secret = std::array::from_fn(|n| u8::try_from(n).unwrap());
    Issued::new(card_facts(), &Secret::new(secret))
}

pub(super) fn revocation() -> Revocation {
    let facts = card_facts();
    Revocation {
        law: facts.law,
        gem: facts.gem,
        agb: facts.agb,
        toew: facts.toew,
        ver: facts.ver,
        upto: 30,
    }
}

/// Product 45A03 in this month of 2026.
pub(super) fn subject(month: u16) -> Subject {
    Subject {
        toew: 123_456_789,
        category: "45".parse().unwrap(),
        code: "45A03".parse().unwrap(),
        begin: format!("2026-{month:02}-01").parse().unwrap(),
        end: format!("2026-{month:02}-28").parse().unwrap(),
    }
}

/// One statement of every kind.
pub(super) fn every_kind() -> Vec<Statement> {
    vec![
        Statement::of(key()).unwrap(),
        Statement::of(nf_key()).unwrap(),
    ]
}

/// Signed by provider 41234567.
pub(super) fn signed(statement: Statement) -> Signed {
    Signed::sign(statement, &signer(1), salt(2), None).unwrap()
}
