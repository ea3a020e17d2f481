//! TR315: a message takes back a debit once.
//!
//! Technical rules iJw 3.2 and iWmo 3.2: VorigReferentieNummer occurs once in the message, over all clients. The second and later are told.

use super::is;
use super::{Level, Rule};
use crate::bericht;
use crate::bericht::Prestatie;
use crate::bericht::berichtsoort::Berichtsoort::Declaratie;

pub(crate) static RULE: Rule = Rule {
    id: "TR315",
    code: "0001",
    level: Level::Message,
    laws: Rule::BOTH,
    berichten: &[Declaratie],
    since: "3.2",
    at: "Declaratie/Clienten/Client/Prestaties/Prestatie/ProductReferentie/VorigReferentieNummer",
};

pub(crate) fn credited_again<'p, 't>(
    declaratie: &'p bericht::Declaratie<'t>,
) -> impl Iterator<Item = &'p Prestatie<'t>> {
    let credits = declaratie.prestaties();
    is::repeated(credits.filter_map(|line| Some((line.vorig_referentie_nummer.as_deref()?, line))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Sample, both};

    const PRESTATIE: &str = "Declaratie/Clienten/Client/Prestaties/Prestatie";

    /// Two credits of 82,500 over two clients.
    fn credits(first: &str, second: &str) -> [Sample; 2] {
        both(Declaratie).map(|sample| {
            sample
                .with(&format!("{PRESTATIE}/ProductReferentie/VorigReferentieNummer"), first)
                .with(&format!("{PRESTATIE}/IngediendBedrag/DebetCredit"), "C")
                .again("Declaratie/Clienten/Client")
                .with("Declaratie/Clienten/Client[2]/Bsn", "999900018")
                .with("Declaratie/Clienten/Client[2]/Prestaties/Prestatie/ProductReferentie/ReferentieNummer", "R2")
                .with("Declaratie/Clienten/Client[2]/Prestaties/Prestatie/ProductReferentie/VorigReferentieNummer", second)
                .with("Declaratie/TotaalIngediendBedrag/TotaalBedrag", "165000")
                .with("Declaratie/TotaalIngediendBedrag/DebetCredit", "C")
        })
    }

    #[test]
    fn two_credits_are_of_two_debits() {
        for sample in credits("D1", "D2") {
            assert_eq!(sample.broken(), [] as [&str; 0]);
        }
        for sample in credits("D1", "D1") {
            assert_eq!(
                sample.broken(),
                [
                    "TR315 Declaratie/Clienten/Client[2]/Prestaties/Prestatie[1]/ProductReferentie/VorigReferentieNummer"
                ]
            );
        }
    }
}
