//! Names of products as words: folded, cut, stemmed, compounds split, typing faults led back to a word that is known. Knows nothing of what words mean; that is
//! the lexicon's.

use std::collections::{BTreeMap, BTreeSet};

use rust_stemmers::{Algorithm, Stemmer};

/// Most words of a name that are looked at; the longest published name has 22.
pub(crate) const WORDS_MAX: usize = 48;
/// Most letters of a word that are looked at; the longest published word has 34.
pub(crate) const WORD_LETTERS_MAX: usize = 64;

/// A word of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    /// As written, folded: small letters, no accents.
    pub(crate) plain: String,
    /// What it is compared by.
    pub(crate) stem: String,
    /// Whether it is an addition: between brackets.
    pub(crate) is_aside: bool,
}

/// Cuts names into words.
pub(crate) struct Cutter {
    stemmer: Stemmer,
}

impl std::fmt::Debug for Cutter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cutter")
    }
}

impl Default for Cutter {
    fn default() -> Self {
        Self {
            stemmer: Stemmer::create(Algorithm::Dutch),
        }
    }
}

impl Cutter {
    /// The words of a name, in its order, at most [`WORDS_MAX`] of at most [`WORD_LETTERS_MAX`] letters; the rest is passed over.
    pub(crate) fn words(&self, name: &str) -> Vec<Word> {
        let mut words = Vec::new();
        let mut depth = 0_u32;
        let mut plain = String::new();
        let mut letters = 0;
        let mut push = |plain: &mut String, depth: u32| {
            if !plain.is_empty() && words.len() < WORDS_MAX {
                let stem = self.stem(plain);
                words.push(Word {
                    plain: std::mem::take(plain),
                    stem,
                    is_aside: depth > 0,
                });
            }
            plain.clear();
        };
        for letter in name.chars().flat_map(char::to_lowercase).map(fold) {
            let is_digit = letter.is_ascii_digit();
            let was_digit = plain.as_bytes().last().map(u8::is_ascii_digit);
            if letter.is_alphanumeric() {
                // `HH1` and `24uurs` are two words each.
                if was_digit.is_some_and(|was| was != is_digit) {
                    push(&mut plain, depth);
                }
                letters = if plain.is_empty() { 1 } else { letters + 1 };
                if letters <= WORD_LETTERS_MAX {
                    plain.push(letter);
                }
                continue;
            }
            // `1.800` is one number.
            let is_inside_number = letter == '.' && was_digit == Some(true);
            if !is_inside_number {
                push(&mut plain, depth);
            }
            match letter {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        push(&mut plain, depth);
        words
    }

    /// What a folded word is compared by: its Dutch stem, with doubled vowels and final consonants made single so that `logeer` and `logeren` meet.
    pub(crate) fn stem(&self, plain: &str) -> String {
        let stem = self.stemmer.stem(plain);
        let mut short = String::with_capacity(stem.len());
        for letter in stem.chars() {
            if short.ends_with(letter) && letter.is_alphabetic() {
                continue;
            }
            short.push(letter);
        }
        match short.pop() {
            Some('v') => short.push('f'),
            Some('z') => short.push('s'),
            Some(last) => short.push(last),
            None => {}
        }
        short
    }
}

/// A letter without its accent.
fn fold(letter: char) -> char {
    match letter {
        'á' | 'à' | 'â' | 'ä' | 'ã' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'ì' | 'î' | 'ï' => 'i',
        'ó' | 'ò' | 'ô' | 'ö' | 'õ' => 'o',
        'ú' | 'ù' | 'û' | 'ü' => 'u',
        'ç' => 'c',
        'ñ' => 'n',
        other => other,
    }
}

/// The letter triples of words, each word with an edge on both sides, sorted, each once.
pub(crate) fn triples<'w>(words: impl IntoIterator<Item = &'w str>) -> Vec<[char; 3]> {
    let mut all = Vec::new();
    for word in words {
        let letters: Vec<char> = std::iter::once(' ')
            .chain(word.chars())
            .chain([' '])
            .collect();
        all.extend(letters.windows(3).filter_map(<[char; 3]>::from_slice));
    }
    all.sort_unstable();
    all.dedup();
    all
}

trait FromSlice: Sized {
    fn from_slice(slice: &[char]) -> Option<Self>;
}

impl FromSlice for [char; 3] {
    fn from_slice(slice: &[char]) -> Option<Self> {
        slice.try_into().ok()
    }
}

/// The words that are known, to split compounds and mend typing faults by.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary {
    /// Folded words with their stems.
    stems: BTreeMap<String, String>,
    known: BTreeSet<String>,
    by_triple: BTreeMap<[char; 3], Vec<String>>,
}

