//! TR390: a debit is credited once.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. "Equal ProductReferentie" must mean VorigReferentieNummer, as ReferentieNummer is always new. A
//! debit that is not known, because it may be older than the past (TR323 not assessed), is credited once as well.

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::Declaratie;
use crate::history::Prestatie;

pub(crate) static RULE: Rule = Rule {
    id: "TR390",
    code: "9390",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Declaratie],
    since: "3.2",
    at: "Declaratie/Clienten/Client/Prestaties/Prestatie",
};

pub(crate) fn is_credited(vorig: Option<&Prestatie>) -> bool {
    vorig.is_some_and(|debit| debit.credit.is_some())
}
