//! The labelled pairs and the lists they point into, read from CSV files. What the engine gets to see of a pair is decided here: never its own code.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Deserialize;

use super::split::Half;
use crate::code::{Category, Code};
use crate::law::Law;
use crate::suggest::{Local, National};

/// The texts of the files that suggestions are evaluated on.
#[derive(Debug, Clone, Copy)]
pub struct Texts<'t> {
    /// `labelled_pairs.csv`: local products and the national codes they are.
    pub pairs: &'t str,
    /// `local_codes.csv`: their tariffs.
    pub local: &'t str,
    /// `product_codes.csv`: the national lists.
    pub products: &'t str,
    /// `categories.csv`: the names of the categories.
    pub categories: &'t str,
}

/// Why the files cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluateError {
    /// A file is not CSV, or lacks a column.
    #[error("{file} cannot be read: {why}")]
    Unreadable {
        /// Which.
        file: &'static str,
        /// Why.
        why: csv::Error,
    },
    /// A value is none of those that exist.
    #[error("{file} line {line}: `{column}` cannot be read")]
    Value {
        /// The file.
        file: &'static str,
        /// Its record, from 1.
        line: usize,
        /// The column.
        column: &'static str,
    },
}

/// The releases that targets are taken from.
pub const RELEASES: &[(&str, &str)] = &[
    ("WMO021", "2019-02"),
    ("JZ21", "2019-02"),
    ("HULPMIDDELEN", "2022-01"),
];

/// Who says that a pair belongs together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The municipality uses the national code itself.
    Owner,
    /// One reader's judgement.
    Hand,
}

/// What a local product is to its target, as labelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Labelled {
    /// The same.
    Exact,
    /// The local product is narrower.
    Narrower,
    /// The local product is broader.
    Broader,
    /// They overlap.
    Related,
    /// No counterpart.
    None,
}

/// A labelled local product.
#[derive(Debug, Clone)]
pub struct Query {
    /// What the engine may see: no code. The category is that of the first two characters of the local code where they are a category of the law; the
    /// municipality's messages have it.
    pub local: Local,
    /// The acceptable codes; none where there is no counterpart.
    pub targets: BTreeSet<Code>,
    /// What it is to them.
    pub relation: Labelled,
    /// Who says so.
    pub origin: Origin,
    /// Whose product.
    pub owner: String,
    /// Which half its owner is in.
    pub half: Half,
}

/// All that is evaluated on.
#[derive(Debug)]
pub struct Data {
    /// The local products, in the order of the file.
    pub queries: Vec<Query>,
    /// The national products to choose from.
    pub products: Vec<National>,
    /// The names of categories.
    pub categories: HashMap<(Law, Category), String>,
}

#[derive(Deserialize)]
struct PairRecord {
    source: String,
    law: String,
    local_code: String,
    local_description_nl: String,
    unit_code: String,
    relation: Labelled,
    target_code: String,
    origin: String,
}

#[derive(Deserialize)]
struct LocalRecord {
    source: String,
    law: String,
    local_code: String,
    description_nl: String,
    unit_code: String,
    price_eur: String,
}

#[derive(Deserialize)]
struct ProductRecord {
    list: String,
    release: String,
    law: String,
    code: String,
    description_nl: String,
    category_code: String,
    variant: String,
}

#[derive(Deserialize)]
struct CategoryRecord {
    law: String,
    code: String,
    name_nl: String,
}

const PAIRS: &str = "labelled_pairs.csv";
const LOCAL: &str = "local_codes.csv";
const PRODUCTS: &str = "product_codes.csv";
const CATEGORIES: &str = "categories.csv";

