//! `knooppunt catalogue` as a script sees it, and the tables of this repository held against the facts they were made from.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn catalogue(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_knooppunt"))
        .arg("catalogue")
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[allow(
    clippy::print_stdout,
    reason = "who reads the output of a test learns what was not compared"
)]
/// The collected facts: in the folder that `KNOOPPUNT_SHARED` names, else in `../shared`. None where they are not.
fn facts() -> Option<PathBuf> {
    let named = env::var_os("KNOOPPUNT_SHARED");
    let is_named = named.is_some();
    let folder = root()
        .join(named.unwrap_or_else(|| "../shared".into()))
        .join("catalogue");
    let is_there = folder.is_dir();
    assert!(is_there || !is_named, "{} is no folder", folder.display());
    if !is_there {
        println!("the collected facts are not here: nothing is compared");
    }
    is_there.then_some(folder)
}

/// A folder with one made-up table, and the national lists of this repository.
fn folder(map: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for part in ["canonical", "gm9901"] {
        fs::create_dir(folder.path().join(part)).unwrap();
        for entry in fs::read_dir(root().join("mappings").join(part)).unwrap() {
            let entry = entry.unwrap();
            let to = folder.path().join(part).join(entry.file_name());
            fs::copy(entry.path(), to).unwrap();
        }
    }
    let header = "law\tlocal_code\trelation\tcanonical\tvalid_from\n";
    let rows = folder.path().join("gm9901/map.tsv");
    fs::write(rows, format!("{header}{map}")).unwrap();
    folder
}

fn lint(folder: &Path, more: &[&str]) -> (Option<i32>, String) {
    let folder = folder.to_str().unwrap();
    let output = catalogue(&[&["lint", folder], more].concat());
    (output.status.code(), text(&output.stdout))
}

#[test]
fn the_tables_of_this_repository_are_clean() {
    let output = catalogue(&["lint"]);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(
        said.ends_with("0 fouten, 0 waarschuwingen, 0 opmerkingen\n"),
        "{said}"
    );
}

#[test]
fn no_table_of_this_repository_is_enabled_and_what_is_made_up_has_a_code_that_no_municipality_has()
{
    let mappings = root().join("mappings");
    let known = fs::read_to_string(mappings.join("municipalities.tsv")).unwrap();
    let mut made_up = 0;
    for entry in fs::read_dir(&mappings).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(code) = name.strip_prefix("gm") else {
            continue;
        };
        let manifest = fs::read_to_string(mappings.join(&name).join("manifest.toml")).unwrap();
        assert!(manifest.contains("\nenabled = false\n"), "{name}");
        let is_made_up = manifest.contains("\nmade_up = true\n");
        let is_known = known
            .lines()
            .any(|line| line.starts_with(&format!("{code}\t")));
        assert_eq!(is_made_up, !is_known, "{name}");
        made_up += usize::from(is_made_up);
    }
    assert_eq!(made_up, 2);
}

#[test]
fn what_is_wrong_with_a_table_is_told_with_file_and_line_and_the_exit_code_is_2() {
    let sound = folder("jw\t45X48\texact\t45A48\t2024-01-01\n");
    let (code, said) = lint(sound.path(), &["--strict"]);
    assert_eq!(code, Some(0), "{said}");
    let wrong =
        folder("jw\t45X48\texact\t45A48\t2024-01-01\njw\t13XW15\texact\t45A48\t2024-01-01\n");
    let (code, said) = lint(wrong.path(), &[]);
    assert_eq!(code, Some(2));
    assert!(said.starts_with("gm9901/map.tsv:3: M12 fout: "), "{said}");
    let (code, said) = lint(wrong.path(), &["--json"]);
    assert_eq!(code, Some(2));
    let line: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(line["klasse"], "M12");
    assert_eq!(
        (&line["bestand"], &line["regel"]),
        (&"gm9901/map.tsv".into(), &3.into())
    );
    let (code, _) = lint(&sound.path().join("weg"), &[]);
    assert_eq!(code, Some(2));
}

