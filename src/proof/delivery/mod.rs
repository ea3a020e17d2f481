//! Proof that invoiced care was confirmed and written down, without a word about the care: statements of provider and municipality, strip cards of clients, records
//! of visits under salts, sum trees over them, draws and verdicts. Its forms are those of `SPEC.md`, part II.
//!
//! Pure, as the rest of the library: whoever calls brings time, randomness, keys, and what was received before. What it does **not** do: it knows no messages of the
//! standard (whoever calls gives the facts of a line), keeps nothing, and does not tell whether care *happened*. Sealing of openings (HPKE) is not built: an opening is made
//! and verified here, and how it reaches its reader is the caller's.

mod bytes;
mod card;
mod claim;
mod date;
mod fields;
mod json;
mod key;
mod signed;
mod statement;
mod subject;
mod tag;
mod value;

#[cfg(test)]
mod tests;

pub use bytes::Secret;
pub use card::{
    Answer, CODES_WRONG_MAX, CardFacts, CardId, CardStatement, Code, CodeError, CodeKey, Confirmed,
    Issued, QrError, ROWS_MAX, Released, Revocation, Strip, StripClaim, StripFault, StripProof,
    StripQr, TOEWIJZING_MAX, confirmed, quanta,
};
pub use claim::Claim;
pub use date::{Date, DateError, Instant, Month};
pub use json::JsonFault;
pub use key::{Key, NfKey, Role};
pub use signed::{Kid, SIGNED_BYTES_MAX, Signed, SignedError, StatementSigner};
pub use statement::{OPENING_BYTES_MAX, STATEMENT_BYTES_MAX, Statement, StatementError};
pub use subject::Subject;
pub use value::{
    AgbCode, DeclaratieNummer, Gemeente, Law, Name, ProductCategorie, ProductCode,
    ReferentieNummer, Unit, ValueError,
};
