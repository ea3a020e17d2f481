//! The lines of a declaration in pseudonyms: each allocation, category and code that lines after each other share is made one once.

use super::declaration::Line;
use super::pseudonym::{Label, Pseudonym, Pseudonymise};
use crate::bericht::{Prestatie, Text};

/// Pseudonyms of the values that came last: lines that follow each other have few allocations, categories and codes.
#[derive(Default)]
pub(crate) struct Known<'d> {
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
    pub(crate) fn line(
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
            as_sent: false,
        }
    }
}
