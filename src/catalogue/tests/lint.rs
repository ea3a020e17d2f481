//! Every conflict is told once, of the right class and at the right line; and what only looks like one is left alone.

use super::national::{MAP, REGION, read, row, rows, table};
use crate::lint::lint;
use crate::{Class, Finding};

/// What is told of the own table of a municipality with these rows: line (the first row is 2) and class.
fn of(short: &[&str]) -> Vec<(u32, &'static str)> {
    told(&[(MAP, &table(&rows(short)))], MAP)
}

fn told(files: &[(&str, &str)], file: &str) -> Vec<(u32, &'static str)> {
    let findings = lint(&read(files));
    let elsewhere: Vec<_> = findings.iter().filter(|one| *one.file != *file).collect();
    assert!(elsewhere.is_empty(), "{elsewhere:#?}");
    for finding in &findings {
        assert!(
            finding.text.ends_with('.') && finding.remedy.ends_with('.'),
            "{finding}"
        );
    }
    findings
        .iter()
        .map(|finding| (finding.line, finding.class.as_str()))
        .collect()
}

fn found(short: &[&str]) -> Vec<Finding> {
    lint(&read(&[(MAP, &table(&rows(short)))]))
}

#[test]
fn a_clean_table_is_accused_of_nothing() {
    assert_eq!(
        of(&[
            // national codes used as they are, with another name, and narrower than the nation has them
            "45A48 exact 45A48 category=45 unit=04 tariff=57.60",
            "41A03 local-narrower 41A03 unit=16 local_label=Dagbesteding_ontwikkelgericht",
            // own codes, in several units of which each keeps its own
            "45X53 exact 45A53 category=45 unit=04 tariff=110.10",
            "45X53 exact 45A53 category=45 unit=01 tariff=0.93",
            // successive periods, the second on another target
            "45X01 close 45A49 unit=04 valid_from=2018-01-01 valid_to=2023-12-31",
            "45X01 close 45A48 unit=14 valid_from=2024-01-01",
            // one product that covers two, said as a group
            "501DL local-broader P5003 unit=84 group=g1",
            "501DL local-broader P5004 unit=84 group=g1",
            "54C01 none",
        ]),
        []
    );
}

#[test]
fn m01_the_same_key_leads_to_two_targets_on_the_same_day() {
    let two = [
        "45X48 exact 45A48 unit=04 preferred=yes",
        "45X48 exact 45A53 unit=04 valid_from=2024-07-01",
    ];
    assert_eq!(of(&two), [(3, "M01")]);
    let text = &found(&two)[0].text;
    assert!(
        text.contains("45X48 (eenheid 04)") && text.contains("regel 2"),
        "{text}"
    );
    // a row of any relation beside one that decides, none among them
    assert_eq!(of(&["45X48 none", "45X48 exact 45A53"]), [(3, "M01")]);
    assert_eq!(
        of(&["45X48 partial 45A48", "45X48 exact 45A53"]),
        [(3, "M01")]
    );
    // the same target at several prices, of which one relation is applied and the other not, or both are
    for other in ["local-broader", "close"] {
        assert_eq!(
            of(&[
                "45X48 exact 45A48 tariff=1.00",
                &format!("45X48 {other} 45A48 tariff=60.00")
            ]),
            [(3, "M01")]
        );
    }
    // the same target by another factor
    assert_eq!(
        of(&[
            "45X48 exact 45A48 unit=04 c_unit=01 factor=60/1",
            "45X48 exact 45A48 unit=04"
        ]),
        [(3, "M01")]
    );
    // hidden behind a shorter row of the same target
    assert_eq!(
        of(&[
            "45X48 exact 45A48 valid_from=2020-01-01",
            "45X48 exact 45A53 valid_from=2021-01-01 valid_to=2021-06-30",
            "45X48 exact 45A53 valid_from=2022-01-01 valid_to=2022-06-30",
        ]),
        [(3, "M01"), (4, "M01")]
    );
    // other keys, and days that only touch
    assert_eq!(of(&["45X48 exact 45A48", "45X48 exact 45A53 unit=04"]), []);
    assert_eq!(
        of(&[
            "45X48 exact 45A48 category=45",
            "45X48 exact 44A27 category=44 unit=14"
        ]),
        []
    );
    assert_eq!(
        of(&[
            "45X48 exact 45A48 valid_to=2024-12-31",
            "45X48 exact 45A53 valid_from=2025-01-01"
        ]),
        []
    );
    // what is only proposed or was rejected decides nothing
    assert_eq!(
        of(&[
            "45X48 exact 45A48",
            "45X48 exact 45A53 state=suggested",
            "45X48 exact 41A03 state=rejected"
        ]),
        []
    );
}

