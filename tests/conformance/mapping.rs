//! The cases of `conformance/mapping`: what is wrong with a folder of tables, and what becomes of products by it, there and back. The national lists are those of
//! this repository.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::Date;
use knooppunt_catalogue::compiled::Compiled;
use knooppunt_catalogue::lint::lint;
use knooppunt_catalogue::translate::{
    self, Answer, Clash, Dated, Memory, Product, Question, Stacked,
};
use knooppunt_catalogue::{Catalogue, Finding, Law, Period, Source};
use libtest_mimic::Trial;
use serde::Deserialize;

use crate::{cases, files, trial};

/// The folder of tables of a case, where a step names no other.
const TABLES: &str = "tables";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    title: String,
    findings: Vec<Expected>,
    #[serde(default)]
    product: Vec<Step>,
    #[serde(default)]
    message: Vec<Message>,
}

#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(deny_unknown_fields)]
struct Expected {
    class: String,
    at: String,
    line: u32,
}

impl Expected {
    fn of(finding: &Finding) -> Self {
        Self {
            class: finding.class.to_string(),
            at: finding.file.to_string(),
            line: finding.line,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    municipality: String,
    law: Law,
    on: Date,
    goes: Way,
    tables: Option<String>,
    remembered: Option<String>,
    product: Fields,
    verdict: String,
    reason: String,
    becomes: Option<Fields>,
    #[serde(default)]
    candidates: Vec<Fields>,
    rows: Vec<String>,
    kept_as: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Way {
    Forth,
    Back,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    category: Option<String>,
    code: Option<String>,
    unit: Option<String>,
    volume: Option<u64>,
    tariff: Option<u64>,
}

/// The products of one client in one message.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Message {
    municipality: String,
    law: Law,
    on: Date,
    of: Of,
    products: Vec<OfClient>,
    clashes: Vec<(usize, usize)>,
    /// What is told of them, by the rows of the table.
    #[serde(default)]
    findings: Vec<Expected>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Of {
    Assigned,
    Declared,
}

#[derive(Deserialize)]
struct OfClient {
    #[serde(flatten)]
    product: Fields,
    from: Date,
    to: Option<Date>,
    assignment: Option<u64>,
}

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = cases::each("mapping", run);
    trials.push(trial(
        "mapping/shows_every_class_of_conflict",
        shows_every_class,
    ));
    trials
}

fn run(folder: &Path) -> Result<(), String> {
    let case: Case = cases::read(&folder.join("case.toml"));
    let differs = |what: &str, expected: &dyn std::fmt::Debug, found: &dyn std::fmt::Debug| {
        let title = &case.title;
        format!("{title}\n{what}: expected {expected:#?}\nfound {found:#?}")
    };
    let (catalogue, mut findings) = tables(folder, TABLES);
    findings.extend(lint(&catalogue));
    let mut found: Vec<Expected> = findings.iter().map(Expected::of).collect();
    found.sort_unstable();
    let mut expected: Vec<&Expected> = case.findings.iter().collect();
    expected.sort_unstable();
    if expected != found.iter().collect::<Vec<_>>() {
        return Err(differs("findings", &expected, &findings));
    }
    let mut compiled = BTreeMap::new();
    compiled.insert(TABLES, pack(&catalogue));
    for name in case
        .product
        .iter()
        .filter_map(|step| step.tables.as_deref())
    {
        compiled
            .entry(name)
            .or_insert_with(|| pack(&tables(folder, name).0));
    }
    let mut kept: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
    for (number, step) in case.product.iter().enumerate() {
        let table = &compiled[step.tables.as_deref().unwrap_or(TABLES)];
        let asked = step.product.read();
        let question = question(&step.municipality, step.law, asked, step.on);
        let memory = step.remembered.as_deref().map(|name| {
            let bytes = kept
                .get(name)
                .unwrap_or_else(|| panic!("{name} was not kept"));
            Memory::from_bytes(bytes).expect("what was kept")
        });
        let answer = match step.goes {
            Way::Forth => table.forth(&question, memory.as_ref()),
            Way::Back => table.back(&question, memory.as_ref()),
        };
        let expected = (
            step.verdict.as_str(),
            step.reason.as_str(),
            step.becomes.as_ref().map_or(asked, Fields::read),
            step.candidates.iter().map(Fields::read).collect::<Vec<_>>(),
            step.rows.clone(),
        );
        let said = said(&answer);
        if expected != said {
            let what = format!("product {}", number + 1);
            return Err(differs(&what, &shown(&expected), &shown(&said)));
        }
        if let Some(name) = &step.kept_as {
            let memory = table.remember(&question, &answer).expect("a table");
            kept.insert(name, memory.to_bytes());
        }
    }
    for (number, message) in case.message.iter().enumerate() {
        let (found, findings) = message.clashes(&compiled[TABLES]);
        let what = format!("message {}", number + 1);
        if found != message.clashes {
            return Err(differs(&what, &message.clashes, &found));
        }
        if findings != message.findings {
            return Err(differs(&what, &message.findings, &findings));
        }
    }
    Ok(())
}

/// Verdict, reason, product, candidates and rows.
type Said<'a> = (&'a str, &'a str, Product, Vec<Product>, Vec<String>);

fn said(answer: &Answer) -> Said<'_> {
    let mut rows: Vec<String> = answer.rows.iter().map(ToString::to_string).collect();
    rows.sort_unstable();
    (
        answer.verdict.as_str(),
        answer.reason.as_str(),
        answer.product,
        answer.candidates.clone(),
        rows,
    )
}

/// A product hides what it holds; a case is made up.
fn shown(said: &Said<'_>) -> (String, Vec<String>, Vec<String>) {
    let product = |product: &Product| {
        let Product {
            category,
            code,
            unit,
            volume,
            tariff_cents,
        } = product;
        format!("{category:?} {code:?} {unit:?} {volume:?} {tariff_cents:?}")
    };
    (
        format!("{} {}: {}", said.0, said.1, product(&said.2)),
        said.3.iter().map(product).collect(),
        said.4.clone(),
    )
}

impl Fields {
    fn read(&self) -> Product {
        Product {
            category: self
                .category
                .as_ref()
                .map(|text| text.parse().expect("a category")),
            code: self.code.as_ref().map(|text| text.parse().expect("a code")),
            unit: self.unit.as_ref().map(|text| text.parse().expect("a unit")),
            volume: self.volume,
            tariff_cents: self.tariff,
        }
    }
}

impl Message {
    /// Pairs that would become one, and what is told of them.
    fn clashes(&self, table: &Compiled) -> (Vec<(usize, usize)>, Vec<Expected>) {
        let asked = self.products.iter().map(|of_client| {
            let local = of_client.product.read();
            let question = question(&self.municipality, self.law, local, self.on);
            let answer = table.forth(&question, None);
            let dated = Dated {
                local,
                given: answer.product,
                period: Period {
                    from: of_client.from,
                    to: of_client.to,
                },
                assignment: of_client.assignment,
            };
            (dated, answer.rows)
        });
        let (dated, rows): (Vec<Dated>, Vec<_>) = asked.unzip();
        let stacked = match self.of {
            Of::Assigned => Stacked::Assigned,
            Of::Declared => Stacked::Declared,
        };
        let clashes = translate::collapse(&dated, stacked).into_iter();
        let findings = translate::stacks(&dated, &rows, stacked);
        (
            clashes
                .map(|Clash { first, second }| (first, second))
                .collect(),
            findings.iter().map(Expected::of).collect(),
        )
    }
}

fn question(municipality: &str, law: Law, product: Product, on: Date) -> Question {
    Question {
        law,
        municipality: municipality.parse().expect("a municipality"),
        product,
        on,
    }
}

/// The tables of a case, with the national lists of this repository.
fn tables(folder: &Path, name: &str) -> (Catalogue, Vec<Finding>) {
    let (lists, own) = (files::own("mappings"), folder.join(name));
    let lists = files::below(&lists, &lists.join("canonical"));
    let own = files::below(&own, &own);
    assert!(!own.is_empty(), "{} has no tables", folder.display());
    let sources = lists.into_iter().chain(own);
    Catalogue::load(
        sources
            .map(|(path, bytes)| Source { path, bytes })
            .collect(),
    )
}

fn pack(catalogue: &Catalogue) -> Compiled {
    Compiled::of(catalogue).expect("tables of a case are small")
}

/// M11 shows in messages, the others in tables.
fn shows_every_class() {
    let mut shown: Vec<String> = Vec::new();
    for folder in cases::folders("mapping") {
        let case: Case = cases::read(&folder.join("case.toml"));
        let of_messages = case
            .message
            .into_iter()
            .flat_map(|message| message.findings);
        let findings = case.findings.into_iter().chain(of_messages);
        shown.extend(findings.map(|finding| finding.class));
    }
    for number in 1..=15 {
        let class = format!("M{number:02}");
        assert!(shown.contains(&class), "no case shows {class}");
    }
}
