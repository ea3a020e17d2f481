//! M05: the target is of another category than the local product, so that TR381 would be broken. Categories are national and mandatory.
//!
//! A row allows it by naming the target's category (`c_category`), which must then be the one of the national list. A row that names no category of its own holds
//! for whatever category the message gives, and can not be judged.

use super::{Scope, Wrong, shown};
use crate::row::Row;

pub(super) fn check(scope: &Scope<'_>, row: &Row) -> Option<Wrong> {
    let target = row.target?;
    let standing = scope.standing(row.key.law, target.code)?;
    let (release, product) = standing.during(&row.period)?;
    let national = product.category?;
    if let Some(named) = target.category {
        return (named != national).then(|| {
            Wrong::new(
                format!(
                    "Volgens `c_category` heeft {} categorie {named}; landelijk is dat {national} ({}).",
                    target.code, release.entry.name
                ),
                format!("Zet `c_category` op {national}, of kies een ander doel."),
            )
        });
    }
    let local = row.key.category?;
    (local != national).then(|| {
        Wrong::new(
            format!(
                "De code {} heeft categorie {local} en het doel {} categorie {national} ({}).",
                shown(&row.key),
                target.code,
                release.entry.name
            ),
            format!("Kies een doel in categorie {local}, of zet `c_category` op {national} als dit zo is bedoeld."),
        )
    })
}
