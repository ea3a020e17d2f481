//! The whole path over mTLS: request, schema check, record with fsync, mailbox, answer.
//!
//! `cargo bench --bench path` prints messages a second, p50 and p99 at 1, 16 and 64 connections, with nothing and with 1,000,000
//! messages stored, the processor time of gateway and load apart (both share this machine), the time of a start with those
//! messages stored after a stop and after a kill, the p99 of small messages while bodies of 25 MB come in, and how fast views are made anew.
//! `--slope N` is another bench: after the messages are stored it runs N minutes of load on 16 connections, as fast as it goes or with `--rate N` so many
//! messages a second, and prints rate, latency, memory and disk of each part of it and the slope of the straight line through each (10 minutes and less than 5 % of the rate is the goal).
//! Options after `--`: `--stored N` (default 1,000,000), `--seconds N` a run (default 10), `--views sled|fjall`, `--only-stored` to leave
//! out the run with nothing stored, `--keep` to leave the folder with the stored messages there.
//!
//! With `--wires` it is measured instead what a Di01 of the GGk and a push of the VSP cost beside `POST` with the same message, and how 500 messages a second
//! go in by SOAP and out by REST; with `--slope N` as well, that way alone for N minutes, at `--rate N` (an hour at 300/s is the goal).
//!
//! With `--mode judge` the gateway judges everything and answers in its receivers' names. Then `--stored N` is prestaties (default 1,000,000; first a
//! run with 1,000), all of them granted in one scope, declared in messages of 10,000 lines over 2,000 clients. It prints how long one more such
//! message takes whole, messages a second and p99 of small messages in 256 other scopes, and in rounds of 16 connections the same alone and while such large
//! ones are judged one after the other, with the ratio of both. Every line is granted: a finding of a level that refuses ends the run.
//!
//! Load: 64 providers with four codes each towards 50 municipalities (12,800 pairs), distinct messages, kept connections, no
//! resumed session. The stored messages are made through `append`: intake and store in this process, before the program starts.
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench prints, and stops at the first surprise"
)]

#[path = "path/judged.rs"]
mod judged;
#[path = "../support/load.rs"]
mod load;
#[path = "../support/messages.rs"]
mod messages;
#[path = "../support/site.rs"]
mod site;
#[path = "path/slope.rs"]
mod slope;
#[path = "path/wires.rs"]
mod wires;

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use knooppunt::clock::SystemClock;
use knooppunt::intake::{Intake, Outcome};
use knooppunt::lanes::{LaneSettings, Lanes};
use knooppunt::ledger::{Foundation, Ledger, Message, Pseudonyms};
use knooppunt::register::Register;
use knooppunt::route::Caller;
use knooppunt::store::Embedded;
use knooppunt_standard::Limits;
use load::{Figures, Plan};
use messages::{Envelope, Law};
use site::{CODES_EACH, Running, Site};

const PROVIDERS: usize = 64;
const MUNICIPALITIES: usize = 50;
const MANY: usize = 512;

/// Every message of a run of this program has a number of its own.
static NUMBER: AtomicU64 = AtomicU64::new(0);

fn main() {
    let stored = option("--stored").unwrap_or(1_000_000);
    let length = Duration::from_secs(option("--seconds").unwrap_or(10));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let asked = |name: &str| std::env::args().any(|argument| argument == name);
    let judged = argument("--mode").is_some_and(|mode| mode == "judge");
    let rounds = match (judged, asked("--only-stored")) {
        (_, true) => vec![stored],
        (true, false) => vec![1_000, stored],
        (false, false) => vec![0, stored],
    };
    for stored in rounds {
        let site = Site::large(PROVIDERS, MUNICIPALITIES);
        if let Some(engine) = argument("--views") {
            site.configure("store", "views", engine);
        }
        if judged {
            site.judged(PROVIDERS, MUNICIPALITIES);
            judged::measure(&site, &runtime, stored, length);
            keep(site, asked("--keep"));
            continue;
        }
        if asked("--wires") {
            wires::open(&site);
        }
        if stored > 0 {
            runtime.block_on(fill(&site, stored));
        }
        let messages = format!("{stored} messages");
        let running = start(&site, stored == 0, &messages, "after a clean stop");
        if let Some(minutes) = option("--slope") {
            runtime.block_on(slope::measure(&site, &running, minutes, async |plan| {
                if asked("--wires") {
                    wires::through(&running, plan).await
                } else {
                    slope::of_the_own_api(&running, plan).await
                }
            }));
            stops(running);
            continue;
        }
        if asked("--wires") {
            // First, as what is handed in afterwards is not fetched.
            let plan = Plan {
                rate: Some(wires::THROUGH),
                ..Plan::full(length)
            };
            println!("{}", runtime.block_on(wires::through(&running, plan)));
            runtime.block_on(wires::measure(&running, length));
            stops(running);
            continue;
        }
        for connections in [1, 16, 64] {
            let figures = runtime.block_on(run(&running, connections, length));
            println!("{figures}");
        }
        println!("{}", runtime.block_on(beside_large(&running, length)));
        running.kill();
        stops(start(&site, false, &messages, "after a kill"));
        if stored > 0 {
            rebuild(&site, stored);
            stops(start(&site, false, &messages, "after a rebuild"));
        }
        keep(site, stored > 0 && asked("--keep"));
    }
}

