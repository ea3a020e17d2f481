//! A folder of tables as a whole: releases, regions, municipalities, and what is wrong with their files. What rows do to each other is [`crate::lint`]'s.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::canonical::{self, NamedCategory, Product, Release, ReleasesFile};
use crate::code::Code;
use crate::finding::{Class, Finding};
use crate::findings::Findings;
use crate::law::{Law, Municipality};
use crate::manifest::Manifest;
use crate::row::{Row, RowSet};
use crate::source::{File, Place, Source, Text};
use crate::tsv::Sheet;

/// Most bytes of one file.
pub const BYTES_MAX: usize = 256 << 20;

const RELEASES: &str = "canonical/releases.toml";
const CATEGORIES: &str = "canonical/categories.tsv";
const MUNICIPALITIES: &str = "municipalities.tsv";

/// SHA-256 over all that a municipality's table is made of: manifest, rows, regions, releases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub [u8; 32]);

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A municipality as the list of municipalities names it.
#[derive(Debug, Clone)]
pub struct Named {
    /// Its name.
    pub name: Arc<str>,
    /// Its youth region.
    pub region: Arc<str>,
}

/// The table of a municipality.
#[derive(Debug)]
pub struct Table {
    /// Whose.
    pub municipality: Municipality,
    /// What it says of itself.
    pub manifest: Manifest,
    /// The file of the manifest, among [`Catalogue::files`].
    pub manifest_file: u32,
    /// Its own rows.
    pub own: RowSet,
    /// The regions it takes over, among [`Catalogue::regions`].
    pub regions: Vec<usize>,
    /// The releases it translates to, in its order, among [`Catalogue::releases`].
    pub releases: Vec<usize>,
    /// Of all it is made of.
    pub version: Version,
    own_codes: HashSet<(Law, Code)>,
}

/// Rows that municipalities share.
#[derive(Debug)]
pub struct Region {
    /// Its name, that of its file.
    pub name: String,
    /// Its rows.
    pub set: RowSet,
}

/// All tables of a folder.
#[derive(Debug, Default)]
pub struct Catalogue {
    /// The files they were read from.
    pub files: Vec<File>,
    /// The national releases.
    pub releases: Vec<Release>,
    /// The national categories.
    pub categories: Vec<NamedCategory>,
    /// The municipalities there are, by code.
    pub names: BTreeMap<Municipality, Named>,
    /// The regions.
    pub regions: Vec<Region>,
    /// The tables, by municipality.
    pub tables: Vec<Table>,
}

impl Catalogue {
    /// Reads a folder of tables, in any order of files. What cannot be read is left out and found.
    pub fn load(sources: Vec<Source>) -> (Self, Vec<Finding>) {
        let mut findings = Findings::default();
        let mut catalogue = Self::default();
        let mut by_path = BTreeMap::new();
        let mut refused = HashSet::new();
        let mut sources = sources;
        sources.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        for source in sources {
            let path: Arc<str> = source.path.as_str().into();
            if source.bytes.len() > BYTES_MAX {
                refused.insert(Arc::clone(&path));
                findings.push(Finding {
                    file: path,
                    line: 0,
                    class: Class::F05,
                    count: 1,
                    text: "Het bestand is te groot.".to_owned(),
                    remedy: "Verdeel het over meer bestanden.".to_owned(),
                });
                continue;
            }
            if let Some(file) = File::of(source, &mut findings) {
                by_path.insert(Arc::clone(&file.path), catalogue.files.len());
                catalogue.files.push(file);
            } else {
                refused.insert(path);
            }
        }
        let mut loading = Loading {
            catalogue,
            by_path,
            refused,
            used: HashSet::new(),
            findings,
        };
        loading.releases();
        loading.names();
        loading.regions();
        loading.tables();
        loading.unused();
        let Loading {
            catalogue,
            findings,
            ..
        } = loading;
        (catalogue, findings.told())
    }

    /// The table of this municipality.
    pub fn table(&self, municipality: Municipality) -> Option<&Table> {
        let index = self
            .tables
            .binary_search_by_key(&municipality, |table| table.municipality);
        index.ok().and_then(|index| self.tables.get(index))
    }

