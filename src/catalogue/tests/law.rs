//! The law of translation, over whole tables and whole conversations: what went forth comes back as it was, or was not touched.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};

use jiff::civil::Date;

use super::generated::{base, plan};
use super::real;
use crate::compiled::Compiled;
use crate::generate::{Generator, Plan, Regions};
use crate::translate::{Answer, Memory, Product, Question, Verdict};
use crate::{Catalogue, Category, Code, Law, Municipality, Row, Unit};

/// Volumes and tariffs tried of each row.
const TRIES: usize = 3;

struct Tables {
    catalogue: Catalogue,
    compiled: Compiled,
}

impl Tables {
    fn of(catalogue: Catalogue) -> Self {
        let compiled = Compiled::of(&catalogue).unwrap();
        Self {
            catalogue,
            compiled,
        }
    }

    fn made(plan: Plan) -> Self {
        let made = Generator::new(&base(), plan).unwrap().all();
        Self::of(Catalogue::load(made.sources).0)
    }

    /// Every row of every table, as its municipality has it.
    fn rows(&self) -> impl Iterator<Item = (Municipality, &Row)> {
        let tables = self.catalogue.tables.iter();
        tables.flat_map(|table| {
            self.catalogue
                .rows(table)
                .map(|row| (table.municipality, row))
        })
    }

    fn forth(&self, question: &Question, memory: Option<&Memory>) -> Product {
        same_unless_applied(question, &self.compiled.forth(question, memory))
    }

    fn back(&self, question: &Question, memory: Option<&Memory>) -> Product {
        same_unless_applied(question, &self.compiled.back(question, memory))
    }
}

/// The product that crosses: another one only where it is applied.
fn same_unless_applied(question: &Question, answer: &Answer) -> Product {
    assert!(
        answer.verdict == Verdict::Apply || answer.product == question.product,
        "touched though {:?}: {question:?} {answer:?}",
        answer.verdict
    );
    answer.product
}

struct Chance(ChaCha8Rng);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0.next_u64() % bound
    }

    fn volume(&mut self) -> u64 {
        match self.below(4) {
            0 => self.below(20),
            1 => 60 * self.below(200),
            2 => self.below(1_000_000),
            _ => 240 * self.below(50) + self.below(2),
        }
    }

    /// A day on which the row holds, and sometimes one on which it may not.
    fn day(&mut self, row: &Row) -> Date {
        let days = if self.below(20) == 0 { 4000 } else { 300 };
        let later = i64::try_from(self.below(days)).unwrap();
        let day = row
            .period
            .from
            .checked_add(jiff::Span::new().days(later))
            .unwrap();
        row.period
            .to
            .filter(|to| *to < day && days == 300)
            .unwrap_or(day)
    }
}

fn chance(seed: u64) -> Chance {
    Chance(ChaCha8Rng::seed_from_u64(seed))
}

/// A product that this row is meant for, by its code, category and unit; with a volume, and often a tariff: its own, or another.
fn asked(tables: &Tables, municipality: Municipality, row: &Row, chance: &mut Chance) -> Question {
    let table = tables.catalogue.table(municipality).unwrap();
    let target = row
        .target
        .and_then(|target| tables.catalogue.product(table, row.key.law, target.code));
    let category = row
        .key
        .category
        .or_else(|| target.and_then(|target| target.category));
    let any = Unit::ALL[usize::try_from(chance.below(7)).unwrap()];
    let unit = row.key.unit.or_else(|| {
        let fitting = Unit::ALL
            .into_iter()
            .filter(|unit| unit.variant() == row.key.variant);
        fitting
            .clone()
            .nth(usize::try_from(chance.below(fitting.count().max(1) as u64)).unwrap())
    });
    let tariff = match chance.below(3) {
        0 => None,
        1 => row.tariff.map(u64::from),
        _ => Some(chance.below(20_000)),
    };
    Question {
        law: row.key.law,
        municipality,
        product: Product {
            category: category.or(Category::new(50)),
            code: Some(row.key.code),
            unit: Some(unit.unwrap_or(any)),
            volume: Some(chance.volume()),
            tariff_cents: tariff,
        },
        on: chance.day(row),
    }
}

/// How often something was translated: a law over tables that translate nothing would hold of itself.
#[derive(Debug, Default)]
struct Seen {
    forth: usize,
    back: usize,
    lines: usize,
    chosen: usize,
}

