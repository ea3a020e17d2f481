//! Verdicts: what they may say.

use super::made::{bare_line, line, verdict};
use crate::delivery::{
    Check, Checks, Confirmed, Drawings, Level, LineFinding, LineReport, LineStatement, REASONS_MAX,
    Reason, Statement, StripFault, Verdict,
};

fn made(change: impl FnOnce(&mut Verdict)) -> bool {
    let mut verdict = verdict();
    change(&mut verdict);
    Statement::of(verdict).is_ok()
}

fn reasons(count: usize) -> Vec<Reason> {
    let reasons = (0..count).map(|number| format!("reden-{number}").parse().unwrap());
    reasons.collect()
}

#[test]
fn a_part_is_not_more_than_its_whole() {
    assert!(made(|_| {}));
    assert!(!made(|verdict| verdict.confirmed = 721));
    assert!(!made(|verdict| verdict.by_codes = 691));
    assert!(!made(|verdict| verdict.late = 721));
    let drawn = |k, bad, silent| Drawings {
        k,
        bad,
        silent,
        ..verdict().population
    };
    assert!(made(|verdict| verdict.population = drawn(59, 50, 9)));
    assert!(!made(|verdict| verdict.population = drawn(59, 50, 10)));
    assert!(!made(|verdict| verdict.population = drawn(1_001, 0, 0)));
    assert!(made(|verdict| verdict.population = drawn(0, 0, 0)));
}

#[test]
fn a_bound_that_is_not_the_exact_one_is_refused() {
    let statement = Statement::of(verdict()).unwrap();
    let text = std::str::from_utf8(statement.bytes()).unwrap();
    assert!(text.contains("\"upper95_bp\":779"));
    for other in ["778", "780", "0", "10001", "9007199254740991"] {
        let text = text.replace("\"upper95_bp\":779", &format!("\"upper95_bp\":{other}"));
        assert!(Statement::parse(text.as_bytes()).is_err(), "{other}");
    }
    // What was not answered counts as bad.
    let silent = Drawings {
        bad: 0,
        silent: 1,
        ..verdict().population
    };
    assert_eq!(silent.upper95_bp(), 779);
}

#[test]
fn reasons_are_codes_and_stand_there_once() {
    assert!(made(|verdict| verdict.reasons = reasons(REASONS_MAX)));
    assert!(!made(|verdict| verdict.reasons = reasons(REASONS_MAX + 1)));
    assert!(!made(
        |verdict| verdict.reasons = [reasons(1), reasons(1)].concat()
    ));
    for wrong in ["", "Geen", "geen kaart", "é", &"a".repeat(33)] {
        assert!(wrong.parse::<Reason>().is_err(), "{wrong}");
    }
}

#[test]
fn a_level_follows_from_the_statement_and_the_witnesses() {
    let mut without_card = line();
    without_card.strips.clear();
    assert_eq!(Level::of(None, true), Level::None);
    assert_eq!(Level::of(Some(&bare_line()), true), Level::Totals);
    assert_eq!(Level::of(Some(&without_card), true), Level::Sessions);
    assert_eq!(Level::of(Some(&line()), true), Level::Confirmed);
    // Without enough witnesses nothing counts above totals.
    assert_eq!(Level::of(Some(&line()), false), Level::Totals);
    for number in 0..=3 {
        let level = Level::from_number(number).unwrap();
        assert_eq!(u64::from(level.number()), number);
    }
    assert_eq!(Level::from_number(4), None);
}

#[test]
fn checks_follow_from_what_was_found() {
    let checks = |line: &LineStatement, findings: &[LineFinding]| {
        let report = LineReport {
            findings: findings.to_vec(),
            confirmed: Confirmed::default(),
        };
        let made = Checks::of_line(line, &report);
        assert_eq!((made.incl, made.witness), (Check::None, Check::None));
        [made.matches, made.strip, made.nf, made.late]
    };
    let strip = |fault| LineFinding::Strip { place: 0, fault };
    let (ok, bad, none) = (Check::Ok, Check::Bad, Check::None);
    // An hour of the example was late.
    assert_eq!(checks(&line(), &[]), [ok, ok, ok, bad]);
    assert_eq!(checks(&bare_line(), &[]), [ok, none, none, none]);
    assert_eq!(checks(&line(), &[LineFinding::Weight]), [bad, ok, ok, bad]);
    assert_eq!(
        checks(&line(), &[LineFinding::Duplicate]),
        [ok, ok, bad, bad]
    );
    // Codes that nobody looked at are not held against the provider; anything else is.
    let unseen = strip(StripFault::NoCodeKey);
    for fault in [StripFault::NoCodeKey, StripFault::CodesClosed] {
        assert_eq!(checks(&line(), &[strip(fault)]), [ok, none, ok, bad]);
    }
    assert_eq!(
        checks(&line(), &[unseen, strip(StripFault::Taken)]),
        [ok, bad, ok, bad]
    );
    assert_eq!(
        checks(&line(), &[strip(StripFault::Code)]),
        [ok, bad, ok, bad]
    );
}
