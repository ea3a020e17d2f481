//! `knooppunt catalogue`: the product-code tables of municipalities, and the national lists they translate to. One file an order.

mod canonical;
mod generate;
mod lint;
mod mark;

use std::path::Path;

use clap::{Args, Subcommand};
use knooppunt_catalogue::{Catalogue, Finding, Source};

use super::screen::Screen;
use super::{Exit, Stop, words};
use crate::tables::{self, TablesError};

/// Beheer tabellen van productcodes: wat een gemeente bedoelt met haar codes, en welke landelijke code dat is
#[derive(Debug, Args)]
#[command(after_help = "\
Voorbeelden:
  knooppunt catalogue lint mappings                       wat er mis is met tabellen, met bestand en regel
  knooppunt catalogue canonical --from FEITEN             maak de landelijke lijsten opnieuw
  knooppunt catalogue mark mappings/gm0363/map.tsv --state confirmed --by contractbeheer --score 0.80
                                                          bevestig voorgestelde rijen, verwerp ze of neem dat terug
  knooppunt catalogue generate --codes 2000 --municipalities 20 --out PROEF
                                                          verzin tabellen, om mee te meten en te proberen

Wat de bestanden van een map met tabellen betekenen staat in mappings/README.md.")]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Lint(lint::Arguments),
    Canonical(canonical::Arguments),
    Generate(generate::Arguments),
    Mark(mark::Arguments),
}

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    match &arguments.command {
        Command::Lint(arguments) => lint::run(arguments, screen),
        Command::Canonical(arguments) => canonical::run(arguments, screen),
        Command::Generate(arguments) => generate::run(arguments, screen),
        Command::Mark(arguments) => mark::run(arguments, screen),
    }
}

/// The files of a folder. Err: Dutch.
fn files(folder: &Path, extensions: &[&str]) -> Result<Vec<Source>, Stop> {
    tables::read(folder, extensions).map_err(|error| Stop::unable(in_words(&error)))
}

/// The tables of a folder, and what is wrong with their files.
fn load(folder: &Path) -> Result<(Catalogue, Vec<Finding>), Stop> {
    Ok(Catalogue::load(files(folder, tables::EXTENSIONS)?))
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

/// So many of a thing: `1 rij`, `2 rijen`.
fn count(count: usize, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}
