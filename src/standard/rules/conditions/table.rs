//! The rows: one entry a published id, with what it says in our own words.
//!
//! Source: the conditions (CD) and constraints (CS) of iJw 3.2 and iWmo 3.2 that a message is judged by at level 2; both
//! standards publish the same table. Restrictions (RS), and CS015, CS025 and CS319, are the schema's matter.

use super::Test::{
    Absent, All, Always, DutchPostcode, ElevenProof, FirstOfMonth, FirstOfYear, From, In,
    LastOfMonth, NotBefore, NotIn, On, OpenOrAfter, Present, SameDay, SameMonth, SameNumber, Zero,
};
use super::{Condition, Row, Test};
use crate::bericht::berichtsoort::Berichtsoort::{
    self, Antwoord, Declaratie, DeclaratieAntwoord, Start, Stop, Toewijzing, VerzoekToewijzing,
    VerzoekWijziging,
};
use crate::rules::{Level, Rule};

const ADRES: &str = "Client/Contactgegevens/Contact/Adres|Client/Relaties/Relatie/Contact/Adres";
const CONTACT: &str = "Client/Contactgegevens/Contact|Client/Relaties/Relatie/Contact";
const TOEGEWEZEN: &str = "Client/ToegewezenProducten/ToegewezenProduct";
const AANGEVRAAGD: &str = "Client/AangevraagdeProducten/AangevraagdProduct";
const NIEUW: &str = "Client/Verzoek/NieuweProducten/NieuwProduct";
const TE_WIJZIGEN: &str = "Client/Verzoek/TeWijzigenProducten/TeWijzigenProduct";
const VERWIJZER: &str = "Client/AangevraagdeProducten/AangevraagdProduct/Verwijzer";
const PRESTATIE: &str = "Declaratie/Clienten/Client/Prestaties/Prestatie";
const PRESTATIE_IN_ANTWOORD: &str = "DeclaratieAntwoord/Clienten/Client/Prestaties/Prestatie";
const NAAM: &str = "Client/Naam|Client/Relaties/Relatie/Naam";

/// Who refers is a doctor or an institution (code list COD327), known by a code of its own.
const REFERS: Test = In("Type", &["02", "03", "04", "05"]);
/// What ended by this day could still be allocated in the way of before 2021.
const TASKS_END: &str = "2020-12-31";
/// The first day that can be declared by these messages.
const FIRST_DAY: &str = "2021-01-01";

const fn rule(id: &'static str, berichten: &'static [Berichtsoort], at: &'static str) -> Rule {
    Rule {
        id,
        code: "0001",
        level: Level::Message,
        laws: Rule::BOTH,
        berichten,
        since: "3.2",
        at,
    }
}

/// When this holds, that must hold.
const fn when(
    soorten: &'static [Berichtsoort],
    class: &'static str,
    element: &'static str,
    when: Test,
    must: Test,
) -> Row {
    Row {
        soorten,
        class,
        element,
        when,
        must,
        only_then: false,
    }
}

/// When this holds, and only then, that must hold.
const fn only_when(
    soorten: &'static [Berichtsoort],
    class: &'static str,
    element: &'static str,
    when: Test,
    must: Test,
) -> Row {
    Row {
        soorten,
        class,
        element,
        when,
        must,
        only_then: true,
    }
}

