//! How often and how long it is tried to bring a message to an endpoint.

use std::time::Duration;

/// Least and most that may be set for memory.
const BYTES_LEAST: u64 = 1 << 20;
const BYTES_MOST: u64 = 1 << 40;

crate::settings! {
    /// Bringing messages to the endpoints of their receivers.
    pub struct DeliverSettings {
        /// How the gateway calls itself to endpoints: `zender.applicatie` of a GGk envelope, `Applicatie` of a VSP push. 3 to 50 characters.
        pub application: String = "Knooppunt".to_owned(),
        /// Seconds before a message that was not taken is tried again; doubled every time, and each time shortened at random by up to a half.
        pub again_after_s: u32 = 5,
        /// Most seconds between two tries of one message, and most seconds that an endpoint is left alone.
        pub again_at_most_s: u32 = 900,
        /// Failures in a row after which an endpoint is left alone for a while; then one message is tried, and if it is taken all go on.
        pub failures_in_row_max: u32 = 5,
        /// Failures in all, since it was last left alone, after which an endpoint is left alone too.
        pub failures_in_all_max: u32 = 25,
        /// Seconds that an endpoint is left alone the first time; doubled while it goes on failing, and each time shortened at random by up to a fifth.
        pub rest_s: u32 = 60,
        /// Hours after which a message that is still not taken becomes a dead letter of delivery: it stays in the mailbox, and `knooppunt deliver retry`
        /// begins again. They count from its receipt, from when messages of its receiver's code are brought to this endpoint, or from the last `retry`,
        /// whichever is latest, and go on over a restart. So do dead letters, and the words of this section and of the endpoint under which a message was
        /// received: `application`, and of the endpoint `application` and `zip`. How often a message was tried, when it is tried again, and that an endpoint
        /// is left alone begin anew at a start. 0: never.
        pub give_up_after_h: u32 = 168,
        /// Bytes of memory that all messages on their way to endpoints take together, three for each byte of a message: who comes later waits for his turn.
        /// A quarter is kept for messages below 256 KiB. Endpoints that did not take what they were last asked have a third of each part together, so that
        /// who hangs does not keep the others waiting; a single message that needs more than that third still takes what it needs. 512 MiB.
        pub bytes_max: u64 = 512 << 20,
    }
}

impl DeliverSettings {
    pub(super) fn again_after(&self) -> Duration {
        Duration::from_secs(u64::from(self.again_after_s.max(1)))
    }

    pub(super) fn at_most(&self) -> Duration {
        Duration::from_secs(u64::from(self.again_at_most_s)).max(self.again_after())
    }

    pub(super) fn rest(&self) -> Duration {
        Duration::from_secs(u64::from(self.rest_s.max(1)))
    }

    /// What is wrong with the values, and with which key.
    pub fn outside(&self) -> Option<(&'static str, String)> {
        if !(3..=50).contains(&self.application.chars().count())
            || self.application.chars().any(char::is_control)
        {
            return Some(("application", "expected 3 to 50 characters".to_owned()));
        }
        let at_least_one = [
            ("again_after_s", self.again_after_s),
            ("rest_s", self.rest_s),
            ("failures_in_row_max", self.failures_in_row_max),
            ("failures_in_all_max", self.failures_in_all_max),
        ];
        if let Some((key, _)) = at_least_one.into_iter().find(|(_, value)| *value == 0) {
            return Some((key, "expected 1 or more".to_owned()));
        }
        let fits = (BYTES_LEAST..=BYTES_MOST).contains(&self.bytes_max);
        (!fits).then(|| ("bytes_max", "expected 1 MiB to 1 TiB".to_owned()))
    }
}
