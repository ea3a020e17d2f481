//! Records of visits, which stay with the provider: their seven fields, the salts that hide each of them, the values by which a visit is known twice, and the day roots
//! that show when a record was there.

mod bsn;
mod commitment;
mod day;
mod fields;
mod late;
mod nf;
mod secrets;

pub use bsn::Bsn;
pub use commitment::{Commitment, Uid, commitment_of, field_digest};
pub use day::{DAY_RECORDS_MAX, DayError, DayStatement, DayTree, day_size};
pub use fields::{Confirmation, FIELDS, RecordError, RecordKind, Session, Span};
pub use late::{is_late, on_time_before};
pub use nf::{Nf, NfSecret};
pub use secrets::{AllocationKey, ProviderSecret};
