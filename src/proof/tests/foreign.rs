//! Trees, tiles and proofs between this library and the crate `tlog_tiles`, which is not ours: each reads the tiles of the other and verifies its proofs.

use std::cell::RefCell;

use proptest::prelude::*;
use tlog_tiles::{
    Error, Hash as ForeignHash, HashReader, Tile as ForeignTile, TileHashReader, TileReader,
    check_record, check_tree, prove_record, prove_tree, stored_hash_index, stored_hashes,
    tree_hash,
};

use super::trees::{GROWN, leaves};
use crate::{
    Hash, Level, TileId, TileNodes, TileSource, TiledTree, consistency, inclusion, leaf_hash, root,
    tiles_new, tiles_of, verify_consistency, verify_inclusion,
};

/// Around every height at which the shape of the tiles changes.
const SIZES: [u64; 10] = [1, 2, 255, 256, 257, 600, 65_535, 65_536, 65_537, 70_000];

fn theirs(hash: Hash) -> ForeignHash {
    ForeignHash(*hash.as_bytes())
}

fn ours(path: &[ForeignHash]) -> Vec<Hash> {
    path.iter().map(|hash| Hash::new(hash.0)).collect()
}

/// The path of a foreign tile; that crate, older than the text, also names the height, and the entries data.
fn path(tile: &ForeignTile) -> String {
    tile.path()
        .replacen("tile/8/", "tile/", 1)
        .replacen("tile/data/", "tile/entries/", 1)
}

/// Our tiles, as the foreign crate asks for them: by path.
struct OurTiles;

impl TileReader for OurTiles {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[ForeignTile]) -> Result<Vec<Vec<u8>>, Error> {
        let read = |tile| {
            let id: TileId = path(tile).parse().unwrap();
            GROWN.tile(id).map_err(|_| Error::InvalidTile)
        };
        tiles.iter().map(read).collect()
    }

    fn save_tiles(&self, _: &[ForeignTile], _: &[Vec<u8>]) {}
}

#[test]
fn the_foreign_one_confirms_our_tiles_and_makes_of_them_the_proofs_that_we_make() {
    for size in SIZES {
        let made = root(&*GROWN, size).unwrap();
        // It holds every tile that it reads against the root.
        let reader = TileHashReader::new(size, theirs(made), &OurTiles);
        for index in [0, size / 3, size - 1] {
            let leaf = leaves(70_000)[usize::try_from(index).unwrap()];
            let foreign = prove_record(size, index, &reader).unwrap();
            assert_eq!(inclusion(&*GROWN, index, size).unwrap(), ours(&foreign));
            let shown = verify_inclusion(&leaf, index, size, &ours(&foreign), &made);
            assert_eq!(shown, Ok(()));
            let shown = check_record(&foreign, size, theirs(made), index, theirs(leaf));
            assert!(shown.is_ok());
        }
        for old in [1, size.div_ceil(3), size] {
            let old_root = root(&*GROWN, old).unwrap();
            let foreign = prove_tree(size, old, &reader).unwrap();
            assert_eq!(consistency(&*GROWN, old, size).unwrap(), ours(&foreign));
            let shown = verify_consistency(old, &old_root, size, &made, &ours(&foreign));
            assert_eq!(shown, Ok(()));
            assert!(check_tree(&foreign, size, theirs(made), old, theirs(old_root)).is_ok());
        }
    }
}

/// A tree of the foreign crate, hash by hash as it stores them.
#[derive(Default)]
struct Stored(RefCell<Vec<ForeignHash>>);

impl HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<ForeignHash>, Error> {
        let stored = self.0.borrow();
        let read = |index: &u64| stored.get(usize::try_from(*index).unwrap()).copied();
        let read: Option<Vec<ForeignHash>> = indexes.iter().map(read).collect();
        read.ok_or(Error::InvalidTile)
    }
}

#[test]
fn we_confirm_foreign_tiles_and_make_of_them_proofs_that_the_foreign_one_takes() {
    const SIZE: u64 = 66_000;
    let entry = |n: u64| format!("entry {n}").into_bytes();
    let stored = Stored::default();
    for n in 0..SIZE {
        let hashes = stored_hashes(n, &entry(n), &stored).unwrap();
        stored.0.borrow_mut().extend(hashes);
    }
    let foreign_root = tree_hash(SIZE, &stored).unwrap();
    let source = |id: TileId| {
        let Level::Hashes(level) = id.level() else {
            return Err(Error::InvalidTile);
        };
        let width = u32::from(id.width());
        ForeignTile::new(8, level, id.index(), width, false).read_data(&stored)
    };
    let mut tiled = TiledTree::open(Hash::new(foreign_root.0), SIZE, source).unwrap();
    assert!(tiled.check(tiles_of(SIZE)).is_ok());
    let nodes = TileNodes::new(source, SIZE);
    for index in [0, 1, 255, 256, 44_444, SIZE - 1] {
        let leaf = leaf_hash(&entry(index));
        assert_eq!(tiled.leaf(index).unwrap(), leaf);
        let at = stored_hash_index(0, index);
        assert_eq!(stored.read_hashes(&[at]).unwrap(), [theirs(leaf)]);
        let path = inclusion(&nodes, index, SIZE).unwrap();
        let path = path.into_iter().map(theirs).collect();
        let shown = check_record(&path, SIZE, foreign_root, index, theirs(leaf));
        assert!(shown.is_ok(), "{index}");
    }
    for old in [1, 256, 300, 65_536, SIZE] {
        let path = consistency(&nodes, old, SIZE).unwrap();
        let path = path.into_iter().map(theirs).collect();
        let old_root = tree_hash(old, &stored).unwrap();
        let shown = check_tree(&path, SIZE, foreign_root, old, old_root);
        assert!(shown.is_ok(), "{old}");
    }
}

proptest! {
    #[test]
    fn both_give_a_grown_tree_the_same_new_tiles(old in 0_u64..1_000_000, more in 0_u64..1_000_000) {
        let foreign = ForeignTile::new_tiles(8, old, old + more);
        let foreign: Vec<String> = foreign.iter().map(path).collect();
        let ours: Vec<String> = tiles_new(old, old + more).map(|id| id.path()).collect();
        prop_assert_eq!(ours, foreign);
    }

    // The foreign crate panics at a width of 0 and at levels over 63; that we refuse them is tested elsewhere.
    #[test]
    fn both_read_the_same_paths(level in "0?[0-9]|[1-5][0-9]|6[0-3]|data", index in "(x[0-9]{3}/|x00[01]/){0,6}x?[0-9]{2,4}", width in "(\\.p/0?[1-9][0-9]{0,2})?") {
        let foreign = ForeignTile::from_path(&format!("tile/8/{level}/{index}{width}"));
        let is_read = foreign.is_ok();
        let level = if level == "data" { "entries" } else { &level };
        let ours = format!("tile/{level}/{index}{width}").parse::<TileId>();
        prop_assert_eq!(ours.is_ok(), is_read);
        if let (Ok(ours), Ok(foreign)) = (ours, foreign) {
            prop_assert_eq!(ours.path(), path(&foreign));
            prop_assert_eq!((ours.index(), u32::from(ours.width())), (foreign.level_index(), foreign.width()));
        }
    }
}
