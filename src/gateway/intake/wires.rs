//! What a door asks of intake before it hands a message in, and the refusal of a message by its receiver with a message of the wire itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use knooppunt_standard::terms::{self, MessageName, OwedKey, Settles, Step, Taken};
use knooppunt_standard::{Berichtsoort, Law, Limits};

use super::{Intake, IntakeError, Outcome};
use crate::clock::day_of;
use crate::envelope::mapping::may_be_minted_from;
use crate::envelope::tables::is_published;
use crate::envelope::wire::{Wire, plain};
use crate::ledger::{
    self, Doing, Event, Ledger, LedgerError, Mark, MessageId, MessageRow, Named, Rejected,
    Submission, WireRow,
};
use crate::register::PartyCode;
use crate::route::Caller;

/// Most messages that are looked at under one number of a wire.
const NUMBERED_MAX: usize = 100;

/// What is known of a message by its number on a wire, before it is looked at.
#[derive(Debug)]
pub enum OnWire {
    /// Nothing.
    New,
    /// The same was sent before: what became of it.
    Same(Box<Outcome>),
    /// Another message was sent under its number.
    Other,
}

/// What became of a refusal by a receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejection {
    /// It is durable: the message counts as refused, now or before.
    Settled {
        /// Which message.
        id: MessageId,
        /// When it was refused.
        at: Timestamp,
    },
    /// Between these two no such message is known.
    Unknown,
    /// Another message was sent under its number.
    NumberTaken,
    /// It is a declaration that waits, and who refuses it may not decide on it: nothing of it is taken.
    NotHisToDecide,
}

impl Intake {
    /// Limits of messages.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Whether there is a release of this version with this kind, taken today or not.
    pub fn has_release(
        &self,
        law: Law,
        soort: Berichtsoort,
        version: u16,
        subversion: u16,
    ) -> bool {
        let named = format!("{version}.{subversion}");
        let mut releases = self.releases.list().iter();
        releases.any(|release| {
            release.law == law && *release.release == *named && release.soorten.contains(&soort)
        })
    }

    /// Whether a message was sent under this number of its wire before. A message that is new here may be another's repeat when it is handed in: that is
    /// looked at again, under the lock. Err: we could not do our work.
    pub async fn on_wire_before(
        &self,
        caller: &Caller,
        wire: &Wire,
    ) -> Result<OnWire, IntakeError> {
        let identity = wire.identity(&self.ledger.pseudonyms, caller.party.as_str());
        match self.on_wire(identity).await? {
            None => Ok(OnWire::New),
            Some(row) if row.content == wire.content => {
                let outcome = self.again_on_wire(&row).await?;
                Ok(OnWire::Same(Box::new(outcome)))
            }
            Some(_) => Ok(OnWire::Other),
        }
    }

    /// The message that has this number on a wire, of one maker to one receiver; also by a number that follows from its id. Err: we could not do our work.
    pub async fn known_on_wire(
        &self,
        number: &str,
        (maker, receiver): (&str, &str),
    ) -> Result<Option<MessageId>, IntakeError> {
        let ledger = Arc::clone(&self.ledger);
        let (number, between) = (plain(number), (maker.to_owned(), receiver.to_owned()));
        let found = ledger::blocking(move || {
            for found in under_number(&ledger, &number)? {
                let (id, row) = found?;
                if (&row.maker, &row.receiver) == (&between.0, &between.1) {
                    return Ok(Some(id));
                }
            }
            Ok(None)
        });
        Ok(found.await?)
    }

