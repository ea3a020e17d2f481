//! The national lists: what products there are to translate to. One release is one file; a code means something within its release alone, since one was given
//! another meaning before (02L04 between the releases of 2016 and 2019).

use std::collections::HashMap;
use std::sync::Arc;

use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

use crate::code::{Category, Code};
use crate::finding::{Class, Finding};
use crate::findings::Findings;
use crate::law::Law;
use crate::period::{Day, Period};
use crate::source::{File, Text};
use crate::tsv::Sheet;
use crate::unit::Variant;

const COLUMNS: &[&str] = &[
    "code",
    "category",
    "variant",
    "name",
    "valid_from",
    "valid_to",
];
const CODE: usize = 0;
const CATEGORY: usize = 1;
const VARIANT: usize = 2;
const NAME: usize = 3;
const FROM: usize = 4;
const TO: usize = 5;

/// What `canonical/releases.toml` says of a release.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseEntry {
    /// Its name, that of its file too: `jz21-2019-02`.
    pub name: String,
    /// The list it is a release of: `jz21`.
    pub list: String,
    /// The law.
    pub law: Law,
    /// The day of the copy it was made from; not always that of publication.
    #[serde(deserialize_with = "crate::period::day")]
    pub date: Date,
    /// The forms of code ([`Code::form`]) for which it is complete. Empty: complete. What has another form and is absent was not therefore withdrawn.
    #[serde(default)]
    pub forms: Vec<String>,
    /// Where it comes from, for people.
    #[serde(default)]
    pub source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReleasesFile {
    #[serde(default)]
    pub(crate) release: Vec<Spanned<ReleaseEntry>>,
}

/// A national product.
#[derive(Debug, Clone)]
pub struct Product {
    /// Its code.
    pub code: Code,
    /// Its category; none where the list gives none (codes P5001, L0001): the message decides.
    pub category: Option<Category>,
    /// Effort or output, where the list says so.
    pub variant: Option<Variant>,
    /// The published name.
    pub name: Text,
    /// Since when and until when, where the list says so.
    pub from: Option<Date>,
    /// The last day, where the list says so.
    pub to: Option<Date>,
    /// Its line.
    pub line: u32,
}

