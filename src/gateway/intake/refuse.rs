//! What is recorded of a message that is not taken, and what its sender is told: at once, or where a wire confirms receipt first when he comes for it.

use super::{
    Intake, IntakeError, MessageId, Outcome, Over, RefusalReason, Refused, Returned, file,
};
use crate::ledger::{
    self, Door, Effect, Event, Held, KindRecord, LedgerError, Submission, counts_of,
};
use crate::register::PartyCode;
use crate::route::Caller;
use knooppunt_standard::Findings;

impl Intake {
    /// Records the fact of a refusal, then answers it. On a wire that confirms receipt first, the number is used up by it and the sender is still to be told.
    pub(super) async fn refuse(
        &self,
        caller: &Caller,
        refused: Refused,
        over: Option<&Over>,
    ) -> Result<Outcome, IntakeError> {
        let mut refused = refused;
        if let Some(over) = over
            && !refused
                .refusal
                .reason
                .is_told_at_once(over.wired.record.door)
        {
            let identity = over.wired.marks.identity;
            let held = self.ledger.locks.identity(self.ledger.name(identity)).await;
            match self.on_wire(identity).await? {
                None => return self.give_back(caller, refused, over, held).await,
                Some(row) if row.content == over.wired.marks.content => {
                    return self.again_on_wire(&row).await;
                }
                Some(_) => {
                    refused.refusal.reason = RefusalReason::NumberTaken;
                    refused.refusal.findings = Findings::default();
                }
            }
        }
        let Refused {
            refusal,
            body_hash,
            body_bytes,
        } = refused;
        let (salt, body) = self
            .ledger
            .pseudonyms
            .refused(&body_hash)
            .map_err(LedgerError::from)?;
        let event = Event::Refused(ledger::Refused {
            kind: refusal.kind.as_ref().map(KindRecord::of),
            party: caller.party.to_string(),
            reason: refusal.reason.code().to_owned(),
            counts: counts_of(&refusal.findings),
            body,
            salt,
            body_bytes,
            inputs: self.inputs(&caller.register, caller.at, refusal.kind.as_ref()),
        });
        self.ledger
            .commit(Submission::fact(event, Held::default()))
            .await?;
        Ok(Outcome::Refused(refusal))
    }

    /// Records that a message whose receipt is confirmed is refused. Under the lock of its number.
    async fn give_back(
        &self,
        caller: &Caller,
        refused: Refused,
        over: &Over,
        held: Held,
    ) -> Result<Outcome, IntakeError> {
        let Refused {
            refusal,
            body_hash,
            body_bytes,
        } = refused;
        let ledger = &self.ledger;
        let (salt, body) = ledger
            .pseudonyms
            .refused(&body_hash)
            .map_err(LedgerError::from)?;
        let id = MessageId::random().map_err(LedgerError::from)?;
        let Over { wire, wired } = over;
        let kind = refusal.kind.as_ref().map(KindRecord::of);
        let kind = kind.or_else(|| file::kind_of(caller, wire));
        let tell = match wired.record.door {
            // Whoever sends over the VSP asks.
            Door::Vsp => None,
            Door::Ggk0210 | Door::Ggk0310 => Some(match wire.sender.code.parse::<PartyCode>() {
                Ok(code) if caller.may_know_of(&code, kind.as_ref()) => code.to_string(),
                _ => caller.party.to_string(),
            }),
        };
        let code = |text: &str| text.parse::<PartyCode>().ok().map(|code| code.to_string());
        let event = Event::Returned(ledger::Returned {
            message: id,
            wire: wired.record,
            kind,
            sender: code(&wire.sender.code).unwrap_or_default(),
            receiver: code(&wire.receiver.code),
            party: caller.party.to_string(),
            reason: refusal.wire_code().to_owned(),
            counts: counts_of(&refusal.findings),
            body,
            salt,
            body_bytes,
            inputs: self.inputs(&caller.register, caller.at, refusal.kind.as_ref()),
            tell,
        });
        let effect = Effect::new(wired.marks.identity, body_hash, None, Vec::new());
        let (_, at) = ledger
            .commit(Submission {
                effect: Some(effect.over(wired.marks.clone())),
                findings: ledger::refusal_part(&refusal.findings),
                envelope: Some(wired.part.clone()),
                ..Submission::fact(event, held)
            })
            .await?;
        Ok(Outcome::Returned(Returned {
            id,
            reason: refusal.wire_code().to_owned(),
            refusal: Some(refusal),
            at,
        }))
    }
}
