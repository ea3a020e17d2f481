//! A 325 settles the declaration that it answers line by line.

use std::collections::HashSet;

use super::Settled;
use crate::bericht::DeclaratieRetour;
use crate::history::{Change, Label, Pseudonym, Pseudonymise};

/// Codes of a 325 that refuse nothing.
const GRANTED: [&str; 2] = ["0200", "8001"];

/// Refused on the header or as a whole: it counts as not sent. Else the lines that the 325 lists with a
/// code, or without a judgement (0233), are refused and all others granted.
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
    let lines = declaratie
        .clients
        .iter()
        .flat_map(|client| &client.prestaties);
    let refused: HashSet<Pseudonym> = lines
        .filter(|line| refuses(&line.retour_codes))
        .map(|line| names.of(Label::ReferentieNummer, &line.referentie_nummer))
        .collect();
    let settled = changes.into_iter().map(|change| {
        if let Change::Granted { referentie, .. } = change
            && refused.contains(&referentie)
        {
            return Change::Refused { referentie };
        }
        change
    });
    Settled::Apply(settled.collect())
}
