//! What both sides are told of a message that could not be translated: which product it was, where it stands, why, and what can be done.

use axum::http::StatusCode;
use knooppunt::api::berichten::{StatusBody, TakenBody, TriedBody};
use knooppunt::api::finding::NotTranslatedBody;

use super::{AGREED, ROWS, allocation, changed, declaration, translating, with};
use crate::door::Door;
use crate::modes::MANDATE;
use crate::world::{World, on_both_stores};

/// A declaration of which the volume is no whole number of hours.
fn half() -> bytes::Bytes {
    let [canonical, _] = declaration("D1");
    let half = [("Volume>480<", "Volume>90<"), (">44640<", ">8370<")];
    changed(&canonical, &half)
}

fn is_half(told: &[NotTranslatedBody]) {
    let [told] = told else {
        panic!("one product: {told:?}")
    };
    assert_eq!(told.reason, "volume-not-whole");
    let path = "/Bericht/Declaratie/Clienten/Client[1]/Prestaties/Prestatie[1]";
    assert_eq!(told.path.as_deref(), Some(path));
    assert_eq!((told.line, told.column), (Some(33), Some(11)));
    assert!(told.text.contains("heel getal"), "{}", told.text);
    assert!(!told.remedy.is_empty());
}

#[tokio::test]
async fn who_sends_it_and_who_gets_it_are_told_why_at_once_and_later() {
    on_both_stores(async |world: World| {
        let world = translating(world, AGREED, &ROWS);
        let [own, _] = allocation("T1");
        world.taken("gemeente-a", &own).await;
        let door = Door::above(world);
        let reply = door
            .post("zorg-a", "/v1/berichten?proef=true", half())
            .await;
        let tried: TriedBody = reply.json();
        is_half(&tried.findings.not_translated);
        let reply = door.hand_in("zorg-a", half()).await;
        let taken: TakenBody = reply.json();
        is_half(&taken.findings.not_translated);
        assert_eq!(taken.message.marks, ["not-translated"]);
        let path = format!("/v1/berichten/{}", taken.message.id);
        for party in ["zorg-a", "gemeente-a"] {
            let reply = door.get(party, &path).await;
            let status: StatusBody = reply.json();
            is_half(&status.findings.not_translated);
        }
        let reply = door.get("zorg-b", &path).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND);
    })
    .await;
}

/// Its lines are not what it asks in all, so it is refused in the municipality's name and goes to nobody.
#[tokio::test]
async fn of_a_declaration_that_is_refused_at_once_the_reasons_are_told_later_too() {
    on_both_stores(async |world: World| {
        let world = translating(world, &format!("{MANDATE}{AGREED}"), &ROWS);
        let [own, _] = allocation("T1");
        world.taken("gemeente-a", &own).await;
        let door = Door::above(world);
        let wrong = [("TotaalBedrag>8370<", "TotaalBedrag>8371<")];
        let reply = door.hand_in("zorg-a", changed(&half(), &wrong)).await;
        let taken: TakenBody = reply.json();
        assert_eq!(taken.message.marks, ["not-translated", "refused"]);
        is_half(&taken.findings.not_translated);
        let path = format!("/v1/berichten/{}", taken.message.id);
        for party in ["zorg-a", "gemeente-a"] {
            let status: StatusBody = door.get(party, &path).await.json();
            is_half(&status.findings.not_translated);
        }
        let world = door.into_world();
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn of_a_message_that_is_translated_or_has_nothing_to_translate_nothing_is_told() {
    let door = Door::above(translating(World::new(), AGREED, &ROWS));
    let [own, _] = allocation("T1");
    let plain = with("JW301", "T2", &[(">260001<", ">260002<")]);
    for body in [own, plain] {
        let reply = door.hand_in("gemeente-a", body).await;
        let said = super::text(&reply.body);
        assert!(!said.contains("not_translated"), "{said}");
    }
}

/// Lines are those of the sender's bytes and of the other form alike: only values between tags differ.
#[tokio::test]
async fn a_finding_stands_on_the_same_line_of_both_forms() {
    let world = translating(World::new(), AGREED, &ROWS);
    let [own, _] = allocation("T1");
    world.taken("gemeente-a", &own).await;
    let [canonical, _] = declaration("D1");
    // A day that is to come: advice of a rule on the declaration, before the products, and one on a line.
    let late = changed(
        &canonical,
        &[(
            "DeclaratieDagtekening>2026-03-03<",
            "DeclaratieDagtekening>2036-03-03<",
        )],
    );
    let taken = world.taken("zorg-a", &late).await;
    assert!(taken.mapped.is_some());
    let given = super::fetched(&world, "gemeente-a", taken.id).await;
    let mut seen = Vec::new();
    for (party, form) in [("zorg-a", &late), ("gemeente-a", &given)] {
        let found = world.found(party, taken.id).await.list;
        assert!(!found.is_empty());
        for finding in &found {
            let name = finding.path.rsplit('/').next().expect("a name");
            let name = name.split('[').next().expect("without index");
            let line = super::text(form).lines().nth(finding.line as usize - 1);
            let line = line.expect("a line");
            assert!(
                line.contains(&format!(":{name}>")),
                "{} {line}",
                finding.path
            );
        }
        seen.push(found);
    }
    assert_eq!(seen[0], seen[1]);
}
