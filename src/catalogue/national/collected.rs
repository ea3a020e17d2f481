//! Facts as they were collected: CSV with quotes, columns by the name in the first line.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Collected, LeftOut, NamedCategory, Place, Product, Release};
use crate::canonical::{Unreadable, optional};
use crate::code::Code;
use crate::finding::{Class, Finding};
use crate::findings::Findings;
use crate::law::{Law, Municipality};
use crate::source::Source;

const PRODUCTS: &str = "product_codes.csv";
const CATEGORIES: &str = "categories.csv";
const MUNICIPALITIES: &str = "municipalities_";
const SOURCES: &str = "sources.csv";

#[derive(Deserialize)]
struct ProductLine {
    list: String,
    release: String,
    law: String,
    code: String,
    description_nl: String,
    category_code: String,
    variant: String,
    #[serde(default)]
    help_form_or_group_nl: String,
    #[serde(default)]
    nza_code: String,
    #[serde(default)]
    source: String,
}

#[derive(Deserialize)]
struct CategoryLine {
    law: String,
    code: String,
    name_nl: String,
    valid_from: String,
    valid_to: String,
}

#[derive(Deserialize)]
struct MunicipalityLine {
    cbs_code: String,
    name: String,
    youth_region_unverified: String,
}

#[derive(Deserialize)]
struct SourceLine {
    source: String,
    #[serde(rename = "where")]
    place: String,
}

/// Reads the facts. Err: what is wrong with them.
pub(super) fn read(facts: &[Source]) -> Result<Collected, Vec<Finding>> {
    let mut reading = Reading {
        collected: Collected::default(),
        findings: Findings::default(),
    };
    let named = |name: &str| facts.iter().find(|source| source.path == name);
    // The newest, should there be several.
    let municipalities = facts
        .iter()
        .filter(|source| source.path.starts_with(MUNICIPALITIES) && is_csv(&source.path))
        .max_by(|a, b| a.path.cmp(&b.path));
    let files = [
        (PRODUCTS, named(PRODUCTS)),
        (CATEGORIES, named(CATEGORIES)),
        ("municipalities_<year>.csv", municipalities),
        (SOURCES, named(SOURCES)),
    ];
    for (name, file) in files {
        if file.is_none() {
            reading.findings.push(Finding {
                file: name.into(),
                line: 0,
                class: Class::F09,
                count: 1,
                text: "Dit bestand is er niet.".to_owned(),
                remedy: "Noem de map waarin de feiten staan.".to_owned(),
            });
        }
    }
    if let [
        (_, Some(products)),
        (_, Some(categories)),
        (_, Some(municipalities)),
        (_, Some(sources)),
    ] = files
    {
        reading.products(products, sources);
        reading.categories(categories);
        reading.municipalities(municipalities);
        let read = [products, categories, municipalities, sources].map(|source| &source.path);
        let mut rest: Vec<_> = facts.iter().map(|source| source.path.clone()).collect();
        rest.retain(|path| is_csv(path) && !read.contains(&path));
        rest.sort_unstable();
        if !rest.is_empty() {
            reading.collected.left_out.push(LeftOut::Files(rest));
        }
    }
    if reading.findings.is_empty() {
        Ok(reading.collected)
    } else {
        Err(reading.findings.told())
    }
}

struct Reading {
    collected: Collected,
    findings: Findings,
}

/// A line of a file, to say what is wrong with it.
struct At<'s> {
    file: &'s Source,
    line: u32,
}

impl Reading {
    fn products(&mut self, file: &Source, sources: &Source) {
        let sources: BTreeMap<String, String> = self
            .lines::<SourceLine>(sources)
            .into_iter()
            .map(|(_, line)| (line.source, line.place.trim().to_owned()))
            .collect();
        let (mut help_forms, mut nza_codes) = (0, 0);
        for (line, product) in self.lines::<ProductLine>(file) {
            let at = At { file, line };
            help_forms += usize::from(!product.help_form_or_group_nl.is_empty());
            nza_codes += usize::from(!product.nza_code.is_empty());
            self.product(&at, &product, &sources);
        }
        for (count, what) in [
            (help_forms, LeftOut::HelpForm(help_forms)),
            (nza_codes, LeftOut::NzaCode(nza_codes)),
        ] {
            if count > 0 {
                self.collected.left_out.push(what);
            }
        }
    }

    fn product(&mut self, at: &At<'_>, line: &ProductLine, sources: &BTreeMap<String, String>) {
        let code: Option<Code> = self.needed(at, "code", &line.code);
        let law: Option<Law> = self.needed(at, "law", &line.law);
        // A release is named by its month, and what is known of its day is no more.
        let date: Option<Date> = self.needed(at, "release", &format!("{}-01", line.release));
        let category = self.optional(at, "category_code", &line.category_code);
        let variant = self.optional(at, "variant", &line.variant);
        let name = self.text(at, "description_nl", &line.description_nl);
        let (Some(code), Some(law), Some(date), Ok(category), Ok(variant), Some(name)) =
            (code, law, date, category, variant, name)
        else {
            return;
        };
        let key = (list_name(&line.list), line.release.clone());
        let release = self.collected.releases.entry(key);
        let release = release.or_insert_with(|| Release {
            list: line.list.clone(),
            law,
            date,
            source: sources.get(&line.source).cloned().unwrap_or_default(),
            products: BTreeMap::new(),
        });
        let is_of_another_law = release.law != law;
        let product = Product {
            code,
            category,
            variant,
            name,
        };
        let before = release.products.insert(code, product);
        if is_of_another_law {
            self.wrong(
                at,
                "law",
                "een uitgave is van een wet, en eerder stond er een andere",
            );
        }
        if before.is_some() {
            self.wrong(at, "code", "deze code staat al eerder in deze uitgave");
        }
    }

