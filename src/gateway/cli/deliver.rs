//! `knooppunt deliver`: what waits to be brought to endpoints, and deciding on it by hand: by a party over the own API, or by an operator on a data folder
//! that no gateway has open.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use clap::{Args, Subcommand};

use super::connection::{Connection, converse, message_id, read_json, refusal};
use super::offline::Offline;
use super::screen::Screen;
use super::{Exit, Stop, words};
use crate::api::leveringen::{DeliveriesBody, DeliveryBody};
use crate::deliver::{ByHand, Desk, DeskError, May, PAGE_MAX, Which};
use crate::register::{PartyCode, Register};

/// Wat wacht op aflevering bij een koppelpunt? Probeer opnieuw of geef op
#[derive(Debug, Args)]
#[command(after_help = "\
Voorbeelden:
  knooppunt deliver list --stopped
  knooppunt deliver retry ID
  knooppunt deliver drop ID
  knooppunt deliver list --config knooppunt.toml      als beheerder, terwijl het knooppunt stilstaat

Wat niet meer wordt geprobeerd, ligt nog in het postvak: `knooppunt inbox`, `knooppunt fetch` en `knooppunt ack` werken
er gewoon mee. Afschriften van antwoorden die uit uw naam zijn gegeven, worden niet afgeleverd: die liggen alleen daar.

Eindcode: 0 gelukt; 1 niet gevonden of geweigerd; 2 niet gelukt.")]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Toon wat wacht, het oudste eerst
    List(List),
    /// Probeer een bericht nu opnieuw
    Retry(One),
    /// Geef de aflevering van een bericht op; het blijft in het postvak
    Drop(One),
}

#[derive(Debug, Args)]
struct List {
    /// Alleen wat niet meer wordt geprobeerd
    #[arg(long)]
    stopped: bool,
    /// Als JSON, een bericht per regel
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Args)]
struct One {
    /// Het bericht, zoals `knooppunt deliver list` het noemt
    #[arg(value_parser = message_id)]
    id: String,
    /// Als JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

/// Where: a data folder, or a gateway.
#[derive(Debug, Args)]
struct Place {
    /// De configuratie van een knooppunt dat stilstaat, in plaats van een verbinding
    #[arg(long, value_name = "BESTAND")]
    config: Option<PathBuf>,
    /// Adres van het knooppunt, `https://naam:poort`
    #[arg(
        long,
        env = "KNOOPPUNT_URL",
        value_name = "ADRES",
        required_unless_present = "config"
    )]
    url: Option<String>,
    /// Uw clientcertificaat met de tussenliggende certificaten (PEM)
    #[arg(
        long,
        env = "KNOOPPUNT_CERT",
        value_name = "BESTAND",
        required_unless_present = "config"
    )]
    cert: Option<PathBuf>,
    /// De sleutel van uw clientcertificaat (PEM)
    #[arg(
        long,
        env = "KNOOPPUNT_KEY",
        value_name = "BESTAND",
        required_unless_present = "config"
    )]
    key: Option<PathBuf>,
    /// Het stamcertificaat waartoe het certificaat van het knooppunt moet leiden (PEM)
    #[arg(
        long,
        env = "KNOOPPUNT_CA",
        value_name = "BESTAND",
        required_unless_present = "config"
    )]
    ca: Option<PathBuf>,
}

impl Place {
    fn connection(&self) -> Connection {
        Connection::of(
            self.url.clone().unwrap_or_default(),
            self.cert.clone().unwrap_or_default(),
            self.key.clone().unwrap_or_default(),
            self.ca.clone().unwrap_or_default(),
        )
    }
}

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    match &arguments.command {
        What::List(list) => match &list.place.config {
            Some(config) => {
                let offline = Offline::open(config)?;
                let listed = list_offline(list, &offline, screen);
                offline.close()?;
                listed
            }
            None => list_over(list, screen),
        },
        What::Retry(one) => by_hand(one, ByHand::Retry, screen),
        What::Drop(one) => by_hand(one, ByHand::Drop, screen),
    }
}

