//! Reads what register files say about judging: mandates to answer, modes, and since when the past is whole.

use knooppunt_standard::assess::Settings;
use knooppunt_standard::{Berichtsoort, Law};
use serde::Deserialize;
use std::ops::Range;
use toml::Spanned;
use toml::value::Datetime;

use super::{MandateEntry, Place, Reading};
use crate::register::code::{CodeKind, PartyCode};
use crate::register::judging::{self, Chosen, HistoryFrom, Judging, Mode, Reach};
use crate::register::party::Period;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ModeEntry {
    #[serde(rename = "for")]
    code: Spanned<String>,
    mode: Spanned<String>,
    laws: Spanned<Vec<Spanned<String>>>,
    #[serde(default)]
    kinds: Option<Spanned<Vec<Spanned<u16>>>>,
    from: Option<Spanned<Datetime>>,
    until: Option<Spanned<Datetime>>,
    /// For people; the program does not use it.
    #[serde(rename = "note")]
    _note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HistoryEntry {
    gemeente: Spanned<String>,
    aanbieder: Option<Spanned<String>>,
    laws: Spanned<Vec<Spanned<String>>>,
    since: Spanned<Datetime>,
    /// For people; the program does not use it.
    #[serde(rename = "note")]
    _note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReadingEntry {
    #[serde(rename = "for")]
    code: Spanned<String>,
    settings: Settings,
    /// For people; the program does not use it.
    #[serde(rename = "note")]
    _note: Option<String>,
}

/// What was read, each with its place.
#[derive(Default)]
pub(super) struct Read {
    answering: Vec<(Place, Reach)>,
    chosen: Vec<(Place, Chosen)>,
    history: Vec<(Place, HistoryFrom)>,
    readings: Vec<(Place, judging::Reading)>,
}

impl Read {
    pub(super) fn into_judging(self) -> Judging {
        fn plain<T>(placed: Vec<(Place, T)>) -> Vec<T> {
            placed.into_iter().map(|(_, what)| what).collect()
        }
        Judging {
            answering: plain(self.answering),
            chosen: plain(self.chosen),
            history: plain(self.history),
            readings: plain(self.readings),
            ..Judging::default()
        }
    }
}

impl Reading<'_> {
    /// A mandate to answer: from the owner of a code to the gateway, so it names no party.
    pub(super) fn answering(&mut self, file: usize, place: Place, entry: MandateEntry) {
        if let Some(party) = &entry.party {
            self.problem(
                file,
                &party.span(),
                "a mandate to answer is for the gateway itself: leave party out",
            );
        }
        let code = self.value::<PartyCode>(file, &entry.code);
        let period = self.period(file, Some(&entry.from), entry.until.as_ref());
        if let Some(functies) = &entry.functies {
            let text = "the gateway answers no files: leave functies out";
            self.problem(file, &functies.span(), text);
        }
        let laws = if let Some(laws) = entry.laws {
            self.laws(file, laws)
        } else {
            let text = "a mandate says what it holds for: add laws";
            self.problems.push((place, text.to_owned()));
            Vec::new()
        };
        let kinds = self.answered_kinds(file, code, entry.kinds);
        if let Some(code) = code {
            let reach = Reach {
                code,
                laws,
                kinds,
                period,
            };
            self.judging.answering.push((place, reach));
        }
    }

    pub(super) fn mode(&mut self, file: usize, entry: Spanned<ModeEntry>) {
        let place = self.place(file, &entry.span());
        let entry = entry.into_inner();
        let code = self.value::<PartyCode>(file, &entry.code);
        let mode = self.value::<Mode>(file, &entry.mode);
        let period = self.period(file, entry.from.as_ref(), entry.until.as_ref());
        let laws = self.laws(file, entry.laws);
        let kinds = self.answered_kinds(file, code, entry.kinds);
        if let (Some(code), Some(mode)) = (code, mode) {
            let reach = Reach {
                code,
                laws,
                kinds,
                period,
            };
            self.judging.chosen.push((place, Chosen { reach, mode }));
        }
    }

    pub(super) fn history(&mut self, file: usize, entry: Spanned<HistoryEntry>) {
        let place = self.place(file, &entry.span());
        let entry = entry.into_inner();
        let gemeente = self.code_of(file, &entry.gemeente, CodeKind::Gemeentecode);
        let aanbieder = entry
            .aanbieder
            .as_ref()
            .map(|code| self.code_of(file, code, CodeKind::Agb));
        let laws = self.laws(file, entry.laws);
        let since = self.day(file, &entry.since);
        if let (Some(gemeente), Some(since)) = (gemeente, since)
            && aanbieder != Some(None)
        {
            let line = HistoryFrom {
                gemeente,
                aanbieder: aanbieder.flatten(),
                laws,
                since,
            };
            self.judging.history.push((place, line));
        }
    }

    pub(super) fn reading(&mut self, file: usize, entry: Spanned<ReadingEntry>) {
        let place = self.place(file, &entry.span());
        let entry = entry.into_inner();
        if let Some(gemeente) = self.code_of(file, &entry.code, CodeKind::Gemeentecode) {
            let reading = judging::Reading {
                gemeente,
                settings: entry.settings,
            };
            self.judging.readings.push((place, reading));
        }
    }

    /// What can only be seen with all files read.
    pub(super) fn judging_fits(&mut self) {
        let mut problems = Vec::new();
        let mut answering = std::mem::take(&mut self.judging.answering);
        for (place, reach) in &mut answering {
            match self.given(&reach.code, &reach.period) {
                Some(given) => reach.period = given,
                None => problems.push((*place, format!("nobody owns code {} during the mandate: a mandate comes from an owner in the register", reach.code))),
            }
        }
        self.judging.answering = answering;
        let Read {
            answering,
            chosen,
            history,
            readings,
        } = &self.judging;
        for (at, (place, Chosen { reach, mode })) in chosen.iter().enumerate() {
            if !self.owned(&reach.code, &reach.period) {
                problems.push((*place, format!("nobody owns code {} during these days: a mode is chosen by an owner in the register", reach.code)));
            }
            if mode.answers() && !answering.iter().any(|(_, mandate)| mandate.overlaps(reach)) {
                problems.push((*place, format!("\"{mode}\" answers in the name of {}, which gave no mandate for it: add a [[mandate]] with direction = \"answer\", or choose \"carry\"", reach.code)));
            }
            if *mode == Mode::Judge {
                problems.extend(
                    without_history(reach, history)
                        .map(|law| (*place, demands_history(&reach.code, law))),
                );
            }
            let twice = chosen
                .iter()
                .take(at)
                .find(|(_, other)| other.reach.overlaps(reach));
            if let Some((other, _)) = twice {
                problems.push((*place, format!("a mode for some of the same messages to {} stands at {}: name laws, kinds or days so that each has one", reach.code, self.at(*other))));
            }
        }
        for (at, (place, reading)) in readings.iter().enumerate() {
            let twice = readings
                .iter()
                .take(at)
                .find(|(_, other)| other.gemeente == reading.gemeente);
            if let Some((other, _)) = twice {
                problems.push((
                    *place,
                    format!(
                        "the readings of {} stand at {}: put them together",
                        reading.gemeente,
                        self.at(*other)
                    ),
                ));
            }
        }
        for (at, (place, line)) in history.iter().enumerate() {
            let twice = history.iter().take(at).find(|(_, other)| {
                other.gemeente == line.gemeente
                    && other.aanbieder == line.aanbieder
                    && other.laws.iter().any(|law| line.laws.contains(law))
            });
            if let Some((other, _)) = twice {
                problems.push((
                    *place,
                    format!(
                        "the same two parties and law stand at {}: say it once",
                        self.at(*other)
                    ),
                ));
            }
        }
        self.problems.extend(problems);
    }

    pub(super) fn owned(&self, code: &PartyCode, period: &Period) -> bool {
        self.codes
            .get(code)
            .is_some_and(|owners| owners.iter().any(|(_, _, owned)| owned.overlaps(period)))
    }

    pub(super) fn code_of(
        &mut self,
        file: usize,
        text: &Spanned<String>,
        kind: CodeKind,
    ) -> Option<PartyCode> {
        let code = self.value::<PartyCode>(file, text)?;
        if code.kind() == kind {
            return Some(code);
        }
        let problem = format!("{code} is no {}", kind.as_str());
        self.problem(file, &text.span(), problem);
        None
    }

    /// Kinds that a receiver is sent and answers; none named: all of them.
    fn answered_kinds(
        &mut self,
        file: usize,
        code: Option<PartyCode>,
        kinds: Option<Spanned<Vec<Spanned<u16>>>>,
    ) -> Vec<u16> {
        let named = self.kinds(file, kinds);
        let Some(code) = code else {
            return Vec::new();
        };
        for (span, number) in &named {
            let Some(soort) = Berichtsoort::from_number(*number) else {
                continue;
            };
            if !answered_by(code, soort) {
                self.problem(
                    file,
                    span,
                    format!("{code} answers no {number}: name kinds that are sent to it and that have an answer"),
                );
            }
        }
        named.into_iter().map(|(_, number)| number).collect()
    }

    pub(super) fn kinds(
        &mut self,
        file: usize,
        kinds: Option<Spanned<Vec<Spanned<u16>>>>,
    ) -> Vec<(Range<usize>, u16)> {
        let Some(kinds) = kinds else {
            return Vec::new();
        };
        if kinds.get_ref().is_empty() {
            self.problem(
                file,
                &kinds.span(),
                "name message kinds, or leave kinds out for all of them",
            );
        }
        let mut named = Vec::new();
        for kind in kinds.into_inner() {
            let (span, number) = (kind.span(), kind.into_inner());
            if Berichtsoort::from_number(number).is_none() {
                let text = format!("{number} is no message kind of the standard, for example 305");
                self.problem(file, &span, text);
            }
            named.push((span, number));
        }
        named
    }

    pub(super) fn laws(&mut self, file: usize, laws: Spanned<Vec<Spanned<String>>>) -> Vec<String> {
        if laws.get_ref().is_empty() {
            self.problem(
                file,
                &laws.span(),
                "name the laws it holds for: \"jw\", \"wmo\" or both",
            );
        }
        let mut named = Vec::new();
        for law in laws.into_inner() {
            if law.get_ref().parse::<Law>().is_err() {
                self.problem(file, &law.span(), "the laws are \"jw\" and \"wmo\"");
            }
            named.push(law.into_inner());
        }
        named
    }
}

/// The laws of what is to be judged of which no line says since when all traffic passes here.
fn without_history<'r>(
    reach: &'r Reach,
    history: &[(Place, HistoryFrom)],
) -> impl Iterator<Item = &'r String> {
    reach.laws.iter().filter(move |law| {
        !history.iter().any(|(_, line)| {
            line.laws.contains(law)
                && line.is_about(&reach.code)
                && line.since <= reach.period.ends()
        })
    })
}

