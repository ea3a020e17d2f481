//! From a municipality's own product to the national one.

use jiff::civil::Date;

use super::memory::Way;
use super::{Answer, Memory, Product, Question, Reason, RowPlace, Verdict, ratio};
use crate::compiled::{Compiled, Found, Packed, Terms};
use crate::factor::Factor;

impl Compiled {
    /// What a municipality's own product is to the provider.
    ///
    /// With the memory of the assignment, the product assigned becomes what was given for it then, whatever the table says now. Else the row that matches with
    /// the most of unit, category and variant decides, among those that hold on the day and are confirmed. Of what it gives, [`Compiled::back`] with the memory
    /// of it ([`Compiled::remember`]) makes the same product again. Whether both sides want translation ([`crate::compiled::Terms::enabled`]) is not asked here.
    pub fn forth(&self, question: &Question, memory: Option<&Memory>) -> Answer {
        if let Some(answer) = memory.and_then(|memory| memory.cross(question.product, Way::Forth)) {
            return answer;
        }
        let answer = |verdict, product, reason, rows| Answer {
            verdict,
            product,
            reason,
            rows,
            candidates: Vec::new(),
            version: self.version(question.municipality),
        };
        let Some(code) = question.product.code else {
            return answer(Verdict::Pass, question.product, Reason::NoCode, Vec::new());
        };
        let Some(found) = self.find(question.law, question.municipality, code) else {
            return answer(Verdict::Pass, question.product, Reason::NoTable, Vec::new());
        };
        let outcome = outcome(&found, &question.product, question.on);
        let rows = if outcome.reason == Reason::NotConfirmed {
            matching(&found, &question.product, question.on)
                .map(|(_, row)| self.row_place(row))
                .collect()
        } else {
            outcome
                .rows(&found, &question.product, question.on)
                .map(|row| self.row_place(row))
                .collect()
        };
        answer(outcome.verdict, outcome.product, outcome.reason, rows)
    }

    /// The row of a place.
    pub(super) fn row_place(&self, row: &Packed) -> RowPlace {
        RowPlace {
            file: self.path_of(row),
            line: row.line(),
        }
    }

    /// What is to be kept of an assignment: `answer` is what [`Compiled::forth`] said to this question without a memory, and was done. None: the municipality
    /// has no table. For a message that was left untouched, [`Memory::untouched`].
    pub fn remember(&self, question: &Question, answer: &Answer) -> Option<Memory> {
        let terms = self.terms(question.municipality)?;
        Some(Memory {
            given: answer.product,
            daypart_minutes: terms.daypart_minutes,
            ..Memory::untouched(question, terms.version)
        })
    }
}

/// What the rows of a code make of a product.
pub(super) struct Outcome {
    pub(super) verdict: Verdict,
    pub(super) product: Product,
    pub(super) reason: Reason,
    /// The rank of the rows that decide; none when none does.
    rank: Option<u8>,
    /// Whether one of them is preferred.
    pub(super) is_preferred: bool,
}

impl Outcome {
    /// The rows that decide.
    pub(super) fn rows<'c>(
        &self,
        found: &Found<'c>,
        product: &Product,
        on: Date,
    ) -> impl Iterator<Item = &'c Packed> + use<'c> {
        let rank = self.rank;
        matching(found, product, on)
            .filter(move |(at, row)| row.is_confirmed() && Some(*at) == rank)
            .map(|(_, row)| row)
    }
}

/// The rows that match and hold, with their rank.
fn matching<'c>(
    found: &Found<'c>,
    product: &Product,
    on: Date,
) -> impl Iterator<Item = (u8, &'c Packed)> + use<'c> {
    let (unit, category) = (product.unit, product.category);
    found
        .rows()
        .filter_map(move |(key, row)| Some((row.matches(key, unit, category)?, row)))
        .filter(move |(_, row)| row.holds(on))
}

pub(super) fn outcome(found: &Found<'_>, product: &Product, on: Date) -> Outcome {
    let mut decides: Option<Deciding<'_>> = None;
    let mut is_any = false;
    let terms = found.terms;
    for (rank, row) in matching(found, product, on) {
        is_any = true;
        if !row.is_confirmed() {
            continue;
        }
        match &mut decides {
            Some(best) if rank < best.rank => {}
            Some(best) if rank == best.rank => {
                let is_applied =
                    terms.applies(best.row.relation()) || terms.applies(row.relation());
                best.disagree |= is_applied && !best.row.says_the_same(row);
                best.is_preferred |= row.is_preferred();
            }
            Some(_) | None => {
                decides = Some(Deciding {
                    rank,
                    row,
                    disagree: false,
                    is_preferred: row.is_preferred(),
                });
            }
        }
    }
    let made = decides.as_ref().map_or_else(
        || {
            let reason = if is_any {
                Reason::NotConfirmed
            } else {
                Reason::NoRow
            };
            Err((Verdict::Pass, reason))
        },
        |deciding| deciding.makes(product, terms),
    );
    let (verdict, product, reason) = match made {
        Ok(product) => (Verdict::Apply, product, Reason::Row),
        Err((verdict, reason)) => (verdict, *product, reason),
    };
    Outcome {
        verdict,
        product,
        reason,
        rank: decides.as_ref().map(|deciding| deciding.rank),
        is_preferred: decides.is_some_and(|deciding| deciding.is_preferred),
    }
}

/// The rows that decide what a product becomes: of those that match, hold and are confirmed, the ones of the highest rank.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deciding<'r> {
    pub(crate) rank: u8,
    /// The first of them.
    pub(crate) row: &'r Packed,
    /// Whether one of them is applied and another says something else.
    pub(crate) disagree: bool,
    /// Whether one of them is preferred.
    pub(crate) is_preferred: bool,
}

impl Deciding<'_> {
    /// What they make of a product that they match. Err: why they make nothing of it.
    pub(crate) fn makes(
        &self,
        product: &Product,
        terms: &Terms,
    ) -> Result<Product, (Verdict, Reason)> {
        let relation = self.row.relation();
        if self.disagree {
            return Err((Verdict::Ambiguous, Reason::RowsDisagree));
        }
        if !terms.applies(relation) {
            return Err((Verdict::Pass, Reason::NotApplied(relation)));
        }
        if !self.row.may_be_translated() {
            return Err((Verdict::Pass, Reason::SeveralTariffs));
        }
        translated(self.row, product, terms.daypart_minutes)
            .map_err(|reason| (Verdict::Refuse, reason))
    }
}

/// What this row makes of a product that it matches. Err: why it cannot, exactly.
fn translated(
    row: &Packed,
    product: &Product,
    daypart_minutes: Option<u32>,
) -> Result<Product, Reason> {
    let factor = row
        .factor(daypart_minutes)
        .ok_or(Reason::UnitsDoNotConvert)?;
    let to = row.target_unit().or(product.unit);
    // Without another unit in the row there is none to convert to.
    let exact = match (product.unit, to) {
        (Some(from), Some(to)) => ratio(from, to, daypart_minutes),
        (None, Some(_)) => return Err(Reason::UnitMissing),
        (_, None) => Some(Factor::ONE),
    };
    if exact != Some(factor) {
        return Err(Reason::UnitsDoNotConvert);
    }
    let category = product
        .category
        .map(|category| row.target_category().unwrap_or(category));
    let is_fit = match (category, row.national_category()) {
        (Some(category), Some(national)) => category == national,
        _ => true,
    };
    if !is_fit {
        return Err(Reason::CategoryDoesNotFit);
    }
    let counted = product.counted(to, factor)?;
    Ok(Product {
        category,
        code: row.target(),
        ..counted
    })
}
