//! What cannot be done now and can be done later: what for, why, and whether something of it may be recorded already.

use crate::health;
use crate::ledger::LedgerError;

use super::{RETRY_LATER_S, RETRY_SOON_S};

/// Something that is not done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not now: {why}")]
pub struct Later {
    /// What was asked.
    pub errand: Errand,
    /// Why it is not done.
    pub why: Why,
    /// Whether it is certain that nothing of it is recorded. A request that was under way may be recorded all the same; asking again tells.
    pub unrecorded: bool,
}

/// What a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Errand {
    /// A message is handed in.
    HandIn,
    /// A message is acknowledged.
    Acknowledge,
    /// Lines of a declaration are decided on.
    Decide,
    /// The caller says that he knows of a refusal.
    Tell,
    /// An auditor looks.
    Look,
    /// Anything else: it records nothing.
    Read,
}

/// Why something is not done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Why {
    /// The gateway is stopping.
    #[error("stopping")]
    Stopping,
    /// The disk has less free space than `disk_free_min`, or none.
    #[error("disk nearly full")]
    DiskLow,
    /// The clock went back; nothing is taken until it is right.
    #[error("clock stepped back")]
    ClockBack,
    /// The engine that answers from the views does not return; what was begun goes on when it does.
    #[error("the view engine hangs")]
    ViewsHang,
}

impl Why {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Stopping => "stopping",
            Self::DiskLow => "disk-nearly-full",
            Self::ClockBack => "clock-stepped-back",
            Self::ViewsHang => "views-hang",
        }
    }
}

impl From<health::NotNow> for Why {
    fn from(not_now: health::NotNow) -> Self {
        match not_now {
            health::NotNow::Stopping => Self::Stopping,
            health::NotNow::DiskLow => Self::DiskLow,
            health::NotNow::ClockBack => Self::ClockBack,
        }
    }
}

impl Errand {
    /// What a request to this address is about, by its method and route.
    pub fn of(method: &str, route: &str) -> Self {
        match (method, route) {
            ("POST", "/v1/berichten") => Self::HandIn,
            ("DELETE", "/v1/postvak/{id}") => Self::Acknowledge,
            ("POST", "/v1/besluiten/{id}") => Self::Decide,
            ("DELETE", "/v1/weigeringen/{id}") => Self::Tell,
            (
                "POST",
                "/v1/audit/berichten"
                | "/v1/audit/berichten/{id}"
                | "/v1/audit/draden/{thread}"
                | "/v1/audit/uitvoer",
            ) => Self::Look,
            _ => Self::Read,
        }
    }

    /// Not begun, for this reason.
    pub fn not_begun(self, why: impl Into<Why>) -> Later {
        Later {
            errand: self,
            why: why.into(),
            unrecorded: true,
        }
    }

    /// Begun, and nobody waits for its end.
    pub fn under_way(self, why: Why) -> Later {
        Later {
            errand: self,
            why,
            unrecorded: self == Self::Read,
        }
    }

    /// What an error of the ledger says about it; `None` when it is none that passes by itself. A read needs nothing that stops or fills up.
    pub(super) fn kept_from(self, error: &LedgerError) -> Option<Later> {
        if self == Self::Read {
            None
        } else if error.disk_full() {
            Some(self.not_begun(Why::DiskLow))
        } else {
            match error {
                LedgerError::Stopped => Some(self.not_begun(Why::Stopping)),
                LedgerError::Unsettled => Some(self.under_way(Why::Stopping)),
                LedgerError::Store(_)
                | LedgerError::Unreadable { .. }
                | LedgerError::Views { .. }
                | LedgerError::ViewsNotWritten(_)
                | LedgerError::Bug
                | LedgerError::NoMeans { .. } => None,
            }
        }
    }
}

impl Later {
    /// Seconds after which to ask again: a start takes seconds, for the rest somebody has to do something first.
    pub(super) fn retry_after_s(self) -> u32 {
        match self.why {
            Why::Stopping => RETRY_SOON_S,
            Why::DiskLow | Why::ClockBack | Why::ViewsHang => RETRY_LATER_S,
        }
    }

