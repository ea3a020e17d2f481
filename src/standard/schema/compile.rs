//! From the documents of one release to the tables that messages are checked against.
//! Resolves types over files, merges derivation steps, refuses what cannot be checked.

use std::collections::BTreeMap;

use crate::bericht::berichtsoort::{Berichtsoort, Law};
use crate::error::LoadError;
use crate::xml::name::{Name, Vocabulary};

use super::document::{self, Document, Element, FacetKind, QName, Restriction, XS};
use super::pattern::Pattern;
use super::sequence::{Content, Particle, Sequence};
use super::value::{Base, ValueType};

/// Everything compiled, of all releases; schemas and particles refer to it by number.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    pub(crate) sequences: Vec<Sequence>,
    pub(crate) values: Vec<ValueType>,
}

/// The schema of one message kind.
#[derive(Clone, Debug)]
pub(crate) struct Schema {
    pub(crate) soort: Berichtsoort,
    /// Name of the root element.
    pub(crate) root: Name,
    pub(crate) content: Content,
    /// Type of Header/BerichtCode, which must fit the namespace.
    pub(crate) bericht_code: Option<u32>,
    /// Versions of basisschema and message schema that the schema says it has: what a message made with it names.
    pub(crate) versions: Option<(String, String)>,
}

/// Global element that every message begins with (all releases).
const ROOT: &str = "Bericht";

/// Compiles the documents of one release; each with its file name, as in `schemaLocation`. `folder`
/// is what errors put before it.
pub(crate) fn compile(
    folder: &str,
    law: Law,
    documents: &BTreeMap<String, Document>,
    words: &mut Vocabulary,
    tables: &mut Tables,
) -> Result<Vec<Schema>, LoadError> {
    let mut by_namespace = BTreeMap::new();
    for (file, document) in documents {
        if by_namespace
            .insert(document.namespace.as_str(), file.as_str())
            .is_some()
        {
            return Err(LoadError::Twice {
                file: format!("{folder}/{file}"),
                namespace: document.namespace.clone(),
            });
        }
    }
    let mut compiler = Compiler {
        folder,
        documents,
        by_namespace,
        words,
        tables,
        sequences: BTreeMap::new(),
        values: BTreeMap::new(),
    };
    let mut schemas = Vec::new();
    for (file, document) in documents {
        compiler.check_imports(file, document)?;
        // Types are compiled also where no element uses them: a wrong one is then found here.
        for name in document.simple.keys() {
            compiler.named_value(file, name)?;
        }
        for name in document.complex.keys() {
            compiler.sequence(file, name)?;
        }
        if let [element] = document.elements.as_slice() {
            schemas.push(compiler.schema(file, document, element, law)?);
        } else if let Some(second) = document.elements.get(1) {
            return Err(compiler.refuse(file, second.line, "a second global element".to_owned()));
        }
    }
    schemas.sort_by_key(|schema| schema.soort);
    Ok(schemas)
}

struct Compiler<'a> {
    folder: &'a str,
    documents: &'a BTreeMap<String, Document>,
    by_namespace: BTreeMap<&'a str, &'a str>,
    words: &'a mut Vocabulary,
    tables: &'a mut Tables,
    /// Numbers given out, by file and type name.
    sequences: BTreeMap<(&'a str, &'a str), u32>,
    values: BTreeMap<(&'a str, &'a str), u32>,
}

impl<'a> Compiler<'a> {
    fn schema(
        &mut self,
        file: &'a str,
        document: &'a Document,
        element: &'a Element,
        law: Law,
    ) -> Result<Schema, LoadError> {
        if element.name != ROOT {
            return Err(self.refuse(
                file,
                element.line,
                format!("the global element is not {ROOT}"),
            ));
        }
        // .../ijw/3_2/jw301/schema
        let number = document
            .namespace
            .split('/')
            .find_map(|part| part.strip_prefix(law.as_str()))
            .and_then(|number| number.parse().ok())
            .and_then(Berichtsoort::from_number);
        let Some(soort) = number else {
            return Err(self.refuse(
                file,
                1,
                format!(
                    "namespace {} names no message kind of {law}",
                    document.namespace
                ),
            ));
        };
        let root = self.name(file, element.line, &document.namespace, &element.name)?;
        let content = self.content(file, element)?;
        let bericht_code = self
            .descend(content, "Header")
            .and_then(|header| self.descend(header, "BerichtCode"));
        let bericht_code = match bericht_code {
            Some(Content::Value(value)) => Some(value),
            _ => None,
        };
        Ok(Schema {
            soort,
            root,
            content,
            bericht_code,
            versions: document
                .basisschema_xsd_versie
                .clone()
                .zip(document.bericht_xsd_versie.clone()),
        })
    }

