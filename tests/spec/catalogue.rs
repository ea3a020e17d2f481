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
fn the_folder_of_tables_is_named_the_same_way_for_every_order() {
    let wrong = folder("jw\t45X48\texact\t45A4\t2024-01-01\n");
    let at = wrong.path().to_str().unwrap();
    let said = |arguments: &[&str]| {
        let output = catalogue(arguments);
        (output.status.code(), text(&output.stdout))
    };
    let named = said(&["lint", "--tables", at]);
    assert_eq!(named, said(&["lint", at]));
    assert_eq!(named.0, Some(2));
    assert_eq!(said(&["lint", at, "--tables", at]).0, Some(2));
    let mark = ["mark", "gm9901", "--tables", at, "--by", "contractbeheer"];
    let reject = ["--state", "rejected", "--line", "2"];
    // It holds already, and so stays.
    let (code, told) = said(&[&mark[..], &reject].concat());
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("gm9901/map.tsv:2: blijft"), "{told}");
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
    let output = catalogue(&["canonical", "--from", from, "--tables", to]);
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
    let again = catalogue(&["canonical", "--from", from, "--tables", to]);
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
    let output = catalogue(&["canonical", "--from", from, "--tables", to]);
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
    // M11 shows in messages.
    let of_tables = planted
        .lines()
        .skip(1)
        .filter(|line| !line.starts_with("M11"));
    let mut meant: Vec<_> = of_tables.map(str::to_owned).collect();
    told.sort_unstable();
    meant.sort_unstable();
    assert!(meant.len() > 20, "{planted}");
    assert_eq!(told, meant);
}

/// What a run said, and its exit code.
fn said(arguments: &[&str]) -> (Option<i32>, String) {
    let output = catalogue(arguments);
    (output.status.code(), text(&output.stdout))
}

#[test]
fn a_product_is_translated_with_its_volume_and_tariff_or_not_at_all_and_the_row_is_named() {
    let asked = |more: &[&str]| {
        let asked = ["translate", "9901", "jw", "45", "45X53", "--unit", "04"];
        said(&[&asked[..], &["--on", "2024-05-01", "--json"], more].concat())
    };
    let (code, line) = asked(&["--volume", "3", "--tariff", "66.00"]);
    assert_eq!(code, Some(0));
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(line["verdict"], "apply");
    let product = serde_json::json!({
        "category": "45", "code": "45A53", "unit": "01", "volume": 180, "tariff": "1.10"
    });
    assert_eq!(line["product"], product);
    let row = line["rows"][0].as_str().unwrap();
    assert!(row.starts_with("gm9901/map.tsv:"), "{row}");
    assert_eq!(line["table"].as_str().unwrap().len(), 64);
    // Of a tariff that is not whole cents a minute nothing is made.
    let (code, line) = asked(&["--tariff", "66.01"]);
    assert_eq!(code, Some(1));
    assert!(line.contains("tariff-not-whole"), "{line}");
}

#[test]
fn two_codes_that_would_become_one_in_a_message_are_told_with_the_rows_they_come_by() {
    let tables = folder(
        "jw\t45X48\texact\t45A48\t2024-01-01\njw\t45X49\texact\t45A48\t2024-01-01\njw\t45X53\texact\t45A53\t2024-01-01\n",
    );
    let tables = tables.path().to_str().unwrap();
    let asked = |beside: &str| {
        let asked = [
            "translate",
            "9901",
            "jw",
            "45",
            "45X48",
            "--on",
            "2024-05-01",
        ];
        said(&[&asked[..], &["--beside", beside, "--tables", tables]].concat())
    };
    let (code, text) = asked("45X49");
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("gm9901/map.tsv:3: M11"), "{text}");
    assert!(text.contains("dat van gm9901/map.tsv:2 "), "{text}");
    // What the municipality says itself of a national code counts as well.
    let (code, text) = asked("45A48");
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("gm9901/map.tsv:2: M11"), "{text}");
    let (code, text) = asked("45X53");
    assert_eq!(code, Some(0), "{text}");
    assert!(!text.contains("M11"), "{text}");
}

#[test]
fn the_same_code_means_what_its_municipality_says_and_leads_back_to_it() {
    for (municipality, national) in [("9901", "45A48"), ("9902", "45A53")] {
        let on = ["--unit", "04", "--on", "2024-05-01"];
        let forth = ["translate", municipality, "jw", "45", "45X48"];
        let (code, text) = said(&[&forth[..], &on].concat());
        assert_eq!(code, Some(0));
        let wanted = format!("vertaald: {national}, categorie 45");
        assert!(text.starts_with(&wanted), "{text}");
        let back = ["translate", municipality, "jw", "45", national, "--back"];
        let (code, text) = said(&[&back[..], &on].concat());
        let is_back = text.starts_with("vertaald: 45X48, ");
        assert_eq!((code, is_back), (Some(0), true), "{text}");
    }
}

