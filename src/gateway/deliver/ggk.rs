//! The client of `OntvangAsynchroon`: Di01, Du01 and Fo01 of ggk0210 and ggk0310 in SOAP 1.1, and what is answered: Bv03, or Fo03 in a fault.
//!
//! Sources: the published WSDLs and schemas of both versions; StUF 03.01 4.4 for what an answer means.

use std::fmt::Write as _;

use bytes::Bytes;
use data_encoding::BASE64;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderName, StatusCode};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use knooppunt_standard::Limits;
use knooppunt_standard::markup::{Element, Markup};

use super::said::Said;
use super::{Reason, Refusal, Verdict};
use crate::envelope::mapping::{self, version_text};
use crate::envelope::tables::{Condition, Generation, Way};
use crate::register::EndpointKind;
use crate::transport::Answer;

/// Namespace of StUF.
const STUF: &str = "http://www.egem.nl/StUF/StUF0301";
/// Namespace of SOAP 1.1.
const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// Namespace of xmime:contentType.
const XMIME: &str = "http://www.w3.org/2005/05/xmlmime";
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

/// Who sends and who receives, as StUF writes it.
struct System<'s> {
    organisatie: &'s str,
    applicatie: &'s str,
}

impl Post {
    /// The Di01 or Du01 of a message: the same bytes every time. Err: it cannot be said on this wire.
    pub(super) fn of(
        said: &Said<'_>,
        kind: EndpointKind,
        receiver_application: &str,
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
        let (code, element) = match answers {
            None => ("Di01", "envelopHeenbericht-ggk_Di01"),
            Some(_) => ("Du01", "envelopRetourbericht-ggk_Du01"),
        };
        let four =
            |version: u16| version_text(version).ok_or_else(|| Reason::new("version-too-large"));
        let namespace = namespace(kind);
        let content_bytes = BASE64.encode_len(said.body.len());
        let mut text = String::with_capacity(content_bytes + 2_048);
        begin(&mut text);
        let _ = write!(
            text,
            "<GGK:{element} xmlns:GGK=\"{namespace}\" xmlns:StUF=\"{STUF}\"><GGK:stuurgegevens>"
        );
        let zender = System {
            organisatie: said.maker,
            applicatie: &said.application,
        };
        let ontvanger = System {
            organisatie: said.receiver,
            applicatie: receiver_application,
        };
        stuurgegevens(
            &mut text,
            code,
            [&zender, &ontvanger],
            &said.numbers.number,
            received,
            answers.as_deref(),
        );
        let _ = write!(
            text,
            "<StUF:functie>{}</StUF:functie></GGK:stuurgegevens><GGK:parameters>",
            said.functie.name
        );
        for (name, version) in [
            ("applicatieVersie", said.application_versions.0),
            ("applicatieSubversie", said.application_versions.1),
            ("functieVersie", said.versions.0),
            ("functieSubversie", said.versions.1),
        ] {
            let _ = write!(text, "<GGK:{name}>{}</GGK:{name}>", four(version)?);
        }
        let (open, close) = if kind == EndpointKind::Ggk0310 {
            let open = format!(
                "<GGK:bericht xmlns:xmime=\"{XMIME}\" xmime:contentType=\"application/xml\">"
            );
            (open, "</GGK:bericht>")
        } else {
            let open = "<GGK:bericht><GGK:xmlBestand>".to_owned();
            (open, "</GGK:xmlBestand></GGK:bericht>")
        };
        text.push_str(&open);
        BASE64.encode_append(said.body, &mut text);
        let _ = write!(text, "{close}</GGK:parameters></GGK:{element}>");
        let action = format!("{namespace}/ggk_{code}");
        let post = Self::ended(text, &action, said.numbers.number.clone());
        if post.body.len() > ENVELOPE_BYTES_MAX {
            return Err(Reason::new("envelope-too-large"));
        }
        Ok(post)
    }

