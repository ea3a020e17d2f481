//! What is not in order at receipt: 422 with its code, nothing stored but the fact, and the number free.

use axum::http::StatusCode;
use knooppunt::api::ApiSettings;
use knooppunt::budget::BudgetSettings;
use knooppunt::ledger::Event;
use serde_json::{Value, json};

use super::{BOUNDARY, PUSH, Provider, code_of, form, metadata, places_of, published, uuid};
use crate::door::waiting;
use crate::world::{GEMEENTE_A, GEMEENTE_B, ZORG_A, ZORG_B, message};

fn changed(pointer: &str, value: Value) -> Value {
    let mut said = metadata("JW305", ZORG_A, GEMEENTE_A, 1);
    *said.pointer_mut(pointer).expect("a place") = value;
    said
}

const AFZENDER: &str = "/routeringgegevens/afzender";
const GEADRESSEERDEN: &str = "/routeringgegevens/geadresseerden";
const STROOM: &str = "/routeringgegevens/berichtstroom";

#[tokio::test]
async fn each_code_of_receipt_is_told_at_once_and_leaves_the_number_free() {
    let provider = Provider::new();
    let body = message("JW305", GEMEENTE_A, ZORG_A, "S1");
    let to = |rol: &str, code: &str| json!({"rol": rol, "code": code});
    let stroom = |berichttype: &str, subtype: &str| json!({"berichttype": berichttype, "berichtsubtype": subtype, "berichtversie": 3, "berichtsubversie": 2, "actie": "a"});
    for (said, code) in [
        (changed(AFZENDER, json!({"rol": "Instelling"})), "BRS01"),
        (changed(AFZENDER, to("Instelling", "99999999")), "BRS01"),
        (changed(AFZENDER, to("Instelling", "x")), "BRS01"),
        (changed(AFZENDER, to("Gemeente", ZORG_A)), "BRS01"),
        (changed(AFZENDER, to("Gemeente", GEMEENTE_A)), "BRS01"),
        (changed(STROOM, stroom("JW", "JW301")), "BRS02"),
        (changed(AFZENDER, to("Instelling", ZORG_B)), "BRS03"),
        (
            changed(GEADRESSEERDEN, json!([to("Gemeente", "9999")])),
            "BRS04",
        ),
        (changed(GEADRESSEERDEN, json!([to("CAK", "CAK")])), "BRS04"),
        (
            changed(GEADRESSEERDEN, json!([to("Gemeente", GEMEENTE_B)])),
            "BRS04",
        ),
        (
            changed(GEADRESSEERDEN, json!([to("Instelling", GEMEENTE_A)])),
            "BRS05",
        ),
        (
            changed(GEADRESSEERDEN, json!([to("Instelling", ZORG_B)])),
            "BRS05",
        ),
        (changed(GEADRESSEERDEN, json!([])), "BRS33"),
        (
            changed(GEADRESSEERDEN, json!([{"rol": "Gemeente"}])),
            "BRS33",
        ),
        (
            changed(
                GEADRESSEERDEN,
                json!([to("Gemeente", GEMEENTE_A), to("Gemeente", GEMEENTE_B)]),
            ),
            "BRS33",
        ),
        (changed(STROOM, stroom("JW", "JW399")), "BRS33"),
        (changed(STROOM, stroom("WMO", "JW305")), "BRS33"),
    ] {
        let reply = provider.push("zorg-a", &said, &body).await;
        assert_eq!(code_of(&reply), code, "{said}");
        published::answer(published::Api::Push, "/berichten", "post", &reply);
        let status = provider
            .statuses("zorg-a", &format!("traceerId={}", uuid(1)))
            .await;
        assert!(status.is_empty(), "{said}");
        let last = provider.door.world.events().pop();
        assert!(
            matches!(last, Some(Event::Refused(_))),
            "the fact is recorded: {last:?}"
        );
    }
    assert!(waiting(&provider.door, "gemeente-a", "").await.is_empty());
    let said = metadata("JW305", ZORG_A, GEMEENTE_A, 1);
    provider.received("zorg-a", &said, &body).await;
}

#[tokio::test]
async fn who_has_no_mandate_for_the_kind_is_brs03_also_when_only_the_content_tells_the_kind() {
    let provider = Provider::new();
    let body = message("JW307", GEMEENTE_A, ZORG_A, "E1");
    let mut said = metadata("JW307", ZORG_A, GEMEENTE_A, 1);
    assert_eq!(
        provider.refused("softwarehuis", &said, &body).await,
        "BRS03"
    );
    let stroom = &mut said["routeringgegevens"]["berichtstroom"];
    stroom
        .as_object_mut()
        .expect("fields")
        .remove("berichtsubtype");
    assert_eq!(
        provider.refused("softwarehuis", &said, &body).await,
        "BRS03"
    );
    assert_eq!(provider.refused("zorg-b", &said, &body).await, "BRS03");
    provider.received("zorg-a", &said, &body).await;
}

/// 25 MB, read as 2^20, which the payload alone may have.
const PAYLOAD_BYTES_MAX: usize = 26_214_400;

#[tokio::test]
async fn a_payload_of_exactly_25_mb_is_received_and_one_byte_more_is_brs06() {
    let provider = Provider::new();
    let said = |number| metadata("JW305", ZORG_A, GEMEENTE_A, number);
    let mut payload = message("JW305", GEMEENTE_A, ZORG_A, "S1").to_vec();
    payload.resize(PAYLOAD_BYTES_MAX + 1, b' ');
    assert_eq!(
        provider.refused("zorg-a", &said(1), &payload).await,
        "BRS06"
    );
    payload.pop();
    provider.received("zorg-a", &said(1), &payload).await;
    let status = provider.status("zorg-a", &uuid(1)).await;
    assert_eq!(status["berichtstatus"], "WordtAangeboden");
    let [id] = provider.door.world.waiting("gemeente-a").await[..] else {
        panic!("one waits")
    };
    let body = provider.door.world.body("gemeente-a", id).await;
    assert_eq!(body.len(), PAYLOAD_BYTES_MAX);
}

