//! What municipalities write and what the national lists call it: data in `lexicon.toml`, read here into phrases of stems. Says nothing of products; what is
//! done with what it knows is [`super::score`]'s.

mod file;
mod phrase;

use std::collections::BTreeSet;

use super::words::Word;
use crate::law::Law;
use crate::unit::Unit;

pub use file::LexiconError;
pub(crate) use phrase::{Phrase, Sides};

use file::Early;
use phrase::Phrases;

/// The lexicon that comes with the program.
const OURS: &str = include_str!("../lexicon.toml");

/// Most sides ([`Facet`]) a lexicon has.
pub(crate) const FACETS_MAX: usize = 8;

/// A side of a product whose values exclude each other, such as licht, middel, zwaar.
#[derive(Debug, Clone)]
pub(crate) struct Facet {
    pub(crate) name: String,
    /// Earned when both say the same.
    pub(crate) same: f32,
    /// Paid when they say different things.
    pub(crate) other: f32,
    /// Paid when only the national product says something, other than a usual value.
    pub(crate) unasked: f32,
    /// Paid when only the local product says something.
    pub(crate) missing: f32,
    /// Its values, by their bit.
    pub(crate) values: Vec<String>,
    /// The bits of the usual values.
    pub(crate) usual: u16,
}

/// What a phrase may mean.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// National phrases, each as stems and sides.
    pub(crate) means: Vec<Phrase>,
    /// How often that is so, 0 to 1.
    pub(crate) weight: f32,
    units: Vec<Unit>,
    laws: Vec<Law>,
}

impl Group {
    fn holds(&self, law: Law, unit: Option<Unit>) -> bool {
        let of_unit = self.units.is_empty() || unit.is_some_and(|unit| self.units.contains(&unit));
        of_unit && (self.laws.is_empty() || self.laws.contains(&law))
    }
}

/// What a unit counts.
#[derive(Debug)]
struct Counted {
    units: Vec<Unit>,
    /// Kinds of care by their stems.
    kinds: Vec<Vec<String>>,
    implies: Sides,
}

/// A stretch of a name.
#[derive(Debug, Clone)]
pub(crate) enum Part<'l> {
    /// A side of it.
    Side {
        /// Which facet.
        facet: usize,
        /// Which values.
        bits: u16,
    },
    /// Words with what they may mean.
    Words {
        /// The words by their stems.
        stems: Vec<String>,
        /// What the lexicon says of them.
        groups: Vec<&'l Group>,
        /// Whether it is an addition.
        is_aside: bool,
    },
}

/// Dutch care vocabulary.
#[derive(Debug, Default)]
pub struct Lexicon {
    stop: BTreeSet<String>,
    aside: BTreeSet<String>,
    carrier: BTreeSet<String>,
    same: Phrases<Vec<String>>,
    pub(crate) facets: Vec<Facet>,
    sides: Phrases<(usize, u16)>,
    says: Phrases<Vec<usize>>,
    groups: Vec<Group>,
    counted: Vec<Counted>,
    without: Phrases<()>,
    /// All words it has, folded, with their stems.
    pub(crate) words: Vec<(String, String)>,
}

impl Lexicon {
    /// The one that comes with the program. Err only when it was built with one that cannot be read, which a test rules out.
    pub fn ours() -> Result<Self, LexiconError> {
        Self::read(OURS, Early::With)
    }

    /// The one that comes with the program without what was known from reading before the halves of the labelled pairs were made.
    pub fn ours_without_early() -> Result<Self, LexiconError> {
        Self::read(OURS, Early::Without)
    }

    /// None: words mean only themselves.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Reads a lexicon.
    pub fn parse(text: &str) -> Result<Self, LexiconError> {
        Self::read(text, Early::With)
    }

