//! The own API: what every door of it answers, and in which words.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, Version};
use bytes::Bytes;
use data_encoding::{BASE64, HEXLOWER};
use jiff::SignedDuration;
use knooppunt::api::ApiSettings;
use knooppunt::api::berichten::{StatusBody, TakenBody, TriedBody};
use knooppunt::api::ontvangstbewijs::{KeysBody, ReceiptBody};
use knooppunt::api::partij::PartyBody;
use knooppunt::api::postvak::PageBody;
use knooppunt::budget::BudgetSettings;
use knooppunt::receipt::Receipt;
use knooppunt::retention::RetentionSettings;
use knooppunt_proof::{Salt, event_entry, leaf_hash};
use sha2::{Digest, Sha256};

use crate::door::{Door, allocation, is, taken, waiting};
use crate::held::{LINE, Waiting, declaration_of_both};
use crate::world::{
    GEMEENTE_A, GEMEENTE_B, World, ZORG_A, ZORG_B, answer, broken, changed, message,
};

#[tokio::test]
async fn a_message_is_handed_in_listed_fetched_byte_for_byte_and_acknowledged() {
    let door = Door::new();
    let body = allocation("T1");
    let reply = door.hand_in("gemeente-a", body.clone()).await;
    assert_eq!(reply.status, StatusCode::CREATED);
    let taken: TakenBody = reply.json();
    let id = taken.message.id.clone();
    assert_eq!(reply.header("location"), format!("/v1/berichten/{id}"));
    assert!(!taken.repeat && !String::from_utf8_lossy(&reply.body).contains("repeat"));
    assert_eq!(taken.message.bericht, "JW301");
    assert_eq!(
        (taken.message.law.as_deref(), taken.message.release.as_str()),
        (Some("jw"), "3.2")
    );
    assert_eq!(
        (
            taken.message.maker.as_str(),
            taken.message.receiver.as_str()
        ),
        (GEMEENTE_A, ZORG_A)
    );
    assert_eq!(taken.message.received, "2026-03-01T09:00:00Z");
    assert_eq!(
        taken.message.sha256,
        Some(HEXLOWER.encode(&Sha256::digest(&body)))
    );
    assert_eq!(
        (taken.message.bytes, taken.message.state.as_str()),
        (body.len() as u64, "waiting")
    );

    assert_eq!(
        waiting(&door, "zorg-a", "").await,
        std::slice::from_ref(&id)
    );
    let content = door
        .get("zorg-a", &format!("/v1/postvak/{id}/inhoud"))
        .await;
    assert_eq!((content.status, &content.body), (StatusCode::OK, &body));
    assert_eq!(
        content.header("content-type"),
        "application/xml; charset=utf-8"
    );
    assert_eq!(
        content.header("etag"),
        format!("\"{}\"", HEXLOWER.encode(&Sha256::digest(&body)))
    );
    assert_eq!(
        content.header("repr-digest"),
        format!("sha-256=:{}:", BASE64.encode(&Sha256::digest(&body)))
    );

    door.world.clock.advance(SignedDuration::from_mins(5));
    for again in 0..2 {
        let reply = door.delete("zorg-a", &format!("/v1/postvak/{id}")).await;
        assert_eq!(
            (reply.status, reply.body.len()),
            (StatusCode::NO_CONTENT, 0),
            "time {again}"
        );
    }
    assert!(waiting(&door, "zorg-a", "").await.is_empty());
    let status: StatusBody = door
        .get("gemeente-a", &format!("/v1/berichten/{id}"))
        .await
        .json();
    assert_eq!(status.message.state, "acknowledged");
    assert_eq!(
        status.message.acknowledged.as_deref(),
        Some("2026-03-01T09:05:00Z")
    );
    let events: Vec<_> = status
        .timeline
        .iter()
        .map(|moment| moment.event.as_str())
        .collect();
    assert_eq!(events, ["received", "acknowledged"]);
    assert_eq!(
        door.api.budget.in_flight_bytes(),
        0,
        "every request gave its room back"
    );
}

#[tokio::test]
async fn the_same_bytes_again_are_200_with_the_first_message_and_a_mark() {
    let door = Door::new();
    let first = taken(&door, "gemeente-a", allocation("T1")).await;
    let reply = door.hand_in("gemeente-a", allocation("T1")).await;
    assert_eq!(reply.status, StatusCode::OK);
    let again: TakenBody = reply.json();
    assert!(again.repeat);
    assert_eq!(again.message, first.message);
    assert_eq!(waiting(&door, "zorg-a", "").await.len(), 1);
}

