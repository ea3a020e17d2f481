//! One message that is handed in: read, looked at in the published order, given to intake, and answered.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::HeaderMap;
use bytes::Bytes;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::answer::Answer;
use super::{Ggk, UnknownQuestion};
use crate::api::asker::Asker;
use crate::api::problem::ApiError;
use crate::api::{body, media};
use crate::envelope::ggk::read::{self, Content, Fault};
use crate::envelope::ggk::write::Own;
use crate::envelope::ggk::{Fo01, Letter, Operation, Read, Stuurgegevens, namespace};
use crate::envelope::mapping::minted;
use crate::envelope::tables::{Condition, Functie, Way};
use crate::envelope::wire::{Wire, uuid_text};
use crate::intake::{Handed, IntakeError, OnWire, Outcome, Rejection};
use crate::ledger::{Door, KindRecord, MessageId};
use crate::register::{FileCode, PartyCode};
use crate::route::Caller;

/// A message that was read, and the buffer that its content stands in.
struct Taken {
    read: Read,
    buffer: Vec<u8>,
}

/// Takes a message of OntvangAsynchroon.
pub(super) async fn receive(State(ggk): State<Arc<Ggk>>, request: Request) -> Answer {
    let (mut head, mut rest) = request.into_parts();
    let settings = &ggk.api.settings;
    let reading = async {
        let mut asker = Asker::from_request_parts(&mut head, &ggk.api).await?;
        asker.permit.hands_in()?;
        media::require_xml(&head.headers)?;
        let announced = body::announced(&head.headers, head.version, settings)?;
        let bytes = body::read(&mut rest, announced, &mut asker.permit, settings).await?;
        Ok((asker, bytes))
    };
    let (asker, bytes) = match reading.await {
        Ok(whole) => whole,
        Err(error) => {
            body::read_away(rest, &head.headers, &error, settings);
            return Answer::Http(error);
        }
    };
    let at = asker.caller.at;
    let limits = ggk.api.intake.limits().clone();
    let length = bytes.len();
    let work = move || {
        let mut buffer = Vec::from(bytes);
        read::read(&mut buffer, &limits).map(|read| Taken { read, buffer })
    };
    let taken = match ggk.api.intake.in_lane(&asker.caller, length, work).await {
        Ok(Ok(taken)) => taken,
        Ok(Err(unread)) => return Answer::unread(unread, at),
        Err(_) => return Answer::Http(ApiError::Bug),
    };
    let (operation, door) = match &taken.read {
        Read::Letter(letter) => (letter.operation, letter.wire.door),
        Read::Refusal(_) => (Operation::Fo01, Door::Ggk0210),
    };
    if let Err(text) = same_action(&head.headers, operation, door) {
        return Answer::Fault(Fault::Client, text);
    }
    let answer = match taken {
        Taken {
            read: Read::Letter(letter),
            buffer,
        } => letter_in(&ggk, &asker, *letter, buffer).await,
        Taken {
            read: Read::Refusal(refusal),
            ..
        } => refusal_in(&ggk, &asker, *refusal).await,
    };
    answer.unwrap_or_else(|stop| stop.answer(at))
}

/// Why a message goes no further.
enum Stop {
    Refused(Box<Stuurgegevens>, Condition, Option<&'static str>),
    Fault(String),
}

impl Stop {
    fn answer(self, at: Timestamp) -> Answer {
        match self {
            Self::Refused(of, condition, details) => {
                Answer::Refused(of, condition, details.map(str::to_owned), at)
            }
            Self::Fault(text) => Answer::Fault(Fault::Client, text),
        }
    }

