//! Looking at a copy without putting it back: it finds what a restore finds, by whichever copy of the keys, and writes nothing.

use std::path::Path;

use jiff::SignedDuration;

use super::{DAY, Life, MADE, backs_up, backs_up_as, begun, lossy, restores, restores_by};
use crate::store::contract::at;
use crate::store::embedded::EmbeddedJournal;
use crate::store::embedded::backup::{Accepted, BackupError, Opening, Restored, Wanted};
use crate::store::embedded::tests::erasing;
use crate::store::embedded::tests::power_loss::options;
use crate::store::embedded::tests::simulated::SimulatedDisk;
use crate::store::{Journal as _, Position, StoreError};

fn looks_at(
    disk: &SimulatedDisk,
    second: i64,
    accepted: &Accepted,
) -> Result<Restored, BackupError> {
    let look = Opening {
        options: options(),
        now: at(second),
        only_look: true,
    };
    restores_by(disk, look, accepted)
}

/// A store with a copy of each of these positions.
fn copied_at(positions: &[u64]) -> (SimulatedDisk, EmbeddedJournal, Life) {
    let (disk, journal, mut life) = begun();
    for (copy, position) in positions.iter().enumerate() {
        life.goes_on(&journal, position - life.entries.len() as u64);
        if copy % 2 == 1 {
            // What of the copies before is gone from the files.
            life.tell(&journal, erasing(position - 8));
            journal.carry_out_erasures().unwrap();
        }
        backs_up(&disk, MADE + i64::try_from(copy).unwrap()).unwrap();
    }
    (disk, journal, life)
}

fn by_keys_of(position: u64) -> Accepted {
    Accepted {
        keys: Some(Position(position)),
        ..lossy()
    }
}

#[test]
fn a_look_by_any_copy_of_keys_finds_what_the_restore_finds_and_writes_nothing() {
    let (disk, _journal, _) = copied_at(&[9, 20, 31, 47]);
    for position in [9, 21, 31, 48] {
        let disk = disk.media().after_power_loss(1);
        let before = disk.contents();
        let accepted = by_keys_of(position);
        let looked = looks_at(&disk, MADE + 9, &accepted).unwrap();
        assert_eq!(disk.contents(), before);
        let restored = restores(&disk, MADE + 9, &accepted).unwrap();
        assert!(
            restored.parts > 0 && restored.parts_erased > 0,
            "{restored:?}"
        );
        assert_eq!(format!("{looked:?}"), format!("{restored:?}"), "{position}");
    }
}

#[test]
fn a_look_by_older_keys_finds_the_damage_that_was_copied_as_it_is() {
    let (disk, journal, mut life) = copied_at(&[20]);
    life.goes_on(&journal, 9);
    let part = journal.read(Position(7)).unwrap().parts[0].clone();
    let file = Path::new("/data/parts").join(crate::store::embedded::parts::name_of(part.segment));
    let offset = usize::try_from(part.offset).unwrap();
    disk.damage(&file, |bytes| bytes[offset + 2] ^= 1);
    let wanted = Wanted {
        keys_keep: SignedDuration::from_secs(30 * DAY),
        accept_damage: true,
        now: at(MADE + 1),
    };
    assert_eq!(backs_up_as(&disk, &wanted).unwrap().damages.len(), 1);

    let refused = looks_at(&disk, MADE + 2, &by_keys_of(20));
    let Err(BackupError::Damaged { damages }) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(damages.len(), 1, "{damages:?}");
    assert_eq!(damages[0].position, Some(Position(7)));
    assert!(damages[0].file.starts_with("/backup/parts/"), "{damages:?}");
    let accepted = Accepted {
        damage: true,
        ..by_keys_of(20)
    };
    let looked = looks_at(&disk, MADE + 2, &accepted).unwrap();
    let restored = restores(&disk, MADE + 2, &accepted).unwrap();
    let found = |restored: &Restored| {
        let damages = restored.damages.iter();
        let damages: Vec<_> = damages.map(|one| (one.position, one.what)).collect();
        (
            restored.records,
            restored.parts,
            restored.parts_erased,
            damages,
        )
    };
    assert_eq!(found(&looked), found(&restored));
}

#[test]
fn a_look_with_a_clock_behind_the_last_record_is_refused_as_the_restore_is() {
    let (disk, _journal, _) = copied_at(&[200]);
    for only_look in [true, false] {
        let opening = Opening {
            options: options(),
            now: at(0),
            only_look,
        };
        let refused = restores_by(&disk, opening, &Accepted::default());
        assert!(
            matches!(
                refused,
                Err(BackupError::Store(StoreError::ClockBehind { .. }))
            ),
            "{refused:?}"
        );
    }
}

#[test]
fn a_look_tells_that_the_data_folder_is_not_empty_and_is_no_refusal() {
    let (disk, _journal, _) = copied_at(&[20]);
    let looked = looks_at(&disk, MADE, &Accepted::default()).unwrap();
    assert!(!looked.in_the_way);
    restores(&disk, MADE, &Accepted::default()).unwrap();
    let looked = looks_at(&disk, MADE, &Accepted::default()).unwrap();
    assert!(looked.in_the_way);
}
