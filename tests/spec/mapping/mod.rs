//! Products in the path of a message: each side its own codes, exactly or not at all.

mod agreed;
mod as_sent;
mod conversation;
mod erased;
mod held;
mod judged;
mod kept;
mod laws;
mod looked_up;
mod properties;
mod remembered;
mod served;
mod told;
mod twice;
mod versions;
mod whole;

use bytes::Bytes;
use knooppunt::ledger::{Mark, Message, MessageId};
use knooppunt::mailbox::{Content, Filter};
use knooppunt_standard::retour::{MadeAs, answer};
use knooppunt_standard::rules::{Breach, Weight, find};
use knooppunt_standard::{Assessment, Bericht, Limits};

pub(crate) use crate::products::{AGREED, changed, translating, with};
use crate::products::{repeated, text};
use crate::world::{RELEASES, World};

/// Own 45X48 in hours is national 45A48 in minutes; own 45X53 is national 45A53, whatever it is counted in.
pub(crate) const ROWS: [&str; 2] = [
    "jw 45 45X48 04 exact 45A48 01 60/1 2020-01-01",
    "jw 45 45X53 - exact 45A53 - - 2020-01-01",
];

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