#[test]
fn m02_several_local_codes_come_back_from_one_canonical() {
    let three = [
        "45X01 exact 45A48",
        "45X02 exact 45A48",
        "45X03 close 45A48 unit=04",
    ];
    assert_eq!(of(&three), [(3, "M02"), (4, "M02")]);
    let text = &found(&three)[1].text;
    assert!(text.contains("45X01 (regel 2), 45X02 (regel 3)"), "{text}");
    let one_preferred = ["45X01 exact 45A48 preferred=yes", "45X02 exact 45A48"];
    assert_eq!(of(&one_preferred), []);
    assert_eq!(
        of(&[
            "45X01 exact 45A48 preferred=yes",
            "45X02 exact 45A48 preferred=yes"
        ]),
        [(3, "M02")]
    );
    // two units of one code into one
    assert_eq!(
        of(&[
            "45X01 exact 45A48 unit=04 c_unit=01 factor=60/1",
            "45X01 exact 45A48 unit=01"
        ]),
        [(3, "M02")]
    );
    // apart in unit, in days, in category, or never applied
    assert_eq!(
        of(&["45X01 exact 45A48 unit=04", "45X02 exact 45A48 unit=14"]),
        []
    );
    assert_eq!(
        of(&[
            "45X01 exact 45A48 valid_to=2024-12-31",
            "45X02 exact 45A48 valid_from=2025-01-01"
        ]),
        []
    );
    assert_eq!(
        of(&[
            "501AL exact P5005 category=50",
            "451AL exact P5005 category=45"
        ]),
        []
    );
    assert_eq!(of(&["45X01 exact 45A48", "45X02 local-broader 45A48"]), []);
    // a less exact key of the same code gives the same back
    assert_eq!(of(&["45X01 exact 45A48", "45X01 exact 45A48 unit=04"]), []);
}

#[test]
fn m02_the_canonical_code_itself_is_one_of_the_ways_back() {
    // a code of its own that is national, is not applied, and so crosses as it is
    let itself = "45A48 local-broader 45A48 unit=04";
    assert_eq!(of(&["45X01 exact 45A48 unit=04", itself]), [(2, "M02")]);
    let text = &found(&["45X01 exact 45A48 unit=04", itself])[0].text;
    assert!(text.contains("45A48 zelf (regel 3)"), "{text}");
    assert_eq!(of(&["45X01 exact 45A48 unit=04 preferred=yes", itself]), []);
    assert_eq!(of(&["45X01 exact 45A48 unit=14", itself]), []);
    // it is applied, and becomes another or itself: then it never comes there by itself
    assert_eq!(
        of(&["45X01 exact 45A48", "45A48 exact 45A53 collision=accepted"]),
        []
    );
    assert_eq!(
        of(&[
            "45X01 exact 45A48 preferred=yes",
            "45A48 exact 45A48",
            "45A48 exact 45A53 state=suggested"
        ]),
        []
    );
    // one code, with a category and for any, gives the same back
    assert_eq!(
        of(&["45X01 exact 45A48", "45X01 exact 45A48 category=45"]),
        []
    );
}

