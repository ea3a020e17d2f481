//! TR018: a stop does not end before it begins.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. Holds whatever StatusAanlevering is: a removal repeats a row that was taken.

use super::{Level, Rule};
use crate::bericht::StopProduct;
use crate::bericht::berichtsoort::Berichtsoort::Stop;

pub(crate) static RULE: Rule = Rule {
    id: "TR018",
    code: "0001",
    level: Level::Message,
    laws: Rule::BOTH,
    berichten: &[Stop],
    since: "3.0",
    at: "Client/StopProducten/StopProduct",
};

pub(crate) fn ends_before_it_begins(product: &StopProduct<'_>) -> bool {
    product.einddatum < product.begindatum
}
