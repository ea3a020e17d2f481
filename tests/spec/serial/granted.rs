//! What was granted by the answers alone, without a rule: no volume and no debit twice.

use std::collections::BTreeMap;

use super::messages::{CLIENTS, HOURS, MINUTES};
use crate::judge::codes;

/// What a provider was granted, by its own reckoning from the answers.
#[derive(Debug, Default)]
pub(super) struct Granted {
    /// Hours by client, credits taken off.
    hours: [i64; 3],
    debits: BTreeMap<String, i64>,
    /// How many credits were granted, and how many debits in minutes.
    pub(super) credits: usize,
    pub(super) minutes: usize,
    /// What made it so, in the order of the journal.
    story: Vec<String>,
}

impl Granted {
    /// Whether anything was granted.
    pub(super) fn is_some(&self) -> bool {
        !self.debits.is_empty()
    }

    /// Panics when more was granted than allocated, or a debit twice, at any time that an answer tells of.
    pub(super) fn holds(&self, seed: u64, aanbieder: &str) {
        let most = i64::try_from(HOURS).expect("small");
        for hours in self.hours {
            assert!(
                (0..=most).contains(&hours),
                "seed {seed}: {aanbieder} {self:?}"
            );
        }
        for (debit, times) in &self.debits {
            assert!(
                (0..=1).contains(times),
                "seed {seed}: {aanbieder} {debit} {self:?}"
            );
        }
    }

    /// A line is granted when the declaration is processed and the answer does not give the line back.
    pub(super) fn read(&mut self, declaration: &str, answer: &str) {
        // The last code is that of the declaration itself: all is granted, or some of it.
        let of_all = codes(answer).pop();
        if !of_all.is_some_and(|code| ["8001", "0200"].contains(&code.as_str())) {
            return;
        }
        for (client, (bsn, _)) in CLIENTS.iter().enumerate() {
            let Some((_, line)) = declaration.split_once(&format!("<jw323:Bsn>{bsn}<")) else {
                continue;
            };
            let value = |name: &str| {
                let (_, rest) = line.split_once(&format!(":{name}>")).expect("an element");
                rest.split_once('<').expect("its end").0.to_owned()
            };
            let number = value("ReferentieNummer");
            if answer.contains(&format!("ReferentieNummer>{number}<")) {
                continue;
            }
            let volume: i64 = value("GeleverdVolume").parse().expect("a volume");
            let in_minutes = value("Eenheid") == MINUTES;
            let hours = if in_minutes { volume / 60 } else { volume };
            let before_credit = line.split_once("DebetCredit>C");
            let is_credit =
                before_credit.is_some_and(|(before, _)| !before.contains("</jw323:Client>"));
            let (debit, sign) = if is_credit {
                (value("VorigReferentieNummer"), -1)
            } else {
                (number, 1)
            };
            self.hours[client] += sign * hours;
            self.credits += usize::from(is_credit);
            self.minutes += usize::from(in_minutes && !is_credit);
            self.story.push(format!("{debit} {sign:+} of {hours}"));
            *self.debits.entry(debit).or_default() += sign;
        }
    }
}
