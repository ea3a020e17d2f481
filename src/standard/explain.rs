//! The Dutch sentences of findings at level 1: what is wrong and what is expected.
//! Never shows a value from a message; names of elements and codes of the schema it does.

use crate::finding::Code;
use crate::limits::Limits;
use crate::schema::check::HIDDEN;
use crate::schema::pattern::Pattern;
use crate::schema::value::{Base, ValueType, YEARS};

/// Codes are listed in a text when there are at most this many.
const CODES_LISTED: usize = 16;

/// Why a body is not taken as XML.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "codes about elements and values never come here"
)]
pub(crate) fn malformed(code: Code, limits: &Limits) -> String {
    let fixed = match code {
        Code::XmlEmpty => "Het bericht is leeg; verwacht wordt een XML-document.",
        Code::LimitBody => {
            return format!(
                "Het bericht is te groot; ten hoogste {} bytes zijn toegestaan.",
                limits.body_bytes
            );
        }
        Code::XmlUtf16 => "Het bericht is in UTF-16 of UTF-32; alleen UTF-8 wordt aangenomen.",
        Code::XmlEncoding => {
            "De XML-declaratie noemt een andere codering; alleen UTF-8 wordt aangenomen."
        }
        Code::XmlNotUtf8 => "Hier staan bytes die geen UTF-8 zijn; sla het bericht op in UTF-8.",
        Code::XmlCharacter => {
            "Hier staat een teken dat in XML niet mag voorkomen; haal het weg. Stuurtekens zijn er niet, op tab en regeleinde na."
        }
        Code::XmlDoctype => "Een DOCTYPE is niet toegestaan; laat hem weg.",
        Code::XmlDeclaration => {
            "De XML-declaratie is onjuist; verwacht wordt <?xml version=\"1.0\" encoding=\"UTF-8\"?>."
        }
        Code::XmlDeclarationLate => {
            "De XML-declaratie mag alleen helemaal aan het begin staan, zonder iets ervoor; verplaats haar of laat haar weg."
        }
        Code::XmlEntity => {
            "Deze entiteit is onbekend; toegestaan zijn &amp; &lt; &gt; &apos; &quot; en tekenverwijzingen zoals &#233;."
        }
        Code::XmlCharacterReference => {
            "Deze tekenverwijzing noemt een teken dat in XML niet mag voorkomen; verwacht wordt een nummer zoals in &#233; of &#xE9;."
        }
        Code::XmlAmpersand => "Een losse & is niet toegestaan; schrijf &amp;.",
        Code::XmlCdataEnd => "De tekens ]]> mogen niet in tekst staan; schrijf ]]&gt;.",
        Code::XmlName => {
            "Deze naam is in XML niet toegestaan; een naam begint met een letter of _ en heeft ten hoogste één dubbele punt. Schrijf &lt; als hier een < bedoeld is."
        }
        Code::XmlMarkup => {
            "Deze opmaak wordt in XML niet herkend; verwacht wordt een tag, commentaar of CDATA. Schrijf &lt; als hier een < bedoeld is."
        }
        Code::XmlAttribute => {
            "Dit attribuut is onjuist geschreven; verwacht wordt naam=\"waarde\" zonder < erin."
        }
        Code::XmlAttributeTwice => {
            "Dit attribuut staat twee keer in hetzelfde element; laat er één weg."
        }
        Code::XmlComment => {
            "In commentaar mag -- niet voorkomen; schrijf één streepje of sluit af met -->."
        }
        Code::XmlInstruction => {
            "Deze verwerkingsinstructie heeft geen toegestane naam; verwacht wordt <?naam ...?> met een andere naam dan xml en zonder dubbele punt."
        }
        Code::XmlEndTag => {
            "Deze eindtag hoort niet bij het element dat openstaat; sluit eerst dat element, met dezelfde naam en hetzelfde voorvoegsel."
        }
        Code::XmlUnclosed => {
            "Het bericht eindigt voordat alles gesloten is; verwacht wordt de eindtag van elk element. Misschien is het onderweg afgebroken."
        }
        Code::XmlNoRoot => {
            "Het bericht heeft geen element; verwacht wordt één buitenste element, zoals Bericht."
        }
        Code::XmlSecondRoot => {
            "Na het einde van het bericht begint een tweede element; er mag er maar één zijn."
        }
        Code::XmlTextOutsideRoot => {
            "Buiten het buitenste element mag geen tekst staan; haal haar weg."
        }
        Code::NamespacePrefix => {
            "Dit voorvoegsel is nergens aan een naamruimte gebonden; verwacht wordt xmlns:voorvoegsel=\"naamruimte\" op dit element of eromheen."
        }
        Code::NamespaceDeclaration => {
            "Deze binding van een naamruimte is niet toegestaan; verwacht wordt een voorvoegsel dat niet xml of xmlns is, met een naamruimte die niet leeg is."
        }
        Code::LimitDepth => {
            return format!(
                "Elementen staan te diep in elkaar; ten hoogste {} niveaus zijn toegestaan.",
                limits.depth
            );
        }
        Code::LimitAttributes => {
            return format!(
                "Te veel attributen; ten hoogste {} per element zijn toegestaan.",
                limits.attributes
            );
        }
        Code::LimitNamespaces => {
            return format!(
                "Te veel naamruimten; ten hoogste {} voorvoegsels mogen tegelijk gebonden zijn.",
                limits.namespaces
            );
        }
        Code::LimitName => {
            return format!(
                "Deze naam is te lang; ten hoogste {} bytes zijn toegestaan.",
                limits.name_bytes
            );
        }
        Code::LimitText => {
            return format!(
                "Deze tekst is te lang; ten hoogste {} bytes zijn toegestaan.",
                limits.text_bytes
            );
        }
        Code::LimitAttribute => {
            return format!(
                "Deze waarde is te lang; ten hoogste {} bytes zijn toegestaan.",
                limits.attribute_bytes
            );
        }
        _ => "Het bericht is geen welgevormde XML; verwacht wordt een document volgens XML 1.0.",
    };
    fixed.to_owned()
}

