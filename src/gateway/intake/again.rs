//! A verdict made again: the same message, judged with what it was judged with, on the past as it stood. Changes nothing, and knows no files: whoever asks
//! has the ledger of then and the grounds.

use std::sync::Arc;

use bytes::Bytes;
use knooppunt_standard::{Berichtsoort, Limits, Releases};

use super::decide::{Asking, Decision, Naming};
use super::read::{Identified, Read};
use super::{IntakeError, between};
use crate::ledger::{Ledger, Received, findings_part};
use crate::reference::InForce;
use crate::register::{Mode, Pair, Register};
use crate::translation::Tables;

/// A message that was judged, and what it was judged with.
pub(crate) struct Then {
    /// The ledger before its record.
    pub(crate) ledger: Arc<Ledger>,
    /// The releases.
    pub(crate) releases: Arc<Releases>,
    /// Reference data.
    pub(crate) reference: Arc<InForce>,
    /// The register.
    pub(crate) register: Arc<Register>,
    /// Limits of messages.
    pub(crate) limits: Limits,
    /// What its record says.
    pub(crate) received: Received,
    /// The day on which it came in.
    pub(crate) day: jiff::civil::Date,
    /// Of a declaration that waited, the day on which the verdict that stands was given; `None`: the verdict is the one given when it came in.
    pub(crate) stands_since: Option<jiff::civil::Date>,
    /// The message.
    pub(crate) body: Bytes,
    /// The tables of product codes.
    pub(crate) tables: Arc<Tables>,
    /// The form that its receiver got, where that was another.
    pub(crate) mapped: Option<Bytes>,
}

/// What came out.
pub(crate) struct Judgement {
    /// The findings part as it would be recorded; `None`: nothing was found.
    pub(crate) findings: Option<Vec<u8>>,
    /// Whether the form that its receiver got comes out again; `None` where it got none and none comes out, and of a verdict that was given later.
    pub(crate) same_form: Option<bool>,
}

impl std::fmt::Debug for Then {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Then({})", self.received.message)
    }
}

impl Then {
    /// What levels 2 to 4 find in the message. `None`: it would not be judged at all now, because it is not sound at level 1 or counts as a repeat.
    /// Err: we could not do our work.
    pub(crate) fn judge(self) -> Result<Option<Judgement>, IntakeError> {
        let Self {
            ledger,
            releases,
            reference,
            register,
            limits,
            received,
            day,
            stands_since,
            body,
            tables,
            mapped,
        } = self;
        // It was not too large when it was taken.
        let limits = Limits {
            body_bytes: limits.body_bytes.max(body.len()),
            ..limits
        };
        let read = Read::of(&body, &releases, &limits, &ledger.pseudonyms);
        let (
            Some(kind),
            Some(Identified {
                maker: Some(maker),
                receiver: Some(receiver),
                effect,
            }),
        ) = (read.kind, read.header)
        else {
            return Ok(None);
        };
        let naming = Naming::random(&ledger, &kind, receiver)?;
        let is_answer = Berichtsoort::from_number(received.kind.soort)
            .is_some_and(|soort| soort.answers().is_some());
        let asking = Asking {
            id: received.message,
            across: false,
            ledger,
            releases,
            limits: between(&limits, &register, Pair::of(maker, receiver), day),
            reference,
            register,
            kind,
            maker,
            receiver,
            pair: Pair::of(maker, receiver),
            effect,
            own_mode: if is_answer {
                Mode::Carry
            } else {
                received.mode
            },
            day,
            today: stands_since.unwrap_or(day),
            body,
            parsed: read.parsed,
            naming,
            since: None,
            used_up: None,
            tables,
            mapped: mapped.clone(),
            again: None,
            as_sent: false,
        };
        if stands_since.is_some() {
            let findings = asking.found_again()?;
            return Ok(findings.map(|findings| Judgement {
                findings: findings_part(&findings),
                same_form: None,
            }));
        }
        match asking.decide()? {
            Decision::New(decided) => Ok(Some(Judgement {
                same_form: (decided.mapped.body.is_some() || mapped.is_some())
                    .then(|| decided.mapped.body == mapped),
                findings: decided.findings,
            })),
            Decision::Same(_) | Decision::Other { .. } | Decision::NameTaken => Ok(None),
        }
    }
}
