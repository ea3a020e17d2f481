//! `knooppunt catalogue suggest`: national codes that a local product may be, with score and reasons; and what such suggestions are worth.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::civil::Date;
use knooppunt_catalogue::suggest::evaluate::{self, Data, Texts};
use knooppunt_catalogue::suggest::states::{self, Decision};
use knooppunt_catalogue::suggest::{Lexicon, LexiconError, Local, Suggester, Suggestions};
use knooppunt_catalogue::{
    Catalogue, Category, Code, Law, Municipality, Relation, Row, State, Unit,
};
use serde::Serialize;

use super::super::screen::Screen;
use super::super::{Exit, Stop, words};
use super::{
    Tables, cannot_change, cents, count, day, municipality, own_rows, put, read_rows, table, today,
    value,
};

/// Welke landelijke codes komen in aanmerking voor wat nog geen heeft? Alleen voorstellen: niets wordt toegepast
#[derive(Debug, Args)]
#[command(after_help = "\
Voorbeelden:
  knooppunt catalogue suggest 0363                                     van elke code zonder landelijke code
  knooppunt catalogue suggest --law wmo --label 'Logeeropvang' --unit 14
  knooppunt catalogue suggest --evaluate FEITEN                        hoe goed voorstellen zijn, gemeten per eigenaar

Met --evaluate leest het uit de map FEITEN labelled_pairs.csv, local_codes.csv, product_codes.csv en categories.csv.

Met --keep komen de beste als voorstel in de tabel van de gemeente; `knooppunt catalogue mark` beslist erover. Een paar dat er
al staat, ook een afgewezen, komt er niet nog eens bij.

Eindcode: 0 gelukt; 2 niet te lezen of te schrijven.")]
pub(super) struct Arguments {
    /// De gemeente, met haar CBS-code
    #[arg(value_name = "GEMEENTE", value_parser = municipality, required_unless_present_any = ["label", "evaluate"])]
    municipality: Option<Municipality>,
    /// Een product met deze naam, dat in geen tabel hoeft te staan
    #[arg(
        long,
        value_name = "NAAM",
        conflicts_with = "municipality",
        requires = "law"
    )]
    label: Option<String>,
    /// De wet van dat product: jw of wmo
    #[arg(long, value_name = "WET", value_parser = value::<Law>, requires = "label")]
    law: Option<Law>,
    /// De productcategorie van dat product
    #[arg(long, value_name = "CATEGORIE", value_parser = value::<Category>, requires = "label")]
    category: Option<Category>,
    /// De eigen code van dat product
    #[arg(long, value_name = "CODE", value_parser = value::<Code>, requires = "label")]
    code: Option<Code>,
    /// De eenheid van dat product
    #[arg(long, value_name = "EENHEID", value_parser = value::<Unit>, requires = "label")]
    unit: Option<Unit>,
    /// Het tarief van dat product, in euro's met twee decimalen
    #[arg(long, value_name = "BEDRAG", value_parser = cents, requires = "label")]
    tariff: Option<u64>,
    /// Meet voorstellen aan de feiten in deze map
    #[arg(long, value_name = "FEITEN", conflicts_with_all = ["municipality", "label"])]
    evaluate: Option<PathBuf>,
    /// Zet er van elke code zoveel als voorstel in de tabel
    #[arg(long, value_name = "AANTAL", requires_all = ["municipality", "by"])]
    keep: Option<usize>,
    /// De rol die de voorstellen erin zet, nooit de naam van een mens
    #[arg(long, value_name = "ROL", requires = "keep")]
    by: Option<String>,
    /// De eerste dag van die rijen; zonder: vandaag
    #[arg(long, value_name = "DAG", value_parser = day, requires = "keep")]
    from: Option<Date>,
    /// Een JSON-object per product, op een regel
    #[arg(long, conflicts_with = "evaluate")]
    json: bool,
    #[command(flatten)]
    tables: Tables,
}

/// One line of `--json`.
#[derive(Serialize)]
struct Line<'s> {
    law: &'static str,
    code: Option<String>,
    label: &'s str,
    confidence: f32,
    expects_none: bool,
    candidates: Vec<CandidateLine<'s>>,
}

#[derive(Serialize)]
struct CandidateLine<'s> {
    release: &'s str,
    code: String,
    name: &'s str,
    score: f32,
    relation: &'static str,
    reasons: Vec<String>,
}

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    if let Some(facts) = &arguments.evaluate {
        return evaluate(facts, screen);
    }
    let (catalogue, _) = arguments.tables.load()?;
    let lexicon = Lexicon::ours().map_err(|error| no_lexicon(&error))?;
    let (releases, locals) = match (arguments.municipality, &arguments.label, arguments.law) {
        (Some(municipality), _, _) => {
            let table = table(&catalogue, municipality)?;
            let releases = &table.manifest.canonical;
            let releases = releases.iter().map(|(name, _)| name.clone()).collect();
            let rows = catalogue.rows(table);
            (releases, unmapped(&catalogue, municipality, rows))
        }
        (None, Some(label), Some(law)) => {
            let local = Local {
                municipality: None,
                law,
                category: arguments.category,
                code: arguments.code,
                label: label.clone(),
                unit: arguments.unit,
                variant: None,
                tariff_cents: arguments.tariff.and_then(|cents| u32::try_from(cents).ok()),
            };
            (Vec::new(), vec![local])
        }
        (None, None, _) | (None, _, None) => {
            return Err(Stop::unable("noem een gemeente, of een naam met een wet"));
        }
    };
    let suggester = Suggester::of(&catalogue, &releases, lexicon);
    if let (Some(municipality), Some(keep), Some(by)) =
        (arguments.municipality, arguments.keep, &arguments.by)
    {
        let decision = Decision {
            state: State::Suggested,
            by: by.clone(),
            on: today(),
            justification: None,
        };
        let from = arguments.from.unwrap_or(decision.on);
        let path = own_rows(&arguments.tables.tables, municipality);
        return keep_best(&path, &suggester, &locals, keep, from, &decision, screen);
    }
    for local in &locals {
        let suggestions = suggester.suggest(local);
        if arguments.json {
            screen.json(&line(local, &suggestions))?;
        } else {
            say(local, &suggestions, screen)?;
        }
    }
    if locals.is_empty() && !arguments.json {
        screen.line("alles in deze tabel heeft een landelijke code, of een voorstel")?;
    }
    Ok(Exit::Good)
}

