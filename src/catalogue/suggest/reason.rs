//! Why a national product was suggested: each reason with the points it gave or cost.

use std::fmt;

/// What speaks for or against a candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Why {
    /// Words of its name that the local name has, or has other words for.
    Words(Vec<String>),
    /// Letters of the names are alike.
    Letters,
    /// What the local name begins with is what its name begins with.
    Head,
    /// It has the category of the local product.
    Category,
    /// It has another category.
    OtherCategory,
    /// It is paid for as the unit of the local product counts.
    Variant,
    /// It is paid for otherwise: effort against output.
    OtherVariant,
    /// Its kind of care is counted in this unit.
    UnitOfCare,
    /// Both say the same of a side: niveau, zwaarte, vorm.
    Side(String),
    /// They say different things of it.
    OtherSide(String),
    /// It says something of a side that the local name does not.
    Unasked(String),
    /// It says the usual thing of a side that the local name is silent about.
    Usual(String),
    /// The local name says something of a side that it does not.
    Missing(String),
    /// Its code is of an older generation, and the list has a later one.
    Old,
    /// It names a whole category.
    General,
    /// The local code is its code.
    SameCode,
    /// The local code is its code but for the letter.
    CodeAlike,
    /// So many other municipalities have it confirmed for this name, or one that is nearly it.
    Others(u32),
    /// Others pay about as much for it.
    Tariff,
    /// Others pay far more or less for it.
    OtherTariff,
}

/// A reason and what it gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// What.
    pub why: Why,
    /// Points, of a score that has 1 as its most; below zero against.
    pub points: f32,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(words) => write!(f, "woorden {}", words.join(", ")),
            Self::Letters => f.write_str("letters lijken"),
            Self::Head => f.write_str("zelfde begin"),
            Self::Category => f.write_str("zelfde categorie"),
            Self::OtherCategory => f.write_str("andere categorie"),
            Self::Variant => f.write_str("eenheid past bij de variant"),
            Self::OtherVariant => f.write_str("eenheid past niet bij de variant"),
            Self::UnitOfCare => f.write_str("eenheid past bij de zorg"),
            Self::Side(side) => write!(f, "zelfde {side}"),
            Self::OtherSide(side) => write!(f, "ander(e) {side}"),
            Self::Unasked(side) => write!(f, "{side} staat niet in de eigen naam"),
            Self::Usual(side) => write!(f, "{side} is wat gewoon is"),
            Self::Missing(side) => write!(f, "{side} alleen in de eigen naam"),
            Self::Old => f.write_str("code van een oudere generatie"),
            Self::General => f.write_str("noemt de hele categorie"),
            Self::SameCode => f.write_str("zelfde code"),
            Self::CodeAlike => f.write_str("code gelijk op de letter na"),
            Self::Others(1) => f.write_str("een andere gemeente koos dit"),
            Self::Others(count) => write!(f, "{count} andere gemeenten kozen dit"),
            Self::Tariff => f.write_str("tarief past bij dat van anderen"),
            Self::OtherTariff => f.write_str("tarief ver van dat van anderen"),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:+.2})", self.why, self.points)
    }
}