/// Each row, forth with what is kept of it and back; and back without it, and forth again.
fn holds_for_every_row(tables: &Tables, seed: u64) -> Seen {
    let mut chance = chance(seed);
    let mut seen = Seen::default();
    for (municipality, row) in tables.rows() {
        for _ in 0..TRIES {
            let question = asked(tables, municipality, row, &mut chance);
            let answer = tables.compiled.forth(&question, None);
            let given = same_unless_applied(&question, &answer);
            let memory = tables.compiled.remember(&question, &answer).unwrap();
            let returned = tables.back(
                &Question {
                    product: given,
                    ..question
                },
                Some(&memory),
            );
            assert_eq!(returned, question.product, "{question:?} {answer:?}");
            seen.forth += usize::from(given != question.product);
            // What a provider asks for by itself: the target of the row.
            let asked = Question {
                product: Product {
                    code: row.target.map(|target| target.code),
                    category: row
                        .target
                        .and_then(|target| target.category)
                        .or(question.product.category),
                    ..question.product
                },
                ..question
            };
            let back = tables.compiled.back(&asked, None);
            let local = same_unless_applied(&asked, &back);
            if back.verdict == Verdict::Apply {
                let again = tables.compiled.forth(
                    &Question {
                        product: local,
                        ..asked
                    },
                    None,
                );
                assert_eq!(
                    (again.verdict, again.product),
                    (Verdict::Apply, asked.product),
                    "{asked:?} {back:?}"
                );
                seen.back += 1;
            }
        }
    }
    seen
}

#[test]
fn every_row_of_made_up_tables_comes_back_as_it_went() {
    let mut forth = 0;
    for (seed, regions, conflicts) in [
        (1, Regions::Copied, false),
        (2, Regions::Included, false),
        (3, Regions::Copied, true),
        (4, Regions::Included, true),
    ] {
        let tables = Tables::made(Plan {
            regions,
            conflicts,
            codes: 1500,
            municipalities: 24,
            ..plan(seed)
        });
        let seen = holds_for_every_row(&tables, seed);
        assert!(seen.forth > 500 && seen.back > 500, "{seen:?}");
        forth += seen.forth;
    }
    assert!(forth > 3000, "{forth}");
}

/// An assignment and all that follows on it, at the level of products. Every step that crosses by what was kept crosses by its stored bytes, and under a table
/// that has changed meanwhile.
struct Conversation<'t> {
    then: &'t Tables,
    now: &'t Tables,
    question: Question,
    given: Product,
    stored: Vec<u8>,
}

impl<'t> Conversation<'t> {
    /// 301: the municipality assigns.
    fn begin(then: &'t Tables, now: &'t Tables, question: Question) -> Self {
        let answer = then.compiled.forth(&question, None);
        let memory = then.compiled.remember(&question, &answer).unwrap();
        let stored = memory.to_bytes();
        assert_eq!(Memory::from_bytes(&stored), Ok(memory));
        let given = same_unless_applied(&question, &answer);
        Self {
            then,
            now,
            question,
            given,
            stored,
        }
    }

    fn memory(&self) -> Memory {
        Memory::from_bytes(&self.stored).unwrap()
    }

    fn ask(&self, product: Product) -> Question {
        Question {
            product,
            ..self.question
        }
    }

    /// What the provider sends about its assignment arrives at the municipality; the answer on it (its retour) comes back to the provider as it was sent.
    fn back(&self, product: Product) -> Product {
        let memory = self.memory();
        let local = self.then.back(&self.ask(product), Some(&memory));
        assert_eq!(
            self.now.back(&self.ask(product), Some(&memory)),
            local,
            "a table change touched it"
        );
        let retour = self.now.forth(&self.ask(local), Some(&memory));
        assert_eq!(retour, product, "{:?} {memory:?}", self.question);
        local
    }

    /// 305 and 307: start and end of care name the product alone.
    fn starts_and_stops(&self) {
        let named = Product {
            category: self.given.category,
            code: self.given.code,
            ..Product::default()
        };
        let arrived = self.back(named);
        let asked = self.question.product;
        assert_eq!(
            (arrived.category, arrived.code),
            (asked.category, asked.code)
        );
        assert_eq!(
            (arrived.unit, arrived.volume, arrived.tariff_cents),
            (None, None, None)
        );
    }

    /// 317 and the 301 that grants it: another volume.
    fn changes(&self, volume: u64) {
        let wanted = Product {
            volume: Some(volume),
            tariff_cents: None,
            ..self.given
        };
        let arrived = self.back(wanted);
        assert_eq!(
            (arrived.category, arrived.code.is_some()),
            (self.question.product.category, true)
        );
    }

