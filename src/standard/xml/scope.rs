//! Attributes of one start tag and the namespace prefixes in scope.
//! Strict where quick-xml is lenient: white space between attributes, `<`, references, duplicates.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use crate::finding::Code;
use crate::limits::Limits;

use super::Malformed;
use super::chars::{is_space, split_qname};
use super::name::{UNKNOWN, Vocabulary};
use super::text;

const XML: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

/// URIs that no schema knows, in one document, that are told apart; the rest counts as one.
const MOST_FOREIGN: usize = 1_000;
const OTHER_URIS: u32 = u32::MAX - 1;
/// The number of "no namespace".
const NO_URI: u32 = u32::MAX;

/// One attribute that is not a namespace declaration.
#[derive(Clone, Debug)]
pub(crate) struct Attribute<'b> {
    pub(crate) prefix: &'b str,
    pub(crate) local: &'b str,
    /// Between the quotes, as in the body.
    pub(crate) raw: &'b str,
    /// Byte in the body where its name begins.
    pub(crate) at: usize,
}

impl<'b> Attribute<'b> {
    /// Value as XML 1.0 3.3.3 normalises it for attributes without declared type.
    pub(crate) fn value(&self) -> Cow<'b, str> {
        normalise(self.raw)
    }
}

#[derive(Debug)]
struct Binding<'b> {
    prefix: &'b str,
    uri: Cow<'b, str>,
    space: u16,
    /// Equal numbers, equal URI: see [`Scope::uri_number`].
    uri_number: u32,
}

/// Prefixes in scope, innermost last. `generation` names a set of bindings: equal numbers, equal set.
#[derive(Debug, Default)]
pub(crate) struct Scope<'b> {
    bindings: Vec<Binding<'b>>,
    /// Numbers of the URIs that no schema knows.
    foreign: HashMap<Cow<'b, str>, u32>,
    generation: u32,
    last_generation: u32,
    /// Bindings looked at so far.
    #[cfg(test)]
    pub(super) steps: std::cell::Cell<u64>,
}

/// How a scope was before a start tag; given back at the end tag.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    bindings: u32,
    generation: u32,
}

