//! What is suggested for a local product, and why.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use proptest::prelude::*;

use super::folder::{load, with};
use crate::suggest::evaluate::{Data, Texts, evaluate};
use crate::suggest::{CANDIDATES_MAX, Lexicon, Local, National, Suggester, Suggestions, Why};
use crate::{Category, Law, Municipality, Unit, Variant};

fn products() -> Vec<National> {
    let effort = Some(Variant::Effort);
    let output = Some(Variant::Output);
    [
        ("02A01", "02", output, "Begeleiding regulier: outputgericht"),
        (
            "02A03",
            "02",
            effort,
            "Begeleiding regulier: inspanningsgericht",
        ),
        (
            "02A05",
            "02",
            effort,
            "Begeleiding specialistisch: inspanningsgericht",
        ),
        (
            "02A16",
            "02",
            effort,
            "Begeleiding regulier: inspanningsgericht (individueel)",
        ),
        (
            "02A17",
            "02",
            effort,
            "Begeleiding regulier: inspanningsgericht (groep)",
        ),
        (
            "02006",
            "02",
            None,
            "Begeleiding bij/naar het zelfstandig wonen",
        ),
        (
            "03A03",
            "03",
            effort,
            "Persoonlijke verzorging regulier: inspanningsgericht",
        ),
        (
            "04A04",
            "04",
            None,
            "Kortdurend verblijf: logeer/respijtzorg",
        ),
        (
            "07A03",
            "07",
            effort,
            "Dagbesteding regulier: inspanningsgericht",
        ),
        (
            "07A11",
            "07",
            effort,
            "Dagbesteding regulier: inspanningsgericht (licht)",
        ),
        (
            "07A13",
            "07",
            effort,
            "Dagbesteding regulier: inspanningsgericht (zwaar)",
        ),
        (
            "08A03",
            "08",
            effort,
            "Vervoer regulier: inspanningsgericht",
        ),
        (
            "08A04",
            "08",
            effort,
            "Vervoer rolstoel: inspanningsgericht",
        ),
        ("12X00", "12", None, "Scootmobiel"),
        ("12X06", "12", None, "Meeneembaar/opvouwbaar"),
    ]
    .map(|(code, category, variant, name)| National {
        law: Law::Wmo,
        code: code.parse().unwrap(),
        category: category.parse().ok(),
        variant,
        name: name.to_owned(),
        release: "wmo021-2019-02".to_owned(),
    })
    .to_vec()
}

fn categories() -> HashMap<(Law, Category), String> {
    [
        ("02", "Begeleiding"),
        ("07", "Dagbesteding"),
        ("12", "Vervoervoorzieningen"),
    ]
    .map(|(category, name)| ((Law::Wmo, category.parse().unwrap()), name.to_owned()))
    .into()
}

fn suggester() -> Suggester {
    Suggester::of_products(products(), &categories(), Lexicon::ours().unwrap())
}

fn local(label: &str) -> Local {
    Local {
        municipality: None,
        law: Law::Wmo,
        category: None,
        code: None,
        label: label.to_owned(),
        unit: None,
        variant: None,
        tariff_cents: None,
    }
}

fn first(suggestions: &Suggestions) -> &str {
    let first = suggestions.candidates.first().unwrap();
    first.product.code.as_str()
}

#[test]
fn other_words_for_the_same_care_are_found_with_their_reasons() {
    let suggester = suggester();
    for (label, unit, code) in [
        ("Individuele begeleiding basis", Unit::Hour, "02A16"),
        ("Begeleiding plus", Unit::Hour, "02A05"),
        ("Begeleiding groep licht", Unit::Daypart, "07A11"),
        ("Groepsbegeleiding zwaar", Unit::Daypart, "07A13"),
        ("Begeleiding in een groep", Unit::Hour, "02A17"),
        ("Logeeropvang", Unit::Day, "04A04"),
        ("Rolstoeltaxi naar de dagbesteding", Unit::Effort, "08A04"),
        ("Verzorging (ADL)", Unit::Minute, "03A03"),
        ("Opvouwbare scootmobiel", Unit::Output, "12X06"),
    ] {
        let found = suggester.suggest(&Local {
            unit: Some(unit),
            ..local(label)
        });
        assert_eq!(first(&found), code, "{label}");
        assert!(!found.candidates[0].reasons.is_empty());
        assert!(!found.expects_none(), "{label} {}", found.confidence);
    }
    let found = suggester.suggest(&local("Dagopvang"));
    let Why::Words(words) = &found.candidates[0].reasons[0].why else {
        panic!("{:?}", found.candidates[0]);
    };
    assert_eq!(words, &["dagbesteding"]);
}

#[test]
fn typing_faults_and_words_written_apart_lead_to_the_same_product() {
    let suggester = suggester();
    for label in [
        "Dagbestedign regulier",
        "dag besteding  REGULIER",
        "Dagbestéding\nregulier",
    ] {
        assert_eq!(first(&suggester.suggest(&local(label))), "07A03", "{label}");
    }
}