    /// The release of this name.
    pub fn release(&self, name: &str) -> Option<&Release> {
        self.releases
            .iter()
            .find(|release| release.entry.name == name)
    }

    /// The file of this place.
    pub fn file(&self, index: u32) -> Option<&File> {
        self.files.get(index as usize)
    }

    /// `gm0777/map.tsv:12`.
    pub fn place(&self, place: Place) -> String {
        let path = self.file(place.file).map_or("", |file| &file.path);
        format!("{path}:{}", place.line)
    }

    /// What stands in this column of a row.
    pub fn text(&self, row: &Row, text: Text) -> &str {
        self.file(row.place.file).map_or("", |file| file.get(text))
    }

    /// The rows of a table: its own, and those of its regions for codes that it has decided nothing on: a suggestion stands in nobody's place.
    pub fn rows<'c>(&'c self, table: &'c Table) -> impl Iterator<Item = &'c Row> + use<'c> {
        let of_regions = table
            .regions
            .iter()
            .filter_map(|&region| self.regions.get(region))
            .flat_map(|region| &region.set.rows)
            .filter(|row| !table.own_codes.contains(&(row.key.law, row.key.code)));
        table.own.rows.iter().chain(of_regions)
    }

    /// The releases of this law that a table translates to, in its order.
    pub fn releases_of<'c>(
        &'c self,
        table: &'c Table,
        law: Law,
    ) -> impl Iterator<Item = &'c Release> + use<'c> {
        table
            .releases
            .iter()
            .filter_map(|&release| self.releases.get(release))
            .filter(move |release| release.entry.law == law)
    }

    /// The national product a table means by this code.
    pub fn product<'c>(&'c self, table: &'c Table, law: Law, code: Code) -> Option<&'c Product> {
        self.releases_of(table, law)
            .find_map(|release| release.get(code))
    }

    /// The published name of a product of this release.
    pub fn name<'c>(&'c self, release: &Release, product: &Product) -> &'c str {
        self.file(release.file)
            .map_or("", |file| file.get(product.name))
    }
}

struct Loading {
    catalogue: Catalogue,
    by_path: BTreeMap<Arc<str>, usize>,
    /// Files that are there and cannot be read, which was found: nobody needs to hear that they are not there.
    refused: HashSet<Arc<str>>,
    used: HashSet<usize>,
    findings: Findings,
}

impl Loading {
    /// Which of the files has this path; it counts as used.
    fn take(&mut self, path: &str) -> Option<usize> {
        let index = self.by_path.get(path).copied()?;
        self.used.insert(index);
        Some(index)
    }

    fn releases(&mut self) {
        let Some(index) = self.take(RELEASES) else {
            if self.refused.contains(RELEASES) {
                return;
            }
            self.findings.push(Finding {
                file: RELEASES.into(),
                line: 0,
                class: Class::F09,
                count: 1,
                text: "De lijst van landelijke uitgaven is er niet.".to_owned(),
                remedy: format!("Zet de uitgaven in `{RELEASES}`."),
            });
            return;
        };
        let entries = match self.catalogue.files.get(index) {
            Some(file) => match toml::from_str::<ReleasesFile>(&file.text) {
                Ok(parsed) => parsed.release,
                Err(error) => {
                    let line = error.span().map_or(1, |span| file.line_of(span.start));
                    self.findings.push(file.finding(
                        line,
                        Class::F08,
                        format!(
                            "De lijst van uitgaven is niet te lezen ({}).",
                            error.message()
                        ),
                        "Verbeter deze regel.",
                    ));
                    return;
                }
            },
            None => return,
        };
        let mut known = HashSet::new();
        for entry in entries {
            let at = entry.span().start;
            let entry = entry.into_inner();
            if !known.insert(entry.name.clone()) {
                self.of_releases(
                    at,
                    Class::F08,
                    format!("De uitgave {} staat er twee keer.", entry.name),
                    "Haal er een weg, of geef haar een eigen naam en bestand.",
                );
                continue;
            }
            let path = format!("canonical/{}.tsv", entry.name);
            let Some(index) = self.take(&path) else {
                if self.refused.contains(path.as_str()) {
                    continue;
                }
                self.of_releases(
                    at,
                    Class::F09,
                    format!("Het bestand van de uitgave {} is er niet.", entry.name),
                    format!("Zet de uitgave in `{path}`, of haal haar uit de lijst."),
                );
                continue;
            };
            if let Some(file) = self.catalogue.files.get(index) {
                let release = Release::read(entry, number(index), file, &mut self.findings);
                self.catalogue.releases.extend(release);
            }
        }
        if let Some(index) = self.take(CATEGORIES)
            && let Some(file) = self.catalogue.files.get(index)
        {
            self.catalogue.categories = canonical::read_categories(file, &mut self.findings);
        }
    }

