//! Load over mTLS: kept connections that each send one message after the other, and what that showed.
//!
//! A latency is what a sender sees: from handing the request over to having the whole answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use knooppunt::client::{Client, ClientError};

/// What one run of load showed.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    /// Time each accepted message took, sorted.
    pub(crate) latencies: Vec<Duration>,
    /// Answers other than 201, and broken requests as 0.
    pub(crate) others: Vec<u16>,
    /// Length of the run.
    pub(crate) elapsed: Duration,
}

impl Figures {
    /// Accepted messages a second.
    #[allow(clippy::cast_precision_loss, reason = "counts below 2^52")]
    pub(crate) fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64().max(f64::EPSILON)
    }

    /// What another run of the same showed, too.
    #[allow(dead_code, reason = "not every bench has rounds")]
    pub(crate) fn add(&mut self, other: Figures) {
        self.latencies.extend(other.latencies);
        self.latencies.sort_unstable();
        self.others.extend(other.others);
        self.elapsed += other.elapsed;
    }

    /// The latency that `share` in a thousand of the messages did not exceed.
    pub(crate) fn permille(&self, share: usize) -> Duration {
        let last = self.latencies.len().saturating_sub(1);
        self.latencies
            .get((self.latencies.len() * share / 1000).min(last))
            .copied()
            .unwrap_or_default()
    }
}

/// Sends on each client's own connection for `length`; `make(client, n)` gives each body.
pub(crate) async fn run<M>(clients: Vec<Client>, length: Duration, make: M) -> Figures
where
    M: Fn(usize, u64) -> Vec<u8> + Send + Sync + 'static,
{
    let make = Arc::new(make);
    let mut connected = Vec::new();
    for mut client in clients {
        client
            .get("/v1/partij")
            .await
            .expect("the gateway takes the connection");
        connected.push(client);
    }
    let start = Instant::now();
    let tasks: Vec<_> = connected
        .into_iter()
        .enumerate()
        .map(|(index, client)| tokio::spawn(send(client, index, start, length, Arc::clone(&make))))
        .collect();
    let mut figures = Figures::default();
    for task in tasks {
        let (latencies, others) = task.await.expect("a sender does not panic");
        figures.latencies.extend(latencies);
        figures.others.extend(others);
    }
    figures.elapsed = start.elapsed();
    figures.latencies.sort_unstable();
    figures
}

async fn send<M>(
    mut client: Client,
    index: usize,
    start: Instant,
    length: Duration,
    make: Arc<M>,
) -> (Vec<Duration>, Vec<u16>)
where
    M: Fn(usize, u64) -> Vec<u8> + Send + Sync + 'static,
{
    let (mut latencies, mut others, mut n) = (Vec::new(), Vec::new(), 0);
    while start.elapsed() < length {
        let body = Bytes::from(make(index, n));
        n += 1;
        let from = Instant::now();
        match client.post_xml("/v1/berichten", body).await {
            Ok(answer) if answer.status.as_u16() == 201 => latencies.push(from.elapsed()),
            Ok(answer) => others.push(answer.status.as_u16()),
            Err(ClientError::Broken(_)) => others.push(0),
            Err(error) => panic!("the gateway is there: {error}"),
        }
    }
    (latencies, others)
}
