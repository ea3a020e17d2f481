//! `knooppunt catalogue import`: a table out of a form that others keep mappings in.

use std::path::PathBuf;

use clap::Args;
use knooppunt_catalogue::Source;
use knooppunt_catalogue::exchange::{fhir, sssom};

use super::super::screen::{Screen, complain};
use super::super::{Exit, Stop, files};
use super::{Tables, count, exit, load, put};

/// Neem een tabel van anderen over: SSSOM of FHIR R5 ConceptMap. Zij staat uit tot haar manifest anders zegt
#[derive(Debug, Args)]
#[command(after_help = "\
Voorbeelden:
  knooppunt catalogue import gm9901.sssom.tsv
  knooppunt catalogue import gm9901.json --tables mappings

Schrijft gm<CBS-code>/manifest.toml en map.tsv, en zegt wat daar mis mee is. Wat het bestand niet bevestigd noemt is een
voorstel. Een tabel die er al is wordt niet overschreven: haal haar eerst weg, of neem over in een andere map.

Eindcode: 0 overgenomen; 1 het bestand klopt niet, of de tabel is er al, en er is niets geschreven; 2 niet te lezen of te
schrijven, of de overgenomen tabel heeft fouten.")]
pub(super) struct Arguments {
    /// Het bestand; `-` is de standaardinvoer
    #[arg(value_name = "BESTAND")]
    file: PathBuf,
    #[command(flatten)]
    tables: Tables,
}

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    let (catalogue, _) = arguments.tables.load()?;
    let name = arguments.file.display().to_string();
    let bytes = files::read(&arguments.file)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Stop::unable(format!("{name}: is geen tekst in UTF-8")))?;
    let is_json = text
        .trim_start_matches('\u{feff}')
        .trim_start()
        .starts_with('{');
    let imported = if is_json {
        fhir::import(&catalogue, &name, &text)
    } else {
        sssom::import(&catalogue, &name, &text)
    };
    let imported = match imported {
        Ok(imported) => imported,
        Err(findings) => {
            for finding in &findings {
                complain(&finding.to_string());
            }
            return Ok(Exit::Bad);
        }
    };
    let folder = arguments
        .tables
        .tables
        .join(format!("gm{}", imported.set.municipality));
    if folder.exists() {
        complain(&format!("{}: er is al een tabel", folder.display()));
        return Ok(Exit::Bad);
    }
    let from = arguments.file.file_name().unwrap_or_default();
    let files = imported.set.to_files(&from.to_string_lossy());
    let in_folder = |file: &Source| {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        PathBuf::from(name)
    };
    let made = files.iter().map(|file| (in_folder(file), &*file.bytes));
    put::folder(&folder, made)?;
    for file in &files {
        let path = arguments.tables.tables.join(&file.path);
        screen.line(format_args!("geschreven: {}", path.display()))?;
    }
    screen.line(count(imported.set.mappings.len(), "rij", "rijen"))?;
    for loss in &imported.losses {
        complain(&format!("niet overgenomen: {loss}"));
    }
    let (_, mut findings) = load(&arguments.tables.tables)?;
    let of_it = format!("gm{}/", imported.set.municipality);
    findings.retain(|finding| finding.file.starts_with(&of_it));
    for finding in &findings {
        screen.line(finding)?;
    }
    Ok(exit(&findings, false))
}
