//! What changed between releases and between tables, held against what was published about the real ones.

use std::collections::BTreeSet;
use std::env;
use std::path::PathBuf;

use jiff::civil::date;

use super::national::{MAP, read, rows, table};
use crate::diff::{Diff, Kind, similarity};
use crate::{Catalogue, Source};

/// The folder of this repository.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The national lists of this repository.
fn canonical() -> Catalogue {
    let folder = root().join("mappings/canonical");
    let mut sources: Vec<Source> = Vec::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        sources.push(Source {
            path: format!("canonical/{}", path.file_name().unwrap().to_str().unwrap()),
            bytes: std::fs::read(&path).unwrap(),
        });
    }
    Catalogue::load(sources).0
}

fn between(catalogue: &Catalogue, old: &str, new: &str) -> Diff {
    let release = |name| catalogue.release(name).unwrap();
    Diff::of_releases(catalogue, release(old), release(new))
}

fn codes(diff: &Diff, holds: impl Fn(Kind) -> bool) -> BTreeSet<String> {
    let changes = diff.changes.iter().filter(|change| holds(change.kind));
    changes.map(|change| change.code.to_string()).collect()
}

#[test]
fn the_real_releases_differ_as_was_counted() {
    let catalogue = canonical();
    let wmo = between(&catalogue, "wmo021-2016-09", "wmo021-2019-02");
    assert_eq!(codes(&wmo, |kind| kind == Kind::Added).len(), 34);
    assert_eq!(codes(&wmo, Kind::is_gone).len(), 28);
    assert_eq!(codes(&wmo, |kind| kind == Kind::Relabelled).len(), 8);
    let jw = between(&catalogue, "jz21-2019-02", "jz21-2025-02");
    assert_eq!(codes(&jw, |kind| kind == Kind::Added).len(), 21);
    assert_eq!(jw.changes.len(), 21);
    // P5xxx, L0xxx and 54001 are not in the later copy, and were not therefore withdrawn.
    assert_eq!(jw.not_judged.len(), 183 + 275);
}

#[test]
fn the_real_traps_are_seen_for_what_they_are() {
    let catalogue = canonical();
    let wmo = between(&catalogue, "wmo021-2016-09", "wmo021-2019-02");
    let of = |code: &str| {
        let changes = wmo
            .changes
            .iter()
            .find(|change| change.code.as_str() == code);
        changes.unwrap()
    };
    for (code, into) in [("08A11", "08A03"), ("08A12", "08A04")] {
        assert_eq!(of(code).kind, Kind::Merged);
        assert_eq!(
            of(code)
                .into
                .iter()
                .map(crate::Code::as_str)
                .collect::<Vec<_>>(),
            [into]
        );
    }
    // Codes that repeated the name of their category went, and became nothing in particular.
    for code in ["02A00", "07A00", "16A00"] {
        assert_eq!(
            (of(code).kind, &*of(code).into),
            (Kind::Removed, &[][..]),
            "{code}"
        );
    }
    // Another meaning is less alike than a mended misspelling.
    let alike = |code: &str| of(code).similarity.unwrap();
    assert!(
        alike("02L04") < 0.7 && alike("05A03") > 0.9,
        "{} {}",
        alike("02L04"),
        alike("05A03")
    );
}

/// The published comparison is no part of this repository: without it nothing is compared here, and the test says so.
#[test]
fn the_real_releases_differ_code_by_code_as_was_published() {
    let shared = env::var_os("KNOOPPUNT_SHARED").unwrap_or_else(|| "../shared".into());
    let path = root().join(shared).join("catalogue/release_diffs.csv");
    if !path.exists() {
        println!("{} is not here: nothing is compared", path.display());
        return;
    }
    let mut published: [BTreeSet<(String, String)>; 2] = Default::default();
    for record in csv::Reader::from_path(&path).unwrap().records() {
        let record = record.unwrap();
        let list = usize::from(&record[0] == "WMO021");
        published[list].insert((record[3].to_owned(), record[4].to_owned()));
    }
    let catalogue = canonical();
    let ours = |diff: Diff| -> BTreeSet<(String, String)> {
        let word = |kind: Kind| match kind {
            Kind::Added => "added",
            Kind::Removed | Kind::Merged | Kind::Split => "removed",
            Kind::Relabelled => "relabelled",
            Kind::Moved | Kind::Retargeted => "other",
        };
        let changes = diff.changes.into_iter();
        changes
            .map(|change| (word(change.kind).to_owned(), change.code.to_string()))
            .collect()
    };
    let [jw, wmo] = published;
    assert_eq!(
        ours(between(&catalogue, "jz21-2019-02", "jz21-2025-02")),
        jw
    );
    assert_eq!(
        ours(between(&catalogue, "wmo021-2016-09", "wmo021-2019-02")),
        wmo
    );
}

