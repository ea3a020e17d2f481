//! Products in the path of a message: each side its own codes, exactly or not at all.

mod agreed;
mod as_sent;
mod conversation;
mod held;
mod judged;
mod kept;
mod laws;
mod looked_up;
mod properties;
mod served;
mod two;
mod whole;

use std::sync::Arc;

use bytes::Bytes;
use knooppunt::ledger::{Mark, Message, MessageId};
use knooppunt::mailbox::{Content, Filter};
use knooppunt::translation::{Tables, Translations};
use knooppunt_standard::retour::{MadeAs, answer};
use knooppunt_standard::rules::{Breach, Weight, find};
use knooppunt_standard::{Assessment, Bericht, Limits};

use crate::world::{GEMEENTE_A, PARTIES, RELEASES, World, ZORG_A, intake, message, register};

/// Both sides agree.
pub(crate) const AGREED: &str = r#"
[[translation]]
for = "0289"
laws = ["jw"]

[[translation]]
for = "98980001"
with = "0289"
laws = ["jw"]
"#;

/// Own 45X48 in hours is national 45A48 in minutes; own 45X53 is national 45A53, whatever it is counted in.
pub(crate) const ROWS: [&str; 2] = [
    "jw 45 45X48 04 exact 45A48 01 60/1 2020-01-01",
    "jw 45 45X53 - exact 45A53 - - 2020-01-01",
];

/// The files of tables of 0289, made up.
fn files(rows: &[&str]) -> Vec<(String, Vec<u8>)> {
    let header = "law\tcategory\tlocal_code\tunit\trelation\tcanonical\tc_unit\tfactor\tvalid_from\tcollision\n";
    let rows = rows.iter().map(|row| {
        let cells: Vec<&str> = row
            .split(' ')
            .map(|cell| if cell == "-" { "" } else { cell })
            .collect();
        let rest = "\t".repeat(10 - cells.len());
        format!("{}{rest}\n", cells.join("\t"))
    });
    let map = header.to_owned() + &rows.collect::<String>();
    let files = [
        (
            "canonical/releases.toml",
            "[[release]]\nname = \"jw-1\"\nlist = \"jw\"\nlaw = \"jw\"\ndate = 2019-02-01\n\n[[release]]\nname = \"wmo-1\"\nlist = \"wmo\"\nlaw = \"wmo\"\ndate = 2019-02-01\n"
                .to_owned(),
        ),
        (
            "canonical/jw-1.tsv",
            "code\tcategory\tvariant\tname\n45A04\t45\t\tEen\n45A48\t45\t\tTwee\n45A53\t45\t\tDrie\n"
                .to_owned(),
        ),
        (
            "canonical/wmo-1.tsv",
            "code\tcategory\tvariant\tname\n02A03\t02\t\tVier\n02A48\t02\t\tVijf\n02A53\t02\t\tZes\n"
                .to_owned(),
        ),
        (
            "gm0289/manifest.toml",
            "municipality = \"0289\"\nmade_up = true\npublished = 2019-10-28\ncanonical = [\"jw-1\", \"wmo-1\"]\napply = [\"exact\"]\nenabled = true\n"
                .to_owned(),
        ),
        ("gm0289/map.tsv", map),
    ];
    let files = files.map(|(path, text)| (path.to_owned(), text.into_bytes()));
    files.to_vec()
}

fn tables(rows: &[&str]) -> Tables {
    Tables::of(files(rows)).unwrap_or_else(|error| panic!("{error}"))
}

/// A world in which products are translated between 0289 and 98980001.
pub(crate) fn translating(world: World, lines: &str, rows: &[&str]) -> World {
    let translations = Arc::new(Translations::new(tables(rows)));
    let intake = intake(&world.ledger, Limits::default()).with_translations(translations);
    World {
        intake: Arc::new(intake),
        register: register(&format!("{PARTIES}{lines}")),
        ..world
    }
}

/// A plain message with other texts in it, each of which must stand there once or more.
pub(crate) fn with(bericht: &str, id: &str, changes: &[(&str, &str)]) -> Bytes {
    let body = message(bericht, GEMEENTE_A, ZORG_A, id);
    changed(&body, changes)
}

pub(crate) fn changed(body: &Bytes, changes: &[(&str, &str)]) -> Bytes {
    let mut text = String::from_utf8(body.to_vec()).expect("text");
    for (from, to) in changes {
        assert!(text.contains(from), "{from} stands in it");
        text = text.replace(from, to);
    }
    text.into()
}

