//! A file that is no message of the standards (tekstBestand of the GGk): recorded and carried as it is, where the register allows its functie between these two.
//! Nobody looks into it: no schema, no rules, no past. Its identity is the number of its wire.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use knooppunt_standard::Findings;
use sha2::{Digest as _, Sha256};

use super::{Intake, Over, Recorded, Refusal, RefusalReason, Refused, Stop};
use crate::envelope::tables::Condition;
use crate::envelope::wire::{Side, Wire};
use crate::ledger::{
    self, Effect, Event, Found, Inputs, KindRecord, LedgerError, Message, MessageId, State,
    Submission,
};
use crate::register::{FileCode, Mode, PartyCode};
use crate::route::Caller;

/// What a file is by its envelope: its functie as the register spells it. `None`: it is no file, or nobody sends files under that name.
pub(super) fn kind_of(caller: &Caller, wire: &Wire) -> Option<KindRecord> {
    wire.file_name.as_ref()?;
    let name = wire.functie.as_deref()?;
    let functie = caller.register.files().functie(name)?;
    let number = |version: Option<u16>| version.unwrap_or_default();
    let versions = (
        number(wire.functie_version),
        number(wire.functie_subversion),
    );
    Some(KindRecord::file(functie, versions))
}

impl Intake {
    /// The way of a file: who sends it may, its number is new, its receiver is known, and the register allows it. Then it becomes durable. The lock of its number
    /// is held from the first look until then.
    pub(super) async fn carry(
        &self,
        caller: &Caller,
        body: Bytes,
        over: &Over,
    ) -> Result<Recorded, Stop> {
        let (wire, wired) = (&over.wire, &over.wired);
        let (bytes, body_bytes) = (body.clone(), body.len() as u64);
        let hash = move || <[u8; 32]>::from(Sha256::digest(&bytes));
        let body_hash = self.in_lane(caller, body.len(), hash).await?;
        let refused = |reason| {
            Stop::Refused(Box::new(Refused {
                refusal: Refusal {
                    reason,
                    findings: Findings::default(),
                    kind: None,
                },
                body_hash,
                body_bytes,
            }))
        };
        if body.is_empty() {
            // Nobody could fetch it: on the VSP a payload has a byte at least.
            return Err(refused(RefusalReason::Unopened(Condition::EnvelopeInvalid)));
        }
        let kind = kind_of(caller, wire).ok_or_else(|| refused(RefusalReason::UnknownKind))?;
        let files = caller.register.files();
        let functie = kind.functie.as_deref().unwrap_or_default();
        let code = |side: &Side| side.code.parse::<PartyCode>().ok();
        let maker = code(&wire.sender).filter(|maker| caller.may_submit(maker, &kind));
        let maker = maker.ok_or_else(|| refused(RefusalReason::NotTheMaker))?;
        let bytes_max = self.limits.body_bytes as u64;
        if body_bytes > bytes_max {
            return Err(refused(RefusalReason::TooLarge { bytes_max }));
        }
        let identity = wired.marks.identity;
        let effect = Effect::new(identity, body_hash, None, Vec::new()).over(wired.marks.clone());
        let (own, thread) = (
            self.ledger.name(identity),
            self.ledger.name(effect.thread()),
        );
        let held = self.ledger.locks.message(&[own], thread, None).await;
        if let Some(row) = self.on_wire(identity).await? {
            return if row.content == wired.marks.content {
                Ok(Recorded::BeforeOnWire(row))
            } else {
                Err(refused(RefusalReason::NumberTaken))
            };
        }
        // A repeat gets its first outcome, although the register says something else since.
        let receiver = code(&wire.receiver).filter(|receiver| caller.knows(receiver));
        let receiver = receiver.ok_or_else(|| refused(RefusalReason::UnknownReceiver))?;
        let as_code = match &wire.answers {
            Some(_) => FileCode::Du01,
            None => FileCode::Di01,
        };
        if !files.allows(functie, as_code, (&maker, &receiver), caller.day()) {
            return Err(refused(RefusalReason::FileNotAllowed));
        }
        let id = MessageId::random().map_err(LedgerError::from)?;
        let question = wire.answers.as_deref();
        let thread = match question {
            None => None,
            Some(number) => self.thread_of(number, (&receiver, &maker)).await?,
        };
        let thread = thread.unwrap_or_else(|| id.opens());
        let said = ledger::Received {
            message: id,
            thread,
            kind: kind.clone(),
            maker: maker.to_string(),
            receiver: receiver.to_string(),
            party: caller.party.to_string(),
            mode: Mode::Carry,
            marks: Vec::new(),
            // It joins the thread of what it answers, and settles nothing of it: that is for messages that are read.
            question: None,
            inputs: Inputs {
                rules: None,
                working_days: None,
                ..self.inputs(&caller.register, caller.at, None)
            },
            counts: BTreeMap::new(),
            body_bytes,
            wire: Some(wired.record),
            question_at: None,
            mapped_bytes: None,
        };
        let submission = Submission {
            effect: Some(effect),
            body: Some(body),
            envelope: Some(wired.part.clone()),
            ..Submission::fact(Event::Received(said), held)
        };
        let (position, received) = self.ledger.commit(submission).await?;
        let message = Message {
            id,
            thread,
            kind: kind.what().ok_or(LedgerError::Views {
                what: "a file without functie",
            })?,
            maker,
            receiver,
            received,
            position: position.0,
            body_hash: Some(body_hash),
            body_bytes,
            mapped: None,
            mode: Mode::Carry,
            marks: Vec::new(),
            findings: 0,
            state: State::default(),
        };
        Ok(Recorded::Now(message, Found::default()))
    }

    /// The thread of the message with this number on a wire, of one maker to one receiver; `None`: it is not known.
    async fn thread_of(
        &self,
        number: &str,
        (maker, receiver): (&PartyCode, &PartyCode),
    ) -> Result<Option<ledger::ThreadId>, Stop> {
        let between = (maker.as_str(), receiver.as_str());
        let Some(id) = self.known_on_wire(number, between).await? else {
            return Ok(None);
        };
        let ledger = Arc::clone(&self.ledger);
        let row = ledger::blocking(move || ledger.message_row(id)).await?;
        Ok(row.map(|row| row.thread))
    }
}
