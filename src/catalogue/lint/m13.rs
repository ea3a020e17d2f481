//! M13: the target is not in the releases the table names. A target that is itself a local code makes a chain, and a chain that comes back a cycle: there is one
//! step, to the national list, and never a second.
//!
//! Counts confirmed and suggested rows; what was rejected may name what has gone. A code that an earlier release of the list has and a later one is not complete
//! for is in the list still; one that was withdrawn is M09; one that lost its zero is M12. A target that the list has from a later day than the row is told too.

use super::{Scope, Standing, Wrong, m12, shown};
use crate::code::Code;
use crate::law::Law;
use crate::relation::State;
use crate::row::Row;

/// Most steps of a chain that are followed.
const STEPS_MAX: usize = 8;

pub(super) fn check(scope: &Scope<'_>, row: &Row) -> Option<Wrong> {
    let target = row.target?;
    let law = row.key.law;
    if !matches!(row.state, State::Confirmed | State::Suggested) {
        return None;
    }
    let standing = scope.standing(law, target.code)?;
    let key = shown(&row.key);
    match standing {
        Standing::InForce(release, product) => {
            let from = product.from.filter(|from| *from > row.period.from)?;
            Some(Wrong::new(
                format!(
                    "Het doel {} van {key} geldt vanaf {from} ({}), de rij vanaf {}.",
                    target.code, release.entry.name, row.period.from
                ),
                "Laat de rij ingaan op of na die dag.",
            ))
        }
        Standing::Withdrawn { .. } => None,
        Standing::NotNamed(_) | Standing::Unknown
            if !row.collision && m12::national(scope, law, target.code).is_some() =>
        {
            None
        }
        Standing::NotNamed(release) => Some(Wrong::new(
            format!(
                "Het doel {} van {key} staat in {}, die het manifest niet noemt.",
                target.code, release.entry.name
            ),
            "Noem die uitgave in `canonical` van het manifest, of kies een ander doel.",
        )),
        Standing::Unknown => {
            let other = Law::ALL.into_iter().find(|other| *other != law)?;
            let (text, remedy) = match chain(scope, law, row.key.code, target.code) {
                Some(Chain::Cycle) => (
                    format!(
                        "Het doel {} van {key} is een eigen code die weer op {} uitkomt: een kringloop.",
                        target.code, row.key.code
                    ),
                    "Zet elke eigen code op een landelijke code.",
                ),
                Some(Chain::Open) => (
                    format!(
                        "Het doel {} van {key} is zelf een eigen code: een keten.",
                        target.code
                    ),
                    "Zet deze code op de landelijke code waar het om gaat; er wordt maar een stap gezet.",
                ),
                None if scope.lists.has(other, target.code) => (
                    format!(
                        "Het doel {} van {key} staat in de lijst van {other}, niet in die van {law}.",
                        target.code
                    ),
                    "Verbeter `law`, of kies een doel van dezelfde wet.",
                ),
                None => (
                    format!(
                        "Het doel {} van {key} staat in geen landelijke lijst die het manifest noemt.",
                        target.code
                    ),
                    "Verbeter de code, of zet de relatie op none als er geen landelijke is.",
                ),
            };
            Some(Wrong::new(text, remedy))
        }
    }
}

enum Chain {
    Open,
    Cycle,
}

fn chain(scope: &Scope<'_>, law: Law, first: Code, target: Code) -> Option<Chain> {
    let mut at = target;
    for step in 0..STEPS_MAX {
        if at == first {
            return Some(Chain::Cycle);
        }
        let Some(next) = scope.of_code(law, at).first() else {
            return (step > 0).then_some(Chain::Open);
        };
        match next.target {
            Some(target) => at = target.code,
            None => return Some(Chain::Open),
        }
    }
    Some(Chain::Open)
}
