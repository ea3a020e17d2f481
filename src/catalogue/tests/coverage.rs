//! What share of rows and of messages is covered, counted by hand beside what is reported.

use jiff::civil::date;
use quick_xml::events::Event;

use super::folder::load;
use super::national::{MAP, REGION, folder, rows, table};
use crate::coverage::{Coverage, Part, Share, Used, Uses};
use crate::{Catalogue, Class, Law, Municipality, Relation, Source};

const ROWS: &[&str] = &[
    "45X01 exact 45A48 category=45 local_label=Begeleiding_<licht>_&_\"zwaar\"",
    "45X02 local-broader 45A48 category=45 group=g1",
    "45X02 local-broader 45A53 category=45 group=g1",
    "45X03 exact 45A48 category=45 state=suggested local_label=Voorstel",
    "45X04 exact 45A48 category=45 state=rejected",
    "45X05 none category=45",
    "45A49 exact 45A49 category=45",
    "02X01 exact 02A03 law=wmo category=02 valid_from=2020-01-01 valid_to=2022-12-31",
];

fn catalogue() -> Catalogue {
    let region = table(&rows(&["501AL exact P5005 category=50"]));
    let names =
        "code\tname\tregion\n0777\tVoorbeeld\tWest & Oost\n0363\tAnders\t\n0014\tZonder\tNoord\n";
    let files = folder(&[
        (MAP, &table(&rows(ROWS))),
        (REGION, &region),
        ("municipalities.tsv", names),
    ]);
    let (catalogue, findings) = load(files);
    assert_eq!(findings, []);
    catalogue
}

fn gm(number: u16) -> Municipality {
    Municipality::new(number).unwrap()
}

fn uses(text: &str) -> Uses {
    let source = Source {
        path: "uses.tsv".to_owned(),
        bytes: format!("municipality\tlaw\tcategory\tcode\tcount\tyear\n{text}").into_bytes(),
    };
    let (uses, findings) = Uses::read(source);
    assert_eq!(findings, []);
    uses
}

#[test]
fn codes_are_counted_once_by_what_their_rows_say() {
    let catalogue = catalogue();
    let drift = Coverage::of_municipality(&catalogue, gm(777), date(2025, 6, 1), None);
    let codes = &drift.all.codes;
    let counted = Share::ALL.map(|share| (share.as_str(), codes.get(share)));
    assert_eq!(
        counted,
        [
            ("exact", 3),
            ("close", 0),
            ("local-narrower", 0),
            ("landelijk", 0),
            ("local-broader", 1),
            ("partial", 0),
            ("none", 1),
            ("niet bevestigd", 1),
            ("niet gekoppeld", 1),
        ]
    );
    assert_eq!(
        (codes.total(), codes.covered(), codes.covered_per_mille()),
        (7, 3, Some(428))
    );
    let of = |part: Part| drift.parts.get(&part).map(|counted| counted.codes.total());
    assert_eq!(of(Part::Law(Law::Jw)), Some(7));
    assert_eq!(of(Part::Law(Law::Wmo)), None, "it had ended");
    assert_eq!(
        of(Part::Category(Law::Jw, Some("50".parse().unwrap()))),
        Some(1)
    );
    assert_eq!(of(Part::Region("West & Oost".to_owned())), Some(7));
    // by year: what held on a day of it
    assert_eq!(
        [2019, 2020, 2022, 2023, 2024, 2025, 2026].map(|year| of(Part::Year(year))),
        [None, Some(1), Some(1), None, Some(7), Some(7), None]
    );
    // over all: the region's code counts for each who takes it over
    let all = Coverage::of(&catalogue, date(2025, 6, 1), None);
    assert_eq!(all.all.codes.total(), 8);
    assert_eq!(
        all.parts[&Part::Region("onbekend".to_owned())]
            .codes
            .total(),
        1
    );
}

