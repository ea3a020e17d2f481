//! How much memory a declaration takes from the moment it is handed in until it is durable and answered, judged at all levels on a past on disk: what
//! `[lanes] judging_bytes_max` is counted by. Prints the highest mark of the process above where it stood before, for each byte of the body.
//!
//! `cargo bench --bench memory`. Each client has five allocations, all of them given here before, and one line on each: every line is granted, the dearest
//! outcome, since it changes three rows and makes one. Caches of the view engine are in the mark.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::string_slice,
    dead_code,
    reason = "a bench prints, and stops at the first surprise; the world it stands on is made for tests"
)]

#[path = "../spec/world.rs"]
mod world;

use bytes::Bytes;
use jiff::SignedDuration;
use knooppunt::intake::Outcome;
use knooppunt_standard::rules::Weight;
use world::{GEMEENTE_A, PARTIES, Store, World, ZORG_A, judged, message, register, whole};

const ALLOCATIONS: u32 = 5;

#[tokio::main]
async fn main() {
    println!(
        "memory of a declaration that is judged and answered, above what the process had before"
    );
    for clients in [2_000, 5_500] {
        measure(clients).await;
    }
}

async fn measure(clients: u32) {
    let mut world = World::on(Store::on_disk());
    let judging = [judged(GEMEENTE_A), judged(ZORG_A), whole(GEMEENTE_A)].concat();
    world.register = register(&format!("{PARTIES}{judging}"));
    for (place, bsn) in (0..).zip(bsns(clients)) {
        let given = world.taken("gemeente-a", &allocations(place, bsn)).await;
        assert!(given.marks.is_empty(), "{:?}", given.marks);
    }
    world.clock.advance(SignedDuration::from_hours(24 * 5));
    let body = declaration(clients);
    let (size, lines) = (body.len(), clients * ALLOCATIONS);
    // The highest mark so far is forgotten (see proc(5)), so that making the message does not count.
    std::fs::write("/proc/self/clear_refs", "5").expect("the mark is reset");
    let before = status("VmRSS") - size / 1024;
    let Outcome::Accepted(message, found) = world.hand_in("zorg-a", &body).await else {
        panic!("it is taken")
    };
    assert!(message.marks.is_empty() && message.state.answered.is_some());
    let refused = found
        .first
        .iter()
        .any(|finding| finding.weight == Weight::Refuses);
    assert!(!refused, "every line is granted");
    let mark = (status("VmHWM") - before) * 1024;
    #[allow(clippy::cast_precision_loss, reason = "figures for people")]
    let times = mark as f64 / size as f64;
    println!(
        "  {lines:6} lines over {clients} clients, {size:9} bytes: {mark:10} bytes, {times:.2} for each byte of the body"
    );
}

/// A 301 with five allocations of a client.
fn allocations(place: u32, bsn: u32) -> Bytes {
    let body = message("JW301", GEMEENTE_A, ZORG_A, &format!("T{place}"));
    let text = String::from_utf8(body.to_vec()).expect("text");
    let (before, row, after) = row(&text, "jw301:ToegewezenProduct>");
    let row = row.replace(
        "<jw301:ReferentieAanbieder>VOT-2025-0001</jw301:ReferentieAanbieder>",
        "",
    );
    let rows: String = (0..ALLOCATIONS)
        .map(|line| {
            row.replace("260001", &number(place, line).to_string())
                .replace("45A04", &product(line))
        })
        .collect();
    let text = format!("{before}{rows}{after}");
    text.replace(">999900420<", &format!(">{bsn}<")).into()
}

/// A 323 with a line on each of them.
fn declaration(clients: u32) -> Bytes {
    let body = message("JW323", GEMEENTE_A, ZORG_A, "D1");
    let text = String::from_utf8(body.to_vec())
        .expect("text")
        .replace("Volume>8<", "Volume>1<")
        .replace(">58000<", ">7250<");
    let (before, client, after) = row(&text, "jw323:Client>");
    let (client, line, end) = row(client, "jw323:Prestatie>");
    let mut all = String::new();
    for (place, bsn) in (0..).zip(bsns(clients)) {
        all += &client.replace("999900420", &bsn.to_string());
        for of in 0..ALLOCATIONS {
            let number = number(place, of).to_string();
            all += &line
                .replace("260001", &number)
                .replace("P-2602-1", &format!("P{number}"))
                .replace("45A04", &product(of));
        }
        all += end;
    }
    let total = format!("TotaalBedrag>{}<", 7250 * clients * ALLOCATIONS);
    format!("{before}{all}{after}")
        .replace("TotaalBedrag>7250<", &total)
        .into()
}

/// What stands before the only element of this name, the element, and what stands after it.
fn row<'t>(text: &'t str, name: &str) -> (&'t str, &'t str, &'t str) {
    let start = text.find(&format!("<{name}")).expect("the element");
    let closing = format!("</{name}");
    let end = text.rfind(&closing).expect("it ends") + closing.len();
    (&text[..start], &text[start..end], &text[end..])
}

const fn number(place: u32, line: u32) -> u32 {
    1_000_000 + place * ALLOCATIONS + line
}

/// Allocations of one client may not stack, so each is of another product.
fn product(line: u32) -> String {
    format!("45A{:02}", 4 + line)
}

/// The first BSNs of the test range that pass the eleven-proof; there are a little more than 9,000.
fn bsns(count: u32) -> Vec<u32> {
    let proof = |number: &u32| {
        let (mut rest, mut sum) = (*number, 0_i64);
        for weight in [-1_i64, 2, 3, 4, 5, 6, 7, 8, 9] {
            sum += weight * i64::from(rest % 10);
            rest /= 10;
        }
        sum % 11 == 0
    };
    let range = 999_900_006..=999_999_990;
    range.filter(proof).take(count as usize).collect()
}

/// A figure of this process in KiB.
fn status(name: &str) -> usize {
    let text = std::fs::read_to_string("/proc/self/status").expect("Linux says");
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let figure = line
        .expect("the figure is there")
        .trim_start_matches(':')
        .trim();
    figure.trim_end_matches(" kB").parse().expect("a number")
}
