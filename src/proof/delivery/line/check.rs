//! A statement held against its line, its cards and what is known already: everything that can be said without the log.

use super::declared::DeclaredLine;
use super::statement::LineStatement;
use crate::delivery::card::{Confirmed, Released, StripClaim, StripFault, confirmed};
use crate::delivery::claim::Claim;
use crate::delivery::key::{Key, Role};
use crate::delivery::record::Nf;
use crate::delivery::signed::{Signed, SignedError};
use crate::delivery::tree::{NfList, NfListError};
use crate::hash::Hash;

/// Why a statement is refused at the door: it then is nobody's, and no verdict is made of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DoorError {
    /// Not a statement of a line.
    #[error("not a statement of a line")]
    NotALine,
    /// The key is not one of a provider, not of this one, or not valid at this time.
    #[error("the key does not sign for this provider now")]
    Key,
    /// Another key signed it, or the signature does not hold.
    #[error(transparent)]
    Signed(#[from] SignedError),
}

impl DoorError {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotALine => "door-not-a-line",
            Self::Key => "door-key",
            Self::Signed(error) => error.code(),
        }
    }
}

/// What does not hold of a statement. Advice to the municipality; a line is never refused for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LineFinding {
    /// Its law is not that of the declaration.
    Law,
    /// Its municipality is not the receiver.
    Gemeente,
    /// Its provider is not the sender.
    Agb,
    /// Another declaration.
    Declaration,
    /// Another line.
    Reference,
    /// Another allocation.
    Toewijzing,
    /// Another product.
    Product,
    /// Another period.
    Period,
    /// Another unit.
    Unit,
    /// Another volume.
    Volume,
    /// Another amount.
    Amount,
    /// The weight is not the volume times the weight of its unit.
    Weight,
    /// More is late than there is.
    Late,
    /// A range of rows does not hold: which, and why.
    Strip {
        /// Its place in the statement, from 0.
        place: usize,
        /// Why.
        fault: StripFault,
    },
    /// The list of duplicate values is none of this tree.
    NfList(NfListError),
    /// The list is not the one that was committed to.
    NfHash,
    /// A visit of this line stands in another live line of the provider.
    Duplicate,
}

impl LineFinding {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Law => "line-law",
            Self::Gemeente => "line-gem",
            Self::Agb => "line-agb",
            Self::Declaration => "line-decl",
            Self::Reference => "line-ref",
            Self::Toewijzing => "line-toew",
            Self::Product => "line-product",
            Self::Period => "line-period",
            Self::Unit => "line-unit",
            Self::Volume => "line-volume",
            Self::Amount => "line-amount",
            Self::Weight => "line-weight",
            Self::Late => "line-late",
            Self::Strip { fault, .. } => fault.code(),
            Self::NfList(error) => error.code(),
            Self::NfHash => "nfs-hash",
            Self::Duplicate => "dubbel",
        }
    }

    /// Which check it is of.
    pub fn check(self) -> LineCheck {
        match self {
            Self::Strip { .. } => LineCheck::Strip,
            Self::NfList(_) | Self::NfHash | Self::Duplicate => LineCheck::Nf,
            Self::Law
            | Self::Gemeente
            | Self::Agb
            | Self::Declaration
            | Self::Reference
            | Self::Toewijzing
            | Self::Product
            | Self::Period
            | Self::Unit
            | Self::Volume
            | Self::Amount
            | Self::Weight
            | Self::Late => LineCheck::Match,
        }
    }
}

/// The checks of a line that need no log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineCheck {
    /// It says what the line says.
    Match,
    /// Its ranges of rows hold.
    Strip,
    /// Its list of duplicate values holds.
    Nf,
}

/// What came of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineReport {
    /// What does not hold, in the order of the checks.
    pub findings: Vec<LineFinding>,
    /// What its client confirmed: of the ranges that hold.
    pub confirmed: Confirmed,
}

impl LineReport {
    /// Whether nothing is wrong in this check.
    pub fn holds(&self, check: LineCheck) -> bool {
        !self.findings.iter().any(|finding| finding.check() == check)
    }
}

