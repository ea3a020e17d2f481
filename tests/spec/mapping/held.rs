//! A declaration whose products were translated and whose answer is kept back: it is judged again by the form that was made when it came, and answered in
//! that of its sender, whatever the tables say since.

use bytes::Bytes;
use jiff::SignedDuration;
use knooppunt::ledger::{Event, Mark, Message};
use knooppunt::store::PartKind;
use knooppunt_standard::rules::Weight;

use super::{accepting, changed, copy_of, crosses, refusing, text, translating};
use crate::damage::flip;
use crate::held::{ASKS, LINE, line, paths};
use crate::modes::MANDATE;
use crate::products::{LAWS, Two};
use crate::world::{Store, World, ZORG_A, judged, on_both_stores};

const DOWN: [&str; 2] = ["gemeente-a", "zorg-a"];
const UP: [&str; 2] = ["zorg-a", "gemeente-a"];
/// The line of the second product.
const SECOND: &str = "/Bericht/Declaratie/Clienten/Client[1]/Prestaties/Prestatie[2]";

/// The municipality decides on every line, for there is no contract. The provider is judged for or answers himself.
struct Office {
    two: Two,
    lines: String,
}

impl Office {
    fn of(two: Two, provider: &str) -> Self {
        let asks = ASKS.replace("\"broken\"", "\"broken-or-unknown\"");
        let lines = format!("{MANDATE}{asks}{provider}{}", two.agreed());
        Self {
            two,
            lines: two.lines(&lines),
        }
    }

    /// Everything of it is decided, and both are judged for.
    fn deciding(two: Two) -> Self {
        Self::of(two, &judged(ZORG_A))
    }

    /// Nothing is decided, and the provider answers himself.
    fn waiting(two: Two) -> Self {
        let Self { two, lines } = Self::of(two, "");
        let lines = lines.replace("\"broken-or-unknown\"", "\"broken\"");
        Self { two, lines }
    }

    fn by(&self, world: World, rows: &[String]) -> World {
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        translating(world, &self.lines, &rows)
    }

    fn opens(&self, world: World) -> World {
        self.by(world, &self.two.rows())
    }

    /// After a restart, with tables in which each own code is the other one's.
    fn again(&self, world: World) -> World {
        let world = self.by(world.again(), &self.two.other_rows());
        world.intake.queue_all().expect("queued, as at every start");
        world
    }

    /// Both products are allocated, and the days of the declarations have passed.
    async fn allocated(&self, world: World) -> World {
        let world = self.opens(world);
        let own = self.two.allocation("T1");
        crosses(&world, DOWN, [&own, &self.two.canonical(&own)]).await;
        world.clock.advance(SignedDuration::from_hours(24 * 5));
        world
    }

    /// A declaration of both products crosses and waits.
    async fn declared(&self, world: &World, id: &str) -> Message {
        let own = self.two.declaration(id);
        let taken = crosses(world, UP, [&self.two.canonical(&own), &own]).await;
        assert_eq!(taken.marks, [Mark::Held]);
        assert_eq!(world.codes(taken.id).await, None, "nobody is answered yet");
        taken
    }

    /// The 325 in the provider's form, and the municipality's copy of it in its own.
    async fn answered(&self, world: &World, declared: &Message) -> String {
        let answer = world.answer_to(declared.id).await.expect("a 325");
        let form = Bytes::from(answer.clone());
        assert_eq!(
            self.two.canonical(&form),
            form,
            "it says nothing of its own codes"
        );
        assert_eq!(
            text(&copy_of(world, declared).await),
            text(&self.two.own(&form))
        );
        answer
    }
}

