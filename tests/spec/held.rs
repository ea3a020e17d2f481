//! Declarations whose 325 the gateway keeps back: lines that wait for a decision of the municipality, outcomes that hang on a message that is not answered yet,
//! and what ends the waiting.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use jiff::SignedDuration;
use knooppunt::api::besluiten::{DeclarationBody, DeclarationsBody};
use knooppunt::clock::Clock as _;
use knooppunt::decisions::{Decisions, Standing};
use knooppunt::intake::{DecisionError, Intake, Outcome, Wanted};
use knooppunt::lanes::{LaneSettings, Lanes};
use knooppunt::ledger::{Event, Mark, Message, MessageId, Turn};
use knooppunt::mailbox::Content;
use knooppunt::reference::{InForce, References};
use knooppunt::retention::RetentionSettings;
use knooppunt::schemas;
use knooppunt::store::{Memory, PartKind};
use knooppunt::telemetry::{LogFormat, LogLevel, TelemetrySettings, subscriber};
use knooppunt::terms::{TermSettings, Terms};
use knooppunt_standard::reference::Reference;
use knooppunt_standard::rules::Weight;
use knooppunt_standard::{Bericht, Limits};
use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::task::JoinSet;

use crate::damage::flip;
use crate::door::{Door, Reply, is};
use crate::intake::Failing;
use crate::modes::MANDATE;
use crate::silence::Lines;
use crate::world::{
    GEMEENTE_A, PARTIES, Store, World, ZORG_A, ZORG_B, answer, judged, message, on_both_stores,
    register,
};

/// The municipality leaves judging to the gateway and is asked about other tariffs than those of its contract. The provider answers itself.
const ASKS: &str = r#"
[[mode]]
for = "0289"
mode = "judge"
laws = ["jw"]

[[history]]
gemeente = "0289"
laws = ["jw"]
since = 2015-01-01

[[reading]]
for = "0289"
settings = { contract_decision = "broken" }
"#;

/// A software house that may read for the municipality, and one that may decide for it.
const READERS: &str = r#"
[[party]]
id = "lezer"
name = "Lezer"

[[party]]
id = "besluiter"
name = "Besluiter"

[[mandate]]
party = "lezer"
for = "0289"
direction = "receive"
laws = ["jw"]
from = 2026-01-01

[[mandate]]
party = "besluiter"
for = "0289"
direction = "decide"
laws = ["jw"]
kinds = [323]
from = 2026-01-01
"#;

/// A contract with this tariff for the product that the plain messages are about.
fn contract(tarief: u64) -> InForce {
    let text = format!(
        r#"
title = "Contract"
law = "jw"
gemeente = "0289"
aanbieder = "98980001"

[[line]]
code = "45A04"
eenheid = "04"
product_tarief = {tarief}
"#
    );
    let files = vec![("contracts/a.toml".to_owned(), text.into_bytes())];
    InForce {
        reference: Reference::load(files).expect("a contract"),
        hash: Some([1; 32]),
        ..InForce::default()
    }
}

fn with(body: &Bytes, from: &str, to: &str) -> Bytes {
    let text = std::str::from_utf8(body).expect("text");
    assert!(text.contains(from), "{from} is not there");
    text.replace(from, to).into()
}

/// The allocation that the declarations are about: eight hours a month.
fn allocation(id: &str) -> Bytes {
    with(
        &message("JW301", GEMEENTE_A, ZORG_A, id),
        "<jw301:ReferentieAanbieder>VOT-2025-0001</jw301:ReferentieAanbieder>",
        "",
    )
}

/// One of another client.
fn other_allocation(id: &str) -> Bytes {
    let body = with(&allocation(id), ">999900420<", ">999900432<");
    with(&body, "Nummer>260001<", "Nummer>260002<")
}

/// All of February, for 72.50 an hour.
fn declaration(id: &str) -> Bytes {
    let body = message("JW323", GEMEENTE_A, ZORG_A, id);
    let body = with(&body, "DN260001", &format!("DN{id}"));
    with(&body, "P-2602-1", &format!("P-{id}"))
}

/// The same of both clients.
fn declaration_of_both(id: &str) -> Bytes {
    let body = declaration(id);
    let text = std::str::from_utf8(&body).expect("text");
    let (from, to) = ("      <jw323:Client>", "    </jw323:Clienten>");
    let client = &text[text.find(from).expect("a client")..text.find(to).expect("its end")];
    let other = client
        .replace("999900420", "999900432")
        .replace("260001", "260002")
        .replace(&format!("P-{id}"), &format!("Q-{id}"));
    let total = "TotaalBedrag>58000<";
    text.replace(to, &format!("{other}{to}"))
        .replace(total, "TotaalBedrag>116000<")
        .into()
}

/// For the tariff of the contract.
fn at_contract(body: &Bytes) -> Bytes {
    let body = with(body, "Tarief>7250<", "Tarief>7000<");
    let body = with(
        &body,
        "Bedrag>58000</ijw:Bedrag",
        "Bedrag>56000</ijw:Bedrag",
    );
    with(&body, "TotaalBedrag>58000<", "TotaalBedrag>56000<")
}

const LINE: &str = "/Bericht/Declaratie/Clienten/Client[1]/Prestaties/Prestatie[1]";
const OTHER_LINE: &str = "/Bericht/Declaratie/Clienten/Client[2]/Prestaties/Prestatie[1]";

/// A world in which declarations wait, and who looks at them.
struct Waiting {
    world: World,
    references: Arc<References>,
    parties: String,
}

impl std::ops::Deref for Waiting {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl Waiting {
    /// Judged with a contract of 70 euros an hour; `more` stands in the register too.
    fn new(world: World, more: &str) -> Self {
        let references = Arc::new(References::new(contract(7000)));
        Self::of(
            world,
            references,
            &format!("{PARTIES}{MANDATE}{ASKS}{more}"),
        )
    }

    fn of(mut world: World, references: Arc<References>, parties: &str) -> Self {
        let releases = Arc::new(schemas::releases(None).expect("the releases"));
        let lanes = Lanes::new(&LaneSettings::default());
        let intake = Intake::new(
            Arc::clone(&world.ledger),
            releases,
            Limits::default(),
            lanes,
        );
        world.intake = Arc::new(intake.with_references(Arc::clone(&references)));
        world.register = register(parties);
        Self {
            world,
            references,
            parties: parties.to_owned(),
        }
    }

    /// With both allocations in force, on the day of the declarations.
    async fn allocated(world: World, more: &str) -> Self {
        let waiting = Self::new(world, &format!("{}{more}", judged(ZORG_A)));
        for body in [allocation("T1"), other_allocation("T2")] {
            let given = waiting.taken("gemeente-a", &body).await;
            assert!(given.marks.is_empty(), "{:?}", given.marks);
        }
        waiting.clock.advance(SignedDuration::from_hours(24 * 5));
        waiting
    }

    fn again(self) -> Self {
        Self::of(self.world.again(), self.references, &self.parties)
    }

    /// After a start over a data folder in which a bit changed in a part of the first record that is such.
    fn damaged(self, kind: PartKind, of: fn(&Event) -> bool) -> Self {
        let number = self.events().iter().position(of).expect("such a record");
        let parts = &self.records()[number].parts;
        let part = parts.iter().find(|part| part.kind == kind).cloned();
        let part = part.expect("the part");
        let world = self.world.again_after(|data| flip(data, &part));
        Self::of(world, self.references, &self.parties)
    }

    fn without_views(self) -> Self {
        let world = self.world.again_after(|data| {
            for folder in std::fs::read_dir(data).expect("a data folder").flatten() {
                if folder.file_name().to_string_lossy().starts_with("views") {
                    std::fs::remove_dir_all(folder.path()).expect("removed");
                }
            }
        });
        Self::of(world, self.references, &self.parties)
    }

    fn decisions(&self) -> Decisions {
        Decisions::new(Arc::clone(&self.ledger), Arc::clone(&self.intake))
    }

    async fn held(&self, party: &str) -> Vec<Standing> {
        let page = self.decisions().list(&self.caller(party), None, 100).await;
        let page = page.expect("a list");
        assert!(page.next.is_none());
        page.declarations
    }

