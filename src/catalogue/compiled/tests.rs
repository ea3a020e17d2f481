//! Tables, packed: as a file, in size, and while they are swapped.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock};

use jiff::civil::date;
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use super::packed::number_of;
use crate::compiled::{Compiled, CompiledError, Terms, TooLarge};
use crate::tests::folder;
use crate::tests::national::{MAP, read, row, table};
use crate::translate::{Product, Question, Verdict};
use crate::{Law, Municipality, Relation};

const HEADER: &str = "law\tcategory\tlocal_code\tunit\tvariant\trelation\tcanonical\tc_category\tc_unit\tfactor\tvalid_from\tvalid_to\tpreferred\tstate\ttariff\n";

fn of(rows: &str) -> Compiled {
    let (catalogue, findings) =
        folder::load(folder::with("gm0777/map.tsv", &format!("{HEADER}{rows}")));
    assert_eq!(findings, []);
    Compiled::of(&catalogue).unwrap()
}

/// One of each kind of thing that a row can say.
fn varied() -> Compiled {
    of("jw\t45\t45X48\t04\t\texact\t45A48\t\t01\t60/1\t2024-01-01\t\tyes\tconfirmed\t55.80\n\
        jw\t\t45X48\t\toutputgericht\tclose\tP5005\t44\t\t\t2024-01-01\t2024-12-31\tno\tsuggested\t\n\
        jw\t\tWRA\t\tinspanningsgericht\tlocal-narrower\t44A27\t\t\t\t-0044-03-15\t9999-12-31\tno\tconfirmed\t\n\
        wmo\t02\t720\t82\t\tnone\t\t\t\t\t2015-01-01\t\tno\trejected\t\n\
        wmo\t02\t02X03\t16\t\tpartial\t02A03\t\t04\t4/1\t2015-01-01\t\tno\tignored\t\n"
        .replace("-0044-03-15", "0044-03-15")
        .as_str())
}

#[test]
fn the_terms_of_a_table_are_those_of_its_manifest() {
    let (catalogue, _) = folder::load(folder::clean());
    let compiled = Compiled::of(&catalogue).unwrap();
    let municipality = Municipality::new(777).unwrap();
    let terms = compiled.terms(municipality).unwrap();
    assert!(terms.enabled && terms.made_up);
    assert_eq!(
        terms.version,
        catalogue.table(municipality).unwrap().version
    );
    let applied = Relation::ALL.map(|relation| terms.applies(relation));
    assert_eq!(applied, [true, false, false, false, false, false]);
    assert_eq!(compiled.terms(Municipality::new(363).unwrap()), None);
    assert_eq!(compiled.size().rows, 2);
}

#[test]
fn a_row_takes_36_bytes_all_told() {
    let of = |count: usize| {
        let row = |number: usize| {
            format!("jw\t45\t{number:05}\t04\t\texact\t45A48\t\t\t\t2024-01-01\t\tno\t\t\n")
        };
        of(&(0..count).map(row).collect::<String>()).size()
    };
    let (few, many) = (of(10), of(1010));
    assert_eq!(many.rows - few.rows, 1000);
    assert_eq!(many.bytes - few.bytes, 36_000);
    // What does not grow with rows: mostly the list of municipalities by number.
    assert!(few.bytes < 25_000, "{few:?}");
}

#[test]
fn tables_with_one_file_or_one_row_too_many_are_refused() {
    // Two files with a row each.
    let (catalogue, _) = folder::load(folder::clean());
    assert!(Compiled::within(&catalogue, 2, 2).is_ok());
    assert_eq!(Compiled::within(&catalogue, 1, 2), Err(TooLarge));
    assert_eq!(Compiled::within(&catalogue, 2, 1), Err(TooLarge));
}

#[test]
fn a_file_is_read_as_it_was_written() {
    for compiled in [
        varied(),
        of(""),
        Compiled::of(&crate::Catalogue::default()).unwrap(),
    ] {
        let bytes = compiled.to_bytes();
        let read = Compiled::read(&bytes).unwrap();
        assert_eq!(read, compiled);
        assert_eq!(read.to_bytes(), bytes);
    }
}

