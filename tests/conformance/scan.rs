//! Where the elements of a message stand in its text, so that an edit can cut, copy and insert.
//! Reads only documents without DOCTYPE whose tags pair up; judges nothing, and is no part of what is tested.

use std::ops::Range;

/// One element: byte positions in the text and its place in the tree.
#[derive(Clone, Debug)]
pub(crate) struct Element {
    /// Of the `<`.
    pub(crate) start: usize,
    /// Of the name in the start tag, with its prefix.
    pub(crate) name: Range<usize>,
    /// Between the tags; empty and just before `/>` for an empty-element tag.
    pub(crate) content: Range<usize>,
    /// After the last `>`.
    pub(crate) end: usize,
    /// Index of the element around it.
    pub(crate) parent: Option<usize>,
    /// Indexes of the elements directly inside.
    pub(crate) children: Vec<usize>,
    /// Whether it is written as `<a/>`.
    pub(crate) is_empty_tag: bool,
}

impl Element {
    /// The whole element.
    pub(crate) fn span(&self) -> Range<usize> {
        self.start..self.end
    }

    /// Whether no element stands inside.
    pub(crate) fn is_leaf(&self) -> bool {
        self.children.is_empty()
    }

    /// Local name.
    pub(crate) fn local<'t>(&self, text: &'t str) -> &'t str {
        let name = &text[self.name.clone()];
        name.split_once(':').map_or(name, |(_, local)| local)
    }

    /// Prefix; empty when it has none.
    pub(crate) fn prefix<'t>(&self, text: &'t str) -> &'t str {
        text[self.name.clone()]
            .split_once(':')
            .map_or("", |(prefix, _)| prefix)
    }
}

/// The elements in document order; `None` when the text is not simple enough to edit.
pub(crate) fn scan(text: &str) -> Option<Vec<Element>> {
    let mut elements: Vec<Element> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut at = 0;
    while let Some(found) = text.get(at..)?.find('<') {
        let start = at + found;
        let rest = &text[start..];
        if let Some(skipped) = skip(rest)? {
            at = start + skipped;
        } else if let Some(tag) = rest.strip_prefix("</") {
            let element = &mut elements[open.pop()?];
            let length = tag.find('>')?;
            if tag[..length].trim_end() != &text[element.name.clone()] {
                return None;
            }
            element.content.end = start;
            element.end = start + 2 + length + 1;
            at = element.end;
        } else {
            let length = tag_length(rest)?;
            let is_empty_tag = rest[..length].ends_with("/>");
            let name_length =
                rest[1..].find(|c: char| c.is_ascii_whitespace() || c == '/' || c == '>')?;
            let index = elements.len();
            let parent = open.last().copied();
            if let Some(parent) = parent {
                elements[parent].children.push(index);
            }
            at = start + length;
            let content = if is_empty_tag { at - 2..at - 2 } else { at..at };
            elements.push(Element {
                start,
                name: start + 1..start + 1 + name_length,
                content,
                end: at,
                parent,
                children: Vec::new(),
                is_empty_tag,
            });
            if !is_empty_tag {
                open.push(index);
            }
        }
    }
    (open.is_empty() && !elements.is_empty()).then_some(elements)
}

/// Bytes of a comment, CDATA section or instruction at the start; `Some(None)` when it is none of these.
#[expect(
    clippy::option_option,
    reason = "the outer None gives the whole text up"
)]
fn skip(rest: &str) -> Option<Option<usize>> {
    for (begin, end) in [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")] {
        if let Some(inner) = rest.strip_prefix(begin) {
            return Some(Some(begin.len() + inner.find(end)? + end.len()));
        }
    }
    if rest.starts_with("<!") {
        None
    } else {
        Some(None)
    }
}

/// Bytes of a start tag, `>` in attribute values passed over.
fn tag_length(rest: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in rest.char_indices() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            (None, '>') => return Some(at + 1),
            _ => {}
        }
    }
    None
}
