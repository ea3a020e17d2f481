//! TR352: a request to change names at least one allocation that there is.
//!
//! Technical rules iJw 3.2 and iWmo 3.2.

use super::{Level, Rule};
use crate::bericht;
use crate::bericht::berichtsoort::Berichtsoort::VerzoekWijziging;

pub(crate) static RULE: Rule = Rule {
    id: "TR352",
    code: "0001",
    level: Level::Message,
    laws: Rule::BOTH,
    berichten: &[VerzoekWijziging],
    since: "3.2",
    at: "Client/Verzoek",
};

pub(crate) fn names_no_allocation(verzoek: &bericht::VerzoekWijziging<'_>) -> bool {
    verzoek.unchanged.is_empty() && verzoek.changed.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::both;

    #[test]
    fn an_allocation_stays_or_changes() {
        for sample in both(VerzoekWijziging) {
            let lists = [
                "Client/Verzoek/OngewijzigdeProducten",
                "Client/Verzoek/TeWijzigenProducten",
            ];
            for list in lists {
                assert_eq!(sample.clone().without(list).broken(), [] as [&str; 0]);
            }
            let neither = sample.without(lists[0]).without(lists[1]);
            assert_eq!(neither.broken(), ["TR352 Client/Verzoek"]);
        }
    }
}
