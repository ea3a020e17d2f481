//! What stands at a key of a map: of the kind that belongs there, or a finding.

use serde_json::{Map, Value};

use super::super::Kind;
use super::Reading;

impl Reading<'_> {
    /// An object with these keys. Others are named as what has no place.
    pub(super) fn object<'v>(
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
    pub(super) fn list<'v>(
        &mut self,
        object: &'v Map<String, Value>,
        path: &str,
        key: &str,
    ) -> &'v [Value] {
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
    pub(super) fn text<'v>(
        &mut self,
        object: &'v Map<String, Value>,
        path: &str,
        key: &str,
    ) -> &'v str {
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

    pub(super) fn yes(&mut self, object: &Map<String, Value>, path: &str, key: &str) -> bool {
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

    /// A value as a cell of ours; beside it stands only its name.
    pub(super) fn value(
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
