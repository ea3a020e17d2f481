//! Why a list was not taken.

use std::path::PathBuf;

use crate::fault::Fault;

/// Why no list was taken from a place. What was there before stays. No text has anything of what came but the name of its issuer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// The address is none.
    #[error("the address is not http://name[:port]/path")]
    Address,
    /// Nobody listens there, or the name is not known.
    #[error("cannot connect: {0}")]
    Connect(std::io::Error),
    /// The answer is no HTTP, or the connection broke before it was there whole.
    #[error("the connection broke, or the answer is no HTTP")]
    Broken,
    /// No whole answer in time.
    #[error("no whole answer in time")]
    Timeout,
    /// Another status than 200; redirects are not followed.
    #[error("answered with status {0}")]
    Status(u16),
    /// Larger than it may be.
    #[error("larger than {0} bytes")]
    TooLarge(u64),
    /// A file or folder could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// There are no files in the folder.
    #[error("the folder is empty")]
    Empty,
    /// Not a complete list of version 2 with a nextUpdate, in DER or PEM.
    #[error("not a revocation list that can be used")]
    NotAList,
    /// No certificate that the configuration or the register names is its issuer.
    #[error(
        "its issuer, {issuer}, is none of ours: add its certificate to the intermediates of its anchor, or to the roots of the endpoint"
    )]
    IssuerUnknown {
        /// The issuer that it names.
        issuer: String,
    },
    /// The issuer that it names did not sign it.
    #[error("it is not signed by {issuer}")]
    Signature {
        /// The issuer that it names.
        issuer: String,
    },
    /// It was made before the one that is there.
    #[error("it is older than the one of {issuer} that is here")]
    Older {
        /// Its issuer.
        issuer: String,
    },
    /// It has ended, and the one that is there has not, or later.
    #[error("it has ended, before the one of {issuer} that is here")]
    Ended {
        /// Its issuer.
        issuer: String,
    },
    /// Its thisUpdate is in the future: its clock or ours is wrong.
    #[error("it is of a moment that is still to come, says {issuer}")]
    NotYet {
        /// Its issuer.
        issuer: String,
    },
    /// It is good and in force, but not on the disk.
    #[error("the one of {issuer} is in force, but could not be kept in {}: {source}", path.display())]
    NotKept {
        /// Its issuer.
        issuer: String,
        /// Where it should be.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// A bug of ours.
    #[error("a bug of the gateway")]
    Bug,
}

impl Refused {
    /// Stable name, for metrics and logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Address => "crl-address",
            Self::Connect(_) => "crl-connect",
            Self::Broken => "crl-broken",
            Self::Timeout => "crl-timeout",
            Self::Status(_) => "crl-status",
            Self::TooLarge(_) => "crl-too-large",
            Self::Unreadable { .. } => "crl-unreadable",
            Self::Empty => "crl-empty",
            Self::NotAList => "crl-not-a-list",
            Self::IssuerUnknown { .. } => "crl-issuer-unknown",
            Self::Signature { .. } => "crl-signature",
            Self::Older { .. } => "crl-older",
            Self::Ended { .. } => "crl-ended",
            Self::NotYet { .. } => "crl-not-yet",
            Self::NotKept { .. } => "crl-not-kept",
            Self::Bug => "crl-bug",
        }
    }

    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Address
            | Self::Unreadable { .. }
            | Self::Empty
            | Self::IssuerUnknown { .. }
            | Self::NotKept { .. }
            | Self::Bug => Fault::Ours,
            Self::Connect(_)
            | Self::Broken
            | Self::Timeout
            | Self::Status(_)
            | Self::TooLarge(_)
            | Self::NotAList
            | Self::Signature { .. }
            | Self::Older { .. }
            | Self::Ended { .. }
            | Self::NotYet { .. } => Fault::Peer,
        }
    }
}
