//! `knooppunt catalogue diff`: what changed between two national releases, or two tables.

use std::path::PathBuf;

use clap::Args;
use jiff::civil::Date;
use knooppunt_catalogue::canonical::Release;
use knooppunt_catalogue::diff::Diff;
use knooppunt_catalogue::{Catalogue, Municipality};

use super::super::screen::Screen;
use super::super::{Exit, Stop};
use super::{Tables, day, load, municipality, table, today};

/// Wat veranderde er tussen twee landelijke uitgaven, of tussen twee tabellen?
#[derive(Debug, Args)]
#[command(after_help = "\
Voorbeelden:
  knooppunt catalogue diff wmo021-2016-09 wmo021-2019-02
  knooppunt catalogue diff gm9901@2024-12-31 gm9901@2025-01-01        een tabel op twee dagen
  knooppunt catalogue diff gm9901 gm9901 --before VORIGE              een tabel in een eerdere map en in deze
  knooppunt catalogue diff --json jz21-2019-02 jz21-2025-02           een JSON-object per verandering

Van een uitgave die niet volledig is geldt een code die ontbreekt niet als vervallen.

Eindcode: 0 gelukt; 2 niet te lezen, of de uitgave of tabel is er niet.")]
pub(super) struct Arguments {
    /// De oudste: een uitgave, of gm met de CBS-code, en @ met een dag
    #[arg(value_name = "OUD", value_parser = side)]
    old: Side,
    /// De nieuwste
    #[arg(value_name = "NIEUW", value_parser = side)]
    new: Side,
    /// De map waarin de oudste staat, als dat een andere is
    #[arg(long, value_name = "MAP")]
    before: Option<PathBuf>,
    /// Een JSON-object per verandering, op een regel
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    tables: Tables,
}

#[derive(Debug, Clone)]
enum Side {
    Release(String),
    Table(Municipality, Option<Date>),
}

fn side(text: &str) -> Result<Side, String> {
    if !text.starts_with("gm") {
        return Ok(Side::Release(text.to_owned()));
    }
    match text.split_once('@') {
        Some((code, on)) => Ok(Side::Table(municipality(code)?, Some(day(on)?))),
        None => Ok(Side::Table(municipality(text)?, None)),
    }
}

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    let (catalogue, _) = arguments.tables.load()?;
    let before = match &arguments.before {
        Some(folder) => Some(load(folder)?.0),
        None => None,
    };
    let before = before.as_ref().unwrap_or(&catalogue);
    let diff = match (&arguments.old, &arguments.new) {
        (Side::Release(old), Side::Release(new)) => {
            if arguments.before.is_some() {
                return Err(Stop::unable(
                    "--before gaat over tabellen; uitgaven staan in dezelfde map",
                ));
            }
            let old = release(&catalogue, old)?;
            let new = release(&catalogue, new)?;
            if old.entry.law != new.entry.law {
                return Err(Stop::unable("deze uitgaven zijn van twee wetten"));
            }
            Diff::of_releases(&catalogue, old, new)
        }
        (Side::Table(old, on_old), Side::Table(new, on_new)) => {
            let day = |day: &Option<Date>| day.unwrap_or_else(today);
            Diff::of_tables(
                (before, table(before, *old)?, day(on_old)),
                (&catalogue, table(&catalogue, *new)?, day(on_new)),
            )
        }
        (Side::Release(_), Side::Table(..)) | (Side::Table(..), Side::Release(_)) => {
            return Err(Stop::unable(
                "vergelijk een uitgave met een uitgave, of een tabel met een tabel",
            ));
        }
    };
    let text = if arguments.json {
        diff.to_json_lines()
    } else {
        diff.to_string()
    };
    screen.bytes(text.as_bytes())?;
    Ok(Exit::Good)
}

/// The release of this name.
pub(super) fn release<'c>(catalogue: &'c Catalogue, name: &str) -> Result<&'c Release, Stop> {
    catalogue.release(name).ok_or_else(|| {
        let known: Vec<_> = catalogue
            .releases
            .iter()
            .map(|release| release.entry.name.as_str())
            .collect();
        Stop::unable(format!(
            "er is geen uitgave {name}; wel {}",
            known.join(", ")
        ))
    })
}
