//! TR379: an allocation names a request of this client that it may honour.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. The duty to name one cannot be judged by who receives it, so only a
//! wrong one is refused: a request that is not there, is another client's, was refused by a 319, or was
//! honoured before, unless this very version did so. Rows of one 301 may name the same request.

use super::{Level, Rule, Verdict};
use crate::assess::Around;
use crate::bericht::berichtsoort::Berichtsoort::Toewijzing;
use crate::history::{Honoured, Pseudonym};

pub(crate) static RULE: Rule = Rule {
    id: "TR379",
    code: "9379",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Toewijzing],
    since: "3.2",
    at: "Client/ToegewezenProducten/ToegewezenProduct",
};

pub(crate) fn may_honour(
    around: &Around<'_>,
    client: Pseudonym,
    verzoek: Pseudonym,
    by: &Honoured,
) -> Verdict {
    let Some(verzoek) = around.past.verzoek(verzoek) else {
        return around.absent(None);
    };
    if verzoek.honoured.contains(by) {
        return Verdict::Holds;
    }
    if !verzoek.honoured.is_empty() || verzoek.is_refused() {
        return Verdict::Broken;
    }
    match verzoek.request {
        Some(request) => Verdict::broken_if(request.client != client),
        None => around.absent(None),
    }
}
