//! `knooppunt decide`: what waits for a decision of the municipality, and deciding.

use bytes::Bytes;
use clap::{Args, Subcommand};

use super::connection::{Connection, converse, message_id, read_json, refusal};
use super::screen::Screen;
use super::{Exit, Stop, words};
use crate::api::besluiten::{DecisionBody, DeclarationBody, DeclarationsBody, LineDecision, Word};

/// Welke declaraties wachten op uw besluit? Ken regels toe of wijs ze af
#[derive(Debug, Args)]
#[command(after_help = "\
Voorbeelden:
  knooppunt decide list
  knooppunt decide list ID
  knooppunt decide grant ID --line '/Bericht/Declaratie/Clienten/Client[1]/Prestaties/Prestatie[2]'
  knooppunt decide refuse ID --rest --verdict 41

Wie over alle overige regels ineens besluit noemt het oordeel dat hij zag: `knooppunt decide
list ID` toont het met al die regels. Is de declaratie sindsdien opnieuw beoordeeld, dan
kunnen andere regels een besluit vragen en wordt er niets besloten.

Een besluit blijft staan. Is over alle regels besloten en wacht de declaratie nergens
anders op, dan maakt het knooppunt meteen de 325. De termijn van de 325 loopt door.

Eindcode: 0 gelukt; 1 geweigerd of niet gevonden; 2 niet gelukt.")]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Toon wat wacht, of een declaratie met al haar regels
    List(List),
    /// Ken regels toe
    Grant(Decide),
    /// Wijs regels af, met de retourcode van de regel die het besluit vraagt
    Refuse(Decide),
}

#[derive(Debug, Args)]
struct List {
    /// De declaratie, zoals `knooppunt inbox` haar noemt
    #[arg(value_parser = message_id)]
    id: Option<String>,
    /// Als JSON, een declaratie per regel
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Args)]
struct Decide {
    /// De declaratie, zoals `knooppunt decide list` haar noemt
    #[arg(value_parser = message_id)]
    id: String,
    /// Een regel, met het pad dat `knooppunt decide list` toont; mag vaker
    #[arg(long = "line", value_name = "PAD", required_unless_present = "rest")]
    lines: Vec<String>,
    /// Alle regels die nog een besluit vragen, volgens het oordeel van --verdict
    #[arg(long, conflicts_with = "lines", requires = "verdict")]
    rest: bool,
    /// Het nummer van het oordeel dat u zag, zoals `knooppunt decide list ID` het toont
    #[arg(long, value_name = "N", requires = "rest")]
    verdict: Option<u64>,
    /// Het antwoord van het knooppunt als JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    match &arguments.command {
        What::List(list) => match &list.id {
            Some(id) => one(list, id, screen),
            None => all(list, screen),
        },
        What::Grant(decide) => decided(decide, Word::Grant, screen),
        What::Refuse(decide) => decided(decide, Word::Refuse, screen),
    }
}

fn all(list: &List, screen: &mut Screen) -> Result<Exit, Stop> {
    let mut client = list.connection.client()?;
    converse(async {
        let (mut cursor, mut some) = (String::new(), false);
        loop {
            let answer = client.get(&format!("/v1/besluiten{cursor}")).await?;
            if !answer.status.is_success() {
                return refusal(&answer, "besluiten", screen);
            }
            let page: DeclarationsBody = read_json(&answer)?;
            for declaration in &page.declarations {
                some = true;
                say(declaration, list.json, screen)?;
            }
            match page.next {
                Some(next) => cursor = format!("?cursor={next}"),
                None => break,
            }
        }
        if !some && !list.json {
            screen.line("er wacht niets")?;
        }
        Ok(Exit::Good)
    })
}

fn one(list: &List, id: &str, screen: &mut Screen) -> Result<Exit, Stop> {
    let mut client = list.connection.client()?;
    converse(async {
        let mut whole: Option<DeclarationBody> = None;
        let mut from = 0;
        loop {
            let answer = client.get(&format!("/v1/besluiten/{id}?na={from}")).await?;
            if !answer.status.is_success() {
                return refusal(&answer, id, screen);
            }
            let page: DeclarationBody = read_json(&answer)?;
            let next = page.next;
            match &mut whole {
                None => whole = Some(page),
                Some(whole) => {
                    whole.lines.extend(page.lines);
                    whole.lines_more = page.lines_more;
                    whole.next = page.next;
                }
            }
            match next {
                Some(next) => from = next,
                None => break,
            }
        }
        if let Some(declaration) = &whole {
            say(declaration, list.json, screen)?;
        }
        Ok(Exit::Good)
    })
}

