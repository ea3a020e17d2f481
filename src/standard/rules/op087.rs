//! OP087: a 301 holds every allocation of the client at the provider that still counts. Advice: no return code.
//!
//! Process rules iJw 3.2 and iWmo 3.2. One that is left out is not removed by that.

use jiff::civil::Date;

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::Toewijzing;
use crate::history::{Past, Pseudonym};

pub(crate) static RULE: Rule = Rule {
    id: "OP087",
    code: "",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Toewijzing],
    since: "3.2",
    at: "Client",
};

pub(crate) fn leaves_out_an_actual(
    past: &Past,
    client: Pseudonym,
    named: &[Pseudonym],
    day: Date,
) -> bool {
    !super::tr349::names_all_actual(past, client, named, day)
}