#[test]
fn m02_what_is_narrower_than_a_target_with_several_tariffs_is_no_way_back() {
    // one code, three rates; two codes, two rates; and a rate that is not known
    assert_eq!(
        of(&[
            "44A27 local-narrower 44A27 unit=14 tariff=83.55",
            "44A27 local-narrower 44A27 unit=14 tariff=95.06",
            "44A27 local-narrower 44A27 unit=14 tariff=195.91",
        ]),
        []
    );
    let codes = |one: &str, other: &str| {
        of(&[
            &format!("44X01 local-narrower 44A27 unit=14{one}"),
            &format!("44X02 local-narrower 44A27 unit=14{other}"),
        ])
    };
    assert_eq!(codes(" tariff=83.55", " tariff=95.06"), []);
    assert_eq!(codes(" tariff=83.55", ""), []);
    // one rate; two, but not on the same days as the one that is left; one by the minute and by the hour
    assert_eq!(codes(" tariff=83.55", " tariff=83.55"), [(3, "M02")]);
    assert_eq!(
        of(&[
            "44X01 local-narrower 44A27 tariff=83.55 valid_from=2022-01-01 valid_to=2023-12-31",
            "44X02 local-narrower 44A27 tariff=95.06 valid_from=2022-01-01 valid_to=2023-12-31",
            "44X01 local-narrower 44A27 tariff=99.00 valid_from=2024-01-01",
            "44X02 local-narrower 44A27 tariff=99.00 valid_from=2024-01-01",
        ]),
        [(5, "M02")]
    );
    assert_eq!(
        of(&[
            "45X01 local-narrower 45A48 unit=04 c_unit=01 factor=60/1 tariff=55.80",
            "45X02 local-narrower 45A48 unit=01 tariff=0.93",
        ]),
        [(3, "M02")]
    );
    // beside one that is exact the narrower one is not taken, and the exact one is the only way back
    assert_eq!(
        of(&[
            "44X01 exact 44A27 unit=14 tariff=83.55",
            "44X02 local-narrower 44A27 unit=14 tariff=95.06"
        ]),
        []
    );
}

#[test]
fn m03_one_code_on_several_canonical_without_a_group() {
    let apart = [
        "501DL local-broader P5003 unit=84",
        "501DL local-broader P5004 unit=84",
    ];
    assert_eq!(of(&apart), [(3, "M03")]);
    assert_eq!(
        of(&[
            "501DL partial P5003 group=g1",
            "501DL partial P5004 group=g2"
        ]),
        [(3, "M03")]
    );
    assert_eq!(
        of(&[
            "501DL partial P5003 group=g1",
            "501DL partial P5004 group=g1"
        ]),
        []
    );
    assert_eq!(
        of(&[
            "501DL local-broader P5003 unit=84",
            "501DL local-broader P5004 unit=82"
        ]),
        []
    );
    assert_eq!(
        of(&[
            "501DL local-broader P5003 valid_to=2024-12-31",
            "501DL local-broader P5004 valid_from=2025-01-01"
        ]),
        []
    );
}

#[test]
fn m04_a_local_code_is_a_national_one_with_another_meaning() {
    assert_eq!(of(&["45A48 exact 45A53"]), [(2, "M04")]);
    assert_eq!(of(&["45A48 none"]), [(2, "M04")]);
    assert_eq!(of(&["45A48 partial 45A48"]), [(2, "M04")]);
    // of another category with the same text
    assert_eq!(of(&["43A03 exact 44A03 category=44"]), [(2, "M04")]);
    assert_eq!(of(&["45A48 exact 45A53 collision=accepted"]), []);
    // a group in which each national code takes part
    assert_eq!(
        of(&[
            "54001 partial 54001 group=g1",
            "54001 partial 54002 group=g1",
            "54002 partial 54001 group=g1",
            "54002 partial 54002 group=g1",
        ]),
        []
    );
    // it led to itself then, and does no more
    assert_eq!(
        of(&[
            "45A48 exact 45A48 valid_to=2024-12-31",
            "45A48 exact 45A53 valid_from=2025-01-01"
        ]),
        [(3, "M04")]
    );
    // two national codes of one text; the national name; and a code that was withdrawn
    assert_eq!(of(&["05001 exact 05A01 law=wmo"]), []);
    assert_eq!(
        of(&["01001 local-broader 01A02 law=wmo local_label=HH1_(huishoudelijke_werkzaamheden)"]),
        []
    );
    assert_eq!(
        of(&["02A00 exact 02A03 law=wmo", "08A11 exact 08A03 law=wmo"]),
        []
    );
}

#[test]
fn m05_the_target_has_another_category() {
    assert_eq!(of(&["12315 exact 45A48 category=12"]), [(2, "M05")]);
    assert_eq!(of(&["12315 exact 45A48 category=12 c_category=45"]), []);
    assert_eq!(
        of(&["12315 exact 45A48 category=12 c_category=44"]),
        [(2, "M05")]
    );
    // the message decides: a row without category, and a national code without one
    assert_eq!(
        of(&["12315 exact 45A48", "501AL exact P5005 category=12"]),
        []
    );
}