/// Shortest part of a compound.
const PART_LETTERS_MIN: usize = 4;
/// Shortest word that is taken for a typing fault of another.
const FAULT_LETTERS_MIN: usize = 6;

impl Vocabulary {
    /// Of these words: folded, with their stems.
    pub(crate) fn of<'w>(words: impl IntoIterator<Item = (&'w str, &'w str)>) -> Self {
        let stems: BTreeMap<String, String> = words
            .into_iter()
            .map(|(plain, stem)| (plain.to_owned(), stem.to_owned()))
            .collect();
        let mut by_triple: BTreeMap<_, Vec<String>> = BTreeMap::new();
        for plain in stems.keys() {
            if plain.chars().count() >= FAULT_LETTERS_MIN {
                for triple in triples([plain.as_str()]) {
                    by_triple.entry(triple).or_default().push(plain.clone());
                }
            }
        }
        let known = stems.values().cloned().collect();
        Self {
            stems,
            known,
            by_triple,
        }
    }

    /// The two stems a compound is made of, both known: `logeeropvang` is `logeer` and `opvang`, `begeleidersvoorziening` is `begeleider`, s, `voorziening`.
    /// The split whose shorter part is longest.
    pub(crate) fn split(&self, plain: &str, cutter: &Cutter) -> Option<[String; 2]> {
        let known = |part: &str| {
            if part.chars().count() < PART_LETTERS_MIN {
                return None;
            }
            if let Some(stem) = self.stems.get(part) {
                return Some(stem.clone());
            }
            let stem = cutter.stem(part);
            (stem.len() >= PART_LETTERS_MIN && self.known.contains(&stem)).then_some(stem)
        };
        let mut best: Option<(usize, [String; 2])> = None;
        for (at, _) in plain.char_indices().skip(1) {
            let (first, second) = plain.split_at(at);
            let shorter = first.len().min(second.len());
            if shorter < PART_LETTERS_MIN || best.as_ref().is_some_and(|(kept, _)| *kept >= shorter)
            {
                continue;
            }
            let bound = ["", "s", "en", "e"];
            let first = bound
                .iter()
                .filter_map(|bound| first.strip_suffix(bound))
                .find_map(known);
            if let (Some(first), Some(second)) = (first, known(second)) {
                best = Some((shorter, [first, second]));
            }
        }
        best.map(|(_, parts)| parts)
    }

    /// The known word that this one is most likely meant to be, with how alike they are (0 to 1): at most two letters apart, one for shorter words.
    pub(crate) fn mend(&self, plain: &str) -> Option<(&str, f32)> {
        let letters = plain.chars().count();
        if letters < FAULT_LETTERS_MIN || plain.chars().any(|letter| letter.is_ascii_digit()) {
            return None;
        }
        let own = triples([plain]);
        let mut shared: BTreeMap<&str, u16> = BTreeMap::new();
        for triple in &own {
            for word in self.by_triple.get(triple).into_iter().flatten() {
                *shared.entry(word).or_default() += 1;
            }
        }
        let far = if letters < 9 { 1 } else { 2 };
        let mut best: Option<(&str, usize, f32)> = None;
        for (word, shared) in shared {
            let theirs = word.chars().count();
            let alike = 2.0 * f32::from(shared) / small(own.len() + theirs);
            if alike < 0.5 {
                continue;
            }
            let apart = edits(plain, word);
            let is_better = best.is_none_or(|(_, known, likeness)| {
                (apart, -alike).partial_cmp(&(known, -likeness)) == Some(std::cmp::Ordering::Less)
            });
            if apart <= far && is_better {
                best = Some((word, apart, alike));
            }
        }
        best.map(|(word, _, alike)| (word, alike))
    }

    /// Whether a word with this stem is known.
    pub(crate) fn knows(&self, stem: &str) -> bool {
        self.known.contains(stem)
    }

    /// The stem of a word that is known as it is written.
    pub(crate) fn stem(&self, plain: &str) -> Option<&str> {
        self.stems.get(plain).map(String::as_str)
    }
}

