//! TR342: a 325 sends back the lines it refuses: their sum is what was asked less what is granted.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. A 325 that refuses the declaration as a whole (a code of DeclaratieAntwoord other than 0200 and
//! 8001) grants nothing and has no lines. No answer is owed on a 325: to its receiver this is something to report,
//! and so it is when what was asked is not the total of the 323 that it answers.

use super::{Level, Rule};
use crate::bericht;
use crate::bericht::berichtsoort::Berichtsoort::DeclaratieAntwoord;
use crate::history;

pub(crate) static RULE: Rule = Rule {
    id: "TR342",
    code: "0001",
    level: Level::Message,
    laws: Rule::BOTH,
    berichten: &[DeclaratieAntwoord],
    since: "3.2",
    at: "DeclaratieAntwoord/TotaalToegekendBedrag",
};

/// Codes of a class that was not refused: no remarks, and granted in full (code list WJ001).
const NOT_REFUSED: [&str; 2] = ["0200", "8001"];

pub(crate) fn does_not_add_up(antwoord: &bericht::DeclaratieAntwoord<'_>) -> bool {
    let is_refused = |code: &str| !NOT_REFUSED.contains(&code);
    if antwoord.retour_codes.iter().any(|code| is_refused(code)) {
        return antwoord.totaal_toegekend.cents != 0 || !antwoord.clients.is_empty();
    }
    let lines = antwoord
        .clients
        .iter()
        .flat_map(|client| &client.prestaties);
    let refused: i128 = lines.map(|line| line.ingediend.signed()).sum();
    refused != antwoord.totaal_ingediend.signed() - antwoord.totaal_toegekend.signed()
}

/// Whether it says that something else was asked than the 323 that it answers did.
pub(crate) fn is_of_another_total(
    antwoord: &bericht::DeclaratieAntwoord<'_>,
    sent: &history::Declaratie,
) -> bool {
    antwoord.totaal_ingediend.signed() != sent.ingediend.signed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::both;

    const TOLD: [&str; 1] = ["TR342 DeclaratieAntwoord/TotaalToegekendBedrag"];

    #[test]
    fn what_is_refused_is_asked_less_granted() {
        for sample in both(DeclaratieAntwoord) {
            let granted = |cents, direction| {
                sample
                    .clone()
                    .with(
                        "DeclaratieAntwoord/TotaalToegekendBedrag/TotaalBedrag",
                        cents,
                    )
                    .with(
                        "DeclaratieAntwoord/TotaalToegekendBedrag/DebetCredit",
                        direction,
                    )
                    .broken()
            };
            assert_eq!(granted("17500", "D"), [] as [&str; 0]);
            assert_eq!(granted("17501", "D"), TOLD);
            assert_eq!(granted("17500", "C"), TOLD);
        }
    }

    #[test]
    fn a_refused_credit_counts_down() {
        for sample in both(DeclaratieAntwoord) {
            let line = "DeclaratieAntwoord/Clienten/Client/Prestaties/Prestatie";
            let sample = sample
                .with(&format!("{line}/IngediendBedrag/DebetCredit"), "C")
                .with(
                    &format!("{line}/ProductReferentie/VorigReferentieNummer"),
                    "R0",
                );
            assert_eq!(sample.broken(), TOLD);
            let sample = sample.with(
                "DeclaratieAntwoord/TotaalToegekendBedrag/TotaalBedrag",
                "182500",
            );
            assert_eq!(sample.broken(), [] as [&str; 0]);
        }
    }

    #[test]
    fn all_granted_leaves_no_lines_and_all_refused_grants_nothing() {
        for sample in both(DeclaratieAntwoord) {
            let whole = |code, granted| {
                sample
                    .clone()
                    .without("DeclaratieAntwoord/Clienten")
                    .with("DeclaratieAntwoord/RetourCodes/RetourCode", code)
                    .with(
                        "DeclaratieAntwoord/TotaalToegekendBedrag/TotaalBedrag",
                        granted,
                    )
                    .broken()
            };
            assert_eq!(whole("8001", "100000"), [] as [&str; 0]);
            assert_eq!(whole("8001", "99999"), TOLD);
            assert_eq!(whole("9333", "0"), [] as [&str; 0]);
            assert_eq!(whole("9333", "100000"), TOLD);
            let with_lines = sample
                .with("DeclaratieAntwoord/RetourCodes/RetourCode", "8214")
                .with("DeclaratieAntwoord/TotaalToegekendBedrag/TotaalBedrag", "0");
            assert_eq!(with_lines.broken(), TOLD);
        }
    }
}
