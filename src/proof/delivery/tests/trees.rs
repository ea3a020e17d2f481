//! Sum trees: the example of the specification, every minute of honest sessions, and what is tried with trees.

use data_encoding::HEXLOWER;
use proptest::prelude::*;

use super::made::{example_leaves, example_subject, example_tree, name};
use crate::Hash;
use crate::delivery::{
    Context, Entry, Layout, LayoutError, Leaf, LineName, Nf, NfList, NfListError, Node, Opened,
    OpenedError, Sibling, Subject, SumTree, SumTreeError, Uid, Unit, depth_for, rounding_max,
    volume_of,
};

fn context() -> Context {
    Context::new(&name(), &example_subject())
}

fn counted(kind: u8, number: u32) -> Hash {
    Hash::over(&[&[kind], &number.to_be_bytes()])
}

fn nf(kind: u8, number: u32) -> Nf {
    Nf(counted(kind, number).as_bytes()[..16].try_into().unwrap())
}

/// Sessions of these weights, every fifth of them late, in the order in which they began.
fn sessions(weights: &[u64]) -> Vec<Entry> {
    let of = |(number, weight): (u32, &u64)| Entry {
        begin: Some(29_000_000 + u64::from(number)),
        uid: Uid(nf(1, number).0),
        weight: *weight,
        is_late: number % 5 == 4,
        nf: nf(2, number),
        c: counted(3, number),
    };
    (0..).zip(weights).map(of).collect()
}

fn leaves(unit: Unit, volume: u64, sessions: &[Entry]) -> Result<Vec<Leaf>, LayoutError> {
    let mut random = 0;
    let layout = Layout { unit, volume };
    layout.leaves(
        sessions,
        Some((counted(4, 0), false)),
        |index| nf(5, index),
        || {
            random += 1;
            *counted(6, random).as_bytes()
        },
    )
}

/// Of sessions whose minutes are rounded to hours.
fn tree(weights: &[u64]) -> (u64, SumTree) {
    let volume = volume_of(Unit::Hour, weights.iter().sum()).unwrap();
    let leaves = leaves(Unit::Hour, volume, &sessions(weights)).unwrap();
    (volume, SumTree::new(&context(), leaves).unwrap())
}

#[test]
fn the_tree_of_the_specification_has_its_root() {
    let ctx = "af8e523674b2cc4fbd6f14ecda5b2c4a4a449b1d073e89fc91e743531badb785";
    assert_eq!(context().0.to_hex(), ctx);
    let tree = example_tree();
    let root = "da0ac6411d9f3eb55f0448cd64be97b5b731d466c1e09956ced2aa92cdca229d";
    assert_eq!(tree.root().hash.to_hex(), root);
    assert_eq!(
        (tree.root().weight, tree.root().late, tree.depth()),
        (720, 60, 4)
    );
    assert_eq!(
        HEXLOWER.encode(&tree.open(398).unwrap().leaf.nf.0),
        "06".repeat(16)
    );
    assert_eq!(tree.open(719).unwrap().index, 15);
    assert_eq!(tree.open(720), None);
}

#[test]
fn every_part_of_a_lines_name_is_in_its_context() {
    let changes: [fn(&mut LineName, &mut Subject); 8] = [
        |name, _| name.law = crate::delivery::Law::Wmo,
        |name, _| name.gem = "0364".parse().unwrap(),
        |name, _| name.agb = "41234568".parse().unwrap(),
        |name, _| name.decl = "D202610A0002".parse().unwrap(),
        |name, _| name.reference = "PR-2026-10-000124".parse().unwrap(),
        |_, subject| subject.toew += 1,
        |_, subject| subject.begin = "2026-10-02".parse().unwrap(),
        |_, subject| subject.end = "2026-10-30".parse().unwrap(),
    ];
    for change in changes {
        let (mut name, mut subject) = (name(), example_subject());
        change(&mut name, &mut subject);
        assert_ne!(Context::new(&name, &subject), context());
    }
}

#[test]
fn a_leaf_of_one_line_is_none_of_another() {
    let opened = example_tree().open(100).unwrap();
    let other = LineName {
        reference: "another".parse().unwrap(),
        ..name()
    };
    let other = Context::new(&other, &example_subject());
    let error = Err(OpenedError::Root);
    assert_eq!(opened.verify(&other, example_tree().root(), 4, 100), error);
}

