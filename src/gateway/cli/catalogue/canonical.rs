//! `knooppunt catalogue canonical`: the national lists in our own form, made from collected facts.

use std::path::PathBuf;

use clap::Args;
use knooppunt_catalogue::national::{self, LeftOut, Made};

use super::super::screen::{Screen, complain};
use super::super::{Exit, Stop};
use super::{Tables, count, files, put};

/// Maak de landelijke lijsten van verzamelde feiten: codes, categorieën, varianten, gepubliceerde namen en data
#[derive(Debug, Args)]
#[command(after_help = "\
Voorbeeld:
  knooppunt catalogue canonical --from FEITEN --tables mappings

Leest uit de map FEITEN product_codes.csv, categories.csv, municipalities_<jaar>.csv en sources.csv. Schrijft
canonical/releases.toml, canonical/<lijst>-<uitgave>.tsv, canonical/categories.tsv en municipalities.tsv. Dezelfde feiten
geven dezelfde bytes. Tabellen van gemeenten en regio's blijven zoals ze zijn.

Eindcode: 0 gemaakt; 1 er is iets mis met de feiten, en er is niets geschreven; 2 niet te lezen of te schrijven.")]
pub(super) struct Arguments {
    /// De map met de feiten
    #[arg(long, value_name = "FEITEN")]
    from: PathBuf,
    #[command(flatten)]
    tables: Tables,
}

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    let facts = files(&arguments.from, &["csv"])?;
    let made = match national::make(&facts) {
        Ok(made) => made,
        Err(findings) => {
            for finding in &findings {
                complain(&finding.to_string());
            }
            return Ok(Exit::Bad);
        }
    };
    say(&made, screen)?;
    for file in &made.files {
        let path = arguments.tables.tables.join(&file.path);
        let what = if put::file(&path, &file.bytes)? {
            "geschreven"
        } else {
            "was al zo"
        };
        screen.line(format_args!("{what}: {}", path.display()))?;
    }
    Ok(Exit::Good)
}

fn say(made: &Made, screen: &mut Screen) -> Result<(), Stop> {
    for release in &made.releases {
        let products = count(release.products, "product", "producten");
        let mut line = format!("{}: {products}", release.name);
        if release.without_category > 0 {
            line = format!(
                "{line}, {} zonder eigen categorie",
                release.without_category
            );
        }
        if !release.lacks.is_empty() {
            let forms: Vec<_> = release.lacks.iter().map(String::as_str).collect();
            line = format!(
                "{line}; van de vorm {} heeft zij niets en een eerdere uitgave wel: daarvan geldt zij als onvolledig",
                forms.join(", ")
            );
        }
        screen.line(line)?;
    }
    for (law, categories) in &made.categories {
        let categories = count(*categories, "categorie", "categorieën");
        screen.line(format_args!("{law}: {categories}"))?;
    }
    screen.line(count(made.municipalities, "gemeente", "gemeenten"))?;
    for left_out in &made.left_out {
        screen.line(format_args!("weggelaten: {}", in_words(left_out)))?;
    }
    Ok(())
}

fn in_words(left_out: &LeftOut) -> String {
    match left_out {
        LeftOut::HelpForm(products) => format!(
            "de hulpvorm of groep van {}: geen vertaling hangt ervan af",
            count(*products, "product", "producten")
        ),
        LeftOut::NzaCode(products) => format!(
            "de NZa-code van {}: geen vertaling hangt ervan af",
            count(*products, "product", "producten")
        ),
        LeftOut::Categories(law, categories) => format!(
            "{} van {law}: in de berichten komen zij niet voor",
            count(*categories, "categorie", "categorieën")
        ),
        LeftOut::Province => "de provincie van gemeenten: niets vraagt ernaar".to_owned(),
        LeftOut::Files(names) => format!("niet gelezen: {}", names.join(", ")),
    }
}
