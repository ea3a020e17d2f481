//! What tables at the scale of the country cost: tables of 342 municipalities, made up, are written to a folder, read, linted, packed, read back, looked up
//! and swapped. Each figure stands beside that of the plain sketch the design was made with, where it has one, and the goal.
//!
//! `cargo bench -p knooppunt-catalogue --bench catalogue`. Another folder with national lists than `mappings` may be named behind `--`. The files are in the
//! page cache, so that what reading costs is reading and not the disk, but for one figure: they are put out of it, where the file system lets them. Medians over rounds of what the thread had of the processor, whatever else the machine does;
//! single look-ups are timed by the clock on the wall.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench prints, and stops at the first surprise"
)]

#[path = "../support/processor.rs"]
mod processor;

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use jiff::civil::{Date, date};
use knooppunt_catalogue::compiled::Compiled;
use knooppunt_catalogue::generate::{Generator, Plan, Regions};
use knooppunt_catalogue::lint::lint;
use knooppunt_catalogue::translate::{Product, Question, Verdict};
use knooppunt_catalogue::{Catalogue, Finding, Level, Source, State, Unit};

use processor::{median, timed};

const ROUNDS: usize = 11;
/// So many codes have about 145,000 rows, and 145,000 codes about 235,000, for many change in the course of the years.
const CODES: [u32; 2] = [90_000, 145_000];
const MUNICIPALITIES: u16 = 342;
const QUESTIONS: usize = 1_000_000;
const ON: Date = date(2024, 6, 1);

fn main() {
    let lists = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with("--"));
    let lists = lists.map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../mappings"),
        PathBuf::from,
    );
    for codes in CODES {
        println!();
        let name = format!("knooppunt-bench-{}-{codes}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        write(&lists, codes, &folder);
        measure(&folder);
        std::fs::remove_dir_all(&folder).expect("it was ours");
    }
}

fn measure(folder: &Path) {
    load(folder);
    let catalogue = Catalogue::load(files(folder)).0;
    let compiled = Compiled::of(&catalogue).expect("it fits");
    linted(&catalogue);
    packed(&compiled, folder);
    let questions = questions(&catalogue);
    let there = |question: &Question| Question {
        product: compiled.forth(question, None).product,
        ..*question
    };
    let back: Vec<Question> = questions.iter().map(there).collect();
    lookups("look-ups forth", &questions, |question| {
        compiled.forth(question, None).verdict
    });
    lookups("look-ups back, without a memory", &back, |question| {
        compiled.back(question, None).verdict
    });
    swapped(compiled, &questions);
}

fn line(what: &str, figure: &str, sketch: &str, goal: &str) {
    println!("{what:<52} {figure:>14}   sketch {sketch:>12}   goal {goal}");
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

/// Makes the tables and writes them.
fn write(lists: &Path, codes: u32, folder: &Path) {
    let (national, _) = Catalogue::load(files(lists));
    let plan = Plan {
        seed: 5,
        codes,
        municipalities: MUNICIPALITIES,
        regions: Regions::Copied,
        conflicts: false,
    };
    let made = Generator::new(&national, plan)
        .expect("the lists are there")
        .all();
    let bytes: usize = made.sources.iter().map(|source| source.bytes.len()).sum();
    let (codes, rows) = (made.counts.codes, made.counts.rows);
    println!(
        "{codes} codes in {rows} rows, {} MB in {MUNICIPALITIES} folders",
        bytes / 1_000_000
    );
    for source in &made.sources {
        let path = folder.join(&source.path);
        std::fs::create_dir_all(path.parent().expect("below the folder")).expect("made");
        std::fs::write(path, &source.bytes).expect("written");
    }
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let below = path.strip_prefix(folder).expect("below it");
                let below = below.to_str().expect("our names").to_owned();
                found.push(Source {
                    path: below,
                    bytes: std::fs::read(&path).expect("read"),
                });
            }
        }
    }
    found
}

