//! The published rules of levels 2 to 4: what each is called, where it holds, and what it sees.
//! A rule formats no text and returns no values; the order in which rules are asked is in `assess`.

mod breach;
pub(crate) mod conditions;
pub(crate) mod is;
mod rule;
pub(crate) mod stacked;
mod texts;
mod verdict;

pub(crate) mod iv013;
pub(crate) mod iv066;
pub(crate) mod iv075;
pub(crate) mod iv092;
pub(crate) mod op087;
pub(crate) mod op283;
pub(crate) mod op289;
pub(crate) mod op349;
pub(crate) mod op361;
pub(crate) mod tr002;
pub(crate) mod tr006;
pub(crate) mod tr018;
pub(crate) mod tr019;
pub(crate) mod tr056;
pub(crate) mod tr061;
pub(crate) mod tr063;
pub(crate) mod tr071;
pub(crate) mod tr074;
pub(crate) mod tr101;
pub(crate) mod tr134;
pub(crate) mod tr135;
pub(crate) mod tr137;
pub(crate) mod tr302;
pub(crate) mod tr304;
pub(crate) mod tr307;
pub(crate) mod tr308;
pub(crate) mod tr314;
pub(crate) mod tr315;
pub(crate) mod tr316;
pub(crate) mod tr318;
pub(crate) mod tr319;
pub(crate) mod tr321;
pub(crate) mod tr322;
pub(crate) mod tr323;
pub(crate) mod tr326;
pub(crate) mod tr332;
pub(crate) mod tr333;
pub(crate) mod tr335;
pub(crate) mod tr337;
pub(crate) mod tr338;
pub(crate) mod tr339;
pub(crate) mod tr340;
pub(crate) mod tr341;
pub(crate) mod tr342;
pub(crate) mod tr346;
pub(crate) mod tr347;
pub(crate) mod tr349;
pub(crate) mod tr350;
pub(crate) mod tr351;
pub(crate) mod tr352;
pub(crate) mod tr353;
pub(crate) mod tr355;
pub(crate) mod tr357;
pub(crate) mod tr358;
pub(crate) mod tr359;
pub(crate) mod tr360;
pub(crate) mod tr361;
pub(crate) mod tr365;
pub(crate) mod tr366;
pub(crate) mod tr367;
pub(crate) mod tr369;
pub(crate) mod tr371;
pub(crate) mod tr373;
pub(crate) mod tr374;
pub(crate) mod tr375;
pub(crate) mod tr376;
pub(crate) mod tr377;
pub(crate) mod tr378;
pub(crate) mod tr379;
pub(crate) mod tr380;
pub(crate) mod tr381;
pub(crate) mod tr382;
pub(crate) mod tr383;
pub(crate) mod tr384;
pub(crate) mod tr385;
pub(crate) mod tr386;
pub(crate) mod tr387;
pub(crate) mod tr388;
pub(crate) mod tr389;
pub(crate) mod tr390;
pub(crate) mod tr409;
pub(crate) mod tr410;
pub(crate) mod tr411;
pub(crate) mod tr412;
pub(crate) mod tr413;
pub(crate) mod tr414;
pub(crate) mod tr415;
pub(crate) mod tr416;
pub(crate) mod tr418;

pub use breach::{Breach, Weight};
pub use rule::{Level, Rule};
pub use texts::Text;
pub(crate) use verdict::Verdict;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::{Kind, Law};

/// Technical rules of level 2: the content of one message.
static MESSAGE: &[&Rule] = &[
    &tr002::RULE,
    &tr006::RULE,
    &tr018::RULE,
    &tr061::RULE,
    &tr101::RULE,
    &tr134::RULE,
    &tr137::RULE,
    &tr302::RULE,
    &tr315::RULE,
    &tr316::RULE,
    &tr335::RULE,
    &tr342::RULE,
    &tr352::RULE,
    &tr353::RULE,
    &tr358::RULE,
    &tr377::RULE,
    &tr380::RULE,
    &tr383::RULE,
    &tr386::RULE,
    &tr409::RULE,
    &tr410::RULE,
    &tr416::RULE,
];

/// Rules of levels 3 and 4 on everything but declarations: 301 to 319, and the header of all. IV and OP rules
/// have no return code: they are advice that a technical rule names.
static CHAIN: &[&Rule] = &[
    &iv013::RULE,
    &iv066::RULE,
    &iv075::RULE,
    &iv092::RULE,
    &op087::RULE,
    &op289::RULE,
    &op361::RULE,
    &tr019::RULE,
    &tr056::RULE,
    &tr063::RULE,
    &tr071::RULE,
    &tr074::RULE,
    &tr135::RULE,
    &tr304::RULE,
    &tr326::RULE,
    &tr332::RULE,
    &tr347::RULE,
    &tr349::RULE,
    &tr350::RULE,
    &tr351::RULE,
    &tr355::RULE,
    &tr357::RULE,
    &tr359::RULE,
    &tr360::RULE,
    &tr361::RULE,
    &tr365::RULE,
    &tr373::RULE,
    &tr374::RULE,
    &tr375::RULE,
    &tr378::RULE,
    &tr379::RULE,
    &tr381::RULE,
    &tr382::RULE,
    &tr385::RULE,
    &tr411::RULE,
    &tr412::RULE,
    &tr413::RULE,
    &tr414::RULE,
    &tr415::RULE,
];

/// Rules of levels 3 and 4 on declarations: 323 and 325. OP rules are advice, as in [`CHAIN`].
static DECLARATIE: &[&Rule] = &[
    &op283::RULE,
    &op349::RULE,
    &tr307::RULE,
    &tr308::RULE,
    &tr314::RULE,
    &tr318::RULE,
    &tr319::RULE,
    &tr321::RULE,
    &tr322::RULE,
    &tr323::RULE,
    &tr333::RULE,
    &tr337::RULE,
    &tr338::RULE,
    &tr339::RULE,
    &tr340::RULE,
    &tr341::RULE,
    &tr346::RULE,
    &tr366::RULE,
    &tr367::RULE,
    &tr369::RULE,
    &tr371::RULE,
    &tr376::RULE,
    &tr384::RULE,
    &tr387::RULE,
    &tr388::RULE,
    &tr389::RULE,
    &tr390::RULE,
    &tr418::RULE,
];

/// Every rule that is built, each once: conditions and constraints, then the technical rules by level.
///
/// ```
/// use knooppunt_standard::rules;
/// let stop = rules::all().find(|rule| rule.id == "TR018").unwrap();
/// assert_eq!((stop.code, stop.level.number()), ("0001", 2));
/// assert!(stop.text().contains("Einddatum"));
/// ```
pub fn all() -> impl Iterator<Item = &'static Rule> {
    let technical = [MESSAGE, CHAIN, DECLARATIE].into_iter().flatten().copied();
    conditions::rules().chain(technical)
}

/// The rule with this published id.
pub fn find(id: &str) -> Option<&'static Rule> {
    static BY_ID: LazyLock<BTreeMap<&str, &Rule>> =
        LazyLock::new(|| all().map(|rule| (rule.id, rule)).collect());
    BY_ID.get(id).copied()
}

/// Releases that the rules are built for: law and release. Of another release, level 1 alone is judged.
pub static RELEASES: &[(Law, &str)] = &[(Law::Jw, "3.2"), (Law::Wmo, "3.2")];

/// Whether the rules of levels 2 to 4 are built for the release of a message.
pub fn are_built_for(kind: &Kind) -> bool {
    RELEASES.contains(&(kind.law, &*kind.release))
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
