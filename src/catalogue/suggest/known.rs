//! What the tables already say: what others confirmed for a name, what they pay, and what a municipality rejected before. Reuse is a suggestion with its reason,
//! never more: one bad table would spoil all.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Local;
use super::words::{Cutter, small};
use crate::code::Code;
use crate::law::{Law, Municipality};
use crate::load::Catalogue;
use crate::relation::State;
use crate::unit::Unit;

/// Most names that are compared with a local one; the rarest word of it chooses them.
const NEAR_MAX: usize = 2_000;
/// Up to so many tariffs of one national code the municipality's own are left out one by one.
const FEW: usize = 64;
/// Least share of words that two names must have in common to be nearly one.
const NEAR: f32 = 0.8;

/// A name, and what files have confirmed for it.
#[derive(Debug)]
struct Name {
    stems: Vec<String>,
    /// By national code: the files whose row it is. A region's file counts once, however many municipalities take it over.
    chosen: BTreeMap<Code, BTreeSet<u32>>,
}

/// What others chose for a local product.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Choice {
    pub(crate) code: Code,
    /// How many files.
    pub(crate) others: u32,
    /// How alike the names are, times the share of the files that chose this.
    pub(crate) share: f32,
}

/// What the tables of a folder say.
#[derive(Debug, Default)]
pub(crate) struct Known {
    names: Vec<Name>,
    by_name: HashMap<(Law, Vec<String>), usize>,
    by_stem: HashMap<(Law, String), Vec<usize>>,
    /// Tariffs in eurocents, each with its file.
    tariffs: BTreeMap<(Law, Code, Unit), Vec<(u32, u32)>>,
    rejected: HashMap<(u32, Law, Code), Vec<(String, Code)>>,
    files: HashMap<Municipality, Vec<u32>>,
}

impl Known {
    pub(crate) fn of(catalogue: &Catalogue, cutter: &Cutter) -> Self {
        let mut known = Self::default();
        let mut sets = Vec::new();
        for table in &catalogue.tables {
            let mut files = vec![table.own.file];
            for region in &table.regions {
                files.extend(catalogue.regions.get(*region).map(|region| region.set.file));
            }
            known.files.insert(table.municipality, files);
            sets.push(&table.own);
        }
        sets.extend(catalogue.regions.iter().map(|region| &region.set));
        for row in sets.into_iter().flat_map(|set| &set.rows) {
            let Some(target) = row.target else { continue };
            let label = catalogue.text(row, row.label);
            let law = row.key.law;
            match row.state {
                State::Confirmed => {
                    known.add(law, stems(label, cutter), target.code, row.place.file);
                    if let (Some(unit), Some(cents)) = (row.key.unit, row.tariff)
                        && target.unit.is_none_or(|other| other == unit)
                    {
                        let list = known.tariffs.entry((law, target.code, unit)).or_default();
                        list.push((cents, row.place.file));
                    }
                }
                State::Rejected => known
                    .rejected
                    .entry((row.place.file, law, row.key.code))
                    .or_default()
                    .push((folded(label, cutter), target.code)),
                State::Suggested | State::Ignored => {}
            }
        }
        for list in known.tariffs.values_mut() {
            list.sort_unstable();
        }
        known
    }

    /// A confirmed name outside any folder of tables; `whose` stands for a municipality with one file.
    pub(crate) fn add_name(
        &mut self,
        law: Law,
        label: &str,
        code: Code,
        whose: u16,
        cutter: &Cutter,
    ) {
        let file = u32::from(whose);
        if let Some(municipality) = Municipality::new(whose) {
            self.files.insert(municipality, vec![file]);
        }
        self.add(law, stems(label, cutter), code, file);
    }

    fn add(&mut self, law: Law, stems: Vec<String>, code: Code, file: u32) {
        if stems.is_empty() {
            return;
        }
        let key = (law, stems);
        let index = if let Some(&index) = self.by_name.get(&key) {
            index
        } else {
            let index = self.names.len();
            for stem in &key.1 {
                let list = self.by_stem.entry((law, stem.clone())).or_default();
                list.push(index);
            }
            self.names.push(Name {
                stems: key.1.clone(),
                chosen: BTreeMap::new(),
            });
            self.by_name.insert(key, index);
            index
        };
        if let Some(name) = self.names.get_mut(index) {
            name.chosen.entry(code).or_default().insert(file);
        }
    }

