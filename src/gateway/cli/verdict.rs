//! `knooppunt verdict`: the verdict on a message made again, while no gateway has the data folder open.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::offline::Offline;
use super::screen::{Progress, Screen};
use super::{Exit, Stop};
use crate::ledger::MessageId;
use crate::verdict::{Compared, Desk, Difference, FormAgain, Replay, VerdictError};

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
    let (told, exit) = told(&replayed?);
    for line in told {
        screen.line(line)?;
    }
    Ok(exit)
}

/// What is told of it, and how the command ends.
fn told(replay: &Replay) -> (Vec<String>, Exit) {
    let Replay {
        position,
        judged_again,
        came,
        inputs,
        other_program,
        other_working_days,
        recorded,
        form,
        compared,
    } = replay;
    let hex = |hash: &Option<[u8; 32]>| {
        hash.as_ref().map_or_else(
            || "none".to_owned(),
            |hash| data_encoding::HEXLOWER.encode(hash),
        )
    };
    let mut told = vec![format!("record {position}, came in {came}")];
    if *judged_again {
        told.push("it waited and was judged again: this is the verdict that stands, with what was decided on its lines".to_owned());
    }
    told.push(format!(
        "program {}, rules {}",
        inputs.program,
        hex(&inputs.rules)
    ));
    for (what, hash) in [
        ("schemas", &inputs.schemas),
        ("register", &Some(inputs.register)),
        ("reference data", &inputs.reference),
        ("product codes", &inputs.catalogue),
        ("working days", &inputs.working_days),
    ] {
        told.push(format!("{what} {}", hex(hash)));
    }
    if *other_program {
        told.push("MARKED: judged then by another program than this one, or by one with other rules; what was recorded stays as it is".to_owned());
    }
    if *other_working_days {
        told.push("the terms count by other working days now; no finding rests on them".to_owned());
    }
    told.extend(match form {
        FormAgain::None => None,
        FormAgain::Same => Some("the form that its receiver got comes out again".to_owned()),
        FormAgain::Other => Some("the form that its receiver got does not come out again: its products are translated otherwise".to_owned()),
        FormAgain::Lost => Some("whether the form that its receiver got comes out again cannot be told: what it was made with when it came is not there any more".to_owned()),
    });
    let lines = match compared {
        Compared::Equal => {
            told.push(format!(
                "equal: {recorded} findings, byte for byte as recorded"
            ));
            let exit = match form {
                FormAgain::None | FormAgain::Same => Exit::Good,
                FormAgain::Other => Exit::Bad,
                FormAgain::Lost => Exit::Unable,
            };
            return (told, exit);
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
        told.push(format!("{side} {rule} {code} ({weight}) {path}"));
    }
    if lines.is_empty() {
        told.push(
            "the same findings in another form, or of rules that this program does not know"
                .to_owned(),
        );
    }
    told.push("DIFFERENT".to_owned());
    (told, Exit::Bad)
}

#[cfg(test)]
mod tests {
    use super::{Compared, Difference, Exit, FormAgain, Replay, told};
    use crate::ledger::Inputs;

    fn replay(other_program: bool, compared: Compared) -> Replay {
        Replay {
            position: 41,
            judged_again: false,
            came: jiff::Timestamp::UNIX_EPOCH,
            inputs: Inputs {
                program: "0.0.1".to_owned(),
                schemas: None,
                register: [1; 32],
                reference: None,
                rules: Some([2; 32]),
                working_days: None,
                came_at: Some(0),
                catalogue: None,
            },
            other_program,
            form: FormAgain::None,
            other_working_days: false,
            recorded: 1,
            compared,
        }
    }

    #[test]
    fn a_verdict_of_another_program_is_marked_whether_it_is_equal_or_not_and_a_difference_names_its_side()
     {
        let difference = Difference {
            path: "/Bericht/Header".to_owned(),
            rule: "TR056",
            code: "9056",
            weight: "refuses",
            was_recorded: true,
        };
        for (other, compared, exit) in [
            (true, Compared::Equal, Exit::Good),
            (false, Compared::Equal, Exit::Good),
            (true, Compared::Differs(vec![difference.clone()]), Exit::Bad),
            (false, Compared::Differs(vec![difference]), Exit::Bad),
        ] {
            let differs = compared != Compared::Equal;
            let (lines, ends) = told(&replay(other, compared));
            let has = |begin: &str| lines.iter().any(|line| line.starts_with(begin));
            assert!(ends == exit, "{lines:?}");
            assert_eq!(has("MARKED"), other, "{lines:?}");
            assert_eq!(has("equal: 1 findings"), !differs, "{lines:?}");
            let recorded = "- recorded, not found now: TR056 9056 (refuses) /Bericht/Header";
            assert_eq!(
                (has(recorded), has("DIFFERENT")),
                (differs, differs),
                "{lines:?}"
            );
        }
    }

    #[test]
    fn whether_the_form_comes_out_again_decides_how_it_ends_and_that_nobody_can_tell_is_told() {
        for (form, exit) in [
            (FormAgain::Lost, Exit::Unable),
            (FormAgain::Same, Exit::Good),
            (FormAgain::Other, Exit::Bad),
        ] {
            let replay = Replay {
                form,
                ..replay(false, Compared::Equal)
            };
            let (lines, ends) = told(&replay);
            assert!(ends == exit, "{lines:?}");
            let is_told = lines.iter().any(|line| line.contains("cannot be told"));
            assert_eq!(is_told, form == FormAgain::Lost, "{lines:?}");
        }
    }
}
