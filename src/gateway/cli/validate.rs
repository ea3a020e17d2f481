//! `knooppunt validate`: the same check as the gateway does, on files, without a gateway.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use knooppunt_standard::{Checked, Limits, Releases};
use serde::Serialize;

use super::files::read_up_to_one_more;
use super::screen::{Progress, Screen, complain};
use super::{Exit, Stop, words};
use crate::api::finding::FindingBody;
use crate::schemas;

/// Controleer berichten zonder ze te versturen: alle fouten tegelijk, met regel en plaats
#[derive(Debug, Args)]
#[command(after_help = "\
Voorbeelden:
  knooppunt validate JW301.xml                 wat er mis is, in gewone taal
  knooppunt validate --json *.xml              een JSON-object per bestand, op een regel
  knooppunt validate - < JW323.xml             van de standaardinvoer

Eindcode: 0 alles geldig; 1 een of meer ongeldig; 2 een bestand is onleesbaar of geen bekende berichtsoort.")]
pub(super) struct Arguments {
    /// De bestanden; `-` is de standaardinvoer
    #[arg(required = true, value_name = "BESTAND")]
    files: Vec<PathBuf>,
    /// Een JSON-object per bestand, op een regel
    #[arg(long)]
    json: bool,
    /// Tot en met welk niveau van de standaard (1: het schema)
    #[arg(long, default_value_t = 1, value_parser = level, value_name = "NIVEAU")]
    level: u8,
    /// Map met releases naast de ingebouwde (ijw/3.3/...)
    #[arg(long, value_name = "MAP")]
    schemas: Option<PathBuf>,
}

/// The levels that are judged.
fn level(text: &str) -> Result<u8, String> {
    match text.parse() {
        Ok(1) => Ok(1),
        _ => Err("verwacht is 1".to_owned()),
    }
}

/// One line of `--json`.
#[derive(Serialize)]
struct Line<'a> {
    file: String,
    standard: Option<&'a str>,
    release: Option<&'a str>,
    bericht: Option<&'a str>,
    verdict: &'a str,
    findings: Vec<FindingBody>,
    /// Findings beyond those listed; absent when there are none.
    #[serde(skip_serializing_if = "is_zero")]
    more: u64,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    let releases = schemas::releases(arguments.schemas.as_deref())
        .map_err(|error| Stop::unable(format!("de schema's zijn niet te laden: {error}")))?;
    let sizes = |file: &PathBuf| std::fs::metadata(file).map_or(0, |known| known.len());
    let (mut done, all) = (0, arguments.files.iter().map(sizes).sum());
    let mut progress = Progress::new();
    let mut worst = Exit::Good;
    for file in &arguments.files {
        let exit = match read_up_to_one_more(file) {
            Ok(body) => one(file, &body, &releases, arguments.json, screen)?,
            Err(error) => unreadable(file, &error, arguments.json, screen)?,
        };
        worst = worst.max(exit);
        done += sizes(file);
        progress.at(done, all);
    }
    Ok(worst)
}

/// Checks one message and says the verdict.
fn one(
    file: &Path,
    body: &[u8],
    releases: &Releases,
    json: bool,
    screen: &mut Screen,
) -> Result<Exit, Stop> {
    let checked = releases.check(body, &Limits::default());
    let exit = match (&checked.kind, checked.findings.is_empty()) {
        (Some(_), true) => Exit::Good,
        (Some(_), false) => Exit::Bad,
        (None, _) => Exit::Unable,
    };
    if json {
        say_json(&line(file, &checked, exit), screen)?;
    } else {
        say(file, &checked, exit, screen)?;
    }
    Ok(exit)
}

/// Says that there is nothing to check: also as an object, so that there is one for each file.
fn unreadable(
    file: &Path,
    error: &io::Error,
    json: bool,
    screen: &mut Screen,
) -> Result<Exit, Stop> {
    let text = format!("het bestand is niet te lezen: {}", words::os(error));
    complain(&format!("{}: {text}", file.display()));
    if json {
        let finding = FindingBody {
            level: 0,
            rule: "KNOOPPUNT".to_owned(),
            code: "unreadable".to_owned(),
            path: String::new(),
            line: 1,
            column: 1,
            text,
        };
        let line = Line {
            file: file.display().to_string(),
            standard: None,
            release: None,
            bericht: None,
            verdict: "invalid",
            findings: vec![finding],
            more: 0,
        };
        say_json(&line, screen)?;
    }
    Ok(Exit::Unable)
}

fn say_json(line: &Line<'_>, screen: &mut Screen) -> Result<(), Stop> {
    let line = serde_json::to_string(line)
        .map_err(|error| Stop::unable(format!("geen JSON te maken: {error}")))?;
    Ok(screen.line(line)?)
}

fn line<'a>(file: &Path, checked: &'a Checked<'_>, exit: Exit) -> Line<'a> {
    let kind = checked.kind.as_ref();
    Line {
        file: file.display().to_string(),
        standard: kind.map(|kind| kind.law.standard()),
        release: kind.map(|kind| &*kind.release),
        bericht: kind.map(knooppunt_standard::Kind::name),
        verdict: if exit == Exit::Good {
            "valid"
        } else {
            "invalid"
        },
        findings: checked
            .findings
            .list
            .iter()
            .map(FindingBody::from)
            .collect(),
        more: checked.findings.more,
    }
}

fn say(file: &Path, checked: &Checked<'_>, exit: Exit, screen: &mut Screen) -> Result<(), Stop> {
    let name = file.display();
    let kind = checked.kind.as_ref().map_or_else(
        || "geen bekende berichtsoort".to_owned(),
        |kind| format!("{kind} ({} {})", kind.law.standard(), kind.release),
    );
    if exit == Exit::Good {
        screen.line(format_args!("{name}: {kind}: geldig"))?;
        return Ok(());
    }
    let count = match checked.findings.count() {
        1 => "1 fout".to_owned(),
        count => format!("{count} fouten"),
    };
    screen.line(format_args!("{name}: {kind}: ongeldig, {count}"))?;
    for finding in &checked.findings.list {
        let place = format!("{}:{}", finding.line, finding.column);
        screen.line(words::finding(
            &place,
            finding.text(),
            finding.rule,
            finding.code,
            &finding.path,
        ))?;
    }
    if checked.findings.more > 0 {
        screen.line(format_args!("  en nog {} fouten", checked.findings.more))?;
    }
    Ok(())
}
