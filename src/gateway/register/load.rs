//! Reads register files. The whole set is good or the whole set is refused, with every problem
//! named by file and line. It looks at one set of files and at nothing outside it.

use super::auditor::Auditor;
use super::code::{CodeKind, PartyCode};
use super::endpoint::Endpoint;
use super::files::{FileLine, Files};
use super::identity::Identity;
use super::judging::Judging;
use super::large::Large;
use super::mandate::Mandate;
use super::party::{Held, Party, PartyId, Period};
use super::translation::Agreed;
use super::{Problem, Source};
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::ops::Range;
use std::str::FromStr;
use toml::Spanned;
use toml::value::Datetime;

mod auditor;
mod certificate;
mod endpoint;
mod files;
mod judging;
mod large;
mod mandate;
mod pull;
mod translation;

pub use certificate::PINS_LIVE_MAX;

use certificate::CertificateEntry;
use mandate::MandateEntry;

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct File {
    party: Vec<PartyEntry>,
    mandate: Vec<Spanned<MandateEntry>>,
    mode: Vec<Spanned<judging::ModeEntry>>,
    history: Vec<Spanned<judging::HistoryEntry>>,
    reading: Vec<Spanned<judging::ReadingEntry>>,
    pull: Vec<pull::PullEntry>,
    large: Vec<Spanned<large::LargeEntry>>,
    translation: Vec<Spanned<translation::TranslationEntry>>,
    endpoint: Vec<Spanned<endpoint::EndpointEntry>>,
    auditor: Vec<Spanned<auditor::AuditorEntry>>,
    #[serde(rename = "tekstBestand")]
    tekst_bestand: Vec<Spanned<files::FileEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PartyEntry {
    id: Spanned<String>,
    name: Spanned<String>,
    #[serde(default)]
    code: Vec<CodeEntry>,
    #[serde(default)]
    certificate: Vec<Spanned<CertificateEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeEntry {
    kind: Spanned<String>,
    code: Spanned<String>,
    from: Option<Spanned<Datetime>>,
    until: Option<Spanned<Datetime>>,
}

/// A place in a file.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Place {
    file: usize,
    line: usize,
}

/// What the files say, once nothing is wrong with them.
pub(super) struct Loaded {
    pub(super) parties: Vec<Party>,
    pub(super) mandates: Vec<Mandate>,
    pub(super) judging: Judging,
    pub(super) unpacked: BTreeSet<PartyId>,
    pub(super) large: Vec<Large>,
    pub(super) agreed: Vec<Agreed>,
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) files: Files,
    pub(super) auditors: Vec<Auditor>,
}

/// Reads the set. Err: everything that is wrong with it, in the order of files and lines; never empty.
pub(super) fn load(sources: &[Source]) -> Result<Loaded, Vec<Problem>> {
    let mut reading = Reading::new(sources);
    for file in 0..sources.len() {
        reading.file(file);
    }
    reading.codes_have_one_owner();
    reading.identities_have_one_holder();
    reading.pins_are_few();
    reading.mandates_are_for_owned_codes();
    reading.judging_fits();
    reading.pulls_fit();
    reading.large_fits();
    reading.translations_fit();
    reading.endpoints_fit();
    reading.files_fit();
    reading.auditors_fit();
    if reading.problems.is_empty() && reading.parties.is_empty() {
        let file = sources.first().map_or("register", |source| &source.name);
        return Err(vec![Problem {
            file: file.to_owned(),
            line: 1,
            text: "there is no party in the register: add a [[party]]".to_owned(),
        }]);
    }
    if reading.problems.is_empty() {
        Ok(Loaded {
            parties: reading.parties,
            mandates: reading.mandates.into_iter().map(|(_, m)| m).collect(),
            judging: reading.judging.into_judging(),
            unpacked: reading.pulls.into_unpacked(),
            large: reading.large.into_iter().map(|(_, line)| line).collect(),
            agreed: reading.agreed.into_iter().map(|(_, line)| line).collect(),
            endpoints: reading.endpoints.into_iter().map(|(_, e)| e).collect(),
            files: Files(reading.files.into_iter().map(|(_, line)| line).collect()),
            auditors: reading.auditors.into_iter().map(|(_, line)| line).collect(),
        })
    } else {
        Err(reading.sorted_problems())
    }
}

