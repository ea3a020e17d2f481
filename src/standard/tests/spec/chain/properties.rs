//! What holds of every course of messages: made up at random from starts, stops, allocations and requests.

use knooppunt_standard::history::{self, Past, Row as Record, RowKey};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::message::{
    BSN1, BSN2, Begin, Changed, End, Message, ROW, Row, allocates, answers, asks, starts, stops,
    wishes,
};
use super::world::{A1001, A1002, A1003, A1004, A1005, World};

/// How to make one message: which kind, and choices among few values, so that messages meet each other.
type Choice = (u8, u8, u8, u8, bool);

const DAYS: [&str; 3] = ["2026-03-05", "2026-03-06", "2026-03-20"];
const REFERENCES: [&str; 3] = ["V1", "V2", "V3"];

fn message(id: usize, (kind, one, two, three, both): Choice) -> Message {
    let id = format!("P{id}");
    let day = "2026-05-02";
    let pick = |n: u8| usize::from(n) % 3;
    // Most starts and stops are about the care that is there from the beginning, or they would never meet.
    let nummer = [1001, 1001, 1001, 1002, 9999][usize::from(one) % 5];
    let begins = [DAYS[0], DAYS[0], DAYS[1], DAYS[2]][usize::from(two) % 4];
    let status = if three % 3 == 0 { "3" } else { "1" };
    let reference = REFERENCES[pick(one)];
    match kind % 6 {
        0 => {
            let row = Begin {
                nummer,
                product: "45/45A04",
                begins,
                status,
            };
            let second = Begin {
                begins: DAYS[pick(three)],
                status: "1",
                ..row
            };
            let rows = [row, second];
            let differ = both && row.begins != second.begins;
            starts(&id, day, BSN1, if differ { &rows } else { &rows[..1] })
        }
        1 => {
            let row = End {
                nummer,
                product: "45/45A04",
                begins,
                reason: if both { "20" } else { "34" },
                ends: ["2026-04-09", "2026-04-10", "2026-04-11"][pick(three)],
                status,
            };
            stops(&id, day, BSN1, &[row])
        }
        2 => {
            let row = Row {
                nummer: 1001,
                made: ["2026-02-10", "2026-02-20", "2026-04-10"][pick(two)],
                to: ["2026-05-31", "2026-06-30", "2026-03-02"][pick(three)],
                reason: if pick(three) == 2 { "13" } else { "04" },
                ..A1001
            };
            let new = Row {
                nummer: 1300 + u64::from(one % 3),
                reference,
                product: "46/46A01",
                made: day,
                from: "2026-06-01",
                size: "2x04x4",
                ..ROW
            };
            let rows = [row, A1002, A1004, A1005, new];
            allocates(&id, day, BSN1, if both { &rows } else { &rows[..4] })
        }
        3 => asks(&id, day, BSN1, &[(reference, "46/46A01")]),
        4 => {
            let change = Changed {
                nummer: 1001,
                from: "2026-05-04",
                to: "2026-12-31",
                size: "5x04x2",
                budget: 0,
            };
            wishes(
                &id,
                day,
                BSN1,
                reference,
                &[1002, 1004, 1005],
                &[change],
                &[],
            )
        }
        _ => {
            let (answer, reason) = if both { ("1", "4") } else { ("2", "") };
            answers(&id, day, reference, answer, reason, "")
        }
    }
}

/// The allocations of the cases, and care under 1001.
fn world() -> World {
    let mut world = World::jw();
    let row = Begin {
        nummer: 1001,
        product: "45/45A04",
        begins: DAYS[0],
        status: "1",
    };
    world.accepts(&starts("S0", "2026-05-02", BSN1, &[row]));
    world
}

fn courses() -> impl Strategy<Value = Vec<Choice>> {
    prop::collection::vec(any::<Choice>(), 1..24)
}

