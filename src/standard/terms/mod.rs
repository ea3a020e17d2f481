//! Terms of the standards: until which day an answer or a report is in time.
//! Knows days only: what the day of receipt is, and whether something was answered, is known by the caller.

mod owed;
mod working_days;

use jiff::ToSpan as _;
use jiff::civil::Date;
use minicbor::{Decode, Encode};

use crate::bericht::berichtsoort::Berichtsoort;

pub use owed::{MessageName, Owed, OwedKey, Running, Settles, Step, Taken, steps, unknown};
pub use working_days::WorkingDays;

/// A term of iJw and iWmo 3.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Term {
    /// A 302, 306, 308, 316, 318 or 320: three working days from the receipt of what it answers (OP090).
    #[n(0)]
    Retour,
    /// A 325: ten working days from the receipt of the 323 (OP090x4).
    #[n(1)]
    DeclaratieAntwoord,
    /// A 301 or 319 on a 315 or 317: five working days from its receipt (OP274, OP346).
    #[n(2)]
    VerzoekAntwoord,
    /// A 301 or a final 319 after a 319 "in onderzoek": eight weeks from the Dagtekening of the request (OP274, OP346).
    #[n(3)]
    Onderzoek,
    /// A 305: five working days from Begindatum, or from the receipt of an allocation that came later (OP271).
    #[n(4)]
    Start,
    /// A 307: five working days from Einddatum (OP272).
    #[n(5)]
    Stop,
}

impl Term {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Retour,
        Self::DeclaratieAntwoord,
        Self::VerzoekAntwoord,
        Self::Onderzoek,
        Self::Start,
        Self::Stop,
    ];

    /// Those of an answer that names its question.
    pub const OF_ANSWERS: [Self; 2] = [Self::Retour, Self::DeclaratieAntwoord];

    /// A name that never changes: `retour`, `declaratie-antwoord`, `verzoek-antwoord`, `onderzoek`, `start` or `stop`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Retour => "retour",
            Self::DeclaratieAntwoord => "declaratie-antwoord",
            Self::VerzoekAntwoord => "verzoek-antwoord",
            Self::Onderzoek => "onderzoek",
            Self::Start => "start",
            Self::Stop => "stop",
        }
    }

    /// Its number, which never changes and orders terms as [`Term::ALL`] does.
    pub const fn number(self) -> u8 {
        match self {
            Self::Retour => 0,
            Self::DeclaratieAntwoord => 1,
            Self::VerzoekAntwoord => 2,
            Self::Onderzoek => 3,
            Self::Start => 4,
            Self::Stop => 5,
        }
    }

    /// Whether that it is owed rests on what no message says: see [`Owed::term`].
    pub const fn is_presumed(self) -> bool {
        matches!(self, Self::Start | Self::Stop)
    }

    /// The term for the message that answers a kind by naming it: a retour or a 325. `None` for kinds that are owed none.
    pub fn for_answer_to(soort: Berichtsoort) -> Option<Self> {
        soort.answered_by().map(|answer| {
            if answer == Berichtsoort::DeclaratieAntwoord {
                Self::DeclaratieAntwoord
            } else {
                Self::Retour
            }
        })
    }

    /// How many working days it has; `None` for one that is counted in weeks.
    pub const fn working_days(self) -> Option<u8> {
        match self {
            Self::Retour => Some(3),
            Self::VerzoekAntwoord | Self::Start | Self::Stop => Some(5),
            Self::DeclaratieAntwoord => Some(10),
            Self::Onderzoek => None,
        }
    }

    /// The last day on which it is kept, counted from the day that begins it; that day itself does not count.
    /// `None`: the working days of a year that it touches are not known.
    ///
    /// ```
    /// use jiff::civil::date;
    /// use knooppunt_standard::terms::{Term, WorkingDays};
    ///
    /// let days = WorkingDays::built_in();
    /// // Received on the Wednesday before Good Friday.
    /// assert_eq!(Term::Retour.last_day(date(2026, 4, 1), &days), Some(date(2026, 4, 8)));
    /// assert_eq!(Term::Onderzoek.last_day(date(2026, 4, 1), &days), Some(date(2026, 5, 27)));
    /// ```
    pub fn last_day(self, from: Date, days: &WorkingDays) -> Option<Date> {
        match self.working_days() {
            Some(count) => days.after(from, count),
            // Weeks run on over any day: the texts name no other end.
            None => from.checked_add(EIGHT_WEEKS.weeks()).ok(),
        }
    }
}

const EIGHT_WEEKS: i32 = 8;

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// Day of receipt (year, month, day), then the last day of three, five and ten working days.
    const WORKED: &str = include_str!("worked.tsv");

    #[test]
    fn worked_dates_of_2024_to_2032_hold() {
        let days = WorkingDays::built_in();
        let mut rows = 0;
        for row in WORKED.lines().filter(|row| !row.starts_with('#')) {
            let dates: Vec<Date> = row.split('\t').map(|day| day.parse().unwrap()).collect();
            let [from, three, five, ten] = dates.as_slice() else {
                panic!("{row}")
            };
            for (term, last) in [
                (Term::Retour, three),
                (Term::VerzoekAntwoord, five),
                (Term::Start, five),
                (Term::Stop, five),
                (Term::DeclaratieAntwoord, ten),
            ] {
                assert_eq!(term.last_day(*from, &days), Some(*last), "{term:?} {row}");
            }
            rows += 1;
        }
        assert!(rows >= 36, "{rows} rows");
    }

    #[test]
    fn eight_weeks_are_fifty_six_days_whatever_day_they_end_on() {
        let days = WorkingDays::built_in();
        for (from, last) in [
            // Over the extra day of a leap year, and not.
            (date(2024, 1, 10), date(2024, 3, 6)),
            (date(2025, 1, 10), date(2025, 3, 7)),
            (date(2028, 2, 29), date(2028, 4, 25)),
            (date(2027, 12, 31), date(2028, 2, 25)),
            (date(2031, 12, 24), date(2032, 2, 18)),
            // Over both changes of the clock.
            (date(2029, 2, 2), date(2029, 3, 30)),
            (date(2030, 9, 30), date(2030, 11, 25)),
            // To Whit Monday, a Saturday that is Christmas, a Sunday, New Year's Day and 5 May: the days are not moved.
            (date(2026, 3, 30), date(2026, 5, 25)),
            (date(2027, 10, 30), date(2027, 12, 25)),
            (date(2026, 10, 18), date(2026, 12, 13)),
            (date(2025, 11, 6), date(2026, 1, 1)),
            (date(2030, 3, 10), date(2030, 5, 5)),
            (date(2026, 4, 10), date(2026, 6, 5)),
            (date(2026, 10, 31), date(2026, 12, 26)),
        ] {
            assert_eq!(Term::Onderzoek.last_day(from, &days), Some(last));
        }
    }

    #[test]
    fn every_kind_that_is_answered_has_a_term_and_only_the_323_has_ten_days() {
        for soort in Berichtsoort::ALL {
            let term = Term::for_answer_to(soort);
            assert_eq!(term.is_some(), soort.answered_by().is_some());
            assert_eq!(
                term.and_then(Term::working_days) == Some(10),
                soort == Berichtsoort::Declaratie
            );
        }
    }
}
