//! How long to wait: before a message is tried again, and while an endpoint is left alone. Pure: the moment is given, and chance comes from a seed.

use std::time::Duration;

use super::settings::DeliverSettings;

/// Doublings after which a wait grows no more.
const DOUBLINGS_MAX: u32 = 20;

/// No position: by it waits are named that are no message's.
const OF_RESTS: u64 = u64::MAX;

/// Chance that can be repeated: equal seeds give equal waits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chance {
    seed: u64,
}

impl Chance {
    pub(super) fn of(seed: u64) -> Self {
        Self { seed }
    }

    /// The same for one of many: other names, other waits.
    pub(super) fn among(self, name: &str) -> Self {
        // FNV-1a.
        let folded = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |folded, byte| {
                (folded ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
            });
        Self {
            seed: self.seed ^ folded,
        }
    }

    /// How long an endpoint is left alone the `rests`th time.
    fn rest(self, settings: &DeliverSettings, rests: u32) -> Duration {
        let whole = doubled(settings.rest(), rests, settings.at_most());
        // Four fifths of it at least: a half and more are for messages, of which many may wait for one moment.
        whole.mul_f64(0.6 + 0.4 * self.share(OF_RESTS, rests))
    }

    /// A share from a half up to one, other for every name and number.
    fn share(self, name: u64, number: u32) -> f64 {
        // SplitMix64: good enough to spread waits, and nothing rests on it.
        let mut bits = self
            .seed
            .wrapping_add(name.wrapping_mul(0x9e37_79b9_7f4a_7c15))
            .wrapping_add(u64::from(number).wrapping_mul(0xbf58_476d_1ce4_e5b9));
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        let high = u32::try_from(bits >> 32).unwrap_or(u32::MAX);
        0.5 + f64::from(high) / f64::from(u32::MAX) / 2.0
    }

    /// The wait after the `tries`th time that the message at this position was not taken.
    pub(super) fn again_after(
        self,
        settings: &DeliverSettings,
        position: u64,
        tries: u32,
    ) -> Duration {
        let whole = doubled(settings.again_after(), tries, settings.at_most());
        whole.mul_f64(self.share(position, tries))
    }
}

/// `first`, doubled for each time after the first, and never more than `most`.
fn doubled(first: Duration, times: u32, most: Duration) -> Duration {
    let doublings = times.saturating_sub(1).min(DOUBLINGS_MAX);
    first.saturating_mul(1 << doublings).min(most)
}

/// Leaves an endpoint alone that fails again and again, as the trigger rule of StUF 03.01 4.4 stops a batch: after so many failures in a row, or in all.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    in_row: u32,
    in_all: u32,
    /// Set while it is left alone.
    rest: Option<Rest>,
    /// How often it was left alone since it last took something.
    rests: u32,
}

#[derive(Debug, Clone, Copy)]
struct Rest {
    until: Duration,
    /// One message is being tried to see whether it is well again.
    probing: bool,
}

/// What may be tried now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leave {
    /// As many as there is room for.
    All,
    /// One, and nothing while it is under way.
    One,
    /// Nothing before this moment, or before the one that is tried is back where that is past.
    None(Duration),
}

impl Breaker {
    /// What may be tried at this moment.
    pub(super) fn leave(&self, now: Duration) -> Leave {
        match self.rest {
            None => Leave::All,
            Some(rest) if !rest.probing && rest.until <= now => Leave::One,
            Some(rest) => Leave::None(rest.until),
        }
    }

    /// Whether it is left alone.
    pub(super) fn rests(&self) -> bool {
        self.rest.is_some()
    }

    /// One is tried while it is left alone.
    pub(super) fn probe(&mut self) {
        if let Some(rest) = &mut self.rest {
            rest.probing = true;
        }
    }

    /// The one that was tried came back without telling anything of the endpoint.
    pub(super) fn unproven(&mut self) {
        if let Some(rest) = &mut self.rest {
            rest.probing = false;
        }
    }

    /// It took a message. `true`: it had been left alone, which is over.
    pub(super) fn succeeded(&mut self) -> bool {
        self.in_row = 0;
        self.rests = 0;
        if self.rest.take().is_some() {
            self.in_all = 0;
            return true;
        }
        false
    }

    /// It did not take a message. `true`: it is left alone from here on, or again.
    pub(super) fn failed(
        &mut self,
        settings: &DeliverSettings,
        chance: Chance,
        now: Duration,
    ) -> bool {
        self.in_row = self.in_row.saturating_add(1);
        self.in_all = self.in_all.saturating_add(1);
        let proven = self.rest.is_some_and(|rest| rest.probing);
        let over = self.in_row >= settings.failures_in_row_max
            || self.in_all >= settings.failures_in_all_max;
        // What was under way when the rest began says nothing new.
        if !proven && (self.rest.is_some() || !over) {
            return false;
        }
        self.in_all = 0;
        self.rests = self.rests.saturating_add(1);
        let until = now.saturating_add(chance.rest(settings, self.rests));
        self.rest = Some(Rest {
            until,
            probing: false,
        });
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);
    const CHANCE: Chance = Chance { seed: 7 };