impl<'b> Scope<'b> {
    pub(crate) fn mark(&self) -> Mark {
        // Every binding took at least eight bytes of a body of fewer than 2^32.
        #[expect(
            clippy::cast_possible_truncation,
            reason = "fewer bindings than bytes of a body"
        )]
        let bindings = self.bindings.len() as u32;
        Mark {
            bindings,
            generation: self.generation,
        }
    }

    pub(crate) fn restore(&mut self, mark: Mark) {
        if self.generation != mark.generation {
            self.bindings.truncate(mark.bindings as usize);
            self.generation = mark.generation;
        }
    }

    pub(crate) const fn generation(&self) -> u32 {
        self.generation
    }

    /// The binding that holds for a prefix. Looks at no more of them than `Limits::namespaces`.
    fn binding(&self, prefix: &str) -> Option<&Binding<'b>> {
        self.bindings.iter().rev().find(|binding| {
            #[cfg(test)]
            self.steps.set(self.steps.get() + 1);
            binding.prefix == prefix
        })
    }

    /// Number of the namespace that a prefix stands for; the empty prefix is the default
    /// namespace. `None` when the prefix is not declared.
    pub(crate) fn space(&self, prefix: &str, words: &Vocabulary) -> Option<u16> {
        match self.binding(prefix) {
            Some(binding) => Some(binding.space),
            None if prefix.is_empty() => Some(words.space("")),
            None if prefix == "xml" => Some(UNKNOWN),
            None => None,
        }
    }

    /// The namespace that a prefix stands for; empty for "no namespace".
    pub(crate) fn uri(&self, prefix: &str) -> Option<&str> {
        match self.binding(prefix) {
            Some(binding) => Some(&binding.uri),
            None if prefix.is_empty() => Some(""),
            None if prefix == "xml" => Some(XML),
            None => None,
        }
    }

    /// A number for the namespace that a prefix stands for, also when no schema knows it.
    pub(crate) fn uri_number(&self, prefix: &str) -> u32 {
        self.binding(prefix)
            .map_or(NO_URI, |binding| binding.uri_number)
    }

    fn foreign_number(&mut self, uri: Cow<'b, str>) -> u32 {
        if let Some(number) = self.foreign.get(&uri) {
            return *number;
        }
        if self.foreign.len() >= MOST_FOREIGN {
            return OTHER_URIS;
        }
        let count = u32::try_from(self.foreign.len()).unwrap_or(OTHER_URIS);
        let number = (u32::from(UNKNOWN) + 1).saturating_add(count);
        self.foreign.insert(uri, number);
        number
    }

    fn bind(&mut self, prefix: &'b str, raw: &'b str, words: &Vocabulary) -> Result<(), Code> {
        let uri = normalise(raw);
        let forbidden = match prefix {
            "xml" => uri != XML,
            "xmlns" => true,
            _ => uri == XML || uri == XMLNS || uri.is_empty() && !prefix.is_empty(),
        };
        if forbidden {
            return Err(Code::NamespaceDeclaration);
        }
        let space = words.space(&uri);
        let uri_number = if space == UNKNOWN {
            self.foreign_number(uri.clone())
        } else {
            u32::from(space)
        };
        self.bindings.push(Binding {
            prefix,
            uri,
            space,
            uri_number,
        });
        self.last_generation = self.last_generation.wrapping_add(1);
        self.generation = self.last_generation;
        Ok(())
    }

    /// Reads the attributes in `body[range]`, which is what stands between the name and the end of
    /// a start tag. Declarations are bound, the others are left in `attributes`.
    pub(crate) fn read_attributes(
        &mut self,
        body: &'b str,
        range: Range<usize>,
        limits: &Limits,
        words: &Vocabulary,
        attributes: &mut Vec<Attribute<'b>>,
    ) -> Result<(), Malformed> {
        let mut at = range.start;
        let mut count = 0;
        let first_binding = self.bindings.len();
        while let Some(attribute) = next_attribute(body, &mut at, range.end, limits)? {
            let fail = |code| Malformed {
                code,
                at: attribute.at,
            };
            count += 1;
            if count > limits.attributes {
                return Err(fail(Code::LimitAttributes));
            }
            let declared = match (attribute.prefix, attribute.local) {
                ("xmlns", local) => Some(local),
                ("", "xmlns") => Some(""),
                _ => None,
            };
            match declared {
                None => attributes.push(attribute),
                Some(prefix) => {
                    let here = self.bindings.get(first_binding..).unwrap_or_default();
                    if here.iter().any(|binding| binding.prefix == prefix) {
                        return Err(fail(Code::XmlAttributeTwice));
                    }
                    if self.bindings.len() >= limits.namespaces {
                        return Err(fail(Code::LimitNamespaces));
                    }
                    self.bind(prefix, attribute.raw, words).map_err(fail)?;
                }
            }
        }
        self.check_twice(attributes)
    }

    /// Refuses undeclared prefixes and the same expanded name twice.
    fn check_twice(&self, attributes: &[Attribute<'b>]) -> Result<(), Malformed> {
        let mut expanded = Vec::with_capacity(attributes.len());
        for attribute in attributes {
            let fail = |code| Malformed {
                code,
                at: attribute.at,
            };
            let uri = match attribute.prefix {
                // An attribute without prefix is in no namespace, whatever the default.
                "" => "",
                prefix => self
                    .uri(prefix)
                    .ok_or_else(|| fail(Code::NamespacePrefix))?,
            };
            expanded.push((uri, attribute.local, attribute.at));
        }
        expanded.sort_unstable();
        let twice = expanded
            .iter()
            .zip(expanded.iter().skip(1))
            .find(|(a, b)| a.0 == b.0 && a.1 == b.1);
        match twice {
            Some((_, second)) => Err(Malformed {
                code: Code::XmlAttributeTwice,
                at: second.2,
            }),
            None => Ok(()),
        }
    }
}

