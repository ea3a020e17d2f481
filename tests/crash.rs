//! Nothing acknowledged is lost by a kill, and nothing refused left anything: the program is killed with SIGKILL at random moments under load, while it
//! starts and while its top key is changed, again and again.
//!
//! This process is the clients: it keeps books of what was told to it. Senders hand in messages, some with a mistake first, other bytes under an identity
//! that is taken, and the same again; a reader acknowledges, by which answers to nothing known are erased at the next start. After every restart the
//! whole mailbox is held against the books: every acknowledged message once, in the order in which its sender handed it in, with the bytes that were
//! handed in; nothing that was acknowledged by the reader; nothing that was refused; nothing else. What was under way at the kill is handed in again
//! and must be taken once; what was erased stays erased, and is still known when it is handed in again.
//!
//! Beside them a municipality leaves all answers to the gateway, and so does its provider: after every restart each message between them that was taken
//! has its one answer and the copy of that, right behind it, and nothing is there without the others. Another municipality is asked of every line that is
//! declared: each declaration has its one 325 after it was decided, and no decision that was told is lost. Two more of each side have endpoints, some of which
//! fail: what they receive is in order and always the same, and at the end they have all of it. Between two more products are translated, by tables that are
//! others at each start: after every kill each side has its own form of all of it. At the end every row that came to be through all kills is the
//! one that the journal alone makes, also after every content is erased, and
//! every effect.
//!
//! `cargo test --test crash` does a few rounds; `cargo test --release --test crash -- --minutes 10` does what it says;
//! `--rounds N` and `--seed N` too.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test prints, and stops at the first surprise"
)]

#[path = "crash/books.rs"]
mod books;
#[path = "crash/brought.rs"]
mod brought;
#[path = "crash/deciding.rs"]
mod deciding;
#[path = "support/endpoint/mod.rs"]
mod endpoint;
#[path = "crash/forms.rs"]
mod forms;
#[path = "crash/handing.rs"]
mod handing;
#[path = "crash/judged.rs"]
mod judged;
#[path = "crash/logbook.rs"]
mod logbook;
#[path = "crash/looks.rs"]
mod looks;
#[path = "support/messages.rs"]
mod messages;
#[path = "crash/replay.rs"]
mod replay;
#[path = "support/site.rs"]
mod site;
#[path = "support/tables.rs"]
mod tables;
#[path = "crash/translated.rs"]
mod translated;

use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use books::{Books, MUNICIPALITIES, Sent, held, sha256};
use brought::Brought;
use forms::Tables;
use handing::{conflict, hand_in, mistake};
use knooppunt::client::Client;
use looks::{contents, erased, settle};
use site::{Running, Site};
use tokio::task::JoinHandle;

pub(crate) const PROVIDERS: usize = 6;

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
    let site = judged::site();
    site.configure("retention", "after_acknowledged_h", 0);
    logbook::kept(&site);
    let mut logbook = logbook::Logbook::default();
    let books = Arc::new(Mutex::new(Books::default()));
    let pairs = Arc::new(Mutex::new(judged::Pairs::default()));
    let desk = Arc::new(Mutex::new(deciding::Desk::default()));
    let all = Arc::new(Mutex::new(translated::Translated::default()));
    let mut brought = runtime.block_on(Brought::at(&site));
    let mut random = Random(asked.seed);
    let mut next = vec![0_u64; PROVIDERS];
    let (mut rounds, started) = (0_u64, Instant::now());
    while asked.more(rounds, started) {
        logbook.note(&site);
        between(&site, rounds, &mut random);
        held(&all).lay(&site, Tables::of(rounds));
        let running = site.starts(if rounds == 0 { &["--create"] } else { &[] });
        let running = running.unheard();
        runtime.block_on(async {
            settle(&running, &books).await;
            judged::settle(&running, &pairs).await;
            deciding::settle(&running, &desk).await;
            translated::settle(&running, &all).await;
            brought.settle(&running).await;
            let length = Duration::from_millis(30 + random.below(900));
            let mut others = judged::senders(&running, &pairs);
            others.extend(deciding::senders(&running, &desk));
            others.extend(translated::senders(&running, &all));
            others.extend(brought.senders(&running));
            next = load(running, &books, others, &next, length).await;
        });
        rounds += 1;
    }
    held(&all).lay(&site, Tables::Minutes);
    let running = site.starts(&[]).unheard();
    let sampled = runtime.block_on(async {
        settle(&running, &books).await;
        judged::settle(&running, &pairs).await;
        deciding::settle(&running, &desk).await;
        deciding::finish(&running, &desk).await;
        translated::one_more(&running, &all).await;
        translated::settle(&running, &all).await;
        brought.settle(&running).await;
        brought.finish(&running).await;
        erased(&running, &books).await;
        contents(&running, &books, usize::MAX).await
    });
    assert_eq!(running.stop(), Some(0), "a clean stop");
    logbook.note(&site);
    let (checkpoints, leaves) = logbook.holds(&site);
    println!(
        "{checkpoints} checkpoints that were made known between kills are all of the log of {leaves} records at the end"
    );
    store(&site, "check");
    let counted = store(&site, "stats");
    let books = held(&books);
    let recorded = |what| records(&counted, what);
    assert_eq!(
        recorded("messages taken"),
        books.taken.len() as u64
            + 3 * held(&pairs).taken()
            + 3 * held(&desk).taken()
            + held(&all).taken()
            + brought.taken(),
        "a record for each message that somebody was told is taken, and for an answer and its copy where the gateway answers, and for no other"
    );
    assert_eq!(
        recorded("decisions on held lines"),
        held(&desk).decided(),
        "a record for each decision that somebody was told is taken, and for no other"
    );
    assert!(
        recorded("messages refused") >= books.mistakes + books.conflicts,
        "who was told that his message is refused finds a record of it"
    );
    println!(
        "{} messages acknowledged, {} read; after each of {rounds} kills every one was found once, intact, in order; {sampled} contents compared byte for byte at the end",
        books.taken.len(),
        books.read.len(),
    );
    println!(
        "{} mistakes and {} conflicts refused without a trace, {} repeats got their first answer, {} contents erased for good",
        books.mistakes,
        books.conflicts,
        books.repeats,
        books.erased.len(),
    );
    for count in [books.mistakes, books.conflicts, books.repeats] {
        assert!(count > 0, "the load had some of each");
    }
    assert!(!books.erased.is_empty(), "something was erased");
    println!("{}", held(&pairs).told());
    println!("{}", held(&desk).told());
    println!("{}", held(&all).told());
    println!("{}", brought.told());
    brought.each_is_recorded_once(&site);
    runtime.block_on(replay::rows_are_those_of_the_journal(&site, false));
    store(&site, "check");
    store(&site, "rebuild");
    held(&all).lay(&site, Tables::AsCounted);
    let running = site.starts(&[]).unheard();
    runtime.block_on(async {
        judged::goes_on(&running, &pairs).await;
        deciding::goes_on(&running, &desk).await;
        translated::goes_on(&running, &all).await;
    });
    held(&pairs).had_each_outcome();
    assert_eq!(running.stop(), Some(0), "a clean stop");
    runtime.block_on(replay::rows_are_those_of_the_journal(&site, true));
    println!(
        "test result: ok. {rounds} passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in {:.2}s",
        started.elapsed().as_secs_f64()
    );
}

