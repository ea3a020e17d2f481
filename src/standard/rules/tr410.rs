//! TR410: one message asks for the same new product once at a time.
//!
//! Technical rules iJw 3.2 and iWmo 3.2 (their texts differ: aids of iWmo). As TR302, over the classes NieuwProduct of the
//! message; what is allocated beside them is TR361's matter. Every row that overlaps is told.

use super::stacked::{Care, overlapping};
use super::{Level, Rule};
use crate::Law;
use crate::bericht::NieuwProduct;
use crate::bericht::berichtsoort::Berichtsoort::VerzoekWijziging;

pub(crate) static RULE: Rule = Rule {
    id: "TR410",
    code: "0001",
    level: Level::Message,
    laws: Rule::BOTH,
    berichten: &[VerzoekWijziging],
    since: "3.2",
    at: "Client/Verzoek/NieuweProducten/NieuwProduct",
};

pub(crate) fn overlap<'p, 't>(law: Law, rows: &'p [NieuwProduct<'t>]) -> Vec<&'p NieuwProduct<'t>> {
    overlapping(rows.iter().map(|row| {
        let product = row.product.as_ref();
        (
            row,
            Care::of(law, product, row.gewenste_ingangsdatum, row.einddatum),
        )
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::stacked::class::Class;

    const CLASS: Class = Class {
        rule: &RULE,
        key: None,
        begin: "GewensteIngangsdatum",
        end: "Einddatum",
    };

    #[test]
    fn the_same_product_follows_and_does_not_overlap() {
        CLASS.the_same_product_follows_and_does_not_overlap();
    }

    #[test]
    fn a_row_without_code_stands_for_its_category_and_one_without_product_for_all() {
        CLASS.a_row_without_code_stands_for_its_category_and_one_without_product_for_all();
    }

    #[test]
    fn aids_of_iwmo_may_be_stacked() {
        CLASS.aids_of_iwmo_may_be_stacked();
    }
}
