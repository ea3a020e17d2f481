//! The command line: one file a command. Names and exit codes are a promise to scripts; texts are not. Who exchanges
//! messages reads Dutch, who runs the gateway reads English.

mod ack;
mod audit;
mod backup;
mod catalogue;
mod completions;
mod config;
mod connection;
mod crl;
mod decide;
mod deliver;
mod demo;
mod dutch;
mod fetch;
mod files;
mod inbox;
mod ledger;
mod log;
mod offline;
mod pki;
mod receipt;
mod rules;
mod scenario;
mod screen;
mod send;
mod serve;
mod status;
mod store;
mod validate;
mod verdict;
mod words;

use std::ffi::OsStr;
use std::io;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::config::ConfigError;
use screen::Screen;

/// The gateway for the Dutch youth-care and social-support messages (iJw, iWmo).
#[derive(Debug, Parser)]
#[command(name = "knooppunt", version, max_term_width = 110, after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Try it:      knooppunt demo
Run it:      knooppunt config > knooppunt.toml
             knooppunt serve --config knooppunt.toml --create     (--create: the first time)";

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Arguments),
    Validate(validate::Arguments),
    Rules(rules::Arguments),
    Scenario(scenario::Arguments),
    Send(send::Arguments),
    Inbox(inbox::Arguments),
    Fetch(fetch::Arguments),
    Ack(ack::Arguments),
    Decide(decide::Arguments),
    Audit(audit::Arguments),
    Deliver(deliver::Arguments),
    Status(status::Arguments),
    Receipt(receipt::Arguments),
    Serve(serve::Arguments),
    Store(store::Arguments),
    Ledger(ledger::Arguments),
    Log(log::Arguments),
    Catalogue(catalogue::Arguments),
    Verdict(verdict::Arguments),
    Config(config::Arguments),
    Crl(crl::Arguments),
    Pki(pki::Arguments),
    Completions(completions::Arguments),
}

/// What a script sees of a command that ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Exit {
    /// As hoped: valid, accepted, sound.
    Good,
    /// The work was done and the outcome is no: invalid, refused, damaged.
    Bad,
    /// The work could not be done: unreadable, unreachable, wrongly asked.
    Unable,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Good => 0,
            Exit::Bad => 1,
            Exit::Unable => 2,
        })
    }
}

/// A command that ended early, with the sentence for the one who typed it.
#[derive(Debug)]
struct Stop {
    text: String,
    exit: Exit,
}

impl Stop {
    /// The work could not be done.
    fn unable(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            exit: Exit::Unable,
        }
    }
}

impl From<io::Error> for Stop {
    /// Writing to the screen failed. Whoever closed the pipe (`| head`) has what he wanted.
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self {
                text: String::new(),
                exit: Exit::Good,
            };
        }
        Self::unable(format!("cannot write the output: {error}"))
    }
}

impl From<ConfigError> for Stop {
    fn from(error: ConfigError) -> Self {
        Self {
            text: error.to_string(),
            exit: Exit::Bad,
        }
    }
}

/// Lets the process open as many files as it may have: making the views of a large store anew sorts in many.
fn open_as_many_files_as_may_be() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    // Where it is refused the limit stays as it was, which is enough for all but very large stores.
    let _ = setrlimit(Resource::Nofile, raised);
}

/// Reads the command line, does what it says, and gives the exit code of the process.
pub fn run() -> ExitCode {
    open_as_many_files_as_may_be();
    let arguments = dutch::translate(Arguments::command())
        .try_get_matches()
        .and_then(|matches| Arguments::from_arg_matches(&matches));
    let arguments = match arguments {
        Ok(arguments) => arguments,
        Err(error) => return wrongly_asked(&error),
    };
    let mut screen = Screen::new();
    let outcome = match arguments.command {
        Command::Demo(arguments) => demo::run(&arguments, &mut screen),
        Command::Validate(arguments) => validate::run(&arguments, &mut screen),
        Command::Rules(arguments) => rules::run(&arguments, &mut screen),
        Command::Scenario(arguments) => scenario::run(&arguments, &mut screen),
        Command::Send(arguments) => send::run(&arguments, &mut screen),
        Command::Inbox(arguments) => inbox::run(&arguments, &mut screen),
        Command::Fetch(arguments) => fetch::run(&arguments, &mut screen),
        Command::Ack(arguments) => ack::run(&arguments, &mut screen),
        Command::Decide(arguments) => decide::run(&arguments, &mut screen),
        Command::Audit(arguments) => audit::run(&arguments, &mut screen),
        Command::Deliver(arguments) => deliver::run(&arguments, &mut screen),
        Command::Status(arguments) => status::run(&arguments, &mut screen),
        Command::Receipt(arguments) => receipt::run(&arguments, &mut screen),
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Store(arguments) => store::run(&arguments, &mut screen),
        Command::Ledger(arguments) => ledger::run(&arguments, &mut screen),
        Command::Log(arguments) => log::run(&arguments, &mut screen),
        Command::Catalogue(arguments) => catalogue::run(&arguments, &mut screen),
        Command::Verdict(arguments) => verdict::run(&arguments, &mut screen),
        Command::Config(arguments) => config::run(&arguments, &mut screen),
        Command::Crl(arguments) => crl::run(&arguments, &mut screen),
        Command::Pki(arguments) => pki::run(&arguments, &mut screen),
        Command::Completions(arguments) => completions::run(&arguments, &mut screen),
    };
    let outcome = outcome.and_then(|exit| Ok(screen.flush().map(|()| exit)?));
    match outcome {
        Ok(exit) => exit.into(),
        Err(stop) => {
            if !stop.text.is_empty() {
                screen::complain(&stop.text);
            }
            stop.exit.into()
        }
    }
}

/// Help that was asked for, or what is wrong with the arguments in the language of who typed them.
fn wrongly_asked(error: &clap::Error) -> ExitCode {
    let command = std::env::args_os().nth(1);
    let command = command.as_deref().and_then(OsStr::to_str);
    let is_help = matches!(
        error.kind(),
        ErrorKind::DisplayHelp
            | ErrorKind::DisplayVersion
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    );
    if is_help || !dutch::is_read_by(command) {
        // Nobody is left to tell when writing fails; who closed the pipe has what he wanted.
        let _ = error.print();
        return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
    }
    let command = command.unwrap_or_default();
    screen::complain(&format!(
        "{}. Zie `knooppunt {command} --help`",
        dutch::sentence(error)
    ));
    Exit::Unable.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        dutch::translate(Arguments::command()).debug_assert();
    }

    #[test]
    fn every_command_says_what_it_does() {
        fn check(command: &clap::Command) {
            for inner in command
                .get_subcommands()
                .filter(|inner| inner.get_name() != "help")
            {
                assert!(
                    inner.get_about().is_some(),
                    "{} says nothing",
                    inner.get_name()
                );
                for argument in inner.get_arguments() {
                    assert!(
                        argument.get_help().is_some(),
                        "{} {} says nothing",
                        inner.get_name(),
                        argument.get_id()
                    );
                }
                check(inner);
            }
        }
        check(&Arguments::command());
    }
}