#[test]
fn made_up_tables_do_not_count_among_real_ones() {
    let real = "municipality = \"0363\"\npublished = 2010-01-01\ncanonical = [\"jz21-2019-02\"]\n";
    let own = table(&rows(&["45X01 exact 45A48"]));
    let files = folder(&[
        (MAP, &table(&rows(ROWS))),
        ("gm0363/manifest.toml", real),
        ("gm0363/map.tsv", &own),
    ]);
    let (catalogue, _) = load(files);
    let uses = uses("0777\tjw\t45\t45X99\t50\t\n0363\tjw\t45\t45X01\t5\t\n");
    let on = date(2025, 6, 1);
    let all = Coverage::of(&catalogue, on, Some(&uses)).all;
    assert_eq!((all.codes.total(), all.messages.total()), (1, 5));
    let drift = Coverage::of_municipality(&catalogue, gm(777), on, Some(&uses)).all;
    assert_eq!((drift.codes.total(), drift.messages.total()), (6, 50));
}

#[test]
fn messages_weigh_by_their_number_and_what_nobody_mapped_comes_first() {
    let catalogue = catalogue();
    let uses = uses(
        "0777\tjw\t45\t45X01\t100\t\n0777\tjw\t45\t45X03\t30\t\n0777\tjw\t45\t45X99\t50\t\n0777\tjw\t45\t45A53\t20\t\n0777\tjw\t44\t45X01\t7\t\n\
         0777\twmo\t02\t02X01\t5\t2022\n0777\twmo\t02\t02X01\t3\t2024\n0014\tjw\t50\tP5003\t11\t\n0014\tjw\t45\t45A49\t13\t\n",
    );
    let on = date(2025, 6, 1);
    let drift = Coverage::of_municipality(&catalogue, gm(777), on, Some(&uses));
    let messages = &drift.all.messages;
    let related = |relation| messages.get(Share::Related(relation));
    assert_eq!(
        related(Relation::Exact),
        105,
        "in its category, and while the row held"
    );
    assert_eq!(
        (messages.get(Share::National), messages.get(Share::Open)),
        (20, 30)
    );
    assert_eq!(messages.get(Share::Unmapped), 50 + 7 + 3);
    let year = |year| drift.parts[&Part::Year(year)].messages.total();
    assert_eq!((year(2022), year(2024), year(2025)), (5, 3, 207));
    let unmapped: Vec<_> = drift
        .unmapped()
        .map(|one| (one.code.as_str(), one.messages, &*one.label))
        .collect();
    assert_eq!(
        unmapped,
        [
            ("45X99", 50, ""),
            ("45X03", 30, "Voorstel"),
            ("45X04", 0, "")
        ]
    );
    let outside: Vec<_> = drift.outside.iter().map(|one| one.code.as_str()).collect();
    assert_eq!(
        outside,
        [
            "45X01", "45X99", "45X03", "02X01", "501AL", "45X02", "45X05", "45X04"
        ]
        .map(|code| code)
        .to_vec()
        .as_slice()
    );
    // a municipality without a table: P5003 is only in the copy that has its form; 45A49 went in a later one that has its form
    let other = Coverage::of_municipality(&catalogue, gm(14), on, Some(&uses));
    assert_eq!(
        (
            other.all.messages.get(Share::National),
            other.all.messages.get(Share::Unmapped)
        ),
        (11, 13)
    );
    assert_eq!(other.all.codes.total(), 0);
    assert_eq!(other.all.codes.covered_per_mille(), None);
}

#[test]
fn counts_that_cannot_be_read_are_found_and_the_others_count() {
    let text = "municipality\tlaw\tcategory\tcode\tcount\n777\tjw\t45\t45X01\t1\n0777\tzvw\t45\t45X01\t1\n0777\tjw\t45\t45X01\tveel\n0777\tjw\t45\t45X01\t4\n0777\tjw\t45\t45X01\t5\n";
    let source = |text: &str| Source {
        path: "uses.tsv".to_owned(),
        bytes: text.as_bytes().to_vec(),
    };
    let (uses, findings) = Uses::read(source(text));
    let told: Vec<_> = findings.iter().map(|one| (one.line, one.class)).collect();
    assert_eq!(told, [2, 3, 4].map(|line| (line, Class::F06)));
    let counts: Vec<_> = uses.iter().map(|(_, count)| count).collect();
    assert_eq!(counts, [9]);
    let lacks = Uses::read(source("a\tb\n")).1;
    assert!(lacks.iter().any(|one| one.class == Class::F03));
    let mut full = Uses::default();
    let used = Used {
        municipality: gm(777),
        law: Law::Jw,
        category: "45".parse().unwrap(),
        code: "45X01".parse().unwrap(),
        year: None,
    };
    full.add(used, u64::MAX);
    full.add(used, 1);
    assert_eq!(full.iter().next().unwrap().1, u64::MAX);
}

