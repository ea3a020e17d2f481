//! `knooppunt config`: the default configuration with its manual, and a check of a file.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::screen::Screen;
use super::{Exit, Stop};
use crate::config::Config;

/// Print the complete default configuration with its manual, or check a file
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  knooppunt config > knooppunt.toml       start from everything that can be set
  knooppunt config check knooppunt.toml   0: sound; 1: says file, line and what is wrong")]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check a configuration file: 0 sound, 1 not
    Check {
        /// The file
        file: PathBuf,
    },
}

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    match &arguments.command {
        None => screen.bytes(Config::printed().as_bytes())?,
        Some(Command::Check { file }) => {
            Config::load(file)?;
            screen.line(format_args!("{}: sound", file.display()))?;
        }
    }
    Ok(Exit::Good)
}
