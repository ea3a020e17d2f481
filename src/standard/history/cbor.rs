//! How values that rows share stand in CBOR: dates as YYYYMMDD, codes as published, all fields numbered.
//! Deterministic: equal values have equal bytes.
#![allow(
    clippy::trivially_copy_pass_by_ref,
    clippy::ref_option,
    clippy::option_option,
    clippy::unnecessary_wraps,
    reason = "the forms that derived code calls"
)]

use jiff::civil::{Date, Time};
use minicbor::decode::{Decoder, Error as DecodeError};
use minicbor::encode::{Encoder, Error as EncodeError, Write};
use minicbor::{Decode, Encode};

use super::error::HistoryError;
use crate::bericht::{Bedrag, DebetCredit, Eenheid, Frequentie, Omvang, Periode};

/// Version of all forms of this module.
const VERSION: u8 = 1;
/// Version of those that say of something that it is as its provider sent it.
const AS_SENT_VERSION: u8 = 2;

/// Bytes of a value behind its version.
pub(super) fn encode<T: Encode<()>>(value: &T, is_as_sent: bool) -> Vec<u8> {
    let version = if is_as_sent { AS_SENT_VERSION } else { VERSION };
    let encoded = minicbor::to_vec((version, value));
    debug_assert!(encoded.is_ok(), "writing into memory cannot fail");
    encoded.unwrap_or_default()
}

/// The value in bytes of any version ever written.
pub(super) fn decode<'b, T: Decode<'b, ()>>(bytes: &'b [u8]) -> Result<T, HistoryError> {
    let malformed = |cause: DecodeError| HistoryError::Malformed(cause.to_string());
    let mut decoder = Decoder::new(bytes);
    if decoder.array().map_err(malformed)? != Some(2) {
        return Err(HistoryError::Malformed("no pair".to_owned()));
    }
    let version = decoder.u8().map_err(malformed)?;
    if !(VERSION..=AS_SENT_VERSION).contains(&version) {
        return Err(HistoryError::Version(version));
    }
    let value = decoder.decode().map_err(malformed)?;
    if decoder.position() == bytes.len() {
        Ok(value)
    } else {
        Err(HistoryError::Malformed("more than one value".to_owned()))
    }
}

/// A date as the number YYYYMMDD.
pub(crate) mod date {
    use super::{Date, DecodeError, Decoder, EncodeError, Encoder, Write, day_of, number_of};

    pub(crate) fn encode<C, W: Write>(
        date: &Date,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        e.u32(number_of(*date))?.ok()
    }

    pub(crate) fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<Date, DecodeError> {
        day_of(d.u32()?)
    }
}

/// A date as the number YYYYMMDD, or nothing at all.
pub(super) mod date_or_none {
    use super::{Date, DecodeError, Decoder, EncodeError, Encoder, Write, day_of, number_of};

    pub(in crate::history) fn encode<C, W: Write>(
        date: &Option<Date>,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        match date {
            Some(date) => e.u32(number_of(*date))?.ok(),
            None => e.null()?.ok(),
        }
    }

    pub(in crate::history) fn decode<C>(
        d: &mut Decoder<'_>,
        _: &mut C,
    ) -> Result<Option<Date>, DecodeError> {
        if d.datatype()? == minicbor::data::Type::Null {
            d.null()?;
            return Ok(None);
        }
        day_of(d.u32()?).map(Some)
    }

    pub(in crate::history) fn nil() -> Option<Option<Date>> {
        Some(None)
    }

    pub(in crate::history) fn is_nil(date: &Option<Date>) -> bool {
        date.is_none()
    }
}

/// That something is so, or nothing at all.
pub(super) mod flag {
    use super::{DecodeError, Decoder, EncodeError, Encoder, Write};

    pub(in crate::history) fn encode<C, W: Write>(
        flag: &bool,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        e.bool(*flag)?.ok()
    }

    pub(in crate::history) fn decode<C>(
        d: &mut Decoder<'_>,
        _: &mut C,
    ) -> Result<bool, DecodeError> {
        d.bool()
    }

    pub(in crate::history) fn nil() -> Option<bool> {
        Some(false)
    }

    pub(in crate::history) fn is_nil(flag: &bool) -> bool {
        !*flag
    }
}

/// A time of the day as nanoseconds since midnight.
pub(super) mod time {
    use super::{DecodeError, Decoder, EncodeError, Encoder, Time, Write};

