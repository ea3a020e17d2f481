//! Signed receipts: what was taken, from whom, for whom and when, in a form that anybody can verify offline with the published key. The same message gives the
//! same bytes every time, also after its content is erased. A receipt says nothing about what is in the message.

use std::fmt;

use data_encoding::{BASE64, HEXLOWER};
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePublicKey as _, EncodePublicKey as _};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::fault::Fault;
use crate::ledger::{Mark, Message, Translation};

/// Stands before the statement in what is signed, and names the format in it.
const FORMAT: &str = "knooppunt/receipt/1";
/// The same of a message of which its receiver gets another form.
const FORMAT_MAPPED: &str = "knooppunt/receipt/2";

/// Why a receipt does not hold.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiptError {
    /// The public key is no Ed25519 key in PEM.
    #[error("the public key is no Ed25519 key in PEM")]
    PublicKey,
    /// The signature is not that of the statement under this key.
    #[error("the signature does not hold: the receipt was changed, or another key signed it")]
    Signature,
    /// The signature holds, but the statement is of a format that this program does not know.
    #[error("the statement is of an unknown format")]
    Format,
}

impl ReceiptError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::PublicKey => "receipt-public-key",
            Self::Signature => "receipt-signature",
            Self::Format => "receipt-format",
        }
    }

    /// Whose fault it is: of the one who gave the receipt or the key.
    pub fn fault(&self) -> Fault {
        Fault::Sender
    }
}

/// A receipt: the exact text that was signed, and the signature.
///
/// Verify it with any Ed25519 program: the signed bytes are `knooppunt/receipt/1` followed by the bytes of `statement`; `knooppunt/receipt/2` where the statement
/// has `mapped`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// JSON text, see [`Statement`].
    pub statement: String,
    /// Ed25519 signature, 64 bytes in base64.
    pub signature: String,
}

/// What a receipt states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// `knooppunt/receipt/1`, and `knooppunt/receipt/2` with `mapped`.
    pub format: String,
    /// Name of the gateway that took the message.
    pub gateway: String,
    /// First 16 bytes of the SHA-256 of the public key, hexadecimal: which key signed.
    pub key: String,
    /// Id of the message.
    pub message: String,
    /// Published name of its kind: `JW323`; of a file that is no message of the standards its functie.
    pub bericht: String,
    /// Release of the standard: `3.2`; of a file the version of its functie.
    pub release: String,
    /// Code of the one who made it.
    pub maker: String,
    /// Code of the one it is for.
    pub receiver: String,
    /// SHA-256 of the body as it was handed in, hexadecimal.
    pub payload_sha256: String,
    /// Length of the body.
    pub payload_bytes: u64,
    /// When it was taken: RFC 3339, UTC.
    pub received: String,
    /// What was decided: `accepted`, or `refused` when the gateway answered so in the receiver's name.
    pub verdict: String,
    /// Position of its record in the journal.
    pub position: u64,
    /// The form that its receiver gets, when its products are translated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mapped: Option<MappedStatement>,
}

/// What a receipt states of the form that a receiver gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MappedStatement {
    /// SHA-256 of it, hexadecimal.
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
    /// Version of the municipality's table: SHA-256 over what it is made of, hexadecimal. Absent where all of it was known from earlier messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// The rows of it that were used: `gm0777/map.tsv:12`. At most 1,000.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<String>,
}

