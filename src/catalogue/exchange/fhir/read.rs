//! A map of others, read strictly: what it says is taken or named, and what it says wrong is a finding with its place in the file.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde_json::{Map, Value};

use super::super::table::{self, Cells, Origin};
use super::super::{Imported, Loss, Set, URN, releases, wrong};
use super::{CANONICAL, DEPENDS_ON, Kind, NONE, PRODUCT, PROPERTIES, RELATION, RELATIONSHIPS};
use crate::finding::Finding;
use crate::findings::Findings;
use crate::law::{Law, Municipality};
use crate::load::Catalogue;
use crate::relation::Relation;

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

    /// An object with these keys. Others are named as what has no place.
    fn object<'v>(
        &mut self,
        value: &'v Value,
        path: &str,
        keys: &[&str],
    ) -> Option<&'v Map<String, Value>> {
        let Some(object) = value.as_object() else {
            self.wrong(
                path,
                "hier hoort een object.",
                "Zie ConceptMap van FHIR R5.",
            );
            return None;
        };
        let place: String = path
            .chars()
            .filter(|c| !matches!(c, '[' | ']' | '0'..='9'))
            .collect();
        for key in object.keys().filter(|key| !keys.contains(&key.as_str())) {
            self.losses.insert(format!("{place}.{key}"));
        }
        Some(object)
    }

    /// The list of this key; empty when it is not there.
    fn list<'v>(&mut self, object: &'v Map<String, Value>, path: &str, key: &str) -> &'v [Value] {
        match object.get(key) {
            None => &[],
            Some(Value::Array(list)) => list,
            Some(_) => {
                self.wrong(
                    &format!("{path}.{key}"),
                    "hier hoort een lijst.",
                    "Zie ConceptMap van FHIR R5.",
                );
                &[]
            }
        }
    }

    /// The text of this key; empty when it is not there.
    fn text<'v>(&mut self, object: &'v Map<String, Value>, path: &str, key: &str) -> &'v str {
        match object.get(key) {
            None => "",
            Some(Value::String(text)) => text,
            Some(_) => {
                self.wrong(
                    &format!("{path}.{key}"),
                    "hier hoort tekst.",
                    "Zie ConceptMap van FHIR R5.",
                );
                ""
            }
        }
    }

    fn yes(&mut self, object: &Map<String, Value>, path: &str, key: &str) -> bool {
        match object.get(key) {
            None => false,
            Some(Value::Bool(yes)) => *yes,
            Some(_) => {
                self.wrong(
                    &format!("{path}.{key}"),
                    "hier hoort true of false.",
                    "Zie ConceptMap van FHIR R5.",
                );
                false
            }
        }
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

    fn element(&mut self, group: &Group<'_>, element: &Value, path: &str) {
        const KEYS: [&str; 5] = ["code", "display", "noMap", "target", "extension"];
        let Some(element) = self.object(element, path, &KEYS) else {
            return;
        };
        let mut cells = table::empty();
        table::set(
            &mut cells,
            "law",
            group.law.map(Law::as_str).unwrap_or_default(),
        );
        table::set(&mut cells, "local_code", self.text(element, path, "code"));
        table::set(
            &mut cells,
            "local_label",
            self.text(element, path, "display"),
        );
        table::set(&mut cells, "valid_from", self.published.as_str());
        table::set(&mut cells, "state", "suggested");
        let is_without = self.yes(element, path, "noMap");
        let targets = self.list(element, path, "target");
        if is_without != targets.is_empty() {
            self.wrong(
                path,
                "een element heeft doelen, of `noMap`.",
                "Zet er een van de twee in.",
            );
            return;
        }
        for (index, target) in targets.iter().enumerate() {
            let path = format!("{path}.target[{index}]");
            if let Some(cells) = self.target(group, cells.clone(), target, &path) {
                self.row(path, group, cells);
            }
        }
        if !is_without {
            if element.contains_key("extension") {
                // Ours stands only where there is no counterpart.
                self.losses
                    .insert("ConceptMap.group.element.extension".to_owned());
            }
            return;
        }
        table::set(&mut cells, "relation", "none");
        for (index, extension) in self.list(element, path, "extension").iter().enumerate() {
            let path = format!("{path}.extension[{index}]");
            if let Some(extension) = self.object(extension, &path, &["url", "extension"]) {
                let url = self.text(extension, &path, "url");
                if url == NONE {
                    self.without(&mut cells, extension, &path);
                } else {
                    self.losses
                        .insert(format!("ConceptMap.group.element.extension {url}"));
                }
            }
        }
        let origin = Origin {
            line: 0,
            path: path.to_owned(),
        };
        self.rows.push((origin, None, cells));
    }

    fn row(&mut self, path: String, group: &Group<'_>, cells: Cells) {
        let origin = Origin { line: 0, path };
        self.rows
            .push((origin, group.release.map(str::to_owned), cells));
    }

    /// What a row without a counterpart says more.
    fn without(&mut self, cells: &mut Cells, extension: &Map<String, Value>, path: &str) {
        for (index, said) in self.list(extension, path, "extension").iter().enumerate() {
            let path = format!("{path}.extension[{index}]");
            let Some(object) = said.as_object() else {
                self.wrong(
                    &path,
                    "hier hoort een object.",
                    "Zie Extension van FHIR R5.",
                );
                continue;
            };
            let name = self.text(object, &path, "url");
            let codes = DEPENDS_ON.iter().chain(&PRODUCT);
            let codes = codes.map(|(_, column)| (*column, Kind::Code));
            let known = codes.chain(PROPERTIES).find(|(known, _)| *known == name);
            match known {
                Some((column, kind)) => {
                    if let Some(cell) = self.value(object, &path, "url", kind) {
                        table::set(cells, column, cell);
                    }
                }
                None => {
                    self.losses
                        .insert(format!("ConceptMap.group.element.extension {name}"));
                }
            }
        }
    }

    fn target(
        &mut self,
        group: &Group<'_>,
        mut cells: Cells,
        target: &Value,
        path: &str,
    ) -> Option<Cells> {
        const KEYS: [&str; 6] = [
            "code",
            "display",
            "relationship",
            "dependsOn",
            "product",
            "property",
        ];
        let target = self.object(target, path, &KEYS)?;
        if group.release.is_none() {
            self.wrong(
                path,
                "de groep heeft geen `target`, en dit element wel een doel.",
                "Noem bij de groep de uitgave waaruit de doelen komen.",
            );
            return None;
        }
        table::set(&mut cells, "canonical", self.text(target, path, "code"));
        for (key, names) in [("dependsOn", &DEPENDS_ON[..]), ("product", &PRODUCT[..])] {
            for (index, value) in self.list(target, path, key).iter().enumerate() {
                let path = format!("{path}.{key}[{index}]");
                let Some(object) = value.as_object() else {
                    self.wrong(
                        &path,
                        "hier hoort een object.",
                        "Zie ConceptMap van FHIR R5.",
                    );
                    continue;
                };
                let name = self.text(object, &path, "attribute");
                match names.iter().find(|(known, _)| *known == name) {
                    Some((_, column)) => {
                        if let Some(cell) = self.value(object, &path, "attribute", Kind::Code) {
                            table::set(&mut cells, column, cell);
                        }
                    }
                    // A condition that is not understood narrows the row in a way that would be lost.
                    None if key == "dependsOn" => self.wrong(
                        &path,
                        "een voorwaarde die hier niet bestaat.",
                        "Alleen category, unit en variant bestaan; haal het doel weg of herschrijf het.",
                    ),
                    None => {
                        self.losses.insert(format!("ConceptMap.group.element.target.product {name}"));
                    }
                }
            }
        }
        let mut relation = None;
        for (index, property) in self.list(target, path, "property").iter().enumerate() {
            let path = format!("{path}.property[{index}]");
            let Some(object) = property.as_object() else {
                self.wrong(
                    &path,
                    "hier hoort een object.",
                    "Zie ConceptMap van FHIR R5.",
                );
                continue;
            };
            let name = self.text(object, &path, "code");
            if name == RELATION {
                relation = self.value(object, &path, "code", Kind::Code);
            } else if let Some((column, kind)) = PROPERTIES.iter().find(|(known, _)| *known == name)
            {
                if let Some(cell) = self.value(object, &path, "code", *kind) {
                    table::set(&mut cells, column, cell);
                }
            } else {
                self.losses
                    .insert(format!("ConceptMap.group.element.target.property {name}"));
            }
        }
        let relationship = self.text(target, path, "relationship");
        let relation = self.relation(path, relationship, relation.as_deref())?;
        table::set(&mut cells, "relation", relation.as_str());
        Some(cells)
    }

    fn relation(
        &mut self,
        path: &str,
        relationship: &str,
        named: Option<&str>,
    ) -> Option<Relation> {
        let mut meant = RELATIONSHIPS
            .iter()
            .filter(|(_, word)| *word == relationship)
            .filter(|(relation, _)| named.is_none_or(|named| relation.as_str() == named));
        let relation = meant.next().map(|(relation, _)| *relation);
        if relation.is_none() {
            self.wrong(
                path,
                "`relationship` is geen relatie die hier bestaat, of past niet bij `relation`.",
                "Gebruik equivalent, related-to, source-is-narrower-than-target of source-is-broader-than-target.",
            );
        }
        relation
    }

    /// A value as a cell of ours; beside it stands only its name.
    fn value(
        &mut self,
        object: &Map<String, Value>,
        path: &str,
        name: &str,
        kind: Kind,
    ) -> Option<String> {
        let place = format!("{path}.{}", kind.key());
        if object.keys().any(|key| key != name && key != kind.key()) {
            self.wrong(
                path,
                "een waarde van een andere soort dan hier hoort.",
                "Zie `property` van dit bestand.",
            );
            return None;
        }
        let cell = match (kind, object.get(kind.key())) {
            (Kind::Code | Kind::Text | Kind::Day, Some(Value::String(text))) => Some(text.clone()),
            // What is not so is not said.
            (Kind::Yes, Some(Value::Bool(false))) => Some(String::new()),
            (Kind::Yes, Some(Value::Bool(true))) => {
                let collision = ["code", "url"]
                    .iter()
                    .any(|key| object.get(*key).and_then(Value::as_str) == Some("collision"));
                Some(if collision { "accepted" } else { "yes" }.to_owned())
            }
            (Kind::Decimal, Some(Value::Number(number))) => number.as_f64().and_then(euros),
            _ => None,
        };
        if cell.is_none() {
            self.wrong(
                &place,
                "de waarde ontbreekt of is niet te lezen.",
                "Zie `property` van dit bestand.",
            );
        }
        cell
    }
}

/// Euros with two decimals. None when they are no whole cents.
fn euros(value: f64) -> Option<String> {
    let text = format!("{value:.2}");
    let is_whole = value >= 0.0 && text.parse() == Ok(value);
    is_whole.then_some(text)
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
