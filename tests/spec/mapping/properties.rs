//! The law of translation over whole conversations and random tables: what comes back is what was sent, byte for byte, or the message was not touched.

use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use knooppunt::ledger::{Mark, Message};
use knooppunt::product;
use knooppunt_standard::Limits;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::{AGREED, fetched, refusing, repeated, translating, with};
use crate::world::{RELEASES, World};

/// A product as a message says it: category, code, unit, volume, tariff.
type Said = [Option<String>; 5];

/// An allocated product: code, unit, volume, and its days; whether its provider leaves the code out when he starts it, and in what he counts it when not in what
/// he was given.
#[derive(Clone, Debug)]
struct Product {
    code: Option<&'static str>,
    unit: &'static str,
    volume: u32,
    days: (&'static str, &'static str),
    is_silent: bool,
    counted: Option<(&'static str, u32)>,
}

const LOCAL: [&str; 5] = ["45X01", "45X02", "45X03", "45X04", "45A04"];
/// The last of another category.
const NATIONAL: [&str; 4] = ["45A04", "45A48", "45A53", "46A22"];

/// A row without its own code, and the category that it moves to.
fn row() -> impl Strategy<Value = Option<(String, &'static str)>> {
    let ways = [
        ("-", "-", "-"),
        ("04", "-", "-"),
        ("04", "01", "60/1"),
        ("01", "04", "1/60"),
    ];
    let way = prop::sample::select(ways.to_vec());
    let target = prop::sample::select(NATIONAL.to_vec());
    prop::option::weighted(0.8, (way, target)).prop_map(|row| {
        row.map(|((unit, c_unit, factor), target)| {
            let row = format!("{unit} exact {target} {c_unit} {factor} 2020-01-01");
            (row, if target.starts_with("46") { "46" } else { "-" })
        })
    })
}

/// One row at most for each local code, of which the last is a national one with another meaning.
fn table() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(row(), LOCAL.len()).prop_map(|rows| {
        let rows = rows.into_iter().zip(LOCAL);
        rows.filter_map(|(row, code)| {
            let collides = if code.contains('A') { "accepted" } else { "-" };
            let (row, moves) = row?;
            Some(format!("jw 45 {code} {row} {collides} {moves}"))
        })
        .collect()
    })
}

fn products() -> impl Strategy<Value = Vec<Product>> {
    let code = prop::sample::select([LOCAL.as_slice(), &NATIONAL[..3]].concat());
    let units = || prop::sample::select(vec!["01", "04", "82"]);
    let volumes = || prop_oneof![1..500_u32, (1..20_u32).prop_map(|of| of * 60)];
    let days = vec![
        ("2026-02-01", "2026-04-30"),
        ("2026-05-01", "2026-12-31"),
        ("2026-02-01", "2026-12-31"),
    ];
    let product = (
        prop::option::weighted(0.85, code),
        units(),
        volumes(),
        prop::sample::select(days),
        prop::bool::weighted(0.3),
        prop::option::weighted(0.15, (units(), volumes())),
    );
    let product = product.prop_map(|(code, unit, volume, days, is_silent, counted)| Product {
        code,
        unit,
        volume,
        days,
        is_silent,
        counted,
    });
    prop::collection::vec(product, 1..4)
}

fn allocated(products: &[Product]) -> Bytes {
    let plain = with("JW301", "T1", &[]);
    let each = products.iter().enumerate().map(|(at, product)| {
        let code = "\n          <ijw:Code>45A04</ijw:Code>";
        vec![
            (
                code.to_owned(),
                product
                    .code
                    .map_or_else(String::new, |own| code.replace("45A04", own)),
            ),
            (">260001<".to_owned(), format!(">26000{at}<")),
            (
                "Volume>8<".to_owned(),
                format!("Volume>{}<", product.volume),
            ),
            (
                "Eenheid>04<".to_owned(),
                format!("Eenheid>{}<", product.unit),
            ),
            (">2026-02-01<".to_owned(), format!(">{}<", product.days.0)),
            (">2026-12-31<".to_owned(), format!(">{}<", product.days.1)),
        ]
    });
    repeated(&plain, "ToegewezenProduct", &each.collect::<Vec<_>>())
}

/// What a message says of products, by allocation.
fn said(body: &Bytes) -> Vec<(Option<u64>, Said)> {
    let checked = RELEASES.check(body, &Limits::default());
    let products = product::read(&checked).expect("valid at level 1");
    let said = products.iter().map(|one| {
        let fields = [
            &one.categorie,
            &one.code,
            &one.eenheid,
            &one.volume,
            &one.tarief,
        ];
        let fields = fields.map(|field| field.as_ref().map(|field| field.text.to_string()));
        (one.nummer, fields)
    });
    said.collect()
}

/// Hands a message in and gives what its receiver has of it: the same, or something else when nothing is said about it.
async fn crossed(world: &World, [from, to]: [&str; 2], body: &Bytes) -> (Message, Bytes) {
    let taken = world.taken(from, body).await;
    let given = fetched(world, to, taken.id).await;
    assert_eq!(taken.mapped.is_some(), given != body);
    if taken.marks.contains(&Mark::NotTranslated) {
        assert_eq!(given, body);
    }
    (taken, given)
}

/// The receiver refuses all of it in his form: to its sender that is as if it had been said of what he sent.
async fn comes_back(world: &World, ways: [&str; 2], forms: [&Bytes; 2], class: &str, id: &str) {
    let [sent, given] = forms;
    let rule = if class == "Prestatie" {
        "TR321"
    } else {
        "TR074"
    };
    let answer = refusing(given, class, rule, id);
    let (_, heard) = crossed(world, ways, &answer).await;
    assert_eq!(said(&heard), said(&refusing(sent, class, rule, id)));
    assert_eq!(heard, refusing(sent, class, rule, id));
}