    async fn decide(&self, id: MessageId, wanted: Wanted) -> Result<Standing, DecisionError> {
        let caller = self.caller("gemeente-a");
        self.decisions().decide(&caller, id, wanted).await
    }

    async fn decided(&self, id: MessageId, wanted: Wanted) -> Standing {
        self.decide(id, wanted).await.expect("decided")
    }

    /// The same on all that asks now.
    async fn rest(&self, id: MessageId, grant: bool) -> Wanted {
        let caller = self.caller("gemeente-a");
        let seen = self.decisions().one(&caller, id, 0).await.ok();
        let verdict = seen.and_then(|standing| standing.verdict);
        let verdict = verdict.unwrap_or_default();
        Wanted::Rest { grant, verdict }
    }

    /// What runs beside the doors: what waits is judged again.
    async fn judge_again(&self) -> usize {
        let now = || (Arc::clone(&self.register), self.clock.now());
        let answered = self.intake.judge_again(&now);
        answered.await.expect("judged again")
    }

    /// The 325 that the gateway made for the provider to a declaration, if it did.
    async fn answer_to(&self, id: MessageId) -> Option<String> {
        let thread = self.mailbox.thread(&self.caller("zorg-a"), id).await;
        let thread = thread.expect("a thread");
        let made: Vec<&Message> = thread
            .iter()
            .filter(|message| message.marks == [Mark::MadeHere])
            .collect();
        assert!(made.len() <= 1, "one answer");
        let made = made.first()?;
        let Content::Whole { body, .. } = self.content("zorg-a", made.id).await else {
            panic!("it is there")
        };
        let releases = schemas::releases(None).expect("the releases");
        let checked = releases.check(&body, &Limits::default());
        assert!(checked.findings.is_empty(), "{:?}", checked.findings);
        assert!(Bericht::read(&checked).is_some());
        Some(String::from_utf8(body).expect("text"))
    }

