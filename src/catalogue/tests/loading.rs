//! What is wrong with files: each a finding with file, line and remedy, and the rest is read all the same.

use super::folder::{clean, load, with};
use crate::{Class, Finding, Law, Municipality, Relation, Source};

const MAP: &str = "gm0777/map.tsv";
const HEADER: &str =
    "law\tcategory\tlocal_code\tunit\trelation\tcanonical\tvalid_from\tvalid_to\tlocal_label\n";

fn of_map(rows: &str) -> Vec<Finding> {
    load(with(MAP, &format!("{HEADER}{rows}"))).1
}

fn told(findings: &[Finding]) -> Vec<(&str, u32, Class)> {
    let told = |finding: &'_ Finding| (finding.line, finding.class);
    findings
        .iter()
        .map(|finding| {
            assert!(!finding.text.is_empty() && !finding.remedy.is_empty());
            (&*finding.file, told(finding).0, told(finding).1)
        })
        .collect()
}

#[test]
fn a_clean_folder_is_read_whole_and_accused_of_nothing() {
    let (catalogue, findings) = load(clean());
    assert_eq!(findings, []);
    let table = catalogue.table(Municipality::new(777).unwrap()).unwrap();
    let rows: Vec<_> = catalogue.rows(table).collect();
    assert_eq!(rows.len(), 2);
    assert_eq!(catalogue.place(rows[0].place), "gm0777/map.tsv:3");
    assert_eq!(rows[0].key.law, Law::Jw);
    assert_eq!(rows[0].relation, Relation::Exact);
    assert_eq!(
        catalogue.text(rows[0], rows[0].label),
        "Begeleiding intensief"
    );
    assert_eq!(catalogue.place(rows[1].place), "regions/wbw.tsv:2");
}

#[test]
fn rows_of_the_municipality_stand_in_the_place_of_those_of_the_region() {
    let rows = "jw\t45\t501AL\t82\tnone\t\t2024-01-01\t\tAnders\n";
    let (catalogue, findings) = load(with(MAP, &format!("{HEADER}{rows}")));
    assert_eq!(findings, []);
    let table = &catalogue.tables[0];
    let rows: Vec<_> = catalogue.rows(table).map(|row| row.relation).collect();
    assert_eq!(rows, [Relation::None]);
}

#[test]
fn a_version_changes_with_everything_the_table_is_made_of_and_with_nothing_else() {
    let version = |files| load(files).0.tables[0].version;
    let first = version(clean());
    assert_eq!(first, version(clean()));
    assert_eq!(first, version(with("gm0001/remark.md", "niets")));
    for path in [
        MAP,
        "gm0777/manifest.toml",
        "regions/wbw.tsv",
        "canonical/jw-1.tsv",
    ] {
        let mut files = clean();
        let file = files.iter_mut().find(|(known, _)| known == path).unwrap();
        file.1.push_str("# een opmerking\n");
        assert_ne!(first, version(files), "{path}");
    }
}

#[test]
fn a_version_changes_with_the_law_of_a_release_which_rows_take_theirs_from() {
    let version = |law: &str| {
        let list = format!(
            "[[release]]\nname = \"jw-1\"\nlist = \"jw\"\nlaw = \"{law}\"\ndate = 2019-02-01\n"
        );
        let mut files = with("canonical/releases.toml", &list);
        let manifest = files
            .iter_mut()
            .find(|(path, _)| path == "gm0777/manifest.toml");
        let manifest = &mut manifest.unwrap().1;
        *manifest = manifest.replace("\"jw-1\", \"wmo-1\"", "\"jw-1\"");
        load(files).0.tables[0].version
    };
    assert_ne!(version("jw"), version("wmo"));
}

#[test]
fn of_a_code_that_stands_twice_in_a_release_the_first_counts() {
    let list = "code\tcategory\tname\n45A48\t45\tEerste\n45A48\t45\tTweede\n45A53\t45\tDerde\n";
    let (catalogue, findings) = load(with("canonical/jw-1.tsv", list));
    assert_eq!(told(&findings), [("canonical/jw-1.tsv", 3, Class::M01)]);
    let release = catalogue.release("jw-1").unwrap();
    for (code, line) in [("45A48", 2), ("45A53", 4)] {
        let product = release.get(code.parse().unwrap()).unwrap();
        assert_eq!((product.code.as_str(), product.line), (code, line));
    }
}

#[test]
fn a_release_that_stands_twice_in_the_list_is_told_at_the_second_and_the_first_counts() {
    let one = |law: &str| {
        format!("[[release]]\nname = \"jw-1\"\nlist = \"jw\"\nlaw = \"{law}\"\ndate = 2019-02-01\n")
    };
    let list = format!("{}\n{}", one("jw"), one("wmo"));
    let (catalogue, found) = load(with("canonical/releases.toml", &list));
    let at = "canonical/releases.toml";
    let of_it = told(&found).into_iter().filter(|(file, _, _)| *file == at);
    assert_eq!(of_it.collect::<Vec<_>>(), [(at, 7, Class::F08)]);
    let laws = catalogue.releases.iter().map(|one| one.entry.law);
    assert_eq!(laws.collect::<Vec<_>>(), [Law::Jw]);
}