fn decided(decide: &Decide, word: Word, screen: &mut Screen) -> Result<Exit, Stop> {
    let lines = decide.lines.iter().map(|path| LineDecision {
        path: path.clone(),
        decision: word,
    });
    let body = DecisionBody {
        rest: decide.rest.then_some(word),
        verdict: decide.verdict,
        lines: lines.collect(),
    };
    let mut client = decide.connection.client()?;
    converse(async {
        let path = format!("/v1/besluiten/{}", decide.id);
        let body = serde_json::to_vec(&body).map_err(|error| Stop::unable(error.to_string()))?;
        let answer = client.post_json(&path, Bytes::from(body)).await?;
        if !answer.status.is_success() {
            let exit = refusal(&answer, &decide.id, screen)?;
            if answer.status.as_u16() == 409 {
                let id = &decide.id;
                screen.line(format_args!(
                    "  hoe zij er nu voor staat: knooppunt decide list {id}"
                ))?;
            }
            return Ok(exit);
        }
        say(&read_json(&answer)?, decide.json, screen)?;
        Ok(Exit::Good)
    })
}

fn say(declaration: &DeclarationBody, json: bool, screen: &mut Screen) -> Result<(), Stop> {
    if json {
        return screen.json(declaration);
    }
    screen.line(format_args!(
        "{}  {} van {} voor {}, ontvangen {}",
        declaration.id,
        words::bericht(&declaration.bericht),
        declaration.maker,
        declaration.receiver,
        declaration.received
    ))?;
    screen.line(format_args!("  stand: {}", state(&declaration.state)))?;
    if let Some(day) = &declaration.answer_by {
        screen.line(format_args!("  325 op tijd tot en met {day}"))?;
    }
    if declaration.granted + declaration.refused > 0 {
        screen.line(format_args!(
            "  besloten: {} toegekend, {} afgewezen",
            declaration.granted, declaration.refused
        ))?;
    }
    for line in &declaration.lines {
        screen.line(format_args!("  besluit gevraagd: {}", line.path))?;
        screen.line(format_args!(
            "    {} [{} {}]",
            line.text, line.rule, line.code
        ))?;
    }
    // Who has not seen all lines cannot decide on all.
    if let Some(verdict) = declaration.verdict.filter(|_| declaration.lines_more == 0)
        && !declaration.lines.is_empty()
    {
        screen.line(format_args!(
            "  over al deze regels ineens: --rest --verdict {verdict}"
        ))?;
    }
    if declaration.lines_more > 0 {
        screen.line(format_args!(
            "  en nog {} regels: knooppunt decide list {}",
            declaration.lines_more, declaration.id
        ))?;
    }
    for awaited in &declaration.waits_for {
        let what = match (&awaited.bericht, &awaited.id) {
            (Some(bericht), Some(id)) => format!("{} {id}", words::bericht(bericht)),
            _ => "een bericht dat u niet mag zien".to_owned(),
        };
        screen.line(format_args!("  wacht op het antwoord op {what}"))?;
        for path in &awaited.lines {
            screen.line(format_args!("    voor {path}"))?;
        }
        if awaited.lines_more > 0 {
            screen.line(format_args!("    en nog {} regels", awaited.lines_more))?;
        }
    }
    if declaration.waits_for_more > 0 {
        screen.line(format_args!(
            "  en op nog {} berichten: knooppunt decide list {}",
            declaration.waits_for_more, declaration.id
        ))?;
    }
    if declaration.unclear {
        screen.line("  wacht misschien op meer berichten dan hier staan")?;
    }
    Ok(())
}

fn state(code: &str) -> &str {
    match code {
        "waits" => "wacht",
        "answered" => "beantwoord",
        "released" => "het knooppunt antwoordt niet meer: de gemeente antwoordt zelf",
        other => other,
    }
}
