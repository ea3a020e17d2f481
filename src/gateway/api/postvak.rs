//! `/v1/postvak`: what waits for the caller, oldest first; its content; and saying that he has it.
#![allow(
    unused_qualifications,
    reason = "the description macro names parameter types by their path"
)]

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use data_encoding::{BASE64, HEXLOWER};
use knooppunt_standard::Berichtsoort;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Api;
use super::asker::{Asker, Named};
use super::download::Download;
use super::message::MessageBody;
use super::parameter::{self, cursor, parsed};
use super::problem::ApiError;
use super::responses::{Acknowledges, Always, Fetches, OfMessage, Parameters, ReadsParts};
use super::settings::ApiSettings;
use super::termijnen::TermCounts;
use crate::mailbox::{Content, Cursor, Filter};
use crate::terms::Warning;

const REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");

/// Which waiting messages are asked for; nothing set is all that the caller may read.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Only the mailbox of this code: a gemeentecode of 4 digits or an AGB code of 8.
    code: Option<String>,
    /// Only this law: `jw` or `wmo`.
    wet: Option<String>,
    /// Only this kind by its number, such as `301`.
    soort: Option<String>,
    /// Only what this code made.
    maker: Option<String>,
    /// `true`: only messages whose answer is due soon, today or over.
    waarschuwing: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Most messages on the page, 1 to 1,000; 100 when not given.
    limit: Option<String>,
}

/// A page of waiting messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PageBody {
    /// Oldest first: in the order in which they were taken. A page may be short, or empty, and still have a next one.
    pub messages: Vec<MessageBody>,
    /// `cursor` of the next page; absent when this was the last for now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// What the caller owes by terms that end soon, today, or have ended: answers to messages that he has acknowledged too, and what is owed for other reasons.
    /// On the first page, and with `code` for that code alone. `/v1/termijnen` says what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub termijnen: Option<TermCounts>,
}

