//! A provider's own numbers over municipalities. The standards want them used once by a provider; one municipality cannot know it of another (OP095), so
//! within a pair of parties the rules refuse, and over municipalities there is advice. It goes to the maker alone, in the answer to what he hands in: no
//! municipality learns what he sent to another (OP095), so nothing of it is kept with the message, and none is named.

use knooppunt_standard::Bericht;
use knooppunt_standard::assess;
use knooppunt_standard::history::{Change, Pseudonymise};
use knooppunt_standard::rules::Breach;

use crate::ledger::{Doing, Ledger, LedgerError, Pseudonym};

/// The numbers that a message uses up, now or when its receiver accepts it; none for an answer, which uses none.
pub(super) fn used(doing: &Doing) -> Vec<Pseudonym> {
    if doing.settles.is_some() {
        return Vec::new();
    }
    let number = |change: &Change| match change {
        Change::Requested { verzoek, .. } => Some(*verzoek),
        Change::Declared { nummer, .. } => Some(*nummer),
        Change::Granted { referentie, .. } | Change::Refused { referentie } => Some(*referentie),
        Change::Seen { .. }
        | Change::Toewijzing { .. }
        | Change::Honoured { .. }
        | Change::Started { .. }
        | Change::StartRemoved { .. }
        | Change::Stopped { .. }
        | Change::StopRemoved { .. }
        | Change::Answered { .. }
        | Change::CareAsSent { .. } => None,
    };
    let changes = doing.applied.iter().chain(&doing.pending);
    changes
        .filter_map(number)
        .map(|number| Pseudonym(number.0))
        .collect()
}

/// Advice on the numbers in a message that its maker used towards another municipality. Err: the views cannot be read.
pub(super) fn advice(
    ledger: &Ledger,
    bericht: &Bericht<'_>,
    names: &dyn Pseudonymise,
) -> Result<Vec<Breach>, LedgerError> {
    let (gemeente, _) = bericht.header.scope();
    let numbers = assess::own_numbers(bericht, names).into_iter();
    let numbers = numbers.map(|number| (Pseudonym(number.number().0), number));
    let used = ledger.used_towards(numbers.collect())?.into_iter();
    let elsewhere = used.filter(|(_, before)| *before != gemeente);
    Ok(elsewhere
        .map(|(number, _)| number.used_elsewhere())
        .collect())
}
