//! Connections: mutual TLS, who is at the other end, limits. It knows parties by the register
//! and hands requests to a router; it reads no messages.

mod admit;
pub mod call;
mod chain;
mod crl;
pub mod figures;
mod files;
mod issuer;
mod limits;
pub mod listen;
pub mod peer;
mod remote_trust;
pub mod revocation;
mod seats;
mod settings;
mod standing;
mod stream;
pub mod tls;
mod trust;

pub use admit::Admitted;
pub use call::{Answer, CallError, Remote, RemoteFiles};
pub use chain::ChainError;
pub use crl::{CRL_BYTES_MAX, CrlError, CrlState};
pub use limits::{ConnectionLimits, ConnectionSettings};
pub use listen::{serve, serve_plain};
pub use peer::Peer;
pub use revocation::{Refused, Revocation};
pub use settings::{AnchorSettings, FetchSettings, NotAPolicy, Stale, TlsSettings};
pub use tls::{TlsError, TlsState};
pub use trust::TrustWarning;
