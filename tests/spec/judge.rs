//! Judging in the receiver's name: what is answered at once, what is not forwarded, what it does to the past, and what a receiver's own answer makes of
//! what waited for it.

use std::path::Path;
use std::sync::Arc;

use axum::http::StatusCode;
use bytes::Bytes;
use jiff::SignedDuration;
use knooppunt::api::berichten::{StatusBody, TakenBody};
use knooppunt::api::bevindingen::FindingsPageBody;
use knooppunt::clock::Clock as _;
use knooppunt::intake::{Advice, Outcome};
use knooppunt::ledger::{Event, Mark, Message, MessageId};
use knooppunt::mailbox::{Content, MailboxError};
use knooppunt::receipt::Statement;
use knooppunt::register::Mode;
use knooppunt::retention::RetentionSettings;
use knooppunt::store::{Memory, PartKind};
use knooppunt::terms::{Standing, TermSettings, Terms};
use knooppunt_proof::Hash;
use knooppunt_standard::rules::Weight;
use knooppunt_standard::{Finding, Findings, Limits};
use tokio::task::JoinSet;

use crate::damage::flip;
use crate::door::{Door, is};
use crate::modes::MANDATE;
use crate::world::{
    GEMEENTE_A, GEMEENTE_B, PARTIES, RELEASES, Store, World, ZORG_A, ZORG_B, answer, judged,
    message, on_both_stores, register, whole,
};

/// Both parties leave judging to the gateway, and the past between them is whole.
pub(crate) const JUDGED: &str = r#"
[[mandate]]
for = "98980001"
direction = "answer"
laws = ["jw"]
from = 2026-01-01

[[mode]]
for = "0289"
mode = "judge"
laws = ["jw"]

[[mode]]
for = "98980001"
mode = "judge"
laws = ["jw"]

[[history]]
gemeente = "0289"
laws = ["jw"]
since = 2015-01-01
"#;

impl World {
    pub(crate) fn with(mut self, more: &str) -> Self {
        self.register = register(&format!("{PARTIES}{more}"));
        self
    }

    /// The municipality leaves refusals of level 2 to the gateway.
    fn guarded(self) -> Self {
        self.with(MANDATE)
    }

    /// Everything is judged for both.
    pub(crate) fn judged(self) -> Self {
        self.with(&format!("{MANDATE}{JUDGED}"))
    }

    /// The municipality is judged for, the provider answers itself.
    pub(crate) fn mixed(self) -> Self {
        let own = JUDGED.split_once("[[mode]]").expect("modes").1;
        let (gemeente, rest) = own.split_once("[[mode]]").expect("two modes");
        let history = rest.split_once("[[history]]").expect("a history").1;
        self.with(&format!("{MANDATE}[[mode]]{gemeente}[[history]]{history}"))
    }

    pub(crate) async fn body(&self, party: &str, id: MessageId) -> String {
        match self.mailbox.body(&self.caller(party), id).await {
            Ok(Content::Whole { body, .. }) => String::from_utf8(body).expect("text"),
            other => panic!("no body but {other:?}"),
        }
    }

    pub(crate) async fn found(&self, party: &str, id: MessageId) -> Findings {
        let page = self
            .mailbox
            .findings(&self.caller(party), id, 0, usize::MAX)
            .await
            .expect("the findings");
        Findings {
            more: page.count - page.list.len() as u64,
            list: page.list,
        }
    }

    /// The only message that waits for a party.
    async fn only(&self, party: &str) -> Message {
        let page = self
            .list(party, knooppunt::mailbox::Filter::default())
            .await;
        let [message] = &page.messages[..] else {
            panic!("not one but {}", page.messages.len())
        };
        message.clone()
    }

    /// The answer that the gateway made to a message when it came: the record after it.
    pub(crate) async fn answer_made(&self, party: &str, of: &Message) -> Option<String> {
        let thread = self.mailbox.thread(&self.caller(party), of.id).await;
        let thread = thread.expect("a thread");
        let made = thread
            .iter()
            .filter(|message| message.marks == [Mark::MadeHere])
            .find(|message| {
                message.received >= of.received && message.position == of.position + 1
            })?;
        Some(self.body(party, made.id).await)
    }

    /// The codes in it.
    pub(crate) async fn verdict(&self, party: &str, of: &Message) -> Vec<String> {
        let made = self.answer_made(party, of).await;
        codes(&made.expect("an answer of ours"))
    }

    pub(crate) fn is_sound(&self) -> bool {
        let scratch = Memory::new();
        self.ledger
            .views_are_sound(&*scratch.views)
            .expect("replayed")
    }
}

/// Removes the views from the data folder of a store, so that a start makes them from the journal.
pub(crate) fn without_views(data: &Path) {
    let entries = std::fs::read_dir(data).expect("a data folder");
    let folders: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            let name = path.file_name().and_then(|name| name.to_str());
            name.is_some_and(|name| name.starts_with("views-"))
        })
        .collect();
    assert_eq!(folders.len(), 1, "the views are in one folder");
    for folder in folders {
        std::fs::remove_dir_all(folder).expect("removed");
    }
}

