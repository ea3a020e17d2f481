//! What waits for a provider, whichever door it came by, and saying that he has it.

use axum::http::{Method, StatusCode};
use data_encoding::HEXLOWER;
use knooppunt::envelope::mapping;
use knooppunt::envelope::vsp::zip;
use knooppunt::envelope::wire::{Side, Wire};
use knooppunt::intake::{Handed, Outcome};
use knooppunt::ledger::Door::Ggk0210;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{PULL, Provider, URL, metadata, places_of, published, uuid};
use crate::door::{allocation, taken, waiting};
use crate::world::{GEMEENTE_A, GEMEENTE_B, PARTIES, ZORG_A, ZORG_B, answer, message};

fn number(waiting: &Value) -> &str {
    waiting["referentiegegevens"]["traceerId"]
        .as_str()
        .expect("a number")
}

fn path(url: &Value) -> String {
    let url = url.as_str().expect("an address");
    url.strip_prefix(URL)
        .expect("our public address")
        .to_owned()
}

#[tokio::test]
async fn what_came_by_the_own_api_is_listed_fetched_by_its_address_and_confirmed() {
    let provider = Provider::new();
    let body = allocation("T1");
    taken(&provider.door, "gemeente-a", body.clone()).await;
    let [told] = <[Value; 1]>::try_from(provider.waiting("zorg-a", "").await).expect("one");
    let routering = &told["routeringgegevens"];
    assert_eq!(
        routering["afzender"],
        json!({"rol": "Gemeente", "code": GEMEENTE_A})
    );
    assert_eq!(
        routering["geadresseerden"],
        json!([{"rol": "Instelling", "code": ZORG_A}])
    );
    let stroom = json!({"berichttype": "JW", "berichtsubtype": "JW301", "berichtversie": 3, "berichtsubversie": 2, "actie": "Toewijzing"});
    assert_eq!(routering["berichtstroom"], stroom);
    let basis = &told["basisgegevens"];
    assert_eq!(basis["ontvangenOp"], "2026-03-01T09:00:00.000Z");
    assert_eq!(
        told["referentiegegevens"]["conversatieId"],
        number(&told),
        "a first message opens its conversation"
    );
    let fetched = provider
        .get("zorg-a", &path(&basis["payload"]["url"]))
        .await;
    assert_eq!((fetched.status, &fetched.body), (StatusCode::OK, &body));
    published::answer(
        published::Api::Pull,
        "/berichten/{traceerId}/payload",
        "get",
        &fetched,
    );
    assert_eq!(fetched.header("content-type"), "application/octet-stream");
    assert_eq!(basis["payload"]["grootte"], body.len());
    let hash = HEXLOWER.encode(&Sha256::digest(&body));
    assert_eq!(
        basis["payload"]["checksum"],
        json!({"algoritme": "SHA256", "waarde": hash})
    );
    assert_eq!(
        provider.waiting("zorg-a", "").await,
        std::slice::from_ref(&told),
        "it comes again until it is confirmed"
    );

    let one = format!("{PULL}/{}", number(&told));
    let confirmed = provider
        .delete(
            "zorg-a",
            &one.to_uppercase().replace(&PULL.to_uppercase(), PULL),
        )
        .await;
    assert_eq!(
        (confirmed.status, confirmed.body.len()),
        (StatusCode::ACCEPTED, 0)
    );
    published::answer(
        published::Api::Pull,
        "/berichten/{traceerId}",
        "delete",
        &confirmed,
    );
    assert!(provider.waiting("zorg-a", "").await.is_empty());
    assert!(
        waiting(&provider.door, "zorg-a", "").await.is_empty(),
        "one mailbox"
    );
    let gone = provider.get("zorg-a", &format!("{one}/payload")).await;
    assert_eq!((gone.status, gone.body.len()), (StatusCode::NOT_FOUND, 0));
    published::answer(
        published::Api::Pull,
        "/berichten/{traceerId}/payload",
        "get",
        &gone,
    );
    assert_eq!(
        provider.delete("zorg-a", &one).await.status,
        StatusCode::ACCEPTED,
        "confirmed is confirmed"
    );
}

