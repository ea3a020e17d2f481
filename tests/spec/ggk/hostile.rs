//! What is no message, or is made to cost more than one: each has a clear answer, and nothing is kept of it.

use axum::http::Method;

use data_encoding::BASE64;
use knooppunt::envelope::tables::Generation;
use knooppunt::intake::RefusalReason;
use knooppunt::ledger::Event;

use super::{GGK0210, NUMBER, PATH, Sent, fault, given, send, soap, stored};
use crate::bodies::{unread, xml_bombs};
use crate::door::{Door, waiting};

async fn fault_of(door: &Door, message: &str) -> String {
    fault(&send(door, "gemeente-a", message).await)
}

#[tokio::test]
async fn what_is_no_soap_or_no_message_of_the_service_is_a_fault_without_fo03() {
    let door = Door::new();
    let element = Sent::di01(&given("T1")).element();
    let twice = format!("{element}{element}");
    let doctype = format!("<!DOCTYPE a>{}", soap(&element).split_off(40));
    for (message, class) in [
        (String::new(), "soap:Client"),
        ("<a/>".to_owned(), "soap:Client"),
        ("{}".to_owned(), "soap:Client"),
        (soap(""), "soap:Client"),
        (soap("<a/>"), "soap:Client"),
        (soap(&twice), "soap:Client"),
        (doctype, "soap:Client"),
        (element.clone(), "soap:Client"),
        (soap(&element).replace("Body>", "Lichaam>"), "soap:Client"),
        (
            soap(&element).replace(
                "http://schemas.xmlsoap.org/soap/envelope/",
                "http://www.w3.org/2003/05/soap-envelope",
            ),
            "soap:VersionMismatch",
        ),
        (
            soap(&element).replace(
                "<s:Header/>",
                "<s:Header><x:Security xmlns:x='urn:x' s:mustUnderstand='1'/></s:Header>",
            ),
            "soap:MustUnderstand",
        ),
    ] {
        assert_eq!(fault_of(&door, &message).await, class, "{message}");
    }
    stored(&send(&door, "gemeente-a", &soap(&element)).await);
}

#[tokio::test]
async fn routing_parts_that_break_the_schema_are_told_by_the_name_of_the_element() {
    let door = Door::new();
    let right = Sent::di01(&given("T1")).element();
    let version_1 = NUMBER.replace("-41e5-", "-11e5-");
    let capitals = NUMBER.to_uppercase();
    for (from, to, name) in [
        (NUMBER, version_1.as_str(), "referentienummer"),
        (NUMBER, capitals.as_str(), "referentienummer"),
        ("20260301095900", "2026-03-01", "tijdstipBericht"),
        ("<StUF:functie>JW301</StUF:functie>", "", "functie"),
        (
            "<StUF:functie>",
            "<StUF:crossRefnummer>1</StUF:crossRefnummer><StUF:functie>",
            "crossRefnummer",
        ),
        (
            "<StUF:functie>",
            "<StUF:functie>a</StUF:functie><StUF:functie>",
            "functie",
        ),
    ] {
        assert!(right.contains(from), "{from}");
        let message = soap(&right.replacen(from, to, 1));
        let reply = send(&door, "gemeente-a", &message).await;
        assert_eq!(fault(&reply), "soap:Client");
        let text = String::from_utf8_lossy(&reply.body).into_owned();
        assert!(text.contains(name), "{text}");
    }
    for (from, to) in [
        ("<StUF:applicatie>Jeugd &amp; Wmo</StUF:applicatie>", ""),
        ("Jeugd &amp; Wmo", "ab"),
        (NUMBER, ""),
    ] {
        let message = soap(&right.replacen(from, to, 1));
        assert_eq!(fault_of(&door, &message).await, "soap:Client");
    }
}

#[tokio::test]
async fn bombs_of_elements_depth_attributes_and_entities_are_cut_off() {
    let door = Door::new();
    let right = Sent::di01(&given("T1")).element();
    let many = "<x/>".repeat(100_000);
    let deep = format!("{}{}", "<x>".repeat(5_000), "</x>".repeat(5_000));
    let attributes: Vec<_> = (0..200).map(|at| format!(" a{at}=''")).collect();
    let attributes = attributes.concat();
    let inside =
        |what: &str| right.replacen("<GGK:parameters>", &format!("{what}<GGK:parameters>"), 1);
    for message in [
        soap(&inside(&many)),
        soap(&inside(&deep)),
        soap(&inside(&format!("<x{attributes}/>"))),
        soap(&inside("&lol9;")),
        format!(
            "<!DOCTYPE a [<!ENTITY b 'cccc'><!ENTITY d '&b;&b;&b;'>]>{}",
            soap(&inside("&d;"))
        ),
    ] {
        assert_eq!(fault_of(&door, &message).await, "soap:Client");
    }
}