impl Product {
    /// Whether it may be used on this day, as far as the list says.
    pub fn holds(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

/// A release of a national list.
#[derive(Debug)]
pub struct Release {
    /// What is said of it.
    pub entry: ReleaseEntry,
    /// Its file, among [`crate::Catalogue::files`].
    pub file: u32,
    /// Its products, in the order of the file.
    pub products: Vec<Product>,
    by_code: HashMap<Code, usize>,
}

impl Release {
    /// The product of this code.
    pub fn get(&self, code: Code) -> Option<&Product> {
        self.by_code
            .get(&code)
            .and_then(|&index| self.products.get(index))
    }

    /// Whether a code of this form that is absent was not in the list either.
    pub fn is_complete_for(&self, code: Code) -> bool {
        self.entry.forms.is_empty() || self.entry.forms.contains(&code.form())
    }

    pub(crate) fn read(
        entry: ReleaseEntry,
        index: u32,
        file: &File,
        findings: &mut Findings,
    ) -> Option<Self> {
        let mut sheet = Sheet::open(file, COLUMNS, &["code", "name"], findings)?;
        let mut products: Vec<Product> = Vec::new();
        let mut by_code = HashMap::new();
        while let Some(cells) = sheet.next(findings) {
            let line = cells.line;
            let code: Code = match cells.get(CODE).parse() {
                Ok(code) => code,
                Err(error) => {
                    findings.push(malformed(file, line, cells.get(CODE), error));
                    continue;
                }
            };
            let mut wrong = |column, why: &dyn std::fmt::Display| {
                findings.push(sheet.unreadable(line, column, why));
            };
            let category = optional(cells.get(CATEGORY), |why| wrong(CATEGORY, why));
            let variant = optional(cells.get(VARIANT), |why| wrong(VARIANT, why));
            let from = day(cells.get(FROM), |why| wrong(FROM, why));
            let to = day(cells.get(TO), |why| wrong(TO, why));
            let (Ok(category), Ok(variant), Ok(from), Ok(to)) = (category, variant, from, to)
            else {
                continue;
            };
            if by_code.contains_key(&code) {
                findings.push(file.finding(
                    line,
                    Class::M01,
                    format!("De code {code} staat al eerder in deze lijst."),
                    "Houd van elke code een regel.",
                ));
                continue;
            }
            by_code.insert(code, products.len());
            products.push(Product {
                code,
                category,
                variant,
                name: Text::within(&file.text, cells.get(NAME)),
                from,
                to,
                line,
            });
        }
        Some(Self {
            entry,
            file: index,
            products,
            by_code,
        })
    }
}

/// A cell that may be empty. Err: it could not be read, which `wrong` was told.
pub(crate) fn optional<T>(
    cell: &str,
    mut wrong: impl FnMut(&dyn std::fmt::Display),
) -> Result<Option<T>, Unreadable>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    if cell.is_empty() {
        return Ok(None);
    }
    cell.parse().map(Some).map_err(|error| {
        wrong(&error);
        Unreadable
    })
}

/// A cell with a day that may be empty.
fn day(cell: &str, wrong: impl FnMut(&dyn std::fmt::Display)) -> Result<Option<Date>, Unreadable> {
    Ok(optional(cell, wrong)?.map(|Day(date)| date))
}

/// A cell that could not be read.
#[derive(Debug)]
pub(crate) struct Unreadable;

/// That a code is none (M12).
pub(crate) fn malformed(
    file: &File,
    line: u32,
    code: &str,
    error: crate::code::CodeError,
) -> Finding {
    use crate::code::CodeError;
    let (what, remedy) = match error {
        CodeError::Empty => ("is leeg", "Vul de code in."),
        CodeError::TooLong => (
            "is langer dan vijf tekens en kan niet worden verstuurd",
            "Kies een code van ten hoogste vijf tekens.",
        ),
        CodeError::Space => ("heeft een spatie", "Haal de spatie weg."),
        CodeError::LowerCase => ("heeft een kleine letter", "Schrijf hoofdletters."),
        CodeError::Exponent => (
            "wordt door een spreadsheet als getal met exponent gelezen",
            "Zet de bedoelde code terug of kies een andere; bewerk dit bestand niet in een spreadsheet.",
        ),
        CodeError::Character => (
            "heeft een teken dat in geen code voorkomt",
            "Gebruik letters en cijfers.",
        ),
    };
    let shown: String = code.chars().take(20).collect();
    file.finding(
        line,
        Class::M12,
        format!("De code `{shown}` {what}."),
        remedy,
    )
}

/// A category of the national list (WMO020, JZ020).
#[derive(Debug, Clone)]
pub struct NamedCategory {
    /// The law.
    pub law: Law,
    /// Its two digits.
    pub category: Category,
    /// The published name.
    pub name: Arc<str>,
    /// From when to when, where the list says so.
    pub period: Option<Period>,
}

pub(crate) fn read_categories(file: &File, findings: &mut Findings) -> Vec<NamedCategory> {
    const COLUMNS: &[&str] = &["law", "category", "name", "valid_from", "valid_to"];
    let mut found = Vec::new();
    let Some(mut sheet) = Sheet::open(file, COLUMNS, &["law", "category", "name"], findings) else {
        return found;
    };
    while let Some(cells) = sheet.next(findings) {
        let mut wrong = |column, why: &dyn std::fmt::Display| {
            findings.push(sheet.unreadable(cells.line, column, why));
        };
        let law = cells.get(0).parse().map_err(|why| wrong(0, &why));
        let category = cells.get(1).parse().map_err(|why| wrong(1, &why));
        let from = day(cells.get(3), |why| wrong(3, why));
        let to = day(cells.get(4), |why| wrong(4, why));
        if let (Ok(law), Ok(category), Ok(from), Ok(to)) = (law, category, from, to) {
            let period = match (from, to) {
                (None, None) => None,
                (from, to) => Some(Period {
                    from: from.unwrap_or(Date::MIN),
                    to,
                }),
            };
            found.push(NamedCategory {
                law,
                category,
                name: cells.get(2).into(),
                period,
            });
        }
    }
    found
}
