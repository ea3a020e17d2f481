//! `/v1/berichten/{id}/ontvangstbewijs` and `/v1/sleutels`: signed receipts, and the key to verify them with.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::asker::{Asker, Named};
use super::problem::ApiError;
use super::responses::{Always, OfMessage, ReadsParts};

/// A signed receipt. The signed bytes are `knooppunt/receipt/1` followed by the bytes of `statement`; `knooppunt/receipt/2` where the statement has `mapped`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReceiptBody {
    /// JSON text: gateway, key, id, kind, maker, receiver, SHA-256 and length of the payload, time, verdict, journal position; when its products are translated
    /// `mapped`: SHA-256 and length of the form that the receiver gets, the version of the municipality's table and the rows of it that were used.
    pub statement: String,
    /// Ed25519 signature, 64 bytes in base64.
    pub signature: String,
}

/// The keys of this gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeysBody {
    /// Each key with its use.
    pub keys: Vec<KeyBody>,
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
/// For its maker and its receiver; the same bytes every time, also after the content is erased.
#[utoipa::path(
    get, path = "/v1/berichten/{id}/ontvangstbewijs", tag = "berichten", params(("id" = String, Path, description = "Id of the message")),
    responses(
        (status = 200, description = "The receipt", body = ReceiptBody),
        Always, OfMessage, ReadsParts,
    ),
)]
pub(super) async fn receipt(
    State(api): State<Arc<Api>>,
    asker: Asker,
    Named(id): Named,
) -> Result<Json<ReceiptBody>, ApiError> {
    let receipt = api.mailbox.receipt(&asker.caller, id).await?;
    Ok(Json(ReceiptBody {
        statement: receipt.statement,
        signature: receipt.signature,
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
    Json(KeysBody { keys: vec![key] })
}
