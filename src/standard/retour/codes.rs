//! Which codes the rules give, and at which elements; what stands in a class that has none.
//! Does not know which classes of an answer can hold codes: that is `form`.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::{Assessment, Bericht};

/// Refused: the content of the message (level 2).
const MESSAGE: &str = "0001";
/// Judged, and nothing to say of it.
pub(super) const GOOD: &str = "0200";
/// Not judged.
pub(super) const NOT_JUDGED: &str = "0233";
/// A declaration is granted as a whole (325 only).
pub(super) const GRANTED: &str = "8001";

/// Codes of one class: ascending, each once.
pub(super) type Codes = BTreeSet<&'static str>;

/// The codes of a class that has this one only.
pub(super) fn only(code: &'static str) -> Codes {
    Codes::from([code])
}

/// Where a message is refused: judging stops at the first of these levels that has errors.
pub(super) enum Refused {
    /// Nowhere.
    Nothing,
    /// As a whole, with these codes in the header of the answer.
    Header(Codes),
    /// Below the header.
    Below(Below),
}

impl Refused {
    pub(super) fn read(bericht: &Bericht<'_>, assessment: &Assessment) -> Self {
        if assessment.refused_at_message() {
            return Self::Header(only(MESSAGE));
        }
        let mut found: Vec<(u32, &'static str)> = assessment
            .refusals()
            .map(|breach| (breach.at, breach.rule.code))
            .filter(|(_, code)| !code.is_empty())
            .collect();
        found.sort_unstable();
        // The root and the class Header with all that is in it.
        let header = bericht.root.child("Header");
        let end = header.map_or(1, |header| header.numbers().end);
        let in_header: Codes = found
            .iter()
            .filter(|(at, _)| *at < end)
            .map(|(_, code)| *code)
            .collect();
        if !in_header.is_empty() {
            Self::Header(in_header)
        } else if found.is_empty() {
            Self::Nothing
        } else {
            Self::Below(Below(found))
        }
    }
}

/// Number of the element and code of each refusal below the header, ascending.
#[derive(Default)]
pub(super) struct Below(Vec<(u32, &'static str)>);

impl Below {
    /// The refusals in these elements, ascending.
    pub(super) fn within(&self, numbers: &Range<u32>) -> &[(u32, &'static str)] {
        let place = |number: u32| self.0.partition_point(|(at, _)| *at < number);
        self.0
            .get(place(numbers.start)..place(numbers.end))
            .unwrap_or_default()
    }

    /// The codes of the refusals at this element itself.
    pub(super) fn at(&self, number: u32) -> impl Iterator<Item = &'static str> {
        self.within(&(number..number.saturating_add(1)))
            .iter()
            .map(|(_, code)| *code)
    }
}
