//! Files that are no message of the standards (tekstBestand): carried as they are where the register allows their functie, and never judged.

use data_encoding::BASE64;
use jiff::SignedDuration;
use knooppunt::api::berichten::StatusBody;
use knooppunt::api::postvak::PageBody;
use knooppunt::api::weigeringen::WeigeringenBody;
use knooppunt::envelope::tables::Generation;
use knooppunt::intake::RefusalReason;
use knooppunt::ledger::Event;
use knooppunt::register::PartyCode;
use knooppunt::retention::RetentionSettings;

use super::{NUMBER, OTHER, Sent, fo01, given, refused, send, soap, stored};
use crate::door::{Door, waiting};
use crate::world::{
    GEMEENTE_A, GEMEENTE_B, PARTIES, World, ZORG_A, ZORG_B, judged, on_both_stores, register, whole,
};

const FUNCTIE: &str = "BUDGET-CSV";
const NAME: &str = "Overzicht_2026-Q1.csv";
/// Bytes of no encoding, and no XML.
const CONTENT: &[u8] = b"\xff\xfe\x00naam;bedrag\r\n<a>&\x1a\r\n";

/// What the first municipality may send: budgets to the first provider and to the other municipality, and lists to everybody, which are answered.
const FILES: &str = r#"
[[tekstBestand]]
functie = "BUDGET-CSV"
sender = "0289"
receivers = ["98980001", "0344"]
berichtcode = "Di01"

[[tekstBestand]]
functie = "LIJST"
sender = "0289"

[[tekstBestand]]
functie = "LIJST"
sender = "0344"
berichtcode = "Du01"
"#;

fn allowed(mut world: World) -> Door {
    world.register = register(&format!("{PARTIES}{FILES}"));
    Door::above(world)
}

fn world_of(door: Door) -> World {
    door.world
}

fn file() -> Sent {
    Sent::file(FUNCTIE, NAME, CONTENT)
}

/// The code of what is still to be told of the last message, as the list in force has it.
fn told(door: &Door) -> &'static str {
    let Some(Event::Returned(returned)) = door.world.events().pop() else {
        panic!("nothing is to be told")
    };
    let condition = RefusalReason::condition_of(&returned.reason).expect("a condition");
    let to = returned.receiver.as_deref();
    let to_gemeente =
        to.is_some_and(|code| matches!(code.parse::<PartyCode>(), Ok(PartyCode::Gemeente(_))));
    let code = condition.fo01(Generation::Current, to_gemeente);
    code.expect("a code")
}

async fn page(door: &Door, party: &str) -> PageBody {
    door.get(party, "/v1/postvak").await.json()
}

#[tokio::test]
async fn a_file_is_confirmed_fetched_byte_for_byte_under_its_name_and_acknowledged() {
    for older in [false, true] {
        on_both_stores(async |world| {
            let mut door = allowed(world);
            let mut sent = file();
            if older {
                sent = sent.in_ggk0310(CONTENT).named(NAME);
            }
            let sent = sent;
            let first = sent.to(&door).await;
            assert_eq!(stored(&first), NUMBER);
            door.world.clock.advance(SignedDuration::from_hours(1));
            assert_eq!(sent.to(&door).await.body, first.body, "the same again");
            door = allowed(world_of(door).again());
            assert_eq!(sent.to(&door).await.body, first.body, "after a start too");
            let [message] = &page(&door, "zorg-a").await.messages[..] else {
                panic!("one waits")
            };
            assert!(message.file && message.law.is_none());
            assert_eq!(
                (message.bericht.as_str(), message.release.as_str()),
                (FUNCTIE, "3.2")
            );
            assert_eq!(
                (message.maker.as_str(), message.receiver.as_str()),
                (GEMEENTE_A, ZORG_A)
            );
            assert_eq!(
                (message.mode.as_str(), message.state.as_str()),
                ("carry", "waiting")
            );
            assert_eq!((&message.answer_by, message.marks.len()), (&None, 0));
            let path = format!("/v1/postvak/{}", message.id);
            let fetched = door.get("zorg-a", &format!("{path}/inhoud")).await;
            assert_eq!(fetched.body, CONTENT);
            assert_eq!(fetched.header("content-type"), "application/octet-stream");
            assert_eq!(
                fetched.header("content-disposition"),
                format!("attachment; filename=\"{NAME}\"")
            );
            assert_eq!(fetched.header("x-content-type-options"), "nosniff");
            let status: StatusBody = door
                .get("gemeente-a", &format!("/v1/berichten/{}", message.id))
                .await
                .json();
            assert!(status.findings.findings.is_empty());
            assert_eq!(door.delete("zorg-a", &path).await.status, 204);
            assert!(waiting(&door, "zorg-a", "").await.is_empty());
            let id = message.id.parse().expect("an id");
            let seen = door.world.seen("gemeente-a", id).await;
            assert_eq!(seen.state.code(), "acknowledged");
            let caller = door.world.caller("gemeente-a");
            let receipt = door.world.mailbox.receipt(&caller, id).await;
            let key = door.world.receipts.public_key_pem();
            let states = receipt.expect("a receipt").verify(&key).expect("it holds");
            assert_eq!(
                (states.bericht.as_str(), states.verdict.as_str()),
                (FUNCTIE, "accepted")
            );
        })
        .await;
    }
}

