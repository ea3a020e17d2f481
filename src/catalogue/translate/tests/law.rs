//! The law of translation, over random tables full of faults: what went forth comes back as it was, or was not touched.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::{DAY, Product, Question, Reason, Verdict, ask, table};
use crate::compiled::Compiled;
use crate::translate::{Memory, ratio};
use crate::{Category, Code, Municipality, Unit};

const CODES: &[&str] = &["45X48", "45X49", "45A48"];
const CATEGORIES: &[&str] = &["44", "45"];

/// Unit, target's unit and factor, right and wrong.
const UNITS: &[&str] = &[
    "- - -",
    "- - -",
    "- - -",
    "- - -",
    "- - -",
    "- - -",
    "04 - -",
    "04 01 60/1",
    "01 04 1/60",
    "04 - -",
    "01 - -",
    "82 - -",
    "84 - -",
    "04 01 60/1",
    "01 04 1/60",
    "16 04 4/1",
    "16 01 240/1",
    "- 01 60/1",
    "- 04 -",
    "- 01 240/1",
    "04 04 -",
    "82 84 -",
    "04 01 6/1",
    "- - 2/1",
    "14 04 24/1",
];

fn row() -> impl Strategy<Value = String> {
    let relations = prop_oneof![
        5 => Just("exact"), 1 => Just("close"), 2 => Just("local-narrower"),
        1 => Just("local-broader"), 1 => Just("partial"), 1 => Just("none"),
    ];
    let periods = prop_oneof![
        6 => Just("2024-01-01 -"), 1 => Just("2024-01-01 2024-05-31"), 1 => Just("2024-07-01 -"),
    ];
    let states = prop_oneof![8 => Just("confirmed"), 1 => Just("suggested"), 1 => Just("rejected")];
    let variants =
        prop_oneof![6 => Just("-"), 1 => Just("inspanningsgericht"), 1 => Just("outputgericht")];
    let categories = || prop_oneof![6 => Just("-"), 1 => Just("44"), 1 => Just("45")];
    (
        (categories(), select(CODES), select(UNITS), variants),
        relations,
        select(&["45A48", "45A53", "P5005", "P5005"][..]),
        categories(),
        periods,
        select(&["no", "no", "yes"][..]),
        states,
        select(&["-", "60.00", "60.00", "1.00", "83.55"][..]),
    )
        .prop_map(|((category, code, units, variant), relation, target, c_category, period, preferred, state, tariff)| {
            let (unit, c_unit_and_factor) = units.split_once(' ').unwrap();
            let target = if relation == "none" { "- - - -".to_owned() } else { format!("{target} {c_category} {c_unit_and_factor}") };
            format!("jw {category} {code} {unit} {variant} {relation} {target} {period} {preferred} {state} {tariff}")
        })
}

/// A table, and for each of its rows what it asks for and what it gives: category, code and unit as cells.
fn tables() -> impl Strategy<Value = Tables> {
    let manifest = select(
        &[
            "",
            "daypart_minutes = 240",
            "daypart_minutes = 60",
            "apply = [\"exact\"]",
        ][..],
    );
    (manifest, prop::collection::vec(row(), 1..7)).prop_map(|(manifest, rows)| {
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let table = table(manifest, &rows);
        let asks = rows.iter().map(|row| cells(row, [1, 2, 3])).collect();
        let gives = rows.iter().map(|row| cells(row, [7, 6, 8])).collect();
        Tables { table, asks, gives }
    })
}

#[derive(Debug)]
struct Tables {
    table: Compiled,
    asks: Vec<[Option<String>; 3]>,
    gives: Vec<[Option<String>; 3]>,
}

fn cells(row: &str, columns: [usize; 3]) -> [Option<String>; 3] {
    let cells: Vec<&str> = row.split_whitespace().collect();
    columns.map(|column| (cells[column] != "-").then(|| cells[column].to_owned()))
}

impl Tables {
    /// The product, for most choices made into one that a row asks for.
    fn local(&self, product: Product, row: Option<Index>) -> Product {
        row.map_or(product, |row| aimed(product, [row.get(&self.asks)]))
    }

    /// The product, for most choices made into one that a row gives.
    fn national(&self, product: Product, row: Option<Index>) -> Product {
        let Some(row) = row else { return product };
        aimed(product, [row.get(&self.asks), row.get(&self.gives)])
    }
}

fn aimed<'c>(product: Product, at: impl IntoIterator<Item = &'c [Option<String>; 3]>) -> Product {
    at.into_iter()
        .fold(product, |product, [category, code, unit]| Product {
            category: category
                .as_ref()
                .map_or(product.category, |cell| cell.parse().ok()),
            code: code.as_ref().map_or(product.code, |cell| cell.parse().ok()),
            unit: unit.as_ref().map_or(product.unit, |cell| cell.parse().ok()),
            ..product
        })
}

/// Mostly some row.
fn rows() -> impl Strategy<Value = Option<Index>> {
    prop::option::weighted(0.8, any::<Index>())
}

fn products() -> impl Strategy<Value = Product> {
    let code = select(
        &[
            "45X48", "45X49", "45A48", "45A53", "P5005", "44A27", "501AL",
        ][..],
    );
    let unit = prop_oneof![
        select(&[Unit::Hour, Unit::Minute][..]),
        select(&Unit::ALL[..])
    ];
    (
        prop::option::weighted(0.9, select(CATEGORIES)),
        prop::option::weighted(0.95, code),
        prop::option::weighted(0.9, unit),
        prop::option::weighted(
            0.8,
            select(&[0u64, 1, 2, 4, 60, 90, 240, 480, u64::MAX][..]),
        ),
        prop::option::weighted(0.8, select(&[0u64, 25, 93, 5580, 6000, 8355, 14400][..])),
    )
        .prop_map(|(category, code, unit, volume, tariff_cents)| Product {
            category: category.map(|category| category.parse().unwrap()),
            code: code.map(|code| code.parse().unwrap()),
            unit,
            volume,
            tariff_cents,
        })
}

