//! How much false money draws leave possible: exact, in whole numbers, so that every program says the same.

use std::cmp::Ordering;

use crate::delivery::draw::DRAWS_MAX;

/// All of it, in hundredths of a percent.
const WHOLE: u32 = 10_000;

/// The least share `b`, in hundredths of a percent, of which so few bad draws would be seen in at most one of twenty cases: P(X <= bad of k draws, each bad with
/// probability b / 10,000) <= 0.05. 10,000 where draws exclude nothing, as when all were bad or there were none. `k` at most [`DRAWS_MAX`]; more count as so many.
pub fn upper95_bp(k: u32, bad: u32) -> u32 {
    let k = k.min(DRAWS_MAX);
    if bad >= k {
        return WHOLE;
    }
    // The probability falls as the share grows, and is 0 at the whole.
    let (mut low, mut high) = (0, WHOLE);
    while low < high {
        let middle = u32::midpoint(low, high);
        if is_unlikely(k, bad, middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    high
}

/// Whether this is that share: quicker than finding it.
pub(super) fn is_upper95_bp(k: u32, bad: u32, share: u64) -> bool {
    let Some(share) = u32::try_from(share).ok().filter(|share| *share <= WHOLE) else {
        return false;
    };
    let k = k.min(DRAWS_MAX);
    if bad >= k {
        return share == WHOLE;
    }
    let less = share.checked_sub(1);
    is_unlikely(k, bad, share) && less.is_some_and(|less| !is_unlikely(k, bad, less))
}

/// Whether 20 x sum over i <= bad of C(k, i) b^i (10,000 - b)^(k - i) <= 10,000^k. `bad` is below `k`.
fn is_unlikely(k: u32, bad: u32, share: u32) -> bool {
    let rest = WHOLE - share;
    if rest == 0 {
        return true;
    }
    let mut term = Natural::power(rest, k);
    let mut sum = term.clone();
    for i in 0..bad {
        // From C(k, i) b^i q^(k - i) to the next: times (k - i) b, by (i + 1) q, which leaves no rest.
        term.times(k - i);
        term.times(share);
        term.by(i + 1);
        term.by(rest);
        sum.plus(&term);
    }
    sum.times(20);
    sum.compare(&Natural::power(WHOLE, k)) != Ordering::Greater
}

/// A natural number: digits of 32 bits, the least first, no zeros at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Natural(Vec<u32>);

/// A number of 64 bits as its digit and what is carried.
fn split(value: u64) -> (u32, u64) {
    let digit = u32::try_from(value & u64::from(u32::MAX)).unwrap_or(u32::MAX);
    (digit, value >> 32)
}

impl Natural {
    fn power(base: u32, exponent: u32) -> Natural {
        let mut power = Natural(vec![1]);
        for _ in 0..exponent {
            power.times(base);
        }
        power
    }

    fn times(&mut self, factor: u32) {
        let mut carry = 0;
        for digit in &mut self.0 {
            let product = u64::from(*digit) * u64::from(factor) + carry;
            (*digit, carry) = split(product);
        }
        self.carried(carry);
    }

    fn plus(&mut self, other: &Natural) {
        let more = other.0.len().saturating_sub(self.0.len());
        self.0.extend(std::iter::repeat_n(0, more));
        let mut carry = 0;
        let others = other.0.iter().copied().chain(std::iter::repeat(0));
        for (digit, other) in self.0.iter_mut().zip(others) {
            let sum = u64::from(*digit) + u64::from(other) + carry;
            (*digit, carry) = split(sum);
        }
        self.carried(carry);
    }

    fn by(&mut self, divisor: u32) {
        let divisor = u64::from(divisor.max(1));
        let mut rest = 0;
        for digit in self.0.iter_mut().rev() {
            let value = rest << 32 | u64::from(*digit);
            (*digit, _) = split(value / divisor);
            rest = value % divisor;
        }
        self.trim();
    }

    fn carried(&mut self, carry: u64) {
        if carry > 0 {
            self.0.push(split(carry).0);
        }
        self.trim();
    }

    fn trim(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }

    fn compare(&self, other: &Natural) -> Ordering {
        let lengths = self.0.len().cmp(&other.0.len());
        lengths.then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_are_those_of_the_design() {
        assert_eq!(upper95_bp(59, 0), 496);
        assert_eq!(upper95_bp(59, 1), 779);
        assert_eq!(upper95_bp(5, 0), 4_508);
    }

    #[test]
    fn draws_that_show_nothing_exclude_nothing() {
        for (k, bad) in [(0, 0), (0, 5), (5, 5), (5, 9), (1_000, 1_000)] {
            assert_eq!(upper95_bp(k, bad), WHOLE);
        }
        assert_eq!(upper95_bp(1, 0), 9_500);
    }

    #[test]
    fn the_draws_that_a_share_needs_are_those_of_the_design() {
        // For 95 % confidence: 1 % takes 299, 2 % 149, 3 % 99, 5 % 59, 10 % 29, and one less is not enough.
        for (share, k) in [(100, 299), (200, 149), (300, 99), (500, 59), (1_000, 29)] {
            assert!(upper95_bp(k, 0) <= share);
            assert!(upper95_bp(k - 1, 0) > share);
        }
    }

    #[test]
    fn small_cases_are_what_a_count_of_all_outcomes_gives() {
        // All 2^k outcomes, each with its weight, in 128 bits.
        let counted = |k: u32, bad: u32, share: u128| {
            let weight = |outcome: u32| {
                let ones = outcome.count_ones();
                let weight = share.pow(ones) * (10_000 - share).pow(k - ones);
                if ones <= bad { weight } else { 0 }
            };
            20 * (0..1u32 << k).map(weight).sum::<u128>() <= 10_000u128.pow(k)
        };
        for k in 1..=7 {
            for bad in 0..k {
                let bound = upper95_bp(k, bad);
                let told = |share: u32| is_upper95_bp(k, bad, share.into());
                assert!(told(bound) && !told(bound - 1) && !told(bound + 1));
                assert!(counted(k, bad, u128::from(bound)), "{k} {bad}");
                assert!(!counted(k, bad, u128::from(bound - 1)), "{k} {bad}");
            }
        }
    }

    #[test]
    fn more_bad_draws_leave_more_possible_and_more_draws_less() {
        for k in [5, 29, 59] {
            let bounds: Vec<u32> = (0..=k).map(|bad| upper95_bp(k, bad)).collect();
            assert!(bounds.is_sorted_by(|one, next| one < next || *next == WHOLE));
        }
        let bounds: Vec<u32> = [1, 5, 10, 100, 1_000].map(|k| upper95_bp(k, 0)).to_vec();
        assert!(bounds.is_sorted_by(|one, next| one > next));
    }
}
