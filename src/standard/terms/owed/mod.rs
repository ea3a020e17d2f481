//! What a party owes that no answer by name ends: a decision on a request, the report of a start, the report of a stop. Worked out from what messages change in
//! the past of their scope, one message after the other.
//!
//! Knows what passed and nothing else. A decision is owed from the receipt of the request (OP274, OP346). That care began or ended is told by the very message
//! that is owed, so only two of the terms of OP271 and OP272 can be known before it comes: the start under an allocation that was made with retroactive effect,
//! and the stop of care whose allocation has ended. Both presume what no message says; see [`Owed::term`].

mod key;
mod row;
mod step;

pub use key::OwedKey;
pub use row::{MessageName, Owed, Running};
pub use step::{Settles, Step, Taken, steps, unknown};

#[cfg(test)]
mod tests;
