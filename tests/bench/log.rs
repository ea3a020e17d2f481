//! What the log costs: leaves appended to a tree with its tiles, the root, and paths of inclusion and consistency made from tiles and verified, in a tree of ten
//! million leaves. Each figure stands beside its goal.
//!
//! `cargo bench -p knooppunt-proof --bench log`. Another number of leaves may be named behind `--`. Nothing is read from a disk: what is measured is hashing.
//! Medians of what the thread had of the processor, whatever else the machine does.

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
use std::time::Duration;

use knooppunt_proof::{
    Frontier, Hash, MemoryTree, Salt, TileId, TileNodes, TileSource, TiledTree, consistency,
    event_entry, inclusion, leaf_hash, root, tiles_for, verify_consistency, verify_inclusion,
};

use processor::{median, timed};

const LEAVES: u64 = 10_000_000;
const ROUNDS: u64 = 1001;
/// Bytes of a record in the journal: an order of magnitude.
const RECORD_BYTES: usize = 500;
/// What the log must keep up with, leaves a second.
const GOAL: f64 = 5_000.0;

fn main() {
    let leaves = std::env::args()
        .skip(1)
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(LEAVES);
    println!("{leaves} leaves");
    entries();
    frontier(leaves);
    let tree = grown(leaves);
    roots(&tree);
    paths(&tree);
    growth(&tree);
    checked(&tree);
}

fn line(what: &str, figure: &str, goal: &str) {
    println!("{what:<58} {figure:>16}   goal {goal}");
}

fn us(time: Duration) -> String {
    format!("{:.1} us", time.as_secs_f64() * 1e6)
}

fn per_second(count: u64, time: Duration) -> String {
    format!("{:.0} /s", count as f64 / time.as_secs_f64())
}

/// Some leaf of a number, the same on every machine.
fn leaf(n: u64) -> Hash {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&n.to_be_bytes());
    leaf_hash(&bytes)
}

/// Numbers below a bound that jump about, the same on every machine.
fn somewhere(bound: u64) -> impl Iterator<Item = u64> {
    (1..=ROUNDS).map(move |n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15) % bound)
}

fn entries() {
    const RECORDS: u64 = 100_000;
    let record = vec![7; RECORD_BYTES];
    let ((), time) = timed(|| {
        for n in 0..RECORDS {
            let mut salt = [1; 32];
            salt[..8].copy_from_slice(&n.to_be_bytes());
            let salt = Salt::new(salt).expect("not one byte repeated");
            black_box(leaf_hash(event_entry(&salt, &record).as_bytes()));
        }
    });
    let what = format!("leaves of records of {RECORD_BYTES} bytes");
    line(&what, &per_second(RECORDS, time), &format!(">= {GOAL}"));
}

fn frontier(leaves: u64) {
    let (frontier, time) = timed(|| {
        let mut frontier = Frontier::new();
        frontier.extend((0..leaves).map(leaf));
        frontier
    });
    assert_eq!(frontier.size(), leaves);
    let figure = per_second(leaves, time);
    line(
        "leaves into the frontier alone",
        &figure,
        &format!(">= {GOAL}"),
    );
}

fn grown(leaves: u64) -> MemoryTree {
    let (tree, time) = timed(|| (0..leaves).map(leaf).collect::<MemoryTree>());
    let figure = per_second(leaves, time);
    line(
        "leaves into the frontier and the tiles",
        &figure,
        &format!(">= {GOAL}"),
    );
    tree
}

fn roots(tree: &MemoryTree) {
    let times = (0..ROUNDS).map(|_| {
        let nodes = TileNodes::new(tree, tree.size());
        let (made, time) = timed(|| root(&nodes, tree.size()));
        assert_eq!(made.expect("all tiles are there"), tree.root());
        time
    });
    line(
        "root from tiles, none kept",
        &us(median(times.collect())),
        "< 1 ms",
    );
}

fn paths(tree: &MemoryTree) {
    let size = tree.size();
    let (mut cold, mut warm, mut verified, mut longest) = (vec![], vec![], vec![], 0);
    let kept = TileNodes::new(tree, size);
    for index in somewhere(size) {
        let nodes = TileNodes::new(tree, size);
        let (path, time) = timed(|| inclusion(&nodes, index, size));
        let path = path.expect("all tiles are there");
        cold.push(time);
        let (again, time) = timed(|| inclusion(&kept, index, size));
        assert_eq!(again.expect("all tiles are there"), path);
        warm.push(time);
        longest = longest.max(path.len() * Hash::BYTES);
        let (leaf, root) = (leaf(index), tree.root());
        let (shown, time) = timed(|| verify_inclusion(&leaf, index, size, &path, &root));
        assert!(shown.is_ok());
        verified.push(time);
    }
    line(
        "path of inclusion from tiles, none kept",
        &us(median(cold)),
        "< 1 ms",
    );
    line(
        "path of inclusion from tiles, 64 kept",
        &us(median(warm)),
        "< 1 ms",
    );
    line(
        "longest path of inclusion",
        &format!("{longest} bytes"),
        "< 1,000 bytes",
    );
    line("path of inclusion verified", &us(median(verified)), "-");
}

fn growth(tree: &MemoryTree) {
    let new = tree.size();
    let (mut made, mut verified, mut longest) = (vec![], vec![], 0);
    for old in somewhere(new).map(|old| old + 1) {
        let nodes = TileNodes::new(tree, new);
        let (path, time) = timed(|| consistency(&nodes, old, new));
        let path = path.expect("all tiles are there");
        made.push(time);
        longest = longest.max(path.len() * Hash::BYTES);
        let (first, second) = (root(&nodes, old).expect("it was so large"), tree.root());
        let (shown, time) = timed(|| verify_consistency(old, &first, new, &second, &path));
        assert!(shown.is_ok());
        verified.push(time);
    }
    line(
        "path of consistency from tiles, none kept",
        &us(median(made)),
        "< 1 ms",
    );
    line(
        "longest path of consistency",
        &format!("{longest} bytes"),
        "< 1,000 bytes",
    );
    line("path of consistency verified", &us(median(verified)), "-");
}

/// The last tenth of the leaves, as an export of them is verified: every tile against the root, every leaf in its place.
fn checked(tree: &MemoryTree) {
    let size = tree.size();
    let from = size - size / 10;
    let (needed, time) = timed(|| tiles_for(from..size, size).expect("leaves of the tree"));
    let figure = per_second(size - from, time);
    line(
        "tiles that a tenth of the leaves needs, counted",
        &figure,
        "-",
    );
    let source = |id: TileId| tree.tile(id);
    let ((), time) = timed(|| {
        let mut tiled = TiledTree::open(tree.root(), size, source).expect("the edge");
        tiled.check(needed).expect("every tile");
        for index in from..size {
            assert_eq!(
                tiled.leaf(index).expect("a leaf"),
                tree.leaves()[usize::try_from(index).expect("in memory")]
            );
        }
    });
    let figure = per_second(size - from, time);
    line(
        "a tenth of the leaves confirmed from the root down",
        &figure,
        ">= 8,334 /s",
    );
}