    fn descend(&self, content: Content, local: &str) -> Option<Content> {
        let Content::Sequence(number) = content else {
            return None;
        };
        let sequence = self.tables.sequences.get(number as usize)?;
        let place = sequence.place_of_local(self.words.local(local))?;
        sequence.particle(place).map(|particle| particle.content)
    }

    fn check_imports(&self, file: &str, document: &Document) -> Result<(), LoadError> {
        for import in &document.imports {
            let imported = self.documents.get(&import.location);
            if imported.is_none_or(|imported| imported.namespace != import.namespace) {
                let reason = format!(
                    "no file {} with namespace {} in this folder",
                    import.location, import.namespace
                );
                return Err(self.refuse(file, import.line, reason));
            }
        }
        Ok(())
    }

    fn content(&mut self, file: &'a str, element: &'a Element) -> Result<Content, LoadError> {
        match &element.content {
            document::Content::Simple(restriction) => {
                let value = self.restricted(file, restriction, None)?;
                self.add_value(value, file, element.line)
                    .map(Content::Value)
            }
            document::Content::Type(name) if name.space == XS => {
                let value = self.built_in(file, element.line, &name.local)?;
                self.add_value(value, file, element.line)
                    .map(Content::Value)
            }
            document::Content::Type(name) => {
                let (other, document) = self.resolve(file, element.line, name)?;
                if let Some((local, _)) = document.simple.get_key_value(&name.local) {
                    self.named_value(other, local).map(Content::Value)
                } else if let Some((local, _)) = document.complex.get_key_value(&name.local) {
                    self.sequence(other, local).map(Content::Sequence)
                } else {
                    Err(self.refuse(
                        file,
                        element.line,
                        format!("type {} is not defined", name.local),
                    ))
                }
            }
        }
    }

    /// The file that defines the types of a namespace: this one, or one that it imports.
    fn resolve(
        &self,
        file: &'a str,
        line: u32,
        name: &QName,
    ) -> Result<(&'a str, &'a Document), LoadError> {
        let reachable = self.documents.get(file).is_some_and(|document| {
            document.namespace == name.space
                || document
                    .imports
                    .iter()
                    .any(|import| import.namespace == name.space)
        });
        self.by_namespace
            .get(name.space.as_str())
            .filter(|_| reachable)
            .and_then(|other| self.documents.get_key_value(*other))
            .map(|(other, document)| (other.as_str(), document))
            .ok_or_else(|| {
                self.refuse(
                    file,
                    line,
                    format!("namespace {} is not imported", name.space),
                )
            })
    }

    fn sequence(&mut self, file: &'a str, name: &'a str) -> Result<u32, LoadError> {
        if let Some(number) = self.sequences.get(&(file, name)) {
            return Ok(*number);
        }
        let number = self.tables.sequences.len();
        let number =
            u32::try_from(number).map_err(|_| self.refuse(file, 1, "too many types".to_owned()))?;
        // The place is taken before the content is compiled: a class may hold itself.
        self.tables.sequences.push(Sequence {
            particles: Box::default(),
        });
        self.sequences.insert((file, name), number);
        let document = self.documents.get(file);
        let elements = document
            .and_then(|document| document.complex.get(name))
            .map_or(&[][..], Vec::as_slice);
        let namespace = document.map_or("", |document| document.namespace.as_str());
        let mut particles: Vec<Particle> = Vec::with_capacity(elements.len());
        for element in elements {
            let particle = Particle {
                name: self.name(file, element.line, namespace, &element.name)?,
                min: element.min,
                max: element.max.unwrap_or(u32::MAX),
                content: self.content(file, element)?,
            };
            if particles.iter().any(|other| other.name == particle.name) {
                return Err(self.refuse(
                    file,
                    element.line,
                    format!("{} twice in one sequence", element.name),
                ));
            }
            if particles.len() == Sequence::LONGEST {
                let reason = format!("more than {} elements in one sequence", Sequence::LONGEST);
                return Err(self.refuse(file, element.line, reason));
            }
            particles.push(particle);
        }
        if let Some(sequence) = self.tables.sequences.get_mut(number as usize) {
            sequence.particles = particles.into();
        }
        Ok(number)
    }

    fn named_value(&mut self, file: &'a str, name: &'a str) -> Result<u32, LoadError> {
        if let Some(number) = self.values.get(&(file, name)) {
            return Ok(*number);
        }
        let restriction = self
            .documents
            .get(file)
            .and_then(|document| document.simple.get(name));
        let Some(restriction) = restriction else {
            return Err(self.refuse(file, 1, format!("simple type {name} is not defined")));
        };
        let value = self.restricted(file, restriction, Some(name))?;
        let number = self.add_value(value, file, restriction.line)?;
        self.values.insert((file, name), number);
        Ok(number)
    }

