//! The command line as a script sees it: output and exit codes of the real program.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::site::Site;

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

/// What `knooppunt config check` says of a configuration: its exit code, and all of it.
fn config_checked(file: &Path) -> (Option<i32>, String) {
    let checked = knooppunt(&["config", "check", file.to_str().unwrap()]);
    let said = [checked.stdout, checked.stderr].concat();
    (checked.status.code(), text(&said))
}

#[test]
fn a_configuration_whose_files_are_all_there_is_sound_before_and_after_the_first_start() {
    let site = Site::small();
    let file = site.path("knooppunt.toml");
    let (code, said) = config_checked(&file);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("--create"), "{said}");
    let running = site.starts(&["--create"]);
    let (code, said) = config_checked(&file);
    assert_eq!(code, Some(0), "while a gateway runs: {said}");
    assert!(!said.contains("--create"), "{said}");
    assert_eq!(running.stop(), Some(0));
}

#[test]
fn the_check_of_a_configuration_names_every_file_that_is_missing_or_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("knooppunt.toml");
    fs::write(&file, knooppunt(&["config"]).stdout).unwrap();
    let (code, said) = config_checked(&file);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("register file") && said.contains("anchors"),
        "{said}"
    );

    let site = Site::small();
    let file = site.path("knooppunt.toml");
    assert_eq!(site.starts(&["--create"]).stop(), Some(0));
    let pki = |name: &str| site.path("pki").join(name);
    let other = fs::read(pki("clients/gemeente.key")).unwrap();
    let cases = [
        (
            site.path("register.toml"),
            Some(b"[[party".to_vec()),
            "register.toml:1",
        ),
        (site.path("register.toml"), None, "register.toml"),
        (pki("server.pem"), None, "server.pem"),
        (pki("server.key"), Some(b"no key".to_vec()), "server.key"),
        (pki("server.key"), Some(other), "server.pem and its key"),
        (pki("pkio/root.pem"), Some(Vec::new()), "root.pem"),
        (
            pki("crl/pkio-root.crl"),
            Some(b"no list".to_vec()),
            "root.crl",
        ),
        (site.path("keys/top.key"), Some(vec![7; 32]), "top.key"),
        (site.path("keys/top.key"), None, "top.key"),
        (site.path("keys/pseudonym.key"), None, "pseudonym.key"),
        (site.path("keys/receipt.key"), None, "receipt.key"),
    ];
    for (path, wrong, named) in cases {
        let right = fs::read(&path).unwrap();
        match wrong {
            Some(wrong) => fs::write(&path, wrong).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        let (code, said) = config_checked(&file);
        assert_eq!(code, Some(1), "{named}: {said}");
        assert!(said.contains(named), "{named}: {said}");
        fs::write(&path, right).unwrap();
    }
    assert_eq!(config_checked(&file).0, Some(0));

    // Two that are wrong are both named.
    fs::remove_file(site.path("register.toml")).unwrap();
    fs::remove_file(site.path("keys/top.key")).unwrap();
    let (_, said) = config_checked(&file);
    assert!(
        said.contains("register.toml") && said.contains("top.key"),
        "{said}"
    );
}

#[test]
fn keys_inside_the_data_folder_are_refused_however_the_paths_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("knooppunt.toml");
    let data = folder.path().join("data");
    for (data, keys) in [
        (data.to_str().unwrap(), "data/keys"),
        ("data", "./other/../data/keys"),
    ] {
        let text = format!("[store]\nfolder = \"{data}\"\nkeys = \"{keys}\"\n");
        fs::write(&file, text).unwrap();
        let (code, said) = config_checked(&file);
        assert_eq!(code, Some(1));
        assert!(
            said.contains("knooppunt.toml:3:1: the keys must stand outside"),
            "{said}"
        );
    }
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

const VALID: &str = "conformance/messages/ijw/JW301/plain/message.xml";

/// A file with the valid message after a change.
fn changed(folder: &Path, from: &str, to: &str) -> String {
    let message = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(VALID)).unwrap();
    assert!(message.contains(from));
    let file = folder.join("changed.xml");
    fs::write(&file, message.replacen(from, to, 1)).unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
