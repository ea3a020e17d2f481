//! XML that is no message of the standards, such as an envelope around one: read by the same strict layer and within the same limits, without a schema.
//! Keeps elements with their namespace, attributes and place; says nothing about what they mean.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use crate::limits::Limits;
use crate::xml::Malformed;
use crate::xml::lines::Lines;
use crate::xml::name::Vocabulary;
use crate::xml::prolog::decode;
use crate::xml::reader::{Event, Reader, is_blank_event};
use crate::xml::text;

/// Why a body is not taken as XML.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code} at line {line}, column {column}")]
pub struct Broken {
    /// A stable word: a [`Code`](crate::Code), or `limit-elements` for more elements than are kept.
    pub code: &'static str,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

struct Kept<'b> {
    namespace: String,
    name: &'b str,
    /// After its last descendant.
    next: usize,
    content: Range<usize>,
    attributes: Vec<(String, &'b str, String)>,
    has_text: bool,
}

/// The elements of a body, in document order.
pub struct Markup<'b> {
    body: &'b str,
    elements: Vec<Kept<'b>>,
}

impl fmt::Debug for Markup<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Markup({} elements)", self.elements.len())
    }
}

impl<'b> Markup<'b> {
    /// Reads a body. What stands inside an element whose local name is one of `closed` is checked and not kept.
    /// Err: it is not XML as messages are, goes past a limit, or has more than `elements_max` elements to keep.
    ///
    /// ```
    /// use knooppunt_standard::{Limits, markup::Markup};
    /// let markup = Markup::read(b"<a xmlns='urn:x'><b n='1'>t</b></a>", &Limits::default(), 10, &[])?;
    /// let b = markup.root().and_then(|root| root.child("urn:x", "b")).unwrap();
    /// assert_eq!((b.text().as_ref(), b.attribute("", "n")), ("t", Some("1")));
    /// # Ok::<(), knooppunt_standard::markup::Broken>(())
    /// ```
    pub fn read(
        body: &'b [u8],
        limits: &Limits,
        elements_max: usize,
        closed: &[&str],
    ) -> Result<Self, Broken> {
        let nowhere = |Malformed { code, .. }| Broken {
            code: code.as_str(),
            line: 1,
            column: 1,
        };
        let decoded = decode(body).map_err(nowhere)?;
        let text = decoded.text;
        let broken = |code, at| {
            let (line, column) = Lines::new(text).position(at);
            Broken { code, line, column }
        };
        let words = Vocabulary::default();
        let mut reader = Reader::new(&decoded, &words, limits);
        let mut elements: Vec<Kept<'b>> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        // How many elements are open inside one that is closed.
        let mut hidden = 0_usize;
        loop {
            let event = reader
                .next()
                .map_err(|Malformed { code, at }| broken(code.as_str(), at))?;
            match event {
                Event::Start(start) if hidden > 0 => hidden += usize::from(!start.empty),
                Event::Start(start) => {
                    if elements.len() >= elements_max {
                        return Err(broken("limit-elements", start.at));
                    }
                    let (prefix, name) = start.parts();
                    let scope = reader.scope();
                    let uri = |prefix| scope.uri(prefix).unwrap_or_default().to_owned();
                    let attributes = reader.attributes().iter().map(|attribute| {
                        let namespace = if attribute.prefix.is_empty() {
                            String::new()
                        } else {
                            uri(attribute.prefix)
                        };
                        (namespace, attribute.local, attribute.value().into_owned())
                    });
                    let index = elements.len();
                    elements.push(Kept {
                        namespace: uri(prefix),
                        name,
                        next: index + 1,
                        content: start.end..start.end,
                        attributes: attributes.collect(),
                        has_text: false,
                    });
                    if !start.empty {
                        open.push(index);
                        hidden = usize::from(closed.contains(&name));
                    }
                }
                Event::End { at, .. } => {
                    if hidden > 1 {
                        hidden -= 1;
                        continue;
                    }
                    hidden = 0;
                    let next = elements.len();
                    let ended = open.pop().and_then(|index| elements.get_mut(index));
                    if let Some(element) = ended {
                        element.content.end = at;
                        element.next = next;
                    }
                }
                Event::Text { .. } | Event::CData { .. } | Event::Reference { .. } => {
                    if hidden == 0
                        && !is_blank_event(event)
                        && let Some(element) =
                            open.last().and_then(|index| elements.get_mut(*index))
                    {
                        element.has_text = true;
                    }
                }
                Event::Eof => break,
            }
        }
        Ok(Self {
            body: text,
            elements,
        })
    }

    /// The root.
    pub fn root(&self) -> Option<Element<'_>> {
        self.element(0)
    }

    fn element(&self, index: usize) -> Option<Element<'_>> {
        let kept = self.elements.get(index)?;
        Some(Element {
            markup: self,
            index,
            kept,
        })
    }
}