    const SECOND: u64 = 1_000_000_000;

    pub(in crate::history) fn encode<C, W: Write>(
        time: &Time,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        let part = |n: i8| u64::from(n.unsigned_abs());
        let seconds = part(time.hour()) * 3600 + part(time.minute()) * 60 + part(time.second());
        let below = u64::from(time.subsec_nanosecond().unsigned_abs());
        e.u64(seconds * SECOND + below)?.ok()
    }

    pub(in crate::history) fn decode<C>(
        d: &mut Decoder<'_>,
        _: &mut C,
    ) -> Result<Time, DecodeError> {
        let nanoseconds = d.u64()?;
        let seconds = nanoseconds / SECOND;
        let part = |n: u64| i8::try_from(n).ok();
        let below = i32::try_from(nanoseconds % SECOND).ok();
        let time = (|| {
            Time::new(
                part(seconds / 3600)?,
                part(seconds / 60 % 60)?,
                part(seconds % 60)?,
                below?,
            )
            .ok()
        })();
        time.ok_or_else(|| DecodeError::message("no time of a day"))
    }
}

fn number_of(date: Date) -> u32 {
    let year = u32::from(date.year().unsigned_abs());
    year * 10_000
        + u32::from(date.month().unsigned_abs()) * 100
        + u32::from(date.day().unsigned_abs())
}

/// The day of a number that [`day_bytes`] has the bytes of.
pub(super) fn day_of(number: u32) -> Result<Date, DecodeError> {
    let part = |n: u32| i8::try_from(n).ok();
    let date = (|| {
        Date::new(
            i16::try_from(number / 10_000).ok()?,
            part(number / 100 % 100)?,
            part(number % 100)?,
        )
        .ok()
    })();
    date.ok_or_else(|| DecodeError::message("no date"))
}

/// The bytes of a calendar day that keep the order of days.
pub(super) fn day_bytes(date: Date) -> [u8; 4] {
    number_of(date).to_be_bytes()
}

macro_rules! as_code {
    ($($name:ident: $from:expr),+ $(,)?) => {$(
        impl<C> Encode<C> for $name {
            fn encode<W: Write>(
                &self,
                e: &mut Encoder<W>,
                _: &mut C,
            ) -> Result<(), EncodeError<W::Error>> {
                e.str(self.code())?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
                let from: fn(&str) -> Option<Self> = $from;
                from(d.str()?).ok_or_else(|| DecodeError::message("unknown code"))
            }
        }
    )+};
}

as_code!(
    Eenheid: Eenheid::from_code,
    Frequentie: Frequentie::from_code,
    DebetCredit: |code| match code {
        "D" => Some(Self::Debet),
        "C" => Some(Self::Credit),
        _ => None,
    },
);

impl<C> Encode<C> for Omvang {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, c: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.array(3)?.u32(self.volume)?;
        self.eenheid.encode(e, c)?;
        self.frequentie.encode(e, c)
    }
}

impl<'b, C> Decode<'b, C> for Omvang {
    fn decode(d: &mut Decoder<'b>, c: &mut C) -> Result<Self, DecodeError> {
        array_of(d, 3)?;
        Ok(Self {
            volume: d.u32()?,
            eenheid: Eenheid::decode(d, c)?,
            frequentie: Frequentie::decode(d, c)?,
        })
    }
}

impl<C> Encode<C> for Periode {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.array(2)?
            .u32(number_of(self.begin))?
            .u32(number_of(self.end))?
            .ok()
    }
}

impl<'b, C> Decode<'b, C> for Periode {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        array_of(d, 2)?;
        Ok(Self {
            begin: day_of(d.u32()?)?,
            end: day_of(d.u32()?)?,
        })
    }
}

impl<C> Encode<C> for Bedrag {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, c: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.array(2)?.u64(self.cents)?;
        self.direction.encode(e, c)
    }
}

impl<'b, C> Decode<'b, C> for Bedrag {
    fn decode(d: &mut Decoder<'b>, c: &mut C) -> Result<Self, DecodeError> {
        array_of(d, 2)?;
        Ok(Self {
            cents: d.u64()?,
            direction: DebetCredit::decode(d, c)?,
        })
    }
}

fn array_of(d: &mut Decoder<'_>, length: u64) -> Result<(), DecodeError> {
    if d.array()? == Some(length) {
        Ok(())
    } else {
        Err(DecodeError::message("another number of fields"))
    }
}