#[tokio::test]
async fn without_a_line_in_the_register_a_payload_is_a_zip_file_with_the_message() {
    let provider = Provider::registered("");
    let body = allocation("T1");
    taken(&provider.door, "gemeente-a", body.clone()).await;
    for _ in 0..2 {
        let told = &provider.waiting("zorg-a", "").await[0]["basisgegevens"]["payload"];
        let fetched = provider.get("zorg-a", &path(&told["url"])).await.body;
        assert_eq!(
            zip::only_file(&fetched, 100_000).as_deref(),
            Ok(body.as_ref())
        );
        assert_eq!(told["grootte"], fetched.len());
        assert_eq!(
            told["checksum"]["waarde"],
            HEXLOWER.encode(&Sha256::digest(&fetched))
        );
    }
}

#[tokio::test]
async fn the_oldest_come_first_and_no_more_than_asked_for() {
    let provider = Provider::new();
    for number in 0..5 {
        let (party, from) = if number == 3 {
            ("gemeente-b", GEMEENTE_B)
        } else {
            ("gemeente-a", GEMEENTE_A)
        };
        let body = message("JW301", from, ZORG_A, &format!("T{number}"));
        taken(&provider.door, party, body).await;
    }
    let all = provider.waiting("zorg-a", "").await;
    assert_eq!(all.len(), 5);
    assert_eq!(all[3]["routeringgegevens"]["afzender"]["code"], GEMEENTE_B);
    assert_eq!(provider.waiting("zorg-a", "?limit=2").await, all[..2]);
    assert_eq!(provider.waiting("zorg-a", "?limit=250").await, all);
    for query in [
        "limit=0",
        "limit=251",
        "limit=abc",
        "limit=",
        "limit=-1",
        "limit=+1",
        "limit=1&limit=2",
        "limit=99999999999999999999",
    ] {
        let reply = provider.get("zorg-a", &format!("{PULL}?{query}")).await;
        assert_eq!(places_of(&reply), ["limit"], "{query}");
        published::answer(published::Api::Pull, "/berichten", "get", &reply);
    }
    provider
        .delete("zorg-a", &format!("{PULL}/{}", number(&all[0])))
        .await;
    assert_eq!(
        provider.waiting("zorg-a", "?limit=2").await,
        all[1..3],
        "what is confirmed makes room"
    );
}

#[tokio::test]
async fn a_party_sees_and_confirms_its_own_messages_only() {
    let provider = Provider::new();
    taken(&provider.door, "gemeente-a", allocation("T1")).await;
    let told = provider.waiting("zorg-a", "").await;
    let one = format!("{PULL}/{}", number(&told[0]));
    for party in ["zorg-b", "gemeente-a", "gemeente-b"] {
        assert!(provider.waiting(party, "").await.is_empty(), "{party}");
        for reply in [
            provider.get(party, &format!("{one}/payload")).await,
            provider.delete(party, &one).await,
        ] {
            assert_eq!(
                (reply.status, reply.body.len()),
                (StatusCode::NOT_FOUND, 0),
                "{party}"
            );
        }
    }
    let mandated = provider.waiting("softwarehuis", "").await;
    assert_eq!(
        (mandated.len(), number(&mandated[0])),
        (1, number(&told[0])),
        "by mandate"
    );
    let stop = answer("JW308", GEMEENTE_A, ZORG_A, "E1", "R1");
    taken(&provider.door, "gemeente-a", stop).await;
    assert_eq!(
        provider.waiting("softwarehuis", "").await,
        mandated,
        "of other kinds not"
    );
    assert_eq!(provider.waiting("zorg-a", "").await.len(), 2);
    let start = message("JW305", GEMEENTE_A, ZORG_A, "S1");
    taken(&provider.door, "zorg-a", start).await;
    assert!(
        provider.waiting("gemeente-a", "").await.is_empty(),
        "a municipality has wires of its own"
    );
    for stray in [
        "x",
        "no-uuid",
        "%00",
        "%ff",
        &uuid(9),
        "00000000-0000-0000-0000-000000000000",
    ] {
        let one = format!("{PULL}/{stray}");
        assert_eq!(
            provider.delete("zorg-a", &one).await.status,
            StatusCode::NOT_FOUND,
            "{stray}"
        );
        let payload = provider.get("zorg-a", &format!("{one}/payload")).await;
        assert_eq!(
            (payload.status, payload.body.len()),
            (StatusCode::NOT_FOUND, 0),
            "{stray}"
        );
    }
}

