//! What parties owe each other, until when, and when they are warned. Today is Sunday 1 March 2026 until a test moves the clock; that month has no holiday.

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use knooppunt::api::postvak::PageBody;
use knooppunt::api::termijnen::{TermBody, TermCounts, TermsBody};
use knooppunt::intake::Outcome;
use knooppunt::ledger::{Found, Message, MessageId};
use knooppunt::mailbox::Filter;
use knooppunt::terms::{Open, Standing, TermSettings, Terms};
use knooppunt_standard::Finding;
use knooppunt_standard::terms::Term;

use crate::door::Door;
use crate::judge::{with, without_views};
use crate::world::{
    GEMEENTE_A, GEMEENTE_B, World, ZORG_A, ZORG_B, answer, ids, message, on_both_stores, time,
};

/// All traffic of the two parties passes here, and they answer each other.
const WHOLE: &str = "\n[[history]]\ngemeente = \"0289\"\nlaws = [\"jw\"]\nsince = 2015-01-01\n";

/// Term, last day and standing.
type Told = (Term, String, Standing);

impl World {
    fn terms(&self, settings: TermSettings) -> Terms {
        Terms::new(self.ledger.clone(), settings)
    }

    async fn owes(&self, party: &str) -> Vec<Open> {
        let terms = self.terms(TermSettings::default());
        terms.of(&self.caller(party)).await.expect("terms")
    }

    async fn waits_for(&self, party: &str) -> Vec<Open> {
        let terms = self.terms(TermSettings::default());
        terms.owed_to(&self.caller(party)).await.expect("terms")
    }

    /// What the municipality owes the provider or the other way round, but for retours; both sides are told the same.
    async fn decisions(&self, by: &str, to: &str) -> Vec<Told> {
        let owed: Vec<Open> = kept(self.owes(by).await);
        assert_eq!(
            owed,
            kept(self.waits_for(to).await),
            "both sides see the same"
        );
        told(&owed)
    }

    async fn of_gemeente(&self) -> Vec<Told> {
        self.decisions("gemeente-a", "zorg-a").await
    }

    async fn of_zorg(&self) -> Vec<Told> {
        self.decisions("zorg-a", "gemeente-a").await
    }

    /// Midday in Amsterdam on this day.
    fn on_day(&self, day: &str) {
        self.clock.set(time(&format!("{day}T11:00:00Z")));
    }
}

fn kept(open: Vec<Open>) -> Vec<Open> {
    open.into_iter()
        .filter(|open| open.term != Term::Retour)
        .collect()
}

fn told(open: &[Open]) -> Vec<Told> {
    let one = |open: &Open| {
        let day = open.last_day.expect("a known year");
        (open.term, day.to_string(), open.standing)
    };
    open.iter().map(one).collect()
}

fn running(term: Term, day: &str) -> Vec<Told> {
    vec![(term, day.to_owned(), Standing::Running)]
}

/// A request of Friday 27 February.
fn request(id: &str) -> Bytes {
    with(
        &message("JW315", GEMEENTE_A, ZORG_A, id),
        "Dagtekening>2025-12-01<",
        "Dagtekening>2026-02-27<",
    )
}

/// A 319 on it: 2 is being looked into, 1 is refused.
fn decision(id: &str, verzoek_antwoord: u8) -> Bytes {
    let body = message("JW319", GEMEENTE_A, ZORG_A, id);
    let body = with(&body, "Dagtekening>2025-12-05<", "Dagtekening>2026-03-01<");
    if verzoek_antwoord == 2 {
        return body;
    }
    with(
        &body,
        "VerzoekAntwoord>2</jw319:VerzoekAntwoord>",
        "VerzoekAntwoord>1</jw319:VerzoekAntwoord><jw319:RedenAfwijzingVerzoek>1</jw319:RedenAfwijzingVerzoek>",
    )
}

/// The allocation that honours the request.
fn honours(id: &str) -> Bytes {
    message("JW301", GEMEENTE_A, ZORG_A, id)
}

