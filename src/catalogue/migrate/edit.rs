//! Ends rows of a table's text and puts new ones behind them, and leaves every other byte as it is.

use jiff::civil::Date;

use crate::row::COLUMNS;

/// What happens to one row.
#[derive(Debug)]
pub(super) struct Edit {
    /// Its line, from 1.
    pub(super) line: u32,
    /// Its last day.
    pub(super) last: Date,
    /// The rows behind it, each as the cells, by column, in which it differs.
    pub(super) rows: Vec<Vec<(&'static str, String)>>,
}

/// The text with these edits, which come by line. Columns that an edit needs and the header lacks are put at the end, empty for all other rows.
pub(super) fn apply(text: &str, edits: &[Edit]) -> String {
    let mut written = String::with_capacity(text.len() + text.len() / 4);
    let mut columns: Vec<&str> = Vec::new();
    let mut added: Vec<&str> = Vec::new();
    let mut edits = edits.iter().peekable();
    for (line, number) in text.split_inclusive('\n').zip(1u32..) {
        let end = line.trim_end_matches(['\n', '\r']);
        if end.is_empty() || end.starts_with('#') {
            written.push_str(line);
            continue;
        }
        if columns.is_empty() {
            columns = end.trim_start_matches('\u{feff}').split('\t').collect();
            added = lacking(&columns, edits.clone());
            columns.extend(&added);
            written.push_str(end);
            for column in &added {
                written.push('\t');
                written.push_str(column);
            }
            written.push_str(line.get(end.len()..).unwrap_or_default());
            continue;
        }
        let mut cells: Vec<&str> = end.split('\t').collect();
        cells.resize(cells.len() + added.len(), "");
        let ending = line.get(end.len()..).unwrap_or_default();
        let Some(edit) = edits.next_if(|edit| edit.line == number) else {
            write(&mut written, &cells, ending);
            continue;
        };
        let ending = if ending.is_empty() { "\n" } else { ending };
        let last = edit.last.to_string();
        let mut ended = cells.clone();
        set(&columns, &mut ended, "valid_to", &last);
        write(&mut written, &ended, ending);
        for row in &edit.rows {
            let mut cells = cells.clone();
            for (column, value) in row {
                set(&columns, &mut cells, column, value);
            }
            write(&mut written, &cells, ending);
        }
    }
    written
}

/// The columns that these edits write something in and that are not there, in our order.
fn lacking<'e>(columns: &[&str], edits: impl Iterator<Item = &'e Edit>) -> Vec<&'static str> {
    let mut needed: Vec<&str> = Vec::new();
    for edit in edits {
        needed.push("valid_to");
        let cells = edit.rows.iter().flatten();
        needed.extend(
            cells
                .filter(|(_, value)| !value.is_empty())
                .map(|(name, _)| *name),
        );
    }
    let is_lacking = |name: &&&str| needed.contains(*name) && !columns.contains(*name);
    COLUMNS.iter().filter(is_lacking).copied().collect()
}

fn set<'v>(columns: &[&str], cells: &mut [&'v str], column: &str, value: &'v str) {
    let index = columns.iter().position(|known| *known == column);
    if let Some(cell) = index.and_then(|index| cells.get_mut(index)) {
        *cell = value;
    }
}

fn write(written: &mut String, cells: &[&str], ending: &str) {
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            written.push('\t');
        }
        written.push_str(cell);
    }
    written.push_str(ending);
}
