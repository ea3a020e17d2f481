//! How a row stands in memory and in a piece: the lengths of key and value, the key, the value.

use std::io;

use crate::store::StoreError;

/// Length of a value that says: deleted.
const DELETED: u32 = u32::MAX;
/// Bytes before each key: its length and that of its value.
const LENGTHS: usize = 8;

/// A key with its last value; `None`: deleted.
pub(crate) type Change = (Vec<u8>, Option<Vec<u8>>);

/// Adds a row. Err: it is too long.
pub(super) fn write(
    rows: &mut Vec<u8>,
    key: &[u8],
    value: Option<&[u8]>,
) -> Result<(), StoreError> {
    let length = |bytes: usize| u32::try_from(bytes).map_err(|_| unable("a row is too long"));
    let key_bytes = length(key.len())?.to_be_bytes();
    let value_bytes = value.map_or(Ok(DELETED), |value| length(value.len()))?;
    rows.extend_from_slice(&key_bytes);
    rows.extend_from_slice(&value_bytes.to_be_bytes());
    rows.extend_from_slice(key);
    rows.extend_from_slice(value.unwrap_or_default());
    Ok(())
}

/// The first bytes of a key: most comparisons need no more.
pub(super) fn prefix(key: &[u8]) -> u64 {
    let mut first = [0; 8];
    for (to, from) in first.iter_mut().zip(key) {
        *to = *from;
    }
    u64::from_be_bytes(first)
}

/// The row that begins at an offset: key and value.
pub(super) fn row_at(rows: &[u8], at: usize) -> Option<(&[u8], Option<&[u8]>)> {
    let (lengths, rest) = rows.get(at..)?.split_first_chunk::<LENGTHS>()?;
    let (key, value) = lengths.split_at(4);
    let length = |bytes: &[u8]| Some(u32::from_be_bytes(bytes.try_into().ok()?));
    let (key, rest) = rest.split_at_checked(usize::try_from(length(key)?).ok()?)?;
    match length(value)? {
        DELETED => Some((key, None)),
        bytes => Some((key, Some(rest.get(..usize::try_from(bytes).ok()?)?))),
    }
}

/// The key of the row that begins at an offset.
pub(super) fn key_at(rows: &[u8], at: usize) -> &[u8] {
    row_at(rows, at).map_or(&[], |(key, _)| key)
}

/// The row that begins at an offset, and where it ends.
pub(super) fn owned(rows: &[u8], at: usize) -> Option<(Change, usize)> {
    let (key, value) = row_at(rows, at)?;
    let end = at + LENGTHS + key.len() + value.map_or(0, <[u8]>::len);
    Some(((key.to_vec(), value.map(<[u8]>::to_vec)), end))
}

#[allow(clippy::needless_pass_by_value, reason = "what `map_err` gives it")]
pub(super) fn failed(error: io::Error) -> StoreError {
    let what = format!(
        "rows could not be sorted beside the views: {}",
        error.kind()
    );
    StoreError::Views { what }
}

pub(super) fn unable(what: &str) -> StoreError {
    StoreError::Views { what: what.into() }
}

pub(super) fn cut() -> StoreError {
    unable("rows that were sorted are not as they were written")
}

/// The bytes of the row that begins at an offset.
pub(super) fn bytes_at(rows: &[u8], at: usize) -> Option<&[u8]> {
    let (key, value) = row_at(rows, at)?;
    rows.get(at..at + LENGTHS + key.len() + value.map_or(0, <[u8]>::len))
}
