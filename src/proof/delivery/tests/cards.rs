//! Cards: the example of the specification, ranges in any order, and what is tried with them.

use data_encoding::HEXLOWER;
use proptest::prelude::*;

use super::made::{card, card_facts, subject};
use crate::Hash;
use crate::delivery::{
    Answer, CODES_WRONG_MAX, CardFacts, Code, CodeKey, Confirmed, Issued, Month, ROWS_MAX,
    Released, Secret, Strip, StripClaim, StripFault, StripProof, StripQr, Unit, confirmed,
};

fn line(number: u8) -> Hash {
    Hash::new([number; 32])
}

fn month() -> Month {
    "2026-11".parse().unwrap()
}

fn released() -> Released {
    Released::new(card().statement, Some(card().codes))
}

fn by_strip(from: u32, to: u32) -> StripClaim {
    let strip = card().strip(to).unwrap();
    StripClaim {
        ver: 1,
        from,
        to,
        proof: StripProof::Strip(strip),
    }
}

fn by_code(from: u32, to: u32) -> StripClaim {
    StripClaim {
        ver: 1,
        from,
        to,
        proof: StripProof::Code(card().codes.of_row(to)),
    }
}

fn take(card: &mut Released, claim: StripClaim, number: u8) -> Result<(), StripFault> {
    card.take(&claim, &subject(10), line(number), month())
}

#[test]
fn the_card_of_the_specification_has_its_values() {
    let card = card();
    let hex = |row: u32| HEXLOWER.encode(&card.strip(row).unwrap().0);
    assert_eq!(
        HEXLOWER.encode(&card.id.0),
        "f54b3d83d26f9cd3b95360ac3526f6c1"
    );
    assert_eq!(hex(48), "4b21d974a27035560e76dde127c587dc");
    assert_eq!(hex(47), "b0a121699c8f4d902d14f7ea312718a8");
    assert_eq!(hex(0), "a4ef31930606803fb623bb4df751754d");
    assert_eq!(card.statement.anchor, card.strip(0).unwrap());
    assert_eq!(card.strip(49), None);
    assert_eq!(card.codes.of_row(46).to_string(), "4BK2NA");
    assert_eq!(card.codes.of_answer(1, Answer::Yes).to_string(), "DP4HD0");
    let qr = StripQr {
        card: card.id,
        row: 46,
        strip: card.strip(46).unwrap(),
    };
    assert_eq!(
        qr.to_string(),
        "KP1/6VFT3A6SN6ONHOKTMCWDKJXWYE/46/TEVUG6M4HYIWXZXZBPCS5AKZGE"
    );
}

#[test]
fn a_strip_hashes_down_and_never_up() {
    let card = card();
    let strip = card.strip(46).unwrap();
    assert_eq!(strip.down(card.id, 46, 12), card.strip(12));
    assert_eq!(strip.down(card.id, 46, 46), Some(strip));
    assert_eq!(strip.down(card.id, 46, 47), None);
}

#[test]
fn every_fact_of_a_card_is_in_its_id() {
    let id = card_facts().id();
    let others: [fn(&mut CardFacts); 9] = [
        |facts| facts.law = crate::delivery::Law::Wmo,
        |facts| facts.gem = "0364".parse().unwrap(),
        |facts| facts.agb = "41234568".parse().unwrap(),
        |facts| facts.toew -= 1,
        |facts| facts.ver = 2,
        |facts| facts.unit = Unit::Minute,
        |facts| facts.quantum = 30,
        |facts| facts.rows = 49,
        |facts| facts.salt[0] = 1,
    ];
    for change in others {
        let mut facts = card_facts();
        change(&mut facts);
        assert_ne!(facts.id(), id);
    }
    // The numbers of allocation and card do not run into each other.
    let numbered = |toew, ver| {
        CardFacts {
            toew,
            ver,
            ..card_facts()
        }
        .id()
    };
    assert_ne!(numbered(12, 3), numbered(1, 23));
}

#[test]
fn a_strip_of_another_card_of_the_same_secret_is_none_of_this() {
    let secret = std::array::from_fn(|n| u8::try_from(n).unwrap());
    let secret = Secret::new(secret);
    for facts in [
        CardFacts {
            ver: 2,
            ..card_facts()
        },
        CardFacts {
            toew: 123_456_788,
            ..card_facts()
        },
    ] {
        let other = Issued::new(facts, &secret);
        for row in 1..=48 {
            assert!(!released().is_value_of(row, other.strip(row).unwrap()));
        }
    }
}

