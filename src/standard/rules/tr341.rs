//! TR341: the Eenheid of a Prestatie is that of its allocation; minutes may be declared on hours.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. iWmo points at IV081 for the exception. Not the other way round: hours on an allocation in minutes
//! break it, though OP267 names no exception at all. Without Omvang the contract decides, which messages do not tell: it holds.

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::Declaratie;
use crate::bericht::{Eenheid, Omvang};
use crate::measure;

pub(crate) static RULE: Rule = Rule {
    id: "TR341",
    code: "9341",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Declaratie],
    since: "3.2",
    at: "Declaratie/Clienten/Client/Prestaties/Prestatie",
};

pub(crate) fn is_other(allocated: Option<Omvang>, eenheid: Eenheid) -> bool {
    allocated.is_some_and(|omvang| measure::factor(omvang.eenheid, eenheid).is_none())
}
