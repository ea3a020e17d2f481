//! Texts of the technical rules on declarations and their answers (levels 3 and 4).

use super::Text;

pub(super) static TEXTS: &[Text] = &[
    Text {
        id: "TR307",
        text: "De ProductPeriode begint vóór de Ingangsdatum van de toewijzing.",
        remedy: "Laat Begindatum van de ProductPeriode beginnen op de Ingangsdatum van de toewijzing of later, of vraag de gemeente om een gewijzigde toewijzing.",
    },
    Text {
        id: "TR308",
        text: "De ProductPeriode eindigt na de Einddatum van de toewijzing.",
        remedy: "Laat Einddatum van de ProductPeriode niet na de Einddatum van de toewijzing vallen, of vraag de gemeente om een gewijzigde toewijzing.",
    },
    Text {
        id: "OP283",
        text: "Dit ReferentieNummer heeft de aanbieder al gebruikt in een declaratie aan een andere gemeente.",
        remedy: "Geef elke Prestatie een ReferentieNummer dat nog nergens is gebruikt, ook niet bij een andere gemeente; deze Prestatie wordt er niet om afgekeurd.",
    },
    Text {
        id: "OP349",
        text: "Dit DeclaratieNummer heeft de aanbieder al gebruikt in een declaratie aan een andere gemeente.",
        remedy: "Geef elke declaratie een nummer dat nog nergens is gebruikt, ook niet bij een andere gemeente; deze declaratie wordt er niet om afgekeurd.",
    },
    Text {
        id: "TR314",
        text: "Dit ReferentieNummer is al gebruikt: in een eerder verwerkte declaratie of bij een andere Prestatie in dit bericht.",
        remedy: "Geef deze Prestatie een nieuw ReferentieNummer, ook wanneer zij een afgekeurde Prestatie vervangt.",
    },
    Text {
        id: "TR318",
        text: "De DeclaratiePeriode ligt vóór die van een declaratie die al is verwerkt.",
        remedy: "Declareer over de maand van de laatst verwerkte declaratie of een latere; zorg uit eerdere maanden mag in die declaratie worden opgenomen.",
    },
    Text {
        id: "TR319",
        text: "De ProductPeriode ligt na de DeclaratiePeriode.",
        remedy: "Declareer deze Prestatie in de maand waarin zij is geleverd of in een latere maand.",
    },
    Text {
        id: "TR321",
        text: "Het GeleverdVolume is meer dan de Omvang van de toewijzing in deze ProductPeriode toelaat.",
        remedy: "Declareer ten hoogste het volume dat bij Frequentie, Volume en Eenheid van de toewijzing past, of vraag met een verzoek om wijziging om meer.",
    },
    Text {
        id: "TR322",
        text: "Met deze Prestatie erbij is op de toewijzing meer volume gedeclareerd dan zij over haar hele looptijd toelaat.",
        remedy: "Declareer ten hoogste wat van de toewijzing over is, crediteer wat te veel is gedeclareerd, of vraag met een verzoek om wijziging om meer.",
    },
    Text {
        id: "TR323",
        text: "Deze creditregel hoort niet bij een goedgekeurde debetregel van deze cliënt, of wijkt daarvan af.",
        remedy: "Vul in VorigReferentieNummer het ReferentieNummer van een goedgekeurde debetregel van dezelfde cliënt in, en neem de overige gegevens daarvan ongewijzigd over.",
    },
    Text {
        id: "TR333",
        text: "Dit DeclaratieNummer is al gebruikt in een declaratie die is verwerkt.",
        remedy: "Geef de declaratie een nieuw DeclaratieNummer en dien haar opnieuw in.",
    },
    Text {
        id: "TR337",
        text: "Dit antwoord noemt geen declaratie die aan deze gemeente is gezonden.",
        remedy: "Neem in DeclaratieIdentificatie de Identificatie en Dagtekening van de declaratie ongewijzigd over.",
    },
    Text {
        id: "TR338",
        text: "De toewijzing met dit ToewijzingNummer is niet bekend bij deze gemeente en aanbieder.",
        remedy: "Controleer het ToewijzingNummer; is het juist, vraag de gemeente dan of de toewijzing is verzonden.",
    },
    Text {
        id: "TR339",
        text: "De ProductCategorie is een andere dan die van de toewijzing.",
        remedy: "Neem de ProductCategorie van de toewijzing over, of declareer op de toewijzing die bij deze zorg hoort.",
    },
    Text {
        id: "TR340",
        text: "De ProductCode is een andere dan die van de toewijzing.",
        remedy: "Neem de ProductCode van de toewijzing over, of declareer op de toewijzing die bij deze zorg hoort.",
    },
    Text {
        id: "TR341",
        text: "De Eenheid is een andere dan die van de toewijzing.",
        remedy: "Declareer in de Eenheid van de toewijzing; is die uur, dan mag ook in minuten worden gedeclareerd.",
    },
    Text {
        id: "TR346",
        text: "Het IngediendBedrag is niet het GeleverdVolume maal het ProductTarief.",
        remedy: "Bereken Bedrag opnieuw in hele centen; bij minuten onder een uurtarief is het bedrag het uurtarief maal het aantal minuten gedeeld door 60, op de cent afgerond.",
    },
    Text {
        id: "TR366",
        text: "Deze Prestatie komt niet voor in de declaratie die wordt beantwoord.",
        remedy: "Neem alleen Prestaties uit die declaratie op, met ReferentieNummer en VorigReferentieNummer ongewijzigd.",
    },
    Text {
        id: "TR367",
        text: "Deze Prestatie is niet ongewijzigd uit de declaratie overgenomen.",
        remedy: "Neem ToewijzingNummer tot en met IngediendBedrag over zoals zij in de declaratie staan.",
    },
    Text {
        id: "TR369",
        text: "Met deze Prestatie erbij gaat het gedeclareerde bedrag over het Budget van de toewijzing heen.",
        remedy: "Declareer ten hoogste wat van het Budget over is, crediteer wat te veel is gedeclareerd, of vraag met een verzoek om wijziging om meer.",
    },
    Text {
        id: "TR371",
        text: "XsdVersieDeclaratie is niet de XsdVersie van de declaratie die wordt beantwoord.",
        remedy: "Neem BasisschemaXsdVersie en BerichtXsdVersie uit de header van de declaratie ongewijzigd over.",
    },
    Text {
        id: "TR376",
        text: "Het DeclaratieNummer is niet dat van de declaratie die wordt beantwoord.",
        remedy: "Neem het DeclaratieNummer uit de declaratie ongewijzigd over.",
    },
    Text {
        id: "TR384",
        text: "De toewijzing is door de gemeente verwijderd.",
        remedy: "Declareer niet op deze toewijzing; is zij ten onrechte verwijderd, neem dan contact op met de gemeente.",
    },
    Text {
        id: "TR387",
        text: "De ProductPeriode begint niet op de eerste dag van de maand, of op de Ingangsdatum van de toewijzing in die maand.",
        remedy: "Vul in Begindatum de eerste dag van de maand in; gaat de toewijzing in die maand in, dan haar Ingangsdatum.",
    },
    Text {
        id: "TR388",
        text: "De ProductPeriode eindigt niet op de laatste dag van de maand, of op de Einddatum van de toewijzing in die maand.",
        remedy: "Vul in Einddatum de laatste dag van de maand in; eindigt de toewijzing in die maand, dan haar Einddatum.",
    },
    Text {
        id: "TR389",
        text: "Deze zorg is al gedeclareerd en goedgekeurd: dezelfde cliënt, toewijzing, product en ProductPeriode.",
        remedy: "Crediteer eerst de goedgekeurde Prestatie en declareer dan opnieuw; beide mogen in één declaratie staan.",
    },
    Text {
        id: "TR390",
        text: "De Prestatie die deze creditregel terugneemt, is al gecrediteerd.",
        remedy: "Laat deze creditregel weg: een debetregel wordt ten hoogste één keer gecrediteerd.",
    },
    Text {
        id: "TR418",
        text: "Het ProductTarief is niet het tarief dat met de gemeente is afgesproken.",
        remedy: "Declareer het afgesproken tarief; bij minuten onder een uurtarief is dat het uurtarief gedeeld door 60, op de cent afgerond.",
    },
];
