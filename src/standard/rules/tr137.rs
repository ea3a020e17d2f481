//! TR137: a period that is declared does not end before it begins, and has ended by Dagtekening.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. So a declaration over a month cannot be dated before the last day of that month.

use super::{Level, Rule};
use crate::bericht::Periode;
use crate::bericht::berichtsoort::Berichtsoort::{Declaratie, DeclaratieAntwoord};
use jiff::civil::Date;

pub(crate) static RULE: Rule = Rule {
    id: "TR137",
    code: "0001",
    level: Level::Message,
    laws: Rule::BOTH,
    berichten: &[Declaratie, DeclaratieAntwoord],
    since: "3.2",
    at: "Declaratie/DeclaratiePeriode/Einddatum|Declaratie/Clienten/Client/Prestaties/Prestatie/ProductPeriode/Einddatum|DeclaratieAntwoord/Clienten/Client/Prestaties/Prestatie/ProductPeriode/Einddatum",
};

pub(crate) fn ends_too_early_or_late(periode: Periode, dagtekening: Date) -> bool {
    periode.end < periode.begin || periode.end > dagtekening
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::both;

    #[test]
    fn a_period_has_ended_by_dagtekening() {
        let roots = [
            (Declaratie, "Declaratie"),
            (DeclaratieAntwoord, "DeclaratieAntwoord"),
        ];
        for (soort, root) in roots {
            let periode = format!("{root}/Clienten/Client/Prestaties/Prestatie/ProductPeriode");
            let told = format!(
                "TR137 {root}/Clienten/Client[1]/Prestaties/Prestatie[1]/ProductPeriode/Einddatum"
            );
            for sample in both(soort) {
                let over = |begin: &str, end: &str| {
                    let begun = sample.clone().with(&format!("{periode}/Begindatum"), begin);
                    begun.with(&format!("{periode}/Einddatum"), end).broken()
                };
                assert!(!over("2026-04-01", "2026-04-01").contains(&told));
                assert!(over("2026-04-01", "2026-04-02").contains(&told));
                assert!(over("2026-03-31", "2026-03-30").contains(&told));
            }
        }
    }

    #[test]
    fn a_declared_month_is_over_on_its_last_day() {
        for sample in both(Declaratie) {
            let dated = |day| {
                let path = "Header/BerichtIdentificatie/Dagtekening";
                sample.clone().with(path, day).broken()
            };
            assert_eq!(dated("2026-03-31"), [] as [&str; 0]);
            assert_eq!(
                dated("2026-03-30"),
                [
                    "TR137 Declaratie/DeclaratiePeriode/Einddatum",
                    "TR137 Declaratie/Clienten/Client[1]/Prestaties/Prestatie[1]/ProductPeriode/Einddatum",
                ]
            );
        }
    }
}
