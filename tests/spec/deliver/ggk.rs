//! A municipality's endpoint of StUF-GGk: what is sent there, and what its answers mean.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use knooppunt::clock::Clock;
use knooppunt::deliver::{Carrier, Courier, DeliverSettings, Route};
use knooppunt::envelope::tables::Generation;
use knooppunt::ledger::Event;
use knooppunt::register::{Register, Source};

use super::server::{Act, Request, Server};
use crate::endpoint::wire;
use crate::judge::start_too_soon;
use crate::modes::MANDATE;
use crate::world::{self, GEMEENTE_A, World, ZORG_A};

const PATH: &str = "/ggk/OntvangAsynchroon";
const NS_0210: &str = "http://www.stufstandaarden.nl/koppelvlak/ggk0210";
const NS_0310: &str = "http://www.stufstandaarden.nl/sectormodel/ggk/0210";

pub(super) fn bv03(number: &str) -> Act {
    Act::Answer(200, "text/xml", wire::bv03(number))
}

pub(super) fn fo03(status: u16, code: &str, plek: &str) -> Act {
    Act::Answer(status, "text/xml", wire::fo03(code, plek, "{number}"))
}

/// A courier of the real wire to that server.
pub(super) fn courier(world: &World, register: &Register) -> Courier {
    courier_by(world, register, Generation::default())
}

/// The same, telling refusals with the codes of this list.
pub(super) fn courier_by(world: &World, register: &Register, codes: Generation) -> Courier {
    let clock: Arc<dyn Clock> = Arc::new(world.clock.clone());
    let [endpoint] = register.endpoints() else {
        panic!("one endpoint")
    };
    let settings = DeliverSettings::default();
    let carrier = Carrier::open(endpoint, &settings, codes, &clock);
    let carrier = carrier.expect("its files are in order");
    let party = register.party(&endpoint.party).expect("a party");
    Courier::new(
        Arc::clone(&world.ledger),
        clock,
        Arc::new(carrier),
        Route {
            party: party.id.clone(),
            codes: party.codes.clone(),
            kind: endpoint.kind.as_str(),
            later_may_pass: endpoint.later_may_pass,
            concurrent_max: 4,
        },
        settings,
        7,
    )
}

pub(super) fn to_gemeente(server: &Server, more: &str) -> Register {
    server.register(world::PARTIES, "gemeente-a", "ggk0210", PATH, more)
}

/// Lets time pass to the next try, so many times.
pub(super) async fn tries(world: &World, courier: &mut Courier, times: usize) {
    for _ in 0..times {
        let Some(due) = courier.until_idle().await else {
            return;
        };
        let wait = due.saturating_sub(world.clock.elapsed());
        world.clock.advance(SignedDuration::try_from(wait).unwrap());
    }
    courier.until_idle().await;
}

fn failure(courier: &Courier) -> Option<String> {
    courier.standing().lock().unwrap().failure.clone()
}