#[tokio::test]
async fn a_payload_one_byte_too_large_is_brs06_and_a_body_that_cannot_hold_one_that_fits_before_it_is_read()
 {
    let said = metadata("JW305", ZORG_A, GEMEENTE_A, 1).to_string();
    let payload = message("JW305", GEMEENTE_A, ZORG_A, "S1");
    let body = form(&said, &payload);
    let limit = |body_bytes_max| ApiSettings {
        body_bytes_max,
        ..ApiSettings::default()
    };
    let media = format!("multipart/form-data; boundary={BOUNDARY}");
    let fits = Provider::with(limit(payload.len() as u64), BudgetSettings::default());
    let reply = fits.post_as("zorg-a", PUSH, &media, body.clone()).await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT);
    let small = Provider::with(limit(payload.len() as u64 - 1), BudgetSettings::default());
    let reply = small.post_as("zorg-a", PUSH, &media, body.clone()).await;
    assert_eq!(code_of(&reply), "BRS06");
    let request = small
        .request("zorg-a", http::Method::POST, PUSH)
        .header("content-type", &media)
        .header("transfer-encoding", "chunked")
        .body(axum::body::Body::from(body));
    let reply = small.send(request.expect("a request")).await;
    assert_eq!(code_of(&reply), "BRS06", "in chunks too");
    // The limit, 1 MB of metadata and 64 KiB around both.
    let length = payload.len() - 1 + (1 << 20) + (64 << 10) + 1;
    let huge = small
        .request("zorg-a", http::Method::POST, PUSH)
        .header("content-type", &media)
        .header("content-length", length)
        .header("expect", "100-continue")
        .body(crate::bodies::unread());
    assert_eq!(
        code_of(&small.send(huge.expect("a request")).await),
        "BRS06"
    );
}

#[tokio::test]
async fn what_cannot_be_understood_is_400_with_its_place_and_no_value() {
    let provider = Provider::new();
    let body = message("JW305", GEMEENTE_A, ZORG_A, "S1");
    for (said, place) in [
        (
            changed(
                STROOM,
                json!({"berichttype": "JW", "berichtversie": 3, "berichtsubversie": 2, "actie": ""}),
            ),
            "routeringgegevens.berichtstroom.actie",
        ),
        (
            changed("/verwerkingscontext", json!([])),
            "verwerkingscontext",
        ),
        (
            changed("/verwerkingscontext/0/waarde/0", "canary".repeat(50).into()),
            "verwerkingscontext[0].waarde[0]",
        ),
    ] {
        let reply = provider.push("zorg-a", &said, &body).await;
        assert_eq!(places_of(&reply), [place]);
        published::answer(published::Api::Push, "/berichten", "post", &reply);
        assert!(!String::from_utf8_lossy(&reply.body).contains("canary"));
    }
    let mut said = metadata("JW305", ZORG_A, GEMEENTE_A, 1);
    said["canary"] = 1.into();
    let reply = provider.push("zorg-a", &said, &body).await;
    assert!(places_of(&reply)[0].starts_with("berichtMetadata (regel 1"));
    assert!(!String::from_utf8_lossy(&reply.body).contains("canary"));
    let said = metadata("JW305", ZORG_A, GEMEENTE_A, 1);
    assert_eq!(
        places_of(&provider.push("zorg-a", &said, b"").await),
        ["payload"]
    );
}

#[tokio::test]
async fn a_message_for_another_than_its_addressee_or_from_another_is_not_received() {
    let provider = Provider::new();
    let said = metadata("JW305", ZORG_A, GEMEENTE_A, 1);
    let other = message("JW305", GEMEENTE_B, ZORG_A, "S1");
    assert_eq!(provider.refused("zorg-a", &said, &other).await, "BRS04");
    let anothers = message("JW305", GEMEENTE_A, ZORG_B, "S1");
    assert_eq!(provider.refused("zorg-a", &said, &anothers).await, "BRS03");
    assert!(waiting(&provider.door, "gemeente-a", "").await.is_empty());
}

#[tokio::test]
async fn what_would_not_fit_into_an_envelope_of_the_ggk_is_brs06_where_the_addressee_has_that_wire()
{
    let endpoint = "[[endpoint]]\nparty = \"gemeente-a\"\nkind = \"ggk0210\"\nurl = \"https://ggk.example/ggk\"\n\
                    certificate = \"us.pem\"\nkey = \"us.key\"\nroots = \"roots.pem\"\n";
    let provider = Provider::registered(endpoint);
    let said = |to: &str, number| metadata("JW305", ZORG_A, to, number);
    let large = b" ".repeat(19_648_513);
    assert_eq!(
        provider
            .refused("zorg-a", &said(GEMEENTE_A, 1), &large)
            .await,
        "BRS06"
    );
    let packed = knooppunt::envelope::vsp::zip::pack("a.xml", &large).expect("packed");
    assert_eq!(
        provider
            .refused("zorg-a", &said(GEMEENTE_A, 1), &packed)
            .await,
        "BRS06"
    );
    provider
        .received("zorg-a", &said(GEMEENTE_B, 2), &large)
        .await;
    provider
        .received("zorg-a", &said(GEMEENTE_A, 1), &large[1..])
        .await;
    assert_eq!(
        provider.why("zorg-a", &uuid(1)).await,
        "BRS14",
        "blanks are no message"
    );
}
