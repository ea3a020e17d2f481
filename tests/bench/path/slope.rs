//! Load for minutes, and how its figures went: a store that grows slower, a leak, or a log that is read again and again shows as a slope.

use std::path::Path;
use std::time::Duration;

use super::load::{self, Plan};
use super::site::{Running, Site};
use super::{Line, measured, option, small};

/// Parts of a minute that are told by themselves.
const PARTS_A_MINUTE: u64 = 3;
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

/// So many minutes; with `--rate` at that rate.
pub(super) async fn measure(site: &Site, running: &Running, minutes: u64) {
    let plan = Plan {
        rate: option("--rate").and_then(|rate| u32::try_from(rate).ok()),
        ..Plan::full(Duration::from_secs(60 / PARTS_A_MINUTE))
    };
    let mut seen = Seen::default();
    for part in 1..=minutes * PARTS_A_MINUTE {
        let line = of_part(running, plan).await;
        let ms = |permille| line.figures.permille(permille).as_secs_f64() * 1e3;
        seen.rates.push(line.figures.rate());
        seen.middles.push(ms(500));
        seen.worst.push(ms(990));
        seen.resident.push(resident_mb(running.pid()));
        seen.disk.push(megabytes(&site.config().store.folder));
        println!(
            "part {part:>3}: {line}, gateway {:.0} MB, disk {:.0} MB",
            seen.resident.last().unwrap_or(&0.0),
            seen.disk.last().unwrap_or(&0.0)
        );
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

async fn of_part(running: &Running, plan: Plan) -> Line {
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
