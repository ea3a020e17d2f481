//! TR353: a request to change asks for something: a product that changes or a new one.
//!
//! Technical rules iJw 3.2 and iWmo 3.2.

use super::{Level, Rule};
use crate::bericht;
use crate::bericht::berichtsoort::Berichtsoort::VerzoekWijziging;

pub(crate) static RULE: Rule = Rule {
    id: "TR353",
    code: "0001",
    level: Level::Message,
    laws: Rule::BOTH,
    berichten: &[VerzoekWijziging],
    since: "3.2",
    at: "Client/Verzoek",
};

pub(crate) fn asks_for_nothing(verzoek: &bericht::VerzoekWijziging<'_>) -> bool {
    verzoek.changed.is_empty() && verzoek.new.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::both;

    #[test]
    fn something_changes_or_comes() {
        for sample in both(VerzoekWijziging) {
            let lists = [
                "Client/Verzoek/TeWijzigenProducten",
                "Client/Verzoek/NieuweProducten",
            ];
            for list in lists {
                assert_eq!(sample.clone().without(list).broken(), [] as [&str; 0]);
            }
            let neither = sample.without(lists[0]).without(lists[1]);
            assert_eq!(neither.broken(), ["TR353 Client/Verzoek"]);
        }
    }
}
