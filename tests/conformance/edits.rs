//! The edits that make a mutant out of a message, each under one category.
//! An edit gives `None` where the text has no place for it; whether the result is valid it does not know.

use knooppunt_standard::{ContentDescription, ElementDescription};

use crate::random::Random;
use crate::scan::{Element, scan};
use crate::values;

/// What a mutant is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Category {
    LeafDropped,
    LeafDoubled,
    ClassDropped,
    ClassDoubled,
    Reordered,
    Moved,
    Renamed,
    Value,
    Text,
    Namespace,
    Prefix,
    Attribute,
    Whitespace,
    Encoding,
    Comment,
    Cdata,
    Entity,
    CharacterReference,
    Instruction,
    Truncated,
}

/// All of them, with how often each is drawn.
pub(crate) const CATEGORIES: [(Category, usize); 20] = [
    (Category::LeafDropped, 7),
    (Category::LeafDoubled, 5),
    (Category::ClassDropped, 4),
    (Category::ClassDoubled, 4),
    (Category::Reordered, 5),
    (Category::Moved, 4),
    (Category::Renamed, 2),
    (Category::Value, 26),
    (Category::Text, 2),
    (Category::Namespace, 5),
    (Category::Prefix, 5),
    (Category::Attribute, 4),
    (Category::Whitespace, 6),
    (Category::Encoding, 4),
    (Category::Comment, 4),
    (Category::Cdata, 4),
    (Category::Entity, 3),
    (Category::CharacterReference, 4),
    (Category::Instruction, 3),
    (Category::Truncated, 1),
];

/// Those that mostly leave the message as valid as it was.
pub(crate) const HARMLESS: [(Category, usize); 9] = [
    (Category::Value, 20),
    (Category::Prefix, 3),
    (Category::Whitespace, 6),
    (Category::Comment, 5),
    (Category::Cdata, 3),
    (Category::CharacterReference, 5),
    (Category::Instruction, 4),
    (Category::ClassDoubled, 3),
    (Category::LeafDropped, 4),
];

/// The bytes of a mutant after one more edit of this category.
pub(crate) fn apply(
    category: Category,
    random: &mut Random,
    text: &str,
    shape: &ElementDescription,
) -> Option<Vec<u8>> {
    let elements = scan(text)?;
    let edit = Edit {
        text,
        elements: &elements,
        shape,
    };
    if category == Category::Encoding {
        return edit.encoding(random);
    }
    let edited = match category {
        Category::LeafDropped => edit.drop(random, true),
        Category::LeafDoubled => edit.double(random, true),
        Category::ClassDropped => edit.drop(random, false),
        Category::ClassDoubled => edit.double(random, false),
        Category::Reordered => edit.reorder(random),
        Category::Moved => edit.shift(random),
        Category::Renamed => Some(edit.rename(random)),
        Category::Value => edit.value(random),
        Category::Text => edit.stray_text(random),
        Category::Namespace => edit.namespace(random),
        Category::Prefix => edit.prefix(random),
        Category::Attribute => Some(edit.attribute(random)),
        Category::Whitespace => edit.whitespace(random),
        Category::Encoding => None,
        Category::Comment => edit.between_or_inside(random, COMMENTS, 70),
        Category::Cdata => edit.cdata(random),
        Category::Entity => edit.entity(random),
        Category::CharacterReference => edit.character_reference(random),
        Category::Instruction => edit.between_or_inside(random, INSTRUCTIONS, 70),
        Category::Truncated => edit.truncate(random),
    };
    edited.map(String::into_bytes)
}