/// The return codes in an answer, in order.
pub(crate) fn codes(answer: &str) -> Vec<String> {
    answer
        .split("RetourCode>")
        .filter(|text| {
            text.len() >= 4 && text[..4].bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
        .map(|text| text[..4].to_owned())
        .collect()
}

pub(crate) fn with(body: &Bytes, from: &str, to: &str) -> Bytes {
    let text = std::str::from_utf8(body).expect("text");
    assert!(text.contains(from), "{from} is not there");
    text.replace(from, to).into()
}

pub(crate) fn start(id: &str) -> Bytes {
    message("JW305", GEMEENTE_A, ZORG_A, id)
}

/// A start that tells of a day after its Dagtekening: level 2 refuses it (TR134).
pub(crate) fn start_too_soon(id: &str) -> Bytes {
    with(
        &start(id),
        "Begindatum>2026-02-02<",
        "Begindatum>2026-02-20<",
    )
}

/// The allocation that the start is about, without a request before it.
pub(crate) fn allocation(id: &str) -> Bytes {
    with(
        &message("JW301", GEMEENTE_A, ZORG_A, id),
        "<jw301:ReferentieAanbieder>VOT-2025-0001</jw301:ReferentieAanbieder>",
        "",
    )
}

#[tokio::test]
async fn what_level_2_refuses_is_answered_at_once_in_the_receivers_name_and_not_forwarded() {
    on_both_stores(async |world: World| {
        let world = world.guarded();
        let body = start_too_soon("G1");
        let refused = world.taken("zorg-a", &body).await;
        assert_eq!(
            (refused.mode, &refused.marks[..]),
            (Mode::Guard, &[Mark::Refused][..])
        );
        assert!(refused.state.answered.is_some());

        let made = world.only("zorg-a").await;
        assert_eq!(made.marks, [Mark::MadeHere]);
        assert_eq!((made.kind.name(), made.thread), ("JW306", refused.thread));
        assert_eq!(
            (made.maker.as_str(), made.receiver.as_str()),
            (GEMEENTE_A, ZORG_A)
        );
        let answer = world.body("zorg-a", made.id).await;
        assert_eq!(codes(&answer), ["0001"]);
        let checked = RELEASES.check(answer.as_bytes(), &Limits::default());
        assert!(checked.findings.is_empty(), "{:?}", checked.findings);

        let copy = world.only("gemeente-a").await;
        assert_eq!(copy.marks, [Mark::MadeHere, Mark::Copy]);
        assert_eq!(world.body("gemeente-a", copy.id).await, answer);
        let hidden = world
            .mailbox
            .body(&world.caller("gemeente-a"), refused.id)
            .await;
        assert!(matches!(hidden, Err(MailboxError::NotFound)), "{hidden:?}");

        for party in ["zorg-a", "gemeente-a"] {
            let found = world.found(party, refused.id).await;
            let rules: Vec<_> = found.list.iter().map(|f| (f.rule, f.weight)).collect();
            assert_eq!(rules, [("TR134", Weight::Refuses)]);
            assert!(found.list[0].path.ends_with("StartProduct[1]/Begindatum"));
            assert!(found.list[0].remedy().is_some());
        }
        assert_eq!(
            Statement::of(&refused, None, &Hash::EMPTY_ROOT)
                .expect("a statement")
                .verdict,
            "refused"
        );
        let events = world.events();
        let counts = match &events[..] {
            [
                Event::Received(received),
                Event::Received(_),
                Event::Received(_),
            ] => &received.counts,
            other => panic!("{} records", other.len()),
        };
        assert_eq!(
            counts.iter().collect::<Vec<_>>(),
            [(&"0001".to_owned(), &1)]
        );

        let Outcome::Repeat(again) = world.hand_in("zorg-a", &body).await else {
            panic!("not a repeat")
        };
        assert_eq!((again.id, again.marks), (refused.id, refused.marks));
        assert_eq!(world.events().len(), 3, "a repeat leaves no record");
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn under_guard_what_level_2_has_nothing_against_goes_to_its_receiver() {
    let world = World::new().guarded();
    let passed = world.taken("zorg-a", &start("G2")).await;
    assert_eq!((passed.mode, passed.marks), (Mode::Guard, Vec::new()));
    assert_eq!(world.only("gemeente-a").await.id, passed.id);
    assert!(world.waiting("zorg-a").await.is_empty());
}

#[tokio::test]
async fn under_carry_the_same_is_advice_to_both_sides_and_the_receiver_answers() {
    on_both_stores(async |world: World| {
        let carried = world.taken("zorg-a", &start_too_soon("C1")).await;
        assert_eq!((carried.mode, &carried.marks[..]), (Mode::Carry, &[][..]));
        assert_eq!(world.only("gemeente-a").await.id, carried.id);
        for party in ["zorg-a", "gemeente-a"] {
            let found = world.found(party, carried.id).await;
            assert_eq!(found.list.len(), 1);
            assert_eq!(
                (found.list[0].rule, found.list[0].weight),
                ("TR134", Weight::Advises)
            );
        }
        let stranger = world
            .mailbox
            .findings(&world.caller("zorg-b"), carried.id, 0, 10)
            .await;
        assert!(matches!(stranger, Err(MailboxError::NotFound)));
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn a_dry_run_says_that_it_would_be_refused_and_leaves_one_fact() {
    let world = World::new().guarded();
    let body = start_too_soon("P1");
    let tried = world.intake.dry_run(&world.caller("zorg-a"), body).await;
    let Ok(Advice::WouldAccept {
        mode, marks, found, ..
    }) = tried
    else {
        panic!("{tried:?}")
    };
    assert_eq!((mode, &marks[..]), (Mode::Guard, &[Mark::Refused][..]));
    assert_eq!(found.first[0].rule, "TR134");
    let [Event::DryRun(tried)] = &world.events()[..] else {
        panic!("one fact")
    };
    assert_eq!(tried.verdict, "refused");
    assert!(world.waiting("zorg-a").await.is_empty());
}

#[tokio::test]
async fn content_of_a_refused_message_goes_when_its_answer_is_acknowledged_and_it_is_never_a_dead_letter()
 {
    on_both_stores(async |world: World| {
        let world = world.guarded();
        let refused = world.taken("zorg-a", &start_too_soon("R1")).await;
        let made = world.only("zorg-a").await;
        let retention = world.retention(RetentionSettings::default());
        world.acknowledge("zorg-a", made.id).await;
        world.clock.advance(SignedDuration::from_hours(25));
        let swept = retention.sweep(world.clock.now()).await.expect("erased");
        assert_eq!(
            (swept.erased, swept.dead),
            (2, 0),
            "the message and its answer"
        );
        let second = world.taken("zorg-a", &start_too_soon("R2")).await;
        world.clock.advance(SignedDuration::from_hours(24 * 61));
        retention.sweep(world.clock.now()).await.expect("erased");
        let state = |id| {
            let world = &world;
            async move {
                let message = world.mailbox.message(&world.caller("zorg-a"), id).await;
                message.expect("the message").state
            }
        };
        assert!(state(refused.id).await.erased.is_some());
        assert!(state(second.id).await.erased.is_some());
        assert_eq!(state(second.id).await.dead, None, "it stood in no mailbox");
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn under_judge_every_message_is_answered_at_once_in_the_light_of_those_before_it() {
    on_both_stores(async |world: World| {
        let world = world.judged();
        let early = world.taken("zorg-a", &start("S1")).await;
        assert_eq!(early.marks, [Mark::Refused], "there is no allocation");
        assert!(
            world
                .verdict("zorg-a", &early)
                .await
                .contains(&"9019".to_owned())
        );

        let allocated = world.taken("gemeente-a", &allocation("T1")).await;
        assert!(
            allocated.marks.is_empty(),
            "{:?}",
            world.found("gemeente-a", allocated.id).await
        );
        assert_eq!(
            world.verdict("gemeente-a", &allocated).await,
            [""; 0],
            "accepted without a code"
        );

        let started = world.taken("zorg-a", &start("S2")).await;
        assert!(
            started.marks.is_empty(),
            "{:?}",
            world.found("zorg-a", started.id).await
        );
        assert!(started.state.answered.is_some());
        let again = world.taken("zorg-a", &start("S3")).await;
        assert_eq!(again.marks, [Mark::Refused], "a start is delivered once");
        let codes = world.verdict("zorg-a", &again).await;
        assert!(codes.contains(&"9074".to_owned()), "{codes:?}");
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn of_the_same_start_under_many_identifications_at_once_one_is_accepted() {
    on_both_stores(async |world: World| {
        let world = world.judged();
        world.taken("gemeente-a", &allocation("T1")).await;
        let (intake, caller) = (Arc::clone(&world.intake), world.caller("zorg-a"));
        let mut tasks = JoinSet::new();
        for number in 0..40 {
            let (intake, caller) = (Arc::clone(&intake), caller.clone());
            let body = start(&format!("M{number}"));
            tasks.spawn(async move { intake.accept(&caller, body).await });
        }
        let mut accepted = 0;
        while let Some(done) = tasks.join_next().await {
            let Outcome::Accepted(message, _) = done.expect("no panic").expect("done") else {
                panic!("every one is taken")
            };
            accepted += u32::from(!message.marks.contains(&Mark::Refused));
        }
        assert_eq!(accepted, 1);
        assert!(world.is_sound());
    })
    .await;
}

/// A declaration of all that the allocation has for February.
pub(crate) fn declaration(id: &str) -> Bytes {
    let body = message("JW323", GEMEENTE_A, ZORG_A, id);
    let body = with(&body, "DN260001", &format!("DN{id}"));
    with(&body, "P-2602-1", &format!("P-{id}"))
}

/// The municipality's own 325 for the declaration `D1`, as an answer to what `asked` names.
pub(crate) fn own_325(asked: &str, id: &str) -> Bytes {
    let own = answer("JW325", GEMEENTE_A, ZORG_A, asked, id);
    with(&own, ">DN260001<", ">DND1<")
}

/// With the allocation given, on the day of the declarations.
pub(crate) async fn allocated(world: World) -> World {
    let world = world.judged();
    let given = world.taken("gemeente-a", &allocation("T1")).await;
    assert!(given.marks.is_empty());
    world.clock.advance(SignedDuration::from_hours(24 * 5));
    world
}

#[tokio::test]
async fn a_declaration_is_answered_by_a_325_and_what_was_granted_is_not_granted_again() {
    on_both_stores(async |world: World| {
        let world = allocated(world).await;
        let granted = world.taken("zorg-a", &declaration("D1")).await;
        assert!(
            granted.marks.is_empty(),
            "{:?}",
            world.found("zorg-a", granted.id).await
        );
        assert_eq!(world.verdict("zorg-a", &granted).await, ["0200", "8001"]);
        let waiting = world.list("gemeente-a", knooppunt::mailbox::Filter::default());
        let kinds: Vec<_> = waiting
            .await
            .messages
            .iter()
            .map(|message| message.kind.label())
            .collect();
        assert_eq!(
            kinds,
            ["JW302", "JW323", "JW325"],
            "and a copy of the answer"
        );

        let again = world.taken("zorg-a", &declaration("D2")).await;
        assert!(again.marks.is_empty(), "it is processed");
        let codes = world.verdict("zorg-a", &again).await;
        assert!(codes.contains(&"9389".to_owned()), "{codes:?}");
        let found = world.found("gemeente-a", again.id).await;
        assert!(found.list.iter().any(|finding| finding.rule == "TR389"));
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn of_declarations_for_one_allocation_at_once_one_is_granted() {
    on_both_stores(async |world: World| {
        let world = allocated(world).await;
        let mut tasks = JoinSet::new();
        for number in 0..30 {
            let (intake, caller) = (Arc::clone(&world.intake), world.caller("zorg-a"));
            let body = declaration(&format!("C{number}"));
            tasks.spawn(async move { intake.accept(&caller, body).await });
        }
        let mut granted = 0;
        while let Some(done) = tasks.join_next().await {
            let Outcome::Accepted(message, _) = done.expect("no panic").expect("done") else {
                panic!("every one is taken")
            };
            let codes = world.verdict("zorg-a", &message).await;
            granted += u32::from(codes.contains(&"8001".to_owned()));
        }
        assert_eq!(granted, 1);
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn another_message_under_a_used_identification_is_answered_with_9056_and_its_repeat_is_one() {
    let world = World::new().judged();
    world.taken("gemeente-a", &allocation("T1")).await;
    let first = world.taken("zorg-a", &start("S1")).await;
    let other = with(&start("S1"), "Voornamen>Mila", "Voornamen>Noor");
    let second = world.taken("zorg-a", &other).await;
    assert_eq!(second.marks, [Mark::Refused]);
    let codes = world.verdict("zorg-a", &second).await;
    assert_eq!(codes, ["9056"]);
    for (body, message) in [(other, second), (start("S1"), first)] {
        let Outcome::Repeat(again) = world.hand_in("zorg-a", &body).await else {
            panic!("not a repeat")
        };
        assert_eq!(again.id, message.id, "each has its own first outcome");
    }
    assert!(world.is_sound());
}

#[tokio::test]
async fn an_identification_used_towards_one_receiver_is_answered_with_9056_by_every_other() {
    on_both_stores(async |world: World| {
        // Another municipality leaves judging to the gateway as well.
        let too = judged(GEMEENTE_B) + &whole(GEMEENTE_B);
        let world = world.with(&format!("{MANDATE}{JUDGED}{too}"));
        world.taken("zorg-a", &start("S1")).await;
        let body = message("JW305", GEMEENTE_B, ZORG_A, "S1");
        let second = world.taken("zorg-a", &body).await;
        assert_eq!(second.marks, [Mark::Refused]);
        assert_eq!(world.verdict("zorg-a", &second).await, ["9056"]);
        let Outcome::Repeat(again) = world.hand_in("zorg-a", &body).await else {
            panic!("not a repeat")
        };
        assert_eq!(again.id, second.id);
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn an_identification_used_before_is_answered_with_9056_whatever_waits() {
    on_both_stores(async |world: World| {
        let world = world.mixed();
        world.taken("gemeente-a", &allocation("T1")).await;
        let waits = world.taken("zorg-a", &start("S1")).await;
        assert_eq!(
            waits.marks,
            [Mark::Waits],
            "the allocation is not answered yet"
        );
        let other = with(&start("S1"), "Voornamen>Mila", "Voornamen>Noor");
        let second = world.taken("zorg-a", &other).await;
        assert_eq!(second.marks, [Mark::Refused]);
        assert_eq!(world.verdict("zorg-a", &second).await, ["9056"]);
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn what_waits_for_a_providers_own_answer_leaves_the_outcome_open_and_that_answer_settles_it()
{
    on_both_stores(async |world: World| {
        let world = world.mixed();
        let allocated = world.taken("gemeente-a", &allocation("T1")).await;
        assert_eq!(allocated.mode, Mode::Carry);
        let open = world.taken("zorg-a", &start("S1")).await;
        assert_eq!(open.marks, [Mark::Waits], "the allocation is not answered yet");
        assert!(world.waiting("gemeente-a").await.contains(&open.id), "its receiver answers");

        let accepts = answer("JW302", GEMEENTE_A, ZORG_A, "T1", "R1");
        world.taken("zorg-a", &accepts).await;
        world.clock.advance(SignedDuration::from_hours(1));
        let declines = answer("JW306", GEMEENTE_A, ZORG_A, "S1", "R2");
        let declines = with(
            &declines,
            "</jw306:XsdVersieRetour>",
            "</jw306:XsdVersieRetour><jw306:RetourCodes><jw306:RetourCode>0001</jw306:RetourCode></jw306:RetourCodes>",
        );
        let declined = world.taken("gemeente-a", &declines).await;
        assert!(declined.marks.is_empty());
        let started = world.taken("zorg-a", &start("S2")).await;
        assert!(started.marks.is_empty(), "the withdrawn start is gone: {:?}", world.found("zorg-a", started.id).await);
        assert!(started.state.answered.is_some(), "and the allocation stands");

        let second = answer("JW306", GEMEENTE_A, ZORG_A, "S2", "R3");
        let second = world.taken("gemeente-a", &second).await;
        assert_eq!(second.marks, [Mark::SecondAnswer], "reported, not applied");
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn nothing_is_refused_before_the_302_and_months_without_one_change_nothing() {
    on_both_stores(async |world: World| {
        let world = world.mixed();
        world.taken("gemeente-a", &allocation("T1")).await;
        for round in 1..=2 {
            world.clock.advance(SignedDuration::from_hours(24 * 130));
            let stop = message("JW307", GEMEENTE_A, ZORG_A, &format!("E{round}"));
            for (body, marks) in [
                (start(&format!("S{round}")), [Mark::Waits]),
                (stop, [Mark::Waits]),
                (declaration(&format!("D{round}")), [Mark::Held]),
            ] {
                let taken = world.taken("zorg-a", &body).await;
                assert_eq!(
                    taken.marks,
                    marks,
                    "{} {:?}",
                    taken.kind.name(),
                    world.found("zorg-a", taken.id).await
                );
            }
        }
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn a_mode_that_changes_in_the_middle_of_a_thread_is_that_of_the_next_one() {
    on_both_stores(async |world: World| {
        let world = world.mixed();
        world.taken("gemeente-a", &allocation("T1")).await;
        let world = world.judged();
        // The provider leaves judging to the gateway now, and still answers what came before.
        let open = world.taken("zorg-a", &start("S1")).await;
        assert_eq!(open.marks, [Mark::Waits]);
        let accepts = answer("JW302", GEMEENTE_A, ZORG_A, "T1", "R1");
        let accepts = world.taken("zorg-a", &accepts).await;
        assert_eq!((accepts.mode, &accepts.marks[..]), (Mode::Carry, &[][..]));
        let accepts = answer("JW306", GEMEENTE_A, ZORG_A, "S1", "R2");
        world.taken("gemeente-a", &accepts).await;
        let again = world.taken("zorg-a", &start("S2")).await;
        assert_eq!(
            again.marks,
            [Mark::Refused],
            "the start stands by both answers"
        );
        // And back: what is sent from now on is its provider's to answer again.
        let world = world.mixed();
        let next = world
            .taken("gemeente-a", &of_another(&allocation("T2")))
            .await;
        assert_eq!((next.mode, next.state.answered), (Mode::Carry, None));
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn an_allocation_that_the_provider_declines_is_no_allocation() {
    let world = World::new().mixed();
    world.taken("gemeente-a", &allocation("T1")).await;
    let declines = with(
        &answer("JW302", GEMEENTE_A, ZORG_A, "T1", "R1"),
        "</jw302:XsdVersieRetour>",
        "</jw302:XsdVersieRetour><jw302:RetourCodes><jw302:RetourCode>0001</jw302:RetourCode></jw302:RetourCodes>",
    );
    world.taken("zorg-a", &declines).await;
    let start = world.taken("zorg-a", &start("S1")).await;
    assert_eq!(start.marks, [Mark::Refused]);
    assert!(
        world
            .verdict("zorg-a", &start)
            .await
            .contains(&"9019".to_owned())
    );
}

#[tokio::test]
async fn nothing_is_refused_for_what_may_be_older_than_the_gateway() {
    let recent = JUDGED.replace("since = 2015-01-01", "since = 2026-01-01");
    let world = World::new().with(&format!("{MANDATE}{recent}"));
    let started = world.taken("zorg-a", &start("S1")).await;
    assert!(
        started.marks.is_empty(),
        "{:?}",
        world.found("zorg-a", started.id).await
    );
    let found = world.found("zorg-a", started.id).await;
    assert!(
        found
            .list
            .iter()
            .any(|f| f.rule == "TR019" && f.weight == Weight::NotAssessed)
    );
}

#[tokio::test]
async fn the_past_comes_back_from_the_journal_alone_also_with_every_payload_erased() {
    on_both_stores(async |world: World| {
        let world = world.judged();
        world.taken("gemeente-a", &allocation("T1")).await;
        world.taken("zorg-a", &start("S1")).await;
        world.clock.advance(SignedDuration::from_hours(24 * 61));
        let retention = world.retention(RetentionSettings::default());
        retention.sweep(world.clock.now()).await.expect("erased");
        assert!(world.is_sound());
        let mut world = world.again_after(without_views);
        world = world.judged();
        let again = with(
            &start("S2"),
            "Dagtekening>2026-02-03<",
            "Dagtekening>2026-04-30<",
        );
        let again = world.taken("zorg-a", &again).await;
        assert_eq!(again.marks, [Mark::Refused], "the start is remembered");
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn who_owes_an_answer_is_told_until_when_and_what_the_gateway_answered_is_owed_by_nobody() {
    on_both_stores(async |world: World| {
        let terms = Terms::new(Arc::clone(&world.ledger), TermSettings::default());
        let owed = async |party: &str| terms.of(&world.caller(party)).await.expect("the terms");
        // Sunday 1 March 2026: the third working day is Wednesday.
        let sent = world.taken("zorg-a", &start("S1")).await;
        let claim = message("JW323", GEMEENTE_A, ZORG_A, "D1");
        world.taken("zorg-a", &claim).await;
        let days: Vec<_> = owed("gemeente-a")
            .await
            .into_iter()
            .map(|open| {
                (
                    open.kind.name(),
                    open.last_day.expect("known").to_string(),
                    open.standing,
                )
            })
            .collect();
        assert_eq!(
            days,
            [
                ("JW305", "2026-03-04".to_owned(), Standing::Running),
                ("JW323", "2026-03-13".to_owned(), Standing::Running),
            ]
        );
        assert!(owed("zorg-a").await.is_empty() && owed("gemeente-b").await.is_empty());
        world.clock.advance(SignedDuration::from_hours(24 * 3));
        assert_eq!(owed("gemeente-a").await[0].standing, Standing::LastDay);
        world.clock.advance(SignedDuration::from_hours(24));
        assert_eq!(owed("gemeente-a").await[0].standing, Standing::Over);
        assert_eq!(owed("gemeente-a").await[0].message, sent.id);
        world
            .taken(
                "gemeente-a",
                &answer("JW306", GEMEENTE_A, ZORG_A, "S1", "R1"),
            )
            .await;
        assert_eq!(owed("gemeente-a").await.len(), 1, "the claim is left");

        let world = world.guarded();
        let terms = Terms::new(Arc::clone(&world.ledger), TermSettings::default());
        world.taken("zorg-a", &start_too_soon("S2")).await;
        let owed = terms
            .of(&world.caller("gemeente-a"))
            .await
            .expect("the terms");
        assert_eq!(owed.len(), 1, "what the gateway answered is owed by nobody");
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn what_one_scope_knows_is_told_in_no_other() {
    let world = World::new().judged();
    world.taken("gemeente-a", &allocation("T1")).await;
    // The same client and numbers, of another provider and towards another municipality: nobody there knows of an allocation.
    for (party, gemeente, aanbieder) in [
        ("zorg-b", GEMEENTE_A, ZORG_B),
        ("zorg-a", GEMEENTE_B, ZORG_A),
    ] {
        let body = message("JW305", gemeente, aanbieder, "S1");
        let tried = world.intake.dry_run(&world.caller(party), body).await;
        let Ok(Advice::WouldAccept { found, .. }) = tried else {
            panic!("{tried:?}")
        };
        let known = found.first.iter().filter(|finding| finding.rule == "TR019");
        assert_eq!(
            known.count(),
            1,
            "it is as if there were no allocation: {found:?}"
        );
    }
}

#[tokio::test]
async fn no_finding_and_no_clear_record_of_what_is_judged_holds_anything_from_a_message() {
    let world = allocated(World::new()).await;
    let mut said: Vec<String> = Vec::new();
    for (party, body) in [
        ("zorg-a", declaration("CANARY1")),
        ("zorg-a", declaration("CANARY2")),
        ("zorg-a", with(&start("CANARY3"), "Zonneveld", "CANARY4")),
        ("zorg-a", with(&start("CANARY5"), ">Mila<", ">CANARY6<")),
        (
            "zorg-a",
            with(&start_too_soon("CANARY7"), "Zonneveld", "CANARY8"),
        ),
    ] {
        let taken = world.taken(party, &body).await;
        let found = world.found(party, taken.id).await;
        let shown = found
            .list
            .iter()
            .map(|finding| (finding.text(), finding.remedy()));
        let shown: Vec<_> = shown.collect();
        said.extend([
            format!("{found:?}"),
            format!("{shown:?}"),
            format!("{taken:?}"),
        ]);
    }
    for record in world.records() {
        said.push(String::from_utf8_lossy(&record.event).into_owned());
    }
    let said = said.concat();
    assert!(
        said.contains("TR389") && said.contains("TR134"),
        "something was found"
    );
    for canary in ["CANARY", "999900420", "260001", "45A04", "58000"] {
        assert!(!said.contains(canary), "{canary} is told");
    }
}

#[tokio::test]
async fn after_an_answer_that_is_wrong_itself_the_right_one_is_no_second_and_settles_what_waited() {
    on_both_stores(async |world: World| {
        let terms = Terms::new(Arc::clone(&world.ledger), TermSettings::default());
        let owed = async || terms.of(&world.caller("gemeente-a")).await.expect("terms");
        let claim = message("JW323", GEMEENTE_A, ZORG_A, "D1");
        let asked = world.taken("zorg-a", &claim).await;
        let right = |id| answer("JW325", GEMEENTE_A, ZORG_A, "D1", id);
        let wrong = with(&right("A1"), ">DN260001<", ">DN260099<");
        let wrong = world.taken("gemeente-a", &wrong).await;
        assert_eq!(wrong.marks, [Mark::Reported]);
        assert_eq!(owed().await.len(), 1, "an answer is still owed");
        let asked = world.seen("zorg-a", asked.id).await;
        assert_eq!(asked.state.answered, None, "and its state says so");

        let settled = world.taken("gemeente-a", &right("A2")).await;
        assert!(
            settled.marks.is_empty(),
            "{:?} {:?}",
            settled.marks,
            world.found("gemeente-a", settled.id).await
        );
        assert!(owed().await.is_empty());
        let again = world.taken("gemeente-a", &right("A3")).await;
        assert_eq!(again.marks, [Mark::SecondAnswer]);
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn a_message_whose_answer_would_be_larger_than_a_message_may_be_goes_to_its_receiver() {
    // Without an allocation: the answer gives the product back with its code.
    let body = start("L1");
    let world = World::new().judged();
    world.taken("zorg-a", &body).await;
    let made = world.only("zorg-a").await;
    let length = world.body("zorg-a", made.id).await.len();
    assert!(length > body.len(), "the answer is the larger of the two");

    let fits = World::new().judged().taking_at_most(length);
    let refused = fits.taken("zorg-a", &body).await;
    assert_eq!(refused.marks, [Mark::Refused]);

    let one_short = World::new().judged().taking_at_most(length - 1);
    let passed = one_short.taken("zorg-a", &body).await;
    assert_eq!(passed.marks, [Mark::Waits]);
    assert_eq!(one_short.only("gemeente-a").await.id, passed.id);
    assert!(one_short.waiting("zorg-a").await.is_empty());
    let found = one_short.found("zorg-a", passed.id).await;
    let refuses = |weight| found.list.iter().any(|finding| finding.weight == weight);
    assert!(
        !refuses(Weight::Refuses) && refuses(Weight::Advises),
        "nobody was refused"
    );
    assert!(one_short.is_sound());
}

#[tokio::test]
async fn what_waits_leaves_open_what_it_touches_and_nothing_else() {
    on_both_stores(async |world: World| {
        let world = world.mixed();
        world.taken("gemeente-a", &allocation("T1")).await;
        let accepts = answer("JW302", GEMEENTE_A, ZORG_A, "T1", "R1");
        world.taken("zorg-a", &accepts).await;
        let other = with(&allocation("T2"), ">999900420<", ">999900432<");
        let other = with(
            &other,
            "ToewijzingNummer>260001<",
            "ToewijzingNummer>260002<",
        );
        world.taken("gemeente-a", &other).await;
        let refused = with(
            &start("S1"),
            "ToewijzingNummer>260001<",
            "ToewijzingNummer>260009<",
        );
        let refused = world.taken("zorg-a", &refused).await;
        assert_eq!(
            refused.marks,
            [Mark::Refused],
            "nothing that waits is about it"
        );

        // The same allocation again: the start would be accepted with it and without, but not with any part of what may come.
        world.taken("gemeente-a", &allocation("T3")).await;
        let started = world.taken("zorg-a", &start("S2")).await;
        assert_eq!(started.marks, [Mark::Waits]);
        assert!(world.is_sound());
    })
    .await;
}

/// A second allocation of the same product, to another client, and a declaration of it.
fn of_another(body: &Bytes) -> Bytes {
    let body = with(body, ">999900420<", ">999900432<");
    with(&body, "Nummer>260001<", "Nummer>260002<")
}

/// The same declaration, of the month after.
fn march(body: &Bytes) -> Bytes {
    let body = with(body, "Begindatum>2026-02-01<", "Begindatum>2026-03-01<");
    let body = with(&body, "Einddatum>2026-02-28<", "Einddatum>2026-03-31<");
    with(&body, "agtekening>2026-03-03<", "agtekening>2026-04-02<")
}

/// The municipality is judged for; both allocations are sent, the provider has answered the first.
async fn half_answered(world: World) -> World {
    let world = world.mixed();
    for (body, id) in [
        (allocation("T1"), "T1"),
        (of_another(&allocation("T2")), "T2"),
    ] {
        world.taken("gemeente-a", &body).await;
        let accepts = answer("JW302", GEMEENTE_A, ZORG_A, id, &format!("R{id}"));
        if id == "T1" {
            world.taken("zorg-a", &accepts).await;
        }
    }
    world.clock.advance(SignedDuration::from_hours(24 * 45));
    world
}

#[tokio::test]
async fn a_declaration_that_waits_leaves_the_next_ones_open_only_where_it_matters_to_them() {
    on_both_stores(async |world: World| {
        let world = half_answered(world).await;
        let waits = march(&of_another(&declaration("D1")));
        let waits = world.taken("zorg-a", &waits).await;
        assert_eq!(waits.marks, [Mark::Held], "its allocation is not answered");

        let same = world.taken("zorg-a", &march(&declaration("D2"))).await;
        assert_eq!(same.marks, [], "the same month, another allocation");
        let codes = world.verdict("zorg-a", &same).await;
        assert!(!codes.contains(&"8214".to_owned()), "{codes:?}");
        let again = world
            .taken("zorg-a", &march(&of_another(&declaration("D3"))))
            .await;
        assert_eq!(again.marks, [Mark::Held], "the same allocation");
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn a_declaration_of_a_month_before_one_that_waits_is_open_and_after_one_that_stands_refused()
{
    let world = half_answered(World::new()).await;
    world
        .taken("zorg-a", &march(&of_another(&declaration("D1"))))
        .await;
    let before = world.taken("zorg-a", &declaration("D2")).await;
    assert_eq!(before.marks, [Mark::Held], "it may go back (TR318)");

    let world = half_answered(World::new()).await;
    let stands = world.taken("zorg-a", &march(&declaration("D1"))).await;
    assert_eq!(stands.marks, []);
    world
        .taken("zorg-a", &march(&of_another(&declaration("D2"))))
        .await;
    let before = world.taken("zorg-a", &declaration("D3")).await;
    assert_eq!(
        before.marks,
        [Mark::Refused],
        "it goes back, whatever waits"
    );
    assert!(
        world
            .verdict("zorg-a", &before)
            .await
            .contains(&"8214".to_owned())
    );
}

#[tokio::test]
async fn a_credit_that_waits_leaves_open_what_would_use_again_what_it_takes_back() {
    on_both_stores(async |world: World| {
        let world = half_answered(world).await;
        let granted = world.taken("zorg-a", &declaration("D1")).await;
        assert_eq!(world.verdict("zorg-a", &granted).await, ["0200", "8001"]);
        // The credit of it, beside a line on the allocation that waits.
        let both = declaration("D2");
        let text = std::str::from_utf8(&both).expect("text");
        let client = |text: &str| {
            let (_, rest) = text.split_once("<jw323:Client>").expect("a client");
            rest.split_once("</jw323:Client>").expect("it ends").0.to_owned()
        };
        let other = String::from_utf8(of_another(&declaration("D2")).to_vec()).expect("text");
        let other = client(&other).replace("P-D2", "P-D2-2");
        let credit = client(text)
            .replace(">P-D2<", ">C-D2<")
            .replace(
                "</jw323:ProductReferentie>",
                "<ijw:VorigReferentieNummer>P-D1</ijw:VorigReferentieNummer></jw323:ProductReferentie>",
            )
            .replace("DebetCredit>D<", "DebetCredit>C<");
        let both = text
            .replace(
                &client(text),
                &format!("{credit}</jw323:Client><jw323:Client>{other}"),
            )
            .replace("TotaalBedrag>58000<", "TotaalBedrag>0<");
        let both = world.taken("zorg-a", &both.into()).await;
        assert_eq!(both.marks, [Mark::Held], "{:?}", world.found("zorg-a", both.id).await);

        let again = world.taken("zorg-a", &declaration("D3")).await;
        assert_eq!(again.marks, [Mark::Held], "it is used up, unless the credit is granted");
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn what_the_header_alone_refuses_is_answered_whatever_waits() {
    let world = World::new().mixed();
    world.taken("gemeente-a", &allocation("T1")).await;
    let ahead = with(
        &start("S1"),
        "Dagtekening>2026-02-03<",
        "Dagtekening>2026-03-02<",
    );
    let ahead = world.taken("zorg-a", &ahead).await;
    assert_eq!(ahead.marks, [Mark::Refused]);
    assert_eq!(world.verdict("zorg-a", &ahead).await, ["8848"]);
}

#[tokio::test]
async fn a_request_that_waits_leaves_no_declaration_of_its_client_open() {
    let world = half_answered(World::new()).await;
    let request = message("JW315", GEMEENTE_A, ZORG_A, "V1");
    let asks = world.register.judging();
    assert!(!asks.chosen.is_empty());
    let register = world.register.clone();
    let mut world = world;
    world.register = crate::world::register(PARTIES);
    let carried = world.taken("zorg-a", &request).await;
    assert_eq!(carried.mode, Mode::Carry, "its answer is still to come");
    world.register = register;
    let declared = world.taken("zorg-a", &declaration("D1")).await;
    assert_eq!(declared.marks, []);
    assert_eq!(world.verdict("zorg-a", &declared).await, ["0200", "8001"]);
}

/// A declaration of this many lines under one ReferentieNummer.
fn declaration_of_one_line_often(id: &str, lines: usize) -> Bytes {
    let body = declaration(id);
    let text = std::str::from_utf8(&body).expect("text");
    let (before, rest) = text.split_once("<jw323:Prestatie>").expect("a line");
    let (line, after) = rest.split_once("</jw323:Prestatie>").expect("it ends");
    let line = format!("<jw323:Prestatie>{line}</jw323:Prestatie>").repeat(lines);
    let text = format!("{before}{line}{after}");
    let total = format!("TotaalBedrag>{}<", 58_000 * lines);
    text.replace("TotaalBedrag>58000<", &total).into()
}

#[tokio::test]
async fn all_that_refuses_is_told_in_pages_and_of_advice_the_first_thousand() {
    let carried = World::new();
    carried.clock.advance(SignedDuration::from_hours(24 * 5));
    let body = declaration_of_one_line_often("D1", 1100);
    let taken = carried.taken("zorg-a", &body).await;
    let found = carried.found("zorg-a", taken.id).await;
    assert!(
        found
            .list
            .iter()
            .all(|finding| finding.weight != Weight::Refuses)
    );
    assert_eq!(found.list.len(), 1000);
    assert!(found.more >= 100, "{}", found.more);
    assert_eq!(taken.findings, found.count());

    let judged = allocated(World::new()).await;
    let taken = judged
        .taken("zorg-a", &declaration_of_one_line_often("D2", 1100))
        .await;
    let found = judged.found("zorg-a", taken.id).await;
    let refuses = |finding: &&Finding| finding.weight == Weight::Refuses;
    let refused = found.list.iter().filter(refuses).count();
    assert!(refused >= 1100, "{refused} of the lines are refused");
    assert_eq!(found.more, 0);

    let door = Door::above(judged);
    let mut pages = Vec::new();
    let mut path = format!("/v1/berichten/{}/bevindingen", taken.id);
    loop {
        let page: FindingsPageBody = door.get("zorg-a", &path).await.json();
        pages.extend(page.findings);
        let Some(next) = page.next else { break };
        path = format!("/v1/berichten/{}/bevindingen?na={next}", taken.id);
    }
    let paths: Vec<_> = found.list.iter().map(|finding| &finding.path).collect();
    let shown: Vec<_> = pages.iter().map(|finding| &finding.path).collect();
    assert_eq!(shown, paths);
}

#[tokio::test]
async fn damaged_findings_are_counted_and_stop_no_answer_about_the_message() {
    let world = World::on(Store::on_disk());
    let body = start_too_soon("C1");
    let taken = world.taken("zorg-a", &body).await;
    let parts = world.records()[0].parts.clone();
    let part = parts
        .into_iter()
        .find(|part| part.kind == PartKind::Findings);
    let part = part.expect("findings");
    let door = Door::above(world.again_after(|data| flip(data, &part)));
    let reply = door.hand_in("zorg-a", body).await;
    assert_eq!(reply.status, StatusCode::OK, "{:?}", reply.body);
    let again: TakenBody = reply.json();
    assert!(again.repeat && again.findings.findings.is_empty());
    assert_eq!(again.findings.findings_more, 1);
    assert_eq!(again.findings.findings_by_code.values().sum::<u64>(), 1);
    assert_eq!(door.world.ledger.damaged(), 1, "health can tell");
    let path = format!("/v1/berichten/{}", taken.id);
    let status: StatusBody = door.get("gemeente-a", &path).await.json();
    assert_eq!(status.findings, again.findings);
    let all = door.get("gemeente-a", &format!("{path}/bevindingen")).await;
    assert_eq!(all.refusal(), is(500, "damaged"));
}

#[tokio::test]
async fn what_waits_and_is_damaged_leaves_the_outcome_open_and_stops_nobody() {
    let world = World::on(Store::on_disk()).mixed();
    world.taken("gemeente-a", &allocation("T1")).await;
    let parts = world.records()[0].parts.clone();
    let effect = parts
        .into_iter()
        .find(|part| part.kind == PartKind::Effect)
        .expect("an effect");
    let world = world.again_after(|data| flip(data, &effect)).mixed();
    let started = world.taken("zorg-a", &start("S1")).await;
    assert_eq!(started.marks, [Mark::Waits]);
    assert_eq!(world.ledger.damaged(), 1, "health can tell");
    let accepts = answer("JW302", GEMEENTE_A, ZORG_A, "T1", "R1");
    let accepts = world.taken("zorg-a", &accepts).await;
    assert_eq!(accepts.marks, [Mark::NotBooked], "it is carried");
    let terms = Terms::new(Arc::clone(&world.ledger), TermSettings::default());
    let owed = terms.of(&world.caller("zorg-a")).await.expect("terms");
    assert!(owed.is_empty(), "it was answered");
    let still = world.taken("zorg-a", &start("S2")).await;
    assert_eq!(still.marks, [Mark::Waits], "what was accepted is not known");
}

#[tokio::test]
async fn a_refusal_of_what_waits_and_is_damaged_ends_it() {
    let world = World::on(Store::on_disk()).mixed();
    world.taken("gemeente-a", &allocation("T1")).await;
    let parts = world.records()[0].parts.clone();
    let effect = parts.into_iter().find(|part| part.kind == PartKind::Effect);
    let effect = effect.expect("an effect");
    let world = world.again_after(|data| flip(data, &effect)).mixed();
    let declines = with(
        &answer("JW302", GEMEENTE_A, ZORG_A, "T1", "R1"),
        "</jw302:XsdVersieRetour>",
        "</jw302:XsdVersieRetour><jw302:RetourCodes><jw302:RetourCode>0001</jw302:RetourCode></jw302:RetourCodes>",
    );
    let declines = world.taken("zorg-a", &declines).await;
    assert!(declines.marks.is_empty(), "{:?}", declines.marks);
    let started = world.taken("zorg-a", &start("S1")).await;
    assert_eq!(started.marks, [Mark::Refused], "nothing waits any more");
}

#[tokio::test]
async fn a_damaged_message_that_no_answer_finds_any_more_is_owed_none() {
    let world = World::on(Store::on_disk());
    world.taken("zorg-a", &start("S1")).await;
    let terms = async |world: &World| {
        let terms = Terms::new(Arc::clone(&world.ledger), TermSettings::default());
        let owed = terms.of(&world.caller("gemeente-a")).await;
        owed.expect("terms").len()
    };
    assert_eq!(terms(&world).await, 1);
    let parts = world.records()[0].parts.clone();
    let effect = parts.into_iter().find(|part| part.kind == PartKind::Effect);
    let effect = effect.expect("an effect");
    world.store.views.clear().expect("thrown away");
    let world = world.again_after(|data| flip(data, &effect));
    let late = answer("JW306", GEMEENTE_A, ZORG_A, "S1", "R1");
    let late = world.taken("gemeente-a", &late).await;
    assert_eq!(late.marks, [Mark::UnknownQuestion]);
    assert_eq!(terms(&world).await, 0);
}
