//! What the command line itself says to users of the chain, in Dutch: headings and hints of `--help`, and what is wrong with an
//! argument. The texts of the commands stand with the commands.

use std::error::Error as _;
use std::fmt::Write as _;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ErrorKind};
use clap::{Arg, ArgAction, Command};

/// The commands of who exchanges messages, and that by which one who joins gives what he exchanged before.
const CHAIN: [&str; 14] = [
    "demo",
    "validate",
    "rules",
    "scenario",
    "send",
    "inbox",
    "fetch",
    "ack",
    "decide",
    "deliver",
    "status",
    "receipt",
    "ledger",
    "catalogue",
];

const TEMPLATE: &str =
    "{before-help}{about-with-newline}\nGebruik: {usage}\n\n{all-args}{after-help}";

/// Whether who typed this command reads Dutch.
pub(super) fn is_read_by(command: Option<&str>) -> bool {
    command.is_some_and(|name| CHAIN.contains(&name))
}

/// The command line with the commands of the chain all in Dutch.
pub(super) fn translate(whole: Command) -> Command {
    let mut built = whole.clone();
    built.build();
    translate_some(whole, &mut built, &CHAIN)
}

fn translate_some(command: Command, built: &mut Command, names: &[&str]) -> Command {
    names.iter().fold(command, |command, name| {
        match built.find_subcommand_mut(name) {
            Some(built) => command.mut_subcommand(name, |inner| translate_one(inner, built)),
            None => command,
        }
    })
}

fn translate_one(command: Command, built: &mut Command) -> Command {
    let usage = built.render_usage().to_string();
    let usage = usage
        .trim_start_matches("Usage: ")
        .replace("[OPTIONS]", "[OPTIES]")
        .replace("<COMMAND>", "<OPDRACHT>");
    let names: Vec<String> = command
        .get_subcommands()
        .map(|inner| inner.get_name().to_owned())
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let help = Arg::new("help")
        .short('h')
        .long("help")
        .action(ArgAction::Help)
        .help_heading("Opties")
        .help("Toon deze hulp");
    translate_some(command, built, &names)
        .mut_args(translate_argument)
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .subcommand_help_heading("Opdrachten")
        .subcommand_value_name("OPDRACHT")
        .override_usage(usage)
        .help_template(TEMPLATE)
        .arg(help)
}

/// An argument below a Dutch heading, with what may stand in it told in Dutch.
fn translate_argument(argument: Arg) -> Arg {
    let mut help = argument
        .get_help()
        .map(StyledStr::to_string)
        .unwrap_or_default();
    let mut hint = |name: &str, values: Vec<String>| {
        if !values.is_empty() {
            let _ = write!(help, " [{name}: {}]", values.join(", "));
        }
    };
    if argument.get_action().takes_values() {
        let possible = argument.get_possible_values();
        let possible = possible.iter().map(|value| value.get_name().to_owned());
        hint("mogelijk", possible.collect());
        let usual = argument.get_default_values().iter();
        hint(
            "standaard",
            usual
                .map(|value| value.to_string_lossy().into_owned())
                .collect(),
        );
        let variable = argument.get_env().into_iter();
        hint(
            "of in de omgeving",
            variable
                .map(|name| name.to_string_lossy().into_owned())
                .collect(),
        );
    }
    let heading = if argument.is_positional() {
        "Argumenten"
    } else {
        "Opties"
    };
    let argument = if argument.get_help_heading().is_none() {
        argument.help_heading(heading)
    } else {
        argument
    };
    let takes_values = argument.get_action().takes_values();
    argument
        .help(help)
        .hide_default_value(takes_values)
        .hide_possible_values(takes_values)
        .hide_env(takes_values)
}

/// What is wrong with the arguments, in a sentence.
#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "whatever clap adds is told in general words"
)]
pub(super) fn sentence(error: &clap::Error) -> String {
    let told = |kind| error.get(kind).map(ToString::to_string);
    let argument = told(ContextKind::InvalidArg).unwrap_or_default();
    let value = told(ContextKind::InvalidValue).unwrap_or_default();
    match error.kind() {
        ErrorKind::UnknownArgument => match told(ContextKind::SuggestedArg) {
            Some(other) => format!("{argument} is onbekend; bedoelt u {other}?"),
            None => format!("{argument} is onbekend, of te veel"),
        },
        ErrorKind::InvalidSubcommand => format!(
            "{} is geen opdracht",
            told(ContextKind::InvalidSubcommand).unwrap_or_default()
        ),
        ErrorKind::InvalidValue if value.is_empty() => {
            format!("bij {argument} ontbreekt de waarde")
        }
        ErrorKind::InvalidValue => format!(
            "{argument}: {value} kan niet; mogelijk is {}",
            told(ContextKind::ValidValue).unwrap_or_default()
        ),
        ErrorKind::ValueValidation => match error.source() {
            Some(reason) => format!("{argument}: {value} kan niet: {reason}"),
            None => format!("{argument}: {value} kan niet"),
        },
        ErrorKind::MissingRequiredArgument => format!("wat ontbreekt: {argument}"),
        ErrorKind::ArgumentConflict => match told(ContextKind::PriorArg) {
            Some(prior) if prior != argument => format!("{argument} kan niet samen met {prior}"),
            _ => format!("{argument} staat er meer dan een keer"),
        },
        ErrorKind::InvalidUtf8 => "een argument is geen tekst in UTF-8".to_owned(),
        _ => "de argumenten kloppen niet".to_owned(),
    }
}
