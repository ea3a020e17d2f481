//! For what somebody looks, in his own words. It is kept with the look and shown to those who were looked at, so it names no client.

use std::fmt;

/// Most characters of a purpose.
pub const PURPOSE_CHARS_MAX: usize = 500;
/// And most bytes: it stands in the manifest of a bundle.
const PURPOSE_BYTES_MAX: usize = knooppunt_proof::export::ABOUT_BYTES_MAX;
/// Most characters between two digits that are taken for a way to write one number.
const BETWEEN_MAX: usize = 3;

/// Why a text is no purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PurposeError {
    /// None was given.
    #[error("no purpose was given")]
    Missing,
    /// Longer than is kept.
    #[error("the purpose has more than {PURPOSE_CHARS_MAX} characters")]
    TooLong,
    /// Eight or nine digits that may be a BSN, also with dots, hyphens or blanks between them.
    #[error("the purpose has digits that may be a BSN")]
    Bsn,
    /// A control character, or a numeral other than 0 to 9.
    #[error("the purpose has characters that no purpose has")]
    Characters,
}

/// For what somebody looks: 1 to [`PURPOSE_CHARS_MAX`] characters in which no BSN stands.
#[derive(Clone, PartialEq, Eq)]
pub struct Purpose(String);

impl fmt::Debug for Purpose {
    /// The length: it may tell of a case.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Purpose({} characters)", self.0.chars().count())
    }
}