/// First the good ones, then those that XML refuses.
const COMMENTS: (&[&str], &[&str]) = (
    &["<!-- x -->", "<!---->", "<!-- <a> & é -->", "<!--\n-->"],
    &[
        "<!-- a -- b -->",
        "<!-- a --->",
        "<!--->",
        "<!-- \u{1} -->",
        "<! -- x -->",
        "<!-- open",
    ],
);
const INSTRUCTIONS: (&[&str], &[&str]) = (
    &[
        "<?x?>",
        "<?x y?>",
        "<?xml-stylesheet href=\"a.xsl\"?>",
        "<?x <a> & ?>",
    ],
    &[
        "<?xml version=\"1.0\"?>",
        "<? x?>",
        "<??>",
        "<?1?>",
        "<?XML x?>",
        "<?x",
        "<?a:b c?>",
    ],
);

struct Edit<'a> {
    text: &'a str,
    elements: &'a [Element],
    shape: &'a ElementDescription,
}

impl Edit<'_> {
    fn replaced(&self, range: std::ops::Range<usize>, with: &str) -> String {
        let mut text = String::with_capacity(self.text.len() + with.len());
        text.push_str(&self.text[..range.start]);
        text.push_str(with);
        text.push_str(&self.text[range.end..]);
        text
    }

    fn inserted(&self, at: usize, what: &str) -> String {
        self.replaced(at..at, what)
    }

    fn some(&self, random: &mut Random, keep: impl Fn(&Element) -> bool) -> Option<usize> {
        let all: Vec<usize> = (0..self.elements.len())
            .filter(|index| keep(&self.elements[*index]))
            .collect();
        random.pick(&all).copied()
    }

    /// Not in the header, once in a while anywhere.
    fn leaf(&self, random: &mut Random) -> Option<usize> {
        self.some(random, Element::is_leaf)
    }

    /// What the schema says of an element, found by the local names above it.
    fn shape_of(&self, index: usize) -> Option<&ElementDescription> {
        let element = &self.elements[index];
        let Some(parent) = element.parent else {
            return Some(self.shape);
        };
        match &self.shape_of(parent)?.content {
            ContentDescription::Elements(children) => children
                .iter()
                .find(|child| child.name == element.local(self.text)),
            ContentDescription::Value(_) => None,
        }
    }

    fn drop(&self, random: &mut Random, leaf: bool) -> Option<String> {
        let optional = random.chance(50);
        let fits = |index: &usize| {
            let element = &self.elements[*index];
            element.is_leaf() == leaf
                && element.parent.is_some()
                && (!optional || self.shape_of(*index).is_some_and(|shape| shape.min == 0))
        };
        let all: Vec<usize> = (0..self.elements.len()).filter(fits).collect();
        let index = random.pick(&all)?;
        Some(self.replaced(self.elements[*index].span(), ""))
    }

    fn double(&self, random: &mut Random, leaf: bool) -> Option<String> {
        let repeatable = random.chance(60);
        let fits = |index: &usize| {
            let element = &self.elements[*index];
            element.is_leaf() == leaf
                && (!repeatable
                    || self
                        .shape_of(*index)
                        .is_some_and(|shape| shape.max.is_none()))
        };
        let all: Vec<usize> = (0..self.elements.len()).filter(fits).collect();
        let element = &self.elements[*random.pick(&all)?];
        Some(self.inserted(element.end, &self.text[element.span()]))
    }

    fn reorder(&self, random: &mut Random) -> Option<String> {
        let parent = &self.elements[self.some(random, |element| element.children.len() > 1)?];
        let at = random.below(parent.children.len() - 1);
        let other = if random.chance(70) {
            at + 1
        } else {
            at + 1 + random.below(parent.children.len() - at - 1)
        };
        let (first, second) = (
            &self.elements[parent.children[at]],
            &self.elements[parent.children[other]],
        );
        let mut text = self.text[..first.start].to_owned();
        text.push_str(&self.text[second.span()]);
        text.push_str(&self.text[first.end..second.start]);
        text.push_str(&self.text[first.span()]);
        text.push_str(&self.text[second.end..]);
        Some(text)
    }

    fn shift(&self, random: &mut Random) -> Option<String> {
        let moved = &self.elements[self.some(random, |element| element.parent.is_some())?];
        let target = &self.elements[self.some(random, |element| {
            !element.is_empty_tag && !(moved.span().contains(&element.start))
        })?];
        let at = match random.pick(&target.children) {
            Some(child) => {
                let child = &self.elements[*child];
                if random.chance(50) {
                    child.start
                } else {
                    child.end
                }
            }
            None => target.content.start,
        };
        if moved.span().contains(&at) {
            return None;
        }
        let cut = self.text[moved.span()].to_owned();
        let (mut text, at) = if at <= moved.start {
            (self.replaced(moved.span(), ""), at)
        } else {
            (self.replaced(moved.span(), ""), at - cut.len())
        };
        text.insert_str(at, &cut);
        Some(text)
    }

    /// The same element with other names in its tags.
    fn with_name(&self, element: &Element, name: &str, attributes: &str) -> String {
        let rest = &self.text[element.name.end..element.content.start];
        let mut text = self.text[..element.name.start].to_owned();
        text.push_str(name);
        text.push_str(attributes);
        if element.is_empty_tag {
            text.push_str(&self.text[element.name.end..]);
            return text;
        }
        text.push_str(rest);
        text.push_str(&self.text[element.content.clone()]);
        text.push_str("</");
        text.push_str(name);
        text.push('>');
        text.push_str(&self.text[element.end..]);
        text
    }

    fn rename(&self, random: &mut Random) -> String {
        let element = &self.elements[random.below(self.elements.len())];
        let other = &self.elements[random.below(self.elements.len())];
        let local = element.local(self.text);
        let name = match random.below(6) {
            0 => local.to_lowercase(),
            1 => format!("{local}x"),
            2 => "Onbekend".to_owned(),
            3 => format!("1{local}"),
            4 => format!("{local}é"),
            _ => other.local(self.text).to_owned(),
        };
        let prefix = element.prefix(self.text);
        self.with_name(element, &format!("{prefix}:{name}"), "")
    }

    fn value(&self, random: &mut Random) -> Option<String> {
        let index = self.leaf(random)?;
        let element = &self.elements[index];
        if element.is_empty_tag {
            return None;
        }
        let value = match self.shape_of(index).map(|shape| &shape.content) {
            Some(ContentDescription::Value(value)) => values::edge(random, value),
            _ => values::anything(random),
        };
        if value.is_empty() && random.chance(50) && element.start + 1 == element.name.start {
            let tag = format!("<{}/>", &self.text[element.name.clone()]);
            return Some(self.replaced(element.span(), &tag));
        }
        Some(self.replaced(element.content.clone(), &escape(random, &value)))
    }

    fn stray_text(&self, random: &mut Random) -> Option<String> {
        let what = ["x", "0", "&amp;", "\u{a0}", "é", "]]>", ">"][random.below(7)];
        if random.chance(15) {
            let root = self.elements.first()?;
            return Some(self.inserted(
                if random.chance(50) {
                    root.start
                } else {
                    root.end
                },
                what,
            ));
        }
        let at = self.gap(random)?;
        Some(self.inserted(at, what))
    }

    /// A place between elements, inside the root.
    fn gap(&self, random: &mut Random) -> Option<usize> {
        let parent = &self.elements[self.some(random, |element| !element.is_leaf())?];
        let child = &self.elements[*random.pick(&parent.children)?];
        Some(if random.chance(50) {
            child.start
        } else {
            child.end
        })
    }

    /// A place outside the root.
    fn outside(&self, random: &mut Random) -> Option<usize> {
        let root = self.elements.first()?;
        Some(match random.below(4) {
            0 => 0,
            1 => root.start,
            2 => root.end,
            _ => self.text.len(),
        })
    }

    /// A place inside a value, not inside a reference or section.
    fn inside(&self, random: &mut Random) -> Option<usize> {
        let element = &self.elements[self.leaf(random)?];
        let content = &self.text[element.content.clone()];
        if element.is_empty_tag || content.contains(['&', '<']) {
            return None;
        }
        let places: Vec<usize> = content
            .char_indices()
            .map(|(at, _)| at)
            .chain([content.len()])
            .collect();
        Some(element.content.start + *random.pick(&places)?)
    }

    fn between_or_inside(
        &self,
        random: &mut Random,
        what: (&[&str], &[&str]),
        good_percent: usize,
    ) -> Option<String> {
        let from = if random.chance(good_percent) {
            what.0
        } else {
            what.1
        };
        let what = random.pick(from)?;
        let at = match random.below(10) {
            0..4 => self.gap(random)?,
            4..8 => self.inside(random)?,
            _ => self.outside(random)?,
        };
        Some(self.inserted(at, what))
    }

    fn namespace(&self, random: &mut Random) -> Option<String> {
        let root = self.elements.first()?;
        let tag_end = root.content.start;
        let tag = &self.text[root.start..tag_end];
        let urls: Vec<&str> = tag
            .split('"')
            .filter(|part| part.starts_with("http://www.istandaarden.nl/"))
            .collect();
        let url = *random.pick(&urls)?;
        let changed = match random.below(12) {
            0 => tag.replacen(url, &url.replace("3_2", "3_1"), 1),
            1 => tag.replacen(url, &format!("{url}/"), 1),
            2 => tag.replacen(url, &url.to_uppercase(), 1),
            3 => tag.replacen(url, &format!(" {url}"), 1),
            4 => tag.replacen(url, &url.replace("ijw", "iwmo"), 1),
            5 => tag.replacen(url, "", 1),
            6 => tag.replacen(
                url,
                &url.replace("https", "http")
                    .replace("/schema", "/schema&#47;"),
                1,
            ),
            7 => tag.replacen(url, &url.replacen("www", "&#119;ww", 1), 1),
            8 => swap_urls(tag, &urls),
            9 => tag.replacen(" xmlns:", " xmlns:los=\"urn:los\" xmlns:", 1),
            10 => tag.replacen(" xmlns:", " xmlns=\"urn:los\" xmlns:", 1),
            _ => return Some(self.local_declaration(random)),
        };
        (changed != tag).then(|| self.replaced(root.start..tag_end, &changed))
    }

    /// A declaration on an element below the root.
    fn local_declaration(&self, random: &mut Random) -> String {
        let element = &self.elements[random.below(self.elements.len())];
        let prefix = element.prefix(self.text);
        let what = match random.below(7) {
            0 => format!(" xmlns:{prefix}=\"urn:anders\""),
            1 => " xmlns=\"urn:anders\"".to_owned(),
            2 => " xmlns=\"\"".to_owned(),
            3 => " xmlns:leeg=\"\"".to_owned(),
            4 => " xmlns:xml=\"http://www.w3.org/XML/1998/namespace\"".to_owned(),
            5 => " xmlns:xml=\"urn:anders\"".to_owned(),
            _ => " xmlns:xmlns=\"urn:anders\"".to_owned(),
        };
        self.inserted(element.name.end, &what)
    }

    /// The URI that a prefix has at the root.
    fn url_of(&self, prefix: &str) -> Option<&str> {
        let root = self.elements.first()?;
        let tag = &self.text[root.start..root.content.start];
        let name = format!("xmlns:{prefix}=\"");
        let start = tag.find(&name)? + name.len();
        let length = tag[start..].find('"')?;
        Some(&tag[start..start + length])
    }

    fn prefix(&self, random: &mut Random) -> Option<String> {
        let element = &self.elements[random.below(self.elements.len())];
        let prefix = element.prefix(self.text);
        let local = element.local(self.text);
        if prefix.is_empty() {
            return None;
        }
        match random.below(8) {
            // the same names under another prefix, everywhere
            0 | 1 => {
                let other = ["q", "_", "ns0", "é", "Xml2"][random.below(5)];
                let text = self
                    .text
                    .replace(&format!("<{prefix}:"), &format!("<{other}:"));
                let text = text.replace(&format!("</{prefix}:"), &format!("</{other}:"));
                Some(text.replacen(&format!("xmlns:{prefix}="), &format!("xmlns:{other}="), 1))
            }
            // the default namespace instead of the prefix, everywhere
            2 | 3 => {
                let text = self
                    .text
                    .replace(&format!("<{prefix}:"), "<")
                    .replace(&format!("</{prefix}:"), "</");
                Some(text.replacen(&format!("xmlns:{prefix}="), "xmlns=", 1))
            }
            // another prefix for the same URI, on one element
            4 => {
                let url = self.url_of(prefix)?;
                Some(self.with_name(
                    element,
                    &format!("q:{local}"),
                    &format!(" xmlns:q=\"{url}\""),
                ))
            }
            5 => {
                let url = self.url_of(prefix)?;
                element
                    .is_leaf()
                    .then(|| self.with_name(element, local, &format!(" xmlns=\"{url}\"")))
            }
            // a prefix that is not declared, or none, or the other one
            6 => Some(self.with_name(element, &format!("weg:{local}"), "")),
            _ => {
                let other = &self.elements[random.below(self.elements.len())];
                let name = [
                    format!("{}:{local}", other.prefix(self.text)),
                    local.to_owned(),
                    format!("{prefix}:{prefix}:{local}"),
                    format!(":{local}"),
                ];
                Some(self.with_name(element, random.pick(&name)?, ""))
            }
        }
    }

    fn attribute(&self, random: &mut Random) -> String {
        const XSI: &str = " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
        let index = if random.chance(40) {
            0
        } else {
            random.below(self.elements.len())
        };
        let element = &self.elements[index];
        let prefix = element.prefix(self.text);
        let what = match random.below(16) {
            0 | 1 => format!("{XSI} xsi:schemaLocation=\"urn:elders elders.xsd\""),
            2 => format!("{XSI} xsi:noNamespaceSchemaLocation=\"elders.xsd\""),
            3 => format!("{XSI} xsi:type=\"{prefix}:Root\""),
            4 => format!("{XSI} xsi:nil=\"true\""),
            5 => format!("{XSI} xsi:nil=\"false\""),
            6 => format!("{XSI} xsi:onbekend=\"x\""),
            7 => XSI.to_owned(),
            8 => " xml:lang=\"nl\"".to_owned(),
            9 => " xml:space=\"preserve\"".to_owned(),
            10 => " a=\"1\"".to_owned(),
            11 => " a=\"1\" a=\"2\"".to_owned(),
            12 => " a=1".to_owned(),
            13 => " a=\"<\"".to_owned(),
            14 => " weg:a=\"1\"".to_owned(),
            _ => " a='1'b='2'".to_owned(),
        };
        self.inserted(element.name.end, &what)
    }

    fn whitespace(&self, random: &mut Random) -> Option<String> {
        let space = [" ", "\n", "\t", "\r\n", "\r", "  \n "][random.below(6)];
        let element = &self.elements[random.below(self.elements.len())];
        match random.below(9) {
            0..3 => {
                let at = self.gap(random)?;
                Some(self.inserted(at, space))
            }
            3 => Some(self.inserted(element.name.end, space)),
            4 => Some(self.inserted(element.end - 1, space)).filter(|_| !element.is_empty_tag),
            5 => {
                let leaf = &self.elements[self.leaf(random)?];
                let at = if random.chance(50) {
                    leaf.content.start
                } else {
                    leaf.content.end
                };
                (!leaf.is_empty_tag).then(|| self.inserted(at, space))
            }
            6 => self.outside(random).map(|at| self.inserted(at, space)),
            7 => Some(self.inserted(element.name.start, space)),
            _ => Some(self.unindented()),
        }
    }

    /// Without any space between tags.
    fn unindented(&self) -> String {
        let mut text = String::with_capacity(self.text.len());
        let mut at = 0;
        for (index, element) in self.elements.iter().enumerate() {
            let before = &self.text[at.min(element.start)..element.start];
            if index > 0 && before.trim().is_empty() {
                text.push_str(before.trim());
            } else {
                text.push_str(before);
            }
            text.push_str(&self.text[element.start.max(at)..element.content.start]);
            at = element.content.start;
        }
        text.push_str(&self.text[at..]);
        text
    }

    fn cdata(&self, random: &mut Random) -> Option<String> {
        if random.chance(25) {
            let what = [
                "<![CDATA[]]>",
                "<![CDATA[ ]]>",
                "<![CDATA[x]]>",
                "<![CDATA[\n]]>",
                "<![cdata[x]]>",
            ][random.below(5)];
            let at = if random.chance(20) {
                self.outside(random)?
            } else {
                self.gap(random)?
            };
            return Some(self.inserted(at, what));
        }
        if random.chance(20) {
            let at = self.inside(random)?;
            return Some(self.inserted(
                at,
                [
                    "<![CDATA[]]>",
                    "<![CDATA[",
                    "<![CDATA[ ]]>",
                    "<![CDATA[&amp;]]>",
                ][random.below(4)],
            ));
        }
        let element = &self.elements[self.leaf(random)?];
        let content = &self.text[element.content.clone()];
        if element.is_empty_tag || content.contains(['&', '<']) {
            return None;
        }
        let places: Vec<usize> = content.char_indices().map(|(at, _)| at).collect();
        let cut = random.pick(&places).copied().unwrap_or_default();
        let (head, tail) = content.split_at(if random.chance(50) { 0 } else { cut });
        Some(self.replaced(
            element.content.clone(),
            &format!("{head}<![CDATA[{tail}]]>"),
        ))
    }

    fn entity(&self, random: &mut Random) -> Option<String> {
        if random.chance(20) {
            let root = self.elements.first()?;
            let name = &self.text[root.name.clone()];
            let kind = [
                format!("<!DOCTYPE {name}>\n"),
                format!("<!DOCTYPE {name} [<!ENTITY e \"1\">]>\n"),
                format!("<!DOCTYPE {name} SYSTEM \"elders.dtd\">\n"),
            ];
            return Some(self.inserted(root.start, random.pick(&kind)?));
        }
        let what = [
            "&amp;", "&lt;", "&gt;", "&quot;", "&apos;", "&eacute;", "&nbsp;", "&amp", "&", "&;",
            "& amp;", "&AMP;",
        ][random.below(12)];
        let at = if random.chance(80) {
            self.inside(random)?
        } else {
            self.gap(random)?
        };
        Some(self.inserted(at, what))
    }

    fn character_reference(&self, random: &mut Random) -> Option<String> {
        if random.chance(30) {
            let what = [
                "&#32;",
                "&#10;",
                "&#13;",
                "&#9;",
                "&#160;",
                "&#0;",
                "&#1;",
                "&#x1F600;",
                "&#xD800;",
                "&#x110000;",
                "&#xFFFE;",
                "&#xfffd;",
                "&#x;",
                "&#;",
                "&#X41;",
                "&#65",
                "&#x4G;",
                "&#00065;",
                "&#99999999999;",
            ];
            let at = if random.chance(75) {
                self.inside(random)?
            } else {
                self.gap(random)?
            };
            return Some(self.inserted(at, random.pick(&what)?));
        }
        let at = self.inside(random)?;
        let c = self.text[at..].chars().next().filter(|c| *c != '<')?;
        let code = u32::from(c);
        let reference = [
            format!("&#{code};"),
            format!("&#x{code:x};"),
            format!("&#x{code:X};"),
            format!("&#0{code};"),
        ];
        Some(self.replaced(at..at + c.len_utf8(), random.pick(&reference)?))
    }

    fn truncate(&self, random: &mut Random) -> Option<String> {
        let root = self.elements.first()?;
        if random.chance(20) {
            return Some(format!("{}{}", self.text, &self.text[root.span()]));
        }
        let mut at = random.below(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        Some(self.text[..at].to_owned())
    }

    fn encoding(&self, random: &mut Random) -> Option<Vec<u8>> {
        let declaration_end = self
            .text
            .find("?>")
            .filter(|_| self.text.starts_with("<?xml"))?
            + 2;
        let body = &self.text[declaration_end..];
        let with = |declaration: &str| Some([declaration.as_bytes(), body.as_bytes()].concat());
        let spoilt = |bytes: &[u8], random: &mut Random| {
            let at = self.inside(random)?;
            Some(
                [
                    &self.text.as_bytes()[..at],
                    bytes,
                    &self.text.as_bytes()[at..],
                ]
                .concat(),
            )
        };
        match random.below(24) {
            0 => with(""),
            1 => with("<?xml version=\"1.0\"?>"),
            2 => with("<?xml version='1.0' encoding='utf-8'?>"),
            3 => with("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>"),
            4 => with("<?xml version=\"1.0\" standalone=\"no\"?>"),
            5 => with("<?xml version=\"1.0\" encoding=\"Utf-8\" ?>"),
            6 => with("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>"),
            7 => with("<?xml version=\"1.0\" encoding=\"US-ASCII\"?>"),
            8 => with("<?xml version=\"1.0\" encoding=\"bestaat-niet\"?>"),
            9 => with("<?xml encoding=\"UTF-8\"?>"),
            10 => with("<?xml version=\"1.0\" encoding=UTF-8?>"),
            11 => with("<?xml version=\"2.0\"?>"),
            12 => with("<?xml version=\"1.1\"?>"),
            13 => with("<?XML version=\"1.0\"?>"),
            14 => with("<?xml version=\"1.0\" standalone=\"misschien\"?>"),
            15 => Some([b"\xef\xbb\xbf", self.text.as_bytes()].concat()),
            16 => Some(
                [
                    &[0xff, 0xfe][..],
                    &self
                        .text
                        .encode_utf16()
                        .flat_map(u16::to_le_bytes)
                        .collect::<Vec<u8>>(),
                ]
                .concat(),
            ),
            17 => Some(
                self.text
                    .encode_utf16()
                    .flat_map(u16::to_be_bytes)
                    .collect(),
            ),
            18 => spoilt(b"\xff", random),
            19 => spoilt(b"\xc0\x80", random),
            20 => spoilt(b"\xed\xa0\x80", random),
            21 => spoilt(
                [&b"\0"[..], b"\x0b", b"\x1f", b"\xe9", b"\x7f"][random.below(5)],
                random,
            ),
            22 => spoilt(
                [
                    "\u{fffe}", "\u{ffff}", "\u{85}", "\u{2028}", "\u{feff}", "\u{e000}",
                ][random.below(6)]
                .as_bytes(),
                random,
            ),
            _ => spoilt(b"\xf4\x90\x80\x80", random),
        }
    }
}

/// The start tag with its two namespaces exchanged.
fn swap_urls(tag: &str, urls: &[&str]) -> String {
    match urls {
        [first, second, ..] => tag
            .replacen(first, "\u{1}", 1)
            .replacen(second, first, 1)
            .replacen('\u{1}', second, 1),
        _ => tag.to_owned(),
    }
}

/// The value as it may stand between tags; now and then with references that were not needed.
fn escape(random: &mut Random, value: &str) -> String {
    let needless = random.chance(10);
    value
        .chars()
        .map(|c| match c {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '\r' => "&#13;".to_owned(),
            c if needless => format!("&#x{:x};", u32::from(c)),
            c => c.to_string(),
        })
        .collect()
}
