//! `knooppunt catalogue mark`: rows are confirmed, rejected, put aside or taken back, many at once, by role and date.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::civil::Date;
use knooppunt_catalogue::suggest::states::{
    Decided, Decision, Pick, ROLE_CHARACTERS_MAX, StateError, decide,
};
use knooppunt_catalogue::{Code, State};

use super::super::screen::Screen;
use super::super::{Exit, Stop, words};
use super::{Tables, count, municipality, own_rows, put};
use crate::clock::{Clock as _, SystemClock, day_of};
use crate::tables;

/// Bevestig, verwerp of negeer rijen van een tabel, of neem dat terug; schrijft alleen met --write
#[derive(Debug, Args)]
#[command(after_help = "\
Voorbeelden:
  knooppunt catalogue mark gm0363 --state confirmed --by contractbeheer --score 0.80
  knooppunt catalogue mark gm0363 --state confirmed --by contractbeheer --code 45X48 --to 45A53 --write
  knooppunt catalogue mark gm0363 --state rejected --by contractbeheer --line 12 --line 15 --why 'ander contract' --write

Verandert van de bedoelde rijen alleen de kolommen state, by, on en, met --why, justification; alles daarbuiten blijft staan
zoals het er staat. Een bevestigde rij die al geldt wordt nooit teruggenomen: geef haar een laatste dag en zet er een nieuwe
rij onder. Wat is verworpen, wordt voor die code met die naam niet opnieuw voorgesteld.

Eindcode: 0 alle bedoelde rijen zijn nu zo; 1 een bedoelde rij blijft zoals zij was, of er is geen; 2 niet te lezen of te schrijven.")]
pub(super) struct Arguments {
    /// De tabel: gm met de CBS-code, de naam van een regio, of een bestand met rijen
    #[arg(value_name = "TABEL")]
    table: PathBuf,
    /// Wat de rijen worden: confirmed, rejected, ignored of suggested
    #[arg(long, value_name = "STAAT", value_parser = state)]
    state: State,
    /// De rol die besluit, nooit de naam van een mens
    #[arg(long, value_name = "ROL")]
    by: String,
    /// De dag van het besluit; zonder deze optie vandaag
    #[arg(long, value_name = "DAG", value_parser = day)]
    on: Option<Date>,
    /// De rij op deze regel van het bestand; mag vaker
    #[arg(long = "line", value_name = "REGEL", required_unless_present_any = ["codes", "score"])]
    lines: Vec<u32>,
    /// De rijen van deze eigen code; mag vaker
    #[arg(long = "code", value_name = "CODE", value_parser = code)]
    codes: Vec<Code>,
    /// Van die codes alleen de rijen naar deze landelijke code
    #[arg(long, value_name = "CODE", value_parser = code, requires = "codes")]
    to: Option<Code>,
    /// De voorgestelde rijen met ten minste deze score, 0.00 tot 1.00
    #[arg(long, value_name = "SCORE", value_parser = score)]
    score: Option<f32>,
    /// Waarom; anders blijft staan wat er staat
    #[arg(long, value_name = "TEKST")]
    why: Option<String>,
    /// Schrijf de tabel; zonder deze optie staat er alleen wat er zou veranderen
    #[arg(long)]
    write: bool,
    #[command(flatten)]
    tables: Tables,
}

impl Arguments {
    /// The file of rows that is meant.
    fn file(&self) -> PathBuf {
        let is_file = self.table.extension().is_some_and(|found| found == "tsv");
        let name = self
            .table
            .to_str()
            .filter(|name| !is_file && !name.contains('/'));
        let Some(name) = name else {
            return self.table.clone();
        };
        match municipality(name) {
            Ok(municipality) => own_rows(&self.tables.tables, municipality),
            Err(_) => self
                .tables
                .tables
                .join("regions")
                .join(format!("{name}.tsv")),
        }
    }
}

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    let path = &arguments.file();
    let text = read(path)?;
    let decision = Decision {
        state: arguments.state,
        by: arguments.by.clone(),
        on: arguments.on.unwrap_or_else(|| day_of(SystemClock.now())),
        justification: arguments.why.clone(),
    };
    let decided = decide(&text, &picks(arguments), &decision)
        .map_err(|error| Stop::unable(format!("{}: {}", path.display(), in_words(&error))))?;
    if arguments.write && !decided.changed.is_empty() {
        put::file(path, decided.text.as_bytes())?;
    }
    say(arguments, path, &decided, screen)?;
    Ok(if decided.left.is_empty() && !decided.changed.is_empty() {
        Exit::Good
    } else {
        Exit::Bad
    })
}

fn picks(arguments: &Arguments) -> Vec<Pick> {
    let lines = arguments.lines.iter().map(|line| Pick::Line(*line));
    let codes = arguments.codes.iter();
    let codes = codes.map(|code| Pick::Code(*code, arguments.to));
    lines
        .chain(codes)
        .chain(arguments.score.map(Pick::Scored))
        .collect()
}

fn say(
    arguments: &Arguments,
    path: &Path,
    decided: &Decided,
    screen: &mut Screen,
) -> io::Result<()> {
    let path = path.display();
    for line in &decided.changed {
        screen.line(format_args!("{path}:{line}: {}", arguments.state))?;
    }
    for (line, why) in &decided.left {
        screen.line(format_args!("{path}:{line}: blijft zoals het is: {why}"))?;
    }
    let what = count(decided.changed.len(), "rij", "rijen");
    screen.line(if decided.changed.is_empty() && decided.left.is_empty() {
        "geen enkele rij is bedoeld".to_owned()
    } else if arguments.write {
        format!("{what} veranderd")
    } else {
        format!("{what} zou veranderen; niets geschreven, dat doet --write")
    })
}

fn read(path: &Path) -> Result<String, Stop> {
    let unreadable =
        |why: String| Stop::unable(format!("{}: niet te lezen: {why}", path.display()));
    let size = fs::metadata(path)
        .map_err(|error| unreadable(words::os(&error)))?
        .len();
    if size > tables::BYTES_MAX {
        return Err(unreadable(format!("meer dan {} bytes", tables::BYTES_MAX)));
    }
    let bytes = fs::read(path).map_err(|error| unreadable(words::os(&error)))?;
    String::from_utf8(bytes).map_err(|_| unreadable("het bestand is geen UTF-8".to_owned()))
}

fn in_words(error: &StateError) -> String {
    match error {
        StateError::NoColumn(column) => format!("de tabel heeft geen kolom `{column}`"),
        StateError::Words | _ => format!(
            "een rol en een reden zijn woorden op een regel, ten hoogste {ROLE_CHARACTERS_MAX} tekens"
        ),
    }
}

fn state(text: &str) -> Result<State, &'static str> {
    text.parse()
        .map_err(|_| "een staat is confirmed, rejected, ignored of suggested")
}

fn code(text: &str) -> Result<Code, &'static str> {
    text.parse()
        .map_err(|_| "een code is een tot vijf hoofdletters en cijfers")
}

fn day(text: &str) -> Result<Date, &'static str> {
    text.parse()
        .map_err(|_| "een dag is jaar, maand en dag, zoals 2024-01-31")
}

fn score(text: &str) -> Result<f32, &'static str> {
    let score: Option<f32> = text.parse().ok();
    score
        .filter(|score| (0.0..=1.0).contains(score))
        .ok_or("een score is een getal van 0.00 tot 1.00")
}