#[test]
fn a_value_is_that_of_its_row_only() {
    let (mut released, card) = (released(), card());
    for known in [None, Some(20), Some(48)] {
        if let Some(known) = known {
            assert!(released.keep(known, card.strip(known).unwrap()));
        }
        for row in 0..=48 {
            let strip = card.strip(row).unwrap();
            assert!((0..=60).all(|other| released.is_value_of(other, strip) == (other == row)));
        }
    }
    assert!(!released.keep(30, Strip([0; 16])));
    assert_eq!(released.highest(), 48);
}

#[test]
fn a_range_goes_up_and_ends_on_the_card() {
    let mut released = released();
    let strip = StripProof::Strip(card().strip(40).unwrap());
    for (from, to) in [(40, 40), (41, 40), (0, 49), (0, ROWS_MAX)] {
        let claim = StripClaim {
            ver: 1,
            from,
            to,
            proof: strip,
        };
        assert_eq!(take(&mut released, claim, 1), Err(StripFault::Range));
    }
    let bad = StripClaim {
        ver: 1,
        from: 0,
        to: 41,
        proof: strip,
    };
    assert_eq!(take(&mut released, bad, 1), Err(StripFault::Value));
    assert_eq!(released.highest(), 0);
    assert_eq!(take(&mut released, by_strip(0, 48), 1), Ok(()));
}

#[test]
fn the_same_rows_are_counted_once() {
    let mut released = released();
    assert_eq!(take(&mut released, by_strip(10, 20), 1), Ok(()));
    for (from, to) in [(10, 20), (0, 11), (19, 21), (12, 13), (0, 48)] {
        assert_eq!(
            take(&mut released, by_strip(from, to), 2),
            Err(StripFault::Taken),
            "{from} {to}"
        );
        assert_eq!(
            take(&mut released, by_code(from, to), 2),
            Err(StripFault::Taken),
            "{from} {to}"
        );
    }
    // Nor twice by one line; the very same range may be offered again.
    assert_eq!(
        take(&mut released, by_strip(15, 25), 1),
        Err(StripFault::Taken)
    );
    assert_eq!(take(&mut released, by_strip(10, 20), 1), Ok(()));
    assert_eq!(take(&mut released, by_strip(0, 10), 2), Ok(()));
    assert_eq!(take(&mut released, by_strip(20, 48), 3), Ok(()));
}

#[test]
fn rows_of_a_refused_line_are_free_and_those_of_a_credited_one_its_successors_only() {
    let mut released = released();
    assert_eq!(take(&mut released, by_strip(0, 20), 1), Ok(()));
    released.free(line(1));
    assert_eq!(take(&mut released, by_strip(5, 20), 2), Ok(()));
    released.credit(line(2));
    let other = released.take(&by_strip(5, 20), &subject(11), line(3), month());
    assert_eq!(other, Err(StripFault::Taken));
    let partly = released.take(&by_strip(19, 30), &subject(11), line(3), month());
    assert_eq!(partly, Err(StripFault::Taken));
    assert_eq!(take(&mut released, by_strip(5, 18), 4), Ok(()));
    // What the successor does not use stays its subject's.
    let rest = released.take(&by_strip(18, 20), &subject(11), line(5), month());
    assert_eq!(rest, Err(StripFault::Taken));
    assert_eq!(take(&mut released, by_strip(18, 20), 5), Ok(()));
}

#[test]
fn a_revoked_card_counts_up_to_its_row() {
    let mut released = released();
    released.revoke(30);
    released.revoke(40);
    assert_eq!(
        take(&mut released, by_strip(0, 31), 1),
        Err(StripFault::Revoked)
    );
    assert_eq!(
        take(&mut released, by_code(0, 31), 1),
        Err(StripFault::Revoked)
    );
    assert_eq!(take(&mut released, by_strip(0, 30), 1), Ok(()));
}

