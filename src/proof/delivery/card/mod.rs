//! Strip cards: a chain of values of which a client releases one for each delivered quantum, from the first to the last. Whoever holds value `i` can make all below it and
//! none above; so one value shows that so many were released, and not when.

mod code;
mod issued;
mod qr;
mod released;
mod revoke;
mod statement;
mod strip;
mod strips;

pub use code::{Answer, Code, CodeError, CodeKey};
pub use issued::Issued;
pub use qr::{QrError, StripQr};
pub use released::{CODES_WRONG_MAX, Released, StripFault};
pub use revoke::Revocation;
pub use statement::{CardFacts, CardStatement, ROWS_MAX, TOEWIJZING_MAX, quanta};
pub use strip::{CardId, Strip};
pub use strips::{Confirmed, StripClaim, StripProof, confirmed};