/// Leaves the folder where it is when asked to.
fn keep(site: Site, asked: bool) {
    if asked {
        println!("kept: {}", site.path("").display());
        std::mem::forget(site);
    }
}

/// Starts the program and says how long it took until it served.
fn start(site: &Site, create: bool, stored: &str, when: &str) -> Running {
    let from = Instant::now();
    let more: &[&str] = if create { &["--create"] } else { &[] };
    let running = site.starts(more).unheard();
    println!(
        "start {when}, {stored} stored: {:.2} s",
        from.elapsed().as_secs_f64()
    );
    running
}

fn stops(running: Running) {
    assert_eq!(running.stop(), Some(0), "a clean stop");
}

/// Makes the views anew from the journal and says how fast: records of the runs before count as well.
fn rebuild(site: &Site, stored: u64) {
    let from = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_knooppunt"))
        .args(["store", "rebuild", "--config"])
        .arg(site.path("knooppunt.toml"))
        .output()
        .expect("the program runs");
    let seconds = from.elapsed().as_secs_f64();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "a rebuild: {said}");
    let records: f64 = said
        .split_whitespace()
        .find_map(|word| word.parse().ok())
        .expect("it says how many records");
    println!(
        "rebuild, {stored} messages stored: {records} records in {seconds:.1} s ({:.0} records/s)",
        records / seconds
    );
}

/// A gateway in this process, without a network: what it takes goes through intake and `append`.
struct Inside {
    intake: Arc<Intake>,
    register: Arc<Register>,
    ledger: Arc<Ledger>,
    store: Embedded,
    now: jiff::Timestamp,
}

impl Inside {
    fn create(site: &Site) -> Self {
        let config = site.config();
        let now = site::now();
        let store = Embedded::create(
            &config.store.folder,
            &config.store.keys,
            &["pseudonym", "receipt"],
            config.store.options(),
            now,
        )
        .expect("a new store");
        let pseudonyms = store
            .journal
            .guarded_key("pseudonym")
            .expect("the key is there");
        let foundation = Foundation {
            journal: Arc::clone(&store.journal) as _,
            views: Arc::clone(&store.views) as _,
            pseudonyms: Arc::new(Pseudonyms::new(pseudonyms.bytes())),
            clock: Arc::new(SystemClock),
        };
        let ledger = Ledger::open(
            foundation,
            Arc::new(|error| panic!("the store works: {error}")),
            &mut |_| (),
        )
        .expect("a new ledger");
        let releases = Arc::new(knooppunt::schemas::releases(None).expect("our schemas load"));
        let lanes = Lanes::new(&LaneSettings::default());
        let intake = Intake::new(Arc::clone(&ledger), releases, Limits::default(), lanes);
        let register = Register::read(&config.register.files).expect("the register is right");
        Self {
            intake: Arc::new(intake),
            register: Arc::new(register),
            ledger,
            store,
            now,
        }
    }

    /// Who hands something in.
    fn caller(&self, party: &str) -> Caller {
        Caller {
            party: party.parse().expect("a party id"),
            register: Arc::clone(&self.register),
            at: self.now,
        }
    }

    fn close(self) {
        self.ledger.stop();
        drop((self.ledger, self.intake));
        self.store.close().expect("a clean close");
    }
}

/// Hands something in that is right.
async fn hand_in(intake: &Intake, caller: &Caller, body: Vec<u8>) -> Message {
    let outcome = intake
        .accept(caller, Bytes::from(body))
        .await
        .expect("the store works");
    let Outcome::Accepted(message, _) = outcome else {
        panic!("a valid message is taken: {outcome:?}")
    };
    message
}

