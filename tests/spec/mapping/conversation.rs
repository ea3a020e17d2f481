//! Whole conversations over the own API: the municipality's own code, the provider's canonical one, and back.

use bytes::Bytes;
use knooppunt::ledger::Mark;

use super::{
    AGREED, ROWS, accepting, allocation, changed, crosses, declaration, fetched, refusing,
    translating, with,
};
use crate::products::repeated;
use crate::world::{World, ZORG_A, on_both_stores};

const DOWN: [&str; 2] = ["gemeente-a", "zorg-a"];
const UP: [&str; 2] = ["zorg-a", "gemeente-a"];

#[tokio::test]
async fn a_whole_conversation_has_own_codes_on_one_side_and_canonical_ones_on_the_other() {
    on_both_stores(async |world: World| {
        let mut world = translating(world, AGREED, &ROWS);
        let [own, canonical] = allocation("T1");
        crosses(&world, DOWN, [&own, &canonical]).await;
        // He refuses it, and repeats it in his form.
        let made = |form: &Bytes| refusing(form, "ToegewezenProduct", "TR063", "R1");
        crosses(&world, UP, [&made(&canonical), &made(&own)]).await;

        for (bericht, class, id) in [
            ("JW305", "StartProduct", "S1"),
            ("JW307", "StopProduct", "E1"),
        ] {
            let own = with(bericht, id, &[(">45A04<", ">45X48<")]);
            let canonical = changed(&own, &[(">45X48<", ">45A48<")]);
            crosses(&world, UP, [&canonical, &own]).await;
            let made = |form: &Bytes| refusing(form, class, "TR074", &format!("R{id}"));
            crosses(&world, DOWN, [&made(&own), &made(&canonical)]).await;
        }

        let own = with("JW317", "W1", &[]);
        let canonical = changed(
            &own,
            &[
                ("Volume>12<", "Volume>720<"),
                ("Eenheid>04<", "Eenheid>01<"),
            ],
        );
        crosses(&world, UP, [&canonical, &own]).await;
        let made = |form: &Bytes| refusing(form, "TeWijzigenProduct", "TR349", "RW1");
        crosses(&world, DOWN, [&made(&own), &made(&canonical)]).await;

        let [canonical, own] = declaration("D1");
        crosses(&world, UP, [&canonical, &own]).await;
        world = translating(world.again(), AGREED, &ROWS);
        let made = |form: &Bytes| refusing(form, "Prestatie", "TR321", "A1");
        assert!(made(&canonical).windows(5).any(|code| code == b"45A48"));
        crosses(&world, DOWN, [&made(&own), &made(&canonical)]).await;
    })
    .await;
}

#[tokio::test]
async fn a_request_goes_the_way_back_of_the_table_and_its_answer_comes_by_what_was_asked() {
    let world = translating(World::new(), AGREED, &ROWS);
    let own = with("JW315", "V1", &[(">45A04<", ">45X48<")]);
    let canonical = changed(
        &own,
        &[
            (">45X48<", ">45A48<"),
            ("Volume>8<", "Volume>480<"),
            ("Eenheid>04<", "Eenheid>01<"),
        ],
    );
    crosses(&world, UP, [&canonical, &own]).await;
    let made = |form: &Bytes| refusing(form, "AangevraagdProduct", "TR374", "RV1");
    // The table changed in between: the answer is to what was asked.
    let world = translating(
        world,
        AGREED,
        &["jw 45 45X99 04 exact 45A48 01 60/1 2020-01-01"],
    );
    crosses(&world, DOWN, [&made(&own), &made(&canonical)]).await;
}

#[tokio::test]
async fn a_code_that_a_provider_chose_under_an_allocation_of_a_category_comes_back_as_his() {
    let world = translating(World::new(), AGREED, &ROWS);
    let category = with(
        "JW301",
        "T1",
        &[("\n          <ijw:Code>45A04</ijw:Code>", "")],
    );
    crosses(&world, DOWN, [&category, &category]).await;
    let [canonical, own] = declaration("D1");
    crosses(&world, UP, [&canonical, &own]).await;
    // What he chose once holds for the allocation, whatever the table says since.
    let world = translating(
        world,
        AGREED,
        &["jw 45 45X99 04 exact 45A48 01 60/1 2020-01-01"],
    );
    let made = |form: &Bytes| refusing(form, "Prestatie", "TR321", "A1");
    crosses(&world, DOWN, [&made(&own), &made(&canonical)]).await;
    let later = [
        (">DN260001<", ">DN260002<"),
        (">P-2602-1<", ">P-2602-2<"),
        (">D1<", ">D2<"),
    ];
    crosses(
        &world,
        UP,
        [&changed(&canonical, &later), &changed(&own, &later)],
    )
    .await;
}

