//! One mistake is one finding, in its place, and what follows it is still checked.

use crate::support::{START, check, codes, start_with};

/// Code and path of each finding in [`START`] with one piece replaced.
fn found(piece: &str, other: &str) -> Vec<(&'static str, String)> {
    let body = start_with(piece, other);
    let checked = check(body.as_bytes());
    codes(&checked)
        .into_iter()
        .map(|(code, path)| (code, path.to_owned()))
        .collect()
}

fn one(code: &'static str, path: &str) -> Vec<(&'static str, String)> {
    vec![(code, path.to_owned())]
}

#[test]
fn a_valid_message_has_no_findings_and_a_whole_tree() {
    let checked = check(START.as_bytes());
    assert!(checked.findings.is_empty(), "{:?}", checked.findings);
    let root = checked.tree.root().unwrap();
    assert_eq!(
        root.find("Header/BerichtIdentificatie/Identificatie")
            .unwrap()
            .text(),
        "A1"
    );
    let products = root.find("Client/StartProducten").unwrap();
    let numbers: Vec<_> = products
        .children()
        .map(|product| product.child("ToewijzingNummer").unwrap().text())
        .collect();
    assert_eq!(numbers, ["1", "2"]);
    assert_eq!(
        products.namespace(),
        "http://www.istandaarden.nl/ijw/3_2/jw305/schema"
    );
    assert_eq!(products.parent().unwrap().name(), "Client");
    assert_eq!(checked.tree.len(), START.matches("</").count());
}

#[test]
fn a_missing_element_is_one_finding_where_it_should_stand() {
    assert_eq!(
        found("<s:Bsn>999900006</s:Bsn>\n", ""),
        one("element-missing", "/Bericht/Client/Bsn")
    );
    assert_eq!(
        found("<s:StatusAanlevering>1</s:StatusAanlevering>\n", ""),
        one(
            "element-missing",
            "/Bericht/Client/StartProducten/StartProduct[1]/StatusAanlevering"
        )
    );
    let body = start_with("<s:Bsn>999900006</s:Bsn>\n", "");
    let checked = check(body.as_bytes());
    let finding = &checked.findings.list[0];
    assert_eq!((finding.line, finding.column), (19, 1));
    assert_eq!(
        finding.text(),
        "Het element Bsn ontbreekt; het is verplicht en is precies 9 cijfers."
    );
}

#[test]
fn several_missing_elements_are_a_finding_each() {
    assert_eq!(
        found(
            "<s:Geslacht>1</s:Geslacht>\n<s:Naam>\n<b:Geslachtsnaam>\n<b:Achternaam>Vos</b:Achternaam>\n</b:Geslachtsnaam>\n</s:Naam>\n",
            ""
        ),
        [
            ("element-missing", "/Bericht/Client/Geslacht".to_owned()),
            ("element-missing", "/Bericht/Client/Naam".to_owned()),
        ]
    );
}

#[test]
fn an_unknown_element_is_one_finding_and_what_is_in_it_is_passed_over() {
    assert_eq!(
        found(
            "<s:Geslacht>",
            "<s:Extra><s:Bsn>x</s:Bsn>text</s:Extra><s:Geslacht>"
        ),
        one("element-unexpected", "/Bericht/Client/?")
    );
    assert_eq!(
        found("</s:Client>", "<b:Extra/></s:Client>"),
        one("element-unexpected", "/Bericht/Client/?")
    );
}

#[test]
fn a_misspelt_element_is_one_finding_that_names_both() {
    let body = START.replacen("s:Geslacht>", "s:Geslagt>", 2);
    let checked = check(body.as_bytes());
    assert_eq!(
        codes(&checked),
        [("element-instead", "/Bericht/Client/Geslagt")]
    );
    let text = checked.findings.list[0].text();
    assert!(
        text.contains("Geslagt staat op de plaats van Geslacht"),
        "{text}"
    );
}

#[test]
fn an_unknown_element_far_from_a_missing_one_stays_apart() {
    let body = start_with("<s:Geboortedatum>", "<s:Extra/><s:Geboortedatum>");
    let body = body.replacen("<s:Geslacht>1</s:Geslacht>\n", "", 1);
    let checked = check(body.as_bytes());
    assert_eq!(
        codes(&checked),
        [
            ("element-unexpected", "/Bericht/Client/?"),
            ("element-missing", "/Bericht/Client/Geslacht")
        ]
    );
}

