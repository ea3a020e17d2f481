//! Nothing acknowledged is lost by a kill: the program is killed with SIGKILL at random moments under load, again and again.
//!
//! This process is the clients: it keeps the list of what was acknowledged to it. After every restart the whole mailbox is held
//! against that list: every acknowledged message once, in the order in which its sender handed it in, with the bytes that were
//! handed in; nothing that was acknowledged by the reader; nothing else. What was under way at the kill is handed in again and must
//! be taken once.
//!
//! `cargo test --test crash` does a few rounds; `cargo test --release --test crash -- --minutes 10` does what it says;
//! `--rounds N` and `--seed N` too.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test prints, and stops at the first surprise"
)]

#[path = "support/messages.rs"]
mod messages;
#[path = "support/site.rs"]
mod site;

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use knooppunt::client::Client;
use messages::{Envelope, Law};
use sha2::{Digest as _, Sha256};
use site::{CODES_EACH, Running, Site};

const PROVIDERS: usize = 6;
const MUNICIPALITIES: usize = 3;

/// What the clients know. Keys are SHA-256 of bodies, hexadecimal.
#[derive(Debug, Default)]
struct Books {
    /// Acknowledged to the sender: id and position.
    taken: BTreeMap<String, Taken>,
    /// Sent, and no answer came.
    under_way: BTreeMap<String, Sent>,
    /// Ids whose acknowledgement by the reader was answered.
    read: BTreeSet<String>,
    /// Ids whose acknowledgement by the reader may or may not have arrived.
    perhaps_read: BTreeSet<String>,
}

#[derive(Clone, Debug)]
struct Taken {
    id: String,
    position: u64,
    sent: Sent,
}

/// Enough to make the body again.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sent {
    provider: usize,
    sequence: u64,
}

impl Sent {
    fn code(&self) -> usize {
        usize::try_from(self.sequence).expect("small") % CODES_EACH
    }

    fn municipality(&self) -> usize {
        usize::try_from(self.sequence).expect("small") / CODES_EACH % MUNICIPALITIES
    }

    fn body(&self) -> Bytes {
        let (gemeente, aanbieder) = (
            Site::gemeente(self.municipality()),
            Site::agb(self.provider, self.code()),
        );
        let identificatie = format!("{:012}", self.sequence);
        let envelope = Envelope {
            gemeente: &gemeente,
            aanbieder: &aanbieder,
            identificatie: &identificatie,
        };
        // Mostly small ones; now and then one that takes the lane of large bodies.
        let lines = if self.sequence % 97 == 13 {
            1_500
        } else {
            1 + u32::try_from(self.sequence % 5).expect("small")
        };
        let law = if self.sequence.is_multiple_of(2) {
            Law::Jw
        } else {
            Law::Wmo
        };
        Bytes::from(messages::declaratie(law, envelope, lines))
    }
}

fn main() {
    let asked = Asked::read();
    println!(
        "crash: seed {}, {PROVIDERS} senders, {MUNICIPALITIES} municipalities",
        asked.seed
    );
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let site = Site::large(PROVIDERS, MUNICIPALITIES);
    let books = Arc::new(Mutex::new(Books::default()));
    let mut random = Random(asked.seed);
    let mut next = vec![0_u64; PROVIDERS];
    let (mut rounds, started) = (0_u64, Instant::now());
    while asked.more(rounds, started) {
        let running = site
            .starts(if rounds == 0 { &["--create"] } else { &[] })
            .unheard();
        runtime.block_on(async {
            settle(&running, &books).await;
            let length = Duration::from_millis(30 + random.below(900));
            next = load(running, &books, &next, length).await;
        });
        rounds += 1;
    }
    let running = site.starts(&[]).unheard();
    let sampled = runtime.block_on(async {
        settle(&running, &books).await;
        contents(&running, &books, usize::MAX).await
    });
    assert_eq!(running.stop(), Some(0), "a clean stop");
    let check = Command::new(env!("CARGO_BIN_EXE_knooppunt"))
        .args(["store", "check", "--config"])
        .arg(site.path("knooppunt.toml"))
        .output()
        .expect("store check runs");
    assert!(
        check.status.success(),
        "store check finds the store sound: {}",
        String::from_utf8_lossy(&check.stderr)
    );
    let books = books.lock().expect("no panic under the lock");
    println!(
        "{} messages acknowledged, {} read; after each of {rounds} kills every one was found once, intact, in order; {sampled} contents compared byte for byte at the end",
        books.taken.len(),
        books.read.len(),
    );
    println!(
        "test result: ok. {rounds} passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in {:.2}s",
        started.elapsed().as_secs_f64()
    );
}