#[tokio::test]
async fn other_bytes_under_the_same_identity_are_409_with_the_time_of_the_first() {
    let door = Door::new();
    taken(&door, "gemeente-a", allocation("T1")).await;
    door.world.clock.advance(SignedDuration::from_hours(1));
    let reply = door.hand_in("gemeente-a", changed(&allocation("T1"))).await;
    assert_eq!(reply.refusal(), is(409, "identity-taken"));
    let problem = reply.problem();
    assert_eq!(
        problem.first_received.as_deref(),
        Some("2026-03-01T09:00:00Z")
    );
    assert!(problem.detail.contains("BRS20") && problem.detail.contains("IB016"));
    assert_eq!(
        (problem.bericht.as_deref(), problem.fault.as_str()),
        (Some("JW301"), "sender")
    );
}

#[tokio::test]
async fn a_message_of_wrong_form_is_422_with_findings_and_no_value_from_it() {
    let door = Door::new();
    let reply = door.hand_in("gemeente-a", broken(&allocation("T1"))).await;
    assert_eq!(reply.refusal(), is(422, "level-1"));
    let problem = reply.problem();
    assert_eq!(problem.bericht.as_deref(), Some("JW301"));
    let [finding] = problem.findings.as_slice() else {
        panic!("one missing element is one finding: {:?}", problem.findings);
    };
    assert_eq!(
        (finding.level, finding.code.as_str()),
        (1, "element-missing")
    );
    assert!(
        finding.path.starts_with("/Bericht/Header") && finding.line > 1 && !finding.text.is_empty()
    );
    assert_eq!(problem.findings_more, Some(0));
    assert_eq!(problem.findings_by_code.get("element-missing"), Some(&1));
    assert!(waiting(&door, "zorg-a", "").await.is_empty());
    taken(&door, "gemeente-a", allocation("T1")).await;
}

#[tokio::test]
async fn one_finding_past_a_hundred_is_counted_and_not_shown() {
    let door = Door::new();
    let text = String::from_utf8(allocation("T1").to_vec()).expect("text");
    let (start, end) = (
        text.find("<jw301:ToegewezenProduct>").expect("a product"),
        text.find("</jw301:ToegewezenProducten>")
            .expect("the end of the products"),
    );
    let product =
        text[start..end].replace("<ijw:Code>45A04</ijw:Code>", "<ijw:Code>canary</ijw:Code>");
    let body = format!("{}{}{}", &text[..start], product.repeat(101), &text[end..]);
    let reply = door.hand_in("gemeente-a", body).await;
    let problem = reply.problem();
    assert_eq!(
        (
            problem.status,
            problem.findings.len(),
            problem.findings_more
        ),
        (422, 100, Some(1))
    );
    assert_eq!(problem.findings_by_code.values().sum::<u64>(), 101);
    assert!(!String::from_utf8_lossy(&reply.body).contains("canary"));
}

#[tokio::test]
async fn who_is_not_the_maker_is_403_and_an_unknown_receiver_is_422() {
    let door = Door::new();
    assert_eq!(
        door.hand_in("gemeente-b", allocation("T1")).await.refusal(),
        is(403, "not-the-maker")
    );
    let nobody = message("JW301", GEMEENTE_A, "99999999", "T1");
    assert_eq!(
        door.hand_in("gemeente-a", nobody).await.refusal(),
        is(422, "unknown-receiver")
    );
    let start = message("JW305", GEMEENTE_A, ZORG_A, "S1");
    assert_eq!(
        door.hand_in("softwarehuis", start).await.status,
        StatusCode::CREATED,
        "by mandate"
    );
}

#[tokio::test]
async fn a_dry_run_says_what_would_happen_and_leaves_no_message() {
    let door = Door::new();
    let tried = |body: Bytes| door.post("gemeente-a", "/v1/berichten?proef=true", body);
    let reply = tried(allocation("T1")).await;
    assert_eq!(reply.status, StatusCode::OK);
    let body: TriedBody = reply.json();
    assert!(body.dry_run && body.would == "accept" && body.bericht == "JW301" && body.id.is_none());
    let refused = tried(broken(&allocation("T1"))).await;
    assert_eq!(refused.refusal(), is(422, "level-1"));
    assert!(refused.problem().dry_run);
    assert!(waiting(&door, "zorg-a", "").await.is_empty());
    let first = taken(&door, "gemeente-a", allocation("T1")).await;
    let body: TriedBody = tried(allocation("T1")).await.json();
    assert_eq!(
        (body.would.as_str(), body.id),
        ("repeat", Some(first.message.id))
    );
    assert_eq!(
        tried(changed(&allocation("T1"))).await.refusal(),
        is(409, "identity-taken")
    );
}

