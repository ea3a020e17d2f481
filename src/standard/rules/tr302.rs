//! TR302: one message allocates the same product once at a time.
//!
//! Technical rules iJw 3.2 and iWmo 3.2 (their texts differ: aids of iWmo). Rows that remove an allocation do not count:
//! RedenWijziging 13 or 01 with Einddatum on Ingangsdatum. OP259 speaks of Code alone; Categorie and Code are compared, for a
//! code is of one category (TR381). Every row that overlaps is told.

use super::stacked::{Care, stacked};
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
    let care = |row: &'p ToegewezenProduct<'t>| {
        let product = row.product.as_ref();
        Some((
            row,
            Care::of(law, product, row.ingangsdatum, row.einddatum)?,
        ))
    };
    let rows = counted.filter_map(care);
    let (judged, care): (Vec<_>, Vec<_>) = rows.unzip();
    let places = stacked(&care).into_iter();
    places
        .filter_map(|place| judged.get(place).copied())
        .collect()
}

fn is_removed(row: &ToegewezenProduct<'_>) -> bool {
    matches!(row.reden_wijziging.as_deref(), Some("13" | "01"))
        && row.einddatum == Some(row.ingangsdatum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Sample, both};

    const ROW: &str = "Client/ToegewezenProducten/ToegewezenProduct";

    /// Two rows under keys of their own: the sample's, and one over these days with this product.
    fn beside(
        sample: &Sample,
        begin: &str,
        end: Option<&str>,
        product: [Option<&str>; 2],
    ) -> Sample {
        let mut sample = sample
            .clone()
            .again(ROW)
            .with(&format!("{ROW}[2]/ToewijzingNummer"), "1002");
        sample = sample.with(&format!("{ROW}[2]/Ingangsdatum"), begin);
        sample = match end {
            Some(end) => sample.with(&format!("{ROW}[2]/Einddatum"), end),
            None => sample
                .without(&format!("{ROW}[2]/Einddatum"))
                .with(&format!("{ROW}[2]/Omvang/Frequentie"), "4"),
        };
        match product {
            [Some(categorie), Some(code)] => sample
                .with(&format!("{ROW}[2]/Product/Categorie"), categorie)
                .with(&format!("{ROW}[2]/Product/Code"), code),
            [Some(categorie), None] => sample
                .with(&format!("{ROW}[2]/Product/Categorie"), categorie)
                .without(&format!("{ROW}[2]/Product/Code"))
                .without(&format!("{ROW}[2]/Omvang")),
            [None, _] => sample
                .without(&format!("{ROW}[2]/Product"))
                .without(&format!("{ROW}[2]/Omvang"))
                .with(&format!("{ROW}[2]/Budget"), "100000"),
        }
    }

    fn both_told() -> [String; 2] {
        [1, 2].map(|number| format!("TR302 {ROW}[{number}]"))
    }

    #[test]
    fn the_same_product_follows_and_does_not_overlap() {
        // The sample's row ends on 2026-12-31.
        for sample in both(Toewijzing) {
            let same = product_of(&sample);
            let on = |begin, end| beside(&sample, begin, end, same).broken();
            assert_eq!(on("2026-12-31", Some("2027-12-31")), both_told());
            assert_eq!(on("2026-12-31", None), both_told());
            assert_eq!(on("2027-01-01", Some("2027-12-31")), [] as [&str; 0]);
            assert_eq!(on("2027-01-01", None), [] as [&str; 0]);
        }
    }

    #[test]
    fn a_row_without_code_stands_for_its_category_and_one_without_product_for_all() {
        for sample in both(Toewijzing) {
            let [categorie, _] = product_of(&sample);
            let on = |product| beside(&sample, "2026-12-31", Some("2027-12-31"), product).broken();
            assert_eq!(on([categorie, Some("X")]), [] as [&str; 0], "another code");
            assert_eq!(on([categorie, None]), both_told());
            assert_eq!(
                on([Some(other(&sample)), None]),
                [] as [&str; 0],
                "another category"
            );
            assert_eq!(on([None, None]), both_told());
        }
    }

    #[test]
    fn aids_of_iwmo_may_be_stacked() {
        let [_, sample] = both(Toewijzing);
        for categorie in ["11", "12", "13", "14"] {
            let aid = sample
                .clone()
                .with(&format!("{ROW}/Product/Categorie"), categorie)
                .with(&format!("{ROW}/Product/Code"), "X");
            let on = |product| beside(&aid, "2026-12-31", Some("2027-12-31"), product).broken();
            for product in [
                [Some(categorie), Some("X")],
                [Some(categorie), None],
                [None, None],
            ] {
                assert_eq!(on(product), [] as [&str; 0], "{categorie}");
            }
        }
    }

    fn product_of(sample: &Sample) -> [Option<&'static str>; 2] {
        match sample.law() {
            Law::Jw => [Some("45"), Some("45A04")],
            Law::Wmo => [Some("05"), Some("05A04")],
        }
    }

    fn other(sample: &Sample) -> &'static str {
        match sample.law() {
            Law::Jw => "44",
            Law::Wmo => "04",
        }
    }

    #[test]
    fn an_allocation_that_is_removed_does_not_count() {
        for sample in both(Toewijzing) {
            let removed = |reason: &str, end| {
                let product = product_of(&sample);
                let sample = beside(&sample, "2026-05-01", Some(end), product);
                sample
                    .with(&format!("{ROW}[2]/RedenWijziging"), reason)
                    .broken()
            };
            assert_eq!(removed("13", "2026-05-01"), [] as [&str; 0]);
            assert_eq!(removed("04", "2026-05-01"), both_told());
            // 01 is forbidden (CS336), and still does not overlap.
            let forbidden = removed("01", "2026-05-01");
            assert!(
                !forbidden.iter().any(|one| one.starts_with("TR302")),
                "{forbidden:?}"
            );
            assert!(removed("13", "2026-05-02").contains(&both_told()[0]));
        }
    }
}
