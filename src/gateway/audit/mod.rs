//! What an auditor may ask, within the scope that the register gives: messages by any combination of conditions, one message or thread with everything that happened,
//! and for those who were looked at who looked. It reads facts and places, never content.
//!
//! Every look is written down before it is answered, also one that is refused: who cannot be written down is not answered. A question is put to a
//! [`Scope`](crate::register::Scope) and to nothing else; what lies outside is answered like what does not exist.

mod ask;
mod conversation;
mod error;
mod export;
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

use tokio::sync::Semaphore;

pub use ask::{Ask, PAGE_MAX};
pub use conversation::{FINDINGS_MAX, InLog, LineDecided, Opened, Proof, THREAD_MAX};
pub use error::AuditError;
pub use export::{EXPORT_RECORDS_MAX, EXPORTS_MAX, Export};
pub use figures::{AskFigures, Figured};
pub use looks::{LOOKS_MAX, Looks, SeenLook};
pub use purpose::{PURPOSE_CHARS_MAX, Purpose, PurposeError};
pub use search::{LOOKUPS_MAX, ROWS_MAX};

use ask::Question;
use conversation::Opening;
use knooppunt_proof::export::About;
use search::Search;

use crate::ledger::{
    self, Ledger, LedgerError, Listed, Look, Looked, Message, MessageId, Place, Pseudonym, Seen,
    SeenIn, Shown, ThreadId, Viewed,
};
use crate::log::Log;
use crate::receipt::Receipts;
use crate::register::{PartyCode, Scope};
use crate::route::Caller;
use crate::terms::Warning;

