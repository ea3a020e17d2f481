//! Texts of the rules on messages against earlier ones and outside sources (levels 3 and 4), declarations apart.

use super::Text;

pub(super) static TEXTS: &[Text] = &[
    Text {
        id: "TR056",
        text: "De Identificatie van dit bericht is al gebruikt in een eerder bericht van dezelfde soort.",
        remedy: "Geef het bericht een nieuwe Identificatie en verstuur het opnieuw.",
    },
    Text {
        id: "TR135",
        text: "De Dagtekening van het bericht ligt na de dag waarop het is ontvangen.",
        remedy: "Vul in Dagtekening de dag van verzending, controleer de klok van uw systeem en verstuur het bericht opnieuw.",
    },
    Text {
        id: "TR378",
        text: "De gemeentecode staat niet in de gemeentelijst van het CBS, niet op de Dagtekening en niet op de datum waarover het bericht gaat.",
        remedy: "Gebruik de gemeentecode die op die datum geldig is; na een herindeling is dat die van de nieuwe gemeente.",
    },
];
