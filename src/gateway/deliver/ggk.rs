//! The client of `OntvangAsynchroon`: Di01, Du01 and Fo01 of ggk0210 and ggk0310 in SOAP 1.1, and what is answered: Bv03, or Fo03 in a fault.
//!
//! Sources: the published WSDLs and schemas of both versions; StUF 03.01 4.4 for what an answer means.

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderName, StatusCode};
use jiff::Timestamp;
use knooppunt_standard::Limits;
use knooppunt_standard::markup::{Element, Markup};

use super::said::Said;
use super::{Reason, Refusal, Verdict};
use crate::envelope::ggk::write::{self, Versions};
use crate::envelope::ggk::{Operation, SOAP, STUF, Stuurgegevens, namespace};
use crate::envelope::mapping;
use crate::envelope::tables::{Generation, Way};
use crate::envelope::wire::Side;
use crate::ledger::Door;
use crate::register::EndpointKind;
use crate::transport::Answer;

/// Most bytes of a whole envelope: 25 MB, read as 2^20.
const ENVELOPE_BYTES_MAX: usize = 26_214_400;
/// Most elements of an answer.
const ELEMENTS_MAX: usize = 1_000;
/// Depth of an answer: envelope, body, fault, detail, Fo03 and what is in it.
const DEPTH_MAX: usize = 16;

/// A request, ready to be posted.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Post {
    pub(super) headers: Vec<(HeaderName, String)>,
    pub(super) body: Bytes,
    /// The number that a Bv03 must name.
    pub(super) number: String,
}

impl Post {
    /// The Di01 or Du01 of a message: the same bytes every time. Err: it cannot be said on this wire.
    pub(super) fn of(
        said: &Said<'_>,
        kind: EndpointKind,
        received: Timestamp,
    ) -> Result<Self, Reason> {
        // 325 is a first message by its form; as an answer it goes only where the number that it answers is known.
        let answers = match said.functie.way {
            Way::First => None,
            Way::Answer => Some(
                said.numbers
                    .answers
                    .clone()
                    .unwrap_or_else(|| said.numbers.conversation.clone()),
            ),
            Way::Both => said.numbers.answers.clone(),
        };
        let operation = match answers {
            None => Operation::Di01,
            Some(_) => Operation::Du01,
        };
        let door = match kind {
            EndpointKind::Ggk0310 => Door::Ggk0310,
            EndpointKind::Ggk0210 | EndpointKind::VspPush => Door::Ggk0210,
        };
        let of = Stuurgegevens {
            code: operation.code().to_owned(),
            sender: side(said.maker, &said.application),
            receiver: side(said.receiver, said.receiver_application),
            number: said.numbers.number.clone(),
            sent_at: write::tijdstip_in_ms(received),
            answers: answers.as_deref().map(writable),
            functie: Some(said.functie.name.to_owned()),
            ..Stuurgegevens::default()
        };
        let versions = Versions {
            applicatie: said.application_versions,
            functie: said.versions,
        };
        let text = write::letter(door, &of, versions, said.body, said.file_name)
            .ok_or_else(|| Reason::new("version-too-large"))?;
        if text.len() > ENVELOPE_BYTES_MAX {
            return Err(Reason::new("envelope-too-large"));
        }
        Ok(Self::new(
            text,
            &operation.action(namespace(door)),
            of.number,
        ))
    }

    /// The Fo01 by which a sender learns that his message was refused after its receipt was confirmed: the same bytes every time. Err: it cannot be told.
    pub(super) fn fo01(refusal: &Refusal) -> Result<Self, Reason> {
        if refusal.number.is_empty() {
            return Err(Reason::new("number-unknown"));
        }
        let (condition, words) = (refusal.condition, &refusal.words);
        let codes = Generation::named(&words.codes);
        let code = condition.told(codes, refusal.about_municipality);
        let own = mapping::applicatie(&words.application);
        let applicatie = refusal.application.as_deref();
        let applicatie =
            applicatie.map_or_else(|| words.receiver_application.clone(), mapping::applicatie);
        let operation = Operation::Fo01;
        let of = Stuurgegevens {
            code: operation.code().to_owned(),
            sender: side(&own, &own),
            receiver: side(&refusal.sender, &applicatie),
            number: mapping::ggk_number(refusal.id, None),
            sent_at: write::tijdstip_in_ms(refusal.at),
            answers: Some(writable(&refusal.number)),
            ..Stuurgegevens::default()
        };
        let details = refusal.details.as_deref().map(writable);
        let text = write::fo01(&of, code, condition, details.as_deref());
        Ok(Self::new(text, &operation.action(STUF), of.number))
    }