/// A count that is far below what an `f32` holds exactly.
pub(crate) fn small(count: usize) -> f32 {
    f32::from(u16::try_from(count).unwrap_or(u16::MAX))
}

/// Letters to add, drop or change to get from one word to the other.
fn edits(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (above, letter) in one.chars().enumerate() {
        let mut diagonal = above;
        let mut left = above + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (theirs, cell) in other.iter().zip(row.iter_mut().skip(1)) {
            let here = (diagonal + usize::from(*theirs != letter))
                .min(*cell + 1)
                .min(left + 1);
            diagonal = *cell;
            *cell = here;
            left = here;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary(words: &[&str]) -> Vocabulary {
        let cutter = Cutter::default();
        let words: Vec<_> = words
            .iter()
            .map(|word| ((*word).to_owned(), cutter.stem(word)))
            .collect();
        Vocabulary::of(words.iter().map(|(plain, stem)| (&**plain, &**stem)))
    }

    #[test]
    fn a_name_is_cut_where_its_signs_and_numbers_are() {
        let words = Cutter::default().words("HH1: Vóór 1.800 min. (licht & groep)");
        let plain: Vec<_> = words
            .iter()
            .map(|word| (word.plain.as_str(), word.is_aside))
            .collect();
        assert_eq!(
            plain,
            [
                ("hh", false),
                ("1", false),
                ("voor", false),
                ("1800", false),
                ("min", false),
                ("licht", true),
                ("groep", true),
            ]
        );
    }

    #[test]
    fn of_a_name_that_is_too_long_the_rest_is_passed_over() {
        let cutter = Cutter::default();
        let name = |words: usize| vec!["zorg"; words].join(" ");
        assert_eq!(cutter.words(&name(WORDS_MAX)).len(), WORDS_MAX);
        assert_eq!(cutter.words(&name(WORDS_MAX + 1)).len(), WORDS_MAX);
        let word = |letters: usize| cutter.words(&"q".repeat(letters))[0].plain.len();
        assert_eq!(word(WORD_LETTERS_MAX), WORD_LETTERS_MAX);
        assert_eq!(word(WORD_LETTERS_MAX + 1), WORD_LETTERS_MAX);
        assert_eq!(cutter.words(&"q ".repeat(1_000_000)).len(), WORDS_MAX);
    }

    #[test]
    fn forms_of_a_word_meet_in_one_stem() {
        let cutter = Cutter::default();
        for forms in [
            ["begeleiden", "begeleiding"],
            ["logeer", "logeren"],
            ["verblijf", "verblijven"],
            ["specialistisch", "specialistische"],
            ["behandeling", "behandelen"],
        ] {
            let [one, other] = forms.map(|form| cutter.stem(form));
            assert_eq!(one, other, "{forms:?}");
        }
        assert_ne!(cutter.stem("dagbesteding"), cutter.stem("dagbehandeling"));
    }

    #[test]
    fn a_compound_of_known_words_is_split() {
        let cutter = Cutter::default();
        let known = vocabulary(&["logeren", "opvang", "begeleider", "voorziening", "rolstoel"]);
        let split = |word: &str| known.split(word, &cutter);
        let stems = |one, other| Some([one, other].map(|word| cutter.stem(word)));
        assert_eq!(split("logeeropvang"), stems("logeren", "opvang"));
        assert_eq!(
            split("begeleidersvoorziening"),
            stems("begeleider", "voorziening")
        );
        assert_eq!(split("opvangkussen"), None);
    }

    #[test]
    fn a_typing_fault_is_led_back_and_another_word_is_not() {
        let known = vocabulary(&["huishouden", "persoonlijke", "dagbesteding", "verzorging"]);
        let mend = |word| known.mend(word).map(|(word, _)| word);
        assert_eq!(mend("huishoudne"), Some("huishouden"));
        assert_eq!(mend("persoonljke"), Some("persoonlijke"));
        assert_eq!(mend("dagbestedign"), Some("dagbesteding"));
        assert_eq!(mend("dagbehandeling"), None);
        assert_eq!(mend("vervoer"), None);
    }

    #[test]
    fn letters_apart_are_counted() {
        assert_eq!(edits("", "abc"), 3);
        assert_eq!(edits("abc", "abc"), 0);
        assert_eq!(edits("abc", "acb"), 2);
        assert_eq!(edits("abc", "ab"), 1);
    }
}