/// Runs a property over courses of messages, few enough that all run in seconds.
fn for_all(property: impl Fn(Vec<Choice>) -> Result<(), TestCaseError>) {
    let config = ProptestConfig {
        cases: 48,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    TestRunner::new(config).run(&courses(), property).unwrap();
}

fn rows(past: &Past) -> Vec<(RowKey, Record)> {
    let mut rows: Vec<_> = past.dirty().map(|(key, row)| (*key, row)).collect();
    rows.sort_by_key(|(key, _)| *key);
    rows
}

/// The rows, and of care what stands: not by which message in the scope it does.
fn standing(past: &Past) -> Vec<String> {
    let stands = |(key, row): (RowKey, Record)| match row {
        Record::Care(care) => {
            let (starts, stops): (Vec<_>, Vec<_>) =
                (care.starts().collect(), care.stops().collect());
            let starts = starts.iter().map(|start| (start.begindatum, start.product));
            let stops = stops
                .iter()
                .map(|stop| (stop.start.begindatum, stop.einddatum));
            format!(
                "{:?} {:?} {:?}",
                key.to_bytes(),
                starts.collect::<Vec<_>>(),
                stops.collect::<Vec<_>>()
            )
        }
        row @ (Record::Message(_)
        | Record::Toewijzing(_)
        | Record::Client(_)
        | Record::Verzoek(_)
        | Record::Declaratie(_)
        | Record::Series(_)
        | Record::Prestatie(_)
        | Record::Content(_)
        | Record::Usage(_)
        | Record::Came(_)) => format!("{:?} {:?}", key.to_bytes(), row.encode()),
    };
    rows(past).into_iter().map(stands).collect()
}

#[test]
fn a_refused_message_leaves_nothing_but_that_it_came() {
    for_all(|course| {
        let mut world = world();
        for (at, choice) in course.into_iter().enumerate() {
            let message = message(at, choice);
            world.past.clean();
            let outcome = world.send(&message);
            if !outcome.refused.is_empty() {
                let left = rows(&world.past);
                prop_assert_eq!(left.len(), 2);
                prop_assert!(matches!(left[0].1, Record::Message(_)));
                prop_assert!(matches!(left[1].1, Record::Came(_)));
            }
        }
        Ok(())
    });
}

#[test]
fn changes_that_were_recorded_and_read_give_the_same_rows() {
    for_all(|course| {
        let mut world = world();
        let mut replayed = world.past.clone();
        for (at, choice) in course.into_iter().enumerate() {
            let message = message(at, choice);
            let judged = world.judge(&message);
            world.past.apply_all(&judged.changes);
            let recorded = history::encode(&judged.changes);
            replayed.apply_all(&history::decode(&recorded).unwrap());
        }
        prop_assert_eq!(rows(&world.past), rows(&replayed));
        for (_, row) in rows(&world.past) {
            prop_assert_eq!(&Record::decode(&row.encode()).unwrap(), &row);
        }
        Ok(())
    });
}

#[test]
fn the_rows_that_a_message_wants_are_all_that_it_needs() {
    for_all(|course| {
        let mut world = world();
        for (at, choice) in course.into_iter().enumerate() {
            let message = message(at, choice);
            let wanted = world.wanted(&message);
            let mut few = world.clone();
            few.past = Past::new();
            for key in &wanted {
                if let Some(row) = world.past.row(key) {
                    few.past.load(*key, row);
                }
            }
            let judged = world.judge(&message);
            prop_assert_eq!(&few.judge(&message), &judged);
            for change in &judged.changes {
                for key in change.rows() {
                    prop_assert!(wanted.contains(&key), "{:?} is not wanted", key);
                }
            }
            world.send(&message);
        }
        Ok(())
    });
}

/// A message about another client, with numbers of its own.
fn elsewhere(id: usize, (kind, one, two, three, both): Choice) -> Message {
    let id = format!("E{id}");
    let day = "2026-05-02";
    let pick = |n: u8| usize::from(n) % 3;
    let reference = ["U1", "U2", "U3"][pick(one)];
    match kind % 3 {
        0 => asks(&id, day, BSN2, &[(reference, "46/46A01")]),
        1 => {
            let (answer, reason) = if both { ("1", "4") } else { ("2", "") };
            answers(&id, day, reference, answer, reason, "")
        }
        _ => {
            let row = Begin {
                nummer: 1003,
                product: "44/44A01",
                begins: DAYS[pick(two)],
                status: if three % 3 == 0 { "3" } else { "1" },
            };
            starts(&id, day, BSN2, &[row])
        }
    }
}

#[test]
fn messages_about_other_clients_may_come_between_in_any_order() {
    for_all(|course| {
        let messages: Vec<Message> = course
            .into_iter()
            .enumerate()
            .map(|(at, choice)| {
                if at % 2 == 0 {
                    message(at, choice)
                } else {
                    elsewhere(at, choice)
                }
            })
            .collect();
        let is_of = |client: &str, message: &Message| message.id.starts_with(client);
        let mut mixed = world();
        for message in &messages {
            mixed.send(message);
        }
        for order in [["P", "E"], ["E", "P"]] {
            let mut apart = world();
            for client in order {
                for message in messages.iter().filter(|message| is_of(client, message)) {
                    apart.send(message);
                }
            }
            prop_assert_eq!(standing(&mixed.past), standing(&apart.past));
        }
        Ok(())
    });
}

#[test]
fn removals_and_first_deliveries_of_one_message_may_stand_in_any_order() {
    for_all(|course| {
        for choice in course {
            let (_, one, two, three, _) = choice;
            let pick = |n: u8| usize::from(n) % 3;
            let row = |begins: usize, status| Begin {
                nummer: 1001 + u64::from(one % 2),
                product: "45/45A04",
                begins: DAYS[begins],
                status,
            };
            let (gone, came) = (pick(two), (pick(two) + 1 + pick(three) % 2) % 3);
            let mut world = World::jw();
            world.accepts(&starts("S1", "2026-05-02", BSN1, &[row(gone, "1")]));
            let mut other = world.clone();
            let (removal, first) = (row(gone, "3"), row(came, "1"));
            world.accepts(&starts("S2", "2026-05-02", BSN1, &[removal, first]));
            other.accepts(&starts("S2", "2026-05-02", BSN1, &[first, removal]));
            prop_assert_eq!(rows(&world.past), rows(&other.past));
        }
        Ok(())
    });
}

#[test]
fn allocations_of_one_message_may_stand_in_any_order() {
    let rows_of = |order: &[Row]| {
        let mut world = World::empty();
        world.accepts(&allocates("M1", "2026-02-20", BSN2, order));
        rows(&world.past)
    };
    let [a, b, c] = [A1001, A1002, A1003];
    let expected = rows_of(&[a, b, c]);
    for order in [[a, c, b], [b, a, c], [b, c, a], [c, a, b], [c, b, a]] {
        assert_eq!(rows_of(&order), expected);
    }
}