#[tokio::test]
async fn an_answer_is_found_by_what_it_answers_and_by_its_conversation() {
    let provider = Provider::new();
    let mut said = metadata("JW305", ZORG_A, GEMEENTE_A, 1);
    said["referentiegegevens"]["conversatieId"] = uuid(7).into();
    provider
        .received("zorg-a", &said, &message("JW305", GEMEENTE_A, ZORG_A, "S1"))
        .await;
    taken(&provider.door, "gemeente-a", allocation("T1")).await;
    let retour = answer("JW306", GEMEENTE_A, ZORG_A, "S1", "R1");
    taken(&provider.door, "gemeente-a", retour).await;
    let all = provider.waiting("zorg-a", "").await;
    let told = &all[1];
    assert_eq!(told["referentiegegevens"]["alsAntwoordOp"], uuid(1));
    assert_eq!(told["referentiegegevens"]["conversatieId"], uuid(7));
    assert_eq!(
        told["routeringgegevens"]["berichtstroom"]["actie"], "Anders",
        "a word that is set"
    );
    for (zoekpad, expected) in [
        (
            json!({"zoekpadType": "ZoekpadOpAlsAntwoordOp", "alsAntwoordOp": uuid(1)}),
            &all[1..],
        ),
        (
            json!({"conversatieId": uuid(7), "zoekpadType": "ZoekpadOpConversatieId"}),
            &all[1..],
        ),
        (
            json!({"zoekpadType": "ZoekpadOpConversatieId", "conversatieId": number(&all[0])}),
            &all[..1],
        ),
        (
            json!({"zoekpadType": "ZoekpadOpConversatieId", "conversatieId": uuid(8)}),
            &[],
        ),
        (
            json!({"zoekpadType": "ZoekpadOpBerichtstroom", "berichttype": "JW"}),
            &all[..],
        ),
        (
            json!({"zoekpadType": "ZoekpadOpBerichtstroom", "berichttype": "JW", "berichtsubtype": "JW306"}),
            &all[1..],
        ),
        (
            json!({"zoekpadType": "ZoekpadOpBerichtstroom", "berichttype": "JW", "actie": "Toewijzing"}),
            &all[..1],
        ),
        (
            json!({"zoekpadType": "ZoekpadOpBerichtstroom", "berichttype": "JW", "geadresseerdeCode": ZORG_A, "geadresseerdeRol": "Instelling"}),
            &all[..],
        ),
        (
            json!({"zoekpadType": "ZoekpadOpBerichtstroom", "berichttype": "JW", "geadresseerdeCode": ZORG_B}),
            &[],
        ),
        (
            json!({"zoekpadType": "ZoekpadOpBerichtstroom", "berichttype": "JW", "berichtversie": 2}),
            &[],
        ),
        (
            json!({"zoekpadType": "ZoekpadOpBerichtstroom", "berichttype": "JW", "berichtsubtype": "JW399"}),
            &[],
        ),
        (
            json!({"zoekpadType": "ZoekpadOpBerichtstroom", "berichttype": "WMO"}),
            &[],
        ),
    ] {
        assert_eq!(
            provider.search("zorg-a", &zoekpad).await,
            expected,
            "{zoekpad}"
        );
        assert!(
            provider.search("zorg-b", &zoekpad).await.is_empty(),
            "{zoekpad}"
        );
    }
    let first = json!({"zoekpadType": "ZoekpadOpBerichtstroom", "berichttype": "JW"}).to_string();
    let reply = provider
        .post_as(
            "zorg-a",
            &format!("{PULL}/zoeken?limit=1"),
            "application/json",
            first.clone(),
        )
        .await;
    assert_eq!(reply.json::<Vec<Value>>(), all[..1]);
    for (media, body) in [
        ("application/json", "{}"),
        ("application/json", ""),
        ("text/plain", first.as_str()),
    ] {
        let reply = provider
            .post_as("zorg-a", &format!("{PULL}/zoeken"), media, body.to_owned())
            .await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{media} {body}");
        published::answer(published::Api::Pull, "/berichten/zoeken", "post", &reply);
    }
}

