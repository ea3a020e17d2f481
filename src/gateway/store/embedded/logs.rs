//! Which logs were ever kept of a store, by their names, and which of them may not go on as they are: a file in the data folder beside the store file, that a copy
//! carries. It outlives the folder of a log, so that one that is missing is told from one that never was. What a log is the store does not know.
//!
//! ```text
//! knooppunt logs 1
//! kept log.example/now
//! put-back 120 120 log.example/before      a copy of 120 records was put back, and nobody knows of more
//! put-back 120 133 log.example/lost        the same, and somebody knew of 133
//! end 9a7b...                              SHA-256 of the lines before it
//! ```

use std::collections::BTreeMap;
use std::fmt::Write as _;

use data_encoding::HEXLOWER;

use super::files::Folder;
use crate::store::record::sha256;
use crate::store::{Position, StoreError};

/// The file in the data folder.
pub(crate) const LOGS: &str = "logs";
/// The version that is written now.
const VERSION: u32 = 1;
const MAGIC: &str = "knooppunt logs ";

/// What is known of a log that was kept of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeptLog {
    /// It signed something; what that was stands in its folder.
    Kept,
    /// A copy was put back since it signed last, and nobody said yet that it signed nothing which is not in the copy.
    PutBack {
        /// Records of the copy.
        records: Position,
        /// Records that somebody knew of then; as many as the copy has, or more.
        known: Position,
    },
}

/// The logs by their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct KeptLogs(BTreeMap<String, KeptLog>);

impl KeptLogs {
    /// Those of a data folder; none when there is no file. Err: it cannot be read, is not as it was written, or a newer program wrote it.
    pub(crate) fn read(root: &Folder) -> Result<KeptLogs, StoreError> {
        let Some(bytes) = root.read(LOGS)? else {
            return Ok(KeptLogs::default());
        };
        let version = version_of(&bytes);
        if let Some(found) = version.filter(|found| *found > VERSION) {
            return Err(StoreError::Version {
                file: root.shown(LOGS),
                found,
                newest: VERSION,
            });
        }
        // What is not the one form of what it says was not written by us.
        let read = parse(&bytes).filter(|logs| logs.bytes() == bytes);
        read.ok_or_else(|| StoreError::Damage {
            file: root.shown(LOGS),
            position: None,
            what: "it is not as it was written",
        })
    }

    /// Keeps them, durably.
    pub(crate) fn write(&self, root: &Folder) -> Result<(), StoreError> {
        root.replace(LOGS, &self.bytes())
    }

    /// What is known of a log; none: it never signed anything that left.
    pub(crate) fn of(&self, name: &str) -> Option<KeptLog> {
        self.0.get(name).copied()
    }

    /// It signed something, and goes on.
    pub(crate) fn keep(&mut self, name: &str) {
        self.0.insert(name.to_owned(), KeptLog::Kept);
    }

