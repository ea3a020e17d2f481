//! Full and failing disks, and randomness that is none.

use std::path::Path;
use std::sync::Arc;

use super::power_loss::{layout, open};
use super::simulated::SimulatedDisk;
use super::{erasing, small, with_body};
use crate::store::contract::entry;
use crate::store::embedded::check::check_layout;
use crate::store::embedded::files::Files;
use crate::store::embedded::{EmbeddedJournal, Options, Randomness};
use crate::store::{Entry, Journal, Part, PartKind, Position, StoreError};

#[test]
fn a_full_disk_shows_before_a_promise_and_reading_acknowledging_and_erasing_go_on() {
    let disk = SimulatedDisk::new();
    let options = Options {
        reserve_bytes: 200 << 10,
        ..small()
    };
    layout(&disk).create(&[], &options).unwrap();
    let journal = open(&disk, options.clone()).unwrap();
    journal.append(vec![with_body(1, &[7; 3_000])]).unwrap();
    disk.limit(Some(disk.used() + (40 << 10)));
    let mut taken = 1;
    let refused = loop {
        match journal.append(vec![with_body(2, &[7; 3_000])]) {
            Ok(_) => taken += 1,
            Err(error) => break error,
        }
        assert!(taken < 100);
    };
    assert!(
        matches!(refused, StoreError::DiskFull { .. }) && !refused.fatal(),
        "{refused:?}"
    );
    assert_eq!(
        journal.next(),
        Position(taken),
        "nothing of the refused group is there"
    );
    // Without content: from the reserve.
    for _ in 0..150 {
        journal
            .append(vec![entry(
                3,
                "acknowledged, with some more text to fill the segment",
            )])
            .unwrap();
    }
    journal.append(vec![erasing(0)]).unwrap();
    let first = journal.read(Position(0)).unwrap();
    assert_eq!(
        journal.part(&first, PartKind::Body).unwrap(),
        Some(Part::Erased)
    );
    assert!(matches!(
        journal.append(vec![with_body(4, &[7; 20_000])]),
        Err(StoreError::DiskFull { .. })
    ));
    disk.limit(None);
    journal.append(vec![with_body(5, &[7; 20_000])]).unwrap();
    journal.close().unwrap();
    let report = check_layout(layout(&disk), &mut |_| {}).unwrap();
    assert!(report.is_sound(), "{report:?}");
}

/// Options whose next segment of one kind does not fit on what is left of the disk, the others do; and what fills that segment.
fn does_not_fit(kind: &str) -> (Options, Vec<Entry>) {
    let large = 1 << 20;
    let mut options = small();
    let mut group = vec![entry(2, "fills journal and keys")];
    match kind {
        "journal" => options.journal_segment_bytes = large,
        "keys" => options.key_slots = large,
        _ => {
            options.part_segment_bytes = large;
            group = vec![with_body(2, &[7; 200_000])];
        }
    }
    (options, group)
}

#[test]
fn a_segment_for_which_there_is_no_room_leaves_nothing_on_the_disk() {
    for kind in ["journal", "parts", "keys"] {
        let disk = SimulatedDisk::new();
        let (options, group) = does_not_fit(kind);
        layout(&disk).create(&[], &small()).unwrap();
        drop(open(&disk, small()).unwrap());
        let journal = open(&disk, options).unwrap();
        let (mut refused, mut used) = (None, 0);
        for _ in 0..1_000 {
            used = disk.used();
            disk.limit(Some(used + (150 << 10)));
            if let Err(error) = journal.append(group.clone()) {
                refused = Some(error);
                break;
            }
        }
        assert!(
            matches!(refused, Some(StoreError::DiskFull { .. })),
            "{kind}: {refused:?}"
        );
        assert_eq!(disk.used(), used, "{kind}: nothing was written");
        assert!(
            disk.contents()
                .keys()
                .all(|path| path.extension().is_none_or(|extension| extension != "new")),
            "{kind}"
        );
        disk.limit(None);
        journal.append(group).unwrap();
    }
}

