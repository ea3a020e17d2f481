//! Whatever goes wrong on the way: the power fails at every write of a backup and of a restore, disks fail and fill up, bits flip. A copy is whole, or known
//! not to be.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{Life, MADE, again, backs_up, backs_up_as, begun, is_whole, lossy, restores};
use crate::store::contract::at;
use crate::store::embedded::backup::{Accepted, BackupError, Wanted};
use crate::store::embedded::files::Files;
use crate::store::embedded::tests::power_loss::{layout, options, run};
use crate::store::embedded::tests::simulated::{Media, Seeded, SimulatedDisk, Step};
use crate::store::{Journal as _, KeyId, Position, StoreError};

const FIRST: Position = Position(23);
const SECOND: Position = Position(34);

/// A store with a whole copy of its first records, that went on and erased since.
fn copied_once() -> (SimulatedDisk, Life) {
    let (disk, journal, mut life) = begun();
    life.goes_on(&journal, FIRST.0);
    journal.carry_out_erasures().unwrap();
    backs_up(&disk, MADE).unwrap();
    life.goes_on(&journal, SECOND.0 - FIRST.0);
    journal.close().unwrap();
    disk.take_steps();
    (disk, life)
}

/// Keys that may be gone in what was put back: those that the records before its end erase, and those that were erased before the keys were copied.
fn gone_at(life: &Life, position: Position) -> BTreeSet<KeyId> {
    life.erased(position)
}

/// One of the two copies is there, and whole.
fn one_is_whole(disk: &SimulatedDisk, life: &Life) -> Result<Position, String> {
    let restored = restores(disk, MADE, &lossy()).map_err(|error| error.to_string())?;
    if ![FIRST, SECOND].contains(&restored.position) {
        return Err(format!("it was put back up to {}", restored.position));
    }
    is_whole(disk, life, &gone_at(life, restored.position))
}

/// The copy is made whole by the next run, and nothing else is left in its folders.
fn is_made_whole(disk: &SimulatedDisk, life: &Life) -> Result<(), String> {
    let made = backs_up(disk, MADE + 2).map_err(|error| format!("the next backup: {error}"))?;
    let inside = disk.contents().into_keys();
    let inside: Vec<PathBuf> = inside
        .filter(|path| path.starts_with("/backup") || path.starts_with("/backup-keys"))
        .collect();
    let left: Vec<_> = inside
        .iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "new"))
        .collect();
    // Files of the older copy of keys, and manifests.
    if !left.is_empty() || inside.len() as u64 > made.files + 30 {
        return Err(format!("{left:?} of {} files", inside.len()));
    }
    let restored = restores(disk, MADE, &Accepted::default()).map_err(|error| error.to_string())?;
    if (made.position, restored.position) != (SECOND, SECOND) {
        return Err(format!("{} and {}", made.position, restored.position));
    }
    is_whole(disk, life, &gone_at(life, SECOND)).map(|_| ())
}

/// Looks at what is there after a power loss, each time anew.
type Look<'l> = dyn Fn(&dyn Fn() -> SimulatedDisk) -> Result<(), String> + 'l;

/// Lets the power fail at every step, and has somebody look at what is there then; the first thing that went wrong, or how often it failed.
fn fail_everywhere(mut media: Media, steps: &[Step], look: &Look<'_>) -> Result<usize, String> {
    let mut failures = 0;
    for (index, step) in steps.iter().enumerate() {
        media.step(step);
        for seed in 0..if media.is_settled() { 1 } else { 3 } {
            let seed = if seed < 2 { seed } else { 2 + index as u64 };
            look(&|| media.after_power_loss(seed)).map_err(|what| {
                format!(
                    "power lost after step {index} of {}, seed {seed}: {what}",
                    steps.len()
                )
            })?;
            failures += 1;
        }
    }
    Ok(failures)
}

/// The steps of a second backup, and the disk before it.
fn backup_steps(syncs: bool) -> (Media, Vec<Step>, Life) {
    let (disk, life) = copied_once();
    let media = disk.media();
    let shown = if syncs {
        disk.clone()
    } else {
        disk.without_syncs()
    };
    backs_up(&shown, MADE + 1).unwrap();
    (media, disk.take_steps(), life)
}

