//! Reads register files. The whole set is good or the whole set is refused, with every problem
//! named by file and line. It looks at one set of files and at nothing outside it.

use super::code::{CodeKind, PartyCode};
use super::identity::{self, Anchor, Identity, Key};
use super::judging::Judging;
use super::mandate::{Direction, Mandate};
use super::party::{Held, Party, PartyId, Period};
use super::{Problem, Source};
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::ops::Range;
use std::str::FromStr;
use toml::Spanned;
use toml::value::Datetime;

mod judging;
mod pull;

/// Certificates of one party that may be pinned for the same day: the one in use and its successor.
pub const PINS_LIVE_MAX: usize = 2;

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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CertificateEntry {
    anchor: Spanned<String>,
    oin: Option<Spanned<String>>,
    uri: Option<Spanned<String>>,
    fingerprint: Option<Spanned<String>>,
    issuer: Option<Spanned<String>>,
    serial: Option<Spanned<String>>,
    from: Option<Spanned<Datetime>>,
    until: Option<Spanned<Datetime>>,
    /// For people; the program does not use it.
    #[serde(rename = "note")]
    _note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MandateEntry {
    party: Option<Spanned<String>>,
    #[serde(rename = "for")]
    code: Spanned<String>,
    direction: Spanned<String>,
    laws: Spanned<Vec<Spanned<String>>>,
    #[serde(default)]
    kinds: Option<Spanned<Vec<Spanned<u16>>>>,
    from: Spanned<Datetime>,
    until: Option<Spanned<Datetime>>,
    /// For people; the program does not use it.
    #[serde(rename = "note")]
    _note: Option<String>,
}

/// The direction of a mandate to the gateway itself.
const ANSWER: &str = "answer";

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

    fn identity(
        &mut self,
        file: usize,
        place: Place,
        party: &PartyId,
        entry: &CertificateEntry,
    ) -> Option<Identity> {
        let anchor = self.value::<Anchor>(file, &entry.anchor)?;
        let key = match (
            &entry.oin,
            &entry.uri,
            &entry.fingerprint,
            &entry.issuer,
            &entry.serial,
        ) {
            (Some(oin), None, None, None, None) => {
                if !anchor.carries_oin() {
                    let text = format!(
                        "{anchor} certificates have no OIN that counts: pin the certificate by its fingerprint"
                    );
                    self.problem(file, &oin.span(), text);
                    return None;
                }
                Key::Oin(self.value(file, oin)?)
            }
            (None, Some(uri), None, None, None) => {
                if !anchor.carries_party() {
                    let text = format!(
                        "{anchor} certificates have no party URI that counts: only {} does",
                        Anchor::OperatorCa
                    );
                    self.problem(file, &uri.span(), text);
                    return None;
                }
                match identity::party_of_uri(uri.get_ref()) {
                    Some(named) if named == *party => Key::Uri(uri.get_ref().as_str().into()),
                    Some(named) => {
                        let text = format!(
                            "the URI names party \"{named}\" and stands under party \"{party}\": make them the same"
                        );
                        self.problem(file, &uri.span(), text);
                        return None;
                    }
                    None => {
                        self.problem(file, &uri.span(), identity::IdentityError::Uri.to_string());
                        return None;
                    }
                }
            }
            (None, None, Some(fingerprint), None, None) => {
                Key::Fingerprint(self.checked(file, fingerprint, identity::sha256_from_hex)?)
            }
            (None, None, None, Some(issuer), Some(serial)) => {
                let issuer = self.checked(file, issuer, identity::sha256_from_hex);
                let serial = self.checked(file, serial, identity::serial_from_hex);
                Key::IssuerSerial {
                    issuer: issuer?,
                    serial: serial?,
                }
            }
            _ => {
                self.problems.push((
                    place,
                    "a certificate is named in one way: oin, uri, fingerprint, or issuer and serial together".to_owned(),
                ));
                return None;
            }
        };
        Some(Identity { anchor, key })
    }

    fn mandate(&mut self, file: usize, entry: Spanned<MandateEntry>) {
        let place = self.place(file, &entry.span());
        let entry = entry.into_inner();
        if entry.direction.get_ref() == ANSWER {
            self.answering(file, place, entry);
            return;
        }
        let party = if let Some(party) = &entry.party {
            self.value::<PartyId>(file, party)
        } else {
            self.problems.push((
                place,
                "a mandate names the party that may act: add party".to_owned(),
            ));
            None
        };
        let code = self.value::<PartyCode>(file, &entry.code);
        let direction = self.value::<Direction>(file, &entry.direction);
        let period = self.period(file, Some(&entry.from), entry.until.as_ref());
        let laws = self.laws(file, entry.laws);
        let kinds = self.kinds(file, entry.kinds);
        if let (Some(party), Some(code), Some(direction)) = (party, code, direction) {
            self.mandates.push((
                place,
                Mandate {
                    party,
                    code,
                    direction,
                    laws,
                    kinds: kinds.into_iter().map(|(_, kind)| kind).collect(),
                    period,
                },
            ));
        }
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

    fn identities_have_one_holder(&mut self) {
        for (identity, holders) in &self.identities {
            for (place, other) in overlaps(holders) {
                self.problems.push((
                    place,
                    format!("{identity} stands for a party on the same days at {}: one certificate is one party", self.at(other)),
                ));
            }
        }
    }

    fn pins_are_few(&mut self) {
        for party in &self.parties {
            let pins: Vec<&Held<Identity>> = party
                .identities
                .iter()
                .filter(|held| held.what.key.is_pin())
                .collect();
            let crowded = pins.iter().find(|pin| {
                pins.iter()
                    .filter(|other| other.period.contains(pin.period.begins()))
                    .count()
                    > PINS_LIVE_MAX
            });
            let place = crowded
                .and_then(|pin| self.identities.get(&pin.what))
                .and_then(|said| said.iter().find(|(_, id, _)| *id == party.id));
            if let Some((place, ..)) = place {
                self.problems.push((
                    *place,
                    format!(
                        "party \"{}\" has more than {PINS_LIVE_MAX} pinned certificates on the same day: end those that were replaced",
                        party.id
                    ),
                ));
            }
        }
    }

    fn mandates_are_for_owned_codes(&mut self) {
        let mut mandates = std::mem::take(&mut self.mandates);
        for (place, mandate) in &mut mandates {
            if !self.parties.iter().any(|party| party.id == mandate.party) {
                self.problems.push((
                    *place,
                    format!("party \"{}\" of the mandate is not in the register: add it or correct the id", mandate.party),
                ));
            }
            match self.given(&mandate.code, &mandate.period) {
                Some(given) => mandate.period = given,
                None => self.problems.push((
                    *place,
                    format!("nobody owns code {} during the mandate: a mandate comes from an owner in the register", mandate.code),
                )),
            }
        }
        self.mandates = mandates;
    }

    /// The days of a mandate for a code on which whoever gave it owns the code: its owner on the first of these days, or the first one after.
    /// A later owner has not given it. `None`: nobody owns the code on any of them.
    fn given(&self, code: &PartyCode, period: &Period) -> Option<Period> {
        let owners = self.codes.get(code)?.iter();
        let mut owners: Vec<_> = owners
            .filter(|(_, _, owned)| owned.overlaps(period))
            .map(|(_, owner, owned)| (owner, owned))
            .collect();
        owners.sort_by_key(|(_, owned)| owned.begins());
        let mut owners = owners.into_iter();
        let (giver, first) = owners.next()?;
        let mut until = first.until;
        for (owner, owned) in owners {
            // The same owner again from the next day on: written in two lines, and one ownership.
            let next = until.and_then(|until| until.tomorrow().ok());
            if owner != giver || next != owned.from {
                break;
            }
            until = owned.until;
        }
        let ends = [period.until, until].into_iter().flatten().min();
        Some(Period {
            from: period.from.max(first.from),
            until: ends,
        })
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
