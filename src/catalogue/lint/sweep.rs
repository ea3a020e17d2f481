//! Which rows hold at the same time: a walk along the days on which something starts or ends.

use jiff::civil::Date;

use crate::row::Row;

/// Walks along the days. `change` is told of each row, with what it is there for, that starts (true) and ends (false); after all of one day `pause` is called with
/// that day.
pub(super) fn sweep<'c, As: Copy, State>(
    rows: impl IntoIterator<Item = (&'c Row, As)>,
    state: &mut State,
    mut change: impl FnMut(&mut State, (&'c Row, As), bool),
    mut pause: impl FnMut(&mut State, Date),
) {
    let mut events: Vec<(Date, bool, (&Row, As))> = Vec::new();
    for (row, it) in rows {
        events.push((row.period.from, true, (row, it)));
        // What holds to the end of days has no day after it.
        if let Some(after) = row.period.to.and_then(|to| to.tomorrow().ok()) {
            events.push((after, false, (row, it)));
        }
    }
    events.sort_by_key(|&(day, starts, (row, _))| (day, starts, row.place));
    for day in events.chunk_by(|a, b| a.0 == b.0) {
        for &(_, starts, row) in day {
            change(state, row, starts);
        }
        if let Some(&(on, _, _)) = day.first() {
            pause(state, on);
        }
    }
}
