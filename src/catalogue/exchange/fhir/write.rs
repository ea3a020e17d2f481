//! The map as it is written.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::table::{self, Cells};
use super::super::{Exported, Loss, Mapping, Set, URN, of};
use super::{CANONICAL, DEPENDS_ON, Kind, NONE, PRODUCT, PROPERTIES, RELATION, RELATIONSHIPS};
use crate::load::{Catalogue, Table};
use crate::relation::{Relation, State};

/// Writes the rows of a table. A row that was rejected or put aside is left out, and so said.
pub fn export(catalogue: &Catalogue, table: &Table) -> Exported {
    let (all, set, mut losses) = of(catalogue, table);
    let mut mappings = Vec::new();
    for (place, mapping) in all {
        match mapping.state {
            State::Suggested | State::Confirmed => mappings.push(mapping),
            state @ (State::Rejected | State::Ignored) => losses.push(Loss::State { place, state }),
        }
    }
    let mut text = serde_json::to_string_pretty(&map(&set, &mappings)).unwrap_or_default();
    text.push('\n');
    Exported { text, losses }
}

fn map(set: &Set, mappings: &[Mapping]) -> Value {
    let gm = format!("{URN}gm{}", set.municipality);
    let declared = |name: &str, kind: Kind| json!({ "code": name, "uri": format!("{URN}slot:{name}"), "type": kind.as_str() });
    let properties = PROPERTIES.iter().map(|(name, kind)| declared(name, *kind));
    let properties = properties.chain([declared(RELATION, Kind::Code)]);
    let attributes = DEPENDS_ON
        .iter()
        .map(|(name, _)| declared(name, Kind::Code));
    // Of each law and release a group; rows without a counterpart have no release.
    let mut groups: BTreeMap<_, Vec<&Mapping>> = BTreeMap::new();
    for mapping in mappings {
        let release = mapping.target.as_ref().map(|(release, _)| release);
        groups
            .entry((mapping.key.law, release))
            .or_default()
            .push(mapping);
    }
    let groups = groups.into_iter().map(|((law, release), mappings)| {
        let mut group = Map::new();
        group.insert("source".to_owned(), format!("{gm}:{law}").into());
        if let Some(release) = release {
            group.insert("target".to_owned(), format!("{URN}{release}").into());
        }
        group.insert("element".to_owned(), elements(mappings));
        Value::Object(group)
    });
    let is_settled = mappings
        .iter()
        .all(|mapping| mapping.state == State::Confirmed);
    let canonical = set.canonical.iter();
    let canonical = canonical.map(|name| json!({ "url": CANONICAL, "valueString": name }));
    let mut map = json!({
        "resourceType": "ConceptMap",
        "url": gm,
        "status": if is_settled { "active" } else { "draft" },
        "experimental": set.made_up,
        "date": set.published.to_string(),
        "property": properties.collect::<Vec<_>>(),
        "additionalAttribute": attributes.collect::<Vec<_>>(),
    });
    for (key, list) in [
        ("extension", canonical.collect::<Vec<_>>()),
        ("group", groups.collect()),
    ] {
        // No list of FHIR is empty.
        if let (Some(map), false) = (map.as_object_mut(), list.is_empty()) {
            map.insert(key.to_owned(), list.into());
        }
    }
    if let (Some(map), false) = (map.as_object_mut(), set.name.is_empty()) {
        map.insert("title".to_owned(), set.name.as_str().into());
    }
    map
}

/// An element for each code and local name; for each row without a counterpart one of its own.
fn elements(mut mappings: Vec<&Mapping>) -> Value {
    mappings.sort_by_key(|mapping| (mapping.key.code, &mapping.label));
    let mut elements = Vec::new();
    for of_code in mappings.chunk_by(|a, b| (a.key.code, &a.label) == (b.key.code, &b.label)) {
        let mut targets = Vec::new();
        for mapping in of_code {
            if mapping.relation == Relation::None {
                elements.push(without(mapping));
            } else {
                targets.push(target(mapping));
            }
        }
        if let (Some(first), false) = (of_code.first(), targets.is_empty()) {
            let mut element = element(first);
            element.insert("target".to_owned(), targets.into());
            elements.push(Value::Object(element));
        }
    }
    elements.into()
}

fn element(mapping: &Mapping) -> Map<String, Value> {
    let mut element = Map::new();
    element.insert("code".to_owned(), mapping.key.code.as_str().into());
    if !mapping.label.is_empty() {
        element.insert("display".to_owned(), mapping.label.as_str().into());
    }
    element
}

fn target(mapping: &Mapping) -> Value {
    let cells = mapping.cells();
    let relationship = RELATIONSHIPS
        .iter()
        .find(|(relation, _)| *relation == mapping.relation)
        .map_or("related-to", |(_, relationship)| relationship);
    let mut target = Map::new();
    target.insert("code".to_owned(), cell(&cells, "canonical").into());
    if !mapping.target_label.is_empty() {
        target.insert("display".to_owned(), mapping.target_label.as_str().into());
    }
    target.insert("relationship".to_owned(), relationship.into());
    for (key, names) in [("dependsOn", &DEPENDS_ON[..]), ("product", &PRODUCT[..])] {
        let values = names.iter().filter_map(|(name, column)| {
            let value = value(&cells, column, Kind::Code)?;
            Some(json!({ "attribute": name, "valueCode": value }))
        });
        let values: Vec<_> = values.collect();
        if !values.is_empty() {
            target.insert(key.to_owned(), values.into());
        }
    }
    let mut properties: Vec<_> = PROPERTIES
        .iter()
        .filter_map(|(name, kind)| {
            let value = value(&cells, name, *kind)?;
            Some(json!({ "code": name, kind.key(): value }))
        })
        .collect();
    if relationship == "related-to" {
        properties.push(json!({ "code": RELATION, "valueCode": mapping.relation.as_str() }));
    }
    target.insert("property".to_owned(), properties.into());
    Value::Object(target)
}

/// A row without a counterpart: what it says more than its code stands in an extension, since `noMap` has no targets.
fn without(mapping: &Mapping) -> Value {
    let cells = mapping.cells();
    let codes = DEPENDS_ON.iter().map(|(_, column)| (*column, Kind::Code));
    let targets = PRODUCT.iter().map(|(_, column)| (*column, Kind::Code));
    let said = codes.chain(targets).chain(PROPERTIES);
    let said: Vec<_> = said
        .filter_map(|(name, kind)| {
            let value = value(&cells, name, kind)?;
            Some(json!({ "url": name, kind.key(): value }))
        })
        .collect();
    let mut element = element(mapping);
    element.insert("noMap".to_owned(), true.into());
    element.insert(
        "extension".to_owned(),
        json!([{ "url": NONE, "extension": said }]),
    );
    Value::Object(element)
}

fn cell<'c>(cells: &'c Cells, column: &str) -> &'c str {
    cells.get(table::column(column)).map_or("", String::as_str)
}

/// The value of a cell. None: it is empty.
fn value(cells: &Cells, column: &str, kind: Kind) -> Option<Value> {
    let cell = cell(cells, column);
    if cell.is_empty() {
        return None;
    }
    Some(match kind {
        Kind::Yes => true.into(),
        // Cents up to 32 bits are exact in a double, and written as short as they are.
        Kind::Decimal => cell.parse::<f64>().ok()?.into(),
        Kind::Code | Kind::Text | Kind::Day => cell.into(),
    })
}
