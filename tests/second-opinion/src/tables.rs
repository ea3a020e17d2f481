//! What our compiled tables say of a schema, in the lines of `model`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use knooppunt_standard::{Base, ContentDescription, ElementDescription, Releases};

use crate::model::Facets;

/// The schemas of a folder, as a release (`3.2`) of a standard (`ijw` or `iwmo`).
pub fn load(folder: &Path, standard: &str, release: &str) -> Result<Releases> {
    let law = standard
        .strip_prefix('i')
        .context("a standard begins with i")?;
    let mut source = format!(
        "standard = \"{standard}\"\nlaw = \"{law}\"\nrelease = \"{release}\"\naccepted_from = \"2000-01-01\"\n"
    );
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "xsd") {
            let name = path
                .file_name()
                .context("a name")?
                .to_string_lossy()
                .into_owned();
            source.push_str(&format!(
                "[[file]]\nname = \"{name}\"\nsource = \"{standard}\"\npublished = true\n"
            ));
            files.push((format!("{standard}/{release}/{name}"), fs::read(&path)?));
        }
    }
    files.push((
        format!("{standard}/{release}/source.toml"),
        source.into_bytes(),
    ));
    Releases::load(files).map_err(|error| anyhow::anyhow!("{error}"))
}

/// The lines of the message that is described in this namespace.
pub fn lines(releases: &Releases, namespace: &str) -> Result<Vec<String>> {
    let schemas = releases.describe();
    let schema = schemas
        .iter()
        .find(|schema| schema.namespace == namespace)
        .with_context(|| format!("no schema for {namespace}"))?;
    let mut lines = Vec::new();
    walk(&schema.root, "", &mut lines)?;
    Ok(lines)
}

fn walk(element: &ElementDescription, above: &str, lines: &mut Vec<String>) -> Result<()> {
    let path = format!("{above}/{}", element.name);
    let place = format!(
        "{path} {{{}}} {}..{:?}",
        element.namespace, element.min, element.max
    );
    match &element.content {
        ContentDescription::Elements(children) => {
            lines.push(place);
            for child in children {
                walk(child, &path, lines)?;
            }
        }
        ContentDescription::Value(value) => {
            let base = match value.base {
                Base::String => "string",
                Base::Integer => "integer",
                Base::Date => "date",
                Base::Time => "time",
                _ => bail!("{path}: a primitive type that is not known here"),
            };
            let facets = Facets {
                base: base.to_owned(),
                min_length: value.min_length,
                max_length: value.max_length,
                min: value.min.map(|min| min.to_string()),
                max: value.max.map(|max| max.to_string()),
                patterns: value.patterns.iter().cloned().collect(),
                codes: value.codes.iter().cloned().collect(),
            };
            lines.push(format!("{place} {facets:?}"));
        }
    }
    Ok(())
}
