//! Our schemas in our validator and the published schemas in another validator say the same of every mutant, but for listed
//! exceptions. The other is libxml2 in every run, and Xerces-C and Xerces-J where their drivers are at hand. Where the published
//! schemas are not at hand, the other reads ours: then only the validators are compared, and the output says so.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::{env, fs, thread};

use knooppunt_standard::Limits;
use libtest_mimic::Trial;

use crate::edits::{CATEGORIES, Category};
use crate::exceptions::{self, Difference};
use crate::mutants::{Mutant, Mutants};
use crate::validators::Validator;
use crate::{compare, files, releases, trial};

/// Mutants over all kinds, unless `KNOOPPUNT_MUTANTS` says another number.
const MUTANTS: usize = 20_160;
/// Unless `KNOOPPUNT_SEED` says another.
const SEED: u64 = 3;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials: Vec<Trial> = Validator::ALL
        .into_iter()
        .map(|validator| {
            let name = format!("verdicts/of_mutants_equal_those_of_{}", validator.name());
            trial(name, move || all_kinds(validator)).with_ignored_flag(!validator.is_wanted())
        })
        .collect();
    trials.extend([
        trial(
            "verdicts/the_same_seed_makes_the_same_mutants",
            same_seed_same_mutants,
        ),
        trial(
            "verdicts/a_wrong_schema_is_noticed",
            wrong_schema_is_noticed,
        ),
        trial(
            "verdicts/every_exception_is_listed_with_its_reason",
            exceptions::are_listed,
        ),
        trial(
            "verdicts/an_exception_takes_out_one_construct",
            exceptions::take_out_one_construct,
        ),
    ]);
    trials
}

/// What a batch of mutants showed.
#[derive(Debug, Default)]
struct Tally {
    mutants: usize,
    valid: usize,
    categories: BTreeMap<Category, (usize, usize)>,
    explained: BTreeMap<&'static str, usize>,
    wrong_accepts: Vec<String>,
    wrong_refusals: Vec<String>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.mutants += other.mutants;
        self.valid += other.valid;
        for (category, (all, valid)) in other.categories {
            let sum = self.categories.entry(category).or_default();
            *sum = (sum.0 + all, sum.1 + valid);
        }
        for (name, count) in other.explained {
            *self.explained.entry(name).or_default() += count;
        }
        self.wrong_accepts.extend(other.wrong_accepts);
        self.wrong_refusals.extend(other.wrong_refusals);
    }
}

fn all_kinds(validator: Validator) {
    assert!(
        validator.is_there(),
        "xmllint is missing: install libxml2-utils"
    );
    let number = |name: &str, default: u64| {
        env::var(name).map_or(default, |text| text.parse().expect("a number"))
    };
    let seed = number("KNOOPPUNT_SEED", SEED);
    let wanted = usize::try_from(number("KNOOPPUNT_MUTANTS", MUTANTS as u64)).expect("a count");
    let kinds: Vec<(&str, String)> = files::STANDARDS
        .iter()
        .flat_map(|(standard, prefix)| {
            files::KINDS.map(|number| (*standard, format!("{prefix}{number}")))
        })
        .collect();
    let each = wanted.div_ceil(kinds.len());
    let queue = Mutex::new(kinds.iter().enumerate());
    let total = Mutex::new(Tally::default());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism()
            .map_or(2, usize::from)
            .min(8)
        {
            scope.spawn(|| {
                while let Some((stream, (standard, name))) =
                    { queue.lock().expect("no panic").next() }
                {
                    let tally = one_kind(validator, standard, name, (seed, stream as u64), each);
                    total.lock().expect("no panic").add(tally);
                }
            });
        }
    });
    let total = total.into_inner().expect("no panic");
    println!("{}", report(validator, &total, seed));
    assert!(
        total.wrong_accepts.is_empty() && total.wrong_refusals.is_empty(),
        "unexplained differences:\n{}\n{}",
        total.wrong_accepts.join("\n"),
        total.wrong_refusals.join("\n")
    );
    assert!(
        total.mutants >= wanted && total.valid * 3 >= total.mutants,
        "too few mutants, or too few valid ones"
    );
    for (category, _) in CATEGORIES {
        assert!(
            total.categories.contains_key(&category),
            "no mutant of category {category:?}"
        );
    }
}

fn report(validator: Validator, total: &Tally, seed: u64) -> String {
    let reference = if files::published("xsd").is_some() {
        "the published schemas (seven iWmo kinds: schemas derived from iJw)"
    } else {
        "our own schemas (the published ones are not at hand)"
    };
    let mut said = format!(
        "\n{} mutants, seed {seed}; {} valid to {} with {reference}; wrong accepts {}, wrong refusals {}, explained {}\n",
        total.mutants,
        total.valid,
        validator.name(),
        total.wrong_accepts.len(),
        total.wrong_refusals.len(),
        total.explained.values().sum::<usize>(),
    );
    for (category, (all, valid)) in &total.categories {
        writeln!(said, "  {all:6} {category:?}, {valid} valid").expect("a string takes all");
    }
    for (name, count) in &total.explained {
        writeln!(said, "  {count:6} explained by exception {name:?}").expect("a string takes all");
    }
    said
}

/// The messages of a kind that mutants are made from.
fn bases(standard: &str, name: &str) -> Vec<String> {
    let mut paths: Vec<PathBuf> = ["plain", "full"]
        .iter()
        .map(|case| {
            files::own(&format!(
                "conformance/messages/{standard}/{name}/{case}/message.xml"
            ))
        })
        .collect();
    paths.extend(files::published(&format!(
        "messages/{standard}/{}/{name}.xml",
        files::MEASURED
    )));
    paths.iter().map(|path| files::text(path)).collect()
}

