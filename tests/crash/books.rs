//! What the clients know, and how the gateway is held against it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard};

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use crate::messages::{self, Envelope, Law};
use crate::site::{CODES_EACH, Site};

pub(crate) const MUNICIPALITIES: usize = 3;

const RETOUR: &str = include_str!("../../conformance/messages/ijw/JW302/plain/message.xml");

/// What the clients know. Keys are SHA-256 of bodies, hexadecimal.
#[derive(Debug, Default)]
pub(crate) struct Books {
    /// Acknowledged to the sender: id and position.
    pub(crate) taken: BTreeMap<String, Taken>,
    /// Sent, and no answer came.
    pub(crate) under_way: BTreeMap<String, Sent>,
    /// Ids whose acknowledgement by the reader was answered.
    pub(crate) read: BTreeSet<String>,
    /// Ids whose acknowledgement by the reader may or may not have arrived.
    pub(crate) perhaps_read: BTreeSet<String>,
    /// Ids whose content somebody was told is erased.
    pub(crate) erased: BTreeSet<String>,
    /// How often a message with a mistake was refused, other bytes under an identity that is taken, and the same again got its first answer.
    pub(crate) mistakes: u64,
    pub(crate) conflicts: u64,
    pub(crate) repeats: u64,
}

pub(crate) fn held<T>(books: &Mutex<T>) -> MutexGuard<'_, T> {
    books.lock().expect("no panic under the lock")
}

/// What a sender was told of a message.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) id: String,
    pub(crate) position: u64,
    pub(crate) sent: Sent,
}

/// A message that waits.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) hash: String,
    pub(crate) id: String,
    pub(crate) position: u64,
}

/// Enough to make the body again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) provider: usize,
    pub(crate) sequence: u64,
}

impl Sent {
    pub(crate) fn party(&self) -> String {
        format!("aanbieder-{}", self.provider)
    }

    fn code(&self) -> usize {
        usize::try_from(self.sequence).expect("small") % CODES_EACH
    }

    fn municipality(&self) -> usize {
        usize::try_from(self.sequence).expect("small") / CODES_EACH % MUNICIPALITIES
    }

    /// Whether it is an answer to what the gateway does not know: its content is erased as soon as it is acknowledged, since nothing is still to come.
    pub(crate) fn is_answer(&self) -> bool {
        self.sequence % 4 == 2
    }

    /// Whether it is handed in with a mistake first, which must leave its identity free.
    pub(crate) fn has_mistake_first(&self) -> bool {
        self.sequence % 8 == 1
    }

    /// Whether other bytes under its identity come after it.
    pub(crate) fn has_conflict_after(&self) -> bool {
        self.sequence % 8 == 3
    }

    /// Whether it is handed in again.
    pub(crate) fn has_repeat_after(&self) -> bool {
        self.sequence % 4 == 2
    }

    pub(crate) fn body(&self) -> Bytes {
        let (gemeente, aanbieder) = (
            Site::gemeente(self.municipality()),
            Site::agb(self.provider, self.code()),
        );
        let identificatie = format!("{:012}", self.sequence);
        if self.is_answer() {
            let text = RETOUR
                .replace(">0289<", &format!(">{gemeente}<"))
                .replace(">98980001<", &format!(">{aanbieder}<"))
                .replace(">R260301<", &format!(">{identificatie}<"));
            return Bytes::from(text);
        }
        let envelope = Envelope {
            gemeente: &gemeente,
            aanbieder: &aanbieder,
            identificatie: &identificatie,
        };
        // Mostly small ones; now and then one that takes the lane of large bodies.
        let lines = if self.sequence % 97 == 13 {
            1_500
        } else {
            1 + u32::try_from(self.sequence % 5).expect("small")
        };
        let law = if self.sequence.is_multiple_of(2) {
            Law::Jw
        } else {
            Law::Wmo
        };
        Bytes::from(messages::declaratie(law, envelope, lines))
    }

    /// The same without an element that must be there.
    pub(crate) fn with_mistake(&self) -> Bytes {
        let body = self.body();
        let text = std::str::from_utf8(&body).expect("text");
        let lines = text
            .lines()
            .filter(|line| !line.contains("BerichtSubversie"));
        Bytes::from(lines.collect::<Vec<_>>().join("\n"))
    }

    /// As good a message under the same identity, of other bytes.
    pub(crate) fn with_other_bytes(&self) -> Bytes {
        Bytes::from([&self.body()[..], b"\n<!-- -->\n"].concat())
    }
}

impl Books {
    /// A sender was told that his message is taken, now or before.
    pub(crate) fn note(&mut self, sent: Sent, answer: &[u8]) {
        let answer: serde_json::Value = serde_json::from_slice(answer).expect("JSON");
        let id = answer["id"].as_str().expect("an id").to_owned();
        let position = answer["position"].as_u64().expect("a position");
        let hash = sha256(&sent.body());
        self.under_way.remove(&hash);
        if let Some(first) = self.taken.get(&hash) {
            assert_eq!(
                (&first.id, first.position),
                (&id, position),
                "one identity, one id, one position"
            );
            self.repeats += 1;
            return;
        }
        self.taken.insert(hash, Taken { id, position, sent });
    }

    /// Holds everything that waits against what was told.
    pub(crate) fn hold_against(&self, waiting: &[Waiting]) {
        let mut found = BTreeSet::new();
        let mut last_of_pair: BTreeMap<(usize, usize, usize), u64> = BTreeMap::new();
        let mut before = None;
        for Waiting { hash, id, position } in waiting {
            let taken = self.taken.get(hash).unwrap_or_else(|| {
                panic!("message {id} waits, but nobody was told it was taken: it was refused, or is nobody's")
            });
            assert_eq!(
                (&taken.id, taken.position),
                (id, *position),
                "one identity, one id, one position"
            );
            assert!(found.insert(id.clone()), "message {id} waits twice");
            assert!(
                !self.read.contains(id),
                "message {id} was acknowledged by its reader and waits again"
            );
            assert!(
                before.is_none_or(|before| before < *position),
                "oldest first"
            );
            before = Some(*position);
            let Sent { provider, sequence } = taken.sent;
            let pair = (provider, taken.sent.code(), taken.sent.municipality());
            let last = last_of_pair.insert(pair, sequence);
            assert!(
                last.is_none_or(|last| last < sequence),
                "order of a pair of parties: {last:?} then {sequence}"
            );
        }
        for Taken { id, .. } in self.taken.values() {
            let may_be_gone = self.read.contains(id) || self.perhaps_read.contains(id);
            assert!(
                may_be_gone || found.contains(id),
                "message {id} was acknowledged to its sender and is lost"
            );
        }
    }

    /// Messages that are surely or perhaps read, or surely not.
    pub(crate) fn of(&self, is_read: impl Fn(bool, bool) -> bool) -> Vec<Taken> {
        let wanted = self.taken.values().filter(|taken| {
            let id = &taken.id;
            is_read(self.read.contains(id), self.perhaps_read.contains(id))
        });
        wanted.cloned().collect()
    }

    /// The last message of each sender.
    pub(crate) fn last_of_each(&self) -> Vec<Taken> {
        let mut last: BTreeMap<usize, Taken> = BTreeMap::new();
        for taken in self.taken.values() {
            let of = last.entry(taken.sent.provider).or_insert(taken.clone());
            if of.sent.sequence < taken.sent.sequence {
                *of = taken.clone();
            }
        }
        last.into_values().collect()
    }
}

pub(crate) fn sha256(body: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(body))
}