#[tokio::test]
async fn a_decision_is_answered_in_the_form_of_whoever_reads_it_after_a_restart_and_other_tables() {
    on_both_stores(async |world: World| {
        let mut world = world;
        for two in LAWS {
            let office = Office::deciding(two);
            world = office.allocated(world.again()).await;
            let declared = office.declared(&world, "D1").await;
            world = office.again(world);
            let held = world.held("gemeente-a").await;
            let [standing] = &held[..] else {
                panic!("{held:?}")
            };
            assert_eq!(paths(standing), [LINE, SECOND]);
            world.decided(declared.id, line(LINE, false)).await;
            // And once more in between.
            world = office.again(world);
            world.decided(declared.id, line(SECOND, true)).await;
            let answer = office.answered(&world, &declared).await;
            assert_eq!(
                world.codes(declared.id).await.expect("codes"),
                ["0200", "0200", "0200", "0611"]
            );
            for said in ["A48<", "Volume>480<", "Eenheid>01<", ">93<"] {
                assert!(answer.contains(said), "{said}: {answer}");
            }
            // The six pieces were granted: 43,500 of 88,140.
            assert!(answer.contains(">88140<") && answer.contains(">43500<"));
            let found = world.found("zorg-a", declared.id).await;
            let refused = found.list.iter().filter(|f| f.weight == Weight::Refuses);
            let refused: Vec<_> = refused.map(|f| (f.rule, f.path.as_str())).collect();
            assert_eq!(refused, [("TR418", LINE)]);
            assert!(world.is_sound());
        }
    })
    .await;
}

#[tokio::test]
async fn what_waits_for_an_allocation_is_judged_again_by_the_form_that_came_of_it() {
    for two in LAWS {
        for accepts in [true, false] {
            let office = Office::waiting(two);
            let world = office.opens(World::on(Store::on_disk()));
            let own = two.allocation("T1");
            let canonical = two.canonical(&own);
            let given = crosses(&world, DOWN, [&own, &canonical]).await;
            world.clock.advance(SignedDuration::from_hours(24 * 5));
            let declared = office.declared(&world, "D1").await;
            let held = world.held("gemeente-a").await;
            let awaited = held[0].messages[0].message.as_ref().map(|(id, _)| *id);
            assert_eq!(awaited, Some(given.id));

            let world = office.again(world);
            let retour = |form| {
                if accepts {
                    accepting(form, "R1")
                } else {
                    refusing(form, "ToegewezenProduct", "TR063", "R1")
                }
            };
            crosses(&world, UP, [&retour(&canonical), &retour(&own)]).await;
            assert_eq!(world.judge_again().await, 1);
            let codes = world.codes(declared.id).await.expect("an answer");
            if accepts {
                assert_eq!(codes, ["0200", "8001"]);
            } else {
                assert!(!codes.contains(&"8001".to_owned()), "{codes:?}");
                let answer = office.answered(&world, &declared).await;
                assert!(answer.contains("A48<") && answer.contains("A53<"));
            }
            assert!(world.is_sound());
            assert!(world.checked().is_sound());
        }
    }
}

#[tokio::test]
async fn what_waits_for_another_declaration_is_answered_in_its_form_when_that_is_decided() {
    for two in LAWS {
        let office = Office::deciding(two);
        let world = office.allocated(World::on(Store::on_disk())).await;
        let first = office.declared(&world, "D1").await;
        let second = office.declared(&world, "D2").await;
        for path in [LINE, SECOND] {
            world.decided(second.id, line(path, true)).await;
        }
        assert_eq!(world.judge_again().await, 0, "it waits for the first");
        let world = office.again(world);
        for path in [LINE, SECOND] {
            world.decided(first.id, line(path, true)).await;
        }
        let world = office.again(world);
        assert_eq!(world.judge_again().await, 1);
        let codes = world.codes(first.id).await.expect("an answer");
        assert_eq!(codes, ["0200", "8001"]);
        let codes = world.codes(second.id).await.expect("an answer");
        assert_eq!(codes.iter().filter(|code| *code == "9389").count(), 2);
        let answer = office.answered(&world, &second).await;
        assert!(answer.contains("A48<") && answer.contains("A53<"));
        assert!(world.is_sound());
        assert!(world.checked().is_sound());
    }
}

