//! Openings: honest ones answer, and what is tried with others.

use super::made::salt;
use super::world::{SEEN, World};
use crate::Hash;
use crate::delivery::{
    Claim, DayError, Nf, OPENING_BYTES_MAX, OpenedError, Opening, OpeningError, OpeningFinding,
    Session, Statement, Unit, is_late, on_time_before,
};
use crate::tests::made::policy;

fn findings(world: &World, minute: u64) -> Vec<OpeningFinding> {
    let opening = world.opening(minute);
    world.verify(&opening, minute).unwrap();
    opening.judge(&world.line, true, world.nf(&opening))
}

fn spoiled(minute: u64, spoil: impl FnOnce(&mut Opening)) -> Option<OpeningError> {
    let world = World::new();
    let mut opening = world.opening(minute);
    spoil(&mut opening);
    world.verify(&opening, minute).err()
}

#[test]
fn every_minute_of_an_honest_line_is_answered() {
    let world = World::new();
    for minute in (0..720).step_by(5) {
        let opening = world.opening(minute);
        let statement = Statement::of(opening.clone()).unwrap();
        assert!(statement.bytes().len() < OPENING_BYTES_MAX);
        let Claim::Opening(read) = statement.claim() else {
            panic!("no opening");
        };
        assert!(*read == opening);
        assert!(world.verify(read, minute).is_ok());
        assert_eq!(findings(&world, minute), []);
    }
}

#[test]
fn the_day_root_was_there_when_witnesses_say_so() {
    let opening = World::new().opening(0);
    assert_eq!(
        opening.day_receipt_time(&World::policy()).unwrap(),
        Some(SEEN)
    );
    let day = opening.session().unwrap().date();
    // 7 October begins at 22:00 UTC on the 6th.
    assert_eq!(on_time_before(day).unwrap().to_string(), "2026-10-07");
    let midnight = on_time_before(day).unwrap().days() * 86_400 - 2 * 3_600;
    assert!(!is_late(Some(SEEN), midnight));
    // Three witnesses did not see it; and a receipt of other bytes or another salt is none.
    assert!(opening.day_receipt_time(&policy(3, 3)).is_err());
    let mut other = opening.clone();
    other.day.salt = salt(5);
    assert!(other.day_receipt_time(&World::policy()).is_err());
    let mut other = opening;
    other.day.bytes.push(b' ');
    assert!(other.day_receipt_time(&World::policy()).is_err());
}

#[test]
fn an_opening_of_another_draw_line_or_minute_answers_nothing() {
    assert_eq!(
        spoiled(0, |opening| opening.number = 1),
        Some(OpeningError::OtherDraw)
    );
    let other = spoiled(0, |opening| opening.month = "2026-12".parse().unwrap());
    assert_eq!(other, Some(OpeningError::OtherDraw));
    let other = spoiled(0, |opening| opening.entry = Hash::new([0; 32]));
    assert_eq!(other, Some(OpeningError::OtherDraw));
    let world = World::new();
    let error = world.verify(&world.opening(0), 60);
    assert_eq!(error, Err(OpeningError::Leaf(OpenedError::Minute)));
}

#[test]
fn a_field_that_was_not_committed_to_is_told() {
    for field in 0..7u8 {
        let at = usize::from(field);
        let changed = spoiled(0, |opening| opening.fields[at].text.push('x'));
        assert_eq!(changed, Some(OpeningError::Field { field }));
        let salted = spoiled(0, |opening| opening.fields[at].salt[0] ^= 1);
        assert_eq!(salted, Some(OpeningError::Field { field }));
        let digests = spoiled(0, |opening| opening.digests[at] = Hash::new([0; 32]));
        assert_eq!(digests, Some(OpeningError::Digests));
    }
}

#[test]
fn fields_that_are_not_asked_for_stay_hidden() {
    let world = World::new();
    let mut opening = world.opening(0);
    let caregiver = opening.fields.remove(3);
    assert!(world.verify(&opening, 0).is_ok());
    let statement = Statement::of(opening.clone()).unwrap();
    let text = std::str::from_utf8(statement.bytes()).unwrap();
    assert!(!text.contains(&caregiver.text));
    assert_eq!(opening.session(), None);
    assert_eq!(
        opening.judge(&world.line, true, None),
        [OpeningFinding::NoRecord]
    );
}

