//! From bytes of a body to lines and columns, asked from front to back.
//! Knows nothing of elements: `place` says which byte an element stands at.

/// Lines of a body, counted once from front to back.
#[derive(Clone, Copy)]
pub(crate) struct Lines<'b> {
    body: &'b str,
    read: usize,
    line: u32,
    line_start: usize,
}

impl<'b> Lines<'b> {
    pub(crate) const fn new(body: &'b str) -> Self {
        Self {
            body,
            read: 0,
            line: 1,
            line_start: 0,
        }
    }

    /// Line and column of a byte that is not before the last one asked for; both from 1, the column
    /// in characters.
    pub(crate) fn position(&mut self, at: usize) -> (u32, u32) {
        let at = at.min(self.body.len()).max(self.read);
        let passed = self.body.as_bytes().get(self.read..at).unwrap_or_default();
        for end in memchr::memchr2_iter(b'\r', b'\n', passed) {
            let after = self.read + end + 1;
            // CR, LF and CR LF end a line each (XML 1.0, 2.11): the CR of a pair is passed over.
            let is_pair = self.body.as_bytes().get(after - 1..=after) == Some(b"\r\n");
            if !is_pair {
                self.line = self.line.saturating_add(1);
                self.line_start = after;
            }
        }
        self.read = at;
        let before = self
            .body
            .as_bytes()
            .get(self.line_start..at)
            .unwrap_or_default();
        // A byte order mark is no character of the first line.
        let before = before
            .strip_prefix(b"\xEF\xBB\xBF")
            .filter(|_| self.line_start == 0)
            .unwrap_or(before);
        let characters = before.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
        (self.line, u32::try_from(characters + 1).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_characters_from_one() {
        let body = "\u{FEFF}<a>\nél<b/>\n\n</a>";
        let mut lines = Lines::new(body);
        assert_eq!(lines.position(3), (1, 1));
        assert_eq!(lines.position(body.find("<b").unwrap()), (2, 3));
        assert_eq!(lines.position(body.find("</a").unwrap()), (4, 1));
        assert_eq!(lines.position(1000), (4, 5));
    }

    #[test]
    fn every_line_end_of_xml_ends_a_line_and_a_pair_ends_one() {
        for body in [
            "<a>\r\r<b/>\r</a>",
            "<a>\n\n<b/>\n</a>",
            "<a>\r\n\r\n<b/>\r\n</a>",
        ] {
            let mut lines = Lines::new(body);
            assert_eq!(lines.position(body.find("<b").unwrap()), (3, 1), "{body:?}");
            assert_eq!(
                lines.position(body.find("</a").unwrap()),
                (4, 1),
                "{body:?}"
            );
        }
    }
}