fn validate_says_0_when_all_is_valid_1_when_not_and_2_when_unreadable_or_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let invalid = changed(folder.path(), "436", "999");
    let unknown = folder.path().join("unknown.xml");
    fs::write(&unknown, "<Bericht xmlns='urn:x'/>").unwrap();
    let unknown = unknown.to_str().unwrap();
    for (files, code) in [
        (vec![VALID], 0),
        (vec![VALID, &invalid], 1),
        (vec![VALID, unknown], 2),
        (vec![&invalid, unknown], 2),
        (vec![VALID, "nowhere.xml"], 2),
    ] {
        let arguments = [&["validate"], files.as_slice()].concat();
        assert_eq!(knooppunt(&arguments).status.code(), Some(code), "{files:?}");
    }
}

#[test]
fn validate_json_has_a_line_for_a_file_that_cannot_be_read_or_never_ends() {
    let output = knooppunt(&["validate", "--json", "nowhere.xml", ".", "/dev/zero", VALID]);
    assert_eq!(output.status.code(), Some(2));
    let lines: Vec<serde_json::Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let said: Vec<_> = lines
        .iter()
        .map(|line| {
            let finding = &line["findings"][0];
            (
                line["file"].as_str().unwrap(),
                line["verdict"].as_str().unwrap(),
                finding["code"].as_str(),
                finding["level"].as_u64(),
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            ("nowhere.xml", "invalid", Some("unreadable"), Some(0)),
            (".", "invalid", Some("unreadable"), Some(0)),
            ("/dev/zero", "invalid", Some("limit-body"), Some(1)),
            (VALID, "valid", None, None),
        ]
    );
    let why = |line: &serde_json::Value| line["findings"][0]["text"].to_string();
    assert!(why(&lines[0]).contains("bestaat niet"));
    assert!(why(&lines[1]).contains("is een map"));
}

/// Who exchanges messages reads Dutch, also where the command line itself speaks.
#[test]
fn the_help_of_the_commands_of_the_chain_has_no_english_in_it() {
    for command in [
        &["demo"][..],
        &["validate"],
        &["send"],
        &["inbox"],
        &["fetch"],
        &["ack"],
        &["status"],
        &["receipt"],
        &["receipt", "get"],
        &["receipt", "key"],
        &["receipt", "verify"],
    ] {
        for asked in ["-h", "--help"] {
            let output = knooppunt(&[command, &[asked]].concat());
            assert_eq!(output.status.code(), Some(0), "{command:?}");
            let said = text(&output.stdout);
            let usage = format!("Gebruik: knooppunt {}", command.join(" "));
            assert!(said.contains(&usage), "{said}");
            assert!(
                said.contains("-h, --help") && said.contains("Toon deze hulp"),
                "{said}"
            );
            for english in [
                "Usage",
                "Arguments",
                "Options",
                "OPTIONS",
                "Commands",
                "COMMAND",
                "Print",
                "[default",
                "[possible",
                "[env",
                "help of the given",
            ] {
                assert!(!said.contains(english), "{english:?} in\n{said}");
            }
        }
    }
    let operator = text(&knooppunt(&["serve", "--help"]).stdout);
    assert!(
        operator.contains("Usage:") && operator.contains("Options:"),
        "{operator}"
    );
}

#[test]
fn a_wrong_argument_of_a_command_of_the_chain_is_2_and_a_dutch_sentence() {
    let reached = [
        "--url",
        "https://x",
        "--cert",
        "c",
        "--key",
        "k",
        "--ca",
        "a",
    ];
    for (arguments, sentence) in [
        (vec!["validate"], "wat ontbreekt: <BESTAND>..."),
        (
            vec!["validate", "--jsn", "x"],
            "--jsn is onbekend; bedoelt u --json?",
        ),
        (vec!["demo", "--wat"], "--wat is onbekend, of te veel"),
        (
            vec!["validate", "x", "--json", "--json"],
            "--json staat er meer dan een keer",
        ),
        (
            vec!["validate", "x", "--level", "3"],
            "--level <NIVEAU>: 3 kan niet: verwacht is 1 of 2",
        ),
        (
            vec!["validate", "x", "--level"],
            "bij --level <NIVEAU> ontbreekt de waarde",
        ),
        (
            vec!["inbox", "--law", "zvw"],
            "--law <WET>: zvw kan niet; mogelijk is jw, wmo",
        ),
        (
            vec!["inbox", "--limit", "x"],
            "--limit <AANTAL>: x kan niet: verwacht is een aantal",
        ),
        (
            vec!["ack", "a/b"],
            "<ID>...: a/b kan niet: een id bestaat uit letters en cijfers",
        ),
        (vec!["receipt", "fetch"], "fetch is geen opdracht"),
        (
            [&["send", "x"][..], &reached].concat(),
            "a: niet te lezen: bestaat niet",
        ),
    ] {
        let output = knooppunt(&arguments);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(sentence), "{arguments:?}: {said}");
        for english in ["error:", "Usage", "tip:", "For more", "required"] {
            assert!(!said.contains(english), "{english:?} in {said}");
        }
    }
    let operator = knooppunt(&["serve"]);
    assert!(text(&operator.stderr).contains("error: the following required"));
}

