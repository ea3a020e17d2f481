//! TR349: a request for change names every allocation of the client that is actual at this provider.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. The text says the current date; we take Dagtekening, so that the
//! outcome can be repeated. Allocations that have yet to begin are actual, removed ones are not.

use jiff::civil::Date;

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::VerzoekWijziging;
use crate::history::{Past, Pseudonym, Toewijzing, Version};

pub(crate) static RULE: Rule = Rule {
    id: "TR349",
    code: "9349",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[VerzoekWijziging],
    since: "3.2",
    at: "Client/Verzoek",
};

pub(crate) fn names_all_actual(
    past: &Past,
    client: Pseudonym,
    named: &[Pseudonym],
    day: Date,
) -> bool {
    let known = past.client(client).into_iter();
    let known = known.flat_map(|client| &client.toewijzingen);
    let mut actual = known.filter(|nummer| {
        let current = past
            .toewijzing(**nummer)
            .filter(|known| known.client == client);
        let current = current.and_then(Toewijzing::current);
        current.is_some_and(|version: &Version| version.is_actual_on(day))
    });
    actual.all(|nummer| named.binary_search(nummer).is_ok())
}
