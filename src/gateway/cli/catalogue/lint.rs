//! `knooppunt catalogue lint`: what is wrong with tables.

use std::path::PathBuf;

use clap::Args;
use knooppunt_catalogue::{Catalogue, Finding, Level};

use super::super::screen::Screen;
use super::super::{Exit, Stop};
use super::{Tables, count, exit, load};

/// Zeg wat er mis is met tabellen: bestand, regel, en wat te doen
#[derive(Debug, Args)]
#[command(after_help = "\
Voorbeelden:
  knooppunt catalogue lint mappings             een regel per bevinding
  knooppunt catalogue lint mappings --strict    ook een waarschuwing geeft eindcode 1
  knooppunt catalogue lint mappings --json      een JSON-object per bevinding, op een regel

Eindcode: 0 geen fouten; 1 waarschuwingen, met --strict; 2 fouten, of de map is niet te lezen.")]
pub(super) struct Arguments {
    /// De map met tabellen; hetzelfde als --tables
    #[arg(value_name = "MAP", conflicts_with = "tables")]
    folder: Option<PathBuf>,
    /// Ook om een waarschuwing is de eindcode niet 0
    #[arg(long)]
    strict: bool,
    /// Een JSON-object per bevinding, op een regel
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    tables: Tables,
}

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    let (catalogue, findings) = match &arguments.folder {
        Some(folder) => load(folder)?,
        None => arguments.tables.load()?,
    };
    for finding in &findings {
        if arguments.json {
            screen.line(finding.to_json())?;
        } else {
            screen.line(finding)?;
        }
    }
    if !arguments.json {
        screen.line(summary(&catalogue, &findings))?;
    }
    Ok(exit(&findings, arguments.strict))
}

/// What was read and how many findings there are.
fn summary(catalogue: &Catalogue, findings: &[Finding]) -> String {
    let own = catalogue.tables.iter().map(|table| table.own.rows.len());
    let of_regions = catalogue.regions.iter().map(|region| region.set.rows.len());
    let of = |level| {
        let is = |finding: &&Finding| finding.level() == level;
        let found = findings.iter().filter(is);
        found.map(|finding| finding.count).sum()
    };
    format!(
        "{}, {}, {}, {}: {}, {}, {}",
        count(catalogue.tables.len(), "gemeente", "gemeenten"),
        count(catalogue.regions.len(), "regio", "regio's"),
        count(
            catalogue.releases.len(),
            "landelijke uitgave",
            "landelijke uitgaven"
        ),
        count(own.chain(of_regions).sum(), "rij", "rijen"),
        count(of(Level::Error), "fout", "fouten"),
        count(of(Level::Warning), "waarschuwing", "waarschuwingen"),
        count(of(Level::Notice), "opmerking", "opmerkingen"),
    )
}
