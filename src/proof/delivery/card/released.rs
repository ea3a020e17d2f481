//! What is known of a card from lines that came in: which rows were shown to be released, and which ranges are in use. In whatever order lines come, the same holds.

use std::collections::BTreeMap;

use super::code::CodeKey;
use super::statement::CardStatement;
use super::strip::{CardId, Strip};
use super::strips::{StripClaim, StripProof};
use crate::delivery::date::Month;
use crate::delivery::subject::Subject;
use crate::hash::Hash;

/// Wrong codes of one card in a month, after which its codes are closed until the municipality opens them.
pub const CODES_WRONG_MAX: u8 = 5;

/// Why a range of rows is not taken as confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StripFault {
    /// No card of that number is known for this law, municipality, provider and allocation.
    #[error("no such card")]
    NoCard,
    /// The card is for lines in another unit.
    #[error("a card for another unit")]
    Unit,
    /// Not from a row to a higher one on the card.
    #[error("no range of rows of this card")]
    Range,
    /// Beyond the row up to which a revoked card counts.
    #[error("beyond the row up to which the card counts")]
    Revoked,
    /// The value is not that of the row.
    #[error("not the value of that row")]
    Value,
    /// The code is not that of the row.
    #[error("not the code of that row")]
    Code,
    /// Too many wrong codes in a month. Whether this one is right was not looked at.
    #[error("codes of this card are closed until the municipality opens them")]
    CodesClosed,
    /// The key of the codes is not at hand: only the municipality can say.
    #[error("codes can be checked by the municipality only")]
    NoCodeKey,
    /// Rows that another line uses, or that a credited line left for its successor.
    #[error("rows that are in use")]
    Taken,
}

impl StripFault {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoCard => "strip-no-card",
            Self::Unit => "strip-unit",
            Self::Range => "strip-range",
            Self::Revoked => "strip-revoked",
            Self::Value => "strip-value",
            Self::Code => "strip-code",
            Self::CodesClosed => "strip-codes-closed",
            Self::NoCodeKey => "strip-no-code-key",
            Self::Taken => "strip-taken",
        }
    }
}

/// A range in use. `line` is None once that line was credited: the rows are then its successor's only.
#[derive(Debug, Clone)]
struct Range {
    from: u32,
    to: u32,
    subject: Subject,
    line: Option<Hash>,
}

/// A card and what was released of it.
#[derive(Debug, Clone)]
pub struct Released {
    card: CardStatement,
    id: CardId,
    upto: u32,
    codes: Option<CodeKey>,
    verified: BTreeMap<u32, Strip>,
    ranges: Vec<Range>,
    wrong_codes: BTreeMap<Month, u8>,
}

impl Released {
    /// A card of which nothing was released. `codes` is the key of its codes, which only the municipality has.
    pub fn new(card: CardStatement, codes: Option<CodeKey>) -> Released {
        let codes = codes.filter(|codes| codes.commitment() == card.code_commitment);
        Released {
            id: card.facts.id(),
            upto: card.facts.rows,
            codes,
            verified: BTreeMap::from([(0, card.anchor)]),
            ranges: Vec::new(),
            wrong_codes: BTreeMap::new(),
            card,
        }
    }

    /// The card.
    pub fn card(&self) -> &CardStatement {
        &self.card
    }

    /// Its id.
    pub fn id(&self) -> CardId {
        self.id
    }

    /// That only rows up to this one count. More than one revocation: the lowest holds.
    pub fn revoke(&mut self, upto: u32) {
        self.upto = self.upto.min(upto);
    }

    /// The highest row that was shown to be released.
    pub fn highest(&self) -> u32 {
        self.verified.last_key_value().map_or(0, |(row, _)| *row)
    }