/// A plain message in which the class of this name is there once for each of these.
fn repeated(body: &Bytes, class: &str, each: &[Vec<(String, String)>]) -> Bytes {
    let text = String::from_utf8(body.to_vec()).expect("text");
    let from = text.find(&format!(":{class}>")).expect("the class");
    let from = text[..from].rfind('\n').expect("a line") + 1;
    let end = format!(":{class}>\n");
    let to = text.rfind(&end).expect("its end") + end.len();
    let mut out = text[..from].to_owned();
    for changes in each {
        let mut one = text[from..to].to_owned();
        for (from, to) in changes {
            assert!(one.contains(from.as_str()), "{from}");
            one = one.replace(from.as_str(), to);
        }
        out.push_str(&one);
    }
    out.push_str(&text[to..]);
    out.into()
}

/// The allocation as the municipality makes it, and as the provider is to get it.
pub(crate) fn allocation(id: &str) -> [Bytes; 2] {
    let own = with("JW301", id, &[(">45A04<", ">45X48<")]);
    let canonical = changed(
        &own,
        &[
            (">45X48<", ">45A48<"),
            ("Volume>8<", "Volume>480<"),
            ("Eenheid>04<", "Eenheid>01<"),
        ],
    );
    [own, canonical]
}

/// The declaration as the provider makes it, and as the municipality is to get it.
fn declaration(id: &str) -> [Bytes; 2] {
    let own = with(
        "JW323",
        id,
        &[
            (">45A04<", ">45X48<"),
            (">7250<", ">5580<"),
            (">58000<", ">44640<"),
        ],
    );
    let canonical = changed(
        &own,
        &[
            (">45X48<", ">45A48<"),
            ("GeleverdVolume>8<", "GeleverdVolume>480<"),
            ("Eenheid>04<", "Eenheid>01<"),
            (">5580<", ">93<"),
        ],
    );
    [canonical, own]
}

/// What the answering side makes of a message in its own form, refusing every class of this name by a rule.
fn refusing(form: &[u8], class: &str, rule: &str, id: &str) -> Bytes {
    let checked = RELEASES.check(form, &Limits::default());
    let bericht = Bericht::read(&checked).expect("valid at level 1");
    let rule = find(rule).expect("a rule");
    let of_class = checked.tree.nodes().filter(|node| node.name() == class);
    let breaches = of_class.map(|node| Breach {
        rule,
        at: node.number(),
        weight: Weight::Refuses,
    });
    let assessment = Assessment {
        breaches: breaches.collect(),
        ..Assessment::default()
    };
    assert!(!assessment.breaches.is_empty(), "a class {class}");
    let made_as = MadeAs {
        identificatie: id,
        dagtekening: jiff::civil::date(2026, 3, 1),
    };
    let answer = answer(&RELEASES, &bericht, &assessment, made_as);
    answer.expect("an answer").into()
}

/// What the answering side makes of a message in its own form when nothing is wrong with it.
fn accepting(form: &[u8], id: &str) -> Bytes {
    let checked = RELEASES.check(form, &Limits::default());
    let bericht = Bericht::read(&checked).expect("valid at level 1");
    let made_as = MadeAs {
        identificatie: id,
        dagtekening: jiff::civil::date(2026, 3, 1),
    };
    let answer = answer(&RELEASES, &bericht, &Assessment::default(), made_as);
    answer.expect("an answer").into()
}

/// What a party fetches of a message.
async fn fetched(world: &World, party: &str, id: MessageId) -> Bytes {
    match world.content(party, id).await {
        Content::Whole { body, .. } => body.into(),
        Content::Erased { .. } => panic!("it is not erased"),
    }
}

fn text(bytes: &Bytes) -> &str {
    std::str::from_utf8(bytes).expect("text")
}

/// Hands a message in and looks at what each side has of it: its sender his own bytes, its receiver the form that is his.
async fn crosses(world: &World, [from, to]: [&str; 2], [sent, given]: [&Bytes; 2]) -> Message {
    let taken = world.taken(from, sent).await;
    let received = fetched(world, to, taken.id).await;
    assert_eq!(text(&received), text(given));
    let is_other = sent != given;
    assert_eq!(taken.mapped.is_some(), is_other);
    if is_other {
        assert_eq!(fetched(world, from, taken.id).await, sent);
    }
    let seen = world.seen(to, taken.id).await;
    assert_eq!(seen.mapped, taken.mapped);
    taken
}

/// The municipality's copy of the answer that was made to a declaration.
async fn copy_of(world: &World, declared: &Message) -> Bytes {
    let page = world.list("gemeente-a", Filter::default()).await;
    let mut copies = page
        .messages
        .iter()
        .filter(|message| message.thread == declared.thread && message.marks.contains(&Mark::Copy));
    let copy = copies.next().expect("a copy");
    assert!(copies.next().is_none(), "one copy");
    fetched(world, "gemeente-a", copy.id).await
}