#[test]
fn validate_json_is_one_object_a_line_with_the_promised_keys() {
    let folder = tempfile::tempdir().unwrap();
    let invalid = changed(folder.path(), "<jw301:Bsn>", "<jw301:Bsn>x");
    let output = knooppunt(&["validate", "--json", "--level", "1", VALID, &invalid]);
    let lines: Vec<serde_json::Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    let keys: Vec<_> = lines[1]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        keys,
        [
            "bericht", "file", "findings", "level", "release", "standard", "verdict"
        ]
    );
    assert_eq!(
        (&lines[0]["verdict"], &lines[0]["findings"]),
        (&"valid".into(), &serde_json::json!([]))
    );
    assert_eq!(lines[1]["file"], invalid);
    assert_eq!(
        (
            &lines[1]["standard"],
            &lines[1]["release"],
            &lines[1]["bericht"],
            &lines[1]["verdict"]
        ),
        (
            &"ijw".into(),
            &"3.2".into(),
            &"JW301".into(),
            &"invalid".into()
        )
    );
    let finding = lines[1]["findings"][0].as_object().unwrap();
    let keys: Vec<_> = finding.keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "code", "column", "level", "line", "path", "rule", "text", "weight"
        ]
    );
    assert_eq!(finding["path"], "/Bericht/Client/Bsn");
    assert_eq!(finding["level"], 1);
}

#[test]
fn validate_judges_the_content_and_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let file = changed(
        folder.path(),
        "<jw301:Bsn>999900420",
        "<jw301:Bsn>999900421",
    );
    assert_eq!(
        knooppunt(&["validate", "--level", "1", &file])
            .status
            .code(),
        Some(0)
    );
    let output = knooppunt(&["validate", &file]);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for part in [
        "JW301 (ijw 3.2): ongeldig, 1 fout",
        "[CS002 0001]",
        "/Bericht/Client/Bsn",
        "elfproef",
        "wat te doen: ",
    ] {
        assert!(said.contains(part), "{part:?} is not in {said}");
    }
    assert!(!said.contains("999900421"), "{said}");
    let output = knooppunt(&["validate", "--json", &file, VALID]);
    assert!(!text(&output.stdout).contains("999900421"));
    let lines: Vec<serde_json::Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let finding = &lines[0]["findings"][0];
    assert_eq!(
        (&finding["level"], &finding["rule"], &finding["code"]),
        (&2.into(), &"CS002".into(), &"0001".into())
    );
    assert!(finding["remedy"].as_str().unwrap().len() > 20);
    assert_eq!(
        (&lines[1]["verdict"], &lines[1]["level"]),
        (&"valid".into(), &2.into())
    );
}

