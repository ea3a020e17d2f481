//! What a provider states of a line: its facts as the declaration has them, the root of its sum tree, and the rows of cards that were released for it.

use crate::delivery::bytes::decode_array;
use crate::delivery::card::{StripClaim, TOEWIJZING_MAX};
use crate::delivery::fields::Fields;
use crate::delivery::json::Value;
use crate::delivery::statement::StatementError;
use crate::delivery::subject::Subject;
use crate::delivery::tree::{Context, DEPTHS, Node};
use crate::delivery::value::Unit;
use crate::delivery::writer::Writer;
use crate::hash::Hash;

use super::name::LineName;

/// Largest volume and amount: eight digits, as in declarations.
pub const VOLUME_MAX: u64 = 99_999_999;
/// Most ranges of rows in one statement.
pub const STRIPS_MAX: usize = 8;
/// The depth of a statement that has no tree: of level 1.
pub const DEPTH_NONE: u8 = 0;

/// A line as its provider states it: `knooppunt-line`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineStatement {
    /// Which line.
    pub name: LineName,
    /// Allocation, product and ProductPeriode.
    pub subject: Subject,
    /// In what its volume counts.
    pub unit: Unit,
    /// Volume: 0 to [`VOLUME_MAX`].
    pub volume: u64,
    /// Amount in cents: 0 to [`VOLUME_MAX`].
    pub amount: u64,
    /// Weight of the line: the volume times the weight of its unit. That it is, is judged and not a matter of form.
    pub w: u64,
    /// How much of the weight was written down late.
    pub late: u64,
    /// Depth of its tree: 4, 6, 8 or 10; or 0, without a tree.
    pub depth: u8,
    /// Root of the tree; zeros without one.
    pub root: Hash,
    /// Hash of the list of duplicate values; zeros without a tree.
    pub nfh: Hash,
    /// Commitment to the nonce for draws; zeros without a tree.
    pub nc: Hash,
    /// Ranges of rows of cards, by card and first row.
    pub strips: Vec<StripClaim>,
    /// Entry of the statement that this one replaces.
    pub prev: Option<Hash>,
}

impl LineStatement {
    /// What binds its leaves to it.
    pub fn context(&self) -> Context {
        Context::new(&self.name, &self.subject)
    }

    /// The root of its tree with the sums that it states.
    pub fn node(&self) -> Node {
        Node {
            weight: self.w,
            late: self.late,
            hash: self.root,
        }
    }

    /// Whether it has a tree: of level 2 and above.
    pub fn has_tree(&self) -> bool {
        self.depth != DEPTH_NONE
    }

    pub(in crate::delivery) fn read(fields: &mut Fields) -> Result<LineStatement, StatementError> {
        let name = LineName::read(fields)?;
        let subject = Subject {
            toew: fields.within("toew", 1..=u64::from(TOEWIJZING_MAX))?,
            category: fields.read("cat")?,
            code: fields.read("code")?,
            begin: fields.read("begin")?,
            end: fields.read("end")?,
        };
        let prev = match fields.optional("prev") {
            None => None,
            Some(Value::Text(text)) => {
                let hash = decode_array(&text).map(Hash::new);
                Some(hash.ok_or(StatementError::Value { key: "prev" })?)
            }
            Some(_) => return Err(StatementError::Value { key: "prev" }),
        };
        let line = LineStatement {
            name,
            subject,
            unit: fields.read("eenh")?,
            volume: fields.within("vol", 0..=VOLUME_MAX)?,
            amount: fields.within("amt", 0..=VOLUME_MAX)?,
            w: fields.number("w")?,
            late: fields.number("late")?,
            depth: fields.within("depth", 0..=u64::from(u8::MAX))?,
            root: fields.hash("root")?,
            nfh: fields.hash("nfh")?,
            nc: fields.hash("nc")?,
            strips: fields.objects("strips", StripClaim::read)?,
            prev,
        };
        line.whole()
    }

    /// What the form says beyond single values.
    fn whole(self) -> Result<LineStatement, StatementError> {
        let wrong = |key| Err(StatementError::Value { key });
        if self.subject.begin > self.subject.end {
            return wrong("end");
        }
        let ordered =
            |one: &StripClaim, next: &StripClaim| (one.ver, one.from) < (next.ver, next.from);
        if self.strips.len() > STRIPS_MAX || !self.strips.is_sorted_by(ordered) {
            return wrong("strips");
        }
        if DEPTHS.contains(&self.depth) {
            return Ok(self);
        }
        if self.has_tree() {
            return wrong("depth");
        }
        // Without a tree nothing stands where a tree would speak.
        let zeros = Hash::new([0; 32]);
        let empty = [("root", self.root), ("nfh", self.nfh), ("nc", self.nc)];
        if let Some((key, _)) = empty.into_iter().find(|(_, hash)| *hash != zeros) {
            return wrong(key);
        }
        if self.late != 0 {
            return wrong("late");
        }
        Ok(self)
    }

    pub(in crate::delivery) fn write(&self, to: &mut Writer) {
        let subject = &self.subject;
        self.name
            .write(to)
            .number("toew", u64::from(subject.toew))
            .text("cat", subject.category.as_str())
            .text("code", subject.code.as_str())
            .text("begin", &subject.begin.to_string())
            .text("end", &subject.end.to_string())
            .text("eenh", self.unit.code())
            .number("vol", self.volume)
            .number("amt", self.amount)
            .number("w", self.w)
            .number("late", self.late)
            .number("depth", u64::from(self.depth))
            .bytes("root", self.root.as_bytes())
            .bytes("nfh", self.nfh.as_bytes())
            .bytes("nc", self.nc.as_bytes())
            .objects("strips", &self.strips, |to, strip| strip.write(to));
        if let Some(prev) = &self.prev {
            to.bytes("prev", prev.as_bytes());
        }
    }
}