/// Senders and a reader until `length` has passed, then SIGKILL. Gives each sender's next sequence.
async fn load(
    running: Running,
    books: &Arc<Mutex<Books>>,
    next: &[u64],
    length: Duration,
) -> Vec<u64> {
    let mut senders = Vec::new();
    for (provider, first) in next.iter().enumerate() {
        let client = running.client(&format!("aanbieder-{provider}"));
        senders.push(tokio::spawn(send(
            client,
            provider,
            *first,
            Arc::clone(books),
        )));
    }
    let reader = tokio::spawn(read(running.client("gemeenten"), Arc::clone(books)));
    tokio::time::sleep(length).await;
    running.kill();
    let mut next = Vec::new();
    for sender in senders {
        next.push(sender.await.expect("a sender does not panic"));
    }
    reader.await.expect("the reader does not panic");
    next
}

/// Hands in one message after the other until the gateway is gone.
async fn send(mut client: Client, provider: usize, first: u64, books: Arc<Mutex<Books>>) -> u64 {
    let mut sequence = first;
    loop {
        let sent = Sent { provider, sequence };
        let body = sent.body();
        let hash = sha256(&body);
        books
            .lock()
            .expect("no panic under the lock")
            .under_way
            .insert(hash.clone(), sent.clone());
        let Ok(answer) = client.post_xml("/v1/berichten", body).await else {
            return sequence + 1;
        };
        // A client may repeat by itself when a kept connection broke, so 200 is an answer too.
        assert!(
            matches!(answer.status.as_u16(), 200 | 201),
            "a valid message is taken: {}",
            answer.status
        );
        note(&books, &hash, sent, &answer.body);
        sequence += 1;
    }
}

fn note(books: &Mutex<Books>, hash: &str, sent: Sent, answer: &[u8]) {
    let answer: serde_json::Value = serde_json::from_slice(answer).expect("JSON");
    let id = answer["id"].as_str().expect("an id").to_owned();
    let position = answer["position"].as_u64().expect("a position");
    let mut books = books.lock().expect("no panic under the lock");
    books.under_way.remove(hash);
    books
        .taken
        .insert(hash.to_owned(), Taken { id, position, sent });
}

/// Acknowledges what waits, oldest first, until the gateway is gone.
async fn read(mut client: Client, books: Arc<Mutex<Books>>) {
    loop {
        let Ok(page) = client.get("/v1/postvak?limit=20").await else {
            return;
        };
        let page: serde_json::Value = serde_json::from_slice(&page.body).expect("JSON");
        for message in page["messages"].as_array().expect("messages") {
            let id = message["id"].as_str().expect("an id").to_owned();
            books
                .lock()
                .expect("no panic under the lock")
                .perhaps_read
                .insert(id.clone());
            let Ok(answer) = client.delete(&format!("/v1/postvak/{id}")).await else {
                return;
            };
            assert_eq!(
                answer.status.as_u16(),
                204,
                "a waiting message is acknowledged"
            );
            let mut books = books.lock().expect("no panic under the lock");
            books.perhaps_read.remove(&id);
            books.read.insert(id);
        }
    }
}

/// After a restart: hands in again what was under way, then holds the whole mailbox against the books.
async fn settle(running: &Running, books: &Mutex<Books>) {
    let again = std::mem::take(&mut books.lock().expect("no panic under the lock").under_way);
    for (hash, sent) in again {
        let mut client = running.client(&format!("aanbieder-{}", sent.provider));
        let answer = client
            .post_xml("/v1/berichten", sent.body())
            .await
            .expect("the gateway answers");
        assert!(
            matches!(answer.status.as_u16(), 200 | 201),
            "what was under way is taken: {}",
            answer.status
        );
        note(books, &hash, sent, &answer.body);
    }
    let waiting = mailbox(running).await;
    {
        let books = books.lock().expect("no panic under the lock");
        hold_against(&books, &waiting);
    }
    contents(running, books, 20).await;
}

