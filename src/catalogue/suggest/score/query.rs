//! A local name as it is asked about: its words with what they may stand for in national words, its sides and its letters.

use super::super::Local;
use super::super::index::{Index, names_a_variant};
use super::super::known::Choice;
use super::super::lexicon::{Lexicon, Part, Sides};
use super::super::words::{Cutter, Vocabulary, Word, small, triples};
use crate::unit::{Unit, Variant};

/// How much an addition counts beside what a product is.
const OF_ASIDE: f32 = 0.40;
/// How much each next word counts beside the one before it.
const BY_PLACE: [f32; 4] = [1.0, 0.9, 0.8, 0.7];
/// How rare a word is taken to be that no national name has.
const UNKNOWN: f32 = 3.0;
/// How much a number counts, which is a distance or a duration as often as a step.
const NUMBER: f32 = 1.0;

/// A stretch of the local name: what it may stand for in national words.
pub(super) struct Slot {
    /// National words with how sure it is that they are meant.
    pub(super) alternatives: Vec<(Vec<u32>, f32, f32)>,
    /// How much it counts.
    pub(super) importance: f32,
    /// How much it counts as an addition or by its place.
    pub(super) share: f32,
}

/// What is asked.
pub(super) struct Query {
    pub(super) slots: Vec<Slot>,
    pub(super) sides: Sides,
    /// Sides that other words or the unit imply.
    pub(super) implied: Sides,
    pub(super) variant: Option<Variant>,
    pub(super) triples: Vec<(u32, f32)>,
    pub(super) triples_length: f32,
    pub(super) is_without: bool,
    /// What others chose for this name.
    pub(super) chosen: Vec<Choice>,
}

/// Reads a local product; what others chose for it is not known yet.
pub(super) fn read(index: &Index, lexicon: &Lexicon, cutter: &Cutter, local: &Local) -> Query {
    let all = cutter.words(&local.label);
    let said = all.iter().find_map(|word| {
        if word.plain.starts_with("output") || word.plain.starts_with("resultaat") {
            Some(Variant::Output)
        } else if names_a_variant(&word.plain) && word.plain != "variant" {
            Some(Variant::Effort)
        } else {
            None
        }
    });
    let words: Vec<Word> = all
        .into_iter()
        .filter(|word| !names_a_variant(&word.plain))
        .collect();
    let plain_triples = triples(words.iter().map(|word| word.plain.as_str()));
    let words = known_words(&words, &index.vocabulary, cutter);
    let words = lexicon.rewritten(&words);
    let parts = lexicon.parts(&words, local.law, local.unit);
    let mut query = Query {
        slots: Vec::new(),
        sides: Sides::default(),
        implied: Sides::default(),
        variant: local
            .variant
            .or(said)
            .or(local.unit.and_then(Unit::variant)),
        triples: Vec::new(),
        triples_length: 0.0,
        is_without: lexicon.is_without_counterpart(&words),
        chosen: Vec::new(),
    };
    for part in parts {
        match part {
            Part::Side { facet, bits } => query.sides.add(facet, bits),
            Part::Words {
                stems,
                groups,
                is_aside,
                ..
            } => {
                let place = query.slots.len();
                let by_place = BY_PLACE
                    .get(place)
                    .or(BY_PLACE.last())
                    .copied()
                    .unwrap_or(1.0);
                let share = if is_aside { OF_ASIDE } else { by_place };
                let mut slot = Slot {
                    alternatives: Vec::new(),
                    importance: 0.0,
                    share,
                };
                let known: Vec<f32> = stems
                    .iter()
                    .filter_map(|stem| index.words.id(stem.as_str()))
                    .map(|id| index.words.idf(id))
                    .collect();
                alternative(index, &mut slot, &stems, 1.0);
                for group in &groups {
                    for (nth, phrase) in group.means.iter().enumerate() {
                        let later = if nth == 0 { 1.0 } else { 0.9 };
                        alternative(index, &mut slot, &phrase.stems, group.weight * later);
                        if nth == 0 {
                            query.implied.merge(phrase.sides);
                        }
                    }
                }
                let is_number = |stem: &String| stem.bytes().all(|b| b.is_ascii_digit());
                slot.importance = if stems.iter().all(is_number) {
                    NUMBER
                } else if known.is_empty() {
                    UNKNOWN
                } else {
                    known.iter().sum::<f32>() / small(known.len())
                };
                query.slots.push(slot);
            }
        }
    }
    if let Some(unit) = local.unit {
        query.implied.merge(lexicon.implied_by(unit));
    }
    for triple in plain_triples {
        if let Some(id) = index.triples.id(&triple) {
            let idf = index.triples.idf(id);
            query.triples_length += idf * idf;
            query.triples.push((id, idf));
        } else {
            query.triples_length += UNKNOWN * UNKNOWN;
        }
    }
    query.triples_length = query.triples_length.sqrt();
    query
}

/// Adds a meaning to a slot: the words of it that some national name has, their summed rarity with the others, and how sure it is.
fn alternative(index: &Index, slot: &mut Slot, stems: &[String], sure: f32) {
    let mut mass = 0.0;
    let mut terms = Vec::new();
    for stem in stems {
        if let Some(id) = index.words.id(stem.as_str()) {
            mass += index.words.idf(id);
            terms.push(id);
        } else {
            mass += UNKNOWN;
        }
    }
    if !terms.is_empty() {
        slot.alternatives.push((terms, mass, sure));
    }
}

/// The words with those that nobody knows made into known ones: two that are one compound joined, compounds split, typing faults mended.
fn known_words(words: &[Word], vocabulary: &Vocabulary, cutter: &Cutter) -> Vec<Word> {
    let mut known = Vec::with_capacity(words.len());
    let mut rest = words;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let like = |plain: &str, stem: &str| Word {
            plain: plain.to_owned(),
            stem: stem.to_owned(),
            is_aside: first.is_aside,
        };
        if let Some(second) = after.first() {
            let joined = format!("{}{}", first.plain, second.plain);
            if joined.chars().count() >= 8
                && let Some(stem) = vocabulary.stem(&joined)
            {
                known.push(like(&joined, stem));
                rest = after.get(1..).unwrap_or_default();
                continue;
            }
        }
        if vocabulary.knows(&first.stem) {
            known.push(first.clone());
        } else if let Some((word, _)) = vocabulary.mend(&first.plain) {
            let stem = vocabulary.stem(word).unwrap_or(word);
            known.push(like(word, stem));
        } else if let Some(parts) = vocabulary.split(&first.plain, cutter) {
            known.extend(parts.iter().map(|stem| like(stem, stem)));
        } else {
            known.push(first.clone());
        }
    }
    known
}