#[test]
fn m06_a_factor_is_exact_and_between_units_of_time() {
    for wrong in [
        "45X01 exact 45A48 unit=04 c_unit=01 factor=1/60",
        "45X01 exact 45A48 unit=04 c_unit=01 factor=59/1",
        "45X01 exact 45A48 unit=04 c_unit=01",
        "45X01 exact 45A48 unit=04 factor=60/1",
        "45X01 exact 45A48 c_unit=01",
        "45X01 exact 45A48 unit=14 c_unit=04 factor=24/1",
        "45X01 exact P5005 unit=82 c_unit=84",
        "45X01 exact P5005 unit=83 c_unit=82",
        // no contract says how long a dagdeel is
        "45X01 exact 41A03 unit=16 c_unit=04 factor=4/1",
    ] {
        assert_eq!(of(&[wrong]), [(2, "M06")], "{wrong}");
    }
    for right in [
        "45X01 exact 45A48 unit=04 c_unit=01 factor=60/1",
        "45X01 exact 45A48 unit=01 c_unit=04 factor=1/60",
        "45X01 exact 45A48 unit=04 c_unit=04 factor=1/1",
        "45X01 local-broader P5005 unit=82 c_unit=04",
        // a tariff that does not divide makes a message pass, not a table wrong
        "45X01 exact 45A48 unit=04 c_unit=01 factor=60/1 tariff=110.10",
    ] {
        assert_eq!(of(&[right]), [], "{right}");
    }
    let manifest = "municipality = \"0777\"\npublished = 2010-01-01\ncanonical = [\"jz21-2019-02\"]\napply = [\"exact\"]\ndaypart_minutes = 210\n";
    for (factor, expected) in [("210/1", vec![]), ("240/1", vec![(2, "M06")])] {
        let map = table(&[row(&format!(
            "41X01 exact 41A03 unit=16 c_unit=01 factor={factor}"
        ))]);
        assert_eq!(
            told(&[("gm0777/manifest.toml", manifest), (MAP, &map)], MAP),
            expected
        );
    }
}

#[test]
fn m07_effort_is_not_output() {
    assert_eq!(of(&["45X01 exact 45A48 unit=82"]), [(2, "M07")]);
    assert_eq!(
        of(&["45X01 exact 45A48 variant=outputgericht"]),
        [(2, "M07")]
    );
    assert_eq!(of(&["44X03 close 44A03 unit=14"]), [(2, "M07")]);
    // no such product can ever be
    assert_eq!(
        of(&["45X01 none unit=04 variant=outputgericht"]),
        [(2, "M07")]
    );
    for right in [
        "45X01 exact 45A48 unit=84",
        "45X01 exact 45A48 unit=83",
        "45X01 exact P5005 unit=82",
        "45X01 partial 45A48 unit=82",
        "45X01 exact 45A48 unit=04 variant=inspanningsgericht",
    ] {
        assert_eq!(of(&[right]), [], "{right}");
    }
}

#[test]
fn m08_gaps_overlaps_and_retroactive_starts() {
    let gap = [
        "45X01 exact 45A48 valid_to=2024-06-30",
        "45X01 exact 45A53 valid_from=2024-08-01",
    ];
    assert_eq!(of(&gap), [(3, "M08")]);
    let text = &found(&gap)[0].text;
    assert!(text.contains("2024-07-01 t/m 2024-07-31"), "{text}");
    let overlap = [
        "45X01 exact 45A48 valid_to=2024-12-31",
        "45X01 exact 45A48 valid_from=2024-12-31",
    ];
    assert_eq!(of(&overlap), [(3, "M08")]);
    assert_eq!(
        of(&[
            "45X01 exact 45A48 tariff=1.00",
            "45X01 exact 45A48 tariff=1.00"
        ]),
        [(3, "M08")]
    );
    assert_eq!(
        of(&["45X01 exact 45A48 valid_from=2009-12-31"]),
        [(2, "M08")]
    );
    // a year out of use, another key, a key for any unit that covers the gap, the day of publication
    assert_eq!(
        of(&[
            "45X01 exact 45A48 valid_to=2024-06-30",
            "45X01 exact 45A48 valid_from=2025-07-01"
        ]),
        []
    );
    assert_eq!(
        of(&[
            "45X01 exact 45A48 unit=14 valid_to=2024-06-30",
            "45X01 exact 45A48 unit=04 valid_from=2024-08-01"
        ]),
        []
    );
    assert_eq!(
        of(&[
            "45X01 exact 45A48 unit=04 valid_to=2024-06-30",
            "45X01 exact 45A48 unit=04 valid_from=2024-08-01",
            "45X01 exact 45A48",
        ]),
        []
    );
    assert_eq!(of(&["45X01 exact 45A48 valid_from=2010-10-28"]), []);
    assert_eq!(
        of(&["45X01 exact 45A48 valid_from=2009-12-31 state=suggested"]),
        []
    );
}

