//! Random declarations, judged by the rules and by a plain model that keeps every line ever sent and looks through all of them.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::message::{BSN1, BSN2, Row, Sent};
use super::world::{NAMES, World};
use crate::history::Label;
use crate::measure;

const MINUTES: &str = "01";
const HOURS: &str = "04";

/// A line as it is drawn: numbers that choose.
#[derive(Clone, Debug)]
struct Drawn {
    credit: bool,
    allocation: usize,
    month: i8,
    size: u32,
    referentie: usize,
    vorig: usize,
    half: bool,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let numbers = (0..4_usize, 3..6_i8, 0..6_u32, 0..40_usize, 0..40_usize);
    (any::<bool>(), numbers, prop::bool::weighted(0.2)).prop_map(|(credit, numbers, half)| {
        let (allocation, month, size, referentie, vorig) = numbers;
        Drawn {
            credit,
            allocation,
            month,
            size,
            referentie,
            vorig,
            half,
        }
    })
}

/// The debit that is drawn, on one of four allocations: hours a week, minutes a month, a budget, a total.
fn debit(drawn: &Drawn) -> Row {
    let referentie = format!("R{}", drawn.referentie);
    let row = Row::hours(&referentie, drawn.month, 1 + drawn.size * 5);
    let first = date(2026, drawn.month, 1);
    let size = drawn.size;
    match drawn.allocation {
        0 => row,
        1 => {
            let row = row.on(1002).product("45", "45A03");
            row.periode(first, first.last_of_month())
                .size(1 + size * 150, "01", 90)
        }
        2 => {
            let row = row.of(BSN2).on(1003).product("44", "44A01");
            row.periode(first, first.last_of_month())
                .size(1, "14", 1 + u64::from(size) * 90_000)
        }
        _ => {
            let row = row.on(1005).product("43", "43A05");
            row.periode(
                first.max(date(2026, 4, 1)),
                first.max(date(2026, 4, 1)).last_of_month(),
            )
            .size(1 + size * 6, "14", 1000)
        }
    }
}

/// Volume as the ledger counts it: hours as minutes.
fn counted(row: &Row) -> u64 {
    u64::from(row.volume) * if row.eenheid == HOURS { 60 } else { 1 }
}

/// A line that was sent, and whether it was granted.
#[derive(Clone)]
struct Known {
    row: Row,
    granted: bool,
}

/// Every line of every processed declaration.
#[derive(Clone, Default)]
struct Model {
    lines: Vec<Known>,
}

impl Model {
    fn granted(&self, credit: bool) -> impl Iterator<Item = &Row> {
        let lines = self
            .lines
            .iter()
            .filter(move |line| line.granted && line.row.credit == credit);
        lines.map(|line| &line.row)
    }

    fn credit_of(&self, debit: &Row) -> Option<&Row> {
        self.granted(true)
            .find(|credit| credit.vorig.as_ref() == Some(&debit.referentie))
    }

    /// Volume, cents and the latest last day of what was granted on an allocation and is not taken back.
    fn used(&self, nummer: u64) -> (u64, u64, Option<Date>) {
        let (mut volume, mut cents, mut last) = (0, 0, None);
        for debit in self.granted(false).filter(|row| row.nummer == nummer) {
            let credit = self.credit_of(debit);
            // What the credit names, never more than the debit; volumes that cannot be compared name nothing, so that all is taken back.
            let (back, back_cents) = credit.map_or((0, 0), |credit| {
                let time = |row: &Row| [MINUTES, HOURS].contains(&row.eenheid);
                let comparable = credit.eenheid == debit.eenheid || (time(credit) && time(debit));
                let of = if comparable { credit } else { debit };
                (counted(of), credit.cents)
            });
            volume += counted(debit) - back.min(counted(debit));
            cents += debit.cents - back_cents.min(debit.cents);
            if credit.is_none() {
                last = last.max(Some(debit.periode.1));
            }
        }
        (volume, cents, last)
    }

