//! `knooppunt catalogue translate`: what a table makes of a product, there or back.

use clap::Args;
use jiff::civil::Date;
use knooppunt_catalogue::compiled::Compiled;
use knooppunt_catalogue::translate::{Answer, Dated, Product, Question, Stacked, Verdict, stacks};
use knooppunt_catalogue::{Category, Code, Finding, Law, Municipality, Period, Unit};
use serde::Serialize;

use super::super::screen::Screen;
use super::super::{Exit, Stop};
use super::{Tables, cents, day, euros, municipality, today, value};

/// Wat is een code van een gemeente landelijk, of een landelijke code bij een gemeente? Zegt ook waarom, met bestand en regel
#[derive(Debug, Args)]
#[command(after_help = "\
Voorbeelden:
  knooppunt catalogue translate 9901 jw 45 45X48 --unit 04 --on 2024-05-01
  knooppunt catalogue translate 9901 jw 45 45X53 --unit 04 --volume 3 --tariff 66.00    ook omgerekend, exact of niet
  knooppunt catalogue translate 9901 jw 45 45A48 --unit 04 --back                       van landelijk naar gemeente
  knooppunt catalogue translate 9901 jw 45 45X48 --unit 04 --beside 45X53               of ze samen in een bericht passen

Vertaalt zoals een bericht zonder eerdere toewijzing zou worden vertaald, ook als de tabel nog niet aan staat.

Eindcode: 0 vertaald, of er is niets te vertalen; 1 kan niet exact, niets beslist welke, of twee producten worden er een (M11); 2 de tabellen zijn niet te gebruiken.")]
pub(super) struct Arguments {
    /// De gemeente, met haar CBS-code
    #[arg(value_name = "GEMEENTE", value_parser = municipality)]
    municipality: Municipality,
    /// De wet: jw of wmo
    #[arg(value_name = "WET", value_parser = value::<Law>)]
    law: Law,
    /// De productcategorie: twee cijfers
    #[arg(value_name = "CATEGORIE", value_parser = value::<Category>)]
    category: Category,
    /// De productcode
    #[arg(value_name = "CODE", value_parser = value::<Code>)]
    code: Code,
    /// De eenheid (WJ756)
    #[arg(long, value_name = "EENHEID", value_parser = value::<Unit>)]
    unit: Option<Unit>,
    /// Het volume, een geheel getal
    #[arg(long, value_name = "AANTAL")]
    volume: Option<u64>,
    /// Het tarief, in euro's met twee decimalen
    #[arg(long, value_name = "BEDRAG", value_parser = cents)]
    tariff: Option<u64>,
    /// De dag die beslist welke rijen gelden; zonder: vandaag
    #[arg(long, value_name = "DAG", value_parser = day)]
    on: Option<Date>,
    /// Van de landelijke code terug naar die van de gemeente
    #[arg(long)]
    back: bool,
    /// Een andere code uit dezelfde categorie die de client in dezelfde dagen heeft: worden ze landelijk hetzelfde (M11)?
    #[arg(long, value_name = "CODE", value_parser = value::<Code>, conflicts_with = "back")]
    beside: Option<Code>,
    /// Als JSON-object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    tables: Tables,
}

#[derive(Serialize)]
struct Line {
    verdict: &'static str,
    reason: &'static str,
    text: &'static str,
    product: ProductLine,
    candidates: Vec<ProductLine>,
    rows: Vec<String>,
    table: Option<String>,
    findings: Vec<serde_json::Value>,
}

#[derive(Serialize)]
struct ProductLine {
    category: Option<String>,
    code: Option<String>,
    unit: Option<String>,
    volume: Option<u64>,
    tariff: Option<String>,
}

