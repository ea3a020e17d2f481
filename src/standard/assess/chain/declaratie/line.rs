//! The lines of a declaration in pseudonyms, each value made one once.

use std::collections::HashMap;

use crate::bericht::{Declaratie, Prestatie};
use crate::history::{Known, Label, Line, Past, Pseudonym, Pseudonymise, Spread};
use crate::rules::tr314;
use crate::xml::tree::Node;

/// A line of a declaration that is judged.
pub(super) struct Declared<'d> {
    /// Place of its client in the message.
    pub(super) client: usize,
    /// Its element.
    pub(super) node: Node<'d>,
    /// As it stands in the message.
    pub(super) prestatie: &'d Prestatie<'d>,
    /// ReferentieNummer.
    pub(super) referentie: Pseudonym,
    /// Its content.
    pub(super) line: Line,
}

/// All lines in document order.
pub(super) fn read<'d>(
    declaratie: &'d Declaratie<'d>,
    names: &dyn Pseudonymise,
) -> Vec<Declared<'d>> {
    let mut known = Known::default();
    let count = declaratie
        .clients
        .iter()
        .map(|client| client.prestaties.len());
    let mut lines = Vec::with_capacity(count.sum());
    for (place, client) in declaratie.clients.iter().enumerate() {
        let bsn = names.client(&client.bsn);
        for prestatie in &client.prestaties {
            lines.push(Declared {
                client: place,
                node: prestatie.node,
                prestatie,
                referentie: names.of(Label::ReferentieNummer, &prestatie.referentie_nummer),
                line: known.line(bsn, prestatie, names),
            });
        }
    }
    lines
}

/// By line: whether its ReferentieNummer is that of another line, of this message or of one before (TR314). All are looked up one
/// after the other, so that the processor need not wait for each.
pub(super) fn used_before(lines: &[Declared<'_>], past: &Past) -> Vec<bool> {
    let mut used = repeated(lines);
    for (used, line) in used.iter_mut().zip(lines) {
        *used |= tr314::was_delivered(past, line.referentie);
    }
    used
}

/// By line: whether another line of the message has the same ReferentieNummer.
fn repeated(lines: &[Declared<'_>]) -> Vec<bool> {
    let mut repeated = vec![false; lines.len()];
    let mut first = HashMap::with_capacity_and_hasher(lines.len(), Spread);
    for (place, line) in lines.iter().enumerate() {
        let before = *first.entry(line.referentie).or_insert(place);
        if before == place {
            continue;
        }
        for place in [before, place] {
            if let Some(flag) = repeated.get_mut(place) {
                *flag = true;
            }
        }
    }
    repeated
}
