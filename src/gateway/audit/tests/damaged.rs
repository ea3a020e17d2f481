//! What is damaged is told, and what stands behind it is told all the same.

use std::collections::BTreeSet;
use std::sync::Mutex;

use knooppunt_proof::Salt;

use super::*;
use crate::store::{Appended, Entry, Journal, Part, PartKind, Record, StoreError};

/// A journal of which some records cannot be read any more.
#[derive(Debug)]
pub(super) struct Spoiled {
    pub(super) under: Arc<dyn Journal>,
    pub(super) bad: Mutex<BTreeSet<u64>>,
}

impl Spoiled {
    pub(super) fn spoil(&self, position: u64) {
        self.bad.lock().expect("nobody panics").insert(position);
    }
}

impl Journal for Spoiled {
    fn append(&self, group: Vec<Entry>) -> Result<Vec<Appended>, StoreError> {
        self.under.append(group)
    }
    fn next(&self) -> Position {
        self.under.next()
    }
    fn read(&self, position: Position) -> Result<Record, StoreError> {
        if self
            .bad
            .lock()
            .expect("nobody panics")
            .contains(&position.0)
        {
            return Err(StoreError::Damage {
                file: "journal".to_owned(),
                position: Some(position),
                what: "spoiled",
            });
        }
        self.under.read(position)
    }
    fn read_from(&self, position: Position, limit: usize) -> Result<Vec<Record>, StoreError> {
        self.under.read_from(position, limit)
    }
    fn salt(&self, position: Position) -> Result<Option<Salt>, StoreError> {
        self.under.salt(position)
    }
    fn part(&self, record: &Record, kind: PartKind) -> Result<Option<Part>, StoreError> {
        self.under.part(record, kind)
    }
    fn probe(&self) -> Result<(), StoreError> {
        self.under.probe()
    }
    fn free_bytes(&self) -> Result<u64, StoreError> {
        self.under.free_bytes()
    }
}

#[test]
fn a_look_whose_record_is_damaged_is_told_by_its_position_and_ends_no_page() {
    run(async {
        let world = World::of(&[ONE]).await;
        let narrow = world.caller("narrow");
        let mut positions = Vec::new();
        for _ in 0..LOOKS_MAX + 5 {
            let answer = world.audit.search(&narrow, purpose()).await;
            positions.push(answer.expect("found").look);
        }
        positions.reverse();
        world.journal.spoil(positions[0]);
        world.journal.spoil(positions[50]);
        let caller = world.caller("a");
        let first = world.audit.looks(&caller, None).await.expect("looks");
        assert_eq!(first.damaged, [positions[0], positions[50]]);
        assert_eq!(first.looks.len(), LOOKS_MAX - 2);
        assert_eq!(first.next, Some(positions[LOOKS_MAX - 1]));
        let second = world.audit.looks(&caller, first.next).await.expect("looks");
        let told: Vec<u64> = second.looks.iter().map(|seen| seen.look.position).collect();
        assert_eq!(told, positions[LOOKS_MAX..]);
        assert_eq!((second.damaged.len(), second.next), (0, None));
    });
}
