//! Texts of the rules on messages against earlier ones and outside sources (levels 3 and 4), declarations apart.

use super::Text;

pub(super) static TEXTS: &[Text] = &[
    Text {
        id: "IV013",
        text: "Deze toewijzing is eerder ontvangen met dezelfde Toewijzingsdatum en Toewijzingstijd, maar met andere inhoud; de eerst ontvangen inhoud blijft gelden.",
        remedy: "Geef een gewijzigde toewijzing een nieuwe Toewijzingsdatum en Toewijzingstijd en verstuur haar opnieuw.",
    },
    Text {
        id: "IV066",
        text: "Het Product of de Ingangsdatum wijkt af van wat eerder onder dit ToewijzingNummer is toegewezen.",
        remedy: "Beëindig of verwijder de eerdere toewijzing en wijs het andere product toe onder een nieuw ToewijzingNummer.",
    },
    Text {
        id: "IV075",
        text: "Het Product past niet bij dat van de toewijzing met dit ToewijzingNummer.",
        remedy: "Vul het Product van de toewijzing in, of controleer of het ToewijzingNummer klopt.",
    },
    Text {
        id: "IV092",
        text: "De GewensteIngangsdatum ligt in de toekomst, maar niet binnen de periode van de toewijzing.",
        remedy: "Kies een GewensteIngangsdatum tussen Ingangsdatum en Einddatum van de toewijzing, of vraag een nieuw product aan.",
    },
    Text {
        id: "OP087",
        text: "In dit bericht ontbreekt een toewijzing van deze cliënt aan deze aanbieder die nog loopt of nog moet ingaan; zij blijft gelden.",
        remedy: "Neem in elk toewijzingsbericht alle toewijzingen op die nog gelden; trek een toewijzing in met RedenWijziging 13.",
    },
    Text {
        id: "OP361",
        text: "Deze ReferentieAanbieder heeft de aanbieder al gebruikt in een verzoek aan een andere gemeente.",
        remedy: "Geef elk verzoek een ReferentieAanbieder die nog nergens is gebruikt, ook niet bij een andere gemeente; dit verzoek wordt er niet om afgekeurd.",
    },
    Text {
        id: "OP289",
        text: "Voor deze cliënt is hetzelfde Product al gestart en nog niet gestopt.",
        remedy: "Stop eerst de lopende levering met een stopbericht, of verwijder de eerdere start met StatusAanlevering 3.",
    },
    Text {
        id: "TR019",
        text: "De gemeente heeft dit ToewijzingNummer niet voor deze cliënt aan deze aanbieder toegewezen, of de toewijzing is ingetrokken.",
        remedy: "Neem ToewijzingNummer en Bsn over uit het toewijzingsbericht; ontbreekt dat bericht, vraag de gemeente erom.",
    },
    Text {
        id: "TR056",
        text: "De Identificatie van dit bericht is al gebruikt in een eerder bericht van dezelfde soort.",
        remedy: "Geef het bericht een nieuwe Identificatie en verstuur het opnieuw.",
    },
    Text {
        id: "TR063",
        text: "Wat hier met StatusAanlevering 3 wordt verwijderd, is niet eerder met dezelfde sleutel aangeleverd of is al verwijderd.",
        remedy: "Neem alle sleutelgegevens letterlijk over uit de eerdere aanlevering; was die afgekeurd, dan is verwijderen niet nodig.",
    },
    Text {
        id: "TR071",
        text: "Deze start kan niet worden verwijderd, want er is een stop van dezelfde levering.",
        remedy: "Verwijder eerst de stop met een stopbericht met StatusAanlevering 3, en daarna de start.",
    },
    Text {
        id: "TR074",
        text: "Met dezelfde sleutel is al eerder aangeleverd, en die aanlevering is niet verwijderd.",
        remedy: "Laat de herhaling weg; moet de eerdere aanlevering anders, verwijder haar dan eerst met StatusAanlevering 3.",
    },
    Text {
        id: "TR135",
        text: "De Dagtekening van het bericht, of de DeclaratieDagtekening, ligt na de dag waarop het bericht is ontvangen.",
        remedy: "Vul als dagtekening de dag van verzending in, controleer de klok van uw systeem en verstuur het bericht opnieuw.",
    },
    Text {
        id: "TR304",
        text: "Voor deze cliënt heeft de gemeente niets aan deze aanbieder toegewezen, of de toewijzing is van een andere cliënt.",
        remedy: "Controleer het Bsn en de gemeente waaraan het bericht is gericht; vraag zo nodig eerst een toewijzing aan.",
    },
    Text {
        id: "TR326",
        text: "Op deze toewijzing loopt al een levering die is gestart en niet gestopt.",
        remedy: "Stop eerst de lopende levering, of verwijder de eerdere start met StatusAanlevering 3.",
    },
    Text {
        id: "TR332",
        text: "Dit ToewijzingNummer is al gebruikt voor een andere cliënt.",
        remedy: "Geef de toewijzing een ToewijzingNummer dat nog niet is gebruikt, of herstel het Bsn.",
    },
    Text {
        id: "TR347",
        text: "Deze ReferentieAanbieder is al gebruikt in een eerder verzoek.",
        remedy: "Geef elk nieuw verzoek een ReferentieAanbieder die nog niet is gebruikt.",
    },
    Text {
        id: "TR349",
        text: "In het verzoek ontbreekt een actuele toewijzing van deze cliënt aan deze aanbieder.",
        remedy: "Neem elke actuele toewijzing op, als OngewijzigdProduct of als TeWijzigenProduct.",
    },
    Text {
        id: "TR350",
        text: "Het ToewijzingNummer van dit OngewijzigdProduct is geen actuele toewijzing van deze cliënt aan deze aanbieder.",
        remedy: "Laat toewijzingen die geëindigd of ingetrokken zijn weg, en controleer het ToewijzingNummer.",
    },
    Text {
        id: "TR351",
        text: "Het ToewijzingNummer van dit TeWijzigenProduct is geen actuele toewijzing van deze cliënt aan deze aanbieder.",
        remedy: "Controleer het ToewijzingNummer; vraag een NieuwProduct aan als de toewijzing geëindigd of ingetrokken is.",
    },
    Text {
        id: "TR355",
        text: "De ReferentieAanbieder hoort niet bij een verzoek van deze aanbieder aan deze gemeente.",
        remedy: "Neem de ReferentieAanbieder over uit het verzoek dat u beantwoordt.",
    },
    Text {
        id: "TR357",
        text: "De GewensteIngangsdatum ligt niet in de toekomst en is niet de Ingangsdatum van de toewijzing.",
        remedy: "Kies een GewensteIngangsdatum na de Dagtekening, of precies de Ingangsdatum van de toewijzing.",
    },
    Text {
        id: "TR359",
        text: "Het verzoek is al gehonoreerd met een toewijzing en kan niet meer worden beantwoord.",
        remedy: "Stuur geen antwoord op dit verzoek; wijzig zo nodig de toewijzing met een toewijzingsbericht.",
    },
    Text {
        id: "TR360",
        text: "Op dit verzoek is al geantwoord, zodat VerzoekAntwoord 2 (in onderzoek) niet meer kan.",
        remedy: "Sluit het verzoek af met een toewijzing of met VerzoekAntwoord 1, of stuur niets.",
    },
    Text {
        id: "TR361",
        text: "Met dit verzoek zouden producten in dezelfde periode worden gestapeld.",
        remedy: "Zorg dat hetzelfde Product, of een Categorie zonder Code naast een product daaruit, niet twee keer in één periode voorkomt.",
    },
    Text {
        id: "TR365",
        text: "Dit verzoek is al eerder afgewezen; er kan geen antwoord meer volgen.",
        remedy: "Stuur geen antwoord meer op dit verzoek; de aanbieder kan een nieuw verzoek doen.",
    },
    Text {
        id: "TR373",
        text: "Een ander Budget of een andere totale Omvang (Frequentie 6) kan alleen ingaan op de Ingangsdatum van de toewijzing.",
        remedy: "Vul in GewensteIngangsdatum de Ingangsdatum van de toewijzing in.",
    },
    Text {
        id: "TR374",
        text: "Voor deze cliënt staat nog een eerder verzoek van deze aanbieder open.",
        remedy: "Wacht tot de gemeente het eerdere verzoek heeft toegewezen of afgewezen, en verstuur dit verzoek daarna opnieuw.",
    },
    Text {
        id: "TR375",
        text: "De toewijzing heeft geen Product, zodat er geen Omvang kan worden gevraagd.",
        remedy: "Laat Omvang weg en vraag zo nodig een ander Budget.",
    },
    Text {
        id: "TR378",
        text: "De gemeentecode staat niet in de gemeentelijst van het CBS, niet op de Dagtekening en niet op de datum waarover het bericht gaat.",
        remedy: "Gebruik de gemeentecode die op die datum geldig is; na een herindeling is dat die van de nieuwe gemeente.",
    },
    Text {
        id: "TR379",
        text: "De ReferentieAanbieder hoort niet bij een verzoek voor deze cliënt dat nog kan worden gehonoreerd.",
        remedy: "Neem de ReferentieAanbieder over uit het verzoek; laat haar weg als het verzoek al is afgewezen of eerder is gehonoreerd.",
    },
    Text {
        id: "TR381",
        text: "De Code staat op de ingangsdatum niet onder deze Categorie in de afgesproken lijst van producten.",
        remedy: "Gebruik een Code uit de lijst van deze gemeente die op die datum geldig is, met de Categorie die erbij hoort.",
    },
    Text {
        id: "TR382",
        text: "Bij deze stop is geen start bekend met hetzelfde ToewijzingNummer, Product en dezelfde Begindatum.",
        remedy: "Neem de gegevens over uit het startbericht; is de start nog niet gemeld of afgekeurd, meld die dan eerst.",
    },
    Text {
        id: "TR385",
        text: "De toewijzing kan niet worden ingetrokken, want er is zorg op gedeclareerd en toegekend.",
        remedy: "Laat de aanbieder de declaraties eerst crediteren, of beëindig de toewijzing met een latere Einddatum.",
    },
    Text {
        id: "TR411",
        text: "De toewijzing heeft een product met Code, zodat de Omvang in het verzoek niet mag ontbreken.",
        remedy: "Vul de Omvang in, ook als die gelijk blijft.",
    },
    Text {
        id: "TR412",
        text: "De toewijzing heeft een Categorie zonder Code, zodat er geen Omvang kan worden gevraagd.",
        remedy: "Laat Omvang weg en vraag zo nodig een ander Budget.",
    },
    Text {
        id: "TR413",
        text: "Deze levering is al tijdelijk gestopt (RedenBeeindiging 20).",
        remedy: "Meld na de hervatting een nieuwe start, of stop de levering definitief met een andere RedenBeeindiging.",
    },
    Text {
        id: "TR414",
        text: "De Einddatum ligt vóór die van een eerdere stop van dezelfde levering.",
        remedy: "Kies de Einddatum van de eerdere stop of later, of verwijder eerst de eerdere stop met StatusAanlevering 3.",
    },
    Text {
        id: "TR415",
        text: "Deze levering is al definitief gestopt.",
        remedy: "Verwijder eerst de eerdere stop met StatusAanlevering 3 als die moet worden vervangen; dat kan in hetzelfde bericht.",
    },
];
