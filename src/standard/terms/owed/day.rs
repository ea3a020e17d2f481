//! A day in CBOR: the number YYYYMMDD.
#![allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "the form that derived code calls"
)]

use jiff::civil::Date;
use minicbor::decode::{Decoder, Error as DecodeError};
use minicbor::encode::{Encoder, Error as EncodeError, Write};

pub(super) fn encode<C, W: Write>(
    day: &Date,
    encoder: &mut Encoder<W>,
    _: &mut C,
) -> Result<(), EncodeError<W::Error>> {
    let part = |number: i16| u32::from(number.unsigned_abs());
    let number =
        part(day.year()) * 10_000 + part(day.month().into()) * 100 + part(day.day().into());
    encoder.u32(number)?.ok()
}

pub(super) fn decode<C>(decoder: &mut Decoder<'_>, _: &mut C) -> Result<Date, DecodeError> {
    let number = decoder.u32()?;
    let day = || {
        let year = i16::try_from(number / 10_000).ok()?;
        let month = i8::try_from(number / 100 % 100).ok()?;
        Date::new(year, month, i8::try_from(number % 100).ok()?).ok()
    };
    day().ok_or_else(|| DecodeError::message("no day"))
}