/// Everything that waits: hash, id, position, in the order of the mailbox.
async fn mailbox(running: &Running) -> Vec<(String, String, u64)> {
    let mut client = running.client("gemeenten");
    let (mut waiting, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let path = cursor.map_or_else(
            || "/v1/postvak?limit=1000".to_owned(),
            |cursor| format!("/v1/postvak?limit=1000&cursor={cursor}"),
        );
        let page = client.get(&path).await.expect("the gateway answers");
        let page: serde_json::Value = serde_json::from_slice(&page.body).expect("JSON");
        for message in page["messages"].as_array().expect("messages") {
            let text = |name: &str| message[name].as_str().expect("text").to_owned();
            waiting.push((
                text("sha256"),
                text("id"),
                message["position"].as_u64().expect("a position"),
            ));
        }
        match page["next"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return waiting,
        }
    }
}

fn hold_against(books: &Books, waiting: &[(String, String, u64)]) {
    let mut found = BTreeSet::new();
    let mut last_of_pair: BTreeMap<(usize, usize, usize), u64> = BTreeMap::new();
    let mut before = None;
    for (hash, id, position) in waiting {
        let taken = books
            .taken
            .get(hash)
            .unwrap_or_else(|| panic!("message {id} waits, but nobody was told it was taken"));
        assert_eq!(
            (&taken.id, taken.position),
            (id, *position),
            "one identity, one id, one position"
        );
        assert!(found.insert(id.clone()), "message {id} waits twice");
        assert!(
            !books.read.contains(id),
            "message {id} was acknowledged by its reader and waits again"
        );
        assert!(
            before.is_none_or(|before| before < *position),
            "oldest first"
        );
        before = Some(*position);
        let pair = (
            taken.sent.provider,
            taken.sent.code(),
            taken.sent.municipality(),
        );
        let last = last_of_pair.insert(pair, taken.sent.sequence);
        assert!(
            last.is_none_or(|last| last < taken.sent.sequence),
            "order of a pair of parties: {last:?} then {}",
            taken.sent.sequence
        );
    }
    for taken in books.taken.values() {
        let id = &taken.id;
        let may_be_gone = books.read.contains(id) || books.perhaps_read.contains(id);
        assert!(
            may_be_gone || found.contains(id),
            "message {id} was acknowledged to its sender and is lost"
        );
    }
}

/// Fetches up to `most` waiting messages and compares them byte for byte with what was handed in.
async fn contents(running: &Running, books: &Mutex<Books>, most: usize) -> usize {
    let wanted: Vec<Taken> = {
        let books = books.lock().expect("no panic under the lock");
        let gone = |taken: &&Taken| {
            !books.read.contains(&taken.id) && !books.perhaps_read.contains(&taken.id)
        };
        books
            .taken
            .values()
            .filter(gone)
            .take(most)
            .cloned()
            .collect()
    };
    let mut client = running.client("gemeenten");
    for taken in &wanted {
        let answer = client
            .get(&format!("/v1/postvak/{}/inhoud", taken.id))
            .await
            .expect("the gateway answers");
        assert_eq!(
            answer.status.as_u16(),
            200,
            "the content of a waiting message is there"
        );
        assert_eq!(
            answer.body,
            taken.sent.body(),
            "the bytes that were handed in"
        );
    }
    wanted.len()
}

fn sha256(body: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(body))
}

/// What the command line asks for.
#[derive(Debug)]
struct Asked {
    rounds: u64,
    minutes: Option<u64>,
    seed: u64,
}

impl Asked {
    fn read() -> Self {
        let arguments: Vec<String> = std::env::args().collect();
        let number = |name: &str| {
            let at = arguments.iter().position(|argument| argument == name)?;
            arguments.get(at + 1)?.parse::<u64>().ok()
        };
        let seed = number("--seed").unwrap_or_else(|| u64::from(std::process::id()));
        Asked {
            rounds: number("--rounds").unwrap_or(6),
            minutes: number("--minutes"),
            seed,
        }
    }

    fn more(&self, rounds: u64, started: Instant) -> bool {
        match self.minutes {
            Some(minutes) => started.elapsed() < Duration::from_secs(minutes * 60),
            None => rounds < self.rounds,
        }
    }
}

/// SplitMix64: seeded moments of death.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}
