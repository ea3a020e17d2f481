//! The three statements of a draw: the municipality opens it, later draws, and the provider reveals its nonce last.

use super::scope::DrawScope;
use crate::delivery::bytes::Secret;
use crate::delivery::date::{Instant, Month};
use crate::delivery::fields::Fields;
use crate::delivery::line::LineName;
use crate::delivery::statement::StatementError;
use crate::delivery::value::{Gemeente, Law};
use crate::delivery::writer::Writer;
use crate::hash::Hash;

/// Most draws over one provider in a month.
pub const DRAWS_MAX: u32 = 1_000;

/// What a municipality says before the first line of a draw is stated: `knooppunt-draw-open`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawOpen {
    /// Under which law.
    pub law: Law,
    /// The municipality.
    pub gem: Gemeente,
    /// The month that names the draw.
    pub month: Month,
    /// Commitment to the nonce of the municipality.
    pub nc: Hash,
    /// How many draws over each provider: 1 to [`DRAWS_MAX`].
    pub k: u32,
    /// The share of false money that is to be found, in hundredths of a percent: 1 to 10,000.
    pub f_bp: u32,
    /// When it closes: the tree that draws has a receipt time from then on.
    pub at: Instant,
}

impl DrawOpen {
    /// Whether this is the nonce that was committed to.
    pub fn opens_with(&self, nonce: &Secret) -> bool {
        self.nc == DrawScope::commit(self.law, &self.gem, self.month, nonce)
    }

    pub(in crate::delivery) fn read(fields: &mut Fields) -> Result<DrawOpen, StatementError> {
        Ok(DrawOpen {
            law: fields.read("law")?,
            gem: fields.read("gem")?,
            month: fields.read("month")?,
            nc: fields.hash("nc")?,
            k: fields.within("k", 1..=u64::from(DRAWS_MAX))?,
            f_bp: fields.within("f_bp", 1..=10_000)?,
            at: fields.read("at")?,
        })
    }

    pub(in crate::delivery) fn write(&self, to: &mut Writer) {
        to.text("law", self.law.as_str())
            .text("gem", self.gem.as_str())
            .text("month", &self.month.to_string())
            .bytes("nc", self.nc.as_bytes())
            .number("k", u64::from(self.k))
            .number("f_bp", u64::from(self.f_bp))
            .text("at", &self.at.to_string());
    }
}

/// What a municipality says to draw: the tree, the lines, and its nonce: `knooppunt-draw`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draw {
    /// Over what.
    pub scope: DrawScope,
    /// The nonce of the municipality, revealed.
    pub nonce: Secret,
    /// Size of the tree of the log.
    pub size: u64,
    /// Its root.
    pub root: Hash,
    /// How many lines are drawn from.
    pub lines: u64,
    /// Their amounts in cents, in sum.
    pub amount: u64,
    /// Digest of their entries.
    pub population: Hash,
}

impl Draw {
    pub(in crate::delivery) fn read(fields: &mut Fields) -> Result<Draw, StatementError> {
        Ok(Draw {
            scope: DrawScope::read(fields)?,
            nonce: Secret::new(fields.bytes("nonce")?),
            size: fields.number("size")?,
            root: fields.hash("root")?,
            lines: fields.number("n")?,
            amount: fields.number("amt")?,
            population: fields.hash("pop")?,
        })
    }

    pub(in crate::delivery) fn write(&self, to: &mut Writer) {
        self.scope.write(to);
        to.bytes("nonce", self.nonce.as_bytes())
            .number("size", self.size)
            .bytes("root", self.root.as_bytes())
            .number("n", self.lines)
            .number("amt", self.amount)
            .bytes("pop", self.population.as_bytes());
    }
}

/// What the provider says last: the nonce of the line of the population that stands lowest in the log: `knooppunt-nonce`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NonceReveal {
    /// For which draws.
    pub scope: DrawScope,
    /// The nonce.
    pub nonce: Secret,
}

impl NonceReveal {
    /// Whether this is the nonce that the statement of this line committed to (its `nc`).
    pub fn opens(&self, line: &LineName, nc: &Hash) -> bool {
        line.commit(&self.nonce) == *nc
    }

    pub(in crate::delivery) fn read(fields: &mut Fields) -> Result<NonceReveal, StatementError> {
        Ok(NonceReveal {
            scope: DrawScope::read(fields)?,
            nonce: Secret::new(fields.bytes("nonce")?),
        })
    }

    pub(in crate::delivery) fn write(&self, to: &mut Writer) {
        self.scope.write(to);
        to.bytes("nonce", self.nonce.as_bytes());
    }
}
