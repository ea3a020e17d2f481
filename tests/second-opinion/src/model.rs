//! What xsd-parser makes of a schema, as lines: one an element, in document order.
//! Knows the constructs that the standards use; anything else is an error that names it.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::path::Path;

use anyhow::{Context, Result, bail};
use xsd_parser::config::{InterpreterFlags, Resolver, Schema};
use xsd_parser::models::meta::{Base, Constrains, CustomMeta, ElementMetaVariant, MetaTypeVariant};
use xsd_parser::models::schema::MaxOccurs;
use xsd_parser::{Config, IdentType, MetaTypes, TypeIdent, exec_interpreter, exec_parser};

const XML_SCHEMA: &str = "http://www.w3.org/2001/XMLSchema";

/// The facets of a value, of all derivation steps together.
#[derive(Debug, Default)]
pub struct Facets {
    /// Local name of the primitive type.
    pub base: String,
    pub min_length: Option<usize>,
    pub max_length: Option<usize>,
    pub min: Option<String>,
    pub max: Option<String>,
    pub patterns: BTreeSet<String>,
    pub codes: BTreeSet<String>,
}

/// The lines of the message whose schema stands in this file.
pub fn lines(file: &Path) -> Result<Vec<String>> {
    let mut config = Config::default().with_schema(Schema::File(file.to_owned()));
    config.parser.resolver = vec![Resolver::File];
    // The primitive types stay what they are called; by default they become Rust types, and xs:date a plain string.
    config.interpreter.flags = InterpreterFlags::empty();
    for primitive in ["string", "integer", "date", "time"] {
        config = config.with_type(
            (IdentType::Type, format!("xs:{primitive}")),
            CustomMeta::new(primitive),
        );
    }
    let schemas = exec_parser(config.parser).context("not parsed")?;
    let types = exec_interpreter(config.interpreter, &schemas).context("not interpreted")?;
    let roots: Vec<&TypeIdent> = types
        .items
        .keys()
        .filter(|ident| ident.type_ == IdentType::Element && ident.name.as_str() == "Bericht")
        .collect();
    let [root] = roots.as_slice() else {
        bail!("{} elements Bericht", roots.len())
    };
    let walk = Walk { types: &types };
    let mut lines = Vec::new();
    walk.element(
        "Bericht",
        &walk.namespace(root),
        root,
        (1, Some(1)),
        "",
        &mut lines,
    )?;
    Ok(lines)
}

struct Walk<'t> {
    types: &'t MetaTypes,
}

impl Walk<'_> {
    fn namespace(&self, ident: &TypeIdent) -> String {
        let module = self.types.modules.get(&ident.ns);
        module
            .and_then(|module| module.namespace.as_ref())
            .map_or_else(String::new, ToString::to_string)
    }

    fn element(
        &self,
        name: &str,
        namespace: &str,
        type_: &TypeIdent,
        (min, max): (usize, Option<usize>),
        above: &str,
        lines: &mut Vec<String>,
    ) -> Result<()> {
        let path = format!("{above}/{name}");
        let place = format!("{path} {{{namespace}}} {min}..{max:?}");
        let content = self.resolve(type_)?;
        let MetaTypeVariant::ComplexType(complex) = content else {
            let mut facets = Facets::default();
            self.facets(type_, &mut facets)
                .with_context(|| path.clone())?;
            lines.push(format!("{place} {facets:?}"));
            return Ok(());
        };
        lines.push(place);
        let group = complex
            .content
            .as_ref()
            .with_context(|| format!("{path} has no content"))?;
        let MetaTypeVariant::Sequence(group) = self.resolve(group)? else {
            bail!("{path} holds no sequence")
        };
        for child in &*group.elements.0 {
            let ElementMetaVariant::Type { type_, .. } = &child.variant else {
                bail!("{path} holds no plain element")
            };
            let namespace = child.ident.ns;
            let namespace = self
                .types
                .modules
                .get(&namespace)
                .and_then(|module| module.namespace.as_ref())
                .map_or_else(String::new, ToString::to_string);
            let max = match child.max_occurs {
                MaxOccurs::Unbounded => None,
                MaxOccurs::Bounded(max) => Some(max),
            };
            self.element(
                child.ident.name.as_str(),
                &namespace,
                type_,
                (child.min_occurs, max),
                &path,
                lines,
            )?;
        }
        Ok(())
    }

    fn variant(&self, ident: &TypeIdent) -> Result<&MetaTypeVariant> {
        self.types
            .get_variant(ident)
            .with_context(|| format!("no type {ident:?}"))
    }

    /// The type itself, names that only point to another followed.
    fn resolve<'a>(&'a self, ident: &'a TypeIdent) -> Result<&'a MetaTypeVariant> {
        match self.variant(ident)? {
            MetaTypeVariant::Reference(reference) if self.namespace(ident) != XML_SCHEMA => {
                self.resolve(&reference.type_)
            }
            variant => Ok(variant),
        }
    }

    fn facets(&self, ident: &TypeIdent, facets: &mut Facets) -> Result<()> {
        if self.namespace(ident) == XML_SCHEMA {
            facets.base = ident.name.as_str().to_owned();
            return Ok(());
        }
        match self.variant(ident)? {
            MetaTypeVariant::Reference(reference) => self.facets(&reference.type_, facets),
            MetaTypeVariant::SimpleType(simple) => {
                self.facets(&simple.base, facets)?;
                add(facets, &simple.constrains)
            }
            MetaTypeVariant::Enumeration(enumeration) => {
                if let Base::Extension(base) | Base::Restriction(base) = &enumeration.base {
                    self.facets(base, facets)?;
                }
                facets.codes = enumeration
                    .variants
                    .0
                    .iter()
                    .map(|variant| variant.ident.name.as_str().to_owned())
                    .collect();
                add(facets, &enumeration.constrains)
            }
            other => bail!("a value of an unexpected kind: {other:?}"),
        }
    }
}

fn add(facets: &mut Facets, from: &Constrains) -> Result<()> {
    facets.min_length = from.min_length.or(facets.min_length);
    facets.max_length = from.max_length.or(facets.max_length);
    facets.patterns.extend(from.patterns.iter().cloned());
    match &from.range.start {
        Bound::Included(min) => facets.min = Some(min.clone()),
        Bound::Unbounded => {}
        Bound::Excluded(_) => bail!("an exclusive bound"),
    }
    match &from.range.end {
        Bound::Included(max) => facets.max = Some(max.clone()),
        Bound::Unbounded => {}
        Bound::Excluded(_) => bail!("an exclusive bound"),
    }
    if from.total_digits.is_some() || from.fraction_digits.is_some() {
        bail!("a limit on digits");
    }
    Ok(())
}
