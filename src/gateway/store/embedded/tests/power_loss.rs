//! The power fails at every write point of a run (appends of several entries, erasures, a change of the top key, borders of all kinds of
//! segments) and comes back to whatever the disk kept: what was promised holds, and nothing else is half there.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::simulated::{Media, Seeded, SimulatedDisk, Step};
use super::small;
use crate::store::contract::at;
use crate::store::embedded::check::check_layout;
use crate::store::embedded::files::Files;
use crate::store::embedded::keys::Keys;
use crate::store::embedded::top::KeyFolder;
use crate::store::embedded::{EmbeddedJournal, Layout, Options};
use crate::store::{Entry, Journal, KeyId, KeyKind, Part, PartKind, Position};

pub(crate) fn options() -> Options {
    Options {
        journal_segment_bytes: 4 << 10,
        part_segment_bytes: 6 << 10,
        // Some parts of a run are larger.
        large_part_bytes: 700,
        key_slots: 6,
        randomness: Arc::new(Seeded::new(7)),
        ..small()
    }
}

pub(crate) fn layout(disk: &SimulatedDisk) -> Layout {
    let files: Arc<dyn Files> = Arc::new(disk.clone());
    Layout::new(&files, Path::new("/data"), Path::new("/keys"))
}

pub(super) fn open(
    disk: &SimulatedDisk,
    options: Options,
) -> Result<EmbeddedJournal, crate::store::StoreError> {
    layout(disk).open(options, at(1_000))
}

/// What the program was told by the store, and so may have told others.
#[derive(Debug, Clone)]
enum Promise {
    /// These entries stand from a position on.
    Appended(Position, usize),
    /// What the records before it erase is gone from the files.
    Gone(Position),
    /// The top key was changed.
    Changed,
}

/// The groups of a run, in order. Entry `n` says `n`, and its parts are made from `n`.
fn groups() -> Vec<Vec<Entry>> {
    let mut number = 0;
    let seeded = Seeded::new(3);
    (0..22)
        .map(|group| {
            let count = 1 + seeded.below(3);
            (0..count)
                .map(|_| {
                    let entry = entry(number, seeded.below(700), group % 4 == 3);
                    number += 1;
                    entry
                })
                .collect()
        })
        .collect()
}

fn entry(number: u64, bytes: usize, erasing: bool) -> Entry {
    let event = [&number.to_be_bytes()[..], &vec![0x5a; bytes / 2]].concat();
    let parts = [PartKind::Body, PartKind::Effect]
        .into_iter()
        .map(|kind| (kind, part(number, kind)));
    let mut erases = Vec::new();
    if erasing && number >= 4 {
        erases.push(KeyId {
            position: Position(number - 3),
            kind: KeyKind::Content,
        });
        erases.push(KeyId {
            position: Position(number / 2),
            kind: KeyKind::Effect,
        });
        erases.push(KeyId {
            position: Position(number / 2),
            kind: KeyKind::Content,
        });
    }
    Entry {
        time: at(i64::try_from(number).unwrap()),
        event,
        parts: parts.collect(),
        erases,
    }
}

fn part(number: u64, kind: PartKind) -> Vec<u8> {
    let seeded = Seeded::new(number * 10 + u64::from(kind.number()));
    let words = 4 + seeded.below(120);
    (0..words)
        .flat_map(|_| seeded.number().to_be_bytes())
        .collect()
}

/// The run on a disk that never fails, closed cleanly, and what was appended.
pub(super) fn run_to_the_end() -> (SimulatedDisk, Vec<Entry>) {
    let run = run(true);
    let mut media = run.media;
    run.steps.iter().for_each(|step| media.step(step));
    (media.after_power_loss(1), run.entries)
}

pub(super) struct Run {
    /// The disk before the run.
    pub(super) media: Media,
    pub(super) steps: Vec<Step>,
    promises: Vec<Promise>,
    entries: Vec<Entry>,
    /// Where groups begin.
    starts: BTreeSet<u64>,
}

