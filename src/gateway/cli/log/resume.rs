//! `knooppunt log resume`: lets a log go on after a copy was put back, when witnesses or the operator vouch for it.

use std::path::PathBuf;

use clap::Args;

use super::heard::{forked_by, hear, say};
use super::{no_log, witness};
use crate::cli::screen::Screen;
use crate::cli::{Exit, Stop};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::log::{Resumed, newest, resume, signed_last};
use crate::serve::LOG_KEY;
use crate::store::{Embedded, Journal as _};

#[derive(Debug, Args)]
#[command(after_help = "\
A log that was put back from a copy could show two histories when it signed more after the copy was made. So it stops, until enough witnesses say that they cosigned
nothing over more records than there are (so many that every checkpoint with a quorum was cosigned by one of them), or you say that nothing else was signed.

Exit code: 0 it goes on, or nothing stopped it; 1 it does not: too few witnesses vouch for it, one knows of more records, or records are known to be lost; 2 could not be done.")]
pub(in crate::cli) struct Arguments {
    /// The configuration of the gateway, which is stopped
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// You know that nothing was signed over more records than there are: the gateway was stopped before the copy was made and did not run since
    #[arg(long)]
    nothing_else_was_signed: bool,
}

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    let config = Config::load(&arguments.config)?;
    let (settings, log) = (&config.store, &config.message_log);
    if log.origin.is_none() {
        return Err(no_log());
    }
    let now = SystemClock.now();
    let store = Embedded::open(&settings.folder, &settings.keys, settings.options(), now)?;
    let records = store.journal.next().0;
    let secret = witness::secret(&settings.keys.join(format!("{LOG_KEY}.key")))?;
    let note = newest(log, &secret, &signed_last(&settings.folder)?)?;
    let heard = if log.witnesses.is_empty() {
        Vec::new()
    } else {
        hear(&config, &note)?
    };
    say(&heard, screen)?;
    let said = arguments.nothing_else_was_signed;
    let resumed = resume(&settings.folder, log, records, &heard, said);
    store.close()?;
    let stays = |text: String| Stop {
        exit: Exit::Bad,
        text,
    };
    match resumed? {
        Resumed::NotStopped => screen.line("nothing stops the log")?,
        Resumed::GoesOn => screen.line(format_args!(
            "the log goes on from {records} records with the next start"
        ))?,
        Resumed::Unknown => {
            return Err(stays(format!(
                "{} witnesses are set, {} must have cosigned, and too few of them vouch for {records} records: ask again when they answer, or see --nothing-else-was-signed",
                heard.len(),
                log.quorum
            )));
        }
        Resumed::Ahead { witness, size } => {
            return Err(stays(format!(
                "witness {witness} cosigned {size} records, and there are {records}: put back a newer copy. If the rest is lost this log has ended: move data/log elsewhere, \
                 keep it, and set another message_log.origin"
            )));
        }
        Resumed::Forked { witness, size } => return Err(forked_by(&witness, size)),
    }
    Ok(Exit::Good)
}
