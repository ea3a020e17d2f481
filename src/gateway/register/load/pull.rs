//! Reads how parties fetch what waits for them over the VSP: `[[pull]]`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use toml::Spanned;

use super::{Place, Reading};
use crate::register::party::PartyId;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PullEntry {
    party: Spanned<String>,
    zip: bool,
}

/// What the files say of it.
#[derive(Default)]
pub(super) struct Read(BTreeMap<PartyId, (Place, bool)>);

impl Read {
    /// The parties that fetch payloads as they are.
    pub(super) fn into_unpacked(self) -> BTreeSet<PartyId> {
        let unpacked = self.0.into_iter().filter(|(_, (_, zip))| !zip);
        unpacked.map(|(party, _)| party).collect()
    }
}

impl Reading<'_> {
    pub(super) fn pull(&mut self, file: usize, entry: &PullEntry) {
        let place = self.place(file, &entry.party.span());
        let Some(party) = self.value::<PartyId>(file, &entry.party) else {
            return;
        };
        if let Some((before, _)) = self.pulls.0.insert(party.clone(), (place, entry.zip)) {
            let text = format!(
                "how party \"{party}\" fetches is said already at {}: say it once",
                self.at(before)
            );
            self.problems.push((place, text));
        }
    }

    pub(super) fn pulls_fit(&mut self) {
        for (party, (place, _)) in &self.pulls.0 {
            if !self.parties.iter().any(|known| known.id == *party) {
                let text = format!(
                    "party \"{party}\" of the [[pull]] is not in the register: add it or correct the id"
                );
                self.problems.push((*place, text));
            }
        }
    }
}