#[test]
fn a_probe_on_a_full_disk_says_so_and_ends_nothing_and_one_that_was_made_before_needs_no_room() {
    let disk = SimulatedDisk::new();
    layout(&disk).create(&[], &small()).unwrap();
    drop(open(&disk, small()).unwrap());
    disk.remove(Path::new("/data/probe")).unwrap();
    disk.limit(Some(disk.used()));
    let journal = open(&disk, small()).unwrap();
    let refused = journal.probe();
    assert!(
        matches!(&refused, Err(error @ StoreError::DiskFull { .. }) if !error.fatal()),
        "{refused:?}"
    );
    journal.append(vec![entry(1, "goes on")]).unwrap();
    disk.limit(None);
    journal.probe().unwrap();
    drop(journal);
    disk.limit(Some(disk.used()));
    let journal = open(&disk, small()).unwrap();
    journal.probe().unwrap();
    disk.fail_after(Some(0));
    assert!(journal.append(vec![entry(2, "lost")]).unwrap_err().fatal());
    disk.fail_after(None);
    assert!(
        matches!(journal.probe(), Err(StoreError::Ended)),
        "a probe does not call a journal well that takes nothing any more"
    );
}

#[test]
fn an_erasure_without_room_stays_owed_and_ends_nothing_and_the_store_opens_all_the_same() {
    let disk = SimulatedDisk::new();
    layout(&disk).create(&[], &small()).unwrap();
    let journal = open(&disk, small()).unwrap();
    for second in 0..20 {
        journal.append(vec![with_body(second, b"body")]).unwrap();
    }
    disk.limit(Some(disk.used()));
    journal.append(vec![erasing(3)]).unwrap();
    let refused = journal.carry_out_erasures();
    assert!(
        matches!(&refused, Err(error @ StoreError::DiskFull { .. }) if !error.fatal()),
        "{refused:?}"
    );
    let erased = |journal: &EmbeddedJournal| {
        let record = journal.read(Position(3)).unwrap();
        assert_eq!(
            journal.part(&record, PartKind::Body).unwrap(),
            Some(Part::Erased)
        );
        assert_eq!(
            journal.part(&record, PartKind::Effect).unwrap(),
            Some(Part::Whole(b"effect".to_vec()))
        );
    };
    erased(&journal);
    assert_eq!(journal.erasures_owed(), 1);
    journal.append(vec![entry(60, "goes on")]).unwrap();
    journal.close().unwrap();
    drop(journal);
    let report = check_layout(layout(&disk), &mut |_| {}).unwrap();
    assert!(
        report.is_sound() && report.unfinished && report.parts_erased == 0,
        "{report:?}"
    );
    assert_eq!(report.erasures_owed, 1);
    let journal = open(&disk, small()).unwrap();
    erased(&journal);
    assert!(matches!(
        journal.carry_out_erasures(),
        Err(StoreError::DiskFull { .. })
    ));
    assert_eq!(journal.erasures_owed(), 1);
    disk.limit(None);
    journal.carry_out_erasures().unwrap();
    erased(&journal);
    assert_eq!(journal.erasures_owed(), 0);
    journal.close().unwrap();
    let report = check_layout(layout(&disk), &mut |_| {}).unwrap();
    assert!(
        report.is_sound() && !report.unfinished && report.parts_erased == 1,
        "{report:?}"
    );
    assert_eq!(report.erasures_owed, 0);
}

#[test]
fn after_a_failed_write_or_sync_nothing_more_is_promised_and_the_next_open_sorts_it_out() {
    for writes in 0..40 {
        let disk = SimulatedDisk::new();
        layout(&disk).create(&[], &small()).unwrap();
        let journal = open(&disk, small()).unwrap();
        journal.append(vec![with_body(1, b"kept")]).unwrap();
        disk.fail_after(Some(writes));
        let mut promised = 1;
        let failed = loop {
            match journal.append(vec![with_body(2, &[7; 2_000]), entry(2, "two")]) {
                Ok(_) => promised += 2,
                Err(error) => break error,
            }
        };
        assert!(failed.fatal(), "{failed:?}");
        assert_eq!(
            journal.next(),
            Position(promised),
            "what failed is shown to nobody"
        );
        assert!(matches!(
            journal.read(Position(promised)),
            Err(StoreError::NoRecord { .. })
        ));
        disk.fail_after(None);
        let after = journal.append(vec![entry(3, "after")]);
        assert!(matches!(after, Err(StoreError::Ended)), "{after:?}");
        drop(journal);
        let journal = open(&disk, small()).unwrap();
        assert!(journal.next() >= Position(promised) && journal.next() <= Position(promised + 2));
        assert_eq!(journal.read(Position(0)).unwrap().parts.len(), 2);
        journal.append(vec![entry(3, "after")]).unwrap();
        journal.close().unwrap();
        let report = check_layout(layout(&disk), &mut |_| {}).unwrap();
        assert!(report.is_sound(), "{writes}: {report:?}");
    }
}