    /// What is wrong with an entry of the list of releases, at this place in it.
    fn of_releases(
        &mut self,
        at: usize,
        class: Class,
        text: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        if let Some(&index) = self.by_path.get(RELEASES)
            && let Some(file) = self.catalogue.files.get(index)
        {
            let finding = file.finding(file.line_of(at), class, text, remedy);
            self.findings.push(finding);
        }
    }

    fn names(&mut self) {
        const COLUMNS: &[&str] = &["code", "name", "region"];
        let Some(index) = self.take(MUNICIPALITIES) else {
            return;
        };
        let Some(file) = self.catalogue.files.get(index) else {
            return;
        };
        let Some(mut sheet) = Sheet::open(file, COLUMNS, COLUMNS, &mut self.findings) else {
            return;
        };
        while let Some(cells) = sheet.next(&mut self.findings) {
            match cells.get(0).parse::<Municipality>() {
                Ok(municipality) => {
                    let named = Named {
                        name: cells.get(1).into(),
                        region: cells.get(2).into(),
                    };
                    self.catalogue.names.insert(municipality, named);
                }
                Err(why) => self.findings.push(sheet.unreadable(cells.line, 0, why)),
            }
        }
    }

    fn regions(&mut self) {
        let found: Vec<_> = self
            .by_path
            .iter()
            .filter_map(|(path, &index)| {
                let name = path.strip_prefix("regions/")?.strip_suffix(".tsv")?;
                (!name.contains('/')).then(|| (name.to_owned(), index))
            })
            .collect();
        for (name, index) in found {
            self.used.insert(index);
            if let Some(file) = self.catalogue.files.get(index) {
                let set = RowSet::read(file, number(index), None, &mut self.findings);
                self.catalogue.regions.push(Region { name, set });
            }
        }
    }

    fn tables(&mut self) {
        let mut folders: BTreeMap<String, Arc<str>> = BTreeMap::new();
        for path in self.by_path.keys() {
            if let Some((folder, _)) = path.split_once('/')
                && folder.starts_with("gm")
            {
                folders
                    .entry(folder.to_owned())
                    .or_insert_with(|| Arc::clone(path));
            }
        }
        let mut included = HashSet::new();
        for (folder, path) in folders {
            let manifest_path = format!("{folder}/manifest.toml");
            let Some(manifest_index) = self.take(&manifest_path) else {
                if !self.refused.contains(manifest_path.as_str()) {
                    self.findings.push(Finding {
                        file: path,
                        line: 0,
                        class: Class::F07,
                        count: 1,
                        text: format!("De map {folder} heeft geen manifest."),
                        remedy: format!("Zet een manifest in `{manifest_path}`."),
                    });
                }
                // Known for what they are, though not read.
                let of_it = format!("{folder}/");
                let files = self
                    .by_path
                    .iter()
                    .filter(|(path, _)| path.starts_with(&of_it));
                self.used.extend(files.map(|(_, &index)| index));
                continue;
            };
            let rows_path = format!("{folder}/map.tsv");
            let rows_index = self.take(&rows_path);
            let table = self.table(&folder, manifest_index, rows_index);
            if let Some(table) = &table {
                included.extend(table.regions.iter().copied());
            }
            self.catalogue.tables.extend(table);
        }
        self.catalogue
            .tables
            .sort_unstable_by_key(|table| table.municipality);
        for (index, region) in self.catalogue.regions.iter().enumerate() {
            if !included.contains(&index)
                && let Some(file) = self.catalogue.file(region.set.file)
            {
                self.findings.push(file.finding(
                    0,
                    Class::F10,
                    format!("Geen gemeente neemt de regio {} over.", region.name),
                    "Noem de regio in `include` van een manifest, of haal het bestand weg.",
                ));
            }
        }
    }

