//! What is suggested for a local product, and why.

use std::collections::HashMap;

use super::folder::{load, with};
use crate::suggest::{CANDIDATES_MAX, Lexicon, Local, National, Suggester, Suggestions, Why};
use crate::{Category, Law, Unit, Variant};

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
