//! The two parts of a push, `berichtMetadata` and `payload`, out of a multipart body as it comes in: as .NET, Java, Python, browsers and curl write them. Neither
//! an order nor a media type nor a file name is asked for; a part with another name, a part twice or a part without its name is refused.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::{self, Stream};
use multer::Multipart;

use super::metadata::Wrong;

const METADATA: &str = "berichtMetadata";
const PAYLOAD: &str = "payload";
/// What is set aside first for a body that does not say how long it is; each next step is four times as large.
const FIRST_STEP: u64 = 64 << 10;
/// Most bytes that the reader of parts is handed at once.
const PIECE_BYTES: usize = 8 << 10;
/// Most bytes around the contents of the parts, and of what was handed to their reader and did not come out yet: a handful of pieces.
pub const OUTSIDE_BYTES_MAX: u64 = 64 << 10;

/// What was pushed.
#[derive(Clone, PartialEq, Eq)]
pub struct Parts {
    /// The part `berichtMetadata`.
    pub metadata: Vec<u8>,
    /// The part `payload`.
    pub payload: Bytes,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (metadata, payload) = (self.metadata.len(), self.payload.len());
        write!(f, "Parts({metadata} and {payload} bytes)")
    }
}

/// Why no parts came out.
#[derive(Debug)]
pub enum PartsError<E> {
    /// The body is not as it should be.
    Wrong(Wrong),
    /// The payload is larger than it may be.
    TooLarge,
    /// The stream ended with this, or there is no room.
    Stream(E),
}

/// What limits the parts.
pub struct Limits<'r, E> {
    /// Most bytes of `berichtMetadata`.
    pub metadata_bytes_max: u64,
    /// Most bytes of `payload`, packed or not: everything around it is not counted.
    pub payload_bytes_max: u64,
    /// Bytes of the whole body, when it says so: room for that many is there.
    pub announced: Option<u64>,
    /// Asked for room for a body of this many bytes as more of it comes than there is room for. Err: there is none.
    pub room: &'r mut (dyn FnMut(u64) -> Result<(), E> + Send),
}

impl<E> std::fmt::Debug for Limits<'_, E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Limits")
            .field("metadata_bytes_max", &self.metadata_bytes_max)
            .field("payload_bytes_max", &self.payload_bytes_max)
            .field("announced", &self.announced)
            .finish_non_exhaustive()
    }
}

/// The boundary that a Content-Type names. Err: it is no `multipart/form-data`, or names none that can be one.
pub fn boundary(content_type: &str) -> Result<String, Wrong> {
    let wrong = || {
        Wrong::at(
            "Content-Type",
            "multipart/form-data met een boundary van 1 tot en met 70 tekens.",
        )
    };
    let boundary = multer::parse_boundary(content_type).map_err(|_| wrong())?;
    if (1..=70).contains(&boundary.len()) {
        Ok(boundary)
    } else {
        Err(wrong())
    }
}

/// Reads both parts; the body is never whole in memory beside them. Err: see [`PartsError`].
pub async fn read<S, E>(
    body: S,
    boundary: &str,
    limits: Limits<'_, E>,
) -> Result<Parts, PartsError<E>>
where
    S: Stream<Item = Result<Bytes, E>> + Send + 'static,
    E: Error + Send + Sync + 'static,
{
    let given = Arc::new(AtomicU64::new(0));
    let pieces = in_bounds(body, limits.announced, limits.room, Arc::clone(&given));
    let mut multipart = Multipart::new(pieces, boundary);
    let (mut metadata, mut payload) = (None, None);
    while let Some(mut field) = multipart.next_field().await.map_err(read_error)? {
        let coded = field
            .headers()
            .get_all("content-transfer-encoding")
            .iter()
            .any(|coding| !is_plain(coding.as_bytes()));
        if coded {
            return Err(PartsError::Wrong(Wrong::at(
                "multipart",
                "Elk deel ongecodeerd, zonder Content-Transfer-Encoding.",
            )));
        }
        let (slot, place, bytes_max) = match field.name() {
            Some(METADATA) => (&mut metadata, METADATA, limits.metadata_bytes_max),
            Some(PAYLOAD) => (&mut payload, PAYLOAD, limits.payload_bytes_max),
            _ => {
                return Err(PartsError::Wrong(Wrong::at(
                    "multipart",
                    "Alleen de delen berichtMetadata en payload.",
                )));
            }
        };
        if slot.is_some() {
            return Err(PartsError::Wrong(Wrong::at(place, "Een keer, niet vaker.")));
        }
        let mut filling = Filling::new(limits.announced.filter(|_| place == PAYLOAD));
        while let Some(chunk) = field.chunk().await.map_err(read_error)? {
            if filling.bytes.len() as u64 + chunk.len() as u64 > bytes_max {
                return Err(match place {
                    PAYLOAD => PartsError::TooLarge,
                    _ => PartsError::Wrong(Wrong::at(place, "Ten hoogste 1 MB.")),
                });
            }
            given.fetch_add(chunk.len() as u64, Ordering::Relaxed);
            filling.add(&chunk);
        }
        *slot = Some(filling.bytes);
    }
    let missing = |place| PartsError::Wrong(Wrong::at(place, "Verplicht."));
    let metadata = metadata.ok_or_else(|| missing(METADATA))?;
    let payload = payload.ok_or_else(|| missing(PAYLOAD))?;
    Ok(Parts {
        metadata,
        payload: payload.into(),
    })
}