#[tokio::test]
async fn another_file_or_another_name_under_its_number_is_stuf016() {
    let door = allowed(World::new());
    stored(&file().to(&door).await);
    let other = Sent::file(FUNCTIE, NAME, b"other");
    assert_eq!(refused(&other.to(&door).await), "StUF016");
    let renamed = Sent::file(FUNCTIE, "Overzicht_2026-Q2.csv", CONTENT);
    assert_eq!(refused(&renamed.to(&door).await), "StUF016");
    let mut again = file();
    again.number = OTHER.to_owned();
    stored(&again.to(&door).await);
    assert_eq!(
        waiting(&door, "zorg-a", "").await.len(),
        2,
        "the same under another number is another file"
    );
}

type Change = fn(&mut Sent);

#[tokio::test]
async fn what_stuf_checks_at_once_is_told_at_once_and_uses_up_no_number() {
    let door = allowed(World::new());
    let as_xml: Change = |of| of.bericht = Sent::di01(CONTENT).bericht;
    let as_answer: Change = |of| {
        of.element = "envelopRetourbericht-ggk_Du01";
        of.code = "Du01";
        of.answers = Some(OTHER.to_owned());
    };
    let wrong: [(Change, &str); 8] = [
        (|of| of.functie = "ONBEKEND".to_owned(), "StUF034"),
        (|of| of.functie = "BUDGET".to_owned(), "StUF034"),
        (|of| of.functie = "JW301".to_owned(), "StUF034"),
        (as_xml, "StUF034"),
        (|of| of.from = "0999".to_owned(), "StUF013"),
        (|of| of.code = "Du01", "StUF025"),
        (as_answer, "StUF040"),
        (
            |of| {
                of.element = "envelopRetourbericht-ggk_Du01";
                of.code = "Du01";
                of.answers = Some(OTHER.to_owned());
                of.functie = "LIJST".to_owned();
            },
            "StUF043",
        ),
    ];
    for (at, (change, code)) in wrong.into_iter().enumerate() {
        let mut sent = file();
        change(&mut sent);
        assert_eq!(refused(&sent.to(&door).await), code, "case {at}");
    }
    let older = file().in_ggk0310(CONTENT).named(NAME);
    let unknown = Sent {
        functie: "ONBEKEND".to_owned(),
        ..older
    };
    assert_eq!(refused(&unknown.to(&door).await), "StUF034");
    stored(&file().to(&door).await);
}

