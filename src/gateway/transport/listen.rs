//! The accept loops: one over mutual TLS for parties, one plain for health and metrics. Every wait
//! has an end: handshake, header, idle connection, answer that is not taken, age, drain.

use super::admit::Door;
use super::limits::ConnectionLimits;
use super::seats::Seats;
use super::standing::Standing;
use super::stream::{Activity, Watched};
use super::tls::TlsState;
use crate::register::Registers;
use axum::Router;
use axum::body::Body;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulConnection;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// A wait after a failed accept (no file descriptors left, for example).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long a connection without a request has to end in good order when its place is wanted by another party.
const LEAVES_WITHIN: Duration = Duration::from_secs(1);
/// Streams that a client may open and cancel before it is cut off (HTTP/2 rapid reset).
const RESET_STREAMS_MAX: usize = 32;

/// Serves parties over mutual TLS until `stop` is cancelled and what was under way is done, or
/// `drain_timeout` is over. Requests reach the router with `Arc<Peer>` and `Arc<Admitted>` in
/// their extensions; there is no request without.
pub async fn serve(
    listener: TcpListener,
    tls: Arc<TlsState>,
    registers: Arc<Registers>,
    router: Router,
    limits: ConnectionLimits,
    stop: CancellationToken,
) {
    let limits = Arc::new(limits);
    let seats = Arc::new(Seats::new(&limits));
    let handshakes = Arc::new(Semaphore::new(limits.handshakes_max));
    let loop_stop = stop.clone();
    accept_loop(listener, handshakes, loop_stop, move |stream, handshake| {
        let entrance = Entrance {
            tls: Arc::clone(&tls),
            registers: Arc::clone(&registers),
            router: router.clone(),
            limits: Arc::clone(&limits),
            seats: Arc::clone(&seats),
            stop: stop.clone(),
        };
        entrance.connection(stream, handshake)
    })
    .await;
}

/// Serves a router without TLS and without knowing who asks, under the same limits: for health
/// and metrics on an address of their own. HTTP/1.1 only.
pub async fn serve_plain(
    listener: TcpListener,
    router: Router,
    limits: ConnectionLimits,
    stop: CancellationToken,
) {
    let limits = Arc::new(limits);
    let connections = Arc::new(Semaphore::new(limits.connections_max));
    let loop_stop = stop.clone();
    accept_loop(
        listener,
        connections,
        loop_stop,
        move |stream, connection| {
            let (router, limits, stop) = (router.clone(), Arc::clone(&limits), stop.clone());
            async move {
                let activity = Activity::new();
                let working = Arc::clone(&activity);
                let answer = service_fn(move |request: Request<Incoming>| {
                    let (router, at_work) = (router.clone(), working.work());
                    async move {
                        let _at_work = at_work;
                        router.oneshot(request.map(Body::new)).await
                    }
                });
                let stream = watched(stream, &activity, &limits);
                let serving = http1_builder(&limits).serve_connection(TokioIo::new(stream), answer);
                drive(serving, &activity, &limits, &stop).await;
                drop(connection);
            }
        },
    )
    .await;
}

/// Accepts a connection whenever there is a permit for it; who gets it keeps it for as long as it counts.
async fn accept_loop<F, T>(
    listener: TcpListener,
    permits: Arc<Semaphore>,
    stop: CancellationToken,
    begin: F,
) where
    F: Fn(TcpStream, OwnedSemaphorePermit) -> T,
    T: Future<Output = ()> + Send + 'static,
{
    let mut open = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = next(&listener, &permits) => accepted,
            Some(_) = open.join_next(), if !open.is_empty() => continue,
        };
        match accepted {
            Ok((stream, permit)) => {
                // Small answers go out at once; a socket that refuses the option works as well.
                let _ = stream.set_nodelay(true);
                open.spawn(begin(stream, permit));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    while open.join_next().await.is_some() {}
}

async fn next(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let permit = Arc::clone(permits).acquire_owned().await;
    let permit = permit.map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, permit))
}

/// What a new connection needs.
struct Entrance {
    tls: Arc<TlsState>,
    registers: Arc<Registers>,
    router: Router,
    limits: Arc<ConnectionLimits>,
    seats: Arc<Seats>,
    stop: CancellationToken,
}