pub(super) fn run(syncs: bool) -> Run {
    let disk = SimulatedDisk::new();
    layout(&disk).create(&["pseudonym"], &options()).unwrap();
    disk.take_steps();
    let media = disk.media();
    let journal = open(
        &if syncs {
            disk.clone()
        } else {
            disk.without_syncs()
        },
        options(),
    )
    .unwrap();
    let (mut promises, mut entries, mut starts) = (Vec::new(), Vec::new(), BTreeSet::new());
    for (index, group) in groups().into_iter().enumerate() {
        starts.insert(entries.len() as u64);
        entries.extend(group.clone());
        let appended = journal.append(group).unwrap();
        promises.push(Promise::Appended(appended[0].position, appended.len()));
        disk.tell(promises.len());
        // Carried out by itself or with others, and while more is appended: at once, later, or not before the end.
        if index % 4 == 3 && index % 8 == 3 || index % 5 == 0 {
            journal.carry_out_erasures().unwrap();
            promises.push(Promise::Gone(journal.next()));
            disk.tell(promises.len());
        }
        if index == 11 {
            journal.change_top_key().unwrap();
            promises.push(Promise::Changed);
            disk.tell(promises.len());
        }
    }
    journal.close().unwrap();
    starts.insert(entries.len() as u64);
    Run {
        media,
        steps: disk.take_steps(),
        promises,
        entries,
        starts,
    }
}

/// What went wrong after the power came back, in words.
fn look(run: &Run, promised: usize, disk: &SimulatedDisk) -> Result<(), String> {
    still_gone(run, promised, disk)?;
    let journal = open(disk, options()).map_err(|error| format!("it does not open: {error}"))?;
    let must = run.promises[..promised]
        .iter()
        .filter_map(|promise| match promise {
            Promise::Appended(first, count) => Some(first.0 + *count as u64),
            Promise::Gone(_) | Promise::Changed => None,
        });
    let must = must.max().unwrap_or(0);
    let next = journal.next().0;
    if next < must {
        return Err(format!("{next} records of {must} promised ones"));
    }
    if !run.starts.contains(&next) {
        return Err(format!("half a group: the journal ends at {next}"));
    }
    let records = journal
        .read_from(Position(0), 10_000)
        .map_err(|error| error.to_string())?;
    if records.len() as u64 != next {
        return Err(format!("{} records can be read of {next}", records.len()));
    }
    let erased: BTreeSet<KeyId> = records
        .iter()
        .flat_map(|record| &record.erases)
        .copied()
        .collect();
    for (record, entry) in records.iter().zip(&run.entries) {
        if record.event != entry.event || record.erases != entry.erases || record.time != entry.time
        {
            return Err(format!("record {} differs", record.position));
        }
        for (kind, bytes) in &entry.parts {
            let read = journal
                .part(record, *kind)
                .map_err(|error| error.to_string())?;
            let gone = erased.contains(&KeyId {
                position: record.position,
                kind: kind.key(),
            });
            let expected = if gone {
                Part::Erased
            } else {
                Part::Whole(bytes.clone())
            };
            if read != Some(expected) {
                return Err(format!(
                    "{kind:?} of record {} is not as promised (erased: {gone})",
                    record.position
                ));
            }
        }
    }
    let more = Entry {
        time: at(2_000),
        event: b"after".to_vec(),
        parts: vec![(PartKind::Body, vec![1; 300])],
        erases: Vec::new(),
    };
    let appended = journal
        .append(vec![more])
        .map_err(|error| error.to_string())?;
    if appended[0].position.0 != next {
        return Err("the journal does not go on where it ended".into());
    }
    journal.close().map_err(|error| error.to_string())?;
    let report = check_layout(layout(disk), &mut |_| {}).map_err(|error| error.to_string())?;
    match report.damages.first() {
        Some(damage) => Err(format!("check after the open: {damage:?}")),
        None if report.records != next + 1 => Err(format!("check saw {} records", report.records)),
        None => Ok(()),
    }
}

