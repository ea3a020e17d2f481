//! The whole path where everything is judged: a large declaration in a scope with much behind it, small ones in others, and both at once.
//! Every line of every declaration is granted, so that none is answered without having been through all rules.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use knooppunt::ledger::Message;
use tokio::runtime::Runtime;

use super::load::Figures;
use super::messages::{self, Envelope, Law};
use super::site::{CODES_EACH, Running, Site};
use super::{
    Inside, Line, MUNICIPALITIES, NUMBER, PROVIDERS, hand_in, load, measured, start, stops,
};

/// Lines of a large declaration, five to a client.
const LARGE: u32 = 10_000;
/// Lines of a small one, about 6 KB.
const SMALL: u32 = 6;
/// How many large ones are timed.
const TIMED: usize = 5;
/// Rounds of small messages alone and beside large ones, one after the other.
const ROUNDS: usize = 12;

/// A law, a municipality, and the `code`th code of a provider.
#[derive(Clone, Copy)]
struct Scope {
    provider: usize,
    code: usize,
    gemeente: usize,
    law: Law,
}

impl Scope {
    /// That of the large declarations. No small one is in it.
    const LARGE: Self = Self {
        provider: PROVIDERS - 1,
        code: 0,
        gemeente: MUNICIPALITIES - 1,
        law: Law::Jw,
    };

    /// Those of a provider's small declarations: one a code.
    fn of(provider: usize, code: usize) -> Self {
        let number = provider * CODES_EACH + code;
        Self {
            provider,
            code,
            // The last municipality is left to the large ones.
            gemeente: number % (MUNICIPALITIES - 1),
            law: if number.is_multiple_of(2) {
                Law::Jw
            } else {
                Law::Wmo
            },
        }
    }

