//! Counts: each code of each municipality by the rows that hold, and each message by the rows that held.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, date};

use super::{Counted, Coverage, Outside, Part, Share, Used, Uses};
use crate::canonical::Release;
use crate::code::{Category, Code};
use crate::law::{Law, Municipality};
use crate::load::{Catalogue, Table};
use crate::relation::State;
use crate::row::Row;

/// Name of the region of a municipality that the list of municipalities has none for.
const NO_REGION: &str = "onbekend";
/// The year in which both laws came into force.
const FIRST_YEAR: i16 = 2015;

/// Counts over all municipalities, or over one.
pub(super) fn count(
    catalogue: &Catalogue,
    on: Date,
    uses: Option<&Uses>,
    only: Option<Municipality>,
) -> Coverage {
    let mut counting = Counting {
        catalogue,
        on,
        all: Counted::default(),
        parts: BTreeMap::new(),
        outside: BTreeMap::new(),
    };
    let is_wanted = |municipality: Municipality| only.is_none_or(|only| only == municipality);
    let mut by_municipality: BTreeMap<Municipality, Vec<(&Used, u64)>> = BTreeMap::new();
    for (used, count) in uses.into_iter().flat_map(Uses::iter) {
        if is_wanted(used.municipality) {
            let uses = by_municipality.entry(used.municipality).or_default();
            uses.push((used, count));
        }
    }
    let has_real = catalogue.tables.iter().any(|table| !table.manifest.made_up);
    for table in &catalogue.tables {
        if table.manifest.made_up && has_real && only.is_none() {
            by_municipality.remove(&table.municipality);
        } else if is_wanted(table.municipality) {
            by_municipality.entry(table.municipality).or_default();
        }
    }
    for (municipality, uses) in by_municipality {
        let view = View::of(catalogue, municipality);
        counting.codes(&view);
        for (used, count) in uses {
            counting.messages(&view, used, count);
        }
    }
    let mut outside: Vec<Outside> = counting.outside.into_values().collect();
    outside.sort_by_key(|one| {
        let place = (one.municipality, one.law, one.code, one.category);
        (std::cmp::Reverse(one.messages), one.share.rank(), place)
    });
    let name = |municipality: Municipality| {
        let named = catalogue.names.get(&municipality);
        let of_table = || {
            catalogue
                .table(municipality)
                .map(|table| &*table.manifest.name)
        };
        named
            .map(|named| &*named.name)
            .or_else(of_table)
            .unwrap_or_default()
            .to_owned()
    };
    Coverage {
        on,
        municipality: only.map(|municipality| (municipality, name(municipality))),
        has_messages: uses.is_some(),
        all: counting.all,
        parts: counting.parts,
        outside,
    }
}

/// What holds for a municipality.
struct View<'c> {
    municipality: Municipality,
    table: Option<&'c Table>,
    /// All releases by list, the newest first, for a municipality without a table that names some.
    releases: Vec<&'c Release>,
    region: &'c str,
    rows: BTreeMap<(Law, Code), Vec<&'c Row>>,
}

impl<'c> View<'c> {
    fn of(catalogue: &'c Catalogue, municipality: Municipality) -> Self {
        let table = catalogue.table(municipality);
        let mut rows: BTreeMap<_, Vec<&Row>> = BTreeMap::new();
        for row in table.into_iter().flat_map(|table| catalogue.rows(table)) {
            rows.entry((row.key.law, row.key.code))
                .or_default()
                .push(row);
        }
        let mut releases: Vec<&Release> = catalogue.releases.iter().collect();
        releases.sort_by_key(|release| {
            let entry = &release.entry;
            (&*entry.list, std::cmp::Reverse(entry.date))
        });
        let named = catalogue.names.get(&municipality);
        let region = named.map(|named| &*named.region);
        Self {
            municipality,
            table,
            releases,
            region: region.filter(|name| !name.is_empty()).unwrap_or(NO_REGION),
            rows,
        }
    }

    /// The category of a national code, where the list gives one. Err: it is no national code of the lists the municipality goes by.
    fn national(
        &self,
        catalogue: &'c Catalogue,
        law: Law,
        code: Code,
    ) -> Result<Option<Category>, NotNational> {
        let product = match self.table {
            Some(table) => catalogue.product(table, law, code),
            None => self
                .releases
                .chunk_by(|a, b| a.entry.list == b.entry.list)
                .find_map(|list| {
                    let of_law = list.iter().filter(|release| release.entry.law == law);
                    // What is absent from a copy that is complete for its form is in the list no more.
                    let mut upto = of_law.scan(false, |is_settled, release| {
                        let was_settled = *is_settled;
                        *is_settled |= release.is_complete_for(code);
                        (!was_settled).then_some(release)
                    });
                    upto.find_map(|release| release.get(code))
                }),
        };
        product.map(|product| product.category).ok_or(NotNational)
    }
}

