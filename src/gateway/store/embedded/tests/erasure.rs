//! What is erased cannot be read from any file, and an old top key opens nothing.

use std::fs;
use std::path::{Path, PathBuf};

use super::power_loss::{layout, open};
use super::simulated::{Named, SimulatedDisk, Step};
use super::{erasing, folders, fresh, small, with_body};
use crate::store::contract::at;
use crate::store::embedded::cipher::{Cipher, open_part};
use crate::store::embedded::keys::name_of;
use crate::store::embedded::{Embedded, EmbeddedJournal, Secret};
use crate::store::{Journal, Part, PartKind, Position};

/// Every file below a folder with its bytes.
pub(super) fn everything(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(everything(&path));
        } else {
            all.push((path.clone(), fs::read(&path).unwrap()));
        }
    }
    all
}

/// Opens whatever the top key opens, at whatever place of whatever file: all record keys that can be had.
fn keys_within_reach(
    top: &Secret,
    files: &[(PathBuf, Vec<u8>)],
) -> Vec<([u8; 32], [u8; 32], [u8; 32])> {
    let top = Cipher::new(top).unwrap();
    let mut segment_keys = Vec::new();
    for (_, bytes) in files {
        for at in (0..bytes.len()).filter(|at| bytes[*at..].starts_with(b"KNOOPKEY")) {
            // Head: magic, version, turn, first, made, check of the top key, nonce, wrapped key.
            let Some(head) = bytes.get(at..at + 112) else {
                continue;
            };
            let mut wrapped = head[64..112].to_vec();
            let aad = [&b"knooppunt/segment-key/1"[..], &head[20..28]].concat();
            if let Some(key) = top.open(head[52..64].try_into().unwrap(), &aad, &mut wrapped) {
                segment_keys.push(Cipher::new(&Secret::from_slice(key).unwrap()).unwrap());
            }
        }
    }
    let mut found = Vec::new();
    for (_, bytes) in files {
        for slot in bytes
            .windows(136)
            .filter(|slot| slot[..6] == [0; 6] && slot[8] < 4)
        {
            let aad = [&b"knooppunt/slot/1"[..], &slot[..9]].concat();
            for key in &segment_keys {
                let mut wrapped = slot[24..136].to_vec();
                if let Some(plain) = key.open(slot[12..24].try_into().unwrap(), &aad, &mut wrapped)
                {
                    let take = |from: usize| plain[from..from + 32].try_into().unwrap();
                    found.push((take(0), take(32), take(64)));
                }
            }
        }
    }
    found
}

#[test]
fn an_erased_payload_cannot_be_read_from_any_file_with_the_top_key_at_hand() {
    let (folder, store) = fresh(small());
    let (data, keys) = folders(&folder);
    let secret = b"Jansen, geboren op 1 april";
    for second in 0..40 {
        store
            .journal
            .append(vec![with_body(
                second,
                if second == 21 { secret } else { b"another" },
            )])
            .unwrap();
    }
    let record = store.journal.read(Position(21)).unwrap();
    let part = record.part(PartKind::Body).unwrap().clone();
    let place = usize::try_from(part.offset).unwrap();
    let part_file = data.join(format!("parts/{:010}.parts", part.segment));
    let sealed = fs::read(&part_file).unwrap()
        [place..place + usize::try_from(part.length).unwrap()]
        .to_vec();
    let top = Secret::from_slice(&fs::read(keys.join("top.key")).unwrap()).unwrap();
    let opens = |files: &[(PathBuf, Vec<u8>)], top: &Secret| {
        keys_within_reach(top, files)
            .iter()
            .filter_map(|(content, _, salt)| {
                open_part(&Secret(*content), salt, PartKind::Body, sealed.clone())
            })
            .collect::<Vec<_>>()
    };
    // The search finds it as long as it is there, so it can fail.
    assert_eq!(opens(&everything(&data), &top), [secret.to_vec()]);
    let content = keys_within_reach(&top, &everything(&data))
        .into_iter()
        .map(|(content, ..)| content);
    let content: Vec<[u8; 32]> = content
        .filter(|key| open_part(&Secret(*key), &[0; 32], PartKind::Body, sealed.clone()).is_none())
        .collect();
    assert_eq!(content.len(), 40);

    store.journal.append(vec![erasing(21)]).unwrap();
    store.journal.carry_out_erasures().unwrap();
    let after = everything(folder.path());
    assert!(opens(&after, &top).is_empty());
    assert_eq!(
        keys_within_reach(&top, &after).len(),
        41,
        "the others are still there, and the erasing record's"
    );
    for (path, bytes) in &after {
        assert!(
            !bytes.windows(secret.len()).any(|window| window == secret),
            "{}",
            path.display()
        );
        assert!(
            !bytes.windows(sealed.len()).any(|window| window == sealed),
            "{}",
            path.display()
        );
    }

    // A new top key leaves nothing that the old one opens.
    store.journal.change_top_key().unwrap();
    assert!(keys_within_reach(&top, &everything(folder.path())).is_empty());
    let new = Secret::from_slice(&fs::read(keys.join("top.key")).unwrap()).unwrap();
    assert_eq!(keys_within_reach(&new, &everything(&data)).len(), 41);
    store.close().unwrap();
    let store = Embedded::open(&data, &keys, small(), at(100)).unwrap();
    assert_eq!(
        store.journal.part(&record, PartKind::Body).unwrap(),
        Some(Part::Erased)
    );
    let other = store.journal.read(Position(20)).unwrap();
    assert_eq!(
        store.journal.part(&other, PartKind::Body).unwrap(),
        Some(Part::Whole(b"another".to_vec()))
    );
}

