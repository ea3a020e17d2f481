//! `knooppunt crl`: the revocation lists that are here, and fetching them once.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Subcommand};

use super::screen::Screen;
use super::serve::runtime;
use super::{Exit, Stop};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::serve;
use crate::transport::TlsState;

/// Show the certificate revocation lists that are here, or fetch them once
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  knooppunt crl list --config knooppunt.toml    each list with its dates, what needs attention, and where lists are fetched from
  knooppunt crl fetch --config knooppunt.toml   fetch all of them now, also before the first start

Both work while a gateway runs: it takes what was fetched over within `tls.reload_every_s`, at once on kill -HUP.

Exit code of list: 0 in order; 1 something needs attention. Of fetch: 0 everything taken, or there already; 1 something was
not, see above: the last good list stays. Of both: 2 the configuration is wrong.")]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show each list with its issuer and dates, and what needs attention
    List(Place),
    /// Fetch every list once, check it, and keep it
    Fetch(Place),
}

/// Which gateway.
#[derive(Debug, Args)]
struct Place {
    /// The configuration of the gateway
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

impl Place {
    fn open(&self) -> Result<Arc<TlsState>, Stop> {
        let config = Config::load(&self.config).map_err(|error| Stop::unable(error.to_string()))?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        serve::lists(&config, &clock).map_err(|error| Stop::unable(error.to_string()))
    }
}

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    match &arguments.command {
        Command::List(place) => list(&place.open()?, screen),
        Command::Fetch(place) => fetch(&place.open()?, screen),
    }
}

fn list(tls: &Arc<TlsState>, screen: &mut Screen) -> Result<Exit, Stop> {
    for list in tls.crls() {
        screen.line(list)?;
    }
    for place in tls.revocation().sources() {
        screen.line(place)?;
    }
    let warnings = tls.warnings();
    for warning in &warnings {
        screen.line(format_args!("attention: {warning}"))?;
    }
    Ok(if warnings.is_empty() {
        Exit::Good
    } else {
        Exit::Bad
    })
}

fn fetch(tls: &Arc<TlsState>, screen: &mut Screen) -> Result<Exit, Stop> {
    let looked = runtime()?.block_on(tls.revocation().fetch_all());
    if looked.is_empty() {
        return Err(Stop::unable(
            "there is nothing to fetch: no certificate names a distribution point over http, and tls.fetch names neither urls nor folders",
        ));
    }
    let mut exit = Exit::Good;
    for one in looked {
        match one.outcome {
            Ok(taken) => {
                let what = if taken.new > 0 { "taken" } else { "as it was" };
                for list in taken.lists {
                    screen.line(format_args!("{}: {what}: {list}", one.source))?;
                }
            }
            Err(refused) => {
                exit = Exit::Bad;
                screen.line(format_args!("{}: not taken: {refused}", one.source))?;
            }
        }
    }
    Ok(exit)
}
