//! Made-up tables: the same for the same seed, of the size and the mix that was asked, and nothing wrong with them but what was planted.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::folder;
use crate::generate::{Generator, Made, Operator, Plan, PlanError, Regions};
use crate::{Catalogue, Class, Municipality, Unit};

/// National lists and municipalities, made up: a list of 2016 and one of 2019 for each law, a list of aids, sixty municipalities in eight regions.
pub(crate) fn base() -> Catalogue {
    let mut files = vec![(
        "canonical/releases.toml".to_owned(),
        [
            "jw-2016-09 jw jw 2016-09-01",
            "jw-2019-02 jw jw 2019-02-01",
            "wmo-2016-09 wmo wmo 2016-09-01",
            "wmo-2019-02 wmo wmo 2019-02-01",
            "aids-2022-01 aids wmo 2022-01-05",
        ]
        .map(|entry| {
            let mut words = entry.split(' ');
            let mut word = || words.next().unwrap();
            format!(
                "[[release]]\nname = {:?}\nlist = {:?}\nlaw = {:?}\ndate = {}\n\n",
                word(),
                word(),
                word(),
                word()
            )
        })
        .concat(),
    )];
    let header = "code\tcategory\tvariant\tname\tvalid_from\tvalid_to\n";
    let variants = [
        "inspanningsgericht",
        "inspanningsgericht",
        "outputgericht",
        "",
    ];
    let kinds = [
        "Begeleiding",
        "Dagbesteding",
        "Behandeling groep",
        "Verblijf",
        "Persoonlijke verzorging",
        "Diagnostiek",
    ];
    for (law, categories, each) in [("jw", 40..56, 30), ("wmo", 1..11, 30)] {
        let (mut older, mut newer) = (header.to_owned(), header.to_owned());
        for category in categories {
            for serial in 0..each {
                let code = format!("{category:02}A{serial:02}");
                let kind = kinds[(category + serial) % kinds.len()];
                let variant = variants[serial % variants.len()];
                let name = format!("{kind} {category} {serial}: {variant}");
                let row = |code: &str, name: &str| {
                    format!("{code}\t{category:02}\t{variant}\t{name}\t\t\n")
                };
                // One in fifteen means something else since, one was withdrawn, and one is new.
                match serial % 15 {
                    3 => older.push_str(&row(&code, &format!("Vroeger {name}"))),
                    7 => older.push_str(&row(&code.replace('A', "B"), &name)),
                    11 => {}
                    _ => older.push_str(&row(&code, &name)),
                }
                newer.push_str(&row(&code, &name));
            }
        }
        if law == "jw" {
            for serial in 1..20 {
                let _ = writeln!(
                    newer,
                    "P50{serial:02}\t\toutputgericht\tProfiel {serial}\t\t"
                );
            }
        }
        files.push((format!("canonical/{law}-2016-09.tsv"), older));
        files.push((format!("canonical/{law}-2019-02.tsv"), newer));
    }
    let mut aids = header.to_owned();
    for serial in 0..40 {
        let _ = writeln!(aids, "11X{serial:02}\t11\t\tRolstoel {serial}\t\t");
    }
    files.push(("canonical/aids-2022-01.tsv".to_owned(), aids));
    let mut names = "code\tname\tregion\n".to_owned();
    for number in 0..60 {
        let _ = writeln!(
            names,
            "{:04}\tPlaats {number}\tRegio {}",
            100 + 7 * number,
            number % 8
        );
    }
    files.push(("municipalities.tsv".to_owned(), names));
    let (catalogue, findings) = folder::load(files);
    assert_eq!(findings, []);
    catalogue
}

pub(crate) fn plan(seed: u64) -> Plan {
    Plan {
        seed,
        codes: 2400,
        municipalities: 30,
        regions: Regions::Copied,
        conflicts: false,
    }
}

fn made(plan: Plan) -> Made {
    Generator::new(&base(), plan).unwrap().all()
}

