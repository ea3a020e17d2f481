//! After content and effects of a client are erased nothing leads back to him: not his number, not a name, not a pseudonym that somebody with every key can work out, in no
//! byte of any file, no part that still opens and no row of the views. What was signed of it still holds.

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;
use jiff::SignedDuration;
use knooppunt::clock::Clock as _;
use knooppunt::intake::Outcome;
use knooppunt::ledger::{Event, Logged, Look, Looked, Message, Pseudonyms, Viewed};
use knooppunt::mailbox::MailboxError;
use knooppunt::register::{Pair, PartyCode};
use knooppunt::retention::RetentionSettings;
use knooppunt::store::{Memory, Part, PartKind, Position, record_leaf};
use knooppunt_standard::history::{Label, Pseudonymise as _};

use super::world::{
    GEMEENTE_A, PARTIES, Store, World, ZORG_A, code, judged, message, register, whole,
};
use crate::ledger::Ledger;

/// The client of the plain messages, and what stands about him in them.
const BSN: &str = "999900420";
const PLAIN: [&str; 5] = [BSN, "Zonneveld", "Mila", "2012-05-17", "P-2602-1"];
const ALLOCATION: &str = "260001";
const YEAR: SignedDuration = SignedDuration::from_hours(24 * 366);

fn lines() -> String {
    format!(
        "{PARTIES}{}{}{}",
        judged(GEMEENTE_A),
        judged(ZORG_A),
        whole(GEMEENTE_A)
    )
}

fn allocation(id: &str) -> Bytes {
    let body = message("JW301", GEMEENTE_A, ZORG_A, id);
    let text = std::str::from_utf8(&body).expect("text");
    let request = "<jw301:ReferentieAanbieder>VOT-2025-0001</jw301:ReferentieAanbieder>";
    assert!(text.contains(request));
    text.replace(request, "").into()
}

/// A life of one client: an allocation, a start, a declaration that is granted and one that is not, and somebody who looked for him.
async fn lived() -> (World, Vec<Message>) {
    let mut world = World::on(Store::on_disk());
    world.register = register(&lines());
    let given = world.taken("gemeente-a", &allocation("T1")).await;
    assert!(given.marks.is_empty(), "accepted");
    world.clock.advance(SignedDuration::from_hours(24 * 5));
    let start = message("JW305", GEMEENTE_A, ZORG_A, "S1");
    let start = world.taken("zorg-a", &start).await;
    let mut all = vec![given, start];
    for id in ["D1", "D2"] {
        let body = message("JW323", GEMEENTE_A, ZORG_A, id);
        all.push(world.taken("zorg-a", &body).await);
    }
    let mut looked = Looked::default();
    looked.purpose = Some("Onderzoek 2026-14".to_owned());
    looked.clients = vec![world.ledger.pseudonyms.client("jw", GEMEENTE_A, BSN)];
    let viewed = Viewed {
        party: "inspectie".to_owned(),
        look: Look::Search,
        refused: None,
        count: 0,
        scope: Vec::new(),
        shown: Vec::new(),
        scope_in: None,
    };
    world.ledger.look(viewed, looked).await.expect("written");
    (world, all)
}

/// All that stands for the client and what is his, as who has every key works it out: under the inner key, and as views have it.
fn traces(ledger: &Ledger, keys: &Pseudonyms) -> Vec<(String, Vec<u8>)> {
    let mut traces: Vec<(String, Vec<u8>)> = PLAIN
        .iter()
        .map(|text| ((*text).to_owned(), text.as_bytes().to_vec()))
        .collect();
    let mut of = |what: String, inner: [u8; 16]| {
        let outer = ledger.name(knooppunt::ledger::Pseudonym(inner));
        traces.push((format!("{what}, inner"), inner.to_vec()));
        traces.push((format!("{what}, outer"), outer.to_vec()));
    };
    for gemeente in [GEMEENTE_A, "0344"] {
        for law in ["jw", "wmo"] {
            of(
                format!("client {law} {gemeente}"),
                keys.client(law, gemeente, BSN).0,
            );
            for aanbieder in [ZORG_A, "98980002"] {
                let (gemeente, aanbieder): (PartyCode, PartyCode) =
                    (code(gemeente), code(aanbieder));
                let pair = Pair::of(gemeente, aanbieder).expect("two");
                let names = keys.scope(law, pair);
                for (label, value) in [
                    (Label::Bsn, BSN),
                    (Label::ToewijzingNummer, ALLOCATION),
                    (Label::ReferentieNummer, "P-2602-1"),
                    (Label::DeclaratieNummer, "DN260001"),
                ] {
                    let what = format!("{} {law}", label.as_str());
                    of(what, names.of(label, value).0);
                }
            }
        }
    }
    for (soort, maker, id) in [
        (301, GEMEENTE_A, "T1"),
        (305, ZORG_A, "S1"),
        (323, ZORG_A, "D1"),
        (323, ZORG_A, "D2"),
    ] {
        let identity = keys.identity("jw", soort, maker, id);
        of(format!("identity {id}"), identity.0);
    }
    traces
}