#[test]
fn m08_a_region_that_starts_before_a_municipality_published_is_told_unless_that_has_its_own_row() {
    let region = table(&rows(&["501AL exact P5005 valid_from=2010-06-01"]));
    assert_eq!(told(&[(REGION, &region)], REGION), [(2, "M08")]);
    let own = table(&rows(&["501AL none"]));
    assert_eq!(told(&[(REGION, &region), (MAP, &own)], REGION), []);
}

#[test]
fn m09_a_target_was_withdrawn_and_its_successor_is_named() {
    let merged = ["08X01 exact 08A11 law=wmo valid_from=2018-01-01"];
    let manifest = "municipality = \"0777\"\npublished = 2010-01-01\ncanonical = [\"wmo021-2019-02\", \"wmo021-2016-09\"]\napply = [\"exact\"]\n";
    let map = table(&rows(&merged));
    for manifest in [
        manifest.to_owned(),
        manifest.replace(", \"wmo021-2016-09\"", ""),
    ] {
        let files = [("gm0777/manifest.toml", &*manifest), (MAP, &*map)];
        let findings = lint(&read(&files));
        assert_eq!(findings.len(), 1);
        assert_eq!((findings[0].line, findings[0].class), (2, Class::M09));
        assert!(findings[0].remedy.contains("08A03"), "{}", findings[0]);
    }
    let gone = found(&["02X01 exact 02A00 law=wmo"]);
    assert_eq!(gone[0].class, Class::M09);
    assert!(!gone[0].remedy.contains("opvolger"), "{}", gone[0]);
    // it ended while the code was still there
    assert_eq!(
        of(&["08X01 exact 08A11 law=wmo valid_from=2016-01-01 valid_to=2018-12-31"]),
        []
    );
    // an older list is named, and no newer
    let old = manifest.replace("\"wmo021-2019-02\", ", "");
    assert_eq!(
        told(&[("gm0777/manifest.toml", &old), (MAP, &map)], MAP),
        []
    );
}

#[test]
fn m09_a_copy_that_is_not_complete_withdraws_nothing_of_another_form() {
    let manifest = "municipality = \"0777\"\npublished = 2010-01-01\ncanonical = [\"jz21-2025-02\"]\napply = [\"exact\"]\n";
    let map = table(&rows(&[
        "501AL exact P5005",
        "54X01 exact 54001",
        "45X49 exact 45A49",
    ]));
    assert_eq!(
        told(&[("gm0777/manifest.toml", manifest), (MAP, &map)], MAP),
        [(4, "M09")]
    );
}

#[test]
fn m10_a_target_that_changed_its_text_is_to_be_confirmed_again() {
    let row = "02X04 exact 02L04 law=wmo valid_from=2018-01-01";
    assert_eq!(of(&[row]), [(2, "M10")]);
    let text = &found(&[row])[0].text;
    assert!(
        text.contains("begeleidingsvragen") && text.contains("Dovenmaatschappelijkwerk"),
        "{text}"
    );
    assert_eq!(of(&[&format!("{row} on=2019-02-01")]), []);
    assert_eq!(of(&[&format!("{row} on=2018-12-01")]), [(2, "M10")]);
    assert_eq!(of(&[&format!("{row} valid_to=2018-12-31")]), []);
    // decided before it began, when the text was still the old one
    assert_eq!(
        of(&["02X04 exact 02L04 law=wmo on=2018-12-01"]),
        [(2, "M10")]
    );
    // made with the new text; and a text that lost a space
    assert_eq!(
        of(&[
            "02X04 exact 02L04 law=wmo",
            "05X03 exact 05A03 law=wmo valid_from=2018-01-01"
        ]),
        []
    );
}