    /// The message could not be stored: it may be sent again as it is.
    fn not_stored(of: &Stuurgegevens, error: &IntakeError) -> Self {
        tracing::warn!(code = error.code(), "a message of the GGk was not stored");
        Self::Refused(Box::new(of.clone()), Condition::NotStored, None)
    }
}

/// That the header which names an action says nothing else than the message. It may be missing or empty.
fn same_action(headers: &HeaderMap, operation: Operation, door: Door) -> Result<(), String> {
    let mut actions = headers.get_all("soapaction").iter();
    let (action, None) = (actions.next(), actions.next()) else {
        return Err("Er is meer dan een kop SOAPAction.".to_owned());
    };
    let action = action.map_or(Ok(""), |action| action.to_str());
    let action = action.map(|action| action.trim().trim_matches('"'));
    match action {
        Ok(action) if action.is_empty() || action == operation.action(namespace(door)) => Ok(()),
        _ => Err("De kop SOAPAction noemt een andere bewerking dan het bericht is.".to_owned()),
    }
}

/// The checks that StUF has answered at once, in their order; then intake.
async fn letter_in(
    ggk: &Ggk,
    asker: &Asker,
    letter: Letter,
    buffer: Vec<u8>,
) -> Result<Answer, Stop> {
    let Letter {
        operation,
        stuurgegevens: of,
        code,
        wrong,
        wire,
        content,
        whole,
    } = letter;
    let (api, caller) = (&ggk.api, &asker.caller);
    let refused = |condition| Stop::Refused(Box::new(of.clone()), condition, None);
    let failed = |error: IntakeError| Stop::not_stored(&of, &error);
    known_sender(asker, &of)?;
    match api
        .intake
        .on_wire_before(caller, &wire)
        .await
        .map_err(failed)?
    {
        OnWire::Same(outcome) => return stored(&of, &outcome),
        OnWire::Other => return Err(refused(Condition::NumberTaken)),
        OnWire::New => {}
    }
    if let Some(condition) = code {
        return Err(refused(condition));
    }
    if let Some(name) = wrong {
        return Err(wrong_element(name));
    }
    let Some(named) = Named::of(&wire, content.is_ok(), caller) else {
        return Err(refused(Condition::KindUnknown));
    };
    if let Named::Standard(functie) = &named
        && let Some((law, soort)) = functie.kind()
        && let (Some(version), Some(subversion)) = (wire.functie_version, wire.functie_subversion)
        && !api.intake.has_release(law, soort, version, subversion)
    {
        return Err(refused(Condition::KindUnsupported));
    }
    if !named.goes_as(operation, caller) {
        return Err(refused(Condition::KindAndCode));
    }
    if operation == Operation::Du01
        && named.answers_what_is_known()
        && ggk.settings.unknown_question == UnknownQuestion::Refuse
        // Who may not answer for the sender is not told whether there is a question: intake refuses him either way.
        && may_answer(caller, &named, &wire)
    {
        let question = wire.answers.as_deref().unwrap_or_default();
        let between = (wire.receiver.code.as_str(), wire.sender.code.as_str());
        let known = api.intake.known_on_wire(question, between).await;
        if known.map_err(failed)?.is_none() {
            return Err(refused(Condition::AnswersNothing));
        }
    }
    if api.health.may_take().is_err() {
        return Err(refused(Condition::NotStored));
    }
    let buffer = Bytes::from(buffer);
    let accepted = if let Ok(content) = content {
        let body = match content {
            Content::InPlace(range) => buffer.slice(range),
            Content::Apart(bytes) => bytes.into(),
        };
        let wire = Some(wire);
        api.intake.accept(caller, Handed { body, wire }).await
    } else {
        // It can be addressed and not be read: its sender gets an Fo01.
        let whole = buffer.slice(whole);
        let fault = Condition::EnvelopeInvalid;
        let refusing = api.intake.refuse_unopened(caller, wire, &whole, fault);
        refusing.await
    };
    let outcome = accepted.map_err(failed)?;
    if matches!(outcome, Outcome::Accepted(..) | Outcome::Returned(_)) {
        api.health.wrote();
    }
    stored(&of, &outcome)
}

/// Whether the sender is somebody whom the register knows.
fn known_sender(asker: &Asker, of: &Stuurgegevens) -> Result<(), Stop> {
    let code = of.sender.code.parse::<PartyCode>().ok();
    if code.is_some_and(|code| asker.caller.knows(&code)) {
        Ok(())
    } else {
        Err(Stop::Refused(
            Box::new(of.clone()),
            Condition::SenderUnknown,
            None,
        ))
    }
}

/// What the functie of an envelope names.
enum Named<'c> {
    /// A kind of the standards.
    Standard(Functie<'static>),
    /// Files that are no message of them, as the register spells their functie.
    Files(&'c str),
}

impl<'c> Named<'c> {
    /// `None`: nothing that goes in such an envelope. What of it cannot be read may be either.
    fn of(wire: &Wire, is_read: bool, caller: &'c Caller) -> Option<Self> {
        let name = wire.functie.as_deref().unwrap_or_default();
        let is_file = wire.file_name.is_some();
        let standard = || Functie::named(name).map(Self::Standard);
        let files = || {
            let functie = caller.register.files().functie(name);
            functie.map(Self::Files)
        };
        match (is_read, is_file) {
            (true, true) => files(),
            (true, false) => standard(),
            (false, _) => standard().or_else(files),
        }
    }

    /// Whether it goes with this berichtcode.
    fn goes_as(&self, operation: Operation, caller: &Caller) -> bool {
        match self {
            Self::Standard(functie) => match functie.way {
                Way::First => operation == Operation::Di01,
                Way::Answer => operation == Operation::Du01,
                Way::Both => true,
            },
            Self::Files(functie) => {
                let code = match operation {
                    Operation::Du01 => FileCode::Du01,
                    Operation::Di01 | Operation::Fo01 => FileCode::Di01,
                };
                let files = caller.register.files();
                files.goes_as(functie, code)
            }
        }
    }

    /// Whether what it answers must be known here: a 325 answers by its contents.
    fn answers_what_is_known(&self) -> bool {
        match self {
            Self::Standard(functie) => functie.way != Way::Both,
            Self::Files(_) => true,
        }
    }
}

/// Whether the caller may hand in what is named around the content, for the sender that is named there.
fn may_answer(caller: &Caller, named: &Named<'_>, wire: &Wire) -> bool {
    let number = |version: Option<u16>| version.unwrap_or_default();
    let versions = (
        number(wire.functie_version),
        number(wire.functie_subversion),
    );
    let kind = match named {
        Named::Files(functie) => Some(KindRecord::file(functie, versions)),
        Named::Standard(functie) => functie.kind().map(|(law, soort)| KindRecord {
            law: law.as_str().to_owned(),
            release: format!("{}.{}", versions.0, versions.1),
            soort: soort.number(),
            functie: None,
        }),
    };
    let sender = wire.sender.code.parse::<PartyCode>();
    sender.is_ok_and(|code| caller.may_know_of(&code, kind.as_ref()))
}

fn wrong_element(name: &str) -> Stop {
    Stop::Fault(format!(
        "De stuurgegevens voldoen niet aan het schema: {name} ontbreekt, staat niet op zijn plaats of heeft niet de juiste vorm."
    ))
}

/// What is said of what became of a message. The same message gets the same answer every time.
fn stored(of: &Stuurgegevens, outcome: &Outcome) -> Result<Answer, Stop> {
    let (id, at) = match outcome {
        Outcome::Accepted(message, _) | Outcome::Repeat(message) => (message.id, message.received),
        Outcome::Returned(returned) => (returned.id, returned.at),
        Outcome::Refused(refusal) => {
            let condition = refusal.condition();
            return Err(Stop::Refused(Box::new(of.clone()), condition, None));
        }
    };
    Ok(confirmed(of, id, at))
}

fn confirmed(of: &Stuurgegevens, id: MessageId, at: Timestamp) -> Answer {
    let mut hash = Sha256::new();
    hash.update(b"Bv03");
    hash.update(id.as_bytes());
    hash.update(of.number.as_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    let mut bits = [0; 16];
    for (to, from) in bits.iter_mut().zip(digest) {
        *to = from;
    }
    let number = uuid_text(minted(MessageId::from_bytes(bits)));
    Answer::Stored(Box::new(of.clone()), Own { number, at })
}

/// Why a declaration that waits is not refused by whoever only reads it.
const NOT_HIS_TO_DECIDE: &str = "Deze declaratie wacht op een besluit van de gemeente. Wie haar weigert, heeft een machtiging om te besluiten nodig; de gemeente kan ook zelf besluiten of met een 325 antwoorden.";

/// A refusal by a receiver of what was brought to him.
async fn refusal_in(ggk: &Ggk, asker: &Asker, refusal: Fo01) -> Result<Answer, Stop> {
    let Fo01 {
        stuurgegevens: of,
        code,
        wrong,
        wire,
        fault,
    } = refusal;
    let (api, caller) = (&ggk.api, &asker.caller);
    let refused = |condition| Stop::Refused(Box::new(of.clone()), condition, None);
    let failed = |error: IntakeError| Stop::not_stored(&of, &error);
    known_sender(asker, &of)?;
    if let Some(condition) = code {
        return Err(refused(condition));
    }
    if let Some(name) = wrong {
        return Err(wrong_element(name));
    }
    if api.health.may_take().is_err() {
        return Err(refused(Condition::NotStored));
    }
    match api
        .intake
        .reject(caller, wire, &fault)
        .await
        .map_err(failed)?
    {
        Rejection::Settled { id, at } => Ok(confirmed(&of, id, at)),
        Rejection::Unknown => Err(refused(Condition::AnswersNothing)),
        Rejection::NumberTaken => Err(refused(Condition::NumberTaken)),
        Rejection::NotHisToDecide => {
            let (condition, details) = (Condition::NotAuthorised, Some(NOT_HIS_TO_DECIDE));
            Err(Stop::Refused(Box::new(of.clone()), condition, details))
        }
    }
}
