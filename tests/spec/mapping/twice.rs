//! A national code that a municipality allocates itself while its provider has the same code already, as what another product of the client became: it must cross
//! as it is, and then it stands there twice. Both sides are told so, and why.

use bytes::Bytes;
use knooppunt::api::berichten::{StatusBody, TakenBody};
use knooppunt::api::finding::NotTranslatedBody;
use knooppunt::ledger::Mark;
use knooppunt::register::Mode;

use super::whole::with_second;
use super::{AGREED, ROWS, accepting, changed, crosses, translating, with};
use crate::door::Door;
use crate::judge::JUDGED;
use crate::modes::MANDATE;
use crate::world::{World, on_both_stores};

const DOWN: [&str; 2] = ["gemeente-a", "zorg-a"];
const UP: [&str; 2] = ["zorg-a", "gemeente-a"];
/// Own 45X48 is national 45A48.
const ALIKE: [&str; 2] = ["jw 45 45X48 - exact 45A48 - - 2020-01-01", ROWS[1]];
const REQUEST: (&str, &str) = (
    "<jw301:ReferentieAanbieder>VOT-2025-0001</jw301:ReferentieAanbieder>",
    "",
);

/// An allocation of a code under a number, as its provider gets it when this is another code.
fn of(id: &str, codes: [&str; 2], nummer: &str) -> [Bytes; 2] {
    codes.map(|code| {
        let changes = [
            (">45A04<", format!(">{code}<")),
            (">260001<", format!(">{nummer}<")),
        ];
        let changes = changes.each_ref().map(|(from, to)| (*from, to.as_str()));
        changed(&with("JW301", id, &changes), &[REQUEST])
    })
}

fn is_twice(told: &[NotTranslatedBody], number: usize) {
    let [told] = told else {
        panic!("one product: {told:?}")
    };
    assert_eq!(told.reason, "stands-twice");
    let path = format!("/Bericht/Client/ToegewezenProducten/ToegewezenProduct[{number}]");
    assert_eq!(told.path.as_deref(), Some(path.as_str()));
    assert!(told.text.contains("al"), "{}", told.text);
    assert!(!told.remedy.is_empty());
}

