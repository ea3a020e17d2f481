//! Where the fields of products stand, by kind of message, in published names. Source: message schemas of iJw and iWmo 3.2, which agree; a test holds the table
//! against every loaded schema, so that a release in which one of these names stands elsewhere is noticed.

use knooppunt_standard::Berichtsoort;

/// A class that tells of a product: paths below Bericht, and below the class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The kinds in which it stands: a message, and the answer that repeats it.
    pub soorten: [Berichtsoort; 2],
    /// Path of the class below Bericht.
    pub at: &'static str,
    /// Element ToewijzingNummer.
    pub nummer: Option<&'static str>,
    /// What its maker calls it; `../../` begins at the class around the list that it is in.
    pub referentie: Option<&'static str>,
    /// First day.
    pub begin: Option<&'static str>,
    /// Last day.
    pub end: Option<&'static str>,
    /// Categorie or ProductCategorie.
    pub categorie: Option<&'static str>,
    /// Code or ProductCode.
    pub code: Option<&'static str>,
    /// Volume or GeleverdVolume.
    pub volume: Option<&'static str>,
    /// Eenheid.
    pub eenheid: Option<&'static str>,
    /// ProductTarief.
    pub tarief: Option<&'static str>,
    /// Bedrag of IngediendBedrag.
    pub bedrag: Option<&'static str>,
}

const NOTHING: Row = Row {
    soorten: [Berichtsoort::Toewijzing; 2],
    at: "",
    nummer: None,
    referentie: None,
    begin: None,
    end: None,
    categorie: None,
    code: None,
    volume: None,
    eenheid: None,
    tarief: None,
    bedrag: None,
};

/// A class with CDT_Product.
const WITH_PRODUCT: Row = Row {
    categorie: Some("Product/Categorie"),
    code: Some("Product/Code"),
    ..NOTHING
};

/// A class with CDT_Product and CDT_Omvang.
const WITH_SIZE: Row = Row {
    volume: Some("Omvang/Volume"),
    eenheid: Some("Omvang/Eenheid"),
    ..WITH_PRODUCT
};

const NUMMER: Option<&str> = Some("ToewijzingNummer");

/// A declared line, below its own list.
const LINE: Row = Row {
    nummer: NUMMER,
    referentie: Some("ProductReferentie/ReferentieNummer"),
    begin: Some("ProductPeriode/Begindatum"),
    end: Some("ProductPeriode/Einddatum"),
    categorie: Some("ProductCategorie"),
    code: Some("ProductCode"),
    volume: Some("GeleverdVolume"),
    eenheid: Some("Eenheid"),
    tarief: Some("ProductTarief"),
    bedrag: Some("IngediendBedrag/Bedrag"),
    ..NOTHING
};

/// All of them.
pub const TABLE: [Row; 8] = [
    Row {
        soorten: [Berichtsoort::Toewijzing, Berichtsoort::ToewijzingRetour],
        at: "Client/ToegewezenProducten/ToegewezenProduct",
        nummer: NUMMER,
        referentie: Some("ReferentieAanbieder"),
        begin: Some("Ingangsdatum"),
        end: Some("Einddatum"),
        ..WITH_SIZE
    },
    Row {
        soorten: [Berichtsoort::Start, Berichtsoort::StartRetour],
        at: "Client/StartProducten/StartProduct",
        nummer: NUMMER,
        begin: Some("Begindatum"),
        ..WITH_PRODUCT
    },
    Row {
        soorten: [Berichtsoort::Stop, Berichtsoort::StopRetour],
        at: "Client/StopProducten/StopProduct",
        nummer: NUMMER,
        begin: Some("Begindatum"),
        end: Some("Einddatum"),
        ..WITH_PRODUCT
    },
    Row {
        soorten: [
            Berichtsoort::VerzoekToewijzing,
            Berichtsoort::VerzoekToewijzingRetour,
        ],
        at: "Client/AangevraagdeProducten/AangevraagdProduct",
        referentie: Some("ReferentieAanbieder"),
        begin: Some("ToewijzingIngangsdatum"),
        end: Some("ToewijzingEinddatum"),
        ..WITH_SIZE
    },
    Row {
        soorten: [
            Berichtsoort::VerzoekWijziging,
            Berichtsoort::VerzoekWijzigingRetour,
        ],
        at: "Client/Verzoek/TeWijzigenProducten/TeWijzigenProduct",
        nummer: NUMMER,
        referentie: Some("../../ReferentieAanbieder"),
        begin: Some("GewensteIngangsdatum"),
        end: Some("Einddatum"),
        volume: Some("Omvang/Volume"),
        eenheid: Some("Omvang/Eenheid"),
        ..NOTHING
    },
    Row {
        soorten: [
            Berichtsoort::VerzoekWijziging,
            Berichtsoort::VerzoekWijzigingRetour,
        ],
        at: "Client/Verzoek/NieuweProducten/NieuwProduct",
        referentie: Some("../../ReferentieAanbieder"),
        begin: Some("GewensteIngangsdatum"),
        end: Some("Einddatum"),
        ..WITH_SIZE
    },
    Row {
        soorten: [Berichtsoort::Declaratie; 2],
        at: "Declaratie/Clienten/Client/Prestaties/Prestatie",
        ..LINE
    },
    Row {
        soorten: [Berichtsoort::DeclaratieAntwoord; 2],
        at: "DeclaratieAntwoord/Clienten/Client/Prestaties/Prestatie",
        ..LINE
    },
];

/// The rows of a kind; none for a kind without products (319, 320).
pub fn rows(soort: Berichtsoort) -> impl Iterator<Item = &'static Row> {
    TABLE.iter().filter(move |row| row.soorten.contains(&soort))
}
