//! M01: the same key leads to different targets on the same day, or to one that is applied by one row and not, or by another relation, by the other.
//!
//! Counts for rows of which one at least decides what a product becomes: exact, close, local-narrower, or none. Rows that only describe (local-broader, partial)
//! may stand beside each other as a group; where they do not, that is M03. A row that gives the same target once more is M08.

use std::fmt::Write as _;

use super::{Kind, Scope, Told, Wrong, shown, shown_target};
use crate::factor::Factor;
use crate::finding::Class;
use crate::relation::Relation;
use crate::row::{Row, Target};

/// Whether a row decides what a product becomes, or only describes.
pub(super) fn decides(row: &Row) -> bool {
    !matches!(row.relation, Relation::LocalBroader | Relation::Partial)
}

/// Rows of one key, by period.
pub(super) fn check(scope: &Scope<'_>, rows: &[&Row], told: &mut Told<'_>) {
    if rows.len() < 2 {
        return;
    }
    let applied = |row: &Row| {
        let table = scope.table?;
        let is_applied = table.manifest.apply.contains(&row.relation);
        is_applied.then_some(row.relation)
    };
    let effect = |row: &Row| (row.target, row.factor, applied(row));
    let code = |row: &Row| (row.target.map(bare), Factor::ONE, applied(row));
    let mut deciding = Longest::by(effect);
    let mut deciding_codes = Longest::by(code);
    let mut describing_codes = Longest::by(code);
    for &row in rows {
        let other = if decides(row) {
            let among_deciding = deciding.that_differs(row);
            among_deciding.or_else(|| describing_codes.that_differs(row))
        } else {
            deciding_codes.that_differs(row)
        };
        if let Some(other) = other {
            told.tell(row.place, Class::M01, Kind::Row, || {
                Wrong::new(
                    format!(
                        "De code {} leidt vanaf {} naar {}, en volgens {} tegelijk naar {}.",
                        shown(&row.key),
                        row.period.from,
                        shown_effect(row),
                        scope.elsewhere(row.place, other.place),
                        shown_effect(other),
                    ),
                    "Geef een van de twee een andere periode, eenheid of variant, of haal de rij weg die niet klopt.",
                )
            });
        }
        if decides(row) {
            deciding.take(row);
            deciding_codes.take(row);
        } else {
            describing_codes.take(row);
        }
    }
}

fn shown_effect(row: &Row) -> String {
    let mut shown = match row.target {
        Some(_) => format!("{} ({})", shown_target(row), row.relation),
        None => shown_target(row),
    };
    if let Some(unit) = row.target.and_then(|target| target.unit) {
        // Writing to a text does not fail.
        let _ = write!(shown, " in eenheid {unit}, factor {}", row.factor);
    }
    shown
}

/// What becomes of a product, and the relation where that is applied.
type Effect = (Option<Target>, Factor, Option<Relation>);

/// The national code, and no more.
fn bare(target: Target) -> Target {
    Target {
        category: None,
        unit: None,
        ..target
    }
}

/// Of the rows so far the one that lasts longest, and the one that lasts longest among those of another effect: of whatever effect a next row is, if any
/// differs from it on a day, one of these two does.
struct Longest<'c, By> {
    by: By,
    first: Option<&'c Row>,
    other: Option<&'c Row>,
}

impl<'c, By: Fn(&Row) -> Effect> Longest<'c, By> {
    fn by(by: By) -> Self {
        Self {
            by,
            first: None,
            other: None,
        }
    }

    fn take(&mut self, row: &'c Row) {
        let lasts_longer = |than: Option<&Row>| {
            than.is_none_or(|than| match (row.period.to, than.period.to) {
                (_, None) => false,
                (None, Some(_)) => true,
                (Some(to), Some(other)) => to > other,
            })
        };
        let is_alike = self
            .first
            .is_some_and(|first| (self.by)(first) == (self.by)(row));
        if lasts_longer(self.first) {
            if !is_alike {
                self.other = self.first;
            }
            self.first = Some(row);
        } else if !is_alike && lasts_longer(self.other) {
            self.other = Some(row);
        }
    }

    fn that_differs(&self, row: &Row) -> Option<&'c Row> {
        let mut kept = [self.first, self.other].into_iter().flatten();
        kept.find(|other| (self.by)(other) != (self.by)(row) && row.period.overlaps(&other.period))
    }
}