#[test]
fn m12_a_code_that_lost_its_zero() {
    assert_eq!(of(&["1A02 exact 01A02 law=wmo"]), [(2, "M12")]);
    assert_eq!(of(&["1001 exact 01A02 law=wmo"]), [(2, "M12")]);
    assert_eq!(of(&["01X02 exact 1A02 law=wmo"]), [(2, "M12")]);
    assert_eq!(of(&["2X13 exact 02A03 law=wmo"]), [(2, "M12")]);
    assert_eq!(of(&["2X13 none law=wmo category=02"]), [(2, "M12")]);
    // short codes of their own, and what is meant so
    assert_eq!(
        of(&[
            "720 exact 08A03 law=wmo",
            "7201 none law=wmo",
            "2X13 none law=wmo category=07"
        ]),
        []
    );
    assert_eq!(of(&["1A02 exact 01A02 law=wmo collision=accepted"]), []);
}

#[test]
fn m13_a_target_is_in_the_named_national_lists() {
    let said = |short: &[&str]| {
        let findings = found(short);
        let lines: Vec<_> = findings
            .iter()
            .map(|one| (one.line, one.class.as_str()))
            .collect();
        let texts: String = findings.into_iter().map(|one| one.text).collect();
        (lines, texts)
    };
    assert_eq!(of(&["45X01 exact 45A76"]), [(2, "M13")]);
    assert_eq!(of(&["45X01 exact 45A76 state=suggested"]), [(2, "M13")]);
    assert_eq!(of(&["45X01 exact 45A76 state=rejected"]), []);
    let (lines, text) = said(&["45X01 exact 02A03"]);
    assert!(
        lines == [(2, "M13")] && text.contains("lijst van wmo"),
        "{text}"
    );
    let (lines, text) = said(&["45X01 exact 45X02 category=45", "45X02 exact 45A48"]);
    assert!(lines == [(2, "M13")] && text.contains("keten"), "{text}");
    let (lines, text) = said(&["45X01 exact 45X02", "45X02 exact 45X01"]);
    assert!(
        lines == [(2, "M13"), (3, "M13")] && text.contains("kringloop"),
        "{text}"
    );
    let manifest = "municipality = \"0777\"\npublished = 2010-01-01\ncanonical = [\"wmo021-2019-02\"]\napply = [\"exact\"]\n";
    let map = table(&rows(&["45X01 exact 45A48"]));
    let findings = lint(&read(&[("gm0777/manifest.toml", manifest), (MAP, &map)]));
    assert!(
        findings.len() == 1 && findings[0].text.contains("niet noemt"),
        "{findings:?}"
    );
}

#[test]
fn m14_a_tariff_far_from_that_of_five_others() {
    let table_of = |cents: u32| {
        table(&[row(&format!(
            "45X48 exact 45A48 unit=04 tariff={}.{:02}",
            cents / 100,
            cents % 100
        ))])
    };
    let said = |tariffs: &[u32]| {
        let files: Vec<(String, String)> = tariffs
            .iter()
            .enumerate()
            .flat_map(|(index, cents)| {
                let manifest = format!("municipality = \"{index:04}\"\npublished = 2010-01-01\ncanonical = [\"jz21-2019-02\"]\napply = [\"exact\"]\n");
                [
                    (format!("gm{index:04}/manifest.toml"), manifest),
                    (format!("gm{index:04}/map.tsv"), table_of(*cents)),
                ]
            })
            .collect();
        let files: Vec<_> = files
            .iter()
            .map(|(path, text)| (&**path, &**text))
            .collect();
        let findings = lint(&read(&files));
        findings
            .iter()
            .map(|one| (one.file.to_string(), one.line, one.class.as_str()))
            .collect::<Vec<_>>()
    };
    let first = |class| vec![("gm0000/map.tsv".to_owned(), 2, class)];
    assert_eq!(said(&[100, 6000, 5800, 6200, 7800, 5500]), first("M14"));
    assert_eq!(said(&[60_000, 6000, 5800, 6200, 7800, 5500]), first("M14"));
    // four others are too few; twice is not far; and where all differ nobody stands out
    assert_eq!(said(&[100, 6000, 5800, 6200, 7800]), []);
    assert_eq!(said(&[12_000, 6000, 5800, 6200, 7800, 5500]), []);
    assert_eq!(said(&[100, 600, 2000, 6200, 17_800, 55_500]), []);
}