/// How a code stands by the rows that `holds` takes.
fn share_of(rows: &[&Row], is_national: bool, holds: impl Fn(&Row) -> bool) -> Share {
    let rank = |row: &&&Row| row.key.rank();
    let held = || rows.iter().filter(|row| holds(row));
    let confirmed = || held().filter(|row| row.state == State::Confirmed);
    if let Some(most) = confirmed().map(|row| rank(&row)).max() {
        let shares = confirmed()
            .filter(|row| rank(row) == most)
            .map(|row| Share::Related(row.relation));
        // Several targets: what can be said of all of them.
        return shares
            .max_by_key(|share| share.rank())
            .unwrap_or(Share::Unmapped);
    }
    if held().any(|row| row.state == State::Suggested) {
        Share::Open
    } else if is_national && held().next().is_none() {
        Share::National
    } else {
        Share::Unmapped
    }
}

struct NotNational;

struct Counting<'c> {
    catalogue: &'c Catalogue,
    on: Date,
    all: Counted,
    parts: BTreeMap<Part, Counted>,
    outside: BTreeMap<(Municipality, Law, Code), Outside>,
}

impl<'c> Counting<'c> {
    /// Counts the codes that a municipality has rows for.
    fn codes(&mut self, view: &View<'c>) {
        for (&(law, code), rows) in &view.rows {
            let national = view.national(self.catalogue, law, code);
            let on = self.on;
            let holds = |row: &Row| row.period.holds(on);
            let category = category_of(rows, view, self.catalogue);
            let years: BTreeSet<i16> = rows.iter().flat_map(|row| self.years(row)).collect();
            for year in years {
                let (first, last) = (date(year, 1, 1), date(year, 12, 31));
                let in_year = |row: &Row| {
                    row.period.from <= last && row.period.to.is_none_or(|to| to >= first)
                };
                let share = share_of(rows, national.is_ok(), in_year);
                self.part(Part::Year(year)).codes.add(share, 1);
            }
            if !rows.iter().any(|row| holds(row)) {
                continue;
            }
            let share = share_of(rows, national.is_ok(), holds);
            self.all.codes.add(share, 1);
            for part in parts(view, law, category) {
                self.part(part).codes.add(share, 1);
            }
            if national.is_err() {
                let label = rows.iter().find(|row| holds(row) && !row.label.is_empty());
                let label = label.map_or("", |row| self.catalogue.text(row, row.label));
                let own = rows.iter().find_map(|row| row.key.category);
                label.clone_into(&mut self.outside(view, law, code, own, share).label);
            }
        }
    }

    /// Counts messages that named a product.
    fn messages(&mut self, view: &View<'c>, used: &Used, count: u64) {
        let (law, code) = (used.law, used.code);
        // Of a year that is told apart, what held at its end, or holds now.
        let on = used
            .year
            .and_then(|year| Date::new(year, 12, 31).ok())
            .map_or(self.on, |last| last.min(self.on));
        let national = view.national(self.catalogue, law, code);
        let rows = view.rows.get(&(law, code)).map_or(&[][..], |rows| rows);
        let share = share_of(rows, national.is_ok(), |row| {
            let is_of = |category: Category| category == used.category;
            row.period.holds(on) && row.key.category.is_none_or(is_of)
        });
        self.all.messages.add(share, count);
        for part in parts(view, law, Some(used.category)) {
            self.part(part).messages.add(share, count);
        }
        let year = used.year.unwrap_or(self.on.year());
        self.part(Part::Year(year)).messages.add(share, count);
        if national.is_err() {
            let outside = self.outside(view, law, code, Some(used.category), share);
            outside.messages = outside.messages.saturating_add(count);
        }
    }

    /// The years, up to that of the report, on a day of which a row holds.
    fn years(&self, row: &Row) -> std::ops::RangeInclusive<i16> {
        let last = row.period.to.map_or(self.on, |to| to.min(self.on));
        row.period.from.year().max(FIRST_YEAR)..=last.year()
    }

    fn part(&mut self, part: Part) -> &mut Counted {
        self.parts.entry(part).or_default()
    }

    fn outside(
        &mut self,
        view: &View<'_>,
        law: Law,
        code: Code,
        category: Option<Category>,
        share: Share,
    ) -> &mut Outside {
        let outside = self
            .outside
            .entry((view.municipality, law, code))
            .or_insert_with(|| Outside {
                municipality: view.municipality,
                law,
                category,
                code,
                label: String::new(),
                share,
                messages: 0,
            });
        outside.category = outside.category.or(category);
        outside
    }
}

fn parts(view: &View<'_>, law: Law, category: Option<Category>) -> [Part; 4] {
    [
        Part::Law(law),
        Part::Category(law, category),
        Part::Region(view.region.to_owned()),
        Part::Municipality(view.municipality),
    ]
}

/// The category of a local code: the one its rows name, else that of the national product they lead to.
fn category_of(rows: &[&Row], view: &View<'_>, catalogue: &Catalogue) -> Option<Category> {
    let named = rows.iter().find_map(|row| row.key.category);
    named.or_else(|| {
        rows.iter().find_map(|row| {
            let target = row.target?;
            view.national(catalogue, row.key.law, target.code).ok()?
        })
    })
}
