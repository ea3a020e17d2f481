//! Why the products of a message are not translated although they were to be: stable codes, beside those of the catalogue, and what people are told of each.

use knooppunt_catalogue::translate::Reason;

/// A field is written in a way that would not come back: with a comment, a reference or a leading zero in it.
pub(crate) const WRITTEN: &str = "written-otherwise";
/// A field would come or go: a value can only be replaced.
pub(crate) const FIELDS: &str = "other-fields";
/// Volume times tariff would be another amount.
pub(crate) const AMOUNT: &str = "other-amount";
/// Two products of one client would become the same in the same days (M11).
pub(crate) const COLLAPSE: &str = "collapse";
/// It crosses as it is, and its receiver has the same already, as what another product of the client became: it stands there twice (M11). Of a message that is
/// translated beside it too.
pub(crate) const TWICE: &str = "stands-twice";
/// A provider chose the code under an allocation without one, and there is no table that knows what it is.
pub(crate) const NO_TABLE: &str = "no-table";
/// Counted in another unit than what was given by the allocation, and both sides do not count alike.
pub(crate) const OTHER_UNIT: &str = "other-unit";
/// More products than are remembered of one allocation, or of one message without allocations.
pub(crate) const MANY: &str = "too-many-products";
/// The way back gives something else.
pub(crate) const NO_WAY_BACK: &str = "no-way-back";
/// The rules of levels 1 and 2 say something else of the other form.
pub(crate) const OTHER_FINDINGS: &str = "other-findings";
/// The other form is larger than a message may be.
pub(crate) const TOO_LARGE: &str = "too-large";
/// What was kept of the message that is answered is damaged.
pub(crate) const DAMAGED: &str = "damaged";
/// A fault of ours.
pub(crate) const FAULT: &str = "fault";

/// Reasons of the catalogue for which a message stays as it is.
const OF_TABLES: [Reason; 10] = [
    Reason::UnitsDoNotConvert,
    Reason::UnitMissing,
    Reason::VolumeNotWhole,
    Reason::TariffNotWhole,
    Reason::CategoryDoesNotFit,
    Reason::NoExactWay,
    Reason::OtherMeaning,
    Reason::RowsDisagree,
    Reason::SeveralWays,
    Reason::CategoryUnknown,
];

const ITS_TABLE: &str =
    "Niets; heeft de gemeente liever een vertaling, dan past zij haar tabel aan.";

/// What people are told of a reason, in Dutch: what is so, and what can be done. None of it is from a message.
pub(crate) fn told(reason: &str) -> [&'static str; 2] {
    if let Some(of_table) = OF_TABLES.iter().find(|known| known.as_str() == reason) {
        return [of_table.text(), remedy(*of_table)];
    }
    match reason {
        WRITTEN => [
            "Een veld van dit product is anders geschreven dan het zou terugkomen: met commentaar, een verwijzing of een voorloopnul.",
            "Schrijf categorie, code, eenheid, volume en tarief zonder commentaar en zonder voorloopnullen.",
        ],
        FIELDS => [
            "Het product zou een veld erbij krijgen of kwijtraken; alleen waarden worden vervangen.",
            ITS_TABLE,
        ],
        AMOUNT => ["Volume maal tarief zou een ander bedrag geven.", ITS_TABLE],
        COLLAPSE => [
            "Twee producten van deze cliënt zouden in dezelfde dagen hetzelfde product worden.",
            "Niets; heeft de gemeente liever een vertaling, dan wijst zij deze producten in haar tabel naar verschillende codes.",
        ],
        TWICE => [
            "De aanbieder heeft dit product voor deze cliënt in dezelfde dagen al, als vertaling van een ander product van de gemeente: bij hem staat het dubbel.",
            "De gemeente beëindigt een van beide toewijzingen, of wijst dit product toe onder een code die bij de aanbieder een andere is. Wijst de aanbieder het om het dubbele af, dan komt dat door de vertaling.",
        ],
        NO_TABLE => [
            "Er is nu geen tabel die zegt wat de gekozen code bij de gemeente is.",
            "De gemeente of de beheerder van het knooppunt zet de tabel weer in gebruik.",
        ],
        OTHER_UNIT => [
            "Het product is in een andere eenheid geteld dan die waarin de aanbieder het toegewezen kreeg.",
            "Geef het volume in de eenheid van de toewijzing die de aanbieder heeft.",
        ],
        MANY => [
            "Er zijn meer producten dan van een toewijzing of bericht worden onthouden.",
            "Verdeel de producten over meer berichten of toewijzingen.",
        ],
        NO_WAY_BACK => [
            "Uit de vertaling zou niet precies terugkomen wat is aangeboden.",
            ITS_TABLE,
        ],
        OTHER_FINDINGS => [
            "Het schema of de regels van het bericht zelf zouden over de vertaling iets anders zeggen.",
            ITS_TABLE,
        ],
        TOO_LARGE => [
            "De vertaling zou groter zijn dan een bericht mag zijn.",
            "Verdeel het over meer berichten.",
        ],
        DAMAGED => [
            "Wat van het beantwoorde bericht is bewaard, is beschadigd.",
            "Niets; de beheerder van het knooppunt ziet de schade.",
        ],
        FAULT => [
            "Het vertalen ging mis door een fout van het knooppunt.",
            "Niets; meld het aan de beheerder van het knooppunt.",
        ],
        // Of a later program.
        _ => ["Dit product kon niet precies worden vertaald.", ITS_TABLE],
    }
}

fn remedy(reason: Reason) -> &'static str {
    match reason {
        Reason::UnitMissing => "Noem de eenheid, als de berichtsoort die heeft.",
        Reason::VolumeNotWhole => {
            "Lever een volume aan dat ook in de eenheid van de ander een geheel getal is, als dat klopt met de zorg."
        }
        Reason::SeveralWays | Reason::CategoryUnknown | Reason::RowsDisagree => {
            "De gemeente zet in haar tabel `preferred` op yes bij de rij die bedoeld is."
        }
        Reason::Row
        | Reason::Remembered
        | Reason::OnlyWay
        | Reason::Preferred
        | Reason::NoTable
        | Reason::NoCode
        | Reason::NoRow
        | Reason::NotConfirmed
        | Reason::NotApplied(_)
        | Reason::SeveralTariffs
        | Reason::CrossedAsItIs
        | Reason::OwnCode
        | Reason::UnitsDoNotConvert
        | Reason::TariffNotWhole
        | Reason::CategoryDoesNotFit
        | Reason::NoExactWay
        | Reason::OtherMeaning => ITS_TABLE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: [&str; 13] = [
        WRITTEN,
        FIELDS,
        AMOUNT,
        COLLAPSE,
        TWICE,
        NO_TABLE,
        OTHER_UNIT,
        MANY,
        NO_WAY_BACK,
        OTHER_FINDINGS,
        TOO_LARGE,
        DAMAGED,
        FAULT,
    ];

    #[test]
    fn every_reason_has_words_of_its_own() {
        let of_tables = OF_TABLES.iter().map(|reason| reason.as_str());
        let codes = OWN.into_iter().chain(of_tables);
        let mut texts: Vec<&str> = codes.map(|code| told(code)[0]).collect();
        texts.push(told("of-a-later-program")[0]);
        let count = texts.len();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), count, "{texts:?}");
    }
}
