//! Parameters of a request, read from their texts.

use std::str::FromStr;

use super::problem::ApiError;
use crate::mailbox::Cursor;

/// A parameter that may be absent. Err: it is there and is not what is expected.
pub(super) fn parsed<T: FromStr>(
    name: &'static str,
    expected: &'static str,
    text: Option<&str>,
) -> Result<Option<T>, ApiError> {
    text.map(|text| {
        text.parse()
            .map_err(|_| ApiError::Parameter { name, expected })
    })
    .transpose()
}

/// Where a page begins. Err: it is not a `next` of ours.
pub(super) fn cursor(text: Option<&str>) -> Result<Option<Cursor>, ApiError> {
    parsed(
        "cursor",
        "de waarde van next van een eerdere bladzijde",
        text,
    )
}

/// How many a page has at most. Err: none, or more than `most`.
pub(super) fn limit(
    text: Option<&str>,
    default: usize,
    most: usize,
    expected: &'static str,
) -> Result<usize, ApiError> {
    let name = "limit";
    let limit = parsed(name, expected, text)?.unwrap_or(default);
    if limit == 0 || limit > most {
        return Err(ApiError::Parameter { name, expected });
    }
    Ok(limit)
}