    fn stands(&self, row: &Row) -> bool {
        let mut same = self.granted(false).filter(|debit| {
            (debit.bsn, debit.nummer, debit.product, debit.periode)
                == (row.bsn, row.nummer, row.product, row.periode)
        });
        same.any(|debit| self.credit_of(debit).is_none())
    }

    fn credit_codes(&self, row: &Row) -> BTreeSet<&'static str> {
        let mut codes = BTreeSet::new();
        let vorig = row.vorig.as_deref();
        let debit = self
            .granted(false)
            .find(|debit| Some(debit.referentie.as_str()) == vorig && debit.bsn == row.bsn);
        if debit.is_none() {
            codes.insert("8017");
        }
        let mut credited = self.granted(true);
        let debited = self
            .granted(false)
            .any(|debit| Some(debit.referentie.as_str()) == vorig);
        if debited && credited.any(|credit| credit.vorig.as_deref() == vorig) {
            codes.insert("9390");
        }
        codes
    }

    fn debit_codes(&self, row: &Row) -> BTreeSet<&'static str> {
        let (volume, cents, last) = self.used(row.nummer);
        let total = volume + counted(row);
        let last = last.map_or(row.periode.1, |last| last.max(row.periode.1));
        let (most, over_term) = match row.nummer {
            // 3 hours a week; 13 weeks.
            1001 => (15, total > 39 * 60),
            1002 => (600, total > 600 * measure::months(date(2026, 3, 1), last)),
            1005 => (40, total > 40),
            _ => (u32::MAX, false),
        };
        let over_budget = row.nummer == 1003 && cents + row.cents > 500_000;
        let codes = [
            ("9321", row.volume > most),
            ("9322", over_term),
            ("9369", over_budget),
            ("9389", self.stands(row)),
        ];
        codes
            .into_iter()
            .filter(|(_, broken)| *broken)
            .map(|(code, _)| code)
            .collect()
    }

    /// Judges a declaration and keeps its lines; codes by line.
    fn take(&mut self, rows: &[Row]) -> Vec<BTreeSet<&'static str>> {
        let before = self.clone();
        let used_up = |row: &Row| {
            let same = |other: &Row| other.referentie == row.referentie;
            before.lines.iter().any(|line| same(&line.row))
                || rows.iter().filter(|other| same(other)).count() > 1
        };
        let mut codes = vec![BTreeSet::new(); rows.len()];
        for credit in [true, false] {
            for (place, row) in rows
                .iter()
                .enumerate()
                .filter(|(_, row)| row.credit == credit)
            {
                let mut found = if credit {
                    self.credit_codes(row)
                } else {
                    self.debit_codes(row)
                };
                if used_up(row) {
                    found.insert("8021");
                }
                let granted = found.is_empty();
                codes[place] = found;
                self.lines.push(Known {
                    row: row.clone(),
                    granted,
                });
            }
        }
        codes
    }
}

/// Lines that level 2 takes together: TR101, TR315, TR316 and TR416.
fn declaration(drawn: &[Drawn], model: &Model) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for line in drawn {
        let row = if line.credit {
            let known: Vec<&Row> = model.lines.iter().map(|line| &line.row).collect();
            // Mostly of a line that is there, now and then of one that never was.
            let of = match known.get(line.vorig % (known.len() + 2)) {
                Some(row) => (*row).clone(),
                None => debit(line),
            };
            let credit = Row {
                vorig: None,
                credit: false,
                ..of
            }
            .credit_of(&format!("R{}", line.referentie));
            if line.half {
                Row {
                    cents: credit.cents / 2,
                    ..credit
                }
            } else {
                credit
            }
        } else {
            debit(line)
        };
        let clashes = rows.iter().any(|other| {
            let content = |row: &Row| (row.bsn, row.nummer, row.periode);
            (other.bsn, &other.referentie) == (row.bsn, &row.referentie)
                || (row.vorig.is_some() && other.vorig == row.vorig)
                || other.vorig.as_ref() == Some(&row.referentie)
                || row.vorig.as_ref() == Some(&other.referentie)
                || (!row.credit && !other.credit && content(other) == content(&row))
        });
        let own = row.vorig.as_ref() == Some(&row.referentie);
        if !clashes && !own && (row.cents > 0 || !row.credit) {
            rows.push(row);
        }
    }
    rows.sort_by_key(|row| row.bsn);
    rows
}

