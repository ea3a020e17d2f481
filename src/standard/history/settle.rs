//! What a receiver's own answer makes of changes that waited for it.

mod declaratie;

use super::change::Change;
use super::pseudonym::Pseudonymise;
use crate::assess::{self, Assessment};
use crate::bericht::{Bericht, Content};

/// What becomes of pending changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// These are applied, in this order.
    Apply(Vec<Change>),
    /// None is: the message was refused and counts as not sent.
    Drop,
    /// None is, as yet: the answer itself is wrong, as these breaches say.
    Report(Assessment),
}

/// Settles the pending changes of a message by the receiver's own answer to it: a retour, or a 325. An
/// answer of any other kind settles nothing and gives an empty report.
pub fn settle(changes: Vec<Change>, answer: &Bericht<'_>, names: &dyn Pseudonymise) -> Settled {
    match &answer.content {
        // Any code at all means that nothing of the message counts (IV032, OP286).
        Content::Retour(retour) if retour.retour_codes.is_empty() && retour.body.is_none() => {
            Settled::Apply(changes)
        }
        Content::Retour(_) => Settled::Drop,
        Content::DeclaratieAntwoord(retour) => {
            let found = assess::declaratie_antwoord(answer, &changes, names);
            if found.breaches.is_empty() {
                declaratie::settle(changes, retour, names)
            } else {
                Settled::Report(found)
            }
        }
        Content::Toewijzing(_)
        | Content::Start(_)
        | Content::Stop(_)
        | Content::VerzoekToewijzing(_)
        | Content::VerzoekWijziging(_)
        | Content::Antwoord(_)
        | Content::Declaratie(_) => Settled::Report(Assessment::default()),
    }
}
