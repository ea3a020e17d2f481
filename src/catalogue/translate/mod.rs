//! A product from a municipality's own code to the national one and back: exactly, or not at all.
//!
//! [`Compiled::forth`] goes by the rows of the table; [`Compiled::back`] by what was kept of the assignment ([`Memory`]), and without it by the only way that
//! leads there. Reads no messages and decides nothing about them: whether both sides agreed, what becomes of a message with several products of which one is
//! refused.
//!
//! ```
//! use jiff::civil::date;
//! use knooppunt_catalogue::compiled::Compiled;
//! use knooppunt_catalogue::translate::{Product, Question, Verdict};
//! use knooppunt_catalogue::{Catalogue, Law, Source, Unit};
//!
//! let file = |path: &str, text: &str| Source { path: path.into(), bytes: text.into() };
//! let (catalogue, findings) = Catalogue::load(vec![
//!     file("canonical/releases.toml", "[[release]]\nname = 'jw-1'\nlist = 'jw'\nlaw = 'jw'\ndate = 2019-02-01\n"),
//!     file("canonical/jw-1.tsv", "code\tcategory\tname\n45A53\t45\tPersoonlijke verzorging\n"),
//!     file("gm0777/manifest.toml", "municipality = '0777'\npublished = 2020-11-01\ncanonical = ['jw-1']\napply = ['exact']\n"),
//!     file(
//!         "gm0777/map.tsv",
//!         "local_code\tunit\trelation\tcanonical\tc_unit\tfactor\tvalid_from\n45X48\t04\texact\t45A53\t01\t60/1\t2021-01-01\n",
//!     ),
//! ]);
//! assert!(findings.is_empty());
//! let tables = Compiled::of(&catalogue)?;
//!
//! // Three hours of 45X48 at 55.80 euro, allocated from 1 June 2024.
//! let product = Product {
//!     category: Some("45".parse()?),
//!     code: Some("45X48".parse()?),
//!     unit: Some(Unit::Hour),
//!     volume: Some(3),
//!     tariff_cents: Some(5580),
//! };
//! let municipality = "0777".parse()?;
//! let question = Question { law: Law::Jw, municipality, product, on: date(2024, 6, 1) };
//! let answer = tables.forth(&question, None);
//! assert_eq!(answer.verdict, Verdict::Apply);
//! assert_eq!((answer.product.volume, answer.product.tariff_cents), (Some(180), Some(93)));
//! assert_eq!(answer.rows[0].to_string(), "gm0777/map.tsv:2");
//!
//! // What is declared of it comes back by what was kept of the allocation: an hour of it is an hour of 45X48.
//! let memory = tables.remember(&question, &answer);
//! let declared = Product { volume: Some(60), ..answer.product };
//! let back = tables.back(&Question { product: declared, ..question }, memory.as_ref());
//! assert_eq!(back.product, Product { volume: Some(1), ..product });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod back;
mod collapse;
mod forth;
mod memory;
mod reason;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use jiff::civil::Date;

use crate::code::{Category, Code};
use crate::factor::Factor;
use crate::law::{Law, Municipality};
use crate::load::Version;
use crate::unit::Unit;

#[cfg(doc)]
use crate::compiled::Compiled;

pub(crate) use back::{Origin, origins};
pub use collapse::{Clash, Dated, Stacked, collapse, stacks};
pub(crate) use forth::Deciding;
pub use memory::{Memory, MemoryError};
pub use reason::Reason;

/// The fields of a message that say what is delivered, how much and at what price. What a message does not have is none, and stays none.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(test, derive(Debug))]
pub struct Product {
    /// The category. None: budget only (generic assignment).
    pub category: Option<Category>,
    /// The code. None: category only (aspecific) or budget only (generic assignment).
    pub code: Option<Code>,
    /// What is counted.
    pub unit: Option<Unit>,
    /// How many, whole; of [`Unit::Euro`] in eurocents.
    pub volume: Option<u64>,
    /// Whole eurocents for one unit.
    pub tariff_cents: Option<u64>,
}

