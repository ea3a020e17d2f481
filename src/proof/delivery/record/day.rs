//! Day roots: each day a provider commits to all records made since the last one, under one root. Padded and shuffled, so that neither size nor place tells of visits; a
//! day without records has a root as well.

use crate::delivery::date::Date;
use crate::delivery::fields::Fields;
use crate::delivery::statement::StatementError;
use crate::delivery::value::AgbCode;
use crate::delivery::writer::Writer;
use crate::hash::{Hash, leaf_hash};
use crate::memory::MemoryTree;
use crate::prove::inclusion;
use crate::verify::verify_inclusion;

/// Most records under one day root. A day with more has more than one.
pub const DAY_RECORDS_MAX: usize = 4_096;

/// Why there is no day root over records, or a record is not under one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DayError {
    /// More than [`DAY_RECORDS_MAX`].
    #[error("{records} records are more than one day root holds")]
    TooMany {
        /// How many.
        records: usize,
    },
    /// The path is not one of a tree of a day, or leads to another root.
    #[error("not under this day root")]
    Path,
}

impl DayError {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooMany { .. } => "day-too-many",
            Self::Path => "day-path",
        }
    }
}

/// The size of the tree over so many records: the smallest of 16, 64, 256, 1,024 and 4,096 that holds them. None: too many.
pub fn day_size(records: usize) -> Option<usize> {
    let sizes = [16, 64, 256, 1_024, DAY_RECORDS_MAX];
    sizes.into_iter().find(|size| *size >= records)
}

/// What a provider says of a day: `knooppunt-day`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayStatement {
    /// The provider.
    pub agb: AgbCode,
    /// The day on which the root was made.
    pub day: Date,
    /// The root.
    pub root: Hash,
}

impl DayStatement {
    /// That this commitment stands at `index` under the root. Err: it does not, or no tree of a day has such a path.
    pub fn holds(&self, c: &Hash, index: u64, path: &[Hash]) -> Result<(), DayError> {
        if !matches!(path.len(), 4 | 6 | 8 | 10 | 12) {
            return Err(DayError::Path);
        }
        let leaf = leaf_hash(c.as_bytes());
        let shown = verify_inclusion(&leaf, index, 1 << path.len(), path, &self.root);
        shown.map_err(|_| DayError::Path)
    }

    pub(in crate::delivery) fn read(fields: &mut Fields) -> Result<DayStatement, StatementError> {
        Ok(DayStatement {
            agb: fields.read("agb")?,
            day: fields.read("day")?,
            root: fields.hash("root")?,
        })
    }

    pub(in crate::delivery) fn write(&self, to: &mut Writer) {
        to.text("agb", self.agb.as_str())
            .text("day", &self.day.to_string())
            .bytes("root", self.root.as_bytes());
    }
}

/// The tree of a day, as the provider keeps it: the order of its leaves is nobody else's.
#[derive(Debug, Clone)]
pub struct DayTree {
    commitments: Vec<Hash>,
    tree: MemoryTree,
}

impl DayTree {
    /// Over the commitments of the records. `random` gives 32 new random bytes each time it is called: for padding, and for the order. Err: too many records.
    pub fn new(
        records: &[Hash],
        mut random: impl FnMut() -> [u8; 32],
    ) -> Result<DayTree, DayError> {
        let too_many = DayError::TooMany {
            records: records.len(),
        };
        let size = day_size(records.len()).ok_or(too_many)?;
        let mut leaves: Vec<([u8; 32], Hash)> = Vec::with_capacity(size);
        leaves.extend(records.iter().map(|c| (random(), *c)));
        while leaves.len() < size {
            leaves.push((random(), Hash::new(random())));
        }
        leaves.sort_unstable();
        Ok(DayTree::in_order(
            leaves.into_iter().map(|(_, c)| c).collect(),
        ))
    }

    /// Over leaves that were padded and shuffled before.
    fn in_order(commitments: Vec<Hash>) -> DayTree {
        let leaves = commitments.iter().map(|c| leaf_hash(c.as_bytes()));
        DayTree {
            tree: leaves.collect(),
            commitments,
        }
    }

    /// Its root.
    pub fn root(&self) -> Hash {
        self.tree.root()
    }

    /// Its leaves in their order, padding among them.
    pub fn commitments(&self) -> &[Hash] {
        &self.commitments
    }

    /// Index and path of a commitment. None: it is not in it.
    pub fn path(&self, c: &Hash) -> Option<(u64, Vec<Hash>)> {
        let index = self.commitments.iter().position(|other| other == c)?;
        let index = u64::try_from(index).ok()?;
        let path = inclusion(&self.tree, index, self.tree.size()).ok()?;
        Some((index, path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(records: usize) -> (Vec<Hash>, DayTree) {
        let records: Vec<Hash> = (0..records)
            .map(|n| Hash::over(&[&n.to_be_bytes()]))
            .collect();
        let mut count = 0u64;
        let random = || {
            count += 1;
            *Hash::over(&[b"random", &count.to_be_bytes()]).as_bytes()
        };
        let tree = DayTree::new(&records, random).unwrap();
        (records, tree)
    }

    fn statement(tree: &DayTree) -> DayStatement {
        DayStatement {
            agb: "41234567".parse().unwrap(),
            day: "2026-10-03".parse().unwrap(),
            root: tree.root(),
        }
    }

    #[test]
    fn a_day_has_one_of_five_sizes() {
        for (records, size) in [
            (0, 16),
            (1, 16),
            (16, 16),
            (17, 64),
            (65, 256),
            (257, 1_024),
            (1_025, 4_096),
        ] {
            assert_eq!(tree(records).1.commitments().len(), size, "{records}");
        }
        let too_many = vec![Hash::EMPTY_ROOT; DAY_RECORDS_MAX + 1];
        let error = DayTree::new(&too_many, || [0; 32]).unwrap_err();
        assert_eq!(error.code(), "day-too-many");
    }

    #[test]
    fn every_record_is_shown_under_its_root_and_nothing_else_is() {
        let (records, tree) = tree(20);
        let statement = statement(&tree);
        for c in &records {
            let (index, path) = tree.path(c).unwrap();
            assert_eq!(statement.holds(c, index, &path), Ok(()));
            assert_eq!(statement.holds(c, index ^ 1, &path), Err(DayError::Path));
            assert_eq!(statement.holds(c, index, &path[1..]), Err(DayError::Path));
            assert_eq!(
                statement.holds(&Hash::over(&[b"x"]), index, &path),
                Err(DayError::Path)
            );
        }
        assert_eq!(tree.path(&Hash::over(&[b"x"])), None);
    }

    #[test]
    fn the_order_of_records_does_not_show() {
        let (records, tree) = tree(16);
        assert_ne!(tree.commitments(), records);
        let mut sorted = tree.commitments().to_vec();
        sorted.sort_unstable();
        let mut expected = records;
        expected.sort_unstable();
        assert_eq!(sorted, expected);
    }
}