impl Statement {
    /// What is stated about a message; the one who signs adds his name and key. `translation` is what was kept of that of its products. `None` when a hash of
    /// it is lost to damage.
    pub fn of(message: &Message, translation: Option<&Translation>) -> Option<Self> {
        let payload_sha256 = HEXLOWER.encode(&message.body_hash?);
        let mapped = match message.mapped {
            None => None,
            Some(form) => {
                let translation = translation?;
                let rows = translation.rows.iter();
                Some(MappedStatement {
                    sha256: HEXLOWER.encode(&form.sha256?),
                    bytes: form.bytes,
                    table: translation.table.map(|table| HEXLOWER.encode(&table)),
                    rows: rows
                        .map(|row| format!("{}:{}", row.file, row.line))
                        .collect(),
                })
            }
        };
        let format = if mapped.is_some() {
            FORMAT_MAPPED
        } else {
            FORMAT
        };
        Some(Self {
            format: format.to_owned(),
            gateway: String::new(),
            key: String::new(),
            message: message.id.to_string(),
            bericht: message.kind.name().to_owned(),
            release: message.kind.release().to_owned(),
            maker: message.maker.to_string(),
            receiver: message.receiver.to_string(),
            payload_sha256,
            payload_bytes: message.body_bytes,
            received: message.received.to_string(),
            verdict: if message.marks.contains(&Mark::Refused) {
                "refused"
            } else {
                "accepted"
            }
            .to_owned(),
            position: message.position,
            mapped,
        })
    }
}

/// Signs receipts with the key of this gateway.
pub struct Receipts {
    signer: SigningKey,
    gateway: String,
    key: String,
}

impl fmt::Debug for Receipts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receipts")
            .field("gateway", &self.gateway)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl Receipts {
    /// With this secret key (32 random bytes). `gateway` is the name that receipts give to this gateway.
    pub fn new(secret: &[u8; 32], gateway: &str) -> Self {
        let signer = SigningKey::from_bytes(secret);
        let key = key_name(&signer.verifying_key());
        Self {
            signer,
            gateway: gateway.to_owned(),
            key,
        }
    }

    /// The public key, to be published: SPKI PEM.
    pub fn public_key_pem(&self) -> String {
        let pem = self
            .signer
            .verifying_key()
            .to_public_key_pem(LineEnding::LF);
        debug_assert!(pem.is_ok(), "an Ed25519 key has a PEM form");
        pem.unwrap_or_default()
    }

    /// The receipt for a statement; equal statements give equal bytes.
    pub fn sign(&self, statement: &Statement) -> Receipt {
        let statement = Statement {
            gateway: self.gateway.clone(),
            key: self.key.clone(),
            ..statement.clone()
        };
        let text = serde_json::to_string(&statement);
        debug_assert!(text.is_ok(), "text and numbers have a JSON form");
        let signed = signed_bytes(&statement.format, text.as_deref().unwrap_or_default());
        let statement = text.unwrap_or_default();
        let signature = BASE64.encode(&self.signer.sign(&signed).to_bytes());
        Receipt {
            statement,
            signature,
        }
    }
}

impl Receipt {
    /// Verifies the receipt with the gateway's public key (SPKI PEM) and gives what it states. Needs nothing but these two. Err: it does not hold.
    pub fn verify(&self, public_key_pem: &str) -> Result<Statement, ReceiptError> {
        let key = VerifyingKey::from_public_key_pem(public_key_pem)
            .map_err(|_| ReceiptError::PublicKey)?;
        let signature = BASE64
            .decode(self.signature.as_bytes())
            .map_err(|_| ReceiptError::Signature)?;
        let signature = Signature::from_slice(&signature).map_err(|_| ReceiptError::Signature)?;
        // Strict: refuses keys of small order and signatures that could be written in two ways.
        let signed = |format: &&str| {
            let bytes = signed_bytes(format, &self.statement);
            key.verify_strict(&bytes, &signature).is_ok()
        };
        let mut known = [FORMAT, FORMAT_MAPPED].into_iter();
        let format = known.find(signed).ok_or(ReceiptError::Signature)?;
        let statement: Statement =
            serde_json::from_str(&self.statement).map_err(|_| ReceiptError::Format)?;
        let fits = (format == FORMAT_MAPPED) == statement.mapped.is_some();
        if fits && statement.format == format && statement.key == key_name(&key) {
            Ok(statement)
        } else {
            Err(ReceiptError::Format)
        }
    }
}

fn signed_bytes(format: &str, statement: &str) -> Vec<u8> {
    [format.as_bytes(), statement.as_bytes()].concat()
}

fn key_name(key: &VerifyingKey) -> String {
    let hash = Sha256::digest(key.as_bytes());
    HEXLOWER.encode(hash.get(..16).unwrap_or_default())
}
