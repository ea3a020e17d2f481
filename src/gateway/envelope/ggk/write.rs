//! Writes the messages of OntvangAsynchroon, Di01, Du01 and Fo01, and its answers: Bv03, and faults with or without Fo03. Texts are cut to the lengths that the
//! schema allows, or what is written would be invalid itself.

use std::fmt::Write as _;

use data_encoding::BASE64;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::read::Fault;
use super::{SOAP, STUF, Stuurgegevens, XMIME, namespace};
use crate::envelope::mapping::version_text;
use crate::envelope::tables::{Condition, Plek};
use crate::envelope::wire::Side;
use crate::ledger::Door;

/// Most characters of a number.
const NUMBER_CHARS_MAX: usize = 40;
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

/// The versions in the parameters of a letter, each with its subversion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Versions {
    /// applicatieVersie and applicatieSubversie.
    pub applicatie: (u16, u16),
    /// functieVersie and functieSubversie.
    pub functie: (u16, u16),
}

/// tijdstipBericht: the time in the Netherlands in seconds, as `20260301100000`.
pub fn tijdstip(at: Timestamp) -> String {
    there(at).strftime("%Y%m%d%H%M%S").to_string()
}

/// The same in milliseconds, as `20260301100000000`.
pub fn tijdstip_in_ms(at: Timestamp) -> String {
    format!("{}{:03}", tijdstip(at), there(at).millisecond())
}

fn there(at: Timestamp) -> Zoned {
    at.to_zoned(TimeZone::get("Europe/Amsterdam").unwrap_or(TimeZone::UTC))
}

/// A Di01, or the Du01 of an answer, in the envelope of this door. With the name of a file, of 4 to 255 letters, digits, dots, hyphens and underscores, the
/// content is no message of the standards. `None`: a version has more than four digits.
pub fn letter(
    door: Door,
    of: &Stuurgegevens,
    versions: Versions,
    content: &[u8],
    file_name: Option<&str>,
) -> Option<String> {
    let name = match of.answers {
        None => "envelopHeenbericht-ggk_Di01",
        Some(_) => "envelopRetourbericht-ggk_Du01",
    };
    let mut out = begun(BASE64.encode_len(content.len()) + 2_048);
    let namespace = namespace(door);
    let _ = write!(
        out,
        "<GGK:{name} xmlns:GGK=\"{namespace}\" xmlns:StUF=\"{STUF}\">"
    );
    stuurgegevens(&mut out, "GGK", of);
    out.push_str("<GGK:parameters>");
    for (version_name, version) in [
        ("applicatieVersie", versions.applicatie.0),
        ("applicatieSubversie", versions.applicatie.1),
        ("functieVersie", versions.functie.0),
        ("functieSubversie", versions.functie.1),
    ] {
        let version = version_text(version)?;
        let _ = write!(out, "<GGK:{version_name}>{version}</GGK:{version_name}>");
    }
    let close = match (door, file_name) {
        (Door::Ggk0310, None) => {
            let _ = write!(
                out,
                "<GGK:bericht xmlns:xmime=\"{XMIME}\" xmime:contentType=\"application/xml\">"
            );
            "</GGK:bericht>"
        }
        (Door::Ggk0310, Some(name)) => {
            let _ = write!(
                out,
                "<GGK:bericht xmlns:xmime=\"{XMIME}\" xmime:contentType=\"application/octet-stream\" StUF:bestandsnaam=\"{name}\">"
            );
            "</GGK:bericht>"
        }
        (Door::Ggk0210 | Door::Vsp, None) => {
            out.push_str("<GGK:bericht><GGK:xmlBestand>");
            "</GGK:xmlBestand></GGK:bericht>"
        }
        (Door::Ggk0210 | Door::Vsp, Some(name)) => {
            let _ = write!(
                out,
                "<GGK:bericht><GGK:tekstBestand bestandsnaam=\"{name}\">"
            );
            "</GGK:tekstBestand></GGK:bericht>"
        }
    };
    BASE64.encode_append(content, &mut out);
    let _ = write!(out, "{close}</GGK:parameters></GGK:{name}>");
    Some(ended(out))
}

/// The refusal of a message whose receipt was confirmed, with its code in the list that holds.
pub fn fo01(of: &Stuurgegevens, code: &str, condition: Condition, details: Option<&str>) -> String {
    let mut out = begun(2_048);
    refusal(&mut out, of, code, condition, details);
    ended(out)
}

