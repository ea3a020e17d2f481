//! What a message changes when its receiver accepts it, whatever the rules say of it: for receivers that answer themselves.

use super::{Around, Judge, care, declaratie, toewijzing, verzoek};
use crate::bericht::{Bericht, Content};
use crate::history::Change;
use crate::rules;

/// The changes that wait for the answer of a receiver who answers himself: [`history::settle`](crate::history::settle)
/// takes them when he accepts, and refuses those lines of a declaration that he refuses. An answer has none, nor
/// has a message of a release that no rules are built for: what it says is not known.
pub fn when_accepted(bericht: &Bericht<'_>, around: &Around<'_>) -> Vec<Change> {
    let mut judge = Judge::new(bericht, around, &[]);
    if !rules::are_built_for(&bericht.kind) {
        return judge.changes;
    }
    match &bericht.content {
        // Of these every row changes something, whatever the rules say.
        Content::Toewijzing(content) => toewijzing::judge(&mut judge, content),
        Content::Start(content) => care::accept_starts(&mut judge, content),
        Content::Stop(content) => care::accept_stops(&mut judge, content),
        Content::VerzoekToewijzing(content) => verzoek::judge_toewijzing(&mut judge, content),
        Content::VerzoekWijziging(content) => verzoek::accept_wijziging(&mut judge, content),
        Content::Antwoord(content) => verzoek::judge_antwoord(&mut judge, content),
        Content::Declaratie(content) => declaratie::accept(&mut judge, content),
        Content::DeclaratieAntwoord(_) | Content::Retour(_) => {}
    }
    judge.changes
}
