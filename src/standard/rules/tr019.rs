//! TR019: a start or stop names an allocation of this client at this provider.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. A row without ToewijzingNummer is not judged: whether the contract
//! lets care begin without an allocation (IV096) no message tells. A removed allocation bears no new start,
//! but a stop may still name it when its start was accepted, or that care could never be closed. A start
//! that may be older than what is known may have been accepted.

use super::{Level, Rule, Verdict};
use crate::assess::Around;
use crate::bericht::berichtsoort::Berichtsoort::{Start, Stop};
use crate::history::{Pseudonym, Version};

pub(crate) static RULE: Rule = Rule {
    id: "TR019",
    code: "9019",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Start, Stop],
    since: "3.2",
    at: "Client/StartProducten/StartProduct|Client/StopProducten/StopProduct",
};

pub(crate) fn names_own_allocation(
    around: &Around<'_>,
    client: Pseudonym,
    nummer: u64,
    when_removed: Verdict,
) -> Verdict {
    let Some(toewijzing) = around.toewijzing(nummer) else {
        return around.absent(None);
    };
    if toewijzing.client != client {
        return Verdict::Broken;
    }
    if toewijzing.current().is_some_and(Version::is_removed) {
        return when_removed;
    }
    Verdict::Holds
}
