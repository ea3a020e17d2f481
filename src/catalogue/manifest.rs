//! What a municipality says of its table: since when it is published, what it translates to, and what of it is applied to messages.
//!
//! It has no choice in what is done with a product that has several ways to go. Of these the row is taken that is preferred, and without one the message passes as
//! it is, with the reason: a message that waited for a choice would be kept from its receiver while his term runs, with all in it that is certain, and the choice
//! would stand beside the table instead of in it.

use std::collections::HashSet;
use std::ops::RangeInclusive;
use std::str::FromStr as _;

use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

use crate::finding::Class;
use crate::findings::Findings;
use crate::law::Municipality;
use crate::relation::Relation;
use crate::source::File;

/// What a contract may call a dagdeel, in minutes.
pub(crate) const DAYPART_MINUTES: RangeInclusive<u32> = 1..=1440;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ManifestFile {
    municipality: Spanned<String>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    made_up: bool,
    #[serde(deserialize_with = "crate::period::day")]
    published: Date,
    canonical: Vec<Spanned<String>>,
    #[serde(default)]
    include: Vec<Spanned<String>>,
    #[serde(default)]
    apply: Vec<Spanned<String>>,
    /// No choice any more: see below.
    on_ambiguous: Option<Spanned<String>>,
    #[serde(default)]
    daypart_minutes: Option<Spanned<u32>>,
    #[serde(default)]
    enabled: bool,
}

/// The manifest of a municipality.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// Whose it is.
    pub municipality: Municipality,
    /// Its name, for people.
    pub name: String,
    /// Made up, for tests: no such table exists.
    pub made_up: bool,
    /// When the table was published. Nothing may start before this day.
    pub published: Date,
    /// The releases it translates to, with their lines. Of one law the first that has a code decides.
    pub canonical: Vec<(String, u32)>,
    /// The regions whose rows it takes over, with their lines.
    pub include: Vec<(String, u32)>,
    /// The relations that are applied to messages.
    pub apply: Vec<Relation>,
    /// Minutes of a dagdeel by its contracts; none: a dagdeel is not turned into time.
    pub daypart_minutes: Option<u32>,
    /// Whether messages are translated at all, once the provider agrees too.
    pub enabled: bool,
}

impl Manifest {
    /// Reads it. None, with findings, when it cannot be read.
    pub(crate) fn read(file: &File, findings: &mut Findings) -> Option<Self> {
        let parsed: ManifestFile = match toml::from_str(&file.text) {
            Ok(parsed) => parsed,
            Err(error) => {
                let line = error.span().map_or(1, |span| file.line_of(span.start));
                findings.push(file.finding(
                    line,
                    Class::F08,
                    format!("Het manifest is niet te lezen ({}).", error.message()),
                    "Verbeter deze regel.",
                ));
                return None;
            }
        };
        let before = findings.len();
        let mut wrong = |offset: usize, text: String, remedy: &str| {
            findings.push(file.finding(file.line_of(offset), Class::F08, text, remedy));
        };
        let municipality = Municipality::from_str(parsed.municipality.get_ref());
        if municipality.is_err() {
            wrong(
                parsed.municipality.span().start,
                "`municipality` is geen CBS-code.".to_owned(),
                "Schrijf vier cijfers, zoals \"0777\".",
            );
        }
        let mut apply = Vec::new();
        for name in &parsed.apply {
            match name.get_ref().parse::<Relation>() {
                Ok(relation) if relation.may_be_applied() => apply.push(relation),
                Ok(_) | Err(_) => wrong(
                    name.span().start,
                    format!("`{}` kan niet worden toegepast.", name.get_ref()),
                    "Noem alleen exact, close en local-narrower.",
                ),
            }
        }
        for names in [&parsed.canonical, &parsed.include] {
            let mut known = HashSet::new();
            for name in names {
                if !known.insert(name.get_ref()) {
                    wrong(
                        name.span().start,
                        format!("`{}` staat er twee keer.", name.get_ref()),
                        "Haal er een weg.",
                    );
                }
            }
        }
        if let Some(minutes) = &parsed.daypart_minutes
            && !DAYPART_MINUTES.contains(minutes.get_ref())
        {
            wrong(
                minutes.span().start,
                "`daypart_minutes` is geen aantal minuten van een dagdeel.".to_owned(),
                "Schrijf de minuten van een dagdeel volgens het contract, zoals 240.",
            );
        }
        if findings.len() > before {
            return None;
        }
        if let Some(value) = &parsed.on_ambiguous {
            // The rest is what it was: tables that were in force before stay readable.
            findings.push(file.finding(
                file.line_of(value.span().start),
                Class::F08,
                "`on_ambiguous` bestaat niet: geen bericht wacht op een keuze. Zijn er meer wegen, dan geldt de rij met `preferred`, en zonder zo'n rij gaat het bericht ongewijzigd door.".to_owned(),
                "Haal deze regel weg, en zet `preferred` op yes bij de rij die bedoeld is.",
            ));
        }
        let lines = |names: Vec<Spanned<String>>| {
            let line = |name: Spanned<String>| {
                let at = file.line_of(name.span().start);
                (name.into_inner(), at)
            };
            names.into_iter().map(line).collect()
        };
        Some(Self {
            municipality: municipality.ok()?,
            name: parsed.name,
            made_up: parsed.made_up,
            published: parsed.published,
            canonical: lines(parsed.canonical),
            include: lines(parsed.include),
            apply,
            daypart_minutes: parsed.daypart_minutes.map(Spanned::into_inner),
            enabled: parsed.enabled,
        })
    }
}
