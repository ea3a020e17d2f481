//! The reader's fast path: markup in its plain form, taken by its bytes alone. Plain is `<name>`, `</name>` and white space
//! between them, and the whole of `<name>text</name>`; nearly all of a message is.
//! Judges nothing and refuses nothing: where anything else stands, the reader goes on with quick-xml.

use memchr::{memchr, memchr2};

use super::super::Malformed;
use super::{Event, Open, Reader, Start};

/// What [`Reader::scan`] gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scanned<'b> {
    Event(Event<'b>),
    Leaf(Leaf<'b>),
}

/// An element with nothing in it but text without references, and no attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Leaf<'b> {
    pub(crate) start: Start<'b>,
    /// The first byte of its text that is not white space.
    pub(crate) text: Option<usize>,
    /// Byte where its end tag begins.
    pub(crate) end: usize,
}

/// What comes after a start tag.
enum Content {
    /// The element's end tag, at byte `end`, and only text before it.
    Text {
        text: Option<usize>,
        end: usize,
    },
    /// White space, and another tag at this byte.
    Elements(usize),
    Other,
}

impl<'b> Reader<'b, '_> {
    /// The next event as [`Reader::next`] gives it, but that a plain [`Leaf`] is one event and not three.
    pub(crate) fn scan(&mut self) -> Result<Scanned<'b>, Malformed> {
        // After text quick-xml stands inside the markup already; after an empty element a scope is to be restored.
        let is_between = self.position() != self.text_end && self.after_empty.is_none();
        match is_between.then(|| self.plain_tag()).flatten() {
            Some(scanned) => scanned,
            None => self.next().map(Scanned::Event),
        }
    }

    fn plain_tag(&mut self) -> Option<Result<Scanned<'b>, Malformed>> {
        let open = self.open.last()?;
        let before = self.position();
        let at = self.skip_space(before);
        let tag = self.body.as_bytes().get(at..)?.strip_prefix(b"<")?;
        if let Some(tag) = tag.strip_prefix(b"/") {
            let name = self.slice(open.name_start, open.name_end);
            // What quick-xml opened it must close, or it would remember the name for ever.
            if !open.is_plain || !closes(tag, name) {
                return None;
            }
            let open = self.open.pop()?;
            self.pass(at + "</>".len() + name.len() - before);
            return Some(self.leave(&open, at).map(Scanned::Event));
        }
        let name_end = at + 1 + memchr(b'>', tag)?;
        self.plain_start(before, at, name_end).map(Ok)
    }

    /// The start tag without attributes at `at`, or the leaf that begins with it.
    fn plain_start(&mut self, before: usize, at: usize, name_end: usize) -> Option<Scanned<'b>> {
        if self.open.len() >= self.limits.depth {
            return None;
        }
        let qname = self.slice(at + 1, name_end);
        let name = self.resolve(at + 1, qname).ok()?;
        self.attributes.clear();
        let end = name_end + 1;
        let start = Start {
            name,
            qname,
            empty: false,
            at,
            end,
        };
        let after = match self.content(qname, end) {
            Content::Text { text, end } => {
                self.content_start = None;
                self.pass(end + "</>".len() + qname.len() - before);
                return Some(Scanned::Leaf(Leaf { start, text, end }));
            }
            Content::Elements(next) => next,
            Content::Other => end,
        };
        self.pass(after - before);
        self.content_start = Some(end);
        self.open.push(Open {
            name_start: at + 1,
            name_end,
            scope: self.scope.mark(),
            is_plain: true,
        });
        Some(Scanned::Event(Event::Start(start)))
    }

    fn content(&self, qname: &str, from: usize) -> Content {
        let solid = self.skip_space(from);
        let rest = self.body.as_bytes().get(solid..).unwrap_or_default();
        let Some(length) = memchr2(b'<', b'&', rest) else {
            return Content::Other;
        };
        let end = solid + length;
        let is_leaf = match rest.get(length..) {
            Some([b'<', b'/', tag @ ..]) => closes(tag, qname),
            _ => false,
        };
        if is_leaf && !self.has_cdata_end && end - from <= self.limits.text_bytes {
            let text = (length > 0).then_some(solid);
            Content::Text { text, end }
        } else if length == 0 {
            Content::Elements(solid)
        } else {
            Content::Other
        }
    }

    /// Goes on `count` bytes further, past quick-xml.
    fn pass(&mut self, count: usize) {
        let rest = self.inner.get_mut();
        *rest = rest.get(count..).unwrap_or_default();
        self.passed += count;
    }
}

