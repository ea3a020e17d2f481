//! SSSOM as TSV: a header of metadata in YAML behind `#`, then a line for each mapping (SSSOM 1.0, "The SSSOM/TSV serialisation format"). What SSSOM has no slot
//! for stands in extension slots, declared in the header, so that nothing of a row is lost but rows that were put aside.

use std::fmt::Write as _;

use super::table::{self, Cells, Origin};
use super::{Exported, Imported, Loss, Mapping, Set, URN, confidence, of, releases, wrong};
use crate::finding::Finding;
use crate::findings::Findings;
use crate::law::Municipality;
use crate::load::{Catalogue, Table};
use crate::relation::{Relation, State};
use crate::row::COLUMNS;

const NO_TERM: &str = "sssom:NoTermFound";
/// That whose table it is has said nothing of its use by others.
const NO_LICENSE: &str = "https://w3id.org/sssom/license/unspecified";

/// The slots of SSSOM that we fill, in the order in which they are written.
const SLOTS: [&str; 11] = [
    "subject_id",
    "subject_label",
    "predicate_id",
    "predicate_modifier",
    "object_id",
    "object_label",
    "mapping_justification",
    "confidence",
    "reviewer_label",
    "mapping_date",
    "subject_source",
];

/// Columns of ours that no slot holds, each in the extension slot `ext_<column>`.
const EXTENSIONS: [&str; 14] = [
    "law",
    "category",
    "unit",
    "variant",
    "c_category",
    "c_unit",
    "factor",
    "valid_from",
    "valid_to",
    "preferred",
    "collision",
    "group",
    "state",
    "justification",
];
/// The one that is a number there.
const TARIFF: &str = "tariff";

const PREDICATES: [(Relation, &str); 5] = [
    (Relation::Exact, "skos:exactMatch"),
    (Relation::Close, "skos:closeMatch"),
    (Relation::LocalNarrower, "skos:broadMatch"),
    (Relation::LocalBroader, "skos:narrowMatch"),
    (Relation::Partial, "skos:relatedMatch"),
];

/// First word of a justification, and what SSSOM calls it.
const JUSTIFICATIONS: [(&str, &str); 3] = [
    ("manual", "semapv:ManualMappingCuration"),
    ("lexical", "semapv:LexicalMatching"),
    ("rule", "semapv:LogicalReasoning"),
];
const UNSPECIFIED: &str = "semapv:UnspecifiedMatching";

/// Writes the rows of a table. A row that was rejected says that the relation does not hold (`predicate_modifier` Not); one that was put aside is left out.
pub fn export(catalogue: &Catalogue, table: &Table) -> Exported {
    let (mappings, set, mut losses) = of(catalogue, table);
    let mut text = header(&set);
    let mut out = csv::WriterBuilder::new()
        .delimiter(b'\t')
        .from_writer(Vec::new());
    let extensions = EXTENSIONS.iter().chain([&TARIFF]);
    let names = SLOTS.map(str::to_owned).into_iter();
    let mut lines = vec![
        names
            .chain(extensions.map(|name| format!("ext_{name}")))
            .collect::<Vec<_>>(),
    ];
    for (place, mapping) in &mappings {
        if mapping.state == State::Ignored {
            losses.push(Loss::State {
                place: place.clone(),
                state: mapping.state,
            });
        } else {
            lines.push(line(set.municipality, mapping));
        }
    }
    for line in lines {
        // A vector takes all that is written to it.
        let _ = out.write_record(line);
    }
    let rows = out.into_inner().unwrap_or_default();
    text.push_str(&String::from_utf8_lossy(&rows));
    Exported { text, losses }
}

