//! TR367: a Prestatie in a 325 repeats that of the 323 unchanged.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. ToewijzingNummer to IngediendBedrag. Reported, as TR337; 9367 is its code in the lists.

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::DeclaratieAntwoord;
use crate::history::Line;

pub(crate) static RULE: Rule = Rule {
    id: "TR367",
    code: "9367",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[DeclaratieAntwoord],
    since: "3.2",
    at: "DeclaratieAntwoord/Clienten/Client/Prestaties/Prestatie",
};

pub(crate) fn differs(repeated: &Line, sent: &Line) -> bool {
    // The client is asked by TR304, the references by TR366.
    let content = |line: &Line| (line.toewijzing, line.categorie, line.code, line.periode);
    let size = |line: &Line| (line.volume, line.eenheid, line.tarief, line.bedrag);
    content(repeated) != content(sent) || size(repeated) != size(sent)
}
