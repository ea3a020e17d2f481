//! XML of which there is no schema here: what stands around messages, and what servers answer. Read by the same strict layer as messages (UTF-8, no DTD,
//! within limits), into elements with their namespaces. It says whether it is XML, not whether it is right.

use std::fmt;

use super::Malformed;
use super::name::Vocabulary;
use super::prolog;
use super::reader::{Event, Reader};
use super::text;
use crate::finding::Code;
use crate::limits::Limits;

/// An element with its namespace.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Element {
    /// URI of its namespace; empty for none.
    pub namespace: String,
    /// Local part of its name.
    pub name: String,
    /// Its text, without that of elements below it and without white space at its ends.
    pub text: String,
    /// Elements directly below it, in order.
    pub children: Vec<Element>,
}

/// Why a body was not read. Nothing of it can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlainError {
    /// Not XML as it is taken here, or past a limit; the code of the finding that a message would get.
    #[error("not XML as it is taken here: {}", .0.as_str())]
    Malformed(Code),
    /// More elements than were allowed.
    #[error("more elements than are read")]
    TooMany,
}

impl fmt::Debug for Element {
    /// Its name and how many there are below it: the text may be anything.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Element({}, {} below)", self.name, self.children.len())
    }
}

impl Element {
    /// Reads a body of at most so many elements. Err: it is not XML as it is taken here, or past a limit.
    ///
    /// ```
    /// use knooppunt_standard::{Element, Limits};
    /// let read = Element::read(b"<a xmlns='urn:x'> <b>1 &lt; 2</b> </a>", &Limits::default(), 10)?;
    /// assert!(read.is("urn:x", "a"));
    /// assert_eq!(read.child("urn:x", "b").map(|b| b.text.as_str()), Some("1 < 2"));
    /// # Ok::<(), knooppunt_standard::PlainError>(())
    /// ```
    pub fn read(body: &[u8], limits: &Limits, elements_max: usize) -> Result<Self, PlainError> {
        if body.len() > limits.body_bytes {
            return Err(PlainError::Malformed(Code::LimitBody));
        }
        let malformed = |Malformed { code, .. }| PlainError::Malformed(code);
        let decoded = prolog::decode(body).map_err(malformed)?;
        let words = Vocabulary::default();
        let mut reader = Reader::new(&decoded, &words, limits);
        // What is around the root takes the root in.
        let mut open = vec![Self::default()];
        let mut elements = 0;
        loop {
            match reader.next().map_err(malformed)? {
                Event::Start(start) => {
                    elements += 1;
                    if elements > elements_max {
                        return Err(PlainError::TooMany);
                    }
                    let (prefix, local) = start.qname.split_once(':').unwrap_or(("", start.qname));
                    let element = Self {
                        namespace: reader.scope().uri(prefix).unwrap_or_default().to_owned(),
                        name: local.to_owned(),
                        ..Self::default()
                    };
                    if start.empty {
                        below(&mut open, element);
                    } else {
                        open.push(element);
                    }
                }
                Event::End { .. } => {
                    let mut element = open.pop().unwrap_or_default();
                    element.text.truncate(element.text.trim_end().len());
                    below(&mut open, element);
                }
                Event::Text { at } => {
                    let rest = decoded.text.get(at..).unwrap_or_default();
                    let end = rest.find(['<', '&']).unwrap_or(rest.len());
                    if let Some(element) = open.last_mut() {
                        text::push_lines(&mut element.text, rest.get(..end).unwrap_or_default());
                    }
                }
                Event::CData { raw, .. } => {
                    if let Some(element) = open.last_mut() {
                        text::push_lines(&mut element.text, raw);
                    }
                }
                Event::Reference { character, .. } => {
                    if let Some(element) = open.last_mut() {
                        element.text.push(character);
                    }
                }
                Event::Eof => {
                    let around = open.pop().unwrap_or_default();
                    return around
                        .children
                        .into_iter()
                        .next()
                        .ok_or(PlainError::Malformed(Code::XmlNoRoot));
                }
            }
        }
    }

    /// Whether it has this name in this namespace.
    pub fn is(&self, namespace: &str, name: &str) -> bool {
        self.namespace == namespace && self.name == name
    }

    /// The first element directly below it with this name.
    pub fn child(&self, namespace: &str, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.is(namespace, name))
    }
}

fn below(open: &mut [Element], element: Element) {
    if let Some(parent) = open.last_mut() {
        parent.children.push(element);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Element, PlainError> {
        Element::read(body.as_bytes(), &Limits::default(), 100)
    }

    #[test]
    fn elements_have_their_namespaces_and_texts() {
        let read = read(
            "<?xml version='1.0'?><s:a xmlns:s='urn:s' xmlns='urn:t'>\n <b>1<!-- no -->2</b><c/> <s:d> x &amp; <![CDATA[<y>]]> </s:d></s:a>",
        )
        .expect("XML");
        assert!(read.is("urn:s", "a"));
        assert_eq!(read.text, "");
        assert_eq!(
            read.child("urn:t", "b").map(|b| b.text.as_str()),
            Some("12")
        );
        assert!(read.child("urn:t", "c").is_some());
        assert!(read.child("urn:s", "b").is_none());
        let last = read.child("urn:s", "d").map(|d| d.text.as_str());
        assert_eq!(last, Some("x &<y>"));
    }

    #[test]
    fn what_a_message_may_not_be_this_may_not_be_either() {
        for body in [
            "",
            "x",
            "<a>",
            "<a/><b/>",
            "<a></b>",
            "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
            "<a>&x;</a>",
            "<p:a/>",
            "<a>\u{1}</a>",
        ] {
            assert!(
                matches!(read(body), Err(PlainError::Malformed(_))),
                "{body:?}"
            );
        }
    }

    #[test]
    fn more_elements_than_allowed_are_not_read() {
        let body = format!("<a>{}</a>", "<b/>".repeat(99));
        assert!(read(&body).is_ok());
        let body = format!("<a>{}</a>", "<b/>".repeat(100));
        assert_eq!(read(&body), Err(PlainError::TooMany));
    }
}
