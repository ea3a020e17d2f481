//! Signed receipts: what was taken, from whom, for whom and when, in a form that anybody can verify offline with the published key. The same message gives the
//! same bytes every time, also after its content is erased; but for one that was given by a program of before the log, which is made again with the leaf. A receipt says nothing about what is in the message.

use std::fmt;

use data_encoding::{BASE64, HEXLOWER};
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePublicKey as _, EncodePublicKey as _};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use knooppunt_proof::{Hash, LogProof, Policy, Salt, event_entry, leaf_hash};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::fault::Fault;
use crate::ledger::{Logged, Mark, Message, Translation};

/// Stands before the statement in what is signed, and names the format in it.
const FORMAT: &str = "knooppunt/receipt/1";
/// The same of a message of which its receiver gets another form.
const FORMAT_MAPPED: &str = "knooppunt/receipt/2";
/// The format that is written now: both, and with the leaf in the log.
const FORMAT_LEAF: &str = "knooppunt/receipt/3";

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
    /// There is nothing that shows it in the log: it was asked for before there was a checkpoint, or the gateway keeps no log.
    #[error("the receipt has no proof of the log: get it again")]
    NotInLog,
    /// What is given beside it is not of the record that it states, or is not readable.
    #[error("what is given beside the receipt is not of its record: it was changed")]
    Record,
    /// The proof does not hold by the policy.
    #[error("the proof of the log does not hold: {0}")]
    Log(#[from] knooppunt_proof::ReceiptError),
}

impl ReceiptError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::PublicKey => "receipt-public-key",
            Self::Signature => "receipt-signature",
            Self::Format => "receipt-format",
            Self::NotInLog => "receipt-not-in-log",
            Self::Record => "receipt-record",
            Self::Log(error) => error.code(),
        }
    }

    /// Whose fault it is: of the one who gave the receipt or the key.
    pub fn fault(&self) -> Fault {
        Fault::Sender
    }
}

/// A receipt: the exact text that was signed, and the signature.
///
/// Verify it with any Ed25519 program: the signed bytes are `knooppunt/receipt/3` followed by the bytes of `statement`. Of receipts from before the log, without
/// `leaf`, they begin with `knooppunt/receipt/1`, or `knooppunt/receipt/2` where the statement has `mapped`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// JSON text, see [`Statement`].
    pub statement: String,
    /// Ed25519 signature, 64 bytes in base64.
    pub signature: String,
}

/// What is given beside a receipt: that its record is in the log. All of it can be verified offline, with the policy of the log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InLog {
    /// A C2SP tlog-proof of the leaf; absent until a checkpoint with enough cosignatures says it.
    #[serde(default)]
    pub log: Option<String>,
    /// The record that the leaf stands for: its bytes as they stand in the journal, in base64.
    #[serde(default)]
    pub record: Option<String>,
    /// The salt of the leaf, in base64; absent when it was erased: the leaf stays, and nobody can tell any more what it stood for.
    #[serde(default)]
    pub salt: Option<String>,
}

/// What was found true of a receipt and the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Records in the tree that it is shown in.
    pub size: u64,
    /// How many witnesses cosigned.
    pub witnesses: usize,
    /// Since when it was there, by the witnesses: seconds since 1970. None: none is needed.
    pub time: Option<u64>,
    /// Whether the record itself was shown, and not only its leaf.
    pub record: bool,
}

impl InLog {
    /// Verifies that what a receipt states stands in the log, at the place that it states, and that the record says so too, as far as it can still be shown. `statement`
    /// is what [`Receipt::verify`] gave. Err: it does not, or there is no proof.
    pub fn verify(&self, statement: &Statement, policy: &Policy) -> Result<Shown, ReceiptError> {
        let (Some(leaf), Some(log)) = (&statement.leaf, &self.log) else {
            return Err(ReceiptError::NotInLog);
        };
        let leaf = HEXLOWER.decode(leaf.as_bytes());
        let leaf = leaf.ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let leaf = Hash::new(leaf.ok_or(ReceiptError::Record)?);
        let proof = LogProof::parse(log.as_bytes())?;
        if proof.index() != statement.position {
            return Err(ReceiptError::Record);
        }
        let accepted = proof.verify_leaf(&leaf, policy)?;
        let record = match (&self.record, &self.salt) {
            (Some(record), Some(salt)) => {
                stands_for(&leaf, record, salt, statement).ok_or(ReceiptError::Record)?;
                true
            }
            _ => false,
        };
        Ok(Shown {
            size: accepted.checkpoint().size(),
            witnesses: accepted.cosigned().len(),
            time: accepted.receipt_time(),
            record,
        })
    }
}

/// That a leaf stands for a record, and that this is the record of the message that is stated.
fn stands_for(leaf: &Hash, record: &str, salt: &str, statement: &Statement) -> Option<()> {
    let record = BASE64.decode(record.as_bytes()).ok()?;
    let salt = BASE64.decode(salt.as_bytes()).ok()?;
    let salt = Salt::new(salt.try_into().ok()?).ok()?;
    let entry = event_entry(&salt, &record);
    let (position, message) = Logged::says(&record)?;
    let is_so = leaf_hash(entry.as_bytes()) == *leaf
        && position == statement.position
        && message.to_string() == statement.message;
    is_so.then_some(())
}

/// What a receipt states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// `knooppunt/receipt/3`; without `leaf` `knooppunt/receipt/1`, and `knooppunt/receipt/2` with `mapped`.
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
    /// Its leaf in the log, which stands there at `position`: a salted hash of the record, hexadecimal. Absent in receipts from before the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaf: Option<String>,
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
    /// What is stated about a message; the one who signs adds his name and key. `translation` is what was kept of that of its products, `leaf` that of its record.
    /// `None` when a hash of it is lost to damage.
    pub fn of(message: &Message, translation: Option<&Translation>, leaf: &Hash) -> Option<Self> {
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
        Some(Self {
            format: FORMAT_LEAF.to_owned(),
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
            leaf: Some(leaf.to_hex()),
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
        let mut known = [FORMAT_LEAF, FORMAT_MAPPED, FORMAT].into_iter();
        let format = known.find(signed).ok_or(ReceiptError::Signature)?;
        let statement: Statement =
            serde_json::from_str(&self.statement).map_err(|_| ReceiptError::Format)?;
        let (is_mapped, has_leaf) = (statement.mapped.is_some(), statement.leaf.is_some());
        let fits = match format {
            FORMAT_LEAF => has_leaf,
            before => !has_leaf && (before == FORMAT_MAPPED) == is_mapped,
        };
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
