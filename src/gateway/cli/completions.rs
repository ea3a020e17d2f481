//! `knooppunt completions`: what a shell needs to complete our commands.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::screen::Screen;
use super::{Exit, Stop};

/// Print the completions for a shell
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  knooppunt completions bash > /etc/bash_completion.d/knooppunt
  knooppunt completions fish > ~/.config/fish/completions/knooppunt.fish")]
pub(super) struct Arguments {
    /// The shell
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut super::dutch::translate(super::Arguments::command()),
        "knooppunt",
        &mut script,
    );
    screen.bytes(&script)?;
    Ok(Exit::Good)
}