#[tokio::test]
async fn answers_join_the_thread_and_both_sides_see_it() {
    let door = Door::new();
    let asked = taken(&door, "gemeente-a", allocation("T1")).await;
    let retour = taken(
        &door,
        "zorg-a",
        answer("JW302", GEMEENTE_A, ZORG_A, "T1", "R1"),
    )
    .await;
    assert_eq!(retour.message.thread, asked.message.thread);
    for party in ["gemeente-a", "zorg-a"] {
        let status: StatusBody = door
            .get(party, &format!("/v1/berichten/{}", asked.message.id))
            .await
            .json();
        let thread: Vec<_> = status
            .thread_messages
            .iter()
            .map(|message| message.bericht.as_str())
            .collect();
        assert_eq!(thread, ["JW301", "JW302"]);
        let answered = status.timeline.last().expect("an event");
        assert_eq!(
            (answered.event.as_str(), answered.by.as_ref()),
            ("answered", Some(&retour.message.id))
        );
    }
    let stray = taken(
        &door,
        "zorg-a",
        answer("JW302", GEMEENTE_A, ZORG_A, "T9", "R9"),
    )
    .await;
    assert_eq!(stray.message.marks, ["unknown-question"]);
}

#[tokio::test]
async fn what_is_anothers_is_answered_like_what_does_not_exist() {
    let door = Door::new();
    let id = taken(&door, "gemeente-a", allocation("T1"))
        .await
        .message
        .id;
    let unknown = "a".repeat(26);
    for (method, of) in [
        (Method::GET, "/v1/berichten/{id}"),
        (Method::GET, "/v1/berichten/{id}/ontvangstbewijs"),
        (Method::GET, "/v1/postvak/{id}/inhoud"),
        (Method::DELETE, "/v1/postvak/{id}"),
    ] {
        let mut answers = Vec::new();
        for (party, id) in [
            ("zorg-b", id.as_str()),
            ("gemeente-b", &id),
            ("zorg-b", &unknown),
            ("zorg-b", "no-id"),
            ("zorg-b", "%00"),
            ("zorg-b", "%ff"),
        ] {
            let request = door
                .request(party, method.clone(), &of.replace("{id}", id))
                .body(Body::empty())
                .expect("a request");
            let reply = door.send(request).await;
            assert_eq!(reply.refusal(), is(404, "not-found"), "{method} {of} {id}");
            let headers: Vec<_> = reply
                .headers
                .keys()
                .filter(|name| *name != "x-request-id")
                .cloned()
                .collect();
            answers.push((headers, reply.body));
        }
        assert!(
            answers.windows(2).all(|pair| pair[0] == pair[1]),
            "{method} {of}"
        );
    }
    let content = format!("/v1/postvak/{id}/inhoud");
    assert_eq!(
        door.get("gemeente-a", &content).await.refusal(),
        is(404, "not-found"),
        "content is for the receiver"
    );
    assert_eq!(
        door.delete("gemeente-a", &format!("/v1/postvak/{id}"))
            .await
            .refusal(),
        is(404, "not-found")
    );
    assert!(waiting(&door, "zorg-b", "").await.is_empty());
    assert!(
        waiting(&door, "zorg-b", &format!("?code={ZORG_A}"))
            .await
            .is_empty()
    );
    assert_eq!(waiting(&door, "zorg-a", "").await, [id]);
}

#[tokio::test]
async fn the_mailbox_is_listed_oldest_first_by_filters_and_pages() {
    let door = Door::new();
    let mut ids = Vec::new();
    for number in 0..5 {
        let gemeente = if number == 3 {
            "gemeente-b"
        } else {
            "gemeente-a"
        };
        let code = if number == 3 { GEMEENTE_B } else { GEMEENTE_A };
        ids.push(
            taken(
                &door,
                gemeente,
                message("JW301", code, ZORG_A, &format!("T{number}")),
            )
            .await
            .message
            .id,
        );
    }
    assert_eq!(waiting(&door, "zorg-a", "").await, ids);
    assert_eq!(
        waiting(&door, "zorg-a", "?maker=0344").await,
        [ids[3].clone()]
    );
    assert_eq!(waiting(&door, "zorg-a", "?soort=301&wet=jw").await, ids);
    assert!(waiting(&door, "zorg-a", "?soort=305").await.is_empty());
    assert!(waiting(&door, "zorg-a", "?wet=wmo").await.is_empty());
    assert!(waiting(&door, "zorg-a", "?code=98980003").await.is_empty());
    let (mut seen, mut query) = (Vec::new(), "?limit=2".to_owned());
    loop {
        let page: PageBody = door
            .get("zorg-a", &format!("/v1/postvak{query}"))
            .await
            .json();
        assert!(page.messages.len() <= 2);
        seen.extend(page.messages.into_iter().map(|message| message.id));
        let Some(next) = page.next else { break };
        query = format!("?limit=2&cursor={next}");
    }
    assert_eq!(seen, ids);
}