fn load(folder: &Path) {
    let (mut reading, mut loading, mut packing, mut all) = (vec![], vec![], vec![], vec![]);
    for _ in 0..ROUNDS {
        let (sources, read) = timed(|| files(folder));
        let ((catalogue, findings), loaded) = timed(|| Catalogue::load(sources));
        let worst = findings.iter().map(Finding::level).max();
        assert!(worst < Some(Level::Error), "made-up tables are clean");
        let (compiled, packed) = timed(|| Compiled::of(&catalogue));
        assert!(compiled.is_ok());
        reading.push(read);
        loading.push(loaded);
        packing.push(packed);
        all.push(read + loaded + packed);
    }
    line("read the files", &ms(median(reading)), "-", "-");
    line("parse and check them", &ms(median(loading)), "-", "-");
    line(
        "pack them, with the order for the way back",
        &ms(median(packing)),
        "-",
        "-",
    );
    line(
        "from folders to tables in force",
        &ms(median(all)),
        "142 ms",
        "< 300 ms",
    );
    cold(folder);
}

/// The same with the files on the disk alone, by the clock on the wall; or that they could not be put out of the page cache, as in a file system in memory.
fn cold(folder: &Path) {
    const WHAT: &str = "the same from the disk, nothing in the page cache";
    let mut all = vec![];
    for _ in 0..ROUNDS {
        let (size, before) = (put_out(folder), read_from_disk());
        let begun = Instant::now();
        let (catalogue, _) = Catalogue::load(files(folder));
        assert!(Compiled::of(&catalogue).is_ok());
        all.push(begun.elapsed());
        let read = read_from_disk()
            .zip(before)
            .map(|(after, before)| after - before);
        if read.is_none_or(|read| read < size) {
            line(WHAT, "-", "-", "< 300 ms");
            println!(
                "  not measured: the system kept them in memory, or does not say that it did not"
            );
            return;
        }
    }
    line(WHAT, &ms(median(all)), "-", "< 300 ms");
}

/// Puts every file below a folder out of the page cache, as far as the system wants to. Its size in bytes.
fn put_out(folder: &Path) -> u64 {
    let mut size = 0;
    for source in files(folder) {
        let file = std::fs::File::open(folder.join(&source.path)).expect("opened");
        file.sync_all().expect("synced");
        rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).expect("advised");
        size += source.bytes.len() as u64;
    }
    size
}

/// Bytes that this process had read from disks (`/proc/self/io`). None: the system does not say.
fn read_from_disk() -> Option<u64> {
    let said = std::fs::read_to_string("/proc/self/io").ok()?;
    let line = said
        .lines()
        .find_map(|line| line.strip_prefix("read_bytes: "))?;
    line.parse().ok()
}

fn linted(catalogue: &Catalogue) {
    let linting = (0..ROUNDS).map(|_| timed(|| lint(black_box(catalogue))).1);
    let linting = linting.collect();
    line("lint all rows", &ms(median(linting)), "-", "< 1 s");
}

fn packed(compiled: &Compiled, folder: &Path) {
    let path = folder.join("tables.packed");
    std::fs::write(&path, compiled.to_bytes()).expect("written");
    let reading = (0..ROUNDS).map(|_| {
        let read = || Compiled::read(&std::fs::read(&path).expect("read"));
        let (read, time) = timed(read);
        assert!(read.is_ok());
        time
    });
    let reading = reading.collect();
    line(
        "from a packed file to tables in force",
        &ms(median(reading)),
        "-",
        "< 30 ms",
    );
    let size = compiled.size();
    let each = size.bytes as f64 / size.rows as f64;
    line(
        "memory a row, without labels",
        &format!("{each:.1} bytes"),
        "32 bytes",
        "<= 64 bytes",
    );
    line(
        "memory in all",
        &format!("{:.2} MB", size.bytes as f64 / 1e6),
        "-",
        "< 10 MB",
    );
}

