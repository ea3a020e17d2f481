//! Collects findings while a body is read; works out line and column at the end, for findings only.
//! Keeps them in document order.

use crate::finding::{Code, Finding, Findings};

#[derive(Debug)]
struct Recorded {
    code: Code,
    at: usize,
    path: String,
    text: String,
    is_withdrawn: bool,
}

/// Findings by byte position; at most a fixed number of them, the rest counted.
#[derive(Debug)]
pub(crate) struct Recorder {
    list: Vec<Recorded>,
    most: usize,
    more: u64,
}

impl Recorder {
    pub(crate) const fn new(most: usize) -> Self {
        Self {
            list: Vec::new(),
            most,
            more: 0,
        }
    }

    /// Whether the next finding would only be counted.
    pub(crate) const fn is_full(&self) -> bool {
        self.list.len() >= self.most
    }

    /// Records a finding at a byte not before that of the last one. Path and text are made only when
    /// it is kept; gives its number then.
    pub(crate) fn add(
        &mut self,
        code: Code,
        at: usize,
        path: impl FnOnce() -> String,
        text: impl FnOnce() -> String,
    ) -> Option<usize> {
        if self.is_full() {
            self.more += 1;
            return None;
        }
        self.list.push(Recorded {
            code,
            at,
            path: path(),
            text: text(),
            is_withdrawn: false,
        });
        Some(self.list.len() - 1)
    }

    /// Changes what a finding says, now that more is known; its place stays.
    pub(crate) fn amend(&mut self, finding: usize, code: Code, text: String) {
        if let Some(recorded) = self.list.get_mut(finding) {
            recorded.code = code;
            recorded.text = text;
        }
    }

    /// Takes a finding back, now that more is known; `None`: one that was only counted.
    pub(crate) fn withdraw(&mut self, finding: Option<usize>) {
        match finding.and_then(|finding| self.list.get_mut(finding)) {
            Some(recorded) => recorded.is_withdrawn = true,
            None => self.more = self.more.saturating_sub(1),
        }
    }

    /// Name of the element that a finding is about.
    pub(crate) fn last_name(&self, finding: usize) -> &str {
        let path = self
            .list
            .get(finding)
            .map_or("", |recorded| recorded.path.as_str());
        path.rsplit('/').next().unwrap_or_default()
    }

    /// The findings with their lines and columns in `body`.
    pub(crate) fn finish(&mut self, body: &str) -> Findings {
        let mut lines = Lines {
            body,
            read: 0,
            line: 1,
            line_start: 0,
        };
        let list = self
            .list
            .drain(..)
            .filter(|recorded| !recorded.is_withdrawn)
            .map(|recorded| {
                let (line, column) = lines.position(recorded.at);
                Finding {
                    level: 1,
                    rule: recorded.code.rule(),
                    code: recorded.code.as_str(),
                    path: recorded.path,
                    line,
                    column,
                    text: recorded.text,
                }
            });
        Findings {
            list: list.collect(),
            more: self.more,
        }
    }
}

/// Lines of a body, counted once from front to back.
struct Lines<'b> {
    body: &'b str,
    read: usize,
    line: u32,
    line_start: usize,
}

impl Lines<'_> {
    /// Line and column of a byte that is not before the last one asked for; both from 1, the column
    /// in characters.
    fn position(&mut self, at: usize) -> (u32, u32) {
        let at = at.min(self.body.len()).max(self.read);
        let passed = self.body.as_bytes().get(self.read..at).unwrap_or_default();
        for newline in memchr::memchr_iter(b'\n', passed) {
            self.line = self.line.saturating_add(1);
            self.line_start = self.read + newline + 1;
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
        let mut lines = Lines {
            body,
            read: 0,
            line: 1,
            line_start: 0,
        };
        assert_eq!(lines.position(3), (1, 1));
        assert_eq!(lines.position(body.find("<b").unwrap()), (2, 3));
        assert_eq!(lines.position(body.find("</a").unwrap()), (4, 1));
        assert_eq!(lines.position(1000), (4, 5));
    }

    #[test]
    fn one_finding_past_the_limit_is_counted_and_not_kept() {
        let mut recorder = Recorder::new(2);
        for at in 0..3 {
            recorder.add(Code::ElementMissing, at, String::new, String::new);
        }
        let findings = recorder.finish("abc");
        assert_eq!(
            (findings.list.len(), findings.more, findings.count()),
            (2, 1, 3)
        );
        assert!(!findings.is_empty());
    }
}
