//! Where our verdict may differ from that of another validator. Each exception names one construct and takes it out of a message; a
//! difference is explained when, with the constructs of its direction taken out, both accept. The reasons stand in
//! `conformance/schema/exceptions.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::files;
use crate::scan::scan;
use crate::validators::Validator;

/// Which of the two takes the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Difference {
    /// The other refuses it.
    OnlyWeAccept,
    /// The other takes it.
    OnlyWeRefuse,
}

struct Exception {
    name: &'static str,
    /// Who differs from us in it.
    of: &'static [Validator],
    difference: Difference,
    /// The message without the construct; the same message when it has none.
    without: fn(&str) -> String,
}

const EXCEPTIONS: &[Exception] = &[
    Exception {
        name: "doctype",
        of: &Validator::ALL,
        difference: Difference::OnlyWeRefuse,
        without: without_doctype,
    },
    Exception {
        name: "xsi",
        of: &Validator::ALL,
        difference: Difference::OnlyWeRefuse,
        without: without_xsi,
    },
    Exception {
        name: "year",
        of: &Validator::ALL,
        difference: Difference::OnlyWeRefuse,
        without: with_other_years,
    },
    Exception {
        name: "time-zone",
        of: &[Validator::Libxml2],
        difference: Difference::OnlyWeRefuse,
        without: without_western_zones,
    },
    Exception {
        name: "leap-second",
        of: &[Validator::XercesC],
        difference: Difference::OnlyWeRefuse,
        without: without_leap_seconds,
    },
    Exception {
        name: "instruction-name",
        of: &[Validator::Libxml2],
        difference: Difference::OnlyWeRefuse,
        without: without_colon_instructions,
    },
    Exception {
        name: "namespace-rules",
        of: &[Validator::Libxml2],
        difference: Difference::OnlyWeRefuse,
        without: without_forbidden_declarations,
    },
    Exception {
        name: "blank-cdata",
        of: &[Validator::Libxml2, Validator::XercesC],
        difference: Difference::OnlyWeAccept,
        without: without_blank_cdata,
    },
    Exception {
        name: "surrogates",
        of: &[Validator::XercesC, Validator::XercesJ],
        difference: Difference::OnlyWeAccept,
        without: without_far_characters,
    },
];

/// The exception about bytes, not text.
const ENCODING: &str = "encoding";

/// The message without the constructs in which the two may differ this way, and the names of those that it had.
/// `None`: it has none.
pub(crate) fn without(
    validator: Validator,
    difference: Difference,
    bytes: &[u8],
) -> Option<(Vec<u8>, Vec<&'static str>)> {
    let mut names = Vec::new();
    let mut text = match String::from_utf8(bytes.to_vec()) {
        Ok(text) if !text.contains('\0') && other_encoding(&text).is_none() => text,
        _ if difference == Difference::OnlyWeRefuse => {
            names.push(ENCODING);
            as_utf8(bytes)?
        }
        _ => return None,
    };
    for exception in EXCEPTIONS
        .iter()
        .filter(|exception| exception.difference == difference && exception.of.contains(&validator))
    {
        let changed = (exception.without)(&text);
        if changed != text {
            names.push(exception.name);
            text = changed;
        }
    }
    (!names.is_empty()).then(|| (text.into_bytes(), names))
}

/// The bytes that say which encoding the XML declaration names, when that is not UTF-8.
fn other_encoding(text: &str) -> Option<&str> {
    let declaration = text.strip_prefix("<?xml")?.split_once("?>")?.0;
    let after = declaration
        .split_once("encoding")?
        .1
        .trim_start()
        .strip_prefix('=')?
        .trim_start();
    let quote = after
        .chars()
        .next()
        .filter(|quote| matches!(quote, '"' | '\''))?;
    let name = after[1..].split_once(quote)?.0;
    (!name.eq_ignore_ascii_case("utf-8")).then_some(name)
}