    /// It is as if it had signed nothing: what its folder says is all there is to know.
    pub(crate) fn forget(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// A copy with so many records was put back, and so many are known of: of all of them nobody knows what else they signed, but for one that goes on.
    pub(crate) fn put_back(&mut self, records: Position, known: Position, goes_on: Option<&str>) {
        for (name, log) in &mut self.0 {
            let before = match log {
                // What it was put back to before is not settled either.
                KeptLog::PutBack { known, .. } => *known,
                KeptLog::Kept if goes_on == Some(name) && known <= records => continue,
                KeptLog::Kept => known,
            };
            *log = KeptLog::PutBack {
                records,
                known: known.max(before),
            };
        }
    }

    /// Those that do not go on as they are.
    pub(crate) fn stopped(&self) -> Vec<String> {
        let stopped = self.0.iter();
        let stopped = stopped.filter(|(_, log)| matches!(log, KeptLog::PutBack { .. }));
        stopped.map(|(name, _)| name.clone()).collect()
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn bytes(&self) -> Vec<u8> {
        let mut text = format!("{MAGIC}{VERSION}\n");
        for (name, log) in &self.0 {
            let _ = match log {
                KeptLog::Kept => writeln!(text, "kept {name}"),
                KeptLog::PutBack { records, known } => {
                    writeln!(text, "put-back {records} {known} {name}")
                }
            };
        }
        let end = HEXLOWER.encode(&sha256(&[text.as_bytes()]));
        let _ = writeln!(text, "end {end}");
        text.into_bytes()
    }
}

/// The version of a file that is whole: the hash in its last line is that of those before.
fn version_of(bytes: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(bytes).ok()?;
    let at = text.strip_suffix('\n')?.rfind('\n')? + 1;
    let (lines, end) = text.split_at_checked(at)?;
    let is_whole =
        end.trim_end() == format!("end {}", HEXLOWER.encode(&sha256(&[lines.as_bytes()])));
    let first = lines.lines().next().filter(|_| is_whole)?;
    first.strip_prefix(MAGIC)?.parse().ok()
}

fn parse(bytes: &[u8]) -> Option<KeptLogs> {
    let mut logs = BTreeMap::new();
    for line in std::str::from_utf8(bytes).ok()?.lines().skip(1) {
        let (word, rest) = line.split_once(' ')?;
        let (name, log) = match word {
            "kept" => (rest, KeptLog::Kept),
            "put-back" => {
                let mut words = rest.splitn(3, ' ');
                let mut number = || Some(Position(words.next()?.parse().ok()?));
                let (records, known) = (number()?, number()?);
                (words.next()?, KeptLog::PutBack { records, known })
            }
            "end" => break,
            _ => return None,
        };
        logs.insert(name.to_owned(), log);
    }
    Some(KeptLogs(logs))
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::store::embedded::files::{Disk, Files};

    fn folder(path: &Path) -> Folder {
        let files: Arc<dyn Files> = Arc::new(Disk);
        Folder::new(files, path)
    }

    /// Written by version 1.
    const GOLDEN: &str = include_str!("../../../../tests/golden/logs-1.txt");

    fn some() -> KeptLogs {
        let mut logs = KeptLogs::default();
        logs.keep("log.example/before");
        logs.put_back(Position(120), Position(133), None);
        logs.keep("log.example/now");
        logs
    }

    #[test]
    fn version_1_reads_back_and_is_written_as_ever() {
        assert_eq!(String::from_utf8(some().bytes()).unwrap(), GOLDEN);
        let data = tempfile::tempdir().unwrap();
        let root = folder(data.path());
        assert_eq!(KeptLogs::read(&root).unwrap(), KeptLogs::default());
        some().write(&root).unwrap();
        assert_eq!(KeptLogs::read(&root).unwrap(), some());
    }

    #[test]
    fn one_flipped_bit_or_a_byte_less_or_more_is_damage_and_a_newer_form_is_told() {
        let data = tempfile::tempdir().unwrap();
        let root = folder(data.path());
        let refused = |bytes: &[u8]| {
            std::fs::write(data.path().join(LOGS), bytes).unwrap();
            KeptLogs::read(&root).unwrap_err()
        };
        let right = some().bytes();
        for place in 0..right.len() {
            let mut wrong = right.clone();
            wrong[place] ^= 1;
            assert!(
                matches!(refused(&wrong), StoreError::Damage { .. }),
                "{place}"
            );
            assert!(
                matches!(refused(&right[..place]), StoreError::Damage { .. }),
                "{place}"
            );
        }
        let lines = "knooppunt logs 2\nkept as.nobody/knows\n";
        let end = HEXLOWER.encode(&sha256(&[lines.as_bytes()]));
        let newer = refused(format!("{lines}end {end}\n").as_bytes());
        assert!(
            matches!(newer, StoreError::Version { found: 2, .. }),
            "{newer}"
        );
    }

    #[test]
    fn what_was_put_back_stays_so_until_it_is_settled_and_forgets_no_loss() {
        let name = "log.example/one";
        let put_back = |records, known| KeptLog::PutBack {
            records: Position(records),
            known: Position(known),
        };
        let mut logs = KeptLogs::default();
        logs.keep(name);
        logs.put_back(Position(120), Position(120), Some(name));
        assert_eq!(
            logs.of(name),
            Some(KeptLog::Kept),
            "somebody vouches for it"
        );
        logs.put_back(Position(120), Position(121), Some(name));
        assert_eq!(
            logs.of(name),
            Some(put_back(120, 121)),
            "but not over a loss"
        );
        logs.put_back(Position(125), Position(125), Some(name));
        assert_eq!(logs.of(name), Some(put_back(125, 125)));
        logs.put_back(Position(110), Position(110), Some(name));
        assert_eq!(logs.of(name), Some(put_back(110, 125)));
        assert_eq!(logs.stopped(), [name]);
        logs.forget(name);
        assert_eq!(logs.of(name), None);
    }
}