#[test]
fn nothing_is_translated_by_tables_with_an_error() {
    let wrong = folder("jw\t45X48\texact\t45A99\t2024-01-01\n");
    let tables = ["--tables", wrong.path().to_str().unwrap()];
    let asked = ["translate", "9901", "jw", "45", "45X48"];
    let output = catalogue(&[&asked[..], &tables].concat());
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("gm9901/map.tsv:2: M13"));
}

#[test]
fn a_table_that_goes_out_in_either_form_comes_in_as_it_was_and_is_off() {
    for (form, file) in [("sssom", "9902.sssom.tsv"), ("fhir", "9902.json")] {
        let elsewhere = folder("");
        let path = elsewhere.path().join(file);
        let (path, to) = (path.to_str().unwrap(), elsewhere.path().to_str().unwrap());
        let output = catalogue(&["export", "9902", "--form", form, "--out", path]);
        assert_eq!(output.status.code(), Some(0));
        assert!(text(&output.stderr).contains("gaat niet mee: wat het manifest zegt"));
        let import = ["import", path, "--tables", to];
        let (code, told) = said(&import);
        assert_eq!(code, Some(0), "{told}");
        let manifest = elsewhere.path().join("gm9902/manifest.toml");
        let manifest = fs::read_to_string(manifest).unwrap();
        assert!(manifest.contains("enabled = false"), "{manifest}");
        let sides = ["gm9902@2024-05-01"; 2];
        let diff = [
            &["diff", "--before", "mappings", "--tables", to],
            &sides[..],
        ]
        .concat();
        let (code, text) = said(&diff);
        assert_eq!((code, text.lines().count()), (Some(0), 1), "{text}");
        // A table that is there is not overwritten.
        assert_eq!(said(&import).0, Some(1));
    }
}