/// What waits for the caller
///
/// All mailboxes that he may read, or those he asks for. A message comes again until it is acknowledged.
#[utoipa::path(
    get, path = "/v1/postvak", tag = "postvak", params(Wanted),
    responses(
        (status = 200, description = "A page of waiting messages", body = PageBody),
        Always, Parameters,
    ),
)]
pub(super) async fn list(
    State(api): State<Arc<Api>>,
    asker: Asker,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Json<PageBody>, ApiError> {
    let Query(wanted) = wanted.map_err(|_| ApiError::Parameters {
        known: "code, wet, soort, maker, waarschuwing, cursor en limit",
    })?;
    let warning = api.terms.warning();
    let (filter, after, limit) = wanted.read(&api.settings, warning)?;
    let code = filter.code;
    let page = api
        .mailbox
        .list(&asker.caller, filter, after, limit)
        .await?;
    let termijnen = if after.is_none() {
        let warned = api.terms.warned(&asker.caller, code).await?;
        Some(TermCounts::from(warned))
    } else {
        None
    };
    let body = |message| MessageBody::on(message, asker.caller.day(), warning);
    Ok(Json(PageBody {
        messages: page.messages.iter().map(body).collect(),
        next: page.next.map(|next| next.to_string()),
        termijnen,
    }))
}

impl Wanted {
    fn read(
        &self,
        settings: &ApiSettings,
        warning: Warning,
    ) -> Result<(Filter, Option<Cursor>, usize), ApiError> {
        let warned = parsed(
            "waarschuwing",
            "true of false",
            self.waarschuwing.as_deref(),
        )?;
        let filter = Filter {
            code: parsed(
                "code",
                "een gemeentecode van 4 cijfers of een AGB-code van 8",
                self.code.as_deref(),
            )?,
            of: None,
            law: parsed("wet", "jw of wmo", self.wet.as_deref())?,
            soort: match parsed("soort", SOORT, self.soort.as_deref())? {
                None => None,
                Some(number) => Some(Berichtsoort::from_number(number).ok_or(
                    ApiError::Parameter {
                        name: "soort",
                        expected: SOORT,
                    },
                )?),
            },
            functie: None,
            from: parsed(
                "maker",
                "een gemeentecode van 4 cijfers of een AGB-code van 8",
                self.maker.as_deref(),
            )?,
            warned: warned.unwrap_or(false).then_some(warning),
        };
        let cursor = cursor(self.cursor.as_deref())?;
        let (default, most) = (settings.page_default, settings.page_max);
        let limit = parameter::limit(self.limit.as_deref(), default, most, LIMIT)?;
        Ok((filter, cursor, limit))
    }
}

const SOORT: &str = "het nummer van een berichtsoort, zoals 301";
const LIMIT: &str = "een aantal van 1 tot en met het grootste aantal op een bladzijde (1000, tenzij anders ingesteld)";

/// The content of a message
///
/// The exact bytes as they were handed in, for the receiver, whether the message still waits or not. Of a message whose products are translated (`mapped`) the
/// receiver gets the form that is his, and its maker the bytes that he handed in. A file that is no message of the standards (`file` is
/// `true`) comes as `application/octet-stream`, under the name that its sender gave it.
#[utoipa::path(
    get, path = "/v1/postvak/{id}/inhoud", tag = "postvak", params(("id" = String, Path, description = "Id of the message")),
    responses(
        (status = 200, description = "The bytes", content((String = "application/xml"), (String = "application/octet-stream")), headers(
            ("Content-Disposition" = String, description = "Of a file: `attachment` with its name"),
            ("ETag" = String, description = "SHA-256 of the bytes, hexadecimal"),
            ("Repr-Digest" = String, description = "SHA-256 of the bytes as in RFC 9530"),
        )),
        Always, OfMessage, ReadsParts, Fetches,
    ),
)]
pub(super) async fn content(
    State(api): State<Arc<Api>>,
    mut asker: Asker,
    Named(id): Named,
) -> Result<Response, ApiError> {
    let message = api.mailbox.message(&asker.caller, id).await?;
    let length = message.body_bytes.max(message.given_bytes());
    asker.make_room(length, &api.settings).await?;
    let (bytes, sha256, message, name) = match api.mailbox.body(&asker.caller, id).await? {
        Content::Whole {
            body,
            sha256,
            message,
            file_name,
        } => (Bytes::from(body), sha256, message, file_name),
        Content::Erased { .. } => return Err(ApiError::Erased),
    };
    let hashes = sha256.map(|hash| {
        [
            (header::ETAG, format!("\"{}\"", HEXLOWER.encode(&hash))),
            (REPR_DIGEST, format!("sha-256=:{}:", BASE64.encode(&hash))),
        ]
    });
    let download = Download::new(bytes, asker.permit);
    let is_file = message.kind.is_file();
    let mut response = download.answer(if is_file {
        "application/octet-stream"
    } else {
        "application/xml; charset=utf-8"
    });
    let headers = response.headers_mut();
    if is_file {
        // Nothing in such a name has to be escaped.
        let named = name.map_or_else(
            || "attachment".to_owned(),
            |name| format!("attachment; filename=\"{name}\""),
        );
        if let Ok(value) = HeaderValue::from_str(&named) {
            headers.insert(header::CONTENT_DISPOSITION, value);
        }
    }
    for (name, value) in hashes.into_iter().flatten() {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    Ok(response)
}

/// Acknowledge a message
///
/// The receiver has it: it leaves the mailbox and does not come again. Acknowledging again changes nothing.
#[utoipa::path(
    delete, path = "/v1/postvak/{id}", tag = "postvak", params(("id" = String, Path, description = "Id of the message")),
    responses(
        (status = 204, description = "Acknowledged, now or before"),
        Always, OfMessage, Acknowledges,
    ),
)]
pub(super) async fn acknowledge(
    State(api): State<Arc<Api>>,
    asker: Asker,
    Named(id): Named,
) -> Result<StatusCode, ApiError> {
    api.mailbox
        .acknowledge(&asker.caller, id)
        .await
        .map_err(ApiError::of_acknowledging)?;
    tracing::info!(message = %id, "acknowledged");
    Ok(StatusCode::NO_CONTENT)
}
