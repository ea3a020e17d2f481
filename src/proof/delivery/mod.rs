//! Proof that invoiced care was confirmed and written down, without a word about the care: statements of provider and municipality, strip cards of clients, records
//! of visits under salts, sum trees over them, draws and verdicts. Its forms are those of `SPEC.md`, part II.
//!
//! Pure, as the rest of the library: whoever calls brings time, randomness, keys, and what was received before. What it does **not** do: it knows no messages of the
//! standard (whoever calls gives the facts of a line), keeps nothing, and does not tell whether care *happened*. Sealing of openings (HPKE) is not built: an opening is made
//! and verified here, and how it reaches its reader is the caller's.
//!
//! ```
//! use knooppunt_proof::delivery::{CardFacts, Issued, Law, Released, Secret, Statement, StripQr, Unit, quanta};
//!
//! // A municipality makes a card of 48 quarters of an hour, prints it, and forgets its secret (which is random, and so is the salt).
//! let card = Issued::new(
//!     CardFacts {
//!         law: Law::Jw,
//!         gem: "0363".parse().unwrap(),
//!         agb: "41234567".parse().unwrap(),
//!         toew: 123_456_789,
//!         ver: 1,
//!         unit: Unit::Hour,
//!         quantum: 15,
//!         rows: 48,
//!         salt: *b"sixteen bytes...",
//!     },
//!     &Secret::new(*b"an example of thirty-two bytes !"),
//! );
//! let stated = Statement::of(card.statement.clone()).unwrap();
//! assert!(stated.bytes().starts_with(br#"{"v":1,"typ":"knooppunt-card","law":"jw""#));
//!
//! // After a visit of 50 minutes the client shows the third row, and the provider sees at once that it is right.
//! let row = quanta(50, 15);
//! let shown = StripQr { card: card.id, row, strip: card.strip(row).unwrap() }.to_string();
//! let scanned: StripQr = shown.parse().unwrap();
//! let mut released = Released::new(card.statement, None);
//! assert_eq!(scanned.row, 3);
//! assert!(released.keep(scanned.row, scanned.strip));
//! // Nobody makes the fourth of it.
//! assert!(!released.keep(4, scanned.strip));
//! ```

mod bytes;
mod card;
mod claim;
mod date;
mod draw;
mod fields;
mod json;
mod key;
mod line;
mod record;
mod signed;
mod statement;
mod subject;
mod tag;
mod tree;
mod value;
mod verdict;
mod writer;

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
pub use draw::{
    DRAWS_MAX, DayProof, Draw, DrawOpen, DrawOutcome, DrawResult, DrawScope, Drawable, Drawn,
    DrawnLine, Field, NonceReveal, Opening, OpeningError, OpeningFinding, Population,
    PopulationError, Seed, Step,
};
pub use json::JsonFault;
pub use key::{Key, NfKey, Role};
pub use line::{
    DEPTH_NONE, DeclaredLine, DoorError, LineCheck, LineFinding, LineName, LineReport,
    LineStatement, STRIPS_MAX, VOLUME_MAX, admit, check_line,
};
pub use record::{
    AllocationKey, Bsn, Commitment, Confirmation, DAY_RECORDS_MAX, DayError, DayStatement, DayTree,
    FIELDS, Nf, NfSecret, ProviderSecret, RecordError, RecordKind, Session, Span, Uid,
    commitment_of, day_size, field_digest, is_late, on_time_before,
};
pub use signed::{Kid, SIGNED_BYTES_MAX, Signed, SignedError, StatementSigner};
pub use statement::{OPENING_BYTES_MAX, STATEMENT_BYTES_MAX, Statement, StatementError};
pub use subject::Subject;
pub use tree::{
    Context, DEPTHS, Entry, Layout, LayoutError, Leaf, NfList, NfListError, Node, Opened,
    OpenedError, Sibling, SumTree, SumTreeError, depth_for, rounding_max, volume_of,
};
pub use value::{
    AgbCode, DeclaratieNummer, Gemeente, Law, Name, ProductCategorie, ProductCode,
    ReferentieNummer, Unit, ValueError,
};
pub use verdict::{
    Bounds, Check, Checks, Drawings, Level, Outcome, REASONS_MAX, Reason, Verdict, conclude,
    upper95_bp,
};
