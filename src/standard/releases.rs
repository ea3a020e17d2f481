//! All loaded releases, compiled, and the check of a body against them.
//! The way in for everyone who uses this library.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::bericht::berichtsoort::{Berichtsoort, Kind, Law};
use crate::codelijst::Codelijst;
use crate::description::SchemaDescription;
use crate::error::LoadError;
use crate::finding::{Finding, Findings};
use crate::limits::Limits;
use crate::place::Places;
use crate::release::{self, Release, Source};
use crate::rules::conditions::Plan;
use crate::rules::{self, Breach};
use crate::schema::check::{self, Against, FindSchema};
use crate::schema::compile::{Schema, Tables, compile};
use crate::schema::describe::describe;
use crate::schema::document::Document;
use crate::xml::name::Vocabulary;
use crate::xml::tree::Tree;

/// All loaded releases, compiled; never changes.
#[derive(Debug)]
pub struct Releases {
    list: Vec<Release>,
    codelijsten: BTreeMap<String, Codelijst>,
    words: Arc<Vocabulary>,
    tables: Tables,
    schemas: Schemas,
    /// Conditions on the content of each kind, by the number of its namespace; of releases that have rules.
    plans: BTreeMap<u16, Arc<Plan>>,
}

/// What a check leaves: the kind, everything that is wrong, and the tree.
#[derive(Debug)]
pub struct Checked<'b> {
    /// Law, release and kind; `None` when the root is of none that is known.
    pub kind: Option<Kind>,
    /// All findings in document order. None: the message is valid at level 1.
    pub findings: Findings,
    /// The elements that the schema knows in their place. Complete when there are no findings.
    pub tree: Tree<'b>,
    /// Conditions on its content; `None` when no rules are built for its release.
    pub(crate) plan: Option<Arc<Plan>>,
}

/// Schemas by the number of the namespace of their root, with the place of their release.
#[derive(Debug, Default)]
struct Schemas {
    by_space: BTreeMap<u16, (usize, Schema)>,
    /// The namespaces that are taken, in words.
    taken: String,
}

impl FindSchema for Schemas {
    fn schema(&self, space: u16) -> Option<&Schema> {
        self.by_space.get(&space).map(|(_, schema)| schema)
    }

    fn taken(&self) -> &str {
        &self.taken
    }
}

impl Releases {
    /// Loads and compiles release folders. Each file is its path below `schemas/` and its bytes:
    /// `ijw/3.2/source.toml`, `ijw/3.2/JW301.xsd`, `ijw/3.2/codelists/JZ020.toml`, and code lists of
    /// no release as `codelists/gemeenten.toml`. A release needs no code of its own.
    ///
    /// `Err`: a file is not right; nothing is taken. It names the file and, in a schema, the line.
    pub fn load<I: IntoIterator<Item = (String, Vec<u8>)>>(files: I) -> Result<Self, LoadError> {
        let mut folders: BTreeMap<String, BTreeMap<String, Vec<u8>>> = BTreeMap::new();
        let mut codelijsten = BTreeMap::new();
        for (path, bytes) in files {
            let mut parts = path.splitn(3, '/');
            match (parts.next(), parts.next(), parts.next()) {
                (Some("codelists"), Some(name), None) => {
                    let (name, list) = read_codelijst(&path, name, &bytes)?;
                    codelijsten.insert(name, list);
                }
                (Some(standard), Some(release), Some(name)) => {
                    let folder = folders.entry(format!("{standard}/{release}")).or_default();
                    folder.insert(name.to_owned(), bytes);
                }
                _ => return Err(LoadError::Place { file: path }),
            }
        }
        let mut words = Vocabulary::default();
        let mut tables = Tables::default();
        let mut schemas = Schemas::default();
        let mut list = Vec::new();
        for (folder, files) in &folders {
            let (release, compiled) = read_release(folder, files, &mut words, &mut tables)?;
            for schema in compiled {
                let space = schema.root.space;
                if schemas
                    .by_space
                    .insert(space, (list.len(), schema))
                    .is_some()
                {
                    let namespace = words.space_text(space).to_owned();
                    return Err(LoadError::Twice {
                        file: folder.clone(),
                        namespace,
                    });
                }
            }
            list.push(release);
        }
        schemas.taken = taken(&list, &schemas, &words);
        let plan = |(space, (place, schema)): (&u16, &(usize, Schema))| {
            let release = list.get(*place)?;
            let has_rules = rules::RELEASES.contains(&(release.law, &*release.release));
            has_rules.then(|| (*space, Arc::new(Plan::new(schema.soort, &words))))
        };
        let plans = schemas.by_space.iter().filter_map(plan).collect();
        Ok(Self {
            list,
            codelijsten,
            words: Arc::new(words),
            tables,
            schemas,
            plans,
        })
    }