/// A part as it fills, in steps of the room that was asked for.
struct Filling {
    bytes: Vec<u8>,
    room: u64,
}

impl Filling {
    fn new(announced: Option<u64>) -> Self {
        let room = announced.unwrap_or(0);
        Self {
            bytes: Vec::with_capacity(usize::try_from(room).unwrap_or(0)),
            room,
        }
    }

    fn add(&mut self, chunk: &[u8]) {
        let length = self.bytes.len() as u64 + chunk.len() as u64;
        if length > self.room {
            self.room = step(self.room, length);
            let more = usize::try_from(self.room).unwrap_or(usize::MAX) - self.bytes.len();
            self.bytes.reserve_exact(more);
        }
        self.bytes.extend_from_slice(chunk);
    }
}

/// The next step of room that some bytes go into.
fn step(room: u64, length: u64) -> u64 {
    let mut next = room.max(FIRST_STEP);
    while next < length {
        next = next.saturating_mul(4);
    }
    next
}

/// A body on its way to the reader of parts.
struct Incoming<'r, S, E> {
    body: Pin<Box<S>>,
    /// What came and is not handed on yet.
    piece: Bytes,
    /// Bytes that came, and for how many there is room.
    received: u64,
    room: u64,
    ask: &'r mut (dyn FnMut(u64) -> Result<(), E> + Send),
    /// Bytes that were handed on, and how many of them came out as content.
    handed: u64,
    given: Arc<AtomicU64>,
}

impl<S, E> Incoming<'_, S, E>
where
    S: Stream<Item = Result<Bytes, E>>,
    E: Error + Send + Sync + 'static,
{
    async fn next(&mut self) -> Result<Option<Bytes>, Box<dyn Error + Send + Sync>> {
        while self.piece.is_empty() {
            let Some(piece) = self.body.next().await else {
                return Ok(None);
            };
            self.piece = piece?;
            self.received += self.piece.len() as u64;
            if self.received > self.room {
                self.room = step(self.room, self.received);
                (self.ask)(self.room)?;
            }
        }
        let piece = self.piece.split_to(self.piece.len().min(PIECE_BYTES));
        self.handed += piece.len() as u64;
        if self.handed - self.given.load(Ordering::Relaxed) > OUTSIDE_BYTES_MAX {
            return Err("too much outside the parts".into());
        }
        Ok(Some(piece))
    }
}

/// The same stream in small pieces, with room for all that came, that ends when too much of it is no content of a part. It waits a turn between two pieces: the
/// reader of parts takes all that is there before it gives any of it, and would hold the whole body where it comes fast.
fn in_bounds<S, E>(
    body: S,
    announced: Option<u64>,
    ask: &mut (dyn FnMut(u64) -> Result<(), E> + Send),
    given: Arc<AtomicU64>,
) -> impl Stream<Item = Result<Bytes, Box<dyn Error + Send + Sync>>> + Send + '_
where
    S: Stream<Item = Result<Bytes, E>> + Send + 'static,
    E: Error + Send + Sync + 'static,
{
    let incoming = Incoming {
        body: Box::pin(body),
        piece: Bytes::new(),
        received: 0,
        room: announced.unwrap_or(0),
        ask,
        handed: 0,
        given,
    };
    stream::try_unfold(incoming, |mut incoming| async move {
        tokio::task::yield_now().await;
        let piece = incoming.next().await?;
        Ok(piece.map(|piece| (piece, incoming)))
    })
}

