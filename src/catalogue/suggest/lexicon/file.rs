//! The lexicon as a file: its parts, and how they are read into phrases of stems. A part that says no reason is refused.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::words::Cutter;
use super::phrase::Sides;
use super::{Counted, FACETS_MAX, Facet, Group, Lexicon, stems_of};
use crate::law::Law;
use crate::unit::Unit;

/// Why a lexicon cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LexiconError {
    /// It is not TOML, or has a key or value that is not known.
    #[error("the lexicon cannot be read: {0}")]
    Unreadable(#[from] toml::de::Error),
    /// A part has no remark why, or a weight outside 0 to 1, or a side too many values.
    #[error(
        "the lexicon's part `{0}` has no reason, a weight outside 0 to 1, an unknown unit, or too many sides or values"
    )]
    Unsound(String),
}

/// Whether what was known from reading before the halves of the labelled pairs were made is read too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Early {
    With,
    Without,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LexiconFile {
    #[serde(default)]
    stop: Vec<String>,
    #[serde(default)]
    aside: Vec<String>,
    #[serde(default)]
    carrier: Vec<String>,
    #[serde(default)]
    same: Vec<SameEntry>,
    #[serde(default)]
    facet: Vec<FacetEntry>,
    #[serde(default)]
    group: Vec<GroupEntry>,
    #[serde(default)]
    unit: Vec<UnitEntry>,
    #[serde(default)]
    no_counterpart: Vec<NoCounterpartEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SameEntry {
    words: Vec<String>,
    #[serde(default)]
    early: bool,
    why: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FacetEntry {
    name: String,
    same: f32,
    other: f32,
    unasked: f32,
    missing: f32,
    value: Vec<ValueEntry>,
    why: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ValueEntry {
    is: String,
    #[serde(default)]
    usual: bool,
    #[serde(default)]
    early: bool,
    words: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupEntry {
    says: Vec<String>,
    means: Vec<String>,
    weight: f32,
    #[serde(default)]
    units: Vec<String>,
    #[serde(default)]
    laws: Vec<Law>,
    #[serde(default)]
    early: bool,
    why: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct UnitEntry {
    units: Vec<String>,
    kinds: Vec<String>,
    #[serde(default)]
    implies: Vec<String>,
    why: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NoCounterpartEntry {
    words: Vec<String>,
    why: String,
}

impl Lexicon {
    /// Reads the parts of a file.
    pub(super) fn read(text: &str, early: Early) -> Result<Self, LexiconError> {
        let file: LexiconFile = toml::from_str(text)?;
        let cutter = Cutter::default();
        let mut lexicon = Self::default();
        let stems = |text: &str| -> Vec<String> {
            cutter
                .words(text)
                .into_iter()
                .map(|word| word.stem)
                .collect()
        };
        let unsound = |part: &str| LexiconError::Unsound(part.to_owned());
        let is_share = |weight: f32| (0.0..=1.0).contains(&weight);
        let units = |units: &[String], part: &str| -> Result<Vec<Unit>, LexiconError> {
            let unit = |text: &String| text.parse().map_err(|_| unsound(part));
            units.iter().map(unit).collect()
        };
        let is_in = |is_early: bool| early == Early::With || !is_early;
        let mut known: BTreeMap<String, String> = BTreeMap::new();
        let mut learn = |text: &str| {
            for word in cutter.words(text) {
                known.insert(word.plain, word.stem);
            }
        };
        lexicon.stop = file.stop.iter().flat_map(|word| stems(word)).collect();
        lexicon.aside = file.aside.iter().flat_map(|word| stems(word)).collect();
        lexicon.carrier = file.carrier.iter().flat_map(|word| stems(word)).collect();
        for entry in file.same.iter().filter(|entry| is_in(entry.early)) {
            let Some((first, others)) = entry.words.split_first() else {
                return Err(unsound("same"));
            };
            if entry.why.is_empty() {
                return Err(unsound(first));
            }
            let becomes = stems(first);
            learn(first);
            for other in others {
                learn(other);
                lexicon.same.add(stems(other), becomes.clone());
            }
        }
        if file.facet.len() > FACETS_MAX {
            return Err(unsound("facet"));
        }
        for (index, entry) in file.facet.iter().enumerate() {
            let points = [entry.same, entry.other, entry.unasked, entry.missing];
            if entry.why.is_empty() || entry.value.len() > 16 || !points.into_iter().all(is_share) {
                return Err(unsound(&entry.name));
            }
            let mut facet = Facet {
                name: entry.name.clone(),
                same: entry.same,
                other: entry.other,
                unasked: entry.unasked,
                missing: entry.missing,
                values: Vec::new(),
                usual: 0,
            };
            for (bit, value) in entry.value.iter().enumerate() {
                let bits = 1 << bit;
                if value.usual {
                    facet.usual |= bits;
                }
                facet.values.push(value.is.clone());
                let first_only = if is_in(value.early) { usize::MAX } else { 1 };
                for words in value.words.iter().take(first_only) {
                    learn(words);
                    lexicon.sides.add(stems(words), (index, bits));
                }
            }
            lexicon.facets.push(facet);
        }
        let mut says: BTreeMap<Vec<String>, Vec<usize>> = BTreeMap::new();
        for entry in file.group.iter().filter(|entry| is_in(entry.early)) {
            let name = entry.says.first().map_or("group", String::as_str);
            if entry.why.is_empty() || !is_share(entry.weight) || entry.means.is_empty() {
                return Err(unsound(name));
            }
            for text in entry.says.iter().chain(&entry.means) {
                learn(text);
            }
            let means = entry
                .means
                .iter()
                .map(|text| lexicon.phrase(&cutter.words(text)))
                .collect();
            let index = lexicon.groups.len();
            lexicon.groups.push(Group {
                means,
                weight: entry.weight,
                units: units(&entry.units, name)?,
                laws: entry.laws.clone(),
            });
            for text in &entry.says {
                let words = lexicon.rewritten(&cutter.words(text));
                let stems = words.into_iter().map(|word| word.stem).collect();
                says.entry(stems).or_default().push(index);
            }
        }
        for (stems, groups) in says {
            lexicon.says.add(stems, groups);
        }
        for entry in &file.unit {
            let name = entry.kinds.first().map_or("unit", String::as_str);
            if entry.why.is_empty() {
                return Err(unsound(name));
            }
            let kinds = entry
                .kinds
                .iter()
                .map(|kind| stems_of(lexicon.rewritten(&cutter.words(kind))))
                .collect();
            let mut implies = Sides::default();
            for words in &entry.implies {
                let phrase = lexicon.phrase(&cutter.words(words));
                implies.merge(phrase.sides);
            }
            lexicon.counted.push(Counted {
                units: units(&entry.units, name)?,
                kinds,
                implies,
            });
        }
        for entry in &file.no_counterpart {
            let name = entry.words.first().map_or("no_counterpart", String::as_str);
            if entry.why.is_empty() {
                return Err(unsound(name));
            }
            for words in &entry.words {
                learn(words);
                lexicon.without.add(stems(words), ());
            }
        }
        lexicon.words = known.into_iter().collect();
        Ok(lexicon)
    }
}