fn hash(made: &Made) -> String {
    let mut hash = Sha256::new();
    for source in &made.sources {
        hash.update(source.path.as_bytes());
        hash.update([0]);
        hash.update(&source.bytes);
        hash.update([0]);
    }
    hash.update(made.gold_tsv());
    hash.update(made.planted_tsv());
    hash.update(made.counts.to_tsv());
    hash.finalize()
        .iter()
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    for conflicts in [false, true] {
        let plan = Plan {
            conflicts,
            ..plan(5)
        };
        assert_eq!(hash(&made(plan)), hash(&made(plan)));
        assert_ne!(hash(&made(plan)), hash(&made(Plan { seed: 6, ..plan })));
    }
}

/// Written down once: on another machine, and after any change that was not meant to change tables, these are the bytes.
#[test]
fn the_bytes_are_those_that_were_written_down() {
    let small = Plan {
        codes: 300,
        municipalities: 4,
        ..plan(2015)
    };
    assert_eq!(
        hash(&made(small)),
        "244f0990e01071ecb18539f4fd41072ace150ffe465a9e3c4e5c0f4d6b6ca095"
    );
    let with_conflicts = Plan {
        conflicts: true,
        ..small
    };
    assert_eq!(
        hash(&made(with_conflicts)),
        "7a88609169874a0cd9a4d1c998efbfef95d838b16bd4d11d899016547bf7b544"
    );
}

#[test]
fn one_municipality_made_alone_is_the_one_among_all() {
    let base = base();
    for (conflicts, regions) in [
        (false, Regions::Copied),
        (true, Regions::Copied),
        (true, Regions::Included),
    ] {
        let generator = Generator::new(
            &base,
            Plan {
                regions,
                conflicts,
                ..plan(11)
            },
        )
        .unwrap();
        let all = generator.all();
        for municipality in generator.municipalities().step_by(7) {
            let one = generator.one(municipality).unwrap();
            assert!(!one.sources.is_empty());
            for source in &one.sources {
                assert!(all.sources.contains(source), "{}", source.path);
            }
            let own = format!("gm{municipality}/");
            let of_it = all
                .planted
                .iter()
                .filter(|planted| planted.file.starts_with(&own));
            assert_eq!(one.planted, of_it.cloned().collect::<Vec<_>>());
            assert!(all.gold.contains(&one.gold));
        }
        let stranger = Municipality::new(9999).unwrap();
        assert!(generator.one(stranger).is_none());
    }
}

#[test]
fn there_are_as_many_codes_as_were_asked_and_nothing_is_wrong_with_their_files() {
    let base = base();
    for (seed, regions, codes, municipalities) in [
        (1, Regions::Copied, 2400, 30),
        (2, Regions::Included, 2400, 30),
        (3, Regions::Copied, 9999, 60),
        (4, Regions::Copied, 5001, 71),
        (5, Regions::Included, 700, 71),
        // More codes than there are national products.
        (6, Regions::Copied, 9000, 3),
        (7, Regions::Included, 9000, 3),
    ] {
        let plan = Plan {
            seed,
            codes,
            municipalities,
            regions,
            conflicts: false,
        };
        let made = Generator::new(&base, plan).unwrap().all();
        assert_eq!(made.planted, []);
        let (catalogue, findings) = Catalogue::load(made.sources.clone());
        assert_eq!(findings, [], "seed {seed}");
        assert_eq!(catalogue.tables.len(), usize::from(municipalities));
        assert!(catalogue.tables.iter().all(|table| table.manifest.made_up));
        let mut rows = catalogue
            .regions
            .iter()
            .map(|region| region.set.rows.len())
            .sum::<usize>();
        let mut distinct = BTreeSet::new();
        for table in &catalogue.tables {
            rows += table.own.rows.len();
            distinct.extend(
                catalogue
                    .rows(table)
                    .map(|row| (table.municipality, row.key.law, row.key.code)),
            );
        }
        assert_eq!(distinct.len(), codes as usize);
        assert_eq!(
            (made.counts.codes, made.counts.rows),
            (distinct.len(), rows)
        );
        assert_eq!(made.gold.lines().count(), codes as usize);
    }
}

