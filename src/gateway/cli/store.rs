//! `knooppunt store`: look after a data folder while no gateway has it open.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::screen::{Progress, Screen};
use super::{Exit, Stop, backup};
use crate::clock::{Clock as _, SystemClock};
use crate::config::{Config, StoreSettings};
use crate::ledger::{Event, Ledger, LedgerError};
use crate::scrub;
use crate::store::embedded::{self, Options};
use crate::store::{Embedded, Journal as _, Position, StoreError};

/// Records that are read at once.
const STEP: usize = 1000;

/// Copy what is kept while a gateway runs; check, rebuild, count and put it back while none does
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  knooppunt store check --config knooppunt.toml        reads every byte; names damage by file and record
  knooppunt store rebuild --config knooppunt.toml      throws the views away and makes them anew from the journal; changes over to the engine of store.views
  knooppunt store stats --config knooppunt.toml        counts
  knooppunt store change-key --config knooppunt.toml   a new top key; what the disk kept of erased keys dies with the old one
  knooppunt store backup --config knooppunt.toml       a copy in the folders of [store.backup], also while the gateway runs
  knooppunt store restore --config knooppunt.toml      the copy, put into an empty data folder

Exit code: 0 sound; 1 damage; 2 could not be read or refused (no store, in use by a gateway, keys missing or wrong, records would be lost).")]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Read every byte of journal, parts and keys and name what is damaged: file and record
    Check(Place),
    /// Throw the views away and make them anew from the journal
    Rebuild(Place),
    /// Count records by what they say, and bytes by what they are for
    Stats(Place),
    /// Make a new top key and wrap all keys with it; put the new top.key into the safe
    ChangeKey(Place),
    /// Copy journal, parts and keys up to one position, also while the gateway runs
    Backup(backup::BackupArguments),
    /// Put a copy into an empty data folder: verify every byte, erase again what was erased, make the views
    Restore(backup::RestoreArguments),
}

/// Where the store is.
#[derive(Debug, Args)]
pub(super) struct Place {
    /// The configuration of the gateway
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

impl Place {
    pub(super) fn settings(&self) -> Result<StoreSettings, Stop> {
        Ok(self.config()?.store)
    }

    pub(super) fn config(&self) -> Result<Config, Stop> {
        Config::load(&self.config).map_err(|error| Stop::unable(error.to_string()))
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self {
            exit: exit_of(&error),
            text: error.to_string(),
        }
    }
}

impl From<LedgerError> for Stop {
    /// What a rebuild finds wrong in a record is damage, wherever it is found.
    fn from(error: LedgerError) -> Self {
        Self {
            exit: if error.damaged() || matches!(error, LedgerError::Views { .. }) {
                Exit::Bad
            } else {
                Exit::Unable
            },
            text: error.to_string(),
        }
    }
}

fn exit_of(error: &StoreError) -> Exit {
    if matches!(error, StoreError::Damage { .. }) {
        Exit::Bad
    } else {
        Exit::Unable
    }
}

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    match &arguments.command {
        Command::Check(place) => check(&place.settings()?, screen),
        Command::Rebuild(place) => rebuild(&place.settings()?, screen),
        Command::Stats(place) => stats(&place.settings()?, screen),
        Command::ChangeKey(place) => change_key(&place.settings()?, screen),
        Command::Backup(arguments) => backup::back_up(arguments, screen),
        Command::Restore(arguments) => backup::restore(arguments, screen),
    }
}

fn open(settings: &StoreSettings) -> Result<Embedded, StoreError> {
    open_with(settings, settings.options())
}

fn open_with(settings: &StoreSettings, options: Options) -> Result<Embedded, StoreError> {
    Embedded::open(&settings.folder, &settings.keys, options, SystemClock.now())
}

fn check(settings: &StoreSettings, screen: &mut Screen) -> Result<Exit, Stop> {
    let mut bar = Progress::new();
    let mut progress = |at: embedded::Progress| bar.at(at.bytes, at.bytes_all);
    let (data, keys) = (&settings.folder, &settings.keys);
    let report = embedded::check_named(data, keys, &Event::grounds_of, &mut progress)?;
    drop(bar);
    for damage in &report.damages {
        let record = damage
            .position
            .map(|Position(record)| format!(", record {record}"))
            .unwrap_or_default();
        screen.line(format_args!(
            "DAMAGE {}{record}: {}",
            damage.file, damage.what
        ))?;
    }
    if report.more_damages > 0 {
        screen.line(format_args!("and {} more", report.more_damages))?;
    }
    let found = report.damages.iter().filter_map(|damage| {
        let named = format!("{}: {}", damage.file, damage.what);
        damage.position.map(|record| (record, named))
    });
    if let Err(error) = scrub::checked(data, found) {
        screen.line(format_args!(
            "what the running gateway knew of damage could not be brought up to date: {error}"
        ))?;
    }
    screen.line(format_args!(
        "{} records, {} parts, {} parts erased, {} bytes read",
        report.records, report.parts, report.parts_erased, report.bytes
    ))?;
    if report.erasures_owed > 0 {
        screen.line(format_args!(
            "{} erasures are owed: the next start carries them out, when there is room on the disk",
            report.erasures_owed
        ))?;
    }
    if report.unfinished {
        screen.line("writes were under way when the store was last open; the next start clears what they left")?;
    }
    screen.line(if report.is_sound() {
        "sound"
    } else {
        "DAMAGED"
    })?;
    Ok(if report.is_sound() {
        Exit::Good
    } else {
        Exit::Bad
    })
}

