//! Findings: what is wrong with a message, where, and what was expected.
//! Holds no value from a message; the Dutch texts are made in `explain`.

use std::borrow::Cow;
use std::fmt;

use crate::rules::{Rule, Weight};

/// What a finding is about: a stable word that clients may rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Code {
    /// The body has no bytes, or nothing but white space.
    XmlEmpty,
    /// The body is longer than `Limits::body_bytes`.
    LimitBody,
    /// UTF-16 or UTF-32 instead of UTF-8.
    XmlUtf16,
    /// The XML declaration names another encoding than UTF-8.
    XmlEncoding,
    /// Bytes that are not UTF-8.
    XmlNotUtf8,
    /// A character that XML does not allow, raw.
    XmlCharacter,
    /// A document type declaration.
    XmlDoctype,
    /// An XML declaration that is not as XML 1.0 says.
    XmlDeclaration,
    /// An XML declaration that is not at the very start.
    XmlDeclarationLate,
    /// An entity other than the five of XML.
    XmlEntity,
    /// A character reference to a character that XML does not allow.
    XmlCharacterReference,
    /// `&` that begins no reference.
    XmlAmpersand,
    /// `]]>` in text.
    XmlCdataEnd,
    /// A name that is not a legal XML name.
    XmlName,
    /// Markup that is not a tag, comment, CDATA section or processing instruction.
    XmlMarkup,
    /// An attribute that is not written as `name="value"`.
    XmlAttribute,
    /// The same attribute twice in one element.
    XmlAttributeTwice,
    /// A comment with `--` in it.
    XmlComment,
    /// A processing instruction without legal target.
    XmlInstruction,
    /// An end tag that does not close the element that is open.
    XmlEndTag,
    /// The body ends inside an element or markup.
    XmlUnclosed,
    /// No root element.
    XmlNoRoot,
    /// A second root element.
    XmlSecondRoot,
    /// Text before or after the root element.
    XmlTextOutsideRoot,
    /// A prefix that is not declared.
    NamespacePrefix,
    /// A namespace declaration that the rules for `xml`, `xmlns` or empty names forbid.
    NamespaceDeclaration,
    /// Elements nested deeper than `Limits::depth`.
    LimitDepth,
    /// More attributes in an element than `Limits::attributes`.
    LimitAttributes,
    /// More namespace declarations in force than `Limits::namespaces`.
    LimitNamespaces,
    /// A name longer than `Limits::name_bytes`.
    LimitName,
    /// A text longer than `Limits::text_bytes`.
    LimitText,
    /// An attribute value longer than `Limits::attribute_bytes`.
    LimitAttribute,
    /// The root is of no standard, release or kind that is known.
    UnknownKind,
    /// The root is not the element that a message begins with.
    Root,
    /// An element that is not known in this place.
    ElementUnexpected,
    /// An obligatory element is absent.
    ElementMissing,
    /// An unknown element stands where an obligatory one should.
    ElementInstead,
    /// An element stands in the wrong order.
    ElementOrder,
    /// An element more often than is allowed.
    ElementRepeated,
    /// The right element name in the wrong namespace.
    ElementNamespace,
    /// Text between elements.
    TextUnexpected,
    /// An element inside an element that holds a value.
    ElementInValue,
    /// `xsi:type`.
    XsiType,
    /// `xsi:nil`.
    XsiNil,
    /// Any other attribute.
    Attribute,
    /// Not a whole number.
    ValueInteger,
    /// Not a date of the calendar.
    ValueDate,
    /// Not a time of the day.
    ValueTime,
    /// A number below the minimum.
    ValueMin,
    /// A number above the maximum.
    ValueMax,
    /// Too few characters.
    ValueShort,
    /// Too many characters.
    ValueLong,
    /// Not in the form that the type asks for.
    ValuePattern,
    /// Not one of the codes that the type lists.
    ValueCode,
    /// BerichtCode is not that of the message's namespace.
    BerichtCode,
    /// A date outside the years 1900 to 2199.
    DateRange,
}

/// Whose rule a finding is about.
const XML: &str = "XML";
const NAMESPACES: &str = "XMLNS";
const SCHEMA: &str = "XSD";
const GATEWAY: &str = "KNOOPPUNT";

