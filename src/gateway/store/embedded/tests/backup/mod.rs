//! Copies of a store, and stores made from them: what a copy holds, what it refuses to lose, and that erasure reaches it. A store that lives on, on a
//! simulated disk, with its copies on the same disk.

mod broken;
mod logs;
mod look;
mod running;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::SignedDuration;

use super::power_loss::{layout, options};
use super::simulated::SimulatedDisk;
use super::{erasing, with_body};
use crate::store::contract::at;
use crate::store::embedded::backup::{
    Accepted, BackedUp, BackupError, Known, Opening, Places, Restored, Wanted, back_up_from,
    restore_to,
};
use crate::store::embedded::check::check_layout;
use crate::store::embedded::files::Files;
use crate::store::embedded::{EmbeddedJournal, Layout, Options};
use crate::store::{Entry, Journal, KeyId, KeyKind, Part, Position, StoreError};

const DAY: i64 = 24 * 3600;
/// When the first copy is made, in seconds: after all that happens in these lives.
const MADE: i64 = 5_000;

fn files(disk: &SimulatedDisk) -> Arc<dyn Files> {
    Arc::new(disk.clone())
}

fn places() -> Places {
    Places {
        journal: PathBuf::from("/backup"),
        keys: PathBuf::from("/backup-keys"),
    }
}

/// Where a store is put back; the keys of the key folder are in a safe, that is, where they were.
fn again(disk: &SimulatedDisk) -> Layout {
    Layout::new(&files(disk), Path::new("/again"), Path::new("/keys"))
}

fn no_grounds(_: &[u8]) -> Vec<[u8; 32]> {
    Vec::new()
}

fn backs_up(disk: &SimulatedDisk, second: i64) -> Result<BackedUp, BackupError> {
    let wanted = Wanted {
        keys_keep: SignedDuration::from_secs(30 * DAY),
        accept_damage: false,
        now: at(second),
    };
    backs_up_as(disk, &wanted)
}

fn backs_up_as(disk: &SimulatedDisk, wanted: &Wanted) -> Result<BackedUp, BackupError> {
    back_up_from(
        &files(disk),
        &layout(disk),
        &places(),
        wanted,
        &no_grounds,
        &mut |_| {},
    )
}

fn restores(
    disk: &SimulatedDisk,
    second: i64,
    accepted: &Accepted,
) -> Result<Restored, BackupError> {
    let opening = Opening {
        options: options(),
        now: at(second),
        only_look: false,
    };
    restores_by(disk, opening, accepted)
}

fn restores_by(
    disk: &SimulatedDisk,
    opening: Opening,
    accepted: &Accepted,
) -> Result<Restored, BackupError> {
    restore_to(
        &files(disk),
        &places(),
        &again(disk),
        opening,
        accepted,
        &no_grounds,
        &mut |_| {},
    )
}

fn lossy() -> Accepted {
    Accepted {
        loss: true,
        ..Accepted::default()
    }
}

/// What a store was told, in order.
#[derive(Debug, Default, Clone)]
struct Life {
    entries: Vec<Entry>,
}

impl Life {
    /// Records with parts, small and large; every fifth erases what is three before it.
    fn goes_on(&mut self, journal: &EmbeddedJournal, records: u64) {
        for _ in 0..records {
            let number = self.entries.len() as u64;
            let bytes = if number.is_multiple_of(7) { 900 } else { 40 };
            let body = vec![u8::try_from(number % 251).unwrap() + 1; bytes];
            let entry = if number % 5 == 4 {
                erasing(number - 3)
            } else {
                with_body(i64::try_from(number).unwrap(), &body)
            };
            self.tell(journal, entry);
        }
    }

    fn tell(&mut self, journal: &EmbeddedJournal, entry: Entry) {
        journal.append(vec![entry.clone()]).unwrap();
        self.entries.push(entry);
    }

    /// Content keys that records before a position erase.
    fn erased(&self, before: Position) -> BTreeSet<KeyId> {
        let entries = self.entries.iter().zip(0..before.0);
        entries
            .flat_map(|(entry, _)| entry.erases.iter().copied())
            .collect()
    }