#[test]
fn a_tree_has_one_of_four_sizes() {
    let depths = [0, 1, 16, 17, 64, 65, 256, 257, 1_024].map(depth_for);
    assert_eq!(depths, [4, 4, 4, 6, 6, 8, 8, 10, 10].map(Some));
    assert_eq!(depth_for(1_025), None);
    let leaf = example_leaves()[0];
    for size in [0, 1, 15, 17, 32, 2_048] {
        let made = SumTree::new(&context(), vec![leaf; size]);
        assert_eq!(
            made.err(),
            Some(SumTreeError::Size { leaves: size }),
            "{size}"
        );
    }
}

#[test]
fn the_whole_and_nothing_of_a_leaf_can_be_late() {
    for (late, fits) in [(0, true), (60, true), (59, false), (61, false), (1, false)] {
        let mut leaves = example_leaves();
        leaves[0].late = late;
        assert_eq!(SumTree::new(&context(), leaves).is_ok(), fits, "{late}");
    }
}

#[test]
fn sums_beyond_64_bits_are_refused() {
    let mut leaves = example_leaves();
    leaves[0].weight = u64::MAX;
    assert_eq!(
        SumTree::new(&context(), leaves).err(),
        Some(SumTreeError::Sum)
    );
    // Nor do they come back as small ones in a path.
    let mut opened = example_tree().open(0).unwrap();
    opened.path[3] = Sibling(Node {
        weight: u64::MAX - 10,
        ..opened.path[3].0
    });
    let verified = opened.verify(&context(), example_tree().root(), 4, 0);
    assert_eq!(verified, Err(OpenedError::Sum));
}

#[test]
fn minutes_that_are_added_in_an_inner_node_have_no_session_to_open() {
    // The provider signs a root over a left half that is said to have an hour more than its leaves.
    let tree = example_tree();
    let (first, second) = (tree.open(0).unwrap(), tree.open(660).unwrap());
    let half = second.path[3].0;
    let more = Node {
        weight: half.weight + 60,
        ..half
    };
    let right = first.path[3].0;
    let root = Node::over(4, &more, &right).unwrap();
    // An honest path does not lead to that root, and one with the forged node verifies for the right half alone.
    for minute in 0..root.weight {
        let lead = |opened: Option<Opened>| {
            opened.is_some_and(|opened| opened.verify(&context(), &root, 4, minute).is_ok())
        };
        assert!(!lead(tree.open(minute)));
    }
    let mut forged = second;
    forged.path[3] = Sibling(more);
    assert_eq!(forged.verify(&context(), &root, 4, 720), Ok(()));
}

#[test]
fn swapped_levels_an_inner_node_as_leaf_and_short_paths_are_refused() {
    let tree = example_tree();
    let opened = tree.open(398).unwrap();
    let verify = |opened: &Opened, depth| opened.verify(&context(), tree.root(), depth, 398);
    assert_eq!(verify(&opened, 4), Ok(()));
    let mut swapped = opened.clone();
    swapped.path.swap(0, 1);
    assert_eq!(verify(&swapped, 4), Err(OpenedError::Root));
    let mut short = opened.clone();
    short.path.remove(0);
    assert_eq!(verify(&short, 4), Err(OpenedError::Path));
    short.index /= 2;
    assert_eq!(verify(&short, 3), Err(OpenedError::Root));
    assert_eq!(verify(&opened, 6), Err(OpenedError::Path));
    // A node above leaves, shown as if it were a leaf with the rest of the path.
    let node = tree.open(0).unwrap();
    let pair = Node::over(1, &node.leaf.node(&context()).unwrap(), &node.path[0].0).unwrap();
    let inner = Opened {
        leaf: Leaf {
            weight: pair.weight,
            late: pair.late,
            nf: Nf(pair.hash.as_bytes()[..16].try_into().unwrap()),
            c: pair.hash,
        },
        index: 0,
        path: node.path[1..].to_vec(),
    };
    assert_eq!(
        inner.verify(&context(), tree.root(), 4, 0),
        Err(OpenedError::Path)
    );
    assert_eq!(
        inner.verify(&context(), tree.root(), 3, 0),
        Err(OpenedError::Root)
    );
    let mut outside = opened.clone();
    outside.index += 16;
    assert_eq!(verify(&outside, 4), Err(OpenedError::Path));
}