/// What a municipality says on the GGk around its answer to a start of care.
fn over_ggk(number: &str, answers: &str, body: &bytes::Bytes) -> Handed {
    let side = |code: &str| Side {
        code: code.to_owned(),
        applicatie: Some("Wmo Applicatie".to_owned()),
        ..Side::default()
    };
    let mut wire = Wire::new(Ggk0210, side(GEMEENTE_A), side(ZORG_A), number.to_owned());
    wire.answers = Some(answers.to_owned());
    wire.functie = Some("JW306".to_owned());
    wire.applicatie_version = Some(7);
    wire.applicatie_subversion = Some(1);
    Handed {
        body: body.clone(),
        wire: Some(wire.with_content(body)),
    }
}

#[tokio::test]
async fn an_answer_over_the_ggk_keeps_its_number_and_is_found_by_that_of_the_provider() {
    let provider = Provider::new();
    // Of version 1, which the GGk does not take: there the message has another number.
    let own = "9c0f7b90-5c69-11e5-a837-0800200c9a66";
    let mut said = metadata("JW305", ZORG_A, GEMEENTE_A, 1);
    said["referentiegegevens"]["traceerId"] = own.to_uppercase().into();
    said["referentiegegevens"]["conversatieId"] = uuid(7).into();
    let start = message("JW305", GEMEENTE_A, ZORG_A, "S1");
    provider.received("zorg-a", &said, &start).await;
    let world = &provider.door.world;
    let asked = world.waiting("gemeente-a").await;
    let on_ggk = mapping::ggk_number(asked[0], None);
    assert_ne!(on_ggk, own);
    let retour = answer("JW306", GEMEENTE_A, ZORG_A, "S1", "R1");
    let handed = over_ggk(&uuid(9), &on_ggk, &retour);
    let outcome = world
        .intake
        .accept(&world.caller("gemeente-a"), handed)
        .await;
    assert!(matches!(outcome, Ok(Outcome::Accepted(..))), "{outcome:?}");
    let [told] = <[Value; 1]>::try_from(provider.waiting("zorg-a", "").await).expect("one");
    let names = json!({"traceerId": uuid(9), "conversatieId": uuid(7), "alsAntwoordOp": own});
    assert_eq!(told["referentiegegevens"], names);
    let context: Vec<_> = told["verwerkingscontext"]
        .as_array()
        .expect("pairs")
        .iter()
        .map(|paar| paar["waarde"][0].clone())
        .collect();
    assert_eq!(context, ["Wmo Applicatie", "7", "1", uuid(9).as_str()]);
    for zoekpad in [
        json!({"zoekpadType": "ZoekpadOpAlsAntwoordOp", "alsAntwoordOp": own}),
        json!({"zoekpadType": "ZoekpadOpConversatieId", "conversatieId": uuid(7)}),
    ] {
        assert_eq!(
            provider.search("zorg-a", &zoekpad).await,
            std::slice::from_ref(&told)
        );
    }
    let payload = provider
        .get("zorg-a", &format!("{PULL}/{}/payload", uuid(9)))
        .await;
    assert_eq!(payload.body, retour);
    assert_eq!(
        provider
            .statuses("zorg-a", &format!("traceerId={own}"))
            .await
            .len(),
        2
    );
    assert_eq!(
        provider
            .statuses("zorg-a", &format!("conversatieId={}", uuid(7)))
            .await
            .len(),
        2
    );
}

#[tokio::test]
async fn each_address_names_its_methods() {
    let provider = Provider::new();
    for (path, method, allow) in [
        (PULL.to_owned(), Method::POST, "GET,HEAD"),
        (format!("{PULL}/zoeken"), Method::OPTIONS, "POST"),
        (format!("{PULL}/zoeken"), Method::DELETE, "POST"),
        (format!("{PULL}/{}", uuid(1)), Method::GET, "DELETE"),
    ] {
        let request = provider
            .request("zorg-a", method.clone(), &path)
            .body(axum::body::Body::empty());
        let reply = provider.send(request.expect("a request")).await;
        assert_eq!(
            reply.status,
            StatusCode::METHOD_NOT_ALLOWED,
            "{method} {path}"
        );
        assert_eq!(reply.header("allow"), allow, "{method} {path}");
        super::details(&reply);
    }
}

