//! TR339: the ProductCategorie of a Prestatie is that of its allocation.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. Of debits; an allocation without Product leaves it open.

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::Declaratie;
use crate::history::{Product, Pseudonym};

pub(crate) static RULE: Rule = Rule {
    id: "TR339",
    code: "9339",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Declaratie],
    since: "3.2",
    at: "Declaratie/Clienten/Client/Prestaties/Prestatie",
};

pub(crate) fn is_other(allocated: Option<&Product>, categorie: Pseudonym) -> bool {
    allocated.is_some_and(|product| product.categorie != categorie)
}