fn list_over(list: &List, screen: &mut Screen) -> Result<Exit, Stop> {
    let mut client = list.place.connection().client()?;
    converse(async {
        let (mut cursor, mut some) = (String::new(), false);
        loop {
            let path = format!("/v1/leveringen?gestopt={}{cursor}", list.stopped);
            let answer = client.get(&path).await?;
            if !answer.status.is_success() {
                return refusal(&answer, "leveringen", screen);
            }
            let page: DeliveriesBody = read_json(&answer)?;
            for delivery in &page.deliveries {
                some = true;
                say(delivery, list.json, screen)?;
            }
            match page.next {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        ended(some, list.json, screen)
    })
}

fn list_offline(list: &List, offline: &Offline, screen: &mut Screen) -> Result<Exit, Stop> {
    let codes = brought(offline)?;
    let desk = Desk::new(Arc::clone(&offline.ledger));
    let which = if list.stopped {
        Which::Stopped
    } else {
        Which::All
    };
    converse(async {
        let (mut after, mut some) = (None, false);
        loop {
            let page = desk
                .list(codes.clone(), anybody(), which, after, PAGE_MAX)
                .await
                .map_err(|error| Stop::unable(error.to_string()))?;
            for delivery in &page.deliveries {
                some = true;
                say(&DeliveryBody::of(delivery), list.json, screen)?;
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        ended(some, list.json, screen)
    })
}

fn by_hand(one: &One, what: ByHand, screen: &mut Screen) -> Result<Exit, Stop> {
    if let Some(config) = &one.place.config {
        let offline = Offline::open(config)?;
        let done = by_hand_offline(one, what, &offline, screen);
        offline.close()?;
        return done;
    }
    let mut client = one.place.connection().client()?;
    converse(async {
        let path = format!("/v1/leveringen/{}", one.id);
        let answer = match what {
            ByHand::Retry => client.post_json(&path, Bytes::new()).await?,
            ByHand::Drop => client.delete(&path).await?,
        };
        if !answer.status.is_success() {
            return refusal(&answer, &one.id, screen);
        }
        say(&read_json(&answer)?, one.json, screen)?;
        Ok(Exit::Good)
    })
}

fn by_hand_offline(
    one: &One,
    what: ByHand,
    offline: &Offline,
    screen: &mut Screen,
) -> Result<Exit, Stop> {
    let desk = Desk::new(Arc::clone(&offline.ledger));
    let not_found = |screen: &mut Screen| -> Result<Exit, Stop> {
        screen.line(format_args!("{}: zo een bericht wacht niet", one.id))?;
        Ok(Exit::Bad)
    };
    let Ok(id) = one.id.parse() else {
        return not_found(screen);
    };
    converse(async {
        match desk.do_by_hand(id, anybody(), what, None).await {
            Ok(delivery) => {
                say(&DeliveryBody::of(&delivery), one.json, screen)?;
                Ok(Exit::Good)
            }
            Err(DeskError::NotFound) => not_found(screen),
            Err(error @ DeskError::Ledger(_)) => Err(Stop::unable(error.to_string())),
        }
    })
}

/// An operator sees every delivery.
fn anybody() -> May {
    Arc::new(|_, _, _| true)
}

/// All codes of parties with an endpoint.
fn brought(offline: &Offline) -> Result<Vec<PartyCode>, Stop> {
    let register = Register::read(&offline.config.register.files)
        .map_err(|error| Stop::unable(error.to_string()))?;
    let endpoints = register.endpoints().iter();
    let parties = endpoints.filter_map(|endpoint| register.party(&endpoint.party));
    let codes = parties.flat_map(|party| party.codes.iter().map(|held| held.what));
    Ok(codes.collect())
}

fn ended(some: bool, json: bool, screen: &mut Screen) -> Result<Exit, Stop> {
    if !some && !json {
        screen.line("er wacht niets")?;
    }
    Ok(Exit::Good)
}

fn say(delivery: &DeliveryBody, json: bool, screen: &mut Screen) -> Result<(), Stop> {
    if json {
        return screen.json(delivery);
    }
    screen.line(format_args!(
        "{}  {} van {} voor {}, ontvangen {}",
        delivery.id,
        words::bericht(&delivery.bericht),
        delivery.maker,
        delivery.receiver,
        delivery.received
    ))?;
    let state = match delivery.state.as_str() {
        "waiting" => "wordt geprobeerd tot het is aangenomen",
        "dead" => "wordt niet meer geprobeerd",
        "dropped" => "opgegeven",
        other => other,
    };
    screen.line(format_args!("  {state}"))?;
    if let (Some(reason), Some(since)) = (&delivery.reason, &delivery.since) {
        screen.line(format_args!(
            "  reden: {} ({reason}), na {} pogingen, sinds {since}",
            reason_in_words(reason),
            delivery.attempts.unwrap_or_default()
        ))?;
    }
    Ok(())
}

/// Codes of ours in words; a published code is the word of the receiver's own software.
fn reason_in_words(reason: &str) -> &str {
    match reason {
        "too-old" => "te lang niet aangenomen",
        "perhaps-delivered" => {
            "misschien al aangekomen: de ontvanger kent het nummer, na een eerdere poging zonder antwoord"
        }
        "by-hand" => "met de hand opgegeven",
        "erased" => "de inhoud is gewist",
        "damaged" => "wat is bewaard, is beschadigd",
        "envelope-too-large" | "payload-too-large" => "te groot voor dit koppelpunt",
        _ => "geweigerd door de ontvanger",
    }
}
