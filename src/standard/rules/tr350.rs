//! TR350: what stays unchanged is an actual allocation of the client.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. Actual as in TR349.

use jiff::civil::Date;

use super::{Level, Rule, Verdict};
use crate::assess::Around;
use crate::bericht::berichtsoort::Berichtsoort::VerzoekWijziging;
use crate::history::Pseudonym;

pub(crate) static RULE: Rule = Rule {
    id: "TR350",
    code: "9350",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[VerzoekWijziging],
    since: "3.2",
    at: "Client/Verzoek/OngewijzigdeProducten/OngewijzigdProduct",
};

pub(crate) fn is_actual(around: &Around<'_>, client: Pseudonym, nummer: u64, day: Date) -> Verdict {
    let Some(toewijzing) = around.toewijzing(nummer) else {
        return around.absent(None);
    };
    let current = toewijzing.current();
    let is_actual = current.is_some_and(|version| version.is_actual_on(day));
    Verdict::broken_if(toewijzing.client != client || !is_actual)
}