impl Data {
    /// Reads them. Only pairs of origin `owner` and `hand` are queries: derived ones are trivial for a comparison of texts.
    pub fn read(texts: &Texts<'_>) -> Result<Self, EvaluateError> {
        let mut categories = HashMap::new();
        for record in records::<CategoryRecord>(CATEGORIES, texts.categories)? {
            // Besides the two laws the file has the list for pgb.
            if let (Ok(law), Ok(category)) = (record.law.parse(), record.code.parse()) {
                categories.insert((law, category), record.name_nl);
            }
        }
        let mut products = Vec::new();
        for (at, record) in records::<ProductRecord>(PRODUCTS, texts.products)?
            .into_iter()
            .enumerate()
        {
            if !RELEASES.contains(&(&record.list, &record.release)) {
                continue;
            }
            let wrong = |column| EvaluateError::Value {
                file: PRODUCTS,
                line: at + 1,
                column,
            };
            products.push(National {
                law: record.law.parse().map_err(|_| wrong("law"))?,
                code: record.code.parse().map_err(|_| wrong("code"))?,
                category: record.category_code.parse().ok(),
                variant: record.variant.parse().ok(),
                name: record.description_nl,
                release: format!("{}:{}", record.list, record.release),
            });
        }
        let mut tariffs = HashMap::new();
        for record in records::<LocalRecord>(LOCAL, texts.local)? {
            let key = (
                record.source,
                record.law,
                record.local_code,
                record.description_nl,
                record.unit_code,
            );
            if let Some(cents) = cents(&record.price_eur) {
                tariffs.entry(key).or_insert(cents);
            }
        }
        let mut queries: Vec<Query> = Vec::new();
        let mut known = BTreeMap::new();
        for (at, record) in records::<PairRecord>(PAIRS, texts.pairs)?
            .into_iter()
            .enumerate()
        {
            let origin = match record.origin.as_str() {
                "owner" => Origin::Owner,
                "hand" => Origin::Hand,
                _ => continue,
            };
            let wrong = |column| EvaluateError::Value {
                file: PAIRS,
                line: at + 1,
                column,
            };
            let law: Law = record.law.parse().map_err(|_| wrong("law"))?;
            let target: Option<Code> = if record.target_code.is_empty() {
                None
            } else {
                Some(
                    record
                        .target_code
                        .parse()
                        .map_err(|_| wrong("target_code"))?,
                )
            };
            if target.is_none() != (record.relation == Labelled::None) {
                return Err(wrong("relation"));
            }
            let category = record
                .local_code
                .get(..2)
                .and_then(|two| two.parse().ok())
                .filter(|category| categories.contains_key(&(law, *category)));
            let key = (
                record.source,
                record.law,
                record.local_code,
                record.local_description_nl,
                record.unit_code,
            );
            let index = *known.entry(key.clone()).or_insert(queries.len());
            if index == queries.len() {
                let tariff_cents = tariffs.get(&key).copied();
                let (owner, _, _, label, unit) = key;
                queries.push(Query {
                    local: Local {
                        municipality: None,
                        law,
                        category,
                        code: None,
                        label,
                        unit: unit.parse().ok(),
                        variant: None,
                        tariff_cents,
                    },
                    targets: BTreeSet::new(),
                    relation: record.relation,
                    origin,
                    half: Half::of(&owner),
                    owner,
                });
            }
            if let Some(query) = queries.get_mut(index) {
                query.targets.extend(target);
            }
        }
        Ok(Self {
            queries,
            products,
            categories,
        })
    }
}

fn records<R: serde::de::DeserializeOwned>(
    file: &'static str,
    text: &str,
) -> Result<Vec<R>, EvaluateError> {
    csv::Reader::from_reader(text.as_bytes())
        .into_deserialize()
        .collect::<Result<_, _>>()
        .map_err(|why| EvaluateError::Unreadable { file, why })
}

/// `83.55` as eurocents.
fn cents(text: &str) -> Option<u32> {
    let (euros, cents) = text.split_once('.').unwrap_or((text, "00"));
    let cents = if cents.len() == 2 { cents } else { return None };
    let euros: u32 = euros.parse().ok()?;
    euros
        .checked_mul(100)?
        .checked_add(cents.parse::<u32>().ok()?)
}