/// One element of a [`Markup`]; small, copied freely.
#[derive(Clone, Copy)]
pub struct Element<'m> {
    markup: &'m Markup<'m>,
    index: usize,
    kept: &'m Kept<'m>,
}

impl fmt::Debug for Element<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Element")
    }
}

impl<'m> Element<'m> {
    /// Local name.
    pub fn name(self) -> &'m str {
        self.kept.name
    }

    /// Namespace URI; empty for none.
    pub fn namespace(self) -> &'m str {
        &self.kept.namespace
    }

    /// Whether it has this name in this namespace.
    pub fn is(self, namespace: &str, name: &str) -> bool {
        self.namespace() == namespace && self.name() == name
    }

    /// Content between the tags, as in the body.
    pub fn raw(self) -> &'m str {
        self.markup.body.get(self.range()).unwrap_or_default()
    }

    /// Value of an element without child elements, references and CDATA resolved.
    pub fn text(self) -> Cow<'m, str> {
        text::value(self.raw())
    }

    /// Byte range of the content in the body, a byte order mark counted.
    pub fn range(self) -> Range<usize> {
        self.kept.content.clone()
    }

    /// Whether something other than white space, elements and comments stands directly in it. Not told of one whose inside is not kept.
    pub fn has_text(self) -> bool {
        self.kept.has_text
    }

    /// Child elements in document order.
    pub fn children(self) -> impl Iterator<Item = Element<'m>> {
        let (markup, end) = (self.markup, self.kept.next);
        let mut next = self.index + 1;
        std::iter::from_fn(move || {
            let child = markup.element(next).filter(|_| next < end)?;
            next = child.kept.next;
            Some(child)
        })
    }

    /// The first child with this name in this namespace.
    pub fn child(self, namespace: &str, name: &str) -> Option<Self> {
        self.children().find(|child| child.is(namespace, name))
    }

    /// Value of an attribute; one without prefix has no namespace.
    pub fn attribute(self, namespace: &str, name: &str) -> Option<&'m str> {
        let attributes = self.kept.attributes.iter();
        let mut named = attributes.filter(|(of, local, _)| of == namespace && *local == name);
        named.next().map(|(_, _, value)| value.as_str())
    }

    /// Names of its attributes with their namespaces.
    pub fn attributes(self) -> impl Iterator<Item = (&'m str, &'m str)> {
        let attributes = self.kept.attributes.iter();
        attributes.map(|(namespace, name, _)| (namespace.as_str(), *name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Markup<'_>, Broken> {
        Markup::read(body.as_bytes(), &Limits::default(), 5, &["opaque"])
    }

    #[test]
    fn elements_have_their_namespace_whatever_prefix_they_are_written_with() {
        let markup = read("<p:a xmlns:p='u'><b xmlns='v'/><p:c>x<!-- y -->&amp;</p:c></p:a>");
        let markup = markup.expect("XML");
        let root = markup.root().expect("a root");
        let names: Vec<_> = root
            .children()
            .map(|child| (child.namespace(), child.name()))
            .collect();
        assert_eq!(names, [("v", "b"), ("u", "c")]);
        let last = root.child("u", "c").expect("it is there");
        assert_eq!(last.text(), "x&");
        assert!(last.has_text() && !root.has_text());
    }

    #[test]
    fn what_is_closed_is_checked_and_not_kept() {
        let inside = "<x><y/><y/><y/><y/><y/><y/></x>";
        let body = format!("<a><opaque>{inside}<z>t</z></opaque><b/></a>");
        let markup = read(&body);
        let markup = markup.expect("XML");
        let root = markup.root().expect("a root");
        let names: Vec<_> = root.children().map(Element::name).collect();
        assert_eq!(names, ["opaque", "b"]);
        let opaque = root.child("", "opaque").expect("it is there");
        assert_eq!((opaque.children().count(), opaque.has_text()), (0, false));
        assert!(opaque.raw().starts_with(inside));
        let broken = read("<a><opaque><x></opaque></a>").expect_err("not XML");
        assert_eq!(
            (broken.code, broken.line, broken.column),
            ("xml-end-tag", 1, 15)
        );
    }

    #[test]
    fn one_element_more_than_is_kept_is_refused_and_so_is_a_dtd() {
        assert!(read("<a><b/><b/><b/><b/></a>").is_ok());
        let broken = read("<a><b/><b/><b/><b/><b/></a>").expect_err("too many");
        assert_eq!(broken.code, "limit-elements");
        let broken = read("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>").expect_err("a DTD");
        assert_eq!(broken.code, "xml-doctype");
    }
}
