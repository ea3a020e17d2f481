//! TR383: each product that is asked for has a ReferentieAanbieder of its own.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. ReferentieAanbieder is the whole key of the class, so TR101 is broken as well. The second and
//! later are told.

use super::is;
use super::{Level, Rule};
use crate::bericht;
use crate::bericht::AangevraagdProduct;
use crate::bericht::berichtsoort::Berichtsoort::VerzoekToewijzing;

pub(crate) static RULE: Rule = Rule {
    id: "TR383",
    code: "0001",
    level: Level::Message,
    laws: Rule::BOTH,
    berichten: &[VerzoekToewijzing],
    since: "3.2",
    at: "Client/AangevraagdeProducten/AangevraagdProduct/ReferentieAanbieder",
};

pub(crate) fn asked_under_one_reference<'p, 't>(
    verzoek: &'p bericht::VerzoekToewijzing<'t>,
) -> impl Iterator<Item = &'p AangevraagdProduct<'t>> {
    let products = verzoek.products.iter();
    is::repeated(products.map(|product| (&*product.referentie_aanbieder, product)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::both;

    const PRODUCT: &str = "Client/AangevraagdeProducten/AangevraagdProduct";

    #[test]
    fn two_products_have_two_references() {
        for sample in both(VerzoekToewijzing) {
            let second = |reference| {
                sample
                    .clone()
                    .again(PRODUCT)
                    .with(&format!("{PRODUCT}[2]/ReferentieAanbieder"), reference)
                    .with(
                        &format!("{PRODUCT}[2]/ToewijzingIngangsdatum"),
                        "2027-01-01",
                    )
                    .with(&format!("{PRODUCT}[2]/ToewijzingEinddatum"), "2027-12-31")
                    .broken()
            };
            assert_eq!(second("V2"), [] as [&str; 0]);
            assert_eq!(
                second("V1"),
                [
                    "TR101 Client/AangevraagdeProducten/AangevraagdProduct[2]",
                    "TR383 Client/AangevraagdeProducten/AangevraagdProduct[2]/ReferentieAanbieder",
                ]
            );
        }
    }
}