#[test]
fn rules_are_a_table_for_people_and_an_object_a_line_for_programs() {
    let output = knooppunt(&["rules"]);
    let table = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0));
    assert!(
        table.contains("TR018       2  0001  3.2    JW307 WMO307\n"),
        "{table}"
    );
    assert!(
        table.contains("Client/StopProducten/StopProduct/Einddatum\n"),
        "{table}"
    );
    let output = knooppunt(&["rules", "--json"]);
    let lines: Vec<serde_json::Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |id: &str| lines.iter().find(|line| line["id"] == id).unwrap();
    assert_eq!(of("TR377")["berichten"], serde_json::json!(["JW319"]));
    assert_eq!(of("TR377")["releases"], serde_json::json!(["ijw/3.2"]));
    assert_eq!(of("TR018")["level"], 2);
    let total = table
        .lines()
        .find(|line| line.starts_with("alle "))
        .unwrap();
    assert!(total.ends_with(&format!(" {}", lines.len())), "{total}");
}

#[test]
fn scenario_says_0_when_all_hold_1_when_not_and_2_when_one_cannot_be_read() {
    let holds = "conformance/rules/TR019/021-unknown-number-ijw";
    let output = knooppunt(&["scenario", holds]);
    assert_eq!(output.status.code(), Some(0));
    let said = text(&output.stdout);
    assert!(
        said.contains("klopt") && said.contains("1 kloppen, 0 niet"),
        "{said}"
    );

    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::copy(root.join(holds).join("1-305.xml"), at("1-305.xml")).unwrap();
    let written = fs::read_to_string(root.join(holds).join("scenario.toml")).unwrap();
    let fixtures = root.join("conformance/fixtures/ijw");
    let written = written
        .replace("../../../fixtures/ijw", fixtures.to_str().unwrap())
        .replace("[\"9019\"]", "[\"9063\"]");
    fs::write(at("scenario.toml"), written).unwrap();
    let wrong = folder.path().to_str().unwrap();
    let output = knooppunt(&["scenario", holds, wrong]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stdout);
    assert!(said.contains("verwacht 9063, gemaakt 9019"), "{said}");
    assert!(
        !said.contains("999900006"),
        "a value of the message: {said}"
    );

    let output = knooppunt(&["scenario", wrong, "conformance"]);
    assert_eq!(output.status.code(), Some(2), "no scenario.toml");
    assert!(text(&output.stderr).contains("scenario.toml"));
}

#[test]
fn validate_reads_standard_input_and_never_repeats_a_value() {
    let folder = tempfile::tempdir().unwrap();
    let file = changed(folder.path(), "<jw301:Bsn>", "<jw301:Bsn>CANARY");
    let script = format!("{} validate - < {file}", env!("CARGO_BIN_EXE_knooppunt"));
    let output = Command::new("bash").args(["-c", &script]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stdout);
    assert!(said.contains("JW301 (ijw 3.2): ongeldig"), "{said}");
    assert!(!said.contains("CANARY"), "{said}");
}

#[test]
fn a_release_in_a_folder_is_known_without_code() {
    let folder = tempfile::tempdir().unwrap();
    let schemas = folder.path().join("schemas");
    let release = schemas.join("ijw/9.9");
    fs::create_dir_all(&release).unwrap();
    let built_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/ijw/3.2");
    for name in ["basisschema.xsd", "JW301.xsd", "source.toml"] {
        let mut text = fs::read_to_string(built_in.join(name))
            .unwrap()
            .replace("/ijw/3_2/", "/ijw/9_9/");
        if name == "source.toml" {
            let kept = |part: &&str| !part.contains("name = \"JW") || part.contains("JW301");
            text = text.replace("\"3.2\"", "\"9.9\"");
            text = text
                .split("[[file]]")
                .filter(kept)
                .collect::<Vec<_>>()
                .join("[[file]]");
        }
        fs::write(release.join(name), text).unwrap();
    }
    let message = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(VALID)).unwrap();
    let file = folder.path().join("new.xml");
    fs::write(&file, message.replace("/ijw/3_2/", "/ijw/9_9/")).unwrap();
    let file = file.to_str().unwrap();
    assert_eq!(knooppunt(&["validate", file]).status.code(), Some(2));
    let output = knooppunt(&[
        "validate",
        "--schemas",
        schemas.to_str().unwrap(),
        file,
        VALID,
    ]);
    let said = text(&output.stdout) + &text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("JW301 (ijw 9.9): geldig"), "{said}");
    assert!(said.contains("JW301 (ijw 3.2): geldig"), "{said}");
}
