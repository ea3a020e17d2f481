//! To whom messages are brought at which endpoint, since when, and with which words: what a courier must know again after a stop. It knows no register and no
//! settings, only what was recorded of them.

use std::collections::BTreeSet;

use jiff::Timestamp;
use minicbor::{Decode, Encode};

use super::commit::Submission;
use super::events::{Brings, Event, Words};
use super::lock::Held;
use super::views::{self, mailbox_key, row};
use super::{Ledger, LedgerError};
use crate::store::{Batch, Collection, Position};

/// Party (register name), a zero byte and position -> [`BringsRow`]: one for every change.
pub(crate) const BROUGHT: Collection = Collection::of("brought");

/// What holds from a position on.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct BringsRow {
    #[n(0)]
    position: u64,
    #[cbor(n(1), with = "views::time")]
    at: Timestamp,
    #[n(2)]
    brings: Brings,
}

/// The row of a change.
pub(super) fn brings(batch: &mut Batch, position: Position, at: Timestamp, event: &Brings) {
    let Position(position) = position;
    let change = BringsRow {
        position,
        at,
        brings: event.clone(),
    };
    batch.put(BROUGHT, mailbox_key(&event.party, position), row(&change));
}

/// What was brought to the endpoints of a party at any time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Brought(Vec<BringsRow>);

impl Brought {
    /// What holds now; `None`: nothing was ever brought.
    pub(crate) fn now(&self) -> Option<&Brings> {
        self.0.last().map(|row| &row.brings)
    }

    /// When that was changed last.
    pub(crate) fn changed(&self) -> Option<Timestamp> {
        self.0.last().map(|row| row.at)
    }

    /// Since when what is for this code, or for the party by its name, is brought without a break; `None`: it is not.
    pub(crate) fn since(&self, to: &str) -> Option<Timestamp> {
        let brought = |row: &&BringsRow| row.brings.to.iter().any(|known| known == to);
        let unbroken = self.0.iter().rev().take_while(brought);
        unbroken.last().map(|row| row.at)
    }

    /// The words that held when the record at a position was made; of what is older than all words, the first. `None`: there are none.
    pub(crate) fn words(&self, position: u64) -> Option<&Words> {
        let said = |row: &BringsRow| row.position <= position && row.brings.words.is_some();
        let held = self.0.iter().rev().find(|row| said(row));
        let first = || self.0.iter().find(|row| row.brings.words.is_some());
        held.or_else(first)?.brings.words.as_ref()
    }
}

impl Ledger {
    /// What was brought to the endpoints of a party at any time.
    pub(crate) fn brought(&self, party: &str) -> Result<Brought, LedgerError> {
        let (from, to) = (mailbox_key(party, 0), mailbox_key(party, u64::MAX));
        // One row for every change of the register or of settings: few.
        self.rows(BROUGHT, &from, &to, usize::MAX).map(Brought)
    }

    /// The parties to whose endpoints something is brought by what was recorded.
    pub(crate) fn brought_to(&self) -> Result<BTreeSet<String>, LedgerError> {
        let rows: Vec<BringsRow> = self.rows(BROUGHT, &[], &[0xff], usize::MAX)?;
        let mut parties = BTreeSet::new();
        for BringsRow { brings, .. } in rows {
            if brings.endpoint.is_some() {
                parties.insert(brings.party);
            } else {
                parties.remove(&brings.party);
            }
        }
        Ok(parties)
    }
}

/// Records what is brought from now on. Err: it could not be recorded.
pub(crate) async fn bring(ledger: &Ledger, brings: Brings) -> Result<(), LedgerError> {
    let fact = Submission::fact(Event::Brings(brings), Held::default());
    ledger.commit(fact).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brought(changes: &[(u64, &[&str], Option<&str>)]) -> Brought {
        let rows = changes.iter().map(|(position, to, application)| BringsRow {
            position: *position,
            at: at(*position),
            brings: Brings {
                party: "gemeente-a".to_owned(),
                endpoint: application.map(|_| "ggk0210".to_owned()),
                to: to.iter().map(|to| (*to).to_owned()).collect(),
                words: application.map(|application| Words {
                    application: application.to_owned(),
                    ..Words::default()
                }),
            },
        });
        Brought(rows.collect())
    }

    fn at(position: u64) -> Timestamp {
        let second = i64::try_from(position).expect("few");
        Timestamp::from_second(second).expect("a moment")
    }

    #[test]
    fn a_message_keeps_the_words_of_its_receipt_and_what_is_older_has_the_first() {
        let brought = brought(&[
            (5, &["0289"], Some("one")),
            (9, &["0289"], Some("two")),
            (12, &[], None),
        ]);
        let said = |position| brought.words(position).map(|words| &*words.application);
        for (position, words) in [
            (0, "one"),
            (5, "one"),
            (8, "one"),
            (9, "two"),
            (11, "two"),
            (20, "two"),
        ] {
            assert_eq!(said(position), Some(words), "{position}");
        }
        assert_eq!(Brought::default().words(3), None);
    }

    #[test]
    fn the_time_of_a_code_goes_on_over_changes_and_begins_anew_after_a_break() {
        let changes: [(u64, &[&str], Option<&str>); 5] = [
            (5, &["0289"], Some("one")),
            (9, &["0289", "0344"], Some("two")),
            (12, &[], None),
            (14, &["0289"], Some("two")),
            (15, &["0289", "0344"], Some("two")),
        ];
        let since = |until: usize, code: &str| brought(&changes[..until]).since(code);
        assert_eq!(since(2, "0289"), Some(at(5)));
        assert_eq!(since(2, "0344"), Some(at(9)));
        assert_eq!(since(3, "0289"), None);
        assert_eq!(since(5, "0289"), Some(at(14)));
        assert_eq!(since(5, "0344"), Some(at(15)));
    }
}
