//! Every condition and constraint: what it takes and what it refuses, in both standards; and that the table fits the schemas.

use std::collections::BTreeSet;

use super::{CONDITIONS, Rule, Test};
use crate::Law;
use crate::bericht::berichtsoort::Berichtsoort::{
    self, Antwoord, Declaratie, DeclaratieAntwoord, Start, Stop, Toewijzing, VerzoekToewijzing,
    VerzoekWijziging,
};
use crate::description::{ContentDescription, ElementDescription};
use crate::sample::{RELEASES, Sample, both};

/// Value of an edit that takes the element out.
const OUT: &str = "-";

const CONTACT: &str = "Client/Contactgegevens/Contact";
const TOEGEWEZEN: &str = "Client/ToegewezenProducten/ToegewezenProduct";
const AANGEVRAAGD: &str = "Client/AangevraagdeProducten/AangevraagdProduct";
const NIEUW: &str = "Client/Verzoek/NieuweProducten/NieuwProduct";
const TE_WIJZIGEN: &str = "Client/Verzoek/TeWijzigenProducten/TeWijzigenProduct";
const PRESTATIE: &str = "Declaratie/Clienten/Client/Prestaties/Prestatie";
const ANSWERED: &str = "DeclaratieAntwoord/Clienten/Client/Prestaties/Prestatie";

/// Elements and what they become.
type Edits = &'static [(&'static str, &'static str)];

/// Edits below a class of a kind of message, and the element below it that is then told of; `None`: nothing is.
type Case = (
    &'static str,
    Berichtsoort,
    &'static str,
    Edits,
    Option<&'static str>,
);