/// Reads white space, a name, `=` and a quoted value from `body[*at..end]`. `None` at the end.
fn next_attribute<'b>(
    body: &'b str,
    at: &mut usize,
    end: usize,
    limits: &Limits,
) -> Result<Option<Attribute<'b>>, Malformed> {
    let bytes = body.as_bytes().get(..end).unwrap_or_default();
    let skip = |from: usize, wanted: fn(u8) -> bool| {
        let rest = bytes.get(from..).unwrap_or_default();
        from + rest.iter().take_while(|byte| wanted(**byte)).count()
    };
    let begin = skip(*at, is_space);
    if begin >= end {
        return Ok(None);
    }
    let fail = |code| Malformed { code, at: begin };
    if begin == *at {
        return Err(fail(Code::XmlAttribute));
    }
    let name_end = skip(begin, |byte| !is_space(byte) && byte != b'=');
    if name_end - begin > limits.name_bytes {
        return Err(fail(Code::LimitName));
    }
    let name = body.get(begin..name_end).unwrap_or_default();
    let (prefix, local) = split_qname(name).ok_or_else(|| fail(Code::XmlName))?;
    let equals = skip(name_end, is_space);
    if bytes.get(equals) != Some(&b'=') {
        return Err(fail(Code::XmlAttribute));
    }
    let open = skip(equals + 1, is_space);
    let quote = bytes
        .get(open)
        .copied()
        .filter(|byte| matches!(byte, b'"' | b'\''));
    let quote = quote.ok_or_else(|| fail(Code::XmlAttribute))?;
    let rest = bytes.get(open + 1..).unwrap_or_default();
    let length = memchr::memchr(quote, rest).ok_or_else(|| fail(Code::XmlAttribute))?;
    if length > limits.attribute_bytes {
        return Err(fail(Code::LimitAttribute));
    }
    let raw = body.get(open + 1..open + 1 + length).unwrap_or_default();
    check_value(raw).map_err(fail)?;
    *at = open + 1 + length + 1;
    Ok(Some(Attribute {
        prefix,
        local,
        raw,
        at: begin,
    }))
}

/// Refuses `<` and references that stand for nothing.
fn check_value(raw: &str) -> Result<(), Code> {
    if raw.contains('<') {
        return Err(Code::XmlAttribute);
    }
    for reference in raw.split('&').skip(1) {
        let (name, _) = reference.split_once(';').ok_or(Code::XmlAmpersand)?;
        check_reference(name)?;
    }
    Ok(())
}

/// Refuses a reference that stands for no character; `name` is what stands between `&` and `;`.
pub(crate) fn check_reference(name: &str) -> Result<char, Code> {
    match text::character(name) {
        Some(character) => Ok(character),
        None if name.starts_with('#') => Err(Code::XmlCharacterReference),
        None if super::chars::is_ncname(name) => Err(Code::XmlEntity),
        None => Err(Code::XmlAmpersand),
    }
}

fn normalise(raw: &str) -> Cow<'_, str> {
    if memchr::memchr3(b'\t', b'\n', b'\r', raw.as_bytes()).is_none() && !raw.contains('&') {
        return Cow::Borrowed(raw);
    }
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        rest = match c {
            '\r' => {
                value.push(' ');
                after.strip_prefix('\n').unwrap_or(after)
            }
            '\t' | '\n' => {
                value.push(' ');
                after
            }
            '&' => {
                let (name, after) = after.split_once(';').unwrap_or((after, ""));
                value.extend(text::character(name));
                after
            }
            _ => {
                value.push(c);
                after
            }
        };
    }
    Cow::Owned(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attribute_values_have_spaces_for_line_ends_but_keep_referenced_ones() {
        assert_eq!(normalise("a\r\nb\tc\nd&#10;e&amp;"), "a b c d\ne&");
        assert!(matches!(normalise("http://example.org/"), Cow::Borrowed(_)));
    }
}
