//! Whoever knows everything that is told, and how it is made, cannot work a hidden number out: for each there is another world, in which it is another number of 1 to 9
//! and of which everything is told alike.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use knooppunt_standard::Law;
use proptest::prelude::*;
use tower::ServiceExt as _;

use super::super::cell::{Cells, Counts, Outcome, Place};
use super::super::count::Counted;
use super::super::{FiguresBody, PublicFigureSettings, kept, router};
use super::{World, month};
use crate::audit::{AskFigures, Audit};
use crate::clock::Clock as _;
use crate::receipt::Receipts;
use crate::register::{Register, Source};
use crate::route::Caller;
use crate::terms::{TermSettings, Warning};

/// Two whose scopes overlap.
const REGISTER: &str = r#"
[[party]]
id = "gemeenten"
name = "Gemeenten"
code = [
    { kind = "gemeentecode", code = "0289" },
    { kind = "gemeentecode", code = "0344" },
    { kind = "gemeentecode", code = "0363" },
]
[[party]]
id = "one"
name = "Rekenkamer"
[[party]]
id = "other"
name = "Toezicht"
[[auditor]]
party = "one"
laws = ["jw"]
gemeenten = ["0289", "0344"]
from = 2026-03-01
until = 2026-04-30
[[auditor]]
party = "other"
laws = ["jw", "wmo"]
gemeenten = ["0344", "0363"]
from = 2026-01-01
until = 2026-12-31
"#;

const MONTHS: [&str; 2] = ["2026-03", "2026-04"];
const GEMEENTEN: [Option<&str>; 4] = [Some("0289"), Some("0344"), Some("0363"), None];
const SOORTEN: [u16; 2] = [301, 323];

