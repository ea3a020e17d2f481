//! Tariffs, units and variant that a municipality and a provider have in their contract, for the rules TR346 and TR418 and the limits of
//! TR321 and TR322. Absent contracts leave those parts unjudged.

use std::collections::HashMap;

use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

use super::error::ReferenceError;
use super::file::{Days, Text};
use super::party::{self, LawName};
use crate::bericht::berichtsoort::Law;
use crate::bericht::value::Eenheid;
use crate::measure::Variant;

/// `contracts/<name>.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[expect(dead_code, reason = "for the reader of the file")]
    title: String,
    law: LawName,
    gemeente: Spanned<String>,
    aanbieder: Spanned<String>,
    line: Vec<Spanned<Row>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    code: String,
    eenheid: String,
    product_tarief: Option<u64>,
    variant: Option<VariantName>,
    valid_from: Option<Date>,
    valid_to: Option<Date>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum VariantName {
    Effort,
    Output,
}

#[derive(Clone, Copy, Debug)]
struct Line {
    eenheid: Eenheid,
    product_tarief: Option<u64>,
    variant: Option<Variant>,
    days: Days,
}

/// The largest ProductTarief that a message can hold, cents (LDT_Bedrag).
const TARIEF_MAX: u64 = 99_999_999;

/// What two parties have agreed, by ProductCode.
#[derive(Clone, Debug, Default)]
pub(super) struct Contract {
    lines: HashMap<String, Vec<Line>>,
}

/// All contracts that are loaded.
#[derive(Clone, Debug, Default)]
pub(super) struct Contracts {
    by_parties: HashMap<(Law, String, String), Contract>,
}

impl Contracts {
    pub(super) fn add(&mut self, text: Text<'_>) -> Result<(), ReferenceError> {
        let file: File = text.read()?;
        party::gemeente(text, &file.gemeente)?;
        party::aanbieder(text, &file.aanbieder)?;
        let parties = (
            file.law.law(),
            file.gemeente.into_inner(),
            file.aanbieder.into_inner(),
        );
        let contract = self.by_parties.entry(parties).or_default();
        for row in &file.line {
            let line = read_line(text, row)?;
            let lines = contract
                .lines
                .entry(row.get_ref().code.clone())
                .or_default();
            if lines
                .iter()
                .any(|other| other.eenheid == line.eenheid && other.days.meets(line.days))
            {
                return Err(text.fault(
                    row.span(),
                    "the code has another line with this eenheid on the same day; give the earlier one a valid_to",
                ));
            }
            lines.push(line);
        }
        Ok(())
    }

    pub(super) fn between(&self, law: Law, gemeente: &str, aanbieder: &str) -> Option<&Contract> {
        self.by_parties
            .get(&(law, gemeente.to_owned(), aanbieder.to_owned()))
    }

    pub(super) fn len(&self) -> usize {
        let contracts = self.by_parties.values();
        contracts.map(|contract| contract.lines.len()).sum()
    }
}

fn read_line(text: Text<'_>, row: &Spanned<Row>) -> Result<Line, ReferenceError> {
    let Row {
        code,
        eenheid,
        product_tarief,
        variant,
        ..
    } = row.get_ref();
    let fault = |reason: &str| text.fault(row.span(), reason);
    if !(1..=5).contains(&code.chars().count()) {
        return Err(fault("a code has one to five characters, as in messages"));
    }
    let Some(eenheid) = Eenheid::from_code(eenheid) else {
        return Err(fault("eenheid is 01, 04, 14, 16, 82, 83 or 84"));
    };
    if product_tarief.is_some_and(|cents| cents > TARIEF_MAX) {
        return Err(fault("product_tarief is in cents, at most 99999999"));
    }
    if eenheid == Eenheid::Euro && product_tarief.is_some() {
        return Err(fault(
            "eenheid 83 is euros and has no tariff; leave product_tarief out",
        ));
    }
    let Some(days) = Days::between(row.get_ref().valid_from, row.get_ref().valid_to) else {
        return Err(fault("valid_to is before valid_from; mend the line"));
    };
    Ok(Line {
        eenheid,
        product_tarief: *product_tarief,
        variant: variant.map(|variant| match variant {
            VariantName::Effort => Variant::Effort,
            VariantName::Output => Variant::Output,
        }),
        days,
    })
}

impl Contract {
    /// Tariff of a code in a unit on a day, cents.
    pub(super) fn tarief(&self, code: &str, eenheid: Eenheid, day: Date) -> Option<u64> {
        let mut lines = self.lines_on(code, day);
        lines.find(|line| line.eenheid == eenheid)?.product_tarief
    }

    /// How delivery under a code is counted on a day, where the contract says so.
    pub(super) fn variant(&self, code: &str, eenheid: Eenheid, day: Date) -> Option<Variant> {
        let mut lines = self.lines_on(code, day);
        lines.find(|line| line.eenheid == eenheid)?.variant
    }

    fn lines_on(&self, code: &str, day: Date) -> impl Iterator<Item = &Line> {
        let lines = self.lines.get(code).into_iter().flatten();
        lines.filter(move |line| line.days.has(day))
    }
}
