//! The number of a client, where a duplicate value is made of it. It stands in no statement.

use std::fmt;
use std::str::FromStr;

use crate::delivery::value::ValueError;

/// A BSN: nine digits.
#[derive(Clone, PartialEq, Eq)]
pub struct Bsn(String);

impl Bsn {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Bsn {
    type Err = ValueError;

    /// Of its nine digits. Err: anything else. Whether somebody has the number is not asked.
    fn from_str(text: &str) -> Result<Bsn, ValueError> {
        let is_bsn = text.len() == 9 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_bsn.then(|| Bsn(text.to_owned())).ok_or(ValueError)
    }
}

impl fmt::Debug for Bsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bsn(9 digits)")
    }
}
