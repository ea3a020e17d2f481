//! The log's own formats: any bytes as each of them. The first byte says as which. No panic; what is read is written back as it was; and who makes a path and who
//! verifies one agree on its length in trees of every size.
#![no_main]

mod signed;

use std::convert::Infallible;

use knooppunt_proof::{
    EntryBundle, Frontier, Hash, Nodes, ProofError, Tile, TileId, TileNodes, TiledTree,
    consistency, inclusion, root, root_from_inclusion, tiles_for, tiles_new, tiles_of,
    verify_consistency, verify_inclusion,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, bytes)) = bytes.split_first() else {
        return;
    };
    match kind % 16 {
        0 => path(bytes),
        1 => tile(bytes),
        2 => bundle(bytes),
        3 => included(bytes),
        4 => consistent(bytes),
        5 => proved(bytes),
        6 => covered(bytes),
        7 => frontier(bytes),
        _ => signed::any(bytes),
    }
});

/// A number from the beginning, and the rest.
fn number(bytes: &[u8]) -> (u64, &[u8]) {
    match bytes.split_first_chunk() {
        // Sizes of every order, not only enormous ones.
        Some((number, rest)) => {
            let (number, shift) = (u64::from_be_bytes(*number), number[7] % 64);
            (number >> shift, rest)
        }
        None => (0, bytes),
    }
}

fn hashes(bytes: &[u8]) -> Vec<Hash> {
    let (hashes, _) = bytes.as_chunks::<{ Hash::BYTES }>();
    hashes.iter().copied().map(Hash::new).collect()
}

/// A tree of which every node is the same.
struct Same;

impl Nodes for Same {
    type Error = Infallible;

    fn node(&self, level: u8, _: u64) -> Result<Hash, Infallible> {
        assert!(level < 64);
        Ok(Hash::EMPTY_ROOT)
    }
}

fn path(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(id) = text.parse::<TileId>() {
        assert_eq!(id.path(), text);
        assert!((1..=256).contains(&id.width()));
    }
}

fn tile(bytes: &[u8]) {
    let (width, bytes) = number(bytes);
    let width = width as u16;
    if let Ok(tile) = Tile::parse(bytes, width) {
        assert_eq!(tile.to_bytes(), bytes);
        assert_eq!(tile.hashes().len(), usize::from(width));
        tile.root();
    }
}

fn bundle(bytes: &[u8]) {
    let (width, bytes) = number(bytes);
    let width = width as u16;
    if let Ok(bundle) = EntryBundle::parse(bytes, width) {
        assert_eq!(bundle.to_bytes(), bytes);
        assert_eq!(bundle.leaves().len(), usize::from(width));
    }
}

fn included(bytes: &[u8]) {
    let (index, bytes) = number(bytes);
    let (size, bytes) = number(bytes);
    let path = hashes(bytes);
    let leaf = Hash::EMPTY_ROOT;
    let made = root_from_inclusion(&leaf, index, size, &path);
    let fits = inclusion(&Same, index, size).is_ok_and(|right| right.len() == path.len());
    assert_eq!(made.is_ok(), fits);
    if let Ok(root) = made {
        assert!(verify_inclusion(&leaf, index, size, &path, &root).is_ok());
        // Of one leaf it is the root.
        let is_root = verify_inclusion(&leaf, index, size, &path, &leaf).is_ok();
        assert_eq!(is_root, size == 1);
    }
}

fn consistent(bytes: &[u8]) {
    let (old, bytes) = number(bytes);
    let (new, bytes) = number(bytes);
    let path = hashes(bytes);
    let roots = (Hash::EMPTY_ROOT, Hash::new([7; 32]));
    let shown = verify_consistency(old, &roots.0, new, &roots.1, &path);
    assert!(shown.is_err());
    match consistency(&Same, old, new) {
        Ok(right) if old > 0 => {
            let fits = right.len() == path.len();
            assert_eq!(shown != Err(ProofError::PathLength), fits);
        }
        _ => assert!(old == 0 || old > new),
    }
}

/// Tiles of any content: proofs of them are made or refused, and do not verify against a root that they do not make.
fn proved(bytes: &[u8]) {
    let (size, bytes) = number(bytes);
    let (index, bytes) = number(bytes);
    let (odd, bytes) = number(bytes);
    let source = |id: TileId| {
        let width = usize::from(id.width()) * Hash::BYTES;
        let begin = (id.index() ^ odd) as usize % bytes.len().max(1);
        let given = bytes.iter().cycle().skip(begin).take(width);
        // Now and then too short.
        let short = usize::from(id.index() == odd);
        Ok::<Vec<u8>, Infallible>(given.skip(short).copied().collect())
    };
    let nodes = TileNodes::new(source, size);
    let _ = inclusion(&nodes, index, size);
    let _ = consistency(&nodes, index, size);
    let Ok(made) = root(&nodes, size) else {
        return;
    };
    if let Ok(mut tree) = TiledTree::open(made, size, source) {
        let _ = tree.leaf(index);
        let _ = tree.check(tiles_of(size).take(8));
    }
    let mut other = *made.as_bytes();
    other[0] ^= 1;
    assert!(TiledTree::open(Hash::new(other), size, source).is_err());
}

fn covered(bytes: &[u8]) {
    let (old, bytes) = number(bytes);
    let (new, bytes) = number(bytes);
    for id in tiles_new(old, new).take(1000) {
        assert_eq!(id.path().parse(), Ok(id));
    }
    let indices = bytes.chunks(8).map(|index| number(index).0);
    let is_within = indices.clone().all(|index| index < new);
    let needed = tiles_for(indices, new);
    assert_eq!(needed.is_ok(), is_within);
}

fn frontier(bytes: &[u8]) {
    let (size, bytes) = number(bytes);
    let (more, bytes) = number(bytes);
    if let Ok(mut frontier) = Frontier::from_parts(size, hashes(bytes)) {
        for _ in 0..more % 1000 {
            frontier.push(Hash::EMPTY_ROOT);
        }
        assert_eq!(frontier.size(), size + more % 1000);
        assert_eq!(
            frontier.nodes().len(),
            frontier.size().count_ones() as usize
        );
        frontier.root();
    }
}