/// Stores messages through intake and `append`, without a network between.
async fn fill(site: &Site, stored: u64) {
    let from = Instant::now();
    let inside = Inside::create(site);
    let left = Arc::new(AtomicU64::new(stored));
    let tasks: Vec<_> = (0..MANY)
        .map(|task| {
            let (intake, left) = (Arc::clone(&inside.intake), Arc::clone(&left));
            let provider = task % PROVIDERS;
            let caller = inside.caller(&format!("aanbieder-{provider}"));
            tokio::spawn(async move {
                while left
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                        left.checked_sub(1)
                    })
                    .is_ok()
                {
                    hand_in(&intake, &caller, small(provider)).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("a task does not panic");
    }
    inside.close();
    let seconds = from.elapsed().as_secs_f64();
    println!(
        "\n{stored} messages stored in {seconds:.0} s ({:.0} messages/s without a network)",
        stored as f64 / seconds
    );
}

/// A declaration of seven lines, about 6 KB, from one of the provider's codes to one of the municipalities.
fn small(provider: usize) -> Vec<u8> {
    message(provider, 6)
}

fn message(provider: usize, lines: u32) -> Vec<u8> {
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let spread = usize::try_from(number).unwrap_or(0);
    let (aanbieder, gemeente) = (
        Site::agb(provider, spread % CODES_EACH),
        Site::gemeente(spread / CODES_EACH % MUNICIPALITIES),
    );
    let identificatie = format!("{number:012}");
    let law = if number.is_multiple_of(2) {
        Law::Jw
    } else {
        Law::Wmo
    };
    messages::declaratie(
        law,
        Envelope {
            gemeente: &gemeente,
            aanbieder: &aanbieder,
            identificatie: &identificatie,
        },
        lines,
    )
}

/// One line of figures.
struct Line {
    what: String,
    figures: Figures,
    gateway: f64,
    load: f64,
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ms = |permille| self.figures.permille(permille).as_secs_f64() * 1e3;
        write!(
            f,
            "{:<44} {:7.0} messages/s  p50 {:6.2} ms  p99 {:6.2} ms  processors: gateway {:.2}, load {:.2}",
            self.what,
            self.figures.rate(),
            ms(500),
            ms(990),
            self.gateway,
            self.load
        )?;
        if !self.figures.others.is_empty() {
            write!(
                f,
                "  not taken: {} ({:?})",
                self.figures.others.len(),
                self.figures.others.first()
            )?;
        }
        Ok(())
    }
}

async fn run(running: &Running, connections: usize, length: Duration) -> Line {
    let clients = (0..connections)
        .map(|n| running.client(&format!("aanbieder-{n}")))
        .collect();
    measured(
        running,
        format!("{connections} connections"),
        load::run(clients, length, |index, _| small(index)),
    )
    .await
}

/// Small messages on 16 connections while two others send bodies of 25 MB one after the other.
async fn beside_large(running: &Running, length: Duration) -> Line {
    let large: Vec<_> = (0..2)
        .map(|n| running.client(&format!("aanbieder-{}", PROVIDERS - 1 - n)))
        .collect();
    let clients = (0..16)
        .map(|n| running.client(&format!("aanbieder-{n}")))
        .collect();
    // 31,000 lines are just below the limit of 26,214,400 bytes.
    let large = tokio::spawn(load::run(large, length, |index, _| {
        message(PROVIDERS - 1 - index, 31_000)
    }));
    let mut line = measured(
        running,
        String::new(),
        load::run(clients, length, |index, _| small(index)),
    )
    .await;
    let large = large.await.expect("the senders do not panic");
    line.what = format!(
        "16 connections beside {} bodies of 25 MB",
        large.latencies.len()
    );
    line
}

/// Runs load, and says how many processors gateway and load kept busy meanwhile.
async fn measured(running: &Running, what: String, load: impl Future<Output = Figures>) -> Line {
    let (gateway, own) = (busy(&running.pid().to_string()), busy("self"));
    let figures = load.await;
    let seconds = figures.elapsed.as_secs_f64();
    Line {
        what,
        gateway: (busy(&running.pid().to_string()) - gateway) / seconds,
        load: (busy("self") - own) / seconds,
        figures,
    }
}

/// Seconds of processor time of a process so far.
fn busy(process: &str) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let ticks = |index: usize| {
        fields
            .get(index)
            .and_then(|field| field.parse::<f64>().ok())
            .unwrap_or(0.0)
    };
    // utime and stime are the 14th and 15th field of the whole line; Linux counts 100 ticks a second.
    (ticks(11) + ticks(12)) / 100.0
}

fn option(name: &str) -> Option<u64> {
    argument(name)?.parse().ok()
}

fn argument(name: &str) -> Option<String> {
    let arguments: Vec<String> = std::env::args().collect();
    let at = arguments.iter().position(|argument| argument == name)?;
    arguments.get(at + 1).cloned()
}
