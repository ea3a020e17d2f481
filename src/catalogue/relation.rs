//! How a local product stands to a national one, and how sure that is. The direction is in the word, read from the local product.

use std::fmt;
use std::str::FromStr;

/// What a local product is to its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// The same care (`skos:exactMatch`).
    Exact,
    /// The same care with small differences in the contract (`skos:closeMatch`).
    Close,
    /// The local product is narrower than the target (`skos:broadMatch`: the target is the broader one).
    LocalNarrower,
    /// The local product is broader than the target (`skos:narrowMatch`).
    LocalBroader,
    /// They overlap; a group names which rows belong together (`skos:relatedMatch`).
    Partial,
    /// There is no counterpart, and somebody looked (`sssom:NoTermFound`).
    None,
}

impl Relation {
    /// All.
    pub const ALL: [Self; 6] = [
        Self::Exact,
        Self::Close,
        Self::LocalNarrower,
        Self::LocalBroader,
        Self::Partial,
        Self::None,
    ];

    /// As in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Close => "close",
            Self::LocalNarrower => "local-narrower",
            Self::LocalBroader => "local-broader",
            Self::Partial => "partial",
            Self::None => "none",
        }
    }

    /// Whether a manifest may name it among those that are applied to messages.
    pub const fn may_be_applied(self) -> bool {
        matches!(self, Self::Exact | Self::Close | Self::LocalNarrower)
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Relation {
    type Err = NotARelation;

    fn from_str(text: &str) -> Result<Self, NotARelation> {
        let known = Self::ALL.into_iter().find(|known| known.as_str() == text);
        known.ok_or(NotARelation)
    }
}

/// Not one of the relations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a relation is exact, close, local-narrower, local-broader, partial or none")]
pub struct NotARelation;

/// What has been decided about a row. Only what is confirmed is ever applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Proposed by a program or by another's table.
    Suggested,
    /// Somebody whose role it is said yes.
    Confirmed,
    /// Said no; not proposed again for this code and description.
    Rejected,
    /// Put aside: not to be mapped.
    Ignored,
}

impl State {
    /// All.
    pub const ALL: [Self; 4] = [
        Self::Suggested,
        Self::Confirmed,
        Self::Rejected,
        Self::Ignored,
    ];

    /// As in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Suggested => "suggested",
            Self::Confirmed => "confirmed",
            Self::Rejected => "rejected",
            Self::Ignored => "ignored",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for State {
    type Err = NotAState;

    fn from_str(text: &str) -> Result<Self, NotAState> {
        let known = Self::ALL.into_iter().find(|known| known.as_str() == text);
        known.ok_or(NotAState)
    }
}

/// Not one of the states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a state is suggested, confirmed, rejected or ignored")]
pub struct NotAState;
