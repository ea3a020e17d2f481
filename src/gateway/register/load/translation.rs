//! Reads what register files say about who agrees that products are translated.

use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::{Place, Reading};
use crate::register::code::PartyCode;
use crate::register::translation::Agreed;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TranslationEntry {
    #[serde(rename = "for")]
    code: Spanned<String>,
    with: Option<Spanned<String>>,
    laws: Spanned<Vec<Spanned<String>>>,
    from: Option<Spanned<Datetime>>,
    until: Option<Spanned<Datetime>>,
    /// For people; the program does not use it.
    #[serde(rename = "note")]
    _note: Option<String>,
}

impl Reading<'_> {
    pub(super) fn translation(&mut self, file: usize, entry: Spanned<TranslationEntry>) {
        let place = self.place(file, &entry.span());
        let entry = entry.into_inner();
        let code = self.value::<PartyCode>(file, &entry.code);
        let with = match &entry.with {
            None => Some(None),
            Some(with) => self.value::<PartyCode>(file, with).map(Some),
        };
        let period = self.period(file, entry.from.as_ref(), entry.until.as_ref());
        let laws = self.laws(file, entry.laws);
        let (Some(code), Some(with)) = (code, with) else {
            return;
        };
        if let (Some(with), Some(named)) = (with, &entry.with)
            && with.kind() == code.kind()
        {
            let text = "products are translated between a municipality and a provider: name one of the other kind";
            self.problem(file, &named.span(), text);
        }
        self.agreed.push((
            place,
            Agreed {
                code,
                with,
                laws,
                period,
            },
        ));
    }

    /// What can only be seen with all files read.
    pub(super) fn translations_fit(&mut self) {
        let mut problems: Vec<(Place, String)> = Vec::new();
        for (at, (place, line)) in self.agreed.iter().enumerate() {
            for code in [Some(line.code), line.with].into_iter().flatten() {
                if !self.owned(&code, &line.period) {
                    problems.push((*place, format!("nobody owns code {code} during these days: translation is agreed between two parties in the register")));
                }
            }
            let mut earlier = self.agreed.iter().take(at);
            if let Some((other, _)) = earlier.find(|(_, other)| other.overlaps(line)) {
                let other = self.at(*other);
                problems.push((
                    *place,
                    format!("the same stands at {other} for some of the same days: say it once"),
                ));
            }
        }
        self.problems.extend(problems);
    }
}
