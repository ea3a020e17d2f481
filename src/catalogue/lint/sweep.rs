//! What holds at the same time: a walk along the days on which something starts or ends.

use jiff::civil::Date;

use crate::period::Period;

/// Walks along the days. `change` is told of each thing that starts (true) and ends (false), those of one day in the order in which they were given and what ends
/// first; after all of one day `pause` is called with that day.
pub(super) fn sweep<As: Copy, State>(
    things: impl IntoIterator<Item = (Period, As)>,
    state: &mut State,
    mut change: impl FnMut(&mut State, As, bool),
    mut pause: impl FnMut(&mut State, Date),
) {
    let mut events: Vec<(Date, bool, As)> = Vec::new();
    for (period, it) in things {
        events.push((period.from, true, it));
        // What holds to the end of days has no day after it.
        if let Some(after) = period.to.and_then(|to| to.tomorrow().ok()) {
            events.push((after, false, it));
        }
    }
    events.sort_by_key(|&(day, starts, _)| (day, starts));
    for day in events.chunk_by(|a, b| a.0 == b.0) {
        for &(_, starts, it) in day {
            change(state, it, starts);
        }
        if let Some(&(on, _, _)) = day.first() {
            pause(state, on);
        }
    }
}

/// One more of it, or one less.
pub(super) fn count<K: Ord>(
    counts: &mut std::collections::BTreeMap<K, usize>,
    key: K,
    starts: bool,
) {
    if starts {
        *counts.entry(key).or_default() += 1;
    } else if let Some(left) = counts.get_mut(&key) {
        *left -= 1;
        if *left == 0 {
            counts.remove(&key);
        }
    }
}

/// One more, or one less.
pub(super) fn step(count: &mut usize, starts: bool) {
    *count = if starts { *count + 1 } else { *count - 1 };
}
