//! `/v1/berichten/{id}/ontvangstbewijs` and `/v1/sleutels`: signed receipts, and the key to verify them with.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::asker::{Asker, Named};
use super::problem::ApiError;
use super::responses::{Always, OfMessage, ReadsParts, Signs};

/// A signed receipt, and that its record is in the log. The signed bytes are `knooppunt/receipt/3` followed by the bytes of `statement`; of receipts that a program of before
/// the log gave `knooppunt/receipt/1`, or `knooppunt/receipt/2` where the statement has `mapped`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReceiptBody {
    /// JSON text: gateway, key, id, kind, maker, receiver, SHA-256 and length of the payload, time, verdict, journal position, leaf; when its products are translated
    /// `mapped`: SHA-256 and length of the form that the receiver gets, the version of the municipality's table and the rows of it that were used.
    pub statement: String,
    /// Ed25519 signature, 64 bytes in base64.
    pub signature: String,
    /// That the leaf stands in the log at that position: a C2SP tlog-proof. Absent until a checkpoint with enough cosignatures says it, which takes about a second; ask
    /// again then. Absent too where no log is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
    /// The record that the leaf stands for, which tells nothing about a client: its bytes in base64.
    pub record: String,
    /// The salt of the leaf, 32 bytes in base64: the leaf is SHA-256(0x00, SHA-256(`knooppunt/event/1`, salt, record)). Absent when it was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
}

/// The keys of this gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeysBody {
    /// Each key with its use.
    pub keys: Vec<KeyBody>,
    /// The log, where one is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<LogKeysBody>,
}

/// By what the log is verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LogKeysBody {
    /// Its public key as C2SP signed-note has it: `name+id+key`, the name being the origin of the log.
    pub key: String,
    /// What a checkpoint is taken by: the keys of log and witnesses, and how many of them, as C2SP tlog-policy has it. Keep it: all else is verified by it.
    pub policy: String,
}

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeyBody {
    /// What it verifies: `receipt`.
    #[serde(rename = "use")]
    pub usage: String,
    /// `Ed25519`.
    pub algorithm: String,
    /// The key as SubjectPublicKeyInfo in PEM.
    pub pem: String,
}

/// The signed receipt of a message
///
/// For its maker and its receiver; statement and signature are the same bytes every time, also after the content is erased, until what was kept of its effects is erased years later. One that a program of before the log gave had no
/// `leaf` and another format: got again it has, so its bytes differ from those that were given, and what it states besides is the same. Both hold. It waits up to a second after the
/// message was taken for the proof of the log.
#[utoipa::path(
    get, path = "/v1/berichten/{id}/ontvangstbewijs", tag = "berichten", params(("id" = String, Path, description = "Id of the message")),
    responses(
        (status = 200, description = "The receipt", body = ReceiptBody),
        Always, OfMessage, ReadsParts, Signs,
    ),
)]
pub(super) async fn receipt(
    State(api): State<Arc<Api>>,
    asker: Asker,
    Named(id): Named,
) -> Result<Json<ReceiptBody>, ApiError> {
    let (receipt, logged) = api.mailbox.logged(&asker.caller, id).await?;
    let log = match &api.log {
        None => None,
        Some(log) => {
            let waits = log.receipt_waits(logged.time);
            // Hashes that cannot be read are told by the log's own health; the receipt holds without.
            let proved = log.prove(logged.position, waits).await;
            let proved = proved.inspect_err(
                |error| tracing::error!(code = error.code(), %error, "a receipt without its proof"),
            );
            proved.ok().flatten()
        }
    };
    Ok(Json(ReceiptBody {
        statement: receipt.statement,
        signature: receipt.signature,
        log: log.map(|proved| proved.proof.to_string()),
        record: BASE64.encode(&logged.record),
        salt: logged.salt.map(|salt| BASE64.encode(salt.as_bytes())),
    }))
}

/// The keys to verify receipts with
#[utoipa::path(
    get, path = "/v1/sleutels", tag = "sleutels",
    responses(
        (status = 200, description = "Public keys", body = KeysBody),
        Always,
    ),
)]
pub(super) async fn keys(State(api): State<Arc<Api>>, _counted: Asker) -> Json<KeysBody> {
    let key = KeyBody {
        usage: "receipt".to_owned(),
        algorithm: "Ed25519".to_owned(),
        pem: api.receipts.public_key_pem(),
    };
    let log = api.log.as_ref().map(|log| LogKeysBody {
        key: log.key().to_string(),
        policy: log.policy().to_string(),
    });
    Json(KeysBody {
        keys: vec![key],
        log,
    })
}
