//! How much an allocation lets declare: for one Prestatie (TR321) and over its whole term (TR322).
//! Volumes are whole numbers of the base unit: minutes when the allocation is in hours, else its own unit (cents for euros).

use jiff::civil::Date;

use super::calendar::{days, last_sunday, months, sundays, weeks_touched};
use crate::bericht::value::{Eenheid, Frequentie, Omvang, Periode};

/// First and last day of an allocation; no last day: no end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// Ingangsdatum.
    pub begin: Date,
    /// Einddatum.
    pub end: Option<Date>,
}

/// How delivery is counted in weeks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// By time or pieces of effort: a week counts when a day of it lies in the period.
    Effort,
    /// By result: a week counts in the period that holds its Sunday.
    Output,
}

impl Variant {
    /// The variant that goes with a unit, when no contract says otherwise (IV077): output for 82 and 83.
    pub const fn of(eenheid: Eenheid) -> Self {
        match eenheid {
            Eenheid::Stuks | Eenheid::Euro => Self::Output,
            Eenheid::Minuut
            | Eenheid::Uur
            | Eenheid::Etmaal
            | Eenheid::Dagdeel
            | Eenheid::StuksInspanning => Self::Effort,
        }
    }
}

/// How many base units of an allocation in `of` one `eenheid` is. `None`: that unit may not be declared on it (TR341): another than its
/// own, but minutes for hours.
pub const fn factor(of: Eenheid, eenheid: Eenheid) -> Option<u64> {
    match (of, eenheid) {
        (Eenheid::Uur, Eenheid::Uur) => Some(60),
        (Eenheid::Uur | Eenheid::Minuut, Eenheid::Minuut)
        | (Eenheid::Etmaal, Eenheid::Etmaal)
        | (Eenheid::Dagdeel, Eenheid::Dagdeel)
        | (Eenheid::Stuks, Eenheid::Stuks)
        | (Eenheid::Euro, Eenheid::Euro)
        | (Eenheid::StuksInspanning, Eenheid::StuksInspanning) => Some(1),
        _ => None,
    }
}

/// Size of an allocation, and how it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Class Omvang.
    pub omvang: Omvang,
    /// Variant, by unit or by contract.
    pub variant: Variant,
    /// Household help under iWmo (Categorie 01): six weeks' worth in any one period.
    pub household: bool,
}

impl Size {
    /// What one Prestatie may hold at most, base units (TR321).
    pub fn per_prestatie(&self, term: Term, periode: Periode) -> u64 {
        let times = match self.omvang.frequentie {
            Frequentie::Dag => days(periode.begin, periode.end),
            Frequentie::Week if self.household => 6,
            Frequentie::Week => match self.variant {
                Variant::Effort => weeks_touched(periode.begin, periode.end),
                Variant::Output => output_weeks(term, periode),
            },
            Frequentie::Maand | Frequentie::Totaal => 1,
        };
        self.volume() * times
    }

    /// What all Prestaties together may hold at most, base units (TR322). `last` is the end to count to when the allocation has none: the
    /// last day of what was declared.
    pub fn over_term(&self, term: Term, last: Date) -> u64 {
        let (begin, end) = (term.begin, term.end.unwrap_or(last));
        let times = match self.omvang.frequentie {
            Frequentie::Dag => days(begin, end),
            Frequentie::Week => match self.variant {
                Variant::Effort => weeks_touched(begin, end),
                Variant::Output => sundays(begin, end) + u64::from(breaks_off(term)),
            },
            Frequentie::Maand => months(begin, end),
            Frequentie::Totaal => 1,
        };
        self.volume() * times
    }

    fn volume(&self) -> u64 {
        let own = self.omvang.eenheid;
        u64::from(self.omvang.volume) * factor(own, own).unwrap_or(1)
    }
}

/// Whether the last week of a term has no Sunday of its own.
fn breaks_off(term: Term) -> bool {
    let sunday = jiff::civil::Weekday::Sunday;
    term.end
        .is_some_and(|end| end >= term.begin && end.weekday() != sunday)
}

/// Sundays, and the broken week at the end of the term in the period that has the term's last Sunday. A term without any Sunday has that
/// week in the period with its last day; otherwise nothing could be declared on it.
fn output_weeks(term: Term, periode: Periode) -> u64 {
    let broken_week_in = breaks_off(term)
        .then(|| last_sunday(term).or(term.end))
        .flatten();
    let extra = broken_week_in.is_some_and(|day| periode.begin <= day && day <= periode.end);
    sundays(periode.begin, periode.end) + u64::from(extra)
}
