//! `knooppunt status`: what became of a message; without one, who we are to the gateway.

use clap::Args;

use super::connection::{Connection, converse, message_id, read_json, refusal};
use super::screen::Screen;
use super::send::say_not_translated;
use super::{Exit, Stop, words};
use crate::api::berichten::StatusBody;
use crate::api::partij::PartyBody;
use crate::api::termijnen::TermsBody;

/// Wat is er met een bericht gebeurd? Zonder bericht: wie bent u voor het knooppunt?
#[derive(Debug, Args)]
#[command(after_help = "\
Voorbeelden:
  knooppunt status ID      verloop, gesprek en bevindingen van een bericht
  knooppunt status         uw partij, codes, mandaten, certificaat en termijnen

Eindcode: 0 gelukt; 1 geweigerd of niet gevonden; 2 niet gelukt.")]
pub(super) struct Arguments {
    /// Het bericht, zoals `knooppunt send` of `knooppunt inbox` het noemt
    #[arg(value_parser = message_id)]
    id: Option<String>,
    /// Het antwoord van het knooppunt als JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    let mut client = arguments.connection.client()?;
    converse(async {
        let path = match &arguments.id {
            Some(id) => format!("/v1/berichten/{id}"),
            None => "/v1/partij".to_owned(),
        };
        let answer = client.get(&path).await?;
        if !answer.status.is_success() {
            return refusal(
                &answer,
                arguments.id.as_deref().unwrap_or("uw partij"),
                screen,
            );
        }
        if arguments.json {
            screen.line(String::from_utf8_lossy(&answer.body))?;
            return Ok(Exit::Good);
        }
        if arguments.id.is_some() {
            say_status(&read_json(&answer)?, screen)?;
        } else {
            say_party(&read_json(&answer)?, screen)?;
            let answer = client.get("/v1/termijnen").await?;
            if !answer.status.is_success() {
                return refusal(&answer, "uw termijnen", screen);
            }
            say_terms(&read_json(&answer)?, screen)?;
        }
        Ok(Exit::Good)
    })
}

fn say_status(status: &StatusBody, screen: &mut Screen) -> Result<(), Stop> {
    let message = &status.message;
    screen.line(format_args!("{}: {}", message.id, words::message(message)))?;
    screen.line(format_args!("stand: {}", words::state(&message.state)))?;
    if let Some(term) = words::answer_by(message) {
        screen.line(term)?;
    }
    for mark in words::marks(&message.marks) {
        screen.line(format_args!("let op: {mark}"))?;
    }
    say_not_translated(&status.findings, screen)?;
    screen.line("verloop:")?;
    for moment in &status.timeline {
        screen.line(format_args!(
            "  {}  {}",
            moment.at,
            words::happening(&moment.event)
        ))?;
    }
    screen.line("gesprek:")?;
    for other in &status.thread_messages {
        let here = if other.id == message.id {
            "  (dit bericht)"
        } else {
            ""
        };
        screen.line(format_args!(
            "  {}  {}{here}",
            other.id,
            words::message(other)
        ))?;
    }
    Ok(())
}

fn say_terms(terms: &TermsBody, screen: &mut Screen) -> Result<(), Stop> {
    for (what, list) in [
        ("wat van u wordt verwacht", &terms.open),
        ("wat u van anderen verwacht", &terms.waiting),
    ] {
        if list.is_empty() {
            continue;
        }
        screen.line(format_args!("{what}:"))?;
        for term in list {
            screen.line(format_args!("  {}  {}", term.id, words::term(term)))?;
        }
    }
    if let Some(said) = words::terms(&terms.counts) {
        screen.line(said)?;
    }
    Ok(())
}

fn say_party(party: &PartyBody, screen: &mut Screen) -> Result<(), Stop> {
    screen.line(format_args!("{} ({})", party.name, party.party))?;
    for code in &party.codes {
        screen.line(format_args!("  code {} ({})", code.code, code.kind))?;
    }
    screen.line(format_args!("  postvakken: {}", party.mailboxes.join(", ")))?;
    for mandate in &party.mandates {
        screen.line(format_args!(
            "  mandaat {} voor {}",
            mandate.direction, mandate.code
        ))?;
    }
    screen.line(format_args!(
        "  certificaat {} geldig tot {}",
        party.certificate.subject, party.certificate.not_after
    ))?;
    if let Some(warning) = &party.certificate.warning {
        screen.line(format_args!("  let op: {warning}"))?;
    }
    Ok(())
}