    /// What is wrong with a store that should hold the records before its end, once, in order and intact, but for these keys.
    fn is_in(&self, journal: &EmbeddedJournal, gone: &BTreeSet<KeyId>) -> Result<(), String> {
        let next = journal.next();
        let records = journal
            .read_from(Position(0), 10_000)
            .map_err(|error| error.to_string())?;
        if records.len() as u64 != next.0 {
            return Err(format!("{} records of {next} can be read", records.len()));
        }
        for (record, entry) in records.iter().zip(&self.entries) {
            if (&record.event, &record.erases) != (&entry.event, &entry.erases) {
                return Err(format!("record {} differs", record.position));
            }
            for (kind, bytes) in &entry.parts {
                let key = KeyId {
                    position: record.position,
                    kind: kind.key(),
                };
                let expected = if gone.contains(&key) {
                    Part::Erased
                } else {
                    Part::Whole(bytes.clone())
                };
                let read = journal
                    .part(record, *kind)
                    .map_err(|error| error.to_string())?;
                if read.as_ref() != Some(&expected) {
                    return Err(format!("{kind:?} of record {}: {read:?}", record.position));
                }
            }
        }
        Ok(())
    }
}

fn content(position: u64) -> KeyId {
    KeyId {
        position: Position(position),
        kind: KeyKind::Content,
    }
}

/// An open store on a new disk.
fn begun() -> (SimulatedDisk, EmbeddedJournal, Life) {
    let disk = SimulatedDisk::new();
    layout(&disk).create(&["pseudonym"], &options()).unwrap();
    let journal = layout(&disk).open(options(), at(0)).unwrap();
    (disk, journal, Life::default())
}

/// What was put back opens, is sound, and holds the records up to where it ends; the keys that are gone in it.
fn is_whole(disk: &SimulatedDisk, life: &Life, gone: &BTreeSet<KeyId>) -> Result<Position, String> {
    let report =
        check_layout(again(disk), &mut |_| {}).map_err(|error| format!("check: {error}"))?;
    if !report.is_sound() || report.unfinished {
        return Err(format!("{:?}", report.damages));
    }
    let journal = again(disk)
        .open(options(), at(MADE))
        .map_err(|error| format!("it does not open: {error}"))?;
    life.is_in(&journal, gone)?;
    let end = journal.next();
    // And it goes on.
    let more = journal
        .append(vec![with_body(MADE, b"more")])
        .map_err(|error| error.to_string())?;
    journal.close().map_err(|error| error.to_string())?;
    let goes_on = more.first().map(|appended| appended.position) == Some(end);
    goes_on.then_some(end).ok_or("it does not go on".into())
}

#[test]
fn a_copy_made_while_the_store_is_open_comes_back_whole_up_to_its_position() {
    let (disk, journal, mut life) = begun();
    life.goes_on(&journal, 43);
    let made = backs_up(&disk, MADE).unwrap();
    assert_eq!((made.position, made.records), (Position(43), 43));
    assert_eq!(made.keys.expires, at(MADE + 30 * DAY));
    // What comes later is not in it.
    life.goes_on(&journal, 20);
    let restored = restores(&disk, MADE, &Accepted::default()).unwrap();
    assert_eq!((restored.position, restored.lost), (Position(43), 0));
    assert_eq!((restored.chain, restored.time), (made.chain, made.time));
    assert_eq!(restored.records, 43);
    let gone = life.erased(Position(43));
    assert!(gone.len() > 5);
    assert_eq!(is_whole(&disk, &life, &gone), Ok(Position(43)));
}

