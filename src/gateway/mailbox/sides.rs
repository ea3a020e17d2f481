//! As what a caller may see a message: the one place where that is decided, for mailboxes, decisions and terms.

use crate::ledger::{Mark, MessageRow};
use crate::route::Caller;

/// As what a caller may see a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is true or not by itself: one may be on both sides, and decide without reading"
)]
pub(crate) struct Sides {
    /// For its maker.
    pub(crate) maker: bool,
    /// For its receiver.
    pub(crate) receiver: bool,
    /// As its receiver, of a message that was forwarded to him.
    pub(crate) reads: bool,
    /// For its receiver, on lines that wait for his decision.
    pub(crate) decides: bool,
}

impl Sides {
    /// Who handed the message in keeps sight of it, also when his mandate has ended: status and receipt are his proof. Whoever else looks at it for its maker, or
    /// reads it or decides on it for its receiver, needs the code or a mandate now; and a mandate to receive or to decide reaches no message of before it.
    pub(crate) fn of(caller: &Caller, row: &MessageRow) -> Self {
        let to = row.receiver_code();
        let receiver = to.is_some_and(|to| caller.may_receive_of(&to, &row.kind, row.received));
        let by = row.maker_code();
        Self {
            maker: row.party == caller.party.as_str()
                || by.is_some_and(|by| caller.may_submit(&by, &row.kind)),
            receiver,
            reads: receiver && !row.marks.contains(&Mark::Refused),
            decides: to.is_some_and(|to| caller.may_decide_of(&to, &row.kind, row.received)),
        }
    }

    /// As its maker or as the one who reads it: enough for its status, its thread and its findings.
    pub(crate) fn any(self) -> bool {
        self.maker || self.receiver
    }

    /// As the one who is told what waits for its receiver.
    pub(crate) fn awaits(self) -> bool {
        self.receiver || self.decides
    }
}
