//! A stream that notices when nothing moves: it remembers the last byte in either direction, and
//! cuts off a client that does not take its answer.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;
use tokio::time::{Instant, Sleep, sleep_until};

/// What happens on a connection, shared by its stream, its requests and its loop.
#[derive(Debug)]
pub(super) struct Activity {
    begun: Instant,
    /// Milliseconds after `begun` of the last byte.
    last_ms: AtomicU64,
    /// Requests that the router is working on.
    at_work: AtomicUsize,
    /// The connection is to take no further requests.
    pub(super) close: Notify,
    /// The same, since another party waits for its place.
    pub(super) leave: Notify,
}

impl Activity {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            begun: Instant::now(),
            last_ms: AtomicU64::new(0),
            at_work: AtomicUsize::new(0),
            close: Notify::new(),
            leave: Notify::new(),
        })
    }

    /// Whether requests are being worked on.
    pub(super) fn is_at_work(&self) -> bool {
        self.at_work.load(Ordering::Relaxed) > 0
    }

    /// How much it is used: whether requests are being worked on, and when its last byte came or went.
    pub(super) fn used(&self) -> (bool, Instant) {
        let last = Duration::from_millis(self.last_ms.load(Ordering::Relaxed));
        (self.is_at_work(), self.begun + last)
    }

    /// When the connection would be idle for `timeout`, were nothing to happen; from now on while
    /// requests are being worked on.
    pub(super) fn idle_at(&self, timeout: Duration) -> Instant {
        let (at_work, last) = self.used();
        if at_work {
            return Instant::now() + timeout;
        }
        last + timeout
    }

    /// Counts a request until the guard is dropped.
    pub(super) fn work(self: &Arc<Self>) -> AtWork {
        self.at_work.fetch_add(1, Ordering::Relaxed);
        AtWork(Arc::clone(self))
    }

    fn moved(&self) {
        let ms = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_ms.store(ms, Ordering::Relaxed);
    }
}

/// One request is being worked on.
#[derive(Debug)]
pub(super) struct AtWork(Arc<Activity>);

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.moved();
        self.0.at_work.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A stream with a least speed for what is written to it: in every `timeout` of waiting for the
/// client, it must take `bytes_min`. Only time in which bytes wait counts.
#[derive(Debug)]
pub(super) struct Watched<S> {
    inner: S,
    activity: Arc<Activity>,
    timeout: Duration,
    bytes_min: u64,
    /// Waited so far, and bytes taken since the count began.
    waited: Duration,
    taken: u64,
    /// Since when bytes wait now.
    since: Option<Instant>,
    /// Made at the first wait; most connections never have one.
    end: Option<Pin<Box<Sleep>>>,
}

impl<S> Watched<S> {
    /// Watches a stream.
    pub(super) fn new(
        inner: S,
        activity: Arc<Activity>,
        timeout: Duration,
        bytes_min: u64,
    ) -> Self {
        Self {
            inner,
            activity,
            timeout,
            bytes_min,
            waited: Duration::ZERO,
            taken: 0,
            since: None,
            end: None,
        }
    }

    /// The client has taken bytes, or everything.
    fn moves(&mut self, bytes: usize) {
        if bytes > 0 {
            self.activity.moved();
        }
        if let Some(since) = self.since.take() {
            self.waited += since.elapsed();
        }
        self.taken += bytes as u64;
        if self.taken >= self.bytes_min {
            self.taken = 0;
            self.waited = Duration::ZERO;
        }
    }

    /// Bytes wait for the client. Ready: for too long.
    fn waits(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let left = self.timeout.saturating_sub(self.waited);
        let since = *self.since.get_or_insert_with(Instant::now);
        let end = self
            .end
            .get_or_insert_with(|| Box::pin(sleep_until(since + left)));
        end.as_mut().reset(since + left);
        end.as_mut().poll(cx).map(|()| {
            io::Error::new(
                io::ErrorKind::TimedOut,
                "the client does not take its answer",
            )
        })
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let result = ready!(Pin::new(&mut self.inner).poll_read(cx, buffer));
        if buffer.filled().len() > before {
            self.activity.moved();
        }
        Poll::Ready(result)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.inner).poll_write(cx, bytes) {
            Poll::Ready(Ok(taken)) => {
                self.moves(taken);
                Poll::Ready(Ok(taken))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => self.waits(cx).map(Err),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.inner).poll_flush(cx) {
            Poll::Ready(result) => {
                self.moves(0);
                Poll::Ready(result)
            }
            Poll::Pending => self.waits(cx).map(Err),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.inner).poll_shutdown(cx) {
            Poll::Ready(result) => Poll::Ready(result),
            Poll::Pending => self.waits(cx).map(Err),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.inner).poll_write_vectored(cx, bytes) {
            Poll::Ready(Ok(taken)) => {
                self.moves(taken);
                Poll::Ready(Ok(taken))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => self.waits(cx).map(Err),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}