#[rustfmt::skip] // a table: a row a line
pub(in crate::rules) static CONDITIONS: &[Condition] = &[
    // A postcode has its country, and a country its postcode.
    Condition {
        rule: rule("CD005", &[Toewijzing], "\
            Client/Contactgegevens/Contact/Adres/LandCode|\
            Client/Relaties/Relatie/Contact/Adres/LandCode"),
        rows: &[
            only_when(&[Toewijzing], ADRES, "LandCode", Present("Postcode"), Present("LandCode")),
        ],
    },
    // An interpreter of languages has his language, and nobody else has one.
    Condition {
        rule: rule("CD007", &[Toewijzing], "Client/Communicatie/Taal"),
        rows: &[
            only_when(&[Toewijzing], "Client/Communicatie", "Taal", In("Vorm", &["1"]), Present("Taal")),
        ],
    },
    // Only a temporary address has a period; it need not have one.
    Condition {
        rule: rule("CD009", &[Toewijzing], "Client/Contactgegevens/Contact/Periode|Client/Relaties/Relatie/Contact/Periode"),
        rows: &[
            when(&[Toewijzing], CONTACT, "Periode", Present("Periode"), In("Soort", &["04"])),
        ],
    },
    // A Dutch address has a house.
    Condition {
        rule: rule("CD025", &[Toewijzing], "\
            Client/Contactgegevens/Contact/Adres/Huis|\
            Client/Relaties/Relatie/Contact/Adres/Huis"),
        rows: &[
            when(&[Toewijzing], ADRES, "Huis", In("LandCode", &["NL"]), Present("Huis")),
        ],
    },
    // A registered address and that of a stay have a postcode, and so an Adres.
    Condition {
        rule: rule("CD034", &[Toewijzing], "\
            Client/Contactgegevens/Contact/Adres/Postcode|\
            Client/Relaties/Relatie/Contact/Adres/Postcode"),
        rows: &[
            when(&[Toewijzing], CONTACT, "Adres/Postcode", In("Soort", &["01", "03"]), Present("Adres/Postcode")),
        ],
    },
    // One product has a size.
    Condition {
        rule: rule("CD041", &[Toewijzing, VerzoekToewijzing, VerzoekWijziging], "\
            Client/ToegewezenProducten/ToegewezenProduct/Omvang|\
            Client/AangevraagdeProducten/AangevraagdProduct/Omvang|\
            Client/Verzoek/NieuweProducten/NieuwProduct/Omvang"),
        rows: &[
            when(&[Toewijzing], TOEGEWEZEN, "Omvang", Present("Product/Code"), Present("Omvang")),
            when(&[VerzoekToewijzing], AANGEVRAAGD, "Omvang", Present("Product/Code"), Present("Omvang")),
            when(&[VerzoekWijziging], NIEUW, "Omvang", Present("Product/Code"), Present("Omvang")),
        ],
    },
    // A decision has its day and its number, or neither.
    Condition {
        rule: rule("CD043", &[VerzoekToewijzing], "Client/AangevraagdeProducten/AangevraagdProduct/BeschikkingIngangsdatum"),
        rows: &[
            only_when(&[VerzoekToewijzing], AANGEVRAAGD, "BeschikkingIngangsdatum", Present("BeschikkingNummer"), Present("BeschikkingIngangsdatum")),
        ],
    },
    // A credit names the debit that it takes back, and a debit names none.
    Condition {
        rule: rule("CD060", &[Declaratie, DeclaratieAntwoord], "\
            Declaratie/Clienten/Client/Prestaties/Prestatie/ProductReferentie/VorigReferentieNummer|\
            DeclaratieAntwoord/Clienten/Client/Prestaties/Prestatie/ProductReferentie/VorigReferentieNummer"),
        rows: &[
            only_when(&[Declaratie], PRESTATIE, "ProductReferentie/VorigReferentieNummer", In("IngediendBedrag/DebetCredit", &["C"]), Present("ProductReferentie/VorigReferentieNummer")),
            only_when(&[DeclaratieAntwoord], PRESTATIE_IN_ANTWOORD, "ProductReferentie/VorigReferentieNummer", In("IngediendBedrag/DebetCredit", &["C"]), Present("ProductReferentie/VorigReferentieNummer")),
        ],
    },
    // A referring care provider is known by code or by name: by code, no name.
    Condition {
        rule: rule("CD066", &[VerzoekToewijzing], "Client/AangevraagdeProducten/AangevraagdProduct/Verwijzer/Naam"),
        rows: &[
            when(&[VerzoekToewijzing], VERWIJZER, "Naam", All(&[REFERS, Present("ZorgverlenerCode")]), Absent("Naam")),
        ],
    },
    // A referring care provider is known by code or by name: no code, a name.
    Condition {
        rule: rule("CD067", &[VerzoekToewijzing], "Client/AangevraagdeProducten/AangevraagdProduct/Verwijzer/Naam"),
        rows: &[
            when(&[VerzoekToewijzing], VERWIJZER, "Naam", All(&[REFERS, Absent("ZorgverlenerCode")]), Present("Naam")),
        ],
    },
    // Who refers and is no care provider has no code of one.
    Condition {
        rule: rule("CD068", &[VerzoekToewijzing], "Client/AangevraagdeProducten/AangevraagdProduct/Verwijzer/ZorgverlenerCode"),
        rows: &[
            when(&[VerzoekToewijzing], VERWIJZER, "ZorgverlenerCode", NotIn("Type", &["02", "03", "04", "05"]), Absent("ZorgverlenerCode")),
        ],
    },
    // A budget has an end.
    Condition {
        rule: rule("CD075", &[Toewijzing, VerzoekToewijzing, VerzoekWijziging], "\
            Client/ToegewezenProducten/ToegewezenProduct/Einddatum|\
            Client/AangevraagdeProducten/AangevraagdProduct/ToewijzingEinddatum|\
            Client/Verzoek/NieuweProducten/NieuwProduct/Einddatum|\
            Client/Verzoek/TeWijzigenProducten/TeWijzigenProduct/Einddatum"),
        rows: &[
            when(&[Toewijzing], TOEGEWEZEN, "Einddatum", Present("Budget"), Present("Einddatum")),
            when(&[VerzoekToewijzing], AANGEVRAAGD, "ToewijzingEinddatum", Present("Budget"), Present("ToewijzingEinddatum")),
            when(&[VerzoekWijziging], NIEUW, "Einddatum", Present("Budget"), Present("Einddatum")),
            when(&[VerzoekWijziging], TE_WIJZIGEN, "Einddatum", Present("Budget"), Present("Einddatum")),
        ],
    },
    // A size per week has an end; without size nothing is asked.
    Condition {
        rule: rule("CD076", &[Toewijzing, VerzoekToewijzing, VerzoekWijziging], "\
            Client/ToegewezenProducten/ToegewezenProduct/Einddatum|\
            Client/AangevraagdeProducten/AangevraagdProduct/ToewijzingEinddatum|\
            Client/Verzoek/NieuweProducten/NieuwProduct/Einddatum|\
            Client/Verzoek/TeWijzigenProducten/TeWijzigenProduct/Einddatum"),
        rows: &[
            when(&[Toewijzing], TOEGEWEZEN, "Einddatum", In("Omvang/Frequentie", &["2"]), Present("Einddatum")),
            when(&[VerzoekToewijzing], AANGEVRAAGD, "ToewijzingEinddatum", In("Omvang/Frequentie", &["2"]), Present("ToewijzingEinddatum")),
            when(&[VerzoekWijziging], NIEUW, "Einddatum", In("Omvang/Frequentie", &["2"]), Present("Einddatum")),
            when(&[VerzoekWijziging], TE_WIJZIGEN, "Einddatum", In("Omvang/Frequentie", &["2"]), Present("Einddatum")),
        ],
    },
    // What has a budget has no size.
    Condition {
        rule: rule("CD077", &[Toewijzing, VerzoekToewijzing, VerzoekWijziging], "\
            Client/ToegewezenProducten/ToegewezenProduct/Omvang|\
            Client/AangevraagdeProducten/AangevraagdProduct/Omvang|\
            Client/Verzoek/NieuweProducten/NieuwProduct/Omvang|\
            Client/Verzoek/TeWijzigenProducten/TeWijzigenProduct/Omvang"),
        rows: &[
            when(&[Toewijzing], TOEGEWEZEN, "Omvang", Present("Budget"), Absent("Omvang")),
            when(&[VerzoekToewijzing], AANGEVRAAGD, "Omvang", Present("Budget"), Absent("Omvang")),
            when(&[VerzoekWijziging], NIEUW, "Omvang", Present("Budget"), Absent("Omvang")),
            when(&[VerzoekWijziging], TE_WIJZIGEN, "Omvang", Present("Budget"), Absent("Omvang")),
        ],
    },
    // What has a size has no budget.
    Condition {
        rule: rule("CD078", &[Toewijzing, VerzoekToewijzing, VerzoekWijziging], "\
            Client/ToegewezenProducten/ToegewezenProduct/Budget|\
            Client/AangevraagdeProducten/AangevraagdProduct/Budget|\
            Client/Verzoek/NieuweProducten/NieuwProduct/Budget|\
            Client/Verzoek/TeWijzigenProducten/TeWijzigenProduct/Budget"),
        rows: &[
            when(&[Toewijzing], TOEGEWEZEN, "Budget", Present("Omvang"), Absent("Budget")),
            when(&[VerzoekToewijzing], AANGEVRAAGD, "Budget", Present("Omvang"), Absent("Budget")),
            when(&[VerzoekWijziging], NIEUW, "Budget", Present("Omvang"), Absent("Budget")),
            when(&[VerzoekWijziging], TE_WIJZIGEN, "Budget", Present("Omvang"), Absent("Budget")),
        ],
    },
    // What has no budget has a product.
    Condition {
        rule: rule("CD079", &[Toewijzing, VerzoekToewijzing, VerzoekWijziging], "\
            Client/ToegewezenProducten/ToegewezenProduct/Product|\
            Client/AangevraagdeProducten/AangevraagdProduct/Product|\
            Client/Verzoek/NieuweProducten/NieuwProduct/Product"),
        rows: &[
            when(&[Toewijzing], TOEGEWEZEN, "Product", Absent("Budget"), Present("Product")),
            when(&[VerzoekToewijzing], AANGEVRAAGD, "Product", Absent("Budget"), Present("Product")),
            when(&[VerzoekWijziging], NIEUW, "Product", Absent("Budget"), Present("Product")),
        ],
    },
    // What is not one product has no size; so since 2021.
    Condition {
        rule: rule("CD080", &[Toewijzing], "Client/ToegewezenProducten/ToegewezenProduct/Omvang"),
        rows: &[
            when(&[Toewijzing], TOEGEWEZEN, "Omvang", All(&[Absent("Product/Code"), OpenOrAfter("Einddatum", TASKS_END)]), Absent("Omvang")),
        ],
    },
    // A refusal has its reason.
    Condition {
        rule: rule("CD085", &[Antwoord], "Antwoord/RedenAfwijzingVerzoek"),
        rows: &[
            when(&[Antwoord], "Antwoord", "RedenAfwijzingVerzoek", In("VerzoekAntwoord", &["1"]), Present("RedenAfwijzingVerzoek")),
        ],
    },
    // What is being looked into has no reason of refusal.
    Condition {
        rule: rule("CD086", &[Antwoord], "Antwoord/RedenAfwijzingVerzoek"),
        rows: &[
            when(&[Antwoord], "Antwoord", "RedenAfwijzingVerzoek", In("VerzoekAntwoord", &["2"]), Absent("RedenAfwijzingVerzoek")),
        ],
    },
    // All but euros has a price, and euros have none.
    Condition {
        rule: rule("CD087", &[Declaratie], "Declaratie/Clienten/Client/Prestaties/Prestatie/ProductTarief"),
        rows: &[
            only_when(&[Declaratie], PRESTATIE, "ProductTarief", NotIn("Eenheid", &["83"]), Present("ProductTarief")),
        ],
    },
    // What is not one product has no size; so since 2021.
    Condition {
        rule: rule("CD095", &[VerzoekToewijzing], "Client/AangevraagdeProducten/AangevraagdProduct/Omvang"),
        rows: &[
            when(&[VerzoekToewijzing], AANGEVRAAGD, "Omvang", All(&[Absent("Product/Code"), OpenOrAfter("ToewijzingEinddatum", TASKS_END)]), Absent("Omvang")),
        ],
    },
    // What is not one product has no size; so since 2021.
    Condition {
        rule: rule("CD096", &[VerzoekWijziging], "Client/Verzoek/NieuweProducten/NieuwProduct/Omvang"),
        rows: &[
            when(&[VerzoekWijziging], NIEUW, "Omvang", All(&[Absent("Product/Code"), OpenOrAfter("Einddatum", TASKS_END)]), Absent("Omvang")),
        ],
    },
    // A BSN passes the eleven-proof.
    Condition {
        rule: rule("CS002", &[Toewijzing, Start, Stop, VerzoekToewijzing, VerzoekWijziging, Declaratie, DeclaratieAntwoord], "\
            Client/Bsn|\
            Declaratie/Clienten/Client/Bsn|\
            DeclaratieAntwoord/Clienten/Client/Bsn"),
        rows: &[
            when(&[Toewijzing, Start, Stop, VerzoekToewijzing, VerzoekWijziging], "Client", "Bsn", Always, ElevenProof("Bsn")),
            when(&[Declaratie], "Declaratie/Clienten/Client", "Bsn", Always, ElevenProof("Bsn")),
            when(&[DeclaratieAntwoord], "DeclaratieAntwoord/Clienten/Client", "Bsn", Always, ElevenProof("Bsn")),
        ],
    },
    // A period does not end before it begins; one that is open at either side cannot.
    Condition {
        rule: rule("CS003", &[Toewijzing, VerzoekToewijzing, VerzoekWijziging], "\
            Client/Contactgegevens/Contact/Periode/Einddatum|\
            Client/Relaties/Relatie/Contact/Periode/Einddatum|\
            Client/ToegewezenProducten/ToegewezenProduct/Einddatum|\
            Client/AangevraagdeProducten/AangevraagdProduct/ToewijzingEinddatum|\
            Client/Verzoek/NieuweProducten/NieuwProduct/Einddatum|\
            Client/Verzoek/TeWijzigenProducten/TeWijzigenProduct/Einddatum"),
        rows: &[
            when(&[Toewijzing], "Client/Contactgegevens/Contact/Periode|Client/Relaties/Relatie/Contact/Periode", "Einddatum", Always, NotBefore("Einddatum", "Begindatum")),
            when(&[Toewijzing], TOEGEWEZEN, "Einddatum", Always, NotBefore("Einddatum", "Ingangsdatum")),
            when(&[VerzoekToewijzing], AANGEVRAAGD, "ToewijzingEinddatum", Always, NotBefore("ToewijzingEinddatum", "ToewijzingIngangsdatum")),
            when(&[VerzoekWijziging], NIEUW, "Einddatum", Always, NotBefore("Einddatum", "GewensteIngangsdatum")),
            when(&[VerzoekWijziging], TE_WIJZIGEN, "Einddatum", Always, NotBefore("Einddatum", "GewensteIngangsdatum")),
        ],
    },
    // How names are used fits whether there is a name of the partner; 5 never does.
    Condition {
        rule: rule("CS050", &[Toewijzing], "Client/Naam/NaamGebruik|Client/Relaties/Relatie/Naam/NaamGebruik"),
        rows: &[
            when(&[Toewijzing], NAAM, "NaamGebruik", Present("Partnernaam"), In("NaamGebruik", &["1", "2", "3", "4"])),
            when(&[Toewijzing], NAAM, "NaamGebruik", Absent("Partnernaam"), In("NaamGebruik", &["1", "6"])),
        ],
    },
    // A delivery is a first one or a removal.
    Condition {
        rule: rule("CS058", &[Start, Stop], "\
            Client/StartProducten/StartProduct/StatusAanlevering|\
            Client/StopProducten/StopProduct/StatusAanlevering"),
        rows: &[
            when(&[Start], "Client/StartProducten/StartProduct", "StatusAanlevering", Always, In("StatusAanlevering", &["1", "3"])),
            when(&[Stop], "Client/StopProducten/StopProduct", "StatusAanlevering", Always, In("StatusAanlevering", &["1", "3"])),
        ],
    },
    // A Dutch postcode has four digits and two letters, of either case and without space; one that is absent is CD005's matter.
    Condition {
        rule: rule("CS089", &[Toewijzing], "\
            Client/Contactgegevens/Contact/Adres/Postcode|\
            Client/Relaties/Relatie/Contact/Adres/Postcode"),
        rows: &[
            when(&[Toewijzing], ADRES, "Postcode", In("LandCode", &["NL"]), DutchPostcode("Postcode")),
        ],
    },
    // What is declared lies in 2021 or after.
    Condition {
        rule: rule("CS100", &[Declaratie], "\
            Declaratie/DeclaratiePeriode|\
            Declaratie/Clienten/Client/Prestaties/Prestatie/ProductPeriode"),
        rows: &[
            when(&[Declaratie], "Declaratie", "DeclaratiePeriode", Always, All(&[From("DeclaratiePeriode/Begindatum", FIRST_DAY), From("DeclaratiePeriode/Einddatum", FIRST_DAY)])),
            when(&[Declaratie], PRESTATIE, "ProductPeriode", Always, All(&[From("ProductPeriode/Begindatum", FIRST_DAY), From("ProductPeriode/Einddatum", FIRST_DAY)])),
        ],
    },
    // What is not known of a birth date is 1: the day, the month, and of a year 1900.
    Condition {
        rule: rule("CS139", &[Toewijzing, Start, Stop, VerzoekToewijzing], "\
            Client/Geboortedatum/DatumGebruik|\
            Client/Relaties/Relatie/Geboortedatum/DatumGebruik"),
        rows: &[
            when(&[Toewijzing], "Client/Geboortedatum|Client/Relaties/Relatie/Geboortedatum", "DatumGebruik", In("DatumGebruik", &["1"]), FirstOfMonth("Datum")),
            when(&[Toewijzing], "Client/Geboortedatum|Client/Relaties/Relatie/Geboortedatum", "DatumGebruik", In("DatumGebruik", &["2"]), FirstOfYear("Datum")),
            when(&[Toewijzing], "Client/Geboortedatum|Client/Relaties/Relatie/Geboortedatum", "DatumGebruik", In("DatumGebruik", &["3"]), On("Datum", "1900-01-01")),
            when(&[Start, Stop, VerzoekToewijzing], "Client/Geboortedatum", "DatumGebruik", In("DatumGebruik", &["1"]), FirstOfMonth("Datum")),
            when(&[Start, Stop, VerzoekToewijzing], "Client/Geboortedatum", "DatumGebruik", In("DatumGebruik", &["2"]), FirstOfYear("Datum")),
            when(&[Start, Stop, VerzoekToewijzing], "Client/Geboortedatum", "DatumGebruik", In("DatumGebruik", &["3"]), On("Datum", "1900-01-01")),
        ],
    },
    // A client has a name; only of those around him it may be unknown.
    Condition {
        rule: rule("CS318", &[Toewijzing], "Client/Naam"),
        rows: &[
            when(&[Toewijzing], "Client", "Naam", Always, NotIn("Naam/NaamGebruik", &["6"])),
        ],
    },
    // Nothing is a debit.
    Condition {
        rule: rule("CS325", &[Declaratie, DeclaratieAntwoord], "\
            Declaratie/Clienten/Client/Prestaties/Prestatie/IngediendBedrag/DebetCredit|\
            Declaratie/TotaalIngediendBedrag/DebetCredit|\
            DeclaratieAntwoord/Clienten/Client/Prestaties/Prestatie/IngediendBedrag/DebetCredit|\
            DeclaratieAntwoord/TotaalIngediendBedrag/DebetCredit|\
            DeclaratieAntwoord/TotaalToegekendBedrag/DebetCredit"),
        rows: &[
            when(&[Declaratie], PRESTATIE, "IngediendBedrag/DebetCredit", Zero("IngediendBedrag/Bedrag"), In("IngediendBedrag/DebetCredit", &["D"])),
            when(&[Declaratie], "Declaratie", "TotaalIngediendBedrag/DebetCredit", Zero("TotaalIngediendBedrag/TotaalBedrag"), In("TotaalIngediendBedrag/DebetCredit", &["D"])),
            when(&[DeclaratieAntwoord], PRESTATIE_IN_ANTWOORD, "IngediendBedrag/DebetCredit", Zero("IngediendBedrag/Bedrag"), In("IngediendBedrag/DebetCredit", &["D"])),
            when(&[DeclaratieAntwoord], "DeclaratieAntwoord", "TotaalIngediendBedrag/DebetCredit", Zero("TotaalIngediendBedrag/TotaalBedrag"), In("TotaalIngediendBedrag/DebetCredit", &["D"])),
            when(&[DeclaratieAntwoord], "DeclaratieAntwoord", "TotaalToegekendBedrag/DebetCredit", Zero("TotaalToegekendBedrag/TotaalBedrag"), In("TotaalToegekendBedrag/DebetCredit", &["D"])),
        ],
    },
    // A removed allocation ends on the day it begins.
    Condition {
        rule: rule("CS335", &[Toewijzing], "Client/ToegewezenProducten/ToegewezenProduct/RedenWijziging"),
        rows: &[
            when(&[Toewijzing], TOEGEWEZEN, "RedenWijziging", In("RedenWijziging", &["13"]), SameDay("Einddatum", "Ingangsdatum")),
        ],
    },
    // The reason for removals of old is not used any more.
    Condition {
        rule: rule("CS336", &[Toewijzing], "Client/ToegewezenProducten/ToegewezenProduct/RedenWijziging"),
        rows: &[
            when(&[Toewijzing], TOEGEWEZEN, "RedenWijziging", Always, NotIn("RedenWijziging", &["01"])),
        ],
    },
    // What is declared lies in one month.
    Condition {
        rule: rule("CS337", &[Declaratie], "Declaratie/Clienten/Client/Prestaties/Prestatie/ProductPeriode"),
        rows: &[
            when(&[Declaratie], PRESTATIE, "ProductPeriode", Always, SameMonth("ProductPeriode/Begindatum", "ProductPeriode/Einddatum")),
        ],
    },
    // Days, parts of days, euros and efforts are per week, per month or in all; so since 2021.
    Condition {
        rule: rule("CS338", &[Toewijzing, VerzoekWijziging], "\
            Client/ToegewezenProducten/ToegewezenProduct/Omvang|\
            Client/Verzoek/NieuweProducten/NieuwProduct/Omvang|\
            Client/Verzoek/TeWijzigenProducten/TeWijzigenProduct/Omvang"),
        rows: &[
            when(&[Toewijzing], TOEGEWEZEN, "Omvang", All(&[In("Omvang/Eenheid", &["14", "16", "83", "84"]), OpenOrAfter("Einddatum", TASKS_END)]), In("Omvang/Frequentie", &["2", "4", "6"])),
            when(&[VerzoekWijziging], NIEUW, "Omvang", All(&[In("Omvang/Eenheid", &["14", "16", "83", "84"]), OpenOrAfter("Einddatum", TASKS_END)]), In("Omvang/Frequentie", &["2", "4", "6"])),
            when(&[VerzoekWijziging], TE_WIJZIGEN, "Omvang", All(&[In("Omvang/Eenheid", &["14", "16", "83", "84"]), OpenOrAfter("Einddatum", TASKS_END)]), In("Omvang/Frequentie", &["2", "4", "6"])),
        ],
    },
    // Euros are declared by their amount: both are in cents.
    Condition {
        rule: rule("CS339", &[Declaratie], "Declaratie/Clienten/Client/Prestaties/Prestatie/IngediendBedrag"),
        rows: &[
            when(&[Declaratie], PRESTATIE, "IngediendBedrag", In("Eenheid", &["83"]), SameNumber("IngediendBedrag/Bedrag", "GeleverdVolume")),
        ],
    },
    // A declaration is over one whole month.
    Condition {
        rule: rule("CS340", &[Declaratie], "Declaratie/DeclaratiePeriode"),
        rows: &[
            when(&[Declaratie], "Declaratie", "DeclaratiePeriode", Always, All(&[FirstOfMonth("DeclaratiePeriode/Begindatum"), LastOfMonth("DeclaratiePeriode/Einddatum"), SameMonth("DeclaratiePeriode/Begindatum", "DeclaratiePeriode/Einddatum")])),
        ],
    },
    // Days, parts of days, euros and efforts are asked for per week, per month or in all; so since 2021.
    Condition {
        rule: rule("CS343", &[VerzoekToewijzing], "Client/AangevraagdeProducten/AangevraagdProduct/Omvang"),
        rows: &[
            when(&[VerzoekToewijzing], AANGEVRAAGD, "Omvang", All(&[In("Omvang/Eenheid", &["14", "16", "83", "84"]), OpenOrAfter("ToewijzingEinddatum", TASKS_END)]), In("Omvang/Frequentie", &["2", "4", "6"])),
        ],
    },
];