    fn new(text: String, action: &str, number: String) -> Self {
        Self {
            headers: vec![
                (CONTENT_TYPE, "text/xml; charset=utf-8".to_owned()),
                (ACCEPT, "text/xml".to_owned()),
                (
                    HeaderName::from_static("soapaction"),
                    format!("\"{action}\""),
                ),
            ],
            body: text.into(),
            number,
        }
    }
}

fn side(code: &str, applicatie: &str) -> Side {
    Side {
        code: writable(code),
        applicatie: Some(writable(applicatie)),
        ..Side::default()
    }
}

/// A text that may have come from anywhere, without what XML does not allow.
fn writable(text: &str) -> String {
    text.chars().filter(|one| !one.is_control()).collect()
}

/// What an answer to the message of this number means.
pub(super) fn verdict(answer: &Answer, number: &str, empty_200: bool) -> Verdict {
    let ok = answer.status.is_success();
    if answer.body.is_empty() {
        let counts = matches!(answer.status, StatusCode::OK | StatusCode::ACCEPTED);
        return if empty_200 && counts {
            Verdict::Taken { confirmed: false }
        } else {
            not_taken(answer)
        };
    }
    let limits = Limits {
        depth: DEPTH_MAX,
        ..Limits::default()
    };
    let Ok(markup) = Markup::read(&answer.body, &limits, ELEMENTS_MAX, &[]) else {
        return not_taken(answer);
    };
    let envelope = markup.root().filter(|root| root.is(SOAP, "Envelope"));
    let body = envelope.and_then(|envelope| envelope.child(SOAP, "Body"));
    let Some(content) = body.and_then(|body| body.children().next()) else {
        return if empty_200 && answer.status == StatusCode::ACCEPTED {
            Verdict::Taken { confirmed: false }
        } else {
            not_taken(answer)
        };
    };
    if content.is(STUF, "Bv03Bericht") && ok {
        return if is_about(content, "Bv03", number) {
            Verdict::Taken { confirmed: true }
        } else {
            Verdict::NotTaken(Reason::new("other-bv03"))
        };
    }
    // A fault has its Fo03 in its detail; some send it as an answer of its own.
    let fo03 = if content.is(SOAP, "Fault") {
        let mut below = content.children();
        below
            .find(|child| child.name() == "detail")
            .and_then(|detail| detail.child(STUF, "Fo03Bericht"))
    } else {
        Some(content).filter(|content| content.is(STUF, "Fo03Bericht"))
    };
    let Some(fo03) = fo03 else {
        return not_taken(answer);
    };
    if !is_about(fo03, "Fo03", number) {
        return Verdict::NotTaken(Reason::new("other-fo03"));
    }
    let said = |name: &str| said(fo03, "body", name);
    let reason = Reason::published(&said("code"));
    if said("plek") == "client" {
        Verdict::Refused(reason)
    } else {
        Verdict::NotTaken(reason)
    }
}

fn not_taken(answer: &Answer) -> Verdict {
    let reason = if answer.status.is_success() {
        "no-bv03".to_owned()
    } else {
        format!("http-{}", answer.status.as_u16())
    };
    Verdict::NotTaken(Reason::new(&reason))
}

/// Whether it says to be of this code, and about the message of this number.
fn is_about(message: Element<'_>, code: &str, number: &str) -> bool {
    let said = |name: &str| said(message, "stuurgegevens", name);
    said("berichtcode") == code && said("crossRefnummer") == number
}

/// What a field of this name says in this part of a message; empty where there is none, or more than a text in it.
fn said(message: Element<'_>, part: &str, name: &str) -> String {
    let field = message
        .child(STUF, part)
        .and_then(|part| part.child(STUF, name))
        .filter(|field| field.children().next().is_none());
    field.map_or_else(String::new, |field| field.text().trim().to_owned())
}
