//! `knooppunt catalogue`: the product-code tables of municipalities, and the national lists they translate to. One file an order.

mod canonical;
mod coverage;
mod diff;
mod export;
mod generate;
mod import;
mod lint;
mod mark;
mod migrate;
mod put;
mod suggest;
mod translate;

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jiff::civil::Date;
use knooppunt_catalogue::suggest::states::StateError;
use knooppunt_catalogue::{
    Catalogue, Finding, Level, Municipality, Source, Table, lint as conflicts, worst,
};

use super::screen::Screen;
use super::{Exit, Stop, words};
use crate::clock::{Clock as _, SystemClock, day_of};
use crate::tables::{self, TablesError};

/// Beheer tabellen van productcodes: wat een gemeente bedoelt met haar codes, en welke landelijke code dat is
#[derive(Debug, Args)]
#[command(after_help = "\
Voorbeelden:
  knooppunt catalogue lint mappings                              wat er mis is met tabellen, met bestand en regel
  knooppunt catalogue translate 9901 jw 45 45X48 --unit 04       wat een code van een gemeente landelijk is
  knooppunt catalogue coverage 0363                              hoeveel codes landelijk te begrijpen zijn
  knooppunt catalogue diff wmo021-2016-09 wmo021-2019-02         wat er veranderde tussen twee landelijke uitgaven
  knooppunt catalogue suggest 0363                               landelijke codes voor wat nog geen heeft
  knooppunt catalogue mark gm0363 --state confirmed --by contractbeheer --score 0.80
                                                                 bevestig voorgestelde rijen, verwerp ze of neem dat terug
  knooppunt catalogue export 9901 --form fhir                    een tabel als FHIR ConceptMap of SSSOM
  knooppunt catalogue generate --codes 2000 --municipalities 20 --out PROEF
                                                                 verzin tabellen, om mee te meten en te proberen

Elke opdracht leest de tabellen van de map mappings, of van --tables MAP. Wat de bestanden ervan betekenen staat in mappings/README.md.")]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Lint(lint::Arguments),
    Translate(translate::Arguments),
    Coverage(coverage::Arguments),
    Diff(diff::Arguments),
    Migrate(migrate::Arguments),
    Suggest(suggest::Arguments),
    Mark(mark::Arguments),
    Export(export::Arguments),
    Import(import::Arguments),
    Canonical(canonical::Arguments),
    Generate(generate::Arguments),
}

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    match &arguments.command {
        Command::Lint(arguments) => lint::run(arguments, screen),
        Command::Translate(arguments) => translate::run(arguments, screen),
        Command::Coverage(arguments) => coverage::run(arguments, screen),
        Command::Migrate(arguments) => migrate::run(arguments, screen),
        Command::Diff(arguments) => diff::run(arguments, screen),
        Command::Suggest(arguments) => suggest::run(arguments, screen),
        Command::Mark(arguments) => mark::run(arguments, screen),
        Command::Export(arguments) => export::run(arguments, screen),
        Command::Import(arguments) => import::run(arguments, screen),
        Command::Canonical(arguments) => canonical::run(arguments, screen),
        Command::Generate(arguments) => generate::run(arguments, screen),
    }
}

/// Which tables.
#[derive(Debug, Args)]
struct Tables {
    /// De map met tabellen
    #[arg(long, value_name = "MAP", default_value = "mappings")]
    tables: PathBuf,
}

impl Tables {
    /// The tables and what is wrong with them, whatever that is.
    fn load(&self) -> Result<(Catalogue, Vec<Finding>), Stop> {
        load(&self.tables)
    }

    /// The tables, of which nothing is wrong that is an error. Err: there is, or they cannot be read.
    fn sound(&self) -> Result<Catalogue, Stop> {
        let (catalogue, findings) = self.load()?;
        let is_error = |finding: &&Finding| finding.level() == Level::Error;
        let errors = findings.iter().filter(is_error).count();
        if let Some(first) = findings.iter().find(is_error) {
            return Err(Stop::unable(format!(
                "{}: {}; `knooppunt catalogue lint` toont alles\n{first}",
                self.tables.display(),
                count(errors, "fout", "fouten")
            )));
        }
        Ok(catalogue)
    }
}

/// The files of a folder. Err: Dutch.
fn files(folder: &Path, extensions: &[&str]) -> Result<Vec<Source>, Stop> {
    tables::read(folder, extensions).map_err(|error| Stop::unable(in_words(&error)))
}

