//! TR409: a municipality is named only where a request is refused because it is the right one.
//!
//! Technical rule iJw 3.2 only, the other half of TR377: without reason 8 there is no class Woonplaatsbeginsel.

use super::tr377::WOONPLAATSBEGINSEL;
use super::{Level, Rule};
use crate::Law;
use crate::bericht;
use crate::bericht::berichtsoort::Berichtsoort::Antwoord;

pub(crate) static RULE: Rule = Rule {
    id: "TR409",
    code: "0001",
    level: Level::Message,
    laws: &[Law::Jw],
    berichten: &[Antwoord],
    since: "3.2",
    at: "Antwoord/Woonplaatsbeginsel",
};

pub(crate) fn names_a_municipality_for_nothing(antwoord: &bericht::Antwoord<'_>) -> bool {
    antwoord.reden_afwijzing.as_deref() != Some(WOONPLAATSBEGINSEL)
        && antwoord.woonplaatsbeginsel.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Sample;

    #[test]
    fn no_other_reason_names_a_municipality() {
        let sample = Sample::new(Law::Jw, Antwoord);
        let named = sample.with("Antwoord/Woonplaatsbeginsel/Gemeente", "0344");
        assert_eq!(
            named.broken(),
            ["TR409 Antwoord/Woonplaatsbeginsel"],
            "no reason"
        );
        let refused = named.with("Antwoord/VerzoekAntwoord", "1");
        let because = |reason| {
            let path = "Antwoord/RedenAfwijzingVerzoek";
            refused.clone().with(path, reason).broken()
        };
        assert_eq!(because("7"), ["TR409 Antwoord/Woonplaatsbeginsel"]);
        assert_eq!(because("8"), [] as [&str; 0]);
    }
}
