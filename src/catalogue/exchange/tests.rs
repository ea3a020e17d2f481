//! What goes out comes back as it was, and what comes from others is read strictly or refused with its place.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::tests::folder::{clean, load};
use crate::{Class, Code, Law, Unit, Variant};

const SSSOM: fn(&Catalogue, &Table) -> Exported = sssom::export;
const FHIR: fn(&Catalogue, &Table) -> Exported = fhir::export;

/// The clean folder with this table in the place of its own.
fn of_set(set: &Set) -> Catalogue {
    let mut files = clean();
    files.retain(|(path, _)| !path.starts_with("gm0777/"));
    for file in set.to_files("niets") {
        files.push((file.path, String::from_utf8(file.bytes).unwrap()));
    }
    let (catalogue, findings) = load(files);
    let faults: Vec<_> = findings.iter().filter(|f| f.class != Class::F10).collect();
    assert!(faults.is_empty(), "{faults:?}");
    catalogue
}

fn set(mappings: Vec<Mapping>) -> Set {
    Set {
        municipality: Municipality::new(777).unwrap(),
        name: "Voorbeeld \"stad\": deel 1 # 2".to_owned(),
        made_up: true,
        published: "2023-10-28".parse().unwrap(),
        canonical: vec!["jw-1".to_owned(), "wmo-1".to_owned()],
        mappings,
    }
}

/// 45X48 is exactly 45A48.
fn exact() -> Mapping {
    Mapping {
        key: Key {
            law: Law::Jw,
            code: "45X48".parse().unwrap(),
            unit: Some(Unit::Hour),
            category: None,
            variant: None,
        },
        relation: Relation::Exact,
        target: Some(target("jw-1", "45A48")),
        target_label: String::new(),
        factor: Factor::ONE,
        period: Period::since("2024-01-01".parse().unwrap()),
        preferred: false,
        collision: false,
        group: String::new(),
        state: State::Confirmed,
        justification: "manual 0.70".to_owned(),
        tariff: Some(8355),
        by: "contractbeheer".to_owned(),
        on: None,
        label: "Begeleiding".to_owned(),
    }
}

fn target(release: &str, code: &str) -> (String, Target) {
    let target = Target {
        code: code.parse().unwrap(),
        category: None,
        unit: None,
    };
    (release.to_owned(), target)
}

fn related(relation: Relation) -> Mapping {
    let of_it = (relation != Relation::None).then(|| target("jw-1", "45A48"));
    Mapping {
        relation,
        target: of_it,
        ..exact()
    }
}

fn export_of(export: fn(&Catalogue, &Table) -> Exported, set: &Set) -> Exported {
    let catalogue = of_set(set);
    export(&catalogue, &catalogue.tables[0])
}

fn sorted(set: &Set) -> Set {
    let mut set = set.clone();
    for mapping in &mut set.mappings {
        mapping.target_label.clear();
    }
    set.mappings.sort();
    set
}

/// A text that a cell can hold.
fn text() -> impl Strategy<Value = String> {
    let wrapped = |text: &String| text.len() > 1 && text.starts_with('"') && text.ends_with('"');
    "[^\\p{Cc}]{0,12}".prop_filter("in quotes", move |text| !wrapped(text))
}

fn day() -> impl Strategy<Value = Date> {
    (2020i16..2030, 1i8..13, 1i8..29)
        .prop_map(|(year, month, day)| Date::new(year, month, day).unwrap())
}

