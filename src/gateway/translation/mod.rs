//! Products in the path of a message: the municipality knows them by its own codes, the provider by canonical ones, and each gets the form that is his.
//!
//! What is known of an allocation goes before the tables: a 301 leaves what its products were and became, and all that follows on it goes by that, whatever the
//! tables say since. Tables are asked about what is new, between two parties who both agreed. A message is translated whole or not at all, and only when the way
//! back gives every byte again ([`step`]). Here nothing is judged, stored or sent: `intake` asks, the ledger keeps.

mod lore;
mod said;
mod step;
mod tables;

pub(crate) use lore::Lore;
pub(crate) use step::{Asking, Done};
pub use tables::{CatalogueSettings, Tables, TablesError, Translations};

/// Why the products of a message were not translated although they were to be: stable codes, beside those of the catalogue.
pub(crate) mod why {
    /// A field is written in a way that would not come back: with a comment, a reference or a leading zero in it.
    pub(crate) const WRITTEN: &str = "written-otherwise";
    /// A field would come or go: a value can only be replaced.
    pub(crate) const FIELDS: &str = "other-fields";
    /// Volume times tariff would be another amount.
    pub(crate) const AMOUNT: &str = "other-amount";
    /// Two products of one client would become the same in the same days (M11).
    pub(crate) const COLLAPSE: &str = "collapse";
    /// A provider chose the code under an allocation without one, and there is no table that knows what it is.
    pub(crate) const NO_TABLE: &str = "no-table";
    /// More products than are remembered of one allocation, or of one message without allocations.
    pub(crate) const MANY: &str = "too-many-products";
    /// The way back gives something else.
    pub(crate) const NO_WAY_BACK: &str = "no-way-back";
    /// The rules of levels 1 and 2 say something else of the other form.
    pub(crate) const OTHER_FINDINGS: &str = "other-findings";
    /// The other form is larger than a message may be.
    pub(crate) const TOO_LARGE: &str = "too-large";
    /// What was kept of the message that is answered is damaged.
    pub(crate) const DAMAGED: &str = "damaged";
}
