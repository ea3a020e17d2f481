//! The rows of one local code, and what becomes of its products along the days.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::super::sweep::{count, step, sweep};
use super::Looks;
use super::day::{Leads, Way};
use crate::code::Code;
use crate::compiled::{Packed, Says, Terms};
use crate::load::{Catalogue, Table};
use crate::period::Period;
use crate::relation::State;
use crate::row::Row;
use crate::source::Place;
use crate::translate::{Deciding, Origin, Product, origins};
use crate::unit::Unit;

/// The rows of a local code, in the order in which they are looked up.
pub(super) struct Local<'c> {
    code: Code,
    lines: Vec<Line<'c>>,
}

struct Line<'c> {
    row: &'c Row,
    packed: Packed,
    /// Whether it is the municipality's own, and where it stands.
    at: (bool, Place),
}

impl<'c> Local<'c> {
    /// Rows of this code, each with whether its target has one tariff.
    pub(super) fn of(
        catalogue: &Catalogue,
        table: &Table,
        code: Code,
        rows: &[&'c Row],
        has_one_tariff: &[bool],
    ) -> Self {
        let line = |(row, has_one_tariff): (&&'c Row, &bool)| {
            let national = row
                .target
                .and_then(|target| catalogue.product(table, row.key.law, target.code))
                .and_then(|product| product.category);
            Line {
                row,
                packed: Packed::of(
                    row,
                    0,
                    national,
                    *has_one_tariff,
                    table.manifest.daypart_minutes,
                ),
                at: (row.place.file == table.own.file, row.place),
            }
        };
        let mut lines: Vec<_> = rows.iter().zip(has_one_tariff).map(line).collect();
        lines.sort_unstable_by_key(|line| (line.packed, line.at));
        Self { code, lines }
    }

    fn line(&self, index: usize) -> Option<&Line<'c>> {
        self.lines.get(index)
    }

    fn unit(line: &Line<'_>) -> Option<Unit> {
        line.row.key.unit
    }

    /// Tells `way` of every way by which a product of this code becomes a national one of this category, counted so; its code is told.
    pub(super) fn ways(
        &self,
        terms: &Terms,
        asked: &Product,
        looks: &mut Looks,
        mut way: impl FnMut(Code, Period, Way),
    ) {
        if !looks.take(self.lines.len()) {
            return;
        }
        let mut products: BTreeMap<Product, Vec<usize>> = BTreeMap::new();
        for (index, line) in self.lines.iter().enumerate() {
            let packed = &line.packed;
            let (Some(target), State::Confirmed) = (packed.target(), line.row.state) else {
                continue;
            };
            if !terms.applies(packed.relation()) || !packed.may_be_translated() {
                continue;
            }
            let wanted = Product {
                code: Some(target),
                ..*asked
            };
            let mut is_any = false;
            for origin in origins(self.code, Self::unit(line), packed, &wanted, terms) {
                match origin {
                    Ok(Origin::One(product)) => products.entry(product).or_default().push(index),
                    Ok(Origin::Any) => is_any = true,
                    Err(_) => {}
                }
            }
            if let Some(category) = asked.category.filter(|_| is_any) {
                let leads = Leads::AnyCategory(category);
                way(target, line.row.period, self.way(line, leads));
            }
        }
        for (product, origins) in products {
            if looks.take(self.lines.len()) {
                self.open(terms, asked, &product, &origins, &mut way);
            }
        }
    }

    fn way(&self, line: &Line<'_>, leads: Leads) -> Way {
        Way {
            leads,
            code: self.code,
            row: line.at,
        }
    }

    /// Tells when this product becomes one that is asked about, of which code; `origins` are the rows that would make it that.
    fn open(
        &self,
        terms: &Terms,
        asked: &Product,
        product: &Product,
        origins: &[usize],
        way: &mut impl FnMut(Code, Period, Way),
    ) {
        let matching = self
            .matching(product)
            .map(|(index, rank)| (index, Some(rank)));
        let matching = matching.filter(|(index, _)| {
            self.line(*index)
                .is_some_and(|line| line.row.state == State::Confirmed)
        });
        let origins = origins.iter().map(|index| (*index, None));
        let becomes = |held: &Held| {
            let deciding = held.deciding(self)?;
            let made = deciding.makes(product, terms).ok()?;
            let code = made.code?;
            let is_it = Product { code: None, ..made }
                == Product {
                    code: None,
                    ..*asked
                };
            // Whatever its category was: then some row has to say of this one that it may have been.
            let is_meant = held.origins.contains_key(&code);
            let first = held.first()?;
            (is_it && is_meant).then_some((code, first, deciding.is_preferred))
        };
        let ends = |(code, index, is_preferred): (Code, usize, bool), period: Period| {
            if let Some(line) = self.line(index) {
                let leads = Leads::Open {
                    product: *product,
                    is_preferred,
                };
                way(code, period, self.way(line, leads));
            }
        };
        self.along(terms, matching.chain(origins), becomes, ends);
    }