    /// Takes the refusal of a message by its receiver: it joins the thread of that message, which counts as not sent for whoever made it. `fault` is the code
    /// that he gives. When this returns, what it says is durable.
    ///
    /// Who reads may say that his software cannot take a message that is his to answer. A declaration whose answer the gateway keeps back is not: to end it without
    /// a 325 is to grant none of its lines, which takes the mandate to decide. Err: we could not do our work.
    pub async fn reject(
        &self,
        caller: &Caller,
        wire: Wire,
        fault: &str,
    ) -> Result<Rejection, IntakeError> {
        let (receiver, number) = (&wire.sender.code, wire.answers.as_deref());
        let number = number.unwrap_or_default();
        let wired = wire.wired(&self.ledger.pseudonyms, caller.party.as_str());
        // Whom he names as the one who sent it says little: the example that is published names the hub.
        let asked = self.asked_of(number, receiver).await?;
        let Some((id, row)) = asked.filter(|(_, row)| {
            let to = row.receiver_code();
            to.is_some_and(|to| caller.may_receive_of(&to, &row.kind, row.received))
        }) else {
            return Ok(Rejection::Unknown);
        };
        // A file changes no past.
        let pair = row.pair().filter(|_| !row.kind.is_file());
        let scope = pair.map(|pair| {
            let law = row.kind.law.as_str();
            (pair, self.ledger.pseudonyms.scope_name(law, pair))
        });
        let names = [self.ledger.name(wired.marks.identity)];
        let lock = scope.map(|(_, scope)| self.ledger.name(scope));
        let held = self.ledger.locks.message(&names, row.lock, lock).await;
        let (ledger, identity, reading) =
            (Arc::clone(&self.ledger), wired.marks.identity, row.clone());
        let today = caller.day();
        let looked = ledger::blocking(move || {
            let before = ledger.wire_holder(identity)?;
            let rejected = ledger.rejected(id)?.map(|row| row.at);
            let answered = ledger.is_answered(id)?;
            let kept_back = ledger.held_at(&reading.receiver, reading.position)?;
            let steps = owed_no_more(&ledger, id, &reading, today)?;
            Ok((before, rejected, answered, kept_back.is_some(), steps))
        });
        let (before, rejected, answered, kept_back, steps) = looked.await?;
        let settled = |at| Ok(Rejection::Settled { id, at });
        match (&before, rejected) {
            (Some(WireRow { content, .. }), Some(at)) if *content == wired.marks.content => {
                return settled(at);
            }
            (Some(_), _) => return Ok(Rejection::NumberTaken),
            // Once is enough, and what was answered was answered.
            (None, Some(at)) => return settled(at),
            (None, None) if answered => {
                metrics::counter!("knooppunt_rejections_after_answer_total").increment(1);
                tracing::warn!(message = %id, "a receiver refused on the wire what he had answered: the answer stands");
                return settled(caller.at);
            }
            (None, None) => {}
        }
        let may_decide = |to: PartyCode| caller.may_decide_of(&to, &row.kind, row.received);
        if kept_back && !row.receiver_code().is_some_and(may_decide) {
            return Ok(Rejection::NotHisToDecide);
        }
        let known = is_published(fault);
        let named = Named {
            message: id,
            position: row.position,
        };
        let event = Event::Rejected(Rejected {
            message: named,
            maker: row.maker.clone(),
            receiver: row.receiver.clone(),
            party: caller.party.to_string(),
            code: if known { fault } else { "other" }.to_owned(),
            wire: Some(wired.record),
        });
        let mut effect = self.effect_about(&row);
        if let Some((_, scope)) = scope {
            let doing = Doing {
                settles: Some(row.position),
                ..Doing::default()
            };
            effect = effect.doing(scope, &doing).owing(steps);
        }
        let (_, at) = self
            .ledger
            .commit(Submission {
                effect: Some(effect.over(wired.marks)),
                envelope: Some(wired.part),
                ..Submission::fact(event, held)
            })
            .await?;
        if let Some(scope) = lock {
            self.queue.ended(scope, id);
            self.queue.settled(scope, row.position);
        }
        tracing::info!(message = %id, bericht = row.kind.what().map_or("-", |kind| kind.label()), "refused by its receiver on the wire");
        settled(at)
    }

    /// The message to this receiver that has this number, whoever made it.
    async fn asked_of(
        &self,
        number: &str,
        receiver: &str,
    ) -> Result<Option<(MessageId, MessageRow)>, LedgerError> {
        let ledger = Arc::clone(&self.ledger);
        let (number, receiver) = (plain(number), receiver.to_owned());
        ledger::blocking(move || {
            let mut only = None;
            for found in under_number(&ledger, &number)? {
                let (id, row) = found?;
                if row.receiver == receiver && !row.marks.contains(&Mark::Refused) {
                    if only.is_some() {
                        // Of two makers with one number nobody can tell which is meant.
                        return Ok(None);
                    }
                    only = Some((id, row));
                }
            }
            Ok(only)
        })
        .await
    }

    /// The effect of a record about a message: of no message itself, so that it has the identity of none.
    fn effect_about(&self, row: &MessageRow) -> ledger::Effect {
        let hash = row.body_hash.unwrap_or_default();
        let none = self.ledger.pseudonyms.wire_number(&row.thread.to_string());
        ledger::Effect::new(none, hash, None, Vec::new())
    }
}

/// The messages that may be meant by a number of a wire: those that came under it, oldest first, then those whose number follows from their id. Each is read
/// when it is asked for.
fn under_number(
    ledger: &Ledger,
    number: &str,
) -> Result<impl Iterator<Item = Result<(MessageId, MessageRow), LedgerError>>, LedgerError> {
    let own = ledger.pseudonyms.wire_number(number);
    let mut ids = ledger.numbered(own, NUMBERED_MAX)?;
    ids.extend(may_be_minted_from(number));
    let read = move |id| {
        let row = ledger.message_row(id).transpose()?;
        Some(row.map(|row| (id, row)))
    };
    Ok(ids.into_iter().filter_map(read))
}

/// What two parties owe each other less when a message counts as not sent.
fn owed_no_more(
    ledger: &Ledger,
    id: MessageId,
    row: &MessageRow,
    today: jiff::civil::Date,
) -> Result<Vec<Step>, LedgerError> {
    let Some(pair) = row.pair().filter(|_| !row.kind.is_file()) else {
        return Ok(Vec::new());
    };
    let names = ledger.pseudonyms.scope(&row.kind.law, pair);
    if !ledger.is_pending(names.scope(), row.position)? {
        return Ok(Vec::new());
    }
    let waits = ledger.pending_of(row.position)?.unwrap_or_default();
    let waited: BTreeSet<OwedKey> = OwedKey::of(&waits);
    let mut past = ledger.past(names.scope());
    past.load(&*ledger.views, waited.iter().flat_map(OwedKey::rows))?;
    let mut owed = BTreeMap::new();
    for key in &waited {
        if let Some(known) = ledger.owed(names.scope(), key)? {
            owed.insert(*key, known);
        }
    }
    let message = MessageName(*id.as_bytes());
    let taken = Taken {
        message,
        day: today,
        waits: &[],
        counts: &[],
        settles: Some(Settles {
            message,
            day: day_of(row.received),
            waited: &waited,
        }),
        history_from: None,
    };
    Ok(terms::steps(&taken, past.past(), &BTreeSet::new(), &owed))
}