#[rustfmt::skip] // a table: a case a line
static CASES: &[Case] = &[
    ("CD005", Toewijzing, CONTACT, &[("Adres/LandCode", OUT)], Some("Adres")),
    ("CD005", Toewijzing, CONTACT, &[("Adres/Postcode", OUT)], Some("Adres/LandCode")),
    ("CD005", Toewijzing, CONTACT, &[("Adres/Postcode", OUT), ("Adres/LandCode", OUT)], None),
    ("CD007", Toewijzing, "Client", &[("Communicatie/Vorm", "1")], Some("Communicatie")),
    ("CD007", Toewijzing, "Client", &[("Communicatie/Vorm", "1"), ("Communicatie/Taal", "Fries")], None),
    ("CD007", Toewijzing, "Client", &[("Communicatie/Vorm", "2")], None),
    ("CD007", Toewijzing, "Client", &[("Communicatie/Vorm", "2"), ("Communicatie/Taal", "Fries")], Some("Communicatie/Taal")),
    ("CD009", Toewijzing, CONTACT, &[("Periode/Begindatum", "2026-01-01")], Some("Periode")),
    ("CD009", Toewijzing, CONTACT, &[("Periode/Begindatum", "2026-01-01"), ("Soort", "04")], None),
    ("CD009", Toewijzing, CONTACT, &[("Soort", "04")], None),
    ("CD025", Toewijzing, CONTACT, &[("Adres/Huis", OUT)], Some("Adres")),
    ("CD025", Toewijzing, CONTACT, &[("Adres/Huis", OUT), ("Adres/LandCode", "BE")], None),
    ("CD034", Toewijzing, CONTACT, &[("Adres/Postcode", OUT)], Some("Adres")),
    ("CD034", Toewijzing, CONTACT, &[("Adres", OUT)], Some("")),
    ("CD034", Toewijzing, CONTACT, &[("Adres", OUT), ("Soort", "03")], Some("")),
    ("CD034", Toewijzing, CONTACT, &[("Adres", OUT), ("Soort", "02")], None),
    ("CD041", Toewijzing, TOEGEWEZEN, &[("Omvang", OUT)], Some("")),
    ("CD041", Toewijzing, TOEGEWEZEN, &[("Omvang", OUT), ("Product/Code", OUT)], None),
    ("CD041", VerzoekToewijzing, AANGEVRAAGD, &[("Omvang", OUT)], Some("")),
    ("CD041", VerzoekWijziging, NIEUW, &[("Omvang", OUT)], Some("")),
    ("CD043", VerzoekToewijzing, AANGEVRAAGD, &[("BeschikkingNummer", "7")], Some("")),
    ("CD043", VerzoekToewijzing, AANGEVRAAGD, &[("BeschikkingIngangsdatum", "2026-01-01")], Some("BeschikkingIngangsdatum")),
    ("CD043", VerzoekToewijzing, AANGEVRAAGD, &[("BeschikkingNummer", "7"), ("BeschikkingIngangsdatum", "2026-01-01")], None),
    ("CD060", Declaratie, PRESTATIE, &[("IngediendBedrag/DebetCredit", "C")], Some("ProductReferentie")),
    ("CD060", Declaratie, PRESTATIE, &[("ProductReferentie/VorigReferentieNummer", "R0")], Some("ProductReferentie/VorigReferentieNummer")),
    ("CD060", Declaratie, PRESTATIE, &[("ProductReferentie/VorigReferentieNummer", "R0"), ("IngediendBedrag/DebetCredit", "C")], None),
    ("CD060", DeclaratieAntwoord, ANSWERED, &[("IngediendBedrag/DebetCredit", "C")], Some("ProductReferentie")),
    ("CD066", VerzoekToewijzing, AANGEVRAAGD, &[("Verwijzer/Type", "02"), ("Verwijzer/ZorgverlenerCode", "12345678")], None),
    ("CD066", VerzoekToewijzing, AANGEVRAAGD, &[("Verwijzer/Type", "05"), ("Verwijzer/ZorgverlenerCode", "12345678"), ("Verwijzer/Naam", "Vos")], Some("Verwijzer/Naam")),
    ("CD067", VerzoekToewijzing, AANGEVRAAGD, &[("Verwijzer/Type", "03")], Some("Verwijzer")),
    ("CD067", VerzoekToewijzing, AANGEVRAAGD, &[("Verwijzer/Type", "04"), ("Verwijzer/Naam", "Vos")], None),
    ("CD067", VerzoekToewijzing, AANGEVRAAGD, &[("Verwijzer/Type", "06")], None),
    ("CD068", VerzoekToewijzing, AANGEVRAAGD, &[("Verwijzer/ZorgverlenerCode", "12345678")], Some("Verwijzer/ZorgverlenerCode")),
    ("CD068", VerzoekToewijzing, AANGEVRAAGD, &[("Verwijzer/Type", "02"), ("Verwijzer/ZorgverlenerCode", "12345678")], None),
    ("CD075", Toewijzing, TOEGEWEZEN, &[("Omvang", OUT), ("Budget", "5"), ("Einddatum", OUT)], Some("")),
    ("CD075", Toewijzing, TOEGEWEZEN, &[("Omvang", OUT), ("Budget", "5")], None),
    ("CD075", VerzoekToewijzing, AANGEVRAAGD, &[("Budget", "5"), ("ToewijzingEinddatum", OUT)], Some("")),
    ("CD075", VerzoekToewijzing, AANGEVRAAGD, &[("Budget", "5")], None),
    ("CD075", VerzoekWijziging, NIEUW, &[("Budget", "5"), ("Einddatum", OUT)], Some("")),
    ("CD075", VerzoekWijziging, TE_WIJZIGEN, &[("Budget", "5"), ("Einddatum", OUT)], Some("")),
    ("CD076", Toewijzing, TOEGEWEZEN, &[("Einddatum", OUT)], Some("")),
    ("CD076", Toewijzing, TOEGEWEZEN, &[("Einddatum", OUT), ("Omvang/Frequentie", "4")], None),
    ("CD076", Toewijzing, TOEGEWEZEN, &[("Einddatum", OUT), ("Omvang", OUT), ("Product/Code", OUT)], None),
    ("CD076", VerzoekToewijzing, AANGEVRAAGD, &[("ToewijzingEinddatum", OUT)], Some("")),
    ("CD076", VerzoekWijziging, NIEUW, &[("Einddatum", OUT)], Some("")),
    ("CD076", VerzoekWijziging, TE_WIJZIGEN, &[("Einddatum", OUT)], Some("")),
    ("CD077", Toewijzing, TOEGEWEZEN, &[("Budget", "5")], Some("Omvang")),
    ("CD077", VerzoekToewijzing, AANGEVRAAGD, &[("Budget", "5")], Some("Omvang")),
    ("CD077", VerzoekWijziging, NIEUW, &[("Budget", "5")], Some("Omvang")),
    ("CD077", VerzoekWijziging, TE_WIJZIGEN, &[("Budget", "5")], Some("Omvang")),
    ("CD077", VerzoekWijziging, TE_WIJZIGEN, &[("Budget", "5"), ("Omvang", OUT)], None),
    ("CD078", Toewijzing, TOEGEWEZEN, &[("Budget", "0")], Some("Budget")),
    ("CD078", VerzoekToewijzing, AANGEVRAAGD, &[("Budget", "5")], Some("Budget")),
    ("CD078", VerzoekWijziging, NIEUW, &[("Budget", "5")], Some("Budget")),
    ("CD078", VerzoekWijziging, TE_WIJZIGEN, &[("Budget", "5")], Some("Budget")),
    ("CD078", VerzoekWijziging, TE_WIJZIGEN, &[("Budget", "5"), ("Omvang", OUT)], None),
    ("CD079", Toewijzing, TOEGEWEZEN, &[("Product", OUT), ("Omvang", OUT)], Some("")),
    ("CD079", Toewijzing, TOEGEWEZEN, &[("Product", OUT), ("Omvang", OUT), ("Budget", "5")], None),
    ("CD079", VerzoekToewijzing, AANGEVRAAGD, &[("Product", OUT)], Some("")),
    ("CD079", VerzoekWijziging, NIEUW, &[("Product", OUT)], Some("")),
    ("CD080", Toewijzing, TOEGEWEZEN, &[("Product/Code", OUT)], Some("Omvang")),
    ("CD080", Toewijzing, TOEGEWEZEN, &[("Product", OUT)], Some("Omvang")),
    ("CD080", Toewijzing, TOEGEWEZEN, &[("Product/Code", OUT), ("Omvang/Frequentie", "4"), ("Einddatum", OUT)], Some("Omvang")),
    ("CD080", Toewijzing, TOEGEWEZEN, &[("Product/Code", OUT), ("Einddatum", "2021-01-01")], Some("Omvang")),
    ("CD080", Toewijzing, TOEGEWEZEN, &[("Product/Code", OUT), ("Ingangsdatum", "2020-01-01"), ("Einddatum", "2020-12-31")], None),
    ("CD080", Toewijzing, TOEGEWEZEN, &[("Product/Code", OUT), ("Omvang", OUT)], None),
    ("CD085", Antwoord, "Antwoord", &[("VerzoekAntwoord", "1")], Some("")),
    ("CD085", Antwoord, "Antwoord", &[("VerzoekAntwoord", "1"), ("RedenAfwijzingVerzoek", "4")], None),
    ("CD086", Antwoord, "Antwoord", &[("RedenAfwijzingVerzoek", "4")], Some("RedenAfwijzingVerzoek")),
    ("CD086", Antwoord, "Antwoord", &[], None),
    ("CD087", Declaratie, PRESTATIE, &[("ProductTarief", OUT)], Some("")),
    ("CD087", Declaratie, PRESTATIE, &[("Eenheid", "83")], Some("ProductTarief")),
    ("CD087", Declaratie, PRESTATIE, &[("Eenheid", "83"), ("ProductTarief", OUT)], None),
    ("CD095", VerzoekToewijzing, AANGEVRAAGD, &[("Product/Code", OUT)], Some("Omvang")),
    ("CD095", VerzoekToewijzing, AANGEVRAAGD, &[("Product/Code", OUT), ("Omvang", OUT)], None),
    ("CD095", VerzoekToewijzing, AANGEVRAAGD, &[("Product/Code", OUT), ("ToewijzingEinddatum", "2020-12-31")], None),
    ("CD096", VerzoekWijziging, NIEUW, &[("Product/Code", OUT)], Some("Omvang")),
    ("CD096", VerzoekWijziging, NIEUW, &[("Product/Code", OUT), ("Einddatum", "2020-12-31")], None),
    ("CD096", VerzoekWijziging, NIEUW, &[("Product/Code", OUT), ("Omvang", OUT)], None),
    ("CS002", Toewijzing, "Client", &[("Bsn", "999900007")], Some("Bsn")),
    ("CS002", Toewijzing, "Client", &[("Bsn", "999900018")], None),
    ("CS002", Start, "Client", &[("Bsn", "999900007")], Some("Bsn")),
    ("CS002", Stop, "Client", &[("Bsn", "999900060")], Some("Bsn")),
    ("CS002", VerzoekToewijzing, "Client", &[("Bsn", "123456789")], Some("Bsn")),
    ("CS002", VerzoekWijziging, "Client", &[("Bsn", "999909006")], Some("Bsn")),
    ("CS002", Declaratie, "Declaratie/Clienten/Client", &[("Bsn", "999900005")], Some("Bsn")),
    ("CS002", DeclaratieAntwoord, "DeclaratieAntwoord/Clienten/Client", &[("Bsn", "999900005")], Some("Bsn")),
    ("CS003", Toewijzing, CONTACT, &[("Periode/Begindatum", "2026-01-02"), ("Periode/Einddatum", "2026-01-01")], Some("Periode/Einddatum")),
    ("CS003", Toewijzing, CONTACT, &[("Periode/Begindatum", "2026-01-01"), ("Periode/Einddatum", "2026-01-01")], None),
    ("CS003", Toewijzing, CONTACT, &[("Periode/Einddatum", "2026-01-01")], None),
    ("CS003", Toewijzing, TOEGEWEZEN, &[("Einddatum", "2026-03-01")], Some("Einddatum")),
    ("CS003", Toewijzing, TOEGEWEZEN, &[("Einddatum", "2026-03-02")], None),
    ("CS003", Toewijzing, TOEGEWEZEN, &[("Einddatum", OUT)], None),
    ("CS003", VerzoekToewijzing, AANGEVRAAGD, &[("ToewijzingEinddatum", "2026-04-30")], Some("ToewijzingEinddatum")),
    ("CS003", VerzoekWijziging, NIEUW, &[("Einddatum", "2026-04-30")], Some("Einddatum")),
    ("CS003", VerzoekWijziging, TE_WIJZIGEN, &[("Einddatum", "2026-04-30")], Some("Einddatum")),
    ("CS050", Toewijzing, "Client/Naam", &[("NaamGebruik", "2")], Some("NaamGebruik")),
    ("CS050", Toewijzing, "Client/Naam", &[("NaamGebruik", "5")], Some("NaamGebruik")),
    ("CS050", Toewijzing, "Client/Naam", &[("NaamGebruik", "6")], None),
    ("CS050", Toewijzing, "Client/Naam", &[("Partnernaam/Achternaam", "Das"), ("NaamGebruik", "4")], None),
    ("CS050", Toewijzing, "Client/Naam", &[("Partnernaam/Achternaam", "Das"), ("NaamGebruik", "5")], Some("NaamGebruik")),
    ("CS050", Toewijzing, "Client/Naam", &[("Partnernaam/Achternaam", "Das"), ("NaamGebruik", "6")], Some("NaamGebruik")),
    ("CS058", Start, "Client/StartProducten/StartProduct", &[("StatusAanlevering", "2")], Some("StatusAanlevering")),
    ("CS058", Start, "Client/StartProducten/StartProduct", &[("StatusAanlevering", "3")], None),
    ("CS058", Stop, "Client/StopProducten/StopProduct", &[("StatusAanlevering", "9")], Some("StatusAanlevering")),
    ("CS089", Toewijzing, CONTACT, &[("Adres/Postcode", "1234ab")], None),
    ("CS089", Toewijzing, CONTACT, &[("Adres/Postcode", "0234AB")], Some("Adres/Postcode")),
    ("CS089", Toewijzing, CONTACT, &[("Adres/Postcode", "1234 AB")], Some("Adres/Postcode")),
    ("CS089", Toewijzing, CONTACT, &[("Adres/Postcode", "1234A")], Some("Adres/Postcode")),
    ("CS089", Toewijzing, CONTACT, &[("Adres/Postcode", "123AB")], Some("Adres/Postcode")),
    ("CS089", Toewijzing, CONTACT, &[("Adres/Postcode", "1234ABC")], Some("Adres/Postcode")),
    ("CS089", Toewijzing, CONTACT, &[("Adres/Postcode", "1000"), ("Adres/LandCode", "BE")], None),
    ("CS089", Toewijzing, CONTACT, &[("Adres/Postcode", OUT)], None),
    ("CS100", Declaratie, "Declaratie", &[("DeclaratiePeriode/Begindatum", "2020-12-31")], Some("DeclaratiePeriode")),
    ("CS100", Declaratie, "Declaratie", &[("DeclaratiePeriode/Einddatum", "2020-12-31")], Some("DeclaratiePeriode")),
    ("CS100", Declaratie, "Declaratie", &[("DeclaratiePeriode/Begindatum", "2021-01-01")], None),
    ("CS100", Declaratie, PRESTATIE, &[("ProductPeriode/Begindatum", "2020-12-31")], Some("ProductPeriode")),
    ("CS100", Declaratie, PRESTATIE, &[("ProductPeriode/Begindatum", "2021-01-01"), ("ProductPeriode/Einddatum", "2021-01-01")], None),
    ("CS139", Toewijzing, "Client/Geboortedatum", &[("DatumGebruik", "1"), ("Datum", "2010-05-02")], Some("DatumGebruik")),
    ("CS139", Toewijzing, "Client/Geboortedatum", &[("DatumGebruik", "1"), ("Datum", "2010-05-01")], None),
    ("CS139", Start, "Client/Geboortedatum", &[("DatumGebruik", "2"), ("Datum", "2010-05-01")], Some("DatumGebruik")),
    ("CS139", Start, "Client/Geboortedatum", &[("DatumGebruik", "2"), ("Datum", "2010-01-01")], None),
    ("CS139", Stop, "Client/Geboortedatum", &[("DatumGebruik", "3"), ("Datum", "2010-01-01")], Some("DatumGebruik")),
    ("CS139", Stop, "Client/Geboortedatum", &[("DatumGebruik", "3"), ("Datum", "1900-01-01")], None),
    ("CS139", VerzoekToewijzing, "Client/Geboortedatum", &[("DatumGebruik", "1"), ("Datum", "2010-05-10")], Some("DatumGebruik")),
    ("CS139", VerzoekToewijzing, "Client/Geboortedatum", &[("Datum", "2010-05-10")], None),
    ("CS318", Toewijzing, "Client/Naam", &[("NaamGebruik", "6")], Some("")),
    ("CS318", Toewijzing, "Client/Naam", &[("NaamGebruik", "1")], None),
    ("CS325", Declaratie, PRESTATIE, &[("IngediendBedrag/Bedrag", "0"), ("IngediendBedrag/DebetCredit", "C")], Some("IngediendBedrag/DebetCredit")),
    ("CS325", Declaratie, PRESTATIE, &[("IngediendBedrag/Bedrag", "00"), ("IngediendBedrag/DebetCredit", "D")], None),
    ("CS325", Declaratie, PRESTATIE, &[("IngediendBedrag/Bedrag", "-0"), ("IngediendBedrag/DebetCredit", "C")], Some("IngediendBedrag/DebetCredit")),
    ("CS325", Declaratie, "Declaratie/TotaalIngediendBedrag", &[("TotaalBedrag", "0"), ("DebetCredit", "C")], Some("DebetCredit")),
    ("CS325", DeclaratieAntwoord, ANSWERED, &[("IngediendBedrag/Bedrag", "0"), ("IngediendBedrag/DebetCredit", "C")], Some("IngediendBedrag/DebetCredit")),
    ("CS325", DeclaratieAntwoord, "DeclaratieAntwoord/TotaalIngediendBedrag", &[("TotaalBedrag", "0"), ("DebetCredit", "C")], Some("DebetCredit")),
    ("CS325", DeclaratieAntwoord, "DeclaratieAntwoord/TotaalToegekendBedrag", &[("TotaalBedrag", "0"), ("DebetCredit", "C")], Some("DebetCredit")),
    ("CS335", Toewijzing, TOEGEWEZEN, &[("RedenWijziging", "13")], Some("RedenWijziging")),
    ("CS335", Toewijzing, TOEGEWEZEN, &[("RedenWijziging", "13"), ("Einddatum", "2026-03-02")], None),
    ("CS335", Toewijzing, TOEGEWEZEN, &[("RedenWijziging", "13"), ("Einddatum", OUT)], Some("RedenWijziging")),
    ("CS335", Toewijzing, TOEGEWEZEN, &[("RedenWijziging", "04")], None),
    ("CS336", Toewijzing, TOEGEWEZEN, &[("RedenWijziging", "01")], Some("RedenWijziging")),
    ("CS336", Toewijzing, TOEGEWEZEN, &[("RedenWijziging", "02")], None),
    ("CS337", Declaratie, PRESTATIE, &[("ProductPeriode/Begindatum", "2026-02-28")], Some("ProductPeriode")),
    ("CS337", Declaratie, PRESTATIE, &[("ProductPeriode/Begindatum", "2025-03-01")], Some("ProductPeriode")),
    ("CS337", Declaratie, PRESTATIE, &[("ProductPeriode/Begindatum", "2026-03-31")], None),
    ("CS338", Toewijzing, TOEGEWEZEN, &[("Omvang/Eenheid", "14"), ("Omvang/Frequentie", "1")], Some("Omvang")),
    ("CS338", Toewijzing, TOEGEWEZEN, &[("Omvang/Eenheid", "16"), ("Omvang/Frequentie", "2")], None),
    ("CS338", Toewijzing, TOEGEWEZEN, &[("Omvang/Eenheid", "04"), ("Omvang/Frequentie", "1")], None),
    ("CS338", Toewijzing, TOEGEWEZEN, &[("Omvang/Eenheid", "83"), ("Omvang/Frequentie", "1"), ("Einddatum", "2020-12-31")], None),
    ("CS338", VerzoekWijziging, NIEUW, &[("Omvang/Eenheid", "83"), ("Omvang/Frequentie", "1")], Some("Omvang")),
    ("CS338", VerzoekWijziging, TE_WIJZIGEN, &[("Omvang/Eenheid", "84"), ("Omvang/Frequentie", "1"), ("Einddatum", OUT)], Some("Omvang")),
    ("CS338", VerzoekWijziging, TE_WIJZIGEN, &[("Omvang/Eenheid", "82"), ("Omvang/Frequentie", "1")], None),
    ("CS339", Declaratie, PRESTATIE, &[("Eenheid", "83"), ("ProductTarief", OUT)], Some("IngediendBedrag")),
    ("CS339", Declaratie, PRESTATIE, &[("Eenheid", "83"), ("ProductTarief", OUT), ("GeleverdVolume", "+082500")], None),
    ("CS340", Declaratie, "Declaratie", &[("DeclaratiePeriode/Begindatum", "2026-03-02")], Some("DeclaratiePeriode")),
    ("CS340", Declaratie, "Declaratie", &[("DeclaratiePeriode/Einddatum", "2026-03-30")], Some("DeclaratiePeriode")),
    ("CS340", Declaratie, "Declaratie", &[("DeclaratiePeriode/Begindatum", "2026-02-01")], Some("DeclaratiePeriode")),
    ("CS340", Declaratie, "Declaratie", &[("DeclaratiePeriode/Begindatum", "2024-02-01"), ("DeclaratiePeriode/Einddatum", "2024-02-28")], Some("DeclaratiePeriode")),
    ("CS340", Declaratie, "Declaratie", &[("DeclaratiePeriode/Begindatum", "2024-02-01"), ("DeclaratiePeriode/Einddatum", "2024-02-29")], None),
    ("CS340", Declaratie, "Declaratie", &[("DeclaratiePeriode/Begindatum", " 2026-03-01 ")], None),
    ("CS343", VerzoekToewijzing, AANGEVRAAGD, &[("Omvang/Eenheid", "14"), ("Omvang/Frequentie", "1")], Some("Omvang")),
    ("CS343", VerzoekToewijzing, AANGEVRAAGD, &[("Omvang/Eenheid", "14"), ("Omvang/Frequentie", "6")], None),
];

