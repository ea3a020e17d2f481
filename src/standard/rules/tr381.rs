//! TR381: a product code is agreed between municipality and provider, and belongs to its category.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. The list that counts is the one valid on the day the product begins.
//! Without a list nothing is refused. Removals (StatusAanlevering 3) are not judged.

use jiff::civil::Date;

use super::{Level, Rule, Verdict};
use crate::bericht::berichtsoort::Berichtsoort::{
    Declaratie, Start, Stop, Toewijzing, VerzoekToewijzing, VerzoekWijziging,
};
use crate::reference::{Agreement, Listed};

pub(crate) static RULE: Rule = Rule {
    id: "TR381",
    code: "S329",
    level: Level::Reference,
    laws: Rule::BOTH,
    berichten: &[
        Toewijzing,
        Start,
        Stop,
        VerzoekToewijzing,
        VerzoekWijziging,
        Declaratie,
    ],
    since: "3.2",
    at: "Client/ToegewezenProducten/ToegewezenProduct|Client/StartProducten/StartProduct|Client/StopProducten/StopProduct|Client/AangevraagdeProducten/AangevraagdProduct|Client/Verzoek/NieuweProducten/NieuwProduct|Declaratie/Clienten/Client/Prestaties/Prestatie",
};

pub(crate) fn is_agreed(
    agreement: &Agreement<'_>,
    categorie: &str,
    code: &str,
    day: Date,
) -> Verdict {
    match agreement.product(categorie, code, day) {
        Listed::Yes => Verdict::Holds,
        Listed::No => Verdict::Broken,
        Listed::Unknown => Verdict::NotAssessed,
    }
}
