//! Messages of before, with their answers, as history: what two parties exchanged over other roads becomes part of the past that later messages are judged by.
//!
//! Nothing is judged into a refusal, answered, put into a mailbox or threaded. What was accepted then counts, what was refused then does not, whatever the rules
//! say of it now. Whoever calls keeps the data folder to himself; the ledger does the rest as for every message: one commit a batch, under the lock of the scope.
//!
//! **Order**: of what two parties sent each other by Dagtekening, on one day requests first, then answers to them, allocations, starts, stops, declarations, then
//! by the path of the file. All of it comes before what was taken here. A message that is known here already is left alone. Of several answers to one message
//! the first by path that fits it counts, as it would have here.

mod apply;
mod file;
mod order;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use knooppunt_standard::{Limits, Releases};

use crate::clock::day_of;
use crate::fault::Fault;
use crate::grounds::{RULES, working_days};
use crate::ledger::{Inputs, Ledger, LedgerError};
use crate::register::{Pair, PartyId, Register};

use file::Entry;
pub use order::files;
use order::{Exchange, Ordered};

/// Why nothing more is imported. What was told as taken stays.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The ledger could not do its work.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl ImportError {
    /// Stable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Ledger(error) => error.code(),
        }
    }

    /// Always ours.
    pub fn fault(&self) -> Fault {
        Fault::Ours
    }
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fate {
    /// It is part of the past now; of a dry run: it would be.
    Taken {
        /// Whether its receiver accepted it, as a whole or in part.
        accepted: bool,
    },
    /// It was imported before.
    Known,
    /// It was taken here, as every message is.
    Carried,
    /// It is left out.
    Left(Why),
}

/// Why a file is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Why {
    /// It cannot be read.
    Unreadable,
    /// It is larger than a message may be.
    TooLarge,
    /// It is no message of a known kind.
    NoMessage,
    /// It breaks its schema in this many places.
    Level1(u64),
    /// Its Dagtekening is after today, or before these laws.
    OutOfTime,
    /// No rules are built for its release, so that nobody knows what it changes.
    NoRules,
    /// The party may not hand it in: it does not own the code of the municipality, nor has it a mandate for the kind.
    NotMandated,
    /// Its answer is not among the files, so that nobody knows whether it counts.
    NoAnswer,
    /// What it answers is not among the files.
    NoQuestion,
    /// What it answers was taken here; the answer has to come the same way.
    QuestionHere,
    /// Another answer to the same message counts: the first that fits it.
    SecondAnswer,
    /// The answer does not fit the message.
    AnswerWrong,
    /// The same message stands in another file.
    Twice,
    /// Another message has its number, here or in another file.
    NumberTaken,
    /// It changed while it was imported.
    Changed,
}

/// What an import is made with.
#[derive(Debug, Clone)]
pub struct Import {
    /// The ledger, which nobody else has open.
    pub ledger: Arc<Ledger>,
    /// The releases.
    pub releases: Arc<Releases>,
    /// Limits of messages.
    pub limits: Limits,
    /// The register.
    pub register: Arc<Register>,
    /// The party that gives the messages.
    pub party: PartyId,
    /// Now.
    pub now: Timestamp,
    /// Whether nothing is recorded.
    pub dry_run: bool,
}

/// What two parties exchanged, as far as it is part of the past now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The law: `jw` or `wmo`.
    pub law: &'static str,
    /// Who.
    pub pair: Pair,
    /// The first Dagtekening of a message that was taken.
    pub first: Date,
    /// The last.
    pub last: Date,
}

