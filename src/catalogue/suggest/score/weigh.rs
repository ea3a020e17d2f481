//! The points of one national product, by reason, and what they say of it: the relation it probably has, and how sure that is.

use super::super::Local;
use super::super::index::{Entry, bit};
use super::super::known::Known;
use super::super::lexicon::Lexicon;
use super::super::reason::{Reason, Why};
use super::query::Query;
use crate::code::{Category, Code};
use crate::relation::Relation;
use crate::unit::Variant;

const WORDS: f32 = 0.46;
const LETTERS: f32 = 0.10;
const HEAD: f32 = 0.08;
const CATEGORY: f32 = 0.20;
const OTHER_CATEGORY: f32 = 0.12;
const VARIANT: f32 = 0.07;
const OTHER_VARIANT: f32 = 0.10;
/// Where the list does not say what a product is paid for, it may be this.
const NO_VARIANT: f32 = 0.03;
const UNIT_OF_CARE: f32 = 0.05;
const OLD: f32 = 0.14;
const GENERAL: f32 = 0.03;
const SAME_CODE: f32 = 0.15;
const CODE_ALIKE: f32 = 0.03;
const OTHERS: f32 = 0.20;
const TARIFF: f32 = 0.03;
const OTHER_TARIFF: f32 = 0.06;
/// Effort is what most products are paid for: where nobody says, it goes first by this little.
const EFFORT_FIRST: f32 = 0.01;

/// From here on a name counts as covered by the other.
const COVERED: f32 = 0.75;
/// What an implied side earns of what a named one does.
const IMPLIED: f32 = 0.40;
/// How much the share of the local name that is covered counts beside that of the national name.
const LOCAL_SHARE: f32 = 0.55;

/// What products are weighed by.
pub(super) struct Scales<'s> {
    pub(super) lexicon: &'s Lexicon,
    pub(super) known: &'s Known,
    pub(super) local: &'s Local,
    pub(super) query: &'s Query,
    /// National words that are meant, sorted, with how sure that is.
    pub(super) term_shares: Vec<(u32, f32)>,
}

/// How much of the names of a local and a national product is in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Common {
    /// The share of the local name.
    pub(super) asked: f32,
    /// Of its letters.
    pub(super) letters: f32,
    /// Of its first part.
    pub(super) head: f32,
}

impl Scales<'_> {
    /// Gives the points of a product, by reason. How much of its own name is covered.
    pub(super) fn weigh(
        &self,
        entry: &Entry,
        common: Common,
        give: &mut impl FnMut(f32, &dyn Fn() -> Why),
    ) -> f32 {
        let Self {
            lexicon,
            known,
            local,
            query,
            ..
        } = *self;
        let Common {
            asked,
            letters,
            head,
        } = common;

        let covered: f32 = entry
            .terms
            .iter()
            .map(|term| term.idf * self.share_of(term.id))
            .sum();
        let own = if entry.mass > 0.0 {
            covered / entry.mass
        } else {
            0.0
        };
        let words = asked.powf(LOCAL_SHARE) * own.powf(1.0 - LOCAL_SHARE);
        give(WORDS * words, &|| Why::Words(Vec::new()));
        give(LETTERS * letters, &|| Why::Letters);
        give(HEAD * head * own.min(1.0), &|| Why::Head);
        match (local.category, entry.product.category) {
            (Some(own), Some(theirs)) if own == theirs => give(CATEGORY, &|| Why::Category),
            (Some(own), Some(theirs)) if is_of_aids(own) && is_of_aids(theirs) => {
                give(-OTHER_CATEGORY / 2.0, &|| Why::OtherCategory);
            }
            (Some(_), Some(_)) => give(-OTHER_CATEGORY, &|| Why::OtherCategory),
            _ => {}
        }
        match (query.variant, entry.product.variant) {
            (Some(own), Some(theirs)) if own == theirs => give(VARIANT, &|| Why::Variant),
            (Some(_), Some(_)) => give(-OTHER_VARIANT, &|| Why::OtherVariant),
            (None, Some(Variant::Effort)) => give(EFFORT_FIRST, &|| Why::Variant),
            (Some(_), None) => give(NO_VARIANT, &|| Why::Variant),
            (None, _) => {}
        }
        if let Some(unit) = local.unit
            && entry.counted_in & bit(unit) != 0
        {
            give(UNIT_OF_CARE, &|| Why::UnitOfCare);
        }
        for (at, facet) in lexicon.facets.iter().enumerate() {
            let name = || facet.name.clone();
            let (own, theirs, implied) = (
                query.sides.get(at),
                entry.sides.get(at),
                query.implied.get(at),
            );
            let is_usual = |bits| bits & facet.usual != 0;
            match (own, theirs) {
                (0, 0) => {}
                (0, theirs) if implied & theirs != 0 => {
                    give(facet.same * IMPLIED, &|| Why::Side(name()));
                }
                (0, theirs) if is_usual(theirs) => {
                    give(-facet.unasked / 6.0, &|| Why::Usual(name()));
                }
                (0, _) => give(-facet.unasked, &|| Why::Unasked(name())),
                (own, 0) if is_usual(own) => give(-facet.missing / 3.0, &|| Why::Missing(name())),
                (_, 0) => give(-facet.missing, &|| Why::Missing(name())),
                (own, theirs) if own & theirs != 0 => give(facet.same, &|| Why::Side(name())),
                _ => give(-facet.other, &|| Why::OtherSide(name())),
            }
        }
        if entry.is_old {
            give(-OLD, &|| Why::Old);
        }
        if entry.is_general {
            give(-GENERAL, &|| Why::General);
        }
        let choice = query
            .chosen
            .iter()
            .find(|choice| choice.code == entry.product.code);
        if let Some(choice) = choice {
            give(OTHERS * choice.share, &|| Why::Others(choice.others));
        }
        let tariff = known
            .tariff_ratio(local, entry.product.code)
            .and_then(by_tariff);
        if let Some((why, points)) = tariff {
            give(points, &|| why.clone());
        }
        if let Some(code) = local.code {
            if code == entry.product.code {
                give(SAME_CODE, &|| Why::SameCode);
            } else if is_alike(code, entry.product.code) {
                give(CODE_ALIKE, &|| Why::CodeAlike);
            }
        }
        own
    }

    /// How sure it is that this word is meant.
    pub(super) fn share_of(&self, term: u32) -> f32 {
        let shares = &self.term_shares;
        shares
            .binary_search_by_key(&term, |(known, _)| *known)
            .ok()
            .and_then(|at| shares.get(at))
            .map_or(0.0, |(_, share)| *share)
    }

    /// The most points that a product can have by what is known of the local one, so that scores of products of which more or less is known compare.
    pub(super) fn attainable(&self) -> f32 {
        let Self {
            lexicon,
            local,
            query,
            ..
        } = *self;
        let mut most = WORDS + LETTERS + HEAD;
        if local.category.is_some() {
            most += CATEGORY;
        }
        if query.variant.is_some() {
            most += VARIANT;
        }
        if local.unit.is_some() {
            most += UNIT_OF_CARE;
        }
        for (at, facet) in lexicon.facets.iter().enumerate() {
            if query.sides.get(at) != 0 {
                most += facet.same;
            } else if query.implied.get(at) != 0 {
                most += facet.same * IMPLIED;
            }
        }
        most
    }
}