    /// These words with every way of writing the same made one.
    pub(crate) fn rewritten(&self, words: &[Word]) -> Vec<Word> {
        let mut written = Vec::with_capacity(words.len());
        let mut rest = words;
        while let Some((first, after)) = rest.split_first() {
            if let Some((length, becomes)) = self.same.at(rest) {
                written.extend(becomes.iter().map(|stem| Word {
                    plain: stem.clone(),
                    stem: stem.clone(),
                    is_aside: first.is_aside,
                }));
                rest = rest.get(length..).unwrap_or_default();
            } else {
                written.push(first.clone());
                rest = after;
            }
        }
        written
    }

    /// A name cut into its parts, without words that say nothing. `words` are rewritten ones.
    pub(crate) fn parts(&self, words: &[Word], law: Law, unit: Option<Unit>) -> Vec<Part<'_>> {
        let mut parts = Vec::new();
        let mut rest = words;
        let (mut is_after, mut is_carried) = (false, false);
        while let Some((first, after)) = rest.split_first() {
            let groups = self.says.at(rest).map(|(length, groups)| {
                let groups: Vec<_> = groups
                    .iter()
                    .filter_map(|&group| self.groups.get(group))
                    .filter(|group| group.holds(law, unit))
                    .collect();
                (length, groups)
            });
            let groups = groups.filter(|(_, groups)| !groups.is_empty());
            let side = self.sides.at(rest);
            let group_is_longer = match (&groups, &side) {
                (Some((group, _)), Some((side, _))) => group > side,
                (Some(_), None) => true,
                (None, _) => false,
            };
            if group_is_longer && let Some((length, groups)) = groups {
                let (these, after) = rest.split_at(length);
                let means_carrier = groups
                    .iter()
                    .any(|group| group.means.iter().any(|phrase| self.carries(&phrase.stems)));
                let is_first = parts.is_empty();
                let is_aside = first.is_aside || is_after || is_carried && !means_carrier;
                is_carried |= is_first && means_carrier;
                parts.push(Part::Words {
                    stems: these.iter().map(|word| word.stem.clone()).collect(),
                    groups,
                    is_aside,
                });
                rest = after;
                continue;
            }
            if let Some((length, &(facet, bits))) = side {
                parts.push(Part::Side { facet, bits });
                rest = rest.get(length..).unwrap_or_default();
                continue;
            }
            rest = after;
            if self.aside.contains(&first.stem) {
                is_after = true;
            } else if !self.stop.contains(&first.stem) {
                let is_first = parts.is_empty();
                parts.push(Part::Words {
                    stems: vec![first.stem.clone()],
                    groups: Vec::new(),
                    is_aside: is_after || is_carried || first.is_aside,
                });
                is_carried |= is_first && self.carrier.contains(&first.stem);
            }
        }
        parts
    }

    fn carries(&self, stems: &[String]) -> bool {
        stems.iter().any(|stem| self.carrier.contains(stem))
    }

    /// A national name: its words without sides, and the sides.
    pub(crate) fn phrase(&self, words: &[Word]) -> Phrase {
        let (words, sides) = self.name(words);
        Phrase {
            stems: stems_of(words),
            sides,
        }
    }

    /// The same, with its words as they stand there.
    pub(crate) fn name(&self, words: &[Word]) -> (Vec<Word>, Sides) {
        let (mut kept, mut sides) = (Vec::new(), Sides::default());
        let words = self.rewritten(words);
        let mut rest = words.as_slice();
        while let Some((first, after)) = rest.split_first() {
            if let Some((length, &(facet, bits))) = self.sides.at(rest) {
                sides.add(facet, bits);
                rest = rest.get(length..).unwrap_or_default();
                continue;
            }
            rest = after;
            if !self.stop.contains(&first.stem) && !self.aside.contains(&first.stem) {
                kept.push(first.clone());
            }
        }
        (kept, sides)
    }

    /// Whether care of these stems is what this unit counts.
    pub(crate) fn is_counted_in(&self, stems: &[String], unit: Unit) -> bool {
        let kinds = self
            .counted
            .iter()
            .filter(|counted| counted.units.contains(&unit))
            .flat_map(|counted| &counted.kinds);
        kinds
            .into_iter()
            .any(|kind| !kind.is_empty() && kind.iter().all(|stem| stems.contains(stem)))
    }

    /// The sides that a unit implies where the name says nothing of them.
    pub(crate) fn implied_by(&self, unit: Unit) -> Sides {
        let mut sides = Sides::default();
        for counted in &self.counted {
            if counted.units.contains(&unit) {
                sides.merge(counted.implies);
            }
        }
        sides
    }

    /// Whether one of the words names what the national lists mostly have nothing for.
    pub(crate) fn is_without_counterpart(&self, words: &[Word]) -> bool {
        (0..words.len()).any(|at| {
            let rest = words.get(at..).unwrap_or_default();
            self.without.at(rest).is_some()
        })
    }
}

