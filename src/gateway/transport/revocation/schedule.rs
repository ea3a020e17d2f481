//! When a list is fetched again. Pure: what is known is given, and chance too.

use std::time::Duration;

use jiff::SignedDuration;

/// The wait after the first failure; doubled for each further one.
const AGAIN_AFTER: Duration = Duration::from_mins(1);
/// However near its nextUpdate is, a list is not fetched more often than this.
const AT_LEAST: Duration = Duration::from_mins(5);
/// Doublings after which the wait grows no more: past every setting of an hour or a day.
const DOUBLINGS_MAX: u32 = 16;
/// By how much of itself a wait is shortened at most.
const SHORTENED_MAX: f64 = 0.2;

/// How long to wait before a list is fetched again.
///
/// `every`: the usual wait. `left`: the time until the nextUpdate of what was last taken, negative when it is past. `failures`: how often in a row it could
/// not be taken. `chance`: 0 to 1, so that many gateways do not ask at the same moment.
pub(super) fn wait(
    every: Duration,
    left: Option<SignedDuration>,
    failures: u32,
    chance: f64,
) -> Duration {
    let usual = match failures {
        0 => every,
        times => {
            let doublings = times.saturating_sub(1).min(DOUBLINGS_MAX);
            AGAIN_AFTER.saturating_mul(1 << doublings).min(every)
        }
    };
    // Half of what is left leaves room for a second try before the list ends.
    let before_it_ends = left.map(|left| {
        let left = Duration::try_from(left).unwrap_or_default();
        (left / 2).max(AT_LEAST)
    });
    let wait = before_it_ends.map_or(usual, |before| before.min(usual));
    wait.mul_f64(1.0 - chance.clamp(0.0, 1.0) * SHORTENED_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    fn left(minutes: i64) -> SignedDuration {
        SignedDuration::from_mins(minutes)
    }

    #[test]
    fn a_list_is_fetched_every_hour_and_sooner_when_it_is_about_to_end() {
        assert_eq!(wait(HOUR, None, 0, 0.0), HOUR);
        assert_eq!(wait(HOUR, Some(left(24 * 60)), 0, 0.0), HOUR);
        assert_eq!(wait(HOUR, Some(left(120)), 0, 0.0), HOUR);
        assert_eq!(wait(HOUR, Some(left(60)), 0, 0.0), Duration::from_mins(30));
        assert_eq!(wait(HOUR, Some(left(10)), 0, 0.0), AT_LEAST);
        assert_eq!(wait(HOUR, Some(left(-600)), 0, 0.0), AT_LEAST, "stale");
    }

    #[test]
    fn chance_shortens_a_wait_by_a_fifth_at_most() {
        assert_eq!(wait(HOUR, None, 0, 1.0), Duration::from_mins(48));
        assert_eq!(wait(HOUR, None, 0, 0.5), Duration::from_mins(54));
    }

    #[test]
    fn what_failed_is_tried_again_soon_then_less_often_and_never_less_than_usual() {
        for (failures, minutes) in [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (400, 60)] {
            let found = wait(HOUR, None, failures, 0.0);
            assert_eq!(found, Duration::from_mins(minutes), "{failures}");
        }
        assert_eq!(wait(HOUR, Some(left(-600)), 7, 0.0), AT_LEAST);
        assert_eq!(wait(HOUR, Some(left(-600)), 1, 0.0), AGAIN_AFTER);
    }
}
