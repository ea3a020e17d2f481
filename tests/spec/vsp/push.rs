//! A message comes in by a push, as the software of providers sends it.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use knooppunt::envelope::vsp::zip;

use super::{BASE, BOUNDARY, PUSH, Provider, form, metadata, published, uuid};
use crate::door::{Door, taken, waiting};
use crate::world::{GEMEENTE_A, World, ZORG_A, changed, message};

#[tokio::test]
async fn what_is_pushed_waits_in_the_one_mailbox_of_the_municipality_and_its_status_follows_it() {
    let provider = Provider::new();
    let body = message("JW305", GEMEENTE_A, ZORG_A, "S1");
    let said = metadata("JW305", ZORG_A, GEMEENTE_A, 1);
    let reply = provider.push("zorg-a", &said, &body).await;
    assert_eq!(
        (reply.status, reply.body.len()),
        (StatusCode::NO_CONTENT, 0)
    );
    published::answer(published::Api::Push, "/berichten", "post", &reply);
    let status = provider.status("zorg-a", &uuid(1)).await;
    assert_eq!(status["berichtstatus"], "WordtAangeboden");
    assert_eq!(status["berichtOntvangenOp"], "2026-03-01T09:00:00.000Z");
    assert_eq!(status["meldingen"].as_array(), None, "none is no list");
    let ids = waiting(&provider.door, "gemeente-a", "").await;
    let path = format!("/v1/postvak/{}", ids[0]);
    let content = provider
        .door
        .get("gemeente-a", &format!("{path}/inhoud"))
        .await;
    assert_eq!(content.body, body, "byte for byte");
    provider
        .door
        .world
        .clock
        .advance(jiff::SignedDuration::from_secs(90));
    provider.door.delete("gemeente-a", &path).await;
    let status = provider.status("zorg-a", &uuid(1)).await;
    assert_eq!(status["berichtstatus"], "Bezorgd");
    assert_eq!(
        status["berichtstatusGewijzigdOp"],
        "2026-03-01T09:01:30.000Z"
    );
}

#[tokio::test]
async fn the_same_push_again_is_the_same_answer_and_another_under_its_number_is_brs114() {
    let provider = Provider::new();
    let body = message("JW305", GEMEENTE_A, ZORG_A, "S1");
    let said = metadata("JW305", ZORG_A, GEMEENTE_A, 1);
    provider.received("zorg-a", &said, &body).await;
    let records = provider.door.world.records().len();
    provider.received("zorg-a", &said, &body).await;
    let mut capitals = said.clone();
    capitals["referentiegegevens"]["traceerId"] = uuid(1).to_uppercase().into();
    provider.received("zorg-a", &capitals, &body).await;
    assert_eq!(
        provider.door.world.records().len(),
        records,
        "nothing is stored for it"
    );
    assert_eq!(
        provider.refused("zorg-a", &said, &changed(&body)).await,
        "BRS114"
    );
    let mut other = said.clone();
    other["referentiegegevens"]["referentieId"] = "dossier 13".into();
    assert_eq!(provider.refused("zorg-a", &other, &body).await, "BRS114");
    assert_eq!(waiting(&provider.door, "gemeente-a", "").await.len(), 1);
    assert_eq!(
        provider
            .statuses("zorg-a", &format!("traceerId={}", uuid(1)))
            .await
            .len(),
        1
    );
}

#[tokio::test]
async fn a_zip_file_is_unpacked_for_whoever_reads_the_message() {
    let provider = Provider::new();
    let body = message("JW305", GEMEENTE_A, ZORG_A, "S1");
    let packed = zip::pack("start.xml", &body).expect("packed");
    let said = metadata("JW305", ZORG_A, GEMEENTE_A, 1);
    provider.received("zorg-a", &said, &packed).await;
    provider.received("zorg-a", &said, &packed).await;
    let ids = waiting(&provider.door, "gemeente-a", "").await;
    let content = format!("/v1/postvak/{}/inhoud", ids[0]);
    let content = provider.door.get("gemeente-a", &content).await;
    assert_eq!(content.body, body);
    assert_eq!(
        provider.refused("zorg-a", &said, &body).await,
        "BRS114",
        "it was packed before"
    );
}

#[tokio::test]
async fn a_push_without_kind_or_context_is_known_by_its_content() {
    let provider = Provider::new();
    let body = message("JW305", GEMEENTE_A, ZORG_A, "S1");
    let mut said = metadata("JW305", ZORG_A, GEMEENTE_A, 1);
    let stroom = &mut said["routeringgegevens"]["berichtstroom"];
    stroom
        .as_object_mut()
        .expect("fields")
        .remove("berichtsubtype");
    stroom["actie"] = "EenEigenActie".into();
    said.as_object_mut()
        .expect("fields")
        .remove("verwerkingscontext");
    provider.received("zorg-a", &said, &body).await;
    let status = provider.status("zorg-a", &uuid(1)).await;
    assert_eq!(status["berichtstroom"]["berichtsubtype"], "JW305");
    assert_eq!(status["berichtstroom"]["actie"], "EenEigenActie");
}

