//! Answers against the published descriptions, where these are at hand: they are others' and no part of this repository. A small reader of the part of OpenAPI 3.0 that
//! they use.

use std::path::Path;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::Reply;

/// A published description.
#[derive(Clone, Copy, Debug)]
pub(super) enum Api {
    Push,
    Pull,
    V2,
    V3,
}

impl Api {
    /// The newest file of each; `None` where they are not at hand.
    fn description(self) -> Option<Value> {
        let name = match self {
            Self::Push => "push-v1-1.0.3.json",
            Self::Pull => "pull-v1-1.0.1.json",
            Self::V2 => "berichtstatus-v2-2.2.1.json",
            Self::V3 => "berichtstatus-v3-3.0.0.json",
        };
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/protocols/vsp");
        let text = std::fs::read_to_string(folder.join(name)).ok()?;
        Some(serde_json::from_str(&text).expect("a description"))
    }
}

/// Checks an answer against what is published for its path, method and status.
pub(super) fn answer(api: Api, path: &str, method: &str, reply: &Reply) {
    let Some(description) = api.description() else {
        return;
    };
    let status = reply.status.as_u16().to_string();
    let published = &description["paths"][path][method]["responses"][&status];
    assert!(
        published.is_object(),
        "{status} is not published for {method} {path}"
    );
    let Some(content) = published["content"].as_object() else {
        assert_eq!(reply.body.len(), 0, "no body is published for {status}");
        return;
    };
    let media = reply.header("content-type");
    assert!(
        content.contains_key(media),
        "{media} is not published for {status}"
    );
    if media == "application/json" {
        let wrong = wrong(&description, &content[media]["schema"], &reply.json(), "");
        assert!(wrong.is_empty(), "{wrong:?}");
    }
    assert_ne!(reply.status, StatusCode::INTERNAL_SERVER_ERROR);
}

/// Every place where a value is not as its schema says.
fn wrong(root: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.strip_prefix('#').expect("a place in the file");
        return wrong(root, root.pointer(pointer).expect("a schema"), value, at);
    }
    let mut found = Vec::new();
    let mut unless = |holds: bool, what: &str| {
        if !holds {
            found.push(format!("{at}: {what}"));
        }
    };
    let is_of_type = match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        None => true,
        Some(other) => panic!("type {other} is not read"),
    };
    unless(is_of_type, "another type");
    if let Some(allowed) = schema["enum"].as_array() {
        unless(allowed.contains(value), "not one of the values");
    }
    if let Some(text) = value.as_str() {
        let characters = text.chars().count() as u64;
        unless(
            schema["minLength"]
                .as_u64()
                .is_none_or(|min| characters >= min),
            "too short",
        );
        unless(
            schema["maxLength"]
                .as_u64()
                .is_none_or(|max| characters <= max),
            "too long",
        );
        let fits = match schema["format"].as_str() {
            Some("uuid") => text.parse::<knooppunt::envelope::vsp::uuid::Uuid>().is_ok(),
            Some("date-time") => text.parse::<jiff::Timestamp>().is_ok() && text.contains('T'),
            Some("uri") => text
                .parse::<http::Uri>()
                .is_ok_and(|uri| uri.host().is_some()),
            None => true,
            Some(other) => panic!("format {other} is not read"),
        };
        unless(fits, "another format");
    }
    if let Some(number) = value.as_i64() {
        unless(
            schema["minimum"].as_i64().is_none_or(|min| number >= min),
            "too small",
        );
        unless(
            schema["maximum"].as_i64().is_none_or(|max| number <= max),
            "too large",
        );
    }
    if let Some(list) = value.as_array() {
        let items = list.len() as u64;
        unless(
            schema["minItems"].as_u64().is_none_or(|min| items >= min),
            "too few",
        );
        unless(
            schema["maxItems"].as_u64().is_none_or(|max| items <= max),
            "too many",
        );
        for (number, item) in list.iter().enumerate() {
            found.extend(wrong(
                root,
                &schema["items"],
                item,
                &format!("{at}[{number}]"),
            ));
        }
    } else if let Some(fields) = value.as_object() {
        for required in schema["required"].as_array().into_iter().flatten() {
            let name = required.as_str().expect("a name");
            unless(fields.contains_key(name), &format!("{name} is missing"));
        }
        for (name, field) in fields {
            let place = format!("{at}/{name}");
            match schema["properties"].get(name) {
                Some(property) => found.extend(wrong(root, property, field, &place)),
                None if schema["additionalProperties"] == json!(false) => {
                    found.push(format!("{place}: not published"));
                }
                None if schema["additionalProperties"].is_object() => {
                    found.extend(wrong(root, &schema["additionalProperties"], field, &place));
                }
                None => {}
            }
        }
    }
    found
}

#[test]
fn the_reader_of_descriptions_finds_what_is_wrong() {
    let root = json!({"s": {"type": "object", "required": ["a"], "additionalProperties": false, "properties": {
        "a": {"type": "array", "minItems": 1, "maxItems": 2, "items": {"type": "string", "format": "uuid", "maxLength": 36}},
        "b": {"type": "integer", "minimum": 1},
        "c": {"enum": ["x"]},
        "d": {"type": "string", "format": "date-time", "minLength": 1},
        "e": {"type": "object", "additionalProperties": {"type": "integer"}}
    }}});
    let schema = json!({"$ref": "#/s"});
    let id = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
    let right =
        json!({"a": [id], "b": 1, "c": "x", "d": "2026-01-01T00:00:00.000Z", "e": {"z": 1}});
    assert_eq!(wrong(&root, &schema, &right, ""), [""; 0]);
    for (name, value) in [
        ("a", json!([])),
        ("a", json!([id, id, id])),
        ("a", json!(["x"])),
        ("a", json!({})),
        ("b", json!(0)),
        ("b", json!("1")),
        ("c", json!("y")),
        ("d", json!("yesterday")),
        ("e", json!({"z": "1"})),
        ("f", json!(1)),
    ] {
        let mut changed = right.clone();
        changed[name] = value;
        assert_eq!(wrong(&root, &schema, &changed, "").len(), 1, "{changed}");
    }
    assert_eq!(wrong(&root, &schema, &json!({}), "").len(), 1);
}
