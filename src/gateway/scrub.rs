//! The slow scrub: while the gateway runs every record is read again once a week, with its keys and its parts, so that damage of old files shows while
//! there is still a backup that has them whole. What it finds is named, by file and record, in health, in the log and as a figure, until the record is read
//! whole again, by its next round or by `knooppunt store check` ([`checked`]); it repairs nothing and stops nothing.
//!
//! It reads a little at each step, as much as the time since the step before asks for, and does not catch up after a rest. Where it is stands in the data
//! folder. `knooppunt store check` reads more (heads of segments, what stands between parts), but wants the gateway stopped.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::store::{Journal, Position, StoreError};

/// Its file in the data folder.
const FILE: &str = "scrub";
/// The version of that file.
const VERSION: u8 = 1;
/// Most damaged records that are kept by name; the rest is counted.
const NAMED_MAX: usize = 1_000;
/// The longest time that one step makes up for: there is one every ten seconds, and after a machine was asleep no more than this is read at once.
const REST_MAX: SignedDuration = SignedDuration::from_mins(1);
/// Bytes of parts after which a step ends; the next one goes on.
const STEP_BYTES: u64 = 64 << 20;

crate::settings! {
    /// The slow scrub: everything stored is read again, a little at a time.
    pub struct ScrubSettings {
        /// Days in which everything is read once; 0 for never.
        pub round_d: u32 = 7,
    }
}

/// Where the scrub is, as it stands in its file (JSON).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    version: u8,
    /// The record that is read next.
    next: u64,
    /// Rounds that came to their end.
    rounds: u64,
    /// When the step before was; the next one makes up for the time since.
    stepped: Timestamp,
    /// Damaged records, with file and what is wrong: as long as they are not read whole again.
    damaged: BTreeMap<u64, String>,
    /// Damaged records of this round that are not in the list, and of the round before.
    more: [u64; 2],
}

/// Reads everything again, a little at a time.
pub struct Scrub {
    journal: Arc<dyn Journal>,
    clock: Arc<dyn Clock>,
    settings: ScrubSettings,
    file: PathBuf,
    step_bytes: u64,
    place: Mutex<Place>,
}

impl fmt::Debug for Scrub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scrub")
            .field("place", &*self.place())
            .finish_non_exhaustive()
    }
}

impl Scrub {
    /// Goes on where the file in this data folder says; begins anew when there is none that can be read.
    pub fn open(
        journal: Arc<dyn Journal>,
        clock: Arc<dyn Clock>,
        settings: ScrubSettings,
        folder: &Path,
    ) -> Self {
        let file = folder.join(FILE);
        let known = read(&file);
        let mut place = known.unwrap_or_else(|| Place {
            version: VERSION,
            next: 0,
            rounds: 0,
            stepped: clock.now(),
            damaged: BTreeMap::new(),
            more: [0; 2],
        });
        // Of a journal that was taken from a backup it may know records that are not there.
        let records = journal.next().0;
        place.damaged.retain(|record, _| *record < records);
        Self {
            journal,
            clock,
            settings,
            file,
            step_bytes: STEP_BYTES,
            place: Mutex::new(place),
        }
    }

    /// Reads as many records as the time since the step before asks for; none when the scrub is off. Blocks. Gives how many it read.
    pub fn step(&self) -> u64 {
        let now = self.clock.now();
        let records = self.journal.next().0;
        let mut place = self.place().clone();
        let rested = now.duration_since(place.stepped);
        if rested.is_negative() {
            // The clock went back: the time before is not made up for.
            self.place().stepped = now;
            return 0;
        }
        let (owed, until) = self.owed(records, place.stepped, rested);
        if owed == 0 {
            return 0;
        }
        if place.next >= records {
            place.next = 0;
        }
        let (mut read, mut bytes) = (0, 0);
        while read < owed && bytes < self.step_bytes {
            bytes += self.look(&mut place);
            read += 1;
            if place.next >= records {
                place.next = 0;
                place.rounds += 1;
                place.more = [0, place.more[0]];
            }
        }
        place.stepped = if read == owed {
            until
        } else {
            place.stepped + self.asked_for(records, read)
        };
        self.keep(&place);
        *self.place() = place;
        read
    }