    /// Whether this is the value of that row. What a scanner asks while the client is there, and what is asked of a line; it changes nothing.
    pub fn is_value_of(&self, row: u32, strip: Strip) -> bool {
        if row > self.card.facts.rows {
            return false;
        }
        // Between the row and the nearest one above it, or else below it, lies the least to hash.
        if let Some((above, known)) = self.verified.range(row..).next() {
            return known.down(self.id, *above, row) == Some(strip);
        }
        let below = self.verified.range(..row).next_back();
        below.is_some_and(|(below, known)| strip.down(self.id, row, *below) == Some(*known))
    }

    /// Keeps a value. False: it is not that of the row, and nothing is kept.
    pub fn keep(&mut self, row: u32, strip: Strip) -> bool {
        let holds = self.is_value_of(row, strip);
        if holds {
            self.verified.insert(row, strip);
        }
        holds
    }

    /// Whether a line may count this range: its proof holds, and nobody else has rows of it. Err: the first thing that is wrong. Changes nothing.
    ///
    /// `line` is the entry of the line's own statement: that it took this very range already is no hindrance.
    pub fn judge(
        &self,
        claim: &StripClaim,
        subject: &Subject,
        line: Hash,
    ) -> Result<(), StripFault> {
        if claim.from >= claim.to || claim.to > self.card.facts.rows {
            return Err(StripFault::Range);
        }
        if claim.to > self.upto {
            return Err(StripFault::Revoked);
        }
        match claim.proof {
            StripProof::Strip(strip) if self.is_value_of(claim.to, strip) => {}
            StripProof::Strip(_) => return Err(StripFault::Value),
            StripProof::Code(_) if self.codes_are_closed() => {
                return Err(StripFault::CodesClosed);
            }
            StripProof::Code(code) => {
                let codes = self.codes.as_ref().ok_or(StripFault::NoCodeKey)?;
                if codes.of_row(claim.to) != code {
                    return Err(StripFault::Code);
                }
            }
        }
        let overlaps = |range: &&Range| range.from < claim.to && claim.from < range.to;
        let is_own = |range: &Range| (range.from, range.to) == (claim.from, claim.to);
        let hinders = |range: &Range| match range.line {
            Some(other) => other != line || !is_own(range),
            None => range.subject != *subject,
        };
        if self.ranges.iter().filter(overlaps).any(hinders) {
            return Err(StripFault::Taken);
        }
        Ok(())
    }

    /// Takes up a range for a line, if it may. `month` is that of today: wrong codes are counted by month. Err: as [`Released::judge`], and then only a wrong code leaves
    /// a trace.
    pub fn take(
        &mut self,
        claim: &StripClaim,
        subject: &Subject,
        line: Hash,
        month: Month,
    ) -> Result<(), StripFault> {
        if let Err(fault) = self.judge(claim, subject, line) {
            if fault == StripFault::Code {
                let wrong = self.wrong_codes.entry(month).or_default();
                *wrong = wrong.saturating_add(1);
            }
            return Err(fault);
        }
        if let StripProof::Strip(strip) = claim.proof {
            self.verified.insert(claim.to, strip);
        }
        let is_same = |range: &Range| range.line == Some(line) && range.to == claim.to;
        if !self.ranges.iter().any(is_same) {
            self.ranges.push(Range {
                from: claim.from,
                to: claim.to,
                subject: subject.clone(),
                line: Some(line),
            });
        }
        Ok(())
    }

    /// The line was refused, or its statement replaced: its rows are anybody's again.
    pub fn free(&mut self, line: Hash) {
        self.ranges.retain(|range| range.line != Some(line));
    }

    /// The line was credited: its rows are for a new line of the same subject only.
    pub fn credit(&mut self, line: Hash) {
        for range in &mut self.ranges {
            if range.line == Some(line) {
                range.line = None;
            }
        }
    }

    /// Whether codes of this card are closed: of any month too many were wrong, and the municipality has not opened them since.
    pub fn codes_are_closed(&self) -> bool {
        let mut wrong = self.wrong_codes.values();
        wrong.any(|wrong| *wrong >= CODES_WRONG_MAX)
    }

    /// The municipality opens the codes of this card again.
    pub fn reopen_codes(&mut self) {
        self.wrong_codes.clear();
    }
}
