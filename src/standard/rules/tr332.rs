//! TR332: a ToewijzingNummer stays with its client.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. Another Product or Ingangsdatum under a number of the same client
//! has no return code: that is IV066, which is advice.

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort;
use crate::history::{Pseudonym, Toewijzing};

pub(crate) static RULE: Rule = Rule {
    id: "TR332",
    code: "9332",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Berichtsoort::Toewijzing],
    since: "3.2",
    at: "Client/ToegewezenProducten/ToegewezenProduct",
};

pub(crate) fn is_of_another_client(known: Option<&Toewijzing>, client: Pseudonym) -> bool {
    known.is_some_and(|known| known.client != client)
}
