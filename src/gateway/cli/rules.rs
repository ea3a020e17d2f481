//! `knooppunt rules`: the rules that are built, as a table, and how many there are of each level and standard.

use clap::Args;
use knooppunt_standard::Law;
use knooppunt_standard::rules::{self, Level, Rule};
use serde::Serialize;

use super::screen::Screen;
use super::{Exit, Stop};

/// Toon de regels van de standaarden die worden gecontroleerd: nummer, niveau, retourcode, berichten en plaats
#[derive(Debug, Args)]
#[command(after_help = "\
Voorbeelden:
  knooppunt rules                    de tabel, met aantallen per niveau en standaard aan het eind
  knooppunt rules --json             een JSON-object per regel, ook met uitleg en wat te doen
  knooppunt rules | grep JW323       wat er voor een bericht wordt gecontroleerd")]
pub(super) struct Arguments {
    /// Een JSON-object per regel
    #[arg(long)]
    json: bool,
}

/// One line of `--json`.
#[derive(Serialize)]
struct Line {
    id: &'static str,
    level: u8,
    /// Empty: the rule has no return code.
    code: &'static str,
    berichten: Vec<&'static str>,
    /// First release of the standards that the rule was read from.
    since: &'static str,
    /// Releases whose messages are judged by it: `ijw/3.2`.
    releases: Vec<String>,
    at: Vec<&'static str>,
    text: &'static str,
    remedy: &'static str,
}

const LAWS: [Law; 2] = [Law::Jw, Law::Wmo];
const LEVELS: [Level; 3] = [Level::Message, Level::History, Level::Reference];

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    let mut all: Vec<&Rule> = rules::all().collect();
    all.sort_by_key(|rule| (rule.level, rule.id));
    if arguments.json {
        for rule in all {
            screen.json(&line(rule))?;
        }
        return Ok(Exit::Good);
    }
    screen.line("regel  niveau  code  sinds  berichten en plaats")?;
    for rule in &all {
        let code = if rule.code.is_empty() { "-" } else { rule.code };
        screen.line(format_args!(
            "{:<6} {:>6}  {code:<4}  {:<5}  {}",
            rule.id,
            rule.level.number(),
            rule.since,
            berichten(rule).join(" ")
        ))?;
        for place in rule.at.split('|') {
            screen.line(format_args!("{:28}{place}", ""))?;
        }
    }
    screen.line("")?;
    say_counts(&all, screen)?;
    Ok(Exit::Good)
}

/// How many rules there are of each level, each standard, and in all.
fn say_counts(all: &[&Rule], screen: &mut Screen) -> Result<(), Stop> {
    screen.line("aantal   ijw  iwmo  samen")?;
    let counts = |holds: &dyn Fn(&Rule) -> bool| {
        let of = |law: Option<Law>| {
            let counted =
                |rule: &&&Rule| holds(rule) && law.is_none_or(|law| rule.laws.contains(&law));
            all.iter().filter(counted).count()
        };
        let [jw, wmo] = LAWS.map(|law| of(Some(law)));
        format!("{jw:>4}  {wmo:>4}  {:>5}", of(None))
    };
    for level in LEVELS {
        let number = level.number();
        let counts = counts(&|rule| rule.level == level);
        screen.line(format_args!("niveau {number} {counts}"))?;
    }
    let counts_of_all = counts(&|_| true);
    screen.line(format_args!("alle     {counts_of_all}"))?;
    let technical = counts(&|rule| rule.id.starts_with("TR"));
    screen.line(format_args!(
        "alleen technische regels (TR): {}",
        technical.trim()
    ))?;
    Ok(())
}

/// Published names of the messages that a rule judges.
fn berichten(rule: &Rule) -> Vec<&'static str> {
    let of = |law: &Law| {
        let law = *law;
        rule.berichten.iter().map(move |soort| soort.name(law))
    };
    LAWS.iter()
        .filter(|law| rule.laws.contains(law))
        .flat_map(of)
        .collect()
}

fn line(rule: &Rule) -> Line {
    let releases = rules::RELEASES
        .iter()
        .filter(|(law, _)| rule.laws.contains(law));
    Line {
        id: rule.id,
        level: rule.level.number(),
        code: rule.code,
        berichten: berichten(rule),
        since: rule.since,
        releases: releases
            .map(|(law, release)| format!("{}/{release}", law.standard()))
            .collect(),
        at: rule.at.split('|').collect(),
        text: rule.text(),
        remedy: rule.remedy(),
    }
}