/// The sample of a case.
fn edited(sample: Sample, class: &str, edits: &[(&str, &str)]) -> Sample {
    edits.iter().fold(sample, |sample, (element, value)| {
        let path = format!("{class}/{element}");
        if *value == OUT {
            sample.without(&path)
        } else {
            sample.with(&path, value)
        }
    })
}

#[test]
fn every_condition_takes_and_refuses_what_it_should_in_both_standards() {
    for (id, soort, class, edits, told) in CASES {
        for sample in both(*soort) {
            let law = sample.law();
            let broken = edited(sample, class, edits).broken();
            let own: Vec<String> = broken
                .iter()
                .filter_map(|one| one.strip_prefix(id)?.strip_prefix(' '))
                .map(without_numbers)
                .collect();
            let expected: Vec<String> = told
                .iter()
                .map(|element| {
                    format!("{class}/{element}")
                        .trim_end_matches('/')
                        .to_owned()
                })
                .collect();
            assert_eq!(own, expected, "{id} {law} {edits:?}: {broken:?}");
        }
    }
}

/// `Client/Contactgegevens/Contact[1]` -> `Client/Contactgegevens/Contact`.
fn without_numbers(path: &str) -> String {
    let mut parts = path.split(['[', ']']);
    let mut plain = parts.next().unwrap_or_default().to_owned();
    while let (Some(_number), Some(next)) = (parts.next(), parts.next()) {
        plain.push_str(next);
    }
    plain
}

