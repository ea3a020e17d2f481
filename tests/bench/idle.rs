//! What endpoints cost to which nothing is brought: processor time and memory of the real program with 1,000 of them in its register, beside the same program
//! with the same parties and no endpoints, over the same time.
//!
//! `cargo bench --bench idle`; `-- --seconds N` (default 60), `-- --endpoints N` (default 1,000). The files of endpoints are read again every five minutes: 300
//! seconds and more have that in them.
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    reason = "a bench prints, and stops at the first surprise"
)]

#[path = "../support/endpoint/mod.rs"]
mod endpoint;
#[path = "../support/site.rs"]
mod site;

use std::time::Duration;

use endpoint::papers::Papers;
use site::{Running, Site, party};

/// Nobody listens there, and nobody ever calls.
const PORT: u16 = 9;
/// How long both programs are left alone before it counts.
const AT_REST: Duration = Duration::from_secs(10);
/// Clock ticks of a second in `/proc/PID/stat` on Linux.
const TICKS: f64 = 100.0;

fn main() {
    let seconds = option("--seconds").unwrap_or(60);
    let endpoints = option("--endpoints").unwrap_or(1_000);
    let papers = Papers::made(site::now());
    let (mut parties, mut lines) = (String::new(), String::new());
    for n in 0..endpoints {
        let name = format!("aanbieder-{n}");
        parties.push_str(&party(&name, "agb", &[format!("{:08}", 98_000_000 + n)]));
        let more = format!("crls = [\"{}\"]", papers.file("endpoint.crl").display());
        lines.push_str(&papers.lines(&name, "vsp-push", PORT, "/", &more));
    }
    let sites = [Site::small(), Site::small()];
    sites[0].register(&parties);
    sites[1].register(&format!("{parties}{lines}"));
    let running = sites
        .each_ref()
        .map(|site| site.starts(&["--create"]).unheard());
    std::thread::sleep(AT_REST);
    let before = running.each_ref().map(processor_s);
    std::thread::sleep(Duration::from_secs(seconds));
    let after = running.each_ref().map(processor_s);
    println!("{seconds} s with nothing to do, {endpoints} parties:");
    for (nth, what) in ["without endpoints", "with an endpoint each"]
        .iter()
        .enumerate()
    {
        let used = after[nth] - before[nth];
        println!(
            "  {what:22} {:6.0} ms of processor, {:.3} % of one; {:.1} MB at most",
            used * 1e3,
            used / seconds as f64 * 100.0,
            running[nth].resident_peak_bytes() as f64 / 1e6
        );
    }
}

/// Processor time that it used so far, in seconds.
fn processor_s(running: &Running) -> f64 {
    let stat = format!("/proc/{}/stat", running.pid());
    let stat = std::fs::read_to_string(stat).expect("it runs");
    // The name before it may have spaces; then state is the first field, user and system time the 12th and 13th.
    let (_, fields) = stat.rsplit_once(") ").expect("as in proc(5)");
    let ticks = fields.split_whitespace().skip(11).take(2);
    ticks
        .map(|ticks| ticks.parse::<f64>().expect("a number"))
        .sum::<f64>()
        / TICKS
}

fn option(name: &str) -> Option<u64> {
    let arguments: Vec<String> = std::env::args().collect();
    let at = arguments.iter().position(|argument| argument == name)?;
    arguments.get(at + 1)?.parse().ok()
}
