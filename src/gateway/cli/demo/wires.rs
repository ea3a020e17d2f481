//! The chapter in which each side keeps the software it has: the municipality speaks SOAP with the envelope of the GGk and is reached at an endpoint of
//! its own, the provider speaks VECOZO's VSP. One number goes through the chain, and each learns of a refusal on its own wire.

use std::time::Duration;

use bytes::Bytes;
use data_encoding::HEXLOWER;
use http::StatusCode;
use knooppunt_standard::Limits;
use knooppunt_standard::markup::Markup;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::super::{Stop, words};
use super::play::Play;
use super::software::{self, Handed, di01, push};
use crate::client::{Answer, Client};
use crate::clock::{Clock as _, SystemClock};
use crate::envelope::ggk::{Operation, SOAP, STUF};

/// The names of the two in the register, and of their certificates.
pub(super) const GEMEENTE: &str = "gemeente-ggk";
pub(super) const AANBIEDER: &str = "aanbieder-vsp";
pub(super) const GEMEENTE_OIN: &str = "00000099000000344000";

/// Who they are; where the municipality is reached is said by its endpoint.
pub(super) const REGISTER: &str = r#"
[[party]]
id = "gemeente-ggk"
name = "Gemeente met GGk-software in de demo"
code = [{ kind = "gemeentecode", code = "0344" }]
certificate = [{ anchor = "pkio-g1", oin = "00000099000000344000" }]

[[party]]
id = "aanbieder-vsp"
name = "Zorgaanbieder met VSP-software in de demo"
code = [{ kind = "agb", code = "98980002" }]
certificate = [{ anchor = "operator-ca", uri = "urn:knooppunt:party:aanbieder-vsp" }]

[[pull]]
party = "aanbieder-vsp"
zip = false
"#;

/// The name under which providers would reach this gateway; in the demo it is reached by its port.
pub(super) const VSP_URL: &str = "https://knooppunt.example";
pub(super) const GGK: &str = "/ggk/OntvangAsynchroon";
const PUSH: &str = "/berichtenservice/berichten/rest-push/v1/berichten";
pub(super) const PULL: &str = "/berichtenservice/berichten/rest-pull/v1/berichten";
const STATUS: &str = "/berichtenservice/berichtstatus/rest-pull/v3/berichtstatussen";

const TOEWIJZING: &str =
    include_str!("../../../../conformance/messages/ijw/JW301/plain/message.xml");

/// WSDL 1.1.
const WSDL: &str = "http://schemas.xmlsoap.org/wsdl/";
/// Most elements of an answer in XML.
const ELEMENTS_MAX: usize = 1_000;
/// How often and how long is asked for a status that is to come.
const ASK_EVERY: Duration = Duration::from_millis(50);
const ASK_TIMES: usize = 200;

/// A message between the two of this chapter.
fn between_these(message: &str) -> String {
    message
        .replace(">0289<", &format!(">{}<", software::GEMEENTE))
        .replace(">98980001<", &format!(">{}<", software::AANBIEDER))
}

/// The software of the two, each with its certificate.
struct Software {
    gemeente: Client,
    aanbieder: Client,
}

impl Software {
    async fn hand(client: &mut Client, path: &str, handed: &Handed) -> Result<Answer, Stop> {
        let body = handed.body.clone();
        Ok(client.post_with(path, &handed.headers, body).await?)
    }

    /// What waits for the provider under this number.
    async fn waiting(&mut self, number: &str) -> Result<Option<Value>, Stop> {
        let answer = self.aanbieder.get(PULL).await?;
        let waiting: Vec<Value> = serde_json::from_slice(&answer.body).unwrap_or_default();
        Ok(waiting
            .into_iter()
            .find(|message| text(message, "/referentiegegevens/traceerId") == number))
    }

    /// The status of what the provider sent, once it is this one; else as it stood last.
    async fn status(&mut self, number: &str, awaited: &str) -> Result<Value, Stop> {
        let path = format!("{STATUS}?traceerId={number}");
        let mut last = Value::Null;
        for _ in 0..ASK_TIMES {
            let answer = self.aanbieder.get(&path).await?;
            last = serde_json::from_slice(&answer.body).unwrap_or_default();
            if text(&last, "/0/berichtstatus") == awaited {
                break;
            }
            tokio::time::sleep(ASK_EVERY).await;
        }
        Ok(last)
    }
}

fn text<'v>(value: &'v Value, place: &str) -> &'v str {
    value
        .pointer(place)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// Whether an answer is a Bv03 about the message of this number.
