//! Facts become lists that can be read, or it is said what is wrong with them.

use super::*;

const PRODUCTS: &str = "list,release,law,code,description_nl,category_code,variant,help_form_or_group_nl,nza_code,source\n\
    JZ21,2019-02,jw,P5005,Profiel 1: outputgericht,,outputgericht,,,S-A\n\
    JZ21,2019-02,jw,45A48,Begeleiding,45,inspanningsgericht,,,S-A\n\
    JZ21,2019-02,jw,54001,\"Jeugd-ggz, regulier\",54,,,,S-A\n\
    JZ21,2025-02,jw,45A48,Begeleiding,45,inspanningsgericht,Ambulant,180001,S-B\n\
    HULPMIDDELEN,2022-01,wmo,11X31,Buggy,11,,Rolstoel,,S-B\n";
const CATEGORIES: &str = "law,codelist,code,name_nl,valid_from,valid_to\n\
    jw,JZ020,54,Jeugd-ggz,2017-10-01,\nwmo,WMO020,01,Hulp bij het huishouden,,\nwmo-pgb,WMO022,99,Totaal,,\n";
const MUNICIPALITIES: &str =
    "cbs_code,name,province,youth_region_unverified\n0228,Ede,Gelderland,FoodValley\n";
const SOURCES: &str =
    "source,where,what,date\nS-A,\"een \"\"register\"\"\",lijst,2019-02\nS-B,elders,lijst,2022\n";

fn facts() -> Vec<Source> {
    [
        ("product_codes.csv", PRODUCTS),
        ("categories.csv", CATEGORIES),
        ("municipalities_2025.csv", "oud"),
        ("municipalities_2026.csv", MUNICIPALITIES),
        ("sources.csv", SOURCES),
        ("units.csv", "anders"),
        ("README.md", "tekst"),
    ]
    .map(|(path, text)| Source {
        path: path.to_owned(),
        bytes: text.into(),
    })
    .to_vec()
}

fn with(path: &str, text: &str) -> Vec<Source> {
    let mut facts = facts();
    facts.retain(|source| source.path != path);
    facts.push(Source {
        path: path.to_owned(),
        bytes: text.into(),
    });
    facts
}

fn told(facts: &[Source]) -> Vec<(String, u32, Class)> {
    let findings = make(facts).unwrap_err();
    let told = |finding: &Finding| (finding.file.to_string(), finding.line, finding.class);
    findings.iter().map(told).collect()
}

#[test]
fn facts_become_lists_sorted_by_code_that_are_read_back_as_they_were_meant() {
    let made = make(&facts()).unwrap();
    let (catalogue, findings) = Catalogue::load(made.files.clone());
    assert_eq!(findings, []);
    let release = catalogue.release("jz21-2019-02").unwrap();
    let codes: Vec<_> = release.products.iter().map(|p| p.code.as_str()).collect();
    assert_eq!(codes, ["45A48", "54001", "P5005"]);
    let product = release.get("54001".parse().unwrap()).unwrap();
    assert_eq!(catalogue.name(release, product), "Jeugd-ggz, regulier");
    assert_eq!(product.category.unwrap().number(), 54);
    assert_eq!(product.variant, None);
    assert_eq!(release.entry.source, "een \"register\"");
    assert_eq!(release.entry.date.to_string(), "2019-02-01");
    let profile = release.get("P5005".parse().unwrap()).unwrap();
    assert_eq!(
        (profile.category, profile.variant),
        (None, Some(Variant::Output))
    );
    let ede = catalogue.names.get(&Municipality::new(228).unwrap());
    assert_eq!(ede.map(|named| &*named.region), Some("FoodValley"));
    assert_eq!(catalogue.categories.len(), 2);
    let names: Vec<_> = catalogue.releases.iter().map(|r| &r.entry.name).collect();
    assert_eq!(names, ["aids-2022-01", "jz21-2019-02", "jz21-2025-02"]);
}

