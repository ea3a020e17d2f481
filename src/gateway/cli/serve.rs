//! `knooppunt serve`: run the gateway until it is told to stop.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::screen::{Progress, complain};
use super::{Exit, Stop};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::ledger::{self, LedgerError};
use crate::serve::{Gateway, ServeError, Start};
use crate::telemetry::{self, TelemetryError};

/// Run the gateway until SIGTERM, then finish what is under way
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  knooppunt serve --config knooppunt.toml --create   the first time: makes the data folder and its keys
  knooppunt serve --config knooppunt.toml            every other time
  kill -HUP PID                                      reads register, certificates and CRLs anew

Exit code: 0 clean stop; 1 ended by a second signal before it was done, or something that may lose a record, see the last
lines of the log; 2 could not start.")]
pub(super) struct Arguments {
    /// The configuration file, see `knooppunt config`
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Make a new data folder and new keys; refused where there is a store already
    #[arg(long)]
    create: bool,
}

impl From<ServeError> for Stop {
    fn from(error: ServeError) -> Self {
        Self::unable(format!("the gateway does not start: {error}"))
    }
}

impl From<TelemetryError> for Stop {
    fn from(error: TelemetryError) -> Self {
        Self::unable(error.to_string())
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Stop> {
    let config =
        Config::load(&arguments.config).map_err(|error| Stop::unable(error.to_string()))?;
    telemetry::log_to_stderr(&config.log)?;
    let start = Start {
        create: arguments.create,
        clock: Arc::new(SystemClock),
        metrics: telemetry::record_metrics()?,
        on_fatal: Arc::new(end_process),
    };
    let runtime = runtime()?;
    let ended = runtime.block_on(async {
        let signals = Signals::listen()?;
        let mut bar = Progress::new();
        let stop = signals.stop.clone();
        let mut progress = |at: ledger::Progress| {
            if stop.is_cancelled() {
                // Views that are half made anew are seen at the next start.
                tracing::info!("stopped before serving");
                std::process::exit(0);
            }
            bar.at(at.done, at.of);
        };
        let gateway = Gateway::start(&config, &start, &mut progress).await?;
        drop(bar);
        signals.until_stopped(&gateway).await;
        gateway.stop().await?;
        Ok(Exit::Good)
    });
    // What still runs is not waited for: everything is closed, and a probe of a disk that hangs would keep the process for ever.
    runtime.shutdown_background();
    ended
}

/// A runtime with a thread for each core.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Stop> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Stop::unable(format!("cannot start threads: {error}")))
}

/// The one way out when a record may be lost: nobody knows what is on the disk, the next start sorts it out.
pub(super) fn end_process(error: &LedgerError) {
    tracing::error!(code = error.code(), %error, "the process ends: a write may not have reached the disk");
    complain(&format!(
        "FATAL: {error}. The process ends, because a write may not have reached the disk. Nothing that was acknowledged is lost. \
         Look at the disk, then start the gateway again: it sorts out what is there"
    ));
    std::process::exit(1);
}

/// The signals that a gateway listens to. Made before the gateway starts: a signal that comes while it does is not lost.
pub(super) struct Signals {
    reload: Signal,
    stop: CancellationToken,
}

impl Signals {
    pub(super) fn listen() -> Result<Self, Stop> {
        let on = |kind| {
            signal(kind)
                .map_err(|error| Stop::unable(format!("cannot listen for signals: {error}")))
        };
        let (mut terminate, mut interrupt) =
            (on(SignalKind::terminate())?, on(SignalKind::interrupt())?);
        let stop = CancellationToken::new();
        let asked = stop.clone();
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                if asked.is_cancelled() {
                    // As after a loss of power: what was acknowledged is on the disk.
                    tracing::warn!("a second signal: ends without finishing what is under way");
                    std::process::exit(1);
                }
                tracing::info!("stopping: finishes what is under way");
                asked.cancel();
            }
        });
        Ok(Self {
            reload: on(SignalKind::hangup())?,
            stop,
        })
    }

    /// Returns on SIGTERM or SIGINT; there is nothing to reload.
    pub(super) async fn terminated(self) {
        self.stop.cancelled().await;
    }

    /// Reloads on SIGHUP; returns on SIGTERM or SIGINT. A second one of these ends the process at once.
    pub(super) async fn until_stopped(mut self, gateway: &Gateway) {
        loop {
            tokio::select! {
                _ = self.reload.recv() => gateway.reload(),
                () = self.stop.cancelled() => return,
            }
        }
    }
}
