//! TR135: a message is not dated after the day on which it comes in.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. The day of receipt counts, in Europe/Amsterdam, not that of judging. Its return code speaks of the header; of the
//! DeclaratieDagtekening of a 323 it is advice.

use jiff::civil::Date;

use super::{Level, Rule};

pub(crate) static RULE: Rule = Rule {
    id: "TR135",
    code: "8848",
    level: Level::Reference,
    laws: Rule::BOTH,
    berichten: Rule::NO_RETOUR,
    since: "3.2",
    at: "Header",
};

pub(crate) fn is_ahead(dagtekening: Date, received: Date) -> bool {
    dagtekening > received
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_message_may_be_dated_the_day_it_comes_in() {
        let day = date(2026, 2, 24);
        assert!(!is_ahead(day, day));
        assert!(is_ahead(date(2026, 2, 25), day));
    }
}