#[test]
fn a_copy_may_be_made_after_every_record_and_of_an_empty_store() {
    let (disk, journal, mut life) = begun();
    for position in 0..60 {
        let second = MADE + i64::try_from(position).unwrap();
        let made = backs_up(&disk, second).unwrap();
        assert_eq!(made.position, Position(position));
        assert_eq!(made.key_copies, position + 1);
        life.goes_on(&journal, 1);
        if position % 9 == 0 {
            let disk = disk.media().after_power_loss(1);
            restores(&disk, second, &Accepted::default()).unwrap();
            let gone = life.erased(Position(position));
            assert_eq!(is_whole(&disk, &life, &gone), Ok(Position(position)));
        }
    }
}

#[test]
fn a_second_copy_copies_what_is_new_and_keeps_nothing_of_the_first_but_what_they_share() {
    let (disk, journal, mut life) = begun();
    life.goes_on(&journal, 100);
    journal.carry_out_erasures().unwrap();
    let first = backs_up(&disk, MADE).unwrap();
    assert_eq!(
        first.copied.files + 3,
        first.files,
        "marks and the file that says which store it is are made"
    );
    let same = backs_up(&disk, MADE).unwrap();
    assert_eq!((same.copied.files, same.files), (0, first.files));
    life.goes_on(&journal, 3);
    let second = backs_up(&disk, MADE + 1).unwrap();
    assert!(
        0 < second.copied.files && second.copied.files < first.copied.files / 2,
        "{second:?}"
    );
    let under = |folder: &str| {
        let all = disk.contents().into_keys();
        all.filter(|path| path.starts_with(folder)).count() as u64
    };
    life.goes_on(&journal, 60);
    let third = backs_up(&disk, MADE + 40 * DAY).unwrap();
    assert_eq!(third.expired.len(), 2);
    // And the two manifests.
    assert_eq!(under("/backup") + under("/backup-keys"), third.files + 2);
}

#[test]
fn erasure_reaches_the_copies_when_their_keys_have_expired() {
    let (disk, journal, mut life) = begun();
    life.goes_on(&journal, 12);
    let first = backs_up(&disk, MADE).unwrap();
    life.tell(&journal, erasing(10));
    life.goes_on(&journal, 2);
    journal.carry_out_erasures().unwrap();

    // A day later the copy of before the erasure still has it.
    let within = disk.media().after_power_loss(1);
    let day_later = restores(&within, MADE + DAY, &Accepted::default()).unwrap();
    assert_eq!(day_later.position, first.position);
    let gone = life.erased(Position(12));
    assert!(!gone.contains(&content(10)));
    assert_eq!(is_whole(&within, &life, &gone), Ok(Position(12)));

    // When its life is over nothing is put back by it, unless that is asked for.
    let after = MADE + 30 * DAY;
    let refused = restores(&disk, after, &Accepted::default());
    assert!(
        matches!(&refused, Err(BackupError::Expired { position, .. }) if *position == Position(12)),
        "{refused:?}"
    );
    let told = Accepted {
        expired_keys: true,
        ..Accepted::default()
    };
    let asked = disk.media().after_power_loss(1);
    assert!(restores(&asked, after, &told).is_ok());

    // And the next copy removes it: from then on no file of the copies opens what was erased.
    let second = backs_up(&disk, after).unwrap();
    assert_eq!(
        second
            .expired
            .iter()
            .map(|copy| copy.position)
            .collect::<Vec<_>>(),
        [Position(12)]
    );
    let old = restores(
        &disk,
        after,
        &Accepted {
            keys: Some(Position(12)),
            ..told.clone()
        },
    );
    assert!(
        matches!(old, Err(BackupError::NoSuchKeys { .. })),
        "{old:?}"
    );
    restores(&disk, after, &Accepted::default()).unwrap();
    let gone = life.erased(Position(15));
    assert!(gone.contains(&content(10)));
    assert_eq!(is_whole(&disk, &life, &gone), Ok(Position(15)));
}

#[test]
fn a_shorter_life_of_keys_counts_for_copies_that_were_made_before() {
    let (disk, journal, mut life) = begun();
    life.goes_on(&journal, 12);
    backs_up(&disk, MADE).unwrap();
    life.goes_on(&journal, 1);
    let wanted = Wanted {
        keys_keep: SignedDuration::from_secs(DAY),
        accept_damage: false,
        now: at(MADE + DAY),
    };
    let made = backs_up_as(&disk, &wanted).unwrap();
    assert_eq!((made.expired.len(), made.key_copies), (1, 1));
}