#[test]
fn a_file_that_is_wrong_in_every_line_is_told_by_its_first_lines_and_a_number() {
    let (more, most) = (7, crate::OF_FILE_MAX);
    let mut text = HEADER.to_owned();
    for _ in 0..most + more {
        text += "jw\n";
    }
    let found = load(with(MAP, &text)).1;
    assert_eq!(found.len(), most + 1);
    // About the whole file, and so in front.
    let rest = &found[0];
    assert_eq!((rest.line, rest.class, rest.count), (0, Class::F05, more));
    assert!(
        rest.to_json().contains("\"aantal\":7"),
        "{}",
        rest.to_json()
    );
    let lines: Vec<u32> = found[1..].iter().map(|one| one.line).collect();
    assert_eq!(lines, (2..).take(most).collect::<Vec<_>>());
}

#[test]
fn what_a_manifest_cannot_say_is_told_at_its_line() {
    for (from, to, line) in [
        ("[\"wbw\"]", "[\"wbw\", \"wbw\"]", 5),
        ("[\"jw-1\", ", "[\"jw-1\", \"jw-1\", ", 4),
        ("enabled = true", "enabled = true\ndaypart_minutes = 0", 8),
        (
            "enabled = true",
            "enabled = true\ndaypart_minutes = 1441",
            8,
        ),
        (
            "enabled = true",
            "enabled = true\non_ambiguous = \"hold\"",
            8,
        ),
    ] {
        let mut files = clean();
        let path = "gm0777/manifest.toml";
        let file = files.iter_mut().find(|(known, _)| known == path).unwrap();
        file.1 = file.1.replace(from, to);
        let (_, findings) = load(files);
        assert!(
            told(&findings).contains(&(path, line, Class::F08)),
            "{findings:?}"
        );
    }
}

#[test]
fn a_suggestion_does_not_stand_in_the_place_of_a_row_of_the_region() {
    let of_region = |state: &str| {
        let rows = format!(
            "law\tlocal_code\tunit\trelation\tcanonical\tvalid_from\tstate\njw\t501AL\t82\texact\tP5005\t2024-01-01\t{state}\n"
        );
        let (catalogue, findings) = load(with(MAP, &rows));
        assert_eq!(findings, []);
        let region = catalogue.regions[0].set.file;
        catalogue
            .rows(&catalogue.tables[0])
            .any(|row| row.place.file == region)
    };
    assert!(of_region("suggested"));
    for decided in ["confirmed", "rejected", "ignored"] {
        assert!(!of_region(decided), "{decided}");
    }
}

#[test]
fn malformed_codes_are_m12_with_their_line() {
    let rows = "jw\t45\t13XW15\t\texact\t45A48\t2024-01-01\t\t\njw\t45\t45x48\t\texact\t45A48\t2024-01-01\t\t\njw\t45\t45E10\t\texact\t45A48\t2024-01-01\t\t\njw\t45\t 5X48\t\texact\t45A48\t2024-01-01\t\t\n";
    let found = of_map(rows);
    assert_eq!(
        told(&found),
        [2, 3, 4, 5].map(|line| (MAP, line, Class::M12))
    );
}

#[test]
fn values_that_cannot_be_read_are_told_by_column() {
    let row = |change: (usize, &str)| {
        let mut cells = [
            "jw",
            "45",
            "45X48",
            "04",
            "exact",
            "45A48",
            "2024-01-01",
            "",
            "x",
        ];
        cells[change.0] = change.1;
        format!("{}\n", cells.join("\t"))
    };
    for change in [
        (0, "zvw"),
        (1, "5"),
        (3, "05"),
        (4, "broader"),
        (5, ""),
        (6, "1-1-2024"),
        (6, ""),
        (6, "2024-02-30"),
        (7, "2023-12-31"),
    ] {
        let found = of_map(&row(change));
        assert_eq!(told(&found), [(MAP, 2, Class::F06)], "{change:?}");
    }
}

#[test]
fn what_a_spreadsheet_does_to_a_file_is_told() {
    let crlf = with(MAP, &HEADER.replace('\n', "\r\n"));
    assert_eq!(told(&load(crlf).1), [(MAP, 1, Class::F02)]);
    let bom = with(MAP, &format!("\u{feff}{HEADER}"));
    assert_eq!(told(&load(bom).1), [(MAP, 1, Class::F01)]);
    let quoted = of_map("jw\t45\t45X48\t\texact\t45A48\t2024-01-01\t\t\"a b\"\n");
    assert_eq!(told(&quoted), [(MAP, 2, Class::F05)]);
    let mut files: Vec<Source> = Vec::new();
    for (path, text) in clean() {
        let mut bytes = text.into_bytes();
        if path == MAP {
            bytes.extend(b"\xe9\n");
        }
        files.push(Source { path, bytes });
    }
    let (catalogue, found) = crate::Catalogue::load(files);
    assert_eq!(told(&found), [(MAP, 4, Class::F01)]);
    assert_eq!(catalogue.releases.len(), 2);
}

