//! When a record counts as written down in time. What midnight in Amsterdam is on a day, the caller says: this library has no table of time zones.

use crate::delivery::date::Date;

/// The day at whose beginning, 00:00 in Europe/Amsterdam, a record of this day of delivery is late: the fourth after it. None: beyond the calendar.
pub fn on_time_before(delivered: Date) -> Option<Date> {
    delivered.plus_days(4)
}

/// Whether a record is late. `receipt_time` is when witnesses saw the day root that holds it (None: none did), `midnight` when the day of [`on_time_before`] begins in
/// Europe/Amsterdam; both in seconds since 1970.
pub fn is_late(receipt_time: Option<u64>, midnight: u64) -> bool {
    receipt_time.is_none_or(|time| time >= midnight)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_in_time_until_the_fourth_day_after_it_begins() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        // A Friday's visit can wait until Monday is over.
        assert_eq!(on_time_before(day("2026-10-30")), Some(day("2026-11-03")));
        assert_eq!(on_time_before(day("9999-12-30")), None);
        // In Amsterdam 3 November 2026 begins at 23:00 UTC of the day before.
        let midnight = day("2026-11-02").days() * 86_400 + 23 * 3_600;
        assert!(!is_late(Some(midnight - 1), midnight));
        assert!(is_late(Some(midnight), midnight));
        assert!(is_late(None, midnight));
    }
}
