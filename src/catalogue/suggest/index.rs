//! The national products of a law, by the words and letter triples of their names: built once, asked often.

use std::collections::{BTreeSet, HashMap};

use super::lexicon::{Lexicon, Sides};
use super::words::{Cutter, Vocabulary, Word, small, triples};
use crate::code::{Category, Code};
use crate::law::Law;
use crate::unit::{Unit, Variant};

/// A national product that may be suggested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct National {
    /// Its law.
    pub law: Law,
    /// Its code.
    pub code: Code,
    /// Its category, where its list gives one.
    pub category: Option<Category>,
    /// Effort or output, where its list says so.
    pub variant: Option<Variant>,
    /// The published name.
    pub name: String,
    /// The release it stands in: `jz21-2019-02`.
    pub release: String,
}

/// How much the name of its category says of a product, beside its own name.
const OF_CATEGORY: f32 = 0.30;
/// How much the name of its family says (`12X00 Scootmobiel` of `12X01 3 wiel, variatie 1`).
const OF_FAMILY: f32 = 0.60;
/// How much its words between brackets say.
const OF_BRACKETS: f32 = 0.50;
/// How much a part of a compound in its name says.
const OF_COMPOUND: f32 = 0.50;

/// Postings of one kind of term.
#[derive(Debug, Default)]
pub(crate) struct Inverted<T> {
    ids: HashMap<T, u32>,
    /// By term: products and how much of the term they have, 0 to 1.
    postings: Vec<Vec<(u32, f32)>>,
    idf: Vec<f32>,
}

impl<T: std::hash::Hash + Eq> Inverted<T> {
    fn add(&mut self, product: u32, term: T, share: f32) {
        let next = self.ids.len();
        let id = *self
            .ids
            .entry(term)
            .or_insert_with(|| u32::try_from(next).unwrap_or(u32::MAX));
        if id as usize == self.postings.len() {
            self.postings.push(Vec::new());
        }
        if let Some(list) = self.postings.get_mut(id as usize) {
            match list.last_mut() {
                Some((last, known)) if *last == product => *known = known.max(share),
                _ => list.push((product, share)),
            }
        }
    }

    fn weigh(&mut self, products: usize) {
        let all = small(products);
        let idf = |list: &Vec<_>| (1.0 + all / small(list.len())).ln();
        self.idf = self.postings.iter().map(idf).collect();
    }

    /// The number of a term.
    pub(crate) fn id<Q>(&self, term: &Q) -> Option<u32>
    where
        T: std::borrow::Borrow<Q>,
        Q: std::hash::Hash + Eq + ?Sized,
    {
        self.ids.get(term).copied()
    }

    /// Who has a term, and how much of it.
    pub(crate) fn postings(&self, id: u32) -> &[(u32, f32)] {
        self.postings.get(id as usize).map_or(&[], Vec::as_slice)
    }

    /// How rare a term is.
    pub(crate) fn idf(&self, id: u32) -> f32 {
        self.idf.get(id as usize).copied().unwrap_or_default()
    }
}

/// A word of a national name.
#[derive(Debug)]
pub(crate) struct Term {
    pub(crate) id: u32,
    /// How rare it is; less for what stands between brackets.
    pub(crate) idf: f32,
    is_aside: bool,
    /// As written.
    pub(crate) plain: String,
}

/// What is kept of a product to compare it by.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) product: National,
    /// The words of its name without sides.
    pub(crate) terms: Vec<Term>,
    /// The units that its kind of care is counted in, by [`bit`].
    pub(crate) counted_in: u8,
    pub(crate) sides: Sides,
    /// Summed rarity of the words of its name.
    pub(crate) mass: f32,
    pub(crate) triples_length: f32,
    /// Whether its code is of a generation that the list has a later one beside.
    pub(crate) is_old: bool,
    /// Whether it names its whole category and nothing in it (`07A00`).
    pub(crate) is_general: bool,
}

/// The products of one law.
#[derive(Debug, Default)]
pub(crate) struct Index {
    pub(crate) entries: Vec<Entry>,
    pub(crate) words: Inverted<String>,
    pub(crate) triples: Inverted<[char; 3]>,
    pub(crate) vocabulary: Vocabulary,
}

