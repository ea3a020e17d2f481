//! TR358: the total of a declaration is the sum of its lines.
//!
//! Technical rules iJw 3.2 and iWmo 3.2: debits less credits; TotaalBedrag is the sum without its sign and DebetCredit the sign. A sum of
//! nothing is D (CS325).

use super::{Level, Rule};
use crate::bericht;
use crate::bericht::DebetCredit;
use crate::bericht::berichtsoort::Berichtsoort::Declaratie;

pub(crate) static RULE: Rule = Rule {
    id: "TR358",
    code: "0001",
    level: Level::Message,
    laws: Rule::BOTH,
    berichten: &[Declaratie],
    since: "3.2",
    at: "Declaratie/TotaalIngediendBedrag",
};

pub(crate) fn does_not_add_up(declaratie: &bericht::Declaratie<'_>) -> bool {
    let lines = declaratie.prestaties();
    let sum: i128 = lines.map(|line| line.ingediend.signed()).sum();
    let direction = if sum < 0 {
        DebetCredit::Credit
    } else {
        DebetCredit::Debet
    };
    let total = declaratie.totaal_ingediend;
    u128::from(total.cents) != sum.unsigned_abs() || total.direction != direction
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::both;

    const PRESTATIE: &str = "Declaratie/Clienten/Client/Prestaties/Prestatie";
    const TOLD: &str = "TR358 Declaratie/TotaalIngediendBedrag";

    #[test]
    fn the_total_is_debits_less_credits_with_their_sign() {
        for sample in both(Declaratie) {
            // 82,500 declared, and a credit beside it.
            let total = |credit: &str, cents: &str, direction: &str| {
                sample
                    .clone()
                    .with_second_line(Some("R0"))
                    .with(&format!("{PRESTATIE}[2]/IngediendBedrag/Bedrag"), credit)
                    .with("Declaratie/TotaalIngediendBedrag/TotaalBedrag", cents)
                    .with("Declaratie/TotaalIngediendBedrag/DebetCredit", direction)
                    .broken()
            };
            assert_eq!(total("82400", "100", "D"), [] as [&str; 0]);
            assert_eq!(total("82400", "100", "C"), [TOLD]);
            assert_eq!(total("82400", "101", "D"), [TOLD]);
            assert_eq!(total("82400", "164900", "D"), [TOLD]);
            assert_eq!(total("82600", "100", "C"), [] as [&str; 0]);
            assert_eq!(total("82600", "100", "D"), [TOLD]);
            assert_eq!(total("82500", "0", "D"), [] as [&str; 0]);
            let nothing_given_back = total("82500", "0", "C");
            assert!(nothing_given_back.contains(&TOLD.to_owned()));
        }
    }

    #[test]
    fn the_largest_amounts_add_up() {
        for sample in both(Declaratie) {
            let mut sample =
                sample.with(&format!("{PRESTATIE}/IngediendBedrag/Bedrag"), "99999999");
            for line in 2..=50 {
                sample = sample.again(PRESTATIE);
                let number = format!("{PRESTATIE}[{line}]/ProductReferentie/ReferentieNummer");
                let allocation = format!("{PRESTATIE}[{line}]/ToewijzingNummer");
                sample = sample.with(&number, &format!("R{line}"));
                sample = sample.with(&allocation, &line.to_string());
            }
            let total = |cents| {
                let path = "Declaratie/TotaalIngediendBedrag/TotaalBedrag";
                sample.clone().with(path, cents).broken()
            };
            assert_eq!(total("4999999950"), [] as [&str; 0]);
            assert_eq!(total("4999999951"), [TOLD]);
        }
    }
}
