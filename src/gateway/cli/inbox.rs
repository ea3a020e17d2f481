//! `knooppunt inbox`: what waits for us.

use std::fmt::Write as _;

use clap::Args;

use super::connection::{Connection, converse, read_json, refusal};
use super::screen::Screen;
use super::{Exit, Stop, words};
use crate::api::postvak::PageBody;

/// Toon wat er in uw postvak ligt, het oudste eerst
#[derive(Debug, Args)]
#[command(after_help = "\
Voorbeelden:
  knooppunt inbox                            alles wat voor u klaarligt
  knooppunt inbox --kind 323 --from 98980001 alleen de declaraties van deze aanbieder
  knooppunt inbox --due                      alleen wat bijna of al te laat is om te beantwoorden

Een bericht blijft komen tot u het bevestigt met `knooppunt ack`.

Eindcode: 0 gelukt, ook als het postvak leeg is; 1 geweigerd; 2 niet gelukt.")]
pub(super) struct Arguments {
    /// Alleen het postvak van deze gemeentecode of AGB-code
    #[arg(long, value_name = "CODE", value_parser = digits)]
    code: Option<String>,
    /// Alleen deze wet: jw of wmo
    #[arg(long, value_name = "WET", value_parser = ["jw", "wmo"])]
    law: Option<String>,
    /// Alleen deze berichtsoort, zoals 301
    #[arg(long, value_name = "NUMMER", value_parser = digits)]
    kind: Option<String>,
    /// Alleen wat deze code maakte
    #[arg(long, value_name = "CODE", value_parser = digits)]
    from: Option<String>,
    /// Alleen berichten waarvan de termijn voor het antwoord bijna om is, vandaag eindigt of voorbij is
    #[arg(long)]
    due: bool,
    /// Niet meer dan zoveel berichten
    #[arg(long, value_name = "AANTAL", default_value_t = 1000, value_parser = count)]
    limit: usize,
    /// Als JSON, een bericht per regel
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

/// A code or number as it may stand in an address.
fn digits(text: &str) -> Result<String, String> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(text.to_owned());
    }
    Err("alleen cijfers".to_owned())
}

fn count(text: &str) -> Result<usize, String> {
    text.parse()
        .map_err(|_| "verwacht is een aantal".to_owned())
}

impl Arguments {
    fn path(&self, limit: usize, cursor: Option<&str>) -> String {
        let mut path = format!("/v1/postvak?limit={}", limit.min(1000));
        let wanted = [
            ("code", self.code.as_deref()),
            ("wet", self.law.as_deref()),
            ("soort", self.kind.as_deref()),
            ("maker", self.from.as_deref()),
            ("waarschuwing", self.due.then_some("true")),
            ("cursor", cursor),
        ];
        for (name, value) in wanted {
            if let Some(value) = value {
                let _ = write!(path, "&{name}={value}");
            }
        }
        path
    }
}

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    let mut client = arguments.connection.client()?;
    converse(async {
        let mut left = arguments.limit;
        let mut cursor = None;
        let mut termijnen = None;
        while left > 0 {
            let answer = client.get(&arguments.path(left, cursor.as_deref())).await?;
            if !answer.status.is_success() {
                return refusal(&answer, "postvak", screen);
            }
            let page: PageBody = read_json(&answer)?;
            left = left.saturating_sub(page.messages.len());
            if !arguments.json {
                termijnen = page.termijnen.or(termijnen);
            }
            for message in &page.messages {
                if arguments.json {
                    screen.json(message)?;
                } else {
                    screen.line(format_args!("{}  {}", message.id, words::message(message)))?;
                    for mark in words::marks(&message.marks) {
                        screen.line(format_args!("    let op: {mark}"))?;
                    }
                    if let Some(term) = words::answer_by(message) {
                        screen.line(format_args!("    {term}"))?;
                    }
                }
            }
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        if !arguments.json && left == arguments.limit {
            screen.line("het postvak is leeg")?;
        }
        if let Some(said) = termijnen.as_ref().and_then(words::terms) {
            screen.line(format_args!("{said}; `knooppunt status` zegt welke"))?;
        }
        Ok(Exit::Good)
    })
}