#[tokio::test]
async fn an_allocation_of_before_is_left_alone_whatever_its_codes_look_like() {
    let world = World::new();
    // Nobody translated yet: the provider knows the municipality's own codes, and one of those is a national one with another meaning.
    let own = with("JW301", "T1", &[(">45A04<", ">45A48<")]);
    world.taken("gemeente-a", &own).await;
    let world = translating(world, AGREED, &ROWS);
    let [canonical, _] = declaration("D1");
    crosses(&world, UP, [&canonical, &canonical]).await;
    let start = with("JW305", "S1", &[(">45A04<", ">45A48<")]);
    crosses(&world, UP, [&start, &start]).await;
}

#[tokio::test]
async fn a_later_version_of_an_allocation_of_before_is_left_alone_as_well() {
    let world = World::new();
    let [own, canonical] = allocation("T1");
    world.taken("gemeente-a", &own).await;
    world.taken("zorg-a", &accepting(&own, "R1")).await;
    let world = translating(world, AGREED, &ROWS);
    let later = changed(&own, &[(">T1<", ">T2<")]);
    let taken = crosses(&world, DOWN, [&later, &later]).await;
    assert_eq!(taken.marks, []);
    let start = with("JW305", "S1", &[(">45A04<", ">45X48<")]);
    let taken = crosses(&world, UP, [&start, &start]).await;
    assert_eq!(taken.marks, []);
    // Another allocation is new.
    let new =
        [own, canonical].map(|form| changed(&form, &[(">260001<", ">260009<"), (">T1<", ">T3<")]));
    crosses(&world, DOWN, [&new[0], &new[1]]).await;
}

#[tokio::test]
async fn other_ways_to_write_a_message_stay_as_they_are_around_what_is_translated() {
    let world = translating(World::new(), AGREED, &ROWS);
    let [own, canonical] = allocation("T1");
    let odd = [
        ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", "\u{feff}"),
        (
            "<jw301:Product>",
            "<jw301:Product><!-- 45X48 -->\r\n\t<?note 45X48?>",
        ),
        (">Verzonnenlaan<", "><![CDATA[45X48 & zo]]><"),
    ];
    crosses(
        &world,
        DOWN,
        [&changed(&own, &odd), &changed(&canonical, &odd)],
    )
    .await;
    // A comment inside the code itself could not come back: the whole message stays.
    let inside = changed(&own, &[(">45X48<", ">45<!-- -->X48<"), (">T1<", ">T2<")]);
    let taken = crosses(&world, DOWN, [&inside, &inside]).await;
    assert_eq!(taken.marks, [Mark::NotTranslated]);
}

#[tokio::test]
async fn another_provider_of_the_same_municipality_gets_what_was_sent() {
    let world = translating(World::new(), AGREED, &ROWS);
    let [own, _] = allocation("T1");
    let other = changed(&own, &[(&format!(">{ZORG_A}<"), ">98980002<")]);
    let taken = world.taken("gemeente-a", &other).await;
    assert_eq!((taken.mapped, taken.marks), (None, Vec::new()));
    assert_eq!(fetched(&world, "zorg-b", taken.id).await, other);
}

#[tokio::test]
async fn a_category_alone_comes_back_as_that_of_the_allocation_although_it_moved() {
    let rows = ["jw 45 45X70 - exact 46A22 - - 2020-01-01 - 46"];
    let world = translating(World::new(), AGREED, &rows);
    let moved = ("Categorie>45<", "Categorie>46<");
    let own = with("JW301", "T1", &[(">45A04<", ">45X70<")]);
    let given = changed(&own, &[moved, (">45X70<", ">46A22<")]);
    crosses(&world, DOWN, [&own, &given]).await;
    // Who starts and stops it may leave out the code.
    let code = ("\n          <ijw:Code>45A04</ijw:Code>", "");
    for (bericht, class, id) in [
        ("JW305", "StartProduct", "S1"),
        ("JW307", "StopProduct", "P1"),
    ] {
        let own = with(bericht, id, &[code]);
        let sent = changed(&own, &[moved]);
        crosses(&world, UP, [&sent, &own]).await;
        let made = |form: &Bytes| refusing(form, class, "TR074", &format!("R{id}"));
        crosses(&world, DOWN, [&made(&own), &made(&sent)]).await;
    }
    // A later version of the allocation that names the category alone is of that category.
    let later = with("JW301", "T2", &[code]);
    crosses(&world, DOWN, [&later, &later]).await;
    let start = with("JW305", "S2", &[code]);
    crosses(&world, UP, [&start, &start]).await;
}