/// `taken`: a namespace of each release that is loaded.
pub(crate) fn unknown_kind(taken: &str) -> String {
    let fault =
        "De naamruimte van het buitenste element is die van geen bekend bericht of bekende release";
    if taken.is_empty() {
        format!("{fault}; er is geen release geladen.")
    } else {
        format!("{fault}; verwacht wordt een naamruimte zoals {taken}.")
    }
}

pub(crate) fn root(expected: &str) -> String {
    format!("Het buitenste element is onjuist; verwacht wordt {expected}.")
}

pub(crate) fn unexpected(name: &str, expected: &[&str]) -> String {
    let element = unknown(name);
    match expected {
        [] => format!("{element} hoort hier niet; er wordt geen element meer verwacht."),
        names => format!(
            "{element} hoort hier niet; verwacht wordt {}.",
            alternatives(names)
        ),
    }
}

pub(crate) fn instead(name: &str, expected: &str, content: Option<&ValueType>) -> String {
    format!(
        "{} staat op de plaats van {expected}; {expected} is verplicht{}.",
        unknown(name),
        being(content)
    )
}

/// An element that no schema knows; its name only when it can be shown.
fn unknown(name: &str) -> String {
    if name == HIDDEN {
        "Een element met een onbekende naam".to_owned()
    } else {
        format!("Het element {name}")
    }
}

pub(crate) fn missing(name: &str, content: Option<&ValueType>) -> String {
    format!(
        "Het element {name} ontbreekt; het is verplicht{}.",
        being(content)
    )
}

pub(crate) fn misplaced(name: &str, is_late: bool, beside: &str) -> String {
    let (when, side) = if is_late {
        ("laat", "vóór")
    } else {
        ("vroeg", "na")
    };
    format!("Het element {name} staat te {when}; het hoort {side} {beside} te staan.")
}

/// A class is absent, what belongs in it is not.
pub(crate) fn missing_around_elements(name: &str) -> String {
    format!(
        "Het element {name} ontbreekt; de elementen die erin horen staan er wel. Zet {name} eromheen."
    )
}

/// An element is absent, its value is not.
pub(crate) fn missing_around_value(name: &str, content: &ValueType) -> String {
    format!(
        "Het element {name} ontbreekt; de waarde staat er wel. Zet {name} eromheen; het is {}.",
        describe(content)
    )
}

