//! A local code of a map with its targets, as rows.

use serde_json::{Map, Value};

use super::super::super::table::{self, Cells, Origin};
use super::super::{DEPENDS_ON, Kind, NONE, PRODUCT, PROPERTIES, RELATION, RELATIONSHIPS};
use super::{Group, Reading};
use crate::law::Law;
use crate::relation::Relation;

impl Reading<'_> {
    pub(super) fn element(&mut self, group: &Group<'_>, element: &Value, path: &str) {
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
}
