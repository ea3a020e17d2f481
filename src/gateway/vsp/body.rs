//! The body of a push as a stream that keeps its limits, and what is left of it when it was refused.

use std::sync::Arc;

use axum::body::Body;
use axum::http::HeaderMap;
use bytes::Bytes;
use futures_util::stream::{self, Stream};
use tokio::sync::Mutex;

use super::answer::Answer;
use crate::api::ApiSettings;
use crate::api::body::{self, Progress, next_piece};
use crate::api::media;
use crate::api::problem::ApiError;
use crate::envelope::vsp::parts;

/// A body that somebody else takes pieces of.
#[derive(Clone)]
pub(super) struct Coming(Arc<Mutex<Piecewise>>);

struct Piecewise {
    body: Body,
    progress: Progress,
    settings: ApiSettings,
}

impl Piecewise {
    async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        next_piece(&mut self.body, &mut self.progress, &self.settings).await
    }
}

impl Coming {
    pub(super) fn new(body: Body, announced: Option<u64>, settings: &ApiSettings) -> Self {
        Self(Arc::new(Mutex::new(Piecewise {
            body,
            progress: Progress::begins(announced),
            settings: settings.clone(),
        })))
    }

    /// The pieces, until the end or the first error.
    pub(super) fn pieces(&self) -> impl Stream<Item = Result<Bytes, ApiError>> + Send + 'static {
        stream::unfold(Some(Arc::clone(&self.0)), |coming| async {
            let coming = coming?;
            let next = coming.lock().await.next().await;
            match next {
                Ok(None) => None,
                Ok(Some(piece)) => Some((Ok(piece), Some(coming))),
                Err(error) => Some((Err(error), None)),
            }
        })
    }

    /// Reads what stands behind the last part. Err: as the pieces.
    pub(super) async fn to_its_end(&self) -> Result<(), ApiError> {
        let mut coming = self.0.lock().await;
        while coming.next().await?.is_some() {}
        Ok(())
    }

    /// The rest of the body, when nobody takes pieces of it any more.
    pub(super) fn rest(self) -> Option<Body> {
        Arc::into_inner(self.0).map(|coming| coming.into_inner().body)
    }
}

/// Reads away what is still coming of a body that was refused so; see [`crate::api::body::read_away`].
pub(super) fn read_away(rest: Body, headers: &HeaderMap, answer: &Answer, settings: &ApiSettings) {
    let refusal = match answer {
        Answer::Other(error) => error,
        Answer::Wrong(_) | Answer::Receipt(_) | Answer::Absent => &ApiError::Framing,
    };
    body::read_away(rest, headers, refusal, settings);
}

/// The boundary of a multipart body. Err: it is of another type, named twice, or compressed.
pub(super) fn boundary(headers: &HeaderMap) -> Result<String, Answer> {
    plain(headers)?;
    Ok(parts::boundary(media::one_type(headers))?)
}

/// Err: the body is not JSON by its header, or compressed.
pub(super) fn require_json(headers: &HeaderMap) -> Result<(), Answer> {
    plain(headers)?;
    if media::is_json(headers) {
        Ok(())
    } else {
        Err(Answer::wrong("Content-Type", "application/json."))
    }
}

fn plain(headers: &HeaderMap) -> Result<(), Answer> {
    if media::is_uncompressed(headers) {
        Ok(())
    } else {
        Err(Answer::wrong(
            "Content-Encoding",
            "Geen; de payload zelf mag een ZIP-bestand zijn.",
        ))
    }
}
