//! A store from a copy: every byte of the copy is read first, then it is written into an empty folder (`put_back`), what records say is erased goes, and the
//! whole is checked as a store; a look checks the same and writes nothing. Until all of that is done the folder says that it is being restored, and nobody opens it; a restore that was broken off begins anew.
//!
//! When the copy of the keys is older than that of the journal, the store ends where the keys do, for the parts of later records can be opened by nobody; but
//! what those later records erased is erased.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::cut::Cut;
use super::error::BackupError;
use super::known::Known;
use super::manifest::{Holds, Manifest};
use super::mapped::Mapped;
use super::place::Place;
use super::put_back::{PutBack, punch};
use super::{KeyCopy, Places, RESTORING, log};
use crate::store::embedded::check::{Damage, Names, Progress, Report, check_all};
use crate::store::embedded::files::{Disk, Files, OpenAs};
use crate::store::embedded::journal::judge_clock;
use crate::store::embedded::top::KeyFolder;
use crate::store::embedded::{Layout, Options, frame, segment};
use crate::store::{KeyId, Position, StoreError};

/// What is taken as it is, and which copy is put back.
#[derive(Debug, Clone, Default)]
pub struct Accepted {
    /// Records that somebody knows of may be missing.
    pub loss: bool,
    /// The life of the copy of keys may be over.
    pub expired_keys: bool,
    /// Bytes may not be as they were copied: what can be put back is, and told.
    pub damage: bool,
    /// The copy of keys of this position, instead of the newest.
    pub keys: Option<Position>,
    /// Who else knows of how many records.
    pub known: Vec<Known>,
    /// The log that is kept of the store now.
    pub log: Option<AcceptedLog>,
}

/// The log that is kept of a store, by who sets it.
#[derive(Debug, Clone)]
pub struct AcceptedLog {
    /// Its name.
    pub name: String,
    /// The name of its key among those that the store guards.
    pub key: &'static str,
    /// Whether somebody vouches for it: it signed nothing over more records than are known of.
    pub vouched: bool,
}

/// How the store is opened that is put back.
#[derive(Debug, Clone)]
pub struct Opening {
    /// As by every later open.
    pub options: Options,
    /// The moment.
    pub now: Timestamp,
    /// Read and check everything, and write nothing.
    pub only_look: bool,
}

/// A store that was put back.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Restored {
    /// Every record before it is there.
    pub position: Position,
    /// Chain of the last record.
    pub chain: [u8; 32],
    /// Time of the last record.
    pub time: Option<Timestamp>,
    /// When the copy was made.
    pub made: Timestamp,
    /// The copy of the keys.
    pub keys: KeyCopy,
    /// Records that are known of and are missing.
    pub lost: u64,
    /// Who knows of most.
    pub known_by: Option<Known>,
    /// Time of the first record that is missing, when the copy has it.
    pub lost_from: Option<Timestamp>,
    /// Keys that records erased since the copy of keys was begun, or after it: that was carried out again.
    pub erasures: u64,
    /// Good records.
    pub records: u64,
    /// Good parts that can be read.
    pub parts: u64,
    /// Parts whose key is gone.
    pub parts_erased: u64,
    /// Damage that was accepted.
    pub damages: Vec<Damage>,
    /// Logs that do not go on until it is known that they signed nothing which is not in the copy.
    pub logs_stopped: Vec<String>,
    /// Whether there is something in the data folder, which nothing is put back over. Only a look leaves it there.
    pub in_the_way: bool,
}