    /// The same for every request that is not done for this reason, in Dutch.
    pub(super) fn title(self) -> &'static str {
        match self.why {
            Why::Stopping => "Het knooppunt stopt",
            Why::DiskLow => "Te weinig schijfruimte",
            Why::ClockBack => "De klok is teruggezet",
            Why::ViewsHang => "Het knooppunt antwoordt nu niet",
        }
    }

    /// Why, who has to do something, what became of the request, and what the caller does; in Dutch.
    pub(super) fn detail(self) -> String {
        let why = match self.why {
            Why::Stopping => "Het knooppunt wordt gestopt of opnieuw gestart.",
            Why::DiskLow => {
                "Het knooppunt heeft te weinig schijfruimte om dit vast te leggen; de beheerder moet ruimte maken. Lezen gaat door."
            }
            Why::ClockBack => {
                "De klok van het knooppunt is teruggezet; de beheerder moet haar herstellen. Lezen en bevestigen gaan door."
            }
            Why::ViewsHang => {
                "De opslag van het knooppunt antwoordt niet; de beheerder moet ingrijpen."
            }
        };
        let then = match (self.errand, self.unrecorded) {
            (Errand::HandIn, true) => {
                "Er is niets aangenomen: bied hetzelfde bericht na de genoemde tijd opnieuw aan."
            }
            (Errand::HandIn, false) => {
                "Het bericht kan al aangenomen zijn: bied hetzelfde bericht na de genoemde tijd opnieuw aan, dan krijgt u de uitkomst."
            }
            (Errand::Acknowledge, true) => {
                "Het bericht blijft in uw postvak; bevestig het na de genoemde tijd opnieuw."
            }
            (Errand::Acknowledge, false) => {
                "Uw bevestiging kan al vastgelegd zijn: bevestig het bericht na de genoemde tijd opnieuw, dat kan geen kwaad."
            }
            (Errand::Decide, true) => {
                "Er is niets vastgelegd: stuur hetzelfde besluit na de genoemde tijd opnieuw."
            }
            (Errand::Decide, false) => {
                "Uw besluit kan al vastgelegd zijn: stuur hetzelfde besluit na de genoemde tijd opnieuw, dat kan geen kwaad."
            }
            (Errand::Tell, true) => {
                "De weigering blijft in uw lijst; doe hetzelfde verzoek na de genoemde tijd opnieuw."
            }
            (Errand::Tell, false) => {
                "Het kan al vastgelegd zijn: doe hetzelfde verzoek na de genoemde tijd opnieuw, dat kan geen kwaad."
            }
            (Errand::Look, true) => {
                "U hebt niets ingezien en er is niets vastgelegd: doe hetzelfde verzoek na de genoemde tijd opnieuw."
            }
            (Errand::Look, false) => {
                "Uw inzage kan al vastgelegd zijn, maar u hebt geen antwoord: doe hetzelfde verzoek na de genoemde tijd opnieuw, dat kan geen kwaad."
            }
            (Errand::Read, _) => "Doe hetzelfde verzoek na de genoemde tijd opnieuw.",
        };
        format!("{why} {then}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ERRANDS: [Errand; 6] = [
        Errand::HandIn,
        Errand::Acknowledge,
        Errand::Decide,
        Errand::Tell,
        Errand::Look,
        Errand::Read,
    ];

    #[test]
    fn what_was_under_way_is_never_said_to_be_unrecorded_and_what_was_not_begun_never_to_be_recorded()
     {
        for errand in ERRANDS {
            let begun = errand.under_way(Why::ViewsHang).detail();
            let not_begun = errand.not_begun(Why::ViewsHang).detail();
            if errand == Errand::Read {
                assert_eq!(begun, not_begun);
                continue;
            }
            assert!(begun.contains("kan al"), "{errand:?}: {begun}");
            assert!(
                !begun.contains("niets") && !begun.contains("blijft"),
                "{errand:?}: {begun}"
            );
            assert!(!not_begun.contains("kan al"), "{errand:?}: {not_begun}");
        }
    }

    #[test]
    fn an_error_of_the_ledger_passes_by_itself_only_for_what_records_something() {
        for errand in ERRANDS {
            let stopped = errand.kept_from(&LedgerError::Stopped);
            let unsettled = errand.kept_from(&LedgerError::Unsettled);
            if errand == Errand::Read {
                assert_eq!((stopped, unsettled), (None, None));
                continue;
            }
            assert_eq!(stopped, Some(errand.not_begun(Why::Stopping)));
            assert_eq!(unsettled, Some(errand.under_way(Why::Stopping)));
            assert!(unsettled.is_some_and(|later| !later.unrecorded));
            assert_eq!(errand.kept_from(&LedgerError::Bug), None);
        }
    }
}
