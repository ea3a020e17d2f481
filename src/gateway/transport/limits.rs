//! What one connection, one party and all of them together may take.

use std::time::Duration;

crate::settings! {
    /// Limits of connections.
    pub struct ConnectionSettings {
        /// Connections at the same time. When all are in use, a party that comes and has less than an even share of them is made room for: the party with the
        /// most closes one, an idle one first. Who has his share waits as long as a handshake may take; a party may have a sixteenth of `handshakes_max` wait.
        pub connections_max: usize = 4096,
        /// Connections of one party at the same time; further ones are closed.
        pub connections_party_max: usize = 256,
        /// TLS handshakes under way at the same time, with those behind them that wait for a place; further connections wait in the queue of the operating
        /// system.
        pub handshakes_max: usize = 256,
        /// Seconds that a TLS handshake may take.
        pub handshake_timeout_s: u64 = 10,
        /// Seconds in which the header of a request must be complete; also the time that a kept HTTP/1.1
        /// connection may wait for its next request.
        pub header_timeout_s: u64 = 30,
        /// Bytes of a request's header, start line included.
        pub header_bytes_max: usize = 16_384,
        /// Header lines of a request.
        pub headers_max: usize = 100,
        /// Seconds without a byte in either direction, while no request is being worked on, after which a
        /// connection is closed.
        pub idle_timeout_s: u64 = 60,
        /// Seconds after which a client must have taken `write_bytes_min` bytes of an answer that waits for it.
        pub write_timeout_s: u64 = 30,
        /// See `write_timeout_s`.
        pub write_bytes_min: u64 = 32_768,
        /// Seconds after which a connection takes no further requests: a certificate is then presented anew.
        pub connection_age_s: u64 = 600,
        /// Seconds that requests under way are given when a connection or the gateway is to end.
        pub drain_timeout_s: u64 = 30,
        /// Requests at the same time on one HTTP/2 connection.
        pub streams_max: u32 = 32,
    }
}

/// The same as durations.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the setting of the same name")]
pub struct ConnectionLimits {
    pub connections_max: usize,
    pub connections_party_max: usize,
    pub handshakes_max: usize,
    pub handshake_timeout: Duration,
    pub header_timeout: Duration,
    pub header_bytes_max: usize,
    pub headers_max: usize,
    pub idle_timeout: Duration,
    pub write_timeout: Duration,
    pub write_bytes_min: u64,
    pub connection_age: Duration,
    pub drain_timeout: Duration,
    pub streams_max: u32,
}

impl From<&ConnectionSettings> for ConnectionLimits {
    fn from(settings: &ConnectionSettings) -> Self {
        Self {
            // None at all would be a gateway that waits for ever: one is the least.
            connections_max: settings.connections_max.max(1),
            connections_party_max: settings.connections_party_max.max(1),
            handshakes_max: settings.handshakes_max.max(1),
            handshake_timeout: Duration::from_secs(settings.handshake_timeout_s),
            header_timeout: Duration::from_secs(settings.header_timeout_s),
            header_bytes_max: settings.header_bytes_max,
            headers_max: settings.headers_max,
            idle_timeout: Duration::from_secs(settings.idle_timeout_s),
            write_timeout: Duration::from_secs(settings.write_timeout_s),
            write_bytes_min: settings.write_bytes_min,
            connection_age: Duration::from_secs(settings.connection_age_s),
            drain_timeout: Duration::from_secs(settings.drain_timeout_s),
            streams_max: settings.streams_max,
        }
    }
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self::from(&ConnectionSettings::default())
    }
}
