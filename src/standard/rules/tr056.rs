//! TR056: a maker uses an identification once for a kind of message.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. A message that was refused has used its identification up as well
//! (the channel refuses it too); OP286, by which a refused message counts as not sent, could be read
//! otherwise. The same bytes again are no second message: they are recognised before this is asked.

use super::{Level, Rule};
use crate::history::{Past, Pseudonym};

pub(crate) static RULE: Rule = Rule {
    id: "TR056",
    code: "9056",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: Rule::NO_RETOUR,
    since: "3.2",
    at: "Header",
};

pub(crate) fn is_used(past: &Past, message: Pseudonym) -> bool {
    past.message(message).is_some()
}
