//! Refusals that come after the confirmation: ours as what is still to be told to the sender, and a receiver's own Fo01.

use bytes::Bytes;
use knooppunt::api::berichten::StatusBody;
use knooppunt::api::weigeringen::WeigeringenBody;
use knooppunt::clock::ManualClock;
use knooppunt::envelope::tables::{Condition, Generation};
use knooppunt::intake::RefusalReason;
use knooppunt::ledger::Event;

use super::{NUMBER, OTHER, Sent, fo01, given, refused, send, soap, stored};
use crate::door::{Door, waiting};
use crate::world::{GEMEENTE_A, GEMEENTE_B, Store, World, ZORG_A, message, register, time};

fn replaced(body: &Bytes, from: &str, to: &str) -> Bytes {
    let text = std::str::from_utf8(body).expect("text");
    assert!(text.contains(from), "{from}");
    text.replace(from, to).into()
}

/// The conditions of what is to be told, in the order in which it came, with whom to tell.
fn told(world: &World) -> Vec<(Condition, Option<String>)> {
    let events = world.events().into_iter();
    events
        .filter_map(|event| {
            if let Event::Returned(returned) = event {
                let condition = RefusalReason::condition_of(&returned.reason);
                Some((condition.expect("a condition"), returned.tell))
            } else {
                None
            }
        })
        .collect()
}

#[tokio::test]
async fn every_reason_that_shows_in_the_content_is_confirmed_and_then_told_with_its_code() {
    let mut door = Door::new();
    let world_register = "[[party]]\nid = \"gemeente-a\"\nname = \"A\"\ncode = [{ kind = \"gemeentecode\", code = \"0289\" }]\n";
    let send_as = async |door: &Door, number: usize, change: &dyn Fn(&mut Sent), body: &[u8]| {
        let mut sent = Sent::di01(body);
        sent.number = format!("{number}c0f7b90-5c69-41e5-a837-0800200c9a66");
        change(&mut sent);
        stored(&sent.to(door).await);
        let Some((condition, tell)) = told(&door.world).pop() else {
            panic!("nothing is to be told")
        };
        assert_eq!(tell.as_deref(), Some(GEMEENTE_A));
        condition.fo01(Generation::Current, false)
    };
    let body = given("T1");
    let keep: &dyn Fn(&mut Sent) = &|_| ();
    let not_xml = &b"<a"[..];
    assert_eq!(send_as(&door, 0, keep, not_xml).await, Some("IB014"));
    let wrong = replaced(&body, "2026", "20x6");
    assert_eq!(send_as(&door, 1, keep, &wrong).await, Some("IB014"));
    let unknown = replaced(&body, "jw301", "jw399");
    assert_eq!(send_as(&door, 2, keep, &unknown).await, Some("IB004"));
    let other: &dyn Fn(&mut Sent) = &|sent| sent.to = "98980002".to_owned();
    assert_eq!(send_as(&door, 3, other, &body).await, Some("IB010"));
    let kind: &dyn Fn(&mut Sent) = &|sent| sent.functie = "JW319".to_owned();
    assert_eq!(send_as(&door, 4, kind, &body).await, Some("IB007"));
    let no_base64: &dyn Fn(&mut Sent) =
        &|sent| sent.bericht = "<GGK:xmlBestand>*</GGK:xmlBestand>".to_owned();
    assert_eq!(send_as(&door, 5, no_base64, &body).await, Some("IB001"));
    stored(&Sent::di01(&body).to(&door).await);
    assert_eq!(
        send_as(&door, 6, keep, &body).await,
        Some("IB016"),
        "the same under another number"
    );
    let again = replaced(&body, ">999900420<", ">999900432<");
    assert_eq!(
        send_as(&door, 7, keep, &again).await,
        Some("IB016"),
        "another under the same identification"
    );
    door.world.register = register(world_register);
    let third = given("T3");
    assert_eq!(
        send_as(&door, 8, keep, &third).await,
        Some("IB010"),
        "nobody has the code of the receiver any more"
    );
}

#[tokio::test]
async fn a_release_that_is_not_taken_on_the_day_is_confirmed_and_then_told() {
    let clock = ManualClock::at(time("2015-03-01T09:00:00Z"));
    let door = Door::above(World::at(Store::memory(), clock));
    stored(&Sent::di01(&given("T1")).to(&door).await);
    let [(condition, _)] = told(&door.world)[..] else {
        panic!("one is expected")
    };
    assert_eq!(condition.fo01(Generation::Current, true), Some("IB023"));
}

