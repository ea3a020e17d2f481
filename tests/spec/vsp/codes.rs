//! The codes of the VSP, one row each: what a provider pushes, and how it is told: in the 422 of the push, or as a melding with the status of what was received.

use knooppunt::envelope::vsp::zip;
use serde_json::{Value, json};

use super::{Provider, metadata, uuid};
use crate::codes::is_a_text;
use crate::door::{Door, taken, waiting};
use crate::ggk::{fo01, send, soap, stored};
use crate::verdict::with;
use crate::world::{GEMEENTE_A, World, ZORG_A, ZORG_B, broken, changed, message};

/// Where a code is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    /// At once, and nothing is received.
    AtReceipt,
    /// As the status of what was received.
    AsStatus,
    /// The same, where the gateway judges for the receiver.
    AsJudged,
    /// The same, by the receiver on his own wire.
    ByReceiver,
}

/// What provokes a code.
pub(crate) struct Row {
    pub(crate) code: &'static str,
    told: Told,
    /// What is changed in metadata that are right.
    said: fn(&mut Value),
    payload: fn() -> Vec<u8>,
}

const fn at_receipt(code: &'static str, said: fn(&mut Value)) -> Row {
    Row {
        code,
        told: Told::AtReceipt,
        said,
        payload: || start("S1"),
    }
}

const fn as_status(code: &'static str, payload: fn() -> Vec<u8>) -> Row {
    Row {
        code,
        told: Told::AsStatus,
        said: |_| (),
        payload,
    }
}

fn start(id: &str) -> Vec<u8> {
    message("JW305", GEMEENTE_A, ZORG_A, id).to_vec()
}

fn put(said: &mut Value, place: &str, value: Value) {
    *said.pointer_mut(place).expect("a place") = value;
}

const AFZENDER: &str = "/routeringgegevens/afzender";
const GEADRESSEERDEN: &str = "/routeringgegevens/geadresseerden";
const SUBTYPE: &str = "/routeringgegevens/berichtstroom/berichtsubtype";

/// A ZIP file of these names, each with a start of care.
fn packed(names: &[&str]) -> Vec<u8> {
    use std::io::{Cursor, Write as _};
    let mut writer = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
    for name in names {
        let options = ::zip::write::SimpleFileOptions::default();
        writer.start_file(*name, options).expect("a file");
        writer.write_all(&start("Z1")).expect("written");
    }
    writer.finish().expect("whole").into_inner()
}

fn with_password() -> Vec<u8> {
    let mut secret = packed(&["a.xml"]);
    let windows = &mut secret.windows(4);
    let entry = windows.position(|four| four == b"PK\x01\x02");
    secret[entry.expect("an entry") + 8] |= 1;
    secret[6] |= 1;
    secret
}

/// Of the published ones all that can arise.
pub(crate) const ROWS: &[Row] = &[
    at_receipt("BRS01", |said| {
        put(
            said,
            AFZENDER,
            json!({"rol": "Instelling", "code": "99999999"}),
        );
    }),
    at_receipt("BRS02", |said| put(said, SUBTYPE, "JW301".into())),
    at_receipt("BRS03", |said| {
        put(said, AFZENDER, json!({"rol": "Instelling", "code": ZORG_B}));
    }),
    at_receipt("BRS04", |said| {
        put(
            said,
            GEADRESSEERDEN,
            json!([{"rol": "Gemeente", "code": "9999"}]),
        );
    }),
    at_receipt("BRS05", |said| {
        put(
            said,
            GEADRESSEERDEN,
            json!([{"rol": "Instelling", "code": GEMEENTE_A}]),
        );
    }),
    Row {
        payload: || vec![b' '; 26_214_401],
        ..at_receipt("BRS06", |_| ())
    },
    at_receipt("BRS33", |said| put(said, SUBTYPE, "JW399".into())),
    at_receipt("BRS33", |said| {
        put(said, GEADRESSEERDEN, json!([{"rol": "Gemeente"}]));
    }),
    at_receipt("BRS114", |said| {
        put(said, "/referentiegegevens/traceerId", uuid(0).into());
    }),
    as_status("BRS13", || broken(&start("S1").into()).to_vec()),
    Row {
        told: Told::ByReceiver,
        ..as_status("BRS13", || start("S1"))
    },
    as_status("BRS14", || b"no xml at all".to_vec()),
    as_status("BRS15", || {
        let whole = packed(&["a.xml"]);
        whole[..whole.len() - 8].to_vec()
    }),
    as_status("BRS16", || packed(&["a.xml", "b.xml"])),
    as_status("BRS17", with_password),
    as_status("BRS19", || {
        zip::pack("a.xml", &b" ".repeat(26_214_401)).expect("packed")
    }),
    as_status("BRS20", || changed(&start("S0").into()).to_vec()),
    as_status("BRS21", || packed(&[])),
    Row {
        told: Told::AsJudged,
        ..as_status("BRS28", || {
            let late = [("Begindatum>2026-02-02<", "Begindatum>2026-02-20<")];
            with("JW305", "S1", &late).to_vec()
        })
    },
    as_status("BRS29", || packed(&["a/b.xml"])),
    as_status("BRS33", || {
        let text = String::from_utf8(start("S1")).expect("text");
        text.replace("ijw/3_2/jw305", "ijw/9_9/jw305").into()
    }),
];

/// A provider whose first start of care was taken, under the number 0.
async fn provider(judged: bool) -> Provider {
    if judged {
        return Provider::above(Door::above(World::new().judged()));
    }
    let provider = Provider::new();
    let said = metadata("JW305", ZORG_A, GEMEENTE_A, 0);
    provider.received("zorg-a", &said, &start("S0")).await;
    provider
}

#[tokio::test]
async fn each_code_of_the_vsp_is_told_where_it_belongs_with_a_text_of_ours() {
    for row in ROWS {
        let provider = provider(row.told == Told::AsJudged).await;
        let mut said = metadata("JW305", ZORG_A, GEMEENTE_A, 1);
        (row.said)(&mut said);
        let payload = (row.payload)();
        if row.told == Told::AtReceipt {
            let reply = provider.push("zorg-a", &said, &payload).await;
            assert_eq!(super::code_of(&reply), row.code);
            let problem: Value = reply.json();
            let text = problem["errors"][row.code][0].as_str().expect("a text");
            assert!(is_a_text(text), "{}: {text}", row.code);
            let waits = waiting(&provider.door, "gemeente-a", "").await;
            assert_eq!(waits.len(), 1, "{}: the first alone", row.code);
            continue;
        }
        provider.received("zorg-a", &said, &payload).await;
        if row.told == Told::ByReceiver {
            let refusal = soap(&fo01("1", &uuid(1), "StUF055"));
            stored(&send(&provider.door, "gemeente-a", &refusal).await);
        }
        if row.told == Told::AsJudged {
            let query = format!("traceerId={}", uuid(1));
            let statuses = provider.statuses("zorg-a", &query).await;
            assert_eq!(statuses[0]["meldingen"][0]["code"], row.code);
        } else {
            assert_eq!(provider.why("zorg-a", &uuid(1)).await, row.code);
        }
    }
}

#[tokio::test]
async fn what_the_own_api_took_before_is_brs20_here() {
    let provider = Provider::new();
    taken(&provider.door, "zorg-a", start("S0").into()).await;
    let said = metadata("JW305", ZORG_A, GEMEENTE_A, 1);
    provider.received("zorg-a", &said, &start("S0")).await;
    assert_eq!(provider.why("zorg-a", &uuid(1)).await, "BRS20");
}
