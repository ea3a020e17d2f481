//! TR134: what a message reports has begun by its Dagtekening.
//!
//! Technical rules iJw 3.2 and iWmo 3.2; the published list of rules by element names exactly these elements. That the date exists is the
//! schema's matter.

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::{
    Declaratie, DeclaratieAntwoord, Start, Stop, Toewijzing, VerzoekToewijzing,
};
use jiff::civil::Date;

pub(crate) static RULE: Rule = Rule {
    id: "TR134",
    code: "0001",
    level: Level::Message,
    laws: Rule::BOTH,
    berichten: &[
        Toewijzing,
        Start,
        Stop,
        VerzoekToewijzing,
        Declaratie,
        DeclaratieAntwoord,
    ],
    since: "3.2",
    at: "Client/Geboortedatum/Datum|Client/Relaties/Relatie/Geboortedatum/Datum|Client/ToegewezenProducten/ToegewezenProduct/Toewijzingsdatum|Client/StartProducten/StartProduct/Begindatum|Client/StopProducten/StopProduct/Einddatum|Declaratie/DeclaratiePeriode/Begindatum|Declaratie/Clienten/Client/Prestaties/Prestatie/ProductPeriode/Begindatum|DeclaratieAntwoord/Clienten/Client/Prestaties/Prestatie/ProductPeriode/Begindatum",
};

pub(crate) fn is_still_to_come(day: Date, dagtekening: Date) -> bool {
    day > dagtekening
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Sample, both};

    /// That a date may be Dagtekening itself, 2026-04-01, and not the day after.
    fn has_begun_by_dagtekening(sample: &Sample, path: &str, place: &str) {
        let on = |day| sample.clone().with(path, day).broken();
        let told = format!("TR134 {place}");
        assert!(!on("2026-04-01").contains(&told), "{path}");
        assert!(
            on("2026-04-02").contains(&told),
            "{path}: {:?}",
            on("2026-04-02")
        );
    }

    #[test]
    fn each_of_these_dates_may_be_dagtekening_and_not_later() {
        let born = "Client/Geboortedatum/Datum";
        for soort in [Toewijzing, Start, Stop, VerzoekToewijzing] {
            for sample in both(soort) {
                has_begun_by_dagtekening(&sample, born, born);
            }
        }
        let cases = [
            (
                Toewijzing,
                "Client/ToegewezenProducten/ToegewezenProduct",
                "Toewijzingsdatum",
            ),
            (Start, "Client/StartProducten/StartProduct", "Begindatum"),
            (Stop, "Client/StopProducten/StopProduct", "Einddatum"),
        ];
        for (soort, class, element) in cases {
            for sample in both(soort) {
                let (path, place) = (
                    format!("{class}/{element}"),
                    format!("{class}[1]/{element}"),
                );
                has_begun_by_dagtekening(&sample, &path, &place);
            }
        }
        for (soort, root) in [
            (Declaratie, "Declaratie"),
            (DeclaratieAntwoord, "DeclaratieAntwoord"),
        ] {
            for sample in both(soort) {
                has_begun_by_dagtekening(
                    &sample,
                    &format!(
                        "{root}/Clienten/Client/Prestaties/Prestatie/ProductPeriode/Begindatum"
                    ),
                    &format!(
                        "{root}/Clienten/Client[1]/Prestaties/Prestatie[1]/ProductPeriode/Begindatum"
                    ),
                );
            }
        }
        for sample in both(Declaratie) {
            let path = "Declaratie/DeclaratiePeriode/Begindatum";
            has_begun_by_dagtekening(&sample, path, path);
        }
    }

    #[test]
    fn the_start_of_an_allocation_may_lie_ahead() {
        for sample in both(Toewijzing) {
            let path = "Client/ToegewezenProducten/ToegewezenProduct/Ingangsdatum";
            assert_eq!(sample.with(path, "2026-05-01").broken(), [] as [&str; 0]);
        }
    }
}
