//! A second opinion on the schemas: does xsd-parser read from each file what our compiled tables say?
//! Names, order, occurrence, namespaces and facets, element by element; ours, and the published ones where they are at hand.

mod model;
mod tables;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (mut passed, mut failed) = (0, 0);
    match sees_differences(&root) {
        Ok(()) => {
            println!("test a_changed_schema_is_noticed ... ok");
            passed += 1;
        }
        Err(error) => {
            println!("test a_changed_schema_is_noticed ... FAILED: {error:#}");
            failed += 1;
        }
    }
    let (published, releases) = match (published(&root), releases(&root)) {
        (Ok(published), Ok(releases)) => (published, releases),
        (Err(error), _) | (_, Err(error)) => {
            eprintln!("{error:#}");
            return ExitCode::FAILURE;
        }
    };
    for (standard, release) in &releases {
        let folders = [
            root.join(format!("schemas/{standard}/{release}")),
            published.join(format!("xsd/{standard}/{release}")),
        ];
        for (folder, whose) in folders.iter().zip(["ours", "published"]) {
            if !folder.exists() {
                println!("{standard} {release}, {whose}: not at hand");
                continue;
            }
            for file in messages(folder) {
                let name = file
                    .file_stem()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned();
                let outcome = compare(folder, standard, release, &file, &name);
                let said = match &outcome {
                    Ok(elements) => format!("ok ({elements} elements)"),
                    Err(error) => format!("FAILED: {error:#}"),
                };
                println!("test {standard}/{release}/{whose}/{name} ... {said}");
                if outcome.is_ok() {
                    passed += 1
                } else {
                    failed += 1
                }
            }
        }
    }
    // A run that compared nothing proves nothing.
    let ok = failed == 0 && passed > 28;
    println!(
        "\ntest result: {}. {passed} passed; {failed} failed; 0 ignored; 0 measured; 0 filtered out",
        if ok { "ok" } else { "FAILED" }
    );
    if ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Where the published files are: in the folder that `KNOOPPUNT_SHARED` names (a relative one counts from the root of the repository),
/// else in `../shared`; they may be absent. A variable that names a folder without them is a mistake.
fn published(root: &Path) -> Result<PathBuf> {
    let named = env::var_os("KNOOPPUNT_SHARED");
    let is_named = named.is_some();
    let standards = root
        .join(named.unwrap_or_else(|| "../shared".into()))
        .join("standards");
    ensure!(
        !is_named || standards.is_dir(),
        "KNOOPPUNT_SHARED is set, but {} is no folder",
        standards.display()
    );
    Ok(standards)
}

/// Every release in `schemas/`: standard and release.
fn releases(root: &Path) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for standard in fs::read_dir(root.join("schemas"))? {
        for release in fs::read_dir(standard?.path())? {
            let path = release?.path();
            if path.join("source.toml").exists() {
                let name = |path: Option<&Path>| {
                    let name = path.and_then(Path::file_name).context("a name")?;
                    anyhow::Ok(name.to_string_lossy().into_owned())
                };
                found.push((name(path.parent())?, name(Some(&path))?));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The message schemas of a folder, by name.
fn messages(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_message = |path: &PathBuf| {
        path.extension().is_some_and(|extension| extension == "xsd")
            && !path.ends_with("basisschema.xsd")
    };
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(is_message)
        .collect();
    files.sort();
    files
}

/// How many elements both readings have, all equal.
fn compare(folder: &Path, standard: &str, release: &str, file: &Path, name: &str) -> Result<usize> {
    let releases = tables::load(folder, standard, release)?;
    let namespace = format!(
        "http://www.istandaarden.nl/{standard}/{}/{}/schema",
        release.replace('.', "_"),
        name.to_lowercase()
    );
    let ours = tables::lines(&releases, &namespace)?;
    let theirs = model::lines(file).context("xsd-parser")?;
    for (ours, theirs) in ours.iter().zip(&theirs) {
        ensure!(ours == theirs, "\n  ours   {ours}\n  theirs {theirs}");
    }
    ensure!(
        ours.len() == theirs.len(),
        "{} elements, xsd-parser has {}",
        ours.len(),
        theirs.len()
    );
    ensure!(ours.len() > 15, "only {} elements", ours.len());
    Ok(ours.len())
}

/// A check that the check works: tables of a changed copy differ from the model of the original.
fn sees_differences(root: &Path) -> Result<()> {
    let original = root.join("schemas/ijw/3.2");
    let changes = [
        ("JW305.xsd", "name=\"Begindatum\"", "name=\"BeginDatum\""),
        ("JW305.xsd", " minOccurs=\"0\"", ""),
        ("JW305.xsd", " maxOccurs=\"unbounded\"", ""),
        ("JW305.xsd", "value=\"438\"", "value=\"439\""),
        (
            "basisschema.xsd",
            "value=\"999999999\"",
            "value=\"99999999\"",
        ),
        ("basisschema.xsd", "value=\"200\"", "value=\"201\""),
        ("basisschema.xsd", "value=\"[^:Z]*\"", "value=\"[^Z]*\""),
        ("basisschema.xsd", "base=\"xs:date\"", "base=\"xs:time\""),
        ("basisschema.xsd", "<xs:enumeration value=\"55\"/>", ""),
    ];
    let folder = std::env::temp_dir().join(format!("second-opinion-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    for (changed, from, to) in changes {
        for file in ["basisschema.xsd", "JW305.xsd"] {
            let text = fs::read_to_string(original.join(file))?;
            let text = if file == changed {
                text.replacen(from, to, 1)
            } else {
                text
            };
            fs::write(folder.join(file), text)?;
        }
        let outcome = compare(&folder, "ijw", "3.2", &original.join("JW305.xsd"), "JW305");
        ensure!(outcome.is_err(), "{from} in {changed} may become {to:?}");
    }
    fs::remove_dir_all(&folder)?;
    Ok(())
}
