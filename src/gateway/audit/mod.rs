//! What an auditor may ask, within the scope that the register gives: messages by any combination of conditions, one message or thread with everything that happened,
//! and for those who were looked at who looked. It reads facts and places, never content.
//!
//! Every look is written down before it is answered, also one that is refused: who cannot be written down is not answered. A question is put to a
//! [`Scope`](crate::register::Scope) and to nothing else; what lies outside is answered like what does not exist.

mod ask;
mod conversation;
mod error;
mod figures;
mod looks;
mod page;
mod purpose;
mod search;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

pub use ask::{Ask, PAGE_MAX};
pub use conversation::{FINDINGS_MAX, LineDecided, Opened};
pub use error::AuditError;
pub use figures::{AskFigures, Figured};
pub use looks::{LOOKS_MAX, Looks, SeenLook};
pub use purpose::{PURPOSE_CHARS_MAX, Purpose, PurposeError};
pub use search::{LOOKUPS_MAX, ROWS_MAX};

use ask::Question;
use search::Search;

use crate::ledger::{
    self, Ledger, LedgerError, Listed, Look, Looked, Message, MessageId, Pseudonym, Seen, Shown,
    ThreadId, Viewed,
};
use crate::receipt::Receipts;
use crate::register::{PartyCode, Scope};
use crate::route::Caller;
use crate::terms::Warning;

/// What auditors are answered from.
pub struct Audit {
    ledger: Arc<Ledger>,
    receipts: Arc<Receipts>,
    warning: Warning,
}

impl fmt::Debug for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Audit")
            .field("ledger", &self.ledger)
            .finish_non_exhaustive()
    }
}

/// A page of a search.
#[derive(Debug)]
pub struct Answer {
    /// Newest first.
    pub messages: Vec<Message>,
    /// The page behind it; `None`: this was the last. A page may be short, or empty, and still have one.
    pub next: Option<String>,
    /// Position of the record that says that this was looked at.
    pub look: u64,
}

/// Messages that were opened, oldest first.
#[derive(Debug)]
pub struct Conversation {
    /// Of a thread those within the scope.
    pub messages: Vec<Opened>,
    /// Position of the record that says that this was looked at.
    pub look: u64,
}

/// What was asked, as far as it may be written down.
struct Tried {
    look: Look,
    looked: Looked,
}

impl Audit {
    /// Of this ledger. `warning` says when the end of a term is near.
    pub fn new(ledger: Arc<Ledger>, receipts: Arc<Receipts>, warning: Warning) -> Self {
        Self {
            ledger,
            receipts,
            warning,
        }
    }

    /// A page of the messages for which every condition holds. Err: refused, and written down; or we could not do our work, and nothing is told.
    pub async fn search(&self, caller: &Caller, ask: Ask) -> Result<Answer, AuditError> {
        let (ledger, warning, asking) = (Arc::clone(&self.ledger), self.warning, caller.clone());
        let (tried, outcome) = blocking(move || {
            let mut tried = Tried::of(Look::Search);
            let outcome = search(&ledger, warning, &asking, &ask, &mut tried);
            (tried, outcome)
        })
        .await?;
        let page = self.told(caller, tried, outcome, |page| &page.0).await?;
        let ((messages, next), look) = page;
        Ok(Answer {
            messages,
            next,
            look,
        })
    }

    /// One message; `None` for what is no id, which is answered like one that does not exist. Err: as of [`Audit::search`].
    pub async fn message(
        &self,
        caller: &Caller,
        id: Option<MessageId>,
        purpose: Option<String>,
    ) -> Result<Conversation, AuditError> {
        let named = move |ledger: &Ledger| {
            let Some(id) = id else {
                return Ok(Vec::new());
            };
            let row = ledger.message_row(id)?;
            Ok(row.into_iter().map(|row| (id, row)).collect())
        };
        self.open(caller, (Look::Message, id), purpose, named).await
    }

    /// The messages of a thread within the scope, oldest first; `None` as for [`Audit::message`]. Err: as of [`Audit::search`].
    pub async fn thread(
        &self,
        caller: &Caller,
        thread: Option<ThreadId>,
        purpose: Option<String>,
    ) -> Result<Conversation, AuditError> {
        let id = thread.map(|thread| MessageId::from_bytes(*thread.as_bytes()));
        let named = move |ledger: &Ledger| match thread {
            Some(thread) => ledger.thread(thread),
            None => Ok(Vec::new()),
        };
        self.open(caller, (Look::Thread, id), purpose, named).await
    }

    /// Writes a look down that cannot even be read, and gives why it is refused.
    pub async fn refuse(&self, caller: &Caller, look: Look, error: AuditError) -> AuditError {
        let outcome: Result<(), _> = Err(error);
        let told = self.told(caller, Tried::of(look), outcome, |()| &[]).await;
        told.err().unwrap_or(AuditError::Unreadable)
    }

    /// Who looked at messages of the codes that the caller owns, newest first, before a position. It is his to know, so it is no look. Err: we could not do our work.
    pub async fn looks(&self, caller: &Caller, before: Option<u64>) -> Result<Looks, AuditError> {
        let (ledger, caller) = (Arc::clone(&self.ledger), caller.clone());
        let looks = ledger::blocking(move || looks::of_party(&ledger, &caller, before));
        Ok(looks.await?)
    }

    /// Who looked at messages about a client, and who searched for him, for the municipality that owns the code. Err: `bsn` is none, or the code is not the
    /// caller's; or we could not do our work.
    pub async fn looks_for(
        &self,
        caller: &Caller,
        gemeente: PartyCode,
        bsn: String,
        before: Option<u64>,
    ) -> Result<Looks, AuditError> {
        if !purpose::is_bsn(bsn.as_bytes()) {
            return Err(AuditError::Condition {
                name: "bsn",
                expected: "een burgerservicenummer van negen cijfers",
            });
        }
        let (ledger, caller) = (Arc::clone(&self.ledger), caller.clone());
        let of = move || looks::of_client(&ledger, &caller, (gemeente, &bsn), before);
        blocking(of).await?
    }