#[test]
fn every_row_of_the_table_is_refused_once_and_every_condition_taken_once() {
    for condition in CONDITIONS {
        let id = condition.rule.id;
        let cases = || CASES.iter().filter(|(other, ..)| *other == id);
        assert!(
            cases().any(|(.., told)| told.is_none()),
            "{id} takes nothing"
        );
        for row in condition.rows {
            for soort in row.soorten {
                let is_refused = cases().any(|(_, of, class, edits, told)| {
                    let sample = Sample::new(Law::Jw, *soort);
                    let path = told.map(|element| format!("{class}/{element}"));
                    of == soort
                        && path.is_some_and(|path| {
                            let class = row.class.split('|').next().unwrap_or_default();
                            path.starts_with(class) || class.starts_with(path.trim_end_matches('/'))
                        })
                        && !edited(sample, class, edits).broken().is_empty()
                });
                assert!(
                    is_refused,
                    "{id} refuses nothing of {soort:?} {}",
                    row.class
                );
            }
        }
    }
}

#[test]
fn those_around_the_client_and_their_contacts_are_judged_as_well() {
    let relatie = "Client/Relaties/Relatie";
    let cases: &[(&str, Edits, &str)] = &[
        ("CS050", &[("Naam/NaamGebruik", "5")], "Naam/NaamGebruik"),
        (
            "CS139",
            &[
                ("Geboortedatum/Datum", "1980-05-02"),
                ("Geboortedatum/DatumGebruik", "1"),
            ],
            "Geboortedatum/DatumGebruik",
        ),
        (
            "CD009",
            &[("Contact/Periode/Begindatum", "2026-01-01")],
            "Contact/Periode",
        ),
        (
            "CD005",
            &[("Contact/Adres/Postcode", "1234AB")],
            "Contact/Adres",
        ),
        ("CD034", &[("Contact/Soort", "01")], "Contact"),
    ];
    for (id, edits, told) in cases {
        for sample in both(Toewijzing) {
            let broken = edited(sample.with_relatie(), relatie, edits).broken();
            assert_eq!(broken, [format!("{id} {relatie}[1]/{told}")]);
        }
    }
    for sample in both(Toewijzing) {
        let unknown = sample
            .with_relatie()
            .with(&format!("{relatie}/Naam/NaamGebruik"), "6");
        assert_eq!(unknown.broken(), [] as [&str; 0], "CS318 is about clients");
    }
}