#[tokio::test]
async fn what_may_not_go_between_these_two_is_confirmed_and_then_told() {
    let door = allowed(World::new());
    let mut number = 0_u8;
    let mut send_as = async |party: &str, change: Change| {
        let mut sent = file();
        number += 1;
        sent.number = format!("{number:02}0f7b90-5c69-41e5-a837-0800200c9a66");
        change(&mut sent);
        stored(&send(&door, party, &soap(&sent.element())).await);
        told(&door)
    };
    // Not to him, not from him, not by whom has no mandate, and to nobody here.
    let not_to: Change = |of| of.to = ZORG_B.to_owned();
    assert_eq!(send_as("gemeente-a", not_to).await, "IB007");
    let listed = door.get("gemeente-a", "/v1/weigeringen").await;
    let listed = listed.json::<WeigeringenBody>().refused;
    assert_eq!(listed[0].bericht.as_deref(), Some(FUNCTIE), "what it is");
    let not_from: Change = |of| of.from = GEMEENTE_B.to_owned();
    assert_eq!(send_as("gemeente-b", not_from).await, "IB007");
    assert_eq!(send_as("gemeente-b", |_| ()).await, "IB009");
    assert_eq!(send_as("softwarehuis", |_| ()).await, "IB009");
    let unknown: Change = |of| of.to = "99999999".to_owned();
    assert_eq!(send_as("gemeente-a", unknown).await, "IB010");
    let unknown: Change = |of| of.to = "9999".to_owned();
    assert_eq!(send_as("gemeente-a", unknown).await, "IB005");
    let named: Change = |of| of.to = "CBS".to_owned();
    assert_eq!(send_as("gemeente-a", named).await, "IB010");
    for party in ["zorg-a", "zorg-b", "gemeente-b"] {
        assert!(waiting(&door, party, "").await.is_empty(), "{party}");
    }
}

#[tokio::test]
async fn a_name_has_4_to_255_plain_characters_and_content_is_base64_of_at_least_a_byte() {
    let door = allowed(World::new());
    let (short, long) = ("a".repeat(4), "a".repeat(255));
    for (at, name) in [short.as_str(), &long, "-._a"].into_iter().enumerate() {
        let mut sent = Sent::file(FUNCTIE, name, CONTENT);
        sent.number = format!("{at}a0f7b90-5c69-41e5-a837-0800200c9a66");
        stored(&sent.to(&door).await);
    }
    assert_eq!(waiting(&door, "zorg-a", "").await.len(), 3);
    let content = BASE64.encode(CONTENT);
    let element = |name: &str, content: &str| {
        format!("<GGK:tekstBestand bestandsnaam=\"{name}\">{content}</GGK:tekstBestand>")
    };
    let too_long = "a".repeat(256);
    let mut wrong: Vec<String> = [
        "a.b", &too_long, "a b.csv", "../a.csv", "a/b.csv", "é.csv", "",
    ]
    .into_iter()
    .map(|name| element(name, &content))
    .collect();
    wrong.extend([
        format!("<GGK:tekstBestand>{content}</GGK:tekstBestand>"),
        format!("<GGK:tekstBestand GGK:bestandsnaam=\"{NAME}\">{content}</GGK:tekstBestand>"),
        format!("<GGK:tekstBestand bestandsnaam=\"{NAME}\" a=\"\">{content}</GGK:tekstBestand>"),
        format!("{0}{0}", element(NAME, &content)),
        element(NAME, &format!("<GGK:deel>{content}</GGK:deel>")),
        element(NAME, "*"),
        element(NAME, "YQ"),
        element(NAME, ""),
        element(NAME, " \n"),
    ]);
    for (at, bericht) in wrong.into_iter().enumerate() {
        let number = format!("{at:02}b0f7b9-5c69-41e5-a837-0800200c9a66");
        let sent = Sent {
            number,
            bericht: bericht.clone(),
            ..file()
        };
        stored(&sent.to(&door).await);
        assert_eq!(told(&door), "IB001", "{bericht}");
    }
    // Written otherwise it is the same file.
    let otherwise = element(NAME, &format!("<![CDATA[{}]]>&#10;", &content));
    let sent = Sent {
        bericht: otherwise,
        ..file()
    };
    let reply = sent.to(&door).await;
    stored(&reply);
    assert_eq!(file().to(&door).await.body, reply.body);
    // The older envelope has the same grammar.
    for name in ["", "a b.csv", "é.csv"] {
        let mut sent = file().in_ggk0310(CONTENT).named(name);
        sent.number = format!("older{name}");
        stored(&sent.to(&door).await);
        assert_eq!(told(&door), "IB001", "{name}");
    }
}

