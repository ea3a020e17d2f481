//! What is wrong with the elements of a class as a whole, judged at its end: which of them are absent, and which stand in
//! the wrong place. The fewest elements whose moving puts the class in order are the ones that are told.

use crate::explain;
use crate::finding::Code;

use super::super::sequence::{Content, Sequence, State};
use super::{Check, FrameKind};

/// Elements of one name that came one after another; all that is remembered of the order of a class.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    pub(super) place: u32,
    /// Byte where the first of them begins.
    pub(super) at: usize,
    /// Which of its name the first of them is; 0 when it may not be repeated.
    pub(super) ordinal: u32,
}

/// More changes between names than this in one class are not remembered: no message has them, and a
/// hostile one must not make the memory of them large.
const MOST_ARRIVALS: usize = 4_096;

impl<'s> Check<'_, 's> {
    /// Remembers that an element came; `false` when there is no room for it.
    pub(super) fn arrive(&mut self, place: u32, at: usize, ordinal: u32) -> bool {
        let first = self.frames.last().map_or(0, |frame| frame.first_arrival);
        let here = self.arrivals.get(first..).unwrap_or_default();
        if here.last().is_some_and(|last| last.place == place) {
            return true;
        }
        let has_room = here.len() < MOST_ARRIVALS;
        if has_room {
            self.arrivals.push(Arrival { place, at, ordinal });
        }
        has_room
    }

    /// Findings about the innermost class. `end`: the byte where it ends; `None` when the body broke off
    /// in it, so that what is absent may have been about to come.
    pub(super) fn judge(&mut self, end: Option<usize>) {
        let Some((sequence, state)) = self.sequence() else {
            return;
        };
        let first = self.frames.last().map_or(0, |frame| frame.first_arrival);
        let arrivals = self.arrivals.get(first..).unwrap_or_default().to_vec();
        let kept = longest_in_order(&arrivals);
        let bare = self.bare_value(sequence, state);
        for place in 0..sequence.len() {
            if Some(place) != bare && self.is_missing(sequence, state, place) {
                let stand_in = arrivals.iter().zip(&kept);
                let stand_in = stand_in
                    .filter(|(arrival, is_kept)| **is_kept && arrival.place > place)
                    .map(|(arrival, _)| arrival.at)
                    .next();
                if let Some(at) = stand_in.or(end) {
                    self.report_missing(sequence, place, at);
                }
            }
        }
        let mut greatest = 0;
        let mut late = 0;
        let mut moved = Vec::new();
        for (arrival, is_kept) in arrivals.into_iter().zip(kept) {
            if is_kept {
                greatest = arrival.place;
            } else {
                let is_late = greatest > arrival.place;
                late |= u64::from(is_late) << arrival.place;
                moved.push((arrival, is_late));
            }
        }
        for (arrival, is_late) in moved {
            // Beside which element it belongs. One that came too early is told to follow one that did not come
            // too late, so that no two are told to stand beside each other only.
            let place = arrival.place;
            let beside = if is_late {
                (place + 1..sequence.len()).find(|other| state.has_seen(*other))
            } else {
                let on_time = |other: &u32| state.has_seen(*other) && late >> other & 1 == 0;
                (0..place).rev().find(on_time)
            };
            self.report_order(sequence, arrival, is_late, beside);
        }
    }

    fn is_missing(&self, sequence: &Sequence, state: State, place: u32) -> bool {
        let Some(particle) = sequence.particle(place) else {
            return false;
        };
        let count = match (state.has_seen(place), particle.max) {
            (false, _) => 0,
            (true, 1) => 1,
            (true, _) => self.count(place),
        };
        count < particle.min
    }

    fn report_missing(&mut self, sequence: &'s Sequence, place: u32, at: usize) {
        let words = &**self.against.words;
        let Some(particle) = sequence.particle(place) else {
            return;
        };
        let local = words.local_text(particle.name.local);
        let content = self.value_type(particle.content);
        let first = self.frames.last().map_or(0, |frame| frame.first_stranger);
        let strangers = self.strangers.get(first..).unwrap_or_default();
        if let Some(stranger) = strangers.iter().find(|stranger| stranger.place == place) {
            self.recorder
                .amend(stranger.finding, Code::ElementInstead, || {
                    explain::instead(stranger.name, local, content)
                });
            return;
        }
        self.add(Code::ElementMissing, at, Some((local, 0)), || {
            explain::missing(local, content)
        });
    }

    fn report_order(
        &mut self,
        sequence: &'s Sequence,
        arrival: Arrival,
        is_late: bool,
        beside: Option<u32>,
    ) {
        let words = &**self.against.words;
        let name = |place: u32| {
            let particle = sequence.particle(place);
            particle.map_or("", |particle| words.local_text(particle.name.local))
        };
        let local = name(arrival.place);
        let child = Some((local, arrival.ordinal));
        self.add(Code::ElementOrder, arrival.at, child, || {
            explain::misplaced(local, is_late, beside.map_or("", name))
        });
    }

    /// Text where the element around it should stand, and nothing else in the class: that is one mistake. Says which
    /// element is absent, and lets the finding about the text say so.
    fn bare_value(&mut self, sequence: &'s Sequence, state: State) -> Option<u32> {
        let frame = self.frames.last()?;
        let has_strangers = self.strangers.len() > frame.first_stranger;
        if !frame.is_spoilt || state.seen != 0 || has_strangers {
            return None;
        }
        let finding = frame.finding;
        let place = (0..sequence.len()).find(|place| self.is_missing(sequence, state, *place))?;
        let particle = sequence.particle(place)?;
        let content = self.value_type(particle.content)?;
        let local = self.against.words.local_text(particle.name.local);
        self.recorder.amend(finding, Code::ElementMissing, || {
            explain::missing_around_value(local, content)
        });
        let path = self.path(Some((local, 0)));
        self.recorder.readdress(finding, || path);
        Some(place)
    }

    /// The type of a value; `None` for a class.
    fn value_type(&self, content: Content) -> Option<&'s super::ValueType> {
        match content {
            Content::Value(number) => self.against.tables.values.get(number as usize),
            Content::Sequence(_) => None,
        }
    }

    /// Judges the open classes of a body that broke off, innermost first.
    pub(super) fn judge_open(&mut self) {
        while let Some(frame) = self.frames.last() {
            if let FrameKind::Sequence {
                is_judged: true, ..
            } = frame.kind
            {
                self.judge(None);
            }
            self.pop();
        }
    }
}