/// The confirmation that a message is stored.
pub fn bv03(of: &Stuurgegevens, own: &Own) -> String {
    let mut out = begun(1_500);
    let _ = write!(out, "<StUF:Bv03Bericht xmlns:StUF=\"{STUF}\">");
    stuurgegevens(&mut out, "StUF", &answering("Bv03", of, own));
    out.push_str("</StUF:Bv03Bericht>");
    answer(out)
}

/// A refusal at once, in the detail of a fault.
pub fn fo03(of: &Stuurgegevens, own: &Own, condition: Condition, details: Option<&str>) -> String {
    let class = match condition.plek() {
        Plek::Client => Fault::Client,
        Plek::Server => Fault::Server,
    };
    let mut out = fault_begun(class, condition.text());
    out.push_str("<detail>");
    let code = condition.fo03().unwrap_or("StUF058");
    let of = answering("Fo03", of, own);
    refusal(&mut out, &of, code, condition, details);
    out.push_str("</detail></soap:Fault>");
    answer(out)
}

/// A fault without Fo03: nothing could be addressed.
pub fn fault(class: Fault, text: &str) -> String {
    let mut out = fault_begun(class, text);
    out.push_str("</soap:Fault>");
    answer(out)
}

fn fault_begun(class: Fault, text: &str) -> String {
    let mut out = begun(2_048);
    out.push_str("<soap:Fault><faultcode>soap:");
    out.push_str(class.as_str());
    out.push_str("</faultcode><faultstring xml:lang=\"nl\">");
    escape(&mut out, text);
    out.push_str("</faultstring>");
    out
}

/// The start of an envelope, with room for so many bytes.
fn begun(bytes: usize) -> String {
    let mut out = String::with_capacity(bytes);
    let _ = write!(
        out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<soap:Envelope xmlns:soap=\"{SOAP}\"><soap:Body>"
    );
    out
}

fn ended(mut out: String) -> String {
    out.push_str("</soap:Body></soap:Envelope>");
    out
}

/// An answer ends its last line.
fn answer(out: String) -> String {
    let mut out = ended(out);
    out.push('\n');
    out
}

/// The routing part of an answer: sender and receiver changed places.
fn answering(code: &str, of: &Stuurgegevens, own: &Own) -> Stuurgegevens {
    Stuurgegevens {
        code: code.to_owned(),
        sender: of.receiver.clone(),
        receiver: of.sender.clone(),
        number: own.number.clone(),
        sent_at: tijdstip(own.at),
        answers: Some(of.number.clone()),
        ..Stuurgegevens::default()
    }
}

/// Fo01 or Fo03, by the berichtcode of its routing part.
fn refusal(
    out: &mut String,
    of: &Stuurgegevens,
    code: &str,
    condition: Condition,
    details: Option<&str>,
) {
    let name = &of.code;
    let _ = write!(out, "<StUF:{name}Bericht xmlns:StUF=\"{STUF}\">");
    stuurgegevens(out, "StUF", of);
    out.push_str("<StUF:body>");
    element(out, "code", code);
    element(out, "plek", condition.plek().as_str());
    element(
        out,
        "omschrijving",
        &cut(condition.text(), OMSCHRIJVING_CHARS_MAX),
    );
    if let Some(details) = details {
        element(out, "details", &cut(details, DETAILS_CHARS_MAX));
    }
    let _ = write!(out, "</StUF:body></StUF:{name}Bericht>");
}

/// The routing part, in an element of the namespace that this prefix stands for.
fn stuurgegevens(out: &mut String, prefix: &str, of: &Stuurgegevens) {
    let _ = write!(out, "<{prefix}:stuurgegevens>");
    element(out, "berichtcode", &of.code);
    side(out, "zender", &of.sender);
    side(out, "ontvanger", &of.receiver);
    element(out, "referentienummer", &of.number);
    element(out, "tijdstipBericht", &of.sent_at);
    if let Some(answers) = &of.answers {
        element(out, "crossRefnummer", &cut(answers, NUMBER_CHARS_MAX));
    }
    if let Some(functie) = &of.functie {
        element(out, "functie", functie);
    }
    let _ = write!(out, "</{prefix}:stuurgegevens>");
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
            '"' => out.push_str("&quot;"),
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
        let in_ms = |text: &str| tijdstip_in_ms(text.parse().expect("a moment"));
        assert_eq!(in_ms("2026-03-01T09:00:00.0509Z"), "20260301100000050");
    }

    #[test]
    fn texts_are_cut_to_what_the_schema_allows_and_escaped() {
        assert_eq!(cut(&"é".repeat(300), 200).chars().count(), 200);
        let mut out = String::new();
        escape(&mut out, "<a & b>\r");
        assert_eq!(out, "&lt;a &amp; b&gt;&#13;");
    }
}
