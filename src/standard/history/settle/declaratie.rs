//! A 325 settles the declaration that it answers line by line.

use std::collections::HashSet;

use super::Settled;
use crate::bericht::DeclaratieRetour;
use crate::history::{Change, Label, Pseudonym, Pseudonymise};

/// Codes of a 325 that refuse nothing.
const GRANTED: [&str; 2] = ["0200", "8001"];

/// Refused on the header or as a whole: it counts as not sent. Else the lines that the 325 lists are refused,
/// whatever their code, and all of a client with a code, and all others granted: it has the refused ones only.
pub(super) fn settle(
    changes: Vec<Change>,
    answer: &DeclaratieRetour<'_>,
    names: &dyn Pseudonymise,
) -> Settled {
    let refuses = |codes: &[std::borrow::Cow<'_, str>]| {
        codes.iter().any(|code| !GRANTED.contains(&code.as_ref()))
    };
    let declaratie = match &answer.antwoord {
        Some(declaratie) if !refuses(&answer.retour_codes) => declaratie,
        _ => return Settled::Drop,
    };
    if refuses(&declaratie.retour_codes) {
        return Settled::Drop;
    }
    let mut refused: HashSet<Pseudonym> = HashSet::new();
    let mut clients: HashSet<Pseudonym> = HashSet::new();
    for client in &declaratie.clients {
        if refuses(&client.retour_codes) {
            clients.insert(names.client(&client.bsn));
        }
        let lines = client.prestaties.iter();
        refused
            .extend(lines.map(|line| names.of(Label::ReferentieNummer, &line.referentie_nummer)));
    }
    let settled = changes.into_iter().map(|change| {
        if let Change::Granted { referentie, line } = &change
            && (refused.contains(referentie) || clients.contains(&line.client))
        {
            let referentie = *referentie;
            return Change::Refused { referentie };
        }
        change
    });
    Settled::Apply(settled.collect())
}
