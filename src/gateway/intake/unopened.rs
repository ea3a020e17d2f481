//! What a wire refuses before there is a message: content that cannot be opened, which is refused like a message whose form is wrong, and what its door does not
//! receive.

use bytes::Bytes;
use knooppunt_standard::Findings;
use sha2::{Digest as _, Sha256};

use super::{Intake, IntakeError, Outcome, Refusal, RefusalReason, Refused};
use crate::envelope::tables::Condition;
use crate::envelope::wire::Wire;
use crate::lanes::{Job, Panicked};
use crate::route::Caller;

impl Intake {
    /// Refuses what came over a wire and cannot be opened, by what is wrong with its packing. `content` is as it was sent. When this returns, what it says is
    /// durable. Err: we could not do our work; handing the same in again is harmless.
    pub async fn refuse_unopened(
        &self,
        caller: &Caller,
        wire: Wire,
        content: &[u8],
        fault: Condition,
    ) -> Result<Outcome, IntakeError> {
        let over = self.over(caller, wire);
        let refused = Refused {
            refusal: Refusal {
                reason: RefusalReason::Unopened(fault),
                findings: Findings::default(),
                kind: None,
            },
            body_hash: Sha256::digest(content).into(),
            body_bytes: content.len() as u64,
        };
        self.refuse(caller, refused, Some(&over)).await
    }

    /// Records that a door did not receive what came over its wire, and why: the fact only. The number is not used up. `content` is as it was sent.
    /// Err: we could not do our work; nothing is recorded.
    pub async fn not_received(
        &self,
        caller: &Caller,
        content: Bytes,
        fault: Condition,
    ) -> Result<(), IntakeError> {
        let (bytes, body_bytes) = (content.len(), content.len() as u64);
        let hash = self.in_lane(caller, bytes, move || Sha256::digest(&content));
        let refused = Refused {
            refusal: Refusal {
                reason: RefusalReason::NotReceived(fault),
                findings: Findings::default(),
                kind: None,
            },
            body_hash: hash.await?.into(),
            body_bytes,
        };
        self.refuse(caller, refused, None).await.map(drop)
    }

    /// Does work on content of a caller in the lanes in which messages are read. Err: it panicked.
    pub(crate) async fn in_lane<T: Send + 'static>(
        &self,
        caller: &Caller,
        bytes: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Panicked> {
        let job = Job::of(caller.party.as_str(), bytes);
        self.lanes.run(job, work).await
    }
}