#[test]
fn a_record_stands_under_a_day_root_of_its_provider() {
    let index = spoiled(0, |opening| opening.day.index ^= 1);
    assert_eq!(index, Some(OpeningError::DayPath));
    let path = spoiled(0, |opening| opening.day.path.truncate(3));
    assert_eq!(path, Some(OpeningError::DayPath));
    assert_eq!(DayError::Path.code(), "day-path");
    let bytes = spoiled(0, |opening| opening.day.bytes.clear());
    assert_eq!(bytes, Some(OpeningError::Day));
    let other = spoiled(0, |opening| {
        let text = String::from_utf8(opening.day.bytes.clone()).unwrap();
        opening.day.bytes = text.replace("41234567", "41234568").into_bytes();
    });
    assert_eq!(other, Some(OpeningError::Day));
}

#[test]
fn a_rounding_stands_at_the_last_index_only() {
    let world = World::with(|number, texts| {
        if number == 4 {
            (texts[1], texts[6]) = (String::new(), "afronding".into());
        }
    });
    // Without a begin it stands first.
    assert!(findings(&world, 0).contains(&OpeningFinding::Rounding));
    assert_eq!(findings(&World::new(), 719), []);
}

#[test]
fn four_roundings_of_half_an_hour_are_four_bad_leaves() {
    let world = World::with(|number, texts| {
        if number < 4 {
            texts[6] = "afronding".into();
        }
    });
    for leaf in 0..4 {
        assert!(findings(&world, leaf * 60).contains(&OpeningFinding::Rounding));
    }
    assert_eq!(findings(&world, 240), []);
}

#[test]
fn a_leaf_that_weighs_more_than_was_delivered_is_told() {
    let world = World::with(|number, texts| {
        if number == 2 {
            texts[2] = "30".into();
        }
    });
    assert_eq!(findings(&world, 130), [OpeningFinding::Weight]);
}

#[test]
fn minutes_that_did_not_pass_between_begin_and_end_are_told() {
    // Who is asked whether somebody came from nine to a quarter to ten says yes, whatever weight is counted for it.
    let world = World::with(|number, texts| {
        if number == 2 {
            texts[1] = "2026-10-03T02:20+02:00/2026-10-03T03:05+02:00".into();
        }
    });
    assert_eq!(findings(&world, 130), [OpeningFinding::Weight]);
    let opening = world.opening(130);
    let mut line = world.line.clone();
    line.unit = Unit::Minute;
    let judged = opening.judge(&line, true, None);
    assert_eq!(judged, [OpeningFinding::Weight]);
    // In other units weight is no time: 24 hours weigh the same on days of 23.
    line.unit = Unit::Day;
    assert_eq!(opening.judge(&line, true, None), []);
}

#[test]
fn hours_are_no_result_that_needs_no_begin() {
    let world = World::with(|number, texts| {
        if number == 0 {
            (texts[1], texts[6]) = (String::new(), "resultaat/M2".into());
        }
    });
    let opening = world.opening(0);
    let judged = opening.judge(&world.line, true, None);
    assert_eq!(judged, [OpeningFinding::Kind]);
    assert_eq!(OpeningFinding::Kind.code(), "opened-kind");
    // In a line of results it is what is asked for.
    let mut line = world.line.clone();
    for unit in [Unit::Output, Unit::Euro] {
        line.unit = unit;
        assert_eq!(opening.judge(&line, true, None), []);
    }
}

#[test]
fn a_visit_outside_the_period_is_told() {
    let world = World::with(|number, texts| {
        if number == 0 {
            texts[0] = "2026-09-30".into();
            texts[1] = texts[1].replace("2026-10-03", "2026-09-30");
        }
    });
    assert!(findings(&world, 0).contains(&OpeningFinding::Period));
}

#[test]
fn late_understated_and_a_false_duplicate_value_are_told() {
    let world = World::new();
    let opening = world.opening(0);
    assert_eq!(
        opening.judge(&world.line, false, None),
        [OpeningFinding::Late]
    );
    let nf = Some(Nf([0; 16]));
    assert_eq!(opening.judge(&world.line, true, nf), [OpeningFinding::Nf]);
}

#[test]
fn openings_show_their_fields_in_order_and_each_once() {
    let mut opening = World::new().opening(0);
    opening.fields.swap(0, 1);
    assert!(Statement::of(opening.clone()).is_err());
    opening.fields[0] = opening.fields[1].clone();
    assert!(Statement::of(opening.clone()).is_err());
    opening.fields.clear();
    assert!(Statement::of(opening).is_ok());
}

#[test]
fn what_is_opened_is_not_in_what_a_program_prints() {
    let opening = World::new().opening(0);
    let shown = format!("{opening:?}");
    let session: Session = opening.session().unwrap();
    for text in session.texts().iter().filter(|text| text.len() > 2) {
        assert!(!shown.contains(text.as_str()), "{text}");
    }
}
