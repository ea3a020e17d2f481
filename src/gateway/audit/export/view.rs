//! A record of a bundle as people and programs read it: what the record says, and of a message what was found in it. Never anything of its content.

use std::collections::BTreeMap;

use knooppunt_proof::export::VIEW_BYTES_MAX;
use serde::Serialize;

use super::super::FINDINGS_MAX;
use crate::ledger::{
    Acknowledged, DeadLettered, Decided, Erased, Event, Ledger, Named, Received, Reconsidered,
    Rejected,
};
use crate::store::Record;

/// What a record says. What it does not say is left out.
#[derive(Default, Serialize)]
struct View {
    event: &'static str,
    at: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    messages: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thread: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    law: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bericht: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receiver: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    party: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    question: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    marks: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    granted: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<u64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    counts: BTreeMap<String, u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<Place>,
}

/// A finding: the rule, its code and the place, without words.
#[derive(Serialize)]
struct Place {
    rule: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    code: &'static str,
    path: String,
    line: u32,
    column: u32,
}

/// One JSON object on one line; `None` of a record that says nothing here.
pub(super) fn of(ledger: &Ledger, record: &Record) -> Option<String> {
    let event = Event::decode(&record.event).ok()?;
    let mut view = said(event)?;
    view.at = record.time.to_string();
    let text = serde_json::to_string(&view).ok()?;
    if view.event != "received" {
        return Some(text);
    }
    // What was found is encrypted beside the record, and may be erased or damaged: the record says how much there was.
    view.findings = found(ledger, record).unwrap_or_default();
    let whole = serde_json::to_string(&view).ok()?;
    Some(if whole.len() <= VIEW_BYTES_MAX {
        whole
    } else {
        text
    })
}

fn found(ledger: &Ledger, record: &Record) -> Option<Vec<Place>> {
    let Ok(Event::Received(received)) = Event::decode(&record.event) else {
        return None;
    };
    let row = ledger.message_row(received.message).ok()??;
    let found = ledger.found(received.message, &row, FINDINGS_MAX).ok()?;
    let places = found.first.into_iter().map(|finding| Place {
        rule: finding.rule,
        code: finding.code,
        path: finding.path,
        line: finding.line,
        column: finding.column,
    });
    Some(places.collect())
}

fn said(event: Event) -> Option<View> {
    let named = |named: &Named| vec![named.message.to_string()];
    let view = match event {
        Event::Received(received) => taken(received),
        Event::Acknowledged(Acknowledged {
            message,
            receiver,
            party,
            ..
        }) => View {
            event: "acknowledged",
            messages: vec![message.to_string()],
            receiver: Some(receiver),
            party: Some(party),
            ..View::default()
        },
        Event::DeadLettered(DeadLettered { message, receiver }) => View {
            event: "dead-lettered",
            messages: named(&message),
            receiver: Some(receiver),
            ..View::default()
        },
        Event::Erased(Erased { messages }) => View {
            event: "erased",
            messages: messages.iter().flat_map(named).collect(),
            ..View::default()
        },
        Event::Decided(Decided {
            message,
            receiver,
            party,
            granted,
            refused,
        }) => View {
            event: "decided",
            messages: named(&message),
            receiver: Some(receiver),
            party: Some(party),
            granted: Some(granted),
            refused: Some(refused),
            ..View::default()
        },
        Event::Reconsidered(Reconsidered {
            message,
            receiver,
            turn,
            counts,
            ..
        }) => View {
            event: "judged-again",
            messages: named(&message),
            receiver: Some(receiver),
            code: Some(turn.code().to_owned()),
            counts,
            ..View::default()
        },
        Event::Rejected(Rejected {
            message,
            maker,
            receiver,
            party,
            code,
            ..
        }) => View {
            event: "rejected",
            messages: named(&message),
            maker: Some(maker),
            receiver: Some(receiver),
            party: Some(party),
            code: Some(code),
            ..View::default()
        },
        Event::Refused(_)
        | Event::DryRun(_)
        | Event::Forgotten(_)
        | Event::Imported(_)
        | Event::Returned(_)
        | Event::Told(_)
        | Event::Delivery(_)
        | Event::Brings(_)
        | Event::Viewed(_) => return None,
    };
    Some(view)
}

fn taken(received: Received) -> View {
    let bericht = received.kind.what().map(|kind| kind.name().to_owned());
    View {
        event: "received",
        messages: vec![received.message.to_string()],
        thread: Some(received.thread.to_string()),
        law: Some(received.kind.law),
        release: Some(received.kind.release),
        bericht,
        maker: Some(received.maker),
        receiver: Some(received.receiver),
        party: Some(received.party),
        question: received.question.map(|question| question.to_string()),
        mode: Some(received.mode.as_str()),
        marks: received.marks.iter().map(|mark| mark.code()).collect(),
        bytes: Some(received.body_bytes),
        counts: received.counts,
        ..View::default()
    }
}
