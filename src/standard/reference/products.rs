//! Product codes that a municipality and a provider have agreed, for rule TR381: the national list, and what a municipality adds to it.
//! Says nothing of prices: that is `contracts`.

use std::collections::HashMap;

use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

use super::error::ReferenceError;
use super::file::{Days, Text};
use super::party::{self, LawName};
use crate::bericht::berichtsoort::Law;

/// `products/<name>.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[expect(dead_code, reason = "for the reader of the file")]
    title: String,
    law: LawName,
    gemeente: Option<Spanned<String>>,
    aanbieder: Option<Spanned<String>>,
    #[serde(default)]
    national: bool,
    valid_from: Option<Date>,
    valid_to: Option<Date>,
    product: Vec<Spanned<Row>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    categorie: String,
    code: String,
    valid_from: Option<Date>,
    valid_to: Option<Date>,
}

/// Whose list it is. Without gemeente: the national one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Owner {
    law: Law,
    gemeente: Option<String>,
    aanbieder: Option<String>,
}

/// One list.
#[derive(Clone, Debug)]
pub(super) struct ProductList {
    days: Days,
    /// Codes of the national list are agreed as well.
    national: bool,
    /// By code: the Categorie it belongs to, and when.
    codes: HashMap<String, Vec<(String, Days)>>,
}

/// All lists that are loaded.
#[derive(Clone, Debug, Default)]
pub(super) struct Products {
    lists: HashMap<Owner, Vec<ProductList>>,
}

impl Products {
    pub(super) fn add(&mut self, text: Text<'_>) -> Result<(), ReferenceError> {
        let file: File = text.read()?;
        let at = file.gemeente.as_ref().or(file.aanbieder.as_ref());
        let at = at.map(Spanned::span).unwrap_or_default();
        if let Some(gemeente) = &file.gemeente {
            party::gemeente(text, gemeente)?;
        } else if file.aanbieder.is_some() || file.national {
            return Err(text.fault(
                at,
                "a list without gemeente is the national one: it has no aanbieder and no national",
            ));
        }
        if let Some(aanbieder) = &file.aanbieder {
            party::aanbieder(text, aanbieder)?;
        }
        let Some(days) = Days::between(file.valid_from, file.valid_to) else {
            return Err(text.fault(at, "valid_to is before valid_from; mend the list"));
        };
        let owner = Owner {
            law: file.law.law(),
            gemeente: file.gemeente.map(Spanned::into_inner),
            aanbieder: file.aanbieder.map(Spanned::into_inner),
        };
        let lists = self.lists.entry(owner).or_default();
        if lists.iter().any(|other| other.days.meets(days)) {
            return Err(text.fault(
                at,
                "another list of the same parties holds on the same day; give each its valid_from and valid_to",
            ));
        }
        lists.push(ProductList {
            days,
            national: file.national,
            codes: read_rows(text, &file.product)?,
        });
        Ok(())
    }

    /// The lists that concern two parties.
    pub(super) fn between(&self, law: Law, gemeente: &str, aanbieder: &str) -> Agreed<'_> {
        let of = |gemeente: Option<&str>, aanbieder: Option<&str>| {
            let owner = Owner {
                law,
                gemeente: gemeente.map(str::to_owned),
                aanbieder: aanbieder.map(str::to_owned),
            };
            self.lists.get(&owner).map_or(&[][..], Vec::as_slice)
        };
        Agreed {
            national: of(None, None),
            local: of(Some(gemeente), None),
            pair: of(Some(gemeente), Some(aanbieder)),
        }
    }

    pub(super) fn len(&self) -> usize {
        let lists = self.lists.values().flatten();
        lists.map(|list| list.codes.len()).sum()
    }
}

fn read_rows(
    text: Text<'_>,
    rows: &[Spanned<Row>],
) -> Result<HashMap<String, Vec<(String, Days)>>, ReferenceError> {
    let mut codes: HashMap<String, Vec<(String, Days)>> = HashMap::with_capacity(rows.len());
    for row in rows {
        let Row {
            categorie, code, ..
        } = row.get_ref();
        if categorie.chars().count() != 2 || !(1..=5).contains(&code.chars().count()) {
            return Err(text.fault(
                row.span(),
                "a categorie has two characters and a code one to five; write them as in messages",
            ));
        }
        let Some(days) = Days::between(row.get_ref().valid_from, row.get_ref().valid_to) else {
            return Err(text.fault(row.span(), "valid_to is before valid_from; mend the row"));
        };
        let known = codes.entry(code.clone()).or_default();
        if known
            .iter()
            .any(|(other, then)| other != categorie && then.meets(days))
        {
            return Err(text.fault(
                row.span(),
                "the code belongs to another categorie on the same day; a code has one categorie",
            ));
        }
        known.push((categorie.clone(), days));
    }
    Ok(codes)
}

/// What two parties have agreed; absent lists are empty.
#[derive(Clone, Copy, Debug)]
pub(super) struct Agreed<'r> {
    national: &'r [ProductList],
    local: &'r [ProductList],
    pair: &'r [ProductList],
}

impl Agreed<'_> {
    /// Whether a product may be named on a day. `None`: no list of this municipality is known for that day, and the national list does
    /// not have it, so that nobody can say.
    pub(super) fn has(&self, categorie: &str, code: &str, day: Date) -> Option<bool> {
        let on = |lists: &'_ [ProductList]| {
            let place = lists.iter().position(|list| list.days.has(day))?;
            let list = lists.get(place)?;
            Some((list.national, list.has(categorie, code, day)))
        };
        let national = || on(self.national).map(|(_, has)| has);
        match on(self.pair).or_else(|| on(self.local)) {
            Some((_, true)) => Some(true),
            Some((false, false)) => Some(false),
            // A list that adds to the national one tells nothing while that is absent.
            Some((true, false)) => national(),
            None => national().filter(|has| *has),
        }
    }
}

impl ProductList {
    fn has(&self, categorie: &str, code: &str, day: Date) -> bool {
        let rows = self.codes.get(code).into_iter().flatten();
        rows.into_iter()
            .any(|(of, days)| of == categorie && days.has(day))
    }
}
