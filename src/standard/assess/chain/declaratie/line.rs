//! The lines of a declaration in pseudonyms, each value made one once.

use std::collections::HashMap;

use crate::bericht::{Declaratie, Prestatie, Text};
use crate::history::{Label, Line, Past, Pseudonym, Pseudonymise, Spread};
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

/// Pseudonyms of the values that came last: lines that follow each other have few allocations, categories and codes.
#[derive(Default)]
pub(in crate::assess::chain) struct Known<'d> {
    toewijzingen: Recent<u64>,
    categories: Recent<&'d Text<'d>>,
    codes: Recent<&'d Text<'d>>,
}

/// The last values of a kind with their pseudonyms. Looking through a few costs less than making one anew.
struct Recent<T> {
    values: [Option<(T, Pseudonym)>; 8],
    next: usize,
}

impl<T: Copy> Default for Recent<T> {
    fn default() -> Self {
        Self {
            values: [None; 8],
            next: 0,
        }
    }
}

impl<T: Copy + PartialEq> Recent<T> {
    fn of(&mut self, value: T, make: impl FnOnce() -> Pseudonym) -> Pseudonym {
        let mut known = self.values.iter().flatten();
        if let Some((_, pseudonym)) = known.find(|(known, _)| *known == value) {
            return *pseudonym;
        }
        let pseudonym = make();
        if let Some(slot) = self.values.get_mut(self.next) {
            *slot = Some((value, pseudonym));
        }
        self.next = (self.next + 1) % self.values.len();
        pseudonym
    }
}

impl<'d> Known<'d> {
    /// The content of a line, which `client` gets.
    pub(in crate::assess::chain) fn line(
        &mut self,
        client: Pseudonym,
        prestatie: &'d Prestatie<'d>,
        names: &dyn Pseudonymise,
    ) -> Line {
        let nummer = prestatie.toewijzing_nummer;
        let vorig = prestatie.vorig_referentie_nummer.as_deref();
        Line {
            client,
            toewijzing: self.toewijzingen.of(nummer, || names.toewijzing(nummer)),
            categorie: self.categories.of(&prestatie.categorie, || {
                names.of(Label::Categorie, &prestatie.categorie)
            }),
            code: self
                .codes
                .of(&prestatie.code, || names.of(Label::Code, &prestatie.code)),
            periode: prestatie.periode,
            volume: prestatie.geleverd_volume,
            eenheid: prestatie.eenheid,
            tarief: prestatie.product_tarief,
            bedrag: prestatie.ingediend,
            vorig: vorig.map(|vorig| names.of(Label::ReferentieNummer, vorig)),
        }
    }
}
