//! The command line as a script sees it: output and exit codes of the real program.

use std::fs;
use std::process::{Command, Output};

fn knooppunt(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_knooppunt"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn the_printed_configuration_passes_the_check() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("knooppunt.toml");
    let printed = knooppunt(&["config"]);
    assert_eq!(printed.status.code(), Some(0));
    fs::write(&file, &printed.stdout).unwrap();
    let checked = knooppunt(&["config", "check", file.to_str().unwrap()]);
    assert_eq!(checked.status.code(), Some(0), "{}", text(&checked.stderr));
}

#[test]
fn a_wrong_configuration_is_1_and_names_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("knooppunt.toml");
    fs::write(&file, "[schemas]\n\ncolour = \"red\"\n").unwrap();
    let checked = knooppunt(&["config", "check", file.to_str().unwrap()]);
    assert_eq!(checked.status.code(), Some(1));
    assert!(text(&checked.stderr).contains("knooppunt.toml:3:1: unknown field `colour`"));
    let absent = folder.path().join("absent.toml");
    assert_eq!(
        knooppunt(&["config", "check", absent.to_str().unwrap()])
            .status
            .code(),
        Some(1)
    );
}

#[test]
fn every_shell_gets_its_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = knooppunt(&["completions", shell]);
        assert_eq!(output.status.code(), Some(0));
        assert!(text(&output.stdout).contains("validate"), "{shell}");
    }
}

#[test]
fn a_reader_that_stops_early_is_no_failure() {
    let script = format!("{} config | head -n 1", env!("CARGO_BIN_EXE_knooppunt"));
    let output = Command::new("bash")
        .args(["-o", "pipefail", "-c", &script])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn output_that_cannot_be_written_is_a_failure() {
    let script = format!("{} config > /dev/full", env!("CARGO_BIN_EXE_knooppunt"));
    let output = Command::new("bash").args(["-c", &script]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("cannot write the output"));
}