#[test]
fn the_unit_the_category_and_the_code_speak_for_and_against() {
    let suggester = suggester();
    let of_output = suggester.suggest(&Local {
        unit: Some(Unit::Output),
        ..local("Begeleiding regulier")
    });
    assert_eq!(first(&of_output), "02A01");
    let of_category = suggester.suggest(&Local {
        category: "07".parse().ok(),
        ..local("Regulier aanbod")
    });
    assert_eq!(first(&of_category), "07A03");
    let of_code = suggester.suggest(&Local {
        code: "02X17".parse().ok(),
        ..local("Begeleiding regulier groep")
    });
    assert!(
        of_code.candidates[0]
            .reasons
            .iter()
            .any(|reason| reason.why == Why::CodeAlike)
    );
}

#[test]
fn a_product_that_no_list_has_is_not_expected_to_have_a_counterpart() {
    let suggester = suggester();
    for label in ["Vraagverheldering", "Toeslag nacht", "Zwemles", ""] {
        let found = suggester.suggest(&local(label));
        assert!(found.expects_none(), "{label} {}", found.confidence);
    }
}

#[test]
fn ten_candidates_at_most_in_an_order_that_never_changes() {
    let mut turned = products();
    turned.reverse();
    let other = Suggester::of_products(turned, &categories(), Lexicon::ours().unwrap());
    let asked = Local {
        category: "02".parse().ok(),
        unit: Some(Unit::Hour),
        ..local("Begeleiding bij vervoer en dagbesteding, verzorging en verblijf")
    };
    let found = suggester().suggest(&asked);
    assert_eq!(found.candidates.len(), CANDIDATES_MAX);
    assert_eq!(found, suggester().suggest(&asked));
    let codes = |found: &Suggestions| -> Vec<_> {
        let codes = found
            .candidates
            .iter()
            .map(|candidate| candidate.product.code);
        codes.collect()
    };
    assert_eq!(codes(&found), codes(&other.suggest(&asked)));
    assert!(
        found
            .candidates
            .windows(2)
            .all(|pair| pair[0].score >= pair[1].score)
    );
    assert!(
        found
            .candidates
            .iter()
            .all(|one| (0.0..=1.0).contains(&one.score))
    );
}

#[test]
fn of_several_releases_the_first_named_decides() {
    let releases = "[[release]]\nname = \"wmo-1\"\nlist = \"wmo\"\nlaw = \"wmo\"\ndate = 2019-02-01\n[[release]]\nname = \"wmo-2\"\nlist = \"wmo\"\nlaw = \"wmo\"\ndate = 2020-02-01\n[[release]]\nname = \"jw-1\"\nlist = \"jw\"\nlaw = \"jw\"\ndate = 2019-02-01\n";
    let mut files = with("canonical/releases.toml", releases);
    files.push((
        "canonical/wmo-2.tsv".to_owned(),
        "code\tcategory\tvariant\tname\n02A03\t02\tinspanningsgericht\tBegeleiding thuis\n"
            .to_owned(),
    ));
    let (catalogue, findings) = load(files);
    assert_eq!(findings, []);
    let name = |releases: &[&str]| {
        let releases: Vec<_> = releases.iter().map(|&name| name.to_owned()).collect();
        let suggester = Suggester::of(&catalogue, &releases, Lexicon::ours().unwrap());
        let found = suggester.suggest(&local("Begeleiding"));
        found.candidates[0].product.name.clone()
    };
    assert_eq!(name(&["wmo-1", "wmo-2"]), "Begeleiding");
    assert_eq!(name(&["wmo-2", "wmo-1"]), "Begeleiding thuis");
    assert_eq!(name(&[]), "Begeleiding thuis");
    let of_law = Suggester::of(&catalogue, &["jw-1".to_owned()], Lexicon::empty());
    assert_eq!(of_law.products(), 4);
    assert!(of_law.suggest(&local("Begeleiding")).candidates.is_empty());
}

/// Three municipalities: 0777 asks, the others have confirmed rows; 0777 rejected one.
fn with_tables() -> Suggester {
    let header = "law\tcategory\tlocal_code\tunit\trelation\tcanonical\tvalid_from\tstate\ttariff\tlocal_label\n";
    let row = |code: &str, canonical: &str, state: &str, tariff: &str, label: &str| {
        format!("jw\t45\t{code}\t04\texact\t{canonical}\t2024-01-01\t{state}\t{tariff}\t{label}\n")
    };
    let manifest = |code: &str| {
        format!("municipality = \"{code}\"\npublished = 2023-10-28\ncanonical = [\"jw-1\"]\n")
    };
    let own = row("45X48", "45A48", "rejected", "", "Hulp  op Maat")
        + &row("45X50", "45A48", "confirmed", "80.00", "Hulp op maat thuis");
    let others = row("MAAT", "45A53", "confirmed", "80.00", "Hulp op maat");
    let mut files = with("gm0777/map.tsv", &format!("{header}{own}"));
    for municipality in ["0363", "0518"] {
        let folder = format!("gm{municipality}");
        files.push((format!("{folder}/map.tsv"), format!("{header}{others}")));
        files.push((format!("{folder}/manifest.toml"), manifest(municipality)));
    }
    let (catalogue, findings) = load(files);
    assert_eq!(findings, []);
    Suggester::of(&catalogue, &["jw-1".to_owned()], Lexicon::ours().unwrap())
}

