//! What is used of an allocation: the sum of its granted debits less what credits took back.

use jiff::civil::Date;
use minicbor::{Decode, Encode};

use super::declaration::{Credit, Line};
use crate::bericht::{Eenheid, Periode};

/// Sums over the granted debits of one allocation that are not credited.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Usage {
    /// Volume by unit, ascending by unit: versions of an allocation may have other units.
    #[n(0)]
    volumes: Vec<(Eenheid, u64)>,
    /// Amount, cents.
    #[n(1)]
    cents: u64,
    /// How many debits there are of each ProductPeriode, ascending.
    #[n(2)]
    periods: Vec<Counted>,
}

/// How many debits there are of one ProductPeriode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Counted {
    /// The ProductPeriode.
    #[n(0)]
    pub periode: Periode,
    /// The number of debits.
    #[n(1)]
    pub debits: u32,
}

impl Usage {
    /// Volume in one unit.
    pub fn volume(&self, eenheid: Eenheid) -> u64 {
        let row = self.volumes.iter().find(|(unit, _)| *unit == eenheid);
        row.map_or(0, |(_, volume)| *volume)
    }

    /// Volume by unit, ascending by unit, none of them zero.
    pub fn volumes(&self) -> &[(Eenheid, u64)] {
        &self.volumes
    }

    /// Amount, cents.
    pub const fn cents(&self) -> u64 {
        self.cents
    }

    /// How many debits there are of each ProductPeriode, ascending.
    pub fn periods(&self) -> &[Counted] {
        &self.periods
    }

    /// Whether there is no debit.
    pub fn is_empty(&self) -> bool {
        self.periods.is_empty()
    }

    /// The last day of the latest ProductPeriode: the end of the term when the allocation has none (TR322).
    pub fn end(&self) -> Option<Date> {
        self.periods.iter().map(|row| row.periode.end).max()
    }

    /// Adds a granted debit.
    pub fn add(&mut self, debit: &Line) {
        if debit.volume > 0 {
            match self.find_unit(debit.eenheid) {
                Ok(at) => {
                    if let Some((_, volume)) = self.volumes.get_mut(at) {
                        *volume += u64::from(debit.volume);
                    }
                }
                Err(at) => {
                    let row = (debit.eenheid, u64::from(debit.volume));
                    self.volumes.insert(at, row);
                }
            }
        }
        self.cents = self.cents.saturating_add(debit.bedrag.cents);
        match self.find_period(debit.periode) {
            Ok(at) => {
                if let Some(row) = self.periods.get_mut(at) {
                    row.debits += 1;
                }
            }
            Err(at) => {
                let row = Counted {
                    periode: debit.periode,
                    debits: 1,
                };
                self.periods.insert(at, row);
            }
        }
    }

    /// Takes a granted debit back by a granted credit: what the credit names, never more than the debit's.
    pub fn take_back(&mut self, debit: &Line, credit: &Credit) {
        let volume = if credit.eenheid == debit.eenheid {
            credit.volume.min(debit.volume)
        } else {
            debit.volume
        };
        if let Ok(at) = self.find_unit(debit.eenheid) {
            if let Some((_, sum)) = self.volumes.get_mut(at) {
                *sum = sum.saturating_sub(u64::from(volume));
            }
            self.volumes.retain(|(_, sum)| *sum > 0);
        }
        let cents = credit.cents.min(debit.bedrag.cents);
        self.cents = self.cents.saturating_sub(cents);
        if let Ok(at) = self.find_period(debit.periode) {
            if let Some(row) = self.periods.get_mut(at) {
                row.debits = row.debits.saturating_sub(1);
            }
            self.periods.retain(|row| row.debits > 0);
        }
    }

    fn find_unit(&self, eenheid: Eenheid) -> Result<usize, usize> {
        self.volumes
            .binary_search_by_key(&eenheid, |(unit, _)| *unit)
    }

    fn find_period(&self, periode: Periode) -> Result<usize, usize> {
        self.periods
            .binary_search_by_key(&periode, |row| row.periode)
    }
}
