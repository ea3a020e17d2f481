//! The strict XML layer: the only module that touches quick-xml.
//! Refuses what quick-xml lets through (two roots, open roots, bad names, late declarations, `]]>`,
//! unbound prefixes) and every DTD; resolves names to numbers. Does not decode values.

mod known;
mod scan;

use quick_xml::errors::{Error, IllFormedError};
use quick_xml::events::Event as Raw;

use crate::finding::Code;
use crate::limits::Limits;

use super::Malformed;
use super::chars::{is_blank, is_ncname, is_space, split_qname};
use super::name::{Name, Vocabulary};
use super::prolog::{Decoded, check_declaration};
use super::scope::{Attribute, Mark, Scope, check_reference};

use known::KnownNames;
pub(crate) use scan::{Leaf, Scanned};

/// What comes next in a body. Comments and processing instructions are checked and passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event<'b> {
    /// A start tag. An empty-element tag has no end of its own.
    Start(Start<'b>),
    /// The end tag of the innermost open element; `at` is the byte where it begins. `is_plain`: nothing
    /// but text stands between its start tag and this.
    End { at: usize, is_plain: bool },
    /// Text that is not only white space; `at` is the first byte of it that is not.
    Text { at: usize },
    /// A CDATA section's content.
    CData { raw: &'b str, at: usize },
    /// A reference and the character it stands for.
    Reference { character: char, at: usize },
    /// The end of the body; the root was closed.
    Eof,
}

/// A start tag; its attributes are in [`Reader::attributes`] until the next event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Start<'b> {
    pub(crate) name: Name,
    /// Name as in the body, prefix included.
    pub(crate) qname: &'b str,
    /// Whether it is an empty-element tag.
    pub(crate) empty: bool,
    /// Byte where the tag begins.
    pub(crate) at: usize,
    /// Byte after the tag.
    pub(crate) end: usize,
}

impl<'b> Start<'b> {
    /// Prefix and local part of its name as in the body; the prefix is empty when it has none.
    pub(crate) fn parts(&self) -> (&'b str, &'b str) {
        self.qname.split_once(':').unwrap_or(("", self.qname))
    }
}

struct Open {
    name_start: usize,
    name_end: usize,
    scope: Mark,
    /// Its start tag was plain: quick-xml has not seen it.
    is_plain: bool,
}

/// Reads a decoded body event by event; after an `Err` there is nothing more to read.
pub(crate) struct Reader<'b, 'w> {
    body: &'b str,
    start: usize,
    cut: Option<Malformed>,
    inner: quick_xml::Reader<&'b [u8]>,
    /// Bytes that were read without quick-xml.
    passed: usize,
    /// Byte after the last text that quick-xml gave.
    text_end: usize,
    words: &'w Vocabulary,
    limits: &'w Limits,
    open: Vec<Open>,
    scope: Scope<'b>,
    /// The scope around the empty element that was given last.
    after_empty: Option<Mark>,
    attributes: Vec<Attribute<'b>>,
    /// Byte after the last start tag, when only text came since.
    content_start: Option<usize>,
    known: KnownNames,
    has_cdata_end: bool,
    has_root: bool,
    has_content: bool,
}

impl<'b, 'w> Reader<'b, 'w> {
    pub(crate) fn new(decoded: &Decoded<'b>, words: &'w Vocabulary, limits: &'w Limits) -> Self {
        let Decoded {
            text: body,
            start,
            cut,
        } = *decoded;
        let content = body.as_bytes().get(start..).unwrap_or_default();
        let mut inner = quick_xml::Reader::from_reader(content);
        let config = inner.config_mut();
        // Compared here, on the bytes of the body.
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        // White space alone is no event; values are taken from the body by their place.
        config.trim_text_start = true;
        Self {
            body,
            start,
            cut,
            inner,
            passed: 0,
            text_end: usize::MAX,
            words,
            limits,
            open: Vec::with_capacity(limits.depth.min(64)),
            scope: Scope::default(),
            after_empty: None,
            attributes: Vec::new(),
            content_start: None,
            known: KnownNames::default(),
            has_cdata_end: memchr::memmem::find(content, b"]]>").is_some(),
            has_root: false,
            has_content: false,
        }
    }

    /// Attributes of the last start tag, without namespace declarations.
    pub(crate) fn attributes(&self) -> &[Attribute<'b>] {
        &self.attributes
    }

