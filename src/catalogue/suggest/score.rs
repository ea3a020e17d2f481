//! How near a national product is to a local one: points for and against, by reason.

use super::index::{Entry, Index, bit, names_a_variant};
use super::known::{Choice, Known};
use super::lexicon::{Lexicon, Part, Sides};
use super::reason::{Reason, Why};
use super::words::{Cutter, Vocabulary, Word, small, triples};
use super::{CANDIDATES_MAX, Candidate, Local, Suggestions};
use crate::code::{Category, Code};
use crate::relation::Relation;
use crate::unit::{Unit, Variant};

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

/// How much an addition counts beside what a product is.
const OF_ASIDE: f32 = 0.40;
/// How much each next word counts beside the one before it.
const BY_PLACE: [f32; 4] = [1.0, 0.9, 0.8, 0.7];
/// From here on a name counts as covered by the other.
const COVERED: f32 = 0.75;
/// How rare a word is taken to be that no national name has.
const UNKNOWN: f32 = 3.0;
/// How much a number counts, which is a distance or a duration as often as a step.
const NUMBER: f32 = 1.0;
/// What an implied side earns of what a named one does.
const IMPLIED: f32 = 0.40;
/// How much the share of the local name that is covered counts beside that of the national name.
const LOCAL_SHARE: f32 = 0.55;

/// A stretch of the local name: what it may stand for in national words.
struct Slot {
    /// National words with how sure it is that they are meant.
    alternatives: Vec<(Vec<u32>, f32, f32)>,
    /// How much it counts.
    importance: f32,
    /// How much it counts as an addition or by its place.
    share: f32,
}

struct Query {
    slots: Vec<Slot>,
    sides: Sides,
    /// Sides that other words or the unit imply.
    implied: Sides,
    variant: Option<Variant>,
    triples: Vec<(u32, f32)>,
    triples_length: f32,
    is_without: bool,
    /// What others chose for this name.
    chosen: Vec<Choice>,
}

pub(crate) fn suggest(
    index: &Index,
    lexicon: &Lexicon,
    cutter: &Cutter,
    known: &Known,
    local: &Local,
) -> Suggestions {
    let mut query = read(index, lexicon, cutter, local);
    query.chosen = known.chosen(local, cutter);
    let rejected = known.rejected(local, cutter);
    let count = index.entries.len();
    // How much of the local name each product covers, and how much of its own name is covered.
    let mut asked = vec![0.0_f32; count];
    let mut all = 0.0;
    let mut term_shares: Vec<(u32, f32)> = Vec::new();
    let mut best = vec![0.0_f32; count];
    let mut heads = vec![0.0_f32; count];
    for (place, slot) in query.slots.iter().enumerate() {
        let weight = slot.importance * slot.share;
        all += weight;
        let mut touched: Vec<u32> = Vec::new();
        for (terms, mass, sure) in &slot.alternatives {
            let mut found: Vec<(u32, f32)> = Vec::new();
            for term in terms {
                term_shares.push((*term, sure * slot.share));
                let idf = index.words.idf(*term);
                found.extend(
                    index
                        .words
                        .postings(*term)
                        .iter()
                        .map(|(product, share)| (*product, share * idf)),
                );
            }
            if terms.len() > 1 {
                found.sort_by_key(|(product, _)| *product);
            }
            let mut found = found.into_iter().peekable();
            while let Some((product, mut sum)) = found.next() {
                while let Some((_, more)) = found.next_if(|(next, _)| *next == product) {
                    sum += more;
                }
                let matched = sure * (sum / mass).min(1.0);
                if let Some(known) = best.get_mut(product as usize)
                    && matched > *known
                {
                    if *known == 0.0 {
                        touched.push(product);
                    }
                    *known = matched;
                }
            }
        }
        for product in touched {
            let product = product as usize;
            if let (Some(known), Some(asked)) = (best.get_mut(product), asked.get_mut(product)) {
                *asked += weight * *known;
                if place == 0
                    && let Some(head) = heads.get_mut(product)
                {
                    *head = *known;
                }
                *known = 0.0;
            }
        }
    }
    term_shares.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
    term_shares.dedup_by_key(|(term, _)| *term);
    let mut letters = vec![0.0_f32; count];
    for (triple, idf) in &query.triples {
        for (product, share) in index.triples.postings(*triple) {
            if let Some(sum) = letters.get_mut(*product as usize) {
                *sum += idf * idf * share;
            }
        }
    }
    let mut scored: Vec<(f32, usize)> = Vec::new();
    for (at, entry) in index.entries.iter().enumerate() {
        let get = |list: &[f32]| list.get(at).copied().unwrap_or_default();
        let asked = if all > 0.0 { get(&asked) / all } else { 0.0 };
        let letters = get(&letters) / (query.triples_length * entry.triples_length).max(1.0);
        let has_category = local.category.is_some() && entry.product.category == local.category;
        let is_chosen = query
            .chosen
            .iter()
            .any(|choice| choice.code == entry.product.code);
        if asked == 0.0 && letters < 0.05 && !has_category && !is_chosen
            || rejected.contains(&entry.product.code)
        {
            continue;
        }
        let mut total = 0.0;
        weigh(
            lexicon,
            known,
            local,
            &query,
            entry,
            asked,
            letters,
            get(&heads),
            &term_shares,
            &mut |points, _| total += points,
        );
        scored.push((total, at));
    }
    let code = |at: usize| index.entries.get(at).map(|entry| entry.product.code);
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| code(a.1).cmp(&code(b.1))));
    scored.truncate(CANDIDATES_MAX);
    let mut candidates = Vec::new();
    let mut confidence = 0.0_f32;
    let most = attainable(lexicon, local, &query);
    for (total, at) in scored {
        let Some(entry) = index.entries.get(at) else {
            continue;
        };
        let get = |list: &[f32]| list.get(at).copied().unwrap_or_default();
        let asked = if all > 0.0 { get(&asked) / all } else { 0.0 };
        let letters = get(&letters) / (query.triples_length * entry.triples_length).max(1.0);
        let mut reasons = Vec::new();
        let own = weigh(
            lexicon,
            known,
            local,
            &query,
            entry,
            asked,
            letters,
            get(&heads),
            &term_shares,
            &mut |points, why| {
                if points != 0.0 {
                    let why = why();
                    reasons.push(Reason { why, points });
                }
            },
        );
        let relation = relation(asked, own, &reasons);
        if candidates.is_empty() {
            confidence = sure(&query, asked, total / most);
        }
        for reason in &mut reasons {
            reason.points /= most;
            if let Why::Words(words) = &mut reason.why {
                *words = entry
                    .terms
                    .iter()
                    .filter(|term| share_of(&term_shares, term.id) > 0.0)
                    .map(|term| term.plain.clone())
                    .collect();
            }
        }
        reasons.retain(|reason| reason.points.abs() >= 0.005);
        reasons.sort_by(|a, b| b.points.abs().total_cmp(&a.points.abs()));
        candidates.push(Candidate {
            product: entry.product.clone(),
            score: (total / most).clamp(0.0, 1.0),
            relation,
            reasons,
        });
    }
    Suggestions {
        confidence,
        candidates,
    }
}