#[tokio::test]
async fn a_di01_has_the_published_form_and_counts_as_taken_on_its_bv03() {
    let world = World::new();
    let server = Server::start(world.clock.now()).await;
    server.script(&[], bv03("{number}"));
    let message = world.sent("JW305", GEMEENTE_A, ZORG_A, "1").await;
    let mut courier = courier(&world, &to_gemeente(&server, ""));
    assert_eq!(courier.until_idle().await, None);
    let [request] = &server.requests()[..] else {
        panic!("asked once")
    };
    let head = request.head.to_lowercase();
    assert!(
        head.starts_with(&format!("post {} http/1.1", PATH.to_lowercase())),
        "{head}"
    );
    assert!(
        head.contains("content-type: text/xml; charset=utf-8"),
        "{head}"
    );
    assert!(
        head.contains(&format!("soapaction: \"{NS_0210}/ggk_di01\"")),
        "{head}"
    );
    let number = request.value("referentienummer");
    let content = data_encoding::BASE64.encode(&world::message("JW305", GEMEENTE_A, ZORG_A, "1"));
    let expected = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>\
         <GGK:envelopHeenbericht-ggk_Di01 xmlns:GGK=\"{NS_0210}\" xmlns:StUF=\"http://www.egem.nl/StUF/StUF0301\"><GGK:stuurgegevens>\
         <StUF:berichtcode>Di01</StUF:berichtcode><StUF:zender><StUF:organisatie>98980001</StUF:organisatie><StUF:applicatie>Knooppunt</StUF:applicatie></StUF:zender>\
         <StUF:ontvanger><StUF:organisatie>0289</StUF:organisatie><StUF:applicatie>GGk</StUF:applicatie></StUF:ontvanger>\
         <StUF:referentienummer>{number}</StUF:referentienummer><StUF:tijdstipBericht>20260301100000000</StUF:tijdstipBericht><StUF:functie>JW305</StUF:functie></GGK:stuurgegevens>\
         <GGK:parameters><GGK:applicatieVersie>0000</GGK:applicatieVersie><GGK:applicatieSubversie>0001</GGK:applicatieSubversie>\
         <GGK:functieVersie>0003</GGK:functieVersie><GGK:functieSubversie>0002</GGK:functieSubversie>\
         <GGK:bericht><GGK:xmlBestand>{content}</GGK:xmlBestand></GGK:bericht></GGK:parameters></GGK:envelopHeenbericht-ggk_Di01></soap:Body></soap:Envelope>"
    );
    assert_eq!(request.text(), expected);
    let version = number.as_bytes();
    assert!(version.len() == 36 && version[14] == b'4', "{number}");
    assert_eq!(
        world.seen("zorg-a", message.id).await.state.code(),
        "acknowledged"
    );
}

#[tokio::test]
async fn the_older_version_has_its_own_namespace_and_media_type() {
    let world = World::new();
    let server = Server::start(world.clock.now()).await;
    server.script(&[], bv03("{number}"));
    world.sent("JW305", GEMEENTE_A, ZORG_A, "1").await;
    let register = server.register(
        world::PARTIES,
        "gemeente-a",
        "ggk0310",
        PATH,
        "application = \"Suite & Co\"",
    );
    let mut courier = courier(&world, &register);
    assert_eq!(courier.until_idle().await, None);
    let text = server.requests()[0].text();
    assert!(text.contains(&format!("xmlns:GGK=\"{NS_0310}\"")), "{text}");
    assert!(text.contains("<GGK:bericht xmlns:xmime=\"http://www.w3.org/2005/05/xmlmime\" xmime:contentType=\"application/xml\">"), "{text}");
    assert!(
        text.contains("<StUF:applicatie>Suite &amp; Co</StUF:applicatie>"),
        "{text}"
    );
}

#[tokio::test]
async fn an_answer_is_a_du01_that_names_its_question() {
    let world = World::new();
    let server = Server::start(world.clock.now()).await;
    server.script(&[], bv03("{number}"));
    world.sent("JW305", GEMEENTE_A, ZORG_A, "1").await;
    let mut to_gemeente = courier(&world, &to_gemeente(&server, ""));
    assert_eq!(to_gemeente.until_idle().await, None);
    let asked = world.sent("JW301", GEMEENTE_A, ZORG_A, "301").await;
    world
        .answered("JW302", GEMEENTE_A, ZORG_A, "301", "302")
        .await;
    assert_eq!(to_gemeente.until_idle().await, None);
    let request = &server.requests()[1];
    assert!(request.head.contains("ggk_Du01"), "{}", request.head);
    assert!(
        request
            .text()
            .contains("<GGK:envelopRetourbericht-ggk_Du01 ")
    );
    let cross = request.value("crossRefnummer");
    assert_eq!(
        cross,
        knooppunt::envelope::mapping::ggk_number(asked.id, None)
    );
    assert_eq!(request.value("functie"), "JW302");
}

