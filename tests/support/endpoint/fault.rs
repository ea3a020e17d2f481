//! The ways in which an endpoint does not do its work.

use super::wire::Wire;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// Nobody listens.
    Refuses,
    /// The handshake ends with an alert.
    Tls,
    /// It shows a certificate that its issuer revoked.
    Revoked,
    /// It keeps the message, and never answers.
    Hangs,
    /// It keeps the message, answers half, and closes.
    Half,
    /// It keeps the message, and answers something else than that it has it: a Bv03 about another message, or a page.
    OtherAnswer,
    /// 500 with nothing in it.
    Bare500,
    /// 500 in the words of its wire: Fo03 of the server, or a problem.
    Told500,
}

impl Fault {
    pub(crate) const ALL: [Self; 8] = [
        Self::Refuses,
        Self::Tls,
        Self::Revoked,
        Self::Hangs,
        Self::Half,
        Self::OtherAnswer,
        Self::Bare500,
        Self::Told500,
    ];

    /// Whether a request comes through to it.
    pub(crate) fn is_asked(self) -> bool {
        !matches!(self, Self::Refuses | Self::Tls | Self::Revoked)
    }

    /// Whether it has the message although it did not say so.
    pub(crate) fn keeps(self) -> bool {
        matches!(self, Self::Hangs | Self::Half | Self::OtherAnswer)
    }

    /// What the gateway calls it.
    pub(crate) fn reason(self, wire: Wire) -> &'static str {
        match (self, wire) {
            (Self::Refuses, _) => "connect",
            (Self::Tls, _) => "tls",
            (Self::Revoked, _) => "certificate-revoked",
            (Self::Hangs, _) => "timeout",
            (Self::Half, _) => "broken",
            (Self::OtherAnswer, Wire::Ggk) => "other-bv03",
            (Self::OtherAnswer, Wire::Vsp) => "http-200",
            (Self::Told500, Wire::Ggk) => "StUF046",
            (Self::Bare500, _) | (Self::Told500, Wire::Vsp) => "http-500",
        }
    }
}