    fn categories(&mut self, file: &Source) {
        let mut others: BTreeMap<String, usize> = BTreeMap::new();
        for (line, category) in self.lines::<CategoryLine>(file) {
            let at = At { file, line };
            let Ok(law) = category.law.parse() else {
                *others.entry(category.law).or_default() += 1;
                continue;
            };
            let code = self.needed(&at, "code", &category.code);
            let name = self.text(&at, "name_nl", &category.name_nl);
            let from = self.optional(&at, "valid_from", &category.valid_from);
            let to = self.optional(&at, "valid_to", &category.valid_to);
            if let (Some(code), Some(name), Ok(from), Ok(to)) = (code, name, from, to) {
                let named = NamedCategory { name, from, to };
                let before = self.collected.categories.insert((law, code), named);
                if before.is_some() {
                    self.wrong(&at, "code", "deze categorie staat al eerder in deze lijst");
                }
            }
        }
        let others = others.into_iter();
        let others = others.map(|(law, count)| LeftOut::Categories(law, count));
        self.collected.left_out.extend(others);
    }

    fn municipalities(&mut self, file: &Source) {
        for (line, municipality) in self.lines::<MunicipalityLine>(file) {
            let at = At { file, line };
            let code: Option<Municipality> = self.needed(&at, "cbs_code", &municipality.cbs_code);
            let name = self.text(&at, "name", &municipality.name);
            let region = municipality.youth_region_unverified.trim().to_owned();
            if let (Some(code), Some(name)) = (code, name) {
                let place = Place { name, region };
                if self.collected.municipalities.insert(code, place).is_some() {
                    self.wrong(&at, "cbs_code", "deze gemeente staat er al");
                }
            }
        }
        self.collected.left_out.push(LeftOut::Province);
    }

    /// The lines that can be read, with their numbers.
    fn lines<T: DeserializeOwned>(&mut self, file: &Source) -> Vec<(u32, T)> {
        let mut lines = Vec::new();
        let mut reader = csv::Reader::from_reader(file.bytes.as_slice());
        let headers = match reader.headers() {
            Ok(headers) => headers.clone(),
            Err(error) => {
                self.unreadable(file, &error);
                return lines;
            }
        };
        let mut record = csv::StringRecord::new();
        loop {
            match reader.read_record(&mut record) {
                Ok(true) => {}
                Ok(false) => return lines,
                Err(error) => {
                    self.unreadable(file, &error);
                    // After a line with too few cells the next can be read; after a fault of reading it can not.
                    if error.is_io_error() {
                        return lines;
                    }
                    continue;
                }
            }
            match record.deserialize(Some(&headers)) {
                Ok(line) => lines.push((line_of(record.position()), line)),
                Err(error) => {
                    // A column lacks: of every line the same would be said.
                    self.unreadable(file, &error);
                    return lines;
                }
            }
        }
    }

    fn unreadable(&mut self, file: &Source, error: &csv::Error) {
        self.findings.push(Finding {
            file: file.path.as_str().into(),
            line: line_of(error.position()),
            class: Class::F05,
            count: 1,
            text: format!("Het bestand is niet te lezen ({error})."),
            remedy: "Verbeter de regel of de kop.".to_owned(),
        });
    }

    fn wrong(&mut self, at: &At<'_>, column: &str, why: impl std::fmt::Display) {
        self.findings.push(Finding {
            file: at.file.path.as_str().into(),
            line: at.line,
            class: Class::F06,
            count: 1,
            text: format!("De kolom `{column}` is niet te gebruiken ({why})."),
            remedy: "Verbeter de waarde.".to_owned(),
        });
    }

    /// A cell that may be empty. Err: it could not be read.
    fn optional<T>(
        &mut self,
        at: &At<'_>,
        column: &str,
        cell: &str,
    ) -> Result<Option<T>, Unreadable>
    where
        T: std::str::FromStr<Err: std::fmt::Display>,
    {
        optional(cell, |why| self.wrong(at, column, why))
    }

    fn needed<T>(&mut self, at: &At<'_>, column: &str, cell: &str) -> Option<T>
    where
        T: std::str::FromStr<Err: std::fmt::Display>,
    {
        cell.parse()
            .map_err(|error| self.wrong(at, column, error))
            .ok()
    }

    /// A text that a cell of ours can hold.
    fn text(&mut self, at: &At<'_>, column: &str, cell: &str) -> Option<String> {
        let cell = cell.trim();
        if cell.is_empty() || cell.contains(char::is_control) {
            self.wrong(at, column, "leeg, of met een tab of regeleinde erin");
            return None;
        }
        Some(cell.to_owned())
    }
}

fn is_csv(path: &str) -> bool {
    std::path::Path::new(path)
        .extension()
        .is_some_and(|extension| extension == "csv")
}

fn line_of(position: Option<&csv::Position>) -> u32 {
    let line = position.map_or(0, csv::Position::line);
    u32::try_from(line).unwrap_or(u32::MAX)
}

/// The name of a list in our files.
fn list_name(list: &str) -> String {
    match list {
        // The division of aids has no number; its published name says what it is of.
        "HULPMIDDELEN" => "aids".to_owned(),
        other => other.to_lowercase(),
    }
}