#[test]
fn m15_a_row_of_another_municipality_waits_for_confirmation() {
    assert_eq!(
        of(&["45X01 exact 45A48 state=suggested justification=reused_gm0363"]),
        [(2, "M15")]
    );
    assert_eq!(
        of(&["45X01 exact 45A48 state=confirmed justification=reused_gm0363"]),
        []
    );
    assert_eq!(
        of(&["45X01 exact 45A48 state=suggested justification=lexical_0.61"]),
        []
    );
}

#[test]
fn what_is_wrong_with_a_region_is_told_once_and_not_of_each_who_takes_it_over() {
    let region = table(&rows(&[
        "501AL exact P5005 unit=84 preferred=yes",
        "501AL exact P5003 unit=84",
        "502AL exact P5009",
        "503AL exact P5005",
    ]));
    assert_eq!(told(&[(REGION, &region)], REGION), [(3, "M01"), (4, "M13")]);
    // an own row that collides with one of the region is told at the own row
    let own = table(&rows(&["50X01 exact P5005 unit=84"]));
    let files = [(REGION, &*region), (MAP, &*own)];
    let findings = lint(&read(&files));
    let at: Vec<_> = findings
        .iter()
        .map(|one| (&*one.file, one.line, one.class))
        .collect();
    assert_eq!(
        at,
        [
            (MAP, 2, Class::M02),
            (REGION, 3, Class::M01),
            (REGION, 4, Class::M13)
        ]
    );
    assert!(
        findings[0].text.contains("regions/wbw.tsv:5"),
        "{}",
        findings[0]
    );
}

#[test]
fn ten_thousand_rows_of_one_key_take_no_time_that_grows_with_their_square() {
    // Each on the same days as all others: what is compared pair by pair would not end within the patience of who runs this.
    let table_of = |short: &dyn Fn(u32) -> String| {
        let many: Vec<String> = (0..10_000).map(|index| row(&short(index))).collect();
        lint(&read(&[(MAP, &table(&many))]))
    };
    let grouped = table_of(&|index| {
        let target = 3 + index % 3;
        format!("45X01 local-broader P500{target} unit=04 group=g{index}")
    });
    assert!(grouped.iter().any(|one| one.class == Class::M03));
    assert!(
        grouped
            .iter()
            .all(|one| matches!(one.class, Class::M03 | Class::M08))
    );
    let priced = table_of(&|index| format!("45X01 local-narrower 45A48 tariff={index}.00"));
    assert_eq!(priced, []);
    let of_one_target =
        table_of(&|index| format!("45X01 local-broader P5003 unit=04 group=g{index}"));
    assert!(of_one_target.iter().all(|one| one.class == Class::M08));
    // Every second row leaves a day that a row for any unit covers.
    let day = |from: u32, days: u32| {
        let days = jiff::Span::new().days(from + days);
        jiff::civil::date(2011, 1, 1).checked_add(days).unwrap()
    };
    let covered = table_of(&|index| {
        let (from, unit) = (index / 2 * 3, if index % 2 == 0 { "unit=04 " } else { "" });
        let (first, last) = (day(from, 0), day(from, 2 - (index + 1) % 2));
        format!("45X01 exact 45A48 {unit}valid_from={first} valid_to={last}")
    });
    assert_eq!(covered, []);
    let ending = table_of(&|index| {
        let (year, month) = (2024 + index / 12, 1 + index % 12);
        format!(
            "45X{:02} exact 45A48 valid_to={year}-{month:02}-01",
            index % 100
        )
    });
    assert!(ending.iter().any(|one| one.class == Class::M02));
}

/// A code for each number, with digits and letters.
fn code(number: u32) -> String {
    let digit = |place: u32| char::from_digit(number / 36_u32.pow(place) % 36, 36).unwrap();
    let digits: String = (0..4).rev().map(digit).collect();
    format!("Z{}", digits.to_uppercase())
}

/// What is told of this many rows, less what is not of these classes.
fn of_many(count: u32, class: Class, short: impl Fn(u32) -> String) -> Vec<Finding> {
    let many: Vec<String> = (0..count).map(|index| row(&short(index))).collect();
    let findings = lint(&read(&[(MAP, &table(&many))]));
    findings
        .into_iter()
        .filter(|one| one.class == class)
        .collect()
}

