//! Versions of one allocation in any order: refused, accepted or not answered, translated, kept as they are by another product, or sent while nobody agrees. What its
//! provider says of the last one that he did not refuse is what the municipality allocated by that one.

use bytes::Bytes;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::whole::with_second;
use super::{AGREED, accepting, changed, fetched, refusing, translating, with};
use crate::products::text;
use crate::world::World;

/// Eight minutes of 45X61 are no whole hours: a message with it crosses as it is.
const TABLES: [[&str; 3]; 2] = [
    [
        "jw 45 45X48 - exact 45A48 - - 2020-01-01",
        "jw 45 45X53 - exact 45A53 - - 2020-01-01",
        "jw 45 45X61 01 exact 45A04 04 1/60 2020-01-01",
    ],
    [
        "jw 45 45X48 - exact 45A53 - - 2020-01-01",
        "jw 45 45X53 - exact 45A48 - - 2020-01-01",
        "jw 45 45X61 01 exact 45A04 04 1/60 2020-01-01",
    ],
];
const CODES: [&str; 4] = ["45X48", "45X53", "45A48", "45A53"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Accepts,
    Refuses,
    None,
}

#[derive(Clone, Debug)]
struct Version {
    code: &'static str,
    table: [&'static str; 3],
    agreed: bool,
    /// Whether another product keeps its message as it is.
    is_kept: bool,
    answer: Answer,
}

fn versions() -> impl Strategy<Value = Vec<Version>> {
    let answers = vec![
        Answer::Accepts,
        Answer::Refuses,
        Answer::Refuses,
        Answer::None,
    ];
    let version = (
        prop::sample::select(CODES.to_vec()),
        prop::sample::select(TABLES.to_vec()),
        prop::bool::weighted(0.8),
        prop::bool::weighted(0.3),
        prop::sample::select(answers),
    );
    let version = version.prop_map(|(code, table, agreed, is_kept, answer)| Version {
        code,
        table,
        agreed,
        is_kept,
        answer,
    });
    prop::collection::vec(version, 1..6)
}

/// The code of the first product of a message.
fn code(body: &Bytes) -> String {
    let (_, rest) = text(body).split_once("Code>45").expect("a code");
    format!("45{}", &rest[..3])
}

fn allocated(at: usize, version: &Version) -> Bytes {
    let id = format!("T{at}");
    let body = if version.is_kept {
        let number = format!(">26001{at}<");
        let both = with_second(&id, version.code, "45X61");
        changed(&both, &[(">260002<", &number)])
    } else {
        with("JW301", &id, &[(">45A04<", &format!(">{}<", version.code))])
    };
    let request = "<jw301:ReferentieAanbieder>VOT-2025-0001</jw301:ReferentieAanbieder>";
    let time = format!(">1{at}:30:00<");
    changed(
        &body,
        &[
            (request, ""),
            (">09:30:00<", &time),
            ("Eenheid>04<", "Eenheid>01<"),
        ],
    )
}

/// Gives how many starts came to the municipality in another code than they were sent in.
async fn live(versions: &[Version]) -> usize {
    let mut world = World::new();
    let (mut refused, mut other) = (None, 0);
    let mut standing = None;
    for (at, version) in versions.iter().enumerate() {
        let lines = if version.agreed { AGREED } else { "" };
        world = translating(world, lines, &version.table);
        let sent = allocated(at, version);
        let taken = world.taken("gemeente-a", &sent).await;
        let given = fetched(&world, "zorg-a", taken.id).await;
        let codes = [code(&given), code(&sent)];
        let id = format!("R{at}");
        let answer = match version.answer {
            Answer::Accepts => Some(accepting(&given, &id)),
            Answer::Refuses => Some(refusing(&given, "ToegewezenProduct", "TR063", &id)),
            Answer::None => None,
        };
        if let Some(answer) = answer {
            world.taken("zorg-a", &answer).await;
        }
        if version.answer == Answer::Refuses {
            refused = Some(codes);
        } else {
            standing = Some(codes);
        }
        let [said, own] = standing.as_ref().or(refused.as_ref()).expect("one of them");
        let start = with(
            "JW305",
            &format!("S{at}"),
            &[(">45A04<", &format!(">{said}<"))],
        );
        let taken = world.taken("zorg-a", &start).await;
        let heard = fetched(&world, "gemeente-a", taken.id).await;
        assert_eq!(&code(&heard), own, "after version {at}: {:?}", taken.marks);
        other += usize::from(said != own);
    }
    other
}

#[test]
fn whatever_became_of_its_versions_what_a_provider_says_is_of_the_last_that_he_did_not_refuse() {
    let mut runner = TestRunner::new(ProptestConfig::with_cases(100));
    let translated = std::sync::atomic::AtomicUsize::new(0);
    let held = runner.run(&versions(), |versions| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let other = runtime.expect("a runtime").block_on(live(&versions));
        translated.fetch_add(other, std::sync::atomic::Ordering::Relaxed);
        Ok(())
    });
    held.unwrap_or_else(|error| panic!("{error}"));
    assert!(translated.into_inner() >= 30);
}