    fn table(
        &mut self,
        folder: &str,
        manifest_index: usize,
        rows_index: Option<usize>,
    ) -> Option<Table> {
        let catalogue = &self.catalogue;
        let file = catalogue.files.get(manifest_index)?;
        let manifest = Manifest::read(file, &mut self.findings)?;
        if *folder != *format!("gm{}", manifest.municipality) {
            self.findings.push(file.finding(
                0,
                Class::F08,
                format!(
                    "De map heet {folder} en het manifest is van {}.",
                    manifest.municipality
                ),
                "Laat de map gm en de code van de gemeente heten.",
            ));
            return None;
        }
        let mut hash = Sha256::new();
        hash.update(b"knooppunt/catalogue/table/1\0");
        hash.update(file.hash);
        let mut releases = Vec::new();
        for (name, line) in &manifest.canonical {
            let found = catalogue
                .releases
                .iter()
                .position(|release| release.entry.name == *name);
            match found {
                Some(index) => releases.push(index),
                None => self.findings.push(file.finding(
                    *line,
                    Class::F09,
                    format!("De uitgave {name} is er niet."),
                    format!("Noem een uitgave van `{RELEASES}`."),
                )),
            }
        }
        let mut regions = Vec::new();
        for (name, line) in &manifest.include {
            let found = catalogue
                .regions
                .iter()
                .position(|region| region.name == *name);
            match found {
                Some(index) => regions.push(index),
                None => self.findings.push(file.finding(
                    *line,
                    Class::F09,
                    format!("De regio {name} is er niet."),
                    format!("Zet haar rijen in `regions/{name}.tsv`, of haal haar weg."),
                )),
            }
        }
        let mut laws = releases
            .iter()
            .filter_map(|&index| catalogue.releases.get(index))
            .map(|release| release.entry.law);
        let law = laws.next().filter(|first| laws.all(|law| law == *first));
        let rows = rows_index.and_then(|index| Some((index, catalogue.files.get(index)?)));
        let own = if let Some((index, rows)) = rows {
            hash.update(rows.hash);
            RowSet::read(rows, number(index), law, &mut self.findings)
        } else {
            let is_refused = self.refused.contains(format!("{folder}/map.tsv").as_str());
            if manifest.include.is_empty() && !is_refused {
                self.findings.push(file.finding(
                    0,
                    Class::F07,
                    format!("De map {folder} heeft geen tabel en neemt geen regio over."),
                    format!("Zet rijen in `{folder}/map.tsv`, of noem een regio in `include`."),
                ));
            }
            RowSet {
                file: number(manifest_index),
                rows: Vec::new(),
            }
        };
        let region_files = regions
            .iter()
            .filter_map(|&index| Some(catalogue.regions.get(index)?.set.file));
        let release_files = releases
            .iter()
            .filter_map(|&index| Some(catalogue.releases.get(index)?.file));
        // What a release is a list of stands in another file than its products: of it, what gives rows their law.
        for &index in &releases {
            let release = catalogue.releases.get(index)?;
            hash.update(release.entry.law.as_str());
            hash.update([0]);
        }
        for file in region_files.chain(release_files) {
            let file = catalogue.file(file)?;
            hash.update((file.path.len() as u64).to_be_bytes());
            hash.update(file.path.as_bytes());
            hash.update(file.hash);
        }
        let own_codes = own
            .rows
            .iter()
            .filter(|row| row.is_decided())
            .map(|row| (row.key.law, row.key.code))
            .collect();
        Some(Table {
            municipality: manifest.municipality,
            manifest,
            manifest_file: number(manifest_index),
            own,
            regions,
            releases,
            version: Version(hash.finalize().into()),
            own_codes,
        })
    }

    fn unused(&mut self) {
        for (index, file) in self.catalogue.files.iter().enumerate() {
            let is_text = file.path.ends_with(".md");
            if !self.used.contains(&index) && !is_text {
                self.findings.push(file.finding(
                    0,
                    Class::F10,
                    "Dit bestand hoort bij geen tabel.",
                    "Haal het weg, of noem het waar het bij hoort.",
                ));
            }
        }
    }
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