/// Marks a longest part of the arrivals whose places never fall. Where there is a choice, later ones are
/// kept: then what came too early is told, where the reader meets it first.
fn longest_in_order(arrivals: &[Arrival]) -> Vec<bool> {
    if arrivals.is_sorted_by_key(|arrival| arrival.place) {
        return vec![true; arrivals.len()];
    }
    // For each place: length of the best chain that ends there, and the arrival that it ends with.
    let mut best = [(0_usize, None::<usize>); Sequence::LONGEST];
    let mut before = Vec::with_capacity(arrivals.len());
    for (index, arrival) in arrivals.iter().enumerate() {
        let chains = best.iter().take(arrival.place as usize + 1);
        let (length, last) = chains.max().copied().unwrap_or_default();
        before.push(last);
        if let Some(chain) = best.get_mut(arrival.place as usize) {
            *chain = (length + 1, Some(index));
        }
    }
    let mut kept = vec![false; arrivals.len()];
    let mut next = best.iter().max().and_then(|(_, last)| *last);
    while let Some(index) = next {
        if let Some(is_kept) = kept.get_mut(index) {
            *is_kept = true;
        }
        next = before.get(index).copied().flatten();
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(places: &[u32]) -> Vec<bool> {
        let arrivals: Vec<Arrival> = places
            .iter()
            .map(|place| Arrival {
                place: *place,
                at: 0,
                ordinal: 0,
            })
            .collect();
        longest_in_order(&arrivals)
    }

    #[test]
    fn the_most_elements_that_stand_in_order_are_kept() {
        assert_eq!(kept(&[]), []);
        assert_eq!(kept(&[0, 1, 1, 5]), [true; 4]);
        assert_eq!(kept(&[3, 0, 1, 2]), [false, true, true, true]);
        assert_eq!(kept(&[1, 2, 3, 0]), [true, true, true, false]);
        assert_eq!(kept(&[0, 4, 1, 2, 3]), [true, false, true, true, true]);
        // Of two that changed places the first came too early.
        assert_eq!(kept(&[1, 0]), [false, true]);
        assert_eq!(kept(&[3, 2, 1, 0]), [false, false, false, true]);
        assert_eq!(kept(&[63, 63]), [true, true]);
    }
}
