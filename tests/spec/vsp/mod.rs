//! The door for software of providers: push, pull and berichtstatus of the VSP, as that software sees them.

pub(crate) mod codes;
mod copies;
mod files;
mod hostile;
mod mapped;
mod published;
mod pull;
mod push;
mod receipt;
mod refused;
mod served;
mod status;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::StatusCode;
use knooppunt::api::ApiSettings;
use knooppunt::budget::BudgetSettings;
use knooppunt::vsp::{Vsp, VspSettings, router};
use serde_json::{Value, json};

use crate::door::{Door, Reply};
use crate::world::{PARTIES, World, register};

pub(crate) const URL: &str = "https://vsp.example";
pub(crate) const BASE: &str = "/berichtenservice";
const PUSH: &str = "/berichtenservice/berichten/rest-push/v1/berichten";
const PULL: &str = "/berichtenservice/berichten/rest-pull/v1/berichten";
const STATUS: [&str; 2] = [
    "/berichtenservice/berichtstatus/rest-pull/v2/berichtstatussen",
    "/berichtenservice/berichtstatus/rest-pull/v3/berichtstatussen",
];
const BOUNDARY: &str = "3f1c6f0e-6c1c-4ab8-9d2b-111111111111";

/// A gateway with the own API and this door.
pub(crate) struct Provider {
    door: Door,
}

impl std::ops::Deref for Provider {
    type Target = Door;

    fn deref(&self) -> &Door {
        &self.door
    }
}

impl Provider {
    /// Payloads are fetched as they are.
    pub(crate) fn new() -> Self {
        Self::registered("[[pull]]\nparty = \"zorg-a\"\nzip = false\n")
    }

    /// With more lines in the register.
    pub(crate) fn registered(more: &str) -> Self {
        let mut world = World::new();
        world.register = register(&format!("{PARTIES}\n{more}"));
        Self::above(Door::above(world))
    }

    fn with(settings: ApiSettings, budget: BudgetSettings) -> Self {
        Self::above(Door::with(settings, budget))
    }

    pub(crate) fn above(door: Door) -> Self {
        let settings = VspSettings {
            url: URL.to_owned(),
            acties: BTreeMap::from([("JW306".to_owned(), "Anders".to_owned())]),
            ..VspSettings::default()
        };
        Self::set(door, settings)
    }

    fn set(door: Door, settings: VspSettings) -> Self {
        let router = router(Arc::new(Vsp::new(Arc::clone(&door.api), settings)));
        Self {
            door: door.beside(router),
        }
    }

    async fn push(&self, party: &str, metadata: &Value, payload: &[u8]) -> Reply {
        let body = form(&metadata.to_string(), payload);
        let media = format!("multipart/form-data; boundary=\"{BOUNDARY}\"");
        self.post_as(party, PUSH, &media, body).await
    }

    /// Pushes what must be received.
    pub(crate) async fn received(&self, party: &str, metadata: &Value, payload: &[u8]) {
        let reply = self.push(party, metadata, payload).await;
        assert_eq!(
            (reply.status, reply.body.len()),
            (StatusCode::NO_CONTENT, 0),
            "{:?}",
            reply.body
        );
    }

    /// Pushes what must not be received: the code and its text.
    pub(crate) async fn refused(&self, party: &str, metadata: &Value, payload: &[u8]) -> String {
        let reply = self.push(party, metadata, payload).await;
        code_of(&reply)
    }

    /// What waits for a party, with a query.
    async fn waiting(&self, party: &str, query: &str) -> Vec<Value> {
        let reply = self.get(party, &format!("{PULL}{query}")).await;
        assert_eq!(reply.status, StatusCode::OK, "{:?}", reply.body);
        published::answer(published::Api::Pull, "/berichten", "get", &reply);
        reply.json()
    }

    async fn search(&self, party: &str, zoekpad: &Value) -> Vec<Value> {
        let path = format!("{PULL}/zoeken");
        let reply = self
            .post_as(party, &path, "application/json", zoekpad.to_string())
            .await;
        assert_eq!(reply.status, StatusCode::OK, "{:?}", reply.body);
        published::answer(published::Api::Pull, "/berichten/zoeken", "post", &reply);
        reply.json()
    }

