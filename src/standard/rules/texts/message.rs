//! Texts of the technical rules on the content of one message (level 2).

use super::Text;

pub(super) static TEXTS: &[Text] = &[
    Text {
        id: "TR002",
        text: "De Geboortedatum ligt meer dan 120 jaar voor de Dagtekening van het bericht.",
        remedy: "Controleer het jaar. Is de geboortedatum onbekend, vul dan Datum met 1900-01-01 en DatumGebruik met 3.",
    },
    Text {
        id: "TR006",
        text: "Dit Contact heeft geen Telefoon en ook geen Adres met zowel Huis als Postcode.",
        remedy: "Vul Telefoon, of vul in Adres zowel Huis als Postcode. Een Emailadres alleen is niet genoeg.",
    },
    Text {
        id: "TR018",
        text: "De Einddatum van dit StopProduct ligt vóór de Begindatum.",
        remedy: "Vul in Einddatum de dag waarop de levering eindigde: dezelfde dag als Begindatum of later.",
    },
    Text {
        id: "TR061",
        text: "Geen Contact van de Client heeft Soort 01 (BRP-adres), 02 (correspondentieadres) of 03 (verblijfadres).",
        remedy: "Neem in Contactgegevens ten minste één Contact op met Soort 01, 02 of 03.",
    },
    Text {
        id: "TR101",
        text: "Deze regel komt dubbel voor: eerder in het bericht staat een regel van dezelfde klasse met dezelfde sleutel.",
        remedy: "Laat de dubbele regel weg of verbeter de sleutel. StatusAanlevering hoort niet bij de sleutel: verstuur een verwijdering en een nieuwe aanlevering met dezelfde sleutel in twee berichten.",
    },
    Text {
        id: "TR134",
        text: "Deze datum ligt na de Dagtekening van het bericht.",
        remedy: "Vul een datum die niet na de Dagtekening ligt, of verstuur het bericht op of na die dag met een nieuwe Dagtekening.",
    },
    Text {
        id: "TR137",
        text: "De Einddatum van deze periode ligt vóór de Begindatum, of na de Dagtekening van het bericht.",
        remedy: "Vul een Einddatum op of na de Begindatum. Declareer een periode pas als zij voorbij is, met een Dagtekening op of na de Einddatum.",
    },
    Text {
        id: "TR302",
        text: "Dit ToegewezenProduct overlapt met een ander ToegewezenProduct in het bericht voor hetzelfde product.",
        remedy: "Pas Ingangsdatum of Einddatum aan zodat de periodes op elkaar aansluiten zonder gedeelde dag. Zonder Code telt de hele Categorie, zonder Product elk ander product. In iWmo zijn de categorieën 11 tot en met 14 uitgezonderd.",
    },
    Text {
        id: "TR315",
        text: "Dit VorigReferentieNummer komt vaker voor in het bericht: dezelfde Prestatie wordt twee keer gecrediteerd.",
        remedy: "Laat de tweede creditregel weg, of vul het ReferentieNummer van de debetregel die u bedoelt.",
    },
    Text {
        id: "TR316",
        text: "Deze creditregel verwijst naar een Prestatie in hetzelfde bericht.",
        remedy: "Crediteer alleen een Prestatie uit een eerder bericht die is toegekend. Laat een debetregel die niet klopt gewoon weg uit dit bericht.",
    },
    Text {
        id: "TR335",
        text: "De ProductPeriode eindigt meer dan vijf jaar voor de DeclaratieDagtekening.",
        remedy: "Controleer het jaar van de ProductPeriode. Langer dan vijf jaar na afloop kan niet meer worden gedeclareerd.",
    },
    Text {
        id: "TR342",
        text: "TotaalIngediendBedrag min TotaalToegekendBedrag is niet gelijk aan de som van de afgewezen Prestaties in dit antwoord.",
        remedy: "Neem precies de afgewezen Prestaties op en vul TotaalToegekendBedrag met de som van wat is toegekend. Is de hele declaratie afgewezen, vul dan 0 en neem geen Clienten op.",
    },
    Text {
        id: "TR352",
        text: "Het Verzoek noemt geen OngewijzigdProduct en geen TeWijzigenProduct.",
        remedy: "Neem alle lopende en toekomstige toewijzingen van de Client op als OngewijzigdProduct of TeWijzigenProduct. Is er geen toewijzing, verstuur dan een verzoek om toewijzing.",
    },
    Text {
        id: "TR353",
        text: "Het Verzoek bevat geen TeWijzigenProduct en geen NieuwProduct: er verandert niets.",
        remedy: "Neem op wat er moet veranderen, als TeWijzigenProduct of als NieuwProduct, of verstuur het bericht niet.",
    },
    Text {
        id: "TR358",
        text: "TotaalIngediendBedrag is niet gelijk aan de som van de IngediendBedragen van alle Prestaties.",
        remedy: "Tel debetregels op en trek creditregels af. Vul TotaalBedrag met de uitkomst zonder teken en DebetCredit met D als zij nul of meer is, anders met C.",
    },
    Text {
        id: "TR377",
        text: "Het verzoek is afgewezen met RedenAfwijzingVerzoek 8 (woonplaatsbeginsel), maar Woonplaatsbeginsel ontbreekt.",
        remedy: "Vul in Woonplaatsbeginsel de Gemeente die verantwoordelijk is, of kies een andere RedenAfwijzingVerzoek.",
    },
    Text {
        id: "TR380",
        text: "De GewensteIngangsdatum van dit NieuwProduct ligt niet na de Dagtekening van het bericht.",
        remedy: "Vul een GewensteIngangsdatum van ten minste één dag na de Dagtekening.",
    },
    Text {
        id: "TR383",
        text: "Deze ReferentieAanbieder is in het bericht al gebruikt voor een ander AangevraagdProduct.",
        remedy: "Geef elk AangevraagdProduct een eigen ReferentieAanbieder.",
    },
    Text {
        id: "TR386",
        text: "Dit AangevraagdProduct overlapt met een ander AangevraagdProduct in het bericht voor hetzelfde product.",
        remedy: "Pas ToewijzingIngangsdatum of ToewijzingEinddatum aan zodat de periodes op elkaar aansluiten zonder gedeelde dag. Zonder Code telt de hele Categorie, zonder Product elk ander product. In iWmo zijn de categorieën 11 tot en met 14 uitgezonderd.",
    },
    Text {
        id: "TR409",
        text: "Woonplaatsbeginsel is gevuld, maar RedenAfwijzingVerzoek is niet 8 (woonplaatsbeginsel).",
        remedy: "Laat Woonplaatsbeginsel weg, of vul RedenAfwijzingVerzoek met 8.",
    },
    Text {
        id: "TR410",
        text: "Dit NieuwProduct overlapt met een ander NieuwProduct in het bericht voor hetzelfde product.",
        remedy: "Pas GewensteIngangsdatum of Einddatum aan zodat de periodes op elkaar aansluiten zonder gedeelde dag. Zonder Code telt de hele Categorie, zonder Product elk ander product. In iWmo zijn de categorieën 11 tot en met 14 uitgezonderd.",
    },
    Text {
        id: "TR416",
        text: "Deze debetregel staat dubbel in het bericht: zelfde Client, ToewijzingNummer, ProductCategorie, ProductCode en ProductPeriode.",
        remedy: "Voeg de regels samen tot één Prestatie met de som van GeleverdVolume en IngediendBedrag.",
    },
];