#[tokio::test]
async fn a_parameter_that_is_wrong_is_400_and_named() {
    let door = Door::new();
    for (query, name) in [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=-1", "limit"),
        ("soort=300", "soort"),
        ("soort=JW301", "soort"),
        ("wet=awbz", "wet"),
        ("code=12", "code"),
        ("maker=x", "maker"),
        ("cursor=x", "cursor"),
        ("anders=1", "?"),
        ("limit=1&limit=2", "?"),
    ] {
        let reply = door.get("zorg-a", &format!("/v1/postvak?{query}")).await;
        assert_eq!(reply.refusal(), is(400, "wrong-parameter"), "{query}");
        let said = reply.problem().detail;
        let expected = match name {
            "?" => "Dit adres kent code, wet, ".to_owned(),
            name => format!("Parameter {name}:"),
        };
        assert!(said.contains(&expected), "{query}: {said}");
    }
    assert_eq!(
        door.get("zorg-a", "/v1/postvak?limit=1000").await.status,
        StatusCode::OK
    );
    let reply = door
        .post("gemeente-a", "/v1/berichten?proef=ja", allocation("T1"))
        .await;
    assert_eq!(reply.refusal(), is(400, "wrong-parameter"));
    for (query, said) in [
        (
            "limit=x",
            "Parameter limit: verwacht is een aantal van 1 tot en met 100",
        ),
        (
            "limit=101",
            "Parameter limit: verwacht is een aantal van 1 tot en met 100",
        ),
        ("cursor=x", "Parameter cursor:"),
        ("anders=1", "Dit adres kent cursor en limit"),
    ] {
        let reply = door
            .get("gemeente-a", &format!("/v1/besluiten?{query}"))
            .await;
        assert_eq!(reply.refusal(), is(400, "wrong-parameter"), "{query}");
        let detail = reply.problem().detail;
        assert!(detail.contains(said), "{query}: {detail}");
    }
}

#[tokio::test]
async fn a_receipt_holds_offline_with_the_published_key() {
    let door = Door::new();
    let message = taken(&door, "gemeente-a", allocation("T1")).await.message;
    let keys: KeysBody = door.get("zorg-a", "/v1/sleutels").await.json();
    let path = format!("/v1/berichten/{}/ontvangstbewijs", message.id);
    let reply = door.get("gemeente-a", &path).await;
    let ReceiptBody {
        statement,
        signature,
        log,
        record,
        salt,
    } = reply.json();
    let stated = Receipt {
        statement,
        signature,
    }
    .verify(&keys.keys[0].pem)
    .expect("it holds");
    assert_eq!((keys.log, log), (None, None), "no log is kept here");
    let decoded = |text: &str| BASE64.decode(text.as_bytes()).expect("base64");
    let salt: [u8; 32] = decoded(&salt.expect("a salt")).try_into().expect("a salt");
    let salt = Salt::new(salt).expect("a salt");
    let entry = event_entry(&salt, &decoded(&record));
    let leaf = leaf_hash(entry.as_bytes()).to_hex();
    assert_eq!(stated.leaf, Some(leaf));
    assert_eq!(
        (stated.message, Some(stated.payload_sha256), stated.position),
        (message.id, message.sha256, message.position)
    );
    assert_eq!(
        (stated.received, stated.verdict.as_str()),
        (message.received, "accepted")
    );
    assert_eq!(
        door.get("zorg-a", &path).await.body,
        reply.body,
        "the same bytes for both sides"
    );
}

#[tokio::test]
async fn erased_content_is_410_and_its_status_and_receipt_remain() {
    let door = Door::new();
    let id = taken(&door, "gemeente-a", allocation("T1"))
        .await
        .message
        .id;
    door.world
        .clock
        .advance(SignedDuration::from_hours(24 * 61));
    let retention = door.world.retention(RetentionSettings::default());
    let due = retention.sweep(jiff::Timestamp::MAX).await;
    assert!(due.is_ok_and(|swept| swept.erased + swept.dead > 0));
    retention.sweep(jiff::Timestamp::MAX).await.expect("swept");
    assert_eq!(
        door.get("zorg-a", &format!("/v1/postvak/{id}/inhoud"))
            .await
            .refusal(),
        is(410, "erased")
    );
    let status: StatusBody = door
        .get("gemeente-a", &format!("/v1/berichten/{id}"))
        .await
        .json();
    assert!(status.message.erased.is_some());
    assert_eq!(
        door.get("gemeente-a", &format!("/v1/berichten/{id}/ontvangstbewijs"))
            .await
            .status,
        StatusCode::OK
    );
    let again = door.hand_in("gemeente-a", allocation("T1")).await;
    assert_eq!(
        (again.status, again.json::<TakenBody>().message.id),
        (StatusCode::OK, id)
    );
}