/// What was gone from the files is not in them after the power came back, before anything puts them right: no slot that can be had holds such a key.
fn still_gone(run: &Run, promised: usize, disk: &SimulatedDisk) -> Result<(), String> {
    let gone = run.promises[..promised]
        .iter()
        .filter_map(|promise| match promise {
            Promise::Gone(before) => Some(before.0),
            Promise::Appended(..) | Promise::Changed => None,
        });
    let Some(before) = gone.max() else {
        return Ok(());
    };
    let erased: Vec<KeyId> = (0..before)
        .zip(&run.entries)
        .flat_map(|(_, entry)| entry.erases.clone())
        .collect();
    let layout = layout(disk);
    let folder = KeyFolder::open(layout.root.clone(), layout.top.clone())
        .map_err(|error| format!("the key folder: {error}"))?;
    let top = folder.top().map_err(|error| error.to_string())?;
    let keys = Keys::open(layout.keys, top, Arc::new(Seeded::new(1)))
        .map_err(|error| error.to_string())?;
    for key in erased {
        let slot = keys.read(key.position).map_err(|error| error.to_string())?;
        if slot.for_key(key.kind).is_some() {
            return Err(format!("{key:?} is in the files again"));
        }
    }
    Ok(())
}

/// Lets the power fail at every step of the run, `seeds` times each; the answer is the first thing that went wrong.
fn fail_everywhere(run: &Run, seeds: u64) -> Result<usize, String> {
    let mut media = run.media.clone();
    let (mut promised, mut failures) = (0, 0);
    for (index, step) in run.steps.iter().enumerate() {
        media.step(step);
        if let Step::Told(count) = step {
            promised = *count;
        }
        for seed in 0..if media.is_settled() { 1 } else { seeds } {
            let seed = if seed < 2 {
                seed
            } else {
                seed + 1_000 * index as u64
            };
            let disk = media.after_power_loss(seed);
            look(run, promised, &disk)
                .map_err(|what| format!("power lost after step {index}, seed {seed}: {what}"))?;
            failures += 1;
            if index % 3 == 0 {
                // The power fails again while the open sorts it out.
                let disk = media.after_power_loss(seed);
                let mut again = disk.media();
                drop(open(&disk, options()).map_err(|error| error.to_string())?);
                let steps = disk.take_steps();
                let stop = Seeded::new(seed).below(steps.len());
                steps.iter().take(stop).for_each(|step| again.step(step));
                let at = format!(
                    "power lost after step {index}, seed {seed}, and {stop} steps into the open"
                );
                look(run, promised, &again.after_power_loss(seed + 2))
                    .map_err(|what| format!("{at}: {what}"))?;
                failures += 1;
            }
        }
    }
    Ok(failures)
}

#[test]
fn every_promise_holds_wherever_the_power_fails() {
    let run = run(true);
    let mut parts = run.entries.iter().flat_map(|entry| &entry.parts);
    assert!(
        parts.any(|(_, part)| part.len() > 700),
        "none has a segment of its own"
    );
    assert!(
        run.entries.len() > 30 && run.steps.len() > 300,
        "{} entries, {} steps",
        run.entries.len(),
        run.steps.len()
    );
    let failures = fail_everywhere(&run, 8).unwrap_or_else(|what| panic!("{what}"));
    assert!(failures > 2_000, "{failures} power failures");
}

#[test]
fn with_the_sync_calls_taken_out_the_power_loss_test_fails() {
    let run = run(false);
    let lost = fail_everywhere(&run, 8).expect_err("a store that does not sync keeps its promises");
    assert!(
        lost.contains("promised") || lost.contains("does not open"),
        "{lost}"
    );
}
