//! One flipped bit anywhere in journal, parts or keys is found by the check, with its file, and never served as good.

use std::path::Path;

use super::power_loss::{layout, options, run_to_the_end};
use super::simulated::{Seeded, SimulatedDisk};
use crate::store::embedded::check::check_layout;
use crate::store::embedded::frame;
use crate::store::{Entry, Journal, Part, Position};

/// What is served after damage: every record and part is as it was or an error.
fn serves_nothing_wrong(
    disk: &SimulatedDisk,
    entries: &[Entry],
    before: &[Vec<Part>],
) -> Result<(), String> {
    let Ok(journal) = layout(disk).open(options(), crate::store::contract::at(1_000)) else {
        return Ok(());
    };
    if journal.next().0 != entries.len() as u64 {
        return Err(format!("the journal ends at {} and opens", journal.next()));
    }
    for ((position, entry), parts) in (0..).map(Position).zip(entries).zip(before) {
        let Ok(record) = journal.read(position) else {
            continue;
        };
        if record.event != entry.event || record.erases != entry.erases {
            return Err(format!("record {position} is served changed"));
        }
        for ((kind, _), part) in entry.parts.iter().zip(parts) {
            match journal.part(&record, *kind) {
                Err(_) => {}
                Ok(read) if read.as_ref() == Some(part) => {}
                Ok(_) => return Err(format!("{kind:?} of record {position} is served changed")),
            }
        }
    }
    Ok(())
}

fn parts_of(disk: &SimulatedDisk, entries: &[Entry]) -> Vec<Vec<Part>> {
    let journal = layout(disk)
        .open(options(), crate::store::contract::at(1_000))
        .unwrap();
    let parts = |position| {
        let record = journal.read(position).unwrap();
        record
            .parts
            .iter()
            .map(|part| journal.part(&record, part.kind).unwrap().unwrap())
            .collect()
    };
    let parts = (0..entries.len() as u64).map(Position).map(parts).collect();
    journal.close().unwrap();
    parts
}

#[test]
fn one_flipped_bit_anywhere_is_found_and_named_and_never_served() {
    let (disk, entries) = run_to_the_end();
    let before = parts_of(&disk, &entries);
    assert!(before.iter().flatten().any(|part| *part == Part::Erased));
    let report = check_layout(layout(&disk), &mut |_| {}).unwrap();
    assert!(report.is_sound() && !report.unfinished, "{report:?}");
    assert_eq!(report.records, entries.len() as u64);
    let media = disk.media();
    let seeded = Seeded::new(11);
    let (mut flips, mut opened) = (0, 0);
    for (path, bytes) in disk.contents() {
        let Ok(name) = path.strip_prefix("/data") else {
            continue;
        };
        let name = name.to_string_lossy().into_owned();
        if ["probe", "reserve"].contains(&name.as_str()) {
            continue;
        }
        // Heads and first records bit by bit in steps, the rest anywhere; and the last byte.
        let places = (0..bytes.len().min(300))
            .step_by(13)
            .chain((0..40).map(|_| seeded.below(bytes.len())))
            .chain([bytes.len() - 1]);
        for place in places {
            let bit = 1 << seeded.below(8);
            let damaged = media.after_power_loss(0);
            damaged.damage(&path, |bytes| bytes[place] ^= bit);
            let report = check_layout(layout(&damaged), &mut |_| {}).unwrap();
            let named = report.damages.iter().any(|damage| damage.file == name);
            assert!(
                named,
                "bit {bit} of byte {place} of {name}: {:?}",
                report.damages
            );
            flips += 1;
            if flips % 4 == 0 {
                let wrong = serves_nothing_wrong(&damaged, &entries, &before);
                assert_eq!(wrong, Ok(()), "bit {bit} of byte {place} of {name}");
                opened += 1;
            }
        }
    }
    assert!(
        flips > 1_000 && opened > 250,
        "{flips} flips, {opened} opened"
    );
}

#[test]
fn damage_names_the_record() {
    let (disk, entries) = run_to_the_end();
    let media = disk.media();
    let journal = layout(&disk)
        .open(options(), crate::store::contract::at(1_000))
        .unwrap();
    let last = Position(entries.len() as u64 - 1);
    for position in [Position(1), Position(entries.len() as u64 / 2), last] {
        let record = journal.read(position).unwrap();
        let part = record.parts.last().unwrap();
        let part_file = format!("parts/{:010}.parts", part.segment);
        let damaged = media.after_power_loss(0);
        damaged.damage(&Path::new("/data").join(&part_file), |bytes| {
            bytes[usize::try_from(part.offset).unwrap()] ^= 1;
        });
        let report = check_layout(layout(&damaged), &mut |_| {}).unwrap();
        let found: Vec<_> = report
            .damages
            .iter()
            .map(|damage| (damage.file.clone(), damage.position))
            .collect();
        assert_eq!(found, [(part_file, Some(position))]);

        let damaged = media.after_power_loss(0);
        let (path, offset) = disk
            .contents()
            .into_iter()
            .filter(|(path, _)| {
                path.extension()
                    .is_some_and(|extension| extension == "journal")
            })
            .find_map(|(path, bytes)| {
                let found = frame::frames_from(&bytes, 0)
                    .find(|(_, found)| found.record.position == position)?;
                Some((path, found.0))
            })
            .unwrap();
        damaged.damage(&path, |bytes| bytes[offset + 90] ^= 1);
        let report = check_layout(layout(&damaged), &mut |_| {}).unwrap();
        assert!(
            report
                .damages
                .iter()
                .any(|damage| damage.position == Some(position)),
            "{:?}",
            report.damages
        );
    }
}

#[test]
fn a_flipped_bit_in_the_last_commit_is_not_taken_for_an_unfinished_write() {
    let (disk, entries) = run_to_the_end();
    let (path, bytes) = disk
        .contents()
        .into_iter()
        .rfind(|(path, _)| {
            path.extension()
                .is_some_and(|extension| extension == "journal")
        })
        .unwrap();
    let (offset, found) = frame::frames_from(&bytes, 0).last().unwrap();
    assert_eq!(found.record.position.0, entries.len() as u64 - 1);
    let size = found.size;
    for place in (offset..offset + size).step_by(3) {
        let damaged = disk.media().after_power_loss(0);
        damaged.damage(&path, |bytes| bytes[place] ^= 4);
        let opened = layout(&damaged).open(options(), crate::store::contract::at(1_000));
        assert!(
            matches!(opened, Err(crate::store::StoreError::Damage { .. })),
            "byte {place}: {opened:?}"
        );
    }
}
