//! A map of others, read strictly: what it says is taken or named, and what it says wrong is a finding with its place in the file.

mod element;
mod value;

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde_json::{Map, Value};

use super::super::table::{self, Cells, Origin};
use super::super::{Imported, Loss, Set, URN, releases, wrong};
use super::CANONICAL;
use crate::finding::Finding;
use crate::findings::Findings;
use crate::law::{Law, Municipality};
use crate::load::Catalogue;

/// Reads a ConceptMap; `file` is its name for findings. Without a state a row is a suggestion, without a first day it holds from the day of publication. Err:
/// what is wrong with it, all of it.
pub fn import(catalogue: &Catalogue, file: &str, text: &str) -> Result<Imported, Vec<Finding>> {
    let root: Value = match serde_json::from_str(text) {
        Ok(root) => root,
        Err(error) => {
            let line = u32::try_from(error.line()).unwrap_or(u32::MAX);
            return Err(vec![wrong(
                file,
                line,
                "Het bestand is geen JSON.",
                "Neem een ConceptMap van FHIR R5 in JSON.",
            )]);
        }
    };
    let mut reading = Reading {
        catalogue,
        file,
        municipality: None,
        published: String::new(),
        rows: Vec::new(),
        losses: BTreeSet::new(),
        findings: Findings::default(),
    };
    let head = reading.root(&root);
    let Reading {
        municipality,
        rows,
        losses,
        mut findings,
        ..
    } = reading;
    let mappings = table::read(file, rows);
    match (head, municipality, mappings) {
        (Some(head), Some(municipality), Ok(mappings)) if findings.is_empty() => Ok(Imported {
            set: Set {
                municipality,
                name: head.title,
                made_up: head.made_up,
                published: head.published,
                canonical: releases(head.canonical, &mappings),
                mappings,
            },
            losses: losses.into_iter().map(Loss::Foreign).collect(),
        }),
        (_, municipality, mappings) => {
            findings.extend(mappings.err().unwrap_or_default());
            if findings.is_empty() && municipality.is_none() {
                findings.push(wrong(
                    file,
                    0,
                    "Er staat geen groep in.",
                    "Neem een ConceptMap met rijen.",
                ));
            }
            Err(findings.told())
        }
    }
}

/// What is said of the map as a whole.
struct Head {
    title: String,
    made_up: bool,
    published: Date,
    canonical: Vec<String>,
}

struct Reading<'r> {
    catalogue: &'r Catalogue,
    file: &'r str,
    municipality: Option<Municipality>,
    published: String,
    rows: Vec<(Origin, Option<String>, Cells)>,
    losses: BTreeSet<String>,
    findings: Findings,
}

/// A group, as far as its elements need it.
struct Group<'c> {
    law: Option<Law>,
    release: Option<&'c str>,
}

