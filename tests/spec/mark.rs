//! `knooppunt catalogue mark`: who decides on rows of a table, as a script sees it.

use std::fs;
use std::path::Path;
use std::process::Command;

const TABLE: &str = "# van ons\nlaw\tlocal_code\trelation\tcanonical\tvalid_from\tstate\tjustification\tkleur\n\
jw\t45X48\texact\t45A48\t2024-01-01\tsuggested\tlexical 0.61\trood\n\
jw\t45X49\texact\t45A49\t2024-01-01\tsuggested\tlexical 0.90\tgroen\n\
jw\t45X50\texact\t45A50\t2024-01-01\t\tmanual\tblauw\n";

fn mark(table: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_knooppunt"))
        .args(["catalogue", "mark"])
        .arg(table)
        .args(["--by", "contractbeheer", "--on", "2024-11-22"])
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn nothing_is_written_until_that_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("map.tsv");
    fs::write(&table, TABLE).unwrap();
    let confirm = ["--state", "confirmed", "--score", "0.80"];
    let (code, said, _) = mark(&table, &confirm);
    assert_eq!(code, Some(0));
    assert!(
        said.contains(":4: confirmed\n1 rij zou veranderen"),
        "{said}"
    );
    assert_eq!(fs::read_to_string(&table).unwrap(), TABLE);
    let (code, said, _) = mark(&table, &[&confirm[..], &["--write"]].concat());
    assert_eq!(code, Some(0));
    assert!(said.ends_with("1 rij veranderd\n"), "{said}");
    let written = fs::read_to_string(&table).unwrap();
    let expected = TABLE
        .replace("kleur\n", "kleur\tby\ton\n")
        .replace(
            "suggested\tlexical 0.90\tgroen\n",
            "confirmed\tlexical 0.90\tgroen\tcontractbeheer\t2024-11-22\n",
        )
        .replace("rood\n", "rood\t\t\n")
        .replace("blauw\n", "blauw\t\t\n");
    assert_eq!(written, expected);
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(names.len(), 1);
}

#[test]
fn a_row_that_holds_already_stays_and_the_exit_code_is_1() {
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("map.tsv");
    fs::write(&table, TABLE).unwrap();
    let back = [
        "--state", "rejected", "--line", "3", "--line", "5", "--write",
    ];
    let (code, said, _) = mark(&table, &back);
    assert_eq!(code, Some(1));
    assert!(said.contains(":3: rejected\n"), "{said}");
    assert!(said.contains(":5: blijft zoals het is: geldt al"), "{said}");
    let (code, said, _) = mark(&table, &["--state", "ignored", "--code", "99X99"]);
    assert_eq!(
        (code, said.as_str()),
        (Some(1), "geen enkele rij is bedoeld\n")
    );
}

#[test]
fn what_cannot_be_read_or_is_wrongly_asked_is_told_and_the_exit_code_is_2() {
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("map.tsv");
    let of_line = ["--state", "confirmed", "--line", "2"];
    let (code, _, told) = mark(&table, &of_line);
    assert_eq!(code, Some(2));
    assert!(told.contains("niet te lezen"), "{told}");
    fs::write(&table, b"local_code\tcanonical\n\xe9\n").unwrap();
    let (code, _, told) = mark(&table, &of_line);
    assert_eq!(code, Some(2));
    assert!(told.contains("geen UTF-8"), "{told}");
    fs::write(&table, "local_code\tcanonical\n").unwrap();
    let (code, _, told) = mark(&table, &of_line);
    assert_eq!(code, Some(2));
    assert!(told.contains("geen kolom `valid_from`"), "{told}");
    fs::write(&table, TABLE).unwrap();
    for wrong in [
        &["--state", "bevestigd", "--line", "2"][..],
        &["--state", "confirmed"],
        &["--state", "confirmed", "--score", "2"],
        &[
            "--state",
            "confirmed",
            "--line",
            "3",
            "--why",
            "twee\tkolommen",
        ],
    ] {
        assert_eq!(mark(&table, wrong).0, Some(2), "{wrong:?}");
    }
    assert_eq!(fs::read_to_string(&table).unwrap(), TABLE);
}
