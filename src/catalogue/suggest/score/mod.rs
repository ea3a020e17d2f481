//! How near national products are to a local one: points for and against, by reason.

mod query;
mod weigh;

use super::index::{Entry, Index};
use super::known::Known;
use super::lexicon::Lexicon;
use super::reason::{Reason, Why};
use super::words::Cutter;
use super::{CANDIDATES_MAX, Candidate, Local, Suggestions};

use query::Query;
use weigh::{Common, Scales, relation, sure};

/// The products that are nearest to a local one, and how sure it is that one of them is its counterpart.
pub(crate) fn suggest(
    index: &Index,
    lexicon: &Lexicon,
    cutter: &Cutter,
    known: &Known,
    local: &Local,
) -> Suggestions {
    let mut query = query::read(index, lexicon, cutter, local);
    query.chosen = known.chosen(local, cutter);
    let rejected = known.rejected(local, cutter);
    let shared = Shared::of(index, &query);
    let scales = Scales {
        lexicon,
        known,
        local,
        query: &query,
        term_shares: term_shares(&query),
    };
    let mut scored: Vec<(f32, usize)> = Vec::new();
    for (at, entry) in index.entries.iter().enumerate() {
        let common = shared.common(at, entry, &query);
        let has_category = local.category.is_some() && entry.product.category == local.category;
        let is_chosen = query
            .chosen
            .iter()
            .any(|choice| choice.code == entry.product.code);
        if common.asked == 0.0 && common.letters < 0.05 && !has_category && !is_chosen
            || rejected.contains(&entry.product.code)
        {
            continue;
        }
        let mut total = 0.0;
        scales.weigh(entry, common, &mut |points, _| total += points);
        scored.push((total, at));
    }
    let code = |at: usize| index.entries.get(at).map(|entry| entry.product.code);
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| code(a.1).cmp(&code(b.1))));
    scored.truncate(CANDIDATES_MAX);
    let most = scales.attainable();
    let nearest = scored
        .into_iter()
        .filter_map(|(total, at)| Some((total / most, at, index.entries.get(at)?)));
    let mut confidence = None;
    let mut candidates = Vec::new();
    for (score, at, entry) in nearest {
        let common = shared.common(at, entry, &query);
        confidence.get_or_insert_with(|| sure(&query, common.asked, score));
        candidates.push(candidate(&scales, entry, common, score, most));
    }
    Suggestions {
        confidence: confidence.unwrap_or_default(),
        candidates,
    }
}

/// A product with its reasons, in shares of the most points there are.
fn candidate(
    scales: &Scales<'_>,
    entry: &Entry,
    common: Common,
    score: f32,
    most: f32,
) -> Candidate {
    let mut reasons = Vec::new();
    let own = scales.weigh(entry, common, &mut |points, why| {
        if points != 0.0 {
            let why = why();
            reasons.push(Reason { why, points });
        }
    });
    let relation = relation(common.asked, own, &reasons);
    for reason in &mut reasons {
        reason.points /= most;
        if let Why::Words(words) = &mut reason.why {
            *words = entry
                .terms
                .iter()
                .filter(|term| scales.share_of(term.id) > 0.0)
                .map(|term| term.plain.clone())
                .collect();
        }
    }
    reasons.retain(|reason| reason.points.abs() >= 0.005);
    reasons.sort_by(|a, b| b.points.abs().total_cmp(&a.points.abs()));
    Candidate {
        product: entry.product.clone(),
        score: score.clamp(0.0, 1.0),
        relation,
        reasons,
    }
}

/// The national words that are meant, each once with how sure that is at most.
fn term_shares(query: &Query) -> Vec<(u32, f32)> {
    let of_slot = |slot: &query::Slot| {
        let share = slot.share;
        let terms = slot.alternatives.iter().flat_map(move |(terms, _, sure)| {
            let share = sure * share;
            terms.iter().map(move |term| (*term, share))
        });
        terms.collect::<Vec<_>>()
    };
    let mut shares: Vec<(u32, f32)> = query.slots.iter().flat_map(of_slot).collect();
    shares.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
    shares.dedup_by_key(|(term, _)| *term);
    shares
}

/// For each product what its name shares with the local one.
struct Shared {
    /// How much of the local name it covers, of how much in all.
    asked: Vec<f32>,
    all: f32,
    /// Of the first part of it.
    heads: Vec<f32>,
    letters: Vec<f32>,
}

impl Shared {
    fn common(&self, at: usize, entry: &Entry, query: &Query) -> Common {
        let get = |list: &[f32]| list.get(at).copied().unwrap_or_default();
        let lengths = query.triples_length * entry.triples_length;
        Common {
            asked: if self.all > 0.0 {
                get(&self.asked) / self.all
            } else {
                0.0
            },
            letters: get(&self.letters) / lengths.max(1.0),
            head: get(&self.heads),
        }
    }

    fn of(index: &Index, query: &Query) -> Self {
        let count = index.entries.len();
        let mut asked = vec![0.0_f32; count];
        let mut all = 0.0;
        let mut best = vec![0.0_f32; count];
        let mut heads = vec![0.0_f32; count];
        for (place, slot) in query.slots.iter().enumerate() {
            let weight = slot.importance * slot.share;
            all += weight;
            let mut touched: Vec<u32> = Vec::new();
            for (terms, mass, sure) in &slot.alternatives {
                let mut found: Vec<(u32, f32)> = Vec::new();
                for term in terms {
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
                if let (Some(known), Some(asked)) = (best.get_mut(product), asked.get_mut(product))
                {
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
        let mut letters = vec![0.0_f32; count];
        for (triple, idf) in &query.triples {
            for (product, share) in index.triples.postings(*triple) {
                if let Some(sum) = letters.get_mut(*product as usize) {
                    *sum += idf * idf * share;
                }
            }
        }
        Self {
            asked,
            all,
            heads,
            letters,
        }
    }
}
