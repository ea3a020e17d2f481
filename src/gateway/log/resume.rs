//! Letting a log go on of which nobody here knows what it signed last: after a copy of the store was put back, or when its folder is lost. That is for an operator to say,
//! or for witnesses; what is known to be lost ends a log, and no word brings it back.

use std::path::Path;
use std::sync::Arc;

use super::error::LogError;
use super::heard::{Heard, Said, all_vouch};
use super::kept;
use super::settings::LogSettings;
use crate::store::embedded::{Disk, Files, Folder, KeptLog, KeptLogs};

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resumed {
    /// Nothing stopped it.
    NotStopped,
    /// It goes on with the next start.
    GoesOn,
    /// Too few witnesses vouch for it: the operator must say it.
    Unknown,
    /// A witness knows of more records than there are: they are lost, and the log has ended.
    Ahead {
        /// The witness.
        witness: String,
        /// Records that it cosigned.
        size: u64,
    },
    /// A witness knows another history of the log.
    Forked {
        /// The witness.
        witness: String,
        /// Records of which it cosigned another tree.
        size: u64,
    },
}

/// What the log of a data folder signed last: notes, in no order. Err: they cannot be read.
pub fn signed_last(data: &Path) -> Result<Vec<Vec<u8>>, LogError> {
    let files: Arc<dyn Files> = Arc::new(Disk);
    Ok(kept::notes(&Folder::new(files, data).below(kept::FOLDER))?)
}

/// Settles it for the log of these settings, in the data folder of a stopped gateway with so many records. `said`: the operator says that nothing was signed which is not
/// there. Err: [`LogError::Lost`], or files cannot be read or written.
pub fn resume(
    data: &Path,
    settings: &LogSettings,
    records: u64,
    heard: &[Heard],
    said: bool,
) -> Result<Resumed, LogError> {
    let files: Arc<dyn Files> = Arc::new(Disk);
    let root = Folder::new(files, data);
    let origin = settings.origin.as_deref().unwrap_or_default();
    let mut logs = KeptLogs::read(&root)?;
    match logs.of(origin) {
        None => return Ok(Resumed::NotStopped),
        Some(KeptLog::PutBack { records, known }) if known > records => {
            return Err(LogError::Lost {
                origin: origin.to_owned(),
                records: records.0,
                known: known.0,
            });
        }
        Some(KeptLog::Kept) if kept::signed_something(&root.below(kept::FOLDER))? => {
            return Ok(Resumed::NotStopped);
        }
        Some(KeptLog::PutBack { .. } | KeptLog::Kept) => {}
    }
    for Heard { witness, said } in heard {
        let witness = witness.clone();
        match *said {
            Said::Size(size) if size > records => return Ok(Resumed::Ahead { witness, size }),
            Said::Other(size) => return Ok(Resumed::Forked { witness, size }),
            Said::Size(_) | Said::Nothing(_) => {}
        }
    }
    if !said && !all_vouch(heard, settings.quorum, records) {
        return Ok(Resumed::Unknown);
    }
    // What its folder has is what it signed; where it has nothing, it begins as if it never had.
    logs.forget(origin);
    logs.write(&root)?;
    Ok(Resumed::GoesOn)
}
