//! Writes XML: elements with prefixes, one a line, indented by two spaces, values escaped.
//! Does not check that what is written fits a schema.

use super::name::{Name, Vocabulary};

/// A document being written. Each namespace it may use is declared at the root.
pub(crate) struct Writer<'w> {
    out: String,
    words: &'w Vocabulary,
    /// Prefixes by number of the namespace.
    prefixes: Vec<(u16, String)>,
    depth: usize,
}

impl<'w> Writer<'w> {
    /// Begins a document that uses these namespaces, each with its prefix; `room`: bytes that it will about have.
    pub(crate) fn new(words: &'w Vocabulary, prefixes: Vec<(u16, String)>, room: usize) -> Self {
        let mut out = String::with_capacity(room);
        out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
        Self {
            out,
            words,
            prefixes,
            depth: 0,
        }
    }

    /// An element that holds elements: what `inside` writes.
    pub(crate) fn class(&mut self, name: Name, inside: impl FnOnce(&mut Self)) {
        self.line();
        self.out.push('<');
        self.name(name);
        if self.depth == 0 {
            for (space, prefix) in &self.prefixes {
                self.out.push_str(" xmlns:");
                self.out.push_str(prefix);
                self.out.push_str("=\"");
                escape(&mut self.out, self.words.space_text(*space));
                self.out.push('"');
            }
        }
        self.out.push('>');
        self.depth += 1;
        inside(self);
        self.depth -= 1;
        self.line();
        self.end(name);
    }

    /// An element that holds a value.
    pub(crate) fn value(&mut self, name: Name, value: &str) {
        self.line();
        self.out.push('<');
        self.name(name);
        self.out.push('>');
        escape(&mut self.out, value);
        self.end(name);
    }

    /// The document, ended by a line feed.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.out.push('\n');
        self.out.into_bytes()
    }

    fn line(&mut self) {
        self.out.push('\n');
        for _ in 0..self.depth {
            self.out.push_str("  ");
        }
    }

    fn end(&mut self, name: Name) {
        self.out.push_str("</");
        self.name(name);
        self.out.push('>');
    }

    fn name(&mut self, name: Name) {
        let mut prefixes = self.prefixes.iter();
        if let Some((_, prefix)) = prefixes.find(|(space, _)| *space == name.space) {
            self.out.push_str(prefix);
            self.out.push(':');
        }
        self.out.push_str(self.words.local_text(name.local));
    }
}

/// Appends a value so that a reader gets it back as it is: a carriage return, written raw, would be read as a line feed.
fn escape(out: &mut String, value: &str) {
    // All of them are one byte, and no other character has such a byte in it.
    let is_special = |byte: u8| matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\r');
    let mut rest = value;
    while let Some((before, found)) = rest
        .bytes()
        .position(is_special)
        .and_then(|at| rest.split_at_checked(at))
    {
        out.push_str(before);
        let mut after = found.chars();
        out.push_str(match after.next() {
            Some('&') => "&amp;",
            Some('<') => "&lt;",
            Some('>') => "&gt;",
            Some('"') => "&quot;",
            _ => "&#13;",
        });
        rest = after.as_str();
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::text;

    #[test]
    fn a_value_is_read_back_as_it_was_written() {
        for value in [
            "",
            " a  b ",
            "R&D <\"x\"> ]]> 'y'",
            "een\r\ntwee\rdrie\n\tvier",
            "é\u{1F600}\u{85}\u{2028}",
            "&amp;&#13;",
        ] {
            let mut out = String::new();
            escape(&mut out, value);
            assert!(!out.contains(['<', '>', '\r']), "{out}");
            assert_eq!(text::value(&out), value);
        }
    }

    #[test]
    fn classes_are_nested_and_namespaces_stand_at_the_root() {
        let mut words = Vocabulary::default();
        let (a, b) = (
            words.add_space("urn:a").unwrap(),
            words.add_space("urn:b").unwrap(),
        );
        let (x, y) = (words.add_local("X").unwrap(), words.add_local("Y").unwrap());
        let prefixes = vec![(a, "a".to_owned()), (b, "b".to_owned())];
        let mut writer = Writer::new(&words, prefixes, 0);
        writer.class(Name { space: a, local: x }, |inside| {
            inside.value(Name { space: b, local: y }, "1<2");
        });
        assert_eq!(
            String::from_utf8(writer.finish()).unwrap(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <a:X xmlns:a=\"urn:a\" xmlns:b=\"urn:b\">\n  <b:Y>1&lt;2</b:Y>\n</a:X>\n"
        );
    }
}
