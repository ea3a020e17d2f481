//! What shows that a record is in the log: its bytes, the salt that hides it, and the leaf that it stands there as.

use jiff::Timestamp;
use knooppunt_proof::{Hash, Salt};

use crate::ledger::{Event, Ledger, LedgerError, MessageId};
use crate::store::{Position, Record, StoreError};

/// A record as the log has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// Its place in journal and log.
    pub position: u64,
    /// Its time.
    pub time: Timestamp,
    /// Its own bytes, as they stand in the journal: it tells nothing about a client.
    pub record: Vec<u8>,
    /// The salt; `None` when it was erased, or is lost to damage: the leaf then tells nothing any more.
    pub salt: Option<Salt>,
    /// The leaf: the salted hash of the record.
    pub leaf: Hash,
}

impl Logged {
    /// The message that a record took in, and the position that it says it has, from its bytes alone. None: they are no such record.
    pub fn says(record: &[u8]) -> Option<(u64, MessageId)> {
        let record = Record::from_bytes(record)?;
        let Event::Received(received) = Event::decode(&record.event).ok()? else {
            return None;
        };
        Some((record.position.0, received.message))
    }
}

impl Ledger {
    /// The record at a position as the log has it. Err: there is none, or it is damaged.
    pub(crate) fn logged(&self, position: u64) -> Result<Logged, LedgerError> {
        let record = self.journal.read(Position(position))?;
        let salt = match self.journal.salt(Position(position)) {
            Err(StoreError::Damage { .. }) => None,
            salt => salt?,
        };
        Ok(Logged {
            position,
            time: record.time,
            record: record.bytes(),
            salt,
            leaf: Hash::new(record.leaf),
        })
    }
}