const DOWN: [&str; 2] = ["gemeente-a", "zorg-a"];
const UP: [&str; 2] = ["zorg-a", "gemeente-a"];

/// Gives whether the allocation was translated, and whether what was declared was.
async fn converse(
    first: Vec<String>,
    then: Vec<String>,
    products: Vec<Product>,
    tariff: u32,
) -> [bool; 2] {
    let rows = |rows: &[String]| rows.iter().map(String::clone).collect::<Vec<_>>();
    let by = |world: World, table: &[String]| {
        let table = rows(table);
        let table: Vec<&str> = table.iter().map(String::as_str).collect();
        translating(world, AGREED, &table)
    };
    let world = by(World::new(), &first);
    let sent = allocated(&products);
    let (allocation, given) = crossed(&world, DOWN, &sent).await;
    comes_back(&world, UP, [&sent, &given], "ToegewezenProduct", "R1").await;
    // What was given holds for these allocations, whatever the tables say from here on.
    let world = by(world, &then);

    let start = with("JW305", "S1", &[]);
    let of = |nummer: u64| &products[usize::try_from(nummer % 10).expect("few")];
    let named: Vec<_> = said(&given)
        .into_iter()
        .filter_map(|(nummer, [category, code, unit, volume, _])| {
            Some((nummer?, category?, code?, unit?, volume?))
        })
        .collect();
    let each = named.iter().map(|(nummer, category, code, ..)| {
        let plain = "\n          <ijw:Code>45A04</ijw:Code>";
        let code = if of(*nummer).is_silent {
            String::new()
        } else {
            plain.replace("45A04", code)
        };
        vec![
            (">260001<".to_owned(), format!(">{nummer}<")),
            ("Categorie>45<".to_owned(), format!("Categorie>{category}<")),
            (plain.to_owned(), code),
        ]
    });
    let each: Vec<_> = each.collect();
    if each.is_empty() {
        return [allocation.mapped.is_some(), false];
    }
    let start = repeated(&start, "StartProduct", &each);
    let (began, own) = crossed(&world, UP, &start).await;
    comes_back(&world, DOWN, [&start, &own], "StartProduct", "R2").await;
    let allocated: Vec<_> = said(&sent);
    let is_translated = allocation.mapped.is_some();
    if is_translated && !began.marks.contains(&Mark::NotTranslated) {
        for (nummer, [category, code, ..]) in said(&own) {
            let known = allocated.iter().find(|(known, _)| *known == nummer);
            let (_, [of_category, assigned, ..]) = known.expect("an allocation");
            let is_silent = of(nummer.expect("a number")).is_silent;
            let assigned = assigned.clone().filter(|_| !is_silent);
            assert_eq!(
                [&category, &code],
                [of_category, &assigned],
                "of {nummer:?}"
            );
        }
    }

    let claim = with("JW323", "D1", &[]);
    let each = named.iter().map(|(nummer, category, code, unit, volume)| {
        let (unit, volume) = match of(*nummer).counted {
            Some((unit, volume)) => (unit, volume),
            None => (unit.as_str(), volume.parse().expect("a number")),
        };
        let amount = volume * tariff;
        vec![
            ("Categorie>45<".to_owned(), format!("Categorie>{category}<")),
            (">260001<".to_owned(), format!(">{nummer}<")),
            (">45A04<".to_owned(), format!(">{code}<")),
            (">P-2602-1<".to_owned(), format!(">P-{nummer}<")),
            ("Volume>8<".to_owned(), format!("Volume>{volume}<")),
            ("Eenheid>04<".to_owned(), format!("Eenheid>{unit}<")),
            (">7250<".to_owned(), format!(">{tariff}<")),
            (">58000<".to_owned(), format!(">{amount}<")),
        ]
    });
    let claim = repeated(&claim, "Prestatie", &each.collect::<Vec<_>>());
    let (claimed, own) = crossed(&world, UP, &claim).await;
    if is_translated && !claimed.marks.contains(&Mark::NotTranslated) {
        for (nummer, [category, code, unit, volume, _]) in said(&own) {
            let known = allocated.iter().find(|(known, _)| *known == nummer);
            let (_, assigned) = known.expect("an allocation");
            let counts = of(nummer.expect("a number")).counted.is_none();
            let said = [category, code, unit, volume];
            let number = if counts { 4 } else { 2 };
            assert_eq!(said[..number], assigned[..number], "of {nummer:?}");
        }
    }
    comes_back(&world, DOWN, [&claim, &own], "Prestatie", "A1").await;
    [is_translated, claimed.mapped.is_some()]
}

#[test]
fn whatever_the_tables_say_a_conversation_comes_back_as_it_was_or_is_not_touched() {
    let mut runner = TestRunner::new(ProptestConfig::with_cases(150));
    let tariff = prop_oneof![Just(60_u32), Just(93), 1..1_400_u32];
    let translated = [const { AtomicUsize::new(0) }; 2];
    let all = (table(), table(), products(), tariff);
    let held = runner.run(&all, |(first, then, products, tariff)| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = runtime.expect("a runtime");
        let were = runtime.block_on(converse(first, then, products, tariff));
        for (count, was) in translated.iter().zip(were) {
            count.fetch_add(usize::from(was), Ordering::Relaxed);
        }
        Ok(())
    });
    held.unwrap_or_else(|error| panic!("{error}"));
    let [allocations, claims] = translated.map(AtomicUsize::into_inner);
    assert!(
        allocations >= 30 && claims >= 5,
        "{allocations} allocations and {claims} declarations were translated"
    );
}