#[test]
fn with_older_keys_the_store_ends_where_they_do_and_what_later_records_erase_is_erased() {
    let (disk, journal, mut life) = begun();
    life.goes_on(&journal, 33);
    backs_up(&disk, MADE).unwrap();
    life.goes_on(&journal, 9);
    for position in [2, 15, 32] {
        life.tell(&journal, erasing(position));
    }
    backs_up(&disk, MADE + 1).unwrap();
    let with_older = Accepted {
        keys: Some(Position(33)),
        ..Accepted::default()
    };
    let refused = restores(&disk, MADE, &with_older);
    let Err(BackupError::Shorter {
        position,
        known,
        lost,
        until,
        ..
    }) = refused
    else {
        panic!("{refused:?}")
    };
    assert_eq!((position, known, lost), (Position(33), Position(45), 12));
    assert_eq!(until, Some(journal.read(Position(32)).unwrap().time));
    assert!(
        disk.list(Path::new("/again")).unwrap().is_empty(),
        "nothing was begun"
    );

    let restored = restores(
        &disk,
        MADE,
        &Accepted {
            loss: true,
            ..with_older
        },
    )
    .unwrap();
    assert_eq!((restored.position, restored.lost), (Position(33), 12));
    assert_eq!(
        restored.lost_from,
        Some(journal.read(Position(33)).unwrap().time)
    );
    // All that the whole journal erases is gone, not only what its first 33 records do.
    let gone = life.erased(Position(45));
    assert!(
        [2, 15, 32]
            .map(content)
            .iter()
            .all(|key| gone.contains(key))
    );
    assert_eq!(is_whole(&disk, &life, &gone), Ok(Position(33)));
}

#[test]
fn a_copy_that_is_shorter_than_somebody_knows_of_is_not_put_back_unless_told() {
    let (disk, journal, mut life) = begun();
    life.goes_on(&journal, 20);
    backs_up(&disk, MADE).unwrap();
    let knows = |position| Known {
        position: Position(position),
        by: "a receipt".into(),
    };
    let accepted = |position, loss| Accepted {
        known: vec![knows(position)],
        loss,
        ..Accepted::default()
    };
    let refused = restores(&disk, MADE, &accepted(26, false));
    assert!(
        matches!(&refused, Err(BackupError::Shorter { lost: 6, by, .. }) if by == "a receipt"),
        "{refused:?}"
    );
    let told = disk.media().after_power_loss(1);
    let restored = restores(&told, MADE, &accepted(26, true)).unwrap();
    assert_eq!((restored.lost, restored.lost_from), (6, None));
    assert_eq!(restored.known_by, Some(knows(26)));
    assert!(restores(&disk, MADE, &accepted(20, false)).is_ok());
}

#[test]
fn a_copy_of_another_past_is_not_written_over() {
    let (disk, journal, mut life) = begun();
    life.goes_on(&journal, 20);
    backs_up(&disk, MADE).unwrap();
    life.goes_on(&journal, 5);
    backs_up(&disk, MADE + 1).unwrap();
    let contents = disk.contents();
    // What was put back with a loss goes on in its own way; its backups would throw away records that are nowhere else.
    let older = Accepted {
        keys: Some(Position(20)),
        ..lossy()
    };
    restores(&disk, MADE, &older).unwrap();
    for records in [0, 3, 5, 9] {
        let other = again(&disk).open(options(), at(MADE)).unwrap();
        for second in 0..records {
            other
                .append(vec![with_body(MADE + second, b"other")])
                .unwrap();
        }
        other.close().unwrap();
        let wanted = Wanted {
            keys_keep: SignedDuration::from_secs(DAY),
            accept_damage: false,
            now: at(MADE),
        };
        let refused = back_up_from(
            &files(&disk),
            &again(&disk),
            &places(),
            &wanted,
            &no_grounds,
            &mut |_| {},
        );
        assert!(
            matches!(refused, Err(BackupError::OtherPast { .. })),
            "{records}: {refused:?}"
        );
    }
    let now = disk.contents();
    for (path, bytes) in contents {
        if path.starts_with("/backup") || path.starts_with("/backup-keys") {
            assert_eq!(now.get(&path), Some(&bytes), "{}", path.display());
        }
    }
}

