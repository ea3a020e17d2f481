//! Which tiles a tree has and which it needs.

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::{Level, TileId, tiles_for, tiles_new, tiles_of};

fn paths(ids: impl IntoIterator<Item = TileId>) -> Vec<String> {
    ids.into_iter().map(|id| id.path()).collect()
}

fn count(ids: impl Iterator<Item = TileId>, level: u8, width: u16) -> usize {
    ids.filter(|id| id.level() == Level::Hashes(level) && id.width() == width)
        .count()
}

/// The example in the text of C2SP `tlog-tiles`.
#[test]
fn a_tree_of_70_000_has_273_full_tiles_of_leaves_and_the_others_that_the_text_names() {
    let expected = [
        (0, 256, 273),
        (0, 112, 1),
        (1, 256, 1),
        (1, 17, 1),
        (2, 1, 1),
    ];
    for (level, width, tiles) in expected {
        assert_eq!(
            count(tiles_of(70_000), level, width),
            tiles,
            "{level}, {width}"
        );
    }
    assert_eq!(tiles_of(70_000).count(), 277);
    assert_eq!(paths(tiles_of(256)), ["tile/0/000", "tile/1/000.p/1"]);
}

#[test]
fn a_tree_without_leaves_has_no_tiles_and_one_leaf_one() {
    assert_eq!(tiles_of(0).count(), 0);
    assert_eq!(paths(tiles_of(1)), ["tile/0/000.p/1"]);
    assert_eq!(paths(tiles_for([], 70_000).unwrap()), [""; 0]);
}

#[test]
fn the_new_tiles_of_the_largest_tree_are_counted_from_both_ends() {
    let new = tiles_new(u64::MAX - 1, u64::MAX);
    assert_eq!(paths(new), ["tile/0/x072/x057/x594/x037/x927/935.p/255"]);
    let grown = "tile/1/x281/x474/x976/x710/655.p/255";
    assert!(paths(tiles_new(u64::MAX - 256, u64::MAX)).contains(&grown.into()));
    assert_eq!(tiles_of(u64::MAX).take(1000).count(), 1000);
    assert_eq!(tiles_for([0, u64::MAX - 1], u64::MAX).unwrap().len(), 8 + 7);
}

proptest! {
    #[test]
    fn the_new_tiles_are_those_that_the_smaller_tree_did_not_have(old in 0_u64..200_000, more in 0_u64..200_000) {
        let set = |size| tiles_of(size).collect::<BTreeSet<TileId>>();
        let new: Vec<TileId> = tiles_new(old, old + more).collect();
        let expected: Vec<TileId> = set(old + more).difference(&set(old)).copied().collect();
        prop_assert_eq!(new, expected);
        prop_assert_eq!(tiles_new(old + more, old).count(), 0);
    }

    #[test]
    fn every_tile_is_as_wide_as_the_text_says(size in 0_u64..20_000_000) {
        // floor(s / 256^l) mod 256 at the right edge, and full before it.
        for level in 0..4_u8 {
            let hashes = size / 256_u64.pow(u32::from(level));
            let full = tiles_of(size).filter(|id| id.level() == Level::Hashes(level) && !id.is_partial()).count();
            prop_assert_eq!(full as u64, hashes / 256);
            let edge: Vec<u64> = tiles_of(size).filter(|id| id.level() == Level::Hashes(level) && id.is_partial()).map(|id| id.width().into()).collect();
            let expected: Vec<u64> = Some(hashes % 256).filter(|width| *width > 0).into_iter().collect();
            prop_assert_eq!(edge, expected);
        }
    }
}
