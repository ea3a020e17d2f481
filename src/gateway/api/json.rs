//! Requests with a JSON body: read whole, within the size of a decision, before anything is done with it.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use bytes::Bytes;

use super::asker::Asker;
use super::problem::ApiError;
use super::{Api, body, media};

/// Who asks, what `first` makes of the head of the request, and the body. Nothing of the body is read unless `first` lets it. Err: it does not, or the body is not
/// JSON by its head, too large, too slow or broken off.
pub(super) async fn read<T>(
    api: &Arc<Api>,
    request: Request,
    first: impl AsyncFnOnce(&Asker, &mut Parts) -> Result<T, ApiError>,
) -> Result<(Asker, T, Bytes), ApiError> {
    let (mut head, mut body) = request.into_parts();
    let read = async {
        let mut asker = Asker::from_request_parts(&mut head, api).await?;
        let made = first(&asker, &mut head).await?;
        require_json(&head.headers)?;
        let limits = api.settings.for_decision();
        let announced = body::announced(&head.headers, head.version, &limits)?;
        let permit = &mut asker.permit;
        let bytes = body::read(&mut body, announced, permit, &limits).await?;
        Ok((asker, made, bytes))
    };
    match read.await {
        Ok(whole) => Ok(whole),
        Err(error) => {
            body::read_away(body, &head.headers, &error, &api.settings);
            Err(error)
        }
    }
}

fn require_json(headers: &HeaderMap) -> Result<(), ApiError> {
    if media::is_json(headers) && !headers.contains_key(header::CONTENT_ENCODING) {
        Ok(())
    } else {
        Err(ApiError::JsonType)
    }
}
