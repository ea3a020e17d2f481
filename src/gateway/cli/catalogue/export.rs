//! `knooppunt catalogue export`: a table in a form that others keep mappings in.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use knooppunt_catalogue::Municipality;
use knooppunt_catalogue::exchange::{fhir, sssom};

use super::super::screen::{Screen, complain};
use super::super::{Exit, Stop};
use super::{Tables, municipality, put, table};

/// Geef een tabel aan anderen: als SSSOM of als FHIR R5 ConceptMap. Zegt wat daar geen plaats in heeft
#[derive(Debug, Args)]
#[command(after_help = "\
Voorbeelden:
  knooppunt catalogue export 9901 --form sssom > gm9901.sssom.tsv
  knooppunt catalogue export 9901 --form fhir --out gm9901.json

De rijen van een regio staan er als rijen van de gemeente in. Wat verloren gaat staat op de foutuitvoer.

Eindcode: 0 gelukt; 2 de tabel is er niet, is niet in orde, of er is niet te schrijven.")]
pub(super) struct Arguments {
    /// De gemeente, met haar CBS-code
    #[arg(value_name = "GEMEENTE", value_parser = municipality)]
    municipality: Municipality,
    /// De vorm
    #[arg(long, value_name = "VORM")]
    form: Form,
    /// Het bestand; zonder: de standaarduitvoer
    #[arg(long, value_name = "BESTAND")]
    out: Option<PathBuf>,
    #[command(flatten)]
    tables: Tables,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Form {
    /// SSSOM, een tabel met tabs
    Sssom,
    /// ConceptMap van FHIR R5, JSON
    Fhir,
}

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    let catalogue = arguments.tables.sound()?;
    let table = table(&catalogue, arguments.municipality)?;
    let exported = match arguments.form {
        Form::Sssom => sssom::export(&catalogue, table),
        Form::Fhir => fhir::export(&catalogue, table),
    };
    match &arguments.out {
        Some(path) => {
            put::file(path, exported.text.as_bytes())?;
        }
        None => screen.bytes(exported.text.as_bytes())?,
    }
    for loss in &exported.losses {
        complain(&format!("gaat niet mee: {loss}"));
    }
    Ok(Exit::Good)
}
