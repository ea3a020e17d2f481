//! Pairs of parties between whom messages may be larger than the standards agree on (OP179): two that both use the own API, where nothing on the way is
//! smaller. It says who and how large; whether there is room in memory is the configuration's.

use jiff::civil::Date;

use super::code::Pair;
use super::party::Period;

/// What two parties may agree on at most, in bytes: 256 MiB.
pub const LARGE_BYTES_MAX: u64 = 256 << 20;

/// That messages between two codes may be larger than others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Large {
    /// The municipality and the provider, in both directions.
    pub pair: Pair,
    /// Largest message, in bytes; at most [`LARGE_BYTES_MAX`].
    pub body_bytes_max: u64,
    /// Days of receipt.
    pub period: Period,
}

/// The line of a pair on a day, if it has one.
pub(super) fn of<'l>(lines: &'l [Large], pair: &Pair, on: Date) -> Option<&'l Large> {
    lines
        .iter()
        .find(|line| line.pair == *pair && line.period.contains(on))
}
