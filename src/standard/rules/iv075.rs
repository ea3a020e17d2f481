//! IV075: the product of a start or stop fits the allocation that it names. Advice: no return code.
//!
//! Instructions iJw 3.2 and iWmo 3.2, named by TR019. What the allocation leaves open fits anything.

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::{Start, Stop};
use crate::history::{Product, Toewijzing};

pub(crate) static RULE: Rule = Rule {
    id: "IV075",
    code: "",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Start, Stop],
    since: "3.2",
    at: "Client/StartProducten/StartProduct|Client/StopProducten/StopProduct",
};

pub(crate) fn does_not_fit(known: Option<&Toewijzing>, product: Option<&Product>) -> bool {
    let allocated = known
        .and_then(Toewijzing::current)
        .and_then(|version| version.product);
    let (Some(allocated), Some(product)) = (allocated, product) else {
        return false;
    };
    let codes_differ = match (allocated.code, product.code) {
        (Some(allocated), Some(code)) => allocated != code,
        _ => false,
    };
    allocated.categorie != product.categorie || codes_differ
}
