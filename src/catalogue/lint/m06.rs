//! M06: a unit factor that is not the exact one, or runs between kinds of unit. Only minutes and hours become each other, and dayparts where the contract says
//! how many minutes one has (`daypart_minutes` of the manifest); never etmalen, pieces or euros.
//!
//! Counts relations that may be applied. Whether a published tariff divides into whole cents is not judged here: the factor is right all the same, and the
//! product then passes as it is.

use super::{Scope, Wrong, shown};
use crate::factor::Factor;
use crate::row::Row;
use crate::unit::Unit;

pub(super) fn check(scope: &Scope<'_>, row: &Row) -> Option<Wrong> {
    let target = row.target?;
    if !row.relation.may_be_applied() {
        return None;
    }
    let Some(to) = target.unit.filter(|unit| Some(*unit) != row.key.unit) else {
        return (row.factor != Factor::ONE).then(|| {
            Wrong::new(
                format!(
                    "De code {} houdt haar eenheid en heeft factor {}.",
                    shown(&row.key),
                    row.factor
                ),
                "Zet de factor op 1/1, of noem beide eenheden.",
            )
        });
    };
    let Some(from) = row.key.unit else {
        return Some(Wrong::new(
            format!(
                "De code {} geldt voor elke eenheid en zou van alle eenheid {to} maken.",
                shown(&row.key)
            ),
            "Noem in `unit` de eenheid waarvoor de rij geldt.",
        ));
    };
    let minutes = scope.table.and_then(|table| table.manifest.daypart_minutes);
    let (Some(of_from), Some(of_to)) = (from.minutes(minutes), to.minutes(minutes)) else {
        let is_daypart = |unit| matches!(unit, Unit::Daypart | Unit::Hour | Unit::Minute);
        let remedy = if is_daypart(from) && is_daypart(to) {
            "Zet in het manifest `daypart_minutes`, als de contracten zeggen hoe lang een dagdeel is; laat anders `c_unit` leeg."
        } else {
            "Laat `c_unit` leeg: tussen deze eenheden wordt niet omgerekend."
        };
        return Some(Wrong::new(
            format!(
                "Van eenheid {from} naar {to} is geen vaste omrekening (code {}).",
                row.key.code
            ),
            remedy,
        ));
    };
    let exact = Factor::new(of_from, of_to)?;
    (row.factor != exact).then(|| {
        Wrong::new(
            format!(
                "De factor van {} van eenheid {from} naar {to} is {}; precies is {exact}.",
                row.key.code, row.factor
            ),
            format!("Zet de factor op {exact}."),
        )
    })
}