impl Code {
    /// The word itself, as in answers: `element-missing`.
    pub const fn as_str(self) -> &'static str {
        self.row().0
    }

    /// Whose rule is broken: `XML` (XML 1.0), `XMLNS` (Namespaces in XML 1.0), `XSD` (the schema of
    /// the message) or `KNOOPPUNT` (a limit or rule of this program).
    pub const fn rule(self) -> &'static str {
        self.row().1
    }

    const fn row(self) -> (&'static str, &'static str) {
        match self {
            Self::XmlEmpty => ("xml-empty", XML),
            Self::LimitBody => ("limit-body", GATEWAY),
            Self::XmlUtf16 => ("xml-utf16", GATEWAY),
            Self::XmlEncoding => ("xml-encoding", GATEWAY),
            Self::XmlNotUtf8 => ("xml-not-utf8", XML),
            Self::XmlCharacter => ("xml-character", XML),
            Self::XmlDoctype => ("xml-doctype", GATEWAY),
            Self::XmlDeclaration => ("xml-declaration", XML),
            Self::XmlDeclarationLate => ("xml-declaration-late", XML),
            Self::XmlEntity => ("xml-entity", XML),
            Self::XmlCharacterReference => ("xml-character-reference", XML),
            Self::XmlAmpersand => ("xml-ampersand", XML),
            Self::XmlCdataEnd => ("xml-cdata-end", XML),
            Self::XmlName => ("xml-name", XML),
            Self::XmlMarkup => ("xml-markup", XML),
            Self::XmlAttribute => ("xml-attribute", XML),
            Self::XmlAttributeTwice => ("xml-attribute-twice", XML),
            Self::XmlComment => ("xml-comment", XML),
            Self::XmlInstruction => ("xml-instruction", XML),
            Self::XmlEndTag => ("xml-end-tag", XML),
            Self::XmlUnclosed => ("xml-unclosed", XML),
            Self::XmlNoRoot => ("xml-no-root", XML),
            Self::XmlSecondRoot => ("xml-second-root", XML),
            Self::XmlTextOutsideRoot => ("xml-text-outside-root", XML),
            Self::NamespacePrefix => ("namespace-prefix", NAMESPACES),
            Self::NamespaceDeclaration => ("namespace-declaration", NAMESPACES),
            Self::LimitDepth => ("limit-depth", GATEWAY),
            Self::LimitAttributes => ("limit-attributes", GATEWAY),
            Self::LimitNamespaces => ("limit-namespaces", GATEWAY),
            Self::LimitName => ("limit-name", GATEWAY),
            Self::LimitText => ("limit-text", GATEWAY),
            Self::LimitAttribute => ("limit-attribute", GATEWAY),
            Self::UnknownKind => ("unknown-kind", GATEWAY),
            Self::Root => ("root", SCHEMA),
            Self::ElementUnexpected => ("element-unexpected", SCHEMA),
            Self::ElementMissing => ("element-missing", SCHEMA),
            Self::ElementInstead => ("element-instead", SCHEMA),
            Self::ElementOrder => ("element-order", SCHEMA),
            Self::ElementRepeated => ("element-repeated", SCHEMA),
            Self::ElementNamespace => ("element-namespace", SCHEMA),
            Self::TextUnexpected => ("text-unexpected", SCHEMA),
            Self::ElementInValue => ("element-in-value", SCHEMA),
            Self::XsiType => ("xsi-type", GATEWAY),
            Self::XsiNil => ("xsi-nil", GATEWAY),
            Self::Attribute => ("attribute", SCHEMA),
            Self::ValueInteger => ("value-integer", SCHEMA),
            Self::ValueDate => ("value-date", SCHEMA),
            Self::ValueTime => ("value-time", SCHEMA),
            Self::ValueMin => ("value-min", SCHEMA),
            Self::ValueMax => ("value-max", SCHEMA),
            Self::ValueShort => ("value-short", SCHEMA),
            Self::ValueLong => ("value-long", SCHEMA),
            Self::ValuePattern => ("value-pattern", SCHEMA),
            Self::ValueCode => ("value-code", SCHEMA),
            Self::BerichtCode => ("bericht-code", SCHEMA),
            Self::DateRange => ("date-range", GATEWAY),
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One thing that is wrong with a message. Holds no value from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Checking level of the standard: 1 (form) to 4.
    pub level: u8,
    /// Level 1: whose rule is broken, see [`Code::rule`]. Above: the published id of the rule, `TR074`.
    pub rule: &'static str,
    /// Level 1: a stable word for what is wrong, see [`Code`]. Above: the return code of the rule,
    /// `9074`; empty where it has none.
    pub code: &'static str,
    /// Element it is about: `/Bericht/Client/StartProducten/StartProduct[2]/Begindatum`. An element
    /// that may be repeated has its number, from 1. Empty where no element was begun.
    pub path: String,
    /// Line in the body, from 1.
    pub line: u32,
    /// Column in the line, in characters, from 1. Above level 1: where the value begins, or the start
    /// tag of an element that holds others.
    pub column: u32,
    /// What follows from it. At level 1 it always refuses.
    pub weight: Weight,
    pub(crate) text: Cow<'static, str>,
    pub(crate) remedy: Option<&'static str>,
}

impl Finding {
    /// What is wrong and what is expected, one Dutch sentence or two.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What to do about it, one Dutch sentence or two. `None` at level 1, where the text says what is
    /// expected.
    pub fn remedy(&self) -> Option<&'static str> {
        self.remedy
    }

    /// The finding that a rule is broken at a place.
    pub fn of_rule(
        rule: &'static Rule,
        weight: Weight,
        path: String,
        (line, column): (u32, u32),
    ) -> Self {
        Self {
            level: rule.level.number(),
            rule: rule.id,
            code: rule.code,
            path,
            line,
            column,
            weight,
            text: Cow::Borrowed(rule.text()),
            remedy: Some(rule.remedy()),
        }
    }
}

/// All findings of one message, in document order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Level 1: the first of them, at most `Limits::findings`. Above: all.
    pub list: Vec<Finding>,
    /// How many more there are.
    pub more: u64,
}

impl Findings {
    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty() && self.more == 0
    }

    /// How many there are, kept or not.
    pub fn count(&self) -> u64 {
        self.more + self.list.len() as u64
    }
}
