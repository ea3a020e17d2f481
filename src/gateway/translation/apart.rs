//! Products of one client that are apart on one side stay apart on the other (M11): those of one message, and those of a 301 beside what its client was allocated
//! before. What is known of an allocation says what its provider calls it; of one of which nothing is known he has what the municipality said. An allocation that
//! waits for its answer counts, as far as it is looked at.

use std::collections::{BTreeMap, BTreeSet};

use knooppunt_catalogue::Period;
use knooppunt_catalogue::translate::{Dated, Product, Stacked, collapse};
use knooppunt_standard::{Bericht, Berichtsoort, Checked, Content};

use super::lore::{Lore, Running};
use super::step::{Fate, Going};
use super::why;
use crate::ledger::LedgerError;

/// Every two products of one client that would become one stay apart; `running` are those of the client that his provider has already. What he has twice although
/// it crosses as it is, since what he has of it came of something else, is told so and keeps nothing as it is.
pub(super) fn keep_apart(going: &mut [Going<'_, '_>], stacked: Stacked, running: &[Dated]) {
    for at in clashing(going, stacked, running, |one| one.said.product) {
        if let Some(one) = going.get_mut(at) {
            one.twice = true;
        }
    }
    // Whichever way it goes: what is apart before must be apart after.
    for at in clashing(going, stacked, running, Going::given) {
        if let Some(one) = going.get_mut(at).filter(|one| !one.is_twice()) {
            one.fate = Fate::Left(why::COLLAPSE);
        }
    }
}

/// Places of the products that would be one with another of their client there, when each is this one.
fn clashing<'o, 't>(
    going: &[Going<'o, 't>],
    stacked: Stacked,
    running: &[Dated],
    given: impl Fn(&Going<'o, 't>) -> Product,
) -> BTreeSet<usize> {
    let mut clients: BTreeMap<u32, Vec<(usize, Dated)>> = BTreeMap::new();
    for (at, one) in going.iter().enumerate() {
        let Some(from) = one.from.begin else {
            continue;
        };
        let dated = Dated {
            local: one.said.product,
            given: given(one),
            period: Period {
                from,
                to: one.from.end,
            },
            assignment: one.from.nummer,
        };
        clients
            .entry(one.from.client)
            .or_default()
            .push((at, dated));
    }
    let mut places = BTreeSet::new();
    for dated in clients.into_values() {
        let list = dated.iter().map(|(_, dated)| dated).chain(running);
        let list: Vec<Dated> = list.copied().collect();
        for clash in collapse(&list, stacked) {
            let pair = [clash.first, clash.second].map(|at| dated.get(at));
            places.extend(pair.into_iter().flatten().map(|(at, _)| *at));
        }
    }
    places
}

/// What the client of a 301 was allocated before, in both forms; none of what the message says itself. Err: the ledger cannot be read.
pub(super) fn running(
    lore: &Lore<'_>,
    checked: &Checked<'_>,
    going: &[Going<'_, '_>],
) -> Result<Vec<Dated>, LedgerError> {
    let Some(bericht) = Bericht::read(checked) else {
        return Ok(Vec::new());
    };
    let Content::Toewijzing(content) = &bericht.content else {
        return Ok(Vec::new());
    };
    let own = going.iter().filter_map(|one| one.from.nummer);
    let own: BTreeSet<_> = own.map(|nummer| lore.name(nummer)).collect();
    let mut running = Vec::new();
    for allocated in lore.running(&content.bsn)? {
        let Running {
            nummer, version, ..
        } = &allocated;
        if own.contains(nummer) || version.is_removed() {
            continue;
        }
        let Some(known) = &version.product else {
            continue;
        };
        let dated = |local: Product, given: Product| Dated {
            local,
            given,
            period: Period {
                from: version.ingangsdatum,
                to: version.einddatum,
            },
            assignment: None,
        };
        if let Some(memory) = lore.given(&allocated, known)? {
            running.push(dated(memory.original, memory.given));
            continue;
        }
        // Its codes are not kept, but whether they are these is known; so it is of a category alone.
        let given = going.iter().flat_map(|one| [one.given(), one.said.product]);
        let mut given = given.flat_map(|given| {
            [
                given,
                Product {
                    code: None,
                    ..given
                },
            ]
        });
        let same = given.find(|given| lore.is(known, given));
        running.extend(same.map(|same| dated(same, same)));
    }
    Ok(running)
}

/// Which rules look at the products of a client in such a message; `None`: none that two of them could break together.
pub(super) fn stacked(soort: Berichtsoort) -> Option<Stacked> {
    match soort {
        Berichtsoort::Toewijzing
        | Berichtsoort::VerzoekToewijzing
        | Berichtsoort::VerzoekWijziging => Some(Stacked::Assigned),
        Berichtsoort::Declaratie => Some(Stacked::Declared),
        Berichtsoort::Start
        | Berichtsoort::Stop
        | Berichtsoort::Antwoord
        | Berichtsoort::DeclaratieAntwoord
        | Berichtsoort::ToewijzingRetour
        | Berichtsoort::StartRetour
        | Berichtsoort::StopRetour
        | Berichtsoort::VerzoekToewijzingRetour
        | Berichtsoort::VerzoekWijzigingRetour
        | Berichtsoort::AntwoordRetour => None,
    }
}