#[test]
fn an_element_that_comes_too_early_is_one_finding_about_itself_however_many_it_jumps_over() {
    let body = client(&["Naam", "Bsn", "Geboortedatum", "Geslacht", "StartProducten"]);
    let checked = check(body.as_bytes());
    assert_eq!(codes(&checked), [("element-order", "/Bericht/Client/Naam")]);
    let finding = &checked.findings.list[0];
    assert_eq!(
        finding.text(),
        "Het element Naam staat te vroeg; het hoort na Geslacht te staan."
    );
    assert_eq!((finding.line, finding.column), (19, 1));
}

#[test]
fn an_element_that_comes_too_late_is_one_finding_about_itself() {
    let body = client(&["Geboortedatum", "Geslacht", "Naam", "Bsn", "StartProducten"]);
    let checked = check(body.as_bytes());
    assert_eq!(codes(&checked), [("element-order", "/Bericht/Client/Bsn")]);
    assert_eq!(
        checked.findings.list[0].text(),
        "Het element Bsn staat te laat; het hoort vóór Geboortedatum te staan."
    );
}

#[test]
fn of_two_elements_that_changed_places_the_first_came_too_early() {
    let nummer = "<s:ToewijzingNummer>1</s:ToewijzingNummer>\n";
    let begin = "<s:Begindatum>2026-01-01</s:Begindatum>\n";
    assert_eq!(
        found(&format!("{nummer}{begin}"), &format!("{begin}{nummer}")),
        one(
            "element-order",
            "/Bericht/Client/StartProducten/StartProduct[1]/Begindatum"
        )
    );
}

#[test]
fn a_class_in_reverse_order_is_more_than_one_finding() {
    let mut names = CLIENT;
    names.reverse();
    let body = client(&names);
    let path = |name: &str| ("element-order", format!("/Bericht/Client/{name}"));
    let checked = check(body.as_bytes());
    let found: Vec<_> = codes(&checked)
        .into_iter()
        .map(|(code, path)| (code, path.to_owned()))
        .collect();
    assert_eq!(
        found,
        ["StartProducten", "Naam", "Geslacht", "Geboortedatum"].map(path)
    );
}

#[test]
fn an_early_element_and_an_absent_one_are_a_finding_each() {
    let body = client(&["Naam", "Geboortedatum", "Geslacht", "StartProducten"]);
    assert_eq!(
        codes(&check(body.as_bytes())),
        [
            ("element-order", "/Bericht/Client/Naam"),
            ("element-missing", "/Bericht/Client/Bsn")
        ]
    );
}

#[test]
fn who_does_what_the_findings_about_order_say_has_a_valid_message() {
    let mut orders = 0;
    for order in permutations(&CLIENT) {
        let mut names = order.clone();
        let body = client(&names);
        let checked = check(body.as_bytes());
        let mut remedies: Vec<(String, bool, String)> = checked
            .findings
            .list
            .iter()
            .map(|finding| remedy(finding.text()))
            .collect();
        assert!(remedies.len() < CLIENT.len(), "{order:?}");
        // What stands next to something that must move itself moves after it.
        while !remedies.is_empty() {
            let moves = |name: &String| remedies.iter().any(|(moved, ..)| moved == name);
            let index = remedies
                .iter()
                .position(|(.., neighbour)| !moves(neighbour))
                .unwrap();
            let (name, is_after, neighbour) = remedies.remove(index);
            names.retain(|other| *other != name);
            let place = names.iter().position(|other| *other == neighbour).unwrap();
            let moved = CLIENT.iter().find(|other| **other == name).unwrap();
            names.insert(place + usize::from(is_after), *moved);
        }
        let body = client(&names);
        let after = check(body.as_bytes());
        assert!(
            after.findings.is_empty(),
            "{order:?} became {names:?}: {:?}",
            checked.findings
        );
        orders += 1;
    }
    assert_eq!(orders, 120);
}

/// The elements of Client in [`START`], in their order.
const CLIENT: [&str; 5] = ["Bsn", "Geboortedatum", "Geslacht", "Naam", "StartProducten"];