/// Every local product that could become this one: all codes, categories and units, with volume and tariff as the units would have it.
fn universe(given: Product, daypart: Option<u32>) -> Vec<Product> {
    let mut all = Vec::new();
    for code in CODES.iter().chain(&["501AL"]) {
        let code: Code = code.parse().unwrap();
        for category in [None, Some("44"), Some("45")] {
            let category: Option<Category> = category.map(|category| category.parse().unwrap());
            for unit in Unit::ALL.into_iter().map(Some).chain([None]) {
                let factor = match (unit, given.unit) {
                    (Some(unit), Some(to)) => ratio(to, unit, daypart),
                    _ => Some(crate::Factor::ONE),
                };
                let counted = factor.and_then(|factor| given.counted(unit, factor).ok());
                all.extend(counted.map(|counted| Product {
                    category,
                    code: Some(code),
                    ..counted
                }));
            }
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn what_was_assigned_comes_back_as_it_was_or_was_not_touched(tables in tables(), original in products(), row in rows()) {
        let original = tables.local(original, row);
        let table = tables.table;
        let question = ask(original);
        let answer = table.forth(&question, None);
        let memory = table.remember(&question, &answer).unwrap();
        let memory = Memory::from_bytes(&memory.to_bytes()).unwrap();
        if answer.verdict != Verdict::Apply {
            prop_assert_eq!(answer.product, original);
        }
        let back = table.back(&ask(answer.product), Some(&memory));
        prop_assert_eq!(back.product, original);
        let again = table.forth(&ask(original), Some(&memory));
        prop_assert_eq!(again.product, answer.product);
        if original.code.is_some() {
            let expected = if memory.is_translated() { Verdict::Apply } else { Verdict::Pass };
            prop_assert_eq!((back.verdict, again.verdict), (expected, expected));
        }
    }

    /// 305, 307, 317 and 323 say less or other amounts of what was assigned; 325 and return messages say what came back once more.
    #[test]
    fn all_that_follows_on_an_assignment_goes_there_and_back(
        tables in tables(), original in products(), row in rows(), declared in products(), is_assigned in any::<bool>(),
    ) {
        let original = tables.local(original, row);
        let table = tables.table;
        let question = ask(original);
        let answer = table.forth(&question, None);
        let memory = table.remember(&question, &answer).unwrap();
        let declared = if is_assigned {
            Product { category: declared.category.and(answer.product.category), code: answer.product.code, ..declared }
        } else {
            declared
        };
        let back = table.back(&ask(declared), Some(&memory));
        if back.verdict == Verdict::Apply {
            let forth = table.forth(&ask(back.product), Some(&memory));
            if back.reason == Reason::Remembered {
                prop_assert_eq!((forth.verdict, forth.product), (Verdict::Apply, declared));
            }
        } else {
            prop_assert_eq!(back.product, declared);
        }
        if is_assigned && declared.code.is_some() {
            prop_assert!(matches!(back.reason, Reason::Remembered | Reason::CrossedAsItIs) || back.verdict == Verdict::Refuse);
        }
    }

    #[test]
    fn what_comes_back_without_an_assignment_goes_forth_as_it_came(tables in tables(), given in products(), row in rows()) {
        let given = tables.national(given, row);
        let table = tables.table;
        let back = table.back(&ask(given), None);
        let forth = |product| table.forth(&Question { product, ..ask(given) }, None);
        match back.verdict {
            Verdict::Apply => {
                let forth = forth(back.product);
                prop_assert_eq!((forth.verdict, forth.product), (Verdict::Apply, given));
            }
            Verdict::Pass => prop_assert_eq!((back.product, forth(given).product), (given, given)),
            Verdict::Ambiguous | Verdict::Refuse => prop_assert_eq!(back.product, given),
        }
        for &candidate in &back.candidates {
            prop_assert_eq!(forth(candidate).product, given);
        }
        if back.candidates.is_empty() {
            prop_assert!(back.verdict != Verdict::Ambiguous || back.reason == Reason::CategoryUnknown);
        } else {
            prop_assert_eq!(back.verdict, Verdict::Ambiguous);
        }
    }

    #[test]
    fn no_way_back_is_overlooked(tables in tables(), given in products(), row in rows()) {
        let given = tables.national(given, row);
        let table = tables.table;
        let back = table.back(&ask(given), None);
        let daypart = table.terms(Municipality::new(777).unwrap()).unwrap().daypart_minutes;
        let mut origins: Vec<Product> = universe(given, daypart)
            .into_iter()
            .filter(|&product| {
                let forth = table.forth(&Question { product, on: DAY, ..ask(given) }, None);
                (forth.verdict, forth.product) == (Verdict::Apply, given)
            })
            .collect();
        origins.sort_unstable();
        origins.dedup();
        match (back.verdict, back.reason) {
            (Verdict::Apply, Reason::OnlyWay) => prop_assert_eq!(origins, [back.product]),
            (Verdict::Apply, _) => prop_assert!(origins.contains(&back.product)),
            // Whatever the category was; or the code itself, which no row gives.
            (Verdict::Ambiguous, Reason::CategoryUnknown) | (Verdict::Pass, Reason::Preferred) => {}
            (Verdict::Ambiguous, _) => {
                prop_assert!(origins.iter().all(|origin| back.candidates.contains(origin)));
                prop_assert!(back.candidates.iter().all(|way| origins.contains(way) || *way == given));
            }
            (Verdict::Pass | Verdict::Refuse, _) => prop_assert_eq!(origins, []),
        }
    }
}
