//! A product as the messages name it: two positions of category, and a code of at most five.

use std::fmt;
use std::str::FromStr;

/// A product code: 1 to 5 characters (simple type of `Code` in `Product`, iJw and iWmo 3.2), here without spaces and lower case, which no list in use has and
/// which get lost on the way through spreadsheets and forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code([u8; 5]);

impl Code {
    /// The code of these five bytes, filled up with zero bytes at the end. None if they are no code.
    pub fn from_bytes(bytes: [u8; 5]) -> Option<Self> {
        let length = bytes.iter().position(|&b| b == 0).unwrap_or(5);
        let (text, rest) = bytes.split_at(length);
        let is_code = !text.is_empty()
            && rest.iter().all(|&b| b == 0)
            && text
                .iter()
                .all(|b| b.is_ascii_graphic() && !b.is_ascii_lowercase());
        is_code.then_some(Self(bytes))
    }

    /// Five bytes, filled up with zero bytes at the end: sorts as the text does.
    pub const fn to_bytes(self) -> [u8; 5] {
        self.0
    }

    /// As in messages.
    pub fn as_str(&self) -> &str {
        let length = self.0.iter().position(|&b| b == 0).unwrap_or(5);
        let text = self.0.get(..length).unwrap_or_default();
        // Only graphic ASCII gets in.
        std::str::from_utf8(text).unwrap_or_default()
    }

    /// Its form: `N` for a digit, `L` for a letter, else the character. `45A48` has form `NNLNN`, the form of the national lists since 2016.
    pub fn form(&self) -> String {
        let kind = |b: u8| match b {
            b'0'..=b'9' => 'N',
            b'A'..=b'Z' => 'L',
            other => char::from(other),
        };
        self.as_str().bytes().map(kind).collect()
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Code {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        let bytes = text.as_bytes();
        if bytes.is_empty() {
            return Err(CodeError::Empty);
        }
        if looks_like_a_number_with_exponent(bytes) {
            return Err(CodeError::Exponent);
        }
        if bytes.iter().any(u8::is_ascii_whitespace) || text.contains('\u{a0}') {
            return Err(CodeError::Space);
        }
        if text.chars().count() > 5 {
            return Err(CodeError::TooLong);
        }
        if bytes.iter().any(u8::is_ascii_lowercase) {
            return Err(CodeError::LowerCase);
        }
        let mut packed = [0; 5];
        for (place, &b) in packed.iter_mut().zip(bytes) {
            *place = b;
        }
        if bytes.len() > 5 {
            return Err(CodeError::Character);
        }
        Self::from_bytes(packed).ok_or(CodeError::Character)
    }
}

/// `4,5E+11` and its like: what a spreadsheet makes of `45E10`. And `45E10` itself, which it will make that of.
fn looks_like_a_number_with_exponent(text: &[u8]) -> bool {
    let Some(at) = memchr::memchr2(b'E', b'e', text) else {
        return false;
    };
    let (before, after) = text.split_at(at);
    let after = after.get(1..).unwrap_or_default();
    let after = after.strip_prefix(b"+").unwrap_or(after);
    let is_number = |part: &[u8]| {
        part.iter().any(u8::is_ascii_digit)
            && part
                .iter()
                .all(|b| b.is_ascii_digit() || matches!(b, b',' | b'.'))
    };
    is_number(before) && is_number(after)
}

/// Why a text is no code (M12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Nothing stands there.
    #[error("a code has at least one character")]
    Empty,
    /// More than five characters: it cannot be sent at all.
    #[error("a code has at most five characters")]
    TooLong,
    /// A space, at an end or inside.
    #[error("a code has no spaces")]
    Space,
    /// A lower-case letter.
    #[error("a code has no lower case")]
    LowerCase,
    /// Digits, an E, digits: a spreadsheet reads a number in it.
    #[error("a spreadsheet reads this code as a number with an exponent")]
    Exponent,
    /// A character no code has.
    #[error("a code has letters and digits")]
    Character,
}

/// A category: two digits (WMO020, JZ020). National and mandatory, unlike codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Category([u8; 2]);

impl Category {
    /// As in messages.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// As a number, 0 to 99.
    pub const fn number(self) -> u8 {
        let [tens, ones] = self.0;
        (tens - b'0') * 10 + (ones - b'0')
    }

    /// The category of this number, 0 to 99. None above.
    pub const fn new(number: u8) -> Option<Self> {
        if number > 99 {
            return None;
        }
        Some(Self([b'0' + number / 10, b'0' + number % 10]))
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Category {
    type Err = NotACategory;

    fn from_str(text: &str) -> Result<Self, NotACategory> {
        match text.as_bytes() {
            &[tens, ones] if tens.is_ascii_digit() && ones.is_ascii_digit() => {
                Ok(Self([tens, ones]))
            }
            _ => Err(NotACategory),
        }
    }
}

/// Not two digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a category has two digits")]
pub struct NotACategory;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_seen_in_the_field_are_codes() {
        for text in [
            "45A48", "501AL", "50H1A", "15TOE", "01012", "720", "WRA", "32A",
        ] {
            let code: Code = text.parse().unwrap();
            assert_eq!(code.as_str(), text);
            assert_eq!(Code::from_bytes(code.to_bytes()), Some(code));
        }
        assert_eq!("50H1A".parse::<Code>().unwrap().form(), "NNLNL");
    }

    #[test]
    fn what_cannot_be_sent_or_is_damaged_is_named_for_what_it_is() {
        for (text, why) in [
            ("", CodeError::Empty),
            ("13XW15", CodeError::TooLong),
            ("45A48 ", CodeError::Space),
            ("45A\u{a0}8", CodeError::Space),
            ("45a48", CodeError::LowerCase),
            ("45E10", CodeError::Exponent),
            ("4,5E+11", CodeError::Exponent),
            ("4.5e11", CodeError::Exponent),
            ("45É48", CodeError::Character),
        ] {
            assert_eq!(text.parse::<Code>(), Err(why), "{text}");
        }
        // No digits behind it: not a number.
        assert!("15TOE".parse::<Code>().is_ok());
        assert!("45E".parse::<Code>().is_ok());
    }

    #[test]
    fn codes_sort_as_their_text() {
        let mut codes = ["720", "45A48", "7201A", "WRA"].map(|text| text.parse::<Code>().unwrap());
        codes.sort_unstable();
        assert_eq!(
            codes.map(|code| code.to_string()),
            ["45A48", "720", "7201A", "WRA"]
        );
    }

    #[test]
    fn a_category_is_two_digits() {
        let category: Category = "07".parse().unwrap();
        assert_eq!((category.as_str(), category.number()), ("07", 7));
        assert_eq!(Category::new(7), Some(category));
        assert_eq!(Category::new(100), None);
        for wrong in ["7", "007", "A7", ""] {
            assert_eq!(wrong.parse::<Category>(), Err(NotACategory));
        }
    }
}