fn header(set: &Set) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let gm = format!("gm{}", set.municipality);
    let mut text = String::from("#curie_map:\n");
    for prefix in std::iter::once(&gm).chain(&set.canonical) {
        let _ = writeln!(text, "#  {prefix}: {}", quoted(&format!("{URN}{prefix}:")));
    }
    for (prefix, means) in [
        ("knooppunt", "urn:knooppunt:catalogue:slot:"),
        ("semapv", "https://w3id.org/semapv/vocab/"),
        ("skos", "http://www.w3.org/2004/02/skos/core#"),
        ("sssom", "https://w3id.org/sssom/"),
        // Programs take a name that begins so for a shortened one.
        ("urn", "urn:"),
        ("xsd", "http://www.w3.org/2001/XMLSchema#"),
    ] {
        let _ = writeln!(text, "#  {prefix}: {}", quoted(means));
    }
    let _ = write!(
        text,
        "#mapping_set_id: {}\n#mapping_set_title: {}\n#license: \"{NO_LICENSE}\"\n#publication_date: \"{}\"\n#ext_canonical: {}\n#ext_made_up: \"{}\"\n#extension_definitions:\n",
        quoted(&format!("{URN}{gm}")),
        quoted(&set.name),
        set.published,
        quoted(&set.canonical.join(" ")),
        if set.made_up { "yes" } else { "no" },
    );
    let slots = EXTENSIONS.iter().chain(&["canonical", "made_up"]);
    let slots = slots.map(|name| (name, "xsd:string"));
    for (name, kind) in slots.chain([(&TARIFF, "xsd:decimal")]) {
        let _ = writeln!(
            text,
            "#- slot_name: ext_{name}\n#  property: knooppunt:{name}\n#  type_hint: {kind}"
        );
    }
    text
}

fn line(municipality: Municipality, mapping: &Mapping) -> Vec<String> {
    let cells = mapping.cells();
    let cell = |name: &str| cells.get(table::column(name)).cloned().unwrap_or_default();
    let predicate = PREDICATES
        .iter()
        .find(|(relation, _)| *relation == mapping.relation)
        // None: nothing was found that is related at all.
        .map_or("skos:relatedMatch", |(_, predicate)| predicate);
    let object = mapping
        .target
        .as_ref()
        .map_or(NO_TERM.to_owned(), |(release, target)| {
            format!("{release}:{}", target.code)
        });
    let is_rejected = mapping.state == State::Rejected;
    let slots = [
        format!("gm{municipality}:{}", mapping.key.code),
        mapping.label.clone(),
        predicate.to_owned(),
        if is_rejected { "Not" } else { "" }.to_owned(),
        object,
        mapping.target_label.clone(),
        said_of(&mapping.justification).to_owned(),
        confidence(&mapping.justification)
            .unwrap_or_default()
            .to_owned(),
        // A slot of many values: a stroke between two, one within a value behind a backslash.
        mapping.by.replace('|', "\\|"),
        cell("on"),
        // The law as the code system of the municipality, as in FHIR: a program that knows no extension slots keeps it.
        format!("gm{municipality}:{}", mapping.key.law),
    ];
    let extensions = EXTENSIONS.iter().chain([&TARIFF]).map(|name| cell(name));
    slots.into_iter().chain(extensions).collect()
}

/// What SSSOM calls a justification, by its first word.
fn said_of(justification: &str) -> &'static str {
    let first = justification.split(' ').next().unwrap_or_default();
    let known = JUSTIFICATIONS.iter().find(|(word, _)| *word == first);
    known.map_or(UNSPECIFIED, |(_, name)| name)
}

