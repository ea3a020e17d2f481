//! What an operator may set about the own API. Every limit stands here with its manual.

crate::settings! {
    /// The own API.
    pub struct ApiSettings {
        /// Largest message that is taken, in bytes (operational process agreement OP179). Two parties that both use the own API may be given more: `[[large]]`
        /// in the register.
        pub body_bytes_max: u64 = 26_214_400,
        /// Largest decision, or question of an auditor, that is taken, in bytes: some 8,000 lines by path.
        pub decision_bytes_max: u64 = 1 << 20,
        /// Seconds that a body may take before its speed counts.
        pub body_grace_s: u64 = 10,
        /// Slowest speed at which a body may come after that, in bytes a second over the whole body.
        pub body_bytes_per_s_min: u64 = 65_536,
        /// Longest pause within a body, in seconds.
        pub body_idle_s: u64 = 10,
        /// Findings shown in the answer to a refused message, at most 1,000; the rest is counted.
        pub findings_shown_max: usize = 100,
        /// Messages on one page of the mailbox when the caller does not ask for a number.
        pub page_default: usize = 100,
        /// Most messages on one page of the mailbox.
        pub page_max: usize = 1000,
        /// Days before the end of a certificate at which its owner is warned in `GET /v1/partij`.
        pub certificate_warning_days: u32 = 42,
    }
}

impl ApiSettings {
    /// The same for the body of a message; `large`: of a caller who may hand in larger ones than others to somebody. To whom this one is has not been read yet.
    pub(super) fn for_message(&self, large: Option<u64>) -> Self {
        Self {
            body_bytes_max: self.body_bytes_max.max(large.unwrap_or_default()),
            ..self.clone()
        }
    }

    /// The same for the body of a decision.
    pub(super) fn for_decision(&self) -> Self {
        Self {
            body_bytes_max: self.decision_bytes_max,
            ..self.clone()
        }
    }
}
