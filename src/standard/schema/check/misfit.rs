//! What an element that does not fit is called, and how the check goes on after it.
//! One mistake is one finding; what is absent or out of order shows at the end of the class, in `order`.

use crate::explain;
use crate::finding::Code;
use crate::xml::name::{Name, UNKNOWN};
use crate::xml::reader::Start;
use crate::xml::scope::Scope;

use super::super::record::Key;
use super::super::sequence::{Content, Particle, Sequence, State};
use super::{Check, FrameKind, HIDDEN, shown_name};

/// An unknown element that came where only the element in a place could.
#[derive(Debug)]
pub(super) struct Stranger<'n> {
    pub(super) place: u32,
    pub(super) name: &'n str,
    pub(super) finding: Option<Key>,
}

/// A class that is absent although an element of it stands there.
#[derive(Debug)]
pub(super) struct Implied {
    place: u32,
    /// The element that stands there without it.
    child: Name,
    finding: Option<Key>,
    /// What the finding says if the class comes after all.
    otherwise: String,
}

/// How to go on with an element.
pub(super) enum Taken {
    /// As which of its name (0: it may not be repeated), and with what in it.
    As(u32, Content),
    /// Not at all: it is passed over with all that is in it.
    Not,
    /// The innermost class is another now: look again.
    Again,
}

impl<'b, 's> Check<'b, 's> {
    /// An element that does not fit in its place.
    pub(super) fn misfit(&mut self, start: Start<'b>, scope: &Scope<'b>) -> Taken {
        let Some((sequence, mut state)) = self.sequence() else {
            return Taken::Not;
        };
        let place = sequence
            .place_of(start.name)
            .or_else(|| sequence.place_of_local(start.name.local));
        let Some((place, particle)) =
            place.and_then(|place| Some((place, *sequence.particle(place)?)))
        else {
            if self.frames.last().is_some_and(|frame| frame.is_implied) {
                self.end_implied(start.at);
                return Taken::Again;
            }
            if self.imply(start, sequence, state) {
                return Taken::Again;
            }
            self.stranger(start, sequence, state);
            return Taken::Not;
        };
        let is_told = particle.name != start.name && self.wrong_namespace(start, particle, scope);
        if particle.name != start.name && sequence.take(&mut state, particle.name).is_some() {
            self.set_state(state);
            return Taken::As(self.admit(place, particle, start.at), particle.content);
        }
        let local = self.against.words.local_text(particle.name.local);
        let is_single = particle.max == 1;
        if is_single && state.has_seen(place) && self.came_after_all(place, start.at) {
            return Taken::As(0, particle.content);
        }
        let count = if is_single && !state.has_seen(place) {
            1
        } else {
            self.tally(place) + u32::from(is_single)
        };
        if count > particle.max {
            if !is_told {
                let child = Some((local, count));
                self.add(Code::ElementRepeated, start.at, child, || {
                    explain::repeated(local, particle.max)
                });
            }
            return Taken::Not;
        }
        let ordinal = if is_single { 0 } else { count };
        let is_behind = place < state.place;
        if is_behind {
            state.seen |= 1 << place;
        } else {
            state = State {
                place,
                count,
                seen: state.seen | 1 << place,
            };
        }
        self.set_state(state);
        self.mark_judged();
        if !self.arrive(place, start.at, ordinal) && is_behind {
            let before = sequence.particle(state.place);
            let before = before.map_or("", |particle| {
                self.against.words.local_text(particle.name.local)
            });
            self.add(Code::ElementOrder, start.at, Some((local, ordinal)), || {
                explain::misplaced(local, true, before)
            });
        }
        Taken::As(ordinal, particle.content)
    }

    /// Counts an element that stands in its place; says which of its name it is.
    pub(super) fn admit(&mut self, place: u32, particle: Particle, at: usize) -> u32 {
        let ordinal = if particle.max == 1 {
            0
        } else {
            self.tally(place)
        };
        self.arrive(place, at, ordinal);
        ordinal
    }

    /// Tells of a wrong namespace, once in a document for the same pair of wrong and right. Whether it did.
    fn wrong_namespace(&mut self, start: Start<'b>, particle: Particle, scope: &Scope<'b>) -> bool {
        let (prefix, _) = start.parts();
        let pair = (scope.uri_number(prefix), particle.name.space);
        if !self.told_namespaces.insert(pair) {
            return false;
        }
        let words = &**self.against.words;
        let local = words.local_text(particle.name.local);
        let expected = words.space_text(particle.name.space);
        self.add(Code::ElementNamespace, start.at, Some((local, 0)), || {
            explain::namespace(local, expected)
        });
        true
    }