    async fn open(
        &self,
        caller: &Caller,
        (look, id): (Look, Option<MessageId>),
        purpose: Option<String>,
        named: impl FnOnce(&Ledger) -> Result<Vec<(MessageId, ledger::MessageRow)>, LedgerError>
        + Send
        + 'static,
    ) -> Result<Conversation, AuditError> {
        let (ledger, receipts) = (Arc::clone(&self.ledger), Arc::clone(&self.receipts));
        let asking = caller.clone();
        let (tried, outcome) = blocking(move || {
            let mut tried = Tried::of(look);
            tried.looked.named = id;
            let opened = || -> Result<(Vec<Message>, Vec<Opened>), AuditError> {
                let scope = tried.may(&asking, purpose.as_deref())?;
                let mut opened = Vec::new();
                for (id, row) in named(&ledger)? {
                    if Listed::within(&scope, id, &row).is_some() {
                        let one = conversation::open(&ledger, &receipts, &scope, (id, &row))?;
                        opened.push(one);
                    }
                }
                if opened.is_empty() {
                    return Err(AuditError::NotFound);
                }
                let messages = opened.iter().map(|one| one.message.clone()).collect();
                Ok((messages, opened))
            };
            let outcome = opened();
            (tried, outcome)
        })
        .await?;
        let told = self.told(caller, tried, outcome, |told| &told.0).await?;
        let ((_, messages), look) = told;
        Ok(Conversation { messages, look })
    }

    /// Writes the look down, and only then gives what was found.
    async fn told<T>(
        &self,
        caller: &Caller,
        tried: Tried,
        outcome: Result<T, AuditError>,
        shown: impl Fn(&T) -> &[Message],
    ) -> Result<(T, u64), AuditError> {
        let outcome = match outcome {
            // We have nothing to tell, so nobody looked.
            Err(AuditError::Ledger(error)) => return Err(error.into()),
            outcome => outcome,
        };
        let messages = outcome.as_ref().map_or(&[][..], |told| shown(told));
        let scope = caller.register.scope_of(&caller.party);
        let viewed = Viewed {
            party: caller.party.to_string(),
            look: tried.look,
            refused: outcome.as_ref().err().map(|error| error.code().to_owned()),
            count: messages.len() as u64,
            scope: scope.as_ref().map(Seen::of).unwrap_or_default(),
            shown: together(messages),
        };
        let look = self.ledger.look(viewed, tried.looked).await?;
        Ok((outcome?, look))
    }
}

impl Tried {
    fn of(look: Look) -> Self {
        Self {
            look,
            looked: Looked::default(),
        }
    }

    /// The scope of the caller, who says for what he looks. Err: he is no auditor, or does not say it.
    fn may(&mut self, caller: &Caller, purpose: Option<&str>) -> Result<Scope, AuditError> {
        let purpose = Purpose::of(purpose);
        if let Ok(purpose) = &purpose {
            self.looked.purpose = Some(purpose.as_str().to_owned());
        }
        let scope = caller.register.scope_of(&caller.party);
        let scope = scope.ok_or(AuditError::NoAuditor)?;
        purpose.map_err(AuditError::Purpose)?;
        Ok(scope)
    }
}

type Found = (Vec<Message>, Option<String>);

fn search(
    ledger: &Ledger,
    warning: Warning,
    caller: &Caller,
    ask: &Ask,
    tried: &mut Tried,
) -> Result<Found, AuditError> {
    let scope = tried.may(caller, ask.purpose.as_deref())?;
    let question = Question::of(ask)?;
    let (looked, keys) = (&mut tried.looked, &ledger.pseudonyms);
    looked.filters = question.filters();
    looked.reference = question
        .reference
        .as_deref()
        .map(|text| keys.asked_for(text));
    looked.named = question
        .thread
        .map(|thread| MessageId::from_bytes(*thread.as_bytes()));
    let search = Search::within(&scope, &question, ledger, (warning, caller.day()))?;
    if let Some(bsn) = &question.bsn {
        let towards = search.reaches().iter();
        let mut clients: Vec<Pseudonym> = towards
            .map(|reach| keys.client(reach.law().as_str(), reach.gemeente().as_str(), bsn))
            .collect();
        clients.sort_unstable();
        clients.dedup();
        looked.clients = clients;
    }
    let party = caller.party.as_str();
    let behind = match &ask.page {
        None => None,
        Some(text) => {
            let place = page::read(text, party, &question.bytes, keys);
            Some(place.ok_or(AuditError::Page)?)
        }
    };
    let page = search.page(behind)?;
    let next = page
        .next
        .map(|place| page::write(place, party, &question.bytes, keys));
    Ok((page.messages, next))
}

/// Messages as a look is written down with them: those between the same two together.
fn together(messages: &[Message]) -> Vec<Shown> {
    let mut between: BTreeMap<(String, String), Vec<u64>> = BTreeMap::new();
    for message in messages {
        let pair = (message.maker.to_string(), message.receiver.to_string());
        between.entry(pair).or_default().push(message.position);
    }
    let shown = between.into_iter();
    shown
        .map(|((maker, receiver), messages)| Shown {
            maker,
            receiver,
            messages,
        })
        .collect()
}

/// Runs work that may wait for the disk. Err: it panicked.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, AuditError> {
    Ok(ledger::blocking(move || Ok(work())).await?)
}
