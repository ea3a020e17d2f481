//! Tables in tabs: columns by the name in the first line, remarks behind `#`, no quoting. What a spreadsheet does to such a file is a finding.

use crate::finding::{Class, Finding};
use crate::findings::Findings;
use crate::source::{File, Text};

/// Most columns of ours a table has.
pub(crate) const COLUMNS_MAX: usize = 24;

/// A table whose header fits.
pub(crate) struct Sheet<'t> {
    file: &'t File,
    /// For each column of the file, which of the known ones it is.
    columns: Vec<Option<usize>>,
    known: &'static [&'static str],
    rest: &'t str,
    line: u32,
}

/// The cells of a line by the known columns; empty for a column the file has not.
pub(crate) struct Cells<'t> {
    /// The line, from 1.
    pub(crate) line: u32,
    /// The line as it stands there.
    pub(crate) raw: Text,
    texts: [&'t str; COLUMNS_MAX],
}

impl<'t> Cells<'t> {
    /// The cell of the known column of this index.
    pub(crate) fn get(&self, column: usize) -> &'t str {
        self.texts.get(column).copied().unwrap_or_default()
    }
}

impl<'t> Sheet<'t> {
    /// Reads the header: which of these columns it has. None, with findings, when one that is needed lacks.
    pub(crate) fn open(
        file: &'t File,
        known: &'static [&'static str],
        needed: &[&str],
        findings: &mut Findings,
    ) -> Option<Self> {
        let mut rest = file.text.as_str();
        if let Some(after) = rest.strip_prefix('\u{feff}') {
            findings.push(file.finding(
                1,
                Class::F01,
                "Het bestand begint met een BOM.",
                "Bewaar het bestand als UTF-8 zonder BOM.",
            ));
            rest = after;
        }
        let ends = memchr::memchr_iter(b'\r', rest.as_bytes());
        if let Some(first) = ends.into_iter().next() {
            findings.push(file.finding(
                file.line_of(first),
                Class::F02,
                "De regels eindigen niet op alleen LF.",
                "Bewaar het bestand met regeleinden LF; een spreadsheet schrijft CRLF, kijk dan ook de codes na.",
            ));
        }
        let mut sheet = Self {
            file,
            columns: Vec::new(),
            known,
            rest,
            line: 0,
        };
        let Some(header) = sheet.line() else {
            findings.push(missing(file, 1, needed));
            return None;
        };
        let line = sheet.line;
        let mut is_sound = true;
        for name in header.split('\t') {
            let column = known.iter().position(|known| *known == name);
            if column.is_some() && sheet.columns.contains(&column) {
                findings.push(file.finding(
                    line,
                    Class::F03,
                    format!("De kolom `{name}` staat er twee keer."),
                    "Haal er een weg.",
                ));
                is_sound = false;
            }
            if column.is_none() {
                findings.push(file.finding(
                    line,
                    Class::F04,
                    format!("De kolom `{name}` is onbekend; zij blijft staan en doet niets."),
                    "Kijk of de naam goed gespeld is.",
                ));
            }
            sheet.columns.push(column);
        }
        let has = |name: &str| {
            let column = known.iter().position(|known| *known == name);
            sheet.columns.contains(&column)
        };
        let lacking: Vec<_> = needed.iter().copied().filter(|name| !has(name)).collect();
        if !lacking.is_empty() {
            findings.push(missing(file, line, &lacking));
            is_sound = false;
        }
        is_sound.then_some(sheet)
    }

    /// The next line with cells; findings for lines that do not fit, which are left out.
    pub(crate) fn next(&mut self, findings: &mut Findings) -> Option<Cells<'t>> {
        loop {
            let text = self.line()?;
            let mut cells = [""; COLUMNS_MAX];
            let mut count = 0;
            let mut is_quoted = false;
            let mut start = 0;
            let ends = memchr::memchr_iter(b'\t', text.as_bytes());
            for end in ends.chain([text.len()]) {
                let cell = text.get(start..end).unwrap_or_default();
                start = end + 1;
                is_quoted |= cell.len() > 1 && cell.starts_with('"') && cell.ends_with('"');
                if let Some(Some(column)) = self.columns.get(count)
                    && let Some(place) = cells.get_mut(*column)
                {
                    *place = cell;
                }
                count += 1;
            }
            if count != self.columns.len() {
                findings.push(self.file.finding(
                    self.line,
                    Class::F05,
                    format!(
                        "De regel heeft {count} cellen, de kop {}.",
                        self.columns.len()
                    ),
                    "Zet tussen alle cellen een tab, ook rond lege.",
                ));
                continue;
            }
            if is_quoted {
                findings.push(self.file.finding(
                    self.line,
                    Class::F05,
                    "Om een cel staan aanhalingstekens.",
                    "Haal ze weg; in deze bestanden heeft een cel er geen.",
                ));
                continue;
            }
            return Some(Cells {
                line: self.line,
                raw: Text::within(&self.file.text, text),
                texts: cells,
            });
        }
    }

    /// The next line that is neither empty nor a remark.
    fn line(&mut self) -> Option<&'t str> {
        while !self.rest.is_empty() {
            let end = memchr::memchr(b'\n', self.rest.as_bytes()).unwrap_or(self.rest.len());
            let text = self.rest.get(..end).unwrap_or_default();
            self.rest = self.rest.get(end + 1..).unwrap_or_default();
            self.line += 1;
            let text = text.strip_suffix('\r').unwrap_or(text);
            if !text.is_empty() && !text.starts_with('#') {
                return Some(text);
            }
        }
        None
    }

    /// That the cell of this column cannot be read.
    pub(crate) fn unreadable(
        &self,
        line: u32,
        column: usize,
        why: impl std::fmt::Display,
    ) -> Finding {
        let name = self.known.get(column).copied().unwrap_or_default();
        self.file.finding(
            line,
            Class::F06,
            format!("De kolom `{name}` is niet te lezen ({why})."),
            "Verbeter de waarde.",
        )
    }
}

fn missing(file: &File, line: u32, columns: &[&str]) -> Finding {
    file.finding(
        line,
        Class::F03,
        format!("De kop mist: {}.", columns.join(", ")),
        "Zet de namen van de kolommen in de eerste regel, met tabs ertussen.",
    )
}