/// An allocation made on 27 February for care from 1 February.
fn retroactive(id: &str) -> Bytes {
    let body = with(
        &honours(id),
        "<jw301:ReferentieAanbieder>VOT-2025-0001</jw301:ReferentieAanbieder>",
        "",
    );
    let body = with(
        &body,
        "Toewijzingsdatum>2026-01-05<",
        "Toewijzingsdatum>2026-02-27<",
    );
    with(&body, "Dagtekening>2026-01-05<", "Dagtekening>2026-02-27<")
}

fn start(id: &str) -> Bytes {
    message("JW305", GEMEENTE_A, ZORG_A, id)
}

fn accepts(retour: &str, asked: &str, id: &str) -> Bytes {
    answer(retour, GEMEENTE_A, ZORG_A, asked, id)
}

fn refuses(retour: &str, asked: &str, id: &str) -> Bytes {
    let name = retour.to_lowercase();
    with(
        &accepts(retour, asked, id),
        &format!("</{name}:XsdVersieRetour>"),
        &format!(
            "</{name}:XsdVersieRetour><{name}:RetourCodes><{name}:RetourCode>0001</{name}:RetourCode></{name}:RetourCodes>"
        ),
    )
}

#[tokio::test]
async fn a_request_is_owed_a_decision_from_its_receipt_until_one_is_sent_and_again_when_that_is_refused()
 {
    on_both_stores(async |world: World| {
        let sent = world.taken("zorg-a", &request("V1")).await;
        let owed = world.owes("gemeente-a").await;
        let first: Vec<_> = owed.iter().map(|open| open.term).collect();
        assert_eq!(first, [Term::Retour, Term::VerzoekAntwoord]);
        let [_, decided] = &owed[..] else {
            panic!("two")
        };
        assert_eq!((decided.message, decided.thread), (sent.id, sent.thread));
        assert_eq!(
            (decided.owed_by.as_str(), decided.owed_to.as_str()),
            (GEMEENTE_A, ZORG_A)
        );
        let by_the_sixth = running(Term::VerzoekAntwoord, "2026-03-06");
        assert_eq!(world.of_gemeente().await, by_the_sixth);
        for party in ["gemeente-b", "zorg-b", "softwarehuis"] {
            assert!(world.owes(party).await.is_empty(), "{party}");
            assert!(world.waits_for(party).await.is_empty(), "{party}");
        }

        world
            .taken("gemeente-a", &accepts("JW316", "V1", "R1"))
            .await;
        assert_eq!(
            world.of_gemeente().await,
            by_the_sixth,
            "the retour is no decision"
        );
        world.clock.advance(SignedDuration::from_hours(24));
        world.taken("gemeente-a", &honours("T1")).await;
        assert!(
            world.of_gemeente().await.is_empty(),
            "what is sent is not owed"
        );
        world.taken("zorg-a", &refuses("JW302", "T1", "R2")).await;
        assert_eq!(
            world.of_gemeente().await,
            by_the_sixth,
            "it counts as not sent"
        );

        world.taken("gemeente-a", &honours("T2")).await;
        world.taken("zorg-a", &accepts("JW302", "T2", "R3")).await;
        assert!(world.of_gemeente().await.is_empty());
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn after_in_onderzoek_the_decision_is_owed_within_eight_weeks_of_the_day_of_the_request() {
    on_both_stores(async |world: World| {
        world.taken("zorg-a", &request("V1")).await;
        world
            .taken("gemeente-a", &accepts("JW316", "V1", "R1"))
            .await;
        world.taken("gemeente-a", &decision("A1", 2)).await;
        // Friday 27 February and 56 days.
        let eight_weeks = running(Term::Onderzoek, "2026-04-24");
        assert_eq!(world.of_gemeente().await, eight_weeks);
        world.taken("zorg-a", &refuses("JW320", "A1", "R2")).await;
        assert_eq!(
            world.of_gemeente().await,
            running(Term::VerzoekAntwoord, "2026-03-06"),
            "a 319 that is refused looks into nothing"
        );
        world.taken("gemeente-a", &decision("A2", 2)).await;
        world.taken("zorg-a", &accepts("JW320", "A2", "R3")).await;
        assert_eq!(world.of_gemeente().await, eight_weeks);
        world.on_day("2026-04-25");
        assert_eq!(
            world.of_gemeente().await,
            [(Term::Onderzoek, "2026-04-24".to_owned(), Standing::Over)]
        );
        world.taken("gemeente-a", &decision("A3", 1)).await;
        assert!(world.of_gemeente().await.is_empty());
        world.taken("zorg-a", &accepts("JW320", "A3", "R4")).await;
        assert!(world.of_gemeente().await.is_empty());
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn a_request_that_its_retour_refuses_is_owed_no_decision() {
    let world = World::new();
    world.taken("zorg-a", &request("V1")).await;
    world
        .taken("gemeente-a", &refuses("JW316", "V1", "R1"))
        .await;
    assert!(world.of_gemeente().await.is_empty());
    assert!(world.is_sound());
}

#[tokio::test]
async fn where_the_gateway_answers_a_decision_is_owed_by_the_municipality_all_the_same() {
    on_both_stores(async |world: World| {
        let world = world.judged();
        let sent = world.taken("zorg-a", &request("V1")).await;
        assert!(sent.state.answered.is_some());
        let owed: Vec<_> = world
            .owes("gemeente-a")
            .await
            .iter()
            .map(|open| open.term)
            .collect();
        assert_eq!(
            owed,
            [Term::VerzoekAntwoord],
            "no retour: the gateway gave it"
        );
        world.taken("gemeente-a", &decision("A1", 2)).await;
        assert_eq!(
            world.of_gemeente().await,
            running(Term::Onderzoek, "2026-04-24")
        );
        world.taken("gemeente-a", &honours("T1")).await;
        assert!(world.of_gemeente().await.is_empty());
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn a_start_is_owed_under_an_allocation_made_after_its_care_was_to_begin() {
    on_both_stores(async |world: World| {
        let world = world.with(WHOLE);
        world.taken("gemeente-a", &retroactive("T1")).await;
        let by_the_sixth = running(Term::Start, "2026-03-06");
        assert_eq!(world.of_zorg().await, by_the_sixth);
        world.taken("zorg-a", &accepts("JW302", "T1", "R1")).await;
        assert_eq!(world.of_zorg().await, by_the_sixth);
        world.clock.advance(SignedDuration::from_hours(24));
        world.taken("zorg-a", &start("S1")).await;
        assert!(world.of_zorg().await.is_empty(), "it was sent");
        world
            .taken("gemeente-a", &refuses("JW306", "S1", "R2"))
            .await;
        assert_eq!(world.of_zorg().await, by_the_sixth, "it counts as not sent");
        world.taken("zorg-a", &start("S2")).await;
        world
            .taken("gemeente-a", &accepts("JW306", "S2", "R3"))
            .await;
        assert!(world.of_zorg().await.is_empty());
        world
            .taken(
                "gemeente-a",
                &with(&retroactive("T2"), "09:30:00", "10:30:00"),
            )
            .await;
        assert!(
            world.of_zorg().await.is_empty(),
            "a later version of a known allocation"
        );
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn no_start_is_presumed_where_an_earlier_allocation_may_be_unknown_or_care_is_yet_to_begin() {
    let world = World::new();
    world.taken("gemeente-a", &retroactive("T1")).await;
    assert!(
        world.of_zorg().await.is_empty(),
        "not all traffic passes here"
    );
    let world = World::new().with(WHOLE);
    world.taken("gemeente-a", &honours("T1")).await;
    assert!(
        world.of_zorg().await.is_empty(),
        "made in January for February"
    );
}

#[tokio::test]
async fn a_stop_is_owed_when_the_allocation_of_running_care_has_ended() {
    on_both_stores(async |world: World| {
        let world = world.judged();
        let allocation = |id, stamp: &str, end: &str| {
            let body = with(
                &honours(id),
                "<jw301:ReferentieAanbieder>VOT-2025-0001</jw301:ReferentieAanbieder>",
                "",
            );
            let body = with(&body, "09:30:00", stamp);
            with(&body, "Einddatum>2026-12-31<", &format!("Einddatum>{end}<"))
        };
        world
            .taken("gemeente-a", &allocation("T1", "09:30:00", "2026-12-31"))
            .await;
        let started = world.taken("zorg-a", &start("S1")).await;
        assert!(
            world.of_zorg().await.is_empty(),
            "care may go on until the end of the year"
        );
        world.on_day("2026-12-30");
        assert!(world.of_zorg().await.is_empty());
        world.on_day("2026-12-31");
        // 1 January is a holiday, 2 and 3 January are a weekend.
        let by_the_eighth = running(Term::Stop, "2027-01-08");
        assert_eq!(world.of_zorg().await, by_the_eighth);
        assert_eq!(world.owes("zorg-a").await[0].message, started.id);

        // On Monday 4 January it is told that the allocation ended in November: five working days from then.
        world.on_day("2027-01-04");
        let shorter = allocation("T2", "10:30:00", "2026-11-30");
        let told = world.taken("gemeente-a", &shorter).await;
        assert_eq!(world.of_zorg().await, running(Term::Stop, "2027-01-11"));
        assert_eq!(world.owes("zorg-a").await[0].message, told.id);
        let longer = allocation("T3", "11:30:00", "2027-06-30");
        world.taken("gemeente-a", &longer).await;
        assert!(world.of_zorg().await.is_empty(), "care goes on");
        world
            .taken("gemeente-a", &allocation("T4", "12:30:00", "2026-12-31"))
            .await;
        assert_eq!(world.of_zorg().await, running(Term::Stop, "2027-01-11"));
        let stop = message("JW307", GEMEENTE_A, ZORG_A, "E1");
        let stopped = world.taken("zorg-a", &stop).await;
        assert!(
            stopped.marks.is_empty(),
            "{:?}",
            world.found("zorg-a", stopped.id).await
        );
        assert!(world.of_zorg().await.is_empty());
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn what_is_owed_comes_back_from_the_journal_alone() {
    let world = World::on(crate::world::Store::on_disk());
    world.taken("zorg-a", &request("V1")).await;
    world.taken("gemeente-a", &decision("A1", 2)).await;
    let before = world.of_gemeente().await;
    assert_eq!(before.len(), 1);
    let world = world.again_after(|data| {
        without_views(data);
    });
    assert_eq!(world.of_gemeente().await, before);
    world.taken("zorg-a", &refuses("JW320", "A1", "R1")).await;
    assert_eq!(
        world.of_gemeente().await,
        running(Term::VerzoekAntwoord, "2026-03-06")
    );
}

#[tokio::test]
async fn a_warning_comes_the_set_number_of_working_days_before_the_last_day() {
    let world = World::new();
    let sent = world.taken("zorg-a", &start("S1")).await;
    // The last day is Wednesday 4 March.
    let warned = async |world: &World, days| {
        let settings = TermSettings {
            warn_working_days: days,
        };
        let warned = Some(world.terms(settings).warning());
        let filter = Filter {
            warned,
            ..Filter::default()
        };
        ids(&world.list("gemeente-a", filter).await)
    };
    let none: [MessageId; 0] = [];
    for (day, zero, one, three) in [
        ("2026-03-01", false, false, false),
        ("2026-03-02", false, false, true),
        ("2026-03-03", false, true, true),
        ("2026-03-04", true, true, true),
        ("2026-03-05", true, true, true),
    ] {
        world.on_day(day);
        let world = &world;
        for (days, expected) in [(0, zero), (1, one), (2, three)] {
            let found = warned(world, days).await;
            if expected {
                assert_eq!(found, [sent.id], "{day}, {days} days before");
            } else {
                assert_eq!(found, none, "{day}, {days} days before");
            }
        }
    }
    world
        .taken("gemeente-a", &accepts("JW306", "S1", "R1"))
        .await;
    assert!(
        !warned(&world, 1).await.contains(&sent.id),
        "it was answered"
    );
}

#[tokio::test]
async fn over_the_api_the_mailbox_warns_and_the_terms_say_what_of_nothing_but_messages() {
    let door = Door::new();
    let sent = door.world.taken("zorg-a", &request("V1")).await;
    let monday = door.world.taken("zorg-a", &start("S1")).await;
    let at: Timestamp = time("2026-03-03T11:00:00Z");
    door.world.clock.set(at);
    let page: PageBody = door.get("gemeente-a", "/v1/postvak").await.json();
    let told: Vec<_> = page
        .messages
        .iter()
        .map(|message| (message.answer_by.as_deref(), message.warning.as_deref()))
        .collect();
    assert_eq!(told, [(Some("2026-03-04"), Some("soon")); 2]);
    let counts = TermCounts {
        soon: 2,
        last_day: 0,
        over: 0,
    };
    assert_eq!(
        page.termijnen,
        Some(counts),
        "two retours; the decision has until Friday"
    );

    door.world
        .taken("gemeente-a", &accepts("JW306", "S1", "R1"))
        .await;
    let page: PageBody = door
        .get("gemeente-a", "/v1/postvak?waarschuwing=true")
        .await
        .json();
    let only: Vec<_> = page
        .messages
        .iter()
        .map(|message| message.id.clone())
        .collect();
    assert_eq!(only, [sent.id.to_string()]);
    assert_ne!(sent.id, monday.id);
    let refused = door.get("gemeente-a", "/v1/postvak?waarschuwing=ja").await;
    assert_eq!(refused.refusal(), crate::door::is(400, "wrong-parameter"));

    // What is read and acknowledged is still owed, and the mailbox still says so.
    door.world.acknowledge("gemeente-a", sent.id).await;
    door.world.clock.set(time("2026-03-09T11:00:00Z"));
    let page: PageBody = door.get("gemeente-a", "/v1/postvak").await.json();
    assert_eq!(page.termijnen.map(|counts| counts.over), Some(2));

    let reply = door.get("gemeente-a", "/v1/termijnen").await;
    let text = String::from_utf8_lossy(&reply.body).into_owned();
    for canary in ["999900420", "VOT-2025", "V1", "Zonneveld", "45A04"] {
        assert!(!text.contains(canary), "{canary}");
    }
    let terms: TermsBody = reply.json();
    assert_eq!(terms.counts.over, 2);
    let said: Vec<(&str, bool, Option<&str>)> = terms.open.iter().map(said).collect();
    assert_eq!(
        said,
        [
            ("retour", false, Some("2026-03-04")),
            ("verzoek-antwoord", false, Some("2026-03-06"))
        ]
    );
    assert!(terms.waiting.is_empty());
    let other: TermsBody = door.get("zorg-a", "/v1/termijnen").await.json();
    assert_eq!(other.waiting, terms.open);
    assert!(other.open.is_empty());
}

fn said(body: &TermBody) -> (&str, bool, Option<&str>) {
    (&body.term, body.presumed, body.answer_by.as_deref())
}

/// The advice on own numbers among findings, by rule.
fn across(list: &[Finding]) -> Vec<&'static str> {
    let rules = list.iter().map(|finding| finding.rule);
    rules
        .filter(|rule| ["OP283", "OP349", "OP361"].contains(rule))
        .collect()
}

/// What is told to the one who hands in a message that must be taken, and the message.
async fn accepted(world: &World, party: &str, body: &Bytes) -> (Message, Found) {
    let outcome = world.hand_in(party, body).await;
    let Outcome::Accepted(message, found) = outcome else {
        panic!("not taken: {outcome:?}")
    };
    (message, found)
}

#[tokio::test]
async fn a_number_that_its_provider_used_towards_another_municipality_is_advice_and_names_nobody() {
    on_both_stores(async |world: World| {
        let claim = |gemeente, aanbieder, id| message("JW323", gemeente, aanbieder, id);
        let ask = |gemeente, id| message("JW315", gemeente, ZORG_A, id);
        for body in [claim(GEMEENTE_A, ZORG_A, "D1"), ask(GEMEENTE_A, "V1")] {
            let (_, found) = accepted(&world, "zorg-a", &body).await;
            assert_eq!(across(&found.first), [""; 0], "the first use");
        }
        let (zorg, body) = (world.caller("zorg-a"), claim(GEMEENTE_B, ZORG_A, "D2"));
        let tried = world.intake.dry_run(&zorg, body).await;
        let Ok(knooppunt::intake::Advice::WouldAccept { found, .. }) = tried else {
            panic!("it would be taken")
        };
        let mut told = found.first.iter().map(|finding| finding.rule);
        assert!(
            told.all(|rule| !rule.starts_with("OP")),
            "a dry run looks at nothing outside its scope"
        );

        let (again, found) = accepted(&world, "zorg-a", &claim(GEMEENTE_B, ZORG_A, "D2")).await;
        assert!(again.marks.is_empty());
        assert_eq!(across(&found.first), ["OP349", "OP283"]);
        assert_eq!((found.by_code["OP349"], found.by_code["OP283"]), (1, 1));
        let shown = found.first.iter().map(|one| (one.text(), one.remedy()));
        let shown: Vec<_> = shown.collect();
        assert!(
            !format!("{found:?} {shown:?}").contains(GEMEENTE_A),
            "nobody is named"
        );
        let (asked, found) = accepted(&world, "zorg-a", &ask(GEMEENTE_B, "V2")).await;
        assert_eq!(across(&found.first), ["OP361"]);

        // No municipality learns what its provider sent to another: nothing of it is kept.
        for (party, of) in [
            ("gemeente-b", &again),
            ("gemeente-b", &asked),
            ("zorg-a", &again),
        ] {
            let kept = world.found(party, of.id).await;
            assert_eq!(across(&kept.list), [""; 0], "{party}");
            assert_eq!(world.seen(party, of.id).await.findings, kept.count());
        }
        for record in world.records() {
            let said = String::from_utf8_lossy(&record.event).into_owned();
            assert!(!said.contains("OP349") && !said.contains("OP361"));
        }

        // The same numbers of another provider are other numbers.
        let (_, found) = accepted(&world, "zorg-b", &claim(GEMEENTE_B, ZORG_B, "D3")).await;
        assert_eq!(across(&found.first), [""; 0]);
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn a_declaration_dated_after_its_receipt_is_advice() {
    let world = World::new();
    world.on_day("2026-04-10");
    let claim = message("JW323", GEMEENTE_A, ZORG_A, "D1");
    let text = std::str::from_utf8(&claim).expect("text");
    let (before, rest) = text
        .split_once("DeclaratieDagtekening>")
        .expect("an element");
    let ahead = format!("{before}DeclaratieDagtekening>2026-04-11{}", &rest[10..]);
    let taken = world.taken("zorg-a", &ahead.into()).await;
    let found = world.found("gemeente-a", taken.id).await;
    let told: Vec<_> = found
        .list
        .iter()
        .filter(|finding| finding.rule == "TR135")
        .map(|finding| (finding.path.clone(), finding.weight))
        .collect();
    assert_eq!(told.len(), 1, "{found:?}");
    assert!(told[0].0.ends_with("/Declaratie"), "{told:?}");
    assert_eq!(told[0].1, knooppunt_standard::rules::Weight::Advises);
}

/// Ids are random: what is over stands anywhere between what is not.
#[tokio::test]
async fn what_is_over_is_told_however_much_more_is_owed_that_is_not() {
    let world = World::new();
    let take = async |kind: &str, ids: std::ops::Range<u32>| {
        for id in ids {
            let body = message(kind, GEMEENTE_A, ZORG_A, &format!("N{id}"));
            world.taken("zorg-a", &body).await;
        }
    };
    take("JW305", 0..20).await;
    world.clock.advance(SignedDuration::from_hours(24 * 14));
    take("JW305", 20..1_010).await;
    take("JW323", 0..400).await;
    for open in [
        world.owes("gemeente-a").await,
        world.waits_for("zorg-a").await,
    ] {
        let of = |term| open.iter().filter(|open| open.term == term).count();
        let told = (of(Term::Retour), of(Term::DeclaratieAntwoord));
        assert_eq!(told, (1_000, 400), "at most 1,000 of each term");
        let (first, later) = open.split_at(20);
        assert!(first.iter().all(|open| open.standing == Standing::Over));
        assert!(later.iter().all(|open| open.standing == Standing::Running));
    }
    let terms = world.terms(TermSettings::default());
    let warned = terms.warned(&world.caller("gemeente-a"), None).await;
    assert_eq!(warned.expect("counted").over, 20);
}