fn on_measure() -> Local {
    Local {
        municipality: Municipality::new(777),
        law: Law::Jw,
        code: "45X48".parse().ok(),
        unit: Some(Unit::Hour),
        ..local("Hulp op maat")
    }
}

fn whys(suggestions: &Suggestions, code: &str) -> Vec<Why> {
    let of_code = |one: &&crate::suggest::Candidate| one.product.code.as_str() == code;
    let found = suggestions.candidates.iter().find(of_code);
    let reasons = found.map(|one| one.reasons.clone()).unwrap_or_default();
    reasons.into_iter().map(|reason| reason.why).collect()
}

#[test]
fn what_others_confirmed_for_the_name_and_pay_is_a_reason_and_own_rows_are_none() {
    let suggester = with_tables();
    let found = suggester.suggest(&Local {
        tariff_cents: Some(7800),
        ..on_measure()
    });
    assert_eq!(first(&found), "45A53");
    let reasons = whys(&found, "45A53");
    assert!(reasons.contains(&Why::Others(2)), "{reasons:?}");
    assert!(reasons.contains(&Why::Tariff), "{reasons:?}");
    let dear = suggester.suggest(&Local {
        tariff_cents: Some(20_000),
        ..on_measure()
    });
    assert!(whys(&dear, "45A53").contains(&Why::OtherTariff));
    let of_other = suggester.suggest(&Local {
        municipality: Municipality::new(363),
        ..on_measure()
    });
    assert!(whys(&of_other, "45A53").contains(&Why::Others(1)));
}

#[test]
fn what_was_rejected_for_a_code_and_its_name_is_not_suggested_again() {
    let suggester = with_tables();
    let asked = Local {
        category: "45".parse().ok(),
        ..on_measure()
    };
    let has = |asked: &Local| !whys(&suggester.suggest(asked), "45A48").is_empty();
    assert!(!has(&asked));
    // Another name, another code, another municipality: not what was rejected.
    assert!(has(&Local {
        label: "Hulp anders".to_owned(),
        ..asked.clone()
    }));
    assert!(has(&Local {
        code: "45X49".parse().ok(),
        ..asked.clone()
    }));
    assert!(has(&Local {
        municipality: Municipality::new(363),
        ..asked
    }));
}

static OURS: LazyLock<Suggester> = LazyLock::new(suggester);

proptest! {
    #[test]
    fn whatever_a_name_is_there_are_at_most_ten_candidates_with_scores_from_0_to_1(
        label in "\\PC{0,80}|([a-zA-Z(]{1,20}[ /)-]){0,12}",
        unit in proptest::option::of(0_usize..7),
        category in proptest::option::of(0_u8..100),
    ) {
        let asked = Local {
            unit: unit.map(|at| Unit::ALL[at]),
            category: category.and_then(Category::new),
            ..local(&label)
        };
        let found = OURS.suggest(&asked);
        prop_assert!(found.candidates.len() <= CANDIDATES_MAX);
        prop_assert!((0.0..=1.0).contains(&found.confidence));
        for one in &found.candidates {
            prop_assert!((0.0..=1.0).contains(&one.score), "{}", one.score);
        }
        prop_assert_eq!(&found, &OURS.suggest(&asked));
    }
}

/// The collected facts: in the folder that `KNOOPPUNT_SHARED` names, else in `../shared` beside the project. None where they are not.
fn facts() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let named = std::env::var_os("KNOOPPUNT_SHARED");
    let is_named = named.is_some();
    let folder = root
        .join(named.unwrap_or_else(|| "../shared".into()))
        .join("catalogue");
    assert!(folder.is_dir() || !is_named, "{}", folder.display());
    if !folder.is_dir() {
        println!("the collected facts are not here: nothing is measured");
    }
    folder.is_dir().then_some(folder)
}

#[test]
fn on_owners_that_nothing_was_tuned_on_half_stand_first_and_nine_in_ten_among_ten() {
    let Some(facts) = facts() else { return };
    let read = |name: &str| std::fs::read_to_string(facts.join(name)).unwrap();
    let (pairs, local) = (read("labelled_pairs.csv"), read("local_codes.csv"));
    let (products, categories) = (read("product_codes.csv"), read("categories.csv"));
    let data = Data::read(&Texts {
        pairs: &pairs,
        local: &local,
        products: &products,
        categories: &categories,
    })
    .unwrap();
    assert_eq!(data.products.len(), 1_360);
    let report = evaluate(&data).unwrap();
    let [first, five, ten] = report.held_out().shares();
    assert!(first >= 0.50 && five >= 0.80 && ten >= 0.90, "{report}");
    assert_eq!(report.held_out().products, 63);
}
