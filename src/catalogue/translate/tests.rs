//! Translation on small tables, made up, each with one thing to see.

mod back;
mod collapse;
mod forth;
mod law;
mod memory;

use jiff::civil::{Date, date};

use super::{Answer, Memory, Product, Question, Reason, Verdict};
use crate::compiled::Compiled;
use crate::tests::folder;
use crate::{Law, Municipality};

const HEADER: &[&str] = &[
    "law",
    "category",
    "local_code",
    "unit",
    "variant",
    "relation",
    "canonical",
    "c_category",
    "c_unit",
    "factor",
    "valid_from",
    "valid_to",
    "preferred",
    "state",
    "tariff",
];

/// A table of municipality 0777 with these rows: cells in the order of [`HEADER`], parted by spaces, `-` for an empty one; what lacks at the end is empty.
fn table(manifest: &str, rows: &[&str]) -> Compiled {
    let mut text = format!("{}\n", HEADER.join("\t"));
    for row in rows {
        let mut cells: Vec<&str> = row
            .split_whitespace()
            .map(|cell| if cell == "-" { "" } else { cell })
            .collect();
        cells.resize(HEADER.len(), "");
        text.push_str(&cells.join("\t"));
        text.push('\n');
    }
    let mut files = folder::with("gm0777/map.tsv", &text);
    files.retain(|(path, _)| path != "gm0777/manifest.toml");
    let apply = if manifest.contains("apply") {
        ""
    } else {
        "apply = [\"exact\", \"close\", \"local-narrower\"]\n"
    };
    let manifest = format!(
        "municipality = \"0777\"\nmade_up = true\npublished = 2014-10-28\ncanonical = [\"jw-1\", \"wmo-1\"]\ninclude = [\"wbw\"]\n{apply}{manifest}\n"
    );
    files.push(("gm0777/manifest.toml".to_owned(), manifest));
    let (catalogue, findings) = folder::load(files);
    assert_eq!(findings, []);
    Compiled::of(&catalogue).unwrap()
}

const DAY: Date = date(2024, 6, 1);

fn ask(product: Product) -> Question {
    Question {
        law: Law::Jw,
        municipality: Municipality::new(777).unwrap(),
        product,
        on: DAY,
    }
}

/// `45 45X48 04 3 5580`: category, code, unit, volume and tariff in cents; `-` for what is not there, and what lacks at the end is not there.
fn product(text: &str) -> Product {
    let mut cells = text
        .split_whitespace()
        .map(|cell| (cell != "-").then_some(cell))
        .chain(std::iter::repeat(None));
    let mut next = || cells.next().flatten();
    Product {
        category: next().map(|cell| cell.parse().unwrap()),
        code: next().map(|cell| cell.parse().unwrap()),
        unit: next().map(|cell| cell.parse().unwrap()),
        volume: next().map(|cell| cell.parse().unwrap()),
        tariff_cents: next().map(|cell| cell.parse().unwrap()),
    }
}

fn forth(table: &Compiled, text: &str) -> Answer {
    table.forth(&ask(product(text)), None)
}

fn back(table: &Compiled, text: &str) -> Answer {
    table.back(&ask(product(text)), None)
}

/// What is kept of an assignment of this product.
fn assigned(table: &Compiled, text: &str) -> Memory {
    let question = ask(product(text));
    table
        .remember(&question, &table.forth(&question, None))
        .unwrap()
}

/// That it becomes this.
fn becomes(answer: &Answer, text: &str, reason: Reason) {
    assert_eq!(
        (answer.verdict, answer.product, answer.reason),
        (Verdict::Apply, product(text), reason)
    );
}

/// That it is not touched.
fn stays(answer: &Answer, text: &str, verdict: Verdict, reason: Reason) {
    assert_eq!(
        (answer.verdict, answer.product, answer.reason),
        (verdict, product(text), reason)
    );
}
