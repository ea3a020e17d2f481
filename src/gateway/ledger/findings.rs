//! The findings part of a message: what levels 2 to 4 found in it, without texts, which are made when it is shown. Encrypted under the record's effect
//! key; places in the message and ids of rules, never a value.

use std::collections::BTreeMap;

use knooppunt_standard::rules::{self, Weight};
use knooppunt_standard::{Finding, Findings};
use minicbor::{Decode, Decoder, Encode};

use super::events::EventError;
use super::translation::Left;

/// The version that is written.
const VERSION: u8 = 1;

/// Some of what levels 2 to 4 found in a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FindingsPage {
    /// Those that were asked for, in document order; without those of a rule that this program does not know.
    pub list: Vec<Finding>,
    /// How many are kept.
    pub kept: u64,
    /// How many there are in all, kept or not.
    pub count: u64,
}

/// What levels 2 to 4 found in a message, as far as it is told at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The first findings in document order, at most [`Found::FIRST_MAX`].
    pub first: Vec<Finding>,
    /// How many there are of each code, or of each rule where it has none; what was not kept is not among them.
    pub by_code: BTreeMap<String, u64>,
    /// How many there are in all, kept or not.
    pub count: u64,
    /// Why its products were not translated although they were to be, and which of them its receiver has twice by a translation of before: at most 100, in document order. No findings, and not counted.
    pub not_translated: Vec<Left>,
}

impl Found {
    /// Most findings that are told at once; [`Ledger::findings`](super::Ledger) gives all in pages.
    pub const FIRST_MAX: usize = 1000;

    /// These findings, counted; all but the first are dropped.
    pub(crate) fn of(findings: Findings) -> Self {
        let (counts, count) = (counts(&findings), findings.count());
        let mut first = findings.list;
        first.truncate(Self::FIRST_MAX);
        Self::with(first, counts, count)
    }

    /// The same, with what only the maker is told before it.
    #[must_use]
    pub(crate) fn and(mut self, elsewhere: Findings) -> Self {
        for (code, number) in counts(&elsewhere) {
            if code != MORE {
                *self.by_code.entry(code).or_insert(0) += number;
            }
        }
        self.count += elsewhere.count();
        // Before the others: these are told now or never.
        self.first.splice(0..0, elsewhere.list);
        self.first.truncate(Self::FIRST_MAX);
        self
    }

    /// The counts of a record.
    pub(crate) fn counts(&self) -> BTreeMap<String, u64> {
        let mut counts = self.by_code.clone();
        let more = self.count.saturating_sub(counts.values().sum());
        if more > 0 {
            counts.insert(MORE.to_owned(), more);
        }
        counts
    }

    /// The first findings, with the counts of a record.
    pub(crate) fn with(first: Vec<Finding>, counts: BTreeMap<String, u64>, count: u64) -> Self {
        let mut by_code = counts;
        by_code.remove(MORE);
        Self {
            first,
            by_code,
            count,
            not_translated: Vec::new(),
        }
    }
}

/// Where a record counts what was not kept.
const MORE: &str = "more";

/// Findings per code, or per rule where a rule has no return code; those that were not kept under `more`. As records count them.
pub(crate) fn counts(findings: &Findings) -> BTreeMap<String, u64> {
    let mut by: BTreeMap<&str, u64> = BTreeMap::new();
    for finding in &findings.list {
        let code = if finding.code.is_empty() {
            finding.rule
        } else {
            finding.code
        };
        *by.entry(code).or_insert(0) += 1;
    }
    if findings.more > 0 {
        by.insert(MORE, findings.more);
    }
    let named = by.into_iter();
    named
        .map(|(code, number)| (code.to_owned(), number))
        .collect()
}

#[derive(Debug, PartialEq, Eq, Encode)]
struct Part<'f> {
    #[n(0)]
    version: u8,
    #[n(1)]
    list: Vec<Kept<'f>>,
}

#[derive(Debug, PartialEq, Eq, Encode, Decode)]
struct Kept<'f> {
    #[b(0)]
    rule: &'f str,
    #[n(1)]
    weight: u8,
    #[b(2)]
    path: &'f str,
    #[n(3)]
    line: u32,
    #[n(4)]
    column: u32,
}

/// What a sender is told of a message that was refused for its form: as it is shown, without a value from the message.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Melding {
    /// Stable code of the finding.
    #[n(0)]
    pub code: String,
    /// What is wrong and what is expected, Dutch.
    #[n(1)]
    pub text: String,
    /// Place in the message.
    #[n(2)]
    pub path: String,
    /// Line, from 1.
    #[n(3)]
    pub line: u32,
}