    /// How many of so many records are to be read after so much time, at most one whole round, and until when that makes up for it.
    fn owed(&self, records: u64, stepped: Timestamp, rested: SignedDuration) -> (u64, Timestamp) {
        let round_ms = self.round_ms();
        if round_ms == 0 || records == 0 {
            return (0, stepped);
        }
        let whole = i128::from(records);
        let of = |time: SignedDuration| {
            let records = (whole * time.as_millis() / round_ms).min(whole);
            u64::try_from(records).unwrap_or(0)
        };
        let (owed, most) = (of(rested), of(REST_MAX).max(1));
        if owed > most {
            // A rest is not made up for.
            (most, stepped + rested)
        } else {
            (owed, stepped + self.asked_for(records, owed))
        }
    }

    /// The time that asks for so many of so many records.
    fn asked_for(&self, records: u64, read: u64) -> SignedDuration {
        let ms = self.round_ms() * i128::from(read) / i128::from(records.max(1));
        SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX))
    }

    fn round_ms(&self) -> i128 {
        i128::from(self.settings.round_d) * 24 * 3600 * 1000
    }

    /// Reads the next record; gives the bytes of its parts.
    fn look(&self, place: &mut Place) -> u64 {
        let record = place.next;
        place.next += 1;
        match self.journal.verify(Position(record)) {
            Ok(bytes) => {
                if place.damaged.remove(&record).is_some() {
                    tracing::info!(record, "a record that was damaged is whole again");
                }
                return bytes;
            }
            // The process ends, and with it this.
            Err(StoreError::Ended) => {}
            // Nothing was read, so nothing is known of it: the next round reads it.
            Err(error @ StoreError::Io { .. }) => {
                tracing::warn!(code = error.code(), record, %error, "the scrub could not read a record");
            }
            Err(error) => {
                let named = error.to_string();
                if place.damaged.get(&record) == Some(&named) {
                    return 0;
                }
                tracing::error!(
                    code = error.code(), record, %error,
                    "the scrub found damage: the others are served; take the file from a backup, see `knooppunt store check`"
                );
                if place.damaged.len() < NAMED_MAX || place.damaged.contains_key(&record) {
                    place.damaged.insert(record, named);
                } else {
                    place.more[0] += 1;
                }
            }
        }
        0
    }

    /// Writes where it is. When that cannot be done a start goes on from where it was written last.
    fn keep(&self, place: &Place) {
        if let Err(error) = write(&self.file, place) {
            tracing::warn!(%error, "where the scrub is could not be written");
        }
    }

    /// What health says: well as long as everything that was read was as it was written.
    /// `Err`: what was not, with the file and the record of the first.
    pub fn health(&self) -> Result<String, String> {
        let place = self.place();
        if let Some((record, named)) = place.damaged.first_key_value() {
            return Err(format!(
                "{} damaged records, the first is {record}: {named}; take the file from a backup, see `knooppunt store check`",
                damaged(&place)
            ));
        }
        Ok(if self.settings.round_d == 0 {
            "off".to_owned()
        } else {
            format!(
                "at record {} of {}, after {} whole rounds",
                place.next,
                self.journal.next().0,
                place.rounds
            )
        })
    }

    /// The record that is read next.
    pub fn position(&self) -> u64 {
        self.place().next
    }

    /// How many records were found damaged and were not read whole again.
    pub fn damaged(&self) -> u64 {
        damaged(&self.place())
    }

    fn place(&self) -> MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes over what a check of everything found in this data folder, while no gateway has it open: the damaged records with what is wrong. What was damaged and
