//! Bodies that nobody sends on purpose: each gets a clear answer, and memory stays within the budget.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use knooppunt::api::ApiSettings;
use knooppunt::budget::BudgetSettings;
use knooppunt::envelope::vsp::zip;

use super::{BOUNDARY, PULL, PUSH, Provider, details, form, metadata, places_of, uuid};
use crate::bodies::{Watched, drip, xml_bombs};
use crate::world::{GEMEENTE_A, ZORG_A, message};

const MEDIA: &str = "multipart/form-data; boundary=b";

fn part(name: &str, content: &str) -> String {
    format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{content}\r\n")
}

fn said() -> String {
    metadata("JW305", ZORG_A, GEMEENTE_A, 1).to_string()
}

#[tokio::test]
async fn parts_that_are_too_many_doubled_missing_or_without_end_are_400() {
    let provider = Provider::new();
    let (said, end) = (said(), "--b--\r\n");
    let start =
        String::from_utf8(message("JW305", GEMEENTE_A, ZORG_A, "S1").to_vec()).expect("text");
    let whole = format!(
        "{}{}",
        part("berichtMetadata", &said),
        part("payload", &start)
    );
    let attachments: String = (0..30)
        .map(|number| part(&format!("payload{number}"), &start))
        .collect();
    for (body, place) in [
        (format!("{whole}{attachments}{end}"), "multipart"),
        (
            format!("{whole}{}{end}", part("payload", &start).repeat(30)),
            "payload",
        ),
        (
            format!("{}{whole}{end}", part("berichtMetadata", &said)),
            "berichtMetadata",
        ),
        (
            format!("{}{end}", part("payload", &start)),
            "berichtMetadata",
        ),
        (
            format!("{}{end}", part("berichtMetadata", &said)),
            "payload",
        ),
        (
            format!("{}{end}", part("BerichtMetadata", &said)),
            "multipart",
        ),
        (whole.clone(), "multipart"),
        (whole.replace("--b", "--c"), "multipart"),
        (end.to_owned(), "berichtMetadata"),
        (String::new(), "multipart"),
        (start.clone(), "multipart"),
        (
            format!(
                "{}{}{end}",
                part("berichtMetadata", &"[".repeat(1 << 20)),
                part("payload", &start)
            ),
            "berichtMetadata (regel 1, kolom 1)",
        ),
        (
            format!(
                "{}{}{end}",
                part("berichtMetadata", &" ".repeat((1 << 20) + 1)),
                part("payload", &start)
            ),
            "berichtMetadata",
        ),
    ] {
        let reply = provider.post_as("zorg-a", PUSH, MEDIA, body.clone()).await;
        let places = places_of(&reply);
        assert!(
            places.len() == 1 && places[0].starts_with(place.split(" (").next().expect("a name")),
            "{places:?} of {body:.200}"
        );
    }
    let reply = provider
        .post_as("zorg-a", PUSH, MEDIA, format!("{whole}{end}"))
        .await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn headers_that_contradict_are_400() {
    let provider = Provider::new();
    let body = form(&said(), &message("JW305", GEMEENTE_A, ZORG_A, "S1"));
    let media = format!("multipart/form-data; boundary={BOUNDARY}");
    let length = body.len().to_string();
    for (headers, place) in [
        (
            vec![
                ("content-type", media.as_str()),
                ("content-length", &length),
                ("transfer-encoding", "chunked"),
            ],
            None,
        ),
        (
            vec![
                ("content-type", &media),
                ("content-length", &length),
                ("content-length", "5"),
            ],
            None,
        ),
        (
            vec![("content-type", &media), ("content-length", "+5")],
            None,
        ),
        (vec![("content-type", &media)], Some("Content-Length")),
        (
            vec![
                ("content-type", &media),
                ("content-type", MEDIA),
                ("content-length", &length),
            ],
            Some("Content-Type"),
        ),
        (
            vec![
                ("content-type", "multipart/form-data"),
                ("content-length", &length),
            ],
            Some("Content-Type"),
        ),
        (
            vec![
                ("content-type", "multipart/mixed; boundary=b"),
                ("content-length", &length),
            ],
            Some("Content-Type"),
        ),
        (
            vec![
                ("content-type", "application/json"),
                ("content-length", &length),
            ],
            Some("Content-Type"),
        ),
        (vec![("content-length", &length)], Some("Content-Type")),
        (
            vec![
                ("content-type", &media),
                ("content-encoding", "gzip"),
                ("content-length", &length),
            ],
            Some("Content-Encoding"),
        ),
    ] {
        let mut request = provider.request("zorg-a", Method::POST, PUSH);
        for (name, value) in &headers {
            request = request.header(*name, *value);
        }
        let reply = provider
            .send(request.body(Body::from(body.clone())).expect("a request"))
            .await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{headers:?}");
        let details = details(&reply);
        if let Some(place) = place {
            assert!(details["errors"][place].is_array(), "{details}");
        }
    }
}

#[tokio::test]
async fn without_room_a_push_is_429_before_a_byte_of_it_is_read() {
    let budget = BudgetSettings {
        in_flight_bytes_max: 3000,
        party_bytes_max: 2400,
        ..BudgetSettings::default()
    };
    let provider = Provider::with(ApiSettings::default(), budget);
    let looked = Arc::new(AtomicBool::new(false));
    let body = Watched {
        looked: Arc::clone(&looked),
        bytes: 801,
    };
    let request = provider
        .request("zorg-a", Method::POST, PUSH)
        .header("content-type", MEDIA)
        .header("content-length", 801)
        .header("expect", "100-continue")
        .body(Body::new(body));
    let reply = provider.send(request.expect("a request")).await;
    assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(reply.header("retry-after"), "2");
    details(&reply);
    assert!(!looked.load(Ordering::SeqCst));
}

#[tokio::test(start_paused = true)]
async fn a_push_that_waits_for_its_turn_is_not_slow_by_that() {
    let budget = BudgetSettings {
        turn_timeout_s: 60,
        ..BudgetSettings::default()
    };
    let share = budget.party_bytes_max / budget.bytes_per_body_byte;
    let provider = Provider::with(ApiSettings::default(), budget);
    let budget = &provider.door.api.budget;
    let mut held = budget.admit("zorg-a").expect("room");
    held.reserve_now(share).expect("its whole share");
    let said = metadata("JW305", ZORG_A, GEMEENTE_A, 1);
    let body = message("JW305", GEMEENTE_A, ZORG_A, "S1");
    let later = async {
        while budget.waiting() == 0 {
            tokio::task::yield_now().await;
        }
        // Three times as long as a body may take.
        tokio::time::advance(Duration::from_secs(30)).await;
        drop(held);
    };
    let (reply, ()) = tokio::join!(provider.push("zorg-a", &said, &body), later);
    assert_eq!(reply.status, StatusCode::NO_CONTENT, "{:?}", reply.body);
}

#[tokio::test]
async fn what_a_zip_file_grows_to_is_counted_before_it_is_inflated() {
    let packed = zip::pack("a.xml", &b" ".repeat(5_000_000)).expect("packed");
    assert!(packed.len() < 50_000);
    let budget = BudgetSettings {
        party_bytes_max: 3 * 5_000_000,
        ..BudgetSettings::default()
    };
    let provider = Provider::with(ApiSettings::default(), budget);
    let said = metadata("JW305", ZORG_A, GEMEENTE_A, 1);
    let reply = provider.push("zorg-a", &said, &packed).await;
    assert_eq!(
        reply.status,
        StatusCode::TOO_MANY_REQUESTS,
        "{:?}",
        reply.body
    );
    assert_eq!(
        provider.door.api.budget.in_flight_bytes(),
        0,
        "and given back"
    );
    assert!(
        provider
            .statuses("zorg-a", &format!("traceerId={}", uuid(1)))
            .await
            .is_empty()
    );
    let roomy = Provider::with(ApiSettings::default(), BudgetSettings::default());
    roomy.received("zorg-a", &said, &packed).await;
    assert_eq!(
        roomy.why("zorg-a", &uuid(1)).await,
        "BRS14",
        "blanks are no message"
    );
}

#[tokio::test]
async fn while_stopping_or_short_of_disk_a_push_is_503_and_pulling_goes_on() {
    let provider = Provider::new();
    crate::door::taken(&provider.door, "gemeente-a", crate::door::allocation("T1")).await;
    provider.door.api.health.disk_has_free((2 << 30) - 1);
    let said = metadata("JW305", ZORG_A, GEMEENTE_A, 1);
    let body = message("JW305", GEMEENTE_A, ZORG_A, "S1");
    let reply = provider.push("zorg-a", &said, &body).await;
    assert_eq!(
        (reply.status, reply.header("retry-after")),
        (StatusCode::SERVICE_UNAVAILABLE, "60")
    );
    details(&reply);
    let told = provider.waiting("zorg-a", "").await;
    let number = told[0]["referentiegegevens"]["traceerId"]
        .as_str()
        .expect("a number");
    assert_eq!(
        provider
            .delete("zorg-a", &format!("{PULL}/{number}"))
            .await
            .status,
        StatusCode::ACCEPTED
    );
    provider.door.api.health.disk_has_free(2 << 30);
    provider.received("zorg-a", &said, &body).await;
    provider.door.api.health.stop();
    let other = metadata("JW305", ZORG_A, GEMEENTE_A, 2);
    let reply = provider.push("zorg-a", &other, &body).await;
    assert_eq!(
        (reply.status, reply.header("retry-after")),
        (StatusCode::SERVICE_UNAVAILABLE, "2")
    );
}

#[tokio::test(start_paused = true)]
async fn a_push_that_drips_is_cut_off() {
    let provider = Provider::new();
    let request = provider
        .request("zorg-a", Method::POST, PUSH)
        .header("content-type", MEDIA)
        .header("transfer-encoding", "chunked")
        .body(drip(Duration::from_secs(5)));
    let reply = provider.send(request.expect("a request")).await;
    assert_eq!(reply.status, StatusCode::REQUEST_TIMEOUT);
    details(&reply);
}

#[tokio::test]
async fn who_comes_without_a_certificate_gets_403_everywhere() {
    let provider = Provider::new();
    for (method, path) in [
        (Method::POST, PUSH.to_owned()),
        (Method::GET, PULL.to_owned()),
        (Method::POST, format!("{PULL}/zoeken")),
        (Method::GET, format!("{PULL}/{}/payload", uuid(1))),
        (Method::DELETE, format!("{PULL}/{}", uuid(1))),
        (
            Method::GET,
            format!("{}?traceerId={}", super::STATUS[0], uuid(1)),
        ),
    ] {
        let request = http::Request::builder()
            .method(method.clone())
            .uri(&path)
            .body(Body::empty());
        let reply = provider.send(request.expect("a request")).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{method} {path}");
        details(&reply);
    }
}

#[tokio::test]
async fn no_log_line_and_no_figure_holds_anything_from_a_push() {
    use knooppunt::telemetry::{LogFormat, LogLevel, TelemetrySettings, subscriber};
    let lines = crate::silence::Lines::default();
    let settings = TelemetrySettings {
        format: LogFormat::Json,
        level: LogLevel::Debug,
    };
    let writer = lines.clone();
    let _logging = tracing::subscriber::set_default(subscriber(&settings, move || writer.clone()));
    let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let _recording = metrics::set_default_local_recorder(&recorder);
    let provider = Provider::new();
    let text =
        String::from_utf8(message("JW305", GEMEENTE_A, ZORG_A, "CANARY1").to_vec()).expect("text");
    let mut said = metadata("JW305", ZORG_A, GEMEENTE_A, 1);
    said["referentiegegevens"]["referentieId"] = "CANARY2".into();
    said["verwerkingscontext"][0]["sleutel"] = "CANARY3".into();
    said["routeringgegevens"]["berichtstroom"]["actie"] = "CANARY4".into();
    provider.received("zorg-a", &said, text.as_bytes()).await;
    provider.refused("zorg-a", &said, b"CANARY5").await;
    let other = metadata("JW305", ZORG_A, GEMEENTE_A, 2);
    provider
        .received(
            "zorg-a",
            &other,
            text.replace("<jw305:Bsn>", "<jw305:Bsn>CANARY6").as_bytes(),
        )
        .await;
    said["CANARY7"] = 1.into();
    places_of(&provider.push("zorg-a", &said, text.as_bytes()).await);
    said["routeringgegevens"]["afzender"]["code"] = "CANARY8".into();
    places_of(&provider.push("zorg-a", &said, text.as_bytes()).await);
    provider
        .get("zorg-a", &format!("{PULL}/CANARY9/payload"))
        .await;
    provider.status("zorg-a", &uuid(2)).await;
    let figures = recorder.handle().render();
    let logged = String::from_utf8(lines.0.lock().expect("lines").clone()).expect("text");
    assert!(
        logged.contains("\"taken\"") && logged.contains("rest-push/v1/berichten"),
        "{logged}"
    );
    assert!(
        figures.contains("knooppunt_taken_total") && figures.contains("knooppunt_refusals_total"),
        "{figures}"
    );
    for said in [&logged, &figures] {
        for value in ["CANARY", "999900420", "Zonneveld", "dossier", &uuid(1)] {
            assert!(!said.contains(value), "{value} is told in {said}");
        }
    }
}

#[tokio::test]
async fn bombs_of_xml_are_received_and_refused_as_they_are_and_in_a_zip_file() {
    let provider = Provider::new();
    let right = message("JW305", GEMEENTE_A, ZORG_A, "S1");
    let mut number = 0;
    for (bomb, payload) in xml_bombs(&right) {
        let zipped = zip::pack("a.xml", &payload).expect("packed");
        for payload in [payload, zipped] {
            number += 1;
            let said = metadata("JW305", ZORG_A, GEMEENTE_A, number);
            provider.received("zorg-a", &said, &payload).await;
            let code = provider.why("zorg-a", &uuid(number)).await;
            let by_form = ["BRS13", "BRS14"].contains(&code.as_str());
            assert!(by_form, "{bomb}: {code}");
        }
    }
    assert!(provider.waiting("gemeente-a", "").await.is_empty());
    assert_eq!(provider.api.budget.in_flight_bytes(), 0);
}

#[tokio::test]
async fn a_zip_file_that_leads_elsewhere_hides_a_file_or_lies_is_refused() {
    use std::io::{Cursor, Write as _};
    let packed = |names: &[&str]| {
        let mut writer = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
        for name in names {
            let options = ::zip::write::SimpleFileOptions::default();
            writer.start_file(*name, options).expect("a file");
            let start = message("JW305", GEMEENTE_A, ZORG_A, "Z1");
            writer.write_all(&start).expect("written");
        }
        writer.finish().expect("whole").into_inner()
    };
    let inner = packed(&["a.xml"]);
    let mut nested = inner.clone();
    for _ in 0..30 {
        nested = zip::pack("a.zip", &nested).expect("packed");
    }
    // The length in both of its headers is a tenth of what is inside.
    let mut lying = inner.clone();
    for (signature, at) in [(b"PK\x03\x04", 22), (b"PK\x01\x02", 24)] {
        let start = lying.windows(4).position(|four| four == signature);
        let start = start.expect("a header") + at;
        lying[start..start + 4].copy_from_slice(&100_u32.to_le_bytes());
    }
    let provider = Provider::new();
    for (number, (payload, expected)) in (1..).zip([
        (packed(&["../../etc/passwd"]), "BRS29"),
        (packed(&["/etc/passwd"]), "BRS29"),
        (packed(&["..\\a.xml"]), "BRS29"),
        (packed(&["C:\\a.xml"]), "BRS29"),
        (packed(&["a/"]), "BRS29"),
        (packed(&["a.xml", "A.xml"]), "BRS16"),
        (nested, "BRS14"),
        (lying, "BRS15"),
    ]) {
        let said = metadata("JW305", ZORG_A, GEMEENTE_A, number);
        provider.received("zorg-a", &said, &payload).await;
        let code = provider.why("zorg-a", &uuid(number)).await;
        assert_eq!(code, expected, "case {number}");
    }
}
