//! TR374: a client has one open request at a time.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. Open is what no 319 has refused and no 301 has honoured; each product
//! of a 315 is a request of its own. Requests of other providers do not count (OP095). The published table
//! hangs the rule on the message; we put it on Client in a 315 and on Verzoek in a 317.

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::{VerzoekToewijzing, VerzoekWijziging};
use crate::history::{Past, Pseudonym, Verzoek};

pub(crate) static RULE: Rule = Rule {
    id: "TR374",
    code: "9374",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[VerzoekToewijzing, VerzoekWijziging],
    since: "3.2",
    at: "Client|Client/Verzoek",
};

pub(crate) fn has_open_request(past: &Past, client: Pseudonym) -> bool {
    let known = past.client(client);
    let mut requests = known.into_iter().flat_map(|client| &client.verzoeken);
    requests.any(|verzoek| past.verzoek(*verzoek).is_none_or(Verzoek::is_open))
}
