//! M07: effort (inspanningsgericht) against output (outputgericht): what is counted on one side is not what is paid for on the other.
//!
//! The variant of a local product is that of its row, or of its unit. Counts relations that may be applied; a row whose own unit and variant contradict each
//! other, and which no product can ever match, counts always.

use super::{Scope, Wrong, shown};
use crate::row::Row;
use crate::unit::Unit;

pub(super) fn check(scope: &Scope<'_>, row: &Row) -> Option<Wrong> {
    let of_unit = row.key.unit.and_then(Unit::variant);
    if let (Some(unit), Some(variant)) = (row.key.unit, row.key.variant)
        && of_unit != Some(variant)
    {
        return Some(Wrong::new(
            format!(
                "Eenheid {unit} telt niet {variant}: geen product past op deze rij ({}).",
                row.key.code
            ),
            "Verbeter `unit` of `variant`, of laat een van beide leeg.",
        ));
    }
    let target = row.target?;
    if !row.relation.may_be_applied() {
        return None;
    }
    let local = row.key.variant.or(of_unit)?;
    let standing = scope.standing(row.key.law, target.code)?;
    let (release, product) = standing.during(&row.period)?;
    let national = product.variant?;
    (local != national).then(|| {
        Wrong::new(
            format!(
                "De code {} is {local} en het doel {} is {national} ({}).",
                shown(&row.key),
                target.code,
                release.entry.name
            ),
            "Kies het doel van dezelfde variant, of een relatie die niet wordt toegepast.",
        )
    })
}