#[test]
fn a_report_is_text_and_json_that_say_the_same() {
    let catalogue = catalogue();
    let uses = uses("0777\tjw\t45\t45X99\t50\t\n");
    let drift = Coverage::of_municipality(&catalogue, gm(777), date(2025, 6, 1), Some(&uses));
    let text = drift.to_string();
    assert!(
        text.starts_with("Dekking van gm0777 Voorbeeld op 2025-06-01\n"),
        "{text}"
    );
    for part in [
        "per relatie",
        "per wet",
        "per categorie",
        "per regio",
        "per jaar",
        "West & Oost",
        "42,8%",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(
        text.contains(
            "codes buiten de landelijke lijsten: 7, waarvan 3 niet gekoppeld of niet bevestigd"
        ),
        "{text}"
    );
    assert!(
        text.find("45X99").unwrap() < text.find("45X01").unwrap(),
        "{text}"
    );
    let json: serde_json::Value = serde_json::from_str(&drift.to_json()).unwrap();
    assert_eq!(json["alles"]["codes"]["totaal"], 7);
    assert_eq!(json["alles"]["codes"]["per_relatie"]["local-broader"], 1);
    assert_eq!(json["alles"]["berichten"]["totaal"], 50);
    assert_eq!(json["buiten_de_lijst"][0]["code"], "45X99");
    assert_eq!(json["delen"].as_array().unwrap().len(), drift.parts.len());
    let without = Coverage::of(&catalogue, date(2025, 6, 1), None);
    let json: serde_json::Value = serde_json::from_str(&without.to_json()).unwrap();
    assert!(json["alles"]["berichten"].is_null() && json["gemeente"].is_null());
    assert!(!without.to_string().contains("berichten"));
}

#[test]
fn a_chart_is_sound_xml_whatever_names_there_are_and_its_bars_are_full() {
    let catalogue = catalogue();
    let uses =
        uses("0777\tjw\t45\t45X99\t50\t\n0777\tjw\t45\t45X01\t25\t\n0777\tjw\t45\t45X02\t7\t\n");
    for uses in [None, Some(&uses)] {
        let svg = Coverage::of(&catalogue, date(2025, 6, 1), uses).to_svg();
        let mut reader = quick_xml::Reader::from_str(&svg);
        reader.config_mut().check_end_names = true;
        let (mut depth, mut texts) = (0, String::new());
        loop {
            let event = reader.read_event().unwrap();
            if let Event::Eof = event {
                break;
            }
            depth += i32::from(matches!(event, Event::Start(_)));
            depth -= i32::from(matches!(event, Event::End(_)));
            if let Event::Text(text) = &event {
                texts.push_str(text);
            }
            if let Event::GeneralRef(name) = &event {
                texts.push('&');
                texts.push_str(name);
            }
        }
        assert_eq!(depth, 0);
        assert!(
            texts.contains("West &amp Oost") && texts.contains("per regio"),
            "{texts}"
        );
        // each bar is as wide as the others
        let mut widths = std::collections::BTreeMap::new();
        for line in svg
            .lines()
            .filter(|line| line.starts_with("<rect x=") && line.contains(" van "))
        {
            let number = |name: &str| {
                let after = line.split(&format!(" {name}=\"")).nth(1).unwrap();
                after.split('"').next().unwrap().parse::<u64>().unwrap()
            };
            *widths.entry(number("y")).or_insert(0) += number("width");
        }
        assert!(
            widths.len() >= 5 && widths.values().all(|width| *width == 480),
            "{widths:?}"
        );
    }
}