#[test]
fn the_same_facts_in_another_order_make_the_same_bytes() {
    let mut lines: Vec<_> = PRODUCTS.lines().collect();
    lines[1..].reverse();
    let mut turned = with("product_codes.csv", &format!("{}\n", lines.join("\n")));
    turned.reverse();
    assert_eq!(make(&facts()).unwrap().files, make(&turned).unwrap().files);
}

#[test]
fn a_release_that_has_none_of_a_form_that_an_earlier_one_has_is_complete_for_its_own_forms_alone() {
    let made = make(&facts()).unwrap();
    let lacks = ["LNNNN", "NNNNN"].map(str::to_owned).into();
    assert_eq!(made.releases[2].lacks, lacks);
    assert_eq!(made.releases[1].lacks, BTreeSet::new());
    let catalogue = Catalogue::load(made.files).0;
    let later = catalogue.release("jz21-2025-02").unwrap();
    assert!(later.is_complete_for("44A27".parse().unwrap()));
    assert!(!later.is_complete_for("P5005".parse().unwrap()));
}

#[test]
fn it_says_what_it_read_and_what_it_left_out() {
    let made = make(&facts()).unwrap();
    assert_eq!(made.municipalities, 1);
    assert_eq!(
        made.categories,
        BTreeMap::from([(Law::Jw, 1), (Law::Wmo, 1)])
    );
    assert_eq!(
        (made.releases[1].products, made.releases[1].without_category),
        (3, 1)
    );
    assert_eq!(
        made.left_out,
        [
            LeftOut::HelpForm(2),
            LeftOut::NzaCode(1),
            LeftOut::Categories("wmo-pgb".to_owned(), 1),
            LeftOut::Province,
            LeftOut::Files(vec![
                "municipalities_2025.csv".to_owned(),
                "units.csv".to_owned()
            ]),
        ]
    );
}

#[test]
fn of_facts_that_are_wrong_nothing_is_made_and_each_line_is_named() {
    let products = "product_codes.csv";
    let line = |line: &str| with(products, &format!("{PRODUCTS}{line}\n"));
    for wrong in [
        "JZ21,2019-02,jw,45A480,Te lang,45,,,,S-A",
        "JZ21,2019-02,jw,45E10,Getal,45,,,,S-A",
        "JZ21,2019-02,jw,45A48,Dubbel,45,,,,S-A",
        "JZ21,2019-02,wmo,45A50,Andere wet,45,,,,S-A",
        "JZ21,2019-02,zvw,45A50,Geen wet,45,,,,S-A",
        "JZ21,2019,jw,45A50,Geen maand,45,,,,S-A",
        "JZ21,2019-02,jw,45A50,\"Met\ttab\",45,,,,S-A",
        "JZ21,2019-02,jw,45A50,,45,,,,S-A",
        "JZ21,2019-02,jw,45A50,Categorie,5,,,,S-A",
        "JZ21,2019-02,jw,45A50,Variant,45,soms,,,S-A",
    ] {
        assert_eq!(
            told(&line(wrong)),
            [(products.to_owned(), 7, Class::F06)],
            "{wrong}"
        );
    }
    assert_eq!(
        told(&line("JZ21,2019-02")),
        [(products.to_owned(), 7, Class::F05)]
    );
    let lacking = with("categories.csv", "law,code\njw,54\nwmo,01\n");
    assert_eq!(
        told(&lacking),
        [("categories.csv".to_owned(), 2, Class::F05)]
    );
    let mut absent = facts();
    absent.retain(|source| source.path != products);
    assert_eq!(told(&absent), [(products.to_owned(), 0, Class::F09)]);
    let quoted = line("JZ21,2019-02,jw,45A50,\"\"\"Geciteerd\"\"\",45,,,,S-A");
    let path = "canonical/jz21-2019-02.tsv".to_owned();
    assert_eq!(told(&quoted), [(path, 4, Class::F05)]);
}