#[test]
fn the_national_lists_say_what_the_collected_facts_say() {
    let Some(facts) = facts() else {
        return;
    };
    let out = tempfile::tempdir().unwrap();
    let (from, to) = (facts.to_str().unwrap(), out.path().to_str().unwrap());
    let output = catalogue(&["canonical", "--from", from, "--out", to]);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}");
    for (release, products) in [
        ("aids-2022-01", 129),
        ("jz21-2019-02", 887),
        ("jz21-2025-02", 450),
        ("wmo021-2016-09", 338),
        ("wmo021-2019-02", 344),
    ] {
        let counted = format!("{release}: {products} producten");
        assert!(said.contains(&counted), "{said}");
    }
    assert!(said.contains("342 gemeenten") && said.contains("onvolledig"));
    let mut compared = 0;
    for line in said.lines() {
        let Some(path) = line.strip_prefix("geschreven: ") else {
            continue;
        };
        let made = Path::new(path);
        let ours = root()
            .join("mappings")
            .join(made.strip_prefix(out.path()).unwrap());
        assert!(
            fs::read(made).unwrap() == fs::read(&ours).unwrap(),
            "{} is not what the facts make; run `knooppunt catalogue canonical`",
            ours.display()
        );
        compared += 1;
    }
    assert_eq!(compared, 8);
    let again = catalogue(&["canonical", "--from", from, "--out", to]);
    assert!(!text(&again.stdout).contains("geschreven"));
}

#[test]
fn the_traps_between_two_releases_stand_in_the_lists() {
    let list = |name: &str| {
        let path = root().join(format!("mappings/canonical/{name}.tsv"));
        fs::read_to_string(path).unwrap()
    };
    let (before, after) = (list("wmo021-2016-09"), list("wmo021-2019-02"));
    let name = |list: &str, code: &str| {
        let line = list
            .lines()
            .find(|line| line.starts_with(&format!("{code}\t")))?;
        line.split('\t').nth(3).map(str::to_owned)
    };
    // The same code with another meaning.
    let (old, new) = (
        name(&before, "02L04").unwrap(),
        name(&after, "02L04").unwrap(),
    );
    assert!(old.contains("korte begeleidingsvragen") && new.contains("maatschappelijkwerk"));
    // A merge.
    assert_eq!(name(&after, "08A11"), None);
    assert_eq!(name(&before, "08A11"), name(&after, "08A03"));
    // Codes that said no more than their category.
    assert!(name(&before, "02A00").is_some() && name(&after, "02A00").is_none());
}

#[test]
fn facts_that_are_wrong_leave_the_lists_as_they_are() {
    let facts = tempfile::tempdir().unwrap();
    fs::write(facts.path().join("product_codes.csv"), "list,release\n").unwrap();
    let out = tempfile::tempdir().unwrap();
    let (from, to) = (facts.path().to_str().unwrap(), out.path().to_str().unwrap());
    let output = catalogue(&["canonical", "--from", from, "--out", to]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("categories.csv:0: F09"));
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
}

#[test]
fn made_up_tables_are_written_once_and_lint_finds_what_was_planted() {
    let out = tempfile::tempdir().unwrap();
    let to = out.path().join("made");
    let plan = |codes: &str, to: &Path, more: &[&str]| {
        let plan = [
            "generate",
            "--codes",
            codes,
            "--municipalities",
            "24",
            "--out",
        ];
        catalogue(&[&plan, &[to.to_str().unwrap()][..], more].concat())
    };
    let output = plan("1200", &to, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    assert!(said.starts_with("24 gemeenten, 1200 codes, "), "{said}");
    assert!(said.contains(", 0 gezette fouten\n"), "{said}");
    let gold = fs::read_to_string(to.join("gold.tsv")).unwrap();
    assert_eq!(gold.lines().count(), 1201);
    let (code, said) = lint(&to.join("mappings"), &["--strict"]);
    assert_eq!(code, Some(0), "{said}");

    let again = plan("1200", &to, &[]);
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again.stderr).contains("niet leeg"));
    let none = plan("100", &out.path().join("few"), &[]);
    assert_eq!(none.status.code(), Some(2));
    assert!(text(&none.stderr).contains("minder dan 8 codes"));

    let wrong = out.path().join("wrong");
    let output = plan("1200", &wrong, &["--conflicts", "--include"]);
    assert_eq!(output.status.code(), Some(0));
    let planted = fs::read_to_string(wrong.join("planted.tsv")).unwrap();
    let (code, said) = lint(&wrong.join("mappings"), &["--json"]);
    assert_eq!(code, Some(2));
    let mut told: Vec<_> = said
        .lines()
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let word = |name: &str| line[name].as_str().unwrap().to_owned();
            format!("{}\t{}\t{}", word("klasse"), word("bestand"), line["regel"])
        })
        .collect();
    let mut meant: Vec<_> = planted.lines().skip(1).map(str::to_owned).collect();
    told.sort_unstable();
    meant.sort_unstable();
    assert!(meant.len() > 20, "{planted}");
    assert_eq!(told, meant);
}