fn is_plain(coding: &[u8]) -> bool {
    [&b"binary"[..], b"8bit", b"7bit"]
        .iter()
        .any(|plain| coding.eq_ignore_ascii_case(plain))
}

/// What the stream ended with comes back as it was; all else is the sender's.
fn read_error<E: Error + Send + Sync + 'static>(error: multer::Error) -> PartsError<E> {
    let wrong = PartsError::Wrong(Wrong::at(
        "multipart",
        "Delen met de genoemde boundary, elk met zijn kop, en een afsluitende boundary.",
    ));
    if let multer::Error::StreamReadFailed(cause) = error
        && let Ok(cause) = cause.downcast::<E>()
    {
        return PartsError::Stream(*cause);
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    const METADATA_MAX: u64 = 40;
    const PAYLOAD_MAX: u64 = 1 << 30;

    /// What the parts of a body are that comes in pieces of some bytes.
    async fn parts(body: &[u8], boundary: &str, piece: usize) -> Result<Parts, PartsError<Full>> {
        let pieces: Vec<_> = body
            .chunks(piece)
            .map(|piece| Ok(Bytes::copy_from_slice(piece)))
            .collect();
        let limits = Limits {
            metadata_bytes_max: METADATA_MAX,
            payload_bytes_max: PAYLOAD_MAX,
            announced: None,
            room: &mut |_| Ok(()),
        };
        read(stream::iter(pieces), boundary, limits).await
    }

    #[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
    #[error("full")]
    struct Full;

    async fn wrong(body: &[u8], boundary: &str) -> String {
        match parts(body, boundary, 7).await {
            Err(PartsError::Wrong(wrong)) => wrong.0[0].0.clone(),
            other => panic!("{other:?}"),
        }
    }

    fn form(fields: &[(&str, &str)]) -> Vec<u8> {
        let mut body = Vec::new();
        for (head, content) in fields {
            body.extend(format!("--X\r\n{head}\r\n\r\n{content}\r\n").bytes());
        }
        body.extend(b"--X--\r\n");
        body
    }

    const META: (&str, &str) = (
        "Content-Disposition: form-data; name=\"berichtMetadata\"",
        "{}",
    );
    #[tokio::test]
    async fn the_forms_of_real_clients_are_read_in_pieces_of_any_size() {
        let guid = "3f1c6f0e-6c1c-4ab8-9d2b-111111111111";
        let net = format!(
            "--{guid}\r\nContent-Disposition: form-data; name=berichtMetadata\r\n\r\n{{}}\r\n--{guid}\r\nContent-Disposition: form-data; name=payload; \
             filename=payload; filename*=utf-8''payload\r\n\r\n<a/>\r\n--{guid}--\r\n"
        );
        let net_typed = format!(
            "--{guid}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Disposition: form-data; name=berichtMetadata\r\n\r\n{{}}\r\n--{guid}\r\n\
             Content-Type: application/octet-stream\r\nContent-Disposition: form-data; name=payload; filename=a.xml\r\n\r\n<a/>\r\n--{guid}--\r\n"
        );
        let browser = format!(
            "--{guid}\r\nContent-Disposition: form-data; name=\"payload\"; filename=\"blob\"\r\nContent-Type: application/octet-stream\r\n\r\n<a/>\r\n--{guid}\r\n\
             Content-Disposition: form-data; name=\"berichtMetadata\"; filename=\"blob\"\r\nContent-Type: application/json\r\n\r\n{{}}\r\n--{guid}--\r\n"
        );
        let java = format!(
            "--{guid}\r\nContent-Disposition: form-data; name=\"berichtMetadata\"\r\nContent-Type: application/json; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{{}}\r\n\
             --{guid}\r\nContent-Disposition: form-data; name=\"payload\"; filename=\"a.xml\"\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n<a/>\r\n--{guid}--\r\n"
        );
        for body in [net, net_typed, browser, java] {
            for piece in [1, 2, 7, 64, 4096] {
                let parts = parts(body.as_bytes(), guid, piece)
                    .await
                    .expect("two parts");
                assert_eq!(
                    (parts.metadata.as_slice(), parts.payload.as_ref()),
                    (&b"{}"[..], &b"<a/>"[..])
                );
            }
        }
    }

    #[tokio::test]
    async fn a_part_may_hold_every_byte_and_what_looks_like_a_boundary() {
        let mut payload: Vec<u8> = (0..=255).collect();
        payload.extend(b"\r\n-X\r\n--Y--\r\n--\r\n");
        let mut body = form(&[META]);
        body.truncate(body.len() - b"--X--\r\n".len());
        body.extend(b"--X\r\nContent-Disposition: form-data; name=payload\r\n\r\n");
        body.extend(&payload);
        body.extend(b"\r\n--X--");
        for piece in [1, 3, 1000] {
            let parts = parts(&body, "X", piece).await.expect("two parts");
            assert_eq!(parts.payload, payload);
        }
    }

    #[tokio::test]
    async fn parts_that_are_missing_doubled_unnamed_or_unknown_are_refused() {
        let plain = ("Content-Disposition: form-data; name=payload", "<a/>");
        let named = |head: &'static str| (head, "x");
        for (fields, place) in [
            (vec![META], "payload"),
            (vec![plain], "berichtMetadata"),
            (vec![], "berichtMetadata"),
            (vec![META, plain, META], "berichtMetadata"),
            (vec![META, plain, plain], "payload"),
            (
                vec![
                    META,
                    plain,
                    named("Content-Disposition: form-data; name=extra"),
                ],
                "multipart",
            ),
            (
                vec![
                    META,
                    plain,
                    named("Content-Disposition: form-data; filename=a"),
                ],
                "multipart",
            ),
            (vec![META, named("Content-Type: text/plain")], "multipart"),
            (
                vec![
                    META,
                    named(
                        "Content-Disposition: form-data; name=payload\r\nContent-Disposition: form-data; name=berichtMetadata",
                    ),
                ],
                "berichtMetadata",
            ),
            (
                vec![
                    META,
                    named(
                        "Content-Disposition: form-data; name=payload\r\nContent-Transfer-Encoding: base64",
                    ),
                ],
                "multipart",
            ),
            (
                vec![
                    named("Content-Disposition: form-data; name=BerichtMetadata"),
                    plain,
                ],
                "multipart",
            ),
        ] {
            assert_eq!(wrong(&form(&fields), "X").await, place, "{fields:?}");
        }
    }

    #[tokio::test]
    async fn a_wrong_boundary_and_a_body_that_ends_early_are_refused() {
        let whole = form(&[
            META,
            ("Content-Disposition: form-data; name=payload", "<a/>"),
        ]);
        assert_eq!(wrong(&whole, "Y").await, "multipart");
        assert_eq!(wrong(b"", "X").await, "multipart");
        for end in 1..whole.len() - b"--\r\n".len() {
            let cut = parts(&whole[..end], "X", 16).await;
            assert!(
                matches!(cut, Err(PartsError::Wrong(_))),
                "cut at {end}: {cut:?}"
            );
        }
        let many = "x: 1\r\n".repeat(40);
        let headed = format!(
            "--X\r\n{many}Content-Disposition: form-data; name=payload\r\n\r\n<a/>\r\n--X--"
        );
        assert_eq!(wrong(headed.as_bytes(), "X").await, "multipart");
    }

    #[tokio::test]
    async fn what_is_around_the_parts_is_read_up_to_its_bound_and_no_further() {
        use std::sync::atomic::AtomicUsize;
        let content = "x".repeat(300_000);
        let whole = form(&[
            META,
            ("Content-Disposition: form-data; name=payload", &content),
        ]);
        let preamble = [&b"a".repeat(10_000)[..], b"\r\n", &whole].concat();
        for piece in [100, 65_536, 1_000_000] {
            let read = parts(&preamble, "X", piece).await;
            assert_eq!(read.expect("two parts").payload, content, "{piece}");
        }
        for head in ["", "--X\r\nX-Long: ", "--X"] {
            for announced in [None, Some(20 << 20)] {
                let came = Arc::new(AtomicUsize::new(0));
                let counted = Arc::clone(&came);
                let first = stream::iter([Ok(Bytes::copy_from_slice(head.as_bytes()))]);
                let endless = stream::repeat_with(move || {
                    let came = counted.fetch_add(1000, Ordering::Relaxed);
                    assert!(came < 1_000_000, "no end to it");
                    Ok::<_, Full>(Bytes::from_static(&[b' '; 1000]))
                });
                let limits = Limits {
                    metadata_bytes_max: METADATA_MAX,
                    payload_bytes_max: PAYLOAD_MAX,
                    announced,
                    room: &mut |_| Ok(()),
                };
                let refused = read(first.chain(endless), "X", limits).await;
                assert!(matches!(refused, Err(PartsError::Wrong(_))), "{refused:?}");
                assert!(came.load(Ordering::Relaxed) <= 70_000);
            }
        }
    }

    #[tokio::test]
    async fn metadata_one_byte_past_the_limit_are_refused() {
        let content = "x".repeat(40);
        let fields = |content| {
            [
                (META.0, content),
                ("Content-Disposition: form-data; name=payload", "<a/>"),
            ]
        };
        assert!(parts(&form(&fields(&content)), "X", 7).await.is_ok());
        let longer = "x".repeat(41);
        assert_eq!(wrong(&form(&fields(&longer)), "X").await, "berichtMetadata");
    }

    #[tokio::test]
    async fn room_is_asked_for_before_it_is_filled_and_what_the_stream_ends_with_comes_back() {
        let payload = "x".repeat(300_000);
        let body = form(&[
            META,
            ("Content-Disposition: form-data; name=payload", &payload),
        ]);
        let mut asked = Vec::new();
        let mut room = |bytes| {
            asked.push(bytes);
            if bytes > 300_000 { Err(Full) } else { Ok(()) }
        };
        let limits = Limits {
            metadata_bytes_max: METADATA_MAX,
            payload_bytes_max: PAYLOAD_MAX,
            announced: None,
            room: &mut room,
        };
        let pieces: Vec<_> = body
            .chunks(1000)
            .map(|piece| Ok(Bytes::copy_from_slice(piece)))
            .collect();
        let full = read(stream::iter(pieces), "X", limits).await;
        assert!(matches!(full, Err(PartsError::Stream(Full))), "{full:?}");
        assert_eq!(asked, [65_536, 262_144, 1_048_576]);
        let limits = Limits {
            metadata_bytes_max: METADATA_MAX,
            payload_bytes_max: PAYLOAD_MAX,
            announced: Some(body.len() as u64),
            room: &mut |_| panic!("it is there"),
        };
        let broken = stream::iter(vec![Ok(Bytes::from_static(b"--X\r\n")), Err(Full)]);
        let ended = read(broken, "X", limits).await;
        assert!(matches!(ended, Err(PartsError::Stream(Full))), "{ended:?}");
    }

    #[test]
    fn a_boundary_is_named_quoted_or_not() {
        for (header, expected) in [
            ("multipart/form-data; boundary=abc", Some("abc")),
            ("multipart/form-data; boundary=\"a-b c\"", Some("a-b c")),
            (
                "Multipart/Form-Data; charset=utf-8; Boundary=abc",
                Some("abc"),
            ),
            ("multipart/form-data", None),
            ("multipart/form-data; boundary=", None),
            ("multipart/mixed; boundary=abc", None),
            ("application/json", None),
            ("", None),
        ] {
            assert_eq!(boundary(header).ok().as_deref(), expected, "{header}");
        }
        let long = format!("multipart/form-data; boundary={}", "a".repeat(71));
        assert!(boundary(&long).is_err());
    }

    #[test]
    fn content_is_not_shown() {
        let parts = Parts {
            metadata: b"{}".to_vec(),
            payload: Bytes::from_static(b"<a/>"),
        };
        assert_eq!(format!("{parts:?}"), "Parts(2 and 4 bytes)");
    }
}