    /// Tells when the code crosses as it is though there are rows for it, asked about so.
    pub(super) fn by_itself(
        &self,
        terms: &Terms,
        asked: &Product,
        looks: &mut Looks,
        mut way: impl FnMut(Code, Period, Way),
    ) {
        if !looks.take(self.lines.len()) {
            return;
        }
        let asked = Product {
            code: Some(self.code),
            ..*asked
        };
        let crosses = |held: &Held| match held.deciding(self) {
            Some(deciding) => {
                let made = deciding.makes(&asked, terms);
                made.err().map(|_| (held.first(), deciding.is_preferred))
            }
            None => held.waiting.first().map(|index| (Some(*index), false)),
        };
        let ends = |(index, is_preferred): (Option<usize>, bool), period: Period| {
            if let Some(line) = index.and_then(|index| self.line(index)) {
                let leads = Leads::Itself { is_preferred };
                way(self.code, period, self.way(line, leads));
            }
        };
        let matching = self
            .matching(&asked)
            .map(|(index, rank)| (index, Some(rank)));
        self.along(terms, matching, crosses, ends);
    }

    /// The rows that match, with their rank.
    fn matching(&self, product: &Product) -> impl Iterator<Item = (usize, u8)> {
        let (unit, category) = (product.unit, product.category);
        let lines = self.lines.iter().enumerate();
        lines.filter_map(move |(index, line)| {
            let rank = line.packed.matches(Self::unit(line), unit, category)?;
            Some((index, rank))
        })
    }

    /// Walks along the days on which these rows hold, and tells of every stretch of days on which `what` gives the same, and gives something.
    fn along<What: Copy + PartialEq>(
        &self,
        terms: &Terms,
        rows: impl Iterator<Item = (usize, Option<u8>)>,
        what: impl Fn(&Held) -> Option<What>,
        mut ends: impl FnMut(What, Period),
    ) {
        let rows = rows.filter_map(|(index, rank)| {
            let period = self.line(index)?.row.period;
            Some((period, (index, rank)))
        });
        let mut since: Option<(Date, What)> = None;
        let mut end =
            |(from, what): (Date, What), to: Option<Date>| ends(what, Period { from, to });
        sweep(
            rows,
            &mut Held::default(),
            |held, (index, rank), starts| {
                if let Some(line) = self.line(index) {
                    held.change(line, index, rank, terms, starts);
                }
            },
            |held, on| {
                let now = what(held);
                if now == since.map(|(_, what)| what) {
                    return;
                }
                if let Some(before) = since.take() {
                    end(before, on.yesterday().ok());
                }
                since = now.map(|now| (on, now));
            },
        );
        if let Some(last) = since {
            end(last, None);
        }
    }
}

/// What holds on a day of the rows that match a product.
#[derive(Default)]
struct Held {
    /// Confirmed ones by their rank.
    ranks: [Rank; 8],
    /// Those that nobody confirmed.
    waiting: BTreeSet<usize>,
    /// Targets that some row would make of it.
    origins: BTreeMap<Code, usize>,
}

/// Rows of equal rank: they match the same products.
#[derive(Default)]
struct Rank {
    rows: BTreeSet<usize>,
    says: BTreeMap<Says, usize>,
    applied: usize,
    preferred: usize,
}

impl Held {
    fn change(
        &mut self,
        line: &Line<'_>,
        index: usize,
        rank: Option<u8>,
        terms: &Terms,
        starts: bool,
    ) {
        let Some(rank) = rank else {
            if let Some(code) = line.packed.target() {
                count(&mut self.origins, code, starts);
            }
            return;
        };
        let is_confirmed = line.row.state == State::Confirmed;
        let rank = self.ranks.get_mut(usize::from(rank));
        let Some(rank) = rank.filter(|_| is_confirmed) else {
            put(&mut self.waiting, index, starts);
            return;
        };
        put(&mut rank.rows, index, starts);
        count(&mut rank.says, line.packed.says(), starts);
        if terms.applies(line.packed.relation()) {
            step(&mut rank.applied, starts);
        }
        if line.packed.is_preferred() {
            step(&mut rank.preferred, starts);
        }
    }

    fn highest(&self) -> Option<(u8, &Rank)> {
        let ranks = (0..8).zip(&self.ranks).rev();
        ranks.into_iter().find(|(_, rank)| !rank.rows.is_empty())
    }

    /// The first of the rows that decide.
    fn first(&self) -> Option<usize> {
        self.highest()?.1.rows.first().copied()
    }

    fn deciding<'l>(&self, local: &'l Local<'_>) -> Option<Deciding<'l>> {
        let (at, rank) = self.highest()?;
        let first = local.line(*rank.rows.first()?)?;
        Some(Deciding {
            rank: at,
            row: &first.packed,
            disagree: rank.says.len() > 1 && rank.applied > 0,
            is_preferred: rank.preferred > 0,
        })
    }
}

fn put(set: &mut BTreeSet<usize>, index: usize, starts: bool) {
    if starts {
        set.insert(index);
    } else {
        set.remove(&index);
    }
}
