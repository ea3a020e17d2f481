//! TR361: what is asked for does not stack one product on another in time.
//!
//! Technical rules iJw 3.2 and iWmo 3.2, by the pairs of TR302. What is to change counts from its original
//! Ingangsdatum, since the old part runs on until the change, and to its new Einddatum: absent means none.
//! Pairs of new products are level 2 (TR410). Aids (iWmo, categories 11 to 14) may stack. One allocation
//! that is both to stay and to change is always broken.

use jiff::civil::Date;

use super::stacked::{self, Care};
use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::VerzoekWijziging;
use crate::history::{Product, Pseudonym};

pub(crate) static RULE: Rule = Rule {
    id: "TR361",
    code: "9361",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[VerzoekWijziging],
    since: "3.2",
    at: "Client/Verzoek",
};

/// A product that the request wants the client to have, in a period with both ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    pub(crate) product: Option<Product>,
    pub(crate) begin: Date,
    pub(crate) end: Option<Date>,
}

/// Among what there is already, or of that with what is new.
pub(crate) fn stacks(existing: &[Wanted], new: &[Wanted]) -> bool {
    let care = |rows: &[Wanted]| rows.iter().filter_map(Wanted::care).collect::<Vec<_>>();
    let (existing, new) = (care(existing), care(new));
    !stacked::stacked(&existing).is_empty() || stacked::stacked_on(&new, &existing)
}

impl Wanted {
    /// `None` when it may be stacked.
    fn care(&self) -> Option<Care<Pseudonym>> {
        let may_be_stacked = self.product.is_some_and(|product| product.aid);
        (!may_be_stacked).then_some(Care {
            product: self
                .product
                .map(|product| (product.categorie, product.code)),
            begin: self.begin,
            end: self.end,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use jiff::civil::date;

    fn product(categorie: u8, code: Option<u8>, aid: bool) -> Product {
        Product {
            categorie: Pseudonym([categorie; 16]),
            code: code.map(|code| Pseudonym([code; 16])),
            household: false,
            aid,
        }
    }

    fn wanted(product: Option<Product>, begin: Date, end: Option<Date>) -> Wanted {
        Wanted {
            product,
            begin,
            end,
        }
    }

    #[test]
    fn alike_is_the_same_code_or_a_category_without_code_or_no_product() {
        let from = date(2026, 3, 1);
        for (one, other, stacked) in [
            (
                Some(product(45, Some(4), false)),
                Some(product(45, Some(4), false)),
                true,
            ),
            (
                Some(product(45, Some(4), false)),
                Some(product(45, Some(5), false)),
                false,
            ),
            (
                Some(product(45, Some(4), false)),
                Some(product(44, Some(4), false)),
                false,
            ),
            (
                Some(product(45, None, false)),
                Some(product(45, Some(4), false)),
                true,
            ),
            (
                Some(product(45, None, false)),
                Some(product(44, None, false)),
                false,
            ),
            (None, Some(product(45, Some(4), false)), true),
            (None, None, true),
            (
                Some(product(12, Some(4), true)),
                Some(product(12, Some(4), true)),
                false,
            ),
            (None, Some(product(12, Some(4), true)), false),
        ] {
            let existing = [wanted(one, from, None), wanted(other, from, None)];
            assert_eq!(stacks(&existing, &[]), stacked);
            assert_eq!(stacks(&existing[..1], &existing[1..]), stacked);
        }
    }

    #[test]
    fn a_shared_day_overlaps_and_the_next_day_does_not() {
        let same = Some(product(45, Some(4), false));
        let first = [wanted(same, date(2026, 3, 2), Some(date(2026, 5, 31)))];
        assert!(stacks(&first, &[wanted(same, date(2026, 5, 31), None)]));
        assert!(!stacks(&first, &[wanted(same, date(2026, 6, 1), None)]));
    }
}
