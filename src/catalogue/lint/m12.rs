//! M12, the part that needs the national lists: a code that lost its leading zero in a spreadsheet. Whatever can not be a code at all was told when it was read.
//!
//! Lost is the zero of a code of four characters that no list has, and which with a zero before it is national (`1A02`, `1001`); and of one of the form digit,
//! letter, digit, digit whose category, with the zero, is that of its row or target (`2X13` in category 02). `collision = accepted` says that it is meant so.

use super::{Scope, Standing, Wrong};
use crate::code::{Category, Code};
use crate::law::Law;
use crate::row::Row;

pub(super) fn check(scope: &Scope<'_>, row: &Row) -> Option<Wrong> {
    if row.collision {
        return None;
    }
    let told = |code: Code, whole: Code| {
        Wrong::new(
            format!("De code {code} mist een nul: bedoeld is waarschijnlijk {whole}."),
            format!(
                "Schrijf {whole}, of zet `collision` op accepted als {code} zo bedoeld is; bewerk dit bestand niet in een spreadsheet."
            ),
        )
    };
    let law = row.key.law;
    if let Some(target) = row.target
        && let Some(whole) = national(scope, law, target.code)
    {
        return Some(told(target.code, whole));
    }
    let code = row.key.code;
    if let Some(whole) = national(scope, law, code) {
        return Some(told(code, whole));
    }
    let whole = with_zero(code).filter(|_| code.form() == "NLNN" && !scope.lists.has(law, code))?;
    let category: Category = whole.as_str().get(..2)?.parse().ok()?;
    let of_target = || match scope.standing(law, row.target?.code)? {
        Standing::InForce(_, product) | Standing::Withdrawn { product, .. } => product.category,
        Standing::NotNamed(_) | Standing::Unknown => None,
    };
    let is_its_category = row.key.category.or_else(of_target) == Some(category);
    is_its_category.then(|| told(code, whole))
}

/// The national code that this one was before it lost its zero.
pub(super) fn national(scope: &Scope<'_>, law: Law, code: Code) -> Option<Code> {
    let whole = with_zero(code)?;
    (scope.lists.has(law, whole) && !scope.lists.has(law, code)).then_some(whole)
}

fn with_zero(code: Code) -> Option<Code> {
    let text = code.as_str();
    if text.len() != 4 {
        return None;
    }
    format!("0{text}").parse().ok()
}
