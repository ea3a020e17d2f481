//! The municipalities of CBS on a day, for rule TR378.
//! A list tells of its own year only: the division changes on 1 January.

use std::collections::{HashMap, HashSet};

use jiff::civil::{Date, date};
use serde::Deserialize;
use toml::Spanned;

use super::Listed;
use super::error::ReferenceError;
use super::file::{Days, Text};
use crate::codelijst::ListedCode;

/// `gemeenten/<name>.toml`, in the form of a code list with its edition.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "title, types and publisher are for the reader of the file"
)]
struct File {
    title: String,
    #[serde(default)]
    types: Vec<String>,
    #[serde(default)]
    publisher: Option<String>,
    edition: Spanned<Date>,
    #[serde(default)]
    valid_to: Option<Date>,
    code: Vec<Spanned<ListedCode>>,
}

#[derive(Clone, Debug)]
struct Edition {
    days: Days,
    codes: HashMap<String, Vec<Days>>,
}

/// All lists that are loaded.
#[derive(Clone, Debug, Default)]
pub(super) struct Gemeenten {
    editions: Vec<Edition>,
}

impl Gemeenten {
    pub(super) fn add(&mut self, text: Text<'_>) -> Result<(), ReferenceError> {
        let file: File = text.read()?;
        let from = *file.edition.get_ref();
        let to = file.valid_to.unwrap_or_else(|| date(from.year(), 12, 31));
        let Some(days) = Days::between(Some(from), Some(to)) else {
            return Err(text.fault(
                file.edition.span(),
                "valid_to is before edition; give the last day on which this division holds",
            ));
        };
        if self.editions.iter().any(|other| other.days.meets(days)) {
            return Err(text.fault(
                file.edition.span(),
                "another list of municipalities holds on the same day; give the earlier one a valid_to or remove it",
            ));
        }
        let mut codes: HashMap<String, Vec<Days>> = HashMap::with_capacity(file.code.len());
        for row in &file.code {
            let code = &row.get_ref().code;
            if code.len() != 4 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(text.fault(row.span(), "a code of a gemeente has four digits"));
            }
            let Some(days) = Days::of(row.get_ref()) else {
                return Err(text.fault(row.span(), "valid_to is before valid_from; mend the row"));
            };
            codes.entry(code.clone()).or_default().push(days);
        }
        self.editions.push(Edition { days, codes });
        Ok(())
    }

    pub(super) fn has(&self, code: &str, day: Date) -> Listed {
        let edition = self.editions.iter().find(|edition| edition.days.has(day));
        edition.map_or(Listed::Unknown, |edition| {
            let rows = edition.codes.get(code).into_iter().flatten();
            Listed::known(rows.into_iter().any(|days| days.has(day)))
        })
    }

    /// How many codes are known, over all editions.
    pub(super) fn len(&self) -> usize {
        let codes = self
            .editions
            .iter()
            .flat_map(|edition| edition.codes.keys());
        codes.collect::<HashSet<_>>().len()
    }
}
