//! What is kept of an assignment, so that all that follows on it comes back exactly, whatever the table says by then.

use std::str::FromStr;

use jiff::civil::Date;
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

use super::{Answer, Product, Question, Reason, Verdict, ratio};
use crate::code::{Category, Code};
use crate::load::Version;
use crate::unit::Unit;

/// The form in which it is stored, in front of the CBOR.
const FORM: u8 = 1;

/// The product of an assignment on both sides. It is kept for products that crossed as they are too: a national code on such an assignment is no translation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// As the municipality sent it.
    pub original: Product,
    /// As the provider got it; the same when it was not translated.
    pub given: Product,
    /// Minutes of a dagdeel by the table of then.
    pub daypart_minutes: Option<u32>,
    /// The table of then.
    pub version: Version,
    /// The day that decided which rows held.
    pub on: Date,
}

/// From which side to which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Forth,
    Back,
}

impl Memory {
    /// That this went to the provider as it is.
    pub const fn untouched(question: &Question, version: Version) -> Self {
        Self {
            original: question.product,
            given: question.product,
            daypart_minutes: None,
            version,
            on: question.on,
        }
    }

    /// Whether it was translated.
    pub fn is_translated(&self) -> bool {
        self.original != self.given
    }

    /// What this product of the municipality is to the provider, if it is the one that was assigned: none when it is another. No table is asked.
    pub fn forth(&self, product: Product) -> Option<Answer> {
        self.cross(product, Way::Forth)
    }

    /// What this product of the provider is to the municipality, if it is the one that was given: none when it is another. No table is asked.
    pub fn back(&self, product: Product) -> Option<Answer> {
        self.cross(product, Way::Back)
    }

    /// What this product is on the other side, if it is the one that was assigned: none when it is another.
    pub(super) fn cross(&self, product: Product, way: Way) -> Option<Answer> {
        let (from, to) = match way {
            Way::Forth => (self.original, self.given),
            Way::Back => (self.given, self.original),
        };
        let code = product.code?;
        let is_it = from.code == Some(code) && is_same_or_none(product.category, from.category);
        if !is_it {
            return None;
        }
        let answer = |verdict, product, reason| Answer {
            verdict,
            product,
            reason,
            rows: Vec::new(),
            candidates: Vec::new(),
            version: Some(self.version),
        };
        if !self.is_translated() {
            return Some(answer(Verdict::Pass, product, Reason::CrossedAsItIs));
        }
        if product == from {
            return Some(answer(Verdict::Apply, to, Reason::Remembered));
        }
        let crossed = self
            .counted(product, from.unit, to.unit)
            .map(|counted| Product {
                category: product.category.and(to.category.or(product.category)),
                code: to.code,
                ..counted
            });
        Some(match crossed {
            Ok(crossed) => answer(Verdict::Apply, crossed, Reason::Remembered),
            Err(reason) => answer(Verdict::Refuse, product, reason),
        })
    }

    /// The product as the other side counts it. What is counted in the unit of this side gets that of the other, and the other way round, so that what differs
    /// from the assignment here differs from it there, and no two products become one. A third unit stays.
    fn counted(
        &self,
        product: Product,
        from: Option<Unit>,
        to: Option<Unit>,
    ) -> Result<Product, Reason> {
        let (Some(from), Some(to)) = (from, to) else {
            return Ok(product);
        };
        if from == to {
            return Ok(product);
        }
        let other = match product.unit {
            Some(unit) if unit == from => to,
            Some(unit) if unit == to => from,
            Some(_) => return Ok(product),
            None if product.volume.is_none() && product.tariff_cents.is_none() => {
                return Ok(product);
            }
            None => return Err(Reason::UnitMissing),
        };
        let unit = if other == to { from } else { to };
        let factor = ratio(unit, other, self.daypart_minutes);
        product.counted(Some(other), factor.ok_or(Reason::UnitsDoNotConvert)?)
    }

    /// For a store: a byte that names the form, then CBOR. Equal memories give equal bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![FORM];
        let stored = Stored {
            original: StoredProduct::of(&self.original),
            given: self.is_translated().then(|| StoredProduct::of(&self.given)),
            daypart_minutes: self.daypart_minutes,
            version: self.version.0.into(),
            on: self.on.to_string(),
        };
        let encoded = minicbor::encode(&stored, &mut bytes);
        debug_assert!(encoded.is_ok(), "writing into memory cannot fail");
        bytes
    }

    /// Reads what [`Memory::to_bytes`] wrote, of this form and of every earlier one. Err: it is not that, or not that alone.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MemoryError> {
        let (form, rest) = bytes.split_first().ok_or(MemoryError::Damaged)?;
        if *form != FORM {
            return Err(MemoryError::Form(*form));
        }
        let mut decoder = minicbor::Decoder::new(rest);
        let stored: Stored = decoder.decode().map_err(|_| MemoryError::Damaged)?;
        if decoder.position() != rest.len() {
            return Err(MemoryError::Damaged);
        }
        let original = stored.original.product()?;
        let given = match stored.given {
            Some(given) => given.product()?,
            None => original,
        };
        Ok(Self {
            original,
            given,
            daypart_minutes: stored.daypart_minutes,
            version: Version(stored.version.into()),
            on: stored.on.parse().map_err(|_| MemoryError::Damaged)?,
        })
    }
}

fn is_same_or_none(one: Option<Category>, other: Option<Category>) -> bool {
    one.is_none() || other.is_none() || one == other
}

/// Why stored bytes are no memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MemoryError {
    /// It was written by a later program.
    #[error("a memory of an assignment has form {0}, which this program does not know")]
    Form(u8),
    /// It is not what was written.
    #[error("a memory of an assignment is damaged")]
    Damaged,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Stored {
    #[n(0)]
    original: StoredProduct,
    /// None: as the original.
    #[n(1)]
    given: Option<StoredProduct>,
    #[n(2)]
    daypart_minutes: Option<u32>,
    #[n(3)]
    version: ByteArray<32>,
    #[n(4)]
    on: String,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct StoredProduct {
    #[n(0)]
    category: Option<String>,
    #[n(1)]
    code: Option<String>,
    #[n(2)]
    unit: Option<u8>,
    #[n(3)]
    volume: Option<u64>,
    #[n(4)]
    tariff_cents: Option<u64>,
}

impl StoredProduct {
    fn of(product: &Product) -> Self {
        Self {
            category: product.category.map(|category| category.to_string()),
            code: product.code.map(|code| code.to_string()),
            unit: product.unit.map(Unit::code),
            volume: product.volume,
            tariff_cents: product.tariff_cents,
        }
    }

    fn product(&self) -> Result<Product, MemoryError> {
        fn read<T: FromStr>(text: Option<&str>) -> Result<Option<T>, MemoryError> {
            let read = text.map(str::parse).transpose();
            read.map_err(|_| MemoryError::Damaged)
        }
        let unit = match self.unit {
            Some(code) => Some(Unit::of(code).ok_or(MemoryError::Damaged)?),
            None => None,
        };
        Ok(Product {
            category: read(self.category.as_deref())?,
            code: read::<Code>(self.code.as_deref())?,
            unit,
            volume: self.volume,
            tariff_cents: self.tariff_cents,
        })
    }
}
