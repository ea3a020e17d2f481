//! Arithmetic of the rules on declarations: weeks, Sundays and months, limits of an allocation, amounts in cents.
//! Whole numbers only. Knows no rule and no message.

mod amount;
mod calendar;
mod limit;
#[cfg(test)]
mod tests;

pub use amount::{Tarief, some_hour_explains};
pub use calendar::{
    days, expected_begin, expected_end, first_of_month, last_of_month, last_sunday, months,
    sundays, weeks_touched,
};
pub use limit::{Size, Term, Variant, factor};