pub(crate) fn repeated(name: &str, max: u32) -> String {
    match max {
        1 => format!("Het element {name} mag hier maar één keer voorkomen."),
        max => format!("Het element {name} mag hier ten hoogste {max} keer voorkomen."),
    }
}

pub(crate) fn namespace(name: &str, expected: &str) -> String {
    format!("Het element {name} staat in een verkeerde naamruimte; verwacht wordt {expected}.")
}

pub(crate) fn text_between() -> String {
    "Tussen elementen mag geen tekst staan; verwacht worden alleen elementen.".to_owned()
}

pub(crate) fn element_in_value(content: &ValueType) -> String {
    format!(
        "Binnen dit element mogen geen elementen staan; verwacht wordt {}.",
        describe(content)
    )
}

pub(crate) fn xsi_type() -> String {
    "xsi:type wordt niet aangenomen; het type van een element ligt vast.".to_owned()
}

pub(crate) fn xsi_nil() -> String {
    "xsi:nil wordt niet aangenomen; laat een leeg, niet verplicht element weg.".to_owned()
}

pub(crate) fn attribute() -> String {
    "Attributen zijn in dit bericht niet toegestaan, op xsi:schemaLocation na; laat dit attribuut weg. Een waarde hoort tussen de tags.".to_owned()
}

/// What is wrong with a value of this type.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the other codes of values say no more than that"
)]
pub(crate) fn value(code: Code, content: &ValueType) -> String {
    match code {
        Code::DateRange => format!(
            "De datum ligt buiten de jaren {} tot en met {}; verwacht wordt {}.",
            YEARS.start(),
            YEARS.end(),
            describe(content)
        ),
        Code::ValueShort if content.min_length == Some(1) => {
            format!("De waarde is leeg; verwacht wordt {}.", describe(content))
        }
        Code::ValueShort => format!(
            "De waarde is te kort; verwacht wordt {}.",
            describe(content)
        ),
        Code::ValueLong => format!(
            "De waarde is te lang; verwacht wordt {}.",
            describe(content)
        ),
        Code::ValueMin => format!(
            "Het getal is te laag; verwacht wordt {}.",
            describe(content)
        ),
        Code::ValueMax => format!(
            "Het getal is te hoog; verwacht wordt {}.",
            describe(content)
        ),
        Code::ValueCode => format!("De code is onbekend; verwacht wordt {}.", describe(content)),
        Code::BerichtCode => {
            format!(
                "De BerichtCode past niet bij de naamruimte van het bericht; verwacht wordt {}.",
                describe(content)
            )
        }
        _ => format!(
            "De waarde is onjuist; verwacht wordt {}.",
            describe(content)
        ),
    }
}

fn being(content: Option<&ValueType>) -> String {
    content.map_or_else(String::new, |content| {
        format!(" en is {}", describe(content))
    })
}

/// A type in words: "een datum als JJJJ-MM-DD".
fn describe(content: &ValueType) -> String {
    if let Some(text) = content.patterns.iter().find_map(literal) {
        return format!("precies {text}");
    }
    match content.base {
        Base::Date => "een datum als JJJJ-MM-DD, zonder tijdzone".to_owned(),
        Base::Time => "een tijd als UU:MM:SS, zonder tijdzone".to_owned(),
        Base::Integer => match (content.min, content.max) {
            (Some(min), Some(max)) => format!("een geheel getal van {min} tot en met {max}"),
            (Some(min), None) => format!("een geheel getal vanaf {min}"),
            (None, Some(max)) => format!("een geheel getal tot en met {max}"),
            (None, None) => "een geheel getal".to_owned(),
        },
        Base::Text => describe_text(content),
    }
}