/// Puts a copy into an empty (or missing) data folder; the key folder must hold the keys of the store already. `names` says of an event which grounds it
/// names. `Err`: no store is there that anybody opens; what was begun is removed by the next restore.
pub fn restore(
    places: &Places,
    data: &Path,
    keys: &Path,
    opening: Opening,
    accepted: &Accepted,
    names: Names<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Restored, BackupError> {
    let files: Arc<dyn Files> = Arc::new(Disk);
    let layout = Layout::new(&files, data, keys);
    restore_to(&files, places, &layout, opening, accepted, names, progress)
}

/// The same, by whatever files.
pub(in crate::store::embedded) fn restore_to(
    files: &Arc<dyn Files>,
    places: &Places,
    layout: &Layout,
    opening: Opening,
    accepted: &Accepted,
    names: Names<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Restored, BackupError> {
    let (journal, keys) = (
        Place::new(files, &places.journal),
        Place::new(files, &places.keys),
    );
    let _locks = (journal.hold()?, keys.hold()?);
    let found = Found::of(journal, keys, accepted)?;
    let position = found.position();
    let mut restored = found.judge(accepted, opening.now)?;
    let mapped = Mapped::new(
        files,
        &[
            (&found.journal, &found.of_journal),
            (&found.keys, &found.of_keys),
        ],
    );
    let source = mapped.layout(&layout.top);
    if let Some(last) = restored.time {
        judge_clock(last, opening.now)?;
    }
    // Before anything is written: are the keys in the key folder those of this store?
    KeyFolder::open(source.root.clone(), source.top.clone())?.top()?;
    restored.damages = found.read_all(accepted, progress)?;
    let cut = Cut::of(&source, Some(position), None, &BTreeMap::new(), names)?;
    if (cut.position, cut.chain) != (restored.position, restored.chain) {
        return Err(BackupError::OtherStore {
            file: found.keys.shown_of(found.of_keys.position),
        });
    }
    let later = Later::of(&source, found.erased(), position, found.of_journal.position)?;
    (restored.erasures, restored.lost_from) = (later.count, later.first);
    let known = Position(position.0 + restored.lost);
    let logs = log::put_back(&source.root, position, known, accepted.log.as_ref())?;
    restored.logs_stopped = logs.stopped();
    let put_back = PutBack {
        source: &source,
        target: layout,
        cut: &cut,
    };
    if opening.only_look {
        restored.in_the_way = put_back.is_in_the_way()?;
        let report = put_back.look(&mapped, &later, names, progress)?;
        return restored.with(report).sound(accepted);
    }
    let _lock = put_back.begin()?;
    put_back.files()?;
    put_back.marks(found.erased(), &logs)?;
    // Carries out what its own records erase.
    let journal = (layout.clone()).open_as_it_is(opening.options, opening.now)?;
    journal.erase(&later.erases)?;
    punch(&journal, accepted)?;
    journal.close()?;
    let report = check_all(layout.clone(), names, progress)?;
    let restored = restored.with(report).sound(accepted)?;
    // From here on it is a store.
    layout.root.remove(RESTORING)?;
    layout.root.sync()?;
    Ok(restored)
}

impl Restored {
    fn with(mut self, report: Report) -> Self {
        self.damages.extend(report.damages);
        (self.records, self.parts) = (report.records, report.parts);
        self.parts_erased = report.parts_erased;
        self
    }

    fn sound(self, accepted: &Accepted) -> Result<Self, BackupError> {
        if self.damages.is_empty() || accepted.damage {
            return Ok(self);
        }
        Err(BackupError::Damaged {
            damages: self.damages,
        })
    }
}

/// The copies that are put back.
struct Found {
    journal: Place,
    keys: Place,
    of_journal: Manifest,
    of_keys: Manifest,
    /// Who knows of most records.
    known: Option<Known>,
}

impl Found {
    fn of(journal: Place, keys: Place, accepted: &Accepted) -> Result<Found, BackupError> {
        let none = |place: &Place, what| BackupError::NoCopy {
            folder: place.shown(),
            what,
        };
        let of_journal = journal
            .manifest()?
            .ok_or_else(|| none(&journal, "journal and parts"))?;
        let all = keys.manifests()?;
        let mut known: Vec<Known> = accepted.known.clone();
        known.extend(all.iter().map(|(position, _)| Known {
            position: *position,
            by: keys.shown_of(*position),
        }));
        known.push(Known {
            position: of_journal.position,
            by: journal.shown(),
        });
        let there: Vec<String> = all.iter().map(|(at, _)| at.to_string()).collect();
        // The one that was made with the journal, if nothing else is said: a later one belongs to a copy that did not come to its end.
        let wanted = accepted.keys;
        let chosen = all
            .into_iter()
            .filter(|(position, _)| wanted.is_none_or(|wanted| *position == wanted))
            .max_by_key(|(position, _)| {
                let later = *position > of_journal.position;
                (
                    !later,
                    if later {
                        u64::MAX - position.0
                    } else {
                        position.0
                    },
                )
            });
        let of_keys = match (chosen, wanted) {
            (Some((_, copy)), _) => copy?,
            (None, Some(position)) => {
                return Err(BackupError::NoSuchKeys {
                    folder: keys.shown(),
                    position,
                    there: there.join(", "),
                });
            }
            (None, None) => return Err(none(&keys, "keys")),
        };
        if of_keys.store != of_journal.store {
            return Err(BackupError::OtherStore {
                file: keys.shown_of(of_keys.position),
            });
        }
        Ok(Found {
            journal,
            keys,
            of_journal,
            of_keys,
            known: known.into_iter().max_by_key(|known| known.position),
        })
    }

    /// How far both go.
    fn position(&self) -> Position {
        self.of_journal.position.min(self.of_keys.position)
    }

    /// Erasures of all records before it were carried out in the copy of the keys.
    fn erased(&self) -> Position {
        match self.of_keys.holds {
            Holds::Keys { erased, .. } => erased.min(self.position()),
            Holds::Journal => Position(0),
        }
    }

    /// What will come of it, before a byte is read. Err: the keys have expired, or records would be lost, and nobody said that this may be.
    fn judge(&self, accepted: &Accepted, now: Timestamp) -> Result<Restored, BackupError> {
        let keys = KeyCopy::of(&self.of_keys);
        if keys.expires <= now && !accepted.expired_keys {
            let KeyCopy {
                position,
                made,
                expires,
            } = keys;
            return Err(BackupError::Expired {
                position,
                made,
                expires,
            });
        }
        let position = self.position();
        let ends_there = if position == self.of_journal.position {
            &self.of_journal
        } else {
            &self.of_keys
        };
        let known = self.known.as_ref().map_or(position, |known| known.position);
        let lost = known.0.saturating_sub(position.0);
        let known_by = self.known.clone().filter(|_| lost > 0);
        if let Some(known) = known_by.clone().filter(|_| !accepted.loss) {
            return Err(BackupError::Shorter {
                position,
                known: known.position,
                by: known.by,
                lost,
                until: ends_there.time,
            });
        }
        Ok(Restored {
            position,
            chain: ends_there.chain,
            time: ends_there.time,
            made: self.of_journal.made,
            keys,
            lost,
            known_by,
            lost_from: None,
            erasures: 0,
            records: 0,
            parts: 0,
            parts_erased: 0,
            damages: Vec::new(),
            logs_stopped: Vec::new(),
            in_the_way: false,
        })
    }

    /// Reads every byte of both copies; what is not as it was copied. Err: such, unless it is accepted.
    fn read_all(
        &self,
        accepted: &Accepted,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Vec<Damage>, BackupError> {
        let mut damages = Vec::new();
        let all = self.of_journal.bytes() + self.of_keys.bytes();
        let mut went = 0;
        for (place, manifest) in [
            (&self.journal, &self.of_journal),
            (&self.keys, &self.of_keys),
        ] {
            for filed in &manifest.files {
                let read = place.verify(filed, &mut |bytes| {
                    went += bytes;
                    progress(Progress {
                        bytes: went,
                        // It is read again when it is written, and once more as a store.
                        bytes_all: all * 3,
                    });
                });
                match read {
                    Ok(()) => {}
                    Err(StoreError::Damage {
                        file,
                        position,
                        what,
                    }) => damages.push(Damage {
                        file,
                        position,
                        what,
                    }),
                    Err(error) => return Err(error.into()),
                }
            }
        }
        if damages.is_empty() || accepted.damage {
            return Ok(damages);
        }
        Err(BackupError::Damaged { damages })
    }
}

/// What records say that may not have been carried out in the copy of the keys.
pub(super) struct Later {
    /// How many keys of records that are put back are erased by records from the first on that may not have been carried out.
    count: u64,
    /// Those of them that records erase which are put back too.
    pub(super) own: BTreeSet<KeyId>,
    /// Those that are erased by records which are not put back.
    pub(super) erases: BTreeSet<KeyId>,
    /// Time of the first record that is not put back.
    first: Option<Timestamp>,
}

impl Later {
    /// Of the records from `from` on, also those behind `position`, where the store will end. Err: they cannot be read up to `end`, and nobody can tell what
    /// they erase.
    fn of(
        source: &Layout,
        from: Position,
        position: Position,
        end: Position,
    ) -> Result<Later, StoreError> {
        let mut later = Later {
            count: 0,
            own: BTreeSet::new(),
            erases: BTreeSet::new(),
            first: None,
        };
        let firsts: Vec<Position> = source
            .journal
            .list()?
            .iter()
            .filter_map(|name| segment::first_of(name))
            .collect();
        for (index, first) in firsts.iter().enumerate() {
            let after = firsts.get(index + 1).copied().unwrap_or(end);
            if after <= from {
                continue;
            }
            let file = source
                .journal
                .open(&segment::name_of(*first), OpenAs::Read)?;
            let bytes = file.read_all()?;
            let head = segment::read_head(&bytes, *first, &source.journal)?;
            let tail = frame::walk(&bytes, &head, &mut |frame, _| {
                let record = &frame.record;
                let erases = record.erases.iter().copied();
                let erases = erases.filter(|key| key.position < position);
                if record.position >= position {
                    later.erases.extend(erases.clone());
                } else if record.position >= from {
                    later.own.extend(erases.clone());
                }
                if record.position >= from {
                    later.count += erases.count() as u64;
                }
                if record.position == position {
                    later.first = Some(record.time);
                }
                std::ops::ControlFlow::Continue(())
            });
            if tail.next < after {
                return Err(StoreError::Damage {
                    file: file.shown().to_owned(),
                    position: Some(tail.next),
                    what: "the record is not as it was written, and nobody can tell what it erases",
                });
            }
        }
        Ok(later)
    }
}
