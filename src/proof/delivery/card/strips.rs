//! What a line says of a card that was used for it: from which row to which, and the value or code of the last.

use super::code::Code;
use super::statement::ROWS_MAX;
use super::strip::Strip;
use crate::delivery::bytes::decode_array;
use crate::delivery::fields::Fields;
use crate::delivery::statement::StatementError;
use crate::delivery::writer::Writer;

/// By what a range of rows is shown to be released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StripProof {
    /// The value of the last row, scanned: kind `strip`.
    Strip(Strip),
    /// The code of the last row, typed: kind `code`. Weaker, because who checks codes can make them.
    Code(Code),
}

/// A range of rows of one card: those above `from`, up to and with `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StripClaim {
    /// Number of the card.
    pub ver: u32,
    /// The row before the first: 0 to [`ROWS_MAX`].
    pub from: u32,
    /// The last row: 0 to [`ROWS_MAX`]. Whether it lies above `from`, and on the card, is judged and not a matter of form.
    pub to: u32,
    /// What shows it.
    pub proof: StripProof,
}

impl StripClaim {
    /// How many rows.
    pub fn rows(&self) -> u32 {
        self.to.saturating_sub(self.from)
    }

    pub(in crate::delivery) fn read(fields: &mut Fields) -> Result<StripClaim, StatementError> {
        let (ver, from, to) = (
            fields.within("ver", 1..=u64::from(u32::MAX))?,
            fields.within("from", 0..=u64::from(ROWS_MAX))?,
            fields.within("to", 0..=u64::from(ROWS_MAX))?,
        );
        let (kind, value) = (fields.text("kind")?, fields.text("val")?);
        let proof = match kind.as_str() {
            "strip" => decode_array(&value).map(|bytes| StripProof::Strip(Strip(bytes))),
            "code" => value.parse().ok().map(StripProof::Code),
            _ => return Err(StatementError::Value { key: "kind" }),
        };
        let proof = proof.ok_or(StatementError::Value { key: "val" })?;
        Ok(StripClaim {
            ver,
            from,
            to,
            proof,
        })
    }

    pub(in crate::delivery) fn write(&self, to: &mut Writer) {
        to.number("ver", u64::from(self.ver))
            .number("from", u64::from(self.from))
            .number("to", u64::from(self.to));
        match &self.proof {
            StripProof::Strip(strip) => to.text("kind", "strip").bytes("val", &strip.0),
            StripProof::Code(code) => to.text("kind", "code").text("val", &code.to_string()),
        };
    }
}

/// How much of a line its client confirmed, in weight units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Confirmed {
    /// All of it, never above the weight of the line.
    pub weight: u64,
    /// The part of it that rests on codes alone: what strips do not confirm already.
    pub by_codes: u64,
}

/// What these ranges confirm of a line of weight `w`: each row its card's quantum. To be asked of ranges that hold.
pub fn confirmed<'a>(w: u64, ranges: impl IntoIterator<Item = (&'a StripClaim, u32)>) -> Confirmed {
    let (mut strips, mut codes) = (0u64, 0u64);
    for (claim, quantum) in ranges {
        let weight = u64::from(claim.rows()).saturating_mul(u64::from(quantum));
        let sum = match claim.proof {
            StripProof::Strip(_) => &mut strips,
            StripProof::Code(_) => &mut codes,
        };
        *sum = sum.saturating_add(weight);
    }
    let weight = w.min(strips.saturating_add(codes));
    Confirmed {
        weight,
        by_codes: weight - weight.min(strips),
    }
}
