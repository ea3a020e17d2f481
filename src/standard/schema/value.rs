//! Simple types, compiled: does this text belong to the type, and if not, why not?
//! Knows integers, dates, times and strings as XSD 1.0 defines them; nothing of elements.

use crate::finding::Code;

use super::pattern::Pattern;

/// Built-in type that a simple type is derived from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    /// `xs:string`: white space is kept.
    Text,
    /// `xs:integer`: any number of digits.
    Integer,
    /// `xs:date`.
    Date,
    /// `xs:time`.
    Time,
}

/// A simple type with the facets of all its derivation steps taken together.
#[derive(Clone, Debug)]
pub(crate) struct ValueType {
    /// Name of the type, or of the named type that an anonymous one is derived from.
    pub(crate) name: Box<str>,
    pub(crate) base: Base,
    /// Characters, not bytes.
    pub(crate) min_length: Option<usize>,
    pub(crate) max_length: Option<usize>,
    pub(crate) min: Option<i64>,
    pub(crate) max: Option<i64>,
    /// Values of the enumeration, sorted.
    pub(crate) codes: Option<Box<[Box<str>]>>,
    /// All must match: at most one a derivation step.
    pub(crate) patterns: Box<[Pattern]>,
    /// The patterns as the schema writes them, one a derivation step.
    pub(crate) pattern_sources: Box<[Box<str>]>,
}

/// Years that a date in a message may have, both included. XSD allows any.
pub(crate) const YEARS: std::ops::RangeInclusive<i64> = 1900..=2199;

impl ValueType {
    /// What is wrong with a value; `None` when it belongs to the type and, if it is a date, lies in
    /// [`YEARS`].
    pub(crate) fn fault(&self, value: &str) -> Option<Code> {
        match self.base {
            Base::Text => self.text_fault(value),
            Base::Integer => self.integer_fault(collapse(value)),
            Base::Date => {
                let value = collapse(value);
                match parse_date(value) {
                    None => Some(Code::ValueDate),
                    Some(_) if !self.matches(value) => Some(Code::ValueDate),
                    Some(year) => (!YEARS.contains(&year)).then_some(Code::DateRange),
                }
            }
            Base::Time => {
                let value = collapse(value);
                (!is_time(value) || !self.matches(value)).then_some(Code::ValueTime)
            }
        }
    }

    fn text_fault(&self, value: &str) -> Option<Code> {
        if let Some(codes) = &self.codes
            && codes.binary_search_by(|code| (**code).cmp(value)).is_err()
        {
            return Some(Code::ValueCode);
        }
        // A text has at most as many characters as bytes.
        if let Some(max) = self.max_length
            && value.len() > max
            && value.chars().count() > max
        {
            return Some(Code::ValueLong);
        }
        if let Some(min) = self.min_length
            && (value.len() < min || min > 1 && value.chars().count() < min)
        {
            return Some(Code::ValueShort);
        }
        (!self.matches(value)).then_some(Code::ValuePattern)
    }

    fn integer_fault(&self, value: &str) -> Option<Code> {
        let Some(number) = Number::parse(value) else {
            return Some(Code::ValueInteger);
        };
        if self.min.is_some_and(|min| number.is_below(min)) {
            return Some(Code::ValueMin);
        }
        if self.max.is_some_and(|max| number.is_above(max)) {
            return Some(Code::ValueMax);
        }
        (!self.matches(value)).then_some(Code::ValuePattern)
    }

    fn matches(&self, value: &str) -> bool {
        self.patterns.iter().all(|pattern| pattern.matches(value))
    }
}

/// White space at the ends removed. That is all of `collapse` that matters here: no value of these
/// types may have white space inside.
fn collapse(value: &str) -> &str {
    value.trim_matches([' ', '\t', '\n', '\r'])
}

/// An integer as far as bounds need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Number {
    Exact(i64),
    /// Below every i64.
    Lower,
    /// Above every i64.
    Higher,
}

impl Number {
    fn parse(value: &str) -> Option<Self> {
        let (negative, digits) = match value.as_bytes() {
            [sign @ (b'-' | b'+'), digits @ ..] => (*sign == b'-', digits),
            digits => (false, digits),
        };
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let magnitude = digits.iter().try_fold(0_i64, |sum, digit| {
            sum.checked_mul(10)?.checked_add(i64::from(digit - b'0'))
        });
        Some(match magnitude {
            Some(magnitude) => Self::Exact(if negative { -magnitude } else { magnitude }),
            None if negative => Self::Lower,
            None => Self::Higher,
        })
    }

    fn is_below(self, min: i64) -> bool {
        match self {
            Self::Exact(number) => number < min,
            Self::Lower => true,
            Self::Higher => false,
        }
    }

    fn is_above(self, max: i64) -> bool {
        match self {
            Self::Exact(number) => number > max,
            Self::Lower => false,
            Self::Higher => true,
        }
    }
}

/// The year of a date of XSD 1.0 (`-?YYYY+-MM-DD` and perhaps a time zone); `None` when it is none.
fn parse_date(value: &str) -> Option<i64> {
    let (negative, unsigned) = value
        .strip_prefix('-')
        .map_or((false, value), |rest| (true, rest));
    let (year_digits, rest) = unsigned.split_once('-')?;
    if year_digits.len() < 4
        || year_digits.len() > 4 && year_digits.starts_with('0')
        || !year_digits.bytes().all(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    let magnitude: i64 = year_digits.parse().ok().filter(|year| *year != 0)?;
    let year = if negative { -magnitude } else { magnitude };
    let [m1, m2, b'-', d1, d2, zone @ ..] = rest.as_bytes() else {
        return None;
    };
    let month = two_digits(*m1, *m2)?;
    let day = two_digits(*d1, *d2)?;
    let is_leap = year % 4 == 0 && year % 100 != 0 || year % 400 == 0;
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => return None,
    };
    ((1..=last).contains(&day) && is_zone(zone)).then_some(year)
}

