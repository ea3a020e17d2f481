//! The national lists in the form of our tables, made from the facts in which they were collected: codes, categories, variants, published names and dates, as
//! CSV. Says what it read and what it left out. Does not judge the lists; what is wrong with the facts is found, and then nothing is made.

mod collected;
mod written;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::code::{Category, Code};
use crate::finding::{Class, Finding};
use crate::law::{Law, Municipality};
use crate::load::Catalogue;
use crate::source::Source;
use crate::unit::Variant;

/// What was made, and of what.
#[derive(Debug)]
pub struct Made {
    /// The files, by path below the folder of tables.
    pub files: Vec<Source>,
    /// The releases, by list and date.
    pub releases: Vec<MadeRelease>,
    /// How many categories there are of each law.
    pub categories: BTreeMap<Law, usize>,
    /// How many municipalities.
    pub municipalities: usize,
    /// What the facts say and these files do not.
    pub left_out: Vec<LeftOut>,
}

/// A release that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeRelease {
    /// Its name: `jz21-2019-02`.
    pub name: String,
    /// How many products it has.
    pub products: usize,
    /// How many of them have no category of their own.
    pub without_category: usize,
    /// Forms of code of which an earlier release of the list has products and this one has none at all: of these it is taken to be incomplete.
    pub lacks: BTreeSet<String>,
}

/// What the facts say and the made files do not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeftOut {
    /// The help form or group of so many products: no translation depends on it.
    HelpForm(usize),
    /// The code of the Nederlandse Zorgautoriteit of so many products: no translation depends on it.
    NzaCode(usize),
    /// So many categories of a list that is not of the messages (`wmo-pgb`).
    Categories(String, usize),
    /// The province of municipalities.
    Province,
    /// Files that have nothing of this in them.
    Files(Vec<String>),
}

/// A product as it was collected.
struct Product {
    code: Code,
    category: Option<Category>,
    variant: Option<Variant>,
    name: String,
}

/// A release as it was collected.
struct Release {
    list: String,
    law: Law,
    date: Date,
    source: String,
    products: BTreeMap<Code, Product>,
}

/// A category as it was collected.
struct NamedCategory {
    name: String,
    from: Option<Date>,
    to: Option<Date>,
}

/// A municipality as it was collected.
struct Place {
    name: String,
    region: String,
}

/// All that was collected, in the order in which it is written.
#[derive(Default)]
struct Collected {
    releases: BTreeMap<(String, String), Release>,
    categories: BTreeMap<(Law, Category), NamedCategory>,
    municipalities: BTreeMap<Municipality, Place>,
    left_out: Vec<LeftOut>,
}

/// Makes the files of the national lists, the categories and the municipalities from a folder of facts: `product_codes.csv`, `categories.csv`,
/// `municipalities_<year>.csv` and `sources.csv`. The same facts make the same bytes. Err: what is wrong with them, by file and line; then nothing is made.
pub fn make(facts: &[Source]) -> Result<Made, Vec<Finding>> {
    let collected = collected::read(facts)?;
    let mut releases = Vec::new();
    let mut forms = BTreeMap::new();
    for ((list, release), of_it) in &collected.releases {
        let own: BTreeSet<String> = of_it.products.keys().map(Code::form).collect();
        let before: &mut BTreeSet<String> = forms.entry(list).or_default();
        let lacks = before.difference(&own).cloned().collect();
        before.extend(own);
        let without = |product: &&Product| product.category.is_none();
        releases.push(MadeRelease {
            name: format!("{list}-{release}"),
            products: of_it.products.len(),
            without_category: of_it.products.values().filter(without).count(),
            lacks,
        });
    }
    let files = written::files(&collected, &releases);
    // What cannot be read back as tables is no use to anybody.
    let (_, findings) = Catalogue::load(files.clone());
    if findings.iter().any(|finding| finding.class != Class::F10) {
        return Err(findings);
    }
    let mut categories = BTreeMap::new();
    for (law, _) in collected.categories.keys() {
        *categories.entry(*law).or_default() += 1;
    }
    Ok(Made {
        files,
        releases,
        categories,
        municipalities: collected.municipalities.len(),
        left_out: collected.left_out,
    })
}

#[cfg(test)]
mod tests;