fn store_command(site: &Site, command: &str) -> Command {
    let mut store = Command::new(env!("CARGO_BIN_EXE_knooppunt"));
    store
        .args(["store", command, "--config"])
        .arg(site.path("knooppunt.toml"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    store
}

/// What `knooppunt store` says, which must be well.
fn store(site: &Site, command: &str) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = store_command(site, command).output().expect("it runs");
    let said = [stdout, stderr].concat();
    let said = String::from_utf8(said).expect("text");
    assert!(status.success(), "store {command}: {said}");
    said
}

/// How many records `store stats` counted of a kind.
fn records(counted: &str, what: &str) -> u64 {
    let line = counted.lines().find(|line| line.ends_with(what));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.map_or(0, |number| number.parse().expect("a count"))
}

/// Before a start: nothing, or the top key is changed, or a start; the last two are killed on the way.
fn between(site: &Site, rounds: u64, random: &mut Random) {
    let a_moment =
        |random: &mut Random| std::thread::sleep(Duration::from_millis(random.below(120)));
    match (rounds, rounds % 3) {
        (0, _) => {}
        (_, 1) => {
            let mut change = store_command(site, "change-key").spawn().expect("it runs");
            a_moment(random);
            change.kill().expect("it runs or ended");
            change.wait().expect("it ends");
            if random.below(3) == 0 {
                store(site, "change-key");
            }
        }
        (_, 2) => {
            // Erasures begin with a start.
            let running = site.runs(&mut site.command(&[]));
            a_moment(random);
            running.kill();
        }
        _ => {}
    }
}

/// Senders and a reader, and others beside them, until `length` has passed, then SIGKILL. Gives each sender's next sequence.
async fn load(
    running: Running,
    books: &Arc<Mutex<Books>>,
    others: Vec<JoinHandle<()>>,
    next: &[u64],
    length: Duration,
) -> Vec<u64> {
    let mut senders = Vec::new();
    for (provider, first) in next.iter().enumerate() {
        let client = running.client(&format!("aanbieder-{provider}"));
        let books = Arc::clone(books);
        senders.push(tokio::spawn(send(client, provider, *first, books)));
    }
    let reader = tokio::spawn(read(running.client("gemeenten"), Arc::clone(books)));
    tokio::time::sleep(length).await;
    running.kill();
    let mut next = Vec::new();
    for sender in senders {
        next.push(sender.await.expect("a sender does not panic"));
    }
    for sender in others {
        sender.await.expect("a sender does not panic");
    }
    reader.await.expect("the reader does not panic");
    next
}

/// Hands in one message after the other until the gateway is gone.
async fn send(mut client: Client, provider: usize, first: u64, books: Arc<Mutex<Books>>) -> u64 {
    let mut sequence = first;
    loop {
        let sent = Sent { provider, sequence };
        if sent.has_mistake_first() && !mistake(&mut client, &sent, &books).await {
            return sequence;
        }
        let hash = sha256(&sent.body());
        held(&books).under_way.insert(hash, sent.clone());
        sequence += 1;
        if !hand_in(&mut client, &sent, &books).await
            || sent.has_conflict_after() && !conflict(&mut client, &sent, &books).await
            || sent.has_repeat_after() && !hand_in(&mut client, &sent, &books).await
        {
            return sequence;
        }
    }
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
            held(&books).perhaps_read.insert(id.clone());
            let Ok(answer) = client.delete(&format!("/v1/postvak/{id}")).await else {
                return;
            };
            assert_eq!(
                answer.status.as_u16(),
                204,
                "a waiting message is acknowledged"
            );
            let mut books = held(&books);
            books.perhaps_read.remove(&id);
            books.read.insert(id);
        }
    }
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