/// How many there are, told or counted.
fn all_of(findings: &[Finding]) -> usize {
    findings.iter().map(|finding| finding.count).sum()
}

fn is_too_much(finding: &Finding) -> bool {
    finding.line == 0 && finding.text.contains("niet na te gaan")
}

#[test]
fn m02_looks_at_five_thousand_rows_that_have_much_to_do_with_each_other_and_misses_none() {
    // Were it pair by pair, it would be more than it looks at.
    let day = |index: u32| {
        let day = jiff::Span::new().days(index);
        jiff::civil::date(2011, 1, 1).checked_add(day).unwrap()
    };
    let count = 5_000;
    let of = |short: &dyn Fn(u32) -> String| {
        let findings = of_many(count, Class::M02, short);
        assert!(!findings.iter().any(is_too_much));
        all_of(&findings)
    };
    // All codes on one target on the same days: every one but the first has another before it.
    assert_eq!(of(&|index| format!("{} exact 45A48", code(index))), 1);
    assert_eq!(
        of(&|index| format!(
            "{} exact P5005 valid_from=2011-01-01 valid_to={}",
            code(index),
            day(count - index)
        )),
        4_999
    );
    // One code, each day on another target, to which another code leads as well.
    let in_turn = |index: u32| {
        let (on, of) = (day(index / 2), index % 2);
        format!(
            "Y{of} exact {} valid_from={on} valid_to={on}",
            code(index / 2)
        )
    };
    assert_eq!(of(&in_turn), 2_500);
    // All of one key: they disagree, and lead nowhere.
    assert_eq!(of(&|index| format!("45X01 exact {}", code(index))), 0);
}

#[test]
fn m02_says_so_where_there_is_too_much_to_look_at() {
    // Every category becomes every other, on days of their own.
    let findings = of_many(4_000, Class::M02, |index| {
        let (from, to) = (index / 100 % 50, index % 100);
        format!("45X01 exact P5005 category={from:02} c_category={to:02}")
    });
    assert!(findings.iter().any(is_too_much));
}

#[test]
fn m03_looks_at_twenty_thousand_targets_of_one_group_and_finds_the_one_that_is_not_in_it() {
    let count = 20_000;
    let grouped = |index: u32, group: &str| format!("45X01 partial {}{group}", code(index));
    let all = of_many(count, Class::M03, |index| grouped(index, " group=g"));
    assert_eq!(all, []);
    let but_one = of_many(count, Class::M03, |index| {
        grouped(index, if index == 7 { " group=h" } else { " group=g" })
    });
    assert_eq!(all_of(&but_one), 19_993);
    let first = but_one.iter().map(|one| one.line).find(|line| *line > 0);
    assert_eq!(first, Some(9));
    // Of one target alone, in as many groups, and one that is on another.
    let of_one = of_many(count, Class::M03, |index| {
        grouped(u32::from(index == 9), &format!(" group=g{index}"))
    });
    assert_eq!(all_of(&of_one), 19_991);
    let in_turn = of_many(count, Class::M03, |index| {
        grouped(index, &format!(" group=g{}", index / 2))
    });
    assert_eq!(all_of(&in_turn), 19_998);
}

#[test]
fn what_was_closed_and_goes_on_as_another_row_is_dealt_with() {
    let rows = |end: &str, rest: &[&str]| {
        let closed = [
            format!("08X01 exact 08A11 law=wmo valid_from=2018-01-01{end}"),
            format!("02X04 exact 02L04 law=wmo valid_from=2018-01-01{end}"),
        ];
        let rows: Vec<&str> = closed
            .iter()
            .map(|row| &**row)
            .chain(rest.iter().copied())
            .collect();
        of(&rows)
    };
    let dead = [(2, "M09"), (3, "M10")];
    assert_eq!(rows("", &[]), dead);
    assert_eq!(rows(" valid_to=2024-12-31", &[]), dead);
    let next = [
        "08X01 exact 08A03 law=wmo valid_from=2025-01-01 state=suggested",
        "02X04 exact 02L04 law=wmo valid_from=2025-01-01",
    ];
    assert_eq!(rows(" valid_to=2024-12-31", &next), []);
    // within the year of the release, old codes run out
    assert_eq!(rows(" valid_to=2019-12-31", &[]), []);
}