    /// The statuses of V3 by a query, which V2 says in its own words.
    async fn statuses(&self, party: &str, query: &str) -> Vec<Value> {
        let [v2, v3] = STATUS.map(|path| format!("{path}?{query}"));
        let (v2, v3) = (self.get(party, &v2).await, self.get(party, &v3).await);
        for (api, reply) in [(published::Api::V2, &v2), (published::Api::V3, &v3)] {
            assert_eq!(reply.status, StatusCode::OK, "{:?}", reply.body);
            published::answer(api, "/berichtstatussen", "get", reply);
        }
        let (old, new): (Vec<Value>, Vec<Value>) = (v2.json(), v3.json());
        for (old, new) in old.iter().zip(&new) {
            let word = |item: &Value| item["berichtstatus"].as_str().expect("a word").to_owned();
            let expected = match word(new).as_str() {
                "WordtAangeboden" | "BezorgingAfgebroken" | "AanbiedenMislukt" => {
                    "Aangeboden".to_owned()
                }
                same => same.to_owned(),
            };
            assert_eq!(word(old), expected);
        }
        assert_eq!(old.len(), new.len());
        new
    }

    /// The status of the one message of a number.
    async fn status(&self, party: &str, number: &str) -> Value {
        let [one] =
            <[Value; 1]>::try_from(self.statuses(party, &format!("traceerId={number}")).await)
                .expect("one message");
        one
    }

    /// The code of the first melding of a message that was refused after its receipt, found by both of its numbers.
    pub(crate) async fn why(&self, party: &str, number: &str) -> String {
        let status = self.status(party, number).await;
        assert_eq!(status["berichtstatus"], "AfgekeurdDoorDienst", "{status}");
        let conversation = status["referentiegegevens"]["conversatieId"]
            .as_str()
            .expect("an id");
        let by_conversation = self
            .statuses(party, &format!("conversatieId={conversation}"))
            .await;
        assert!(by_conversation.contains(&status), "{by_conversation:?}");
        let melding = &status["meldingen"][0];
        assert!(
            melding["omschrijving"]
                .as_str()
                .is_some_and(|text| text.len() > 10),
            "{melding}"
        );
        melding["code"].as_str().expect("a code").to_owned()
    }
}

/// A UUID of version 4 for each number.
pub(crate) fn uuid(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// What a provider says of a message to a municipality; the conversation is its own.
pub(crate) fn metadata(bericht: &str, from: &str, to: &str, number: u32) -> Value {
    json!({
        "routeringgegevens": {
            "afzender": {"rol": "Instelling", "code": from},
            "geadresseerden": [{"rol": "Gemeente", "code": to}],
            "berichtstroom": {
                "berichttype": "JW", "berichtsubtype": bericht, "berichtversie": 3, "berichtsubversie": 2, "actie": "StartZorg"
            }
        },
        "referentiegegevens": {"conversatieId": uuid(number), "traceerId": uuid(number), "referentieId": "dossier 12"},
        "verwerkingscontext": [
            {"sleutel": "Applicatie", "waarde": ["Zorgpakket"]},
            {"sleutel": "ApplicatieVersie", "waarde": ["12"]}
        ]
    })
}

/// Both parts as .NET sends them.
fn form(metadata: &str, payload: &[u8]) -> Vec<u8> {
    let mut body = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=berichtMetadata\r\n\r\n{metadata}\r\n--{BOUNDARY}\r\nContent-Disposition: form-data; name=payload; \
         filename=payload; filename*=utf-8''payload\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(payload);
    body.extend(format!("\r\n--{BOUNDARY}--\r\n").bytes());
    body
}

/// The places that a 400 names; whatever goes for every one is checked.
fn places_of(reply: &Reply) -> Vec<String> {
    assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{:?}", reply.body);
    let details = details(reply);
    let errors = details["errors"].as_object().expect("places");
    errors.keys().cloned().collect()
}

/// The code that a 422 names.
fn code_of(reply: &Reply) -> String {
    assert_eq!(
        reply.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{:?}",
        reply.body
    );
    let details = details(reply);
    let errors = details["errors"].as_object().expect("codes");
    assert_eq!(errors.len(), 1, "{details}");
    let (code, texts) = errors.iter().next().expect("a code");
    let text = texts[0].as_str().expect("a text");
    assert_eq!(details["detail"], format!("{code}: {text}"));
    code.clone()
}

/// A problem as this wire documents it.
fn details(reply: &Reply) -> Value {
    assert_eq!(reply.header("content-type"), "application/json");
    let details: Value = reply.json();
    assert_eq!(details["status"], reply.status.as_u16());
    for field in ["type", "title", "detail"] {
        assert!(
            details[field].as_str().is_some_and(|text| !text.is_empty()),
            "{field}: {details}"
        );
    }
    details
}
