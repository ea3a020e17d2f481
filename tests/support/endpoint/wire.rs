//! The two wires of an endpoint as its side of them sees them: by what a message is known, and how it is answered.

use data_encoding::{BASE64, HEXLOWER};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::request::Request;

/// What is spoken at an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    /// GGk 2.1 in SOAP 1.1.
    Ggk,
    /// REST push V1 of the VSP, without ZIP.
    Vsp,
}

/// A message as it arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    /// Its number on the wire, by which it is one message however often it comes.
    pub(crate) number: String,
    /// Codes of who made it and of whom it is for.
    pub(crate) pair: (String, String),
    /// SHA-256 of the message in it, hexadecimal.
    pub(crate) content: String,
}

/// The number of no message.
const OTHER_NUMBER: &str = "9c0f7b90-5c69-41e5-a837-0800200c9a66";

impl Wire {
    /// Kind of such an endpoint in a register.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Ggk => "ggk0210",
            Self::Vsp => "vsp-push",
        }
    }

    /// Lines of its endpoints in a register.
    pub(crate) fn lines(self) -> &'static str {
        match self {
            Self::Ggk => "",
            Self::Vsp => "zip = false",
        }
    }

    /// What a request brings.
    pub(crate) fn letter(self, request: &Request) -> Letter {
        let (number, from, to, content) = match self {
            Self::Ggk => {
                let [from, to] = <[String; 2]>::try_from(request.values("organisatie"))
                    .expect("a sender and a receiver");
                let content = request.value("xmlBestand");
                let content = BASE64.decode(content.as_bytes()).expect("base64");
                (request.value("referentienummer"), from, to, content)
            }
            Self::Vsp => {
                let (metadata, content) = pushed(&request.body);
                let text = |value: &Value| value.as_str().expect("text").to_owned();
                let routing = &metadata["routeringgegevens"];
                let from = text(&routing["afzender"]["code"]);
                let to = text(&routing["geadresseerden"][0]["code"]);
                let number = text(&metadata["referentiegegevens"]["traceerId"]);
                (number, from, to, content.to_vec())
            }
        };
        Letter {
            number,
            pair: (from, to),
            content: HEXLOWER.encode(&Sha256::digest(content)),
        }
    }

    /// "I have it."
    pub(crate) fn confirmation(self, number: &str) -> String {
        match self {
            Self::Ggk => answer(200, "text/xml", &bv03(number)),
            Self::Vsp => answer(204, "application/json", ""),
        }
    }

    /// Something that is no confirmation of the message it answers.
    pub(super) fn other_answer(self) -> String {
        match self {
            Self::Ggk => answer(200, "text/xml", &bv03(OTHER_NUMBER)),
            Self::Vsp => answer(200, "text/html", "<html>welkom</html>"),
        }
    }

    /// "Not now", in its own words.
    pub(super) fn told_500(self, number: &str) -> String {
        match self {
            Self::Ggk => answer(500, "text/xml", &fo03("StUF046", "server", number)),
            Self::Vsp => answer(
                500,
                "application/problem+json",
                r#"{"title":"storing","status":500}"#,
            ),
        }
    }
}

/// A whole answer of HTTP.
pub(crate) fn answer(status: u16, media: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} x\r\ncontent-type: {media}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// The two parts of a push: its metadata, and the message.
fn pushed(body: &[u8]) -> (Value, &[u8]) {
    let after_head = |bytes: &[u8]| {
        let head = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        head.expect("the head of a part") + 4
    };
    let line = body.iter().position(|byte| *byte == b'\r').expect("a line");
    let boundary = [&b"\r\n"[..], &body[..line]].concat();
    let next = |bytes: &[u8]| {
        let mut windows = bytes.windows(boundary.len());
        windows
            .position(|window| window == boundary)
            .expect("the part ends")
    };
    let first = &body[after_head(body)..];
    let (metadata, second) = first.split_at(next(first));
    let message = &second[after_head(second)..];
    let metadata = serde_json::from_slice(metadata).expect("JSON");
    (metadata, &message[..next(message)])
}

fn soap(content: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>{content}</s:Body></s:Envelope>"
    )
}

fn about(code: &str, number: &str) -> String {
    format!(
        "<S:stuurgegevens><S:berichtcode>{code}</S:berichtcode><S:zender><S:organisatie>0289</S:organisatie><S:applicatie>Adapter</S:applicatie></S:zender>\
         <S:ontvanger><S:organisatie>98980001</S:organisatie><S:applicatie>Knooppunt</S:applicatie></S:ontvanger>\
         <S:referentienummer>1</S:referentienummer><S:tijdstipBericht>20260301</S:tijdstipBericht><S:crossRefnummer>{number}</S:crossRefnummer></S:stuurgegevens>"
    )
}

/// A fault without anything of StUF in it.
pub(crate) fn bare_fault() -> String {
    soap("<s:Fault><faultcode>s:Server</faultcode><faultstring>x</faultstring></s:Fault>")
}

/// Bv03 about the message of this number.
pub(crate) fn bv03(number: &str) -> String {
    soap(&format!(
        "<S:Bv03Bericht xmlns:S=\"http://www.egem.nl/StUF/StUF0301\">{}</S:Bv03Bericht>",
        about("Bv03", number)
    ))
}

/// Fo03 in a fault, about the message of this number.
pub(crate) fn fo03(code: &str, plek: &str, number: &str) -> String {
    soap(&format!(
        "<s:Fault><faultcode>s:Server</faultcode><faultstring>x</faultstring><detail><S:Fo03Bericht xmlns:S=\"http://www.egem.nl/StUF/StUF0301\">{}\
         <S:body><S:code>{code}</S:code><S:plek>{plek}</S:plek><S:omschrijving>over Mila Zonneveld</S:omschrijving></S:body></S:Fo03Bericht></detail></s:Fault>",
        about("Fo03", number)
    ))
}