#[cfg(not(test))]
impl fmt::Debug for Product {
    /// Which fields it has, never what they say: it came from a message.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = [
            (self.category.is_some(), "category"),
            (self.code.is_some(), "code"),
            (self.unit.is_some(), "unit"),
            (self.volume.is_some(), "volume"),
            (self.tariff_cents.is_some(), "tariff"),
        ];
        let present = fields.iter().filter(|(has, _)| *has).map(|(_, name)| name);
        f.write_str("Product ")?;
        f.debug_set().entries(present).finish()
    }
}

impl Product {
    /// It with these many of another unit for one of its own: volume and tariff go along. Err: one of them would not be whole, and why.
    fn counted(self, unit: Option<Unit>, factor: Factor) -> Result<Self, Reason> {
        let volume = match self.volume {
            Some(volume) => Some(factor.volume(volume).ok_or(Reason::VolumeNotWhole)?),
            None => None,
        };
        let tariff_cents = match self.tariff_cents {
            Some(cents) => Some(factor.tariff(cents).ok_or(Reason::TariffNotWhole)?),
            None => None,
        };
        Ok(Self {
            unit,
            volume,
            tariff_cents,
            ..self
        })
    }
}

/// What one unit is in another: one for itself, and exact among what is time by these minutes of a dagdeel. None for all else.
pub(crate) fn ratio(from: Unit, to: Unit, daypart_minutes: Option<u32>) -> Option<Factor> {
    if from == to {
        return Some(Factor::ONE);
    }
    Factor::new(from.minutes(daypart_minutes)?, to.minutes(daypart_minutes)?)
}

/// A product, and by whose table of which day it is to be translated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// The law; each has its own codes.
    pub law: Law,
    /// Whose table.
    pub municipality: Municipality,
    /// The product as it stands in the message.
    pub product: Product,
    /// The day that decides which rows hold: of a known assignment its first day, without one the first day that is asked for.
    pub on: Date,
}

/// What is to be done with a product.
///
/// With a message of several products: all of them `Apply` or `Pass` translates it; one that is `Refuse` or `Ambiguous` leaves the whole of it untouched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Exactly one translation, exact in every field: [`Answer::product`] is the other side's product.
    Apply,
    /// There is nothing to translate: the product has no code, no row holds for it on this day, the rows that do are not confirmed or of a relation that the
    /// table does not apply, or the product is known to have crossed as it is before. It crosses as it is, and that is what the table says.
    Pass,
    /// The table or the memory says what it is to become, and that cannot be done exactly: a volume or tariff would not be whole, units do not convert, the
    /// category does not fit the target, or no way back gives this product. It is not touched, and neither is its message. On the way back a national code
    /// that crosses so is one that the municipality never assigned, or that means something else there: rules judge it as what it says.
    Refuse,
    /// There is more than one translation and nothing decides: rows of one key that disagree, or several local products behind one national one without a
    /// preferred row. It is not touched, and neither is its message.
    Ambiguous,
}

impl Verdict {
    /// A stable word for machines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Pass => "pass",
            Self::Refuse => "refuse",
            Self::Ambiguous => "ambiguous",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A row of a table by its file and line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowPlace {
    /// The file, below the folder of tables.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: u32,
}

impl fmt::Display for RowPlace {
    /// `gm0777/map.tsv:12`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// What a table makes of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What is to be done.
    pub verdict: Verdict,
    /// The product of the other side when it is [`Verdict::Apply`], else the one that was asked about.
    pub product: Product,
    /// Why.
    pub reason: Reason,
    /// The rows that the verdict rests on; none when it rests on a memory or on there being no row.
    pub rows: Vec<RowPlace>,
    /// Between which products nothing decides when it is [`Verdict::Ambiguous`]; in order, each once. Empty else.
    pub candidates: Vec<Product>,
    /// The table it rests on: the present one, or with a memory that of then. None: the municipality has none.
    pub version: Option<Version>,
}
