//! Reads what register files say about mandates: who may act for which code, as long as whoever gave it owns the code.

use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::{Place, Reading};
use crate::register::code::PartyCode;
use crate::register::mandate::{Direction, Mandate};
use crate::register::party::{PartyId, Period};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MandateEntry {
    pub(super) party: Option<Spanned<String>>,
    #[serde(rename = "for")]
    pub(super) code: Spanned<String>,
    direction: Spanned<String>,
    pub(super) laws: Option<Spanned<Vec<Spanned<String>>>>,
    #[serde(default)]
    pub(super) kinds: Option<Spanned<Vec<Spanned<u16>>>>,
    #[serde(default)]
    pub(super) functies: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) from: Spanned<Datetime>,
    pub(super) until: Option<Spanned<Datetime>>,
    /// For people; the program does not use it.
    #[serde(rename = "note")]
    _note: Option<String>,
}

/// The direction of a mandate to the gateway itself.
const ANSWER: &str = "answer";

impl Reading<'_> {
    pub(super) fn mandate(&mut self, file: usize, entry: Spanned<MandateEntry>) {
        let place = self.place(file, &entry.span());
        let entry = entry.into_inner();
        if entry.direction.get_ref() == ANSWER {
            self.answering(file, place, entry);
            return;
        }
        let party = if let Some(party) = &entry.party {
            self.value::<PartyId>(file, party)
        } else {
            self.problems.push((
                place,
                "a mandate names the party that may act: add party".to_owned(),
            ));
            None
        };
        let code = self.value::<PartyCode>(file, &entry.code);
        let direction = self.value::<Direction>(file, &entry.direction);
        let period = self.period(file, Some(&entry.from), entry.until.as_ref());
        let (functies, laws) = self.covered(file, place, direction, entry.functies, entry.laws);
        if let (true, Some(kinds)) = (laws.is_empty(), &entry.kinds) {
            self.problem(file, &kinds.span(), "kinds are of a law: add laws");
        }
        let kinds = self.kinds(file, entry.kinds);
        if let (Some(party), Some(code), Some(direction)) = (party, code, direction) {
            self.mandates.push((
                place,
                Mandate {
                    party,
                    code,
                    direction,
                    laws,
                    kinds: kinds.into_iter().map(|(_, kind)| kind).collect(),
                    functies,
                    period,
                },
            ));
        }
    }

    /// The files and the laws that a mandate holds for: at least one of the two is named.
    fn covered(
        &mut self,
        file: usize,
        place: Place,
        direction: Option<Direction>,
        functies: Option<Spanned<Vec<Spanned<String>>>>,
        laws: Option<Spanned<Vec<Spanned<String>>>>,
    ) -> (Vec<String>, Vec<String>) {
        if let (Some(functies), Some(Direction::Decide)) = (&functies, direction) {
            let text = "nobody decides on files: leave functies out";
            self.problem(file, &functies.span(), text);
        }
        if let Some(functies) = functies.as_ref().filter(|of| of.get_ref().is_empty()) {
            let text = "name functies, or leave functies out for no files";
            self.problem(file, &functies.span(), text);
        }
        if functies.is_none() && laws.is_none() {
            let text = "a mandate says what it holds for: add laws, or functies for files";
            self.problems.push((place, text.to_owned()));
        }
        let functies = functies.map_or_else(Vec::new, Spanned::into_inner);
        let functies = functies
            .iter()
            .filter_map(|functie| self.functie(file, functie))
            .collect();
        let laws = laws.map_or_else(Vec::new, |laws| self.laws(file, laws));
        (functies, laws)
    }

    pub(super) fn mandates_are_for_owned_codes(&mut self) {
        let mut mandates = std::mem::take(&mut self.mandates);
        for (place, mandate) in &mut mandates {
            if !self.parties.iter().any(|party| party.id == mandate.party) {
                self.problems.push((
                    *place,
                    format!("party \"{}\" of the mandate is not in the register: add it or correct the id", mandate.party),
                ));
            }
            match self.given(&mandate.code, &mandate.period) {
                Some(given) => mandate.period = given,
                None => self.problems.push((
                    *place,
                    format!("nobody owns code {} during the mandate: a mandate comes from an owner in the register", mandate.code),
                )),
            }
        }
        self.mandates = mandates;
    }

    /// The days of a mandate for a code on which whoever gave it owns the code: its owner on the first of these days, or the first one after.
    /// A later owner has not given it. `None`: nobody owns the code on any of them.
    pub(super) fn given(&self, code: &PartyCode, period: &Period) -> Option<Period> {
        let owners = self.codes.get(code)?.iter();
        let mut owners: Vec<_> = owners
            .filter(|(_, _, owned)| owned.overlaps(period))
            .map(|(_, owner, owned)| (owner, owned))
            .collect();
        owners.sort_by_key(|(_, owned)| owned.begins());
        let mut owners = owners.into_iter();
        let (giver, first) = owners.next()?;
        let mut until = first.until;
        for (owner, owned) in owners {
            // The same owner again from the next day on: written in two lines, and one ownership.
            let next = until.and_then(|until| until.tomorrow().ok());
            if owner != giver || next != owned.from {
                break;
            }
            until = owned.until;
        }
        let ends = [period.until, until].into_iter().flatten().min();
        Some(Period {
            from: period.from.max(first.from),
            until: ends,
        })
    }
}