#[test]
fn a_table_says_the_same_whether_its_region_is_copied_or_included() {
    let base = base();
    let rows = |regions| {
        let plan = Plan { regions, ..plan(3) };
        let (catalogue, _) = Catalogue::load(Generator::new(&base, plan).unwrap().all().sources);
        let tables = catalogue.tables.iter().map(|table| {
            let rows = catalogue
                .rows(table)
                .map(|row| catalogue.text(row, row.raw).to_owned());
            (table.municipality, rows.collect::<BTreeSet<_>>())
        });
        tables.collect::<BTreeMap<_, _>>()
    };
    assert_eq!(rows(Regions::Copied), rows(Regions::Included));
}

#[test]
fn each_operator_takes_its_share() {
    let mut drawn: BTreeMap<Operator, usize> = BTreeMap::new();
    let base = base();
    for seed in 0..6 {
        let made = Generator::new(&base, plan(seed)).unwrap().all();
        for (operator, count) in made.counts.drawn {
            *drawn.entry(operator).or_default() += count;
        }
    }
    let all: usize = drawn.values().sum();
    assert!(all > 5000, "{all}");
    for operator in Operator::ALL {
        // Four standard deviations of a binomial draw: compared as squares, in ten-thousandths.
        let (percent, count) = (operator.percent() as usize, drawn.get(&operator).copied());
        let off = (100 * count.unwrap_or_default()).abs_diff(percent * all);
        assert!(
            off * off < 16 * all * percent * (100 - percent),
            "{operator:?}: {count:?} of {all}"
        );
    }
}

#[test]
fn about_a_quarter_of_hour_tariffs_is_no_whole_number_of_cents_a_minute() {
    let (catalogue, _) = Catalogue::load(made(plan(8)).sources);
    let rows = catalogue.tables.iter().flat_map(|table| &table.own.rows);
    let hours = rows
        .filter(|row| row.key.unit == Some(Unit::Hour))
        .filter_map(|row| row.tariff);
    let hours: Vec<u32> = hours.collect();
    let uneven = hours.iter().filter(|&&cents| cents % 60 != 0).count();
    let percent = uneven * 100 / hours.len();
    assert!((23..=31).contains(&percent), "{percent} of {}", hours.len());
}

#[test]
fn every_class_of_conflict_is_planted_somewhere() {
    let base = base();
    let mut classes = BTreeSet::new();
    for seed in 0..4 {
        let made = Generator::new(
            &base,
            Plan {
                conflicts: true,
                ..plan(seed)
            },
        )
        .unwrap()
        .all();
        classes.extend(made.planted.iter().map(|planted| planted.class));
    }
    let missing: Vec<_> = Class::ALL
        .iter()
        .filter(|class| !classes.contains(class))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_plan_that_cannot_be_made_says_why() {
    let base = base();
    let refused = |catalogue: &Catalogue, plan: Plan| Generator::new(catalogue, plan).err();
    assert_eq!(
        refused(
            &base,
            Plan {
                codes: 100,
                ..plan(1)
            }
        ),
        Some(PlanError::TooFew)
    );
    assert_eq!(
        refused(
            &base,
            Plan {
                codes: 1_000_000,
                ..plan(1)
            }
        ),
        Some(PlanError::TooMany)
    );
    assert_eq!(
        refused(
            &base,
            Plan {
                municipalities: 1000,
                codes: 100_000,
                ..plan(1)
            }
        ),
        Some(PlanError::TooMany)
    );
    assert!(matches!(
        refused(&Catalogue::default(), plan(1)),
        Some(PlanError::NoProducts(_))
    ));
}
