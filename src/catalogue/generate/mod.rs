//! Tables that are made up, at the scale of the country: for measuring and for planting conflicts, never for measuring the quality of a mapping. The same seed
//! gives the same bytes on every machine, and each municipality draws from its own stream, so that one can be made without the others.
//!
//! Each list begins with national products; an [`Operator`] makes local ones of each, the ways in which real lists were seen to diverge, and so says what the
//! right mapping is. Without [`Plan::conflicts`] nothing is wrong with the tables; with it, faults of every class are planted, and named with file and line: M11
//! at the later of two rows with one target, the other just before it.

mod codes;
mod line;
mod list;
mod national;
mod plant;
mod random;
mod sizes;
mod spoil;
mod tariff;
mod words;
mod write;
mod years;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::finding::Class;
use crate::law::{Law, Municipality};
use crate::load::Catalogue;
use crate::source::Source;

use line::{Line, Local};
use national::National;
use random::Random;
use sizes::{Size, Sizes};

/// Fewest codes a municipality can have: some of each law.
const CODES_MIN: u32 = 8;
/// Most codes a municipality can have on average: those of its own are made of two digits of category and three positions.
const CODES_MAX: u32 = 4000;

/// What to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Of what is drawn.
    pub seed: u64,
    /// How many different (municipality, law, code) there must be, over all municipalities.
    pub codes: u32,
    /// How many municipalities; those beyond the ones there are, are invented predecessors.
    pub municipalities: u16,
    /// Where the rows that a region's municipalities share stand.
    pub regions: Regions,
    /// Whether names are noisy and faults are planted.
    pub conflicts: bool,
}

/// Where the rows that a region's municipalities share stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Regions {
    /// In the table of each municipality, as most publish them.
    Copied,
    /// In one table of the region, which each municipality takes over.
    Included,
}

/// Why a plan cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The catalogue to begin with has no national products of this law, or too few.
    #[error("the national list of {0} has too few products to make tables of")]
    NoProducts(Law),
    /// The catalogue to begin with names no municipalities.
    #[error("no municipalities are named")]
    NoMunicipalities,
    /// Fewer than 8 codes a municipality.
    #[error("fewer than {CODES_MIN} codes a municipality")]
    TooFew,
    /// More than 4000 codes a municipality, or more invented municipalities than there are codes for.
    #[error("more than {CODES_MAX} codes a municipality, or more than 900 invented municipalities")]
    TooMany,
}

/// How a local product was made of a national one. What it does to the code also says what the mapping is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operator {
    /// The national code under its national name.
    Keep,
    /// The national code under a name of one's own.
    LocalName,
    /// A code of one's own, a name near the national one.
    OwnCode,
    /// Counted in another unit.
    Unit,
    /// One product under several codes, by level or price.
    Split,
    /// Several products under one code.
    Lump,
    /// Several kinds of care in one price.
    Bundle,
    /// A profile by intensity and complexity.
    Matrix,
    /// The same product for a personal budget.
    Budget,
    /// One product under several codes, by distance or duration.
    Bands,
    /// Nothing national corresponds.
    None,
    /// A national code that means something else here.
    Collision,
}

impl Operator {
    /// All.
    pub const ALL: [Self; 12] = [
        Self::Keep,
        Self::LocalName,
        Self::OwnCode,
        Self::Unit,
        Self::Split,
        Self::Lump,
        Self::Bundle,
        Self::Matrix,
        Self::Budget,
        Self::Bands,
        Self::None,
        Self::Collision,
    ];

    /// Of a hundred national products, how many it takes.
    pub const fn percent(self) -> u32 {
        match self {
            Self::Keep => 25,
            Self::LocalName => 12,
            Self::OwnCode => 20,
            Self::Unit => 9,
            Self::Split | Self::Matrix => 8,
            Self::Lump => 6,
            Self::Bundle => 5,
            Self::Budget => 3,
            Self::None => 2,
            Self::Bands | Self::Collision => 1,
        }
    }

