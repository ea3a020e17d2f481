//! `knooppunt catalogue migrate`: what a table would say under a new national release.

use clap::Args;
use jiff::civil::Date;
use knooppunt_catalogue::migrate::{Plan, propose};

use super::super::screen::Screen;
use super::super::{Exit, Stop};
use super::diff::release;
use super::{Tables, day, municipality, put, table, today};

/// Stel voor wat een tabel onder een nieuwe landelijke uitgave zou zeggen: rijen eindigen en beginnen opnieuw, niets wordt met terugwerkende kracht veranderd
#[derive(Debug, Args)]
#[command(after_help = "\
Voorbeelden:
  knooppunt catalogue migrate gm9901 wmo021-2016-09 wmo021-2019-02 --from 2027-01-01            wat er zou veranderen
  knooppunt catalogue migrate wbw jz21-2019-02 jz21-2025-02 --from 2027-01-01 --write           een regio, en schrijf het in haar tabel

Nieuwe rijen zijn voorstellen: `knooppunt catalogue mark` bevestigt ze. Waarschuwt voor de kalender van het wijzigingsprotocol.

Eindcode: 0 gelukt; 2 zo kan het niet, of er is niet te lezen of te schrijven.")]
pub(super) struct Arguments {
    /// De tabel: gm met de CBS-code, of de naam van een regio
    #[arg(value_name = "TABEL")]
    table: String,
    /// De uitgave van nu
    #[arg(value_name = "OUD")]
    old: String,
    /// De nieuwe uitgave
    #[arg(value_name = "NIEUW")]
    new: String,
    /// De eerste dag van nieuwe rijen: 1 januari, tenzij een andere dag is aangekondigd
    #[arg(long, value_name = "DAG", value_parser = day)]
    from: Date,
    /// Schrijf het voorstel in de tabel
    #[arg(long)]
    write: bool,
    /// Een JSON-object per voorstel, op een regel
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    tables: Tables,
}

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    let catalogue = arguments.tables.sound()?;
    let name = arguments.table.as_str();
    let rows = if name.starts_with("gm") {
        let municipality = municipality(name).map_err(Stop::unable)?;
        &table(&catalogue, municipality)?.own
    } else {
        let mut regions = catalogue.regions.iter();
        let region = regions.find(|region| region.name == name);
        let region = region.ok_or_else(|| Stop::unable(format!("er is geen regio {name}")))?;
        &region.set
    };
    let plan = Plan {
        from: arguments.from,
        today: today(),
    };
    let old = release(&catalogue, &arguments.old)?;
    let new = release(&catalogue, &arguments.new)?;
    let proposal = propose(&catalogue, rows, old, new, plan)
        .map_err(|error| Stop::unable(error.to_string()))?;
    let text = if arguments.json {
        proposal.to_json_lines()
    } else {
        proposal.to_string()
    };
    screen.bytes(text.as_bytes())?;
    if arguments.write {
        let path = arguments.tables.tables.join(&proposal.file);
        put::file(&path, proposal.table.as_bytes())?;
    }
    Ok(Exit::Good)
}