fn look_at_backup(life: &Life, lost: &dyn Fn() -> SimulatedDisk) -> Result<(), String> {
    one_is_whole(&lost(), life)?;
    is_made_whole(&lost(), life)
}

#[test]
fn wherever_the_power_fails_in_a_backup_the_one_before_is_whole_and_the_next_one_will_be() {
    let (media, steps, life) = backup_steps(true);
    assert!(steps.len() > 60, "{} steps", steps.len());
    let failures = fail_everywhere(media, &steps, &|lost| look_at_backup(&life, lost));
    let failures = failures.unwrap_or_else(|what| panic!("{what}"));
    assert!(failures > 100, "{failures} power failures");
}

#[test]
fn with_the_sync_calls_taken_out_the_copy_is_not_whole_after_a_power_loss() {
    let (media, steps, life) = backup_steps(false);
    let lost = fail_everywhere(media, &steps, &|lost| look_at_backup(&life, lost));
    assert!(lost.is_err(), "{lost:?}");
}

#[test]
fn wherever_the_power_fails_in_the_first_backup_there_is_none_or_a_whole_one() {
    let (disk, journal, mut life) = begun();
    life.goes_on(&journal, SECOND.0);
    journal.close().unwrap();
    disk.take_steps();
    let media = disk.media();
    backs_up(&disk, MADE).unwrap();
    let look = |lost: &dyn Fn() -> SimulatedDisk| {
        let disk = lost();
        match restores(&disk, MADE, &Accepted::default()) {
            Err(BackupError::NoCopy { .. }) => {}
            Ok(_) => drop(is_whole(&disk, &life, &gone_at(&life, SECOND))?),
            Err(error) => return Err(error.to_string()),
        }
        is_made_whole(&lost(), &life)
    };
    let failures = fail_everywhere(media, &disk.take_steps(), &look);
    let failures = failures.unwrap_or_else(|what| panic!("{what}"));
    assert!(failures > 100, "{failures} power failures");
}

#[test]
fn wherever_the_power_fails_in_a_restore_nobody_opens_what_is_half_and_the_next_one_makes_it_whole()
{
    let (disk, life) = copied_once();
    backs_up(&disk, MADE + 1).unwrap();
    disk.take_steps();
    let media = disk.media();
    restores(&disk, MADE, &Accepted::default()).unwrap();
    let steps = disk.take_steps();
    assert!(steps.len() > 60, "{} steps", steps.len());
    let gone = gone_at(&life, SECOND);
    let look = |lost: &dyn Fn() -> SimulatedDisk| {
        let disk = lost();
        let whole = match again(&disk).open(options(), at(MADE)) {
            Ok(journal) => {
                life.is_in(&journal, &gone)?;
                true
            }
            Err(StoreError::Restoring { .. } | StoreError::NoStore { .. }) => false,
            Err(error) => return Err(format!("it opens otherwise: {error}")),
        };
        let disk = lost();
        match restores(&disk, MADE, &Accepted::default()) {
            Ok(_) => {}
            Err(BackupError::Store(StoreError::NotEmpty { .. })) if whole => {}
            Err(error) => return Err(format!("the next restore: {error}")),
        }
        is_whole(&disk, &life, &gone).map(|_| ())
    };
    let failures = fail_everywhere(media, &steps, &look).unwrap_or_else(|what| panic!("{what}"));
    assert!(failures > 100, "{failures} power failures");
}

