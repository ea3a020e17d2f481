//! Writes the answers of OntvangAsynchroon: Bv03, and faults with or without Fo03. Texts are cut to the lengths that the schema allows, or the answer would be
//! invalid itself.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::read::Fault;
use super::{SOAP, STUF, Stuurgegevens};
use crate::envelope::tables::{Condition, Plek};
use crate::envelope::wire::Side;

/// Most characters of an omschrijving.
const OMSCHRIJVING_CHARS_MAX: usize = 200;
/// Most characters of details.
const DETAILS_CHARS_MAX: usize = 1000;

/// What an answer has of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// Its referentienummer.
    pub number: String,
    /// Its time.
    pub at: Timestamp,
}

/// tijdstipBericht: the time in the Netherlands in seconds, as `20260301100000`.
pub fn tijdstip(at: Timestamp) -> String {
    let zone = TimeZone::get("Europe/Amsterdam").unwrap_or(TimeZone::UTC);
    at.to_zoned(zone).strftime("%Y%m%d%H%M%S").to_string()
}

/// The confirmation that a message is stored.
pub fn bv03(of: &Stuurgegevens, own: &Own) -> String {
    let mut body = String::with_capacity(1200);
    body.push_str("<StUF:Bv03Bericht xmlns:StUF=\"");
    body.push_str(STUF);
    body.push_str("\">");
    routing(&mut body, "Bv03", of, own);
    body.push_str("</StUF:Bv03Bericht>");
    envelope(&body)
}

/// A refusal at once, in the detail of a fault.
pub fn fo03(of: &Stuurgegevens, own: &Own, condition: Condition, details: Option<&str>) -> String {
    let mut detail = format!("<StUF:Fo03Bericht xmlns:StUF=\"{STUF}\">");
    routing(&mut detail, "Fo03", of, own);
    detail.push_str("<StUF:body>");
    let code = condition.fo03().unwrap_or("StUF058");
    element(&mut detail, "code", code);
    element(&mut detail, "plek", condition.plek().as_str());
    element(
        &mut detail,
        "omschrijving",
        &cut(condition.text(), OMSCHRIJVING_CHARS_MAX),
    );
    if let Some(details) = details {
        element(&mut detail, "details", &cut(details, DETAILS_CHARS_MAX));
    }
    detail.push_str("</StUF:body></StUF:Fo03Bericht>");
    let class = match condition.plek() {
        Plek::Client => Fault::Client,
        Plek::Server => Fault::Server,
    };
    fault_with(class, condition.text(), &detail)
}

/// A fault without Fo03: nothing could be addressed.
pub fn fault(class: Fault, text: &str) -> String {
    fault_with(class, text, "")
}

fn fault_with(class: Fault, text: &str, detail: &str) -> String {
    let mut body = String::with_capacity(1500);
    body.push_str("<soap:Fault><faultcode>soap:");
    body.push_str(class.as_str());
    body.push_str("</faultcode><faultstring xml:lang=\"nl\">");
    escape(&mut body, text);
    body.push_str("</faultstring>");
    if !detail.is_empty() {
        body.push_str("<detail>");
        body.push_str(detail);
        body.push_str("</detail>");
    }
    body.push_str("</soap:Fault>");
    envelope(&body)
}

fn envelope(body: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<soap:Envelope xmlns:soap=\"{SOAP}\"><soap:Body>{body}</soap:Body></soap:Envelope>\n"
    )
}

/// The routing part of an answer: sender and receiver changed places.
fn routing(out: &mut String, code: &str, of: &Stuurgegevens, own: &Own) {
    out.push_str("<StUF:stuurgegevens>");
    element(out, "berichtcode", code);
    side(out, "zender", &of.receiver);
    side(out, "ontvanger", &of.sender);
    element(out, "referentienummer", &own.number);
    element(out, "tijdstipBericht", &tijdstip(own.at));
    element(out, "crossRefnummer", &of.number);
    out.push_str("</StUF:stuurgegevens>");
}

fn side(out: &mut String, name: &str, side: &Side) {
    let _ = write!(out, "<StUF:{name}>");
    element(out, "organisatie", &side.code);
    let parts = [
        ("applicatie", &side.applicatie),
        ("administratie", &side.administratie),
        ("gebruiker", &side.gebruiker),
    ];
    for (name, part) in parts {
        if let Some(part) = part {
            element(out, name, part);
        }
    }
    let _ = write!(out, "</StUF:{name}>");
}

fn element(out: &mut String, name: &str, text: &str) {
    let _ = write!(out, "<StUF:{name}>");
    escape(out, text);
    let _ = write!(out, "</StUF:{name}>");
}

fn escape(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // Else it would come back as another line end.
            '\r' => out.push_str("&#13;"),
            other => out.push(other),
        }
    }
}

/// At most so many characters.
fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_that_of_the_netherlands() {
        let at = |text: &str| tijdstip(text.parse().expect("a moment"));
        assert_eq!(at("2026-03-01T09:00:00.5Z"), "20260301100000");
        assert_eq!(at("2026-07-01T22:30:00Z"), "20260702003000");
    }

    #[test]
    fn texts_are_cut_to_what_the_schema_allows_and_escaped() {
        assert_eq!(cut(&"é".repeat(300), 200).chars().count(), 200);
        let mut out = String::new();
        escape(&mut out, "<a & b>\r");
        assert_eq!(out, "&lt;a &amp; b&gt;&#13;");
    }
}