/// That a statement may come in: it is of a line, and this key signed it, which signs for the provider that it names at this time (seconds since 1970).
/// Err: it is refused.
pub fn admit<'a>(signed: &'a Signed, key: &Key, now: u64) -> Result<&'a LineStatement, DoorError> {
    let Claim::Line(line) = signed.statement().claim() else {
        return Err(DoorError::NotALine);
    };
    let is_provider = key.role == Role::Provider && key.party.as_str() == line.name.agb.as_str();
    if !is_provider || !key.is_valid_at(now) {
        return Err(DoorError::Key);
    }
    signed.verify(&key.public)?;
    Ok(line)
}

/// Holds a statement that was let in against its line, its cards and the duplicate values in use. Changes nothing.
///
/// `cards` gives a card of the allocation by its number, `taken` whether a duplicate value is that of another live line of the provider, `nfs` is the list as it came.
/// Allocation and budget (TR321, TR369) and the log are looked at elsewhere.
pub fn check_line<'a>(
    line: &LineStatement,
    entry: Hash,
    nfs: Option<&[u8]>,
    declared: &DeclaredLine,
    cards: impl Fn(u32) -> Option<&'a Released>,
    taken: impl Fn(&Nf) -> bool,
) -> LineReport {
    let mut findings = matches(line, declared);
    let mut held: Vec<(&StripClaim, u32)> = Vec::new();
    for (place, claim) in line.strips.iter().enumerate() {
        let overlaps = |(other, _): &(&StripClaim, u32)| {
            other.ver == claim.ver && other.from < claim.to && claim.from < other.to
        };
        let judged = cards(claim.ver).ok_or(StripFault::NoCard).and_then(|card| {
            judge_strip(line, entry, claim, card)?;
            if held.iter().any(overlaps) {
                return Err(StripFault::Taken);
            }
            Ok(card.card().facts.quantum)
        });
        match judged {
            Ok(quantum) => held.push((claim, quantum)),
            Err(fault) => findings.push(LineFinding::Strip { place, fault }),
        }
    }
    if line.has_tree() {
        match NfList::parse(nfs.unwrap_or_default(), line.depth) {
            Err(error) => findings.push(LineFinding::NfList(error)),
            Ok(list) if list.hash() != line.nfh => findings.push(LineFinding::NfHash),
            Ok(list) if list.values().iter().any(taken) => findings.push(LineFinding::Duplicate),
            Ok(_) => {}
        }
    }
    LineReport {
        findings,
        confirmed: confirmed(line.w, held),
    }
}

fn judge_strip(
    line: &LineStatement,
    entry: Hash,
    claim: &StripClaim,
    card: &Released,
) -> Result<(), StripFault> {
    let (facts, name) = (&card.card().facts, &line.name);
    let is_of_line = facts.law == name.law
        && facts.gem == name.gem
        && facts.agb == name.agb
        && facts.toew == line.subject.toew
        && facts.ver == claim.ver;
    if !is_of_line {
        return Err(StripFault::NoCard);
    }
    if !facts.unit.shares_card(line.unit) {
        return Err(StripFault::Unit);
    }
    card.judge(claim, &line.subject, entry)
}

fn matches(line: &LineStatement, declared: &DeclaredLine) -> Vec<LineFinding> {
    let (name, other) = (&line.name, &declared.name);
    let (subject, about) = (&line.subject, &declared.subject);
    let product = (&subject.category, &subject.code) == (&about.category, &about.code);
    let period = (subject.begin, subject.end) == (about.begin, about.end);
    let w = line.volume.checked_mul(line.unit.weight());
    let holds = [
        (name.law == other.law, LineFinding::Law),
        (name.gem == other.gem, LineFinding::Gemeente),
        (name.agb == other.agb, LineFinding::Agb),
        (name.decl == other.decl, LineFinding::Declaration),
        (name.reference == other.reference, LineFinding::Reference),
        (subject.toew == about.toew, LineFinding::Toewijzing),
        (product, LineFinding::Product),
        (period, LineFinding::Period),
        (line.unit == declared.unit, LineFinding::Unit),
        (line.volume == declared.volume, LineFinding::Volume),
        (line.amount == declared.amount, LineFinding::Amount),
        (w == Some(line.w), LineFinding::Weight),
        (line.late <= line.w, LineFinding::Late),
    ];
    let wrong = holds.into_iter().filter(|(holds, _)| !holds);
    wrong.map(|(_, finding)| finding).collect()
}