    /// A message of this scope under a new number.
    fn message(self, make: impl FnOnce(Law, Envelope<'_>, u64) -> Vec<u8>) -> Vec<u8> {
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let envelope = Envelope {
            gemeente: &Site::gemeente(self.gemeente),
            aanbieder: &Site::agb(self.provider, self.code),
            identificatie: &format!("{number:012}"),
        };
        make(self.law, envelope, number)
    }

    fn allocates(self, client: u32) -> Vec<u8> {
        self.message(|law, envelope, _| messages::toewijzing(law, envelope, client))
    }

    fn declares(self, lines: u32) -> Vec<u8> {
        self.message(|law, envelope, number| messages::granted(law, envelope, lines, number))
    }
}

/// Everything that is printed for so many prestaties stored.
pub(super) fn measure(site: &Site, runtime: &Runtime, stored: u64, length: Duration) {
    runtime.block_on(fill(site, stored));
    let prestaties = format!("{stored} prestaties");
    let running = start(site, false, &prestaties, "after a clean stop");
    println!("{}", runtime.block_on(whole(&running)));
    for connections in [1, 16, 64] {
        println!("{}", runtime.block_on(small(&running, connections, length)));
    }
    let (mut alone, mut among) = (Figures::default(), (Figures::default(), 0));
    for _ in 0..ROUNDS {
        runtime.block_on(round(&running, length / 4, &mut alone, &mut among));
    }
    let (among, large) = among;
    println!("{ROUNDS} rounds of 16 connections alone: {}", told(&alone));
    println!(
        "and beside {large} declarations of {LARGE} lines: {}",
        told(&among)
    );
    println!(
        "beside to alone: p50 {:.2}, p99 {:.2}",
        ratio(&alone, &among, 500),
        ratio(&alone, &among, 990)
    );
    stops(running);
}

/// Small messages on 16 connections alone, then the same while another declares large ones one after the other in a scope of its own: added to what was seen
/// before, so that what else the machine does meanwhile is in both. The second of `among` counts the large ones.
async fn round(
    running: &Running,
    length: Duration,
    alone: &mut Figures,
    among: &mut (Figures, usize),
) {
    let clients = || (0..16).map(|n| running.client(&provider(n))).collect();
    alone.add(load::run(clients(), length, declare).await);
    let large = running.client(&format!("aanbieder-{}", Scope::LARGE.provider));
    // Made beside the senders, or making one would hold up the small messages on its thread.
    let large = tokio::spawn(load::run(vec![large], length, |_, _| {
        tokio::task::block_in_place(|| Scope::LARGE.declares(LARGE))
    }));
    among.0.add(load::run(clients(), length, declare).await);
    let large = large.await.expect("the sender does not panic");
    among.1 += large.latencies.len();
}

fn told(figures: &Figures) -> String {
    assert!(figures.others.is_empty(), "every message is taken");
    let ms = |permille| figures.permille(permille).as_secs_f64() * 1e3;
    format!(
        "{:.0} messages/s, p50 {:.2} ms, p99 {:.2} ms, the longest {:.0} ms",
        figures.rate(),
        ms(500),
        ms(990),
        ms(1000)
    )
}

fn ratio(alone: &Figures, among: &Figures, permille: usize) -> f64 {
    let seconds = |figures: &Figures| figures.permille(permille).as_secs_f64();
    seconds(among) / seconds(alone).max(f64::EPSILON)
}

/// Allocations in every scope, and so many granted lines in the large one; through intake and `append`.
async fn fill(site: &Site, stored: u64) {
    let inside = Inside::create(site);
    let from = Instant::now();
    let gemeenten = Arc::new(inside.caller("gemeenten"));
    let mut allocations: Vec<Vec<u8>> = (0..LARGE / 5).map(|n| Scope::LARGE.allocates(n)).collect();
    for provider in 0..PROVIDERS {
        for code in 0..CODES_EACH {
            let clients = 0..SMALL.div_ceil(5);
            allocations.extend(clients.map(|n| Scope::of(provider, code).allocates(n)));
        }
    }
    let tasks: Vec<_> = allocations
        .into_iter()
        .map(|body| {
            let (intake, caller) = (Arc::clone(&inside.intake), Arc::clone(&gemeenten));
            tokio::spawn(async move { hand_in(&intake, &caller, body).await })
        })
        .collect();
    for task in tasks {
        is_granted(&task.await.expect("a task does not panic"));
    }
    let provider = inside.caller(&format!("aanbieder-{}", Scope::LARGE.provider));
    let mut left = stored;
    while left > 0 {
        let lines = u32::try_from(left).unwrap_or(LARGE).min(LARGE);
        is_granted(&hand_in(&inside.intake, &provider, Scope::LARGE.declares(lines)).await);
        left -= u64::from(lines);
    }
    inside.close();
    println!(
        "\n{stored} prestaties stored in {:.0} s, judged one after the other without a network",
        from.elapsed().as_secs_f64()
    );
}

/// Of a message that is granted whole it is said at most, once each, what could not be assessed: no lists are loaded. Of a line that is refused
/// there is a finding.
fn is_granted(message: &Message) {
    let is_whole = message.marks.is_empty() && message.findings < 10;
    assert!(is_whole, "it is granted: {message:?}");
}

/// How long a large declaration takes from handing the request over to having the whole answer, on a machine that does nothing else.
async fn whole(running: &Running) -> String {
    let mut client = running.client(&format!("aanbieder-{}", Scope::LARGE.provider));
    client.get("/v1/partij").await.expect("it is there");
    let mut took = Vec::new();
    for _ in 0..TIMED {
        let body = Bytes::from(Scope::LARGE.declares(LARGE));
        let from = Instant::now();
        let answer = client
            .post_xml("/v1/berichten", body)
            .await
            .expect("it is there");
        took.push(from.elapsed().as_secs_f64() * 1e3);
        assert_eq!(answer.status.as_u16(), 201, "it is taken");
    }
    let each: Vec<String> = took.iter().map(|ms| format!("{ms:.0}")).collect();
    took.sort_by(f64::total_cmp);
    let median = took.get(TIMED / 2).copied().unwrap_or_default();
    format!(
        "one declaration of {LARGE} lines, judged and answered whole: {median:.0} ms (each: {} ms)",
        each.join(", ")
    )
}

async fn small(running: &Running, connections: usize, length: Duration) -> Line {
    let clients = (0..connections)
        .map(|n| running.client(&provider(n)))
        .collect();
    let what = format!("{connections} connections, everything judged");
    measured(running, what, load::run(clients, length, declare)).await
}

fn provider(index: usize) -> String {
    format!("aanbieder-{}", index % PROVIDERS)
}

/// The next small declaration on a connection, in one of its provider's scopes.
fn declare(index: usize, n: u64) -> Vec<u8> {
    let code = usize::try_from(n).unwrap_or(0) % CODES_EACH;
    Scope::of(index % PROVIDERS, code).declares(SMALL)
}