#[tokio::test]
async fn an_own_325_of_the_municipality_ends_the_waiting_and_reaches_the_provider_in_his_form() {
    on_both_stores(async |world: World| {
        let mut world = world;
        for two in LAWS {
            let office = Office::deciding(two);
            world = office.allocated(world.again()).await;
            let declared = office.declared(&world, "D1").await;
            world = office.again(world);
            let own = two.declaration("D1");
            let answer = |form| refusing(form, "Prestatie", "TR321", "A1");
            let (from_own, from_canonical) = (answer(&own), answer(&two.canonical(&own)));
            crosses(&world, DOWN, [&from_own, &from_canonical]).await;
            assert!(world.held("gemeente-a").await.is_empty());
            let state = world.seen("zorg-a", declared.id).await.state;
            assert!(state.answered.is_some());
            assert_eq!(world.judge_again().await, 0);
            assert!(world.is_sound());
        }
    })
    .await;
}

#[tokio::test]
async fn a_325_of_which_one_line_cannot_be_said_reaches_the_provider_as_it_was_sent() {
    for two in LAWS {
        let office = Office::deciding(two);
        // The municipality counts in minutes what its provider counts in hours.
        let rows = two.rows_saying(&[
            "X48 01 exact A48 04 1/60 2020-01-01",
            "X53 - exact A53 - - 2020-01-01",
        ]);
        let world = office.by(World::new(), &rows);
        let minutes = |body: &Bytes| {
            let changes = [("Volume>8<", "Volume>480<"), ("Eenheid>04<", "Eenheid>01<")];
            changed(body, &changes)
        };
        let hours = |body: &Bytes| {
            let codes = ["48", "53"].map(|end| two.codes(end));
            let codes = codes
                .each_ref()
                .map(|[own, given]| (own.as_str(), given.as_str()));
            changed(body, &codes)
        };
        let own = two.allocation("T1");
        crosses(&world, DOWN, [&minutes(&own), &hours(&own)]).await;
        world.clock.advance(SignedDuration::from_hours(24 * 5));
        let own = two.declaration("D1");
        let form = changed(&minutes(&own), &[(">5580<", ">93<")]);
        let declared = crosses(&world, UP, [&hours(&own), &form]).await;
        assert_eq!(declared.marks, [Mark::Held]);
        let answer = refusing(&form, "Prestatie", "TR321", "A1");
        // Of what it gives back it says another volume, which is no whole number of hours.
        let other = changed(&answer, &[("Volume>480<", "Volume>490<")]);
        let taken = crosses(&world, DOWN, [&other, &other]).await;
        // A 325 that says something else than was declared is wrong itself, and another is owed.
        assert_eq!(taken.marks, [Mark::NotTranslated, Mark::Reported]);
        let [code, _] = two.codes("53");
        let inside = code.replace('X', "<!-- -->X");
        let other = changed(&answer, &[(&code, &inside), (">A1<", ">A2<")]);
        let taken = crosses(&world, DOWN, [&other, &other]).await;
        assert_eq!(taken.marks, [Mark::NotTranslated]);
        assert!(world.held("gemeente-a").await.is_empty(), "it is answered");
        assert!(world.is_sound());
    }
}

#[tokio::test]
async fn with_the_municipalitys_form_damaged_a_declaration_is_left_to_it_and_nothing_is_made_up() {
    let [two, _] = LAWS;
    let office = Office::deciding(two);
    let world = office.allocated(World::on(Store::on_disk())).await;
    let declared = office.declared(&world, "D1").await;
    let held = |event: &Event| matches!(event, Event::Received(received) if received.marks.contains(&Mark::Held));
    let number = world.events().iter().position(held).expect("it is there");
    let parts = world.records()[number].parts.clone();
    let part = parts.into_iter().find(|part| part.kind == PartKind::Mapped);
    let part = part.expect("its other form");
    let world = world.again_after(|data| flip(data, &part));
    let world = office.by(world, &two.rows());
    let standing = world.decided(declared.id, line(LINE, true)).await;
    assert!(standing.waits);
    let standing = world.decided(declared.id, line(SECOND, true)).await;
    assert!(!standing.waits);
    assert_eq!(world.codes(declared.id).await, None);
    let state = world.seen("gemeente-a", declared.id).await.state;
    assert!(state.released.is_some() && state.answered.is_none());
    // Its provider has what he sent.
    let sent = super::fetched(&world, "zorg-a", declared.id).await;
    assert_eq!(sent, two.canonical(&two.declaration("D1")));
}
