//! `knooppunt log export` and `log verify`: records of the log in a folder, and whether such a folder holds.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use knooppunt_proof::Policy;
use knooppunt_proof::export::{About, ExportSummary, POLICY, Shown, Span};

use super::{Stopped, policy_of};
use crate::cli::screen::{Progress, Screen};
use crate::cli::{Exit, Stop};
use crate::clock::{Clock as _, SystemClock};
use crate::log::{ExportFault, Unverified, verify_export};

#[derive(Debug, Args)]
pub(in crate::cli) struct Verify {
    /// The export
    folder: PathBuf,
    /// The keys of log and witnesses that you trust, as the log gave them to you before; without them it is verified by the keys in the export, which shows that it is
    /// whole, and not whose it is
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Export {
    /// The configuration of the gateway
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The first record
    #[arg(long, value_name = "POSITION", default_value_t = 0)]
    from: u64,
    /// The position after the last record; without it all that are under the newest checkpoint
    #[arg(long, value_name = "POSITION")]
    to: Option<u64>,
    /// The folder, which must not be there yet
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// By or for whom
    #[arg(long)]
    by: Option<String>,
    /// To what end
    #[arg(long)]
    purpose: Option<String>,
}

impl From<ExportFault> for Stop {
    fn from(error: ExportFault) -> Self {
        Stop::unable(error.to_string())
    }
}

pub(super) fn export(arguments: &Export, screen: &mut Screen) -> Result<Exit, Stop> {
    let stopped = Stopped::open(&arguments.config)?;
    let from = arguments.from;
    let to = arguments.to.unwrap_or_else(|| stopped.log.size());
    let made = SystemClock.now().as_second();
    let about = About {
        made: u64::try_from(made).unwrap_or_default(),
        by: arguments.by.clone(),
        purpose: arguments.purpose.clone(),
        scope: None,
    };
    let mut bar = Progress::new();
    let mut progress = |written| bar.at(written, to.saturating_sub(from));
    let out = &arguments.out;
    let written = (stopped.log).export_range((from, to), about, out, &|_| None, &mut progress);
    drop(bar);
    stopped.close()?;
    let manifest = written?;
    screen.line(format_args!(
        "{} records from {from} to before {to}, {} of them erased, in {}; the log has {}",
        manifest.records,
        manifest.erased,
        out.display(),
        manifest.size
    ))?;
    Ok(Exit::Good)
}

pub(super) fn verify(arguments: &Verify, screen: &mut Screen) -> Result<Exit, Stop> {
    let folder = &arguments.folder;
    let own = folder.join(POLICY);
    let policy = policy_of(arguments.policy.as_ref().unwrap_or(&own))?;
    let mut erased = 0_u64;
    let mut each = |shown: &Shown<'_>| erased += u64::from(shown.record.is_none());
    match verify_export(folder, &policy, &mut each) {
        Ok(summary) => {
            say(&summary, erased, screen)?;
            if arguments.policy.is_none() {
                say_whose(&policy, folder, screen)?;
            }
            Ok(Exit::Good)
        }
        Err(Unverified::Wrong(error)) => {
            let record = error
                .record()
                .map(|record| format!(", record {record}"))
                .unwrap_or_default();
            screen.line(format_args!(
                "does not hold: {error} ({}, {}{record})",
                error.code(),
                error.file()
            ))?;
            Ok(Exit::Bad)
        }
        Err(error) => Err(Stop::unable(error.to_string())),
    }
}

fn say(summary: &ExportSummary, erased: u64, screen: &mut Screen) -> Result<(), Stop> {
    let manifest = &summary.manifest;
    let which = match manifest.span {
        Span::Range { from, to } => format!("all records from {from} to before {to}"),
        Span::Selection => "records that were chosen".to_owned(),
    };
    screen.line(format_args!(
        "holds: {} records of the log {} ({which}), {erased} of them erased",
        manifest.records, manifest.origin
    ))?;
    let cosigned = summary.accepted.cosigned();
    let since = summary.accepted.receipt_time().and_then(time);
    screen.line(format_args!(
        "under a checkpoint over {} records, cosigned by {} witnesses of the {} that are needed{}",
        manifest.size,
        cosigned.len(),
        summary.policy.quorum(),
        since.map_or_else(String::new, |time| format!(", at {time}"))
    ))?;
    for (what, said) in [
        ("by", &manifest.about.by),
        ("purpose", &manifest.about.purpose),
        ("scope", &manifest.about.scope),
    ] {
        if let Some(said) = said {
            screen.line(format_args!("{what}: {said}"))?;
        }
    }
    Ok(())
}

fn say_whose(policy: &Policy, folder: &Path, screen: &mut Screen) -> Result<(), Stop> {
    screen.line(format_args!(
        "by the keys that stand in {} itself: compare them with those that the log gave you, or give --policy",
        folder.display()
    ))?;
    for key in policy.logs() {
        screen.line(format_args!("  {key}"))?;
    }
    Ok(())
}

fn time(seconds: u64) -> Option<Timestamp> {
    Timestamp::from_second(i64::try_from(seconds).ok()?).ok()
}