/// [`START`] with these elements in Client, in this order.
fn client(names: &[&str]) -> String {
    let (before, rest) = START.split_once("<s:Client>\n").unwrap();
    let (inside, after) = rest.split_once("</s:Client>").unwrap();
    let element = |name: &&str| {
        let start = inside.find(&format!("<s:{name}>")).unwrap();
        let end_tag = format!("</s:{name}>\n");
        let end = inside.find(&end_tag).unwrap() + end_tag.len();
        &inside[start..end]
    };
    let elements: String = names.iter().map(element).collect();
    format!("{before}<s:Client>\n{elements}</s:Client>{after}")
}

/// What a text about order says: which element, whether it belongs after or before another, and which.
fn remedy(text: &str) -> (String, bool, String) {
    let words: Vec<&str> = text.split(' ').collect();
    let at = words.iter().position(|word| *word == "hoort").unwrap();
    (
        words[2].to_owned(),
        words[at + 1] == "na",
        words[at + 2].to_owned(),
    )
}

fn permutations<'n>(names: &[&'n str]) -> Vec<Vec<&'n str>> {
    if names.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let rest = [&names[..index], &names[index + 1..]].concat();
        for mut tail in permutations(&rest) {
            tail.insert(0, *name);
            all.push(tail);
        }
    }
    all
}

#[test]
fn an_element_that_comes_late_where_another_was_strange_is_a_finding_of_its_own() {
    let bsn = "<s:Bsn>999900006</s:Bsn>\n";
    let body =
        start_with(bsn, "<s:Extra/>\n").replacen("<s:Geslacht>", &format!("{bsn}<s:Geslacht>"), 1);
    assert_eq!(
        codes(&check(body.as_bytes())),
        [
            ("element-unexpected", "/Bericht/Client/?"),
            ("element-order", "/Bericht/Client/Geboortedatum")
        ]
    );
}

#[test]
fn a_misplaced_element_is_still_checked_inside() {
    let nummer = "<s:ToewijzingNummer>1</s:ToewijzingNummer>\n";
    let begin = "<s:Begindatum>2026-01-01</s:Begindatum>\n";
    let codes: Vec<_> = found(
        &format!("{nummer}{begin}"),
        &format!("{begin}<s:ToewijzingNummer>x</s:ToewijzingNummer>"),
    )
    .into_iter()
    .map(|(code, _)| code)
    .collect();
    assert_eq!(codes, ["element-order", "value-integer"]);
}

#[test]
fn a_doubled_element_is_one_finding_with_its_number() {
    let bsn = "<s:Bsn>999900006</s:Bsn>\n";
    assert_eq!(
        found(bsn, &format!("{bsn}{bsn}")),
        one("element-repeated", "/Bericht/Client/Bsn[2]")
    );
    assert_eq!(
        found(bsn, &format!("{bsn}{bsn}{bsn}")),
        [
            ("element-repeated", "/Bericht/Client/Bsn[2]".to_owned()),
            ("element-repeated", "/Bericht/Client/Bsn[3]".to_owned()),
        ]
    );
    // Later on, where another element is expected.
    assert_eq!(
        found("<s:Geslacht>", &format!("{bsn}<s:Geslacht>")),
        one("element-repeated", "/Bericht/Client/Bsn[2]")
    );
}

#[test]
fn an_element_in_the_wrong_namespace_is_one_finding_and_is_checked_as_what_it_is_meant_to_be() {
    assert_eq!(
        found(
            "<b:Datum>2010-01-01</b:Datum>",
            "<s:Datum>2010-13-01</s:Datum>"
        ),
        [
            (
                "element-namespace",
                "/Bericht/Client/Geboortedatum/Datum".to_owned()
            ),
            (
                "value-date",
                "/Bericht/Client/Geboortedatum/Datum".to_owned()
            ),
        ]
    );
}

