//! The validator against others, in interleaved rounds on the same bytes: libxml2 in process (through Python's lxml), `xmllint
//! --stream --schema` as a process, and quick-xml's namespace reader, which checks nothing. Prints medians, ratios and memory.
//!
//! `cargo bench --bench validate`. `KNOOPPUNT_PUBLISHED=FOLDER` names a folder with the published schemas laid out as
//! `ijw/3.2/JW323.xsd` for the others to use; without it they get ours. lxml is looked for as `python3 -c 'import lxml'`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench prints, and stops at the first surprise"
)]

use std::hint::black_box;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use knooppunt_standard::{Limits, Releases};

#[path = "../support/messages.rs"]
mod messages;

use messages::{Envelope, Law};

const ROUNDS: usize = 9;
const SMALL_REPEATS: usize = 2000;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if std::env::args().any(|argument| argument == "--memory") {
        return memory();
    }
    let schemas =
        std::env::var_os("KNOOPPUNT_PUBLISHED").map_or_else(|| root.join("schemas"), PathBuf::from);
    let releases = knooppunt::schemas::releases(None).expect("our schemas load");

    let large = declaration(10_000_000);
    let small = std::fs::read(root.join("conformance/messages/ijw/JW301/full/message.xml"))
        .expect("the message is there");
    println!("schemas of the others: {}", schemas.display());

    println!(
        "\n10 MB JW323 ({} bytes), one core, tree included, {ROUNDS} interleaved rounds",
        large.len()
    );
    race(
        &releases,
        &large,
        &schemas.join("ijw/3.2/JW323.xsd"),
        1,
        true,
    );
    println!(
        "\nJW301 ({} bytes), one core, {SMALL_REPEATS} a round, {ROUNDS} interleaved rounds",
        small.len()
    );
    race(
        &releases,
        &small,
        &schemas.join("ijw/3.2/JW301.xsd"),
        SMALL_REPEATS,
        false,
    );

    println!("\nmemory for one message of 25 MB, all told");
    let output = Command::new(std::env::current_exe().expect("our own path"))
        .arg("--memory")
        .output()
        .expect("runs");
    print!("{}", String::from_utf8_lossy(&output.stdout));
}

/// A valid JW323 of about `bytes` bytes.
fn declaration(bytes: usize) -> Vec<u8> {
    let of = |prestaties: usize| {
        let envelope = Envelope {
            gemeente: "0289",
            aanbieder: "98980001",
            identificatie: "D260007",
        };
        let prestaties = u32::try_from(prestaties).expect("fewer than 2^32");
        messages::declaratie(Law::Jw, envelope, prestaties)
    };
    let sample = 1_000;
    of(bytes * sample / of(sample).len())
}

/// One round each in turn, so that a busy moment of the machine hits all.
fn race(releases: &Releases, body: &[u8], schema: &Path, repeats: usize, with_process: bool) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("message.xml");
    std::fs::write(&file, body).expect("the message is written");
    let limits = Limits::default();
    assert!(
        releases.check(body, &limits).findings.is_empty(),
        "the message is valid"
    );
    let mut lxml = Lxml::start(schema, &file, repeats);
    if lxml.is_none() {
        println!("  lxml is not there: pip install lxml, or apt-get install python3-lxml");
    }

    let (mut ours, mut reader, mut theirs, mut process) = (vec![], vec![], vec![], vec![]);
    for _ in 0..ROUNDS {
        ours.push(timed(|| {
            for _ in 0..repeats {
                black_box(releases.check(black_box(body), &limits));
            }
        }));
        reader.push(timed(|| {
            for _ in 0..repeats {
                black_box(read_names(black_box(body)));
            }
        }));
        if let Some(lxml) = &mut lxml {
            theirs.push(lxml.round());
        }
        if with_process {
            process.push(timed(|| {
                let status = Command::new("xmllint")
                    .args(["--noout", "--stream", "--schema"])
                    .args([schema, &file])
                    .stderr(Stdio::null())
                    .status()
                    .expect("xmllint runs");
                assert!(status.success(), "xmllint finds the message valid");
            }));
        }
    }
    let ours = median(ours);
    let bytes = body.len() * repeats;
    show("knooppunt", ours, bytes, repeats, ours);
    show(
        "quick-xml NsReader, no checks",
        median(reader),
        bytes,
        repeats,
        ours,
    );
    if !theirs.is_empty() {
        show(
            "libxml2 in process (lxml)",
            median(theirs),
            bytes,
            repeats,
            ours,
        );
    }
    if !process.is_empty() {
        show(
            "xmllint --stream --schema, process",
            median(process),
            bytes,
            repeats,
            ours,
        );
    }
}

