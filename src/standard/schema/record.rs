//! Collects findings while a body is read; works out line and column at the end, for findings only.
//! Keeps them in document order.

use std::collections::BTreeMap;

use crate::finding::{Code, Finding, Findings};
use crate::rules::Weight;
use crate::xml::lines::Lines;

#[derive(Debug)]
struct Recorded {
    code: Code,
    path: String,
    text: String,
}

/// One recorded finding: its byte, and a number that keeps those at one byte in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    at: usize,
    number: u64,
}

/// Findings by byte position: the first of them, at most a fixed number; the rest is counted.
#[derive(Debug)]
pub(crate) struct Recorder {
    kept: BTreeMap<Key, Recorded>,
    most: usize,
    more: u64,
    next: u64,
}

impl Recorder {
    pub(crate) const fn new(most: usize) -> Self {
        Self {
            kept: BTreeMap::new(),
            most,
            more: 0,
            next: 0,
        }
    }

    /// Whether as many findings are kept as may be.
    pub(crate) fn is_full(&self) -> bool {
        self.kept.len() >= self.most
    }

    /// Records a finding at a byte, which may lie before that of others: what is wrong with the order
    /// of a class shows at its end. Path and text are made only when it is kept; gives its key then.
    pub(crate) fn add(
        &mut self,
        code: Code,
        at: usize,
        path: impl FnOnce() -> String,
        text: impl FnOnce() -> String,
    ) -> Option<Key> {
        let key = Key {
            at,
            number: self.next,
        };
        self.next += 1;
        if self.is_full() {
            self.more += 1;
            if self
                .kept
                .last_key_value()
                .is_none_or(|(last, _)| *last < key)
            {
                return None;
            }
            self.kept.pop_last();
        }
        self.kept.insert(
            key,
            Recorded {
                code,
                path: path(),
                text: text(),
            },
        );
        Some(key)
    }

    /// Changes what a finding says, now that more is known; its place stays.
    pub(crate) fn amend(&mut self, key: Option<Key>, code: Code, text: impl FnOnce() -> String) {
        if let Some(recorded) = key.and_then(|key| self.kept.get_mut(&key)) {
            recorded.code = code;
            recorded.text = text();
        }
    }

    /// Changes what element a finding is about.
    pub(crate) fn readdress(&mut self, key: Option<Key>, path: impl FnOnce() -> String) {
        if let Some(recorded) = key.and_then(|key| self.kept.get_mut(&key)) {
            recorded.path = path();
        }
    }

    /// The findings with their lines and columns in `body`.
    pub(crate) fn finish(&mut self, body: &str) -> Findings {
        let mut lines = Lines::new(body);
        let list = std::mem::take(&mut self.kept)
            .into_iter()
            .map(|(key, recorded)| {
                let (line, column) = lines.position(key.at);
                Finding {
                    level: 1,
                    rule: recorded.code.rule(),
                    code: recorded.code.as_str(),
                    path: recorded.path,
                    line,
                    column,
                    weight: Weight::Refuses,
                    text: recorded.text.into(),
                    remedy: None,
                }
            });
        Findings {
            list: list.collect(),
            more: self.more,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_findings_of_the_document_are_kept_in_whatever_order_they_come() {
        let mut recorder = Recorder::new(2);
        for at in [5, 7, 1, 9, 3] {
            recorder.add(Code::ElementMissing, at, || at.to_string(), String::new);
        }
        let findings = recorder.finish("0123456789");
        let columns: Vec<u32> = findings.list.iter().map(|finding| finding.column).collect();
        assert_eq!((columns, findings.more), (vec![2, 4], 3));
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
