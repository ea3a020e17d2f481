//! Statements held against lines, cards and duplicate values: each thing that can be wrong, and what is tried.

use super::made::{card, card_facts, key, line, nfs, salt, signer};
use crate::Hash;
use crate::delivery::{
    AgbCode, CardFacts, Confirmed, DeclaredLine, DoorError, Issued, Key, Law, LineCheck,
    LineFinding, LineReport, LineStatement, Nf, NfList, NfListError, Released, Role, Secret,
    Signed, SignedError, Statement, StripClaim, StripFault, StripProof, Unit, admit, check_line,
};

/// What makes another key of one.
type ChangeKey = fn(&mut Key);

const NOW: u64 = 1_795_000_000;

fn declared() -> DeclaredLine {
    let LineStatement {
        name,
        subject,
        unit,
        volume,
        amount,
        ..
    } = line();
    DeclaredLine {
        name,
        subject,
        unit,
        volume,
        amount,
    }
}

fn entry() -> Hash {
    Hash::new([8; 32])
}

fn report(line: &LineStatement, declared: &DeclaredLine, cards: &[Released]) -> LineReport {
    let card = |ver| cards.iter().find(|card| card.card().facts.ver == ver);
    check_line(line, entry(), Some(&nfs()), declared, card, |_| false)
}

fn cards() -> Vec<Released> {
    vec![Released::new(card().statement, Some(card().codes))]
}

fn changed(change: impl FnOnce(&mut LineStatement)) -> Vec<LineFinding> {
    let mut line = line();
    change(&mut line);
    report(&line, &declared(), &cards()).findings
}

fn strip_fault(cards: &[Released], change: impl FnOnce(&mut LineStatement)) -> Option<StripFault> {
    let mut line = line();
    change(&mut line);
    let declared = DeclaredLine {
        unit: line.unit,
        ..declared()
    };
    let report = report(&line, &declared, cards);
    report.findings.into_iter().find_map(|finding| {
        let LineFinding::Strip { fault, .. } = finding else {
            return None;
        };
        Some(fault)
    })
}

fn sign(line: LineStatement, number: u8) -> Signed {
    let nfs = line.has_tree().then(nfs);
    Signed::sign(Statement::of(line).unwrap(), &signer(number), salt(2), nfs).unwrap()
}

#[test]
fn an_honest_statement_holds_and_its_confirmed_share_is_reckoned() {
    let report = report(&line(), &declared(), &cards());
    assert_eq!(report.findings, []);
    assert_eq!(
        report.confirmed,
        Confirmed {
            weight: 690,
            by_codes: 0
        }
    );
    assert!(report.holds(LineCheck::Match) && report.holds(LineCheck::Strip));
}

#[test]
fn what_differs_from_the_declared_line_is_named() {
    let expect = |declared: DeclaredLine, expected: LineFinding| {
        let report = report(&line(), &declared, &cards());
        assert_eq!(report.findings, [expected]);
        assert!(!report.holds(LineCheck::Match) && report.holds(LineCheck::Nf));
    };
    let with = |change: fn(&mut DeclaredLine)| {
        let mut declared = declared();
        change(&mut declared);
        declared
    };
    expect(with(|line| line.name.law = Law::Wmo), LineFinding::Law);
    expect(
        with(|line| line.name.gem = "0364".parse().unwrap()),
        LineFinding::Gemeente,
    );
    expect(
        with(|line| line.name.agb = "41234568".parse().unwrap()),
        LineFinding::Agb,
    );
    expect(
        with(|line| line.name.decl = "D2".parse().unwrap()),
        LineFinding::Declaration,
    );
    expect(
        with(|line| line.name.reference = "R2".parse().unwrap()),
        LineFinding::Reference,
    );
    expect(with(|line| line.subject.toew = 1), LineFinding::Toewijzing);
    expect(
        with(|line| line.subject.category = "46".parse().unwrap()),
        LineFinding::Product,
    );
    expect(
        with(|line| line.subject.code = "".parse().unwrap()),
        LineFinding::Product,
    );
    expect(
        with(|line| line.subject.begin = "2026-10-02".parse().unwrap()),
        LineFinding::Period,
    );
    expect(
        with(|line| line.subject.end = "2026-10-30".parse().unwrap()),
        LineFinding::Period,
    );
    expect(with(|line| line.unit = Unit::Minute), LineFinding::Unit);
    expect(with(|line| line.volume = 13), LineFinding::Volume);
    expect(with(|line| line.amount = 96_001), LineFinding::Amount);
}

#[test]
fn a_weight_is_the_volume_in_its_unit_exactly() {
    for w in [0, 12, 719, 721, u64::MAX >> 11] {
        assert!(
            changed(|line| line.w = w).contains(&LineFinding::Weight),
            "{w}"
        );
    }
    assert!(changed(|line| line.late = 721).contains(&LineFinding::Late));
    assert_eq!(changed(|line| line.late = 720), []);
}

#[test]
fn a_padded_declaration_differs_from_its_tree() {
    // Two hours more in the declaration, and the statement made to match: then its root says less, and no minute opens.
    let declared = DeclaredLine {
        volume: 14,
        ..declared()
    };
    assert_eq!(
        report(&line(), &declared, &cards()).findings,
        [LineFinding::Volume]
    );
    let tree = super::made::example_tree();
    let padded = LineStatement {
        volume: 14,
        w: 840,
        ..line()
    };
    for minute in [0, 398, 719] {
        let opened = tree.open(minute).unwrap();
        assert!(
            opened
                .verify(&padded.context(), &padded.node(), 4, minute)
                .is_err()
        );
    }
}

