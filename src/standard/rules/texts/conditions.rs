//! Texts of the conditions and constraints on the content of one message (level 2).

use super::Text;

pub(super) static TEXTS: &[Text] = &[
    Text {
        id: "CD005",
        text: "Postcode en LandCode horen bij elkaar: één van de twee is gevuld en de andere niet.",
        remedy: "Vul bij een Postcode ook LandCode (NL voor Nederland). Laat LandCode weg als er geen Postcode is.",
    },
    Text {
        id: "CD007",
        text: "Taal past niet bij Vorm: Taal is verplicht bij Vorm 1 (tolk) en anders niet toegestaan.",
        remedy: "Vul Taal als Vorm 1 is, en laat Taal anders weg.",
    },
    Text {
        id: "CD009",
        text: "Dit Contact heeft een Periode, maar Soort is niet 04 (tijdelijk verblijfadres).",
        remedy: "Laat Periode weg, of vul Soort met 04 als het adres tijdelijk is.",
    },
    Text {
        id: "CD025",
        text: "LandCode is NL, maar Huis ontbreekt.",
        remedy: "Vul Huis met ten minste Huisnummer, of verbeter LandCode.",
    },
    Text {
        id: "CD034",
        text: "Bij een Contact met Soort 01 of 03 ontbreekt de Postcode.",
        remedy: "Vul Adres met Postcode en LandCode, of kies een andere Soort.",
    },
    Text {
        id: "CD041",
        text: "De Code van het product is gevuld, maar Omvang ontbreekt.",
        remedy: "Vul Omvang met Volume, Eenheid en Frequentie, of laat Code weg als het product aspecifiek is.",
    },
    Text {
        id: "CD043",
        text: "BeschikkingNummer en BeschikkingIngangsdatum horen bij elkaar: één van de twee is gevuld en de andere niet.",
        remedy: "Vul beide, of laat beide weg.",
    },
    Text {
        id: "CD060",
        text: "VorigReferentieNummer past niet bij DebetCredit: het is verplicht bij C en niet toegestaan bij D.",
        remedy: "Vul bij een creditregel het ReferentieNummer van de debetregel die u terugneemt; laat VorigReferentieNummer bij een debetregel weg.",
    },
    Text {
        id: "CD066",
        text: "De Verwijzer heeft een ZorgverlenerCode en ook een Naam.",
        remedy: "Laat Naam weg: bij Type 02, 03, 04 of 05 met ZorgverlenerCode wordt de naam niet gevuld.",
    },
    Text {
        id: "CD067",
        text: "De Verwijzer is een zorgverlener, maar Naam en ZorgverlenerCode ontbreken beide.",
        remedy: "Vul ZorgverlenerCode, of vul Naam als de code niet bekend is.",
    },
    Text {
        id: "CD068",
        text: "De Verwijzer heeft een ZorgverlenerCode, maar Type is geen zorgverlener (02, 03, 04 of 05).",
        remedy: "Laat ZorgverlenerCode weg, of verbeter Type.",
    },
    Text {
        id: "CD075",
        text: "Budget is gevuld, maar de einddatum ontbreekt.",
        remedy: "Vul de einddatum: een budget geldt altijd voor een afgesloten periode.",
    },
    Text {
        id: "CD076",
        text: "Frequentie is 2 (per week), maar de einddatum ontbreekt.",
        remedy: "Vul de einddatum, of kies een andere Frequentie.",
    },
    Text {
        id: "CD077",
        text: "Omvang en Budget zijn allebei gevuld; Omvang mag niet als er een Budget is.",
        remedy: "Laat Omvang weg als u een Budget bedoelt.",
    },
    Text {
        id: "CD078",
        text: "Omvang en Budget zijn allebei gevuld; Budget mag niet als er een Omvang is.",
        remedy: "Laat Budget weg als u een Omvang bedoelt.",
    },
    Text {
        id: "CD079",
        text: "Product en Budget ontbreken allebei.",
        remedy: "Vul Product met ten minste Categorie, of vul Budget.",
    },
    Text {
        id: "CD080",
        text: "Omvang is gevuld, maar de Code van het product niet: zonder Code is Omvang niet toegestaan.",
        remedy: "Vul Code, of laat Omvang weg en vul zo nodig Budget.",
    },
    Text {
        id: "CD085",
        text: "VerzoekAntwoord is 1 (afgewezen), maar RedenAfwijzingVerzoek ontbreekt.",
        remedy: "Vul RedenAfwijzingVerzoek.",
    },
    Text {
        id: "CD086",
        text: "VerzoekAntwoord is 2 (in onderzoek), maar RedenAfwijzingVerzoek is gevuld.",
        remedy: "Laat RedenAfwijzingVerzoek weg, of vul VerzoekAntwoord met 1 als het verzoek is afgewezen.",
    },
    Text {
        id: "CD087",
        text: "ProductTarief past niet bij Eenheid: het is verplicht, behalve bij Eenheid 83 (euro's), dan mag het niet.",
        remedy: "Vul ProductTarief in eurocenten per eenheid, of laat het weg als Eenheid 83 is.",
    },
    Text {
        id: "CD095",
        text: "Omvang is gevuld, maar de Code van het product niet: zonder Code is Omvang in dit verzoek niet toegestaan.",
        remedy: "Vul Code, of laat Omvang weg en vul zo nodig Budget.",
    },
    Text {
        id: "CD096",
        text: "Omvang is gevuld, maar de Code van het NieuwProduct niet: zonder Code is Omvang niet toegestaan.",
        remedy: "Vul Code, of laat Omvang weg en vul zo nodig Budget.",
    },
    Text {
        id: "CS002",
        text: "Dit Bsn voldoet niet aan de elfproef: het is geen bestaand burgerservicenummer.",
        remedy: "Controleer het nummer bij de bron; meestal zijn cijfers verwisseld of verkeerd overgenomen.",
    },
    Text {
        id: "CS003",
        text: "De einddatum ligt vóór de begindatum van deze periode.",
        remedy: "Vul een einddatum op of na de begindatum, of laat de einddatum weg als de periode open is.",
    },
    Text {
        id: "CS050",
        text: "NaamGebruik past niet bij Partnernaam: met Partnernaam is 1, 2, 3 of 4 toegestaan, zonder Partnernaam 1 of 6.",
        remedy: "Kies een NaamGebruik dat past, of vul of verwijder Partnernaam. De waarde 5 is nooit toegestaan.",
    },
    Text {
        id: "CS058",
        text: "StatusAanlevering is niet 1 (eerste aanlevering) of 3 (verwijderen).",
        remedy: "Vul 1 of 3. Een wijziging is een verwijdering gevolgd door een nieuwe aanlevering.",
    },
    Text {
        id: "CS089",
        text: "De Postcode heeft niet de vorm van een Nederlandse postcode, terwijl LandCode NL is.",
        remedy: "Vul vier cijfers, waarvan het eerste geen 0 is, en twee letters, zonder spatie: 1234AB.",
    },
    Text {
        id: "CS100",
        text: "De periode begint of eindigt vóór 1 januari 2021.",
        remedy: "Controleer het jaar. Zorg van vóór 2021 kan niet met dit bericht worden gedeclareerd.",
    },
    Text {
        id: "CS139",
        text: "De Datum past niet bij DatumGebruik: wat onbekend is moet 01 zijn, en bij een geheel onbekende datum staat er 1900-01-01.",
        remedy: "Vul bij DatumGebruik 1 de dag met 01, bij 2 de dag en de maand met 01, en bij 3 de hele datum met 1900-01-01. Laat DatumGebruik weg als de datum bekend is.",
    },
    Text {
        id: "CS318",
        text: "NaamGebruik van de Client is 6 (onbekend); dat mag alleen bij een Relatie.",
        remedy: "Vul NaamGebruik met 1, 2, 3 of 4.",
    },
    Text {
        id: "CS325",
        text: "Het bedrag is 0, maar DebetCredit is niet D.",
        remedy: "Vul DebetCredit met D: een bedrag van 0 is altijd debet.",
    },
    Text {
        id: "CS335",
        text: "RedenWijziging is 13 (verwijderd), maar Einddatum is niet gelijk aan Ingangsdatum.",
        remedy: "Vul Einddatum met de Ingangsdatum als u de toewijzing verwijdert, of kies een andere RedenWijziging.",
    },
    Text {
        id: "CS336",
        text: "RedenWijziging 01 wordt niet meer gebruikt.",
        remedy: "Verwijder een toewijzing met RedenWijziging 13 en Einddatum gelijk aan Ingangsdatum.",
    },
    Text {
        id: "CS337",
        text: "De ProductPeriode ligt niet binnen één kalendermaand.",
        remedy: "Splits de Prestatie: één regel per kalendermaand.",
    },
    Text {
        id: "CS338",
        text: "Bij Eenheid 14, 16, 83 of 84 is deze Frequentie niet toegestaan.",
        remedy: "Kies Frequentie 2 (per week), 4 (per maand) of 6 (totaal).",
    },
    Text {
        id: "CS339",
        text: "Eenheid is 83 (euro's), maar Bedrag is niet gelijk aan GeleverdVolume.",
        remedy: "Vul GeleverdVolume en Bedrag met hetzelfde bedrag in eurocenten.",
    },
    Text {
        id: "CS340",
        text: "De DeclaratiePeriode is niet precies één kalendermaand.",
        remedy: "Vul Begindatum met de eerste en Einddatum met de laatste dag van dezelfde maand.",
    },
    Text {
        id: "CS343",
        text: "Bij Eenheid 14, 16, 83 of 84 is deze Frequentie in een verzoek niet toegestaan.",
        remedy: "Kies Frequentie 2 (per week), 4 (per maand) of 6 (totaal).",
    },
];
