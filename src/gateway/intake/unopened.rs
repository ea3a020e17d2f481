//! Content that cannot be opened: a wire brought it packed in a way that is wrong. It is refused like a message whose form is wrong, without a message in it.

use knooppunt_standard::Findings;
use sha2::{Digest as _, Sha256};

use super::{Intake, IntakeError, Outcome, Over, Refusal, RefusalReason, Refused};
use crate::envelope::tables::Condition;
use crate::envelope::wire::Wire;
use crate::lanes::Panicked;
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
        let over = Over {
            wired: wire.wired(&self.ledger.pseudonyms, caller.party.as_str()),
            wire,
        };
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

    /// Does work on content in the lanes in which messages are read. Err: it panicked.
    pub(crate) async fn in_lane<T: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Panicked> {
        self.lanes.run(bytes, work).await
    }
}
