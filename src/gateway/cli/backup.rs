//! `knooppunt store backup` and `store restore`: the copies of a store in other places, by the configuration. What they say names files, positions and
//! times, and nothing of a message.

use std::path::Path;

use clap::Args;
use data_encoding::HEXLOWER;
use jiff::SignedDuration;
use knooppunt_proof::{Checkpoint, SignedNote};
use serde::Serialize;

use super::log::heard;
use super::log::witness::secret;
use super::screen::{Progress, Screen};
use super::store::{Place, make_views};
use super::{Exit, Stop};
use crate::clock::{Clock as _, SystemClock};
use crate::config::{Config, StoreSettings};
use crate::ledger::Event;
use crate::log::{Heard, Said, all_vouch, newest};
use crate::serve::LOG_KEY;
use crate::store::Position;
use crate::store::embedded::backup::{
    self, Accepted, AcceptedLog, BackedUp, BackupError, KeyCopy, Known, Opening, Places, Restored,
    Wanted,
};
use crate::store::embedded::{self, Damage};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  knooppunt store backup --config knooppunt.toml          into the folders of [store.backup]; run it as often as you like

The copy holds every record up to one position, which is said, and nothing of a later one. All of it is read again and checked as `store check` does,
before it becomes the copy; until then the one before is, whatever happens. Copies of keys whose life is over are removed and named.
The keys of the key folder are in no copy: they belong in a safe.

