//! Who looked at messages of a party, for that party; and who looked at or for one client, for the municipality that asks on the client's behalf.

use std::collections::BTreeSet;

use knooppunt_standard::Law;

use super::error::AuditError;
use crate::ledger::{Event, Facet, Ledger, LedgerError, Listed, MessageId, PastLook, Place};
use crate::register::{PartyCode, Scope};
use crate::route::Caller;

/// Most looks on a page.
pub const LOOKS_MAX: usize = 100;
/// Most messages of a look that are named; the look says how many there are.
const NAMED_MAX: usize = 20;
/// Most messages of a client whose looks are told: the newest.
const MESSAGES_MAX: usize = 1_000;

/// A look as one that was looked at sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenLook {
    /// Who, how, when and for what.
    pub look: PastLook,
    /// The messages of his that were shown, the first of them.
    pub messages: Vec<MessageId>,
    /// How many of his were shown.
    pub count: u64,
}

/// A page of looks, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Looks {
    /// At most [`LOOKS_MAX`].
    pub looks: Vec<SeenLook>,
    /// Positions of those on this page whose record is damaged: somebody looked, and who is lost.
    pub damaged: Vec<u64>,
    /// Position before which the next page begins; `None`: there is no more.
    pub next: Option<u64>,
}

/// Looks at messages of the codes that the caller owns, before a position.
pub(super) fn of_party(
    ledger: &Ledger,
    caller: &Caller,
    before: Option<u64>,
) -> Result<Looks, LedgerError> {
    let own: BTreeSet<PartyCode> = own(caller);
    let mut positions = BTreeSet::new();
    for code in &own {
        positions.extend(ledger.looks_at_code(code, before, LOOKS_MAX + 1)?);
    }
    let of_own = |code: &str| code.parse().is_ok_and(|code| own.contains(&code));
    let mine = |maker: &str, receiver: &str, _| of_own(maker) || of_own(receiver);
    page(ledger, &positions, mine)
}

/// Looks at messages about a client of a municipality that the caller owns, and searches for him. Err: the code is not the caller's.
pub(super) fn of_client(
    ledger: &Ledger,
    caller: &Caller,
    (gemeente, bsn): (PartyCode, &str),
    before: Option<u64>,
) -> Result<Looks, AuditError> {
    let scope = caller.register.own_scope(&caller.party, caller.day());
    let reaches = scope.iter().flat_map(Scope::reaches);
    let reaches: Vec<_> = reaches
        .filter(|reach| reach.gemeente() == gemeente)
        .collect();
    if reaches.is_empty() {
        return Err(AuditError::NotFound);
    }
    let (mut positions, mut messages) = (BTreeSet::new(), BTreeSet::new());
    for law in [Law::Jw, Law::Wmo] {
        let client = ledger
            .pseudonyms
            .client(law.as_str(), gemeente.as_str(), bsn);
        positions.extend(ledger.looks_for_client(client, before, LOOKS_MAX + 1)?);
    }
    for reach in reaches {
        let mut behind: Option<Place> = None;
        while messages.len() < MESSAGES_MAX {
            let some = ledger.listed(reach, Facet::Client(bsn), behind, LOOKS_MAX)?;
            behind = some.last().map(Listed::place);
            messages.extend(some.iter().map(|listed| listed.position));
            if some.len() < LOOKS_MAX {
                break;
            }
        }
    }
    for message in &messages {
        positions.extend(ledger.looks_at_message(*message, before, LOOKS_MAX + 1)?);
    }
    let about = |_: &str, _: &str, position| messages.contains(&position);
    Ok(page(ledger, &positions, about)?)
}

fn own(caller: &Caller) -> BTreeSet<PartyCode> {
    let codes = caller.codes().into_iter();
    codes.filter(|code| caller.owns(code)).collect()
}

/// The newest of these looks, each with the messages that are `mine`: by maker, receiver and position.
fn page(
    ledger: &Ledger,
    positions: &BTreeSet<u64>,
    mine: impl Fn(&str, &str, u64) -> bool,
) -> Result<Looks, LedgerError> {
    let mut page = Looks::default();
    let mut last = None;
    for position in positions.iter().rev() {
        if page.looks.len() + page.damaged.len() == LOOKS_MAX {
            page.next = last;
            break;
        }
        last = Some(*position);
        let look = match ledger.past_look(*position) {
            Ok(look) => look,
            Err(error) if error.damaged() => {
                page.damaged.push(*position);
                continue;
            }
            Err(error) => return Err(error),
        };
        let (mut messages, mut count) = (Vec::new(), 0);
        for shown in &look.viewed.shown {
            for position in &shown.messages {
                if !mine(&shown.maker, &shown.receiver, *position) {
                    continue;
                }
                count += 1;
                if messages.len() < NAMED_MAX {
                    messages.extend(named(ledger, *position)?);
                }
            }
        }
        page.looks.push(SeenLook {
            look,
            messages,
            count,
        });
    }
    Ok(page)
}

fn named(ledger: &Ledger, position: u64) -> Result<Option<MessageId>, LedgerError> {
    match ledger.event_at(position) {
        Ok(Event::Received(received)) => Ok(Some(received.message)),
        Ok(_) => Ok(None),
        Err(error) if error.damaged() => Ok(None),
        Err(error) => Err(error),
    }
}
