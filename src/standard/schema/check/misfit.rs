//! What an element that does not fit is called, and how the check goes on after it.
//! One mistake is one finding: a strange, missing, late, early or repeated element.

use crate::explain;
use crate::finding::Code;
use crate::xml::reader::Start;

use super::super::sequence::{Content, Sequence, State};
use super::{Check, Frame, FrameKind, Missed, shown_name};

impl<'b, 's> Check<'b, 's> {
    /// An element that does not fit in its place. Says how to go on with it: as which element, or
    /// (`None`) not at all.
    pub(super) fn misfit(&mut self, start: Start<'b>) -> Option<(u32, Content)> {
        let words = &**self.against.words;
        let (sequence, state) = self.sequence()?;
        let Some(place) = sequence
            .place_of(start.name)
            .or_else(|| sequence.place_of_local(start.name.local))
        else {
            self.stranger(start, sequence, state);
            return None;
        };
        let particle = *sequence.particle(place)?;
        let local = words.local_text(particle.name.local);
        let has_right_name = particle.name == start.name;
        if !has_right_name {
            let expected = words.space_text(particle.name.space);
            self.add(Code::ElementNamespace, start.at, Some((local, 0)), || {
                explain::namespace(local, expected)
            });
        }
        if place > state.place || place == state.place && state.count < particle.max {
            self.report_missing(place, start.at);
            let count = if place == state.place {
                state.count + 1
            } else {
                1
            };
            self.set_state(State {
                place,
                count,
                seen: state.seen | 1 << place,
            });
        } else if place == state.place || state.has_seen(place) && particle.max == 1 {
            if has_right_name {
                let ordinal = self.tally(place) + u32::from(particle.max == 1);
                self.add(
                    Code::ElementRepeated,
                    start.at,
                    Some((local, ordinal)),
                    || explain::repeated(local, particle.max),
                );
            }
            return None;
        } else {
            self.out_of_order(place, local, start.at, sequence, state);
            self.set_state(State {
                seen: state.seen | 1 << place,
                ..state
            });
        }
        let ordinal = if particle.max == 1 {
            0
        } else {
            self.tally(place)
        };
        Some((ordinal, particle.content))
    }

    /// An element that the class does not know.
    fn stranger(&mut self, start: Start<'b>, sequence: &'s Sequence, state: State) {
        let words = &**self.against.words;
        let name = shown_name(start.qname);
        let places = sequence.expected(state);
        let finding = self.add(Code::ElementUnexpected, start.at, Some((name, 0)), || {
            let particles = places.iter().filter_map(|place| sequence.particle(*place));
            let names: Vec<&str> = particles
                .map(|particle| words.local_text(particle.name.local))
                .collect();
            explain::unexpected(name, &names)
        });
        let must = sequence.missing(state, sequence.len()).next();
        if let Some(Frame {
            kind: FrameKind::Sequence { stranger, .. },
            ..
        }) = self.frames.last_mut()
        {
            *stranger = must.map(|place| (finding, place));
        }
    }

    fn out_of_order(
        &mut self,
        place: u32,
        local: &'s str,
        at: usize,
        sequence: &'s Sequence,
        state: State,
    ) {
        let words = &**self.against.words;
        let first = self.frames.last().map_or(0, |frame| frame.first_missed);
        let here = self.missed.get_mut(first..).unwrap_or_default();
        if let Some(index) = here.iter().position(|missed| missed.place == place) {
            let jump = here.get(index).map(|missed| missed.at);
            let is_told = here
                .iter()
                .any(|missed| missed.is_late && Some(missed.at) == jump);
            let finding = here.get_mut(index).and_then(|missed| {
                missed.is_late = true;
                missed.finding
            });
            // Not missing after all. One element that came too early is one mistake, however many
            // it jumped over.
            if is_told {
                self.recorder.withdraw(finding);
            } else if let Some(finding) = finding {
                self.recorder
                    .amend(finding, Code::ElementOrder, explain::stands_below(local));
            }
            return;
        }
        let before = sequence
            .particle(state.place)
            .map_or("", |particle| words.local_text(particle.name.local));
        self.add(Code::ElementOrder, at, Some((local, 0)), || {
            explain::late(local, before)
        });
    }

    /// Findings for the obligatory elements before `end` that did not come.
    pub(super) fn report_missing(&mut self, end: u32, at: usize) {
        let words = &**self.against.words;
        let Some((sequence, state)) = self.sequence() else {
            return;
        };
        let stranger = match self.frames.last_mut() {
            Some(Frame {
                kind: FrameKind::Sequence { stranger, .. },
                ..
            }) => stranger.take(),
            _ => None,
        };
        for place in sequence.missing(state, end) {
            let Some(particle) = sequence.particle(place) else {
                continue;
            };
            let local = words.local_text(particle.name.local);
            let content = match particle.content {
                Content::Value(number) => self.against.tables.values.get(number as usize),
                Content::Sequence(_) => None,
            };
            if let Some((finding, its_place)) = stranger
                && its_place == place
            {
                if let Some(finding) = finding {
                    let name = self.recorder.last_name(finding).to_owned();
                    self.recorder.amend(
                        finding,
                        Code::ElementInstead,
                        explain::instead(&name, local, content),
                    );
                }
                continue;
            }
            let finding = self.add(Code::ElementMissing, at, Some((local, 0)), || {
                explain::missing(local, content)
            });
            self.missed.push(Missed {
                place,
                finding,
                at,
                is_late: false,
            });
        }
    }
}