/// UTF-16 or one byte a character, turned into UTF-8.
fn as_utf8(bytes: &[u8]) -> Option<String> {
    let units = |of: fn([u8; 2]) -> u16, bytes: &[u8]| -> Option<String> {
        let units: Vec<u16> = bytes
            .chunks_exact(2)
            .map(|pair| of([pair[0], pair[1]]))
            .collect();
        String::from_utf16(&units).ok()
    };
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] | rest @ [b'<', 0, ..] => units(u16::from_le_bytes, rest)?,
        [0xfe, 0xff, rest @ ..] | rest @ [0, b'<', ..] => units(u16::from_be_bytes, rest)?,
        single => single.iter().copied().map(char::from).collect(),
    };
    let (declaration, rest) = text.strip_prefix("<?xml")?.split_once("?>")?;
    let named = declaration.contains("encoding");
    Some(if named {
        format!("<?xml version=\"1.0\"?>{rest}")
    } else {
        text
    })
}

fn without_doctype(text: &str) -> String {
    let Some((before, after)) = text.split_once("<!DOCTYPE") else {
        return text.to_owned();
    };
    let subset = after
        .find('[')
        .is_some_and(|open| after.find('>').is_some_and(|close| open < close));
    let end = if subset { "]>" } else { ">" };
    after
        .split_once(end)
        .map_or_else(|| text.to_owned(), |(_, rest)| format!("{before}{rest}"))
}

/// Without every ` name="value"` for which `forbidden(name, value)` holds, quotes as our edits write them.
fn without_attributes(text: &str, forbidden: impl Fn(&str, &str) -> bool) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("=\"") {
        let (head, tail) = rest.split_at(at);
        let Some((value, after)) = tail[2..].split_once('"') else {
            break;
        };
        match head
            .rfind(' ')
            .filter(|space| forbidden(&head[space + 1..], value))
        {
            Some(space) => kept.push_str(&head[..space]),
            None => kept.push_str(&rest[..rest.len() - after.len()]),
        }
        rest = after;
    }
    kept.push_str(rest);
    kept
}

fn without_xsi(text: &str) -> String {
    without_attributes(text, |name, _| matches!(name, "xsi:type" | "xsi:nil"))
}

/// Declarations that Namespaces in XML 1.0 forbids; libxml2 reports them and goes on.
fn without_forbidden_declarations(text: &str) -> String {
    without_attributes(text, |name, value| match name {
        "xmlns:xmlns" => true,
        "xmlns:xml" => value != "http://www.w3.org/XML/1998/namespace",
        _ => name.starts_with("xmlns:") && value.is_empty(),
    })
}

/// Instructions whose name has a colon, which Namespaces in XML 1.0 forbids; libxml2 reports them and goes on.
fn without_colon_instructions(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<?") {
        let Some((instruction, behind)) = after.split_once("?>") else {
            break;
        };
        kept.push_str(before);
        if !instruction
            .split_whitespace()
            .next()
            .is_some_and(|name| name.contains(':'))
        {
            kept.push_str(&rest[before.len()..before.len() + 2 + instruction.len() + 2]);
        }
        rest = behind;
    }
    kept.push_str(rest);
    kept
}

/// The text with other values in its leafs: `other` gives the new one, `None` where the old one stays.
fn with_values(text: &str, other: impl Fn(&str) -> Option<String>) -> String {
    let Some(elements) = scan(text) else {
        return text.to_owned();
    };
    let mut changed = text.to_owned();
    for element in elements.iter().rev().filter(|element| element.is_leaf()) {
        if let Some(value) =
            other(decoded(&text[element.content.clone()]).trim_matches([' ', '\t', '\n', '\r']))
        {
            changed.replace_range(element.content.clone(), &value);
        }
    }
    changed
}

