//! Forms of rows and changes for ever, and what of them is shown.

use jiff::civil::date;

use super::super::*;
use super::{changes, version};

/// Changes of every kind as version 1 wrote them, one a line.
const CHANGES: &str = include_str!("../../tests/golden/changes-1.txt");
/// Rows of every kind as version 1 wrote them, one a line.
const ROWS: &str = include_str!("../../tests/golden/rows-1.txt");
/// What a start and a debit do that are booked as their provider sent them, beside a refused line, and the rows of it, as version 2 wrote them: one a line.
const AS_SENT: &str = include_str!("../../tests/golden/as-sent-2.txt");

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |hex, byte| {
        use std::fmt::Write as _;
        let mut hex = hex;
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<char> = hex.chars().collect();
    let pairs = digits.chunks(2).map(|pair| pair.iter().collect::<String>());
    pairs
        .map(|pair| u8::from_str_radix(&pair, 16).unwrap())
        .collect()
}

#[test]
fn debug_shows_nothing_that_a_message_says() {
    let mut past = Past::new();
    past.apply_all(&changes());
    let rows: Vec<_> = past.dirty().collect();
    let judged = crate::assess::Judged {
        changes: changes(),
        ..Default::default()
    };
    let shown = format!("{:?} {judged:?} {rows:?}", version().omvang);
    for value in [
        "2026",
        "1.0.",
        "5500",
        "82500",
        "90000",
        "Uur",
        "Week",
        "Debet",
        "Credit",
        "Investigating",
        "household",
        "true",
        "volume: ",
        "cents",
    ] {
        assert!(!shown.replace("Credit {", "").contains(value), "{value}");
    }
}

#[test]
fn changes_of_version_1_are_read_and_written_as_ever() {
    let written: Vec<String> = changes()
        .into_iter()
        .map(|change| hex(&encode(&[change])))
        .collect();
    assert_eq!(written.join("\n"), CHANGES.trim());
    for (line, change) in CHANGES.lines().zip(changes()) {
        assert_eq!(decode(&bytes(line)).unwrap(), [change]);
    }
}

#[test]
fn rows_of_version_1_are_read_and_written_as_ever() {
    let mut past = Past::new();
    past.apply_all(&changes());
    let rows: Vec<(RowKey, Row)> = past.dirty().map(|(key, row)| (*key, row)).collect();
    let written: Vec<String> = rows.iter().map(|(_, row)| hex(&row.encode())).collect();
    assert_eq!(written.join("\n"), ROWS.trim());
    for (line, (_, row)) in ROWS.lines().zip(rows) {
        assert_eq!(Row::decode(&bytes(line)).unwrap(), row);
    }
}

#[test]
fn what_is_booked_as_it_was_sent_is_of_version_2_and_read_and_written_as_ever() {
    let told = |change: &Change| {
        if let Change::Granted { line, .. } = change {
            line.vorig.is_none()
        } else {
            matches!(change, Change::Started { .. } | Change::Refused { .. })
        }
    };
    let told = as_sent(changes().into_iter().filter(told).collect());
    let mut past = Past::new();
    past.apply_all(&told);
    let written = told
        .iter()
        .map(|change| encode(std::slice::from_ref(change)));
    let rows: Vec<Row> = past.dirty().map(|(_, row)| row).collect();
    let written: Vec<Vec<u8>> = written.chain(rows.iter().map(Row::encode)).collect();
    let as_hex: Vec<String> = written.iter().map(|bytes| hex(bytes)).collect();
    assert_eq!(as_hex.join("\n"), AS_SENT.trim());
    let versions: Vec<u8> = written.iter().map(|bytes| bytes[1]).collect();
    // The start, the debit, the refused line and the mark; then the care, the two lines, the content and what is used.
    assert_eq!(versions, [1, 2, 1, 2, 2, 2, 1, 1, 2]);
    let golden: Vec<Vec<u8>> = AS_SENT.lines().map(bytes).collect();
    let (of_changes, of_rows) = golden.split_at(told.len());
    for (change, golden) in told.iter().zip(of_changes) {
        assert_eq!(decode(golden).unwrap(), std::slice::from_ref(change));
    }
    for (row, golden) in rows.iter().zip(of_rows) {
        assert_eq!(Row::decode(golden).unwrap(), *row);
    }
}

#[test]
fn what_a_later_program_wrote_or_nobody_did_is_told() {
    let mut later = encode(&changes());
    later[1] = 3;
    assert_eq!(decode(&later), Err(HistoryError::Version(3)));
    for wrong in [
        &[][..],
        &[0x82],
        &[0x82, 1],
        &[0x83, 1, 0x80],
        &[0x82, 1, 0x80, 0],
    ] {
        assert!(
            matches!(decode(wrong), Err(HistoryError::Malformed(_))),
            "{wrong:?}"
        );
    }
}

#[test]
fn a_day_that_is_not_there_is_read_as_none() {
    for latest in [None, Some(date(2026, 3, 1))] {
        let row = Row::Series(Series { latest });
        assert_eq!(Row::decode(&row.encode()).unwrap(), row);
    }
}

#[test]
fn debug_of_a_past_counts_its_rows() {
    let mut past = Past::new();
    past.apply_all(&changes()[..2]);
    assert_eq!(format!("{past:?}"), "Past(4 rows, 4 of them changed)");
    past.clean();
    assert_eq!(format!("{past:?}"), "Past(4 rows, 0 of them changed)");
}
