//! Making a card: its statement, the values of its rows, and the key of its codes. The secret is used here, once, and kept by nobody.

use super::code::CodeKey;
use super::statement::{CardFacts, CardStatement};
use super::strip::{CardId, Strip};
use crate::delivery::bytes::Secret;

/// A card as it is printed.
#[derive(Debug, Clone)]
pub struct Issued {
    /// What is stated of it.
    pub statement: CardStatement,
    /// Its id.
    pub id: CardId,
    /// The values, that of row `n` first, that of row 0 last.
    chain: Vec<Strip>,
    /// The key of its codes.
    pub codes: CodeKey,
}

impl Issued {
    /// Makes a card. `secret` is 32 random bytes for this card alone, which the caller wipes once it is printed.
    pub fn new(facts: CardFacts, secret: &Secret) -> Issued {
        let id = facts.id();
        let top = Strip::top(secret, id);
        let chain = top.chain(id, facts.rows);
        let codes = CodeKey::of(secret, id);
        let statement = CardStatement {
            anchor: chain.last().copied().unwrap_or(top),
            code_commitment: codes.commitment(),
            facts,
        };
        Issued {
            statement,
            id,
            chain,
            codes,
        }
    }

    /// The value of a row, 0 to `n`. None: there is no such row.
    pub fn strip(&self, row: u32) -> Option<Strip> {
        let place = self.statement.facts.rows.checked_sub(row)?;
        self.chain.get(usize::try_from(place).ok()?).copied()
    }
}
