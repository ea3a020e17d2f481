//! From the sessions of a line to the leaves of its tree: order, padding, and what becomes of hours that are rounded to a volume.

use super::node::Leaf;
use super::sums::depth_for;
use crate::delivery::record::{Nf, Uid};
use crate::delivery::value::Unit;
use crate::hash::Hash;

/// Why sessions are not those of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LayoutError {
    /// The weights of the sessions are not what the volume stands for, rounding included.
    #[error("sessions of weight {sessions} do not make a line of weight {line}")]
    Weight {
        /// Of all sessions.
        sessions: u64,
        /// Volume times the weight of its unit.
        line: u64,
    },
    /// More sessions than a tree holds.
    #[error("{sessions} sessions are more than a tree holds")]
    TooMany {
        /// How many.
        sessions: usize,
    },
    /// Hours are rounded up, and there is no record of the rounding.
    #[error("hours are rounded up without a record of it")]
    NoRounding,
}

impl LayoutError {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Weight { .. } => "layout-weight",
            Self::TooMany { .. } => "layout-too-many",
            Self::NoRounding => "layout-no-rounding",
        }
    }
}

/// One record on its way into a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The minute it began, since 1970 UTC. None: a result without one, which comes first.
    pub begin: Option<u64>,
    /// Its number.
    pub uid: Uid,
    /// Weight units delivered (f2).
    pub weight: u64,
    /// Whether it was written down late.
    pub is_late: bool,
    /// Its duplicate value.
    pub nf: Nf,
    /// Its commitment.
    pub c: Hash,
}

/// The volume that so many minutes or other weight units are in this unit. Hours are rounded half up, and a minute of care is at least one. None: of another unit the weight is
/// no whole number of it.
pub fn volume_of(unit: Unit, weight: u64) -> Option<u64> {
    let one = unit.weight();
    match unit {
        Unit::Hour => Some((weight.saturating_add(one / 2) / one).max(weight.min(1))),
        Unit::Minute | Unit::Day | Unit::DayPart | Unit::Output | Unit::Euro | Unit::Piece => {
            weight.is_multiple_of(one).then_some(weight / one)
        }
    }
}

/// Most weight that a leaf of a rounding can have in a line of this unit and volume. None: no line of this unit has such a leaf.
pub fn rounding_max(unit: Unit, volume: u64) -> Option<u64> {
    match (unit, volume) {
        (Unit::Hour, 1) => Some(59),
        (Unit::Hour, _) => Some(30),
        _ => None,
    }
}

/// A line on its way into a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Unit of the line.
    pub unit: Unit,
    /// Volume of the line.
    pub volume: u64,
}

impl Layout {
    /// The leaves of a line: sessions by begin and number, then padding. Where hours were rounded up the last leaf is the rounding, `rounding` the commitment to its
    /// record and whether that is late; where they were rounded down the last sessions count for less than was delivered.
    ///
    /// `padding` gives the duplicate value of the leaf at an index where no session stands, `random` 32 new random bytes each time it is called. Err: the sessions are
    /// not those of a line of this volume.
    pub fn leaves(
        &self,
        sessions: &[Entry],
        rounding: Option<(Hash, bool)>,
        padding: impl Fn(u32) -> Nf,
        mut random: impl FnMut() -> [u8; 32],
    ) -> Result<Vec<Leaf>, LayoutError> {
        let total = sessions.iter().map(|session| session.weight);
        let total = total.fold(0u64, u64::saturating_add);
        let line = self.volume.saturating_mul(self.unit.weight());
        let fits = !sessions.is_empty() && volume_of(self.unit, total) == Some(self.volume);
        if !fits {
            return Err(LayoutError::Weight {
                sessions: total,
                line,
            });
        }
        let up = line.saturating_sub(total);
        let too_many = LayoutError::TooMany {
            sessions: sessions.len(),
        };
        let filled = sessions.len().saturating_add(usize::from(up > 0));
        let depth = depth_for(filled).ok_or(too_many)?;

        let mut sessions = sessions.to_vec();
        sessions.sort_by_key(|session| (session.begin, session.uid));
        lower(&mut sessions, total.saturating_sub(line));
        let leaf = |weight, is_late, nf, c| Leaf {
            weight,
            late: if is_late { weight } else { 0 },
            nf,
            c,
        };
        let of = |session: &Entry| leaf(session.weight, session.is_late, session.nf, session.c);
        let mut leaves: Vec<Leaf> = sessions.iter().map(of).collect();
        let last = (1u32 << depth) - 1;
        for index in (0..=last).skip(leaves.len()) {
            let nf = padding(index);
            leaves.push(if index == last && up > 0 {
                let (c, is_late) = rounding.ok_or(LayoutError::NoRounding)?;
                leaf(up, is_late, nf, c)
            } else {
                leaf(0, false, nf, Hash::new(random()))
            });
        }
        Ok(leaves)
    }
}

/// Takes so much off the last sessions: of the last one, and where it has not enough of the one before.
fn lower(sessions: &mut [Entry], mut less: u64) {
    for session in sessions.iter_mut().rev() {
        let taken = less.min(session.weight);
        session.weight -= taken;
        less -= taken;
    }
}
