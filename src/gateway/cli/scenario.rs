//! `knooppunt scenario`: plays scenarios and says which hold.

use std::path::PathBuf;

use clap::Args;

use super::screen::{Screen, complain};
use super::{Exit, Stop, words};
use crate::scenario::{self, ScenarioError};
use crate::schemas;

/// Speel scenario's af: berichten en besluiten op volgorde, en of er van elk komt wat ervan verwacht wordt
#[derive(Debug, Args)]
#[command(after_help = "\
Voorbeelden:
  knooppunt scenario mijn-scenario                    wat anders loopt dan verwacht, per bericht
  knooppunt scenario conformance/rules/*/*            alle scenario's van de regels

Een scenario is een map met scenario.toml en berichten; conformance/README.md beschrijft de vorm. Er wordt niets verstuurd of bewaard.

Eindcode: 0 alle scenario's kloppen; 1 een of meer kloppen niet; 2 een scenario is onleesbaar.")]
pub(super) struct Arguments {
    /// De mappen, elk met een scenario.toml
    #[arg(required = true, value_name = "MAP")]
    folders: Vec<PathBuf>,
    /// Alleen de scenario's die niet kloppen
    #[arg(long)]
    quiet: bool,
    /// Map met releases naast de ingebouwde (ijw/3.3/...)
    #[arg(long, value_name = "MAP")]
    schemas: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    let releases = schemas::releases(arguments.schemas.as_deref())
        .map_err(|error| Stop::unable(format!("de schema's zijn niet te laden: {error}")))?;
    let mut worst = Exit::Good;
    let (mut good, mut bad) = (0_usize, 0_usize);
    for folder in &arguments.folders {
        let name = folder.display();
        match scenario::run(folder, &releases) {
            Ok(report) if report.differences.is_empty() => {
                good += 1;
                if !arguments.quiet {
                    screen.line(format_args!("{name}: klopt: {}", report.title))?;
                }
            }
            Ok(report) => {
                bad += 1;
                worst = worst.max(Exit::Bad);
                screen.line(format_args!("{name}: klopt niet: {}", report.title))?;
                for difference in &report.differences {
                    screen.line(format_args!("  {difference}"))?;
                }
            }
            Err(error) => {
                worst = Exit::Unable;
                complain(&format!(
                    "{name}: het scenario is niet te lezen: {}",
                    why(&error)
                ));
            }
        }
    }
    let unread = arguments.folders.len() - good - bad;
    let mut sum = format!("{good} kloppen, {bad} niet");
    if unread > 0 {
        sum = format!("{sum}, {unread} onleesbaar");
    }
    screen.line(sum)?;
    Ok(worst)
}

/// Why a scenario cannot be played, for who wrote it. What is wrong inside a file is told as the format has it, in English.
fn why(error: &ScenarioError) -> String {
    match error {
        ScenarioError::Unreadable { path, source } => {
            format!("{}: {}", path.display(), words::os(source))
        }
        ScenarioError::Format { path, reason } => {
            format!(
                "{} heeft niet de vorm van een scenario: {reason}",
                path.display()
            )
        }
        ScenarioError::Reference(error) => {
            format!("referentiegegevens: {error}")
        }
    }
}