struct Reading<'s> {
    sources: &'s [Source],
    parties: Vec<Party>,
    mandates: Vec<(Place, Mandate)>,
    judging: judging::Read,
    pulls: pull::Read,
    large: Vec<(Place, Large)>,
    agreed: Vec<(Place, Agreed)>,
    endpoints: Vec<(Place, Endpoint)>,
    files: Vec<(Place, FileLine)>,
    auditors: Vec<(Place, Auditor)>,
    /// Where things were said, for messages about pairs.
    codes: BTreeMap<PartyCode, Vec<(Place, PartyId, Period)>>,
    identities: BTreeMap<Identity, Vec<(Place, PartyId, Period)>>,
    problems: Vec<(Place, String)>,
}

impl<'s> Reading<'s> {
    fn new(sources: &'s [Source]) -> Self {
        Self {
            sources,
            parties: Vec::new(),
            mandates: Vec::new(),
            judging: judging::Read::default(),
            pulls: pull::Read::default(),
            large: Vec::new(),
            agreed: Vec::new(),
            endpoints: Vec::new(),
            files: Vec::new(),
            auditors: Vec::new(),
            codes: BTreeMap::new(),
            identities: BTreeMap::new(),
            problems: Vec::new(),
        }
    }

    fn file(&mut self, file: usize) {
        let Some(source) = self.sources.get(file) else {
            return;
        };
        let text = match std::str::from_utf8(&source.bytes) {
            Ok(text) => text,
            Err(error) => {
                let start = error.valid_up_to();
                self.problem(
                    file,
                    &(start..start),
                    "the file is not UTF-8: save it as UTF-8",
                );
                return;
            }
        };
        match toml::from_str::<File>(text) {
            Ok(content) => {
                for party in content.party {
                    self.party(file, party);
                }
                for mandate in content.mandate {
                    self.mandate(file, mandate);
                }
                for mode in content.mode {
                    self.mode(file, mode);
                }
                for history in content.history {
                    self.history(file, history);
                }
                for reading in content.reading {
                    self.reading(file, reading);
                }
                for pull in content.pull {
                    self.pull(file, &pull);
                }
                for line in content.translation {
                    self.translation(file, line);
                }
                for large in content.large {
                    self.large(file, large);
                }
                for endpoint in content.endpoint {
                    self.endpoint(file, endpoint);
                }
                for line in content.auditor {
                    self.auditor(file, line);
                }
                for line in content.tekst_bestand {
                    self.file_line(file, line);
                }
            }
            Err(error) => {
                let span = error.span().unwrap_or(0..0);
                self.problem(file, &span, error.message());
            }
        }
    }

    fn party(&mut self, file: usize, entry: PartyEntry) {
        let Some(id) = self.value::<PartyId>(file, &entry.id) else {
            return;
        };
        if entry.name.get_ref().trim().is_empty() {
            self.problem(
                file,
                &entry.name.span(),
                "a party has a name for people: fill it in",
            );
        }
        if self.parties.iter().any(|party| party.id == id) {
            let text = format!(
                "party \"{id}\" is described twice: put what belongs to it in one [[party]]"
            );
            self.problem(file, &entry.id.span(), text);
            return;
        }
        let mut party = Party {
            id: id.clone(),
            name: entry.name.into_inner(),
            codes: Vec::new(),
            identities: Vec::new(),
        };
        for code in entry.code {
            let place = self.place(file, &code.code.span());
            let period = self.period(file, code.from.as_ref(), code.until.as_ref());
            let kind = self.value::<CodeKind>(file, &code.kind);
            let value = self.value::<PartyCode>(file, &code.code);
            let (Some(kind), Some(value)) = (kind, value) else {
                continue;
            };
            if value.kind() != kind {
                let text = format!(
                    "{value} is no {}: correct the kind or the code",
                    kind.as_str()
                );
                self.problem(file, &code.code.span(), text);
                continue;
            }
            self.codes
                .entry(value)
                .or_default()
                .push((place, id.clone(), period));
            party.codes.push(Held {
                what: value,
                period,
            });
        }
        for certificate in entry.certificate {
            let place = self.place(file, &certificate.span());
            let certificate = certificate.into_inner();
            let period = self.period(file, certificate.from.as_ref(), certificate.until.as_ref());
            if let Some(identity) = self.identity(file, place, &id, &certificate) {
                self.identities.entry(identity.clone()).or_default().push((
                    place,
                    id.clone(),
                    period,
                ));
                party.identities.push(Held {
                    what: identity,
                    period,
                });
            }
        }
        self.parties.push(party);
    }