#[test]
fn one_wrong_namespace_is_one_finding_however_many_elements_are_in_it() {
    let checked = |body: &str| {
        let checked = check(body.as_bytes());
        let found: Vec<_> = codes(&checked)
            .into_iter()
            .map(|(code, path)| (code, path.to_owned()))
            .collect();
        found
    };
    let base = start_with("ijw/3_2/basisschema", "ijw/3_1/basisschema");
    let first = "/Bericht/Header/BerichtIdentificatie/Identificatie";
    assert_eq!(checked(&base), one("element-namespace", first));
    let client = start_with("<s:Client>", "<s:Client xmlns:s=\"urn:other\">");
    assert_eq!(
        checked(&client),
        one("element-namespace", "/Bericht/Client")
    );
    // What is wrong in it is found all the same.
    let wrong = client.replacen("<s:Geslacht>1", "<s:Geslacht>x", 1);
    assert_eq!(
        checked(&wrong),
        [
            ("element-namespace", "/Bericht/Client".to_owned()),
            ("value-code", "/Bericht/Client/Geslacht".to_owned()),
        ]
    );
    // Two wrong namespaces are two mistakes.
    let both = client.replace("ijw/3_2/basisschema", "ijw/3_1/basisschema");
    let both: Vec<_> = checked(&both).into_iter().map(|(code, _)| code).collect();
    assert_eq!(both, ["element-namespace"; 2]);
}

#[test]
fn a_class_that_is_absent_while_its_elements_are_there_is_one_finding_and_they_are_checked() {
    let body = START
        .replace("<s:StartProducten>\n", "")
        .replace("</s:StartProducten>\n", "");
    let checked = check(body.as_bytes());
    assert_eq!(
        codes(&checked),
        [("element-missing", "/Bericht/Client/StartProducten")]
    );
    let finding = &checked.findings.list[0];
    assert_eq!(finding.line, 29);
    assert_eq!(
        finding.text(),
        "Het element StartProducten ontbreekt; de elementen die erin horen staan er wel. Zet StartProducten eromheen."
    );
    let wrong = body.replacen("<s:StatusAanlevering>1", "<s:StatusAanlevering>x", 1);
    assert_eq!(
        codes(&check(wrong.as_bytes())),
        [
            ("element-missing", "/Bericht/Client/StartProducten"),
            (
                "value-code",
                "/Bericht/Client/StartProduct[1]/StatusAanlevering"
            )
        ]
    );
    assert_eq!(
        found(
            "<s:Geboortedatum>\n<b:Datum>2010-01-01</b:Datum>\n</s:Geboortedatum>",
            "<b:Datum>2010-01-01</b:Datum>"
        ),
        one("element-missing", "/Bericht/Client/Geboortedatum")
    );
}

#[test]
fn an_element_outside_its_class_when_the_class_comes_too_is_the_one_that_does_not_belong() {
    assert_eq!(
        found("<s:Bsn>", "<b:Datum>2010-01-01</b:Datum><s:Bsn>"),
        one("element-unexpected", "/Bericht/Client/Datum")
    );
}

#[test]
fn a_value_without_the_element_around_it_is_one_finding() {
    let body = start_with("<b:Datum>2010-01-01</b:Datum>", "2010-01-01");
    let checked = check(body.as_bytes());
    assert_eq!(
        codes(&checked),
        [("element-missing", "/Bericht/Client/Geboortedatum/Datum")]
    );
    let text = checked.findings.list[0].text();
    assert!(text.contains("de waarde staat er wel"), "{text}");
}

#[test]
fn unknown_elements_of_one_name_have_a_number_each() {
    assert_eq!(
        found(
            "<s:Geslacht>",
            "<s:Geslagt/><s:Geslagt/><s:Geslagt/><s:Geslacht>"
        ),
        [
            ("element-unexpected", "/Bericht/Client/Geslagt".to_owned()),
            (
                "element-unexpected",
                "/Bericht/Client/Geslagt[2]".to_owned()
            ),
            (
                "element-unexpected",
                "/Bericht/Client/Geslagt[3]".to_owned()
            ),
        ]
    );
}

#[test]
fn text_between_elements_is_one_finding_and_white_space_and_comments_are_none() {
    assert_eq!(
        found("<s:Geslacht>", "abc<s:Geslacht>"),
        one("text-unexpected", "/Bericht/Client")
    );
    assert_eq!(
        found("<s:Geslacht>", "&amp;<![CDATA[a]]>b<s:Geslacht>"),
        one("text-unexpected", "/Bericht/Client")
    );
    assert_eq!(
        found(
            "<s:Geslacht>",
            "\t\r\n <!-- abc --><?abc?>&#32;<s:Geslacht>"
        ),
        []
    );
}

