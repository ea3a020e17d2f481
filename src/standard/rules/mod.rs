//! The published rules of levels 2 to 4: what each is called, where it holds, and what it sees.
//! A rule formats no text and returns no values; the order in which rules are asked is in `assess`.

mod breach;
mod rule;
mod texts;
mod verdict;

pub(crate) mod tr018;
pub(crate) mod tr056;
pub(crate) mod tr135;
pub(crate) mod tr378;

pub use breach::{Breach, Weight};
pub use rule::{Level, Rule};
pub use texts::Text;
pub(crate) use verdict::Verdict;

/// Technical rules of level 2: the content of one message.
static MESSAGE: &[&Rule] = &[&tr018::RULE];

/// Technical rules of levels 3 and 4 on everything but declarations: 301 to 319 and their answers.
static CHAIN: &[&Rule] = &[&tr056::RULE, &tr135::RULE, &tr378::RULE];

/// Technical rules of levels 3 and 4 on declarations: 323 and 325.
static DECLARATIE: &[&Rule] = &[];

/// Every rule that is built, each once: the technical rules by level.
///
/// ```
/// use knooppunt_standard::rules;
/// let stop = rules::all().find(|rule| rule.id == "TR018").unwrap();
/// assert_eq!((stop.code, stop.level.number()), ("0001", 2));
/// assert!(stop.text().contains("Einddatum"));
/// ```
pub fn all() -> impl Iterator<Item = &'static Rule> {
    [MESSAGE, CHAIN, DECLARATIE].into_iter().flatten().copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_rule_is_listed_twice() {
        let mut seen = BTreeSet::new();
        for rule in all() {
            assert!(seen.insert(rule.id), "{} is listed twice", rule.id);
        }
    }

    #[test]
    fn every_rule_has_a_text_and_a_remedy_and_no_text_is_without_its_rule() {
        let ids: BTreeSet<&str> = all().map(|rule| rule.id).collect();
        for id in &ids {
            let text = texts::of(id).unwrap_or_else(|| panic!("{id} has no text in rules/texts"));
            for words in [text.text, text.remedy] {
                assert!(words.len() > 20, "{id}: {words:?} says too little");
                assert!(words.ends_with('.'), "{id}: {words:?} is no sentence");
                assert!(
                    !words.contains("  ") && !words.contains(['{', '\n']),
                    "{id}: {words:?} is not one plain line"
                );
            }
            assert_ne!(text.text, text.remedy, "{id}");
        }
        for text in texts::all() {
            assert!(ids.contains(text.id), "{} is the text of no rule", text.id);
        }
    }

    #[test]
    fn no_text_is_there_twice() {
        let mut seen = BTreeSet::new();
        for text in texts::all() {
            assert!(seen.insert(text.id), "{} has two texts", text.id);
        }
    }

    #[test]
    fn codes_are_as_long_as_the_code_list_has_them() {
        for rule in all() {
            assert!(
                matches!(rule.code.len(), 0 | 4),
                "{}: {}",
                rule.id,
                rule.code
            );
            assert!(!rule.berichten.is_empty() && !rule.laws.is_empty());
            assert!(!rule.at.is_empty(), "{} stands nowhere", rule.id);
        }
    }
}
