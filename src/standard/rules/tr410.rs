//! TR410: one message asks for the same new product once at a time.
//!
//! Technical rules iJw 3.2 and iWmo 3.2 (their texts differ: aids of iWmo). As TR302, over the classes NieuwProduct of the
//! message; what is allocated beside them is TR361's matter. Every row that overlaps is told.

use super::stacked::{Care, stacked};
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
    let rows = rows.iter().filter_map(|row| {
        let product = row.product.as_ref();
        let begin = row.gewenste_ingangsdatum;
        Some((row, Care::of(law, product, begin, row.einddatum)?))
    });
    let (judged, care): (Vec<_>, Vec<_>) = rows.unzip();
    let places = stacked(&care).into_iter();
    places
        .filter_map(|place| judged.get(place).copied())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Sample, both};

    const ROW: &str = "Client/Verzoek/NieuweProducten/NieuwProduct";

    /// Two rows under keys of their own: the sample's, and one over these days with this product.
    fn beside(
        sample: &Sample,
        begin: &str,
        end: Option<&str>,
        product: [Option<&str>; 2],
    ) -> Sample {
        let mut sample = sample.clone().again(ROW);
        sample = sample.with(&format!("{ROW}[2]/GewensteIngangsdatum"), begin);
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
        [1, 2].map(|number| format!("TR410 {ROW}[{number}]"))
    }

    #[test]
    fn the_same_product_follows_and_does_not_overlap() {
        // The sample's row ends on 2026-12-31.
        for sample in both(VerzoekWijziging) {
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
        for sample in both(VerzoekWijziging) {
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
        let [_, sample] = both(VerzoekWijziging);
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
}
