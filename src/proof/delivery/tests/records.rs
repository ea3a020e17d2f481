//! Records: their salts, digests and duplicate values, and what can be found out without keys.

use data_encoding::BASE64URL_NOPAD;

use super::made::subject;
use crate::Hash;
use crate::delivery::{
    Bsn, Commitment, Law, NfSecret, ProviderSecret, Secret, Session, Uid, commitment_of,
    field_digest,
};

fn provider() -> ProviderSecret {
    ProviderSecret::new(Secret::new([7; 32]))
}

fn session() -> Session {
    let caregiver = provider().caregiver(&"M. Voorbeeld".parse().unwrap());
    let caregiver = BASE64URL_NOPAD.encode(&caregiver);
    Session::read([
        "2026-10-03",
        "2026-10-03T09:00+02:00/2026-10-03T09:45+02:00",
        "45",
        &caregiver,
        "strip/1/3",
        "2026-10-03T08:01:12Z",
        "individueel",
    ])
    .unwrap()
}

fn commitment(uid: u8) -> Commitment {
    let gem = "0363".parse().unwrap();
    let key = provider().allocation(&[1; 16], Law::Jw, &gem, 123_456_789, 2026);
    Commitment::new(&session(), &key, Uid([uid; 16]))
}

#[test]
fn each_field_can_be_shown_alone() {
    let (made, session) = (commitment(1), session());
    for field in 0..7u8 {
        let at = usize::from(field);
        let digest = field_digest(&made.salts[at], field, &session.texts()[at]);
        assert_eq!(digest, made.digests[at]);
        // Neither another text, nor another field, nor another salt has this digest.
        assert_ne!(field_digest(&made.salts[at], field, "x"), digest);
        assert_ne!(
            field_digest(&made.salts[at], field ^ 1, &session.texts()[at]),
            digest
        );
        assert_ne!(
            field_digest(&made.salts[(at + 1) % 7], field, &session.texts()[at]),
            digest
        );
    }
    assert_eq!(commitment_of(&made.digests), made.c);
    let mut other = made.digests;
    other.swap(0, 1);
    assert_ne!(commitment_of(&other), made.c);
}

#[test]
fn a_record_with_a_new_number_has_no_salt_of_the_old_one() {
    let (one, other) = (commitment(1), commitment(2));
    assert!(one.salts.iter().all(|salt| !other.salts.contains(salt)));
    assert_ne!(one.c, other.c);
    let mut salts = one.salts.to_vec();
    salts.sort_unstable();
    salts.dedup();
    assert_eq!(salts.len(), 7);
}

#[test]
fn keys_of_allocations_differ_by_all_they_are_of() {
    let key = |salt, law, gem: &str, toew, year| {
        let gem = gem.parse().unwrap();
        *provider()
            .allocation(&[salt; 16], law, &gem, toew, year)
            .as_bytes()
    };
    let mut keys = vec![
        key(1, Law::Jw, "0363", 12, 2026),
        key(2, Law::Jw, "0363", 12, 2026),
        key(1, Law::Wmo, "0363", 12, 2026),
        key(1, Law::Jw, "0364", 12, 2026),
        key(1, Law::Jw, "0363", 13, 2026),
        key(1, Law::Jw, "0363", 12, 2027),
    ];
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), 6);
}

#[test]
fn one_visit_has_one_duplicate_value_in_every_line_and_municipality() {
    let key = NfSecret::new(Secret::new([9; 32]));
    let bsn: Bsn = "999990019".parse().unwrap();
    let staff = "M. Voorbeeld".parse().unwrap();
    let visit = key.visit(&bsn, Some(&staff), 29_000_000);
    assert_eq!(key.visit(&bsn, Some(&staff), 29_000_000), visit);
    let other = NfSecret::new(Secret::new([8; 32]));
    let others = [
        key.visit(&"999990020".parse().unwrap(), Some(&staff), 29_000_000),
        key.visit(&bsn, None, 29_000_000),
        key.visit(&bsn, Some(&staff), 29_000_001),
        other.visit(&bsn, Some(&staff), 29_000_000),
        key.result(
            &bsn,
            Law::Jw,
            &"0363".parse().unwrap(),
            1,
            &"M1".parse().unwrap(),
        ),
    ];
    assert!(others.iter().all(|other| *other != visit));
}

#[test]
fn a_leaf_without_a_visit_keeps_its_duplicate_value_in_a_correction() {
    let key = NfSecret::new(Secret::new([9; 32]));
    let gem = "0363".parse().unwrap();
    let padding = |month, index| key.padding(Law::Jw, &gem, &subject(month), index);
    assert_eq!(padding(10, 12), padding(10, 12));
    assert_ne!(padding(10, 12), padding(10, 13));
    assert_ne!(padding(10, 12), padding(11, 12));
}

#[test]
fn an_unsalted_hash_of_a_record_is_guessed_and_a_commitment_is_not() {
    // All minutes of a month as begin, in quarters of an hour: what a municipality that knows client and volume has to try.
    let texts = |day: u32, begin: u32| {
        let time = |minutes: u32| {
            format!(
                "2026-10-{day:02}T{:02}:{:02}+02:00",
                minutes / 60,
                minutes % 60
            )
        };
        format!("{}/{}", time(begin), time(begin + 45))
    };
    let guesses = || (1..=24).flat_map(|day| (0..1_380).map(move |begin| texts(day, begin)));
    let truth = session().texts()[1].clone();
    let bare = Hash::over(&[truth.as_bytes()]);
    assert!(guesses().any(|guess| Hash::over(&[guess.as_bytes()]) == bare));
    let digest = commitment(1).digests[1];
    assert!(!guesses().any(|guess| Hash::over(&[guess.as_bytes()]) == digest));
    assert!(!guesses().any(|guess| field_digest(&[0; 32], 1, &guess) == digest));
}