    /// The loaded releases, by standard and release.
    pub fn list(&self) -> &[Release] {
        &self.list
    }

    /// The release that a message is of.
    pub fn release_of(&self, kind: &Kind) -> Option<&Release> {
        self.list
            .iter()
            .find(|release| release.law == kind.law && release.release == kind.release)
    }

    /// A code list that belongs to no release, by name: `gemeenten`.
    pub fn codelijst(&self, name: &str) -> Option<&Codelijst> {
        self.codelijsten.get(name)
    }

    /// The compiled schema of a kind of a release, with what it refers to.
    pub(crate) fn schema_of(
        &self,
        kind: &Kind,
        soort: Berichtsoort,
    ) -> Option<(&Schema, &Tables, &Vocabulary)> {
        let mut schemas = self.schemas.by_space.values();
        let (_, schema) = schemas.find(|(place, schema)| {
            schema.soort == soort
                && self.list.get(*place).is_some_and(|release| {
                    release.law == kind.law && release.release == kind.release
                })
        })?;
        Some((schema, &self.tables, &self.words))
    }

    /// What each schema says, read from the tables that messages are checked against; by namespace.
    pub fn describe(&self) -> Vec<SchemaDescription> {
        let mut list: Vec<SchemaDescription> = self
            .schemas
            .by_space
            .values()
            .map(|(_, schema)| describe(schema, &self.tables, &self.words))
            .collect();
        list.sort_by(|one, other| one.namespace.cmp(&other.namespace));
        list
    }

    /// Checks the form of a body (level 1): one pass, all findings, and the tree.
    ///
    /// ```
    /// # use knooppunt_standard::{Releases, Limits};
    /// let releases = Releases::load([])?;
    /// let checked = releases.check(b"<Bericht/>", &Limits::default());
    /// assert_eq!(checked.kind, None);
    /// assert_eq!(checked.findings.list[0].code, "unknown-kind");
    /// # Ok::<(), knooppunt_standard::LoadError>(())
    /// ```
    pub fn check<'b>(&self, body: &'b [u8], limits: &Limits) -> Checked<'b> {
        self.checked(check::check(body, limits, self.against()))
    }

    /// What [`Releases::check`] says, found in the long way: only there to be compared with.
    #[cfg(any(test, fuzzing))]
    pub fn check_in_steps<'b>(&self, body: &'b [u8], limits: &Limits) -> Checked<'b> {
        self.checked(check::check_in_steps(body, limits, self.against()))
    }

    fn checked<'b>(
        &self,
        (space, findings, tree): (Option<u16>, Findings, Tree<'b>),
    ) -> Checked<'b> {
        let kind = space
            .and_then(|space| self.schemas.by_space.get(&space))
            .and_then(|(place, schema)| {
                let release = self.list.get(*place)?;
                Some(Kind {
                    law: release.law,
                    release: Arc::clone(&release.release),
                    soort: schema.soort,
                })
            });
        Checked {
            kind,
            findings,
            tree,
            plan: space.and_then(|space| self.plans.get(&space).cloned()),
        }
    }

    fn against(&self) -> Against<'_> {
        Against {
            words: &self.words,
            tables: &self.tables,
            find: &self.schemas,
        }
    }
}

impl Releases {
    /// What broken rules mean to people: each with its path, line and column in the message, return
    /// code, text and remedy. All of them, in document order.
    pub fn findings(&self, checked: &Checked<'_>, breaches: &[Breach]) -> Findings {
        let root = checked.tree.root();
        let schema = root.and_then(|root| self.schemas.by_space.get(&root.key().space));
        let Some((_, schema)) = schema else {
            return Findings::default();
        };
        let mut places = Places::new(&checked.tree, &self.tables, schema);
        let mut order: Vec<&Breach> = breaches.iter().collect();
        order.sort_by_key(|breach| breach.at);
        let list = order.into_iter().filter_map(|breach| {
            let place = places.of(breach.at)?;
            let at = (place.line, place.column);
            Some(Finding::of_rule(breach.rule, breach.weight, place.path, at))
        });
        Findings {
            list: list.collect(),
            more: 0,
        }
    }
}

