//! What is used of allocations while a declaration is judged: what the past says, less its credits, plus its debits so far.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;

use crate::bericht::Periode;
use crate::history::{Credit, Line, Past, Pseudonym, Spread, Usage, Version};
use crate::measure;

/// What the credits of this message take back.
#[derive(Default)]
pub(super) struct Credited {
    debits: HashSet<Pseudonym, Spread>,
    /// By allocation that a credit touches: what is left.
    usage: HashMap<Pseudonym, Usage, Spread>,
}

impl Credited {
    /// A granted credit names this debit, which may not be known.
    pub(super) fn name(&mut self, vorig: Pseudonym) {
        self.debits.insert(vorig);
    }

    /// Takes back a granted debit.
    pub(super) fn take(&mut self, past: &Past, debit: &Line, credit: &Credit) {
        let of = debit.toewijzing;
        let usage = self
            .usage
            .entry(of)
            .or_insert_with(|| past.usage(of).cloned().unwrap_or_default());
        usage.take_back(debit, credit);
    }

    /// Whether a granted credit names this debit.
    pub(super) fn has(&self, debit: Pseudonym) -> bool {
        self.debits.contains(&debit)
    }

    /// What is used of an allocation when the credits count.
    pub(super) fn usage<'a>(&'a self, past: &'a Past, toewijzing: Pseudonym) -> Option<&'a Usage> {
        let touched = self.usage.get(&toewijzing);
        touched.or_else(|| past.usage(toewijzing))
    }
}

/// Sums over the granted debits of one allocation.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Used {
    /// Base units of the allocation.
    pub(super) volume: u64,
    /// Cents.
    pub(super) cents: u64,
    /// The latest last day of their periods, when the allocation has no end.
    last: Option<Date>,
}

impl Used {
    /// As the past has it. What was declared in a unit that does not fit the version that holds now cannot be counted in its units.
    pub(super) fn of(usage: Option<&Usage>, version: Option<&Version>) -> Self {
        let Some(usage) = usage else {
            return Self::default();
        };
        let omvang = version.and_then(|version| version.omvang);
        let is_open = version.is_some_and(|version| version.einddatum.is_none());
        let volumes = usage.volumes().iter().filter_map(|(eenheid, volume)| {
            let factor = measure::factor(omvang?.eenheid, *eenheid)?;
            volume.checked_mul(factor)
        });
        Self {
            volume: volumes.fold(0, u64::saturating_add),
            cents: usage.cents(),
            last: is_open.then(|| usage.end()).flatten(),
        }
    }

    /// Adds a granted debit; `volume` in base units.
    pub(super) fn add(&mut self, volume: u64, cents: u64, periode: Periode) {
        self.volume = self.volume.saturating_add(volume);
        self.cents = self.cents.saturating_add(cents);
        self.last = self.last.max(Some(periode.end));
    }

    /// The latest day of all that counts when a line with this period does too.
    pub(super) fn last_with(&self, periode: Periode) -> Date {
        self.last.map_or(periode.end, |last| last.max(periode.end))
    }
}
