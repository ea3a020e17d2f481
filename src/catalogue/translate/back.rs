//! From the national product to a municipality's own.

use super::forth::outcome;
use super::memory::Way;
use super::{Answer, Memory, Product, Question, Reason, RowPlace, Verdict, ratio};
use crate::code::Category;
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
            let units = units(row, key.unit, asked.unit, terms);
            if units.is_empty() {
                self.close(Reason::NoExactWay);
            }
            for unit in units {
                self.follow(
                    &found,
                    row,
                    unit,
                    Product {
                        code: Some(key.code),
                        ..asked
                    },
                );
            }
        }
    }

    /// Tries the product of this row that is counted in this unit.
    fn follow(&mut self, found: &Found<'_>, row: &Packed, unit: Option<Unit>, product: Product) {
        let (asked, on) = (self.question.product, self.question.on);
        let Some(category) = category(row, asked.category) else {
            return self.close(Reason::NoExactWay);
        };
        let Some(factor) = row.factor(found.terms.daypart_minutes) else {
            return self.close(Reason::UnitsDoNotConvert);
        };
        let product = match product.counted(unit, factor.inverse()) {
            Ok(product) => product,
            Err(reason) => return self.close(reason),
        };
        let category = match category {
            Origin::One(category) => category,
            Origin::Any => {
                self.is_category_unknown = true;
                return;
            }
        };
        let product = Product {
            category,
            ..product
        };
        let outcome = outcome(found, &product, on);
        if outcome.verdict == Verdict::Apply && outcome.product == asked {
            let rows = outcome.rows(found, &product, on);
            self.open(Open {
                product,
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

/// Which category a local product had.
enum Origin {
    One(Option<Category>),
    /// Whatever it was, it became this one.
    Any,
}

/// The category of the local product that this row gives this one. None: it gives another.
fn category(row: &Packed, asked: Option<Category>) -> Option<Origin> {
    match (asked, row.target_category()) {
        (None, _) => Some(Origin::One(None)),
        (Some(asked), Some(target)) if asked != target => None,
        (Some(_), Some(_)) => Some(match row.category() {
            Some(category) => Origin::One(Some(category)),
            None => Origin::Any,
        }),
        (Some(asked), None) => Some(Origin::One(Some(asked))),
    }
}

/// The units of local products that this row gives this unit.
fn units(row: &Packed, key: Option<Unit>, asked: Option<Unit>, terms: &Terms) -> Vec<Option<Unit>> {
    let daypart = terms.daypart_minutes;
    match (row.target_unit(), asked, key) {
        (None, asked, _) => vec![asked],
        (Some(target), Some(asked), _) if target != asked => Vec::new(),
        (Some(_), None, _) => Vec::new(),
        (Some(_), Some(_), Some(key)) => vec![Some(key)],
        (Some(target), Some(_), None) => Unit::ALL
            .into_iter()
            .filter(|unit| {
                let exact = ratio(*unit, target, daypart);
                exact.is_some() && exact == row.factor(daypart)
            })
            .map(Some)
            .collect(),
    }
}