#[test]
fn a_concept_map_of_r4_is_refused_with_the_reason() {
    let elsewhere = folder("");
    let path = elsewhere.path().join("r4.json");
    let target = r#"{"code": "45A48", "equivalence": "wider"}"#;
    let element = format!(r#"{{"code": "45X48", "target": [{target}]}}"#);
    let map = format!(r#"{{"resourceType": "ConceptMap", "group": [{{"element": [{element}]}}]}}"#);
    fs::write(&path, map).unwrap();
    let to = elsewhere.path().to_str().unwrap();
    let output = catalogue(&["import", path.to_str().unwrap(), "--tables", to]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("dit is FHIR R4"));
}

#[test]
fn two_releases_are_compared_and_what_one_is_not_complete_for_is_not_said_to_be_gone() {
    let (code, told) = said(&["diff", "wmo021-2016-09", "wmo021-2019-02"]);
    assert_eq!(code, Some(0));
    assert!(told.contains("nieuw: 34") && told.contains("andere tekst: 8"));
    let (_, told) = said(&["diff", "jz21-2019-02", "jz21-2025-02", "--json"]);
    assert_eq!(told.lines().count(), 21);
    assert!(
        told.lines()
            .all(|line| line.contains("\"soort\":\"nieuw\""))
    );
    assert_eq!(said(&["diff", "jz21-2019-02", "wmo021-2019-02"]).0, Some(2));
}

#[test]
fn suggestions_come_with_score_and_reasons_and_change_nothing() {
    let asked = ["suggest", "--law", "wmo", "--label", "Logeeropvang"];
    let (code, told) = said(&[&asked[..], &["--unit", "14", "--json"]].concat());
    assert_eq!(code, Some(0));
    let line: serde_json::Value = serde_json::from_str(&told).unwrap();
    let candidates = line["candidates"].as_array().unwrap();
    assert!((1..=10).contains(&candidates.len()));
    assert!(
        candidates
            .iter()
            .all(|one| !one["reasons"].as_array().unwrap().is_empty())
    );
    let (code, told) = said(&["suggest", "0757"]);
    assert_eq!(code, Some(0));
    assert!(
        told.starts_with("32A ") && told.contains("\n32D "),
        "{told}"
    );
    assert_eq!(said(&["suggest"]).0, Some(2));
}

#[test]
fn a_suggestion_that_is_kept_is_decided_on_by_role_and_a_rejected_one_does_not_come_back() {
    let elsewhere = folder("");
    let map = elsewhere.path().join("gm9901/map.tsv");
    let rows = "law\tlocal_code\tunit\trelation\tcanonical\tvalid_from\tstate\tjustification\tlocal_label\n\
        wmo\t04X01\t14\tnone\t\t2030-01-01\tsuggested\tunmapped\tLogeeropvang\n";
    fs::write(&map, rows).unwrap();
    let tables = ["--tables", elsewhere.path().to_str().unwrap()];
    let keep = [
        "suggest",
        "9901",
        "--keep",
        "2",
        "--by",
        "contractbeheer",
        "--from",
        "2030-01-01",
    ];
    let keep = [&keep[..], &tables].concat();
    let (code, told) = said(&keep);
    assert_eq!(code, Some(0));
    assert!(told.ends_with("2 voorstellen erbij\n"), "{told}");
    let kept = fs::read_to_string(&map).unwrap();
    assert!(kept.starts_with(rows.lines().next().unwrap()), "{kept}");
    let mark = [
        "mark",
        map.to_str().unwrap(),
        "--code",
        "04X01",
        "--to",
        "04A04",
    ];
    let by = ["--state", "rejected", "--by", "contractbeheer", "--write"];
    let (code, told) = said(&[&mark[..], &by].concat());
    assert_eq!(code, Some(0), "{told}");
    assert!(fs::read_to_string(&map).unwrap().contains("\trejected\t"));
    let (_, told) = said(&[&["suggest", "9901", "--json"], &tables[..]].concat());
    assert!(!told.contains("\"04A04\""), "{told}");
}

#[test]
fn coverage_comes_as_text_json_and_a_chart_and_counts_messages_where_they_are_given() {
    let elsewhere = tempfile::tempdir().unwrap();
    let uses = elsewhere.path().join("uses.tsv");
    let counted =
        "municipality\tlaw\tcategory\tcode\tcount\n0757\tjw\t32\t32B\t70\n0757\tjw\t32\t32D\t5\n";
    fs::write(&uses, counted).unwrap();
    let uses = ["--uses", uses.to_str().unwrap()];
    let asked = ["coverage", "0757", "--on", "2017-06-01"];
    let (code, told) = said(&[&asked[..], &uses].concat());
    assert_eq!(code, Some(0));
    let place = |code: &str| told.find(code).unwrap();
    assert!(
        place("32B") < place("32D") && place("32D") < place("32A"),
        "{told}"
    );
    let (code, told) = said(&[&asked[..], &uses, &["--form", "json"]].concat());
    assert_eq!(code, Some(0));
    let report: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(report["alles"]["berichten"]["totaal"], 75);
    let (code, told) = said(&["coverage", "--form", "svg"]);
    assert_eq!(code, Some(0));
    assert!(told.contains("<svg") && told.trim_end().ends_with("</svg>"));
    let wrong = elsewhere.path().join("wrong.tsv");
    fs::write(&wrong, counted.replace("70", "veel")).unwrap();
    let wrong = ["--uses", wrong.to_str().unwrap()];
    assert_eq!(said(&[&asked[..], &wrong].concat()).0, Some(1));
}

#[test]
fn a_table_under_a_new_release_is_proposed_and_written_only_when_asked() {
    let elsewhere = folder("");
    let map = elsewhere.path().join("gm9901/map.tsv");
    let rows = "law\tlocal_code\trelation\tcanonical\tvalid_from\tvalid_to\tstate\tjustification\tlocal_label\n\
        wmo\t08X11\texact\t08A11\t2024-01-01\t\t\tmanual\tVervoer\n";
    fs::write(&map, rows).unwrap();
    let manifest = elsewhere.path().join("gm9901/manifest.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace("wmo021-2019-02", "wmo021-2016-09")).unwrap();
    let tables = ["--tables", elsewhere.path().to_str().unwrap()];
    let asked = [
        "migrate",
        "gm9901",
        "wmo021-2016-09",
        "wmo021-2019-02",
        "--from",
        "2999-01-01",
    ];
    let (code, told) = said(&[&asked[..], &tables].concat());
    assert_eq!(code, Some(0));
    assert!(
        told.contains("gm9901/map.tsv:2: 08X11 (samengevoegd)"),
        "{told}"
    );
    assert_eq!(fs::read_to_string(&map).unwrap(), rows);
    let (code, _) = said(&[&asked[..], &["--write"], &tables].concat());
    assert_eq!(code, Some(0));
    let written = fs::read_to_string(&map).unwrap();
    assert!(
        written.contains("\t2998-12-31\t") && written.contains("08A03\t2999-01-01"),
        "{written}"
    );
    let past = [
        "migrate",
        "gm9901",
        "wmo021-2016-09",
        "wmo021-2019-02",
        "--from",
        "2020-01-01",
    ];
    assert_eq!(said(&[&past[..], &tables].concat()).0, Some(2));
}