fn one_kind(
    validator: Validator,
    standard: &str,
    name: &str,
    (seed, stream): (u64, u64),
    count: usize,
) -> Tally {
    let schema = files::published_schema(standard, files::MEASURED, name).unwrap_or_else(|| {
        files::own(&format!(
            "schemas/{standard}/{}/{name}.xsd",
            files::MEASURED
        ))
    });
    let shape = compare::measured(standard, name).root;
    let bases = bases(standard, name);
    let mutants: Vec<Mutant> = Mutants::new(&bases, &shape, seed, stream)
        .take(count)
        .collect();
    let folder = tempfile::tempdir().expect("a folder for the mutants");
    let asked = mutants
        .iter()
        .map(|mutant| (file_name(mutant), mutant.bytes.as_slice()));
    let valid = ask(validator, &schema, folder.path(), asked);
    let mut tally = Tally::default();
    let mut differences = Vec::new();
    for mutant in &mutants {
        let ours = we_accept(&mutant.bytes);
        let theirs = valid.contains(&file_name(mutant));
        tally.mutants += 1;
        tally.valid += usize::from(theirs);
        for category in &mutant.edits {
            let sum = tally.categories.entry(*category).or_default();
            *sum = (sum.0 + 1, sum.1 + usize::from(theirs));
        }
        match (ours, theirs) {
            (true, false) => differences.push((Difference::OnlyWeAccept, mutant)),
            (false, true) => differences.push((Difference::OnlyWeRefuse, mutant)),
            _ => {}
        }
    }
    weigh(&mut tally, validator, name, &schema, &differences);
    tally
}

fn we_accept(bytes: &[u8]) -> bool {
    releases()
        .check(bytes, &Limits::default())
        .findings
        .is_empty()
}

/// Counts each difference under its exceptions, or as a wrong verdict, whose mutant is kept.
fn weigh(
    tally: &mut Tally,
    validator: Validator,
    name: &str,
    schema: &Path,
    differences: &[(Difference, &Mutant)],
) {
    let folder = tempfile::tempdir().expect("a folder for the mutants");
    let plain: Vec<_> = differences
        .iter()
        .map(|(difference, mutant)| exceptions::without(validator, *difference, &mutant.bytes))
        .collect();
    let asked = differences
        .iter()
        .zip(&plain)
        .filter_map(|((_, mutant), plain)| {
            plain
                .as_ref()
                .map(|(bytes, _)| (file_name(mutant), bytes.as_slice()))
        });
    let valid = ask(validator, schema, folder.path(), asked);
    for ((difference, mutant), plain) in differences.iter().zip(&plain) {
        if let Some((bytes, names)) = plain
            && valid.contains(&file_name(mutant))
            && we_accept(bytes)
        {
            for name in names {
                *tally.explained.entry(name).or_default() += 1;
            }
            continue;
        }
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!(
            "{}-{name}-{}",
            validator.name(),
            file_name(mutant)
        ));
        fs::write(&kept, &mutant.bytes).expect("room for a mutant");
        let checked = releases().check(&mutant.bytes, &Limits::default());
        let codes: Vec<(&str, u32)> = checked
            .findings
            .list
            .iter()
            .take(3)
            .map(|finding| (finding.code, finding.line))
            .collect();
        let line = format!("{:?} {} {codes:?}", mutant.edits, kept.display());
        match difference {
            Difference::OnlyWeAccept => tally.wrong_accepts.push(line),
            Difference::OnlyWeRefuse => tally.wrong_refusals.push(line),
        }
    }
}

fn file_name(mutant: &Mutant) -> String {
    format!("{}.xml", mutant.number)
}

/// The names of those messages that the other validator finds valid.
fn ask<'m>(
    validator: Validator,
    schema: &Path,
    folder: &Path,
    messages: impl Iterator<Item = (String, &'m [u8])>,
) -> HashSet<String> {
    let names: Vec<String> = messages
        .map(|(name, bytes)| {
            fs::write(folder.join(&name), bytes).expect("room for a mutant");
            name
        })
        .collect();
    validator.valid(schema, folder, &names)
}

fn same_seed_same_mutants() {
    let shape = compare::measured("ijw", "JW305").root;
    let bases = bases("ijw", "JW305");
    let some = |seed| -> Vec<Vec<u8>> {
        Mutants::new(&bases, &shape, seed, 1)
            .take(50)
            .map(|mutant| mutant.bytes)
            .collect()
    };
    assert_eq!(some(1), some(1));
    assert_ne!(some(1), some(2));
}

/// A check that the check works: against a schema with one facet changed, mutants must differ.
fn wrong_schema_is_noticed() {
    let folder = tempfile::tempdir().expect("a folder");
    for file in ["basisschema.xsd", "JW305.xsd"] {
        let text = files::text(&files::own(&format!("schemas/ijw/3.2/{file}")));
        let changed = text
            .replace("<xs:enumeration value=\"55\"/>", "")
            .replace("value=\"999999999\"", "value=\"99999999\"");
        fs::write(folder.path().join(file), changed).expect("room for a schema");
    }
    let shape = compare::measured("ijw", "JW305").root;
    let bases = bases("ijw", "JW305");
    let mutants: Vec<Mutant> = Mutants::new(&bases, &shape, SEED, 99).take(1_000).collect();
    let asked = mutants
        .iter()
        .map(|mutant| (file_name(mutant), mutant.bytes.as_slice()));
    let valid = ask(
        Validator::Libxml2,
        &folder.path().join("JW305.xsd"),
        folder.path(),
        asked,
    );
    let accepted_by_one = mutants
        .iter()
        .filter(|mutant| we_accept(&mutant.bytes) && !valid.contains(&file_name(mutant)));
    assert!(
        accepted_by_one.count() > 0,
        "no mutant reached the changed facets"
    );
}
