//! Parties and statements that tests make: nobody's.

use super::world::World;
use crate::delivery::{
    CardFacts, Check, Checks, Claim, Context, DayStatement, Draw, DrawOpen, DrawOutcome,
    DrawResult, DrawScope, Drawings, Issued, Key, Law, Leaf, Level, LineName, LineStatement, Nf,
    NfKey, NfList, NonceReveal, Outcome, Revocation, Role, Secret, Signed, Statement,
    StatementSigner, Step, StripClaim, StripProof, Subject, SumTree, Unit, Verdict,
};
use crate::{Hash, KeyName, Salt};

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

pub(super) fn day() -> DayStatement {
    DayStatement {
        agb: "41234567".parse().unwrap(),
        day: "2026-10-03".parse().unwrap(),
        root: Hash::new([5; 32]),
    }
}

/// The name of the line in the specification's example.
pub(super) fn name() -> LineName {
    LineName {
        law: Law::Jw,
        gem: "0363".parse().unwrap(),
        agb: "41234567".parse().unwrap(),
        decl: "D202610A0001".parse().unwrap(),
        reference: "PR-2026-10-000123".parse().unwrap(),
    }
}

/// What that line is about.
pub(super) fn example_subject() -> Subject {
    Subject {
        end: "2026-10-31".parse().unwrap(),
        ..subject(10)
    }
}

/// The leaves of the specification's example: eleven hours, three quarters, and a rounding of fifteen minutes; the fourth was late.
pub(super) fn example_leaves() -> Vec<Leaf> {
    let weights = [60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 45, 0, 0, 0, 15];
    let leaf = |(index, weight)| Leaf {
        weight,
        late: if index == 3 { weight } else { 0 },
        nf: Nf([index; 16]),
        c: Hash::new([index; 32]),
    };
    (0..).zip(weights).map(leaf).collect()
}

/// Its tree.
pub(super) fn example_tree() -> SumTree {
    SumTree::new(&Context::new(&name(), &example_subject()), example_leaves()).unwrap()
}

/// The nonce of the provider for that line.
pub(super) fn nonce_of_provider() -> Secret {
    Secret::new([3; 32])
}

/// That line as totals alone.
pub(super) fn bare_line() -> LineStatement {
    let zeros = Hash::new([0; 32]);
    LineStatement {
        name: name(),
        subject: example_subject(),
        unit: Unit::Hour,
        volume: 12,
        amount: 96_000,
        w: 720,
        late: 0,
        depth: 0,
        root: zeros,
        nfh: zeros,
        nc: zeros,
        strips: vec![],
        prev: None,
    }
}

/// That line with its tree and 46 rows of its card.
pub(super) fn line() -> LineStatement {
    let tree = example_tree();
    LineStatement {
        late: 60,
        depth: tree.depth(),
        root: tree.root().hash,
        nfh: NfList::of(tree.leaves()).unwrap().hash(),
        nc: name().commit(&nonce_of_provider()),
        strips: vec![StripClaim {
            ver: 1,
            from: 0,
            to: 46,
            proof: StripProof::Strip(card().strip(46).unwrap()),
        }],
        ..bare_line()
    }
}

/// The list of its duplicate values.
pub(super) fn nfs() -> Vec<u8> {
    NfList::of(example_tree().leaves()).unwrap().to_bytes()
}

/// The scope of the specification's example.
pub(super) fn scope() -> DrawScope {
    DrawScope {
        law: Law::Jw,
        gem: "0363".parse().unwrap(),
        agb: "41234567".parse().unwrap(),
        month: "2026-11".parse().unwrap(),
    }
}

/// The nonce of the municipality there.
pub(super) fn nonce_of_municipality() -> Secret {
    Secret::new([2; 32])
}

pub(super) fn draw_open() -> DrawOpen {
    let DrawScope {
        law, gem, month, ..
    } = scope();
    DrawOpen {
        law,
        month,
        nc: DrawScope::commit(law, &gem, month, &nonce_of_municipality()),
        gem,
        k: 59,
        f_bp: 500,
        at: "2026-11-20T12:00:00Z".parse().unwrap(),
    }
}

pub(super) fn draw() -> Draw {
    Draw {
        scope: scope(),
        nonce: nonce_of_municipality(),
        size: 1_000,
        root: Hash::new([1; 32]),
        lines: 1,
        amount: 96_000,
        population: Hash::new([4; 32]),
    }
}

pub(super) fn result() -> DrawResult {
    DrawResult {
        scope: scope(),
        number: 3,
        entry: Hash::new([6; 32]),
        step: Step::S2,
        outcome: DrawOutcome::Ok,
    }
}

pub(super) fn verdict() -> Verdict {
    Verdict {
        name: name(),
        level: Level::Confirmed,
        w: 720,
        confirmed: 690,
        by_codes: 90,
        late: 60,
        index: 17,
        origin: Some(KeyName::new("log.example/knooppunt").unwrap()),
        checks: Checks {
            late: Check::Bad,
            matches: Check::Ok,
            ..Checks::default()
        },
        outcome: Outcome::InOrder,
        reasons: vec!["code".parse().unwrap(), "geen_getuigen".parse().unwrap()],
        population: Drawings {
            month: scope().month,
            k: 59,
            bad: 1,
            silent: 0,
        },
    }
}

/// One statement of every kind.
pub(super) fn every_kind() -> Vec<Statement> {
    let claims: Vec<Claim> = vec![
        key().into(),
        nf_key().into(),
        card().statement.into(),
        revocation().into(),
        day().into(),
        line().into(),
        draw_open().into(),
        draw().into(),
        NonceReveal {
            scope: scope(),
            nonce: nonce_of_provider(),
        }
        .into(),
        World::new().opening(0).into(),
        result().into(),
        verdict().into(),
    ];
    let made = claims.into_iter().map(Statement::of);
    made.collect::<Result<_, _>>().unwrap()
}

/// Signed by provider 41234567.
pub(super) fn signed(statement: Statement) -> Signed {
    Signed::sign(statement, &signer(1), salt(2), None).unwrap()
}
