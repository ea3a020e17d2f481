//! `knooppunt send`: hand messages in, or try what would happen.

use std::path::PathBuf;

use bytes::Bytes;
use clap::Args;

use super::connection::{Connection, converse, exit_of, read_json, refusal};
use super::files::read;
use super::screen::{Progress, Screen, complain};
use super::{Exit, Stop, words};
use crate::api::berichten::{TakenBody, TriedBody};
use crate::api::finding::{FindingBody, FindingsBody};
use crate::client::Client;

/// Bied berichten aan
#[derive(Debug, Args)]
#[command(after_help = "\
Voorbeelden:
  knooppunt send JW323.xml              aanbieden
  knooppunt send --dry-run JW323.xml    wat zou er gebeuren? Er wordt niets bewaard

Hetzelfde bericht twee keer aanbieden kan geen kwaad: u krijgt de eerste uitkomst opnieuw. Brak de verbinding, bied dan
gewoon opnieuw aan.

Eindcode: 0 alles aangenomen; 1 een of meer geweigerd; 2 een of meer niet aangeboden of later te herhalen.")]
pub(super) struct Arguments {
    /// De berichten (XML), in de volgorde waarin zij worden aangeboden
    #[arg(required = true, value_name = "BESTAND")]
    files: Vec<PathBuf>,
    /// Alleen proberen: dezelfde controles, maar er wordt niets aangenomen
    #[arg(long)]
    dry_run: bool,
    /// Het antwoord van het knooppunt als JSON, een regel per bericht
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    let mut client = arguments.connection.client()?;
    converse(async {
        let mut progress = Progress::new();
        let mut worst = Exit::Good;
        for (done, file) in (1..).zip(&arguments.files) {
            let exit = match read(file) {
                Ok(body) => {
                    one(
                        &mut client,
                        file.display().to_string(),
                        body.into(),
                        arguments,
                        screen,
                    )
                    .await?
                }
                Err(stop) => {
                    complain(&stop.text);
                    stop.exit
                }
            };
            worst = worst.max(exit);
            progress.at(done, arguments.files.len() as u64);
        }
        Ok(worst)
    })
}

async fn one(
    client: &mut Client,
    file: String,
    body: Bytes,
    arguments: &Arguments,
    screen: &mut Screen,
) -> Result<Exit, Stop> {
    let path = if arguments.dry_run {
        "/v1/berichten?proef=true"
    } else {
        "/v1/berichten"
    };
    let answer = client.post_xml(path, body).await?;
    if arguments.json {
        screen.line(String::from_utf8_lossy(&answer.body))?;
        return Ok(exit_of(&answer));
    }
    if !answer.status.is_success() {
        return refusal(&answer, &file, screen);
    }
    if arguments.dry_run {
        let tried: TriedBody = read_json(&answer)?;
        let would = match (tried.would.as_str(), &tried.id) {
            ("repeat", Some(id)) => format!("is al eerder aangenomen als {id}"),
            ("refuse", _) => {
                "zou namens de ontvanger worden afgekeurd; er is niets bewaard".to_owned()
            }
            _ => "zou worden aangenomen; er is niets bewaard".to_owned(),
        };
        screen.line(format_args!(
            "{file}: {} {would}",
            words::bericht(&tried.bericht)
        ))?;
        say_marks(&tried.marks, screen)?;
        say_findings(&tried.findings, screen)?;
        return Ok(exit_by(&tried.marks));
    }
    let taken: TakenBody = read_json(&answer)?;
    let how = if taken.repeat {
        "was al aangenomen als"
    } else {
        "aangenomen als"
    };
    screen.line(format_args!(
        "{file}: {how} {}: {}",
        taken.message.id,
        words::message(&taken.message)
    ))?;
    say_marks(&taken.message.marks, screen)?;
    say_findings(&taken.findings, screen)?;
    Ok(exit_by(&taken.message.marks))
}

/// A refusal in the receiver's name is a no.
fn exit_by(marks: &[String]) -> Exit {
    if marks.iter().any(|mark| mark == "refused") {
        Exit::Bad
    } else {
        Exit::Good
    }
}

fn say_findings(found: &FindingsBody, screen: &mut Screen) -> Result<(), Stop> {
    for finding in &found.findings {
        say_finding(finding, screen)?;
        // Of what could not be judged nobody has to mend anything.
        let remedy = finding.remedy.as_ref();
        if let Some(remedy) = remedy.filter(|_| finding.weight != "not-assessed") {
            screen.line(format_args!("    wat te doen: {remedy}"))?;
        }
    }
    if found.findings_more > 0 {
        screen.line(format_args!("  en nog {} meer", found.findings_more))?;
    }
    say_not_translated(found, screen)
}

/// A finding, without what is to be done.
pub(super) fn say_finding(finding: &FindingBody, screen: &mut Screen) -> Result<(), Stop> {
    let place = format!("{}:{}", finding.line, finding.column);
    let text = format!("{}{}", words::weight(&finding.weight), finding.text);
    screen.line(words::finding(
        &place,
        &text,
        &finding.rule,
        &finding.code,
        &finding.path,
    ))?;
    Ok(())
}

/// Why products were not translated, and which stand twice with their receiver.
pub(super) fn say_not_translated(found: &FindingsBody, screen: &mut Screen) -> Result<(), Stop> {
    for product in &found.not_translated {
        let place = match (product.line, product.column) {
            (Some(line), Some(column)) => format!("{line}:{column}: "),
            _ => String::new(),
        };
        let what = if product.is_twice() {
            "staat dubbel"
        } else {
            "niet vertaald"
        };
        screen.line(format_args!(
            "  {place}{what}: {} [{}]",
            product.text, product.reason
        ))?;
        if let Some(path) = &product.path {
            screen.line(format_args!("    {path}"))?;
        }
        screen.line(format_args!("    wat te doen: {}", product.remedy))?;
    }
    Ok(())
}

fn say_marks(marks: &[String], screen: &mut Screen) -> Result<(), Stop> {
    for mark in words::marks(marks) {
        screen.line(format_args!("  let op: {mark}"))?;
    }
    Ok(())
}
