//! Reads what register files say about pairs whose messages may be larger than others.

use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::{Place, Reading};
use crate::register::code::{CodeKind, Pair};
use crate::register::large::{LARGE_BYTES_MAX, Large};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LargeEntry {
    gemeente: Spanned<String>,
    aanbieder: Spanned<String>,
    body_bytes_max: Spanned<u64>,
    from: Option<Spanned<Datetime>>,
    until: Option<Spanned<Datetime>>,
    /// For people; the program does not use it.
    #[serde(rename = "note")]
    _note: Option<String>,
}

impl Reading<'_> {
    pub(super) fn large(&mut self, file: usize, entry: Spanned<LargeEntry>) {
        let place = self.place(file, &entry.span());
        let entry = entry.into_inner();
        let gemeente = self.code_of(file, &entry.gemeente, CodeKind::Gemeentecode);
        let aanbieder = self.code_of(file, &entry.aanbieder, CodeKind::Agb);
        let period = self.period(file, entry.from.as_ref(), entry.until.as_ref());
        let body_bytes_max = *entry.body_bytes_max.get_ref();
        if body_bytes_max > LARGE_BYTES_MAX {
            let text = format!("a message is at most {LARGE_BYTES_MAX} bytes between any two");
            self.problem(file, &entry.body_bytes_max.span(), text);
        }
        if let (Some(gemeente), Some(aanbieder)) = (gemeente, aanbieder) {
            let line = Large {
                pair: Pair {
                    gemeente,
                    aanbieder,
                },
                body_bytes_max,
                period,
            };
            self.large.push((place, line));
        }
    }

    /// What can only be seen with all files read.
    pub(super) fn large_fits(&mut self) {
        let mut problems: Vec<(Place, String)> = Vec::new();
        for (at, (place, line)) in self.large.iter().enumerate() {
            for code in [line.pair.gemeente, line.pair.aanbieder] {
                if !self.owned(&code, &line.period) {
                    problems.push((*place, format!("nobody owns code {code} during these days: larger messages are for two parties in the register")));
                }
            }
            let mut earlier = self.large.iter().take(at);
            let twice = earlier
                .find(|(_, other)| other.pair == line.pair && other.period.overlaps(&line.period));
            if let Some((other, _)) = twice {
                let other = self.at(*other);
                problems.push((
                    *place,
                    format!(
                        "the same two codes stand at {other} for some of the same days: say it once"
                    ),
                ));
            }
        }
        self.problems.extend(problems);
    }
}