    /// Prefixes in scope; after a start tag these include its own.
    pub(crate) const fn scope(&self) -> &Scope<'b> {
        &self.scope
    }

    /// The next event, read with quick-xml. `Err`: the body is not XML as the gateway takes it.
    pub(crate) fn next(&mut self) -> Result<Event<'b>, Malformed> {
        if let Some(scope) = self.after_empty.take() {
            self.scope.restore(scope);
        }
        loop {
            // White space before markup belongs to no event: see `trim_text_start` in `new`.
            let before = self.position();
            if before == self.start
                && self
                    .body
                    .get(before..)
                    .is_some_and(|rest| rest.starts_with('\u{FEFF}'))
            {
                // quick-xml would drop a second byte order mark without counting it.
                return Err(Malformed {
                    code: Code::XmlTextOutsideRoot,
                    at: before,
                });
            }
            let raw = match self.inner.read_event() {
                Ok(raw) => raw,
                Err(error) => return Err(self.explain(&error, self.skip_space(before))),
            };
            let end = self.position();
            match raw {
                Raw::Start(tag) => {
                    let at = end - tag.len() - "<>".len();
                    let name_end = at + 1 + tag.name().as_ref().len();
                    self.content_start = Some(end);
                    return self.begin(at, name_end, end - 1, end, false);
                }
                Raw::Empty(tag) => {
                    let at = end - tag.len() - "</>".len();
                    let name_end = at + 1 + tag.name().as_ref().len();
                    self.content_start = None;
                    return self.begin(at, name_end, end - 2, end, true);
                }
                Raw::End(tag) => return self.close(tag.name().as_ref(), before, end),
                Raw::Text(_) => {
                    self.text_end = end;
                    self.check_text(self.slice(before, end), before)?;
                    if !self.open.is_empty() {
                        let at = self.skip_space(before);
                        return Ok(Event::Text { at });
                    }
                }
                Raw::CData(_) => {
                    let at = self.skip_space(before);
                    self.content_start = None;
                    self.inside_root(at)?;
                    let raw = self.slice(at + "<![CDATA[".len(), end - "]]>".len());
                    if raw.len() > self.limits.text_bytes {
                        return Err(Malformed {
                            code: Code::LimitText,
                            at,
                        });
                    }
                    return Ok(Event::CData { raw, at });
                }
                Raw::GeneralRef(name) => {
                    let at = self.skip_space(before);
                    self.content_start = None;
                    self.inside_root(at)?;
                    let character =
                        check_reference(&name).map_err(|code| Malformed { code, at })?;
                    return Ok(Event::Reference { character, at });
                }
                Raw::Comment(_) => {
                    let at = self.skip_space(before);
                    self.content_start = None;
                    self.has_content = true;
                    check_comment(self.slice(at, end)).map_err(|code| Malformed { code, at })?;
                }
                Raw::PI(_) => {
                    let at = self.skip_space(before);
                    self.content_start = None;
                    self.has_content = true;
                    self.check_instruction(self.slice(at + 2, end - 2), at)?;
                }
                Raw::Decl(_) => {
                    let at = self.skip_space(before);
                    self.content_start = None;
                    if at != self.start {
                        return Err(Malformed {
                            code: Code::XmlDeclarationLate,
                            at,
                        });
                    }
                    self.has_content = true;
                    let content = self.slice(at + "<?xml".len(), end - "?>".len());
                    check_declaration(content).map_err(|code| Malformed { code, at })?;
                }
                Raw::DocType(_) => {
                    let at = self.skip_space(before);
                    self.content_start = None;
                    return Err(Malformed {
                        code: Code::XmlDoctype,
                        at,
                    });
                }
                Raw::Eof => return self.finish(end).map(|()| Event::Eof),
            }
        }
    }

    fn position(&self) -> usize {
        // The body is a slice in memory, so positions in it fit usize.
        let read = usize::try_from(self.inner.buffer_position()).unwrap_or_default();
        self.start + self.passed + read
    }

    /// The first byte from `at` on that is not white space.
    fn skip_space(&self, at: usize) -> usize {
        let rest = self.body.as_bytes().get(at..).unwrap_or_default();
        at + rest.iter().take_while(|byte| is_space(**byte)).count()
    }

    /// An end tag; `before` is where the event before it ended.
    fn close(&mut self, name: &str, before: usize, end: usize) -> Result<Event<'b>, Malformed> {
        // `</name>`, unless white space stands in it.
        let mut at = end.saturating_sub(name.len() + "</>".len());
        if self.body.as_bytes().get(at) != Some(&b'<') {
            let tag = self.body.as_bytes().get(before..end).unwrap_or_default();
            at = before + memchr::memrchr(b'<', tag).unwrap_or_default();
        }
        let fail = |code| Err(Malformed { code, at });
        let Some(open) = self.open.pop() else {
            return fail(Code::XmlEndTag);
        };
        if self.body.get(open.name_start..open.name_end) != Some(name) {
            return fail(Code::XmlEndTag);
        }
        self.leave(&open, at)
    }

    /// Leaves the element that ends with the tag at `at`.
    fn leave(&mut self, open: &Open, at: usize) -> Result<Event<'b>, Malformed> {
        self.scope.restore(open.scope);
        let start = self.content_start.take();
        if start.is_some_and(|start| at - start > self.limits.text_bytes) {
            let code = Code::LimitText;
            return Err(Malformed { code, at });
        }
        Ok(Event::End {
            at,
            is_plain: start.is_some(),
        })
    }

    fn slice(&self, start: usize, end: usize) -> &'b str {
        self.body.get(start..end).unwrap_or_default()
    }

    fn begin(
        &mut self,
        at: usize,
        name_end: usize,
        content_end: usize,
        end: usize,
        empty: bool,
    ) -> Result<Event<'b>, Malformed> {
        let fail = |code| Malformed { code, at };
        if self.open.is_empty() {
            if self.has_root {
                return Err(fail(Code::XmlSecondRoot));
            }
            self.has_root = true;
        }
        if self.open.len() >= self.limits.depth {
            return Err(fail(Code::LimitDepth));
        }
        let qname = self.slice(at + 1, name_end);
        let scope = self.scope.mark();
        self.attributes.clear();
        if content_end > name_end {
            // A name that is wrong shows first, then its attributes.
            self.check_name(qname).map_err(fail)?;
            self.scope.read_attributes(
                self.body,
                name_end..content_end,
                self.limits,
                self.words,
                &mut self.attributes,
            )?;
        }
        let name = self.resolve(at + 1, qname).map_err(fail)?;
        if empty {
            self.after_empty = Some(scope);
        } else {
            self.open.push(Open {
                name_start: at + 1,
                name_end,
                scope,
                is_plain: false,
            });
        }
        Ok(Event::Start(Start {
            name,
            qname,
            empty,
            at,
            end,
        }))
    }

    /// The number of an element's name, which begins at byte `start`. `Err` when it is no name, too long, or in a namespace
    /// that is not declared.
    fn resolve(&mut self, start: usize, qname: &'b str) -> Result<Name, Code> {
        let generation = self.scope.generation();
        if let Some(name) = self.known.get(self.body, qname, generation) {
            return Ok(name);
        }
        let (prefix, local) = self.check_name(qname)?;
        let space = self.scope.space(prefix, self.words);
        let space = space.ok_or(Code::NamespacePrefix)?;
        let local = self.words.local(local);
        let name = Name { space, local };
        self.known.put(start, qname, generation, name);
        Ok(name)
    }

    fn check_name(&self, qname: &'b str) -> Result<(&'b str, &'b str), Code> {
        if qname.len() > self.limits.name_bytes {
            return Err(Code::LimitName);
        }
        let (prefix, local) = split_qname(qname).ok_or(Code::XmlName)?;
        if prefix == "xmlns" {
            Err(Code::NamespacePrefix)
        } else {
            Ok((prefix, local))
        }
    }

    fn check_text(&mut self, raw: &str, at: usize) -> Result<(), Malformed> {
        if self.open.is_empty() {
            if let Some(offset) = raw.bytes().position(|byte| !is_space(byte)) {
                return Err(Malformed {
                    code: Code::XmlTextOutsideRoot,
                    at: at + offset,
                });
            }
        } else if raw.len() > self.limits.text_bytes {
            return Err(Malformed {
                code: Code::LimitText,
                at,
            });
        } else if self.has_cdata_end
            && let Some(offset) = raw.find("]]>")
        {
            return Err(Malformed {
                code: Code::XmlCdataEnd,
                at: at + offset,
            });
        }
        Ok(())
    }

    fn inside_root(&self, at: usize) -> Result<(), Malformed> {
        if self.open.is_empty() {
            Err(Malformed {
                code: Code::XmlTextOutsideRoot,
                at,
            })
        } else {
            Ok(())
        }
    }

    fn check_instruction(&self, content: &str, at: usize) -> Result<(), Malformed> {
        let target = content
            .split([' ', '\t', '\n', '\r'])
            .next()
            .unwrap_or_default();
        if target.len() > self.limits.name_bytes {
            return Err(Malformed {
                code: Code::LimitName,
                at,
            });
        }
        if !is_ncname(target) || target.eq_ignore_ascii_case("xml") {
            return Err(Malformed {
                code: Code::XmlInstruction,
                at,
            });
        }
        Ok(())
    }

    fn finish(&self, at: usize) -> Result<(), Malformed> {
        let code = if !self.open.is_empty() {
            Code::XmlUnclosed
        } else if self.has_root {
            return self.cut.map_or(Ok(()), Err);
        } else if self.has_content {
            Code::XmlNoRoot
        } else {
            Code::XmlEmpty
        };
        Err(self.cut.unwrap_or(Malformed { code, at }))
    }

    /// Says in our codes why quick-xml could not go on at `at`.
    fn explain(&self, error: &Error, at: usize) -> Malformed {
        let rest = self.body.get(at..).unwrap_or_default();
        if rest.starts_with("<!D") || rest.starts_with("<!d") {
            return Malformed {
                code: Code::XmlDoctype,
                at,
            };
        }
        let begins = |full: &str| rest.starts_with(full) || full.starts_with(rest);
        if rest.starts_with("<!") && !begins("<!--") && !begins("<![CDATA[") {
            return Malformed {
                code: Code::XmlMarkup,
                at,
            };
        }
        let (code, reaches_end) = match error {
            Error::Syntax(_) => (Code::XmlUnclosed, true),
            Error::IllFormed(IllFormedError::UnclosedReference) => {
                let after = rest.as_bytes().get(1..).unwrap_or_default();
                (
                    Code::XmlAmpersand,
                    memchr::memchr2(b'<', b'&', after).is_none(),
                )
            }
            Error::IllFormed(_)
            | Error::Io(_)
            | Error::InvalidAttr(_)
            | Error::Encoding(_)
            | Error::Escape(_)
            | Error::Namespace(_) => (Code::XmlMarkup, false),
        };
        match self.cut {
            // Only the cut made it end here.
            Some(cut) if reaches_end => cut,
            _ => Malformed { code, at },
        }
    }
}