/// Codes by line, in document order.
fn codes(world: &World, sent: &Sent) -> Vec<BTreeSet<String>> {
    let outcome = world.judge(sent);
    let mut codes = Vec::new();
    for (client, rows) in sent
        .rows
        .chunk_by(|one, next| one.bsn == next.bsn)
        .enumerate()
    {
        for line in 1..=rows.len() {
            let place = format!("Client[{}]/Prestatie[{line}] ", client + 1);
            let found = outcome.refused.iter();
            codes.push(
                found
                    .filter_map(|word| word.strip_prefix(&place))
                    .map(str::to_owned)
                    .collect(),
            );
        }
    }
    codes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_row_of_declarations_is_judged_as_the_model_does(
        messages in prop::collection::vec(prop::collection::vec(drawn(), 1..9), 1..7)
    ) {
        let (mut world, mut model) = (World::new(), Model::default());
        for (number, message) in messages.iter().enumerate() {
            let rows = declaration(message, &model);
            if rows.is_empty() {
                continue;
            }
            let sent = Sent::over(&format!("DN{number}"), 5, rows.clone());
            let found = codes(&world, &sent);
            let expected = model.take(&rows);
            let words = |codes: &BTreeSet<&str>| codes.iter().map(|code| (*code).to_owned()).collect();
            let expected: Vec<BTreeSet<String>> = expected.iter().map(words).collect();
            prop_assert_eq!(&found, &expected, "{:#?}", rows);

            // Whatever stands where, credits are judged first: with all debits before them the same comes out.
            let mut turned = rows.clone();
            turned.sort_by_key(|row| (row.bsn, row.credit));
            let turned = codes(&world, &Sent { rows: turned, ..sent.clone() });
            let sorted = |mut codes: Vec<BTreeSet<String>>| { codes.sort(); codes };
            prop_assert_eq!(sorted(turned), sorted(found.clone()));

            // The 325 that is made of it books the same with who waited for it.
            let [here, there] = world.booked_on_both_sides(&sent);
            prop_assert_eq!(here, there);

            // What is granted and what is refused are together what was submitted (TR342).
            let outcome = world.take(&sent);
            let refused = rows.iter().zip(&found).filter(|(_, codes)| !codes.is_empty());
            let refused: i128 = refused.map(|(row, _)| Sent::over("x", 5, [row.clone()]).total()).sum();
            prop_assert_eq!(outcome.granted().unwrap() + refused, sent.total());

            // The ledger holds what the model adds up, and never more than was allocated.
            for (nummer, limit, budget) in [(1001, 39 * 60, u64::MAX), (1003, u64::MAX, 500_000), (1005, 40, u64::MAX), (1002, 1800, u64::MAX)] {
                let (volume, cents, last) = model.used(nummer);
                let usage = world.past.usage(NAMES.toewijzing(nummer)).cloned().unwrap_or_default();
                prop_assert_eq!(usage.volumes().iter().map(|(_, volume)| volume).sum::<u64>(), volume);
                prop_assert_eq!((usage.cents(), usage.end()), (cents, last));
                prop_assert!(volume <= limit && cents <= budget);
            }
            for debit in model.granted(false) {
                let row = world.past.prestatie(NAMES.of(Label::ReferentieNummer, &debit.referentie)).unwrap();
                prop_assert_eq!(row.credit.is_some(), model.credit_of(debit).is_some());
            }
        }
    }
}

#[test]
fn the_model_knows_its_clients() {
    let all: BTreeSet<&str> = (0..4)
        .map(|allocation| {
            debit(&Drawn {
                credit: false,
                allocation,
                month: 4,
                size: 1,
                referentie: 1,
                vorig: 1,
                half: false,
            })
            .bsn
        })
        .collect();
    assert_eq!(all, BTreeSet::from([BSN1, BSN2]));
}
