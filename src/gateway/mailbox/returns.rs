//! Messages that came over a wire of others and were refused after their receipt was confirmed, for whoever is still to be told of it: the one who sent them.

use std::sync::Arc;

use jiff::Timestamp;

use super::on_vsp::{sound, wire_of};
use super::{Mailbox, MailboxError, PAGE_MAX};
use crate::ledger::{
    self, Door, KindRecord, Ledger, LedgerError, Melding, MessageId, Named, ReturnedRow,
};
use crate::register::PartyCode;
use crate::route::Caller;

/// A message that was refused after its receipt was confirmed.
#[derive(Debug, Clone)]
pub struct Refused {
    /// Its id here.
    pub id: MessageId,
    /// By which door it came.
    pub door: Door,
    /// Its number there as it was written; `None` once what was written around it is erased.
    pub number: Option<String>,
    /// Code of the one who sent it, by its envelope.
    pub sender: String,
    /// Code of the one it was for, when that is one.
    pub receiver: Option<String>,
    /// Published name of its kind, or of a file its functie, when it could be known.
    pub bericht: Option<String>,
    /// When it was refused.
    pub at: Timestamp,
    /// Code of the reason.
    pub reason: String,
    /// What is wrong with its form, the first.
    pub meldingen: Vec<Melding>,
}

impl Mailbox {
    /// What the caller is still to be told of, oldest first, at most a page. Err: we could not do our work.
    pub async fn returns(&self, caller: &Caller) -> Result<Vec<Refused>, MailboxError> {
        let (ledger, caller) = (Arc::clone(&self.ledger), caller.clone());
        let list = ledger::blocking(move || {
            let mut list = Vec::new();
            for to in whose(&caller) {
                for row in page(&ledger, &caller, &to)? {
                    list.push(refused(&ledger, row)?);
                }
            }
            list.sort_by_key(|refused: &Refused| refused.at);
            list.truncate(PAGE_MAX);
            Ok(list)
        });
        Ok(list.await?)
    }

    /// The caller knows of it: it is not told any more. Once is enough. Err: not found, also for others; or we could not do our work.
    pub async fn told(&self, caller: &Caller, id: MessageId) -> Result<(), MailboxError> {
        let (ledger, asking) = (Arc::clone(&self.ledger), caller.clone());
        let looked = ledger::blocking(move || {
            let row = ledger.returned(id)?;
            let Some((row, to)) = row.and_then(|row| {
                let to = row.event.tell.clone()?;
                is_told(&asking, &to, &row).then_some((row, to))
            }) else {
                return Ok(None);
            };
            let waits = ledger.return_at(&to, row.position)?.is_some();
            Ok(Some((row.position, to, waits)))
        });
        let Some((position, to, waits)) = looked.await? else {
            return Err(MailboxError::NotFound);
        };
        if waits {
            let message = Named {
                message: id,
                position,
            };
            let party = Some(caller.party.to_string());
            ledger::told(&self.ledger, message, to, party).await?;
        }
        Ok(())
    }
}

/// To whom the caller listens: his codes, and himself.
fn whose(caller: &Caller) -> Vec<String> {
    let codes = caller.codes().into_iter().map(|code| code.to_string());
    codes.chain([caller.party.to_string()]).collect()
}

/// Whether a refusal that is to be told to one of these is the caller's to know of: it is told to himself, or he may hand in such messages for the code.
fn is_told(caller: &Caller, to: &str, row: &ReturnedRow) -> bool {
    let knows = |code: PartyCode| caller.may_know_of(&code, row.event.kind.as_ref());
    to == caller.party.as_str() || to.parse().is_ok_and(knows)
}

/// The first page of what is still to be told to one of these, of what is the caller's to know of.
fn page(ledger: &Ledger, caller: &Caller, to: &str) -> Result<Vec<ReturnedRow>, LedgerError> {
    let (mut page, mut from) = (Vec::new(), 0);
    loop {
        let rows = ledger.returns(to, from, PAGE_MAX)?;
        let more = rows.len() == PAGE_MAX;
        let Some(last) = rows.last() else {
            return Ok(page);
        };
        from = last.position + 1;
        page.extend(rows.into_iter().filter(|row| is_told(caller, to, row)));
        if !more || page.len() >= PAGE_MAX {
            page.truncate(PAGE_MAX);
            return Ok(page);
        }
    }
}

fn refused(ledger: &Ledger, row: ReturnedRow) -> Result<Refused, LedgerError> {
    let meldingen = sound(ledger.meldingen(&row))?.unwrap_or_default();
    let wire = wire_of(ledger, row.position, Some(&row.event.wire))?;
    let kind = row.event.kind.as_ref().and_then(KindRecord::what);
    Ok(Refused {
        id: row.event.message,
        door: row.event.wire.door,
        number: wire.map(|wire| wire.number),
        sender: row.event.sender,
        receiver: row.event.receiver,
        bericht: kind.map(|kind| kind.name().to_owned()),
        at: row.at,
        reason: row.event.reason,
        meldingen,
    })
}
