//! The result of a line, from its level and checks: the first rule that fits.

use super::level::Level;
use crate::delivery::card::StripFault;
use crate::delivery::line::{LineCheck, LineFinding, LineReport, LineStatement};

/// What came of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Check {
    /// It holds: `ok`.
    Ok,
    /// It does not: `bad`.
    Bad,
    /// There was nothing to look at, or it was not looked at yet: `none`.
    #[default]
    None,
}

impl Check {
    /// Of something that was looked at.
    pub fn of(holds: bool) -> Check {
        if holds { Self::Ok } else { Self::Bad }
    }

    /// As a verdict writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Bad => "bad",
            Self::None => "none",
        }
    }

    pub(super) fn from_text(text: &str) -> Option<Check> {
        let all = [Self::Ok, Self::Bad, Self::None];
        all.into_iter().find(|check| check.as_str() == text)
    }
}

/// All checks of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Checks {
    /// The statement says what the line says.
    pub matches: Check,
    /// Its ranges of rows hold.
    pub strip: Check,
    /// Its entry stands in the log by its receipt. None: there is no receipt.
    pub incl: Check,
    /// Enough witnesses saw that log.
    pub witness: Check,
    /// Its list of duplicate values holds.
    pub nf: Check,
    /// All of it was written down in time. Has no part in the result.
    pub late: Check,
}

impl Checks {
    /// What a report says of a statement; of log and witnesses nothing yet. Codes that nobody looked at are no fault: those that only the municipality can check, and those
    /// of a card whose codes are closed.
    pub fn of_line(line: &LineStatement, report: &LineReport) -> Checks {
        let unseen = |finding: &LineFinding| {
            matches!(
                finding,
                LineFinding::Strip {
                    fault: StripFault::NoCodeKey | StripFault::CodesClosed,
                    ..
                }
            )
        };
        let strips = report.findings.iter();
        let mut strips = strips.filter(|finding| finding.check() == LineCheck::Strip);
        let strip = if line.strips.is_empty() {
            Check::None
        } else if strips.clone().all(unseen) {
            strips.next().map_or(Check::Ok, |_| Check::None)
        } else {
            Check::Bad
        };
        let with_tree = |holds| {
            if line.has_tree() {
                Check::of(holds)
            } else {
                Check::None
            }
        };
        Checks {
            matches: Check::of(report.holds(LineCheck::Match)),
            strip,
            nf: with_tree(report.holds(LineCheck::Nf)),
            late: with_tree(line.late == 0),
            ..Checks::default()
        }
    }
}

/// The result of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing can be said: `niet_controleerbaar`.
    Unverifiable,
    /// Something does not hold: `afwijking`.
    Deviation,
    /// Confirmed in part: `deels`.
    Partial,
    /// All holds: `in_orde`.
    InOrder,
}

impl Outcome {
    const ALL: [Outcome; 4] = [
        Self::Unverifiable,
        Self::Deviation,
        Self::Partial,
        Self::InOrder,
    ];

    /// As a verdict writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unverifiable => "niet_controleerbaar",
            Self::Deviation => "afwijking",
            Self::Partial => "deels",
            Self::InOrder => "in_orde",
        }
    }

    pub(super) fn from_text(text: &str) -> Option<Outcome> {
        let mut all = Self::ALL.into_iter();
        all.find(|outcome| outcome.as_str() == text)
    }
}

/// From which confirmed share on a line of level 3 is more than a deviation, and in order: settings of the municipality, in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Below it a deviation.
    pub deviation: u16,
    /// Below it partly confirmed.
    pub partial: u16,
}

impl Default for Bounds {
    /// 500 and 900.
    fn default() -> Bounds {
        Bounds {
            deviation: 500,
            partial: 900,
        }
    }
}

