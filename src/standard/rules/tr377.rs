//! TR377: a request that is refused because another municipality is the right one names that municipality.
//!
//! Technical rule iJw 3.2 only: reason 8 (woonplaatsbeginsel) needs the class Woonplaatsbeginsel, which iWmo does not have.

use super::{Level, Rule};
use crate::Law;
use crate::bericht;
use crate::bericht::berichtsoort::Berichtsoort::Antwoord;

pub(crate) static RULE: Rule = Rule {
    id: "TR377",
    code: "0001",
    level: Level::Message,
    laws: &[Law::Jw],
    berichten: &[Antwoord],
    since: "3.2",
    at: "Antwoord",
};

/// The reason: another municipality is responsible (code list WJ759).
pub(super) const WOONPLAATSBEGINSEL: &str = "8";

pub(crate) fn names_no_municipality(antwoord: &bericht::Antwoord<'_>) -> bool {
    antwoord.reden_afwijzing.as_deref() == Some(WOONPLAATSBEGINSEL)
        && antwoord.woonplaatsbeginsel.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Sample;

    #[test]
    fn reason_8_names_the_municipality() {
        let refused = Sample::new(Law::Jw, Antwoord)
            .with("Antwoord/VerzoekAntwoord", "1")
            .with("Antwoord/RedenAfwijzingVerzoek", "8");
        assert_eq!(refused.broken(), ["TR377 Antwoord"]);
        let named = refused.with("Antwoord/Woonplaatsbeginsel/Gemeente", "0344");
        assert_eq!(named.broken(), [] as [&str; 0]);
    }

    #[test]
    fn iwmo_has_no_such_rule() {
        let refused = Sample::new(Law::Wmo, Antwoord)
            .with("Antwoord/VerzoekAntwoord", "1")
            .with("Antwoord/RedenAfwijzingVerzoek", "8");
        assert_eq!(refused.broken(), [] as [&str; 0]);
    }
}
