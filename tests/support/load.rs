//! Load over mTLS: kept connections that each send one message after the other, and what that showed.
//!
//! A latency is what a sender sees: from handing the request over to having the whole answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName};
use knooppunt::client::{Client, ClientError};
use knooppunt::envelope::ggk::{GGK0210, Operation};

/// What one run of load showed.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    /// Time each accepted message took, sorted.
    pub(crate) latencies: Vec<Duration>,
    /// Answers other than that it was taken, and broken requests as 0.
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

/// Which door is sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code, reason = "not every bench sends to all doors")]
pub(crate) enum Door {
    /// The own API: a body is the message.
    Own,
    /// The GGk, release 0210: a body is a SOAP envelope with a Di01.
    Ggk,
    /// The VSP: a body is a form with [`BOUNDARY`].
    Vsp,
}

/// The boundary of forms that are pushed.
pub(crate) const BOUNDARY: &str = "grens-van-de-aanbieder-in-een-meting";

impl Door {
    fn path(self) -> &'static str {
        match self {
            Door::Own => "/v1/berichten",
            Door::Ggk => "/ggk/OntvangAsynchroon",
            Door::Vsp => "/berichtenservice/berichten/rest-push/v1/berichten",
        }
    }

    fn headers(self) -> Vec<(HeaderName, String)> {
        let media = |media: String| (CONTENT_TYPE, media);
        match self {
            Door::Own => vec![media("application/xml".to_owned())],
            Door::Ggk => vec![
                media("text/xml; charset=utf-8".to_owned()),
                (
                    HeaderName::from_static("soapaction"),
                    format!("\"{}\"", Operation::Di01.action(GGK0210)),
                ),
            ],
            Door::Vsp => vec![media(format!(
                "multipart/form-data; boundary=\"{BOUNDARY}\""
            ))],
        }
    }

    /// The status that says that a message was taken for the first time, or, at the doors of others, taken.
    fn taken(self) -> u16 {
        match self {
            Door::Own => 201,
            Door::Ggk => 200,
            Door::Vsp => 204,
        }
    }
}

/// What is sent and how fast.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// Where it is sent.
    pub(crate) door: Door,
    /// For how long.
    pub(crate) length: Duration,
    /// Messages a second over all connections, each sent when it is due; `None`: each as soon as the one before it is answered.
    pub(crate) rate: Option<u32>,
}

impl Plan {
    /// As fast as answers come, to the own API.
    pub(crate) fn full(length: Duration) -> Self {
        Self {
            door: Door::Own,
            length,
            rate: None,
        }
    }

    /// The moment, from the start on, at which the `n`th message of the `index`th of so many connections is due.
    fn due(&self, connections: usize, index: usize, n: u64) -> Option<Duration> {
        let place = n.saturating_mul(connections as u64) + index as u64;
        let rate = f64::from(self.rate?);
        #[allow(clippy::cast_precision_loss, reason = "counts below 2^52")]
        Some(Duration::from_secs_f64(place as f64 / rate))
    }
}

/// Sends on each client's own connection for `length`; `make(client, n)` gives each body.
pub(crate) async fn run<M>(clients: Vec<Client>, length: Duration, make: M) -> Figures
where
    M: Fn(usize, u64) -> Vec<u8> + Send + Sync + 'static,
{
    planned(clients, Plan::full(length), make).await
}

/// The same, as planned. Where messages are due at their moments, the latency of one counts from its moment, also when it had to wait for the one before it.
pub(crate) async fn planned<M>(clients: Vec<Client>, plan: Plan, make: M) -> Figures
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
    let connections = connected.len();
    let tasks: Vec<_> = connected
        .into_iter()
        .enumerate()
        .map(|(index, client)| {
            let due = move |n| plan.due(connections, index, n);
            let make = Arc::clone(&make);
            tokio::spawn(send(client, plan, start, due, move |n| make(index, n)))
        })
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

async fn send(
    mut client: Client,
    plan: Plan,
    start: Instant,
    due: impl Fn(u64) -> Option<Duration>,
    make: impl Fn(u64) -> Vec<u8>,
) -> (Vec<Duration>, Vec<u16>) {
    let headers = plan.door.headers();
    let (mut latencies, mut others, mut n) = (Vec::new(), Vec::new(), 0);
    while start.elapsed() < plan.length {
        let body = Bytes::from(make(n));
        let from = match due(n) {
            Some(due) => {
                tokio::time::sleep_until((start + due).into()).await;
                start + due
            }
            None => Instant::now(),
        };
        n += 1;
        match client.post_with(plan.door.path(), &headers, body).await {
            Ok(answer) if answer.status.as_u16() == plan.door.taken() => {
                latencies.push(from.elapsed());
            }
            Ok(answer) => others.push(answer.status.as_u16()),
            Err(ClientError::Broken(_)) => others.push(0),
            Err(error) => panic!("the gateway is there: {error}"),
        }
    }
    (latencies, others)
}