#[test]
fn a_store_that_lost_power_is_copied_before_its_next_open_up_to_where_that_will_end() {
    let run = run(true);
    let mut media = run.media.clone();
    let mut copied = 0;
    for (index, step) in run.steps.iter().enumerate() {
        media.step(step);
        if index % 4 != 0 {
            continue;
        }
        for seed in [0, 1, 2 + index as u64, 1_000 + index as u64] {
            let what = format!("power lost after step {index}, seed {seed}");
            let disk = media.after_power_loss(seed);
            let made = match backs_up(&disk, MADE) {
                // The next open ends it.
                Err(BackupError::KeyChanging) => continue,
                made => made.unwrap_or_else(|error| panic!("{what}: {error:?}")),
            };
            let before = disk.media();
            let restored = restores(&disk, MADE, &Accepted::default());
            let restored = restored.unwrap_or_else(|error| panic!("{what}: {error:?}"));
            assert_eq!(restored.position, made.position, "{what}");
            let left = before.after_power_loss(1);
            let journal = layout(&left).open(options(), at(MADE));
            let journal = journal.unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_eq!(made.position, journal.next(), "{what}");
            copied += 1;
        }
    }
    assert!(copied > 300, "{copied}");
}

#[test]
fn a_disk_that_fails_at_any_write_of_a_backup_or_a_restore_leaves_what_was_whole_whole() {
    let (disk, life) = copied_once();
    let media = disk.media();
    let (mut failed, mut writes) = (0, 0);
    loop {
        let disk = media.after_power_loss(1);
        disk.fail_after(Some(writes));
        let made = backs_up(&disk, MADE + 1);
        disk.fail_after(None);
        match made {
            Ok(_) => break,
            Err(error) => assert!(!error.damaged(), "{error}"),
        }
        one_is_whole(&disk, &life).unwrap();
        failed += 1;
        writes += 1;
    }
    assert!(failed > 60, "{failed}");

    backs_up(&disk, MADE + 1).unwrap();
    let media = disk.media();
    let gone = gone_at(&life, SECOND);
    for writes in 0.. {
        let disk = media.after_power_loss(1);
        disk.fail_after(Some(writes));
        let restored = restores(&disk, MADE, &Accepted::default());
        disk.fail_after(None);
        if restored.is_ok() {
            assert!(writes > 60);
            break;
        }
        // Whether it says so, or is whole but for the last sync of the folder.
        match restores(&disk, MADE, &Accepted::default()) {
            Ok(_) | Err(BackupError::Store(StoreError::NotEmpty { .. })) => {}
            Err(error) => panic!("after {writes} writes: {error}"),
        }
        is_whole(&disk, &life, &gone).unwrap();
    }
}

#[test]
fn a_disk_that_is_full_stops_a_backup_and_the_one_before_is_whole() {
    let (disk, life) = copied_once();
    let media = disk.media();
    let mut refused = 0;
    for more in (0..).step_by(900) {
        let disk = media.after_power_loss(1);
        disk.limit(Some(disk.used() + more));
        match backs_up(&disk, MADE + 1) {
            Ok(_) => break,
            Err(BackupError::Store(StoreError::DiskFull { .. })) => {}
            Err(error) => panic!("with {more} bytes: {error}"),
        }
        assert!(
            disk.contents()
                .keys()
                .all(|path| path.extension().is_none_or(|extension| extension != "new"))
        );
        disk.limit(None);
        assert_eq!(one_is_whole(&disk, &life), Ok(FIRST));
        let disk = media.after_power_loss(1);
        is_made_whole(&disk, &life).unwrap();
        refused += 1;
    }
    assert!(refused > 5, "{refused}");
}