    /// As in gold files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::LocalName => "local-name",
            Self::OwnCode => "own-code",
            Self::Unit => "unit",
            Self::Split => "split",
            Self::Lump => "lump",
            Self::Bundle => "bundle",
            Self::Matrix => "matrix",
            Self::Budget => "budget",
            Self::Bands => "bands",
            Self::None => "none",
            Self::Collision => "collision",
        }
    }
}

/// What was made.
#[derive(Debug, Default)]
pub struct Made {
    /// The folder of tables, as [`Catalogue::load`] takes it, by path.
    pub sources: Vec<Source>,
    /// What each local code is, a line each: municipality, law, local_code, operator, relation, canonical (several with a space between).
    pub gold: String,
    /// The planted faults, by file and line.
    pub planted: Vec<Planted>,
    /// How much of what.
    pub counts: Counts,
}

/// A fault that was planted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Planted {
    /// The file it stands in.
    pub file: String,
    /// The line: where it takes two rows to be wrong, the later; 0 when it is about the whole file.
    pub line: u32,
    /// Its class.
    pub class: Class,
}

/// How much was made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Different (municipality, law, code).
    pub codes: usize,
    /// Rows that stand in tables.
    pub rows: usize,
    /// Municipalities.
    pub municipalities: usize,
    /// National products drawn, by what was made of them. Lists that are shared count once; lists of aids and of regions that give no products count not.
    pub drawn: BTreeMap<Operator, usize>,
}

impl Counts {
    /// As a table: what, how many.
    pub fn to_tsv(&self) -> String {
        let mut text = format!(
            "what\tcount\ncodes\t{}\nrows\t{}\nmunicipalities\t{}\n",
            self.codes, self.rows, self.municipalities
        );
        for operator in Operator::ALL {
            let count = self.drawn.get(&operator).copied().unwrap_or_default();
            let _ = writeln!(text, "{}\t{count}", operator.as_str());
        }
        text
    }
}

impl Made {
    /// The gold file, with its header.
    pub fn gold_tsv(&self) -> String {
        let header = "municipality\tlaw\tlocal_code\toperator\trelation\tcanonical\n";
        format!("{header}{}", self.gold)
    }

    /// The planted faults as a table: class, file, line.
    pub fn planted_tsv(&self) -> String {
        let mut text = "class\tfile\tline\n".to_owned();
        for Planted { file, line, class } in &self.planted {
            let _ = writeln!(text, "{class}\t{file}\t{line}");
        }
        text
    }
}

/// Makes tables by a plan, of the national lists and municipalities of a catalogue.
#[derive(Debug)]
pub struct Generator<'c> {
    catalogue: &'c Catalogue,
    plan: Plan,
    national: [National<'c>; 2],
    sizes: Sizes,
}

impl<'c> Generator<'c> {
    /// Prepares a plan. Of the catalogue it takes the releases, the categories and the names of municipalities; tables in it are passed over.
    ///
    /// # Errors
    /// The catalogue has too little to begin with, or the plan asks for too little or too much.
    pub fn new(catalogue: &'c Catalogue, plan: Plan) -> Result<Self, PlanError> {
        let national = [
            National::of(catalogue, Law::Jw)?,
            National::of(catalogue, Law::Wmo)?,
        ];
        let sizes = Sizes::of(catalogue, &plan)?;
        Ok(Self {
            catalogue,
            plan,
            national,
            sizes,
        })
    }