fn describe_text(content: &ValueType) -> String {
    if let Some(codes) = &content.codes {
        let codes: Vec<&str> = codes.iter().map(|code| &**code).collect();
        return match codes.as_slice() {
            [code] => format!("de code {code}"),
            codes if codes.len() <= CODES_LISTED => {
                format!("een van de codes {}", alternatives(codes))
            }
            codes => format!("een van de {} codes van {}", codes.len(), content.name),
        };
    }
    let mut parts = Vec::new();
    let mut exact = false;
    for pattern in &content.patterns {
        parts.push(match pattern {
            Pattern::Class { class, min, max } if class.is_digits() && Some(*min) == *max => {
                exact = true;
                return_exact(*min)
            }
            Pattern::Class { class, .. } if class.is_digits() => "alleen cijfers".to_owned(),
            Pattern::Class { class, .. } if class.is_alphanumeric() => {
                "alleen letters zonder accent en cijfers".to_owned()
            }
            Pattern::Class { class, .. } if class.is_letters() => "alleen letters".to_owned(),
            Pattern::SolidLine => "niet alleen spaties, zonder regeleinde".to_owned(),
            Pattern::Solid => "niet alleen spaties".to_owned(),
            Pattern::Regex { source, .. } if is_version(source) => {
                "drie getallen met punten ertussen, zoals 1.0.0".to_owned()
            }
            Pattern::Literal(_)
            | Pattern::Class { .. }
            | Pattern::Regex { .. }
            | Pattern::Any(_) => {
                format!("in de vorm van {}", content.name)
            }
        });
    }
    let length = match (content.min_length, content.max_length) {
        _ if exact => String::new(),
        (Some(min), Some(max)) if min == max => format!("precies {}", characters(max)),
        (Some(min), Some(max)) => format!("{min} tot en met {}", characters(max)),
        (None, Some(max)) => format!("ten hoogste {}", characters(max)),
        (Some(min), None) => format!("ten minste {}", characters(min)),
        (None, None) => String::new(),
    };
    match (length.as_str(), parts.join(", ").as_str()) {
        ("", "") => "tekst".to_owned(),
        (length, "") => length.to_owned(),
        ("", parts) => parts.to_owned(),
        (length, parts) => format!("{length}, {parts}"),
    }
}

fn literal(pattern: &Pattern) -> Option<&str> {
    if let Pattern::Literal(text) = pattern {
        Some(text)
    } else {
        None
    }
}

fn return_exact(digits: usize) -> String {
    format!("precies {digits} cijfers")
}

fn is_version(source: &str) -> bool {
    let number = "(0|[1-9][0-9]*)";
    source == format!(r"{number}\.{number}\.{number}")
}

fn characters(count: usize) -> String {
    if count == 1 {
        "1 teken".to_owned()
    } else {
        format!("{count} tekens")
    }
}

/// "A, B of C".
fn alternatives(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [name] => (*name).to_owned(),
        [names @ .., last] => format!("{} of {last}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_about_xml_say_what_to_write_as_it_is_to_be_written() {
        let limits = Limits::default();
        for (code, text) in [
            (
                Code::XmlEntity,
                "Deze entiteit is onbekend; toegestaan zijn &amp; &lt; &gt; &apos; &quot; en tekenverwijzingen zoals &#233;.",
            ),
            (
                Code::XmlAmpersand,
                "Een losse & is niet toegestaan; schrijf &amp;.",
            ),
            (
                Code::XmlCdataEnd,
                "De tekens ]]> mogen niet in tekst staan; schrijf ]]&gt;.",
            ),
            (
                Code::XmlMarkup,
                "Deze opmaak wordt in XML niet herkend; verwacht wordt een tag, commentaar of CDATA. Schrijf &lt; als hier een < bedoeld is.",
            ),
            (
                Code::LimitNamespaces,
                "Te veel naamruimten; ten hoogste 100 voorvoegsels mogen tegelijk gebonden zijn.",
            ),
            (
                Code::NamespaceDeclaration,
                "Deze binding van een naamruimte is niet toegestaan; verwacht wordt een voorvoegsel dat niet xml of xmlns is, met een naamruimte die niet leeg is.",
            ),
        ] {
            assert_eq!(malformed(code, &limits), text);
        }
        assert_eq!(
            unknown_kind("urn:a (ijw 3.2)"),
            "De naamruimte van het buitenste element is die van geen bekend bericht of bekende release; verwacht wordt een naamruimte zoals urn:a (ijw 3.2)."
        );
        assert_eq!(
            unexpected(HIDDEN, &["Bsn"]),
            "Een element met een onbekende naam hoort hier niet; verwacht wordt Bsn."
        );
    }
}
