//! `knooppunt verdict`: the verdict on a message made again, while no gateway has the data folder open.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::offline::Offline;
use super::screen::{Progress, Screen};
use super::{Exit, Stop};
use crate::ledger::MessageId;
use crate::verdict::{Compared, Desk, Difference, Replay, VerdictError};

/// Make the verdict on a message again, with what it was made with
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  knooppunt verdict replay 01JQ3V8Z5N0000000000000000 --config knooppunt.toml

The message is judged again on the past of its two parties as it stood then, with the register, the reference data and the schemas of then: what they were
is kept in `grounds` of the data folder. Of a declaration that waited it is the verdict that stands. Nothing is changed, whatever comes of it.

Exit code: 0 the same findings, byte for byte; 1 other findings (each line: rule, code, place), or damage; 2 could not be made again (payload erased,
grounds unknown, no such message, the data folder in use by a gateway).")]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Judge a message again and compare
    Replay {
        /// The id that the gateway gave the message
        id: String,
        /// The configuration of the gateway
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
}

impl From<VerdictError> for Stop {
    fn from(error: VerdictError) -> Self {
        Self {
            exit: if error.damaged() {
                Exit::Bad
            } else {
                Exit::Unable
            },
            text: error.to_string(),
        }
    }
}

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    let Command::Replay { id, config } = &arguments.command;
    let id: MessageId = id
        .parse()
        .map_err(|_| Stop::unable(format!("{id} is not the id of a message")))?;
    let offline = Offline::open(config)?;
    let mut bar = Progress::new();
    let desk = Desk {
        store: &offline.store,
        ledger: &offline.ledger,
        releases: &offline.releases,
        limits: &offline.limits,
        clock: &offline.clock,
    };
    let replayed = desk.replay(id, &mut |at| bar.at(at.done, at.of));
    drop(bar);
    offline.close()?;
    say(&replayed?, screen)
}

fn say(replay: &Replay, screen: &mut Screen) -> Result<Exit, Stop> {
    let Replay {
        position,
        judged_again,
        came,
        inputs,
        other_program,
        other_working_days,
        recorded,
        compared,
    } = replay;
    let hex = |hash: &Option<[u8; 32]>| {
        hash.as_ref().map_or_else(
            || "none".to_owned(),
            |hash| data_encoding::HEXLOWER.encode(hash),
        )
    };
    screen.line(format_args!("record {position}, came in {came}"))?;
    if *judged_again {
        screen.line("it waited and was judged again: this is the verdict that stands, with what was decided on its lines")?;
    }
    screen.line(format_args!(
        "program {}, rules {}",
        inputs.program,
        hex(&inputs.rules)
    ))?;
    for (what, hash) in [
        ("schemas", &inputs.schemas),
        ("register", &Some(inputs.register)),
        ("reference data", &inputs.reference),
        ("working days", &inputs.working_days),
    ] {
        screen.line(format_args!("{what} {}", hex(hash)))?;
    }
    if *other_program {
        screen.line("MARKED: judged then by another program than this one, or by one with other rules; what was recorded stays as it is")?;
    }
    if *other_working_days {
        screen.line("the terms count by other working days now; no finding rests on them")?;
    }
    let lines = match compared {
        Compared::Equal => {
            screen.line(format_args!(
                "equal: {recorded} findings, byte for byte as recorded"
            ))?;
            return Ok(Exit::Good);
        }
        Compared::Differs(lines) => lines,
    };
    for Difference {
        path,
        rule,
        code,
        weight,
        was_recorded,
    } in lines
    {
        let side = if *was_recorded {
            "- recorded, not found now:"
        } else {
            "+ found now, not recorded:"
        };
        screen.line(format_args!("{side} {rule} {code} ({weight}) {path}"))?;
    }
    if lines.is_empty() {
        screen.line(
            "the same findings in another form, or of rules that this program does not know",
        )?;
    }
    screen.line("DIFFERENT")?;
    Ok(Exit::Bad)
}