#[test]
fn sessions_stand_by_their_begin_and_then_their_number() {
    let mut sessions = sessions(&[60, 45, 30, 45]);
    sessions[3].begin = sessions[1].begin;
    sessions[3].uid = Uid([0; 16]);
    sessions.reverse();
    let made = leaves(Unit::Hour, 3, &sessions).unwrap();
    let weights: Vec<u64> = made.iter().map(|leaf| leaf.weight).collect();
    assert_eq!(weights[..5], [60, 45, 45, 30, 0]);
    assert_eq!(made[1].c, counted(3, 3));
    assert!(
        made[4..]
            .iter()
            .zip(4..)
            .all(|(leaf, index)| leaf.nf == nf(5, index))
    );
}

#[test]
fn hours_rounded_up_end_in_one_leaf_of_rounding() {
    let made = leaves(
        Unit::Hour,
        12,
        &sessions(&[60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 45]),
    )
    .unwrap();
    let rounding = made.last().unwrap();
    assert_eq!(
        (rounding.weight, rounding.c, rounding.nf),
        (15, counted(4, 0), nf(5, 15))
    );
    // Sixteen sessions and a rounding need the next size, and the rounding is its last leaf.
    let made = leaves(Unit::Hour, 12, &sessions(&[44; 16])).unwrap();
    assert_eq!((made.len(), made[63].weight), (64, 16));
    let none = Layout {
        unit: Unit::Hour,
        volume: 1,
    };
    let none = none.leaves(&sessions(&[10]), None, |index| nf(5, index), || [0; 32]);
    assert_eq!(none, Err(LayoutError::NoRounding));
}

#[test]
fn hours_rounded_down_come_off_the_last_sessions() {
    let made = leaves(Unit::Hour, 2, &sessions(&[60, 60, 10])).unwrap();
    assert_eq!(
        [
            made[0].weight,
            made[1].weight,
            made[2].weight,
            made[15].weight
        ],
        [60, 60, 0, 0]
    );
    let made = leaves(Unit::Hour, 1, &sessions(&[60, 20, 9])).unwrap();
    assert_eq!([made[0].weight, made[1].weight, made[2].weight], [60, 0, 0]);
    let made = leaves(Unit::Hour, 1, &sessions(&[70, 5])).unwrap();
    assert_eq!([made[0].weight, made[1].weight], [60, 0]);
}

#[test]
fn only_hours_are_rounded_and_all_else_is_exact() {
    for (unit, weight) in [
        (Unit::Minute, 45),
        (Unit::Day, 1_440),
        (Unit::DayPart, 240),
        (Unit::Piece, 1),
    ] {
        let volume = weight / unit.weight();
        assert!(leaves(unit, volume, &sessions(&[weight])).is_ok());
        let error = leaves(unit, volume + 1, &sessions(&[weight])).unwrap_err();
        assert_eq!(error.code(), "layout-weight");
        assert_eq!(rounding_max(unit, volume), None);
    }
    assert!(leaves(Unit::Day, 1, &sessions(&[1_439])).is_err());
    for (minutes, hours) in [
        (0, 0),
        (1, 1),
        (29, 1),
        (89, 1),
        (90, 2),
        (149, 2),
        (150, 3),
    ] {
        assert_eq!(volume_of(Unit::Hour, minutes), Some(hours));
    }
    assert!(leaves(Unit::Hour, 1, &[]).is_err());
    // Nothing is no hour: its rounding would be more than a line can have.
    assert!(leaves(Unit::Hour, 1, &sessions(&[0])).is_err());
    assert!(leaves(Unit::Hour, 400, &sessions(&[60; 1_025])).is_err());
}

