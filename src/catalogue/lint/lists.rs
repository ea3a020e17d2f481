//! How a code stands in the national lists that a table names, through their releases. Absent is not withdrawn where a copy is not complete for the form of a
//! code (`jz21-2025-02` has codes such as 45A48 alone), and what a later release changed concerns only rows that reach it.

use std::collections::{BTreeMap, HashSet};

use crate::canonical::{Product, Release};
use crate::code::Code;
use crate::diff::{Change, Diff, Kind};
use crate::law::Law;
use crate::load::{Catalogue, Table};
use crate::period::Period;

/// What the lists a table names say of a code.
#[derive(Debug, Clone, Copy)]
pub(super) enum Standing<'c> {
    /// It is in the newest release named of its list; or was in an earlier one, and no named one since is complete for its form.
    InForce(&'c Release, &'c Product),
    /// It was in an earlier release of a list, and is in the newest named no more.
    Withdrawn {
        /// The last release that has it.
        last: &'c Release,
        /// What it was there.
        product: &'c Product,
        /// The first without it, with what changed in it.
        since: &'c Step<'c>,
    },
    /// A release has it that the table does not name.
    NotNamed(&'c Release),
    /// No release of this law has it.
    Unknown,
}

impl<'c> Standing<'c> {
    /// What the code is for a row of this period: in force, or still in the list while the row held. A row that outlives its target is M09's alone.
    pub(super) fn during(self, period: &Period) -> Option<(&'c Release, &'c Product)> {
        match self {
            Self::InForce(release, product) => Some((release, product)),
            Self::Withdrawn {
                last,
                product,
                since,
            } => (!since.concerns(period)).then_some((last, product)),
            Self::NotNamed(_) | Self::Unknown => None,
        }
    }
}

/// A release of a list, with what changed since the one before, where there is one.
#[derive(Debug)]
pub(super) struct Step<'c> {
    pub(super) release: &'c Release,
    index: usize,
    changed: Option<Diff>,
}

impl Step<'_> {
    /// Whether a row of this period goes on after this release: beyond the year in which it came. Until then old codes run out (protocol of change).
    pub(super) fn concerns(&self, period: &Period) -> bool {
        let year = self.release.entry.date.year();
        period.to.is_none_or(|to| to.year() > year)
    }

    /// Where a code went that this release has no more.
    pub(super) fn successors(&self, code: Code) -> &[Code] {
        let changes = self.changed.iter();
        let mut changes = changes.flat_map(|diff| diff.of(self.release.entry.law, code));
        let gone = changes.find(|change| change.new.is_none());
        gone.map_or(&[], |change| &change.into)
    }

    fn relabelled(&self, code: Code) -> Option<&Change> {
        let mut changes = self
            .changed
            .as_ref()?
            .of(self.release.entry.law, code)
            .iter();
        changes.find(|change| change.kind == Kind::Relabelled)
    }
}

/// The releases by law and list, oldest first.
#[derive(Debug)]
pub(super) struct Lists<'c> {
    lists: BTreeMap<(Law, &'c str), Vec<Step<'c>>>,
    codes: HashSet<(Law, Code)>,
}

impl<'c> Lists<'c> {
    pub(super) fn of(catalogue: &'c Catalogue) -> Self {
        let mut lists: BTreeMap<_, Vec<Step<'_>>> = BTreeMap::new();
        let mut releases: Vec<_> = catalogue.releases.iter().enumerate().collect();
        releases.sort_by_key(|(_, release)| release.entry.date);
        let mut codes = HashSet::new();
        for (index, release) in releases {
            let law = release.entry.law;
            codes.extend(release.products.iter().map(|product| (law, product.code)));
            let list = lists.entry((law, &*release.entry.list)).or_default();
            let before = list.last().map(|step| step.release);
            list.push(Step {
                release,
                index,
                changed: before.map(|before| Diff::of_releases(catalogue, before, release)),
            });
        }
        Self { lists, codes }
    }

    /// Whether any release of this law has this code.
    pub(super) fn has(&self, law: Law, code: Code) -> bool {
        self.codes.contains(&(law, code))
    }

    /// The lists as a table sees them.
    pub(super) fn seen_by(&'c self, table: &Table) -> Seen<'c> {
        let lists = self.lists.iter().map(|((law, _), steps)| {
            let is_named = |step: &Step<'_>| table.releases.contains(&step.index);
            let named = steps
                .iter()
                .rposition(is_named)
                .map_or(0, |newest| newest + 1);
            let (upto, later) = steps.split_at_checked(named).unwrap_or_default();
            (*law, upto, later)
        });
        Seen {
            lists: lists.collect(),
        }
    }
}

/// The lists, each cut behind the newest release that a table names.
#[derive(Debug)]
pub(super) struct Seen<'c> {
    lists: Vec<(Law, &'c [Step<'c>], &'c [Step<'c>])>,
}

impl<'c> Seen<'c> {
    /// How a code stands. What is in force in one list is so whatever another says.
    pub(super) fn standing(&self, law: Law, code: Code) -> Standing<'c> {
        let mut found = Standing::Unknown;
        for (_, upto, later) in self.lists.iter().filter(|(of, _, _)| *of == law) {
            let mut having = upto.iter().enumerate().rev();
            let having =
                having.find_map(|(at, step)| Some((at, step.release, step.release.get(code)?)));
            if let Some((at, last, product)) = having {
                let mut after = upto.iter().skip(at + 1);
                match after.find(|step| step.release.is_complete_for(code)) {
                    None => return Standing::InForce(last, product),
                    Some(since) => {
                        found = Standing::Withdrawn {
                            last,
                            product,
                            since,
                        };
                    }
                }
            } else if let Standing::Unknown = found {
                let having = later.iter().find(|step| step.release.get(code).is_some());
                if let Some(step) = having {
                    found = Standing::NotNamed(step.release);
                }
            }
        }
        found
    }

    /// The releases, up to the newest named, that gave this code another text, with what changed; oldest first.
    pub(super) fn relabelled(
        &self,
        law: Law,
        code: Code,
    ) -> impl Iterator<Item = (&'c Step<'c>, &'c Change)> {
        self.lists
            .iter()
            .filter(move |(of, _, _)| *of == law)
            .flat_map(|(_, upto, _)| *upto)
            .filter_map(move |step| Some((step, step.relabelled(code)?)))
    }
}