/// How often each trace stands in what can be read of the store: records, parts that open, and rows.
fn found(world: &World, traces: &[(String, Vec<u8>)]) -> BTreeMap<String, usize> {
    let mut places: Vec<Vec<u8>> = Vec::new();
    for record in world.records() {
        places.push(record.bytes());
        for kind in PartKind::ALL {
            if let Some(Part::Whole(bytes)) =
                world.store.journal.part(&record, kind).expect("readable")
            {
                places.push(bytes);
            }
        }
    }
    for collection in crate::ledger::ALL_VIEWS {
        let rows = world
            .store
            .views
            .range(collection, &[], &[0xff; 80], usize::MAX);
        places.extend(
            rows.expect("rows")
                .into_iter()
                .flat_map(|(key, value)| [key, value]),
        );
    }
    counted(&places, traces)
}

fn counted(places: &[Vec<u8>], traces: &[(String, Vec<u8>)]) -> BTreeMap<String, usize> {
    let mut by_first: Vec<Vec<&(String, Vec<u8>)>> = vec![Vec::new(); 256];
    for trace in traces {
        by_first[usize::from(trace.1[0])].push(trace);
    }
    let mut counts = BTreeMap::new();
    for bytes in places {
        for (at, first) in bytes.iter().enumerate() {
            for (what, trace) in &by_first[usize::from(*first)] {
                if bytes[at..].starts_with(trace) {
                    *counts.entry(what.clone()).or_insert(0) += 1;
                }
            }
        }
    }
    counts
}

/// The bytes of every file below a folder, but for those below `views-`: each with its name.
fn files(folder: &Path, with_views: bool, into: &mut Vec<Vec<u8>>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str());
        let is_view = name.is_some_and(|name| name.starts_with("views-"));
        if path.is_dir() && (with_views || !is_view) {
            files(&path, with_views, into);
        } else if path.is_file() {
            into.push(std::fs::read(&path).expect("readable"));
        }
    }
}

async fn erased(world: &World) -> u64 {
    let retention = world.retention(RetentionSettings::default());
    let now = world.clock.now();
    retention.sweep(now).await.expect("content erased");
    retention.forget(now).await.expect("effects erased")
}

/// What the sender holds of a message: who has it needs nothing of ours.
fn held_by_the_sender(logged: &Logged) -> bool {
    let salt = logged.salt.as_ref().expect("not erased then");
    record_leaf(salt.as_bytes(), &logged.record).ok() == Some(*logged.leaf.as_bytes())
}

