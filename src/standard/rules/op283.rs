//! OP283: a provider uses a ReferentieNummer once, towards whatever municipality. Advice: no return code.
//!
//! Process rules iJw 3.2 and iWmo 3.2, named by TR314, which refuses within one municipality. One municipality cannot know what went to another (OP095).

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::Declaratie;

pub(crate) static RULE: Rule = Rule {
    id: "OP283",
    code: "",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Declaratie],
    since: "3.2",
    at: "Declaratie/Clienten/Client/Prestaties/Prestatie",
};
