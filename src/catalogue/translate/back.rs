//! From the national product to a municipality's own.

use super::forth::outcome;
use super::memory::Way;
use super::{Answer, Memory, Product, Question, Reason, RowPlace, Verdict, ratio};
use crate::code::{Category, Code};
use crate::compiled::{Compiled, Found, Packed, Terms};
use crate::unit::Unit;

impl Compiled {
    /// What a product of the provider is to the municipality.
    ///
    /// With the memory of the assignment, the product given becomes the one assigned, in other volumes too as far as they stay whole. Without one, or when it is
    /// another product (a request, or the code chosen on an assignment that has none), by the way back: the local products of which [`Compiled::forth`] makes
    /// exactly this one on the day, and this very code where the municipality has rows for it as its own and it would cross as it is. One of them: that one.
    /// Several: the one that is preferred. What crosses back without a memory thus always becomes the same product again on its way forth.
    pub fn back(&self, question: &Question, memory: Option<&Memory>) -> Answer {
        if let Some(answer) = memory.and_then(|memory| memory.cross(question.product, Way::Back)) {
            return answer;
        }
        let asked = question.product;
        let mut answer = Answer {
            verdict: Verdict::Pass,
            product: asked,
            reason: Reason::NoCode,
            rows: Vec::new(),
            candidates: Vec::new(),
            version: self.version(question.municipality),
        };
        let Some(code) = asked.code else {
            return answer;
        };
        let Some(own) = self.find(question.law, question.municipality, code) else {
            answer.reason = Reason::NoTable;
            return answer;
        };
        let mut ways = Ways {
            compiled: self,
            question,
            open: Vec::new(),
            closed: None,
            is_category_unknown: false,
        };
        ways.look(&own);
        let by_itself = outcome(&own, &asked, question.on);
        let is_used = by_itself.reason != Reason::NoRow;
        if is_used && by_itself.verdict != Verdict::Apply {
            let rows = by_itself.rows(&own, &asked, question.on);
            ways.open(Open {
                product: asked,
                is_preferred: by_itself.is_preferred,
                is_applied: false,
                rows: rows.map(|row| self.row_place(row)).collect(),
            });
        }
        let Ways {
            mut open,
            closed,
            is_category_unknown,
            ..
        } = ways;
        open.sort_unstable_by_key(|way| way.product);
        let mut preferred = open.iter().filter(|way| way.is_preferred);
        let preferred = match (preferred.next(), preferred.next()) {
            (Some(way), None) => Some(way),
            _ => None,
        };
        let taken = match (open.as_slice(), preferred) {
            ([only], _) if !is_category_unknown => Some((only, Reason::OnlyWay)),
            (_, Some(way)) => Some((way, Reason::Preferred)),
            _ => None,
        };
        if let Some((way, reason)) = taken {
            answer.rows.clone_from(&way.rows);
            answer.product = way.product;
            (answer.verdict, answer.reason) = if way.is_applied {
                (Verdict::Apply, reason)
            } else if reason == Reason::OnlyWay {
                (Verdict::Pass, Reason::OwnCode)
            } else {
                (Verdict::Pass, reason)
            };
            return answer;
        }
        (answer.verdict, answer.reason) = if is_category_unknown {
            (Verdict::Ambiguous, Reason::CategoryUnknown)
        } else if !open.is_empty() {
            (Verdict::Ambiguous, Reason::SeveralWays)
        } else if by_itself.verdict == Verdict::Apply {
            (Verdict::Refuse, Reason::OtherMeaning)
        } else if let Some(reason) = closed {
            (Verdict::Refuse, reason)
        } else {
            (Verdict::Pass, Reason::NoRow)
        };
        for way in open {
            answer.candidates.push(way.product);
            answer.rows.extend(way.rows);
        }
        answer
    }
}

/// A product that becomes the one asked about.
struct Open {
    product: Product,
    is_preferred: bool,
    /// Whether a row makes it that; else it crosses as it is.
    is_applied: bool,
    rows: Vec<RowPlace>,
}

struct Ways<'q> {
    compiled: &'q Compiled,
    question: &'q Question,
    open: Vec<Open>,
    /// Why no way is open, where there are rows with this target.
    closed: Option<Reason>,
    is_category_unknown: bool,
}