/// Reads such a file; `file` is its name for findings. What lacks is taken from what is there: the law from the release of the target or else `subject_source`, the first day from the
/// day of publication; without a state a row is a suggestion. Of a row the `ext_justification` is kept, and `mapping_justification` and `confidence` only without
/// one: where the three say different things somebody changed one of them, and the row is refused. Err: what is wrong with it, all of it.
pub fn import(catalogue: &Catalogue, file: &str, text: &str) -> Result<Imported, Vec<Finding>> {
    let mut findings = Findings::default();
    let (metadata, rows, lines) = Metadata::read(text);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b'\t')
        .from_reader(rows.as_bytes());
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(error) => return Err(vec![unreadable(file, lines, &error)]),
    };
    let mut losses: Vec<Loss> = metadata.others.iter().cloned().map(Loss::Foreign).collect();
    let known = |name: &str| {
        SLOTS.contains(&name)
            || name
                .strip_prefix("ext_")
                .is_some_and(|column| EXTENSIONS.contains(&column) || column == TARIFF)
    };
    losses.extend(
        header
            .iter()
            .filter(|name| !known(name))
            .map(|name| Loss::Foreign(name.to_owned())),
    );
    for needed in [
        "subject_id",
        "predicate_id",
        "object_id",
        "mapping_justification",
    ] {
        if !header.iter().any(|name| name == needed) {
            findings.push(wrong(
                file,
                lines + 1,
                format!("De kolom `{needed}` ontbreekt."),
                "SSSOM vraagt deze kolom.",
            ));
        }
    }
    if !findings.is_empty() {
        return Err(findings.told());
    }
    let mut reading = Reading {
        catalogue,
        file,
        metadata: &metadata,
        municipality: None,
        findings,
    };
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                reading.findings.push(unreadable(file, lines, &error));
                continue;
            }
        };
        let at = record.position().map_or(0, csv::Position::line);
        let at = lines + u32::try_from(at).unwrap_or(u32::MAX);
        let get = |name: &str| {
            let column = header.iter().position(|known| known == name);
            column.and_then(|column| record.get(column)).unwrap_or("")
        };
        rows.extend(reading.row(at, get));
    }
    let Reading {
        municipality,
        mut findings,
        ..
    } = reading;
    let published = metadata.published.as_deref().map(str::parse);
    if !matches!(published, Some(Ok(_))) {
        findings.push(wrong(
            file,
            0,
            "De kop noemt geen `publication_date` als jaar, maand en dag.",
            "Zet de dag van publicatie in de kop; geen rij mag eerder beginnen.",
        ));
    }
    if municipality.is_none() && findings.is_empty() {
        findings.push(wrong(
            file,
            0,
            "Er staat geen rij in.",
            "Neem een bestand met rijen.",
        ));
    }
    let mappings = table::read(file, rows);
    match (municipality, published, mappings) {
        (Some(municipality), Some(Ok(published)), Ok(mappings)) if findings.is_empty() => {
            Ok(Imported {
                set: Set {
                    municipality,
                    name: metadata.title,
                    made_up: metadata.made_up,
                    published,
                    canonical: releases(metadata.canonical, &mappings),
                    mappings,
                },
                losses,
            })
        }
        (_, _, mappings) => {
            findings.extend(mappings.err().unwrap_or_default());
            Err(findings.told())
        }
    }
}

fn unreadable(file: &str, lines: u32, error: &csv::Error) -> Finding {
    let line = error.position().map_or(0, csv::Position::line);
    let line = lines.saturating_add(u32::try_from(line).unwrap_or(u32::MAX));
    wrong(
        file,
        line,
        "De regel heeft meer of minder cellen dan de kop, of is geen tekst.",
        "Zet tussen alle cellen een tab, ook rond lege.",
    )
}

struct Reading<'r> {
    catalogue: &'r Catalogue,
    file: &'r str,
    metadata: &'r Metadata,
    municipality: Option<Municipality>,
    findings: Findings,
}

