//! `knooppunt log`: the log of a gateway for who keeps it, exports for who verifies them, and being a witness of the logs of others.

mod export;
pub(super) mod heard;
mod resume;
pub(super) mod witness;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};
use knooppunt_proof::{KeyName, Policy, SignerKey};

use super::screen::Screen;
use super::{Exit, Stop};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::log::{Asking, Ground, Log, LogError};
use crate::serve::LOG_KEY;
use crate::store::{Embedded, Journal as _};
use crate::transport::Revocation;

/// The log of all records: prove, export, verify offline, be a witness
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  knooppunt log key --config knooppunt.toml                                  the public key, for who sets a policy
  knooppunt log prove 81733 --config knooppunt.toml > 81733.tlog-proof       that a record is in the log; on a stopped gateway
  knooppunt log export --config knooppunt.toml --from 0 --to 81734 --out f   records with all that shows that they are; on a stopped gateway
  knooppunt log verify f --policy log.beleid                                 needs no gateway and no network
  knooppunt log resume --config knooppunt.toml                               after a copy was put back: may it go on? Asks the witnesses
  knooppunt log witness --listen 127.0.0.1:8090 --name example.org/witness --key witness.key --state witness --log log.beleid

Exit code: 0 done, it holds; 1 it does not hold, or there is no such record; 2 could not be done or read.")]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Verify an export, without a gateway
    Verify(export::Verify),
    /// Export records with all that shows that they stand in the log
    Export(export::Export),
    /// Show that a record stands in the log (C2SP tlog-proof)
    Prove {
        /// Its position in the journal: a receipt states it
        position: u64,
        /// The configuration of the gateway
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Print the public key of the log
    Key {
        /// The configuration of the gateway
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// The whole policy, with witnesses and quorum
        #[arg(long)]
        policy: bool,
    },
    /// Let a log go on after a copy of the store was put back
    Resume(resume::Arguments),
    /// Be a witness of logs, until SIGTERM
    Witness(witness::Arguments),
}

impl From<LogError> for Stop {
    fn from(error: LogError) -> Self {
        Stop::unable(error.to_string())
    }
}

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    match &arguments.command {
        Command::Verify(arguments) => export::verify(arguments, screen),
        Command::Export(arguments) => export::export(arguments, screen),
        Command::Prove { position, config } => prove(*position, config, screen),
        Command::Key { config, policy } => key(config, *policy, screen),
        Command::Resume(arguments) => resume::run(arguments, screen),
        Command::Witness(arguments) => witness::run(arguments, screen),
    }
}

/// A log that no gateway has open.
struct Stopped {
    store: Embedded,
    log: Arc<Log>,
}

impl Stopped {
    /// Err: no log is kept, it is in use by a gateway, or it does not continue what was made known of it.
    fn open(config: &Path) -> Result<Stopped, Stop> {
        let config = Config::load(config)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let settings = &config.store;
        let (data, keys) = (&settings.folder, &settings.keys);
        if config.message_log.origin.is_none() {
            return Err(no_log());
        }
        let store = Embedded::open(data, keys, settings.options(), clock.now())?;
        let secret = store.journal.guarded_key(LOG_KEY)?;
        let asking = Asking {
            tls: &config.tls,
            revocation: &Revocation::none(&clock),
            clock: &clock,
        };
        let ground = Ground {
            journal: Arc::clone(&store.journal) as _,
            clock: Arc::clone(&clock),
        };
        let log = Log::open(data, secret.bytes(), config.message_log, &asking, ground)?;
        Ok(Stopped {
            store,
            log: Arc::new(log),
        })
    }

    fn close(self) -> Result<(), Stop> {
        drop(self.log);
        Ok(self.store.close()?)
    }
}

fn no_log() -> Stop {
    Stop::unable("this gateway keeps no log: message_log.origin is not set")
}

fn prove(position: u64, config: &Path, screen: &mut Screen) -> Result<Exit, Stop> {
    let stopped = Stopped::open(config)?;
    let (size, records) = (stopped.log.size(), stopped.store.journal.next().0);
    let proved = stopped.log.prove_now(position)?;
    stopped.close()?;
    match proved {
        Some(proved) => {
            screen.bytes(proved.proof.to_string().as_bytes())?;
            Ok(Exit::Good)
        }
        None => Err(Stop {
            text: format!(
                "there is no checkpoint over record {position}: the newest is over {size} of {records} records"
            ),
            exit: Exit::Bad,
        }),
    }
}

/// Reads the key alone, so that it can be told while the gateway runs.
fn key(config: &Path, whole: bool, screen: &mut Screen) -> Result<Exit, Stop> {
    let config = Config::load(config)?;
    let Some(origin) = &config.message_log.origin else {
        return Err(no_log());
    };
    let file = config.store.keys.join(format!("{LOG_KEY}.key"));
    let secret = witness::secret(&file)?;
    let name = KeyName::new(origin).map_err(|error| Stop::unable(error.to_string()))?;
    let key = SignerKey::new(name, &secret);
    if !whole {
        screen.line(key.verifier())?;
        return Ok(Exit::Good);
    }
    let witnesses = config.message_log.witnesses.values();
    let witnesses: Result<Vec<_>, _> = witnesses.map(|witness| witness.key.parse()).collect();
    let witnesses =
        witnesses.map_err(|error: knooppunt_proof::KeyError| Stop::unable(error.to_string()))?;
    let quorum = config.message_log.quorum;
    let policy = Policy::new(vec![key.verifier().clone()], witnesses, quorum);
    let policy = policy.map_err(|error| Stop::unable(error.to_string()))?;
    screen.bytes(policy.to_string().as_bytes())?;
    Ok(Exit::Good)
}

/// The keys of a log and its witnesses, from a file.
fn policy_of(file: &Path) -> Result<Policy, Stop> {
    let wrong = |why: &dyn std::fmt::Display| Stop::unable(format!("{}: {why}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| wrong(&error))?;
    text.parse()
        .map_err(|error: knooppunt_proof::PolicyError| wrong(&error))
}
