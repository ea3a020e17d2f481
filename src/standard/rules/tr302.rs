//! TR302: one message allocates the same product once at a time.
//!
//! Technical rules iJw 3.2 and iWmo 3.2 (their texts differ: aids of iWmo). Rows that remove an allocation do not count:
//! RedenWijziging 13 or 01 with Einddatum on Ingangsdatum. OP259 speaks of Code alone; Categorie and Code are compared, for a
//! code is of one category (TR381). Every row that overlaps is told.

use super::stacked::{Care, overlapping};
use super::{Level, Rule};
use crate::Law;
use crate::bericht::ToegewezenProduct;
use crate::bericht::berichtsoort::Berichtsoort::Toewijzing;

pub(crate) static RULE: Rule = Rule {
    id: "TR302",
    code: "0001",
    level: Level::Message,
    laws: Rule::BOTH,
    berichten: &[Toewijzing],
    since: "3.2",
    at: "Client/ToegewezenProducten/ToegewezenProduct",
};

pub(crate) fn overlap<'p, 't>(
    law: Law,
    rows: &'p [ToegewezenProduct<'t>],
) -> Vec<&'p ToegewezenProduct<'t>> {
    let counted = rows.iter().filter(|row| !is_removed(row));
    overlapping(counted.map(|row| {
        let product = row.product.as_ref();
        (row, Care::of(law, product, row.ingangsdatum, row.einddatum))
    }))
}

fn is_removed(row: &ToegewezenProduct<'_>) -> bool {
    matches!(row.reden_wijziging.as_deref(), Some("13" | "01"))
        && row.einddatum == Some(row.ingangsdatum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::stacked::class::Class;
    use crate::sample::both;

    const CLASS: Class = Class {
        rule: &RULE,
        key: Some(("ToewijzingNummer", "1002")),
        begin: "Ingangsdatum",
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

    #[test]
    fn an_allocation_that_is_removed_does_not_count() {
        for sample in both(Toewijzing) {
            let removed = |reason: &str, end| {
                let product = Class::product_of(&sample);
                let sample = CLASS.beside(&sample, "2026-05-01", Some(end), product);
                let reason_of_second = format!("{}[2]/RedenWijziging", RULE.at);
                sample.with(&reason_of_second, reason).broken()
            };
            assert_eq!(removed("13", "2026-05-01"), [] as [&str; 0]);
            assert_eq!(removed("04", "2026-05-01"), CLASS.both_told());
            // 01 is forbidden (CS336), and still does not overlap.
            let forbidden = removed("01", "2026-05-01");
            assert!(
                !forbidden.iter().any(|one| one.starts_with("TR302")),
                "{forbidden:?}"
            );
            assert!(removed("13", "2026-05-02").contains(&CLASS.both_told()[0]));
        }
    }
}
