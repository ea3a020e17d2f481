//! `knooppunt catalogue coverage`: what share of codes, and of messages where those were counted, can be understood nationally; and what lies outside the lists.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use jiff::civil::Date;
use knooppunt_catalogue::coverage::{Coverage, Uses};
use knooppunt_catalogue::{Municipality, Source};

use super::super::screen::{Screen, complain};
use super::super::{Exit, Stop, words};
use super::{Tables, day, municipality, today};
use crate::tables;

/// Hoeveel codes en berichten zijn landelijk te begrijpen, en welke codes staan buiten de landelijke lijst?
#[derive(Debug, Args)]
#[command(after_help = "\
Voorbeelden:
  knooppunt catalogue coverage                                        alle gemeenten, naar wet, categorie, regio en jaar
  knooppunt catalogue coverage 0363 --uses gebruik.tsv                een gemeente, ongekoppelde codes naar gebruik
  knooppunt catalogue coverage --form svg > dekking.svg               een grafiek

Het gebruik is een tabel met tabs: municipality, law, category, code, count, en zo nodig year.

Eindcode: 0 gelukt; 1 in het gebruik staan regels die niet te lezen zijn; 2 niet te lezen.")]
pub(super) struct Arguments {
    /// De gemeente, met haar CBS-code; zonder: alle
    #[arg(value_name = "GEMEENTE", value_parser = municipality)]
    municipality: Option<Municipality>,
    /// Hoe vaak elke code in berichten stond
    #[arg(long, value_name = "BESTAND")]
    uses: Option<PathBuf>,
    /// De dag waarop naar de rijen wordt gekeken; zonder: vandaag
    #[arg(long, value_name = "DAG", value_parser = day)]
    on: Option<Date>,
    /// De vorm
    #[arg(long, value_name = "VORM", default_value = "text")]
    form: Form,
    #[command(flatten)]
    tables: Tables,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Form {
    /// Tekst voor mensen
    Text,
    /// Een JSON-object
    Json,
    /// Een grafiek
    Svg,
}

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    let (catalogue, _) = arguments.tables.load()?;
    let mut exit = Exit::Good;
    let uses = match &arguments.uses {
        None => None,
        Some(path) => {
            let (uses, findings) = Uses::read(source(path)?);
            for finding in &findings {
                complain(&finding.to_string());
                exit = Exit::Bad;
            }
            Some(uses)
        }
    };
    let on = arguments.on.unwrap_or_else(today);
    let coverage = match arguments.municipality {
        Some(municipality) => {
            Coverage::of_municipality(&catalogue, municipality, on, uses.as_ref())
        }
        None => Coverage::of(&catalogue, on, uses.as_ref()),
    };
    match arguments.form {
        Form::Text => screen.bytes(coverage.to_string().as_bytes())?,
        Form::Json => screen.line(coverage.to_json())?,
        Form::Svg => screen.bytes(coverage.to_svg().as_bytes())?,
    }
    Ok(exit)
}

fn source(path: &Path) -> Result<Source, Stop> {
    let mut bytes = Vec::new();
    let read =
        File::open(path).and_then(|file| file.take(tables::BYTES_MAX).read_to_end(&mut bytes));
    let why = match read {
        Ok(read) if (read as u64) < tables::BYTES_MAX => {
            return Ok(Source {
                path: path.display().to_string(),
                bytes,
            });
        }
        Ok(_) => "te groot".to_owned(),
        Err(error) => format!("niet te lezen: {}", words::os(&error)),
    };
    Err(Stop::unable(format!("{}: {why}", path.display())))
}