impl Reading<'_> {
    fn wrong(&mut self, path: &str, text: &str, remedy: &str) {
        let text = format!("{path}: {text}");
        self.findings.push(wrong(self.file, 0, text, remedy));
    }

    fn root(&mut self, root: &Value) -> Option<Head> {
        const KEYS: [&str; 10] = [
            "resourceType",
            "url",
            "title",
            "status",
            "experimental",
            "date",
            "extension",
            "property",
            "additionalAttribute",
            "group",
        ];
        const R4: [&str; 4] = [
            "sourceUri",
            "sourceCanonical",
            "targetUri",
            "targetCanonical",
        ];
        let path = "ConceptMap";
        let root = self.object(root, path, &KEYS)?;
        if self.text(root, path, "resourceType") != "ConceptMap" {
            self.wrong(
                path,
                "dit is geen ConceptMap.",
                "Neem een ConceptMap van FHIR R5.",
            );
            return None;
        }
        if R4.iter().any(|key| root.contains_key(*key)) || says_equivalence(root) {
            self.wrong(
                path,
                "dit is FHIR R4 (`equivalence`): daar lezen wider en narrower vanuit het doel, en in R5 andersom.",
                "Zet het bestand om naar R5 (`relationship`) met een programma dat beide kent.",
            );
            return None;
        }
        if !matches!(self.text(root, path, "status"), "" | "active" | "draft") {
            self.losses.insert("ConceptMap.status".to_owned());
        }
        if !self.text(root, path, "url").starts_with(URN) && root.contains_key("url") {
            self.losses.insert("ConceptMap.url".to_owned());
        }
        let date = self.text(root, path, "date");
        // A moment counts as its day.
        let day = date.get(..10).unwrap_or(date);
        let published: Option<Date> = day.parse().ok();
        if published.is_none() {
            self.wrong(
                path,
                "`date` is geen dag.",
                "Zet de dag van publicatie in `date`; geen rij mag eerder beginnen.",
            );
        }
        day.clone_into(&mut self.published);
        let mut canonical = Vec::new();
        for (index, extension) in self.list(root, path, "extension").iter().enumerate() {
            let path = format!("{path}.extension[{index}]");
            if let Some(extension) = self.object(extension, &path, &["url", "valueString"]) {
                let url = self.text(extension, &path, "url");
                if url == CANONICAL {
                    canonical.push(self.text(extension, &path, "valueString").to_owned());
                } else {
                    self.losses.insert(format!("ConceptMap.extension {url}"));
                }
            }
        }
        for (index, group) in self.list(root, path, "group").iter().enumerate() {
            self.group(group, &format!("{path}.group[{index}]"));
        }
        Some(Head {
            title: self.text(root, path, "title").to_owned(),
            made_up: self.yes(root, path, "experimental"),
            published: published?,
            canonical,
        })
    }

    fn group(&mut self, group: &Value, path: &str) {
        let catalogue = self.catalogue;
        let Some(group) = self.object(group, path, &["source", "target", "element"]) else {
            return;
        };
        let source = self.text(group, path, "source").strip_prefix(URN);
        let source = source.and_then(|source| source.strip_prefix("gm"));
        let (code, law) = source.map_or(("", None), |source| match source.split_once(':') {
            Some((code, law)) => (code, Some(law)),
            None => (source, None),
        });
        match (code.parse::<Municipality>(), self.municipality) {
            (Err(_), _) => self.wrong(
                path,
                "`source` noemt geen gemeente.",
                "Schrijf urn:knooppunt:catalogue:gm, de CBS-code, een dubbele punt en jw of wmo.",
            ),
            (Ok(one), Some(other)) if one != other => self.wrong(
                path,
                "`source` noemt een andere gemeente dan de groep hiervoor.",
                "Zet elke gemeente in een eigen bestand.",
            ),
            (Ok(one), _) => self.municipality = Some(one),
        }
        let target = self.text(group, path, "target");
        let release = target
            .strip_prefix(URN)
            .and_then(|name| catalogue.release(name));
        if release.is_none() && !target.is_empty() {
            self.wrong(
                path,
                "`target` noemt geen landelijke uitgave die hier is.",
                "Schrijf urn:knooppunt:catalogue: en de uitgave, zoals jz21-2019-02.",
            );
        }
        let law = match law.map(str::parse::<Law>) {
            Some(Ok(law)) => Some(law),
            Some(Err(_)) => {
                self.wrong(path, "`source` noemt geen wet.", "Eindig met :jw of :wmo.");
                None
            }
            None => release.map(|release| release.entry.law),
        };
        let of = Group {
            law,
            release: release.map(|release| release.entry.name.as_str()),
        };
        for (index, element) in self.list(group, path, "element").iter().enumerate() {
            self.element(&of, element, &format!("{path}.element[{index}]"));
        }
    }
}

/// Whether a target says what R4 says in the place of `relationship`.
fn says_equivalence(root: &Map<String, Value>) -> bool {
    fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
        value.and_then(Value::as_array).into_iter().flatten()
    }
    list(root.get("group"))
        .flat_map(|group| list(group.get("element")))
        .flat_map(|element| list(element.get("target")))
        .any(|target| target.get("equivalence").is_some())
}