    /// What others chose for this name or one that is nearly it, by code. The tables of the municipality itself do not count.
    pub(crate) fn chosen(&self, local: &Local, cutter: &Cutter) -> Vec<Choice> {
        let stems = stems(&local.label, cutter);
        let of_stem = |stem: &String| self.by_stem.get(&(local.law, stem.clone()));
        let Some(near) = stems
            .iter()
            .filter_map(of_stem)
            .min_by_key(|list| list.len())
        else {
            return Vec::new();
        };
        let own = self.own(local);
        let mut alike: BTreeMap<Code, (f32, BTreeSet<u32>)> = BTreeMap::new();
        let mut all = BTreeSet::new();
        for name in near
            .iter()
            .take(NEAR_MAX)
            .filter_map(|&at| self.names.get(at))
        {
            let shared = name
                .stems
                .iter()
                .filter(|stem| stems.contains(stem))
                .count();
            let alikeness = 2.0 * small(shared) / small(name.stems.len() + stems.len());
            if alikeness < NEAR {
                continue;
            }
            for (code, files) in &name.chosen {
                let others = files.iter().filter(|file| !own.contains(file));
                let (most, known) = alike.entry(*code).or_default();
                *most = most.max(alikeness);
                for file in others {
                    known.insert(*file);
                    all.insert(*file);
                }
            }
        }
        let choice = |(code, (most, files)): (Code, (f32, BTreeSet<u32>))| {
            let share = most * small(files.len()) / small(all.len());
            (!files.is_empty()).then_some(Choice {
                code,
                others: u32::try_from(files.len()).unwrap_or(u32::MAX),
                share,
            })
        };
        alike.into_iter().filter_map(choice).collect()
    }

    /// The tariff of this product beside the middle one that others pay for this national code, as a ratio. None unless two others tell theirs.
    pub(crate) fn tariff_ratio(&self, local: &Local, code: Code) -> Option<f32> {
        let (unit, cents) = (local.unit?, local.tariff_cents?);
        let all = self.tariffs.get(&(local.law, code, unit))?;
        let own = self.own(local);
        // Of many the few of its own do not move the middle.
        let others: Vec<u32> = if all.len() > FEW {
            all.get(all.len() / 2)
                .map(|(cents, _)| *cents)
                .into_iter()
                .collect()
        } else {
            let of_others = all.iter().filter(|(_, file)| !own.contains(file));
            of_others.map(|(cents, _)| *cents).collect()
        };
        let middle = *others.get(others.len() / 2)?;
        let small = |cents: u32| u16::try_from(cents / 10).map_or(f32::from(u16::MAX), f32::from);
        ((others.len() >= 2 || all.len() > FEW) && middle >= 10)
            .then(|| small(cents) / small(middle))
    }

    /// The national codes that the municipality rejected for this code with this name.
    pub(crate) fn rejected(&self, local: &Local, cutter: &Cutter) -> Vec<Code> {
        let Some(code) = local.code else {
            return Vec::new();
        };
        let label = folded(&local.label, cutter);
        self.own(local)
            .iter()
            .filter_map(|file| self.rejected.get(&(*file, local.law, code)))
            .flatten()
            .filter(|(known, _)| *known == label)
            .map(|(_, code)| *code)
            .collect()
    }

    fn own(&self, local: &Local) -> &[u32] {
        let files = local
            .municipality
            .and_then(|municipality| self.files.get(&municipality));
        files.map_or(&[], Vec::as_slice)
    }
}

/// The stems of a name, sorted, each once.
fn stems(label: &str, cutter: &Cutter) -> Vec<String> {
    let mut stems: Vec<_> = cutter
        .words(label)
        .into_iter()
        .map(|word| word.stem)
        .collect();
    stems.sort_unstable();
    stems.dedup();
    stems
}

/// A name without what writing it differently changes: case, accents, signs, spaces.
pub(crate) fn folded(label: &str, cutter: &Cutter) -> String {
    let words: Vec<_> = cutter
        .words(label)
        .into_iter()
        .map(|word| word.plain)
        .collect();
    words.join(" ")
}
