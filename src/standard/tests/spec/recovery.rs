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
        one("element-unexpected", "/Bericht/Client/Extra")
    );
    assert_eq!(
        found("</s:Client>", "<b:Extra/></s:Client>"),
        one("element-unexpected", "/Bericht/Client/Extra")
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
            ("element-unexpected", "/Bericht/Client/Extra"),
            ("element-missing", "/Bericht/Client/Geslacht")
        ]
    );
}

#[test]
fn elements_in_the_wrong_order_are_one_finding() {
    let geslacht = "<s:Geslacht>1</s:Geslacht>\n";
    let bsn = "<s:Bsn>999900006</s:Bsn>\n";
    let body = START
        .replacen(geslacht, "", 1)
        .replacen(bsn, &format!("{geslacht}{bsn}"), 1);
    assert_eq!(
        codes(&check(body.as_bytes())),
        // Bsn and Geboortedatum came after all.
        [("element-order", "/Bericht/Client/Bsn")]
    );
    let nummer = "<s:ToewijzingNummer>1</s:ToewijzingNummer>\n";
    let begin = "<s:Begindatum>2026-01-01</s:Begindatum>\n";
    assert_eq!(
        found(&format!("{nummer}{begin}"), &format!("{begin}{nummer}")),
        one(
            "element-order",
            "/Bericht/Client/StartProducten/StartProduct[1]/ToewijzingNummer"
        )
    );
}

#[test]
fn an_element_that_comes_late_where_another_was_strange_is_a_finding_of_its_own() {
    let bsn = "<s:Bsn>999900006</s:Bsn>\n";
    let body =
        start_with(bsn, "<s:Extra/>\n").replacen("<s:Geslacht>", &format!("{bsn}<s:Geslacht>"), 1);
    assert_eq!(
        codes(&check(body.as_bytes())),
        [
            ("element-instead", "/Bericht/Client/Extra"),
            ("element-order", "/Bericht/Client/Bsn")
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
    assert_eq!(
        empty[0],
        ("xsi-nil", "/Bericht/Client/Geboortedatum/Datum".to_owned())
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
fn findings_name_no_value_and_no_strange_name() {
    let body = start_with("<s:Geslacht>1", "<s:Bésn-van-Jansen/><s:Geslacht>geheim");
    let checked = check(body.as_bytes());
    assert_eq!(
        codes(&checked),
        [
            ("element-unexpected", "/Bericht/Client/?"),
            ("value-code", "/Bericht/Client/Geslacht")
        ]
    );
    let shown = format!("{checked:?}");
    assert!(
        !shown.contains("geheim") && !shown.contains("Jansen") && !shown.contains("999900006"),
        "{shown}"
    );
}