    /// The municipalities it makes, by code.
    pub fn municipalities(&self) -> impl Iterator<Item = Municipality> + '_ {
        self.sizes.all.iter().map(|size| size.municipality)
    }

    /// Everything: national lists, names of municipalities, regions, tables.
    pub fn all(&self) -> Made {
        let mut made = Made::default();
        write::base(self.catalogue, &self.sizes, &mut made.sources);
        let mut regions: BTreeMap<&str, Vec<Local>> = BTreeMap::new();
        for size in &self.sizes.all {
            let region = regions
                .entry(&size.region)
                .or_insert_with(|| self.region(size, &mut made));
            self.folder(size, region, &mut made);
        }
        made.sources.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        made.planted.sort_unstable();
        made
    }

    /// The folder of one municipality, and the table of its region where that stands by itself. None if it is not among [`Self::municipalities`].
    pub fn one(&self, municipality: Municipality) -> Option<Made> {
        let mut sizes = self.sizes.all.iter();
        let size = sizes.find(|size| size.municipality == municipality)?;
        let mut made = Made::default();
        let region = self.region(size, &mut made);
        self.folder(size, &region, &mut made);
        made.sources.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        made.planted.sort_unstable();
        Some(made)
    }

    /// Whether the list of this region or municipality has one tariff for all local products behind one national one.
    fn has_one_tariff(&self, whose: &str) -> bool {
        Random::of(self.plan.seed, "one-tariff", whose).chance(400)
    }

    /// The youth list of the region of this municipality.
    fn region(&self, size: &Size, made: &mut Made) -> Vec<Local> {
        let [jw, _] = &self.national;
        let mut random = Random::of(self.plan.seed, "region", &size.region);
        let model = list::Model::of(&mut Random::of(self.plan.seed, "model", &size.region));
        let shape = list::Shape {
            model,
            codes: size.jw,
            aids: 0,
            daypart_minutes: None,
            one_tariff: self.has_one_tariff(&size.region),
            noisy: self.plan.conflicts,
        };
        let locals = list::make(
            jw,
            &shape,
            self.plan.seed,
            &mut random,
            &mut made.counts.drawn,
        );
        if self.plan.regions == Regions::Included {
            let lines: Vec<Line> = locals
                .iter()
                .flat_map(|local| &local.lines)
                .cloned()
                .collect();
            made.counts.rows += lines.len();
            made.sources.push(Source {
                path: format!("regions/{}.tsv", size.region),
                bytes: write::table(self.plan.seed, &lines).into_bytes(),
            });
        }
        locals
    }

    fn folder(&self, size: &Size, region: &[Local], made: &mut Made) {
        let [_, wmo] = &self.national;
        let code = size.municipality.to_string();
        let mut random = Random::of(self.plan.seed, "municipality", &code);
        let daypart_minutes = match random.below(4) {
            0 => Some(210),
            1 | 2 => Some(240),
            _ => None,
        };
        let shape = list::Shape {
            model: list::Model::of(&mut Random::of(self.plan.seed, "model", &code)).of_wmo(),
            codes: size.wmo,
            aids: size.aids,
            daypart_minutes,
            one_tariff: self.has_one_tariff(&code),
            noisy: self.plan.conflicts,
        };
        let wmo_locals = list::make(
            wmo,
            &shape,
            self.plan.seed,
            &mut random,
            &mut made.counts.drawn,
        );
        let (jw_locals, deviating) = list::deviate(region, &mut random);
        let own = jw_locals
            .iter()
            .enumerate()
            .filter(|(index, _)| self.plan.regions == Regions::Copied || deviating.contains(index));
        let own = own.map(|(_, local)| local).chain(&wmo_locals);
        let mut lines: Vec<Line> = own.flat_map(|local| &local.lines).cloned().collect();
        for local in jw_locals.iter().chain(&wmo_locals) {
            write::gold(&code, local, &mut made.gold);
        }
        made.counts.codes += jw_locals.len() + wmo_locals.len();
        made.counts.municipalities += 1;
        if self.plan.conflicts && size.spoilt.is_none() {
            let mut random = Random::of(self.plan.seed, "conflicts", &code);
            plant::plant(&self.national, size, &mut random, &mut lines);
        }
        made.counts.rows += lines.len();
        let table = write::table(self.plan.seed, &lines);
        let terms = write::Terms {
            daypart_minutes,
            applies_narrower: shape.one_tariff && self.has_one_tariff(&size.region),
        };
        let manifest = write::manifest(&self.plan, &self.national, size, &terms, &mut random);
        write::planted(size, &lines, &mut made.planted);
        let folder = spoil::Folder {
            size,
            manifest,
            table,
            row: write::row_that_may_go(&lines),
        };
        folder.write(&mut made.sources, &mut made.planted);
    }
}