#[test]
fn a_card_is_of_the_line_or_is_none() {
    for change in [
        (|facts: &mut CardFacts| facts.law = Law::Wmo) as fn(&mut CardFacts),
        |facts| facts.gem = "0364".parse().unwrap(),
        |facts| facts.agb = "41234568".parse().unwrap(),
        |facts| facts.toew = 12,
        |facts| facts.ver = 2,
    ] {
        let mut facts = card_facts();
        change(&mut facts);
        let other = Issued::new(facts, &Secret::new([1; 32]));
        let cards = [Released::new(other.statement.clone(), None)];
        // Also when it is looked up by a number that is not its own.
        let strip = StripProof::Strip(other.strip(46).unwrap());
        let mut line = line();
        line.strips[0].proof = strip;
        let found = check_line(
            &line,
            entry(),
            Some(&nfs()),
            &declared(),
            |_| cards.first(),
            |_| false,
        );
        let fault = LineFinding::Strip {
            place: 0,
            fault: StripFault::NoCard,
        };
        assert_eq!(found.findings, [fault]);
        assert_eq!(found.confirmed, Confirmed::default());
    }
}

#[test]
fn minutes_and_hours_share_cards_and_day_parts_do_not() {
    assert_eq!(strip_fault(&cards(), |line| line.unit = Unit::Minute), None);
    assert_eq!(
        strip_fault(&cards(), |line| line.unit = Unit::DayPart),
        Some(StripFault::Unit)
    );
}

#[test]
fn ranges_of_one_statement_that_overlap_are_counted_once() {
    let range = |from, to| StripClaim {
        ver: 1,
        from,
        to,
        proof: StripProof::Strip(card().strip(to).unwrap()),
    };
    let mut line = line();
    line.strips = vec![range(0, 20), range(10, 30), range(30, 40)];
    let report = report(&line, &declared(), &cards());
    let fault = StripFault::Taken;
    assert_eq!(report.findings, [LineFinding::Strip { place: 1, fault }]);
    assert_eq!(report.confirmed.weight, 450);
}

#[test]
fn an_old_card_counts_up_to_where_it_was_revoked() {
    let mut cards = cards();
    cards[0].revoke(45);
    assert_eq!(strip_fault(&cards, |_| {}), Some(StripFault::Revoked));
    cards[0].revoke(46);
    assert_eq!(
        strip_fault(&cards, |line| {
            line.strips[0].to = 45;
            line.strips[0].proof = StripProof::Strip(card().strip(45).unwrap());
        }),
        None
    );
}

#[test]
fn a_list_of_duplicate_values_is_the_one_that_was_committed_to() {
    let of = |nfs: Option<&[u8]>| {
        check_line(&line(), entry(), nfs, &declared(), |_| None, |_| false).findings
    };
    let has = |findings: &[LineFinding], finding| findings.contains(&finding);
    let size = LineFinding::NfList(NfListError::Size);
    assert!(has(&of(None), size) && has(&of(Some(&nfs()[16..])), size));
    let mut doubled = nfs();
    doubled.copy_within(16..32, 0);
    assert!(has(
        &of(Some(&doubled)),
        LineFinding::NfList(NfListError::Order)
    ));
    let mut other = nfs();
    other[255] ^= 1;
    assert!(has(&of(Some(&other)), LineFinding::NfHash));
}

#[test]
fn one_visit_in_two_lines_or_two_municipalities_is_found() {
    let used = NfList::parse(&nfs(), 4).unwrap().values()[7];
    let taken = |nf: &Nf| *nf == used;
    let cards = cards();
    let found = check_line(
        &line(),
        entry(),
        Some(&nfs()),
        &declared(),
        |_| cards.first(),
        taken,
    );
    assert_eq!(found.findings, [LineFinding::Duplicate]);
    assert!(!found.holds(LineCheck::Nf) && found.holds(LineCheck::Strip));
    assert_eq!(LineFinding::Duplicate.code(), "dubbel");
}

#[test]
fn a_line_of_totals_alone_needs_neither_card_nor_list() {
    let line = super::made::bare_line();
    let found = check_line(&line, entry(), None, &declared(), |_| None, |_| true);
    assert_eq!(found.findings, []);
}

#[test]
fn a_statement_comes_in_by_a_key_of_its_provider_that_is_valid_now() {
    let signed = sign(line(), 1);
    assert_eq!(admit(&signed, &key(), NOW), Ok(&line()));
    let refused: [(&str, ChangeKey); 4] = [
        ("of another provider", |key| {
            key.party = "41234568".parse().unwrap();
        }),
        ("of a municipality", |key| key.role = Role::Municipality),
        ("not yet valid", |key| {
            key.from = "2026-12-01T00:00:00Z".parse().unwrap();
        }),
        ("no longer valid", |key| {
            key.until = "2026-11-01T00:00:00Z".parse().unwrap();
        }),
    ];
    for (why, change) in refused {
        let mut key = key();
        change(&mut key);
        assert_eq!(admit(&signed, &key, NOW), Err(DoorError::Key), "{why}");
    }
    let foreign = admit(&sign(line(), 2), &key(), NOW).map(|_| ());
    assert_eq!(foreign, Err(DoorError::Signed(SignedError::Key)));
    let other = super::made::signed(Statement::of(key()).unwrap());
    assert_eq!(admit(&other, &key(), NOW), Err(DoorError::NotALine));
}

#[test]
fn two_providers_may_use_the_same_reference_and_one_cannot_speak_for_the_other() {
    let agb: AgbCode = "41234568".parse().unwrap();
    let mut line = line();
    line.name.agb = agb;
    // Signed by provider 41234567 in the name of 41234568.
    assert_eq!(
        admit(&sign(line.clone(), 1), &key(), NOW),
        Err(DoorError::Key)
    );
    assert_ne!(line.context(), super::made::line().context());
}
