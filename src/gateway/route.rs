//! From published codes to parties: for whom a caller may hand in, whose mailbox he may read, and whether a receiver is known here.
//! Decides by the register snapshot and the day of the request; knows no messages.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use knooppunt_standard::Release;

use crate::clock::day_of;
use crate::ledger::KindRecord;
use crate::register::{Direction, Mode, PartyCode, PartyId, Register};

/// Who asks, as recognised by his certificate for this request. Made anew for every request.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The party of the certificate.
    pub party: PartyId,
    /// The register as it was when the request came.
    pub register: Arc<Register>,
    /// When the request came.
    pub at: Timestamp,
}

impl Caller {
    /// The day of the request in Europe/Amsterdam: mandates and releases are looked up on it.
    pub fn day(&self) -> Date {
        day_of(self.at)
    }

    /// Whether the caller may hand in what this code makes: the code is his own, or he has a mandate for the kind on the day.
    pub fn may_submit(&self, maker: &PartyCode, kind: &KindRecord) -> bool {
        self.may(Direction::Submit, maker, kind, self.day())
    }

    /// Whether the caller may know what became of a message that he or another sent for this code: one of a kind that he may hand in, or, where its kind could
    /// not be known, one of a code of his own.
    pub fn may_know_of(&self, maker: &PartyCode, kind: Option<&KindRecord>) -> bool {
        kind.map_or_else(|| self.owns(maker), |kind| self.may_submit(maker, kind))
    }

    /// Whether the caller may read and acknowledge what is sent to this code: the code is his own, or he has a mandate for the kind on the day.
    pub fn may_receive(&self, receiver: &PartyCode, kind: &KindRecord) -> bool {
        self.may(Direction::Receive, receiver, kind, self.day())
    }

    /// The same for a message that was taken at `received`: whoever owns the code now may read what it was ever sent; a mandate must hold now and have held then.
    pub fn may_receive_of(
        &self,
        receiver: &PartyCode,
        kind: &KindRecord,
        received: Timestamp,
    ) -> bool {
        let on = |day| self.may(Direction::Receive, receiver, kind, day);
        self.owns(receiver) || on(self.day()) && on(day_of(received))
    }

    /// Whether the caller may decide on lines of a message to this code that was taken at `received`: the code is his own now, or he has a mandate to decide now
    /// and had it then. A mandate to receive is not enough: who reads for a municipality does not spend its money.
    pub fn may_decide_of(
        &self,
        receiver: &PartyCode,
        kind: &KindRecord,
        received: Timestamp,
    ) -> bool {
        let on = |day| self.may(Direction::Decide, receiver, kind, day);
        self.owns(receiver) || on(self.day()) && on(day_of(received))
    }

    fn may(&self, direction: Direction, code: &PartyCode, kind: &KindRecord, day: Date) -> bool {
        let (register, party) = (&self.register, &self.party);
        if let Some(functie) = &kind.functie {
            return register.may_with_files(direction, party, code, functie, day);
        }
        let may = match direction {
            Direction::Submit => Register::may_submit,
            Direction::Receive => Register::may_receive,
            Direction::Decide => Register::may_decide,
        };
        may(register, party, code, &kind.law, kind.soort, day)
    }

    /// Whether the code is the caller's own today.
    pub fn owns(&self, code: &PartyCode) -> bool {
        self.register
            .party_with(code, self.day())
            .is_some_and(|owner| owner.id == self.party)
    }

    /// The codes for which the caller may decide, for all kinds or some.
    pub fn decidable_codes(&self) -> Vec<PartyCode> {
        self.register.decidable_codes(&self.party, self.day())
    }

    /// The codes whose mailboxes the caller may open, for all kinds or some.
    pub fn receivable_codes(&self) -> Vec<PartyCode> {
        self.register.receivable_codes(&self.party, self.day())
    }

    /// The codes for which the caller may do something: open a mailbox or hand in, for all kinds or some. In order.
    pub fn codes(&self) -> Vec<PartyCode> {
        let day = self.day();
        let mandates = self.register.mandates_of(&self.party).iter();
        let mut codes: BTreeSet<PartyCode> = mandates
            .filter(|mandate| mandate.period.contains(day))
            .map(|mandate| mandate.code)
            .filter(|code| self.register.party_with(code, day).is_some())
            .collect();
        codes.extend(self.receivable_codes());
        codes.into_iter().collect()
    }

    /// How far a message of this kind from one code to another is judged when it comes now. A release without rules is carried.
    pub fn mode(
        &self,
        maker: &PartyCode,
        receiver: &PartyCode,
        release: &Release,
        soort: u16,
    ) -> Mode {
        if !release.has_rules() {
            return Mode::Carry;
        }
        self.register
            .judging()
            .mode(maker, receiver, release.law.as_str(), soort, self.day())
    }

    /// Largest message that the caller may hand in now to somebody, in bytes, where that is more than others may.
    pub fn large_bytes_max(&self) -> Option<u64> {
        self.register.body_bytes_max_of(&self.party, self.day())
    }

    /// Whether a code has an owner here, so that it has a mailbox.
    pub fn knows(&self, code: &PartyCode) -> bool {
        self.register.party_with(code, self.day()).is_some()
    }
}