/// Files of a folder that this process holds open although they have no name any more.
fn deleted_and_open(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir("/proc/self/fd")
        .unwrap()
        .filter_map(|fd| fs::read_link(fd.unwrap().path()).ok())
        .filter(|path| path.starts_with(folder) && path.to_string_lossy().ends_with(" (deleted)"))
        .collect()
}

#[test]
fn no_file_that_was_written_anew_without_erased_keys_stays_open() {
    let (folder, store) = fresh(small());
    let data = folders(&folder).0.canonicalize().unwrap();
    for second in 0..40 {
        store
            .journal
            .append(vec![with_body(second, b"body")])
            .unwrap();
    }
    // The search finds what it looks for.
    let path = data.join("keys/probe-of-the-test");
    let open = fs::File::create(&path).unwrap();
    fs::remove_file(&path).unwrap();
    assert_eq!(deleted_and_open(&data).len(), 1);
    drop(open);
    // Read before, so that the segments are open; and read after, so that what is in their place is.
    for erased in [3, 4, 21] {
        for position in 0..40 {
            let record = store.journal.read(Position(position)).unwrap();
            store.journal.part(&record, PartKind::Body).unwrap();
        }
        store.journal.append(vec![erasing(erased)]).unwrap();
        store.journal.carry_out_erasures().unwrap();
        assert_eq!(deleted_and_open(&data), Vec::<PathBuf>::new());
    }
}

#[test]
fn what_a_durable_record_erases_is_read_by_nobody_before_and_after_it_is_carried_out_and_a_restart()
{
    let disk = SimulatedDisk::new();
    layout(&disk).create(&[], &small()).unwrap();
    // Nothing carries out erasures of this journal but the calls below.
    let journal = open(&disk, small()).unwrap();
    for second in 0..40 {
        journal.append(vec![with_body(second, b"body")]).unwrap();
    }
    let read = |journal: &EmbeddedJournal, position| {
        let record = journal.read(Position(position)).unwrap();
        journal.part(&record, PartKind::Body).unwrap().unwrap()
    };
    let whole = Part::Whole(b"body".to_vec());
    let written_anew = |disk: &SimulatedDisk| {
        let name = format!("/data/keys/{}", name_of(Position(0)));
        disk.contents()[Path::new(&name)].clone()
    };
    let before = written_anew(&disk);
    disk.take_steps();
    for position in [3, 5, 7] {
        journal.append(vec![erasing(position)]).unwrap();
        assert_eq!(read(&journal, position), Part::Erased);
    }
    assert_eq!(read(&journal, 4), whole);
    assert_eq!(written_anew(&disk), before, "nobody waited for it");
    journal.carry_out_erasures().unwrap();
    assert_ne!(written_anew(&disk), before);
    let renamed = disk
        .take_steps()
        .iter()
        .filter(|step| matches!(step, Step::Named(Named::Renamed(..))))
        .count();
    assert_eq!(renamed, 1, "three erasures of one segment are one rewrite");
    assert_eq!(
        [3, 5, 7].map(|at| read(&journal, at)),
        [(); 3].map(|()| Part::Erased)
    );

    journal.append(vec![erasing(9)]).unwrap();
    drop(journal);
    let journal = open(&disk, small()).unwrap();
    assert_eq!(
        [9, 7].map(|at| read(&journal, at)),
        [(); 2].map(|()| Part::Erased)
    );
    assert_eq!(read(&journal, 4), whole);
}

#[test]
fn erasures_are_carried_out_without_being_asked_for() {
    let (folder, store) = fresh(small());
    let (data, keys) = folders(&folder);
    for second in 0..40 {
        store
            .journal
            .append(vec![with_body(second, b"body")])
            .unwrap();
    }
    let top = Secret::from_slice(&fs::read(keys.join("top.key")).unwrap()).unwrap();
    let within_reach = || keys_within_reach(&top, &everything(&data.join("keys"))).len();
    assert_eq!(within_reach(), 40);
    store.journal.append(vec![erasing(3)]).unwrap();
    // The erased slot still opens, with zeros where the content key was.
    let content = || {
        keys_within_reach(&top, &everything(&data.join("keys")))
            .iter()
            .filter(|(content, ..)| *content != [0; 32])
            .count()
    };
    let begun = std::time::Instant::now();
    while content() != 40 && begun.elapsed().as_secs() < 60 {
        std::thread::yield_now();
    }
    assert_eq!(content(), 40, "the 39 others and the erasing record's");
}
