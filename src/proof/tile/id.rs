//! What a tile is called: level, index and width, and the path that says them.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use super::{TILE_HEIGHT, TILE_LEVEL_MAX, TILE_WIDTH, TileError};

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Hashes: at level 0 of leaves, at each above it of full tiles of the level below.
    Hashes(u8),
    /// The entries whose hashes stand in the tile of level 0 with the same index.
    Entries,
}

/// Which tile: its level, its index in the level from 0, and how many hashes or entries it holds (1 to 256; fewer than 256 only at the right edge of a tree).
///
/// Its path has the level in decimal, the index in groups of three digits of which all but the last begin with `x`, and the width unless it is full:
///
/// ```
/// use knooppunt_proof::{Level, TileId};
///
/// let full = TileId::new(Level::Hashes(0), 1_234_067, 256).unwrap();
/// assert_eq!(full.path(), "tile/0/x001/x234/067");
/// let partial: TileId = "tile/1/001.p/17".parse().unwrap();
/// assert_eq!((partial.level(), partial.index(), partial.width()), (Level::Hashes(1), 1, 17));
/// assert_eq!("tile/entries/273.p/112".parse::<TileId>().unwrap().level(), Level::Entries);
/// // One tile, one path: nothing else is taken for it.
/// for wrong in ["tile/01/001.p/17", "tile/1/x000/001.p/17", "tile/1/1.p/17", "tile/1/001.p/256", "/tile/1/001"] {
///     assert!(wrong.parse::<TileId>().is_err());
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    level: Level,
    index: u64,
    width: u16,
}

impl TileId {
    /// Of its parts. Err: a level over [`TILE_LEVEL_MAX`], a width of 0 or over [`TILE_WIDTH`].
    pub fn new(level: Level, index: u64, width: u16) -> Result<TileId, TileError> {
        if let Level::Hashes(level) = level
            && level > TILE_LEVEL_MAX
        {
            return Err(TileError::Level { level });
        }
        if width == 0 || width > TILE_WIDTH {
            let width = usize::from(width);
            return Err(TileError::Width { width });
        }
        Ok(TileId {
            level,
            index,
            width,
        })
    }

    /// The tile with this level and index in a tree of `size` leaves: as wide as that tree makes it. None: the tree has no such tile.
    pub fn of(level: u8, index: u64, size: u64) -> Option<TileId> {
        let hashes = size
            .checked_shr(u32::from(level) * u32::from(TILE_HEIGHT))
            .unwrap_or(0);
        let begin = index.checked_mul(u64::from(TILE_WIDTH))?;
        let width = hashes.checked_sub(begin)?.min(u64::from(TILE_WIDTH));
        let width = u16::try_from(width).ok()?;
        TileId::new(Level::Hashes(level), index, width).ok()
    }

    /// What it holds.
    pub fn level(&self) -> Level {
        self.level
    }

    /// Its index in the level, from 0.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// Hashes or entries in it: 1 to 256.
    pub fn width(&self) -> u16 {
        self.width
    }

    /// Whether it is less than 256 wide.
    pub fn is_partial(&self) -> bool {
        self.width < TILE_WIDTH
    }

    /// The full tile that it becomes once the tree has grown.
    #[must_use]
    pub fn full(self) -> TileId {
        let width = TILE_WIDTH;
        TileId { width, ..self }
    }

    /// The bundle of the entries whose hashes it holds. None: it does not hold hashes of leaves.
    pub fn entries(self) -> Option<TileId> {
        let level = Level::Entries;
        (self.level == Level::Hashes(0)).then_some(TileId { level, ..self })
    }

    /// Its path, beginning with `tile/`.
    pub fn path(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for TileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.level {
            Level::Hashes(level) => write!(f, "tile/{level}")?,
            Level::Entries => f.write_str("tile/entries")?,
        }
        let mut groups = vec![self.index % 1000];
        let mut rest = self.index / 1000;
        while rest > 0 {
            groups.push(rest % 1000);
            rest /= 1000;
        }
        while let Some(group) = groups.pop() {
            let more = if groups.is_empty() { "" } else { "x" };
            write!(f, "/{more}{group:03}")?;
        }
        if self.is_partial() {
            f.write_str(".p")?;
            f.write_char('/')?;
            write!(f, "{}", self.width)?;
        }
        Ok(())
    }
}

impl FromStr for TileId {
    type Err = TileError;

    /// Reads a path as [`TileId::path`] writes it: `tile/`, no slash before it. Err: anything else, also a number written another way.
    fn from_str(path: &str) -> Result<TileId, TileError> {
        let rest = path.strip_prefix("tile/").ok_or(TileError::Path)?;
        let (level, rest) = rest.split_once('/').ok_or(TileError::Path)?;
        let level = match level {
            "entries" => Level::Entries,
            digits => Level::Hashes(decimal(digits)?.try_into().map_err(|_| TileError::Path)?),
        };
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => {
                let width = decimal(width)?;
                if width >= TILE_WIDTH {
                    return Err(TileError::Path);
                }
                (index, width)
            }
            None => (rest, TILE_WIDTH),
        };
        TileId::new(level, grouped(index)?, width).map_err(|_| TileError::Path)
    }
}