#[tokio::test]
async fn an_envelope_of_the_largest_size_is_taken_and_one_byte_more_is_not_read() {
    let door = Door::new();
    let most = 26_214_400;
    let right = soap(&Sent::di01(&given("T1")).element());
    // White space in base64 counts and is left out.
    let filled = |bytes: usize| {
        let more = " ".repeat(bytes - right.len());
        right.replacen("<GGK:xmlBestand>", &format!("<GGK:xmlBestand>{more}"), 1)
    };
    let reply = send(&door, "gemeente-a", &filled(most + 1)).await;
    assert_eq!(
        (reply.status.as_u16(), fault(&reply).as_str()),
        (413, "soap:Client")
    );
    stored(&send(&door, "gemeente-a", &filled(most)).await);
    assert_eq!(door.api.budget.in_flight_bytes(), 0);
}

#[tokio::test]
async fn a_payload_of_many_megabytes_of_nothing_is_refused_afterwards_and_not_kept() {
    let door = Door::new();
    let bomb = vec![0_u8; 18 << 20];
    let reply = Sent::di01(&bomb).to(&door).await;
    stored(&reply);
    let bytes: u64 = door
        .world
        .records()
        .iter()
        .flat_map(|record| &record.parts)
        .map(|part| part.length)
        .sum();
    assert!(bytes < 10_000, "{bytes}");
}

#[tokio::test]
async fn only_xml_in_utf_8_is_read_and_only_post_and_the_description_are_there() {
    let door = Door::new();
    let sent = soap(&Sent::di01(&given("T1")).element());
    for media in [
        "application/json",
        "multipart/related; type=\"application/xop+xml\"",
        "text/xml; charset=iso-8859-1",
        "application/soap+xml",
    ] {
        let reply = door.post_as("gemeente-a", PATH, media, sent.clone()).await;
        assert_eq!(
            (reply.status.as_u16(), fault(&reply).as_str()),
            (415, "soap:Client")
        );
    }
    for (method, path) in [
        (Method::PUT, PATH.to_owned()),
        (Method::DELETE, PATH.to_owned()),
        (Method::GET, PATH.to_owned()),
        (Method::GET, format!("{PATH}?xsd=../../etc/passwd")),
    ] {
        let request = door.request("gemeente-a", method, &path);
        let reply = door
            .send(request.body(axum::body::Body::empty()).expect("a request"))
            .await;
        assert_eq!(
            (reply.status.as_u16(), fault(&reply).as_str()),
            (405, "soap:Client")
        );
    }
}

/// What is still to be told of the last message, and how many bytes its records keep of it.
fn told(door: &Door) -> (&'static str, u64) {
    let Some(Event::Returned(returned)) = door.world.events().pop() else {
        panic!("nothing is to be told")
    };
    let condition = RefusalReason::condition_of(&returned.reason).expect("a condition");
    let code = condition.fo01(Generation::Current, false);
    let records = door.world.records();
    let parts = &records.last().expect("a record").parts;
    let kept = parts.iter().map(|part| part.length).sum();
    (code.expect("a code"), kept)
}

#[tokio::test]
async fn bombs_of_xml_in_the_payload_are_confirmed_and_refused_and_not_kept() {
    let door = Door::new();
    for (at, (bomb, payload)) in xml_bombs(&given("T1")).into_iter().enumerate() {
        let sent = Sent {
            number: format!("{at:08x}-5c69-41e5-a837-0800200c9a66"),
            ..Sent::di01(&payload)
        };
        stored(&sent.to(&door).await);
        let (code, kept) = told(&door);
        assert_eq!(code, "IB014", "{bomb}");
        assert!(kept < 20_000, "{bomb}: {kept} bytes");
    }
    assert!(waiting(&door, "zorg-a", "").await.is_empty());
    assert_eq!(door.api.budget.in_flight_bytes(), 0);
}

