//! How a term stands on a day, and when is warned of it.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::Date;
use knooppunt_standard::terms::{Term, WorkingDays};

use super::TermSettings;
use crate::clock::day_of;
use crate::ledger::{Message, MessageKind};

/// Days that no term and no warning before its end are longer than: eight weeks, and ten working days with their holidays, are less.
const TERM_DAYS_MAX: u32 = 366;

pub(crate) static WORKING_DAYS: LazyLock<WorkingDays> = LazyLock::new(WorkingDays::built_in);

/// The last day for the answer to a message of this kind that was taken then; `None`: none is owed, as to a file, or the working days are not known.
pub fn answer_by(kind: &MessageKind, received: Timestamp) -> Option<Date> {
    Term::for_answer_to(kind.standard()?.soort)?.last_day(day_of(received), &WORKING_DAYS)
}

/// How a term stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// The last day has passed.
    Over,
    /// Today is the last day.
    LastDay,
    /// The last day is near: it is warned of.
    Soon,
    /// There are days left.
    Running,
    /// The working days of the year are not known here.
    Unknown,
}

impl Standing {
    /// Stable code: `over`, `last-day`, `soon`, `running` or `unknown`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Over => "over",
            Self::LastDay => "last-day",
            Self::Soon => "soon",
            Self::Running => "running",
            Self::Unknown => "unknown",
        }
    }

    /// Whether it is worth a warning: near its last day, on it, or past it.
    pub fn warns(self) -> bool {
        match self {
            Self::Over | Self::LastDay | Self::Soon => true,
            Self::Running | Self::Unknown => false,
        }
    }
}

/// When is warned; for whoever shows single messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Warning {
    working_days: u8,
}

impl Warning {
    /// By these settings.
    pub fn of(settings: &TermSettings) -> Self {
        Self {
            working_days: settings.warn_working_days,
        }
    }

    /// What is to be warned of with a message that is not answered; `None` where nothing is.
    pub fn of_message(self, message: &Message, today: Date) -> Option<Standing> {
        if message.state.answered.is_some() {
            return None;
        }
        let last_day = answer_by(&message.kind, message.received);
        Some(self.standing(last_day, today)).filter(|standing| standing.warns())
    }

    /// How a term that began on a day stands.
    pub(super) fn of_term(self, term: Term, from: Date, today: Date) -> Standing {
        self.standing(term.last_day(from, &WORKING_DAYS), today)
    }

    /// The last day on which a term began that is warned of today: what began later runs. `None`: no term is.
    pub(crate) fn last_begun(self, term: Term, today: Date) -> Option<Date> {
        let mut day = today;
        for _ in 0..TERM_DAYS_MAX {
            if self.of_term(term, day, today).warns() {
                return Some(day);
            }
            day = day.yesterday().ok()?;
        }
        None
    }

    /// The last day on which a term began that is over today. `None`: no term is.
    pub(crate) fn last_begun_over(self, term: Term, today: Date) -> Option<Date> {
        let mut day = today;
        for _ in 0..TERM_DAYS_MAX {
            if self.of_term(term, day, today) == Standing::Over {
                return Some(day);
            }
            day = day.yesterday().ok()?;
        }
        None
    }

    /// How a term with this last day stands.
    pub fn standing(self, last_day: Option<Date>, today: Date) -> Standing {
        match last_day {
            None => Standing::Unknown,
            Some(last) if last < today => Standing::Over,
            Some(last) if last == today => Standing::LastDay,
            Some(last) => {
                let first = WORKING_DAYS.before(last, self.working_days);
                if first.is_some_and(|first| first <= today) {
                    Standing::Soon
                } else {
                    Standing::Running
                }
            }
        }
    }
}
