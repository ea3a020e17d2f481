//! The seven fields of a record, each a text in its one writing: the text is what is hashed. There is no field for a place or for what was done.
//!
//! | | what | example |
//! |---|---|---|
//! | f0 | local day of delivery | `2026-10-03` |
//! | f1 | begin and end, in whole minutes; empty for a result or a rounding | `2026-10-03T09:00+02:00/2026-10-03T09:45+02:00` |
//! | f2 | weight units delivered | `45` |
//! | f3 | who gave the care, under a pseudonym; or empty | 22 characters of base64url |
//! | f4 | row of the card after the visit, by strip or code; or empty | `strip/1/3` |
//! | f5 | when the record was made | `2026-10-03T08:01:12Z` |
//! | f6 | kind | `individueel`, `groep/G7/4`, `etmaal`, `dagdeel`, `resultaat/M2`, `afronding` |

use std::fmt;
use std::str::FromStr;

use crate::delivery::bytes::decode_array;
use crate::delivery::card::ROWS_MAX;
use crate::delivery::date::{Date, Instant, LocalMinute};
use crate::delivery::json::NUMBER_MAX;
use crate::delivery::value::Name;

/// How many fields a record has.
pub const FIELDS: usize = 7;

/// Why texts are no record: which field, 0 to 6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("field f{field} does not fit")]
pub struct RecordError {
    /// Which field.
    pub field: u8,
}

impl RecordError {
    /// Stable code.
    pub fn code(self) -> &'static str {
        "session-field"
    }
}

/// Begin and end of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Minutes since 1970-01-01 00:00 UTC.
    pub begin: u64,
    /// The same; not before `begin`.
    pub end: u64,
}

impl Span {
    /// How long it was, whatever clocks did meanwhile.
    pub fn minutes(self) -> u64 {
        self.end - self.begin
    }
}

/// How far the card was released after a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirmation {
    /// By a code that was typed, and not by a strip.
    pub by_code: bool,
    /// Number of the card.
    pub ver: u32,
    /// The row.
    pub row: u32,
}

/// What kind of delivery a record is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordKind {
    /// To one client.
    Individual,
    /// To a group: which, and how many clients.
    Group {
        /// How many.
        size: u32,
    },
    /// 24 hours.
    Day,
    /// A part of a day.
    DayPart,
    /// A milestone that was agreed on.
    Result,
    /// No delivery: what hours rounded up add to a line.
    Rounding,
}

/// A record: its seven texts and what they say.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    texts: [String; FIELDS],
    date: Date,
    span: Option<Span>,
    weight: u64,
    confirmation: Option<Confirmation>,
    recorded: Instant,
    kind: RecordKind,
}

impl Session {
    /// Reads a record. Err: the first field that is not written as fields are, or does not fit the others.
    pub fn read(texts: [&str; FIELDS]) -> Result<Session, RecordError> {
        let [f0, f1, f2, f3, f4, f5, f6] = texts;
        let wrong = |field| RecordError { field };
        let date: Date = f0.parse().map_err(|_| wrong(0))?;
        let kind = read_kind(f6).ok_or(wrong(6))?;
        let may_lack_span = matches!(kind, RecordKind::Result | RecordKind::Rounding);
        let span = match f1 {
            "" if may_lack_span => None,
            _ => Some(read_span(f1, date).ok_or(wrong(1))?),
        };
        let weight = plain(f2).ok_or(wrong(2))?;
        if !f3.is_empty() && decode_array::<16>(f3).is_none() {
            return Err(wrong(3));
        }
        let confirmation = match f4 {
            "" => None,
            _ => Some(read_confirmation(f4).ok_or(wrong(4))?),
        };
        Ok(Session {
            texts: texts.map(str::to_owned),
            date,
            span,
            weight,
            confirmation,
            recorded: f5.parse().map_err(|_| wrong(5))?,
            kind,
        })
    }

    /// Its seven texts, exactly as they are hashed.
    pub fn texts(&self) -> &[String; FIELDS] {
        &self.texts
    }

    /// The local day of delivery, which decides the month.
    pub fn date(&self) -> Date {
        self.date
    }

    /// Begin and end. None: of some results and roundings.
    pub fn span(&self) -> Option<Span> {
        self.span
    }

    /// Weight units delivered.
    pub fn weight(&self) -> u64 {
        self.weight
    }

    /// How far the card was released after it.
    pub fn confirmation(&self) -> Option<Confirmation> {
        self.confirmation
    }

    /// When it was recorded, by the provider's own clock.
    pub fn recorded(&self) -> Instant {
        self.recorded
    }

    /// What kind of delivery.
    pub fn kind(&self) -> RecordKind {
        self.kind
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session(7 fields)")
    }
}

/// Begin and end, the begin on this day.
fn read_span(text: &str, date: Date) -> Option<Span> {
    let (begin, end) = text.split_once('/')?;
    let (begin, end) = (read::<LocalMinute>(begin)?, read::<LocalMinute>(end)?);
    let span = Span {
        begin: begin.utc,
        end: end.utc,
    };
    (begin.date == date && span.begin <= span.end).then_some(span)
}

fn read_confirmation(text: &str) -> Option<Confirmation> {
    let [kind, ver, row] = three(text)?;
    let by_code = match kind {
        "strip" => false,
        "code" => true,
        _ => return None,
    };
    let confirmation = Confirmation {
        by_code,
        ver: u32::try_from(plain(ver)?).ok()?,
        row: u32::try_from(plain(row)?).ok()?,
    };
    let fits = confirmation.ver > 0 && (1..=ROWS_MAX).contains(&confirmation.row);
    fits.then_some(confirmation)
}