/// What happened: by month and place how many messages came to what.
type Happened = BTreeMap<(&'static str, Place), Counts>;

fn happened() -> impl Strategy<Value = Happened> {
    let place = (0..2_usize, 0..2_usize, 0..4_usize, 0..2_usize);
    let count = prop_oneof![3 => 1..10_u64, 2 => 10..14_u64, 1 => Just(1_u64), 1 => Just(9_u64)];
    let cell = (place, 0..6_usize, count);
    // Few places, so that cells of one often stand beside each other.
    let some = proptest::collection::vec(cell, 1..12);
    (some, 1..5_usize).prop_map(|(cells, places)| {
        let mut happened = Happened::new();
        let first: Vec<_> = cells
            .iter()
            .map(|(place, ..)| *place)
            .take(places)
            .collect();
        for (at, (_, outcome, count)) in cells.into_iter().enumerate() {
            let (at_month, law, gemeente, soort) = first[at % first.len()];
            let place = Place {
                law: Some([Law::Jw, Law::Wmo][law]),
                gemeente: GEMEENTEN[gemeente].map(|code| code.parse().expect("a code")),
                soort: SOORTEN[soort],
            };
            let counts = happened.entry((MONTHS[at_month], place)).or_default();
            counts.insert(outcome_of(outcome), count);
        }
        happened
    })
}

fn outcome_of(number: usize) -> Outcome {
    match number {
        0 => Outcome::InTime,
        1 => Outcome::Late,
        2 => Outcome::Unanswered,
        3 => Outcome::NoTerm,
        4 => Outcome::Refused("0001".to_owned()),
        _ => Outcome::Refused("9074".to_owned()),
    }
}

/// Other counts of a place of which the same is told, with another number in this hidden cell.
fn other(counts: &Counts, hidden: &Outcome) -> Option<Counts> {
    let told = Cells::of(counts);
    let beside: Vec<_> = counts
        .iter()
        .filter(|(outcome, count)| {
            outcome.is_refused() == hidden.is_refused() && (1..10).contains(*count)
        })
        .map(|(outcome, _)| outcome.clone())
        .collect();
    let tries = 9_u64.pow(u32::try_from(beside.len()).expect("few"));
    (0..tries).find_map(|number| {
        let (mut tried, mut number) = (counts.clone(), number);
        for outcome in &beside {
            tried.insert(outcome.clone(), number % 9 + 1);
            number /= 9;
        }
        let differs = tried.get(hidden) != counts.get(hidden);
        (differs && Cells::of(&tried) == told).then_some(tried)
    })
}

/// Everything that can be asked.
struct Asked {
    world: World,
    audit: Audit,
    register: Arc<Register>,
}

impl Asked {
    async fn new() -> Self {
        let world = World::new();
        world.pass("2026-03-02T09:00:00Z").await;
        world.pass("2026-06-01T09:00:00Z").await;
        let receipts = Arc::new(Receipts::new(&[9; 32], "knooppunt.example"));
        let warning = Warning::of(&TermSettings::default());
        let audit = Audit::new(Arc::clone(&world.ledger), receipts, warning);
        let source = Source {
            name: "register.toml".to_owned(),
            bytes: REGISTER.as_bytes().to_vec(),
        };
        world.count();
        Self {
            world,
            audit,
            register: Arc::new(Register::load(vec![source]).expect("a register")),
        }
    }

    fn put(&self, happened: &Happened) {
        for text in MONTHS {
            let cells = happened.iter().filter(|((of, _), _)| *of == text);
            let counted = Counted {
                month: month(text),
                end: 0,
                chain: [0; 32],
                unread: 0,
                cells: cells
                    .map(|((_, place), counts)| (*place, Cells::of(counts)))
                    .collect(),
            };
            kept::put(&self.world.file(text), &kept::encode(&counted)).expect("written");
        }
    }

    /// Every answer to two auditors and to everybody.
    async fn all(&self, happened: &Happened) -> Vec<String> {
        self.put(happened);
        let mut answers = Vec::new();
        for party in ["one", "other"] {
            for ask in asks(party) {
                let caller = Caller {
                    party: party.parse().expect("an id"),
                    register: Arc::clone(&self.register),
                    at: self.world.clock.now(),
                };
                let told = self.audit.figures(&caller, &self.world.figures, ask);
                let table = told.await.expect("an answer").table;
                let all = table.sums.values().flat_map(|sums| {
                    let causes = sums.causes.values();
                    let others = [
                        &sums.carried,
                        &sums.in_time,
                        &sums.late,
                        &sums.unanswered,
                        &sums.no_term,
                        &sums.refused,
                    ];
                    causes.chain(others)
                });
                for sum in all {
                    assert!(!(1..10).contains(&sum.count), "{sum:?}");
                }
                let body = FiguresBody::from(&table);
                answers.push(serde_json::to_string(&body).expect("JSON"));
            }
        }
        let settings = PublicFigureSettings {
            listen: None,
            by_gemeente: true,
        };
        let pages = router(Arc::clone(&self.world.figures), &settings);
        for page in [
            "/cijfers.json",
            "/cijfers.csv",
            "/cijfers/2026-03.json",
            "/cijfers/2026-04.csv",
            "/cijfers/2026-03/gemeenten.csv",
            "/cijfers/2026-04/gemeenten.json",
        ] {
            let request = Request::get(page).body(Body::empty()).expect("a request");
            let answer = pages.clone().oneshot(request).await.expect("an answer");
            assert_eq!(answer.status().as_u16(), 200, "{page}");
            let body = answer.into_body().collect().await.expect("a page");
            answers.push(String::from_utf8(body.to_bytes().to_vec()).expect("text"));
        }
        answers
    }
}

/// Questions of which the answers overlap in every way.
fn asks(party: &str) -> Vec<AskFigures> {
    let mut asks = Vec::new();
    let gemeente = if party == "one" { "0289" } else { "0363" };
    for (from, until) in [(0, 0), (1, 1), (0, 1)] {
        for gemeenten in [&[][..], &["0344"], &[gemeente]] {
            for kinds in [&[][..], &[301]] {
                for by in [&[][..], &["month", "kind"], &["law", "gemeente"]] {
                    asks.push(AskFigures {
                        purpose: Some("Onderzoek".to_owned()),
                        gemeenten: gemeenten.iter().map(|code| (*code).to_owned()).collect(),
                        kinds: kinds.to_vec(),
                        from: Some(MONTHS[from].to_owned()),
                        until: Some(MONTHS[until].to_owned()),
                        by: by.iter().map(|name| (*name).to_owned()).collect(),
                        ..AskFigures::default()
                    });
                }
            }
        }
    }
    asks
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn no_hidden_number_follows_from_everything_that_is_told(happened in happened()) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let asked = Asked::new().await;
            let told = asked.all(&happened).await;
            for (at, counts) in &happened {
                for (outcome, count) in counts {
                    if !(1..10).contains(count) {
                        continue;
                    }
                    let other = other(counts, outcome);
                    let other = other.unwrap_or_else(|| panic!("{outcome:?} of {counts:?} is told"));
                    let mut elsewhere = happened.clone();
                    elsewhere.insert(*at, other);
                    assert_eq!(asked.all(&elsewhere).await, told, "{outcome:?} of {counts:?}");
                }
            }
        });
    }
}

proptest! {
    #[test]
    fn no_hidden_number_follows_from_what_is_told_of_its_place(
        counts in proptest::collection::btree_map((0..6_usize).prop_map(outcome_of), 0..13_u64, 1..7)
    ) {
        for (outcome, count) in &counts {
            if (1..10).contains(count) {
                prop_assert!(other(&counts, outcome).is_some(), "{outcome:?} of {counts:?}");
            }
        }
    }
}