#[test]
fn a_store_that_was_put_back_is_backed_up_into_the_same_folders() {
    let (disk, journal, mut life) = begun();
    life.goes_on(&journal, 31);
    backs_up(&disk, MADE).unwrap();
    restores(&disk, MADE, &Accepted::default()).unwrap();
    let journal = again(&disk).open(options(), at(MADE)).unwrap();
    life.goes_on(&journal, 31);
    let wanted = Wanted {
        keys_keep: SignedDuration::from_secs(DAY),
        accept_damage: false,
        now: at(MADE + 1),
    };
    let made = back_up_from(
        &files(&disk),
        &again(&disk),
        &places(),
        &wanted,
        &no_grounds,
        &mut |_| {},
    );
    assert_eq!(made.unwrap().position, Position(62));
}

#[test]
fn a_restore_wants_an_empty_folder_the_right_keys_and_a_whole_copy() {
    let (disk, journal, mut life) = begun();
    let none = restores(&disk, MADE, &Accepted::default());
    assert!(matches!(none, Err(BackupError::NoCopy { .. })), "{none:?}");
    life.goes_on(&journal, 20);
    backs_up(&disk, MADE).unwrap();

    let filled = disk.media().after_power_loss(1);
    drop(filled.open(
        Path::new("/again/something"),
        crate::store::embedded::files::OpenAs::New,
    ));
    let refused = restores(&filled, MADE, &Accepted::default());
    assert!(
        matches!(
            refused,
            Err(BackupError::Store(StoreError::NotEmpty { .. }))
        ),
        "{refused:?}"
    );

    for (key, wrong) in [("top.key", false), ("pseudonym.key", true)] {
        let other = disk.media().after_power_loss(1);
        let path = Path::new("/keys").join(key);
        if wrong {
            other.damage(&path, |bytes| bytes[3] ^= 1);
        } else {
            other.remove(&path).unwrap();
        }
        let refused = restores(&other, MADE, &Accepted::default());
        let right = match &refused {
            Err(BackupError::Store(StoreError::KeyMissing { file })) => {
                !wrong && file.ends_with(key)
            }
            Err(BackupError::Store(StoreError::KeyWrong { file })) => wrong && file.ends_with(key),
            _ => false,
        };
        assert!(right, "{refused:?}");
        assert!(other.list(Path::new("/again")).unwrap().is_empty());
    }
}

#[test]
fn after_a_change_of_the_top_key_a_copy_opens_with_the_new_one() {
    let (disk, journal, mut life) = begun();
    life.goes_on(&journal, 20);
    backs_up(&disk, MADE).unwrap();
    journal.change_top_key().unwrap();
    life.goes_on(&journal, 2);
    // The copy of before is of no use without the old top key, and says so.
    let old = restores(&disk, MADE, &Accepted::default());
    assert!(
        matches!(old, Err(BackupError::Store(StoreError::KeyWrong { .. }))),
        "{old:?}"
    );
    backs_up(&disk, MADE + 1).unwrap();
    restores(&disk, MADE, &Accepted::default()).unwrap();
    let gone = life.erased(Position(22));
    assert_eq!(is_whole(&disk, &life, &gone), Ok(Position(22)));
}

