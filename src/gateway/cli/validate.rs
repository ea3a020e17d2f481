//! `knooppunt validate`: the same check as the gateway does, on files, without a gateway.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use knooppunt_standard::{Bericht, Findings, Kind, Limits, Releases, assess, rules};
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
  knooppunt validate JW301.xml                 wat er mis is en wat te doen, in gewone taal
  knooppunt validate --level 1 JW301.xml       alleen het schema
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
    /// Tot en met welk niveau van de standaard (1: het schema; 2: de inhoud van het bericht)
    #[arg(long, default_value_t = 2, value_parser = level, value_name = "NIVEAU")]
    level: u8,
    /// Map met releases naast de ingebouwde (ijw/3.3/...)
    #[arg(long, value_name = "MAP")]
    schemas: Option<PathBuf>,
}

/// The levels that are judged.
fn level(text: &str) -> Result<u8, String> {
    match text.parse() {
        Ok(level @ 1..=2) => Ok(level),
        _ => Err("verwacht is 1 of 2".to_owned()),
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
    /// Level up to which the file was judged: a file that breaks the schema is judged by nothing else.
    level: u8,
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
            Ok(body) => {
                let verdict = Verdict::of(&body, &releases, arguments.level);
                verdict.say(file, arguments.json, screen)?
            }
            Err(error) => unreadable(file, &error, arguments.json, screen)?,
        };
        worst = worst.max(exit);
        done += sizes(file);
        progress.at(done, all);
    }
    Ok(worst)
}

/// What a body is and what is wrong with it.
struct Verdict {
    kind: Option<Kind>,
    /// Level up to which it was judged.
    level: u8,
    findings: Findings,
    /// Level 2 was asked for, and no rules are built for the release.
    lacks_rules: bool,
}

impl Verdict {
    /// Judges a body up to a level; by level 2 only when its form is right.
    fn of(body: &[u8], releases: &Releases, level: u8) -> Self {
        let checked = releases.check(body, &Limits::default());
        let has_rules = checked.kind.as_ref().is_some_and(rules::are_built_for);
        let judged = Bericht::read(&checked)
            .filter(|_| has_rules && level > 1)
            .map(|bericht| assess::message(&bericht));
        match judged {
            Some(assessment) => Self {
                findings: releases.findings(&checked, &assessment.breaches),
                kind: checked.kind,
                level: 2,
                lacks_rules: false,
            },
            None => Self {
                lacks_rules: level > 1 && !has_rules && checked.findings.is_empty(),
                kind: checked.kind,
                level: 1,
                findings: checked.findings,
            },
        }
    }

    fn exit(&self) -> Exit {
        match (&self.kind, self.findings.is_empty()) {
            (Some(_), true) => Exit::Good,
            (Some(_), false) => Exit::Bad,
            (None, _) => Exit::Unable,
        }
    }

    fn say(&self, file: &Path, json: bool, screen: &mut Screen) -> Result<Exit, Stop> {
        if self.lacks_rules {
            complain(&format!(
                "{}: voor deze release zijn geen regels van niveau 2 bekend; alleen het schema is gecontroleerd",
                file.display()
            ));
        }
        if json {
            screen.json(&self.line(file))?;
        } else {
            self.say_words(file, screen)?;
        }
        Ok(self.exit())
    }

    fn line(&self, file: &Path) -> Line<'_> {
        let kind = self.kind.as_ref();
        Line {
            file: file.display().to_string(),
            standard: kind.map(|kind| kind.law.standard()),
            release: kind.map(|kind| &*kind.release),
            bericht: kind.map(Kind::name),
            verdict: if self.exit() == Exit::Good {
                "valid"
            } else {
                "invalid"
            },
            level: self.level,
            findings: self.findings.list.iter().map(FindingBody::from).collect(),
            more: self.findings.more,
        }
    }

    fn say_words(&self, file: &Path, screen: &mut Screen) -> Result<(), Stop> {
        let name = file.display();
        let kind = self.kind.as_ref().map_or_else(
            || "geen bekende berichtsoort".to_owned(),
            |kind| format!("{kind} ({} {})", kind.law.standard(), kind.release),
        );
        if self.exit() == Exit::Good {
            screen.line(format_args!("{name}: {kind}: geldig"))?;
            return Ok(());
        }
        let count = match self.findings.count() {
            1 => "1 fout".to_owned(),
            count => format!("{count} fouten"),
        };
        screen.line(format_args!("{name}: {kind}: ongeldig, {count}"))?;
        for finding in &self.findings.list {
            let place = format!("{}:{}", finding.line, finding.column);
            screen.line(words::finding(
                &place,
                finding.text(),
                finding.rule,
                finding.code,
                &finding.path,
            ))?;
            if let Some(remedy) = finding.remedy() {
                screen.line(format_args!("      wat te doen: {remedy}"))?;
            }
        }
        if self.findings.more > 0 {
            screen.line(format_args!("  en nog {} fouten", self.findings.more))?;
        }
        Ok(())
    }
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
            weight: "refuses".to_owned(),
            text,
            remedy: None,
        };
        let line = Line {
            file: file.display().to_string(),
            standard: None,
            release: None,
            bericht: None,
            verdict: "invalid",
            level: 0,
            findings: vec![finding],
            more: 0,
        };
        screen.json(&line)?;
    }
    Ok(Exit::Unable)
}
