//! What becomes of a list as a whole: which of several local products is taken on the way back, and how rows end, begin anew and come to mean something else.

use std::collections::{BTreeMap, BTreeSet};

use super::line::{Line, Standing};
use super::list::{CUTS, Maker, start};
use super::national::Product;
use super::{Operator, tariff, words};
use crate::relation::Relation;

/// Of a thousand: codes renewed at a cut; codes that come to mean something else, of those that may; codes that end.
const RENEWED: u32 = 150;
const OTHER_MEANING: u32 = 25;
const ENDED: u32 = 20;

impl<'c> Maker<'_, 'c> {
    /// Of each national product that several local ones are translated to, says which is taken on the way back. Returns the products nothing is translated to.
    pub(super) fn share(&mut self) -> Vec<Product<'c>> {
        let mut by_target: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, local) in self.locals.iter().enumerate() {
            for line in &local.lines {
                let known = by_target.entry(line.canonical.clone()).or_default();
                if known.last() != Some(&index) {
                    known.push(index);
                }
            }
        }
        for (target, indices) in &by_target {
            if let ([index], false) = (indices.as_slice(), target.is_empty())
                && let Some(local) = self.locals.get_mut(*index)
                && local.lines.iter().all(|line| line.canonical == *target)
            {
                for line in &mut local.lines {
                    if line.standing == Standing::Among {
                        line.standing = Standing::Alone;
                    }
                }
            }
            let first = |index: &usize| self.locals.get(*index)?.lines.first();
            let is_applied =
                |index: &&usize| first(index).is_some_and(|line| line.relation.may_be_applied());
            let applied: Vec<usize> = indices.iter().filter(is_applied).copied().collect();
            if applied.len() < 2 {
                continue;
            }
            // A product in two units has one row for each, and stands for others in neither.
            let has_one_row = |index: &&usize| {
                self.locals.get(**index).is_some_and(|local| {
                    local.lines.len() == 1 && local.lines.iter().all(|line| line.c_unit.is_none())
                })
            };
            let preferred = applied.iter().filter(has_one_row).min_by_key(|index| {
                let operator = self.locals.get(**index).map(|local| local.operator);
                (first(index).map(|line| line.relation), operator, **index)
            });
            let Some(&preferred) = preferred else {
                continue;
            };
            let keys: BTreeSet<_> = applied
                .iter()
                .filter_map(first)
                .map(|line| (line.unit, line.variant, line.c_unit))
                .collect();
            let from = applied.iter().filter_map(first).map(|line| line.from).min();
            let local = self.locals.get_mut(preferred);
            for line in local.into_iter().flat_map(|local| &mut local.lines) {
                // It stands for the others as long as there are others, in whatever unit they are counted.
                line.preferred = true;
                line.from = from.unwrap_or(line.from);
                if keys.len() > 1 {
                    (line.unit, line.variant, line.tariff) = (None, None, None);
                }
            }
        }
        let unused = |product: &&Product<'_>| !by_target.contains_key(product.code.as_str());
        self.national.pool.iter().filter(unused).copied().collect()
    }

    /// What the years do to a list: rows end and begin anew under another name and tariff, codes end, and a few come to mean something else.
    pub(super) fn renew(&mut self, mut fresh: Vec<Product<'c>>) {
        for local in &mut self.locals {
            let own = matches!(
                local.operator,
                Operator::OwnCode | Operator::Matrix | Operator::Budget
            );
            for cut in CUTS {
                let Some(newest) = local.lines.iter().map(|line| line.from).max() else {
                    continue;
                };
                if newest >= cut || local.lines.iter().all(|line| line.to.is_some()) {
                    continue;
                }
                let is_single = local.lines.iter().filter(|line| line.to.is_none()).count() == 1;
                let may_change = own
                    && is_single
                    && local
                        .lines
                        .iter()
                        .all(|line| line.standing == Standing::Alone);
                let before = cut.yesterday().unwrap_or(cut);
                let renewed = if may_change && self.random.chance(OTHER_MEANING) {
                    let category = local.lines.first().and_then(|line| line.category);
                    let variant = local.lines.first().and_then(|line| line.unit?.variant());
                    let other = fresh.iter().position(|product| {
                        product.category == category
                            && (product.variant.is_none() || product.variant == variant)
                            && start(product.from) <= cut
                    });
                    let Some(other) = other.map(|other| fresh.swap_remove(other)) else {
                        continue;
                    };
                    for line in &mut local.lines {
                        line.standing = Standing::Among;
                    }
                    let last = local.lines.last().cloned();
                    let changed = last.map(|line| Line {
                        canonical: other.code.to_string(),
                        label: words::reword(other.name, self.random),
                        relation: Relation::Exact,
                        ..line
                    });
                    changed.into_iter().collect()
                } else if self.random.chance(RENEWED) {
                    let label = local
                        .lines
                        .first()
                        .map(|line| words::reword(&line.label, self.random));
                    let open = local.lines.iter().filter(|line| line.to.is_none()).cloned();
                    let mut open: Vec<Line> = open.collect();
                    for line in &mut open {
                        line.label = label.clone().unwrap_or_default();
                        let is_fixed =
                            self.shape.one_tariff && line.relation == Relation::LocalNarrower;
                        if let (Some(cents), Some(unit), false) = (line.tariff, line.unit, is_fixed)
                        {
                            line.tariff = Some(tariff::raised(cents, 104, unit, self.random));
                        }
                    }
                    open
                } else if self.random.chance(ENDED)
                    && local
                        .lines
                        .iter()
                        .all(|line| line.standing == Standing::Alone)
                {
                    Vec::new()
                } else {
                    continue;
                };
                for line in &mut local.lines {
                    line.to = line.to.or(Some(before));
                }
                let renewed = renewed.into_iter().map(|line| Line {
                    from: cut,
                    to: None,
                    ..line
                });
                local.lines.extend(renewed);
            }
        }
    }
}
