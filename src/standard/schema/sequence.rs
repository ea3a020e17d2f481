//! The content of a class, compiled: which elements, in which order, how often.
//! Says where a name fits; what a misfit is called is decided by `check`.

use crate::xml::name::Name;

/// What an element holds; the number is a place in [`super::compile::Tables`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Sequence(u32),
    Value(u32),
}

/// One element of a sequence.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Particle {
    pub(crate) name: Name,
    pub(crate) min: u32,
    /// `u32::MAX`: unbounded.
    pub(crate) max: u32,
    pub(crate) content: Content,
}

/// Elements in their order; no name occurs twice, and there are at most [`Sequence::LONGEST`].
#[derive(Clone, Debug)]
pub(crate) struct Sequence {
    pub(crate) particles: Box<[Particle]>,
}

/// How far a sequence is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct State {
    /// Place of the last element that was taken in order.
    pub(crate) place: u32,
    /// How often the element in that place was taken.
    pub(crate) count: u32,
    /// Bit n: the element in place n occurred, in order or not.
    pub(crate) seen: u64,
}

impl State {
    pub(crate) const START: Self = Self {
        place: 0,
        count: 0,
        seen: 0,
    };

    pub(crate) const fn has_seen(&self, place: u32) -> bool {
        self.seen >> place & 1 == 1
    }
}

impl Sequence {
    /// One bit of [`State::seen`] each.
    pub(crate) const LONGEST: usize = 64;

    /// The element in a place.
    pub(crate) fn particle(&self, place: u32) -> Option<&Particle> {
        self.particles.get(place as usize)
    }

    /// Takes a name that is allowed here, and says its place. `None`, and nothing changed, when it is not.
    pub(crate) fn take(&self, state: &mut State, name: Name) -> Option<u32> {
        let mut place = state.place;
        let mut count = state.count;
        loop {
            let particle = self.particle(place)?;
            if particle.name == name {
                if count == particle.max {
                    return None;
                }
                *state = State {
                    place,
                    count: count + 1,
                    seen: state.seen | 1 << place,
                };
                return Some(place);
            }
            if count < particle.min {
                return None;
            }
            place += 1;
            count = 0;
        }
    }

    /// Places from where it stands up to `end` whose obligatory elements did not come.
    pub(crate) fn missing(&self, state: State, end: u32) -> impl Iterator<Item = u32> {
        (state.place..end).filter(move |place| {
            let count = if *place == state.place {
                state.count
            } else {
                0
            };
            self.particle(*place)
                .is_some_and(|particle| count < particle.min)
        })
    }

    /// Places of the elements that may come now; the last of them must come, unless `None` must.
    pub(crate) fn expected(&self, state: State) -> Vec<u32> {
        let mut places = Vec::new();
        for (place, particle) in
            (state.place..).zip(self.particles.iter().skip(state.place as usize))
        {
            let count = if place == state.place { state.count } else { 0 };
            if count < particle.max {
                places.push(place);
            }
            if count < particle.min {
                break;
            }
        }
        places
    }

    /// Place of a name.
    pub(crate) fn place_of(&self, name: Name) -> Option<u32> {
        (0..)
            .zip(self.particles.iter())
            .find(|(_, particle)| particle.name == name)
            .map(|(place, _)| place)
    }

    /// Place of a local name in whatever namespace.
    pub(crate) fn place_of_local(&self, local: u16) -> Option<u32> {
        (0..)
            .zip(self.particles.iter())
            .find(|(_, particle)| particle.name.local == local)
            .map(|(place, _)| place)
    }

    /// How many places there are.
    pub(crate) fn len(&self) -> u32 {
        // At most LONGEST.
        u32::try_from(self.particles.len()).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(local: u16) -> Name {
        Name { space: 0, local }
    }

    /// a, b?, c+, d
    fn sequence() -> Sequence {
        let particle = |local, min, max| Particle {
            name: name(local),
            min,
            max,
            content: Content::Value(0),
        };
        Sequence {
            particles: [
                particle(0, 1, 1),
                particle(1, 0, 1),
                particle(2, 1, u32::MAX),
                particle(3, 1, 1),
            ]
            .into(),
        }
    }

    fn takes(names: &[u16]) -> bool {
        let sequence = sequence();
        let mut state = State::START;
        names
            .iter()
            .all(|local| sequence.take(&mut state, name(*local)).is_some())
            && sequence.missing(state, sequence.len()).next().is_none()
    }

    #[test]
    fn elements_come_in_order_and_as_often_as_they_may() {
        assert!(takes(&[0, 1, 2, 3]));
        assert!(takes(&[0, 2, 2, 2, 3]));
        for wrong in [
            &[][..],
            &[0],
            &[0, 1, 3],
            &[0, 1, 1, 2, 3],
            &[1, 0, 2, 3],
            &[0, 2, 3, 2],
            &[0, 2, 3, 3],
            &[0, 2, 9, 3],
        ] {
            assert!(!takes(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn what_may_come_next_ends_with_what_must() {
        let sequence = sequence();
        let mut state = State::START;
        assert_eq!(sequence.expected(state), [0]);
        sequence.take(&mut state, name(0));
        assert_eq!(sequence.expected(state), [1, 2]);
        sequence.take(&mut state, name(2));
        assert_eq!(sequence.expected(state), [2, 3]);
        sequence.take(&mut state, name(3));
        assert_eq!(sequence.expected(state), [0_u32; 0]);
    }
}