#[tokio::test]
async fn a_national_code_that_its_provider_has_as_a_translation_crosses_and_both_are_told_that_it_stands_twice()
 {
    on_both_stores(async |world: World| {
        let world = translating(world, AGREED, &ALIKE);
        let [own, given] = of("T1", ["45X48", "45A48"], "260001");
        crosses(&world, DOWN, [&own, &given]).await;
        let [national, _] = of("T2", ["45A48"; 2], "260002");
        let door = Door::above(world);
        let reply = door.hand_in("gemeente-a", national.clone()).await;
        let taken: TakenBody = reply.json();
        assert_eq!(taken.message.marks, ["stands-twice"]);
        is_twice(&taken.findings.not_translated, 1);
        let path = format!("/v1/berichten/{}", taken.message.id);
        for party in DOWN {
            let status: StatusBody = door.get(party, &path).await.json();
            assert_eq!(status.message.marks, ["stands-twice"]);
            is_twice(&status.findings.not_translated, 1);
        }
        let world = door.into_world();
        // What follows on either is about that one.
        for (id, nummer, own) in [("S1", "260001", "45X48"), ("S2", "260002", "45A48")] {
            let changes = [(">260001<", format!(">{nummer}<"))];
            let changes = changes.each_ref().map(|(from, to)| (*from, to.as_str()));
            let sent = with(
                "JW305",
                id,
                &[&changes[..], &[(">45A04<", ">45A48<")]].concat(),
            );
            let own = changed(&sent, &[(">45A48<", &format!(">{own}<"))]);
            let taken = crosses(&world, UP, [&sent, &own]).await;
            assert_eq!(taken.marks, []);
        }
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn what_stands_beside_it_in_its_message_is_translated() {
    let world = translating(World::new(), AGREED, &ALIKE);
    let [own, given] = of("T1", ["45X48", "45A48"], "260001");
    crosses(&world, DOWN, [&own, &given]).await;
    let number = |body: &Bytes| {
        changed(
            body,
            &[(">260002<", ">260003<"), (">260001<", ">260002<"), REQUEST],
        )
    };
    let sent = number(&with_second("T2", "45A48", "45X53"));
    let given = changed(&sent, &[(">45X53<", ">45A53<")]);
    let taken = crosses(&world, DOWN, [&sent, &given]).await;
    assert_eq!(taken.marks, [Mark::StandsTwice]);
    let caller = world.caller("zorg-a");
    let found = world.mailbox.found(&caller, taken.id, 10).await;
    let told: Vec<NotTranslatedBody> = found
        .expect("found")
        .not_translated
        .iter()
        .map(Into::into)
        .collect();
    is_twice(&told, 1);
}

#[tokio::test]
async fn beside_one_that_would_become_the_same_the_message_stays_and_each_is_told_its_own_reason() {
    let rows = [ALIKE[0], "jw 45 45X49 - exact 45A48 - - 2020-01-01"];
    let world = translating(World::new(), AGREED, &rows);
    let [own, given] = of("T1", ["45X48", "45A48"], "260001");
    crosses(&world, DOWN, [&own, &given]).await;
    let sent = with_second("T2", "45A48", "45X49");
    let sent = changed(
        &sent,
        &[(">260002<", ">260003<"), (">260001<", ">260002<"), REQUEST],
    );
    let taken = crosses(&world, DOWN, [&sent, &sent]).await;
    assert_eq!(taken.marks, [Mark::NotTranslated, Mark::StandsTwice]);
    let caller = world.caller("zorg-a");
    let found = world.mailbox.found(&caller, taken.id, 10).await;
    let told = found.expect("found").not_translated;
    let reasons: Vec<&str> = told.iter().map(|left| left.reason.as_str()).collect();
    assert_eq!(reasons, ["stands-twice", "collapse"]);
}

#[tokio::test]
async fn whether_he_takes_it_he_says_himself_for_whom_the_gateway_judges() {
    let lines = format!("{MANDATE}{JUDGED}{AGREED}");
    let world = translating(World::new(), &lines, &ALIKE);
    let [own, given] = of("T1", ["45X48", "45A48"], "260001");
    crosses(&world, DOWN, [&own, &given]).await;
    let [national, _] = of("T2", ["45A48"; 2], "260002");
    let taken = crosses(&world, DOWN, [&national, &national]).await;
    assert_eq!(
        (taken.mode, &taken.marks[..]),
        (Mode::Guard, &[Mark::StandsTwice][..])
    );
    assert_eq!(world.answer_made("gemeente-a", &taken).await, None);
}

#[tokio::test]
async fn in_other_days_of_another_client_or_by_the_municipalitys_own_doing_nothing_is_told() {
    let world = translating(World::new(), AGREED, &ALIKE);
    let [own, given] = of("T1", ["45X48", "45A48"], "260001");
    crosses(&world, DOWN, [&own, &given]).await;
    world.taken("zorg-a", &accepting(&given, "R1")).await;
    let [national, _] = of("T2", ["45A48"; 2], "260002");
    let later = changed(
        &national,
        &[
            ("Ingangsdatum>2026-02-01<", "Ingangsdatum>2027-01-01<"),
            (">2026-12-31<", ">2027-12-31<"),
        ],
    );
    let other = changed(
        &national,
        &[
            (">999900420<", ">999900018<"),
            (">T2<", ">T3<"),
            (">260002<", ">260003<"),
        ],
    );
    for sent in [later, other] {
        let taken = crosses(&world, DOWN, [&sent, &sent]).await;
        assert_eq!(taken.marks, []);
    }
    // Twice in its own words.
    let world = translating(World::new(), AGREED, &ALIKE);
    for (id, nummer) in [("T1", "260001"), ("T2", "260002")] {
        let [national, _] = of(id, ["45A48"; 2], nummer);
        let taken = crosses(&world, DOWN, [&national, &national]).await;
        assert_eq!(taken.marks, []);
    }
}