#[tokio::test]
async fn whatever_is_not_a_matching_bv03_is_tried_again_with_the_same_bytes() {
    let world = World::new();
    let server = Server::start(world.clock.now()).await;
    let message = world.sent("JW305", GEMEENTE_A, ZORG_A, "1").await;
    let mut courier = courier(&world, &to_gemeente(&server, ""));
    let plain = |status, body: &str| Act::Answer(status, "text/xml", body.to_owned());
    let cases = [
        (Act::Half, "broken"),
        (Act::Close, "broken"),
        (bv03("9c0f7b90-5c69-41e5-a837-0800200c9a66"), "other-bv03"),
        (plain(500, ""), "http-500"),
        (plain(500, &wire::bare_fault()), "http-500"),
        (fo03(500, "StUF046", "server"), "StUF046"),
        (Act::Redirect, "http-302"),
        (plain(200, ""), "no-bv03"),
        (plain(202, ""), "no-bv03"),
        (plain(200, "<html>welcome</html>"), "no-bv03"),
        (plain(200, "welcome"), "no-bv03"),
        (
            plain(200, "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>"),
            "no-bv03",
        ),
        (plain(503, "busy"), "http-503"),
        (plain(404, ""), "http-404"),
        (
            Act::Answer(200, "text/xml", " ".repeat(2 << 20)),
            "answer-too-large",
        ),
    ];
    for (act, reason) in cases {
        server.script(&[], act);
        tries(&world, &mut courier, 1).await;
        assert_eq!(failure(&courier).as_deref(), Some(reason));
        assert_eq!(world.waiting("gemeente-a").await, [message.id], "{reason}");
    }
    server.script(&[], bv03("{number}"));
    tries(&world, &mut courier, 3).await;
    assert!(world.waiting("gemeente-a").await.is_empty());
    let requests = server.requests();
    assert!(requests.len() > 15, "{}", requests.len());
    let bodies: Vec<&Vec<u8>> = requests.iter().map(|Request { body, .. }| body).collect();
    assert!(bodies.iter().all(|body| *body == bodies[0]), "one identity");
}

#[tokio::test]
async fn a_fo03_of_the_client_stops_the_message_with_its_code_and_none_of_its_text_is_kept() {
    let world = World::new();
    let server = Server::start(world.clock.now()).await;
    server.script(&[fo03(500, "StUF034", "client")], bv03("{number}"));
    let refused = world.sent("JW305", GEMEENTE_A, ZORG_A, "1").await;
    let behind = world.sent("JW307", GEMEENTE_A, ZORG_A, "2").await;
    let mut courier = courier(&world, &to_gemeente(&server, ""));
    assert_eq!(courier.until_idle().await, None);
    assert_eq!(world.waiting("gemeente-a").await, [refused.id]);
    assert_eq!(
        world.seen("zorg-a", behind.id).await.state.code(),
        "acknowledged"
    );
    let reasons: Vec<_> = world
        .events()
        .into_iter()
        .filter_map(|event| {
            let Event::Delivery(event) = event else {
                return None;
            };
            event.reason
        })
        .collect();
    assert_eq!(reasons, ["StUF034"]);
}

#[tokio::test]
async fn an_adapter_that_answers_without_content_counts_by_its_setting_and_the_record_says_so() {
    for status in [200, 202] {
        let world = World::new();
        let server = Server::start(world.clock.now()).await;
        server.script(&[], Act::Answer(status, "text/xml", String::new()));
        world.sent("JW305", GEMEENTE_A, ZORG_A, "1").await;
        let register = to_gemeente(&server, "empty_200 = true");
        let mut courier = courier(&world, &register);
        assert_eq!(courier.until_idle().await, None);
        assert!(world.waiting("gemeente-a").await.is_empty());
        let confirmed: Vec<bool> = world
            .events()
            .into_iter()
            .filter_map(|event| {
                let Event::Acknowledged(event) = event else {
                    return None;
                };
                event.over.map(|over| over.confirmed)
            })
            .collect();
        assert_eq!(confirmed, [false]);
    }
}

