//! The cases of `conformance/proof/tree`, which were made without this library and which another implementation reads as well.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use serde_json::Value;

use super::published::{bytes, hash, hashes, number, own, text, width};
use crate::{
    EntryBundle, Frontier, Hash, Level, Salt, Tile, TileId, TiledError, TiledTree, event_entry,
    leaf_hash, statement_entry, tiles_for, tiles_new, verify_consistency, verify_inclusion,
};

/// Runs every case of a file, and sees to it that there are so many and that some of both kinds are among them.
fn run(file: &str, count: usize, holds: impl Fn(&Value) -> bool) {
    let cases = own(&format!("tree/{file}.json"));
    assert_eq!(cases.len(), count, "{file}");
    let expected = |case: &Value| case["holds"].as_bool().unwrap();
    assert!(cases.iter().any(expected) && !cases.iter().all(expected));
    for case in &cases {
        assert_eq!(
            holds(case),
            expected(case),
            "{file}: {}",
            text(case, "name")
        );
    }
}

fn leaves(count: u64) -> Vec<Hash> {
    (0..count)
        .map(|n| leaf_hash(format!("entry {n}").as_bytes()))
        .collect()
}

fn paths(tiles: impl IntoIterator<Item = TileId>) -> Vec<String> {
    tiles.into_iter().map(|id| id.path()).collect()
}

fn listed(case: &Value) -> Vec<String> {
    let tiles = case["tiles"].as_array().unwrap().iter();
    tiles.map(|path| path.as_str().unwrap().into()).collect()
}

fn indices(case: &Value) -> Vec<u64> {
    let indices = case["indices"].as_array().unwrap().iter();
    indices.map(|index| index.as_u64().unwrap()).collect()
}

#[test]
fn entries_are_what_they_stand_for() {
    run("entry", 22, |case| {
        let Ok(Ok(salt)) = bytes(case, "salt").try_into().map(Salt::new) else {
            return false;
        };
        let entry = match text(case, "kind") {
            "event" => event_entry(&salt, &bytes(case, "bytes")),
            _ => statement_entry(&salt, &bytes(case, "bytes")),
        };
        entry == hash(case, "entry") && leaf_hash(entry.as_bytes()) == hash(case, "leaf")
    });
}

#[test]
fn trees_have_their_roots() {
    run("root", 17, |case| {
        let mut frontier = Frontier::new();
        frontier.extend(leaves(number(case, "entries")));
        frontier.root() == hash(case, "root")
    });
}

#[test]
fn leaves_stand_where_their_paths_show_them() {
    run("inclusion", 184, |case| {
        let (leaf, root) = (hash(case, "leaf"), hash(case, "root"));
        let path = hashes(case, "path");
        verify_inclusion(
            &leaf,
            number(case, "index"),
            number(case, "size"),
            &path,
            &root,
        )
        .is_ok()
    });
}

#[test]
fn trees_grow_as_their_paths_show() {
    run("consistency", 230, |case| {
        let old = (number(case, "old"), hash(case, "old_root"));
        let new = (number(case, "new"), hash(case, "new_root"));
        let path = hashes(case, "path");
        verify_consistency(old.0, &old.1, new.0, &new.1, &path).is_ok()
    });
}

#[test]
fn a_tile_has_one_path() {
    run("path", 49, |case| {
        let Ok(id) = text(case, "path").parse::<TileId>() else {
            return false;
        };
        let level = match case["level"].as_u64() {
            Some(level) => Level::Hashes(u8::try_from(level).unwrap()),
            None => Level::Entries,
        };
        assert_eq!(id.path(), text(case, "path"));
        id == TileId::new(level, number(case, "index"), width(case)).unwrap()
    });
}

#[test]
fn tiles_are_as_wide_as_they_say() {
    run("tile", 31, |case| {
        let tile = Tile::parse(&bytes(case, "bytes"), width(case));
        tile.ok().map(|tile| tile.root()) == Some(hash(case, "root"))
    });
}

#[test]
fn bundles_hold_the_entries_of_their_leaves() {
    run("bundle", 23, |case| {
        let bundle = EntryBundle::parse(&bytes(case, "bytes"), width(case));
        bundle.ok().map(|bundle| bundle.leaves()) == Some(hashes(case, "leaves"))
    });
}

#[test]
fn a_tree_that_grew_has_these_new_tiles() {
    run("new", 23, |case| {
        let new = tiles_new(number(case, "old"), number(case, "new"));
        paths(new) == listed(case)
    });
}

#[test]
fn exactly_these_tiles_confirm_leaves() {
    run("needed", 26, |case| {
        let needed = tiles_for(indices(case), number(case, "size"));
        needed.is_ok_and(|needed| paths(needed) == listed(case))
    });
}

#[test]
fn tiles_belong_to_their_root_or_are_named() {
    run("tiled", 45, |case| {
        let (size, root) = (number(case, "size"), hash(case, "root"));
        let given: BTreeMap<TileId, Vec<u8>> = case["tiles"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(path, bytes)| {
                let bytes = BASE64.decode(bytes.as_str().unwrap().as_bytes());
                (path.parse().unwrap(), bytes.unwrap())
            })
            .collect();
        let source = |id: TileId| given.get(&id).cloned().ok_or(());
        let needed = tiles_for(indices(case), size).unwrap();
        let read = || -> Result<Vec<Hash>, TiledError<()>> {
            let mut tree = TiledTree::open(root, size, source)?;
            tree.check(needed.iter().copied())?;
            let mut leaves = Vec::new();
            for index in indices(case) {
                leaves.push(tree.leaf(index)?);
            }
            Ok(leaves)
        };
        match read() {
            Ok(leaves) => leaves == hashes(case, "leaves"),
            Err(error) => {
                if let Some(wrong) = case["wrong"].as_str() {
                    let wrong: TileId = wrong.parse().unwrap();
                    assert!(error.tiles().contains(&wrong), "{error:?}");
                }
                false
            }
        }
    });
}
