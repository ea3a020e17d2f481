//! The codes of Fo03, one row each: what is sent, and what is told at once.

use super::{NUMBER, OTHER, Sent, given, refused, send, soap, stored, text_of};
use crate::codes::is_a_text;
use crate::door::Door;

/// What provokes a code.
pub(crate) struct Row {
    pub(crate) code: &'static str,
    plek: &'static str,
    /// From a Di01 that is right, the element that is sent.
    sent: fn(Sent) -> String,
    /// Whether nothing can be stored at that moment.
    stopped: bool,
}

const fn row(code: &'static str, plek: &'static str, sent: fn(Sent) -> String) -> Row {
    Row {
        code,
        plek,
        sent,
        stopped: false,
    }
}

/// Of the published ones all that can arise.
pub(crate) const ROWS: &[Row] = &[
    row("StUF001", "server", |sent| {
        sent.element().replace("StUF0301", "StUF0302")
    }),
    row("StUF004", "server", |mut sent| {
        sent.namespace = "http://www.example.test/model";
        sent.element()
    }),
    row("StUF007", "server", |mut sent| {
        sent.namespace = "http://www.stufstandaarden.nl/koppelvlak/ggk0220";
        sent.element()
    }),
    row("StUF013", "client", |sent| {
        let from = "0999".to_owned();
        Sent { from, ..sent }.element()
    }),
    row("StUF016", "client", |sent| {
        let number = NUMBER.to_owned();
        Sent { number, ..sent }.element()
    }),
    row("StUF022", "client", |mut sent| {
        sent.code = "Xy99";
        sent.element()
    }),
    row("StUF025", "server", |mut sent| {
        sent.code = "Lk01";
        sent.element()
    }),
    row("StUF034", "client", |sent| {
        let functie = "WMO399".to_owned();
        Sent { functie, ..sent }.element()
    }),
    row("StUF034", "client", |sent| {
        let number = sent.number;
        let file = Sent::file("BUDGET-CSV", "a.csv", b"a;b");
        Sent { number, ..file }.element()
    }),
    row("StUF037", "server", |mut sent| {
        sent.version = "0002";
        sent.element()
    }),
    row("StUF040", "server", |sent| {
        let functie = "JW302".to_owned();
        Sent { functie, ..sent }.element()
    }),
    row("StUF043", "client", |sent| {
        Sent::du01(
            "JW306",
            "c1a9f182-bc44-4f27-9863-9a5ccc1e1cf0",
            &given(&sent.number),
        )
        .element()
    }),
    Row {
        stopped: true,
        ..row("StUF046", "server", |sent| sent.element())
    },
];

#[tokio::test]
async fn each_code_of_fo03_is_told_at_once_with_its_place_and_uses_up_no_number() {
    for row in ROWS {
        let door = Door::new();
        stored(&Sent::di01(&given("T1")).to(&door).await);
        let right = Sent {
            number: OTHER.to_owned(),
            ..Sent::di01(&given("T2"))
        };
        if row.stopped {
            door.api.health.stop();
        }
        let message = soap(&(row.sent)(right.clone()));
        let reply = send(&door, "gemeente-a", &message).await;
        assert_eq!(refused(&reply), row.code);
        assert_eq!(text_of(&reply, "StUF:plek").as_deref(), Some(row.plek));
        let text = text_of(&reply, "StUF:omschrijving").expect("a text");
        assert!(is_a_text(&text), "{}: {text}", row.code);
        let door = Door::above(door.world);
        stored(&right.to(&door).await);
    }
}
