//! Reads what register files say about endpoints.

use std::path::{Path, PathBuf};

use http::Uri;
use serde::Deserialize;
use toml::Spanned;

use super::{Place, Reading};
use crate::register::endpoint::{CONCURRENT_MAX, Endpoint, EndpointKind, TIMEOUT_S_MAX};
use crate::register::party::PartyId;

/// Seconds that a call may take where nothing is said.
const TIMEOUT_S: u32 = 30;
/// Messages under way where nothing is said.
const CONCURRENT: u32 = 4;
/// What a GGk receiver is called where nothing is said.
const APPLICATION: &str = "GGk";
/// Characters that StUF allows in `applicatie`.
const APPLICATION_CHARS: std::ops::RangeInclusive<usize> = 3..=50;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EndpointEntry {
    party: Spanned<String>,
    kind: Spanned<String>,
    url: Spanned<String>,
    certificate: PathBuf,
    key: PathBuf,
    roots: PathBuf,
    #[serde(default)]
    crls: Vec<PathBuf>,
    #[serde(default)]
    crl_required: bool,
    timeout_s: Option<Spanned<u32>>,
    #[serde(default)]
    empty_200: bool,
    #[serde(default)]
    later_may_pass: bool,
    zip: Option<Spanned<bool>>,
    application: Option<Spanned<String>>,
    concurrent_max: Option<Spanned<u32>>,
    /// For people; the program does not use it.
    #[serde(rename = "note")]
    _note: Option<String>,
}

impl Reading<'_> {
    pub(super) fn endpoint(&mut self, file: usize, entry: Spanned<EndpointEntry>) {
        let place = self.place(file, &entry.span());
        let entry = entry.into_inner();
        let party = self.value::<PartyId>(file, &entry.party);
        let kind = self.value::<EndpointKind>(file, &entry.kind);
        let url = self.checked(file, &entry.url, endpoint_url);
        let timeout_s = self.within(file, entry.timeout_s.as_ref(), TIMEOUT_S, TIMEOUT_S_MAX);
        let concurrent_max = self.within(
            file,
            entry.concurrent_max.as_ref(),
            CONCURRENT,
            CONCURRENT_MAX,
        );
        let application = match &entry.application {
            None => Some(APPLICATION.to_owned()),
            Some(name) => self.checked(file, name, application),
        };
        let of_other_kinds = |vsp: bool| {
            let is_vsp = kind.is_some_and(|kind| kind == EndpointKind::VspPush);
            kind.is_some() && is_vsp != vsp
        };
        if let Some(zip) = entry.zip.as_ref().filter(|_| of_other_kinds(true)) {
            self.problem(file, &zip.span(), "zip is for vsp-push: leave it out");
        }
        if let Some(name) = entry.application.as_ref().filter(|_| of_other_kinds(false)) {
            let text = "application is for ggk0210 and ggk0310: leave it out";
            self.problem(file, &name.span(), text);
        }
        let (Some(party), Some(kind), Some(url), Some(application)) =
            (party, kind, url, application)
        else {
            return;
        };
        let folder = self
            .sources
            .get(file)
            .and_then(|source| Path::new(&source.name).parent())
            .map(Path::to_owned)
            .unwrap_or_default();
        self.endpoints.push((
            place,
            Endpoint {
                party,
                kind,
                url,
                certificate: folder.join(entry.certificate),
                key: folder.join(entry.key),
                roots: folder.join(entry.roots),
                crls: entry.crls.iter().map(|path| folder.join(path)).collect(),
                crl_required: entry.crl_required,
                timeout_s,
                empty_200: entry.empty_200,
                later_may_pass: entry.later_may_pass,
                zip: entry.zip.is_none_or(Spanned::into_inner),
                application,
                concurrent_max,
            },
        ));
    }

    /// One for each party, of a kind that its codes have.
    pub(super) fn endpoints_fit(&mut self) {
        let mut problems: Vec<(Place, String)> = Vec::new();
        for (at, (place, endpoint)) in self.endpoints.iter().enumerate() {
            let Endpoint { party, kind, .. } = endpoint;
            let earlier = self.endpoints.iter().take(at);
            if let Some((other, _)) = earlier.clone().find(|(_, other)| other.party == *party) {
                problems.push((
                    *place,
                    format!(
                        "party \"{party}\" has an endpoint at {}: a party has one",
                        self.at(*other)
                    ),
                ));
            }
            let Some(owner) = self.parties.iter().find(|known| known.id == *party) else {
                problems.push((
                    *place,
                    format!("party \"{party}\" of the endpoint is not in the register: add it or correct the id"),
                ));
                continue;
            };
            let fits = |held: &super::Held<super::PartyCode>| held.what.kind() == kind.of_codes();
            if owner.codes.is_empty() || !owner.codes.iter().all(fits) {
                problems.push((
                    *place,
                    format!(
                        "an endpoint of kind {kind} brings messages to a {}: party \"{party}\" must have such codes and no others",
                        kind.of_codes().as_str()
                    ),
                ));
            }
        }
        self.problems.extend(problems);
    }

    fn within(&mut self, file: usize, value: Option<&Spanned<u32>>, usual: u32, most: u32) -> u32 {
        let Some(value) = value else { return usual };
        let number = *value.get_ref();
        if number == 0 || number > most {
            self.problem(file, &value.span(), format!("expected 1 to {most}"));
        }
        number
    }
}

/// Err: not an https address of a server and a place on it.
fn endpoint_url(text: &str) -> Result<String, &'static str> {
    let wrong = "expected https://name[:port]/path, without a user, a query or a fragment";
    let uri: Uri = text.parse().map_err(|_| wrong)?;
    let authority = uri.authority().ok_or(wrong)?;
    let plain = uri.scheme_str() == Some("https")
        && !authority.as_str().contains('@')
        && uri.query().is_none()
        && !text.contains('#');
    if plain {
        Ok(text.to_owned())
    } else {
        Err(wrong)
    }
}

/// Err: StUF allows no such name.
fn application(text: &str) -> Result<String, &'static str> {
    if APPLICATION_CHARS.contains(&text.chars().count()) && !text.chars().any(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err("the name of an application has 3 to 50 characters")
    }
}