#[test]
fn how_a_party_fetches_is_said_once_and_of_a_party_that_is_known() {
    use knooppunt::register::{Register, Source};
    let load = |more: &str| {
        let source = Source {
            name: "parties.toml".to_owned(),
            bytes: format!("{PARTIES}\n{more}").into(),
        };
        Register::load(vec![source])
    };
    let line = |party: &str, zip: bool| format!("[[pull]]\nparty = \"{party}\"\nzip = {zip}\n");
    let register = load(&line("zorg-a", false)).expect("a register");
    assert!(!register.pulls_zip(&"zorg-a".parse().expect("an id")));
    assert!(register.pulls_zip(&"zorg-b".parse().expect("an id")));
    let twice = load(&format!(
        "{}{}",
        line("zorg-a", false),
        line("zorg-a", true)
    ));
    assert!(
        twice
            .expect_err("twice")
            .to_string()
            .contains("say it once")
    );
    let nobody = load(&line("nobody", true)).expect_err("nobody");
    assert!(
        nobody.to_string().contains("not in the register"),
        "{nobody}"
    );
}

/// At a gateway on which a party has memory for one message of 3,000 bytes; gemeente-a and zorg-a may exchange 8,000.
fn with_larger_messages() -> Provider {
    let mut world = crate::world::World::new().taking_at_most(3_000);
    let large =
        "\n[[large]]\ngemeente = \"0289\"\naanbieder = \"98980001\"\nbody_bytes_max = 8000\n";
    world.register = crate::world::register(&format!("{PARTIES}{large}"));
    let settings = knooppunt::api::ApiSettings {
        body_bytes_max: 3_000,
        ..Default::default()
    };
    let budget = knooppunt::budget::BudgetSettings {
        party_bytes_max: 9_000,
        ..Default::default()
    };
    Provider::above(crate::door::Door::on(world, settings, budget))
}

/// A small message and a larger one for zorg-a.
async fn small_and_large(provider: &Provider) {
    let small = message("JW301", GEMEENTE_A, ZORG_A, "S1");
    let mut large = message("JW301", GEMEENTE_A, ZORG_A, "L1").to_vec();
    large.resize(8_000, b' ');
    for body in [small, large.into()] {
        let reply = provider.door.hand_in("gemeente-a", body).await;
        assert_eq!(reply.status.as_u16(), 201, "{:?}", reply.body);
    }
}

#[tokio::test]
async fn a_larger_message_does_not_close_the_mailbox() {
    let provider = with_larger_messages();
    small_and_large(&provider).await;
    assert_eq!(provider.waiting("zorg-a", "").await.len(), 2);
}

#[tokio::test]
async fn what_finds_no_room_now_is_left_out_of_a_list_and_is_in_the_next_one() {
    let provider = with_larger_messages();
    small_and_large(&provider).await;
    let caller = provider.door.world.caller("zorg-a");
    let budget = &provider.door.api.budget;
    let mut held = budget.admit(caller.party.as_str()).expect("room");
    held.reserve_now(100).expect("room");
    assert_eq!(provider.waiting("zorg-a", "").await.len(), 1);
    held.reserve_now(3_000).expect("room");
    assert_eq!(
        provider.waiting("zorg-a", "").await.len(),
        1,
        "its size is known"
    );
    drop(held);
    assert_eq!(provider.waiting("zorg-a", "").await.len(), 2);
}

#[tokio::test]
async fn where_nothing_that_waits_finds_room_the_list_is_429_and_not_empty() {
    let provider = with_larger_messages();
    small_and_large(&provider).await;
    let caller = provider.door.world.caller("zorg-a");
    let budget = &provider.door.api.budget;
    let mut held = budget.admit(caller.party.as_str()).expect("room");
    held.reserve_now(3_000).expect("room");
    let reply = provider.get("zorg-a", PULL).await;
    assert_eq!(reply.status.as_u16(), 429);
}