#[test]
fn a_file_with_one_bit_turned_or_cut_off_anywhere_is_refused() {
    let bytes = varied().to_bytes();
    for at in 0..bytes.len() {
        assert!(Compiled::read(&bytes[..at]).is_err(), "cut at {at}");
        for bit in 0..8 {
            let mut spoiled = bytes.clone();
            spoiled[at] ^= 1 << bit;
            assert!(Compiled::read(&spoiled).is_err(), "bit {bit} of byte {at}");
        }
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert_eq!(Compiled::read(&longer), Err(CompiledError::Damaged));
    let mut newer = bytes;
    newer[7] = 2;
    assert_eq!(Compiled::read(&newer), Err(CompiledError::Form(2)));
    assert_eq!(
        Compiled::read(b"law\tcategory"),
        Err(CompiledError::NotTables)
    );
}

#[test]
fn a_file_says_nothing_that_no_manifest_can_say() {
    let spoiled = |spoil: fn(&mut Terms)| {
        let mut tables = varied();
        spoil(&mut tables.terms[0]);
        Compiled::read(&tables.to_bytes())
    };
    assert!(spoiled(|_| {}).is_ok());
    for spoil in [
        (|terms| terms.applied |= 1 << number_of(Relation::LocalBroader)) as fn(&mut Terms),
        |terms| terms.applied |= 1 << number_of(Relation::None),
        |terms| terms.daypart_minutes = Some(1441),
    ] {
        assert_eq!(spoiled(spoil), Err(CompiledError::Damaged));
    }
}

#[test]
fn rows_that_share_a_target_are_packed_in_no_time_that_grows_with_their_square() {
    let narrower = |of_last: &str| {
        let rows = (0..30_000).map(|number| {
            let tariff = if number == 29_999 { of_last } else { "1.00" };
            row(&format!(
                "{number:05} local-narrower 45A48 unit=04 tariff={tariff}"
            ))
        });
        let rows: Vec<_> = rows.collect();
        let tables = Compiled::of(&read(&[(MAP, &table(&rows))])).unwrap();
        tables.lists[0]
            .rows
            .iter()
            .filter(|row| row.has_one_tariff())
            .count()
    };
    assert_eq!(narrower("1.00"), 30_000);
    assert_eq!(narrower("2.00"), 0);
}

fn hashed(mut body: Vec<u8>) -> Vec<u8> {
    let hash = Sha256::digest(&body);
    body.extend(hash);
    body
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_bytes_at_all_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Compiled::read(&bytes).is_err());
        let mut named = b"KNPTBLS\x01".to_vec();
        named.extend(bytes);
        prop_assert!(Compiled::read(&named).is_err());
        // Rightly hashed, and still not tables.
        prop_assert!(Compiled::read(&hashed(named)).is_err());
    }

    /// Spoiled on purpose, with a hash that fits: it is refused, or it is what some table would be packed to.
    #[test]
    fn what_is_forged_never_leads_astray(
        spoiled in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::weighted(0.1, any::<prop::sample::Index>()),
    ) {
        let mut body = varied().to_bytes();
        body.truncate(body.len() - 32);
        for (at, byte) in spoiled {
            let at = at.index(body.len());
            body[at] = byte;
        }
        body.truncate(cut.map_or(body.len(), |cut| cut.index(body.len())));
        let forged = hashed(body);
        if let Ok(read) = Compiled::read(&forged) {
            prop_assert_eq!(read.to_bytes(), forged);
            for code in ["45X48", "WRA", "45A48", "P5005"] {
                for law in Law::ALL {
                    let question = ask(law, code);
                    let (forth, back) = (read.forth(&question, None), read.back(&question, None));
                    prop_assert!(forth.verdict == Verdict::Apply || forth.product == question.product);
                    prop_assert!(back.verdict == Verdict::Apply || back.product == question.product);
                }
            }
        }
    }
}

fn ask(law: Law, code: &str) -> Question {
    let product = Product {
        category: Some("45".parse().unwrap()),
        code: Some(code.parse().unwrap()),
        unit: Some("04".parse().unwrap()),
        volume: Some(3),
        tariff_cents: Some(5580),
    };
    Question {
        law,
        municipality: Municipality::new(777).unwrap(),
        product,
        on: date(2024, 6, 1),
    }
}

/// The caller swaps; who is at work keeps the tables it began with, and every answer is wholly of one of them.
#[test]
fn tables_swapped_under_load_lose_and_mix_no_answer() {
    const SWAPS: usize = 2_000;
    const READERS: usize = 4;
    const AT_ONCE: usize = 16;
    let tables = ["45A48", "45A53"].map(|target| {
        let rows = (0..100).map(|number| {
            format!("jw\t45\t{number:05}\t04\t\texact\t{target}\t\t\t\t2024-01-01\t\tno\t\t\n")
        });
        (target, Arc::new(of(&rows.collect::<String>())))
    });
    let municipality = Municipality::new(777).unwrap();
    let meant = tables
        .clone()
        .map(|(target, table)| (table.version(municipality), target));
    let current = RwLock::new(Arc::clone(&tables[0].1));
    let is_over = AtomicBool::new(false);
    let read = |first: usize| {
        let (mut asked, mut answered, mut seen) = (0, 0, [0, 0]);
        while !is_over.load(Ordering::Relaxed) || asked == 0 {
            let table = Arc::clone(&current.read().unwrap());
            let version = table.version(municipality);
            for number in 0..AT_ONCE {
                asked += 1;
                let code = format!("{:05}", (first + asked + number) % 100);
                let answer = table.forth(&ask(Law::Jw, &code), None);
                let which = meant
                    .iter()
                    .position(|(known, _)| *known == version)
                    .unwrap();
                seen[which] += 1;
                assert_eq!((answer.verdict, answer.version), (Verdict::Apply, version));
                assert_eq!(answer.product.code.unwrap().as_str(), meant[which].1);
                answered += 1;
            }
        }
        assert_eq!(asked, answered);
        seen
    };
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..READERS)
            .map(|first| scope.spawn(move || read(first * 25)))
            .collect();
        for swap in 0..SWAPS {
            *current.write().unwrap() = Arc::clone(&tables[swap % 2].1);
        }
        is_over.store(true, Ordering::Relaxed);
        for reader in readers {
            let seen = reader.join().unwrap();
            assert!(seen.iter().sum::<usize>() >= AT_ONCE);
        }
    });
    // The old table is gone with the last who held it.
    assert_eq!(
        tables
            .map(|(_, table)| Arc::strong_count(&table))
            .iter()
            .sum::<usize>(),
        3
    );
}
