//! TR304: a client is one for whom this provider has an allocation.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. Any allocation that was ever sent will do, also a removed one. In a
//! 317 and a 323 nothing below the client can be judged when it is broken. The text speaks of the client;
//! what 8187 means speaks of a Prestatie, so that one on the allocation of another client gets it too. In a
//! 325 the client is one of the 323.

use super::{Level, Rule, Verdict};
use crate::assess::Around;
use crate::bericht::berichtsoort::Berichtsoort::{
    Declaratie, DeclaratieAntwoord, VerzoekWijziging,
};
use crate::history::Pseudonym;

pub(crate) static RULE: Rule = Rule {
    id: "TR304",
    code: "8187",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[VerzoekWijziging, Declaratie, DeclaratieAntwoord],
    since: "3.2",
    at: "Client|Declaratie/Clienten/Client|Declaratie/Clienten/Client/Prestaties/Prestatie|DeclaratieAntwoord/Clienten/Client",
};

pub(crate) fn has_an_allocation(around: &Around<'_>, client: Pseudonym) -> Verdict {
    match around.past.client(client) {
        Some(client) if !client.toewijzingen.is_empty() => Verdict::Holds,
        _ => around.absent(None),
    }
}

pub(crate) fn is_of_another(of_allocation: Pseudonym, client: Pseudonym) -> bool {
    of_allocation != client
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assess::Settings;
    use crate::history::{Change, Past, Request, RequestKind, Unkeyed};
    use crate::reference::Reference;
    use jiff::civil::date;

    #[test]
    fn a_request_makes_no_client_of_somebody_without_allocations() {
        let client = Pseudonym([1; 16]);
        let mut past = Past::new();
        past.apply(&Change::Requested {
            verzoek: Pseudonym([2; 16]),
            request: Request {
                client,
                kind: RequestKind::Toewijzing,
                dagtekening: date(2026, 4, 15),
            },
        });
        assert!(past.client(client).is_some());
        let around = Around {
            past: &past,
            pseudonyms: &Unkeyed,
            reference: &Reference::default(),
            settings: &Settings::default(),
            received: date(2026, 4, 15),
            history_from: Some(Around::FIRST_DAY),
            used_up: false,
        };
        assert_eq!(has_an_allocation(&around, client), Verdict::Broken);
    }
}
