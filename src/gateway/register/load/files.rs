//! Reads what register files say about files that are no message of the standards: `[[tekstBestand]]`.

use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::{Place, Reading};
use crate::register::code::PartyCode;
use crate::register::files::{FileCode, FileLine, functie_wrong};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileEntry {
    functie: Spanned<String>,
    sender: Spanned<String>,
    #[serde(default)]
    receivers: Option<Spanned<Vec<Spanned<String>>>>,
    berichtcode: Option<Spanned<String>>,
    from: Option<Spanned<Datetime>>,
    until: Option<Spanned<Datetime>>,
    /// For people; the program does not use it.
    #[serde(rename = "note")]
    _note: Option<String>,
}

impl Reading<'_> {
    pub(super) fn file_line(&mut self, file: usize, entry: Spanned<FileEntry>) {
        let place = self.place(file, &entry.span());
        let entry = entry.into_inner();
        let functie = self.functie(file, &entry.functie);
        let sender = self.value::<PartyCode>(file, &entry.sender);
        let receivers = entry.receivers.map_or_else(Vec::new, |named| {
            if named.get_ref().is_empty() {
                let text = "name receivers, or leave receivers out for everybody";
                self.problem(file, &named.span(), text);
            }
            let named = named.into_inner();
            named
                .iter()
                .filter_map(|code| self.value::<PartyCode>(file, code))
                .collect()
        });
        let code = entry
            .berichtcode
            .as_ref()
            .and_then(|code| self.value::<FileCode>(file, code));
        let period = self.period(file, entry.from.as_ref(), entry.until.as_ref());
        if let (Some(functie), Some(sender)) = (functie, sender) {
            let line = FileLine {
                functie,
                sender,
                receivers,
                code,
                period,
            };
            self.files.push((place, line));
        }
    }

    /// The name of a functie under which files go.
    pub(super) fn functie(&mut self, file: usize, text: &Spanned<String>) -> Option<String> {
        let Some(wrong) = functie_wrong(text.get_ref()) else {
            return Some(text.get_ref().clone());
        };
        self.problem(file, &text.span(), wrong);
        None
    }

    /// What can only be seen with all files read.
    pub(super) fn files_fit(&mut self) {
        let mut problems: Vec<(Place, String)> = Vec::new();
        for (at, (place, line)) in self.files.iter().enumerate() {
            for code in [&line.sender].into_iter().chain(&line.receivers) {
                if !self.owned(code, &line.period) {
                    problems.push((
                        *place,
                        format!("nobody owns code {code} during these days: files go between parties in the register"),
                    ));
                }
            }
            let mut earlier = self.files.iter().take(at);
            let spelt = earlier.find(|(_, other)| {
                other.functie != line.functie && other.functie.eq_ignore_ascii_case(&line.functie)
            });
            if let Some((other, _)) = spelt {
                let text = format!(
                    "{} is spelt otherwise at {}: spell a functie in one way",
                    line.functie,
                    self.at(*other)
                );
                problems.push((*place, text));
            }
        }
        for (place, mandate) in &self.mandates {
            for functie in &mandate.functies {
                if !self.files.iter().any(|(_, line)| line.functie == *functie) {
                    problems.push((
                        *place,
                        format!("no files go under {functie}: add a [[tekstBestand]] or correct the functie"),
                    ));
                }
            }
        }
        self.problems.extend(problems);
    }
}