    /// The codes in it, sorted.
    async fn codes(&self, id: MessageId) -> Option<Vec<String>> {
        let answer = self.answer_to(id).await?;
        let codes = answer.split("RetourCode>").filter(|text| {
            text.len() >= 4 && text[..4].bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
        let mut codes: Vec<String> = codes.map(|text| text[..4].to_owned()).collect();
        codes.sort();
        Some(codes)
    }

    fn is_sound(&self) -> bool {
        let scratch = Memory::new();
        let sound = self.ledger.views_are_sound(&*scratch.views);
        sound.expect("replayed")
    }

    async fn owed(&self) -> Vec<MessageId> {
        let terms = Terms::new(Arc::clone(&self.ledger), TermSettings::default());
        let owed = terms
            .of(&self.caller("gemeente-a"))
            .await
            .expect("the terms");
        owed.into_iter().map(|open| open.message).collect()
    }

    fn count(&self, of: fn(&Event) -> bool) -> usize {
        self.events().iter().filter(|event| of(event)).count()
    }
}

fn line(path: &str, grant: bool) -> Wanted {
    Wanted::Lines(vec![(path.to_owned(), grant)])
}

fn paths(standing: &Standing) -> Vec<&str> {
    let lines = standing.lines.iter();
    lines.map(|line| line.path.as_str()).collect()
}

#[tokio::test]
async fn a_line_with_another_tariff_waits_for_the_municipality_and_the_one_325_with_it() {
    on_both_stores(async |world: World| {
        let world = Waiting::allocated(world, "").await;
        let taken = world.taken("zorg-a", &declaration("D1")).await;
        assert_eq!(taken.marks, [Mark::Held]);
        assert_eq!(world.codes(taken.id).await, None, "nobody is answered yet");
        assert!(world.waiting("gemeente-a").await.contains(&taken.id));
        assert_eq!(world.owed().await, [taken.id], "the term runs on");

        let held = world.held("gemeente-a").await;
        let [standing] = &held[..] else {
            panic!("{held:?}")
        };
        assert!(standing.waits && standing.messages.is_empty() && !standing.unclear);
        assert_eq!(
            (standing.message.id, paths(standing)),
            (taken.id, vec![LINE])
        );
        let finding = standing.lines[0].finding.as_ref().expect("a rule");
        assert_eq!((finding.rule, finding.code), ("TR418", "0611"));
        assert!(!finding.text().is_empty() && finding.remedy().is_some());
        let found = world
            .mailbox
            .findings(&world.caller("zorg-a"), taken.id, 0, usize::MAX)
            .await;
        assert!(
            found
                .expect("findings")
                .list
                .iter()
                .all(|f| f.weight != Weight::Refuses)
        );

        let granted = world.decided(taken.id, line(LINE, true)).await;
        assert!(!granted.waits && granted.lines.is_empty());
        assert_eq!((granted.granted, granted.refused), (1, 0));
        assert_eq!(
            world.codes(taken.id).await.expect("an answer"),
            ["0200", "8001"]
        );
        assert!(world.held("gemeente-a").await.is_empty() && world.owed().await.is_empty());
        assert!(
            world
                .seen("zorg-a", taken.id)
                .await
                .state
                .answered
                .is_some()
        );
        let copies = world
            .list("gemeente-a", knooppunt::mailbox::Filter::default())
            .await;
        let copies = copies
            .messages
            .iter()
            .filter(|m| m.marks.contains(&Mark::Copy) && m.thread == taken.thread);
        assert_eq!(copies.count(), 1, "the municipality has a copy");
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn a_line_that_is_refused_gets_the_code_of_the_rule_and_the_sums_are_right() {
    on_both_stores(async |world: World| {
        let world = Waiting::allocated(world, "").await;
        let taken = world.taken("zorg-a", &declaration_of_both("D1")).await;
        assert_eq!(
            paths(&world.held("gemeente-a").await[0]),
            [LINE, OTHER_LINE]
        );
        let first = world.decided(taken.id, line(LINE, false)).await;
        assert!(first.waits);
        assert_eq!((paths(&first), first.refused), (vec![OTHER_LINE], 1));
        assert_eq!(
            world.codes(taken.id).await,
            None,
            "the one 325 waits for all of them"
        );
        world.decided(taken.id, line(OTHER_LINE, true)).await;
        let answer = world.answer_to(taken.id).await.expect("an answer");
        assert_eq!(
            world.codes(taken.id).await.expect("codes"),
            ["0200", "0200", "0200", "0611"]
        );
        let sums: Vec<&str> = answer
            .split("TotaalBedrag>")
            .skip(1)
            .step_by(2)
            .map(|text| text.split('<').next().expect("a sum"))
            .collect();
        assert_eq!(
            sums,
            ["116000", "58000"],
            "submitted and granted, in {answer}"
        );
        let found = world
            .mailbox
            .findings(&world.caller("zorg-a"), taken.id, 0, usize::MAX)
            .await
            .expect("findings");
        let refused: Vec<_> = found
            .list
            .iter()
            .filter(|f| f.weight == Weight::Refuses)
            .map(|f| (f.rule, f.path.as_str()))
            .collect();
        assert_eq!(refused, [("TR418", LINE)], "as judged in the end");
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn a_decision_is_taken_once_and_stands() {
    on_both_stores(async |world: World| {
        let world = Waiting::allocated(world, "").await;
        let taken = world.taken("zorg-a", &declaration_of_both("D1")).await;
        world.decided(taken.id, line(LINE, true)).await;
        let records = world.events().len();
        world.decided(taken.id, line(LINE, true)).await;
        assert_eq!(world.events().len(), records, "the same again is no record");

        let otherwise = world.decide(taken.id, line(LINE, false)).await;
        assert!(matches!(&otherwise, Err(DecisionError::Otherwise { path: Some(path) }) if path == LINE), "{otherwise:?}");
        let two = Wanted::Lines(vec![(OTHER_LINE.to_owned(), true), ("/Bericht/Nergens".to_owned(), true)]);
        let unasked = world.decide(taken.id, two).await;
        assert!(matches!(unasked, Err(DecisionError::NotAsked { number: 2 })), "{unasked:?}");
        let twice = Wanted::Lines(vec![(OTHER_LINE.to_owned(), true), (OTHER_LINE.to_owned(), false)]);
        assert!(matches!(world.decide(taken.id, twice).await, Err(DecisionError::Otherwise { .. })));
        assert_eq!(world.events().len(), records, "all of a decision or nothing");

        let rest = world.rest(taken.id, false).await;
        world.decided(taken.id, rest.clone()).await;
        assert_eq!(world.codes(taken.id).await.expect("an answer"), ["0200", "0200", "0200", "0611"]);
        let records = world.events().len();
        world.decided(taken.id, line(OTHER_LINE, false)).await;
        world.decided(taken.id, rest).await;
        assert!(matches!(world.decide(taken.id, line(LINE, false)).await, Err(DecisionError::Otherwise { .. })));
        let over = world.decide(taken.id, line("/Bericht/Nergens", true)).await;
        assert!(matches!(over, Err(DecisionError::Over)), "{over:?}");
        assert_eq!(world.events().len(), records);
        let events = world.events();
        let decided: Vec<(u64, u64)> = events
            .iter()
            .filter_map(|event| {
                let Event::Decided(decided) = event else {
                    return None;
                };
                assert_eq!((decided.party.as_str(), decided.receiver.as_str()), ("gemeente-a", GEMEENTE_A));
                Some((decided.granted, decided.refused))
            }).collect();
        assert_eq!(decided, [(1, 0), (0, 1)]);
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn of_what_waits_everything_counts_as_granted_for_later_declarations() {
    for (grant, second) in [
        (true, vec!["0200", "0200", "0200", "9389"]),
        (false, vec!["0200", "8001"]),
    ] {
        let world = Waiting::allocated(World::new(), "").await;
        let first = world.taken("zorg-a", &declaration("D1")).await;
        let later = world
            .taken("zorg-a", &at_contract(&declaration("D2")))
            .await;
        assert_eq!(
            later.marks,
            [Mark::Held],
            "the month may be granted already"
        );
        let held = world.held("gemeente-a").await;
        assert!(held[1].lines.is_empty(), "nobody has to decide");
        let awaited = &held[1].messages[..];
        let [awaited] = awaited else {
            panic!("{awaited:?}")
        };
        assert_eq!(
            awaited
                .message
                .as_ref()
                .map(|(id, kind)| (*id, kind.name())),
            Some((first.id, "JW323"))
        );
        assert_eq!(awaited.paths, [LINE]);
        let unasked = world.decide(later.id, line(LINE, true)).await;
        assert!(
            matches!(unasked, Err(DecisionError::NotAsked { number: 1 })),
            "{unasked:?}"
        );

        world
            .decided(first.id, world.rest(first.id, grant).await)
            .await;
        assert_eq!(
            world.codes(later.id).await,
            None,
            "not before it is judged again"
        );
        assert_eq!(world.judge_again().await, 1);
        let codes = world.codes(later.id).await.expect("an answer");
        assert_eq!(codes, second);
        assert!(world.held("gemeente-a").await.is_empty());
        assert!(world.is_sound());
    }
}

#[tokio::test]
async fn what_waits_is_judged_again_in_the_order_of_the_journal() {
    on_both_stores(async |world: World| {
        let world = Waiting::allocated(world, "").await;
        let first = world.taken("zorg-a", &declaration("D1")).await;
        let mut later = Vec::new();
        for number in 2..6 {
            later.push(
                world
                    .taken("zorg-a", &at_contract(&declaration(&format!("D{number}"))))
                    .await
                    .id,
            );
        }
        world
            .decided(first.id, world.rest(first.id, false).await)
            .await;
        assert_eq!(world.judge_again().await, 4);
        let mut granted = Vec::new();
        for id in &later {
            granted.push(
                world
                    .codes(*id)
                    .await
                    .expect("an answer")
                    .contains(&"8001".to_owned()),
            );
        }
        assert_eq!(
            granted,
            [true, false, false, false],
            "the oldest has the month"
        );
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn that_one_of_more_messages_is_settled_shows_and_is_no_record() {
    let world = Waiting::allocated(World::new(), "").await;
    let mut taken = Vec::new();
    for number in 1..5 {
        let body = declaration(&format!("D{number}"));
        taken.push(world.taken("zorg-a", &body).await.id);
    }
    let awaited = async || -> Vec<Vec<MessageId>> {
        let held = world.held("gemeente-a").await;
        let names = held.iter().map(|standing| {
            assert_eq!(paths(standing), [LINE], "each asks for itself");
            let messages = standing.messages.iter();
            messages
                .filter_map(|awaited| awaited.message.as_ref().map(|(id, _)| *id))
                .collect()
        });
        names.collect()
    };
    for settled in 0..2 {
        let rest: Vec<Vec<MessageId>> = (settled..4)
            .map(|last| taken[settled..last].to_vec())
            .collect();
        assert_eq!(awaited().await, rest);
        world.decided(taken[settled], line(LINE, false)).await;
        assert_eq!(world.judge_again().await, 0);
    }
    let turns = world
        .count(|event| matches!(event, Event::Reconsidered(again) if again.turn == Turn::Waits));
    assert_eq!(turns, 0);
    world.decided(taken[2], line(LINE, true)).await;
    assert_eq!(world.judge_again().await, 1);
    let codes = world.codes(taken[3]).await.expect("an answer");
    assert!(
        codes.contains(&"9389".to_owned()),
        "the month was granted: {codes:?}"
    );
    assert!(world.is_sound());
}

#[tokio::test]
async fn a_declaration_of_a_later_month_is_answered_meanwhile_and_the_one_that_waited_goes_back_behind_none()
 {
    let world = Waiting::allocated(World::new(), "").await;
    let february = world.taken("zorg-a", &declaration("D1")).await;
    world.clock.advance(SignedDuration::from_hours(24 * 30));
    let march = at_contract(&declaration("D2"));
    let march = with(&march, "999900420", "999900432");
    let march = with(&march, "Nummer>260001<", "Nummer>260002<");
    let march = with(&march, "2026-02-01", "2026-03-01");
    let march = with(&march, "2026-02-28", "2026-03-31");
    let march = with(&march, "2026-03-03", "2026-04-03");
    let march = world.taken("zorg-a", &march).await;
    assert!(
        march.marks.is_empty() && march.state.answered.is_some(),
        "{:?}",
        march.marks
    );
    world
        .decided(february.id, world.rest(february.id, true).await)
        .await;
    assert_eq!(
        world.codes(february.id).await.expect("an answer"),
        ["0200", "8001"]
    );
    assert!(world.is_sound());
    // And what comes now goes back behind March.
    let late = with(&at_contract(&declaration("D3")), "999900420", "999900432");
    let late = with(&late, "Nummer>260001<", "Nummer>260002<");
    let late = world.taken("zorg-a", &late).await;
    assert!(
        world
            .codes(late.id)
            .await
            .expect("an answer")
            .contains(&"8214".to_owned())
    );
}

#[tokio::test]
async fn a_declaration_waits_for_the_providers_own_answer_and_is_answered_when_that_comes() {
    on_both_stores(async |world: World| {
        let world = Waiting::new(world, "");
        let given = world.taken("gemeente-a", &allocation("T1")).await;
        world.clock.advance(SignedDuration::from_hours(24 * 5));
        let taken = world
            .taken("zorg-a", &at_contract(&declaration("D1")))
            .await;
        assert_eq!(taken.marks, [Mark::Held]);
        let held = world.held("gemeente-a").await;
        assert_eq!(
            held[0].messages[0].message.as_ref().map(|(id, _)| *id),
            Some(given.id)
        );
        assert_eq!(world.judge_again().await, 0, "nothing was settled");

        let accepts = answer("JW302", GEMEENTE_A, ZORG_A, "T1", "R1");
        world.taken("zorg-a", &accepts).await;
        assert_eq!(world.judge_again().await, 1);
        assert_eq!(
            world.codes(taken.id).await.expect("an answer"),
            ["0200", "8001"]
        );
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn with_the_allocation_declined_the_declaration_that_waited_for_it_is_refused() {
    let world = Waiting::new(World::new(), "");
    world.taken("gemeente-a", &allocation("T1")).await;
    world.clock.advance(SignedDuration::from_hours(24 * 5));
    let taken = world.taken("zorg-a", &declaration("D1")).await;
    assert_eq!(taken.marks, [Mark::Held]);
    let declines = with(
        &answer("JW302", GEMEENTE_A, ZORG_A, "T1", "R1"),
        "</jw302:XsdVersieRetour>",
        "</jw302:XsdVersieRetour><jw302:RetourCodes><jw302:RetourCode>0001</jw302:RetourCode></jw302:RetourCodes>",
    );
    world.taken("zorg-a", &declines).await;
    assert_eq!(world.judge_again().await, 1);
    let codes = world.codes(taken.id).await.expect("an answer");
    assert!(codes.contains(&"8187".to_owned()), "{codes:?}");
    assert!(world.is_sound());
}

#[tokio::test]
async fn what_is_judged_again_may_wait_for_a_decision_then() {
    on_both_stores(async |world: World| {
        let world = Waiting::new(world, "");
        world.taken("gemeente-a", &allocation("T1")).await;
        world.clock.advance(SignedDuration::from_hours(24 * 5));
        let taken = world.taken("zorg-a", &declaration("D1")).await;
        let accepts = answer("JW302", GEMEENTE_A, ZORG_A, "T1", "R1");
        world.taken("zorg-a", &accepts).await;
        assert_eq!(world.judge_again().await, 0);
        let held = world.held("gemeente-a").await;
        assert_eq!((paths(&held[0]), held[0].messages.len()), (vec![LINE], 0));
        let turns = world.count(
            |event| matches!(event, Event::Reconsidered(again) if again.turn == Turn::Waits),
        );
        assert_eq!(turns, 1);
        world.intake.queue_all().expect("queued");
        world.judge_again().await;
        let turns = world.count(|event| matches!(event, Event::Reconsidered(_)));
        assert_eq!(turns, 1, "what is as before is no record");
        world
            .decided(taken.id, world.rest(taken.id, true).await)
            .await;
        assert_eq!(
            world.codes(taken.id).await.expect("an answer"),
            ["0200", "8001"]
        );
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn the_municipalitys_own_325_ends_the_waiting_and_a_wrong_one_does_not() {
    on_both_stores(async |world: World| {
        let world = Waiting::allocated(world, "").await;
        let taken = world.taken("zorg-a", &declaration("D1")).await;
        let right = answer("JW325", GEMEENTE_A, ZORG_A, "D1", "A2");
        let right = with(&right, "DN260001", "DND1");
        let wrong = with(&with(&right, "DND1", "DNX"), ">A2<", ">A1<");
        let wrong = world.taken("gemeente-a", &wrong).await;
        assert_eq!(wrong.marks, [Mark::Reported]);
        assert_eq!(world.held("gemeente-a").await.len(), 1);
        // Both sides have read all of it: the content stays, for it is judged again from it.
        world.acknowledge("gemeente-a", taken.id).await;
        world.acknowledge("zorg-a", wrong.id).await;
        world.clock.advance(SignedDuration::from_hours(48));
        let retention = world.retention(RetentionSettings::default());
        retention.sweep(world.clock.now()).await.expect("swept");
        assert!(matches!(
            world.content("gemeente-a", taken.id).await,
            Content::Whole { .. }
        ));

        let own = world.taken("gemeente-a", &right).await;
        assert!(own.marks.is_empty(), "{:?}", own.marks);
        assert!(world.held("gemeente-a").await.is_empty() && world.owed().await.is_empty());
        let over = world
            .decide(taken.id, world.rest(taken.id, true).await)
            .await;
        assert!(matches!(over, Err(DecisionError::Over)), "{over:?}");
        assert_eq!(world.codes(taken.id).await, None, "the gateway made none");
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn who_may_read_for_a_municipality_sees_what_waits_and_only_who_may_decide_decides() {
    let world = Waiting::allocated(World::new(), READERS).await;
    let taken = world.taken("zorg-a", &declaration("D1")).await;
    let (decisions, id) = (world.decisions(), taken.id);
    for stranger in ["zorg-a", "gemeente-b", "zorg-b", "softwarehuis"] {
        assert!(world.held(stranger).await.is_empty(), "{stranger}");
        let caller = world.caller(stranger);
        let one = decisions.one(&caller, id, 0).await;
        assert!(
            matches!(one, Err(DecisionError::NotFound)),
            "{stranger}: {one:?}"
        );
        let decided = decisions
            .decide(&caller, id, world.rest(id, true).await)
            .await;
        assert!(
            matches!(decided, Err(DecisionError::NotFound)),
            "{stranger}"
        );
    }
    let reader = world.caller("lezer");
    assert_eq!(world.held("lezer").await.len(), 1);
    assert!(!decisions.may_decide(&reader, id).await.expect("he sees it"));
    assert!(
        decisions
            .decide(&reader, id, world.rest(id, true).await)
            .await
            .is_err()
    );
    assert_eq!(world.count(|event| matches!(event, Event::Decided(_))), 0);

    assert_eq!(world.held("besluiter").await.len(), 1);
    let decided = decisions
        .decide(&world.caller("besluiter"), id, world.rest(id, true).await)
        .await;
    assert!(!decided.expect("decided").waits);
    assert!(
        world.waiting("besluiter").await.is_empty(),
        "to decide is not to read the mailbox"
    );
}

#[tokio::test]
async fn what_never_waited_is_nobodys_to_decide() {
    let world = Waiting::allocated(World::new(), "").await;
    let taken = world
        .taken("zorg-a", &at_contract(&declaration("D1")))
        .await;
    assert!(taken.marks.is_empty() && taken.state.answered.is_some());
    let one = world
        .decisions()
        .one(&world.caller("gemeente-a"), taken.id, 0)
        .await;
    assert!(matches!(one, Err(DecisionError::NotFound)));
    assert!(matches!(
        world
            .decide(taken.id, world.rest(taken.id, true).await)
            .await,
        Err(DecisionError::NotFound)
    ));
}

#[tokio::test]
async fn of_the_same_decision_on_many_connections_one_is_recorded_and_one_325_made() {
    on_both_stores(async |world: World| {
        let world = Waiting::allocated(world, "").await;
        let id = world.taken("zorg-a", &declaration("D1")).await.id;
        let decisions = Arc::new(world.decisions());
        let rest = [world.rest(id, false).await, world.rest(id, true).await];
        let mut tasks = JoinSet::new();
        for number in 0..30 {
            let (decisions, caller) = (Arc::clone(&decisions), world.caller("gemeente-a"));
            let wanted = rest[usize::from(number % 2 == 0)].clone();
            tasks.spawn(async move { decisions.decide(&caller, id, wanted).await });
        }
        let mut done = 0;
        while let Some(outcome) = tasks.join_next().await {
            match outcome.expect("no panic") {
                Ok(standing) => {
                    assert!(!standing.waits);
                    done += 1;
                }
                Err(DecisionError::Otherwise { .. }) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(done, 15, "all that say the same as the first");
        assert_eq!(world.count(|event| matches!(event, Event::Decided(_))), 1);
        assert!(world.codes(id).await.is_some());
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn what_was_settled_before_a_stop_is_judged_again_after_the_start_and_all_comes_back_from_the_journal()
 {
    let world = Waiting::allocated(World::on(Store::on_disk()), "").await;
    let first = world.taken("zorg-a", &declaration_of_both("D1")).await;
    let later = world
        .taken("zorg-a", &at_contract(&declaration("D2")))
        .await;
    world.decided(first.id, line(LINE, false)).await;
    let world = world.without_views();
    let held = world.held("gemeente-a").await;
    assert_eq!(
        (paths(&held[0]), held[0].refused),
        (vec![OTHER_LINE], 1),
        "also what was decided"
    );
    world
        .decided(first.id, world.rest(first.id, false).await)
        .await;
    // It stops before what waited for it is judged again.
    let world = world.again();
    assert_eq!(world.codes(later.id).await, None);
    world.intake.queue_all().expect("queued");
    assert_eq!(world.judge_again().await, 1);
    assert_eq!(
        world.codes(later.id).await.expect("an answer"),
        ["0200", "8001"]
    );
    assert!(world.is_sound());
    let world = world.without_views();
    assert!(world.held("gemeente-a").await.is_empty());
    let over = world.decide(first.id, line("/Bericht/Nergens", true)).await;
    assert!(matches!(over, Err(DecisionError::Over)));
    assert!(world.is_sound());
}

#[tokio::test]
async fn at_the_longest_term_the_answer_is_left_to_the_municipality_before_the_content_goes() {
    on_both_stores(async |world: World| {
        let world = Waiting::allocated(world, "").await;
        let taken = world.taken("zorg-a", &declaration("D1")).await;
        let later = world
            .taken("zorg-a", &at_contract(&declaration("D2")))
            .await;
        world.acknowledge("gemeente-a", later.id).await;
        world.clock.advance(SignedDuration::from_hours(24 * 61));
        let retention = world.retention(RetentionSettings::default());
        retention.sweep(world.clock.now()).await.expect("swept");
        assert!(world.held("gemeente-a").await.is_empty());
        let state = world.seen("gemeente-a", taken.id).await.state;
        let order = [state.dead, state.released, state.erased];
        assert!(
            order.iter().all(Option::is_some) && order.is_sorted(),
            "{state:?}"
        );
        let state = world.seen("gemeente-a", later.id).await.state;
        assert!(
            state.dead.is_none() && state.released.is_some(),
            "it was read, and waited all the same"
        );
        let owed = world.owed().await;
        assert!(
            owed.contains(&taken.id) && owed.contains(&later.id),
            "an answer is still owed"
        );
        assert!(matches!(
            world
                .decide(taken.id, world.rest(taken.id, true).await)
                .await,
            Err(DecisionError::Over)
        ));
        world.intake.queue_all().expect("queued");
        assert_eq!(world.judge_again().await, 0);

        let own = with(
            &answer("JW325", GEMEENTE_A, ZORG_A, "D1", "A1"),
            "DN260001",
            "DND1",
        );
        let own = world.taken("gemeente-a", &own).await;
        assert!(!own.marks.contains(&Mark::SecondAnswer));
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn a_declaration_that_cannot_be_left_to_its_receiver_keeps_its_content_and_nobody_elses() {
    let Store { journal, views, .. } = Store::memory();
    let failing = Arc::new(Failing {
        under: journal,
        failures: AtomicUsize::new(usize::MAX),
        fatal: false,
        picks: |group| {
            let events = group.iter().map(|entry| Event::decode(&entry.event));
            events
                .into_iter()
                .any(|event| matches!(event, Ok(Event::Reconsidered(_))))
        },
    });
    let world = World::on(Store::of(Arc::clone(&failing) as _, views));
    let world = Waiting::allocated(world, "").await;
    let waits = world.taken("zorg-a", &declaration("D1")).await;
    let other = world
        .taken("zorg-b", &message("JW305", GEMEENTE_A, ZORG_B, "S1"))
        .await;
    world.clock.advance(SignedDuration::from_hours(24 * 61));
    let retention = world.retention(RetentionSettings::default());
    retention.sweep(world.clock.now()).await.expect("swept");
    let state = world.seen("gemeente-a", waits.id).await.state;
    assert!(
        state.erased.is_none() && state.released.is_none(),
        "{state:?}"
    );
    let state = world.seen("gemeente-a", other.id).await.state;
    assert!(state.erased.is_some(), "{state:?}");

    failing.failures.store(0, Ordering::SeqCst);
    retention.sweep(world.clock.now()).await.expect("swept");
    let state = world.seen("gemeente-a", waits.id).await.state;
    assert!(
        state.erased.is_some() && state.released <= state.erased,
        "{state:?}"
    );
    assert!(world.held("gemeente-a").await.is_empty() && world.is_sound());
}

#[tokio::test]
async fn without_the_mandate_to_answer_nothing_is_answered_any_more() {
    let mut world = Waiting::allocated(World::new(), "").await;
    let taken = world.taken("zorg-a", &declaration("D1")).await;
    let ended = world
        .parties
        .replace("until = 2026-12-31", "until = 2026-03-05");
    world.world.register = register(&ended);
    world.intake.queue_all().expect("queued");
    assert_eq!(world.judge_again().await, 0);
    assert!(world.held("gemeente-a").await.is_empty());
    assert!(
        world
            .seen("gemeente-a", taken.id)
            .await
            .state
            .released
            .is_some()
    );
    assert_eq!(world.codes(taken.id).await, None);
    assert_eq!(world.owed().await, [taken.id]);
    assert!(world.is_sound());
}

#[tokio::test]
async fn a_register_that_comes_into_force_while_what_waits_is_judged_again_counts_for_the_next_one()
{
    let world = Waiting::allocated(World::new(), "").await;
    let first = world.taken("zorg-a", &declaration("D1")).await;
    let second = with(&declaration("D2"), "999900420", "999900432");
    let second = with(&second, "Nummer>260001<", "Nummer>260002<");
    let second = world.taken("zorg-a", &second).await;
    assert_eq!(world.held("gemeente-a").await.len(), 2);
    let ended = world
        .parties
        .replace("until = 2026-12-31", "until = 2026-03-05");
    let ended = register(&ended);
    world.references.swap(contract(7250));
    world.intake.queue_all().expect("queued");
    let turns = AtomicUsize::new(0);
    let now = || {
        let before = turns.fetch_add(1, Ordering::SeqCst) == 0;
        let register = if before { &world.register } else { &ended };
        (Arc::clone(register), world.clock.now())
    };
    assert_eq!(world.intake.judge_again(&now).await.expect("judged"), 1);
    assert!(world.codes(first.id).await.is_some());
    let state = world.seen("gemeente-a", second.id).await.state;
    assert!(state.released.is_some() && state.answered.is_none());
}

#[tokio::test]
async fn a_contract_that_comes_into_force_meanwhile_answers_what_nobody_decided_and_undoes_no_decision()
 {
    let world = Waiting::allocated(World::new(), "").await;
    let asked = world.taken("zorg-a", &declaration_of_both("D1")).await;
    world.decided(asked.id, line(LINE, false)).await;
    world.references.swap(contract(7250));
    world.intake.queue_all().expect("queued");
    assert_eq!(world.judge_again().await, 1);
    let codes = world.codes(asked.id).await.expect("an answer");
    assert_eq!(
        codes,
        ["0200", "0200", "0200", "0611"],
        "the one was decided, the other is agreed now"
    );
    assert!(world.is_sound());
}

#[tokio::test]
async fn with_more_waiting_between_the_two_than_is_looked_at_a_declaration_is_left_to_the_municipality()
 {
    let world = Waiting::new(World::new(), "");
    let mut held = Vec::new();
    for number in 0..501 {
        if number == 499 {
            world.clock.advance(SignedDuration::from_hours(24 * 5));
        }
        if number >= 499 {
            let body = declaration(&format!("D{number}"));
            held.push(world.taken("zorg-a", &body).await.marks);
        }
        let given = allocation(&format!("T{number}"));
        world.taken("gemeente-a", &given).await;
    }
    assert_eq!(held, [[Mark::Held], [Mark::Waits]]);
    assert_eq!(world.held("gemeente-a").await.len(), 1);
    assert!(world.is_sound());
}

#[tokio::test]
async fn what_cannot_be_judged_again_through_damage_is_left_to_the_municipality_at_once() {
    fn held(event: &Event) -> bool {
        matches!(event, Event::Received(received) if received.marks.contains(&Mark::Held))
    }
    for kind in [PartKind::Body, PartKind::Effect] {
        for decides in [true, false] {
            let world = Waiting::allocated(World::on(Store::on_disk()), "").await;
            let taken = world.taken("zorg-a", &declaration("D1")).await;
            let world = world.damaged(kind, held);
            if decides {
                let decided = world.decide(taken.id, line(LINE, true)).await;
                if kind == PartKind::Body {
                    let decided = decided.expect("taken");
                    assert_eq!((decided.waits, decided.granted), (false, 1));
                } else {
                    let damaged = matches!(decided, Err(DecisionError::Damaged));
                    assert!(damaged, "{decided:?}");
                }
            } else {
                world.references.swap(contract(7250));
                world.intake.queue_all().expect("queued");
                assert_eq!(world.judge_again().await, 0);
            }
            let state = world.seen("gemeente-a", taken.id).await.state;
            assert!(
                state.released.is_some() && state.answered.is_none(),
                "{kind:?}"
            );
            assert!(world.held("gemeente-a").await.is_empty());
            assert_eq!(world.owed().await, [taken.id], "by the municipality itself");
            let over = world.decide(taken.id, line(LINE, false)).await;
            assert!(
                matches!(
                    over,
                    Err(DecisionError::Over | DecisionError::Otherwise { .. })
                ),
                "{over:?}"
            );
            assert_eq!(world.count(|event| matches!(event, Event::Reconsidered(again) if again.turn == Turn::NotMade)), 1);
        }
    }
}

#[tokio::test]
async fn an_own_325_that_books_nothing_ends_the_waiting_all_the_same() {
    fn held(event: &Event) -> bool {
        matches!(event, Event::Received(received) if received.marks.contains(&Mark::Held))
    }
    let world = Waiting::allocated(World::on(Store::on_disk()), "").await;
    world.taken("zorg-a", &declaration("D1")).await;
    let world = world.damaged(PartKind::Effect, held);
    let own = answer("JW325", GEMEENTE_A, ZORG_A, "D1", "A1");
    let own = with(&own, "DN260001", "DND1");
    let own = world.taken("gemeente-a", &own).await;
    assert_eq!(own.marks, [Mark::NotBooked]);
    assert_eq!(world.held("gemeente-a").await.len(), 1);
    assert_eq!(world.judge_again().await, 0);
    assert!(world.held("gemeente-a").await.is_empty());
}

#[tokio::test]
async fn with_the_last_verdict_on_it_damaged_a_declaration_waits_until_it_is_looked_at_with_old_views_and_new()
 {
    fn waits(event: &Event) -> bool {
        matches!(event, Event::Reconsidered(again) if again.turn == Turn::Waits)
    }
    for anew in [false, true] {
        let world = Waiting::new(World::on(Store::on_disk()), "");
        world.taken("gemeente-a", &allocation("T1")).await;
        world.clock.advance(SignedDuration::from_hours(24 * 5));
        let taken = world.taken("zorg-a", &declaration("D1")).await;
        let accepts = answer("JW302", GEMEENTE_A, ZORG_A, "T1", "R1");
        world.taken("zorg-a", &accepts).await;
        world.judge_again().await;
        let mut world = world.damaged(PartKind::Effect, waits);
        if anew {
            world = world.without_views();
        }
        let held = world.held("gemeente-a").await;
        assert_eq!(held.len(), 1, "{anew}");
        assert!(held[0].waits && held[0].unclear && held[0].lines.is_empty());
        world.intake.queue_all().expect("queued");
        assert_eq!(world.judge_again().await, 0);
        let door = Door::above(world.world);
        let path = format!("/v1/besluiten/{}", taken.id);
        let one: DeclarationBody = door.get("gemeente-a", &path).await.json();
        assert_eq!(one.state, "released", "{anew}");
        assert!(one.answer_by.is_some());
        assert!(
            door.world
                .seen("gemeente-a", taken.id)
                .await
                .state
                .released
                .is_some()
        );
    }
}

#[tokio::test]
async fn a_decision_on_all_that_asks_is_about_what_was_seen_and_the_same_again_decides_nothing_more()
 {
    let world = Waiting::new(World::new(), &judged(ZORG_A));
    let given = with(&allocation("T1"), "Frequentie>4<", "Frequentie>6<");
    let given = with(
        &given,
        "Ingangsdatum>2026-02-01<",
        "Ingangsdatum>2026-01-01<",
    );
    world.taken("gemeente-a", &given).await;
    world.clock.advance(SignedDuration::from_hours(24 * 35));
    // January and February, each of them all that was allocated: of both the first is granted at most.
    let body = declaration("D1");
    let text = std::str::from_utf8(&body).expect("text");
    let (from, to) = ("<jw323:Prestatie>", "</jw323:Prestaties>");
    let first = &text[text.find(from).expect("a line")..text.find(to).expect("its end")];
    let other = first.replace("P-D1", "Q-D1");
    let other = other
        .replace("2026-02-01", "2026-01-01")
        .replace("2026-02-28", "2026-01-31");
    let both = text.replace(to, &format!("{other}{to}"));
    let both = both.replace("TotaalBedrag>58000<", "TotaalBedrag>116000<");
    let taken = world.taken("zorg-a", &both.into()).await;
    assert_eq!(paths(&world.held("gemeente-a").await[0]), [LINE]);

    let rest = world.rest(taken.id, false).await;
    let now = world.decided(taken.id, rest.clone()).await;
    let second = LINE.replace("Prestatie[1]", "Prestatie[2]");
    assert_eq!((paths(&now), now.refused), (vec![second.as_str()], 1));
    for _ in 0..2 {
        let again = world.decided(taken.id, rest.clone()).await;
        assert_eq!((paths(&again), again.refused), (vec![second.as_str()], 1));
    }
    let Wanted::Rest { verdict, .. } = rest else {
        panic!("{rest:?}")
    };
    for (grant, number) in [(true, verdict), (true, verdict + 1)] {
        let wanted = Wanted::Rest {
            grant,
            verdict: number,
        };
        let refused = world.decide(taken.id, wanted).await;
        match refused {
            Err(DecisionError::Otherwise { path: None }) => assert_eq!(number, verdict),
            Err(DecisionError::Changed) => assert_ne!(number, verdict),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(world.codes(taken.id).await, None);
    let granted = world.rest(taken.id, true).await;
    let done = world.decided(taken.id, granted.clone()).await;
    assert!(!done.waits);
    let after = world.decided(taken.id, granted).await;
    assert_eq!(
        (after.granted, after.refused),
        (1, 1),
        "lost on the way, and sent again"
    );
    assert_eq!(world.count(|event| matches!(event, Event::Decided(_))), 2);
    assert!(world.is_sound());
}

#[tokio::test]
async fn an_allocation_that_was_changed_meanwhile_counts_as_it_is_when_the_declaration_is_answered()
{
    let world = Waiting::allocated(World::new(), "").await;
    let taken = world.taken("zorg-a", &declaration("D1")).await;
    assert_eq!(taken.marks, [Mark::Held]);
    let other = world.taken("zorg-a", &declaration("D2")).await;
    // Taken back as of its first day: that hangs on what waits, so the provider answers it himself.
    let back = with(
        &allocation("T3"),
        "<jw301:Einddatum>2026-12-31</jw301:Einddatum>",
        "<jw301:Einddatum>2026-02-01</jw301:Einddatum><jw301:RedenWijziging>13</jw301:RedenWijziging>",
    );
    let back = with(&back, ">2026-01-05<", ">2026-03-05<");
    let back = world.taken("gemeente-a", &back).await;
    assert_eq!(back.marks, [Mark::Waits]);
    let accepts = answer("JW302", GEMEENTE_A, ZORG_A, "T3", "R3");
    let accepts = world.taken("zorg-a", &accepts).await;
    assert!(accepts.marks.is_empty(), "{:?}", accepts.marks);
    for id in [taken.id, other.id] {
        world.decided(id, world.rest(id, true).await).await;
        let codes = world.codes(id).await.expect("an answer");
        assert!(!codes.contains(&"8001".to_owned()), "{codes:?}");
    }
    assert!(world.is_sound());
}

#[tokio::test]
async fn the_same_bytes_again_are_a_repeat_while_they_wait_and_after() {
    let world = Waiting::allocated(World::new(), "").await;
    let body = declaration("D1");
    let taken = world.taken("zorg-a", &body).await;
    for decided in [false, true] {
        let Outcome::Repeat(again) = world.hand_in("zorg-a", &body).await else {
            panic!("not a repeat")
        };
        assert_eq!((again.id, again.marks), (taken.id, taken.marks.clone()));
        assert_eq!(again.state.answered.is_some(), decided);
        if !decided {
            world
                .decided(taken.id, world.rest(taken.id, true).await)
                .await;
        }
    }
}

#[tokio::test]
async fn a_second_declaration_under_a_held_ones_identification_is_refused_at_once() {
    let world = Waiting::allocated(World::new(), "").await;
    let taken = world.taken("zorg-a", &declaration("D1")).await;
    let other = with(&declaration("D1"), "P-D1", "P-D9");
    let other = world.taken("zorg-a", &other).await;
    assert_eq!(other.marks, [Mark::Refused]);
    assert_eq!(world.codes(other.id).await.expect("an answer"), ["9056"]);
    world
        .decided(taken.id, world.rest(taken.id, true).await)
        .await;
    assert_eq!(
        world.codes(taken.id).await.expect("an answer"),
        ["0200", "8001"],
        "and the first by itself"
    );
    assert!(world.is_sound());
}

#[tokio::test]
async fn nothing_that_is_told_of_what_waits_holds_anything_from_a_message() {
    let world = Waiting::allocated(World::new(), "").await;
    let taken = world.taken("zorg-a", &declaration_of_both("CANARY1")).await;
    world
        .taken("zorg-a", &at_contract(&declaration("CANARY2")))
        .await;
    let held = world.held("gemeente-a").await;
    let mut said = vec![format!("{held:?}")];
    for standing in &held {
        for line in &standing.lines {
            let finding = line.finding.as_ref().expect("a rule");
            said.push(format!("{} {:?}", finding.text(), finding.remedy()));
        }
    }
    for wanted in [line(LINE, true), line(LINE, false), line("CANARY3", false)] {
        said.push(format!("{:?}", world.decide(taken.id, wanted).await));
    }
    world
        .decided(taken.id, world.rest(taken.id, false).await)
        .await;
    world.judge_again().await;
    for record in world.records() {
        said.push(String::from_utf8_lossy(&record.event).into_owned());
    }
    let said = said.concat();
    assert!(
        said.contains("TR418") && said.contains(LINE),
        "something is told"
    );
    for canary in [
        "CANARY",
        "999900420",
        "999900432",
        "45A04",
        "58000",
        "7250",
        "260002",
    ] {
        assert!(!said.contains(canary), "{canary} is told");
    }
}

#[tokio::test]
async fn no_log_line_no_figure_and_no_answer_of_the_api_about_what_waits_holds_anything_from_a_message()
 {
    let lines = Lines::default();
    let settings = TelemetrySettings {
        format: LogFormat::Json,
        level: LogLevel::Debug,
    };
    let writer = lines.clone();
    let _logging = tracing::subscriber::set_default(subscriber(&settings, move || writer.clone()));
    // With one dispatcher alone, another thread that reaches a log line first decides for all that nobody listens to it.
    let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
    let recorder = PrometheusBuilder::new().build_recorder();
    let _recording = metrics::set_default_local_recorder(&recorder);

    let waiting = Waiting::allocated(World::new(), READERS).await;
    let body = declaration_of_both("CANARY1");
    let text = String::from_utf8_lossy(&body);
    // Looked for as they are: numbers of requests have nine digits in a row too.
    assert!(
        text.contains("999900420") && text.contains("999900432"),
        "there are BSNs to be found"
    );
    let taken = waiting.taken("zorg-a", &body).await;
    let later = at_contract(&declaration("CANARY2"));
    let later = waiting.taken("zorg-a", &later).await;
    let office = Office {
        id: taken.id.to_string(),
        door: Door::above(waiting.world),
    };
    let mut said = String::new();
    let later = format!("/v1/besluiten/{}", later.id);
    for (party, path) in [
        ("gemeente-a", "/v1/besluiten"),
        ("gemeente-a", &office.path()),
        ("gemeente-a", &later),
        ("lezer", &later),
        ("zorg-a", &later),
        ("gemeente-a", "/v1/besluiten/CANARY3"),
        ("gemeente-a", "/v1/besluiten?cursor=CANARY4"),
    ] {
        said += &String::from_utf8_lossy(&office.door.get(party, path).await.body);
    }
    for (party, body) in [
        ("lezer", r#"{"rest": "grant"}"#.to_owned()),
        ("gemeente-a", r#"{"rest": "CANARY5"}"#.to_owned()),
        (
            "gemeente-a",
            r#"{"lines": [{"path": "CANARY6", "decision": "grant"}]}"#.to_owned(),
        ),
        (
            "gemeente-a",
            format!(r#"{{"lines": [{{"path": "{LINE}", "decision": "grant"}}]}}"#),
        ),
        (
            "gemeente-a",
            format!(r#"{{"lines": [{{"path": "{LINE}", "decision": "refuse"}}]}}"#),
        ),
        (
            "gemeente-a",
            r#"{"lines": [{"path": "/Bericht", "decision": "grant"}]}"#.to_owned(),
        ),
    ] {
        said += &String::from_utf8_lossy(&office.post(party, &body).await.body);
    }
    let whole: DeclarationBody = office.one("gemeente-a").await;
    let rest = format!(
        r#"{{"lines": [{{"path": "{}", "decision": "refuse"}}]}}"#,
        whole.lines[0].path
    );
    said += &String::from_utf8_lossy(&office.post("gemeente-a", &rest).await.body);
    said += &String::from_utf8_lossy(&office.door.get("gemeente-a", &office.path()).await.body);
    assert!(
        said.contains("TR418") && said.contains("answered"),
        "something is told: {said}"
    );

    let logged = String::from_utf8(lines.0.lock().expect("lines").clone()).expect("text");
    assert!(
        logged.contains("decided") && logged.contains("/v1/besluiten/{id}"),
        "{logged}"
    );
    let figures = recorder.handle().render();
    // Names and labels, without the numbers, which have digits of every kind.
    let figures: Vec<&str> = figures
        .lines()
        .map(|line| line.rsplit_once(' ').map_or(line, |(series, _)| series))
        .collect();
    let figures = figures.join("\n");
    assert!(
        figures.contains("knooppunt_lines_decided_total"),
        "{figures}"
    );
    // What the caller himself sent wrongly is not told back to him either.
    for text in [&said, &logged, &figures] {
        for canary in ["CANARY", "45A04", "P-CANARY", "999900420", "999900432"] {
            assert!(!text.contains(canary), "{canary} in {text}");
        }
    }
}

/// The same world behind the own API.
struct Office {
    door: Door,
    id: String,
}

impl Office {
    /// With one declaration of two lines that wait.
    async fn open() -> Self {
        let waiting = Waiting::allocated(World::new(), READERS).await;
        let taken = waiting.taken("zorg-a", &declaration_of_both("D1")).await;
        Self {
            id: taken.id.to_string(),
            door: Door::above(waiting.world),
        }
    }

    fn path(&self) -> String {
        format!("/v1/besluiten/{}", self.id)
    }

    async fn post(&self, party: &str, body: &str) -> Reply {
        let path = self.path();
        self.door
            .post_as(party, &path, "application/json", body.to_owned())
            .await
    }

    /// This word on all that asks now.
    async fn rest(&self, word: &str) -> String {
        let verdict = self.one("gemeente-a").await.verdict.expect("it waits");
        format!(r#"{{"rest": "{word}", "verdict": {verdict}}}"#)
    }

    async fn one(&self, party: &str) -> DeclarationBody {
        let reply = self.door.get(party, &self.path()).await;
        assert_eq!(reply.status, 200, "{:?}", reply.body);
        reply.json()
    }
}

#[tokio::test]
async fn the_api_lists_what_waits_and_takes_decisions_line_by_line() {
    let office = Office::open().await;
    let page: DeclarationsBody = office.door.get("gemeente-a", "/v1/besluiten").await.json();
    assert!(page.next.is_none());
    let [one] = &page.declarations[..] else {
        panic!("{page:?}")
    };
    assert_eq!(one, &office.one("gemeente-a").await);
    assert_eq!(
        (one.id.as_str(), one.bericht.as_str(), one.state.as_str()),
        (office.id.as_str(), "JW323", "waits")
    );
    assert_eq!(
        one.answer_by.as_deref(),
        Some("2026-03-20"),
        "ten working days"
    );
    let lines: Vec<_> = one
        .lines
        .iter()
        .map(|line| (line.path.as_str(), line.rule.as_str(), line.code.as_str()))
        .collect();
    assert_eq!(
        lines,
        [(LINE, "TR418", "0611"), (OTHER_LINE, "TR418", "0611")]
    );
    assert!(
        one.lines
            .iter()
            .all(|line| !line.text.is_empty() && line.remedy.is_some())
    );

    let first = format!(r#"{{"lines": [{{"path": "{LINE}", "decision": "grant"}}]}}"#);
    for _ in 0..2 {
        let reply = office.post("gemeente-a", &first).await;
        assert_eq!(reply.status, 200, "{:?}", reply.body);
        let now: DeclarationBody = reply.json();
        assert_eq!(
            (now.state.as_str(), now.lines.len(), now.granted),
            ("waits", 1, 1)
        );
    }
    let done: DeclarationBody = office
        .post("gemeente-a", &office.rest("refuse").await)
        .await
        .json();
    assert_eq!(
        (done.state.as_str(), done.granted, done.refused),
        ("answered", 1, 1)
    );
    assert!(done.answer_by.is_none() && done.lines.is_empty());
    let page: DeclarationsBody = office.door.get("gemeente-a", "/v1/besluiten").await.json();
    assert!(page.declarations.is_empty());
}

#[tokio::test]
async fn what_cannot_be_decided_is_told_as_a_problem_that_says_what_to_do() {
    let office = Office::open().await;
    let path = office.path();
    for (party, reply) in [
        ("zorg-a", is(404, "not-found")),
        ("gemeente-b", is(404, "not-found")),
        ("lezer", is(403, "no-mandate-to-decide")),
    ] {
        assert_eq!(
            office
                .post(party, r#"{"rest": "grant", "verdict": 1}"#)
                .await
                .refusal(),
            reply,
            "{party}"
        );
    }
    assert_eq!(
        office.door.get("zorg-a", &path).await.refusal(),
        is(404, "not-found")
    );
    assert_eq!(office.one("lezer").await.lines.len(), 2);
    assert_eq!(
        office
            .door
            .get("gemeente-a", "/v1/besluiten/aaaaaaaaaaaaaaaaaaaaaaaaaa")
            .await
            .refusal(),
        is(404, "not-found")
    );
    for body in [
        "",
        "{}",
        "[]",
        r#"{"rest": "ja", "verdict": 1}"#,
        r#"{"rest": "grant"}"#,
        r#"{"verdict": 1, "lines": [{"path": "/x", "decision": "grant"}]}"#,
        r#"{"lines": []}"#,
        r#"{"rest": "grant", "verdict": 1, "meer": 1}"#,
        r#"{"rest": "grant", "verdict": 1, "lines": [{"path": "/x", "decision": "grant"}]}"#,
    ] {
        assert_eq!(
            office.post("gemeente-a", body).await.refusal(),
            is(400, "no-decision"),
            "{body}"
        );
    }
    let xml = office.door.post("gemeente-a", &path, "<x/>").await;
    assert_eq!(xml.refusal(), is(415, "media-type-not-taken"));
    let unasked = office
        .post(
            "gemeente-a",
            r#"{"lines": [{"path": "999900420", "decision": "grant"}]}"#,
        )
        .await;
    let problem = unasked.problem();
    assert_eq!(
        (
            problem.status,
            problem.code.as_str(),
            problem.fault.as_str()
        ),
        (422, "no-decision-asked", "sender")
    );
    assert!(
        problem.detail.contains("Regel 1") && !problem.detail.contains("999900420"),
        "{}",
        problem.detail
    );
    assert_eq!(
        office.one("gemeente-a").await.granted,
        0,
        "nothing of all that is recorded"
    );

    // At the tariff of the contract nobody is asked, and it waits for the other declaration.
    let later = office
        .door
        .world
        .taken("zorg-a", &at_contract(&declaration("D2")))
        .await;
    let later = format!("/v1/besluiten/{}", later.id);
    let seen: DeclarationBody = office.door.get("gemeente-a", &later).await.json();
    let verdict = seen.verdict.expect("it waits by a verdict");
    let body = format!(r#"{{"rest": "grant", "verdict": {verdict}}}"#);
    let waits = office
        .door
        .post_as("gemeente-a", &later, "application/json", body)
        .await;
    let problem = waits.problem();
    assert_eq!(
        (problem.status, problem.code.as_str()),
        (422, "no-decision-asked")
    );
    assert!(
        problem.detail.contains("waits_for") && !problem.detail.contains("Regel 1"),
        "{}",
        problem.detail
    );

    let line = |word: &str| format!(r#"{{"lines": [{{"path": "{LINE}", "decision": "{word}"}}]}}"#);
    assert_eq!(office.post("besluiter", &line("grant")).await.status, 200);
    let otherwise = office.post("gemeente-a", &line("refuse")).await.problem();
    assert_eq!(
        (otherwise.status, otherwise.code.as_str()),
        (409, "decided-otherwise")
    );
    assert!(otherwise.detail.contains(LINE));
    assert_eq!(
        office
            .post("gemeente-a", &office.rest("grant").await)
            .await
            .status,
        200
    );
    let over = office
        .post(
            "gemeente-a",
            r#"{"lines": [{"path": "/x", "decision": "grant"}]}"#,
        )
        .await;
    assert_eq!(over.refusal(), is(409, "not-waiting"));
}

#[tokio::test]
async fn the_list_names_a_few_of_the_messages_that_are_waited_for_and_the_declaration_itself_all() {
    let office = Office::open().await;
    let world = &office.door.world;
    let mut last = None;
    for number in 2..14 {
        let later = at_contract(&declaration(&format!("D{number}")));
        last = Some(world.taken("zorg-a", &later).await.id);
    }
    let last = last.expect("a declaration").to_string();
    let page: DeclarationsBody = office.door.get("gemeente-a", "/v1/besluiten").await.json();
    let listed = page.declarations.last().expect("the youngest");
    assert_eq!(listed.id, last);
    assert_eq!((listed.waits_for.len(), listed.waits_for_more), (10, 2));
    let path = format!("/v1/besluiten/{last}");
    let whole: DeclarationBody = office.door.get("gemeente-a", &path).await.json();
    assert_eq!((whole.waits_for.len(), whole.waits_for_more), (12, 0));
    assert_eq!(whole.waits_for[..10], listed.waits_for[..]);
}

#[tokio::test]
async fn lines_and_declarations_come_in_pages() {
    let office = Office::open().await;
    let world = &office.door.world;
    for number in 2..5 {
        world
            .taken("zorg-a", &declaration_of_both(&format!("D{number}")))
            .await;
    }
    let (mut seen, mut path) = (Vec::new(), "/v1/besluiten?limit=2".to_owned());
    loop {
        let page: DeclarationsBody = office.door.get("gemeente-a", &path).await.json();
        assert!(page.declarations.len() <= 2);
        seen.extend(page.declarations.into_iter().map(|one| one.received));
        match page.next {
            Some(next) => path = format!("/v1/besluiten?limit=2&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 4);
    assert!(seen.is_sorted());
    let from_second = format!("{}?na=1", office.path());
    let one: DeclarationBody = office.door.get("gemeente-a", &from_second).await.json();
    let paths: Vec<&str> = one.lines.iter().map(|line| line.path.as_str()).collect();
    assert_eq!(
        (paths, one.lines_more, one.next),
        (vec![OTHER_LINE], 0, None)
    );
    for wrong in [
        "/v1/besluiten?limit=0",
        "/v1/besluiten?limit=101",
        "/v1/besluiten?cursor=x",
        "/v1/besluiten?wet=jw",
    ] {
        assert_eq!(
            office.door.get("gemeente-a", wrong).await.refusal(),
            is(400, "wrong-parameter"),
            "{wrong}"
        );
    }
}