prop_compose! {
    fn mapping()(
        is_jw in any::<bool>(),
        code in "[0-9A-Z/:|]{1,5}".prop_filter_map("a code", |code| code.parse::<Code>().ok()),
        unit in option::of(prop::sample::select(Unit::ALL.to_vec())),
        category in option::of((0u8..100).prop_map(|c| crate::Category::new(c).unwrap())),
        variant in option::of(prop::sample::select(vec![Variant::Effort, Variant::Output])),
        relation in prop::sample::select(Relation::ALL.to_vec()),
        national in 0usize..4,
        other in (option::of((0u8..100).prop_map(|c| crate::Category::new(c).unwrap())), option::of(prop::sample::select(Unit::ALL.to_vec()))),
        factor in (1u32..1000, 1u32..1000).prop_map(|(over, under)| Factor::new(over, under).unwrap()),
        period in (day(), option::of(0i16..2000)),
        marks in (any::<bool>(), any::<bool>()),
        texts in (text(), text(), text(), text()),
        state in prop::sample::select(State::ALL.to_vec()),
        tariff in option::of(any::<u32>()),
        on in option::of(day()),
    ) -> Mapping {
        let codes = if is_jw { ["45A48", "45A53", "44A27", "P5005"] } else { ["02A03"; 4] };
        let release = if is_jw { "jw-1" } else { "wmo-1" };
        let target = (relation != Relation::None).then(|| {
            let (release, target) = target(release, codes[national]);
            (release, Target { category: other.0, unit: other.1, ..target })
        });
        // What a row without target says of a target is not kept by its reader.
        Mapping {
            key: Key { law: if is_jw { Law::Jw } else { Law::Wmo }, code, unit, category, variant },
            relation,
            target,
            target_label: String::new(),
            factor,
            period: Period {
                from: period.0,
                to: period.1.map(|days| period.0.saturating_add(jiff::Span::new().days(days))),
            },
            preferred: marks.0,
            collision: marks.1,
            group: texts.0,
            state,
            justification: texts.1,
            tariff,
            by: texts.2,
            on,
            label: texts.3,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_table_that_goes_out_as_sssom_comes_back_as_it_was_but_for_what_was_put_aside(mappings in vec(mapping(), 1..8)) {
        let mut whole = set(mappings);
        whole.mappings[0].state = State::Confirmed;
        let catalogue = of_set(&whole);
        let exported = sssom::export(&catalogue, &catalogue.tables[0]);
        let imported = sssom::import(&catalogue, "x", &exported.text).unwrap();
        whole.mappings.retain(|mapping| mapping.state != State::Ignored);
        prop_assert_eq!(sorted(&imported.set), sorted(&whole));
        prop_assert_eq!(imported.losses, []);
    }

    #[test]
    fn a_table_that_goes_out_as_fhir_comes_back_as_it_was_but_for_what_was_rejected_or_put_aside(mappings in vec(mapping(), 1..8)) {
        let mut whole = set(mappings);
        whole.mappings[0].state = State::Confirmed;
        let catalogue = of_set(&whole);
        let exported = fhir::export(&catalogue, &catalogue.tables[0]);
        let imported = fhir::import(&catalogue, "x", &exported.text).unwrap();
        whole.mappings.retain(|mapping| matches!(mapping.state, State::Suggested | State::Confirmed));
        prop_assert_eq!(sorted(&imported.set), sorted(&whole));
        prop_assert_eq!(imported.losses, []);
        // And what was imported is a table that says the same.
        let again = of_set(&imported.set);
        let exported_again = fhir::export(&again, &again.tables[0]);
        prop_assert_eq!(exported_again.text, exported.text);
    }

    #[test]
    fn whatever_is_imported_is_read_or_refused(text in ".{0,200}", lines in vec("[#:a-z_\t \"{}\\[\\],0-9-]{0,40}", 0..8)) {
        let catalogue = of_set(&set(vec![exact()]));
        for text in [text, lines.join("\n")] {
            let _ = sssom::import(&catalogue, "x", &text);
            let _ = fhir::import(&catalogue, "x", &text);
        }
    }

    #[test]
    fn a_file_that_was_damaged_is_read_or_refused(at in 0usize..4000, with in any::<char>()) {
        let whole = set(vec![exact(), related(Relation::None), related(Relation::Close)]);
        let catalogue = of_set(&whole);
        for is_fhir in [true, false] {
            let export = if is_fhir { FHIR } else { SSSOM };
            let text = export(&catalogue, &catalogue.tables[0]).text;
            let mut chars: Vec<char> = text.chars().collect();
            let at = at % chars.len();
            chars[at] = with;
            let text: String = chars.into_iter().collect();
            let result = if is_fhir { fhir::import(&catalogue, "x", &text) } else { sssom::import(&catalogue, "x", &text) };
            if let Err(findings) = result {
                prop_assert!(!findings.is_empty());
            }
        }
    }
}

#[test]
fn direction_stands_in_the_word_and_reads_from_the_local_product() {
    for (relation, skos, relationship) in [
        (Relation::Exact, "skos:exactMatch", "equivalent"),
        (Relation::Close, "skos:closeMatch", "related-to"),
        (
            Relation::LocalNarrower,
            "skos:broadMatch",
            "source-is-narrower-than-target",
        ),
        (
            Relation::LocalBroader,
            "skos:narrowMatch",
            "source-is-broader-than-target",
        ),
        (Relation::Partial, "skos:relatedMatch", "related-to"),
    ] {
        let set = set(vec![related(relation)]);
        let row = format!("gm0777:45X48\tBegeleiding\t{skos}\t\tjw-1:45A48\t");
        assert!(export_of(SSSOM, &set).text.contains(&row), "{relation}");
        let text = export_of(FHIR, &set).text;
        let map: serde_json::Value = serde_json::from_str(&text).unwrap();
        let target = &map["group"][0]["element"][0]["target"][0];
        assert_eq!(target["relationship"], relationship);
        assert_eq!(target["display"], "Begeleiding");
    }
}

#[test]
fn a_code_without_counterpart_says_so_in_the_words_of_the_form() {
    let set = set(vec![related(Relation::None)]);
    assert!(
        export_of(SSSOM, &set)
            .text
            .contains("\tsssom:NoTermFound\t")
    );
    let map: serde_json::Value = serde_json::from_str(&export_of(FHIR, &set).text).unwrap();
    let group = &map["group"][0];
    assert_eq!(group["element"][0]["noMap"], true);
    assert_eq!(group["element"][0].get("target"), None);
    assert_eq!(group.get("target"), None);
}

#[test]
fn what_was_rejected_is_not_told_as_if_it_held() {
    let mut rejected = exact();
    rejected.state = State::Rejected;
    let mut put_aside = exact();
    put_aside.state = State::Ignored;
    let set = set(vec![exact(), rejected, put_aside]);
    let exported = export_of(SSSOM, &set);
    let rows: Vec<_> = exported
        .text
        .lines()
        .filter(|line| line.starts_with("gm0777:"))
        .collect();
    assert_eq!(rows.len(), 2);
    assert!(rows[1].contains("skos:exactMatch\tNot\t"));
    let state = |line: u32, state| Loss::State {
        place: format!("gm0777/map.tsv:{line}"),
        state,
    };
    assert!(exported.losses.contains(&state(5, State::Ignored)));
    let exported = export_of(FHIR, &set);
    assert!(exported.losses.contains(&state(4, State::Rejected)));
    assert!(exported.losses.contains(&state(5, State::Ignored)));
    let catalogue = of_set(&set);
    let imported = fhir::import(&catalogue, "x", &exported.text).unwrap();
    assert_eq!(imported.set.mappings, [exact()]);
}

#[test]
fn what_no_form_holds_is_named() {
    let mut files = clean();
    let map = files
        .iter_mut()
        .find(|(path, _)| path == "gm0777/map.tsv")
        .unwrap();
    map.1 = map
        .1
        .replace("local_label\n", "local_label\tkleur\n")
        .replace("intensief\n", "intensief\trood\n");
    let (catalogue, _) = load(files);
    for export in [SSSOM, FHIR] {
        let losses = export(&catalogue, &catalogue.tables[0]).losses;
        let file = "gm0777/map.tsv".to_owned();
        let expected = [
            Loss::Terms,
            Loss::Region("wbw".to_owned()),
            Loss::Columns {
                file: file.clone(),
                names: vec!["kleur".to_owned()],
            },
            Loss::Remarks { file, lines: 1 },
        ];
        assert_eq!(losses, expected);
        assert!(losses.iter().all(|loss| !loss.to_string().is_empty()));
    }
}

#[test]
fn rows_of_a_region_go_along() {
    let (catalogue, _) = load(clean());
    let exported = sssom::export(&catalogue, &catalogue.tables[0]);
    assert!(exported.text.contains("gm0777:501AL\t"));
    let imported = sssom::import(&catalogue, "x", &exported.text).unwrap();
    assert_eq!(imported.set.mappings.len(), 2);
}

#[test]
fn a_plain_file_of_others_gives_suggestions_under_the_law_of_its_release() {
    let catalogue = of_set(&set(vec![exact()]));
    let text = "# curie_map:\n#   gm0777: https://example.org/\n# publication_date: 2024-05-01\n# creator_id: iemand\n\
        subject_id\tpredicate_id\tobject_id\tmapping_justification\tconfidence\tcomment\n\
        gm0777:45X49\tskos:closeMatch\tjw-1:45A53\tsemapv:LexicalMatching\t0.61\thm\n";
    let imported = sssom::import(&catalogue, "x", text).unwrap();
    let [mapping] = &imported.set.mappings[..] else {
        panic!("{imported:?}");
    };
    assert_eq!(mapping.key.law, Law::Jw);
    assert_eq!(mapping.state, State::Suggested);
    assert_eq!(mapping.period.to_string(), "vanaf 2024-05-01");
    assert_eq!(mapping.justification, "lexical 0.61");
    assert_eq!(imported.set.canonical, ["jw-1"]);
    let foreign = |name: &str| Loss::Foreign(name.to_owned());
    assert_eq!(imported.losses, [foreign("creator_id"), foreign("comment")]);
}

#[test]
fn the_name_and_terms_of_a_file_of_others_are_said_to_be_lost_and_ours_are_not() {
    let catalogue = of_set(&set(vec![exact()]));
    let ours = sssom::export(&catalogue, &catalogue.tables[0]).text;
    let losses = |text: &str| sssom::import(&catalogue, "x", text).unwrap().losses;
    assert_eq!(losses(&ours), []);
    let theirs = ours
        .replace(
            "urn:knooppunt:catalogue:gm0777\"",
            "https://example.org/set\"",
        )
        .replace("license/unspecified", "license/other");
    let foreign = |name: &str| Loss::Foreign(name.to_owned());
    assert_eq!(
        losses(&theirs),
        [foreign("mapping_set_id"), foreign("license")]
    );

    let ours = fhir::export(&catalogue, &catalogue.tables[0]).text;
    let losses = |text: &str| fhir::import(&catalogue, "x", text).unwrap().losses;
    assert_eq!(losses(&ours), []);
    let mut theirs: serde_json::Value = serde_json::from_str(&ours).unwrap();
    theirs["url"] = "https://example.org/map".into();
    theirs["status"] = "retired".into();
    theirs["group"][0]["element"][0]["extension"] =
        serde_json::json!([{ "url": "https://example.org/more", "valueString": "x" }]);
    assert_eq!(
        losses(&theirs.to_string()),
        [
            foreign("ConceptMap.group.element.extension"),
            foreign("ConceptMap.status"),
            foreign("ConceptMap.url"),
        ]
    );
}

#[test]
fn what_cannot_be_read_in_sssom_is_told_by_its_line() {
    let catalogue = of_set(&set(vec![exact()]));
    let good = "gm0777:45X49\tskos:exactMatch\tjw-1:45A53\tsemapv:LexicalMatching\tjw\n";
    let head = "#publication_date: 2024-05-01\nsubject_id\tpredicate_id\tobject_id\tmapping_justification\text_law\n";
    let lines = |text: &str| {
        let findings = sssom::import(&catalogue, "x", text).unwrap_err();
        findings
            .iter()
            .map(|finding| finding.line)
            .collect::<Vec<_>>()
    };
    assert!(sssom::import(&catalogue, "x", &format!("{head}{good}")).is_ok());
    for wrong in [
        good.replace("gm0777:", "ex:"),
        good.replace("45X49", "45X490"),
        good.replace("skos:exactMatch", "owl:sameAs"),
        good.replace("jw-1:", "icd:"),
        good.replace("\tjw\n", "\tzvw\n"),
        good.replace("gm0777:", "gm0778:"),
        good.replace("\tjw\n", "\n"),
    ] {
        assert_eq!(lines(&format!("{head}{good}{wrong}")), [4], "{wrong}");
    }
    assert_eq!(
        lines(&format!("{head}{good}").replace("2024-05-01", "mei")),
        [0, 3]
    );
    assert_eq!(lines(head), [0]);
    assert_eq!(lines("subject_id\n"), [1, 1, 1]);
}

#[test]
fn r4_is_refused_and_what_is_not_understood_is_told_by_its_place() {
    let catalogue = of_set(&set(vec![exact()]));
    let sound = export_of(FHIR, &set(vec![exact()])).text;
    let told = |from: &str, to: &str| {
        let text = sound.replacen(from, to, 1);
        assert_ne!(text, sound, "{from}");
        let findings = fhir::import(&catalogue, "x", &text).unwrap_err();
        findings
            .iter()
            .map(|finding| finding.text.clone())
            .collect::<String>()
    };
    let r4 = told(
        "\"relationship\": \"equivalent\"",
        "\"equivalence\": \"equivalent\"",
    );
    assert!(r4.contains("R4") && r4.contains("andersom"), "{r4}");
    let target = "ConceptMap.group[0].element[0].target[0]";
    for (from, to, place) in [
        ("\"equivalent\"", "\"not-related-to\"", target),
        (
            "\"attribute\": \"unit\"",
            "\"attribute\": \"age\"",
            &format!("{target}.dependsOn[0]"),
        ),
        ("83.55", "83.555", &format!("{target}.property[")),
        ("\"45X48\"", "\"45x48\"", target),
        ("\"valueCode\": \"04\"", "\"valueCode\": \"05\"", target),
        (
            "catalogue:gm0777:jw\"",
            "catalogue:gm0777:zvw\"",
            "ConceptMap.group[0]",
        ),
        (
            "catalogue:jw-1\"",
            "catalogue:jw-9\"",
            "ConceptMap.group[0]",
        ),
        (
            "\"date\": \"2023-10-28\"",
            "\"date\": \"gisteren\"",
            "ConceptMap",
        ),
        ("\"ConceptMap\"", "\"ValueSet\"", "ConceptMap"),
    ] {
        let told = told(from, to);
        assert!(told.contains(place), "{from}: {told}");
    }
}

#[test]
fn a_justification_that_was_changed_in_one_place_and_not_in_the_other_is_told_at_its_line() {
    let lexical = Mapping {
        justification: "lexical 0.70".to_owned(),
        ..exact()
    };
    let exported = export_of(SSSOM, &set(vec![lexical])).text;
    let catalogue = of_set(&set(vec![exact()]));
    let of = |from: &str, to: &str| {
        assert!(exported.contains(from), "{exported}");
        sssom::import(&catalogue, "x", &exported.replace(from, to))
    };
    let kept = |imported: &Imported| imported.set.mappings[0].justification.clone();
    // Another program writes the same number otherwise.
    let same = of("\t0.70\tcontractbeheer", "\t0.7\tcontractbeheer").unwrap();
    assert_eq!(kept(&same), "lexical 0.70");
    let line = u32::try_from(exported.lines().count()).unwrap();
    for (from, to, slot) in [
        (
            "\t0.70\tcontractbeheer",
            "\t0.95\tcontractbeheer",
            "`confidence`",
        ),
        (
            "\t0.70\tcontractbeheer",
            "\t\tcontractbeheer",
            "`confidence`",
        ),
        (
            "semapv:LexicalMatching",
            "semapv:ManualMappingCuration",
            "`mapping_justification`",
        ),
    ] {
        let told = of(from, to).unwrap_err();
        assert_eq!((told.len(), told[0].line), (1, line), "{told:?}");
        assert!(told[0].text.starts_with(slot), "{}", told[0]);
    }
    // Without ours theirs are what is meant.
    let theirs = exported
        .replace("\tlexical 0.70\t", "\t\t")
        .replace("\t0.70\tcontractbeheer", "\t0.95\tcontractbeheer");
    let imported = sssom::import(&catalogue, "x", &theirs).unwrap();
    assert_eq!(kept(&imported), "lexical 0.95");
}

#[test]
fn a_program_that_keeps_no_extension_slots_keeps_the_law_of_a_code_without_counterpart() {
    let mapping = Mapping {
        key: Key {
            law: Law::Wmo,
            ..exact().key
        },
        ..related(Relation::None)
    };
    let exported = export_of(SSSOM, &set(vec![mapping])).text;
    let catalogue = of_set(&set(vec![exact()]));
    let (head, rows) = exported.split_at(exported.find("\nsubject_id").unwrap() + 1);
    let slots = rows.lines().map(|line| {
        let cells: Vec<_> = line.split('\t').take(11).collect();
        cells.join("\t") + "\n"
    });
    let slots: String = slots.collect();
    let law = |text: &str| {
        let imported = sssom::import(&catalogue, "x", text).unwrap();
        imported.set.mappings[0].key.law
    };
    assert_eq!(law(&format!("{head}{slots}")), Law::Wmo);
    // What is the same in every row may stand in the header alone.
    let above = slots
        .replace("\tsubject_source", "")
        .replace("\tgm0777:wmo", "");
    let above = format!("{head}#subject_source: gm0777:wmo\n{above}");
    assert_eq!(law(&above), Law::Wmo);
    let told = sssom::import(
        &catalogue,
        "x",
        &exported.replace("gm0777:wmo", "gm0777:jw"),
    );
    let told = told.unwrap_err();
    assert!(told[0].text.starts_with("`subject_source`"), "{told:?}");
}