    /// 323 and 325: a line of a declaration, in the unit of the assignment, with what was delivered. Returns whether it was translated.
    fn declares(&self, volume: u64) -> bool {
        let line = Product {
            volume: Some(volume),
            ..self.given
        };
        let arrived = self.back(line);
        if self.given == self.question.product {
            // Crossed as it is: so does all that follows, also where a table has this very code as a translation.
            assert_eq!(arrived, line);
        }
        arrived != line
    }

    /// 323 on an assignment without a code: the provider chooses a national one, the municipality sees its own or the provider's, and granting it leads back.
    fn chooses(&self, code: Code, unit: Unit, volume: u64) -> bool {
        let line = Product {
            code: Some(code),
            unit: Some(unit),
            volume: Some(volume),
            ..self.given
        };
        let memory = self.memory();
        let answer = self.then.compiled.back(&self.ask(line), Some(&memory));
        let arrived = same_unless_applied(&self.ask(line), &answer);
        let retour = self.then.compiled.forth(&self.ask(arrived), Some(&memory));
        if answer.verdict == Verdict::Apply {
            assert_eq!((retour.verdict, retour.product), (Verdict::Apply, line));
        }
        answer.verdict == Verdict::Apply
    }
}

/// Conversations over every row, in which the tables become others after the assignment.
fn holds_for_conversations(then: &Tables, now: &Tables, seed: u64) -> Seen {
    let mut chance = chance(seed);
    let mut seen = Seen::default();
    for (municipality, row) in then.rows() {
        let question = asked(then, municipality, row, &mut chance);
        let specific = Conversation::begin(then, now, question);
        seen.forth += usize::from(specific.given != question.product);
        specific.starts_and_stops();
        specific.changes(chance.volume());
        specific.changes(0);
        for _ in 0..2 {
            seen.lines += usize::from(specific.declares(chance.volume()));
        }
        // Category alone, and budget alone: the provider chooses.
        let category = question.product.category.filter(|_| chance.below(3) > 0);
        let aspecific = Product {
            category,
            code: None,
            unit: Some(Unit::Euro),
            volume: Some(chance.volume()),
            tariff_cents: None,
        };
        let aspecific = Conversation::begin(
            then,
            now,
            Question {
                product: aspecific,
                ..question
            },
        );
        assert_eq!(aspecific.given, aspecific.question.product);
        if let Some(target) = row.target {
            let chosen = Conversation {
                given: Product {
                    category: question.product.category,
                    ..aspecific.given
                },
                ..aspecific
            };
            let unit = question.product.unit.unwrap_or(Unit::Hour);
            seen.chosen += usize::from(chosen.chooses(target.code, unit, chance.volume()));
        }
    }
    seen
}

#[test]
fn whole_conversations_come_back_as_they_went_whatever_the_tables_are_by_then() {
    let mut all = Seen::default();
    for (seed, conflicts) in [(11, false), (12, true)] {
        let plan = |seed| Plan {
            conflicts,
            codes: 1500,
            municipalities: 24,
            ..plan(seed)
        };
        let then = Tables::made(plan(seed));
        let now = Tables::made(plan(seed + 100));
        let seen = holds_for_conversations(&then, &now, seed);
        all.forth += seen.forth;
        all.lines += seen.lines;
        all.chosen += seen.chosen;
    }
    assert!(
        all.forth > 500 && all.lines > 500 && all.chosen > 200,
        "{all:?}"
    );
}

#[test]
fn the_tables_of_this_repository_come_back_as_they_went() {
    let tables = Tables::of(real::tables());
    let mut seen = Seen::default();
    for seed in 0..20 {
        let rows = holds_for_every_row(&tables, seed);
        seen.forth += rows.forth;
        seen.back += rows.back;
        let now = Tables::made(plan(seed));
        let talked =
            holds_for_conversations(&tables, if seed % 2 == 0 { &now } else { &tables }, seed);
        seen.lines += talked.lines;
    }
    assert!(
        seen.forth > 100 && seen.back > 100 && seen.lines > 30,
        "{seen:?}"
    );
}

#[test]
fn a_code_of_one_municipality_says_nothing_of_another() {
    let tables = Tables::made(plan(21));
    let stranger = Municipality::new(9998).unwrap();
    for (_, row) in tables.rows().step_by(17) {
        let question = Question {
            law: Law::Jw,
            municipality: stranger,
            product: Product {
                code: Some(row.key.code),
                ..Product::default()
            },
            on: row.period.from,
        };
        for answer in [
            tables.compiled.forth(&question, None),
            tables.compiled.back(&question, None),
        ] {
            assert_eq!(
                (answer.verdict, answer.product, answer.version),
                (Verdict::Pass, question.product, None)
            );
        }
    }
}
