//! Law and codes of parties as files of reference data write them.

use serde::Deserialize;
use toml::Spanned;

use super::error::ReferenceError;
use super::file::Text;
use crate::bericht::berichtsoort::Law;

/// `jw` or `wmo`.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum LawName {
    Jw,
    Wmo,
}

impl LawName {
    pub(super) const fn law(self) -> Law {
        match self {
            Self::Jw => Law::Jw,
            Self::Wmo => Law::Wmo,
        }
    }
}

/// A gemeentecode has four digits.
pub(super) fn gemeente(text: Text<'_>, code: &Spanned<String>) -> Result<(), ReferenceError> {
    digits(text, code, 4, "gemeente is a CBS code of four digits")
}

/// An AGB code has eight digits.
pub(super) fn aanbieder(text: Text<'_>, code: &Spanned<String>) -> Result<(), ReferenceError> {
    digits(text, code, 8, "aanbieder is an AGB code of eight digits")
}

fn digits(
    text: Text<'_>,
    code: &Spanned<String>,
    count: usize,
    reason: &str,
) -> Result<(), ReferenceError> {
    let value = code.get_ref();
    if value.len() == count && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    Err(text.fault(code.span(), reason))
}
