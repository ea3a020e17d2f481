//! The published types, value by value, against what xmllint said about each.

use std::collections::BTreeMap;
use std::fs;

use knooppunt_standard::{Limits, Releases};

use crate::support::{root, shared};

#[test]
fn every_probe_of_the_published_types_gets_the_verdict_of_xmllint() {
    let Some(path) = shared("standards/xsd/facet-probes.tsv") else {
        println!("no facet-probes.tsv beside the repository; nothing compared");
        return;
    };
    let probes = fs::read_to_string(path).unwrap();
    let mut types = BTreeMap::new();
    let mut differences = Vec::new();
    let mut count = 0;
    for row in probes.lines().skip(1) {
        let mut columns = row.split('\t');
        let (kind, value, xmllint) = (
            columns.next().unwrap(),
            columns.next().unwrap(),
            columns.next().unwrap(),
        );
        let mut faults = types
            .entry(kind)
            .or_insert_with(|| OneType::new(kind))
            .faults(&probe_value(value));
        // Our own bound on years is not a matter of the schema.
        faults.retain(|code| *code != "date-range");
        if faults.is_empty() != (xmllint == "valid") {
            differences.push(format!(
                "{kind} {value}: xmllint {xmllint}, here {faults:?}"
            ));
        }
        count += 1;
    }
    assert_eq!(count, 163);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// A value of the file: a JSON string, or the beginning of one and the length of the whole.
fn probe_value(column: &str) -> String {
    let Some((begin, rest)) = column.split_once(" ... (") else {
        return unescape_json(column);
    };
    let length: usize = rest.strip_suffix(" characters)").unwrap().parse().unwrap();
    unescape_json(begin).chars().cycle().take(length).collect()
}

/// The types of iJw 3.2, and one message made up around a value of one type.
struct OneType(Releases);

const BASE: &str = "http://www.istandaarden.nl/ijw/3_2/basisschema/schema";
const MESSAGE: &str = "urn:probe/jw301";

impl OneType {
    fn new(kind: &str) -> Self {
        let content = match kind {
            // Not named in the published files: a step of derivation inside an element.
            "BerichtVersie" => simple("LDT_BerichtVersie", "3"),
            "DeclaratieNummer" => simple("LDT_IdentificatieDeclaratie", "([a-zA-Z0-9])+"),
            named => format!("<xs:element name=\"Waarde\" type=\"b:{named}\"/>"),
        };
        let schema = format!(
            "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:b=\"{BASE}\" xmlns:m=\"{MESSAGE}\" targetNamespace=\"{MESSAGE}\" elementFormDefault=\"qualified\">\
             <xs:import namespace=\"{BASE}\" schemaLocation=\"basisschema.xsd\"/>\
             <xs:element name=\"Bericht\" type=\"m:Root\"/>\
             <xs:complexType name=\"Root\"><xs:sequence>{content}</xs:sequence></xs:complexType></xs:schema>"
        );
        let source = "standard = 'ijw'\nrelease = '3.2'\nlaw = 'jw'\naccepted_from = '2023-01-01'\n\
             [[file]]\nname = 'basisschema.xsd'\nsource = 'x'\npublished = true\n\
             [[file]]\nname = 'probe.xsd'\nsource = 'x'\npublished = false\n";
        let basis = fs::read(root().join("schemas/ijw/3.2/basisschema.xsd")).unwrap();
        let file = |name: &str, bytes: &[u8]| (format!("ijw/3.2/{name}"), bytes.to_vec());
        let files = [
            file("basisschema.xsd", &basis),
            file("probe.xsd", schema.as_bytes()),
            file("source.toml", source.as_bytes()),
        ];
        Self(Releases::load(files).unwrap())
    }

    /// Codes of the findings about a value.
    fn faults(&self, value: &str) -> Vec<&'static str> {
        let body = format!(
            "<Bericht xmlns=\"{MESSAGE}\"><Waarde>{}</Waarde></Bericht>",
            escape(value)
        );
        let checked = self.0.check(body.as_bytes(), &Limits::default());
        assert!(checked.kind.is_some());
        checked
            .findings
            .list
            .iter()
            .map(|finding| finding.code)
            .collect()
    }
}

fn simple(base: &str, pattern: &str) -> String {
    format!(
        "<xs:element name=\"Waarde\"><xs:simpleType><xs:restriction base=\"b:{base}\">\
         <xs:pattern value=\"{pattern}\"/></xs:restriction></xs:simpleType></xs:element>"
    )
}

fn escape(value: &str) -> String {
    let escaped = value
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    // As a reference, or XML would make it a line feed.
    escaped.replace('\r', "&#13;")
}

/// A JSON string, with the escapes that the file has.
fn unescape_json(json: &str) -> String {
    let mut text = String::new();
    let mut units = Vec::new();
    let mut chars = json.trim_matches('"').chars();
    let flush = |units: &mut Vec<u16>, text: &mut String| {
        text.push_str(&String::from_utf16(units).unwrap());
        units.clear();
    };
    while let Some(c) = chars.next() {
        let escaped = if c == '\\' { chars.next() } else { None };
        if escaped == Some('u') {
            let digits: String = chars.by_ref().take(4).collect();
            units.push(u16::from_str_radix(&digits, 16).unwrap());
            continue;
        }
        flush(&mut units, &mut text);
        text.push(match escaped {
            None => c,
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some(other) => other,
        });
    }
    flush(&mut units, &mut text);
    text
}