impl From<&Product> for ProductLine {
    fn from(product: &Product) -> Self {
        Self {
            category: product.category.map(|category| category.to_string()),
            code: product.code.map(|code| code.to_string()),
            unit: product.unit.map(|unit| unit.to_string()),
            volume: product.volume,
            tariff: product.tariff_cents.map(euros),
        }
    }
}

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    let catalogue = arguments.tables.sound()?;
    let compiled = Compiled::of(&catalogue).map_err(|error| Stop::unable(error.to_string()))?;
    let question = Question {
        law: arguments.law,
        municipality: arguments.municipality,
        product: Product {
            category: Some(arguments.category),
            code: Some(arguments.code),
            unit: arguments.unit,
            volume: arguments.volume,
            tariff_cents: arguments.tariff,
        },
        on: arguments.on.unwrap_or_else(today),
    };
    let answer = if arguments.back {
        compiled.back(&question, None)
    } else {
        compiled.forth(&question, None)
    };
    let findings = arguments.beside.map_or_else(Vec::new, |code| {
        let other = Question {
            product: Product {
                code: Some(code),
                ..question.product
            },
            ..question
        };
        together(&compiled, [&question, &other])
    });
    if arguments.json {
        screen.json(&line(&answer, &findings))?;
    } else {
        say(&answer, screen)?;
        for finding in &findings {
            screen.line(finding)?;
        }
    }
    Ok(match answer.verdict {
        Verdict::Apply | Verdict::Pass if findings.is_empty() => Exit::Good,
        Verdict::Apply | Verdict::Pass | Verdict::Refuse | Verdict::Ambiguous => Exit::Bad,
    })
}

/// What is told of two products that a client is allocated for the same days.
fn together(compiled: &Compiled, asked: [&Question; 2]) -> Vec<Finding> {
    let answers = asked.map(|question| {
        let answer = compiled.forth(question, None);
        let dated = Dated {
            local: question.product,
            given: answer.product,
            period: Period {
                from: question.on,
                to: None,
            },
            assignment: None,
        };
        (dated, answer.rows)
    });
    let (dated, rows): (Vec<_>, Vec<_>) = answers.into_iter().unzip();
    stacks(&dated, &rows, Stacked::Assigned)
}

fn line(answer: &Answer, findings: &[Finding]) -> Line {
    Line {
        verdict: answer.verdict.as_str(),
        reason: answer.reason.as_str(),
        text: answer.reason.text(),
        product: (&answer.product).into(),
        candidates: answer.candidates.iter().map(ProductLine::from).collect(),
        rows: answer.rows.iter().map(ToString::to_string).collect(),
        table: answer.version.map(|version| version.to_string()),
        findings: findings
            .iter()
            .filter_map(|finding| serde_json::from_str(&finding.to_json()).ok())
            .collect(),
    }
}

fn say(answer: &Answer, screen: &mut Screen) -> Result<(), Stop> {
    let verdict = match answer.verdict {
        Verdict::Apply => "vertaald",
        Verdict::Pass => "blijft zoals het is",
        Verdict::Refuse => "kan niet exact; het bericht blijft onaangeroerd",
        Verdict::Ambiguous => "meer dan een mogelijkheid; niets beslist welke",
    };
    screen.line(format_args!("{verdict}: {}", in_words(&answer.product)))?;
    screen.line(answer.reason.text())?;
    for candidate in &answer.candidates {
        screen.line(format_args!("  mogelijk: {}", in_words(candidate)))?;
    }
    for row in &answer.rows {
        screen.line(format_args!("  rij: {row}"))?;
    }
    if let Some(version) = answer.version {
        screen.line(format_args!("  tabel: {version}"))?;
    }
    Ok(())
}

fn in_words(product: &Product) -> String {
    let parts = [
        product.code.map(|code| code.to_string()),
        product
            .category
            .map(|category| format!("categorie {category}")),
        product.unit.map(|unit| format!("eenheid {unit}")),
        product.volume.map(|volume| format!("volume {volume}")),
        product
            .tariff_cents
            .map(|cents| format!("tarief {}", euros(cents))),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