fn check_comment(raw: &str) -> Result<(), Code> {
    let content = raw
        .strip_prefix("<!--")
        .and_then(|rest| rest.strip_suffix("-->"));
    match content {
        Some(content) if !content.contains("--") && !content.ends_with('-') => Ok(()),
        _ => Err(Code::XmlComment),
    }
}

/// Whether the event is white space and nothing else.
pub(crate) fn is_blank_event(event: Event<'_>) -> bool {
    match event {
        Event::CData { raw, .. } => is_blank(raw),
        Event::Reference { character, .. } => matches!(character, ' ' | '\t' | '\n' | '\r'),
        Event::Text { .. } | Event::Start(_) | Event::End { .. } | Event::Eof => false,
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::super::prolog::decode;
    use super::*;

    /// Reads a body to its end: how often a binding was looked at, and what broke.
    fn steps(body: &str) -> (u64, Option<Code>) {
        let words = Vocabulary::default();
        let limits = Limits::default();
        let decoded = decode(body.as_bytes()).unwrap();
        let mut reader = Reader::new(&decoded, &words, &limits);
        let broke = loop {
            match reader.next() {
                Ok(Event::Eof) => break None,
                Ok(_) => {}
                Err(malformed) => break Some(malformed.code),
            }
        };
        (reader.scope().steps.get(), broke)
    }

    fn declarations(names: std::ops::Range<usize>) -> String {
        names.fold(String::new(), |mut all, name| {
            write!(all, " xmlns:p{name}='u{name}'").unwrap();
            all
        })
    }

    #[test]
    fn looking_up_prefixes_stays_in_step_with_the_number_of_tags() {
        let most = Limits::default().namespaces;
        let tags = 20_000;
        let mut body = format!("<p0:a{}>", declarations(0..most));
        for tag in 0..tags {
            write!(body, "<p0:n{tag}/>").unwrap();
        }
        body.push_str("</p0:a>");
        let (steps, broke) = steps(&body);
        assert_eq!(broke, None);
        assert!(steps <= (tags + 1) * most as u64, "{steps}");
    }

    #[test]
    fn declarations_inside_each_other_count_together() {
        let most = Limits::default().namespaces;
        let nested = |inner: usize| {
            let outer = declarations(0..most - 1);
            let inner = declarations(most..most + inner);
            format!("<a{outer}><b{inner}/><b{inner}/></a>")
        };
        assert_eq!(steps(&nested(1)).1, None);
        assert_eq!(steps(&nested(2)).1, Some(Code::LimitNamespaces));
    }
}