#[tokio::test]
async fn bombs_of_base64_are_confirmed_and_refused_and_not_kept() {
    let door = Door::new();
    let megabytes = |count: usize, of: &str| of.repeat(count * (1 << 20) / of.len());
    let mut nested = given("T1").to_vec();
    for _ in 0..12 {
        nested = BASE64.encode(&nested).into_bytes();
    }
    let element = |content: &str| format!("<GGK:xmlBestand>{content}</GGK:xmlBestand>");
    let references = format!("{}YQ==", megabytes(1, "&#32;"));
    for (at, (bericht, expected)) in [
        (element(&megabytes(24, "=")), "IB001"),
        (element(&format!("{}*", megabytes(24, "AAAA"))), "IB001"),
        (element(&format!("{}A", megabytes(24, "AAAA"))), "IB001"),
        (element(&megabytes(24, "\n   ")), "IB014"),
        (element(&references), "IB014"),
        (element(&BASE64.encode(&nested)), "IB014"),
        (element(&"<GGK:a/>".repeat(300)), "IB001"),
        (format!("{0}{0}", element(&BASE64.encode(b"<a/>"))), "IB001"),
        (element(&BASE64.encode(b"<a/>")).repeat(30), "IB001"),
    ]
    .into_iter()
    .enumerate()
    {
        let sent = Sent {
            number: format!("{at:08x}-5c69-41e5-a837-0800200c9a66"),
            bericht,
            ..Sent::di01(b"")
        };
        let reply = sent.to(&door).await;
        if reply.status == 500 {
            // So many elements are no envelope.
            assert_eq!((fault(&reply).as_str(), at), ("soap:Client", 6));
            continue;
        }
        stored(&reply);
        let (code, kept) = told(&door);
        assert_eq!(code, expected, "case {at}");
        assert!(kept < 20_000, "case {at}: {kept} bytes");
    }
    assert!(waiting(&door, "zorg-a", "").await.is_empty());
    assert_eq!(door.api.budget.in_flight_bytes(), 0);
}

#[tokio::test]
async fn headers_that_contradict_or_hide_something_are_refused_before_the_body_is_read() {
    let door = Door::new();
    let xml = ("content-type", "text/xml");
    for (headers, status) in [
        (vec![xml], 411),
        (vec![xml, ("content-length", "ten")], 400),
        (vec![xml, ("content-length", "+10")], 400),
        (
            vec![xml, ("content-length", "10"), ("content-length", "11")],
            400,
        ),
        (
            vec![
                xml,
                ("content-length", "10"),
                ("transfer-encoding", "chunked"),
            ],
            400,
        ),
        (vec![xml, ("content-length", "26214401")], 413),
        (vec![xml, xml, ("content-length", "10")], 415),
        (
            vec![xml, ("content-encoding", "gzip"), ("content-length", "10")],
            415,
        ),
        (vec![("content-length", "10")], 415),
        (
            vec![
                (
                    "content-type",
                    "multipart/related; boundary=b; type=\"text/xml\"",
                ),
                ("content-length", "10"),
            ],
            415,
        ),
    ] {
        let mut request = door
            .request("gemeente-a", Method::POST, PATH)
            .header("expect", "100-continue");
        for (name, value) in &headers {
            request = request.header(*name, *value);
        }
        let reply = door.send(request.body(unread()).expect("a request")).await;
        assert_eq!(
            (reply.status.as_u16(), fault(&reply).as_str()),
            (status, "soap:Client"),
            "{headers:?}"
        );
    }
    assert!(door.world.records().is_empty());
}

#[tokio::test]
async fn an_action_that_is_in_no_description_or_stands_there_twice_is_a_fault() {
    let door = Door::new();
    let sent = soap(&Sent::di01(&given("T1")).element());
    let own = format!("\"{GGK0210}/ggk_Di01\"");
    let actions: [&[&[u8]]; 8] = [
        &[b"ontvang"],
        &[b"\"ggk_Di01\""],
        &[b"OntvangAsynchroon"],
        &[b"http://www.stufstandaarden.nl/koppelvlak/ggk0310/ggk_Di01"],
        &[own.as_bytes(), own.as_bytes()],
        &[b"", own.as_bytes()],
        &[b"\xff\xfe"],
        &[b"\" \""],
    ];
    for action in actions {
        let mut request = door
            .request("gemeente-a", Method::POST, PATH)
            .header("content-type", "text/xml")
            .header("content-length", sent.len());
        for value in action {
            let value = http::HeaderValue::from_bytes(value).expect("a value");
            request = request.header("SOAPAction", value);
        }
        let request = request.body(sent.clone().into()).expect("a request");
        assert_eq!(
            fault(&door.send(request).await),
            "soap:Client",
            "{action:?}"
        );
    }
    assert!(door.world.records().is_empty());
}
