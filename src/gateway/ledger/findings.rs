//! The findings part of a message: what levels 2 to 4 found in it, without texts, which are made when it is shown. Encrypted under the record's effect
//! key; places in the message and ids of rules, never a value.

use knooppunt_standard::rules::{self, Weight};
use knooppunt_standard::{Finding, Findings};
use minicbor::{Decode, Encode};

use super::events::EventError;

/// The version that is written.
const VERSION: u8 = 1;

#[derive(Debug, PartialEq, Eq, Encode, Decode)]
struct Part {
    #[n(0)]
    version: u8,
    #[n(1)]
    list: Vec<Kept>,
}

#[derive(Debug, PartialEq, Eq, Encode, Decode)]
struct Kept {
    #[n(0)]
    rule: String,
    #[n(1)]
    weight: u8,
    #[n(2)]
    path: String,
    #[n(3)]
    line: u32,
    #[n(4)]
    column: u32,
}

/// The bytes of the part; `None` when nothing was found.
pub(crate) fn encode(findings: &Findings) -> Option<Vec<u8>> {
    if findings.list.is_empty() {
        return None;
    }
    let list = findings.list.iter().map(|finding| Kept {
        rule: finding.rule.to_owned(),
        weight: number(finding.weight),
        path: finding.path.clone(),
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

/// Reads a part of any version ever written. A rule that this program does not know is left out and counted. Err: it is of a later program, or not ours.
pub(crate) fn decode(bytes: &[u8]) -> Result<Findings, EventError> {
    let malformed = |cause: String| EventError::Malformed(cause);
    let part: Part = minicbor::decode(bytes).map_err(|cause| malformed(cause.to_string()))?;
    if part.version != VERSION {
        return Err(EventError::Version(part.version));
    }
    let mut findings = Findings::default();
    for kept in part.list {
        let rule = rules::find(&kept.rule);
        match (rule, weight(kept.weight)) {
            (Some(rule), Some(weight)) => {
                let at = (kept.line, kept.column);
                findings
                    .list
                    .push(Finding::of_rule(rule, weight, kept.path, at));
            }
            _ => findings.more += 1,
        }
    }
    Ok(findings)
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
        assert_eq!(decode(&bytes), Ok(findings()));
    }

    #[test]
    fn findings_of_a_later_program_and_rules_that_are_not_known_are_told() {
        let part = |version, rule: &str| {
            let kept = Kept {
                rule: rule.to_owned(),
                weight: 0,
                path: String::new(),
                line: 1,
                column: 1,
            };
            let list = vec![kept];
            minicbor::to_vec(Part { version, list }).expect("bytes")
        };
        assert_eq!(decode(&part(2, "TR002")), Err(EventError::Version(2)));
        let unknown = decode(&part(1, "TR999")).expect("readable");
        assert_eq!((unknown.list.len(), unknown.more), (0, 1));
    }

    #[test]
    fn what_has_no_findings_has_no_part() {
        assert_eq!(encode(&Findings::default()), None);
    }
}