    fn codes_have_one_owner(&mut self) {
        for (code, owners) in &self.codes {
            for (place, other) in overlaps(owners) {
                self.problems.push((
                    place,
                    format!("code {code} has an owner on the same days at {}: let one period end before the other begins", self.at(other)),
                ));
            }
        }
    }

    fn period(
        &mut self,
        file: usize,
        from: Option<&Spanned<Datetime>>,
        until: Option<&Spanned<Datetime>>,
    ) -> Period {
        let period = Period {
            from: from.and_then(|value| self.day(file, value)),
            until: until.and_then(|value| self.day(file, value)),
        };
        if let (Some(first), Some(last), Some(value)) = (period.from, period.until, until)
            && last < first
        {
            self.problem(
                file,
                &value.span(),
                format!("the last day {last} is before the first day {first}"),
            );
        }
        period
    }

    fn day(&mut self, file: usize, value: &Spanned<Datetime>) -> Option<Date> {
        let datetime = value.get_ref();
        let day = match (datetime.date, datetime.time, datetime.offset) {
            (Some(day), None, None) => Date::new(
                i16::try_from(day.year).unwrap_or(0),
                i8::try_from(day.month).unwrap_or(0),
                i8::try_from(day.day).unwrap_or(0),
            )
            .ok(),
            _ => None,
        };
        if day.is_none() {
            self.problem(
                file,
                &value.span(),
                "a day is written as 2026-01-31, without a time",
            );
        }
        day
    }

    fn value<T>(&mut self, file: usize, text: &Spanned<String>) -> Option<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        self.checked(file, text, str::parse)
    }

    fn checked<T, E: Display>(
        &mut self,
        file: usize,
        text: &Spanned<String>,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        match read(text.get_ref()) {
            Ok(value) => Some(value),
            Err(error) => {
                self.problem(file, &text.span(), format!("{:?}: {error}", text.get_ref()));
                None
            }
        }
    }

    fn problem(&mut self, file: usize, span: &Range<usize>, text: impl Into<String>) {
        let place = self.place(file, span);
        self.problems.push((place, text.into()));
    }

    fn place(&self, file: usize, span: &Range<usize>) -> Place {
        let before = self
            .sources
            .get(file)
            .and_then(|source| source.bytes.get(..span.start));
        let line = before.map_or(1, |bytes| {
            1 + bytes.split(|b| *b == b'\n').count().saturating_sub(1)
        });
        Place { file, line }
    }

    fn at(&self, place: Place) -> String {
        let name = self
            .sources
            .get(place.file)
            .map_or("", |source| &source.name);
        format!("{name}:{}", place.line)
    }

    fn sorted_problems(mut self) -> Vec<Problem> {
        self.problems
            .sort_by_key(|(place, _)| (place.file, place.line));
        let name = |file: usize| self.sources.get(file).map(|source| source.name.clone());
        self.problems
            .iter()
            .map(|(place, text)| Problem {
                file: name(place.file).unwrap_or_default(),
                line: place.line,
                text: text.clone(),
            })
            .collect()
    }
}

/// Each holder whose period overlaps that of an earlier one, with the place of the earlier one.
fn overlaps(holders: &[(Place, PartyId, Period)]) -> Vec<(Place, Place)> {
    let mut found = Vec::new();
    for (at, (place, _, period)) in holders.iter().enumerate() {
        let earlier = holders
            .iter()
            .take(at)
            .find(|(_, _, other)| other.overlaps(period));
        if let Some((other, _, _)) = earlier {
            found.push((*place, *other));
        }
    }
    found
}