#[tokio::test]
async fn a_party_learns_who_it_is_and_when_its_certificate_ends() {
    let door = Door::new();
    let reply = door.get("softwarehuis", "/v1/partij").await;
    let party: PartyBody = reply.json();
    assert_eq!(
        (party.party.as_str(), party.name.as_str()),
        ("softwarehuis", "Softwarehuis")
    );
    assert!(party.codes.is_empty());
    assert_eq!(party.mailboxes, [ZORG_A]);
    assert_eq!(party.mandates.len(), 2);
    assert_eq!(
        (
            party.mandates[0].code.as_str(),
            party.mandates[0].direction.as_str()
        ),
        (ZORG_A, "submit")
    );
    assert_eq!(party.certificate.days_left, 90);
    assert_eq!(party.certificate.warning, None);
    let late = Door::with(
        ApiSettings {
            certificate_warning_days: 91,
            ..ApiSettings::default()
        },
        BudgetSettings::default(),
    );
    let party: PartyBody = late.get("zorg-b", "/v1/partij").await.json();
    assert_eq!(
        (party.codes[0].kind.as_str(), party.codes[0].code.as_str()),
        ("agb", ZORG_B)
    );
    assert!(
        party
            .certificate
            .warning
            .is_some_and(|text| text.contains("2026-05-30"))
    );
}

#[tokio::test]
async fn who_comes_without_a_certificate_gets_403_everywhere() {
    let door = Door::new();
    for (method, path) in [
        ("POST", "/v1/berichten"),
        ("GET", "/v1/berichten/x"),
        ("GET", "/v1/berichten/x/ontvangstbewijs"),
        ("GET", "/v1/postvak"),
        ("GET", "/v1/postvak/x/inhoud"),
        ("DELETE", "/v1/postvak/x"),
        ("GET", "/v1/partij"),
    ] {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .body(Body::empty())
            .expect("a request");
        assert_eq!(
            door.send(request).await.refusal(),
            is(403, "no-certificate"),
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn an_address_or_method_that_does_not_exist_is_a_problem_too() {
    let door = Door::new();
    assert_eq!(
        door.get("zorg-a", "/v2/postvak").await.refusal(),
        is(404, "not-found")
    );
    assert_eq!(
        door.delete("zorg-a", "/v1/berichten").await.refusal(),
        is(405, "method-not-allowed")
    );
    let reply = door.get("zorg-a", "/v1/openapi.json").await;
    assert_eq!(
        (reply.status, reply.body.as_ref()),
        (StatusCode::OK, knooppunt::api::document().as_bytes())
    );
    assert_eq!(reply.header("x-request-id").len(), 16);
}

#[tokio::test]
async fn over_http_2_a_body_needs_no_length() {
    let door = Door::new();
    let request = door
        .request("gemeente-a", Method::POST, "/v1/berichten")
        .version(Version::HTTP_2)
        .header("content-type", "application/xml")
        .body(Body::from(allocation("T1")))
        .expect("a request");
    assert_eq!(door.send(request).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_decision_of_the_limit_is_read_and_one_byte_more_is_413() {
    let waiting = Waiting::allocated(World::new(), "").await;
    let held = waiting.taken("zorg-a", &declaration_of_both("D1")).await;
    let decision = format!(r#"{{"lines": [{{"path": "{LINE}", "decision": "grant"}}]}}"#);
    let settings = ApiSettings {
        decision_bytes_max: decision.len() as u64,
        ..ApiSettings::default()
    };
    let door = Door::on(waiting.world, settings, BudgetSettings::default());
    let path = format!("/v1/besluiten/{}", held.id);
    let post = |body: String| door.post_as("gemeente-a", &path, "application/json", body);
    let reply = post(format!("{decision} ")).await;
    assert_eq!(reply.refusal(), is(413, "body-too-large"));
    let said = reply.problem().detail;
    let most = format!("ten hoogste {} bytes", decision.len());
    assert!(said.contains(&most), "{said}");
    assert_eq!(post(decision).await.status, StatusCode::OK);
}
