//! Counting days, weeks, Sundays and months in a period of whole days, both ends included.
//! A week is Monday to Sunday, as ISO 8601 has it; a period that ends before it begins holds nothing.

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::Term;

/// Days since 1 January 1970, a Thursday.
fn day_number(day: Date) -> i64 {
    const EPOCH: Date = jiff::civil::date(1970, 1, 1);
    EPOCH.duration_until(day).as_hours() / 24
}

/// Number of the week of a day: weeks begin on Monday.
fn week_number(day: Date) -> i64 {
    (day_number(day) + 3).div_euclid(7)
}

/// Sundays up to and including the day with this number, since one fixed day.
fn sundays_until(day_number: i64) -> i64 {
    (day_number + 4).div_euclid(7)
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// Days from `begin` to `end`.
pub fn days(begin: Date, end: Date) -> u64 {
    count(day_number(end) - day_number(begin) + 1)
}

/// Weeks of which at least one day lies in the period (IV077, effort).
pub fn weeks_touched(begin: Date, end: Date) -> u64 {
    if end < begin {
        return 0;
    }
    count(week_number(end) - week_number(begin) + 1)
}

/// Sundays in the period (IV077, output).
pub fn sundays(begin: Date, end: Date) -> u64 {
    count(sundays_until(day_number(end)) - sundays_until(day_number(begin) - 1))
}

/// Calendar months of which at least one day lies in the period.
pub fn months(begin: Date, end: Date) -> u64 {
    if end < begin {
        return 0;
    }
    let number = |day: Date| i64::from(day.year()) * 12 + i64::from(day.month());
    count(number(end) - number(begin) + 1)
}

/// The last Sunday of a term that ends; `None` when no Sunday is in it, or no end.
pub fn last_sunday(term: Term) -> Option<Date> {
    let end = term.end?;
    let back = i64::from(end.weekday().to_sunday_zero_offset());
    let sunday = end.checked_sub(back.days()).ok()?;
    (sunday >= term.begin).then_some(sunday)
}

/// First day of the month.
pub fn first_of_month(day: Date) -> Date {
    day.first_of_month()
}

/// Last day of the month.
pub fn last_of_month(day: Date) -> Date {
    day.last_of_month()
}

/// First day that a ProductPeriode in the month of `begin` should have: that of the month, or of the allocation when it begins in that
/// month (TR387).
pub fn expected_begin(begin: Date, term: Term) -> Date {
    let first = first_of_month(begin);
    if first_of_month(term.begin) == first {
        term.begin
    } else {
        first
    }
}

/// Last day that a ProductPeriode in the month of `end` should have: that of the month, or of the allocation when it ends in that month
/// (TR388).
pub fn expected_end(end: Date, term: Term) -> Date {
    let last = last_of_month(end);
    match term.end {
        Some(of_term) if last_of_month(of_term) == last => of_term,
        _ => last,
    }
}