    fn rests_until(breaker: &Breaker, now: Duration) -> Duration {
        let Leave::None(until) = breaker.leave(now) else {
            panic!("it is left alone")
        };
        until
    }

    #[test]
    fn endpoints_that_failed_at_one_moment_are_not_all_tried_again_at_one_moment() {
        let settings = DeliverSettings::default();
        let mut untils: Vec<Duration> = (0..50)
            .map(|number| {
                let chance = CHANCE.among(&format!("gemeente-{number}"));
                let mut breaker = Breaker::default();
                for _ in 0..5 {
                    breaker.failed(&settings, chance, S);
                }
                rests_until(&breaker, S)
            })
            .collect();
        untils.sort_unstable();
        untils.dedup();
        let spread = untils[untils.len() - 1].saturating_sub(untils[0]);
        assert!(untils.len() > 40 && spread > S * 8, "{untils:?}");
    }

    #[test]
    fn waits_double_up_to_the_most_and_are_shortened_by_up_to_a_half() {
        let settings = DeliverSettings::default();
        let chance = Chance::of(7);
        for (tries, whole) in [(1, 5), (2, 10), (3, 20), (8, 640), (9, 900), (500, 900)] {
            for position in 0..200 {
                let wait = chance.again_after(&settings, position, tries);
                let whole = S * whole;
                assert!(
                    whole / 2 <= wait && wait <= whole,
                    "{tries} {position}: {wait:?}"
                );
            }
        }
    }

    #[test]
    fn equal_seeds_give_equal_waits_and_others_spread() {
        let settings = DeliverSettings::default();
        let waits = |seed| -> Vec<Duration> {
            (0..50)
                .map(|position| Chance::of(seed).again_after(&settings, position, 9))
                .collect()
        };
        assert_eq!(waits(1), waits(1));
        assert_ne!(waits(1), waits(2));
        let mut spread = waits(1);
        spread.sort_unstable();
        let (first, last) = (spread[0], spread[49]);
        assert!(
            last.saturating_sub(first) > S * 300,
            "{first:?} to {last:?}"
        );
    }

    #[test]
    fn an_endpoint_is_left_alone_after_five_failures_in_a_row_and_not_after_four() {
        let settings = DeliverSettings::default();
        let mut breaker = Breaker::default();
        for _ in 0..4 {
            assert!(!breaker.failed(&settings, CHANCE, S));
        }
        assert!(!breaker.succeeded());
        for _ in 0..4 {
            assert!(!breaker.failed(&settings, CHANCE, S));
        }
        assert_eq!(breaker.leave(S), Leave::All);
        assert!(breaker.failed(&settings, CHANCE, S));
        let until = rests_until(&breaker, S);
        assert!(S * 49 <= until && until <= S * 61, "{until:?}");
        assert_eq!(breaker.leave(until), Leave::One);
    }

    #[test]
    fn an_endpoint_is_left_alone_after_twenty_five_failures_in_all() {
        let settings = DeliverSettings::default();
        let mut breaker = Breaker::default();
        for _ in 0..24 {
            assert!(!breaker.failed(&settings, CHANCE, S));
            breaker.succeeded();
        }
        assert!(breaker.failed(&settings, CHANCE, S));
    }

    #[test]
    fn one_message_shows_whether_it_is_well_again_and_each_failure_doubles_the_rest() {
        let settings = DeliverSettings::default();
        let mut breaker = Breaker::default();
        for _ in 0..5 {
            breaker.failed(&settings, CHANCE, S);
        }
        assert!(
            !breaker.failed(&settings, CHANCE, S * 2),
            "what was under way when it began says nothing new"
        );
        let mut now = rests_until(&breaker, S);
        for rest in [120, 240, 480, 900, 900] {
            assert_eq!(breaker.leave(now), Leave::One);
            breaker.probe();
            assert_ne!(breaker.leave(now), Leave::One, "one is enough");
            assert!(breaker.failed(&settings, CHANCE, now));
            let until = rests_until(&breaker, now);
            assert!(now + S * rest * 4 / 5 <= until && until <= now + S * rest);
            now = until;
        }
        breaker.probe();
        assert!(breaker.succeeded());
        assert_eq!(breaker.leave(now), Leave::All);
        assert!(
            !breaker.failed(&settings, CHANCE, now),
            "counting begins anew"
        );
    }
}
