//! TR416: a message declares the same care once.
//!
//! Technical rules iJw 3.2 and iWmo 3.2: no two debits share client, ToewijzingNummer, ProductCategorie, ProductCode and ProductPeriode. The
//! text leaves Bsn out; with it the rule says the same, for an allocation is of one client. The second and later are told.

use super::is;
use super::{Level, Rule};
use crate::bericht;
use crate::bericht::berichtsoort::Berichtsoort::Declaratie;
use crate::bericht::{DebetCredit, Prestatie};

pub(crate) static RULE: Rule = Rule {
    id: "TR416",
    code: "0001",
    level: Level::Message,
    laws: Rule::BOTH,
    berichten: &[Declaratie],
    since: "3.2",
    at: "Declaratie/Clienten/Client/Prestaties/Prestatie",
};

pub(crate) fn declared_again<'p, 't>(
    declaratie: &'p bericht::Declaratie<'t>,
) -> Vec<&'p Prestatie<'t>> {
    is::lines_again(&declaratie.clients, |line| {
        let (allocation, product) = (line.toewijzing_nummer, (&line.categorie, &line.code));
        let is_debit = line.ingediend.direction == DebetCredit::Debet;
        is_debit.then_some((allocation, product, line.periode))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::both;

    const PRESTATIE: &str = "Declaratie/Clienten/Client/Prestaties/Prestatie";
    const TOLD: &str = "TR416 Declaratie/Clienten/Client[1]/Prestaties/Prestatie[2]";

    #[test]
    fn one_product_of_one_allocation_is_declared_once_a_period() {
        for sample in both(Declaratie) {
            assert_eq!(sample.clone().with_second_line(None).broken(), [TOLD]);
            for (element, other) in [
                ("ToewijzingNummer", "1002"),
                ("ProductCode", "45A05"),
                ("ProductPeriode/Begindatum", "2026-03-03"),
                ("ProductPeriode/Einddatum", "2026-03-30"),
            ] {
                let sample = sample
                    .clone()
                    .with_second_line(None)
                    .with(&format!("{PRESTATIE}[2]/{element}"), other);
                assert_eq!(sample.broken(), [] as [&str; 0], "{element}");
            }
        }
    }

    #[test]
    fn an_allocation_is_a_number_whatever_its_zeros() {
        for sample in both(Declaratie) {
            let sample = sample
                .clone()
                .with_second_line(None)
                .with(&format!("{PRESTATIE}[2]/ToewijzingNummer"), "+01001");
            assert_eq!(sample.broken(), [TOLD]);
        }
    }

    #[test]
    fn a_client_that_comes_twice_is_one_client() {
        for sample in both(Declaratie) {
            let sample = sample
                .again("Declaratie/Clienten/Client")
                .with("Declaratie/Clienten/Client[2]/Prestaties/Prestatie/ProductReferentie/ReferentieNummer", "R2")
                .with("Declaratie/TotaalIngediendBedrag/TotaalBedrag", "165000");
            let second = "Declaratie/Clienten/Client[2]";
            let line = format!("TR416 {second}/Prestaties/Prestatie[1]");
            assert_eq!(sample.broken(), [format!("TR101 {second}"), line]);
            let other = sample.with(&format!("{second}/Bsn"), "999900018");
            assert_eq!(other.broken(), [] as [&str; 0]);
        }
    }

    #[test]
    fn a_credit_beside_a_new_debit_is_no_second_debit() {
        for sample in both(Declaratie) {
            let sample = sample.with_second_line(Some("R0"));
            assert_eq!(sample.broken(), [] as [&str; 0]);
        }
    }
}