Exit code: 0 copied and sound; 1 the store is damaged, or a manifest of the copies was (the copy stays as it was, but for --accept-damage);
2 could not be copied (no store, no room, folders that are not set or hold another store).")]
pub(super) struct BackupArguments {
    #[command(flatten)]
    place: Place,
    /// Copy what is damaged as it is, and say so
    #[arg(long)]
    accept_damage: bool,
    /// As JSON, one object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  knooppunt store restore --config knooppunt.toml --dry-run                  checks all that a restore would, by the same options, writes nothing
  knooppunt store restore --config knooppunt.toml                            into store.folder, which must be empty
  knooppunt store restore --config knooppunt.toml --known /mnt/old/data      refuses if what is left of the old data folder knows of more records
  knooppunt store restore --config knooppunt.toml --known 81734              the same, by a receipt of position 81733
  knooppunt store restore --config knooppunt.toml --known checkpoint         the same, by a checkpoint of the log, from its pages or from a witness

Put the key files from the safe into store.keys first. With a log and witnesses in the configuration each witness is asked how many records it cosigned, which counts as --known
does; of one that does not answer that is said, and it vouches for nothing. A log for which not enough witnesses vouch stops: see `knooppunt log resume --help`. Nothing opens the data folder before the restore came to its end; one that was
broken off is run again.

Exit code: 0 restored and sound; 1 damage in the copy; 2 not restored (records would be lost, a witness knows another history, keys have expired or are missing, the folder is not empty).")]
pub(super) struct RestoreArguments {
    #[command(flatten)]
    place: Place,
    /// Who else knows how many records there were: a number, a data folder, a folder of copies, or a checkpoint of the log; may be given more than once
    #[arg(long, value_name = "NUMBER|FOLDER|FILE")]
    known: Vec<String>,
    #[command(flatten)]
    accept: Accept,
    /// The copy of keys of this position, instead of the newest
    #[arg(long, value_name = "POSITION")]
    keys_of: Option<u64>,
    /// Read and check everything, write nothing
    #[arg(long)]
    dry_run: bool,
    /// As JSON, one object
    #[arg(long)]
    json: bool,
}

/// What is taken as it is.
#[derive(Debug, Args)]
struct Accept {
    /// Restore although records that are known of are lost
    #[arg(long = "accept-loss")]
    loss: bool,
    /// Use a copy of keys although its life is over
    #[arg(long)]
    expired_keys: bool,
    /// Restore what can be restored of a damaged copy, and say what cannot
    #[arg(long = "accept-damage")]
    damage: bool,
}

impl From<BackupError> for Stop {
    fn from(error: BackupError) -> Self {
        Self {
            exit: if error.damaged() {
                Exit::Bad
            } else {
                Exit::Unable
            },
            text: error.to_string(),
        }
    }
}

fn places(settings: &StoreSettings) -> Result<Places, Stop> {
    match (&settings.backup.folder, &settings.backup.keys) {
        (Some(journal), Some(keys)) => Ok(Places {
            journal: journal.clone(),
            keys: keys.clone(),
        }),
        _ => Err(Stop::unable(
            "set both folder and keys in [store.backup] of the configuration: where copies are kept",
        )),
    }
}

pub(super) fn back_up(arguments: &BackupArguments, screen: &mut Screen) -> Result<Exit, Stop> {
    let settings = arguments.place.settings()?;
    let places = places(&settings)?;
    let keep = SignedDuration::from_hours(24 * i64::from(settings.backup.keys_keep_d));
    let wanted = Wanted {
        keys_keep: keep,
        accept_damage: arguments.accept_damage,
        now: SystemClock.now(),
    };
    let mut bar = Progress::new();
    let mut progress = |at: embedded::Progress| bar.at(at.bytes, at.bytes_all);
    let made = backup::back_up(
        &settings.folder,
        &settings.keys,
        &places,
        &wanted,
        &Event::grounds_of,
        &mut progress,
    );
    drop(bar);
    let made = match made {
        Err(BackupError::Damaged { damages }) => {
            return say_damages(&damages, "the copy stays as it was", arguments.json, screen);
        }
        made => made?,
    };
    let is_sound = made.damages.is_empty() && made.unreadable.is_empty();
    if arguments.json {
        screen.json(&BackupSaid::of(&made, is_sound))?;
    } else {
        say_backup(&made, &places, screen)?;
        screen.line(if is_sound { "sound" } else { "DAMAGED" })?;
    }
    Ok(if is_sound { Exit::Good } else { Exit::Bad })
}

fn say_backup(made: &BackedUp, places: &Places, screen: &mut Screen) -> Result<(), Stop> {
    for damage in &made.damages {
        say_damage(damage, screen)?;
    }
    for manifest in &made.unreadable {
        screen.line(format_args!(
            "DAMAGE {manifest}: nothing could be restored by it; it is removed"
        ))?;
    }
    screen.line(format_args!(
        "position {}: {} records are in {}{}",
        made.position,
        made.records,
        places.journal.display(),
        up_to(made.time.as_ref())
    ))?;
    screen.line(format_args!("chain {}", HEXLOWER.encode(&made.chain)))?;
    screen.line(format_args!(
        "{} parts, {} parts erased; {} files of {} bytes, of which {} with {} bytes were copied now",
        made.parts,
        made.parts_erased,
        made.files,
        made.bytes,
        made.copied.files,
        made.copied.bytes
    ))?;
    screen.line(format_args!(
        "their keys are in {} until {}; copies of keys there: {}",
        places.keys.display(),
        made.keys.expires,
        made.key_copies
    ))?;
    for KeyCopy {
        position,
        made,
        expires,
        ..
    } in &made.expired
    {
        screen.line(format_args!(
            "removed: the copy of keys of position {position}, made {made}, whose life ended {expires}"
        ))?;
    }
    Ok(())
}

pub(super) fn restore(arguments: &RestoreArguments, screen: &mut Screen) -> Result<Exit, Stop> {
    let config = arguments.place.config()?;
    let settings = config.store.clone();
    let places = places(&settings)?;
    let known = arguments.known.iter().map(|known| known_by(known));
    let mut known = known.collect::<Result<Vec<_>, _>>()?;
    let (log, heard) = of_log(&config, &places.journal)?;
    known.extend(known_to(&heard));
    if !arguments.json {
        heard::say(&heard, screen)?;
    }
    heard::none_forked(&heard)?;
    let accepted = Accepted {
        loss: arguments.accept.loss,
        expired_keys: arguments.accept.expired_keys,
        damage: arguments.accept.damage,
        keys: arguments.keys_of.map(Position),
        known,
        log,
    };
    let opening = Opening {
        options: settings.options(),
        now: SystemClock.now(),
        only_look: arguments.dry_run,
    };
    let mut bar = Progress::new();
    let mut progress = |at: embedded::Progress| bar.at(at.bytes, at.bytes_all);
    let restored = backup::restore(
        &places,
        &settings.folder,
        &settings.keys,
        opening,
        &accepted,
        &Event::grounds_of,
        &mut progress,
    );
    drop(bar);
    let restored = match restored {
        Err(BackupError::Damaged { damages }) => {
            return say_damages(&damages, "nothing is restored", arguments.json, screen);
        }
        restored => restored?,
    };
    let damaged = if arguments.dry_run {
        0
    } else {
        make_views(&settings)?.0
    };
    let is_sound = restored.damages.is_empty() && damaged == 0;
    if arguments.json {
        let dry_run = arguments.dry_run;
        screen.json(&RestoreSaid::of(&restored, &heard, dry_run, is_sound))?;
    } else {
        let done = if arguments.dry_run {
            "can be restored from"
        } else {
            "are restored from"
        };
        say_restored(&restored, done, &places.journal, screen)?;
        if restored.in_the_way {
            screen.line(format_args!(
                "note: {} is not empty; a restore wants it empty",
                settings.folder.display()
            ))?;
        }
        screen.line(if is_sound { "sound" } else { "DAMAGED" })?;
    }
    Ok(if is_sound { Exit::Good } else { Exit::Bad })
}

/// The log of the configuration, and what its witnesses say of it. With settings that witnesses cannot be asked by nothing is put back: they are mended first, or the witnesses
/// are left out of the configuration.
fn of_log(config: &Config, journal: &Path) -> Result<(Option<AcceptedLog>, Vec<Heard>), Stop> {
    let log = &config.message_log;
    let Some(name) = log.origin.clone() else {
        return Ok((None, Vec::new()));
    };
    let mut heard = Vec::new();
    let file = config.store.keys.join(format!("{LOG_KEY}.key"));
    // Without a key no log was ever kept, or the restore says that the key is missing.
    if !log.witnesses.is_empty() && file.exists() {
        let secret = secret(&file)?;
        let note = newest(log, &secret, &backup::signed_in(journal)?)?;
        heard = heard::hear(config, &note)?;
    }
    let accepted = AcceptedLog {
        name,
        key: LOG_KEY,
        // Who knows of more records than are put back is among those that know: then nothing is put back, or as a loss.
        vouched: all_vouch(&heard, log.quorum, u64::MAX),
    };
    Ok((Some(accepted), heard))
}

/// Records that witnesses know of.
fn known_to(heard: &[Heard]) -> impl Iterator<Item = Known> {
    heard.iter().filter_map(|heard| match heard.said {
        Said::Size(size) => Some(Known {
            position: Position(size),
            by: format!("witness {}", heard.witness),
        }),
        Said::Other(_) | Said::Nothing(_) => None,
    })
}

/// A number of records, or a folder that knows one.
fn known_by(said: &str) -> Result<Known, Stop> {
    if let Ok(position) = said.parse() {
        return Ok(Known {
            position: Position(position),
            by: "--known".to_owned(),
        });
    }
    let path = Path::new(said);
    if path.is_file() {
        return checkpoint_of(path);
    }
    Ok(backup::known_in(path)?)
}

/// How many records a checkpoint of the log is over, as anybody keeps it who reads the log, or a witness. Its signature is not asked for: who says too much is told by
/// the refusal, and a restore that stops for nothing loses nothing.
fn checkpoint_of(file: &Path) -> Result<Known, Stop> {
    let wrong = |why: &dyn std::fmt::Display| {
        Stop::unable(format!("{}: no checkpoint of a log: {why}", file.display()))
    };
    let bytes = std::fs::read(file).map_err(|error| wrong(&error))?;
    let note = SignedNote::parse(&bytes).map_err(|error| wrong(&error))?;
    let checkpoint = Checkpoint::parse(note.text()).map_err(|error| wrong(&error))?;
    Ok(Known {
        position: Position(checkpoint.size()),
        by: format!("{} ({})", file.display(), checkpoint.origin()),
    })
}

fn say_restored(
    restored: &Restored,
    done: &str,
    from: &Path,
    screen: &mut Screen,
) -> Result<(), Stop> {
    for damage in &restored.damages {
        say_damage(damage, screen)?;
    }
    screen.line(format_args!(
        "position {}: {} records {done} the copy of {} in {}{}",
        restored.position,
        restored.position,
        restored.made,
        from.display(),
        up_to(restored.time.as_ref())
    ))?;
    screen.line(format_args!("chain {}", HEXLOWER.encode(&restored.chain)))?;
    if let Some(known) = &restored.known_by {
        let from = match (&restored.lost_from, &restored.time) {
            (Some(time), _) => format!("from {time} on"),
            (None, Some(time)) => format!("after {time}"),
            (None, None) => "all there were".to_owned(),
        };
        screen.line(format_args!(
            "LOST: {} records, {from} ({} knows of {}); the next backup goes into folders of its own",
            restored.lost, known.by, known.position
        ))?;
    }
    for log in &restored.logs_stopped {
        screen.line(format_args!(
            "LOG STOPS: {log} may have signed more than the copy has; until that is settled a gateway that keeps it does not start: `knooppunt log resume`, or another origin"
        ))?;
    }
    screen.line(format_args!(
        "{} parts, {} parts erased; {} erasures since the copy of the keys ({}) were carried out again",
        restored.parts, restored.parts_erased, restored.erasures, restored.keys.made
    ))?;
    Ok(())
}

fn up_to(time: Option<&jiff::Timestamp>) -> String {
    time.map(|time| format!(", up to {time}"))
        .unwrap_or_default()
}

fn say_damage(damage: &Damage, screen: &mut Screen) -> Result<(), Stop> {
    let record = damage
        .position
        .map(|Position(record)| format!(", record {record}"))
        .unwrap_or_default();
    Ok(screen.line(format_args!(
        "DAMAGE {}{record}: {}",
        damage.file, damage.what
    ))?)
}

fn say_damages(
    damages: &[Damage],
    outcome: &str,
    json: bool,
    screen: &mut Screen,
) -> Result<Exit, Stop> {
    if json {
        let damages = damages.iter().map(DamageSaid::of).collect();
        screen.json(&DamagesSaid {
            sound: false,
            damages,
        })?;
        return Ok(Exit::Bad);
    }
    for damage in damages {
        say_damage(damage, screen)?;
    }
    screen.line(format_args!("DAMAGED: {outcome}"))?;
    Ok(Exit::Bad)
}

#[derive(Debug, Serialize)]
struct DamagesSaid {
    sound: bool,
    damages: Vec<DamageSaid>,
}

#[derive(Debug, Serialize)]
struct DamageSaid {
    file: String,
    record: Option<u64>,
    what: &'static str,
}

impl DamageSaid {
    fn of(damage: &Damage) -> Self {
        Self {
            file: damage.file.clone(),
            record: damage.position.map(|Position(record)| record),
            what: damage.what,
        }
    }
}

#[derive(Debug, Serialize)]
struct KeysSaid {
    position: u64,
    made: String,
    expires: String,
}

impl KeysSaid {
    fn of(copy: &KeyCopy) -> Self {
        Self {
            position: copy.position.0,
            made: copy.made.to_string(),
            expires: copy.expires.to_string(),
        }
    }
}

#[derive(Debug, Serialize)]
struct BackupSaid {
    sound: bool,
    position: u64,
    chain: String,
    last_record: Option<String>,
    records: u64,
    parts: u64,
    parts_erased: u64,
    files: u64,
    bytes: u64,
    copied_files: u64,
    copied_bytes: u64,
    keys: KeysSaid,
    key_copies: u64,
    keys_removed: Vec<KeysSaid>,
    manifests_damaged: Vec<String>,
    damages: Vec<DamageSaid>,
}

impl BackupSaid {
    fn of(made: &BackedUp, sound: bool) -> Self {
        Self {
            sound,
            position: made.position.0,
            chain: HEXLOWER.encode(&made.chain),
            last_record: made.time.map(|time| time.to_string()),
            records: made.records,
            parts: made.parts,
            parts_erased: made.parts_erased,
            files: made.files,
            bytes: made.bytes,
            copied_files: made.copied.files,
            copied_bytes: made.copied.bytes,
            keys: KeysSaid::of(&made.keys),
            key_copies: made.key_copies,
            keys_removed: made.expired.iter().map(KeysSaid::of).collect(),
            manifests_damaged: made.unreadable.clone(),
            damages: made.damages.iter().map(DamageSaid::of).collect(),
        }
    }
}

#[derive(Debug, Serialize)]
struct RestoreSaid {
    sound: bool,
    dry_run: bool,
    position: u64,
    chain: String,
    last_record: Option<String>,
    records: u64,
    parts: u64,
    parts_erased: u64,
    erasures: u64,
    made: String,
    keys: KeysSaid,
    lost: u64,
    lost_from: Option<String>,
    folder_in_the_way: bool,
    witnesses: Vec<WitnessSaid>,
    logs_stopped: Vec<String>,
    damages: Vec<DamageSaid>,
}

/// What a witness knows of the log: how many records it cosigned, or why it did not say.
#[derive(Debug, Serialize)]
struct WitnessSaid {
    name: String,
    size: Option<u64>,
    trouble: Option<String>,
}

impl WitnessSaid {
    fn of(Heard { witness, said }: &Heard) -> Self {
        let (size, trouble) = match said {
            Said::Size(size) | Said::Other(size) => (Some(*size), None),
            Said::Nothing(why) => (None, Some(why.clone())),
        };
        Self {
            name: witness.clone(),
            size,
            trouble,
        }
    }
}

impl RestoreSaid {
    fn of(restored: &Restored, heard: &[Heard], dry_run: bool, sound: bool) -> Self {
        Self {
            sound,
            dry_run,
            position: restored.position.0,
            chain: HEXLOWER.encode(&restored.chain),
            last_record: restored.time.map(|time| time.to_string()),
            records: restored.records,
            parts: restored.parts,
            parts_erased: restored.parts_erased,
            erasures: restored.erasures,
            made: restored.made.to_string(),
            keys: KeysSaid::of(&restored.keys),
            lost: restored.lost,
            lost_from: restored.lost_from.map(|time| time.to_string()),
            folder_in_the_way: restored.in_the_way,
            witnesses: heard.iter().map(WitnessSaid::of).collect(),
            logs_stopped: restored.logs_stopped.clone(),
            damages: restored.damages.iter().map(DamageSaid::of).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_of_the_log_says_how_many_records_there_were() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("checkpoint");
        let root = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        let signature = format!("log.example AAAAAA{}==", "A".repeat(84));
        let note = format!("log.example\n81734\n{root}\n\n\u{2014} {signature}\n");
        std::fs::write(&file, note).unwrap();
        let known = known_by(file.to_str().unwrap()).unwrap();
        assert_eq!(known.position, Position(81_734));
        assert!(
            known.by.contains("checkpoint (log.example)"),
            "{}",
            known.by
        );
        std::fs::write(&file, "81734\n").unwrap();
        let stop = known_by(file.to_str().unwrap()).unwrap_err();
        assert!(
            stop.text.contains("no checkpoint of a log"),
            "{}",
            stop.text
        );
    }
}