    /// The Fo01 by which a sender learns that his message was refused after its receipt was confirmed: the same bytes every time. Err: it cannot be told.
    pub(super) fn fo01(
        refusal: &Refusal,
        own: &str,
        receiver_application: &str,
        codes: Generation,
    ) -> Result<Self, Reason> {
        if refusal.number.is_empty() {
            return Err(Reason::new("number-unknown"));
        }
        let condition = refusal.condition;
        let municipality = refusal.about_municipality;
        // What no list has a code for is told as "could not be processed".
        let code = condition
            .fo01(codes, municipality)
            .or_else(|| Condition::NotProcessed.fo01(codes, municipality))
            .ok_or_else(|| Reason::new("reason-unknown"))?;
        let number = mapping::ggk_number(refusal.id, None);
        let own = mapping::applicatie(own);
        let applicatie = refusal.application.as_deref();
        let applicatie =
            applicatie.map_or_else(|| receiver_application.to_owned(), mapping::applicatie);
        let mut text = String::with_capacity(2_048);
        begin(&mut text);
        let _ = write!(
            text,
            "<StUF:Fo01Bericht xmlns:StUF=\"{STUF}\"><StUF:stuurgegevens>"
        );
        let zender = System {
            organisatie: &own,
            applicatie: &own,
        };
        let ontvanger = System {
            organisatie: &refusal.sender,
            applicatie: &applicatie,
        };
        let answers = Some(refusal.number.as_str());
        stuurgegevens(
            &mut text,
            "Fo01",
            [&zender, &ontvanger],
            &number,
            refusal.at,
            answers,
        );
        let _ = write!(
            text,
            "</StUF:stuurgegevens><StUF:body><StUF:code>{code}</StUF:code><StUF:plek>{}</StUF:plek><StUF:omschrijving>",
            condition.plek().as_str()
        );
        escape(&mut text, &cut(condition.text(), 200));
        text.push_str("</StUF:omschrijving>");
        if let Some(details) = &refusal.details {
            text.push_str("<StUF:details>");
            escape(&mut text, &cut(details, 1000));
            text.push_str("</StUF:details>");
        }
        text.push_str("</StUF:body></StUF:Fo01Bericht>");
        Ok(Self::ended(text, &format!("{STUF}/Fo01"), number))
    }

    fn ended(mut text: String, action: &str, number: String) -> Self {
        text.push_str("</soap:Body></soap:Envelope>");
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

fn namespace(kind: EndpointKind) -> &'static str {
    match kind {
        EndpointKind::Ggk0310 => "http://www.stufstandaarden.nl/sectormodel/ggk/0210",
        EndpointKind::Ggk0210 | EndpointKind::VspPush => {
            "http://www.stufstandaarden.nl/koppelvlak/ggk0210"
        }
    }
}

fn begin(text: &mut String) {
    let _ = write!(
        text,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<soap:Envelope xmlns:soap=\"{SOAP}\"><soap:Body>"
    );
}

fn stuurgegevens(
    text: &mut String,
    code: &str,
    [zender, ontvanger]: [&System<'_>; 2],
    number: &str,
    at: Timestamp,
    answers: Option<&str>,
) {
    let _ = write!(text, "<StUF:berichtcode>{code}</StUF:berichtcode>");
    for (name, system) in [("zender", zender), ("ontvanger", ontvanger)] {
        let _ = write!(text, "<StUF:{name}><StUF:organisatie>");
        escape(text, system.organisatie);
        text.push_str("</StUF:organisatie><StUF:applicatie>");
        escape(text, system.applicatie);
        let _ = write!(text, "</StUF:applicatie></StUF:{name}>");
    }
    let _ = write!(
        text,
        "<StUF:referentienummer>{number}</StUF:referentienummer><StUF:tijdstipBericht>{}</StUF:tijdstipBericht>",
        tijdstip(at)
    );
    if let Some(answers) = answers {
        text.push_str("<StUF:crossRefnummer>");
        escape(text, &cut(answers, 40));
        text.push_str("</StUF:crossRefnummer>");
    }
}

/// A moment as StUF writes it, in the time of the Netherlands: `20260301100000000`.
fn tijdstip(at: Timestamp) -> String {
    let zone = TimeZone::get("Europe/Amsterdam").unwrap_or(TimeZone::UTC);
    let there = at.to_zoned(zone).datetime();
    format!(
        "{:04}{:02}{:02}{:02}{:02}{:02}{:03}",
        there.year(),
        there.month(),
        there.day(),
        there.hour(),
        there.minute(),
        there.second(),
        there.millisecond()
    )
}

fn escape(text: &mut String, value: &str) {
    for character in value.chars() {
        match character {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            // What XML does not allow is left out.
            control if control.is_control() => {}
            other => text.push(other),
        }
    }
}

fn cut(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
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