impl Melding {
    /// Most that are kept of one message.
    pub const KEPT_MAX: usize = 100;
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Meldingen {
    #[n(0)]
    version: u8,
    #[n(1)]
    list: Vec<Melding>,
}

/// The findings part of a message that was refused for its form after its receipt was confirmed; `None` when nothing was found.
pub(crate) fn encode_refusal(findings: &Findings) -> Option<Vec<u8>> {
    if findings.list.is_empty() {
        return None;
    }
    let first = findings.list.iter().take(Melding::KEPT_MAX);
    let list = first.map(|finding| Melding {
        code: finding.code.to_owned(),
        text: finding.text().to_owned(),
        path: finding.path.clone(),
        line: finding.line,
    });
    let part = Meldingen {
        version: VERSION,
        list: list.collect(),
    };
    minicbor::to_vec(part).ok()
}

/// Reads such a part. Err: it is of a later program, or not ours.
pub(crate) fn decode_refusal(bytes: &[u8]) -> Result<Vec<Melding>, EventError> {
    let part: Meldingen =
        minicbor::decode(bytes).map_err(|cause| EventError::Malformed(cause.to_string()))?;
    match part.version {
        VERSION => Ok(part.list),
        later => Err(EventError::Version(later)),
    }
}

/// The bytes of the part; `None` when nothing was found.
pub(crate) fn encode(findings: &Findings) -> Option<Vec<u8>> {
    if findings.list.is_empty() {
        return None;
    }
    let list = findings.list.iter().map(|finding| Kept {
        rule: finding.rule,
        weight: number(finding.weight),
        path: &finding.path,
        line: finding.line,
        column: finding.column,
    });
    let part = Part {
        version: VERSION,
        list: list.collect(),
    };
    let encoded = minicbor::to_vec(part);
    debug_assert!(encoded.is_ok(), "writing into memory cannot fail");
    encoded.ok()
}

/// Reads `limit` findings from the `from`th on, of a part of any version ever written, and how many it has; no others are made. One of a rule that this
/// program does not know is left out. Err: it is of a later program, or not ours.
pub(crate) fn decode(
    bytes: &[u8],
    from: usize,
    limit: usize,
) -> Result<(Vec<Finding>, u64), EventError> {
    let malformed = |cause: minicbor::decode::Error| EventError::Malformed(cause.to_string());
    let form = || EventError::Malformed("a version and a list are expected".to_owned());
    let mut decoder = Decoder::new(bytes);
    if decoder.array().map_err(malformed)? != Some(2) {
        return Err(form());
    }
    match decoder.u8().map_err(malformed)? {
        VERSION => {}
        later => return Err(EventError::Version(later)),
    }
    let kept = decoder.array().map_err(malformed)?.ok_or_else(form)?;
    let first = kept.min(from as u64);
    for _ in 0..first {
        decoder.skip().map_err(malformed)?;
    }
    let mut list = Vec::new();
    for _ in first..kept.min(first.saturating_add(limit as u64)) {
        let kept: Kept<'_> = decoder.decode().map_err(malformed)?;
        if let (Some(rule), Some(weight)) = (rules::find(kept.rule), weight(kept.weight)) {
            let at = (kept.line, kept.column);
            list.push(Finding::of_rule(rule, weight, kept.path.to_owned(), at));
        }
    }
    Ok((list, kept))
}

/// Numbers that never change.
const fn number(weight: Weight) -> u8 {
    match weight {
        Weight::Refuses => 0,
        Weight::Advises => 1,
        Weight::Reports => 2,
        Weight::NotAssessed => 3,
    }
}

const fn weight(number: u8) -> Option<Weight> {
    match number {
        0 => Some(Weight::Refuses),
        1 => Some(Weight::Advises),
        2 => Some(Weight::Reports),
        3 => Some(Weight::NotAssessed),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Findings as version 1 wrote them.
    const GOLDEN: &str = include_str!("../../../tests/golden/findings-1.txt");

    fn findings() -> Findings {
        let rule = rules::all()
            .find(|rule| rule.id == "TR002")
            .expect("a rule");
        let weights = [
            Weight::Refuses,
            Weight::Advises,
            Weight::Reports,
            Weight::NotAssessed,
        ];
        let path = "/Bericht/Client/StartProducten/StartProduct[2]/Begindatum";
        Findings {
            list: weights
                .map(|weight| Finding::of_rule(rule, weight, path.to_owned(), (12, 34)))
                .to_vec(),
            more: 0,
        }
    }

    #[test]
    fn findings_of_version_1_are_read_and_written_as_ever() {
        let bytes = encode(&findings()).expect("there are some");
        assert_eq!(data_encoding::HEXLOWER.encode(&bytes), GOLDEN.trim());
        assert_eq!(decode(&bytes, 0, usize::MAX), Ok((findings().list, 4)));
    }

    #[test]
    fn findings_of_a_later_program_and_rules_that_are_not_known_are_told() {
        let part = |version, rule: &str| {
            let kept = Kept {
                rule,
                weight: 0,
                path: "",
                line: 1,
                column: 1,
            };
            let list = vec![kept];
            minicbor::to_vec(Part { version, list }).expect("bytes")
        };
        let read = |bytes: &[u8]| decode(bytes, 0, usize::MAX);
        assert_eq!(read(&part(2, "TR002")), Err(EventError::Version(2)));
        let unknown = read(&part(1, "TR999")).expect("readable");
        assert_eq!(unknown, (Vec::new(), 1));
    }

    #[test]
    fn a_page_is_read_without_the_others_which_are_counted() {
        let (all, bytes) = (
            findings().list,
            encode(&findings()).expect("there are some"),
        );
        for (from, limit) in [
            (0, 0),
            (0, 2),
            (1, 2),
            (3, 5),
            (4, 1),
            (9, 1),
            (2, usize::MAX),
        ] {
            let page = decode(&bytes, from, limit).expect("readable");
            let wanted: Vec<_> = all.iter().skip(from).take(limit).cloned().collect();
            assert_eq!(page, (wanted, 4), "{limit} from {from}");
        }
        for end in 1..bytes.len() {
            let cut = decode(&bytes[..end], 0, usize::MAX);
            assert!(matches!(cut, Err(EventError::Malformed(_))), "cut at {end}");
        }
    }

    #[test]
    fn what_is_told_at_once_has_the_first_and_counts_all_that_was_kept() {
        let one = findings().list.remove(0);
        let found = Found::of(Findings {
            list: vec![one; Found::FIRST_MAX + 1],
            more: 5,
        });
        assert_eq!((found.first.len(), found.count), (1000, 1006));
        assert_eq!(found.by_code.values().sum::<u64>(), 1001);
        assert_eq!(found.counts().get(MORE), Some(&5));
    }

    #[test]
    fn what_has_no_findings_has_no_part() {
        assert_eq!(encode(&Findings::default()), None);
    }
}
