//! Asking the witnesses of the configuration what they know of the log, and saying what they said.

use std::sync::Arc;

use knooppunt_proof::SignedNote;

use crate::cli::screen::Screen;
use crate::cli::{Exit, Stop, serve};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::log::{Asking, Heard, LogError, Said};
use crate::transport::Revocation;

/// What each of them says to a checkpoint. Err: one of them cannot be asked by these settings.
pub(in crate::cli) fn hear(config: &Config, note: &SignedNote) -> Result<Vec<Heard>, Stop> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let asking = Asking {
        tls: &config.tls,
        revocation: &Revocation::none(&clock),
        clock: &clock,
    };
    let heard: Result<_, LogError> =
        serve::runtime()?.block_on(asking.hear(&config.message_log, note));
    Ok(heard?)
}

/// Says it, a line a witness.
pub(in crate::cli) fn say(heard: &[Heard], screen: &mut Screen) -> Result<(), Stop> {
    for Heard { witness, said } in heard {
        match said {
            Said::Size(size) => {
                screen.line(format_args!("witness {witness}: {size} records cosigned"))?;
            }
            Said::Other(size) => screen.line(format_args!(
                "witness {witness}: OTHER first {size} records cosigned than ours"
            ))?,
            Said::Nothing(why) => screen.line(format_args!(
                "witness {witness}: NO ANSWER ({why}): what it cosigned is not known"
            ))?,
        }
    }
    Ok(())
}

/// Err: a witness knows another history.
pub(in crate::cli) fn none_forked(heard: &[Heard]) -> Result<(), Stop> {
    let forked = heard.iter().find_map(|heard| match heard.said {
        Said::Other(size) => Some((heard.witness.clone(), size)),
        Said::Size(_) | Said::Nothing(_) => None,
    });
    match forked {
        Some((witness, size)) => Err(forked_by(&witness, size)),
        None => Ok(()),
    }
}

pub(super) fn forked_by(witness: &str, size: u64) -> Stop {
    Stop {
        exit: Exit::Unable,
        text: format!(
            "witness {witness} cosigned other first {size} records than this log signed: another gateway went on with it, or this is another past of it. \
             Find out which is the right one before anything of it is used"
        ),
    }
}
