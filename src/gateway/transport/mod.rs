//! Connections: mutual TLS, who is at the other end, limits. It knows parties by the register
//! and hands requests to a router; it reads no messages.

mod admit;
pub mod call;
mod crl;
pub mod figures;
mod limits;
pub mod listen;
pub mod peer;
mod seats;
mod standing;
mod stream;
pub mod tls;
mod trust;

pub use admit::Admitted;
pub use call::{Answer, CallError, Remote, RemoteFiles};
pub use crl::{CRL_BYTES_MAX, CrlError, CrlState};
pub use limits::{ConnectionLimits, ConnectionSettings};
pub use listen::{serve, serve_plain};
pub use peer::Peer;
pub use tls::{AnchorSettings, TlsError, TlsSettings, TlsState};
pub use trust::{ChainError, TrustWarning};
