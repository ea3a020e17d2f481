//! M10: the target's text changed in a release that came after the row was decided on: under the same code it may mean something else (02L04 and 02L11 became
//! social work for the deaf), so the row is to be confirmed again.
//!
//! When it was decided is `on`, or else its first day. What ended in the year of the release or before is left alone, and so is
//! what was closed and goes on as another row. Differences in case, spaces and punctuation do not count.

use super::{Scope, Wrong, shown};
use crate::diff::plain;
use crate::row::Row;

pub(super) fn check(scope: &Scope<'_>, row: &Row) -> Option<Wrong> {
    let target = row.target?;
    let seen = scope.seen.as_ref()?;
    let decided = row.on.unwrap_or(row.period.from);
    let text = |text: &Option<String>| text.as_deref().map(plain);
    let relabelled = seen
        .relabelled(row.key.law, target.code)
        .filter(|(step, change)| {
            decided < step.release.entry.date
                && step.concerns(&row.period)
                && text(&change.old) != text(&change.new)
        })
        .last();
    let (step, change) = relabelled.filter(|_| !scope.is_followed(row))?;
    let similarity = change.similarity.unwrap_or_default();
    Some(Wrong::new(
        format!(
            "De tekst van het doel {} van {} is sinds {} een andere: `{}` werd `{}` (gelijkenis {similarity:.2}).",
            target.code,
            shown(&row.key),
            step.release.entry.name,
            change.old.as_deref().unwrap_or_default(),
            change.new.as_deref().unwrap_or_default(),
        ),
        "Kijk of het doel nog klopt; zet dan in `by` en `on` wie dat wanneer heeft bevestigd, of sluit de rij af.",
    ))
}
