//! `/v1/audit/uitvoer`: what a search finds as a bundle in a ZIP file, sent while it is made. The look is on disk before its first byte.

use std::io::{self, Write};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use bytes::Bytes;
use tokio::sync::mpsc;

use super::asker::Asker;
use super::audit::{asked, may_look};
use super::problem::ApiError;
use super::responses::{Always, Exports, Looks};
use super::{Api, json};
use crate::audit::{Ask, Export};
use crate::budget::Permit;
use crate::ledger::Look;

/// Bytes that are handed on at once.
const PIECE_BYTES: usize = 64 << 10;
/// Pieces that wait for who reads.
const PIECES_MAX: usize = 8;

/// Export messages
///
/// For an auditor: everything that a search with the same body finds, as a ZIP file of a bundle that anybody verifies offline (`knooppunt log verify`): the records of the
/// messages and of what happened to each, with the tiles and the checkpoint that show that they stand in the log. `limit` and `page` are not taken. It may take
/// minutes to find much before the first byte comes; what breaks off is no ZIP file, and the whole is asked for again.
#[utoipa::path(
    post, path = "/v1/audit/uitvoer", tag = "audit",
    request_body(content = Ask, description = "What is asked, and for what"),
    responses(
        (status = 200, description = "The bundle", body = Vec<u8>, content_type = "application/zip"),
        Always, Looks, Exports,
    ),
)]
pub(super) async fn export(
    State(api): State<Arc<Api>>,
    request: Request,
) -> Result<Response, ApiError> {
    let first = async |_: &Asker, _: &mut _| may_look(&api);
    let (asker, (), bytes) = json::read(&api, request, first).await?;
    let ask = asked::<Ask>(&api, &asker, Look::Export, &bytes).await?;
    let export = api.audit.export(&asker.caller, ask).await;
    let export = export.map_err(ApiError::of_looking)?;
    api.health.wrote();
    let mut response = Response::new(sent(export, asker.permit));
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "application/zip"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"uitvoer.zip\"",
        ),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

/// A piece of the body, or its end: without one it was broken off.
enum Piece {
    Some(Bytes),
    End,
}

/// The body, made on a thread of its own as fast as it is read. It counts among the requests of the one who asks until its last byte is gone.
fn sent(export: Export, permit: Permit) -> Body {
    let (sender, pieces) = mpsc::channel(PIECES_MAX);
    tokio::task::spawn_blocking(move || {
        let mut out = Pieces {
            sender,
            piece: Vec::with_capacity(PIECE_BYTES),
        };
        match export.write(&mut out) {
            // Who hung up is told nothing.
            Ok(_) => drop(out.sender.blocking_send(Piece::End)),
            Err(_) if out.sender.is_closed() => {}
            Err(error) => {
                tracing::error!(code = error.code(), %error, "an export broke off");
            }
        }
    });
    let body = futures_util::stream::unfold(
        Some((pieces, permit)),
        |open: Option<(mpsc::Receiver<Piece>, Permit)>| async move {
            let (mut pieces, permit) = open?;
            match pieces.recv().await {
                Some(Piece::Some(bytes)) => Some((Ok(bytes), Some((pieces, permit)))),
                Some(Piece::End) => None,
                None => Some((Err(io::Error::other("the export broke off")), None)),
            }
        },
    );
    Body::from_stream(body)
}

/// Gathers what is written into pieces.
struct Pieces {
    sender: mpsc::Sender<Piece>,
    piece: Vec<u8>,
}

impl Pieces {
    fn send(&mut self) -> io::Result<()> {
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE_BYTES));
        let sent = self.sender.blocking_send(Piece::Some(piece.into()));
        sent.map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE_BYTES {
            self.send()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        self.send()
    }
}
