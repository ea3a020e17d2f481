//! The text in the QR code of a row: `KP1/` card `/` row `/` value, in the characters of the alphanumeric mode of QR codes.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE32_NOPAD;

use super::statement::ROWS_MAX;
use super::strip::{CardId, Strip};

/// Why a text is not that of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the QR code of a row of a card")]
pub struct QrError;

impl QrError {
    /// Stable code.
    pub fn code(self) -> &'static str {
        "qr-form"
    }
}

/// What a QR code says: the card, the row, and the value of that row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StripQr {
    /// Which card.
    pub card: CardId,
    /// Which row: 1 to [`ROWS_MAX`].
    pub row: u32,
    /// Its value. Whether it is that, the chain shows.
    pub strip: Strip,
}

impl fmt::Display for StripQr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let base32 = |bytes| BASE32_NOPAD.encode(bytes);
        write!(
            f,
            "KP1/{}/{}/{}",
            base32(&self.card.0),
            self.row,
            base32(&self.strip.0)
        )
    }
}

impl FromStr for StripQr {
    type Err = QrError;

    /// Reads it, in its one writing. Err: anything else.
    fn from_str(text: &str) -> Result<StripQr, QrError> {
        let mut parts = text.split('/');
        let mut next = || parts.next().ok_or(QrError);
        let (kind, card, row, strip) = (next()?, next()?, next()?, next()?);
        let bytes = |text: &str| {
            let bytes = BASE32_NOPAD.decode(text.as_bytes()).ok()?;
            <[u8; 16]>::try_from(bytes).ok()
        };
        let qr = StripQr {
            card: CardId(bytes(card).ok_or(QrError)?),
            row: row.parse().map_err(|_| QrError)?,
            strip: Strip(bytes(strip).ok_or(QrError)?),
        };
        let is_row = (1..=ROWS_MAX).contains(&qr.row) && qr.row.to_string() == row;
        if kind == "KP1" && is_row && parts.next().is_none() {
            Ok(qr)
        } else {
            Err(QrError)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "KP1/6VFT3A6SN6ONHOKTMCWDKJXWYE/46/TEVUG6M4HYIWXZXZBPCS5AKZGE";

    #[test]
    fn the_text_of_a_row_reads_back() {
        let qr: StripQr = TEXT.parse().unwrap();
        assert_eq!(qr.row, 46);
        assert_eq!(qr.to_string(), TEXT);
        let last = StripQr {
            row: ROWS_MAX,
            ..qr
        };
        assert_eq!(last.to_string().len(), 62);
        // The alphanumeric mode has digits, capitals, and among others the slash.
        let known = |c: char| c.is_ascii_digit() || c.is_ascii_uppercase() || c == '/';
        assert!(TEXT.chars().all(known));
    }

    #[test]
    fn another_writing_is_refused() {
        for (from, to) in [
            ("KP1", "KP2"),
            ("KP1", "kp1"),
            ("/46/", "/046/"),
            ("/46/", "/+46/"),
            ("/46/", "/0/"),
            ("/46/", "/4097/"),
            ("/46/", "/-1/"),
            ("/46/", "/"),
            ("/46/", "/46/46/"),
            ("KZGE", "KZGE/"),
            ("KZGE", "KZGE======"),
            ("KZGE", "KZGF"),
            ("KZGE", "KZG"),
            ("KZGE", "kzge"),
        ] {
            assert_eq!(
                TEXT.replace(from, to).parse::<StripQr>(),
                Err(QrError),
                "{to}"
            );
        }
    }
}