/// What is to be corrected when there is none.
fn demands_history(code: &PartyCode, law: &str) -> String {
    let pair = match code {
        PartyCode::Gemeente(_) => format!("gemeente = \"{code}\""),
        PartyCode::Agb(_) => format!("the gemeente and aanbieder = \"{code}\""),
    };
    format!(
        "\"judge\" rests on everything that came before, and nothing says since when all messages of {code} under \"{law}\" pass here: add a [[history]] with {pair} and laws = [\"{law}\"], or choose \"guard\""
    )
}

/// Whether the owner of the code is sent messages of this kind and answers them (iJw and iWmo 3.2, message pairs).
fn answered_by(code: PartyCode, soort: Berichtsoort) -> bool {
    match soort {
        Berichtsoort::Toewijzing | Berichtsoort::Antwoord => code.kind() == CodeKind::Agb,
        Berichtsoort::Start
        | Berichtsoort::Stop
        | Berichtsoort::VerzoekToewijzing
        | Berichtsoort::VerzoekWijziging
        | Berichtsoort::Declaratie => code.kind() == CodeKind::Gemeentecode,
        Berichtsoort::ToewijzingRetour
        | Berichtsoort::StartRetour
        | Berichtsoort::StopRetour
        | Berichtsoort::VerzoekToewijzingRetour
        | Berichtsoort::VerzoekWijzigingRetour
        | Berichtsoort::AntwoordRetour
        | Berichtsoort::DeclaratieAntwoord => false,
    }
}