/// Products of the tables at random, and one in ten that stands in none.
fn questions(catalogue: &Catalogue) -> Vec<Question> {
    let mut all = Vec::new();
    for table in &catalogue.tables {
        for row in catalogue
            .rows(table)
            .filter(|row| row.state == State::Confirmed)
        {
            let product = Product {
                category: row.key.category.or_else(|| "45".parse().ok()),
                code: Some(row.key.code),
                unit: row.key.unit.or(Some(Unit::Hour)),
                volume: Some(240),
                tariff_cents: Some(6000),
            };
            all.push(Question {
                law: row.key.law,
                municipality: table.municipality,
                product,
                on: ON,
            });
        }
    }
    let mut state = 7_u64;
    let mut random = |below: usize| {
        // SplitMix64.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) >> 1).expect("64 bits") % below
    };
    (0..QUESTIONS)
        .map(|_| {
            let mut question = all[random(all.len())];
            if random(10) == 0 {
                question.product.code = "ZZZZZ".parse().ok();
            }
            question
        })
        .collect()
}

fn lookups(what: &str, questions: &[Question], ask: impl Fn(&Question) -> Verdict) {
    let all = || {
        for question in questions {
            black_box(ask(black_box(question)));
        }
    };
    let rounds = (0..ROUNDS).map(|_| timed(all).1).collect();
    let rate = questions.len() as f64 / median(rounds).as_secs_f64();
    let mut each: Vec<Duration> = questions
        .iter()
        .map(|question| {
            let started = Instant::now();
            black_box(ask(black_box(question)));
            started.elapsed()
        })
        .collect();
    each.sort_unstable();
    let applied = questions
        .iter()
        .filter(|question| ask(question) == Verdict::Apply)
        .count();
    println!("{what}: {} of 100 apply", applied * 100 / questions.len());
    line(
        "  a second on one thread",
        &format!("{:.2} million", rate / 1e6),
        "1.3 million",
        ">= 1 million",
    );
    for (name, of_1000, goal) in [
        ("half", 500, "-"),
        ("99 in 100", 990, "-"),
        ("999 in 1000", 999, "< 5 us"),
    ] {
        let time = each[each.len() * of_1000 / 1000];
        line(
            &format!("  {name} within"),
            &format!("{:.2} us", time.as_secs_f64() * 1e6),
            "-",
            goal,
        );
    }
}

/// Two threads ask while tables are swapped a thousand times a second or so.
fn swapped(compiled: Compiled, questions: &[Question]) {
    let bytes = compiled.to_bytes();
    let current = RwLock::new(Arc::new(compiled));
    let is_over = AtomicBool::new(false);
    let ask = |start: usize| {
        let mut count = 0;
        for question in questions.iter().cycle().skip(start) {
            if is_over.load(Ordering::Relaxed) {
                break;
            }
            let table = Arc::clone(&current.read().expect("no panic"));
            let version = table.version(question.municipality);
            assert_eq!(table.forth(question, None).version, version);
            count += 1;
        }
        count
    };
    let started = Instant::now();
    let (swaps, asked) = std::thread::scope(|scope| {
        let readers = [0, questions.len() / 2].map(|start| scope.spawn(move || ask(start)));
        let mut swaps = 0;
        while started.elapsed() < Duration::from_secs(3) {
            let next = Arc::new(Compiled::read(&bytes).expect("as written"));
            *current.write().expect("no panic") = next;
            swaps += 1;
        }
        is_over.store(true, Ordering::Relaxed);
        (
            swaps,
            readers
                .map(|reader| reader.join().expect("no panic"))
                .into_iter()
                .sum::<u64>(),
        )
    });
    let rate = asked as f64 / started.elapsed().as_secs_f64();
    println!(
        "swapped {swaps} times while two threads asked {:.2} million a second: every answer whole",
        rate / 1e6
    );
}