impl Entrance {
    async fn connection(self, stream: TcpStream, handshake: OwnedSemaphorePermit) {
        let activity = Activity::new();
        let stream = watched(stream, &activity, &self.limits);
        let acceptor = TlsAcceptor::from(self.tls.config());
        let shaken = tokio::select! {
            () = self.stop.cancelled() => return,
            shaken = timeout(self.limits.handshake_timeout, acceptor.accept(stream)) => shaken,
        };
        let stream = match shaken {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return refused_handshake("handshake-failed", &error.to_string()),
            Err(_) => return refused_handshake("handshake-slow", "the handshake took too long"),
        };
        let (_, session) = stream.get_ref();
        let chain = session.peer_certificates().unwrap_or_default();
        let chain: Vec<_> = chain
            .iter()
            .map(|certificate| certificate.clone().into_owned())
            .collect();
        let http2 = session.alpn_protocol() == Some(b"h2".as_slice());
        // Checked again here, because only this check tells which root stands behind the client.
        let standing = match Standing::of(chain, &self.tls) {
            Ok(standing) => standing,
            Err(error) => {
                return refused_handshake(error.code(), "the certificate does not hold any more");
            }
        };
        let Ok(peer) = standing.peer(&self.tls) else {
            return;
        };
        let register = self.registers.current();
        let party = register
            .party_of(&peer, self.tls.clock().now())
            .map(|party| party.id.clone());
        if let Some(party) = &party {
            self.registers.saw(party, &peer);
        }
        let seat = timeout(
            self.limits.handshake_timeout,
            self.seats.take(party.as_ref(), &activity),
        );
        let seated = tokio::select! {
            () = self.stop.cancelled() => return,
            seated = seat => seated,
        };
        let _seat = match seated {
            Ok(Some(seat)) => seat,
            Ok(None) => {
                return refused_handshake("share-taken", "the party has too many connections");
            }
            Err(_) => return refused_handshake("no-place", "all places are in use"),
        };
        // Until here it counts as a handshake: so many may wait for a place at most.
        drop(handshake);
        let _open = Open::count();
        let door = Arc::new(Door {
            tls: self.tls,
            registers: self.registers,
            standing,
            activity: Arc::clone(&activity),
            router: self.router,
        });
        let answer = service_fn(move |request| Arc::clone(&door).answer(request));
        let io = TokioIo::new(stream);
        if http2 {
            let connection = http2_builder(&self.limits).serve_connection(io, answer);
            drive(connection, &activity, &self.limits, &self.stop).await;
        } else {
            let connection = http1_builder(&self.limits).serve_connection(io, answer);
            drive(connection, &activity, &self.limits, &self.stop).await;
        }
    }
}

fn refused_handshake(reason: &'static str, text: &str) {
    metrics::counter!("knooppunt_connections_refused_total", "reason" => reason).increment(1);
    tracing::debug!(reason, text, "connection refused");
}

/// Counts an open connection in the metrics.
struct Open;

impl Open {
    fn count() -> Self {
        metrics::gauge!("knooppunt_connections").increment(1);
        Self
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        metrics::gauge!("knooppunt_connections").decrement(1);
    }
}

fn watched<S>(stream: S, activity: &Arc<Activity>, limits: &ConnectionLimits) -> Watched<S> {
    Watched::new(
        stream,
        Arc::clone(activity),
        limits.write_timeout,
        limits.write_bytes_min,
    )
}

fn http1_builder(limits: &ConnectionLimits) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout)
        .max_header_size(limits.header_bytes_max)
        // A header that never ends fills the buffer: it must not be larger than a header may be.
        .max_buf_size(limits.header_bytes_max.max(8192))
        .max_headers(limits.headers_max)
        .half_close(false);
    builder
}

fn http2_builder(limits: &ConnectionLimits) -> http2::Builder<TokioExecutor> {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.streams_max)
        .max_header_list_size(u32::try_from(limits.header_bytes_max).unwrap_or(u32::MAX))
        .max_pending_accept_reset_streams(RESET_STREAMS_MAX)
        // No pings of ours: their answers would keep an idle connection from being idle.
        .max_local_error_reset_streams(RESET_STREAMS_MAX);
    builder
}

/// Runs a connection to its end: its own, its age's, idleness, a refusal, or the gateway's stop.
async fn drive<C>(
    connection: C,
    activity: &Activity,
    limits: &ConnectionLimits,
    stop: &CancellationToken,
) where
    C: GracefulConnection,
    C::Error: std::fmt::Display,
{
    let mut connection = std::pin::pin!(connection);
    let mut age = std::pin::pin!(sleep(limits.connection_age));
    let mut idle = std::pin::pin!(sleep_until(activity.idle_at(limits.idle_timeout)));
    let mut drained = std::pin::pin!(sleep(Duration::MAX));
    let (mut closing, mut leaving, mut in_short) = (false, false, false);
    loop {
        tokio::select! {
            result = connection.as_mut() => {
                if let Err(error) = result {
                    tracing::debug!(%error, "connection ended");
                }
                return;
            }
            () = idle.as_mut() => {
                let idle_at = activity.idle_at(limits.idle_timeout);
                if idle_at <= Instant::now() {
                    tracing::debug!("connection idle, closed");
                    return;
                }
                idle.as_mut().reset(idle_at);
                continue;
            }
            () = drained.as_mut(), if closing => {
                if in_short && activity.is_at_work() {
                    // A request came in the meantime.
                    in_short = false;
                    drained.as_mut().reset(Instant::now() + limits.drain_timeout);
                    continue;
                }
                tracing::debug!("connection cut off after its drain time");
                return;
            }
            () = age.as_mut(), if !closing => {}
            () = activity.close.notified(), if !closing => {}
            () = activity.leave.notified(), if !leaving => leaving = true,
            () = stop.cancelled(), if !closing => {}
        }
        if !closing {
            closing = true;
            connection.as_mut().graceful_shutdown();
        }
        in_short = leaving && !activity.is_at_work();
        let time = if in_short {
            LEAVES_WITHIN.min(limits.drain_timeout)
        } else {
            limits.drain_timeout
        };
        drained.as_mut().reset(Instant::now() + time);
    }
}