/// Whether an end tag, after its `</`, is plainly that of `name`.
fn closes(tag: &[u8], name: &str) -> bool {
    tag.get(..name.len()) == Some(name.as_bytes()) && tag.get(name.len()) == Some(&b'>')
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use proptest::prelude::*;

    use crate::limits::Limits;
    use crate::xml::name::Vocabulary;
    use crate::xml::prolog::decode;

    use super::*;

    /// What a reader says of a body, event by event, each with what else shows after it.
    fn read<'b>(
        body: &'b str,
        limits: &Limits,
        mut next: impl FnMut(&mut Reader<'b, '_>) -> Result<Vec<Event<'b>>, Malformed>,
    ) -> Vec<String> {
        let mut words = Vocabulary::default();
        words.add_space("u").unwrap();
        words.add_local("a").unwrap();
        let Ok(decoded) = decode(body.as_bytes()) else {
            return Vec::new();
        };
        let mut reader = Reader::new(&decoded, &words, limits);
        let mut told = Vec::new();
        loop {
            let events = match next(&mut reader) {
                Ok(events) => events,
                Err(malformed) => {
                    told.push(format!("{malformed:?}"));
                    return told;
                }
            };
            for event in events {
                let mut text = format!("{event:?}");
                if let Event::Start(_) = event {
                    let (attributes, scope) = (reader.attributes(), reader.scope());
                    write!(text, " {attributes:?} {:?}", scope.uri("p")).unwrap();
                }
                told.push(text);
                if event == Event::Eof {
                    return told;
                }
            }
        }
    }

    /// The events that a leaf is.
    fn three(leaf: Leaf<'_>) -> Vec<Event<'_>> {
        let end = Event::End {
            at: leaf.end,
            is_plain: true,
        };
        let text = leaf.text.map(|at| Event::Text { at });
        [Some(Event::Start(leaf.start)), text, Some(end)]
            .into_iter()
            .flatten()
            .collect()
    }

    fn scanned<'b>(reader: &mut Reader<'b, '_>) -> Result<Vec<Event<'b>>, Malformed> {
        reader.scan().map(|scanned| match scanned {
            Scanned::Event(event) => vec![event],
            Scanned::Leaf(leaf) => three(leaf),
        })
    }

    fn same_with_and_without_scanning(body: &str) {
        let small = Limits {
            depth: 4,
            name_bytes: 8,
            text_bytes: 9,
            namespaces: 3,
            ..Limits::default()
        };
        for limits in [Limits::default(), small] {
            let plain = read(body, &limits, |reader| {
                reader.next().map(|event| vec![event])
            });
            assert_eq!(read(body, &limits, scanned), plain, "{body:?}");
        }
    }

    const PIECES: [&str; 56] = [
        "<a>",
        "</a>",
        "<p:a>",
        "</p:a>",
        "<b>",
        "</b>",
        "<a/>",
        "<p:b/>",
        "<a >",
        "</a >",
        "</ a>",
        "< a>",
        "<a\n>",
        "<a x='1'>",
        "<p:a p:x='>'>",
        "<a xmlns='w'>",
        "<b xmlns:p='w'>",
        "<a xmlns:p='u'/>",
        "<q:a>",
        "<xmlns:a>",
        "<1>",
        "<a:b:c>",
        "<long-name>",
        "</long-name>",
        "<é>",
        "</é>",
        "<",
        ">",
        "</",
        "/>",
        "=",
        "'",
        "&",
        ";",
        "&amp;",
        "&#65;",
        "&#13;",
        "]]>",
        "<![CDATA[",
        "<![CDATA[x]]>",
        "<!-- c -->",
        "<!--",
        "-->",
        "<?f g?>",
        "<?xml?>",
        "<!DOCTYPE a>",
        " ",
        "\n  ",
        "\r\n",
        "text",
        "a longer text",
        "          ",
        "\u{FEFF}",
        "\u{1F600}",
        "\0",
        "é",
    ];

    fn piece() -> impl Strategy<Value = &'static str> {
        prop::sample::select(&PIECES[..])
    }

    /// Elements in each other, most of them plain, all of them well-formed.
    fn element() -> impl Strategy<Value = String> {
        let text = prop::sample::select(vec![
            "",
            " ",
            "\n",
            "x",
            "2026-02-01",
            "  de Vries ",
            "a&amp;b",
            "é",
            "\r\n",
            "ten bytes.",
            "<!-- c -->",
        ]);
        let tags = prop::sample::select(vec![
            ("<a>", "</a>"),
            ("<p:a>", "</p:a>"),
            ("<p:Naam>", "</p:Naam>"),
            ("<b>", "</b\n>"),
            ("<b >", "</b>"),
            ("<a x='1'>", "</a>"),
            ("<p:a xmlns:p='w'>", "</p:a>"),
            ("<a xmlns='u'>", "</a>"),
        ]);
        let leaf = (tags.clone(), text.clone())
            .prop_map(|((start, end), text)| format!("{start}{text}{end}"));
        leaf.prop_recursive(5, 24, 5, move |inner| {
            let children = prop::collection::vec((text.clone(), inner), 1..5);
            (tags.clone(), children).prop_map(|((start, end), children)| {
                let content = children.into_iter();
                let content: String = content
                    .map(|(text, child)| text.to_owned() + &child)
                    .collect();
                format!("{start}{content}\n{end}")
            })
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn scanning_changes_nothing_in_a_well_formed_body(content in element()) {
            same_with_and_without_scanning(&format!("<r xmlns:p='u'>{content}</r>"));
        }

        #[test]
        fn scanning_changes_nothing_in_a_body_with_mistakes(
            content in element(),
            edits in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..6, piece()), 1..4),
        ) {
            let mut body: Vec<char> = format!("<r xmlns:p='u'>{content}</r>").chars().collect();
            for (at, cut, insert) in edits {
                let at = at.index(body.len());
                let end = (at + cut).min(body.len());
                body.splice(at..end, insert.chars());
            }
            same_with_and_without_scanning(&body.iter().collect::<String>());
        }

        #[test]
        fn scanning_changes_nothing_in_any_pieces(pieces in prop::collection::vec(piece(), 0..30)) {
            same_with_and_without_scanning(&pieces.concat());
            same_with_and_without_scanning(&format!("<r xmlns:p='u'>{}</r>", pieces.concat()));
        }
    }

    #[test]
    fn plain_elements_are_read_without_quick_xml() {
        let body = "<r xmlns:p='u'>\n <p:a>\n  <p:b>text</p:b> <p:b></p:b>\n </p:a>\n</r>";
        let decoded = decode(body.as_bytes()).unwrap();
        let (words, limits) = (Vocabulary::default(), Limits::default());
        let mut reader = Reader::new(&decoded, &words, &limits);
        let root = reader.scan().unwrap();
        assert!(matches!(root, Scanned::Event(Event::Start(_))));
        let read = reader.inner.buffer_position();
        let inside: Vec<_> = (0..4).map(|_| reader.scan().unwrap()).collect();
        assert!(matches!(
            inside[..],
            [
                Scanned::Event(Event::Start(_)),
                Scanned::Leaf(Leaf { text: Some(_), .. }),
                Scanned::Leaf(Leaf { text: None, .. }),
                Scanned::Event(Event::End { .. }),
            ]
        ));
        assert_eq!(reader.inner.buffer_position(), read);
        assert_eq!(
            reader.passed,
            body.find("\n</r>").unwrap() - body.find("\n <p:a").unwrap()
        );
    }

    #[test]
    fn what_quick_xml_opened_it_closes() {
        let body = "<a x='1'></a>".repeat(3);
        let body = format!("<r>{body}</r>");
        let decoded = decode(body.as_bytes()).unwrap();
        let (words, limits) = (Vocabulary::default(), Limits::default());
        let mut reader = Reader::new(&decoded, &words, &limits);
        while reader.scan().unwrap() != Scanned::Event(Event::Eof) {}
        assert_eq!(reader.passed, 0);
    }
}