#[test]
fn randomness_that_repeats_itself_is_refused_before_anything_is_written() {
    #[derive(Debug)]
    struct Stuck(bool);
    impl Randomness for Stuck {
        fn fill(&self, buffer: &mut [u8]) -> Result<(), StoreError> {
            for (index, byte) in buffer.iter_mut().enumerate() {
                *byte = if self.0 {
                    5
                } else {
                    u8::try_from(index % 200).unwrap()
                };
            }
            Ok(())
        }
    }
    for same_byte in [true, false] {
        let disk = SimulatedDisk::new();
        let options = Options {
            randomness: Arc::new(Stuck(same_byte)),
            ..small()
        };
        layout(&disk).create(&[], &options).unwrap();
        let journal = open(&disk, options).unwrap();
        let first = journal.append(vec![entry(1, "a")]);
        assert_eq!(first.is_ok(), !same_byte);
        let second = journal.append(vec![entry(1, "b")]);
        assert!(matches!(second, Err(StoreError::Randomness)), "{second:?}");
        assert_eq!(journal.next().0, u64::from(!same_byte));
    }
}

/// Names of the files of parts.
fn part_files(disk: &SimulatedDisk) -> Vec<String> {
    disk.contents()
        .keys()
        .filter_map(|path| path.strip_prefix("/data/parts").ok())
        .map(|name| name.display().to_string())
        .collect()
}

#[test]
fn a_large_part_has_a_segment_of_its_own_and_one_that_was_never_appended_is_gone_after_the_next_open()
 {
    let large = || with_body(1, &[7; 5_000]);
    let options = || Options {
        large_part_bytes: 4_000,
        ..small()
    };
    let disk = SimulatedDisk::new();
    layout(&disk).create(&[], &options()).unwrap();
    let journal = open(&disk, options()).unwrap();
    journal.append(vec![large()]).unwrap();
    assert_eq!(
        part_files(&disk),
        ["0000000001.parts", "2147483648.parts"],
        "with its name once the record is durable"
    );
    let never = journal.set_aside(large()).unwrap();
    journal.append(vec![with_body(2, b"small")]).unwrap();
    assert_eq!(part_files(&disk).len(), 3);
    drop(journal.set_aside(large()).unwrap());
    assert_eq!(
        part_files(&disk).len(),
        3,
        "one that is given up leaves nothing"
    );
    // The process is killed.
    std::mem::forget(never);
    drop(journal);
    let report = check_layout(layout(&disk), &mut |_| {}).unwrap();
    assert!(report.is_sound() && report.unfinished, "{report:?}");
    let journal = open(&disk, options()).unwrap();
    assert_eq!(part_files(&disk), ["0000000001.parts", "2147483648.parts"]);

    // Without room nothing is left of it, and the journal goes on.
    disk.limit(Some(disk.used() + 3_000));
    let refused = journal.append(vec![entry(3, "in its group"), large()]);
    assert!(
        matches!(&refused, Err(error @ StoreError::DiskFull { .. }) if !error.fatal()),
        "{refused:?}"
    );
    assert_eq!(part_files(&disk), ["0000000001.parts", "2147483648.parts"]);
    journal.append(vec![entry(3, "goes on")]).unwrap();
    disk.limit(None);
    journal.append(vec![large()]).unwrap();
    for position in [0, 3] {
        let record = journal.read(Position(position)).unwrap();
        assert_eq!(
            journal.part(&record, PartKind::Body).unwrap(),
            Some(Part::Whole(vec![7; 5_000]))
        );
    }
    journal.append(vec![erasing(0)]).unwrap();
    journal.carry_out_erasures().unwrap();
    let erased = Path::new("/data/parts/2147483648.parts");
    let bytes = disk.contents().remove(erased).unwrap();
    assert!(bytes.iter().skip(64).all(|byte| *byte == 0));
    journal.close().unwrap();
    let report = check_layout(layout(&disk), &mut |_| {}).unwrap();
    assert!(report.is_sound() && report.parts_erased == 1, "{report:?}");

    // A segment that no record names is named by the check.
    let media = disk.media().after_power_loss(0);
    let folder = layout(&media).parts;
    folder.replace("2147483700.parts", &[1; 100]).unwrap();
    let report = check_layout(layout(&media), &mut |_| {}).unwrap();
    let files: Vec<_> = report.damages.iter().map(|damage| &damage.file).collect();
    assert_eq!(files, ["parts/2147483700.parts"]);
}
