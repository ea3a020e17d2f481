//! What leads to one national product on one day.

use std::collections::BTreeMap;

use super::super::sweep::step;
use super::super::{Kind, Scope, Told, Wrong};
use crate::code::{Category, Code};
use crate::finding::Class;
use crate::source::Place;
use crate::translate::Product;

/// Most other ways that a text names.
const NAMED_MAX: usize = 5;

/// A way that leads to a national product, by a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    pub(super) leads: Leads,
    /// The local code.
    pub(super) code: Code,
    /// The row: whether it is the municipality's own, and where it stands.
    pub(super) row: (bool, Place),
}

/// How it leads there.
#[derive(Debug, Clone, Copy)]
pub(super) enum Leads {
    /// This local product becomes it.
    Open {
        product: Product,
        is_preferred: bool,
    },
    /// Local products of any category become it, as this one.
    AnyCategory(Category),
    /// It is a code of the municipality's own that crosses as it is.
    Itself { is_preferred: bool },
}

/// The ways of a day.
#[derive(Debug, Default)]
pub(super) struct Day {
    /// Rows of local products that become it, those of the municipality's own last.
    rows: BTreeMap<((bool, Place), Product), Code>,
    /// Rows that give every category the same one.
    any_category: BTreeMap<(bool, Place), (Code, Category)>,
    /// A row by which the code crosses as it is.
    itself: Option<Place>,
    preferred: usize,
}

impl Day {
    pub(super) fn change(&mut self, way: Way, starts: bool) {
        let is_preferred = match way.leads {
            Leads::Open {
                product,
                is_preferred,
            } => {
                if starts {
                    self.rows.insert((way.row, product), way.code);
                } else {
                    self.rows.remove(&(way.row, product));
                }
                is_preferred
            }
            Leads::AnyCategory(category) => {
                if starts {
                    self.any_category.insert(way.row, (way.code, category));
                } else {
                    self.any_category.remove(&way.row);
                }
                false
            }
            Leads::Itself { is_preferred } => {
                self.itself = starts.then_some(way.row.1);
                is_preferred
            }
        };
        if is_preferred {
            step(&mut self.preferred, starts);
        }
    }

    fn is_ambiguous(&self) -> bool {
        let count = self.rows.len() + usize::from(self.itself.is_some());
        self.preferred != 1 && (count > 1 || !self.any_category.is_empty())
    }

    /// Tells, where nothing decides between the ways to this code, at the last of their rows.
    pub(super) fn tell(&self, scope: &Scope<'_>, code: Code, told: &mut Told<'_>) {
        if !self.is_ambiguous() {
            return;
        }
        let last = self.rows.last_key_value();
        if let Some((((_, last), _), local)) = last
            && self.any_category.is_empty()
        {
            told.tell(*last, Class::M02, Kind::Row, || {
                self.several(scope, code, *last, *local)
            });
        }
        if let Some((&(_, last), &(local, category))) = self.any_category.last_key_value() {
            told.tell(last, Class::M02, Kind::Row, || {
                any_category(code, local, category)
            });
        }
    }

    fn several(&self, scope: &Scope<'_>, code: Code, last: Place, local: Code) -> Wrong {
        let others = self.rows.iter().rev().skip(1);
        let mut named: Vec<_> = others
            .take(NAMED_MAX)
            .map(|(((_, place), _), other)| format!("{other} ({})", scope.elsewhere(last, *place)))
            .collect();
        named.reverse();
        let more = self.rows.len().saturating_sub(NAMED_MAX + 1);
        if more > 0 {
            named.push(format!("nog {more}"));
        }
        if let Some(place) = self.itself {
            named.push(format!("{code} zelf ({})", scope.elsewhere(last, place)));
        }
        let preferred = if self.preferred == 0 {
            "geen rij heeft de voorkeur"
        } else {
            "meer dan een rij heeft de voorkeur"
        };
        Wrong::new(
            format!(
                "De weg terug van {code} is niet eenduidig: naar haar leiden tegelijk {local} en {}, en {preferred}.",
                named.join(", "),
            ),
            "Zet bij een van deze rijen `preferred` op yes, en bij de andere niet.",
        )
    }
}

fn any_category(code: Code, local: Code, category: Category) -> Wrong {
    Wrong::new(
        format!(
            "De weg terug van {code} is niet eenduidig: {local} krijgt van elke categorie categorie {category}, en welke het was is dan niet te zeggen."
        ),
        "Noem in `category` de categorie waarvoor de rij geldt, of laat `c_category` leeg.",
    )
}
