//! What is remembered of an allocation is what its provider has: what he refused decides nothing, and what holds is the version that is booked.

use bytes::Bytes;
use knooppunt::ledger::Mark;

use super::whole::with_second;
use super::{
    AGREED, ROWS, accepting, allocation, changed, crosses, declaration, refusing, text,
    translating, with,
};
use crate::world::{World, on_both_stores};

const DOWN: [&str; 2] = ["gemeente-a", "zorg-a"];
const UP: [&str; 2] = ["zorg-a", "gemeente-a"];
/// Own 45X61 in minutes is national 45A48 in hours.
const MINUTES: &str = "jw 45 45X61 01 exact 45A48 04 1/60 2020-01-01";
const REQUEST: (&str, &str) = (
    "<jw301:ReferentieAanbieder>VOT-2025-0001</jw301:ReferentieAanbieder>",
    "",
);

/// A version of the allocation, made at an hour.
fn version(id: &str, hour: &str, changes: &[(&str, &str)]) -> Bytes {
    let time = format!(">{hour}:30:00<");
    with(
        "JW301",
        id,
        &[&[(">09:30:00<", time.as_str()), REQUEST], changes].concat(),
    )
}

/// Own minutes, and what they are in hours where they are whole.
fn minutes(id: &str, hour: &str, volume: u32) -> [Bytes; 2] {
    let volumes = [volume, volume / 60].map(|volume| format!("Volume>{volume}<"));
    let [own, given] = volumes
        .each_ref()
        .map(|volume| ("Volume>8<", volume.as_str()));
    [
        version(
            id,
            hour,
            &[(">45A04<", ">45X61<"), ("Eenheid>04<", "Eenheid>01<"), own],
        ),
        version(id, hour, &[(">45A04<", ">45A48<"), given]),
    ]
}

async fn refuses(world: &World, given: &Bytes, id: &str) {
    let refused = refusing(given, "ToegewezenProduct", "TR063", id);
    world.taken("zorg-a", &refused).await;
}

async fn accepts(world: &World, given: &Bytes, id: &str) {
    world.taken("zorg-a", &accepting(given, id)).await;
}

#[tokio::test]
async fn what_was_refused_for_lack_of_a_row_is_translated_when_there_is_one() {
    on_both_stores(async |world: World| {
        let world = translating(world, AGREED, &ROWS[1..]);
        let [own, canonical] = allocation("T1");
        crosses(&world, DOWN, [&own, &own]).await;
        refuses(&world, &own, "R1").await;
        let world = translating(world, AGREED, &ROWS);
        let [own, canonical] = [own, canonical].map(|form| changed(&form, &[(">T1<", ">T2<")]));
        crosses(&world, DOWN, [&own, &canonical]).await;
        let [canonical, own] = declaration("D1");
        crosses(&world, UP, [&canonical, &own]).await;
    })
    .await;
}

#[tokio::test]
async fn a_version_that_was_refused_as_it_was_sent_leaves_the_allocation_as_it_was_given() {
    for answer in ["refuses", "accepts", ""] {
        let world = translating(World::new(), AGREED, &[MINUTES]);
        let [own, given] = minutes("T1", "09", 120);
        crosses(&world, DOWN, [&own, &given]).await;
        accepts(&world, &given, "R1").await;
        // Ninety minutes are no whole hours.
        let [half, _] = minutes("T2", "10", 90);
        let taken = crosses(&world, DOWN, [&half, &half]).await;
        assert_eq!(taken.marks, [Mark::NotTranslated]);
        match answer {
            "refuses" => refuses(&world, &half, "R2").await,
            "accepts" => accepts(&world, &half, "R2").await,
            _ => {}
        }
        let [own, given] = minutes("T3", "11", 180);
        let is_as_given = answer == "refuses";
        let given = if is_as_given { &given } else { &own };
        crosses(&world, DOWN, [&own, given]).await;
    }
}

#[tokio::test]
async fn what_another_version_stands_on_is_not_forgotten_with_the_one_that_was_refused() {
    let world = translating(World::new(), AGREED, &ROWS);
    let forms = |id: &str, hour: &str| {
        allocation(id).map(|form| changed(&form, &[(">09:30:00<", &format!(">{hour}:30:00<"))]))
    };
    let [first, second] = [forms("T1", "09"), forms("T2", "10")];
    for [own, given] in [&first, &second] {
        crosses(&world, DOWN, [own, given]).await;
    }
    refuses(&world, &first[1], "R1").await;
    accepts(&world, &second[1], "R2").await;
    // Nobody translates any more: it is by what is known alone.
    let world = translating(world, "", &ROWS);
    let [canonical, own] = declaration("D1");
    crosses(&world, UP, [&canonical, &own]).await;
    let [own, given] = forms("T3", "11");
    crosses(&world, DOWN, [&own, &given]).await;
}