#[test]
fn lines_and_headers_that_do_not_fit_are_told() {
    assert_eq!(told(&of_map("jw\t45\n")), [(MAP, 2, Class::F05)]);
    let unknown = with(
        MAP,
        "law\tlocal_code\trelation\tcanonical\tvalid_from\tkleur\njw\t45X48\texact\t45A48\t2024-01-01\trood\n",
    );
    let (catalogue, found) = load(unknown);
    assert_eq!(told(&found), [(MAP, 1, Class::F04)]);
    let row = &catalogue.tables[0].own.rows[0];
    assert!(catalogue.text(row, row.raw).ends_with("\trood"));
    let lacking = with(MAP, "law\tlocal_code\n");
    assert_eq!(told(&load(lacking).1), [(MAP, 1, Class::F03)]);
    let twice = with(MAP, &HEADER.replace("local_label", "unit"));
    assert_eq!(told(&load(twice).1), [(MAP, 1, Class::F03)]);
    assert_eq!(told(&load(with(MAP, "")).1), [(MAP, 1, Class::F03)]);
}

#[test]
fn what_is_named_and_not_there_is_told_where_it_is_named() {
    let manifest = "municipality = \"0777\"\npublished = 2023-10-28\ncanonical = [\"jw-1\",\n \"jw-2\"]\ninclude = [\"wbw\",\n \"xyz\"]\n";
    let found = load(with("gm0777/manifest.toml", manifest)).1;
    let at = "gm0777/manifest.toml";
    assert_eq!(told(&found), [(at, 4, Class::F09), (at, 6, Class::F09)]);
    let mut files = clean();
    files.retain(|(path, _)| path != "canonical/wmo-1.tsv");
    let found = load(files).1;
    assert_eq!(
        told(&found),
        [
            ("canonical/releases.toml", 7, Class::F09),
            (at, 4, Class::F09)
        ]
    );
}

#[test]
fn a_folder_without_a_manifest_and_one_that_cannot_be_read_are_told_and_the_others_stand() {
    let found = load(with("gm0363/map.tsv", HEADER)).1;
    assert_eq!(told(&found), [("gm0363/map.tsv", 0, Class::F07)]);
    for (text, line) in [
        ("municipality = 777\n", 1),
        (
            "municipality = \"0363\"\npublished = \"morgen\"\ncanonical = []\n",
            2,
        ),
        (
            "municipality = \"0363\"\npublished = 2024-01-01\ncanonical = []\napply = [\"partial\"]\n",
            4,
        ),
        (
            "municipality = \"0363\"\npublished = 2024-01-01\ncanonical = []\nkleur = 1\n",
            4,
        ),
        (
            "municipality = \"0364\"\npublished = 2024-01-01\ncanonical = []\n",
            0,
        ),
    ] {
        let (catalogue, found) = load(with("gm0363/manifest.toml", text));
        assert_eq!(
            told(&found),
            [("gm0363/manifest.toml", line, Class::F08)],
            "{text}"
        );
        assert_eq!(catalogue.tables.len(), 1);
    }
}

#[test]
fn a_row_without_law_takes_that_of_the_only_list() {
    let rows = "local_code\trelation\tcanonical\tvalid_from\n45X48\texact\t45A48\t2024-01-01\n";
    assert_eq!(told(&load(with(MAP, rows)).1), [(MAP, 2, Class::F06)]);
    let mut files = with(MAP, rows);
    let manifest = files
        .iter_mut()
        .find(|(path, _)| path == "gm0777/manifest.toml")
        .unwrap();
    manifest.1 = manifest.1.replace(", \"wmo-1\"", "");
    let (catalogue, found) = load(files);
    assert_eq!(found, []);
    assert_eq!(catalogue.tables[0].own.rows[0].key.law, Law::Jw);
}

#[test]
fn what_nothing_refers_to_is_noticed() {
    let found = load(with("regions/xyz.tsv", HEADER)).1;
    assert_eq!(told(&found), [("regions/xyz.tsv", 0, Class::F10)]);
    let found = load(with("oud.tsv", HEADER)).1;
    assert_eq!(told(&found), [("oud.tsv", 0, Class::F10)]);
}

#[test]
fn a_file_that_cannot_be_read_is_not_said_to_be_absent_too() {
    for path in [
        "gm0777/manifest.toml",
        "gm0777/map.tsv",
        "regions/wbw.tsv",
        "canonical/jw-1.tsv",
        "canonical/releases.toml",
    ] {
        let sources = clean().into_iter().map(|(known, text)| {
            let mut bytes = text.replace("include = [\"wbw\"]", "").into_bytes();
            if known == path {
                bytes.extend(b"# \xe9\n");
            }
            Source { path: known, bytes }
        });
        let (_, found) = crate::Catalogue::load(sources.collect());
        let classes = found.iter().map(|finding| (&*finding.file, finding.class));
        // Nothing of that file but that it is no UTF-8.
        let of_it: Vec<_> = classes.clone().filter(|(file, _)| *file == path).collect();
        assert_eq!(of_it, [(path, Class::F01)]);
        let absent = classes.filter(|(_, class)| *class == Class::F07);
        assert_eq!(absent.count(), 0, "{path}");
    }
}
