//! TR316: a debit and its credit are in different messages.
//!
//! Technical rules iJw 3.2 and iWmo 3.2: no VorigReferentieNummer is a ReferentieNummer of the same message, over all clients; so no
//! line points at itself either. A credit of an earlier debit beside a new debit is allowed (IV086).

use super::{Level, Rule};
use crate::bericht;
use crate::bericht::Prestatie;
use crate::bericht::berichtsoort::Berichtsoort::Declaratie;
use std::collections::HashSet;

pub(crate) static RULE: Rule = Rule {
    id: "TR316",
    code: "0001",
    level: Level::Message,
    laws: Rule::BOTH,
    berichten: &[Declaratie],
    since: "3.2",
    at: "Declaratie/Clienten/Client/Prestaties/Prestatie/ProductReferentie/VorigReferentieNummer",
};

pub(crate) fn credited_at_once<'p, 't>(
    declaratie: &'p bericht::Declaratie<'t>,
) -> impl Iterator<Item = &'p Prestatie<'t>> {
    let numbers = declaratie.prestaties();
    let numbers: HashSet<&str> = numbers.map(|line| &*line.referentie_nummer).collect();
    declaratie.prestaties().filter(move |line| {
        let credited = line.vorig_referentie_nummer.as_deref();
        credited.is_some_and(|number| numbers.contains(number))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::both;

    #[test]
    fn a_credit_is_of_a_debit_in_an_earlier_message() {
        for sample in both(Declaratie) {
            let credit_of = |number| sample.clone().with_second_line(Some(number)).broken();
            let told = "TR316 Declaratie/Clienten/Client[1]/Prestaties/Prestatie[2]/ProductReferentie/VorigReferentieNummer";
            assert_eq!(credit_of("R0"), [] as [&str; 0]);
            assert_eq!(credit_of("R1"), [told]);
            assert_eq!(credit_of("R2"), [told], "itself");
        }
    }
}
