//! What TR302, TR386 and TR410 are tested with: two rows of the class that the rule is about, stacked and not.
//! Each rule names its class and calls the sentences; they stand here once.

use crate::Law;
use crate::rules::Rule;
use crate::sample::{Sample, both};

/// A class of which no two rows may be stacked in a message.
pub(crate) struct Class {
    /// The rule that forbids it.
    pub(crate) rule: &'static Rule,
    /// Element that is different in every row, and its value in the second.
    pub(crate) key: Option<(&'static str, &'static str)>,
    /// Element with the first day of a row.
    pub(crate) begin: &'static str,
    /// Element with the last day of a row.
    pub(crate) end: &'static str,
}

impl Class {
    /// Messages of its kind under both laws. Their row ends on 2026-12-31.
    fn samples(&self) -> [Sample; 2] {
        both(self.rule.berichten[0])
    }

    /// Two rows under keys of their own: the sample's, and one over these days with this product.
    pub(crate) fn beside(
        &self,
        sample: &Sample,
        begin: &str,
        end: Option<&str>,
        product: [Option<&str>; 2],
    ) -> Sample {
        let second = |element: &str| format!("{}[2]/{element}", self.rule.at);
        let mut sample = sample.clone().again(self.rule.at);
        if let Some((element, value)) = self.key {
            sample = sample.with(&second(element), value);
        }
        sample = sample.with(&second(self.begin), begin);
        sample = match end {
            Some(end) => sample.with(&second(self.end), end),
            None => sample
                .without(&second(self.end))
                .with(&second("Omvang/Frequentie"), "4"),
        };
        match product {
            [Some(categorie), Some(code)] => sample
                .with(&second("Product/Categorie"), categorie)
                .with(&second("Product/Code"), code),
            [Some(categorie), None] => sample
                .with(&second("Product/Categorie"), categorie)
                .without(&second("Product/Code"))
                .without(&second("Omvang")),
            [None, _] => sample
                .without(&second("Product"))
                .without(&second("Omvang"))
                .with(&second("Budget"), "100000"),
        }
    }

    /// What is told when both rows are stacked.
    pub(crate) fn both_told(&self) -> [String; 2] {
        [1, 2].map(|number| format!("{} {}[{number}]", self.rule.id, self.rule.at))
    }

    pub(crate) fn the_same_product_follows_and_does_not_overlap(&self) {
        for sample in self.samples() {
            let same = Self::product_of(&sample);
            let on = |begin, end| self.beside(&sample, begin, end, same).broken();
            assert_eq!(on("2026-12-31", Some("2027-12-31")), self.both_told());
            assert_eq!(on("2026-12-31", None), self.both_told());
            assert_eq!(on("2027-01-01", Some("2027-12-31")), [] as [&str; 0]);
            assert_eq!(on("2027-01-01", None), [] as [&str; 0]);
        }
    }

    pub(crate) fn a_row_without_code_stands_for_its_category_and_one_without_product_for_all(
        &self,
    ) {
        for sample in self.samples() {
            let [categorie, _] = Self::product_of(&sample);
            let end = Some("2027-12-31");
            let on = |product| self.beside(&sample, "2026-12-31", end, product).broken();
            assert_eq!(on([categorie, Some("X")]), [] as [&str; 0], "another code");
            assert_eq!(on([categorie, None]), self.both_told());
            let other = on([Some(Self::other_category(&sample)), None]);
            assert_eq!(other, [] as [&str; 0], "another category");
            assert_eq!(on([None, None]), self.both_told());
        }
    }

    pub(crate) fn aids_of_iwmo_may_be_stacked(&self) {
        let [_, sample] = self.samples();
        for categorie in ["11", "12", "13", "14"] {
            let aid = sample
                .clone()
                .with(&format!("{}/Product/Categorie", self.rule.at), categorie)
                .with(&format!("{}/Product/Code", self.rule.at), "X");
            let end = Some("2027-12-31");
            let on = |product| self.beside(&aid, "2026-12-31", end, product).broken();
            for product in [
                [Some(categorie), Some("X")],
                [Some(categorie), None],
                [None, None],
            ] {
                assert_eq!(on(product), [] as [&str; 0], "{categorie}");
            }
        }
    }

    /// Category and code of a sample's row.
    pub(crate) fn product_of(sample: &Sample) -> [Option<&'static str>; 2] {
        match sample.law() {
            Law::Jw => [Some("45"), Some("45A04")],
            Law::Wmo => [Some("05"), Some("05A04")],
        }
    }

    fn other_category(sample: &Sample) -> &'static str {
        match sample.law() {
            Law::Jw => "44",
            Law::Wmo => "04",
        }
    }
}