#[tokio::test]
async fn who_has_every_key_and_the_number_of_an_erased_client_finds_him_in_no_byte() {
    let (world, messages) = lived().await;
    let keys = Pseudonyms::new(&[7; 32]);
    let before = found(&world, &traces(&world.ledger, &keys));
    for needed in [
        BSN,
        "Zonneveld",
        "client jw 0289, inner",
        "client jw 0289, outer",
        "bsn jw, inner",
        "identity T1, outer",
    ] {
        assert!(
            before.contains_key(needed),
            "{needed} is looked for: {before:?}"
        );
    }
    let mut receipts = Vec::new();
    for message in &messages {
        let caller = world.caller("zorg-a");
        receipts.push(
            world
                .mailbox
                .logged(&caller, message.id)
                .await
                .expect("signed"),
        );
    }
    let leaves = world
        .store
        .journal
        .leaves(Position(0), usize::MAX)
        .expect("read");

    world.clock.advance(YEAR * 5);
    assert_eq!(erased(&world).await, 0, "effects are kept");
    let then = found(&world, &traces(&world.ledger, &keys));
    assert!(
        !then.contains_key(BSN) && then.contains_key("client jw 0289, inner"),
        "{then:?}"
    );
    world.clock.advance(YEAR * 4);
    assert!(erased(&world).await > 0);
    let left = found(&world, &traces(&world.ledger, &keys));
    assert!(left.is_empty(), "{left:?}");
    let scratch = Memory::new();
    assert!(
        world
            .ledger
            .views_are_sound(&*scratch.views)
            .expect("replayed")
    );

    // What is signed of it holds as ever, and what is left tells nothing.
    let now = world
        .store
        .journal
        .leaves(Position(0), usize::MAX)
        .expect("read");
    assert_eq!(now[..leaves.len()], leaves[..], "the log is as it was");
    for (message, (receipt, logged)) in messages.iter().zip(&receipts) {
        assert!(!receipt.statement.is_empty());
        assert!(held_by_the_sender(logged));
        let own = world.ledger.logged(message.position).expect("a record");
        assert_eq!((own.leaf, own.salt), (logged.leaf, None));
    }

    // Every byte, when the views are made anew: an engine keeps pages that it will write over.
    let world = world.again_after(|data| {
        let mut places = Vec::new();
        files(data, false, &mut places);
        assert!(places.len() > 5, "files are looked at");
        let traces: Vec<_> = PLAIN
            .iter()
            .map(|text| ((*text).to_owned(), text.as_bytes().to_vec()))
            .collect();
        assert_eq!(counted(&places, &traces), BTreeMap::new());
        let views = std::fs::read_dir(data)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").path());
        for folder in views.filter(|path| path.to_string_lossy().contains("/views-")) {
            std::fs::remove_dir_all(folder).expect("removed");
        }
    });
    let traces = traces(&world.ledger, &keys);
    assert!(found(&world, &traces).is_empty());
    world.again_after(|data| {
        let mut places = Vec::new();
        files(data, true, &mut places);
        assert_eq!(counted(&places, &traces), BTreeMap::new());
    });
}

#[tokio::test]
async fn of_a_forgotten_message_the_fact_is_seen_and_nothing_else() {
    let (world, messages) = lived().await;
    let refused = messages.last().expect("a declaration");
    let counted = world.seen("zorg-a", refused.id).await.findings;
    assert!(counted > 0, "its lines were declared before");
    world.clock.advance(YEAR * 9);
    erased(&world).await;
    let caller = world.caller("zorg-a");
    let seen = world.seen("zorg-a", refused.id).await;
    assert!(seen.state.forgotten.is_some() && seen.state.erased.is_some());
    assert_eq!(
        (
            seen.kind.name(),
            seen.maker,
            seen.receiver,
            seen.received,
            seen.position
        ),
        (
            refused.kind.name(),
            refused.maker,
            refused.receiver,
            refused.received,
            refused.position
        )
    );
    assert_eq!((seen.body_hash, seen.findings), (None, counted));
    let findings = world
        .mailbox
        .findings(&caller, refused.id, 0, 100)
        .await
        .expect("answered");
    assert_eq!((findings.list.len(), findings.count), (0, counted));
    let receipt = world.mailbox.receipt(&caller, refused.id).await;
    assert!(matches!(receipt, Err(MailboxError::Erased)), "{receipt:?}");
    let timeline = world
        .mailbox
        .timeline(&caller, refused.id)
        .await
        .expect("a timeline");
    let last = timeline.last().expect("a moment");
    assert_eq!(last.happening.code(), "effects-erased");
    let record = world
        .records()
        .into_iter()
        .nth(usize::try_from(last.position).expect("few"));
    let event = Event::decode(&record.expect("a record").event).expect("an event");
    assert!(matches!(event, Event::Forgotten(_)));

    // Its number is free: nobody knows any more that it was used.
    let again = message("JW305", GEMEENTE_A, ZORG_A, "S1");
    assert!(matches!(
        world.hand_in("zorg-a", &again).await,
        Outcome::Accepted(..)
    ));
    let scratch = Memory::new();
    assert!(
        world
            .ledger
            .views_are_sound(&*scratch.views)
            .expect("replayed")
    );
}