#[test]
fn fields_of_one_row_are_not_those_of_the_row_before() {
    // The first contact has a postcode, the second has none: nothing is left over.
    for sample in both(Toewijzing) {
        let two = sample
            .again(CONTACT)
            .with("Client/Contactgegevens/Contact[2]/Soort", "03")
            .without("Client/Contactgegevens/Contact[2]/Adres");
        assert_eq!(
            two.broken(),
            [
                "CD034 Client/Contactgegevens/Contact[2]",
                "TR006 Client/Contactgegevens/Contact[2]"
            ]
        );
    }
}

#[test]
fn a_row_is_of_a_kind_of_its_rule_and_holds_under_both_laws() {
    for condition in CONDITIONS {
        let rule = &condition.rule;
        assert_eq!(rule.laws, Rule::BOTH, "{}", rule.id);
        let kinds = condition.rows.iter().flat_map(|row| row.soorten);
        for soort in kinds {
            assert!(rule.berichten.contains(soort), "{} {soort:?}", rule.id);
        }
    }
}

#[test]
fn the_rule_says_where_its_rows_are() {
    for condition in CONDITIONS {
        let rule = &condition.rule;
        let mut at = BTreeSet::new();
        let mut soorten = BTreeSet::new();
        for row in condition.rows {
            soorten.extend(row.soorten);
            at.extend(
                row.class
                    .split('|')
                    .map(|class| format!("{class}/{}", row.element)),
            );
        }
        assert_eq!(
            rule.at
                .split('|')
                .map(str::to_owned)
                .collect::<BTreeSet<_>>(),
            at,
            "{}",
            rule.id
        );
        assert_eq!(
            rule.berichten.iter().collect::<BTreeSet<_>>(),
            soorten.into_iter().collect(),
            "{}",
            rule.id
        );
    }
}

