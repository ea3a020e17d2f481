//! Nothing is translated unless both sides agree, and then from their days on.

use jiff::civil::date;
use knooppunt::register::{Pair, Register, Source};

use super::{AGREED, ROWS, allocation, crosses, translating};
use crate::products::NO_ROWS;
use crate::world::{GEMEENTE_A, PARTIES, World, ZORG_A, code, register};

const DOWN: [&str; 2] = ["gemeente-a", "zorg-a"];

#[tokio::test]
async fn without_the_word_of_both_a_message_and_its_records_are_as_ever() {
    let sides = AGREED.split("\n\n").collect::<Vec<_>>();
    for lines in ["", sides[0], sides[1]] {
        let plain = World::new();
        let world = translating(World::new(), lines, &ROWS);
        let [own, _] = allocation("T1");
        crosses(&world, DOWN, [&own, &own]).await;
        plain.taken("gemeente-a", &own).await;
        let shapes = [&plain, &world].map(|world| {
            let records = world.records();
            let parts = records.iter().map(|record| {
                let lengths = record.parts.iter().map(|part| (part.kind, part.length));
                (record.event.len(), lengths.collect::<Vec<_>>())
            });
            parts.collect::<Vec<_>>()
        });
        assert_eq!(shapes[0], shapes[1], "{lines}");
    }
}

#[test]
fn the_days_and_the_laws_are_those_of_both() {
    let lines = r#"
[[translation]]
for = "0289"
laws = ["jw", "wmo"]
from = 2026-02-01
until = 2026-12-31

[[translation]]
for = "98980001"
laws = ["jw"]
from = 2026-03-01
"#;
    let register = register(&format!("{PARTIES}{lines}"));
    let pair = Pair::of(code(GEMEENTE_A), code(ZORG_A)).expect("one of each");
    for (law, day, agrees) in [
        ("jw", date(2026, 2, 28), false),
        ("jw", date(2026, 3, 1), true),
        ("jw", date(2026, 12, 31), true),
        ("jw", date(2027, 1, 1), false),
        ("wmo", date(2026, 3, 1), false),
    ] {
        assert_eq!(register.translates(law, &pair, day), agrees, "{law} {day}");
    }
    let other = Pair::of(code(GEMEENTE_A), code("98980002")).expect("one of each");
    assert!(!register.translates("jw", &other, date(2026, 3, 1)));
}

#[test]
fn a_line_that_cannot_be_is_refused_with_its_place() {
    let refused = |lines: &str| {
        let source = Source {
            name: "parties.toml".to_owned(),
            bytes: format!("{PARTIES}{lines}").into(),
        };
        Register::load(vec![source])
            .expect_err("refused")
            .to_string()
    };
    let line = |of: &str| format!("\n[[translation]]\nlaws = [\"jw\"]\n{of}\n");
    for (lines, wrong) in [
        (line("for = \"0999\""), "nobody owns code 0999"),
        (
            line("for = \"0289\"\nwith = \"0344\""),
            "name one of the other kind",
        ),
        (
            line("for = \"0289\"\nwith = \"98989999\""),
            "nobody owns code 98989999",
        ),
        (line("for = \"0289\"").repeat(2), "say it once"),
        (
            "\n[[translation]]\nfor = \"0289\"\nlaws = []\n".to_owned(),
            "name the laws",
        ),
        (line("for = \"0289\"\nby = \"x\""), "unknown field"),
    ] {
        let text = refused(&lines);
        assert!(text.contains(wrong), "{wrong}: {text}");
    }
}

#[tokio::test]
async fn what_was_given_while_it_held_comes_back_when_it_holds_no_more() {
    let world = translating(World::new(), AGREED, &ROWS);
    let [own, canonical] = allocation("T1");
    crosses(&world, DOWN, [&own, &canonical]).await;
    let world = translating(world, "", &NO_ROWS);
    let [canonical, own] = super::declaration("D1");
    crosses(&world, ["zorg-a", "gemeente-a"], [&canonical, &own]).await;
}
