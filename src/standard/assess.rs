//! What becomes of a message when the rules are asked: which are broken, where, and what is left unjudged.
//! Holds the outcome that return messages are built from; the rules themselves are in `rules`.

mod as_sent;
mod chain;
mod footing;
mod message;
mod numbers;

use std::collections::BTreeSet;

use crate::rules::{Breach, Level, Rule, Weight};
use crate::xml::tree::Node;

pub use as_sent::rests_on_as_sent;
pub(crate) use chain::declaratie_antwoord;
pub use chain::{
    Around, ContractDecision, CreditComparison, Decision, Held, Judged, Settings, chain, decided,
    when_accepted,
};
pub use footing::{Footing, taken_back};
pub use message::message;
pub use numbers::{OwnNumber, own_numbers};

/// The outcome of asking the rules of levels 2 to 4 about one message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assessment {
    /// Every breach, by element in document order, then by rule.
    pub breaches: Vec<Breach>,
    /// Elements whose basis of judgement fell away: their class is answered with 0233.
    pub unjudged: BTreeSet<u32>,
    /// Elements that wait for a decision of the municipality: until then there is no answer.
    pub waiting: BTreeSet<u32>,
}

impl Assessment {
    /// Adds that a rule is broken at an element.
    pub(crate) fn add(&mut self, rule: &'static Rule, at: Node<'_>, weight: Weight) {
        self.breaches.push(Breach {
            rule,
            at: at.number(),
            weight,
        });
    }

    /// Puts the breaches in their order, each once.
    pub fn sort(&mut self) {
        self.breaches
            .sort_by_key(|breach| (breach.at, breach.rule.level, breach.rule.id));
        self.breaches.dedup();
    }

    /// The breaches that refuse.
    pub fn refusals(&self) -> impl Iterator<Item = &Breach> {
        self.breaches
            .iter()
            .filter(|breach| breach.weight == Weight::Refuses)
    }

    /// Whether nothing is refused.
    pub fn accepts(&self) -> bool {
        self.refusals().next().is_none()
    }

    /// Whether the content of the message itself is refused (level 2): its answer is 0001 and nothing else.
    pub fn refused_at_message(&self) -> bool {
        self.refusals()
            .any(|breach| breach.rule.level == Level::Message)
    }
}
