//! TR335: what is declared ended at most five years before DeclaratieDagtekening.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. Five years back from 29 February is 28 February.

use super::is;
use super::{Level, Rule};
use crate::bericht::Periode;
use crate::bericht::berichtsoort::Berichtsoort::Declaratie;
use jiff::civil::Date;

pub(crate) static RULE: Rule = Rule {
    id: "TR335",
    code: "0001",
    level: Level::Message,
    laws: Rule::BOTH,
    berichten: &[Declaratie],
    since: "3.2",
    at: "Declaratie/Clienten/Client/Prestaties/Prestatie/ProductPeriode",
};

/// Years.
const MOST: i32 = 5;

/// The first day on which a period that may still be declared ends.
pub(crate) fn earliest_end(declaratie_dagtekening: Date) -> Date {
    is::years_before(declaratie_dagtekening, MOST)
}

pub(crate) fn ended_too_long_ago(periode: Periode, earliest_end: Date) -> bool {
    periode.end < earliest_end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::both;

    const PERIODE: &str = "Declaratie/Clienten/Client/Prestaties/Prestatie/ProductPeriode";
    const TOLD: &str = "TR335 Declaratie/Clienten/Client[1]/Prestaties/Prestatie[1]/ProductPeriode";

    #[test]
    fn five_years_back_is_the_last_day_that_counts() {
        for sample in both(Declaratie) {
            let dated = |day| {
                let sample = sample
                    .clone()
                    .with(&format!("{PERIODE}/Begindatum"), "2021-03-01")
                    .with(&format!("{PERIODE}/Einddatum"), "2021-03-31");
                sample
                    .with("Declaratie/DeclaratieDagtekening", day)
                    .broken()
            };
            assert_eq!(dated("2026-03-31"), [] as [&str; 0]);
            assert_eq!(dated("2026-04-01"), [TOLD]);
        }
    }

    #[test]
    fn five_years_before_29_february_is_28_february() {
        for sample in both(Declaratie) {
            let ended = |day: &str| {
                let sample = sample
                    .clone()
                    .with("Header/BerichtIdentificatie/Dagtekening", "2028-02-29")
                    .with("Declaratie/DeclaratieDagtekening", "2028-02-29")
                    .with(&format!("{PERIODE}/Begindatum"), "2023-02-01");
                sample.with(&format!("{PERIODE}/Einddatum"), day).broken()
            };
            assert_eq!(ended("2023-02-28"), [] as [&str; 0]);
            assert_eq!(ended("2023-02-27"), [TOLD]);
        }
    }
}