#[tokio::test]
async fn nobody_looks_into_a_file_and_it_books_nothing() {
    let mut world = World::new();
    let lines = format!("{}{}", judged(ZORG_A), whole(GEMEENTE_A));
    world.register = register(&format!("{PARTIES}{FILES}{lines}"));
    let door = Door::above(world);
    let allocation = given("T1");
    for (at, content) in [&allocation[..], b"<a", b"PK\x03\x04"]
        .into_iter()
        .enumerate()
    {
        let mut sent = Sent::file(FUNCTIE, NAME, content);
        sent.number = format!("{at}c0f7b90-5c69-41e5-a837-0800200c9a66");
        stored(&sent.to(&door).await);
    }
    let taken = page(&door, "zorg-a").await.messages;
    assert_eq!(taken.len(), 3);
    for message in &taken {
        assert_eq!((message.mode.as_str(), message.marks.len()), ("carry", 0));
        assert_eq!(message.state, "waiting", "nobody answers it");
    }
    // What was in it was not sent by that.
    let mut sent = Sent::di01(&allocation);
    sent.number = OTHER.to_owned();
    stored(&sent.to(&door).await);
    let events = door.world.events();
    let taken = |event: &Event| matches!(event, Event::Received(taken) if taken.kind.soort == 301);
    let returned = |event: &Event| matches!(event, Event::Returned(_));
    assert!(events.iter().any(taken) && !events.iter().any(returned));
    assert!(door.world.is_sound());
}

#[tokio::test]
async fn by_a_mandate_that_names_the_functie_another_sends_and_reads() {
    let mut world = World::new();
    let mandate = |code: &str, direction: &str| {
        format!(
            "[[mandate]]\nparty = \"softwarehuis\"\nfor = \"{code}\"\ndirection = \"{direction}\"\nfuncties = [\"{FUNCTIE}\"]\nfrom = 2026-01-01\n"
        )
    };
    let mandates = [mandate(GEMEENTE_A, "submit"), mandate(ZORG_A, "receive")].concat();
    world.register = register(&format!("{PARTIES}{FILES}{mandates}"));
    let door = Door::above(world);
    stored(&send(&door, "softwarehuis", &soap(&file().element())).await);
    let mut list = Sent::file("LIJST", NAME, CONTENT);
    list.number = OTHER.to_owned();
    stored(&list.to(&door).await);
    assert_eq!(waiting(&door, "zorg-a", "").await.len(), 2);
    let [message] = &page(&door, "softwarehuis").await.messages[..] else {
        panic!("only what his mandate names")
    };
    let path = format!("/v1/postvak/{}", message.id);
    let fetched = door.get("softwarehuis", &format!("{path}/inhoud")).await;
    assert_eq!(fetched.body, CONTENT);
    assert_eq!(door.delete("softwarehuis", &path).await.status, 204);
    let known: serde_json::Value = door.get("softwarehuis", "/v1/partij").await.json();
    let named = known["mandates"].as_array().expect("mandates").iter();
    let named = named.filter(|mandate| mandate["functies"] == serde_json::json!([FUNCTIE]));
    assert_eq!(named.count(), 2, "{known}");
    // What was wrong with it is told to whom it was sent for, as with a message.
    let mut refused = file();
    refused.number = "d2a9f182-bc44-4f27-9863-9a5ccc1e1cf0".to_owned();
    refused.to = ZORG_B.to_owned();
    stored(&send(&door, "softwarehuis", &soap(&refused.element())).await);
    let Some(Event::Returned(returned)) = door.world.events().pop() else {
        panic!("nothing is to be told")
    };
    assert_eq!(returned.tell.as_deref(), Some(GEMEENTE_A));
}