#[tokio::test]
async fn an_endpoint_that_nobody_listens_at_or_that_is_not_the_one_we_trust_gets_nothing() {
    let world = World::new();
    let server = Server::start(world.clock.now()).await;
    server.script(&[], bv03("{number}"));
    let message = world.sent("JW305", GEMEENTE_A, ZORG_A, "1").await;
    // Nobody listens.
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    let register = to_gemeente(&server, "");
    let source = &register.sources()[0];
    let text = String::from_utf8(source.bytes.clone()).unwrap();
    let elsewhere = text.replace(&server.address.port().to_string(), &port.to_string());
    let elsewhere = Register::load(vec![Source {
        name: source.name.clone(),
        bytes: elsewhere.into_bytes(),
    }])
    .unwrap();
    let mut to_nobody = courier(&world, &elsewhere);
    to_nobody.until_idle().await;
    assert_eq!(failure(&to_nobody).as_deref(), Some("connect"));
    // Another root.
    server.papers.write_other_root();
    let mut to_stranger = courier(&world, &register);
    to_stranger.until_idle().await;
    assert_eq!(
        failure(&to_stranger).as_deref(),
        Some("certificate-refused")
    );
    server.papers.write_own_root();
    // Its certificate is revoked, its list is stale, and then all is well.
    let now = world.clock.now();
    let with_crl = to_gemeente(&server, "crls = [\"endpoint.crl\"]");
    for (revoked, from, days, reason) in [
        (true, now, 30, Some("certificate-revoked")),
        (
            false,
            now - SignedDuration::from_hours(240),
            3,
            Some("certificate-crl-stale"),
        ),
        (false, now, 30, None),
    ] {
        server.papers.write_crl(revoked, from, days);
        let mut to_revoked = courier(&world, &with_crl);
        to_revoked.until_idle().await;
        assert_eq!(failure(&to_revoked).as_deref(), reason);
        let asked = usize::from(reason.is_none());
        assert_eq!(server.requests().len(), asked, "{reason:?}");
    }
    assert_eq!(
        world.seen("zorg-a", message.id).await.state.code(),
        "acknowledged"
    );
}

#[tokio::test]
async fn an_endpoint_that_hangs_is_given_up_after_its_time() {
    let world = World::new();
    let server = Server::start(world.clock.now()).await;
    server.script(&[Act::Hang], bv03("{number}"));
    world.sent("JW305", GEMEENTE_A, ZORG_A, "1").await;
    let mut courier = courier(&world, &to_gemeente(&server, "timeout_s = 30"));
    {
        let asked = server.asked.notified();
        let trying = courier.until_idle();
        tokio::pin!(trying, asked);
        tokio::select! {
            _ = &mut trying => panic!("it hangs"),
            () = &mut asked => {}
        }
        // The time of the runtime goes on by itself while nothing else can.
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(31)).await;
        assert!(trying.await.is_some());
        tokio::time::resume();
    }
    assert_eq!(failure(&courier).as_deref(), Some("timeout"));
    tries(&world, &mut courier, 2).await;
    assert!(world.waiting("gemeente-a").await.is_empty());
}

#[tokio::test]
async fn the_copy_of_an_answer_in_its_own_name_stays_in_the_mailbox_and_holds_back_nothing() {
    let mut world = World::new();
    world.register = world::register(&format!("{}{MANDATE}", world::PARTIES));
    let server = Server::start(world.clock.now()).await;
    server.script(&[], bv03("{number}"));
    world.taken("zorg-a", &start_too_soon("G1")).await;
    let copies = world.waiting("gemeente-a").await;
    assert_eq!(copies.len(), 1, "the copy of the answer");
    world.taken("zorg-a", &start_too_soon("G2")).await;
    let message = world.sent("JW305", GEMEENTE_A, ZORG_A, "1").await;
    let mut courier = courier(&world, &to_gemeente(&server, ""));
    assert_eq!(courier.until_idle().await, None);
    let [request] = &server.requests()[..] else {
        panic!("asked once")
    };
    assert!(
        request.head.to_lowercase().contains("ggk_di01"),
        "what is no copy is brought"
    );
    let left = world.waiting("gemeente-a").await;
    assert_eq!(left.len(), 2, "both copies");
    assert!(left.contains(&copies[0]) && !left.contains(&message.id));
}