fn is_bv03(answer: &Answer, number: &str) -> bool {
    let read = Markup::read(&answer.body, &Limits::default(), ELEMENTS_MAX, &[]).ok();
    let about = read.as_ref().and_then(|read| {
        read.root()?
            .child(SOAP, "Body")?
            .child(STUF, "Bv03Bericht")?
            .child(STUF, "stuurgegevens")?
            .child(STUF, "crossRefnummer")
    });
    answer.status == StatusCode::OK && about.is_some_and(|about| about.text() == number)
}

impl Play<'_> {
    /// An allocation from SOAP to REST, a start from REST to SOAP, and a refusal on either wire.
    pub(super) async fn wires(&mut self, start: &str) -> Result<(), Stop> {
        let mut software = Software {
            gemeente: self.world().client_of(GEMEENTE)?,
            aanbieder: self.world().client_of(AANBIEDER)?,
        };
        let (toewijzing, start) = (between_these(TOEWIJZING), between_these(start));
        self.described(&mut software).await?;
        self.soap_to_rest(&mut software, &toewijzing).await?;
        self.rest_to_soap(&mut software, &start).await?;
        let in_words = |message: &str, date: &str| message.replacen(date, "2 februari", 1);
        self.refused_on_soap(&mut software, &in_words(&toewijzing, "2026-02-01"))
            .await?;
        self.refused_on_rest(&mut software, &in_words(&start, "2026-02-02"))
            .await
    }

    /// Both sides find what their software expects.
    async fn described(&mut self, software: &mut Software) -> Result<(), Stop> {
        self.scene("Twee andere partijen houden de software die ze hebben: de gemeente SOAP (GGk), de aanbieder REST (VSP)")?;
        let answer = software.gemeente.get(&format!("{GGK}?wsdl")).await?;
        let wsdl = Markup::read(&answer.body, &Limits::default(), ELEMENTS_MAX, &[]).ok();
        let root = wsdl.as_ref().and_then(Markup::root);
        let described = root.is_some_and(|root| root.is(WSDL, "definitions"));
        self.check(
            answer.status == StatusCode::OK && described,
            &format!("de gemeente vindt de dienst beschreven op {GGK}?wsdl"),
        )?;
        let answer = software.aanbieder.get(PULL).await?;
        self.check(
            answer.status == StatusCode::OK && answer.body.as_ref() == b"[]",
            &format!("de aanbieder vindt een lege lijst op {PULL}"),
        )
    }

    /// The municipality hands in, twice; the provider finds, fetches and confirms.
    async fn soap_to_rest(&mut self, software: &mut Software, message: &str) -> Result<(), Stop> {
        self.scene(&format!(
            "{}: de gemeente biedt aan met SOAP, de aanbieder haalt op met REST",
            words::bericht("JW301")
        ))?;
        let number = software::new_number()?;
        let handed = di01("JW301", &number, SystemClock.now(), message);
        let first = Software::hand(&mut software.gemeente, GGK, &handed).await?;
        self.check(
            is_bv03(&first, &number),
            "Di01 beantwoord met Bv03: ontvangen en duurzaam vastgelegd",
        )?;
        let again = Software::hand(&mut software.gemeente, GGK, &handed).await?;
        self.check(
            again.status == first.status && again.body == first.body,
            "nogmaals aangeboden: dezelfde Bv03, byte voor byte",
        )?;
        let found = software.waiting(&number).await?;
        self.check(
            found.is_some(),
            &format!("de traceerId bij de aanbieder is het referentienummer: {number}"),
        )?;
        let found = found.unwrap_or_default();
        let url = text(&found, "/basisgegevens/payload/url");
        let path = url.strip_prefix(VSP_URL).unwrap_or(PULL);
        let payload = software.aanbieder.get(path).await?;
        self.check(
            payload.status == StatusCode::OK && payload.body.as_ref() == message.as_bytes(),
            &format!(
                "payload opgehaald: {} bytes, gelijk aan wat in de envelop zat",
                payload.body.len()
            ),
        )?;
        let told = text(&found, "/basisgegevens/payload/checksum/waarde").to_lowercase();
        self.check(
            told == HEXLOWER.encode(&Sha256::digest(&payload.body)),
            "de checksum in de lijst klopt met die bytes",
        )?;
        let answer = software
            .aanbieder
            .delete(&format!("{PULL}/{number}"))
            .await?;
        let gone = software.waiting(&number).await?.is_none();
        self.check(
            answer.status == StatusCode::ACCEPTED && gone,
            "bevestigd met DELETE, en daarna uit de lijst verdwenen",
        )
    }

    /// The provider pushes; the gateway brings it to the endpoint of the municipality; the provider sees that.
    async fn rest_to_soap(&mut self, software: &mut Software, message: &str) -> Result<(), Stop> {
        self.scene(&format!(
            "{}: de aanbieder biedt aan met REST, het knooppunt bezorgt bij het endpoint van de gemeente",
            words::bericht("JW305")
        ))?;
        let number = software::new_number()?;
        let handed = push("JW305", "StartZorg", &number, message);
        let answer = Software::hand(&mut software.aanbieder, PUSH, &handed).await?;
        self.check(
            answer.status == StatusCode::NO_CONTENT,
            "push beantwoord met 204: ontvangen en duurzaam vastgelegd",
        )?;
        let got = self.world().endpoint.next().await;
        let is_di01 = got.as_ref().is_some_and(|got| {
            got.operation == Operation::Di01
                && got.stuurgegevens.functie.as_deref() == Some("JW305")
                && got.stuurgegevens.receiver.code == software::GEMEENTE
        });
        self.check(
            is_di01,
            "bij de gemeente komt een Di01 met functie JW305 aan",
        )?;
        let one_number = got
            .as_ref()
            .is_some_and(|got| got.stuurgegevens.number == number);
        self.check(
            one_number,
            &format!("het referentienummer bij de gemeente is de traceerId: {number}"),
        )?;
        let content = got.map(|got| got.content).unwrap_or_default();
        self.check(
            content == Bytes::copy_from_slice(message.as_bytes()),
            &format!(
                "xmlBestand uitgepakt: {} bytes, gelijk aan de payload van de push",
                content.len()
            ),
        )?;
        let status = software.status(&number, "Bezorgd").await?;
        self.check(
            text(&status, "/0/berichtstatus") == "Bezorgd",
            "de gemeente antwoordt Bv03, en de berichtstatus (V3) van de aanbieder wordt Bezorgd",
        )
    }

    /// What is wrong with the content comes after the receipt, as a Fo01 at the endpoint.
    async fn refused_on_soap(
        &mut self,
        software: &mut Software,
        message: &str,
    ) -> Result<(), Stop> {
        self.scene("Een toewijzing met een datum in woorden, met SOAP aangeboden")?;
        let number = software::new_number()?;
        let message = message.replacen("T260003", "T260004", 1);
        let handed = di01("JW301", &number, SystemClock.now(), &message);
        let answer = Software::hand(&mut software.gemeente, GGK, &handed).await?;
        self.check(
            is_bv03(&answer, &number),
            "Di01 beantwoord met Bv03: de envelop is in orde",
        )?;
        let got = self.world().endpoint.next().await;
        let is_fo01 = got.as_ref().is_some_and(|got| {
            let about = got.stuurgegevens.answers.as_deref();
            got.operation == Operation::Fo01 && about == Some(number.as_str())
        });
        let (code, why) = got.map(|got| (got.fault, got.why)).unwrap_or_default();
        self.check(
            is_fo01 && code == "IB014",
            &format!(
                "bij het endpoint van de gemeente komt een Fo01 over dat nummer, met code {code}"
            ),
        )?;
        for line in why {
            self.tell(&line)?;
        }
        let list = software.aanbieder.get(PULL).await?;
        self.check(
            list.status == StatusCode::OK && list.body.as_ref() == b"[]",
            "de aanbieder krijgt er niets van",
        )
    }

    /// What is wrong with the content comes after the receipt, as a status.
    async fn refused_on_rest(
        &mut self,
        software: &mut Software,
        message: &str,
    ) -> Result<(), Stop> {
        self.scene("Een startbericht met een datum in woorden, met REST aangeboden")?;
        let number = software::new_number()?;
        let message = message.replacen("S260004", "S260005", 1);
        let handed = push("JW305", "StartZorg", &number, &message);
        let answer = Software::hand(&mut software.aanbieder, PUSH, &handed).await?;
        self.check(
            answer.status == StatusCode::NO_CONTENT,
            "push beantwoord met 204: de metadata zijn in orde",
        )?;
        let status = software.status(&number, "AfgekeurdDoorDienst").await?;
        let refused = text(&status, "/0/berichtstatus") == "AfgekeurdDoorDienst";
        self.check(refused, "de berichtstatus (V3) is AfgekeurdDoorDienst")?;
        let meldingen = status.pointer("/0/meldingen").and_then(Value::as_array);
        let meldingen = meldingen.map(Vec::as_slice).unwrap_or_default();
        self.check(
            matches!(meldingen, [melding] if text(melding, "/code") == "BRS13"),
            "met de ene fout als melding, code BRS13",
        )?;
        for melding in meldingen {
            self.tell(text(melding, "/omschrijving"))?;
            self.tell(text(melding, "/toelichting"))?;
        }
        Ok(())
    }
}