impl Import {
    /// Imports these files; `told` hears of every file once, when what it says is durable. Gives what was taken, a line a pair.
    /// Err: the ledger failed; what was told stays, and doing the same again completes it.
    pub async fn run(
        &self,
        paths: &[PathBuf],
        told: &mut dyn FnMut(&Path, &Fate),
    ) -> Result<Vec<Span>, ImportError> {
        let mut entries = Vec::new();
        for path in paths {
            match self.read(path) {
                Ok(entry) => entries.push(entry),
                Err(why) => told(path, &Fate::Left(why)),
            }
        }
        let Ordered { exchanges, left } = order::of(entries);
        for (entry, why) in left {
            told(&entry.path, &self.fate_alone(&entry, why)?);
        }
        let mut spans: Vec<Span> = Vec::new();
        let mut rest = exchanges.as_slice();
        while let Some(first) = rest.first() {
            let of_one = rest
                .iter()
                .take_while(|exchange| exchange.question.scope() == first.question.scope())
                .count();
            let (scope, after) = rest.split_at(of_one);
            rest = after;
            spans.extend(apply::scope(self, scope, told).await?);
        }
        Ok(spans)
    }

    /// Reads a file, and whether the party may give it.
    fn read(&self, path: &Path) -> Result<Entry, Why> {
        let entry = Entry::read(path, self)?;
        let today = day_of(self.now);
        let Entry {
            maker,
            pair,
            kind,
            day,
            ..
        } = &entry;
        if !(order::FIRST_DAY..=today).contains(day) {
            return Err(Why::OutOfTime);
        }
        let (law, soort) = (kind.law.as_str(), kind.soort.number());
        let may = if *maker == pair.gemeente {
            Register::may_submit
        } else {
            Register::may_receive
        };
        if may(
            &self.register,
            &self.party,
            &pair.gemeente,
            law,
            soort,
            today,
        ) {
            Ok(entry)
        } else {
            Err(Why::NotMandated)
        }
    }

    /// What becomes of a file without its question or answer: what is known here needs none.
    fn fate_alone(&self, entry: &Entry, why: Why) -> Result<Fate, LedgerError> {
        if matches!(why, Why::NoAnswer | Why::NoQuestion) {
            if self.is_carried(entry)? == Some(true) {
                return Ok(Fate::Carried);
            }
            if self.is_imported(entry)? == Some(true) {
                return Ok(Fate::Known);
            }
        }
        Ok(Fate::Left(why))
    }

    /// Whether a message was taken here under the number of this one towards its receiver; `Some(false)`: one with other bytes.
    fn is_carried(&self, entry: &Entry) -> Result<Option<bool>, LedgerError> {
        let Self { ledger, .. } = self;
        let other = ledger.pseudonyms.other(entry.identity, &entry.hash);
        for identity in [entry.identity, other] {
            let holder = ledger.holder(identity)?;
            if let Some(holder) = holder.filter(|holder| holder.receiver == entry.receiver) {
                // Of a damaged one nobody knows what it was; its number stands.
                let hash = holder.body_hash;
                return Ok(Some(hash.is_none_or(|hash| hash == entry.hash)));
            }
        }
        Ok(None)
    }

    /// Whether a message was imported under the number of this one towards its receiver; `Some(false)`: one with other bytes.
    fn is_imported(&self, entry: &Entry) -> Result<Option<bool>, LedgerError> {
        let known = self.ledger.imported(entry.towards)?;
        if let Some(hash) = known {
            return Ok(Some(hash == entry.hash));
        }
        // The first imports were known by their number alone, whoever received it.
        let before = self.ledger.imported(entry.identity)?;
        Ok(before.filter(|hash| *hash == entry.hash).map(|_| true))
    }

    fn inputs(&self, exchange: &Exchange) -> Inputs {
        let release = self.releases.release_of(&exchange.question.kind);
        Inputs {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            schemas: release.map(|release| release.hash),
            register: self.register.hash(),
            reference: None,
            rules: Some(RULES),
            working_days: Some(working_days()),
            came_at: Some(self.now.as_microsecond()),
            catalogue: None,
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            law,
            pair,
            first,
            last,
        } = self;
        let (gemeente, aanbieder) = (pair.gemeente, pair.aanbieder);
        write!(f, "{law} {gemeente} {aanbieder} {first} {last}")
    }
}