impl Reading<'_> {
    fn wrong(&mut self, line: u32, text: impl Into<String>, remedy: &str) {
        self.findings.push(wrong(self.file, line, text, remedy));
    }

    /// A row as cells of ours. None, with findings, where it says what we cannot hold.
    fn row<'t>(
        &mut self,
        line: u32,
        get: impl Fn(&str) -> &'t str,
    ) -> Option<(Origin, Option<String>, Cells)> {
        let before = self.findings.len();
        let mut cells = table::empty();
        for name in EXTENSIONS.iter().chain([&TARIFF]) {
            table::set(&mut cells, name, get(&format!("ext_{name}")));
        }
        let subject = get("subject_id").split_once(':');
        let municipality = subject
            .and_then(|(prefix, _)| prefix.strip_prefix("gm"))
            .and_then(|code| code.parse::<Municipality>().ok());
        match (municipality, self.municipality) {
            (None, _) => self.wrong(
                line,
                "`subject_id` noemt geen gemeente.",
                "Schrijf gm, de CBS-code, een dubbele punt en de code, zoals gm0777:45X48.",
            ),
            (Some(one), Some(other)) if one != other => self.wrong(
                line,
                "`subject_id` noemt een andere gemeente dan de regels hiervoor.",
                "Zet elke gemeente in een eigen bestand.",
            ),
            (Some(one), _) => self.municipality = Some(one),
        }
        let object = get("object_id");
        let release = if object == NO_TERM {
            None
        } else {
            let object = object.split_once(':');
            let release = object.and_then(|(prefix, _)| self.catalogue.release(prefix));
            if release.is_none() {
                self.wrong(
                    line,
                    "`object_id` noemt geen landelijke uitgave die hier is.",
                    "Schrijf de uitgave, een dubbele punt en de code, zoals jz21-2019-02:45A48.",
                );
            }
            table::set(&mut cells, "canonical", object.unwrap_or_default().1);
            release
        };
        table::set(&mut cells, "local_code", subject.unwrap_or_default().1);
        table::set(&mut cells, "local_label", get("subject_label"));
        table::set(&mut cells, "on", get("mapping_date"));
        table::set(&mut cells, "by", get("reviewer_label").replace("\\|", "|"));
        let known = PREDICATES
            .iter()
            .find(|(_, predicate)| *predicate == get("predicate_id"));
        match known {
            Some(_) if object == NO_TERM => table::set(&mut cells, "relation", "none"),
            Some((relation, _)) => table::set(&mut cells, "relation", relation.as_str()),
            None => self.wrong(
                line,
                "`predicate_id` is geen relatie die hier bestaat.",
                "Gebruik skos:exactMatch, closeMatch, broadMatch, narrowMatch of relatedMatch.",
            ),
        }
        self.fill(
            &mut cells,
            release.map(|release| release.entry.law.as_str()),
            &get,
        );
        let source = self.source(&get);
        let law = table::get(&cells, "law");
        if source
            .split_once(':')
            .is_some_and(|(_, source)| source != law)
        {
            self.wrong(
                line,
                "`subject_source` noemt een andere wet dan `ext_law` of het doel.",
                "Laat `subject_source` eindigen op jw of wmo, zoals de rest van de rij zegt, of laat het leeg.",
            );
        }
        self.agrees(line, &get);
        let is_rejected = get("ext_state") == "rejected";
        match get("predicate_modifier") {
            "" if !is_rejected => {}
            "Not" if is_rejected || get("ext_state").is_empty() => {
                table::set(&mut cells, "state", "rejected");
            }
            _ => self.wrong(
                line,
                "`predicate_modifier` en `ext_state` spreken elkaar tegen.",
                "Not hoort bij een afgewezen rij, en alleen daarbij.",
            ),
        }
        let origin = Origin {
            line,
            path: String::new(),
        };
        (self.findings.len() == before).then(|| {
            (
                origin,
                release.map(|release| release.entry.name.clone()),
                cells,
            )
        })
    }

    /// Where the subject comes from: a slot that says the same in every row may stand in the header alone.
    fn source<'t>(&self, get: &impl Fn(&str) -> &'t str) -> String {
        match get("subject_source") {
            "" => self.metadata.source.clone(),
            source => source.to_owned(),
        }
    }

    /// Tells where the justification that is kept is not the one that the slots of SSSOM speak of.
    fn agrees<'t>(&mut self, line: u32, get: &impl Fn(&str) -> &'t str) {
        let kept = get("ext_justification");
        if kept.is_empty() {
            return;
        }
        // Another program writes 0.70 as 0.7.
        let number = |text: &str| text.parse::<f64>().ok();
        let (told, meant) = (get("confidence"), confidence(kept).unwrap_or_default());
        let is_as_sure = told == meant || number(told).is_some() && number(told) == number(meant);
        for (slot, agrees) in [
            (
                "mapping_justification",
                get("mapping_justification") == said_of(kept),
            ),
            ("confidence", is_as_sure),
        ] {
            if !agrees {
                self.wrong(
                    line,
                    format!("`{slot}` en `ext_justification` spreken elkaar tegen."),
                    "Verander beide, of maak `ext_justification` leeg: dan geldt wat `mapping_justification` en `confidence` zeggen.",
                );
            }
        }
    }

    /// What the file of others does not say and other things in it do.
    fn fill<'t>(&self, cells: &mut Cells, law: Option<&str>, get: &impl Fn(&str) -> &'t str) {
        if get("ext_law").is_empty() {
            let source = self.source(get);
            let of_source = source.split_once(':').map(|(_, law)| law);
            table::set(cells, "law", law.or(of_source).unwrap_or_default());
        }
        if get("ext_valid_from").is_empty() {
            let published = self.metadata.published.clone();
            table::set(cells, "valid_from", published.unwrap_or_default());
        }
        if get("ext_state").is_empty() {
            table::set(cells, "state", "suggested");
        }
        if get("ext_justification").is_empty() {
            let name = get("mapping_justification");
            let known = JUSTIFICATIONS.iter().find(|(_, known)| *known == name);
            // Where we wrote it there was none.
            let word = match known {
                Some((word, _)) => word,
                None if name == UNSPECIFIED => "",
                None => name,
            };
            let told = format!("{word} {}", get("confidence"));
            table::set(cells, "justification", told.trim());
        }
    }
}