/// Whether it is a time of XSD 1.0: `hh:mm:ss`, perhaps a fraction, perhaps a time zone.
fn is_time(value: &str) -> bool {
    let [h1, h2, b':', m1, m2, b':', s1, s2, rest @ ..] = value.as_bytes() else {
        return false;
    };
    let (Some(hour), Some(minute), Some(second)) = (
        two_digits(*h1, *h2),
        two_digits(*m1, *m2),
        two_digits(*s1, *s2),
    ) else {
        return false;
    };
    let (fraction, zone) = match rest {
        [b'.', after @ ..] => {
            let digits = after
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            if digits == 0 {
                return false;
            }
            after.split_at(digits)
        }
        zone => (&[][..], zone),
    };
    let is_midnight =
        hour == 24 && minute == 0 && second == 0 && fraction.iter().all(|digit| *digit == b'0');
    (is_midnight || hour < 24 && minute < 60 && second < 60) && is_zone(zone)
}

/// Nothing, `Z`, or an offset of at most 14 hours.
fn is_zone(zone: &[u8]) -> bool {
    match zone {
        [] | [b'Z'] => true,
        [b'+' | b'-', h1, h2, b':', m1, m2] => {
            matches!(
                (two_digits(*h1, *h2), two_digits(*m1, *m2)),
                (Some(0..=13), Some(0..=59)) | (Some(14), Some(0))
            )
        }
        _ => false,
    }
}

fn two_digits(tens: u8, ones: u8) -> Option<u8> {
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| (tens - b'0') * 10 + (ones - b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(base: Base) -> ValueType {
        ValueType {
            name: "T".into(),
            base,
            min_length: None,
            max_length: None,
            min: None,
            max: None,
            codes: None,
            patterns: Box::default(),
            pattern_sources: Box::default(),
        }
    }

    #[test]
    fn dates_are_those_of_xsd_1_0() {
        for good in [
            "2024-02-29",
            "-0001-12-31",
            "12026-01-01",
            "2026-01-01Z",
            "2026-01-01-14:00",
            "0400-02-29",
        ] {
            assert!(parse_date(good).is_some(), "{good}");
        }
        for bad in [
            "2026-02-29",
            "1900-02-29",
            "0000-01-01",
            "026-01-01",
            "02026-01-01",
            "2026-13-01",
            "2026-00-01",
            "2026-01-00",
            "2026-04-31",
            "2026-1-1",
            "+2026-01-01",
            "2026-01-01+14:01",
            "2026-01-01z",
            "--01-01",
            "",
            "2026-01-01T00:00:00",
            "99999999999999999999-01-01",
        ] {
            assert_eq!(parse_date(bad), None, "{bad}");
        }
    }

    #[test]
    fn dates_outside_1900_to_2199_have_a_fault_of_their_own() {
        let date = plain(Base::Date);
        assert_eq!(date.fault(" 1900-01-01\n"), None);
        assert_eq!(date.fault("2199-12-31"), None);
        for outside in ["1899-12-31", "2200-01-01", "-2026-01-01", "12026-01-01"] {
            assert_eq!(date.fault(outside), Some(Code::DateRange), "{outside}");
        }
        assert_eq!(date.fault("2026-02-30"), Some(Code::ValueDate));
    }

    #[test]
    fn times_may_have_fractions_and_be_midnight_at_the_end_of_the_day() {
        for good in [
            "00:00:00",
            "23:59:59.999999",
            "24:00:00",
            "24:00:00.0",
            "12:00:00+01:00",
        ] {
            assert!(is_time(good), "{good}");
        }
        for bad in [
            "24:00:01",
            "24:00:00.1",
            "23:60:00",
            "23:59:60",
            "1:00:00",
            "12:00",
            "12:00:00.",
            "12:00:00+15:00",
        ] {
            assert!(!is_time(bad), "{bad}");
        }
    }

    #[test]
    fn integers_have_any_length_and_bounds_hold_for_all_of_them() {
        let number = ValueType {
            min: Some(0),
            max: Some(99),
            ..plain(Base::Integer)
        };
        for good in [
            "0",
            "-0",
            "+5",
            "007",
            " 99\n",
            "0000000000000000000000000000042",
        ] {
            assert_eq!(number.fault(good), None, "{good}");
        }
        assert_eq!(number.fault("-1"), Some(Code::ValueMin));
        assert_eq!(
            number.fault("-99999999999999999999999"),
            Some(Code::ValueMin)
        );
        assert_eq!(number.fault("100"), Some(Code::ValueMax));
        assert_eq!(
            number.fault("99999999999999999999999"),
            Some(Code::ValueMax)
        );
        for bad in ["", "5.0", "1e3", "+", "--1", "5 5", "５", "0x1"] {
            assert_eq!(number.fault(bad), Some(Code::ValueInteger), "{bad}");
        }
    }

    #[test]
    fn lengths_count_characters() {
        let text = ValueType {
            min_length: Some(2),
            max_length: Some(3),
            ..plain(Base::Text)
        };
        assert_eq!(text.fault("\u{1F600}\u{1F600}\u{1F600}"), None);
        assert_eq!(
            text.fault("\u{1F600}\u{1F600}\u{1F600}a"),
            Some(Code::ValueLong)
        );
        assert_eq!(text.fault("\u{1F600}"), Some(Code::ValueShort));
        assert_eq!(text.fault(""), Some(Code::ValueShort));
    }
}