/// The tables of a folder, and all that is wrong with them: their files, and what rows do to each other.
fn load(folder: &Path) -> Result<(Catalogue, Vec<Finding>), Stop> {
    let (catalogue, mut findings) = Catalogue::load(files(folder, tables::EXTENSIONS)?);
    findings.extend(conflicts::lint(&catalogue));
    findings.sort();
    Ok((catalogue, findings))
}

fn in_words(error: &TablesError) -> String {
    match error {
        TablesError::Unreadable { path, source } => {
            format!("{}: niet te lezen: {}", path.display(), words::os(source))
        }
        TablesError::TooMany(path) => format!(
            "{}: meer dan {} bestanden en mappen; is dit de map met tabellen?",
            path.display(),
            tables::ENTRIES_MAX
        ),
        TablesError::TooLarge(path) => format!(
            "{}: meer dan {} bytes bij elkaar; is dit de map met tabellen?",
            path.display(),
            tables::BYTES_MAX
        ),
        TablesError::TooDeep(path) => format!(
            "{}: te diep; een tabel staat in een map onder de map met tabellen",
            path.display()
        ),
    }
}

/// The table of a municipality.
fn table(catalogue: &Catalogue, municipality: Municipality) -> Result<&Table, Stop> {
    catalogue
        .table(municipality)
        .ok_or_else(|| Stop::unable(format!("gemeente {municipality} heeft geen tabel")))
}

/// The file of a municipality's own rows.
fn own_rows(tables: &Path, municipality: Municipality) -> PathBuf {
    tables.join(format!("gm{municipality}")).join("map.tsv")
}

/// A table as text, to change rows of.
fn read_rows(path: &Path) -> Result<String, Stop> {
    fs::read_to_string(path).map_err(|error| {
        let why = words::os(&error);
        Stop::unable(format!("{}: niet te lezen: {why}", path.display()))
    })
}

fn cannot_change(path: &Path, error: &StateError) -> Stop {
    let why = match error {
        StateError::NoColumn(column) => format!("de tabel mist de kolom `{column}`"),
        StateError::Words => "een rol of reden is een regel van ten hoogste 60 tekens".to_owned(),
        other => other.to_string(),
    };
    Stop::unable(format!("{}: {why}", path.display()))
}

/// `0363` or `gm0363`.
fn municipality(text: &str) -> Result<Municipality, String> {
    let code = text.strip_prefix("gm").unwrap_or(text);
    code.parse()
        .map_err(|_| "een CBS-code heeft vier cijfers, zoals 0363".to_owned())
}

/// A day.
fn day(text: &str) -> Result<Date, String> {
    text.parse()
        .map_err(|_| "een dag is jaar, maand en dag, zoals 2024-01-31".to_owned())
}

/// Today, in the Netherlands.
fn today() -> Date {
    day_of(SystemClock.now())
}

/// Something of a product, in the words of a table.
fn value<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| "zo schrijft een tabel dit niet".to_owned())
}

/// Euros, `83.55`, as eurocents.
fn cents(text: &str) -> Result<u64, String> {
    let wrong = || "een bedrag is in euro's met twee decimalen, zoals 83.55".to_owned();
    let (euros, cents) = text.split_once('.').ok_or_else(wrong)?;
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| text.parse::<u64>().ok()).flatten()
    };
    let is_cents = cents.len() == 2;
    let (euros, cents) = (number(euros), number(cents).filter(|_| is_cents));
    let all = euros.zip(cents);
    all.and_then(|(euros, cents)| euros.checked_mul(100)?.checked_add(cents))
        .ok_or_else(wrong)
}

/// Eurocents as euros.
fn euros(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// So many of a thing: `1 rij`, `2 rijen`.
fn count(count: usize, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}

/// How it ends by the worst that was found.
fn exit(findings: &[Finding], strict: bool) -> Exit {
    match worst(findings) {
        Some(Level::Error) => Exit::Unable,
        Some(Level::Warning) if strict => Exit::Bad,
        Some(Level::Warning | Level::Notice) | None => Exit::Good,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_has_two_decimals_and_fits() {
        assert_eq!(cents("83.55"), Ok(8355));
        assert_eq!(euros(8305), "83.05");
        for wrong in [
            "83",
            "83.5",
            "83,55",
            "-1.00",
            "+1.00",
            ".55",
            "83.",
            "184467440737095517.00",
        ] {
            assert!(cents(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_municipality_is_named_with_or_without_its_letters() {
        assert_eq!(municipality("gm0363"), municipality("0363"));
        assert!(municipality("363").is_err());
    }
}