#[allow(clippy::cast_precision_loss, reason = "figures for people")]
fn show(who: &str, took: Duration, bytes: usize, messages: usize, ours: Duration) {
    let seconds = took.as_secs_f64();
    println!(
        "  {who:36} {:8.1} MB/s {:10.0} messages/s   knooppunt is {:.2}x",
        bytes as f64 / 1e6 / seconds,
        messages as f64 / seconds,
        seconds / ours.as_secs_f64()
    );
}

fn timed(work: impl FnOnce()) -> Duration {
    let started = Instant::now();
    work();
    started.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// What reading alone costs: every name resolved, nothing kept.
fn read_names(body: &[u8]) -> usize {
    let mut reader = quick_xml::NsReader::from_reader(body);
    let mut names = 0;
    loop {
        match reader.read_resolved_event().expect("well-formed") {
            (_, quick_xml::events::Event::Eof) => return names,
            (quick_xml::name::ResolveResult::Bound(_), _) => names += 1,
            _ => {}
        }
    }
}

/// libxml2 in a Python process that parses and validates on command and says how long it took.
struct Lxml {
    child: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
    repeats: usize,
}

const WORKER: &str = r"
import sys, time
from lxml import etree
schema = etree.XMLSchema(etree.parse(sys.argv[1]))
body = open(sys.argv[2], 'rb').read()
parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
assert schema.validate(etree.fromstring(body, parser)), schema.error_log
print('ready', flush=True)
for line in sys.stdin:
    started = time.perf_counter()
    for _ in range(int(line)):
        schema.validate(etree.fromstring(body, parser))
    print(time.perf_counter() - started, flush=True)
";

impl Lxml {
    /// `None` when Python or lxml is not there.
    fn start(schema: &Path, file: &Path, repeats: usize) -> Option<Self> {
        let mut child = Command::new("python3")
            .args(["-c", WORKER])
            .args([schema, file])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let commands = child.stdin.take()?;
        let answers = BufReader::new(child.stdout.take()?);
        let mut lxml = Self {
            child,
            commands,
            answers,
            repeats,
        };
        (lxml.answer()? == "ready").then_some(lxml)
    }

    fn answer(&mut self) -> Option<String> {
        let mut line = String::new();
        self.answers.read_line(&mut line).ok()?;
        Some(line.trim().to_owned())
    }

    /// One round, timed inside the other process.
    fn round(&mut self) -> Duration {
        writeln!(self.commands, "{}", self.repeats).expect("the worker listens");
        let seconds = self
            .answer()
            .and_then(|line| line.parse().ok())
            .expect("the worker answers");
        Duration::from_secs_f64(seconds)
    }
}

impl Drop for Lxml {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// In a process of its own: what reading and checking one message of 25 MB takes above a process that has loaded the schemas.
fn memory() {
    let releases = knooppunt::schemas::releases(None).expect("our schemas load");
    let file = tempfile::NamedTempFile::new().expect("a file");
    let size = {
        let body = declaration(26_000_000);
        std::fs::write(file.path(), &body).expect("the message is written");
        body.len()
    };
    // The highest mark so far is forgotten (see proc(5)), so that making the message does not count.
    std::fs::write("/proc/self/clear_refs", "5").expect("the mark is reset");
    let before = status("VmRSS");
    let mut marks = Vec::new();
    for _ in 0..5 {
        let body = std::fs::read(file.path()).expect("the message is there");
        assert!(
            releases
                .check(&body, &Limits::default())
                .findings
                .is_empty()
        );
        marks.push((status("VmHWM") - before) * 1024);
    }
    #[allow(clippy::cast_precision_loss, reason = "figures for people")]
    let times: Vec<_> = marks
        .iter()
        .map(|mark| format!("{:.2}x", *mark as f64 / size as f64))
        .collect();
    println!(
        "  {size} bytes; highest mark after 1 to 5 messages: {}",
        times.join(" ")
    );
}

/// A figure of this process in KiB.
fn status(name: &str) -> usize {
    let text = std::fs::read_to_string("/proc/self/status").expect("Linux says");
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .expect("the figure is there");
    line.trim_start_matches(':')
        .trim()
        .trim_end_matches(" kB")
        .trim()
        .parse()
        .expect("a number")
}