#[tokio::test]
async fn an_answer_joins_the_thread_of_what_it_answers_and_a_refusal_ends_it() {
    let door = allowed(World::new());
    let to_b = |functie: &str, number: &str| Sent {
        to: GEMEENTE_B.to_owned(),
        number: number.to_owned(),
        ..Sent::file(functie, NAME, CONTENT)
    };
    stored(&to_b("LIJST", NUMBER).to(&door).await);
    let mut answer = Sent {
        from: GEMEENTE_B.to_owned(),
        to: GEMEENTE_A.to_owned(),
        ..Sent::du01("LIJST", NUMBER, CONTENT)
    };
    answer.bericht = file().bericht;
    stored(&send(&door, "gemeente-b", &soap(&answer.element())).await);
    let (asked, answered) = (
        page(&door, "gemeente-b").await,
        page(&door, "gemeente-a").await,
    );
    assert_eq!(asked.messages[0].thread, answered.messages[0].thread);
    let refusing = "c1a9f182-bc44-4f27-9863-9a5ccc1e1cf0";
    stored(&to_b(FUNCTIE, refusing).to(&door).await);
    let id = page(&door, "gemeente-b").await.messages[1].id.clone();
    let refusal = soap(&fo01("1", refusing, "StUF055"))
        .replace(GEMEENTE_A, GEMEENTE_B)
        .replace(ZORG_A, GEMEENTE_A);
    stored(&send(&door, "gemeente-b", &refusal).await);
    let id = id.parse().expect("an id");
    let state = door.world.seen("gemeente-a", id).await.state;
    assert_eq!(state.code(), "rejected");
    assert!(door.world.is_sound());
}

#[tokio::test]
async fn its_content_and_its_name_go_a_day_after_it_is_acknowledged_or_unread_after_its_term() {
    on_both_stores(async |world| {
        let door = allowed(world);
        stored(&file().to(&door).await);
        let mut second = Sent::file(FUNCTIE, NAME, b"second");
        second.number = OTHER.to_owned();
        stored(&second.to(&door).await);
        let [first, unread] = &waiting(&door, "zorg-a", "").await[..] else {
            panic!("two wait")
        };
        let path = |id: &str| format!("/v1/postvak/{id}/inhoud");
        door.delete("zorg-a", &format!("/v1/postvak/{first}")).await;
        let sweep = async |hours: i64| {
            door.world.clock.advance(SignedDuration::from_hours(hours));
            let retention = door.world.retention(RetentionSettings::default());
            let now = knooppunt::clock::Clock::now(&door.world.clock);
            retention.sweep(now).await.expect("swept")
        };
        sweep(23).await;
        assert_eq!(door.get("zorg-a", &path(first)).await.status, 200);
        sweep(2).await;
        assert_eq!(door.get("zorg-a", &path(first)).await.status, 410);
        assert_eq!(door.get("zorg-a", &path(unread)).await.status, 200);
        sweep(24 * 60).await;
        assert_eq!(door.get("zorg-a", &path(unread)).await.status, 410);
        let id = unread.parse().expect("an id");
        assert_eq!(door.world.seen("gemeente-a", id).await.state.code(), "dead");
        stored(&file().to(&door).await);
        assert!(waiting(&door, "zorg-a", "").await.is_empty(), "a repeat");
        for record in door.world.records() {
            let event = String::from_utf8_lossy(&record.event).into_owned();
            assert!(!event.contains("Overzicht"), "a name may tell of a person");
        }
        assert!(door.world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn the_largest_envelope_holds_a_file_and_one_byte_more_is_not_read() {
    let door = allowed(World::new());
    let most = 26_214_400;
    let around = soap(&Sent::file(FUNCTIE, NAME, b"").element()).len();
    let content = vec![b'x'; (most - around) / 4 * 3];
    let sent = |content: &[u8], more: usize| {
        let message = soap(&Sent::file(FUNCTIE, NAME, content).element());
        let blanks = " ".repeat(most + more - message.len());
        message.replacen("</GGK:tekst", &format!("{blanks}</GGK:tekst"), 1)
    };
    let reply = send(&door, "gemeente-a", &sent(&content, 1)).await;
    assert_eq!(reply.status.as_u16(), 413);
    stored(&send(&door, "gemeente-a", &sent(&content, 0)).await);
    let [message] = &page(&door, "zorg-a").await.messages[..] else {
        panic!("one waits")
    };
    assert_eq!(message.bytes, content.len() as u64);
    assert_eq!(door.api.budget.in_flight_bytes(), 0);
}
