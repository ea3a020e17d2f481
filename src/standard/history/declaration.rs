//! Declarations and their lines.

use jiff::civil::Date;
use minicbor::{Decode, Encode};

use super::cbor;
use super::key::ContentKey;
use super::pseudonym::Pseudonym;
use crate::bericht::{Bedrag, Eenheid, Periode};

/// A declaration that was processed: not refused on its header or as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Series {
    /// The latest DeclaratiePeriode/Begindatum (TR318).
    #[cbor(n(0), with = "cbor::date_or_none", has_nil)]
    pub latest: Option<Date>,
}

/// A line of a processed declaration. Of a refused one only that it was there is kept (TR314).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Prestatie {
    /// What was granted; `None`: refused.
    #[n(0)]
    pub granted: Option<Line>,
    /// The granted credit that takes it back, by ReferentieNummer (TR390).
    #[n(1)]
    pub credited_by: Option<Pseudonym>,
}

/// Content of a declared line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
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
}

impl Line {
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

impl Series {
    pub(super) fn add(&mut self, begin: Date) {
        self.latest = self.latest.max(Some(begin));
    }
}
