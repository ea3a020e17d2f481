//! M15: a row taken over from another municipality (its justification begins with `reused`) that nobody has confirmed. It is not applied until then.

use super::{Scope, Wrong, shown};
use crate::relation::State;
use crate::row::Row;

pub(super) fn check(scope: &Scope<'_>, row: &Row) -> Option<Wrong> {
    if row.state != State::Suggested {
        return None;
    }
    let justification = scope.catalogue.text(row, row.justification);
    let from = justification.strip_prefix("reused")?.trim();
    let from = if from.is_empty() {
        "een andere gemeente"
    } else {
        from
    };
    Some(Wrong::new(
        format!(
            "De rij van {} is overgenomen van {from} en niet bevestigd.",
            shown(&row.key)
        ),
        "Bevestig de rij (`state`, `by`, `on`), of verwerp haar.",
    ))
}