impl Ways<'_> {
    /// Follows every row with the target that is asked about.
    fn look(&mut self, own: &Found<'_>) {
        let (asked, on) = (self.question.product, self.question.on);
        let Some(code) = asked.code else { return };
        let terms = own.terms;
        let (law, municipality) = (self.question.law, self.question.municipality);
        for (key, row) in self.compiled.toward(law, terms, code) {
            if !row.is_confirmed() || !row.holds(on) || !terms.applies(row.relation()) {
                continue;
            }
            if !row.may_be_translated() {
                continue;
            }
            let Some(found) = self.compiled.find(law, municipality, key.code) else {
                continue;
            };
            let mut is_any = false;
            for origin in origins(key.code, key.unit, row, &asked, terms) {
                is_any = true;
                match origin {
                    Ok(Origin::One(product)) => self.follow(&found, &product),
                    Ok(Origin::Any) => self.is_category_unknown = true,
                    Err(reason) => self.close(reason),
                }
            }
            if !is_any {
                self.close(Reason::NoExactWay);
            }
        }
    }

    /// Whether this product becomes the one that is asked about.
    fn follow(&mut self, found: &Found<'_>, product: &Product) {
        let (asked, on) = (self.question.product, self.question.on);
        let outcome = outcome(found, product, on);
        if outcome.verdict == Verdict::Apply && outcome.product == asked {
            let rows = outcome.rows(found, product, on);
            self.open(Open {
                product: *product,
                is_preferred: outcome.is_preferred,
                is_applied: true,
                rows: rows.map(|row| self.compiled.row_place(row)).collect(),
            });
        } else if outcome.verdict == Verdict::Refuse {
            self.close(outcome.reason);
        } else {
            self.close(Reason::NoExactWay);
        }
    }

    fn open(&mut self, way: Open) {
        if self.open.iter().all(|known| known.product != way.product) {
            self.open.push(way);
        }
    }

    fn close(&mut self, reason: Reason) {
        self.closed = match self.closed {
            Some(other) if other != reason => Some(Reason::NoExactWay),
            _ => Some(reason),
        };
    }
}

/// A local product that a row would make into the one that is asked about.
pub(crate) enum Origin {
    One(Product),
    /// Whatever its category was, it became this one.
    Any,
}

/// The local products that this row, of this code and unit, would make into the one that is asked about; whether it does so is for all rows that match them to
/// say. Err: why it makes it of none. Nothing: it gives other units.
pub(crate) fn origins<'r>(
    code: Code,
    key: Option<Unit>,
    row: &'r Packed,
    asked: &Product,
    terms: &Terms,
) -> impl Iterator<Item = Result<Origin, Reason>> + use<'r> {
    let (asked, daypart) = (*asked, terms.daypart_minutes);
    units(row, key, asked.unit, daypart).map(move |unit| {
        let category = category(row, asked.category).ok_or(Reason::NoExactWay)?;
        let factor = row.factor(daypart).ok_or(Reason::UnitsDoNotConvert)?;
        let counted = asked.counted(unit, factor.inverse())?;
        Ok(match category {
            Had::Any => Origin::Any,
            Had::One(category) => Origin::One(Product {
                category,
                code: Some(code),
                ..counted
            }),
        })
    })
}

/// Which category a local product had.
enum Had {
    One(Option<Category>),
    Any,
}

/// The category of the local products that this row gives this one. None: it gives another, or one that its target does not have.
fn category(row: &Packed, asked: Option<Category>) -> Option<Had> {
    let Some(asked) = asked else {
        return Some(Had::One(None));
    };
    let does_not_fit = |national: Category| national != asked;
    match (row.target_category(), row.category()) {
        (None, _) => Some(Had::One(Some(asked))),
        (Some(target), _) if target != asked => None,
        (Some(_), Some(category)) => Some(Had::One(Some(category))),
        (Some(_), None) if row.national_category().is_some_and(does_not_fit) => None,
        (Some(_), None) => Some(Had::Any),
    }
}

/// The units of local products that this row gives this unit.
fn units(
    row: &Packed,
    key: Option<Unit>,
    asked: Option<Unit>,
    daypart: Option<u32>,
) -> impl Iterator<Item = Option<Unit>> + use<> {
    let factor = row.factor(daypart);
    let (one, any) = match (row.target_unit(), asked, key) {
        (None, asked, _) => (Some(asked), None),
        (Some(target), Some(asked), Some(key)) if target == asked => (Some(Some(key)), None),
        (Some(target), Some(asked), None) if target == asked => (None, Some(target)),
        (Some(_), Some(_) | None, _) => (None, None),
    };
    let gives = move |target: Unit, unit: Unit| {
        let exact = ratio(unit, target, daypart);
        exact.is_some() && exact == factor
    };
    let any = any.into_iter().flat_map(move |target| {
        let units = Unit::ALL.into_iter();
        units.filter(move |unit| gives(target, *unit)).map(Some)
    });
    one.into_iter().chain(any)
}
