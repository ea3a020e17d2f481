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