#[tokio::test]
async fn who_has_no_endpoint_reads_what_was_refused_until_he_says_that_he_knows() {
    let door = Door::new();
    let wrong = replaced(&given("T1"), "2026", "20x6");
    stored(&Sent::di01(&wrong).to(&door).await);
    let list = async |party: &str| {
        let reply = door.get(party, "/v1/weigeringen").await;
        reply.json::<WeigeringenBody>().refused
    };
    let [refused] = &list("gemeente-a").await[..] else {
        panic!("one is expected")
    };
    assert_eq!(refused.number.as_deref(), Some(NUMBER));
    assert_eq!(refused.code.as_deref(), Some("IB014"));
    assert_eq!(refused.reason, "level-1");
    let [melding, ..] = &refused.meldingen[..] else {
        panic!("what is wrong is told")
    };
    assert!(melding.path.starts_with("/Bericht/") && !melding.text.contains("20x6"));
    for other in ["gemeente-b", "zorg-a"] {
        assert!(list(other).await.is_empty());
        let path = format!("/v1/weigeringen/{}", refused.id);
        assert_eq!(door.delete(other, &path).await.status, 404);
    }
    let path = format!("/v1/weigeringen/{}", refused.id);
    for _ in 0..2 {
        assert_eq!(door.delete("gemeente-a", &path).await.status, 204);
    }
    assert!(list("gemeente-a").await.is_empty());
    let events = door.world.events();
    let told = events
        .iter()
        .filter(|event| matches!(event, Event::Told(_)));
    assert_eq!(told.count(), 1, "once is enough");
}

#[tokio::test]
async fn the_code_is_of_the_list_that_is_set_as_it_is_in_a_fo01() {
    for (codes, form, kind) in [
        (Generation::Current, "IB014", "IB007"),
        (Generation::Of2018, "CC02", "IB234"),
    ] {
        let door = Door::telling(codes);
        let wrong = replaced(&given("T1"), "2026", "20x6");
        stored(&Sent::di01(&wrong).to(&door).await);
        let mut other = Sent::di01(&given("T2"));
        (other.number, other.functie) = (OTHER.to_owned(), "JW319".to_owned());
        stored(&other.to(&door).await);
        let reply = door.get("gemeente-a", "/v1/weigeringen").await;
        let told = reply.json::<WeigeringenBody>().refused;
        let told: Vec<_> = told.iter().filter_map(|of| of.code.as_deref()).collect();
        assert_eq!(told, [form, kind]);
    }
}

#[tokio::test]
async fn who_sends_for_another_is_told_himself_and_not_the_other() {
    let door = Door::new();
    let sent = Sent::di01(&given("T1"));
    stored(&send(&door, "gemeente-b", &soap(&sent.element())).await);
    let told = told(&door.world);
    assert_eq!(
        told,
        [(Condition::SenderNotOwn, Some("gemeente-b".to_owned()))]
    );
    assert_ne!(GEMEENTE_B, GEMEENTE_A);
}

#[tokio::test]
async fn a_refusal_by_the_receiver_ends_the_message_for_both_and_joins_its_thread() {
    let door = Door::new();
    let start = message("JW305", GEMEENTE_A, ZORG_A, "S1");
    let id = door.world.taken("zorg-a", &start).await.id;
    let number = knooppunt::envelope::mapping::ggk_number(id, None);
    assert_eq!(waiting(&door, "gemeente-a", "").await.len(), 1);
    let refusal = soap(&fo01(OTHER, &number, "StUF055"));
    let first = send(&door, "gemeente-a", &refusal).await;
    assert_eq!(stored(&first), OTHER);
    let state = door.world.seen("zorg-a", id).await.state;
    assert_eq!(state.code(), "rejected", "whoever sent it sees so");
    let status: StatusBody = door
        .get("zorg-a", &format!("/v1/berichten/{id}"))
        .await
        .json();
    let last = status.timeline.last().map(|moment| moment.event.as_str());
    assert_eq!(last, Some("rejected"));
    assert_eq!(status.message.answer_by, None, "nothing is owed any more");
    assert!(waiting(&door, "gemeente-a", "").await.is_empty());
    let records = door.world.records().len();
    assert_eq!(send(&door, "gemeente-a", &refusal).await.body, first.body);
    assert_eq!(door.world.records().len(), records);
    let other = soap(&fo01(OTHER, &number, "IB014"));
    assert_eq!(refused(&send(&door, "gemeente-a", &other).await), "StUF016");
    assert!(door.world.is_sound());
    for record in door.world.records() {
        let event = String::from_utf8_lossy(&record.event).into_owned();
        assert!(!event.contains("Zonneveld"), "what he wrote is content");
    }
}

#[tokio::test]
async fn a_refusal_of_what_is_not_there_or_not_his_is_stuf043() {
    let door = Door::new();
    let start = message("JW305", GEMEENTE_B, ZORG_A, "S1");
    let id = door.world.taken("zorg-a", &start).await.id;
    let number = knooppunt::envelope::mapping::ggk_number(id, None);
    for about in [NUMBER, "1", &number] {
        let refusal = soap(&fo01(OTHER, about, "StUF055"));
        let reply = send(&door, "gemeente-a", &refusal).await;
        assert_eq!(refused(&reply), "StUF043", "{about}");
    }
}
