//! Amounts in cents: volume times tariff, and minutes under a tariff for an hour (TR346, TR418, IV081).
//! Halves of a cent go up.

/// A tariff of a contract, cents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tarief {
    /// For each unit that is declared.
    Unit(u64),
    /// For an hour, declared in minutes.
    Hour(u64),
}

impl Tarief {
    /// The ProductTarief that a Prestatie shows under it: of an hour the rounded tariff of a minute.
    pub fn shown(self) -> u64 {
        match self {
            Self::Unit(cents) => cents,
            Self::Hour(cents) => narrow(rounded_60th(u128::from(cents))),
        }
    }

    /// What a volume costs, cents.
    pub fn amount(self, volume: u32) -> u128 {
        match self {
            Self::Unit(cents) => u128::from(cents) * u128::from(volume),
            Self::Hour(cents) => rounded_60th(u128::from(cents) * u128::from(volume)),
        }
    }
}

/// Whether some tariff of whole cents an hour, that is shown as `shown` cents a minute, makes `amount` of that many minutes.
pub fn some_hour_explains(shown: u64, minutes: u32, amount: u64) -> bool {
    let (shown, minutes, amount) = (i128::from(shown), i128::from(minutes), i128::from(amount));
    if minutes == 0 {
        return amount == 0;
    }
    // Shown: 60 t - 30 <= H <= 60 t + 29. Amount: 60 B - 30 <= H m < 60 B + 30.
    let lowest = (60 * shown - 30)
        .max(0)
        .max(ceil(60 * amount - 30, minutes));
    let highest = (60 * shown + 29).min(ceil(60 * amount + 30, minutes) - 1);
    lowest <= highest
}

/// Least whole number that is not below `number / by`; `by` is above 0.
fn ceil(number: i128, by: i128) -> i128 {
    -(-number).div_euclid(by)
}

/// A sixtieth, to the nearest, halves up.
fn rounded_60th(cents: u128) -> u128 {
    (2 * cents + 60) / 120
}

fn narrow(cents: u128) -> u64 {
    u64::try_from(cents).unwrap_or(u64::MAX)
}
