//! M10: the target's text changed in a release that came after the row was decided on: under the same code it may mean something else (02L04 and 02L11 became
//! social work for the deaf), so the row is to be confirmed again.
//!
//! When it was decided is `on`, or else its first day. What ended before the release is left alone. Differences in case, spaces and punctuation do not count.

use super::{Scope, Wrong, shown};
use crate::diff::plain;
use crate::row::Row;

pub(super) fn check(scope: &Scope<'_>, row: &Row) -> Option<Wrong> {
    let target = row.target?;
    let seen = scope.seen.as_ref()?;
    let is_open =
        |day| row.on.unwrap_or(row.period.from) < day && row.period.to.is_none_or(|to| to >= day);
    let relabelled = seen
        .relabelled(row.key.law, target.code)
        .filter(|(release, change)| {
            let text = |text: &Option<String>| text.as_deref().map(plain);
            is_open(release.entry.date) && text(&change.old) != text(&change.new)
        })
        .last();
    let (release, change) = relabelled?;
    let similarity = change.similarity.unwrap_or_default();
    Some(Wrong::new(
        format!(
            "De tekst van het doel {} van {} is sinds {} een andere: `{}` werd `{}` (gelijkenis {similarity:.2}).",
            target.code,
            shown(&row.key),
            release.entry.name,
            change.old.as_deref().unwrap_or_default(),
            change.new.as_deref().unwrap_or_default(),
        ),
        "Kijk of het doel nog klopt; zet dan in `by` en `on` wie dat wanneer heeft bevestigd, of sluit de rij af.",
    ))
}
