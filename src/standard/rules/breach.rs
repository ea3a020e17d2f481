//! One rule broken at one element.

use super::rule::Rule;

/// A rule that a message breaks, or may break, at one element. Holds no value from the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breach {
    /// The rule.
    pub rule: &'static Rule,
    /// Number of the element in the tree (document order, the root is 0): see `Node::number`.
    pub at: u32,
    /// What follows from it.
    pub weight: Weight,
}

/// What follows from a breach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// The class gets the rule's return code.
    Refuses,
    /// Both sides are told; nothing is refused for it.
    Advises,
    /// A fault of the maker of an answer, for which the standard owes no answer: told to both sides, and not booked.
    Reports,
    /// Could not be assessed, because what it rests on is not known here: told, nothing is refused for it.
    NotAssessed,
}