fn stems_of(words: Vec<Word>) -> Vec<String> {
    words.into_iter().map(|word| word.stem).collect()
}

#[cfg(test)]
mod tests {
    use super::super::words::Cutter;
    use super::*;

    fn parts(lexicon: &Lexicon, name: &str, unit: Option<Unit>) -> Vec<String> {
        let words = lexicon.rewritten(&Cutter::default().words(name));
        let show = |part: Part<'_>| match part {
            Part::Side { facet, bits } => {
                let facet = &lexicon.facets[facet];
                format!(
                    "{}={}",
                    facet.name,
                    facet.values[bits.trailing_zeros() as usize]
                )
            }
            Part::Words {
                stems,
                groups,
                is_aside,
            } => {
                let mark = if is_aside { "~" } else { "" };
                format!("{mark}{}/{}", stems.join(" "), groups.len())
            }
        };
        lexicon
            .parts(&words, Law::Wmo, unit)
            .into_iter()
            .map(show)
            .collect()
    }

    const SMALL: &str = r#"
stop = ["de"]
aside = ["bij"]
[[same]]
words = ["hh", "hulp bij het huishouden"]
why = "kort"
[[facet]]
name = "vorm"
same = 0.1
other = 0.1
unasked = 0.0
missing = 0.0
why = "vorm"
[[facet.value]]
is = "groep"
words = ["groep"]
[[group]]
says = ["begeleiding groep"]
means = ["dagbesteding"]
weight = 1.0
units = ["16"]
why = "oud woord"
"#;

    #[test]
    fn the_lexicon_that_comes_with_the_program_can_be_read() {
        let lexicon = Lexicon::ours().unwrap();
        assert!(lexicon.groups.len() > 50);
        let without = Lexicon::ours_without_early().unwrap();
        assert!(without.groups.len() < lexicon.groups.len());
    }

    #[test]
    fn a_name_falls_into_what_is_known_of_it() {
        let lexicon = Lexicon::parse(SMALL).unwrap();
        assert_eq!(
            parts(
                &lexicon,
                "De begeleiding groep bij ziekte",
                Some(Unit::Daypart)
            ),
            ["begeleid groep/1", "~ziekt/0"]
        );
        assert_eq!(
            parts(&lexicon, "Begeleiding groep", Some(Unit::Hour)),
            ["begeleid/0", "vorm=groep"]
        );
        assert_eq!(
            parts(&lexicon, "Hulp bij het huishouden (extra)", None),
            ["h/0", "~extra/0"]
        );
    }

    #[test]
    fn a_lexicon_without_reasons_is_refused() {
        for (from, to) in [
            ("why = \"oud woord\"", "why = \"\""),
            ("weight = 1.0", "weight = 1.5"),
            ("units = [\"16\"]", "units = [\"15\"]"),
            ("same = 0.1", "same = -0.1"),
            (
                "words = [\"hh\", \"hulp bij het huishouden\"]",
                "words = []",
            ),
        ] {
            let spoilt = SMALL.replace(from, to);
            assert_ne!(spoilt, SMALL);
            let error = Lexicon::parse(&spoilt).unwrap_err();
            assert!(matches!(error, LexiconError::Unsound(_)), "{to}");
        }
        let unknown = SMALL.replace("weight", "gewicht");
        let error = Lexicon::parse(&unknown).unwrap_err();
        assert!(matches!(error, LexiconError::Unreadable(_)));
    }
}
