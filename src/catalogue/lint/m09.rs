//! M09: the target was withdrawn in a release the table names, or its last day comes before that of the row. Names the successor where the list has one: a code of
//! the same text (08A11 lives on as 08A03).
//!
//! Counts rows that go on after the year of that release: what ended before was right in its time, and stays so for assignments of then. A row that was closed, and
//! after which another of its key begins, was dealt with.

use super::{Scope, Standing, Wrong, shown};
use crate::row::Row;

pub(super) fn check(scope: &Scope<'_>, row: &Row) -> Option<Wrong> {
    let target = row.target?;
    match scope.standing(row.key.law, target.code)? {
        Standing::Withdrawn {
            last,
            product,
            since,
        } => {
            if !since.concerns(&row.period) || scope.is_followed(row) {
                return None;
            }
            let successors = since.successors(target.code);
            let remedy = match successors {
                [] => "Sluit de rij af en kies een nieuw doel, of `none`.".to_owned(),
                [one] => format!(
                    "Sluit de rij af en begin een nieuwe naar {one}, dat dezelfde tekst heeft."
                ),
                several => {
                    let several: Vec<_> = several.iter().map(crate::Code::as_str).collect();
                    format!(
                        "Sluit de rij af en begin een nieuwe naar een van de opvolgers: {}.",
                        several.join(", ")
                    )
                }
            };
            Some(Wrong::new(
                format!(
                    "Het doel {} (`{}`) van {} staat niet meer in {}, wel nog in {}.",
                    target.code,
                    scope.catalogue.name(last, product),
                    shown(&row.key),
                    since.release.entry.name,
                    last.entry.name
                ),
                remedy,
            ))
        }
        Standing::InForce(release, product) => {
            let to = product.to?;
            let after = to.tomorrow().ok()?;
            row.period.to.is_none_or(|last| last >= after).then(|| {
                Wrong::new(
                    format!(
                        "Het doel {} van {} geldt tot en met {to} ({}), de rij langer.",
                        target.code,
                        shown(&row.key),
                        release.entry.name
                    ),
                    "Sluit de rij op die dag af en begin een nieuwe naar een doel dat dan geldt.",
                )
            })
        }
        Standing::NotNamed(_) | Standing::Unknown => None,
    }
}
