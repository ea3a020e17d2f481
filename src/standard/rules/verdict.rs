//! What asking a rule about one element gives.

/// What asking a rule about one element gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The element obeys the rule, or the rule does not speak of it.
    Holds,
    /// The element breaks the rule.
    Broken,
    /// It would break the rule if we knew all; we do not.
    NotAssessed,
}

impl Verdict {
    /// Broken when so.
    pub(crate) const fn broken_if(broken: bool) -> Self {
        if broken { Self::Broken } else { Self::Holds }
    }
}