    /// An element of a class that is absent: tells so, and goes on as if the class had begun.
    fn imply(&mut self, start: Start<'b>, sequence: &'s Sequence, mut state: State) -> bool {
        let local = start.name.local;
        // To look for it costs more than the element took; once as many findings are kept as may be, nobody reads why.
        if local == UNKNOWN || self.recorder.is_full() {
            return false;
        }
        let holds = |content: Content| match content {
            Content::Sequence(number) => {
                let inner = self.against.tables.sequences.get(number as usize);
                inner.is_some_and(|inner| inner.place_of_local(local).is_some())
            }
            Content::Value(_) => false,
        };
        let wrapper = (state.place..sequence.len())
            .filter(|place| !state.has_seen(*place))
            .filter_map(|place| Some((place, *sequence.particle(place)?)))
            .find(|(_, particle)| holds(particle.content));
        let Some((place, particle)) = wrapper else {
            return false;
        };
        let expected = self.expected(sequence, state);
        if sequence.take(&mut state, particle.name).is_none() {
            state = State {
                place,
                count: 1,
                seen: state.seen | 1 << place,
            };
            self.mark_judged();
        }
        self.set_state(state);
        let ordinal = self.admit(place, particle, start.at);
        let words = &**self.against.words;
        let name = words.local_text(particle.name.local);
        let child = Some((name, ordinal));
        let finding = self.add(Code::ElementMissing, start.at, child, || {
            explain::missing_around_elements(name)
        });
        self.implied.push(Implied {
            place,
            child: start.name,
            finding,
            otherwise: explain::unexpected(words.local_text(local), &expected),
        });
        self.push_implied(particle, ordinal, start.at);
        true
    }

    /// A class that seemed absent comes after all: then it was the element before it that did not belong there.
    fn came_after_all(&mut self, place: u32, at: usize) -> bool {
        let first = self.frames.last().map_or(0, |frame| frame.first_implied);
        let here = self.implied.get(first..).unwrap_or_default();
        let Some(index) = here.iter().position(|implied| implied.place == place) else {
            return false;
        };
        let implied = self.implied.remove(first + index);
        let name = self.against.words.local_text(implied.child.local);
        let path = self.path(Some((name, 0)));
        self.recorder
            .amend(implied.finding, Code::ElementUnexpected, || {
                implied.otherwise
            });
        self.recorder.readdress(implied.finding, || path);
        let first = self.frames.last().map_or(0, |frame| frame.first_arrival);
        let here = self.arrivals.get(first..).unwrap_or_default();
        if let Some(index) = here.iter().position(|arrival| arrival.place == place) {
            self.arrivals.remove(first + index);
        }
        self.arrive(place, at, 0);
        true
    }

    /// An element that the class does not know.
    fn stranger(&mut self, start: Start<'b>, sequence: &'s Sequence, state: State) {
        // What is only counted needs no words.
        let (name, expected) = if self.recorder.is_full() {
            (HIDDEN, Vec::new())
        } else {
            let name = shown_name(start.qname, self.against.words);
            (name, self.expected(sequence, state))
        };
        let ordinal = self.count_stranger(name);
        let finding = self.add(
            Code::ElementUnexpected,
            start.at,
            Some((name, ordinal)),
            || explain::unexpected(name, &expected),
        );
        let first = self.frames.last().map_or(0, |frame| frame.first_stranger);
        let must = sequence
            .missing(state, sequence.len())
            .find(|place| !state.has_seen(*place));
        if let Some(place) = must {
            let here = self.strangers.get_mut(first..).unwrap_or_default();
            let stranger = Stranger {
                place,
                name,
                finding,
            };
            // The last one before the element that is absent stands in its place.
            match here.iter_mut().find(|other| other.place == place) {
                Some(other) => *other = stranger,
                None => self.strangers.push(stranger),
            }
        }
    }

    /// Names of the elements that may come now.
    fn expected(&self, sequence: &'s Sequence, state: State) -> Vec<&'s str> {
        let places = sequence.expected(state).into_iter();
        places
            .filter_map(|place| sequence.particle(place))
            .map(|particle| self.against.words.local_text(particle.name.local))
            .collect()
    }

    /// Which unknown element of a name in its class this is: 0 for the first.
    fn count_stranger(&mut self, name: &'b str) -> u32 {
        // What is only counted has no path.
        if self.recorder.is_full() {
            return 0;
        }
        let class = self.frames.last().map_or(0, |frame| frame.content_start);
        let count = self.stranger_counts.entry((class, name)).or_default();
        *count += 1;
        if *count == 1 { 0 } else { *count }
    }

    fn mark_judged(&mut self) {
        if let Some(frame) = self.frames.last_mut()
            && let FrameKind::Sequence { is_judged, .. } = &mut frame.kind
        {
            *is_judged = true;
        }
    }

    pub(super) fn set_state(&mut self, new: State) {
        if let Some(frame) = self.frames.last_mut()
            && let FrameKind::Sequence { state, .. } = &mut frame.kind
        {
            *state = new;
        }
    }
}
