//! Which rows hold at the same time: a walk along the days on which something starts or ends.

use jiff::civil::Date;

use crate::row::Row;

/// Walks along the days. `change` is told of each row that starts (true) and ends (false); after all of one day `pause` is called with that day.
pub(super) fn sweep<'c, State>(
    rows: impl IntoIterator<Item = &'c Row>,
    state: &mut State,
    mut change: impl FnMut(&mut State, &'c Row, bool),
    mut pause: impl FnMut(&mut State, Date),
) {
    let mut events: Vec<(Date, bool, &Row)> = Vec::new();
    for row in rows {
        events.push((row.period.from, true, row));
        // What holds to the end of days has no day after it.
        if let Some(after) = row.period.to.and_then(|to| to.tomorrow().ok()) {
            events.push((after, false, row));
        }
    }
    events.sort_by_key(|&(day, starts, row)| (day, starts, row.place));
    for day in events.chunk_by(|a, b| a.0 == b.0) {
        for &(_, starts, row) in day {
            change(state, row, starts);
        }
        if let Some(&(on, _, _)) = day.first() {
            pause(state, on);
        }
    }
}
