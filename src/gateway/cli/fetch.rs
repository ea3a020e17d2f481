//! `knooppunt fetch`: the content of a message, byte for byte.

use std::path::PathBuf;

use clap::Args;
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use super::connection::{Connection, converse, message_id, refusal};
use super::screen::Screen;
use super::{Exit, Stop, words};
use crate::client::Answer;

/// Haal de inhoud van een bericht op, byte voor byte zoals het is aangeboden
#[derive(Debug, Args)]
#[command(after_help = "\
Voorbeelden:
  knooppunt fetch ID > bericht.xml
  knooppunt fetch ID --out bericht.xml

Ophalen verandert niets: bevestig met `knooppunt ack` als u het bericht veilig hebt.

Eindcode: 0 gelukt; 1 geweigerd of gewist; 2 niet gelukt.")]
pub(super) struct Arguments {
    /// Het bericht, zoals `knooppunt inbox` het noemt
    #[arg(value_parser = message_id)]
    id: String,
    /// Waarheen; zonder dit naar de standaarduitvoer
    #[arg(long, short, value_name = "BESTAND")]
    out: Option<PathBuf>,
    #[command(flatten)]
    connection: Connection,
}

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    let mut client = arguments.connection.client()?;
    converse(async {
        let answer = client
            .get(&format!("/v1/postvak/{}/inhoud", arguments.id))
            .await?;
        if !answer.status.is_success() {
            return refusal(&answer, &arguments.id, screen);
        }
        if !is_whole(&answer) {
            return Err(Stop::unable(
                "de ontvangen bytes passen niet bij hun controlegetal; haal het bericht opnieuw op",
            ));
        }
        match &arguments.out {
            None => screen.bytes(&answer.body)?,
            Some(file) => std::fs::write(file, &answer.body).map_err(|error| {
                let why = words::os(&error);
                Stop::unable(format!("{}: niet te schrijven: {why}", file.display()))
            })?,
        }
        Ok(Exit::Good)
    })
}

/// Whether the body has the SHA-256 that its ETag names.
pub(super) fn is_whole(answer: &Answer) -> bool {
    let named = answer
        .headers
        .get(http::header::ETAG)
        .and_then(|etag| etag.to_str().ok());
    named.is_some_and(|named| {
        named.trim_matches('"') == HEXLOWER.encode(&Sha256::digest(&answer.body))
    })
}
