//! A product as a message says it and as the catalogue knows it, and the edits that make the one from the other.

use knooppunt_catalogue::translate::Product;
use knooppunt_catalogue::{Category, Code, Unit};

use super::why;
use crate::product::{Edit, Field, Occurrence};

/// A product of a message in the words of the catalogue.
#[derive(Clone, Copy)]
pub(super) struct Said {
    /// It; a field that the catalogue cannot say is absent.
    pub(super) product: Product,
    /// Whether all of it could be said, and stands in the message in the one way in which we would write it.
    pub(super) is_exact: bool,
}

impl Said {
    pub(super) fn read(occurrence: &Occurrence<'_>) -> Self {
        let mut is_exact = true;
        let mut sound = |there: &Option<Field<'_>>, known: bool| {
            is_exact &= there.as_ref().is_none_or(|field| field.is_plain && known);
        };
        let category = parsed::<Category>(occurrence.categorie.as_ref());
        let code = parsed::<Code>(occurrence.code.as_ref());
        let unit = parsed::<Unit>(occurrence.eenheid.as_ref());
        let volume = occurrence.volume.as_ref().and_then(Field::number);
        let tariff_cents = occurrence.tarief.as_ref().and_then(Field::number);
        sound(&occurrence.categorie, category.is_some());
        sound(&occurrence.code, code.is_some());
        sound(&occurrence.eenheid, unit.is_some());
        sound(&occurrence.volume, volume.is_some());
        sound(&occurrence.tarief, tariff_cents.is_some());
        Self {
            product: Product {
                category,
                code,
                unit,
                volume,
                tariff_cents,
            },
            is_exact,
        }
    }

    /// The edits by which the message says this product instead. Err: that cannot be done exactly, and why.
    pub(super) fn becoming(
        &self,
        occurrence: &Occurrence<'_>,
        to: &Product,
    ) -> Result<Vec<Edit>, &'static str> {
        if !self.is_exact {
            return Err(why::WRITTEN);
        }
        let amount = |of: &Product| Some(u128::from(of.volume?) * u128::from(of.tariff_cents?));
        if amount(&self.product) != amount(to) {
            return Err(why::AMOUNT);
        }
        let number = |of: Option<u64>| of.map(|number| number.to_string());
        let fields = [
            (&occurrence.categorie, to.category.map(|of| of.to_string())),
            (&occurrence.code, to.code.map(|of| of.to_string())),
            (&occurrence.eenheid, to.unit.map(|of| of.to_string())),
            (&occurrence.volume, number(to.volume)),
            (&occurrence.tarief, number(to.tariff_cents)),
        ];
        let mut edits = Vec::new();
        for (field, text) in fields {
            match (field, text) {
                (Some(field), Some(text)) => edits.extend(Edit::of(field, text)),
                (None, None) => {}
                (Some(_), None) | (None, Some(_)) => return Err(why::FIELDS),
            }
        }
        Ok(edits)
    }
}

fn parsed<T: std::str::FromStr>(field: Option<&Field<'_>>) -> Option<T> {
    field?.text.parse().ok()
}