/// The allocation of a code, and of another under the next number.
fn two(id: &str, hour: &str, first: &str, second: &str) -> Bytes {
    let time = format!(">{hour}:30:00<");
    changed(
        &with_second(id, first, second),
        &[REQUEST, (">09:30:00<", &time)],
    )
}

/// What a provider says of an allocation of a code goes as it is, of whatever kind.
async fn stays(world: &World, code: &str) {
    let code = format!(">{code}<");
    for (bericht, id) in [("JW305", "S1"), ("JW323", "D1"), ("JW307", "E1")] {
        let sent = with(bericht, id, &[(">45A04<", &code)]);
        let taken = crosses(world, UP, [&sent, &sent]).await;
        assert_eq!(taken.marks, [], "{bericht}");
    }
}

#[tokio::test]
async fn what_was_refused_says_nothing_of_another_product_that_was_allocated_under_its_number_since()
 {
    for since in ["left", "left and waits", "nobody agrees", "the row is gone"] {
        let world = translating(World::new(), AGREED, &ROWS);
        let [own, given] = ["45X53", "45A53"]
            .map(|code| version("T1", "09", &[(">45A04<", &format!(">{code}<"))]));
        crosses(&world, DOWN, [&own, &given]).await;
        refuses(&world, &given, "R1").await;
        // The national code itself: beside one that would become it too, or where nothing is translated any more.
        let national = version("T2", "10", &[(">45A04<", ">45A53<")]);
        let (world, sent) = match since {
            "nobody agrees" => (translating(world, "", &ROWS), national),
            "the row is gone" => (translating(world, AGREED, &ROWS[..1]), national),
            _ => (world, two("T2", "10", "45A53", "45X53")),
        };
        let taken = crosses(&world, DOWN, [&sent, &sent]).await;
        let is_left = taken.marks == [Mark::NotTranslated];
        assert_eq!(is_left, since.starts_with("left"), "{since}");
        if since != "left and waits" {
            accepts(&world, &sent, "R2").await;
        }
        let world = translating(world, AGREED, &ROWS);
        stays(&world, "45A53").await;
        let later = version("T3", "11", &[(">45A04<", ">45A53<")]);
        let taken = crosses(&world, DOWN, [&later, &later]).await;
        assert_eq!(taken.marks, [], "{since}");
    }
}

#[tokio::test]
async fn what_was_refused_does_not_come_back_when_the_same_was_allocated_as_it_is_since() {
    for answered in [true, false] {
        let world = translating(World::new(), AGREED, &[ROWS[1], MINUTES]);
        let [own, given] = ["45X53", "45A53"]
            .map(|code| version("T1", "09", &[(">45A04<", &format!(">{code}<"))]));
        crosses(&world, DOWN, [&own, &given]).await;
        refuses(&world, &given, "R1").await;
        // Eight minutes are no whole hours: the other product keeps this one as it is.
        let sent = changed(
            &two("T2", "10", "45X53", "45X61"),
            &[("Eenheid>04<", "Eenheid>01<")],
        );
        let taken = crosses(&world, DOWN, [&sent, &sent]).await;
        assert_eq!(taken.marks, [Mark::NotTranslated]);
        if answered {
            accepts(&world, &sent, "R2").await;
        }
        let rows = ["jw 45 45X53 - exact 45A04 - - 2020-01-01"];
        let world = translating(world, AGREED, &rows);
        let later = version("T3", "11", &[(">45A04<", ">45X53<")]);
        let taken = crosses(&world, DOWN, [&later, &later]).await;
        assert_eq!(taken.marks, []);
        stays(&world, "45X53").await;
    }
}

#[tokio::test]
async fn what_a_provider_says_of_what_he_refused_is_about_that_as_long_as_nothing_else_stands() {
    let world = translating(World::new(), AGREED, &ROWS);
    let [own, given] = allocation("T1");
    crosses(&world, DOWN, [&own, &given]).await;
    refuses(&world, &given, "R1").await;
    let [canonical, own] = declaration("D1");
    crosses(&world, UP, [&canonical, &own]).await;
}

#[tokio::test]
async fn a_second_answer_to_what_was_refused_is_about_what_was_given() {
    let world = translating(World::new(), AGREED, &ROWS);
    let [own, given] = allocation("T1");
    crosses(&world, DOWN, [&own, &given]).await;
    let answers = |id| [&given, &own].map(|form| refusing(form, "ToegewezenProduct", "TR063", id));
    let [first, own] = answers("R1");
    crosses(&world, UP, [&first, &own]).await;
    let [second, own] = answers("R2");
    let taken = crosses(&world, UP, [&second, &own]).await;
    assert_eq!(taken.marks, [Mark::SecondAnswer]);
}

