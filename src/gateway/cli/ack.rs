//! `knooppunt ack`: tell the gateway that we have a message.

use clap::Args;

use super::connection::{Connection, converse, message_id, refusal};
use super::screen::Screen;
use super::{Exit, Stop};

/// Bevestig dat u berichten hebt: zij verdwijnen uit uw postvak
#[derive(Debug, Args)]
#[command(after_help = "\
Voorbeeld:
  knooppunt fetch ID --out bericht.xml && knooppunt ack ID

De inhoud wordt na een termijn gewist; het ontvangstbewijs blijft. Nog een keer bevestigen verandert niets.

Eindcode: 0 alles bevestigd; 1 een of meer geweigerd; 2 niet gelukt.")]
pub(super) struct Arguments {
    /// De berichten, zoals `knooppunt inbox` ze noemt
    #[arg(required = true, value_name = "ID", value_parser = message_id)]
    ids: Vec<String>,
    #[command(flatten)]
    connection: Connection,
}

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    let mut client = arguments.connection.client()?;
    converse(async {
        let mut worst = Exit::Good;
        for id in &arguments.ids {
            let answer = client.delete(&format!("/v1/postvak/{id}")).await?;
            let exit = if answer.status.is_success() {
                screen.line(format_args!("{id}: bevestigd"))?;
                Exit::Good
            } else {
                refusal(&answer, id, screen)?
            };
            worst = worst.max(exit);
        }
        Ok(worst)
    })
}