#[test]
fn an_element_inside_a_value_is_one_finding_and_the_value_is_not_judged() {
    assert_eq!(
        found(
            "<s:Geslacht>1",
            "<s:Geslacht><s:Bsn>1</s:Bsn><s:Bsn>1</s:Bsn>"
        ),
        one("element-in-value", "/Bericht/Client/Geslacht")
    );
}

#[test]
fn values_are_those_that_xml_says_however_they_are_written() {
    for way in [
        "<![CDATA[1]]>",
        "&#49;",
        "&#x31;",
        "<!-- x -->1",
        "1<!-- x -->",
        "<?x?>1<?y?>",
    ] {
        assert_eq!(
            found("<s:Geslacht>1", &format!("<s:Geslacht>{way}")),
            [],
            "{way}"
        );
    }
    for way in [
        "<![CDATA[ 1]]>",
        "&#32;1",
        "1\n",
        "1&#13;",
        "<!-- x -->",
        "<![CDATA[]]>",
    ] {
        let path = "/Bericht/Client/Geslacht";
        assert_eq!(
            found("<s:Geslacht>1", &format!("<s:Geslacht>{way}")),
            one("value-code", path),
            "{way}"
        );
    }
}

#[test]
fn an_empty_element_is_judged_like_one_without_content() {
    assert_eq!(
        found("<b:Datum>2010-01-01</b:Datum>", "<b:Datum/>"),
        one("value-date", "/Bericht/Client/Geboortedatum/Datum")
    );
    let product = "<s:StartProduct>\n<s:ToewijzingNummer>2</s:ToewijzingNummer>\n<s:Begindatum>2026-01-01</s:Begindatum>\n<s:StatusAanlevering>1</s:StatusAanlevering>\n</s:StartProduct>\n";
    let path = "/Bericht/Client/StartProducten/StartProduct[2]";
    assert_eq!(
        found(product, "<s:StartProduct/>\n"),
        [
            ("element-missing", format!("{path}/Begindatum")),
            ("element-missing", format!("{path}/StatusAanlevering")),
        ]
    );
}

#[test]
fn prefixes_are_free() {
    let body = START
        .replace("<s:", "<vreemd:")
        .replace("</s:", "</vreemd:")
        .replace("xmlns:s=", "xmlns:vreemd=");
    assert!(check(body.as_bytes()).findings.is_empty());
    let default = START
        .replace("<s:", "<")
        .replace("</s:", "</")
        .replace("xmlns:s=", "xmlns=");
    assert!(check(default.as_bytes()).findings.is_empty());
}

#[test]
fn a_prefix_may_change_its_namespace_halfway() {
    let inner = "<s:Geboortedatum xmlns:q=\"http://www.istandaarden.nl/ijw/3_2/basisschema/schema\">\n<q:Datum>2010-01-01</q:Datum>";
    assert_eq!(
        found("<s:Geboortedatum>\n<b:Datum>2010-01-01</b:Datum>", inner),
        []
    );
    let rebound = "<s:Geboortedatum>\n<s:Datum xmlns:s=\"http://www.istandaarden.nl/ijw/3_2/basisschema/schema\">2010-01-01</s:Datum>";
    assert_eq!(
        found("<s:Geboortedatum>\n<b:Datum>2010-01-01</b:Datum>", rebound),
        []
    );
}

#[test]
fn schema_locations_are_ignored_and_other_attributes_are_not() {
    let xsi = "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
    let attribute = |text: &str| found("<s:Geslacht>", &format!("<s:Geslacht {xsi} {text}>"));
    let path = "/Bericht/Client/Geslacht";
    assert_eq!(
        attribute("xsi:schemaLocation='a b' xsi:noNamespaceSchemaLocation='c'"),
        []
    );
    assert_eq!(
        attribute("xsi:type='b:LDT_Geslacht'"),
        one("xsi-type", path)
    );
    assert_eq!(attribute("xsi:nil='false'"), one("xsi-nil", path));
    assert_eq!(attribute("type='a'"), one("attribute", path));
    assert_eq!(attribute("xml:lang='nl'"), one("attribute", path));
    assert_eq!(attribute("xsi:other='a'"), one("attribute", path));
    // Declared on an empty element itself.
    let empty = found(
        "<b:Datum>2010-01-01</b:Datum>",
        &format!("<b:Datum {xsi} xsi:nil='true'/>"),
    );
    assert_eq!(empty, one("xsi-nil", "/Bericht/Client/Geboortedatum/Datum"));
    let class = "<s:Geboortedatum>\n<b:Datum>2010-01-01</b:Datum>\n</s:Geboortedatum>";
    let nil = format!("<s:Geboortedatum {xsi} xsi:nil='true'></s:Geboortedatum>");
    assert_eq!(
        found(class, &nil),
        one("xsi-nil", "/Bericht/Client/Geboortedatum")
    );
}