/// Allocations of one client: what each becomes under its own number.
fn beside(id: &str, nummer: &str, code: &str) -> Bytes {
    let (number, code) = (format!(">{nummer}<"), format!(">{code}<"));
    let changes = [(">260001<", number.as_str()), (">45A04<", code.as_str())];
    version(id, "12", &changes)
}

#[tokio::test]
async fn a_code_that_was_chosen_in_what_nobody_accepted_keeps_no_allocation_from_being_translated()
{
    for answered in [false, true] {
        let world = translating(World::new(), AGREED, &ROWS);
        let category = version(
            "T1",
            "09",
            &[("\n          <ijw:Code>45A04</ijw:Code>", "")],
        );
        crosses(&world, DOWN, [&category, &category]).await;
        accepts(&world, &category, "R1").await;
        let [canonical, own] = declaration("D1");
        crosses(&world, UP, [&canonical, &own]).await;
        if answered {
            let refused = refusing(&own, "Prestatie", "TR321", "A1");
            world.taken("gemeente-a", &refused).await;
        }
        let rows = ["jw 45 45X49 - exact 45A48 - - 2020-01-01"];
        let world = translating(world, AGREED, &rows);
        let forms = ["45X49", "45A48"].map(|code| beside("T2", "260002", code));
        let taken = crosses(&world, DOWN, [&forms[0], &forms[1]]).await;
        assert_eq!(taken.marks, []);
    }
}

#[tokio::test]
async fn what_a_client_has_is_the_version_that_is_booked_and_not_the_one_that_came_last() {
    let rows = [
        "jw 45 45X48 - exact 45A48 - - 2020-01-01",
        "jw 45 45X49 - exact 45A53 - - 2020-01-01",
        "jw 45 45X50 - exact 45A48 - - 2020-01-01",
        "jw 45 45X51 - exact 45A53 - - 2020-01-01",
    ];
    // A later version that was made earlier, and one that was refused.
    for (hour, accepted) in [("08", true), ("10", false)] {
        let world = translating(World::new(), AGREED, &rows);
        let of = |id, hour, own: &str, given: &str| {
            [own, given].map(|code| version(id, hour, &[(">45A04<", &format!(">{code}<"))]))
        };
        let [own, given] = of("T1", "09", "45X48", "45A48");
        crosses(&world, DOWN, [&own, &given]).await;
        accepts(&world, &given, "R1").await;
        let [own, given] = of("T2", hour, "45X49", "45A53");
        crosses(&world, DOWN, [&own, &given]).await;
        if accepted {
            accepts(&world, &given, "R2").await;
        } else {
            refuses(&world, &given, "R2").await;
        }
        let same = beside("T3", "260002", "45X50");
        let taken = crosses(&world, DOWN, [&same, &same]).await;
        assert_eq!(taken.marks, [Mark::NotTranslated], "made at {hour}");
        let forms = ["45X51", "45A53"].map(|code| beside("T4", "260003", code));
        let taken = crosses(&world, DOWN, [&forms[0], &forms[1]]).await;
        assert_eq!(taken.marks, [], "made at {hour}");
        assert!(!text(&same).contains("45A48"));
    }
}

#[tokio::test]
async fn what_would_move_into_a_category_that_the_client_has_as_a_whole_stays() {
    let rows = ["jw 45 45X70 - exact 46A22 - - 2020-01-01 - 46"];
    let code = ("\n          <ijw:Code>45A04</ijw:Code>", "");
    let moved = ("Categorie>45<", "Categorie>46<");
    // Agreed before or after the category was allocated.
    for lines in [AGREED, ""] {
        let world = translating(World::new(), lines, &rows);
        let category = version("T1", "09", &[code, moved]);
        crosses(&world, DOWN, [&category, &category]).await;
        let world = translating(world, AGREED, &rows);
        let own = beside("T2", "260002", "45X70");
        let taken = crosses(&world, DOWN, [&own, &own]).await;
        assert_eq!(taken.marks, [Mark::NotTranslated]);
        // Of another client, and beside the category that it has itself.
        let other = [
            (">T2<", ">T3<"),
            (">260002<", ">260003<"),
            (">999900420<", ">999900018<"),
        ];
        let other = changed(&own, &other);
        let given = changed(&other, &[moved, (">45X70<", ">46A22<")]);
        crosses(&world, DOWN, [&other, &given]).await;
    }
}
