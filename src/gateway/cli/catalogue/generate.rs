//! `knooppunt catalogue generate`: made-up tables at the scale of the country, for measuring and for trying out what lint tells.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use knooppunt_catalogue::generate::{Generator, Made, Operator, Plan, PlanError, Regions};

use super::super::screen::Screen;
use super::super::{Exit, Stop};
use super::{Tables, count, put};

/// Verzin tabellen van gemeenten, voor metingen en proeven: hetzelfde zaad geeft overal dezelfde bytes
#[derive(Debug, Args)]
#[command(after_help = "\
Voorbeelden:
  knooppunt catalogue generate --codes 145000 --municipalities 342 --out LAND
  knooppunt catalogue generate --codes 2000 --municipalities 20 --conflicts --seed 7 --out PROEF
  knooppunt catalogue lint PROEF/mappings                 vindt alles wat in PROEF/planted.tsv staat, en niets anders;
                                                          M11 blijkt pas als een bericht beide rijen noemt (translate --beside)

Begint met de landelijke lijsten en gemeenten van een map met tabellen (--tables). Schrijft mappings/ (elke tabel gemerkt
als verzonnen), gold.tsv (wat elke code is), planted.tsv (welke fout waar is gezet) en counts.tsv. Gemeenten boven het
aantal dat er is, zijn verzonnen voorgangers. Om te meten hoe groot en hoe snel, nooit om te meten hoe goed een vertaling is.

Eindcode: 0 geschreven; 2 niet te lezen of te schrijven, of zo niet te maken.")]
pub(super) struct Arguments {
    /// Waarmee het toeval begint
    #[arg(long, value_name = "GETAL", default_value_t = 1)]
    seed: u64,
    /// Hoeveel verschillende codes van gemeenten samen
    #[arg(long, value_name = "AANTAL")]
    codes: u32,
    /// Hoeveel gemeenten
    #[arg(long, value_name = "AANTAL")]
    municipalities: u16,
    /// Waar zij komen: een map die er niet is, of leeg
    #[arg(long, value_name = "MAP")]
    out: PathBuf,
    /// Zet er fouten in van elke klasse, en schrijf namen slordig
    #[arg(long)]
    conflicts: bool,
    /// Zet rijen die gemeenten van een regio delen in een tabel van de regio
    #[arg(long)]
    include: bool,
    #[command(flatten)]
    tables: Tables,
}

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    let out = &arguments.out;
    if fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some()) {
        let message = format!("{}: deze map is niet leeg", out.display());
        return Err(Stop::unable(message));
    }
    let (catalogue, _) = arguments.tables.load()?;
    let plan = Plan {
        seed: arguments.seed,
        codes: arguments.codes,
        municipalities: arguments.municipalities,
        regions: if arguments.include {
            Regions::Included
        } else {
            Regions::Copied
        },
        conflicts: arguments.conflicts,
    };
    let generator =
        Generator::new(&catalogue, plan).map_err(|error| Stop::unable(in_words(error)))?;
    let made = generator.all();
    let tables = Path::new("mappings");
    let sources = made.sources.iter();
    let sources = sources.map(|source| (tables.join(&source.path), &*source.bytes));
    let besides = [
        ("gold.tsv", made.gold_tsv()),
        ("planted.tsv", made.planted_tsv()),
        ("counts.tsv", made.counts.to_tsv()),
    ];
    let besides = besides.iter();
    let besides = besides.map(|(name, text)| (PathBuf::from(name), text.as_bytes()));
    put::folder(out, sources.chain(besides))?;
    screen.line(summary(&made))?;
    Ok(Exit::Good)
}

fn summary(made: &Made) -> String {
    let counts = &made.counts;
    let drawn = Operator::ALL.map(|operator| {
        let count = counts.drawn.get(&operator).copied().unwrap_or_default();
        format!("{} {count}", operator.as_str())
    });
    format!(
        "{}, {}, {}, {}\n{}",
        count(counts.municipalities, "gemeente", "gemeenten"),
        count(counts.codes, "code", "codes"),
        count(counts.rows, "rij", "rijen"),
        count(made.planted.len(), "gezette fout", "gezette fouten"),
        drawn.join(", "),
    )
}

fn in_words(error: PlanError) -> String {
    match error {
        PlanError::NoProducts(law) => {
            format!(
                "de landelijke lijst van {law} heeft te weinig producten om tabellen van te maken"
            )
        }
        PlanError::NoMunicipalities => {
            "de map noemt geen gemeenten (municipalities.tsv)".to_owned()
        }
        PlanError::TooFew => {
            "zo heeft een gemeente minder dan 8 codes; vraag meer codes of minder gemeenten"
                .to_owned()
        }
        PlanError::TooMany => {
            "zo heeft een gemeente meer dan 4000 codes, of zijn er meer dan 900 verzonnen gemeenten"
                .to_owned()
        }
    }
}
