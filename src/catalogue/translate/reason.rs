//! Why a product is translated or not: a stable word for machines and a sentence for people.

use std::fmt;

use crate::relation::Relation;

/// Why the verdict is what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Apply: a row says so.
    Row,
    /// Apply: it is what was given or asked at the assignment, which was translated then.
    Remembered,
    /// Apply: one local product alone becomes this one.
    OnlyWay,
    /// Apply: of the local products that become this one, the table prefers it.
    Preferred,
    /// Pass: the municipality has no table.
    NoTable,
    /// Pass: there is no code to translate.
    NoCode,
    /// Pass: no row holds for it on this day.
    NoRow,
    /// Pass: rows hold for it, but nobody confirmed them.
    NotConfirmed,
    /// Pass: the row says what it is to the target, and that is not applied to messages.
    NotApplied(Relation),
    /// Pass: it is narrower than its target, and others with another tariff, or one that is not known, have that target too.
    SeveralTariffs,
    /// Pass: it crossed untranslated at the assignment.
    CrossedAsItIs,
    /// Pass: the municipality uses this code itself, and nothing else becomes it.
    OwnCode,
    /// Refuse: the factor of the row is not what one unit is in the other, or they do not convert.
    UnitsDoNotConvert,
    /// Refuse: the unit is needed and the message does not say it.
    UnitMissing,
    /// Refuse: the volume would not be whole.
    VolumeNotWhole,
    /// Refuse: the tariff would not be whole cents.
    TariffNotWhole,
    /// Refuse: the target has another category by its release than it would get.
    CategoryDoesNotFit,
    /// Refuse: rows have this target, but none gives this product.
    NoExactWay,
    /// Refuse: the municipality uses this code itself for something that becomes another.
    OtherMeaning,
    /// Ambiguous: rows of the same key disagree.
    RowsDisagree,
    /// Ambiguous: several local products become this one, and none is preferred.
    SeveralWays,
    /// Ambiguous: the row gives another category whatever the local one was, so that it cannot be told which it was.
    CategoryUnknown,
}

impl Reason {
    /// A stable word for machines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Row => "row",
            Self::Remembered => "remembered",
            Self::OnlyWay => "only-way",
            Self::Preferred => "preferred",
            Self::NoTable => "no-table",
            Self::NoCode => "no-code",
            Self::NoRow => "no-row",
            Self::NotConfirmed => "not-confirmed",
            Self::NotApplied(_) => "not-applied",
            Self::SeveralTariffs => "several-tariffs",
            Self::CrossedAsItIs => "crossed-as-it-is",
            Self::OwnCode => "own-code",
            Self::UnitsDoNotConvert => "units-do-not-convert",
            Self::UnitMissing => "unit-missing",
            Self::VolumeNotWhole => "volume-not-whole",
            Self::TariffNotWhole => "tariff-not-whole",
            Self::CategoryDoesNotFit => "category-does-not-fit",
            Self::NoExactWay => "no-exact-way",
            Self::OtherMeaning => "other-meaning",
            Self::RowsDisagree => "rows-disagree",
            Self::SeveralWays => "several-ways",
            Self::CategoryUnknown => "category-unknown",
        }
    }

    /// A Dutch sentence for people, without anything from a message.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Row => "Een rij van de tabel vertaalt dit product.",
            Self::Remembered => {
                "Dit product is bij de toewijzing vertaald; het gaat langs dezelfde weg terug."
            }
            Self::OnlyWay => "Er is één lokaal product dat dit product wordt.",
            Self::Preferred => {
                "Van de lokale producten die dit product worden, heeft de tabel dit als voorkeur."
            }
            Self::NoTable => "De gemeente heeft geen tabel.",
            Self::NoCode => "Er is geen productcode om te vertalen.",
            Self::NoRow => "De tabel heeft op deze dag geen rij voor dit product.",
            Self::NotConfirmed => "De rij voor dit product is niet bevestigd.",
            Self::NotApplied(Relation::None) => "Dit product heeft geen landelijke tegenhanger.",
            Self::NotApplied(Relation::LocalBroader) => {
                "Dit product is ruimer dan het landelijke; dat wordt niet vertaald."
            }
            Self::NotApplied(Relation::Partial) => {
                "Dit product valt maar deels samen met het landelijke; dat wordt niet vertaald."
            }
            Self::NotApplied(Relation::Exact | Relation::Close | Relation::LocalNarrower) => {
                "De gemeente past deze relatie niet toe op berichten."
            }
            Self::SeveralTariffs => {
                "Dit product is enger dan het landelijke, en niet alles met dat landelijke product heeft hetzelfde tarief."
            }
            Self::CrossedAsItIs => {
                "Dit product is bij de toewijzing niet vertaald; het blijft zoals het is."
            }
            Self::OwnCode => {
                "De gemeente gebruikt deze code zelf, en niets anders wordt deze code."
            }
            Self::UnitsDoNotConvert => "De eenheden zijn niet exact in elkaar om te rekenen.",
            Self::UnitMissing => {
                "Het bericht noemt geen eenheid, en zonder kan niet worden omgerekend."
            }
            Self::VolumeNotWhole => "Het volume zou na omrekenen geen heel getal zijn.",
            Self::TariffNotWhole => "Het tarief zou na omrekenen geen hele centen zijn.",
            Self::CategoryDoesNotFit => "Het landelijke product heeft een andere categorie.",
            Self::NoExactWay => {
                "Lokale producten worden dit landelijke product, maar geen ervan met deze categorie, eenheid, dit volume en tarief."
            }
            Self::OtherMeaning => "De gemeente gebruikt deze code zelf voor iets anders.",
            Self::RowsDisagree => "Rijen met dezelfde sleutel spreken elkaar tegen.",
            Self::SeveralWays => {
                "Meer dan één lokaal product wordt dit product, en de tabel heeft geen voorkeur."
            }
            Self::CategoryUnknown => {
                "De rij geeft elke categorie dezelfde andere; welke het was, is niet te zeggen."
            }
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}