#[test]
fn while_the_top_key_is_being_changed_no_copy_is_made_that_only_both_keys_would_open() {
    let (disk, journal, mut life) = begun();
    life.goes_on(&journal, 20);
    disk.take_steps();
    let mut media = disk.media();
    journal.change_top_key().unwrap();
    let steps = disk.take_steps();
    let mut refused = 0;
    for step in &steps {
        media.step(step);
        let disk = media.after_power_loss(1);
        match backs_up(&disk, MADE) {
            Err(BackupError::KeyChanging) => refused += 1,
            made => {
                made.unwrap();
            }
        }
        let is_made = disk.contents().contains_key(Path::new("/backup/manifest"));
        // The change is ended by whoever opens the store; then the old key is nowhere any more.
        let journal = layout(&disk).open(options(), at(MADE)).unwrap();
        journal.close().unwrap();
        if is_made {
            restores(&disk, MADE, &Accepted::default()).unwrap();
        }
    }
    assert!(refused > 3, "{refused} of {}", steps.len());
}

#[test]
fn a_folder_of_keys_of_another_past_is_not_used_on_beside_a_new_folder() {
    let (disk, journal, mut life) = begun();
    life.goes_on(&journal, 20);
    backs_up(&disk, MADE).unwrap();
    life.goes_on(&journal, 5);
    backs_up(&disk, MADE + 1).unwrap();
    let older = Accepted {
        keys: Some(Position(20)),
        ..lossy()
    };
    restores(&disk, MADE, &older).unwrap();
    let other = again(&disk).open(options(), at(MADE)).unwrap();
    for second in 0..5 {
        other
            .append(vec![with_body(MADE + second, b"other")])
            .unwrap();
    }
    other.close().unwrap();
    let contents = disk.contents();
    let wanted = Wanted {
        keys_keep: SignedDuration::from_secs(30 * DAY),
        accept_damage: false,
        now: at(MADE + 10),
    };
    let new_folder = Places {
        journal: PathBuf::from("/backup-2"),
        ..places()
    };
    let refused = back_up_from(
        &files(&disk),
        &again(&disk),
        &new_folder,
        &wanted,
        &no_grounds,
        &mut |_| {},
    );
    assert!(
        matches!(
            refused,
            Err(BackupError::OtherPast {
                copied: Position(25),
                ..
            })
        ),
        "{refused:?}"
    );
    let now = disk.contents();
    for (path, bytes) in contents {
        if path.starts_with("/backup-keys") {
            assert_eq!(now.get(&path), Some(&bytes), "{}", path.display());
        }
    }
}

#[test]
fn what_a_damaged_later_record_erases_does_not_come_back_unseen() {
    let (disk, journal, mut life) = begun();
    life.goes_on(&journal, 33);
    backs_up(&disk, MADE).unwrap();
    life.tell(&journal, with_body(33, b"between"));
    life.tell(&journal, erasing(32));
    backs_up(&disk, MADE + 1).unwrap();
    let in_copy = disk.contents();
    let mut segments = in_copy
        .iter()
        .filter(|(path, bytes)| path.starts_with("/backup/journal") && bytes.len() > 1_024);
    let (last, bytes) = segments.next_back().unwrap();
    disk.damage(last, |wrong| wrong[bytes.len() - 8] ^= 1);
    let told = Accepted {
        keys: Some(Position(33)),
        damage: true,
        ..lossy()
    };
    let refused = restores(&disk, MADE, &told);
    assert!(
        matches!(refused, Err(BackupError::Store(StoreError::Damage { .. }))),
        "{refused:?}"
    );
    assert!(disk.list(Path::new("/again")).unwrap().is_empty());
}

#[test]
fn options_of_another_size_put_the_same_store_back() {
    let (disk, journal, mut life) = begun();
    life.goes_on(&journal, 40);
    backs_up(&disk, MADE).unwrap();
    let opening = Opening {
        options: Options {
            journal_segment_bytes: 1 << 20,
            part_segment_bytes: 1 << 20,
            key_slots: 64,
            ..options()
        },
        now: at(MADE),
        only_look: false,
    };
    restores_by(&disk, opening, &Accepted::default()).unwrap();
    let gone = life.erased(Position(40));
    assert_eq!(is_whole(&disk, &life, &gone), Ok(Position(40)));
}
