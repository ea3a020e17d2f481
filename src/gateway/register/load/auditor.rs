//! Reads what register files say about auditors: `[[auditor]]`.

use std::collections::BTreeSet;

use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::{Place, Reading};
use crate::register::auditor::Auditor;
use crate::register::code::CodeKind;
use crate::register::party::PartyId;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AuditorEntry {
    party: Spanned<String>,
    laws: Spanned<Vec<Spanned<String>>>,
    gemeenten: Spanned<Vec<Spanned<String>>>,
    from: Spanned<Datetime>,
    until: Spanned<Datetime>,
    /// For people; the program does not use it.
    #[serde(rename = "note")]
    _note: Option<String>,
}

impl Reading<'_> {
    pub(super) fn auditor(&mut self, file: usize, entry: Spanned<AuditorEntry>) {
        let place = self.place(file, &entry.span());
        let entry = entry.into_inner();
        let party = self.value::<PartyId>(file, &entry.party);
        let laws = self.laws(file, entry.laws);
        let period = self.period(file, Some(&entry.from), Some(&entry.until));
        if entry.gemeenten.get_ref().is_empty() {
            let text = "name the municipalities whose messages the auditor may look at";
            self.problem(file, &entry.gemeenten.span(), text);
        }
        let gemeenten: Vec<_> = entry
            .gemeenten
            .get_ref()
            .iter()
            .filter_map(|code| self.code_of(file, code, CodeKind::Gemeentecode))
            .collect();
        if let Some(party) = party {
            self.auditors.push((
                place,
                Auditor {
                    party,
                    laws: laws.iter().filter_map(|law| law.parse().ok()).collect(),
                    gemeenten,
                    period,
                },
            ));
        }
    }

    /// What can only be seen with all files read. Who looks has no part in what is looked at: an auditor hands nothing in and receives nothing.
    pub(super) fn auditors_fit(&mut self) {
        let mut problems: Vec<(Place, String)> = Vec::new();
        for (place, line) in &self.auditors {
            let party = &line.party;
            match self.parties.iter().find(|known| known.id == *party) {
                None => problems.push((*place, format!(
                    "party \"{party}\" of the [[auditor]] is not in the register: add it or correct the id"
                ))),
                Some(known) if !known.codes.is_empty() => problems.push((*place, format!(
                    "party \"{party}\" owns a code, so it exchanges messages itself: give who audits a party of its own, without codes"
                ))),
                Some(_) => {}
            }
            let mandate = self
                .mandates
                .iter()
                .find(|(_, mandate)| mandate.party == *party);
            if let Some((given, _)) = mandate {
                let given = self.at(*given);
                problems.push((*place, format!(
                    "party \"{party}\" has a mandate at {given}, so it acts for others: give who audits a party of its own, without mandates"
                )));
            }
            let unknown: BTreeSet<_> = line.gemeenten.iter().collect();
            for code in unknown {
                if !self.codes.contains_key(code) {
                    problems.push((*place, format!(
                        "nobody in the register owns code {code} on any day: correct it, or add its owner"
                    )));
                }
            }
        }
        self.problems.extend(problems);
    }
}