    /// A type with one more step of derivation. `name`: that of the type, when it has one.
    fn restricted(
        &mut self,
        file: &'a str,
        step: &'a Restriction,
        name: Option<&str>,
    ) -> Result<ValueType, LoadError> {
        self.restricted_within(file, step, name, 0)
    }

    fn restricted_within(
        &mut self,
        file: &'a str,
        step: &'a Restriction,
        name: Option<&str>,
        depth: usize,
    ) -> Result<ValueType, LoadError> {
        const DEEPEST: usize = 16;
        if depth > DEEPEST {
            return Err(self.refuse(
                file,
                step.line,
                "a type that is derived from itself".to_owned(),
            ));
        }
        let mut value = if step.base.space == XS {
            self.built_in(file, step.line, &step.base.local)?
        } else {
            let (other, document) = self.resolve(file, step.line, &step.base)?;
            let Some((local, base)) = document.simple.get_key_value(&step.base.local) else {
                return Err(self.refuse(
                    file,
                    step.line,
                    format!("simple type {} is not defined", step.base.local),
                ));
            };
            self.restricted_within(other, base, Some(local), depth + 1)?
        };
        if let Some(name) = name {
            value.name = name.into();
        }
        let mut codes = Vec::new();
        let mut patterns = Vec::new();
        let mut sources = Vec::new();
        for facet in &step.facets {
            let fail = |reason: String| self.refuse(file, facet.line, reason);
            let wrong = || {
                fail(format!(
                    "facet {:?} does not fit the base type or has no number",
                    facet.kind
                ))
            };
            let is_text = value.base == Base::Text;
            let is_integer = value.base == Base::Integer;
            match facet.kind {
                FacetKind::Enumeration if is_text => {
                    codes.push(facet.value.clone().into_boxed_str());
                }
                FacetKind::Pattern => {
                    patterns.push(Pattern::new(&facet.value).map_err(fail)?);
                    sources.push(facet.value.as_str());
                }
                FacetKind::MinLength if is_text => {
                    let length = facet.value.parse().map_err(|_| wrong())?;
                    value.min_length = value.min_length.max(Some(length));
                }
                FacetKind::MaxLength if is_text => {
                    let length: usize = facet.value.parse().map_err(|_| wrong())?;
                    value.max_length = Some(value.max_length.map_or(length, |max| max.min(length)));
                }
                FacetKind::MinInclusive if is_integer => {
                    let bound = facet.value.parse().map_err(|_| wrong())?;
                    value.min = value.min.max(Some(bound));
                }
                FacetKind::MaxInclusive if is_integer => {
                    let bound: i64 = facet.value.parse().map_err(|_| wrong())?;
                    value.max = Some(value.max.map_or(bound, |max| max.min(bound)));
                }
                FacetKind::Enumeration
                | FacetKind::MinLength
                | FacetKind::MaxLength
                | FacetKind::MinInclusive
                | FacetKind::MaxInclusive => return Err(wrong()),
            }
        }
        if !codes.is_empty() {
            codes.sort_unstable();
            codes.dedup();
            if let Some(wider) = &value.codes {
                codes.retain(|code| wider.contains(code));
            }
            value.codes = Some(codes.into());
        }
        if let Some(pattern) = Pattern::any(patterns) {
            value.pattern_sources = [
                value.pattern_sources.into_vec(),
                vec![sources.join("|").into()],
            ]
            .concat()
            .into();
            value.patterns = [value.patterns.into_vec(), vec![pattern]].concat().into();
        }
        Ok(value)
    }

    fn built_in(&self, file: &str, line: u32, local: &str) -> Result<ValueType, LoadError> {
        let base = match local {
            "string" => Base::Text,
            "integer" => Base::Integer,
            "date" => Base::Date,
            "time" => Base::Time,
            other => {
                return Err(self.refuse(file, line, format!("xs:{other} is not supported here")));
            }
        };
        Ok(ValueType {
            name: local.into(),
            base,
            min_length: None,
            max_length: None,
            min: None,
            max: None,
            codes: None,
            patterns: Box::default(),
            pattern_sources: Box::default(),
        })
    }

    fn add_value(&mut self, value: ValueType, file: &str, line: u32) -> Result<u32, LoadError> {
        let number = u32::try_from(self.tables.values.len());
        let number = number.map_err(|_| self.refuse(file, line, "too many types".to_owned()))?;
        self.tables.values.push(value);
        Ok(number)
    }

    fn name(&mut self, file: &str, line: u32, space: &str, local: &str) -> Result<Name, LoadError> {
        let name = self.words.add_space(space).zip(self.words.add_local(local));
        name.map(|(space, local)| Name { space, local })
            .ok_or_else(|| self.refuse(file, line, "too many names".to_owned()))
    }

    fn refuse(&self, file: &str, line: u32, reason: String) -> LoadError {
        LoadError::Schema {
            file: format!("{}/{file}", self.folder),
            line,
            reason,
        }
    }
}