/// The local products of which nobody has decided what they are: rows without counterpart that are not confirmed. Of a code in several periods the last.
fn unmapped<'c>(
    catalogue: &Catalogue,
    municipality: Municipality,
    rows: impl Iterator<Item = &'c Row>,
) -> Vec<Local> {
    let mut rows: Vec<_> = rows
        .filter(|row| row.relation == Relation::None && row.state == State::Suggested)
        .collect();
    rows.sort_by_key(|row| (row.key, std::cmp::Reverse(row.period.from)));
    rows.dedup_by_key(|row| row.key);
    let local = |row: &Row| Local {
        municipality: Some(municipality),
        law: row.key.law,
        category: row.key.category,
        code: Some(row.key.code),
        label: catalogue.text(row, row.label).to_owned(),
        unit: row.key.unit,
        variant: row.key.variant,
        tariff_cents: row.tariff,
    };
    rows.into_iter().map(local).collect()
}

fn line<'s>(local: &'s Local, suggestions: &'s Suggestions) -> Line<'s> {
    let candidates = suggestions.candidates.iter();
    Line {
        law: local.law.as_str(),
        code: local.code.map(|code| code.to_string()),
        label: &local.label,
        confidence: suggestions.confidence,
        expects_none: suggestions.expects_none(),
        candidates: candidates
            .map(|candidate| CandidateLine {
                release: &candidate.product.release,
                code: candidate.product.code.to_string(),
                name: &candidate.product.name,
                score: candidate.score,
                relation: candidate.relation.as_str(),
                reasons: candidate.reasons.iter().map(ToString::to_string).collect(),
            })
            .collect(),
    }
}

fn say(local: &Local, suggestions: &Suggestions, screen: &mut Screen) -> Result<(), Stop> {
    let parts = [
        local.code.map(|code| code.to_string()),
        local.unit.map(|unit| format!("eenheid {unit}")),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    let remark = if suggestions.expects_none() {
        ", het is de vraag of er een is"
    } else {
        ""
    };
    screen.line(format_args!(
        "{} {} (zekerheid {:.2}{remark})",
        parts.join(", "),
        local.label,
        suggestions.confidence
    ))?;
    for candidate in &suggestions.candidates {
        let product = &candidate.product;
        screen.line(format_args!(
            "  {:.2}  {}:{}  {}  ({})",
            candidate.score, product.release, product.code, product.name, candidate.relation
        ))?;
        let reasons: Vec<_> = candidate.reasons.iter().map(ToString::to_string).collect();
        screen.line(format_args!("        {}", reasons.join("; ")))?;
    }
    Ok(())
}

/// Puts the best suggestions of each product into the table.
fn keep_best(
    path: &Path,
    suggester: &Suggester,
    locals: &[Local],
    keep: usize,
    from: Date,
    decision: &Decision,
    screen: &mut Screen,
) -> Result<Exit, Stop> {
    let mut text = read_rows(path)?;
    let mut added = 0;
    for local in locals {
        let Some(code) = local.code else {
            continue;
        };
        let suggestions = suggester.suggest(local);
        let best: Vec<_> = suggestions
            .candidates
            .iter()
            .take(keep)
            .map(|candidate| (candidate.product.code, candidate.relation, candidate.score))
            .collect();
        let proposed = states::propose(&text, local, code, &best, from, decision)
            .map_err(|error| cannot_change(path, &error))?;
        added += proposed.changed.len();
        text = proposed.text;
    }
    put::file(path, text.as_bytes())?;
    screen.line(format_args!(
        "{}: {} erbij",
        path.display(),
        count(added, "voorstel", "voorstellen")
    ))?;
    Ok(Exit::Good)
}

fn evaluate(facts: &Path, screen: &mut Screen) -> Result<Exit, Stop> {
    let read = |name: &str| {
        let path = facts.join(name);
        fs::read_to_string(&path).map_err(|error| {
            let why = words::os(&error);
            Stop::unable(format!("{}: niet te lezen: {why}", path.display()))
        })
    };
    let (pairs, local) = (read("labelled_pairs.csv")?, read("local_codes.csv")?);
    let (products, categories) = (read("product_codes.csv")?, read("categories.csv")?);
    let texts = Texts {
        pairs: &pairs,
        local: &local,
        products: &products,
        categories: &categories,
    };
    let data = Data::read(&texts)
        .map_err(|error| Stop::unable(format!("de feiten zijn niet te gebruiken: {error}")))?;
    let report = evaluate::evaluate(&data).map_err(|error| no_lexicon(&error))?;
    screen.bytes(report.to_string().as_bytes())?;
    Ok(Exit::Good)
}

fn no_lexicon(error: &LexiconError) -> Stop {
    Stop::unable(format!("het woordenboek is niet te lezen: {error}"))
}