/// The points of one product, by reason.
#[allow(
    clippy::too_many_arguments,
    reason = "one sum of what was found, asked for in two places of one function"
)]
fn weigh(
    lexicon: &Lexicon,
    known: &Known,
    local: &Local,
    query: &Query,
    entry: &Entry,
    asked: f32,
    letters: f32,
    head: f32,
    term_shares: &[(u32, f32)],
    give: &mut impl FnMut(f32, &dyn Fn() -> Why),
) -> f32 {
    let covered: f32 = entry
        .terms
        .iter()
        .map(|term| term.idf * share_of(term_shares, term.id))
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
            (0, theirs) if is_usual(theirs) => give(-facet.unasked / 6.0, &|| Why::Usual(name())),
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

fn share_of(shares: &[(u32, f32)], term: u32) -> f32 {
    shares
        .binary_search_by_key(&term, |(known, _)| *known)
        .ok()
        .and_then(|at| shares.get(at))
        .map_or(0.0, |(_, share)| *share)
}

/// What the local product probably is to the national one: narrower where its name says more, broader where it says less.
fn relation(asked: f32, own: f32, reasons: &[Reason]) -> Relation {
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

/// The most points that a product can have by what is known of the local one, so that scores of products of which more or less is known compare.
fn attainable(lexicon: &Lexicon, local: &Local, query: &Query) -> f32 {
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

/// How sure it is that there is a counterpart: by how much of the local name the best candidate covers, its score, and words that
/// say there is none. Weights by logistic regression over the tuned half, each product once as it is and once with the whole category of its
/// counterpart taken out of the list, with one product in ten taken to have none.
fn sure(query: &Query, asked: f32, score: f32) -> f32 {
    let mut logit = -2.8 + 2.2 * asked + 6.6 * score;
    if query.is_without {
        logit -= 2.5;
    }
    1.0 / (1.0 + (-logit).exp())
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

fn read(index: &Index, lexicon: &Lexicon, cutter: &Cutter, local: &Local) -> Query {
    let all = cutter.words(&local.label);
    let said = all.iter().find_map(|word| {
        if word.plain.starts_with("output") || word.plain.starts_with("resultaat") {
            Some(Variant::Output)
        } else if names_a_variant(&word.plain) && word.plain != "variant" {
            Some(Variant::Effort)
        } else {
            None
        }
    });
    let words: Vec<Word> = all
        .into_iter()
        .filter(|word| !names_a_variant(&word.plain))
        .collect();
    let plain_triples = triples(words.iter().map(|word| word.plain.as_str()));
    let words = known_words(&words, &index.vocabulary, cutter);
    let words = lexicon.rewritten(&words);
    let parts = lexicon.parts(&words, local.law, local.unit);
    let mut query = Query {
        slots: Vec::new(),
        sides: Sides::default(),
        implied: Sides::default(),
        variant: local
            .variant
            .or(said)
            .or(local.unit.and_then(Unit::variant)),
        triples: Vec::new(),
        triples_length: 0.0,
        is_without: lexicon.is_without_counterpart(&words),
        chosen: Vec::new(),
    };
    for part in parts {
        match part {
            Part::Side { facet, bits } => query.sides.add(facet, bits),
            Part::Words {
                stems,
                groups,
                is_aside,
                ..
            } => {
                let place = query.slots.len();
                let by_place = BY_PLACE
                    .get(place)
                    .or(BY_PLACE.last())
                    .copied()
                    .unwrap_or(1.0);
                let share = if is_aside { OF_ASIDE } else { by_place };
                let mut slot = Slot {
                    alternatives: Vec::new(),
                    importance: 0.0,
                    share,
                };
                let known: Vec<f32> = stems
                    .iter()
                    .filter_map(|stem| index.words.id(stem.as_str()))
                    .map(|id| index.words.idf(id))
                    .collect();
                alternative(index, &mut slot, &stems, 1.0);
                for group in &groups {
                    for (nth, phrase) in group.means.iter().enumerate() {
                        let later = if nth == 0 { 1.0 } else { 0.9 };
                        alternative(index, &mut slot, &phrase.stems, group.weight * later);
                        if nth == 0 {
                            query.implied.merge(phrase.sides);
                        }
                    }
                }
                let is_number = |stem: &String| stem.bytes().all(|b| b.is_ascii_digit());
                slot.importance = if stems.iter().all(is_number) {
                    NUMBER
                } else if known.is_empty() {
                    UNKNOWN
                } else {
                    known.iter().sum::<f32>() / small(known.len())
                };
                query.slots.push(slot);
            }
        }
    }
    if let Some(unit) = local.unit {
        query.implied.merge(lexicon.implied_by(unit));
    }
    for triple in plain_triples {
        if let Some(id) = index.triples.id(&triple) {
            let idf = index.triples.idf(id);
            query.triples_length += idf * idf;
            query.triples.push((id, idf));
        } else {
            query.triples_length += UNKNOWN * UNKNOWN;
        }
    }
    query.triples_length = query.triples_length.sqrt();
    query
}

/// Adds a meaning to a slot: the words of it that some national name has, their summed rarity with the others, and how sure it is.
fn alternative(index: &Index, slot: &mut Slot, stems: &[String], sure: f32) {
    let mut mass = 0.0;
    let mut terms = Vec::new();
    for stem in stems {
        if let Some(id) = index.words.id(stem.as_str()) {
            mass += index.words.idf(id);
            terms.push(id);
        } else {
            mass += UNKNOWN;
        }
    }
    if !terms.is_empty() {
        slot.alternatives.push((terms, mass, sure));
    }
}

/// The words with those that nobody knows made into known ones: two that are one compound joined, compounds split, typing faults mended.
fn known_words(words: &[Word], vocabulary: &Vocabulary, cutter: &Cutter) -> Vec<Word> {
    let mut known = Vec::with_capacity(words.len());
    let mut rest = words;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let like = |plain: &str, stem: &str| Word {
            plain: plain.to_owned(),
            stem: stem.to_owned(),
            is_aside: first.is_aside,
        };
        if let Some(second) = after.first() {
            let joined = format!("{}{}", first.plain, second.plain);
            if joined.chars().count() >= 8
                && let Some(stem) = vocabulary.stem(&joined)
            {
                known.push(like(&joined, stem));
                rest = after.get(1..).unwrap_or_default();
                continue;
            }
        }
        if vocabulary.knows(&first.stem) {
            known.push(first.clone());
        } else if let Some((word, _)) = vocabulary.mend(&first.plain) {
            let stem = vocabulary.stem(word).unwrap_or(word);
            known.push(like(word, stem));
        } else if let Some(parts) = vocabulary.split(&first.plain, cutter) {
            known.extend(parts.iter().map(|stem| like(stem, stem)));
        } else {
            known.push(first.clone());
        }
    }
    known
}
