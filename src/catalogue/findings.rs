//! What was found, within bounds: a file that is wrong in every line is told of by its first lines and a number, and fills no memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::finding::{Class, Finding};

/// Most findings of one class in one file that are told one by one.
pub const OF_FILE_MAX: usize = 1_000;
/// Most findings of all files together that are told one by one.
pub const ALL_MAX: usize = 100_000;

/// Findings, and how many more there were.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    kept: Vec<Finding>,
    /// How many there are, by file and class: told and left out.
    counts: BTreeMap<(Arc<str>, Class), (usize, usize)>,
    /// All, told or not.
    count: usize,
}

impl Findings {
    /// One more. It is kept while there is room, and counted else.
    pub(crate) fn push(&mut self, finding: Finding) {
        let file = Arc::clone(&finding.file);
        self.push_with(&file, finding.class, || finding);
    }

    /// One more of this class in this file, made only if it is kept.
    pub(crate) fn push_with(
        &mut self,
        file: &Arc<str>,
        class: Class,
        finding: impl FnOnce() -> Finding,
    ) {
        self.count += 1;
        let (told, left_out) = self.counts.entry((Arc::clone(file), class)).or_default();
        if *told < OF_FILE_MAX && self.kept.len() < ALL_MAX {
            *told += 1;
            self.kept.push(finding());
        } else {
            *left_out += 1;
        }
    }

    /// How many there were, told or not.
    pub(crate) const fn len(&self) -> usize {
        self.count
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// By file and line; of those that were left out, how many of a class there are in a file, as a finding about the whole of it.
    pub(crate) fn told(self) -> Vec<Finding> {
        let Self {
            mut kept, counts, ..
        } = self;
        let counts = counts
            .into_iter()
            .filter(|(_, (_, left_out))| *left_out > 0);
        kept.extend(counts.map(|((file, class), (told, left_out))| Finding {
            file,
            line: 0,
            class,
            count: left_out,
            text: format!(
                "Van deze klasse zijn er in dit bestand nog {left_out}, na de {told} die er staan."
            ),
            remedy: "Los op wat er staat, en kijk dan opnieuw.".to_owned(),
        }));
        kept.sort();
        kept
    }
}

impl Extend<Finding> for Findings {
    fn extend<T: IntoIterator<Item = Finding>>(&mut self, findings: T) {
        for finding in findings {
            self.push(finding);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(file: &str, class: Class, count: usize, findings: &mut Findings) {
        let file: Arc<str> = file.into();
        for line in 1..=u32::try_from(count).unwrap() {
            findings.push_with(&file, class, || Finding {
                file: Arc::clone(&file),
                line,
                class,
                count: 1,
                text: String::new(),
                remedy: String::new(),
            });
        }
    }

    #[test]
    fn of_a_class_in_a_file_so_many_are_told_and_the_rest_is_counted() {
        let mut findings = Findings::default();
        some("een.tsv", Class::F06, OF_FILE_MAX, &mut findings);
        some("een.tsv", Class::M12, 1, &mut findings);
        some("twee.tsv", Class::F06, OF_FILE_MAX + 3, &mut findings);
        assert_eq!(findings.len(), 2 * OF_FILE_MAX + 4);
        let told = findings.told();
        assert_eq!(told.len(), 2 * OF_FILE_MAX + 2);
        let rest: Vec<_> = told.iter().filter(|one| one.line == 0).collect();
        assert_eq!(rest.len(), 1);
        assert_eq!(
            (&*rest[0].file, rest[0].class, rest[0].count),
            ("twee.tsv", Class::F06, 3)
        );
        assert!(rest[0].text.contains("nog 3"), "{}", rest[0]);
    }

    #[test]
    fn of_all_files_so_many_are_told_and_none_is_lost_from_the_count() {
        let mut findings = Findings::default();
        let files = ALL_MAX / OF_FILE_MAX + 2;
        for file in 0..files {
            some(
                &format!("{file:04}.tsv"),
                Class::F06,
                OF_FILE_MAX,
                &mut findings,
            );
        }
        let told = findings.told();
        assert_eq!(told.len(), ALL_MAX + 2);
        let count: usize = told.iter().map(|one| one.count).sum();
        assert_eq!(count, files * OF_FILE_MAX);
    }
}
