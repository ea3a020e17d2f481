//! Products in the path of a message: the municipality knows them by its own codes, the provider by canonical ones, and each gets the form that is his.
//!
//! What is known of an allocation goes before the tables: a 301 leaves what its products were and became, and all that follows on it goes by that, whatever the
//! tables say since. Tables are asked about what is new, between two parties who both agreed. A message is translated whole or not at all, and only when the way
//! back gives every byte again ([`step`]). Here nothing is judged, stored or sent: `intake` asks, the ledger keeps.

mod apart;
mod lore;
mod packed;
mod said;
mod step;
mod tables;
pub(crate) mod why;

pub(crate) use lore::Lore;
pub use packed::PackedTables;
pub(crate) use step::{Asking, Done};
pub use tables::{CatalogueSettings, Tables, TablesError, Translations};
