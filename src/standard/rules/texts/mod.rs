//! What people read of a rule: what is wrong and what to do, in Dutch, with the element names of the standard.
//! Fixed sentences: they hold no value from a message, and nothing is put into them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::rule::Rule;

mod chain;
mod conditions;
mod declaratie;
mod message;

/// The two sentences of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// Published id of the rule: `TR018`.
    pub id: &'static str,
    /// What is wrong, in Dutch.
    pub text: &'static str,
    /// What to do about it, in Dutch.
    pub remedy: &'static str,
}

/// One list a file; a file holds the texts of the rules that one part of `assess` asks.
static LISTS: &[&[Text]] = &[
    conditions::TEXTS,
    message::TEXTS,
    chain::TEXTS,
    declaratie::TEXTS,
];

static BY_ID: LazyLock<BTreeMap<&str, &Text>> =
    LazyLock::new(|| all().map(|text| (text.id, text)).collect());

/// All texts.
pub(super) fn all() -> impl Iterator<Item = &'static Text> {
    LISTS.iter().copied().flatten()
}

/// The text of the rule with this id.
pub(super) fn of(id: &str) -> Option<&'static Text> {
    BY_ID.get(id).copied()
}

impl Rule {
    /// What is wrong when it is broken, in Dutch: a fixed sentence.
    pub fn text(&self) -> &'static str {
        of(self.id).map_or("", |text| text.text)
    }

    /// What to do when it is broken, in Dutch: a fixed sentence.
    pub fn remedy(&self) -> &'static str {
        of(self.id).map_or("", |text| text.remedy)
    }
}
