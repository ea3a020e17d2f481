//! M14: a tariff far from what others pay for the same target and unit: the row is perhaps on the wrong target, or in the wrong unit (a tariff of an hour by the
//! minute).
//!
//! Others are at least five other lists (municipalities, or regions with all who take them over), each by its median, so that no list weighs by its number of
//! rows. Far is more than two and a half times the median of the others, or less than its inverse, and also beyond four times the usual spread of those medians:
//! a target that is bought at all kinds of prices tells nothing. Made-up tables are held against made-up ones alone.

use std::collections::BTreeMap;

use super::{Kind, Told, Wrong, shown, shown_cents};
use crate::code::Code;
use crate::finding::Class;
use crate::law::Law;
use crate::load::Catalogue;
use crate::relation::State;
use crate::row::Row;
use crate::unit::Unit;

/// Fewest other lists.
const OTHERS_MIN: usize = 5;
/// From how many times the median a tariff is far.
const TIMES_MIN: f64 = 2.5;
/// From how many spreads.
const SPREADS_MIN: f64 = 4.0;
/// What the median of distances is to the standard deviation, where things are spread normally.
const NORMAL: f64 = 1.4826;

/// Rows by what is compared: made up or not, law, target, unit; each with the file it is of.
type Groups<'c> = BTreeMap<(bool, Law, Code, Unit), Vec<(u32, &'c Row, u32)>>;

/// All rows of all tables.
pub(super) fn check(catalogue: &Catalogue, told: &mut Told<'_>) {
    let mut groups = Groups::new();
    let mut made_up_regions = vec![true; catalogue.regions.len()];
    for table in &catalogue.tables {
        for &region in &table.regions {
            if let Some(made_up) = made_up_regions.get_mut(region) {
                *made_up &= table.manifest.made_up;
            }
        }
        add(&mut groups, &table.own.rows, table.manifest.made_up);
    }
    for (region, made_up) in catalogue.regions.iter().zip(made_up_regions) {
        add(&mut groups, &region.set.rows, made_up);
    }
    for rows in groups.values_mut() {
        rows.sort_unstable_by_key(|(file, row, cents)| (*file, *cents, row.place));
        judge(rows, told);
    }
}

fn add<'c>(groups: &mut Groups<'c>, rows: &'c [Row], made_up: bool) {
    for row in rows {
        let (Some(target), Some(unit), Some(cents)) = (row.target, row.key.unit, row.tariff) else {
            continue;
        };
        if cents > 0 && row.state == State::Confirmed && row.relation.may_be_applied() {
            let group = groups
                .entry((made_up, row.key.law, target.code, unit))
                .or_default();
            group.push((row.place.file, row, cents));
        }
    }
}

/// Rows of one group, by file and tariff.
fn judge(rows: &[(u32, &Row, u32)], told: &mut Told<'_>) {
    // Of each list its median, as a logarithm: twice as much is as far as half.
    let mut medians: Vec<(f64, u32)> = rows
        .chunk_by(|a, b| a.0 == b.0)
        .filter_map(|of_list| {
            let (file, _, cents) = of_list.get(of_list.len() / 2)?;
            Some((f64::from(*cents).ln(), *file))
        })
        .collect();
    if medians.len() <= OTHERS_MIN {
        return;
    }
    medians.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    for of_list in rows.chunk_by(|a, b| a.0 == b.0) {
        let Some((file, _, _)) = of_list.first() else {
            continue;
        };
        // Computed only for a list that has a row far from the median of all: leaving one list out moves that little.
        let Some(of_all) = median(&medians) else {
            continue;
        };
        let is_candidate =
            |cents: u32| (f64::from(cents).ln() - of_all).abs() > TIMES_MIN.ln() / 2.0;
        if !of_list.iter().any(|(_, _, cents)| is_candidate(*cents)) {
            continue;
        }
        let others: Vec<_> = medians
            .iter()
            .copied()
            .filter(|(_, of)| of != file)
            .collect();
        let Some(middle) = median(&others) else {
            continue;
        };
        let mut distances: Vec<_> = others
            .iter()
            .map(|(other, of)| ((other - middle).abs(), *of))
            .collect();
        distances.sort_by(|a, b| a.0.total_cmp(&b.0));
        let spread = median(&distances).unwrap_or_default() * NORMAL;
        let far = TIMES_MIN.ln().max(SPREADS_MIN * spread);
        for (_, row, cents) in of_list {
            if (f64::from(*cents).ln() - middle).abs() <= far {
                continue;
            }
            told.tell(row.place, Class::M14, Kind::Row, || {
                wrong(row, *cents, middle.exp(), others.len())
            });
        }
    }
}

fn median(sorted: &[(f64, u32)]) -> Option<f64> {
    let upper = sorted.get(sorted.len() / 2)?.0;
    let lower = sorted.get((sorted.len() - 1) / 2)?.0;
    Some(f64::midpoint(lower, upper))
}

fn wrong(row: &Row, cents: u32, middle: f64, others: usize) -> Wrong {
    let target = row.target.map(|target| target.code.to_string());
    Wrong::new(
        format!(
            "Het tarief van {} ({} euro) ligt ver van wat {others} andere lijsten voor {} in die eenheid hebben: in het midden {:.2} euro.",
            shown(&row.key),
            shown_cents(cents),
            target.unwrap_or_default(),
            middle / 100.0
        ),
        "Kijk of het doel, de eenheid en het tarief kloppen.",
    )
}
