//! How far the gateway judges for a receiver: chosen in the register, fixed in the record of a message and for its whole thread.

use jiff::civil::{Date, date};
use knooppunt::ledger::Event;
use knooppunt::register::{Mode, Register, RegisterError, Source};

use crate::world::{GEMEENTE_A, PARTIES, World, ZORG_A, ZORG_B, answer, code, message, register};

const DAY: Date = date(2026, 3, 1);

/// The parties, with gemeente-a giving a mandate to answer what comes under the Jeugdwet.
pub(crate) const MANDATE: &str = r#"
[[mandate]]
for = "0289"
direction = "answer"
laws = ["jw"]
from = 2026-01-01
until = 2026-12-31
"#;

fn with(more: &str) -> String {
    format!("{PARTIES}{more}")
}

fn mode(text: &str, law: &str, soort: u16, on: Date) -> Mode {
    register(text)
        .judging()
        .mode(&code(ZORG_A), &code(GEMEENTE_A), law, soort, on)
}

/// The one thing that is wrong with these lines behind the parties.
fn refused(more: &str) -> String {
    let bytes = with(more).into();
    let name = "r.toml".to_owned();
    match Register::load(vec![Source { name, bytes }]) {
        Err(RegisterError::Refused { problems }) => {
            assert_eq!(problems.len(), 1, "{problems:#?}");
            problems[0].text.clone()
        }
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn without_a_mandate_to_answer_everything_is_carried_and_with_one_it_is_guarded() {
    assert_eq!(mode(PARTIES, "jw", 305, DAY), Mode::Carry);
    let text = with(MANDATE);
    assert_eq!(mode(&text, "jw", 305, DAY), Mode::Guard);
    assert_eq!(mode(&text, "wmo", 305, DAY), Mode::Carry, "another law");
    assert_eq!(mode(&text, "jw", 305, date(2026, 12, 31)), Mode::Guard);
    assert_eq!(
        mode(&text, "jw", 305, date(2027, 1, 1)),
        Mode::Carry,
        "the mandate has ended"
    );
}

#[test]
fn a_mode_is_chosen_by_law_kind_and_day() {
    let text = with(&format!(
        "{MANDATE}
[[mode]]
for = \"0289\"
mode = \"judge\"
laws = [\"jw\"]
kinds = [305, 307]
from = 2026-03-01
[[mode]]
for = \"0289\"
mode = \"carry\"
laws = [\"jw\"]
kinds = [323]
{}",
        since("", "2015-01-01")
    ));
    assert_eq!(mode(&text, "jw", 305, DAY), Mode::Judge);
    assert_eq!(mode(&text, "jw", 305, date(2026, 2, 28)), Mode::Guard);
    assert_eq!(mode(&text, "jw", 323, DAY), Mode::Carry);
    assert_eq!(mode(&text, "jw", 315, DAY), Mode::Guard);
}

#[test]
fn what_is_wrong_about_modes_refuses_the_register_and_is_told() {
    let judge = "[[mode]]\nfor = \"0289\"\nmode = \"judge\"\nlaws = [\"jw\"]\n";
    let whole = since("", "2015-01-01");
    let judge = format!("{whole}{judge}");
    for (more, words) in [
        (judge.clone(), "gave no mandate"),
        (
            format!("{MANDATE}{}", judge.replace("jw", "wmo")),
            "gave no mandate",
        ),
        (
            format!("{MANDATE}{judge}{}", judge.replace(&whole, "")),
            "stands at r.toml:",
        ),
        (
            format!("{MANDATE}{}", judge.replace("\"judge\"", "\"guess\"")),
            "the modes are",
        ),
        (format!("{MANDATE}{judge}kinds = [301]\n"), "answers no 301"),
        (format!("{MANDATE}{judge}kinds = [306]\n"), "answers no 306"),
        (MANDATE.replace("0289", "0363"), "nobody owns code 0363"),
        (format!("{MANDATE}party = \"zorg-a\"\n"), "leave party out"),
        (
            "[[history]]\ngemeente = \"98980001\"\nlaws = [\"jw\"]\nsince = 2026-01-01\n"
                .to_owned(),
            "98980001 is no gemeentecode",
        ),
    ] {
        let said = refused(&more);
        assert!(said.contains(words), "expected {words:?}, got {said:?}");
    }
}

/// The municipality and the provider give the gateway a mandate, and ask it to judge what they are sent.
const JUDGED: &str = r#"
[[mode]]
for = "0289"
mode = "judge"
laws = ["jw"]

[[mandate]]
for = "98980001"
direction = "answer"
laws = ["jw"]
from = 2026-01-01

[[mode]]
for = "98980001"
mode = "judge"
laws = ["jw"]
"#;

fn since(more: &str, day: &str) -> String {
    format!("[[history]]\ngemeente = \"0289\"\n{more}laws = [\"jw\"]\nsince = {day}\n")
}

#[test]
fn judge_is_refused_in_the_register_where_nothing_says_since_when_the_past_is_whole() {
    let of_gemeente = JUDGED.split_once("[[mandate]]").expect("two").0;
    let said = refused(&format!("{MANDATE}{of_gemeente}"));
    for words in ["[[history]]", "\"0289\"", "\"jw\"", "choose \"guard\""] {
        assert!(said.contains(words), "expected {words:?}, got {said:?}");
    }
    let of_aanbieder = JUDGED.split_once("[[mandate]]").expect("two").1;
    let of_aanbieder = format!("[[mandate]]{of_aanbieder}");
    let said = refused(&of_aanbieder);
    assert!(said.contains("aanbieder = \"98980001\""), "{said:?}");
    let of_another = since("aanbieder = \"98980002\"\n", "2026-01-01");
    let said = refused(&format!("{of_aanbieder}{of_another}"));
    assert!(said.contains("aanbieder = \"98980001\""), "{said:?}");
    let of_another_law = since("", "2026-01-01").replace("jw", "wmo");
    refused(&format!("{MANDATE}{of_gemeente}{of_another_law}"));
    for more in ["", "aanbieder = \"98980001\"\n"] {
        register_of(&format!("{MANDATE}{JUDGED}{}", since(more, "2026-01-01")));
    }
}

#[tokio::test]
async fn judge_holds_between_two_whose_past_is_whole_and_from_that_day_and_is_guard_elsewhere() {
    let of_a = since("aanbieder = \"98980001\"\n", "2026-03-02");
    let mut world = World::new();
    world.register = register(&with(&format!("{MANDATE}{JUDGED}{of_a}")));
    let mode = async |world: &World, party: &str, aanbieder, id| {
        let body = message("JW305", GEMEENTE_A, aanbieder, id);
        world.taken(party, &body).await.mode
    };
    assert_eq!(
        mode(&world, "zorg-a", ZORG_A, "S1").await,
        Mode::Guard,
        "the day before it is whole"
    );
    world.clock.advance(jiff::SignedDuration::from_hours(24));
    assert_eq!(mode(&world, "zorg-a", ZORG_A, "S2").await, Mode::Judge);
    assert_eq!(
        mode(&world, "zorg-b", ZORG_B, "S3").await,
        Mode::Guard,
        "of this provider nobody said it"
    );
}

/// The parties, with the code of gemeente-a passing to gemeente-b in April.
fn passed_on(more: &str) -> Register {
    let code = "{ kind = \"gemeentecode\", code = \"0289\"";
    let text = with(more)
        .replace(
            &format!("[{code} }}"),
            &format!("[{code}, until = 2026-03-31 }}"),
        )
        .replace(
            "code = [{ kind = \"gemeentecode\", code = \"0344\" }]",
            &format!("code = [{code}, from = 2026-04-01 }}]"),
        );
    let (name, bytes) = ("r.toml".to_owned(), text.into());
    Register::load(vec![Source { name, bytes }]).expect("a register")
}

#[tokio::test]
async fn a_mandate_to_answer_ends_with_the_ownership_of_whoever_gave_it() {
    let mut world = World::new();
    let mode = async |world: &World, id| {
        let body = message("JW305", GEMEENTE_A, ZORG_A, id);
        world.taken("zorg-a", &body).await.mode
    };
    world.register = passed_on(MANDATE).into();
    world
        .clock
        .advance(jiff::SignedDuration::from_hours(24 * 30));
    assert_eq!(mode(&world, "S1").await, Mode::Guard, "its last day");
    world.clock.advance(jiff::SignedDuration::from_hours(24));
    assert_eq!(
        mode(&world, "S2").await,
        Mode::Carry,
        "the new owner gave none"
    );
    let own = MANDATE.replace("from = 2026-01-01", "from = 2026-04-01");
    world.register = passed_on(&format!("{MANDATE}{own}")).into();
    assert_eq!(mode(&world, "S3").await, Mode::Guard);
}

#[test]
fn the_past_is_whole_since_a_day_for_two_parties_or_for_all_providers_of_a_municipality() {
    let register = register(&with(
        "[[history]]\ngemeente = \"0289\"\nlaws = [\"jw\"]\nsince = 2026-01-01\n\
         [[history]]\ngemeente = \"0289\"\naanbieder = \"98980001\"\nlaws = [\"jw\"]\nsince = 2015-01-01\n",
    ));
    let from = |law, aanbieder| {
        register
            .judging()
            .history_from(law, &code(GEMEENTE_A), &code(aanbieder))
    };
    assert_eq!(from("jw", "98980001"), Some(date(2015, 1, 1)));
    assert_eq!(from("jw", "98980002"), Some(date(2026, 1, 1)));
    assert_eq!(from("wmo", "98980001"), None);
}

#[test]
fn a_register_that_judges_a_release_without_rules_is_refused() {
    let mut releases = knooppunt::schemas::releases(None)
        .expect("the releases")
        .list()
        .to_vec();
    assert!(register_of(MANDATE).judging_by(&releases).is_ok());
    for release in &mut releases {
        release.release = "9.9".into();
    }
    let error = register_of(MANDATE)
        .judging_by(&releases)
        .expect_err("there are no rules");
    assert_eq!(error.code(), "register-no-rules");
    let carried = "[[mode]]\nfor = \"0289\"\nmode = \"carry\"\nlaws = [\"jw\"]\n";
    assert!(
        register_of(&format!("{MANDATE}{carried}"))
            .judging_by(&releases)
            .is_ok(),
        "what is carried needs no rules"
    );
}

fn register_of(more: &str) -> Register {
    let bytes = with(more).into();
    let name = "r.toml".to_owned();
    Register::load(vec![Source { name, bytes }]).expect("a register")
}

#[tokio::test]
async fn the_mode_stands_in_the_record_and_an_answer_has_that_of_its_question() {
    let mut world = World::new();
    let carried = message("JW305", GEMEENTE_A, ZORG_A, "carried");
    let question = world.taken("zorg-a", &carried).await;
    assert_eq!(question.mode, Mode::Carry);
    world.register = register(&with(MANDATE));
    let other = message("JW305", GEMEENTE_A, ZORG_A, "guarded");
    assert_eq!(world.taken("zorg-a", &other).await.mode, Mode::Guard);
    let answered = answer("JW306", GEMEENTE_A, ZORG_A, "carried", "a1");
    let answered = world.taken("gemeente-a", &answered).await;
    assert_eq!(
        answered.mode,
        Mode::Carry,
        "a change of mode counts for messages received later"
    );
    let modes: Vec<Mode> = world
        .events()
        .into_iter()
        .filter_map(|event| {
            if let Event::Received(received) = event {
                Some(received.mode)
            } else {
                None
            }
        })
        .collect();
    assert_eq!(modes, [Mode::Carry, Mode::Guard, Mode::Carry]);
}
