//! OP361: a provider uses a ReferentieAanbieder for one request, towards whatever municipality. Advice: no return code.
//!
//! Process rules iJw 3.2 and iWmo 3.2, named by TR347, which refuses within one municipality. One municipality cannot know what went to another (OP095).

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::{VerzoekToewijzing, VerzoekWijziging};

pub(crate) static RULE: Rule = Rule {
    id: "OP361",
    code: "",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[VerzoekToewijzing, VerzoekWijziging],
    since: "3.2",
    at: "Client/AangevraagdeProducten/AangevraagdProduct|Client/Verzoek",
};