/// A number of at most three digits without zeros before it.
fn decimal(text: &str) -> Result<u16, TileError> {
    let digits = text.as_bytes();
    let is_number = matches!(digits, [b'0'] | [b'1'..=b'9', ..]);
    if !is_number || digits.len() > 3 || !digits.iter().all(u8::is_ascii_digit) {
        return Err(TileError::Path);
    }
    text.parse().map_err(|_| TileError::Path)
}

/// An index in groups of three digits, all but the last after an `x`, no group more than it needs.
fn grouped(text: &str) -> Result<u64, TileError> {
    let (mut groups, mut index) = (text.split('/').peekable(), 0_u64);
    let mut is_first = true;
    while let Some(group) = groups.next() {
        let is_last = groups.peek().is_none();
        let digits = match (group.strip_prefix('x'), is_last) {
            (Some(digits), false) => digits,
            (None, true) => group,
            _ => return Err(TileError::Path),
        };
        let is_three = digits.len() == 3 && digits.bytes().all(|digit| digit.is_ascii_digit());
        if !is_three || (is_first && !is_last && digits == "000") {
            return Err(TileError::Path);
        }
        let value: u64 = digits.parse().map_err(|_| TileError::Path)?;
        index = index
            .checked_mul(1000)
            .and_then(|index| index.checked_add(value))
            .ok_or(TileError::Path)?;
        is_first = false;
    }
    Ok(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_says_which_tile_and_back() {
        let cases = [
            ("tile/0/000", Level::Hashes(0), 0, 256),
            ("tile/0/999", Level::Hashes(0), 999, 256),
            ("tile/0/x001/000", Level::Hashes(0), 1000, 256),
            ("tile/0/x001/x234/067", Level::Hashes(0), 1_234_067, 256),
            ("tile/63/000.p/1", Level::Hashes(63), 0, 1),
            ("tile/7/005.p/255", Level::Hashes(7), 5, 255),
            (
                "tile/entries/x001/x234/067.p/10",
                Level::Entries,
                1_234_067,
                10,
            ),
            (
                "tile/0/x018/x446/x744/x073/x709/x551/615",
                Level::Hashes(0),
                u64::MAX,
                256,
            ),
        ];
        for (path, level, index, width) in cases {
            let id = TileId::new(level, index, width).unwrap();
            assert_eq!(id.path(), path);
            assert_eq!(path.parse(), Ok(id));
        }
    }

    #[test]
    fn a_path_written_any_other_way_is_refused() {
        for path in [
            "",
            "tile",
            "tile/",
            "tile/0",
            "tile/0/",
            "/tile/0/000",
            "tile/0/000/",
            "tile//000",
            "tile/64/000",
            "tile/00/000",
            "tile/01/000",
            "tile/+1/000",
            "tile/-1/000",
            "tile/256/000",
            "tile/data/000",
            "tile/Entries/000",
            "tile/0/0",
            "tile/0/00",
            "tile/0/0000",
            "tile/0/x000",
            "tile/0/x000/001",
            "tile/0/x000/x001/001",
            "tile/0/001/001",
            "tile/0/x01/001",
            "tile/0/X001/001",
            "tile/0/x001/x001",
            "tile/0/x001//001",
            "tile/0/+01",
            "tile/0/ 01",
            "tile/0/0\u{0661}",
            "tile/0/000.p/",
            "tile/0/000.p/0",
            "tile/0/000.p/01",
            "tile/0/000.p/256",
            "tile/0/000.p/1/",
            "tile/0/000.p/1.p/1",
            "tile/0/000.p",
            "tile/0/.p/1",
            "tile/0/000.P/1",
            "tile/0/x018/x446/x744/x073/x709/x551/616",
            "tile/0/x001/x018/x446/x744/x073/x709/x551/615",
            "tile/0/../000",
        ] {
            assert_eq!(path.parse::<TileId>(), Err(TileError::Path), "{path}");
        }
    }

    #[test]
    fn a_tile_is_as_wide_as_its_tree_makes_it() {
        let width = |level, index, size| TileId::of(level, index, size).map(|id| id.width());
        assert_eq!(width(0, 273, 70_000), Some(112));
        assert_eq!(width(0, 272, 70_000), Some(256));
        assert_eq!(width(0, 274, 70_000), None);
        assert_eq!(width(1, 1, 70_000), Some(17));
        assert_eq!(width(2, 0, 70_000), Some(1));
        assert_eq!(width(3, 0, 70_000), None);
        assert_eq!(width(0, 1, 256), None);
        assert_eq!(width(0, 0, 0), None);
        assert_eq!(width(7, 0, u64::MAX), Some(255));
        assert_eq!(width(8, 0, u64::MAX), None);
        assert_eq!(width(255, u64::MAX, u64::MAX), None);
        assert_eq!(width(0, u64::MAX / 256, u64::MAX), Some(255));
    }

    #[test]
    fn a_level_or_width_that_no_tile_has_is_refused() {
        let level = TileId::new(Level::Hashes(64), 0, 1);
        assert_eq!(level, Err(TileError::Level { level: 64 }));
        for width in [0, 257] {
            let refused = TileError::Width {
                width: usize::from(width),
            };
            assert_eq!(TileId::new(Level::Entries, 0, width), Err(refused));
        }
    }
}