fn read_kind(text: &str) -> Option<RecordKind> {
    match text {
        "individueel" => return Some(RecordKind::Individual),
        "etmaal" => return Some(RecordKind::Day),
        "dagdeel" => return Some(RecordKind::DayPart),
        "afronding" => return Some(RecordKind::Rounding),
        _ => {}
    }
    if let Some(number) = text.strip_prefix("resultaat/") {
        return is_name(number).then_some(RecordKind::Result);
    }
    let [kind, group, size] = three(text)?;
    let size = u32::try_from(plain(size)?).ok()?;
    let fits = kind == "groep" && is_name(group) && size > 0;
    fits.then_some(RecordKind::Group { size })
}

/// A name within a field: no slash in it.
fn is_name(text: &str) -> bool {
    !text.contains('/') && read::<Name>(text).is_some()
}

/// Three parts between slashes.
fn three(text: &str) -> Option<[&str; 3]> {
    let parts: Vec<&str> = text.splitn(4, '/').collect();
    parts.try_into().ok()
}

fn read<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

/// A number in digits, without a sign and without zeros before it.
fn plain(text: &str) -> Option<u64> {
    let number: u64 = read(text)?;
    (number <= NUMBER_MAX && number.to_string() == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: [&str; FIELDS] = [
        "2026-10-03",
        "2026-10-03T09:00+02:00/2026-10-03T09:45+02:00",
        "45",
        "AAAAAAAAAAAAAAAAAAAAAA",
        "strip/1/3",
        "2026-10-03T08:01:12Z",
        "individueel",
    ];

    fn with(field: usize, text: &'static str) -> Result<Session, RecordError> {
        let mut texts = GOOD;
        texts[field] = text;
        Session::read(texts)
    }

    #[test]
    fn a_record_says_what_its_fields_say() {
        let session = Session::read(GOOD).unwrap();
        assert_eq!(session.span().unwrap().minutes(), 45);
        assert_eq!(
            (session.weight(), session.kind()),
            (45, RecordKind::Individual)
        );
        let confirmation = Confirmation {
            by_code: false,
            ver: 1,
            row: 3,
        };
        assert_eq!(session.confirmation(), Some(confirmation));
        assert_eq!(session.texts().each_ref().map(String::as_str), GOOD);
        assert_eq!(format!("{session:?}"), "Session(7 fields)");
    }

    #[test]
    fn every_field_has_one_writing() {
        let wrong: [(usize, &[&'static str]); FIELDS] = [
            (0, &["", "2026-10-3", "2026-02-30", "2026-10-03 "]),
            (
                1,
                &[
                    "",
                    "2026-10-03T09:00+02:00",
                    "2026-10-03T09:45+02:00/2026-10-03T09:00+02:00",
                    "2026-10-04T09:00+02:00/2026-10-04T09:45+02:00",
                    "2026-10-03T09:00+02:00/2026-10-03T09:45+02:00/",
                    "2026-10-03T09:00:30+02:00/2026-10-03T09:45:00+02:00",
                ],
            ),
            (
                2,
                &["", "045", "-45", "4.5", "45 ", "9007199254740992", "+45"],
            ),
            (
                3,
                &[
                    "AAAAAAAAAAAAAAAAAAAAAA==",
                    "AAAAAAAAAAAAAAAAAAAAAB",
                    "AAAA",
                    "Jansen",
                ],
            ),
            (
                4,
                &[
                    "strip",
                    "strip/1",
                    "strip/0/3",
                    "strip/1/0",
                    "strip/1/4097",
                    "strip/01/3",
                    "streep/1/3",
                    "strip/1/3/4",
                ],
            ),
            (5, &["", "2026-10-03T08:01Z", "2026-10-03T08:01:12+00:00"]),
            (
                6,
                &[
                    "",
                    "Individueel",
                    "groep",
                    "groep/G7",
                    "groep//4",
                    "groep/G7/0",
                    "groep/G7/4/5",
                    "resultaat/",
                    "resultaat/a/b",
                    "thuis",
                ],
            ),
        ];
        for (field, texts) in wrong {
            for text in texts {
                let error = RecordError {
                    field: u8::try_from(field).unwrap(),
                };
                assert_eq!(with(field, text), Err(error), "{text}");
            }
        }
        for kind in [
            "groep/G7/4",
            "etmaal",
            "dagdeel",
            "resultaat/M2",
            "afronding",
        ] {
            assert!(with(6, kind).is_ok(), "{kind}");
        }
    }

    #[test]
    fn a_result_and_a_rounding_need_no_begin() {
        for kind in ["resultaat/M2", "afronding"] {
            let mut texts = GOOD;
            (texts[1], texts[6]) = ("", kind);
            assert!(Session::read(texts).is_ok(), "{kind}");
        }
    }

    #[test]
    fn a_night_in_which_clocks_change_has_its_real_minutes() {
        let minutes = |text| with_date(text).span().unwrap().minutes();
        // From 23:00 to 07:00: eight hours, but nine in the night in which summer time ends and seven in the one in which it begins.
        assert_eq!(
            minutes([
                "2026-10-24",
                "2026-10-24T23:00+02:00/2026-10-25T07:00+01:00"
            ]),
            540
        );
        assert_eq!(
            minutes([
                "2026-03-28",
                "2026-03-28T23:00+01:00/2026-03-29T07:00+02:00"
            ]),
            420
        );
        // Over the end of a month it is one record, of the day on which it began.
        assert_eq!(
            minutes([
                "2026-10-31",
                "2026-10-31T23:00+01:00/2026-11-01T07:00+01:00"
            ]),
            480
        );
    }

    fn with_date([date, span]: [&'static str; 2]) -> Session {
        let mut texts = GOOD;
        (texts[0], texts[1]) = (date, span);
        Session::read(texts).unwrap()
    }
}