#[tokio::test]
async fn by_mandate_a_software_house_pushes_and_sees_what_it_pushed() {
    let provider = Provider::new();
    let said = metadata("JW305", ZORG_A, GEMEENTE_A, 1);
    let body = message("JW305", GEMEENTE_A, ZORG_A, "S1");
    provider.received("softwarehuis", &said, &body).await;
    for party in ["softwarehuis", "zorg-a"] {
        let status = provider.status(party, &uuid(1)).await;
        assert_eq!(status["berichtstatus"], "WordtAangeboden", "{party}");
    }
    provider.received("zorg-a", &said, &body).await;
    let other = message("JW305", GEMEENTE_A, ZORG_A, "S2");
    let mut role = said.clone();
    role["routeringgegevens"]["afzender"]["rol"] = "Praktijk".into();
    for (party, said, body) in [("zorg-a", &said, &other), ("softwarehuis", &role, &body)] {
        assert_eq!(
            provider.refused(party, said, body).await,
            "BRS114",
            "a number is its sender's"
        );
    }
    assert!(
        provider
            .statuses("zorg-b", &format!("traceerId={}", uuid(1)))
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn the_bodies_of_real_clients_are_taken_with_a_length_in_chunks_and_over_http_2() {
    let provider = Provider::new();
    let body = |number: u32| {
        let said = metadata("JW305", ZORG_A, GEMEENTE_A, number).to_string();
        let message = message("JW305", GEMEENTE_A, ZORG_A, &format!("S{number}"));
        let message = String::from_utf8(message.to_vec()).expect("text");
        (said, message)
    };
    let quoted = |number| {
        let (said, message) = body(number);
        format!(
            "--b\r\nContent-Disposition: form-data; name=\"berichtMetadata\"; filename=\"blob\"\r\nContent-Type: application/json\r\n\r\n{said}\r\n--b\r\n\
             Content-Disposition: form-data; name=\"payload\"; filename=\"a.xml\"\r\nContent-Type: application/octet-stream\r\n\r\n{message}\r\n--b--\r\n"
        )
    };
    let turned = |number| {
        let (said, message) = body(number);
        format!(
            "preamble\r\n--b\r\nContent-Type: text/xml\r\nContent-Transfer-Encoding: binary\r\nContent-Disposition: form-data; name=\"payload\"; filename=\"a\"\r\n\r\n{message}\r\n--b\r\n\
             Content-Disposition: form-data; name=\"berichtMetadata\"\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{said}\r\n--b--\r\nepilogue"
        )
    };
    let media = "multipart/form-data; boundary=b";
    let sent = [
        provider.post_as("zorg-a", PUSH, media, quoted(1)).await,
        provider.post_as("zorg-a", PUSH, media, turned(2)).await,
    ];
    for reply in sent {
        assert_eq!(reply.status, StatusCode::NO_CONTENT, "{:?}", reply.body);
    }
    for (number, header, version) in [
        (3, "transfer-encoding", http::Version::HTTP_11),
        (4, "x-nothing", http::Version::HTTP_2),
    ] {
        let (said, message) = body(number);
        let request = provider
            .request("zorg-a", Method::POST, PUSH)
            .version(version)
            .header(
                "content-type",
                format!("Multipart/Form-Data; boundary=\"{BOUNDARY}\""),
            )
            .header(header, "chunked")
            .body(Body::from(form(&said, message.as_bytes())));
        let reply = provider.send(request.expect("a request")).await;
        assert_eq!(reply.status, StatusCode::NO_CONTENT, "{:?}", reply.body);
    }
    assert_eq!(waiting(&provider.door, "gemeente-a", "").await.len(), 4);
}

#[tokio::test]
async fn addresses_with_and_without_a_slash_at_the_end_are_one() {
    let provider = Provider::new();
    let body = message("JW305", GEMEENTE_A, ZORG_A, "S1");
    let said = metadata("JW305", ZORG_A, GEMEENTE_A, 1);
    let media = format!("multipart/form-data; boundary={BOUNDARY}");
    for path in [
        PUSH.to_owned(),
        format!("{PUSH}/"),
        PUSH.replace("/v1/", "/v1//"),
    ] {
        let reply = provider
            .post_as("zorg-a", &path, &media, form(&said.to_string(), &body))
            .await;
        assert_eq!(reply.status, StatusCode::NO_CONTENT, "{path}");
    }
    for path in [
        "/berichten/rest-pull/v1//berichten",
        "/berichten/rest-pull/v1/berichten/?limit=3",
    ] {
        let reply = provider.get("zorg-a", &format!("{BASE}{path}")).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn without_a_public_address_the_door_is_closed() {
    let door = Door::above(World::new());
    let closed = Provider::set(door, knooppunt::vsp::VspSettings::default());
    let reply = closed.get("zorg-a", super::PULL).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_came_by_the_own_api_is_no_new_message_here_and_the_other_way_round() {
    let provider = Provider::new();
    let first = message("JW305", GEMEENTE_A, ZORG_A, "S1");
    taken(&provider.door, "zorg-a", first.clone()).await;
    provider
        .received("zorg-a", &metadata("JW305", ZORG_A, GEMEENTE_A, 1), &first)
        .await;
    assert_eq!(provider.why("zorg-a", &uuid(1)).await, "BRS20");
    let second = message("JW305", GEMEENTE_A, ZORG_A, "S2");
    provider
        .received("zorg-a", &metadata("JW305", ZORG_A, GEMEENTE_A, 2), &second)
        .await;
    let again = provider.door.hand_in("zorg-a", second).await;
    assert_eq!(
        again.status,
        StatusCode::OK,
        "the same bytes: the first outcome"
    );
    assert_eq!(waiting(&provider.door, "gemeente-a", "").await.len(), 2);
}