fn rebuild(settings: &StoreSettings, screen: &mut Screen) -> Result<Exit, Stop> {
    let (damaged, position) = make_views(settings)?;
    screen.line(format_args!(
        "views are made anew from {} records, kept by {}",
        position.0,
        settings.views.name()
    ))?;
    if damaged == 0 {
        return Ok(Exit::Good);
    }
    screen.line(format_args!(
        "DAMAGED: {damaged} of them could not be read whole; `knooppunt store check` names the files"
    ))?;
    Ok(Exit::Bad)
}

/// Makes the views of a store anew, by the engine that is set: how many records could not be read whole, and the position that the views have come to.
pub(super) fn make_views(settings: &StoreSettings) -> Result<(usize, Position), Stop> {
    let options = Options {
        views_change_over: true,
        ..settings.options()
    };
    let store = open_with(settings, options)?;
    let mut bar = Progress::new();
    let damaged = Ledger::rebuild(&*store.journal, &*store.views, &mut |at| {
        bar.at(at.done, at.of);
    })?;
    drop(bar);
    let position = store.views_position()?;
    store.close()?;
    Ok((damaged, position))
}

fn stats(settings: &StoreSettings, screen: &mut Screen) -> Result<Exit, Stop> {
    let store = open(settings)?;
    let end = store.journal.next();
    let mut by_event: BTreeMap<&'static str, u64> = BTreeMap::new();
    let mut named = BTreeSet::new();
    let (mut first, mut last) = (None, None);
    let mut bar = Progress::new();
    let mut next = Position(0);
    while next < end {
        let records = store.journal.read_from(next, STEP)?;
        for record in &records {
            let name = Event::decode(&record.event)
                .map_or("not readable by this version", |event| name_of(&event));
            *by_event.entry(name).or_default() += 1;
            named.extend(Event::grounds_of(&record.event));
            first.get_or_insert(record.time);
            last = Some(record.time);
            next = Position(record.position.0 + 1);
        }
        if records.is_empty() {
            return Err(Stop {
                text: format!(
                    "the journal cannot be read at record {}: see `knooppunt store check`",
                    next.0
                ),
                exit: Exit::Bad,
            });
        }
        bar.at(next.0, end.0);
    }
    drop(bar);
    screen.line(format_args!("{:>12}  records", end.0))?;
    for (name, count) in by_event {
        screen.line(format_args!("{count:>12}  {name}"))?;
    }
    if let (Some(first), Some(last)) = (first, last) {
        screen.line(format_args!("from {first} to {last}"))?;
    }
    screen.line(format_args!(
        "{:>12}  records in the views, kept by {}",
        store.views_position()?.0,
        settings.views.name()
    ))?;
    let owed = store.journal.erasures_owed();
    if owed > 0 {
        screen.line(format_args!(
            "{owed:>12}  erasures that wait for room on the disk"
        ))?;
    }
    let (files, bytes) = store.grounds.unnamed(&named)?;
    store.close()?;
    for part in ["journal", "parts", "keys", "grounds"] {
        screen.line(format_args!(
            "{:>12}  bytes of {part}",
            bytes_below(&settings.folder.join(part))
        ))?;
    }
    screen.line(format_args!(
        "{bytes:>12}  bytes of {files} files in grounds that no record names"
    ))?;
    Ok(Exit::Good)
}

fn change_key(settings: &StoreSettings, screen: &mut Screen) -> Result<Exit, Stop> {
    let store = open(settings)?;
    store.journal.change_top_key()?;
    store.close()?;
    screen.line(format_args!(
        "{} is new: put a copy into the safe, and destroy every copy of the one before",
        settings.keys.join("top.key").display()
    ))?;
    Ok(Exit::Good)
}

/// What the files in a folder take on the disk; holes do not count.
fn bytes_below(folder: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    entries
        .flatten()
        .filter_map(|entry| entry.metadata().ok())
        .map(|known| known.blocks() * 512)
        .sum()
}

fn name_of(event: &Event) -> &'static str {
    match event {
        Event::Received(_) => "messages taken",
        Event::Refused(_) => "messages refused",
        Event::Acknowledged(_) => "messages acknowledged",
        Event::DeadLettered(_) => "messages that nobody acknowledged in time",
        Event::Delivery(_) => "deliveries stopped or begun again",
        Event::Erased(_) => "rounds of erasure",
        Event::Forgotten(_) => "rounds of erasure of effects",
        Event::Decided(_) => "decisions on held lines",
        Event::Reconsidered(_) => "held declarations judged again",
        Event::DryRun(_) => "dry runs",
        Event::Imported(_) => "messages of before, imported",
        Event::Returned(_) => "messages refused after their receipt was confirmed",
        Event::Rejected(_) => "messages refused by their receiver on his wire",
        Event::Brings(_) => "changes of what is brought to endpoints",
        Event::Viewed(_) => "looks of auditors",
        Event::Told(_) => "refusals told to who sent the message",
    }
}
