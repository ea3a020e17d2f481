//! What is used of an allocation: the sum of its granted debits less what credits took back.

use jiff::civil::Date;
use minicbor::{Decode, Encode};

use super::as_sent::AsSent;
use super::declaration::{Credit, Line};
use crate::bericht::{Eenheid, Periode};
use crate::opaque::opaque;

/// Sums over the granted debits of one allocation that are not credited.
#[derive(Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Usage {
    /// Volume by unit, ascending by unit: versions of an allocation may have other units. Hours are minutes.
    #[n(0)]
    volumes: Vec<(Eenheid, u64)>,
    /// Amount, cents.
    #[n(1)]
    cents: u64,
    /// How many debits there are of each ProductPeriode, ascending.
    #[n(2)]
    periods: Vec<Counted>,
    /// Those of them that were booked as their provider sent them, ascending; `None`: there are none.
    #[n(3)]
    as_sent: Option<Vec<AsSent>>,
}

/// How many debits there are of one ProductPeriode.
#[derive(Clone, Copy, PartialEq, Eq, Encode, Decode)]
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
    /// Volume by unit, ascending by unit, none of them zero. Hours are counted as minutes.
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

    /// The debits that were booked as their provider sent them, although the municipality may call their products something else; ascending.
    pub fn as_sent(&self) -> &[AsSent] {
        self.as_sent.as_deref().unwrap_or_default()
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
        let (eenheid, volume) = counted(debit.eenheid, debit.volume);
        if volume > 0 {
            match self.find_unit(eenheid) {
                Ok(at) => {
                    if let Some((_, sum)) = self.volumes.get_mut(at) {
                        *sum = sum.saturating_add(volume);
                    }
                }
                Err(at) => self.volumes.insert(at, (eenheid, volume)),
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
        if debit.as_sent {
            let known = self.as_sent.get_or_insert_default();
            let debit = AsSent::of(debit);
            let at = known.partition_point(|before| *before <= debit);
            known.insert(at, debit);
        }
    }

    /// Takes a granted debit back by a granted credit: what the credit names, never more than the debit's.
    /// A volume in a unit that cannot be compared names nothing, so that all of the debit's is taken back.
    pub fn take_back(&mut self, debit: &Line, credit: &Credit) {
        let (eenheid, whole) = counted(debit.eenheid, debit.volume);
        let (of, named) = counted(credit.eenheid, credit.volume);
        let volume = if of == eenheid {
            named.min(whole)
        } else {
            whole
        };
        if let Ok(at) = self.find_unit(eenheid) {
            if let Some((_, sum)) = self.volumes.get_mut(at) {
                *sum = sum.saturating_sub(volume);
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
        if debit.as_sent
            && let Some(known) = &mut self.as_sent
            && let Ok(at) = known.binary_search(&AsSent::of(debit))
        {
            known.remove(at);
            if known.is_empty() {
                self.as_sent = None;
            }
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

/// A volume in the unit that it is counted in: hours are minutes, all else is itself.
pub(crate) fn counted(eenheid: Eenheid, volume: u32) -> (Eenheid, u64) {
    let volume = u64::from(volume);
    if eenheid == Eenheid::Uur {
        (Eenheid::Minuut, volume * 60)
    } else {
        (eenheid, volume)
    }
}

opaque!(Usage, Counted);
