//! `knooppunt config`: the default configuration with its manual, and a check of a file.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Subcommand};

use super::screen::{Screen, complain};
use super::{Exit, Stop};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::serve::look_at_files;

/// Print the complete default configuration with its manual, or check a file
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  knooppunt config > knooppunt.toml       start from everything that can be set
  knooppunt config check knooppunt.toml   the file, and every file it names: register, certificates, keys, revocation lists

Exit code of check: 0 sound; 1 something is wrong, with file, line and what is expected.")]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check a configuration file and open every file that it names: 0 sound, 1 not
    Check {
        /// The file
        file: PathBuf,
    },
}

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    match &arguments.command {
        None => screen.bytes(Config::printed().as_bytes())?,
        Some(Command::Check { file }) => {
            let config = Config::load(file)?;
            let clock: Arc<dyn Clock> = Arc::new(SystemClock);
            let looked = look_at_files(&config, &clock);
            for note in &looked.notes {
                screen.line(format_args!("{}: note: {note}", file.display()))?;
            }
            for wrong in &looked.wrong {
                complain(&format!("{}: {wrong}", file.display()));
            }
            if !looked.wrong.is_empty() {
                return Ok(Exit::Bad);
            }
            screen.line(format_args!("{}: sound", file.display()))?;
        }
    }
    Ok(Exit::Good)
}
