//! What is not taken as XML, each with its own code, and every limit with a body one past it.

use knooppunt_standard::{Limits, Releases};

use crate::support::{START, check, codes, start_with};

/// Code of the one finding about a body that the XML layer refuses; "taken" when it does not.
fn refused(body: impl AsRef<[u8]>) -> &'static str {
    let releases = Releases::load([]).unwrap();
    let checked = releases.check(body.as_ref(), &Limits::default());
    match codes(&checked).as_slice() {
        // No schema is loaded, so every root is of an unknown kind.
        [("unknown-kind", _)] => "taken",
        [("unknown-kind", _), (code, _)] | [(code, _)] => code,
        several => panic!("{several:?}"),
    }
}

fn table(rows: &[(&str, &'static str)]) {
    for (body, code) in rows {
        assert_eq!(refused(body), *code, "{body}");
    }
}

#[test]
fn one_root_is_needed_and_nothing_else_beside_it() {
    table(&[
        ("", "xml-empty"),
        (" \n", "xml-empty"),
        ("<!-- only this -->", "xml-no-root"),
        ("<?xml version=\"1.0\"?>", "xml-no-root"),
        ("text", "xml-text-outside-root"),
        ("<a/>text", "xml-text-outside-root"),
        ("text<a/>", "xml-text-outside-root"),
        ("<a/>&amp;", "xml-text-outside-root"),
        ("<a/><![CDATA[]]>", "xml-text-outside-root"),
        ("<a/><b/>", "xml-second-root"),
        ("<a></a><a></a>", "xml-second-root"),
        ("<a>", "xml-unclosed"),
        ("<a><b></b>", "xml-unclosed"),
        ("<a", "xml-unclosed"),
        ("<", "xml-unclosed"),
        ("<a><!-- ", "xml-unclosed"),
        ("<a><![CDATA[ ]]", "xml-unclosed"),
        ("<a><?x ", "xml-unclosed"),
        ("<a x='1>", "xml-unclosed"),
        ("</a>", "xml-end-tag"),
        ("<a/></a>", "xml-end-tag"),
        ("<a></b>", "xml-end-tag"),
        ("<a></A>", "xml-end-tag"),
        ("<a></a b='1'>", "xml-end-tag"),
        ("<p:a xmlns:p='u' xmlns:q='u'></q:a>", "xml-end-tag"),
        ("<a></ a>", "xml-end-tag"),
        (" <!-- x --> <?x?> <a ></a > <!-- y --> <?y?>\n", "taken"),
    ]);
}

#[test]
fn the_declaration_stands_at_the_start_and_says_utf_8() {
    table(&[
        (
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><a/>",
            "taken",
        ),
        (
            "\u{FEFF}<?xml version='1.0' encoding='utf-8'?><a/>",
            "taken",
        ),
        ("\u{FEFF}<a/>", "taken"),
        ("\u{FEFF}\u{FEFF}<a/>", "xml-text-outside-root"),
        ("<a/>\u{FEFF}", "xml-text-outside-root"),
        (" <?xml version='1.0'?><a/>", "xml-declaration-late"),
        ("<a><?xml version='1.0'?></a>", "xml-declaration-late"),
        ("<?xml?><a/>", "xml-declaration"),
        ("<?xml encoding='UTF-8'?><a/>", "xml-declaration"),
        (
            "<?xml version='1.0' encoding='ISO-8859-1'?><a/>",
            "xml-encoding",
        ),
        (
            "<?xml version='1.0' encoding='UTF-16'?><a/>",
            "xml-encoding",
        ),
        (
            "<?xml version='1.0' encoding='windows-1252'?><a/>",
            "xml-encoding",
        ),
    ]);
    let utf16 = |units: Vec<u8>| refused(units);
    assert_eq!(
        utf16(
            "\u{FEFF}<a/>"
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect()
        ),
        "xml-utf16"
    );
    assert_eq!(
        utf16(
            "\u{FEFF}<a/>"
                .encode_utf16()
                .flat_map(u16::to_be_bytes)
                .collect()
        ),
        "xml-utf16"
    );
    assert_eq!(
        utf16("<a/>".encode_utf16().flat_map(u16::to_le_bytes).collect()),
        "xml-utf16"
    );
    let utf32 = |bytes: fn(u32) -> [u8; 4]| -> Vec<u8> {
        let units = "<?xml version='1.0'?><a/>".chars().map(u32::from);
        units.flat_map(bytes).collect()
    };
    assert_eq!(utf16(utf32(u32::to_le_bytes)), "xml-utf16");
    assert_eq!(utf16(utf32(u32::to_be_bytes)), "xml-utf16");
    let latin1 = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>Andr\xE9</a>";
    assert_eq!(refused(latin1), "xml-encoding");
}

#[test]
fn characters_that_xml_forbids_are_found_raw_and_as_references() {
    assert_eq!(refused(b"<a>\0</a>"), "xml-character");
    assert_eq!(refused(b"<a b='\x1B'/>"), "xml-character");
    assert_eq!(refused(b"<a><!-- \x01 --></a>"), "xml-character");
    assert_eq!(refused("<a>\u{FFFF}</a>"), "xml-character");
    assert_eq!(refused(b"<a>Andr\xE9</a>"), "xml-not-utf8");
    assert_eq!(refused(b"<a>\xED\xA0\x80</a>"), "xml-not-utf8");
    assert_eq!(refused(b"<a>\xC0\xBC</a>"), "xml-not-utf8");
    table(&[
        ("<a>&#0;</a>", "xml-character-reference"),
        ("<a>&#1;</a>", "xml-character-reference"),
        ("<a>&#xD800;</a>", "xml-character-reference"),
        ("<a>&#xFFFE;</a>", "xml-character-reference"),
        ("<a>&#x110000;</a>", "xml-character-reference"),
        ("<a>&#a;</a>", "xml-character-reference"),
        ("<a b='&#1;'/>", "xml-character-reference"),
        (
            "<a>\u{7F}\u{85}\t\r\n&#9;&#x10FFFF;&lt;&gt;&amp;&apos;&quot;</a>",
            "taken",
        ),
    ]);
}

#[test]
fn what_broke_first_is_what_is_told() {
    assert_eq!(refused(b"<a></b>\0</a>"), "xml-end-tag");
    assert_eq!(refused(b"<a>&x;\xFF</a>"), "xml-entity");
    assert_eq!(refused(b"<a b='\0'></b>"), "xml-character");
    assert_eq!(refused(b"<a>&am\0p;</a>"), "xml-character");
}

#[test]
fn there_are_no_entities_but_the_five_and_no_dtd() {
    let laughs = "<!DOCTYPE l [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'>]><l>&b;</l>";
    table(&[
        (laughs, "xml-doctype"),
        (
            "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
            "xml-doctype",
        ),
        ("<!DOCTYPE a><a/>", "xml-doctype"),
        ("<!DOCTYPE", "xml-doctype"),
        ("<!doctype html><a/>", "xml-doctype"),
        ("<a><!DOCTYPE a></a>", "xml-doctype"),
        ("<!ELEMENT a ANY><a/>", "xml-markup"),
        ("<a>&eacute;</a>", "xml-entity"),
        ("<a b='&xxe;'/>", "xml-entity"),
        ("<a>a & b</a>", "xml-ampersand"),
        ("<a>a &amp b</a>", "xml-ampersand"),
        ("<a b='&'/>", "xml-ampersand"),
        ("<a>&;</a>", "xml-ampersand"),
        ("<a>]]></a>", "xml-cdata-end"),
        ("<a>]] ></a>", "taken"),
        ("<a><![CDATA[<b>&x;]]]]></a>", "taken"),
        ("<a><![cdata[x]]></a>", "xml-markup"),
    ]);
}

#[test]
fn tags_attributes_comments_and_instructions_are_as_xml_says() {
    table(&[
        ("<1a/>", "xml-name"),
        ("<a:/>", "xml-name"),
        ("<:a/>", "xml-name"),
        ("<a:b:c xmlns:a='u'/>", "xml-name"),
        ("<a>< b/></a>", "xml-name"),
        ("<a><></></a>", "xml-name"),
        ("<a'b'/>", "xml-name"),
        ("<a b/>", "xml-attribute"),
        ("<a b=c/>", "xml-attribute"),
        ("<a b='1'c='2'/>", "xml-attribute"),
        ("<a b='<'/>", "xml-attribute"),
        ("<a b='1' b='2'/>", "xml-attribute-twice"),
        ("<a 1='1'/>", "xml-name"),
        ("<a b = \"1\"\n\tc='>'/>", "taken"),
        ("<a><!-- a -- b --></a>", "xml-comment"),
        ("<a><!-- a ---></a>", "xml-comment"),
        ("<a><!----></a>", "taken"),
        ("<a><!-- - - --></a>", "taken"),
        ("<a><?XML x?></a>", "xml-instruction"),
        ("<a><?1?></a>", "xml-instruction"),
        ("<a><? x?></a>", "xml-instruction"),
        ("<a><?a:b x?></a>", "xml-instruction"),
        ("<a><?x y ? z?></a>", "taken"),
        ("<a><?xml-stylesheet href='a'?></a>", "taken"),
    ]);
    // `<!-->` has no end of its own.
    assert_ne!(refused("<a><!--></a>"), "taken");
    assert_ne!(refused("<a><!---></a>"), "taken");
}

#[test]
fn prefixes_follow_the_rules_of_namespaces() {
    table(&[
        ("<p:a/>", "namespace-prefix"),
        ("<a p:b='1'/>", "namespace-prefix"),
        ("<a><p:b xmlns:p='u'/><p:c/></a>", "namespace-prefix"),
        ("<xmlns:a/>", "namespace-prefix"),
        ("<a xmlns:p=''/>", "namespace-declaration"),
        ("<a xmlns:xmlns='u'/>", "namespace-declaration"),
        ("<a xmlns:xml='u'/>", "namespace-declaration"),
        (
            "<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>",
            "namespace-declaration",
        ),
        (
            "<a xmlns='http://www.w3.org/2000/xmlns/'/>",
            "namespace-declaration",
        ),
        ("<a xmlns:p='u' xmlns:p='v'/>", "xml-attribute-twice"),
        ("<a xmlns='u' xmlns='v'/>", "xml-attribute-twice"),
        (
            "<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>",
            "xml-attribute-twice",
        ),
        ("<a xmlns:p='u' xmlns='u' p:b='1' b='2'/>", "taken"),
        (
            "<a xmlns:xml='http://www.w3.org/XML/1998/namespace' xml:lang='nl'/>",
            "taken",
        ),
        ("<a xmlns='u'><b xmlns=''/></a>", "taken"),
        ("<p:a p:b='1' xmlns:p='u'/>", "taken"),
    ]);
}

#[test]
fn namespaces_are_compared_after_references_are_resolved() {
    let body = start_with("ijw/3_2/jw305", "ijw&#x2F;3_2/jw305");
    assert!(check(body.as_bytes()).findings.is_empty());
}

#[test]
fn every_limit_holds_at_its_value_and_refuses_one_past_it() {
    let limits = Limits {
        depth: 3,
        attributes: 2,
        namespaces: 1,
        name_bytes: 8,
        text_bytes: 5,
        attribute_bytes: 6,
        body_bytes: 60,
        findings: 9,
    };
    let releases = Releases::load([]).unwrap();
    let refused = |body: &str| {
        let checked = releases.check(body.as_bytes(), &limits);
        let code = checked.findings.list.last().unwrap().code;
        if code == "unknown-kind" {
            "taken"
        } else {
            code
        }
    };
    for (within, past, code) in [
        (
            "<a><b><c/></b></a>",
            "<a><b><c><d/></c></b></a>",
            "limit-depth",
        ),
        ("<a b='' c=''/>", "<a b='' c='' d=''/>", "limit-attributes"),
        (
            "<a xmlns:b='u' c=''/>",
            "<a xmlns:b='u' c='' d=''/>",
            "limit-attributes",
        ),
        (
            "<a xmlns='u'><b/></a>",
            "<a xmlns='u'><b xmlns='v'/></a>",
            "limit-namespaces",
        ),
        ("<abcdefgh/>", "<abcdefghi/>", "limit-name"),
        ("<a abcdefgh=''/>", "<a abcdefghi=''/>", "limit-name"),
        ("<?abcdefgh?><a/>", "<?abcdefghi?><a/>", "limit-name"),
        ("<a>12345</a>", "<a>123456</a>", "limit-text"),
        (
            "<a><![CDATA[12345]]></a>",
            "<a><![CDATA[123456]]></a>",
            "limit-text",
        ),
        ("<a b='123456'/>", "<a b='1234567'/>", "limit-attribute"),
        (
            &format!("<a/>{}", " ".repeat(5)),
            &format!("<a/>{}", " ".repeat(57)),
            "limit-body",
        ),
    ] {
        assert_eq!(refused(within), "taken", "{within}");
        assert_eq!(refused(past), code, "{past}");
    }
}

#[test]
fn a_million_levels_are_refused_at_the_limit() {
    let body = "<a>".repeat(1_000_000);
    assert_eq!(refused(body), "limit-depth");
}

#[test]
fn an_endless_attribute_is_refused() {
    let body = format!("<a b='{}'/>", "x".repeat(10_000_000));
    assert_eq!(refused(body), "limit-attribute");
}

#[test]
fn a_body_of_the_greatest_size_is_taken_and_one_byte_more_is_not() {
    let most = Limits::default().body_bytes;
    let mut body = START.to_owned();
    body.extend(std::iter::repeat_n(' ', most - START.len()));
    assert!(check(body.as_bytes()).findings.is_empty());
    body.push(' ');
    assert_eq!(codes(&check(body.as_bytes())), [("limit-body", "")]);
}

#[test]
fn line_and_column_are_those_of_the_fault() {
    let releases = Releases::load([]).unwrap();
    let checked = releases.check("\u{FEFF}<a>\r\n  é<b></c>".as_bytes(), &Limits::default());
    let last = checked.findings.list.last().unwrap();
    assert_eq!((last.code, last.line, last.column), ("xml-end-tag", 2, 7));
}
