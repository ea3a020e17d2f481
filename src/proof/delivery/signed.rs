//! A statement with its signature, on its way: `{"statement","sig","kid","salt"}`, and `"nfs"` for a line with a tree. All bytes in base64url.

use std::fmt;

use ed25519_dalek::{Signer as _, SigningKey};

use super::bytes::{decode, encode};
use super::claim::Claim;
use super::fields::Fields;
use super::json;
use super::statement::{Statement, StatementError};
use super::tag;
use super::writer::Writer;
use crate::ed25519::{Ed25519Error, PublicKey};
use crate::entry::Salt;
use crate::hash::Hash;

/// Longest signed statement in bytes: room for the longest opening in base64 and what stands around it.
pub const SIGNED_BYTES_MAX: usize = 131_072;

/// Why bytes are no signed statement, or one that is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignedError {
    /// What is around the statement does not hold: too long, not strict JSON, keys or values that do not fit.
    #[error("around the statement: {0}")]
    Around(StatementError),
    /// What was signed is no statement.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// The salt is one byte repeated.
    #[error("the salt is one byte repeated: it hides nothing")]
    Salt,
    /// A list of duplicate values where none belongs, or none where one does.
    #[error("a list of duplicate values stands beside a line with a tree and beside nothing else")]
    NfList,
    /// The key is not the one that signed, by its id.
    #[error("signed by another key")]
    Key,
    /// The signature does not hold under the strict rules.
    #[error(transparent)]
    Signature(#[from] Ed25519Error),
}

impl SignedError {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Around(_) => "signed-form",
            Self::Statement(error) => error.code(),
            Self::Salt => "salt-weak",
            Self::NfList => "signed-nfs",
            Self::Key => "signed-key",
            Self::Signature(error) => error.code(),
        }
    }
}

/// The id of a key, by which it is found: the first eight bytes of the SHA-256 of the public key. No proof of anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kid(pub [u8; 8]);

impl Kid {
    /// Of this key.
    pub fn of(key: &PublicKey) -> Kid {
        let mut kid = [0; 8];
        for (to, from) in kid.iter_mut().zip(Hash::over(&[key.as_bytes()]).as_bytes()) {
            *to = *from;
        }
        Kid(kid)
    }
}

/// The secret with which a party signs its statements. Wiped from memory when it is dropped; never written.
pub struct StatementSigner(SigningKey);

impl StatementSigner {
    /// Of the 32 secret bytes (RFC 8032 section 5.1.5), which the caller wipes.
    pub fn new(secret: &[u8; 32]) -> StatementSigner {
        StatementSigner(SigningKey::from_bytes(secret))
    }

    /// Its public half.
    pub fn public(&self) -> PublicKey {
        PublicKey::from(&self.0)
    }
}

impl fmt::Debug for StatementSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StatementSigner")
    }
}

/// A statement, its signature, the salt of its entry in the log and, of a line with a tree, the list of its duplicate values.
#[derive(Clone, PartialEq, Eq)]
pub struct Signed {
    statement: Statement,
    signature: [u8; 64],
    kid: Kid,
    salt: Salt,
    nfs: Option<Vec<u8>>,
}

impl Signed {
    /// Signs a statement. `nfs` is the list of a line with a tree, one value after the other. Err: such a line without it, or anything else with one.
    pub fn sign(
        statement: Statement,
        signer: &StatementSigner,
        salt: Salt,
        nfs: Option<Vec<u8>>,
    ) -> Result<Signed, SignedError> {
        let message = [tag::SIGNATURE, statement.bytes()].concat();
        let signed = Signed {
            signature: signer.0.sign(&message).to_bytes(),
            kid: Kid::of(&signer.public()),
            statement,
            salt,
            nfs,
        };
        signed.whole()
    }

    /// Reads one. Err: it, or the statement in it, is not in its strict form. Whether the signature holds is another question ([`Signed::verify`]).
    pub fn parse(bytes: &[u8]) -> Result<Signed, SignedError> {
        let around = SignedError::Around;
        if bytes.len() > SIGNED_BYTES_MAX {
            let bytes = bytes.len();
            return Err(around(StatementError::TooLong { bytes }));
        }
        let members =
            json::parse(bytes).map_err(|(fault, at)| around(StatementError::Json { fault, at }))?;
        let mut fields = Fields::new(members);
        let nfs = match fields.optional("nfs") {
            None => None,
            Some(json::Value::Text(text)) => {
                let wrong = around(StatementError::Value { key: "nfs" });
                Some(decode(&text).ok_or(wrong)?)
            }
            Some(_) => return Err(around(StatementError::Value { key: "nfs" })),
        };
        let statement = fields.text("statement").map_err(around)?;
        let wrong = around(StatementError::Value { key: "statement" });
        let statement = decode(&statement).ok_or(wrong)?;
        let signature = fields.bytes("sig").map_err(around)?;
        let kid = Kid(fields.bytes("kid").map_err(around)?);
        let salt = fields.bytes("salt").map_err(around)?;
        fields.end().map_err(around)?;
        let signed = Signed {
            statement: Statement::parse(&statement)?,
            signature,
            kid,
            salt: Salt::new(salt).map_err(|_| SignedError::Salt)?,
            nfs,
        };
        signed.whole()
    }

    fn whole(self) -> Result<Signed, SignedError> {
        if self.statement.claim().has_tree() == self.nfs.is_some() {
            Ok(self)
        } else {
            Err(SignedError::NfList)
        }
    }

    /// As it travels.
    pub fn to_json(&self) -> String {
        let mut writer = Writer::new();
        writer
            .bytes("statement", self.statement.bytes())
            .bytes("sig", &self.signature)
            .bytes("kid", &self.kid.0)
            .bytes("salt", self.salt.as_bytes());
        if let Some(nfs) = &self.nfs {
            writer.bytes("nfs", nfs);
        }
        writer.end()
    }

    /// Whether this key signed it, by one strict verification. Err: another key, or the signature does not hold.
    pub fn verify(&self, key: &PublicKey) -> Result<(), SignedError> {
        if self.kid != Kid::of(key) {
            return Err(SignedError::Key);
        }
        let message = [tag::SIGNATURE, self.statement.bytes()].concat();
        Ok(key.verify(&message, &self.signature)?)
    }

    /// Whether the key that it names signed it: what a new key has to show. Err: no key statement, or as [`Signed::verify`].
    pub fn verify_own(&self) -> Result<(), SignedError> {
        let Claim::Key(key) = self.statement.claim() else {
            return Err(SignedError::Key);
        };
        self.verify(&key.public)
    }

    /// What was signed.
    pub fn statement(&self) -> &Statement {
        &self.statement
    }

    /// The id of the key that is said to have signed.
    pub fn kid(&self) -> Kid {
        self.kid
    }

    /// The salt of its entry.
    pub fn salt(&self) -> &Salt {
        &self.salt
    }

    /// Its entry in the log.
    pub fn entry(&self) -> Hash {
        self.statement.entry(&self.salt)
    }

    /// The list of duplicate values as it came; of a line with a tree only.
    pub fn nfs(&self) -> Option<&[u8]> {
        self.nfs.as_deref()
    }
}

impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kid = encode(&self.kid.0);
        write!(f, "Signed({:?} by {kid})", self.statement)
    }
}