impl Index {
    /// Of these products, all of one law, and the names of categories.
    pub(crate) fn of(
        products: Vec<National>,
        categories: &HashMap<(Law, Category), String>,
        lexicon: &Lexicon,
        cutter: &Cutter,
    ) -> Self {
        let names: HashMap<Code, String> = products
            .iter()
            .map(|product| (product.code, product.name.clone()))
            .collect();
        let later: BTreeSet<Category> = products
            .iter()
            .filter(|product| product.code.form() == "NNLNN")
            .filter_map(|product| product.category)
            .collect();
        let cut = |name: &str| -> Vec<Word> {
            cutter
                .words(name)
                .into_iter()
                .filter(|word| !names_a_variant(&word.plain))
                .collect()
        };
        let mut all: Vec<(String, String)> = lexicon.words.clone();
        for product in &products {
            let words = cut(&product.name);
            all.extend(words.into_iter().map(|word| (word.plain, word.stem)));
        }
        let vocabulary = Vocabulary::of(all.iter().map(|(plain, stem)| (&**plain, &**stem)));
        let mut index = Self {
            vocabulary,
            ..Self::default()
        };
        for product in products {
            index.add(product, categories, &names, &later, lexicon, cutter, &cut);
        }
        let count = index.entries.len();
        index.words.weigh(count);
        index.triples.weigh(count);
        for entry in &mut index.entries {
            for term in &mut entry.terms {
                let share = if term.is_aside { OF_BRACKETS } else { 1.0 };
                term.idf = share * index.words.idf(term.id);
                entry.mass += term.idf;
            }
        }
        for id in 0..index.triples.postings.len() {
            let id = u32::try_from(id).unwrap_or(u32::MAX);
            let idf = index.triples.idf(id);
            for (product, share) in index.triples.postings(id) {
                if let Some(entry) = index.entries.get_mut(*product as usize) {
                    entry.triples_length += (idf * share).powi(2);
                }
            }
        }
        for entry in &mut index.entries {
            entry.triples_length = entry.triples_length.sqrt();
        }
        index
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "one caller, and what it passes is used nowhere else"
    )]
    fn add(
        &mut self,
        product: National,
        categories: &HashMap<(Law, Category), String>,
        names: &HashMap<Code, String>,
        later: &BTreeSet<Category>,
        lexicon: &Lexicon,
        cutter: &Cutter,
        cut: &impl Fn(&str) -> Vec<Word>,
    ) {
        let number = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        let words = cut(&product.name);
        let (kept, mut sides) = lexicon.name(&words);
        for triple in triples(words.iter().map(|word| word.plain.as_str())) {
            self.triples.add(number, triple, 1.0);
        }
        let mut stems: Vec<String> = kept.iter().map(|word| word.stem.clone()).collect();
        let mut terms: Vec<Term> = Vec::new();
        for word in kept {
            // A word that was rewritten is shown as it stood there, where it still can be told.
            let written = words.iter().find(|other| other.stem == word.stem);
            let plain = written.map_or(word.plain, |word| word.plain.clone());
            self.words.add(number, word.stem.clone(), 1.0);
            if let Some(id) = self.words.id(word.stem.as_str())
                && !terms.iter().any(|known| known.id == id)
            {
                terms.push(Term {
                    id,
                    idf: 0.0,
                    is_aside: word.is_aside,
                    plain,
                });
            }
        }
        for word in &words {
            if let Some(parts) = self.vocabulary.split(&word.plain, cutter) {
                for part in parts {
                    self.words.add(number, part, OF_COMPOUND);
                }
            }
        }
        let of_category = product
            .category
            .and_then(|category| categories.get(&(product.law, category)));
        let of_family = family(product.code).and_then(|family| names.get(&family));
        for (name, share) in [(of_category, OF_CATEGORY), (of_family, OF_FAMILY)] {
            let Some(name) = name else { continue };
            let phrase = lexicon.phrase(&cut(name));
            if share == OF_FAMILY {
                sides.merge(phrase.sides);
            }
            for stem in phrase.stems {
                self.words.add(number, stem.clone(), share);
                stems.push(stem);
            }
        }
        let is_counted = |unit: &&Unit| lexicon.is_counted_in(&stems, **unit);
        let counted_in = Unit::ALL
            .iter()
            .filter(is_counted)
            .fold(0, |bits, unit| bits | bit(*unit));
        let code = product.code.as_str();
        let category = product.category;
        let form = product.code.form();
        let is_old = form == "NNNNN" && category.is_some_and(|category| later.contains(&category))
            || form == "LNNNN" && code.starts_with('L');
        self.entries.push(Entry {
            is_old,
            is_general: form == "NNLNN" && code.ends_with("A00") && product.variant.is_none(),
            terms,
            counted_in,
            sides,
            mass: 0.0,
            triples_length: 0.0,
            product,
        });
    }
}

/// The code that names the family of an aid: `12X10` of `12X13`. None for itself and for other lists.
fn family(code: Code) -> Option<Code> {
    let text = code.as_str();
    if code.form() != "NNLNN" || text.as_bytes().get(2) != Some(&b'X') || text.ends_with('0') {
        return None;
    }
    let family = text.get(..4)?;
    format!("{family}0").parse().ok()
}

/// The bit of a unit.
pub(crate) fn bit(unit: Unit) -> u8 {
    let at = Unit::ALL.iter().position(|known| *known == unit);
    at.map_or(0, |at| 1 << at)
}

/// Whether a word of a name says effort or output, which is a column of its own. Published names have these misspelt and in two forms.
pub(crate) fn names_a_variant(plain: &str) -> bool {
    plain.starts_with("inspanning")
        || plain.starts_with("inspannins")
        || plain.starts_with("output")
        || plain == "variant"
}
