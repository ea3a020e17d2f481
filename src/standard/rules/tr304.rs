//! TR304: a client is one for whom this provider has an allocation.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. Any allocation that was ever sent will do, also a removed one. In a
//! 317 nothing below the client can be judged when it is broken.

use super::{Level, Rule, Verdict};
use crate::assess::Around;
use crate::bericht::berichtsoort::Berichtsoort::VerzoekWijziging;
use crate::history::Pseudonym;

pub(crate) static RULE: Rule = Rule {
    id: "TR304",
    code: "8187",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[VerzoekWijziging],
    since: "3.0",
    at: "Client",
};

pub(crate) fn has_an_allocation(around: &Around<'_>, client: Pseudonym) -> Verdict {
    match around.past.client(client) {
        Some(client) if !client.toewijzingen.is_empty() => Verdict::Holds,
        _ => around.absent(None),
    }
}
