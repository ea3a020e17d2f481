//! Reads the body of one request into one buffer, within a promised budget, a size and a speed.
//! It knows nothing of what the bytes mean.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, Version, header};
use bytes::Bytes;
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout_at};

use super::problem::ApiError;
use super::settings::ApiSettings;
use crate::budget::Permit;

/// What is reserved first for a body that does not say how long it is, in bytes of body; each next step is four times as large.
const FIRST_STEP: u64 = 64 << 10;

/// Bytes of body that the headers announce; `None` when the body ends where its framing ends (chunked, HTTP/2).
/// Err: more than is taken, not a number, or (HTTP/1) neither a length nor chunked.
pub(crate) fn announced(
    headers: &HeaderMap,
    version: Version,
    settings: &ApiSettings,
) -> Result<Option<u64>, ApiError> {
    let mut lengths = headers.get_all(header::CONTENT_LENGTH).iter();
    let Some(length) = lengths.next() else {
        let framed = version >= Version::HTTP_2 || headers.contains_key(header::TRANSFER_ENCODING);
        return if framed {
            Ok(None)
        } else {
            Err(ApiError::LengthRequired)
        };
    };
    if lengths.next().is_some() || headers.contains_key(header::TRANSFER_ENCODING) {
        return Err(ApiError::Framing);
    }
    let digits = length.to_str().map_err(|_| ApiError::Framing)?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ApiError::Framing);
    }
    // A number of digits only that does not fit is a number that is too large.
    let length = digits.parse::<u64>().unwrap_or(u64::MAX);
    if length > settings.body_bytes_max {
        return Err(ApiError::TooLarge {
            bytes_max: settings.body_bytes_max,
        });
    }
    Ok(Some(length))
}

/// Waits for room for the body, as far as its length is known, before a byte of it is read. Err: no room.
pub(crate) async fn reserve(
    announced: Option<u64>,
    permit: &mut Permit,
    settings: &ApiSettings,
) -> Result<(), ApiError> {
    let first = announced.unwrap_or_else(|| FIRST_STEP.min(most(0, permit, settings)));
    Ok(permit.reserve_body(first).await?)
}

/// The most to reserve for a body that does not say how long it is: what others may send, until more than that has come in.
fn most(received: u64, permit: &Permit, settings: &ApiSettings) -> u64 {
    let others = permit.widens_above();
    if received > others {
        settings.body_bytes_max
    } else {
        settings.body_bytes_max.min(others)
    }
}

/// How far a body has come in.
#[derive(Debug)]
pub(crate) struct Progress {
    announced: Option<u64>,
    received: u64,
    /// When its first piece was asked for.
    started: Option<Instant>,
}

impl Progress {
    /// Of a body that is still to begin: how long it takes counts from its first piece.
    pub(crate) fn begins(announced: Option<u64>) -> Self {
        Self {
            announced,
            received: 0,
            started: None,
        }
    }
}

/// The next piece of a body; `None` when it is whole. Err: it is larger than is taken or than it said, slower than is waited for, or breaks off.
pub(crate) async fn next_piece(
    body: &mut Body,
    progress: &mut Progress,
    settings: &ApiSettings,
) -> Result<Option<Bytes>, ApiError> {
    loop {
        let Progress {
            announced,
            received,
            started,
        } = progress;
        let started = *started.get_or_insert_with(Instant::now);
        let frame = match timeout_at(deadline(started, *received, settings), body.frame()).await {
            Err(_) => return Err(ApiError::TooSlow),
            Ok(Some(Err(_))) => return Err(ApiError::Truncated),
            Ok(Some(Ok(frame))) => frame,
            Ok(None) if announced.is_some_and(|length| *received < length) => {
                return Err(ApiError::Truncated);
            }
            Ok(None) => return Ok(None),
        };
        let Ok(data) = frame.into_data() else {
            continue;
        };
        *received = received.saturating_add(data.len() as u64);
        if *received > settings.body_bytes_max {
            return Err(ApiError::TooLarge {
                bytes_max: settings.body_bytes_max,
            });
        }
        if announced.is_some_and(|length| *received > length) {
            return Err(ApiError::Framing);
        }
        return Ok(Some(data));
    }
}

/// Reads the whole body, with room for it before its first byte, which it waits for. Err: as [`next_piece`], or there is no room for its next step.
pub(crate) async fn read(
    body: &mut Body,
    announced: Option<u64>,
    permit: &mut Permit,
    settings: &ApiSettings,
) -> Result<Bytes, ApiError> {
    reserve(announced, permit, settings).await?;
    let mut room = announced.unwrap_or_else(|| FIRST_STEP.min(most(0, permit, settings)));
    let mut buffer = Vec::with_capacity(usize::try_from(room).map_err(|_| ApiError::Framing)?);
    let mut progress = Progress::begins(announced);
    while let Some(data) = next_piece(body, &mut progress, settings).await? {
        let received = progress.received;
        if received > room {
            let most = most(received, permit, settings);
            while room < received {
                room = room.saturating_mul(4).min(most);
            }
            permit.reserve_now(room)?;
            let more = usize::try_from(room).map_err(|_| ApiError::Framing)? - buffer.len();
            buffer.reserve_exact(more);
        }
        buffer.extend_from_slice(&data);
    }
    Ok(Bytes::from(buffer))
}

/// Reads away what is still coming of a refused body, while the answer is on its way: who is cut off while he sends does not get to read it.
/// Keeps nothing, and ends after one more message's bytes or one pause's time. A sender who waits to be asked for his body is not asked, and
/// one who was too slow or broke off is not waited for.
pub(crate) fn read_away(
    mut body: Body,
    headers: &HeaderMap,
    refusal: &ApiError,
    settings: &ApiSettings,
) {
    if headers.contains_key(header::EXPECT)
        || matches!(refusal, ApiError::TooSlow | ApiError::Truncated)
    {
        return;
    }
    let mut left = settings.body_bytes_max;
    let time = Duration::from_secs(settings.body_idle_s);
    let reading = async move {
        while let Some(Ok(frame)) = body.frame().await {
            let came = frame.data_ref().map_or(0, |data| data.len() as u64);
            match left.checked_sub(came) {
                Some(rest) => left = rest,
                None => return,
            }
        }
    };
    tokio::spawn(tokio::time::timeout(time, reading));
}

/// The moment at which waiting for the next bytes ends: a pause may not be longer than `body_idle_s`, and after the first
/// `body_grace_s` the whole may not be slower than `body_bytes_per_s_min`.
fn deadline(started: Instant, received: u64, settings: &ApiSettings) -> Instant {
    let earned = received / settings.body_bytes_per_s_min.max(1);
    let whole = started + Duration::from_secs(settings.body_grace_s.saturating_add(earned));
    whole.min(Instant::now() + Duration::from_secs(settings.body_idle_s))
}