/// Two releases of one list with these rows (code, category, name).
fn releases(old: &[(&str, &str, &str)], new: &[(&str, &str, &str)]) -> Catalogue {
    let list = |rows: &[(&str, &str, &str)]| {
        rows.iter().fold(
            "code\tcategory\tname\n".to_owned(),
            |text, (code, category, name)| text + code + "\t" + category + "\t" + name + "\n",
        )
    };
    let (old, new) = (list(old), list(new));
    let entry = |year| {
        format!(
            "[[release]]\nname = \"l-{year}\"\nlist = \"l\"\nlaw = \"wmo\"\ndate = {year}-10-01\n"
        )
    };
    let entries = entry(2023) + &entry(2024);
    let categories = "law\tcategory\tname\nwmo\t05\tWoondiensten\n";
    let files = [
        ("canonical/releases.toml", &*entries),
        ("canonical/l-2023.tsv", &*old),
        ("canonical/l-2024.tsv", &*new),
        ("canonical/categories.tsv", categories),
    ];
    let source = |(path, text): (&str, &str)| Source {
        path: path.to_owned(),
        bytes: text.as_bytes().to_vec(),
    };
    let (catalogue, findings) = Catalogue::load(files.map(source).into());
    assert_eq!(findings, []);
    catalogue
}

#[test]
fn a_code_is_split_merged_moved_or_gone() {
    let catalogue = releases(
        &[
            ("05A01", "05", "Verhuizing"),
            ("05A00", "05", "Woondiensten"),
            ("06A01", "06", "Boodschappendienst"),
            ("06A02", "06", "Klussen"),
            ("06A03", "06", "Klussen"),
            ("06A04", "06", "Ramen wassen"),
            ("06A05", "06", "Wijkteam"),
        ],
        &[
            ("05A11", "05", "Verhuizing: met inboedel"),
            ("05A12", "05", "Verhuizing: zonder inboedel"),
            ("05A13", "05", "Woondiensten: licht"),
            ("05A14", "05", "Woondiensten: zwaar"),
            ("05A15", "05", "Boodschappendienst"),
            ("06A02", "06", "klussen"),
            ("06A05", "05", "Wijkteam"),
        ],
    );
    let diff = between(&catalogue, "l-2023", "l-2024");
    let changes: Vec<_> = diff
        .changes
        .iter()
        .filter(|change| change.kind != Kind::Added)
        .map(|change| {
            (
                change.code.to_string(),
                change.kind,
                change
                    .into
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(" "),
            )
        })
        .collect();
    let expected = [
        ("05A00", Kind::Removed, ""),
        ("05A01", Kind::Split, "05A11 05A12"),
        ("06A01", Kind::Moved, "05A15"),
        ("06A02", Kind::Relabelled, ""),
        ("06A03", Kind::Merged, "06A02"),
        ("06A04", Kind::Removed, ""),
        ("06A05", Kind::Moved, ""),
    ]
    .map(|(code, kind, into)| (code.to_owned(), kind, into.to_owned()));
    assert_eq!(changes, expected);
    let text = diff.to_string();
    assert!(
        text.starts_with(
            "Van l-2023 naar l-2024:\n  nieuw: 5\n  vervallen: 2\n  samengevoegd: 1\n"
        ),
        "{text}"
    );
    assert!(
        text.contains("05A01 gesplitst: Verhuizing => 05A11, 05A12"),
        "{text}"
    );
    for line in diff.to_json_lines().lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(line["soort"].is_string() && line["code"].is_string());
    }
}

#[test]
fn two_tables_differ_in_codes_names_and_targets_on_their_days() {
    let before = read(&[(
        MAP,
        &table(&rows(&[
            "45X01 exact 45A48 local_label=Begeleiding",
            "45X02 exact 45A53 local_label=Specialist",
            "45X03 exact 45A53 local_label=Oud valid_to=2024-12-31",
        ])),
    )]);
    let after = read(&[(
        MAP,
        &table(&rows(&[
            "45X01 exact 45A53 local_label=Begeleiding",
            "45X02 exact 45A53 local_label=Specialistisch",
            "45X04 exact 45A53 state=suggested",
            "45X05 none",
        ])),
    )]);
    let of = |catalogue: &Catalogue| {
        let tables = catalogue.tables.iter();
        tables
            .into_iter()
            .position(|table| table.municipality.number() == 777)
            .unwrap()
    };
    let (one, other) = (&before.tables[of(&before)], &after.tables[of(&after)]);
    let diff = Diff::of_tables(
        (&before, one, date(2024, 6, 1)),
        (&after, other, date(2025, 6, 1)),
    );
    let changes: Vec<_> = diff
        .changes
        .iter()
        .map(|change| (change.code.to_string(), change.kind))
        .collect();
    let expected = [
        ("45X01", Kind::Retargeted),
        ("45X02", Kind::Relabelled),
        ("45X03", Kind::Removed),
        ("45X05", Kind::Added),
    ];
    assert_eq!(
        changes,
        expected.map(|(code, kind)| (code.to_owned(), kind))
    );
    let same = Diff::of_tables(
        (&before, one, date(2025, 6, 1)),
        (&before, one, date(2025, 6, 1)),
    );
    assert_eq!(same.changes, []);
}

#[test]
fn texts_are_alike_whatever_their_case_and_commas() {
    assert!((similarity("HH 1: outputgericht", "hh 1 Outputgericht") - 1.0).abs() < f64::EPSILON);
    assert!(similarity("Begeleiding", "Rolstoel") < 0.2);
}
