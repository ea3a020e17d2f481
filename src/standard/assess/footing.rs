//! What the outcome of a message rests on, as far as a message that waits for its answer can change it: an outcome is certain when it comes out the same
//! whatever part of what waits is accepted later, in any order.
//!
//! It says what may change an outcome, not that it does. What a rule asks of a row is known here, so a rule that begins to ask more of a client or of the
//! series of declarations changes this as well.

use std::collections::HashSet;

use jiff::civil::Date;

use super::chain::Judged;
use crate::bericht::{Bericht, Content};
use crate::history::{Change, Past, RowKey};
use crate::rules::{Rule, tr056, tr135, tr318, tr333, tr378};
use crate::xml::tree::Node;

/// What the outcome of one message rests on.
pub struct Footing {
    /// The rows that were looked at, and those that the message itself changes; only allocations when no more than the header was judged; none when it is
    /// refused for what nothing that waits can change.
    rows: HashSet<RowKey>,
    /// Clients of whom it matters which allocations they have.
    clients: Clients,
    /// Whether it matters which requests of a client are open (TR374).
    requests: bool,
    /// The first day of a declaration that does not go back behind those that are booked (TR318).
    begins: Option<Date>,
}

/// Clients of whom it matters which allocations they have.
enum Clients {
    /// Nobody.
    None,
    /// These, who have none yet: a further one says nothing new of a client who has one (TR304).
    Without(HashSet<RowKey>),
    /// Whoever is looked at: all of his must be named (TR349).
    All,
}

impl Footing {
    /// Of a message that was judged so, with the rows that were looked at.
    pub fn of(
        bericht: &Bericht<'_>,
        judged: &Judged,
        past: &Past,
        looked_at: impl IntoIterator<Item = RowKey>,
    ) -> Self {
        let changed = judged.changes.iter().flat_map(Change::rows);
        let mut footing = Self {
            rows: looked_at.into_iter().chain(changed).collect(),
            clients: Clients::None,
            requests: false,
            begins: None,
        };
        // An identification that is used and a day that is to come stay so.
        let mut refusals = judged.assessment.refusals();
        if refusals.any(|breach| [&tr056::RULE, &tr135::RULE].contains(&breach.rule)) {
            footing.rows.clear();
            return footing;
        }
        // So do a number that is used and a month that lies behind; beside one of them a declaration is asked the other and no more.
        let breaks = |rule: &Rule| {
            let mut refusals = judged.assessment.refusals();
            refusals.any(|breach| breach.rule == rule)
        };
        let (used, back) = (breaks(&tr333::RULE), breaks(&tr318::RULE));
        if used || back {
            footing.rows.retain(|row| {
                !used && matches!(row, RowKey::Declaratie(_)) || !back && *row == RowKey::Series
            });
        }
        let header = bericht.root.child("Header").map(Node::number);
        let mut refusals = judged.assessment.refusals();
        if refusals.any(|breach| breach.rule == &tr378::RULE && Some(breach.at) == header) {
            footing
                .rows
                .retain(|row| matches!(row, RowKey::Toewijzing(_)));
            return footing;
        }
        match &bericht.content {
            Content::Declaratie(content) => {
                let clients = footing.rows.iter().filter(|row| {
                    matches!(row, RowKey::Client(client) if past
                        .client(*client)
                        .is_none_or(|client| client.toewijzingen.is_empty()))
                });
                footing.clients = Clients::Without(clients.copied().collect());
                let begins = content.declaratie_periode.begin;
                let latest = past.series().and_then(|series| series.latest);
                footing.begins = latest
                    .is_none_or(|latest| latest <= begins)
                    .then_some(begins);
            }
            Content::VerzoekWijziging(_) => {
                footing.clients = Clients::All;
                footing.requests = true;
            }
            Content::VerzoekToewijzing(_) => footing.requests = true,
            Content::Toewijzing(_)
            | Content::Start(_)
            | Content::Stop(_)
            | Content::Antwoord(_)
            | Content::DeclaratieAntwoord(_)
            | Content::Retour(_) => {}
        }
        footing
    }

    /// Whether nothing that waits can change the outcome.
    pub fn is_certain(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows by which a change that waits may change the outcome; none: it cannot. `known` has the rows of
    /// [`taken_back`] of everything that waits.
    pub fn hit_by(&self, waits: &Change, known: &Past) -> Vec<RowKey> {
        let mut rows = waits.rows();
        rows.extend(waits.rows_more(known));
        rows.retain(|row| self.rows.contains(row) && self.matters(waits, row));
        rows
    }

    /// Whether the outcome rests on what this change makes of a row that was looked at.
    fn matters(&self, waits: &Change, row: &RowKey) -> bool {
        if let (RowKey::Series, Change::Declared { declaratie, .. }) = (row, waits) {
            let begins = declaratie.periode.begin;
            return self.begins.is_some_and(|own| own < begins);
        }
        if !matches!(row, RowKey::Client(_)) {
            return true;
        }
        match &self.clients {
            // All that changes a client beside his allocations changes his requests.
            _ if !matches!(waits, Change::Toewijzing { .. }) => self.requests,
            Clients::None => false,
            Clients::Without(clients) => clients.contains(row),
            Clients::All => true,
        }
    }
}

impl std::fmt::Debug for Footing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Footing({} rows)", self.rows.len())
    }
}

/// The rows that must be known of what waits before [`Footing::hit_by`] is asked: the debits that credits take back.
pub fn taken_back(waits: &[Change]) -> impl Iterator<Item = RowKey> + '_ {
    waits.iter().filter_map(|change| {
        if let Change::Granted { line, .. } = change {
            line.vorig.map(RowKey::Prestatie)
        } else {
            None
        }
    })
}
