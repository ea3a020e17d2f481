//! The log for anybody: `/checkpoint` and `/tile/` as C2SP tlog-tiles has them, and the key and the policy to verify them with. Hashes and signatures only; entries
//! are not served, for of an entry whose salt was erased nobody has the bytes, and a bundle without it would be none.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use knooppunt_proof::{Level, TileId};

use super::Log;

/// What changes with the next checkpoint.
const FRESH: &str = "max-age=1";
/// What may never be kept.
const NEVER: &str = "no-store";
/// What never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const TEXT: &str = "text/plain; charset=utf-8";
const BYTES: &str = "application/octet-stream";

/// The pages of the log.
pub fn router(log: Arc<Log>) -> Router {
    Router::new()
        .route("/checkpoint", get(checkpoint))
        .route("/tile/{*path}", get(tile))
        .route("/key", get(key))
        .route("/policy", get(policy))
        .with_state(log)
}

fn text(body: String) -> Response {
    let headers = [(header::CONTENT_TYPE, TEXT), (header::CACHE_CONTROL, FRESH)];
    (headers, body).into_response()
}

fn absent() -> Response {
    (StatusCode::NOT_FOUND, [(header::CACHE_CONTROL, FRESH)]).into_response()
}

async fn checkpoint(State(log): State<Arc<Log>>) -> Response {
    log.checkpoint().map_or_else(absent, text)
}

async fn key(State(log): State<Arc<Log>>) -> Response {
    text(format!("{}\n", log.key()))
}

async fn policy(State(log): State<Arc<Log>>) -> Response {
    text(log.policy().to_string())
}

fn not_now(status: StatusCode) -> Response {
    (status, [(header::CACHE_CONTROL, NEVER)]).into_response()
}

/// A tile of the tree that was made known, whole or its first hashes: what is behind that is nobody's yet. It is held against the root that was signed first, for caches keep it
/// for years.
async fn tile(State(log): State<Arc<Log>>, Path(path): Path<String>) -> Response {
    let Ok(id) = format!("tile/{path}").parse::<TileId>() else {
        return absent();
    };
    let Level::Hashes(level) = id.level() else {
        return absent();
    };
    let read = tokio::task::spawn_blocking(move || log.tile(level, id.index(), id.width())).await;
    match read {
        Ok(Ok(Some(bytes))) => {
            let headers = [
                (header::CONTENT_TYPE, BYTES),
                (header::CACHE_CONTROL, FOR_EVER),
            ];
            (headers, bytes).into_response()
        }
        Ok(Ok(None)) => absent(),
        Ok(Err(error)) => {
            tracing::error!(code = error.code(), %error, "a tile of the log cannot be given");
            not_now(StatusCode::INTERNAL_SERVER_ERROR)
        }
        Err(_) => not_now(StatusCode::INTERNAL_SERVER_ERROR),
    }
}