#[test]
fn the_code_of_a_lower_row_is_not_that_of_a_higher() {
    let mut released = released();
    let lower = StripClaim {
        proof: by_code(0, 45).proof,
        ..by_code(0, 46)
    };
    assert_eq!(take(&mut released, lower, 1), Err(StripFault::Code));
    assert_eq!(take(&mut released, by_code(0, 46), 1), Ok(()));
}

#[test]
fn codes_are_guessed_five_times_and_then_closed_until_opened() {
    let mut released = released();
    let wrong = |number: u32| {
        let code: Code = format!("{number:06}").parse().unwrap();
        StripClaim {
            proof: StripProof::Code(code),
            ..by_code(0, 46)
        }
    };
    for number in 0..u32::from(CODES_WRONG_MAX) {
        assert!(!released.codes_are_closed());
        assert_eq!(take(&mut released, wrong(number), 1), Err(StripFault::Code));
    }
    // Now the right one is refused as well, and strips still count.
    assert_eq!(
        take(&mut released, by_code(0, 46), 1),
        Err(StripFault::CodesClosed)
    );
    assert_eq!(take(&mut released, by_strip(0, 1), 2), Ok(()));
    // A new month does not open them.
    let next = "2026-12".parse().unwrap();
    let judged = released.take(&by_code(1, 46), &subject(10), line(1), next);
    assert_eq!(judged, Err(StripFault::CodesClosed));
    released.reopen_codes();
    assert_eq!(take(&mut released, by_code(1, 46), 1), Ok(()));
}

#[test]
fn codes_need_the_key_that_the_card_commits_to() {
    for key in [None, Some(CodeKey::new(Secret::new([1; 32])))] {
        let mut released = Released::new(card().statement, key);
        assert_eq!(
            take(&mut released, by_code(0, 46), 1),
            Err(StripFault::NoCodeKey)
        );
    }
}

#[test]
fn confirmed_is_at_most_the_weight_and_codes_come_after_strips() {
    let (strip, code) = (by_strip(0, 10), by_code(10, 20));
    let of = |w| confirmed(w, [(&strip, 15), (&code, 15)]);
    assert_eq!(
        of(720),
        Confirmed {
            weight: 300,
            by_codes: 150
        }
    );
    assert_eq!(
        of(200),
        Confirmed {
            weight: 200,
            by_codes: 50
        }
    );
    assert_eq!(
        of(100),
        Confirmed {
            weight: 100,
            by_codes: 0
        }
    );
    assert_eq!(confirmed(720, []), Confirmed::default());
    let huge = confirmed(u64::MAX, vec![(&by_strip(0, 48), u32::MAX); 8]);
    assert_eq!(huge.weight, 8 * 48 * u64::from(u32::MAX));
}

proptest! {
    #[test]
    fn a_range_holds_exactly_where_the_hashes_are_as_many_as_its_rows(to in 1u32..=48, shown in 1u32..=48, known in 0u32..=48) {
        let (mut released, card) = (released(), card());
        prop_assert!(released.keep(known, card.strip(known).unwrap()));
        let claim = StripClaim { to, ..by_strip(0, shown) };
        prop_assert_eq!(take(&mut released, claim, 1).is_ok(), to == shown);
    }

    #[test]
    fn in_any_order_disjoint_ranges_are_all_taken(cuts in proptest::collection::btree_set(0u32..=48, 2..8), order: Vec<prop::sample::Index>) {
        let cuts: Vec<u32> = cuts.into_iter().collect();
        let mut claims: Vec<StripClaim> = cuts.windows(2).map(|cut| by_strip(cut[0], cut[1])).collect();
        for (at, with) in order.iter().enumerate() {
            let (at, with) = (at % claims.len(), with.index(claims.len()));
            claims.swap(at, with);
        }
        let mut released = released();
        for (number, claim) in (0..).zip(&claims) {
            prop_assert_eq!(take(&mut released, *claim, number), Ok(()));
        }
        // After a credit the same line debits again, and each other overlap is still refused.
        for number in (0..).take(claims.len()) {
            released.credit(line(number));
        }
        for (number, claim) in (100..).zip(claims.iter().rev()) {
            let other = released.judge(claim, &subject(11), line(number));
            prop_assert_eq!(other, Err(StripFault::Taken));
            prop_assert_eq!(take(&mut released, *claim, number), Ok(()));
            prop_assert_eq!(take(&mut released, *claim, 200), Err(StripFault::Taken));
        }
    }
}