/// What the local product probably is to the national one: narrower where its name says more, broader where it says less.
pub(super) fn relation(asked: f32, own: f32, reasons: &[Reason]) -> Relation {
    let has = |is: fn(&Why) -> bool| reasons.iter().any(|reason| is(&reason.why));
    if has(|why| {
        matches!(
            why,
            Why::OtherSide(_) | Why::OtherVariant | Why::OtherCategory
        )
    }) {
        return Relation::Close;
    }
    let says_more = asked < COVERED || has(|why| matches!(why, Why::Missing(_)));
    let says_less = own < COVERED || has(|why| matches!(why, Why::Unasked(_)));
    match (says_more, says_less) {
        (false, false) => Relation::Exact,
        (true, false) => Relation::LocalNarrower,
        (false, true) => Relation::LocalBroader,
        (true, true) => Relation::Close,
    }
}

/// How sure it is that there is a counterpart: by how much of the local name the best candidate covers, its score, and words that
/// say there is none. Weights by logistic regression over the tuned half, each product once as it is and once with the whole category of its
/// counterpart taken out of the list, with one product in ten taken to have none.
pub(super) fn sure(query: &Query, asked: f32, score: f32) -> f32 {
    let mut logit = -2.8 + 2.2 * asked + 6.6 * score;
    if query.is_without {
        logit -= 2.5;
    }
    1.0 / (1.0 + (-logit).exp())
}

/// Categories 11 to 14 are those of aids and voorzieningen, and a product stands in one or another of them.
fn is_of_aids(category: Category) -> bool {
    (11..=14).contains(&category.number())
}

/// Whether this tariff is about the middle one, or far from it.
fn by_tariff(ratio: f32) -> Option<(Why, f32)> {
    if (0.8..=1.25).contains(&ratio) {
        Some((Why::Tariff, TARIFF))
    } else if (0.5..=2.0).contains(&ratio) {
        None
    } else {
        Some((Why::OtherTariff, -OTHER_TARIFF))
    }
}

/// Whether two codes of the form of the national lists differ in their letter alone: 45X48 beside 45A48.
fn is_alike(one: Code, other: Code) -> bool {
    let (one, other) = (one.to_bytes(), other.to_bytes());
    let is_letter = |code: &[u8; 5]| code.get(2).is_some_and(u8::is_ascii_uppercase);
    let same_but_for = |at: usize, (own, theirs): (&u8, &u8)| at == 2 || own == theirs;
    is_letter(&one)
        && is_letter(&other)
        && one
            .iter()
            .zip(&other)
            .enumerate()
            .all(|(at, pair)| same_but_for(at, pair))
}