/// What the header says that we read.
#[derive(Default)]
struct Metadata {
    title: String,
    published: Option<String>,
    canonical: Vec<String>,
    source: String,
    made_up: bool,
    /// Names of what else it says.
    others: Vec<String>,
}

impl Metadata {
    /// The header, the text after it, and how many lines the header has. Of the YAML only top-level keys with a plain or double-quoted value are read: no other
    /// has anything in it that we keep.
    fn read(text: &str) -> (Self, &str, u32) {
        const UNDERSTOOD: [&str; 2] = ["curie_map", "extension_definitions"];
        let mut metadata = Self::default();
        let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines: u32 = 0;
        while rest.starts_with('#') {
            let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
            rest = after;
            lines = lines.saturating_add(1);
            let line = line.strip_prefix('#').unwrap_or(line).trim_end();
            let line = line
                .strip_prefix(' ')
                .filter(|line| !line.starts_with(' '))
                .unwrap_or(line);
            if line.starts_with([' ', '-']) {
                continue;
            }
            let Some((key, value)) = line.split_once(':') else {
                continue;
            };
            let value = value.trim();
            let value = serde_json::from_str::<String>(value).unwrap_or_else(|_| {
                let unquoted = value.strip_prefix('\'').and_then(|v| v.strip_suffix('\''));
                unquoted.unwrap_or(value).to_owned()
            });
            match key {
                "mapping_set_title" => metadata.title = value,
                "publication_date" => metadata.published = Some(value),
                "ext_canonical" => {
                    metadata.canonical = value.split_whitespace().map(str::to_owned).collect();
                }
                "subject_source" => metadata.source = value,
                "ext_made_up" => metadata.made_up = value == "yes",
                // What we write ourselves is no loss; the name and the terms of others are.
                "mapping_set_id" if value.starts_with(URN) => {}
                "license" if value == NO_LICENSE => {}
                other if UNDERSTOOD.contains(&other) => {}
                other => metadata.others.push(other.to_owned()),
            }
        }
        (metadata, rest, lines)
    }
}

const _: () = assert!(EXTENSIONS.len() + 1 + 6 == COLUMNS.len());