impl Purpose {
    /// A text as it was given, without the blanks around it. Err: it is none, or may not be kept.
    pub fn of(text: Option<&str>) -> Result<Self, PurposeError> {
        let text = text.unwrap_or_default().trim();
        if text.is_empty() {
            return Err(PurposeError::Missing);
        }
        if text.chars().count() > PURPOSE_CHARS_MAX || text.len() > PURPOSE_BYTES_MAX {
            return Err(PurposeError::TooLong);
        }
        if text.contains(|c: char| c.is_control() || (c.is_numeric() && !c.is_ascii_digit())) {
            return Err(PurposeError::Characters);
        }
        if has_bsn(text) || has_written_bsn(text) {
            return Err(PurposeError::Bsn);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether nine digits in a row of a text may be a BSN.
pub(super) fn has_bsn(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.windows(9).any(is_bsn)
}

/// Whether digits of a text that are written apart, as `9999.00.006` or `999 900 006`, may together be a BSN; or eight of them, of which the first is a zero that
/// was left out. A date and two years are none.
fn has_written_bsn(text: &str) -> bool {
    let numbers = numbers(text);
    (0..numbers.len()).any(|first| {
        let (mut digits, mut groups) = (String::new(), Vec::new());
        for (apart, group) in numbers.get(first..).unwrap_or_default() {
            if *apart && !groups.is_empty() {
                return false;
            }
            digits.push_str(group);
            groups.push(*group);
            let may_be = match digits.len() {
                8 => !is_of_days(&groups) && is_bsn(format!("0{digits}").as_bytes()),
                9 => is_bsn(digits.as_bytes()),
                0..8 => false,
                _ => return false,
            };
            if may_be {
                return true;
            }
        }
        false
    })
}

/// The groups of digits in a text, each with whether it stands apart from the one before.
fn numbers(text: &str) -> Vec<(bool, &str)> {
    let (mut numbers, mut end) = (Vec::new(), 0);
    while let Some(from) = text
        .get(end..)
        .and_then(|rest| rest.find(|c: char| c.is_ascii_digit()))
    {
        let between = text.get(end..end + from).unwrap_or_default();
        let apart =
            between.chars().count() > BETWEEN_MAX || between.contains(char::is_alphanumeric);
        let rest = text.get(end + from..).unwrap_or_default();
        let length = rest.bytes().take_while(u8::is_ascii_digit).count();
        numbers.push((apart, rest.get(..length).unwrap_or_default()));
        end += from + length;
    }
    numbers
}

/// Whether these groups are a date, from year to day or from day to year, or two years.
fn is_of_days(groups: &[&str]) -> bool {
    let number = |text: &str| text.parse::<i16>().unwrap_or_default();
    let is_year = |text: &str| text.len() == 4 && (1900..2100).contains(&number(text));
    let is_day = |year: &str, month: &str, day: &str| {
        let small = |text: &str| i8::try_from(number(text)).unwrap_or_default();
        is_year(year) && jiff::civil::Date::new(number(year), small(month), small(day)).is_ok()
    };
    match groups {
        [a, b, c] => is_day(a, b, c) || is_day(c, b, a),
        [a, b] => is_year(a) && is_year(b),
        _ => false,
    }
}

/// Whether these are nine digits that pass the elfproef, as every BSN does.
pub(super) fn is_bsn(digits: &[u8]) -> bool {
    let weights = [9, 8, 7, 6, 5, 4, 3, 2, -1];
    let sum = |sum: i32, (digit, weight): (&u8, i32)| sum + i32::from(digit - b'0') * weight;
    digits.len() == 9
        && digits.iter().all(u8::is_ascii_digit)
        && digits.iter().zip(weights).fold(0, sum) % 11 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purpose_is_some_words_without_a_bsn() {
        let of = |text: &str| Purpose::of(Some(text)).map(|purpose| purpose.0);
        assert_eq!(
            of("  Onderzoek 2026-14 "),
            Ok("Onderzoek 2026-14".to_owned())
        );
        assert_eq!(Purpose::of(None), Err(PurposeError::Missing));
        assert_eq!(of(" \t"), Err(PurposeError::Missing));
        assert_eq!(of("dossier 999900006"), Err(PurposeError::Bsn));
        assert_eq!(
            of("x1999900006y"),
            Err(PurposeError::Bsn),
            "within more digits"
        );
        assert_eq!(of("dossier 999900007"), Ok("dossier 999900007".to_owned()));
        assert_eq!(of("zaak 12345"), Ok("zaak 12345".to_owned()));
    }

    #[test]
    fn a_bsn_that_is_written_apart_or_without_its_zero_is_one_all_the_same() {
        let of = |text: &str| Purpose::of(Some(text)).map(|_| ());
        for text in [
            "dossier 9999.00.006",
            "999 900 006",
            "bsn:9-9-9-9-0-0-0-0-6",
            "9999\u{a0}00\u{2009}006",
            "9999\u{200b}00006",
            "9999 . 00 / 006",
            "in 2026: 999 900 006",
            "client 10000008",
            "client 1000 0008",
        ] {
            assert_eq!(of(text), Err(PurposeError::Bsn), "{text}");
        }
        for text in [
            "999 900 007",
            "9999 of 00006",
            "9999 ... 00006",
            "Onderzoek 2026-14",
            "2026 14 0289",
            // Each passes the elfproef as eight digits.
            "dag 2026-01-06, of 06-01-2026",
            "jaren 2016, 2017",
        ] {
            assert_eq!(of(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn a_purpose_has_no_control_characters_and_no_other_numerals() {
        for text in ["a\nb", "a\u{7}b", "a\u{85}b", "\u{ff19}\u{ff19}", "m\u{b2}"] {
            let refused = Purpose::of(Some(text));
            assert_eq!(refused, Err(PurposeError::Characters), "{text:?}");
        }
        assert!(Purpose::of(Some("1 op de 100; één")).is_ok());
    }

    #[test]
    fn a_purpose_has_so_many_characters_and_not_one_more() {
        let text = "é".repeat(PURPOSE_CHARS_MAX);
        assert_eq!(text.len(), PURPOSE_BYTES_MAX);
        assert!(Purpose::of(Some(&text)).is_ok());
        let wider = text.replacen('é', "€", 1);
        assert_eq!(Purpose::of(Some(&wider)), Err(PurposeError::TooLong));
        let more = format!("{text}é");
        assert_eq!(Purpose::of(Some(&more)), Err(PurposeError::TooLong));
        assert!(!format!("{:?}", Purpose::of(Some("Onderzoek"))).contains("Onderzoek"));
    }
}
