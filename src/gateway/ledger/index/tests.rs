//! Keys of the index order as they must, and lists do not run into each other.

use jiff::civil::date;

use super::key::{self, Value};
use super::*;

fn listed(day: Date, position: u64) -> Listed {
    Listed {
        law: Law::Jw,
        gemeente: PartyCode::Gemeente(*b"0289"),
        aanbieder: PartyCode::Agb(*b"98980001"),
        by_gemeente: true,
        soort: 301,
        day,
        position,
        message: MessageId::from_bytes([7; 16]),
    }
}

#[test]
fn a_row_reads_back_as_the_message_it_is_of_and_a_later_one_comes_before() {
    let (old, new) = (
        listed(date(2025, 12, 31), 300),
        listed(date(2026, 1, 1), 301),
    );
    for value in [Value::All, Value::Code("9074"), Value::Client([0xff; 16])] {
        let (first, second) = (key::key(&new, &value), key::key(&old, &value));
        assert!(first < second);
        let read = key::listed(Law::Jw, new.gemeente, &first, &key::row(&new));
        assert_eq!(read, Some(new.clone()));
    }
    assert_eq!(
        key::listed(Law::Jw, new.gemeente, b"short", &key::row(&new)),
        None
    );
    assert_eq!(key::listed(Law::Jw, new.gemeente, &[0; 40], b""), None);
}

#[test]
fn no_list_begins_as_another_does() {
    let gemeente = PartyCode::Gemeente(*b"0289");
    let values = [
        Value::All,
        Value::Provider(PartyCode::Agb(*b"98980001")),
        Value::Kind(301),
        Value::Code("90"),
        Value::Code("9074"),
        Value::Client([0; 16]),
        Value::Open(0),
        Value::Open(1),
        Value::Waiting,
        Value::Dead,
        Value::Rejected,
    ];
    let lists: Vec<_> = [Law::Jw, Law::Wmo]
        .into_iter()
        .flat_map(|law| {
            values
                .iter()
                .map(move |value| key::list(law, gemeente, value))
        })
        .collect();
    for (at, list) in lists.iter().enumerate() {
        for (other_at, other) in lists.iter().enumerate() {
            assert_eq!(
                other.starts_with(list),
                at == other_at,
                "{list:?} {other:?}"
            );
        }
    }
}
