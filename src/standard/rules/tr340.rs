//! TR340: the ProductCode of a Prestatie is that of its allocation.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. Of debits; an allocation without Code leaves it open.

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::Declaratie;
use crate::history::{Product, Pseudonym};

pub(crate) static RULE: Rule = Rule {
    id: "TR340",
    code: "9340",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Declaratie],
    since: "3.2",
    at: "Declaratie/Clienten/Client/Prestaties/Prestatie",
};

pub(crate) fn is_other(allocated: Option<&Product>, code: Pseudonym) -> bool {
    let allocated = allocated.and_then(|product| product.code);
    allocated.is_some_and(|allocated| allocated != code)
}
