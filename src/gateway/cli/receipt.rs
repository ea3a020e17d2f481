//! `knooppunt receipt`: get the signed receipt of a message, and verify one without the gateway.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jiff::Timestamp;
use knooppunt_proof::Policy;

use super::connection::{Connection, converse, message_id, read_json, refusal};
use super::files::read;
use super::screen::Screen;
use super::{Exit, Stop, words};
use crate::api::ontvangstbewijs::KeysBody;
use crate::receipt::{InLog, MappedStatement, Receipt, ReceiptError, Statement};

/// Ontvangstbewijzen: ophalen, en zonder het knooppunt nagaan of er een klopt
#[derive(Debug, Args)]
#[command(after_help = "\
Voorbeelden:
  knooppunt receipt key > knooppunt.pem                       de sleutel van het knooppunt; een keer, en bewaar hem
  knooppunt receipt get ID > bewijs.json                      het ontvangstbewijs van een bericht
  knooppunt receipt verify bewijs.json --key knooppunt.pem    klopt het? Hiervoor is geen verbinding nodig
  knooppunt receipt key --log > log.beleid                    waarmee het logboek is na te gaan; een keer, en bewaar het
  knooppunt receipt verify bewijs.json --key knooppunt.pem --log log.beleid    en staat het in het logboek?

Eindcode: 0 gelukt, het bewijs klopt; 1 geweigerd, of het klopt niet; 2 niet gelukt of onleesbaar.")]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Haal het ontvangstbewijs van een bericht op
    Get {
        /// Het bericht
        #[arg(value_parser = message_id)]
        id: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Haal de openbare sleutel van het knooppunt op
    Key {
        /// De sleutels van het logboek en zijn getuigen in plaats daarvan
        #[arg(long)]
        log: bool,
        #[command(flatten)]
        connection: Connection,
    },
    /// Ga na of een ontvangstbewijs klopt, zonder verbinding
    Verify {
        /// Het ontvangstbewijs (JSON)
        #[arg(value_name = "BESTAND")]
        receipt: PathBuf,
        /// De openbare sleutel van het knooppunt (PEM)
        #[arg(long = "key", value_name = "BESTAND")]
        public_key: PathBuf,
        /// Ga ook na dat het bewijs over dit bericht gaat (XML)
        #[arg(long, value_name = "BESTAND")]
        message: Option<PathBuf>,
        /// Ga ook na dat het in het logboek staat, met de sleutels van het logboek (`receipt key --log`)
        #[arg(long, value_name = "BESTAND")]
        log: Option<PathBuf>,
    },
}

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    match &arguments.command {
        Command::Get { id, connection } => {
            let mut client = connection.client()?;
            converse(async {
                let answer = client
                    .get(&format!("/v1/berichten/{id}/ontvangstbewijs"))
                    .await?;
                if !answer.status.is_success() {
                    return refusal(&answer, id, screen);
                }
                screen.line(String::from_utf8_lossy(&answer.body))?;
                Ok(Exit::Good)
            })
        }
        Command::Key { log, connection } => {
            let mut client = connection.client()?;
            converse(async {
                let answer = client.get("/v1/sleutels").await?;
                if !answer.status.is_success() {
                    return refusal(&answer, "sleutel", screen);
                }
                let keys: KeysBody = read_json(&answer)?;
                if *log {
                    let Some(log) = keys.log else {
                        screen.line("dit knooppunt houdt geen logboek bij")?;
                        return Ok(Exit::Bad);
                    };
                    screen.bytes(log.policy.as_bytes())?;
                    return Ok(Exit::Good);
                }
                for key in keys.keys.iter().filter(|key| key.usage == "receipt") {
                    screen.bytes(key.pem.as_bytes())?;
                }
                Ok(Exit::Good)
            })
        }
        Command::Verify {
            receipt,
            public_key,
            message,
            log,
        } => {
            let text = read(receipt)?;
            let is_none =
                |_| Stop::unable(format!("{}: is geen ontvangstbewijs", receipt.display()));
            let in_log: InLog = serde_json::from_slice(&text).map_err(is_none)?;
            let receipt: Receipt = serde_json::from_slice(&text).map_err(is_none)?;
            let key = String::from_utf8_lossy(&read(public_key)?).into_owned();
            let Ok(statement) = receipt.verify(&key) else {
                screen.line(
                    "het ontvangstbewijs klopt niet: het is veranderd, of van een andere sleutel",
                )?;
                return Ok(Exit::Bad);
            };
            if let Some(message) = message
                && !is_about(&statement, &read(message)?)
            {
                screen.line("het ontvangstbewijs is echt, maar gaat over een ander bericht")?;
                return Ok(Exit::Bad);
            }
            say(&statement, screen)?;
            match log {
                None => Ok(Exit::Good),
                Some(policy) => look_in_log(&in_log, &statement, policy, screen),
            }
        }
    }
}

