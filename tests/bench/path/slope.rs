//! Load for minutes, and how its figures went: a store that grows slower, a leak, or a log that is read again and again shows as a slope.

use std::path::Path;
use std::time::Duration;

use super::load::{self, Plan};
use super::site::{Running, Site};
use super::{Line, measured, option, small};

/// Parts of a minute that are told by themselves, and of a run that is longer than [`SHORT_MINUTES`].
const PARTS_A_MINUTE: u64 = 3;
const PARTS_OF_A_LONG_RUN: u64 = 30;
const SHORT_MINUTES: u64 = 10;
const CONNECTIONS: usize = 16;

/// What was seen part by part.
#[derive(Debug, Default)]
struct Seen {
    rates: Vec<f64>,
    middles: Vec<f64>,
    worst: Vec<f64>,
    resident: Vec<f64>,
    disk: Vec<f64>,
}

/// So many minutes, at the rate of the plan; `part` runs one part of it.
pub(super) async fn measure(
    site: &Site,
    running: &Running,
    minutes: u64,
    part: impl AsyncFn(Plan) -> Line,
) {
    let parts = if minutes > SHORT_MINUTES {
        PARTS_OF_A_LONG_RUN
    } else {
        minutes * PARTS_A_MINUTE
    };
    let plan = Plan {
        rate: option("--rate").and_then(|rate| u32::try_from(rate).ok()),
        ..Plan::full(Duration::from_secs(minutes * 60 / parts))
    };
    let mut seen = Seen::default();
    for number in 1..=parts {
        let line = part(plan).await;
        let ms = |permille| line.figures.permille(permille).as_secs_f64() * 1e3;
        let (resident, disk) = (
            resident_mb(running.pid()),
            megabytes(&site.config().store.folder),
        );
        println!("part {number:>3}: {line}, gateway {resident:.0} MB, disk {disk:.0} MB");
        seen.rates.push(line.figures.rate());
        seen.middles.push(ms(500));
        seen.worst.push(ms(990));
        seen.resident.push(resident);
        seen.disk.push(disk);
    }
    println!("over {minutes} minutes, by the straight line through all parts:");
    for (what, unit, values) in [
        ("rate", "messages/s", &seen.rates),
        ("p50", "ms", &seen.middles),
        ("p99", "ms", &seen.worst),
        ("memory", "MB", &seen.resident),
        ("disk", "MB", &seen.disk),
    ] {
        let (mean, change) = straight(values);
        println!(
            "{what:>8}: {change:+.1} {unit}, {:+.1} % of {mean:.1} {unit} on average",
            change / mean * 100.0
        );
    }
}

/// Declarations to the own API.
pub(super) async fn of_the_own_api(running: &Running, plan: Plan) -> Line {
    let clients = (0..CONNECTIONS)
        .map(|n| running.client(&format!("aanbieder-{n}")))
        .collect();
    measured(
        running,
        format!("{CONNECTIONS} connections"),
        load::planned(clients, plan, |index, _| small(index)),
    )
    .await
}

/// Mean, and by how much the straight line through the values rises from the first to behind the last: least squares, from the middle on both sides.
fn straight(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let middle = (count - 1.0) / 2.0;
    let (mut over, mut under) = (0.0, 0.0);
    for (part, value) in values.iter().enumerate() {
        let at = part as f64 - middle;
        over += at * (value - mean);
        under += at * at;
    }
    (mean, over / f64::max(under, f64::EPSILON) * count)
}

/// Memory of a process in megabytes.
fn resident_mb(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kb = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    kb.unwrap_or(0.0) / 1e3
}

/// What stands in a folder, in megabytes. What comes and goes meanwhile may be counted or not.
fn megabytes(folder: &Path) -> f64 {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0.0;
    };
    let of = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(known) if known.is_dir() => megabytes(&entry.path()),
        Ok(known) => known.len() as f64 / 1e6,
        Err(_) => 0.0,
    };
    entries.filter_map(Result::ok).map(of).sum()
}