/// is not among them is whole again, so health does not wait for the next round. Err: it could not be written.
pub(crate) fn checked(
    folder: &Path,
    found: impl IntoIterator<Item = (Position, String)>,
) -> io::Result<()> {
    let file = folder.join(FILE);
    // Without a file there is nothing to be taken back, and a scrub that begins anew finds what there is.
    let Some(before) = read(&file) else {
        return Ok(());
    };
    let mut place = Place {
        damaged: BTreeMap::new(),
        more: [0; 2],
        ..before.clone()
    };
    for (Position(record), named) in found {
        if place.damaged.len() < NAMED_MAX || place.damaged.contains_key(&record) {
            place.damaged.entry(record).or_insert(named);
        } else {
            place.more[0] += 1;
        }
    }
    if place == before {
        Ok(())
    } else {
        write(&file, &place)
    }
}

/// What the file says; `None` when there is none that can be read.
fn read(file: &Path) -> Option<Place> {
    let place: Place = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
    (place.version == VERSION).then_some(place)
}

/// Durable when it returns: what is known to be damaged is not forgotten when the power fails.
fn write(file: &Path, place: &Place) -> io::Result<()> {
    let new = file.with_extension("new");
    let mut out = fs::File::create(&new)?;
    out.write_all(&serde_json::to_vec(place)?)?;
    out.sync_all()?;
    fs::rename(&new, file)?;
    match file.parent() {
        Some(folder) => fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

fn damaged(place: &Place) -> u64 {
    place.damaged.len() as u64 + place.more[0].max(place.more[1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use crate::store::embedded::Options;
    use crate::store::{Embedded, Entry, KeyId, KeyKind, PartKind};

    /// Written by version 1.
    const GOLDEN: &str = include_str!("../../tests/golden/scrub-1.json");

    const RECORDS: u64 = 400;
    const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

    struct World {
        folder: tempfile::TempDir,
        clock: ManualClock,
        store: Option<Embedded>,
    }

    impl World {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let clock = ManualClock::at("2026-03-01T12:00:00Z".parse().unwrap());
            let (data, keys) = (folder.path().join("data"), folder.path().join("keys"));
            let store = Embedded::create(&data, &keys, &[], options(), clock.now()).unwrap();
            let entry = |number: u64| Entry {
                time: clock.now(),
                event: b"an event".to_vec(),
                // Every fourth is a fact without parts.
                parts: if number.is_multiple_of(4) {
                    Vec::new()
                } else {
                    vec![
                        (PartKind::Body, vec![7; 300]),
                        (PartKind::Effect, vec![8; 50]),
                    ]
                },
                erases: Vec::new(),
            };
            // In small groups, so that they fill several segments.
            for group in 0..RECORDS / 10 {
                let entries = (group * 10..(group + 1) * 10).map(entry);
                store.journal.append(entries.collect()).unwrap();
            }
            Self {
                folder,
                clock,
                store: Some(store),
            }
        }

        fn data(&self) -> PathBuf {
            self.folder.path().join("data")
        }

        fn store(&self) -> &Embedded {
            self.store.as_ref().unwrap()
        }

        fn scrub(&self, round_d: u32) -> Scrub {
            Scrub::open(
                Arc::clone(&self.store().journal) as _,
                Arc::new(self.clock.clone()),
                ScrubSettings { round_d },
                &self.data(),
            )
        }

        fn again(&mut self) {
            self.store.take().unwrap().close().unwrap();
            let keys = self.folder.path().join("keys");
            let store = Embedded::open(&self.data(), &keys, options(), self.clock.now());
            self.store = Some(store.unwrap());
        }

        /// Changes one bit of a file.
        fn flip(&self, name: &str, at: u64) {
            use std::os::unix::fs::FileExt as _;
            let file = fs::File::options()
                .read(true)
                .write(true)
                .open(self.data().join(name))
                .unwrap();
            let mut byte = [0];
            file.read_exact_at(&mut byte, at).unwrap();
            file.write_all_at(&[byte[0] ^ 1], at).unwrap();
        }
    }

    fn options() -> Options {
        Options {
            journal_segment_bytes: 16 << 10,
            part_segment_bytes: 16 << 10,
            key_slots: 64,
            reserve_bytes: 0,
            views_reserve_bytes: 0,
            ..Options::default()
        }
    }

    /// Steps every ten minutes for so long; how many records were read.
    fn for_a_time(world: &World, scrub: &Scrub, time: SignedDuration) -> u64 {
        let mut read = 0;
        for _ in 0..time.as_secs() / 600 {
            world.clock.advance(SignedDuration::from_secs(600));
            let step = scrub.step();
            assert!(step <= 3, "a few at a time");
            read += step;
        }
        read
    }

    #[test]
    fn in_a_week_everything_is_read_once_in_small_steps() {
        let world = World::new();
        let scrub = world.scrub(7);
        let read = for_a_time(&world, &scrub, WEEK);
        assert_eq!((read, scrub.damaged()), (RECORDS, 0));
        assert!(scrub.health().unwrap().contains("after 1 whole rounds"));
        let read = for_a_time(&world, &scrub, WEEK / 2);
        assert_eq!((read, scrub.position()), (RECORDS / 2, RECORDS / 2));
    }

    #[test]
    fn one_flipped_bit_of_journal_parts_or_keys_is_named_with_file_and_record_and_kept_over_a_start()
     {
        for folder in ["journal", "parts", "keys"] {
            let mut world = World::new();
            // An older file of the folder, which no open looks into.
            let mut names: Vec<String> = fs::read_dir(world.data().join(folder))
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .filter(|name| name.bytes().any(|byte| byte.is_ascii_digit()))
                .filter(|name| !name.contains("index"))
                .collect();
            names.sort();
            let name = format!("{folder}/{}", names[0]);
            let middle = fs::metadata(world.data().join(&name)).unwrap().len() / 2;
            world.flip(&name, middle);
            let scrub = world.scrub(7);
            for_a_time(&world, &scrub, WEEK + SignedDuration::from_hours(12));
            let said = scrub.health().unwrap_err();
            assert!(said.contains(folder), "{said}");
            let found = scrub.place().damaged.clone();
            assert_eq!(found.len() as u64, scrub.damaged());
            for (record, named) in &found {
                assert!(named.contains(&record.to_string()), "{named}");
                assert!(named.contains(&format!("{folder}/")), "{named}");
            }
            let at = scrub.position();
            drop(scrub);
            world.again();
            let scrub = world.scrub(7);
            assert_eq!((scrub.position(), scrub.health()), (at, Err(said)));
            // Repaired, it is forgotten when it is read again.
            world.flip(&name, middle);
            for_a_time(&world, &scrub, WEEK);
            assert_eq!(scrub.damaged(), 0, "{folder}");
        }
    }

    #[test]
    fn what_was_erased_is_no_damage() {
        let world = World::new();
        let erases = [KeyKind::Content, KeyKind::Effect].map(|kind| KeyId {
            position: Position(5),
            kind,
        });
        let entry = Entry {
            time: world.clock.now(),
            event: b"erased".to_vec(),
            parts: Vec::new(),
            erases: erases.to_vec(),
        };
        world.store().journal.append(vec![entry]).unwrap();
        let scrub = world.scrub(1);
        for_a_time(&world, &scrub, WEEK / 2);
        assert!(scrub.place().rounds > 0);
        assert_eq!(scrub.damaged(), 0);
    }

    #[test]
    fn after_a_long_rest_it_does_not_catch_up_and_a_clock_that_goes_back_does_not_stop_it() {
        let world = World::new();
        let scrub = world.scrub(1);
        world.clock.advance(WEEK);
        assert_eq!(scrub.step(), 1, "no more than a minute's worth");
        world.clock.advance(-WEEK);
        assert_eq!(scrub.step(), 0);
        world.clock.advance(SignedDuration::from_mins(10));
        assert!(scrub.step() > 0);
    }

    #[test]
    fn large_parts_are_read_over_several_steps_and_none_is_left_out() {
        let world = World::new();
        let fact = |_| Entry {
            time: world.clock.now(),
            event: b"an event".to_vec(),
            parts: Vec::new(),
            erases: Vec::new(),
        };
        // Six records a minute, read from those with parts on.
        for _ in 0..8 {
            let group = (0..1_030).map(fact).collect();
            world.store().journal.append(group).unwrap();
        }
        assert_eq!(world.store().journal.next(), Position(6 * 60 * 24));
        let scrub = Scrub {
            step_bytes: 1_000,
            ..world.scrub(1)
        };
        world.clock.advance(SignedDuration::from_mins(1));
        let mut steps = vec![scrub.step()];
        while steps.last() != Some(&0) {
            steps.push(scrub.step());
        }
        assert!(steps.len() > 2, "{steps:?}");
        assert_eq!(steps.iter().sum::<u64>(), 6, "{steps:?}");
        assert_eq!(scrub.position(), 6);
    }

    #[test]
    fn what_a_check_finds_whole_is_damaged_no_more_and_what_it_finds_is_known() {
        let world = World::new();
        let file = world.data().join(FILE);
        checked(&world.data(), [(Position(3), "bad".to_owned())]).unwrap();
        assert!(!file.exists(), "a scrub that begins finds it itself");
        let known = || world.scrub(7).place().damaged.clone();
        fs::write(&file, GOLDEN).unwrap();
        assert_eq!(known().keys().copied().collect::<Vec<_>>(), [7]);
        checked(&world.data(), [(Position(3), "bad".to_owned())]).unwrap();
        assert_eq!(known(), BTreeMap::from([(3, "bad".to_owned())]));
        assert_eq!(
            world.scrub(7).damaged(),
            1,
            "what was counted is known by now"
        );
        checked(&world.data(), []).unwrap();
        assert!(world.scrub(7).health().is_ok());
        assert_eq!(world.scrub(7).position(), 123, "it goes on where it was");
    }

    #[test]
    fn what_is_past_the_end_of_a_journal_from_a_backup_is_no_damage() {
        let world = World::new();
        let place = GOLDEN.replace("123", "9000").replace("\"7\"", "\"8000\"");
        fs::write(world.data().join(FILE), place).unwrap();
        let scrub = world.scrub(7);
        assert_eq!(scrub.place().damaged, BTreeMap::new());
        for_a_time(&world, &scrub, WEEK / 7);
        assert!(scrub.position() < RECORDS);
        assert_eq!(scrub.place().damaged, BTreeMap::new());
    }

    #[test]
    fn with_a_round_of_0_days_nothing_is_read() {
        let world = World::new();
        let scrub = world.scrub(0);
        world.clock.advance(WEEK);
        assert_eq!(scrub.step(), 0);
        assert_eq!(scrub.health(), Ok("off".to_owned()));
    }

    #[test]
    fn a_file_of_version_1_is_read_and_written_as_ever_and_one_that_is_none_begins_anew() {
        let world = World::new();
        let file = world.data().join(FILE);
        fs::write(&file, GOLDEN).unwrap();
        let scrub = world.scrub(7);
        assert_eq!((scrub.position(), scrub.damaged()), (123, 3));
        let place = scrub.place().clone();
        scrub.keep(&place);
        assert_eq!(fs::read_to_string(&file).unwrap(), GOLDEN.trim());
        for other in [
            "{",
            "{\"version\":2}",
            &GOLDEN.replace("\"version\":1", "\"version\":2"),
        ] {
            fs::write(&file, other).unwrap();
            assert_eq!(world.scrub(7).position(), 0);
        }
    }
}