/// Says whether what the receipt states stands in the log.
fn look_in_log(
    in_log: &InLog,
    statement: &Statement,
    policy: &Path,
    screen: &mut Screen,
) -> Result<Exit, Stop> {
    let text = String::from_utf8_lossy(&read(policy)?).into_owned();
    let policy: Policy = text.parse().map_err(|error| {
        Stop::unable(format!(
            "{}: geen sleutels van een logboek: {error}",
            policy.display()
        ))
    })?;
    let shown = match in_log.verify(statement, &policy) {
        Ok(shown) => shown,
        Err(ReceiptError::NotInLog) => {
            screen.line(
                "het ontvangstbewijs heeft geen bewijs uit het logboek: haal het nog eens op",
            )?;
            return Ok(Exit::Bad);
        }
        Err(error) => {
            screen.line(format_args!(
                "het bewijs uit het logboek klopt niet ({}): het is veranderd, of van een ander logboek",
                error.code()
            ))?;
            return Ok(Exit::Bad);
        }
    };
    screen.line(format_args!(
        "het staat in het logboek {}: plaats {} van {}, {} getuigen van de {} die nodig zijn{}",
        policy.origin(),
        statement.position,
        shown.size,
        shown.witnesses,
        policy.quorum(),
        shown.time.map_or_else(String::new, |time| {
            let time = i64::try_from(time)
                .ok()
                .and_then(|time| Timestamp::from_second(time).ok());
            time.map_or_else(String::new, |time| format!(", op {time}"))
        })
    ))?;
    screen.line(if shown.record {
        "  het record zelf is nagegaan"
    } else {
        "  het zout van het record is gewist: wat er stond is niet meer te tonen, dat er iets stond wel"
    })?;
    Ok(Exit::Good)
}

/// Whether the receipt is about exactly these bytes: as they were handed in, or as the receiver gets them.
pub(super) fn is_about(statement: &Statement, body: &[u8]) -> bool {
    use sha2::Digest as _;
    let hash = data_encoding::HEXLOWER.encode(&sha2::Sha256::digest(body));
    let is_sent = statement.payload_bytes == body.len() as u64 && statement.payload_sha256 == hash;
    let is_given = |mapped: &MappedStatement| mapped.sha256 == hash;
    is_sent || statement.mapped.as_ref().is_some_and(is_given)
}

fn say(statement: &Statement, screen: &mut Screen) -> Result<(), Stop> {
    screen.line(format_args!(
        "het ontvangstbewijs klopt: {} heeft {} van {} voor {} aangenomen op {}",
        statement.gateway,
        words::bericht(&statement.bericht),
        statement.maker,
        statement.receiver,
        statement.received
    ))?;
    screen.line(format_args!(
        "  id {}, {} bytes, SHA-256 {}",
        statement.message, statement.payload_bytes, statement.payload_sha256
    ))?;
    if let Some(mapped) = &statement.mapped {
        screen.line(format_args!(
            "  de ontvanger krijgt het met vertaalde producten: {} bytes, SHA-256 {}",
            mapped.bytes, mapped.sha256
        ))?;
        if let Some(table) = &mapped.table {
            screen.line(format_args!("  tabel {table}"))?;
        }
        for row in &mapped.rows {
            screen.line(format_args!("  regel {row}"))?;
        }
    }
    Ok(())
}
