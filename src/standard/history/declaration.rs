//! Declarations and their lines.

use jiff::civil::Date;
use minicbor::{Decode, Encode};

use super::cbor;
use super::key::ContentKey;
use super::pseudonym::Pseudonym;
use crate::bericht::{Bedrag, DebetCredit, Eenheid, Periode};
use crate::opaque::opaque;

/// A declaration that was processed: not refused on its header or as a whole.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Declaratie {
    /// The 323 that brought it, by kind and identification.
    #[n(0)]
    pub message: Pseudonym,
    /// Dagtekening of that 323.
    #[cbor(n(1), with = "cbor::date")]
    pub dagtekening: Date,
    /// XsdVersie/BasisschemaXsdVersie of that 323.
    #[n(2)]
    pub basisschema: String,
    /// XsdVersie/BerichtXsdVersie of that 323.
    #[n(3)]
    pub bericht: String,
    /// DeclaratiePeriode.
    #[n(4)]
    pub periode: Periode,
    /// TotaalIngediendBedrag.
    #[n(5)]
    pub ingediend: Bedrag,
}

/// The processed declarations of a scope as a series.
#[derive(Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Series {
    /// The latest DeclaratiePeriode/Begindatum (TR318).
    #[cbor(n(0), with = "cbor::date_or_none", has_nil)]
    pub latest: Option<Date>,
}

/// What is known of a ReferentieNummer. Of a refused line only that it was there is kept (TR314); of a line
/// that is not known, only the credit that names it: it may be older than the past, or wait for its answer.
#[derive(Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Prestatie {
    /// Whether a processed declaration has it, granted or refused.
    #[n(0)]
    pub declared: bool,
    /// What was granted; `None`: refused, or not declared.
    #[n(1)]
    pub granted: Option<Line>,
    /// The first granted credit that names it (TR390).
    #[n(2)]
    pub credit: Option<Credit>,
}

/// What a granted credit takes back.
#[derive(Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Credit {
    /// Its ReferentieNummer.
    #[n(0)]
    pub referentie: Pseudonym,
    /// Its client.
    #[n(1)]
    pub client: Pseudonym,
    /// Element GeleverdVolume, in units of `eenheid`.
    #[n(2)]
    pub volume: u32,
    /// Element Eenheid.
    #[n(3)]
    pub eenheid: Eenheid,
    /// Its amount, cents.
    #[n(4)]
    pub cents: u64,
}

/// Content of a declared line.
#[derive(Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Line {
    /// The client.
    #[n(0)]
    pub client: Pseudonym,
    /// Element ToewijzingNummer.
    #[n(1)]
    pub toewijzing: Pseudonym,
    /// Element ProductCategorie.
    #[n(2)]
    pub categorie: Pseudonym,
    /// Element ProductCode.
    #[n(3)]
    pub code: Pseudonym,
    /// Class ProductPeriode.
    #[n(4)]
    pub periode: Periode,
    /// Element GeleverdVolume, in units of `eenheid`; cents when that is euro.
    #[n(5)]
    pub volume: u32,
    /// Element Eenheid.
    #[n(6)]
    pub eenheid: Eenheid,
    /// Element ProductTarief, cents a unit.
    #[n(7)]
    pub tarief: Option<u64>,
    /// Class IngediendBedrag.
    #[n(8)]
    pub bedrag: Bedrag,
    /// Element VorigReferentieNummer: of a credit, the debit that it takes back.
    #[n(9)]
    pub vorig: Option<Pseudonym>,
    /// Whether its product is said as its provider sent it, and the municipality may call it something else ([`as_sent`](super::as_sent())).
    #[cbor(n(10), with = "cbor::flag", has_nil)]
    pub as_sent: bool,
}

impl Line {
    /// For tests: 15 hours of March 2026 at 55.00, of client 1 on allocation 2.
    #[cfg(test)]
    pub(crate) const fn sample(direction: DebetCredit) -> Self {
        use jiff::civil::date;
        Self {
            client: Pseudonym([1; 16]),
            toewijzing: Pseudonym([2; 16]),
            categorie: Pseudonym([0x45; 16]),
            code: Pseudonym([0xa4; 16]),
            periode: Periode {
                begin: date(2026, 3, 2),
                end: date(2026, 3, 31),
            },
            volume: 15,
            eenheid: Eenheid::Uur,
            tarief: Some(5500),
            bedrag: Bedrag {
                cents: 82_500,
                direction,
            },
            vorig: None,
            as_sent: false,
        }
    }

    /// The key of its content.
    pub const fn content(&self) -> ContentKey {
        ContentKey {
            client: self.client,
            toewijzing: self.toewijzing,
            categorie: self.categorie,
            code: self.code,
            periode: self.periode,
        }
    }
}

impl Prestatie {
    /// The granted debit, credited or not.
    pub(super) fn debit(&self) -> Option<&Line> {
        let granted = self.granted.as_ref();
        granted.filter(|line| line.bedrag.direction == DebetCredit::Debet)
    }
}

impl Credit {
    /// What a granted credit with this number takes back.
    pub const fn of(referentie: Pseudonym, credit: &Line) -> Self {
        Self {
            referentie,
            client: credit.client,
            volume: credit.volume,
            eenheid: credit.eenheid,
            cents: credit.bedrag.cents,
        }
    }

    /// Whether it takes this debit back, which it names: that of another client it cannot (TR323).
    pub(super) fn takes(&self, debit: &Line) -> bool {
        self.client == debit.client
    }
}

impl Series {
    pub(super) fn add(&mut self, begin: Date) {
        self.latest = self.latest.max(Some(begin));
    }
}

opaque!(Declaratie, Series, Prestatie, Credit, Line);