/// The result of a line of weight `w` of which so much was confirmed. `is_drawn_bad`: a draw on this line was bad.
pub fn conclude(
    level: Level,
    checks: &Checks,
    confirmed: u64,
    w: u64,
    is_drawn_bad: bool,
    bounds: Bounds,
) -> Outcome {
    if level <= Level::Totals || checks.incl == Check::None {
        return Outcome::Unverifiable;
    }
    let checked = [checks.matches, checks.incl, checks.strip, checks.nf];
    let is_below = |bound: u16| {
        let share = u128::from(confirmed) * 1_000;
        level == Level::Confirmed && share < u128::from(bound) * u128::from(w)
    };
    if checked.contains(&Check::Bad) || is_drawn_bad {
        Outcome::Deviation
    } else if checks.strip == Check::None && is_below(bounds.partial) {
        // Codes that nobody looked at may confirm the rest: too little is known to say that too little was confirmed.
        Outcome::Unverifiable
    } else if is_below(bounds.deviation) {
        Outcome::Deviation
    } else if is_below(bounds.partial) {
        Outcome::Partial
    } else {
        Outcome::InOrder
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_ok() -> Checks {
        Checks {
            matches: Check::Ok,
            strip: Check::Ok,
            incl: Check::Ok,
            witness: Check::Ok,
            nf: Check::Ok,
            late: Check::Ok,
        }
    }

    fn of(level: Level, checks: Checks, confirmed: u64) -> Outcome {
        conclude(level, &checks, confirmed, 1_000, false, Bounds::default())
    }

    #[test]
    fn without_statement_receipt_or_sessions_nothing_can_be_said() {
        for level in [Level::None, Level::Totals] {
            let bad = Checks {
                matches: Check::Bad,
                ..all_ok()
            };
            assert_eq!(of(level, all_ok(), 1_000), Outcome::Unverifiable);
            assert_eq!(of(level, bad, 1_000), Outcome::Unverifiable);
        }
        let no_receipt = Checks {
            incl: Check::None,
            ..all_ok()
        };
        assert_eq!(
            of(Level::Confirmed, no_receipt, 1_000),
            Outcome::Unverifiable
        );
    }

    #[test]
    fn what_fails_is_a_deviation_and_being_late_is_none() {
        for bad in [
            Checks {
                matches: Check::Bad,
                ..all_ok()
            },
            Checks {
                strip: Check::Bad,
                ..all_ok()
            },
            Checks {
                incl: Check::Bad,
                ..all_ok()
            },
            Checks {
                nf: Check::Bad,
                ..all_ok()
            },
        ] {
            assert_eq!(of(Level::Sessions, bad, 0), Outcome::Deviation);
        }
        let late = Checks {
            late: Check::Bad,
            ..all_ok()
        };
        assert_eq!(of(Level::Sessions, late, 0), Outcome::InOrder);
        let drawn = conclude(
            Level::Sessions,
            &all_ok(),
            0,
            1_000,
            true,
            Bounds::default(),
        );
        assert_eq!(drawn, Outcome::Deviation);
    }

    #[test]
    fn codes_that_nobody_looked_at_accuse_nobody() {
        let unseen = Checks {
            strip: Check::None,
            ..all_ok()
        };
        let outcomes = [0, 499, 899, 900].map(|confirmed| of(Level::Confirmed, unseen, confirmed));
        let (unverifiable, in_order) = (Outcome::Unverifiable, Outcome::InOrder);
        assert_eq!(
            outcomes,
            [unverifiable, unverifiable, unverifiable, in_order]
        );
        assert_eq!(of(Level::Sessions, unseen, 0), in_order);
        // What does not hold for sure is a deviation all the same.
        let bad = Checks {
            nf: Check::Bad,
            ..unseen
        };
        assert_eq!(of(Level::Confirmed, bad, 0), Outcome::Deviation);
    }

    #[test]
    fn a_line_is_confirmed_from_nine_tenths_on_and_a_deviation_below_half() {
        let confirmed = [0, 499, 500, 899, 900, 1_000];
        let outcomes = confirmed.map(|confirmed| of(Level::Confirmed, all_ok(), confirmed));
        let (deviation, partial) = (Outcome::Deviation, Outcome::Partial);
        let in_order = Outcome::InOrder;
        assert_eq!(
            outcomes,
            [deviation, deviation, partial, partial, in_order, in_order]
        );
        // Without a card nothing is asked of it.
        assert_eq!(of(Level::Sessions, all_ok(), 0), in_order);
        let huge = conclude(
            Level::Confirmed,
            &all_ok(),
            u64::MAX,
            u64::MAX,
            false,
            Bounds::default(),
        );
        assert_eq!(huge, in_order);
    }
}