/// "http://.../ijw/3_2/jw301/schema (ijw 3.2), ...": the first namespace of each release.
fn taken(list: &[Release], schemas: &Schemas, words: &Vocabulary) -> String {
    let one = |(place, release): (usize, &Release)| {
        let spaces = schemas
            .by_space
            .values()
            .filter(|(of, _)| *of == place)
            .map(|(_, schema)| words.space_text(schema.root.space));
        let (standard, number) = (&release.standard, &release.release);
        spaces
            .min()
            .map(|space| format!("{space} ({standard} {number})"))
    };
    let taken: Vec<String> = list.iter().enumerate().filter_map(one).collect();
    taken.join(" of ")
}

fn read_release(
    folder: &str,
    files: &BTreeMap<String, Vec<u8>>,
    words: &mut Vocabulary,
    tables: &mut Tables,
) -> Result<(Release, Vec<Schema>), LoadError> {
    let in_folder = |name: &str| format!("{folder}/{name}");
    let source = files
        .get("source.toml")
        .ok_or_else(|| LoadError::NoSource {
            folder: folder.to_owned(),
        })?;
    let source: Source = read_toml(&in_folder("source.toml"), source)?;
    let wrong = |reason: String| LoadError::Data {
        file: in_folder("source.toml"),
        reason,
    };
    let law: Law = source
        .law
        .parse()
        .map_err(|error: crate::UnknownLaw| wrong(error.to_string()))?;
    if folder != format!("{}/{}", source.standard, source.release)
        || source.standard != law.standard()
    {
        return Err(wrong(
            "standard, release and law are not those of the folder".to_owned(),
        ));
    }
    if source
        .accepted_until
        .is_some_and(|until| until < source.accepted_from)
    {
        return Err(wrong("accepted_until is before accepted_from".to_owned()));
    }
    if let Some(file) = source
        .file
        .iter()
        .find(|file| !files.contains_key(&file.name))
    {
        return Err(wrong(format!("there is no file {}", file.name)));
    }
    let mut documents = BTreeMap::new();
    let mut codelijsten = BTreeMap::new();
    for (name, bytes) in files {
        let path = in_folder(name);
        if name == "source.toml" {
            continue;
        }
        if let Some(list) = name.strip_prefix("codelists/") {
            let (name, list) = read_codelijst(&path, list, bytes)?;
            codelijsten.insert(name, list);
        } else if is_schema(name) {
            if !source.file.iter().any(|file| file.name == *name) {
                return Err(wrong(format!("no [[file]] says where {name} comes from")));
            }
            let document = Document::read(bytes).map_err(|refused| LoadError::Schema {
                file: path,
                line: refused.line,
                reason: refused.reason,
            })?;
            documents.insert(name.clone(), document);
        } else {
            return Err(LoadError::Place { file: path });
        }
    }
    let schemas = compile(folder, law, &documents, words, tables)?;
    let release = Release {
        standard: source.standard.into(),
        release: source.release.into(),
        law,
        soorten: schemas.iter().map(|schema| schema.soort).collect(),
        accepted_from: source.accepted_from,
        accepted_until: source.accepted_until,
        hash: release::hash(files),
        codelijsten,
    };
    Ok((release, schemas))
}

/// Whether it is a schema directly in the folder of the release.
fn is_schema(name: &str) -> bool {
    !name.contains('/')
        && name
            .strip_suffix(".xsd")
            .is_some_and(|name| !name.is_empty())
}

fn read_codelijst(path: &str, file: &str, bytes: &[u8]) -> Result<(String, Codelijst), LoadError> {
    let Some(name) = file
        .strip_suffix(".toml")
        .filter(|name| !name.contains('/'))
    else {
        return Err(LoadError::Place {
            file: path.to_owned(),
        });
    };
    let list: Codelijst = read_toml(path, bytes)?;
    match list.fault() {
        Some(reason) => Err(LoadError::Data {
            file: path.to_owned(),
            reason,
        }),
        None => Ok((name.to_owned(), list)),
    }
}

fn read_toml<T: serde::de::DeserializeOwned>(path: &str, bytes: &[u8]) -> Result<T, LoadError> {
    let fail = |reason: String| LoadError::Data {
        file: path.to_owned(),
        reason,
    };
    let text = std::str::from_utf8(bytes).map_err(|error| fail(error.to_string()))?;
    toml::from_str(text).map_err(|error| {
        let before = error
            .span()
            .and_then(|span| text.get(..span.start))
            .unwrap_or_default();
        fail(format!(
            "line {}: {}",
            before.matches('\n').count() + 1,
            error.message()
        ))
    })
}
