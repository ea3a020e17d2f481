//! TR002: a birth date is at most 120 years before Dagtekening, unless it is wholly unknown.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. Unknown is DatumGebruik 3 with 1900-01-01; without DatumGebruik that day counts as known.
//! 120 years back from 29 February is 28 February when that year has no other.

use super::is::{self, Birth};
use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::{Start, Stop, Toewijzing, VerzoekToewijzing};
use jiff::civil::Date;

pub(crate) static RULE: Rule = Rule {
    id: "TR002",
    code: "0001",
    level: Level::Message,
    laws: Rule::BOTH,
    berichten: &[Toewijzing, Start, Stop, VerzoekToewijzing],
    since: "3.2",
    at: "Client/Geboortedatum/Datum|Client/Relaties/Relatie/Geboortedatum/Datum",
};

/// Years.
const MOST: i32 = 120;

pub(crate) fn is_too_long_ago(birth: &Birth<'_>, dagtekening: Date) -> bool {
    !is_unknown(birth) && birth.date < is::years_before(dagtekening, MOST)
}

fn is_unknown(birth: &Birth<'_>) -> bool {
    birth.usage.as_deref() == Some("3") && birth.date == jiff::civil::date(1900, 1, 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::both;

    const BORN: &str = "Client/Geboortedatum/Datum";
    const DAGTEKENING: &str = "Header/BerichtIdentificatie/Dagtekening";

    #[test]
    fn nobody_is_older_than_120_years_to_the_day() {
        for soort in RULE.berichten {
            for sample in both(*soort) {
                let born = |day| sample.clone().with(BORN, day).broken();
                assert_eq!(born("1906-04-01"), [] as [&str; 0]);
                assert_eq!(born("1906-03-31"), [format!("TR002 {BORN}")]);
            }
        }
    }

    #[test]
    fn a_century_and_two_decades_before_29_february_is_that_day_or_the_28th() {
        let [sample, _] = both(VerzoekToewijzing);
        let born = |day| {
            let sample = sample.clone().with(DAGTEKENING, "2024-02-29");
            sample.with(BORN, day).broken()
        };
        assert_eq!(born("1904-02-29"), [] as [&str; 0]);
        assert_eq!(born("1904-02-28"), [format!("TR002 {BORN}")]);
        // 1900 had no 29 February.
        let born = |day| {
            let sample = sample.clone().with(DAGTEKENING, "2020-02-29");
            sample.with(BORN, day).broken()
        };
        assert_eq!(born("1900-02-28"), [] as [&str; 0]);
        assert_eq!(born("1900-02-27"), [format!("TR002 {BORN}")]);
    }

    #[test]
    fn the_first_day_of_1900_is_unknown_only_when_datum_gebruik_says_so() {
        for sample in both(Start) {
            let sample = sample.with(BORN, "1900-01-01");
            assert_eq!(sample.broken(), [format!("TR002 {BORN}")]);
            let unknown = sample.with("Client/Geboortedatum/DatumGebruik", "3");
            assert_eq!(unknown.broken(), [] as [&str; 0]);
        }
    }

    #[test]
    fn those_around_the_client_are_judged_as_well() {
        for sample in both(Toewijzing) {
            let relative = "Client/Relaties/Relatie/Geboortedatum/Datum";
            let sample = sample.with_relatie().with(relative, "1905-12-31");
            assert_eq!(
                sample.broken(),
                ["TR002 Client/Relaties/Relatie[1]/Geboortedatum/Datum"]
            );
        }
    }
}