/// A value with its numeric references resolved and comments, instructions and CDATA marks taken out.
fn decoded(content: &str) -> String {
    let mut value = String::new();
    let mut rest = content;
    while let Some(c) = rest.chars().next() {
        let skipped = [("<!--", "-->"), ("<?", "?>")]
            .iter()
            .find_map(|(begin, end)| {
                rest.strip_prefix(begin)?
                    .split_once(end)
                    .map(|(_, after)| after)
            });
        let section = rest
            .strip_prefix("<![CDATA[")
            .and_then(|inner| inner.split_once("]]>"));
        let reference = rest
            .strip_prefix("&#")
            .and_then(|inner| inner.split_once(';'));
        let number = |digits: &str| match digits.strip_prefix('x') {
            Some(digits) => u32::from_str_radix(digits, 16).ok(),
            None => digits.parse().ok(),
        };
        if let Some(after) = skipped {
            rest = after;
        } else if let Some((inner, after)) = section {
            value.push_str(inner);
            rest = after;
        } else if let Some((character, after)) =
            reference.and_then(|(digits, after)| Some((char::from_u32(number(digits)?)?, after)))
        {
            value.push(character);
            rest = after;
        } else {
            value.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    value
}

/// Dates outside 1900 to 2199 moved to 2028, a leap year.
fn with_other_years(text: &str) -> String {
    with_values(text, |value| {
        let digits = value.strip_prefix('-').unwrap_or(value);
        let (year, day) = digits.split_once('-')?;
        let far = value.starts_with('-') || year.len() > 4 || !("1900"..="2199").contains(&year);
        let is_date =
            year.len() >= 4 && year.bytes().all(|digit| digit.is_ascii_digit()) && day.len() == 5;
        (is_date && far).then(|| format!("2028-{day}"))
    })
}

/// Times with a zone west of Greenwich without it: libxml2 reads the hyphen at the end of `[^Z+-]` as no member of the class.
fn without_western_zones(text: &str) -> String {
    with_values(text, |value| {
        let (time, zone) = value.split_once('-')?;
        let is_zone = zone.len() == 5 && zone.as_bytes()[2] == b':';
        (is_zone && time.len() >= 8 && time.as_bytes()[2] == b':').then(|| time.to_owned())
    })
}

/// Times in second 60 as in second 59.
fn without_leap_seconds(text: &str) -> String {
    with_values(text, |value| {
        let (time, rest) = (value.get(..8)?, value.get(8..)?);
        let (minutes, second) = time.rsplit_once(':')?;
        let is_time = minutes.len() == 5 && minutes.as_bytes()[2] == b':';
        (is_time && second == "60").then(|| format!("{minutes}:59{rest}"))
    })
}

/// CDATA sections of nothing but white space as that white space.
fn without_blank_cdata(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<![CDATA[") {
        let Some((inner, behind)) = after.split_once("]]>") else {
            break;
        };
        kept.push_str(before);
        if inner
            .bytes()
            .all(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
        {
            kept.push_str(inner);
        } else {
            kept.push_str(&rest[before.len()..rest.len() - behind.len()]);
        }
        rest = behind;
    }
    kept.push_str(rest);
    kept
}

/// Characters above U+FFFF, raw and as references, each as one that UTF-16 has in one unit.
fn without_far_characters(text: &str) -> String {
    let raw = |c: char| if u32::from(c) > 0xffff { 'x' } else { c };
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("&#") {
        kept.extend(before.chars().map(raw));
        let reference = after.split_once(';').and_then(|(digits, behind)| {
            let number = match digits.strip_prefix('x') {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => digits.parse().ok()?,
            };
            (number > 0xffff).then_some(behind)
        });
        if let Some(behind) = reference {
            kept.push('x');
            rest = behind;
        } else {
            kept.push_str("&#");
            rest = after;
        }
    }
    kept.extend(rest.chars().map(raw));
    kept
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    exception: Vec<ListedException>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListedException {
    name: String,
    of: Vec<String>,
    only: String,
    construct: String,
    reason: String,
}

/// The list that people read and the constructs that are taken out are one.
pub(crate) fn are_listed() {
    let text = files::text(&files::own("conformance/schema/exceptions.toml"));
    let listed: Listed = toml::from_str(&text).expect("a list");
    let read = |exception: ListedException| {
        assert!(
            !exception.reason.is_empty() && !exception.construct.is_empty(),
            "{}",
            exception.name
        );
        (exception.name, (exception.of, exception.only))
    };
    let listed: BTreeMap<String, (Vec<String>, String)> =
        listed.exception.into_iter().map(read).collect();
    let only = |difference| match difference {
        Difference::OnlyWeAccept => "we accept".to_owned(),
        Difference::OnlyWeRefuse => "we refuse".to_owned(),
    };
    let of = |validators: &[Validator]| -> Vec<String> {
        let names = validators.iter().map(|validator| validator.name());
        names.map(str::to_owned).collect()
    };
    let mut applied: BTreeMap<String, (Vec<String>, String)> = EXCEPTIONS
        .iter()
        .map(|exception| {
            let name = exception.name.to_owned();
            (name, (of(exception.of), only(exception.difference)))
        })
        .collect();
    let encoding = (of(&Validator::ALL), only(Difference::OnlyWeRefuse));
    applied.insert(ENCODING.to_owned(), encoding);
    assert_eq!(listed, applied);
}

/// Each construct is taken out, and only it.
pub(crate) fn take_out_one_construct() {
    let taken = |difference, text: &str| {
        without(Validator::Libxml2, difference, text.as_bytes())
            .map(|(bytes, names)| (String::from_utf8(bytes).expect("UTF-8"), names))
    };
    let refuse = |text: &str| taken(Difference::OnlyWeRefuse, text);
    assert_eq!(refuse("<a><b>2026-01-01</b></a>"), None);
    assert_eq!(
        refuse("<a><b>&#x31;0026-02-29</b></a>"),
        Some(("<a><b>2028-02-29</b></a>".into(), vec!["year"]))
    );
    assert_eq!(
        refuse("<a><b>1899-12-31</b><b>12:00:00-05:00</b></a>")
            .expect("two")
            .1,
        ["year", "time-zone"]
    );
    assert_eq!(
        refuse("<a><b>12:00:00-05:00</b></a>").expect("one").0,
        "<a><b>12:00:00</b></a>"
    );
    assert_eq!(
        refuse("<!DOCTYPE a [<!ENTITY e \"1\">]><a/>"),
        Some(("<a/>".into(), vec!["doctype"]))
    );
    assert_eq!(
        refuse("<a><?b:c d?><?e f?></a>"),
        Some(("<a><?e f?></a>".into(), vec!["instruction-name"]))
    );
    assert_eq!(
        refuse("<a xmlns:q=\"\" b=\"\"/>"),
        Some(("<a b=\"\"/>".into(), vec!["namespace-rules"]))
    );
    assert_eq!(
        refuse("<a xsi:nil=\"true\" c=\"1\"/>"),
        Some(("<a c=\"1\"/>".into(), vec!["xsi"]))
    );
    assert_eq!(
        taken(
            Difference::OnlyWeAccept,
            "<a><![CDATA[ ]]><![CDATA[x]]></a>"
        ),
        Some(("<a> <![CDATA[x]]></a>".into(), vec!["blank-cdata"]))
    );
    let leap = without(
        Validator::XercesC,
        Difference::OnlyWeRefuse,
        b"<a><b>23:59:60</b></a>",
    );
    let plain = b"<a><b>23:59:59</b></a>".to_vec();
    assert_eq!(leap, Some((plain, vec!["leap-second"])));
    let far = without(
        Validator::XercesJ,
        Difference::OnlyWeAccept,
        "<a>\u{1f600}b&#x1f600;&#65;</a>".as_bytes(),
    );
    assert_eq!(far, Some((b"<a>xbx&#65;</a>".to_vec(), vec!["surrogates"])));
    let latin = without(
        Validator::Libxml2,
        Difference::OnlyWeRefuse,
        b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>\xe9</a>",
    );
    assert_eq!(
        latin,
        Some(("<?xml version=\"1.0\"?><a>é</a>".into(), vec!["encoding"]))
    );
}