const CODE: &str = "\n          <ijw:Code>45A04</ijw:Code>";

#[tokio::test]
async fn a_category_alone_that_is_asked_for_is_no_other_product_of_its_message() {
    let rows = ["jw 45 45X70 - exact 46A22 - - 2020-01-01 - 46", ROWS[0]];
    let later = [
        ("VOT-2025-0001", "VOT-2025-0002"),
        (">2026-02-01<", ">2027-02-01<"),
        (">2026-12-31<", ">2027-12-31<"),
        (CODE, ""),
    ];
    let moved = ("Categorie>45<", "Categorie>46<");
    let minutes = ("Eenheid>04<", "Eenheid>01<");
    // A code as the provider has it and as the municipality does, and a category alone beside it: that which the code moved to, that which it came from, and one of
    // which its size would be another.
    let coded = [
        &[moved, (">45A04<", ">46A22<")][..],
        &[(">45A04<", ">45X70<")],
    ];
    let counted = [
        &[
            (">45A04<", ">45A48<"),
            ("Volume>8<", "Volume>480<"),
            minutes,
        ][..],
        &[(">45A04<", ">45X48<")],
    ];
    let sizes: [&[(&str, &str)]; 2] = [
        &[("Volume>8<", "Volume>600<"), minutes],
        &[("Volume>8<", "Volume>605<"), minutes],
    ];
    let cases = [
        (coded, &[moved][..]),
        (coded, &[]),
        (counted, sizes[0]),
        (counted, sizes[1]),
    ];
    for (at, (forms, alone)) in cases.into_iter().enumerate() {
        for is_first in [false, true] {
            let world = translating(World::new(), AGREED, &rows);
            let [sent, own] = forms.map(|form| {
                let alone = [&later[..], alone].concat();
                let mut each = [form, &alone].map(|changes| {
                    let changes = changes.iter();
                    changes
                        .map(|(from, to)| ((*from).to_owned(), (*to).to_owned()))
                        .collect::<Vec<_>>()
                });
                if is_first {
                    each.reverse();
                }
                repeated(&with("JW315", "V1", &[]), "AangevraagdProduct", &each)
            });
            let taken = crosses(&world, UP, [&sent, &own]).await;
            assert_eq!(taken.marks, [], "case {at}, {is_first}");
            let made = |form: &Bytes| refusing(form, "AangevraagdProduct", "TR374", "RV1");
            crosses(&world, DOWN, [&made(&own), &made(&sent)]).await;
        }
    }
}

#[tokio::test]
async fn a_category_alone_that_is_asked_for_beside_a_change_is_no_other_product_of_its_message() {
    let rows = ["jw 45 45X70 - exact 46A22 - - 2020-01-01 - 46"];
    let world = translating(World::new(), AGREED, &rows);
    let end = "</jw317:TeWijzigenProducten>";
    let new = |year: &str, product: &str| {
        format!(
            "<jw317:NieuwProduct><jw317:Product>{product}</jw317:Product><jw317:GewensteIngangsdatum>{year}-01-01</jw317:GewensteIngangsdatum>\
             <jw317:Einddatum>{year}-12-31</jw317:Einddatum><jw317:Omvang><ijw:Volume>8</ijw:Volume><ijw:Eenheid>04</ijw:Eenheid>\
             <ijw:Frequentie>4</ijw:Frequentie></jw317:Omvang></jw317:NieuwProduct>"
        )
    };
    let category = |of: &str| format!("<ijw:Categorie>{of}</ijw:Categorie>");
    let [sent, own] = [("46", "46A22"), ("45", "45X70")].map(|(of, code)| {
        let coded = format!("{}<ijw:Code>{code}</ijw:Code>", category(of));
        let products = [new("2027", &coded), new("2028", &category("46"))].concat();
        let more = format!("{end}<jw317:NieuweProducten>{products}</jw317:NieuweProducten>");
        with("JW317", "W1", &[(end, &more)])
    });
    let taken = crosses(&world, UP, [&sent, &own]).await;
    assert_eq!(taken.marks, []);
}
