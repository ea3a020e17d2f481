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

/// Every two products of one client that would become one stay apart; `running` are those of the client that his provider has already.
pub(super) fn keep_apart(going: &mut [Going<'_, '_>], stacked: Stacked, running: &[Dated]) {
    let mut clients: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (at, one) in going.iter().enumerate() {
        clients.entry(one.from.client).or_default().push(at);
    }
    let mut clashing = BTreeSet::new();
    for places in clients.into_values() {
        let dated: Vec<(usize, Dated)> = places
            .into_iter()
            .filter_map(|at| {
                let one = going.get(at)?;
                // Whichever way it goes: what is apart before must be apart after.
                let dated = Dated {
                    local: one.said.product,
                    given: one.given(),
                    period: Period {
                        from: one.from.begin?,
                        to: one.from.end,
                    },
                    assignment: one.from.nummer,
                };
                Some((at, dated))
            })
            .collect();
        let list = dated.iter().map(|(_, dated)| dated).chain(running);
        let list: Vec<Dated> = list.copied().collect();
        for clash in collapse(&list, stacked) {
            let places = [clash.first, clash.second].map(|at| dated.get(at));
            clashing.extend(places.into_iter().flatten().map(|(at, _)| *at));
        }
    }
    for at in clashing {
        if let Some(one) = going.get_mut(at) {
            one.fate = Fate::Left(why::COLLAPSE);
        }
    }
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
    for Running { nummer, version } in lore.running(&content.bsn)? {
        if own.contains(&nummer) || version.is_removed() {
            continue;
        }
        let dated = |local: Product, given: Product| Dated {
            local,
            given,
            period: Period {
                from: version.ingangsdatum,
                to: version.einddatum,
            },
            assignment: None,
        };
        if let Some(memory) = lore.of(nummer)?.first() {
            running.push(dated(memory.original, memory.given));
            continue;
        }
        // Its codes are not kept, but whether they are these is known.
        let Some(known) = &version.product else {
            continue;
        };
        let mut given = going.iter().map(Going::given);
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