#[test]
fn every_path_of_the_table_is_one_of_the_schema_in_both_standards() {
    let described = RELEASES.describe();
    for law in [Law::Jw, Law::Wmo] {
        for row in CONDITIONS.iter().flat_map(|condition| condition.rows) {
            let mut paths = vec![row.element];
            collect(row.when, &mut paths);
            collect(row.must, &mut paths);
            for soort in row.soorten {
                let name = format!("/3_2/{}/", soort.name(law).to_lowercase());
                let schema = described
                    .iter()
                    .find(|schema| schema.namespace.contains(&name));
                for class in row.class.split('|') {
                    for path in &paths {
                        let whole = format!("{class}/{path}");
                        assert!(
                            has(&schema.unwrap().root, &whole),
                            "{law} {soort:?} {whole}"
                        );
                    }
                }
            }
        }
    }
}

fn has(element: &ElementDescription, path: &str) -> bool {
    let (name, rest) = path.split_once('/').unwrap_or((path, ""));
    let ContentDescription::Elements(children) = &element.content else {
        return false;
    };
    children
        .iter()
        .find(|child| child.name == name)
        .is_some_and(|child| rest.is_empty() || has(child, rest))
}

fn collect(test: Test, paths: &mut Vec<&'static str>) {
    match test {
        Test::Always => {}
        Test::Present(path)
        | Test::Absent(path)
        | Test::In(path, _)
        | Test::NotIn(path, _)
        | Test::On(path, _)
        | Test::From(path, _)
        | Test::OpenOrAfter(path, _)
        | Test::FirstOfMonth(path)
        | Test::FirstOfYear(path)
        | Test::LastOfMonth(path)
        | Test::Zero(path)
        | Test::ElevenProof(path)
        | Test::DutchPostcode(path) => paths.push(path),
        Test::NotBefore(one, other)
        | Test::SameDay(one, other)
        | Test::SameMonth(one, other)
        | Test::SameNumber(one, other) => paths.extend([one, other]),
        Test::All(tests) => tests.iter().for_each(|test| collect(*test, paths)),
    }
}