#[test]
fn one_flipped_bit_in_any_file_of_a_copy_is_found_and_named_and_the_next_backup_mends_it() {
    let (disk, life) = copied_once();
    backs_up(&disk, MADE + 1).unwrap();
    let media = disk.media();
    let seeded = Seeded::new(5);
    let (mut flips, mut kinds) = (0, BTreeSet::new());
    for (path, bytes) in disk.contents() {
        let place = path.parent().and_then(Path::to_str).unwrap_or_default();
        let is_copy = path.starts_with("/backup") || path.starts_with("/backup-keys");
        if !is_copy || bytes.is_empty() {
            continue;
        }
        // The older copy of keys is not read when the newer one is put back.
        let of_older = path.starts_with("/backup-keys");
        kinds.insert(place.to_owned());
        let places = (0..6).map(|_| seeded.below(bytes.len()));
        for at_byte in places.chain([0, bytes.len() - 1]) {
            let bit = 1 << seeded.below(8);
            let damaged = media.after_power_loss(0);
            damaged.damage(&path, |bytes| bytes[at_byte] ^= bit);
            let shown = path.display().to_string();
            let what = format!("bit {bit} of byte {at_byte} of {shown}");
            match restores(&damaged, MADE, &Accepted::default()) {
                Err(BackupError::Damaged { damages }) => {
                    assert!(
                        damages.iter().any(|damage| damage.file == shown),
                        "{what}: {damages:?}"
                    );
                }
                Err(BackupError::Store(StoreError::Damage { file, .. })) => {
                    assert!(file == shown || shown.contains("store-"), "{what}: {file}");
                }
                Ok(_) if of_older => {
                    is_whole(&damaged, &life, &gone_at(&life, SECOND)).unwrap();
                }
                other => panic!("{what}: {other:?}"),
            }
            flips += 1;
            if flips % 5 == 0 {
                let damaged = media.after_power_loss(0);
                damaged.damage(&path, |bytes| bytes[at_byte] ^= bit);
                backs_up(&damaged, MADE + 2).unwrap_or_else(|error| panic!("{what}: {error}"));
                restores(&damaged, MADE, &Accepted::default())
                    .unwrap_or_else(|error| panic!("{what}: {error}"));
                is_whole(&damaged, &life, &gone_at(&life, SECOND)).unwrap();
            }
        }
    }
    assert!(
        flips > 150 && kinds.len() == 5,
        "{flips} flips in {kinds:?}"
    );
}

#[test]
fn a_file_that_is_missing_from_a_copy_is_named_and_the_rest_is_put_back_when_told() {
    let (disk, life) = copied_once();
    backs_up(&disk, MADE + 1).unwrap();
    let all = disk.contents().into_keys();
    let missing = all
        .filter(|path| path.starts_with("/backup/parts"))
        .find(|path| path.to_string_lossy().contains("2147483649"))
        .unwrap();
    disk.remove(&missing).unwrap();
    let refused = restores(&disk, MADE, &Accepted::default());
    let Err(BackupError::Damaged { damages }) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(damages[0].file, missing.display().to_string());
    let told = Accepted {
        damage: true,
        ..Accepted::default()
    };
    let restored = restores(&disk, MADE, &told).unwrap();
    assert_eq!(restored.position, SECOND);
    assert!(!restored.damages.is_empty());
    let journal = again(&disk).open(options(), at(MADE)).unwrap();
    let wrong = life.is_in(&journal, &gone_at(&life, SECOND)).unwrap_err();
    assert!(wrong.contains("missing"), "{wrong}");
}

#[test]
fn a_damaged_store_is_not_copied_over_a_good_copy_unless_told() {
    let (disk, life) = copied_once();
    let part = disk
        .contents()
        .into_keys()
        .find(|path| path.ends_with("parts/0000000001.parts"))
        .unwrap();
    disk.damage(&part, |bytes| bytes[70] ^= 1);
    let refused = backs_up(&disk, MADE + 1);
    let Err(BackupError::Damaged { damages }) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(damages[0].position, Some(Position(0)));
    assert_eq!(
        one_is_whole(&disk.media().after_power_loss(1), &life),
        Ok(FIRST)
    );

    let told = Wanted {
        keys_keep: jiff::SignedDuration::from_secs(super::DAY),
        accept_damage: true,
        now: at(MADE + 1),
    };
    let made = backs_up_as(&disk, &told).unwrap();
    assert_eq!((made.position, made.damages.len()), (SECOND, 1));
    let refused = restores(&disk, MADE, &Accepted::default());
    assert!(
        matches!(refused, Err(BackupError::Damaged { .. })),
        "{refused:?}"
    );
    // What was refused begins anew.
    assert!(matches!(
        again(&disk).open(options(), at(MADE)),
        Err(StoreError::Restoring { .. })
    ));
    let told = Accepted {
        damage: true,
        ..Accepted::default()
    };
    assert_eq!(restores(&disk, MADE, &told).unwrap().damages.len(), 1);
    // The store itself is as it was.
    assert!(layout(&disk).open(options(), at(MADE)).is_ok());
}