/// What auditors are answered from.
pub struct Audit {
    ledger: Arc<Ledger>,
    receipts: Arc<Receipts>,
    warning: Warning,
    log: Option<Arc<Log>>,
    /// Most records of a bundle.
    records_max: usize,
    /// Places for bundles that are made.
    exports: Arc<Semaphore>,
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
    /// Of a thread those within the scope, a page of them.
    pub messages: Vec<Opened>,
    /// Behind which place there are more.
    behind: Option<Place>,
    /// The page behind it; `None`: this was the last.
    pub next: Option<String>,
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
            log: None,
            records_max: EXPORT_RECORDS_MAX,
            exports: Arc::new(Semaphore::new(EXPORTS_MAX)),
        }
    }

    /// With the log that bundles are verified by; without one there are none.
    #[must_use]
    pub fn with_log(self, log: Option<Arc<Log>>) -> Self {
        Self { log, ..self }
    }

    /// With bundles of so many records at most.
    #[must_use]
    pub fn with_records_max(self, records_max: usize) -> Self {
        Self {
            records_max,
            ..self
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

    /// Everything for which every condition holds, as a bundle: found and written down when this returns, and then to be sent. Err: as of [`Audit::search`], of
    /// which [`AuditError::ExportsBusy`] is not written down.
    pub async fn export(&self, caller: &Caller, ask: Ask) -> Result<Export, AuditError> {
        let place = Arc::clone(&self.exports).try_acquire_owned();
        let place = place.map_err(|_| AuditError::ExportsBusy)?;
        let (ledger, asking) = (Arc::clone(&self.ledger), caller.clone());
        let (warning, records_max, log) = (self.warning, self.records_max, self.log.clone());
        let (tried, outcome) = blocking(move || {
            let mut tried = Tried::of(Look::Export);
            let find = || {
                let (scope, mut question) = asked(&ledger, &asking, &ask, &mut tried)?;
                question.limit = export::PAGE;
                if ask.limit.is_some() || ask.page.is_some() {
                    let name = if ask.limit.is_some() { "limit" } else { "page" };
                    let expected = "niets: een uitvoer heeft geen bladzijden";
                    return Err(AuditError::Condition { name, expected });
                }
                let log = log.ok_or(AuditError::NoLog)?;
                let when = (warning, asking.day());
                let found = export::gather(&ledger, &scope, &question, when, records_max)?;
                let (seen, seen_in) = seen(&asking, Some(&scope));
                let parts = seen_in.map_or(0, |seen_in| seen_in.parts);
                let about = export::asked(&seen, parts, &question, found.left_out);
                Ok((log, found, about))
            };
            let outcome = find();
            (tried, outcome)
        })
        .await?;
        let covered = match outcome {
            Ok((log, found, about)) => {
                let last = found.positions.last().copied();
                covered(&log, last, caller)
                    .await
                    .map(|()| (log, found, about))
            }
            Err(error) => Err(error),
        };
        let (log, found, scope) = match covered {
            Ok(covered) => covered,
            Err(error) => {
                let refused: Result<(), _> = Err(error);
                let told = self.told(caller, tried, refused, |()| &[]).await;
                return Err(told.err().unwrap_or(AuditError::Unreadable));
            }
        };
        let purpose = tried.looked.purpose.clone();
        let mut look = 0;
        for piece in export::pieces(&found) {
            let viewed = viewed(caller, tried.look, None, piece);
            look = self.ledger.look(viewed, tried.looked.clone()).await?;
        }
        Ok(Export {
            log,
            ledger: Arc::clone(&self.ledger),
            positions: found.positions,
            about: About {
                made: u64::try_from(caller.at.as_second()).unwrap_or_default(),
                by: Some(caller.party.to_string()),
                purpose,
                scope: Some(scope),
            },
            look,
            _place: place,
        })
    }

    /// One message; `None` for what is no id, which is answered like one that does not exist. Err: as of [`Audit::search`].
    pub async fn message(
        &self,
        caller: &Caller,
        id: Option<MessageId>,
        purpose: Option<String>,
    ) -> Result<Conversation, AuditError> {
        let named = move |opening: Opening<'_>| {
            let Some(id) = id else {
                return Ok((Vec::new(), None));
            };
            let row = opening.ledger.message_row(id)?;
            let row = row.filter(|row| Listed::within(opening.scope, id, row).is_some());
            let opened = row.map(|row| conversation::open(opening, (id, &row)));
            Ok((opened.transpose()?.into_iter().collect(), None))
        };
        self.open(caller, (Look::Message, id), purpose, None, named)
            .await
    }

    /// A page of the messages of a thread within the scope, oldest first; `None` as for [`Audit::message`]. Err: as of [`Audit::search`].
    pub async fn thread(
        &self,
        caller: &Caller,
        thread: Option<ThreadId>,
        purpose: Option<String>,
        page: Option<String>,
    ) -> Result<Conversation, AuditError> {
        let id = thread.map(|thread| MessageId::from_bytes(*thread.as_bytes()));
        let question = thread_question(thread);
        let behind = page.map(|text| {
            let keys = &self.ledger.pseudonyms;
            page::read(&text, caller.party.as_str(), &question, keys)
        });
        let named = move |opening: Opening<'_>| match thread {
            Some(thread) => {
                let behind = behind.flatten().map(|place| place.position);
                Ok(conversation::thread(opening, thread, behind)?)
            }
            None => Ok((Vec::new(), None)),
        };
        let wrong_page = behind == Some(None);
        let mut conversation = self
            .open(
                caller,
                (Look::Thread, id),
                purpose,
                wrong_page.then_some(AuditError::Page),
                named,
            )
            .await?;
        if let Some(place) = conversation.behind {
            let (party, keys) = (caller.party.as_str(), &self.ledger.pseudonyms);
            conversation.next = Some(page::write(place, party, &thread_question(thread), keys));
        }
        Ok(conversation)
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
        wrong: Option<AuditError>,
        named: impl FnOnce(Opening<'_>) -> Result<Page, LedgerError> + Send + 'static,
    ) -> Result<Conversation, AuditError> {
        let (ledger, receipts) = (Arc::clone(&self.ledger), Arc::clone(&self.receipts));
        let (asking, log) = (caller.clone(), self.log.clone());
        let (tried, outcome) = blocking(move || {
            let mut tried = Tried::of(look);
            tried.looked.named = id;
            let opened = || -> Result<(Vec<Message>, Page), AuditError> {
                let scope = tried.may(&asking, purpose.as_deref())?;
                if let Some(wrong) = wrong {
                    return Err(wrong);
                }
                let opening = Opening {
                    ledger: &ledger,
                    receipts: &receipts,
                    log: log.as_deref(),
                    scope: &scope,
                };
                let (opened, behind) = named(opening)?;
                if opened.is_empty() {
                    return Err(AuditError::NotFound);
                }
                let messages = opened.iter().map(|one| one.message.clone()).collect();
                Ok((messages, (opened, behind)))
            };
            let outcome = opened();
            (tried, outcome)
        })
        .await?;
        let told = self.told(caller, tried, outcome, |told| &told.0).await?;
        let ((_, (messages, behind)), look) = told;
        Ok(Conversation {
            messages,
            behind,
            next: None,
            look,
        })
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
        let refused = outcome.as_ref().err().map(|error| error.code().to_owned());
        let viewed = viewed(caller, tried.look, refused, together(messages));
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

/// Messages that were opened, and behind which place there are more.
type Page = (Vec<Opened>, Option<Place>);

fn search(
    ledger: &Ledger,
    warning: Warning,
    caller: &Caller,
    ask: &Ask,
    tried: &mut Tried,
) -> Result<Found, AuditError> {
    let (scope, question) = asked(ledger, caller, ask, tried)?;
    let search = Search::within(&scope, &question, ledger, (warning, caller.day()))?;
    let (party, keys) = (caller.party.as_str(), &ledger.pseudonyms);
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

/// What is asked and within which scope, noted as far as it may be written down. Err: he is no auditor, says no purpose or a wrong condition, or asks over the scope.
fn asked(
    ledger: &Ledger,
    caller: &Caller,
    ask: &Ask,
    tried: &mut Tried,
) -> Result<(Scope, Question), AuditError> {
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
    let reaches = search::reaches(&scope, &question)?;
    if let Some(bsn) = &question.bsn {
        let towards = reaches.iter();
        let mut clients: Vec<Pseudonym> = towards
            .map(|reach| keys.client(reach.law().as_str(), reach.gemeente().as_str(), bsn))
            .collect();
        clients.sort_unstable();
        clients.dedup();
        looked.clients = clients;
    }
    Ok((scope, question))
}

/// What a page of a thread is bound to.
fn thread_question(thread: Option<ThreadId>) -> Vec<u8> {
    let id = thread.map(|thread| *thread.as_bytes()).unwrap_or_default();
    [b"thread ".as_slice(), &id].concat()
}

/// Whether the records up to the last are under a checkpoint; waits for one for as long as a receipt does. Err: they are not, or it cannot be told.
async fn covered(log: &Arc<Log>, last: Option<u64>, caller: &Caller) -> Result<(), AuditError> {
    // Without a record there is still to be a checkpoint that shows of which log it is.
    let last = last.unwrap_or_default();
    match log.prove(last, log.receipt_waits(caller.at)).await {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(AuditError::NotInLog),
        Err(error) => {
            tracing::error!(code = error.code(), %error, "an export without its proofs");
            Err(AuditError::NotInLog)
        }
    }
}

/// A look as it is written down.
fn viewed(caller: &Caller, look: Look, refused: Option<String>, shown: Vec<Shown>) -> Viewed {
    let scope = caller.register.scope_of(&caller.party);
    let (scope, scope_in) = seen(caller, scope.as_ref());
    Viewed {
        party: caller.party.to_string(),
        look,
        refused,
        count: shown.iter().map(|shown| shown.messages.len() as u64).sum(),
        scope,
        shown,
        scope_in,
    }
}

/// The scope as it is written down: its parts, or where to read them when they are too many.
fn seen(caller: &Caller, scope: Option<&Scope>) -> (Vec<Seen>, Option<SeenIn>) {
    let Some(scope) = scope else {
        return (Vec::new(), None);
    };
    if let Some(parts) = Seen::of(scope) {
        return (parts, None);
    }
    let seen_in = SeenIn {
        register: caller.register.hash(),
        parts: scope.reaches().len() as u64,
    };
    (Vec::new(), Some(seen_in))
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