#[test]
fn the_list_of_duplicate_values_shows_no_order_and_holds_none_twice() {
    let tree = example_tree();
    let list = NfList::of(tree.leaves()).unwrap();
    assert_eq!(NfList::parse(&list.to_bytes(), 4), Ok(list.clone()));
    let mut doubled = example_leaves();
    doubled[0].nf = doubled[1].nf;
    assert_eq!(NfList::of(&doubled), Err(NfListError::Order));
    let mut bytes = list.to_bytes();
    bytes.copy_within(16..32, 0);
    assert_eq!(NfList::parse(&bytes, 4), Err(NfListError::Order));
    let bytes = list.to_bytes();
    for (bytes, depth) in [
        (&bytes[..255], 4),
        (&bytes[..240], 4),
        (&bytes[..], 6),
        (&bytes[..0], 4),
        (&bytes[..], 200),
    ] {
        assert_eq!(NfList::parse(bytes, depth), Err(NfListError::Size));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_minute_of_honest_sessions_verifies_and_its_sum_is_that_of_the_line(weights in proptest::collection::vec(1u64..200, 1..70)) {
        let (volume, tree) = tree(&weights);
        let root = *tree.root();
        prop_assert_eq!(root.weight, volume * 60);
        let last = tree.leaves().last().unwrap();
        let is_rounding = last.c == counted(4, 0);
        prop_assert!(!is_rounding || last.weight <= rounding_max(Unit::Hour, volume).unwrap());
        // Nowhere else is more than was delivered.
        let sum: u64 = weights.iter().sum();
        let rounded = if is_rounding { last.weight } else { 0 };
        prop_assert!(root.weight - rounded <= sum);
        prop_assert!(tree.leaves().iter().zip(&weights).all(|(leaf, weight)| leaf.weight <= *weight));
        for minute in (0..root.weight).step_by(7) {
            let opened = tree.open(minute).unwrap();
            prop_assert_eq!(opened.verify(&context(), &root, tree.depth(), minute), Ok(()));
        }
        prop_assert_eq!(tree.open(root.weight), None);
    }

    #[test]
    fn a_minute_is_opened_by_one_leaf_only(weights in proptest::collection::vec(1u64..90, 1..30), minute: prop::sample::Index) {
        let (_, tree) = tree(&weights);
        let root = *tree.root();
        let minute = minute.index(usize::try_from(root.weight).unwrap()) as u64;
        let mine = tree.open(minute).unwrap();
        for other in 0..root.weight {
            let opened = tree.open(other).unwrap();
            let shown = opened.verify(&context(), &root, tree.depth(), minute);
            let expected = if opened.index == mine.index { Ok(()) } else { Err(OpenedError::Minute) };
            prop_assert_eq!(shown, expected);
        }
    }

    #[test]
    fn any_change_of_leaf_path_index_depth_or_sum_fails(weights in proptest::collection::vec(1u64..90, 1..30), minute: prop::sample::Index, at: prop::sample::Index, by in 1u64..u64::MAX, place: prop::sample::Index) {
        let (_, tree) = tree(&weights);
        let root = *tree.root();
        let minute = minute.index(usize::try_from(root.weight).unwrap()) as u64;
        let good = tree.open(minute).unwrap();
        let level = at.index(good.path.len());
        let flip = |hash: &Hash| {
            let mut bytes = *hash.as_bytes();
            bytes[place.index(32)] ^= 1 << (by % 8);
            Hash::new(bytes)
        };
        let mut spoiled = vec![good.clone(); 8];
        spoiled[0].leaf.weight = good.leaf.weight.wrapping_add(by);
        spoiled[1].leaf.late = good.leaf.late.wrapping_add(by);
        spoiled[2].leaf.nf.0[place.index(16)] ^= 1;
        spoiled[3].leaf.c = flip(&good.leaf.c);
        spoiled[4].index ^= 1 << level;
        spoiled[5].path[level].0.weight = good.path[level].0.weight.wrapping_add(by);
        spoiled[6].path[level].0.late = good.path[level].0.late.wrapping_add(by);
        spoiled[7].path[level].0.hash = flip(&good.path[level].0.hash);
        for other in spoiled {
            prop_assert!(other.verify(&context(), &root, tree.depth(), minute).is_err());
        }
        for other in [
            Node { weight: root.weight.wrapping_add(by), ..root },
            Node { late: root.late.wrapping_add(by), ..root },
            Node { hash: flip(&root.hash), ..root },
        ] {
            prop_assert!(good.verify(&context(), &other, tree.depth(), minute).is_err());
        }
    }
}