#[test]
fn a_bericht_code_of_another_kind_has_a_code_of_its_own() {
    let body = start_with(">438<", ">436<");
    let checked = check(body.as_bytes());
    assert_eq!(
        codes(&checked),
        [("bericht-code", "/Bericht/Header/BerichtCode")]
    );
    assert!(checked.findings.list[0].text().contains("precies 438"));
    assert_eq!(checked.kind.unwrap().to_string(), "JW305");
}

#[test]
fn the_namespace_decides_what_a_message_is() {
    let other = start_with("ijw/3_2/jw305/schema", "ijw/9_9/jw305/schema");
    let checked = check(other.as_bytes());
    assert_eq!(codes(&checked), [("unknown-kind", "/Bericht")]);
    assert!(checked.kind.is_none() && checked.tree.is_empty());
    let root = START
        .replace("s:Bericht>", "s:Client>")
        .replace("<s:Bericht ", "<s:Client ");
    let checked = check(root.as_bytes());
    assert_eq!(codes(&checked), [("root", "/Client")]);
    assert_eq!(checked.kind.unwrap().to_string(), "JW305");
}

#[test]
fn findings_before_broken_xml_are_kept_and_it_is_the_last() {
    let body = start_with("<s:Bsn>999900006</s:Bsn>", "<s:Bsn>1</s:Bsn>");
    let body = body.replace("<s:Geslacht>1</s:Geslacht>", "<s:Geslacht>1</s:Geslagt>");
    let checked = check(body.as_bytes());
    assert_eq!(
        codes(&checked),
        [
            ("value-pattern", "/Bericht/Client/Bsn"),
            ("xml-end-tag", "/Bericht/Client/Geslacht")
        ]
    );
}

#[test]
fn findings_past_the_limit_are_counted() {
    let wrong = "<s:StartProduct/>".repeat(600);
    let body = start_with("<s:StartProducten>", &format!("<s:StartProducten>{wrong}"));
    let checked = check(body.as_bytes());
    assert_eq!(
        (checked.findings.list.len(), checked.findings.more),
        (1000, 200)
    );
    assert!(
        checked.findings.list[999]
            .path
            .starts_with("/Bericht/Client/StartProducten/StartProduct[500]")
    );
}

#[test]
fn findings_name_no_value_and_no_name_that_may_hold_one() {
    for name in [
        "Bésn-van-Jansen",
        "Bsn-999900006",
        "Jansen999900006",
        "Jansen",
        "Geslacht1972",
    ] {
        let body = start_with("<s:Geslacht>1", &format!("<s:{name}/><s:Geslacht>geheim"));
        let checked = check(body.as_bytes());
        assert_eq!(
            codes(&checked),
            [
                ("element-unexpected", "/Bericht/Client/?"),
                ("value-code", "/Bericht/Client/Geslacht")
            ]
        );
        assert_eq!(
            checked.findings.list[0].text(),
            "Een element met een onbekende naam hoort hier niet; verwacht wordt Geslacht."
        );
        let shown = format!("{checked:?}");
        assert!(
            !shown.contains("geheim") && !shown.contains(name) && !shown.contains("999900006"),
            "{shown}"
        );
    }
    let root = START
        .replace("<s:Bericht ", "<s:Jansen999900006 ")
        .replace("</s:Bericht>", "</s:Jansen999900006>");
    assert_eq!(codes(&check(root.as_bytes())), [("root", "/?")]);
}

#[test]
fn an_unknown_namespace_is_answered_with_those_that_are_taken() {
    let other = start_with("ijw/3_2/jw305/schema", "ijw/9_9/jw305/schema");
    let checked = check(other.as_bytes());
    let text = checked.findings.list[0].text();
    assert!(
        text.contains("http://www.istandaarden.nl/ijw/3_2/jw301/schema (ijw 3.2)"),
        "{text}"
    );
}
